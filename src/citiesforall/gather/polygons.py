"""Polygons of one sort (water, buildings) from vector files and OpenStreetMap extracts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from citiesforall.core.city import SourceUse
from citiesforall.gather.osm import read_buildings, read_features
from citiesforall.gather.vector_file import moved, read_vector

LONLAT = "EPSG:4326"
SURFACE = 2  # dimensions of a polygon
WATER = frozenset({"water", "bay", "strait"})
RIVERS = frozenset({"riverbank", "dock", "basin"})
BASINS = frozenset({"reservoir"})
WATER_KEYS = ("natural", "water", "waterway", "landuse")
WATER_VALUES = {"natural": WATER, "waterway": RIVERS, "landuse": BASINS}  # of ``water`` any


def read_polygons(use: SourceUse, path: Path, crs: str, extent: Any, what: str) -> npt.NDArray[np.object_]:
    """Read the polygons of one source that touch the city.

    Parameters
    ----------
    use
        Format ``vector`` or ``osm_pbf``.
    path
        Its file.
    crs
        Metric reference system.
    extent
        The city. [m]
    what
        ``water`` or ``building``: what is taken of an OpenStreetMap extract.

    Returns
    -------
    ndarray
        Polygons in `crs`; rings that cross themselves are mended later, where areas are taken.

    Raises
    ------
    InputError
        The file cannot be used.
    """
    if use.format == "osm_pbf":
        table = read_buildings(path) if what == "building" else read_features(path, WATER_KEYS, WATER_VALUES)
        shapes = table["geometry"].to_numpy(dtype=object)
        if what == "water":
            shapes = shapes[np.array([_is_water(tags) for tags in table["tags"]], dtype=bool)]
        shapes = moved(shapes[shapely.get_dimensions(shapes) == SURFACE], LONLAT, crs)
    else:
        shapes = read_vector(use, path, crs)["geometry"].to_numpy(dtype=object)
        shapes = shapes[shapely.get_dimensions(shapes) == SURFACE]
    shapely.prepare(extent)
    return np.asarray(
        shapes[shapely.intersects(extent, shapely.box(*shapely.bounds(shapes).T))], dtype=object
    )


def _is_water(tags: dict[str, str]) -> bool:
    """Say whether a feature is permanent water; what floods only in some seasons is land."""
    if tags.get("intermittent") == "yes" or tags.get("seasonal") == "yes":
        return False
    return (
        tags.get("natural") in WATER
        or tags.get("waterway") in RIVERS
        or tags.get("landuse") in BASINS
        or (tags.get("water") is not None and "natural" not in tags)
    )
