"""Places, cells, streets and facilities as GeoParquet 1.1, and a map of places and cells as vector tiles (PMTiles)."""

from __future__ import annotations

import gzip
import json
import math
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
from freestiler import freestile, freestile_layer

from citiesforall.exchange.given import Published

LAYERS = ("places", "cells", "streets", "facilities", "stops", "open_space")
"""Layers of the map that are handed on, those that are there."""
EDITION = "1.1.0"
TILES = "map.pmtiles"
LONLAT = "EPSG:4326"
PLACES_FROM, CELLS_FROM, LARGEST = 6, 10, 13
"""Zoom levels: from which places and cells show, and the last one made."""
ACROSS = 48
"""Tiles the last level may have from side to side: a city of 200 km keeps them all, a country ends one or two levels before."""
WHOLE_DEG = 360.0
TOLD_OF_CELL = ("cell", "unit", "people")
HEAD = (
    "root",
    "root_length",
    "metadata",
    "metadata_length",
    "leaves",
    "leaves_length",
    "tiles",
    "tiles_length",
)
HEAD_FROM = 8
"""Where the offsets stand in the head of PMTiles 3: eight little-endian numbers of 64 bits."""
DIGITS = 4
"""Significant digits of the values in tiles: for looking; the tables hold every digit."""


