"""The compiled loops of bounded reach: many small searches, each cleaning up only what it touched."""

from __future__ import annotations

from math import inf
from typing import Any

from numba import njit

from citiesforall.network.kernels import _move

Array = Any  # numpy arrays; their types are those ``reach`` makes


@njit(cache=True, nogil=True)
def _lower(node: int, d: float, slot: int, labels: Array, queue: Array, n_touched: int) -> Array:
    """Give a node a shorter distance and queue it; return what was newly queued and how many nodes are touched."""
    dist, touched = labels
    head, link, where = queue
    if dist[node] == inf:
        touched[n_touched] = node
        n_touched += 1
    dist[node] = d
    new = 1 if where[node] < 0 else 0
    if where[node] != slot:
        _move(node, slot, head, link, where)
    return new, n_touched


@njit(cache=True, nogil=True)
def _search(graph: Array, ends: Array, limit_m: float, per_m: float, labels: Array, queue: Array) -> int:
    """Find all nodes within the limit of the two ends of a site's edge; return how many they are."""
    indptr, indices, weights = graph
    head, link, where = queue
    dist, _ = labels
    mask = len(head) - 1
    n_queued, n_touched, bucket = 0, 0, 1 << 62
    for node, d in ends:
        if d <= limit_m and d < dist[node]:
            bucket = min(bucket, int(d * per_m))
            new, n_touched = _lower(node, d, int(d * per_m) & mask, labels, queue, n_touched)
            n_queued += new
    while n_queued > 0:
        while head[bucket & mask] >= 0:
            node = head[bucket & mask]
            _move(node, -1, head, link, where)
            n_queued -= 1
            walked = dist[node]
            for at in range(indptr[node], indptr[node + 1]):
                d, other = walked + weights[at], indices[at]
                if d < dist[other] and d <= limit_m:
                    new, n_touched = _lower(other, d, int(d * per_m) & mask, labels, queue, n_touched)
                    n_queued += new
        bucket += 1
    return n_touched


@njit(cache=True, nogil=True)
def _meet(part: int, d: float, met: Array, n_met: int) -> int:
    """Note that a part is reached over a way; return how many parts are reached by now."""
    way_m, parts = met
    if way_m[part] == inf:
        parts[n_met] = part
        n_met += 1
    way_m[part] = min(way_m[part], d)
    return n_met


@njit(cache=True, nogil=True)
def _collect(site: Array, n_touched: int, homes: Array, limit_m: float, labels: Array, met: Array) -> int:
    """Bring what the touched nodes know to the parts on their edges, and clean the nodes; return how many parts."""
    by_node, node_part, node_way_m, by_edge, edge_part, edge_along_m, edge_leg_m = homes
    dist, touched = labels
    edge, along_m, leg_m = site
    n_met = 0
    for at in range(n_touched):
        node = touched[at]
        for row in range(by_node[node], by_node[node + 1]):
            d = dist[node] + node_way_m[row]
            if d <= limit_m:
                n_met = _meet(node_part[row], d, met, n_met)
        dist[node] = inf
    for row in range(by_edge[edge], by_edge[edge + 1]):
        d = abs(edge_along_m[row] - along_m) + edge_leg_m[row] + leg_m
        if d <= limit_m:
            n_met = _meet(edge_part[row], d, met, n_met)
    return n_met


@njit(cache=True, nogil=True)
def reach_from(network: Array, points: Array, bound: Array, scratch: Array, found: Array, first: int) -> int:
    """Find the parts within the limit of each site, until the sites or the room for answers end.

    Parameters
    ----------
    network
        (graph as (indptr, indices, weights), ends and lengths of the edges (u, v, length)). [m]
    points
        (sites, homes): sites as (edge, along, leg), edge -1 reaches nothing; homes as parts by node (start, part, way
        from the node), then parts by edge (start, part, along, leg). [m]
    bound
        (limit, buckets per metre).
    scratch
        Labels (dist: inf, touched), queue (head, link, where), met (way: inf, parts). Left as they were.
    found
        (end of each site's row, parts, ways). Filled from ``first`` on, parts from 0 on.
    first
        The site to begin with.

    Returns
    -------
    int
        The first site that was not done, because its parts did not fit.
    """
    graph, edges = network
    sites, homes = points
    labels, queue, met = scratch
    limit_m, per_m = bound
    ends_at, part, way_m = found
    n_out = 0
    for site in range(first, len(sites[0])):
        edge, along_m, leg_m = sites[0][site], sites[1][site], sites[2][site]
        n_met = 0
        if edge >= 0:
            ends = ((edges[0][edge], along_m + leg_m), (edges[1][edge], edges[2][edge] - along_m + leg_m))
            n_touched = _search(graph, ends, limit_m, per_m, labels, queue)
            n_met = _collect((edge, along_m, leg_m), n_touched, homes, limit_m, labels, met)
        fits = n_out + n_met <= len(part)
        for at in range(n_met):
            if fits:
                part[n_out + at], way_m[n_out + at] = met[1][at], met[0][met[1][at]]
            met[0][met[1][at]] = inf
        if not fits:
            return site
        n_out += n_met
        ends_at[site] = n_out
    return len(sites[0])
