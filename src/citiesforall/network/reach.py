"""Which homes lie within a bounded walk of each of many sites: the coverage matrix, at full resolution."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from citiesforall.core.errors import InputError
from citiesforall.network.kernels_reach import reach_from
from citiesforall.network.streets import Graph, walk_csr

if TYPE_CHECKING:
    from citiesforall.network.insert import OnEdge
    from citiesforall.network.streets import Float, Int, Long, Streets

WIDTH_PER_EDGE = 2.5
"""Width of a bucket in mean edges, as for the nearest search; the answer does not depend on it."""
MAX_BUCKETS = 1 << 16
SITES_A_BLOCK = 64
ROOM_PER_SITE = 2_000
"""Parts a block of sites has room for at first, per site; a fuller block is written in several goes."""


class Reach(NamedTuple):
    """Hold which parts each site reaches, as compressed rows.

    Parameters
    ----------
    start
        Where the row of each site starts, shape (S + 1,).
    part
        Parts within reach, rising inside a row.
    m
        Walks to them, legs at both ends included. [m]
    """

    start: Long
    part: Int
    m: Float


def reach(streets: Streets, sites: OnEdge, parts: OnEdge, limit_m: float, threads: int = 1) -> Reach:
    """Find every part within a walk of each site.

    Parameters
    ----------
    streets
        The streets.
    sites
        Where the sites join them, from ``attach``; a site that joins none reaches nothing. (S,)
    parts
        Where the parts' homes join them. (C,)
    limit_m
        Longest walk, legs included. [m]
    threads
        Sites searched at the same time; the answer does not depend on it.

    Returns
    -------
    Reach
        The coverage matrix.

    Raises
    ------
    InputError
        The limit is not a length: without one every site would reach every part.

    Notes
    -----
    One bounded search per site by a bucket queue that corrects labels inside a bucket (Meyer and Sanders 2003); after
    it only the labels it touched are cleaned, so a site costs what it reaches, whatever the size of the city. Sums are
    made in the order of the nearest search, from the site outwards, so a part is within reach here exactly when it is
    there.
    """
    if not (np.isfinite(limit_m) and limit_m > 0):
        raise InputError(f"reach: the longest walk is {limit_m} m. It must be a length above 0. Give one.")
    graph = walk_csr(streets)
    homes = _homes(streets, parts)
    bound = _bound(graph, float(limit_m))
    blocks = [slice(at, at + SITES_A_BLOCK) for at in range(0, len(sites.edge), SITES_A_BLOCK)]
    network = tuple(graph), (streets.edge_u, streets.edge_v, streets.edge_m)
    idle = [_scratch(streets.n_nodes, len(parts.edge), bound[1]) for _ in range(max(threads, 1))]

    def work(block: slice) -> list[Reach]:
        scratch = idle.pop()
        of = sites.edge[block], sites.along_m[block], sites.leg_m[block]
        found = _block((network, (of, homes), bound[0], scratch), len(parts.edge))
        idle.append(scratch)
        return found

    with ThreadPoolExecutor(max(threads, 1)) as pool:
        pieces = [piece for found in pool.map(work, blocks) for piece in found]
    return _joined(pieces, len(sites.edge), len(parts.edge))


def within(found: Reach, limit_m: float) -> Reach:
    """Keep only the parts within a shorter walk.

    Parameters
    ----------
    found
        A coverage matrix.
    limit_m
        Longest walk. [m]

    Returns
    -------
    Reach
        What ``reach`` gives for that limit.
    """
    kept = found.m <= limit_m
    before = np.append(0, np.cumsum(kept))
    return Reach(before[found.start], found.part[kept], found.m[kept])


def _homes(streets: Streets, parts: OnEdge) -> tuple[Any, ...]:
    """Sort the parts into rows of the nodes at both ends of their edge, and into rows of the edges."""
    has = np.flatnonzero(parts.edge >= 0).astype(np.int32)
    edge, along_m, leg_m = parts.edge[has], parts.along_m[has], parts.leg_m[has]
    node = np.concatenate([streets.edge_u[edge], streets.edge_v[edge]])
    way_m = np.concatenate([along_m + leg_m, streets.edge_m[edge] - along_m + leg_m])
    by_node, by_edge = np.argsort(node, kind="stable"), np.argsort(edge, kind="stable")
    return (
        _starts(node, streets.n_nodes),
        np.tile(has, 2)[by_node],
        way_m[by_node],
        _starts(edge, streets.n_edges),
        has[by_edge],
        along_m[by_edge],
        leg_m[by_edge],
    )


def _starts(of: Int, n: int) -> Long:
    """Return where each row starts once things are sorted by the row they are of."""
    start = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(of, minlength=n), out=start[1:])
    return start


def _bound(graph: Graph, limit_m: float) -> tuple[tuple[float, float], int]:
    """Return the limit with the buckets per metre, and how many buckets hold all that can be queued at a time."""
    weights = graph.weights[graph.weights <= limit_m]
    usual_m = float(weights.mean()) * WIDTH_PER_EDGE if len(weights) else 1.0
    width_m = max(usual_m, limit_m / (MAX_BUCKETS - 3), 1e-3)
    return (limit_m, 1 / width_m), 1 << int(np.ceil(np.log2(limit_m / width_m + 3)))


def _scratch(n_nodes: int, n_parts: int, n_buckets: int) -> tuple[Any, ...]:
    """Return clean labels, an empty queue and an empty list of parts for one thread."""
    labels = np.full(n_nodes, np.inf), np.empty(n_nodes, np.int32)
    queue = np.full(n_buckets, -1, np.int32), np.empty((n_nodes, 2), np.int32), np.full(n_nodes, -1, np.int32)
    return labels, queue, (np.full(n_parts, np.inf), np.empty(n_parts, np.int32))


def _block(given: tuple[Any, Any, Any, Any], n_parts: int) -> list[Reach]:
    """Search from a block of sites, in as many goes as its parts need; a row of one site always fits."""
    network, points, bound, scratch = given
    n_sites = len(points[0][0])
    room = max(n_parts, min(n_parts, ROOM_PER_SITE) * n_sites)
    ends, part, way_m = np.zeros(n_sites, np.int64), np.empty(room, np.int32), np.empty(room)
    found, first = [], 0
    while first < n_sites:
        until = reach_from(network, points, bound, scratch, (ends, part, way_m), first)
        n = int(ends[until - 1])
        found.append(Reach(ends[first:until].copy(), part[:n].copy(), way_m[:n].copy()))
        first = until
    return found


def _joined(pieces: list[Reach], n_sites: int, n_parts: int) -> Reach:
    """Join pieces, whose rows end where ``start`` says, and sort each row by part."""
    sizes = [np.diff(piece.start, prepend=0) for piece in pieces]
    start = np.zeros(n_sites + 1, np.int64)
    np.cumsum(np.concatenate([np.zeros(0, np.int64), *sizes]), out=start[1:])
    part = np.concatenate([np.zeros(0, np.int32), *(piece.part for piece in pieces)])
    way_m = np.concatenate([np.zeros(0), *(piece.m for piece in pieces)])
    from scipy.sparse import csr_array  # noqa: PLC0415  (slow to import, and needed for coverage only)

    # scipy adds what stands twice; nothing does, and a walk of no length is kept
    rows = csr_array((way_m, part, start), shape=(n_sites, n_parts))
    rows.sort_indices()
    return Reach(start, rows.indices.astype(np.int32, copy=False), rows.data)
