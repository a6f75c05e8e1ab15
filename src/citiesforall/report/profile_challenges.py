"""The chapter of the challenges, ranked with chance."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from citiesforall.core.challenge import challenges
from citiesforall.report.blocks import Block, Callout, Heading, Line, Mark, Paragraph, Row, Said, Table
from citiesforall.report.numbers import cell, told
from citiesforall.report.profile_charts import Drawn, dots
from citiesforall.report.profile_facts import (
    DASH,
    NOTHING,
    Facts,
    banded,
    chance_of,
    counted,
    group_name,
    listed,
    of_table,
    place_name,
    plain,
    records,
    say_so,
    score_of,
    whole_of,
    word_of,
)
from citiesforall.report.profile_page import MET, RANKED, first_challenges
from citiesforall.report.profile_parts import heads, source_line

PLACES = 4
DRAWN = 8
"""Challenges drawn; all stand in the table."""
TABLE = "diagnose/challenges"


def challenges_chapter(facts: Facts) -> list[Block]:
    """Return the chapter."""
    rows = records(facts, TABLE)
    ranked = [row for row in rows if not math.isnan(float(row["rank"]))]
    counts = {
        "known": counted(facts, float(len(ranked)), TABLE, "count of rows with a rank"),
        "all": counted(facts, float(len(rows)), TABLE, "count of rows"),
    }
    blocks: list[Block] = [
        Heading(say_so(facts, "challenges.title"), 1, "challenges"),
        Paragraph(say_so(facts, "challenges.lead" if ranked else "challenges.none", **counts), "lead"),
        Paragraph(Said(told("diagnose.brief.how", facts.lang)), "note"),
    ]
    if not ranked:
        return [*blocks, *_unknown(facts, rows)]
    blocks += [_rank_chart(facts, ranked), _table(facts, ranked), *_causes(facts)]
    return [*blocks, *_unknown(facts, rows)]


def _title(facts: Facts, row: Mapping[str, Any]) -> str:
    """Return the title of a challenge."""
    return told(f"challenge.{row['challenge']}.title", facts.lang)


def _rank_chart(facts: Facts, ranked: Sequence[Mapping[str, Any]]) -> Block:
    """Return the rank of every challenge with its range, which is what a council argues about."""
    short = [row for row in ranked if MET not in str(row["note"]).split()] or list(ranked)
    lines = []
    for row in short[:DRAWN]:
        number = whole_of(facts, TABLE, "rank", row, RANKED)
        lines.append(
            Line(
                _title(facts, row),
                (Mark(number.value, cell(number), float(row["rank_low"]), float(row["rank_high"])),),
            )
        )
    first = short[0]
    is_clear = all(float(first["rank_high"]) < float(row["rank_low"]) for row in short[1:])
    tied = [row for row in short[1:] if float(row["rank_low"]) <= 1]
    title = say_so(
        facts,
        "challenges.first" if is_clear else "challenges.first_unclear",
        title=_title(facts, first),
        others=counted(facts, float(len(tied)), TABLE, "count of rows after the first whose rank_low is 1"),
    )
    about = Drawn(title, word_of(facts, "challenges.subtitle"), (TABLE,), "challenge_ranks")
    return dots(facts, about, lines, "count")


def _table(facts: Facts, ranked: Sequence[Mapping[str, Any]]) -> Table:
    """Return all challenges that could be judged."""
    columns = heads(
        facts, "rank:>0.7", "challenge:2.8", "range:>0.9", "chance3:>1", "severity_band:>2", "people_band:>2.9", "who:2.1",
        "confidence:1.2",
    )  # fmt: skip
    body = tuple(Row(_cells(facts, row)) for row in ranked)
    weak = sum(row["confidence"] == "low" for row in ranked)
    title = say_so(
        facts,
        "challenges.table",
        weak=counted(facts, float(weak), TABLE, "count of rows whose confidence is low"),
    )
    return Table(
        title,
        columns,
        body,
        source_line(facts, TABLE),
        word_of(facts, "challenges.note"),
        "challenges",
    )


def _cells(facts: Facts, row: Mapping[str, Any]) -> tuple[Said, ...]:
    """Return the cells of a challenge."""
    rank, low, high = (
        whole_of(facts, TABLE, name, row, RANKED) for name in ("rank", "rank_low", "rank_high")
    )
    severity = [
        score_of(facts, TABLE, name, row, RANKED) for name in ("severity", "severity_low", "severity_high")
    ]
    people = [
        of_table(facts, TABLE, name, "count", row, RANKED) for name in ("people", "people_low", "people_high")
    ]
    return (
        plain(rank),
        plain(_title(facts, row)),
        Said(f"{low.text}{DASH}{high.text}", (low, high)),
        plain(chance_of(facts, TABLE, "chance_top3", row, RANKED)),
        banded(severity[0], severity[1], severity[2], "%", facts.lang),
        banded(people[0], people[1], people[2], "count", facts.lang),
        plain(group_name(facts, str(row["who"])) if row["who"] else DASH),
        plain(told(f"diagnose.confidence.{row['confidence']}", facts.lang) if row["confidence"] else DASH),
    )


def _causes(facts: Facts) -> list[Block]:
    """Return what the first challenges are, where they are worst and what usually causes them."""
    cards = first_challenges(facts)
    if not cards:
        return []
    body = tuple(Row(_cause_cells(facts, card)) for card in cards)
    columns = heads(facts, "challenge:1.8", "meaning:3.2", "worst_in:2", "causes:4")
    note = word_of(facts, "challenges.causes_note")
    return [
        Table(say_so(facts, "challenges.causes"), columns, body, source_line(facts, TABLE), note, "causes")
    ]


def _cause_cells(facts: Facts, card: Mapping[str, Any]) -> tuple[Said, ...]:
    """Return the cells of a challenge: what it is, where, why."""
    key = str(card["challenge"])
    where = [place_name(facts, place) for place in card["where"][:PLACES]]
    causes = [
        told(f"challenge.{key}.cause.{at}", facts.lang) for at in range(1, len(challenges()[key].causes) + 1)
    ]
    return (
        plain(told(f"challenge.{key}.title", facts.lang)),
        plain(told(f"challenge.{key}.meaning", facts.lang)),
        listed(facts, where) if where else NOTHING,
        plain(" ".join(causes)),
    )


def _unknown(facts: Facts, rows: Sequence[Mapping[str, Any]]) -> list[Block]:
    """Return the challenges nothing is known of, by what would tell."""
    waiting: dict[str, list[str]] = {}
    for card in facts.cards:
        if card["rank"] is None:
            waiting.setdefault(" ".join(sorted(card.get("filled_by", ()))), []).append(str(card["challenge"]))
    if not waiting or not rows:
        return []
    items = [
        say_so(
            facts,
            "challenges.wait",
            source=listed(facts, [told(f"diagnose.needs.{one}", facts.lang) for one in needs.split()]),
            titles=listed(facts, [told(f"challenge.{key}.title", facts.lang) for key in keys]),
        )
        for needs, keys in sorted(waiting.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    ]
    return [Callout(word_of(facts, "challenges.unknown"), tuple(items), "limit")]
