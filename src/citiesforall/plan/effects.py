"""Whom an action would serve: people without a service today, and the share of them one unit brings it to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.action import PER_PEOPLE, Action
from citiesforall.core.challenge import counted_in, counts_people
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.gather.kinds import kinds
from citiesforall.measure.layers import Layers

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SECONDS_A_MINUTE = 60.0
PERCENT = 100.0
ACCESS = frozenset({"share_within_walk", "share_within_distance"})
"""Methods whose shortfall is people beyond a walk: a facility nearer to them closes it."""
ALSO = {"park": ("open_space",), "bus_stop": ("stop_low",)}
"""Kinds that are entered under another word too: a park is open space, a pole is a stop of low capacity."""
FLOODED_FROM = 1.0
"""Flood class from which a home can be flooded."""
HAS_VALUE = frozenset({"ok", "estimated", "modelled", "low_n"})


@dataclass(frozen=True)
class Ground:
    """Hold what a plan knows of the city before anything is done.

    Parameters
    ----------
    layers
        Bound to everybody, draw 0 first.
    places
        Codes of the units, as the layers sort them. (P,)
    place_of
        Unit of each cell part. (C,)
    city
        Code of the city.
    known, lows, highs
        (place, indicator) -> value and interval of everybody, in the declared unit.
    eligible
        Indicator -> share of the residents it is about: children of an age, households. [share]
    """

    layers: Layers
    places: tuple[str, ...]
    place_of: Ints
    city: str
    known: Mapping[tuple[str, str], float]
    lows: Mapping[tuple[str, str], float]
    highs: Mapping[tuple[str, str], float]
    eligible: Mapping[str, float]

    def people(self) -> Floats:
        """Return the residents of each part, 0 where they are unknown. (C,) [persons]"""
        return np.asarray(np.nan_to_num(self.layers.people[0]), np.float64)

    def residents(self) -> Floats:
        """Return the residents of each unit. (P,) [persons]"""
        return _sum(self, self.people())

    def by_place(self, indicator: str) -> Floats:
        """Return an indicator of each unit, nan where it is missing. (P,)"""
        return np.array([self.known.get((place, indicator), np.nan) for place in self.places])


@dataclass(frozen=True)
class Need:
    """Hold the people who lack one service today.

    Parameters
    ----------
    service
        Id: the indicator that measures it, or the kind of facility and the walk (``kindergarten_500m``).
    people
        People of a row who lack it. (D,) [persons]
    cell
        Their cell part; -1 where only their unit is known. (D,)
    place
        Their unit. (D,)
    asking, served
        People of each unit who ask for it, and who have it today. (P,) [persons]
    to
        Kind of facility -> walk within which it serves, for needs that a facility meets. [m]
    note
        How it was counted, in one sentence.
    low_share, high_share
        Interval of the need of each row as a share of it, 1 where unknown. (D,)
    """

    service: str
    people: Floats
    cell: Ints
    place: Ints
    asking: Floats
    served: Floats
    to: Mapping[str, float]
    note: str
    low_share: Floats
    high_share: Floats


def make_ground(layers: Layers, units: npt.NDArray[np.str_], city: str, table: pd.DataFrame) -> Ground:
    """Collect what a plan knows of the city.

    Parameters
    ----------
    layers
        Of everybody.
    units
        Unit of each cell part, sorted. (C,)
    city
        Code of the city.
    table
        Observations.

    Returns
    -------
    Ground
        Values of the last period of each indicator.
    """
    places, place_of = np.unique(units, return_inverse=True)
    known = table[(table["group"] == "all") & table["status"].isin(HAS_VALUE)].sort_values(
        "period", kind="stable"
    )
    last = known.drop_duplicates(["place", "indicator"], keep="last")
    keys = list(zip(last["place"], last["indicator"], strict=True))
    values, lows, highs = (
        dict(zip(keys, last[name].to_numpy(np.float64), strict=True)) for name in ("value", "low", "high")
    )
    of_city = last[last["place"] == city].set_index("indicator")["den"]
    residents = float(np.nansum(layers.people[0]))
    return Ground(
        layers, tuple(map(str, places)), place_of.astype(np.int64), city, values, lows, highs,
        {str(key): min(float(den) / residents, 1.0) for key, den in of_city.items() if den > 0 and residents > 0},
    )  # fmt: skip


def walk_of(one: Action, declared: Mapping[str, Indicator], walk_m_s: float) -> tuple[str, dict[str, float]]:
    """Return the service a coverage action gives: its id, and the walks within which kinds of facility give it.

    Parameters
    ----------
    one
        An action with effect ``coverage``.
    declared
        The indicators.
    walk_m_s
        Walking speed of most adults. [m/s]

    Returns
    -------
    tuple
        Where one of the action's indicators measures a walk to its kind, that indicator and its walks: who is unserved
        is then decided by the very measure the city is judged by. Else the kind and the reach of the action.
    """
    assert one.serves is not None
    assert one.reach_m is not None
    for key in one.acts_on:
        to = _walks(declared[key], walk_m_s)
        if any(one.serves in _meant(kind) for kind in to):
            return key, to
    return f"{one.serves}_{one.reach_m:.0f}m", {ALSO.get(one.serves, (one.serves,))[0]: one.reach_m}


def _walks(one: Indicator, walk_m_s: float) -> dict[str, float]:
    """Return the walks within which an access indicator counts people, empty for other indicators. [m]"""
    if one.method == "share_within_walk":
        return {one.options["to"]: one.options["minutes"] * SECONDS_A_MINUTE * walk_m_s}
    return dict(one.options["to"]) if one.method == "share_within_distance" else {}


def _meant(kind: str) -> frozenset[str]:
    """Return the kinds of facility that count as one kind."""
    united = kinds()[kind].union_of if kind in kinds() else ()
    other = [key for key, words in ALSO.items() if kind in words]
    return frozenset((kind, *united, *other))


def reach_of(serves: str, to: Mapping[str, float]) -> float:
    """Return the longest walk within which a new facility of a kind serves. [m]"""
    return max(walk for kind, walk in to.items() if serves in _meant(kind))


def access_need(
    ground: Ground, service: str, to: Mapping[str, float], *, flooded: bool = False
) -> Need | str:
    """Count the people beyond the walk of every facility there is today.

    Parameters
    ----------
    ground
        The city.
    service
        Its id.
    to
        Kind -> walk. [m]
    flooded
        Count only homes that can be flooded.

    Returns
    -------
    Need or str
        One row for each part with unserved people; or why it cannot be said who is unserved.
    """
    layers = ground.layers
    absent = [kind for kind in to if kind not in layers.ways]
    if absent:
        return f"no source lists {', '.join(absent)}: who lacks it today is unknown"
    asks = layers.known_street.copy()
    if flooded:
        if "flood_class" not in layers.cells:
            return "no source says which homes can be flooded"
        asks &= layers.cells["flood_class"] >= FLOODED_FROM
    reached = np.zeros(len(asks), dtype=bool)
    for kind, walk_m in to.items():
        reached |= layers.ways[kind].m[0] <= walk_m
    people = ground.people() * asks
    rows = np.flatnonzero((people > 0) & ~reached)
    note = f"people beyond {' and '.join(f'{walk:.0f} m of {kind}' for kind, walk in to.items())} by street"
    even = np.ones(len(rows))
    return Need(
        service, people[rows], rows, ground.place_of[rows], _sum(ground, people), _sum(ground, people * reached), to, note,
        even, even,
    )  # fmt: skip


def _sum(ground: Ground, amounts: Floats) -> Floats:
    """Add amounts of parts up to units. (P,)"""
    found = np.bincount(ground.place_of, weights=amounts, minlength=len(ground.places))
    return np.asarray(found, np.float64)


def shortfall_need(ground: Ground, indicator: str, target: float) -> Need | str:
    """Count the people an indicator leaves short of a target, unit by unit.

    Parameters
    ----------
    ground
        The city.
    indicator
        A share of people or households.
    target
        In its unit.

    Returns
    -------
    Need or str
        One row for each unit with people short; or why it cannot be counted.

    Notes
    -----
    People short = residents x share of residents the indicator is about (its denominator in the city over all residents; 1
    for shares of households) x |target - value| / 100. Units without a value have no row: they are not planned for.
    """
    one = indicators()[indicator]
    if not counts_people(one):
        return f"'{indicator}' is no share of people: its shortfall cannot be counted in people"
    value = ground.by_place(indicator)
    known = np.isfinite(value)
    if not known.any():
        whole = np.isfinite(ground.known.get((ground.city, indicator), np.nan))
        return f"'{indicator}' is known for the whole city only" if whole else f"'{indicator}' has no value"
    share = ground.eligible.get(indicator, 1.0) if counted_in(one) == "persons" else 1.0
    people = ground.residents() * share
    short = _short(value, target, one)
    asking = np.where(known, people, 0.0)
    rows = np.flatnonzero(known & (people * short > 0))
    low, high = (_bound(ground, indicator, (target, value), side) for side in (ground.lows, ground.highs))
    note = f"residents x {share:.2f} x shortfall of '{indicator}' from {target:g}"
    if not known.all():
        note += f"; unknown in {int((~known).sum())} of {known.size} places, which are left out"
    return Need(
        indicator, (people * short)[rows], np.full(len(rows), -1), rows, asking, asking * (1 - np.nan_to_num(short)), {}, note,
        np.minimum(low, high)[rows], np.maximum(low, high)[rows],
    )  # fmt: skip


def _short(value: Floats, target: float, one: Indicator) -> Floats:
    """Return the share of people short of a target; nan where the value is."""
    gap = target - value if one.better == "higher" else value - target
    return np.asarray(np.where(np.isnan(gap), np.nan, np.clip(gap / PERCENT, 0, 1)))


def _bound(
    ground: Ground, indicator: str, at: tuple[float, Floats], side: Mapping[tuple[str, str], float]
) -> Floats:
    """Return the shortfall at one end of the interval over the shortfall itself, 1 where it is unknown. (P,)"""
    one, (target, value) = indicators()[indicator], at
    ends = np.array([side.get((place, indicator), np.nan) for place in ground.places])
    there, here = _short(ends, target, one), _short(value, target, one)
    ratio = np.divide(there, here, out=np.ones(len(ends)), where=(here > 0) & np.isfinite(there))
    return np.asarray(ratio)


def dose_share(one: Action, units: npt.ArrayLike, residents: npt.ArrayLike) -> Floats:
    """Return the share of the people short whom a dose brings to the target.

    Parameters
    ----------
    one
        An action with effect ``dose``.
    units
        Units of the catalogue in the place.
    residents
        Of the place. [persons]

    Returns
    -------
    ndarray
        most_share x (1 - exp(-per_unit x)), x = units for each thousand residents.

    Notes
    -----
    Diminishing returns: the first units do most. The indicator moves from its value towards the target by this share, so as
    many people of those short leave the shortfall. Form and rates are the catalogue's (ours).
    """
    assert one.per_unit is not None
    x = np.asarray(units, np.float64) / (np.asarray(residents, np.float64) / PER_PEOPLE)
    return np.asarray(one.most_share * -np.expm1(-one.per_unit * x))


def full_dose(one: Action, residents: float) -> float:
    """Return the units at which 63 % of what an action can do in a place is done: 1 / per_unit for each thousand."""
    assert one.per_unit is not None
    return residents / PER_PEOPLE / one.per_unit
