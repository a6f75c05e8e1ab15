"""Common challenges: how many share them, how severe they are, how sure their order is, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from citiesforall.report.blocks import Block, Chart, Heading, Paragraph, Said, Table
from citiesforall.report.charts import About, Point, dots_chart, heat_chart
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import (
    COMMON,
    NAN,
    Facts,
    confidence,
    count,
    declared,
    heads,
    name,
    num,
    say,
    source,
    title,
    word,
)
from citiesforall.report.policy_maps import SEVERITY
from citiesforall.report.policy_numbers import number_of
from citiesforall.report.policy_parts import CHALLENGE_HEADS, PRIORITIES, challenge_row, known

COLUMNS = 8
"""Challenges side by side in a chart of provinces."""


def common_chapter(facts: Facts) -> list[Block]:
    """Return the chapter."""
    heading: list[Block] = [Heading(say(facts, "common.title"), 1, "common")]
    if not facts.judged:
        return [*heading, Paragraph(say(facts, "summary.nothing"), "lead")]
    return [
        *heading,
        Paragraph(_lead(facts), "lead"),
        _table(facts),
        _severity(facts),
        *by_province(facts, [str(row["challenge"]) for row in facts.judged[:COLUMNS]], "provinces_heat"),
    ]


def _lead(facts: Facts) -> Said:
    """Say how many were judged, and how many most administrations share."""
    most = [
        row
        for row in facts.judged
        if known(row["members_judged"]) and float(row["members_with"]) > float(row["members_judged"]) / 2
    ]
    return say(
        facts, "common.lead",
        n=count(facts, len(facts.judged), COMMON, "count of rows with a rank"),
        all=count(facts, len(declared()), COMMON, "count of declared challenges"),
        most=count(facts, len(most), COMMON, "count of rows where members_with is more than half of members_judged"),
    )  # fmt: skip


def _table(facts: Facts) -> Table:
    """Return every judged challenge, in order; how sure each is stands beside it."""
    rows = []
    for row in facts.judged:
        made = challenge_row(facts, row)
        covers = num(facts, COMMON, row, "coverage_people", "percent")
        rows.append(
            replace(made, cells=(*made.cells, Said(covers.text, (covers,)), Said(confidence(facts, row))))
        )
    widest = max(facts.judged, key=lambda row: (float(row["members_with"]), -float(row["rank"])))
    heading = say(
        facts, "common.table",
        title=title(facts, str(widest["challenge"])),
        n=num(facts, COMMON, widest, "members_with", "exact"),
        judged=num(facts, COMMON, widest, "members_judged", "exact"),
    )  # fmt: skip
    columns = heads(facts, *CHALLENGE_HEADS, "covers:>1.2", "confidence:1.4")
    return Table(heading, columns, tuple(rows), source(facts, COMMON), word(facts, "common.note"), "common")


def _severity(facts: Facts) -> Chart:
    """Return the severity of each challenge with its interval."""
    rows = [row for row in facts.judged if known(row["severity"])]
    points = [
        (
            title(facts, str(row["challenge"])),
            [
                Point(
                    num(facts, COMMON, row, "severity", "score"),
                    _or_nan(row["severity_low"]),
                    _or_nan(row["severity_high"]),
                )
            ],
        )
        for row in rows
    ]
    worst = max(rows, key=lambda row: float(row["severity"]))
    heading = say(
        facts,
        "common.severity",
        title=title(facts, str(worst["challenge"])),
        value=num(facts, COMMON, worst, "severity", "score"),
    )
    alt = f"{heading.text} " + "; ".join(f"{label}: {found[0].value.text}" for label, found in points)
    about = About(heading, word(facts, "common.severity_unit"), alt, source(facts, COMMON), "severity")
    return dots_chart(about, points, "index", facts.lang)


def _or_nan(value: object) -> float:
    """Return a cell as a number; nan where it holds none."""
    return float(value) if known(value) and isinstance(value, int | float) else NAN


def by_province(facts: Facts, chosen: Sequence[str], block: str) -> list[Block]:
    """Return the severity of challenges in every province, as a chart of coloured cells.

    Parameters
    ----------
    facts
        The tables.
    chosen
        Challenges, a column each.
    block
        Stable name.
    """
    rows = facts.records(PRIORITIES, level="province")
    found = {(str(row["place"]), str(row["challenge"])): row for row in rows if known(row["severity"])}
    places = [code for code in facts.provinces if any((code, one) in found for one in chosen)]
    if not places or not chosen:
        return []
    lines = [
        (name(facts, code), [_point(facts, found.get((code, one)), code, one) for one in chosen])
        for code in places
    ]
    worst = max(
        found.items(),
        key=lambda pair: (float(pair[1]["severity"]) if pair[0][1] in chosen else -1.0, pair[0]),
    )[1]
    heading = say(
        facts, "common.heat",
        place=name(facts, str(worst["place"])),
        title=title(facts, str(worst["challenge"])),
        value=num(facts, PRIORITIES, worst, "severity", "score"),
    )  # fmt: skip
    alt = f"{heading.text} " + "; ".join(
        f"{label}: {', '.join(point.value.text for point in points)}" for label, points in lines
    )
    about = About(heading, word(facts, "common.heat_unit"), alt, source(facts, PRIORITIES), block)
    return [heat_chart(about, lines, [title(facts, one) for one in chosen], SEVERITY, "index", facts.lang)]


def _point(facts: Facts, row: Record | None, place: str, challenge: str) -> Point:
    """Return a cell of the chart; unknown where the province was not judged."""
    given = row or {"level": "province", "place": place, "challenge": challenge, "severity": NAN}
    return Point(
        number_of(
            PRIORITIES,
            given,
            ("level", "place", "challenge"),
            "severity",
            ("score" if row else "index", facts.lang),
        )
    )
