"""Land, water, built-up area, open space, air and hazards on cell parts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from citiesforall.core.errors import InputError
from citiesforall.core.notes import Note
from citiesforall.gather.cutting import Floats, Shapes, clean_polygons
from citiesforall.gather.floods import (
    flood_columns,
    flood_of_classes,
    flood_of_depths,
    flood_of_polygons,
    refuse_beyond,
    refuse_elsewhere,
)
from citiesforall.gather.grid import covered_m2
from citiesforall.gather.people import Given, read_values
from citiesforall.gather.rasters import mean_values, move_counts
from citiesforall.gather.tables import column, numbers, read_table
from citiesforall.gather.totals import Nesting, holder, nesting
from citiesforall.gather.vector_file import moved_xy, read_vector

NEAR_STATIONS = 4  # stations whose values are averaged by the inverse square of distance
MOST_PM25_UG_M3 = 2000.0  # no annual mean on Earth comes near it [ours]
MOST_PIXEL_SHARE = 1.001  # built-up area of a pixel may exceed its cell part by rounding of the product
LONLAT = "OGC:CRS84"


def add_land(cells: pd.DataFrame, water: Shapes) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Add ``land_m2``: the area of a part less the water in it.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``.
    water
        Polygons in the metric reference system; where they lie over one another they count once.

    Returns
    -------
    tuple
        Cells with ``land_m2``, and a note.
    """
    wet = covered_m2(clean_polygons(water), cells)
    area = cells["area_m2"].to_numpy()
    note = Note("water", f"{wet.sum() / 1e6:.2f} of {area.sum() / 1e6:.2f} km2 are water.")
    return cells.assign(land_m2=np.maximum(area - wet, 0.0)), (note,)


def add_open(cells: pd.DataFrame, spaces: Shapes) -> pd.DataFrame:
    """Add ``open_m2``: open public space in each part, counted once where spaces overlap.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``.
    spaces
        Polygons of the open_space layer in the metric reference system.

    Returns
    -------
    DataFrame
        Cells with ``open_m2``.
    """
    return cells.assign(open_m2=covered_m2(clean_polygons(spaces), cells))


