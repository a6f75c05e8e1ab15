"""Builds the street network of a city from what a source draws: OpenStreetMap extracts or files of lines."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING

import numpy as np

from citiesforall.core.errors import InputError
from citiesforall.core.notes import Note
from citiesforall.gather.lines import read_lines
from citiesforall.gather.osm_ways import read_ways
from citiesforall.gather.ways import UNKNOWN, Ways, street_rules, take_ragged
from citiesforall.network.kernels import load_compiled
from citiesforall.network.streets import Streets, components
from citiesforall.network.topology import cut, join, lay

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from citiesforall.core.city import SourceUse
    from citiesforall.gather.ways import Float, Long

MORTON_BITS = 16  # of each coordinate: cells of about 1 m in a city, 10 m in a country
WELL_JOINED_SHARE = 0.95  # of the length in the largest part; below it the network is broken by its source


def build_streets(ways: Ways) -> Streets:
    """Make nodes and edges of ways.

    Parameters
    ----------
    ways
        Streets as drawn.

    Returns
    -------
    Streets
        Ways are cut at points they share, never where they merely cross; a point where only two pieces of the same
        class and walkability meet becomes a vertex of one edge. Nodes are numbered along a Z-order curve, so that
        neighbours lie near each other in memory, and edges by their nodes.

    Notes
    -----
    Lengths are planar in the metric reference system: at most 0.1 % off in the system's own UTM zone, 0.2 % where a
    country is kept in one zone. A ring that nothing touches is one node with a loop. Loops without length go.
    """
    pieces = cut(ways.start, ways.node, len(ways.x))
    key = ways.way_class.astype(np.int16) * 2 + ways.way_walk
    start, entry = join(pieces, key[pieces.way])
    u, v, edge_m, vertex_start, vertex = lay(pieces, start, entry, ways.x, ways.y)
    way_of = pieces.way[entry[start[:-1]] >> 1]
    kept = np.flatnonzero((u != v) | (edge_m > 0))
    is_node = np.zeros(len(ways.x), bool)
    is_node[u[kept]] = is_node[v[kept]] = True
    points = np.flatnonzero(is_node)
    points = points[np.argsort(_morton(ways.x[points], ways.y[points]), kind="stable")]
    node_of = np.empty(len(ways.x), np.int32)
    node_of[points] = np.arange(len(points), dtype=np.int32)
    kept = kept[np.lexsort((node_of[v[kept]], node_of[u[kept]]))]
    edge_u, edge_v, edge_m = node_of[u[kept]], node_of[v[kept]], edge_m[kept]
    vertex_start, at = take_ragged(vertex_start, kept)
    walk = ways.way_walk[way_of[kept]]
    return Streets(
        node_x=ways.x[points],
        node_y=ways.y[points],
        edge_u=edge_u,
        edge_v=edge_v,
        edge_m=edge_m,
        edge_class=ways.way_class[way_of[kept]],
        edge_walk=walk,
        vertex_start=vertex_start,
        vertex_x=ways.x[vertex[at]],
        vertex_y=ways.y[vertex[at]],
        component=components(len(points), edge_u[walk], edge_v[walk], edge_m[walk]),
        classes=ways.classes,
    )


def read_and_build(read: Callable[[], Ways]) -> tuple[Ways, Streets]:
    """Read streets and build their network; what building needs is loaded while the reading leaves Python idle.

    Parameters
    ----------
    read
        Reads the ways.

    Returns
    -------
    (Ways, Streets)
        Both.

    Raises
    ------
    InputError
        As ``read`` does.
    """
    loading = Thread(target=load_compiled, daemon=True)
    loading.start()
    try:
        ways = read()
    finally:
        loading.join()
    return ways, build_streets(ways)


def gather_streets(
    uses: tuple[SourceUse, ...], paths: Mapping[str, Path], crs: str
) -> tuple[Streets, list[Note]]:
    """Read a city's street source and build its network, as ``gather_ways`` does, without the ways."""
    _, streets, notes = gather_ways(uses, paths, crs)
    return streets, notes


def gather_ways(
    uses: tuple[SourceUse, ...], paths: Mapping[str, Path], crs: str
) -> tuple[Ways, Streets, list[Note]]:
    """Read a city's street source and build its network.

    Parameters
    ----------
    uses
        The sources of role ``streets``; a city has one.
    paths
        Source id -> file.
    crs
        The city's metric reference system, for instance ``EPSG:32648``.

    Returns
    -------
    (Ways, Streets, list of Note)
        What was read, the network, and what was seen: figures, repairs, doubts.

    Raises
    ------
    InputError
        A file cannot be read, or holds no streets.
    """
    if len(uses) != 1:
        raise InputError(f"streets: {len(uses)} sources are given. A city has one network. Keep the best.")
    use = uses[0]
    path = paths[use.id]
    read = partial(read_ways, path, crs) if use.format == "osm_pbf" else partial(read_lines, path, crs, use)
    ways, streets = read_and_build(read)
    if not streets.edge_walk.any():
        raise InputError(f"{path.name}: no street in it may be walked. Look at its classes and access tags.")
    return ways, streets, [*ways.notes, *describe(streets, path.name)]


