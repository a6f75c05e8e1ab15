"""A changed city is the city that a changed source makes; what cannot be changed is said, all at once."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.errors import InputError
from citiesforall.core.tables import read_parquet
from citiesforall.gather import entrances
from citiesforall.whatif.city import city_now
from citiesforall.whatif.layers import changed
from citiesforall.whatif.whole import changed_run
from tests.town.make_town import X0, Y0, make_town

from .conftest import finished, full_run, scenario


def at(x, y):
    return {"x": float(X0 + x), "y": float(Y0 + y)}


def faults(town, *rows):
    with pytest.raises(InputError) as caught:
        changed(town.given, scenario(*rows))
    return caught.value.faults


def test_a_facility_added_by_a_scenario_is_one_added_to_its_source(town, tmp_path):
    """The same layers and the same numbers, intervals too, as when the register itself has one more row."""
    city = make_town(tmp_path / "data", errors="people lists", choices="draws = 20")
    register = tmp_path / "data" / "facilities.geojson"
    table = json.loads(register.read_text())
    place = at(860.5, 600.25)
    table["features"].append({
        "type": "Feature", "properties": {"id": "new", "kind": "health_centre", "name": "Venus"},
        "geometry": {"type": "Point", "coordinates": [place["x"], place["y"]]},
    })  # fmt: skip
    register.write_text(json.dumps(table))
    true = finished(city, tmp_path / "out")
    what = scenario({
        "do": "add_facility", "kind": "health_centre", "name": "Venus", "id": "new", "source": "register", **place,
    })  # fmt: skip
    folder = tmp_path / "changed"
    given = changed_run(town.given, what, folder)
    for name in ("facilities", "cells"):
        mine, theirs = (
            read_parquet(one.done[name].folder / f"{name}.parquet") for one in (given, true.given)
        )
        pd.testing.assert_frame_equal(mine, theirs)
    found = full_run(town, what, tmp_path / "again")
    pd.testing.assert_frame_equal(
        found.drop(columns="run"), true.observations.drop(columns="run"), check_exact=True
    )
    assert found["low"].notna().sum() > 100
    assert not found.drop(columns="run").equals(town.observations.drop(columns="run"))


def test_a_run_on_a_changed_city_leaves_what_was_made_as_it_is(town, tmp_path):
    before = {path: path.read_bytes() for path in town.given.done["facilities"].folder.iterdir()}
    changed_run(town.given, scenario({"do": "add_facility", "kind": "bank", **at(100, 300)}), tmp_path / "c")
    assert before == {path: path.read_bytes() for path in town.given.done["facilities"].folder.iterdir()}


def test_a_health_centre_is_public_health_too(town):
    found = changed(
        town.given, scenario({"do": "add_facility", "kind": "health_post", **at(860, 600)})
    ).facilities
    assert set(found.loc[found["facility"] == "s:1", "kind"]) == {"health_centre", "public_health"}


def test_a_facility_upgraded_keeps_its_place_and_its_union(town):
    table = city_now(town.given).facilities
    sun = table.loc[table["name"] == "Sun", "facility"].iloc[0]
    found = changed(
        town.given, scenario({"do": "upgrade_facility", "facility": sun, "to": "hospital"})
    ).facilities
    mine = found[found["facility"] == sun]
    assert set(mine["kind"]) == {"hospital", "public_health"}
    assert set(zip(mine["x"], mine["y"], strict=True)) == {(X0 + 950.0, Y0 + 320.0)}


def test_a_facility_moved_is_at_its_new_place_only(town):
    table = city_now(town.given).facilities
    sun = table.loc[table["name"] == "Sun", "facility"].iloc[0]
    found = changed(town.given, scenario({"do": "move_facility", "facility": sun, **at(100, 100)})).facilities
    assert set(found.loc[found["facility"] == sun, "x"]) == {X0 + 100.0}
    assert len(found) == len(table)


def test_what_a_union_had_merged_comes_back_when_its_other_half_is_removed(town):
    """A health centre 20 m from a hospital: as public health they are one; without the hospital the centre is left."""
    table = city_now(town.given)
    star = table.facilities[(table.facilities["name"] == "Star") & (table.facilities["kind"] == "hospital")]
    near = star.assign(kind="health_centre", facility="register:near", x=star["x"] + 20)
    city = replace(table, facilities=pd.concat([table.facilities, near], ignore_index=True))
    found = changed(
        city, scenario({"do": "remove_facility", "facility": star["facility"].iloc[0]})
    ).facilities
    kept = found[found["kind"] == "public_health"]
    assert "register:near" in set(kept["facility"])
    assert star["facility"].iloc[0] not in set(kept["facility"])


def test_open_space_is_counted_once_and_entered_from_the_street(town):
    """A square of 10,000 m2 of which the west half, 40 m of the park's 160 m, is park already."""
    before = city_now(town.given)
    polygon = [
        (X0 + 520.0, Y0 + 760.0),
        (X0 + 600.0, Y0 + 760.0),
        (X0 + 600.0, Y0 + 860.0),
        (X0 + 520.0, Y0 + 860.0),
    ]
    found = changed(
        town.given, scenario({"do": "add_open_space", "polygon": polygon, "in_metres": True, "name": "Lawn"})
    )
    new = found.open_space[found.open_space["space"] == "s:1"]
    assert new["area_m2"].iloc[0] == pytest.approx(40 * 100)
    more = found.cells["open_m2"].sum() - before.cells["open_m2"].sum()
    assert more == pytest.approx(4000)
    doors = found.facilities[
        (found.facilities["facility"] == "s:1") & (found.facilities["kind"] == "open_space")
    ]
    assert len(doors) >= 1


