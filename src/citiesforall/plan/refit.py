"""A plan made to fit other money or other costs: what is worth least per dollar goes, what is worth most comes in."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from citiesforall.plan.model_merge import worth_of_one
from citiesforall.plan.model_rows import mandate
from citiesforall.plan.problem import Bool, Float, Int, Problem, Solution

ROOM = 1e-9
"""Relative: a limit is kept up to rounding."""
SWEEPS = (0.7, 0.4, 0.0)
"""An option is taken in a sweep if it still gives this share of what it promised when the sweep began (ours)."""
CHEAP_USD = 1.0
"""What costs less counts as this much, so that worth per dollar is a number."""


@dataclass(frozen=True)
class Books:
    """Hold what every choice costs in every row of money.

    Parameters
    ----------
    choices
        Option, year and fund, from `plan.model_rows.mandate`. (C,) int each
    cost
        Capital of each fund and year, then recurrent money of each fund and year. (C, R) [USD]
    limit
        inf for none. (R,) [USD]
    price
        Capital of one unit, and one year of running it. (C,) [USD]
    """

    choices: tuple[Int, Int, Int]
    cost: Float
    limit: Float
    price: Float


def books_of(problem: Problem) -> Books:
    """Return what every choice costs where.

    Parameters
    ----------
    problem
        The problem.

    Returns
    -------
    Books
        A fund that carries over has sums up to each year in place of years.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    money, years = problem.money, problem.n_years
    option, year, fund = choices = mandate(problem)
    capital = np.zeros((len(option), problem.n_funds, years))
    running = np.zeros((len(option), problem.n_funds, years + 1))
    at = np.arange(len(option))
    for t in range(years):
        pays = (year == t) | (money.carries[fund] & (year <= t))
        capital[at, fund, t] = np.where(pays, money.capital[option, year], 0.0)
    ready = np.minimum(year + problem.options.lead_years[option], years)
    for t in range(years + 1):
        running[at, money.recurrent_fund[fund], t] = np.where(ready <= t, money.om[option, t], 0.0)
    limit = np.where(money.carries[:, None], np.cumsum(money.capital_limit, axis=1), money.capital_limit)
    return Books(
        choices,
        np.concatenate(
            [part.reshape(len(option), int(np.prod(part.shape[1:]))) for part in (capital, running)], axis=1
        ),
        np.concatenate([limit.reshape(-1), money.recurrent_limit.reshape(-1)]) * (1 + ROOM),
        np.maximum(money.capital[option, year] + money.om[option, -1], CHEAP_USD),
    )


def gain(problem: Problem, option: int, unserved: Float) -> Float:
    """Return the share of each row an option covers that one more unit would newly serve. (Z,)

    Parameters
    ----------
    problem
        The problem.
    option
        Position.
    unserved
        Share of each row not served yet. (D,)

    Returns
    -------
    ndarray
        Cut in proportion where the capacity is less than who is in reach.

    Raises
    ------
    IndexError
        There is no such option.
    """
    row = slice(problem.covers.indptr[option], problem.covers.indptr[option + 1])
    rows = problem.covers.indices[row]
    share = np.minimum(problem.covers.data[row], unserved[rows])
    people = float((share * problem.demand.people[rows]).sum())
    room = float(problem.options.capacity[option])
    return np.asarray(share * (room / people) if people > room else share)


def units_in(books: Books, solution: Solution) -> Int:
    """Return a plan's units of every choice that is still one. (C,) int

    Parameters
    ----------
    books
        Of a problem with the same options.
    solution
        A plan.

    Returns
    -------
    ndarray
        What is no choice any more, for it is too dear, is left out.

    Raises
    ------
    ValueError
        Never.
    """
    items = zip(solution.option.tolist(), solution.year.tolist(), solution.fund.tolist(), strict=True)
    many = dict(zip(items, solution.count.tolist(), strict=True))
    keys = zip(*(part.tolist() for part in books.choices), strict=True)
    return np.array([many.get(key, 0) for key in keys], np.int64)


