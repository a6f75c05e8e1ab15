"""A stage of several years and funds: what to do is chosen with years shared by kind, and then put into a timetable.

1. Prices of the rows of `plan.model_kinds` give a bound no plan exceeds (`plan.large_linear`).
2. The same model with whole numbers, and with the options that cost the bound least, says what to do, and puts large works into
   years and funds.
3. A timetable is made of it (`plan.model_place`); what the money left still pays for is added. Where works found no room,
   they are capped, more options are looked at, and 2 is done again.

Work is counted: nodes of the search tree and rounds. The clock is only a safety net.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from citiesforall.plan.large_fill import filled
from citiesforall.plan.large_linear import Priced, linear_bound
from citiesforall.plan.model_highs import Effort, Run, relative_gap, solve_model, whole
from citiesforall.plan.model_kinds import kinds_frame, placed_so_far, with_most
from citiesforall.plan.model_place import placed
from citiesforall.plan.model_stage import (
    Found,
    Frame,
    Task,
    frame_of,
    run_stage,
    stage_model,
    taken,
)
from citiesforall.plan.model_time import worth_per_unit
from citiesforall.plan.problem import Int, Status

Runner = Callable[[Frame, Task, Effort, Int | None], Found]
"""Runs one stage: `model_stage.run_stage` for small problems."""

KERNELS = (0.002, 0.01, np.inf)
"""Options looked at in a round: those that lower the bound by no more than this share of it when they are taken."""
NODES = 1
"""Of the search tree in a round: the root, whose cuts and heuristics do nearly all there is to gain."""
MOST_EXACT = 300
"""Columns of years and funds up to which the model with a column for every option, year and fund is solved too."""
EFFORT = Effort(gap=0.0, absolute_gap=0.0, nodes=0, seconds=600.0, seed=1)
"""Of the linear programmes behind a timetable: a few hundredths of a second."""


def years_runner() -> Runner:
    """Return a runner of stages with several years or funds, which remembers the model of kinds.

    Returns
    -------
    callable
        As `run_stage`.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    made: dict[int, Frame] = {}

    def run(frame: Frame, task: Task, effort: Effort, known: Int | None) -> Found:
        if id(frame) not in made:
            made[id(frame)] = kinds_frame(frame)
        return run_years(frame, made[id(frame)], task, effort, known)

    return run


def run_years(frame: Frame, kinds: Frame, task: Task, effort: Effort, known: Int | None) -> Found:
    """Run one stage: prices, choice, timetable.

    Parameters
    ----------
    frame, kinds
        The model, and the same with years and funds shared by kind.
    task, effort
        See there.
    known
        Units of every choice to begin with. (C,) int

    Returns
    -------
    Found
        A plan with years and funds. Its bound is that of the prices, unless the search itself has closed the gap.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    begun = time.perf_counter()
    priced = linear_bound(kinds, task, effort)
    best = None if known is None else fixed(kinds, known, task)
    bound, run = priced.value, Run("unknown", np.empty(0), -np.inf, priced.value, 0, 0.0, "")
    if best is None or not _is_near(best.run.value, bound, effort):
        run, best = chosen((frame, kinds), task, effort, (priced, best))
        if best is None and run.status == "infeasible":
            return Found(run, kinds, np.zeros(len(frame.choices[0]), np.int64))
    if best is None or not _is_near(best.run.value, bound, effort):
        if best is not None and _is_near(best.run.value, run.bound, effort):
            bound = min(bound, run.bound)
        elif frame.columns.n_split <= MOST_EXACT:
            left = replace(effort, seconds=effort.seconds - (time.perf_counter() - begun))
            return run_stage(frame, task, left, None if best is None else best.units)
    run = replace(run, bound=bound, seconds=time.perf_counter() - begun)
    if best is None:
        run = replace(run, status="unknown", x=np.empty(0), value=-np.inf)
        return Found(run, kinds, np.zeros(len(frame.choices[0]), np.int64))
    near = _is_near(best.run.value, bound, effort)
    said: tuple[Status, str] = ("optimal", "") if near else ("feasible", run.limited_by or "nodes")
    run = replace(run, x=best.run.x, value=best.run.value, bound=max(bound, best.run.value))
    return best._replace(run=replace(run, status=said[0], limited_by=said[1]))


def chosen(
    models: tuple[Frame, Frame], task: Task, effort: Effort, given: tuple[Priced, Found | None]
) -> tuple[Run, Found | None]:
    """Choose what to do and put it into years, again without what found no room.

    Parameters
    ----------
    models
        The model, and that of kinds.
    task, effort
        See there.
    given
        What prices prove, and a plan known.

    Returns
    -------
    tuple
        The last search, its bound that of all options; and the best plan with years and funds, if any.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    (frame, kinds), (priced, best), begun = models, given, time.perf_counter()
    problem, kept = frame.problem, frame.merged.kept
    most, nodes, bound = problem.options.units_max.copy(), 0, np.inf
    run = Run("unknown", np.empty(0), -np.inf, np.inf, 0, 0.0, "")
    for loss in KERNELS:
        can = (priced.loss >= -loss * abs(priced.value)) | (problem.options.units_min[kept] > 0)
        if best is not None:
            can |= taken(frame, best.units) > 0
        part = with_most(kinds, np.where(can, most[kept], 0))
        seconds = effort.seconds - (time.perf_counter() - begun)
        left = replace(effort, nodes=min(NODES, effort.nodes), seconds=seconds)
        found = run_stage(part, task, left, None if best is None else best.units)
        if (most == problem.options.units_max).all():
            outside = (priced.value + priced.loss)[~can].max(initial=-np.inf)
            bound = min(bound, max(found.run.bound, float(outside)))
        nodes += found.run.nodes
        run = replace(found.run, bound=bound, nodes=nodes)
        if not len(found.run.x):
            continue
        units, lost = in_years(frame, found)
        timed = fixed(kinds, units if len(task.raised) else filled(frame, units), task)
        if timed is not None and (best is None or timed.run.value > best.run.value):
            best = timed
        if best is not None and _is_near(best.run.value, found.run.value, effort):
            break
        most[lost > 0] = np.maximum(
            np.bincount(frame.choices[0], units, problem.n_options), problem.options.units_min
        )[lost > 0]
    if best is None and run.status == "infeasible" and (most < problem.options.units_max).any():
        run = replace(run, status="unknown")
    return run, best


