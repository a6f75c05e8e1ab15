"""Classes of a map: at most five, with round bounds, none of them empty."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from citiesforall.report.charts_axes import nice_ticks

MOST_CLASSES = 5
MOST_IN_ONE = 0.6
"""Above this share in one class equal steps say too little: then about as many places go into each class."""


def class_bounds(values: Sequence[float], most: int = MOST_CLASSES) -> tuple[float, ...]:
    """Return the inner bounds of classes for some values.

    Parameters
    ----------
    values
        Of the places; nan does not count.
    most
        Classes at most.

    Returns
    -------
    tuple
        Rising, at most ``most - 1``; empty where all values are alike. A value on a bound is of the class above it.

    Notes
    -----
    Equal round steps where they spread the values; else rounded quantiles. Bounds that no value lies below, above or between are
    left out, so that no class is empty. Of two values the bound is half way.
    """
    known = np.array([one for one in values if math.isfinite(one)])
    if len(known) == 0 or known.min() == known.max():
        return ()
    if len(np.unique(known)) == 2:  # noqa: PLR2004 - two values are two classes
        return ((float(known.min()) + float(known.max())) / 2,)
    steps = next(
        bounds
        for count in range(most, 0, -1)
        if len(bounds := nice_ticks(float(known.min()), float(known.max()), count)[1:-1]) < most
    )
    equal = _kept(known, steps)
    parts = _kept(known, [_round(float(one)) for one in np.quantile(known, np.arange(1, most) / most)])
    is_even = bool(equal) and _largest(known, equal) <= MOST_IN_ONE
    return equal if is_even or len(parts) <= len(equal) else parts


def _largest(known: np.ndarray, bounds: Sequence[float]) -> float:
    """Return the share of the fullest class."""
    return float(np.bincount(np.digitize(known, bounds)).max() / len(known))


def _kept(known: np.ndarray, bounds: Sequence[float]) -> tuple[float, ...]:
    """Leave out bounds that part nothing."""
    kept: list[float] = []
    for bound in sorted(set(bounds)):
        below = known[known < bound]
        if len(below) and (known >= bound).any() and (not kept or (below >= kept[-1]).any()):
            kept.append(bound)
    return tuple(kept)


def _round(value: float) -> float:
    """Round to two digits that count."""
    if value == 0:
        return 0.0
    return float(f"{value:.1e}")
