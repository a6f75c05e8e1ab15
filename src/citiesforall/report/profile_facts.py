"""What the chapters of a profile ask of the tables: values with their place in a table, names in the document's language."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from citiesforall.core.indicator import Indicator, indicators
from citiesforall.report.blocks import Number, Said
from citiesforall.report.evidence import Evidence, summed
from citiesforall.report.numbers import cell, in_words, tell, told
from citiesforall.text import registry

HAS_VALUE = frozenset({"ok", "estimated", "modelled", "low_n"})
"""Statuses of rows that hold a value."""
DOUBTFUL = frozenset({"estimated", "modelled", "low_n"})
"""Statuses that are said beside a value."""
NO_UNIT = frozenset({"%"})
"""Units that are left out of the first of two numbers: 63.3 - 70.5 %."""
HUNDRED = 100.0
SCORE_COLUMNS = ("score", "low", "high", "status", "weight")
NAN = float("nan")
DASH = "\N{EN DASH}"
NOTHING = Said(DASH)
"""A cell of which nothing is known, or which says nothing."""


@dataclass(frozen=True)
class Row:
    """Hold what is shown of an observation."""

    value: float
    low: float
    high: float
    status: str
    n: float
    version: int
    period: str


MISSING = Row(NAN, NAN, NAN, "missing", NAN, 0, "")


@dataclass(frozen=True)
class Facts:
    """Hold the tables of one city, ready to be asked.

    Parameters
    ----------
    evidence
        The finished tables.
    lang
        Language of the document.
    whole
        Code of the city.
    names
        Place -> its name in the language; in Latin letters where nobody has given one.
    places
        Codes of the smallest places of the results; none where the city is one place.
    rows
        (place, group, indicator) -> observation, of the city for every group and of every place for everybody.
    cards
        Challenges in order of rank, those nothing is known of last.
    scores
        The city's own scores for everybody, by indicator.
    dimensions
        Dimension -> rows of the table of dimensions that have a score, the worst first.
    """

    evidence: Evidence
    lang: str
    whole: str
    names: Mapping[str, str]
    places: tuple[str, ...]
    rows: Mapping[tuple[str, str, str], Row]
    cards: tuple[Mapping[str, Any], ...]
    scores: pd.DataFrame
    dimensions: Mapping[str, tuple[Mapping[str, Any], ...]]

    def table(self, name: str) -> pd.DataFrame:
        """Return a table; one without rows where it was never made."""
        return self.evidence.tables.get(name, pd.DataFrame())


def gather_facts(evidence: Evidence, lang: str) -> Facts:
    """Make the tables of a city ready to be asked.

    Parameters
    ----------
    evidence
        The finished tables.
    lang
        ``en`` or ``km``.
    """
    table = evidence.tables["places"]
    own = table["name_km"] if lang == "km" else table["name"]
    names = own.where(own.notna(), table["name"])
    parents = set(table["parent"].dropna())
    whole = evidence.whole
    units = tuple(str(code) for code in table["place"] if code not in parents and code != whole)
    return Facts(
        evidence,
        lang,
        whole,
        dict(zip(table["place"].astype(str), names.astype(str), strict=True)),
        units,
        _rows(evidence.tables["observations"], whole),
        tuple(evidence.said.get("challenges", ())),
        _city_scores(evidence),
        _dimensions(evidence),
    )


def _city_scores(evidence: Evidence) -> pd.DataFrame:
    """Return the city's own scores for everybody, by indicator; empty where the city was not diagnosed."""
    scores = evidence.tables.get("diagnose/scores")
    if scores is None or scores.empty:
        return pd.DataFrame({name: [] for name in SCORE_COLUMNS}, index=pd.Index([], name="indicator"))
    own = scores[(scores["group"] == "all") & (scores["place"] == evidence.whole)]
    return own.set_index("indicator")[list(SCORE_COLUMNS)]


def _dimensions(evidence: Evidence) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """Return the rows of the table of dimensions with a score, of the city and of everybody, by dimension."""
    table = evidence.tables.get("diagnose/dimensions")
    if table is None or table.empty:
        return {}
    kept = table[table["score"].notna() & ((table["place"] == evidence.whole) | (table["group"] == "all"))]
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in _named(kept.sort_values("score", kind="stable")):
        found.setdefault(str(row["dimension"]), []).append(row)
    return {name: tuple(rows) for name, rows in found.items()}


