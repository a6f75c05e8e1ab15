"""The rate each place grows at: from its own counts, from the people of two grids, or from the place that holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from citiesforall.core.codes import country
from citiesforall.core.errors import InputError
from citiesforall.diagnose.growth import Figures, growth_rate
from citiesforall.diagnose.growth_counts import Counts, Pair, pairs_of

COVERED = 0.8
"""A whole takes the rate of its parts where parts with this share of its people have both counts (ours)."""
NOTHING: Mapping[str, Pair] = MappingProxyType({})
UNBELIEVABLE = 2.0
"""A rate this many times beyond the bounds is no growth but another boundary: it is not used (ours)."""


@dataclass(frozen=True)
class Rate:
    """Hold the rate of one place.

    Parameters
    ----------
    rate
        As measured. [1/year]
    sd
        Its standard error: of the counts, and where it is the whole's, of the difference from it. [1/year]
    pair
        What it was made from.
    status
        ``ok`` from own counts, ``estimated`` from another place's or from most of its parts.
    notes
        Words of ``diagnose.outlook_note``.
    """

    rate: float
    sd: float
    pair: Pair
    status: str = "ok"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tree:
    """Hold the places of a city.

    Parameters
    ----------
    codes
        Parents before children. (P)
    parent
        Place -> its parent, None for the city.
    people
        As published; nan where not known. (P,) [persons]
    """

    codes: tuple[str, ...]
    parent: Mapping[str, str | None]
    people: np.ndarray[tuple[int], np.dtype[np.float64]]

    def inside(self, code: str) -> tuple[str, ...]:
        """Return the places right inside a place."""
        return tuple(one for one in self.codes if self.parent[one] == code)


def tree_of(places: pd.DataFrame, people: Mapping[str, float]) -> Tree:
    """Return the places, parents before children.

    Parameters
    ----------
    places
        The places layer.
    people
        Place -> residents as published.
    """
    parent = {
        str(code): str(above) if isinstance(above, str) else None
        for code, above in zip(places["place"], places["parent"], strict=True)
    }

    def depth(code: str) -> int:
        above = parent[code]
        return 0 if above is None else 1 + depth(above)

    codes = tuple(sorted(parent, key=lambda code: (depth(code), code)))
    return Tree(codes, parent, np.array([people.get(code, np.nan) for code in codes], np.float64))


def rates_of(
    tree: Tree, pairs: Mapping[str, Pair], said: Figures, second: Mapping[str, Pair] = NOTHING
) -> dict[str, Rate]:
    """Give every place a rate, where anything says one.

    Parameters
    ----------
    tree
        The places.
    pairs
        Place -> its two counts; of places outside the city too, such as its province.
    said
        Shortest period, errors.
    second
        Counts used where the first ones say nothing: people of two grids.

    Returns
    -------
    dict
        Place -> rate; places nothing is known of are absent.

    Notes
    -----
    First its own counts; then, for a whole, those of its parts where they hold 80 % of its people; then the two grids; then
    the rate of the place that holds it, however far above, with a larger error.
    """
    found = {code: rate for code, pair in pairs.items() if (rate := _own(pair, said)) is not None}
    people = dict(zip(tree.codes, tree.people.tolist(), strict=True))
    inside: dict[str, list[str]] = {}
    for code in tree.codes:
        inside.setdefault(tree.parent[code] or "", []).append(code)
    for code in reversed(tree.codes):
        if code not in found and (one := _of_parts(code, inside.get(code, ()), found, people)) is not None:
            own = _own(one, said)
            complete = all(part in found for part in inside[code])
            if own is not None:
                found[code] = (
                    own if complete else replace(own, status="estimated", notes=(*own.notes, "of_most_parts"))
                )
    for code, pair in second.items():
        if code not in found and (rate := _own(pair, said)) is not None:
            found[code] = rate
    for code in tree.codes:
        if code in found:
            continue
        above = next((one for one in _above(code, tree.parent) if one in found), None)
        if above is not None:
            whole = found[above]
            wider = float(np.hypot(whole.sd, 0.0 if "of_whole" in whole.notes else said.inherited_sd))
            notes = tuple(dict.fromkeys([*whole.notes, "of_whole"]))
            found[code] = replace(whole, sd=wider, status="estimated", notes=notes)
    return {code: found[code] for code in tree.codes if code in found}


def _own(pair: Pair, said: Figures) -> Rate | None:
    """Return the rate two counts say, None where they lie too near, or cannot be of the same ground."""
    years = pair.to_year - pair.from_year
    rate = float(growth_rate(pair.past, pair.present, years))
    low, high = said.bounds
    if not np.isfinite(rate) or years < said.least_years:
        return None
    if not UNBELIEVABLE * low <= rate <= UNBELIEVABLE * high:
        return None
    sd = (said.count_sd * np.sqrt(2) if pair.sd is None else pair.sd) / years
    doubts = (
        ("short_period", years < said.short_years),
        ("taken_together", len(pair.together) > 1),
        ("bounded", not low <= rate <= high),
    )
    return Rate(rate, float(sd), pair, notes=tuple(word for word, holds in doubts if holds))


def _of_parts(
    code: str, parts: Sequence[str], found: Mapping[str, Rate], people: Mapping[str, float]
) -> Pair | None:
    """Add up the counts of a place's parts, None where they hold too few of its people or are of different dates."""
    pairs = {found[one].pair.together: found[one].pair for one in parts if one in found}
    same = {(pair.from_year, pair.to_year) for pair in pairs.values()}
    known = sum(people[one] for one in parts if one in found)
    if len(same) != 1 or not known >= COVERED * people[code]:
        return None
    first = next(iter(pairs.values()))
    past, present = (sum(getattr(pair, word) for pair in pairs.values()) for word in ("past", "present"))
    return replace(first, past=past, present=present, together=frozenset({code}))


