"""Open public space: its polygons, with no ground counted twice; leaves its entrances to `entrances`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError
from citiesforall.core.notes import Note
from citiesforall.gather.kinds import names_of
from citiesforall.gather.osm_facilities import facility_features
from citiesforall.gather.vector_file import LONLAT, moved, read_vector, texts
from citiesforall.network.streets import connected

COLUMNS = ("space", "kind", "name", "area_m2", "geometry", "source")
LEAST_M2 = 1.0  # less is a drawing error, not a place to be
SURFACE = 2  # dimensions of a polygon
SAME_SHARE = 0.5  # of the smaller: two polygons that share this much are one space
Objects = npt.NDArray[np.object_]


def gather_open_space(
    uses: Sequence[tuple[SourceUse, Path]], crs: str, around: shapely.Geometry
) -> tuple[pd.DataFrame, list[Note]]:
    """Gather the open public spaces of every source.

    Parameters
    ----------
    uses
        Sources of polygons with their files, the most trusted first: ``osm_pbf`` or ``vector``.
    crs
        Metric reference system.
    around
        Spaces that do not touch it are left out: the city, or the city with a margin. [m]

    Returns
    -------
    pandas.DataFrame
        The layer ``open_space``, sorted by id; no two spaces overlap.
    list of Note
        What was left out, dissolved and mended.

    Raises
    ------
    InputError
        A file cannot be used.

    Notes
    -----
    Spaces are whole, not cut at ``around``. Polygons that share half of the smaller one are one space (a playground in a
    park); a smaller overlap stays with the larger polygon. So the areas add up to the area of their union.
    """
    frames, notes = [], []
    for rank, (use, path) in enumerate(uses):
        if use.format == "osm_pbf":
            rows, said = from_osm(facility_features(path), use, crs)
        else:
            rows, said = from_vector(use, path, crs)
        frames.append(rows.assign(rank=rank))
        notes += said
    table = pd.concat(frames, ignore_index=True) if frames else _rows([])
    shapely.prepare(around)
    table = table[shapely.intersects(around, table["geometry"].to_numpy(dtype=object)).astype(bool)]
    spaces, said = dissolved(table.reset_index(drop=True))
    return spaces, notes + said


def from_osm(features: pd.DataFrame, use: SourceUse, crs: str) -> tuple[pd.DataFrame, list[Note]]:
    """Return the open public spaces among OSM features, in the metric CRS; those without an area are counted only."""
    wanted = list(map(_space_kind, features["kinds"]))
    chosen = features[np.array([kind is not None for kind in wanted], dtype=bool)]
    chosen = chosen.assign(kind=[kind for kind in wanted if kind is not None])
    flat = shapely.get_dimensions(chosen["geometry"].to_numpy(dtype=object)) == SURFACE
    notes = [Note(use.id, f"{int(flat.sum())} polygons are open public space.")]
    if (~flat).any():
        said = f"{int((~flat).sum())} open spaces are drawn without an area or cut off: left out."
        notes.append(Note(use.id, said, "doubt"))
    chosen = chosen[flat]
    shapes = moved(chosen["geometry"].to_numpy(dtype=object), LONLAT, crs)
    rows = [
        (f"osm:{t[0]}{i}", kind, next(iter(names_of(tags)), ""), shape, use.id)
        for t, i, kind, tags, shape in zip(
            chosen["osm_type"], chosen["osm_id"], chosen["kind"], chosen["tags"], shapes, strict=True
        )
    ]
    return _rows(rows), notes


def _space_kind(found: tuple[str, ...]) -> str | None:
    """Return ``park`` or ``open_space``, or None where a feature of these kinds is no open public space."""
    return "park" if "park" in found else ("open_space" if "open_space" in found else None)


def from_vector(use: SourceUse, path: Path, crs: str) -> tuple[pd.DataFrame, list[Note]]:
    """Read open public spaces from a vector file, rings mended; ``kind`` says ``park`` or ``open_space``."""
    table = read_vector(use, path, crs)
    shapes = table["geometry"].to_numpy(dtype=object)
    flat = shapely.get_dimensions(shapes) == SURFACE
    if not flat.any():
        raise InputError(
            f"{path.name}: this file has no polygons. Open space is measured by its area: give polygons."
        )
    notes = (
        []
        if flat.all()
        else [Note(use.id, f"{int((~flat).sum())} of {len(flat)} rows are no polygons: left out.", "repair")]
    )
    bad = flat & ~shapely.is_valid(shapes)
    if bad.any():
        notes.append(Note(use.id, f"{int(bad.sum())} polygons cross themselves: mended.", "repair"))
    ids = texts(table[use.columns["id"]]) if "id" in use.columns else [str(i + 1) for i in range(len(table))]
    names = texts(table[use.columns["name"]]) if "name" in use.columns else [""] * len(table)
    rows = [
        (f"{use.id}:{ids[i]}", use.kind or "open_space", names[i], _surface(shapes[i]), use.id)
        for i in np.flatnonzero(flat)
    ]
    return _rows(rows), notes


def dissolved(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """Make overlapping spaces one, or part them, so that no ground counts twice.

    Parameters
    ----------
    table
        ``space, kind, name, geometry`` (shapely, m), ``source, rank``.

    Returns
    -------
    pandas.DataFrame
        The layer ``open_space``; geometry as WKB.
    list of Note
        How much was counted twice before.
    """
    mended = pd.Series([_surface(shape) for shape in table["geometry"]], index=table.index, dtype=object)
    table = table.assign(geometry=mended)
    table = table.assign(area=shapely.area(table["geometry"].to_numpy(dtype=object)))
    table = table[table["area"] >= LEAST_M2].sort_values(
        ["rank", "area", "space"], ascending=[True, False, True], ignore_index=True
    )
    shapes = table["geometry"].to_numpy(dtype=object)
    group = _groups(shapes, table["area"].to_numpy(np.float64))
    space, name, kind, source = (table[word].tolist() for word in ("space", "name", "kind", "source"))
    rows = []
    for at in np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group)))[:-1]:
        first, named = at[0], next((name[i] for i in at if name[i]), "")
        is_park = any(kind[i] == "park" for i in at)
        shape = shapes[first] if len(at) == 1 else shapely.union_all(shapes[at])
        rows.append(
            (space[first], "park" if is_park else "open_space", named, _surface(shape), source[first])
        )
    spaces = _parted(_rows(rows))
    before, after = float(table["area"].sum()), float(spaces["area_m2"].sum())
    notes = [Note("open_space", f"{len(table)} polygons are {len(spaces)} spaces of {after / 1e6:.2f} km2.")]
    if before - after > LEAST_M2:
        notes.append(
            Note("open_space", f"{(before - after) / 1e6:.3f} km2 were drawn twice and count once.", "repair")
        )
    spaces["geometry"] = pd.Series(
        list(shapely.to_wkb(spaces["geometry"].to_numpy(dtype=object))), dtype=object
    )
    return spaces[list(COLUMNS)], notes


def _groups(shapes: Objects, area: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return the group of every polygon: those that share half of the smaller one belong together."""
    if not len(shapes):
        return np.zeros(0, np.int64)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    shared = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    same = shared >= SAME_SHARE * np.minimum(area[one], area[other])
    return connected(len(shapes), one[same], other[same])[1].astype(np.int64)


