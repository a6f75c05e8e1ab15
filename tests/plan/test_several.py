"""Several actions on one need: each on the people the others leave, in the plan's promise as in its check."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plan.invented_problems import problem_of

from citiesforall.core.action import Action, actions
from citiesforall.plan.build import Built
from citiesforall.plan.build_options import dose_drafts, household_drafts
from citiesforall.plan.build_weights import Groups
from citiesforall.plan.check_effect import Promise, counted
from citiesforall.plan.effects import Need
from citiesforall.plan.model import solve
from citiesforall.plan.problem import Limits
from citiesforall.plan.several import one_after_another

RICH = 1e12
DOSES = ("drain_cleaning", "retention_pond", "flood_barrier")


def need(people, place):
    n = len(people)
    people, place = np.array(people, float), np.array(place)
    ones = np.ones(n)
    return Need("home_flooded", people, np.full(n, -1), place, people, 0 * people, {}, "", ones, ones)


def built_of(drafts, people, place):
    """Return a problem in which everything can be paid for in the one year there is."""
    covers = np.zeros((len(drafts), len(people)))
    for at, draft in enumerate(drafts):
        covers[at, draft.rows] = draft.share
    problem = problem_of(covers, people, np.ones(len(drafts)), [RICH], place=place)
    problem.options.units_max[:] = [draft.most for draft in drafts]
    return Built(problem, tuple(drafts), {}, (0,), {}, Groups({}, {}, ()), ())


def items_of(built, solution, places) -> pd.DataFrame:
    """Return a plan's items as the check reads them."""
    rows = [
        {"action": draft.action.id, "place": places[draft.place] if draft.place >= 0 else "CITY", "units": n * draft.size, "site": ""}
        for draft, n in zip(built.drafts, solution.units.tolist(), strict=True) if n
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["action", "place", "units", "site"])


def share_of(one: Action, units: float, residents: float) -> float:
    return one.most_share * (1 - np.exp(-one.per_unit * units / (residents / 1000)))


def test_three_flood_works_in_one_place_by_hand():
    known: Mapping[str, Action] = actions()
    residents = np.array([4000.0])
    drafts = [
        draft for key in DOSES for draft in dose_drafts(known[key], need([1000.0], [0]), 0, residents, RICH)
    ]
    built = built_of(drafts, [1000.0], [0])
    summed = solve(built.problem, Limits())
    found = one_after_another(built, summed)
    units = {
        key: sum(
            draft.size * n for draft, n in zip(drafts, summed.units, strict=True) if draft.action.id == key
        )
        for key in DOSES
    }
    shares = [share_of(known[key], units[key], 4000.0) for key in DOSES]
    assert sum(shares) > 1  # added up they would move more people than there are
    assert summed.people.sum() == pytest.approx(1000)
    assert found.people.sum() == pytest.approx(1000 * (1 - np.prod([1 - share for share in shares])))
    assert found.people.sum() < 1000
    assert found.bound == summed.bound >= found.objective
    assert found.gap == pytest.approx((found.bound - found.objective) / found.objective)
    assert "on the people the others leave" in found.notes[-1]


def test_a_proof_is_of_what_is_promised_not_of_effects_added_up():
    """Added up, three flood works serve the whole place; one after another they do not, and the plan must not say it is proved."""
    known, residents = actions(), np.array([4000.0, 4000.0])
    who, drafts = need([1000.0, 200.0], [0, 1]), []
    for key in DOSES:
        drafts += dose_drafts(known[key], who, 0, residents, RICH)
    built = built_of(drafts, [1000.0, 200.0], [0, 1])
    built = replace(built, problem=replace(built.problem, objective="fairness_first"))
    summed = solve(built.problem, Limits())
    assert summed.status == "optimal"
    assert summed.place_share.tolist() == pytest.approx([1, 1])
    found = one_after_another(built, summed)
    stages = {stage.name: stage for stage in found.stages}
    worst = found.place_share.min()
    assert worst < 0.95
    assert stages["worst_place"].value == pytest.approx(worst)
    assert stages["worst_place"].bound == pytest.approx(1)
    assert stages["worst_place"].status == found.status == "feasible"
    assert stages["total"].value == pytest.approx(found.objective)
    assert stages["total"].bound == found.bound >= summed.objective - 1e-6
    assert found.at_their_most.size == 0


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from((*DOSES, "street_package", "household_latrine", "street_light")), min_size=1, max_size=4, unique=True),
    st.lists(st.floats(40, 5000), min_size=1, max_size=3),
    st.floats(1.05, 6),
)  # fmt: skip
def test_promise_and_check_agree_and_nobody_is_served_twice(keys, lacking, crowd):
    """What the plan promises is what the check counts or less, never more than lack it, place by place."""
    places = [f"P{number}" for number in range(len(lacking))]
    residents = np.array(lacking) * crowd
    who, drafts = need(lacking, list(range(len(lacking)))), []
    for key in keys:
        one = actions()[key]
        made = (
            household_drafts(one, who, 0, None, RICH)
            if one.effect == "household"
            else dose_drafts(one, who, 0, residents, RICH)
        )
        assert not isinstance(made, str)
        drafts += made
    built = built_of(drafts, lacking, list(range(len(lacking))))
    summed = solve(built.problem, Limits())
    found = one_after_another(built, summed)
    amounts = (
        dict(zip(places, values.tolist(), strict=True))
        for values in (np.array(lacking), np.array(lacking), residents)
    )
    said = Promise("home_flooded", float(found.people.sum()), {}, False, *amounts)
    again = counted(said, items_of(built, found, places), actions())
    assert found.people.sum() <= again * (1 + 1e-6)
    if (
        built.problem.covers.T @ summed.units <= 1
    ).all():  # else households may have been counted after doses, and be fewer
        assert found.people.sum() == pytest.approx(again, rel=1e-6)
    assert found.people.sum() <= summed.people.sum() + 1e-6
    assert (found.served_share <= 1).all()
    np.testing.assert_allclose(found.assigned.sum(axis=0), found.served_share * np.array(lacking), rtol=1e-6)


def test_one_action_alone_leaves_the_plan_as_it_is():
    drafts = dose_drafts(actions()["street_light"], need([300.0], [0]), 0, np.array([4000.0]), RICH)
    built = built_of(drafts, [300.0], [0])
    solution = solve(built.problem, Limits())
    assert one_after_another(built, solution) is solution
