"""A city's own unit rates put in the place of the catalogue's, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping

from citiesforall.core.action import Action, actions
from citiesforall.core.action_checks import record_faults
from citiesforall.core.budget import Budget, CostOverride, rate_of


def cost_faults(costs: Mapping[str, CostOverride], budget: Budget | None) -> list[str]:
    """Return what is wrong with a city's own unit rates.

    Parameters
    ----------
    costs
        Action -> the city's own figures.
    budget
        The city's budget, where it has one.

    Returns
    -------
    list of str
        One line each.
    """
    faults = []
    for key, own in costs.items():
        if budget is None and (own.capital is not None or own.om_per_year is not None):
            faults.append(
                f"costs.{key}: capital and om_per_year are in the currency of the budget, and there is none. "
                "Add [budget], or give capital_usd and om_usd_per_year."
            )
            continue
        faults += [f"costs.{key}: {line}" for line in record_faults(with_own(actions()[key], own, budget))]
    return faults


def with_own(one: Action, own: CostOverride, budget: Budget | None) -> Action:
    """Return an action with a city's own figures in place of the catalogue's.

    Parameters
    ----------
    one
        As in the catalogue.
    own
        The city's figures.
    budget
        Whose currency they may be in.

    Returns
    -------
    Action
        With ``cost_by`` ``city`` where a cost is the city's own.
    """
    given = {
        k: v for k, v in own.model_dump(exclude={"source", "capital", "om_per_year"}).items() if v is not None
    }
    rate = (rate_of(budget, budget.currency) if budget else None) or 1.0
    for word, local in (("capital_usd", own.capital), ("om_usd_per_year", own.om_per_year)):
        if local is not None:
            given[word] = tuple(value / rate for value in local)
    if {"capital_usd", "om_usd_per_year"} & given.keys():
        given["cost_by"] = "city"
    if own.source:
        given["note"] = own.source
    if given.get("tier", one.tier) == given.get("partner", one.partner):
        given["partner"] = None
    return one.model_copy(update=given)
