"""What reads wrong in a register though each value could be: names of other places, one figure everywhere, copied figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.amounts import amounts
from citiesforall.core.city import SourceUse
from citiesforall.core.codes import country
from citiesforall.core.notes import Note
from citiesforall.core.place import LEVELS
from citiesforall.gather.register_amounts import AtPlaces
from citiesforall.gather.register_faults import Fault
from citiesforall.gather.register_known import figure_doubts, whole_doubts
from citiesforall.gather.register_names import misnamed
from citiesforall.gather.register_options import Options
from citiesforall.gather.register_rows import Rows

Texts = npt.NDArray[np.object_]
FEWEST_EQUAL = 3
"""Amounts that must all hold one figure before a row reads as one figure typed everywhere (ours)."""
LEAST_EQUAL = 100.0
"""Smaller figures may be equal by chance (ours)."""
COMMON = 0.01
"""Share of rows up to which equal ones are misprints, and not how the register is (ours)."""
CHANCE = 0.05
"""Chance that two rows hold one figure by themselves, up to which it reads as copied (ours)."""
ROUND = 10.0
"""Multiples of this are what people round to: two alike say nothing (ours)."""
FEWEST_PLACES = 20
FAR_UNIT, FAR_GROUP = 8.0, 3.0
"""Ratio to the residents farther than this from the middle one cannot be right: of communes, of larger places (ours)."""
COUNTED = frozenset({"people", "census_people", "households", "families"})
"""Amounts that go with the number of residents."""
NAMED = 8


def by_name(rows: Rows, use: SourceUse, options: Options) -> Rows:
    """Find rows whose name is that of another place than their code's: told, or brought to the place of the name.

    Parameters
    ----------
    rows
        As read.
    use
        With ``columns.name`` and ``edition``.
    options
        ``join = "name"`` takes the place of the name.

    Returns
    -------
    Rows
        With a fault for each such row, or with its code mended and a note.

    Notes
    -----
    The code is brought to the newest edition; where its name there is unlike the row's, and exactly one other place of the same
    level is called as the row is (in the same parent, else in the country), the row is of that place. Spellings that
    differ a little, and names nobody knows, are left alone.
    """
    known = country(next((code[:2] for code in rows.code if code), ""))
    if known is None or "name" not in use.columns or options.count is not None or options.self_selected:
        return rows  # rows that are counted are things in a place, with names of their own
    edition = use.edition or known.edition
    code, faults, moved = rows.code.copy(), list(rows.faults), list[str]()
    for at, own, other in misnamed(list(rows.code), list(rows.name), edition):
        old, name = rows.code[at], rows.name[at]
        if options.join == "name" and edition == known.edition:
            code[at] = other
            moved.append(f"{old} is {other} ({name})")
        else:
            what = f"the code {old} is of {own}, the name '{name}' of {other}"
            do = 'Mend the code, or write options.join = "name" with the edition of the names'
            faults.append(Fault(at, int(rows.number[at]), use.columns["name"], what, do, (), "name"))
    if moved:
        said = f"{len(moved)} rows were joined by their name, not their code: {', '.join(moved[:NAMED])}."
        rows = replace(rows, notes=(*rows.notes, Note(rows.file, said, "repair")))
    return replace(rows, code=code, faults=tuple(faults))


def equal_rows(rows: Rows) -> list[Fault]:
    """Tell rows in which one figure stands in every column, where that is rare in the file.

    Parameters
    ----------
    rows
        As read.
    """
    words = [word for word in rows.columns if amounts()[word].kind == "sum" and word not in rows.shares]
    names = {rows.columns[word].name for word in words}
    if len(words) < FEWEST_EQUAL or len(names) < FEWEST_EQUAL:
        return []
    values = np.stack([rows.columns[word].amount for word in words])
    equal = (values == values[:1]).all(axis=0) & (values[0] >= LEAST_EQUAL)
    if not equal.any() or (equal.sum() > 1 and equal.mean() > COMMON):
        return []
    what = "{value:,.0f} stands in all {n} columns: one figure typed everywhere"
    return [
        Fault(
            int(at), int(rows.number[at]), rows.columns[words[0]].name, what.format(value=values[0, at], n=len(words)),
            "Look the row up in its source", tuple(words), "equal",
        )
        for at in np.flatnonzero(equal)
    ]  # fmt: skip


def column_doubts(rows: Rows, use: SourceUse, year: str) -> Rows:
    """Doubt columns in which a large figure stands twice, parts miss their whole, or people are not those published.

    Parameters
    ----------
    rows
        Checked.
    use
        The register.
    year
        What time it is about.

    Returns
    -------
    Rows
        With notes; nothing is changed.
    """
    here = country(next((code[:2] for code in rows.code if code), ""))
    notes = list(rows.notes)
    for word, column in rows.columns.items():
        if amounts()[word].kind != "sum" or word in rows.shares:
            continue
        notes += _copied(rows, word)
        if here is None:
            continue
        figures = pd.Series(column.amount, index=rows.code).groupby(level=0).sum(min_count=1).to_dict()
        known = {str(code): float(value) for code, value in figures.items() if code and value > 0}
        if amounts()[word].unit == "persons" and word in COUNTED:
            notes += figure_doubts(known, rows.file, use.edition or "", year)
        else:
            notes += whole_doubts(known, rows.file, here, word)
    return replace(rows, notes=tuple(dict.fromkeys(notes)))


def _copied(rows: Rows, word: str) -> list[Note]:
    """Doubt figures so large that two places hardly have the same by themselves."""
    column = rows.columns[word]
    known = np.flatnonzero(column.amount > 0)
    often = Counter(column.amount[known].tolist())
    n_pairs = known.size * (known.size - 1) / 2
    said = []
    for value, times in often.items():
        if times < 2 or value % ROUND == 0 or value % 1 or n_pairs / value > CHANCE:  # noqa: PLR2004 - a pair
            continue
        at = [int(row) for row in known if column.amount[row] == value]
        places = sorted({str(rows.code[row]) for row in at})
        if len(places) > 1 and not any(one.startswith(places[0]) for one in places[1:]):
            said.append(f"{value:,.0f} stands for {', '.join(places[:NAMED])}")
    if not said:
        return []
    text = f"column '{column.name}': {'; '.join(said[:NAMED])}: a figure of another place, copied?"
    return [Note(rows.file, text, "doubt")]


def far_from_residents(
    at_places: Mapping[str, AtPlaces], codes: Sequence[str], residents: pd.Series[float], file: str
) -> tuple[Note, ...]:
    """Doubt counts of people or households that cannot go with the residents of their place.

    Parameters
    ----------
    at_places
        Amount -> at the places.
    codes
        Of the places. (P,)
    residents
        By place. [persons]
    file
        Its name.

    Notes
    -----
    The register's figure over the residents is compared with the middle such ratio of places of the same level; 8 times more or
    less in communes, 3 times in larger places, cannot be right in one of the two.
    """
    notes = []
    people = residents.reindex(list(codes)).to_numpy(dtype=np.float64)
    length = np.array([len(code) for code in codes])
    known = country(codes[0][:2]) if codes else None
    larger = 0 if known is None else len(known.code) + known.digits[LEVELS.index("district")]
    for word in sorted(COUNTED & set(at_places)):
        value = at_places[word].value
        for level in sorted(set(length.tolist())):
            here = np.flatnonzero((length == level) & (value > 0) & (people > 0))
            if here.size < FEWEST_PLACES:
                continue
            off = value[here] / people[here]
            off = off / np.median(off)
            most = FAR_GROUP if level <= larger else FAR_UNIT
            far = here[(off > most) | (off < 1 / most)]
            if far.size:
                middle = np.median(value[here] / people[here])
                listed = ", ".join(
                    f"{codes[at]} ({value[at]:,.0f}; {people[at] * middle:,.0f} would go with its residents)"
                    for at in far[:NAMED]
                )
                more = f" and {far.size - NAMED} more" if far.size > NAMED else ""
                notes.append(
                    Note(
                        file,
                        f"{word} of {far.size} places cannot go with their residents: {listed}{more}.",
                        "doubt",
                    )
                )
    return tuple(notes)
