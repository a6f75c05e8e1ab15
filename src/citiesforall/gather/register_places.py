"""A register's rows brought to the places of a city: villages added up, codes of other editions translated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.codes import country
from citiesforall.core.editions import changes_by_code, steps
from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.place import LEVELS, Translation, translate

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Where:
    """Hold the places of a city, for matching.

    Parameters
    ----------
    parent
        Place -> its parent, None for the city.
    units
        Places that hold no other.
    country_code, edition
        What its codes are of; an empty edition where nobody says.
    """

    parent: Mapping[str, str | None]
    units: frozenset[str]
    country_code: str
    edition: str

    def digits(self) -> tuple[int, ...]:
        """Return the lengths of the country's codes, letters too; empty where they do not nest."""
        here = country(self.country_code)
        return tuple(len(self.country_code) + one for one in here.digits) if here is not None else ()

    def finest(self) -> int:
        """Return the length of the units' codes, 0 where codes do not nest."""
        lengths = [len(code) for code in self.units if len(code) in self.digits()]
        return max(lengths, default=0)


def where_of(places: pd.DataFrame, edition: str | None) -> Where:
    """Return the places of a city.

    Parameters
    ----------
    places
        The places layer.
    edition
        Of the city's codes; None means the country's newest.
    """
    parent = {
        str(code): (above if isinstance(above, str) else None)
        for code, above in zip(places["place"], places["parent"], strict=True)
    }
    own = next(code for code, above in parent.items() if above is None)
    here = country(own[:2])
    newest = here.edition if here is not None else ""
    units = frozenset(parent) - {above for above in parent.values() if above is not None}
    return Where(parent, units, own[:2], edition or newest)


def coarser(codes: Sequence[str], where: Where, level: str | None) -> list[str]:
    """Cut codes that are finer than the city's units (or than a level) to the place that holds them.

    Parameters
    ----------
    codes
        In their one form; empty ones stay.
    where
        The city's places.
    level
        Level to add up to, None for the units'.

    Notes
    -----
    Done before codes are translated: the number of a village of a recoded commune may mean another village now.
    """
    digits = where.digits()
    longest = digits[LEVELS.index(level)] if level is not None and digits else where.finest()
    if not longest:
        return list(codes)
    return [code[:longest] if len(code.partition("_")[0]) > longest else code for code in codes]


def bridge(codes: Iterable[str], from_edition: str, where: Where) -> Translation:
    """Bring codes to the edition of a city, by the newest edition where no chain leads there directly.

    Parameters
    ----------
    codes
        P-codes of one edition.
    from_edition
        Theirs.
    where
        The city's places and edition.

    Returns
    -------
    Translation
        New codes with their shares. Through the newest edition only what is one place there and here is brought over.

    Raises
    ------
    InputError
        An edition is not known.
    """
    wanted = tuple(dict.fromkeys(code for code in codes if code))
    if not from_edition or from_edition == where.edition or not where.digits():
        return Translation({code: ((code, 1.0),) for code in wanted})
    try:
        return translate(wanted, from_edition, where.edition)
    except InputError:
        here = country(where.country_code)
        assert here is not None, "it has digits"
        steps(from_edition, here.edition)  # an edition that is not known is said here
        forward = translate(wanted, from_edition, here.edition)
        ours = translate(where.parent, where.edition, here.edition)
    became = {code: new[0][0] for code, new in ours.codes.items() if len(new) == 1}
    often = Counter(became.values())
    back = {new: code for code, new in became.items() if often[new] == 1}
    found = {
        code: tuple((back[new], share) for new, share in pairs)
        for code, pairs in forward.codes.items()
        if all(new in back for new, _ in pairs)
    }
    return Translation(found, tuple(code for code in wanted if code not in found), forward.assumed)


def lacking_parts(
    codes: Iterable[str], new: Iterable[str], from_edition: str, where: Where
) -> dict[str, str]:
    """Tell places that were also made from old ones a register does not list, so that its sum would be too small.

    Parameters
    ----------
    codes
        Old codes the register has.
    new
        Places they went to.
    from_edition
        Of the old codes.
    where
        The city's places.

    Returns
    -------
    dict
        Place -> an old code that is lacking.
    """
    if not from_edition or from_edition == where.edition or not where.digits():
        return {}
    try:
        way = steps(from_edition, where.edition)
    except InputError:
        return {}
    there, candidates, later = frozenset(codes), set[str](), set[str]()
    lengths = {len(code) for code in there}
    for step in way:
        table = changes_by_code(*step)
        candidates |= {code for code in table if len(code) in lengths and code not in later}
        later |= {str(change.to_code) for changes in table.values() for change in changes}
    wanted = frozenset(new)
    became = translate(sorted(candidates - there), from_edition, where.edition).codes
    return {to: old for old, pairs in became.items() for to, _ in pairs if to in wanted}


