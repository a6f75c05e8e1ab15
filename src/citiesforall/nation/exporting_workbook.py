"""The workbook of a nation: a sheet for each of its tables, in one language, with sources and how to read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.group import groups
from citiesforall.core.indicator import indicators
from citiesforall.core.units import unit
from citiesforall.exchange.given import HAS_VALUE, Published
from citiesforall.exchange.sheets import Column, Page, workbook_bytes
from citiesforall.exchange.words import indicator_title, place_names, prose, told
from citiesforall.nation.given import NationInputs
from citiesforall.text import registry

VALUES = (
    "indicator", "place", "code", "level", "group", "value", "unit", "low", "high", "period", "status", "coverage_people",
    "coverage_places", "basis", "quality", "id",
)  # fmt: skip
UPPER = ("nation", "province")
SHEETS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "members": ("members", (
        "member", "code", "level", "parent", "city", "kind", "part_of", "people", "people_status", "area_m2", "reaches",
    )),
    "common": ("common", (
        "challenge", "dimension", "rank", "rank_low", "rank_high", "chance_first", "chance_top3", "members_with",
        "members_judged", "members_all", "people", "people_low", "people_high", "people_judged", "severity", "severity_low",
        "severity_high",
        "coverage_people", "confidence", "basis",
    )),
    "challenge_members": ("common", (
        "member", "code", "challenge", "severity", "low", "high", "people", "people_low", "people_high", "has", "chance", "rank",
        "indicator", "basis", "confidence", "status",
    )),
    "priorities": ("common", (
        "level", "place", "code", "challenge", "rank", "rank_low", "rank_high", "chance_first", "chance_top3", "people",
        "severity", "members_with", "members_judged", "coverage_people",
    )),
    "kinds": ("kinds", ("kind", "label", "members", "people", "stability", "silhouette")),
    "member_kinds": ("kinds", ("member", "code", "kind", "chance", "second_kind")),
    "kind_profile": ("kinds", ("kind", "feature", "value", "nation_value", "z")),
    "peers": ("kinds", (
        "member", "code", "peer", "distance", "challenge", "indicator", "own", "own_low", "own_high", "peer_value", "peer_low",
        "peer_high", "difference", "chance_better",
    )),
    "options": ("options", (
        "challenge", "action", "plans", "plans_all", "units", "capital_usd", "capital_low_usd", "capital_high_usd", "om_usd",
        "om_low_usd", "om_high_usd", "people", "people_low", "people_high", "grade", "status",
    )),
    "options_money": ("options", ("challenge", "action", "tier", "fund", "capital_usd", "low", "high", "om_usd")),
    "scaled": ("options", (
        "challenge", "action", "member", "code", "people", "units", "capital_usd", "low", "high", "om_usd", "plans", "status",
    )),
    "gaps": ("options", ("kind", "challenge", "action", "tier", "fund", "members", "people", "people_low", "people_high", "usd")),
    "capacity": ("options", ("member", "code", "capacity", "score", "low", "high", "of", "source", "status")),
    "progress": ("rounds", (
        "indicator", "place", "code", "group", "base_year", "base", "now_year", "now", "low", "high", "target", "needed_rate",
        "actual_rate", "ratio", "class", "chance_on_track", "status",
    )),
    "changes": ("rounds", (
        "indicator", "place", "code", "from_round", "to_round", "before", "now", "difference", "of_world", "of_data",
        "of_boundaries", "of_methods", "not_told_apart",
    )),
    "within_between": ("rollup", (
        "indicator", "level", "measure", "total", "within", "between", "share_between", "n", "status",
    )),
}  # fmt: skip
"""Sheet and table -> the step that makes it, and its columns, those that are there."""
PLACED = ("member", "place", "peer", "parent", "city", "part_of")
WORDED: Mapping[str, tuple[str, ...]] = {
    "challenge": ("challenge.{}.title",), "action": ("action.{}.title",), "status": ("word.status.{}",),
    "people_status": ("word.status.{}",), "dimension": ("word.dimension.{}",), "quality": ("word.grade.{}",),
    "level": ("word.level.{}", "exchange.nation_value.{}"), "basis": ("exchange.nation_value.{}",),
    "kind": ("exchange.nation_value.{}", "options.gap_kind.{}"), "confidence": ("diagnose.confidence.{}",),
    "group": ("group.{}.title",),
    "indicator": ("indicator.{}.title",), "feature": ("common.feature.{}", "challenge.{}.title", "indicator.{}.title"),
    "measure": ("word.measure.{}", "nation.measure.{}"), "class": ("options.class.{}", "nation.class.{}"),
    "capacity": ("options.capacity.{}",), "tier": ("plan.tier.{}",), "fund": ("plan.fund.{}",),
}  # fmt: skip
"""Column of ids -> keys of its words, the first that is there; an id without a word stays as it is."""
SHARES = frozenset(
    {"chance", "chance_first", "chance_top3", "chance_better", "chance_on_track", "coverage_people", "coverage_places"}
)  # fmt: skip
FINE = frozenset(
    {"stability", "silhouette", "z", "distance", "ratio", "needed_rate", "actual_rate", "share_between"}
)
YEARS = frozenset({"base_year", "now_year"})
NUMBER, WHOLE, PERCENT, ONE, THREE, PLAIN = "#,##0.##", "#,##0", "0%", "#,##0.0", "0.000", "0"
WIDE, NARROW, TEXT = 40, 14, 24
HEAD = "exchange.nation_column"


def write_book(given: NationInputs, known: Published, n_left: int, lang: str) -> bytes:
    """Return the workbook of a nation in one language.

    Parameters
    ----------
    given
        With its finished steps.
    known
        Its numbers.
    n_left
        Rows that are left out because no source gives them.
    lang
        ``en`` or ``km``.

    Returns
    -------
    bytes
        The file; the same tables give the same bytes.
    """
    names = place_names(known.places, lang)
    pages = [*_value_pages(known, names, lang), *_table_pages(given, names, lang), _sources(known, lang)]
    place = given.nation.place
    own = (place.name_km or place.name) if lang == "km" else place.name
    title = prose("nation.title", lang, nation=own, period=given.nation.period)
    pages.insert(0, _read_me(known, pages, title, n_left, lang))
    if place.invented:
        said = told("word.label.invented", lang)
        pages = [replace(one, warnings=[said, *one.warnings]) for one in pages]
    return workbook_bytes(pages, title)


def _read_me(known: Published, pages: Sequence[Page], title: str, n_left: int, lang: str) -> Page:
    """Return the first sheet: what the others hold, and how to read them."""
    made = told("exchange.read_me.run", lang).format(run=known.run["run"], software=known.run["software"])
    draft = [told("word.label.draft_khmer", lang)] if lang == "km" else []
    remarks = [
        *(prose(f"nation.{key}", lang) for key in ("about", "coverage")), prose("nation.without", lang, n=f"{n_left:,}"),
        prose("nation.scaled", lang), *(prose(f"read_me.{key}", lang) for key in ("interval", "withheld")), *draft, made,
    ]  # fmt: skip
    columns = [
        Column(told("exchange.column.sheet", lang), 34, [one.name for one in pages]),
        Column(told("exchange.column.holds", lang), 80, [one.title for one in pages]),
        Column(told("exchange.column.rows", lang), 12, [len(one.columns[0].cells) for one in pages], WHOLE),
    ]
    return Page(told("exchange.sheet.read_me", lang), title, remarks, columns)


def _value_pages(known: Published, names: Mapping[str, str], lang: str) -> Iterator[Page]:
    """Yield the values: of nation and provinces, and of the members below."""
    level = known.places.set_index("place")["level"]
    rows = known.observations[known.observations["status"].isin(HAS_VALUE)]
    at = rows["place"].map(level)
    lowest = known.places["level"].iloc[-1]
    for name, kept in (
        ("nation_values", at.isin(UPPER)),
        ("member_values", ~at.isin(UPPER) & (at != lowest)),
    ):
        table = rows[kept].assign(code=rows["place"], id=rows["indicator"], level=at)
        if len(table):
            yield _page(name, table.sort_values(["indicator", "code", "group"]), VALUES, names, lang)


def _table_pages(given: NationInputs, names: Mapping[str, str], lang: str) -> Iterator[Page]:
    """Yield the other tables, those that were made and hold anything."""
    for name, (step, columns) in SHEETS.items():
        table = given.table(step, name)
        if table is None or table.empty:
            continue
        place = next((one for one in ("member", "place") if one in table), None)
        if place is not None:
            table = table.assign(code=table[place])
        if name == "kinds" and f"name_{lang}".removesuffix("_en") in table:
            table = table.assign(label=table[f"name_{lang}".removesuffix("_en")])
        yield _page(name, table, columns, names, lang)


def _page(
    name: str, table: pd.DataFrame, columns: Sequence[str], names: Mapping[str, str], lang: str
) -> Page:
    """Return a sheet of a table."""
    title = told(f"exchange.nation_sheet.{name}", lang)
    made = [
        _column(one, table, names, lang)
        for one in columns
        if one in table or (one == "unit" and "indicator" in table)
    ]
    return Page(title, title, (), made)


def _column(name: str, table: pd.DataFrame, names: Mapping[str, str], lang: str) -> Column:
    """Return a column: ids as words, numbers with the digits of their unit."""
    head = told("exchange.column.id" if name == "id" else f"{HEAD}.{name}", lang)
    if name == "unit":
        units = {key: told(f"word.unit_short.{one.unit}", lang) for key, one in indicators().items()}
        return Column(head, NARROW, [units.get(key, "") for key in table["indicator"]])
    values = table[name]
    if pd.api.types.is_bool_dtype(values.dtype) or str(values.dtype) == "boolean" or name == "has":
        words = {True: told("exchange.nation_value.yes", lang), False: told("exchange.nation_value.no", lang)}
        return Column(head, NARROW, ["" if pd.isna(one) else words[bool(one)] for one in values])
    if pd.api.types.is_numeric_dtype(values.dtype):
        numbers = [float(one) for one in values.to_numpy(float, na_value=np.nan)]
        return Column(head, NARROW, numbers, forms=_forms(name, table))
    known = {
        one: names.get(one, one) if name in PLACED else _word(name, one, lang)
        for one in values.dropna().astype(str).unique()
    }
    wide = WIDE if name in {"indicator", "challenge", "action", "label", "feature"} else TEXT
    return Column(head, wide, ["" if pd.isna(one) else known[str(one)] for one in values], wrap=wide == WIDE)


def _word(name: str, one: str, lang: str) -> str:
    """Return an id of a column as a word."""
    if name in {"indicator", "group"}:
        known = indicators() if name == "indicator" else groups()
        return (
            indicator_title(one, lang)
            if name == "indicator"
            else told(f"group.{one}.title", lang)
            if one in known
            else one
        )
    keys = (key.format(one) for key in WORDED.get(name, ()))
    found = next((key for key in keys if key in registry()), None)
    return one if found is None else told(found, lang)


def _forms(name: str, table: pd.DataFrame) -> list[str]:
    """Return the number format of every row of a column."""
    if (
        name in {"value", "low", "high", "own", "peer_value", "base", "now", "target"}
        and "indicator" in table
    ):
        known = indicators()
        digits = {key: unit(one.unit).decimals for key, one in known.items()}
        made = {key: f"#,##0.{'0' * n}" if n else WHOLE for key, n in digits.items()}
        return [made.get(str(key), NUMBER) for key in table["indicator"]]
    form = (
        PERCENT if name in SHARES else THREE if name in FINE else PLAIN if name in YEARS
        else ONE if "severity" in name or name in {"score", "rank"} else WHOLE
        if name.startswith(("people", "members", "capital", "om_", "usd", "plans", "n", "area")) else NUMBER
    )  # fmt: skip
    return [form] * len(table)


def _sources(known: Published, lang: str) -> Page:
    """Return the sheet of the sources: licence and citation go with the numbers."""
    sources: Mapping[str, Mapping[str, Any]] = known.run["sources"]
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
    name = told("exchange.nation_sheet.sources", lang)
    return Page(name, name, [prose("workbook.of_sources", lang)], columns)
