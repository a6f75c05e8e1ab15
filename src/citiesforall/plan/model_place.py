"""Puts what is to be done into years and funds, one after the other: quick, and inside every limit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from citiesforall.plan.model_rows import ROOM
from citiesforall.plan.model_stage import Choices
from citiesforall.plan.problem import Float, Int, Problem

TRIES = 6
"""Times an order is tried, what found no room put first."""
PASSES = 6
"""Times everything is tried again for an earlier year."""


class Placed(NamedTuple):
    """Hold a timetable.

    Parameters
    ----------
    units
        Of every choice. (C,) int
    left
        Units of each option that found no room. (O,) int
    """

    units: Int
    left: Int


class Books(NamedTuple):
    """Hold what is spent so far: capital (F, T), running costs (F, T + 1), and the first year of each option (O,)."""

    capital: Float
    running: Float
    first: Int


class Given(NamedTuple):
    """Hold the problem, its choices, where each option's begin (O + 1,), and the order of choices in a year (C,)."""

    problem: Problem
    choices: Choices
    start: Int
    liked: Float


def placed(
    problem: Problem, choices: Choices, taken: Int, liking: tuple[Float, Float, Int], orders: list[Int]
) -> Placed:
    """Start every option as early as money and prerequisites allow.

    Parameters
    ----------
    problem, choices
        The problem and its choices.
    taken
        Units of each option. (O,) int
    liking
        Worth of one unit of an option (O,), of a choice in its year (C,), and units of choices to begin with (C,) int.
    orders
        In which to place the options taken; the first that leaves nothing wins, or the one that leaves least. The last also
        completes what was begun with.

    Returns
    -------
    Placed
        Keeps (1) to (5); what found no room is named, not squeezed in.

    Raises
    ------
    ValueError
        Shapes do not fit.

    Notes
    -----
    What the fractions gave whole stays where they gave it; the few others are fitted in, large works first. Where some find no
    room, orders are tried from nothing: what found no room is put first and all is placed again, a few times (squeaky wheels
    [joslin_clements_1999]).
    """
    worth, liked, base = liking
    asked = problem.money.payable[taken > 0].sum(axis=0).astype(np.float64)
    start = np.searchsorted(choices[0], np.arange(problem.n_options + 1))
    # in each year the fund that is liked best, then the one that fewest others could use
    given = Given(problem, choices, start, liked - asked[choices[2]] / (asked.sum() + 1.0))
    answers = [_in_order(given, taken, orders[-1], base)] if base.any() else []
    nothing = np.zeros(len(base), np.int64)
    for first in orders:
        order = first
        for _ in range(TRIES):
            if answers and not answers[-1].left.any():
                return answers[-1]
            answers.append(_in_order(given, taken, order, nothing))
            out = answers[-1].left[order] > 0
            order = np.concatenate([order[out], order[~out]])
    return min(answers, key=lambda answer: float((answer.left * (worth + ROOM)).sum()))


def sooner(problem: Problem, choices: Choices, units: Int, order: Int) -> Int:
    """Take each option out and put it in again as early as it fits, until nothing moves. (C,) int

    Parameters
    ----------
    problem, choices
        The problem and its choices.
    units
        A timetable that keeps all limits. (C,) int
    order
        Options, the first to be moved first.

    Returns
    -------
    ndarray
        A timetable in which nothing starts later than before.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    start = np.searchsorted(choices[0], np.arange(problem.n_options + 1))
    given = Given(problem, choices, start, units.astype(np.float64))
    books, units = empty_books(problem), units.copy()
    for choice in np.flatnonzero(units).tolist():
        book(given, books, choice, int(units[choice]))
    for _ in range(PASSES):
        before = units.copy()
        for option in order.tolist():
            mine = slice(start[option], start[option + 1])
            held = units[mine].copy()
            for at in np.flatnonzero(held).tolist():
                book(given, books, mine.start + at, -int(held[at]))
            books.first[option] = problem.n_years
            units[mine] = 0
            if put(given, books, units, (option, int(held.sum()))):
                for at in np.flatnonzero(units[mine]).tolist():
                    book(given, books, mine.start + at, -int(units[mine.start + at]))
                units[mine] = held
                for at in np.flatnonzero(held).tolist():
                    book(given, books, mine.start + at, int(held[at]))
        if (units == before).all():
            break
    return units


def empty_books(problem: Problem) -> Books:
    """Return books with nothing in them."""
    shape = problem.n_funds, problem.n_years
    first = np.full(problem.n_options, problem.n_years)
    return Books(np.zeros(shape), np.zeros((shape[0], shape[1] + 1)), first)


def _in_order(given: Given, taken: Int, order: Int, base: Int) -> Placed:
    """Place options in an order; one that waits for a prerequisite is tried again when others are placed."""
    problem = given.problem
    books, units = empty_books(problem), base.copy()
    left = taken - np.bincount(given.choices[0], base, problem.n_options).astype(np.int64)
    for choice in np.flatnonzero(base).tolist():
        book(given, books, choice, int(base[choice]))
    waiting, moved = order[left[order] > 0].tolist(), True
    while waiting and moved:
        moved, later = False, []
        for option in waiting:
            if _earliest(problem, books, option) >= problem.n_years:
                later.append(option)
                continue
            moved = True
            left[option] = put(given, books, units, (option, int(left[option])))
        waiting = later
    return Placed(units, left)


def _earliest(problem: Problem, books: Books, option: int) -> int:
    """Return the first year in which the option's prerequisites have started."""
    rules = problem.rules
    first = 0
    for row in np.flatnonzero(rules.needs == option):
        any_of = rules.needs_any.indices[rules.needs_any.indptr[row] : rules.needs_any.indptr[row + 1]]
        first = max(first, int(books.first[any_of].min(initial=problem.n_years)))
    return first


