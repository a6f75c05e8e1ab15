"""What is wrong with a planning problem, said all at once before anything is solved."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from citiesforall.core.errors import raise_all
from citiesforall.plan.problem import Problem


def check_problem(problem: Problem) -> None:
    """Refuse a problem whose arrays do not fit together or hold what they may not.

    Parameters
    ----------
    problem
        The problem.

    Raises
    ------
    InputError
        Carrying every fault, one line each.
    """
    shapes = list(_shape_faults(problem))
    raise_all(shapes)
    raise_all(
        [*_option_faults(problem), *_demand_faults(problem), *_money_faults(problem), *_rule_faults(problem)]
    )


def _shape_faults(problem: Problem) -> Iterator[str]:
    """Yield arrays of a shape that does not fit."""
    o, d, t, f = problem.n_options, problem.n_rows, problem.n_years, problem.n_funds
    p, g = len(problem.demand.places), len(problem.demand.groups)
    q, h = len(problem.rules.needs), len(problem.rules.count_max)
    if t == 0 or f == 0:
        yield "plan: the budget has no years or no funds. A plan needs one of each. Give the budget."
    wanted: dict[str, dict[str, tuple[int, ...]]] = {
        "options": {
            "units_min": (o,),
            "units_max": (o,),
            "capacity": (o,),
            "lead_years": (o,),
            "may_start": (o, t),
        },
        "demand": {
            **dict.fromkeys(("weight", "service", "place", "cell"), (d,)),
            "group_share": (d, g),
            "place_need": (p,),
            "place_served": (p,),
            "group_need": (g,),
            "group_served": (g,),
        },
        "money": {
            "capital": (o, t),
            "om": (o, t + 1),
            "payable": (o, f),
            "capital_limit": (f, t),
            "recurrent_limit": (f, t + 1),
            "recurrent_fund": (f,),
            "carries": (f,),
        },
        "rules": {"needs_any": (q, o), "counts": (h, o), "clashes": (problem.rules.clashes.shape[0], o)},
    }
    for part, arrays in wanted.items():
        for name, shape in arrays.items():
            has = np.shape(getattr(getattr(problem, part), name))
            if has != shape:
                yield f"plan: {part}.{name} has shape {has}. It must be {shape}. Build it again."
    if problem.covers.shape != (o, d):
        yield f"plan: covers has shape {problem.covers.shape}. It must be {(o, d)}. Build it again."


def _option_faults(problem: Problem) -> Iterator[str]:
    """Yield options that contradict themselves."""
    options = problem.options
    if len(set(options.names)) < len(options.names):
        yield "plan: two options have the same name. Names tell options apart. Rename one."
    for name, least, most in zip(options.names, options.units_min, options.units_max, strict=True):
        if least < 0 or most < least:
            yield f"plan: {name}: at least {least} and at most {most} units. The least must lie in 0..most. Correct one."
    wrong = np.isnan(options.capacity) | (options.capacity < 0)
    for at in np.flatnonzero(wrong):
        yield f"plan: {options.names[at]}: capacity {options.capacity[at]}. It must be 0 or more, inf for none. Correct it."
    for at in np.flatnonzero(options.lead_years < 0):
        yield f"plan: {options.names[at]}: ready before it starts. Lead years are 0 or more. Correct them."
    if problem.covers.nnz and not (problem.covers.data.min() > 0 and problem.covers.data.max() <= 1):
        yield "plan: covers holds shares outside (0, 1]. A unit serves a share of a row's people. Build it again."


def _demand_faults(problem: Problem) -> Iterator[str]:
    """Yield people and weights that are negative or unknown, and positions beyond the names."""
    demand = problem.demand
    for name in (
        "people",
        "weight",
        "group_share",
        "place_need",
        "place_served",
        "group_need",
        "group_served",
    ):
        values = getattr(demand, name)
        if not (np.isfinite(values) & (values >= 0)).all():
            yield f"plan: demand.{name} holds a negative or unknown number. It must be 0 or more. Leave out what is not known."
    for name, known in (("service", demand.services), ("place", demand.places)):
        values = getattr(demand, name)
        if len(values) and not (values.min() >= 0 and values.max() < len(known)):
            yield f"plan: demand.{name} points beyond its {len(known)} names. Build it again."


def _money_faults(problem: Problem) -> Iterator[str]:
    """Yield costs and limits that are negative or unknown."""
    money = problem.money
    for name in ("capital", "om"):
        bad = ~(np.isfinite(getattr(money, name)) & (getattr(money, name) >= 0)).all(axis=1)
        for at in np.flatnonzero(bad):
            yield f"plan: {problem.options.names[at]}: {name} is negative or unknown. It must be 0 or more. Give its cost."
    for name in ("capital_limit", "recurrent_limit"):
        bad = ~(getattr(money, name) >= 0).all(axis=1)
        for at in np.flatnonzero(bad):
            yield f"plan: fund {money.funds[at]}: {name} is negative or unknown. It must be 0 or more. Correct the budget."
    if ((money.recurrent_fund < 0) | (money.recurrent_fund >= problem.n_funds)).any():
        yield f"plan: money.recurrent_fund points beyond the {problem.n_funds} funds. Build it again."
    if not problem.discount_rate > -1:
        yield f"plan: discount rate {problem.discount_rate}. It must be a share, as 0.05. Correct the budget."


def _rule_faults(problem: Problem) -> Iterator[str]:
    """Yield prerequisites in a circle and counts below nothing."""
    rules = problem.rules
    if len(rules.needs) and not ((rules.needs >= 0) & (rules.needs < problem.n_options)).all():
        yield f"plan: rules.needs points beyond the {problem.n_options} options. Build it again."
    for name, most in zip(rules.count_names, rules.count_max, strict=False):
        if not most >= 0:
            yield f"plan: {name}: at most {most} units. It must be 0 or more. Correct it."
