"""The distribution of walking minutes on the little street."""

import numpy as np

from citiesforall.measure.distribution import walk_minutes


def test_people_by_minutes(town):
    table = walk_minutes(town, ["CITY", "WEST", "EAST"])
    city = table[(table["place"] == "CITY") & (table["kind"] == "clinic")].set_index("up_to_min")
    # 1 m/s: 100 m = 1.7 min (100 people), 700 m = 11.7 min (50), 1,900 m = 31.7 min (30), 20 unknown.
    assert city.loc[5, "people"] == 100
    assert city.loc[15, "people"] == 50
    assert city.loc[45, "people"] == 30
    assert city.loc[np.inf, "people"] == 0
    assert city.loc[np.nan, "people"] == 20
    assert np.isclose(city["share"].sum(), 1)
    assert np.isclose(city.loc[5, "share"], 100 / 180)


def test_beyond_reach_is_the_last_class(town):
    table = walk_minutes(town, ["CITY", "WEST", "EAST"])
    west = table[(table["place"] == "WEST") & (table["kind"] == "market")].set_index("up_to_min")
    assert west.loc[np.inf, "people"] == 100


def test_classes_add_up_to_everybody(town):
    table = walk_minutes(town, ["CITY", "WEST", "EAST"])
    totals = table.groupby(["kind", "place"])["people"].sum().unstack()
    assert np.allclose(totals[["CITY", "EAST", "WEST"]], [[200, 50, 150]] * 2)