def in_years(frame: Frame, found: Found) -> tuple[Int, Int]:
    """Give the units of an answer their years and funds; drop what finds no room.

    Parameters
    ----------
    frame
        Of all options.
    found
        The answer of a model of kinds.

    Returns
    -------
    tuple
        Units of every choice (C,) int, and of each option those that found no room (O,) int.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    problem, kinds = frame.problem, found.frame
    many = np.zeros(problem.n_options, np.int64)
    many[kinds.merged.kept] = whole(found.run.x[: kinds.columns.n_units])
    base = placed_so_far(kinds, found.run.x, many)
    used = np.flatnonzero(many)
    worth, cost = worth_per_unit(problem, many), problem.money.capital.min(axis=1)
    order = used[np.lexsort((used, -cost[used]))]
    made = placed(problem, frame.choices, many, (worth, base.astype(np.float64), base), [order])
    return made.units, made.left


def fixed(kinds: Frame, units: Int, task: Task) -> Found | None:
    """Say what a plan reaches when its people are shared out as well as can be; None where it breaks a floor or lacks a must.

    Parameters
    ----------
    kinds
        The model of kinds.
    units
        Of every choice. (C,) int
    task
        What is raised and kept.

    Returns
    -------
    Found or None
        With the columns of `kinds`.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    model, scale = stage_model(kinds, task)
    kept, n = kinds.merged.kept, kinds.columns.n_units
    have = np.bincount(kinds.choices[0], units, kinds.problem.n_options)[kept]
    if (have < kinds.problem.options.units_min[kept]).any():
        return None
    low, high = model.low.copy(), model.high.copy()
    low[:n] = high[:n] = have
    run = solve_model(replace(model, low=low, high=high, is_integer=np.zeros(len(low), bool)), EFFORT)
    if not len(run.x):
        return None
    return Found(replace(run, value=run.value * scale, bound=np.inf), kinds, units)


def _is_near(value: float, bound: float, effort: Effort) -> bool:
    """Say whether a plan is as near to its bound as asked."""
    return bound - value <= effort.absolute_gap or relative_gap(value, bound) <= effort.gap


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
        Its bound holds for these options.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    part = frame_of(frame.problem, frame.choices, frame.merged.kept[options])
    if frame.problem.n_years == frame.problem.n_funds == 1:
        return run_stage(part, task, effort, known)
    return run_years(part, kinds_frame(part), task, effort, known)
