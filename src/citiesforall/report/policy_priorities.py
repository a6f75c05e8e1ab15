"""Priorities: which challenge comes first in each province, and with which chance."""

from __future__ import annotations

from collections.abc import Mapping

from citiesforall.report.blocks import Block, Heading, Paragraph, Row, Said, Table
from citiesforall.report.charts import About
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import (
    NOTHING,
    Facts,
    count,
    heads,
    name,
    num,
    row_of,
    say,
    source,
    title,
    word,
)
from citiesforall.report.policy_maps import Atlas, kind_map
from citiesforall.report.policy_parts import PRIORITIES, SURE, known

FIRST = 3
LIKELY = 0.5


def priorities_chapter(facts: Facts, atlas: Atlas | None) -> list[Block]:
    """Return the chapter; nothing where there are no provinces."""
    ranked = {code: ranks_of(facts, "province", code) for code in facts.provinces}
    ranked = {code: rows for code, rows in ranked.items() if rows}
    heading: list[Block] = [Heading(say(facts, "priorities.title"), 1, "priorities")]
    if not ranked:
        return [*heading, Paragraph(say(facts, "priorities.none"), "lead")]
    firsts: dict[str, list[str]] = {}
    for code, rows in ranked.items():
        firsts.setdefault(str(rows[0]["challenge"]), []).append(code)
    most = max(firsts, key=lambda one: (len(firsts[one]), one))
    sure = sum(
        known(rows[0]["chance_first"]) and float(rows[0]["chance_first"]) >= SURE for rows in ranked.values()
    )
    lead = say(
        facts, "priorities.lead",
        title=title(facts, most),
        n=count(facts, len(firsts[most]), PRIORITIES, f"count of provinces where {most} has the first rank"),
        all=count(facts, len(ranked), PRIORITIES, "count of provinces with a rank"),
        sure=count(facts, sure, PRIORITIES, f"count of provinces whose first rank has chance_first from {SURE}"),
    )  # fmt: skip
    made = tuple(_row(facts, code, rows) for code, rows in ranked.items())
    columns = heads(facts, "province:1.9", "first:3.6", "second:3.2", "third:3.2")
    table = Table(
        say(facts, "priorities.table"),
        columns,
        made,
        source(facts, PRIORITIES),
        word(facts, "priorities.note"),
        "priorities",
    )
    return [*heading, Paragraph(lead, "lead"), *_nation(facts), *_map(facts, atlas, ranked), table]


def _map(facts: Facts, atlas: Atlas | None, ranked: Mapping[str, list[Record]]) -> list[Block]:
    """Return the map of what comes first in each province."""
    if atlas is None:
        return []
    firsts = {code: str(rows[0]["challenge"]) for code, rows in ranked.items()}
    order = [str(row["challenge"]) for row in facts.judged if str(row["challenge"]) in set(firsts.values())]
    at = {
        code: order.index(firsts[str(row["parent"])])
        for code, row in facts.members.items()
        if firsts.get(str(row["parent"])) in order
    }
    heading = say(facts, "priorities.map")
    alt = f"{heading.text} " + "; ".join(
        f"{name(facts, code)}: {title(facts, key)}" for code, key in firsts.items()
    )
    about = About(
        heading, word(facts, "priorities.map_unit"), alt, source(facts, PRIORITIES), "priorities_map"
    )
    return [kind_map(atlas, facts.lang, at, [title(facts, key) for key in order], about, facts.names)]


def ranks_of(facts: Facts, level: str, place: str) -> list[Record]:
    """Return the ranked challenges of a place, first first."""
    rows = [row for row in facts.records(PRIORITIES, level=level, place=place) if known(row["rank"])]
    return sorted(rows, key=lambda row: (float(row["rank"]), str(row["challenge"])))


def _row(facts: Facts, code: str, rows: list[Record]) -> Row:
    """Return a province with its first three challenges."""
    columns = ["chance_first", *["chance_top3"] * (FIRST - 1)]
    found = [_cell(facts, row, column) for row, column in zip(rows, columns, strict=False)]
    return row_of((name(facts, code), *found, *[NOTHING] * (FIRST - len(found))))


def _cell(facts: Facts, row: Record, column: str) -> Said:
    """Return a challenge with its chance of 100: of being first for the first, of being among the first three for others."""
    number = num(facts, PRIORITIES, row, column, "chance")
    said = title(facts, str(row["challenge"]))
    return Said(f"{said} ({number.text})", (number,)) if known(row[column]) else Said(said)


def _nation(facts: Facts) -> list[Block]:
    """Return in how many provinces each challenge is first, or among the first three."""
    found: dict[str, list[int]] = {}
    for code in facts.provinces:
        for at, row in enumerate(ranks_of(facts, "province", code)[:FIRST]):
            counts = found.setdefault(str(row["challenge"]), [0, 0])
            counts[0] += at == 0
            counts[1] += 1
    order = [str(row["challenge"]) for row in facts.judged if str(row["challenge"]) in found]
    rows = []
    for key in order:
        likely = sum(
            known(row["chance_top3"]) and float(row["chance_top3"]) >= LIKELY
            for row in facts.records(PRIORITIES, level="province", challenge=key)
        )
        rows.append(
            row_of((
                title(facts, key),
                count(facts, found[key][0], PRIORITIES, f"count of provinces where {key} has the first rank"),
                count(facts, found[key][1], PRIORITIES, f"count of provinces where {key} has one of the first three ranks"),
                count(facts, likely, PRIORITIES, f"count of provinces where {key} has chance_top3 from {LIKELY}"),
            ))
        )  # fmt: skip
    if not rows:
        return []
    columns = heads(facts, "challenge:4", "first_in:>1.6", "three_in:>1.8", "likely_in:>2.2")
    return [
        Table(say(facts, "priorities.count"), columns, tuple(rows), source(facts, PRIORITIES), "", "first_in")
    ]
