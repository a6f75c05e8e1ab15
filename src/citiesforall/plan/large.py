"""Stages of problems too large to hand to the solver whole: a proved bound first, then the few options that can matter.

1. `plan.large_bound` prices demand and gives a bound no plan exceeds, with the loss each option not worth its price would cause.
2. The *kernel*, the options the relaxed problem wants and those it gives up last, is solved by HiGHS: a good plan.
3. Options whose loss takes the bound below that plan cannot be in a better one. What is left, the *core*, is solved by HiGHS
   with the plan to begin with. The bound then is the larger of the core's and of what was left out.

So the gap printed is proved at every step, whether or not the core is solved to its end. References: relaxation of covering
[galvao_revelle_1996], fixing by reduced costs [balas_martin_1980], kernel [angelelli_2012].
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from citiesforall.plan.large_bound import Bound, Prices, Relaxed, relaxed, upper_bound
from citiesforall.plan.large_choose import Chooser, chooser_of
from citiesforall.plan.model_highs import Effort, relative_gap
from citiesforall.plan.model_stage import Found, Frame, Task, frame_of, levels_of, run_stage, started
from citiesforall.plan.problem import Int

Runner = Callable[[Frame, Task, Effort, Int | None], Found]
"""Runs one stage: `model_stage.run_stage` for small problems."""

KERNEL_NONZEROS = 12_000
"""Cover entries of the options solved first, before equal rows are merged."""
KERNEL_NODES = 300
CORE_NONZEROS = 400_000
"""Cover entries beyond which the core is not tried."""
WANTED = 0.01
"""An option taken in this share of the steps belongs to the kernel."""


def bounded_runner() -> Runner:
    """Return a runner of stages that bounds before it searches, and remembers prices from stage to stage.

    Returns
    -------
    callable
        As `run_stage`.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    choosers: dict[int, Chooser] = {}
    prices: dict[bool, Prices] = {}

    def run(frame: Frame, task: Task, effort: Effort, known: Int | None) -> Found:
        chooser = (
            choosers.setdefault(id(frame), chooser_of(frame))
            if id(frame) not in choosers
            else choosers[id(frame)]
        )
        given = relaxed(frame, chooser, levels_of(frame), task)
        is_level = len(task.raised) > 0
        found, bound = run_bounded(given, effort, known, prices.get(is_level))
        prices[is_level] = bound.prices
        return found

    return run


def run_bounded(
    given: Relaxed, effort: Effort, known: Int | None, start: Prices | None
) -> tuple[Found, Bound]:
    """Run one stage: bound, kernel, core.

    Parameters
    ----------
    given
        The stage with its demand priced.
    effort
        When to stop.
    known
        Units of every choice to begin with. (C,) int
    start
        Prices of a stage like this one.

    Returns
    -------
    tuple
        The answer with the bound proved, and the last bound found by prices.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    begun = time.perf_counter()
    frame, task = given.frame, given.task
    reached = value_of(given, known)
    bound = upper_bound(given, max(reached, 0.0), start)
    kernel = kernel_of(given, bound, known)
    found = run_stage(
        _only(frame, kernel), task, replace(effort, nodes=min(KERNEL_NODES, effort.nodes)), known
    )
    if len(found.run.x) and not _is_proved(found, bound.value, effort):
        bound = upper_bound(given, found.run.value, bound.prices)
    if len(found.run.x) == 0 or not _is_proved(found, bound.value, effort):
        found = _core(
            given, bound, found, replace(effort, seconds=effort.seconds - (time.perf_counter() - begun))
        )
    else:
        found = _with_bound(found, bound.value, effort)
    return found._replace(run=replace(found.run, seconds=time.perf_counter() - begun)), bound


def _core(given: Relaxed, bound: Bound, found: Found, effort: Effort) -> Found:
    """Solve what prices could not rule out, with the best plan so far to begin with."""
    frame, has = given.frame, len(found.run.x) > 0
    value = found.run.value if has else -np.inf
    margin = max(effort.gap * abs(value), effort.absolute_gap) if has else 0.0
    can = bound.value + bound.loss > value + margin
    if has:
        can |= _taken(frame, found.units)
    size = int(np.diff(frame.merged.covers.indptr)[can].sum())
    if has and size > CORE_NONZEROS:
        return _with_bound(found, bound.value, effort)
    last = run_stage(_only(frame, np.flatnonzero(can)), given.task, effort, found.units if has else None)
    if not len(last.run.x):
        return found if has else last
    best = found if has and value > last.run.value else last
    left_out = float((bound.value + bound.loss)[~can].max(initial=-np.inf))
    proved = min(bound.value, max(last.run.bound, left_out))
    run = replace(
        best.run,
        status=last.run.status,
        limited_by=last.run.limited_by,
        nodes=found.run.nodes + last.run.nodes,
    )
    return _with_bound(best._replace(run=run), proved, effort)


def kernel_of(given: Relaxed, bound: Bound, known: Int | None) -> Int:
    """Return the options to solve first, as positions among those kept. (k,) int

    Parameters
    ----------
    given
        The stage.
    bound
        With what it wants.
    known
        Units of every choice of a plan known. (C,) int

    Returns
    -------
    ndarray
        What must be taken, what is taken already, what is wanted, then those given up last until there are enough.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    frame = given.frame
    must = (bound.wanted > WANTED) | (frame.problem.options.units_min[frame.merged.kept] > 0)
    if known is not None:
        must |= _taken(frame, known)
    size = np.diff(frame.merged.covers.indptr)
    order = np.lexsort((-bound.wanted, -bound.loss, ~must))
    fits = np.cumsum(size[order]) <= KERNEL_NONZEROS
    return np.sort(order[fits | must[order]])


def value_of(given: Relaxed, known: Int | None) -> float:
    """Return what a plan known reaches in this stage; -inf where there is none or it keeps not all floors.

    Parameters
    ----------
    given
        The stage.
    known
        Units of every choice. (C,) int

    Returns
    -------
    float
        People of a total, share of a level.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    if known is None:
        return -np.inf
    frame, levels, task = given.frame, given.levels, given.task
    x = started(frame, known, levels, task)
    y = x[frame.columns.y : frame.columns.g]
    if (levels.base + levels.coef @ y < task.least).any():
        return -np.inf
    return float(x[frame.columns.level] if len(task.raised) else frame.merged.worth @ y)


def _only(frame: Frame, options: Int) -> Frame:
    """Return the frame of some of the options."""
    return frame_of(frame.problem, frame.choices, frame.merged.kept[options])


def _taken(frame: Frame, units: Int) -> np.ndarray:
    """Say which options kept have units. (n,) bool"""
    columns = frame.columns
    return np.bincount(columns.option, units[columns.listed], columns.n_units) > 0


def _is_proved(found: Found, bound: float, effort: Effort) -> bool:
    """Say whether a plan is as near to its bound as asked."""
    value = found.run.value
    return bound - value <= effort.absolute_gap or relative_gap(value, bound) <= effort.gap


def _with_bound(found: Found, bound: float, effort: Effort) -> Found:
    """Return the answer with a bound of the whole problem, not of the options tried."""
    value = found.run.value
    bound = max(bound, value)
    if _is_proved(found, bound, effort):
        run = replace(found.run, bound=bound, status="optimal", limited_by="")
    else:
        run = replace(found.run, bound=bound, status="feasible", limited_by=found.run.limited_by or "nodes")
    return found._replace(run=run)
