"""Methods about walking: who reaches what, how long it takes, how unequal it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from citiesforall.core.errors import NoDataError
from citiesforall.core.estimate import CellAmounts, Estimate, ratio
from citiesforall.measure.layers import Layers
from citiesforall.measure.method import method

Floats = npt.NDArray[np.float64]
SECONDS_A_MINUTE = 60.0
FEWEST_KINDS = 5
HALF = 0.5


def _among_known(layers: Layers, reached: npt.NDArray[np.bool_] | Floats, *, estimated: bool) -> CellAmounts:
    """Count people who reach, among people whose access is known."""
    if layers.known_street.all():
        return CellAmounts(
            layers.people * reached, layers.people, np.zeros(layers.people.shape[1]), estimated
        )
    den = layers.people * layers.known_street
    unknown = layers.people[0] * ~layers.known_street
    return CellAmounts(den * reached, den, unknown, estimated)


def kinds_reached(layers: Layers, known: Sequence[str], limit_m: float) -> Floats:
    """Count the kinds of facility within a walk of each part; kept for the next group that walks as fast.

    Parameters
    ----------
    layers
        The city's layers.
    known
        Kinds.
    limit_m
        Longest walk. [m]

    Returns
    -------
    ndarray
        Whole numbers. (S or 1, C)
    """
    key = ("kinds within " + " ".join(known), limit_m)
    if key not in layers.memo:
        count: Floats = np.zeros((1, layers.people.shape[1]))
        for kind in known:
            count = count + (layers.nearest_m(kind) <= limit_m)
        layers.memo[key] = count
    return layers.memo[key]  # type: ignore[return-value]  # stored above as floats


@method(measures="share", reads=("cells", "streets", "facilities"), of_people=True)
def share_within_walk(layers: Layers, *, to: str, minutes: float) -> CellAmounts:
    """Count the residents whose walk to the nearest `to` takes at most `minutes`.

    Parameters
    ----------
    layers
        The city's layers.
    to
        Kind of facility, a word of ``data/facilities.toml``.
    minutes
        Longest acceptable walk, at the group's speed. [min]

    Returns
    -------
    CellAmounts
        num = residents who reach it, den = residents whose access is known. [persons]

    Raises
    ------
    NoDataError
        No facility of the kind is known.

    Notes
    -----
    The way runs along the street network from the point of the street nearest to where the part's people are, to the
    facility's entrance; the straight legs at both ends are walked too [weiss_2020]. Parts with no mapped street within
    `snap_m` are unknown, and left out of both amounts.
    """
    ways = layers.walks(to)
    reached = layers.nearest_m(to) <= minutes * SECONDS_A_MINUTE * layers.walk_m_s
    return _among_known(layers, reached, estimated=ways.estimated)


@method(measures="share", reads=("cells", "streets", "facilities", "stops"), of_people=True)
def share_within_distance(layers: Layers, *, to: Mapping[str, float]) -> CellAmounts:
    """Count the residents within a stated distance along streets of any of several kinds; each person once.

    Parameters
    ----------
    layers
        The city's layers.
    to
        Kind -> longest distance for most adults. [m]

    Returns
    -------
    CellAmounts
        num = residents within reach of at least one kind, den = residents whose access is known. [persons]

    Raises
    ------
    NoDataError
        One of the kinds is listed by no source: whoever lives near one would be counted as unserved.

    Notes
    -----
    SDG 11.2.1 asks for 500 m to a bus or tram stop and 1 km to rail or ferry along the street network, the service
    areas dissolved [un_sdg_11_2_1_2021]; SDG 11.7.1 for 400 m to open public space [un_sdg_11_7_1_2021]. A group that
    walks slower gets the same time, hence a shorter distance: limit x its speed / speed of most adults.
    """
    slower = layers.walk_m_s / layers.base_walk_m_s
    known = [kind for kind in to if kind in layers.ways]
    if not known:
        raise NoDataError(
            f"no facility of kind {', '.join(repr(k) for k in to)} is known from the city's sources"
        )
    reached: npt.NDArray[np.bool_] = np.zeros((1, layers.people.shape[1]), dtype=bool)
    for kind in to:
        reached = reached | (layers.nearest_m(kind) <= to[kind] * slower)
    return _among_known(layers, reached, estimated=any(layers.ways[kind].estimated for kind in to))


@method(measures="share", reads=("cells", "streets", "facilities"), of_people=True)
def completeness_within_walk(
    layers: Layers, *, kinds: list[str], minutes: float, all_of_them: bool = False
) -> CellAmounts:
    """Average over residents the share of daily needs within a walk, or count those who reach them all.

    Parameters
    ----------
    layers
        The city's layers.
    kinds
        Kinds of facility that stand for daily needs.
    minutes
        Longest walk. [min]
    all_of_them
        Count residents who reach every kind instead of averaging the share.

    Returns
    -------
    CellAmounts
        num = residents x share of kinds reached, den = residents whose access is known. [persons]

    Raises
    ------
    NoDataError
        Fewer than five of the kinds are known from the city's sources: the average would say little.

    Notes
    -----
    After the 15-minute city [moreno_2021]. Kinds that no source lists are left out of the average, for a list that
    does not hold schools does not say that there are none.
    """
    known = [kind for kind in kinds if kind in layers.ways]
    if len(known) < FEWEST_KINDS:
        raise NoDataError(
            f"only {len(known)} of {len(kinds)} kinds of daily needs are known from the city's sources; {FEWEST_KINDS} are needed"
        )
    limit_m = minutes * SECONDS_A_MINUTE * layers.walk_m_s
    count = kinds_reached(layers, known, limit_m)
    part = (count == len(known)).astype(np.float64) if all_of_them else count / len(known)
    estimated = len(known) < len(kinds) or any(layers.ways[kind].estimated for kind in known)
    answer = _among_known(layers, part, estimated=estimated)
    return replace(
        answer,
        note=f"{len(known)} of {len(kinds)} kinds of daily needs are listed by the sources: {', '.join(known)}",
    )


@method(measures="time", reads=("cells", "streets", "facilities"), level="row", of_people=True)
def walk_time_quantile(layers: Layers, *, to: str, share: float = 0.5) -> Estimate:
    """Find the walking time within which a share of the residents reaches the nearest `to`.

    Parameters
    ----------
    layers
        The city's layers.
    to
        Kind of facility.
    share
        0.5 for the median. [share]

    Returns
    -------
    Estimate
        num = time, den = 1; not a sum. [s]

    Raises
    ------
    NoDataError
        No facility of the kind is known.

    Notes
    -----
    Weighted quantile: the smallest time with at least `share` of the people at or below it. Where more than that share
    walks beyond `reach_m`, the time is only known to be longer: the row is missing, or its interval has no upper bound.
    """

    def quantile(metres: Floats, people: Floats) -> Floats:
        return weighted_quantile(metres, people, share) / layers.walk_m_s

    return _per_row(layers, to, quantile)


@method(measures="index", reads=("cells", "streets", "facilities"), level="row", of_people=True)
def walk_time_gini(layers: Layers, *, to: str) -> Estimate:
    """Measure how unequal walking times to the nearest `to` are between residents.

    Parameters
    ----------
    layers
        The city's layers.
    to
        Kind of facility.

    Returns
    -------
    Estimate
        num = Gini coefficient, den = 1; not a sum. 0 = the same for all.

    Raises
    ------
    NoDataError
        No facility of the kind is known.

    Notes
    -----
    Gini of a weighted distribution as twice the area between the diagonal and the Lorenz curve, trapezoids
    [gini_1912]. People beyond `reach_m` are counted at the longest
    walk found in the row, which can only understate the inequality.
    """
    return _per_row(layers, to, weighted_gini)


@method(measures="share", reads=("cells", "streets", "facilities"), level="row", of_people=True)
def gap_between_places(layers: Layers, *, to: str, minutes: float) -> Estimate:
    """Measure how far the worst-served unit lies below the best-served one.

    Parameters
    ----------
    layers
        The city's layers.
    to
        Kind of facility.
    minutes
        Longest acceptable walk. [min]

    Returns
    -------
    Estimate
        num = highest less lowest share among the row's units, den = 1; not a sum. [share]

    Raises
    ------
    NoDataError
        No facility of the kind is known.

    Notes
    -----
    Highest less lowest share of the units; units where access is unknown for more than half of the people are left out. It
    is set by the two extreme units, so small units matter much.
    """
    amounts = share_within_walk(layers, to=to, minutes=minutes)
    num = np.add.reduceat(amounts.num, layers.starts, axis=1)
    den = np.add.reduceat(amounts.den, layers.starts, axis=1)
    people = np.add.reduceat(layers.people[0], layers.starts)
    shares = np.divide(num, den, out=np.full(num.shape, np.nan), where=den > 0)
    known = ~np.isnan(shares[0]) & (den[0] >= HALF * people)
    gap, n = np.full((shares.shape[0], layers.belongs.shape[0]), np.nan), np.zeros(layers.belongs.shape[0])
    for row, units in enumerate(layers.belongs):
        inside = shares[:, units & known]
        if inside.shape[1] > 1:
            gap[:, row] = inside.max(axis=1) - inside.min(axis=1)
            n[row] = inside.shape[1]
    return Estimate(gap, np.ones_like(gap), n, _unknown_share(layers), amounts.estimated, additive=False)


def _unknown_share(layers: Layers) -> Floats:
    """Return the share of a row's people whose access is unknown. (R,)"""
    people = layers.people[:1]
    out: Floats = ratio(layers.rows(people * ~layers.known_street), layers.rows(people))[0]
    return out


