"""Demand rows that the same options reach, added together: the model needs one column for all of them, and loses nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from citiesforall.plan.problem import Bool, Float, Int, Objective, Problem, Sparse

SEED = 20_260_101
"""Of the hash that finds equal rows; every match is compared in full, so it decides nothing but speed."""


@dataclass(frozen=True)
class Merged:
    """Hold a problem's demand, equal rows added together; `n` options may be taken, `M` rows are left.

    Parameters
    ----------
    kept
        Options that may be taken, as positions in the problem. (n,) int
    covers
        Share of a row that a unit serves. (n, M) csr
    of
        Merged row of each demand row, -1 where no option reaches it. (D,) int
    people
        People of the merged rows. (M,) [people]
    worth
        What the objective counts for a row served whole. (M,)
    by_place, by_group
        Weighted people of each place and group in the merged rows. (P, M), (G, M) csr
    is_limited
        Whether the option's capacity can be too small for whom it reaches. (n,) bool
    """

    kept: Int
    covers: Sparse
    of: Int
    people: Float
    worth: Float
    by_place: Sparse
    by_group: Sparse
    is_limited: Bool


def worth_of_one(problem: Problem, objective: Objective | None = None) -> Float:
    """Return what the objective counts for one person of each demand row. (D,)

    Parameters
    ----------
    problem
        The problem.
    objective
        In place of the problem's own.

    Returns
    -------
    ndarray
        1 for ``people``, else the row's weight.

    Raises
    ------
    ValueError
        Never.
    """
    if (objective or problem.objective) == "people":
        return np.ones(problem.n_rows)
    return problem.demand.weight


def summed(key: Int, value: Float, n: int) -> Float:
    """Return the sum of values by key. (n,)

    Parameters
    ----------
    key
        Position each value is added to. (Z,) int
    value
        (Z,)
    n
        Sums wanted.

    Returns
    -------
    ndarray
        0 where nothing is added.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    return np.bincount(key, value, n).astype(np.float64)


def merge(problem: Problem, kept: Int) -> Merged:
    """Add up the demand rows that the same options reach.

    Parameters
    ----------
    problem
        The problem.
    kept
        Options that may be taken. (n,) int

    Returns
    -------
    Merged
        Rows nobody reaches or without people are left out.

    Raises
    ------
    AssertionError
        Two different rows had the same hash.

    Notes
    -----
    Without capacities the share served is the same for all rows that the same options reach, so their people, weighted people
    and places add up. Where a capacity may bind, only rows of the same place, weight and service are added: the model may
    choose among the others.
    """
    demand = problem.demand
    covers = csr_array(problem.covers[kept])
    by_row = csr_array(covers.T)
    by_row.sort_indices()
    is_limited = _is_limited(problem, kept, covers)
    asked = np.flatnonzero((np.diff(by_row.indptr) > 0) & (demand.people > 0))
    key = _keys(problem, by_row, is_limited)[asked]
    _, first, inverse = np.unique(key, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    of = np.full(problem.n_rows, -1, np.int64)
    of[asked] = inverse
    _assert_equal(by_row, asked, asked[first][inverse])
    weighted = demand.weight * demand.people
    n = len(first)
    groups = [
        summed(inverse, (weighted * demand.group_share[:, g])[asked], n) for g in range(len(demand.groups))
    ]
    return Merged(
        kept=kept,
        covers=csr_array(by_row[asked[first]].T),
        of=of,
        people=summed(inverse, demand.people[asked], n),
        worth=summed(inverse, (worth_of_one(problem) * demand.people)[asked], n),
        by_place=csr_array((weighted[asked], (demand.place[asked], inverse)), shape=(len(demand.places), n)),
        by_group=csr_array(np.array(groups).reshape(len(groups), n)),
        is_limited=is_limited,
    )


def _is_limited(problem: Problem, kept: Int, covers: Sparse) -> Bool:
    """Say which options might have to turn people away: more in reach than a unit serves. (n,)"""
    return np.asarray(problem.options.capacity[kept] < covers @ problem.demand.people)


def _keys(problem: Problem, by_row: Sparse, is_limited: Bool) -> Int:
    """Return what rows must share to be added together. (D, 5) int"""
    demand = problem.demand
    draw = np.random.default_rng(SEED).integers(1, 2**63, (2, by_row.shape[1]), dtype=np.uint64)
    share = by_row.data.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    key = np.zeros((problem.n_rows, 5), np.int64)
    starts = by_row.indptr[:-1]
    full = np.flatnonzero(np.diff(by_row.indptr))
    for column in range(2):
        mixed = (draw[column][by_row.indices] ^ share) * np.uint64(0xBF58476D1CE4E5B9)
        if len(full):
            key[full, column] = np.add.reduceat(mixed ^ (mixed >> np.uint64(31)), starts[full]).view(np.int64)
    limited = np.asarray(csr_array((by_row != 0).astype(np.float64)) @ is_limited.astype(np.float64)) > 0
    key[limited, 2] = demand.place[limited]
    key[limited, 3] = demand.service[limited]
    key[limited, 4] = demand.weight[limited].view(np.int64)
    return key


def _assert_equal(by_row: Sparse, rows: Int, like: Int) -> None:
    """Compare every row with the one it is added to, entry by entry."""
    n = np.diff(by_row.indptr)
    assert (n[rows] == n[like]).all(), "two rows of different length share a hash"
    step = np.arange(n[rows].sum()) - np.repeat(np.cumsum(n[rows]) - n[rows], n[rows])
    one, other = (np.repeat(by_row.indptr[at], n[rows]) + step for at in (rows, like))
    assert (by_row.indices[one] == by_row.indices[other]).all(), "two different rows share a hash"
    assert (by_row.data[one] == by_row.data[other]).all(), "two different rows share a hash"
