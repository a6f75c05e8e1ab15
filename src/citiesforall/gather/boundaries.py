"""Which places a city is made of: boundary files of any kind, or hexagons, as the places layer."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.core.city import City, SourceUse
from citiesforall.core.errors import InputError, did_you_mean, raise_all
from citiesforall.core.notes import Note
from citiesforall.gather.cutting import Shapes, only_polygons
from citiesforall.gather.hexagons import LONLAT, hexagon_units, read_hexagons
from citiesforall.gather.tables import codes
from citiesforall.gather.vector_file import read_vector, texts

COLUMNS = ("place", "name", "name_km", "level", "parent", "area_m2", "geometry")
OVERLAP_SHARE = 1e-9  # of the units' area; below, borders touch as they should
NAMED = 5  # codes named in a note; the rest is counted
POLYGONS = (3, 6)  # of GEOS: one polygon, several


def metric_crs(lon: float, lat: float) -> str:
    """Return the UTM zone of a point.

    Parameters
    ----------
    lon, lat
        In degrees.

    Returns
    -------
    str
        ``EPSG:326xx`` north and ``EPSG:327xx`` south of the equator.
    """
    zone = min(int((lon + 180) // 6) + 1, 60)
    return f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"


@cache
def country(code: str) -> dict[str, Any]:
    """Return what is the same for every city of a country.

    Parameters
    ----------
    code
        Of a place; its first two letters are the country's.

    Returns
    -------
    dict
        ``crs``, ``digits`` (lengths of national codes) and more; empty for a country without a folder.
    """
    folder = files("citiesforall.data").joinpath(code[:2].lower(), "country.toml")
    return tomllib.loads(folder.read_text("utf-8")) if folder.is_file() else {}


def choose_crs(use: SourceUse, path: Path, city: City) -> str:
    """Return the metric reference system of a city: its own word, its country's, or the UTM zone of its middle.

    Parameters
    ----------
    use, path
        The boundary source and its file.
    city
        Whose ``place.crs`` wins.

    Returns
    -------
    str
        For instance ``EPSG:32648``.

    Raises
    ------
    InputError
        The boundary file cannot be read.
    """
    said = city.place.crs or country(city.place.code).get("crs")
    if said:
        return str(said)
    shapes = (
        read_hexagons(use, path)[1]
        if use.format == "h3"
        else read_vector(use, path, LONLAT)["geometry"].to_numpy()
    )
    low_lon, low_lat, high_lon, high_lat = shapely.total_bounds(shapes)
    return metric_crs(float(low_lon + high_lon) / 2, float(low_lat + high_lat) / 2)


def gather_places(use: SourceUse, path: Path, city: City, crs: str) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Read the places layer: the units, what lies above them, and the city as their union.

    Parameters
    ----------
    use
        Format ``vector``: ``columns.code``, ``name``, ``name_km``, ``parent``, ``parent_name``, ``level``;
        ``options.unit_level`` names the units. Format ``h3``: ``columns.code`` holds hexagons, and
        ``options.unit_resolution`` makes units of their parents.
    path
        The file.
    city
        Code, names and members.
    crs
        Metric reference system.

    Returns
    -------
    tuple
        The places layer (geometry as WKB), sorted from the city down, and notes on repairs.

    Raises
    ------
    InputError
        No column of codes, unknown members, no geometry, units of one and the same shape.
    """
    notes: list[Note] = []
    units = (
        hexagon_units(use, path, city, crs)
        if use.format == "h3"
        else _vector_units(use, path, city, crs, notes)
    )
    if units.empty:
        raise InputError(
            f"{path.name}: no unit of the city is left. Mend 'members' of the city or 'where' of '{use.id}'."
        )
    units = _repaired(units, path, notes)
    units = _dissolved(units, path, notes)
    units["geometry"] = _without_overlaps(units, path, notes)
    places = _with_parents(units, city)
    places["area_m2"] = shapely.area(places["geometry"].to_numpy())
    notes.append(Note(path.name, f"{len(units)} units, {places['area_m2'].iloc[0] / 1e6:.2f} km2."))
    places["geometry"] = shapely.to_wkb(places["geometry"].to_numpy())
    return places[list(COLUMNS)], tuple(notes)


