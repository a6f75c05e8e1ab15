"""Typesetting: plain data becomes a PDF that is tagged, searchable and the same for the same content, or pictures."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import fontpkg_noto_sans_khmer  # type: ignore[import-untyped] # holds a font and no types
import fontpkg_source_sans_3  # type: ignore[import-untyped] # holds a font and no types
import typst

from citiesforall.report import typeset_colours
from citiesforall.report.blocks import Beside, Block, Chart, Document, Said
from citiesforall.report.numbers import told

STANDARDS = ["ua-1"]
"""PDF/UA-1 (ISO 14289-1): typst refuses what lacks a title, a language or the words for a picture."""
WORDS = ("contents", "source", "unknown", "invented", "interval", "north", "km", "m")
PLANES = frozenset({"lines", "scatter"})
"""Charts that do not grow with their rows."""
MOST_ROWS = 26
"""Rows of a chart on one page, each two lines of words high."""
TIMESTAMP_S = 0
"""No clock: the same content has the same bytes."""


def to_pdf(document: Document) -> bytes:
    """Set a document as PDF/UA-1.

    Parameters
    ----------
    document
        Its content, in one language.

    Returns
    -------
    bytes
        Equal for equal content: no clock, no font of the machine.

    Raises
    ------
    DeclarationError
        A word of the layout is not translated into the language.
    typst.TypstError
        The content cannot be set: a picture without words for who does not see it.
    """
    made = _compiler(document).compile(format="pdf", pdf_standards=STANDARDS, timestamp=TIMESTAMP_S)  # type: ignore[arg-type] # a list of one literal
    assert isinstance(made, bytes)
    return made


def to_png(document: Document, page: int | None = None, ppi: float = 100.0) -> list[bytes]:
    """Set a document as pictures.

    Parameters
    ----------
    document
        Its content.
    page
        Only this one, counted from 1; every page where None.
    ppi
        Pixels per inch.

    Returns
    -------
    list
        PNG of each page.
    """
    made = _compiler(document).compile(format="png", ppi=ppi, timestamp=TIMESTAMP_S)
    pages = [made] if isinstance(made, bytes) else list(made or ())
    return pages if page is None else [pages[page - 1]]


def as_json(document: Document) -> str:
    """Return a document as JSON for the templates: records with their type, texts without their numbers, nan as null."""
    fitting = replace(document, blocks=fitted(document.blocks))
    return json.dumps(_plain(fitting), ensure_ascii=False, sort_keys=True, allow_nan=False)


def fitted(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return blocks with charts of more rows than a page holds in several, of about equal length.

    Parameters
    ----------
    blocks
        Of a document or of one of its columns.
    """
    found: list[Block] = []
    for one in blocks:
        if isinstance(one, Beside):
            found.append(replace(one, left=fitted(one.left), right=fitted(one.right)))
        elif isinstance(one, Chart) and one.kind not in PLANES and len(one.lines) > MOST_ROWS:
            found += _parts(one)
        else:
            found.append(one)
    return tuple(found)


def _parts(chart: Chart) -> list[Chart]:
    """Return a long chart in several, their titles counted; the first keeps the id."""
    count = math.ceil(len(chart.lines) / MOST_ROWS)
    ends = [round(at * len(chart.lines) / count) for at in range(count + 1)]
    return [
        replace(
            chart,
            title=replace(chart.title, text=f"{chart.title.text} ({at + 1}/{count})"),
            lines=chart.lines[ends[at] : ends[at + 1]],
            id=chart.id if at == 0 else "",
        )
        for at in range(count)
    ]


def layout_words(lang: str) -> dict[str, str]:
    """Return the words the layout itself says.

    Parameters
    ----------
    lang
        ``en`` or ``km``.

    Raises
    ------
    DeclarationError
        The language lacks one.
    """
    return {name: told(f"report.layout.{name}", lang) for name in WORDS}


def _compiler(document: Document) -> typst.Compiler:
    """Return typst with a document, our fonts and no other."""
    root = templates()
    return typst.Compiler(
        root / "document.typ",
        root=root,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs={
            "document": as_json(document),
            "words": json.dumps(layout_words(document.lang), ensure_ascii=False, sort_keys=True),
            "colours": json.dumps(_colours(), sort_keys=True),
        },
    )


def templates() -> Path:
    """Return the folder of the templates."""
    return Path(str(files("citiesforall.data").joinpath("report")))


@cache
def _fonts() -> typst.Fonts:
    """Return Source Sans 3 and Noto Sans Khmer, read from their packages."""
    paths = [
        Path(str(package.__file__)).parent / "files"
        for package in (fontpkg_source_sans_3, fontpkg_noto_sans_khmer)
    ]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)


def _colours() -> dict[str, Any]:
    """Return the colours the templates use."""
    return {
        "ink": typeset_colours.INK,
        "soft": typeset_colours.SOFT,
        "faint": typeset_colours.FAINT,
        "paper": typeset_colours.PAPER,
        "accent": typeset_colours.ACCENT,
        "tones": typeset_colours.TONES,
        "pale": typeset_colours.PALE,
        "classes": typeset_colours.CLASSES,
    }


def _plain(one: Any) -> Any:
    """Return a record as JSON can hold it."""
    if isinstance(one, Said):
        return one.text
    if is_dataclass(one) and not isinstance(one, type):
        return {"type": type(one).__name__} | {
            field.name: _plain(getattr(one, field.name)) for field in fields(one) if field.name != "numbers"
        }
    if isinstance(one, tuple | list):
        return [_plain(each) for each in one]
    if isinstance(one, Mapping):
        return {str(key): _plain(each) for key, each in one.items()}
    if isinstance(one, float):
        return one if math.isfinite(one) else None
    return one
