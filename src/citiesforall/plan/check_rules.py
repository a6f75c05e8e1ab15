"""The money and the rules of a plan, counted again from its table, the catalogue and the budget alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.action import Action, actions_for
from citiesforall.core.budget import Budget
from citiesforall.core.city import City
from citiesforall.core.indicator import indicators

CENT = 0.01
PER_CENT_OF_CENT = 1e-9
HALF = 50.0
"""Value from which a prerequisite counts as there. [%]"""
MONTHS = 12
METRE = 1.0
PERSON = 1.0


def money_again(city: City, plan: pd.DataFrame) -> tuple[list[dict[str, Any]], list[str]]:
    """Count the money of each fund and year again.

    Parameters
    ----------
    city
        With a budget.
    plan
        ``plan.parquet``.

    Returns
    -------
    tuple
        One line for each fund, year and kind: limit and spent, in the currency of the fund; and where more is spent than
        there is.
    """
    budget = city.budget
    assert budget is not None
    catalogue = actions_for(city)
    lines, faults = [], []
    for key, fund in budget.funds.items():
        rate = _rate(budget, fund.currency or budget.currency)
        for at, year in enumerate(budget.years):
            spent = {"capital": 0.0, "recurrent": 0.0}
            for item in plan.to_dict("records"):
                if item["fund"] != key:
                    continue
                one = catalogue[item["action"]]
                if item["start_year"] == year:
                    spent["capital"] += item["units"] * _middle(one.capital_usd) * rate
                if item["start_year"] + one.lead_months // MONTHS <= year:
                    spent["recurrent"] += item["units"] * _middle(one.om_usd_per_year) * rate
            for kind, limit in (("capital", fund.capital[at]), ("recurrent", fund.recurrent[at])):
                room = CENT * rate + PER_CENT_OF_CENT * limit
                lines.append({"year": year, "fund": key, "kind": kind, "limit": limit, "spent": spent[kind]})
                if spent[kind] > limit + room:
                    faults.append(_too_much(key, (spent[kind], limit), f"({kind}) in {year}"))
        later = sum(
            item["units"] * _middle(catalogue[item["action"]].om_usd_per_year) * rate
            for item in plan.to_dict("records")
            if item["fund"] == key
        )
        limit = fund.recurrent[-1]
        if later > limit + CENT * rate + PER_CENT_OF_CENT * limit:
            faults.append(
                _too_much(key, (later, limit), f"(recurrent) in every year after {budget.years[-1]}")
            )
    return lines, faults


def _too_much(fund: str, money: tuple[float, float], when: str) -> str:
    """Return the line of a fund that spends more than it has."""
    spent, has = money
    return (
        f"plan: fund '{fund}' spends {spent:,.0f} {when} and has {has:,.0f}. "
        "The plan is not published; please report this with the city file."
    )


def _rate(budget: Budget, currency: str) -> float:
    """Return the units of a currency for one dollar."""
    if currency == "USD":
        return 1.0
    found = budget.khr_per_usd if currency == "KHR" and budget.khr_per_usd else budget.per_usd
    assert found is not None, "the budget was read with a rate for each of its currencies"
    return found


def _middle(cost: tuple[float, float]) -> float:
    """Return the middle of a range."""
    return cost[0] + (cost[1] - cost[0]) / 2


def rule_faults(city: City, plan: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    """Return where a plan breaks a rule of the catalogue or the mandate of a fund.

    Parameters
    ----------
    city
        With a budget.
    plan
        ``plan.parquet``.
    table
        Observations.
    """
    catalogue = actions_for(city)
    items = plan.to_dict("records")
    whole = str(city.place.code)
    faults = [
        *_mandate(city, catalogue, items),
        *_years(city, catalogue, items),
        *_before(city, catalogue, items, table),
        *_apart(catalogue, items, whole),
        *_room(catalogue, items),
        *_spaced(catalogue, plan),
    ]
    return [
        f"plan: {fault} The plan is not published; please report this with the city file." for fault in faults
    ]


def _mandate(city: City, catalogue: Mapping[str, Action], items: list[dict[Any, Any]]) -> Iterator[str]:
    """Yield items paid by a fund that may not."""
    assert city.budget is not None
    for item in items:
        one, fund = catalogue[item["action"]], city.budget.funds[item["fund"]]
        if fund.tier not in {one.tier, one.partner}:
            yield f"{item['item']} ({one.id}) is paid by '{item['fund']}', a fund of tier {fund.tier}."
        if fund.only and one.programme not in fund.only:
            yield f"{item['item']} ({one.id}) is paid by '{item['fund']}', which pays for {', '.join(fund.only)} only."


def _years(city: City, catalogue: Mapping[str, Action], items: list[dict[Any, Any]]) -> Iterator[str]:
    """Yield items that start outside the plan, or are ready at another time than their lead says."""
    assert city.budget is not None
    for item in items:
        one = catalogue[item["action"]]
        if item["start_year"] not in city.budget.years:
            yield f"{item['item']} ({one.id}) starts in {item['start_year']}, outside the plan."
        if item["ready_year"] != item["start_year"] + one.lead_months // MONTHS:
            yield f"{item['item']} ({one.id}) is ready in {item['ready_year']} after {one.lead_months} months."
        if item["action"] in city.plan.without or (city.plan.actions and not _asked(city, catalogue, one.id)):
            yield f"{item['item']} ({one.id}) is an action the council did not ask for."


def _asked(city: City, catalogue: Mapping[str, Action], key: str) -> bool:
    """Tell whether an action is asked for, or needed by one that is."""
    waiting, seen = list(city.plan.actions), set()
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            waiting += catalogue[one].requires
    return key in seen


def _before(
    city: City, catalogue: Mapping[str, Action], items: list[dict[Any, Any]], table: pd.DataFrame
) -> Iterator[str]:
    """Yield items whose prerequisite is neither there nor in the plan by their year, in their place or for the city."""
    whole = str(city.place.code)
    started: dict[tuple[str, str], int] = {}
    for item in items:
        at = (item["action"], item["place"])
        started[at] = min(started.get(at, item["start_year"]), item["start_year"])
    for item in items:
        for key in catalogue[item["action"]].requires:
            if key in city.plan.has or _has(catalogue[key], item["place"], table):
                continue
            known = [
                year
                for (action, place), year in started.items()
                if action == key and _meets(place, item["place"], whole)
            ]
            if not known or min(known) > item["start_year"]:
                yield f"{item['item']} ({item['action']}) starts without '{key}', which it needs."


def _meets(place: str, other: str, whole: str) -> bool:
    """Tell whether what is done in one place is there for another."""
    return place in {other, whole} or other == whole


def _has(one: Action, place: str, table: pd.DataFrame) -> bool:
    """Tell whether at least half of a place's people have what an action brings."""
    if one.indicator is None or indicators()[one.indicator].unit != "%":
        return False
    rows = table[
        (table["place"] == place) & (table["indicator"] == one.indicator) & (table["group"] == "all")
    ]
    values = rows.sort_values("period")["value"].dropna()
    if values.empty:
        return False
    last = float(values.iloc[-1])
    return (last if indicators()[one.indicator].better == "higher" else 2 * HALF - last) >= HALF


