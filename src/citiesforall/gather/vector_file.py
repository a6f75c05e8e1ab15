"""Vector files (GeoJSON, GeoPackage, shapefile ...) as tables in the city's metric CRS; leaves their meaning to callers."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError, did_you_mean

Floats = npt.NDArray[np.float64]
LONLAT = "OGC:CRS84"


def read_vector(use: SourceUse, path: Path, crs: str) -> pd.DataFrame:
    """Read a vector file into the metric CRS.

    Parameters
    ----------
    use
        Encoding, CRS and row filter of the file; the first layer is read unless ``options.layer`` names one.
    path
        The file.
    crs
        Metric reference system.

    Returns
    -------
    pandas.DataFrame
        The file's columns, and ``geometry`` (shapely, None where the file has none). [m]

    Raises
    ------
    InputError
        The file cannot be read, has no CRS, or lacks a column that the city file names.
    """
    layer = use.options.get("layer")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", RuntimeWarning
            )  # GDAL warns of shapes it cannot make; they come as None
            meta, _, wkb, fields = pyogrio.raw.read(path, layer=layer, encoding=use.encoding)
    except (
        pyogrio.errors.DataSourceError,
        pyogrio.errors.DataLayerError,
        UnicodeDecodeError,
        ValueError,
    ) as error:
        said = " ".join(str(error).split())
        raise InputError(
            f"{path.name}: this cannot be read as a vector file: {said}. Give GeoJSON, GeoPackage or shapefile."
        ) from None
    if wkb is None:
        raise InputError(
            f"{path.name}: this file has no geometry. Give a vector file, or use format 'table'."
        )
    table = pd.DataFrame(dict(zip(meta["fields"], fields, strict=True)))
    raise_missing(use, path, tuple(table.columns))
    shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    shapes = moved(shapely.force_2d(shapes), given_crs(use, path, meta["crs"]), crs)
    # A shape with an infinite coordinate, or without any, has no place.
    shapes[~np.isfinite(shapely.bounds(shapes)).all(axis=1)] = None
    table["geometry"] = shapes
    return kept_rows(table, use)


def given_crs(use: SourceUse, path: Path, found: str | None) -> str:
    """Return the CRS of a file: the city file's word, else the file's own.

    Raises
    ------
    InputError
        Neither says one, or it is not known.
    """
    chosen = use.crs or found
    if not chosen:
        raise InputError(
            f"{path.name}: the file does not say its reference system. Write crs = \"EPSG:...\" for source '{use.id}'."
        )
    try:
        CRS.from_user_input(chosen)
    except CRSError:
        raise InputError(
            f"{path.name}: reference system '{chosen}' is not known. Write an EPSG code."
        ) from None
    return chosen


def raise_missing(use: SourceUse, path: Path, there: tuple[str, ...]) -> None:
    """Raise for every column that the city file names and the file does not have.

    Raises
    ------
    InputError
        One line for each column.
    """
    asked = {f"columns.{word}": name for word, name in use.columns.items()} | {
        f"where.{name}": name for name in use.where
    }
    faults = [
        f"{path.name}: {word} = '{name}': there is no such column. {did_you_mean(name, there)}"
        for word, name in asked.items()
        if name not in there
    ]
    if faults:
        raise InputError(*faults)


def kept_rows(table: pd.DataFrame, use: SourceUse) -> pd.DataFrame:
    """Return the rows that the city file asks for with ``where``; numbers and their text are the same."""
    keep = np.ones(len(table), dtype=bool)
    for column, wanted in use.where.items():
        allowed = {str(value) for value in (wanted if isinstance(wanted, list) else [wanted])}
        keep &= table[column].astype(str).isin(allowed).to_numpy()
    return table[keep].reset_index(drop=True)


@cache
def _transformer(source: str, target: str) -> Transformer:
    """Return a transformer with x before y on both sides."""
    return Transformer.from_crs(source, target, always_xy=True)


def moved(shapes: Any, source: str, target: str) -> npt.NDArray[np.object_]:
    """Return shapes in another CRS; None stays None.

    Parameters
    ----------
    shapes
        shapely geometries. (n,)
    source, target
        Reference systems.

    Returns
    -------
    ndarray
        Geometries. (n,)
    """
    given = np.asarray(shapes, dtype=object)
    if given.size == 0 or CRS(source) == CRS(target):
        return given
    step = _transformer(source, target)
    return np.asarray(
        shapely.transform(given, lambda xy: np.column_stack(step.transform(xy[:, 0], xy[:, 1]))), dtype=object
    )


def moved_xy(x: Floats, y: Floats, source: str, target: str) -> tuple[Floats, Floats]:
    """Return coordinates in another CRS; what cannot be moved is inf. (n,), (n,)"""
    if source == target:
        return x, y
    out_x, out_y = _transformer(source, target).transform(x, y)
    return np.asarray(out_x, np.float64), np.asarray(out_y, np.float64)


def texts(column: pd.Series[Any]) -> list[str]:
    """Return a column as texts: whole numbers without ``.0``, missing as empty."""
    whole = pd.api.types.is_float_dtype(column)
    values = column.to_numpy(dtype=object)
    return [
        "" if pd.isna(v) else (str(int(v)) if whole and float(v).is_integer() else str(v).strip())
        for v in values
    ]
