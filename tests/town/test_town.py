"""Every indicator of Little Town, worked by hand in expected.toml, must come out of the whole pipeline."""

import json
import math

import numpy as np
import pytest

from citiesforall.core.group import groups
from citiesforall.core.indicator import indicators
from citiesforall.core.units import unit
from citiesforall.measure.method import METHODS

from .conftest import EXPECTED, worked
from .make_town import PEOPLE, make_town

PLACES = {"city": "KH9901", "west": "KH990101", "east": "KH990102"}
NOT_INDICATORS = {"walks", "groups", "reach_500"}
BY_HAND = {key: rows for key, rows in EXPECTED.items() if key not in NOT_INDICATORS}
BY_GROUP = [(group, key, rows) for group, table in EXPECTED["groups"].items() for key, rows in table.items()]
NOTHING = ("missing", "not_applicable")
ASKED = ("survey", "register", "score", "maturity")
"""How methods begin that read what people were asked, not maps and cells."""
NO_ERROR_TOUCHES = {
    "land_area", "street_density", "intersection_density", "street_classes_present", "street_network_connected",
    "land_consumption_rate", "built_up_change", "built_up_area", "population_growth", "land_use_efficiency", "open_space_share", "street_land_share",
    "open_space_and_streets_share",
}  # fmt: skip
"""Indicators made of sources that state no error, or given as published, even in the town with errors."""


def check(found, rows, *, key, where):
    """Compare the three rows of one indicator with what was worked by hand."""
    for row, place in PLACES.items():
        said, got = rows[row], found.loc[(key, where, place)]
        assert got["status"] == said.get("status", "ok"), (key, row)
        if got["status"] in NOTHING:
            assert math.isnan(got["value"])
            continue
        for what in ("value", "num", "den"):
            assert got[what] == pytest.approx(said[what], rel=1e-9, abs=1e-12), (key, row, what)


def test_every_declared_indicator_is_worked_by_hand():
    """Of a survey, a register or a scorecard, each method is worked by hand; its indicators differ only in what they ask."""
    assert set(BY_HAND) <= set(indicators())
    left = {key: one for key, one in indicators().items() if key not in BY_HAND}
    of_maps = {key for key, one in left.items() if not one.method.startswith(ASKED)}
    assert not of_maps, f"not worked by hand: {of_maps}"


def test_what_nobody_asked_in_the_town_is_missing_with_the_reason(town):
    base = town("base")
    said = json.loads((base.out / "run.json").read_text("utf-8"))["indicators"]
    left = base.observations[~base.observations.index.get_level_values("indicator").isin(list(BY_HAND))]
    assert set(left.index.get_level_values("indicator")) == set(indicators()) - set(BY_HAND)
    assert set(left["status"]) <= {"missing", "not_applicable"}
    silent = [key for key in indicators() if key not in BY_HAND and not said[key]["missing"]]
    assert not silent, "why it is missing must be said"


@pytest.mark.parametrize(
    ("key", "rows"),
    [*BY_HAND.items(), *EXPECTED["reach_500"].items(), *((key, rows) for _, key, rows in BY_GROUP)],
)
def test_the_sums_add_up(key, rows):
    for row in PLACES:
        said = rows[row]
        if said.get("status") not in NOTHING:
            assert worked(said["sum"]) == pytest.approx(said["value"], rel=1e-12, abs=1e-12), (
                row,
                said["sum"],
            )
            in_unit = said["num"] / said["den"] * unit(indicators()[key].unit).per_si
            assert in_unit == pytest.approx(said["value"], rel=1e-12, abs=1e-12), row


def test_the_people_of_the_town():
    assert sum(number for home, number in PEOPLE.items() if home[0] == "W") == 4000
    assert sum(PEOPLE.values()) == 7000


@pytest.mark.parametrize("kind", EXPECTED["walks"])
def test_walks(town, kind):
    base = town("base")
    metres = np.load(base.walks / f"{kind}.m.npy")[0]
    for home, text in EXPECTED["walks"][kind].items():
        # Stops are given in degrees to ten digits: within a tenth of a millimetre of where they are.
        assert metres[base.home(home)] == pytest.approx(worked(text), abs=1e-3), (home, text)


def test_nobody_walks_from_where_no_street_is(town):
    base = town("base")
    assert np.isinf(np.load(base.walks / "leg_m.npy")[base.home("E6")])


@pytest.mark.parametrize("key", [key for key in BY_HAND if "variant" not in BY_HAND[key]])
def test_indicator(town, key):
    check(town("base").observations, BY_HAND[key], key=key, where="all")


@pytest.mark.parametrize("key", [key for key in BY_HAND if "variant" in BY_HAND[key]])
def test_indicator_of_another_town(town, key):
    check(town(BY_HAND[key]["variant"]).observations, BY_HAND[key], key=key, where="all")
    assert (town("base").observations.loc[key, "status"] == "missing").all(), (
        "its source is not in the base town"
    )


@pytest.mark.parametrize(("group", "key", "rows"), BY_GROUP, ids=[f"{g}-{k}" for g, k, _ in BY_GROUP])
def test_group(town, group, key, rows):
    check(town("base").observations, rows, key=key, where=group)


@pytest.mark.parametrize("key", EXPECTED["reach_500"])
def test_walks_beyond_reach(town, key):
    check(town("reach_500").observations, EXPECTED["reach_500"][key], key=key, where="all")


