"""Inequality: within provinces and between them, and between the best and the worst."""

from __future__ import annotations

from dataclasses import replace

from citiesforall.core.indicator import indicators
from citiesforall.report.blocks import Block, Heading, Paragraph, Said, Table
from citiesforall.report.charts import About
from citiesforall.report.policy_coverage import lead_of
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import (
    Facts,
    count,
    heads,
    indicator_title,
    is_known,
    name,
    num,
    observed,
    observed_band,
    row_of,
    say,
    source,
    text_or,
    word,
)
from citiesforall.report.policy_parts import known, share_bars

TABLE = "within_between"
HALF = 0.5
SHOWN = 8


def unequal_chapter(facts: Facts) -> list[Block]:
    """Return the chapter."""
    rows = decomposed(facts)
    leads = _leads(facts)
    blocks: list[Block] = [
        Heading(say(facts, "unequal.title"), 1, "unequal"),
        Paragraph(_lead(facts, rows), "lead"),
    ]
    return [*blocks, *_chart(facts, rows), *_table(facts, rows), *_extremes(facts, leads)]


def _leads(facts: Facts) -> list[str]:
    """Return the leading indicators of judged challenges, each once, in order."""
    found = (lead_of(facts, str(row["challenge"])) for row in facts.judged)
    return [key for key in dict.fromkeys(found) if key]


def decomposed(facts: Facts) -> list[Record]:
    """Return one decomposition of each indicator by province, the leading ones of judged challenges first."""
    rows = [
        row
        for row in facts.records(TABLE)
        if known(row["share_between"]) and str(row["indicator"]) in indicators()
    ]
    levels = [str(row["level"]) for row in rows]
    wanted = "province" if "province" in levels else (levels[0] if levels else "")
    order = {key: at for at, key in enumerate(_leads(facts))}
    found: dict[str, Record] = {}
    for row in sorted(rows, key=lambda row: (str(row["indicator"]), str(row["measure"]))):
        if row["level"] == wanted:
            found.setdefault(str(row["indicator"]), row)
    return sorted(
        found.values(), key=lambda row: (order.get(str(row["indicator"]), len(order)), str(row["indicator"]))
    )[:SHOWN]


def _lead(facts: Facts, rows: list[Record]) -> Said:
    """Say where most inequality lies."""
    if not rows:
        return say(facts, "unequal.unknown")
    inside = sum(float(row["share_between"]) < HALF for row in rows)
    every = count(facts, len(rows), TABLE, "count of shown rows")
    if 2 * inside > len(rows):
        n = count(facts, inside, TABLE, "count of shown rows with share_between below 0.5")
        return say(facts, "unequal.lead", n=n, all=every)
    n = count(facts, len(rows) - inside, TABLE, "count of shown rows with share_between from 0.5")
    return say(facts, "unequal.lead_between", n=n, all=every)


def _chart(facts: Facts, rows: list[Record]) -> list[Block]:
    """Return which part of inequality lies between provinces."""
    if not rows:
        return []
    points = []
    for row in rows:
        number = num(facts, TABLE, row, "share_between", "percent")
        points.append(
            (
                indicator_title(facts, str(row["indicator"])),
                number,
            )
        )
    most = max(rows, key=lambda row: float(row["share_between"]))
    heading = say(
        facts,
        "unequal.chart",
        indicator=indicator_title(facts, str(most["indicator"])),
        share=num(facts, TABLE, most, "share_between", "percent"),
    )
    alt = f"{heading.text} " + "; ".join(f"{label}: {found.text}" for label, found in points)
    about = About(
        heading,
        word(facts, "unequal.chart_unit"),
        alt,
        source(facts, TABLE),
        "within_between",
        word(facts, "unequal.note"),
    )
    return [share_bars(facts, about, points, "down")]


def _table(facts: Facts, rows: list[Record]) -> list[Block]:
    """Return the decomposition in numbers."""
    if not rows:
        return []
    made = []
    for row in rows:
        cells = [num(facts, TABLE, row, column, "ratio") for column in ("total", "within", "between")]
        cells = [replace(one, text=f"{one.value:.4f}") if known(one.value) else one for one in cells]
        measure = text_or(f"policy.measure.{row['measure']}", str(row["measure"]), facts.lang)
        made.append(
            row_of(
                (
                    indicator_title(facts, str(row["indicator"])),
                    measure,
                    *cells,
                    num(facts, TABLE, row, "share_between", "percent"),
                    num(facts, TABLE, row, "n", "exact"),
                )
            )
        )
    columns = heads(
        facts,
        "indicator:3.4",
        "measure_of:1.7",
        "total:>1.1",
        "within:>1.1",
        "between:>1.1",
        "share_between:>1.2",
        "places_n:>1",
    )
    return [Table(say(facts, "unequal.table"), columns, tuple(made), source(facts, TABLE), "", "inequality")]


def _extremes(facts: Facts, leads: list[str]) -> list[Block]:
    """Return the best and the worst province, or administration, of each leading indicator."""
    places = list(facts.provinces) or list(facts.members)
    made = []
    for key in leads:
        held = [code for code in places if is_known(facts, key, code)]
        if len(held) < 2:  # noqa: PLR2004 - a best and a worst
            continue
        sign = -1.0 if indicators()[key].better == "higher" else 1.0
        order = sorted(held, key=lambda code: (sign * observed(facts, key, code).value, code))
        best, worst = order[0], order[-1]
        cells = (
            indicator_title(facts, key), name(facts, worst), observed_band(facts, key, worst), name(facts, best),
            observed_band(facts, key, best), observed(facts, key),
        )  # fmt: skip
        made.append(row_of(cells))
    if not made:
        return []
    columns = heads(facts, "indicator:3", "worst:1.8", "value:>2", "best:1.8", "value:>2", "nation:>1.4")
    return [
        Table(
            say(facts, "unequal.extremes"),
            columns,
            tuple(made),
            source(facts, "observations"),
            word(facts, "unequal.extremes_note"),
            "extremes",
        )
    ]
