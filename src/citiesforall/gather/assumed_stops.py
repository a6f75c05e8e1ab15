"""Assumed stops: where vehicles of a drawn line stop and how often, from what its text says."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.core.city import SourceUse
from citiesforall.core.notes import Note
from citiesforall.gather.departures import HOURS, PEAK_HOURS, RATES
from citiesforall.gather.vector_file import texts

Floats = npt.NDArray[np.float64]
PASSES_M = 30.0  # a line drawn this near a stop calls there: half a wide boulevard
SHORT_M = 20.0  # shorter pieces are slips of the pen
LONGEST_MIN = 24 * 60.0
NOON_H = 12.0
KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")
_NUMBER = r"(\d+(?:[.,]\d+)?)"
_SPAN = re.compile(
    rf"{_NUMBER}(?:\s*(?:-|\u2013|to|/)\s*{_NUMBER})?\s*(h|hr|hrs|hour|hours|min|mins|minute|minutes|m|នាទី|ម៉ោង)?(?![a-z])"
)
_CLOCK = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm)?")


def stops_along(lines: pd.DataFrame, use: SourceUse, spacing_m: float) -> tuple[pd.DataFrame, list[Note]]:
    """Place stops along lines and say how often they are served.

    Parameters
    ----------
    lines
        ``geometry`` (lines, m) and the file's columns.
    use
        Names the columns.
    spacing_m
        Between stops where their number is not published. [m]

    Returns
    -------
    pandas.DataFrame
        ``name, x, y`` and departures per hour.
    list of Note
        What was assumed.

    Notes
    -----
    Stops stand at equal steps from end to end of each line. Where a line comes along a stop of another one, it stops there,
    and only the gaps between such stops are filled, so lines on one street share their stops. A stop has the departures of every
    line that passes within 30 m: 60 / headway for each, one way; the mean of the two numbers where a span is given, and
    less where the hours of running do not fill 6-20 h. Days are not told apart.
    """
    names = (
        texts(lines[use.columns["name"]])
        if "name" in use.columns
        else [str(i + 1) for i in range(len(lines))]
    )
    published = _published(lines, use)
    shapes = shapely.line_merge(lines["geometry"].to_numpy(dtype=object))
    xy, kept_m = _placed(shapes, names, published, spacing_m)
    rates, notes = _rates(lines, use, names)
    passes = (
        shapely.distance(shapely.points(xy)[:, None], shapes[None, :]) <= PASSES_M
        if len(xy)
        else np.zeros((0, len(shapes)), bool)
    )
    table = pd.DataFrame(
        {
            "name": [", ".join(names[i] for i in np.flatnonzero(row)) for row in passes],
            "x": xy[:, 0],
            "y": xy[:, 1],
        }
    )
    for column in RATES:
        known = ~np.isnan(rates[column])
        total = passes[:, known] @ rates[column][known]
        table[column] = np.where(passes[:, known].any(axis=1), total, np.nan)
    counted = int(np.isfinite(published).sum())
    said = (
        f"{len(lines)} lines of {kept_m / 1000:.0f} km have no stops: {len(xy)} are assumed along them, "
        f"on {counted} lines by their published number, on {len(lines) - counted} every {spacing_m:g} m."
    )
    return table, [Note(use.id, said, "doubt"), *notes]


def _published(lines: pd.DataFrame, use: SourceUse) -> Floats:
    """Return the published number of stops of each line, nan where it is no number above 1. (n,)"""
    if "stops" not in use.columns:
        return np.full(len(lines), np.nan)
    found = pd.to_numeric(
        pd.Series(texts(lines[use.columns["stops"]]), dtype=object), errors="coerce"
    ).to_numpy(np.float64)
    return np.where(np.nan_to_num(found) > 1, found, np.nan)


def _placed(
    shapes: npt.NDArray[np.object_], names: list[str], published: Floats, spacing_m: float
) -> tuple[Floats, float]:
    """Return stops, lines taken by name, and the length they stand on. (p, 2), [m]"""
    kept = np.zeros((0, 2))
    length_m = 0.0
    for i in sorted(range(len(shapes)), key=lambda k: (names[k], k)):
        parts = shapely.get_parts(shapes[i])
        lengths = shapely.length(parts)
        parts, lengths = parts[lengths >= SHORT_M], lengths[lengths >= SHORT_M]
        length_m += float(lengths.sum())
        step_m = spacing_m if np.isnan(published[i]) else max(float(lengths.sum()) / (published[i] - 1), 1.0)
        # Stops of other lines that this one comes along.
        shared = kept[shapely.distance(shapely.points(kept), shapes[i]) <= PASSES_M] if len(kept) else kept
        for part in parts:
            for point in _along(part, shared, step_m):
                if not len(shared) or np.hypot(*(shared - point).T).min() > step_m / 2:
                    kept, shared = np.vstack([kept, point]), np.vstack([shared, point])
    return kept, length_m


def _along(part: shapely.LineString, shared: Floats, step_m: float) -> Floats:
    """Return stops at the ends of a line and in its gaps, evenly between the stops it shares. (p, 2)"""
    length_m = float(part.length)
    on = (
        shapely.distance(shapely.points(shared), part) <= PASSES_M if len(shared) else np.zeros(0, dtype=bool)
    )
    there = np.sort(shapely.line_locate_point(part, shapely.points(shared[on]))) if on.any() else np.zeros(0)
    ends = [end for end in (0.0, length_m) if not len(there) or np.abs(there - end).min() > step_m / 2]
    knots = np.sort(np.concatenate([there, ends]))
    between = [
        np.linspace(a, b, round(float(b - a) / step_m) + 1)[1:-1]
        for a, b in pairwise(knots)
        if round(float(b - a) / step_m) > 1
    ]
    return np.asarray(
        shapely.get_coordinates(
            shapely.line_interpolate_point(part, np.sort(np.concatenate([ends, *between])))
        )
    )


def _rates(lines: pd.DataFrame, use: SourceUse, names: list[str]) -> tuple[dict[str, Floats], list[Note]]:
    """Return departures per hour of each line, one way, and which lines do not say theirs."""
    headway = texts(lines[use.columns["headway"]]) if "headway" in use.columns else [""] * len(lines)
    hours = texts(lines[use.columns["hours"]]) if "hours" in use.columns else [""] * len(lines)
    minutes = np.array([headway_min(text) for text in headway])
    span = [running_hours(text) for text in hours]
    day = 60.0 / minutes * np.array([_overlap(s, HOURS) for s in span])
    peak = 60.0 / minutes * np.array([_overlap(s, PEAK_HOURS) for s in span])
    rates = {"per_hour_weekday": day, "per_hour_saturday": day, "per_hour_sunday": day, "per_hour_peak": peak}
    if "headway" not in use.columns:
        return rates, [
            Note(use.id, "How often vehicles run is not said: departures per hour are not known.", "doubt")
        ]
    silent = sorted(
        f"{n} ('{text}')" for n, text, m in zip(names, headway, minutes, strict=True) if np.isnan(m)
    )
    endless = sum(s is None for s in span) if "hours" in use.columns else 0
    said = [
        f"How often they run cannot be read for {len(silent)} of {len(lines)} lines: {', '.join(silent)[:300]}."
        * bool(silent),
        "Headways are published without days: held to be the same on every day." * (len(silent) < len(lines)),
        f"Hours of running cannot be read for {endless} lines: held to be the whole day." * bool(endless),
    ]
    return rates, [Note(use.id, text, "doubt") for text in said if text]


def headway_min(text: str) -> float:
    """Return the minutes between two vehicles that a text says; the mean where it gives a span; nan where none.

    Parameters
    ----------
    text
        ``15-20 minutes``, ``every 10 min``, ``1 hour``, ``៥-១០ នាទី``; a bare number is minutes.

    Returns
    -------
    float
        Headway. [min]
    """
    found = _SPAN.search(text.translate(KHMER_DIGITS).lower())
    if found is None:
        return float("nan")
    first = float(found[1].replace(",", "."))
    last = float(found[2].replace(",", ".")) if found[2] else first
    per_unit = 60.0 if (found[3] or "").startswith(("h", "ម")) else 1.0
    minutes = (first + last) / 2 * per_unit
    return minutes if 0 < minutes <= LONGEST_MIN else float("nan")


def running_hours(text: str) -> tuple[float, float] | None:
    """Return the first and last hour that a text such as ``5:30 AM-20:30 PM`` says; None where none can be read. [h]"""
    clocks = [_hour(m) for m in _CLOCK.finditer(text.translate(KHMER_DIGITS).lower()) if m[1]]
    if len(clocks) != 2 or None in clocks:  # noqa: PLR2004  (a beginning and an end)
        return None
    first, last = (c for c in clocks if c is not None)
    return (first, last if last > first else last + 24.0)


def _hour(found: re.Match[Any]) -> float | None:
    """Return the hour of the day a match says; ``20:30 PM`` is half past eight in the evening."""
    hour, minute = float(found[1]), float(found[2] or 0)
    if found[3] == "pm" and hour < NOON_H:
        hour += NOON_H
    if found[3] == "am" and hour == NOON_H:
        hour = 0.0
    return hour + minute / 60 if hour <= 24 and minute < 60 else None  # noqa: PLR2004  (hours and minutes)


def _overlap(span: tuple[float, float] | None, window: tuple[float, float]) -> float:
    """Return the share of a window of the day in which a line runs."""
    if span is None:
        return 1.0
    covered = sum(
        max(0.0, min(span[1] - shift, window[1]) - max(span[0] - shift, window[0])) for shift in (0.0, 24.0)
    )
    return min(covered / (window[1] - window[0]), 1.0)
