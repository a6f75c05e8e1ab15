"""What a document is made of, as plain data in one language: no layout, no files, no tables of ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Tone = Literal["plain", "good", "watch", "bad", "unknown"]
"""What a colour means; shape or word says it too, for grey printing and for readers who do not see the colour."""


@dataclass(frozen=True)
class Number:
    """Remember where a number in a text comes from.

    Parameters
    ----------
    text
        As shown, in the language's digits, with its unit.
    table
        The finished table, without ending: ``observations``, ``diagnose/challenges``, ``plan/plan``.
    key
        Column -> value that name the row; empty for a sum or a count, which ``how`` then explains.
    column
        Column of the table.
    value
        Unrounded, in the table's unit.
    how
        For what is no single cell: ``sum of capital_usd``, ``count of rows where status is missing``.
    """

    text: str
    table: str
    key: tuple[tuple[str, str], ...]
    column: str
    value: float
    how: str = ""


@dataclass(frozen=True)
class Said:
    """Hold a text and the numbers in it.

    Parameters
    ----------
    text
        In the document's language, ready to be set.
    numbers
        Every number of the text that comes from a table.
    """

    text: str
    numbers: tuple[Number, ...] = ()


@dataclass(frozen=True)
class Heading:
    """Open a section: level 1 begins a chapter; ``id`` is what links point at."""

    text: Said
    level: int = 1
    id: str = ""


@dataclass(frozen=True)
class Paragraph:
    """Say something: ``lead`` opens a chapter, ``note`` is small; ``strong`` is said first and in bold."""

    text: Said
    role: Literal["body", "lead", "note"] = "body"
    strong: str = ""


@dataclass(frozen=True)
class Bullets:
    """List short texts."""

    items: tuple[Said, ...]
    is_numbered: bool = False


@dataclass(frozen=True)
class Callout:
    """Set a text apart: a finding, a limit, a method, a decision that is asked for."""

    title: str
    items: tuple[Said, ...]
    kind: Literal["finding", "limit", "method", "decision"] = "finding"


@dataclass(frozen=True)
class KeyFigure:
    """Show one number large, with what it is and its interval or its doubt below."""

    value: Said
    label: str
    note: Said = field(default_factory=lambda: Said(""))
    tone: Tone = "plain"


@dataclass(frozen=True)
class KeyFigures:
    """Show numbers side by side."""

    figures: tuple[KeyFigure, ...]


@dataclass(frozen=True)
class Column:
    """Name a column of a table: ``share`` is its part of the width, 0 as wide as it must be."""

    title: str
    align: Literal["left", "right", "center"] = "left"
    share: float = 1.0


@dataclass(frozen=True)
class Row:
    """Hold a row of a table: ``head`` opens a group, ``total`` closes one."""

    cells: tuple[Said, ...]
    kind: Literal["body", "head", "total"] = "body"
    tone: Tone = "plain"


@dataclass(frozen=True)
class Table:
    """Show a table; its head is repeated on every page.

    Parameters
    ----------
    title
        The finding, in a sentence.
    columns, rows
        Cells are as many as columns; a ``head`` row has one.
    source
        Where the numbers come from.
    note
        What a reader must know.
    id
        Stable name, for links and for the file of its data.
    is_wide
        Whether it needs a page on its side.
    """

    title: Said
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    source: str = ""
    note: str = ""
    id: str = ""
    is_wide: bool = False


@dataclass(frozen=True)
class Mark:
    """Draw one value of a chart.

    Parameters
    ----------
    at
        Number on the value axis; nan where it is unknown, which is written, never drawn as 0.
    low, high
        Its interval; nan where there is none.
    label
        The value as shown.
    series
        Position among `Chart.series`.
    x
        Number on the other axis of ``lines`` and ``scatter`` (a year, money); unused elsewhere.
    tone
        See `Tone`.
    """

    at: float
    label: Said
    low: float = float("nan")
    high: float = float("nan")
    series: int = 0
    x: float = float("nan")
    tone: Tone = "plain"


@dataclass(frozen=True)
class Line:
    """Hold a row of a chart (``dots``, ``bars``, ``timeline``) or a series of marks (``lines``, ``scatter``)."""

    label: str
    marks: tuple[Mark, ...]
    is_strong: bool = False


@dataclass(frozen=True)
class Tick:
    """Name a place on an axis."""

    at: float
    label: str


@dataclass(frozen=True)
class Chart:
    """Draw numbers.

    Parameters
    ----------
    kind
        ``dots``: a row each, a dot with its interval (several series: dumbbells). ``bars``: a row each, from 0. ``lines``: years
        across, bands for intervals. ``scatter``: two numbers. ``heat``: rows and columns of cells coloured by class (``ticks``
        names the columns, ``mark.at`` is the class 0..4, nan unknown). ``timeline``: rows with spans from ``low`` to ``high``.
    title
        The finding, in a sentence; the chart shows why.
    subtitle
        What is drawn, with its unit.
    lines
        What is drawn.
    ticks, x_ticks
        Of the value axis; of the other axis (``lines``, ``scatter``).
    series
        Names of the series; drawn beside the marks, not in a box apart.
    reference
        Lines across: a standard, a goal.
    source, note
        Below the chart.
    alt
        What a reader who does not see it needs to know.
    id
        Stable name, for links and for the file of its data.
    """

    kind: Literal["dots", "bars", "lines", "scatter", "heat", "timeline"]
    title: Said
    subtitle: str
    lines: tuple[Line, ...]
    ticks: tuple[Tick, ...]
    alt: str
    source: str
    id: str
    series: tuple[str, ...] = ()
    x_ticks: tuple[Tick, ...] = ()
    reference: tuple[Tick, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Spot:
    """Write or mark something on a map, at metres right of and below its upper left corner."""

    x_m: float
    y_m: float
    label: str = ""
    sign: Literal["none", "dot", "ring", "square", "cross", "number"] = "none"
    tone: Tone = "plain"


@dataclass(frozen=True)
class Key:
    """Explain a colour or a sign of a map; ``colour`` is #rrggbb, empty with a ``sign``."""

    label: str
    colour: str = ""
    sign: Literal["none", "dot", "ring", "square", "cross", "number", "line", "hatch"] = "none"
    tone: Tone = "plain"


