"""Small planning problems, and their best plans by trying everything: loops, no arrays shared with the package."""

from dataclasses import replace
from itertools import product

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from citiesforall.plan.problem import Demand, Money, Options, Problem, Rules
from citiesforall.plan.problem_making import no_rules

INF = np.inf


def problem_of(covers, people, capital, limit, **more):
    """Return a problem of one fund and as many years as `limit` has; `more` overrides arrays by their name."""
    covers = np.asarray(covers, float)
    (n, d), years = covers.shape, len(limit)
    place = np.asarray(more.pop("place", np.zeros(d)), np.int64)
    weight = np.asarray(more.pop("weight", np.ones(d)), float)
    group = np.asarray(more.pop("group_share", np.ones((d, 1))), float)
    people = np.asarray(people, float)
    served = np.asarray(more.pop("place_served", np.zeros(place.max() + 1)), float)
    group_served = np.asarray(more.pop("group_served", np.zeros(group.shape[1])), float)
    funds = np.shape(more.get("capital_limit", [0]))[0]
    options = Options(
        names=tuple(f"o{i}" for i in range(n)),
        units_min=np.zeros(n, np.int64),
        units_max=np.ones(n, np.int64),
        capacity=np.full(n, INF),
        lead_years=np.zeros(n, np.int64),
        may_start=np.ones((n, years), bool),
    )
    demand = Demand(
        people=people,
        weight=weight,
        service=np.zeros(d, np.int64),
        place=place,
        cell=np.arange(d),
        group_share=group,
        place_need=served + np.bincount(place, weight * people, len(served)),
        place_served=served,
        group_need=group_served + (weight * people) @ group,
        group_served=group_served,
        services=("s0",),
        places=tuple(f"p{i}" for i in range(len(served))),
        groups=tuple(f"g{i}" for i in range(group.shape[1])),
    )
    money = Money(
        capital=np.repeat(np.asarray(capital, float)[:, None], years, 1),
        om=np.zeros((n, years + 1)),
        payable=np.ones((n, funds), bool),
        capital_limit=np.asarray([limit], float),
        recurrent_limit=np.full((funds, years + 1), INF),
        recurrent_fund=np.arange(funds),
        carries=np.zeros(funds, bool),
        years=tuple(range(2026, 2026 + years)),
        funds=tuple(f"f{i}" for i in range(funds)),
    )
    problem = Problem(options, demand, money, no_rules(n), csr_array(covers), more.pop("objective", "people"))
    return changed(problem, **more)


def changed(problem, **more):
    """Return the problem with other arrays, named as in their record."""
    for name, value in more.items():
        if hasattr(problem, name):
            problem = replace(problem, **{name: value})
            continue
        part = next(p for p in ("options", "demand", "money", "rules") if hasattr(getattr(problem, p), name))
        old = getattr(getattr(problem, part), name)
        new = np.asarray(value, old.dtype) if isinstance(old, np.ndarray) else value
        problem = replace(problem, **{part: replace(getattr(problem, part), **{name: new})})
    return problem


def sets(rows, n):
    """Return lists of positions as sparse rows."""
    matrix = np.zeros((len(rows), n))
    for at, row in enumerate(rows):
        matrix[at, list(row)] = 1
    return csr_array(matrix)


def rules(n, needs=(), clashes=(), counts=()):
    """Return rules from lists: (option, any of), sets, (set, most)."""
    return Rules(
        needs=np.array([option for option, _ in needs], np.int64),
        needs_any=sets([any_of for _, any_of in needs], n),
        clashes=sets(clashes, n),
        counts=sets([row for row, _ in counts], n),
        count_max=np.array([most for _, most in counts], float),
        count_names=tuple(f"count {at}" for at in range(len(counts))),
    )


def is_allowed(problem, plan):
    """Recount one plan, {(option, year, fund): units}, rule by rule."""
    return _may_be(problem, plan) and _can_be_paid(problem, plan) and _fits_together(problem, plan)


def units_of(problem, plan):
    """Return how many units of each option a plan has."""
    return [sum(n for (i, _, _), n in plan.items() if i == at) for at in range(problem.n_options)]


def _may_be(problem, plan):
    o, units = problem.options, units_of(problem, plan)
    if any(not o.units_min[i] <= units[i] <= o.units_max[i] for i in range(problem.n_options)):
        return False
    return all(o.may_start[i, y] and problem.money.payable[i, k] for (i, y, k), n in plan.items() if n)


