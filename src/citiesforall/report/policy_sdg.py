"""Sustainable Development Goal 11 for the nation: what is known of every indicator of the goal, and what would tell the rest."""

from __future__ import annotations

from citiesforall.core.framework import NOT_ROLES, Item, answered_by, framework
from citiesforall.core.indicator import indicators
from citiesforall.report.blocks import Block, Heading, Paragraph, Row, Said, Table
from citiesforall.report.numbers import told
from citiesforall.report.policy_facts import (
    NOTHING,
    Facts,
    count,
    head_of,
    heads,
    indicator_title,
    is_known,
    listed,
    num,
    observed_band,
    row_of,
    say,
    source,
)
from citiesforall.report.policy_parts import known

NAME = "sdg11"
OF_EACH = 2
"""Indicators shown of one item."""


def sdg_chapter(facts: Facts) -> list[Block]:
    """Return the chapter."""
    goal = framework(NAME)
    answers = answered_by(goal)
    rows: list[Row] = []
    measured = 0
    for part in goal.parts:
        rows.append(head_of(f"{part}  {told(f'framework.{NAME}.part.{part}', facts.lang)}"))
        for item in (one for one in goal.items.values() if one.part == part):
            have = sorted(
                (key for key in answers[item.code] if is_known(facts, key)),
                key=lambda key: indicators()[key].unit != item.unit,
            )
            measured += bool(have)
            rows += [
                _known(facts, item.code if at == 0 else "", key) for at, key in enumerate(have[:OF_EACH])
            ] or [_missing(facts, item, answered=bool(answers[item.code]))]
    how = "count of items of SDG 11 with an indicator that has a value for the nation"
    lead = say(
        facts, "sdg.lead",
        known=count(facts, measured, "observations", how),
        all=count(facts, len(goal.items), "observations", "count of items of SDG 11"),
    )  # fmt: skip
    columns = heads(
        facts, "code:0.9", "indicator:6", "value:>1.6", "year:>0.8", "covers:>0.9", "status_or_source:4.4"
    )
    heading = say(facts, "sdg.table")
    return [
        Heading(say(facts, "sdg.title"), 1, "sdg11"),
        Paragraph(lead, "lead"),
        Table(heading, columns, tuple(rows), source(facts, "observations"), "", "sdg11"),
    ]


def _known(facts: Facts, code: str, key: str) -> Row:
    """Return an indicator that has a value."""
    row = facts.rows[facts.whole, key]
    covers = (
        num(facts, "observations", row, "coverage_people", "percent")
        if known(row.get("coverage_people"))
        else NOTHING
    )
    status = told(f"word.status.{row['status']}", facts.lang)
    return row_of(
        (
            code,
            indicator_title(facts, key),
            observed_band(facts, key),
            str(row["period"]),
            covers,
            status,
        )
    )


def _missing(facts: Facts, item: Item, *, answered: bool) -> Row:
    """Return an item nothing is known of, with what would tell."""
    needs = [
        told(f"framework.source.{need}" if need in NOT_ROLES else f"word.role.{need}", facts.lang)
        for need in item.needs
    ]
    if not needs:
        needs = [told("word.status.missing" if answered else "framework.label.open", facts.lang)]
    cells = (
        item.code,
        told(f"framework.{NAME}.item.{item.code}", facts.lang),
        NOTHING,
        NOTHING,
        NOTHING,
        listed(facts, needs),
    )
    return row_of(tuple(cell if isinstance(cell, Said) else Said(cell) for cell in cells), "unknown")
