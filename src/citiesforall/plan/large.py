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
from citiesforall.plan.large_years import run_options
from citiesforall.plan.model_highs import Effort, relative_gap
from citiesforall.plan.model_stage import Found, Frame, Task, levels_of, run_stage, started
from citiesforall.plan.problem import Int

Runner = Callable[[Frame, Task, Effort, Int | None], Found]
"""Runs one stage: `model_stage.run_stage` for small problems."""

KERNEL_LEAST = 40
"""Options in a kernel at least."""
KERNEL_PER_TAKEN = 1.5
"""Options in a kernel for each that the relaxed problem takes."""
KERNEL_NODES = 100
KERNELS = 4
"""Kernels solved: the first of what is wanted most, the others of what was taken and of what is wanted next."""
CORE_NONZEROS = 100_000
"""Cover entries beyond which the core is not tried."""


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
    bound = upper_bound(given, max(value_of(given, known), 0.0), start)
    best: Found | None = None
    tried = np.empty(0, np.int64)
    for kernel in range(KERNELS):
        left = replace(
            effort,
            nodes=min(KERNEL_NODES, effort.nodes),
            seconds=effort.seconds - (time.perf_counter() - begun),
        )
        options = kernel_of(given, bound, known, kernel)
        if kernel and len(options) == len(tried):
            break
        tried = options
        found = run_options(given.frame, options, given.task, left, known)
        is_better = len(found.run.x) > 0 and (best is None or found.run.value > best.run.value)
        if is_better:
            best, known = found, found.units
        elif best is not None and kernel > 1:
            break
        if best is not None and kernel == 0:
            bound = upper_bound(given, best.run.value, bound.prices)
        if best is not None and _is_proved(best, bound.value, effort):
            break
    if best is None or not _is_proved(best, bound.value, effort):
        left = replace(effort, seconds=effort.seconds - (time.perf_counter() - begun))
        best = _core(given, bound, best, left)
    elif best is not None:
        best = _with_bound(best, bound.value, effort)
    return best._replace(run=replace(best.run, seconds=time.perf_counter() - begun)), bound


def _core(given: Relaxed, bound: Bound, found: Found | None, effort: Effort) -> Found:
    """Solve what prices could not rule out, with the best plan so far to begin with."""
    frame = given.frame
    can = np.ones(frame.columns.n_units, bool)
    if found is not None:
        margin = max(effort.gap * abs(found.run.value), effort.absolute_gap)
        can = (bound.value + bound.loss > found.run.value + margin) | _taken(frame, found.units)
        if int(np.diff(frame.merged.covers.indptr)[can].sum()) > CORE_NONZEROS:
            return _with_bound(found, bound.value, effort)
    units = None if found is None else found.units
    last = run_options(frame, np.flatnonzero(can), given.task, effort, units)
    if found is None and last.run.status == "unknown":
        # what must be taken fits without years but no timetable was found: the model with years decides
        return run_stage(frame, given.task, effort, None)
    if not len(last.run.x):
        return last if found is None else _with_bound(found, bound.value, effort)
    best = last if found is None or last.run.value >= found.run.value else found
    left_out = float((bound.value + bound.loss)[~can].max(initial=-np.inf))
    proved = min(bound.value, max(last.run.bound, left_out))
    run = replace(best.run, limited_by=last.run.limited_by, nodes=last.run.nodes)
    return _with_bound(best._replace(run=run), proved, effort)


def kernel_of(given: Relaxed, bound: Bound, known: Int | None, number: int) -> Int:
    """Return a few options to solve, as positions among those kept. (k,) int

    Parameters
    ----------
    given
        The stage.
    bound
        With what it wants.
    known
        Units of every choice of a plan known. (C,) int
    number
        Of the kernel: 0 for what is wanted most, then what comes next.

    Returns
    -------
    ndarray
        What must be taken, what is taken already, and the kernel's share of the others: by how often they were wanted, then by
        what the bound loses with them.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    frame = given.frame
    must = frame.problem.options.units_min[frame.merged.kept] > 0
    if known is not None:
        must |= _taken(frame, known)
    n = int(max(KERNEL_LEAST, np.ceil(KERNEL_PER_TAKEN * np.minimum(bound.wanted, 1.0).sum())))
    order = np.lexsort((-bound.loss, -bound.wanted))
    must[order[number * n : (number + 1) * n]] = True
    return np.flatnonzero(must)


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
