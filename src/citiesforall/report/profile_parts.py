"""Blocks that several chapters of a profile are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from citiesforall.core.indicator import indicators
from citiesforall.report.blocks import Beside, Block, Column, Line, Mark, Number, Paragraph, Said
from citiesforall.report.numbers import cell
from citiesforall.report.profile_facts import (
    Facts,
    as_is,
    interval,
    observed,
    place_name,
    row_of,
    status_of,
    word_of,
)

COLUMNS = 2
"""Blocks that stand side by side."""


def run_of(facts: Facts) -> Mapping[str, Any]:
    """Return what the run says of itself; nothing where it was not published."""
    found: Mapping[str, Any] = facts.evidence.said.get("run", {})
    return found


def source_line(facts: Facts, *tables: str) -> str:
    """Return where a table or a chart of the profile comes from: the finished tables and the run."""
    named = ", ".join(f"{table}.parquet" for table in tables)
    return as_is(facts, "source.table", table=named, run=str(run_of(facts).get("run", "-"))).text


def year_of(one: Mapping[str, Any]) -> str:
    """Return the year a source is about: of its period, else of its edition; empty where neither says one."""
    said = str(one.get("period") or one.get("vintage") or "")
    return said[:4] if said[:4].isdigit() else ""


def heads(facts: Facts, *words: str) -> tuple[Column, ...]:
    """Return the heads of a table.

    Parameters
    ----------
    facts
        The tables.
    *words
        ``value:>2`` is a head named ``profile.head.value``, set to the right, with two parts of the width.
    """
    found = []
    for word in words:
        name, _, shape = word.partition(":")
        right = shape.startswith(">")
        share = float(shape.removeprefix(">") or 1.0)
        found.append(
            Column(word_of(facts, f"head.{name}") if name else "", "right" if right else "left", share)
        )
    return tuple(found)


def mark_of(facts: Facts, indicator: str, place: str = "", group: str = "all", series: int = 0) -> Mark:
    """Return an observation as a mark with its interval."""
    row = row_of(facts, indicator, place, group)
    return Mark(row.value, cell(observed(facts, indicator, place, group)), row.low, row.high, series)


def score_mark(row: Mapping[str, Any], number: Number, series: int = 0) -> Mark:
    """Return a row with ``low`` and ``high`` as a mark of the number's value."""
    return Mark(number.value, cell(number), float(row["low"]), float(row["high"]), series)


def place_lines(facts: Facts, indicator: str, places: Sequence[str]) -> tuple[Line, ...]:
    """Return a line for each place, and one for the whole city, strong."""
    lines = [Line(place_name(facts, place), (mark_of(facts, indicator, place),)) for place in places]
    whole = Line(word_of(facts, "label.whole"), (mark_of(facts, indicator),), is_strong=True)
    return (whole, *lines)


def with_interval(facts: Facts, indicator: str, place: str = "", group: str = "all") -> Said:
    """Return a value with its interval in brackets and its doubt: ``69.9% (63.3-70.5), estimated``."""
    value = observed(facts, indicator, place, group)
    band = interval(facts, indicator, place, group)
    doubt = status_of(facts, row_of(facts, indicator, place, group).status)
    text = value.text + (f" ({band.text})" if band.text else "") + (f" [{doubt}]" if doubt else "")
    return Said(text, (value, *band.numbers))


def is_share(indicator: str) -> bool:
    """Say whether an indicator is a share, whose axis goes from 0 to 100."""
    return indicators()[indicator].unit == "%" and indicators()[indicator].better != "context"


def note(text: Said) -> Paragraph:
    """Return a small remark."""
    return Paragraph(text, "note")


def beside(blocks: Sequence[Block], share: float = 0.5) -> list[Block]:
    """Return two blocks side by side; fewer or more as they are."""
    return [Beside((blocks[0],), (blocks[1],), share)] if len(blocks) == COLUMNS else list(blocks)
