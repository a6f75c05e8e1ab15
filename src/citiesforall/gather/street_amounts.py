"""Streets as amounts of the cells: metres of street, street land, crossings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.city import SourceUse
from citiesforall.gather.grid import locate
from citiesforall.gather.ways import street_rules
from citiesforall.network.streets import Streets, connected

Floats = npt.NDArray[np.float64]
STEP_M = 5.0
"""Streets are cut into pieces of at most this length; a piece belongs to the cell part its middle lies in."""
SAME_CROSSING_M = 12.0
COLUMN_BITS = 32
"""Nodes nearer than this are one crossing: the arms of a dual carriageway cross twice on the map, once on foot."""
CROSSING_ARMS = 3


def street_amounts(streets: Streets, cells: pd.DataFrame, width_m: Floats) -> dict[str, Floats]:
    """Share the street network out to cell parts.

    Parameters
    ----------
    streets
        The network, also the roads one may not walk on.
    cells
        The cells layer.
    width_m
        Usual width of each class, walkways included. [m]

    Returns
    -------
    dict
        ``street_m`` of walkable street, ``street_land_m2`` of all streets, ``intersections``. (C,)

    Notes
    -----
    Length is exact; where a street crosses a border of cells up to half of `STEP_M` may fall to the neighbour. Two
    carriageways of one road both count as land. Crossings are nodes of at least three arms, those within 12 m being
    one.
    """
    C = len(cells)
    x, y, length_m, edge = pieces(streets)
    part = locate(cells, x, y)
    inside = part >= 0
    part, length_m, edge = part[inside], length_m[inside], edge[inside]
    land_m2 = length_m * width_m[streets.edge_class[edge]]
    walk = streets.edge_walk[edge]
    crossing_x, crossing_y = crossings(streets)
    at = locate(cells, crossing_x, crossing_y)
    return {
        "street_m": np.bincount(part[walk], length_m[walk], C).astype(np.float64),
        "street_land_m2": np.bincount(part, land_m2, C).astype(np.float64),
        "intersections": np.bincount(at[at >= 0], minlength=C).astype(np.float64),
    }


def pieces(streets: Streets) -> tuple[Floats, Floats, Floats, npt.NDArray[np.int64]]:
    """Cut every street into short straight pieces.

    Parameters
    ----------
    streets
        The network.

    Returns
    -------
    tuple
        Middle x, y [m], length [m] and edge of each piece; the lengths of an edge's pieces add up to its length.
    """
    first = np.ones(streets.vertex_x.size, dtype=bool)
    first[streets.vertex_start[1:] - 1] = False
    begin = np.flatnonzero(first)
    edge = np.repeat(np.arange(streets.n_edges), np.diff(streets.vertex_start) - 1)
    dx, dy = (
        streets.vertex_x[begin + 1] - streets.vertex_x[begin],
        streets.vertex_y[begin + 1] - streets.vertex_y[begin],
    )
    length_m = np.hypot(dx, dy)
    n = np.maximum(np.ceil(length_m / STEP_M).astype(np.int64), 1)
    segment = np.repeat(np.arange(begin.size), n)
    within = np.arange(segment.size) - np.repeat(np.cumsum(n) - n, n)
    at = (within + 0.5) / n[segment]
    x = streets.vertex_x[begin][segment] + at * dx[segment]
    y = streets.vertex_y[begin][segment] + at * dy[segment]
    return x, y, (length_m / n)[segment], edge[segment]


def crossings(streets: Streets) -> tuple[Floats, Floats]:
    """Return where walkable streets cross, near ones joined.

    Parameters
    ----------
    streets
        The network.

    Returns
    -------
    tuple
        x and y of the crossings. [m]
    """
    walk = streets.edge_walk
    arms = np.bincount(
        np.concatenate([streets.edge_u[walk], streets.edge_v[walk]]), minlength=streets.n_nodes
    )
    node = np.flatnonzero(arms >= CROSSING_ARMS)
    if node.size == 0:
        return np.zeros(0), np.zeros(0)
    x, y = streets.node_x[node], streets.node_y[node]
    n, group = connected(node.size, *_near(x, y, SAME_CROSSING_M))
    size = np.bincount(group, minlength=n)
    return np.bincount(group, x, n) / size, np.bincount(group, y, n) / size


def _near(x: Floats, y: Floats, within_m: float) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return all pairs of points that lie so near each other, each once; by squares as wide, each asked of its neighbours."""
    key = (np.floor(x / within_m).astype(np.int64) << COLUMN_BITS) + np.floor(y / within_m).astype(np.int64)
    order = np.argsort(key, kind="stable")
    key = key[order]
    found = []
    for across, up in ((0, 0), (0, 1), (1, -1), (1, 0), (1, 1)):
        asked = key + (across << COLUMN_BITS) + up
        first = np.arange(1, key.size + 1) if (across, up) == (0, 0) else np.searchsorted(key, asked)
        n = np.searchsorted(key, asked, side="right") - first
        one = np.repeat(np.arange(key.size), n)
        other = np.arange(one.size) + np.repeat(first - (np.cumsum(n) - n), n)
        found.append((order[one], order[other]))
    one, other = (np.concatenate(each) for each in zip(*found, strict=True))
    near = (x[one] - x[other]) ** 2 + (y[one] - y[other]) ** 2 <= within_m**2
    return one[near], other[near]


def street_facts(streets: Streets, use: SourceUse) -> dict[str, float]:
    """Say in two figures how complete a street source is.

    Parameters
    ----------
    streets
        The network.
    use
        Its source; ``options.classes`` names the classes of a file that has no class column.

    Returns
    -------
    dict
        ``street_classes_share``: of the walkable classes that a complete map of any city holds (``every_city`` of
        ``data/streets.toml``), the share this file holds; absent where the file does not tell classes.
        ``largest_component_share``: share of walkable length in the largest connected part. [share]
    """
    said = use.options.get("classes")
    present = (
        set(said) if said else {streets.classes[at] for at in np.unique(streets.edge_class)} - {"unknown"}
    )
    facts: dict[str, float] = {}
    if present:
        expected = street_rules().every_city
        facts["street_classes_share"] = sum(one in present for one in expected) / len(expected)
    walk_m = np.where(streets.edge_walk, streets.edge_m, 0.0)
    main = streets.component[streets.edge_u] == 0
    if walk_m.sum() > 0:
        facts["largest_component_share"] = float(walk_m[main].sum() / walk_m.sum())
    return facts


def street_width_m(streets: Streets) -> Floats:
    """Return the usual width of each class of the network. [m]

    Parameters
    ----------
    streets
        The network.
    """
    rules = street_rules()
    width_m = dict(zip(rules.classes, rules.width_m, strict=True))
    return np.array([float(width_m.get(name, width_m["unknown"])) for name in streets.classes])
