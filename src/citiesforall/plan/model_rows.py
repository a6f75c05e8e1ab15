"""The columns and the rows of the planning model, one function per constraint; the mathematics stands in `plan.model`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array, csr_array

from citiesforall.plan.model_merge import Merged
from citiesforall.plan.problem import Bool, Float, Int, Problem, Sparse

ROOM = 1e-9
"""A unit that costs this much more than the limit, relatively, is still taken to fit: rounding."""


PARTS = 1e3
"""A limit is so many units in its row: the solver's tolerance then is a billionth of it."""


class Block(NamedTuple):
    """Hold rows of the model as triplets.

    Parameters
    ----------
    row, column, value
        Entries; rows are numbered from 0 inside the block. (Z,)
    lower, upper
        Of the rows.
    """

    row: Int
    column: Int
    value: Float
    lower: Float
    upper: Float


@dataclass(frozen=True)
class Columns:
    """Hold what the model's columns are: u (n) | x (K) | y (M) | g (E) | any (I) | level (1).

    Parameters
    ----------
    listed
        Of each choice, its position in the list of `mandate`. (C,) int
    option, year, fund
        Of each choice, options as positions among those kept. (C,) int
    choice
        Column of each choice: that of u where the option has no other. (C,) int
    n_units, n_split, n_rows, n_flows
        Lengths of u, x, y and g.
    flow_option, flow_row, flow_share
        Of each g. (E,)
    many
        Options of several units that clash with others; each has a column that says whether any is taken. (I,) int
    """

    listed: Int
    option: Int
    year: Int
    fund: Int
    choice: Int
    n_units: int
    n_split: int
    n_rows: int
    n_flows: int
    flow_option: Int
    flow_row: Int
    flow_share: Float
    many: Int

    @property
    def y(self) -> int:
        """Return the first column of y."""
        return self.n_units + self.n_split

    @property
    def g(self) -> int:
        """Return the first column of g."""
        return self.y + self.n_rows

    @property
    def any(self) -> int:
        """Return the first column of any."""
        return self.g + self.n_flows

    @property
    def level(self) -> int:
        """Return the column of the level that is raised."""
        return self.any + len(self.many)

    @property
    def n(self) -> int:
        """Return the number of columns."""
        return self.level + 1


def mandate(problem: Problem) -> tuple[Int, Int, Int]:
    """List every choice of option, start year and fund that is allowed and that the fund could pay if it were the only one.

    Returns
    -------
    tuple
        Option, year, fund. (C,) int each, ordered so.

    Raises
    ------
    ValueError
        Shapes do not fit.

    Notes
    -----
    Constraint (4): a fund pays only what the mandate of its tier allows. A choice whose one unit is dearer than the limit can
    never be taken and is left out, which tightens the bound.
    """
    options, money = problem.options, problem.money
    allowed = (
        options.may_start[:, :, None] & money.payable[:, None, :] & (options.units_max > 0)[:, None, None]
    )
    capital = np.where(money.carries[:, None], np.cumsum(money.capital_limit, axis=1), money.capital_limit)
    option, year, fund = np.nonzero(allowed)
    fits = money.capital[option, year] <= capital[fund, year] * (1 + ROOM)
    ready = np.minimum(year + options.lead_years[option], problem.n_years)
    runs = money.recurrent_fund[fund]
    for at in range(problem.n_years + 1):
        over = money.om[option, at] > money.recurrent_limit[runs, at] * (1 + ROOM)
        fits &= ~(over & (ready <= at))
    return option[fits], year[fits], fund[fits]


