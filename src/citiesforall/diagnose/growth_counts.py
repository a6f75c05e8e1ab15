"""Dated counts brought to the boundaries of one edition: shares counted in people are used, other splits are put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from citiesforall.core.editions import PlaceChange, changes_by_code, steps

COUNTED = "people"


@dataclass(frozen=True)
class Counts:
    """Hold one count of people.

    Parameters
    ----------
    year
        When. [year]
    edition
        Of its codes.
    people
        Old code -> people.
    source
        Id.
    sd
        Standard error, None where nobody states it. [share]
    """

    year: float
    edition: str
    people: Mapping[str, float]
    source: str = ""
    sd: float | None = None


@dataclass(frozen=True)
class Bridged:
    """Hold a count at the boundaries of another edition.

    Parameters
    ----------
    groups
        Places that only together have a count, most of them alone -> people.
    lacking
        Place -> an old code that is not in the count, of which it is made.
    """

    groups: Mapping[frozenset[str], float]
    lacking: Mapping[str, str]


@dataclass(frozen=True)
class Flow:
    """Hold a part of an old place that went to a new one; ``counted`` where people say how large it is."""

    old: str
    new: str
    share: float
    counted: bool


def bridged(counts: Counts, to_edition: str) -> Bridged:
    """Bring a count to the boundaries of another edition.

    Parameters
    ----------
    counts
        With the edition of its codes.
    to_edition
        Edition wanted.

    Returns
    -------
    Bridged
        Counts of places, or of places taken together.

    Raises
    ------
    InputError
        An edition is not known, or no table of changes leads to it.

    Notes
    -----
    An old place that was split goes to its parts by shares where those were counted in people and a part got people from
    elsewhere too (20 communes of Kandal to Phnom Penh). Otherwise its parts are taken together: nobody knows how many
    lived in each, and one rate for all of them is what the counts can say (Kampong Cham and Tboung Khmum).
    """
    flows = _flows(counts.people, counts.edition, to_edition)
    into: dict[str, set[str]] = {}
    for one in flows:
        into.setdefault(one.new, set()).add(one.old)
    apart: dict[str, str] = {one.new: one.new for one in flows}
    for old in counts.people:
        mine = [one for one in flows if one.old == old]
        pure = all(into[one.new] == {old} for one in mine)
        if len(mine) > 1 and (pure or not all(one.counted for one in mine)):
            for one in mine[1:]:
                apart[_root(apart, one.new)] = _root(apart, mine[0].new)
    members: dict[str, set[str]] = {}
    people: dict[str, float] = {}
    for one in flows:
        root = _root(apart, one.new)
        members.setdefault(root, set()).add(one.new)
        people[root] = people.get(root, 0.0) + counts.people[one.old] * one.share
    lacking = _lacking(counts, to_edition, frozenset(apart))
    return Bridged({frozenset(members[root]): people[root] for root in members}, lacking)


def _root(apart: Mapping[str, str], code: str) -> str:
    """Return who stands for the places a code is together with."""
    while apart[code] != code:
        code = apart[code]
    return code


def _flows(codes: Iterable[str], from_edition: str, to_edition: str) -> list[Flow]:
    """Follow codes from edition to edition, with whether each share was counted."""
    flows = [Flow(code, code, 1.0, counted=True) for code in codes]
    for step in () if from_edition == to_edition else steps(from_edition, to_edition):
        table = changes_by_code(*step)
        flows = [new for one in flows for new in _next(one, table.get(one.new))]
    joined: dict[tuple[str, str], Flow] = {}
    for one in flows:  # one place may reach another by two ways
        before = joined.get((one.old, one.new))
        joined[one.old, one.new] = (
            one
            if before is None
            else Flow(one.old, one.new, before.share + one.share, counted=before.counted and one.counted)
        )
    return list(joined.values())


def _next(flow: Flow, changes: tuple[PlaceChange, ...] | None) -> list[Flow]:
    """Take one step; a code that no change names means the same place."""
    if changes is None:
        return [flow]
    return [
        Flow(
            flow.old,
            change.to_code,
            flow.share * change.share,
            counted=flow.counted and (change.share == 1 or change.basis == COUNTED),
        )
        for change in changes
        if change.to_code is not None
    ]


def _lacking(counts: Counts, to_edition: str, reached: frozenset[str]) -> dict[str, str]:
    """Tell places that were also made from old ones the count does not list."""
    if counts.edition == to_edition:
        return {}
    lengths = {len(code) for code in counts.people}
    first = changes_by_code(*steps(counts.edition, to_edition)[0])
    others = [code for code in first if code not in counts.people and len(code) in lengths]
    return {one.new: one.old for one in _flows(others, counts.edition, to_edition) if one.new in reached}


@dataclass(frozen=True)
class Pair:
    """Hold what two counts say of one place.

    Parameters
    ----------
    past, present
        People at both dates, of all the places taken together. [persons]
    from_year, to_year
        Of the counts.
    together
        Places that only together have both counts.
    source
        Ids.
    sd
        Standard error of the logarithm of their ratio, None where not stated. [share]
    """

    past: float
    present: float
    from_year: float
    to_year: float
    together: frozenset[str]
    source: str
    sd: float | None = None


def pairs_of(before: Counts, after: Counts, to_edition: str) -> tuple[dict[str, Pair], dict[str, str]]:
    """Compare two counts at the boundaries of one edition.

    Parameters
    ----------
    before, after
        Of whatever editions.
    to_edition
        Boundaries at which they are compared.

    Returns
    -------
    dict
        Place -> what the counts say of it, alone or together with others.
    dict
        Place -> an old code that one of the counts lacks.
    """
    one, two = bridged(before, to_edition), bridged(after, to_edition)
    lacking = {**one.lacking, **two.lacking}
    apart = {code: code for found in (one, two) for group in found.groups for code in group}
    for found in (one, two):
        for group in found.groups:
            first, *others = sorted(group)
            for code in others:
                apart[_root(apart, code)] = _root(apart, first)
    together: dict[str, set[str]] = {}
    for code in apart:
        together.setdefault(_root(apart, code), set()).add(code)
    sd = None if before.sd is None or after.sd is None else float((before.sd**2 + after.sd**2) ** 0.5)
    out: dict[str, Pair] = {}
    for members in together.values():
        sums = [_sum_of(found, members) for found in (one, two)]
        if None in sums or members & lacking.keys():
            continue
        source = ";".join(dict.fromkeys(id_ for id_ in (before.source, after.source) if id_))
        said = Pair(
            float(sums[0] or 0), float(sums[1] or 0), before.year, after.year, frozenset(members), source, sd
        )
        out |= dict.fromkeys(members, said)
    return out, lacking


def _sum_of(found: Bridged, members: set[str]) -> float | None:
    """Add the counts of some places, None where one of them has none."""
    held = {code for group in found.groups if group & members for code in group}
    return (
        sum(people for group, people in found.groups.items() if group & members) if held == members else None
    )
