"""Draws the shapes a town is made of: wandering lines, blobs, polygons cut in two, lines that share their crossings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Shapes = NDArray[np.object_]

FAR_M = 50_000.0
CENTIMETRE_M = 0.01


@dataclass(frozen=True)
class Frame:
    """Place the town's own axes in the metric reference system.

    Parameters
    ----------
    east_m, north_m
        Of the town's centre. [m]
    angle
        Turn of the town's x axis against east. [rad]
    mirrored
        True where the town is drawn with left and right exchanged.
    """

    east_m: float
    north_m: float
    angle: float
    mirrored: bool

    def _turn(self) -> Floats:
        flip = -1.0 if self.mirrored else 1.0
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return np.array([[flip * cos, -sin], [flip * sin, cos]])

    def out(self, xy: Floats) -> Floats:
        """Return eastings and northings of points on the town's axes. [m]"""
        return xy @ self._turn().T + (self.east_m, self.north_m)

    def back(self, xy: Floats) -> Floats:
        """Return points on the town's axes of eastings and northings. [m]"""
        return (xy - (self.east_m, self.north_m)) @ self._turn()


def wander(
    start: tuple[float, float], end: tuple[float, float], amplitude_m: float, rng: np.random.Generator
) -> Floats:
    """Draw a road between two points that leaves the straight line by about ``amplitude_m``.

    Parameters
    ----------
    start, end
        Where it begins and ends. [m]
    amplitude_m
        Largest leave of the straight line. [m]
    rng
        Source of chance.

    Returns
    -------
    numpy.ndarray
        Points about 55 m apart. (n, 2) [m]
    """
    a, b = np.asarray(start, float), np.asarray(end, float)
    length = float(np.hypot(*(b - a)))
    t = np.linspace(0.0, 1.0, max(3, int(length / 55.0)))
    waves = np.arange(1, 6)
    weights = rng.normal(size=waves.size) / waves**1.5
    offset = amplitude_m * np.sin(np.pi * np.outer(t, waves)) @ weights
    across = np.array([-(b - a)[1], (b - a)[0]]) / max(length, 1.0)
    return a + np.outer(t, b - a) + np.outer(offset, across)


def blob(centre: tuple[float, float], radius_m: float, roughness: float, rng: np.random.Generator) -> Any:
    """Draw a rounded, irregular polygon.

    Parameters
    ----------
    centre
        Its middle. [m]
    radius_m
        Mean radius. [m]
    roughness
        Standard deviation of the radius over its mean.
    rng
        Source of chance.

    Returns
    -------
    shapely.Polygon
        The polygon.
    """
    angle = np.linspace(0.0, 2 * np.pi, 72, endpoint=False)
    waves = np.arange(2, 7)
    weights, phases = rng.normal(size=waves.size) / waves, rng.uniform(0, 2 * np.pi, waves.size)
    radius = radius_m * (1 + roughness * np.cos(np.outer(angle, waves) + phases) @ weights)
    return shapely.Polygon(
        np.column_stack([centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)])
    )