def _above(code: str, parent: Mapping[str, str | None]) -> list[str]:
    """List the places that hold a place, the nearest first; beyond the city those its national code lies in."""
    out = []
    above = parent[code]
    while above is not None:
        out.append(above)
        above = parent[above]
    here = country(code[:2])
    if here is not None:
        out += [code[: 2 + digits] for digits in sorted(here.digits, reverse=True) if len(code) > 2 + digits]
        out.append(here.code)
    return list(dict.fromkeys(out))


def pairs_of_counts(
    counts: Sequence[Counts], edition: str, said: Figures
) -> tuple[dict[str, Pair], dict[str, str], list[str]]:
    """Choose for every place the two counts that say most, at the boundaries of one edition.

    Parameters
    ----------
    counts
        All there are.
    edition
        Of the city's places.
    said
        Shortest and wanted period.

    Returns
    -------
    dict
        Place -> its two counts: the latest, and the one nearest to ten years before it.
    dict
        Place -> an old code one of the counts lacks.
    list of str
        What could not be bridged, and why.
    """
    found: dict[str, Pair] = {}
    lacking: dict[str, str] = {}
    faults: list[str] = []
    for before, after in _by_preference(counts, said):
        try:
            pairs, without = pairs_of(before, after, edition)
        except InputError as error:
            faults += error.faults
            continue
        found = {**pairs, **found}
        lacking |= without
    return (
        found,
        {code: old for code, old in lacking.items() if code not in found},
        list(dict.fromkeys(faults)),
    )


def _by_preference(counts: Iterable[Counts], said: Figures) -> list[tuple[Counts, Counts]]:
    """List pairs of counts, the best first."""
    pairs = [(one, two) for one in counts for two in counts if two.year - one.year >= said.least_years]
    return sorted(
        pairs, key=lambda pair: (-pair[1].year, abs(pair[1].year - pair[0].year - said.wanted_years))
    )