def _named(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as records."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _rows(table: pd.DataFrame, whole: str) -> dict[tuple[str, str, str], Row]:
    """Return the observations a profile shows, by place, group and indicator; the latest period where there are several.

    What is missing of a place stays out, as `row_of` says the same of it: a country has a million such rows.
    """
    of_city = table["place"] == whole
    shown = table[of_city | (table["group"] == "all")].sort_values("period", kind="stable")
    shown = shown[~shown.duplicated(["place", "group", "indicator"], keep="last")]
    shown = shown[of_city[shown.index] | (shown["status"] != MISSING.status)]
    keys = zip(shown["place"], shown["group"], shown["indicator"], strict=True)
    columns = [shown[name].tolist() for name in ("value", "low", "high", "status", "n", "version", "period")]
    return {key: Row(*cells) for key, cells in zip(keys, zip(*columns, strict=True), strict=True)}


def row_of(facts: Facts, indicator: str, place: str = "", group: str = "all") -> Row:
    """Return an observation, of the city where no place is given; a row that is missing where there is none."""
    return facts.rows.get((place or facts.whole, group, indicator), MISSING)


def is_known(facts: Facts, indicator: str, place: str = "", group: str = "all") -> bool:
    """Say whether an observation holds a value."""
    row = row_of(facts, indicator, place, group)
    return row.status in HAS_VALUE and not math.isnan(row.value)


def observed(
    facts: Facts, indicator: str, place: str = "", group: str = "all", column: str = "value"
) -> Number:
    """Return a cell of the observations as a number with its unit."""
    row = row_of(facts, indicator, place, group)
    key = (("group", group), ("indicator", indicator), ("place", place or facts.whole))
    value = float(getattr(row, column))
    unit = indicators()[indicator].unit
    return Number(in_words(value, unit, facts.lang), "observations", key, column, value)


def interval(facts: Facts, indicator: str, place: str = "", group: str = "all") -> Said:
    """Return the interval of an observation, ``63.3 - 70.5``, without its unit; empty where there is none."""
    ends = [observed(facts, indicator, place, group, name) for name in ("low", "high")]
    return between(ends[0], ends[1], indicators()[indicator].unit, facts.lang)


def between(low: Number, high: Number, unit: str, lang: str) -> Said:
    """Return two numbers as an interval without unit; empty where one is unknown."""
    if math.isnan(low.value) or math.isnan(high.value):
        return Said("")
    ends = tuple(replace(one, text=bare(one.value, unit, lang)) for one in (low, high))
    to = f" {DASH} " if low.value < 0 else DASH
    return Said(f"{ends[0].text}{to}{ends[1].text}", ends)


def banded(value: Number, low: Number, high: Number, unit: str, lang: str) -> Said:
    """Return a number with its interval in brackets; a dash where it is unknown."""
    if math.isnan(value.value):
        return NOTHING
    band = between(low, high, unit, lang)
    return Said(f"{value.text} ({band.text})" if band.text else value.text, (value, *band.numbers))


def bare(value: float, unit: str, lang: str) -> str:
    """Return a value without its unit, rounded as the unit says."""
    if math.isnan(value):
        return in_words(value, unit, lang)
    return in_words(value, unit, lang).split(" ", maxsplit=1)[0].removesuffix("%")


def of_table(
    facts: Facts, table: str, column: str, unit: str, row: Mapping[str, Any], keys: Sequence[str]
) -> Number:
    """Return a cell of a finished table as a number, the row named by the columns ``keys``."""
    key = tuple(sorted((name, str(row[name])) for name in keys))
    value = float(row[column])
    return Number(in_words(value, unit, facts.lang), table, key, column, value)


def score_of(facts: Facts, table: str, column: str, row: Mapping[str, Any], keys: Sequence[str]) -> Number:
    """Return a cell that is a score of 0 to 100, with one digit behind the point and no unit."""
    found = of_table(facts, table, column, "%", row, keys)
    return replace(found, text=bare(found.value, "%", facts.lang))


def whole_of(facts: Facts, table: str, column: str, row: Mapping[str, Any], keys: Sequence[str]) -> Number:
    """Return a cell that is a rank or a count."""
    return of_table(facts, table, column, "count", row, keys)


def chance_of(facts: Facts, table: str, column: str, row: Mapping[str, Any], keys: Sequence[str]) -> Number:
    """Return a chance of 0 to 1 as so many of 100."""
    found = of_table(facts, table, column, "count", row, keys)
    return replace(found, text=in_words(HUNDRED * found.value, "count", facts.lang), how=f"100 x {column}")


def percent_of(facts: Facts, table: str, column: str, row: Mapping[str, Any], keys: Sequence[str]) -> Number:
    """Return a share or a rate of 0 to 1 as per cent."""
    found = of_table(facts, table, column, "%", row, keys)
    return replace(found, text=in_words(HUNDRED * found.value, "%", facts.lang), how=f"100 x {column}")


def counted(facts: Facts, value: float, table: str, how: str) -> Number:
    """Return a count over a table."""
    return summed(value, "count", facts.lang, table=table, how=how)


def place_name(facts: Facts, place: str) -> str:
    """Return the name of a place in the document's language."""
    return facts.names.get(place, place)


def title_of(facts: Facts, indicator: str) -> str:
    """Return the title of an indicator."""
    return told(f"indicator.{indicator}.title", facts.lang)


def group_name(facts: Facts, group: str) -> str:
    """Return the title of a group."""
    return told(f"group.{group}.title", facts.lang)


def word_of(facts: Facts, key: str) -> str:
    """Return a word of the profile: ``word_of(facts, "head.value")``."""
    return told(f"profile.{key}", facts.lang)


def as_is(facts: Facts, key: str, **given: str) -> Said:
    """Return a text of the profile with names put in as they are: the digits of a run's id stay Latin."""
    return Said(word_of(facts, key).format_map(given))


def say_so(facts: Facts, key: str, **given: Number | Said | str) -> Said:
    """Return a sentence of the profile."""
    return tell(f"profile.{key}", facts.lang, **given)


def status_of(facts: Facts, status: str) -> str:
    """Return what is said beside a value: nothing where it is simply measured."""
    return "" if status == "ok" else told(f"word.status.{status}", facts.lang)


def listed(facts: Facts, parts: Iterable[str | Said]) -> Said:
    """Return names as a list in words: ``A, B and C``."""
    said = [Said(one) if isinstance(one, str) else one for one in parts]
    if not said:
        return Said("")
    numbers = tuple(number for one in said for number in one.numbers)
    texts = [one.text for one in said]
    if len(texts) == 1:
        return Said(texts[0], numbers)
    return Said(word_of(facts, "list.and").format(first=", ".join(texts[:-1]), last=texts[-1]), numbers)


def joined(parts: Iterable[Said]) -> Said:
    """Return sentences one after the other."""
    kept = [one for one in parts if one.text]
    return Said(" ".join(one.text for one in kept), tuple(number for one in kept for number in one.numbers))


def plain(text: str | Number) -> Said:
    """Return a word or a number as a cell."""
    return cell(text)


def unit_of(facts: Facts, indicator: str) -> str:
    """Return the unit of an indicator in short, empty for what is only counted."""
    return told(f"word.unit_short.{indicators()[indicator].unit}", facts.lang)


def declared(dimension: str) -> dict[str, Indicator]:
    """Return the indicators of a dimension, by id."""
    return {key: one for key, one in indicators().items() if one.dimension == dimension}


def has_text(key: str) -> bool:
    """Say whether there is a public text of a key."""
    return key in registry()


def records(facts: Facts, name: str, **where: object) -> list[dict[str, Any]]:
    """Return the rows of a table, those only whose columns have the values of ``where``."""
    table = facts.table(name)
    for column, value in where.items():
        table = table[table[column] == value] if len(table) else table
    return _named(table)


def key_of(row: Mapping[str, Any], names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return what names a row."""
    return tuple(sorted((name, str(row[name])) for name in names))
