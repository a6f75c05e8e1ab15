"""Facilities and stops added or taken away, answered from what is kept: only touched homes, units and places are looked at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.estimate import Floats
from citiesforall.core.indicator import Indicator
from citiesforall.core.tables import STATUSES
from citiesforall.measure.access import HALF
from citiesforall.measure.asked import groups_asked
from citiesforall.measure.layers import Layers
from citiesforall.measure.run import inhabited_by, walks_to
from citiesforall.network.improve import Network, Reached, after, attached, reached
from citiesforall.network.walks import Kind
from citiesforall.whatif.published import Bound, beside, nothing, unlike, words
from citiesforall.whatif.rows import (
    Laid,
    People,
    Room,
    Stood,
    gap_rows,
    laid_of,
    moved_of,
    people_of,
    quantile_rows,
    room_for,
    row_values,
    stood_of,
)
from citiesforall.whatif.standing import (
    GINI,
    SORTED,
    Cuts,
    Standing,
    limits_m,
    new_units,
    stand,
    to_rows,
    told,
    touched_of,
)

HAIR = 1e-9
"""Limits are taken this much wider when asking where anything changes, so that rounding leaves nothing out."""
Longs = npt.NDArray[np.int64]
Ways = dict[str, tuple[npt.NDArray[np.int32], Floats]]
"""Kind -> inhabited parts whose walk to it changes, and their new walks. [m]"""


class Names(NamedTuple):
    """Hold codes of the result rows, ids of groups and of indicators, and statuses as one column of words.

    Parameters
    ----------
    words
        The words.
    number
        Where the id of a group or an indicator stands among them.
    first_status
        Where the statuses begin.
    """

    words: Any
    number: Mapping[str, int]
    first_status: int


class Move(NamedTuple):
    """Say what happens to one kind: new doors [m], and which of its facilities are taken away (None: none)."""

    x: Floats
    y: Floats
    gone: npt.NDArray[np.bool_] | None


@dataclass(frozen=True)
class Kept:
    """Hold what fast answers start from; the caches are filled as kinds are asked for.

    Parameters
    ----------
    network
        The streets, warm.
    kinds
        Kinds that people may walk to.
    bound
        What published numbers are measured on.
    homes
        Group -> layers of inhabited parts.
    walked
        Indicators that walk.
    names
        Words of the tables.
    rank
        Place of each result row when sorted by code. (R)
    unit_of
        Unit of every inhabited part.
    room
        Used over and over: one question at a time.
    """

    network: Network
    kinds: Mapping[str, Kind]
    bound: Bound
    homes: Mapping[str, Layers]
    walked: Mapping[str, Indicator]
    names: Names
    rank: Longs
    unit_of: Longs
    room: Room
    reached: dict[str, Reached] = field(default_factory=dict, repr=False)
    standings: dict[str, Standing | None] = field(default_factory=dict, repr=False)
    limits: dict[str, dict[str, set[float]]] = field(default_factory=dict, repr=False)
    laid: dict[tuple[str, tuple[str, ...]], Laid] = field(default_factory=dict, repr=False)
    people: dict[tuple[str, ...], People] = field(default_factory=dict, repr=False)
    stood: dict[tuple[str, ...], Stood] = field(default_factory=dict, repr=False)


def keep(network: Network, kinds: Mapping[str, Kind], bound: Bound, walked: Mapping[str, Indicator]) -> Kept:
    """Return what fast answers start from, nothing found yet.

    Parameters
    ----------
    network, kinds, bound, walked
        As `Kept` describes them.
    """
    codes = np.array(bound.codes)
    rank = np.empty(codes.size, np.int64)
    rank[np.argsort(codes, kind="stable")] = np.arange(codes.size)
    groups, ids = sorted(bound.groups), sorted(walked)
    number = {name: at for at, name in enumerate((*groups, *ids), codes.size)}
    told = [*bound.codes, *groups, *ids, *STATUSES]
    names = Names(words(told), number, len(told) - len(STATUSES))
    homes = inhabited_by(bound.layers, bound.groups)
    n, starts = homes["all"].leg_m.size, homes["all"].starts
    unit_of = np.searchsorted(starts, np.arange(n), side="right") - 1
    n_of_rows = int((homes["all"].belongs @ np.diff(np.append(starts, n))).sum())
    return Kept(
        network, kinds, bound, homes, walked, names, rank, unit_of, room_for(n, n_of_rows, len(homes))
    )


def ready(kept: Kept, kinds: Collection[str] | None = None) -> None:
    """Make everything ready for some kinds.

    Parameters
    ----------
    kept
        What is kept.
    kinds
        All that an indicator walks to, where None.
    """
    for key, one in kept.walked.items():
        to = [kind for kind in walks_to(one) if kind in kept.kinds]
        if kinds is not None and not set(to) & set(kinds):
            continue
        for kind in to:
            _reached(kept, kind)
        standing = standing_of(kept, key)
        if standing is not None and standing.one.method in SORTED:
            _laid(kept, to[0], standing)
    kept.homes["all"].memo.clear()


def _reached(kept: Kept, kind: str) -> Reached:
    """Return how far the facilities of a kind are, found when first asked."""
    if kind not in kept.reached:
        one = kept.kinds[kind]
        kept.reached[kind] = reached(kept.network, attached(kept.network, one.x, one.y), one.facility)
    return kept.reached[kind]


def standing_of(kept: Kept, key: str) -> Standing | None:
    """Return what an indicator stood at, measured when first asked; None where no faster way is known."""
    if key not in kept.standings:
        kept.standings[key] = stand(kept.walked[key], kept.bound, kept.homes)
    return kept.standings[key]


def _laid(kept: Kept, kind: str, standing: Standing) -> Laid:
    """Return the parts of every row by walk, sorted when first asked."""
    key = (kind, tuple(standing.groups))
    if key not in kept.laid:
        kept.laid[key] = laid_of(kept.homes["all"], kind, people_kept(kept, standing))
    return kept.laid[key]


def _stood(kept: Kept, kind: str, standings: Mapping[str, Standing]) -> Stood:
    """Return where the quantiles of some indicators that walk to one kind stood, found when first asked."""
    key = kind, *standings
    if key not in kept.stood:
        first = next(iter(standings.values()))
        shares = [one.one.options.get("share", HALF) for one in standings.values()]
        n = people_kept(kept, first).n
        kept.stood[key] = stood_of(_laid(kept, kind, first), n, np.array(shares, np.float64))
    return kept.stood[key]


def people_kept(kept: Kept, standing: Standing) -> People:
    """Return residents part by part, groups side by side."""
    groups = tuple(standing.groups)
    if groups not in kept.people:
        kept.people[groups] = people_of(standing.layers)
    return kept.people[groups]


def ways_after(kept: Kept, moves: Mapping[str, Move]) -> Ways:
    """Walk again where facilities are added or taken away.

    Parameters
    ----------
    kept
        What is kept.
    moves
        Kind -> what happens to it.

    Returns
    -------
    dict
        Kind -> inhabited parts whose walk to it changes, and their new walks. [m]
    """
    found: Ways = {}
    wanted = {kind for one in kept.walked.values() for kind in walks_to(one)}
    for kind, move in moves.items():
        if kind not in wanted or kind not in kept.kinds:
            continue
        new = attached(kept.network, move.x, move.y)
        limit_m = max(_limits(kept, list(kept.walked), kind)) * (1 + HAIR)
        parts, way_m = after(kept.network, _reached(kept, kind), new, move.gone, limit_m)
        differs = way_m != kept.homes["all"].ways[kind].m[0, parts]
        found[kind] = parts[differs], way_m[differs]
    return found


def answer_fast(
    kept: Kept, keys: Sequence[str], ways: Mapping[str, tuple[npt.NDArray[np.int32], Floats]]
) -> pd.DataFrame:
    """Return what differs of some indicators.

    Parameters
    ----------
    kept
        What is kept.
    keys
        Indicators with a standing.
    ways
        From `ways_after`.

    Returns
    -------
    pandas.DataFrame
        As `published.differences`.
    """
    by_ways: dict[tuple[str, ...], list[Standing]] = {}
    for key in sorted(keys):
        standing = standing_of(kept, key)
        mine = tuple(
            sorted(kind for kind in walks_to(kept.walked[key]) if kind in ways and ways[kind][0].size)
        )
        if mine and standing is not None:
            by_ways.setdefault(mine, []).append(standing)
    found = []
    for kinds, standings in by_ways.items():
        found += _of_units(kept, standings, {kind: ways[kind] for kind in kinds})
    return _compared(kept, found) if found else nothing()


class New(NamedTuple):
    """Hold new numerators of an indicator for some rows. (G, rows)"""

    standing: Standing
    num: Floats
    rows: Longs


def _of_units(kept: Kept, standings: Sequence[Standing], ways: Ways) -> list[New]:
    """Work out anew what touched places hold of indicators that walk to the same changed kinds."""
    sorted_ones = [one for one in standings if one.one.method in SORTED]
    counted = [one for one in standings if one.one.method not in SORTED]
    found = _counted(kept, counted, ways) if counted else []
    for kind, (parts, way_m) in ways.items():
        left = [one for one in sorted_ones if walks_to(one.one) == (kind,)]
        if left:
            _, rows = _where(kept, parts)
            nums = _sorted_rows(kept, left, kind, (parts, way_m), rows)
            found += [New(one, nums[one.one.id], rows) for one in left]
    return found


def _where(kept: Kept, parts: npt.NDArray[np.int32]) -> tuple[Longs, Longs]:
    """Return the units some parts are of, and the rows these belong to."""
    homes = kept.homes["all"]
    units = np.flatnonzero(np.bincount(kept.unit_of[parts], minlength=homes.starts.size))
    return units, np.flatnonzero(homes.belongs[:, units].any(axis=1))


def _counted(kept: Kept, standings: Sequence[Standing], ways: Ways) -> list[New]:
    """Count anew in units where a home's walk crosses a limit of an indicator; elsewhere nothing is counted otherwise."""
    homes, keys = kept.homes["all"], [one.one.id for one in standings]
    crossing = [np.zeros(0, np.int32)]
    for kind, (parts, way_m) in ways.items():
        old_m = homes.ways[kind].m[0, parts]
        less, more = np.minimum(old_m, way_m), np.maximum(old_m, way_m)
        limits = _limits(kept, keys, kind)
        hit = [(less <= limit * (1 + HAIR)) & (more >= limit * (1 - HAIR)) for limit in limits]
        crossing.append(parts[np.logical_or.reduce(hit)])
    units, rows = _where(kept, np.concatenate(crossing))
    if not units.size:
        return []
    kinds = sorted({kind for one in standings for kind in walks_to(one.one)})
    touched = touched_of(homes, units, (kept.unit_of, ways), kinds)
    belongs = homes.belongs[rows]
    row, unit = np.nonzero(belongs)
    cuts: Cuts = {}
    found = []
    for one in standings:
        by_unit = new_units(one, touched, cuts)
        is_gap = one.one.method == "gap_between_places"
        num = gap_rows(one, by_unit, belongs) if is_gap else to_rows(by_unit, (row, unit), rows.size)
        found.append(New(one, num, rows))
    return found


