"""How the dimensions hang together over the places."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from citiesforall.core.indicator import DIMENSIONS
from citiesforall.report.blocks import Block, Line, Mark
from citiesforall.report.numbers import cell, told
from citiesforall.report.profile_charts import Drawn, heat, unknown_mark
from citiesforall.report.profile_facts import NOTHING, Facts, between, of_table, records, say_so, word_of

LINK = ("from", "to")
"""Columns that name a row of the links."""


def links_chart(facts: Facts) -> list[Block]:
    """Return how the dimensions hang together over the places, as correlations; nothing where too few are known."""
    rows = {(str(row["from"]), str(row["to"])): row for row in records(facts, "diagnose/links")}
    known = [row for row in rows.values() if not math.isnan(float(row["correlation"]))]
    if not known:
        return []
    names = [one for one in DIMENSIONS if one != "city"]
    lines = [
        Line(
            told(f"word.dimension.{one}", facts.lang),
            tuple(_link_cell(facts, rows.get((one, other))) for other in names),
        )
        for one in names
    ]
    sure = [row for row in known if float(row["low"]) > 0 or float(row["high"]) < 0]
    best = max(sure or known, key=lambda row: abs(float(row["correlation"])))
    ends = [of_table(facts, "diagnose/links", end, "ratio", best, LINK) for end in ("low", "high")]
    title = say_so(
        facts,
        "challenges.link" if sure else "challenges.no_link",
        one=told(f"word.dimension.{best['from']}", facts.lang),
        other=told(f"word.dimension.{best['to']}", facts.lang),
        value=of_table(facts, "diagnose/links", "correlation", "ratio", best, LINK),
        band=between(ends[0], ends[1], "ratio", facts.lang),
    )
    classes = tuple(word_of(facts, f"challenges.class_{at}") for at in range(5))
    about = Drawn(
        title,
        word_of(facts, "challenges.links_subtitle"),
        ("diagnose/links",),
        "links",
        word_of(facts, "challenges.links_note"),
    )
    return [heat(facts, about, lines, [told(f"word.dimension.{one}", facts.lang) for one in names], classes)]


def _link_cell(facts: Facts, row: Mapping[str, Any] | None) -> Mark:
    """Return a correlation as a cell: fifths of -1 to 1."""
    if row is None:
        return Mark(math.nan, NOTHING)
    if math.isnan(float(row["correlation"])):
        return unknown_mark(facts)
    value = float(row["correlation"])
    at = min(4, max(0, math.floor((value + 1) / 0.4)))
    return Mark(float(at), cell(of_table(facts, "diagnose/links", "correlation", "ratio", row, LINK)))
