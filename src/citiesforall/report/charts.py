"""Charts from rows: axes with round numbers, rows in order, classes from bounds; no drawing (the templates do that).

A caller says what a chart is about (`About`), gives rows of `Point` and gets a `Chart`::

    about = About(title, subtitle, alt, source, id)
    dots_chart(about, [("Sangkat A", [Point(number, low, high)])], "%", lang)      # a dot and its interval a row
    dots_chart(about, rows, "%", lang, series=("Women", "Men"))                    # a point for each series, in that order
    bars_chart(about, rows, "USD", lang)                                           # from 0
    lines_chart(about, [("Built-up", [Point(number, low, high, x=2026)])], "km2", lang)  # a series each, years across
    scatter_chart(about, [("Sangkat A", [Point(number, x=12.0)])], "index", lang, x_unit="USD")
    heat_chart(about, rows, columns, (20, 40, 60, 80), "score", lang)              # a point for each column
    timeline_chart(about, [("Clinic", [Span(2027, 2028, said)])], (2026, 2031), lang)

Rows of dots and bars are sorted by their first point, highest first, unless ``order`` says otherwise; unknown ones
come last, by name.
``Point.value`` is a `Number` as `evidence.look` gives it: its text is what the chart shows.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from citiesforall.report.blocks import Chart, Line, Mark, Number, Said, Tick, Tone
from citiesforall.report.charts_axes import class_names, near_zero, value_ticks, year_ticks
from citiesforall.report.numbers import cell

NAN = float("nan")
Order = Literal["down", "up", "given"]
Kind = Literal["dots", "bars", "lines", "scatter", "heat", "timeline"]


@dataclass(frozen=True)
class About:
    """Say what a chart is about.

    Parameters
    ----------
    title
        The finding, in a sentence.
    subtitle
        What is drawn, with its unit and year.
    alt
        What a reader who does not see it needs to know.
    source
        Where the numbers come from.
    id
        Stable name: of the link and of the file of its data.
    note
        What a reader must know.
    """

    title: Said
    subtitle: str
    alt: str
    source: str
    id: str
    note: str = ""


@dataclass(frozen=True)
class Point:
    """Give one value of a chart.

    Parameters
    ----------
    value
        The number with its place in a table; nan is written as unknown.
    low, high
        Its interval, in the same unit; nan where there is none.
    tone
        What its colour means.
    x
        Year or other number across, of lines and scatter.
    """

    value: Number
    low: float = NAN
    high: float = NAN
    tone: Tone = "plain"
    x: float = NAN


@dataclass(frozen=True)
class Span:
    """Give one span of a timeline: from the beginning of its first year to the end of its last."""

    first: int
    last: int
    label: Said
    tone: Tone = "plain"


Rows = Sequence[tuple[str, Sequence[Point]]]
References = Sequence[tuple[float, str]]
"""A value on the axis and what it is: a standard, a goal."""


def dots_chart(
    about: About,
    rows: Rows,
    unit: str,
    lang: str,
    *,
    series: Sequence[str] = (),
    order: Order = "down",
    strong: Iterable[str] = (),
    reference: References = (),
) -> Chart:
    """Return dots with their intervals, a row each.

    Parameters
    ----------
    about
        What the chart is about.
    rows
        Name -> points, one for each of ``series`` in its order.
    unit
        Of the values, as of `evidence.look`.
    lang
        ``en`` or ``km``.
    series
        Names, where there are two or more points a row.
    order
        Highest first, lowest first, or as given.
    strong
        Names of rows to be set in bold: the city itself.
    reference
        Lines across.
    """
    return _of_rows("dots", about, rows, unit, lang, (series, order, frozenset(strong), reference))


def bars_chart(
    about: About,
    rows: Rows,
    unit: str,
    lang: str,
    *,
    series: Sequence[str] = (),
    order: Order = "down",
    strong: Iterable[str] = (),
    reference: References = (),
) -> Chart:
    """Return bars from 0, a row each; as `dots_chart`."""
    return _of_rows("bars", about, rows, unit, lang, (series, order, frozenset(strong), reference))


def lines_chart(
    about: About,
    series: Rows,
    unit: str,
    lang: str,
    *,
    strong: Iterable[str] = (),
    reference: References = (),
    from_zero: bool = True,
) -> Chart:
    """Return lines over years with bands for their intervals; first and last values are written.

    Parameters
    ----------
    about
        What the chart is about.
    series
        Name -> points, each with its year as ``x``.
    unit
        Of the values.
    lang
        ``en`` or ``km``.
    strong
        Names of series to be drawn thick.
    reference
        Lines across.
    from_zero
        Whether the value axis begins at 0.
    """
    bold = frozenset(strong)
    lines = tuple(Line(name, _series_marks(points), name in bold) for name, points in series)
    years = [point.x for _, points in series for point in points if math.isfinite(point.x)]
    return _chart(
        about,
        "lines",
        lines,
        value_ticks(_values(series) + [at for at, _ in reference], unit, lang, from_zero=from_zero),
        series=tuple(name for name, _ in series),
        x_ticks=year_ticks(min(years, default=0.0), max(years, default=1.0)),
        reference=_references(reference),
    )


def scatter_chart(
    about: About, rows: Rows, unit: str, lang: str, *, x_unit: str, strong: Iterable[str] = ()
) -> Chart:
    """Return points of two numbers, each with its name where there is room.

    Parameters
    ----------
    about
        What the chart is about; its subtitle says what is across and what is up.
    rows
        Name -> one point, its other number as ``x``.
    unit
        Of the values (up).
    lang
        ``en`` or ``km``.
    x_unit
        Of ``x`` (across).
    strong
        Names set in bold, and placed first.
    """
    bold = frozenset(strong)
    across = [point.x for _, points in rows for point in points]
    return _chart(
        about,
        "scatter",
        tuple(
            Line(name, tuple(_mark(point, 0, Said("")) for point in points), name in bold)
            for name, points in rows
        ),
        value_ticks(_values(rows), unit, lang, from_zero=False),
        x_ticks=value_ticks(across, x_unit, lang, from_zero=False),
    )


def heat_chart(
    about: About,
    rows: Rows,
    columns: Sequence[str],
    bounds: Sequence[float],
    unit: str,
    lang: str,
) -> Chart:
    """Return cells coloured by class, with their values.

    Parameters
    ----------
    about
        What the chart is about.
    rows
        Name -> points, one for each column; nan is hatched.
    columns
        Heads of the columns.
    bounds
        Inner bounds of the classes, rising; at most 4. A value on a bound belongs to the class above it.
    unit
        Of values and bounds.
    lang
        ``en`` or ``km``.

    Notes
    -----
    `Mark.at` is the class from 0; the value itself stays with the label's `Number`.
    """
    inner = sorted(bounds)

    def mark(point: Point) -> Mark:
        known = math.isfinite(point.value.value)
        return Mark(float(bisect_right(inner, point.value.value)) if known else NAN, cell(point.value))

    return _chart(
        about,
        "heat",
        tuple(Line(name, tuple(mark(point) for point in points)) for name, points in rows),
        tuple(Tick(float(at), name) for at, name in enumerate(columns)),
        series=class_names(inner, unit, lang),
    )


def timeline_chart(
    about: About,
    rows: Sequence[tuple[str, Sequence[Span]]],
    years: tuple[int, int],
    *,
    strong: Iterable[str] = (),
) -> Chart:
    """Return spans of years, a row each.

    Parameters
    ----------
    about
        What the chart is about.
    rows
        Name -> spans, in the order shown.
    years
        First and last year of the axis.
    strong
        Names of rows to be set in bold.

    Notes
    -----
    A year reaches from its tick to the next: a span of 2027 to 2028 is drawn from 2027 to 2029.
    """
    bold = frozenset(strong)

    def mark(span: Span) -> Mark:
        return Mark(float(span.first), span.label, float(span.first), span.last + 1.0, tone=span.tone)

    return _chart(
        about,
        "timeline",
        tuple(Line(name, tuple(mark(span) for span in spans), name in bold) for name, spans in rows),
        tuple(Tick(float(year), str(year)) for year in range(years[0], years[1] + 1)),
    )


def _of_rows(
    kind: Literal["dots", "bars"],
    about: About,
    rows: Rows,
    unit: str,
    lang: str,
    more: tuple[Sequence[str], Order, frozenset[str], References],
) -> Chart:
    """Return a chart of rows."""
    series, order, strong, reference = more
    lines = tuple(
        Line(
            name,
            tuple(_mark(point, at, cell(point.value)) for at, point in enumerate(points)),
            name in strong,
        )
        for name, points in _sorted(rows, order)
    )
    values = _values(rows) + [at for at, _ in reference]
    return _chart(
        about,
        kind,
        lines,
        value_ticks(values, unit, lang, from_zero=kind == "bars" or near_zero(values)),
        series=tuple(series),
        reference=_references(reference),
    )


def _sorted(rows: Rows, order: Order) -> Rows:
    """Return rows by their first known point, unknown last."""
    if order == "given":
        return rows

    def place(row: tuple[str, Sequence[Point]]) -> tuple[bool, float, str]:
        known = [point.value.value for point in row[1] if math.isfinite(point.value.value)]
        first = known[0] if known else 0.0
        return (not known, -first if order == "down" else first, row[0])

    return sorted(rows, key=place)


def _series_marks(points: Sequence[Point]) -> tuple[Mark, ...]:
    """Return the marks of a line, only the first and the last of them with words."""
    known = [at for at, point in enumerate(points) if math.isfinite(point.value.value)]
    ends = {known[0], known[-1]} if known else set()
    return tuple(
        _mark(point, 0, cell(point.value) if at in ends else Said("")) for at, point in enumerate(points)
    )


def _mark(point: Point, series: int, label: Said) -> Mark:
    """Return a point as a mark."""
    return Mark(point.value.value, label, point.low, point.high, series, point.x, point.tone)


def _values(rows: Rows) -> list[float]:
    """Return every number the value axis must hold."""
    return [
        one for _, points in rows for point in points for one in (point.value.value, point.low, point.high)
    ]


def _references(reference: References) -> tuple[Tick, ...]:
    """Return lines across as ticks."""
    return tuple(Tick(at, name) for at, name in reference)


def _chart(about: About, kind: Kind, lines: tuple[Line, ...], ticks: tuple[Tick, ...], **more: Any) -> Chart:
    """Return a chart with what it is about."""
    return Chart(
        kind,
        about.title,
        about.subtitle,
        lines,
        ticks,
        about.alt,
        about.source,
        about.id,
        note=about.note,
        **more,
    )
