"""Putting people on cell parts: every count worked by hand on a town of eight squares."""

import h3
import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.testing import assert_allclose
from pyproj import Transformer

from citiesforall.core.errors import InputError, NoDataError
from citiesforall.gather.grid import make_cells
from citiesforall.gather.people import Given, gather_people
from citiesforall.gather.totals import chain, leaves, nesting, total_of

SOUTH_WEST = (500_000, 1_000_000)


def house(x, y, side=10.0):
    """Return a footprint whose south-west corner lies x, y metres into the town."""
    return shapely.box(
        SOUTH_WEST[0] + x, SOUTH_WEST[1] + y, SOUTH_WEST[0] + x + side, SOUTH_WEST[1] + y + side
    )


@pytest.fixture
def table(tmp_path, made):
    def make(text, role="people", **words):
        path = tmp_path / f"{role}.csv"
        path.write_text(text)
        return Given(made.use(role, "table", id=role, **words), (path,))

    return make


def put(made, given, footprints=None):
    places, cells = made.town()
    shapes = None if footprints is None else np.array(footprints, dtype=object)
    return gather_people(cells, places, given, shapes, made.crs)


COMMUNES = "code,value\n990101,900\n990102,100\n990201,1000\n"


def test_people_of_units_spread_over_land_where_no_building_is_known(made, table):
    cells, notes = put(made, {"people": [table(COMMUNES)]})
    # 900 over 6 squares, 100 over 2
    assert_allclose(cells["people"], [150] * 6 + [50] * 2)
    assert (
        "2 places have no building (KH990101, KH990102); people spread evenly over land: estimated."
        in str(notes[0])
    )
    assert notes[0].kind == "doubt"


def test_people_of_units_spread_over_footprints_by_area(made, table):
    # In the first square of 990101 stand 100 m2, in its second 100 + 400: 900 x 100/600 and x 500/600; 990102 has none
    houses = [house(40, 40), house(40, 110), house(20, 140, side=20)]
    cells, notes = put(made, {"people": [table(COMMUNES)]}, houses)
    assert_allclose(cells["people"].iloc[:6], [150, 750, 0, 0, 0, 0])
    assert_allclose(cells["people"].iloc[6:], [50, 50])
    # where people are: the middle of the house; the mean of (45, 115) and (30, 150) weighted 100 : 400
    assert cells[["x", "y"]].iloc[0].tolist() == [500_045, 1_000_045]
    assert_allclose(
        cells[["x", "y"]].iloc[1],
        [500_000 + (45 * 100 + 30 * 400) / 500, 1_000_000 + (115 * 100 + 150 * 400) / 500],
    )
    assert cells["x"].iloc[2] == 500_150
    said = " ".join(map(str, notes))
    assert "3 of 3 footprints stand in the city" in said
    assert "1 places have no building (KH990102)" in said


def test_totals_of_a_place_above_count_the_whole_table(made, table):
    totals = table("code,value\n99,4000\n", role="totals")
    cells, _ = put(made, {"people": [table(COMMUNES)], "totals": [totals]})
    # the table has 900 + 100 + 1000 = 2000 people of KH99, the census 4000: x 2, also for the commune outside the city
    assert_allclose(cells.groupby("unit")["people"].sum(), [1800, 200])
    assert set(cells["rescale_unit"]) == {"KH99"}
    assert_allclose(cells["rescale_share"], 0.5)


def test_totals_of_units_win_over_those_above(made, table):
    totals = table("code,value\n990101,450\n990102,300\n", role="totals")
    cells, notes = put(made, {"people": [table(COMMUNES)], "totals": [totals]})
    assert_allclose(cells.groupby("unit")["people"].sum(), [450, 300])
    assert cells["rescale_unit"].unique().tolist() == ["KH990101", "KH990102"]
    assert_allclose(cells["rescale_share"], 1)
    assert [note.kind for note in notes if "multiplied by" in note.what] == ["figure", "doubt"]  # x 0.5, x 3


def test_units_without_total_keep_their_people_and_are_named(made, table):
    totals = table("code,value\n990101,450\n", role="totals")
    cells, notes = put(made, {"people": [table(COMMUNES)], "totals": [totals]})
    assert_allclose(cells.groupby("unit")["people"].sum(), [450, 100])
    assert "1 units have no total and were not rescaled: KH990102." in " ".join(map(str, notes))


