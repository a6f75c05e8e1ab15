"""The check finds what is wrong with a plan that its makers would not see."""

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.action import actions
from citiesforall.core.budget import Budget, Fund, PlanChoices
from citiesforall.core.city import City, CityPlace
from citiesforall.plan.check_effect import Promise, _moved, counted
from citiesforall.plan.check_rules import money_again, rule_faults

NOTHING = pd.DataFrame({"place": [], "indicator": [], "group": [], "period": [], "value": []})


def city(**choices):
    funds = {
        "sangkat": Fund(title="Sangkat", tier="CS", capital=(44e6, 44e6), recurrent=(4e6, 8e6)),
        "krong": Fund(title="Krong", tier="DM", capital=(1e9, 1e9), recurrent=(1e9, 1e9), only=("health",)),
    }
    budget = Budget(years=(2027, 2028), currency="KHR", khr_per_usd=4000, grade="assumed", funds=funds)
    return City(
        place=CityPlace(code="KH01", name="C"), period="2025", budget=budget, plan=PlanChoices(**choices)
    )


def plan(*rows):
    """Return items from (action, place, units, start year, fund, x)."""
    made = []
    for number, (action, place, units, year, fund, x) in enumerate(rows):
        made.append({
            "item": f"P{number:03d}", "action": action, "place": place, "units": units, "start_year": year,
            "ready_year": year + actions()[action].lead_months // 12, "fund": fund, "x": x, "y": 0.0,
            "site": "" if np.isnan(x) else f"S{number}", "service": "s", "people": 0.0,
        })  # fmt: skip
    return pd.DataFrame(made)


def test_money_by_hand_in_riel():
    lines, faults = money_again(city(), plan(("public_tap", "A", 2, 2027, "sangkat", 0.0)))
    said = {(line["year"], line["fund"], line["kind"]): line["spent"] for line in lines}
    # 2 taps x US$5,500 x 4,000 = 44 million riel, running 2 x 500 x 4,000 = 4 million a year
    assert said[2027, "sangkat", "capital"] == pytest.approx(44e6)
    assert said[2027, "sangkat", "recurrent"] == said[2028, "sangkat", "recurrent"] == pytest.approx(4e6)
    assert not faults
    _, faults = money_again(city(), plan(("public_tap", "A", 3, 2027, "sangkat", 0.0)))
    assert len(faults) == 2
    assert faults[0].startswith(
        "plan: fund 'sangkat' spends 66,000,000 (capital) in 2027 and has 44,000,000."
    )


def test_what_is_ready_after_the_plan_must_be_run_then():
    # a lead of a year or more: nothing to run in 2028, and more than the krong's 0.1 million riel a year after it
    slow = next(
        key for key, one in actions().items() if one.lead_months >= 12 and min(one.om_usd_per_year) > 100
    )
    given = city()
    poor = given.budget.funds["krong"].model_copy(
        update={"recurrent": (1e5, 1e5), "only": (), "capital": (1e15, 1e15)}
    )
    budget = given.budget.model_copy(update={"funds": {"krong": poor}})
    _, faults = money_again(
        given.model_copy(update={"budget": budget}), plan((slow, "A", 1, 2028, "krong", 0.0))
    )
    assert len(faults) == 1
    assert "(recurrent) in every year after 2028 and has 100,000." in faults[0]


def test_nobody_is_promised_beyond_the_room_there_is():
    key, one = next((key, one) for key, one in actions().items() if one.effect == "coverage" and one.capacity)
    items = plan((key, "A", 2, 2027, "sangkat", 0.0))
    said = f"and has room for {2 * one.capacity:,.0f}."
    for people, is_fault in ((2 * one.capacity, False), (2 * one.capacity + 5, True)):
        faults = rule_faults(city(), items.assign(people=people), NOTHING)
        assert any(said in fault for fault in faults) == is_fault


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("public_tap", "A", 1, 2027, "krong", 0.0)], "paid by 'krong', a fund of tier DM"),
        ([("street_light", "A", 1, 2027, "krong", np.nan)], "which pays for health only"),
        ([("public_tap", "A", 1, 2031, "sangkat", 0.0)], "starts in 2031, outside the plan"),
        ([("public_tap", "A", 1, 2027, "sangkat", 0.0), ("public_tap", "A", 1, 2028, "sangkat", 100.0)], "100 m apart"),
        ([("warning_loudspeaker", "A", 1, 2027, "sangkat", np.nan)], "starts without 'warning_gauge'"),
        ([("solar_light", "A", 1, 2027, "sangkat", np.nan), ("street_light", "A", 1, 2028, "sangkat", np.nan)], "excludes the other"),
    ],
)  # fmt: skip
def test_broken_rules(rows, said):
    faults = rule_faults(city(), plan(*rows), NOTHING)
    assert any(said in fault for fault in faults), faults


