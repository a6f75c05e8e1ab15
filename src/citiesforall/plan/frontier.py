"""What other budgets would do: the trade-off of money against people served and against fairness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from citiesforall.plan.model import solve
from citiesforall.plan.model_answer import NEAR
from citiesforall.plan.model_merge import worth_of_one
from citiesforall.plan.model_stage import frame_of, levels_of, most_of
from citiesforall.plan.problem import Bool, Limits, Problem, Solution, Status

SHARES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
"""Of the budget given."""
SAME = 1e-9


@dataclass(frozen=True)
class Point:
    """Hold one budget and its plan.

    Parameters
    ----------
    budget_share
        Of the budget given; capital and recurrent money alike.
    capital, spent
        Limits of all funds and years, and what the plan spends of them. [USD]
    people
        People newly served, summed over services.
    needs
        The same with weights.
    worst_place
        Position of the place with the least share of its people served after the plan, of those that some option reaches; -1
        where there is none.
    worst_place_share, worst_group_share
        Those shares; nan where there is none.
    bound, gap
        Of the total, see `Solution`.
    status
        See `Solution`; ``feasible`` also where the plan of a smaller budget was kept.
    solution
        The plan.
    """

    budget_share: float
    capital: float
    spent: float
    people: float
    needs: float
    worst_place: int
    worst_place_share: float
    worst_group_share: float
    bound: float
    gap: float
    status: Status
    solution: Solution


def frontier(
    problem: Problem,
    limits: Limits | None = None,
    shares: Sequence[float] = SHARES,
    known: Solution | None = None,
) -> tuple[Point, ...]:
    """Plan with other budgets, from the smallest to the largest.

    Parameters
    ----------
    problem
        The problem with the budget given.
    limits
        Of all plans together: each has its part of the seconds.
    shares
        Of the budget.
    known
        The plan of the budget given, taken over for the share 1.

    Returns
    -------
    tuple
        One point a budget, in rising order.

    Raises
    ------
    InputError
        Arrays do not fit together.

    Notes
    -----
    Each search begins with the plan before it, which the larger budget can pay; where the search within its limits finds nothing
    better in the objective's own order, that plan is kept. So the curve never falls. Only the level of the worst place may: more
    money can bring within reach a place that no plan could raise before, and that place then counts among the worst.
    """
    limits = limits or Limits()
    part = replace(limits, seconds=limits.seconds / max(len(shares), 1))
    points: list[Point] = []
    before: Solution | None = None
    for share in sorted(shares):
        scaled = with_budget(problem, share)
        is_known = known is not None and abs(share - 1) < SAME
        found = known if is_known and known is not None else solve(scaled, part, before)
        if before is not None and not _is_better(scaled, found, before, limits.level_gap):
            status: Status = "infeasible" if found.status == "infeasible" else "feasible"
            bound = found.bound if np.isfinite(found.bound) else before.bound
            gap = max(bound - before.objective, 0.0) / max(abs(before.objective), SAME)
            found = replace(before, status=status, bound=max(bound, before.objective), gap=gap)
        points.append(_point(scaled, share, found))
        before = found if found.method != "none" else before
    return tuple(points)


def with_budget(problem: Problem, share: float) -> Problem:
    """Return the problem with so much of its money.

    Parameters
    ----------
    problem
        The problem.
    share
        Of capital and recurrent money.

    Returns
    -------
    Problem
        Funds without limit keep none.

    Raises
    ------
    ValueError
        Never.
    """
    money = problem.money
    return replace(
        problem,
        money=replace(
            money, capital_limit=money.capital_limit * share, recurrent_limit=money.recurrent_limit * share
        ),
    )


def _rank(problem: Problem, solution: Solution) -> tuple[float, ...]:
    """Return what the objective raises, in its order, by the yardstick of one budget."""
    if problem.objective != "fairness_first":
        return (solution.objective,)
    frame = frame_of(problem)
    most = most_of(frame, levels_of(frame))
    share = np.concatenate([solution.place_share, solution.group_share])
    n = len(problem.demand.places)
    levels = []
    for rows in (slice(0, n), slice(n, None)):
        short = share[rows] < most[rows] - NEAR
        levels.append(float(share[rows][short].min(initial=np.inf)))
    return (*levels, solution.objective)


def _is_better(problem: Problem, found: Solution, before: Solution, near: float) -> bool:
    """Say whether a plan is at least as good as the one before it, in the objective's order; near levels are equal."""
    if found.method == "none":
        return False
    *levels, total = zip(_rank(problem, found), _rank(problem, before), strict=True)
    for new, old in levels:
        if new != old and abs(new - old) > near:
            return new > old
    return total[0] >= total[1]


def _point(problem: Problem, share: float, found: Solution) -> Point:
    """Return the line of a plan."""
    money, demand = problem.money, problem.demand
    limit = money.capital_limit
    place = np.where(_reached(problem), found.place_share, np.inf)
    place = np.where(np.isnan(place), np.inf, place)
    worst = int(np.argmin(place)) if np.isfinite(place).any() else -1
    served = found.served_share * demand.people
    has = found.method != "none"
    return Point(
        budget_share=share,
        capital=float(limit.sum()),
        spent=float((money.capital[found.option, found.year] * found.count).sum()),
        people=float(served.sum()) if has else np.nan,
        needs=float((worth_of_one(problem, "needs") * served).sum()) if has else np.nan,
        worst_place=worst,
        worst_place_share=float(place[worst]) if worst >= 0 else np.nan,
        worst_group_share=_least(found),
        bound=found.bound,
        gap=found.gap,
        status=found.status,
        solution=found,
    )


def _least(found: Solution) -> float:
    """Return the least share of a group; nan where none has a need."""
    known = found.group_share[np.isfinite(found.group_share)]
    return float(known.min()) if len(known) else np.nan


def _reached(problem: Problem) -> Bool:
    """Say which places some option reaches, money aside. (P,) bool"""
    rows = (problem.covers.T @ (problem.options.units_max > 0)) * problem.demand.people > 0
    return np.bincount(problem.demand.place[rows], minlength=len(problem.demand.places)) > 0
