"""Facilities from OpenStreetMap, registers and tables of counts; leaves merging and entrances to their own modules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.core.city import City, SourceUse
from citiesforall.core.notes import Note
from citiesforall.gather.entrances import access_points, gates_of
from citiesforall.gather.kinds import Tags, barred_from, kinds, names_of
from citiesforall.gather.merge import merge_records
from citiesforall.gather.osm_facilities import facility_features, forget_features
from citiesforall.gather.records import SURFACE, as_records, empty_records
from citiesforall.gather.registers import from_points, from_table
from citiesforall.gather.vector_file import LONLAT, moved, moved_xy

if TYPE_CHECKING:
    from citiesforall.network.streets import Streets

COLUMNS = ("facility", "kind", "name", "x", "y", "area_m2", "source", "sources", "gone_share", "estimated")
Use = tuple[SourceUse, Path]
EVERYDAY = ("school", "pharmacy", "place_of_worship", "food_shop")  # what every mapped town has
MANY_FEATURES = 200  # a place with fewer is small or little mapped, and may truly lack some


def gather_facilities(
    uses: Sequence[Use],
    city: City,
    crs: str,
    extent: shapely.Geometry,
    streets: Streets | None = None,
    layers: Mapping[str, pd.DataFrame] | None = None,
) -> tuple[pd.DataFrame, list[Note]]:
    """Gather the facilities of every source, merged, one row per access point.

    Parameters
    ----------
    uses
        Sources in the role ``facilities`` with their files, the most trusted first.
    city
        For its choices: facilities as far as ``reach_m`` around the city count, because people walk over its border.
    crs
        Metric reference system.
    extent
        The city. [m]
    streets
        For entrances; without them a polygon is reached at its nearest gate or at a point on it.
    layers
        Layers gathered before: ``open_space`` gives the rows of kinds ``open_space`` and ``park``; ``places`` lets the
        codes of a register be compared with where its points lie.

    Returns
    -------
    pandas.DataFrame
        The layer ``facilities``, sorted by kind, facility and position.
    list of Note
        What was left out, merged and assumed.

    Raises
    ------
    InputError
        A file cannot be used.
    """
    known = dict(layers or {})
    # Around the hull: a coast of ten thousand corners takes half a second to buffer, and nobody is left out by it.
    around = extent.convex_hull.buffer(city.choices.reach_m)
    frames: list[pd.DataFrame] = []
    gates: list[pd.DataFrame] = []
    notes: list[Note] = []
    for rank, (use, path) in enumerate(uses):
        records, found, said = _read(use, path, crs, around)
        frames.append(records.assign(rank=rank))
        gates.append(found)
        notes += said
    forget_features()
    records = pd.concat(frames, ignore_index=True) if frames else empty_records()
    notes += _code_notes(records, known.get("places"))
    merged, said = merge_records(_with_unions(records))
    notes += said
    all_gates = pd.concat(gates, ignore_index=True) if gates else pd.DataFrame({"x": [], "y": []})
    rows, said = access_points(_with_spaces(merged, known.get("open_space")), streets, all_gates)
    notes += said
    rows = rows.sort_values(["kind", "facility", "x", "y"], kind="stable", ignore_index=True)
    return rows[list(COLUMNS)], notes


def from_osm(
    features: pd.DataFrame, use: SourceUse, crs: str, around: shapely.Geometry
) -> tuple[pd.DataFrame, list[Note]]:
    """Turn OSM features into records, one for each kind a feature is.

    Parameters
    ----------
    features
        As `gather.osm_facilities.facility_features` gives them: ``osm_type, osm_id, tags, kinds, lon, lat, geometry``.
    use
        The source.
    crs
        Metric reference system.
    around
        Features that do not touch it are left out. [m]

    Returns
    -------
    pandas.DataFrame
        Records.
    list of Note
        Counts of what was found and left out.

    Notes
    -----
    Open space is left to `gather.open_space`, which keeps its polygons.
    """
    wanted = [tuple(k for k in found if not kinds()[k].open_space) for found in features["kinds"]]
    is_wanted = np.fromiter(map(bool, wanted), bool, len(wanted))
    is_placed = features["lon"].notna().to_numpy() & features["lat"].notna().to_numpy()
    at = np.flatnonzero(is_wanted & is_placed)
    lon, lat, shapes = (features[name].to_numpy()[at] for name in ("lon", "lat", "geometry"))
    shapes = moved(shapes, LONLAT, crs)
    x, y = moved_xy(lon, lat, LONLAT, crs)
    shapely.prepare(around)
    near = shapely.contains_xy(around, x, y) | shapely.intersects(around, shapes)
    grounds = shapes.copy()
    grounds[shapely.get_dimensions(shapes) != SURFACE] = None
    letter, number, tags = (features[name].tolist() for name in ("osm_type", "osm_id", "tags"))
    rows = [
        {**said, "kind": kind, "x": x[i], "y": y[i], "geometry": grounds[i]}
        for i, k in zip(np.flatnonzero(near).tolist(), at[near].tolist(), strict=True)
        for said in [_said(tags[k], f"osm:{letter[k][0]}{number[k]}")]
        for kind in wanted[k]
    ]
    records = as_records(rows, use)
    return records, [*_osm_notes(use, is_wanted & ~is_placed, near), *_bare_notes(use, records)]


def _said(tags: Tags, key: str) -> dict[str, Any]:
    """Return what a feature's tags say of it, whatever its kind."""
    names = names_of(tags)
    return {"facility": key, "name": names[0] if names else "", "names": names, "barred": barred_from(tags)}


