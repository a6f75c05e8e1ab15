"""Two runs of one city, or two cities, side by side: both values, the difference, and why they differ."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from citiesforall.core.errors import InputError
from citiesforall.core.indicator import indicators
from citiesforall.report.compare_gap import joined, with_gaps
from citiesforall.report.compare_read import Run, read_run, rows_of
from citiesforall.report.compare_why import REASONS, Differences, Fact, differences_of, reasons_of
from citiesforall.report.numbers import in_words, tell, told
from citiesforall.text import registry

PERCENT = "%"
MOST_FACTS, MOST_ROWS = 12, 25
"""Lines of a list before the rest is counted; everything stands in the table."""
COLUMNS = (
    "indicator", "title", "group", "place", "place_b", "unit", "version_a", "version_b", "period_a", "period_b",
    "a", "a_low", "a_high", "a_status", "b", "b_low", "b_high", "b_status", "difference", "low", "high", "how", "told", "why",
    "sources_a", "sources_b",
)  # fmt: skip
"""Columns of the table of a comparison (docs/how/compare.md)."""


@dataclass(frozen=True)
class Comparison:
    """Hold a comparison.

    Parameters
    ----------
    lines
        What a person reads, in the language asked for.
    table
        One row for each value, `COLUMNS`; codes and units, no words of a language but the titles.
    """

    lines: tuple[str, ...]
    table: pd.DataFrame


def compare_runs(a: Path, b: Path, lang: str) -> Comparison:
    """Compare two published folders: two runs of one city, or two cities.

    Parameters
    ----------
    a, b
        Folders that finished runs have left.
    lang
        ``en`` or ``km``.

    Returns
    -------
    Comparison
        Lines and table. Of one city every indicator, group and place, with why values differ; of two cities the whole
        cities, and only indicators of the same version of the definition.

    Raises
    ------
    InputError
        A folder is absent, spoilt or no run's, or the two have no indicator in common.
    """
    one, other = read_run(a), read_run(b)
    if one.code == other.code:
        return _runs(one, other, lang)
    return _cities(one, other, lang)


def _sources(run: Run) -> dict[str, list[str]]:
    """Return the sources of each indicator."""
    return {key: list(said.get("sources", ())) for key, said in run.said["indicators"].items()}


def _finished(rows: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return the table with titles, units and columns in order."""
    declared = indicators()
    rows["unit"] = [declared[key].unit if key in declared else "" for key in rows["indicator"]]
    rows["title"] = [_title(key, lang) for key in rows["indicator"]]
    for name in COLUMNS:
        if name not in rows:
            rows[name] = ""
    return rows[list(COLUMNS)].reset_index(drop=True)


def _title(key: str, lang: str) -> str:
    """Return the title of an indicator, its id where this version no longer has it."""
    known = f"indicator.{key}.title"
    return told(known, lang) if known in registry() else key


def _with_sources(rows: pd.DataFrame, a: Run, b: Run) -> pd.DataFrame:
    """Add the sources of each indicator in either run, and in both."""
    one, other = _sources(a), _sources(b)
    rows["sources_a"] = [" ".join(one.get(key, ())) for key in rows["indicator"]]
    rows["sources_b"] = [" ".join(other.get(key, ())) for key in rows["indicator"]]
    rows["sources"] = [
        " ".join(dict.fromkeys([*one.get(key, ()), *other.get(key, ())])) for key in rows["indicator"]
    ]
    return rows


def _runs(a: Run, b: Run, lang: str) -> Comparison:
    """Compare two runs of one city."""
    found = differences_of(a, b)
    rows = _with_sources(joined(a, b), a, b)
    rows = rows[rows["a"].notna() | rows["b"].notna()].reset_index(drop=True)
    if not (rows["a"].notna() & rows["b"].notna()).any():
        raise InputError(_nothing_common(a, b))
    rows = with_gaps(rows, a, b, found.shared)
    differs = _differs(rows)
    rows["why"] = [
        " ".join(reasons_of(row, str(row["sources"]).split(), found)) if changed else ""
        for row, changed in zip(rows_of(rows), differs, strict=True)
    ]
    same = ~differs
    rows.loc[same, ["difference", "low", "high"]] = [0.0, math.nan, math.nan]
    rows.loc[same, "how"] = ""
    rows["place_b"] = rows["place"]
    table = _finished(rows, lang)
    return Comparison(tuple(_lines_of_runs(a, b, table, found, lang)), table)


