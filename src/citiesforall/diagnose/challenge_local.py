"""Local statistics on arrays: neighbours, Getis-Ord Gi*, rates made steady, and the false discovery rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.spatial import cKDTree
from scipy.stats import false_discovery_control, norm

from citiesforall.core.estimate import Floats, ratio

NEAREST = 4
"""Neighbours that a place which touches none is given: its nearest (ours)."""
GAP_M = 25.0
"""Borders nearer than this touch: digitised borders leave slivers (ours). [m]"""
ALPHA = 0.05
"""False discovery rate: of the places called hot or cold, at most this share by chance."""
SAME = 1e-12
"""Relative scatter below which values are all alike."""


@dataclass(frozen=True)
class Tested:
    """Hold a local test of one variable.

    Parameters
    ----------
    z, p, q
        Statistic, two-sided p, and p adjusted for the false discovery rate. (P,)
    chance
        Share of the draws in which a place is called what it is called as published; nan without draws. (P,)
    """

    z: Floats
    p: Floats
    q: Floats
    chance: Floats


def contiguity(geometry: npt.NDArray[np.object_]) -> csr_array:
    """Say which places touch.

    Parameters
    ----------
    geometry
        Polygons as WKB, in metres. (P)

    Returns
    -------
    csr_array
        1 where two places come within `GAP_M` of each other, 0 on the diagonal. (P, P)
    """
    shapes = shapely.simplify(shapely.from_wkb(geometry), GAP_M / 5)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=GAP_M)
    apart = one != other
    ones = np.ones(int(apart.sum()))
    return csr_array(coo_array((ones, (one[apart], other[apart])), shape=(len(shapes), len(shapes))))


def inner_points(geometry: npt.NDArray[np.object_]) -> Floats:
    """Return a point inside each place. (P, 2) [m]

    Parameters
    ----------
    geometry
        Polygons as WKB, in metres. (P)
    """
    points: Floats = shapely.get_coordinates(shapely.point_on_surface(shapely.from_wkb(geometry)))
    return points


def with_nearest(touch: csr_array, centres: Floats) -> csr_array:
    """Give places that touch none their nearest as neighbours, and every place itself.

    Parameters
    ----------
    touch
        1 where two places touch. (P, P)
    centres
        Of the places. (P, 2) [m]

    Returns
    -------
    csr_array
        1 for itself and each neighbour. (P, P)
    """
    P = touch.shape[0]
    alone = np.flatnonzero(np.diff(touch.indptr) == 0)
    k = min(NEAREST + 1, P)
    nearest = (
        np.atleast_2d(cKDTree(centres).query(centres[alone], k=k)[1]) if alone.size else np.empty((0, 1))
    )
    rows, columns = np.repeat(alone, nearest.shape[1]), nearest.ravel().astype(np.int64)
    own = np.arange(P)
    found = touch.tocoo()
    at = (np.concatenate([found.row, rows, own]), np.concatenate([found.col, columns, own]))
    near = csr_array(coo_array((np.ones(at[0].size), at), shape=(P, P)))
    near.data[:] = 1.0
    return near


def getis_ord_star(x: Floats, near: csr_array) -> Floats:
    """Compare the sum of a place and its neighbours with what places drawn at random would give.

    Parameters
    ----------
    x
        Values, places along the last axis. (..., P)
    near
        1 for each place itself and its neighbours. (P, P)

    Returns
    -------
    ndarray
        Standard deviates Gi*; nan where all values are alike. (..., P)

    Notes
    -----
    z = (sum_j w_ij x_j - W_i mean(x)) / (s sqrt((n sum_j w_ij^2 - W_i^2) / (n - 1))), with s^2 = mean(x^2) - mean(x)^2
    (ord_getis_1995, the case that counts the place itself). Normal under the hypothesis that values are put on places at
    random; rough where few neighbours meet skew values.
    """
    n = near.shape[0]
    flat = np.atleast_2d(x)
    total = np.asarray(near.sum(axis=1)).ravel()
    squares = np.asarray(near.multiply(near).sum(axis=1)).ravel()
    mean, s = flat.mean(axis=1, keepdims=True), flat.std(axis=1, keepdims=True)
    around = (near @ flat.T).T
    spread = s * np.sqrt(np.maximum(n * squares - total**2, 0.0) / (n - 1))
    alike = (s <= SAME * np.maximum(np.abs(mean), 1.0)) | (spread == 0)
    z: Floats = ratio(around - total * mean, np.where(alike, 0.0, spread))
    return z.reshape(x.shape)


def local_test(x: Floats, near: csr_array) -> Tested | None:
    """Test every place for a hot or cold spot.

    Parameters
    ----------
    x
        Values per draw, the first as published; high is bad. (S, P)
    near
        1 for each place itself and its neighbours. (P, P)

    Returns
    -------
    Tested or None
        None where all values are alike.

    Notes
    -----
    The p of all places are adjusted together by Benjamini and Hochberg (1995): local statistics of neighbours go up and down
    together, under which it still holds (benjamini_yekutieli_2001; caldas_de_castro_singer_2006). `chance` carries the stated
    errors of the values; the test itself asks whether places are alike, not whether values err.
    """
    z = getis_ord_star(x, near)
    if np.isnan(z[0]).any():
        return None
    p = 2.0 * norm.sf(np.abs(z))
    p[np.isnan(p)] = 1.0
    q = false_discovery_control(p, axis=1)
    called = np.where(q <= ALPHA, np.sign(z), 0.0)
    differs = bool((x[1:] != x[:1]).any())
    chance = (called[1:] == called[:1]).mean(axis=0) if differs else np.full(z.shape[1], np.nan)
    return Tested(z[0], p[0], q[0], chance)


def kinds_of(z: Floats, q: Floats) -> npt.NDArray[np.object_]:
    """Return ``hot`` (worse around it), ``cold`` (better) or ``none`` for every place. (P)

    Parameters
    ----------
    z, q
        Statistic and adjusted p. (P,)
    """
    return np.where(q > ALPHA, "none", np.where(z > 0, "hot", "cold")).astype(object)


def empirical_bayes(share: Floats, n: Floats) -> Floats:
    """Draw shares of few cases toward the city's share, as far as chance explains how they scatter.

    Parameters
    ----------
    share
        Of each place. (..., P) [share]
    n
        Cases each rests on. (..., P)

    Returns
    -------
    ndarray
        Shares with equal footing. (..., P) [share]

    Notes
    -----
    marshall_1991 with the binomial variance: m = sum(n r) / sum(n); A = max(0, sum(n (r - m)^2) / sum(n) - m (1 - m) / mean(n));
    r* = m + (r - m) A / (A + m (1 - m) / n). Without it the smallest places are the most extreme by chance alone.
    """
    total = n.sum(axis=-1, keepdims=True)
    m = ratio((n * share).sum(axis=-1, keepdims=True), total)
    chance = m * (1.0 - m)
    seen = ratio((n * (share - m) ** 2).sum(axis=-1, keepdims=True), total)
    between = np.maximum(seen - ratio(chance, n.mean(axis=-1, keepdims=True)), 0.0)
    weight = ratio(between * n, between * n + chance)
    return np.asarray(m + (share - m) * np.where(np.isnan(weight), 0.0, weight))
