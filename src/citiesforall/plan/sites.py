"""Where something could be built: points of local streets, existing public places, and what the city itself proposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.budget import OwnSite
from citiesforall.core.errors import InputError, raise_all
from citiesforall.core.notes import Note
from citiesforall.gather.grid import locate
from citiesforall.network.insert import OnEdge, attach
from citiesforall.network.streets import Streets

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LOCAL = frozenset({
    "secondary", "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential", "living_street", "pedestrian",
    "road", "unknown",
})  # fmt: skip
"""Classes of street a public building can open on to; service ways are mostly private yards (ours)."""
MAIN = frozenset({"trunk", "primary", "primary_link"})
"""Classes on which only stops are placed (ours)."""
STEP_M = 40.0
"""Way between two points of a street that are looked at. [m]"""
LADDER_M = (
    100, 125, 150, 175, 200, 225, 250, 275, 300, 350, 400, 450, 500, 600, 700, 800, 1000, 1250, 1500, 2000, 2500, 3000, 4000,
    6000, 8000, 12000,
)  # fmt: skip
"""Sides of the squares of which one site each is kept: the smallest that leaves few enough. [m]"""
LAND_SHARE = 0.5
"""Share of a cell part that must be land for a site of ours to stand there (ours): a bridge stands over water."""
RIVER_SHARE = 0.05
"""Below this share of land a site the city itself proposes stands in the water (ours)."""
DEEP_FLOOD = 3.0
"""Flood class from which nothing is built: water of a metre and more (ours)."""
MOST_SITES = 1_500
"""Street points and hosts kept, where the city does not say (ours)."""
HOST_SHARE = 0.35
HOSTS = (
    "one_window_office", "public_health", "community_centre", "market", "school", "place_of_worship", "library", "open_space",
)  # fmt: skip
"""Kinds of facility where something can be added, the first that a facility is of counts."""
LEAST_SPACE_M2 = 1_000.0
"""An open space smaller than this hosts nothing (ours). [m2]"""
COLUMNS = (
    "site", "source", "name", "x", "y", "part", "place", "host", "facility", "main_street", "flood_class", "free_m2", "kinds",
)  # fmt: skip


@dataclass(frozen=True)
class Sites:
    """Hold candidate sites.

    Parameters
    ----------
    table
        One row a site: ``site`` id, ``source`` (``city``, ``host`` or ``street``), ``name``, ``x``, ``y`` [m], ``part``
        (position of its cell part), ``place`` (unit), ``host`` (kind of the facility that stands there, empty for none),
        ``facility`` (its id), ``main_street``, ``flood_class`` (nan unknown), ``free_m2`` (land without building or street
        in its cell part, nan unknown), ``kinds`` (kinds the city allows there, empty for all).
    on_edge
        Where they join the streets. (S,)
    notes
        What was left out and why.
    """

    table: pd.DataFrame
    on_edge: OnEdge
    notes: tuple[Note, ...]


def candidate_sites(
    streets: Streets,
    cells: pd.DataFrame,
    facilities: pd.DataFrame | None,
    own: pd.DataFrame,
    most: int = MOST_SITES,
) -> Sites:
    """Choose where something could be built.

    Parameters
    ----------
    streets
        The streets.
    cells
        The cells layer with ``geometry`` (shapely polygons) and ``attrs["cell_m"]``.
    facilities
        The facilities layer, None where the city has none.
    own
        The city's own sites, from ``own_table``; may be empty.
    most
        Most sites of ours. The city's own are always kept.

    Returns
    -------
    Sites
        Sorted: the city's own in their order, then hosts and street points by place and position.

    Raises
    ------
    InputError
        Every site the city proposes that is outside the city, in the water or far from every street.

    Notes
    -----
    One point is kept of every square and unit where people live: the one nearest to the middle of its people; so sites lie
    where people are and are well spread. Squares are as small as the number allows, and every unit with a usable street
    keeps at least one. The choice depends on positions alone, not on the order of streets or places.
    """
    mine = _own_sites(streets, cells, own)
    hosts, n_unsure = _hosts(cells, facilities)
    hosts, host_m = _thinned(hosts, cells, int(most * HOST_SHARE), "host")
    points, lost = _street_points(streets, cells)
    points, street_m = _thinned(points, cells, most - len(hosts), "main_street")
    table = pd.concat([mine, _sorted(hosts), _sorted(points)], ignore_index=True)
    table["site"] = [f"S{number:04d}" for number in range(1, len(table) + 1)]
    table = _known(table, cells)
    on_edge = attach(streets, table["x"].to_numpy(np.float64), table["y"].to_numpy(np.float64), np.inf)
    said = (
        f"{len(table)} candidate sites: {len(mine)} of the city, {len(hosts)} at existing public places (squares of "
        f"{host_m} m), {len(points)} on streets (squares of {street_m} m). Left out: {lost} street points over water or "
        f"outside, {n_unsure} public places whose position is estimated."
    )
    return Sites(table[list(COLUMNS)], on_edge, (Note("sites", said),))


def _own_sites(streets: Streets, cells: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Return the city's own sites, or refuse those where nothing can stand."""
    x, y = own["x"].to_numpy(np.float64), own["y"].to_numpy(np.float64)
    part = locate(cells, x, y)
    joined = attach(streets, x, y, np.inf)
    share = _land_share(cells)
    faults = []
    for number, name in enumerate(own["name"]):
        where = f"sites: '{name}'"
        if part[number] < 0:
            faults.append(f"{where}: it lies outside the city. Mend lon and lat, or take it out.")
        elif share[part[number]] < RIVER_SHARE:
            faults.append(f"{where}: it lies in the water. Move it on to land, or take it out.")
        elif joined.edge[number] < 0:
            faults.append(f"{where}: no street that one may walk leads there. Move it, or take it out.")
    raise_all(faults, InputError)
    return own.assign(part=part, source="city", host="", facility="", main_street=False)