def _differs(rows: pd.DataFrame) -> pd.Series:
    """Return which rows differ in value, interval, status or definition."""
    out = pd.Series(data=False, index=rows.index)
    for one, other in (("a", "b"), ("a_low", "b_low"), ("a_high", "b_high")):
        out |= (rows[one] != rows[other]) & ~(rows[one].isna() & rows[other].isna())
    for one, other in (("a_status", "b_status"), ("version_a", "version_b"), ("period_a", "period_b")):
        both = rows[one].notna() & rows[other].notna()
        out |= (rows[one] != rows[other]) & both
    return out


def _nothing_common(a: Run, b: Run) -> str:
    """Return the fault of two runs that share no value."""
    return (
        f"{a.folder} and {b.folder}: no indicator has a value in both. "
        "Runs are compared value by value. Give two runs that measured something alike."
    )


def _colon(lang: str) -> str:
    """Return the sign between a name and what is said of it."""
    return "\u17d6 " if lang == "km" else ": "


def _fact(fact: Fact, a: Run, b: Run, lang: str) -> str:
    """Return in words what differs."""
    given = dict(fact.given)
    if "indicator" in given:
        given["title"] = _title(given.pop("indicator"), lang)
    if "place" in given:
        given["place"] = _place_names(a, b, lang).get(given["place"], given["place"])
    what = told(f"compare.what.{fact.key}", lang).format_map(given)
    return f"{told(f'compare.why.{fact.reason}', lang)}{_colon(lang)}{what}"


def _place_names(a: Run, b: Run, lang: str) -> dict[str, str]:
    """Return the name of each place of either run."""
    return {
        place["place"]: (place.get("name_km") if lang == "km" else None) or place["name"]
        for run in (b, a)
        for place in run.said["places"]
    }


def _lines_of_runs(a: Run, b: Run, table: pd.DataFrame, found: Differences, lang: str) -> list[str]:
    """Return what a person reads of two runs of one city."""
    head = {"a": a.said["run"], "b": b.said["run"], "period_a": a.said["city"]["period"]}
    lines = [_plain("head.of_runs", lang, city=a.name(lang), period_b=b.said["city"]["period"], **head)]
    lines += _invented((a, b), lang)
    changed = table["why"] != ""
    if not changed.any() and not found.facts:
        return [*lines, _plain("head.same", lang, count=str(len(table)))]
    only = [int((table[x].notna() & table[y].isna()).sum()) for x, y in (("a", "b"), ("b", "a"))]
    counts = {"same": (~changed).sum(), "all": len(table), "changed": changed.sum() - sum(only)}
    counts |= {"only_a": only[0], "only_b": only[1]}
    lines.append(_plain("head.values", lang, **{key: f"{int(n):,}" for key, n in counts.items()}))
    if found.facts:
        lines += ["", told("compare.head.what", lang)]
        lines += _some([f"  {_fact(fact, a, b, lang)}" for fact in found.facts], MOST_FACTS, lang)
    if not changed.any():
        return lines
    whys = Counter(table.loc[changed, "why"])
    lines += ["", told("compare.head.counts", lang)]
    lines += [f"  {_whys(why, lang)}{_colon(lang)}{n:,}" for why, n in whys.most_common()]
    if any(" " in why for why in whys):
        lines.append(f"  {told('compare.head.several', lang)}")
    here = table[changed & (table["place"] == a.code) & (table["group"] == "all")]
    if len(here):
        lines += ["", told("compare.head.largest", lang)]
        lines += _some([f"  {_row(row, lang)}" for row in _surest_first(here)], MOST_ROWS, lang)
    return lines


def _surest_first(rows: pd.DataFrame) -> Sequence[Mapping[str, Any]]:
    """Return rows: first those whose difference is not 0 by its interval, then by size against the value."""
    sure = (rows["low"] > 0) | (rows["high"] < 0)
    size = (rows["difference"].abs() / rows[["a", "b"]].abs().max(axis=1)).fillna(-1.0)
    order = rows.assign(sure=sure, size=size).sort_values(
        ["sure", "size", "indicator"], ascending=[False, False, True]
    )
    return rows_of(order)


def _value(row: Mapping[str, Any], side: str, lang: str) -> str:
    """Return a value with its interval, or its status where it has none."""
    value, low, high = (float(row[name]) for name in (side, f"{side}_low", f"{side}_high"))
    if math.isnan(value):
        return told(f"word.status.{row[f'{side}_status']}", lang)
    unit = str(row["unit"]) or "ratio"
    return _with_interval([in_words(one, unit, lang) for one in (value, low, high)], low, high, lang)


def _with_interval(said: Sequence[str], low: float, high: float, lang: str) -> str:
    """Return a value with its interval in words, alone where it has none."""
    if math.isnan(low) or math.isnan(high):
        return said[0]
    return told("compare.line.value", lang).format(value=said[0], low=said[1], high=said[2])


