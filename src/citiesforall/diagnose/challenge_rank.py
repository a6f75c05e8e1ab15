"""Which challenge comes first: ranks over severity, people and what people say, with the chance of each rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from citiesforall.core.estimate import Floats

CRITERIA = ("severity", "people", "said")
WEIGHTS = (1 / 3, 1 / 3, 1 / 3)
"""Weights of the published rank (ours); the chances go over all weights there can be, each as likely as another."""
RUNS = 2000
"""Runs over draws, weights and measures."""
TOP = 3
MIDDLE = 0.5
"""Position of what is not known."""


@dataclass(frozen=True)
class Ranked:
    """Hold the ranks of challenges, 1 the most pressing.

    Parameters
    ----------
    rank
        As published: first draw, equal weights, leading measures. (K,)
    low, high
        2.5 and 97.5 percentiles over the runs. (K,)
    top
        Share of the runs in which it is among the first three. (K,)
    """

    rank: Floats
    low: Floats
    high: Floats
    top: Floats


def positions(criterion: Floats) -> Floats:
    """Put challenges in order by one criterion.

    Parameters
    ----------
    criterion
        Larger is more pressing; nan where it is not known. (..., K)

    Returns
    -------
    ndarray
        (r - 1/2) / n with r the rank from the least pressing, ties sharing theirs, n those known; nan where not known. (..., K)
    """
    unknown = np.isnan(criterion)
    n = np.maximum((~unknown).sum(axis=-1, keepdims=True), 1)
    ranks = rankdata(np.where(unknown, np.inf, criterion), axis=-1)
    return np.where(unknown, np.nan, (ranks - 0.5) / n)


def pressing(criteria: Floats, weights: Floats, unknown: Floats | float = MIDDLE) -> Floats:
    """Put the criteria together.

    Parameters
    ----------
    criteria
        Positions, nan where not known. (..., C, K)
    weights
        Of the criteria. (..., C)
    unknown
        Position of what is not known of a challenge, though it is of others. (..., C, K) or one number

    Returns
    -------
    ndarray
        Weighted mean position; nan where nothing is known of any challenge. (..., K)

    Notes
    -----
    Severity, numbers of people and what people say share no scale, so only their order counts: Borda's rule with weights
    (emerson_2013). A criterion of which nothing is known of any challenge is left out.
    """
    missing = np.isnan(criteria)
    filled = np.where(missing, unknown, criteria)
    weight = weights[..., None] * ~missing.all(axis=-1, keepdims=True)
    total = weight.sum(axis=-2)
    summed = (filled * weight).sum(axis=-2)
    return np.asarray(np.divide(summed, total, out=np.full(summed.shape, np.nan), where=total > 0))


def places_of(pressure: Floats) -> Floats:
    """Return ranks, 1 the most pressing; equals share the better one. (..., K)

    Parameters
    ----------
    pressure
        Larger is more pressing. (..., K)
    """
    return np.asarray(rankdata(-pressure, method="min", axis=-1), np.float64)


def rank_challenges(severities: Sequence[Floats], people: Floats, said: Floats, seed: int) -> Ranked:
    """Rank challenges, over draws, weights and measures.

    Parameters
    ----------
    severities
        For each challenge its severity by every measure that has a value, the leading one first. K of (measures, S) [share]
    people
        Affected, nan where they are not counted. (S, K) [persons]
    said
        Burden by what people say, nan where it is not known. (S, K)
    seed
        Of the city.

    Returns
    -------
    Ranked
        Ranks and chances.

    Notes
    -----
    Each run takes one draw of all values at once, one of the measures of each challenge, and weights that are uniform over all
    there can be (Dirichlet with ones). So a rank that holds only for one weighting, or one way to measure, shows as unsure. What
    is not known of a challenge (nobody asked, people not counted) is the middle as published and anything in the runs: ignorance
    widens its ranks and moves none.
    """
    S, K = people.shape
    lead = np.array([one[0, 0] for one in severities])
    first = np.stack([positions(one) for one in (lead, people[0], said[0])])
    rank = places_of(pressing(first, np.array(WEIGHTS)))
    rng = np.random.default_rng([seed, K, RUNS])
    draw = np.zeros(RUNS, np.int64) if S == 1 else 1 + np.arange(RUNS) % (S - 1)
    weights = rng.dirichlet(np.ones(len(CRITERIA)), RUNS)
    chosen = [one[rng.integers(0, len(one), RUNS), draw] for one in severities]
    runs = np.stack([positions(c) for c in (np.column_stack(chosen), people[draw], said[draw])], axis=1)
    ranks = places_of(pressing(runs, weights, rng.random(runs.shape)))
    low, high = np.percentile(ranks, (2.5, 97.5), axis=0, method="inverted_cdf")
    return Ranked(rank, low, high, (ranks <= TOP).mean(axis=0))
