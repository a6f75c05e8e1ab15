"""Medians, Gini coefficients and gaps of touched places, from kept orders: equal to sorting all again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from citiesforall.core.estimate import Floats
from citiesforall.measure.access import HALF
from citiesforall.measure.layers import Layers
from citiesforall.network.kernels_quantiles import quantiles_again, stands
from citiesforall.network.kernels_sorted import rows_again
from citiesforall.whatif.standing import Standing

Ints = npt.NDArray[np.int32]
AT_A_TIME = 4
"""Groups whose sums grow side by side."""


@dataclass(frozen=True)
class Moved:
    """Hold the parts whose walk to one kind has changed.

    Parameters
    ----------
    parts, way_m
        Positions among the inhabited parts, by new walk and position; their new walks. [m]
    is_moved
        Of every part.
    unit
        Unit of each of the parts that moved.
    were_m
        Their old walks. [m]
    """

    parts: Ints
    way_m: Floats
    is_moved: npt.NDArray[np.bool_]
    unit: npt.NDArray[np.int64]
    were_m: Floats


class Laid(NamedTuple):
    """Hold the known parts of every row by walk, before any change: row after row.

    Parameters
    ----------
    start
        Where each row begins. (R + 1)
    order
        Positions among the inhabited parts.
    sorted_m
        Their walks. [m]
    people
        Residents in that order. (parts of all rows, D filled up to fours)
    """

    start: npt.NDArray[np.int64]
    order: Ints
    sorted_m: Floats
    people: Floats


class Stood(NamedTuple):
    """Hold where quantiles stood before any change.

    Parameters
    ----------
    position
        In the row. (R, D, Q)
    reached
        People up to there, and there. (R, D, Q)
    whole
        People of the row. (R, D)
    shares
        Which quantiles. (Q)
    """

    position: npt.NDArray[np.int64]
    reached: Floats
    whole: Floats
    shares: Floats


@dataclass(frozen=True)
class People:
    """Hold residents of groups; groups of the same people (those that only walk slower) stand once.

    Parameters
    ----------
    each
        Residents of every part, columns filled up to fours: the loops take four groups at a time. (parts, D and more)
    n
        Groups of different people, D.
    at
        Which of them each group is. (G)
    """

    each: Floats
    n: int
    at: list[int]


class Room(NamedTuple):
    """Hold arrays that are used over and over, as long as the longest row."""

    of_row: tuple[Ints, Floats, Floats, Floats]
    of_moved: tuple[Ints, Ints, Floats, Floats]
    terms: Floats


def room_for(n: int, n_of_rows: int, n_groups: int) -> Room:
    """Return room for rows of at most so many parts, so many in all rows together, and so many groups."""
    whole, ways_m = [np.empty(n, np.int32) for _ in range(3)], [np.empty(n) for _ in range(2)]
    sums = [np.empty((AT_A_TIME, n)) for _ in range(2)]
    return Room(
        (whole[0], ways_m[0], sums[0], sums[1]),
        (whole[1], whole[2], ways_m[1], np.empty((n, _filled(n_groups)))),
        np.empty((n_groups, n_of_rows)),
    )


def _filled(n: int) -> int:
    """Return a number of groups filled up to fours."""
    return -(-n // AT_A_TIME) * AT_A_TIME


def moved_of(layers: Layers, unit_of: npt.NDArray[np.int64], kind: str, parts: Ints, way_m: Floats) -> Moved:
    """Put the parts that moved in order.

    Parameters
    ----------
    layers
        Of inhabited parts.
    unit_of
        Unit of every inhabited part.
    kind
        To which the walks are.
    parts, way_m
        Which moved, and their new walks. [m]
    """
    is_moved = np.zeros(unit_of.size, dtype=bool)
    is_moved[parts] = True
    order = np.argsort(way_m)  # several times faster than by two keys, and the same where no two are equal
    way = way_m[order]
    if (way[1:] <= way[:-1]).any() or not np.isfinite(way[-1:]).all():
        order = np.lexsort((parts, way_m))
    ordered = parts[order].astype(np.int32, copy=False)
    return Moved(ordered, way_m[order], is_moved, unit_of[ordered], layers.ways[kind].m[0, ordered])


def laid_of(layers: Layers, kind: str, people: People) -> Laid:
    """Lay every row out by walk before any change."""
    orders = []
    for row in range(len(layers.belongs)):
        parts = layers.parts_of_row(row)
        orders.append(parts[layers.order_of_row(kind, row, parts)[0]])
    start = np.cumsum([0, *(one.size for one in orders)])
    order = np.concatenate([np.zeros(0, np.int64), *orders]).astype(np.int32)
    return Laid(start, order, layers.ways[kind].m[0, order], people.each[order])


def stood_of(laid: Laid, n_groups: int, shares: Floats) -> Stood:
    """Find where quantiles stand in every row before any change, for so many different groups."""
    R = laid.start.size - 1
    shape = R, n_groups, shares.size
    stood = Stood(np.zeros(shape, np.int64), np.zeros(shape), np.zeros((R, n_groups)), shares)
    stands(tuple(laid), shares, tuple(stood[:3]))
    return stood


def people_of(layers: Sequence[Layers]) -> People:
    """Return residents of groups.

    Parameters
    ----------
    layers
        Bound to each group.
    """
    each: list[Floats] = []
    at = []
    for one in layers:
        same = [number for number, other in enumerate(each) if np.array_equal(other, one.people[0])]
        at.append(same[0] if same else len(each))
        if not same:
            each.append(one.people[0])
    table = np.zeros((each[0].size, _filled(len(each))))
    table[:, : len(each)] = np.column_stack(each)
    return People(table, len(each), at)


def gap_rows(standing: Standing, num_unit: Floats, belongs: npt.NDArray[np.bool_]) -> Floats:
    """Return the gap between the units of some rows, as `access.gap_between_places` gives it. (G, rows)

    Parameters
    ----------
    standing
        The indicator before.
    num_unit
        New numerators of the share by unit. (G, U)
    belongs
        Whether a unit is of a row. (rows, U)
    """
    den = standing.den_unit
    shares = np.divide(num_unit, den, out=np.full(num_unit.shape, np.nan), where=den > 0)
    known = ~np.isnan(shares) & (den >= HALF * standing.people_unit)
    inside = known[:, None, :] & belongs[None, :, :]
    most = np.where(inside, shares[:, None, :], -np.inf).max(axis=2)
    least = np.where(inside, shares[:, None, :], np.inf).min(axis=2)
    out: Floats = np.full(most.shape, np.nan)
    some = inside.sum(axis=2) > 1
    out[some] = most[some] - least[some]
    return out


def quantile_rows(
    standings: Mapping[str, Standing], before: tuple[Laid, Stood], moved: Moved, rows: npt.NDArray[np.int64], people: People,
    room: Room,
) -> dict[str, Floats]:  # fmt: skip
    """Work out quantiles of touched rows from where they stood, equal to sorting all again.

    Parameters
    ----------
    standings
        Indicator -> what it stood at; quantiles of walks to one kind, asked of the same groups.
    before
        All rows before, and the quantiles in them, in the order of the indicators.
    moved, rows, people, room
        As for `row_values`.

    Returns
    -------
    dict
        Indicator -> new numerators. (G, rows)
    """
    laid, stood = before
    walks = np.full((rows.size, people.n, len(standings)), np.nan)
    sure = np.zeros(rows.size, dtype=bool)
    belongs = next(iter(standings.values())).layers[0].belongs
    new = moved.parts, moved.way_m, moved.unit, moved.were_m, moved.is_moved, people.each
    around = room.of_moved, room.of_row[1]
    quantiles_again((rows, belongs), tuple(laid), new, tuple(stood), around, (walks, sure))
    out = _times(standings, walks, rows, people)
    if not sure.all():
        again = row_values(standings, laid, moved, rows[~sure], people, room)
        for key, numbers in again.items():
            out[key][:, ~sure] = numbers
    return out


def _times(
    standings: Mapping[str, Standing], walks: Floats, rows: npt.NDArray[np.int64], people: People
) -> dict[str, Floats]:
    """Return walks (rows, D, Q) as times of groups; nan where nobody is. (G, rows) each"""
    out = {}
    for at, (key, one) in enumerate(standings.items()):
        speed = np.array([each.walk_m_s for each in one.layers])
        out[key] = walks[:, people.at, at].T / speed[:, None]
        out[key][one.n[:, rows] == 0] = np.nan
    return out


def row_values(
    standings: Mapping[str, Standing], laid: Laid, moved: Moved, rows: npt.NDArray[np.int64], people: People, room: Room
) -> dict[str, Floats]:  # fmt: skip
    """Work out medians and Gini coefficients of touched rows, all indicators of one kind together.

    Parameters
    ----------
    standings
        Indicator -> what it stood at; all walk to one kind and are asked of the same groups.
    laid
        All rows before.
    moved
        What moved.
    rows
        Touched rows.
    people
        Residents of groups.
    room
        Used over and over.

    Returns
    -------
    dict
        Indicator -> new numerators. (G, rows)
    """
    quantile = [key for key, each in standings.items() if each.one.method == "walk_time_quantile"]
    ginis = [key for key in standings if key not in quantile]
    shares = np.array([standings[key].one.options.get("share", HALF) for key in quantile], np.float64)
    T, D, sizes = rows.size, people.n, np.diff(laid.start)[rows]
    ends = np.cumsum(np.maximum(sizes - 1, 0))
    walks, first = np.full((T, D, shares.size), np.nan), np.full((T, D), np.nan)
    terms = room.terms[:D, : int(ends[-1]) if ginis and T else 0]
    new = (
        moved.parts,
        moved.way_m,
        moved.unit,
        people.each[moved.parts],
        moved.is_moved,
    )
    belongs = next(iter(standings.values())).layers[0].belongs
    rows_again((rows, belongs), tuple(laid), new, shares, room[:2], (walks, first, terms))
    out = _times({key: standings[key] for key in quantile}, walks, rows, people)
    if ginis:
        begins = ends - np.maximum(sizes - 1, 0)
        sums = [np.sum(terms[:, begin:end], axis=1) for begin, end in zip(begins, ends, strict=True)]
        index = 1.0 - (first + np.stack(sums))
        for key in ginis:
            out[key] = index[:, people.at].T.copy()
            out[key][standings[key].n[:, rows] == 0] = np.nan
    return out