def test_every_place_and_group_has_a_row_once(town):
    found = town("base").observations
    for key, one in indicators().items():
        known = {name for name, group in groups().items() if group.people is not None}
        among = set(known) if one.groups else {"all"}
        if "facilities" not in METHODS[one.method].reads:
            among -= {"slow_walkers"}  # who only walks slower is asked only where somebody walks
        if (found.loc[key, "status"] == "missing").all() or one.method.startswith(ASKED):
            continue
        rows = found.loc[key].index
        assert set(rows.get_level_values("group")) == among, key
        assert len(rows) == 3 * len(among), key


def test_groups_add_up_to_everybody(town):
    found = town("base").observations
    for family in (("women", "men"), ("age_0_14", "age_15_59", "age_60_up")):
        for key in ("population", "market_access", "flood_exposure", "daily_needs_15_min"):
            for place in PLACES.values():
                for amount in ("num", "den") if key != "population" else ("num",):
                    parts = sum(found.loc[(key, group, place), amount] for group in family)
                    assert parts == pytest.approx(found.loc[(key, "all", place), amount], rel=1e-12), (
                        key,
                        family,
                    )


def test_without_stated_errors_no_interval_is_claimed(town):
    found = town("base").observations
    assert found["low"].isna().all()
    assert found["high"].isna().all()


@pytest.mark.parametrize("variant", ["errors", "people_err", "lists_err"])
def test_stated_errors_leave_the_published_numbers_alone(town, variant):
    base, with_errors = town("base").observations, town(variant).observations
    columns = ["value", "num", "den", "n", "status", "version", "period"]
    assert base.index.equals(with_errors.index)
    assert with_errors[columns].equals(base[columns])


def test_whose_error_touches_what(town):
    people, lists = (town(name).observations["low"].notna() for name in ("people_err", "lists_err"))
    of_people, of_lists = (set(has.index[has].get_level_values("indicator")) for has in (people, lists))
    assert {"population", "pm25_mean", "flood_exposure"} <= of_people - of_lists
    assert {"hospital_access", "police_access"} <= of_lists - of_people, (
        "everybody reaches it, if it is there"
    )
    assert {"market_access", "daily_needs_15_min", "public_transport_access"} <= of_people & of_lists
    assert not (of_people | of_lists) & NO_ERROR_TOUCHES


def test_intervals_of_the_town_with_errors(town):
    found = town("errors").observations
    has = found["low"].notna()
    assert (found.loc[has, "low"] < found.loc[has, "high"]).all()
    touched = set(found.index[has].get_level_values("indicator"))
    assert not touched & NO_ERROR_TOUCHES
    shares = [key for key, one in indicators().items() if one.unit == "%" and one.method.startswith("share")]
    rows = found[has & found.index.isin(shares, level="indicator")]
    assert rows["low"].min() >= 0
    assert rows["high"].max() <= 100 + 1e-9
    assert {"population", "population_density", "pm25_mean", "market_access", "daily_needs_15_min"} <= touched


@pytest.mark.parametrize(
    "key", ["population", "population_density", "pm25_mean", "flood_exposure", "street_completeness"]
)
def test_an_interval_from_people_holds_the_published_value(town, key):
    row = town("errors").observations.loc[(key, "all", "KH9901")]
    assert row["low"] < row["value"] < row["high"]


def test_the_width_of_the_population_interval(town):
    """Of a sum of log-normal counts, by hand: half the variance is shared inside blocks of 500 m.

    s^2 = ln-variance 0.09 -> relative variance e^0.09 - 1 = 0.0942 alone, e^0.045 - 1 = 0.0460 shared by two cells of a
    block. West by blocks: (W1 W2 W3) (W7) (W4) (W5) (W6): sum of squares 400^2 + 900^2 + 300^2 + 1000^2 + 1000^2 + 300^2
    + 100^2 = 3160000; twice the products inside the block 2 (400 x 900 + 400 x 300 + 900 x 300) = 1500000.
    Variance 0.0942 x 3160000 + 0.0460 x 1500000 = 366700, so sd 605 and 95 % within about 2 x 1.96 x 605 = 2370 people.
    """
    row = town("errors").observations.loc[("population", "all", "KH990101")]
    assert row["high"] - row["low"] == pytest.approx(2370, rel=0.15)


def test_a_facility_that_may_be_gone_lowers_access(town):
    """Only one market: it is there in 70 of 100 draws, so nobody reaches one in more than 2.5 of 100."""
    found = town("errors").observations
    row = found.loc[("market_access", "all", "KH9901")]
    assert row["low"] == 0
    assert row["value"] <= row["high"] + 5


def test_without_streets_access_is_missing_and_the_rest_stands(town):
    base, bare = town("base").observations, town("no_streets").observations
    walked = [key for key, one in indicators().items() if set(one.options) & {"to", "kinds"}]
    assert (bare.loc[walked, "status"] == "missing").all()
    for key in ("population", "pm25_mean", "flood_exposure", "open_space_per_person", "land_use_efficiency"):
        assert bare.loc[key, "value"].equals(base.loc[key, "value"]), key
    said = json.loads((town("no_streets").out / "run.json").read_text("utf-8"))
    assert all(said["indicators"][key]["missing"] for key in walked)


def test_the_town_is_made_the_same_twice(tmp_path):
    one, other = make_town(tmp_path / "one").parent, make_town(tmp_path / "other").parent
    for file in sorted(one.iterdir()):
        if file.suffix != ".gpkg":  # GDAL writes the time into it
            assert file.read_bytes() == (other / file.name).read_bytes(), file.name