def columns_of(problem: Problem, merged: Merged, choices: tuple[Int, Int, Int]) -> Columns:
    """Lay out the columns.

    Parameters
    ----------
    problem, merged
        The problem, whole and merged.
    choices
        From `mandate`.

    Returns
    -------
    Columns
        An option with one choice has no column of its own for it.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    n = len(merged.kept)
    place = np.full(problem.n_options, -1)
    place[merged.kept] = np.arange(n)
    mine = np.flatnonzero(place[choices[0]] >= 0)
    option = place[choices[0][mine]]
    is_alone = np.bincount(option, minlength=n)[option] == 1
    choice = np.where(is_alone, option, n + np.cumsum(~is_alone) - 1)
    flow = only(merged.covers, merged.is_limited)
    clashing = np.asarray(problem.rules.clashes[:, merged.kept].sum(axis=0)).reshape(-1) > 0
    return Columns(
        *(mine, option, choices[1][mine], choices[2][mine], choice),
        *(n, int((~is_alone).sum()), len(merged.people), flow.nnz),
        *(flow.row.astype(np.int64), flow.col.astype(np.int64), flow.data),
        np.flatnonzero(clashing & (problem.options.units_max[merged.kept] > 1)),
    )


def only(covers: Sparse, rows: Bool) -> Sparse:
    """Return the entries of some rows only. (n, M) coo

    Parameters
    ----------
    covers
        (n, M) csr
    rows
        Which rows. (n,) bool

    Returns
    -------
    coo_array
        Of the same shape.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    row = np.repeat(np.arange(covers.shape[0]), np.diff(covers.indptr))
    mine = rows[row]
    entries = covers.data[mine], (row[mine], covers.indices[mine].astype(np.int64))
    return coo_array(entries, shape=covers.shape)


def once(columns: Columns) -> Block:
    """Make the units of an option the sum over its years and funds: (1)."""
    split = np.flatnonzero(columns.choice >= columns.n_units)
    options, row = np.unique(columns.option[split], return_inverse=True)
    own = np.arange(len(options))
    zero = np.zeros(len(options))
    return Block(
        np.concatenate([own, row]),
        np.concatenate([options, columns.choice[split]]),
        np.concatenate([np.ones(len(options)), -np.ones(len(split))]),
        *(zero, zero),
    )


class Entries(NamedTuple):
    """Hold money rows as triplets before they are scaled: fund x year in order.

    Parameters
    ----------
    row, column, value
        Entries. (Z,) [USD]
    limit
        Of every fund and year, inf for none. [USD]
    """

    row: Int
    column: Int
    value: Float
    limit: Float


def budget(problem: Problem, merged: Merged, columns: Columns) -> Block:
    """Keep the capital of each fund and year inside its limit: (2)."""
    return _scaled(capital_entries(problem, merged, columns))


def running(problem: Problem, merged: Merged, columns: Columns) -> Block:
    """Keep operation and maintenance inside the recurrent money of the fund that runs it, every year and after: (3)."""
    return _scaled(running_entries(problem, merged, columns))


def capital_entries(problem: Problem, merged: Merged, columns: Columns) -> Entries:
    """Return what choices cost in capital. (F * T rows)"""
    money, years = problem.money, problem.n_years
    cost = money.capital[merged.kept[columns.option], columns.year]
    parts = []
    for later in range(years):
        # what is started in a year counts in that year, and in all later ones where money carries over
        at = columns.year + later
        counts = np.flatnonzero((at < years) & (money.carries[columns.fund] | (later == 0)) & (cost != 0))
        parts.append((columns.fund[counts] * years + at[counts], columns.choice[counts], cost[counts]))
    row, column, value = (np.concatenate(part) for part in zip(*parts, strict=True))
    limit = np.where(money.carries[:, None], np.cumsum(money.capital_limit, axis=1), money.capital_limit)
    return Entries(row, column, value, limit.reshape(-1))


def running_entries(problem: Problem, merged: Merged, columns: Columns) -> Entries:
    """Return what choices cost to run. (F * (T + 1) rows)"""
    money, n = problem.money, problem.n_years + 1
    option = merged.kept[columns.option]
    ready = np.minimum(columns.year + problem.options.lead_years[option], problem.n_years)
    choice, at = np.nonzero(ready[:, None] <= np.arange(n)[None, :])
    value = money.om[option[choice], at]
    real = value != 0
    row = money.recurrent_fund[columns.fund[choice]] * n + at
    return Entries(row[real], columns.choice[choice][real], value[real], money.recurrent_limit.reshape(-1))


def _scaled(entries: Entries) -> Block:
    """Return limits as thousandths of themselves, so that the currency does not matter; rows without limit are left out."""
    row, column, value, limit = entries
    used = np.isfinite(limit) & (np.bincount(row, minlength=len(limit)) > 0)
    number = np.cumsum(used) - 1
    largest = np.zeros(len(limit))
    np.maximum.at(largest, row, np.abs(value))
    scale = np.where(limit > 0, limit, np.maximum(largest, 1.0)) / PARTS
    real = used[row]
    upper = np.where(limit > 0, PARTS, 0.0)[used]
    return Block(
        number[row[real]], column[real], (value / scale[row])[real], np.full(len(upper), -np.inf), upper
    )


