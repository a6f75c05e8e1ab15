"""Pieces of HTML: every text is escaped here and nowhere else."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """Hold a cell of a table.

    Parameters
    ----------
    text
        As read.
    sort
        What the table is sorted by, where it is not the text; a number.
    link
        Where a click leads, inside the page.
    below
        A second, smaller line.
    is_head
        Whether it names its row.
    kind
        ``number`` for right-aligned figures.
    """

    text: str
    sort: float | None = None
    link: str = ""
    below: str = ""
    is_head: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Head:
    """Name a column; ``kind`` as of `Cell`."""

    title: str
    kind: str = ""


def esc(text: object) -> str:
    """Return a text that shows as itself, in an element or in an attribute."""
    return html.escape(str(text), quote=True)


def table(
    caption: str,
    heads: Sequence[Head],
    rows: Iterable[Sequence[Cell]],
    *,
    name: str = "",
    tools: bool = False,
) -> str:
    """Return a table with its caption; it scrolls sideways by itself on a narrow screen.

    Parameters
    ----------
    caption
        What it shows.
    heads
        Its columns.
    rows
        As many cells as columns.
    name
        For links and scripts.
    tools
        Whether scripts add search and sorting.
    """
    head = "".join(f'<th scope="col"{_class(one.kind)}>{esc(one.title)}</th>' for one in heads)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>\n" for row in rows)
    marks = f' id="{esc(name)}"' * bool(name) + " data-tools" * tools
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{esc(caption)}"><table{marks}><caption>{esc(caption)}'
        f"</caption><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>"
    )


def _class(kind: str) -> str:
    """Return the attribute of a kind."""
    return f' class="{esc(kind)}"' if kind else ""


def _cell(one: Cell) -> str:
    """Return one cell."""
    text = f'<a href="#{esc(one.link)}">{esc(one.text)}</a>' if one.link else esc(one.text)
    below = f"<small>{esc(one.below)}</small>" if one.below else ""
    sort = f' data-sort="{one.sort!r}"' if one.sort is not None else ""
    name, scope = ("th", ' scope="row"') if one.is_head else ("td", "")
    return f"<{name}{scope}{_class(one.kind)}{sort}>{text}{below}</{name}>"


def details(title: str, inner: str) -> str:
    """Return a part that opens on a click, and without scripts too."""
    return f"<details><summary>{esc(title)}</summary>{inner}</details>"


def figure(value: str, label: str, note: str = "") -> str:
    """Return a number shown large, with what it is."""
    small = f"<dd><small>{esc(note)}</small></dd>" if note else ""
    return f"<div><dt>{esc(label)}</dt><dd>{esc(value)}</dd>{small}</div>"


def paragraph(text: str, kind: str = "") -> str:
    """Return a paragraph."""
    return f"<p{_class(kind)}>{esc(text)}</p>"
