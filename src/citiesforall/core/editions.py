"""Editions of a gazetteer: what became of places between them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, cast

from citiesforall.core.codes import country
from citiesforall.core.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

ChangeKind = Literal["renamed", "recoded", "split", "merged", "new", "abolished"]
Basis = Literal["names", "villages", "equal", "people"]


@dataclass(frozen=True)
class PlaceChange:
    """Say what became of a place between two editions.

    Parameters
    ----------
    from_edition, to_edition
        The editions.
    level
        Of both places.
    from_code, to_code
        None where the place is new, or abolished.
    kind
        What happened.
    share
        Part of the old place that went to the new one; the shares of an old place add up to 1. [share]
    basis
        How it is known: by ``names``, by ``villages`` (share of villages, taken as share of people), by
        counted ``people``, or as an ``equal`` share for want of anything better.
    date
        When it was decreed, where known.
    note
        Whatever a reader must know.
    """

    from_edition: str
    to_edition: str
    level: str
    from_code: str | None
    to_code: str | None
    kind: ChangeKind
    share: float
    basis: Basis
    date: str = ""
    note: str = ""


@cache
def place_changes(country_code: str = "KH") -> tuple[PlaceChange, ...]:
    """Return what changed between the editions of a country's gazetteer.

    Parameters
    ----------
    country_code
        ISO 3166 code.

    Returns
    -------
    tuple of PlaceChange
        In the order of the file; empty where the country has none.
    """
    file = files("citiesforall.data").joinpath(country_code.lower(), "place_changes.csv")
    if not file.is_file():
        return ()
    rows = csv.DictReader(file.read_text("utf-8").splitlines())
    return tuple(
        PlaceChange(
            row["from_edition"],
            row["to_edition"],
            row["level"],
            row["from"] or None,
            row["to"] or None,
            cast("ChangeKind", row["kind"]),
            float(row["share"]),
            cast("Basis", row["basis"]),
            row["date"],
            row["note"],
        )
        for row in rows
    )


@cache
def editions(country_code: str = "KH") -> tuple[str, ...]:
    """Return the editions that are known, the newest last.

    Parameters
    ----------
    country_code
        ISO 3166 code.

    Returns
    -------
    tuple of str
        For instance ``kh@2014``, ``kh@2025``.
    """
    here = country(country_code)
    named = {here.edition} if here is not None else set()
    for change in place_changes(country_code):
        named |= {change.from_edition, change.to_edition}
    return tuple(sorted(named))


@cache
def steps(from_edition: str, to_edition: str) -> tuple[tuple[str, str], ...]:
    """Return the shortest chain of change tables from one edition to another.

    Parameters
    ----------
    from_edition, to_edition
        Editions of one country.

    Returns
    -------
    tuple of (str, str)
        Pairs of editions; empty where both are the same.

    Raises
    ------
    InputError
        An edition is not known, or no chain leads from one to the other.
    """
    known = editions(from_edition[:2].upper())
    for edition in (from_edition, to_edition):
        if edition not in known:
            raise InputError(f"edition '{edition}' is not known. {did_you_mean(edition, known)}")
    pairs = {(change.from_edition, change.to_edition) for change in place_changes(from_edition[:2].upper())}
    ways: list[tuple[str, ...]] = [(from_edition,)]
    for way in ways:  # grows while it is walked: breadth first, so the first hit is the shortest
        if way[-1] == to_edition:
            return tuple(pairwise(way))
        ways += [(*way, new) for old, new in sorted(pairs) if old == way[-1] and new not in way]
    told = ", ".join(f"{old} to {new}" for old, new in sorted(pairs))
    raise InputError(f"codes cannot be brought from {from_edition} to {to_edition}. Known: {told}.")


@cache
def changes_by_code(from_edition: str, to_edition: str) -> Mapping[str, tuple[PlaceChange, ...]]:
    """Return the changes between two editions, by old code.

    Parameters
    ----------
    from_edition, to_edition
        Editions compared directly.

    Returns
    -------
    mapping
        Old code -> its changes; unchanged codes are not in it.
    """
    table: dict[str, list[PlaceChange]] = {}
    for change in place_changes(from_edition[:2].upper()):
        pair = (change.from_edition, change.to_edition)
        if pair == (from_edition, to_edition) and change.from_code is not None:
            table.setdefault(change.from_code, []).append(change)
    return MappingProxyType({code: tuple(changes) for code, changes in table.items()})


def one_step(
    shares: Mapping[str, float], table: Mapping[str, tuple[PlaceChange, ...]]
) -> tuple[dict[str, float], bool]:
    """Bring codes with their shares over one table of changes.

    Parameters
    ----------
    shares
        Code -> share of one old place. [share]
    table
        From ``changes_by_code``.

    Returns
    -------
    dict
        New code -> share. [share]
    bool
        Whether a share was assumed, that is, a place was split.
    """
    out: dict[str, float] = {}
    guessed = False
    for code, share in shares.items():
        if code not in table:
            if not _moved_above(code, table):
                out[code] = out.get(code, 0.0) + share
            continue
        for change in table[code]:
            if change.to_code is not None:
                out[change.to_code] = out.get(change.to_code, 0.0) + share * change.share
                guessed |= change.share < 1
    return out, guessed


def _moved_above(code: str, table: Mapping[str, tuple[PlaceChange, ...]]) -> bool:
    """Tell whether a village's commune got another code, so that its own number means nothing now."""
    commune = code[:8]
    return len(code) > len(commune) and any(change.to_code != commune for change in table.get(commune, ()))
