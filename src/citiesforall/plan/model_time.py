"""When to start what is in the plan: the options are fixed, their years and funds are chosen so that people are served early."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from citiesforall.plan.model_highs import Effort, Model, Run, solve_model, stack, whole
from citiesforall.plan.model_merge import worth_of_one
from citiesforall.plan.model_place import Placed, placed, sooner
from citiesforall.plan.model_rows import ROOM, Columns, after, budget, columns_of, once, running
from citiesforall.plan.model_stage import Frame
from citiesforall.plan.problem import Float, Int, Problem

NUDGE = 1e-3
"""What placing a unit that serves nobody counts, of the largest worth."""
TIMING_GAP = 0.01
"""Relative gap at which a timetable is good enough. [share]"""
MOST_SPLIT = 300
"""Choices beyond which the timetable made in order is kept, and only its bound is worked out."""


def earliest(frame: Frame, units: Int, effort: Effort) -> tuple[Int, Run | None]:
    """Choose start years and funds for the units taken, so that most weighted people are served soonest.

    Parameters
    ----------
    frame
        Of all options.
    units
        Of every choice, as found. (C,) int
    effort
        When to stop.

    Returns
    -------
    tuple
        Units of every choice (C,) int, and HiGHS' answer; None where there was nothing to choose.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.

    Notes
    -----
    (12): the worth of a unit ready in year r is its people x the years from r to the one after the plan, each discounted. Who is
    in reach of several options taken is split among them by share, so that the sum counts a person once.
    """
    taken = np.bincount(frame.choices[0], units, frame.problem.n_options).astype(np.int64)
    timing = timing_of(frame, taken)
    if timing.columns.n_split == 0:
        return units, None
    made, bound = timetable(frame, taken, timing, effort)
    model, used = timing.model, np.flatnonzero(taken)
    starts = [units] if made.left.any() else [units, made.units]
    soon = used[
        np.lexsort((used, -(timing.worth / np.maximum(frame.problem.money.capital.min(axis=1), ROOM))[used]))
    ]
    starts = [sooner(frame.problem, frame.choices, one, soon) for one in starts]
    start = max(
        (_filled(timing.columns, one, taken[used]) for one in starts), key=lambda x: float(model.cost @ x)
    )
    value = float(model.cost @ start)
    bound = max(bound, value)
    if timing.columns.n_split <= MOST_SPLIT:
        model.low[: len(used)] = taken[used]
        run = solve_model(model, replace(effort, gap=max(effort.gap, TIMING_GAP), absolute_gap=0.0), start)
        if not len(run.x):
            run = replace(run, x=start, value=value, bound=bound)
    else:
        near = bound - value <= TIMING_GAP * value
        run = Run("optimal" if near else "feasible", start, value, bound, 0, 0.0, "" if near else "nodes")
    timed = np.zeros(len(units), np.int64)
    timed[timing.columns.listed] = whole(run.x[timing.columns.choice])
    return timed, replace(run, value=run.value * timing.scale, bound=run.bound * timing.scale)


class Timing(NamedTuple):
    """Hold the model of years and funds for units that are fixed: rows (1), (2), (3), (5).

    Parameters
    ----------
    model
        Its cost is (12) over `scale`; units may be left out, all that are taken are in `high`.
    columns
        Of the options taken.
    worth
        Of a unit of each option. (O,)
    scale
        The largest cost.
    """

    model: Model
    columns: Columns
    worth: Float
    scale: float


def timing_of(frame: Frame, taken: Int) -> Timing:
    """Return the model of years and funds.

    Parameters
    ----------
    frame
        Of all options.
    taken
        Units of each option. (O,) int

    Returns
    -------
    Timing
        Without columns of choices where there is nothing to choose.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    problem, used = frame.problem, np.flatnonzero(taken)
    fixed = replace(problem, options=replace(problem.options, units_min=taken, units_max=taken))
    merged = replace(
        frame.merged,
        kept=used,
        covers=csr_array((len(used), 0)),
        is_limited=np.zeros(len(used), bool),
        people=np.empty(0),
    )
    columns = columns_of(fixed, merged, frame.choices)
    worth = worth_per_unit(problem, taken)
    blocks = (once(columns), *(build(fixed, merged, columns) for build in (budget, running, after)))
    matrix, lower, upper = stack(blocks, columns.n)
    low, high, cost = np.zeros(columns.n), np.zeros(columns.n), np.zeros(columns.n)
    high[columns.choice] = taken[used][columns.option]
    high[: len(used)] = taken[used]
    option = used[columns.option]
    cost[columns.choice] = worth[option] * _years(problem, option, columns.year)
    scale = float(cost.max(initial=0.0)) or 1.0
    model = Model(cost / scale, low, high, np.arange(columns.n) < columns.y, matrix, lower, upper)
    return Timing(model, columns, worth, scale)


