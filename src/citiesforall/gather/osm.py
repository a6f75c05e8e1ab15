"""Reads tagged things from OpenStreetMap extracts (``.osm.pbf``); streets are read in ``gather.osm_ways``."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from citiesforall.gather.osm_reader import open_extract
from citiesforall.gather.osm_shapes import shapes_of
from citiesforall.gather.osm_tagged import Tagged, find_tagged
from citiesforall.gather.pbf import damaged

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

TYPES = np.array(["node", "way", "relation"], dtype=object)
LINESTRING = 1  # type number of GEOS
SURFACE = 2  # dimensions of an area
ANY_VALUE: Mapping[str, Collection[str]] = MappingProxyType({})


def read_features(
    pbf: Path, keys: Iterable[str], values: Mapping[str, Collection[str]] = ANY_VALUE
) -> pd.DataFrame:
    """Read every node, way and relation that carries any of the keys.

    Parameters
    ----------
    pbf
        An OpenStreetMap extract.
    keys
        Tag keys, for instance ``("amenity", "shop")``.
    values
        Of a key named here only these values count, alone or among others parted by ``;`` (``bank;atm``).

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
    things, shapes = _read(pbf, keys, values)
    on = _points_on(shapes)
    return pd.DataFrame(
        {
            "osm_type": pd.Series(TYPES[things.kind], dtype=object),
            "osm_id": things.ids,
            "tags": pd.Series(things.tags, dtype=object),
            "lon": shapely.get_x(on),
            "lat": shapely.get_y(on),
            "geometry": pd.Series(shapes, dtype=object),
        }
    )


def read_areas(
    pbf: Path, keys: Iterable[str], values: Mapping[str, Collection[str]] = ANY_VALUE
) -> tuple[list[dict[str, str]], NDArray[Any]]:
    """Read only what covers land of the things that carry any of the keys.

    Parameters
    ----------
    pbf, keys, values
        As for `read_features`.

    Returns
    -------
    (list, array)
        Tags, and polygons [degrees], sorted by type and id.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    things, shapes = _read(pbf, keys, values)
    at = np.flatnonzero(shapely.get_dimensions(shapes) == SURFACE)
    return [things.tags[row] for row in at.tolist()], shapes[at]


def _read(
    pbf: Path, keys: Iterable[str], values: Mapping[str, Collection[str]]
) -> tuple[Tagged, NDArray[Any]]:
    """Read tagged things and their shapes."""
    try:
        with open_extract(pbf) as reader:
            things = find_tagged(reader, pbf, keys, values)
        return things, shapes_of(things)
    except (RuntimeError, ValueError) as error:
        raise damaged(pbf, error) from None


def _points_on(shapes: NDArray[Any]) -> NDArray[Any]:
    """Return a point on each shape: inside an area, half-way along a line; None stays None."""
    points = np.asarray(shapely.point_on_surface(shapes), object)
    is_line = shapely.get_type_id(shapes) == LINESTRING
    points[is_line] = shapely.line_interpolate_point(shapes[is_line], 0.5, normalized=True)
    return points
