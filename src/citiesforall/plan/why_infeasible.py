"""Why no plan keeps all rules: which fund lacks how much in which year, or which rules contradict each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.sparse import csr_array, eye_array, hstack, vstack

from citiesforall.core.budget import Budget
from citiesforall.plan.model_highs import Effort, Model, solve_model, stack
from citiesforall.plan.model_rows import Entries, capital_entries, mandate, running_entries
from citiesforall.plan.model_stage import bounds_of, frame_of
from citiesforall.plan.money_words import amount, fund_words
from citiesforall.plan.problem import Float, Int, Limits, Problem, Sparse

RULES = 6
"""The first so many blocks of a frame hold units, money and rules; without limits the money is empty."""
CENTS, SLACK = 100.0, 1e-2
"""What is missing is said to the cent, upwards; less than a hundredth of a cent is rounding."""
LEAST_USD = 0.005
"""Half a cent: less is rounding."""


@dataclass(frozen=True)
class Shortfall:
    """Hold money that is missing.

    Parameters
    ----------
    kind
        ``capital`` or ``recurrent``.
    fund, year
        Positions; the year after the plan is T.
    limit, extra
        What there is, and what is missing. [USD]
    """

    kind: Literal["capital", "recurrent"]
    fund: int
    year: int
    limit: float
    extra: float


def why(problem: Problem, limits: Limits | None = None, budget: Budget | None = None) -> tuple[str, ...]:
    """Say why there is no plan.

    Parameters
    ----------
    problem
        A problem that `solve` found infeasible.
    limits
        How long to look.
    budget
        The city's: its funds are called by their titles, and amounts are said in their currency as well as in dollars.

    Returns
    -------
    tuple
        Sentences, each with fund, year and amount; none where there is a plan after all.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    broken = contradictions(problem)
    if broken:
        return broken
    missing = shortfalls(problem, limits)
    if missing is None:
        must = ", ".join([problem.options.names[at] for at in np.flatnonzero(problem.options.units_min)][:6])
        said = f"What must be done ({must}) breaks the rules of order and exclusion together, whatever the money."
        return (f"{said} Leave out one of them.",)
    lines = [_line(problem, one, budget) for one in missing]
    if len(lines) > 1:
        total = amount(sum(one.extra for one in missing), budget, cents=True)
        lines.append(f"{total} more in all is the least; other years or funds might carry a part of it.")
    return tuple(lines)


def _line(problem: Problem, one: Shortfall, budget: Budget | None) -> str:
    """Return the sentence of a shortfall."""
    years = problem.money.years
    when = str(years[one.year]) if one.year < len(years) else f"every year after {years[-1]}"
    what = "capital" if one.kind == "capital" else "money to run what is built"
    fund = problem.money.funds[one.fund]
    has, lacks = (amount(usd, budget, fund, cents=True) for usd in (one.limit, one.extra))
    return (
        f"Fund {fund_words(fund, budget)}: {what} in {when} is {has}; what must be done needs {lacks} more."
    )