def after(problem: Problem, merged: Merged, columns: Columns) -> Block:
    """Start an option only when one of those it needs has started, earlier or in the same year: (5)."""
    rules, years = problem.rules, problem.n_years
    place = np.full(problem.n_options, -1)
    place[merged.kept] = np.arange(len(merged.kept))
    most = problem.options.units_max[merged.kept].astype(np.float64)
    asked = np.flatnonzero(place[rules.needs] >= 0)
    having = place[rules.needs[asked]]
    # which choices belong to the option itself (1) and to what it needs (-its most units)
    own = csr_array(
        (np.ones(len(asked)), (np.arange(len(asked)), having)), shape=(len(asked), columns.n_units)
    )
    needed = csr_array(rules.needs_any[asked][:, merged.kept])
    weight = csr_array(own - csr_array(needed.multiply(most[having][:, None])))
    n = len(columns.option)
    to_choice = csr_array((np.ones(n), (columns.option, np.arange(n))), shape=(columns.n_units, n))
    each = (weight @ to_choice).tocoo()
    entry, at = np.nonzero(columns.year[each.col][:, None] <= np.arange(years)[None, :])
    upper = np.zeros(len(asked) * years)
    return Block(
        each.row[entry] * years + at, columns.choice[each.col[entry]], each.data[entry], upper - np.inf, upper
    )


def clash(problem: Problem, merged: Merged, columns: Columns) -> Block:
    """Take at most one option of each set that clashes: (6)."""
    sets = csr_array(problem.rules.clashes[:, merged.kept])
    sets = csr_array(sets[np.diff(sets.indptr) > 1]).tocoo()
    column = sets.col.astype(np.int64)
    which = np.full(columns.n_units, -1)
    which[columns.many] = columns.any + np.arange(len(columns.many))
    column = np.where(which[column] >= 0, which[column], column)
    n = len(columns.many)
    most = problem.options.units_max[merged.kept[columns.many]].astype(np.float64)
    extra = np.arange(n) + sets.shape[0]
    total = sets.shape[0] + n
    return Block(
        np.concatenate([sets.row, extra, extra]),
        np.concatenate([column, columns.many, columns.any + np.arange(n)]),
        np.concatenate([np.ones(sets.nnz), np.ones(n), -most]),
        np.full(total, -np.inf),
        np.concatenate([np.ones(sets.shape[0]), np.zeros(n)]),
    )


def count(problem: Problem, merged: Merged) -> Block:
    """Take at most so many units of each set that is counted, each with its weight: (7)."""
    sets = csr_array(problem.rules.counts[:, merged.kept]).tocoo()
    upper = np.asarray(problem.rules.count_max, np.float64)
    return Block(sets.row, sets.col.astype(np.int64), sets.data, np.full(len(upper), -np.inf), upper)


def cover(merged: Merged, columns: Columns) -> Block:
    """Serve a row no more than what is taken in its reach allows; a person counts once as y is at most 1: (8)."""
    free = only(merged.covers, ~merged.is_limited)
    rows = np.arange(columns.n_rows)
    flows = np.arange(columns.n_flows)
    return Block(
        np.concatenate([rows, free.col, columns.flow_row]),
        np.concatenate([columns.y + rows, free.row, columns.g + flows]),
        np.concatenate([np.ones(len(rows)), -free.data, -np.ones(len(flows))]),
        np.full(len(rows), -np.inf),
        np.zeros(len(rows)),
    )


def capacity(problem: Problem, merged: Merged, columns: Columns) -> Block:
    """Assign to an option no more people than its units serve, and of a row no more than its share: (9)."""
    limited = np.flatnonzero(merged.is_limited)
    number = np.full(columns.n_units, -1)
    number[limited] = np.arange(len(limited))
    flows = np.arange(columns.n_flows)
    room = problem.options.capacity[merged.kept[limited]]
    scale = np.maximum(room, 1.0)
    row = number[columns.flow_option]
    upper = np.zeros(len(limited) + len(flows))
    return Block(
        np.concatenate([row, np.arange(len(limited)), len(limited) + flows, len(limited) + flows]),
        np.concatenate([columns.g + flows, limited, columns.g + flows, columns.flow_option]),
        np.concatenate(
            [
                *(merged.people[columns.flow_row] / scale[row], -room / scale),
                *(np.ones(len(flows)), -columns.flow_share),
            ]
        ),
        *(upper - np.inf, upper),
    )
