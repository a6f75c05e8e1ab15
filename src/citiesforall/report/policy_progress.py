"""Progress toward the target year, and what changed because data, boundaries or methods changed."""

from __future__ import annotations

from citiesforall.core.indicator import indicators
from citiesforall.report import typeset_colours
from citiesforall.report.blocks import Beside, Block, Heading, Number, Paragraph, Row, Said, Table, Tone
from citiesforall.report.charts import About
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import (
    DASH,
    NOTHING,
    Facts,
    count,
    heads,
    indicator_title,
    name,
    num,
    row_of,
    say,
    source,
    text_or,
    word,
)
from citiesforall.report.policy_maps import Atlas, kind_map, largest_names
from citiesforall.report.policy_numbers import banded
from citiesforall.report.policy_parts import SMALL, known

PROGRESS, CHANGES = "rounds/progress", "rounds/changes"
SHOWN = 40
MAPS = 2
"""Indicators whose classes are mapped."""
CLASSES = ("achieved", "on_track", "fair", "limited", "stalled", "back")
"""Classes of progress, the best first."""
TONES: dict[str, Tone] = {
    "achieved": "good",
    "on_track": "good",
    "fair": "watch",
    "limited": "watch",
    "stalled": "bad",
    "back": "bad",
}
COLOURS = (
    typeset_colours.TONES["plain"],
    typeset_colours.TONES["good"],
    typeset_colours.PALE["watch"],
    typeset_colours.TONES["watch"],
    typeset_colours.TONES["bad"],
    typeset_colours.INK,
)
"""Of the classes, the best first."""
CAUSES = ("of_world", "of_data", "of_boundaries", "of_methods", "not_told_apart")


def progress_chapter(facts: Facts, atlas: Atlas | None) -> list[Block]:
    """Return the chapter."""
    year = facts.evidence.nation.choices.target_year
    heading: list[Block] = [Heading(say(facts, "progress.title", year=str(year)), 1, "progress")]
    rows = [
        row
        for row in facts.records(PROGRESS)
        if row["place"] == facts.whole and row["group"] == "all" and str(row["indicator"]) in indicators()
    ]
    classed = [row for row in rows if row["class"] in CLASSES]
    blocks = [*heading, Paragraph(_lead(facts, rows, classed), "lead")]
    if rows:
        blocks.append(_table(facts, classed or rows))
    where = [block for row in classed[:MAPS] for block in _by_class(facts, atlas, str(row["indicator"]))]
    return [*blocks, Paragraph(say(facts, "progress.how"), "note"), *where, *_changes(facts)]


def _lead(facts: Facts, rows: list[Record], classed: list[Record]) -> Said:
    """Say how many indicators can be judged."""
    year = str(facts.evidence.nation.choices.target_year)
    if not classed:
        return say(facts, "progress.none", year=year)
    good = sum(TONES.get(str(row["class"])) == "good" for row in classed)
    return say(
        facts, "progress.lead", year=year,
        n=count(facts, good, PROGRESS, f"count of rows of {facts.whole} whose class is a good one"),
        all=count(facts, len(classed), PROGRESS, f"count of rows of {facts.whole} that can be judged"),
        rows=count(facts, len(rows), PROGRESS, f"count of rows of {facts.whole}"),
    )  # fmt: skip


def _table(facts: Facts, rows: list[Record]) -> Table:
    """Return the indicators that can be judged: base, now, target, class; those behind first."""
    order = {"bad": 0, "watch": 1, "plain": 2, "good": 3}
    rows = sorted(
        rows, key=lambda row: (order[TONES.get(str(row["class"]), "plain")], str(row["indicator"]))
    )[:SHOWN]
    made = tuple(_row(facts, row) for row in rows)
    columns = heads(
        facts,
        "indicator:3",
        "base:>1.6",
        "now:>2.2",
        "target:>1.3",
        "needed:>1.1",
        "actual:>1.1",
        "class:2",
        "chance:>1",
    )
    return Table(
        say(facts, "progress.table"),
        columns,
        made,
        source(facts, PROGRESS),
        " ".join([word(facts, "progress.note"), *_doubts(facts, rows)]),
        "progress_table",
    )


def _doubts(facts: Facts, rows: list[Record]) -> list[str]:
    """Return what a reader must know of each indicator's two values before the class is believed."""
    out = []
    for row in rows:
        words = str(row["note"]).split() if isinstance(row.get("note"), str) else []
        said = [text_or(f"options.progress_note.{one}", "", facts.lang) for one in words]
        if any(said):
            out.append(f"{indicator_title(facts, str(row['indicator']))}: {' '.join(filter(None, said))}")
    return out