def _can_be_paid(problem, plan):
    o, money, t = problem.options, problem.money, problem.n_years
    for k in range(problem.n_funds):
        left = 0.0
        for y in range(t):
            spent = sum(n * money.capital[i, y] for (i, yy, kk), n in plan.items() if (yy, kk) == (y, k))
            left = money.capital_limit[k, y] + (left if money.carries[k] else 0.0) - spent
            if left < -1e-6:
                return False
        for y in range(t + 1):
            runs = sum(
                n * money.om[i, y]
                for (i, yy, kk), n in plan.items()
                if money.recurrent_fund[kk] == k and min(yy + o.lead_years[i], t) <= y
            )
            if runs > money.recurrent_limit[k, y] + 1e-6:
                return False
    return True


def _fits_together(problem, plan):
    made, units = problem.rules, units_of(problem, plan)
    first = {}
    for (i, y, _), n in plan.items():
        if n:
            first[i] = min(y, first.get(i, 99))
    for i, row in zip(made.needs, made.needs_any.toarray(), strict=True):
        if i in first and not any(first.get(j, 99) <= first[i] for j in np.flatnonzero(row)):
            return False
    if any(sum(units[i] > 0 for i in np.flatnonzero(row)) > 1 for row in made.clashes.toarray()):
        return False
    return all(
        sum(units[i] for i in np.flatnonzero(row)) <= most
        for row, most in zip(made.counts.toarray(), made.count_max, strict=True)
    )


def allowed_units(problem):
    """Return every vector of units for which some plan is allowed."""
    spots = list(product(range(problem.n_years), range(problem.n_funds)))
    each = []
    for i in range(problem.n_options):
        ways = [{}]
        for many in range(1, problem.options.units_max[i] + 1):
            ways.extend(
                {(i, *spot): n for spot, n in zip(spots, split, strict=True) if n}
                for split in product(range(many + 1), repeat=len(spots))
                if sum(split) == many
            )
        each.append(ways)
    found = set()
    for combination in product(*each):
        plan = {key: n for part in combination for key, n in part.items()}
        units = tuple(sum(part.values()) for part in combination)
        if units not in found and is_allowed(problem, plan):
            found.add(units)
    return sorted(found)


def shares(problem, served):
    """Return the share of each place and group once `served` of the rows' people are served."""
    d = problem.demand
    got = d.weight * d.people * served
    place = [d.place_served[p] + got[d.place == p].sum() for p in range(len(d.places))]
    group = [d.group_served[g] + (got * d.group_share[:, g]).sum() for g in range(len(d.groups))]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.array(place) / d.place_need, np.array(group) / d.group_need


def best(problem):
    """Return the best value (people, needs) or (worst place, worst group, total), or None where nothing is allowed.

    Without capacities: what is served follows from the units.
    """
    d, covers = problem.demand, problem.covers.toarray()
    worth = (1.0 if problem.objective == "people" else d.weight) * d.people
    top = shares(problem, np.minimum(problem.options.units_max @ covers, 1.0))
    answers = []
    for units in allowed_units(problem):
        served = np.minimum(np.array(units) @ covers, 1.0)
        total = float((worth * served).sum())
        if problem.objective != "fairness_first":
            answers.append((total,))
            continue
        answers.append((*(level(*pair) for pair in zip(shares(problem, served), top, strict=True)), total))
    return answers or None


def level(share, most):
    """Return the largest L with share >= min(L, most) everywhere."""
    short = share < most - 1e-9
    return float(share[short].min()) if short.any() else float("inf")


def most_served(problem, units):
    """Return the people served at best by given units, capacities included: a linear programme of its own."""
    d, covers = problem.demand, problem.covers.toarray()
    worth = np.ones(len(d.people)) if problem.objective == "people" else d.weight
    n, m = covers.shape
    cost, upper, rows, limit = [], [], [], []
    for i, j in product(range(n), range(m)):
        cost.append(-worth[j])
        upper.append(min(covers[i, j] * units[i], 1.0) * d.people[j])
    for i in range(n):
        if np.isfinite(problem.options.capacity[i]):
            rows.append([float(k == i) for k, _ in product(range(n), range(m))])
            limit.append(problem.options.capacity[i] * units[i])
    for j in range(m):
        rows.append([float(k == j) for _, k in product(range(n), range(m))])
        limit.append(d.people[j])
    return -linprog(cost, rows, limit, bounds=[(0, u) for u in upper]).fun
