"""The map of a nation: a GeoPackage that opens in QGIS with names and colours, and the same as vector tiles."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from freestiler import freestile, freestile_layer

from citiesforall.core.indicator import Indicator, indicators
from citiesforall.core.units import unit
from citiesforall.exchange.geo import LONLAT, about_tiles, rounded, with_metadata
from citiesforall.exchange.given import HAS_VALUE, Published
from citiesforall.exchange.words import indicator_title, told
from citiesforall.pipeline.outputs import GPKG_DATE, column_titles, wide_places, write_gpkg

GPKG, TILES = "nation.gpkg", "nation.pmtiles"
LAYERS: Mapping[str, str] = {
    "province": "provinces", "district": "districts", "city": "cities", "commune": "communes", "village": "villages",
}  # fmt: skip
"""Level -> name of its layer."""
ZOOMS = {"provinces": 3, "districts": 6, "cities": 7, "communes": 8, "villages": 10}
SMALLEST, LARGEST = 3, 11
COLOURS = ("228,239,241", "171,208,216", "100,165,184", "40,112,143", "13,59,84")
"""Of the classes, as the page and the documents have them."""
FIRST = ("deprived_overall", "idpoor_households", "population_density", "population")
"""A layer opens with the first of these it has."""
MOST_STYLES = 40
SHORTEST = 2
"""Values a style needs to be of use."""


def write_map(places: pd.DataFrame, known: Published, folder: Path) -> list[str]:
    """Write the places of a nation with everybody's values.

    Parameters
    ----------
    places
        With outlines as WKB in longitude and latitude.
    known
        Its numbers.
    folder
        Where ``nation.gpkg`` and ``nation.pmtiles`` go.

    Returns
    -------
    list
        The layers written; empty, and no file, where no place has an outline.
    """
    layers = dict(_layers(places, known.observations))
    if not layers:
        return []
    write_gpkg(folder / GPKG, layers, LONLAT, _aliases())
    _write_styles(folder / GPKG, layers)
    shown = {}
    for name, table in layers.items():
        shapes = gpd.GeoSeries.from_wkb(table["geometry"])
        frame = gpd.GeoDataFrame(table.drop(columns="geometry"), geometry=shapes, crs=LONLAT)
        kept = [one for one in frame if not one.endswith(("_low", "_high"))]
        shown[name] = freestile_layer(rounded(frame.loc[frame.geometry.notna(), kept]), min_zoom=ZOOMS[name])
    path = folder / TILES
    freestile(shown, path, min_zoom=SMALLEST, max_zoom=LARGEST, quiet=True)
    path.write_bytes(with_metadata(path.read_bytes(), about_tiles(known)))
    return list(layers)


def _layers(places: pd.DataFrame, rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield each level that has an outline: names in both scripts, the values of everybody, and what they cover."""
    known = indicators()
    last = rows.sort_values("period", kind="stable").drop_duplicates(
        ["place", "group", "indicator"], keep="last"
    )
    for level, name in LAYERS.items():
        at = places[places["level"] == level].reset_index(drop=True)
        if at.empty or at["geometry"].isna().all():
            continue
        own = last[last["place"].isin(at["place"]) & (last["group"] == "all")]
        told_of = own.loc[own["status"].isin(HAS_VALUE), "indicator"].unique()
        own = own[own["indicator"].isin(told_of)]
        base = at[["place", "name", "name_km", "level", "parent", "geometry"]]
        wide = wide_places(base, own, known)
        for key in (one for one in known if one in set(told_of) and "coverage_people" in own):
            covered = own[own["indicator"] == key].set_index("place")["coverage_people"]
            wide[f"{key}_coverage"] = base["place"].map(covered).astype(float)
        yield name, wide.copy()


def _aliases() -> dict[str, str]:
    """Return readable names of columns; QGIS shows them."""
    known = indicators()
    head = {
        "place": "code", "name_km": "Khmer name", "name": "name", "level": "level", "parent": "code of the place it is in",
    }  # fmt: skip
    covered = {f"{key}_coverage": f"{one.title}: share of people covered" for key, one in known.items()}
    return head | column_titles(known) | covered


def class_bounds(values: npt.NDArray[np.float64], one: Indicator) -> list[float]:
    """Return the inner bounds of at most five classes, rising.

    Parameters
    ----------
    values
        Of the places of a layer. (R,)
    one
        The indicator; parts of the way to its goal where they tell values apart, else quantiles.
    """
    known = np.sort(values[np.isfinite(values)])
    n = len(COLOURS)
    if known.size == 0:
        return []
    if one.goalposts is not None:
        goal = np.sort(np.linspace(one.goalposts.floor, one.goalposts.goal, n + 1)[1:-1])
        if np.unique(np.searchsorted(goal, known, side="right")).size > 1:
            return [float(side) for side in goal]
    inner = np.unique(np.quantile(known, np.arange(1, n) / n))
    return [float(f"{side:.3g}") for side in inner if side > known[0]]


