"""Nearest facilities along the streets, exactly, for every node at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiesforall.network.kernels import k_relax, relax

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiesforall.network.streets import Float, Graph, Int

MAX_BUCKETS = 1 << 16
WIDTH_PER_EDGE = (
    2.5  # bucket width in mean edges: wider ones stay in the cache, much wider ones take nodes too often
)
NO_FACILITY = -1


class Seeds(NamedTuple):
    """Say where a search starts: nodes, and how far each already is from its facility.

    Parameters
    ----------
    node
        Nodes.
    offset_m
        Way from the facility to the node. [m]
    facility
        Number of the facility; several seeds may be of one (its entrances).
    """

    node: Int
    offset_m: Float
    facility: Int


def nearest_m(graph: Graph, seeds: Seeds, limit_m: float = np.inf) -> Float:
    """Measure the way from every node to its nearest seed.

    Parameters
    ----------
    graph
        The walk graph.
    seeds
        Where facilities are.
    limit_m
        Longer ways count as unreachable. [m]

    Returns
    -------
    array
        Shape (N,), inf where nothing is within the limit. [m]

    Notes
    -----
    Shortest ways by a bucket queue that corrects labels inside a bucket (Meyer and Sanders 2003, "Delta-stepping").
    Lengths are not rounded: the result is the one that Dijkstra's algorithm gives in float64.
    """
    return improved_m(graph, np.full(len(graph.indptr) - 1, np.inf), seeds, limit_m)


def improved_m(graph: Graph, before_m: Float, seeds: Seeds, limit_m: float = np.inf) -> Float:
    """Measure ways again after facilities were added, looking only at what they improve.

    Parameters
    ----------
    graph
        The walk graph.
    before_m
        Ways to the nearest facility without the new ones, shape (N,). [m]
    seeds
        Where the new ones are.
    limit_m
        As before. [m]

    Returns
    -------
    array
        Shape (N,): what a whole search with old and new facilities gives, to the last digit. [m]
    """
    dist = before_m.copy()
    width_m, n_buckets = _buckets(graph, seeds.offset_m, limit_m)
    relax(tuple(graph), _at(seeds), float(limit_m), width_m, dist, _queue(n_buckets, len(dist)))
    return dist


def nearest_many_m(graph: Graph, kinds: Sequence[Seeds], limit_m: float = np.inf, threads: int = 1) -> Float:
    """Measure the way from every node to the nearest facility of each kind.

    Parameters
    ----------
    graph
        The walk graph.
    kinds
        Where the facilities of each kind are, K of them.
    limit_m
        Longer ways count as unreachable. [m]
    threads
        Kinds searched at the same time; the result does not depend on it.

    Returns
    -------
    array
        Shape (K, N), inf where nothing is within the limit. [m]
    """
    found = np.full((len(kinds), len(graph.indptr) - 1), np.inf)

    def search(at: int) -> None:
        width_m, n_buckets = _buckets(graph, kinds[at].offset_m, limit_m)
        queue = _queue(n_buckets, found.shape[1])
        relax(tuple(graph), _at(kinds[at]), float(limit_m), width_m, found[at], queue)

    with ThreadPoolExecutor(max(threads, 1)) as pool:
        list(pool.map(search, range(len(kinds))))
    return found


def k_nearest(graph: Graph, seeds: Seeds, k: int, limit_m: float = np.inf) -> tuple[Float, Int]:
    """Find the k nearest facilities of every node; several seeds of one facility count once.

    Parameters
    ----------
    graph
        The walk graph.
    seeds
        Where the facilities are.
    k
        How many to find.
    limit_m
        Longer ways count as unreachable. [m]

    Returns
    -------
    (array, array)
        Ways (k, N), rising, inf where there are fewer [m]; and the facilities (k, N), -1 where there are fewer.
        Of two equally far the one with the smaller number comes first.
    """
    n_nodes = len(graph.indptr) - 1
    dist, facility = np.full((n_nodes, k), np.inf), np.full((n_nodes, k), NO_FACILITY, np.int32)
    width_m, n_buckets = _buckets(graph, seeds.offset_m, limit_m)
    labels = dist, facility, np.zeros((n_nodes, k), np.bool_)
    numbered = (*_at(seeds), np.ascontiguousarray(seeds.facility, np.int32))
    k_relax(tuple(graph), numbered, float(limit_m), width_m, labels, _queue(n_buckets, n_nodes))
    return dist.T, facility.T


def _at(seeds: Seeds) -> tuple[Int, Float]:
    """Return nodes and offsets as the kernels want them."""
    return np.ascontiguousarray(seeds.node, np.int32), np.ascontiguousarray(seeds.offset_m, np.float64)


def _buckets(graph: Graph, offset_m: Float, limit_m: float) -> tuple[float, int]:
    """Return width and number of buckets: all that can be queued at one time must fit in one round of them."""
    weights = graph.weights[graph.weights <= limit_m]
    offsets = offset_m[offset_m <= limit_m]
    longest = max(float(weights.max(initial=0)), float(np.ptp(offsets)) if len(offsets) else 0.0)
    width_m = max(
        float(weights.mean()) * WIDTH_PER_EDGE if len(weights) else 1.0, longest / (MAX_BUCKETS - 3), 1e-3
    )
    return width_m, 1 << int(np.ceil(np.log2(longest / width_m + 3)))


def _queue(n_buckets: int, n_nodes: int) -> tuple[Int, Int, Int]:
    """Return empty buckets."""
    head, where = np.full(n_buckets, -1, np.int32), np.full(n_nodes, -1, np.int32)
    return head, np.empty((n_nodes, 2), np.int32), where
