"""Gaps of mandate, finance, evidence and capacity; what administrations say of their own capacity."""

from __future__ import annotations

from citiesforall.report.blocks import Block, Heading, Number, Paragraph, Said, Table
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import (
    NOTHING,
    Facts,
    action_title,
    count,
    heads,
    indicator_title,
    joined,
    listed,
    num,
    row_of,
    say,
    source,
    text_or,
    tier,
    title,
    word,
)
from citiesforall.report.policy_options import fund_name
from citiesforall.report.policy_parts import known

GAPS, CAPACITY = "options/gaps", "options/capacity_totals"
KINDS = ("mandate", "finance", "evidence", "capacity")
SHOWN = 8
"""Rows of one kind; the file has all."""


def gaps_chapter(facts: Facts) -> list[Block]:
    """Return the chapter."""
    counts = {kind: len(facts.records(GAPS, kind=kind)) for kind in KINDS}
    blocks: list[Block] = [Heading(say(facts, "gaps.title"), 1, "gaps")]
    if not sum(counts.values()):
        return [*blocks, Paragraph(say(facts, "gaps.none"), "lead"), *_capacity(facts)]
    found = {kind: count(facts, counts[kind], GAPS, f"count of rows where kind is {kind}") for kind in KINDS}
    blocks.append(Paragraph(say(facts, "gaps.lead", **found), "lead"))
    for kind in KINDS:
        blocks += _kind(facts, kind)
    return [*blocks, *_capacity(facts)]


def _kind(facts: Facts, kind: str) -> list[Block]:
    """Return the gaps of one kind: those in money first, then those that concern most people."""
    rows = facts.records(GAPS, kind=kind)
    if not rows:
        return []
    order = {str(row["challenge"]): at for at, row in enumerate(facts.judged)}
    rows.sort(
        key=lambda row: (
            not (known(row["usd"]) or known(row.get("known_usd"))),
            -_of(row, "people"),
            -_of(row, "members"),
            order.get(str(row["challenge"]), len(order)),
            str(row["action"]),
        )
    )
    has_action = any(isinstance(row["action"], str) and row["action"] for row in rows)
    has_money = any(known(row["usd"]) and float(row["usd"]) > 0 for row in rows)
    made = []
    for row in rows[:SHOWN]:
        cells: list[Said | Number | str] = [_challenge(facts, row)]
        cells += [_action(facts, row)] if has_action else []
        cells += [_number(facts, row, "members", "exact"), _number(facts, row, "people", "thousand")]
        cells += [_money(facts, row)] if has_money else []
        cells.append(notes_of(facts, row))
        made.append(row_of(cells))
    words = ["challenge:2.4", *(["action:2.2"] if has_action else []), "members:>1.3", "people_thousand:>1.3"]
    words += [*(["usd_thousand:>1.2"] if has_money else []), "why:4.4"]
    left = len(rows) - len(made)
    note = (
        say(facts, "gaps.more", n=count(facts, left, GAPS, f"rows of kind {kind} less {SHOWN}")).text
        if left > 0
        else ""
    )
    heading = say(
        facts, f"gaps.{kind}", n=count(facts, len(rows), GAPS, f"count of rows where kind is {kind}")
    )
    return [Table(heading, heads(facts, *words), tuple(made), source(facts, GAPS), note, f"gaps_{kind}")]


def _of(row: Record, column: str) -> float:
    """Return a cell as a number; nothing where it holds none."""
    return float(row[column]) if known(row[column]) else 0.0


def _money(facts: Facts, row: Record) -> Said | Number:
    """Return the money that is missing; a dash where none is, or nobody knows."""
    return (
        num(facts, GAPS, row, "usd", "thousand") if known(row["usd"]) and float(row["usd"]) > 0 else NOTHING
    )


def _challenge(facts: Facts, row: Record) -> str:
    """Return the challenge of a gap."""
    return (
        title(facts, str(row["challenge"]))
        if isinstance(row["challenge"], str) and row["challenge"]
        else word(facts, "gaps.every")
    )


def _action(facts: Facts, row: Record) -> Said:
    """Return the action of a gap; a dash where it is about none."""
    return (
        Said(action_title(facts, str(row["action"])))
        if isinstance(row["action"], str) and row["action"]
        else NOTHING
    )


def _number(facts: Facts, row: Record, column: str, kind: str) -> Said | Number:
    """Return a number of a gap; a dash where there is none."""
    return num(facts, GAPS, row, column, kind) if known(row[column]) else NOTHING


def notes_of(facts: Facts, row: Record) -> Said:
    """Return why there is a gap, in the words of the step that found it; which fund, and what it holds."""
    lead, fund, role = (
        str(row[key]) if isinstance(row.get(key), str) else "" for key in ("tier", "fund", "said")
    )
    tiers = listed(facts, [tier(facts, one) for one in lead.split()]).text or word(facts, "shown.none")
    told_of = text_or(f"options.source.{role}", role, facts.lang)
    words = str(row["note"]).split() if isinstance(row.get("note"), str) else []
    texts = [text_or(f"options.gap_note.{one}", "", facts.lang) for one in words]
    parts = [Said(one.format_map({"tier": tiers, "source": told_of})) for one in texts if one]
    if fund and known(row.get("known_usd")):
        holds = num(facts, GAPS, row, "known_usd", "usd")
        parts.append(say(facts, "gaps.holds", fund=fund_name(facts, fund), tier=tiers, usd=holds))
    return joined(parts)


def _capacity(facts: Facts) -> list[Block]:
    """Return what administrations say of their own capacity, with whom it speaks for."""
    table = facts.evidence.table(CAPACITY)
    strong = say(facts, "capacity.title").text
    if table.empty or not table["score"].notna().any():
        return [Paragraph(say(facts, "capacity.none"), strong=strong)]
    own = [
        row for row in facts.records(CAPACITY) if row["place"] in {"", facts.whole} and known(row["score"])
    ]
    rows = []
    for row in own:
        key = str(row["capacity"])
        scale = num(facts, CAPACITY, row, "of", "score")
        score = num(facts, CAPACITY, row, "score", "score")
        asked = (
            num(facts, CAPACITY, row, "members", "exact"),
            num(facts, CAPACITY, row, "members_all", "exact"),
        )
        low_members = num(facts, CAPACITY, row, "low_members", "exact")
        cells = (
            indicator_title(facts, key),
            Said(f"{score.text} / {scale.text}", (score, scale)),
            Said(f"{asked[0].text} / {asked[1].text}", asked),
            low_members,
        )
        rows.append(row_of(cells))
    columns = heads(facts, "capacity:4", "score_of:>1.6", "answered:>1.6", "low_members:>1.6")
    lowest = min(own, key=lambda row: float(row["score"]) / float(row["of"]))
    found = say(facts, "capacity.table", title=indicator_title(facts, str(lowest["capacity"])))
    return [
        Table(
            found,
            columns,
            tuple(rows),
            source(facts, CAPACITY),
            word(facts, "capacity.note"),
            "capacity_table",
        ),
    ]
