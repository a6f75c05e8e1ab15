"""What a workshop thinks together: medians, spread, agreement, weights; numbers alone."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
SPLIT = 2.0
"""Points of a score of five by which medians of groups differ where a workshop is said to be split."""


@dataclass(frozen=True)
class Opinion:
    """Hold what delegates think of one challenge.

    Parameters
    ----------
    median, low, high
        Of the points, with the quartiles.
    mean
        Of the points: means of all challenges add up to 100.
    score_median
        Of the scores 1 to 5; nan where nobody gave one.
    by_group
        Group -> median score of its delegates.
    is_split
        Whether two groups are at least two points of score apart.
    """

    median: float
    low: float
    high: float
    mean: float
    score_median: float
    by_group: Mapping[str, float]
    is_split: bool


def opinions(points: Floats, scores: Floats, groups: Sequence[str]) -> list[Opinion]:
    """Say what delegates think of each challenge.

    Parameters
    ----------
    points
        Of each delegate for each challenge; a delegate who has not voted is not there. (D, K)
    scores
        1 to 5, nan where none was given. (D, K)
    groups
        Of each delegate. (D,)

    Returns
    -------
    list of Opinion
        One a challenge.
    """
    names = sorted(set(groups))
    belongs = {name: np.array([group == name for group in groups]) for name in names}
    found = []
    for k in range(points.shape[1]):
        low, middle, high = np.percentile(points[:, k], (25, 50, 75))
        by = {name: _median(scores[belongs[name], k]) for name in names}
        known = [value for value in by.values() if not math.isnan(value)]
        is_split = bool(known) and max(known) - min(known) >= SPLIT
        found.append(
            Opinion(
                float(middle),
                float(low),
                float(high),
                float(points[:, k].mean()),
                _median(scores[:, k]),
                by,
                is_split,
            )
        )
    return found


def _median(values: Floats) -> float:
    """Return the median of what is known."""
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else math.nan


def kendall_w(points: Floats) -> float:
    """Return how far delegates agree on the order of challenges.

    Parameters
    ----------
    points
        (D, K)

    Returns
    -------
    float
        Kendall's coefficient of concordance with ties: 0 for none, 1 where all put them in one order; nan for fewer than two
        delegates or challenges, or where nobody tells challenges apart.

    Notes
    -----
    W = 12 S / (m^2 (n^3 - n) - m T), with S the squared deviations of the rank sums, T the sum of t^3 - t over ties
    [kendall_smith_1939].
    """
    m, n = points.shape
    if m < 2 or n < 2:  # noqa: PLR2004 - nobody agrees alone, nor on one thing
        return math.nan
    ranks, ties = np.empty((m, n)), 0.0
    for at, row in enumerate(points):
        _, which, many = np.unique(row, return_inverse=True, return_counts=True)
        last = np.cumsum(many)
        ranks[at] = (last - (many - 1) / 2)[which]
        ties += float((many.astype(float) ** 3 - many).sum())
    sums = ranks.sum(axis=0)
    spread = float(((sums - sums.mean()) ** 2).sum())
    most = m**2 * (n**3 - n) - m * ties
    return 12 * spread / most if most > 0 else math.nan


def weights_of(points: Floats, dimensions: Sequence[str], every: Sequence[str]) -> dict[str, float]:
    """Turn points into weights of dimensions that a city file can adopt.

    Parameters
    ----------
    points
        (D, K)
    dimensions
        Of each challenge. (K,)
    every
        The dimensions that are weighed.

    Returns
    -------
    dict
        Dimension -> weight, 1 on average, rounded to hundredths. One to which no challenge of the workshop belongs weighs 1:
        it was not asked about, and that is not a wish to leave it out.
    """
    mean = points.mean(axis=0)
    asked = [one for one in every if one in dimensions]
    share = {one: sum(m for m, of in zip(mean, dimensions, strict=True) if of == one) for one in asked}
    total = sum(share.values())
    return {
        one: round(share[one] / total * len(asked), 2) if one in share and total > 0 else 1.0 for one in every
    }
