"""Medians, Gini coefficients and gaps of touched places, from kept orders: equal to sorting all again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citiesforall.core.estimate import Floats
from citiesforall.measure.access import HALF
from citiesforall.measure.layers import Layers
from citiesforall.network.kernels_whatif import gini_terms, quantiles, spliced, summed_up
from citiesforall.whatif.standing import Standing

Ints = npt.NDArray[np.int32]


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
    """

    parts: Ints
    way_m: Floats
    is_moved: npt.NDArray[np.bool_]
    unit: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Laid:
    """Hold the known parts of one row by walk, before any change.

    Parameters
    ----------
    order
        Positions among the inhabited parts.
    sorted_m
        Their walks. [m]
    people
        Residents in that order. (G, parts)
    """

    order: Ints
    sorted_m: Floats
    people: Floats


@dataclass(frozen=True)
class People:
    """Hold residents of groups; groups of the same people (those that only walk slower) stand once.

    Parameters
    ----------
    each
        Residents of every part. (D, parts)
    at
        Which of them each group is. (G)
    """

    each: Floats
    at: list[int]


def moved_of(layers: Layers, parts: Ints, way_m: Floats) -> Moved:
    """Put the parts that moved in order.

    Parameters
    ----------
    layers
        Of inhabited parts.
    parts, way_m
        Which moved, and their new walks. [m]
    """
    order = np.lexsort((parts, way_m))
    is_moved = np.zeros(layers.leg_m.size, dtype=bool)
    is_moved[parts] = True
    ordered = parts[order]
    unit = np.searchsorted(layers.starts, ordered, side="right") - 1
    return Moved(ordered, way_m[order], is_moved, unit)


def laid_of(layers: Layers, kind: str, row: int, people: People) -> Laid:
    """Lay a row out by walk before any change."""
    parts = layers.parts_of_row(row)
    order = np.ascontiguousarray(parts[layers.order_of_row(kind, row, parts)[0]], np.int32)
    return Laid(order, layers.ways[kind].m[0, order], np.ascontiguousarray(people.each[:, order]))


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
    return People(np.stack(each), at)


def rows_of_groups(
    laid: Laid, moved: tuple[Ints, Floats], is_moved: npt.NDArray[np.bool_], people: People, shares: Floats, *, gini: bool
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return quantiles and Gini coefficient of one row for every group, as ``measure.access`` gives them.

    Parameters
    ----------
    laid
        The row before any change; at least one part.
    moved
        Those of its parts that moved, by new walk, and their new walks. [m]
    is_moved
        Of every part.
    people
        Residents of groups.
    shares
        Quantiles wanted. (Q)
    gini
        Whether the coefficient is wanted.

    Returns
    -------
    tuple
        Walks (Q, G) [m] and coefficients (G).
    """
    n = laid.order.size
    source, sorted_m = np.empty(n, np.int32), np.empty(n)
    spliced((laid.order, laid.sorted_m), moved, is_moved, (source, sorted_m))
    of_moved = np.ascontiguousarray(people.each[:, moved[0]])
    D = len(of_moved)
    walks, index = np.empty((D, len(shares))), np.full(D, np.nan)
    sums, terms = (np.empty(n), np.empty(n)), np.empty((1, n - 1))
    for number in range(D):
        summed_up(source, laid.people[number], of_moved[number], sorted_m, sums)
        quantiles(sorted_m, sums[0], shares, walks[number])
        if gini:
            index[number] = 1.0 - (gini_terms(*sums, terms[0]) + np.sum(terms, axis=1)[0])
    return walks.T[:, people.at], index[people.at]


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


def row_values(
    standings: Mapping[str, Standing], laid: Mapping[int, Laid], moved: Moved, people: People
) -> dict[str, Floats]:
    """Work out medians and Gini coefficients of touched rows, all indicators of one kind together.

    Parameters
    ----------
    standings
        Indicator -> what it stood at; all walk to one kind and are asked of the same groups.
    laid
        Touched row -> its parts before.
    moved
        What moved.
    people
        Residents of groups.

    Returns
    -------
    dict
        Indicator -> new numerators, rows in the order of `laid`. (G, rows)
    """
    quantile = [key for key, each in standings.items() if each.one.method == "walk_time_quantile"]
    ginis = [key for key in standings if key not in quantile]
    shares = np.array([standings[key].one.options.get("share", HALF) for key in quantile], np.float64)
    out = {key: np.full((len(people.at), len(laid)), np.nan) for key in standings}
    belongs = next(iter(standings.values())).layers[0].belongs
    for number, (row, one) in enumerate(laid.items()):
        if not one.order.size:
            continue
        mine = belongs[row][moved.unit]
        points = moved.parts[mine], moved.way_m[mine]
        walks, index = rows_of_groups(one, points, moved.is_moved, people, shares, gini=bool(ginis))
        for at, key in enumerate(quantile):
            out[key][:, number] = walks[at]
        for key in ginis:
            out[key][:, number] = index
    for key, numbers in out.items():
        if key in quantile:
            speed = np.array([each.walk_m_s for each in standings[key].layers])
            np.divide(numbers, speed[:, None], out=numbers)
        numbers[standings[key].n[:, list(laid)] == 0] = np.nan
    return out
