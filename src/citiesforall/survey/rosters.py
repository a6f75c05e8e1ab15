"""Members and threats: to which interview each row belongs, and whether roster and interview agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from citiesforall.core.notes import Note
from citiesforall.survey.asked import Asked, Floats, Ints, column
from citiesforall.survey.export import Sheet
from citiesforall.survey.faults import Fault
from citiesforall.survey.visits import system_column

#: Column of a repeat -> column of the interviews it points to. KoboToolbox, then ODK Central.
LINKS = (
    ("PARENT_KEY", ("KEY",)),
    ("_parent_index", ("_index",)),
    ("_submission__uuid", ("_uuid", "meta/instanceID")),
    ("_submission__id", ("_id",)),
)
#: Columns that must agree where both are there: the number of a row says nothing about which export it is of.
CHECKED = (("_submission__uuid", "_uuid"), ("_submission__id", "_id"))
ADULT = 18.0


def parents(
    main: Sheet, repeat: Sheet, words: tuple[Sequence[str], Sequence[str]] | None
) -> tuple[Ints, list[Fault]]:
    """Return the row of the main sheet each row of a repeat belongs to.

    Parameters
    ----------
    main, repeat
        The interviews, and their members or threats.
    words
        Household ids of both, where no column of a server links them; None else.

    Returns
    -------
    tuple
        Positions, -1 where there is none, (N,); and faults.
    """
    link = _link(main, repeat) or (("household_id", *words) if words is not None else None)
    if link is None:
        what = (
            "no column says to which interview a row belongs. KoboToolbox writes _parent_index, ODK Central PARENT_KEY, "
            "tables household_id. Export again with it."
        )
        return np.full(len(repeat.rows), -1, dtype=np.int64), [Fault(repeat.where, what)]
    name, children, keys = link
    where = {key: at for at, key in enumerate(keys) if key}
    doubled = len([key for key in keys if key]) - len(where)
    faults = []
    if doubled and name != "household_id":
        faults.append(
            Fault(
                main.where, f"{doubled} rows carry the number of another ({name} leads to two). Export again."
            )
        )
    row = np.array([where.get(one, -1) for one in children], dtype=np.int64)
    for at in np.flatnonzero(row < 0):
        what = "the row belongs to no interview of the file. Export all sheets together, or remove the row."
        faults.append(Fault(repeat.where, what, repeat.numbers[at], name))
    return row, faults + _disagree(main, repeat, row)


def _link(main: Sheet, repeat: Sheet) -> tuple[str, Sequence[str], Sequence[str]] | None:
    """Return the columns by which a server links a repeat to its interviews."""
    for child, names in LINKS:
        here, there = system_column(repeat, (child,)), system_column(main, names)
        if here is not None and there is not None:
            return here[0], here[1], there[1]
    return None


def _disagree(main: Sheet, repeat: Sheet, row: Ints) -> list[Fault]:
    """Return faults where a second link leads elsewhere: the sheets are of different exports."""
    faults = []
    for child, parent in CHECKED:
        here, there = system_column(repeat, (child,)), system_column(main, (parent,))
        if here is None or there is None:
            continue
        wrong = [
            at
            for at, to in enumerate(row)
            if to >= 0 and here[1][at] and there[1][to] and here[1][at] != there[1][to]
        ]
        faults += [
            Fault(repeat.where, f"the row leads to one interview by its number and to another by {child}: the sheets are of "
                  "different exports, or were sorted. Export again.", repeat.numbers[at], child)
            for at in wrong
        ]  # fmt: skip
    return faults


def check_roster(
    asked: Asked, members: Asked, row: Ints, *, size_from_roster: bool, strict: bool
) -> tuple[Floats, list[Fault], list[Note]]:
    """Compare interviews with their rosters.

    Parameters
    ----------
    asked
        Interviews that count. (H,)
    members
        Their members. (N,)
    row
        Position of each member's interview. (N,)
    size_from_roster
        Take the number of members listed where the interview says another.
    strict
        Members without sex or age are faults; else they are counted and told.

    Returns
    -------
    tuple
        Size of each household, (H,) [persons]; faults and notes.
    """
    listed = np.bincount(row, minlength=asked.n).astype(np.float64)
    stated = column(asked.numbers, "household_size", listed.copy)
    size = np.where(np.isnan(stated), listed, stated)
    faults, notes = [], list[Note]()
    for at in np.flatnonzero(listed == 0):
        what = "no member of the household is listed. Every household has one at least. Export the roster too (XLSX or zip)."
        faults.append(Fault(asked.where, what, int(asked.rows[at])))
    other = np.flatnonzero((size != listed) & (listed > 0))
    if size_from_roster and other.size:
        size[other] = listed[other]
        notes.append(
            Note(
                asked.where,
                f"{other.size} households list other members than they count; the list was taken.",
                "repair",
            )
        )
    else:
        faults += [
            Fault(asked.where, f"the household counts {size[at]:g} members and lists {listed[at]:g}. Both must agree. Correct "
                  'it, or write options.size_from = "roster".', int(asked.rows[at]), "household_size")
            for at in other
        ]  # fmt: skip
    blank = _blank_people(members)
    if blank and not strict:
        what = f"sex or age of {len(blank)} members is not known; groups by sex and age leave them out."
        return size, faults, [*notes, Note(members.where, what, "doubt")]
    return size, faults + blank, notes


def _blank_people(members: Asked) -> list[Fault]:
    """Return faults for members whose sex or age is not known: no group can count them."""
    faults = []
    sex = column(members.codes, "sex", lambda: np.full(members.n, None, dtype=object))
    age = column(members.numbers, "age", lambda: np.full(members.n, np.nan))
    for name, blank in (("sex", np.array([one is None for one in sex], dtype=bool)), ("age", np.isnan(age))):
        what = f"{name} of the member is not known. Every member has one. Fill it in, from the interviewer's notes if need be."
        faults += [Fault(members.where, what, int(members.rows[at]), name) for at in np.flatnonzero(blank)]
    return faults


def respondent_rows(asked: Asked, members: Asked, row: Ints) -> tuple[Ints, list[Fault], list[Note]]:
    """Find the adult who was asked among the members.

    Parameters
    ----------
    asked
        Interviews that count. (H,)
    members
        Their members, in the order they were listed. (N,)
    row
        Position of each member's interview. (N,)

    Returns
    -------
    tuple
        Position among the members, -1 where it is not known, (H,); faults and notes.
    """
    numbers = column(asked.numbers, "respondent_number", lambda: np.full(asked.n, np.nan))
    order = np.argsort(row, kind="stable")
    first = np.searchsorted(row[order], np.arange(asked.n))
    listed = np.bincount(row, minlength=asked.n)
    faults: list[Fault] = []
    found = np.full(asked.n, -1, dtype=np.int64)
    for at in np.flatnonzero(~np.isnan(numbers)):
        if numbers[at] > listed[at]:
            what = f"member {numbers[at]:g} answered, but {listed[at]} are listed. Write the member's number in the list."
            faults.append(Fault(asked.where, what, int(asked.rows[at]), "respondent_number"))
        else:
            found[at] = order[first[at] + int(numbers[at]) - 1]
    age = column(members.numbers, "age", lambda: np.full(members.n, np.nan))
    for at in np.flatnonzero(found >= 0):
        if age[found[at]] < ADULT:
            what = f"the member who answered is {age[found[at]]:g} years old. Adults of 18 and over are asked. Correct it."
            faults.append(Fault(asked.where, what, int(asked.rows[at]), "respondent_number"))
    notes = []
    missing = int((found < 0).sum())
    if missing and not faults:
        what = f"{missing} interviews do not say which adult answered; sex and age are as the interview says."
        notes.append(Note(asked.where, what, "doubt"))
    return found, faults, notes + _disagreeing(asked, members, found)


def _disagreeing(asked: Asked, members: Asked, found: Ints) -> list[Note]:
    """Say where the form copied another sex or age than the roster has: the roster was changed later."""
    stated = column(asked.codes, "respondent_sex", lambda: np.full(asked.n, None, dtype=object))
    sex = column(members.codes, "sex", lambda: np.full(members.n, None, dtype=object))
    other = sum(
        1 for at in np.flatnonzero(found >= 0) if stated[at] is not None and stated[at] != sex[found[at]]
    )
    what = (
        f"{other} interviews copied another sex of the respondent than the roster has; the roster was taken."
    )
    return [Note(asked.where, what, "repair")] if other else []


def adults_of(members: Asked, row: Ints, n: int) -> Floats:
    """Count the adults of each household. (n,) [persons]"""
    age = column(members.numbers, "age", lambda: np.full(members.n, np.nan))
    return np.bincount(row, weights=(age >= ADULT).astype(np.float64), minlength=n).astype(np.float64)


def of_kept(row: Ints, kept: Ints) -> tuple[Ints, Mapping[str, int]]:
    """Return the new position of each row's interview among those kept, -1 where it is not kept; and how many are left out.

    Parameters
    ----------
    row
        Position in the main sheet, -1 where none. (N,)
    kept
        Positions of the interviews that count, rising. (H,)
    """
    place = np.searchsorted(kept, row)
    inside = (
        (place < kept.size) & (kept[np.minimum(place, max(kept.size - 1, 0))] == row)
        if kept.size
        else np.zeros(row.size, bool)
    )
    return np.where(inside, place, -1), {"left_out": int((~inside & (row >= 0)).sum())}
