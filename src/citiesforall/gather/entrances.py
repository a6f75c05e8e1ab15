"""Entrances: the points at which people on foot get into a ground; leaves the walk there to the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.core.notes import Note
from citiesforall.gather.kinds import Gettable, kinds
from citiesforall.gather.repeat import copies
from citiesforall.gather.vector_file import LONLAT, moved_xy

if TYPE_CHECKING:
    from citiesforall.network.streets import Streets

ON_RING_M = 1.5  # a gate drawn this near a ring is on it
SPACING_M = 25.0  # between points along the edge of an open space
BESIDE_STREET_M = 30.0  # an edge this near a street can be walked onto; half a wide street with its pavement
ONE_WAY_IN_M = 5.0  # crossings nearer than this are one way in
NO_ENTRANCE = frozenset({"no", "emergency", "exit", "garage", "service"})
GATES = frozenset(
    {"gate", "entrance", "kissing_gate", "swing_gate", "sliding_gate", "turnstile", "lift_gate"}
)
RULES = {
    "gate": "at gates or entrances drawn on their edge",
    "crossing": "where a street that can be walked crosses or touches their edge",
    "edge": f"along their edge every {SPACING_M:.0f} m where a street lies within {BESIDE_STREET_M:.0f} m",
    "nearest": "at the point of their edge nearest to a street",
    "inside": "at a point on them, because no street is known",
}
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Walkable:
    """Hold the streets that can be walked as lines, ready to be asked which are near.

    Parameters
    ----------
    lines
        (m,) [m]
    tree
        Of the lines.
    """

    lines: npt.NDArray[np.object_]
    tree: shapely.STRtree


def walkable(streets: Streets | None) -> Walkable:
    """Return the walkable edges of a network ready to be asked; none where there is no network."""
    lines = np.zeros(0, dtype=object) if streets is None else walk_lines(streets)
    return Walkable(lines, shapely.STRtree(lines))


def gates_of(features: pd.DataFrame, crs: str) -> pd.DataFrame:
    """Return the gates and entrances among OSM features that people may use.

    Parameters
    ----------
    features
        As `gather.osm.read_features` gives them, read with keys ``entrance`` and ``barrier``.
    crs
        Metric reference system.

    Returns
    -------
    pandas.DataFrame
        ``x, y``. [m]
    """
    nodes = features[(features["osm_type"] == "node").to_numpy() & features["lon"].notna().to_numpy()]
    chosen = nodes[np.fromiter((is_gate(tags) for tags in nodes["tags"]), bool, len(nodes))]
    x, y = moved_xy(chosen["lon"].to_numpy(np.float64), chosen["lat"].to_numpy(np.float64), LONLAT, crs)
    return pd.DataFrame({"x": x, "y": y})


def is_gate(tags: Gettable) -> bool:
    """Tell whether a node lets people in."""
    if tags.get("barrier") not in GATES and (tags.get("entrance") or "no") in NO_ENTRANCE:
        return False
    return tags.get("access") not in {"private", "no"} and tags.get("foot") != "no"


def access_points(
    records: pd.DataFrame, streets: Streets | Walkable | None, gates: pd.DataFrame
) -> tuple[pd.DataFrame, list[Note]]:
    """Give every record with a ground the points at which it is entered; others stay at their point.

    Parameters
    ----------
    records
        ``facility, kind, x, y`` and ``ground`` (polygon or None); further columns are repeated.
    streets
        The walk network, or its lines where they were made before (`walkable`), or None.
    gates
        ``x, y`` of gates and entrances. [m]

    Returns
    -------
    pandas.DataFrame
        One row for each access point.
    list of Note
        How many grounds each rule served.

    Notes
    -----
    The first rule that finds a point serves: gates drawn on the ring; crossings with walkable streets; for open public
    space, points along the ring beside a street; the point of the ring nearest to a street; a point on the ground.
    Fences and walls are not looked at: an open space without a gate is held to be open on the side of its streets.
    """
    if records.empty:
        return records, []
    has = np.array([shape is not None for shape in records["ground"]], dtype=bool)
    if not has.any():
        return records, []
    grounds, of_record = _unique_grounds(records["ground"].to_numpy(dtype=object)[has])
    is_open = np.zeros(len(grounds), dtype=bool)
    np.logical_or.at(is_open, of_record, [kinds()[kind].open_space for kind in records["kind"][has]])
    ready = streets if isinstance(streets, Walkable) else walkable(streets)
    owner, x, y, rule = _ways_in(grounds, is_open, ready, gates)
    return _repeated(records, has, of_record, (owner, x, y)), _rule_notes(owner, rule)


def _unique_grounds(shapes: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.object_], Ints]:
    """Return each ground once (one may serve several kinds), and its position for every record."""
    seen: dict[bytes, int] = {}
    at = np.array([seen.setdefault(key, len(seen)) for key in shapely.to_wkb(shapes)], dtype=np.int64)
    _, first = np.unique(at, return_index=True)
    return shapes[first], at


def _ways_in(
    grounds: npt.NDArray[np.object_],
    is_open: npt.NDArray[np.bool_],
    streets: Walkable,
    gates: pd.DataFrame,
) -> tuple[Ints, Floats, Floats, npt.NDArray[np.object_]]:
    """Return owner, x, y and rule of every way in, by the first rule that finds one."""
    rings = shapely.boundary(grounds)
    sides, side_of = _sides(rings)
    lines, tree = streets.lines, streets.tree
    found: list[tuple[Ints, Floats, str]] = []
    waiting = np.ones(len(grounds), dtype=bool)

    def serve(owner: Ints, xy: Floats, rule: str) -> None:
        keep = waiting[owner]
        found.append((owner[keep], xy[keep], rule))
        waiting[owner[keep]] = False

    serve(*_at_gates(sides, side_of, gates), "gate")
    if len(lines):
        serve(*_at_crossings(sides, side_of, tree, lines), "crossing")
        serve(*_along_edge(rings, waiting & is_open, tree), "edge")
        serve(*_nearest(rings, waiting, tree, lines), "nearest")
    left = np.flatnonzero(waiting)
    serve(left, shapely.get_coordinates(shapely.point_on_surface(grounds[left])), "inside")
    owner = np.concatenate([o for o, _, _ in found])
    xy = np.concatenate([p for _, p, _ in found])
    rule = np.concatenate([np.full(len(o), r, dtype=object) for o, _, r in found])
    return _thinned(owner, xy, rule)


def walk_lines(streets: Streets) -> npt.NDArray[np.object_]:
    """Return the walkable edges of a network as lines. (m,) [m]"""
    walk = np.asarray(streets.edge_walk, dtype=bool)
    length = np.diff(streets.vertex_start)
    use = np.repeat(walk, length)
    xy = np.column_stack([np.asarray(streets.vertex_x)[use], np.asarray(streets.vertex_y)[use]])
    return np.asarray(
        shapely.linestrings(xy, indices=np.repeat(np.arange(int(walk.sum())), length[walk])), dtype=object
    )


def _sides(rings: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.object_], Ints]:
    """Return every side of every ring as a line, and whose ring it is."""
    parts, owner = shapely.get_parts(rings, return_index=True)
    xy, part = shapely.get_coordinates(parts, return_index=True)
    same = part[1:] == part[:-1]
    ends = np.stack([xy[:-1][same], xy[1:][same]], axis=1)
    return np.asarray(shapely.linestrings(ends), dtype=object), owner[part[1:][same]]


def _at_gates(sides: npt.NDArray[np.object_], side_of: Ints, gates: pd.DataFrame) -> tuple[Ints, Floats]:
    """Return the gates that lie on a ring."""
    if gates.empty or not len(sides):
        return np.zeros(0, np.int64), np.zeros((0, 2))
    xy = gates[["x", "y"]].to_numpy(np.float64)
    gate, side = shapely.STRtree(sides).query(shapely.points(xy), predicate="dwithin", distance=ON_RING_M)
    return side_of[side], xy[gate]


def _at_crossings(
    sides: npt.NDArray[np.object_], side_of: Ints, tree: shapely.STRtree, lines: npt.NDArray[np.object_]
) -> tuple[Ints, Floats]:
    """Return where streets cross or touch a ring."""
    side, line = tree.query(sides, predicate="intersects")
    xy, pair = shapely.get_coordinates(shapely.intersection(sides[side], lines[line]), return_index=True)
    return side_of[side][pair], xy


def _along_edge(
    rings: npt.NDArray[np.object_], wanted: npt.NDArray[np.bool_], tree: shapely.STRtree
) -> tuple[Ints, Floats]:
    """Return points along rings that lie beside a street."""
    parts, owner = shapely.get_parts(rings[wanted], return_index=True)
    owner = np.flatnonzero(wanted)[owner]
    number = np.maximum(np.ceil(shapely.length(parts) / SPACING_M).astype(np.int64), 1)
    which, step = copies(number)
    points = shapely.line_interpolate_point(parts[which], step * SPACING_M)
    near = (
        np.unique(tree.query_nearest(points, max_distance=BESIDE_STREET_M, all_matches=False)[0])
        if len(points)
        else np.zeros(0, np.int64)
    )
    return owner[which[near]], shapely.get_coordinates(points[near])


def _nearest(
    rings: npt.NDArray[np.object_],
    wanted: npt.NDArray[np.bool_],
    tree: shapely.STRtree,
    lines: npt.NDArray[np.object_],
) -> tuple[Ints, Floats]:
    """Return the point of each ring nearest to a street."""
    at = np.flatnonzero(wanted)
    if not len(at):
        return at, np.zeros((0, 2))
    ring, line = tree.query_nearest(rings[at], all_matches=False)
    short = shapely.shortest_line(rings[at][ring], lines[line])
    return at[ring], shapely.get_coordinates(shapely.get_point(short, 0))


def _thinned(
    owner: Ints, xy: Floats, rule: npt.NDArray[np.object_]
) -> tuple[Ints, Floats, Floats, npt.NDArray[np.object_]]:
    """Return one of the ways in that lie together, ordered by ground and position."""
    order = np.lexsort((xy[:, 1], xy[:, 0], owner))
    owner, xy, rule = owner[order], xy[order], rule[order]
    square = np.floor(xy / ONE_WAY_IN_M).astype(np.int64)
    first = np.unique(np.column_stack([owner, square]), axis=0, return_index=True)[1]
    first.sort()
    return owner[first], xy[first, 0], xy[first, 1], rule[first]


def _repeated(
    records: pd.DataFrame, has: npt.NDArray[np.bool_], of_record: Ints, ways: tuple[Ints, Floats, Floats]
) -> pd.DataFrame:
    """Return the records, those with a ground once for each way in."""
    owner, x, y = ways
    start = np.searchsorted(owner, np.arange(owner.max() + 2))
    number = np.diff(start)[of_record]
    record, place = copies(number)
    way = start[of_record][record] + place
    spread = records[has].iloc[record].assign(x=x[way], y=y[way])
    frames = [frame for frame in (records[~has], spread) if len(frame)]
    return pd.concat(frames, ignore_index=True)


def _rule_notes(owner: Ints, rule: npt.NDArray[np.object_]) -> list[Note]:
    """Say how many grounds each rule served."""
    return [
        Note(
            "entrances",
            f"{len(np.unique(owner[rule == key]))} grounds are entered {said}: {int((rule == key).sum())} points.",
            "doubt" if key == "inside" else "figure",
        )
        for key, said in RULES.items()
        if (rule == key).any()
    ]