def _gap(row: Mapping[str, Any], lang: str) -> str:
    """Return a difference with its sign and interval; of shares in points. Unknown where a value is."""
    gap, low, high = (float(row[name]) for name in ("difference", "low", "high"))
    if math.isnan(gap):
        return told("report.shown.unknown", lang)
    unit = str(row["unit"]) or "ratio"
    said = [_signed(one, unit, lang) for one in (gap, low, high)]
    if unit == PERCENT:
        said = [_plain("line.points", lang, value=one.removesuffix(PERCENT)) for one in said[:1]] + [
            one.removesuffix(PERCENT) for one in said[1:]
        ]
    return _with_interval(said, low, high, lang)


def _signed(value: float, unit: str, lang: str) -> str:
    """Return a value with its sign; without one where nothing but noughts is shown."""
    said = in_words(value, unit, lang)
    if not any(sign in "123456789" for sign in said.partition(" ")[0]):
        return said.removeprefix("-")
    return f"+{said}" if value > 0 else said


def _row(row: Mapping[str, Any], lang: str) -> str:
    """Return one value of two runs in words."""
    values = f"{_value(row, 'a', lang)}, {_value(row, 'b', lang)}; {_gap(row, lang)}"
    return f"{row['title']}{_colon(lang)}{values} [{_whys(str(row['why']), lang)}]"


def _whys(why: str, lang: str) -> str:
    """Return reasons in words."""
    return ", ".join(told(f"compare.why.{one}", lang) for one in REASONS if one in why.split())


def _plain(key: str, lang: str, **given: str) -> str:
    """Return a text of the comparison, with Latin digits: its lines are a table."""
    return told(f"compare.{key}", lang).format_map(given)


def _some(lines: Sequence[str], most: int, lang: str) -> list[str]:
    """Return the first lines and how many more there are."""
    if len(lines) <= most + 1:
        return list(lines)
    return [*lines[:most], f"  {_plain('head.more', lang, count=f'{len(lines) - most:,}')}"]


def _invented(runs: Sequence[Run], lang: str) -> list[str]:
    """Return that a city is invented, where one is."""
    return (
        [told("compare.head.invented", lang)] if any(run.said["city"].get("invented") for run in runs) else []
    )


def _cities(a: Run, b: Run, lang: str) -> Comparison:
    """Set two cities side by side."""
    both = joined(_whole_only(a), _whole_only(b))
    has = both["a"].notna() & both["b"].notna()
    alike = both["version_a"] == both["version_b"]
    rows = _with_sources(both[has & alike].reset_index(drop=True), a, b)
    if rows.empty:
        raise InputError(_nothing_common(a, b))
    rows = with_gaps(rows, a, b, frozenset())
    rows["told"] = [_told_apart(row) for row in rows_of(rows)]
    rows["place"], rows["place_b"] = a.code, b.code
    table = _finished(rows, lang)
    left_out = {
        "other_definition": both[has & ~alike],
        "only_one": both[both["a"].notna() != both["b"].notna()],
    }
    counts = {key: part["indicator"].nunique() for key, part in left_out.items()}
    return Comparison(tuple(_lines_of_cities(a, b, table, counts, lang)), table)


def _whole_only(run: Run) -> Run:
    """Return a run with the values of the whole city alone, under one code for both cities."""
    table = run.table[run.table["place"] == run.code].assign(place="city")
    return Run(run.folder, run.said, table, None, None)


def _told_apart(row: Mapping[str, Any]) -> str:
    """Return whether the first is higher or lower; neither where intervals overlap or an error is not stated."""
    ends = [float(row[name]) for name in ("a_low", "a_high", "b_low", "b_high")]
    if any(math.isnan(one) for one in ends):
        return "unknown"
    if ends[0] > ends[3]:
        return "higher"
    return "lower" if ends[1] < ends[2] else "overlap"


def _lines_of_cities(
    a: Run, b: Run, table: pd.DataFrame, left_out: Mapping[str, int], lang: str
) -> list[str]:
    """Return what a person reads of two cities."""
    periods = {"period_a": a.said["city"]["period"], "period_b": b.said["city"]["period"]}
    lines = [_plain("head.of_cities", lang, a=a.name(lang), b=b.name(lang), **periods)]
    lines += _invented((a, b), lang)
    lines.append(_plain("head.comparable", lang, count=str(table["indicator"].nunique())))
    lines += [_plain(f"head.{key}", lang, count=str(n)) for key, n in left_out.items() if n]
    lines += [tell("compare.head.no_rank", lang).text, ""]
    for row in rows_of(table[table["group"] == "all"]):
        values = f"{_value(row, 'a', lang)}, {_value(row, 'b', lang)}"
        apart = told(f"compare.told.{row['told']}", lang)
        lines.append(f"  {row['title']}{_colon(lang)}{values}; {apart}")
    return lines
