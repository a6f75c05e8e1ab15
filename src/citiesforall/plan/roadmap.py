"""The roadmap of a plan: five-year matrix, rolling programme, annual budget, results and monitoring, in Khmer and English."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from citiesforall.core.action import actions_for
from citiesforall.core.indicator import indicators
from citiesforall.core.inputs import Inputs
from citiesforall.core.notes import Note
from citiesforall.core.tables import OBSERVATIONS, read_parquet, write_csv, write_parquet
from citiesforall.plan.roadmap_results import WHOLE, monitoring_table, results_framework
from citiesforall.plan.roadmap_tables import (
    Plan,
    Roadmap,
    annual_budget,
    development_plan,
    investment_programme,
    local_rate,
    money_doubts,
    ordered,
    yearly,
)  # fmt: skip
from citiesforall.plan.roadmap_words import Speech
from citiesforall.plan.roadmap_workbook import write_roadmap
from citiesforall.text import say_key

LANGS = ("km", "en")
PLAN, MONEY, AFTER, PROOF = "plan.parquet", "plan_money.parquet", "after.parquet", "plan.json"
WHERE = "roadmap"


def make_roadmap(given: Inputs, folder: Path) -> dict[str, Any]:
    """Write the roadmap of a plan beside it.

    Parameters
    ----------
    given
        The city, with the steps ``places`` and ``measure``.
    folder
        Where ``plan.parquet``, ``plan_money.parquet``, ``after.parquet`` and ``plan.json`` are; what is made goes there too.

    Returns
    -------
    dict
        ``notes``, ``files``, and ``projects``, ``capital_usd``, ``recurrent_usd``, ``results`` as counted here.

    Notes
    -----
    Files: ``roadmap_km.xlsx``, ``roadmap_en.xlsx``, and as CSV and Parquet ``development_plan``, ``investment_programme``,
    ``annual_budget``, ``results_framework``, ``monitoring``. Forms follow the planning cycle of sub-national
    administrations [ncdd_planning_cambodia]. Money is counted from the items again; where it is not what the plan says it
    spent, a note doubts it.
    """
    if given.city.budget is None or not (folder / PLAN).is_file():
        return {"notes": [Note(WHERE, "there is no plan, so no roadmap.").as_dict()], "files": []}
    road = _tables(given, folder)
    tables = {
        "development_plan": _titled(road.matrix),
        "investment_programme": _titled(road.programme),
        "annual_budget": road.budget,
        "results_framework": _titled(road.results),
        "monitoring": monitoring_table(road.results, road.plan.budget.years),
    }
    for name, table in tables.items():
        write_parquet(table, folder / f"{name}.parquet")
        write_csv(table, folder / f"{name}.csv")
    books = [
        write_roadmap(
            folder / f"roadmap_{lang}.xlsx", road, Speech(lang, _names(given, lang), road.plan.budget)
        ).name
        for lang in LANGS
    ]
    notes = [
        *money_doubts(road.plan, road.budget),
        *_beyond(_observations(folder / AFTER)),
        _figure(road),
    ]
    spent = road.paid.groupby("kind")["usd"].sum()
    return {
        "notes": [note.as_dict() for note in notes],
        "files": [*books, *(f"{name}.csv" for name in tables)],
        "projects": int(road.matrix["number"].nunique()),
        "capital_usd": float(spent.get("capital", 0.0)),
        "recurrent_usd": float(spent.get("recurrent", 0.0)),
        "results": len(road.results),
    }


def _tables(given: Inputs, folder: Path) -> Roadmap:
    """Read the plan and make every table of the roadmap."""
    assert given.city.budget is not None
    plan = Plan(
        read_parquet(folder / PLAN), read_parquet(folder / MONEY), given.city.budget, actions_for(given.city)
    )
    years = plan.budget.years
    items = ordered(plan)
    paid = yearly(plan, items)
    before = _observations(given.file("measure", "observations.parquet"))
    after = _observations(folder / AFTER)
    return Roadmap(
        given.city, plan, development_plan(items, paid, years), investment_programme(items, paid, years),
        annual_budget(plan, paid), paid,
        results_framework(items, plan.actions, before, after, years, given.city.place.code), _proof(folder / PROOF),
    )  # fmt: skip


def _observations(path: Path | None) -> pd.DataFrame:
    """Return observations, none where there is no file."""
    return (
        read_parquet(path)
        if path is not None and path.is_file()
        else pd.DataFrame(columns=list(OBSERVATIONS))
    )


def _proof(path: Path) -> Mapping[str, Any]:
    """Return what the plan says of its proof, nothing where it says none."""
    said: Mapping[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    inner = said.get("proof")
    return inner if isinstance(inner, dict) else said


def _names(given: Inputs, lang: str) -> dict[str, str]:
    """Return the names of the places in a language; the Latin name where there is no Khmer one."""
    path = given.file("places", "places.parquet")
    place = given.city.place
    own = (place.name_km or place.name) if lang == "km" else place.name
    if path is None:
        return {place.code: own}
    table = pd.read_parquet(path, columns=["place", "name", "name_km"])
    name = table["name_km"].where(table["name_km"].notna(), table["name"]) if lang == "km" else table["name"]
    return dict(zip(table["place"], name.astype(str), strict=True)) | {place.code: own}


def _titled(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with the titles of its actions or indicators in both languages."""
    told = table.copy()
    for column, known in (("action", None), ("indicator", indicators())):
        if column not in told or (known is None and "indicator" in told):
            continue
        for lang in ("en", "km"):
            told[f"title_{lang}"] = [say_key(f"{column}.{key}.title", lang) for key in told[column]]
    return told


def _figure(road: Roadmap) -> Note:
    """Return what the roadmap comes to, in a sentence."""
    currency, _ = local_rate(road.plan.budget)
    total, usd = float(road.paid["local"].sum()), float(road.paid["usd"].sum())
    years, n = road.plan.budget.years, road.matrix["number"].nunique()
    return Note(
        WHERE,
        f"{n} projects of {len(road.matrix)} items, {total:,.0f} {currency} (US${usd:,.0f}) from {years[0]} to {years[-1]}; "
        f"{len(road.results)} results to follow. Budget: {road.plan.budget.grade}.",
    )


def _beyond(after: pd.DataFrame) -> list[Note]:
    """Return a doubt where the changed city has more than all people."""
    share = [key in indicators() and indicators()[key].unit == "%" for key in after["indicator"]]
    n = int((after["value"][share] > WHOLE).sum()) if len(after) else 0
    said = f"{n} values measured on the planned city are above 100 % of people. Targets stop at 100 %."
    return [Note(WHERE, said, "doubt")] if n else []