def _vector_units(use: SourceUse, path: Path, city: City, crs: str, notes: list[Note]) -> pd.DataFrame:
    """Read units from a vector file, with codes in one form."""
    table = read_vector(use, path, crs)
    if not len(table):
        raise InputError(f"{path.name}: no feature is left. Mend 'where' of source '{use.id}'.")
    units = pd.DataFrame({"place": _unit_codes(table, use, path, city, notes), "geometry": table["geometry"]})
    for word in ("name", "name_km", "level", "parent_name"):
        units[word] = _texts_of(table, use, word)
    units["parent"] = None
    if "parent" in use.columns:
        units["parent"] = codes(
            pd.Series(texts(table[use.columns["parent"]])), use.code_prefix, _digits(city)
        )[0]
    blank = (units["place"] == "").to_numpy()
    uncoded = units["geometry"].to_numpy(dtype=object)[blank]
    units = _members(units[~blank], path, city)
    if len(units):  # a country's file may lack codes elsewhere; only what lies at the city matters
        at_city = shapely.intersects(
            uncoded, shapely.box(*shapely.total_bounds(units["geometry"].to_numpy()))
        )
        if at_city.any():
            said = f"{int(at_city.sum())} features at the city have no code; left out."
            notes.append(Note(path.name, said, "doubt"))
    if "level" in use.columns and "unit_level" in use.options:
        units = units[units["level"] == str(use.options["unit_level"])]
    return units.reset_index(drop=True)


def _unit_codes(table: pd.DataFrame, use: SourceUse, path: Path, city: City, notes: list[Note]) -> list[str]:
    """Return the units' codes; a single feature without a column of codes is the city itself."""
    if "code" not in use.columns and len(table) == 1:
        return [city.place.code]
    if "code" not in use.columns:
        raise InputError(
            f"{path.name}: which column holds the codes is not said. Write columns.code = one of: "
            f"{', '.join(name for name in table.columns if name != 'geometry')}."
        )
    found, n_repaired = codes(pd.Series(texts(table[use.columns["code"]])), use.code_prefix, _digits(city))
    if n_repaired:
        notes.append(
            Note(path.name, f"{n_repaired} codes had lost their leading zero; it was put back.", "repair")
        )
    return found


def _digits(city: City) -> Sequence[int]:
    """Return the lengths of the country's national codes, none where they are not known."""
    return tuple(country(city.place.code).get("digits", ()))


def _texts_of(table: pd.DataFrame, use: SourceUse, word: str) -> list[str | None] | None:
    """Return a column of texts, missing as None."""
    if word not in use.columns:
        return None
    return [value or None for value in texts(table[use.columns[word]])]


def _members(units: pd.DataFrame, path: Path, city: City) -> pd.DataFrame:
    """Keep the members of the city: units named, or units whose parent is named."""
    wanted = city.place.members
    if not wanted:
        return units
    known = set(units["place"]) | set(units["parent"].dropna())
    raise_all(
        f"{path.name}: member '{code}' of the city is not in the file. {_near(code, known)}"
        for code in wanted
        if code not in known
    )
    return units[units["place"].isin(wanted) | units["parent"].isin(wanted)]


def _near(code: str, known: Iterable[str]) -> str:
    """Name the codes that begin most like one, and the nearest by spelling."""
    for length in range(len(code) - 1, 1, -1):
        alike = [other for other in known if other.startswith(code[:length])]
        if alike:
            return did_you_mean(code, alike)
    return did_you_mean(code, known)


def _repaired(units: pd.DataFrame, path: Path, notes: list[Note]) -> pd.DataFrame:
    """Leave out empty units and mend rings that cross themselves; say so."""
    shapes = units["geometry"].to_numpy(dtype=object)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes) | (shapely.get_dimensions(shapes) < 2)  # noqa: PLR2004 - an area
    if empty.any():
        notes.append(
            Note(path.name, f"no area is given for {_some(units['place'][empty])}; left out.", "doubt")
        )
    if empty.all():
        raise InputError(f"{path.name}: no unit of the city has an area. Give a file of polygons.")
    units, shapes = units[~empty].reset_index(drop=True), shapes[~empty].copy()
    bad = ~shapely.is_valid(shapes)
    if bad.any():
        before = shapely.area(shapes[bad])
        shapes[bad] = only_polygons(shapely.make_valid(shapes[bad], method="structure"))
        change = float(np.abs(shapely.area(shapes[bad]) - before).sum())
        said = f"rings of {_some(units['place'][bad])} crossed themselves; mended, area changed by {change:,.1f} m2."
        notes.append(Note(path.name, said, "repair"))
    mixed = ~np.isin(shapely.get_type_id(shapes), POLYGONS)  # an area in a collection with lines or points
    shapes[mixed] = only_polygons(shapes[mixed])
    flat = shapely.area(shapes) <= 0
    raise_all(f"{path.name}: unit {code} has no area. Mend its ring." for code in units["place"][flat])
    return units.assign(geometry=shapes)


def _some(found: Iterable[str]) -> str:
    """Name a few codes and count the rest."""
    listed = list(found)
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    return ", ".join(listed[:NAMED]) + more


