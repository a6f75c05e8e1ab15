"""An upper bound on what any plan can reach: rows of demand priced instead of kept (Lagrangian relaxation, subgradient steps)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from citiesforall.plan.large_choose import Choice, Chooser
from citiesforall.plan.model_merge import summed
from citiesforall.plan.model_stage import Frame, Levels, Task
from citiesforall.plan.problem import Float, Int, Sparse

STEPS = 400
PATIENCE = 12
"""Steps without a better bound after which steps are shortened."""
SHORTER = 0.6
SHORTEST = 1e-3
"""Length of step at which there is nothing more to gain."""
MEMORY = 0.95
"""Weight of the past in the running mean of choices: it comes near the best fractional plan (the volume algorithm's idea)."""


class Prices(NamedTuple):
    """Hold the prices the relaxed rows have.

    Parameters
    ----------
    row
        Of serving a merged demand row whole. (M,)
    level
        Of a share of 1 of each place and group. (L,)
    """

    row: Float
    level: Float


class Bound(NamedTuple):
    """Hold what is proved.

    Parameters
    ----------
    value
        No plan reaches more: people of a total, share of a level.
    loss
        What the bound loses at least when an option is taken that is not worth its price; 0 or below. (n,)
    wanted
        Mean share of the steps in which an option was taken: near 1 for what good plans take. (n,)
    prices
        With which the bound was found.
    """

    value: float
    loss: Float
    wanted: Float
    prices: Prices


class Relaxed(NamedTuple):
    """Hold the problem with priced demand.

    Parameters
    ----------
    frame
        The model.
    chooser
        What to take at given worths.
    by_row
        Covers turned. (M, n) csr
    levels, task
        Shares, and what is raised and kept.
    kept
        Levels that have a price: those raised and those with a floor above today's. (J,) int
    """

    frame: Frame
    chooser: Chooser
    by_row: Sparse
    levels: Levels
    task: Task
    kept: Int


def relaxed(frame: Frame, chooser: Chooser, levels: Levels, task: Task) -> Relaxed:
    """Return the problem with the rows of demand to be priced.

    Parameters
    ----------
    frame, chooser, levels, task
        See `Relaxed`.

    Returns
    -------
    Relaxed
        Ready for `upper_bound`.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    asked = task.least > levels.base
    asked[task.raised] |= levels.base[task.raised] < task.high
    return Relaxed(frame, chooser, csr_array(frame.merged.covers.T), levels, task, np.flatnonzero(asked))


def first_prices(given: Relaxed) -> Prices:
    """Return prices to begin with: half of what a row is worth, the same for every share raised.

    Parameters
    ----------
    given
        The problem.

    Returns
    -------
    Prices
        0 for floors.

    Raises
    ------
    ValueError
        Never.
    """
    level = np.zeros(len(given.levels.base))
    mine = given.kept[np.isin(given.kept, given.task.raised)]
    level[mine] = 1.0 / max(len(mine), 1)
    return Prices(0.5 * worth_at(given, level), level)


def worth_at(given: Relaxed, level: Float) -> Float:
    """Return what a row served whole is worth at given prices of levels. (M,)

    Parameters
    ----------
    given
        The problem.
    level
        Prices. (L,)

    Returns
    -------
    ndarray
        In people for a total, in shares for a level.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    own = given.levels.coef.T @ level
    return np.asarray(own if len(given.task.raised) else own + given.frame.merged.worth)


class Seen(NamedTuple):
    """Hold what one set of prices says.

    Parameters
    ----------
    value
        The bound.
    choice
        What is taken.
    row, level
        Slopes: how far rows are served beyond what is counted (M,), shares beyond their floor (L,).
    """

    value: float
    choice: Choice
    row: Float
    level: Float


def bound_at(given: Relaxed, prices: Prices, reached: float) -> Seen:
    """Return the bound at given prices.

    Parameters
    ----------
    given
        The problem.
    prices
        Not negative.
    reached
        Of the best plan known.

    Returns
    -------
    Seen
        A bound whatever the prices.

    Raises
    ------
    RuntimeError
        HiGHS fails.

    Notes
    -----
    With a price q[d] on rows (8) and v[p] on rows (10) and (11) the problem falls apart: a row is counted where its worth exceeds
    its price, an option is worth the prices of the rows it serves (those per head dearest first up to its capacity), and money
    and rules choose among options. The sum is a bound for every q, v >= 0 [galvao_revelle_1996], [fisher_1981].
    """
    task, levels = given.task, given.levels
    worth = worth_at(given, prices.level)
    counted = worth > prices.row
    value_of, flow = option_worth(given, prices.row)
    choice = given.chooser(value_of)
    value = float((worth - prices.row)[counted].sum()) + choice.bound
    share = levels.base + levels.coef @ counted.astype(np.float64)
    least = np.where(np.isfinite(task.least), task.least, 0.0)
    top = 0.0
    if len(task.raised):
        is_raised = np.isin(np.arange(len(least)), task.raised)
        priced = prices.level[is_raised].sum()
        # the level itself: as high as it may where its price is below 1, else as low as the plan known
        top = task.high if priced < 1 else max(min(reached, task.high), 0.0)
        value += top * (1 - priced) + float((prices.level * levels.base)[is_raised].sum())
        least = np.where(is_raised, top, least)
        floor = ~is_raised
    else:
        floor = np.ones(len(least), bool)
    value -= float((prices.level * (least - levels.base))[floor].sum())
    served = given.by_row @ np.where(given.frame.merged.is_limited, 0.0, choice.units)
    served += summed(
        given.frame.columns.flow_row, flow * choice.units[given.frame.columns.flow_option], len(worth)
    )
    return Seen(value, choice, served - counted, share - least)


def option_worth(given: Relaxed, row: Float) -> tuple[Float, Float]:
    """Return the worth of a unit of each option at given prices of rows, and whom it takes where its capacity counts.

    Parameters
    ----------
    given
        The problem.
    row
        Prices. (M,)

    Returns
    -------
    tuple
        Worth (n,), share of the row taken by each flow (E,).

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    merged, columns = given.frame.merged, given.frame.columns
    worth = np.asarray(merged.covers @ row)
    if not columns.n_flows:
        return worth, np.empty(0)
    per_head = row[columns.flow_row] / merged.people[columns.flow_row]
    order = np.lexsort((-per_head, columns.flow_option))
    people = (columns.flow_share * merged.people[columns.flow_row])[order]
    option = columns.flow_option[order]
    before = np.cumsum(people) - people
    first = np.searchsorted(option, np.arange(columns.n_units))
    room = given.frame.problem.options.capacity[merged.kept][option] - (before - before[first[option]])
    share = np.empty(columns.n_flows)
    share[order] = np.clip(room / people, 0.0, 1.0) * columns.flow_share[order]
    limited = summed(columns.flow_option, share * row[columns.flow_row], columns.n_units)
    return np.where(merged.is_limited, limited, worth), share


def upper_bound(
    given: Relaxed, reached: float, start: Prices | None = None, steps: int = STEPS, near: float = 0.0
) -> Bound:
    """Lower the bound by moving prices along the slopes.

    Parameters
    ----------
    given
        The problem.
    reached
        Of the best plan known: steps are longer the farther the bound is from it.
    start
        Prices of a problem like this one.
    steps
        At most.
    near
        Relative distance from `reached` at which to stop. [share]

    Returns
    -------
    Bound
        The best seen.

    Raises
    ------
    RuntimeError
        HiGHS fails.

    Notes
    -----
    Polyak's steps, shortened when the bound stalls [held_wolfe_crowder_1974]; each price moves in its own unit: what the row is
    worth, what the place needs.
    """
    prices = start or first_prices(given)
    unit = _units(given)
    best: tuple[Seen, Prices] | None = None
    wanted = np.zeros(given.frame.columns.n_units)
    length, stalled, weight = 1.0, 0, 0.0
    for _ in range(steps):
        seen = bound_at(given, prices, reached)
        wanted, weight = MEMORY * wanted + (1 - MEMORY) * seen.choice.units, MEMORY * weight + 1 - MEMORY
        is_better = best is None or seen.value < best[0].value - 1e-6 * abs(best[0].value)
        stalled = 0 if is_better else stalled + 1
        if best is None or seen.value < best[0].value:
            best = seen, prices
        if best[0].value - reached <= near * abs(reached):
            break
        if stalled >= PATIENCE:
            length, stalled = length * SHORTER, 0
            prices = best[1]
            if length < SHORTEST:
                break
            continue
        prices = _moved(given, prices, seen, (unit, length * max(seen.value - reached, 1e-12)))
    assert best is not None
    return Bound(best[0].value, best[0].choice.reduced, wanted / max(weight, 1e-9), best[1])


def _units(given: Relaxed) -> Prices:
    """Return the size of each price: what a row is worth, what a place or group needs."""
    n = max(len(given.kept), 1)
    if len(given.task.raised):
        return Prices(
            worth_at(given, np.full(len(given.levels.base), 1.0 / n)),
            np.full(len(given.levels.base), 1.0 / n),
        )
    demand = given.frame.problem.demand
    return Prices(given.frame.merged.worth, np.concatenate([demand.place_need, demand.group_need]))


def _moved(given: Relaxed, prices: Prices, seen: Seen, step: tuple[Prices, float]) -> Prices:
    """Return prices one step down the slope, none below 0, none of a row above its worth."""
    unit, distance = step
    worth = worth_at(given, prices.level)
    stuck = ((prices.row <= 0) & (seen.row > 0)) | ((prices.row >= worth) & (seen.row < 0))
    row = np.where(stuck, 0.0, seen.row)
    level = np.zeros(len(prices.level))
    level[given.kept] = seen.level[given.kept]
    level = np.where((prices.level <= 0) & (level > 0), 0.0, level)
    size = float((unit.row * row * row).sum() + (unit.level * level * level).sum())
    by = distance / max(size, 1e-12)
    priced = np.maximum(prices.level - by * unit.level * level, 0.0)
    return Prices(np.clip(prices.row - by * unit.row * row, 0.0, worth_at(given, priced)), priced)
