"""Groups as shares of residents."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from citiesforall.core.errors import InputError
from citiesforall.gather.groups import add_groups
from citiesforall.gather.people import Given


@pytest.fixture
def groups(tmp_path, made):
    def put(text=None, rasters=(), **words):
        places, cells = made.town()
        cells = cells.assign(people=100.0)
        given = []
        if text is not None:
            (tmp_path / "g.csv").write_text(text)
            names = text.split("\n", 1)[0].split(",")
            columns = {name: name for name in names}
            given.append(
                Given(made.use("groups", "table", **({"columns": columns} | words)), (tmp_path / "g.csv",))
            )
        for kind, values in rasters:
            path = made.raster(tmp_path / f"{kind}.tif", values, 500_000, 1_000_200, 100)
            given.append(Given(made.use("groups", "raster", kind=kind), (path,)))
        return add_groups(cells, places, given, made.crs)

    return put


def test_one_sex_gives_the_other(groups):
    cells, _ = groups("code,women\n990101,0.6\n990102,0.5\n", options={"shares": True})
    assert_allclose(cells["people_women"], [60] * 6 + [50] * 2)
    assert_allclose(cells["people_women"] + cells["people_men"], cells["people"])


def test_counts_of_both_sexes_become_shares(groups):
    cells, _ = groups("code,women,men\n990101,30,10\n990102,1,1\n")
    assert_allclose(cells["people_women"], [75] * 6 + [50] * 2)


def test_sex_ratio_of_a_province_is_used_for_its_units(groups):
    cells, notes = groups("code,men_per_100_women\n99,60\n")
    assert_allclose(cells["people_women"], 100 * 100 / 160)
    assert "shares of KH99 are used for all their units" in str(notes[0])


def test_ages_from_zero_up_add_up_to_all(groups):
    cells, _ = groups("code,age_0_14,age_15_59,age_60_up\n990101,3,6,1\n990102,1,1,2\n")
    assert_allclose(cells["people_age_60_up"], [10] * 6 + [50] * 2)
    assert_allclose(cells[["people_age_0_14", "people_age_15_59", "people_age_60_up"]].sum(axis=1), 100)


def test_counts_need_what_they_are_a_part_of(groups):
    with pytest.raises(InputError, match="of how many people 'disabled' is a part is not said"):
        groups("code,disabled\n990101,3\n")
    cells, _ = groups("code,disabled,all\n990101,3,30\n990102,0,10\n")
    assert_allclose(cells["people_disabled"], [10] * 6 + [0] * 2)


def test_units_without_a_row_are_unknown(groups):
    cells, notes = groups("code,women\n990101,0.6\n", options={"shares": True})
    assert np.isnan(cells["people_women"].iloc[6:]).all()
    assert "the share of 'women' is unknown for 200 people." in " ".join(map(str, notes))


def test_percent_taken_for_shares_is_refused(groups):
    with pytest.raises(InputError, match="not between 0 and 1"):
        groups("code,women\n990101,51\n", options={"shares": True})
    cells, _ = groups("code,women\n990101,51\n990102,50\n", options={"percent": True})
    assert cells["people_women"].iloc[0] == pytest.approx(51)


def test_shares_that_do_not_add_up_are_refused(groups):
    with pytest.raises(InputError, match="shares of women, men do not add up to 1"):
        groups("code,women,men\n990101,0.6,0.6\n990102,0.5,0.5\n", options={"shares": True})


def test_rasters_of_both_sexes_and_empty_pixels(groups):
    women = [[3, 0, 1, 1], [1, 1, 1, 1]]
    men = [[1, 0, 1, 1], [1, 1, 1, 1]]
    cells, _ = groups(rasters=[("women", women), ("men", men)])
    # square 2 of the first column (north) 3 of 4; the second column's north has nobody: its unit has 8 women of 14
    assert_allclose(cells["people_women"].iloc[:4], [50, 75, 50, 100 * 7 / 12])
    assert_allclose(cells["people_women"] + cells["people_men"], 100)


def test_a_raster_of_one_group_needs_everybody(groups):
    with pytest.raises(InputError, match="of how many people 'age_60_up' is a part"):
        groups(rasters=[("age_60_up", np.ones((2, 4)))])
    cells, _ = groups(rasters=[("age_60_up", np.ones((2, 4))), ("all", np.full((2, 4), 8.0))])
    assert_allclose(cells["people_age_60_up"], 12.5)
