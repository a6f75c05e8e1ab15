"""Reads streets from files of lines: GeoJSON, GeoPackage, shapefiles, zipped or not."""

from __future__ import annotations

import zipfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.notes import Note
from citiesforall.gather.ways import (
    TAGS,
    UNKNOWN,
    Ways,
    Words,
    class_of,
    is_street,
    may_walk,
    on_bridge,
    street_rules,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from citiesforall.core.city import SourceUse
    from citiesforall.gather.ways import Float, Int, Long

TOUCH_M = 0.01  # points nearer than this are one: coordinates in files are written to a centimetre or better
VECTOR_SUFFIXES = {".shp", ".gpkg", ".geojson", ".json", ".fgb", ".kml"}
LINE_TYPES = (1, 2, 5)  # of GEOS: line, ring, several lines


def read_lines(path: Path, crs: str, use: SourceUse) -> Ways:
    """Read streets from a file of lines.

    Parameters
    ----------
    path
        Any vector file that GDAL reads, zipped or not.
    crs
        Metric reference system the points are turned into.
    use
        How the file is used: ``columns.class`` names the column of classes (and ``columns.foot``, ``columns.access``
        and the like those of further tags), ``options.class`` the class of lines where there is no such column,
        ``options.layer`` the layer, ``where`` the rows, ``crs`` the reference system where the file states none.

    Returns
    -------
    Ways
        Lines touch where they share a point, to the centimetre.

    Raises
    ------
    InputError
        The file cannot be read, holds no lines, lacks a column, or states no reference system.
    """
    columns = _columns(use)
    table, shapes, own_crs = _read(path, use, sorted({*columns.values(), *use.where}))
    asked = _asked_for(table, use)
    is_line = np.isin(shapely.get_type_id(shapes), LINE_TYPES) & ~shapely.is_empty(shapes)
    notes = _left_out(path.name, int((asked & ~is_line).sum()))
    rows = np.flatnonzero(asked & is_line)
    tags = {tag: _words(table, columns.get(tag), rows) for tag in TAGS}
    if "highway" not in columns:
        named = str(use.options.get("class", UNKNOWN))
        _known_class(path.name, named)
        tags["highway"] = Words(np.zeros(len(rows), np.int32), (named,))
        notes.append(
            Note(path.name, f"It names no street classes; all lines are taken as '{named}'.", "doubt")
        )
    street = is_street(tags)
    tags = {tag: Words(words.code[street], words.words) for tag, words in tags.items()}
    if not street.any():
        raise InputError(
            f"{path.name}: there are no streets in it. Give a file of lines, or look at 'where'."
        )
    parts, of_row = shapely.get_parts(shapes[rows[street]], return_index=True)
    lonlat, of_part = shapely.get_coordinates(parts, return_index=True)
    x, y = _placed(path, lonlat, use.crs or own_crs, crs)
    start = np.zeros(len(parts) + 1, np.int64)
    np.cumsum(np.bincount(of_part, minlength=len(parts)), out=start[1:])
    node, first = _touching(x, y)
    way_class = class_of(tags["highway"])
    walk, bridge = may_walk(tags, way_class), on_bridge(tags)
    return Ways(
        start=start,
        node=node,
        x=x[first],
        y=y[first],
        way_class=way_class[of_row],
        way_walk=walk[of_row],
        classes=street_rules().classes,
        notes=tuple(notes),
        way_bridge=None if bridge is None else bridge[of_row],
    )


def _placed(path: Path, lonlat: Float, own_crs: str, crs: str) -> tuple[Float, Float]:
    """Return points in the metric reference system."""
    x, y = pyproj.Transformer.from_crs(own_crs, crs, always_xy=True).transform(lonlat[:, 0], lonlat[:, 1])
    if not np.isfinite(x + y).all():
        fault = f"{int((~np.isfinite(x + y)).sum())} points cannot be placed in {crs}"
        raise InputError(f"{path.name}: {fault}. Look at the reference system ({own_crs}).")
    return x, y


def _columns(use: SourceUse) -> dict[str, str]:
    """Return tag -> the file's column."""
    named = {"highway" if word == "class" else word: column for word, column in use.columns.items()}
    unknown = sorted(set(named) - set(TAGS))
    if unknown:
        raise InputError(
            f"{use.id}: columns.{unknown[0]}: this word is not known. {did_you_mean(unknown[0], ('class', *TAGS[1:]))}"
        )
    return named


def _read(path: Path, use: SourceUse, columns: list[str]) -> tuple[pd.DataFrame, NDArray[Any], str]:
    """Read columns, shapes and reference system of a file."""
    if not path.exists():
        raise InputError(f"{path.name}: there is no such file. Give the path of a file of lines.")
    layer = use.options.get("layer")
    source = _inside(path)
    try:
        meta, _, wkb, values = pyogrio.raw.read(source, layer=layer, columns=columns)
        shapes = shapely.from_wkb(wkb)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, shapely.errors.GEOSException):
        named = f" (layer '{layer}')" if layer else ""
        raise InputError(f"{path.name}: this file of lines{named} cannot be read. Give it anew.") from None
    table = pd.DataFrame(dict(zip(meta["fields"], values, strict=True)), index=range(len(shapes)))
    missing = [column for column in columns if column not in table]
    if missing:
        known = pyogrio.read_info(source, layer=layer)["fields"]
        raise InputError(
            *(
                f"{path.name}: column '{column}' is not there. {did_you_mean(column, known)}"
                for column in missing
            )
        )
    own_crs = meta["crs"] or use.crs
    if own_crs is None:
        raise InputError(f'{path.name}: it states no reference system. Add crs = "EPSG:..." to the source.')
    return table, shapes, own_crs


