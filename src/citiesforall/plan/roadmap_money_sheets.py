"""Sheets of the roadmap that hold money: five-year matrix, rolling programme, projects of the year, annual budget."""

from __future__ import annotations

from typing import Any

import pandas as pd

from citiesforall.plan import roadmap_sheets as sheets
from citiesforall.plan.roadmap_sheets import (
    A3,
    A4,
    DOLLARS,
    SHARE,
    WHOLE,
    Column,
    Sheet,
    Table,
    bands,
    floats,
)
from citiesforall.plan.roadmap_tables import (
    KINDS,
    ROLLING_YEARS,
    Roadmap,
    local_rate,
    projects,
    rows_of,
    span,
)
from citiesforall.plan.roadmap_words import (
    Speech,
    challenge_name,
    dimension_name,
    fund_name,
    money_words,
    place_name,
    project_name,
    prose,
    responsible,
    says,
)  # fmt: skip
from citiesforall.workbook import style

GENDER_SIGN = {-1: "-", 0: "0", 1: "+", 2: "++"}
HALF = 0.5
"""Sums of whole riel that differ by less are the same."""


def write_matrix(sheet: Sheet, road: Roadmap, speech: Speech) -> None:
    """Write the matrix of the development plan."""
    table, actions = projects(road.matrix), road.plan.actions
    words, form = money_words(speech, local_rate(road.plan.budget)[0])

    def head(key: str) -> str:
        return says(speech, "column", key)

    rows = list(rows_of(table))
    columns = [
        Column(head("number"), 5, [int(one.number) for one in rows]),
        Column(head("challenge"), 20, [challenge_name(speech, one.challenge) for one in rows]),
        Column(head("project"), 30, [project_name(speech, actions[one.action]) for one in rows]),
        Column(head("place"), 20, [_where(speech, one) for one in rows]),
        Column(head("units"), 9, [float(one.units) for one in rows], WHOLE),
        Column(head("unit"), 11, [says(speech, "unit", one.unit) for one in rows]),
        Column(head("start"), 7, [int(one.start_year) for one in rows]),
        Column(head("ready"), 9, [int(one.ready_year) for one in rows]),
        *(
            Column(f"{year}\n{words}", 10, floats(table, f"local_{year}"), form, total=True)
            for year in road.plan.budget.years
        ),
        Column(f"{head('total')}\n{words}", 11, floats(table, "local"), form, total=True),
        Column(head("usd"), 12, floats(table, "usd"), DOLLARS, total=True),
        Column(head("fund"), 20, [fund_name(speech, one.fund) for one in rows]),
        Column(head("responsible"), 22, [responsible(speech, one.tier, one.partner) for one in rows]),
        Column(head("people"), 11, floats(table, "people"), WHOLE),
        Column(head("safeguard"), 15, [_watch(speech, one) for one in rows]),
        Column(head("kept"), 9, floats(table, "kept_share"), SHARE),
        Column(head("grade"), 8, [str(one.grade) for one in rows]),
    ]
    sheets.title(sheet, says(speech, "heading", "matrix", span(road)), len(columns))
    groups = [
        f"{dimension_name(speech, one.dimension)} · {says(speech, 'programme', one.programme)}"
        for one in rows
    ]
    sheets.table(sheet, Table(columns, bands(groups), says(speech, "label", "total")))
    for key in ("recurrent", "services", "legend"):
        sheets.remark(sheet, prose(speech, "remark", key), len(columns))
    sheets.finish(sheet, [one.width for one in columns], f"D{sheet.heads[0] + 1}", A3, speech.lang)


def _where(speech: Speech, one: Any) -> str:
    """Return the place of a project, with the name of its site where it has one, or how many sites it has."""
    name, place = getattr(one, "site_name", ""), place_name(speech, one.place)
    if one.sites > 1 and one.site:
        return f"{place} ({says(speech, 'column', 'sites', str(one.sites))})"
    return f"{place}, {name}" if isinstance(name, str) and name else place


def _watch(speech: Speech, one: Any) -> str:
    """Return the gender sign and the risk of resettlement in short."""
    return f"{GENDER_SIGN[int(one.gender_effect)]}; {says(speech, 'risk', one.resettlement_risk)}"


def write_programme(sheet: Sheet, road: Roadmap, speech: Speech) -> None:
    """Write the rolling investment programme."""
    table, actions = projects(road.programme), road.plan.actions
    words, form = money_words(speech, local_rate(road.plan.budget)[0])
    rows = list(rows_of(table))

    def head(key: str) -> str:
        return says(speech, "column", key)

    columns = [
        Column(head("number"), 5, [int(one.number) for one in rows]),
        Column(head("project"), 34, [project_name(speech, actions[one.action]) for one in rows]),
        Column(head("place"), 18, [place_name(speech, one.place) for one in rows]),
        Column(head("fund"), 24, [fund_name(speech, one.fund) for one in rows]),
        *(
            Column(
                f"{year} {says(speech, 'kind', kind)}\n{words}",
                12,
                floats(table, f"{kind}_{year}"),
                form,
                total=True,
            )
            for year in road.plan.budget.years[:ROLLING_YEARS]
            for kind in KINDS
        ),
        Column(f"{head('total')}\n{words}", 12, floats(table, "local"), form, total=True),
        Column(head("usd"), 13, floats(table, "usd"), DOLLARS, total=True),
        Column(f"{head('later')}\n{words}", 14, floats(table, "later_local"), form, total=True),
    ]
    sheets.title(sheet, says(speech, "heading", "programme", span(road, ROLLING_YEARS)), len(columns))
    sheets.remark(sheet, prose(speech, "remark", "indicative"), len(columns))
    groups = [says(speech, "programme", one.programme) for one in rows]
    sheets.table(sheet, Table(columns, bands(groups), says(speech, "label", "total")))
    sheets.finish(sheet, [one.width for one in columns], f"C{sheet.heads[0] + 1}", A4, speech.lang)


