"""The walks of a city: from every cell part to its nearest facilities of each kind, along the streets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet
from citiesforall.network.insert import OnEdge, at_points, attach, seeds
from citiesforall.network.search import k_nearest
from citiesforall.network.streets import Streets, load, walk_csr

LARGE_OPEN_SPACE_M2 = 15_000.0
HIGH_CAPACITY = frozenset({"rail", "metro", "ferry"})
FREQUENT = {"_4": 4.0, "_10": 10.0}
"""Classes of departures per hour: at least four, more than ten (poelman_dijkstra_2015)."""
NEXT_ONES = 4
"""How many facilities are known per cell part, so that the next one can serve where the nearest is absent."""


@dataclass(frozen=True)
class Kind:
    """Hold the access points of one kind.

    Parameters
    ----------
    x, y
        Of the access points. (P,) [m]
    facility
        Position of the facility each belongs to. (P,)
    ids, gone_share, source
        Of the facilities. (F,)
    estimated
        Whether any is assumed, or of unknown frequency.
    made_from
        Ids of the sources that list such facilities, also where they list none.
    """

    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]
    facility: npt.NDArray[np.int32]
    ids: list[str]
    gone_share: list[float]
    source: list[str]
    estimated: bool
    made_from: list[str]


def kinds_of(facilities: pd.DataFrame | None, stops: pd.DataFrame | None) -> dict[str, Kind]:
    """Return every kind people may walk to.

    Parameters
    ----------
    facilities, stops
        The layers; None where the city has none.

    Returns
    -------
    dict
        Kind -> access points; ``open_space_large`` and the classes of stops among them. A class that the sources could
        hold and do not is there without points: nobody reaches it. A kind no source lists is not there: it is unknown.
    """
    found: dict[str, Kind] = {}
    if facilities is not None:
        facilities, names = _numbered(facilities, "facility")
        for kind, rows in facilities.groupby("kind", sort=True):
            found[str(kind)] = _kind(rows, names)
        large = facilities[
            (facilities["kind"] == "open_space") & (facilities["area_m2"] >= LARGE_OPEN_SPACE_M2)
        ]
        if "open_space" in found:
            found["open_space_large"] = _kind(large, names, found["open_space"].made_from)
    if stops is not None:
        found |= _stop_kinds(stops)
    return found


def _stop_kinds(stops: pd.DataFrame) -> dict[str, Kind]:
    """Return stops by capacity and by departures per hour on weekdays."""
    stops, names = _numbered(stops, "stop")
    para, high = stops["mode"] == "paratransit", stops["mode"].isin(HIGH_CAPACITY)
    scheduled, hailed = stops[~para], stops[para]
    found = {"stop_paratransit": _kind(hailed, names)} if len(hailed) else {}
    if scheduled.empty:
        return found
    listed_by = sorted(set(scheduled["source"]))
    for name, group in (("stop_low", stops[~high & ~para]), ("stop_high", stops[high])):
        found[name] = _kind(group, names, listed_by)
        hourly = group["per_hour_weekday"]
        for suffix, least in FREQUENT.items():
            frequent = (hourly > least) if suffix == "_10" else (hourly >= least)
            kind = _kind(group[frequent], names, listed_by)
            found[f"{name}{suffix}"] = replace(kind, estimated=kind.estimated or bool(hourly.isna().any()))
    return found


def _numbered(table: pd.DataFrame, key: str) -> tuple[pd.DataFrame, npt.NDArray[np.str_]]:
    """Give things of a table numbers in the order of their ids; return it with the ids."""
    names, number = np.unique(table[key].to_numpy(dtype=str), return_inverse=True)
    return table.assign(number=number), names


def _kind(rows: pd.DataFrame, names: npt.NDArray[np.str_], made_from: list[str] | None = None) -> Kind:
    """Give every facility of a numbered table of access points a position, in order of their ids."""
    numbers, first, facility = np.unique(rows["number"].to_numpy(), return_index=True, return_inverse=True)
    each = rows.iloc[first]
    return Kind(
        rows["x"].to_numpy(np.float64),
        rows["y"].to_numpy(np.float64),
        facility.astype(np.int32),
        names[numbers].tolist(),
        each["gone_share"].fillna(0.0).astype(float).tolist(),
        each["source"].astype(str).tolist(),
        bool(rows["estimated"].any()),
        made_from if made_from is not None else sorted(set(rows["source"].astype(str))),
    )


def find_walks(
    streets: Streets,
    cells: pd.DataFrame,
    kinds: Mapping[str, Kind],
    choices: Mapping[str, float],
    threads: int,
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Walk from every cell part to the nearest facilities of every kind.

    Parameters
    ----------
    streets
        The network.
    cells
        The cells layer, sorted as results will be.
    kinds
        From `kinds_of`.
    choices
        ``snap_m`` and ``reach_m``. [m]
    threads
        Worker threads; the answer does not depend on them.

    Returns
    -------
    tuple
        Arrays (``<kind>.m`` (k, C) [m], ``<kind>.facility`` (k, C), ``leg_m`` (C,) [m]) and what to say of each kind.
    """
    graph = walk_csr(streets)
    homes = attach(
        streets, cells["x"].to_numpy(np.float64), cells["y"].to_numpy(np.float64), choices["snap_m"]
    )
    all_x = np.concatenate([np.zeros(0), *(kind.x for kind in kinds.values())])
    all_y = np.concatenate([np.zeros(0), *(kind.y for kind in kinds.values())])
    doors = attach(streets, all_x, all_y, choices["reach_m"])
    ends = np.cumsum([kind.x.size for kind in kinds.values()])
    arrays: dict[str, npt.NDArray[Any]] = {"leg_m": np.where(homes.edge >= 0, homes.leg_m, np.inf)}

    def walk(job: tuple[Kind, int]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int32]]:
        kind, end = job
        mine_of = slice(end - kind.x.size, end)
        mine = OnEdge(doors.edge[mine_of], doors.along_m[mine_of], doors.leg_m[mine_of])
        k = NEXT_ONES if any(kind.gone_share) else 1
        nodes = k_nearest(graph, seeds(streets, mine, kind.facility), k, choices["reach_m"])
        return at_points(streets, nodes, homes, mine, kind.facility, choices["reach_m"])

    with ThreadPoolExecutor(max(threads, 1)) as pool:
        found = list(pool.map(walk, zip(kinds.values(), map(int, ends), strict=True)))
    about: dict[str, Any] = {}
    for (name, kind), (metres, facility) in zip(kinds.items(), found, strict=True):
        arrays[f"{name}.m"], arrays[f"{name}.facility"] = metres, facility
        about[name] = {
            "ids": kind.ids, "gone_share": kind.gone_share, "source": kind.source, "estimated": kind.estimated,
            "made_from": kind.made_from,
        }  # fmt: skip
    return arrays, about


