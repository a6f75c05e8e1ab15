"""Registers and tables of facilities into records; leaves merging to `merge` and OSM to `facilities`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError
from citiesforall.core.notes import Note
from citiesforall.gather.kinds import kind_of
from citiesforall.gather.records import SURFACE, as_records, placed
from citiesforall.gather.tables import column, numbers, read_table
from citiesforall.gather.vector_file import LONLAT, moved_xy, read_vector, texts

CELL_RADIUS_M = 200.0  # of a hexagon of resolution 9


def from_points(
    use: SourceUse, path: Path, crs: str, around: shapely.Geometry
) -> tuple[pd.DataFrame, list[Note]]:
    """Read a register of points (or grounds) into records.

    Parameters
    ----------
    use
        The source: ``kind`` or ``columns.kind``; ``columns.name``, ``columns.id``, ``columns.code`` (place code) where
        the file has them.
    path
        A vector file in any CRS.
    crs
        Metric reference system.
    around
        Points outside are left out and counted. [m]

    Returns
    -------
    pandas.DataFrame
        Records; column ``code`` holds the place code as the register writes it.
    list of Note
        What was left out, and why.

    Raises
    ------
    InputError
        The file cannot be read, a column is missing, or the kind is not known.
    """
    table = read_vector(use, path, crs)
    table["kind"] = _kinds_said(use, path, table)
    shapes = table["geometry"].to_numpy(dtype=object)
    points = shapely.point_on_surface(shapes)
    table["x"], table["y"] = shapely.get_x(points), shapely.get_y(points)
    grounds = shapes.copy()
    grounds[shapely.get_dimensions(shapes) != SURFACE] = None
    table["geometry"] = grounds
    keep, notes = placed(table["x"].to_numpy(), table["y"].to_numpy(), use, crs, around)
    return _identified(table[keep], use, notes)


def from_table(
    use: SourceUse, path: Path, crs: str, around: shapely.Geometry
) -> tuple[pd.DataFrame, list[Note]]:
    """Read a CSV table with coordinates into records.

    Parameters
    ----------
    use
        The source: ``columns.lon`` and ``columns.lat`` (else ``lon`` and ``lat``; in ``crs`` where the city file names
        one). With ``options.count = true`` the column ``columns.value`` (else ``columns.count``) says how many facilities
        lie in a cell whose centre is given: that many records are made there, their position flagged as estimated;
        ``options.cell_radius_m`` (200) says how far from the centre they may lie.
    path
        The file.
    crs
        Metric reference system.
    around
        Points outside are left out and counted. [m]

    Returns
    -------
    pandas.DataFrame
        Records.
    list of Note
        What was left out or assumed.

    Raises
    ------
    InputError
        The file cannot be read, a column is missing, or a coordinate or count is not a number.
    """
    table, read_notes = read_table(path, use)
    lon, lat = (numbers(table, column(table, path, use, word), path) for word in ("lon", "lat"))
    table["x"], table["y"] = moved_xy(lon, lat, use.crs or LONLAT, crs)
    table["kind"], table["geometry"] = _kinds_said(use, path, table), None
    keep, notes = placed(table["x"].to_numpy(), table["y"].to_numpy(), use, crs, around)
    notes = [*read_notes, *notes]
    if not use.options.get("count"):
        return _identified(table[keep], use, notes)
    word = "value" if "value" in use.columns else "count"
    counts = numbers(table, column(table, path, use, word), path)
    return _counted(table[keep], counts[keep], use, path, notes)


def _counted(
    table: pd.DataFrame, counts: npt.NDArray[np.float64], use: SourceUse, path: Path, notes: list[Note]
) -> tuple[pd.DataFrame, list[Note]]:
    """Repeat each row as often as its count says."""
    if (counts < 0).any():
        raise InputError(
            f"{path.name}: {int((counts < 0).sum())} counts of facilities are negative. Mend the column."
        )
    unknown = np.isnan(counts)
    times = np.where(unknown, 0, np.round(counts)).astype(np.int64)
    if unknown.any():
        said = f"{int(unknown.sum())} cells do not say how many facilities they have: none are made there."
        notes = [*notes, Note(use.id, said, "doubt")]
    if (counts[~unknown] != times[~unknown]).any():
        notes = [*notes, Note(use.id, "Some counts are not whole numbers: rounded.", "repair")]
    made = f"{int(times.sum())} facilities are known as counts of {int((times > 0).sum())} cells"
    notes = [*notes, Note(use.id, f"{made} and put at the cells' centres: positions are estimated.", "doubt")]
    ids, _ = _ids(table, use)
    rows = table.assign(_id=ids).iloc[np.repeat(np.arange(len(table)), times)]
    number = rows.groupby("_id").cumcount().to_numpy()
    records = _listed(
        rows.assign(_id=[f"{i}:{n + 1}" for i, n in zip(rows["_id"], number, strict=True)]), use
    )
    return records.assign(
        estimated=True, within_m=float(use.options.get("cell_radius_m", CELL_RADIUS_M))
    ), notes


def _identified(table: pd.DataFrame, use: SourceUse, notes: list[Note]) -> tuple[pd.DataFrame, list[Note]]:
    """Turn placed rows of a register into records with ids of their own."""
    ids, doubled = _ids(table, use)
    if doubled:
        said = f"{doubled} rows carry an id that another row has too: they stay apart, told by a number behind the id."
        notes = [*notes, Note(use.id, said, "doubt")]
    return _listed(table.assign(_id=ids), use), notes


def _listed(table: pd.DataFrame, use: SourceUse) -> pd.DataFrame:
    """Turn rows with an ``_id`` into records."""
    names = texts(table[use.columns["name"]]) if "name" in use.columns else [""] * len(table)
    columns = (table[c] for c in ("_id", "kind", "x", "y", "geometry"))
    rows = [
        {
            "facility": i,
            "kind": k,
            "name": n,
            "names": (n,) if n else (),
            "x": x,
            "y": y,
            "geometry": g,
            "barred": (),
        }
        for n, i, k, x, y, g in zip(names, *columns, strict=True)
    ]
    records = as_records(rows, use)
    if "code" in use.columns:
        records["code"] = texts(table[use.columns["code"]])
    return records


def _ids(table: pd.DataFrame, use: SourceUse) -> tuple[list[str], int]:
    """Return an id for each row, unique in the source, and how many ids were doubled."""
    given = texts(table[use.columns["id"]]) if "id" in use.columns else [""] * len(table)
    # Rows without an id are told by where they are, so that the id does not depend on the order of the file.
    base = [v or f"{x:.0f}_{y:.0f}" for v, x, y in zip(given, table["x"], table["y"], strict=True)]
    keys = pd.Series(base, dtype=object)
    number = keys.groupby(keys).cumcount().tolist()
    ids = [f"{use.id}:{v}" + (f"#{n + 1}" if n else "") for v, n in zip(base, number, strict=True)]
    return ids, sum(1 for v, n in zip(given, number, strict=True) if v and n)


def _kinds_said(use: SourceUse, path: Path, table: pd.DataFrame) -> list[str]:
    """Return the kind of every row, from the source or from a column; raise where it is not known."""
    if "kind" in use.columns:
        said = texts(table[use.columns["kind"]])
        known = {word: kind_of(word, f"{path.name}: {use.columns['kind']}").id for word in sorted(set(said))}
        return [known[word] for word in said]
    if use.kind is None:
        silent = f"{path.name}: source '{use.id}' does not say what kind of facility it lists"
        raise InputError(f'{silent}. Write kind = "health_centre", or columns.kind.')
    return [kind_of(use.kind, f"sources.facilities.{use.id}").id] * len(table)
