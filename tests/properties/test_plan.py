"""What must hold of every plan, on small invented problems."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.plan.invented_problems import (
    allowed_units,
    best,
    changed,
    is_allowed,
    level,
    most_served,
    problem_of,
    rules,
    sets,
    shares,
)

from citiesforall.plan.model import solve
from citiesforall.plan.problem import Limits

EXACT = Limits(gap=0.0, level_gap=1e-9)
PRICED = Limits(gap=0.0, level_gap=1e-9, most_nonzeros=-1)  # the way of large problems
FEW = settings(max_examples=40, deadline=None, derandomize=True)


@st.composite
def problems(draw, capacities=False, objective=None):
    """Draw a problem of up to 4 options, 6 rows, 2 years, 2 funds, with rules."""
    n, d = draw(st.integers(1, 4)), draw(st.integers(1, 6))
    years, funds = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    whole = draw(st.randoms(use_true_random=False))
    rng = np.random.default_rng(whole.randrange(2**32))
    share = rng.choice([0.0, 0.0, 0.5, 1.0], (n, d))
    places = 3
    case = problem_of(
        share,
        rng.integers(0, 20, d),
        rng.integers(0, 6, n),
        [0] * years,
        capital_limit=rng.integers(0, 9, (funds, years)),
        place=rng.integers(0, places, d),
        place_served=rng.integers(0, 9, places).astype(float),
        weight=rng.choice([1.0, 1.5, 2.0], d),
        group_share=np.column_stack([np.ones(d), rng.random(d).round(1)]),
        group_served=rng.integers(0, 9, 2).astype(float),
        objective=objective or draw(st.sampled_from(["people", "needs", "fairness_first"])),
        units_max=rng.choice([0, 1, 1, 1, 2], n),
        lead_years=rng.integers(0, 3, n),
        may_start=rng.random((n, years)) < 0.8,
        om=np.repeat(rng.integers(0, 3, (n, 1)), years + 1, 1),
        payable=rng.random((n, funds)) < 0.8,
        recurrent_limit=rng.integers(0, 6, (funds, years + 1)),
        carries=rng.random(funds) < 0.5,
        recurrent_fund=rng.integers(0, funds, funds),
    )
    pairs = [(i, [int(rng.integers(0, n))]) for i in range(n) if rng.random() < 0.3]
    clashes = [rng.choice(n, 2, replace=False).tolist()] if n > 1 and rng.random() < 0.5 else []
    counts = [(list(range(n)), int(rng.integers(0, 4)))] if rng.random() < 0.5 else []
    case = changed(case, rules=rules(n, [(i, j) for i, j in pairs if j != [i]], clashes, counts))
    if rng.random() < 0.3:
        must = int(rng.integers(0, n))
        case = changed(case, units_min=np.minimum(np.eye(n, dtype=int)[must], case.options.units_max))
    return changed(case, capacity=rng.integers(0, 15, n)) if capacities else case


def plan_of(solution):
    """Return a plan as the recount of the tests takes it."""
    items = zip(
        *(part.tolist() for part in (solution.option, solution.year, solution.fund, solution.count)),
        strict=True,
    )
    return {(i, y, f): n for i, y, f, n in items}


def measure_of(problem, solution):
    """Return (worst place, worst group, total), worked out from who is served."""
    top = shares(problem, np.minimum(problem.options.units_max @ problem.covers.toarray(), 1.0))
    now = shares(problem, solution.served_share)
    return (*(level(*pair) for pair in zip(now, top, strict=True)), solution.objective)


@FEW
@given(problems(), st.sampled_from([EXACT, PRICED]))
def test_as_good_as_trying_everything(case, limits):
    answers = best(case)
    plan = solve(case, limits)
    if answers is None:
        assert plan.status == "infeasible"
        return
    assert plan.status == "optimal"
    assert is_allowed(case, plan_of(plan))
    if case.objective != "fairness_first":
        assert plan.objective == pytest.approx(max(answers)[0], abs=1e-5)
        assert plan.bound == pytest.approx(plan.objective, rel=1e-6, abs=1e-5)
        return
    found = measure_of(case, plan)
    place = max(answer[0] for answer in answers)
    assert found[0] == place == np.inf or found[0] >= place - 1e-6
    near = [answer for answer in answers if answer[0] >= place - 1e-6]
    group = max(answer[1] for answer in near)
    assert found[1] == group == np.inf or found[1] >= group - 1e-6
    assert found[2] >= max(answer[2] for answer in near if answer[1] >= group - 1e-6) - 1e-4


@FEW
@given(problems(capacities=True, objective="people"), st.sampled_from([EXACT, PRICED]))
def test_with_capacities_as_good_as_trying_everything(case, limits):
    allowed = allowed_units(case)
    plan = solve(case, limits)
    if not allowed:
        assert plan.status == "infeasible"
        return
    assert is_allowed(case, plan_of(plan))
    assert plan.objective == pytest.approx(max(most_served(case, units) for units in allowed), abs=1e-5)
    used = np.asarray(plan.assigned.sum(axis=1)).ravel()
    assert (used <= case.options.capacity * plan.units + 1e-5).all()
    given_to = np.asarray(plan.assigned.sum(axis=0)).ravel()
    assert given_to == pytest.approx(plan.served_share * case.demand.people, abs=1e-5)


@FEW
@given(problems(), st.integers(0, 3), st.integers(1, 5))
def test_more_money_never_serves_fewer(case, which, extra):
    more = case.money.capital_limit.copy()
    more.reshape(-1)[which % more.size] += extra
    before, after = solve(case, EXACT), solve(changed(case, capital_limit=more), EXACT)
    if before.status == "infeasible":
        return
    if case.objective != "fairness_first":
        assert after.objective >= before.objective - 1e-5
        return
    # lexicographic: the first of the three that differs has grown
    for old, new in zip(measure_of(case, before), measure_of(case, after), strict=True):
        assert new >= old - 1e-4
        if new > old + 1e-4:
            break


@FEW
@given(problems(objective="needs"), st.integers(0, 2**20))
def test_another_site_never_lowers(case, seed):
    rng = np.random.default_rng(seed)
    n, d = case.covers.shape
    o, m, r = case.options, case.money, case.rules
    wider = np.vstack([case.covers.toarray(), rng.choice([0.0, 1.0], (1, d))])
    pad = lambda a, row: np.concatenate([a, row])  # noqa: E731 - said once
    more = changed(
        case,
        covers=type(case.covers)(wider),
        names=(*o.names, "new"),
        units_min=pad(o.units_min, [0]), units_max=pad(o.units_max, [1]), capacity=pad(o.capacity, [np.inf]),
        lead_years=pad(o.lead_years, [0]), may_start=pad(o.may_start, np.ones((1, case.n_years), bool)),
        capital=pad(m.capital, np.full((1, case.n_years), 2.0)), om=pad(m.om, np.zeros((1, case.n_years + 1))),
        payable=pad(m.payable, np.ones((1, case.n_funds), bool)),
        **{name: sets([np.flatnonzero(row) for row in getattr(r, name).toarray()], n + 1)
           for name in ("needs_any", "clashes", "counts")},
    )  # fmt: skip
    before, after = solve(case, EXACT), solve(more, EXACT)
    if before.status != "infeasible":
        assert after.objective >= before.objective - 1e-5


@FEW
@given(problems(), st.integers(0, 2**20), st.sampled_from([0.01, 4100.0, 1e6]))
def test_order_and_currency_change_nothing(case, seed, rate):
    rng = np.random.default_rng(seed)
    rows, m = rng.permutation(case.n_rows), case.money
    d = case.demand
    mixed = changed(
        case,
        covers=case.covers[:, rows],
        **{k: getattr(d, k)[rows] for k in ("people", "weight", "service", "place", "cell", "group_share")},
        **{k: getattr(m, k) * rate for k in ("capital", "om", "capital_limit", "recurrent_limit")},
    )
    one, two = solve(case, EXACT), solve(mixed, EXACT)
    assert one.status == two.status
    if one.status == "infeasible":
        return
    assert [s.value for s in one.stages if s.name != "timing"] == pytest.approx(
        [s.value for s in two.stages if s.name != "timing"], abs=1e-5
    )


@FEW
@given(problems(objective="needs"))
def test_options_in_another_order_do_as_well(case):
    n = case.n_options
    back = np.arange(n)[::-1]
    o, m, r = case.options, case.money, case.rules
    turned = changed(
        case,
        covers=case.covers[back],
        **{k: getattr(o, k)[back] for k in ("units_min", "units_max", "capacity", "lead_years", "may_start")},
        **{k: getattr(m, k)[back] for k in ("capital", "om", "payable")},
        needs=back[r.needs], needs_any=r.needs_any[:, back], clashes=r.clashes[:, back], counts=r.counts[:, back],
    )  # fmt: skip
    one, two = solve(case, EXACT), solve(turned, EXACT)
    assert one.status == two.status
    if one.status != "infeasible":
        assert one.objective == pytest.approx(two.objective, abs=1e-5)