def write_works(sheet: Sheet, road: Roadmap, speech: Speech) -> None:
    """Write the projects paid in the first year, in whole riel."""
    year, actions = road.plan.budget.years[0], road.plan.actions
    paid = works_of(road, year)
    of = projects(road.matrix).set_index("number")
    rows = list(rows_of(paid))
    items = [of.loc[one.number] for one in rows]
    currency = local_rate(road.plan.budget)[0]

    def head(key: str) -> str:
        return says(speech, "column", key)

    columns = [
        Column(head("number"), 6, [int(one.number) for one in rows]),
        Column(head("programme"), 26, [says(speech, "programme", one["programme"]) for one in items]),
        Column(head("project"), 36, [project_name(speech, actions[str(one["action"])]) for one in items]),
        Column(head("place"), 20, [place_name(speech, one["place"]) for one in items]),
        Column(head("fund"), 26, [fund_name(speech, one.fund) for one in rows]),
        Column(head("kind"), 14, [says(speech, "kind", one.kind) for one in rows]),
        Column(_whole(speech, currency), 18, floats(paid, "local"), WHOLE, total=True),
        Column(head("usd"), 14, floats(paid, "usd"), DOLLARS, total=True),
    ]
    sheets.title(sheet, says(speech, "heading", "works", str(year)), len(columns))
    sheets.table(sheet, Table(columns, (), says(speech, "label", "total")))
    sheets.finish(sheet, [one.width for one in columns], f"D{sheet.heads[0] + 1}", A4, speech.lang)


def _whole(speech: Speech, currency: str) -> str:
    """Return the heading of money in whole units."""
    return says(speech, "label", "whole") if currency == "KHR" else currency


def write_budget(sheet: Sheet, road: Roadmap, speech: Speech) -> None:
    """Write the budget of the first year by tier and fund, and hold it against the projects."""
    year = road.plan.budget.years[0]
    table = road.budget[road.budget["year"] == year].reset_index(drop=True)
    rows = list(rows_of(table))
    currency = local_rate(road.plan.budget)[0]
    unit_word = _whole(speech, currency)

    def head(key: str) -> str:
        return says(speech, "column", key)

    columns = [
        Column(head("tier"), 30, [says(speech, "tier", one.tier) for one in rows]),
        Column(head("fund"), 32, [fund_name(speech, one.fund) for one in rows]),
        Column(head("kind"), 14, [says(speech, "kind", one.kind) for one in rows]),
        *(
            Column(f"{head(word)}\n{unit_word}", 19, floats(table, f"{key}_local"), WHOLE, total=True)
            for word, key in (("available", "limit"), ("planned", "planned"), ("left", "left"))
        ),
        *(
            Column(f"{head(word)}\n{head('usd')}", 14, floats(table, f"{key}_usd"), DOLLARS, total=True)
            for word, key in (("available", "limit"), ("planned", "planned"), ("left", "left"))
        ),
    ]
    sheets.title(sheet, says(speech, "heading", "budget", str(year)), len(columns))
    tiers = [says(speech, "tier", one.tier) for one in rows]
    _, last = sheets.table(sheet, Table(columns, bands(tiers), says(speech, "label", "total")))
    paid = works_of(road, year)
    _check(sheet, speech, (last + 1, works_total(len(paid))), agree=_adds_up(table, paid))
    sheets.finish(sheet, [one.width for one in columns], f"A{sheet.heads[0] + 1}", A4, speech.lang)


def works_of(road: Roadmap, year: int) -> pd.DataFrame:
    """Return what projects are paid in a year: ``number, fund, kind, usd, local``."""
    paid = road.paid[road.paid["year"] == year]
    return paid.groupby(["number", "fund", "kind"], as_index=False)[["usd", "local"]].sum()


def works_total(n: int) -> int:
    """Return the row of the total on the sheet of projects: title, head, then the projects."""
    return n + 3


def _adds_up(table: pd.DataFrame, paid: pd.DataFrame) -> bool:
    """Tell whether what funds pay and what projects cost is the same money."""
    return bool(abs(float(table["planned_local"].sum()) - float(paid["local"].sum())) < HALF)


def _check(sheet: Sheet, speech: Speech, totals: tuple[int, int], *, agree: bool) -> None:
    """Write a cell that says whether the funds and the projects add up to the same."""
    works = says(speech, "sheet", "works")
    yes, no = (says(speech, "label", word) for word in ("agree", "differ"))
    style.write(sheet.page.cell(sheet.row, 2), [says(speech, "label", "check")], bold=True)
    text = f'=IF(ABS(E{totals[0]}-\'{works}\'!G{totals[1]})<0.5,"{yes}","{no}")'
    sheets.formula(sheet, f"E{sheet.row}", text, yes if agree else no)
    sheet.page.row_dimensions[sheet.row].height = style.height([says(speech, "label", "check")], 32)
    sheet.row += 1