def start_of(problem: Problem, plan: Solution) -> Solution | None:
    """Return a plan made to fit a problem, to begin a search with.

    Parameters
    ----------
    problem
        With its own money.
    plan
        Of a problem with the same options.

    Returns
    -------
    Solution or None
        Its items; all else is still that of `plan`. None where the money pays for no option at all.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    books = books_of(problem)
    if not len(books.choices[0]):
        return None
    units = refit(problem, units_in(books, plan), books)
    used = np.flatnonzero(units)
    option, year, fund = (part[used] for part in books.choices)
    return replace(plan, option=option, year=year, fund=fund, count=units[used])


def refit(problem: Problem, units: Int, books: Books | None = None) -> Int:
    """Make a plan fit a problem: drop what its money does not reach, then take what it still does.

    Parameters
    ----------
    problem
        With its own money and costs.
    units
        Of every choice of `books`, of a plan that keeps the rules other than those of money. (C,) int
    books
        Of the problem, where known.

    Returns
    -------
    ndarray
        Units of every choice. (C,) int

    Raises
    ------
    ValueError
        Shapes do not fit.

    Notes
    -----
    Worth per dollar decides, in and out: the greedy rule for coverage under a budget [khuller_1999], here as a start for the
    solver and never as a proof. What must be taken is never dropped; if it does not fit, neither does the answer.
    """
    books = books_of(problem) if books is None else books
    kept = _dropped(problem, units.copy(), books)
    return _filled(problem, kept, books)


def _served(problem: Problem, units: Int, books: Books) -> tuple[Float, Float]:
    """Return the share of each row not served by some units (D,), and what each option of them newly gives. (O,)"""
    unserved, given = np.ones(problem.n_rows), np.zeros(problem.n_options)
    worth = worth_of_one(problem) * problem.demand.people
    taken = np.bincount(books.choices[0], units, problem.n_options).astype(np.int64)
    for option in np.flatnonzero(taken).tolist():
        rows = problem.covers.indices[problem.covers.indptr[option] : problem.covers.indptr[option + 1]]
        for _ in range(int(taken[option])):
            share = gain(problem, option, unserved)
            unserved[rows] -= share
            given[option] += float((share * worth[rows]).sum())
    return unserved, given / np.maximum(taken, 1)


def _dropped(problem: Problem, units: Int, books: Books) -> Int:
    """Drop units until every row of money holds, least worth per dollar first, and then what lacks its prerequisite."""
    option, rules = books.choices[0], problem.rules
    _, given = _served(problem, units, books)
    for row, having in enumerate(rules.needs.tolist()):
        needed = rules.needs_any.indices[rules.needs_any.indptr[row] : rules.needs_any.indptr[row + 1]]
        given[needed] += given[having]
    value = given[option] / books.price
    while (over := units @ books.cost > books.limit).any():
        total = np.bincount(option, units, problem.n_options)
        free = (
            (units > 0) & (total > problem.options.units_min)[option] & (books.cost[:, over] > 0).any(axis=1)
        )
        if not free.any():
            return units
        units[int(np.flatnonzero(free)[np.argmin(value[free])])] -= 1
    while (lost := _without_prerequisite(problem, units, books)).any():
        units[lost] = 0
    return units


def _first_year(problem: Problem, units: Int, books: Books) -> Float:
    """Return the first year in which each option starts, inf for never. (O,)"""
    first = np.full(problem.n_options, np.inf)
    used = units > 0
    np.minimum.at(first, books.choices[0][used], books.choices[1][used].astype(np.float64))
    return first


def _ready(problem: Problem, option: int, first: Float) -> float:
    """Return the first year in which all prerequisites of an option have started; inf where one never does."""
    rules = problem.rules
    years = [0.0]
    for row in np.flatnonzero(rules.needs == option).tolist():
        needed = rules.needs_any.indices[rules.needs_any.indptr[row] : rules.needs_any.indptr[row + 1]]
        years.append(float(first[needed].min(initial=np.inf)))
    return max(years)


def _without_prerequisite(problem: Problem, units: Int, books: Books) -> Bool:
    """Say which choices taken start before what they need. (C,)"""
    first = _first_year(problem, units, books)
    ready = np.zeros(problem.n_options)
    for option in np.unique(problem.rules.needs).tolist():
        ready[option] = _ready(problem, option, first)
    return np.asarray((units > 0) & (books.choices[1] < ready[books.choices[0]]))


def _filled(problem: Problem, units: Int, books: Books) -> Int:
    """Take what the money left can pay for, most worth per dollar first."""
    option = books.choices[0]
    starts = np.searchsorted(option, np.arange(problem.n_options + 1))
    worth = worth_of_one(problem) * problem.demand.people
    unserved, _ = _served(problem, units, books)
    price = np.full(problem.n_options, np.inf)
    np.minimum.at(price, option, books.price)
    spent = units @ books.cost
    for least in SWEEPS:
        promised = np.array([_worth(problem, at, unserved, worth) for at in range(problem.n_options)])
        for at in np.argsort(-promised / price, kind="stable").tolist():
            mine = slice(int(starts[at]), int(starts[at + 1]))
            while (books.cost[mine] + spent <= books.limit).all(axis=1).any():
                is_worth = _worth(problem, at, unserved, worth) > max(least * promised[at], ROOM)
                choice = _first_choice(problem, mine, (units, spent), books) if is_worth else None
                if choice is None:
                    break
                units[choice] += 1
                spent += books.cost[choice]
                rows = problem.covers.indices[problem.covers.indptr[at] : problem.covers.indptr[at + 1]]
                unserved[rows] -= gain(problem, at, unserved)
    return units


def _worth(problem: Problem, option: int, unserved: Float, worth: Float) -> float:
    """Return what one more unit of an option is worth."""
    rows = problem.covers.indices[problem.covers.indptr[option] : problem.covers.indptr[option + 1]]
    return float((gain(problem, option, unserved) * worth[rows]).sum())


def _first_choice(problem: Problem, mine: slice, now: tuple[Int, Float], books: Books) -> int | None:
    """Return the first year and fund in which one more unit of an option keeps all rules; None where none does."""
    (units, spent), rules = now, problem.rules
    option = int(books.choices[0][mine.start])
    total = np.bincount(books.choices[0], units, problem.n_options)
    if total[option] >= problem.options.units_max[option]:
        return None
    sets = rules.clashes[:, [option]].tocoo().row
    others = total.copy()
    others[option] = 0
    if len(sets) and (rules.clashes[sets] @ others > 0).any():
        return None
    own = rules.counts[:, [option]].toarray().reshape(-1)
    if (rules.counts @ total + own > rules.count_max + ROOM)[own > 0].any():
        return None
    ready = _ready(problem, option, _first_year(problem, units, books))
    fits = (books.cost[mine] + spent <= books.limit).all(axis=1) & (books.choices[1][mine] >= ready)
    return mine.start + int(np.argmax(fits)) if fits.any() else None
