"""Prevention: links whose closing cuts people off, and triggers that warn early."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from citiesforall.report.blocks import Block, Callout, Number, Paragraph, Row, Said, Table
from citiesforall.report.numbers import told
from citiesforall.report.profile_facts import (
    NOTHING,
    Facts,
    between,
    counted,
    key_of,
    of_table,
    place_name,
    plain,
    records,
    say_so,
    word_of,
)
from citiesforall.report.profile_parts import heads, source_line

LINKED = ("rank",)
"""Column that names a row of the critical links."""
WARNED = ("place", "trigger", "period")
"""Columns that name a row of the triggers."""
LINKS = 8
"""Critical links told."""
THREE_DIGITS = 100


def links(facts: Facts) -> list[Block]:
    """Return the links whose closing cuts off most people, or why they are not known."""
    rows = [
        row
        for row in records(facts, "diagnose/critical_links")
        if not math.isnan(float(row["people_cut_off"]))
    ]
    if not rows:
        notes = sorted(
            {name for row in records(facts, "diagnose/critical_links") for name in str(row["note"]).split()}
        )
        said = [Said(told(f"diagnose.cut_off_note.{name}", facts.lang)) for name in notes] or [
            say_so(facts, "threats.no_links")
        ]
        return [Callout(word_of(facts, "threats.links_unknown"), tuple(said), "limit")]
    body = tuple(Row(_link_cells(facts, row)) for row in rows[:LINKS])
    first = rows[0]
    title = say_so(
        facts,
        "threats.link_first",
        kind=told(f"diagnose.cut_off_link.{first['kind']}", facts.lang),
        place=place_name(facts, str(first["place"])),
        people=of_table(facts, "diagnose/critical_links", "people_cut_off", "persons", first, LINKED),
    )
    columns = heads(
        facts, "rank:>0.6", "link:1.4", "place:2.4", "cut_off:>1.6", "interval:>2", "passing:>1.8"
    )
    return [
        Table(
            title,
            columns,
            body,
            source_line(facts, "diagnose/critical_links"),
            word_of(facts, "threats.links_note"),
            "critical_links",
        )
    ]


def _link_cells(facts: Facts, row: Mapping[str, Any]) -> tuple[Said, ...]:
    """Return the cells of a link."""
    number = {
        name: of_table(facts, "diagnose/critical_links", name, "count", row, LINKED)
        for name in ("rank", "people_cut_off", "low", "high", "people_passing")
    }
    return (
        plain(number["rank"]),
        plain(told(f"diagnose.cut_off_link.{row['kind']}", facts.lang)),
        plain(place_name(facts, str(row["place"]))),
        plain(number["people_cut_off"]),
        between(number["low"], number["high"], "count", facts.lang),
        plain(number["people_passing"]),
    )


def triggers(facts: Facts) -> list[Block]:
    """Return the early-warning triggers of the city as they stand."""
    rows = records(facts, "diagnose/triggers", place=facts.whole, latest=True)
    if not rows:
        return [Paragraph(say_so(facts, "threats.not_diagnosed"))]
    level = {"act": 0, "watch": 1, "normal": 2, "unknown": 3}
    rows.sort(key=lambda row: (level[str(row["level"])], str(row["trigger"])))
    raised = [
        told(f"trigger.{row['trigger']}.title", facts.lang)
        for row in rows
        if level[str(row["level"])] < level["normal"]
    ]
    unknown = sum(row["level"] == "unknown" for row in rows)
    if unknown == len(rows):
        title = say_so(facts, "threats.no_watch", all=_triggers_of(facts, len(rows), "all"))
    elif raised:
        title = say_so(
            facts,
            "threats.raised",
            count=_triggers_of(facts, len(raised), "at watch or act"),
            all=_triggers_of(facts, len(rows), "all"),
        )
    else:
        title = say_so(facts, "threats.quiet")
    tones = {"act": "bad", "watch": "watch", "normal": "good", "unknown": "unknown"}
    body = tuple(Row(_trigger_cells(facts, row), tone=tones[str(row["level"])]) for row in rows)  # type: ignore[arg-type] # words of Tone
    columns = heads(
        facts, "trigger:2.2", "level:1.5", "now:>0.8", "watch:>0.8", "act:>0.8", "owner:2", "agreed:4.4"
    )
    return [
        Table(
            title,
            columns,
            body,
            source_line(facts, "diagnose/triggers"),
            word_of(facts, "threats.triggers_note"),
            "triggers",
        )
    ]


def _triggers_of(facts: Facts, value: int, which: str) -> Number:
    """Return a number of triggers of the city."""
    how = f"count of latest rows of place {facts.whole}: {which}"
    return counted(facts, float(value), "diagnose/triggers", how)


def _trigger_cells(facts: Facts, row: Mapping[str, Any]) -> tuple[Said, ...]:
    """Return the cells of a trigger."""
    numbers = [_amount(row, name) for name in ("value", "watch", "act")]
    return (
        plain(told(f"trigger.{row['trigger']}.title", facts.lang)),
        plain(told(f"diagnose.trigger_level.{row['level']}", facts.lang)),
        *numbers,
        plain(told(f"trigger.{row['trigger']}.owner", facts.lang)),
        plain(told(f"trigger.{row['trigger']}.action", facts.lang)),
    )


def _amount(row: Mapping[str, Any], column: str) -> Said:
    """Return a level of a trigger with as many digits as it needs; a dash where it is unknown."""
    value = float(row[column])
    if math.isnan(value):
        return NOTHING
    text = f"{value:,.0f}" if abs(value) >= THREE_DIGITS or value == int(value) else f"{value:,.1f}"
    return plain(Number(text, "diagnose/triggers", key_of(row, WARNED), column, value))
