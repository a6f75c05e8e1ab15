"""H3 hexagons: their outlines, and units of places made of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from citiesforall.core.city import City, SourceUse
from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.gather.cutting import Shapes
from citiesforall.gather.tables import column, read_table
from citiesforall.gather.vector_file import moved

LONLAT = "OGC:CRS84"
ID = re.compile("[0-9a-f]{15,16}")


def read_hexagons(use: SourceUse, path: Path) -> tuple[list[str], Shapes]:
    """Read hexagon ids and their outlines.

    Parameters
    ----------
    use, path
        A table with a column of ids: ``columns.code``, else ``id``.

    Returns
    -------
    tuple
        Ids, and polygons in longitude and latitude.

    Raises
    ------
    InputError
        No such column, or ids that are none.
    """
    table, _ = read_table(path, use)
    name = column(table, path, use, "code") if "code" in use.columns else "id"
    if name not in table.columns:
        raise InputError(f"{path.name}: there is no column '{name}'. {did_you_mean(name, table.columns)}")
    ids = [str(value).lower() for value in table[name].dropna()]
    return ids, hexagon_shapes(ids, path)


def hexagon_shapes(ids: Sequence[str], path: Path) -> Shapes:
    """Return the outlines of H3 cells.

    Parameters
    ----------
    ids
        H3 ids as text. (P,)
    path
        Of the file, for the message.

    Returns
    -------
    ndarray
        Polygons in longitude and latitude. (P,)

    Raises
    ------
    InputError
        Ids that are none.
    """
    import h3  # noqa: PLC0415 - only for hexagons

    # h3 itself breaks off at a number longer than it holds.
    bad = [one for one in ids if not (ID.fullmatch(one) and h3.is_valid_cell(one))]
    if bad:
        shown = ", ".join(f"'{one}'" for one in bad[:3])
        raise InputError(
            f"{path.name}: {len(bad)} ids are not H3 hexagons ({shown}). Give ids such as '89a901291abffff'."
        )
    rings = [np.array(h3.cell_to_boundary(one))[:, ::-1] for one in ids]
    return np.array([shapely.Polygon(ring) for ring in rings], dtype=object)


def hexagon_units(use: SourceUse, path: Path, city: City, crs: str) -> pd.DataFrame:
    """Make units of hexagons: one, or their parents at the unit resolution.

    Parameters
    ----------
    use, path
        The boundary source and its file.
    city
        Whose code is put before the parents' ids.
    crs
        Metric reference system.

    Returns
    -------
    DataFrame
        Columns of units as ``boundaries`` reads them from vector files.

    Raises
    ------
    InputError
        Ids that are none, or a unit resolution finer than the hexagons.
    """
    import h3  # noqa: PLC0415 - only for hexagons

    ids, shapes = read_hexagons(use, path)
    if not ids:
        raise InputError(f"{path.name}: no hexagon is left. Mend 'where' of source '{use.id}'.")
    above = [city.place.code] * len(ids)
    resolution = use.options.get("unit_resolution")
    if resolution is not None:
        coarsest = min(h3.get_resolution(one) for one in ids)
        if not (isinstance(resolution, int) and 0 <= resolution <= coarsest):
            raise InputError(
                f"{use.id}.options.unit_resolution: {resolution!r}: write a whole number from 0 to {coarsest}."
            )
        above = [h3.cell_to_parent(one, resolution) for one in ids]
    metric = moved(shapes, LONLAT, crs)
    rows = [
        {
            "place": code if resolution is None else f"{city.place.code}_{code.upper()}",
            "name": city.place.name if resolution is None else f"H3 {code}",
            "geometry": shapely.union_all(metric[np.array(above) == code]),
        }
        for code in sorted(set(above))
    ]
    return pd.DataFrame(rows).assign(name_km=None, level="hexagon", parent=None, parent_name=None)