def cut_in_two(polygons: Shapes, tilt: Floats, at: Floats, bend: Floats) -> tuple[Shapes, Shapes, Ints]:
    """Cut each polygon across its long side.

    Parameters
    ----------
    polygons
        What is cut. (n,)
    tilt
        Turn of the cut against the short side. (n,) [rad]
    at
        Where along the long side. (n,) [share]
    bend
        How far the middle of the cut is pushed along the long side. (n,) [m]

    Returns
    -------
    parts : numpy.ndarray
        Polygons after the cut. (p,)
    cuts : numpy.ndarray
        Lines of the cuts. (q,)
    owner : numpy.ndarray
        Position of the polygon each cut belongs to. (q,)
    """
    corners = shapely.get_coordinates(shapely.oriented_envelope(polygons)).reshape(-1, 5, 2)
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    first_is_long = (np.hypot(*first.T) >= np.hypot(*second.T))[:, None]
    along = np.where(first_is_long, first, second)
    across = np.where(first_is_long, second, first)
    origin = corners[:, 0] + across / 2 + np.where(first_is_long, 0.0, first - across)
    middle = origin + along * at[:, None]
    unit = across / np.hypot(*across.T)[:, None]
    cos, sin = np.cos(tilt), np.sin(tilt)
    ray = np.column_stack([unit[:, 0] * cos - unit[:, 1] * sin, unit[:, 0] * sin + unit[:, 1] * cos])
    normal = along / np.hypot(*along.T)[:, None]
    knee = middle + normal * bend[:, None]
    one, two = middle - ray * FAR_M, middle + ray * FAR_M
    lines = shapely.linestrings(np.stack([one, knee, two], axis=1))
    halves = shapely.polygons(np.stack([one, knee, two, two + normal * FAR_M, one + normal * FAR_M], axis=1))
    sides = np.concatenate([shapely.intersection(polygons, halves), shapely.difference(polygons, halves)])
    parts = shapely.get_parts(sides)
    cuts, owner = shapely.get_parts(shapely.intersection(lines, polygons), return_index=True)
    is_line = shapely.get_type_id(cuts) == shapely.GeometryType.LINESTRING
    return parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON], cuts[is_line], owner[is_line]


def share_crossings(lines: Shapes, apart: Bools) -> tuple[Floats, Ints]:
    """Give lines a common vertex wherever they meet.

    Parameters
    ----------
    lines
        Line strings. (n,)
    apart
        True for a line that meets others only at its own ends and vertices, as a motorway that passes over. (n,)

    Returns
    -------
    xy : numpy.ndarray
        Vertices of all lines, in order. (v, 2) [m]
    owner : numpy.ndarray
        Line of each vertex. (v,)
    """
    tree = shapely.STRtree(lines)
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    of_end = np.tile(np.arange(lines.size), 2)
    end, target = tree.query(ends, predicate="dwithin", distance=CENTIMETRE_M)
    other = of_end[end] != target
    met, met_on = ends[end[other]], target[other]
    one, two = tree.query(lines, predicate="intersects")
    ahead = (one < two) & ~apart[one] & ~apart[two]
    one, two = one[ahead], two[ahead]
    points, pair = shapely.get_parts(shapely.intersection(lines[one], lines[two]), return_index=True)
    is_point = shapely.get_type_id(points) == shapely.GeometryType.POINT
    points, pair = points[is_point], pair[is_point]
    added = np.concatenate([met, points, points])
    on = np.concatenate([met_on, one[pair], two[pair]])
    return _with_vertices(lines, added, on)


def _with_vertices(lines: Shapes, added: Shapes, on: Ints) -> tuple[Floats, Ints]:
    """Return the vertices of lines after points are put in where they lie along them."""
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    step = np.hypot(*np.diff(xy, axis=0, prepend=xy[:1]).T)
    step[np.flatnonzero(np.diff(owner, prepend=-1))] = 0.0
    run = np.cumsum(step)
    measure = run - run[np.searchsorted(owner, owner)]
    all_xy = np.concatenate([xy, shapely.get_coordinates(added)])
    all_owner = np.concatenate([owner, on])
    all_measure = np.concatenate([measure, shapely.line_locate_point(lines[on], added)])
    order = np.lexsort((all_measure, all_owner))
    all_xy, all_owner = all_xy[order], all_owner[order]
    same = (np.diff(all_owner, prepend=-1) == 0) & (
        np.abs(np.diff(all_xy, axis=0, prepend=FAR_M)).max(axis=1) < CENTIMETRE_M
    )
    return all_xy[~same], all_owner[~same]


def numbered(xy: Floats) -> tuple[Ints, Floats]:
    """Give points numbers, one and the same to points on one centimetre.

    Parameters
    ----------
    xy
        Points. (v, 2) [m]

    Returns
    -------
    number : numpy.ndarray
        Of each point. (v,)
    places : numpy.ndarray
        One place for each number. (n, 2) [m]
    """
    key = np.round(xy / CENTIMETRE_M).astype(np.int64)
    _, first, number = np.unique(key, axis=0, return_index=True, return_inverse=True)
    return number.ravel().astype(np.int64), xy[first]
