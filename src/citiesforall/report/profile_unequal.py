"""The chapter on inequality: which places and groups are left behind, by how much, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from citiesforall.core.indicator import DIMENSIONS, indicators
from citiesforall.report.blocks import Block, Heading, Line, Mark, Number, Paragraph, Row, Said, Table
from citiesforall.report.charts_axes import class_names
from citiesforall.report.numbers import cell, in_words, told
from citiesforall.report.profile_charts import Drawn, class_of, dots, heat, unknown_mark
from citiesforall.report.profile_facts import (
    NOTHING,
    Facts,
    between,
    chance_of,
    counted,
    group_name,
    is_known,
    joined,
    observed,
    place_name,
    plain,
    say_so,
    score_of,
    title_of,
    word_of,
)
from citiesforall.report.profile_findings import SCORED, dimension_rows, facts_has_groups, group_finding
from citiesforall.report.profile_links import links_chart
from citiesforall.report.profile_parts import heads, is_share, mark_of, source_line
from citiesforall.report.profile_select import Worst, ranked_gaps

GAPS = 8
"""Gaps between groups that are drawn, and places that are told."""
HEAT_ROWS = 24
"""Places of a heat chart; of more the lowest are shown."""
KEYS = ("place", "indicator", "measure", "group_a", "group_b", "place_a", "place_b")
"""Columns that name a row of the table of inequality."""


def unequal_chapter(facts: Facts, worst: Mapping[str, Worst], gaps: Sequence[Worst]) -> list[Block]:
    """Return the chapter.

    Parameters
    ----------
    facts
        The tables.
    worst
        From `worst_places`.
    gaps
        From `worst_groups`.
    """
    places = ranked_gaps(facts, [one for one in worst.values() if one.is_sure])[:GAPS]
    blocks: list[Block] = [
        Heading(say_so(facts, "unequal.title"), 1, "inequality"),
        Paragraph(joined([_widest_place(facts, places), group_finding(facts, gaps)]), "lead"),
        Paragraph(say_so(facts, "unequal.how")),
    ]
    blocks += [_places_table(facts, places)] if places else []
    blocks += _groups_chart(facts, gaps)
    blocks += _scores_heat(facts)
    return [*blocks, *_spread_table(facts), *links_chart(facts)]


def _widest_place(facts: Facts, places: Sequence[Worst]) -> Said:
    """Say where the widest gap between a place and the city is."""
    if not places:
        return say_so(facts, "unequal.no_place")
    one = places[0]
    return say_so(
        facts,
        "finding.place",
        title=title_of(facts, one.indicator),
        place=place_name(facts, one.code),
        value=observed(facts, one.indicator, one.code),
        whole=observed(facts, one.indicator),
    )


def _row(facts: Facts, one: Worst, measure: str) -> Mapping[str, Any]:
    """Return the row of the table of inequality a gap was read from."""
    by_place = measure == "place_gap"
    return {
        "place": facts.whole,
        "indicator": one.indicator,
        "measure": measure,
        "group_a": "all" if by_place else one.code,
        "group_b": "" if by_place else one.against,
        "place_a": one.code if by_place else "",
        "place_b": facts.whole if by_place else "",
        "value": one.gap,
        "low": one.low,
        "high": one.high,
        "chance": one.chance,
    }


def _cell(facts: Facts, row: Mapping[str, Any], column: str) -> Number:
    """Return a cell of the table of inequality in the indicator's unit."""
    key = tuple(sorted((name, str(row[name])) for name in KEYS))
    unit = indicators()[str(row["indicator"])].unit
    value = float(row[column])
    return Number(in_words(value, unit, facts.lang), "inequality", key, column, value)


def _places_table(facts: Facts, places: Sequence[Worst]) -> Table:
    """Return the widest gaps between a place and the city."""
    rows = []
    for one in places:
        row = _row(facts, one, "place_gap")
        band = between(
            _cell(facts, row, "low"), _cell(facts, row, "high"), indicators()[one.indicator].unit, facts.lang
        )
        chance = chance_of(facts, "inequality", "chance", row, KEYS)
        rows.append(
            Row(
                (
                    plain(title_of(facts, one.indicator)),
                    plain(place_name(facts, one.code)),
                    plain(observed(facts, one.indicator, one.code)),
                    plain(observed(facts, one.indicator)),
                    band,
                    plain(chance),
                )
            )
        )
    columns = heads(facts, "indicator:3.4", "place:1.8", "there:>1.4", "city:>1.4", "gap:>1.8", "chance:>1")
    title = say_so(facts, "unequal.places", place=place_name(facts, places[0].code))
    return Table(
        title,
        columns,
        tuple(rows),
        source_line(facts, "inequality"),
        word_of(facts, "unequal.note"),
        "unequal_places",
    )


