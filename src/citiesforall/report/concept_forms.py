"""Annexes in the forms of the planning cycle: five-year matrix, three-year rolling programme, budget of the year; sources."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from citiesforall.report.blocks import Block, Column, Heading, Paragraph, Row, Said, Table
from citiesforall.report.concept_plan import MATRIX, title_of
from citiesforall.report.concept_words import (
    Case,
    amount,
    bare,
    body,
    fund_name,
    millions,
    money_word,
    name,
    plan_of,
    rows_of,
    source,
    span,
    tr,
    words,
)

PROGRAMME = "plan/investment_programme"
BUDGET = "plan/annual_budget"
KINDS = ("capital", "recurrent")
SOON = 3
"""Years an investment programme commits."""


@dataclass(frozen=True)
class Project:
    """Hold the items that are one line of a form: the same action in the same place and years from the same fund.

    Parameters
    ----------
    number
        As the plan's own sheets number it.
    rows
        Its items.
    """

    number: int
    rows: tuple[dict[str, Any], ...]

    @property
    def first(self) -> dict[str, Any]:
        """Return its first item."""
        return self.rows[0]


def projects(table: pd.DataFrame) -> tuple[Project, ...]:
    """Return the projects of a form, in its order.

    Parameters
    ----------
    table
        ``development_plan`` or ``investment_programme``.
    """
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows_of(table):
        found.setdefault(int(row["number"]), []).append(row)
    return tuple(Project(number, tuple(rows)) for number, rows in found.items())


def total_of(one: Project, column: str) -> float:
    """Return a column added up over the items of a project."""
    return math.fsum(float(row[column]) for row in one.rows)


def annexes(case: Case) -> tuple[Block, ...]:
    """Return the forms of the planning cycle.

    Parameters
    ----------
    case
        The city.

    Returns
    -------
    tuple of Block
        Empty without a plan.
    """
    plan = plan_of(case)
    if plan is None:
        return ()
    years = [int(year) for year in plan["years"]]
    return (
        Heading(tr(case, "chapter.forms"), 2, "forms"),
        Paragraph(tr(case, "form.lead")),
        _matrix(case, years),
        _programme(case, years[:SOON]),
        _budget(case, years[0]),
    )


def _heading(case: Case, key: str, span: str) -> Said:
    """Return the title of a form as the workbook of the roadmap has it."""
    return Said(words(case, f"plan.heading.{key}").format(span))


def _what(case: Case, one: Project) -> tuple[str, Said, str, Said]:
    """Return number, project, place, and how many units."""
    action, unit = str(one.first["action"]), words(case, f"plan.unit.{one.first['unit']}")
    number = bare(total_of(one, "units"), MATRIX, f"sum of units where number is {one.number}")
    said = amount(case, number, unit)
    return str(one.number), Said(title_of(case, action)), name(case, str(one.first["place"])), said


def _matrix(case: Case, years: list[int]) -> Table:
    """Return the five-year development plan."""
    table = case.evidence.tables[MATRIX]
    columns = (
        Column(words(case, "plan.column.number"), share=0.45), Column(words(case, "plan.column.project"), share=2.5),
        Column(words(case, "plan.column.place"), share=1.1), Column(words(case, "plan.column.units"), share=1.2),
        Column(words(case, "plan.column.start"), "right", 0.6), *(Column(str(year), "right", 0.65) for year in years),
        Column(words(case, "plan.column.total"), "right", 0.8), Column(words(case, "concept.col.usd"), "right", 0.9),
        Column(words(case, "plan.column.fund"), share=2.2), Column(words(case, "plan.column.people"), "right", 0.8),
    )  # fmt: skip
    rows: list[Row] = []
    dimension = ""
    for one in projects(table):
        if str(one.first["dimension"]) != dimension:
            dimension = str(one.first["dimension"])
            rows.append(body((words(case, f"word.dimension.{dimension}"),), kind="head"))
        rows.append(_matrix_row(case, one, years))
    sums = [millions(float(table[f"local_{year}"].sum()), MATRIX, f"sum of local_{year}") for year in years]
    total = millions(float(table["local"].sum()), MATRIX, "sum of local")
    usd = bare(float(table["usd"].sum()), MATRIX, "sum of usd")
    rows.append(
        body(("", words(case, "plan.label.total"), "", "", "", *sums, total, usd, "", ""), kind="total")
    )
    note = words(case, "concept.form.matrix_note").format(money=money_word(case))
    return Table(
        _heading(case, "matrix", span(years)),
        columns,
        tuple(rows),
        source(case, "matrix"),
        note,
        "form_matrix",
        is_wide=True,
    )


def _matrix_row(case: Case, one: Project, years: list[int]) -> Row:
    """Return one project with its cost of each year."""
    how = f"where number is {one.number}"
    costs = [millions(total_of(one, f"local_{year}"), MATRIX, f"sum of local_{year} {how}") for year in years]
    return body(
        (
            *_what(case, one), str(one.first["start_year"]), *costs,
            millions(total_of(one, "local"), MATRIX, f"sum of local {how}"),
            bare(total_of(one, "usd"), MATRIX, f"sum of usd {how}"), fund_name(case, str(one.first["fund"])),
            bare(total_of(one, "people"), MATRIX, f"sum of people {how}"),
        )
    )  # fmt: skip


def _programme(case: Case, years: list[int]) -> Table:
    """Return the rolling investment programme: only projects with money in its years."""
    table = case.evidence.tables[PROGRAMME]
    kinds = {kind: words(case, f"plan.kind.{kind}") for kind in KINDS}
    columns = (
        Column(words(case, "plan.column.number"), share=0.45), Column(words(case, "plan.column.project"), share=2.5),
        Column(words(case, "plan.column.place"), share=1.1), Column(words(case, "plan.column.fund"), share=2.2),
        *(Column(f"{kinds[kind]} {year}", "right", 0.85) for year in years for kind in KINDS),
        Column(words(case, "plan.column.total"), "right", 0.8), Column(words(case, "concept.col.usd"), "right", 0.9),
        Column(words(case, "plan.column.later"), "right", 0.9),
    )  # fmt: skip
    rows = [_programme_row(case, one, years) for one in projects(table) if total_of(one, "local") > 0]
    names = [f"{kind}_{year}" for year in years for kind in KINDS]
    sums = [millions(float(table[key].sum()), PROGRAMME, f"sum of {key}") for key in (*names, "local")]
    usd, later = (
        bare(float(table["usd"].sum()), PROGRAMME, "sum of usd"),
        millions(float(table["later_local"].sum()), PROGRAMME, "sum of later_local"),
    )
    rows.append(body(("", words(case, "plan.label.total"), "", "", *sums, usd, later), kind="total"))
    note = words(case, "concept.form.programme_note").format(money=money_word(case))
    return Table(
        _heading(case, "programme", span(years)),
        columns,
        tuple(rows),
        source(case, "programme"),
        note,
        "form_programme",
        is_wide=True,
    )


def _programme_row(case: Case, one: Project, years: list[int]) -> Row:
    """Return one project with capital and running cost of each of the three years."""
    how = f"where number is {one.number}"
    names = [f"{kind}_{year}" for year in years for kind in KINDS]
    number, title, place, _ = _what(case, one)
    return body(
        (
            number, title, place, fund_name(case, str(one.first["fund"])),
            *(millions(total_of(one, key), PROGRAMME, f"sum of {key} {how}") for key in (*names, "local")),
            bare(total_of(one, "usd"), PROGRAMME, f"sum of usd {how}"),
            millions(total_of(one, "later_local"), PROGRAMME, f"sum of later_local {how}"),
        )
    )  # fmt: skip


def _budget(case: Case, year: int) -> Table:
    """Return the budget of the first year by tier, fund and kind."""
    table = case.evidence.tables[BUDGET]
    own = table[table["year"] == year]
    heads = [words(case, f"plan.column.{key}") for key in ("available", "planned", "left")]
    columns = (
        Column(words(case, "plan.column.tier"), share=1.8), Column(words(case, "plan.column.fund"), share=2.0),
        Column(words(case, "plan.column.kind"), share=0.9),
        *(Column(f"{one}, {money_word(case)}", "right", 1.1) for one in heads),
        *(Column(f"{one}, {words(case, 'concept.col.usd')}", "right", 1.0) for one in heads),
    )  # fmt: skip
    names = [f"{key}_{money}" for money in ("local", "usd") for key in ("limit", "planned", "left")]
    rows = []
    for row in rows_of(own):
        how = f"year is {year}, fund is {row['fund']} and kind is {row['kind']}"
        cells = [_cell(float(row[key]), f"{key} where {how}", key) for key in names]
        labels = (
            words(case, f"plan.tier.{row['tier']}"),
            fund_name(case, str(row["fund"])),
            words(case, f"plan.kind.{row['kind']}"),
        )
        rows.append(body((*labels, *cells)))
    sums = [_cell(float(own[key].sum()), f"sum of {key} where year is {year}", key) for key in names]
    rows.append(body((words(case, "plan.label.total"), "", "", *sums), kind="total"))
    title = _heading(case, "budget", str(year))
    return Table(title, columns, tuple(rows), source(case, "budget"), id="form_budget", is_wide=True)


def _cell(value: float, how: str, key: str) -> Any:
    """Return a sum of money: local in millions, dollars whole."""
    return millions(value, BUDGET, how) if key.endswith("local") else bare(value, BUDGET, how)


def sources(case: Case) -> tuple[Block, ...]:
    """Tell what everything was made from, with licences.

    Parameters
    ----------
    case
        The city.

    Returns
    -------
    tuple of Block
        A table of the sources of the city file.
    """
    uses = {use.id: use for rows in case.evidence.city.sources.values() for use in rows}
    columns = tuple(
        Column(words(case, f"concept.col.{key}"), share=share)
        for key, share in (
            ("source", 2.6),
            ("provider", 2.2),
            ("year", 0.9),
            ("licence", 1.1),
            ("kind_of", 2.0),
        )
    )
    rows = tuple(
        body((use.title, use.provider, use.vintage, use.licence, words(case, f"word.grade.{use.grade}")))
        for use in uses.values()
    )
    note = words(case, "concept.form.sources_note")
    heads: tuple[Block, ...] = (Heading(tr(case, "chapter.sources"), id="sources"),)
    if plan_of(case) is not None:
        heads = (
            Heading(tr(case, "chapter.annexes"), id="annexes"),
            Heading(tr(case, "chapter.sources"), 2, "sources"),
        )
    return (
        *heads,
        Table(tr(case, "form.sources"), columns, rows, source(case, "city_file"), note, "sources"),
    )
