"""Axes: round numbers as ticks, years as ticks, and what classes are called."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from citiesforall.report.blocks import Tick
from citiesforall.report.numbers import in_words

TICKS = 5
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
YEAR_STEPS = (1, 2, 5, 10, 20, 25, 50, 100)
MOST_YEARS = 8
TO = "\N{EN DASH}"
HAS_LIMITS = {"%": (0.0, 100.0)}
"""Units whose axis never goes beyond these."""


def nice_ticks(low: float, high: float, count: int = TICKS) -> tuple[float, ...]:
    """Return round numbers that hold a range: steps of 1, 2, 2.5 or 5 times a power of ten.

    Parameters
    ----------
    low, high
        The range, finite.
    count
        About how many steps.

    Returns
    -------
    tuple
        Rising, at least two; the first is not above ``low``, the last not below ``high``.
    """
    span = high - low
    if span <= 0:
        span = abs(high) or 1.0
    rough = span / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in STEPS if one * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    last = max(last, first + 1)
    digits = max(0, 2 - math.floor(math.log10(step)))
    return tuple(round(at * step, digits) + 0.0 for at in range(first, last + 1))


def year_ticks(first: float, last: float) -> tuple[Tick, ...]:
    """Return years as ticks: whole years only, at most about eight, the first and the last among them where they are whole."""
    a, b = math.floor(first), max(math.ceil(last), math.floor(first) + 1)
    step = next((one for one in YEAR_STEPS if (b - a) / one <= MOST_YEARS), YEAR_STEPS[-1])
    inner = range((a // step + 1) * step, b, step)
    kept = [a, *[year for year in inner if min(year - a, b - year) > step / 2], b]
    return tuple(Tick(float(year), str(year)) for year in kept)


def class_names(bounds: Sequence[float], unit: str, lang: str) -> tuple[str, ...]:
    """Return what classes are called: below the first bound, between two, from the last on.

    Parameters
    ----------
    bounds
        Inner bounds, rising.
    unit
        Of the bounds.
    lang
        ``en`` or ``km``.
    """
    if not bounds:
        return ()
    words = [tick_label(bound, unit, lang) for bound in bounds]
    between = [f"{low.removesuffix('%')}{TO}{high}" for low, high in pairwise(words)]
    is_most = bounds[-1] == HAS_LIMITS.get(unit, (0.0, math.inf))[1]
    return (f"< {words[0]}", *between, words[-1] if is_most else f"≥ {words[-1]}")


def tick_label(value: float, unit: str, lang: str) -> str:
    """Return a round number of an axis: as short as it is, with ``%`` or the sign of money, other units unsaid."""
    if unit in {"USD", "KHR"}:
        return in_words(value, unit, lang)
    text = f"{value:,.6f}".rstrip("0").rstrip(".")
    return f"{text}%" if unit == "%" else text


def near_zero(values: Sequence[float]) -> bool:
    """Return whether an axis of dots may as well begin at 0: the lowest value is less than half the highest."""
    known = [one for one in values if math.isfinite(one)]
    return bool(known) and 0 <= min(known) < max(known) / 2


def value_ticks(values: Sequence[float], unit: str, lang: str, *, from_zero: bool) -> tuple[Tick, ...]:
    """Return the ticks of an axis that holds some values."""
    known = [one for one in values if math.isfinite(one)] + ([0.0] if from_zero else [])
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    at = nice_ticks(low, high)
    floor, ceiling = HAS_LIMITS.get(unit, (-math.inf, math.inf))
    inside = tuple(one for one in at if low < floor or floor <= one <= ceiling or high > ceiling)
    return tuple(Tick(one, tick_label(one, unit, lang)) for one in (inside if len(inside) > 1 else at))
