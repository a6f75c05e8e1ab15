"""Who lacks a service and what a dose does, worked by hand on a street of four cell parts."""

import numpy as np
import pandas as pd
import pytest
from tests.measure.conftest import little

from citiesforall.core.action import actions
from citiesforall.core.indicator import indicators
from citiesforall.plan.build_weights import find_groups, service_weight, severities
from citiesforall.plan.effects import access_need, dose_share, make_ground, reach_of, shortfall_need, walk_of

UNITS = np.array(["W", "W", "E", "E"])
"""West: 100 and 50 people; east: 30, and 20 far from any street. Units are sorted by code: E, then W."""
ORDER = np.array([2, 3, 0, 1])


def observations(**values):
    rows = [
        {"place": place, "group": "all", "indicator": key, "period": "2025", "value": value, "low": value - 2, "high": value + 2,
         "den": 160.0 if place == "C" else np.nan, "status": "ok"}
        for key, of in values.items() for place, value in of.items()
    ]  # fmt: skip
    columns = ["place", "group", "indicator", "period", "value", "low", "high", "den", "status"]
    return pd.DataFrame(rows, columns=columns)


def ground(**values):
    layers = little()
    cells = {name: column[ORDER] for name, column in layers.cells.items()}
    from dataclasses import replace  # noqa: PLC0415

    ways = {
        name: replace(way, m=way.m[:, ORDER], facility=way.facility[:, ORDER])
        for name, way in layers.ways.items()
    }
    layers = replace(
        layers,
        people=layers.people[:, ORDER],
        cells=cells,
        known_street=layers.known_street[ORDER],
        ways=ways,
    )
    return make_ground(layers, UNITS[ORDER], "C", observations(**values))


def test_people_beyond_a_walk_of_the_market():
    # market: W1 beyond reach, W2 300 m, E1 900 m, E2 unknown street
    need = access_need(ground(), "market_access", {"market": 500.0})
    assert need.people.tolist() == [30, 100]
    assert need.place.tolist() == [0, 1]
    assert need.cell.tolist() == [0, 2]
    # east asks with 30 (20 live beyond any street), west with 150, of whom 50 are served
    assert need.asking.tolist() == [30, 150]
    assert need.served.tolist() == [0, 50]


def test_a_person_near_any_kind_is_served_and_a_kind_nobody_lists_is_unknown():
    need = access_need(ground(), "any", {"market": 500.0, "clinic": 100.0})
    assert need.people.tolist() == [30]
    assert "no source lists school" in access_need(ground(), "x", {"school": 500.0})


def test_only_homes_that_can_be_flooded():
    # classes: W1 0, W2 1, E1 2, E2 unknown; market within 200 m of nobody
    need = access_need(ground(), "shelter", {"market": 200.0}, flooded=True)
    assert need.people.tolist() == [30, 50]
    assert need.asking.tolist() == [30, 50]


def test_shortfall_of_households_place_by_place():
    # 200 residents; basic_sanitation is a share of all: den of the city 160 / 200 = 0.8 of residents, unless it counts households
    found = shortfall_need(
        ground(basic_sanitation={"C": 80.0, "W": 60.0, "E": 100.0}), "basic_sanitation", 100.0
    )
    share = 0.8 if found.asking[1] == 120 else 1.0
    assert found.asking.tolist() == [50 * share, 150 * share]
    assert found.people.tolist() == [pytest.approx(150 * share * 0.4)]
    assert found.place.tolist() == [1]
    # 60 - 2 short by 42, 60 + 2 by 38 of 100: 1.05 and 0.95 of the 40
    assert found.low_share.tolist() == [pytest.approx(0.95)]
    assert found.high_share.tolist() == [pytest.approx(1.05)]


def test_what_is_not_known_is_not_planned():
    assert "known for the whole city only" in shortfall_need(
        ground(basic_sanitation={"C": 80.0}), "basic_sanitation", 100.0
    )
    assert "has no value" in shortfall_need(ground(), "basic_sanitation", 100.0)
    assert "is no share of people" in shortfall_need(ground(commute_time={"C": 30.0}), "commute_time", 15.0)


def test_dose_by_hand():
    # street light: 0.3 x (1 - exp(-0.028 x)), x = lamps for each thousand: 100 lamps for 2,000 people, x = 50
    light = actions()["street_light"]
    light = light.model_copy(update={"per_unit": 0.028, "most_share": 0.3})
    assert dose_share(light, 100, 2000).item() == pytest.approx(0.3 * (1 - 1 / np.exp(1.4)))
    assert dose_share(light, 0, 2000).item() == 0
    # the same lamps in halves do less the second time
    first, both = dose_share(light, np.array([50, 100]), 2000)
    assert first > both - first > 0


def test_an_action_is_judged_by_the_walk_of_its_indicator():
    declared = indicators()
    service, to = walk_of(actions()["health_post"], declared, 1.2)
    assert (service, to) == ("health_centre_access", {"public_health": 30 * 60 * 1.2})
    assert reach_of("health_centre", to) == pytest.approx(2160)
    service, to = walk_of(actions()["pocket_park"], declared, 1.2)
    assert (service, to) == ("open_space_access", {"open_space": 400})
    assert walk_of(actions()["neighbourhood_park"], declared, 1.2)[0] == "open_space_access"
    service, to = walk_of(actions()["bus_stop"], declared, 1.2)
    assert service == "public_transport_access"
    assert reach_of("bus_stop", to) == 500
    service, to = walk_of(actions()["community_preschool"], declared, 1.2)
    assert (service, to) == ("kindergarten_500m", {"kindergarten": 500})


def test_weights_of_people_and_services():
    city = ground(idpoor_people={"C": 20.0, "W": 50.0}, disability_prevalence={"C": 10.0})
    groups = find_groups(city, {"idpoor": 2.0, "disabled": 1.5, "women": 1.2})
    # east takes the city's 20 %: (1 + 0.2) x (1 + 0.5 x 0.1); west (1 + 0.5) x 1.05
    assert groups.of_place().tolist() == [pytest.approx(1.26), pytest.approx(1.575)]
    assert any("women" in line and "unknown" in line for line in groups.said)
    table = pd.DataFrame({
        "severity": [80.0, 20.0, np.nan], "indicators": ["market_access", "market_access fear", "x"], "actions": ["a b", "b", "c"],
    })  # fmt: skip
    found = severities(table)
    assert found["indicator:market_access"] == 80
    assert service_weight("market_access", [], found) == pytest.approx(1.3)
    assert service_weight("unknown", [], found) == 1.0
    assert severities(None) == {}
