"""Other budgets: the curve never falls and its points are plans."""

import numpy as np
import pytest
from tests.plan.invented_problems import changed, problem_of

from citiesforall.plan.frontier import frontier, with_budget
from citiesforall.plan.model import solve
from citiesforall.plan.problem import Limits

EXACT = Limits(gap=0.0, level_gap=1e-9)


def case(objective="people"):
    # 60 people for 5, 50 for 4, 40 for 3, in two places
    return problem_of(
        np.eye(3),
        [60, 50, 40],
        [5, 4, 3],
        [8],
        place=[0, 1, 1],
        place_served=[40.0, 10.0],
        objective=objective,
    )


def test_points_worked_by_hand():
    # money 4, 8, 12: 50 | 60 + 40 | all
    points = frontier(case(), EXACT, (1.5, 0.5, 1.0))
    assert [point.budget_share for point in points] == [0.5, 1.0, 1.5]
    assert [point.people for point in points] == pytest.approx([50, 100, 150])
    assert [point.spent for point in points] == pytest.approx([4, 8, 12])
    assert [point.capital for point in points] == pytest.approx([4, 8, 12])
    assert [point.status for point in points] == ["optimal"] * 3


def test_the_worst_place_is_named():
    # money 4 raises place 1 from 10 to 60 of 100 (place 0, 40 of 100, is out of reach); 8 raises 0 to 100 and 1 to 50
    points = frontier(case("fairness_first"), EXACT, (0.5, 1.0))
    assert [point.worst_place for point in points] == [0, 1]
    assert [point.worst_place_share for point in points] == pytest.approx([0.4, 0.5])
    assert [point.worst_group_share for point in points] == pytest.approx([50 / 150, 100 / 150])


@pytest.mark.parametrize("objective", ["people", "needs", "fairness_first"])
def test_the_curve_never_falls(objective):
    rng = np.random.default_rng(4)
    problem = problem_of(
        rng.random((12, 40)) < 0.2, rng.integers(1, 50, 40), rng.integers(1, 6, 12), [20, 20],
        place=np.arange(40) % 4, weight=rng.choice([1.0, 2.0], 40), objective=objective,
    )  # fmt: skip
    points = frontier(problem, Limits(gap=0.05, seconds=20))
    first = [next(s.value for s in p.solution.stages if s.name != "timing") for p in points]
    assert np.all(np.diff(first) >= -1e-6)
    if objective != "fairness_first":
        assert np.all(np.diff([point.solution.objective for point in points]) >= -1e-6)
        assert all(point.gap <= 0.05 + 1e-9 for point in points)


def test_a_budget_without_a_plan_has_its_point():
    points = frontier(changed(case(), units_min=[1, 1, 0]), EXACT, (0.5, 2.0))
    assert [point.status for point in points] == ["infeasible", "optimal"]
    assert np.isnan(points[0].people)


def test_a_known_plan_is_taken_over():
    known = solve(case(), EXACT)
    points = frontier(case(), EXACT, (0.5, 1.0), known)
    assert points[1].solution is known


def test_a_budget_is_scaled_with_its_recurrent_part():
    money = with_budget(changed(case(), recurrent_limit=[[4, 6]]), 0.5).money
    assert money.capital_limit.tolist() == [[4]]
    assert money.recurrent_limit.tolist() == [[2, 3]]