@dataclass(frozen=True)
class Map:
    """Draw the city.

    Parameters
    ----------
    title
        The finding, in a sentence.
    subtitle
        What the colours are, with unit and year.
    svg
        The picture without any word (words in SVG are shaped wrongly in Khmer); its view box is in metres.
    width_m, height_m
        Size of the view box.
    spots
        Words and signs on it.
    keys
        The legend.
    scale_m
        Length of the scale bar.
    alt, source, id, note
        As of a chart.
    north_degrees
        Where north is, clockwise from up.
    numbers
        What its colours and signs show; they go into the file of its data, not onto the page.
    """

    title: Said
    subtitle: str
    svg: str
    width_m: float
    height_m: float
    spots: tuple[Spot, ...]
    keys: tuple[Key, ...]
    scale_m: float
    alt: str
    source: str
    id: str
    note: str = ""
    north_degrees: float = 0.0
    numbers: tuple[Number, ...] = ()


@dataclass(frozen=True)
class Beside:
    """Set two columns of blocks side by side; ``share`` is the left one's part of the width."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]
    share: float = 0.5


@dataclass(frozen=True)
class Break:
    """Begin a new page."""


Block = (
    Heading | Paragraph | Bullets | Callout | KeyFigures | Table | Chart | Map | Beside | Break
)  # one of these, by its type


@dataclass(frozen=True)
class Document:
    """Hold a whole document.

    Parameters
    ----------
    kind
        ``profile``, ``concept``, ``brief`` or ``policy``.
    lang
        ``en`` or ``km``.
    title, subtitle
        On the cover.
    place
        Name of the city in the document's language.
    period
        What the numbers are about.
    imprint
        Lines at the foot of the cover: made from what, with which version, run id, licence.
    is_invented
        Whether the city is invented: then every page says so.
    blocks
        The content.
    cover
        Picture of the cover: a map without words, or none.
    """

    kind: Literal["profile", "concept", "brief", "policy"]
    lang: str
    title: str
    subtitle: str
    place: str
    period: str
    imprint: tuple[str, ...]
    is_invented: bool
    blocks: tuple[Block, ...]
    cover: Map | None = None
