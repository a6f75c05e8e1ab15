"""What the concept and the brief are told in: one city in one language, its names, and its numbers with where they come from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pandas as pd

from citiesforall.core.action import Action, actions_for
from citiesforall.report.blocks import Number, Row, Said, Tone
from citiesforall.report.evidence import Evidence, summed
from citiesforall.report.numbers import cell, in_words, tell, told
from citiesforall.text import registry

TO = "\N{EN DASH}"
"""Between the first and the last of a range."""
TIMES = "\N{MULTIPLICATION SIGN}"
NOTHING = "\N{EN DASH}"
"""Stands for nothing in a column of amounts."""
COMMA = ", "
COLON: Mapping[str, str] = MappingProxyType({"en": ": ", "km": "៖ "})
STOP: Mapping[str, str] = MappingProxyType({"en": ".", "km": "។"})
INTERVAL = "{low}" + TO + "{high}"
VALUE_AND_INTERVAL = "{value} ({low}" + TO + "{high})"
FILES: Mapping[str, str] = MappingProxyType(
    {
        "diagnosis": "challenges.csv", "plan": "plan.csv, development_plan.csv", "budget": "annual_budget.csv",
        "frontier": "frontier.csv", "proof": "plan.json", "check": "check.json", "results": "results_framework.csv",
        "after": "after.csv", "triggers": "triggers.csv", "matrix": "development_plan.csv",
        "programme": "investment_programme.csv", "sites": "sites.csv, plan.csv", "numbers": "numbers.csv",
        "monitoring": "monitoring.csv",
    }
)  # fmt: skip
"""What a source is called -> the files it lies in."""
MILLION = 1e6
PERCENT = 100.0
PROOF = "plan/plan.json"
"""Named as the table of what ``plan.json`` says; the column is the way to the value: ``services.open_space_access.lacking``."""
HEXAGON = "hexagon"
"""Level of places that are cells of the H3 grid."""
H3_LETTERS = 15
FILL = "f"
"""What an H3 code is filled up with."""


@dataclass(frozen=True)
class Case:
    """Hold one city in one language.

    Parameters
    ----------
    evidence
        Its finished tables.
    lang
        ``en`` or ``km``.
    names
        Place code -> name in the language; the plain name where the language has none.
    actions
        The catalogue with the city's own figures.
    currency
        Code of the money shown beside US dollars; empty where the city has no budget.
    """

    evidence: Evidence
    lang: str
    names: Mapping[str, str]
    actions: Mapping[str, Action]
    currency: str


def open_case(evidence: Evidence, lang: str) -> Case:
    """Return a city ready to be told of.

    Parameters
    ----------
    evidence
        Its finished tables.
    lang
        ``en`` or ``km``.

    Returns
    -------
    Case
        With a name for each place.
    """
    city, places = evidence.city, evidence.tables["places"]
    names = {
        str(row["place"]): _name(row, lang)
        for row in places[["place", "name", "name_km", "level"]].to_dict("records")
    }
    own = city.place.name_km if lang == "km" else city.place.name
    names[evidence.whole] = own or city.place.name
    budget = city.budget
    currency = "" if budget is None else budget.currency
    if budget is not None and currency == "USD" and budget.khr_per_usd:
        currency = "KHR"
    return Case(evidence, lang, names, actions_for(city), currency)


def _name(row: Mapping[Any, Any], lang: str) -> str:
    """Return what a place is called: a hexagon by its H3 code, joined to a letter so that its digits stay Latin."""
    if row["level"] == HEXAGON:
        return f"H3-{str(row['place'])[-H3_LETTERS:].lower().rstrip(FILL)}"
    for key in ("name_km", "name") if lang == "km" else ("name",):
        if isinstance(row[key], str) and row[key].strip():
            return str(row[key])
    return str(row["place"])


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as dictionaries."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def plan_of(case: Case) -> Mapping[str, Any] | None:
    """Return what ``plan.json`` says where there is a plan with items; None where there is none."""
    said = case.evidence.said.get("plan")
    table = case.evidence.tables.get("plan/plan")
    return said if said and "gap" in said and table is not None and len(table) else None


def tr(case: Case, key: str, **given: Number | Said | str) -> Said:
    """Return a sentence of the concept with what belongs in its places; a key without a part is the concept's own."""
    return tell(key if key.startswith(("concept.", "brief.")) else f"concept.{key}", case.lang, **given)


def words(case: Case, key: str) -> str:
    """Return a public text in the language of the document."""
    return told(key, case.lang)


def name(case: Case, place: str) -> str:
    """Return what a place is called."""
    return case.names.get(place, place)


def listed(items: Iterable[str]) -> str:
    """Return words one after the other."""
    return COMMA.join(items)


def first_of(items: Sequence[str], most: int, case: Case, table: str) -> Said:
    """Return the first of several words one after the other, and how many more there are.

    Parameters
    ----------
    items
        The words.
    most
        How many are named.
    case
        The city.
    table
        Where they come from.
    """
    named = listed(items[:most])
    if len(items) <= most:
        return Said(named)
    more = counted(case, len(items) - most, table, f"count of what is named, less {most}")
    return Said(words(case, "concept.shown.and_more").format(first=named, n=more.text), (more,))