def _dissolved(units: pd.DataFrame, path: Path, notes: list[Note]) -> pd.DataFrame:
    """Join features of one code into one unit."""
    twice = units["place"].duplicated(keep=False)
    if not twice.any():
        return units
    found = sorted(set(units["place"][twice]))
    notes.append(
        Note(
            path.name, f"several features have the code {_some(found)}; joined into one unit each.", "repair"
        )
    )
    first = units.drop_duplicates("place").set_index("place")
    for code in found:
        first.at[code, "geometry"] = shapely.union_all(units["geometry"][units["place"] == code].to_numpy())  # noqa: PD008 - sets one object
    return first.reset_index()


def _without_overlaps(units: pd.DataFrame, path: Path, notes: list[Note]) -> Shapes:
    """Give land that two units claim to the smaller one, so that areas and people are counted once."""
    shapes = units["geometry"].to_numpy(dtype=object).copy()
    area = shapely.area(shapes)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    shared = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    many = shared > OVERLAP_SHARE * np.minimum(area[left], area[right])
    if not many.any():
        return shapes
    same = many & (shared >= (1 - OVERLAP_SHARE) * np.maximum(area[left], area[right]))
    raise_all(
        f"{path.name}: units {units['place'][a]} and {units['place'][b]} have the same shape. Leave one out with 'where'."
        for a, b in zip(left[same], right[same], strict=True)
    )
    for a, b in zip(left[many], right[many], strict=True):
        small, large = (a, b) if (area[a], units["place"][a]) <= (area[b], units["place"][b]) else (b, a)
        shapes[large] = only_polygons(
            np.array([shapely.difference(shapes[large], shapes[small])], dtype=object)
        )[0]
    share = float(shared[many].sum() / area.sum())
    said = f"{int(many.sum())} pairs of units overlap, {share:.3%} of the area; given to the smaller unit of each pair."
    notes.append(Note(path.name, said, "repair"))
    gone = shapely.area(shapes) <= 0
    raise_all(
        f"{path.name}: unit {code} lies wholly inside others. Leave it out." for code in units["place"][gone]
    )
    return shapes


def _with_parents(units: pd.DataFrame, city: City) -> pd.DataFrame:
    """Add the city and the places between it and its units; rows that hold others are joined anew from them."""
    own = city.place.code
    above = [_parent(one, own) for one in zip(units["place"], units["parent"], strict=True)]
    units = units.assign(parent=np.array(above, dtype=object))
    inner = units[units["place"].isin(set(units["parent"].dropna()))].set_index("place")
    leaves = units[~units["place"].isin(inner.index)]
    if len(leaves) == 1 and leaves["place"].iloc[0] == own:
        return leaves.assign(name=city.place.name, name_km=city.place.name_km, level="city", parent=None)
    rows = [_city_row(city, leaves["geometry"].to_numpy())]
    for code in sorted(set(leaves["parent"]) - {own}):
        under = leaves[leaves["parent"] == code]
        named = (
            inner.loc[code]
            if code in inner.index
            else {"name": under["parent_name"].iloc[0], "level": "district"}
        )
        rows.append(
            {
                "place": code,
                "name": named["name"] or code,
                "name_km": named.get("name_km"),
                "level": named["level"] or "district",
                "parent": own,
                "geometry": shapely.union_all(under["geometry"].to_numpy()),
            }
        )
    leaves = leaves.sort_values("place")
    leaves = leaves.assign(
        name=leaves["name"].fillna(leaves["place"]), level=leaves["level"].fillna("commune")
    )
    return pd.concat([pd.DataFrame(rows, dtype=object), leaves.astype(object)], ignore_index=True)


def _parent(pair: tuple[str, str | None], own: str) -> str | None:
    """Return the parent of a unit: what the file says, else the city; the city itself has none."""
    place, parent = pair
    return None if place == own else parent or own


def _city_row(city: City, shapes: npt.NDArray[np.object_]) -> dict[str, Any]:
    """Return the row of the city: the union of its units."""
    return {
        "place": city.place.code,
        "name": city.place.name,
        "name_km": city.place.name_km,
        "level": "city",
        "parent": None,
        "geometry": shapely.union_all(shapes),
    }


def overlap_share(places: pd.DataFrame, bounds: Sequence[float]) -> float:
    """Return how much of the city lies inside the box of a data set.

    Parameters
    ----------
    places
        The places layer; its first row is the city.
    bounds
        Lowest x, y and highest x, y of the data, in the metric reference system. [m]

    Returns
    -------
    float
        Share of the city's area; 0 where the data are about another place.
    """
    whole = shapely.from_wkb(places["geometry"].iloc[0])
    if not np.isfinite(bounds).all():
        return 0.0
    return float(shapely.area(shapely.intersection(whole, shapely.box(*bounds))) / shapely.area(whole))
