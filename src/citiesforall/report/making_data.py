"""Tables beside the documents: every number of a text with its place in a table, and the data of every chart and map."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from citiesforall.report.blocks import (
    Beside,
    Block,
    Break,
    Chart,
    Document,
    Heading,
    Map,
    Number,
    Said,
)

NUMBER_HEAD = ("document", "lang", "chapter", "block", "id", "text", "table", "key", "column", "value", "how")
CHART_HEAD = (
    "row",
    "series",
    "x",
    "value",
    "low",
    "high",
    "text",
    "table",
    "key",
    "column",
    "table_value",
    "how",
)
MAP_HEAD = ("text", "table", "key", "column", "value", "how")


@dataclass(frozen=True)
class Found:
    """Say where in a document a number stands.

    Parameters
    ----------
    chapter
        Title of the chapter.
    block
        Kind of block: ``Paragraph``, ``Table``.
    id
        Of the block, where it has one.
    number
        The number.
    """

    chapter: str
    block: str
    id: str
    number: Number


def blocks_of(blocks: Sequence[Block]) -> Iterator[Block]:
    """Return every block, those of columns too, in the order of reading."""
    for one in blocks:
        if isinstance(one, Beside):
            yield from blocks_of(one.left)
            yield from blocks_of(one.right)
        else:
            yield one


def numbers_of(document: Document) -> Iterator[Found]:
    """Return every number that a document shows, in the order of reading; what only colours a map is not among them."""
    chapter = ""
    for block in blocks_of(document.blocks):
        if isinstance(block, Heading) and block.level == 1:
            chapter = block.text.text
        for number in _numbers(block):
            yield Found(chapter, type(block).__name__, getattr(block, "id", ""), number)


def numbers_csv(documents: Sequence[Document]) -> str:
    """Return every number of some documents as CSV."""
    rows = [
        (one.kind, one.lang, found.chapter, found.block, found.id, *_cells(found.number))
        for one in documents
        for found in numbers_of(one)
    ]
    return _csv(NUMBER_HEAD, rows)


def data_csvs(document: Document) -> dict[str, str]:
    """Return the data of every chart and map of a document: id -> CSV.

    Raises
    ------
    ValueError
        A chart or map has no id, or two have the same: one's data would stand in the other's place.
    """
    found: dict[str, str] = {}
    for block in blocks_of(document.blocks):
        if isinstance(block, Chart | Map):
            if not block.id or block.id in found:
                raise ValueError(
                    f"{document.kind}: id {block.id!r} of '{block.title.text}' is empty or taken"
                )
            found[block.id] = _of_chart(block) if isinstance(block, Chart) else _of_map(block)
    return found


def _of_chart(chart: Chart) -> str:
    """Return what a chart draws."""
    rows = []
    for line in chart.lines:
        for mark in line.marks:
            series = (
                chart.series[mark.series] if mark.series < len(chart.series) and chart.kind != "heat" else ""
            )
            number = mark.label.numbers[0] if mark.label.numbers else None
            whence = _cells(number)[1:] if number is not None else ("", "", "", "", "")
            drawn = [_number(one) for one in (mark.x, mark.at, mark.low, mark.high)]
            rows.append((line.label, series, *drawn, mark.label.text, *whence))
    return _csv(CHART_HEAD, rows)


def _of_map(one: Map) -> str:
    """Return what a map's colours and signs show."""
    return _csv(MAP_HEAD, [_cells(number) for number in one.numbers])


def _numbers(one: Any) -> Iterator[Number]:
    """Return the numbers of every text of a block."""
    if isinstance(one, Said):
        yield from one.numbers
    elif isinstance(one, tuple):
        for each in one:
            yield from _numbers(each)
    elif hasattr(one, "__dataclass_fields__") and not isinstance(one, Number | Break):
        for field in fields(one):
            yield from _numbers(getattr(one, field.name)) if field.name != "numbers" else ()


def _cells(number: Number) -> tuple[str, ...]:
    """Return a number as cells: text, table, key, column, value, how."""
    key = "; ".join(f"{name}={value}" for name, value in number.key)
    return number.text, number.table, key, number.column, _number(number.value), number.how


def _number(value: float) -> str:
    """Return a value unrounded; nothing for what is unknown."""
    return repr(float(value)) if math.isfinite(value) else ""


def _csv(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows as CSV (RFC 4180) with line feeds."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()
