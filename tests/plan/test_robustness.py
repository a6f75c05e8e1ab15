"""How often options stay in a plan over draws."""

import numpy as np
import pytest
from tests.plan.invented_problems import changed, problem_of, rules

from citiesforall.plan.model import solve
from citiesforall.plan.problem import Limits
from citiesforall.plan.robustness import candidates_of, cost_factors, robustness, with_draw

EXACT = Limits(gap=0.0, level_gap=1e-9)


def test_cost_factors_are_triangular():
    factors = cost_factors(np.array([50.0, 0.0]), np.array([150.0, 0.0]), 4001, 7)
    assert factors[0].tolist() == [1, 1]
    assert (factors[:, 1] == 1).all()
    drawn = factors[1:, 0]
    assert drawn.min() >= 0.5
    assert drawn.max() <= 1.5
    # of a triangle on 0.5..1.5: mean 1, standard deviation 1/sqrt(24), and 1/8 below 0.75
    assert drawn.mean() == pytest.approx(1, abs=0.01)
    assert drawn.std() == pytest.approx(24**-0.5, rel=0.05)
    assert (drawn < 0.75).mean() == pytest.approx(0.125, abs=0.02)
    assert (cost_factors(np.array([50.0, 0.0]), np.array([150.0, 0.0]), 10, 7) == factors[:10]).all()


def test_an_option_stays_as_often_as_it_is_best():
    # one of two for the money: 100 people against 90; in 3 of 10 draws the first has 80 only
    case = problem_of(np.eye(2), [100, 90], [5, 5], [5])
    plan = solve(case, EXACT)
    assert plan.units.tolist() == [1, 0]
    people = np.ones((10, 2))
    people[:3, 0] = 0.8
    found = robustness(case, plan, people=people)
    assert found.kept.tolist() == pytest.approx([0.7, 0.3])
    assert found.affordable.all()
    assert found.reached[:4].tolist() == pytest.approx([80, 80, 80, 100])
    assert found.best[:4].tolist() == pytest.approx([90, 90, 90, 100])
    assert set(found.status) == {"optimal"}


def test_costs_make_a_plan_unaffordable():
    case = problem_of(np.eye(2), [100, 90], [5, 4], [5])
    plan = solve(case, EXACT)
    costs = np.array([[1.0, 1.0], [1.2, 1.2], [1.4, 1.4]])
    found = robustness(case, plan, costs=costs)
    assert found.affordable.tolist() == [True, False, False]
    assert found.kept.tolist() == pytest.approx([1 / 3, 1 / 3])
    assert found.best.tolist() == pytest.approx([100, 90, 0])


def test_the_worst_stay_where_the_plan_leaves_them():
    case = problem_of(
        np.eye(2), [30, 90], [1, 1], [1], place=[0, 1], place_served=[70.0, 900.0], objective="fairness_first"
    )
    found = robustness(case, solve(case, EXACT), people=np.ones((2, 2)))
    assert found.kept.tolist() == [1, 0]


def test_the_worst_come_first_also_where_the_plan_is_too_dear():
    # a place where 70 of 210 are served and 40 more could be, and one where 900 of 990 are: fairness takes the 30 and the 10
    case = problem_of(
        np.eye(3, 4), [30, 90, 10, 100], [6, 6, 4], [10], place=[0, 1, 0, 0], place_served=[70.0, 900.0], objective="fairness_first"
    )  # fmt: skip
    plan = solve(case, EXACT)
    assert plan.units.tolist() == [1, 0, 1]
    found = robustness(case, plan, costs=np.full((2, 3), 1.1))
    assert not found.affordable.any()
    # 6.6 of 10 for the first, and 3.4 of the 4.4 that the third costs: not the 90 of the other place
    assert found.kept.tolist() == [1, 0, 1]
    assert found.best == pytest.approx(30 + 10 * 3.4 / 4.4)


def test_a_draw_moves_people_and_needs_together():
    case = problem_of(np.eye(2), [30, 90], [1, 1], [1], weight=[2, 1], place=[0, 1])
    drawn = with_draw(case, np.array([0.5, 2.0]), None)
    assert drawn.demand.place_need.tolist() == pytest.approx([30, 180])
    assert drawn.demand.group_need.tolist() == pytest.approx([210])


def test_candidates_bring_their_prerequisites():
    case = problem_of([[0.0], [1.0]], [30], [1, 1], [2], rules=rules(2, needs=[(1, [0])]))
    assert candidates_of(case, solve(case, EXACT)).tolist() == [0, 1]
    assert candidates_of(
        changed(case, units_max=[0, 1]), solve(changed(case, units_max=[0, 1]), EXACT)
    ).tolist() == [1]


def test_unpaired_draws_are_refused():
    case = problem_of(np.eye(2), [100, 90], [5, 5], [5])
    with pytest.raises(ValueError, match="3 draws of people and 2 of costs"):
        robustness(case, solve(case), people=np.ones((3, 2)), costs=np.ones((2, 2)))
