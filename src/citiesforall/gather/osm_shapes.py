"""Makes shapes of OpenStreetMap things: points, lines, areas of closed ways, areas of relations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import osmium
import shapely

from citiesforall.gather.osm_tagged import NODE, WAY, Places, Ragged, Tagged

if TYPE_CHECKING:
    from citiesforall.gather.ways import Float, Long

RING_POINTS = 4  # a closed way needs four points, the first again as the last
MULTIPOLYGON = 6  # type number of GEOS
UNITS = 10_000_000  # of OpenStreetMap in a degree
_AS_NODES = str.maketrans({"[": "n", " ": "n", "]": ""})  # [1, 2] is n1,n2
Shapes = npt.NDArray[np.object_]


def shapes_of(things: Tagged) -> Shapes:
    """Make the shape of each thing.

    Parameters
    ----------
    things
        From `gather.osm_tagged.find_tagged`.

    Returns
    -------
    ndarray
        Points, lines and areas; None where there is none.

    Notes
    -----
    A closed way is an area unless it says ``area=no``. Relations are put together by osmium from their ways, whatever
    the roles say. Rings that cross themselves are mended by ``shapely.make_valid``; only areas are kept of that.
    """
    shapes: Shapes = np.full(len(things.ids), None, dtype=object)
    ways = np.flatnonzero(things.kind == WAY)
    may_be_area = np.array([things.tags[at].get("area") != "no" for at in ways.tolist()], bool)
    shapes[ways] = _way_shapes(things.nodes, _at(things.places, things.nodes.refs), may_be_area)
    nodes = np.flatnonzero(things.kind == NODE)
    places = _on_the_globe(things.lonlat[nodes])
    known = ~np.isnan(places[:, 0])
    shapes[nodes[known]] = shapely.points(places[known])
    areas = _areas(things)
    for at in np.flatnonzero(np.isin(things.ids, list(areas)) & (things.kind > WAY)).tolist():
        shapes[at] = areas[int(things.ids[at])]
    return _mended(shapes)


def _on_the_globe(lonlat: Float) -> Float:
    """Return places as OpenStreetMap writes them, to 1e-7 degrees; nan for those that are nowhere. (n, 2) [degrees]"""
    places = np.rint(lonlat * UNITS) / UNITS
    places[~(np.abs(places) <= (180, 90)).all(axis=1)] = np.nan
    return places


def _at(places: Places, refs: Long) -> Float:
    """Return where nodes are, nan where unknown. (n, 2)"""
    if not len(places.ids):
        return np.full((len(refs), 2), np.nan)
    at = np.minimum(np.searchsorted(places.ids, refs), len(places.ids) - 1)
    lonlat = places.lonlat[at]
    lonlat[places.ids[at] != refs] = np.nan
    return _on_the_globe(lonlat)


def _way_shapes(nodes: Ragged, lonlat: Float, may_be_area: npt.NDArray[np.bool_]) -> Shapes:
    """Make rings and lines of ways; a way that leaves the extract keeps its known points."""
    n_ways = len(nodes.start) - 1
    shapes: Shapes = np.full(n_ways, None, dtype=object)
    way = np.repeat(np.arange(n_ways), np.diff(nodes.start))
    known = ~np.isnan(lonlat[:, 0])
    is_cut = np.bincount(way[~known], minlength=n_ways) > 0
    again = np.zeros(len(way), bool)  # stands where the point before it stands
    again[1:] = (lonlat[1:] == lonlat[:-1]).all(axis=1) & (way[1:] == way[:-1])
    keep = known & (is_cut[way] | ~again)
    lonlat, way = lonlat[keep], way[keep]
    size = np.bincount(way, minlength=n_ways)
    start = np.append(0, np.cumsum(size))
    first, last = start[:-1], start[1:] - 1
    moves = np.bincount(way[(lonlat != lonlat[first[way]]).any(axis=1)], minlength=n_ways) > 0
    is_ring = may_be_area & moves & (size >= RING_POINTS)
    is_ring[is_ring] = (lonlat[first[is_ring]] == lonlat[last[is_ring]]).all(axis=1)
    ends = nodes.refs[np.stack([nodes.start[:-1], nodes.start[1:] - 1])[:, is_ring]]
    is_ring[is_ring] = ends[0] == ends[1]
    for chosen, make in ((is_ring, shapely.linearrings), (moves & ~is_ring, shapely.linestrings)):
        use = chosen[way]
        made = make(lonlat[use], indices=(np.cumsum(chosen) - 1)[way[use]])
        shapes[chosen] = shapely.polygons(made) if make is shapely.linearrings else made
    return shapes


def _areas(things: Tagged) -> dict[int, Any]:
    """Put the areas of relations together; those of which a part is missing are left out."""
    if not things.members:
        return {}
    text = osmium.io.FileBuffer(_opl(things).encode("ascii"), "opl")
    wkb = osmium.geom.WKBFactory()
    only = osmium.filter.EntityFilter(osmium.osm.AREA)
    found: dict[int, str] = {}
    area: Any
    for area in osmium.FileProcessor(text).with_areas().with_filter(only):
        try:
            found[area.orig_id()] = wkb.create_multipolygon(area)
        except RuntimeError:  # its rings make no area
            continue
    return dict(zip(found, shapely.from_wkb(list(found.values())), strict=True))


def _opl(things: Tagged) -> str:
    """Write the relations, their ways and nodes as osmium reads them.

    Notes
    -----
    Format: https://osmcode.org/opl-file-format/. Nothing else of the extract has to be gone through for areas.
    """
    refs = np.unique(things.member_nodes.refs)
    places = _at(things.places, refs)
    known = ~np.isnan(places[:, 0])
    rows = zip(refs[known].tolist(), places[known].tolist(), strict=True)
    lines = [f"n{key} x{lon:.7f} y{lat:.7f}" for key, (lon, lat) in rows]
    nodes = things.member_nodes
    ids, start, refs_of = things.member_ids.tolist(), nodes.start.tolist(), nodes.refs.tolist()
    for key, low, high in zip(ids, start[:-1], start[1:], strict=True):
        if low < high:
            lines.append(f"w{key} N{str(refs_of[low:high]).translate(_AS_NODES)}")
    for key, ways in things.members.items():
        lines.append(f"r{key} Ttype=multipolygon M{','.join(f'w{way}@' for way in ways)}")
    return "\n".join(lines) + "\n"


def _mended(shapes: Shapes) -> Shapes:
    """Mend areas whose rings cross themselves; unwrap single parts."""
    is_surface = shapely.get_dimensions(shapes) == 2  # noqa: PLR2004  (a surface has two dimensions)
    for at in np.flatnonzero(is_surface & ~shapely.is_valid(shapes)):
        shapes[at] = _surface(shapes[at])
    is_single = (shapely.get_type_id(shapes) == MULTIPOLYGON) & (shapely.get_num_geometries(shapes) == 1)
    shapes[is_single] = shapely.get_geometry(shapes[is_single], 0)
    return shapes


def _surface(shape: Any) -> Any:
    """Return the areas of an invalid shape; its outline where no area is left."""
    parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(shape)))
    parts = parts[(shapely.get_dimensions(parts) == 2) & (shapely.area(parts) > 0)]  # noqa: PLR2004  (surface)
    return shapely.union_all(parts) if len(parts) else shape.boundary
