"""The planning model on cases worked by hand and against trying everything."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from tests.plan.invented_problems import INF, changed, problem_of, rules

from citiesforall.core.errors import InputError
from citiesforall.plan.model import solve
from citiesforall.plan.problem import Limits
from citiesforall.plan.problem_making import siting

EXACT = Limits(gap=0.0, level_gap=1e-9)


def test_knapsack_worked_by_hand():
    # three clinics reach 60, 50, 40 people for 5, 4, 3; of 7 one may buy {5} = 60, {4, 3} = 90
    plan = solve(problem_of(np.eye(3), [60, 50, 40], [5, 4, 3], [7]), EXACT)
    assert plan.status == "optimal"
    assert plan.units.tolist() == [0, 1, 1]
    assert plan.objective == pytest.approx(90)
    assert plan.bound == pytest.approx(90)
    assert plan.gap == 0


def test_a_person_counts_once():
    # both reach the 100 in the middle: 100 + 10 + 20, not 230
    plan = solve(problem_of([[1, 1, 0], [0, 1, 1]], [10, 100, 20], [1, 1], [2]), EXACT)
    assert plan.objective == pytest.approx(130)
    assert plan.assigned.sum(axis=1).tolist() == pytest.approx([110, 20])
    assert plan.people.tolist() == pytest.approx([130])


def test_nothing_is_spent_for_nothing():
    plan = solve(problem_of([[1, 1], [0, 1]], [10, 20], [3, 1], [100]), EXACT)
    assert plan.units.tolist() == [1, 0]


def test_years_and_running_costs_worked_by_hand():
    # 6 a year: the two of 6 cannot start together; the larger is served first. Both run at 2 a year inside 4.
    case = problem_of(
        np.eye(2), [10, 30], [6, 6], [6, 6], om=np.full((2, 3), 2.0), recurrent_limit=[[4, 4, 4]]
    )
    plan = solve(case, EXACT)
    assert plan.units.tolist() == [1, 1]
    assert dict(zip(plan.option.tolist(), plan.year.tolist(), strict=True)) == {0: 1, 1: 0}
    # with 3 a year to run them only one may be had: 30
    assert solve(changed(case, recurrent_limit=[[3, 3, 3]]), EXACT).objective == pytest.approx(30)
    # 4 in the plan's years but 3 afterwards: the same
    assert solve(changed(case, recurrent_limit=[[4, 4, 3]]), EXACT).objective == pytest.approx(30)


def test_what_is_not_ready_needs_no_running_costs_yet():
    # two years of lead: both run only after the plan
    case = problem_of([[1.0]], [10], [1], [1, 0], om=[[9, 9, 2]], recurrent_limit=[[0, 0, 2]], lead_years=[2])
    assert solve(case, EXACT).objective == pytest.approx(10)
    assert solve(changed(case, lead_years=[1]), EXACT).objective == pytest.approx(0)


def test_money_that_carries_over():
    case = problem_of([[1.0]], [10], [5], [3, 3])
    assert solve(case, EXACT).objective == 0
    plan = solve(changed(case, carries=[True]), EXACT)
    assert plan.objective == pytest.approx(10)
    assert plan.year.tolist() == [1]


def test_a_fund_pays_only_inside_its_mandate():
    case = problem_of(np.eye(2), [10, 30], [5, 5], [0], capital_limit=[[5], [5]], payable=[[1, 0], [1, 0]])
    assert solve(case, EXACT).objective == pytest.approx(30)
    plan = solve(changed(case, payable=[[1, 1], [1, 0]]), EXACT)
    assert plan.objective == pytest.approx(40)
    assert dict(zip(plan.option.tolist(), plan.fund.tolist(), strict=True)) == {0: 1, 1: 0}


def test_a_fund_may_have_its_works_run_by_another():
    case = problem_of([[1.0]], [10], [5], [0], capital_limit=[[0], [5]], om=[[1, 1]])
    case = changed(case, recurrent_limit=[[1, 1], [0, 0]])
    assert solve(case, EXACT).objective == 0
    assert solve(changed(case, recurrent_fund=[0, 0]), EXACT).objective == pytest.approx(10)


def test_a_prerequisite_starts_no_later():
    # sewers (30) need water (0 people newly served): both cost 5, 5 a year
    case = problem_of([[0.0], [1.0]], [30], [5, 5], [5, 5], rules=rules(2, needs=[(1, [0])]))
    plan = solve(case, EXACT)
    assert plan.units.tolist() == [1, 1]
    assert dict(zip(plan.option.tolist(), plan.year.tolist(), strict=True)) == {0: 0, 1: 1}
    late = changed(case, may_start=[[0, 1], [1, 0]])
    assert solve(late, EXACT).units.tolist() == [0, 0]


def test_what_clashes_is_not_taken_together():
    case = problem_of(np.eye(3), [10, 9, 8], [1, 1, 1], [3], rules=rules(3, clashes=[[0, 1], [1, 2]]))
    assert solve(case, EXACT).units.tolist() == [1, 0, 1]
    many = changed(case, units_max=[2, 1, 1], covers=csr_array(np.diag([0.5, 1, 1])))
    # two halves of 10 clash with 9 as one would: 10 + 8 and all three of money
    assert solve(many, EXACT).units.tolist() == [2, 0, 1]


def test_counts_limit_units():
    case = problem_of(np.eye(3), [10, 9, 8], [1, 1, 1], [3], rules=rules(3, counts=[([0, 1, 2], 2)]))
    assert solve(case, EXACT).units.tolist() == [1, 1, 0]


def test_must_and_must_not():
    case = problem_of(np.eye(3), [10, 9, 8], [1, 1, 1], [2])
    assert solve(changed(case, units_min=[0, 0, 1]), EXACT).units.tolist() == [1, 0, 1]
    assert solve(changed(case, units_max=[0, 1, 1]), EXACT).units.tolist() == [0, 1, 1]


def test_capacity_is_respected():
    # 100 people in reach of a post for 40 and of one for 50: 90 served
    case = problem_of([[1.0], [1.0]], [100], [1, 1], [2], capacity=[40, 50])
    plan = solve(case, EXACT)
    assert plan.objective == pytest.approx(90)
    assert plan.assigned.toarray().ravel() == pytest.approx([40, 50])
    assert solve(changed(case, units_max=[3, 1], capital_limit=[[9]]), EXACT).objective == pytest.approx(100)


def test_the_worst_place_comes_first():
    # 30 people in a place of 100 or 90 in one of 1,000 that is served at 900 already
    case = problem_of(
        np.eye(2), [30, 90], [1, 1], [1], place=[0, 1], place_served=[70.0, 900.0], objective="fairness_first"
    )
    assert solve(case, EXACT).units.tolist() == [1, 0]
    assert solve(changed(case, objective="needs"), EXACT).units.tolist() == [0, 1]


def test_a_place_nobody_can_help_holds_back_no_other():
    # place 0 has no site; of the others 10/20 is worse than 101/200, and raising it leaves 0.505 as the level
    case = problem_of(
        [[0, 1, 0], [0, 0, 1]], [50, 10, 99], [1, 1], [1],
        place=[0, 1, 2], place_served=[0.0, 10.0, 101.0], objective="fairness_first",
    )  # fmt: skip
    plan = solve(case, EXACT)
    assert plan.units.tolist() == [1, 0]
    assert plan.place_share.tolist() == pytest.approx([0, 1.0, 0.505])
    assert plan.stages[0].value == pytest.approx(0.505)
    assert plan.at_their_most.tolist() == [0, 1]


def test_weights_are_said():
    case = problem_of(np.eye(2), [10, 9], [1, 1], [1], weight=[1, 2], objective="needs")
    plan = solve(case, EXACT)
    assert plan.units.tolist() == [0, 1]
    assert plan.weights == "weights of one person: s0 1 to 2"
    assert solve(changed(case, objective="people"), EXACT).weights == "every person counts 1"


def test_people_of_several_services_are_counted_once():
    case = problem_of(
        np.eye(3), [10, 10, 7], [1, 1, 1], [3], service=[0, 1, 1], cell=[0, 0, 1], services=("a", "b")
    )
    plan = solve(case, EXACT)
    assert plan.people.tolist() == pytest.approx([10, 17])
    assert plan.people_once == pytest.approx(17)


@pytest.mark.parametrize("years", [1, 2])
def test_what_must_be_is_given_nobody_beyond_its_room(years):
    """The first option reaches 30 and has room for 5; the second serves all of them, so whom the first is given does not matter."""
    case = problem_of(
        [[0.3, 1.0], [1.0, 1.0]], [20, 24], [1, 1], [2] * years, capacity=[5, INF], units_min=[1, 0]
    )
    plan = solve(case, EXACT)
    assert plan.units.tolist() == [1, 1]
    assert plan.objective == pytest.approx(44)
    assert plan.assigned.sum(axis=1)[0] <= 5 + 1e-6
    assert plan.assigned.sum() == pytest.approx(44)


def test_no_plan_is_said():
    case = problem_of(np.eye(2), [10, 9], [5, 5], [9], units_min=[1, 1])
    plan = solve(case, EXACT)
    assert (plan.status, plan.method) == ("infeasible", "none")
    assert np.isnan(plan.objective)
    assert solve(changed(case, payable=[[0], [1]]), EXACT).status == "infeasible"


def test_no_options_no_people():
    assert solve(problem_of(np.zeros((1, 1)), [5], [1], [1]), EXACT).objective == 0
    assert solve(
        problem_of(np.ones((1, 1)), [0], [1], [1], objective="fairness_first"), EXACT
    ).units.tolist() == [0]


def test_a_start_is_taken_up():
    case = problem_of(np.eye(3), [60, 50, 40], [5, 4, 3], [7])
    first = solve(case, EXACT)
    again = solve(changed(case, capital_limit=[[8]]), EXACT, first)
    assert again.objective == pytest.approx(100)


def test_the_same_input_gives_the_same_plan():
    draw = np.random.default_rng(3)
    case = siting(csr_array((draw.random((30, 100)) < 0.08).astype(float)), draw.integers(1, 90, 100), 6)
    one, two = solve(case), solve(case)
    assert one.units.tolist() == two.units.tolist()
    assert one.gap <= 1e-3


def test_every_fault_at_once():
    case = problem_of(np.eye(2), [10, -9], [5, np.nan], [9], units_min=[2, 0], capacity=[-1, INF])
    with pytest.raises(InputError) as raised:
        solve(case)
    assert len(raised.value.faults) == 4
    assert "o1: capital is negative or unknown" in str(raised.value)
    with pytest.raises(InputError, match=r"options.capacity has shape \(3,\). It must be \(2,\)"):
        solve(changed(case, capacity=[1, 2, 3]))
