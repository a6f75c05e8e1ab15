"""What cannot be right in a register: negative counts, parts above their whole, mixed units, codes that stand twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from citiesforall.core.amounts import RESIDENTS, amounts
from citiesforall.core.notes import Note
from citiesforall.gather.register_doubts import equal_rows
from citiesforall.gather.register_faults import Fault
from citiesforall.gather.register_numbers import Floats
from citiesforall.gather.register_options import Options, whole_of
from citiesforall.gather.register_rows import Column, Rows, of_whole

FEWEST = 20
"""Places from which one value everywhere is a defect of the source (ours)."""
GAP = 5.0
"""In percent: where no value lies between 1 and this, the values up to 1 are shares among percentages (ours)."""
FEWEST_SMALL = 2
"""Rows up to 1 % from which they are looked at (ours)."""
ROUNDING = 1e-6
"""By which a part may pass its whole before it is called more. [share]"""


def check_rows(rows: Rows, options: Options) -> Rows:
    """Find every fault of a register; nothing is changed yet.

    Parameters
    ----------
    rows
        As read.
    options
        What the city file says.

    Returns
    -------
    Rows
        With the faults added, in the order of rows.
    """
    found = list(rows.faults)
    if options.repeated == "stop" and options.count is None:
        found += _repeated(rows)
    for word, column in rows.columns.items():
        found += _negative(rows, word, column)
        if word in rows.shares:
            found += _share_faults(rows, word, column, percent=word in options.percent)
        high = amounts()[word].high
        if high is not None and word not in rows.shares:
            above = f"above {high:g}, the highest there can be"
            found += _each(rows, word, column, column.amount > high, (above, "Mend it", "high"))
    found += [*_parts(rows), *equal_rows(rows)]
    return replace(rows, faults=tuple(sorted(found, key=lambda one: (one.at, one.column))))


def _each(
    rows: Rows, word: str, column: Column, wrong: npt.NDArray[np.bool_], said: tuple[str, str, str]
) -> list[Fault]:
    """Tell one fault of a column in every row it is in: what is wrong, what to do, its kind."""
    what, do, kind = said
    return [
        Fault(
            int(at), int(rows.number[at]), column.name, f"{column.amount[at]:g} is {what}", do, (word,), kind
        )
        for at in np.flatnonzero(wrong)
    ]


def _negative(rows: Rows, word: str, column: Column) -> list[Fault]:
    """Tell values below 0."""
    do = "Write the number, or leave the cell empty where nobody knows"
    return _each(rows, word, column, column.amount < 0, ("below 0", do, "negative"))


def _share_faults(rows: Rows, word: str, column: Column, *, percent: bool) -> list[Fault]:
    """Tell shares above the whole, and columns of two units."""
    share = column.amount
    above = share > 1 + ROUNDING
    if percent:
        found = _each(rows, word, column, above, ("a share above 100 %", "Mend it", "share"))
        return found + _shares_among_percentages(rows, word, column)
    known = share[share > 0]
    what = "above 1: shares are 0 to 1"
    if (known > 1).any() and (known <= 1).any():
        what = f"above 1, while {int((known <= 1).sum())} rows are 0 to 1: two units in one column"
    do = "Give shares of 0 to 1 everywhere, or percentages everywhere and options.percent"
    return _each(rows, word, column, above, (what, do, "share"))


def _shares_among_percentages(rows: Rows, word: str, column: Column) -> list[Fault]:
    """Tell values up to 1 in a column of percentages where nothing lies between them and the others."""
    percent = column.amount * 100
    small, large = (percent > 0) & (percent <= 1), percent > 1
    if small.sum() < FEWEST_SMALL or not large.any() or (large & (percent < GAP)).any():
        return []
    what = f"{int(large.sum())} rows are {np.nanmin(percent[large]):g} or more, this one at most 1: two units in one column"
    one = replace(column, amount=percent)
    return _each(rows, word, one, small, (f"a share: {what}", "Give percentages everywhere", "mixed"))


def _repeated(rows: Rows) -> list[Fault]:
    """Tell codes that stand twice."""
    first: dict[str, int] = {}
    found = []
    for at, code in enumerate(rows.code):
        if not code:
            continue
        if code in first:
            what = f"{code} stands in row {first[code]} already"
            do = 'Leave one out, or write options.repeated = "sum" where the rows are parts'
            found.append(Fault(at, int(rows.number[at]), "code", what, do, (), "repeated"))
        else:
            first[code] = int(rows.number[at])
    return found


def _parts(rows: Rows) -> list[Fault]:
    """Tell parts above their whole, and amounts below what they are at least."""
    found = []
    for word, column in rows.columns.items():
        whole = of_whole(word, rows)
        if whole is not None and word not in rows.shares and not rows.columns[whole].estimated:
            total = rows.columns[whole]
            wrong = column.amount > total.amount * (1 + ROUNDING)
            found += _against(rows, (word, column), (whole, total), wrong, "more than")
        least = amounts()[word].at_least
        if least in rows.columns:
            assert least is not None
            bottom = rows.columns[least]
            found += _against(
                rows, (word, column), (least, bottom), column.amount < bottom.amount, "fewer than"
            )
    return found


def _against(
    rows: Rows, one: tuple[str, Column], other: tuple[str, Column], wrong: npt.NDArray[np.bool_], how: str
) -> list[Fault]:
    """Tell rows in which two amounts cannot both be right; for too few people only these are doubted."""
    (word, column), (against, total) = one, other
    both = (word,) if how == "fewer than" else (word, against)
    return [
        Fault(
            int(at), int(rows.number[at]), column.name,
            f"{column.amount[at]:g} ({word}) is {how} {total.amount[at]:g} ({against}, column '{total.name}')",
            "Mend one of them", both, how,
        )
        for at in np.flatnonzero(wrong)
    ]  # fmt: skip


def set_aside(rows: Rows) -> Rows:
    """Make missing what has a fault, with the fault as its reason.

    Parameters
    ----------
    rows
        Checked.

    Returns
    -------
    Rows
        Rows with a fault of their code have no code; values with a fault are nan.
    """
    columns = {
        word: replace(one, amount=one.amount.copy(), reason=one.reason.copy())
        for word, one in rows.columns.items()
    }
    code = rows.code.copy()
    for fault in rows.faults:
        for word in fault.amounts:
            columns[word].amount[fault.at] = np.nan
            columns[word].reason[fault.at] = f"row {fault.row}, column '{fault.column}': {fault.what}"
        if not fault.amounts:
            code[fault.at] = ""
    note = Note(
        rows.file, f"{len(rows.faults)} faults: such values are missing and listed in unmatched.csv.", "doubt"
    )
    return replace(rows, code=code, columns=columns, notes=(*rows.notes, note) if rows.faults else rows.notes)


def unfilled(rows: Rows) -> Rows:
    """Make missing the rows whose amounts are all 0, their whole too: such rows were not filled in.

    Parameters
    ----------
    rows
        Checked.

    Returns
    -------
    Rows
        With a note where there are such rows.
    """
    wholes = {whole for word in rows.columns if (whole := of_whole(word, rows)) is not None}
    if not wholes:
        return rows
    values = np.stack([one.amount for one in rows.columns.values()])
    empty = np.nan_to_num(values == 0, nan=False).all(axis=0)
    if not empty.any():
        return rows
    reason = "all amounts of the row are 0, which reads as not filled in"
    columns = {word: _without(one, empty, reason) for word, one in rows.columns.items()}
    note = Note(rows.file, f"{int(empty.sum())} rows hold only zeros: read as not filled in.", "repair")
    return replace(rows, columns=columns, notes=(*rows.notes, note))


def _without(column: Column, where: npt.NDArray[np.bool_], why: str) -> Column:
    """Return a column with some values missing for one reason."""
    return replace(
        column,
        amount=np.where(where, np.nan, column.amount),
        reason=np.where(where, why, column.reason).astype(object),
    )


def constant(rows: Rows, options: Options) -> Rows:
    """Make missing the columns that are 0 everywhere: a defect of the source, not a fact.

    Parameters
    ----------
    rows
        Checked.
    options
        ``zero_is_real`` names columns for which it is a fact.

    Returns
    -------
    Rows
        With a note for each such column, and a doubt where another value stands everywhere.
    """
    columns, notes = dict(rows.columns), list(rows.notes)
    for word, column in rows.columns.items():
        known: Floats = column.amount[~np.isnan(column.amount)]
        if known.size < FEWEST or (known != known[0]).any() or word == options.count:
            continue
        if known[0] == 0 and word not in options.zero_is_real:
            why = f"column '{column.name}' is 0 in all {known.size} rows: a defect of the source, not a fact"
            columns[word] = _without(column, np.ones(column.amount.size, dtype=bool), why)
            notes.append(
                Note(rows.file, f"{why}; missing. If it is a fact, write options.zero_is_real.", "doubt")
            )
        elif known[0] != 0:
            said = f"column '{column.name}' is {known[0]:g} in all {known.size} rows."
            notes.append(Note(rows.file, said, "doubt"))
    return replace(rows, columns=columns, notes=tuple(notes))


def whole_counts(rows: Rows) -> Rows:
    """Turn shares of a whole that the file gives into amounts; shares of the residents stay shares.

    Parameters
    ----------
    rows
        Checked.

    Returns
    -------
    Rows
        Amount = share x whole.
    """
    columns, left = dict(rows.columns), set(rows.shares)
    for word in sorted(rows.shares):
        whole = of_whole(word, rows)
        if whole is None:
            continue
        share, total = rows.columns[word], rows.columns[whole]
        reason = np.where(share.reason != "", share.reason, total.reason).astype(object)
        columns[word] = replace(share, amount=share.amount * total.amount, reason=reason)
        left.discard(word)
    return replace(rows, columns=columns, shares=frozenset(left))


def unknown_wholes(rows: Rows) -> Iterable[str]:
    """Tell shares whose whole is neither in the file nor the residents."""
    return (
        f"{rows.file}: column '{rows.columns[word].name}': its whole '{amounts()[word].of}' is not among the columns. "
        f"Add columns.{amounts()[word].of}."
        for word in sorted(rows.shares)
        if whole_of(word) != RESIDENTS and of_whole(word, rows) is None
    )
