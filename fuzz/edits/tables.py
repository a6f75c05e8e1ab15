"""Edits of CSV tables: cells, rows, columns, names, encodings, line ends, delimiters."""

from __future__ import annotations

import csv
import io
from random import Random

from fuzz.edits import junk

Rows = list[list[str]]
WHOLE_SHARE = 0.15
"""Of the edits, those of how the whole file is written."""
ENCODINGS = ("utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le", "cp437", "utf-32")
CHANGES = (
    "cell", "cell", "cell", "cells", "header", "drop_row", "copy_row", "swap_rows", "drop_column", "copy_column",
    "swap_columns", "blank_column", "blank_row", "same_column", "scaled", "cut_row", "long_row", "shuffle", "headless",
    "only_header", "first_row",
)  # fmt: skip


def edit(raw: bytes, chance: Random) -> bytes:
    """Change a table once."""
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    if chance.random() < WHOLE_SHARE:
        return written(rows, chance)
    change_rows(rows, chance)
    return as_text(rows).encode("utf-8")


def as_text(rows: Rows, delimiter: str = ",", end: str = "\n") -> str:
    """Write rows."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def written(rows: Rows, chance: Random) -> bytes:
    """Write a table as another program would."""
    text = as_text(rows, chance.choice(",;\t|"), chance.choice(("\n", "\r", "\r\n", "\n\n")))
    if chance.random() < 0.2:
        text = text.replace('"', "'") if '"' in text else text.replace(",", '","')
    return text.encode(chance.choice(ENCODINGS), "replace")


def change_rows(rows: Rows, chance: Random) -> None:
    """Change rows in place, once."""
    if not rows or not rows[0]:
        raise ValueError("nothing to change")
    wide = len(rows[0])
    at, row, other = chance.randrange(wide), chance.randrange(len(rows)), chance.randrange(wide)
    body = rows[1:]
    match chance.choice(CHANGES):
        case "cell" if rows[row]:
            at = min(at, len(rows[row]) - 1)
            rows[row][at] = junk.cell(chance, rows[row][at])
        case "cells":
            for line in chance.sample(body, min(len(body), 5)):
                _set(line, at, junk.cell(chance))
        case "header":
            rows[0][at] = chance.choice(
                (*rows[0], rows[0][at].upper(), rows[0][at] + " ", "", junk.cell(chance))
            )
        case "drop_row":
            del rows[row]
        case "copy_row":
            rows.insert(chance.randrange(len(rows)) + 1, list(rows[row]))
        case "swap_rows":
            rows[row], rows[-1] = rows[-1], rows[row]
        case "drop_column":
            for line in rows:
                del line[at : at + 1]
        case "copy_column":
            for line in rows:
                line.extend(line[at : at + 1])
        case "swap_columns":
            rows[0][at], rows[0][other] = rows[0][other], rows[0][at]
        case "headless":
            del rows[0]
        case "only_header":
            del rows[1:]
        case "first_row":
            rows.insert(0, [junk.cell(chance)])
        case "shuffle":
            chance.shuffle(body)
            rows[1:] = body
        case "blank_row":
            rows.insert(row, [])
        case "cut_row":
            rows[row] = rows[row][:at]
        case "long_row":
            rows[row].extend([junk.cell(chance)] * 3)
        case change:
            _change_column(body, at, change, chance)


def _change_column(body: Rows, at: int, change: str, chance: Random) -> None:
    """Change every cell of a column alike."""
    value = "" if change == "blank_column" else junk.cell(chance)
    factor = junk.number(chance)
    for line in body:
        if at >= len(line):
            continue
        if change == "scaled":
            try:
                line[at] = str(float(line[at]) * factor)
            except (ValueError, OverflowError):
                line[at] = junk.cell(chance, line[at])
        else:
            line[at] = value


def _set(line: list[str], at: int, value: str) -> None:
    """Set a cell where the row has it."""
    if at < len(line):
        line[at] = value
