"""One stage of the search: a model built from a problem, what is to be raised, under which floors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array, vstack

from citiesforall.plan.model_highs import Effort, Model, Run, solve_model, stack, whole
from citiesforall.plan.model_merge import Merged, merge
from citiesforall.plan.model_rows import (
    Block,
    Columns,
    after,
    budget,
    capacity,
    clash,
    columns_of,
    count,
    cover,
    mandate,
    once,
    running,
)
from citiesforall.plan.problem import Bool, Float, Int, Problem, Sparse

Choices = tuple[Int, Int, Int]
"""Option, year and fund of every choice, from `mandate`."""


@dataclass(frozen=True)
class Frame:
    """Hold what all stages share: a problem restricted to some of its options, as columns and rows.

    Parameters
    ----------
    problem, merged, columns
        See there.
    choices
        Every choice of the whole problem.
    blocks
        Rows (1) to (9).
    kind
        Of each option kept, where a kind shares the columns of years and funds (`plan.model_kinds`); else None. (n,) int
    is_split
        Which of those columns need not be whole. (K,) bool
    """

    problem: Problem
    merged: Merged
    columns: Columns
    choices: Choices
    blocks: tuple[Block, ...]
    kind: Int | None = None
    is_split: Bool | None = None


class Levels(NamedTuple):
    """Hold served shares as rows: base + coef @ y.

    Parameters
    ----------
    coef
        (L, M) csr [share]
    base
        Share served today. (L,)
    """

    coef: Sparse
    base: Float


class Task(NamedTuple):
    """Hold what a stage raises, and what it must keep.

    Parameters
    ----------
    raised
        Positions of the levels whose least is raised; empty: the total is.
    high
        What the least can reach at most. [share]
    least
        Floor of every level; -inf for none. (L,)
    """

    raised: Int
    high: float
    least: Float


class Found(NamedTuple):
    """Hold what a stage found.

    Parameters
    ----------
    run
        HiGHS' answer, `x` in the columns of `frame`.
    frame
        Of which options the answer is.
    units
        Of every choice of the whole problem; all 0 where the frame does not choose them. (C,) int
    """

    run: Run
    frame: Frame
    units: Int


def frame_of(problem: Problem, choices: Choices | None = None, kept: Int | None = None) -> Frame:
    """Build the rows and columns of a problem.

    Parameters
    ----------
    problem
        The problem.
    choices
        From `mandate`, where known.
    kept
        Options that may be taken; default: all that have a choice or must be taken. (n,) int

    Returns
    -------
    Frame
        Ready for stages.

    Raises
    ------
    AssertionError
        A fault of ours in merging rows.
    """
    choices = mandate(problem) if choices is None else choices
    if kept is None:
        can = np.bincount(choices[0], minlength=problem.n_options) > 0
        kept = np.flatnonzero(can | (problem.options.units_min > 0))
    merged = merge(problem, kept)
    columns = columns_of(problem, merged, choices)
    blocks = (
        once(columns),
        budget(problem, merged, columns),
        running(problem, merged, columns),
        after(problem, merged, columns),
        clash(problem, merged, columns),
        count(problem, merged),
        cover(merged, columns),
        capacity(problem, merged, columns),
    )
    return Frame(problem, merged, columns, choices, blocks)


def levels_of(frame: Frame) -> Levels:
    """Return the served share of every place, then of every group, as rows over merged demand.

    Parameters
    ----------
    frame
        The problem.

    Returns
    -------
    Levels
        Rows of nobody's need have no entries and base 1. (P + G, M)

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    demand = frame.problem.demand
    need = np.concatenate([demand.place_need, demand.group_need])
    served = np.concatenate([demand.place_served, demand.group_served])
    per = np.divide(1.0, need, out=np.zeros(len(need)), where=need > 0)
    rows = csr_array(vstack([frame.merged.by_place, frame.merged.by_group]))
    return Levels(csr_array(rows.multiply(per[:, None])), np.where(need > 0, served * per, 1.0))


