"""The ids by which the parts of a workbook are found again, wherever they have been moved to."""

from __future__ import annotations

MARK = "cities"
VERSION = "1"
"""Of the layout; a workbook of another version is refused by name."""
START, EVENTS, LISTS = "start", "events", "lists"
PLACE, PERIOD, GROUP, EVENT = "place", "period", "group", "event"
FIRST_YEAR, LAST_YEAR = "first_year", "last_year"
ANSWER, EVIDENCE = "answer", "evidence"
"""Columns of a scorecard: ``answer:1`` and on, ``evidence``."""
VALUE, YEAR, SOURCE, UNIT = "value", "year", "source", "unit"
"""Columns of a sheet of figures and of the list of disasters."""
NAME = "name"
"""Of a disaster, or of the city."""
EVENT_ROWS = 30


def mark(*words: str) -> str:
    """Return what stands in the hidden first cell of a sheet: ``cities:1:scorecard:participation``."""
    return ":".join((MARK, VERSION, *words))


def words_of(text: object) -> tuple[str, ...]:
    """Return the words of a mark after its version, with the version first; empty where it is none."""
    found = str(text or "").strip().split(":")
    return tuple(found[1:]) if found[0] == MARK and len(found) > 2 else ()  # noqa: PLR2004 - mark, version, word
