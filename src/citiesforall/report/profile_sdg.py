"""The table of Sustainable Development Goal 11: every indicator of the goal, what the city can say to it, and what it lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from citiesforall.core.framework import NOT_ROLES, Framework, Item, answered_by, framework
from citiesforall.core.indicator import indicators
from citiesforall.report.blocks import Block, Heading, Paragraph, Row, Said, Table
from citiesforall.report.numbers import told
from citiesforall.report.profile_facts import (
    DASH,
    NOTHING,
    Facts,
    counted,
    interval,
    is_known,
    listed,
    observed,
    plain,
    row_of,
    say_so,
    status_of,
    title_of,
    word_of,
)
from citiesforall.report.profile_parts import heads, run_of, source_line, year_of

NAME = "sdg11"
BESIDE = frozenset({"boundaries", "buildings", "totals", "groups", "water"})
"""Roles of sources that only place or scale what the others say; told where nothing else is."""
OF_EACH = 2
"""Indicators shown of one item; the others stand in the annex."""


def sdg_chapter(facts: Facts) -> list[Block]:
    """Return the chapter."""
    goal = framework(NAME)
    answers = answered_by(goal)
    measured = [code for code, keys in answers.items() if any(is_known(facts, key) for key in keys)]
    how = "count of items of SDG 11 with an indicator that has a value"
    lead = say_so(
        facts,
        "sdg.lead",
        known=counted(facts, float(len(measured)), "observations", how),
        all=counted(facts, float(len(goal.items)), "observations", "count of items of SDG 11"),
    )
    blocks: list[Block] = [
        Heading(say_so(facts, "sdg.title"), 1, "sdg11"),
        Paragraph(lead, "lead"),
        _table(facts, goal, answers, measured),
    ]
    return [*blocks, Paragraph(say_so(facts, "sdg.no_11c"), "note")]


def told_indicators(facts: Facts) -> list[str]:
    """Return the indicators the table of the goal shows."""
    found = []
    for code, keys in answered_by(framework(NAME)).items():
        found += first_known(facts, framework(NAME).items[code], keys)
    return found


def first_known(facts: Facts, item: Item, keys: Sequence[str]) -> list[str]:
    """Return the first indicators of an item that have a value, those in the unit of the item before others."""
    known = [key for key in keys if is_known(facts, key)]
    return sorted(known, key=lambda key: indicators()[key].unit != item.unit)[:OF_EACH]


def _table(
    facts: Facts, goal: Framework, answers: Mapping[str, Sequence[str]], measured: Sequence[str]
) -> Table:
    """Return a row for each indicator that answers an item, the targets as heads."""
    rows: list[Row] = []
    for part in goal.parts:
        inside = [item for item in goal.items.values() if item.part == part]
        rows.append(Row((Said(f"{part}  {told(f'framework.{NAME}.part.{part}', facts.lang)}"),), "head"))
        for item in inside:
            rows += _item_rows(facts, item, answers[item.code])
    columns = heads(
        facts,
        "code:0.9",
        "indicator:4",
        "value:>1.6",
        "interval:>1.6",
        "status:1.5",
        "year_version:1.2",
        "source:2.6",
    )
    missing = len(goal.items) - len(measured)
    title = (
        say_so(
            facts,
            "sdg.table",
            missing=counted(
                facts, float(missing), "observations", "count of items of SDG 11 without a value"
            ),
        )
        if missing
        else say_so(facts, "sdg.table_all")
    )
    return Table(
        title,
        columns,
        tuple(rows),
        source_line(facts, "observations"),
        word_of(facts, "sdg.note"),
        "sdg11",
    )


def _item_rows(facts: Facts, item: Item, keys: Sequence[str]) -> list[Row]:
    """Return the rows of an item: the indicators with a value, or one that says it is missing."""
    known = first_known(facts, item, keys)
    if not known:
        title = told(f"framework.{NAME}.item.{item.code}", facts.lang)
        dash = NOTHING
        missing = plain(told("word.status.missing" if keys else "framework.label.open", facts.lang))
        return [
            Row(
                (Said(item.code), Said(title), dash, dash, missing, dash, _needs(facts, item)),
                tone="unknown",
            )
        ]
    return [Row(_cells(facts, item.code if at == 0 else "", key)) for at, key in enumerate(known)]


def _cells(facts: Facts, code: str, key: str) -> tuple[Said, ...]:
    """Return the cells of an indicator."""
    row = row_of(facts, key)
    band = interval(facts, key)
    return (
        Said(code),
        plain(title_of(facts, key)),
        plain(observed(facts, key)),
        band if band.text else NOTHING,
        plain(status_of(facts, row.status) or told("word.status.ok", facts.lang)),
        Said(f"{row.period} / {indicators()[key].version}"),
        plain(sources_of(facts, key)),
    )


def sources_of(facts: Facts, key: str) -> str:
    """Return the kinds of sources an indicator's value rests on, with their years."""
    run = run_of(facts)
    about: Mapping[str, Any] = run.get("indicators", {}).get(key, {})
    years: dict[str, set[str]] = {}
    for name in about.get("sources", ()):
        source = run.get("sources", {}).get(name, {})
        for role in source.get("roles", ())[:1]:
            if role in BESIDE and len(about["sources"]) > 1:
                continue
            years.setdefault(role, set()).add(year_of(source))
    parts = []
    for role, found in years.items():
        said = DASH.join(sorted(year for year in found if year)[:: max(1, len(found) - 1)])
        parts.append(told(f"word.role.{role}", facts.lang) + (f" {said}" if said else ""))
    return "; ".join(parts)


def _needs(facts: Facts, item: Item) -> Said:
    """Return which sources would fill an item."""
    named = [
        told(f"framework.source.{need}" if need in NOT_ROLES else f"word.role.{need}", facts.lang)
        for need in item.needs
    ]
    return Said(word_of(facts, "sdg.needs").format(sources=listed(facts, named).text)) if named else NOTHING
