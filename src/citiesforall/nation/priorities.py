"""Which common challenge comes first, for the nation and each province, with the chance of each rank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citiesforall.core.estimate import Floats
from citiesforall.diagnose.challenge_rank import MIDDLE, TOP, WEIGHTS, places_of, positions, pressing

CRITERIA = ("severity", "people", "shared")
"""How severe where people live, the share of people affected, the share of members that have it."""
RUNS = 2000
"""Runs over draws, measures, weights and what is not known."""
ENDS = (2.5, 97.5)


@dataclass(frozen=True)
class Priorities:
    """Hold the ranks of challenges in one place, 1 the most pressing; nan for what is not known at all.

    Parameters
    ----------
    rank
        As published: equal weights, leading measures. (K,)
    low, high
        2.5 and 97.5 percentiles over the runs. (K,)
    first, top
        Share of the runs in which it is the first, and among the first three. (K,)
    """

    rank: Floats
    low: Floats
    high: Floats
    first: Floats
    top: Floats


def prioritise(criteria: Floats, coverage: Floats, seed: int, runs: int = RUNS) -> Priorities:
    """Rank the challenges of one place.

    Parameters
    ----------
    criteria
        Severity, share of people affected, share of members that have it; larger is more pressing, nan where nothing is known.
        The first run is as published. (R, 3, K)
    coverage
        Share of the people, or of the members, that each criterion speaks for. (3, K) [share]
    seed
        Of the nation.
    runs
        Over all at once.

    Returns
    -------
    Priorities
        Ranks and chances.

    Notes
    -----
    Borda positions with weights, as in a city's own diagnosis (emerson_2013); shares in place of numbers, for a challenge that is
    known of half the people must not count for half as much. A position is mixed with what it would be if nothing were known, by
    coverage c: ``c position + (1 - c) 1/2`` as published, ``c position + (1 - c) u`` in a run, u anything from 0 to 1. With
    c = 1 this is the city's rule, with c = 0 ignorance: it moves no rank and widens all. Each run takes one draw of all values
    and one measure of each challenge, and weights that are uniform over all there can be (Dirichlet with ones).
    """
    K = criteria.shape[2]
    known = np.flatnonzero(np.isfinite(criteria[0, 0]))
    nothing = [np.full(K, np.nan) for _ in range(5)]
    if not known.size:
        return Priorities(*nothing)
    given, share = criteria[:, :, known], np.clip(coverage[:, known], 0.0, 1.0)
    rng = np.random.default_rng([seed, known.size, runs])
    rank = places_of(pressing(blended(positions(given[0]), share, MIDDLE), np.array(WEIGHTS)))
    drawn = np.zeros(runs, np.int64) if len(given) == 1 else 1 + np.arange(runs) % (len(given) - 1)
    weights = rng.dirichlet(np.ones(len(CRITERIA)), runs)
    anything = rng.random((runs, len(CRITERIA), known.size))
    ranks = places_of(pressing(blended(positions(given)[drawn], share, anything), weights))
    low, high = np.percentile(ranks, ENDS, axis=0, method="inverted_cdf")
    made = (rank, low, high, (ranks == 1).mean(axis=0), (ranks <= TOP).mean(axis=0))
    for column, values in zip(nothing, made, strict=True):
        column[known] = values
    return Priorities(*nothing)


def blended(position: Floats, coverage: Floats, unknown: Floats | float) -> Floats:
    """Mix positions with what they are where nothing is known.

    Parameters
    ----------
    position
        nan where nothing is known of a challenge. (..., 3, K)
    coverage
        (3, K) [share]
    unknown
        Position of what is not known: one number or one for each. (..., 3, K)

    Returns
    -------
    ndarray
        nan only where nobody knows the criterion of any challenge, so that it is left out. (..., 3, K)
    """
    left_out = np.isnan(position).all(axis=-1, keepdims=True)
    known = np.where(np.isnan(position), 0.0, coverage)
    mixed = known * np.nan_to_num(position) + (1.0 - known) * unknown
    return np.where(left_out, np.nan, mixed)