def timetable(frame: Frame, taken: Int, timing: Timing, effort: Effort) -> tuple[Placed, float]:
    """Put units into years and funds in the order that fractions of units suggest.

    Parameters
    ----------
    frame
        Of all options.
    taken
        Units of each option. (O,) int
    timing
        From `timing_of`.
    effort
        For the fractions.

    Returns
    -------
    tuple
        The timetable, and what (12) over its scale cannot exceed once all units are placed.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.

    Notes
    -----
    The linear programme may leave units out, at the price of all years of service and as many again: it places what it can. Works
    are then listed by the year it gives them, the dearer first, and placed one by one.
    """
    problem, columns = frame.problem, timing.columns
    used, cost = np.flatnonzero(taken), np.maximum(problem.money.capital.min(axis=1), ROOM)
    orders = [np.lexsort((used, -(timing.worth / cost)[used])), np.lexsort((used, -cost[used]))]
    own = np.zeros(columns.n)
    own[: len(used)] = (timing.worth[used] / timing.scale + NUDGE) * 2 * problem.n_years
    model = replace(timing.model, cost=timing.model.cost + own, is_integer=np.zeros(columns.n, bool))
    run = solve_model(model, effort)
    liked, bound = np.zeros(len(frame.choices[0])), np.inf
    base = np.zeros(len(frame.choices[0]), np.int64)
    if len(run.x):
        bound = run.value - float(own[: len(used)] @ taken[used])
        share = run.x[columns.choice] / taken[used][columns.option]
        liked[columns.listed] = share
        base[columns.listed] = np.floor(run.x[columns.choice] + ROOM)
        spent = np.bincount(columns.option, share * columns.year, len(used))
        late = spent + (1 - np.bincount(columns.option, share, len(used))) * problem.n_years
        orders.insert(0, np.lexsort((used, -cost[used], np.round(late, 6))))
    made = placed(
        problem, frame.choices, taken, (timing.worth, liked, base), [used[order] for order in orders]
    )
    return made, bound


def _filled(columns: Columns, units: Int, taken: Int) -> Float:
    """Return all columns of a timetable. (N,)"""
    x = np.zeros(columns.n)
    x[columns.choice] = units[columns.listed]
    x[: len(taken)] = taken
    return x


def worth_per_unit(problem: Problem, taken: Int) -> Float:
    """Return the weighted people of one unit, who is in reach of several split by share; at most its capacity. (O,)

    Parameters
    ----------
    problem
        The problem.
    taken
        Units of each option. (O,) int

    Returns
    -------
    ndarray
        In the objective's people.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    total = problem.covers.T @ taken.astype(np.float64)
    per = worth_of_one(problem) * problem.demand.people / np.maximum(total, 1.0)
    worth = problem.covers @ per
    people = problem.covers @ (problem.demand.people / np.maximum(total, 1.0))
    room = problem.options.capacity
    return np.asarray(
        worth * np.minimum(1.0, np.divide(room, people, out=np.ones(len(people)), where=people > 0))
    )


def _years(problem: Problem, option: Int, year: Int) -> Float:
    """Return the discounted years of service of a choice, from the year it is ready to the one after the plan. (C,) [years]"""
    counted = (1 + problem.discount_rate) ** -np.arange(problem.n_years + 1, dtype=np.float64)
    later = np.append(np.cumsum(counted[::-1])[::-1], 0.0)
    ready = np.minimum(year + problem.options.lead_years[option], problem.n_years)
    return np.asarray(later[ready])
