"""The plan as the administration needs it: money of each year, five-year matrix, rolling programme, annual budget."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.action import Action
from citiesforall.core.budget import Budget, rate_of
from citiesforall.core.city import City
from citiesforall.core.money import usd_to_local
from citiesforall.core.notes import Note

ROLLING_YEARS = 3
"""Years an investment programme commits; later ones are indicative [ncdd_planning_cambodia]."""
CENT = 0.01
KINDS = ("capital", "recurrent")
ITEM = "item"
DIMENSIONS = ("economic", "food", "health", "environmental", "personal", "community", "political")
YEARLY = re.compile(r"^(local|capital|recurrent)_\d{4}$")
"""Columns of money of one year."""


def rows_of(table: pd.DataFrame) -> Any:
    """Return the rows of a table as named tuples; pandas' types know nothing of their fields."""
    return table.itertuples(index=False)


@dataclass(frozen=True)
class Plan:
    """Hold what a roadmap is made from.

    Parameters
    ----------
    items
        Chosen items, the columns of ``plan.parquet``.
    money
        Limits and spending, the columns of ``plan_money.parquet``.
    budget
        Of the city.
    actions
        The catalogue with the city's own figures.
    """

    items: pd.DataFrame
    money: pd.DataFrame
    budget: Budget
    actions: Mapping[str, Action]


@dataclass(frozen=True)
class Roadmap:
    """Hold the tables of a roadmap.

    Parameters
    ----------
    city, plan
        What it is of.
    matrix, programme, budget, paid, results
        From `development_plan`, `investment_programme`, `annual_budget`, `yearly`, and `roadmap_results`.
    proof
        From ``plan.json``.
    """

    city: City
    plan: Plan
    matrix: pd.DataFrame
    programme: pd.DataFrame
    budget: pd.DataFrame
    paid: pd.DataFrame
    results: pd.DataFrame
    proof: Mapping[str, Any]


def span(road: Roadmap, last: int | None = None) -> str:
    """Return first and last year: 2027-2031."""
    years = road.plan.budget.years[:last]
    return f"{years[0]}-{years[-1]}" if len(years) > 1 else str(years[0])


def local_rate(budget: Budget) -> tuple[str, float]:
    """Return the currency a roadmap shows beside US dollars, and its units for a dollar.

    Parameters
    ----------
    budget
        A budget.

    Returns
    -------
    str, float
        The budget's own currency; riel where that is the dollar and a rate of the riel is given; else the dollar.
    """
    if budget.currency == "USD" and budget.khr_per_usd:
        return "KHR", budget.khr_per_usd
    return budget.currency, rate_of(budget, budget.currency) or 1.0


def ordered(plan: Plan) -> pd.DataFrame:
    """Return the items in the order of a development plan, with the number of the project each belongs to.

    Parameters
    ----------
    plan
        A plan.

    Returns
    -------
    pandas.DataFrame
        By dimension, programme, start year, code, place and item; with ``row`` and ``number``, both from 1, and ``programme``.
        What is the same action in the same place and years from the same fund is one project: five stops of a sangkat.
    """
    table = plan.items.copy()
    table["programme"] = [plan.actions[key].programme for key in table["action"]]
    programmes = list(dict.fromkeys(one.programme for one in plan.actions.values()))
    keys = table[["start_year", "code", "place", "ready_year", "fund", "challenge", ITEM]].copy()
    keys.insert(
        0,
        "a",
        [DIMENSIONS.index(one) if one in DIMENSIONS else len(DIMENSIONS) for one in table["dimension"]],
    )
    keys.insert(1, "b", [programmes.index(one) for one in table["programme"]])
    keys["challenge"] = keys["challenge"].fillna("")
    order = keys.sort_values(list(keys.columns), kind="stable").index.to_numpy()
    table = table.loc[order].reset_index(drop=True)
    same = keys.loc[order].drop(columns=ITEM).reset_index(drop=True)
    table.insert(0, "row", np.arange(1, len(table) + 1))
    table.insert(1, "number", same.ne(same.shift()).any(axis=1).cumsum().to_numpy(np.int64))
    return table


