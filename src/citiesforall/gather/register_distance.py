"""How far the rows of a register (villages, schools) lie from the points of others: a straight line times a detour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from citiesforall.core.city import SourceUse
from citiesforall.core.codes import country
from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.inputs import Inputs
from citiesforall.core.notes import Kind, Note
from citiesforall.core.place import LEVELS
from citiesforall.gather.register_numbers import Floats, parse
from citiesforall.gather.register_options import Nearest, Options, read_options
from citiesforall.gather.register_rows import Column, Rows, read_register_rows
from citiesforall.gather.tables import read_rows
from citiesforall.gather.vector_file import LONLAT, given_crs, moved_xy, read_vector

Texts = npt.NDArray[np.object_]
FAR_M = 20_000.0
"""A point farther than this from every row of the place its code names is doubted (ours). [m]"""
NAMED = 5
STRAIGHT = "a straight line times {detour:g}, the people of a place spread evenly over its rows"


@dataclass(frozen=True)
class Ground:
    """Hold what distances are measured on.

    Parameters
    ----------
    crs
        Metric reference system; empty where there is none.
    registers
        Id -> a register and its files.
    """

    crs: str = ""
    registers: Mapping[str, tuple[SourceUse, tuple[Path, ...]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Points:
    """Hold the points of a register.

    Parameters
    ----------
    xy
        nan where a row has none. (n, 2) [m]
    code
        Of the place each is of, empty where none is known. (n,)
    name
        What stands beside it. (n,)
    """

    xy: Floats
    code: Texts
    name: Texts


def ground_of(given: Inputs, crs: str) -> Ground:
    """Return the registers of a city that may hold points.

    Parameters
    ----------
    given
        The city and its files.
    crs
        Metric reference system.
    """
    return Ground(crs, {use.id: (use, tuple(paths)) for use, paths in given.files.get("registers", ())})


def add_distances(rows: Rows, use: SourceUse, path: Path, options: Options, ground: Ground) -> Rows:
    """Add how far each row lies from the nearest point of other registers.

    Parameters
    ----------
    rows
        As read.
    use, path
        The register and its file: points of a vector file, or ``columns`` x and y.
    options
        With ``nearest``.
    ground
        Where the points are to be found.

    Returns
    -------
    Rows
        With an amount in metres, and one that says which rows are near; both estimated.

    Raises
    ------
    InputError
        A register that is named is not there, or a file has no points.

    Notes
    -----
    way = detour x straight line. A row without a point is unknown. A point that lies far from the place its code names keeps
    its point, and is said. The detour is stated by whoever writes the city file.
    """
    if not options.nearest:
        return rows
    here = Points(_at_rows(rows, use, path, ground.crs), rows.code, rows.name)
    columns, notes = dict(rows.columns), list(rows.notes)
    for one in options.nearest:
        there = _listed(one, use, rows, ground)
        straight = _straight(here.xy, there.xy)
        columns |= _columns(one, straight)
        said = (_said(one, straight, there), *_far(here, there, rows))
        notes += [Note(path.name, text, kind) for text, kind in said]
    return replace(rows, columns=columns, notes=tuple(dict.fromkeys(notes)))


def _listed(one: Nearest, use: SourceUse, rows: Rows, ground: Ground) -> Points:
    """Return the points of the registers that are named, those without a point left out."""
    unknown = [name for name in one.to if name not in ground.registers]
    if unknown:
        raise InputError(
            *(
                f"{use.id}: options.nearest.to = '{name}': there is no such register in the city file. "
                f"{did_you_mean(name, ground.registers)}"
                for name in unknown
            )
        )
    prefix = next((code[:2] for code in rows.code if code), "")
    found = []
    for name in one.to:
        other, paths = ground.registers[name]
        for path in paths:
            read = read_register_rows(other, path, read_options(other), prefix)
            same = (other.edition or "") == (use.edition or "")
            code = read.code if same else np.full(len(read.code), "", dtype=object)
            found.append(Points(_at_rows(read, other, path, ground.crs), code, read.name))
    xy = np.concatenate([points.xy for points in found])
    kept = np.isfinite(xy).all(axis=1)
    if not kept.any():
        raise InputError(f"{use.id}: {', '.join(one.to)}: no row has a point. Give a file with coordinates.")
    code, name_of = (np.concatenate([getattr(points, word) for points in found]) for word in ("code", "name"))
    return Points(xy[kept], code[kept], name_of[kept])


def _at_rows(rows: Rows, use: SourceUse, path: Path, crs: str) -> Floats:
    """Return where the rows of a file lie. (n, 2) [m]"""
    if not crs:
        raise InputError(
            f"{use.id}: options.nearest needs the city's reference system. Run it as part of a city."
        )
    if use.format == "vector":
        bare = use.model_copy(update={"columns": {}, "where": {}})
        shapes = read_vector(bare, path, crs)["geometry"].to_numpy(dtype=object)
        middle = shapely.centroid(shapes[rows.number - 1])  # a vector file's rows are counted from 1
        return np.column_stack([shapely.get_x(middle), shapely.get_y(middle)])
    if not {"x", "y"} <= set(use.columns):
        raise InputError(
            f"{path.name}: where the rows lie is not said. Write columns.x and columns.y (and crs, unless degrees)."
        )
    table = read_rows(path, use)[0].loc[rows.number]
    x, y = (parse(table[use.columns[word]]).numbers for word in ("x", "y"))
    moved = np.column_stack(moved_xy(x, y, given_crs(use, path, LONLAT), crs))
    return np.where(np.isfinite(moved), moved, np.nan)


def _straight(here: Floats, there: Floats) -> Floats:
    """Return the straight line from each row to the nearest point, nan where the row has none. (n,) [m]"""
    known = np.isfinite(here).all(axis=1)
    out = np.full(len(here), np.nan)
    if known.any():
        out[known] = cKDTree(there).query(here[known])[0]
    return out


def _columns(one: Nearest, straight: Floats) -> dict[str, Column]:
    """Return the amounts of one question."""
    why = STRAIGHT.format(detour=one.detour)
    reason = np.where(np.isnan(straight), "the row has no point", "").astype(object)
    way = straight * one.detour
    near = np.where(np.isnan(way), np.nan, way <= one.within_m)
    found = {
        one.distance: Column(way, reason, "geometry", why),
        one.near: Column(near, reason, "geometry", why),
    }
    return {word: column for word, column in found.items() if word}


def _said(one: Nearest, straight: Floats, there: Points) -> tuple[str, Kind]:
    """Say from how many rows to how many points was measured."""
    n, lost = int(np.isfinite(straight).sum()), int(np.isnan(straight).sum())
    if not n:
        return "no row has a point: distances are missing.", "doubt"
    said = (
        f"from {n} rows to the nearest of {len(there.xy)} points of {', '.join(one.to)}: {STRAIGHT.format(detour=one.detour)}; "
        f"half of the rows within {np.nanmedian(straight) * one.detour / 1000:.1f} km."
    )
    return said + (f" {lost} rows have no point." if lost else ""), "doubt" if lost else "figure"


def _far(here: Points, there: Points, rows: Rows) -> list[tuple[str, Kind]]:
    """Say which points lie far from all rows of the commune (or district) that their code names."""
    known = country(next((code[:2] for code in rows.code if code), ""))
    if known is None:
        return []
    length = 2 + known.digits[LEVELS.index("commune")]
    held = pd.Series(np.arange(len(here.code))).groupby([code[:length] for code in here.code]).groups
    far = []
    for xy, code, name in zip(there.xy, there.code, there.name, strict=True):
        at = held.get(code[:length]) if len(code) >= length else None
        if at is None:
            continue
        away = np.hypot(*(here.xy[np.asarray(at)] - xy).T)
        if np.isfinite(away).any() and np.nanmin(away) > FAR_M:
            far.append(f"{name or 'a point'} of {code} ({np.nanmin(away) / 1000:.0f} km)")
    if not far:
        return []
    more = f" and {len(far) - NAMED} more" if len(far) > NAMED else ""
    said = f"{len(far)} points lie more than {FAR_M / 1000:.0f} km from the place of their code; the point was taken: "
    return [(said + ", ".join(far[:NAMED]) + more + ".", "doubt")]