def test_streets_are_drawn_once_for_many_parks_and_again_when_they_change(town, monkeypatch):
    """Two parks ask one drawing of the streets; a street opened before the third is drawn for it."""
    drawn = []
    once = entrances.walk_lines
    monkeypatch.setattr(entrances, "walk_lines", lambda streets: drawn.append(streets) or once(streets))
    park = [
        {"do": "add_open_space", "area_m2": 900.0, **at(east, north)}
        for east, north in ((1000, 500), (1300, 500), (100, 500))
    ]
    line = [(X0 + 850.0, Y0 + 875.0), (X0 + 890.0, Y0 + 960.0)]
    link = {"do": "add_link", "line": line, "in_metres": True, "class": "footway"}
    found = changed(town.given, scenario(*park[:2], link, park[2]))
    assert len(drawn) == 2
    assert drawn[1].n_edges > drawn[0].n_edges
    alone = changed(town.given, scenario(park[0]))
    doors = [
        one.facilities.loc[one.facilities["facility"] == "s:1", ["x", "y"]].to_numpy()
        for one in (found, alone)
    ]
    assert np.array_equal(*doors)


def test_people_are_multiplied_where_they_live(town):
    found = changed(
        town.given, scenario({"do": "set_people", "place": "KH990101", "total": 6000.0, "year": 2030})
    )
    assert found.cells["people"].sum() == pytest.approx(6000 + 3000)
    before = city_now(town.given).cells
    west = (before["unit"] == "KH990101").to_numpy()
    for name in ("people", "people_women", "people_age_60_up"):
        np.testing.assert_allclose(found.cells[name][west], before[name][west] * 1.5)
        assert (found.cells[name][~west] == before[name][~west]).all()
    assert found.cells["people_past"].equals(before["people_past"])
    assert found.info["cells"]["years"]["people_growth"] == 2030.0


def test_departures_are_multiplied(town):
    found = changed(town.given, scenario({"do": "set_frequency", "mode": "bus", "factor": 3.0})).stops
    bus = found[found["mode"] == "bus"]
    assert sorted(bus["per_hour_weekday"].round(6)) == [12.0, 36.0]


def test_the_last_of_a_kind_may_be_removed_and_nobody_reaches_one(town, tmp_path):
    table = city_now(town.given).facilities
    only = table.loc[table["kind"] == "market", "facility"].iloc[0]
    what = scenario({"do": "remove_facility", "facility": only})
    city = changed(town.given, what)
    assert any("no market is left" in note.what for note in city.notes)
    found = full_run(town, what, tmp_path).set_index(["indicator", "group", "place"])
    assert found.loc[("market_access", "all", "KH9901"), "value"] == 0
    assert found.loc[("market_access", "all", "KH9901"), "status"] == "ok"


