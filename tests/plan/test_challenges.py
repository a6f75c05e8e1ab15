"""Which challenges a plan looks at, what is pulled in or left out for them, and under which each action is filed."""

import numpy as np
import pandas as pd
import pytest
from tests.plan.test_build import need
from tests.plan.test_effects import ground

from citiesforall.core.action import actions
from citiesforall.core.budget import Budget, Fund, PlanChoices
from citiesforall.core.challenge import challenges
from citiesforall.plan.build_challenges import (
    all_required,
    considered,
    first_reasons,
    not_planned_for,
    unanswered,
)
from citiesforall.plan.build_money import too_dear
from citiesforall.plan.build_options import city_draft, dose_drafts
from citiesforall.plan.build_rules import able, make_rules
from citiesforall.plan.tables import _challenge_of

LIVED = np.array([4000.0, 4000.0])


def budget(capital=1e12, **more):
    funds = {
        tier: Fund(title=f"Fund {tier}", tier=tier, capital=(capital,) * 5, recurrent=(capital,) * 5)
        for tier in ("CP", "DM", "CS", "LN")
    }
    return Budget(
        years=(2027, 2028, 2029, 2030, 2031),
        currency="KHR",
        khr_per_usd=4000,
        grade="assumed",
        funds=funds,
        **more,
    )


def table(*rows):
    """Return challenges from (id, rank), each with the actions it declares."""
    listed = [
        (key, rank, " ".join(dict.fromkeys((*challenges()[key].protection, *challenges()[key].empowerment))))
        for key, rank in rows
    ]
    return pd.DataFrame(listed, columns=["challenge", "rank", "actions"])


def test_what_an_action_needs_first_is_looked_at_with_it():
    """A stop needs a route, which no fund's challenge names; sorting needs waste to be collected."""
    assert all_required(actions(), {"bus_stop", "sorting_plant"}) == {
        "bus_stop",
        "bus_route",
        "sorting_plant",
        "waste_collection",
    }
    left: dict[str, str] = {}
    found = considered(actions(), (budget(), PlanChoices(actions=("bus_stop",))), None, left)
    assert set(found) == {"bus_stop", "bus_route"}
    assert left["landfill"] == "it is not among the actions asked for"


def test_reasons_named_first_are_of_what_was_looked_at():
    left: dict[str, str] = {}
    considered(actions(), (budget(), PlanChoices(actions=("bus_stop",), without=("bus_route",))), None, left)
    listed = [{"action": key, "reason": left[key]} for key in actions() if key in left]
    assert first_reasons(listed, 3) == ["bus_route: the council does not want it"]
    assert len(first_reasons([one for one in listed if one["action"] != "bus_route"], 3)) == 3


def test_an_action_whose_prerequisite_cannot_be_planned_is_left_out_with_it():
    known, city = actions(), ground(feels_warned={"E": 10.0, "W": 90.0, "C": 50.0})
    loud = dose_drafts(
        known["warning_loudspeaker"], need([10.0, 10.0], [0, 1], "feels_warned"), 0, LIVED, 1e9
    )
    gauge, light = (
        city_draft(known["warning_gauge"]),
        dose_drafts(known["solar_light"], need([10.0], [1]), 2, LIVED, 1e9),
    )
    kept, missing = able([*loud, *light], known, city, ())
    assert {draft.action.id for draft in kept} == {"solar_light"}
    assert missing == {"warning_loudspeaker": "warning_gauge"}
    for drafts, has in (([*loud, gauge], ()), (loud, ("warning_gauge",))):
        kept, missing = able(drafts, known, city, has)
        assert (kept, missing) == (drafts, {})


