"""Groups of alike members: distances on what both know, Ward's tree and relocation, silhouettes, agreement of two groupings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

from citiesforall.core.estimate import Floats, ratio

Ints = npt.NDArray[np.int64]
MOST_STEPS = 50
"""Rounds of relocation; each lowers the sum of squares, so it ends long before."""


def squared_distances(one: Floats, other: Floats, weights: Floats) -> Floats:
    """Return squared distances on the features that both members know.

    Parameters
    ----------
    one, other
        Standardised; nan where not known. (A, F), (B, F)
    weights
        Of the features. (F,)

    Returns
    -------
    ndarray
        nan where two members share no feature. (A, B)

    Notes
    -----
    Sum of w (x - y)^2 over the features both know, times all weights divided by the weights of those: what is not known counts
    like the mean of what is (gower_1971). With nothing missing it is the weighted squared Euclidean distance.
    """
    known_one, known_other = np.isfinite(one), np.isfinite(other)
    x, y = np.where(known_one, one, 0.0), np.where(known_other, other, 0.0)
    has_x, has_y = known_one * weights, known_other.astype(np.float64)
    summed = (has_x * x**2) @ has_y.T - 2.0 * (has_x * x) @ y.T + has_x @ (y**2).T
    return np.asarray(ratio(np.maximum(summed, 0.0), has_x @ has_y.T) * weights.sum())


def ward_tree(squared: Floats) -> Floats:
    """Return Ward's tree of members, the rows of `scipy.cluster.hierarchy.linkage`. (n - 1, 4)

    Parameters
    ----------
    squared
        Squared distances, all known. (n, n)

    Notes
    -----
    Each step joins the two groups whose union raises the sum of squares least (ward_1963), on distances
    (murtagh_legendre_2014). Where features are missing, distances are not exactly Euclidean and the tree is a start only;
    relocation mends it.
    """
    distances = np.sqrt((squared + squared.T) / 2.0)
    np.fill_diagonal(distances, 0.0)
    return np.asarray(linkage(squareform(distances, checks=False), "ward"), np.float64)


def cut(tree: Floats, k: int) -> Ints:
    """Cut a tree into groups: its first n - k unions are made, the others not. (n,)

    Parameters
    ----------
    tree
        From `ward_tree`. (n - 1, 4)
    k
        Groups, at most n.

    Returns
    -------
    ndarray
        Groups numbered by their first member. (n,)
    """
    n = len(tree) + 1
    root = list(range(2 * n - 1))
    unions = tree[: n - k, :2].astype(np.int64).tolist()
    for step in reversed(range(n - k)):
        left, right = unions[step]
        root[left] = root[right] = root[n + step]
    return renumbered(np.array(root[:n], np.int64))


def renumbered(labels: Ints) -> Ints:
    """Give groups numbers from 0 by their first member. (n,)

    Parameters
    ----------
    labels
        Any numbers. (n,)
    """
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.empty(len(first), np.int64)
    order[np.argsort(first)] = np.arange(len(first))
    return np.asarray(order[inverse.ravel()], np.int64)


def centres_of(features: Floats, labels: Ints) -> Floats:
    """Return the mean of each group, 0 (the nation's mean) for a feature nobody in it knows. (k, F)

    Parameters
    ----------
    features
        Standardised; nan where not known. (n, F)
    labels
        Group of each member, from 0. (n,)
    """
    return _centres(*_filled(features), labels, int(labels.max()) + 1)


def nearest(features: Floats, centres: Floats, weights: Floats) -> Ints:
    """Return the centre nearest to each member, on what the member knows. (n,)

    Parameters
    ----------
    features
        (n, F)
    centres
        (k, F)
    weights
        (F,)
    """
    return _nearest(*_filled(features), centres, weights)


def _filled(features: Floats) -> tuple[Floats, Floats]:
    """Return features with 0 where not known, and 1 where known, 0 where not. (n, F), (n, F)"""
    known = np.isfinite(features)
    return np.where(known, features, 0.0), known.astype(np.float64)


def _centres(filled: Floats, known: Floats, labels: Ints, k: int) -> Floats:
    """Return the mean of each group. (k, F)"""
    member = (labels[None, :] == np.arange(k)[:, None]).astype(np.float64)
    return np.asarray((member @ filled) / np.maximum(member @ known, 1.0))


def _nearest(filled: Floats, known: Floats, centres: Floats, weights: Floats) -> Ints:
    """Return the nearest centre; what a member's own values add is the same for every centre and left out. (n,)"""
    weighted = centres * weights
    return np.asarray(np.argmin(known @ (weighted * centres).T - 2.0 * filled @ weighted.T, axis=1), np.int64)


def relocated(features: Floats, labels: Ints, weights: Floats) -> Ints:
    """Move members to the nearest centre until none moves.

    Parameters
    ----------
    features
        (n, F)
    labels
        Groups to start from. (n,)
    weights
        (F,)

    Returns
    -------
    ndarray
        Groups, numbered by their first member; as before the step in which a group would have lost all its members. (n,)

    Notes
    -----
    Lloyd's steps of k-means from Ward's groups: a tree never takes back a union, and so changes much when a few members change.
    """
    filled, known = _filled(features)
    at, k = labels, int(labels.max()) + 1
    for _ in range(MOST_STEPS):
        new = _nearest(filled, known, _centres(filled, known, at, k), weights)
        if (new == at).all() or not np.bincount(new, minlength=k).all():
            break
        at = new
    return renumbered(at)


def groupings(features: Floats, weights: Floats, numbers: Sequence[int]) -> dict[int, Ints]:
    """Group members in every wanted number of groups.

    Parameters
    ----------
    features
        (n, F)
    weights
        (F,)
    numbers
        Of groups.
    """
    tree = ward_tree(squared_distances(features, features, weights))
    return {k: relocated(features, cut(tree, k), weights) for k in numbers}


def silhouettes(squared: Floats, labels: Ints) -> Floats:
    """Say how much nearer each member is to its own group than to the next.

    Parameters
    ----------
    squared
        Squared distances. (n, n)
    labels
        Group of each, from 0. (n,)

    Returns
    -------
    ndarray
        (b - a) / max(a, b): a the mean distance to the others of its group, b the least mean distance to another group; 0 for a
        group of one (rousseeuw_1987). (n,)
    """
    distances = np.sqrt(squared)
    np.fill_diagonal(distances, 0.0)
    k = int(labels.max()) + 1
    member = (labels[:, None] == np.arange(k)).astype(np.float64)
    size = member.sum(axis=0)
    sums = distances @ member
    rows = np.arange(len(labels))
    own = ratio(sums[rows, labels], size[labels] - 1.0)
    means = sums / size
    means[rows, labels] = np.inf
    other = means.min(axis=1)
    out = ratio(other - own, np.maximum(own, other))
    return np.where((size[labels] == 1) | np.isnan(out), 0.0, out)


def table_of(one: Ints, other: Ints) -> Floats:
    """Count the members in each pair of groups. (k, l)

    Parameters
    ----------
    one, other
        Two groupings of the same members, from 0. (n,)
    """
    shape = (int(one.max()) + 1, int(other.max()) + 1)
    return (
        np.bincount(one * shape[1] + other, minlength=shape[0] * shape[1]).reshape(shape).astype(np.float64)
    )


def adjusted_rand(one: Ints, other: Ints) -> float:
    """Say how far two groupings agree beyond chance.

    Parameters
    ----------
    one, other
        Of the same members, from 0. (n,)

    Returns
    -------
    float
        1 where they are the same, 0 as by chance (hubert_arabie_1985).
    """
    counts = table_of(one, other)

    def pairs(n: Floats) -> float:
        return float((n * (n - 1.0)).sum() / 2.0)

    both, rows, columns = pairs(counts), pairs(counts.sum(axis=1)), pairs(counts.sum(axis=0))
    everything = pairs(np.array([counts.sum()]))
    expected = rows * columns / everything if everything else 0.0
    most = (rows + columns) / 2.0
    return 1.0 if most == expected else (both - expected) / (most - expected)


def jaccards(one: Ints, other: Ints) -> Floats:
    """Return for each group of one grouping how much it shares with the most similar group of another.

    Parameters
    ----------
    one, other
        Of the same members, from 0. (n,)

    Returns
    -------
    ndarray
        Largest |A and B| / |A or B| (hennig_2007). (k,)
    """
    both = table_of(one, other)
    either = both.sum(axis=1)[:, None] + both.sum(axis=0)[None, :] - both
    return np.asarray(ratio(both, either).max(axis=1))
