"""Scenarios: kept whole, per city, taken out with an act; their sites are read by the reader of city files."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from citiesforall.core.budget import OwnSite
from citiesforall.core.errors import InputError
from citiesforall.voices import scenarios
from citiesforall.voices.scenarios import (
    ScenarioIn,
    drop_scenario,
    keep_scenario,
    scenario_kept,
    scenarios_of,
    sites_toml,
)
from citiesforall.voices.tables import ACTS

CLINIC = {"do": "add_facility", "kind": "health_centre", "lon": 103.54, "lat": 12.64}
CLOSED = {"do": "close_street", "edges": [3, 4]}


def listed(database, city):
    """Return the scenarios of a city."""
    with database.connect() as connection:
        return scenarios_of(connection, city)


def test_what_is_kept_is_given_back(database):
    asked = ScenarioIn(name="Two ចំណុច", changes=(CLINIC, CLOSED))
    code = keep_scenario(database, "kh99", asked, "sok")
    (said,) = listed(database, "KH99")
    assert (said["id"], said["name"], said["made_by"]) == (code, "Two ចំណុច", "sok")
    assert said["changes"] == [CLINIC, CLOSED]
    assert listed(database, "kh12") == []
    with database.connect() as connection:
        assert scenario_kept(connection, "kh99", code.lower()) == said
        with pytest.raises(InputError, match="there is none"):
            scenario_kept(connection, "kh12", code)


def test_what_is_taken_out_leaves_its_act(database):
    code = keep_scenario(database, "kh99", ScenarioIn(name="One", changes=(CLINIC,)), "sok")
    with pytest.raises(InputError, match="there is none"):
        drop_scenario(database, "kh12", code, "sok")
    drop_scenario(database, "kh99", code, "sok")
    assert listed(database, "kh99") == []
    with database.connect() as connection:
        acts = connection.execute(select(ACTS.c.act, ACTS.c.on).order_by(ACTS.c.number)).all()
    assert acts == [("scenario_kept", code), ("scenario_dropped", code)]


def test_changes_that_are_none_are_not_kept(database):
    wrong = ScenarioIn(name="One", changes=({"do": "add_facility", "kind": "castle", "lon": 1, "lat": 1},))
    with pytest.raises(InputError, match="castle"):
        keep_scenario(database, "kh99", wrong, "sok")
    assert listed(database, "kh99") == []


def test_a_city_keeps_so_many_and_no_more(database, monkeypatch):
    monkeypatch.setattr(scenarios, "MOST_KEPT", 2)
    asked = ScenarioIn(name="One", changes=(CLINIC,))
    for _ in range(2):
        keep_scenario(database, "kh99", asked, "sok")
    keep_scenario(database, "kh12", asked, "sok")
    with pytest.raises(InputError, match="2 are kept"):
        keep_scenario(database, "kh99", asked, "sok")


@given(st.text(min_size=1, max_size=40), st.text(max_size=40))
def test_sites_are_read_by_the_reader_of_city_files(name, called):
    park = {"do": "add_open_space", "lon": 103.5, "lat": 12.6, "area_m2": 900.0, "name": called}
    text = sites_toml(name, [CLINIC, CLOSED, park])
    clinic, green = (OwnSite.model_validate(row) for row in tomllib.loads(text)["sites"])
    assert (clinic.lon, clinic.lat, clinic.kinds) == (103.54, 12.64, ("health_centre",))
    assert (green.kinds, green.land_m2) == (("park",), 900.0)


def test_a_scenario_without_sites_says_so():
    with pytest.raises(InputError, match="nothing that stands on a site"):
        sites_toml("One", [CLOSED])
