"""What other budgets, other costs and other numbers of people would do to a city's plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from citiesforall.plan.build import Built
from citiesforall.plan.effects import Ground
from citiesforall.plan.frontier import Point, frontier, with_budget
from citiesforall.plan.model import solve
from citiesforall.plan.problem import Float, Limits, Problem, Solution
from citiesforall.plan.quick import quick, rebounded
from citiesforall.plan.refit import start_of
from citiesforall.plan.robustness import Robustness, cost_factors, robustness

SHARES = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
"""Of the budget given."""
CURVE = Limits(gap=0.02, level_gap=0.005, nodes=500, seconds=60.0)
"""Of one point of the curve; the seconds are a safety net."""
DRAWS = 100
"""Draws of costs and people; what is stated is none of them, for it is what the plan was made for."""
SAME = 1e-9
WIDE = 2 * 1.959964
"""Standard deviations between both ends of a 95 % interval."""
Counted = Callable[[Problem, Solution], Solution]
"""From a problem and its plan to the plan with its people counted again."""
COLUMNS = (
    "budget_share", "capital_usd", "people", "needs", "worst_place", "worst_place_share", "worst_group_share", "bound",
    "gap", "status",
)  # fmt: skip
"""Of ``frontier.parquet``."""


def curve(
    problem: Problem, plan: Solution, seed: int, limits: Limits = CURVE, counted: Counted | None = None
) -> pd.DataFrame:
    """Plan with less and with more money.

    Parameters
    ----------
    problem, plan
        The problem and its plan, which is the point of the whole budget.
    seed
        Of the solver.
    limits
        Of each point.
    counted
        Counts the people of a plan as the plan itself promises them (`several.one_after_another`).

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, one row a budget, rising.

    Raises
    ------
    InputError
        Arrays do not fit together.

    Notes
    -----
    A larger budget that finds no more weighted people than a smaller one keeps the smaller one's plan, which it can pay for: so
    the curve never falls. ``bound`` is proved by prices in every row: no plan with that money that leaves the worst place and the
    worst group no worse off serves more (`plan.quick`).
    """
    points: list[Point] = []
    best: Solution | None = None
    limits = replace(limits, seed=seed, level_gap=max(limits.level_gap, slack_of(plan)))
    for share in SHARES:
        scaled = with_budget(problem, share)
        found = plan if abs(share - 1) <= SAME else _planned(scaled, limits, plan if best is None else best)
        if counted is not None:
            found = counted(scaled, found)
        if best is not None and not _is_more(found, best):
            found = rebounded(scaled, best, limits)
        (point,) = frontier(scaled, limits, (1.0,), found)
        points.append(replace(point, budget_share=share))
        best = found if found.method != "none" else best
    return table_of(problem, points)


def slack_of(plan: Solution) -> float:
    """Return how far below their bounds the floors of a plan's levels lie. [share]

    Parameters
    ----------
    plan
        With its stages.

    Returns
    -------
    float
        0 where no level was raised.

    Raises
    ------
    ValueError
        Never.
    """
    levels = [stage for stage in plan.stages if stage.name.startswith("worst")]
    return max((2 * (stage.bound - stage.value) for stage in levels), default=0.0)


def _planned(problem: Problem, limits: Limits, near: Solution) -> Solution:
    """Return a plan of a budget: quickly where there are years and funds, by the search itself where there are not."""
    found = quick(problem, limits) if problem.n_years * problem.n_funds > 1 else None
    return solve(problem, limits, start_of(problem, near)) if found is None else found


def _is_more(found: Solution, best: Solution) -> bool:
    """Say whether a plan serves no fewer people than another, weighted and unweighted."""
    return bool(found.objective >= best.objective - SAME and found.people.sum() >= best.people.sum() - SAME)


def table_of(problem: Problem, points: list[Point]) -> pd.DataFrame:
    """Return points as a table.

    Parameters
    ----------
    problem
        Names the places.
    points
        Of a curve.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`; ``worst_place`` is a code, empty where there is none.

    Raises
    ------
    IndexError
        A point of another city.
    """
    rows = []
    for one in points:
        named = problem.demand.places[one.worst_place] if one.worst_place >= 0 else ""
        values = one.capital, one.people, one.needs, named, one.worst_place_share, one.worst_group_share
        rows.append((one.budget_share, *values, one.bound, one.gap, one.status))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def firmness(ground: Ground, built: Built, plan: Solution, seed: int) -> Robustness:
    """Choose again under other costs and other numbers of people.

    Parameters
    ----------
    ground
        The city, with draws of its people where it has any.
    built, plan
        The problem and its plan.
    seed
        Of the draws.

    Returns
    -------
    Robustness
        Of `DRAWS` draws. What one action costs is dear or cheap everywhere at once.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    kinds = {draft.action.id: draft.action.capital_usd for draft in built.drafts}
    ends = np.array([kinds[key] for key in kinds], np.float64).reshape(-1, 2)
    column = {key: at for at, key in enumerate(kinds)}
    each = cost_factors(ends[:, 0], ends[:, 1], DRAWS + 1, seed)[1:]
    costs = each[:, [column[draft.action.id] for draft in built.drafts]]
    people = people_factors(ground, built, seed, DRAWS + 1)[1:]
    return robustness(built.problem, plan, people, costs, Limits(seed=seed))


def people_factors(ground: Ground, built: Built, seed: int, draws: int) -> Float:
    """Draw people of each demand row as shares of those stated.

    Parameters
    ----------
    ground, built
        The city and its problem.
    seed
        Of the draws.
    draws
        How many; the first is as stated.

    Returns
    -------
    ndarray
        (S, D)

    Raises
    ------
    ValueError
        Shapes do not fit.

    Notes
    -----
    Rows of cell parts use the layers' own draws. Others are log-normal with the need's interval as the middle 95 %, all rows of a
    service up or down together. Where the interval begins at nobody, its upper half says how wide it is.
    """
    demand = built.problem.demand
    factors = np.ones((draws, len(demand.people)))
    normal = np.random.default_rng([seed, 71]).standard_normal((draws, len(demand.services)))
    for number, key in enumerate(demand.services):
        need, mine = built.needs[key], slice(built.first_row[number], None)
        mine = slice(mine.start, mine.start + len(need.people))
        low = np.where(need.low_share > 0, need.low_share, 1 / np.maximum(need.high_share, 1.0))
        width = np.log(np.maximum(need.high_share, low) / low) / WIDE
        factors[:, mine] = np.exp(normal[:, [number]] * width)
    own = ground.layers.people
    rows = np.flatnonzero(demand.cell < len(ground.place_of))
    if len(own) > 2 and rows.size:  # noqa: PLR2004 - the middle and one draw make no spread
        cell, middle = demand.cell[rows], ground.people()[demand.cell[rows]]
        at = 1 + np.arange(draws) % (len(own) - 1)
        drawn = np.nan_to_num(own[at][:, cell])
        factors[:, rows] = np.divide(drawn, middle, out=np.ones(drawn.shape), where=middle > 0)
    factors[:1] = 1.0
    return factors
