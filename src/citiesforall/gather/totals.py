"""Which place holds which: national codes that nest by their digits, and people rescaled to census totals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.notes import Note
from citiesforall.gather.boundaries import country
from citiesforall.gather.cutting import Floats
from citiesforall.gather.tables import codes, column

Texts = npt.NDArray[np.object_]
FAR_FACTOR = 2.0  # people multiplied or divided by more than this deserve a doubt
ODD_FACTOR = (
    1.3  # and so do those multiplied by this much more or less than the others of the same source (ours)
)
FEWEST_FACTORS = 5


@dataclass(frozen=True)
class Nesting:
    """Hold which place holds which.

    Parameters
    ----------
    parent
        Place of the city -> its parent.
    prefix
        What stands before the national code: ``KH``.
    digits
        Lengths of national codes that nest (2, 4, 6, 8); empty where codes do not nest by their digits.
    """

    parent: Mapping[str, str | None]
    prefix: str
    digits: tuple[int, ...]


def nesting(places: pd.DataFrame) -> Nesting:
    """Return which place holds which in a city.

    Parameters
    ----------
    places
        The places layer; its first row is the city.

    Returns
    -------
    Nesting
        Of its places and its country's codes.
    """
    own = str(places["place"].iloc[0])
    parent = {
        str(code): (str(above) if isinstance(above, str) else None)
        for code, above in zip(places["place"], places["parent"], strict=True)
    }
    return Nesting(parent, own[:2], tuple(country(own).get("digits", ())))


def place_codes(
    table: pd.DataFrame, use: SourceUse, path: Path, nest: Nesting
) -> tuple[list[str], tuple[Note, ...]]:
    """Return the codes of a table's rows in their one form.

    Parameters
    ----------
    table
        As read by ``tables.read_table``.
    use, path
        ``columns.code`` and ``code_prefix``; where the country's codes are known, its prefix need not be given.
    nest
        Of the country's codes.

    Returns
    -------
    tuple
        Codes, empty where missing, and a note where leading zeros were put back.

    Raises
    ------
    InputError
        There is no column of codes.
    """
    prefix = use.code_prefix or (nest.prefix if nest.digits else "")
    found, n_repaired = codes(table[column(table, path, use, "code")], prefix, nest.digits)
    if not n_repaired:
        return found, ()
    said = f"{n_repaired} codes had lost their leading zero; it was put back."
    return found, (Note(path.name, said, "repair"),)


def chain(code: str, nest: Nesting) -> list[str]:
    """List a place and all that hold it, the smallest first.

    Parameters
    ----------
    code
        Of any place of the country, in the city or not.
    nest
        Which place holds which.

    Returns
    -------
    list of str
        For instance ``KH120101``, ``KH12_CENTRE``, ``KH1201``, ``KH12``.
    """
    national = code.removeprefix(nest.prefix)
    prefixes: list[str] = []
    if national.isdigit() and len(national) in nest.digits:
        prefixes = [nest.prefix + national[:length] for length in sorted(nest.digits, reverse=True)]
        prefixes = [one for one in prefixes if len(one) < len(code)]
    found: list[str] = [code]
    for one in (code, *prefixes):
        above: str | None = one if one in nest.parent else None
        while above is not None:
            found.append(above)
            above = nest.parent.get(above)
    return list(dict.fromkeys([*found, *prefixes]))


def leaves(codes: Iterable[str], nest: Nesting) -> set[str]:
    """Return the codes that hold no other of the codes, so that nobody is counted twice.

    Parameters
    ----------
    codes
        Of a table, perhaps of several levels.
    nest
        Which place holds which.

    Returns
    -------
    set of str
        The smallest places.
    """
    given = set(codes)
    return given - {above for code in given for above in chain(code, nest)[1:]}


def holder(codes: Iterable[str], wanted: Iterable[str], nest: Nesting) -> list[str | None]:
    """Return for each code the smallest of the wanted places that holds it.

    Parameters
    ----------
    codes
        To be looked up.
    wanted
        Places that may hold them.
    nest
        Which place holds which.

    Returns
    -------
    list of str or None
        A place, which may be the code itself; None where none holds it.
    """
    among = set(wanted)
    return [next((one for one in chain(code, nest) if one in among), None) for code in codes]


def total_of(codes: Sequence[str], totals: Iterable[str], nest: Nesting) -> list[str | None]:
    """Return the census unit each place is rescaled to.

    Parameters
    ----------
    codes
        Units of the city.
    totals
        Places with a known total, of one level or several.
    nest
        Which place holds which.

    Returns
    -------
    list of str or None
        The smallest census unit that holds the place; where a neighbour has only a larger one that holds both, both take
        the larger, so that no total is applied twice.
    """
    used = {one for one in holder(codes, totals, nest) if one is not None}
    return [next((one for one in reversed(chain(code, nest)) if one in used), None) for code in codes]


@dataclass(frozen=True)
class Rescaled:
    """Hold people after rescaling.

    Parameters
    ----------
    people
        Of the parts. (C,)
    factor
        By which they were multiplied; 1 where no total is known. (C,)
    unit
        Census unit, or empty. (C,)
    share
        Share of the census unit's people who live in the city, by the source; the rest lies outside. (C,)
    """

    people: Floats
    factor: Floats
    unit: Texts
    share: Floats


def rescale(
    people: Floats,
    unit: Texts,
    elsewhere: Mapping[str, float],
    totals: Mapping[str, float],
    nest: Nesting,
) -> tuple[Rescaled, tuple[Note, ...]]:
    """Rescale people so that every census unit has its census total.

    Parameters
    ----------
    people
        Of the parts; nan where unknown. (C,)
    unit
        Place code of the parts' units. (C,)
    elsewhere
        People the source has for places outside the city, by code; empty where its extent is the city's.
    totals
        Census unit -> people.
    nest
        Which place holds which.

    Returns
    -------
    tuple
        Rescaled people, and notes with the factors.

    Raises
    ------
    InputError
        No total concerns the city, or a unit with a total has nobody in the source.

    Notes
    -----
    factor = total / people the source has in the whole census unit, also outside the city: a city that is a part of its
    province gets its part of the province's total.
    """
    units = sorted(set(unit))
    to = dict(zip(units, total_of(units, totals, nest), strict=True))
    if not any(to.values()):
        raise InputError(
            "totals: no total is of a place of the city or of one that holds it. "
            f"{did_you_mean(units[0] if units else '', totals)}"
        )
    group = np.array([to[code] or "" for code in unit], dtype=object)
    inside = {one: float(np.nansum(people[group == one])) for one in set(group) - {""}}
    beyond = dict.fromkeys(inside, 0.0)
    for code, value in elsewhere.items():
        held = next((one for one in chain(code, nest) if one in beyond), None)
        if held is not None and np.isfinite(value):
            beyond[held] += value
    factor, share = np.ones(people.size), np.ones(people.size)
    notes = []
    for one in sorted(inside):
        held_by_source = inside[one] + beyond[one]
        if held_by_source <= 0:
            raise InputError(
                f"totals: the source of people has nobody in {one}, the census {totals[one]:,.0f}. Mend the codes."
            )
        ratio = totals[one] / held_by_source
        here = group == one
        factor[here], share[here] = ratio, inside[one] / held_by_source
        notes.append(_said(one, ratio, totals[one], inside[one] / held_by_source))
    notes += _odd({one: float(factor[group == one][0]) for one in sorted(inside)})
    left = [code for code in units if to[code] is None]
    if left:
        notes.append(
            Note(
                "totals",
                f"{len(left)} units have no total and were not rescaled: {', '.join(left[:5])}.",
                "doubt",
            )
        )
    return Rescaled(people * factor, factor, group, share), tuple(notes)


def _odd(factors: Mapping[str, float]) -> list[Note]:
    """Doubt census units rescaled by much more or less than the others: the two sources count different people there."""
    if len(factors) < FEWEST_FACTORS:
        return []
    middle = float(np.median(list(factors.values())))
    odd = [f"{one} ({f:.2f})" for one, f in factors.items() if not 1 / ODD_FACTOR <= f / middle <= ODD_FACTOR]
    if not odd:
        return []
    said = (
        f"people of {', '.join(odd)} were multiplied otherwise than the rest (middle {middle:.2f}): one of the two sources "
        "leaves people out there, counts them twice, or means another place. Places inside are scaled alike, which may be wrong."
    )
    return [Note("totals", said, "doubt")]


def _said(one: str, ratio: float, total: float, share: float) -> Note:
    """Say how far the people of a census unit were rescaled."""
    far = not 1 / FAR_FACTOR <= ratio <= FAR_FACTOR
    part = "" if share > 1 - 1e-9 else f"; {share:.1%} of its people live in the city"
    return Note(
        "totals",
        f"people of {one} multiplied by {ratio:.4f} to the total of {total:,.0f}{part}.",
        "doubt" if far else "figure",
    )