def stage_model(frame: Frame, task: Task) -> tuple[Model, float]:
    """Return the model of a stage.

    Parameters
    ----------
    frame
        Columns and rows of the problem.
    task
        What to raise and keep.

    Returns
    -------
    tuple
        The model, and what its cost is to be multiplied by.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    columns, levels = frame.columns, levels_of(frame)
    blocks = (*frame.blocks, floors(columns, levels, task.least), raised(columns, levels, task))
    matrix, lower, upper = stack(blocks, columns.n)
    model = Model(np.zeros(columns.n), *bounds_of(frame), matrix, lower, upper)
    scale = 1.0
    model.high[columns.level] = task.high
    model.cost[columns.level] = 1.0
    if not len(task.raised):
        # the largest row counts 1: HiGHS' tolerances then mean the same in every city
        scale = float(frame.merged.worth.max(initial=0.0)) or 1.0
        model.cost[columns.level] = 0.0
        model.cost[columns.y : columns.g] = frame.merged.worth / scale
    return model, scale


def run_stage(frame: Frame, task: Task, effort: Effort, start: Int | None = None) -> Found:
    """Raise the least of some levels, or the total.

    Parameters
    ----------
    frame
        The model.
    task
        What to raise and keep.
    effort
        When to stop.
    start
        Units of every choice of the whole problem, to begin with. (C,) int

    Returns
    -------
    Found
        With the value and bound in people (total) or as a share (levels).

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    levels = levels_of(frame)
    model, scale = stage_model(frame, task)
    run = solve_model(
        model,
        replace(effort, absolute_gap=effort.absolute_gap / scale, is_plain=_is_plain(frame, task)),
        None if start is None else started(frame, start, levels, task),
    )
    run = replace(run, value=run.value * scale, bound=run.bound * scale)
    units = np.zeros(len(frame.choices[0]), np.int64)
    if len(run.x) and frame.kind is None:
        units[frame.columns.listed] = whole(run.x[frame.columns.choice])
    return Found(run, frame, units)


def _is_plain(frame: Frame, task: Task) -> bool:
    """Say whether only how many units are taken is limited, and the total is raised: maximal covering [church_revelle_1974]."""
    if frame.kind is not None:
        return False
    _, budgets, running_costs, afters, clashes, _, _, capacities = frame.blocks
    others = (budgets, running_costs, afters, clashes, capacities)
    return (
        not len(task.raised) and not np.isfinite(task.least).any() and not any(len(b.upper) for b in others)
    )


def floors(columns: Columns, levels: Levels, least: Float) -> Block:
    """Keep every level at its floor: (10)."""
    asked = np.flatnonzero(least > levels.base)
    entries = csr_array(levels.coef[asked]).tocoo()
    lower = (least - levels.base)[asked]
    return Block(
        entries.row,
        columns.y + entries.col.astype(np.int64),
        entries.data,
        lower,
        np.full(len(asked), np.inf),
    )


def raised(columns: Columns, levels: Levels, task: Task) -> Block:
    """Hold the level that is raised below each of the shares it is the least of: (11)."""
    asked = task.raised[levels.base[task.raised] < task.high]
    entries = csr_array(levels.coef[asked]).tocoo()
    own = np.arange(len(asked))
    return Block(
        np.concatenate([entries.row, own]),
        np.concatenate([columns.y + entries.col.astype(np.int64), np.full(len(asked), columns.level)]),
        np.concatenate([entries.data, -np.ones(len(asked))]),
        *(-levels.base[asked], np.full(len(asked), np.inf)),
    )


