"""Reads tagged things from OpenStreetMap extracts (``.osm.pbf``); streets are read in ``gather.pbf``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import osmium
import pandas as pd
import shapely
from osmium.filter import KeyFilter

from citiesforall.gather.pbf import check_pbf, damaged

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

RING_POINTS = 4  # a closed way needs four points, the first again as the last
ORDER = {"node": 0, "way": 1, "relation": 2}
LINESTRING, MULTIPOLYGON = 1, 6  # type numbers of GEOS


def read_features(
    pbf: Path, keys: tuple[str, ...], wanted: Callable[[Any], bool] | None = None
) -> pd.DataFrame:
    """Read every node, way and relation that carries any of the keys.

    Parameters
    ----------
    pbf
        An OpenStreetMap extract.
    keys
        Tag keys, for instance ``("amenity", "shop")``.
    wanted
        Tells whether to read a thing, by its tags (anything with ``get``); what is not wanted costs little time.

    Returns
    -------
    pandas.DataFrame
        One row per thing, sorted by type (node, way, relation) and id: ``osm_type``, ``osm_id``, ``tags``
        (dict), ``lon``, ``lat`` of a point on the thing [degrees], ``geometry`` (Point; LineString for an open
        way; Polygon or MultiPolygon for a closed way and a multipolygon relation). A thing outside the extract
        or a relation of another type has no geometry and nan coordinates: kept, so that it can be counted.

    Raises
    ------
    InputError
        The file is missing, empty, cut off or not a pbf.

    Notes
    -----
    A closed way is an area unless it says ``area=no``. Rings that cross themselves are mended by
    ``shapely.make_valid``; of what comes out only the areas are kept.
    """
    check_pbf(pbf)
    try:
        kinds, ids, tags, shapes = _read_rows(pbf, keys, wanted)
    except (RuntimeError, ValueError) as error:
        raise damaged(pbf, error) from None
    points = _points_on(shapes)
    table = pd.DataFrame(
        {
            "osm_type": pd.Series(kinds, dtype=object),
            "osm_id": np.array(ids, np.int64),
            "tags": pd.Series(tags, dtype=object),
            "lon": shapely.get_x(points),
            "lat": shapely.get_y(points),
            "geometry": pd.Series(shapes, dtype=object),
        }
    )
    order = np.lexsort((table["osm_id"].to_numpy(), np.array([ORDER[kind] for kind in kinds], np.int64)))
    return table.iloc[order].reset_index(drop=True)


def read_buildings(pbf: Path) -> pd.DataFrame:
    """Read the footprints of buildings.

    Parameters
    ----------
    pbf
        An OpenStreetMap extract.

    Returns
    -------
    pandas.DataFrame
        As ``read_features``, only rows with key ``building`` (not ``building=no``) and an area as geometry.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    table = read_features(pbf, ("building",))
    is_area = shapely.get_dimensions(table["geometry"].to_numpy()) == 2  # noqa: PLR2004  (a surface has two dimensions)
    stands = np.array([tags["building"] != "no" for tags in table["tags"]], bool)
    found: pd.DataFrame = table[is_area & stands].reset_index(drop=True)
    return found


def _read_rows(
    pbf: Path, keys: tuple[str, ...], wanted: Callable[[Any], bool] | None
) -> tuple[list[str], list[int], list[dict[str, str]], NDArray[Any]]:
    """Collect types, ids, tags and geometries of everything that carries a key."""
    wkb = osmium.geom.WKBFactory()
    kinds: list[str] = []
    ids: list[int] = []
    tags: list[dict[str, str]] = []
    shapes: list[str | None] = []
    is_area: list[bool] = []
    areas: dict[int, str | None] = {}
    things = osmium.FileProcessor(osmium.io.File(str(pbf), "pbf"))
    thing: Any  # a union of five classes to mypy, told apart by the tests below
    for thing in things.with_areas(KeyFilter(*keys)).with_filter(KeyFilter(*keys)):
        if thing.is_area():
            if not thing.from_way():
                areas[thing.orig_id()] = _area(wkb, thing)
            continue
        # Asked before the tags are copied, which is the slow part.
        if wanted is not None and not wanted(thing.tags):
            continue
        kind = "node" if thing.is_node() else "way" if thing.is_way() else "relation"
        kinds.append(kind)
        ids.append(thing.id)
        tags.append(dict(thing.tags))
        is_area.append(kind == "way" and thing.is_closed() and tags[-1].get("area") != "no")
        shapes.append(
            None if kind == "relation" else wkb.create_point(thing) if kind == "node" else _line(wkb, thing)
        )
    for at, kind in enumerate(kinds):
        if kind == "relation":
            shapes[at] = areas.get(ids[at])
    return kinds, ids, tags, _mended(np.array(shapely.from_wkb(shapes), object), np.array(is_area, bool))


def _area(wkb: Any, area: Any) -> str | None:
    """Return an area as WKB; None where its rings make none."""
    try:
        return str(wkb.create_multipolygon(area))
    except RuntimeError:
        return None


def _line(wkb: Any, way: Any) -> str | None:
    """Return a way as WKB, of a way that leaves the extract its known points; None where there is no line."""
    try:
        return str(wkb.create_linestring(way))
    except (osmium.InvalidLocationError, RuntimeError):  # RuntimeError: a way of one place only
        lonlat = [(ref.lon, ref.lat) for ref in way.nodes if ref.location.valid()]
        return shapely.LineString(lonlat).wkb_hex if len(set(lonlat)) > 1 else None


def _mended(shapes: NDArray[Any], is_area: NDArray[np.bool_]) -> NDArray[Any]:
    """Turn closed ways into areas; mend rings that cross themselves; unwrap single parts."""
    rings = np.flatnonzero(
        is_area & shapely.is_closed(shapes) & (shapely.get_num_points(shapes) >= RING_POINTS)
    )
    lonlat, ring = shapely.get_coordinates(shapes[rings], return_index=True)
    shapes[rings] = shapely.polygons(shapely.linearrings(lonlat, indices=ring))
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


def _points_on(shapes: NDArray[Any]) -> NDArray[Any]:
    """Return a point on each shape: inside an area, half-way along a line; None stays None."""
    points = np.asarray(shapely.point_on_surface(shapes), object)
    is_line = shapely.get_type_id(shapes) == LINESTRING
    points[is_line] = shapely.line_interpolate_point(shapes[is_line], 0.5, normalized=True)
    return points