def test_what_the_city_has_is_no_longer_asked_for_and_what_it_does_not_want_is_a_fault():
    loud = plan(("warning_loudspeaker", "A", 1, 2027, "sangkat", np.nan))
    assert rule_faults(city(has=("warning_gauge",)), loud, NOTHING) == []
    faults = rule_faults(city(has=("warning_gauge",), without=("warning_loudspeaker",)), loud, NOTHING)
    assert any("did not ask for" in fault for fault in faults)


def test_households_and_doses_counted_by_hand():
    lacking, residents = {"A": 100.0, "B": 50.0}, {"A": 1000.0, "B": 1000.0}
    said = Promise("s", 0.0, {}, False, lacking, lacking, residents)
    done = plan(
        ("household_latrine", "A", 5, 2027, "sangkat", np.nan),
        ("street_light", "A", 50, 2027, "sangkat", np.nan),
    )
    light = actions()["street_light"]
    share = light.most_share * (1 - np.exp(-light.per_unit * 50))
    # 5 households of 4.4 are 22; the lamps work on the 78 that are left
    assert counted(said, done, actions()) == pytest.approx(22 + 78 * share)
    # where facilities serve 40 of them first, 60 are left
    assert counted(said, done, actions(), {"A": 40.0}) == pytest.approx(22 + 38 * share)
    # no more than lack it
    many = plan(("household_latrine", "A", 500, 2027, "sangkat", np.nan))
    assert counted(said, many, actions()) == pytest.approx(100)


def test_two_doses_on_one_indicator_leave_what_both_leave():
    said = Promise("home_flooded", 0.0, {}, False, {"A": 100.0}, {"A": 400.0}, {"A": 1000.0})
    done = plan(
        ("drain_cleaning", "A", 2, 2027, "sangkat", np.nan), ("retention_pond", "A", 100, 2027, "sangkat", np.nan)
    )  # fmt: skip
    cleaned, held = 0.25 * (1 - np.exp(-1.7 * 2)), 0.4 * (1 - np.exp(-0.02 * 100))
    assert counted(said, done, actions()) == pytest.approx(100 * (1 - (1 - cleaned) * (1 - held)))


def test_what_is_left_to_gain_bounds_places_and_the_whole():
    """Places lack 30 of 100 and 10 of 100; the whole says 25 % short, as answers taken together may."""
    said = Promise(
        "s", 0.0, {}, False, {"A": 30.0, "B": 10.0}, {"A": 100.0, "B": 100.0}, {"A": 100.0, "B": 100.0}
    )
    everybody = {"A": 30.0, "B": 10.0}
    assert _moved(said, everybody, "A", 30.0) == pytest.approx(30)
    assert _moved(said, everybody, "C", 25.0) == pytest.approx(25)
    # 20 of the 40 who lack it: half of the city's own shortfall, not 20 of 200
    assert _moved(said, {"A": 20.0, "B": 0.0}, "C", 25.0) == pytest.approx(12.5)
    # of a city where B is unknown, half lack it as A does and are not planned for
    half = Promise(
        "s", 0.0, {}, False, {"A": 30.0, "B": 0.0}, {"A": 100.0, "B": 0.0}, {"A": 100.0, "B": 100.0}
    )
    assert _moved(half, {"A": 30.0, "B": 0.0}, "C", 25.0) == pytest.approx(12.5)
    # a place whose value is beyond the target does not move
    assert _moved(said, everybody, "A", 0.0) == 0
