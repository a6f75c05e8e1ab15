"""Streets kept warm: where ways end is known, and a change is searched only as far as it reaches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from citiesforall.network.insert import MIN_COMPONENT_M, OnEdge, _grid, _segments, _well_joined, seeds
from citiesforall.network.kernels import nearest_on
from citiesforall.network.kernels_whatif import forget, improve, points_near, undo, ways_of
from citiesforall.network.search import WIDTH_PER_EDGE, Seeds, k_nearest, nearest_m
from citiesforall.network.streets import walk_csr

if TYPE_CHECKING:
    from citiesforall.network.insert import Grid, Segments
    from citiesforall.network.streets import Bool, Float, Graph, Int, Long, Streets

NO_EDGE = -1
LEAST_WIDTH_M = 1e-3
CELLS_A_SIDE = 1 << 16
"""Of the curve that orders nodes."""


class Rows(NamedTuple):
    """Hold ragged rows: those of row i are ``point[start[i]:start[i + 1]]``."""

    start: Long
    point: Int


class Room(NamedTuple):
    """Hold arrays that searches use over and over: buckets, what was noted, what was found.

    Parameters
    ----------
    queue
        Empty buckets.
    log
        Nodes noted, their distances before, the turn of each node, (number noted, turn).
    border
        Nodes and distances from which a forgotten part is reached.
    found
        Points found, the turn of each point.
    """

    queue: tuple[Int, Int, Int]
    log: tuple[Int, Float, Int, Long]
    border: tuple[Int, Float]
    found: tuple[Int, Int]


class Network(NamedTuple):
    """Hold what every search in one city needs.

    Parameters
    ----------
    streets
        The streets, their nodes in another order; edges keep their numbers.
    graph
        Their walk graph. [m]
    segments, grid
        Where their lines are.
    points
        Where homes join them.
    at_node, on_edge
        Homes at the ends of whose edge a node is, and homes on an edge.
    limit_m, width_m
        Longest walk, and width of a bucket. [m]
    room
        Used over and over: one search at a time.
    """

    streets: Streets
    graph: Graph
    segments: Segments
    grid: Grid
    points: OnEdge
    at_node: Rows
    on_edge: Rows
    limit_m: float
    width_m: float
    room: Room


class Reached(NamedTuple):
    """Hold how far the facilities of one kind are.

    Parameters
    ----------
    node_m
        Way from every node to the nearest. [m]
    doors
        Where all their access points join the streets, those that do, by rising edge.
    facility
        Number of the facility of each door.
    nearest
        Number of the facility each node is nearest to; empty until one is taken away.
    """

    node_m: Float
    doors: OnEdge
    facility: Int
    nearest: list[Int]


def warm_network(streets: Streets, x: Float, y: Float, snap_m: float, reach_m: float) -> Network:
    """Make ready what searches need.

    Parameters
    ----------
    streets
        The streets; at least one can be walked.
    x, y
        Homes. (P,) [m]
    snap_m, reach_m
        Longest way from a home to a street, and longest walk. [m]
    """
    streets = _by_place(streets)
    graph = walk_csr(streets)
    edges = np.flatnonzero(_well_joined(streets, MIN_COMPONENT_M)).astype(np.int32)
    segments = _segments(streets, edges)
    grid = _grid(segments)
    points = _attached(streets, segments, grid, (x, y), snap_m)
    has = np.flatnonzero(points.edge >= 0).astype(np.int32)
    edge = points.edge[has]
    ends = np.concatenate([streets.edge_u[edge], streets.edge_v[edge]])
    weights = graph.weights[graph.weights <= reach_m]
    width_m = max(float(weights.mean()) * WIDTH_PER_EDGE if len(weights) else 1.0, LEAST_WIDTH_M)
    n_buckets = 1 << int(np.ceil(np.log2(reach_m / width_m + 3)))
    return Network(
        streets,
        graph,
        segments,
        grid,
        points,
        _rows(ends, np.tile(has, 2), streets.n_nodes),
        _rows(edge, has, streets.n_edges),
        reach_m,
        width_m,
        _room(streets.n_nodes, len(x), n_buckets),
    )


def _by_place(streets: Streets) -> Streets:
    """Give near nodes near numbers, so that a search finds them in the cache.

    Notes
    -----
    Nodes are put in the order of a curve that visits every quarter of a square before it goes on [morton_1966].
    """
    order = np.argsort(_curve(streets.node_x, streets.node_y), kind="stable")
    number = np.empty(streets.n_nodes, np.int32)
    number[order] = np.arange(streets.n_nodes, dtype=np.int32)
    return replace(
        streets,
        node_x=streets.node_x[order],
        node_y=streets.node_y[order],
        component=streets.component[order],
        edge_u=number[streets.edge_u],
        edge_v=number[streets.edge_v],
    )


def _curve(x: Float, y: Float) -> Long:
    """Return where places stand on the curve."""
    side_m = max(float(np.ptp(x)), float(np.ptp(y)), 1.0)
    place = np.zeros(len(x), np.int64)
    for shift, one in enumerate((x, y)):
        cell = ((one - one.min()) / side_m * (CELLS_A_SIDE - 1)).astype(np.int64)
        for bit in range(CELLS_A_SIDE.bit_length() - 1):
            place |= ((cell >> bit) & 1) << (2 * bit + shift)
    return place


def attached(network: Network, x: Float, y: Float) -> OnEdge:
    """Find where new doors join the streets, as `insert.attach` does.

    Parameters
    ----------
    network
        From `warm_network`.
    x, y
        The doors. [m]
    """
    return _attached(network.streets, network.segments, network.grid, (x, y), network.limit_m)


def reached(network: Network, doors: OnEdge, facility: Int) -> Reached:
    """Measure how far the facilities of one kind are from every node.

    Parameters
    ----------
    network
        From `warm_network`.
    doors, facility
        Where their access points join the streets, and the number of the facility of each.
    """
    has = np.flatnonzero(doors.edge >= 0)
    has = has[np.argsort(doors.edge[has], kind="stable")]
    mine = _some(doors, has)
    number = np.ascontiguousarray(np.asarray(facility, np.int32)[has])
    node_m = nearest_m(network.graph, seeds(network.streets, mine, number), network.limit_m)
    return Reached(node_m, mine, number, [])


def after(
    network: Network, known: Reached, new: OnEdge, gone: Bool | None = None, limit_m: float = np.inf
) -> tuple[Int, Float]:
    """Measure the ways from homes again after facilities of one kind were added or taken away.

    Parameters
    ----------
    network
        From `warm_network`; its room is used, so one search at a time.
    known
        How far the facilities are before; left as it is.
    new
        Where new doors join the streets.
    gone
        Whether each facility is taken away; None where all stay.
    limit_m
        Ways longer than this need not be known: they come out as inf, or are left out. [m]

    Returns
    -------
    (array, array)
        Homes whose way may have changed, and their ways: those that a whole search gives, to the last digit, inf where
        nothing is within the limit. [m]

    Notes
    -----
    Ways are lowered from the new doors only as far as they are the nearest. Where a facility is taken away, the nodes it
    served are forgotten and reached again from their neighbours and from the other doors among them: work is done where the
    answer changes [ramalingam_reps_1996].
    """
    log, border = network.room.log, network.room.border
    starts = seeds(network.streets, new, np.zeros(len(new.edge), np.int32))
    node, offset_m = starts.node, starts.offset_m
    shut = np.zeros(len(known.facility), np.bool_)
    if gone is not None and gone.any():
        shut = gone[known.facility]
        n_border = _forgotten(network, known, gone, shut)
        others = _seeds(network.streets, known, ~shut)
        node = np.concatenate([node, border[0][:n_border], others.node])
        offset_m = np.concatenate([offset_m, border[1][:n_border], others.offset_m])
    begin = np.ascontiguousarray(node, np.int32), np.ascontiguousarray(offset_m, np.float64)
    network = network._replace(limit_m=min(network.limit_m, limit_m))
    limits = (network.limit_m, network.width_m)
    improve(tuple(network.graph), begin, limits, known.node_m, network.room.queue, log)
    homes, ways_m = _homes(network, known, new, shut)
    undo(known.node_m, log)
    return homes, ways_m


def _homes(network: Network, known: Reached, new: OnEdge, shut: Bool) -> tuple[Int, Float]:
    """Return the homes near what was noted, and their ways."""
    room, streets, points = network.room, network.streets, network.points
    has = new.edge >= 0
    edges = np.concatenate([new.edge[has], known.doors.edge[shut]]).astype(np.int32)
    n_found = points_near(room.log, tuple(network.at_node), edges, tuple(network.on_edge), room.found)
    homes = room.found[0][:n_found].copy()
    ways_m = np.empty(n_found)
    doors = (
        (known.doors.edge, known.doors.along_m, known.doors.leg_m, shut),
        tuple(_some(new, has)),
    )
    ends = (streets.edge_u, streets.edge_v, streets.edge_m, network.limit_m)
    ways_of(homes, tuple(points), ends, known.node_m, doors, ways_m)
    return homes, ways_m


def _forgotten(network: Network, known: Reached, gone: Bool, shut: Bool) -> int:
    """Forget what removed facilities served; return from how many nodes the rest is reached."""
    if not known.nearest:
        every = seeds(network.streets, known.doors, known.facility)
        known.nearest.append(np.ascontiguousarray(k_nearest(network.graph, every, 1, network.limit_m)[1][0]))
    starts = _seeds(network.streets, known, shut).node
    served = known.nearest[0], gone
    return int(
        forget(tuple(network.graph), starts, served, known.node_m, network.room.log, network.room.border)
    )


def _seeds(streets: Streets, known: Reached, chosen: Bool) -> Seeds:
    """Return the seeds of some doors."""
    return seeds(streets, _some(known.doors, chosen), known.facility[chosen])


def _some(points: OnEdge, chosen: Bool | Long) -> OnEdge:
    """Return some of the points."""
    return OnEdge(points.edge[chosen], points.along_m[chosen], points.leg_m[chosen])


def _attached(
    streets: Streets, segments: Segments, grid: Grid, places: tuple[Float, Float], limit_m: float
) -> OnEdge:
    """Find the nearest point of the streets, as `insert.attach` does."""
    n = len(places[0])
    found = OnEdge(np.full(n, NO_EDGE, np.int32), np.full(n, np.nan), np.full(n, np.nan))
    at = np.ascontiguousarray(places[0], np.float64), np.ascontiguousarray(places[1], np.float64)
    nearest_on(at, segments, grid, float(limit_m), tuple(found))
    has = np.flatnonzero(found.edge >= 0)
    found.along_m[has] = np.minimum(found.along_m[has], streets.edge_m[found.edge[has]])
    return found


def _rows(row: Int, point: Int, n_rows: int) -> Rows:
    """Sort points into rows."""
    order = np.argsort(row, kind="stable")
    start = np.zeros(n_rows + 1, np.int64)
    np.cumsum(np.bincount(row, minlength=n_rows), out=start[1:])
    return Rows(start, point[order].astype(np.int32))


def _room(n_nodes: int, n_points: int, n_buckets: int) -> Room:
    """Make the arrays that searches use over and over."""
    where = np.full(n_nodes, -1, np.int32)
    queue = np.full(n_buckets, -1, np.int32), np.empty((n_nodes, 2), np.int32), where
    log = np.empty(n_nodes, np.int32), np.empty(n_nodes), np.zeros(n_nodes, np.int32), np.array([0, 1])
    border = np.empty(n_nodes, np.int32), np.empty(n_nodes)
    return Room(queue, log, border, (np.empty(n_points, np.int32), np.zeros(n_points, np.int32)))