def read_layers(gpkg: Path) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers of the map, each with its reference system.

    Parameters
    ----------
    gpkg
        ``city.gpkg`` of the results.
    """
    there = {str(name) for name, _ in pyogrio.list_layers(gpkg)}
    return {name: _layer(gpkg, name) for name in LAYERS if name in there}


def _layer(gpkg: Path, name: str) -> gpd.GeoDataFrame:
    """Return one layer; column by column, for places have a thousand."""
    about, table = pyogrio.read_arrow(gpkg, layer=name)
    shape = about["geometry_name"] or "wkb_geometry"
    shapes = gpd.GeoSeries.from_wkb(table.column(shape).to_pandas(), crs=about["crs"])
    return gpd.GeoDataFrame(
        table.drop_columns([shape]).to_pandas(), geometry=shapes.to_numpy(), crs=about["crs"]
    )


def write_geoparquet(layers: dict[str, gpd.GeoDataFrame], folder: Path) -> list[str]:
    """Write each layer as GeoParquet 1.1 with its reference system and the box of every row.

    Parameters
    ----------
    layers
        From `read_layers`.
    folder
        Where ``<layer>.parquet`` goes.

    Returns
    -------
    list
        Names of the files.
    """
    names = []
    for name, frame in layers.items():
        names.append(f"{name}.parquet")
        frame.to_parquet(
            folder / names[-1],
            index=False,
            compression="zstd",
            schema_version=EDITION,
            write_covering_bbox=True,
        )
    return names


def write_tiles(layers: dict[str, gpd.GeoDataFrame], given: Published, path: Path) -> list[str]:
    """Write places and cells with everybody's values as vector tiles.

    Parameters
    ----------
    layers
        From `read_layers`.
    given
        Names of the places in both languages.
    path
        Of the PMTiles file.

    Returns
    -------
    list
        The layers in it; empty, and no file, where there is nothing to show.

    Notes
    -----
    A place's withheld values are empty in the map they come from, so they are absent here. Values are rounded to four
    significant digits, places carry ``name_en`` and ``name_km``.
    """
    shown: dict[str, Any] = {}
    # Tiles hold what can be drawn: a place of which no source has the border stands in the tables alone.
    drawn = {name: frame[frame.geometry.notna()] for name, frame in layers.items()}
    if "places" in drawn and len(drawn["places"]):
        places = drawn["places"].copy()
        known = given.places.set_index("place")
        names = places["place"].map(known["name"])
        places["name_en"], places["name_km"] = names, places["place"].map(known["name_km"]).fillna(names)
        keep = ["place", "level", "name_en", "name_km", *_values(places), *_statuses(places), "geometry"]
        shown["places"] = freestile_layer(rounded(places[keep]), min_zoom=PLACES_FROM)
    if "cells" in drawn and len(drawn["cells"]):
        cells = drawn["cells"]
        keep = [
            *(one for one in TOLD_OF_CELL if one in cells),
            *(v for v in _values(cells) if v not in TOLD_OF_CELL),
        ]
        cells = cells[[*keep, "geometry"]].assign(
            cell=cells["cell"].astype(str)
        )  # too long for a number of JavaScript
        shown["cells"] = freestile_layer(rounded(cells), min_zoom=CELLS_FROM)
    if shown:
        last = last_level(drawn.values())
        freestile(shown, path, min_zoom=PLACES_FROM, max_zoom=last, quiet=True)
        path.write_bytes(with_metadata(path.read_bytes(), about_tiles(given)))
    return list(shown)


def last_level(layers: Iterable[gpd.GeoDataFrame]) -> int:
    """Return the last zoom level worth making: maps enlarge its tiles, whose grid is finer than 20 m even at level 11.

    Parameters
    ----------
    layers
        What is drawn.
    """
    boxes = [frame.to_crs(LONLAT).total_bounds for frame in layers if len(frame)]
    west, south, east, north = (pick(box[k] for box in boxes) for k, pick in enumerate((min, min, max, max)))
    wide = max(east - west, north - south, WHOLE_DEG * ACROSS / 2**LARGEST)
    return max(CELLS_FROM, math.floor(math.log2(WHOLE_DEG * ACROSS / wide)))


def about_tiles(given: Published) -> dict[str, str]:
    """Return what a map must say: whose it is, and whom to thank for its data.

    Parameters
    ----------
    given
        Names and sources.
    """
    cited = dict.fromkeys(str(one["citation"]) for one in given.run["sources"].values())
    place = given.city.place
    return {
        "name": f"{place.name}, {given.city.period}",
        "description": f"Run {given.run['run']}, {given.run['software']}",
        "attribution": "; ".join(one for one in cited if one),
        "type": "overlay",
    }


def with_metadata(archive: bytes, more: Mapping[str, str]) -> bytes:
    """Return a PMTiles archive whose metadata say more.

    Parameters
    ----------
    archive
        PMTiles 3: a head of 127 bytes, the root directory, metadata, leaf directories and tiles, in this order.
    more
        Key -> text.

    Returns
    -------
    bytes
        The same tiles. Directories count from where tiles begin, so only the head changes.
    """
    at = dict(zip(HEAD, struct.unpack_from(f"<{len(HEAD)}Q", archive, HEAD_FROM), strict=True))
    old = archive[at["metadata"] : at["metadata"] + at["metadata_length"]]
    said = {**json.loads(gzip.decompress(old)), **more}
    new = gzip.compress(json.dumps(said, ensure_ascii=False, sort_keys=True).encode(), mtime=0)
    for part in ("leaves", "tiles"):
        at[part] += len(new) - len(old)
    at["metadata_length"] = len(new)
    head = archive[:HEAD_FROM] + struct.pack(f"<{len(HEAD)}Q", *at.values())
    return head + archive[len(head) : at["metadata"]] + new + archive[at["metadata"] + len(old) :]


def _values(frame: gpd.GeoDataFrame) -> list[str]:
    """Return the columns of values: numbers that are no ends of an interval."""
    return [
        str(name)
        for name in frame.select_dtypes("floating").columns
        if not str(name).endswith(("_low", "_high")) and frame[name].notna().any()
    ]


def _statuses(frame: gpd.GeoDataFrame) -> list[str]:
    """Return the columns that say how far values can be trusted."""
    return [str(name) for name in frame.columns if str(name).endswith("_status")]


def rounded(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a layer in longitude and latitude, values rounded to significant digits, what is no value absent.

    Parameters
    ----------
    frame
        The layer.
    """
    out = frame.to_crs(LONLAT)
    for name in out.select_dtypes("floating").columns:
        values = out[name].to_numpy(float)
        size = np.floor(
            np.log10(np.abs(values), where=(values != 0) & np.isfinite(values), out=np.zeros(values.size))
        )
        scale = 10.0 ** (DIGITS - 1 - size)
        out[name] = np.where(np.isfinite(values), np.rint(values * scale) / scale, np.nan)
    return out
