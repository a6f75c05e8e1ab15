"""Replicate weights: the survey as it might have come out with other clusters (Rao and Wu's rescaled bootstrap)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from citiesforall.core.errors import InputError
from citiesforall.estimation.hashing import uniform

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.str_]
Labels = Sequence[object] | npt.NDArray[np.generic]

FEWEST_CLUSTERS = 2
"""Clusters of a stratum without which its variance cannot be estimated."""


def rao_wu(
    stratum: Labels,
    cluster: Labels,
    weight: Floats,
    draws: int,
    seed: int | str,
    fraction: Floats | None = None,
) -> Floats:
    """Draw replicate weights by resampling clusters within strata.

    Parameters
    ----------
    stratum, cluster
        Names by row; a cluster's name need be unique in its stratum only. (H,)
    weight
        Weight of each row, before non-response and post-stratification; these are repeated per draw. (H,)
    draws
        Rows wanted, S; the first is `weight` itself.
    seed
        Whatever the draws depend on: the city's seed with the survey's id in it.
    fraction
        Share of the stratum's clusters that are in the sample, for the finite population correction; 0 where absent. (H,)

    Returns
    -------
    ndarray
        Weights. (S, H)

    Raises
    ------
    InputError
        A stratum has one cluster only (see `collapse` and `self_representing`), or a weight is below 0 or not known.

    Notes
    -----
    In each stratum n - 1 of its n clusters are drawn with replacement; a cluster drawn t times has its weights multiplied
    by t n / (n - 1), with a sampling fraction f by 1 - l + l t n / (n - 1), l = sqrt(1 - f). The variance over draws of a
    total then is the with-replacement estimate of its variance [rao_wu_1988], [rao_wu_yue_1992]. The numbers are hashed from
    (seed, stratum, draw): the order of rows does not matter, and a stratum keeps its draws whatever happens in others.
    """
    weights = np.asarray(weight, np.float64)
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise InputError(
            "weights: a weight is missing or below 0. Weights are numbers of 0 or more. Mend them."
        )
    strata, of_stratum = np.unique(_texts(stratum), return_inverse=True)
    clusters = _texts(cluster)
    _check_clusters(strata, of_stratum, clusters)
    out = np.empty((draws, weights.size))
    out[:1] = weights
    for number, name in enumerate(strata if draws > 1 else ()):
        rows = np.flatnonzero(of_stratum == number)
        names, of_cluster = np.unique(clusters[rows], return_inverse=True)
        n = names.size
        drawn = (uniform(f"{seed}/clusters/{name}", draws - 1, n - 1) * n).astype(np.int64)
        at = drawn + n * np.arange(drawn.shape[0])[:, None]
        times = np.bincount(at.ravel(), minlength=n * drawn.shape[0]).reshape(-1, n)
        factor = times * (n / (n - 1))
        if fraction is not None:
            kept = np.sqrt(1.0 - np.clip(np.asarray(fraction, np.float64)[rows[0]], 0.0, 1.0))
            factor = 1.0 - kept + kept * factor
        out[1:, rows] = factor[:, of_cluster] * weights[rows]
    return out


def collapse(stratum: Labels, cluster: Labels) -> tuple[Texts, Texts, tuple[tuple[str, str], ...]]:
    """Join each stratum of a single cluster with the next one by name, until none is left.

    Parameters
    ----------
    stratum, cluster
        Names by row. Strata whose names are neighbours should be alike: number them so. (H,)

    Returns
    -------
    tuple
        Names of the strata after joining, ``a+b``; names of the clusters, with their first stratum's where it was joined, so
        that clusters of one name stay two (H,), (H,); and which were joined with which, to be told as notes.

    Raises
    ------
    InputError
        The sample has one cluster in all: nothing can be said of its error.

    Notes
    -----
    The variance comes out too large by the difference of the joined strata, never too small on that account
    [wolter_2007].
    """
    first, clusters = _texts(stratum), _texts(cluster)
    names, joined = first.astype(object), list[tuple[str, str]]()
    keys = np.char.add(np.char.add(first, "/"), clusters)
    while True:
        strata = sorted(set(names))
        single = [one for one in strata if np.unique(keys[names == one]).size < FEWEST_CLUSTERS]
        if not single:
            return names.astype(str), np.where(names == first, clusters, keys), tuple(joined)
        if len(strata) == 1:
            raise InputError(
                "clusters: the sample has one cluster in all. At least two are needed for an interval. "
                "Check the column that names the clusters."
            )
        at = strata.index(single[0])
        pair = (strata[at], strata[at + 1]) if at + 1 < len(strata) else (strata[at - 1], strata[at])
        names[np.isin(names.astype(str), pair)] = "+".join(pair)
        joined.append(pair)


def self_representing(
    stratum: Labels, cluster: Labels, household: Labels, certain: npt.NDArray[np.bool_]
) -> tuple[Texts, Texts]:
    """Make clusters that were taken with certainty strata of their own, and their households the clusters.

    Parameters
    ----------
    stratum, cluster, household
        Names by row. (H,)
    certain
        Whether the row's cluster was sure to be in the sample. (H,)

    Returns
    -------
    tuple
        Names of strata and of clusters, for `rao_wu` and `domain.design`. (H,), (H,)
    """
    strata, clusters, households = _texts(stratum), _texts(cluster), _texts(household)
    sure = np.asarray(certain, np.bool_)
    own = np.char.add(np.char.add(strata, "/"), clusters)
    return np.where(sure, own, strata), np.where(sure, households, clusters)


def _texts(labels: Labels) -> Texts:
    """Return names as texts, so that 1 and "1" are the same."""
    return np.array([str(one) for one in np.asarray(labels).tolist()], dtype=np.str_)


def _check_clusters(strata: Texts, of_stratum: npt.NDArray[np.int64], clusters: Texts) -> None:
    """Refuse strata of a single cluster, naming them all."""
    few = [
        str(name)
        for number, name in enumerate(strata)
        if np.unique(clusters[of_stratum == number]).size < FEWEST_CLUSTERS
    ]
    if few:
        raise InputError(
            f"strata {', '.join(few)}: there is one cluster only. At least two are needed in each stratum. "
            "Join it with a stratum that is alike (collapse), or name its households as clusters if it was taken with certainty."
        )
