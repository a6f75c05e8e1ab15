"""Charts of a profile: dots with intervals, lines with bands and heat, made from rows of the tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from citiesforall.report.blocks import Chart, Line, Mark, Said, Tick
from citiesforall.report.charts_axes import value_ticks
from citiesforall.report.numbers import told
from citiesforall.report.profile_facts import Facts, say_so, word_of
from citiesforall.report.profile_parts import source_line

WORST, BEST = 6, 3
"""Places shown of many: so many of the worst and so many of the best."""

T = TypeVar("T")


def few(rows: Sequence[T]) -> list[T]:
    """Return all of a few rows, or the worst and the best of many, in their order."""
    if len(rows) <= WORST + BEST:
        return list(rows)
    return [*rows[:WORST], *rows[-BEST:]]


@dataclass(frozen=True)
class Drawn:
    """Say what a chart is about.

    Parameters
    ----------
    title
        The finding.
    subtitle
        What is drawn, with its unit.
    tables
        Where the values come from.
    id
        Stable name.
    note
        A remark below.
    """

    title: Said
    subtitle: str
    tables: tuple[str, ...]
    id: str
    note: str = ""


def dots(
    facts: Facts, about: Drawn, lines: Sequence[Line], unit: str, *, of: int = 0, series: tuple[str, ...] = ()
) -> Chart:
    """Return a chart of dots with intervals, rows as given.

    Parameters
    ----------
    facts
        The tables.
    about
        What it is about.
    lines
        A row each.
    unit
        Of the values.
    of
        How many rows there are, where only the worst and the best of them are drawn.
    series
        Names, where a row has several marks.
    """
    values = [value for line in lines for mark in line.marks for value in (mark.at, mark.low, mark.high)]
    said = [about.note] if about.note else []
    if of > WORST + BEST:
        said.append(say_so(facts, "chart.cut", worst=str(WORST), best=str(BEST), all=str(of)).text)
    return Chart(
        "dots",
        about.title,
        about.subtitle,
        tuple(lines),
        value_ticks(values, unit, facts.lang, from_zero=True),
        alt_of(facts, about.title, lines),
        source_line(facts, *about.tables),
        about.id,
        series,
        note=" ".join(said),
    )


def alt_of(facts: Facts, title: Said, lines: Sequence[Line]) -> str:
    """Return what a reader who does not see a chart needs: its finding and its values in order."""
    values = "; ".join(
        f"{line.label}: {', '.join(mark.label.text for mark in line.marks)}" for line in lines if line.marks
    )
    return f"{title.text} {word_of(facts, 'chart.values')} {values}"


def heat(
    facts: Facts, about: Drawn, lines: Sequence[Line], columns: Sequence[str], classes: tuple[str, ...]
) -> Chart:
    """Return a chart of rows and columns of coloured cells; a cell's mark holds its class of 0 to 4.

    Parameters
    ----------
    facts
        The tables.
    about
        What it is about.
    lines
        A row each, with a mark for each column.
    columns, classes
        Their names.
    """
    ticks = tuple(Tick(float(at), name) for at, name in enumerate(columns))
    return Chart(
        "heat",
        about.title,
        about.subtitle,
        tuple(lines),
        ticks,
        alt_of(facts, about.title, lines),
        source_line(facts, *about.tables),
        about.id,
        classes,
        note=about.note,
    )


def class_of(score: float) -> float:
    """Return which fifth of 0 to 100 a score lies in, 0 the lowest; nan where it is unknown."""
    return math.nan if math.isnan(score) else float(min(4, max(0, math.floor(score / 20))))


def unknown_mark(facts: Facts) -> Mark:
    """Return a cell of which nothing is known."""
    return Mark(math.nan, Said(told("report.shown.unknown", facts.lang)))
