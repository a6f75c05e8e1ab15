"""The statistical annex of a Voluntary Local Review: SDG 11 and the other goals a city measures; what is missing is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.framework import framework
from citiesforall.core.group import groups
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.core.tables import STATUSES
from citiesforall.core.units import unit
from citiesforall.exchange.codes import sdg_series
from citiesforall.exchange.given import HAS_VALUE, Published, rows_of, year_of
from citiesforall.exchange.sheets import INFINITE
from citiesforall.exchange.words import LANGUAGES, indicator_title, place_names, prose, told

EVERYBODY = "all"
GOAL = "sdg11"
COLUMNS = (
    "sdg", "asked_en", "asked_km", "relation", "indicator", "title_en", "title_km", "definition_en", "definition_km", "unit",
    "value", "low", "high", "period", "status", "earlier_value", "earlier_period", "trend", "worst_group",
    "worst_group_value", "gap_group", "gap_against", "gap", "worst_place", "worst_place_value", "sources", "missing",
)  # fmt: skip
"""Columns of the annex, in order; ``relation`` and ``trend`` are words of ``exchange.relation`` and ``exchange.trend``."""
SHOWN = (
    "sdg", "title", "value", "interval", "period", "status", "trend", "worst_group", "gap", "worst_place", "sources",
    "relation",
)  # fmt: skip
"""Columns of the annex as people read it."""
TRENDS = {"rising": "worse", "falling": "better", "level": "same"}
"""Trend of a challenge -> trend of the indicator that leads it."""
WORDS = {
    "status": STATUSES,
    "relation": ("same", "part", "near", "none"),
    "trend": ("up", "down", "same", "worse", "better", "span", "unknown"),
}
"""Columns of the annex -> the words they may hold."""
SCENARIO = "scenario"
"""Note of a gap that is not between groups: the same people, if they walked slowly."""
BARE = frozenset({"ratio", "index", "class", "persons", "score", "count", "yes/no"})
"""Units that go without saying beside what is counted."""
NAN = float("nan")


@dataclass(frozen=True)
class Known:
    """Hold what rows of the annex are looked up in.

    Parameters
    ----------
    latest
        Indicator -> its rows for everybody in the whole city, the latest last.
    worst
        (indicator, ``group`` or ``place``) -> the worst-off one and its value.
    gaps
        Indicator -> the widest gap between two groups: the one, the other, the first less the second.
    trends
        Indicator -> direction, where the diagnosis found one.
    """

    latest: Mapping[str, list[Any]]
    worst: Mapping[tuple[str, str], tuple[str, float]]
    gaps: Mapping[str, tuple[str, str, float]]
    trends: Mapping[str, str]


def review_table(given: Published) -> pd.DataFrame:
    """Return the annex.

    Parameters
    ----------
    given
        What is published: nothing is worked out from withheld values, for gaps are those of the table of inequality.

    Returns
    -------
    pandas.DataFrame
        One row for each SDG indicator and each of our indicators that answers it or is near to it; one row, without an
        indicator, where nothing answers it. Columns as `COLUMNS`.
    """
    known = _known(given)
    asked = _asked()
    rows = []
    for code, answers in asked.items():
        made = [
            _row(given, known, code, one, relation)
            for one, relation in answers
            if one.id in given.run["indicators"]
        ]
        rows += made or [_nothing(code)]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"missing": str})


def _asked() -> dict[str, list[tuple[Indicator, str]]]:
    """Return SDG indicators -> ours that belong to them; SDG 11 in full and first, then what else the city measures.

    Of one SDG indicator those that follow the definition of its global series stand first (``same``), then its parts and other
    measures of it (``part``), then what only comes near to it (``near``).
    """
    found: dict[str, list[tuple[Indicator, str]]] = {code: [] for code in framework(GOAL).items}
    more: dict[str, list[tuple[Indicator, str]]] = {}
    declared, series = indicators(), sdg_series()
    for relation in ("same", "part", "near"):
        for one in declared.values():
            if relation == "near" or (relation == "same") == (one.id in series):
                for code in one.related if relation == "near" else one.sdg:
                    (found if code in found else more).setdefault(code, []).append((one, relation))
    return found | dict(sorted(more.items(), key=lambda pair: _in_order(pair[0])))


def _in_order(code: str) -> tuple[tuple[int, str], ...]:
    """Return what sorts SDG codes: 3.1.2 before 3.c.1, 9.5.1 before 16.1.1."""
    return tuple((int(part), "") if part.isdigit() else (99, part) for part in code.split("."))


def _known(given: Published) -> Known:
    """Look up values, gaps and trends of the whole city."""
    rows = given.observations
    whole = rows[(rows["place"] == given.whole) & (rows["group"] == EVERYBODY)]
    values: dict[str, list[Any]] = {}
    for one in sorted(rows_of(whole), key=lambda row: (year_of(row.period), row.period)):
        values.setdefault(one.indicator, []).append(one)
    trends = {}
    if "challenges" in given.diagnosis:
        table = given.diagnosis["challenges"]
        trends = {one.lead: TRENDS.get(one.trend, "unknown") for one in rows_of(table)}
    table = given.inequality
    table = table[(table["place"] == given.whole) & table["value"].notna()]
    return Known(values, dict(_worst(table)), _gaps(table), trends)


def _worst(table: pd.DataFrame) -> Iterator[tuple[tuple[str, str], tuple[str, float]]]:
    """Yield the worst-off group and place of each indicator, as the table of inequality names them."""
    for one in rows_of(table[table["measure"].isin(["worst_group", "worst_place"])]):
        if one.measure == "worst_group":
            yield (one.indicator, "group"), (one.group_a, float(one.value))
        else:
            yield (one.indicator, "place"), (one.place_a, float(one.value))


def _gaps(table: pd.DataFrame) -> dict[str, tuple[str, str, float]]:
    """Return the widest gap between two groups of each indicator.

    Only gaps that were published: none is worked out from two values, for one of them could be withheld on purpose.
    """
    found: dict[str, tuple[str, str, float]] = {}
    scenario = table["note"].str.contains(SCENARIO, regex=False)
    for one in rows_of(table[(table["measure"] == "group_gap") & ~scenario]):
        if one.indicator not in found or abs(one.value) > abs(found[one.indicator][2]):
            found[one.indicator] = (one.group_a, one.group_b, float(one.value))
    return found


def _row(given: Published, known: Known, code: str, one: Indicator, relation: str) -> dict[str, Any]:
    """Return the row of one indicator."""
    rows = known.latest.get(one.id, [])
    told_rows = [row for row in rows if row.status in HAS_VALUE]
    now = told_rows[-1] if told_rows else rows[-1] if rows else None
    before = told_rows[-2] if len(told_rows) > 1 else None
    group, group_value = known.worst.get((one.id, "group"), ("", NAN))
    place, place_value = known.worst.get((one.id, "place"), ("", NAN))
    gap_group, gap_against, gap = known.gaps.get(one.id, ("", "", NAN))
    how = given.run["indicators"][one.id]
    return {
        **_head(code),
        "relation": relation,
        "indicator": one.id,
        **{f"title_{lang}": indicator_title(one.id, lang) for lang in LANGUAGES},
        **{f"definition_{lang}": told(f"indicator.{one.id}.meaning", lang) for lang in LANGUAGES},
        "unit": one.unit,
        **{name: getattr(now, name) if now is not None else NAN for name in ("value", "low", "high")},
        "period": now.period if now is not None else "",
        "status": now.status if now is not None else "missing",
        "earlier_value": before.value if before is not None else NAN,
        "earlier_period": before.period if before is not None else "",
        "trend": _trend(known, one, now, before),
        "worst_group": group,
        "worst_group_value": group_value,
        "gap_group": gap_group,
        "gap_against": gap_against,
        "gap": gap,
        "worst_place": place,
        "worst_place_value": place_value,
        "sources": " ".join(how["sources"]),
        "missing": how["missing"],
    }


def _head(code: str) -> dict[str, Any]:
    """Return the code of an SDG indicator and, of SDG 11, what it asks."""
    asked = framework(GOAL).items
    key = f"framework.{GOAL}.item.{code}"
    return {"sdg": code, **{f"asked_{lang}": told(key, lang) if code in asked else "" for lang in LANGUAGES}}


def _nothing(code: str) -> dict[str, Any]:
    """Return the row of an SDG indicator that no indicator of this city answers."""
    head = _head(code)
    empty = dict.fromkeys(
        ("value", "low", "high", "earlier_value", "worst_group_value", "gap", "worst_place_value"), NAN
    )
    words = {name: "" for name in COLUMNS if name not in head and name not in empty}
    titles = {f"title_{lang}": head[f"asked_{lang}"] for lang in LANGUAGES}
    return {**head, **empty, **words, **titles, "status": "missing", "trend": "unknown", "relation": "none"}


def _trend(known: Known, one: Indicator, now: Any, before: Any) -> str:
    """Return whether an indicator rises, falls or stands still, as far as intervals tell; unknown where only one date is."""
    if now is None or now.status not in HAS_VALUE:
        return "unknown"
    if "/" in now.period:
        return "span"
    if before is not None and now.version == before.version:
        apart = now.low > before.high or now.high < before.low
        if np.isfinite([now.low, now.high, before.low, before.high]).all() and not apart:
            return "same"
        return "same" if now.value == before.value else "up" if now.value > before.value else "down"
    return known.trends.get(one.id, "unknown")


def shown_rows(given: Published, table: pd.DataFrame, lang: str) -> list[dict[str, str]]:
    """Return the annex as people read it, in one language.

    Parameters
    ----------
    given
        Names of places.
    table
        From `review_table`.
    lang
        ``en`` or ``km``.

    Returns
    -------
    list of dict
        Texts, columns as `SHOWN`; a value that is missing says why it is.
    """
    names = place_names(given.places, lang)
    rows = []
    for one in _records(table):
        has = one["status"] in HAS_VALUE
        rows.append(
            {
                "sdg": one["sdg"],
                "title": one[f"title_{lang}"] or told("exchange.review.other", lang),
                "value": _amount(one["value"], one["unit"], lang)
                if has
                else told(f"word.status.{one['status']}", lang),
                "interval": _interval(one, lang),
                "period": one["period"],
                "status": told(f"word.status.{one['status']}", lang),
                "trend": told(f"exchange.trend.{one['trend']}", lang),
                "worst_group": _worst_off(
                    _group(one["worst_group"], lang), one["worst_group_value"], one["unit"], lang
                ),
                "gap": _gap(one, lang),
                "worst_place": _worst_off(
                    names.get(one["worst_place"], ""), one["worst_place_value"], one["unit"], lang
                ),
                "sources": one["sources"].replace(" ", ", "),
                "relation": told(f"exchange.relation.{one['relation']}", lang),
            }
        )
    return rows


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain records."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _group(key: str, lang: str) -> str:
    """Return the name of a group; empty where none is worst off."""
    return told(f"group.{key}.title", lang) if key in groups() else ""


def _amount(value: float, symbol: str, lang: str) -> str:
    """Return a value with its unit, rounded as the unit says."""
    text = _digits(value, symbol)
    if symbol in BARE:
        return text
    return f"{text}%" if symbol == "%" else f"{text} {told(f'word.unit_short.{symbol}', lang)}"


def _digits(value: float, symbol: str) -> str:
    """Return a number, rounded as its unit says."""
    return INFINITE if np.isinf(value) else f"{value:,.{unit(symbol).decimals}f}"


def _interval(one: Mapping[str, Any], lang: str) -> str:
    """Return the interval of a value; empty where no source states its error. Tables have Latin digits in both languages."""
    if np.isnan(one["low"]) or np.isnan(one["high"]):
        return ""
    low, high = (_digits(one[end], one["unit"]) for end in ("low", "high"))
    return told("exchange.review.interval", lang).format(low=low, high=high)


def _worst_off(name: str, value: float, symbol: str, lang: str) -> str:
    """Return who is worst off, and the value there."""
    return f"{name} ({_amount(value, symbol, lang)})" if name and np.isfinite(value) else name


def _gap(one: Mapping[str, Any], lang: str) -> str:
    """Return the widest gap between two groups."""
    group, other = _group(one["gap_group"], lang), _group(one["gap_against"], lang)
    if not (group and other and np.isfinite(one["gap"])):
        return ""
    said = f"{one['gap']:+,.{unit(one['unit']).decimals}f}"
    gap = told("exchange.review.points", lang).format(gap=said) if one["unit"] == "%" else said
    return told("exchange.review.gap", lang).format(group=group, other=other, gap=gap)


def review_markdown(given: Published, table: pd.DataFrame, lang: str) -> str:
    """Return the annex as a page in Markdown.

    Parameters
    ----------
    given
        Whose it is.
    table
        From `review_table`.
    lang
        ``en`` or ``km``.
    """
    place = given.city.place
    name = (place.name_km or place.name) if lang == "km" else place.name
    rows = shown_rows(given, table, lang)
    heads = [told(f"exchange.review_column.{column}", lang) for column in SHOWN]
    lines = [f"# {prose('review.title', lang, city=name, period=given.city.period)}", ""]
    if place.invented:
        lines += [f"**{told('word.label.invented', lang)}**", ""]
    has = sum(one in HAS_VALUE for one in table["status"])
    lines += [
        prose("review.about", lang),
        "",
        prose("review.count", lang, has=str(has), of=str(len(rows))),
        "",
    ]
    lines += [_line(heads), _line(["---"] * len(heads))]
    lines += [_line([one[column] for column in SHOWN]) for one in rows]
    lines += ["", f"## {told('word.label.sources', lang)}", ""]
    cited = dict.fromkeys(key for row in table["sources"] for key in row.split())
    for key in cited:
        one = given.run["sources"].get(key)
        if one:
            lines.append(f"* `{key}`: {one['citation']} ({one['licence']})")
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    """Return a row of a table in Markdown."""
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