def _limits(kept: Kept, keys: Sequence[str], kind: str) -> set[float]:
    """Return the walks to a kind at which some indicators count otherwise, worked out when first asked. [m]"""
    limits: set[float] = set()
    for key in keys:
        if key not in kept.limits:
            one = kept.walked[key]
            kept.limits[key] = limits_m(
                one, [kept.homes[group] for group in groups_asked(one, kept.bound.groups)]
            )
        limits |= kept.limits[key].get(kind, set())
    return limits


def _sorted_rows(
    kept: Kept,
    standings: Sequence[Standing],
    kind: str,
    ways: tuple[npt.NDArray[np.int32], Floats],
    rows: Longs,
) -> dict[str, Floats]:
    """Work out medians and Gini coefficients that walk to one kind."""
    out: dict[str, Floats] = {}
    if not standings:
        return out
    moved = moved_of(kept.homes["all"], kept.unit_of, kind, *ways)
    by_groups: dict[tuple[str, ...], dict[str, Standing]] = {}
    for one in standings:
        by_groups.setdefault(tuple(one.groups), {})[one.one.id] = one
    for of_groups in by_groups.values():
        first = next(iter(of_groups.values()))
        laid, people = _laid(kept, kind, first), people_kept(kept, first)
        if any(one.one.method == GINI for one in of_groups.values()):
            out |= row_values(of_groups, laid, moved, rows, people, kept.room)
        else:
            before = laid, _stood(kept, kind, of_groups)
            out |= quantile_rows(of_groups, before, moved, rows, people, kept.room)
    return out