def _parted(spaces: pd.DataFrame) -> pd.DataFrame:
    """Give every overlap that is left to the larger space, so that spaces do not overlap."""
    shapes = spaces["geometry"].to_numpy(dtype=object).copy()
    area = shapely.area(shapes)
    ranked = np.lexsort((spaces["space"].to_numpy(dtype=str), -area))
    place = np.empty(len(shapes), np.int64)
    place[ranked] = np.arange(len(shapes))
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    whole = shapes.copy()
    for a in ranked:
        larger = other[(one == a) & (place[other] < place[a])] if len(one) else []
        if len(larger):
            shapes[a] = _surface(shapely.difference(shapes[a], shapely.union_all(whole[larger])))
    area = np.array([0.0 if shape is None else shape.area for shape in shapes])
    spaces = spaces.assign(geometry=pd.Series(list(shapes), dtype=object), area_m2=area)
    return spaces[area >= LEAST_M2].sort_values("space", kind="stable", ignore_index=True)


def _surface(shape: shapely.Geometry | None) -> shapely.Geometry | None:
    """Return the valid areas of a shape; None where no area is left."""
    if shape is None:
        return None
    valid = shape if shape.is_valid else shapely.make_valid(shape)
    if valid.geom_type in {"Polygon", "MultiPolygon"}:
        return valid if not valid.is_empty else None
    parts = [part for part in shapely.get_parts(valid) if part.geom_type in {"Polygon", "MultiPolygon"}]
    return shapely.union_all(parts) if parts else None


def _rows(rows: list[tuple[str, str, str, shapely.Geometry | None, str]]) -> pd.DataFrame:
    """Return rows of spaces as a table."""
    table = pd.DataFrame(rows, columns=["space", "kind", "name", "geometry", "source"], dtype=object)
    return table.assign(rank=0, area_m2=np.nan)
