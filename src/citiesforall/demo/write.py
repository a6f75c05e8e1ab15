"""Writes files whose bytes depend on their content alone: no clock, no machine."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pyogrio
import rasterio
import shapely
from pyogrio.raw import write as write_vector
from rasterio import Affine

from citiesforall.demo.surfaces import LONLAT, METRIC, Grid, to_crs

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from citiesforall.demo.shapes import Floats, Shapes
    from citiesforall.demo.town import Town

EPOCH = (2025, 1, 1, 0, 0, 0)
CLOCK = "2025-01-01T00:00:00.000Z"


def write_grid(grid: Grid, path: Path, dtype: str) -> None:
    """Write a raster as a compressed GeoTIFF."""
    rows, columns = grid.cells.shape
    facts = {
        "driver": "GTiff", "height": rows, "width": columns, "count": 1, "dtype": dtype, "crs": grid.crs, "nodata": grid.nodata,
        "transform": Affine(grid.cell, 0.0, grid.west, 0.0, -grid.cell, grid.north), "compress": "deflate", "predictor": 1,
    }  # fmt: skip
    with rasterio.open(path, "w", **facts) as file:
        file.write(grid.cells.astype(dtype), 1)


def write_zip(tables: dict[str, pd.DataFrame], path: Path) -> None:
    """Write tables as text files of a zip archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, table in tables.items():
            info = zipfile.ZipInfo(f"{name}.txt", date_time=EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, table.to_csv(index=False, lineterminator="\n"))


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV with the order mark, so that spreadsheets show Khmer."""
    path.write_text(table.to_csv(index=False, lineterminator="\n"), "utf-8-sig", newline="")


def write_geojson(features: list[tuple[dict[str, Any], Any]], path: Path, crs: str) -> None:
    """Write shapes and their facts; a reference system other than longitude and latitude is named as old files do."""
    collection: dict[str, Any] = {"type": "FeatureCollection"}
    if crs != LONLAT:
        collection["crs"] = {
            "type": "name",
            "properties": {"name": f"urn:ogc:def:crs:EPSG::{crs.split(':')[1]}"},
        }
    collection["features"] = [
        {"type": "Feature", "properties": facts, "geometry": shapely.geometry.mapping(shape)}
        for facts, shape in features
    ]
    path.write_text(json.dumps(collection, ensure_ascii=False, separators=(",", ":")), "utf-8")


def write_buildings(town: Town, path: Path) -> None:
    """Write the footprints as a GeoPackage in longitude and latitude."""
    buildings = town.buildings
    shapes = moved(town, buildings.shapes, LONLAT)
    words = np.where(buildings.use == "house", "yes", buildings.use)
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": CLOCK})
    try:
        write_vector(
            path, np.asarray(shapely.to_wkb(shapes)), [words.astype(object)], ["building"], layer="buildings", driver="GPKG",
            geometry_type="Polygon", crs=LONLAT, VERSION="1.3",
        )  # fmt: skip
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})


def moved(town: Town, shapes: Shapes, crs: str, decimals: int | None = 7) -> Shapes:
    """Move shapes from the town's axes to a reference system, rounded as files are."""

    def move(xy: Floats) -> Floats:
        out = to_crs(town.plan.frame.out(xy), crs)
        return out if decimals is None or crs == METRIC else np.round(out, decimals)

    return np.asarray(shapely.transform(shapes, move))
