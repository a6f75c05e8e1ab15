"""Faults of a survey file: where, what, and one line for all rows that share it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from citiesforall.core.errors import InputError

MOST_LINES = 200
MOST_ROWS = 6


@dataclass(frozen=True)
class Fault:
    """Say one thing that is wrong.

    Parameters
    ----------
    where
        File, and sheet where it has several.
    what
        What is wrong, what is allowed, what to do: whole sentences.
    row
        Number in the file; 0 where it is about the whole sheet.
    column
        As the file names it, or empty.
    """

    where: str
    what: str
    row: int = 0
    column: str = ""


def lines(faults: Iterable[Fault], most: int = MOST_LINES) -> tuple[str, ...]:
    """Write faults as lines; rows that share all but the row stand in one line.

    Parameters
    ----------
    faults
        In any order.
    most
        Lines shown; a last one says how many there are besides.

    Returns
    -------
    tuple of str
        For instance ``interviews.csv: rows 3, 8, column 'toilet': 'latrin' is no answer. ...``
    """
    rows: dict[tuple[str, str, str], list[int]] = {}
    for fault in faults:
        rows.setdefault((fault.where, fault.column, fault.what), []).append(fault.row)
    out = [
        ": ".join(part for part in (where, _place(found, column), what) if part)
        for (where, column, what), found in rows.items()
    ]
    if len(out) > most:
        out = [*out[:most], f"... and {len(out) - most:,} further faults. Mend these first and read again."]
    return tuple(out)


def _place(rows: list[int], column: str) -> str:
    """Name the rows and the column."""
    found = sorted({row for row in rows if row})
    parts = []
    if found:
        shown = ", ".join(map(str, found[:MOST_ROWS]))
        more = f" and {len(found) - MOST_ROWS:,} more" if len(found) > MOST_ROWS else ""
        parts.append(f"row{'s' if len(found) > 1 else ''} {shown}{more}")
    if column:
        parts.append(f"column '{column}'")
    return ", ".join(parts)


def raise_faults(faults: Iterable[Fault]) -> None:
    """Raise one error that carries all the faults, or return where there are none.

    Parameters
    ----------
    faults
        Collected while reading.

    Raises
    ------
    InputError
        When there is at least one.
    """
    found = lines(faults)
    if found:
        raise InputError(*found)
