"""The plan on the page for a browser: when works start, money by year, every project."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from citiesforall.core.action import actions
from citiesforall.report.numbers import tell, told
from citiesforall.report.page_markup import Cell, details, esc, paragraph, table
from citiesforall.report.page_parts import DASH, Scene
from citiesforall.report.page_values import rows_of

LARGEST_BAR = 100
"""Bars of the time line have this length at most. [%]"""


def plan(scene: Scene) -> str:
    """Return the plan: what it costs, when works start, money and every project; or why there is none."""
    if "plan/plan" not in scene.evidence.tables:
        return paragraph(told("page.plan.nothing", scene.lang))
    rows = scene.table("plan/plan")
    if rows.empty:
        return paragraph(told("page.plan.nothing_chosen", scene.lang))
    said = scene.evidence.said.get("plan", {})
    lead = tell(
        "page.plan.lead",
        scene.lang,
        count=f"{len(rows):,}",
        capital=f"{rows['capital_usd'].sum():,.0f}",
        running=f"{rows['om_usd'].sum():,.0f}",
        proof=told(f"plan.proof.{said.get('status', 'unknown')}", scene.lang),
    ).text
    grade = str(said.get("budget_grade", ""))
    budget = paragraph(told(f"plan.budget_grade.{grade}", scene.lang), "note") if grade else ""
    money = details(told("page.plan.money", scene.lang), _money(scene))
    return (
        paragraph(lead, "lead")
        + budget
        + '<div id="plan-map"></div>'
        + _time_line(rows, scene)
        + money
        + details(told("page.plan.all", scene.lang), _projects(rows, scene))
    )


def programme_of(action: str) -> str:
    """Return the programme of an action; empty where the catalogue no longer has it."""
    known = actions().get(action)
    return known.programme if known else ""


def _time_line(rows: pd.DataFrame, scene: Scene) -> str:
    """Return a table of kinds of projects by the year they start, each cell with a bar of its capital."""
    lang = scene.lang
    years = sorted(
        {int(year) for year in scene.evidence.said.get("plan", {}).get("years", [])} | set(rows["start_year"])
    )
    sums: dict[tuple[str, int], list[float]] = {}
    for action, year, usd in zip(
        *(rows[name] for name in ("action", "start_year", "capital_usd")), strict=True
    ):
        sums.setdefault((str(action), int(year)), []).append(float(usd))
    most = max(map(sum, sums.values())) or 1.0
    heads = "".join(f'<th scope="col">{year}</th>' for year in years)
    body = []
    order = sorted(rows["action"].unique(), key=lambda one: (programme_of(one), one))
    for programme in dict.fromkeys(map(programme_of, order)):
        title = told(f"plan.programme.{programme}", lang) if programme else ""
        body.append(
            f'<tr class="part"><th scope="rowgroup" colspan="{len(years) + 1}">{esc(title)}</th></tr>'
        )
        for action in (one for one in order if programme_of(one) == programme):
            cells = "".join(_span(sums, action, year, most, lang) for year in years)
            name = esc(told(f"action.{action}.title", lang))
            body.append(f'<tr data-action="{esc(action)}"><th scope="row">{name}</th>{cells}</tr>\n')
    caption = esc(told("page.plan.time_line", lang))
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{caption}">'
        f'<table id="time-line"><caption>{caption}</caption>'
        f'<thead><tr><th scope="col">{esc(told("page.plan.action", lang))}</th>{heads}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _span(sums: Mapping[tuple[str, int], list[float]], action: str, year: int, most: float, lang: str) -> str:
    """Return what of an action starts in a year."""
    if (action, year) not in sums:
        return "<td></td>"
    capital, n = sum(sums[action, year]), len(sums[action, year])
    width = max(1, round(LARGEST_BAR * capital / most))
    label = esc(told("page.plan.items", lang).format(count=n))
    bar = (
        f'<svg class="bar" viewBox="0 0 {LARGEST_BAR} 6" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{width}" height="6"/></svg>'
    )
    return f"<td>{bar}{capital:,.0f}<small>{label}</small></td>"


def _money(scene: Scene) -> str:
    """Return limit, spent and left by year, fund and kind."""
    rows, lang = scene.table("plan/plan_money"), scene.lang
    heads = [
        scene.head(f"plan.{one}", "number" * (one in {"limit", "spent", "left"}))
        for one in ("year", "fund", "tier", "kind", "limit", "spent", "left")
    ]
    cells = [
        [
            Cell(str(row["year"]), float(row["year"]), is_head=True),
            Cell(str(row["fund"])),
            Cell(told(f"plan.tier.{row['tier']}", lang)),
            Cell(told(f"plan.kind.{row['kind']}", lang)),
            *(_usd(row[f"{one}_usd"]) for one in ("limit", "spent", "left")),
        ]
        for row in rows_of(rows)
    ]
    return table(told("page.plan.money", lang), heads, cells, name="money-table", tools=True)


def _usd(value: float, low: float = math.nan, high: float = math.nan) -> Cell:
    """Return money as a cell, with its range where it has one."""
    below = f"{low:,.0f}{DASH}{high:,.0f}" if low < high else ""
    return Cell(f"{value:,.0f}", float(value), below=below, kind="number")


def _projects(rows: pd.DataFrame, scene: Scene) -> str:
    """Return every project of the plan."""
    numbers = {"capital", "running", "people"}
    heads = [
        scene.head(f"plan.{one}", "number" * (one in numbers))
        for one in ("project", "start", "ready", "capital", "running", "people", "fund", "tier", "grade")
    ]
    heads.insert(1, scene.head("table.place"))
    cells = [_project(row, scene) for row in rows_of(rows)]
    return table(told("page.plan.all", scene.lang), heads, cells, name="plan-table", tools=True)


def _project(row: Mapping[str, Any], scene: Scene) -> list[Cell]:
    """Return the cells of one project."""
    lang = scene.lang
    place = scene.names.get(str(row["place"]), str(row["place"]))
    return [
        Cell(told(f"action.{row['action']}.title", lang), below=str(row["item"]), is_head=True),
        Cell(place),
        Cell(str(row["start_year"]), float(row["start_year"])),
        Cell(str(row["ready_year"]), float(row["ready_year"])),
        _usd(row["capital_usd"], row["capital_low_usd"], row["capital_high_usd"]),
        _usd(row["om_usd"], row["om_low_usd"], row["om_high_usd"]),
        _usd(row["people"], row["people_low"], row["people_high"]),
        Cell(str(row["fund"])),
        Cell(told(f"plan.tier.{row['tier']}", lang)),
        Cell(told(f"plan.grade.{row['grade']}", lang)),
    ]


def spots(scene: Scene) -> list[list[Any]]:
    """Return what the map of the plan shows: x, y in metres, action, place, year in service, item, size.

    Parameters
    ----------
    scene
        What every part reads.
    """
    rows = scene.table("plan/plan")
    if rows.empty:
        return []
    columns = ("x", "y", "action", "place", "ready_year", "item", "capital_usd")
    return [list(one) for one in zip(*(rows[name].tolist() for name in columns), strict=True)]
