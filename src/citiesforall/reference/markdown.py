"""The few shapes of Markdown the pages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MADE = "<!-- Generated from the registry: change the registry, then `python -m citiesforall.reference write`. -->"


def page(title: str, *parts: str) -> str:
    """Return a whole page.

    Parameters
    ----------
    title
        First heading.
    parts
        Paragraphs, tables, headings; empty ones are left out.

    Returns
    -------
    str
        Text with one empty line between the parts.
    """
    return "\n\n".join([MADE, f"# {title}", *(part for part in parts if part)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, empty where it has no rows.

    Parameters
    ----------
    head
        Titles of the columns.
    rows
        Cells; a bar inside a cell is kept as text.
    """
    body = [_row(row) for row in rows]
    return "\n".join([_row(head), "|" + " --- |" * len(head), *body]) if body else ""


def _row(cells: Sequence[str]) -> str:
    """Return one line of a table."""
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def bullets(lines: Iterable[str]) -> str:
    """Return a list with bullets."""
    return "\n".join(f"- {line}" for line in lines)


def anchor(name: str) -> str:
    """Return a place to link to, kept apart from the wording of headings."""
    return f'<a id="{name}"></a>'


def code(text: str) -> str:
    """Return text set as code."""
    return f"`{text}`"
