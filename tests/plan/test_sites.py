"""Candidate sites of a small town: on land, on streets, well spread, whatever the order of things."""

import numpy as np
import pandas as pd
import pytest
from shapely import box, to_wkb

from citiesforall.core.action import actions
from citiesforall.core.budget import OwnSite
from citiesforall.core.errors import InputError
from citiesforall.gather.grid import make_cells
from citiesforall.network.streets import Streets
from citiesforall.plan.reach import may_stand
from citiesforall.plan.sites import candidate_sites, own_table

HALVES = (("A", 0), ("B", 500))


def streets(*, flip=False) -> Streets:
    """Return one long local street along y 450, a main street along y 150, and a motorway along y 850."""
    lines = [
        ((0, 450), (1000, 450)),
        ((0, 150), (1000, 150)),
        ((0, 850), (1000, 850)),
        ((500, 150), (500, 450)),
    ]
    kinds = [0, 1, 2, 0]
    if flip:
        lines, kinds = lines[::-1], kinds[::-1]
    ends = [end for line in lines for end in line]
    places = sorted(set(ends))
    at = {place: number for number, place in enumerate(places)}
    xy = np.array(ends, float)
    # the cross street meets both others in the middle: nodes there are not joined to the long edges, which is enough here
    return Streets(
        np.array([p[0] for p in places], float), np.array([p[1] for p in places], float),
        np.array([at[line[0]] for line in lines], np.int32), np.array([at[line[1]] for line in lines], np.int32),
        np.array([np.hypot(b[0] - a[0], b[1] - a[1]) for a, b in lines]), np.array(kinds, np.int8),
        np.array([kind != 2 for kind in kinds]), np.arange(0, 2 * len(lines) + 1, 2), xy[:, 0], xy[:, 1],
        np.zeros(len(places), np.int32), ("residential", "primary", "motorway"),
    )  # fmt: skip


def cells(order=(0, 1)):
    """Return a square of 1 km in two units; the river covers x 700 to 800; nobody lives north of y 500."""
    rows = [("C", None, box(0, 0, 1000, 1000))]
    rows += [(HALVES[n][0], "C", box(HALVES[n][1], 0, HALVES[n][1] + 500, 1000)) for n in order]
    places = pd.DataFrame(
        {
            "place": [r[0] for r in rows],
            "parent": [r[1] for r in rows],
            "geometry": [to_wkb(r[2]) for r in rows],
        }
    )
    table = make_cells(places, 100)
    table["people"] = np.where(table["y"] < 500, 10.0, 0.0)
    table["land_m2"] = np.where(table["x"].between(700, 800), 0.0, table["area_m2"])
    table["flood_class"] = np.where(table["x"] > 900, 3.0, 0.0)
    return table


def none():
    return own_table((), np.zeros(0), np.zeros(0))


def schools(*rows):
    return pd.DataFrame({
        "facility": [r[0] for r in rows], "kind": [r[1] for r in rows], "name": "", "x": [float(r[2]) for r in rows],
        "y": [float(r[3]) for r in rows], "area_m2": np.nan, "estimated": [r[4] for r in rows],
    })  # fmt: skip


def test_on_land_on_streets_in_every_unit():
    table = candidate_sites(streets(), cells(), None, none(), 40).table
    assert set(table["place"]) == {"A", "B"}
    assert not table["x"].between(700, 800).any()
    assert set(table["y"].unique()) <= {150.0, 450.0} | set(table.loc[table["x"] == 500, "y"])
    assert not (table["y"] == 850).any()
    assert table.loc[table["y"] == 150, "main_street"].all()
    assert table["site"].is_unique


def test_few_sites_are_spread_and_a_unit_keeps_one():
    table = candidate_sites(streets(), cells(), None, none(), 4).table
    assert len(table) <= 6
    assert set(table["place"]) == {"A", "B"}


def test_order_of_streets_and_places_changes_nothing():
    one = candidate_sites(streets(), cells(), None, none(), 30).table
    other = candidate_sites(streets(flip=True), cells((1, 0)), None, none(), 30).table
    pd.testing.assert_frame_equal(one, other)


def test_public_places_host_and_estimated_positions_do_not():
    found = schools(
        ("s1", "school", 120, 440, False),
        ("s1", "primary_school", 120, 440, False),
        ("s2", "school", 300, 300, True),
    )
    sites = candidate_sites(streets(), cells(), found, none(), 40)
    assert sites.table.loc[sites.table["source"] == "host", "facility"].tolist() == ["s1"]
    assert "1 public places whose position is estimated" in sites.notes[0].what


def test_own_sites_come_first_and_those_nowhere_are_refused_together():
    own = (
        OwnSite(name="Yard", lon=0, lat=0, kinds=("health_centre",), land_m2=900.0),
        OwnSite(name="River", lon=0, lat=0),
    )
    fine = candidate_sites(streets(), cells(), None, own_table(own[:1], [210.0], [430.0]), 40).table
    assert fine.iloc[0][["source", "name", "place", "kinds", "free_m2"]].tolist() == [
        "city",
        "Yard",
        "A",
        "health_centre",
        900.0,
    ]
    with pytest.raises(InputError) as caught:
        candidate_sites(streets(), cells(), None, own_table(own, [2000.0, 750.0], [0.0, 440.0]), 40)
    assert [fault.split(":")[1].strip() for fault in caught.value.faults] == ["'Yard'", "'River'"]
    assert "outside the city" in caught.value.faults[0]
    assert "in the water" in caught.value.faults[1]


def test_where_an_action_may_stand():
    own = (OwnSite(name="Yard", lon=0, lat=0, kinds=("health_centre",), land_m2=900.0),)
    found = schools(("s1", "school", 120, 440, False))
    table = candidate_sites(streets(), cells(), found, own_table(own, [210.0], [430.0]), 60).table
    post, centre, stop, shelter = (
        actions()[key] for key in ("health_post", "health_centre", "bus_stop", "flood_shelter")
    )
    allowed = may_stand(post, table)
    # the yard: 400 m2 of its 900; a school hosts no health post; none on the main street; none in a metre of water
    assert allowed[0]
    assert not allowed[table["host"] == "school"].any()
    assert not allowed[table["main_street"]].any()
    assert not allowed[table["flood_class"] >= 3].any()
    # a centre needs 2,500 m2; a stop may stand on the main street and in the flood, but not in the health yard
    assert not may_stand(centre, table)[0]
    assert may_stand(stop, table)[table["main_street"]].all()
    assert not may_stand(stop, table)[0]
    assert may_stand(shelter, table)[table["host"] == "school"].all()
