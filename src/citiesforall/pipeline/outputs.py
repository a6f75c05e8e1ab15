"""What a run leaves for its users: observations, a GeoPackage that opens in QGIS, run.json, findings."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.indicator import Indicator
from citiesforall.core.tables import read_parquet

NOT_TOLD = frozenset({"missing"})
GPKG_DATE = "2000-01-01T00:00:00.000Z"
"""Written into the GeoPackage instead of the clock, so that the same result has the same bytes."""


def wide_places(
    places: pd.DataFrame, table: pd.DataFrame, indicators: Mapping[str, Indicator]
) -> pd.DataFrame:
    """Put the values of everybody beside each place, one column an indicator, with interval and status.

    Indicators that no source gives have no columns: missing.csv names them.

    Parameters
    ----------
    places
        The places layer, geometry as WKB.
    table
        Observations.
    indicators
        By id, in the order of columns.

    Returns
    -------
    pandas.DataFrame
        One row a place.
    """
    everybody = table[table["group"] == "all"]
    told = set(everybody.loc[~everybody["status"].isin(NOT_TOLD), "indicator"])
    order = pd.Series(np.arange(len(places)), index=places["place"])
    columns: dict[str, Any] = {}
    for key, rows in everybody[everybody["indicator"].isin(told)].groupby(
        "indicator", observed=True, sort=False
    ):
        at = order[rows["place"]].to_numpy()
        for what, suffix in (("value", ""), ("low", "_low"), ("high", "_high"), ("status", "_status")):
            column = np.full(
                len(places), None if what == "status" else np.nan, dtype=object if what == "status" else float
            )
            column[at] = rows[what].to_numpy()
            columns[f"{key}{suffix}"] = column
    ordered = [
        f"{key}{suffix}" for key in indicators if key in told for suffix in ("", "_low", "_high", "_status")
    ]
    return pd.concat(
        [places.reset_index(drop=True), pd.DataFrame({name: columns[name] for name in ordered})], axis=1
    )


def write_gpkg(path: Path, layers: Mapping[str, pd.DataFrame], crs: str, aliases: Mapping[str, str]) -> None:
    """Write tables with geometry as layers of one GeoPackage.

    Parameters
    ----------
    path
        File to write.
    layers
        Layer name -> table whose ``geometry`` column holds WKB in `crs`.
    crs
        Metric reference system.
    aliases
        Column -> readable title; QGIS shows it.
    """
    import geopandas as gpd  # noqa: PLC0415 - slow to load, and not needed when nothing changed
    import pyogrio  # noqa: PLC0415

    # Fixed while writing, then given back: nobody else's files should carry it.
    before = pyogrio.get_gdal_config_option("OGR_CURRENT_DATE")
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": GPKG_DATE})
    try:
        for name, table in layers.items():
            shapes = gpd.GeoSeries.from_wkb(table["geometry"])
            frame = gpd.GeoDataFrame(table.drop(columns="geometry"), geometry=shapes, crs=crs)
            pyogrio.write_dataframe(
                frame, path, layer=name, driver="GPKG", append=path.exists(), use_arrow=True
            )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": before})
    with sqlite3.connect(path) as db:
        db.execute(
            "CREATE TABLE IF NOT EXISTS gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,"
            " name TEXT, title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT,"
            " CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name))"
        )
        db.execute(
            "INSERT OR IGNORE INTO gpkg_extensions VALUES ('gpkg_data_columns', NULL, 'gpkg_schema',"
            " 'http://www.geopackage.org/spec121/#extension_schema', 'read-write')"
        )
        for name, table in layers.items():
            rows = [
                (name, column, aliases[column], aliases[column])
                for column in table.columns
                if column in aliases
            ]
            db.executemany(
                "INSERT OR REPLACE INTO gpkg_data_columns (table_name, column_name, name, title) VALUES (?, ?, ?, ?)",
                rows,
            )
    db.close()


def column_titles(indicators: Mapping[str, Indicator]) -> dict[str, str]:
    """Return a readable title for every indicator's column.

    Parameters
    ----------
    indicators
        By id.
    """
    titles = {}
    for key, one in indicators.items():
        titles[key] = f"{one.title} [{one.unit}]"
        titles[f"{key}_low"] = f"{one.title}: 95 % interval, from"
        titles[f"{key}_high"] = f"{one.title}: 95 % interval, to"
        titles[f"{key}_status"] = f"{one.title}: status"
    return titles


def street_lines(path: Path) -> pd.DataFrame:
    """Return the street edges as lines for the map.

    Parameters
    ----------
    path
        The streets layer.
    """
    import shapely  # noqa: PLC0415 - only when a map is written

    from citiesforall.network.streets import load  # noqa: PLC0415

    streets = load(path)
    index = np.repeat(np.arange(streets.edge_m.size), np.diff(streets.vertex_start))
    lines = shapely.linestrings(np.column_stack([streets.vertex_x, streets.vertex_y]), indices=index)
    return pd.DataFrame(
        {
            "class": np.array(streets.classes)[streets.edge_class],
            "length_m": streets.edge_m,
            "walkable": streets.edge_walk,
            "geometry": shapely.to_wkb(lines),
        }
    )


def point_table(path: Path) -> pd.DataFrame:
    """Return a layer of points with x, y as a table with geometry."""
    import shapely  # noqa: PLC0415

    table = read_parquet(path)
    return table.assign(geometry=shapely.to_wkb(shapely.points(table["x"], table["y"])))


def write_run(path: Path, said: Mapping[str, Any]) -> None:
    """Write run.json: what was made from what, repairs and doubts, what is missing and why.

    Parameters
    ----------
    path
        File to write.
    said
        Plain data.
    """
    path.write_text(
        json.dumps(said, indent=1, ensure_ascii=False, sort_keys=True, default=str) + "\n", "utf-8"
    )
