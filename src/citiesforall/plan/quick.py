"""A plan for other money, found in a second or two: bounds of the levels by prices, then one search for the total.

`plan.model` raises level after level with a search each. Here prices alone say how high the worst place and group could be
raised, the floors are set a little below, and only the total is searched, among the options that cost its bound least. The bound
holds for every plan that leaves the worst place and the worst group no worse off than this one does.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from citiesforall.plan.large_fill import filled
from citiesforall.plan.large_linear import linear_bound
from citiesforall.plan.large_years import fixed, in_years
from citiesforall.plan.model_answer import answer
from citiesforall.plan.model_highs import Effort, effort_of, relative_gap
from citiesforall.plan.model_kinds import kinds_frame, with_most
from citiesforall.plan.model_stage import (
    Frame,
    Levels,
    Task,
    frame_of,
    levels_of,
    most_of,
    run_stage,
    taken,
)
from citiesforall.plan.problem import Float, Int, Limits, Problem, Solution, Stage, Status

LOSS = 1e-3
"""Options are looked at that lower the bound of the total by no more than this share of it when they are taken."""
STILL, SLACK = 1e-9, 2e-6
"""Shares nearer than the first are equal; floors lie below what is reached by the second, so that rounding breaks none."""
WIDER = 2.0
"""Floors are set so much deeper where no plan keeps them."""
TRIES = 4
PROVED = 5e-3
"""Gap beyond which no quick plan is called optimal, however wide a gap is asked for. [share]"""


def quick(problem: Problem, limits: Limits) -> Solution | None:
    """Choose what to do quickly, with a proof of the total.

    Parameters
    ----------
    problem
        With several years or funds.
    limits
        Its `level_gap` is how far below their bounds the floors of the worst place and group are set.

    Returns
    -------
    Solution or None
        Without the stage ``timing``: works start as early as they found room. None where nothing was found.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    begun = time.perf_counter()
    frame = frame_of(problem)
    kinds = kinds_frame(frame)
    effort = effort_of(replace(limits, nodes=1), begun)
    units, width = None, limits.level_gap
    for _ in range(TRIES if problem.objective == "fairness_first" else 1):
        units = _searched(frame, kinds, _floors(kinds, effort, width), effort)
        if units is not None:
            break
        width *= WIDER
    if units is None:
        return None
    free = Task(np.empty(0, np.int64), 1.0, np.full(len(levels_of(frame).base), -np.inf))
    found = fixed(kinds, units, free)
    if found is None:
        return None
    stage = Stage("total", found.run.value, np.inf, np.inf, "feasible")
    plan = answer(frame, found, units, (stage,), (limits, begun))
    return rebounded(problem, plan, limits, kinds)


def rebounded(problem: Problem, plan: Solution, limits: Limits, kinds: Frame | None = None) -> Solution:
    """Return a plan with what prices prove of it under a problem's money.

    Parameters
    ----------
    problem
        Whose money pays for the plan.
    plan
        Of this or a smaller budget.
    limits
        Gap at which it is called optimal.
    kinds
        Of the problem, where known.

    Returns
    -------
    Solution
        Its bound holds for every plan that leaves the worst place and the worst group no worse off.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    bound = bound_beside(problem, plan, limits, kinds)
    gap = relative_gap(plan.objective, bound)
    status: Status = "optimal" if gap <= min(limits.gap, PROVED) else "feasible"
    total = replace(plan.stages[-1], name="total", value=plan.objective, bound=bound, gap=gap, status=status)
    return replace(plan, bound=bound, gap=gap, status=status, stages=(total,))


def bound_beside(problem: Problem, plan: Solution, limits: Limits, kinds: Frame | None = None) -> float:
    """Return what no plan serves that leaves the worst place and the worst group no worse off than this one.

    Parameters
    ----------
    problem
        Whose money pays for the plan.
    plan
        The plan.
    limits
        Seconds (a safety net) and seed.
    kinds
        Of the problem, where known.

    Returns
    -------
    float
        By prices alone; at least what the plan serves. [people]

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    kinds = kinds_frame(frame_of(problem)) if kinds is None else kinds
    levels = levels_of(kinds)
    least = np.full(len(levels.base), -np.inf)
    if problem.objective == "fairness_first":
        least = own_floors(levels, most_of(kinds, levels), plan)
    effort = effort_of(limits, time.perf_counter())
    return max(linear_bound(kinds, Task(np.empty(0, np.int64), 1.0, least), effort).value, plan.objective)


def own_floors(levels: Levels, most: Float, plan: Solution) -> Float:
    """Return the floors a plan itself keeps: the level of its worst place and group, lower where nothing could help. (L,)

    Parameters
    ----------
    levels
        Shares.
    most
        What each could reach at most. (L,)
    plan
        The plan.

    Returns
    -------
    ndarray
        -inf for what no option can raise.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    share = np.concatenate([plan.place_share, plan.group_share])
    share = np.where(np.isfinite(share), share, levels.base)
    least = np.full(len(share), -np.inf)
    n = len(plan.place_share)
    for rows in (slice(0, n), slice(n, None)):
        short = share[rows] < most[rows] - SLACK
        level = float(share[rows][short].min(initial=np.inf))
        can = most[rows] > levels.base[rows] + STILL
        least[rows] = np.where(can, np.minimum(most[rows], level) - SLACK, -np.inf)
    return least


def _floors(kinds: Frame, effort: Effort, width: float) -> Float:
    """Return floors a little below how high prices say the worst place, then the worst group, could be raised. (L,)"""
    levels, problem = levels_of(kinds), kinds.problem
    most, n = most_of(kinds, levels), len(problem.demand.places)
    least = np.full(len(levels.base), -np.inf)
    for rows in (np.arange(n), np.arange(n, len(least))) if problem.objective == "fairness_first" else ():
        done, level = most[rows] <= levels.base[rows] + STILL, np.inf
        while not done.all():
            high = float(most[rows[~done]].min())
            level = linear_bound(kinds, Task(rows[~done], high, least), effort).value
            least[rows[~done]] = np.maximum(least[rows[~done]], np.minimum(most[rows[~done]], level) - width)
            if level < high - STILL:
                break
            done |= most[rows] <= high + STILL
    return least


def _searched(frame: Frame, kinds: Frame, least: Float, effort: Effort) -> Int | None:
    """Search the total under floors, and return the units of every choice; None where nothing was found. (C,) int"""
    problem, kept = frame.problem, frame.merged.kept
    task = Task(np.empty(0, np.int64), 1.0, least)
    priced = linear_bound(kinds, task, effort)
    can = (priced.loss >= -LOSS * abs(priced.value)) | (problem.options.units_min[kept] > 0)
    part = with_most(kinds, np.where(can, problem.options.units_max[kept], 0))
    found = run_stage(part, task, effort)
    if not len(found.run.x):
        return None
    units, _ = in_years(frame, found)
    if (taken(frame, units) < problem.options.units_min[kept]).any():
        return None
    return filled(frame, units)
