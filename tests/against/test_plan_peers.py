"""Siting against scipy's mixed-integer programme, always, and against spopt's maximal covering model where it is installed."""

import warnings

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack, identity, vstack

from citiesforall.plan.model import solve
from citiesforall.plan.problem import Limits
from citiesforall.plan.problem_making import siting

POINTS, SITES = 300, 60
SIDE_M, SERVICE_M = 5_000.0, 600.0
EXACT = Limits(gap=1e-6, most_nonzeros=1_000_000)


def town(seed):
    """Return the distances between points and sites drawn by lot, and whole people at the points. (D, O), (D,)"""
    draw = np.random.default_rng(seed)
    points, sites = (draw.uniform(0, SIDE_M, (n, 2)) for n in (POINTS, SITES))
    distance_m = np.linalg.norm(points[:, None] - sites[None], axis=2)
    return distance_m, draw.integers(1, 200, POINTS)


def ours(distance_m, people, n_sites, limits=EXACT):
    """Return the plan; its people are counted anew from the distances."""
    covers = csr_array((distance_m <= SERVICE_M).T.astype(float))
    plan = solve(siting(covers, people, n_sites), limits)
    assert plan.units.sum() <= n_sites
    assert plan.objective == pytest.approx(served(distance_m, people, plan.units > 0), abs=1e-6)
    assert plan.objective <= plan.bound + 1e-6
    return plan


def served(distance_m, people, opened):
    return people[(distance_m <= SERVICE_M)[:, opened].any(axis=1)].sum()


def scipy_optimum(distance_m, people, n_sites):
    """Maximise the people covered: y[d] <= sum of x in reach, sum of x <= p, x whole."""
    reach = csr_array((distance_m <= SERVICE_M).astype(float))
    n_points, n = reach.shape
    covered = hstack([reach, -identity(n_points)])
    chosen = csr_array(np.concatenate([np.ones(n), np.zeros(n_points)])[None])
    low = np.concatenate([np.zeros(n_points), [-np.inf]])
    high = np.concatenate([np.full(n_points, np.inf), [n_sites]])
    found = milp(
        np.concatenate([np.zeros(n), -people]),
        integrality=np.concatenate([np.ones(n), np.zeros(n_points)]),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(vstack([covered, chosen]), low, high),
        options={"mip_rel_gap": 1e-9},
    )
    assert found.status == 0
    return -found.fun


@pytest.mark.parametrize("n_sites", [1, 5, 12])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_optimum_of_scipys_programme(seed, n_sites):
    distance_m, people = town(seed)
    plan = ours(distance_m, people, n_sites)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(scipy_optimum(distance_m, people, n_sites), abs=1e-4)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_large_path_brackets_the_optimum(seed):
    distance_m, people = town(seed)
    best = scipy_optimum(distance_m, people, 5)
    plan = ours(distance_m, people, 5, Limits(most_nonzeros=0))
    assert plan.method == "lagrangian"
    assert plan.objective <= best + 1e-4
    assert best <= plan.bound + 1e-4
    # the gap printed is the distance to the bound, so the optimum is no further away
    assert best - plan.objective <= plan.gap * plan.objective + 1e-4


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_optimum_of_spopt(seed):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a peer's imports warn of what is none of ours
        pulp = pytest.importorskip("pulp")
        locate = pytest.importorskip("spopt.locate")
        distance_m, people = town(seed)
        model = locate.MCLP.from_cost_matrix(distance_m, people, SERVICE_M, 5)
        model = model.solve(pulp.HiGHS(msg=False, gapRel=1e-9), results=False)
    # the label "Optimal" is also given after a limit: the word about the solution is what counts
    assert model.problem.sol_status == pulp.LpSolutionOptimal
    opened = np.array([variable.value() > 0.5 for variable in model.fac_vars])
    plan = ours(distance_m, people, 5)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(served(distance_m, people, opened), abs=1e-6)