def contradictions(problem: Problem) -> tuple[str, ...]:
    """Name what must be done and cannot be, whatever the money.

    Parameters
    ----------
    problem
        The problem.

    Returns
    -------
    tuple
        Sentences.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    options, rules, names = problem.options, problem.rules, problem.options.names
    must = options.units_min > 0
    can = (options.units_max > 0) & options.may_start.any(axis=1) & problem.money.payable.any(axis=1)
    lines = []
    for at in np.flatnonzero(must & ~can):
        reason = (
            "no fund may pay for it" if not problem.money.payable[at].any() else "it may start in no year"
        )
        lines.append(f"{names[at]} must be done, but {reason}.")
    for row in range(rules.clashes.shape[0]):
        both = [
            names[at] for at in rules.clashes.indices[slice(*rules.clashes.indptr[row : row + 2])] if must[at]
        ]
        if len(both) > 1:
            lines.append(f"{' and '.join(both)} must be done, but exclude each other.")
    for row, option in enumerate(rules.needs.tolist()):
        any_of = rules.needs_any.indices[slice(*rules.needs_any.indptr[row : row + 2])]
        if must[option] and not can[any_of].any():
            needed = ", ".join(names[at] for at in any_of) or "something that is no option here"
            lines.append(f"{names[option]} must be done, but needs {needed}, which cannot be.")
    least = rules.counts @ options.units_min
    for name, asked, most in zip(rules.count_names, least.tolist(), rules.count_max.tolist(), strict=True):
        if asked > most + LEAST_USD:
            lines.append(f"{name}: {asked:g} must be done, but at most {most:g} may be.")
    return tuple(lines)


def shortfalls(problem: Problem, limits: Limits | None = None) -> tuple[Shortfall, ...] | None:
    """Find the smallest sum of money that makes what must be done possible.

    Parameters
    ----------
    problem
        The problem.
    limits
        How long to look.

    Returns
    -------
    tuple or None
        Fund by fund and year by year; empty where nothing is missing, None where no money would help.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.

    Notes
    -----
    Every row of money may be exceeded at a price of 1 a dollar, all other rules hold; the least total is found (elastic
    programming [brown_graves_1975]). Where several sums are equally small, one is named.
    """
    limits = limits or Limits()
    free = _without_limits(problem)
    frame = frame_of(free, mandate(free), _needed(problem))
    columns = frame.columns
    capital = capital_entries(problem, frame.merged, columns)
    recurrent = running_entries(problem, frame.merged, columns)
    mine = np.r_[0 : columns.y, columns.any : columns.level]
    matrix, lower, upper = stack(frame.blocks[:RULES], columns.n)
    widths = len(capital.limit), len(recurrent.limit)
    scale = float(max(capital.value.max(initial=0.0), recurrent.value.max(initial=0.0))) or 1.0
    rows = [
        _elastic(capital, _helps(problem), (len(mine), sum(widths)), scale),
        _elastic(recurrent, eye_array(widths[1], format="csr"), (len(mine), sum(widths)), scale, widths[0]),
    ]
    low, high, is_whole = (part[mine] for part in bounds_of(frame))
    none = np.zeros(sum(widths))
    model = Model(
        cost=np.concatenate([np.zeros(len(mine)), none - 1.0]),
        low=np.concatenate([low, none]),
        high=np.concatenate([high, none + np.inf]),
        is_integer=np.concatenate([is_whole, none.astype(bool)]),
        matrix=csr_array(
            vstack(
                [hstack([matrix[:, mine], csr_array((len(upper), sum(widths)))]), *(row for row, _ in rows)]
            )
        ),
        lower=np.concatenate([lower, *(limit - np.inf for _, limit in rows)]),
        upper=np.concatenate([upper, *(limit for _, limit in rows)]),
    )
    run = solve_model(model, Effort(0.0, 0.0, limits.nodes, limits.seconds, limits.seed))
    if not len(run.x):
        return None
    over = (
        np.ceil(run.x[len(mine) :] * scale * CENTS - SLACK) / CENTS
    )  # the solver may leave a hair unpaid: no cent is
    money = problem.money
    return (
        *_read("capital", over[: widths[0]], money.capital_limit),
        *_read("recurrent", over[widths[0] :], money.recurrent_limit),
    )


def _helps(problem: Problem) -> Sparse:
    """Say in which years a dollar more helps: one of a fund that carries over helps in all later years, too. (F T, F T)"""
    carries, years = problem.money.carries, problem.n_years
    return csr_array(np.kron(np.diag(carries), np.tri(years)) + np.kron(np.diag(~carries), np.eye(years)))


def _without_limits(problem: Problem) -> Problem:
    """Return the problem with as much money as anybody asks."""
    money = problem.money
    capital = np.full(money.capital_limit.shape, np.inf)
    recurrent = np.full(money.recurrent_limit.shape, np.inf)
    return replace(problem, money=replace(money, capital_limit=capital, recurrent_limit=recurrent))


def _needed(problem: Problem) -> Int:
    """Return the options that must be taken and all that these may need. (n,) int"""
    rules = problem.rules
    some = problem.options.units_min > 0
    while True:
        rows = np.flatnonzero(some[rules.needs])
        more = some | (np.asarray(rules.needs_any[rows].sum(axis=0)).reshape(-1) > 0)
        if (more == some).all():
            return np.flatnonzero(some)
        some = more


def _elastic(
    entries: Entries, helps: Sparse, shape: tuple[int, int], scale: float, first: int = 0
) -> tuple[Sparse, Float]:
    """Return money rows that may be exceeded, in units of `scale`, and their limits."""
    n, extra = shape
    real = np.isfinite(entries.limit)
    spent = csr_array((entries.value / scale, (entries.row, entries.column)), shape=(len(real), n))
    after = csr_array((len(real), extra - first - helps.shape[1]))
    parts = hstack([spent, csr_array((len(real), first)), -1.0 * helps, after])
    return csr_array(csr_array(parts)[real]), entries.limit[real] / scale


def _read(kind: Literal["capital", "recurrent"], over: Float, limit: Float) -> list[Shortfall]:
    """Return what is missing, fund by fund and year by year."""
    return [
        Shortfall(
            kind, at // limit.shape[1], at % limit.shape[1], float(limit.reshape(-1)[at]), float(over[at])
        )
        for at in np.flatnonzero(over > LEAST_USD).tolist()
    ]