def _apart(catalogue: Mapping[str, Action], items: list[dict[Any, Any]], whole: str) -> Iterator[str]:
    """Yield actions in one place that the catalogue does not allow together, and more units than it allows."""
    at: dict[str, set[str]] = {}
    units: dict[str, float] = {}
    for item in items:
        at.setdefault(item["place"], set()).add(item["action"])
        units[item["action"]] = units.get(item["action"], 0.0) + item["units"]
    for place, keys in at.items():
        for key in sorted(keys):
            for other in catalogue[key].excludes:
                if other in keys:
                    yield f"'{key}' and '{other}' are both in {place}, and one excludes the other."
    for key, n in units.items():
        most = catalogue[key].max_units
        everywhere = {item["place"] for item in items if item["action"] == key} <= {whole}
        if most is not None and n > most and (everywhere or catalogue[key].effect == "coverage"):
            yield f"{n:g} of '{key}' are planned, and a city takes {most}."


def _room(catalogue: Mapping[str, Action], items: list[dict[Any, Any]]) -> Iterator[str]:
    """Yield items that promise more people than their units have room for."""
    for item in items:
        one = catalogue[item["action"]]
        if one.capacity is not None and item["people"] > item["units"] * one.capacity + PERSON:
            most = item["units"] * one.capacity
            yield f"{item['item']} ({one.id}) serves {item['people']:,.0f} people and has room for {most:,.0f}."


def _spaced(catalogue: Mapping[str, Action], plan: pd.DataFrame) -> Iterator[str]:
    """Yield two of an action that are nearer to each other than it allows."""
    for key, mine in plan[plan["site"] != ""].groupby("action"):
        least = catalogue[str(key)].min_spacing_m
        x, y = mine["x"].to_numpy(np.float64), mine["y"].to_numpy(np.float64)
        off = np.hypot(x[:, None] - x, y[:, None] - y) + np.where(np.eye(len(mine)) > 0, np.inf, 0.0)
        for one, other in zip(*np.nonzero(off < least - METRE), strict=True):
            if one < other:
                items = mine["item"].to_numpy()
                pair = f"{items[one]} and {items[other]} ({key})"
                yield f"{pair} are {off[one, other]:.0f} m apart, and {least:.0f} m is the least."
