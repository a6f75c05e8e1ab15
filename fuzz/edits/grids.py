"""Edits of rasters: no-data values, reference systems, where they lie, what they count."""

from __future__ import annotations

import warnings
from random import Random
from typing import Any

import numpy as np
from rasterio import Affine
from rasterio.io import MemoryFile

SYSTEMS = (
    None,
    "EPSG:4326",
    "EPSG:3857",
    "EPSG:32648",
    "EPSG:32748",
    "ESRI:54009",
    "EPSG:27700",
    'LOCAL_CS["x"]',
)
MOST_CELLS = 4_000_000
VALUES = (0, -1, -9999, 255, 65535, 1e9, 1e20, 3.4e38, -3.4e38, float("nan"), float("inf"), -float("inf"))
CHANGES = (
    "nodata",
    "nodata",
    "crs",
    "crs",
    "where",
    "where",
    "value",
    "value",
    "values",
    "all",
    "scale",
    "type",
    "type",
    "bands",
    "rows",
    "huge",
    "scale_offset",
)


def edit(raw: bytes, chance: Random) -> bytes:
    """Change a raster once."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        with MemoryFile(raw) as memory, memory.open() as file:
            if file.width * file.height > MOST_CELLS:
                raise ValueError("an edit before has made it huge")
            cells, facts = file.read(), dict(file.profile)
        return _changed(cells, facts, chance)


def _changed(cells: Any, facts: dict[str, Any], chance: Random) -> bytes:
    """Write the raster with one change."""
    change = chance.choice(CHANGES)
    facts |= {"driver": "GTiff", "compress": "deflate"}
    for word in ("predictor", "blockxsize", "blockysize", "tiled", "interleave"):
        facts.pop(word, None)
    match change:
        case "nodata":
            value = chance.choice((*VALUES, None, float(np.nanmax(cells)), float(cells.flat[0])))
            facts |= {"nodata": value, "dtype": "float64"}
        case "crs":
            facts["crs"] = chance.choice(SYSTEMS)
        case "where":
            facts["transform"] = _elsewhere(facts["transform"], chance)
        case "value" | "values" | "all":
            cells = _revalued(cells.astype("float64"), change, chance)
            facts["dtype"] = "float64"
        case "scale":
            cells, facts["dtype"] = (
                cells.astype("float64") * chance.choice((-1, 0, 1e-12, 1e6, 1e12, 1e300)),
                "float64",
            )
        case "type":
            facts["dtype"] = chance.choice(
                ("uint8", "int8", "int16", "uint32", "int32", "float32", "complex64", "int64")
            )
            facts["nodata"] = None
        case "bands":
            cells = np.concatenate([cells, cells * 2])
        case "rows":
            cells = cells[:, : chance.choice((1, 2)), : chance.choice((1, 2, 1000))]
        case "huge":
            facts |= {"SPARSE_OK": True, "tiled": True, "BIGTIFF": "YES"}
            facts["transform"] *= Affine.scale(1e-3)
            return _write(None, facts | {"width": 60_000, "height": 60_000}, None)
    factor = chance.choice((0.0, -1.0, 0.1, 1000.0, float("nan"))) if change == "scale_offset" else None
    return _write(cells.astype(facts["dtype"]), facts, factor)


def _write(cells: Any, facts: dict[str, Any], factor: float | None) -> bytes:
    """Return a GeoTIFF."""
    if cells is not None:
        facts |= {"count": cells.shape[0], "height": cells.shape[1], "width": cells.shape[2]}
    with MemoryFile() as memory:
        with memory.open(**facts) as file:
            if cells is not None:
                file.write(cells)
            if factor is not None:
                file.scales, file.offsets = [factor] * file.count, [factor] * file.count
        return bytes(memory.read())


def _elsewhere(old: Affine, chance: Random) -> Affine:
    """Move, turn, mirror, flatten."""
    match chance.choice(("away", "turn", "mirror", "upside", "flat", "small", "big", "none", "nan")):
        case "away":
            return Affine.translation(chance.choice((0.05, 1, 90, 1e5)), 0) * old
        case "turn":
            return old * Affine.rotation(30)
        case "mirror":
            return old * Affine.scale(-1, 1)
        case "upside":
            return old * Affine.scale(1, -1)
        case "flat":
            return old * Affine.scale(0, 1)
        case "small":
            return old * Affine.scale(1e-6)
        case "big":
            return old * Affine.scale(1e3)
        case "none":
            return Affine.identity()
        case _:
            return Affine(float("nan"), 0, old.c, 0, old.e, old.f)


def _revalued(cells: Any, change: str, chance: Random) -> Any:
    """Put odd values in one cell, some, or all."""
    value = chance.choice(VALUES)
    if change == "all":
        return np.full_like(cells, value)
    if change == "value":
        cells.flat[chance.randrange(cells.size)] = value
        return cells
    cells.flat[:: chance.choice((2, 3, 7))] = value
    return cells