def _per_row(layers: Layers, to: str, measure: Callable[[Floats, Floats], Floats]) -> Estimate:
    """Apply a measure of (sorted distances, their people), both (S, parts), to each row."""
    ways, metres = layers.walks(to), layers.nearest_m(to)
    # People may be drawn, facilities, both or neither: the one without draws serves all draws of the other.
    S, R = max(layers.people.shape[0], metres.shape[0]), layers.belongs.shape[0]
    out, n = np.full((S, R), np.nan), np.zeros(R)
    for row in range(R):
        parts = layers.parts_of_row(row)
        n[row] = float((layers.people[0, parts] > 0).sum())
        if n[row]:
            order = layers.order_of_row(to, row, parts)
            sorted_m = np.take_along_axis(metres[:, parts], order, axis=1)
            drawn = np.broadcast_to(layers.people[:, parts], (S, parts.size))
            people = np.take_along_axis(drawn, np.broadcast_to(order, (S, parts.size)), axis=1)
            out[:, row] = measure(sorted_m, people)
    return Estimate(out, np.ones_like(out), n, _unknown_share(layers), ways.estimated, additive=False)


def weighted_quantile(values: Floats, weights: Floats, share: float) -> Floats:
    """Return the smallest value with at least `share` of the weight at or below it.

    Parameters
    ----------
    values
        Sorted along the last axis; one row serves all draws. (S or 1, P)
    weights
        In the same order. (S, P)
    share
        Between 0 and 1.

    Returns
    -------
    ndarray
        inf where so much lies beyond reach, nan where there is no weight. (S,)
    """
    reached = np.cumsum(weights, axis=1)
    # A hair below the share, so that rounding of the sums cannot push an exact half to the next value.
    position = (reached < share * reached[:, -1:] * (1 - 1e-12)).sum(axis=1)
    value = np.take_along_axis(np.broadcast_to(values, weights.shape), position[:, None], axis=1)[:, 0]
    return np.where(reached[:, -1] > 0, value, np.nan)


def weighted_gini(values: Floats, weights: Floats) -> Floats:
    """Return the Gini coefficient of weighted, sorted, non-negative values.

    Parameters
    ----------
    values
        Sorted along the last axis; infinite ones count as the largest finite one. (S or 1, P)
    weights
        In the same order. (S, P)

    Returns
    -------
    ndarray
        nan where all values are 0 or there is no weight. (S,)
    """
    finite = np.isfinite(values)
    longest = np.max(values, axis=1, where=finite, initial=0.0, keepdims=True)
    people = np.cumsum(weights, axis=1)
    amount = np.cumsum(np.where(finite, values, longest) * weights, axis=1)
    some = (people[:, -1] > 0) & (amount[:, -1] > 0)
    x = people / np.where(some, people[:, -1], 1.0)[:, None]
    y = amount / np.where(some, amount[:, -1], 1.0)[:, None]
    area = x[:, 0] * y[:, 0] + np.sum(np.diff(x, axis=1) * (y[:, 1:] + y[:, :-1]), axis=1)
    return np.where(some, 1.0 - area, np.nan)
