"""A plan made to fit other money, and the curve of budgets begun from it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.plan.frontier import with_budget
from citiesforall.plan.model import solve
from citiesforall.plan.other_money import curve
from citiesforall.plan.problem import Limits
from citiesforall.plan.refit import books_of, refit, start_of, units_in

from .invented_problems import changed, is_allowed, problem_of, rules

EXACT = Limits(gap=0.0, level_gap=1e-9)


def test_what_is_worth_least_per_dollar_goes_first():
    # 60 for 5 (12 a dollar), 50 for 4 (12.5), 40 for 3 (13.3): of 12 all; of 9 the first goes
    case = problem_of(np.eye(3), [60, 50, 40], [5, 4, 3], [12])
    plan = solve(case, EXACT)
    assert start_of(with_budget(case, 0.75), plan).option.tolist() == [1, 2]


def test_money_left_is_used():
    # of 5 nothing is left of the plan {5}, dropped for money of 4: then 50 for 4 comes in
    case = problem_of(np.eye(2), [60, 50], [5, 4], [5])
    plan = solve(case, EXACT)
    assert plan.units.tolist() == [1, 0]
    assert start_of(with_budget(case, 0.8), plan).option.tolist() == [1]


def test_money_for_nothing_gives_no_start():
    case = problem_of(np.eye(2), [60, 50], [5, 4], [5])
    assert start_of(with_budget(case, 0.5), solve(case, EXACT)) is None


def test_what_lacks_its_prerequisite_goes_with_it():
    case = problem_of([[0.0], [1.0]], [30], [5, 5], [10], rules=rules(2, needs=[(1, [0])]))
    plan = solve(case, EXACT)
    fitted = start_of(changed(case, capital_limit=[[5]]), plan)
    assert 1 not in fitted.option.tolist()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.3, 0.6, 1.0, 1.7]))
def test_every_fitted_plan_keeps_all_rules(seed, share):
    rng = np.random.default_rng(seed)
    case = problem_of(
        rng.random((6, 12)) < 0.4, rng.integers(1, 50, 12), rng.integers(1, 6, 6), [6, 6],
        rules=rules(6, needs=[(3, [0])], clashes=[[1, 2]], counts=[([3, 4, 5], 2)]), units_max=[1, 2, 1, 1, 3, 1],
        om=rng.integers(0, 3, (6, 3)), recurrent_limit=[[4, 6, 6]],
    )  # fmt: skip
    plan = solve(case, Limits(gap=0.05))
    other = with_budget(case, share)
    books = books_of(other)
    units = refit(other, units_in(books, plan), books)
    keys = zip(*(part.tolist() for part in books.choices), strict=True)
    assert is_allowed(other, {key: n for key, n in zip(keys, units.tolist(), strict=True) if n})


def test_curve_worked_by_hand():
    # 8 of money: 60 + 40; a quarter, half, ... twice: 2 | 4 | 6 | 8 | 10 | 12 | 14 | 16
    case = problem_of(np.eye(3), [60, 50, 40], [5, 4, 3], [8])
    table = curve(case, solve(case, EXACT), 1)
    assert table["capital_usd"].tolist() == pytest.approx([2, 4, 6, 8, 10, 12, 14, 16])
    assert table["people"].tolist() == pytest.approx([0, 50, 60, 100, 110, 150, 150, 150])
    assert (table["worst_place"] == "p0").all()


@pytest.mark.parametrize("objective", ["people", "needs", "fairness_first"])
def test_more_money_never_serves_fewer(objective):
    rng = np.random.default_rng(8)
    case = problem_of(
        rng.random((12, 40)) < 0.2, rng.integers(1, 50, 40), rng.integers(1, 6, 12), [12, 12],
        place=np.arange(40) % 4, weight=rng.choice([1.0, 2.0], 40), objective=objective,
    )  # fmt: skip
    table = curve(case, solve(case, Limits(gap=0.05, seconds=5)), 1)
    assert (np.diff(table["people"]) >= -1e-6).all()
    assert (np.diff(table["needs"]) >= -1e-6).all() or objective == "people"
