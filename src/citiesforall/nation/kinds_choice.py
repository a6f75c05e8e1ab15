"""How many kinds there are, whether they hold when members and values are drawn again, and whether there are any at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citiesforall.core.estimate import Floats, ratio
from citiesforall.diagnose.interval_draws import HALF_WIDTH
from citiesforall.nation.kinds_cluster import (
    Ints,
    adjusted_rand,
    centres_of,
    groupings,
    jaccards,
    nearest,
    silhouettes,
    squared_distances,
    table_of,
)

MOST_KINDS = 10
FEWEST_MEMBERS = 20
"""Members below which no kinds are looked for (ours)."""
MOST_GROUPED = 1_000
"""Members that make the kinds where a nation has more, by lot; others are put to the nearest: what is held stops growing."""
MOST_DRAWN = 300
"""Members drawn for one resample, and of one cloud: more cost time and say no more."""
MOST_RESAMPLES = 100
"""Resamples; hennig_2007 takes fifty."""
VALID = 0.75
"""Jaccard from which a kind is called stable (hennig_2007, and the author's package fpc)."""
DOUBTFUL = 0.6
"""Jaccard below which a kind should not be trusted (the same)."""
CLOUDS = 39
"""Single clouds that the silhouette is compared with."""
SURE = 0.05


@dataclass(frozen=True)
class Facts:
    """Hold what members are compared by.

    Parameters
    ----------
    members
        Codes. (M)
    names
        Of the features. (F)
    raw
        In each feature's unit, logarithms for people and density; nan where not known. (M, F)
    low, high
        Ends of the intervals; nan where there are none. (M, F)
    weights
        (F,)
    core
        Positions of the members that make the kinds; others are put to the nearest kind. (n,)
    """

    members: tuple[str, ...]
    names: tuple[str, ...]
    raw: Floats
    low: Floats
    high: Floats
    weights: Floats
    core: Ints


@dataclass(frozen=True)
class Kinds:
    """Hold the kinds of members.

    Parameters
    ----------
    label
        Of each member, from 0. (M,)
    stability
        Mean Jaccard of each kind over the resamples; nan where there is one kind only. (k,)
    silhouette
        Of each member; nan for those that were put to the nearest kind. (M,)
    together
        Share of the resamples in which each member is of each kind. (M, k) [share]
    tried
        For each number of kinds: number, mean adjusted Rand index, least Jaccard, mean silhouette. (T, 4)
    cloud
        Share of single clouds whose silhouette is at least as large; nan where none was compared.
    clear
        ``clear``, ``gradual`` (stable, but no more apart than one cloud), ``unstable`` (a number that was asked for) or ``none``.
    """

    label: Ints
    stability: Floats
    silhouette: Floats
    together: Floats
    tried: Floats
    cloud: float
    clear: str


def standardised(raw: Floats, core: Ints) -> Floats:
    """Bring features to mean 0 and standard deviation 1 over the members that make the kinds. (M, F)

    Parameters
    ----------
    raw
        In any units. (M, F)
    core
        Positions of those members. (n,)
    """
    mean, spread = np.nanmean(raw[core], axis=0), np.nanstd(raw[core], axis=0)
    return np.asarray((raw - mean) / np.where(spread > 0, spread, 1.0))


def find_kinds(facts: Facts, wanted: int, draws: int, seed: int) -> Kinds:
    """Find the kinds of members.

    Parameters
    ----------
    facts
        What they are compared by; members in the order of their codes, so that no result depends on the order of files.
    wanted
        Number of kinds; 0 lets their stability choose.
    draws
        Resamples.
    seed
        Of the nation.

    Notes
    -----
    The number is the largest up to ten of which *every* kind is stable: over resamples of the members (with replacement, twins
    once) whose values are drawn again from their intervals, its mean Jaccard with the most similar group is at least 0.75
    (hennig_2007). Where no number of kinds is, there is one kind and ``clear`` says ``none``. Where there are, their silhouette
    is compared with that of single normal clouds of the same covariance and the same gaps (parametric bootstrap,
    hennig_lin_2015): groups cut from one cloud may be stable, too; then ``clear`` says ``gradual``.
    """
    n = len(facts.core)
    numbers = [wanted] if wanted else list(range(2, min(MOST_KINDS, n // 5) + 1))
    if n < max(FEWEST_MEMBERS, wanted) or wanted == 1:
        return _one_kind(facts, np.empty((0, 4)))
    core = facts.core[_some(n, MOST_GROUPED, seed)]
    z = standardised(facts.raw, facts.core)
    first = groupings(z[core], facts.weights, numbers)
    everybody = {k: nearest(z, centres_of(z[core], labels), facts.weights) for k, labels in first.items()}
    for k, labels in first.items():
        everybody[k][core] = labels
    rand, jaccard, together = _resampled(facts, everybody, min(draws, MOST_RESAMPLES), seed)
    squared = squared_distances(z[core], z[core], facts.weights)
    widths = {k: silhouettes(squared, labels) for k, labels in first.items()}
    tried = np.array([[k, rand[k], jaccard[k].min(), widths[k].mean()] for k in numbers])
    stable = [k for k in numbers if jaccard[k].min() >= VALID]
    if not stable and not wanted:
        return _one_kind(facts, tried)
    k = wanted or max(stable)
    cloud = _clouds(z[core], facts.weights, k, float(widths[k].mean()), seed)
    silhouette = np.full(len(facts.members), np.nan)
    silhouette[core] = widths[k]
    clear = "unstable" if not stable else "clear" if cloud <= SURE else "gradual"
    return Kinds(everybody[k], jaccard[k], silhouette, together[k], tried, cloud, clear)


def _one_kind(facts: Facts, tried: Floats) -> Kinds:
    """Return all members as one kind."""
    M = len(facts.members)
    nothing = np.full(M, np.nan)
    return Kinds(np.zeros(M, np.int64), np.array([np.nan]), nothing, np.ones((M, 1)), tried, np.nan, "none")


def _some(n: int, most: int, seed: int) -> Ints:
    """Return positions drawn by lot, in order; all where they are no more than allowed."""
    return np.sort(np.random.default_rng([seed, n]).permutation(n)[:most])


def _resampled(
    facts: Facts, everybody: dict[int, Ints], draws: int, seed: int
) -> tuple[dict[int, float], dict[int, Floats], dict[int, Floats]]:
    """Group resamples; return for each number of kinds agreement, Jaccards, and how often each member is of each kind."""
    rand = dict.fromkeys(everybody, 0.0)
    jaccard = {k: np.zeros(labels.max() + 1) for k, labels in everybody.items()}
    together = {k: np.zeros((len(labels), labels.max() + 1)) for k, labels in everybody.items()}
    rows = np.arange(len(facts.members))
    for draw in range(draws):
        rng = np.random.default_rng([seed, draw, len(facts.core)])
        z = standardised(drawn_again(facts, rng), facts.core)
        n = len(facts.core)
        taken = facts.core[np.unique(rng.integers(0, n, min(n, MOST_DRAWN)))]
        for k, labels in groupings(z[taken], facts.weights, list(everybody)).items():
            before = everybody[k][taken]
            rand[k] += adjusted_rand(before, labels) / draws
            jaccard[k] += _of_all(jaccards(before, labels), jaccard[k].size) / draws
            now = nearest(z, centres_of(z[taken], labels), facts.weights)
            now[taken] = labels
            together[k][rows, most_like(before, labels)[now]] += 1.0 / draws
    return rand, jaccard, together


def _of_all(found: Floats, k: int) -> Floats:
    """Return one number for each kind, 0 for the last ones where a resample holds none of their members."""
    return np.concatenate([found, np.zeros(k - found.size)])


def most_like(before: Ints, labels: Ints) -> Ints:
    """Return for each new group the kind it shares most with, as Jaccard says. (l,)

    Parameters
    ----------
    before
        Kind of each member. (n,)
    labels
        New group of each. (n,)
    """
    both = table_of(before, labels)
    either = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
    return np.asarray(np.argmax(np.nan_to_num(ratio(both, either)), axis=0), np.int64)


def drawn_again(facts: Facts, rng: np.random.Generator) -> Floats:
    """Let values err by their intervals: normal, with one standard deviation below and another above. (M, F)

    Parameters
    ----------
    facts
        With intervals.
    rng
        Numbers.
    """
    z = rng.standard_normal(facts.raw.shape)
    reach = np.where(z < 0, facts.raw - facts.low, facts.high - facts.raw)
    return np.asarray(facts.raw + z * np.nan_to_num(np.maximum(reach, 0.0)) / HALF_WIDTH)


def _clouds(z: Floats, weights: Floats, k: int, found: float, seed: int) -> float:
    """Return the share of single clouds that part into as clear groups. [share]"""
    known = np.isfinite(z)
    filled = np.where(known, z, 0.0)
    covariance = ratio(filled.T @ filled, known.astype(np.float64).T @ known)
    values, vectors = np.linalg.eigh(np.nan_to_num(covariance))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    gaps = ~known[_some(len(z), MOST_DRAWN, seed)]
    as_clear = 0
    for number in range(CLOUDS):
        rng = np.random.default_rng([seed, CLOUDS, number])
        cloud = np.where(gaps, np.nan, rng.standard_normal(gaps.shape) @ root.T)
        labels = groupings(cloud, weights, [k])[k]
        as_clear += silhouettes(squared_distances(cloud, cloud, weights), labels).mean() >= found
    return float((1 + as_clear) / (1 + CLOUDS))
