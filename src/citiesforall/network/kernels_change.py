"""The compiled loops for streets that are lost; like ``kernels``, they only fill arrays that are handed in."""

from __future__ import annotations

from typing import Any

from numba import njit

Array = Any  # numpy arrays; their types are those ``bridges`` makes


@njit(cache=True, nogil=True)
def incident(u: Array, v: Array, cursor: Array, far: Array, edge: Array) -> None:
    """Sort edges into the rows of their two ends.

    Parameters
    ----------
    u, v
        Edges.
    cursor
        Where the row of each node starts; moved to where it ends.
    far, edge
        Filled: the node at the other end, and the edge.
    """
    for at in range(len(u)):
        for one, other in ((u[at], v[at]), (v[at], u[at])):
            far[cursor[one]] = other
            edge[cursor[one]] = at
            cursor[one] += 1


@njit(cache=True, nogil=True)
def deep_walk(graph: Array, cursor: Array, number: Array, low: Array, tree: Array) -> int:
    """Walk through a graph deep first, and tell how far back each node's subtree can reach by another edge.

    Parameters
    ----------
    graph
        (indptr, far, edge): nodes at the other ends, and the edges there; parallel edges are several.
    cursor
        Where the row of each node starts; moved.
    number
        -1 for every node; filled with the place in the order of the walk.
    low
        Filled: smallest number that the node's subtree reaches without the edge by which it was entered.
    tree
        (order, parent, via): filled with the nodes in the order of the walk, the node each was entered from and the edge
        used; -1 where a walk started.

    Returns
    -------
    int
        Number of nodes, N.

    Notes
    -----
    Without recursion, so that a street of a million nodes overflows nothing. The edge from parent to node is a bridge if
    and only if low[node] = number[node] [tarjan_1974].
    """
    indptr, far, edge = graph
    order, parent, via = tree
    n_seen = 0
    for start in range(len(number)):
        if number[start] >= 0:
            continue
        node = start
        parent[node], via[node] = -1, -1
        number[node] = low[node] = n_seen
        order[n_seen] = node
        n_seen += 1
        while node >= 0:
            if cursor[node] < indptr[node + 1]:
                at = cursor[node]
                cursor[node] += 1
                other = far[at]
                if number[other] < 0:
                    parent[other], via[other] = node, edge[at]
                    number[other] = low[other] = n_seen
                    order[n_seen] = other
                    n_seen += 1
                    node = other
                elif edge[at] != via[node]:
                    low[node] = min(low[node], number[other])
            else:
                up = parent[node]
                if up >= 0:
                    low[up] = min(low[up], low[node])
                node = up
    return n_seen


@njit(cache=True, nogil=True)
def nearest_tree(graph: Array, dist: Array, roots: Array, seen: Array, tree: Array) -> int:
    """Lay the trees of shortest ways: for every node reached the node before it on a shortest way to a facility.

    Parameters
    ----------
    graph
        (indptr, far, edge, length of each edge). [m]
    dist
        Ways to the nearest facility, as ``nearest_m`` gives them. [m]
    roots
        (node, distance already walked there): where the search started. [m]
    seen
        False for every node; True where a shortest way was found.
    tree
        (order, parent, via): filled as by ``deep_walk``, parents before their children.

    Returns
    -------
    int
        How many nodes are reached.

    Notes
    -----
    An edge is on a shortest way if the way before it and its length add up to the way behind it, to the last digit, for so
    the search made it. Of several the first found is taken: breadth first from the roots, edges in their order.
    """
    indptr, far, edge, length_m = graph
    order, parent, via = tree
    n_seen = 0
    for at in range(len(roots[0])):
        node = roots[0][at]
        if not seen[node] and roots[1][at] == dist[node]:
            seen[node] = True
            parent[node], via[node] = -1, -1
            order[n_seen] = node
            n_seen += 1
    done = 0
    while done < n_seen:
        node = order[done]
        done += 1
        for at in range(indptr[node], indptr[node + 1]):
            other = far[at]
            if not seen[other] and dist[node] + length_m[edge[at]] == dist[other]:
                seen[other] = True
                parent[other], via[other] = node, edge[at]
                order[n_seen] = other
                n_seen += 1
    return n_seen


@njit(cache=True, nogil=True)
def sum_up(order: Array, parent: Array, sums: Array) -> None:
    """Add what hangs on each node of a tree to the nodes above it.

    Parameters
    ----------
    order
        Nodes, parents before their children.
    parent
        The node above each, -1 at a root.
    sums
        Amounts of the nodes, shape (N, Q). Filled with those of their subtrees.
    """
    for at in range(len(order) - 1, -1, -1):
        node = order[at]
        if parent[node] >= 0:
            for column in range(sums.shape[1]):
                sums[parent[node], column] += sums[node, column]
