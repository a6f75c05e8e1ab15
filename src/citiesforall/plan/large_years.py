"""A stage solved without years, then put into years: what the solver takes longest over is left to a timetable."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from citiesforall.plan.model_highs import Effort
from citiesforall.plan.model_stage import Found, Frame, Task, frame_of, levels_of, run_stage, started
from citiesforall.plan.model_time import timetable, timing_of
from citiesforall.plan.problem import Bool, Float, Int, Problem, Status

TIGHTER = (0.0, 0.005, 0.02, 0.05)
"""Shares of the money held back, tried in turn until the timetable has room for everything."""


EFFORT = Effort(gap=0.0, absolute_gap=0.0, nodes=0, seconds=10.0, seed=1)
"""Of the linear programme behind a timetable: a few hundredths of a second."""


def yearless(problem: Problem, tighter: float = 0.0) -> Problem:
    """Return the problem with all years put into one: no plan is lost, some are possible that no timetable can hold.

    Parameters
    ----------
    problem
        The problem.
    tighter
        Share of the capital held back, so that a timetable is found more easily.

    Returns
    -------
    Problem
        One year: each unit at its cheapest, funds with their sum, running costs as after the plan.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    money, options = problem.money, problem.options
    may: Bool = options.may_start
    capital = np.where(may, money.capital, np.inf).min(axis=1)
    capital = np.where(np.isfinite(capital), capital, 0.0)[:, None]
    return replace(
        problem,
        options=replace(
            options,
            lead_years=np.zeros(problem.n_options, np.int64),
            may_start=np.asarray(may.any(axis=1, keepdims=True)),
        ),
        money=replace(
            money,
            capital=capital,
            om=np.repeat(money.om[:, -1:], 2, axis=1),
            capital_limit=money.capital_limit.sum(axis=1, keepdims=True) * (1 - tighter),
            recurrent_limit=np.repeat(money.recurrent_limit[:, -1:], 2, axis=1),
            carries=np.zeros(problem.n_funds, bool),
            years=money.years[:1],
        ),
    )


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
    if frame.problem.n_years == 1:
        return run_stage(frame_of(frame.problem, frame.choices, kept), task, effort, known)
    first: Found | None = None
    best: Found | None = None
    for tighter in TIGHTER:
        part = frame_of(yearless(frame.problem, tighter), kept=kept)
        found = run_stage(part, task, effort, _without_years(frame, part, known))
        first = first or found
        if not len(found.run.x):
            break
        timed, is_whole = in_years(frame, found, task)
        if best is None or timed.run.value > best.run.value:
            best = timed
        if is_whole:
            break
    assert first is not None
    if best is None or not np.isfinite(best.run.value):
        status: Status = "infeasible" if first.run.status == "infeasible" else "unknown"
        return first._replace(
            run=replace(first.run, status=status, x=np.empty(0), value=-np.inf), units=0 * frame.choices[0]
        )
    return best._replace(run=replace(best.run, bound=first.run.bound))


def in_years(frame: Frame, found: Found, task: Task) -> tuple[Found, bool]:
    """Give the units of an answer without years their years; drop what finds no room.

    Parameters
    ----------
    frame
        Of all options, with years.
    found
        The answer.
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
    problem = frame.problem
    taken = np.bincount(found.frame.choices[0], found.units, problem.n_options).astype(np.int64)
    made, _ = timetable(frame, taken, timing_of(frame, taken), EFFORT)
    if not made.left.any():
        return found._replace(units=made.units), True
    part, task_levels = found.frame, levels_of(found.frame)
    columns = part.columns
    units = found.units.copy()
    for option in np.flatnonzero(made.left):
        mine = np.flatnonzero(part.choices[0] == option)
        lost = made.left[option]
        for choice in mine:
            drop = min(lost, units[choice])
            units[choice] -= drop
            lost -= drop
    x = started(part, units, task_levels, task)
    y: Float = x[columns.y : columns.g]
    is_kept = (task_levels.base + task_levels.coef @ y >= task.least).all()
    must = (taken - made.left >= problem.options.units_min).all()
    value = float(x[columns.level] if len(task.raised) else part.merged.worth @ y)
    run = replace(found.run, x=x, value=value if is_kept and must else -np.inf)
    return found._replace(run=run, units=made.units), False


def _without_years(frame: Frame, part: Frame, units: Int | None) -> Int | None:
    """Return units of every choice of the problem without years. (C',) int"""
    if units is None:
        return None
    n = frame.problem.n_funds
    by_fund: Int = np.bincount(
        frame.choices[0] * n + frame.choices[2], units, frame.problem.n_options * n
    ).astype(np.int64)
    without: Int = by_fund[part.choices[0] * n + part.choices[2]]
    return without