def _osm_notes(use: SourceUse, cut: npt.NDArray[np.bool_], near: npt.NDArray[np.bool_]) -> list[Note]:
    """Say how many OSM features are used, and how many are cut off or too far away."""
    far = int((~near).sum())
    notes = [
        Note(
            use.id,
            f"{int(near.sum())} OpenStreetMap features are facilities in reach; {far} lie further away.",
        )
    ]
    if cut.any():
        said = f"{int(cut.sum())} features have parts outside the extract, so no position: left out."
        notes.append(Note(use.id, said, "repair"))
    return notes


def _read(
    use: SourceUse, path: Path, crs: str, around: shapely.Geometry
) -> tuple[pd.DataFrame, pd.DataFrame, list[Note]]:
    """Read one source by its format: records, gates, notes."""
    no_gates = pd.DataFrame({"x": np.zeros(0), "y": np.zeros(0)})
    match use.format:
        case "osm_pbf":
            features = facility_features(path)
            records, notes = from_osm(features, use, crs, around)
            return records, gates_of(features, crs), notes
        case "points":
            records, notes = from_points(use, path, crs, around)
        case _:
            records, notes = from_table(use, path, crs, around)
    return records, no_gates, notes


def _bare_notes(use: SourceUse, records: pd.DataFrame) -> list[Note]:
    """Say where an extract seems to be stripped: many features, but none of what every mapped town has."""
    lacking = [kind for kind in EVERYDAY if not (records["kind"] == kind).any()]
    if records["facility"].nunique() < MANY_FEATURES or 2 * len(lacking) < len(EVERYDAY):
        return []
    said = f"The extract has no {', no '.join(lacking)}: it seems to be stripped of all but some kinds"
    return [
        Note(
            use.id,
            f"{said}, so few facilities or open spaces in it does not mean that there are few.",
            "doubt",
        )
    ]


def _with_unions(records: pd.DataFrame) -> pd.DataFrame:
    """Add a record of each union kind for every record of one of its members."""
    frames = [records]
    has = set(zip(records["facility"], records["kind"], strict=True))
    for kind in kinds().values():
        if not kind.union_of:
            continue
        members = records[records["kind"].isin(kind.union_of)].drop_duplicates(["facility"])
        fresh = [
            kind.id not in barred and (key, kind.id) not in has
            for key, barred in zip(members["facility"], members["barred"], strict=True)
        ]
        frames.append(members[fresh].assign(kind=kind.id))
    return pd.concat(frames, ignore_index=True)


def _with_spaces(records: pd.DataFrame, spaces: pd.DataFrame | None) -> pd.DataFrame:
    """Add the open spaces as records: every one is ``open_space``, the named kinds are ``park`` too."""
    if spaces is None or spaces.empty:
        return records
    shapes = shapely.from_wkb(spaces["geometry"].to_numpy(dtype=object))
    points = shapely.point_on_surface(shapes)
    rows = pd.DataFrame({
        "facility": spaces["space"].to_numpy(), "kind": "open_space", "name": spaces["name"].to_numpy(),
        "x": shapely.get_x(points), "y": shapely.get_y(points), "geometry": shapes, "ground": shapes,
        "area_m2": spaces["area_m2"].to_numpy(np.float64), "source": spaces["source"].to_numpy(),
        "sources": spaces["source"].to_numpy(), "gone_share": np.nan, "estimated": False,
    })  # fmt: skip
    parks = rows[(spaces["kind"] == "park").to_numpy()].assign(kind="park")
    return pd.concat([frame for frame in (records, rows, parks) if len(frame)], ignore_index=True)


def _code_notes(records: pd.DataFrame, places: pd.DataFrame | None) -> list[Note]:
    """Say how many records carry the code of another place than the one they lie in; geometry is what counts."""
    if places is None or "code" not in records or records["code"].isna().all():
        return []
    units = places[~places["place"].isin(places["parent"].dropna())]
    tree = shapely.STRtree(shapely.from_wkb(units["geometry"].to_numpy(dtype=object)))
    notes = []
    for source, rows in records[records["code"].notna() & (records["code"] != "")].groupby("source"):
        at, unit = tree.query(
            shapely.points(rows["x"].to_numpy(float), rows["y"].to_numpy(float)), predicate="intersects"
        )
        said = _digits(rows["code"].to_numpy()[at])
        lies = _digits(units["place"].to_numpy()[unit])
        differ = int((said != lies).sum())
        if len(at):
            what = f"{differ} of {len(at)} records in the city carry the code of another place than the one they lie in"
            notes.append(Note(str(source), f"{what}; the geometry is used."))
    return notes


def _digits(codes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return the digits of place codes without leading zeros."""
    return np.array(
        ["".join(c for c in str(code) if c.isdigit()).lstrip("0") for code in codes], dtype=object
    )