def projects(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each project of a table of items.

    Parameters
    ----------
    table
        From `development_plan` or `investment_programme`.

    Returns
    -------
    pandas.DataFrame
        Units, people and money added up; the share of draws in which it stays is that of its least sure item; ``sites`` says
        how many sites it has, and ``site_name`` names the site of a project that has one. People of one project get the same
        service, each counted once, so they may be added.
    """
    if table.empty:
        return table.assign(sites=0)
    names = [name for name in map(str, table.columns) if name != "number"]
    added = {name for name in names if name.endswith("local") or YEARLY.search(name)} | {
        "usd",
        "units",
        "people",
    }
    how = {name: "sum" if name in added else "first" for name in names}
    how |= {"kept_share": "min"} if "kept_share" in table else {}
    told = table.groupby("number", sort=False).agg(how).reset_index()
    told["sites"] = table.groupby("number", sort=False).size().to_numpy()
    if "site_name" in told:
        told.loc[told["sites"] > 1, "site_name"] = ""
    return told


def yearly(plan: Plan, items: pd.DataFrame) -> pd.DataFrame:
    """Return what each item costs in each year of the plan.

    Parameters
    ----------
    plan
        A plan.
    items
        Its items, in order.

    Returns
    -------
    pandas.DataFrame
        ``row, number, item, fund, tier, year, kind, usd, local``: capital in the year it starts, running cost in every year in
        which it is ready; rows of no money are left out. Local money is whole units, so that sums are exact.

    Notes
    -----
    As the model pays: the whole capital in the first year, a full year's running cost from the year of readiness on.
    """
    _, rate = local_rate(plan.budget)
    rows = []
    for one in rows_of(items):
        for year in plan.budget.years:
            paid = {
                "capital": float(one.capital_usd) if year == one.start_year else 0.0,
                "recurrent": float(one.om_usd) if year >= one.ready_year else 0.0,
            }
            rows += [
                (one.row, one.number, one.item, one.fund, plan.budget.funds[one.fund].tier, year, kind, usd)
                for kind, usd in paid.items()
                if usd > 0
            ]
    table = pd.DataFrame(rows, columns=["row", "number", ITEM, "fund", "tier", "year", "kind", "usd"])
    table = table.astype({"row": "int64", "number": "int64", "year": "int64", "usd": "float64"})
    table["local"] = usd_to_local(table["usd"].to_numpy(np.float64), rate)
    return table


def development_plan(items: pd.DataFrame, paid: pd.DataFrame, years: tuple[int, ...]) -> pd.DataFrame:
    """Return the matrix of the five-year development plan, one row for each item; `projects` draws them together.

    Parameters
    ----------
    items
        In order.
    paid
        From `yearly`.
    years
        Of the plan.

    Returns
    -------
    pandas.DataFrame
        What, where, how much, when, who, for whom, and ``local_<year>`` (capital and running cost together), ``local``,
        ``usd``, ``capital_local`` and ``recurrent_local`` of the whole plan.
    """
    keep = [
        "number", ITEM, "dimension", "challenge", "programme", "action", "code", "place", "site", "site_name", "lon", "lat",
        "units", "unit", "service",
        "start_year", "ready_year", "fund", "tier", "partner", "people", "people_low", "people_high", "kept_share", "grade",
        "side", "resettlement_risk", "gender_effect", "note",
    ]  # fmt: skip
    table = items[[name for name in keep if name in items]].copy()
    for year in years:
        table[f"local_{year}"] = _sums(items, paid[paid["year"] == year], "local")
    for kind in KINDS:
        table[f"{kind}_local"] = _sums(items, paid[paid["kind"] == kind], "local")
    table["local"] = _sums(items, paid, "local")
    table["usd"] = _sums(items, paid, "usd")
    return table


def investment_programme(items: pd.DataFrame, paid: pd.DataFrame, years: tuple[int, ...]) -> pd.DataFrame:
    """Return the rolling investment programme: the next three years item by item, later years as one indicative sum.

    Parameters
    ----------
    items
        In order.
    paid
        From `yearly`.
    years
        Of the plan.

    Returns
    -------
    pandas.DataFrame
        One row for each item with ``capital_<year>`` and ``recurrent_<year>`` of the three years, ``local`` and ``usd`` of
        them, and ``later_local`` (indicative). Items that only begin later stay, with nothing in the three years.
    """
    soon = years[:ROLLING_YEARS]
    keep = [
        "number",
        ITEM,
        "programme",
        "action",
        "code",
        "place",
        "units",
        "unit",
        "start_year",
        "fund",
        "tier",
    ]
    table = items[[name for name in keep if name in items]].copy()
    for year in soon:
        of_year = paid[paid["year"] == year]
        for kind in KINDS:
            table[f"{kind}_{year}"] = _sums(items, of_year[of_year["kind"] == kind], "local")
    inside = paid["year"].isin(soon)
    table["local"] = _sums(items, paid[inside], "local")
    table["usd"] = _sums(items, paid[inside], "usd")
    table["later_local"] = _sums(items, paid[~inside], "local")
    return table


def annual_budget(plan: Plan, paid: pd.DataFrame) -> pd.DataFrame:
    """Return the money of every year by tier, fund and kind: what there is, what the plan takes, what is left.

    Parameters
    ----------
    plan
        A plan.
    paid
        From `yearly`.

    Returns
    -------
    pandas.DataFrame
        ``year, tier, fund, kind, limit_local, planned_local, left_local, limit_usd, planned_usd, left_usd``; every fund, kind
        and year, also those that pay nothing. What is planned is counted from the items, never copied.
    """
    _, rate = local_rate(plan.budget)
    key = ["year", "fund", "kind"]
    limits = plan.money.set_index(key)["limit_usd"].to_dict()
    sums = paid.groupby(key)[["usd", "local"]].sum()
    planned = dict(zip(sums.index, sums.to_numpy(np.float64).tolist(), strict=True))
    rows = []
    for year, (fund, one), kind in product(plan.budget.years, plan.budget.funds.items(), KINDS):
        limit = float(limits.get((year, fund, kind), np.nan))
        usd, local = planned.get((year, fund, kind), (0.0, 0.0))
        had = float(usd_to_local(limit, rate))
        rows.append((year, one.tier, fund, kind, had, local, had - local, limit, usd, limit - usd))
    columns = [
        "year", "tier", "fund", "kind", "limit_local", "planned_local", "left_local", "limit_usd", "planned_usd", "left_usd",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def money_doubts(plan: Plan, budget: pd.DataFrame) -> list[Note]:
    """Return where the money counted from the items is not what the plan says it spent, or more than there is.

    Parameters
    ----------
    plan
        A plan.
    budget
        From `annual_budget`.

    Returns
    -------
    list of Note
        Empty where every year, fund and kind agrees to the cent.
    """
    said = plan.money.set_index(["year", "fund", "kind"])["spent_usd"].to_dict()
    notes = []
    for row in rows_of(budget):
        spent = float(said.get((row.year, row.fund, row.kind), 0.0))
        where = f"roadmap {row.year} {row.fund} {row.kind}"
        if abs(spent - row.planned_usd) > CENT:
            notes.append(
                Note(
                    where, f"items add up to US$ {row.planned_usd:,.2f}, the plan says {spent:,.2f}.", "doubt"
                )
            )
        if row.left_usd < -CENT and not np.isnan(row.limit_usd):
            notes.append(Note(where, f"US$ {-row.left_usd:,.2f} more is planned than the fund has.", "doubt"))
    return notes


def _sums(
    items: pd.DataFrame, paid: pd.DataFrame, column: str
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the sums of the payments of each item, 0 where it has none. (items,)"""
    total = np.zeros(len(items) + 1)
    np.add.at(total, paid["row"].to_numpy(np.int64), paid[column].to_numpy(np.float64))
    return total[1:]