def test_every_fault_is_told_at_once(town):
    said = faults(
        town,
        {"do": "remove_facility", "facility": "register:hospital_77"},
        {"do": "set_people", "place": "KH990109", "factor": 2.0},
        {"do": "add_facility", "kind": "bank", "lon": 11.76, "lat": 5.0},
        {"do": "add_facility", "kind": "bank", **at(100, 100)},
        {"do": "close_street", "edges": [99]},
        {"do": "remove_stop", "stop": "nobody"},
        {"do": "add_facility", "kind": "bank", "source": "registr", **at(100, 100)},
    )
    assert len(said) == 6
    assert re.match(
        r"s: change 1 \(remove_facility\): facility 'register:hospital_77' is not there\. ", said[0]
    )
    assert "place 'KH990109' is not there. Did you mean 'KH99010" in said[1]
    assert "outside the city" in said[2]
    assert "edge 99 is not there. Edges are numbered from 0 to" in said[3]
    assert "stop 'nobody' is not there." in said[4]
    assert "source 'registr' is not one of the city's. Did you mean 'register'?" in said[5]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"do": "remove_facility", "facility": "Star"}, "is a name, not an id. Its id: register:"),
        ({"do": "add_facility", "kind": "park", **at(10, 10)}, 'Write do = "add_open_space"'),
        ({"do": "add_open_space", "area_m2": 100.0, **at(480, 800)}, "its ground is open space already"),
        (
            {"do": "add_link", "line": [[X0 + 1e6, Y0], [X0, Y0]], "in_metres": True},
            "its line lies outside the city",
        ),
        (
            {
                "do": "add_link",
                "line": [[X0 + 250.0, Y0 + 310.0], [X0 + 850.0, Y0 + 310.0]],
                "in_metres": True,
                "class": "x",
            },
            "street class 'x' is not known",
        ),
        (
            {"do": "close_street", "radius_m": 1.0, **at(1100, 1100)},
            "no street that can be walked is closed by it",
        ),
        (
            {
                "do": "close_street",
                "polygon": [[X0, Y0], [X0 + 9.0, Y0 + 9.0], [X0 + 9.0, Y0], [X0, Y0 + 9.0]],
                "in_metres": True,
            },
            "its sides cross each other",
        ),
        ({"do": "set_frequency", "mode": "ferry", "factor": 2.0}, "mode 'ferry' is not there."),
    ],
)
def test_what_cannot_be_changed_is_said(town, row, fault):
    (said,) = faults(town, row)
    assert fault in said


def test_the_last_street_to_a_hospital_is_not_closed(town):
    """Star (240, 560) stands on S2; closing all of S2 leaves it no street, though S1 is 250 m off."""
    near = {"do": "close_street", "radius_m": 150.0, **at(250, 560)}
    (said,) = faults(town, near)
    assert "it closes the last street to hospital register:" in said
    star = re.search(r"hospital (register:\S+)\.", said)[1]
    city = changed(town.given, scenario({"do": "move_facility", "facility": star, **at(700, 310)}, near))
    assert not city.streets.edge_walk.all()


def test_a_city_without_streets_cannot_say_who_walks_where(town):
    bare = replace(city_now(town.given), streets=None)
    with pytest.raises(InputError, match="the city has no streets"):
        changed(bare, scenario({"do": "add_facility", "kind": "bank", **at(100, 100)}))


def test_changes_are_put_one_after_the_other(town):
    what = scenario(
        {"do": "add_facility", "kind": "bank", "id": "mine", **at(100, 300)},
        {"do": "move_facility", "facility": "mine", **at(200, 300)},
        {"do": "remove_facility", "facility": "mine"},
    )
    city, before = changed(town.given, what), city_now(town.given)
    pd.testing.assert_frame_equal(city.facilities, before.facilities)
