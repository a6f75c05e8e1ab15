"""Who loses the way to health care, school and shelter when streets are under water."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.errors import NoDataError
from citiesforall.core.estimate import CellAmounts, Estimate, ratio
from citiesforall.core.indicator import indicators
from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet, write_csv, write_parquet
from citiesforall.diagnose.critical_links import LINK_COLUMNS, critical_links
from citiesforall.diagnose.flooded_streets import (
    Flood,
    Stretches,
    classes_at,
    left_out,
    streets_left,
    stretches,
)
from citiesforall.diagnose.walking import Walking, join_all, missing_rows, walks_on, why_missing
from citiesforall.gather.floods import DEPTHS_M, flood_columns, return_period_years
from citiesforall.measure.layers import Layers
from citiesforall.measure.making import city_layers
from citiesforall.measure.method import METHODS
from citiesforall.measure.run import ESTIMATED_FROM, MISSING_FROM
from citiesforall.network.changed import on_pieces
from citiesforall.network.insert import OnEdge
from citiesforall.network.streets import Streets

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

INDICATOR_OF: Mapping[str, str] = MappingProxyType(
    {
        "public_health": "health_centre_access", "hospital": "hospital_access", "pharmacy": "pharmacy_access",
        "primary_school": "primary_school_access", "secondary_school": "secondary_school_access",
        "school": "school_access", "market": "market_access",
    }
)  # fmt: skip
"""Kind -> the indicator whose method and threshold say who reaches it."""
SHELTER_M = 1000.0
"""Longest way to a place of safety (sphere_2018; [K], and no indicator measures it yet)."""
AROUND_M = 2000.0
"""Streets this far beyond the city are flooded too: doors just over the border serve it."""
FLOODED_HOME, CUT_OFF_HOME, SHELTER = "flooded_home", "cut_off_home", "shelter"
FLOOD_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "place": "str", "scenario": "str", "kind": "str", "indicator": "str", "people_before": "float64",
        "people_after": "float64", "people_lost": "float64", "low": "float64", "high": "float64",
        "lost_flooded_home": "float64", "return_period_years": "float64", "class_from": "int64", "depth_m": "float64",
        "source": "str", "status": "str", "note": "str",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Left:
    """Hold what a flood leaves: the streets, where homes and doors join them, whose home is dry or of unknown state.

    Parameters
    ----------
    streets
        Cut and closed.
    homes, doors
        On them; -1 where street, home or door is under water.
    flooded, unknown
        Whether homes stand in water, and whether nobody knows. (C,), (C,)
    """

    streets: Streets
    homes: OnEdge
    doors: Mapping[str, OnEdge]
    flooded: Bools
    unknown: Bools


def make_cut_off(given: Inputs, folder: Path) -> dict[str, Any]:
    """Say who loses access in floods, and which streets and bridges most people depend on.

    Parameters
    ----------
    given
        With cells and places; streets, walks and a flood source where the city has them.
    folder
        Where ``flood_access`` and ``critical_links`` go, as parquet and csv.

    Returns
    -------
    dict
        Notes: figures, doubts, and why there is nothing where there is nothing.
    """
    notes: list[Note] = []
    if "walks" not in given.done or "streets" not in given.done:
        city = given.city.place.code
        flooded, links = (
            missing_rows(columns, "no_streets", place=city) for columns in (FLOOD_COLUMNS, LINK_COLUMNS)
        )
        notes.append(why_missing("flood_access", "no_streets"))
    else:
        cells = read_parquet(given.done["cells"].folder / "cells.parquet")
        walking = join_all(given, *city_layers(given, cells), cells)
        flooded, said = flood_access(given, walking)
        links, more = critical_links(given, walking)
        notes += [*said, *more]
    write_parquet(flooded, folder / "flood_access.parquet")
    write_csv(flooded, folder / "flood_access.csv")
    write_parquet(
        links, folder / "critical_links.parquet", {"crs": str(given.done["places"].info.get("crs", ""))}
    )
    write_csv(links.drop(columns="geometry"), folder / "critical_links.csv")
    return remember(notes, given.ids("flood", "streets"))


def floods_of(given: Inputs, layers: Layers) -> list[Flood]:
    """Return the scenarios of a city: every flood map, closed from each depth class.

    Parameters
    ----------
    given
        The city and its sources.
    layers
        For the columns the cells have.
    """
    found = []
    for use, paths in given.files.get("flood", ()):
        column = flood_columns(use)[-1]
        if use.format == "table" or column not in layers.cells:
            continue
        years = return_period_years(use)
        own = use.format == "vector" or bool(use.options.get("classes"))
        depths = use.options.get("thresholds_m", DEPTHS_M)
        for number, depth in enumerate(depths, start=1):
            name = f"flood_{number}" if years is None else f"flood_{years:g}y_{number}"
            depth_m = np.nan if own else float(depth)
            found.append(Flood(name, use, paths, column, number, depth_m, np.nan if years is None else years))
    return found


def flood_access(given: Inputs, walking: Walking) -> tuple[pd.DataFrame, list[Note]]:
    """Count for each flood who loses access to what, place by place.

    Parameters
    ----------
    given
        The city and its sources.
    walking
        Streets, homes and doors.

    Returns
    -------
    tuple
        Rows of `FLOOD_COLUMNS`, and notes.

    Raises
    ------
    InputError
        A flood map cannot be read.

    Notes
    -----
    A street is closed where the map shows water of the scenario's class or worse; a bridge stays open where the streets'
    source says what is a bridge. A facility is closed if its door or its street there is under water, and a home that
    stands in water is not left on foot. Who had access and has none is lost; those flooded at home are counted among them
    and also apart. Homes and doors stay joined where they were: nobody is led to another street by a flood.
    """
    floods = floods_of(given, walking.layers)
    if not floods:
        why = "index_only" if given.city.of("flood") else "no_flood_map"
        return missing_rows(FLOOD_COLUMNS, why, place=given.city.place.code), [
            why_missing("flood_access", why)
        ]
    pieces = stretches(walking.streets, _around(walking), walking.bridges)
    doubtful = {use.id for use in given.city.of("flood") if use.grade in {"modelled", "assumed"}}
    tables: list[pd.DataFrame] = []
    notes: list[Note] = []
    water: dict[str, tuple[Floats, dict[str, Floats]]] = {}
    for flood in floods:
        if flood.use.id not in water:
            water[flood.use.id] = _water(given, walking, pieces, flood)
        left = what_is_left(walking, pieces, *water[flood.use.id], flood)
        tables += rows_of(walking, left, flood, estimated=flood.use.id in doubtful)
        closed_m = float(left.streets.edge_m[~left.streets.edge_walk].sum())
        closed_m -= float(walking.streets.edge_m[~walking.streets.edge_walk].sum())
        notes.append(Note(flood.scenario, f"{closed_m / 1000:,.1f} km of streets are under water."))
    if walking.bridges is None:
        notes.append(why_missing("flood_access", "bridges_unknown"))
    return pd.concat(tables, ignore_index=True)[list(FLOOD_COLUMNS)], notes


def _around(walking: Walking) -> tuple[float, float, float, float]:
    """Return the box of the homes, widened. [m]"""
    x, y = walking.layers.cells["x"], walking.layers.cells["y"]
    return x.min() - AROUND_M, y.min() - AROUND_M, x.max() + AROUND_M, y.max() + AROUND_M


def _water(
    given: Inputs, walking: Walking, pieces: Stretches, flood: Flood
) -> tuple[Floats, dict[str, Floats]]:
    """Return the flood class of every piece of street and of every door, by kind."""
    crs = str(given.done["places"].info["crs"])
    wanted = [name for name in (*INDICATOR_OF, SHELTER) if name in walking.kinds]
    x = np.concatenate([pieces.x, *(walking.kinds[name].x for name in wanted)])
    y = np.concatenate([pieces.y, *(walking.kinds[name].y for name in wanted)])
    found = classes_at(flood.use, flood.paths, crs, x, y)
    ends = np.cumsum([len(pieces.x), *(walking.kinds[name].x.size for name in wanted)])
    doors = {name: found[ends[at] : ends[at + 1]] for at, name in enumerate(wanted)}
    return found[: ends[0]], doors


def what_is_left(
    walking: Walking, pieces: Stretches, on_streets: Floats, on_doors: Mapping[str, Floats], flood: Flood
) -> Left:
    """Close what a flood closes.

    Parameters
    ----------
    walking
        Streets, homes and doors.
    pieces
        The streets in pieces.
    on_streets, on_doors
        Flood class of each piece, and of each kind's doors; nan counts as dry.
    flood
        The scenario.
    """
    wet = (on_streets >= flood.class_from) & ~pieces.bridge
    streets, cuts = streets_left(walking.streets, pieces, wet)
    classes = walking.layers.column(flood.column)
    flooded = classes >= flood.class_from
    moved = on_pieces(cuts, walking.homes)
    homes = left_out(moved, flooded | _on_closed(streets, moved))
    doors = {}
    for name, of_kind in on_doors.items():
        on_edge = on_pieces(cuts, walking.doors[name])
        doors[name] = left_out(on_edge, (of_kind >= flood.class_from) | _on_closed(streets, on_edge))
    return Left(streets, homes, doors, flooded, np.isnan(classes))


def _on_closed(streets: Streets, points: OnEdge) -> Bools:
    """Tell which points join a street nobody may walk."""
    return np.asarray(
        ~streets.edge_walk[points.edge]
    )  # -1 takes the last edge: such points join nothing anyway


def rows_of(walking: Walking, left: Left, flood: Flood, *, estimated: bool) -> list[pd.DataFrame]:
    """Count who loses what in one flood.

    Parameters
    ----------
    walking
        Streets, homes and doors.
    left
        What the flood leaves.
    flood
        The scenario.
    estimated
        Whether the flood map is modelled or assumed.
    """
    layers, tables = walking.layers, []
    for kind, (indicator, method, options) in asked().items():
        words = {"kind": kind, "indicator": indicator}
        try:
            before = METHODS[method].function(layers, **options)
        except NoDataError:
            row = missing_rows(FLOOD_COLUMNS, "kind_unknown", **words, **_said(flood))
            tables.append(pd.concat([row.assign(place=code) for code in walking.codes], ignore_index=True))
            continue
        walks = walks_on(left.streets, left.homes, left.doors[kind], walking.kinds[kind], walking.reach_m)
        ways = replace(layers.ways[kind], m=walks[0], facility=walks[1])
        after = METHODS[method].function(replace(layers, ways={kind: ways}, memo={}), **options)
        tables.append(_rows(walking, left, (before, after), words | _said(flood), estimated=estimated))
    people = CellAmounts(layers.people, layers.people, np.where(left.unknown, layers.people[0], 0.0))
    dry = replace(people, num=layers.people * ~left.flooded)
    tables.append(
        _rows(walking, left, (people, dry), {"kind": FLOODED_HOME} | _said(flood), estimated=estimated)
    )
    joined = replace(people, num=layers.people * _reaches_any(walking.streets, walking.homes, walking.doors))
    still = replace(
        people, num=joined.num * (_reaches_any(left.streets, left.homes, left.doors) | left.flooded)
    )
    tables.append(
        _rows(walking, left, (joined, still), {"kind": CUT_OFF_HOME} | _said(flood), estimated=estimated)
    )
    return tables


def asked() -> dict[str, tuple[str, str, Mapping[str, Any]]]:
    """Return what is asked of each kind: indicator, method and its options."""
    declared = indicators()
    found: dict[str, tuple[str, str, Mapping[str, Any]]] = {
        kind: (key, declared[key].method, declared[key].options) for kind, key in INDICATOR_OF.items()
    }
    return found | {SHELTER: ("", "share_within_distance", {"to": {SHELTER: SHELTER_M}})}


def _said(flood: Flood) -> dict[str, Any]:
    """Return the columns that say which flood it is."""
    return {
        "scenario": flood.scenario, "return_period_years": flood.years, "class_from": flood.class_from,
        "depth_m": flood.depth_m, "source": flood.use.id,
    }  # fmt: skip


def _reaches_any(streets: Streets, homes: OnEdge, doors: Mapping[str, OnEdge]) -> Bools:
    """Tell which homes lie in a connected part of the streets that has a door of any kind."""
    edges = np.concatenate([np.zeros(0, np.int32), *(one.edge for one in doors.values())])
    has = np.zeros(int(streets.component.max(initial=0)) + 1, bool)
    has[streets.component[streets.edge_u[edges[edges >= 0]]]] = True
    return np.asarray((homes.edge >= 0) & has[streets.component[streets.edge_u[homes.edge]]])


def _rows(
    walking: Walking,
    left: Left,
    amounts: tuple[CellAmounts, CellAmounts],
    said: dict[str, Any],
    *,
    estimated: bool,
) -> pd.DataFrame:
    """Add up before, after and lost for every place."""
    layers = walking.layers
    before, after = amounts
    lost = before.num - np.minimum(before.num, after.num)
    was, gone = layers.rows(before.num), layers.rows(lost)
    low, high = Estimate(gone, np.ones_like(gone), np.zeros(gone.shape[1])).interval()
    people = layers.rows(layers.people[:1])[0]
    unknown = ratio(layers.rows(np.where(left.unknown, layers.people[:1], 0.0)), people[None, :])[0]
    if before.unknown is not None:
        unknown = np.maximum(unknown, ratio(layers.rows(before.unknown[None, :]), people[None, :])[0])
    doubtful = estimated or before.estimated
    status = np.where(doubtful | (unknown > ESTIMATED_FROM), "estimated", "ok").astype(object)
    status[unknown > MISSING_FROM] = "missing"
    status[people == 0] = "not_applicable"
    has = np.isin(status, ("ok", "estimated"))
    values = {
        "people_before": was[0], "people_after": was[0] - gone[0], "people_lost": gone[0], "low": low, "high": high,
        "lost_flooded_home": layers.rows(lost[:1] * left.flooded)[0],
    }  # fmt: skip
    shown = {name: np.where(has, value, np.nan) for name, value in values.items()}
    note = np.where(status == "missing", "most_unknown", "")
    return pd.DataFrame(
        {"place": walking.codes, "indicator": "", **said, **shown, "status": status, "note": note}
    )