def _inside(path: Path) -> str:
    """Return what GDAL opens: the file, or the one vector file inside a zip."""
    if path.suffix.lower() != ".zip":
        return str(path)
    try:
        with zipfile.ZipFile(path) as archive:
            found = [
                name for name in archive.namelist() if PurePosixPath(name).suffix.lower() in VECTOR_SUFFIXES
            ]
    except zipfile.BadZipFile:
        raise InputError(f"{path.name}: this is not a whole zip file. Give it anew.") from None
    if len(found) != 1:
        raise InputError(
            f"{path.name}: it holds {len(found)} vector files. Unpack it and name the one to use."
        )
    return f"/vsizip/{path}/{found[0]}"


def _asked_for(table: pd.DataFrame, use: SourceUse) -> NDArray[np.bool_]:
    """Tell which rows the source asks for by ``where``."""
    rows = np.ones(len(table), bool)
    for column, value in use.where.items():
        allowed = value if isinstance(value, list) else [value]
        rows &= table[column].isin(allowed).to_numpy()
    return rows


def _words(table: pd.DataFrame, column: str | None, rows: Long) -> Words:
    """Return one tag of the rows; none of them has it where the file has no such column."""
    if column is None:
        return Words(np.full(len(rows), -1, np.int32), ())
    code, words = pd.factorize(table[column].iloc[rows])
    return Words(code.astype(np.int32), tuple(str(word).strip().lower() for word in words))


def _known_class(where: str, name: str) -> None:
    """Refuse a class that the table of streets does not hold."""
    if name not in street_rules().classes:
        raise InputError(
            f"{where}: options.class: '{name}' is no class of streets. {did_you_mean(name, street_rules().classes)}"
        )


def _left_out(where: str, n_other: int) -> list[Note]:
    """Say how many rows are not lines."""
    return (
        [Note(where, f"{n_other:,} rows are not lines, or are empty: left out.", "repair")] if n_other else []
    )


def _touching(x: Float, y: Float) -> tuple[Int, Long]:
    """Give every place, to the centimetre, a number: the place of each point, and the first point at each place."""
    key = [np.rint((value - value.min()) / TOUCH_M).astype(np.int64) for value in (x, y)]
    packed = (key[0] << 32) + key[1]
    order = np.argsort(packed, kind="stable")
    is_new = np.append(True, packed[order][1:] != packed[order][:-1])
    node = np.empty(len(x), np.int32)
    node[order] = np.cumsum(is_new) - 1
    return node, order[is_new]
