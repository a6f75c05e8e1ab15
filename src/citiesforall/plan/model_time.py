"""When to start what is in the plan: the options are fixed, their years and funds are chosen so that people are served early."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from citiesforall.plan.model_highs import Effort, Model, Run, solve_model, stack, whole
from citiesforall.plan.model_merge import worth_of_one
from citiesforall.plan.model_rows import after, budget, columns_of, once, running
from citiesforall.plan.model_stage import Frame
from citiesforall.plan.problem import Float, Int, Problem


def earliest(frame: Frame, units: Int, effort: Effort) -> tuple[Int, Run | None]:
    """Choose start years and funds for the units taken, so that most weighted people are served soonest.

    Parameters
    ----------
    frame
        Of the last stage.
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
    problem, choices = frame.problem, frame.choices
    taken = np.bincount(choices[0], units, problem.n_options).astype(np.int64)
    used = np.flatnonzero(taken)
    fixed = replace(problem, options=replace(problem.options, units_min=taken, units_max=taken))
    merged = replace(
        frame.merged,
        kept=used,
        covers=csr_array((len(used), 0)),
        is_limited=np.zeros(len(used), bool),
        people=np.empty(0),
    )
    columns = columns_of(fixed, merged, choices)
    if columns.n_split == 0:
        return units, None
    blocks = (
        once(columns),
        *(build(fixed, merged, columns) for build in (budget, running, after)),
    )
    matrix, lower, upper = stack(blocks, columns.n)
    low, high, cost = np.zeros(columns.n), np.zeros(columns.n), np.zeros(columns.n)
    high[columns.choice] = taken[used][columns.option]
    low[: len(used)] = high[: len(used)] = taken[used]
    worth = _worth_per_unit(problem, taken)[used]
    cost[columns.choice] = worth[columns.option] * _years(problem, used[columns.option], columns.year)
    scale = float(cost.max(initial=0.0)) or 1.0
    model = Model(cost / scale, low, high, np.arange(columns.n) < columns.y, matrix, lower, upper)
    start = np.zeros(columns.n)
    start[columns.choice] = units[columns.listed]
    start[: len(used)] = taken[used]
    run = solve_model(model, effort, start)
    run = replace(run, value=run.value * scale, bound=run.bound * scale)
    if not len(run.x):
        return units, run
    timed = np.zeros(len(units), np.int64)
    timed[columns.listed] = whole(run.x[columns.choice])
    return timed, run


def _worth_per_unit(problem: Problem, taken: Int) -> Float:
    """Return the weighted people of one unit, who is in reach of several split by share; at most its capacity. (O,)"""
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