def _row(facts: Facts, row: Record) -> Row:
    """Return an indicator of the table."""
    unit = indicators()[str(row["indicator"])].unit
    base, now, low, high, target = (
        num(facts, PROGRESS, row, column, unit) for column in ("base", "now", "low", "high", "target")
    )
    said = str(row["class"]) if isinstance(row["class"], str) else ""
    label = class_name(facts, said)
    cells: tuple[Said | Number | str, ...] = (
        indicator_title(facts, str(row["indicator"])),
        Said(f"{base.text} ({_year(row['base_year'])})", (base,)) if known(row["base"]) else NOTHING,
        Said(f"{banded(now, low, high).text} ({_year(row['now_year'])})", banded(now, low, high).numbers)
        if known(row["now"])
        else NOTHING,
        target if known(row["target"]) else NOTHING,
        *(_rate(facts, row, column) for column in ("needed_rate", "actual_rate")),
        label,
        num(facts, PROGRESS, row, "chance_on_track", "chance") if known(row["chance_on_track"]) else NOTHING,
    )
    return row_of(cells, TONES.get(said, "plain"))


def _rate(facts: Facts, row: Record, column: str) -> Said | Number:
    """Return a rate a year, in per cent of the value."""
    return num(facts, PROGRESS, row, column, "signed") if known(row[column]) else NOTHING


def _year(value: object) -> str:
    """Return a year."""
    return f"{float(str(value)):.0f}" if known(value) else str(value)


def class_name(facts: Facts, said: str) -> str:
    """Return what a class of progress is called."""
    return text_or(f"options.class.{said}", said.replace("_", " "), facts.lang) or DASH


def _by_class(facts: Facts, atlas: Atlas | None, indicator: str) -> list[Block]:
    """Return in how many provinces and administrations an indicator is in each class, and where."""
    rows = [
        row for row in facts.records(PROGRESS, indicator=indicator, group="all") if row["class"] in CLASSES
    ]
    of = {str(row["place"]): str(row["class"]) for row in rows}
    made = []
    for one in CLASSES:
        how = f"count of {{}} whose class of {indicator} is {one}"
        counts = [
            count(facts, sum(of.get(code) == one for code in places), PROGRESS, how.format(which))
            for places, which in ((facts.provinces, "provinces"), (facts.members, "administrations"))
        ]
        made.append(row_of((class_name(facts, one), *counts), TONES[one]))
    heading = say(facts, "progress.where", indicator=indicator_title(facts, indicator))
    table = Table(
        heading,
        heads(facts, "class:2.2", "provinces:>1.2", "members:>2.1"),
        tuple(made),
        source(facts, PROGRESS),
        "",
        f"classes_{indicator}",
    )
    at = {code: CLASSES.index(of[code]) for code in facts.members if code in of}
    if atlas is None or not at:
        return [table]
    labels = [class_name(facts, one) for one in CLASSES]
    shown = say(facts, "progress.map", indicator=indicator_title(facts, indicator))
    alt = f"{shown.text} " + "; ".join(f"{row.cells[0].text}: {row.cells[-1].text}" for row in made)
    about = About(
        shown, word(facts, "progress.map_unit"), alt, source(facts, PROGRESS), f"progress_{indicator}"
    )
    drawn = kind_map(
        atlas, facts.lang, at, labels, about, largest_names(atlas, facts.names, SMALL), colours=COLOURS
    )
    return [Beside((table,), (drawn,), 0.4)]


def _changes(facts: Facts) -> list[Block]:
    """Return what changed between rounds, and because of what."""
    rows = [
        row
        for row in facts.records(CHANGES)
        if known(row["difference"]) and str(row["indicator"]) in indicators() and float(row["difference"])
    ]
    strong = say(facts, "changes.title").text
    if not rows:
        return [Paragraph(say(facts, "changes.none"), strong=strong)]
    rows.sort(key=lambda row: (row["place"] != facts.whole, -abs(float(row["difference"]))))
    made = []
    for row in rows[:SHOWN]:
        unit = indicators()[str(row["indicator"])].unit
        parts = [
            num(facts, CHANGES, row, column, unit) if known(row[column]) else NOTHING for column in CAUSES
        ]
        place = name(facts, str(row["place"]))
        made.append(
            row_of(
                (
                    place,
                    indicator_title(facts, str(row["indicator"])),
                    num(facts, CHANGES, row, "difference", unit),
                    *parts,
                )
            )
        )
    columns = heads(
        facts, "place:1.6", "indicator:2.6", "difference:>1.3", *(f"{one}:>1.2" for one in CAUSES)
    )
    return [
        Table(
            say(facts, "changes.table"),
            columns,
            tuple(made),
            source(facts, CHANGES),
            word(facts, "changes.note"),
            "changes_table",
        ),
    ]
