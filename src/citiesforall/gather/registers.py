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
    table["geometry"] = np.where(shapely.get_dimensions(shapes) == SURFACE, shapes, None)
    keep, notes = placed(table["x"].to_numpy(), table["y"].to_numpy(), use, crs, around)
    return _listed(table[keep], use, notes)


def from_table(
    use: SourceUse, path: Path, crs: str, around: shapely.Geometry
) -> tuple[pd.DataFrame, list[Note]]:
    """Read a CSV table with coordinates into records.

    Parameters
    ----------
    use
        The source: ``columns.lon`` and ``columns.lat`` (else ``lon`` and ``lat``; in ``crs`` where the city file names one).
        With ``options.count = true`` the column ``columns.value`` (else ``columns.count``) says how many facilities lie in a cell whose centre is
        given: that many records are made there, their position flagged as estimated.
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
        return _listed(table[keep], use, notes)
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
        notes.append(
            Note(
                use.id,
                f"{int(unknown.sum())} cells do not say how many facilities they have: counted as none.",
                "doubt",
            )
        )
    if (np.abs(counts[~unknown] - times[~unknown]) > 0).any():
        notes.append(Note(use.id, "Some counts are not whole numbers: rounded.", "repair"))
    said = f"{int(times.sum())} facilities are known as counts of {int((times > 0).sum())} cells and put at the cells' centres: positions are estimated."
    records, notes = _listed(
        table.loc[table.index.repeat(times)].reset_index(drop=True),
        use,
        [*notes, Note(use.id, said, "doubt")],
    )
    return records.assign(estimated=True), notes


def _listed(table: pd.DataFrame, use: SourceUse, notes: list[Note]) -> tuple[pd.DataFrame, list[Note]]:
    """Turn placed rows of a register into records with ids of their own."""
    names = texts(table[use.columns["name"]]) if "name" in use.columns else [""] * len(table)
    ids, doubled = _ids(table, use)
    if doubled:
        notes.append(
            Note(
                use.id,
                f"{doubled} rows carry an id that another row has too: they stay apart, told by a number behind the id.",
                "doubt",
            )
        )
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
        for i, k, n, x, y, g in zip(
            ids, table["kind"], names, table["x"], table["y"], table["geometry"], strict=True
        )
    ]
    records = as_records(rows, use)
    if "code" in use.columns:
        records["code"] = texts(table[use.columns["code"]])
    return records, notes


def _ids(table: pd.DataFrame, use: SourceUse) -> tuple[list[str], int]:
    """Return an id for each row, unique in the source, and how many ids were doubled."""
    given = texts(table[use.columns["id"]]) if "id" in use.columns else [""] * len(table)
    # Rows without an id are told by where they are, so that the id does not depend on the order of the file.
    base = [v or f"{x:.0f}_{y:.0f}" for v, x, y in zip(given, table["x"], table["y"], strict=True)]
    number = pd.Series(base, dtype=object).groupby(base).cumcount().to_numpy() if base else []
    ids = [f"{use.id}:{v}" + (f"#{n + 1}" if n else "") for v, n in zip(base, number, strict=True)]
    return ids, sum(1 for v, n in zip(given, number, strict=True) if v and n)


def _kinds_said(use: SourceUse, path: Path, table: pd.DataFrame) -> list[str]:
    """Return the kind of every row, from the source or from a column; raise where it is not known."""
    if "kind" in use.columns:
        said = texts(table[use.columns["kind"]])
        known = {word: kind_of(word, f"{path.name}: {use.columns['kind']}").id for word in sorted(set(said))}
        return [known[word] for word in said]
    if use.kind is None:
        raise InputError(
            f"{path.name}: source '{use.id}' does not say what kind of facility it lists. Write kind = \"health_centre\" or columns.kind."
        )
    return [kind_of(use.kind, f"sources.facilities.{use.id}").id] * len(table)
