"""What the funds can pay: limits and costs as arrays, what is too dear, and how many sites are worth looking at."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from citiesforall.core.action import Action
from citiesforall.core.budget import Budget, payers
from citiesforall.core.fund_limits import limits_usd
from citiesforall.plan.build_options import Draft
from citiesforall.plan.money_words import amount, fund_words
from citiesforall.plan.problem import Money

FEWEST, MOST = 12, 200
"""Candidates kept for an action: at least, and at most (ours)."""
SPARE = 1.5
"""Candidates kept for each unit that could be paid for and used (ours)."""
TOGETHER = 200
"""Candidates of all actions where money is short: more are no longer solved to a small gap in half a minute (ours)."""
SLACK = 0.5
"""Share of the capital that all candidates together may cost for money not to be short (ours)."""


def most_usd(budget: Budget, one: Action) -> tuple[float, float]:
    """Return the most capital and the most running money any fund that may pay for an action has in one year. [US$]"""
    capital, recurrent = (_richest(budget, one, kind)[0] for kind in ("capital", "recurrent"))
    return capital, recurrent


def _richest(budget: Budget, one: Action, kind: str) -> tuple[float, str, int]:
    """Return the most money any fund that may pay for an action has in one year [US$], the fund, and the year."""
    limits = limits_usd(budget)[kind]
    found = [
        (float(limits[list(budget.funds).index(key), at]), key, year)
        for key in payers(budget, one)
        for at, year in enumerate(budget.years)
    ]
    return max(found, key=lambda each: each[0], default=(0.0, "", 0))


def payable(budget: Budget, one: Action) -> float:
    """Return how many units of an action all funds that may pay for it could buy with all the capital of all years."""
    funds = [list(budget.funds).index(key) for key in payers(budget, one)]
    price = sum(one.capital_usd) / 2
    return float(limits_usd(budget)["capital"][funds].sum()) / price if price > 0 else np.inf


def too_dear(budget: Budget, one: Action) -> str | None:
    """Return why no fund can ever pay for one unit of an action, None where one can."""
    asked = (
        ("capital", "one costs", sum(one.capital_usd) / 2),
        ("recurrent", "running one for a year costs", sum(one.om_usd_per_year) / 2),
    )
    for kind, costs, usd in asked:
        most, fund, year = _richest(budget, one, kind)
        if usd > most:
            has, lacks = (amount(value, budget, fund) for value in (most, usd - most))
            return (
                f"{costs} {amount(usd, budget, fund)}; of the funds that may pay, {fund_words(fund, budget)} has most in a year, "
                f"{has} in {year}: {lacks} too little"
            )
    return None


def candidates(budget: Budget, actions: Mapping[str, Action], lacking: Mapping[str, float]) -> dict[str, int]:
    """Return how many sites are looked at for each action that is built at a site.

    Parameters
    ----------
    budget
        The city's.
    actions
        By id.
    lacking
        Action -> people who lack what it gives. [persons]

    Returns
    -------
    dict
        As many as could be paid for and used, with some to spare; fewer where money is short and there are many actions, for a
        plan with a small proved gap is worth more than one from a longer list.
    """
    wanted: dict[str, float] = {}
    for key, one in actions.items():
        if one.effect == "coverage":
            usable = lacking[key] / one.capacity if one.capacity else np.inf
            wanted[key] = float(np.clip(SPARE * min(usable, payable(budget, one)), FEWEST, MOST))
    cost = sum(n * sum(actions[key].capital_usd) / 2 for key, n in wanted.items())
    total = sum(wanted.values())
    scale = 1.0
    if cost > SLACK * float(limits_usd(budget)["capital"].sum()) and total > TOGETHER:
        scale = TOGETHER / total
    return {key: max(round(n * scale), FEWEST) for key, n in wanted.items()}


def money_of(budget: Budget, drafts: list[Draft]) -> Money:
    """Turn costs and funds into arrays; costs are the middle of their range."""
    T, F = len(budget.years), len(budget.funds)
    limits = limits_usd(budget)
    capital, om = (
        np.array([draft.size * sum(getattr(draft.action, word)) / 2 for draft in drafts], np.float64)
        for word in ("capital_usd", "om_usd_per_year")
    )
    able = {draft.action.id: set(payers(budget, draft.action)) for draft in drafts}
    payable = [[fund in able[draft.action.id] for fund in budget.funds] for draft in drafts]
    recurrent = limits["recurrent"]
    return Money(
        capital=np.repeat(capital[:, None], T, axis=1),
        om=np.repeat(om[:, None], T + 1, axis=1),
        payable=np.array(payable, dtype=bool).reshape(len(drafts), F),
        capital_limit=limits["capital"],
        recurrent_limit=np.concatenate([recurrent, recurrent[:, -1:]], axis=1),
        recurrent_fund=np.arange(F, dtype=np.int64),
        carries=np.zeros(F, dtype=bool),
        years=budget.years,
        funds=tuple(budget.funds),
    )
