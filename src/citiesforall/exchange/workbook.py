"""The workbook an officer works in: a sheet for each dimension, the planning forms, the local review, notes, sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from citiesforall.core.group import groups
from citiesforall.core.indicator import DIMENSIONS, Indicator, indicators
from citiesforall.core.tables import STATUSES
from citiesforall.core.units import unit
from citiesforall.exchange.given import HAS_VALUE, Published
from citiesforall.exchange.local_review import SHOWN, shown_rows
from citiesforall.exchange.sheets import Column, Page, workbook_bytes
from citiesforall.exchange.words import indicator_title, place_names, prose, told
from citiesforall.exchange.workbook_forms import form_pages

REVIEW_WIDTHS: Mapping[str, float] = {
    "sdg": 9, "title": 46, "value": 22, "interval": 20, "period": 12, "status": 22, "trend": 26, "worst_group": 34, "gap": 46,
    "worst_place": 30, "sources": 34, "relation": 30,
}  # fmt: skip
WHOLE = "#,##0"


def write_workbook(given: Published, review: pd.DataFrame, lang: str) -> bytes:
    """Return the workbook in one language.

    Parameters
    ----------
    given
        What is published.
    review
        The annex of a Voluntary Local Review.
    lang
        ``en`` or ``km``.

    Returns
    -------
    bytes
        The file; the same tables give the same bytes.
    """
    pages = [
        *_dimensions(given, lang),
        *form_pages(given, lang),
        _review(given, review, lang),
        _missing(given, lang),
        _notes(given, lang),
        _sources(given, lang),
    ]
    title = prose("workbook.title", lang, city=_city(given, lang), period=given.city.period)
    first = _read_me(given, pages, title, lang)
    if given.city.place.invented:
        said = told("word.label.invented", lang)
        pages = [replace(one, warnings=[said, *one.warnings]) for one in pages]
        first = replace(first, warnings=[said, *first.warnings])
    return workbook_bytes([first, *pages], title)


def _city(given: Published, lang: str) -> str:
    """Return the name of the city."""
    place = given.city.place
    return (place.name_km or place.name) if lang == "km" else place.name


def _read_me(given: Published, pages: list[Page], title: str, lang: str) -> Page:
    """Return the first sheet: what this is, what the other sheets hold, limits first."""
    assumed = given.city.budget is not None and given.city.budget.grade == "assumed" and given.plan
    draft = [told("word.label.draft_khmer", lang)] if lang == "km" else []
    made = told("exchange.read_me.run", lang).format(run=given.run["run"], software=given.run["software"])
    remarks = [
        *(prose(f"read_me.{key}", lang) for key in ("values", "interval", "withheld", "sums", "sources")), *draft, made,
    ]  # fmt: skip
    warnings = [told("plan.budget_grade.assumed", lang)] if assumed else []
    columns = [
        Column(told("exchange.column.sheet", lang), 34, [one.name for one in pages]),
        Column(told("exchange.column.holds", lang), 80, [one.about or one.title for one in pages]),
        Column(told("exchange.column.rows", lang), 12, [_rows(one) for one in pages], WHOLE),
    ]
    return Page(told("exchange.sheet.read_me", lang), title, remarks, columns, warnings=warnings)


def _rows(page: Page) -> int:
    """Return how many rows a sheet holds."""
    return len(page.columns[0].cells) if page.columns else 0


def decimals_form(symbol: str) -> str:
    """Return the number format of a unit."""
    places = unit(symbol).decimals
    return WHOLE if not places else f"{WHOLE}.{'0' * places}"


def _dimensions(given: Published, lang: str) -> Iterator[Page]:
    """Yield a sheet for each dimension that has values: one row for each value."""
    declared = indicators()
    table = given.observations[given.observations["status"].isin(HAS_VALUE)]
    orders = (
        {key: number for number, key in enumerate(declared)},
        {key: number for number, key in enumerate(given.places["place"])},
        {key: number for number, key in enumerate(groups())},
    )
    sort = pd.DataFrame(
        {
            name: table[name].map(order)
            for name, order in zip(("indicator", "place", "group"), orders, strict=True)
        }
    )
    table = table.loc[sort.sort_values(["indicator", "place", "group"], kind="stable").index]
    dimension = table["indicator"].map({key: one.dimension for key, one in declared.items()})
    for key in DIMENSIONS:
        rows = table[(dimension == key).to_numpy()]
        if len(rows):
            yield _dimension(given, rows, key, lang)


def _dimension(given: Published, rows: pd.DataFrame, key: str, lang: str) -> Page:
    """Return the sheet of one dimension."""
    declared: Mapping[str, Indicator] = indicators()
    used = rows["indicator"].unique()
    units = {one: declared[one].unit for one in used}
    forms = rows["indicator"].map({one: decimals_form(units[one]) for one in used}).tolist()
    sources = {one: ", ".join(given.run["indicators"][one]["sources"]) for one in used}

    def head(name: str) -> str:
        return told(f"exchange.column.{name}", lang)

    def named(column: str, names: Mapping[str, str]) -> list[str]:
        return [names.get(one, one) for one in rows[column]]

    columns = [
        Column(head("indicator"), 52, named("indicator", {one: indicator_title(one, lang) for one in used})),
        Column(head("place"), 26, named("place", place_names(given.places, lang))),
        Column(
            head("group"), 30, named("group", {one: told(f"group.{one}.title", lang) for one in groups()})
        ),
        Column(head("value"), 14, rows["value"].tolist(), forms=forms),
        Column(
            head("unit"),
            18,
            named("indicator", {k: told(f"word.unit_short.{u}", lang) for k, u in units.items()}),
        ),
        Column(head("low"), 14, rows["low"].tolist(), forms=forms),
        Column(head("high"), 14, rows["high"].tolist(), forms=forms),
        Column(head("period"), 12, rows["period"].tolist()),
        Column(
            head("status"), 24, named("status", {one: told(f"word.status.{one}", lang) for one in STATUSES})
        ),
        Column(head("cases"), 12, rows["n"].tolist(), WHOLE),
        Column(head("sources"), 44, named("indicator", sources), wrap=False),
        Column(head("id"), 30, rows["indicator"].tolist(), wrap=False),
        Column(head("place_code"), 14, rows["place"].tolist()),
    ]
    title = told(f"word.dimension.{key}", lang)
    about = prose("workbook.indicators", lang, n=str(len(used)))
    return Page(title, title, [prose("workbook.of_dimension", lang)], columns, about=about)


def _review(given: Published, review: pd.DataFrame, lang: str) -> Page:
    """Return the sheet of the Voluntary Local Review."""
    rows = shown_rows(given, review, lang)
    columns = [
        Column(told(f"exchange.review_column.{name}", lang), REVIEW_WIDTHS[name], [row[name] for row in rows])
        for name in SHOWN
    ]
    title = prose("review.title", lang, city=_city(given, lang), period=given.city.period)
    return Page(told("exchange.sheet.review", lang), title, [prose("review.about", lang)], columns)


def _missing(given: Published, lang: str) -> Page:
    """Return the sheet of what has no value: how many rows of each indicator, and why."""
    table = given.observations[~given.observations["status"].isin(HAS_VALUE)]
    counts = table.groupby(["indicator", "status"], sort=True).size()
    keys = list(counts.index)
    columns = [
        Column(told("exchange.column.indicator", lang), 60, [indicator_title(key, lang) for key, _ in keys]),
        Column(
            told("exchange.column.status", lang),
            30,
            [told(f"word.status.{status}", lang) for _, status in keys],
        ),
        Column(told("exchange.column.rows", lang), 12, [int(one) for one in counts], WHOLE),
        Column(told("exchange.column.id", lang), 34, [key for key, _ in keys]),
    ]
    name = told("exchange.sheet.missing", lang)
    return Page(name, name, [prose("workbook.of_missing", lang)], columns)


def _notes(given: Published, lang: str) -> Page:
    """Return the sheet that says how to read the words of the others; in English also what was seen in the sources."""
    rows = [
        *((told(f"word.status.{key}", lang), prose(f"status_meaning.{key}", lang)) for key in STATUSES),
        *((told(f"word.grade.{key}", lang), prose(f"grade_meaning.{key}", lang)) for key in _grades(given)),
    ]
    if lang == "en":  # what a source's reading said is written once, in English
        for name, layer in given.run["layers"].items():
            rows += [
                (f"{name}: {note['kind']}", f"{note['where']}: {note['what']}") for note in layer["notes"]
            ]
    columns = [
        Column(told("exchange.column.word", lang), 34, [one for one, _ in rows]),
        Column(told("exchange.column.meaning", lang), 120, [one for _, one in rows]),
    ]
    name = told("exchange.sheet.notes", lang)
    return Page(name, name, [prose("workbook.of_notes", lang)], columns)


def _grades(given: Published) -> list[str]:
    """Return how far the sources of the city can be trusted, each grade once."""
    return list(dict.fromkeys(str(one["grade"]) for one in given.run["sources"].values()))


def _sources(given: Published, lang: str) -> Page:
    """Return the sheet of the sources: licence and citation go with the numbers."""
    sources = given.run["sources"]
    words = {"title": 44, "provider": 32, "licence": 18, "citation": 90, "vintage": 14, "url": 40}
    columns = [
        Column(told("word.label.id", lang), 26, list(sources)),
        *(
            Column(told(f"exchange.source_column.{word}", lang), width, [str(one.get(word) or "") for one in sources.values()])
            for word, width in words.items()
        ),
        Column(
            told("exchange.source_column.grade", lang), 30,
            [told(f"word.grade.{one['grade']}", lang) for one in sources.values()],
        ),
    ]  # fmt: skip
    name = told("word.label.sources", lang)
    return Page(name, name, [prose("workbook.of_sources", lang)], columns)
