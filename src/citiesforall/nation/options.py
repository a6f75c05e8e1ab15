"""Policy options: the actions that plans chose for each common challenge, their cost, whom they reach, what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.inputs import remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import write_csv, write_parquet
from citiesforall.nation.capacity import capacity_table, capacity_totals
from citiesforall.nation.exact import STEP, rounded
from citiesforall.nation.gaps import gaps_table
from citiesforall.nation.given import NationInputs
from citiesforall.nation.options_plans import (
    AMOUNTS,
    CityPlan,
    all_rows,
    as_table,
    joined,
    judged_of,
    plans_of,
    some_few,
    withheld,
)
from citiesforall.nation.options_scaled import scaled_tables

Floats = npt.NDArray[np.float64]

OPTIONS = (
    "challenge", "action", "plans", "plans_all", "units", "unit", "capital_usd", "capital_low_usd", "capital_high_usd",
    "om_usd", "om_low_usd", "om_high_usd", "people", "people_low", "people_high", "grade", "status", "note",
    "capital_alone_low_usd", "capital_alone_high_usd",
)  # fmt: skip
MONEY = (
    "challenge",
    "action",
    "tier",
    "fund",
    "capital_usd",
    "low",
    "high",
    "om_usd",
    "fund_tier",
    "plans",
    "note",
)
TOTALS = (
    "challenge", "plans", "plans_all", "capital_usd", "capital_low_usd", "capital_high_usd", "om_usd", "om_low_usd",
    "om_high_usd", "people_least", "people_most", "grade", "status", "note",
)  # fmt: skip
TEXTS = frozenset({"challenge", "action", "unit", "grade", "status", "note", "tier", "fund", "fund_tier"})
JUDGEMENT = "C"
"""Grade of costs that are our judgement: what rests on them is an estimate."""


def make_options(given: NationInputs, folder: Path) -> dict[str, Any]:
    """Add up what plans chose for each common challenge, and say what no plan answers.

    Parameters
    ----------
    given
        With members and, where they were made, ``common`` and ``kinds``.
    folder
        Where ``options``, ``options_money``, ``options_totals``, ``scaled``, ``scaled_totals``, ``gaps``, ``capacity`` and
        ``capacity_totals`` go, Parquet and CSV.

    Returns
    -------
    dict
        ``notes``; ``plans``, the cities whose plans count; ``invented``, whether they are made up.

    Notes
    -----
    A price of the catalogue that is wrong is wrong in every city. So low ends are added to low ends and high ends to high ends;
    ``capital_alone_*`` is the interval if every city erred on its own. People of one service are counted once inside a plan;
    of several services of one challenge they may be the same people: the largest service is the fewest, their sum the most.
    """
    plans, judged = plans_of(given), judged_of(given)
    members = given.table("members", "members")
    if members is None:
        members = _members_of(plans)
    rows = all_rows(plans)
    invented = bool(plans) and all(plan.city.invented for plan in plans)
    word = "invented" if invented else ""
    hide = given.nation.choices.hide_below
    capacity = capacity_table(given, members)
    scaled, scaled_totals = scaled_tables(given, plans, judged, members)
    tables = {
        "options": options_table(rows, len(plans), hide, word),
        "options_money": money_table(rows, word),
        "options_totals": totals_table(rows, len(plans), hide, word),
        "scaled": scaled,
        "scaled_totals": scaled_totals,
        "capacity": capacity,
        "capacity_totals": capacity_totals(capacity, members, given.nation.place.code),
        "gaps": gaps_table(given, plans, judged, members, capacity),
    }
    for name, table in tables.items():
        write_parquet(table, folder / f"{name}.parquet")
        write_csv(table, folder / f"{name}.csv")
    return remember(_notes(plans, members), [], plans=[plan.city.code for plan in plans], invented=invented)


def _members_of(plans: Sequence[CityPlan]) -> pd.DataFrame:
    """Return a table of members that holds the planned cities alone, where the step was not made."""
    return pd.DataFrame(
        [
            {
                "member": plan.member, "name": plan.member, "level": "city", "parent": plan.city.parent, "city": plan.city.code,
                "place": plan.city.code, "kind": plan.city.kind, "part_of": plan.city.part_of,
                "invented": plan.city.invented, "people": np.nan,
            }
            for plan in plans
        ],
        columns=["member", "name", "level", "parent", "city", "place", "kind", "part_of", "invented", "people"],
    )  # fmt: skip


def _notes(plans: Sequence[CityPlan], members: pd.DataFrame) -> list[Note]:
    """Return what is said of the step as a whole."""
    notes = [
        Note(
            "options",
            f"{len(plans)} of {len(members)} members have a plan; sums of money are of these alone.",
        )
    ]
    assumed = [plan.city.code for plan in plans if plan.said.get("budget_grade") == "assumed"]
    if assumed:
        notes.append(Note("options", f"the budget is assumed in: {', '.join(assumed)}.", "doubt"))
    if any(plan.city.invented for plan in plans):
        notes.append(Note("options", "plans of invented cities: they show how, not how much.", "doubt"))
    return notes


def options_table(rows: pd.DataFrame, plans_all: int, hide_below: int, word: str = "") -> pd.DataFrame:
    """Add up the plans by challenge and action.

    Parameters
    ----------
    rows
        Rows of all plans.
    plans_all
        Number of plans.
    hide_below
        Counts of people below this are withheld.
    word
        Of the note of every row.

    Returns
    -------
    pandas.DataFrame
        Columns `OPTIONS`, sorted by challenge, and inside by capital, the dearest first.
    """
    out = []
    for (challenge, action), part in rows.groupby(["challenge", "action"], sort=True):
        units = sorted(set(part["unit"].astype(str)))
        services = part.groupby("member")["service"].nunique()
        sums = {name: _sum(part[name]) for name in AMOUNTS}
        low, high = alone(part)
        notes = [
            word,
            "several_services" if (services > 1).any() else "",
            "units_differ" if len(units) > 1 else "",
        ]
        out.append(
            {
                "challenge": challenge, "action": action, "plans": part["member"].nunique(), "plans_all": plans_all, **sums,
                "units": sums["units"] if len(units) == 1 else np.nan, "unit": units[0] if len(units) == 1 else "",
                "grade": part["grade"].max(), "status": status_of(part["grade"].max()), "note": joined(notes),
                "capital_alone_low_usd": low, "capital_alone_high_usd": high,
            }
        )  # fmt: skip
    table = as_table(out, OPTIONS, TEXTS)
    table = table.sort_values(
        ["challenge", "capital_usd", "action"], ascending=[True, False, True], ignore_index=True
    )
    return _hidden(table, hide_below)


def _hidden(table: pd.DataFrame, limit: int) -> pd.DataFrame:
    """Withhold small counts of people, and what would give them away."""
    hidden = np.zeros(len(table), bool)
    for _, part in table.groupby("challenge"):
        hidden[part.index] = withheld(part["people"].to_numpy(np.float64), limit)
    blank = {name: table[name].where(~hidden) for name in ("people", "people_low", "people_high")}
    note = [
        joined([*str(one).split(), "people_withheld" if hide else ""])
        for one, hide in zip(table["note"], hidden, strict=True)
    ]
    return table.assign(**blank, note=pd.Series(note, index=table.index, dtype=table["note"].dtype))


def status_of(grade: str) -> str:
    """Return the status of what rests on costs of a grade."""
    return "estimated" if grade == JUDGEMENT else "ok"


def _sum(amounts: pd.Series) -> float:
    """Add amounts that are rounded already: the same in any order."""
    return float(amounts.sum(skipna=False))


def alone(part: pd.DataFrame) -> tuple[float, float]:
    """Return the interval of the capital if the unit costs of every city erred on their own.

    Parameters
    ----------
    part
        Rows of plans, with ``member``.

    Returns
    -------
    tuple
        Low and high: the middle less and plus the root of the sum of squares of the cities' half-widths. [US$]
    """
    of = part.groupby("member")[["capital_usd", "capital_low_usd", "capital_high_usd"]].sum()
    middle = float(of["capital_usd"].sum())
    below = float(np.sqrt(((of["capital_usd"] - of["capital_low_usd"]) ** 2).sum()))
    above = float(np.sqrt(((of["capital_high_usd"] - of["capital_usd"]) ** 2).sum()))
    low, high = rounded([middle - below, middle + above], STEP)
    return float(low), float(high)


def money_table(rows: pd.DataFrame, word: str = "") -> pd.DataFrame:
    """Add up the plans by challenge, action, tier that leads and fund that pays.

    Parameters
    ----------
    rows
        Rows of all plans, with ``fund_tier``.
    word
        Of the note of every row.

    Returns
    -------
    pandas.DataFrame
        Columns `MONEY`; its sums over tiers and funds are those of ``options``. ``fund_tier`` is who holds the fund.
    """
    keys = ["challenge", "action", "tier", "fund", "fund_tier"]
    out = [
        {
            **dict(zip(keys, map(str, key), strict=True)), "capital_usd": _sum(part["capital_usd"]),
            "low": _sum(part["capital_low_usd"]), "high": _sum(part["capital_high_usd"]), "om_usd": _sum(part["om_usd"]),
            "plans": part["member"].nunique(), "note": word,
        }
        for key, part in rows.groupby(keys, sort=True)
    ]  # fmt: skip
    return as_table(out, MONEY, TEXTS)


def totals_table(rows: pd.DataFrame, plans_all: int, hide_below: int, word: str = "") -> pd.DataFrame:
    """Add up the plans by challenge.

    Parameters
    ----------
    rows
        Rows of all plans.
    plans_all
        Number of plans.
    hide_below
        Counts of people below this are withheld.
    word
        Of the note of every row.

    Returns
    -------
    pandas.DataFrame
        Columns `TOTALS`. Inside a plan a person counts once for each service; ``people_least`` takes the largest service of a
        city, ``people_most`` the sum of its services. Neither is told where their difference would give away few people.
    """
    out = []
    for challenge, part in rows.groupby("challenge", sort=True):
        services = part.groupby(["member", "service"])["people"].sum()
        least, most = float(services.groupby("member").max().sum()), float(services.sum())
        # Largest service and sum of the services, side by side, tell what the smaller ones reach.
        few = 0 < least < hide_below or (most > least and some_few(part, hide_below))
        notes = [word, "several_services" if most > least else "", "people_withheld" if few else ""]
        grade = part["grade"].max()
        sums = {name: _sum(part[name]) for name in AMOUNTS if name.startswith(("capital", "om"))}
        out.append(
            {
                "challenge": challenge, "plans": part["member"].nunique(), "plans_all": plans_all, **sums,
                "people_least": np.nan if few else least,
                "people_most": np.nan if few else most, "grade": grade, "status": status_of(grade),
                "note": joined(notes),
            }
        )  # fmt: skip
    return as_table(out, TOTALS, TEXTS)
