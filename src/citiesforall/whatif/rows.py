"""Medians, Gini coefficients and gaps of touched places, from kept orders: equal to sorting all again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citiesforall.core.estimate import Floats
from citiesforall.measure.access import HALF
from citiesforall.measure.layers import Layers
from citiesforall.network.kernels_whatif import gini_terms, merged, quantiles
from citiesforall.whatif.standing import Standing

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Moved:
    """Hold the parts whose walk to one kind has changed.

    Parameters
    ----------
    parts
        Positions among the inhabited parts, by new walk and position.
    is_moved
        Of every part.
    way_m
        New walks of every part. [m]
    unit
        Unit of each of the parts that moved.
    """

    parts: Ints
    is_moved: npt.NDArray[np.bool_]
    way_m: Floats
    unit: npt.NDArray[np.int64]


def moved_of(layers: Layers, way_m: Floats, parts: Ints) -> Moved:
    """Put the parts that moved in order.

    Parameters
    ----------
    layers
        Of inhabited parts.
    way_m
        New walks of every part. [m]
    parts
        Which moved.
    """
    ordered = parts[np.lexsort((parts, way_m[parts]))].astype(np.int32)
    is_moved = np.zeros(way_m.size, dtype=bool)
    is_moved[parts] = True
    unit = np.searchsorted(layers.starts, ordered, side="right") - 1
    return Moved(ordered, is_moved, way_m, unit)


def order_before(layers: Layers, kind: str, row: int) -> Ints:
    """Return the known parts of a row by walk before any change."""
    parts = layers.parts_of_row(row)
    return np.ascontiguousarray(parts[layers.order_of_row(kind, row, parts)[0]], np.int32)


def new_order(before: Ints, moved: Moved, belongs: npt.NDArray[np.bool_]) -> Ints:
    """Return the parts of a row by new walk.

    Parameters
    ----------
    before
        Its parts by walk before.
    moved
        What moved.
    belongs
        Whether a unit is of the row. (U)
    """
    out = np.empty_like(before)
    merged(before, moved.parts[belongs[moved.unit]], moved.is_moved, moved.way_m, out)
    return out


def people_of(layers: Sequence[Layers]) -> tuple[Floats, list[int]]:
    """Return residents part by part, groups side by side, and where each group stands; equal groups stand once.

    Parameters
    ----------
    layers
        Bound to each group.
    """
    columns: list[Floats] = []
    at = []
    for each in layers:
        same = [number for number, other in enumerate(columns) if np.array_equal(other, each.people[0])]
        at.append(same[0] if same else len(columns))
        if not same:
            columns.append(each.people[0])
    return np.ascontiguousarray(np.column_stack(columns)), at


def quantile_row(
    order: Ints, way_m: Floats, people: tuple[Floats, list[int]], shares: Sequence[float]
) -> Floats:
    """Return quantiles of one row for every group, as `access.weighted_quantile` gives them. (Q, G) [m]"""
    grouped, at = people
    G, Q = grouped.shape[1], len(shares)
    out = np.empty((Q, G))
    sums = np.empty((2, G)), np.empty((Q, G))
    quantiles(order, way_m, grouped, np.array(shares, np.float64), sums, out)
    return np.where(sums[0][0] > 0, out, np.nan)[:, at]


def gini_row(order: Ints, way_m: Floats, people: tuple[Floats, list[int]]) -> Floats:
    """Return the Gini coefficient of one row for every group, as `access.weighted_gini` gives it. (G)"""
    grouped, at = people
    G = grouped.shape[1]
    terms, out = np.empty((G, max(order.size - 1, 0))), np.zeros((2, G))
    gini_terms(order, way_m, grouped, np.empty((6, G)), terms, out)
    area = out[0] + np.sum(terms, axis=1)
    return np.where(out[1] > 0, 1.0 - area, np.nan)[at]


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
    standings: Mapping[str, Standing], orders: Mapping[int, Ints], way_m: Floats, rows: npt.NDArray[np.int64],
    people: tuple[Floats, list[int]],
) -> dict[str, Floats]:  # fmt: skip
    """Work out medians and Gini coefficients of touched rows, all indicators of one kind together.

    Parameters
    ----------
    standings
        Indicator -> what it stood at; all walk to one kind and are asked of the same groups.
    orders
        Row -> its parts by new walk.
    way_m
        New walks of every part. [m]
    rows
        Touched rows.
    people
        From `people_of`.

    Returns
    -------
    dict
        Indicator -> new numerators. (G, rows)
    """
    shares = {
        key: float(each.one.options.get("share", HALF))
        for key, each in standings.items()
        if each.one.method == "walk_time_quantile"
    }
    ginis = [key for key, each in standings.items() if each.one.method == "walk_time_gini"]
    G = len(people[1])
    out = {key: np.full((G, rows.size), np.nan) for key in (*shares, *ginis)}
    for number, row in enumerate(rows.tolist()):
        order = orders[row]
        if not order.size:
            continue
        if shares:
            found = quantile_row(order, way_m, people, list(shares.values()))
            for at, key in enumerate(shares):
                out[key][:, number] = found[at]
        for key in ginis:
            out[key][:, number] = gini_row(order, way_m, people)
    for key in shares:
        speed = np.array([each.walk_m_s for each in standings[key].layers])
        out[key] = out[key] / speed[:, None]
    for key, numbers in out.items():
        numbers[standings[key].n[:, rows] == 0] = np.nan
    return out
