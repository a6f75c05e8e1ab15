"""Flood classes of cell parts, from depths, classes or outlines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError
from citiesforall.core.notes import Note
from citiesforall.gather.cutting import Floats, clean_polygons
from citiesforall.gather.grid import covered_m2
from citiesforall.gather.people import Given
from citiesforall.gather.rasters import class_areas, mean_values
from citiesforall.gather.tables import numbers
from citiesforall.gather.vector_file import read_vector

MOST_DEPTH_M = 100.0  # no flood of a city is deeper [ours]
DEPTHS_M = (0.15, 0.5, 1.0)  # where flood classes 1, 2 and 3 begin
USUAL_YEARS = 100.0  # the flood that exposure is measured for, where several are given


def return_period_years(use: SourceUse) -> float | None:
    """Return how many years pass on average between two floods of this size or worse, None where nobody says."""
    years = use.options.get("return_period_years")
    return None if years is None else float(years)


def flood_columns(use: SourceUse) -> list[str]:
    """Return the columns of the cells a flood source fills."""
    if use.format == "table":
        return ["hazard_flood_index"]
    years = return_period_years(use)
    return ["flood_class"] if years is None else ["flood_class", f"hazard_flood_{years:g}"]


def usual_last(floods: Sequence[Given]) -> list[Given]:
    """Return floods in the order they are put on the cells: the last is the one all indicators look at.

    Parameters
    ----------
    floods
        The city's sources.

    Returns
    -------
    list
        That nearest to a hundred years last, where return periods are stated; else in the order given.

    Raises
    ------
    InputError
        Two of them are of the same return period.

    Notes
    -----
    A flood of a hundred years is what most rules of planning ask about; "nearest" is by the ratio of the years.
    """

    def far(flood: Given) -> float:
        years = return_period_years(flood.use)
        return 0.0 if years is None else abs(float(np.log(years / USUAL_YEARS)))

    stated = [years for flood in floods if (years := return_period_years(flood.use)) is not None]
    if len(set(stated)) < len(stated):
        twice = max(stated, key=stated.count)
        raise InputError(
            f"sources.flood: two floods of {twice:g} years are given. One of each return period is allowed. Keep the best."
        )
    return sorted(floods, key=far, reverse=True)


def refuse_negative(value: Floats, path: Path) -> None:
    """Raise for negative values of what cannot be negative.

    Parameters
    ----------
    value
        Of pixels, stations or parts; nan passes.
    path
        Of the file, for the message.

    Raises
    ------
    InputError
        A value is below 0.
    """
    if (value[np.isfinite(value)] < 0).any():
        raise InputError(
            f"{path.name}: some values are negative (down to {np.nanmin(value):g}). Write options.nodata, or mend them."
        )


def refuse_beyond(value: Floats, most: float, unit: str, path: Path) -> None:
    """Raise for values that no place on Earth has: a sign for no data, or another unit.

    Parameters
    ----------
    value
        Of pixels, stations or parts; nan passes.
    most
        Largest value that can be.
    unit
        Of the values, for the message.
    path
        Of the file, for the message.

    Raises
    ------
    InputError
        A value is negative, or above ``most``.
    """
    refuse_negative(value, path)
    if (value > most).any():
        raise InputError(
            f"{path.name}: some values are up to {np.nanmax(value):g}; {most:g} {unit} is the most there can be. "
            "Write options.nodata, or give the values in the unit expected."
        )


def refuse_elsewhere(amount: Floats, path: Path) -> None:
    """Raise where polygons have nothing in the city.

    Parameters
    ----------
    amount
        Area they cover in each part. (C,) [m2]
    path
        Of the file, for the message.

    Raises
    ------
    InputError
        They cover nothing.
    """
    if amount.sum() <= 0:
        raise InputError(
            f"{path.name}: nothing of it lies in the city. Mend 'crs', or give the file of the city."
        )


def _are_depths(edges: Any) -> bool:
    """Tell whether these are three rising depths above 0."""
    if not isinstance(edges, list | tuple) or len(edges) != len(DEPTHS_M):
        return False
    numbers_only = all(isinstance(one, int | float) and not isinstance(one, bool) for one in edges)
    return numbers_only and 0 < edges[0] < edges[1] < edges[2]


def flood_of_depths(
    cells: pd.DataFrame, use: SourceUse, paths: Sequence[Path], crs: str
) -> tuple[Floats, tuple[Note, ...]]:
    """Put mean depths in classes.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``.
    use, paths
        The source and its files.
    crs
        Metric reference system.

    Returns
    -------
    tuple
        Classes 0 to 3, nan where unknown (C,), and notes.

    Raises
    ------
    InputError
        The source cannot be used as it is.
    """
    edges = use.options.get("thresholds_m", list(DEPTHS_M))
    if not _are_depths(edges):
        raise InputError(
            f"{use.id}.options.thresholds_m: {edges}: three rising depths above 0 are expected. Write [0.15, 0.5, 1.0]."
        )
    depth, known = mean_values(use, paths, cells, crs)
    refuse_beyond(depth, MOST_DEPTH_M, "m", paths[0])
    if use.options.get("nodata_is_dry"):
        depth = np.where(np.isnan(depth), 0.0, depth) * np.where(known > 0, known, 0.0)
    found = np.digitize(depth, edges).astype(np.float64)
    found[np.isnan(depth)] = np.nan
    return found, ()


def flood_of_classes(
    cells: pd.DataFrame, use: SourceUse, paths: Sequence[Path], crs: str
) -> tuple[Floats, tuple[Note, ...]]:
    """Take the class that half of the part reaches, of a raster of classes.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``.
    use, paths
        The source and its files.
    crs
        Metric reference system.

    Returns
    -------
    tuple
        Classes 0 to 3, nan where unknown (C,), and notes.

    Raises
    ------
    InputError
        The source cannot be used as it is.
    """
    areas = class_areas(use, paths, cells, crs, len(DEPTHS_M) + 1)
    if use.options.get("nodata_is_dry"):
        areas[0] += np.maximum(cells["area_m2"].to_numpy() - areas.sum(axis=0), 0.0)
    found = class_of_half(areas)
    found[areas.sum(axis=0) <= 0] = np.nan
    return found, ()


def class_of_half(areas: Floats) -> Floats:
    """Return the highest class that, with all worse ones, covers at least half of a part.

    Parameters
    ----------
    areas
        Area of each class, from dry to worst. (4, C) [m2]

    Returns
    -------
    ndarray
        Class. (C,)
    """
    at_least = np.cumsum(areas[::-1], axis=0)[::-1]
    return np.asarray((at_least[1:] >= areas.sum(axis=0) / 2).sum(axis=0), np.float64)


def flood_of_polygons(
    cells: pd.DataFrame, use: SourceUse, path: Path, crs: str
) -> tuple[Floats, tuple[Note, ...]]:
    """Take the class that half of the part reaches; what no polygon covers is dry.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``.
    use, path
        The source and its file.
    crs
        Metric reference system.

    Returns
    -------
    tuple
        Classes 0 to 3, nan where unknown (C,), and notes.

    Raises
    ------
    InputError
        The source cannot be used as it is.
    """
    table = read_vector(use, path, crs)
    value = np.ones(len(table))
    if "class" in use.columns:
        value = numbers(table.astype({use.columns["class"]: "string"}), use.columns["class"], path)
    allowed = range(len(DEPTHS_M) + 1)
    if not np.isin(value, allowed).all():
        shown = ", ".join(f"{one:g}" for one in np.unique(value[~np.isin(value, allowed)])[:3])
        raise InputError(
            f"{path.name}: classes must be 0 (dry), 1, 2 or 3; there is also {shown}. Mend 'columns.class' or the file."
        )
    areas = np.zeros((len(DEPTHS_M) + 1, len(cells)))
    shapes = table["geometry"].to_numpy(dtype=object)
    for one in allowed[1:]:
        if (value == one).any():
            areas[one] = covered_m2(clean_polygons(shapes[value == one]), cells)
    refuse_elsewhere(areas.sum(axis=0), path)
    areas[0] = np.maximum(cells["area_m2"].to_numpy() - areas.sum(axis=0), 0.0)
    return class_of_half(areas), ()