def make_walks(given: Inputs, folder: Path) -> dict[str, Any]:
    """Walk from every cell part to the nearest facilities and stops of every kind.

    Parameters
    ----------
    given
        With homes and streets, and facilities and stops where the city has them.
    folder
        Where the walks go.
    """
    cells = read_parquet(given.done["homes"].folder / "homes.parquet")
    facilities, stops = (
        read_parquet(path) if (path := given.file(step, f"{step}.parquet")) else None
        for step in ("facilities", "stops")
    )
    choices = {"snap_m": given.city.choices.snap_m, "reach_m": given.city.choices.reach_m}
    streets = load(given.done["streets"].folder / "streets.npz")
    arrays, about = find_walks(streets, cells, kinds_of(facilities, stops), choices, given.threads)
    save_walks(folder, arrays, about)
    far = float(np.nansum(cells["people"].to_numpy()[~np.isfinite(arrays["leg_m"])]))
    said = f"{far:,.0f} people live farther than {choices['snap_m']:.0f} m from a mapped street: their access is unknown."
    note = Note("walks", said, "doubt" if far > 0 else "figure")
    return remember([note], given.done["streets"].info["sources"])


def save_walks(folder: Path, arrays: Mapping[str, npt.NDArray[Any]], about: Mapping[str, Any]) -> None:
    """Write the walks into a folder."""
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    (folder / "kinds.json").write_text(json.dumps(about, ensure_ascii=False), "utf-8")


def load_walks(folder: Path) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Read what `save_walks` wrote."""
    about = json.loads((folder / "kinds.json").read_text("utf-8"))
    return {path.stem: np.load(path) for path in sorted(folder.glob("*.npy"))}, about
