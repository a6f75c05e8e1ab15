"""The compiled loops of the network; they only fill arrays that are handed in, so that they compile fast."""

from __future__ import annotations

from math import isnan
from typing import Any

import numpy as np
from numba import njit

from citiesforall.core.lazy import rarely_collected, unloaded

Array = Any  # numpy arrays; their types are those ``search`` and ``topology`` make


@njit(cache=True, nogil=True)
def follow(mate: Array, start: Array, entry: Array, done: Array) -> int:
    """Follow pairs of ends from piece to piece.

    Parameters
    ----------
    mate
        For each end (2 p, 2 p + 1 of piece p) the end that goes on from it, or -1.
    start, entry
        Filled: chains as ragged rows of the ends by which their pieces are entered.
    done
        False for every piece.

    Returns
    -------
    int
        Number of chains; those that are rings come last.
    """
    n_chains, n_out = 0, 0
    for rings in range(2):
        for begin in range(len(mate)):
            if done[begin >> 1] or (mate[begin] >= 0 and rings == 0):
                continue
            end = begin
            while end >= 0 and not done[end >> 1]:
                done[end >> 1] = True
                entry[n_out] = end
                n_out += 1
                end = mate[end ^ 1]
            n_chains += 1
            start[n_chains] = n_out
    return n_chains


def load_compiled() -> None:
    """Load what every compiled loop needs; the first call of any does, and takes half a second for it."""
    # numba looks for scipy's linear algebra, which no loop here uses
    with rarely_collected(), unloaded("scipy.linalg", "scipy.linalg.cython_blas"):
        follow(np.zeros(0, np.int32), np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.bool_))


@njit(cache=True, nogil=True)
def _top(above: Array, node: int) -> int:
    """Return the smallest node known to hang together with one, and shorten the way there."""
    while above[node] != node:
        above[node] = above[above[node]]
        node = above[node]
    return node


@njit(cache=True, nogil=True)
def hang_together(u: Array, v: Array, part: Array) -> int:
    """Find the connected parts of a graph and number them in the order of their smallest nodes.

    Parameters
    ----------
    u, v
        Ends of the edges.
    part
        Filled: the part of each node.

    Returns
    -------
    int
        How many parts there are.

    Notes
    -----
    Parts are trees whose top is their smallest node; an edge hangs the larger top below the smaller (union-find).
    """
    for node in range(len(part)):
        part[node] = node
    for edge in range(len(u)):
        one, other = _top(part, u[edge]), _top(part, v[edge])
        part[max(one, other)] = min(one, other)
    n_parts = 0
    for node in range(len(part)):  # what is above a node was numbered before it
        if part[node] == node:
            part[node] = n_parts
            n_parts += 1
        else:
            part[node] = part[part[node]]
    return n_parts


@njit(cache=True, nogil=True)
def half_edges(u: Array, v: Array, length_m: Array, cursor: Array, far: Array, weight: Array) -> None:
    """Sort edges into the rows of their two ends.

    Parameters
    ----------
    u, v, length_m
        Edges.
    cursor
        Where the row of each node starts; moved to where it ends.
    far, weight
        Filled: the node at the other end, and the length. [m]
    """
    for edge in range(len(u)):
        for one, other in ((u[edge], v[edge]), (v[edge], u[edge])):
            far[cursor[one]] = other
            weight[cursor[one]] = length_m[edge]
            cursor[one] += 1


@njit(cache=True, nogil=True)
def _move(node: int, bucket: int, head: Array, link: Array, where: Array) -> None:
    """Put a node into a bucket, taking it out of the one it is in; bucket -1 only takes it out."""
    old = where[node]
    if old >= 0:
        before, after = link[node, 0], link[node, 1]
        if before >= 0:
            link[before, 1] = after
        else:
            head[old] = after
        if after >= 0:
            link[after, 0] = before
    where[node] = bucket
    if bucket >= 0:
        after = head[bucket]
        link[node, 0], link[node, 1] = -1, after
        if after >= 0:
            link[after, 0] = node
        head[bucket] = node


