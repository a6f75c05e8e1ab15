"""Progress toward a target as the United Nations assess it: yearly rates, their ratio, its class, and the chance of the first."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

Floats = npt.NDArray[np.float64]

ON_TRACK, FAIR, LIMITED = 0.95, 0.5, -0.1
"""Ratio of the actual to the required yearly rate from which on progress is on track, fair, limited; below, it is going back."""
SHARE_ON_TRACK, SHARE_FAIR = 0.95, 0.10
"""Share of the whole way that will be gone by the target year (note of 2023)."""
RATE_ON_TRACK, RATE_FAIR = 0.02, 0.005
"""Yearly rate in the wanted direction where there is no numerical target (note of 2023)."""
EUROSTAT = (0.95, 0.6, 0.0)
"""The same ratio in the classes of Eurostat: significant, moderate, insufficient; below, moving away."""
Z95 = float(ndtri(0.975))
LEAST_BASE = 1e-6
"""Share of the stated base below which no drawn base goes: rates need one above 0."""
QUANTILES = 999
"""Midpoints of equal chance over which the error of the base is summed."""


@dataclass(frozen=True)
class Way:
    """Hold two values of a series and where it should go.

    Parameters
    ----------
    base_year, base
        First value.
    now_year, now
        Last value.
    target
        What it should be; nan where no number is stated.
    target_year
        When.
    higher
        Whether more is better.
    """

    base_year: int
    base: float
    now_year: int
    now: float
    target: float
    target_year: int
    higher: bool


@dataclass(frozen=True)
class Progress:
    """Hold how far a series has come.

    Parameters
    ----------
    actual_rate
        Compound yearly rate from the base to now. [1/yr]
    needed_rate
        Compound yearly rate from the base to the target; nan for a target of 0, or none. [1/yr]
    needed_from_now
        The rate needed from now on. [1/yr]
    expected
        Value at the target year at the actual rate.
    ratio
        Actual by needed rate.
    way_share
        Share of the way from base to target that is gone at the target year, at the actual rate.
    word
        Class: ``achieved``, ``on_track``, ``fair``, ``limited``, ``back``; ``unknown``.
    word_2023, word_eurostat
        Class by the variants.
    method
        ``ratio``, ``way_share`` (target of 0), ``rate`` (no target), or empty.
    """

    actual_rate: float
    needed_rate: float
    needed_from_now: float
    expected: float
    ratio: float
    way_share: float
    word: str
    word_2023: str
    word_eurostat: str
    method: str


def yearly_rate(first: float, last: float, years: float) -> float:
    """Return the compound yearly rate between two values. [1/yr]

    Parameters
    ----------
    first, last
        Values above 0; the last may be 0.
    years
        Between them.

    Returns
    -------
    float
        ``(last / first) ** (1 / years) - 1``; nan where that has no value.

    Examples
    --------
    >>> round(yearly_rate(20.0, 15.0, 5), 6)
    -0.055912
    """
    if not (first > 0 and last >= 0 and years > 0):
        return math.nan
    return float((last / first) ** (1 / years) - 1)


def assess(way: Way) -> Progress:
    """Assess a series as the notes on the SDG progress chart do.

    Parameters
    ----------
    way
        Two values and the target.

    Returns
    -------
    Progress
        With its class.

    Notes
    -----
    With a target: actual rate CR_a = (v_t / v_b)^(1 / (t - b)) - 1 by required rate CR_r = (v_T / v_b)^(1 / (T - b)) - 1; 0.95
    on track, from 0.5 fair, from -0.1 limited, below going back [unsd_progress_2022]. A target of 0 needs a rate of -100 % at
    once, so there the share of the way gone by T at the actual rate stands in its place: from 0.95 on track, from 0.10 fair
    [unsd_progress_2023]. Without a target, the rate in the wanted direction: from 2 % on track, from 0.5 % fair; what the note
    calls standing still or going back is parted at -0.5 % (ours). A value that
    meets its target has achieved it, whatever the rate. Rates need a base above 0: else the class is unknown. Two values make
    no trend: a bad year at either end moves everything.

    References
    ----------
    unsd_progress_2022, unsd_progress_2023, eurostat_sdg_2023

    Examples
    --------
    >>> assess(Way(2015, 20.0, 2020, 15.0, 10.0, 2030, False)).word
    'on_track'
    """
    actual = yearly_rate(way.base, way.now, way.now_year - way.base_year)
    if math.isnan(way.target):
        return _without(way, actual)
    needed = (
        yearly_rate(way.base, way.target, way.target_year - way.base_year) if way.target > 0 else math.nan
    )
    ahead = way.target_year - way.now_year
    from_now = yearly_rate(way.now, way.target, ahead) if way.target > 0 else math.nan
    expected = way.now * (1 + actual) ** max(ahead, 0) if not math.isnan(actual) else math.nan
    ratio = actual / needed if needed else math.nan
    length = way.target - way.base
    gone = (expected - way.base) / length if length else math.nan
    met, was_met = (one >= way.target if way.higher else one <= way.target for one in (way.now, way.base))
    word = _by_ratio(ratio)
    method = "ratio"
    if math.isnan(ratio):
        word, method = _by_share(gone), "way_share" if not math.isnan(gone) else ""
    if met:
        word, method = "achieved", method or "way_share"
    elif was_met:
        # The value has left its target since: both rates may have one sign, for the wrong reason.
        word, method = "back", method or "way_share"
    return Progress(
        actual, needed, from_now, expected, ratio, gone, word, "achieved" if met else "back" if was_met else _by_share(gone),
        "achieved" if met else "back" if was_met else _by_eurostat(ratio), method,
    )  # fmt: skip


def _without(way: Way, actual: float) -> Progress:
    """Assess a series that has no numerical target."""
    toward = actual if way.higher else -actual
    word = note = "unknown"
    if not math.isnan(toward):
        note = "on_track" if toward >= RATE_ON_TRACK else "fair" if toward >= RATE_FAIR else "stalled"
        word = ("limited" if toward >= -RATE_FAIR else "back") if note == "stalled" else note
    nan = math.nan
    method = "" if word == "unknown" else "rate"
    return Progress(actual, nan, nan, nan, nan, nan, word, note, "unknown", method)


def _by_ratio(ratio: float) -> str:
    """Return the class of a ratio of rates."""
    if math.isnan(ratio):
        return "unknown"
    return (
        "on_track"
        if ratio >= ON_TRACK
        else "fair"
        if ratio >= FAIR
        else "limited"
        if ratio >= LIMITED
        else "back"
    )


def _by_share(share: float) -> str:
    """Return the class of a share of the way."""
    if math.isnan(share):
        return "unknown"
    return "on_track" if share >= SHARE_ON_TRACK else "fair" if share >= SHARE_FAIR else "stalled"


def _by_eurostat(ratio: float) -> str:
    """Return the class of a ratio as Eurostat draws the lines."""
    if math.isnan(ratio):
        return "unknown"
    first, second, third = EUROSTAT
    return (
        "on_track"
        if ratio >= first
        else "fair"
        if ratio >= second
        else "limited"
        if ratio >= third
        else "back"
    )


def least_on_track(way: Way, base: Floats) -> Floats:
    """Return the value that would have to be reached by now to be on track, for several bases.

    Parameters
    ----------
    way
        The series; its base and value now are not read.
    base
        Bases above 0. (Q,)

    Returns
    -------
    ndarray
        Where more is better, values from it on are on track; else values up to it. (Q,)

    Notes
    -----
    With a target above 0: b (1 + 0.95 CR_r)^(t - b). A target of 0: v with v (v / b)^k = 0.05 b, k = (T - t) / (t - b).
    Without a target: b (1 +/- 0.02)^(t - b).
    """
    past, whole = way.now_year - way.base_year, way.target_year - way.base_year
    if math.isnan(way.target):
        out: Floats = base * (1 + (RATE_ON_TRACK if way.higher else -RATE_ON_TRACK)) ** past
        return out
    if way.target > 0:
        needed = (way.target / base) ** (1 / whole) - 1
        out = base * (1 + ON_TRACK * needed) ** past
    else:
        ahead = max(way.target_year - way.now_year, 0) / past
        out = base * (1 - SHARE_ON_TRACK) ** (1 / (1 + ahead))
    # Who already meets the target is on track, whatever the way.
    return np.minimum(out, way.target) if way.higher else np.maximum(out, way.target)


def chance_on_track(way: Way, base_ends: tuple[float, float], now_ends: tuple[float, float]) -> float:
    """Return the chance that a series is on track or there, from the intervals of its two values.

    Parameters
    ----------
    way
        The series.
    base_ends, now_ends
        Low and high end of the 95 % intervals; nan where no error is stated.

    Returns
    -------
    float
        0 to 1; nan where neither value has an interval, or rates have no value.

    Notes
    -----
    Both values err like a normal distribution with the width of their interval, each on its own; a value without an interval
    does not err. Where the same source made both, errors partly cancel: the chance is then nearer to 0 or 1 than stated.
    """
    base_sd, now_sd = ((ends[1] - ends[0]) / (2 * Z95) for ends in (base_ends, now_ends))
    if math.isnan(base_sd) and math.isnan(now_sd):
        return math.nan
    if not (way.base > 0 and way.now >= 0 and way.now_year > way.base_year):
        return math.nan
    z = ndtri((np.arange(QUANTILES) + 0.5) / QUANTILES)
    base = np.maximum(way.base + z * (0.0 if math.isnan(base_sd) else base_sd), LEAST_BASE * way.base)
    least = least_on_track(way, base)
    side = 1.0 if way.higher else -1.0
    if math.isnan(now_sd) or now_sd == 0:
        return float((side * (way.now - least) >= 0).mean())
    return float(ndtr(side * (way.now - least) / now_sd).mean())