def test_units_without_people_are_unknown_and_not_empty(made, table):
    cells, notes = put(made, {"people": [table("code,value\n990101,900\n990102,\n")]})
    assert cells["people"].iloc[6:].isna().all()
    assert cells["people"].sum() == pytest.approx(900)
    assert "no people are given for 1 units (KH990102)" in " ".join(map(str, notes))


def test_codes_of_another_edition_go_to_units_without_a_row(made, table):
    # 990103 is not in the boundaries and 990102 not in the table: one was made of the other
    cells, notes = put(made, {"people": [table("code,value\n990101,900\n990103,80\n")]})
    assert_allclose(cells.groupby("unit")["people"].sum(), [900, 80])
    assert "people of KH99 were spread over the units without a row of their own." in " ".join(
        map(str, notes)
    )


def test_codes_without_a_unit_left_for_them_are_named(made, table):
    cells, notes = put(made, {"people": [table(COMMUNES)]})
    assert cells["people"].sum() == pytest.approx(1000)
    assert "1 rows (KH990201; 1,000 people) match no unit; left outside the city." in " ".join(
        map(str, notes)
    )


def test_villages_are_added_to_their_commune(made, table):
    cells, _ = put(made, {"people": [table("code,value\n99010101,40\n99010102,20\n9901,999\n")]})
    assert cells["people"].iloc[:6].sum() == pytest.approx(60)


def test_the_citys_own_total_is_spread_over_all_of_it(made, table):
    cells, _ = put(
        made, {"people": [table("code,value\nKH99,800\n")]}, [house(0, 0), house(310, 0), house(310, 110)]
    )
    assert_allclose(cells["people"].iloc[[0, 6, 7]], 800 / 3)


def test_columns_of_men_and_women_are_added(made, table):
    given = table("code,men,women\n990101,500,400\n", columns={"code": "code", "value": "men + women"})
    cells, _ = put(made, {"people": [given]})
    assert cells["people"].sum() == pytest.approx(900)
    listed = table("code,men,women\n990101,500,400\n", options={"values": ["men", "women"]})
    assert put(made, {"people": [listed]})[0]["people"].sum() == pytest.approx(900)


@pytest.mark.parametrize("code", ["990101", "KH990101", "990101.0"])
def test_codes_are_joined_in_any_form(made, table, code):
    cells, _ = put(made, {"people": [table(f"code,value\n{code},7\n")]})
    assert cells["people"].iloc[:6].sum() == pytest.approx(7)


def test_a_table_of_another_city_is_refused(made, table):
    with pytest.raises(InputError, match=r"people.csv: no code is of the city \(KH120101"):
        put(made, {"people": [table("code,value\n120101,5\n")]})


def test_negative_people_are_refused(made, table):
    with pytest.raises(InputError, match="1 values are negative"):
        put(made, {"people": [table("code,value\n990101,-5\n")]})


def test_totals_of_another_city_are_refused(made, table):
    with pytest.raises(InputError, match="no total is of a place of the city"):
        put(made, {"people": [table(COMMUNES)], "totals": [table("code,value\n12,5\n", role="totals")]})


def test_no_people_at_all_is_said(made):
    with pytest.raises(NoDataError, match="the city has no source of people"):
        put(made, {})


def test_the_past_is_rescaled_like_the_present_only_when_asked(made, table):
    past = "code,value\n990101,600\n990102,50\n"
    totals = table("code,value\n99,4000\n", role="totals")
    given = {
        "people": [table(COMMUNES)],
        "totals": [totals],
        "people_past": [table(past, role="people_past")],
    }
    cells, notes = put(made, given)
    assert cells["people_past"].sum() == pytest.approx(650)
    assert any("growth compares two bases" in note.what and note.kind == "doubt" for note in notes)
    given["people_past"] = [table(past, role="people_past", options={"rescale": "as_people"})]
    assert put(made, given)[0]["people_past"].sum() == pytest.approx(1300)


