"""A stage with years and funds in fractions, then a timetable: what the solver takes longest over is left to a list."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array, vstack

from citiesforall.plan.large_bins import bin_rows
from citiesforall.plan.model_highs import Effort, whole
from citiesforall.plan.model_stage import Found, Frame, Task, frame_of, levels_of, run_stage, started
from citiesforall.plan.model_time import timetable, timing_of
from citiesforall.plan.problem import Int, Problem

NODES = 100
"""Of the model that chooses years and funds unit by unit among the works taken."""
HALF = 0.5
LOOSE = 0.6
"""Share of the seconds for the model with fractions; the rest is for units of the works it takes."""
EFFORT = Effort(gap=0.0, absolute_gap=0.0, nodes=0, seconds=10.0, seed=1)
"""Of the linear programme behind a timetable: a few hundredths of a second."""


def eased(problem: Problem) -> Problem:
    """Return the problem with rows that fractions of years and funds would forget.

    Parameters
    ----------
    problem
        The problem.

    Returns
    -------
    Problem
        With the rows of `bin_rows`, which every timetable keeps and fractions may not.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    rows, most = bin_rows(problem)
    rules = replace(
        problem.rules,
        counts=csr_array(vstack([problem.rules.counts, rows])),
        count_max=np.concatenate([problem.rules.count_max, most]),
        count_names=(*problem.rules.count_names, *("years of funds",) * len(most)),
    )
    return replace(problem, rules=rules)


def run_options(frame: Frame, options: Int, task: Task, effort: Effort, known: Int | None) -> Found:
    """Run a stage with some of the options.

    Parameters
    ----------
    frame
        Of all options.
    options
        Positions among those kept. (k,) int
    task, effort
        See there.
    known
        Units of every choice to begin with. (C,) int

    Returns
    -------
    Found
        Its bound holds for these options (with years and without); its value is that of a plan with a timetable.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    kept = frame.merged.kept[options]
    if frame.problem.n_years == frame.problem.n_funds == 1:
        return run_stage(frame_of(frame.problem, frame.choices, kept), task, effort, known)
    part = eased(frame.problem)
    most = replace(effort, seconds=LOOSE * effort.seconds)
    loose = run_stage(frame_of(part, frame.choices, kept, is_whole=False), task, most, known)
    if not len(loose.run.x):
        return loose
    timed, is_complete = in_years(frame, loose, task)
    if is_complete:
        return timed
    some = np.zeros(frame.problem.n_options, bool)
    some[kept] = loose.run.x[: len(kept)] > HALF
    some[frame.choices[0][(timed.units > 0) | (False if known is None else known > 0)]] = True
    few = replace(
        effort, nodes=min(effort.nodes, NODES), seconds=max(effort.seconds - loose.run.seconds, 0.0)
    )
    start = timed.units if np.isfinite(timed.run.value) else known
    best = run_stage(frame_of(part, frame.choices, np.flatnonzero(some)), task, few, start)
    if not len(best.run.x) or best.run.value < timed.run.value:
        best = timed
    run = replace(best.run, bound=loose.run.bound, limited_by=loose.run.limited_by)
    if not np.isfinite(run.value):
        run = replace(run, status="unknown", x=np.empty(0))
    return best._replace(run=run)


def in_years(frame: Frame, found: Found, task: Task) -> tuple[Found, bool]:
    """Give the units of an answer their years and funds; drop what finds no room.

    Parameters
    ----------
    frame
        Of all options.
    found
        The answer with fractions.
    task
        What is raised and kept.

    Returns
    -------
    tuple
        The answer with units of every choice and what it then reaches (-inf where a floor breaks), and whether all found room.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    problem, part, columns = frame.problem, found.frame, found.frame.columns
    taken = np.zeros(problem.n_options, np.int64)
    taken[part.merged.kept] = whole(found.run.x[: columns.n_units])
    made, _ = timetable(frame, taken, timing_of(frame, taken), EFFORT)
    if not made.left.any():
        return found._replace(units=made.units), True
    levels = levels_of(part)
    x = started(part, made.units, levels, task)
    y = x[columns.y : columns.g]
    is_kept = (levels.base + levels.coef @ y >= task.least).all()
    must = (taken - made.left >= problem.options.units_min).all()
    value = float(x[columns.level] if len(task.raised) else part.merged.worth @ y)
    run = replace(found.run, x=x, value=value if is_kept and must else -np.inf)
    return found._replace(run=run, units=made.units), False
