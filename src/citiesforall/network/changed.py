"""Streets after a change: closed, cut, or with a new link; what was there keeps its number."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiesforall.core.errors import InputError, did_you_mean, raise_all
from citiesforall.network.insert import OnEdge, attach
from citiesforall.network.streets import components

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from citiesforall.network.streets import Bool, Float, Int, Long, Streets

JOIN_M = 1.0  # a link's end this near to a node is drawn to it: no map is more exact
LIMIT_M = 50.0  # a link's end farther than this from every street was drawn to another place [ours]
FEWEST_POINTS = 2
EDGE_END_M = 1e-6  # a cut this near to an edge's end is at its node: rounding of coordinates is of that size


class Cuts(NamedTuple):
    """Say where edges were cut: the piece after cut i is edge ``first_edge + i``, its start node ``first_node + i``.

    Parameters
    ----------
    edge
        Edges that were cut, rising; one that is cut twice stands twice. (Q,)
    along_m
        Where, rising within an edge. (Q,) [m]
    first_edge, first_node
        Number of edges and of nodes before.
    """

    edge: Int
    along_m: Float
    first_edge: int
    first_node: int


def close_edges(streets: Streets, closed: Bool) -> Streets:
    """Close streets: nobody walks there any more.

    Parameters
    ----------
    streets
        The streets.
    closed
        Which edges are closed. (M,)

    Returns
    -------
    Streets
        The same nodes and edges, those closed not walkable, connected parts found again. No way gets shorter.

    Raises
    ------
    InputError
        There is not one truth value for every edge.
    """
    shut = np.asarray(closed)
    if shut.dtype != np.bool_ or shut.shape != streets.edge_walk.shape:
        raise InputError(
            f"closed: {shut.dtype} of shape {shut.shape} is given. One truth value for each of the "
            f"{streets.n_edges} edges is expected. Give a boolean array."
        )
    return _joined(replace(streets, edge_walk=streets.edge_walk & ~shut))


def cut_edges(streets: Streets, edge: Int, along_m: Float) -> tuple[Streets, Cuts]:
    """Cut edges into pieces; no way changes by it.

    Parameters
    ----------
    streets
        The streets.
    edge, along_m
        Edges, and how far from their ``edge_u`` they are cut. Cuts at an end or beyond, and those that stand twice, are
        none. (P,) [m]

    Returns
    -------
    (Streets, Cuts)
        Old nodes and edges keep their numbers; of a cut edge the piece at ``edge_u`` keeps it, the others come last.
    """
    inside = (along_m > EDGE_END_M) & (along_m < streets.edge_m[edge] - EDGE_END_M)
    pairs = np.unique(np.column_stack([edge[inside].astype(np.float64), along_m[inside]]), axis=0)
    cuts = Cuts(pairs[:, 0].astype(np.int32), pairs[:, 1], streets.n_edges, streets.n_nodes)
    if not len(cuts.edge):
        return streets, cuts
    number, x, y, cut_x, cut_y = _cut_lines(streets, cuts)
    order = np.argsort(number, kind="stable")
    n_edges, new = streets.n_edges + len(cuts.edge), np.arange(len(cuts.edge), dtype=np.int32)
    last_of_edge = np.append(cuts.edge[1:] != cuts.edge[:-1], True)
    first_of_edge = np.append(True, last_of_edge[:-1])
    edge_v = np.append(
        streets.edge_v, np.where(last_of_edge, streets.edge_v[cuts.edge], cuts.first_node + new + 1)
    )
    edge_v[cuts.edge[first_of_edge]] = cuts.first_node + new[first_of_edge]
    end_m = np.where(last_of_edge, streets.edge_m[cuts.edge], np.append(cuts.along_m[1:], 0.0))
    edge_m = np.append(streets.edge_m, end_m - cuts.along_m)
    edge_m[cuts.edge[first_of_edge]] = cuts.along_m[first_of_edge]
    return replace(
        streets,
        node_x=np.append(streets.node_x, cut_x),
        node_y=np.append(streets.node_y, cut_y),
        edge_u=np.append(streets.edge_u, cuts.first_node + new).astype(np.int32),
        edge_v=edge_v.astype(np.int32),
        edge_m=edge_m,
        edge_class=np.append(streets.edge_class, streets.edge_class[cuts.edge]),
        edge_walk=np.append(streets.edge_walk, streets.edge_walk[cuts.edge]),
        vertex_start=np.searchsorted(number[order], np.arange(n_edges + 1)).astype(np.int64),
        vertex_x=x[order],
        vertex_y=y[order],
        # a cut changes neither what is joined nor how long it is, but for rounding: the numbers stay
        component=np.append(streets.component, streets.component[streets.edge_u[cuts.edge]]),
    ), cuts  # fmt: skip


def on_pieces(cuts: Cuts, points: OnEdge) -> OnEdge:
    """Say where points on edges are after the edges were cut.

    Parameters
    ----------
    cuts
        As ``cut_edges`` returned them.
    points
        On the edges before.

    Returns
    -------
    OnEdge
        The same places on the pieces; one that stands at a cut belongs to the piece before it.
    """
    before = np.searchsorted(cuts.edge, points.edge)
    n_passed = np.zeros(len(points.edge), np.int64)
    last = np.searchsorted(cuts.edge, points.edge, "right")
    passed_m = np.zeros(len(points.edge))
    for step in range(int((last - before).max(initial=0))):  # as many rounds as the most cut edge has cuts
        at = np.minimum(before + step, max(len(cuts.edge) - 1, 0))
        beyond = (before + step < last) & (points.along_m > cuts.along_m[at])
        n_passed += beyond
        passed_m = np.where(beyond, cuts.along_m[at], passed_m)
    edge = np.where(n_passed > 0, cuts.first_edge + before + n_passed - 1, points.edge)
    return OnEdge(edge.astype(np.int32), points.along_m - passed_m, points.leg_m)


def add_link(
    streets: Streets, x: ArrayLike, y: ArrayLike, street_class: str, limit_m: float = LIMIT_M
) -> Streets:
    """Add a street that one may walk, joined at its ends.

    Parameters
    ----------
    streets
        The streets.
    x, y
        Its line, in the streets' reference system. (P,) [m]
    street_class
        One of the streets' classes.
    limit_m
        An end farther than this from every street one may walk is refused. [m]

    Returns
    -------
    Streets
        Old nodes and edges keep their numbers; the link is the last edge. No way gets longer, but for the rounding of an
        edge that was cut (below a nanometre).

    Raises
    ------
    InputError
        Carrying every fault: a class that is not known, fewer than two points, places that are no numbers, an end far from
        every street, both ends at one place.

    Notes
    -----
    An end joins a node within 1 m, else the nearest point of a street one may walk, which is cut there; the way between is
    part of the link. A link that crosses streets on its way is not joined to them, as a bridge is not: give one link for
    each stretch between crossings that shall be joined.
    """
    line_x, line_y = np.atleast_1d(np.asarray(x, np.float64)), np.atleast_1d(np.asarray(y, np.float64))
    raise_all(_link_faults(streets, line_x, line_y, street_class))
    ends = attach(streets, line_x[[0, -1]], line_y[[0, -1]], limit_m, 0.0)
    node = _node_near(streets, line_x[[0, -1]], line_y[[0, -1]], ends)
    far = np.flatnonzero((ends.edge < 0) & (node < 0))
    raise_all(
        [
            f"link: its end at ({line_x[[0, -1]][at]:.1f}, {line_y[[0, -1]][at]:.1f}) is farther than {limit_m:g} m from "
            "every street one may walk. Draw it to a street."
            for at in far
        ]
    )
    free = node < 0
    cut, cuts = cut_edges(streets, ends.edge[free], ends.along_m[free])
    for at in np.flatnonzero(free):
        here = (cuts.edge == ends.edge[at]) & (cuts.along_m == ends.along_m[at])
        node[at] = cuts.first_node + int(np.flatnonzero(here)[0])
    if node[0] == node[1]:
        raise InputError("link: both its ends join the streets at one place. Draw it to another one.")
    return _with_edge(cut, (int(node[0]), int(node[1])), line_x, line_y, street_class)


def _joined(streets: Streets) -> Streets:
    """Find the connected parts again, as when streets are gathered."""
    walk = np.flatnonzero(streets.edge_walk)
    ends = streets.edge_u[walk], streets.edge_v[walk]
    return replace(streets, component=components(streets.n_nodes, *ends, streets.edge_m[walk]))


def _link_faults(streets: Streets, x: Float, y: Float, street_class: str) -> list[str]:
    """Return what is wrong with a link by itself."""
    faults = []
    if street_class not in streets.classes:
        known = did_you_mean(street_class, streets.classes)
        faults.append(f"link: street class '{street_class}' is not known. {known}")
    if x.shape != y.shape or x.ndim != 1 or len(x) < FEWEST_POINTS:
        faults.append(
            f"link: {x.size} x and {y.size} y are given. As many of both, at least two, are a line."
        )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        faults.append(
            "link: some of its places are no finite numbers. Give metres in the city's reference system."
        )
    if not streets.edge_walk.any():
        faults.append("link: there is no street one may walk to join it to.")
    return faults


def _node_near(streets: Streets, x: Float, y: Float, ends: OnEdge) -> Long:
    """Return the node each end of a link joins, -1 where it joins an edge between its nodes or nothing."""
    node = np.full(len(x), -1, np.int64)
    walk = streets.edge_walk
    walked = np.unique(np.concatenate([streets.edge_u[walk], streets.edge_v[walk]]))
    for at in range(len(x)):
        off_m = np.hypot(streets.node_x[walked] - x[at], streets.node_y[walked] - y[at])
        if off_m.min() <= JOIN_M:
            node[at] = walked[off_m.argmin()]
        elif ends.edge[at] >= 0:
            edge, along_m = ends.edge[at], ends.along_m[at]
            if min(along_m, streets.edge_m[edge] - along_m) <= min(JOIN_M, streets.edge_m[edge] / 2):
                is_start = along_m <= streets.edge_m[edge] / 2
                node[at] = streets.edge_u[edge] if is_start else streets.edge_v[edge]
    return node


def _with_edge(streets: Streets, ends: tuple[int, int], x: Float, y: Float, street_class: str) -> Streets:
    """Append an edge between two nodes; its line begins and ends at them."""
    u, v = ends
    line_x = np.concatenate([streets.node_x[[u]], x, streets.node_x[[v]]])
    line_y = np.concatenate([streets.node_y[[u]], y, streets.node_y[[v]]])
    moved = np.append(True, (np.diff(line_x) != 0) | (np.diff(line_y) != 0))
    line_x, line_y = line_x[moved], line_y[moved]
    length_m = float(np.hypot(np.diff(line_x), np.diff(line_y)).sum())
    return _joined(
        replace(
            streets,
            edge_u=np.append(streets.edge_u, np.int32(u)),
            edge_v=np.append(streets.edge_v, np.int32(v)),
            edge_m=np.append(streets.edge_m, length_m),
            edge_class=np.append(streets.edge_class, np.int8(streets.classes.index(street_class))),
            edge_walk=np.append(streets.edge_walk, True),
            vertex_start=np.append(streets.vertex_start, streets.vertex_start[-1] + len(line_x)),
            vertex_x=np.append(streets.vertex_x, line_x),
            vertex_y=np.append(streets.vertex_y, line_y),
        )
    )


def _cut_lines(streets: Streets, cuts: Cuts) -> tuple[Int, Float, Float, Float, Float]:
    """Cut the edges' lines: the edge of every vertex, where the vertices are, and where the cuts are."""
    edge_of = np.repeat(np.arange(streets.n_edges, dtype=np.int32), np.diff(streets.vertex_start))
    touched = np.isin(edge_of, cuts.edge)
    mine = np.flatnonzero(touched)
    along_m, old_x, old_y = _along_m(streets, mine), streets.vertex_x[mine], streets.vertex_y[mine]
    # stable: a vertex stands before a cut at the same place
    order = np.lexsort((np.append(along_m, cuts.along_m), np.append(edge_of[mine], cuts.edge)))
    is_cut = order >= len(mine)
    before = np.maximum.accumulate(np.where(is_cut, -1, order))[is_cut]
    span_m = along_m[before + 1] - along_m[before]
    share = np.minimum((cuts.along_m - along_m[before]) / np.where(span_m > 0, span_m, 1.0), 1.0)
    cut_x = old_x[before] + share * (old_x[before + 1] - old_x[before])
    cut_y = old_y[before] + share * (old_y[before + 1] - old_y[before])
    x, y = np.append(old_x, cut_x)[order], np.append(old_y, cut_y)[order]
    edge = np.append(edge_of[mine], cuts.edge)[order]
    passed: Long = np.cumsum(is_cut) - is_cut
    whole: Bool = passed == np.searchsorted(cuts.edge, edge)
    number = np.where(whole, edge, streets.n_edges + passed - 1)
    # the cut ends one piece and starts the next; a vertex at the cut's own place is not needed
    times = 1 + is_cut.astype(np.int64)
    times[np.flatnonzero(is_cut)[share == 0] - 1] = 0
    starts = np.cumsum(times)[is_cut] - 1
    number, x, y = (np.repeat(values, times) for values in (number, x, y))
    number[starts] = streets.n_edges + np.arange(len(cuts.edge))
    all_of = np.append(edge_of[~touched], number).astype(np.int32)
    all_x, all_y = np.append(streets.vertex_x[~touched], x), np.append(streets.vertex_y[~touched], y)
    return all_of, all_x, all_y, cut_x, cut_y


def _along_m(streets: Streets, vertices: Long) -> Float:
    """Return how far along their edges some edges' vertices are; the last at the edge's length."""
    start, x, y = streets.vertex_start, streets.vertex_x[vertices], streets.vertex_y[vertices]
    edge = np.searchsorted(start, vertices, "right") - 1
    step_m = np.hypot(np.diff(x, prepend=0.0), np.diff(y, prepend=0.0))
    is_first = vertices == start[edge]
    step_m[is_first] = 0.0
    passed_m = np.cumsum(step_m)
    first = np.flatnonzero(is_first)
    passed_m -= np.repeat(passed_m[first], np.diff(np.append(first, len(vertices))))
    is_last = vertices == start[edge + 1] - 1
    return np.where(is_last, streets.edge_m[edge], np.minimum(passed_m, streets.edge_m[edge]))
