"""The chapter on what citizens said: threats they felt, what they expect, and how that differs from what is measured."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from citiesforall.core.indicator import DIMENSIONS
from citiesforall.report.blocks import Block, Callout, Heading, Line, Paragraph, Row, Said, Table
from citiesforall.report.numbers import told
from citiesforall.report.profile_charts import Drawn, dots
from citiesforall.report.profile_facts import (
    DASH,
    Facts,
    is_known,
    listed,
    observed,
    plain,
    records,
    row_of,
    say_so,
    whole_of,
    word_of,
)
from citiesforall.report.profile_page import RANKED
from citiesforall.report.profile_parts import heads, mark_of, run_of, source_line

SHOWN = 17
"""Challenges shown, the first by what people say."""
APART = 5
"""Ranks that people and measures must lie apart for a challenge to be named."""


def voices_chapter(facts: Facts) -> list[Block]:
    """Return the chapter."""
    felt = [one for one in DIMENSIONS if is_known(facts, f"threat_{one}_affected")]
    blocks: list[Block] = [Heading(say_so(facts, "voices.title"), 1, "voices")]
    if felt:
        first = max(felt, key=lambda one: row_of(facts, f"threat_{one}_affected").value)
        lead = say_so(
            facts,
            "voices.lead",
            dimension=told(f"word.dimension.{first}", facts.lang),
            value=observed(facts, f"threat_{first}_affected"),
        )
        blocks += [Paragraph(lead, "lead"), _felt_chart(facts, felt)]
    else:
        blocks += [
            Paragraph(say_so(facts, "voices.none"), "lead"),
            Callout(word_of(facts, "voices.what_to_do"), (say_so(facts, "voices.survey"),), "limit"),
        ]
    roles = {role for one in run_of(facts).get("sources", {}).values() for role in one.get("roles", ())}
    reports = say_so(facts, "voices.open" if "voices" in roles else "voices.no_open")
    return [*blocks, Paragraph(reports, "note"), *_ranks(facts)]


def _felt_chart(facts: Facts, felt: Sequence[str]) -> Block:
    """Return how many felt each kind of threat, and how many expect one, the most first."""
    order = sorted(felt, key=lambda one: -row_of(facts, f"threat_{one}_affected").value)
    lines = [
        Line(told(f"word.dimension.{one}", facts.lang), (mark_of(facts, f"threat_{one}_affected"),))
        for one in order
    ]
    first, second = order[0], order[min(1, len(order) - 1)]
    is_clear = row_of(facts, f"threat_{first}_affected").low > row_of(facts, f"threat_{second}_affected").high
    title = say_so(
        facts,
        "voices.first" if is_clear else "voices.first_unclear",
        dimension=told(f"word.dimension.{first}", facts.lang),
        second=told(f"word.dimension.{second}", facts.lang),
    )
    about = Drawn(title, word_of(facts, "voices.subtitle"), ("observations",), "threats_felt")
    return dots(facts, about, lines, "%")


def _ranks(facts: Facts) -> list[Block]:
    """Return challenges by what people say beside what is measured; nothing where nobody was asked."""
    rows = [
        row for row in records(facts, "diagnose/challenges") if not math.isnan(float(row["perceived_rank"]))
    ]
    if not rows:
        return []
    rows.sort(key=lambda row: float(row["perceived_rank"]))
    apart = [row for row in rows if float(row["rank"]) - float(row["perceived_rank"]) >= APART]
    named = [told(f"challenge.{row['challenge']}.title", facts.lang) for row in apart[:3]]
    title = (
        say_so(facts, "voices.apart", titles=listed(facts, named)) if named else say_so(facts, "voices.alike")
    )
    remark = word_of(facts, "voices.note")
    if len(rows) > SHOWN:
        remark += " " + say_so(facts, "voices.cut", shown=str(SHOWN), all=str(len(rows))).text
    body = tuple(Row(_rank_cells(facts, row)) for row in rows[:SHOWN])
    columns = heads(facts, "said_rank:>1", "challenge:4", "rank:>1", "range:>1.4", "note:2.4")
    return [
        Table(
            title,
            columns,
            body,
            source_line(facts, "diagnose/challenges"),
            remark,
            "perceived",
        )
    ]


def _rank_cells(facts: Facts, row: dict[str, Any]) -> tuple[Said, ...]:
    """Return a challenge's rank by what people say and by all there is."""
    table = "diagnose/challenges"
    said, rank, low, high = (
        whole_of(facts, table, name, row, RANKED)
        for name in ("perceived_rank", "rank", "rank_low", "rank_high")
    )
    difference = rank.value - said.value
    word = "more" if difference >= APART else "less" if difference <= -APART else "same"
    return (
        plain(said),
        plain(told(f"challenge.{row['challenge']}.title", facts.lang)),
        plain(rank),
        Said(f"{low.text}{DASH}{high.text}", (low, high)),
        plain(word_of(facts, f"voices.{word}")),
    )