def _land_share(cells: pd.DataFrame) -> Floats:
    """Return the share of each part that is land."""
    return np.asarray(
        cells["land_m2"].to_numpy(np.float64) / np.maximum(cells["area_m2"].to_numpy(np.float64), 1e-9)
    )


def _street_points(streets: Streets, cells: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return points along the streets a building could open on to, and how many lie where nothing can stand."""
    names = np.array(streets.classes)
    local, main = (np.isin(names[streets.edge_class], list(classes)) for classes in (LOCAL, MAIN))
    usable = streets.edge_walk & (local | main) & (streets.component[streets.edge_u] == 0)
    if not usable.any():
        usable = streets.edge_walk
    edge, x, y = _along(streets, np.flatnonzero(usable))
    part = locate(cells, x, y)
    good = (part >= 0) & (np.append(_land_share(cells), 0)[part] >= LAND_SHARE)
    table = pd.DataFrame({"x": x, "y": y, "part": part, "main_street": main[edge]})[good]
    named = table.assign(name="", source="street", host="", facility="", kinds="")
    return named, int((~good).sum())


def _along(streets: Streets, edges: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """Return points in the middle of equal stretches of edges: their edge and place."""
    n = np.maximum(np.round(streets.edge_m[edges] / STEP_M), 1).astype(np.int64)
    edge = np.repeat(edges, n)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(n) - n, n)
    first, last = streets.vertex_start[edges], streets.vertex_start[edges + 1] - 1
    size = last - first + 1
    at = np.repeat(first, size) + np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    x, y = streets.vertex_x[at], streets.vertex_y[at]
    length_m = np.hypot(np.diff(x, prepend=0), np.diff(y, prepend=0))
    start = np.cumsum(size) - size
    length_m[start] = 0
    passed_m = np.cumsum(length_m)
    whole_m = passed_m[start + size - 1] - passed_m[start]
    # one rising scale for all edges: their lines laid one behind the other
    sought_m = np.repeat(passed_m[start], n) + (step + 0.5) / np.repeat(n, n) * np.repeat(whole_m, n)
    return edge, np.interp(sought_m, passed_m, x), np.interp(sought_m, passed_m, y)


def _hosts(cells: pd.DataFrame, facilities: pd.DataFrame | None) -> tuple[pd.DataFrame, int]:
    """Return the existing public places where something can be added, and how many have no sure position."""
    columns = ["x", "y", "part", "main_street", "name", "source", "host", "facility", "kinds"]
    if facilities is None:
        return pd.DataFrame(columns=columns), 0
    rank = {kind: number for number, kind in enumerate(HOSTS)}
    found = facilities[facilities["kind"].isin(rank)]
    small = (found["kind"] == "open_space") & ~(found["area_m2"] >= LEAST_SPACE_M2)
    found = found[~small]
    found = found.assign(rank=found["kind"].map(rank)).sort_values(
        ["facility", "rank", "x", "y"], kind="stable"
    )
    found = found.drop_duplicates("facility")
    sure = found[~found["estimated"].astype(bool)]
    part = locate(cells, sure["x"].to_numpy(np.float64), sure["y"].to_numpy(np.float64))
    sure = sure.assign(part=part)[(part >= 0) & (np.append(_land_share(cells), 0)[part] >= LAND_SHARE)]
    table = sure.assign(
        host=sure["kind"], source="host", name=sure["name"].fillna(""), main_street=False, kinds=""
    )[columns]
    return table, len(found) - int((~found["estimated"].astype(bool)).sum())


def _thinned(points: pd.DataFrame, cells: pd.DataFrame, most: int, by: str) -> tuple[pd.DataFrame, int]:
    """Keep one point of every square, unit and word; return them and the side of the squares. [m]"""
    if points.empty:
        return points, 0
    near = _off_centre(points, cells)
    for side in LADDER_M:
        kept = near(side, by)
        if len(kept) <= most or side == LADDER_M[-1]:
            return kept, side
    raise AssertionError(by)


def _off_centre(points: pd.DataFrame, cells: pd.DataFrame) -> Any:
    """Return the function that keeps, for a side, the point of each square and unit nearest to the middle of its people."""
    people = np.nan_to_num(cells["people"].to_numpy(np.float64))
    x, y = cells["x"].to_numpy(np.float64), cells["y"].to_numpy(np.float64)
    units = cells["unit"].to_numpy(dtype=str)

    def keep(side: float, by: str) -> pd.DataFrame:
        homes = pd.DataFrame({
            "unit": units, "col": np.floor(x / side), "row": np.floor(y / side), "n": people, "nx": people * x, "ny": people * y,
        })  # fmt: skip
        middle = homes.groupby(["unit", "col", "row"], sort=True).sum().reset_index()
        table = points.assign(
            unit=units[points["part"].to_numpy(np.int64)],
            col=np.floor(points["x"].to_numpy(np.float64) / side),
            row=np.floor(points["y"].to_numpy(np.float64) / side),
        ).merge(middle, on=["unit", "col", "row"], how="left")
        lived = table["n"].to_numpy(np.float64) > 0
        # a unit none of whose squares has both people and a point keeps what it has
        lived |= ~table["unit"].isin(set(table["unit"][lived])).to_numpy()
        table = table[lived]
        off = np.hypot(table["x"] - table["nx"] / table["n"], table["y"] - table["ny"] / table["n"])
        table = table.assign(off=off.round(3)).sort_values(
            ["off", "x", "y"], kind="stable", na_position="last"
        )
        return table.drop_duplicates(["unit", "col", "row", by])

    return keep


def _sorted(points: pd.DataFrame) -> pd.DataFrame:
    """Put points in an order that depends on where they are only."""
    if points.empty:
        return points
    return points.sort_values(["unit", "x", "y", "facility"], kind="stable")


def _known(table: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Add what the cells say of each site: its unit, floods and free land."""
    part = table["part"].to_numpy(np.int64)
    nothing = np.full(len(cells), np.nan)
    flood = cells["flood_class"].to_numpy(np.float64) if "flood_class" in cells else nothing
    free = nothing
    if "built_m2" in cells:
        used = [cells[name].to_numpy(np.float64) for name in ("built_m2", "street_land_m2") if name in cells]
        free = np.maximum(cells["land_m2"].to_numpy(np.float64) - np.sum(used, axis=0), 0)
    said = table["land_m2"].to_numpy(np.float64)
    return table.assign(
        place=cells["unit"].to_numpy(dtype=str)[part],
        flood_class=flood[part],
        free_m2=np.where(np.isfinite(said), said, free[part]),
        main_street=table["main_street"].astype(bool),
        facility=table["facility"].fillna(""),
    )


def own_table(sites: Sequence[OwnSite], x: Floats, y: Floats) -> pd.DataFrame:
    """Turn the city's own sites into a table.

    Parameters
    ----------
    sites
        What the city file offers.
    x, y
        Where they are, in the city's reference system. [m]

    Returns
    -------
    pandas.DataFrame
        ``name``, ``x``, ``y``, ``kinds`` (joined by space, empty for any), ``land_m2`` (nan unknown).
    """
    return pd.DataFrame({
        "name": np.array([one.name for one in sites], dtype=object),
        "x": np.asarray(x, np.float64),
        "y": np.asarray(y, np.float64),
        "kinds": np.array([" ".join(one.kinds) for one in sites], dtype=object),
        "land_m2": np.array([np.nan if one.land_m2 is None else one.land_m2 for one in sites], np.float64),
    })  # fmt: skip
