"""Polygons of one sort (water, buildings) from vector files and OpenStreetMap extracts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from citiesforall.core.city import SourceUse
from citiesforall.gather.osm import read_areas
from citiesforall.gather.vector_file import moved, read_vector

LONLAT = "EPSG:4326"
SURFACE = 2  # dimensions of a polygon
WATER = frozenset({"water", "bay", "strait"})
RIVERS = frozenset({"riverbank", "dock", "basin"})
BASINS = frozenset({"reservoir"})
WATER_KEYS = ("natural", "water", "waterway", "landuse")
WATER_VALUES = {"natural": WATER, "waterway": RIVERS, "landuse": BASINS}  # of ``water`` any


def read_polygons(
    uses: Sequence[tuple[SourceUse, Path]], crs: str, extent: Any
) -> dict[str, npt.NDArray[np.object_]]:
    """Read the polygons of sources that touch the city; an extract that is used for several sorts is read once.

    Parameters
    ----------
    uses
        Sources of role ``water`` or ``buildings`` and format ``vector`` or ``osm_pbf``, with their files.
    crs
        Metric reference system.
    extent
        The city. [m]

    Returns
    -------
    dict
        Role -> polygons in `crs`; rings that cross themselves are mended later, where areas are taken.

    Raises
    ------
    InputError
        A file cannot be used.
    """
    shapely.prepare(extent)
    found: dict[str, list[npt.NDArray[np.object_]]] = {use.role: [] for use, _ in uses}
    extracts: dict[Path, list[str]] = {}
    for use, path in uses:
        if use.format == "osm_pbf":
            extracts.setdefault(path, []).append(use.role)
            continue
        shapes = read_vector(use, path, crs)["geometry"].to_numpy(dtype=object)
        found[use.role].append(_near(shapes[shapely.get_dimensions(shapes) == SURFACE], extent))
    for path, roles in extracts.items():
        for role, shapes in _of_extract(path, tuple(dict.fromkeys(roles))).items():
            found[role].append(_near(moved(shapes, LONLAT, crs), extent))
    return {role: np.concatenate(parts) for role, parts in found.items()}


def _of_extract(path: Path, roles: tuple[str, ...]) -> dict[str, npt.NDArray[np.object_]]:
    """Read the polygons of some roles from an extract. [degrees]"""
    keys = sorted({key for role in roles for key in KEYS[role]})
    values = WATER_VALUES if "water" in roles else {}
    tags, shapes = read_areas(path, keys, values)
    return {role: shapes[np.array([IS[role](one) for one in tags], dtype=bool)] for role in roles}


def _near(shapes: npt.NDArray[np.object_], extent: Any) -> npt.NDArray[np.object_]:
    """Return the polygons whose box touches the city."""
    near = shapely.intersects(extent, shapely.box(*shapely.bounds(shapes).T))
    return np.asarray(shapes[near], dtype=object)


def _is_building(tags: dict[str, str]) -> bool:
    """Say whether a feature is a building that stands."""
    return tags.get("building", "no") != "no"


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


KEYS = {"buildings": ("building",), "water": WATER_KEYS}
IS = {"buildings": _is_building, "water": _is_water}