def _compared(kept: Kept, found: Sequence[New]) -> pd.DataFrame:
    """Put the numbers that differ before and after side by side: only where the numerator differs does anything."""
    names = kept.names
    pieces, places, groups, ids, were, statuses = [], [], [], [], [], []
    for one in found:
        standing = one.standing
        old = standing.num[:, one.rows]
        group, at = np.nonzero(unlike(old, one.num))
        place = one.rows[at]
        pieces.append((standing, one.num[group, at], group, place))
        places.append(place)
        groups.append(np.array([names.number[name] for name in standing.groups])[group])
        ids.append(np.full(at.size, names.number[standing.one.id]))
        were.append(standing.told[:, group, place])
        statuses.append(standing.status[group, place])
    place, group, key = (np.concatenate(one) for one in (places, groups, ids))
    before, status_before = np.concatenate(were, axis=1), np.concatenate(statuses)
    after, status = told(pieces)
    differs = unlike(before, after).any(axis=0) | (status != status_before)
    order = np.lexsort((kept.rank[place], group, key))
    order = order[differs[order]]
    word = np.concatenate(
        [place, group, key, names.first_status + status, names.first_status + status_before]
    )
    if not order.size:
        return nothing()
    said = names.words.take(word.reshape(5, -1)[:, order].ravel())
    columns = [said[begin : begin + order.size] for begin in range(0, len(said), order.size)]
    unknown = np.full(order.size, np.nan)
    return beside(columns, (before[:, order], after[:, order]), ([unknown] * 2, [unknown] * 2))
