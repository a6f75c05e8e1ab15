"""The compiled loops of what-if: they change kept arrays only where a change reaches, and note what was there before."""

from __future__ import annotations

from math import inf
from typing import Any

from numba import njit

from citiesforall.network.kernels import _move

Array = Any  # numpy arrays; their types are those ``improve`` makes


@njit(cache=True, nogil=True)
def _lower(node: int, d: float, dist: Array, log: Array) -> None:
    """Write a distance; the first time in a turn note the node and what was there."""
    nodes, before_m, turn, count = log
    if turn[node] != count[1]:
        turn[node] = count[1]
        nodes[count[0]] = node
        before_m[count[0]] = dist[node]
        count[0] += 1
    dist[node] = d


@njit(cache=True, nogil=True)
def improve(graph: Array, seeds: Array, limits: Array, dist: Array, queue: Array, log: Array) -> None:
    """Lower distances until no way through the graph is shorter, as ``kernels.relax`` does, and note what was there.

    Parameters
    ----------
    graph
        (indptr, indices, weights). [m]
    seeds
        (node, distance already walked there). [m]
    limits
        (longest distance written, width of a bucket). [m]
    dist
        Lowered.
    queue
        (head, link, where): empty buckets. Left empty.
    log
        (nodes, distances before, turn each node was last noted in, (number noted, this turn)).
    """
    indptr, indices, weights = graph
    head, link, where = queue
    limit_m, mask, per_m = limits[0], len(head) - 1, 1 / limits[1]
    n_queued, bucket = 0, 1 << 62
    for at in range(len(seeds[0])):
        node, d = seeds[0][at], seeds[1][at]
        if d <= limit_m and d < dist[node]:
            _lower(node, d, dist, log)
            n_queued += where[node] < 0
            bucket = min(bucket, int(d * per_m))
            _move(node, int(d * per_m) & mask, head, link, where)
    while n_queued > 0:
        while head[bucket & mask] >= 0:
            node = head[bucket & mask]
            _move(node, -1, head, link, where)
            n_queued -= 1
            walked = dist[node]
            for at in range(indptr[node], indptr[node + 1]):
                d, other = walked + weights[at], indices[at]
                if d < dist[other] and d <= limit_m:
                    _lower(other, d, dist, log)
                    slot = int(d * per_m) & mask
                    if where[other] != slot:
                        n_queued += where[other] < 0
                        _move(other, slot, head, link, where)
        bucket += 1


@njit(cache=True, nogil=True)
def forget(graph: Array, starts: Array, served: Array, dist: Array, log: Array, border: Array) -> int:
    """Forget the distances of nodes that removed facilities served, and find from where they are reached now.

    Parameters
    ----------
    graph
        (indptr, indices, weights). [m]
    starts
        Nodes the removed facilities are reached from.
    served
        (nearest facility of each node, whether each facility is removed).
    dist
        Set to inf where the nearest facility is removed.
    log
        As for `improve`.
    border
        (node, distance): filled with forgotten nodes and the shortest way to them from a neighbour that is not. [m]

    Returns
    -------
    int
        Number of entries of the border.

    Notes
    -----
    Nodes a facility serves hang together: of equal ways the facility with the smaller number serves every node on them.
    """
    indptr, indices, weights = graph
    nearest, gone = served
    nodes, _, turn, count = log
    for at in range(len(starts)):
        node = starts[at]
        if nearest[node] >= 0 and gone[nearest[node]] and turn[node] != count[1]:
            _lower(node, inf, dist, log)
    done = 0
    while done < count[0]:
        node = nodes[done]
        done += 1
        for at in range(indptr[node], indptr[node + 1]):
            other = indices[at]
            if nearest[other] >= 0 and gone[nearest[other]] and turn[other] != count[1]:
                _lower(other, inf, dist, log)
    n_border = 0
    for at in range(count[0]):
        node, least_m = nodes[at], inf
        for to in range(indptr[node], indptr[node + 1]):
            least_m = min(least_m, dist[indices[to]] + weights[to])
        if least_m < inf:
            border[0][n_border], border[1][n_border] = node, least_m
            n_border += 1
    return n_border


@njit(cache=True, nogil=True)
def undo(dist: Array, log: Array) -> None:
    """Put the noted distances back and begin a new turn."""
    nodes, before_m, _, count = log
    for at in range(count[0]):
        dist[nodes[at]] = before_m[at]
    count[0] = 0
    count[1] += 1


@njit(cache=True, nogil=True)
def points_near(log: Array, near: Array, edges: Array, on_edge: Array, found: Array) -> int:
    """Collect the points whose way may have changed: at noted nodes, and on some edges.

    Parameters
    ----------
    log
        As for `improve`.
    near
        (start of each node's row, points).
    edges
        Edges on which doors were added or removed.
    on_edge
        (start of each edge's row, points).
    found
        (points, turn each point was last found in); the first filled.

    Returns
    -------
    int
        How many there are; each once.
    """
    nodes, _, _, count = log
    points, turn = found
    n_found = 0
    for at in range(count[0]):
        for to in range(near[0][nodes[at]], near[0][nodes[at] + 1]):
            if turn[near[1][to]] != count[1]:
                turn[near[1][to]] = count[1]
                points[n_found] = near[1][to]
                n_found += 1
    for edge in edges:
        for to in range(on_edge[0][edge], on_edge[0][edge + 1]):
            if turn[on_edge[1][to]] != count[1]:
                turn[on_edge[1][to]] = count[1]
                points[n_found] = on_edge[1][to]
                n_found += 1
    return n_found


@njit(cache=True, nogil=True)
def _first(values: Array, value: int) -> int:
    """Return the first position of a value in rising values, or where it would stand."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def ways_of(points: Array, joins: Array, edges: Array, dist: Array, doors: Array, out: Array) -> None:
    """Measure the way from some points to their nearest facility, as ``kernels.at_edges`` does.

    Parameters
    ----------
    points
        Which points.
    joins
        Where all points join the streets: (edge, along, leg). [m]
    edges
        (u, v, length, longest way written). [m]
    dist
        Way from each node to its nearest facility. [m]
    doors
        Facilities on edges: those that were there, by rising edge, (edge, along, leg, whether it is gone); and new ones,
        (edge, along, leg). [m]
    out
        Filled: the ways, inf beyond the limit. [m]
    """
    old_edge, old_along_m, old_leg_m, old_gone = doors[0]
    new_edge, new_along_m, new_leg_m = doors[1]
    for number in range(len(points)):
        edge, along_m, leg_m = joins[0][points[number]], joins[1][points[number]], joins[2][points[number]]
        best = min(
            dist[edges[0][edge]] + (along_m + leg_m),
            dist[edges[1][edge]] + (edges[2][edge] - along_m + leg_m),
        )
        at = _first(old_edge, edge)
        while at < len(old_edge) and old_edge[at] == edge:
            if not old_gone[at]:
                best = min(best, abs(along_m - old_along_m[at]) + leg_m + old_leg_m[at])
            at += 1
        for at in range(len(new_edge)):
            if new_edge[at] == edge:
                best = min(best, abs(along_m - new_along_m[at]) + leg_m + new_leg_m[at])
        out[number] = best if best <= edges[3] else inf
