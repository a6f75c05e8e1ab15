"""Why there is no plan: amounts worked by hand, to the cent."""

import numpy as np
import pytest
from tests.plan.invented_problems import changed, problem_of, rules

from citiesforall.core.budget import Budget, Fund
from citiesforall.plan.model import solve
from citiesforall.plan.money_words import amount
from citiesforall.plan.why_infeasible import contradictions, shortfalls, why


def must(n, *options):
    return [int(i in options) for i in range(n)]


def test_capital_that_is_missing():
    # both must be built: 500 + 320.50 of 700 in one year
    case = problem_of(np.eye(2), [10, 9], [500, 320.5], [700], units_min=[1, 1])
    assert solve(case).status == "infeasible"
    assert why(case) == ("Fund 'f0': capital in 2026 is US$700.00; what must be done needs US$120.50 more.",)


def test_amounts_in_the_money_of_the_fund_and_in_dollars():
    """700 dollars are 2,870,000 riel at 4,100; a fund of its own currency and one in dollars say it their way."""
    case = problem_of(np.eye(2), [10, 9], [500, 320.5], [700], units_min=[1, 1])
    fund = {"title": "Sangkat fund", "tier": "CS", "capital": (1.0,), "recurrent": (0.0,)}
    riel = {"years": (2026,), "currency": "KHR", "khr_per_usd": 4100, "grade": "assumed"}
    for currency, has, lacks in (
        (None, "KHR 2,870,000 (US$700.00)", "KHR 494,050 (US$120.50)"),
        ("USD", "US$700.00 (KHR 2,870,000)", "US$120.50 (KHR 494,050)"),
    ):
        budget = Budget(**riel, funds={"f0": Fund(**fund, currency=currency)})
        (said,) = why(case, budget=budget)
        assert (
            said
            == f"Fund 'f0' (Sangkat fund): capital in 2026 is {has}; what must be done needs {lacks} more."
        )
    reais = Budget(years=(2026,), currency="BRL", per_usd=5.4, grade="assumed", funds={"f0": Fund(**fund)})
    assert amount(1 / 3, reais, cents=True) == "BRL 1.80 (US$0.33)"
    assert amount(1.001, reais, cents=True) == "BRL 5.41 (US$1.00)"  # 5.4054: said so that it is enough


def test_the_least_sum_over_years_and_funds():
    # 500 and 320 in years of 480 and 300: 20 is missing in each (820 in one year would miss 340 or 520)
    case = problem_of(np.eye(2), [10, 9], [500, 320], [480, 300], units_min=[1, 1])
    found = shortfalls(case)
    assert [(one.kind, one.fund, one.year) for one in found] == [("capital", 0, 0), ("capital", 0, 1)]
    assert [one.extra for one in found] == pytest.approx([20, 20])
    assert (
        why(case)[-1] == "US$40.00 more in all is the least; other years or funds might carry a part of it."
    )
    # with the amounts it says, there is a plan
    more = case.money.capital_limit + np.array([[20.0, 20.0]])
    assert solve(changed(case, capital_limit=more)).status == "optimal"


def test_money_that_carries_over_is_missed_once():
    case = problem_of([[1.0]], [10], [500], [100, 100], units_min=[1], carries=[True])
    found = shortfalls(case)
    assert sum(one.extra for one in found) == pytest.approx(300)


def test_running_costs_that_are_missing():
    case = problem_of(
        [[1.0]], [10], [5], [9, 9], om=[[40, 40, 40]], recurrent_limit=[[50, 50, 25]], units_min=[1]
    )
    assert why(case) == (
        "Fund 'f0': money to run what is built in every year after 2027 is US$25.00; what must be done needs US$15.00 more.",
    )


def test_a_single_work_dearer_than_any_year():
    case = problem_of([[1.0]], [10], [900], [500, 600], units_min=[1])
    (one,) = shortfalls(case)
    assert (one.year, one.extra) == (1, pytest.approx(300))


def test_the_prerequisite_of_what_must_be_done_counts():
    case = problem_of(
        [[0.0], [1.0]], [30], [50, 20], [60], rules=rules(2, needs=[(1, [0])]), units_min=must(2, 1)
    )
    (one,) = shortfalls(case)
    assert one.extra == pytest.approx(10)


def test_rules_that_contradict_each_other():
    case = problem_of(np.eye(3), [1, 1, 1], [1, 1, 1], [9], units_min=must(3, 0, 1))
    both = changed(case, rules=rules(3, clashes=[[0, 1]]))
    assert solve(both).status == "infeasible"
    assert why(both) == ("o0 and o1 must be done, but exclude each other.",)
    counted = changed(case, rules=rules(3, counts=[([0, 1, 2], 1)]))
    assert why(counted) == ("count 0: 2 must be done, but at most 1 may be.",)
    alone = changed(case, rules=rules(3, needs=[(0, [2])]), units_max=[1, 1, 0])
    assert solve(alone).status == "infeasible"
    assert why(alone) == ("o0 must be done, but needs o2, which cannot be.",)
    unpaid = changed(case, payable=[[1], [0], [1]])
    assert why(unpaid) == ("o1 must be done, but no fund may pay for it.",)
    never = changed(case, may_start=[[1], [0], [1]])
    assert why(never) == ("o1 must be done, but it may start in no year.",)


def test_rules_that_only_together_leave_no_way():
    # 0 needs 1 or 2; both exclude 3, which must be done too
    case = problem_of(np.eye(4), [1, 1, 1, 1], [1, 1, 1, 1], [9], units_min=must(4, 0, 3))
    case = changed(case, rules=rules(4, needs=[(0, [1, 2])], clashes=[[1, 3], [2, 3]]))
    assert solve(case).status == "infeasible"
    assert contradictions(case) == ()
    assert "breaks the rules of order and exclusion together" in why(case)[0]


def test_nothing_to_say_of_a_problem_that_has_a_plan():
    assert why(problem_of(np.eye(2), [10, 9], [5, 5], [9], units_min=must(2, 1))) == ()