def _groups_chart(facts: Facts, gaps: Sequence[Worst]) -> list[Block]:
    """Return the widest gaps between groups as dumbbells, of shares only, one for each indicator."""
    best: dict[str, Worst] = {}
    for one in ranked_gaps(facts, gaps):
        drawn = is_share(one.indicator) and is_known(facts, one.indicator, group=one.code)
        if drawn and is_known(facts, one.indicator, group=one.against):
            best.setdefault(one.indicator, one)
    kept = list(best.values())[:GAPS]
    if not kept:
        return [
            Paragraph(
                say_so(facts, "finding.no_group" if facts_has_groups(facts) else "finding.groups_unknown")
            )
        ]
    lines = [
        Line(
            say_so(
                facts,
                "unequal.pair",
                title=title_of(facts, one.indicator),
                group=group_name(facts, one.code),
                other=group_name(facts, one.against),
            ).text,
            (
                mark_of(facts, one.indicator, group=one.code),
                mark_of(facts, one.indicator, group=one.against, series=1),
            ),
        )
        for one in kept
    ]
    first = kept[0]
    title = say_so(
        facts, "unequal.groups", title=title_of(facts, first.indicator), group=group_name(facts, first.code)
    )
    series = (word_of(facts, "unequal.worse_group"), word_of(facts, "unequal.other_group"))
    about = Drawn(
        title, word_of(facts, "unequal.groups_subtitle"), ("observations", "inequality"), "unequal_groups"
    )
    return [dots(facts, about, lines, "%", series=series)]


def _scores_heat(facts: Facts) -> list[Block]:
    """Return scores of places by dimension as coloured cells, where they are known."""
    dimensions = [one for one in DIMENSIONS if one != "city"]
    scored = facts.table("diagnose/dimensions")
    if scored.empty:
        return []
    own = scored[(scored["group"] == "all") & scored["place"].isin(facts.places)]
    rows = {(str(row["place"]), str(row["dimension"])): row for row in own.to_dict("records")}
    means = {
        place: [float(rows[place, one]["score"]) for one in dimensions if (place, one) in rows]
        for place in facts.places
    }
    known = [place for place, values in means.items() if any(not math.isnan(value) for value in values)]
    if not known:
        return []
    order = sorted(known, key=lambda place: float(np.nanmean(means[place])))[:HEAT_ROWS]
    lines = [
        Line(
            place_name(facts, place), tuple(_score_cell(facts, rows.get((place, one))) for one in dimensions)
        )
        for place in order
    ]
    lowest: list[str] = []
    for one in dimensions:
        ranked = dimension_rows(facts, one, "place")
        lowest += [str(ranked[0]["place"])] if ranked else []
    most = max(dict.fromkeys(lowest), key=lambda place: (lowest.count(place), place))
    table = "diagnose/dimensions"
    title = say_so(
        facts,
        "unequal.lowest",
        place=place_name(facts, most),
        times=counted(
            facts, float(lowest.count(most)), table, f"count of dimensions whose lowest score is of {most}"
        ),
        all=counted(facts, float(len(lowest)), table, "count of dimensions with scores of places"),
    )
    columns = [told(f"word.dimension.{one}", facts.lang) for one in dimensions]
    about = Drawn(title, word_of(facts, "unequal.heat_subtitle"), ("diagnose/dimensions",), "scores_places")
    return [heat(facts, about, lines, columns, class_names((20.0, 40.0, 60.0, 80.0), "count", facts.lang))]


def _score_cell(facts: Facts, row: Mapping[Any, Any] | None) -> Mark:
    """Return a score as a cell of a heat chart."""
    if row is None or math.isnan(float(row["score"])):
        return unknown_mark(facts)
    number = score_of(facts, "diagnose/dimensions", "score", {str(k): v for k, v in row.items()}, SCORED)
    return Mark(class_of(number.value), cell(number))


def _spread_table(facts: Facts) -> list[Block]:
    """Return how unequal the places are as one number: Gini coefficient and concentration by poverty."""
    table = facts.table("inequality")
    if table.empty:
        return []
    own = table[
        (table["place"] == facts.whole)
        & table["measure"].isin(["gini", "concentration"])
        & table["value"].notna()
    ]
    weights = facts.scores["weight"]
    kept = [key for key in dict.fromkeys(own["indicator"]) if float(weights.get(key, 0.0)) > 0]
    rows = {
        (str(r["indicator"]), str(r["measure"])): {str(k): v for k, v in r.items()}
        for r in own.to_dict("records")
    }
    sized = sorted(kept, key=lambda key: -abs(float(rows.get((key, "gini"), {"value": 0.0})["value"])))[:GAPS]
    if not sized:
        return []
    body = tuple(
        Row(
            (
                plain(title_of(facts, key)),
                *(_index_cell(facts, rows.get((key, name))) for name in ("gini", "concentration")),
            )
        )
        for key in sized
    )
    title = say_so(facts, "unequal.spread", title=title_of(facts, sized[0]))
    columns = heads(facts, "indicator:4", "gini:>2.4", "concentration:>2.8")
    return [
        Table(
            title,
            columns,
            body,
            source_line(facts, "inequality"),
            word_of(facts, "unequal.spread_note"),
            "unequal_spread",
        )
    ]


def _index_cell(facts: Facts, row: Mapping[str, Any] | None) -> Said:
    """Return an index of inequality with its interval."""
    if row is None or math.isnan(float(row["value"])):
        return NOTHING
    key = tuple(sorted((name, str(row[name])) for name in KEYS))
    value, low, high = (
        Number(in_words(float(row[name]), "index", facts.lang), "inequality", key, name, float(row[name]))
        for name in ("value", "low", "high")
    )
    band = between(low, high, "index", facts.lang)
    return Said(f"{value.text} ({band.text})" if band.text else value.text, (value, *band.numbers))
