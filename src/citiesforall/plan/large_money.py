"""Money and rules with the years put together: what every plan keeps, in a few rows and one column an option."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.sparse import csr_array

from citiesforall.plan.large_bins import MOST_FUNDS, bin_rows
from citiesforall.plan.model_rows import Block, clash, count
from citiesforall.plan.model_stage import Frame, bounds_of
from citiesforall.plan.problem import Bool, Float, Int


def together(frame: Frame) -> tuple[Float, Float, tuple[Block, ...]]:
    """Return bounds and rows of money and rules without years.

    Parameters
    ----------
    frame
        The model.

    Returns
    -------
    tuple
        Low, high (columns u and any), rows.

    Raises
    ------
    ValueError
        Shapes do not fit.

    Notes
    -----
    For each set of funds: what only these may pay costs no more than all they have over the years, each unit at its cheapest.
    The same for what they run after the plan. If all may start in all years at one price, this is all that money in fractions
    says (Hall's condition); else it is less than the model asks, so that a bound found with it still holds.
    """
    columns, problem, kept = frame.columns, frame.problem, frame.merged.kept
    low, high, _ = bounds_of(frame)
    mine = np.r_[0 : columns.n_units, columns.any : columns.level]
    money = problem.money
    cheapest = np.full(columns.n_units, np.inf)
    np.minimum.at(cheapest, columns.option, money.capital[kept[columns.option], columns.year])
    pays = np.zeros((columns.n_units, problem.n_funds), bool)
    pays[columns.option, columns.fund] = True
    runs = np.zeros((columns.n_units, problem.n_funds), bool)
    runs[columns.option, money.recurrent_fund[columns.fund]] = True
    cheapest = np.where(np.isfinite(cheapest), cheapest, 0.0)
    blocks = (
        by_funds(cheapest, pays, money.capital_limit.sum(axis=1)),
        by_funds(money.om[kept, -1], runs, money.recurrent_limit[:, -1]),
        needs(frame),
        _moved(clash(problem, frame.merged, columns), columns.any, columns.n_units),
        bins(frame),
    )
    return low[mine], high[mine], blocks


def by_funds(cost: Float, may: Bool, limit: Float) -> Block:
    """Return for each set of funds that what only they may pay stays inside what they have.

    Parameters
    ----------
    cost
        Of a unit. (n,)
    may
        Which funds may pay for it. (n, F) bool
    limit
        What each fund has; inf for no limit. (F,)

    Returns
    -------
    Block
        Rows, scaled to 1.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    n_funds = len(limit)
    sizes = range(1, n_funds + 1) if n_funds <= MOST_FUNDS else (1, n_funds)
    row: list[Int] = []
    column: list[Int] = []
    value: list[Float] = []
    upper: list[float] = []
    for size in sizes:
        for funds in map(list, combinations(range(n_funds), size)):
            has = float(limit[funds].sum())
            outside = np.setdiff1d(np.arange(n_funds), funds)
            only = np.flatnonzero((cost > 0) & may.any(axis=1) & ~may[:, outside].any(axis=1))
            if not np.isfinite(has) or not len(only):
                continue
            scale = has if has > 0 else float(cost[only].max())
            row.append(np.full(len(only), len(upper)))
            column.append(only)
            value.append(cost[only] / scale)
            upper.append(has / scale)
    if not upper:
        none = np.empty(0, np.int64)
        return Block(none, none, np.empty(0), np.empty(0), np.empty(0))
    above = np.array(upper)
    return Block(np.concatenate(row), np.concatenate(column), np.concatenate(value), above - np.inf, above)


def needs(frame: Frame) -> Block:
    """Return that an option needs one of those it names, whenever they start.

    Parameters
    ----------
    frame
        The model.

    Returns
    -------
    Block
        One row a prerequisite.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    problem, kept = frame.problem, frame.merged.kept
    place = np.full(problem.n_options, -1)
    place[kept] = np.arange(len(kept))
    asked = np.flatnonzero(place[problem.rules.needs] >= 0)
    having: Int = place[problem.rules.needs[asked]]
    most = problem.options.units_max[kept].astype(np.float64)
    any_of = csr_array(problem.rules.needs_any[asked][:, kept]).tocoo()
    own = np.arange(len(asked))
    return Block(
        np.concatenate([own, any_of.row]),
        np.concatenate([having, any_of.col]),
        np.concatenate([np.ones(len(asked)), -most[having][any_of.row]]),
        *(np.full(len(asked), -np.inf), np.zeros(len(asked))),
    )


def bins(frame: Frame) -> Block:
    """Return what is counted, and what years and funds cannot hold side by side.

    Parameters
    ----------
    frame
        The model.

    Returns
    -------
    Block
        Rows of `count` and of `bin_rows`, on the units of options.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    rows, most = bin_rows(frame.problem)
    sets = csr_array(rows[:, frame.merged.kept]).tocoo()
    counted = count(frame.problem, frame.merged)
    start = len(counted.upper)
    return Block(
        np.concatenate([counted.row, sets.row + start]),
        np.concatenate([counted.column, sets.col]),
        np.concatenate([counted.value, sets.data]),
        np.full(start + len(most), -np.inf),
        np.concatenate([counted.upper, most]),
    )


def _moved(block: Block, first: int, to: int) -> Block:
    """Return the block with the columns from `first` on moved to `to`."""
    return block._replace(column=np.where(block.column >= first, block.column - first + to, block.column))
