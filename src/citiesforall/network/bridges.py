"""Edges without which streets fall apart, what lies on their two sides, and how many walk over each edge."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiesforall.network.kernels_change import deep_walk, incident, nearest_tree, sum_up

if TYPE_CHECKING:
    from citiesforall.network.search import Seeds
    from citiesforall.network.streets import Float, Int, Long, Streets


class Sides(NamedTuple):
    """Say what lies on the two sides of every bridge of the graph.

    Parameters
    ----------
    edge
        Edges that are bridges, rising. (B,)
    at_v
        Whether the far side is the one of ``edge_v``. (B,)
    far, near
        Amounts on the far side, and on the rest of the connected part. (B, Q)
    """

    edge: Int
    at_v: np.ndarray[tuple[int], np.dtype[np.bool_]]
    far: Float
    near: Float


class Incident(NamedTuple):
    """Hold the walkable edges of every node: rows, the nodes at the other ends, and the edges' numbers."""

    indptr: Long
    far: Int
    edge: Int


def bridge_sides(streets: Streets, amounts: Float) -> Sides:
    """Find the edges whose loss cuts the walk graph in two, and what lies on either side.

    Parameters
    ----------
    streets
        The streets.
    amounts
        What is counted at each node: people, facilities. (N, Q)

    Returns
    -------
    Sides
        Parallel edges and rings hold each other: none of them is a bridge.

    Notes
    -----
    One walk through the graph deep first finds all bridges [tarjan_1974]; the amounts of a subtree are those beyond its
    bridge. The time grows with nodes and edges, whatever the number of bridges.
    """
    n_nodes = streets.n_nodes
    rows = walk_rows(streets)
    number, low = np.full(n_nodes, -1, np.int32), np.empty(n_nodes, np.int32)
    order, parent, via = (np.full(n_nodes, -1, np.int32) for _ in range(3))
    deep_walk(tuple(rows), rows.indptr[:-1].copy(), number, low, (order, parent, via))
    sums = np.array(amounts, np.float64, order="C")
    sum_up(order, parent, sums)
    node = np.flatnonzero((via >= 0) & (low == number))
    node = node[np.argsort(via[node])]
    root = _roots(order, parent)
    return Sides(via[node], streets.edge_v[via[node]] == node, sums[node], sums[root[node]] - sums[node])


def walk_rows(streets: Streets) -> Incident:
    """Return the walkable edges of every node, loops left out.

    Parameters
    ----------
    streets
        The streets.
    """
    keep = np.flatnonzero(streets.edge_walk & (streets.edge_u != streets.edge_v))
    u, v = streets.edge_u[keep], streets.edge_v[keep]
    indptr = np.zeros(streets.n_nodes + 1, np.int64)
    np.cumsum(
        np.bincount(u, minlength=streets.n_nodes) + np.bincount(v, minlength=streets.n_nodes), out=indptr[1:]
    )
    far, edge = np.empty(2 * len(u), np.int32), np.empty(2 * len(u), np.int32)
    incident(u, v, indptr[:-1].copy(), far, edge)
    return Incident(indptr, far, keep.astype(np.int32)[edge])


def people_passing(streets: Streets, dist_m: Float, seeds: Seeds, people: Float) -> Float:
    """Count who walks over every edge, from end to end, on a shortest way to the nearest facility.

    Parameters
    ----------
    streets
        The streets.
    dist_m
        Ways to the nearest facility, as ``nearest_m`` gives them for the seeds. (N,) [m]
    seeds
        Where the facilities are.
    people
        Who starts at each node. (N,) [persons]

    Returns
    -------
    array
        Of several shortest ways one is taken. (M,) [persons]
    """
    rows = walk_rows(streets)
    order, parent, via = (np.full(streets.n_nodes, -1, np.int32) for _ in range(3))
    seen = np.zeros(streets.n_nodes, np.bool_)
    roots = np.ascontiguousarray(seeds.node, np.int32), np.ascontiguousarray(seeds.offset_m, np.float64)
    n_seen = nearest_tree((*rows, streets.edge_m), dist_m, roots, seen, (order, parent, via))
    sums = np.array(people, np.float64)[:, None]
    sum_up(order[:n_seen], parent, sums)
    passing = np.zeros(streets.n_edges)
    inner = order[:n_seen][via[order[:n_seen]] >= 0]
    passing[via[inner]] = sums[inner, 0]  # every node is entered by one edge, and every edge enters one node
    return passing


def _roots(order: Int, parent: Int) -> Int:
    """Return the node at the root of each node's tree."""
    is_root = parent[order] < 0
    root = np.empty(len(order), np.int32)
    root[order] = order[np.maximum.accumulate(np.where(is_root, np.arange(len(order)), 0))]
    return root
