"""What a page in a browser asks of a published nation: its places, their outlines, its numbers; all from finished tables."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.indicator import DIMENSIONS, indicators
from citiesforall.core.tables import read_parquet
from citiesforall.pipeline.served import MEASURED, about_indicator, plain
from citiesforall.text import say_key

FILE = "nation.json"
SHOWN = (
    "place",
    "value",
    "low",
    "high",
    "n",
    "status",
    "coverage_people",
    "coverage_places",
    "basis",
    "quality",
)
"""Columns of the observations that a page gets, those that are there."""
TABLES: Mapping[str, str] = {
    "members": "members", "within_between": "within_between", "common": "common/common",
    "challenge_members": "common/challenge_members", "priorities": "common/priorities", "kinds": "kinds/kinds",
    "member_kinds": "kinds/member_kinds", "kind_profile": "kinds/kind_profile", "peers": "kinds/peers",
    "options": "options/options", "options_money": "options/options_money", "scaled": "options/scaled",
    "gaps": "options/gaps", "capacity": "options/capacity", "progress": "rounds/progress", "changes": "rounds/changes",
}  # fmt: skip
"""Name of a table -> where it lies in the published folder."""
KEYS = ("member", "place", "level", "challenge", "kind", "indicator", "peer")
"""Columns that rows may be chosen by."""
COARSE_DEG = 0.002
"""Root of the area by which a border may leave its own, the same at every level, so that borders lie on each other. [degrees]"""
DECIMALS = 4
"""Of degrees in outlines: eleven metres."""


@dataclass(frozen=True)
class ServedNation:
    """Hold a published nation, read once.

    Parameters
    ----------
    folder
        Where it was published.
    said
        Its ``nation.json``.
    places
        Without outlines.
    observations
        Its numbers; rows that no source gives are left out.
    at
        Indicator and group, a space between -> rows of its numbers.
    """

    folder: Path
    said: Mapping[str, Any]
    places: pd.DataFrame
    observations: pd.DataFrame
    at: Mapping[str, npt.NDArray[np.intp]]


def find_nations(out: Path) -> Iterator[Path]:
    """Yield the folders of the nations published under a folder of results."""
    for path in sorted(out.glob(f"*/{FILE}")):
        yield path.parent


def open_nation(folder: Path) -> ServedNation:
    """Read a published nation.

    Parameters
    ----------
    folder
        ``out/nation_<code>``.

    Returns
    -------
    ServedNation
        The nation.

    Raises
    ------
    InputError
        It is not a folder of a nation's results.
    """
    if not (folder / FILE).is_file():
        raise InputError(f"{folder}: no nation was published here. Run `cities nation NATION.toml` first.")
    said = json.loads((folder / FILE).read_text("utf-8"))
    columns = [name for name in pq.read_schema(folder / "places.parquet").names if name != "geometry"]
    places = pq.read_table(folder / "places.parquet", columns=columns).to_pandas()
    rows = _observations(folder / "observations.parquet")
    keys = rows["indicator"].astype(str) + " " + rows["group"].astype(str)
    at = {str(key): np.asarray(found) for key, found in rows.groupby(keys).indices.items()}
    return ServedNation(folder, said, places, rows, at)


def _observations(path: Path) -> pd.DataFrame:
    """Return the numbers a page may show, the last period of each; none where nothing was rolled up."""
    if not path.is_file():
        return pd.DataFrame({name: pd.Series(dtype=object) for name in ("indicator", "group", *SHOWN)})
    there = set(pq.read_schema(path).names)
    columns = [name for name in ("indicator", "group", "period", *SHOWN) if name in there]
    says = pc.field("status") != "missing"
    if "of_covered" in there:
        says |= pc.field("of_covered").is_valid() & ~pc.field("of_covered").is_nan()
    rows = pq.read_table(path, columns=columns, filters=says).to_pandas()
    last: pd.DataFrame = rows.sort_values("period", kind="stable")
    return last.drop_duplicates(["indicator", "group", "place"], keep="last").reset_index(drop=True)


def nation_info(one: ServedNation, served: Collection[str], lang: str) -> dict[str, Any]:
    """Say who a nation is and what is known of it.

    Parameters
    ----------
    one
        The nation.
    served
        Codes of the cities served beside it.
    lang
        ``en`` or ``km``.

    Returns
    -------
    dict
        Name, period, bounds, levels of places, indicators with their groups and levels, challenges, tables, cities.
    """
    said, known = one.said, indicators()
    level = one.places.set_index("place")["level"]
    groups: dict[str, list[str]] = {}
    levels: dict[str, set[str]] = {}
    for asked, rows in one.at.items():
        key, _, group = asked.partition(" ")
        table = one.observations.iloc[rows]
        has = table["status"].isin(MEASURED)
        if has.any() and key in known:
            groups.setdefault(key, []).append(group)
            levels.setdefault(key, set()).update(level.reindex(table["place"][has]).dropna())
    order = list(dict.fromkeys(one.places["level"]))
    x, y = one.places["x"].dropna(), one.places["y"].dropna()
    title = (said.get("name_km") or said["name"]) if lang == "km" else said["name"]
    here = {code.lower() for code in served}
    return {
        "code": said["code"], "name": title, "period": said["period"], "is_invented": bool(said["invented"]),
        "counts": said["counts"], "failed": said["failed"], "levels": order,
        "bounds": _bounds(one, [x.min(), y.min(), x.max(), y.max()]),
        "dimensions": [{"id": key, "title": say_key(f"word.dimension.{key}", lang)} for key in DIMENSIONS],
        "indicators": [
            about_indicator(known[key], lang) | {"groups": sorted(groups[key]), "levels": sorted(levels[key], key=order.index)}
            for key in known if key in groups
        ],
        "groups": [
            {"id": key, "title": say_key(f"group.{key}.title", lang)} for key in sorted(set().union(*groups.values()))
        ],
        "tables": [name for name, path in TABLES.items() if (one.folder / f"{path}.parquet").is_file()],
        "cities": [city | {"is_served": str(city["code"]).lower() in here} for city in said["cities"]],
    }  # fmt: skip


def _bounds(one: ServedNation, points: list[float]) -> list[float]:
    """Return the bounds of all outlines; of the points where there is none. [degrees]"""
    import shapely  # noqa: PLC0415 - a server that takes voices alone starts without it

    shapes = shapely.from_wkb(
        pq.read_table(one.folder / "places.parquet", columns=["geometry"])["geometry"].to_pandas()
    )
    sides = shapely.total_bounds(shapes)
    return [float(side) for side in (sides if np.isfinite(sides).all() else points)]


def nation_places(one: ServedNation) -> dict[str, list[Any]]:
    """Return every place as columns: code, names, level, the place it is in, a point of it."""
    names = ["place", "name", "name_km", "level", "parent", "x", "y"]
    return {name: [plain(value) for value in one.places[name].tolist()] for name in names}


def outlines(one: ServedNation, level: str, within: str = "") -> str:
    """Return the outlines of the places of a level as GeoJSON in degrees, neighbours' borders simplified as one.

    Parameters
    ----------
    one
        The nation.
    level
        Of its places.
    within
        Code of a place above them; all of the level where empty.

    Raises
    ------
    InputError
        The nation has no such level or place.

    Notes
    -----
    All outlines of a level are simplified together (`shapely.coverage_simplify`), whatever is asked for: so a province's
    communes join those of the next.
    """
    import shapely  # noqa: PLC0415 - as above

    known = set(one.places["level"])
    if level not in known:
        raise InputError(f"level '{level}': there is none of this name. {did_you_mean(level, known)}")
    if within and within not in set(one.places["place"]):
        raise InputError(f"place '{within}': there is none of this code.")
    wkb = pq.read_table(one.folder / "places.parquet", columns=["geometry"])["geometry"].to_pandas()
    rows = np.flatnonzero((one.places["level"] == level).to_numpy() & wkb.notna().to_numpy())
    shapes = shapely.coverage_simplify(shapely.from_wkb(wkb.iloc[rows]), COARSE_DEG)
    shapes = shapely.set_precision(shapes, 10.0**-DECIMALS, mode="pointwise")
    inside = below(one.places, within) if within else None
    features = [
        f'{{"type":"Feature","properties":{{"place":{json.dumps(code)}}},"geometry":{shape}}}'
        for code, shape in zip(one.places["place"].iloc[rows], shapely.to_geojson(shapes), strict=True)
        if inside is None or code in inside
    ]
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'


def below(places: pd.DataFrame, within: str) -> set[str]:
    """Return the codes of all places in a place, at every level.

    Parameters
    ----------
    places
        With ``place`` and ``parent``.
    within
        Code of the place above.
    """
    found, new = set[str](), {within}
    while new:
        new = set(places["place"][places["parent"].isin(new)]) - found
        found |= new
    return found


def nation_observed(one: ServedNation, indicator: str, group: str) -> dict[str, list[Any]]:
    """Return an indicator of a group in every place of the nation that says anything of it.

    Parameters
    ----------
    one
        The nation.
    indicator, group
        Ids.

    Returns
    -------
    dict
        Columns of `SHOWN`; None where a number is missing.

    Raises
    ------
    InputError
        The indicator is not known.
    """
    known = indicators()
    if indicator not in known:
        raise InputError(
            f"indicator '{indicator}': there is none of this name. {did_you_mean(indicator, known)}"
        )
    rows = one.observations.iloc[one.at.get(f"{indicator} {group}", np.array([], np.intp))]
    return columns_of(rows, [name for name in SHOWN if name in rows])


def nation_place(one: ServedNation, place: str, group: str) -> dict[str, list[Any]]:
    """Return every indicator of a group in one place.

    Parameters
    ----------
    one
        The nation.
    place
        Its code.
    group
        Id.

    Returns
    -------
    dict
        ``indicator`` and the columns of `SHOWN`.

    Raises
    ------
    InputError
        The nation has no such place.
    """
    if place not in set(one.places["place"]):
        raise InputError(f"place '{place}': there is none of this code.")
    rows = one.observations
    rows = rows[(rows["place"] == place) & (rows["group"] == group)]
    return columns_of(rows, ["indicator", *(name for name in SHOWN[1:] if name in rows)])


def nation_table(
    one: ServedNation, name: str, wanted: Collection[str] = (), chosen: Mapping[str, str] | None = None
) -> dict[str, list[Any]]:
    """Return a finished table of the nation as columns.

    Parameters
    ----------
    one
        The nation.
    name
        A word of `TABLES`.
    wanted
        Columns; all where empty.
    chosen
        Column of `KEYS` -> the value its rows have.

    Raises
    ------
    InputError
        There is no such table or column.
    """
    path = one.folder / f"{TABLES.get(name, '')}.parquet"
    if name not in TABLES or not path.is_file():
        raise InputError(f"table '{name}': there is none of this name. {did_you_mean(name, TABLES)}")
    table = read_parquet(path)
    there = [str(column) for column in table.columns if column != "geometry"]
    for column in (*wanted, *(chosen or {})):
        if column not in there:
            raise InputError(f"column '{column}': there is none of this name. {did_you_mean(column, there)}")
    for column, value in (chosen or {}).items():
        table = table[table[column].astype(str) == value]
    return columns_of(table, [column for column in there if not wanted or column in wanted])


def columns_of(table: pd.DataFrame, names: list[str]) -> dict[str, list[Any]]:
    """Return columns as JSON has them.

    Parameters
    ----------
    table
        The rows.
    names
        Of the columns.
    """
    return {name: [plain(value) for value in table[name].tolist()] for name in names}