def test_what_needs_what_is_left_out_is_left_out_in_turn():
    """A needs B, B needs C, and there is no C."""
    known = dict(actions())
    a = known["street_light"].model_copy(update={"id": "a", "requires": ("b",)})
    b = known["street_light"].model_copy(update={"id": "b", "requires": ("c",)})
    known |= {"a": a, "b": b, "c": known["warning_gauge"]}
    drafts = [
        draft
        for one in (a, b)
        for draft in dose_drafts(one, need([10.0], [1], "safe_at_night"), 0, LIVED, 1e9)
    ]
    assert able(drafts, known, ground(), ()) == ([], {"a": "b", "b": "c"})


def test_a_prerequisite_in_one_place_keeps_the_option_there_only():
    known = actions()
    a = known["street_light"].model_copy(update={"id": "a", "requires": ("solar_light",)})
    drafts = [
        *dose_drafts(a, need([10.0, 10.0], [0, 1]), 0, LIVED, 1e9),
        *dose_drafts(known["solar_light"], need([10.0], [1]), 2, LIVED, 1e9),
    ]
    kept, missing = able(drafts, known | {"a": a}, ground(), ())
    assert {(draft.action.id, draft.place) for draft in kept} == {("a", 1), ("solar_light", 1)}
    assert missing == {}
    empty = pd.DataFrame({"site": [], "x": [], "y": []})
    rules = make_rules(kept, known | {"a": a}, ground(), empty, (), {})
    assert (np.diff(rules.needs_any.indptr) > 0).all(), "every option that needs one has one it can wait for"


@pytest.mark.parametrize(
    ("action", "first", "filed"),
    [
        ("participatory_forum", "open_space", "weak_voice"),
        ("slum_upgrading", "unsafe_water", "inadequate_housing"),
        ("drain_cleaning", "epidemics", "flooding"),
        ("land_certificate", "inadequate_housing", "insecure_tenure"),
        ("job_centre", "poverty", "work"),
    ],
)
def test_an_action_is_filed_under_what_it_acts_on_and_not_what_ranks_first(action, first, filed):
    listed = table((first, 1.0), (filed, 7.0))
    assert _challenge_of(listed, [actions()[action]]) == {action: filed}
    # where what it acts on is no challenge of the city, the one that lists it is all there is
    assert _challenge_of(table((first, 1.0)), [actions()[action]]) == {action: first}
    assert _challenge_of(None, [actions()[action]]) == {}


def test_challenges_that_are_not_planned_for_are_said_with_their_reason():
    ranked = [key for key in challenges() if key != "poverty"][:11]
    rows = table(*((key, float(rank)) for rank, key in enumerate(ranked, 1)), ("poverty", np.nan))
    answering = table((ranked[0], 1.0))["actions"].iloc[0].split()[:1]
    left = dict.fromkeys(actions(), "too dear")
    found = {one["challenge"]: one for one in unanswered(rows, answering, left, asked=False)}
    assert ranked[0] not in found
    assert found["poverty"] == {"challenge": "poverty", "rank": None, "reason": "nothing is known of it"}
    assert found[ranked[10]]["reason"].startswith("only the 10 challenges that rank first are planned for")
    other = next(key for key in ranked[1:10] if key in found)
    assert "too dear" in found[other]["reason"]
    said = not_planned_for(found.values())
    assert f"{challenges()[ranked[10]].title} (rank 11)" in said
    assert "1 of which nothing is known" in said
    assert not_planned_for(()) == ""


def test_why_an_action_is_too_dear_names_fund_year_and_what_is_missing():
    """A route costs US$1,025,000; the richest of the funds that may pay has 2,000,000,000 riel, US$500,000."""
    said = too_dear(budget(2e9), actions()["bus_route"])
    price = sum(actions()["bus_route"].capital_usd) / 2
    assert said == (
        f"one costs KHR {price * 4000:,.0f} (US${price:,.0f}); of the funds that may pay, 'CP' (Fund CP) has most in a year, "
        f"KHR 2,000,000,000 (US$500,000) in 2027: KHR {(price - 5e5) * 4000:,.0f} (US${price - 5e5:,.0f}) too little"
    )
    assert too_dear(budget(), actions()["bus_route"]) is None
