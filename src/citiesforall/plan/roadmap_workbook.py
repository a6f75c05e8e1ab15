"""The roadmap as a workbook in one language: cover, five-year matrix, rolling programme, annual budget, results, monitoring."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
from openpyxl.packaging.core import DocumentProperties

from citiesforall.core.budget import weights_of
from citiesforall.plan import roadmap_sheets as sheets
from citiesforall.plan.money_words import DOLLAR
from citiesforall.plan.roadmap_money_sheets import write_budget, write_matrix, write_programme, write_works
from citiesforall.plan.roadmap_result_sheets import write_monitoring, write_results
from citiesforall.plan.roadmap_sheets import A4, WHOLE, Cached, Column, Sheet, Table
from citiesforall.plan.roadmap_tables import KINDS, Roadmap, local_rate, span
from citiesforall.plan.roadmap_words import Speech, city_name, money_words, project_name, prose, said_by, says
from citiesforall.workbook import style

SIGNED = ("prepared", "checked", "approved")
CENTS_BELOW = 10.0
"""Costs of a unit below it are said with their cents. [US$]"""
IN_DOLLARS = "_usd"
LABEL_WIDTH = 38
"""Of the first column of the cover. [characters]"""


def write_roadmap(path: Path, road: Roadmap, speech: Speech) -> Path:
    """Write the workbook.

    Parameters
    ----------
    path
        Where it goes.
    road
        The tables.
    speech
        Language, names of places and funds.

    Returns
    -------
    Path
        The file, whose bytes depend on its contents alone.
    """
    book = openpyxl.Workbook()
    cached: Cached = {}
    makers: dict[str, Callable[[Sheet, Roadmap, Speech], None]] = {
        "about": _about, "matrix": write_matrix, "programme": write_programme, "works": write_works, "budget": write_budget,
        "results": write_results, "monitoring": write_monitoring, "safeguards": _safeguards,
    }  # fmt: skip
    for key in makers:
        page = book.active if key == "about" else book.create_sheet()
        page.title = says(speech, "sheet", key)
    # The budget refers to the last row of the projects, so these are written before it.
    for key, make in makers.items():
        make(Sheet(book[says(speech, "sheet", key)], cached), road, speech)
    book.move_sheet(says(speech, "sheet", "works"), 1)
    book.properties = DocumentProperties(
        creator="citiesforall",
        title=says(speech, "heading", "about", city_name(road.city, speech), span(road)),
    )
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_bytes(sheets.saved(book, cached))
    half.replace(path)
    return path


def _about(sheet: Sheet, road: Roadmap, speech: Speech) -> None:
    """Write the cover: what this is, how much money, how it was found, who signs."""
    plan, budget = road.plan, road.plan.budget
    sheets.title(sheet, says(speech, "heading", "about", city_name(road.city, speech), span(road)), 3)
    if road.city.place.invented:
        sheets.remark(sheet, says(speech, "label", "invented"), 3, warn=True)
    if budget.grade == "assumed":
        sheets.remark(sheet, says(speech, "budget_grade", "assumed"), 3, warn=True)
    if not len(plan.items):
        sheets.remark(sheet, prose(speech, "remark", "nothing"), 3, warn=True)
    sheet.row += 1
    for label, value, form in _facts(road, speech):
        style.text_box(sheet.page.cell(sheet.row, 1), [_label(speech, label)], bold=True)
        cell = sheet.page.cell(sheet.row, 2)
        style.text_box(cell, [value])
        cell.number_format = form or "General"
        cell.alignment = openpyxl.styles.Alignment(
            wrap_text=True, vertical="center", horizontal="left", indent=1
        )
        heights = (
            style.height([str(value)], 90),
            style.height([_label(speech, label)], sheets.ROOM * LABEL_WIDTH),
        )
        sheet.page.row_dimensions[sheet.row].height = max(heights)
        sheet.row += 1
    sheet.row += 1
    for key in ("services", "indicative", "recurrent", "interval"):
        sheets.remark(sheet, prose(speech, "remark", key), 3)
    sheet.row += 1
    for key in SIGNED:
        style.text_box(sheet.page.cell(sheet.row, 1), [says(speech, "label", key)], bold=True)
        style.input_box(sheet.page.cell(sheet.row, 2))
        sheet.page.row_dimensions[sheet.row].height = 34
        sheet.row += 1
    sheets.finish(sheet, (LABEL_WIDTH, 92, 4), "", A4, speech.lang)


def _label(speech: Speech, label: str) -> str:
    """Return what stands before a fact."""
    said = says(speech, "label", label.removesuffix(IN_DOLLARS))
    return f"{said} ({says(speech, 'column', 'usd')})" if label.endswith(IN_DOLLARS) else said


def _facts(road: Roadmap, speech: Speech) -> list[tuple[str, Any, str]]:
    """Return what the cover says: label, value, number format."""
    budget, choices = road.plan.budget, road.city.plan
    currency, rate = local_rate(budget)
    words, form = money_words(speech, currency)
    money = {kind: float(road.matrix[f"{kind}_local"].sum()) for kind in KINDS}
    proof = str(road.proof.get("status", ""))
    gap = road.proof.get("gap")
    facts: list[tuple[str, Any, str]] = [
        ("city", f"{city_name(road.city, speech)} ({road.city.place.code})", ""),
        ("years", span(road), ""),
        ("source", says(speech, "budget_grade", budget.grade), ""),
        ("rate", f"1 US$ = {rate:,.6g} {currency}", ""),
        ("prices", prose(speech, "remark", "prices"), ""),
        ("projects", int(road.matrix["number"].max()) if len(road.matrix) else 0, WHOLE),
    ]
    for kind in KINDS:
        facts.append((kind, money[kind], f'{form.partition(";")[0]} "{words}"'))
        if currency != DOLLAR:
            usd = float(road.paid.loc[road.paid["kind"] == kind, "usd"].sum())
            facts.append((f"{kind}{IN_DOLLARS}", usd, f'"US$"{WHOLE}'))
    facts += [
        ("aim", says(speech, "objective", choices.objective), ""),
        (
            "weights",
            ", ".join(says(speech, "weight", k, f"x {v:g}") for k, v in weights_of(choices).items()),
            "",
        ),
    ]
    once = road.proof.get("people_once")
    if isinstance(once, int | float):
        facts.append(("people", float(once), f'"≥ "{WHOLE}'))
    if proof in {"optimal", "feasible", "infeasible", "unknown"}:
        facts.append(("proof", says(speech, "proof", proof), ""))
    if isinstance(gap, int | float) and np.isfinite(gap):
        facts.append(("gap", float(gap), "0.00 %"))
    return facts


def _safeguards(sheet: Sheet, road: Roadmap, speech: Speech) -> None:
    """Write what to watch with each action of the plan: women, land, and how far its cost can be trusted."""
    chosen = [road.plan.actions[key] for key in dict.fromkeys(road.matrix["action"])]

    def head(key: str) -> str:
        return says(speech, "column", key)

    columns = [
        Column(head("project"), 32, [project_name(speech, one) for one in chosen]),
        Column(head("gender"), 12, [says(speech, "gender_effect", str(one.gender_effect)) for one in chosen]),
        Column(head("guard"), 46, [prose(speech, "gender", one.gender) for one in chosen]),
        Column(head("land"), 12, [says(speech, "risk", one.resettlement_risk) for one in chosen]),
        Column(head("guard"), 46, [prose(speech, "safeguard", one.resettlement_risk) for one in chosen]),
        Column(head("unit_cost"), 20, [_ends(one.capital_usd) for one in chosen]),
        Column(head("om"), 18, [_ends(one.om_usd_per_year) for one in chosen]),
        Column(head("said_by"), 34, [said_by(speech, one) for one in chosen]),
    ]
    sheets.title(sheet, says(speech, "heading", "safeguards"), len(columns))
    sheets.table(sheet, Table(columns))
    sheets.finish(sheet, [one.width for one in columns], f"B{sheet.heads[0] + 1}", A4, speech.lang)


def _ends(ends: tuple[float, float]) -> str:
    """Return a range of dollars."""
    low, high = (
        f"{value:,.0f}" if value >= CENTS_BELOW or value == round(value) else f"{value:,.2f}"
        for value in ends
    )
    return low if ends[0] == ends[1] else f"{low} - {high}"