def span(years: Sequence[int]) -> str:
    """Return first and last year; one year alone."""
    return f"{years[0]}{TO}{years[-1]}" if years[0] != years[-1] else str(years[0])


def pair(case: Case, first: str, then: str) -> str:
    """Return two texts with the colon of the language between them."""
    return f"{first}{COLON[case.lang]}{then}"


def stop(case: Case, text: str) -> str:
    """Return a text as a sentence of the language."""
    return f"{text}{STOP[case.lang]}"


def amount(case: Case, number: Number, unit: str) -> Said:
    """Return how many of a unit; Khmer says the unit first."""
    text = f"{unit} {number.text}" if case.lang == "km" else f"{number.text} {TIMES} {unit}"
    return Said(text, (number,))


def source(case: Case, key: str) -> str:
    """Return where the numbers of a table or a chart come from, with the file.

    Parameters
    ----------
    case
        The city.
    key
        A word of ``concept.source``.
    """
    return words(case, f"concept.source.{key}").format(file=FILES.get(key, ""))


def fund_name(case: Case, fund: str) -> str:
    """Return what the administration calls a fund."""
    budget = case.evidence.city.budget
    one = budget.funds.get(fund) if budget is not None else None
    if one is None:
        return fund
    return (one.title_km or one.title) if case.lang == "km" else one.title


def indicator_name(case: Case, indicator: str) -> str:
    """Return the title of an indicator, or its id where it is declared no more."""
    key = f"indicator.{indicator}.title"
    return words(case, key) if key in registry() else indicator


def of_plan(case: Case, path: str, unit: str) -> Number:
    """Return a number of ``plan.json``.

    Parameters
    ----------
    case
        The city.
    path
        Keys parted by dots.
    unit
        Of the value; ``share`` shows a share as per cent.

    Returns
    -------
    Number
        Unknown where the plan says nothing.
    """
    value: Any = case.evidence.said["plan"]
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    number = float(value) if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
    text = percent(case, number) if unit == "share" else in_words(number, unit, case.lang)
    return Number(text, PROOF, (), path, number)


def percent(case: Case, share: float) -> str:
    """Return a share as per cent with one digit behind the point."""
    return in_words(share * PERCENT, "%", case.lang)


def share_of(case: Case, part: float, whole: float, table: str, how: str) -> Number:
    """Return a part of a whole as per cent; unknown where the whole is nothing."""
    share = part / whole if whole else math.nan
    return Number(percent(case, share), table, (), "", share, how)


def counted(case: Case, value: float, table: str, how: str) -> Number:
    """Return how many there are."""
    return summed(value, "persons", case.lang, table=table, how=how)


def dollars(case: Case, value: float, table: str, how: str) -> Number:
    """Return a sum in US dollars."""
    return summed(value, "USD", case.lang, table=table, how=how)


def bare(value: float, table: str, how: str, decimals: int = 0) -> Number:
    """Return a sum without its unit, for a column whose head says it; a dash for nothing."""
    text = f"{value:,.{decimals}f}" if value else NOTHING
    return Number(text, table, (), "", value, how)


def millions(value: float, table: str, how: str) -> Number:
    """Return a sum in millions, for a column whose head says so; a dash for nothing."""
    text = f"{value / MILLION:,.1f}" if value else NOTHING
    return Number(text, table, (), "", value, f"{how}, in millions")


def money_word(case: Case) -> str:
    """Return what the head of a column of local money says."""
    if case.currency == "KHR":
        return words(case, "plan.label.millions")
    return words(case, "concept.shown.million").format(currency=case.currency)


def observed(case: Case, indicator: str, unit: str, place: str = "") -> tuple[Number, Number, Number, str]:
    """Return the latest value of everybody with its bounds, and its status.

    Parameters
    ----------
    case
        The city.
    indicator
        Its id.
    unit
        Of the value.
    place
        Code; the whole city where empty.

    Returns
    -------
    Number, Number, Number, str
        Value, low, high; unknown and ``missing`` where nothing was observed.
    """
    table = case.evidence.tables["observations"]
    where = place or case.evidence.whole
    rows = table[(table["indicator"] == indicator) & (table["place"] == where) & (table["group"] == "all")]
    if rows.empty:
        none = Number(in_words(math.nan, unit, case.lang), "observations", (), "value", math.nan)
        return none, none, none, "missing"
    row = rows.sort_values("period", kind="stable").iloc[-1]
    key = tuple(sorted((word, str(row[word])) for word in ("place", "indicator", "group", "period")))
    value, low, high = (
        Number(in_words(float(row[word]), unit, case.lang), "observations", key, word, float(row[word]))
        for word in ("value", "low", "high")
    )
    return value, low, high, str(row["status"])


def between(case: Case, low: Number, high: Number) -> Said:
    """Return an interval as a cell; the word for unknown where it is not known."""
    if math.isnan(low.value) or math.isnan(high.value):
        return Said(words(case, "concept.shown.no_interval"))
    return Said(INTERVAL.format(low=low.text, high=high.text), (low, high))


def body(cells: Sequence[Number | Said | str], tone: Tone = "plain", kind: str = "body") -> Row:
    """Return a row of a table."""
    made = tuple(one if isinstance(one, Said) else cell(one) for one in cells)
    return Row(made, "total" if kind == "total" else "head" if kind == "head" else "body", tone)
