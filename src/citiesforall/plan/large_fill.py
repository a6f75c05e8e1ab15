"""Spends what money is left on what serves most for it: a good plan to begin the search for the best total with."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from citiesforall.plan.model_merge import Merged
from citiesforall.plan.model_place import Given, book, empty_books, put
from citiesforall.plan.model_rows import ROOM
from citiesforall.plan.model_stage import Frame, taken
from citiesforall.plan.problem import Bool, Float, Int, Problem, Sparse

STEPS = 20
"""An option of many units is filled in so many steps at most."""


def filled(frame: Frame, units: Int) -> Int:
    """Add options to a plan, each time the one that serves most others for its part of the money. (C,) int

    Parameters
    ----------
    frame
        Of all options.
    units
        Of every choice of a plan that keeps all rows. (C,) int

    Returns
    -------
    ndarray
        A plan that keeps them too and serves no fewer.

    Raises
    ------
    ValueError
        Shapes do not fit.

    Notes
    -----
    Greedy covering [cornuejols_1977]. Who an option with too little room turns away is taken in proportion from all it reaches.
    """
    problem, merged, choices = frame.problem, frame.merged, frame.choices
    start = np.searchsorted(choices[0], np.arange(problem.n_options + 1))
    given = Given(problem, choices, start, np.zeros(len(choices[0])))
    books, units = empty_books(problem), units.copy()
    for choice in np.flatnonzero(units).tolist():
        book(given, books, choice, int(units[choice]))
    have = taken(frame, units)
    most, cost = problem.options.units_max[merged.kept], _part_of_money(problem, merged.kept)
    left = 1.0 - np.minimum(merged.covers.T @ _serving(problem, merged, have), 1.0)
    is_open, sets = have < most, _sets(problem, merged)
    while True:
        gain = (merged.covers @ (merged.worth * left)) * _room(problem, merged, left)
        gain = np.where(is_open & _allowed(problem, sets, have), gain, 0.0)
        at = int(np.argmax(gain / cost)) if len(gain) else 0
        if not len(gain) or gain[at] <= ROOM * merged.worth.sum():
            return units
        many = int(max(1, min(most[at] - have[at], most[at] // STEPS)))
        put_in = many - put(given, books, units, (int(merged.kept[at]), many))
        have[at] += put_in
        is_open[at] = put_in == many and have[at] < most[at]
        row = slice(merged.covers.indptr[at], merged.covers.indptr[at + 1])
        share = merged.covers.data[row] * put_in * _room(problem, merged, left)[at]
        left[merged.covers.indices[row]] = np.maximum(left[merged.covers.indices[row]] - share, 0.0)


def _part_of_money(problem: Problem, kept: Int) -> Float:
    """Return the part of the money that may pay for it that a unit takes, capital and running costs added. (n,)"""
    money = problem.money
    capital = money.payable[kept] @ np.where(np.isfinite(money.capital_limit), money.capital_limit, 0.0).sum(
        axis=1
    )
    after = money.recurrent_limit[money.recurrent_fund, -1]
    running = money.payable[kept] @ np.where(np.isfinite(after), after, 0.0)
    none = np.zeros(len(kept))
    part = np.divide(money.capital[kept].min(axis=1), capital, out=none.copy(), where=capital > 0)
    return np.asarray(part + np.divide(money.om[kept, -1], running, out=none, where=running > 0) + ROOM)


def _serving(problem: Problem, merged: Merged, have: Int) -> Float:
    """Return units, those of options with too little room counted by the part of those in reach they serve. (n,)"""
    return np.asarray(have * _room(problem, merged, np.ones(len(merged.people))))


def _room(problem: Problem, merged: Merged, left: Float) -> Float:
    """Return the part of those in reach and not served that one unit has room for. (n,)"""
    people: Float = merged.covers @ (merged.people * left)
    room = problem.options.capacity[merged.kept]
    served: Float = np.divide(room, people, out=np.ones(len(people)), where=people > 0)
    return np.minimum(1.0, served)


class Sets(NamedTuple):
    """Hold the rules among the options kept: clashes (K, n) and counts (H, n), both ways round, and sums of them."""

    clashes: Sparse
    of_clashes: Sparse
    own: Float
    counts: Sparse
    of_counts: Sparse
    largest: Float


def _sets(problem: Problem, merged: Merged) -> Sets:
    """Return the rules among the options kept."""
    clashes = csr_array(problem.rules.clashes[:, merged.kept])
    counts = csr_array(problem.rules.counts[:, merged.kept])
    own = np.asarray(clashes.power(2).sum(axis=0)).reshape(-1)
    largest = counts.max(axis=1).toarray().reshape(-1) if min(counts.shape) else np.zeros(counts.shape[0])
    return Sets(clashes, csr_array(clashes.T), own, counts, csr_array(counts.T), largest)


def _allowed(problem: Problem, sets: Sets, have: Int) -> Bool:
    """Say which options clash with none taken and stay inside the counts with one unit more. (n,) bool"""
    blocked: Bool = (sets.of_clashes @ (sets.clashes @ (have > 0)) - sets.own * (have > 0)) > 0
    full = sets.counts @ have + sets.largest > problem.rules.count_max * (1 + ROOM) + ROOM
    crowded: Bool = (sets.of_counts @ full) > 0
    return ~(blocked | crowded)