@dataclass(frozen=True)
class Flow:
    """Hold which row of a register goes to which place of the city.

    Parameters
    ----------
    row
        Position of the row. (k,)
    place
        Position in `codes`. (k,)
    share
        Of the row's amount that goes there. (k,)
    assumed
        Whether that share rests on counts of villages. (k,)
    codes
        Places that get something.
    status
        ``matched``, ``unmatched`` or ``elsewhere``, of every row. (n,)
    lacking
        Place -> an old code of which a part is lacking.
    """

    row: Ints
    place: Ints
    share: Floats
    assumed: npt.NDArray[np.bool_]
    codes: tuple[str, ...]
    status: npt.NDArray[np.object_]
    lacking: Mapping[str, str]


def flow(codes: Sequence[str], edition: str, where: Where, level: str | None) -> Flow:
    """Say where each row of a register goes.

    Parameters
    ----------
    codes
        Of the rows, empty where unreadable.
    edition
        Of the codes; empty means the city's.
    where
        The city's places.
    level
        Level to add finer rows up to, None for the units'.

    Returns
    -------
    Flow
        Rows, places and shares.
    """
    cut = coarser(codes, where, level)
    found = bridge(cut, edition, where)
    assumed = frozenset(found.assumed)
    around = _around(where)
    rows: list[tuple[int, str, float, bool]] = []
    status = np.full(len(cut), "elsewhere", dtype=object)
    for at, code in enumerate(cut):
        pairs = [(new, share) for new, share in found.codes.get(code, ()) if new in where.parent]
        if pairs:
            status[at] = "matched"
            rows += [(at, new, share, code in assumed) for new, share in pairs]
        elif not code or _near(found.codes.get(code, ((code, 1.0),)), around, where):
            status[at] = "unmatched"
    places = tuple(sorted({new for _, new, _, _ in rows}))
    position = {code: number for number, code in enumerate(places)}
    used = {cut[at] for at, _, _, _ in rows}
    return Flow(
        np.array([at for at, _, _, _ in rows], dtype=np.int64),
        np.array([position[new] for _, new, _, _ in rows], dtype=np.int64),
        np.array([share for _, _, share, _ in rows], dtype=np.float64),
        np.array([guess for _, _, _, guess in rows], dtype=bool),
        places,
        status,
        lacking_parts(used, places, edition, where),
    )


def _around(where: Where) -> frozenset[str]:
    """Return the codes whose insides are the city's: its places, and the districts its communes lie in."""
    digits = where.digits()
    if not digits:
        return frozenset()
    held = {code[:length] for code in where.units for length in digits[1:] if length < len(code)}
    return frozenset(held | set(where.parent))


def _near(pairs: Iterable[tuple[str, float]], around: frozenset[str], where: Where) -> bool:
    """Tell whether a code that is no place of the city lies in it, or in a district of it."""
    lengths = [0, len(where.country_code), *where.digits()]
    return any(
        code[:length] in around for code, _ in pairs for length in lengths if length and length < len(code)
    )


def raise_foreign(found: Flow, codes: Sequence[str], file: str, where: Where, least: float) -> None:
    """Raise where hardly a row is of the city: a file of another place, or codes of another edition.

    Parameters
    ----------
    found
        From `flow`.
    codes
        Of the rows.
    file
        Its name.
    where
        The city's places.
    least
        Share of the rows about the city that must match. [share]

    Raises
    ------
    InputError
        With what was found and what was expected.
    """
    matched = int((found.status == "matched").sum())
    about = matched + int((found.status == "unmatched").sum())
    if matched and matched >= least * about:
        return
    shown = ", ".join(list(dict.fromkeys(code for code in codes if code))[:3]) or "none that can be read"
    city = next(code for code, above in where.parent.items() if above is None)
    like = did_you_mean(next((code for code in codes if code), ""), list(where.units)[:5000])
    raise InputError(
        f"{file}: {matched} of {len(codes)} rows are of {city} (codes {shown} ...). The file is of another place, or its "
        f"codes are of another edition than it says. {like} Give the right file, or mend 'edition' or 'columns.code'."
    )
