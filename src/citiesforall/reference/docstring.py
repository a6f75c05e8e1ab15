"""Docstrings as they are written here (numpydoc), taken apart for pages."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

HEADING = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}$", re.MULTILINE)
CITED = re.compile(r"\[([a-z][a-z0-9]*(?:_[a-z0-9]+)+)\]")
DOUBLE_TICKS = re.compile(r"``([^`]+)``")


@dataclass(frozen=True)
class Docstring:
    """Hold the parts of one docstring.

    Parameters
    ----------
    summary
        First line.
    sections
        Heading -> text; ``""`` for what stands before the first heading.
    """

    summary: str
    sections: Mapping[str, str]


def docstring(function: Callable[..., Any]) -> Docstring:
    """Take the docstring of a function apart.

    Parameters
    ----------
    function
        Any documented function.

    Returns
    -------
    Docstring
        Its parts; lines of a paragraph joined.
    """
    text = inspect.getdoc(function) or ""
    summary, _, rest = text.partition("\n")
    pieces = HEADING.split(rest)
    sections = {"": pieces[0].strip()}
    sections |= {name: body.strip("\n") for name, body in zip(pieces[1::2], pieces[2::2], strict=True)}
    return Docstring(summary.strip(), sections)


def entries(section: str) -> dict[str, str]:
    """Read a list of names with indented texts: Parameters, Returns, Raises.

    Parameters
    ----------
    section
        Body of the section.

    Returns
    -------
    dict
        Name (several joined by a comma) -> text in one line.
    """
    found: dict[str, list[str]] = {}
    name = ""
    for line in section.splitlines():
        if line and not line.startswith(" "):
            name = line.split(" : ")[0].strip()
            found[name] = []
        elif name:
            found[name].append(line.strip())
    return {key: " ".join(part for part in lines if part) for key, lines in found.items()}


def prose(text: str, references: str = "") -> str:
    """Turn the text of a docstring into Markdown: one line a paragraph, citations linked.

    Parameters
    ----------
    text
        Paragraphs separated by empty lines.
    references
        Path of the page of references, from the page this goes to; empty leaves citations as they are.

    Returns
    -------
    str
        Markdown.
    """
    joined = "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip())
    ticked = DOUBLE_TICKS.sub(r"`\1`", joined)
    return CITED.sub(rf"[\1]({references}#\1)", ticked) if references else ticked