@njit(cache=True, nogil=True)
def relax(graph: Array, seeds: Array, limit_m: float, width_m: float, dist: Array, queue: Array) -> None:
    """Lower distances until no way through the graph is shorter.

    Parameters
    ----------
    graph
        (indptr, indices, weights). [m]
    seeds
        (node, distance already walked there). [m]
    limit_m
        Longer distances are not written. [m]
    width_m
        Width of a bucket: nodes are taken in the order of their bucket, in any order inside one, and taken again
        when their distance falls; so the result is exact for any width. [m]
    dist
        Lowered: distance of each node; inf for all at first. [m]
    queue
        (head, link, where): empty buckets, shapes (a power of two,), (N, 2), (N,). Left empty.
    """
    indptr, indices, weights = graph
    head, link, where = queue
    mask, per_m = len(head) - 1, 1 / width_m
    n_queued, bucket = 0, 1 << 62
    for at in range(len(seeds[0])):
        node, d = seeds[0][at], seeds[1][at]
        if d <= limit_m and d < dist[node]:
            dist[node] = d
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
                    dist[other] = d
                    slot = int(d * per_m) & mask
                    if where[other] != slot:
                        n_queued += where[other] < 0
                        _move(other, slot, head, link, where)
        bucket += 1


@njit(cache=True, nogil=True)
def offer(row: int, d: float, name: int, dist: Array, facility: Array, is_new: Array) -> bool:
    """Enter a facility into a row of the nearest ones, if it belongs there.

    Parameters
    ----------
    row
        The row.
    d, name
        Way to the facility, and its number. [m]
    dist, facility, is_new
        Rows, kept in the order of way and number; each facility stands in a row once.

    Returns
    -------
    bool
        Whether the row has changed.
    """
    at = dist.shape[1] - 1
    for other in range(dist.shape[1]):
        if facility[row, other] == name:
            at = other
    if d > dist[row, at] or (d == dist[row, at] and 0 <= facility[row, at] <= name):
        return False
    while at > 0 and (d < dist[row, at - 1] or (d == dist[row, at - 1] and name < facility[row, at - 1])):
        dist[row, at], facility[row, at] = dist[row, at - 1], facility[row, at - 1]
        is_new[row, at] = is_new[row, at - 1]
        at -= 1
    dist[row, at], facility[row, at], is_new[row, at] = d, name, True
    return True


@njit(cache=True, nogil=True)
def _enter(seeds: Array, limit_m: float, per_m: float, labels: Array, queue: Array) -> Array:
    """Offer the seeds to their nodes and queue these; return how many there are and the first bucket."""
    head, link, where = queue
    dist, facility, is_new = labels
    n_queued, bucket = 0, 1 << 62
    for at in range(len(seeds[0])):
        if seeds[1][at] <= limit_m:
            offer(seeds[0][at], seeds[1][at], seeds[2][at], dist, facility, is_new)
    for at in range(len(seeds[0])):
        node = seeds[0][at]
        if is_new[node, 0] and where[node] < 0:
            n_queued += 1
            bucket = min(bucket, int(dist[node, 0] * per_m))
            _move(node, int(dist[node, 0] * per_m) & (len(head) - 1), head, link, where)
    return n_queued, bucket


@njit(cache=True, nogil=True)
def _carry(
    node: int, j: int, graph: Array, limit_m: float, per_m: float, bucket: int, labels: Array, queue: Array
) -> int:
    """Offer one facility of a node to its neighbours; return how many of them were newly queued."""
    indptr, indices, weights = graph
    head, link, where = queue
    dist, facility, is_new = labels
    n_queued = 0
    for at in range(indptr[node], indptr[node + 1]):
        d, other = dist[node, j] + weights[at], indices[at]
        if d <= limit_m and offer(other, d, facility[node, j], dist, facility, is_new):
            slot = int(d * per_m)
            if where[other] < 0 or slot - bucket < (where[other] - bucket) & (len(head) - 1):
                n_queued += where[other] < 0
                _move(other, slot & (len(head) - 1), head, link, where)
    return n_queued


@njit(cache=True, nogil=True)
def k_relax(graph: Array, seeds: Array, limit_m: float, width_m: float, labels: Array, queue: Array) -> None:
    """Carry facilities along the graph until every node knows its nearest ones.

    Parameters
    ----------
    graph
        (indptr, indices, weights). [m]
    seeds
        (node, distance already walked there, facility).
    limit_m, width_m, queue
        As for ``relax``.
    labels
        (dist, facility, is_new), shapes (N, k): inf, -1 and False at first. Filled.
    """
    head, link, where = queue
    dist, _, is_new = labels
    mask, per_m = len(head) - 1, 1 / width_m
    n_queued, bucket = _enter(seeds, limit_m, per_m, labels, queue)
    while n_queued > 0:
        while head[bucket & mask] >= 0:
            node = head[bucket & mask]
            _move(node, -1, head, link, where)
            n_queued -= 1
            later = -1
            for j in range(dist.shape[1] - 1, -1, -1):
                if is_new[node, j] and int(dist[node, j] * per_m) > bucket:
                    later = int(dist[node, j] * per_m)
                elif is_new[node, j]:
                    is_new[node, j] = False
                    n_queued += _carry(node, j, graph, limit_m, per_m, bucket, labels, queue)
            if later >= 0:
                n_queued += 1
                _move(node, later & mask, head, link, where)
        bucket += 1