def bounds_of(frame: Frame) -> tuple[Float, Float, Bool]:
    """Return the bounds of the columns and which are whole numbers; the level is fixed at 0. (N,) each

    Parameters
    ----------
    frame
        The model.

    Returns
    -------
    tuple
        Low, high, whole.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    columns, options = frame.columns, frame.problem.options
    kept = frame.merged.kept
    low, high = np.zeros(columns.n), np.ones(columns.n)
    low[: columns.n_units] = options.units_min[kept]
    high[: columns.n_units] = options.units_max[kept]
    kind = np.arange(columns.n_units) if frame.kind is None else frame.kind
    high[columns.choice] = np.bincount(kind, options.units_max[kept], columns.n_units)[kind[columns.option]]
    # an option without a choice cannot be taken; one that must be is found before (`plan.model`)
    idle = (np.bincount(kind[columns.option], minlength=columns.n_units) == 0)[kind]
    low[: columns.n_units][idle], high[: columns.n_units][idle] = 0.0, 0.0
    high[columns.level] = 0.0
    is_integer = np.zeros(columns.n, bool)
    is_integer[: columns.y] = True
    if frame.is_split is not None:
        is_integer[columns.choice[frame.is_split]] = False
    is_integer[columns.any : columns.level] = True
    return low, high, is_integer


def taken(frame: Frame, units: Int) -> Int:
    """Return the units of the options kept. (n,) int"""
    of_each: Float = np.bincount(frame.choices[0], units, frame.problem.n_options).astype(np.float64)
    return of_each[frame.merged.kept].astype(np.int64)


def _in_kinds(frame: Frame, units: Int) -> Float:
    """Return the units of each column of years and funds that options share. (K,)"""
    assert frame.kind is not None
    columns, (option, year, fund) = frame.columns, frame.choices
    kind = np.full(frame.problem.n_options, -1)
    kind[frame.merged.kept] = frame.kind
    shape = columns.n_units, frame.problem.n_years, frame.problem.n_funds
    place = np.full(shape, -1)
    place[frame.kind[columns.option], columns.year, columns.fund] = np.arange(len(columns.choice))
    mine = np.flatnonzero((units > 0) & (kind[option] >= 0))
    column = place[kind[option[mine]], year[mine], fund[mine]]
    return np.bincount(column, units[mine], len(columns.choice)).astype(np.float64)


def started(frame: Frame, units: Int, levels: Levels, task: Task) -> Float:
    """Return all columns of a plan known already; flows are filled in order, as far as capacities go. (N,)"""
    columns, merged = frame.columns, frame.merged
    x = np.zeros(columns.n)
    x[columns.choice] = units[columns.listed] if frame.kind is None else _in_kinds(frame, units)
    u = taken(frame, units)
    x[: columns.n_units] = u
    flow = np.minimum(columns.flow_share * u[columns.flow_option], 1.0)
    before = np.concatenate([[0.0], np.cumsum(flow * merged.people[columns.flow_row])])
    first = np.searchsorted(columns.flow_option, np.arange(columns.n_units))
    room = frame.problem.options.capacity[merged.kept][columns.flow_option] * u[columns.flow_option]
    used = (before[:-1] - before[first[columns.flow_option]]) if len(flow) else flow
    flow = np.clip((room - used) / merged.people[columns.flow_row], 0.0, flow)
    x[columns.g : columns.any] = flow
    y = (merged.covers.T @ np.where(merged.is_limited, 0, u)) + np.bincount(
        columns.flow_row, flow, columns.n_rows
    )
    x[columns.y : columns.g] = np.minimum(y, 1.0)
    x[columns.any : columns.level] = u[columns.many] > 0
    if len(task.raised):
        share = (levels.base + levels.coef @ x[columns.y : columns.g])[task.raised]
        x[columns.level] = min(float(share.min()), task.high)
    return x


def most_of(frame: Frame, levels: Levels) -> Float:
    """Return the share every place and group would reach if all options were taken, capacities and money aside. (L,)

    Parameters
    ----------
    frame, levels
        The model and its shares.

    Returns
    -------
    ndarray
        M of the module's text. [share]

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    units = frame.problem.options.units_max[frame.merged.kept]
    return np.asarray(levels.base + levels.coef @ np.minimum(frame.merged.covers.T @ units, 1.0))
