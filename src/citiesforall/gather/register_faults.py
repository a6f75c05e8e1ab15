"""What is wrong in a register, row by row: said all at once, or set aside and listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from citiesforall.core.errors import InputError

SHOWN = 20
"""Rows named for one fault of one column; the rest is counted."""


class Fault(NamedTuple):
    """Hold one thing that is wrong in one row.

    Parameters
    ----------
    at
        Position of the row in the table.
    row
        Its number in the file.
    column
        The file's name of the column.
    what, do
        What is wrong and what to do: sentences without their full stop.
    amounts
        Amounts whose values in this row cannot be used; empty for the whole row.
    kind
        Faults of one kind and column are told together.
    """

    at: int
    row: int
    column: str
    what: str
    do: str
    amounts: tuple[str, ...] = ()
    kind: str = ""


def fault_lines(faults: Iterable[Fault], where: str) -> list[str]:
    """Return the lines that tell faults: every row, but of very many alike only the first ones and a count.

    Parameters
    ----------
    faults
        Of one file.
    where
        Its name.
    """
    groups: dict[tuple[str, str], list[Fault]] = {}
    for fault in sorted(faults, key=lambda one: (one.row, one.column)):
        groups.setdefault((fault.column, fault.kind or fault.what), []).append(fault)
    lines = []
    for (column, _), found in groups.items():
        lines += [
            f"{where}: row {one.row}, column '{one.column}': {one.what}. {one.do}." for one in found[:SHOWN]
        ]
        if len(found) > SHOWN:
            rows = _ranges([one.row for one in found[SHOWN:]])
            lines.append(
                f"{where}: column '{column}': the same in {len(found) - SHOWN} more rows ({rows}). {found[0].do}."
            )
    return lines


def _ranges(rows: Sequence[int]) -> str:
    """Write row numbers shortly: 4-7, 9; after many, an ellipsis."""
    parts: list[list[int]] = []
    for row in rows:
        if parts and row == parts[-1][1] + 1:
            parts[-1][1] = row
        else:
            parts.append([row, row])
    said = [f"{first}-{last}" if last > first else f"{first}" for first, last in parts[:SHOWN]]
    return ", ".join(said) + (", ..." if len(parts) > SHOWN else "")


def stop_at(faults: Sequence[Fault], where: str) -> None:
    """Raise one error that tells every fault of a file, and how to set such rows aside.

    Raises
    ------
    InputError
        Where there is a fault.
    """
    if faults:
        aside = (
            f"{where}: {len(faults)} faults, so nothing of it was used. Mend the file, or write options.faults = "
            '"list" to set such values aside as missing and list them in unmatched.csv.'
        )
        raise InputError(*fault_lines(faults, where), aside)
