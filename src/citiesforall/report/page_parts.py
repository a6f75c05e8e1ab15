"""Parts of the page for a browser that need no script: figures, challenges, indicators, sources."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from citiesforall.core.figures import figures as figures_of_city
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.report.evidence import Evidence, look, summed
from citiesforall.report.numbers import in_words, tell, told
from citiesforall.report.page_markup import Cell, Head, details, esc, figure, paragraph, table
from citiesforall.report.page_values import name_of, rows_of
from citiesforall.text import signed_by

MOST_NAMED = 3
DASH = "\u2013"
"""Between the ends of an interval in a table."""
FILLED_BY = {"survey": "survey", "score": "scorecard", "maturity": "scorecard", "register": "register"}
"""Family of a method -> word of ``diagnose.needs``; maps, lists and grids otherwise."""


@dataclass(frozen=True)
class Scene:
    """Hold what every part reads.

    Parameters
    ----------
    evidence
        The tables.
    lang
        Language of the page.
    places
        In the page's order, the city first.
    names
        Code -> name in the language.
    """

    evidence: Evidence
    lang: str
    places: pd.DataFrame
    names: Mapping[str, str]

    def say(self, key: str, **given: str) -> str:
        """Return a text of the page with what belongs in its places, digits as in prose."""
        return tell(f"page.{key}", self.lang, **given).text

    def head(self, key: str, kind: str = "") -> Head:
        """Return a column with a title of the page."""
        return Head(told(f"page.{key}", self.lang), kind)

    def table(self, name: str) -> pd.DataFrame:
        """Return a finished table; one without rows where it was never made."""
        return self.evidence.tables.get(name, pd.DataFrame())


def scene_of(evidence: Evidence, places: pd.DataFrame, lang: str) -> Scene:
    """Return what every part of the page reads."""
    names = {str(row["place"]): name_of(row, lang) for row in rows_of(places)}
    return Scene(evidence, lang, places, names)


def interval(low: float, high: float, symbol: str, scene: Scene) -> str:
    """Return an interval in words, or that nobody has stated an error."""
    if math.isnan(low) or math.isnan(high):
        return told("page.map.error_unknown", scene.lang)
    first, last = (in_words(one, symbol, scene.lang) for one in (low, high))
    return f"{first}{DASH}{last}"


def figures(scene: Scene) -> str:
    """Return the figures of the overview."""
    evidence, lang = scene.evidence, scene.lang
    whole = {"place": evidence.whole, "group": "all"}
    people = look(evidence, "observations", "value", "persons", lang=lang, indicator="population", **whole)
    table = evidence.tables["observations"]
    of_city = table[(table["place"] == evidence.whole) & (table["group"] == "all")]
    known = table.loc[table["value"].notna(), "indicator"].nunique()
    count = [
        summed(float(n), "count", lang, table="observations", how=how).text
        for n, how in ((known, "count of indicators with a value"), (of_city["indicator"].nunique(), "count"))
    ]
    missing = int((of_city["status"] == "missing").sum())
    out = [
        figure(people.text, told("page.figure.people", lang)),
        *_index_figure(scene, whole),
        figure(
            told("page.figure.of", lang).format(part=count[0], all=count[1]),
            told("page.figure.measured", lang),
            scene.say("figure.missing", count=str(missing)) if missing else "",
        ),
        figure(str(len(scene.places) - 1), told("page.figure.places", lang)),
    ]
    return f"<dl class=figures>{''.join(out)}</dl>"


def _index_figure(scene: Scene, whole: Mapping[str, str]) -> list[str]:
    """Return the index and the weakest dimension, where the city was diagnosed."""
    if "diagnose/index" not in scene.evidence.tables:
        return []
    lang, key = scene.lang, {**whole, "index": "geometric"}
    value, low, high = (
        look(scene.evidence, "diagnose/index", column, "score", lang=lang, **key)
        for column in ("value", "low", "high")
    )
    title = told("page.figure.index", lang)
    if math.isnan(value.value):
        return [figure(value.text, title, told("page.figure.no_index", lang))]
    rows = scene.table("diagnose/index")
    here = rows[(rows["place"] == whole["place"]) & (rows["group"] == "all") & (rows["index"] == "geometric")]
    weakest = str(here["weakest"].iloc[0])
    note = f"{low.text}{DASH}{high.text}"
    return [
        figure(value.text, title, note),
        *(
            [figure(told(f"word.dimension.{weakest}", lang), told("page.figure.weakest", lang))]
            * bool(weakest)
        ),
    ]


def challenges(scene: Scene) -> str:
    """Return the table of challenges, with those that could not be judged named below."""
    rows, lang = scene.table("diagnose/challenges"), scene.lang
    if rows.empty:
        return paragraph(told("page.challenge.not_made", lang))
    judged = rows[rows["rank"].notna()].sort_values("rank", kind="stable")
    heads = ("rank", "challenge", "severity", "people", "where", "who", "confidence")
    out = [paragraph(told("page.challenge.lead", lang), "lead")]
    if judged.empty:
        out.append(paragraph(told("page.challenge.none", lang)))
    else:
        columns = [
            scene.head(f"challenge.{one}", "number" * (one in {"rank", "severity", "people"}))
            for one in heads
        ]
        cells = [_challenge(row, scene) for row in rows_of(judged)]
        out.append(
            table(told("page.challenge.caption", lang), columns, cells, name="challenge-table", tools=True)
        )
    for key, chosen in (
        ("unknown", rows[rows["rank"].isna() & (rows["status"] == "missing")]),
        ("met", rows[rows["rank"].isna() & (rows["status"] != "missing")]),
    ):
        if len(chosen):
            titles = [told(f"challenge.{one}.title", lang) for one in chosen["challenge"]]
            items = "".join(f"<li>{esc(one)}</li>" for one in titles)
            out.append(details(f"{told(f'page.challenge.{key}', lang)} ({len(titles)})", f"<ul>{items}</ul>"))
    return "".join(out)


def _challenge(row: Mapping[str, Any], scene: Scene) -> list[Cell]:
    """Return the cells of one challenge."""
    lang = scene.lang
    where = str(row["where"]).split()
    named = [scene.names.get(one, one) for one in where[:MOST_NAMED]]
    if len(where) > MOST_NAMED:
        named.append(told("page.challenge.more", lang).format(count=len(where) - MOST_NAMED))
    score, people = (
        Cell(
            in_words(row[name], symbol, lang),
            _sort(row[name]),
            below=interval(row[f"{name}_low"], row[f"{name}_high"], symbol, scene)
            if not math.isnan(row[name])
            else "",
            kind="number",
        )
        for name, symbol in (("severity", "score"), ("people", "persons"))
    )
    rank = f"{row['rank']:.0f}"
    between = f"{row['rank_low']:.0f}{DASH}{row['rank_high']:.0f}"
    who = str(row["who"] or "")
    return [
        Cell(rank, float(row["rank"]), below=between, kind="number"),
        Cell(
            told(f"challenge.{row['challenge']}.title", lang),
            link=f"i={row['lead']}",
            below=told(f"word.dimension.{row['dimension']}", lang),
            is_head=True,
        ),
        score,
        people,
        Cell(", ".join(named)),
        Cell(told(f"group.{who}.title", lang) if who else ""),
        Cell(told(f"diagnose.confidence.{row['confidence']}", lang)),
    ]


def _sort(value: float) -> float | None:
    """Return what a table is sorted by; nothing for what is unknown."""
    return float(value) if math.isfinite(value) else None


def all_indicators(scene: Scene) -> str:
    """Return every indicator of the whole city, those without a value with what would tell."""
    lang = scene.lang
    rows = scene.table("observations")
    here = rows[(rows["place"] == scene.evidence.whole) & (rows["group"] == "all")]
    by = {row["indicator"]: row for row in rows_of(here)}
    shown = set(rows.loc[rows["value"].notna(), "indicator"])
    declared = [one for one in indicators().values() if one.id in by]
    heads = ("indicator", "dimension", "value", "interval", "status", "period")
    columns = [scene.head(f"table.{one}", "number" * (one == "value")) for one in heads]
    cells = [_indicator(one, by[one.id], one.id in shown, scene) for one in declared]
    return table(told("page.nav.indicators", lang), columns, cells, name="indicator-table", tools=True)


def _indicator(one: Indicator, row: Mapping[str, Any], has_any: bool, scene: Scene) -> list[Cell]:
    """Return the cells of one indicator."""
    lang = scene.lang
    has = not math.isnan(row["value"])
    below = ""
    if row["status"] == "missing":
        below = told("page.table.would_tell", lang).format(source=told(f"diagnose.needs.{_need(one)}", lang))
    return [
        Cell(
            told(f"indicator.{one.id}.title", lang),
            link=f"i={one.id}" if has_any else "",
            below=below,
            is_head=True,
        ),
        Cell(told(f"word.dimension.{one.dimension}", lang)),
        Cell(in_words(row["value"], one.unit, lang) if has else "", _sort(row["value"]), kind="number"),
        Cell(interval(row["low"], row["high"], one.unit, scene) if has else ""),
        Cell(told(f"word.status.{row['status']}", lang)),
        Cell(str(row["period"])),
    ]


def _need(one: Indicator) -> str:
    """Return which kind of source an indicator waits for, by the family of its method."""
    need = FILLED_BY.get(one.method.partition("_")[0], "map")
    asked = [value for value in one.options.values() if isinstance(value, str)]
    return (
        "figures" if need == "register" and asked and all(key in figures_of_city() for key in asked) else need
    )


def sources(scene: Scene) -> str:
    """Return the sources with licences, how intervals are to be read, and what is to be read with care."""
    run, lang = scene.evidence.said.get("run", {}), scene.lang
    heads = [
        scene.head(f"source.{one}")
        for one in ("title", "provider", "licence", "vintage", "grade", "citation")
    ]
    rows = [
        [
            Cell(one["title"], is_head=True, below=str(one["id"])),
            Cell(one["provider"]),
            Cell(one["licence"]),
            Cell(str(one["period"] or one["vintage"])),
            Cell(told(f"word.grade.{one['grade']}", lang)),
            Cell(one["citation"]),
        ]
        for one in run.get("sources", {}).values()
    ]
    out = [paragraph(told("page.source.lead", lang), "lead")]
    out += [paragraph(told(f"page.source.{one}", lang)) for one in ("interval", "missing")]
    out.append(table(told("page.source.caption", lang), heads, rows, name="source-table"))
    notes = _doubts(run)
    if notes and lang == "en":
        items = "".join(f"<li><b>{esc(where)}</b>: {esc(what)}</li>" for where, what in notes)
        out.append(details(f"{told('page.source.doubts', lang)} ({len(notes)})", f"<ul>{items}</ul>"))
    if run:
        said = told("page.source.run", lang).format(run=run["run"], software=run["software"])
        out.append(paragraph(said, "note"))
    if not signed_by(lang):
        out.append(paragraph(told("page.source.draft", lang), "note"))
    return "".join(out)


def _doubts(run: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    """Return what the layers say is to be read with care, each once."""
    notes = [note for layer in run.get("layers", {}).values() for note in layer["notes"]]
    return list(dict.fromkeys((one["where"], one["what"]) for one in notes if one["kind"] == "doubt"))