def test_a_raster_is_rescaled_to_totals_of_the_city(made, table, tmp_path):
    path = made.raster(tmp_path / "pop.tif", [[10, 20, 30, 40], [1, 2, 3, 4]], 500_000, 1_000_200, 100)
    given = {
        "people": [Given(made.use("people", "raster"), (path,))],
        "totals": [table("code,value\n99,220\n", role="totals")],
    }
    cells, _ = put(made, given)
    # 110 people on the raster, 220 in the census; the south row holds 1 2 3 4, sorted by column then row
    assert_allclose(cells["people"], 2 * np.array([1, 10, 2, 20, 3, 30, 4, 40]))


def hexagon_table(tmp_path, made, crs, value=120):
    lon, lat = Transformer.from_crs(crs, "EPSG:4326", always_xy=True).transform(500_150, 1_000_100)
    one = h3.latlng_to_cell(lat, lon, 12)
    path = tmp_path / "hex.csv"
    path.write_text(f"id,population\n{one},{value}\n")
    return Given(made.use("people", "h3", columns={"code": "id", "value": "population"}), (path,))


def test_hexagons_are_shared_out_by_area(made, tmp_path):
    cells, notes = put(made, {"people": [hexagon_table(tmp_path, made, made.crs)]})
    assert cells["people"].sum() == pytest.approx(120)
    assert "1 hexagons hold 120.0 people; 120.0 lie inside the city." in str(notes[0])


def test_hexagons_with_buildings_put_their_people_there(made, tmp_path):
    cells, _ = put(
        made, {"people": [hexagon_table(tmp_path, made, made.crs)]}, [house(149, 99, 2.0), house(20, 20)]
    )
    assert (cells["people"] > 0).sum() == 1
    assert cells["people"].sum() == pytest.approx(120)


def test_hexagons_of_another_city_are_refused(made, tmp_path):
    with pytest.raises(InputError, match="the hexagons and the city do not overlap"):
        put(made, {"people": [hexagon_table(tmp_path, made, "EPSG:32640")]})


def test_place_chains_and_leaves(made):
    nest = nesting(made.places(made.two_units(), parent="KH99_CENTRE"))
    assert chain("KH990101", nest) == ["KH990101", "KH99_CENTRE", "KH9901", "KH99"]
    assert chain("KH99010103", nest) == ["KH99010103", "KH990101", "KH99_CENTRE", "KH9901", "KH99"]
    assert leaves(["KH99", "KH9901", "KH990101", "KH12"], nest) == {"KH990101", "KH12"}
    # one unit has a total of its own, its neighbour only the province: both take the province's
    assert total_of(["KH990101", "KH990102"], ["KH990101", "KH99"], nest) == ["KH99", "KH99"]


def test_codes_that_do_not_nest_by_digits_are_not_taken_to(made):
    nest = nesting(
        made.places({"ES1": shapely.box(0, 0, 1, 1), "ES10": shapely.box(1, 0, 2, 1)}, parent="ES99")
    )
    assert chain("ES10", nest) == ["ES10", "ES99"]


@pytest.mark.real
def test_the_centre_of_phnom_penh_has_its_share_of_the_census(data_root, made):
    pyogrio = pytest.importorskip("pyogrio")
    people = Given(
        made.use("people", "table", columns={"code": "commune_code", "value": "population"}),
        (data_root / "cambodia" / "commune_deprivation.csv",),
    )
    totals = Given(
        made.use("totals", "table", columns={"code": "province_code", "value": "population_2019"}),
        (data_root / "cambodia" / "census_provinces_2008_2019.csv",),
    )
    communes = (
        pyogrio.read_dataframe(data_root / "cambodia" / "communes.geojson")
        .dropna(subset="code")
        .to_crs(made.crs)
    )
    communes = communes[communes["code"].str.startswith("KH1202")]
    places = made.places(dict(zip(communes["code"], communes["geometry"], strict=True)), parent="KH1202")
    cells, _ = gather_people(
        make_cells(places, 100), places, {"people": [people], "totals": [totals]}, None, made.crs
    )
    raw = pd.read_csv(people.paths[0], dtype={"commune_code": str}).set_index("commune_code")["population"]
    khan, province = raw[raw.index.str.startswith("1202")], raw[raw.index.str.startswith("12")]
    # 2,281,951 people by the census of 2019
    assert cells["people"].sum() == pytest.approx(khan.sum() * 2_281_951 / province.sum(), rel=1e-12)