def add_built(
    cells: pd.DataFrame, given: Given, crs: str, name: str = "built_m2"
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Add built-up area.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``.
    given
        Raster: m2 of built-up surface per pixel (``options.scale`` where in another unit). Vector: polygons; with
        ``columns.year`` and ``options.year`` only those of that year or before.
    crs
        Metric reference system.
    name
        ``built_m2`` or ``built_past_m2``.

    Returns
    -------
    tuple
        Cells with the column, and notes.

    Raises
    ------
    InputError
        The source cannot be used as it is.
    """
    use, paths = given
    area = cells["area_m2"].to_numpy()
    if use.format == "raster":
        built, notes = move_counts(use, paths, cells, crs)
        if (built > area * MOST_PIXEL_SHARE).any():
            worst = float((built / area).max())
            raise InputError(
                f"{paths[0].name}: built-up area is up to {worst:.1f} times the land. It must be m2 per pixel: see options.scale."
            )
        return cells.assign(**{name: np.minimum(built, area)}), notes
    table = read_vector(use, paths[0], crs)
    year = use.options.get("year")
    if year is not None:
        table = table[
            numbers(table.astype({use.columns["year"]: "string"}), use.columns["year"], paths[0])
            <= float(year)
        ]
    built = covered_m2(clean_polygons(table["geometry"].to_numpy()), cells)
    refuse_elsewhere(built, paths[0])
    note = Note(
        paths[0].name,
        f"{built.sum() / 1e6:.2f} km2 are built up ({built.sum() / area.sum():.1%} of the city).",
    )
    return cells.assign(**{name: built}), (note,)


def add_pm25(cells: pd.DataFrame, given: Given, crs: str) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Add ``pm25_ug_m3``, the annual mean.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``.
    given
        Raster: mean over the part, weighted by area. Table: stations with ``columns.lon``, ``lat``, ``value``.
    crs
        Metric reference system.

    Returns
    -------
    tuple
        Cells with the column (nan where unknown), and notes.

    Raises
    ------
    InputError
        The source cannot be used as it is.

    Notes
    -----
    Between stations the mean is weighted by the inverse square of distance over the four nearest: an estimate, and said so.
    """
    use, paths = given
    if use.format == "raster":
        mean, _ = mean_values(use, paths, cells, crs)
        refuse_beyond(mean, MOST_PM25_UG_M3, "ug/m3", paths[0])
        note = Note(paths[0].name, f"PM2.5 is known for {np.isfinite(mean).mean():.1%} of the cell parts.")
        return cells.assign(pm25_ug_m3=mean), (note,)
    table, notes = read_table(paths[0], use)
    lon, lat, value = (
        numbers(table, column(table, paths[0], use, word), paths[0]) for word in ("lon", "lat", "value")
    )
    known = np.isfinite(lon) & np.isfinite(lat) & np.isfinite(value)
    if not known.any():
        raise InputError(
            f"{paths[0].name}: no station has a place and a value. Give lon, lat and the annual mean."
        )
    refuse_beyond(value[known], MOST_PM25_UG_M3, "ug/m3", paths[0])
    x, y = moved_xy(lon[known], lat[known], LONLAT, crs)
    if (stray := ~np.isfinite(x + y)).any():
        shown = f"{lon[known][stray][0]:g}, {lat[known][stray][0]:g}"
        raise InputError(
            f"{paths[0].name}: {int(stray.sum())} stations lie nowhere on the map ({shown}). Mend lon and lat."
        )
    mean = _between_stations(cells, np.column_stack([x, y]), value[known])
    said = f"PM2.5 is estimated between {int(known.sum())} stations by the inverse square of distance."
    return cells.assign(pm25_ug_m3=mean), (*notes, Note(paths[0].name, said, "doubt"))


def _between_stations(cells: pd.DataFrame, xy: Floats, value: Floats) -> Floats:
    """Average the nearest stations by the inverse square of distance. (C,)"""
    at = cells[["x", "y"]].to_numpy()
    square = ((at[:, None, :] - xy[None, :, :]) ** 2).sum(axis=-1)
    near = np.argsort(square, axis=1, kind="stable")[:, :NEAR_STATIONS]
    weight = 1 / np.maximum(np.take_along_axis(square, near, axis=1), 1.0)  # within a metre is at the station
    out: Floats = (weight * value[near]).sum(axis=1) / weight.sum(axis=1)
    return out


def add_flood(
    cells: pd.DataFrame, places: pd.DataFrame, given: Given, crs: str
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Add ``flood_class``, or ``hazard_flood_index`` from a table per unit.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``.
    places
        The places layer.
    given
        Raster of depths in metres (``options.thresholds_m``; ``options.classes`` where it holds classes 0 to 3 itself;
        ``options.nodata_is_dry`` where pixels without a value are dry land; ``options.return_period_years`` names the
        flood, so that several may be given, in ``hazard_flood_<years>``), polygons (``columns.class``, or all of
        class 1), or a table with an index from 0 to 100 per unit.
    crs
        Metric reference system.

    Returns
    -------
    tuple
        Cells with the column, and notes.

    Raises
    ------
    InputError
        The source cannot be used as it is.

    Notes
    -----
    Depth is the mean over the part, then put in a class; of classes the highest that half of the part reaches counts.
    """
    use, paths = given
    if use.format == "table":
        return add_index(cells, places, given, "hazard_flood_index")
    if use.format == "vector":
        found, notes = flood_of_polygons(cells, use, paths[0], crs)
    elif use.options.get("classes"):
        found, notes = flood_of_classes(cells, use, paths, crs)
    else:
        found, notes = flood_of_depths(cells, use, paths, crs)
    known = np.isfinite(found)
    wet = float((found[known] > 0).mean()) if known.any() else 0.0
    said = f"flood class is known for {known.mean():.1%} of the cell parts; {wet:.1%} of these are not dry."
    return cells.assign(**dict.fromkeys(flood_columns(use), found)), (*notes, Note(paths[0].name, said))


def add_hazard(
    cells: pd.DataFrame, places: pd.DataFrame, given: Given, crs: str, name: str
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Add another hazard: the mean of a raster, the share of the part polygons cover, or a value per unit.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``.
    places
        The places layer.
    given
        A raster, polygons, or a table with ``columns.code`` and ``columns.value`` (0 to 100).
    crs
        Metric reference system.
    name
        Of the new column: ``hazard_<id>``.

    Returns
    -------
    tuple
        Cells with the column (nan where unknown), and notes.

    Raises
    ------
    InputError
        The source cannot be used as it is.
    """
    use, paths = given
    if use.format == "table":
        return add_index(cells, places, given, name)
    if use.format == "raster":
        mean, _ = mean_values(use, paths, cells, crs)
        return cells.assign(**{name: mean}), ()
    shapes = read_vector(use, paths[0], crs)["geometry"].to_numpy(dtype=object)
    covered = covered_m2(clean_polygons(shapes), cells)
    refuse_elsewhere(covered, paths[0])
    return cells.assign(**{name: covered / cells["area_m2"].to_numpy()}), ()


def add_index(
    cells: pd.DataFrame, places: pd.DataFrame, given: Given, name: str, highest: float = 100.0
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Add a value per unit, the same for all its parts.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``.
    places
        The places layer.
    given
        A table with ``columns.code`` and ``columns.value``; a unit without a row takes the place that holds it.
    name
        Of the new column: ``hazard_<id>``.
    highest
        Largest value allowed; the smallest is 0.

    Returns
    -------
    tuple
        Cells with the column (nan where unknown), and notes.

    Raises
    ------
    InputError
        No code is of the city, or a value is out of range.
    """
    use, paths = given
    nest = nesting(places)
    value, notes = read_values(use, paths[0], nest)
    high = [code for code, number in value.items() if number > highest]
    if high:
        raise InputError(
            f"{paths[0].name}: {len(high)} values are above {highest:g} ({high[0]}: {value[high[0]]:g}). Mend 'columns.value'."
        )
    found, said = _by_unit(cells, value, nest, paths[0])
    return cells.assign(**{name: found}), (*notes, *said)


def _by_unit(
    cells: pd.DataFrame, value: dict[str, float], nest: Nesting, path: Path
) -> tuple[Floats, tuple[Note, ...]]:
    """Give each part the value of its unit, nan where there is none."""
    unit = cells["unit"].to_numpy(dtype=object)
    units = sorted(set(unit))
    held = dict(zip(units, holder(units, value, nest), strict=True))
    if not any(held.values()):
        raise InputError(
            f"{path.name}: no code is of the city ({', '.join(list(value)[:3])} ...). Mend 'code_prefix'."
        )
    found = np.array([value[str(held[code])] if held[code] else np.nan for code in unit])
    left = [code for code in units if held[code] is None]
    if not left:
        return found, ()
    return found, (
        Note(path.name, f"{len(left)} units have no value ({', '.join(left[:5])}); unknown there.", "doubt"),
    )