def put(given: Given, books: Books, units: Int, what: tuple[int, int]) -> int:
    """Put an option's units where they fit first; return how many found no room."""
    (option, many), problem, money = what, given.problem, given.problem.money
    mine = np.arange(given.start[option], given.start[option + 1])
    year, fund = given.choices[1][mine], given.choices[2][mine]
    n_years, om = problem.n_years, money.om[option]
    free = money.recurrent_limit * (1 + ROOM) - books.running
    # units the running costs leave room for, from each year on
    room = np.divide(free, om, out=np.full(free.shape, np.inf), where=om > 0)
    room = np.minimum.accumulate(room[:, ::-1], axis=1)[:, ::-1]
    ready = np.minimum(year + problem.options.lead_years[option], n_years)
    fits = np.minimum(
        room[money.recurrent_fund[fund], ready], _capital_room(given, books, option)[fund, year]
    )
    fits = np.where(year >= _earliest(problem, books, option), fits, 0.0)
    for at in np.lexsort((-given.liked[mine], year)).tolist():
        if fits[at] < 1:
            continue
        if units[mine].any():
            # what was put in before has used some of the room
            now = _capital_room(given, books, option)[fund[at], year[at]]
            used = (
                money.recurrent_limit[money.recurrent_fund[fund[at]]] * (1 + ROOM)
                - books.running[money.recurrent_fund[fund[at]]]
            )
            left = np.divide(used, om, out=np.full(len(om), np.inf), where=om > 0)[ready[at] :].min()
            fits[at] = min(now, left)
        some = int(min(many, max(np.floor(fits[at]), 0)))
        if some:
            units[mine[at]] += some
            book(given, books, int(mine[at]), some)
            many -= some
        if not many:
            break
    return many


def _capital_room(given: Given, books: Books, option: int) -> Float:
    """Return how many units of an option the capital left would pay in each year. (F, T)"""
    money = given.problem.money
    limit = np.where(money.carries[:, None], np.cumsum(money.capital_limit, axis=1), money.capital_limit)
    spent = np.where(money.carries[:, None], np.cumsum(books.capital, axis=1), books.capital)
    free = limit * (1 + ROOM) - spent
    later = np.minimum.accumulate(free[:, ::-1], axis=1)[:, ::-1]
    free = np.where(money.carries[:, None], later, free)
    cost = money.capital[option]
    room: Float = np.divide(free, cost, out=np.full(free.shape, np.inf), where=cost > 0)
    return room


def book(given: Given, books: Books, choice: int, many: int) -> None:
    """Enter units of a choice, or take them out where there are fewer than none."""
    problem, money = given.problem, given.problem.money
    option, year, fund = (int(part[choice]) for part in given.choices)
    ready = min(year + int(problem.options.lead_years[option]), problem.n_years)
    books.capital[fund, year] += many * money.capital[option, year]
    books.running[money.recurrent_fund[fund], ready:] += many * money.om[option, ready:]
    if many > 0:
        books.first[option] = min(books.first[option], year)
