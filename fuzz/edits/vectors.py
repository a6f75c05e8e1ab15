"""Edits of GeoPackages: shapes, columns, reference systems."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from random import Random

import geopandas
import numpy as np
import shapely

from fuzz.edits import junk

CHANGES = (
    "none",
    "empty",
    "bow_tie",
    "points",
    "lines",
    "far",
    "system",
    "unknown_system",
    "drop_column",
    "text",
    "rows",
    "copy",
    "scale",
    "z",
)


def edit(raw: bytes, chance: Random) -> bytes:
    """Change a layer once."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path, out = Path(folder) / "a.gpkg", Path(folder) / "b.gpkg"
        path.write_bytes(raw)
        _changed(geopandas.read_file(path), chance).to_file(out, driver="GPKG")
        return out.read_bytes()


def _changed(table: geopandas.GeoDataFrame, chance: Random) -> geopandas.GeoDataFrame:
    """Return the layer with one change."""
    shapes = table.geometry.to_numpy().copy()
    at = chance.randrange(len(table))
    columns = [name for name in table.columns if name != table.geometry.name]
    match chance.choice(CHANGES):
        case "none":
            shapes[at] = None
        case "empty":
            shapes[at] = shapely.Polygon()
        case "bow_tie":
            x, y = shapely.get_coordinates(shapes[at])[0]
            shapes[at] = shapely.Polygon([(x, y), (x + 1e-4, y + 1e-4), (x + 1e-4, y), (x, y + 1e-4)])
        case "points":
            shapes = shapely.point_on_surface(shapes)
        case "lines":
            shapes = shapely.boundary(shapes)
        case "far":
            shapes = shapely.transform(shapes, lambda xy: xy + chance.choice((1, 100, 1e6)))
        case "scale":
            shapes = shapely.transform(shapes, lambda xy: xy * chance.choice((0, -1, 1e300, np.nan)))
        case "z":
            shapes = shapely.force_3d(shapes, 1e9)
        case "system":
            return table.set_crs(
                chance.choice(("EPSG:32648", "EPSG:3857", "EPSG:27700")), allow_override=True
            )
        case "unknown_system":
            return geopandas.GeoDataFrame(table.drop(columns=table.geometry.name), geometry=shapes, crs=None)
        case "drop_column" if columns:
            return table.drop(columns=chance.choice(columns))
        case "text" if columns:
            return table.assign(
                **{chance.choice(columns): [junk.cell(chance).replace("\x00", "") for _ in range(len(table))]}
            )
        case "rows":
            return table.iloc[: chance.choice((0, 1, 2))]
        case _:
            return geopandas.GeoDataFrame(table.iloc[[*range(len(table)), at, at]], crs=table.crs)
    return table.set_geometry(shapes, crs=table.crs)
