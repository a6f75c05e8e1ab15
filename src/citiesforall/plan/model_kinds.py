"""Options that money cannot tell apart share their years and funds: a far smaller model of what to do, and when.

A *kind* is a set of options of the same cost, running cost, funds, lead time, years and number of prerequisites. How many units
of a kind start in which year and are paid by whom is one column for all of them, in place of one for each option. Large works are
counted in whole units in each year and fund, small ones may be split: so nothing large is promised that no year can hold. Every
plan is one of this model too, so what it cannot reach no plan can.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array, csr_array

from citiesforall.plan.large_money import bins, needs
from citiesforall.plan.model_rows import (
    Block,
    Columns,
    budget,
    capacity,
    clash,
    cover,
    running,
)
from citiesforall.plan.model_stage import Choices, Frame
from citiesforall.plan.problem import Bool, Float, Int, Problem

LARGE = 0.1
"""Share of what a fund has in a year from which on a work is placed whole."""
WHOLE = 1e-6
"""Of a unit: the solver's rounding."""


def kinds_of(problem: Problem, kept: Int) -> Int:
    """Give options that money cannot tell apart the same number. (n,) int

    Parameters
    ----------
    problem
        The problem.
    kept
        Options, as positions. (n,) int

    Returns
    -------
    ndarray
        From 0, in the order in which kinds appear.

    Raises
    ------
    IndexError
        There is no such option.
    """
    options, money = problem.options, problem.money
    n_needs = np.bincount(problem.rules.needs, minlength=problem.n_options)
    what = np.column_stack(
        [money.capital, money.om, money.payable, options.lead_years, options.may_start, n_needs]
    )[kept]
    _, first, kind = np.unique(what, axis=0, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[kind.reshape(-1)].astype(np.int64)


def kinds_frame(frame: Frame) -> Frame:
    """Return the model in which options of a kind share the columns of years and funds.

    Parameters
    ----------
    frame
        With a column for every option, year and fund.

    Returns
    -------
    Frame
        A relaxation of it: what it cannot reach, no plan can.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    problem, merged, columns = frame.problem, frame.merged, frame.columns
    kind = kinds_of(problem, merged.kept)
    _, speaker = np.unique(kind, return_index=True)
    mine = np.flatnonzero(np.isin(columns.option, speaker))
    n = columns.n_units
    shared = replace(
        columns,
        listed=columns.listed[mine],
        option=columns.option[mine],
        year=columns.year[mine],
        fund=columns.fund[mine],
        choice=n + np.arange(len(mine)),
        n_split=len(mine),
    )
    blocks = (
        _once(shared, kind),
        budget(problem, merged, shared),
        running(problem, merged, shared),
        needs(frame),
        _after(frame, shared, kind),
        clash(problem, merged, shared),
        bins(frame),
        cover(merged, shared),
        capacity(problem, merged, shared),
    )
    money = problem.money
    dear = money.capital[merged.kept[shared.option], shared.year]
    is_large: Bool = dear >= LARGE * money.capital_limit[shared.fund, shared.year]
    return replace(frame, columns=shared, blocks=blocks, kind=kind, is_split=~is_large)


def with_most(frame: Frame, most: Int) -> Frame:
    """Return the model with no more than some units of each option.

    Parameters
    ----------
    frame
        The model.
    most
        Of each option kept; 0 for those not looked at. (n,) int

    Returns
    -------
    Frame
        With the same columns and rows.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    options = frame.problem.options
    units_max = options.units_max.copy()
    units_max[frame.merged.kept] = most
    return replace(frame, problem=replace(frame.problem, options=replace(options, units_max=units_max)))


def _once(shared: Columns, kind: Int) -> Block:
    """Make the units of a kind's options together the sum over its years and funds: (1)."""
    n, zero = len(kind), np.zeros(int(kind.max(initial=-1)) + 1)
    return Block(
        np.concatenate([kind, kind[shared.option]]),
        np.concatenate([np.arange(n), shared.choice]),
        np.concatenate([np.ones(n), -np.ones(len(shared.choice))]),
        *(zero, zero),
    )


def _after(frame: Frame, shared: Columns, kind: Int) -> Block:
    """Start no more units of a kind than there are prerequisites of its options started by then: the sum of (5) over the kind.

    The units of a prerequisite's kind count as often as one of its options is named, at most.
    """
    problem, kept, years = frame.problem, frame.merged.kept, frame.problem.n_years
    place = np.full(problem.n_options, -1)
    place[kept] = np.arange(len(kept))
    asked = np.flatnonzero(place[problem.rules.needs] >= 0)
    having = place[problem.rules.needs[asked]]
    most = problem.options.units_max[kept].astype(np.float64)
    # the first prerequisite of every option of a kind, then the second: each makes one set of rows
    order = np.argsort(having, kind="stable")
    nth = np.empty(len(having), np.int64)
    nth[order] = np.arange(len(having)) - np.searchsorted(having[order], having[order])
    sets, row = np.unique(np.column_stack([kind[having], nth]), axis=0, return_inverse=True)
    row = row.reshape(-1)
    any_of = csr_array(problem.rules.needs_any[asked][:, kept]).tocoo()
    counted = coo_array(
        (most[having][any_of.row], (row[any_of.row], any_of.col)), shape=(len(sets), len(kept))
    ).tocsr()
    entries = counted.tocoo()
    times = np.zeros((len(sets), int(kind.max(initial=-1)) + 1))
    np.maximum.at(times, (entries.row, kind[entries.col]), entries.data)
    column_kind = kind[shared.option]
    weight = -times[:, column_kind]
    weight += sets[:, :1] == column_kind[None, :]
    at, column = np.nonzero(weight)
    entry, year = np.nonzero(shared.year[column][:, None] <= np.arange(years)[None, :])
    upper = np.zeros(len(sets) * years)
    return Block(
        at[entry] * years + year,
        shared.choice[column[entry]],
        weight[at, column][entry],
        upper - np.inf,
        upper,
    )


def placed_so_far(kinds: Frame, x: Float, taken: Int) -> Int:
    """Return where a model of kinds has put whole units: those of options in years and funds. (C,) int

    Parameters
    ----------
    kinds
        The model.
    x
        Its answer. (N,)
    taken
        Units of each option. (O,) int

    Returns
    -------
    ndarray
        Units of every choice, no more than are taken; without what was split, or would start before what it needs.

    Raises
    ------
    AssertionError
        An option has no choice its kind has: a fault of ours.

    Notes
    -----
    Of a kind, options others need come first in the years, then those that need none.
    """
    problem, (option, year, fund) = kinds.problem, kinds.choices
    kept, columns = kinds.merged.kept, kinds.columns
    assert kinds.kind is not None
    is_needed = np.asarray(problem.rules.needs_any.sum(axis=0)).reshape(-1) > 0
    has_needs = np.bincount(problem.rules.needs, minlength=problem.n_options) > 0
    start = np.searchsorted(option, np.arange(problem.n_options + 1))
    units, left = np.zeros(len(option), np.int64), taken.copy()
    many = np.floor(x[columns.choice] + WHOLE).astype(np.int64)
    order = np.lexsort((columns.fund, columns.year))
    for number in np.unique(kinds.kind[columns.option[many > 0]]).tolist():
        mine = kept[kinds.kind == number]
        mine = mine[np.lexsort((mine, has_needs[mine], ~is_needed[mine]))]
        for at in order[(kinds.kind[columns.option[order]] == number) & (many[order] > 0)].tolist():
            room = int(many[at])
            for one in mine[left[mine] > 0].tolist():
                own = np.arange(start[one], start[one + 1])
                own = own[(year[own] == columns.year[at]) & (fund[own] == columns.fund[at])]
                some = min(room, int(left[one]))
                units[own[0]] += some
                left[one] -= some
                room -= some
                if not room:
                    break
    return _in_order(problem, kinds.choices, units)


def _in_order(problem: Problem, choices: Choices, units: Int) -> Int:
    """Return units without those that start before what they need, whatever that takes with it."""
    rules, (option, year, _) = problem.rules, choices
    while True:
        first = np.full(problem.n_options, problem.n_years)
        np.minimum.at(first, option[units > 0], year[units > 0])
        ready = np.zeros(problem.n_options, np.int64)
        for row, having in enumerate(rules.needs.tolist()):
            any_of = rules.needs_any.indices[rules.needs_any.indptr[row] : rules.needs_any.indptr[row + 1]]
            ready[having] = max(ready[having], int(first[any_of].min(initial=problem.n_years)))
        early = (units > 0) & (year < ready[option])
        if not early.any():
            return units
        units = np.where(early, 0, units)
