"""What a page in a browser asks of a published city: who it is, its places, its cells, its numbers; all from files of a run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.indicator import DIMENSIONS, Indicator, indicators
from citiesforall.core.tables import read_parquet
from citiesforall.core.units import unit
from citiesforall.text import say_key

if TYPE_CHECKING:
    import geopandas as gpd

OFFSET = 1 << 30
CELL_M = 100.0
KEPT_DECIMALS = 6
COARSE_M = {"places": 5.0, "streets": 2.0, "open_space": 2.0}
"""How far a line on the map may leave the line of the layer. [m]"""
BASE = ("streets", "open_space", "facilities", "stops")
MEASURED = ("ok", "estimated", "modelled", "low_n")
TABLES = ("challenges", "dimensions", "index", "risk", "triggers", "outlook")
PLAN_TABLES = ("plan", "frontier", "plan_money", "results_framework")


@dataclass(frozen=True)
class Served:
    """Hold a published city, read once.

    Parameters
    ----------
    folder
        Where it was published.
    said
        Its ``run.json``.
    observations
        Its numbers.
    cells
        Values by cell part.
    places
        Its places with geometry, in the city's metric reference system.
    """

    folder: Path
    said: dict[str, Any]
    observations: pd.DataFrame
    cells: pd.DataFrame
    places: gpd.GeoDataFrame


def open_served(folder: Path) -> Served:
    """Read a published city.

    Parameters
    ----------
    folder
        ``out/<code>``.

    Returns
    -------
    Served
        The city.

    Raises
    ------
    InputError
        It is not a folder of results.
    """
    import geopandas as gpd  # noqa: PLC0415 - a server that takes voices alone starts without it

    if not (folder / "run.json").is_file():
        raise InputError(f"{folder}: no city was published here. Run `cities run CITY.toml` first.")
    said = json.loads((folder / "run.json").read_text("utf-8"))
    observations = read_parquet(folder / "observations.parquet")
    places = gpd.read_file(
        folder / "city.gpkg",
        layer="places",
        columns=["place", "name", "name_km", "level", "parent", "area_m2"],
    )
    return Served(folder, said, observations, read_parquet(folder / "cell_values.parquet"), places)


def find_served(out: Path) -> Iterator[Path]:
    """Yield the folders of the cities published under a folder of results."""
    for path in sorted(out.glob("*/run.json")):
        yield path.parent


def city_info(one: Served, lang: str) -> dict[str, Any]:
    """Say who a city is and what is known of it.

    Parameters
    ----------
    one
        The city.
    lang
        ``en`` or ``km``.

    Returns
    -------
    dict
        Name, period, bounds (west, south, east, north in degrees), dimensions, and every measured indicator with its groups and
        whether cells hold it.
    """
    city = one.said["city"]
    west, south, east, north = one.places.to_crs(4326).total_bounds
    measured = one.observations[one.observations["status"].isin(MEASURED)]
    groups = measured.groupby("indicator", observed=True)["group"].unique()
    known = indicators()
    return {
        "code": city["code"], "name": _name(one, city["code"], lang), "period": city["period"],
        "is_invented": bool(city.get("invented")), "bounds": [float(side) for side in (west, south, east, north)],
        "dimensions": [{"id": key, "title": say_key(f"word.dimension.{key}", lang)} for key in DIMENSIONS],
        "indicators": [
            {**about_indicator(known[key], lang), "groups": sorted(map(str, groups[key])), "has_cells": key in one.cells.columns}
            for key in known
            if key in groups.index
        ],
        "groups": [
            {"id": key, "title": say_key(f"group.{key}.title", lang)} for key in sorted(set(measured["group"].astype(str)))
        ],
        "has_diagnosis": (one.folder / "diagnose").is_dir(), "has_plan": (one.folder / "plan").is_dir(),
    }  # fmt: skip


def about_indicator(one: Indicator, lang: str) -> dict[str, Any]:
    """Say what an indicator is.

    Parameters
    ----------
    one
        The indicator.
    lang
        ``en`` or ``km``.
    """
    goal = one.goalposts
    return {
        "id": one.id, "title": say_key(f"indicator.{one.id}.title", lang),
        "meaning": say_key(f"indicator.{one.id}.meaning", lang), "dimension": one.dimension, "unit": one.unit,
        "decimals": unit(one.unit).decimals,
        "better": one.better, "goalposts": [goal.floor, goal.goal] if goal is not None else None,
    }  # fmt: skip


def _name(one: Served, place: str, lang: str) -> str:
    """Return what a place is called."""
    row = one.places[one.places["place"] == place].iloc[0]
    said = row["name_km"] if lang == "km" and "name_km" in row and isinstance(row["name_km"], str) else None
    return str(said or row["name"])


def places_geojson(one: Served) -> str:
    """Return the borders of the places as GeoJSON in degrees, names in both languages."""
    shapes = one.places.copy()
    is_unit = ~shapes["place"].isin(set(shapes["parent"].dropna()))
    shapes.loc[is_unit, "geometry"] = shapes.loc[is_unit].geometry.simplify_coverage(COARSE_M["places"])
    return _geojson(shapes[["place", "name", "name_km", "level", "parent", "area_m2", "geometry"]])


def base_geojson(one: Served, layer: str) -> str:
    """Return a layer of the city's own map as GeoJSON in degrees.

    Parameters
    ----------
    one
        The city.
    layer
        A word of `BASE`.

    Raises
    ------
    InputError
        There is no such layer.
    """
    import geopandas as gpd  # noqa: PLC0415 - as above
    import pyogrio  # noqa: PLC0415 - as above

    if layer not in BASE:
        raise InputError(f"layer '{layer}': there is none of this name. {did_you_mean(layer, BASE)}")
    file = one.folder / "city.gpkg"
    if layer not in set(pyogrio.list_layers(file)[:, 0]):
        return json.dumps({"type": "FeatureCollection", "features": []})
    shapes = gpd.read_file(file, layer=layer)
    if layer == "streets":
        shapes["edge"] = np.arange(len(shapes))  # as `close_street` numbers them
    if layer in COARSE_M:
        shapes["geometry"] = shapes.geometry.simplify(COARSE_M[layer])
    kept = [
        name
        for name in ("class", "kind", "name", "mode", "facility", "stop", "space", "edge")
        if name in shapes.columns
    ]
    return _geojson(shapes[[*kept, "geometry"]])


def _geojson(shapes: gpd.GeoDataFrame) -> str:
    """Return shapes in degrees."""
    degrees = shapes.to_crs(4326)
    degrees["geometry"] = degrees.geometry.set_precision(10.0**-KEPT_DECIMALS, mode="pointwise")
    return str(degrees.to_json(drop_id=True, separators=(",", ":")))


def observed(one: Served, indicator: str, group: str) -> list[dict[str, Any]]:
    """Return an indicator of a group in every place.

    Parameters
    ----------
    one
        The city.
    indicator, group
        Ids.

    Returns
    -------
    list of dict
        ``place, value, low, high, n, status``; None where a number is missing.

    Raises
    ------
    InputError
        The indicator or the group is not known.
    """
    known = indicators()
    if indicator not in known:
        raise InputError(
            f"indicator '{indicator}': there is none of this name. {did_you_mean(indicator, known)}"
        )
    rows = one.observations[
        (one.observations["indicator"] == indicator) & (one.observations["group"] == group)
    ]
    columns = ["place", "value", "low", "high", "n", "status"]
    return [
        {key: plain(value) for key, value in zip(columns, row, strict=True)}
        for row in rows[columns].itertuples(index=False, name=None)
    ]


def cell_grid(
    one: Served, indicator: str, values: npt.NDArray[np.float64] | None = None
) -> tuple[dict[str, Any], bytes]:
    """Return an indicator by cell as a picture's pixels.

    Parameters
    ----------
    one
        The city.
    indicator
        Id; or ``people``.
    values
        Other values of it in the order of the cells; those published where None. (C,)

    Returns
    -------
    tuple
        ``columns``, ``rows``, ``corners`` (longitude and latitude of upper left, upper right, lower right, lower left) and the
        values as little-endian float32, row by row from the upper left; nan where nobody lives or nothing is known. A cell cut
        by a border shows the part with the most people.

    Raises
    ------
    InputError
        Cells do not hold the indicator.
    """
    import pyproj  # noqa: PLC0415 - as above

    held = [name for name in one.cells.columns if name not in {"cell", "unit"}]
    if indicator not in held:
        raise InputError(f"cells '{indicator}': there is none of this name. {did_you_mean(indicator, held)}")
    order = np.argsort(one.cells["people"].to_numpy(float), kind="stable")
    table = one.cells.iloc[order]
    shown = one.cells[indicator].to_numpy(float) if values is None else values
    packed = table["cell"].to_numpy(np.int64)
    column, row = (packed >> 32) - OFFSET, (packed & 0xFFFFFFFF) - OFFSET
    left, top = int(column.min()), int(row.max())
    wide, high = int(column.max()) - left + 1, top - int(row.min()) + 1
    pixels = np.full((high, wide), np.nan, "<f4")
    pixels[top - row, column - left] = shown[order]
    side = float(one.said["choices"].get("cell_m", CELL_M))
    x = np.array([left, left + wide, left + wide, left]) * side
    y = np.array([top + 1, top + 1, top + 1 - high, top + 1 - high]) * side
    lon, lat = pyproj.Transformer.from_crs(one.said["crs"], 4326, always_xy=True).transform(x, y)
    corners = [[round(a, 7), round(b, 7)] for a, b in zip(lon.tolist(), lat.tolist(), strict=True)]
    return {"columns": wide, "rows": high, "corners": corners}, pixels.tobytes()


def table_of(one: Served, step: str, name: str) -> list[dict[str, Any]]:
    """Return a finished table as records.

    Parameters
    ----------
    one
        The city.
    step, name
        ``diagnose`` and a word of `TABLES`; ``plan`` and a word of `PLAN_TABLES`.

    Raises
    ------
    InputError
        There is no such table.
    """
    allowed = {"diagnose": TABLES, "plan": PLAN_TABLES}.get(step, ())
    path = one.folder / step / f"{name}.parquet"
    if name not in allowed or not path.is_file():
        raise InputError(f"{step}/{name}: there is none of this name. {did_you_mean(name, allowed)}")
    table = read_parquet(path)
    columns = [str(column) for column in table.columns if column != "geometry"]
    return [
        {key: plain(value) for key, value in zip(columns, row, strict=True)}
        for row in table[columns].itertuples(index=False, name=None)
    ]


def place_at(one: Served, lat: float, lon: float) -> str | None:
    """Return the smallest place a point is in.

    Parameters
    ----------
    one
        The city.
    lat, lon
        WGS 84. [degrees]

    Returns
    -------
    str or None
        Its code; None outside the city.
    """
    import pyproj  # noqa: PLC0415 - as above
    from shapely.geometry import Point  # noqa: PLC0415 - as above

    x, y = pyproj.Transformer.from_crs(4326, one.said["crs"], always_xy=True).transform(lon, lat)
    inside = one.places[one.places.geometry.contains(Point(x, y))]
    return None if inside.empty else str(inside.loc[inside["area_m2"].idxmin(), "place"])


def plain(value: Any) -> Any:
    """Return a value as JSON has it; nan is None.

    Parameters
    ----------
    value
        Of a cell of a table.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        return [plain(one) for one in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return None if value is pd.NA or value is pd.NaT else value