def style_qml(key: str, one: Indicator, inner: Sequence[float], columns: Sequence[str]) -> str:
    """Return how QGIS draws an indicator: classes by colour, what has no value hatched.

    Parameters
    ----------
    key
        Column.
    one
        The indicator.
    inner
        From `class_bounds`.
    columns
        Of the layer, for their readable names.

    Returns
    -------
    str
        QML.
    """
    sides: list[float | None] = [None, *sorted(set(inner)), None]
    n = len(sides) - 1
    picked = np.round(np.linspace(0, len(COLOURS) - 1, n)).astype(int) if n > 1 else [len(COLOURS) // 2]
    digits = unit(one.unit).decimals
    rules, symbols = [], []
    for at, (low, high) in enumerate(pairwise(sides)):
        tests = [f'"{key}" IS NOT NULL']
        tests += [f'"{key}" >= {low!r}'] if low is not None else []
        tests += [f'"{key}" < {high!r}'] if high is not None else []
        label = (
            f"{'' if low is None else f'{low:,.{digits}f}'} – {'' if high is None else f'{high:,.{digits}f}'}"  # noqa: RUF001 - a range
        )
        rules.append(_rule(at, " AND ".join(tests), label))
        symbols.append(_symbol(at, _fill(COLOURS[int(picked[at])])))
    rules.append(
        _rule(n, "ELSE", f"{told('exchange.nation.no_data', 'en')} / {told('exchange.nation.no_data', 'km')}")
    )
    symbols.append(_symbol(n, _fill("220,220,220") + _hatch()))
    titles = _aliases()
    aliases = "".join(
        f"<alias field={quoteattr(name)} index={quoteattr(str(at))} name={quoteattr(titles[name])}/>"
        for at, name in enumerate(columns)
        if name in titles
    )
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
        '<qgis version="3.34.0" styleCategories="Symbology|Labeling|Fields">'
        '<renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="0" forceraster="0" referencescale="-1">'
        f'<rules key="root">{"".join(rules)}</rules><symbols>{"".join(symbols)}</symbols></renderer-v2>'
        f"<aliases>{aliases}</aliases>"
        "<previewExpression>\"name\" || coalesce(' ' || \"name_km\", '')</previewExpression>"
        "<layerGeometryType>2</layerGeometryType></qgis>"
    )


def _rule(at: int, test: str, label: str) -> str:
    """Return one rule."""
    return f'<rule key="r{at}" filter={quoteattr(test)} symbol="{at}" label={quoteattr(label)}/>'


def _symbol(at: int, layers: str) -> str:
    """Return one symbol of an area."""
    return f'<symbol name="{at}" type="fill" alpha="1" clip_to_extent="1" force_rhr="0">{layers}</symbol>'


def _options(said: Mapping[str, str]) -> str:
    """Return the properties of a symbol's layer."""
    made = "".join(f'<Option name="{key}" type="QString" value="{value}"/>' for key, value in said.items())
    return f'<Option type="Map">{made}</Option>'


def _fill(colour: str) -> str:
    """Return a fill with a thin white border."""
    said = {
        "color": f"{colour},255", "style": "solid", "outline_color": "255,255,255,255", "outline_style": "solid",
        "outline_width": "0.15", "outline_width_unit": "MM",
    }  # fmt: skip
    return f'<layer class="SimpleFill" enabled="1" locked="0" pass="0">{_options(said)}</layer>'


def _hatch() -> str:
    """Return lines that say that nothing is known."""
    line = {
        "line_color": "139,147,152,255",
        "line_style": "solid",
        "line_width": "0.2",
        "line_width_unit": "MM",
    }
    drawn = f'<layer class="SimpleLine" enabled="1" locked="0" pass="0">{_options(line)}</layer>'
    inner = f'<symbol name="@h" type="line" alpha="1">{drawn}</symbol>'
    said = {"angle": "45", "distance": "1.5", "distance_unit": "MM"}
    return f'<layer class="LinePatternFill" enabled="1" locked="0" pass="0">{_options(said)}{inner}</layer>'


def _write_styles(path: Path, layers: Mapping[str, pd.DataFrame]) -> None:
    """Put a style for every indicator of every layer into the GeoPackage; one of each layer is the one it opens with."""
    rows: list[tuple[Any, ...]] = []
    for name, table in layers.items():
        columns = [str(one) for one in table if one != "geometry"]
        keys = [
            key for key in indicators()
            if key in table and table[key].notna().sum() >= SHORTEST
        ][:MOST_STYLES]  # fmt: skip
        first = next((one for one in FIRST if one in keys), keys[0] if keys else "")
        for key in keys:
            one = indicators()[key]
            qml = style_qml(key, one, class_bounds(table[key].to_numpy(float), one), columns)
            about = f"{indicator_title(key, 'en')} / {indicator_title(key, 'km')}"
            rows.append((name, f"{name}: {key}"[:30], qml, key == first, about))
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(
            "CREATE TABLE layer_styles (id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), "
            "f_table_schema TEXT(256), f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, "
            "styleSLD TEXT, useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)"
        )
        db.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change) "
            "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?)",
            (GPKG_DATE,),
        )
        db.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML, "
            "styleSLD, useAsDefault, description, owner, update_time) VALUES ('', '', ?, 'geom', ?, ?, '', ?, ?, '', ?)",
            [(*row, GPKG_DATE) for row in rows],
        )