def streets_near(streets: Streets, bounds: tuple[float, float, float, float], margin_m: float) -> Streets:
    """Keep the streets near a city: of an extract of a whole country most is of no use to it.

    Parameters
    ----------
    streets
        The network.
    bounds
        West, south, east and north of the city. [m]
    margin_m
        How far around it streets are kept; no walk from the city of at most this length leaves them. [m]

    Returns
    -------
    Streets
        Edges of which an end or a vertex lies inside; the network itself where that is all of it.
    """
    west, south, east, north = bounds
    inside = (streets.vertex_x >= west - margin_m) & (streets.vertex_x <= east + margin_m)
    inside &= (streets.vertex_y >= south - margin_m) & (streets.vertex_y <= north + margin_m)
    if inside.all() or not streets.n_edges:
        return streets
    kept = np.flatnonzero(np.add.reduceat(inside.astype(np.int64), streets.vertex_start[:-1]) > 0)
    used = np.unique(np.concatenate([streets.edge_u[kept], streets.edge_v[kept]]))
    number = np.zeros(streets.n_nodes, np.int32)
    number[used] = np.arange(used.size, dtype=np.int32)
    vertex_start, at = take_ragged(streets.vertex_start, kept)
    edge_u, edge_v, edge_m = number[streets.edge_u[kept]], number[streets.edge_v[kept]], streets.edge_m[kept]
    walk = streets.edge_walk[kept]
    return replace(
        streets,
        node_x=streets.node_x[used],
        node_y=streets.node_y[used],
        edge_u=edge_u,
        edge_v=edge_v,
        edge_m=edge_m,
        edge_class=streets.edge_class[kept],
        edge_walk=walk,
        vertex_start=vertex_start,
        vertex_x=streets.vertex_x[at],
        vertex_y=streets.vertex_y[at],
        component=components(used.size, edge_u[walk], edge_v[walk], edge_m[walk]),
    )


def describe(streets: Streets, where: str) -> list[Note]:
    """Say in figures what a network holds and how far to trust it.

    Parameters
    ----------
    streets
        The network.
    where
        Name of the file, for the notes.

    Returns
    -------
    list of Note
        Size, length by class, connectedness, and classes of the table that are absent.
    """
    walk_m = streets.edge_m[streets.edge_walk]
    total_m = float(walk_m.sum())
    size = f"{streets.n_nodes:,} nodes, {streets.n_edges:,} edges, {streets.edge_m.sum() / 1000:,.1f} km of streets"
    notes = [
        Note(where, f"{size}, of which {total_m / 1000:,.1f} km may be walked."),
        Note(where, f"Kilometres by class: {_by_class(streets)}."),
    ]
    on_walk = np.zeros(streets.n_nodes, bool)
    on_walk[streets.edge_u[streets.edge_walk]] = on_walk[streets.edge_v[streets.edge_walk]] = True
    part = streets.component[on_walk]
    node_share = float((part == 0).mean())
    m_share = float(walk_m[streets.component[streets.edge_u[streets.edge_walk]] == 0].sum()) / total_m
    held = f"{node_share:.1%} of the nodes and {m_share:.1%} of the length one may walk"
    text = f"The largest of {len(np.unique(part)):,} connected parts holds {held}."
    notes.append(Note(where, text, "figure" if m_share > WELL_JOINED_SHARE else "doubt"))
    present = {streets.classes[at] for at in np.unique(streets.edge_class)}
    missing = [name for name in street_rules().every_city if name not in present]
    if missing and present != {UNKNOWN}:
        text = f"It holds no streets of class {', '.join(missing)}, which every city has: walks come out too long."
        notes.append(Note(where, text, "doubt"))
    return notes


def _by_class(streets: Streets) -> str:
    """Return the kilometres of each class, most first."""
    km = np.bincount(streets.edge_class, weights=streets.edge_m, minlength=len(streets.classes)) / 1000
    shown = [at for at in np.argsort(-km, kind="stable") if km[at] > 0]
    return ", ".join(f"{streets.classes[at]} {km[at]:,.1f}" for at in shown)


def _morton(x: Float, y: Float) -> Long:
    """Return the places along a Z-order curve over the points' box."""
    if not len(x):
        return np.zeros(0, np.int64)
    side = max(np.ptp(x), np.ptp(y), 1.0)
    key = np.zeros(len(x), np.int64)
    for shift, value in enumerate((x, y)):
        bits = ((value - value.min()) / side * (2**MORTON_BITS - 1)).astype(np.int64)
        for step, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
            bits = (bits | (bits << step)) & mask
        key |= bits << shift
    return key
