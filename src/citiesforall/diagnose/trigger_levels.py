"""Levels of a series, month by month: thresholds from its own past, and how long a value must last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from citiesforall.core.trigger import Baseline, Trigger

Floats = npt.NDArray[np.float64]
Levels = npt.NDArray[np.int8]
UNKNOWN, NORMAL, WATCH, ACT = -1, 0, 1, 2
NAMES = MappingProxyType({UNKNOWN: "unknown", NORMAL: "normal", WATCH: "watch", ACT: "act"})
MONTHS = 12


def past_values(values: Floats, baseline: Baseline) -> Floats:
    """Return what each month is compared with: the months before it, or the same month of the years before.

    Parameters
    ----------
    values
        Of places and months, nan where missing. (P, T)
    baseline
        How many.

    Returns
    -------
    ndarray
        Never the month itself; nan before the series begins. (P, T, k)
    """
    k, step = baseline.size(), 1 if baseline.months else MONTHS
    places, months = values.shape
    early = np.full((places, k * step), np.nan)
    long = np.concatenate([early, values], axis=1)
    back = np.arange(months)[:, None] + k * step - step * np.arange(1, k + 1)[None, :]
    return np.asarray(long[:, back], np.float64)


def _rows(past: Floats, least: int, of: Callable[[Floats], Floats]) -> Floats:
    """Apply a statistic along the last axis where enough is known, nan elsewhere. (P, T)"""
    enough = np.count_nonzero(~np.isnan(past), axis=-1) >= least
    out = np.full(enough.shape, np.nan)
    if enough.any():
        out[enough] = of(past[enough])
    return out


def _mean(past: Floats) -> Floats:
    return np.asarray(np.nanmean(past, axis=-1), np.float64)


def _median(past: Floats) -> Floats:
    return np.asarray(np.nanmedian(past, axis=-1), np.float64)


def _spread(past: Floats) -> Floats:
    """Return the standard deviation of a sample: divided by n - 1."""
    return np.asarray(np.nanstd(past, axis=-1, ddof=1), np.float64)


CENTRE: Mapping[str, Callable[[Floats], Floats]] = MappingProxyType(
    {"times_mean": _mean, "sd_from_mean": _mean, "times_median": _median, "sd_from_median": _median}
)


def thresholds(values: Floats, one: Trigger) -> tuple[Floats, Floats]:
    """Return from which value on a month is at watch, and at act.

    Parameters
    ----------
    values
        Of places and months, nan where missing. (P, T)
    one
        The trigger.

    Returns
    -------
    tuple
        nan where the baseline is too short, or the city has not said the levels. (P, T), (P, T)

    Notes
    -----
    times: level x centre. sd: centre + level x s, or centre - level x s where low values are bad; s with n - 1. percentile:
    by linear interpolation. Then ``at_least`` lifts both.
    """
    if one.watch is None or one.act is None:
        return np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    if one.baseline is None:
        lines = [np.full(values.shape, level) for level in (one.watch, one.act)]
    else:
        past, least = past_values(values, one.baseline), one.baseline.least
        lines = [_line(past, least, one, level) for level in (one.watch, one.act)]
    if one.at_least is not None:
        lines = [
            np.where(np.isnan(line), np.nan, np.maximum(line, floor))
            for line, floor in zip(lines, one.at_least, strict=True)
        ]
    return lines[0], lines[1]


def _line(past: Floats, least: int, one: Trigger, level: float) -> Floats:
    """Return one threshold made from a baseline. (P, T)"""
    if one.rule == "percentile":
        return _rows(
            past, least, lambda known: np.asarray(np.nanpercentile(known, level, axis=-1), np.float64)
        )
    centre = _rows(past, least, CENTRE[one.rule])
    if one.rule.startswith("times"):
        return level * centre
    side = 1.0 if one.bad == "high" else -1.0
    return centre + side * level * _rows(past, least, _spread)


def states(values: Floats, watch: Floats, act: Floats, one: Trigger) -> Levels:
    """Return the level of each month for itself, however long it lasted.

    Parameters
    ----------
    values, watch, act
        Of places and months. (P, T)
    one
        The trigger: with a baseline a value must pass a threshold that the baseline made; an absolute one or ``at_least`` it need
        only reach.

    Returns
    -------
    ndarray
        -1 where the value or its threshold is missing. (P, T)
    """
    side = 1.0 if one.bad == "high" else -1.0
    known = ~(np.isnan(values) | np.isnan(watch) | np.isnan(act))
    out = np.where(known, NORMAL, UNKNOWN).astype(np.int8)
    floors = one.at_least or (np.nan, np.nan)
    for line, floor, level in ((watch, floors[0], WATCH), (act, floors[1], ACT)):
        with np.errstate(invalid="ignore"):
            reached = side * (values - line) >= 0
            passed = side * (values - line) > 0
        enough = reached if one.baseline is None else passed | (reached & (line == floor))
        out[known & enough] = level
    return out


def lasting(found: Levels, persistence: tuple[int, int]) -> Levels:
    """Return the level of each month, given how long it must last.

    Parameters
    ----------
    found
        Level of each month for itself. (P, T)
    persistence
        k of the last n months, the month itself among them.

    Returns
    -------
    ndarray
        Act where k of n months are at act, watch where k are at watch or act; unknown where the month itself is missing, or
        where missing months could make up what lacks to k; else normal. (P, T)

    Notes
    -----
    So a missing month never makes an alarm, and never an all-clear.
    """
    k, n = persistence
    places, months = found.shape
    long = np.concatenate([np.full((places, n - 1), UNKNOWN, np.int8), found], axis=1)
    window = long[:, np.arange(months)[:, None] + np.arange(n)[None, :]]
    act = np.count_nonzero(window == ACT, axis=-1)
    watch = np.count_nonzero(window >= WATCH, axis=-1)
    missing = np.count_nonzero(window == UNKNOWN, axis=-1)
    out = np.where(watch + missing >= k, UNKNOWN, NORMAL)
    out = np.where(watch >= k, WATCH, out)
    out = np.where(act >= k, ACT, out)
    return np.where(found == UNKNOWN, UNKNOWN, out).astype(np.int8)


def since(levels: Levels) -> npt.NDArray[np.int64]:
    """Return since which month a level has stood: the first of an unbroken run of months at least as bad.

    Parameters
    ----------
    levels
        Of places and months. (P, T)

    Returns
    -------
    ndarray
        Position of the month; -1 where the level is no alarm. A month that is unknown breaks a run. (P, T)
    """
    out = np.full(levels.shape, -1, np.int64)
    for level in (WATCH, ACT):
        at_least = levels >= level
        begins = at_least & ~np.concatenate([np.zeros((levels.shape[0], 1), bool), at_least[:, :-1]], axis=1)
        first = np.maximum.accumulate(np.where(begins, np.arange(levels.shape[1]), -1), axis=1)
        out = np.where(levels == level, first, out)
    return out
