"""What the years and funds of a budget cannot hold, said without years: sums up to a deadline, works that do not fit together."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from scipy.sparse import csr_array

from citiesforall.plan.model_rows import ROOM
from citiesforall.plan.problem import Bool, Float, Int, Problem, Sparse

MOST_FUNDS = 6
"""Funds whose every set has a row; of more, only single funds and all together."""
MOST_SIZES = 12
"""Sizes of works by which years are divided: those that leave most of the money unused."""
LEAST_WASTE = 0.02
"""Share of the money a size must leave unused to say more than sums do."""


def bin_rows(problem: Problem) -> tuple[Sparse, Float]:
    """Return rows that every timetable keeps, on the units of options.

    Parameters
    ----------
    problem
        The problem, with years.

    Returns
    -------
    tuple
        What a unit counts (R, O) csr, and how much there is room for (R,).

    Raises
    ------
    ValueError
        Shapes do not fit.

    Notes
    -----
    For some funds and a year: what only these may pay, and only until that year, costs no more than they have until then. And
    for a size s: the sum of floor(cost / s) over works paid by one fund in one year is at most floor(limit / s) (division and
    rounding [chvatal_1973]), so over all it is at most the sum of these. The same for running costs after the plan.
    """
    money = problem.money
    pays, last = _payers(problem)
    held = np.zeros(pays.shape, bool)
    for fund in range(problem.n_funds):
        held[:, money.recurrent_fund[fund]] |= pays[:, fund]
    cost = np.where(problem.options.may_start, money.capital, np.inf).min(axis=1)
    rows, most = _rows(
        np.where(pays.any(axis=1), cost, 0.0), (pays, last), money.capital_limit, money.carries
    )
    zero, none = np.zeros(problem.n_options, np.int64), np.zeros(problem.n_funds, bool)
    more, limits = _rows(money.om[:, -1], (held, zero), money.recurrent_limit[:, -1:], none)
    table = np.array(rows + more).reshape(len(rows) + len(more), problem.n_options)
    return csr_array(table), np.array(most + limits)


def _rows(cost: Float, who: tuple[Bool, Int], limit: Float, carries: Bool) -> tuple[list[Float], list[float]]:
    """Return sums and counts by size, for sets of funds and deadlines."""
    rows: list[Float] = []
    most: list[float] = []
    until = np.where(carries[:, None], np.cumsum(limit, axis=1), limit)
    kinds = [(cost, limit)]
    for size in _sizes(cost[who[0].any(axis=1)], until):
        pieces = np.where(np.isfinite(until), np.floor(until / size * (1 + ROOM)), np.inf)
        known = np.where(np.isfinite(pieces), pieces, 0.0)
        steps = np.where(carries[:, None] & np.isfinite(pieces), np.diff(known, axis=1, prepend=0.0), pieces)
        kinds.append((np.floor(cost / size * (1 + ROOM)), steps))
    holders = _holders(*who)
    for weight, room in kinds:
        for only, funds, year in holders:
            has = float(room[funds, : year + 1].sum())
            row = np.where(only, weight, 0.0)
            if np.isfinite(has) and row.any():
                scale = float(row.max()) if has <= 0 else has
                rows.append(row / scale)
                most.append(has / scale)
    return rows, most


def _sizes(cost: Float, limit: Float) -> list[float]:
    """Return costs by which the limits divide badly."""
    limit = limit[np.isfinite(limit) & (limit > 0)]
    if not limit.size:
        return []
    known = np.unique(np.round(cost[(cost > 0) & (cost <= limit.max())], 6))
    waste = np.array(
        [1 - size * np.floor(limit / size * (1 + ROOM)).sum() / limit.sum() for size in known.tolist()]
    )
    order = np.argsort(-waste, kind="stable")[:MOST_SIZES]
    return [float(known[at]) for at in order.tolist() if waste[at] > LEAST_WASTE]


def _holders(pays: Bool, last: Int) -> list[tuple[Bool, list[int], int]]:
    """Return for sets of funds and deadlines which options have no other money (O,), the funds and the last year."""
    n_funds = pays.shape[1]
    sizes = range(1, n_funds + 1) if n_funds <= MOST_FUNDS else (1, n_funds)
    found: list[tuple[Bool, list[int], int]] = []
    for funds in (list(part) for many in sizes for part in combinations(range(n_funds), many)):
        others = np.setdiff1d(np.arange(n_funds), funds)
        only = pays.any(axis=1) & ~pays[:, others].any(axis=1)
        years = np.unique(last[only]).tolist()
        found += [(only & (last <= year), funds, int(year)) for year in years]
    return found


def _payers(problem: Problem) -> tuple[Bool, Int]:
    """Return which funds can pay a unit in some year (O, F), and the last year it can start (O,)."""
    money, may = problem.money, problem.options.may_start
    limit = np.where(money.carries[:, None], np.cumsum(money.capital_limit, axis=1), money.capital_limit)
    pays = np.zeros((problem.n_options, problem.n_funds), bool)
    last = np.zeros(problem.n_options, np.int64)
    for fund in range(problem.n_funds):
        can = may & money.payable[:, [fund]] & (money.capital <= limit[fund] * (1 + ROOM))
        pays[:, fund] = can.any(axis=1)
        last = np.maximum(last, np.where(can, np.arange(problem.n_years), 0).max(axis=1, initial=0))
    return pays, last
