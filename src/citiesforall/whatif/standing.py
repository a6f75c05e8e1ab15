"""What one indicator stands at before any change, kept so that only touched places need be added up again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from citiesforall.core.estimate import Estimate, Floats
from citiesforall.core.indicator import Indicator
from citiesforall.core.tables import STATUSES
from citiesforall.core.units import unit
from citiesforall.measure.access import SECONDS_A_MINUTE, share_within_walk
from citiesforall.measure.asked import groups_asked
from citiesforall.measure.layers import Layers, Ways
from citiesforall.measure.method import METHODS
from citiesforall.measure.run import Measured, columns, measure_one, summed, walks_to
from citiesforall.whatif.published import TOLD, Bound

ADDED_UP = frozenset({"share_within_walk", "share_within_distance", "completeness_within_walk"})
"""Methods whose sums by unit change only where walks do: their denominator is the people whose access is known."""
GINI = "walk_time_gini"
SORTED = frozenset({"walk_time_quantile", GINI})
"""Methods made place by place on the homes by walk."""
COUNTED = ADDED_UP | {"gap_between_places"}
"""Methods that ask of a walk only whether it is longer than a limit."""
FAST = COUNTED | SORTED
THERE, NO_FACILITY = np.ones((1, 1), dtype=bool), np.zeros((1, 0), np.int32)
"""Of the published numbers: every facility is there, and which one is nearest is not asked."""
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
NUMBER_OF_STATUS = {word: number for number, word in enumerate(STATUSES)}
AS_IT_IS = Indicator.model_construct(id="", version=1, unit="index")
"""Stands for indicators of all units: their scale is applied afterwards, which gives the same number."""
NOTHING_MORE: Mapping[str, Any] = MappingProxyType({"estimated": frozenset(), "periods": {"": ""}, "run": ""})


@dataclass(frozen=True)
class Standing:
    """Hold one indicator, for its groups in the order of their names.

    Parameters
    ----------
    one
        The indicator.
    groups
        Ids. (G)
    layers
        Of inhabited parts, bound to each group. (G)
    num_unit, den_unit, people_unit
        Amounts by unit of methods that add up, and of the share behind a gap; else empty; and residents. (G, U)
    num, den, n, unknown_share
        Of the result rows. (G, R)
    estimated
        Whether assumed data are used.
    told
        Value, num, den and n of the observations. (4, G, R)
    status
        Numbers of their statuses among `core.tables.STATUSES`. (G, R)
    """

    one: Indicator
    groups: Sequence[str]
    layers: Sequence[Layers]
    num_unit: Floats
    den_unit: Floats
    people_unit: Floats
    num: Floats
    den: Floats
    n: Floats
    unknown_share: Floats
    estimated: bool
    told: Floats
    status: Longs


def stand(one: Indicator, bound: Bound, homes: Mapping[str, Layers]) -> Standing | None:
    """Measure an indicator before any change.

    Parameters
    ----------
    one
        The indicator.
    bound
        What it is measured on.
    homes
        Group -> layers of inhabited parts.

    Returns
    -------
    Standing
        Nothing where it is missing, or no faster way is known.
    """
    if one.method not in FAST:
        return None
    groups = sorted(groups_asked(one, bound.groups))
    layers = [homes[group] for group in groups]
    found, units, told = [], [], []
    for each in layers:
        measured, by_unit = _measured(each, one)
        if measured.estimate is None:
            return None
        found.append(measured.estimate)
        units.append(by_unit)
        told.append(columns(measured, one, bound.codes, bound.facts))
    return Standing(
        one,
        groups,
        layers,
        np.stack([num for num, _ in units]),
        np.stack([den for _, den in units]),
        np.stack([_by_unit(each, each.people[:1])[0] for each in layers]),
        np.stack([each.num[0] for each in found]),
        np.stack([each.den[0] for each in found]),
        np.stack([each.n for each in found]),
        np.stack([each.unknown_share for each in found]),
        bool(found[0].estimated) or one.id in bound.facts["estimated"],
        np.array([[each[name] for each in told] for name in TOLD[:-1]], np.float64),
        np.stack([numbers_of(each["status"]) for each in told]),
    )


def numbers_of(statuses: npt.NDArray[np.object_]) -> Longs:
    """Return the numbers of statuses among `core.tables.STATUSES`."""
    return np.fromiter(map(NUMBER_OF_STATUS.__getitem__, statuses), np.int64, len(statuses))


def _measured(layers: Layers, one: Indicator) -> tuple[Measured, tuple[Floats, Floats]]:
    """Measure for one group; amounts by unit where a method adds up."""
    nothing = np.zeros(0), np.zeros(0)
    if one.method in ADDED_UP:
        measured = measure_one(layers, one)
        if measured.estimate is None:
            return measured, nothing
        answer = METHODS[one.method].function(layers, **one.options)
        same = summed(layers, answer, is_total=False)
        assert np.array_equal(same.num, measured.estimate.num, equal_nan=True)
        return measured, (_by_unit(layers, answer.num)[0], _by_unit(layers, answer.den)[0])
    measured = measure_one(layers, one)
    if one.method != "gap_between_places" or measured.estimate is None:
        return measured, nothing
    answer = share_within_walk(layers, **one.options)
    return measured, (_by_unit(layers, answer.num)[0], _by_unit(layers, answer.den)[0])


def _by_unit(layers: Layers, amounts: Floats) -> Floats:
    """Add amounts up by unit, as `core.estimate.add_up` does. (S, U)"""
    out: Floats = np.add.reduceat(amounts, layers.starts, axis=1)
    return out


def limits_m(one: Indicator, layers: Sequence[Layers]) -> dict[str, set[float]]:
    """Return the walks at which a method that adds up counts a home otherwise; of every speed.

    Parameters
    ----------
    one
        The indicator.
    layers
        Bound to the groups it is asked of.

    Returns
    -------
    dict
        Kind -> walks [m]; infinite where every change of a walk counts.
    """
    kinds = walks_to(one)
    if one.method not in COUNTED:
        return {kind: {np.inf} for kind in kinds}
    speeds = {each.walk_m_s for each in layers}
    if one.method == "share_within_distance":
        slower = {speed / layers[0].base_walk_m_s for speed in speeds}
        return {kind: {one.options["to"][kind] * each for each in slower} for kind in kinds}
    return {kind: {one.options["minutes"] * SECONDS_A_MINUTE * speed for speed in speeds} for kind in kinds}


@dataclass(frozen=True)
class Touched:
    """Hold the parts of touched units.

    Parameters
    ----------
    units
        Touched units. (T)
    parts
        Positions among the inhabited parts. (P)
    starts
        First of the parts of each unit. (T)
    ways
        Kind -> new walks of these parts.
    """

    units: Longs
    parts: Longs
    starts: Longs
    ways: Mapping[str, Ways]


Cuts = dict[tuple[tuple[str, ...], float], Layers]
"""Groups and speed -> layers of touched units, groups standing where draws do: methods treat both alike."""


def touched_of(
    layers: Layers, units: Longs, moved: tuple[Longs, Mapping[str, tuple[Ints, Floats]]], kinds: Sequence[str]
) -> Touched:
    """Return the parts of touched units with their new walks.

    Parameters
    ----------
    layers
        Of inhabited parts.
    units
        Touched units, rising.
    moved
        Unit of every part; kind -> parts whose walk to it changes, and their new walks. [m]
    kinds
        All kinds that are walked to.
    """
    ends = np.append(layers.starts, layers.people.shape[1])
    sizes = ends[units + 1] - ends[units]
    starts = np.cumsum(sizes) - sizes
    parts = np.arange(int(sizes.sum())) + np.repeat(ends[units] - starts, sizes)
    unit_of, ways_of = moved
    shift = np.zeros(layers.starts.size, np.int64)
    shift[units] = starts - ends[units]
    is_touched = np.zeros(layers.starts.size, dtype=bool)
    is_touched[units] = True
    ways = {}
    for kind in kinds:
        if kind not in layers.ways:
            continue
        old = layers.ways[kind]
        m = old.m[0].take(parts)[None, :]
        if kind in ways_of:
            which, way_m = ways_of[kind]
            inside = is_touched[unit_of[which]]
            which = which[inside]
            m[0, shift[unit_of[which]] + which] = way_m[inside]
        ways[kind] = Ways(m, NO_FACILITY, THERE, old.estimated, old.sources)
    return Touched(units, parts, starts, ways)


def _cut(standing: Standing, at: Sequence[int], touched: Touched, cuts: Cuts) -> Layers:
    """Return the layers of touched units for some groups of one speed, made once for all indicators."""
    first = standing.layers[at[0]]
    key = (tuple(standing.groups[number] for number in at), first.walk_m_s)
    if key not in cuts:
        memo = next(iter(cuts.values())).memo if cuts else {}
        known = first.known_street[touched.parts]
        cuts[key] = replace(
            first,
            people=np.stack([standing.layers[number].people[0].take(touched.parts) for number in at]) * known,
            known_street=np.ones_like(known),  # only people whose access is known are left
            ways=touched.ways,
            starts=touched.starts,
            memo=memo,
        )
    return cuts[key]


def new_units(standing: Standing, touched: Touched, cuts: Cuts) -> Floats:
    """Add up again what touched units hold.

    Parameters
    ----------
    standing
        The indicator before.
    touched
        Touched units.
    cuts
        Their layers made so far.

    Returns
    -------
    ndarray
        Numerators by unit: new in touched ones, as before in others. (G, U)
    """
    out = standing.num_unit.copy()
    one = standing.one
    function = share_within_walk if one.method == "gap_between_places" else METHODS[one.method].function
    for speed in dict.fromkeys(each.walk_m_s for each in standing.layers):
        at = [number for number, each in enumerate(standing.layers) if each.walk_m_s == speed]
        answer = function(_cut(standing, at, touched, cuts), **one.options)
        out[np.ix_(np.array(at), touched.units)] = np.add.reduceat(answer.num, touched.starts, axis=1)
    return out


def to_rows(by_unit: Floats, pairs: tuple[Longs, Longs], n_rows: int) -> Floats:
    """Add amounts of units up to some result rows, as `core.estimate.add_up` does.

    Parameters
    ----------
    by_unit
        Amounts. (G, U)
    pairs
        Rows and the units that belong to them, row by row.
    n_rows
        How many rows there are.

    Returns
    -------
    ndarray
        Sums. (G, rows)
    """
    row, unit = pairs
    out = np.zeros((by_unit.shape[0], n_rows))
    first = np.flatnonzero(np.append(True, row[1:] != row[:-1]))
    out[:, row[first]] = np.add.reduceat(by_unit[:, unit], first, axis=1)
    return out


def told(pieces: Sequence[tuple[Standing, Floats, Longs, Longs]]) -> tuple[Floats, Longs]:
    """Turn new numerators into numbers of observations, by the function that any run uses.

    Parameters
    ----------
    pieces
        Indicators before, new numerators, and the number of the group and of the row of each.

    Returns
    -------
    tuple
        Value, num, den and n (4, rows), and numbers of statuses (rows); indicators one after the other.
    """
    num = np.concatenate([new for _, new, _, _ in pieces])
    den, n, unknown = (
        np.concatenate(parts)
        for parts in (
            [one.den[group, row] for one, _, group, row in pieces],
            [one.n[group, row] for one, _, group, row in pieces],
            [one.unknown_share[group, row] for one, _, group, row in pieces],
        )
    )
    sizes = [new.size for _, new, _, _ in pieces]
    estimated: Any = np.repeat(
        np.array([one.estimated for one, *_ in pieces], dtype=bool), sizes
    )  # row by row
    estimate = Estimate(num[None, :], den[None, :], n, unknown, estimated)
    found = columns(Measured(AS_IT_IS.id, "", estimate, "", None), AS_IT_IS, [""] * num.size, NOTHING_MORE)
    scale = np.repeat([unit(one.one.unit).per_si for one, *_ in pieces], sizes)
    numbers = np.array([found[name] for name in TOLD[:-1]], np.float64)
    numbers[0] *= scale
    return numbers, numbers_of(found["status"])
