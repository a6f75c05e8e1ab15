"""One likeness of neighbours for the whole sample: what small domains borrow, whose own clusters are too few to show it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from citiesforall.core.estimate import ratio

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]

ASSUMED_LIKENESS = 0.1
"""Intraclass correlation taken where the sample cannot show it, for all answered alike (ours)."""


def intraclass(y: Floats, cluster: Codes, stratum: Codes) -> Floats:
    """Return how alike the answers within a cluster are, beyond what the stratum explains. (Q,)

    Parameters
    ----------
    y
        Answers, nan where there is none. (Q, H)
    cluster
        Number of each row's cluster. (H,)
    stratum
        Number of each cluster's stratum. (K,)

    Returns
    -------
    ndarray
        Intraclass correlation, 0 to 1; `ASSUMED_LIKENESS` where all answered alike or no cluster has two answers.

    Notes
    -----
    The analysis of variance estimate within strata, unweighted, on clusters of unequal size, cut at 0
    [donner_1986]: (B - W) / (B + (m - 1) W), B and W the mean squares between and within clusters.
    """
    known = ~np.isnan(y)
    filled = np.where(known, y, 0.0)
    K, L = stratum.size, int(stratum.max(initial=-1)) + 1
    n, total, squares = (_sums(one, cluster, K) for one in (known.astype(np.float64), filled, filled**2))
    mean = np.nan_to_num(ratio(total, n))
    within = (squares - n * mean**2).sum(axis=1)
    n_stratum = _sums(n, stratum, L)
    of_stratum = np.nan_to_num(ratio(_sums(total, stratum, L), n_stratum))
    between = (n * (mean - of_stratum[:, stratum]) ** 2).sum(axis=1)
    clusters = (n > 0).sum(axis=1)
    strata = (n_stratum > 0).sum(axis=1)
    size = ratio(
        n.sum(axis=1) - np.nan_to_num(ratio(_sums(n**2, stratum, L), n_stratum)).sum(axis=1),
        clusters - strata,
    )
    B = ratio(between, (clusters - strata).astype(np.float64))
    W = ratio(within, n.sum(axis=1) - clusters)
    rho = ratio(B - W, B + (size - 1) * W)
    return np.where(np.isnan(rho), ASSUMED_LIKENESS, np.clip(rho, 0.0, 1.0))


def effective_answers(once: Floats, squares: Floats, cluster_squares: Floats, rho: Floats) -> Floats:
    """Return how many answers drawn one by one would tell as much.

    Parameters
    ----------
    once
        Sum of the weights of those of a domain who answered.
    squares
        Sum of their squared weights.
    cluster_squares
        Sum over clusters of the squared sums of their weights.
    rho
        Intraclass correlation.

    Returns
    -------
    ndarray
        (sum w)^2 / ((1 - rho) sum w^2 + rho sum over clusters (sum w)^2): answers over Kish's two design effects, of
        weights and of clusters [kish_1965]; nan where nobody answered.
    """
    return ratio(once**2, (1 - rho) * squares + rho * cluster_squares)


def _sums(values: Floats, codes: Codes, classes: int) -> Floats:
    """Add columns up by class. (Q, classes)"""
    Q = values.shape[0]
    at = codes[None, :] + classes * np.arange(Q)[:, None]
    out: Floats = np.bincount(at.ravel(), weights=values.ravel(), minlength=Q * classes).astype(np.float64)
    return out.reshape(Q, classes)