@njit(cache=True, nogil=True)
def at_edges(edges: Array, nodes: Array, points: Array, here: Array, limit_m: float, labels: Array) -> None:
    """Bring what the nodes know to points on edges, and add the facilities on the same edge.

    Parameters
    ----------
    edges
        (u, v, length). [m]
    nodes
        (dist, facility), shapes (N, k).
    points
        (edge, along, leg). [m]
    here
        Facilities on edges: (start of each edge's row, along, leg, facility). [m]
    limit_m
        Longer ways are not written. [m]
    labels
        (dist, facility, is_new), shapes (P, k): inf, -1 and False at first. Filled.
    """
    dist, facility, is_new = labels
    for point in range(len(points[0])):
        edge, along_m, leg_m = points[0][point], points[1][point], points[2][point]
        if edge < 0:
            continue
        for node, way_m in (
            (edges[0][edge], along_m + leg_m),
            (edges[1][edge], edges[2][edge] - along_m + leg_m),
        ):
            for j in range(dist.shape[1]):
                d = nodes[0][node, j] + way_m
                if d <= limit_m and nodes[1][node, j] >= 0:
                    offer(point, d, nodes[1][node, j], dist, facility, is_new)
        for at in range(here[0][edge], here[0][edge + 1]):
            d = abs(along_m - here[1][at]) + leg_m + here[2][at]
            if d <= limit_m:
                offer(point, d, here[3][at], dist, facility, is_new)


@njit(cache=True, nogil=True)
def _try_cell(cell: int, x: float, y: float, segments: Array, grid: Array, best: Array) -> Array:
    """Compare a point with the segments of one cell; ``best`` is (square of the way, edge, way along it)."""
    square, edge, along_m = best
    x0, y0, x1, y1, passed_m, of_edge = segments
    for at in range(grid[0][cell], grid[0][cell + 1]):
        one = grid[1][at]
        dx, dy = x1[one] - x0[one], y1[one] - y0[one]
        whole = dx * dx + dy * dy
        share = ((x - x0[one]) * dx + (y - y0[one]) * dy) / whole if whole > 0 else 0.0
        share = min(max(share, 0.0), 1.0)
        # the far end is taken as it is, so that edges that meet there are equally far to the last digit
        off_x = x - (x1[one] if share == 1 else x0[one] + share * dx)
        off_y = y - (y1[one] if share == 1 else y0[one] + share * dy)
        found = off_x * off_x + off_y * off_y
        if found < square or (found == square and of_edge[one] < edge):
            square, edge, along_m = found, of_edge[one], passed_m[one] + share * whole**0.5
    return square, edge, along_m


@njit(cache=True, nogil=True)
def nearest_on(points: Array, segments: Array, grid: Array, limit_m: float, found: Array) -> None:
    """Find the nearest place on the segments, in rings of cells around each point.

    Parameters
    ----------
    points
        (x, y). [m]
    segments
        (x0, y0, x1, y1, way along the edge before it, edge). [m]
    grid
        (start, segment, x, y, side, columns, rows) of the cells the segments are sorted into.
    limit_m
        Points farther than this from all segments find nothing. [m]
    found
        (edge, way along it, way to it): filled where something is found.
    """
    west, south, cell_m, n_columns, n_rows = grid[2:]
    for point in range(len(points[0])):
        x, y = points[0][point], points[1][point]
        if isnan(x) or isnan(y):
            continue
        # from the place in the grid's box that is nearest to the point nothing in the box is farther than from it
        column = int(min(max((x - west) / cell_m, 0.0), n_columns - 1.0))
        row = int(min(max((y - south) / cell_m, 0.0), n_rows - 1.0))
        best = (limit_m * limit_m, 1 << 30, 0.0)
        ring = 0
        while ring < max(n_columns, n_rows) and (ring - 1) * cell_m <= best[0] ** 0.5:
            for r in range(max(row - ring, 0), min(row + ring, n_rows - 1) + 1):
                step = 1 if abs(r - row) == ring or ring == 0 else 2 * ring
                for c in range(column - ring, column + ring + 1, step):
                    if 0 <= c < n_columns:
                        best = _try_cell(r * n_columns + c, x, y, segments, grid, best)
            ring += 1
        if best[1] < 1 << 30:
            found[0][point], found[1][point], found[2][point] = best[1], best[2], best[0] ** 0.5
