"""The faults of a record read from a file, as our sentences: where: what is wrong. what is allowed. what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from citiesforall.core.errors import did_you_mean

Fields = Callable[[tuple[Any, ...]], Iterable[str]]
"""Given the place of a fault, the words allowed there."""
LIMITS = {
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
}
PATH = {"after", "tuple[float, float]"}
"""What pydantic puts into a place that is no word of the file."""
WANTED = {
    "int": "a whole number", "float": "a number", "bool": "true or false", "string": "a word in quotes", "tuple": "a list",
    "list": "a list", "dict": "a single table, as [name]", "model": "a single table, as [name]",
}  # fmt: skip
"""What a place of the file should hold, by the first word of pydantic's type of fault."""
LONGEST, LARGE = 60, 10**15
"""Letters of a value that are shown; numbers from here on are shown as they came."""


def plain_faults(faults: Sequence[Any], known: Fields) -> list[str]:
    """Return pydantic's faults as our lines.

    Parameters
    ----------
    faults
        Of ``ValidationError.errors()``.
    known
        Says which words are allowed at a place.

    Returns
    -------
    list of str
        One line each; a check of a whole record may give several, one on each line of its message.
    """
    return [line for fault in faults for line in _lines(fault, known)]


def _lines(fault: Any, known: Fields) -> list[str]:
    """Return the lines of one fault."""
    where = where_of(fault["loc"])
    if fault["type"] == "extra_forbidden":
        words = tuple(known(fault["loc"]))
        meant = did_you_mean(str(fault["loc"][-1]), words) if words else "Remove it."
        return [f"{where}: this word is not known. {meant}"]
    if fault["type"] == "value_error":
        said = re.sub("^Value error, ", "", fault["msg"]).split("\n")
        return [f"{where}: {line}" if where else line for line in said]
    return [f"{where}: {_said(fault)}"]


def _said(fault: Any) -> str:
    """Return what is wrong with one word, and what to do."""
    given = fault["input"]
    match fault["type"]:
        case "missing":
            return "this is missing. Add it."
        case "string_pattern_mismatch":
            return f"'{_short(str(given))}' is not of the form {fault['ctx']['pattern']}. Mend it."
        case "literal_error":
            allowed = re.findall(r"'([^']+)'", fault["ctx"]["expected"])
            said = _short(str(given))
            return f"'{said}' is not known. {did_you_mean(said, allowed)}"
        case "finite_number":
            return f"{_figure(given)} is no number that can be reckoned with. Mend it."
        case kind if kind in LIMITS:
            return f"{_figure(given)} {LIMITS[kind].format(**fault['ctx'])}. Mend it."
        case _:
            return _of_another_kind(fault)


def _figure(given: Any) -> str:
    """Return a number as it is shown; what came as text, or is too large to be shown so, as it came."""
    if isinstance(given, float) or (isinstance(given, int) and abs(given) < LARGE):
        return f"{given:g}"
    return _short(str(given))


def _short(text: str) -> str:
    """Return the beginning of a text that is too long to be shown."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def _of_another_kind(fault: Any) -> str:
    """Return that a value is not of the kind its place holds, in pydantic's words where we have none."""
    shown, first = _short(repr(fault["input"])), fault["type"].split("_")[0]
    if fault["type"].endswith(("_parsing", "_type")) and first in WANTED:
        return f"{shown} is not {WANTED[first]}. Mend it."
    return f"{shown}: {fault['msg'][0].lower()}{fault['msg'][1:]}. Mend it."


def where_of(loc: Sequence[Any]) -> str:
    """Return the place of a fault in words: a first row goes unsaid, a later one is counted from 1.

    Parameters
    ----------
    loc
        Words and positions, as pydantic gives them.
    """
    parts = [
        str(part + 1 if isinstance(part, int) else part) for part in loc if part != 0 and part not in PATH
    ]
    return ".".join(parts)
