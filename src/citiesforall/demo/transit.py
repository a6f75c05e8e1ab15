"""Runs three bus lines: one often, one every half hour, one a few times on weekdays; written as a GTFS feed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from citiesforall.demo.shapes import Floats, Ints

if TYPE_CHECKING:
    from citiesforall.demo.streets import Streets
    from citiesforall.demo.town import Town

STOP_GAP_M = 390.0
BUS_M_S = 15 / 3.6
FIRST_S, LAST_S = 5 * 3600 + 1800, 20 * 3600 + 1800
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SERVICES = {"weekday": range(5), "saturday": (5,), "sunday": (6,)}
HEADWAY_MIN = {
    "L1": {"weekday": 10, "saturday": 12, "sunday": 15},
    "L2": {"weekday": 30, "saturday": 40, "sunday": 60},
    "L3": {"weekday": 240, "saturday": 480},
}
NAMES = {
    "L1": ("West Gate - Market - Factories (invented)", "ខ្លោងទ្វារលិច - ផ្សារ - រោងចក្រ (ប្រឌិត)"),
    "L2": ("North - Market - South Bank (invented)", "ជើង - ផ្សារ - ត្រើយត្បូង (ប្រឌិត)"),
    "L3": ("New Town - Hospital (invented)", "ក្រុងថ្មី - មន្ទីរពេទ្យ (ប្រឌិត)"),
}
START, END = "20250101", "20251231"
NEW_YEAR = ("20250414", "20250415", "20250416")  # Khmer New Year: buses run as on Sundays


@dataclass(frozen=True)
class Line:
    """Describe a bus line.

    Parameters
    ----------
    id, name, name_km
        Its id and names.
    path
        Its way along streets. (n, 2) [m]
    stops
        Its stops in order. (m, 2) [m]
    at_m
        Where each stop lies along the way. (m,) [m]
    """

    id: str
    name: str
    name_km: str
    path: Floats
    stops: Floats
    at_m: Floats


def make_lines(town: Town) -> tuple[Line, ...]:
    """Lay the bus lines along main roads.

    Parameters
    ----------
    town
        The town.

    Returns
    -------
    tuple of Line
        Three.
    """
    size = town.plan.size_m
    zones = {key: np.array(zone.centroid.coords[0]) for key, zone in town.plan.zones.items()}
    hospital = next(f.xy for f in town.facilities if f.kind == "hospital")
    market = (0.0, 0.25 * size)
    ways = (
        ("L1", [(-2.7 * size, 0.2 * size), market, zones["industry"]]),
        ("L2", [(0.0, 2.7 * size), market, (0.0, -2.3 * size)]),
        ("L3", [zones["growth"], hospital]),
    )
    lines = []
    for key, through in ways:
        path = _path(town.streets, np.array(through, float))
        stops, at_m = _stops(path)
        lines.append(Line(key, *NAMES[key], path, stops, at_m))
    return tuple(lines)


def _path(streets: Streets, through: Floats) -> Floats:
    """Find the shortest way along main roads through some places."""
    main = np.isin(streets.kind, ["primary", "secondary", "tertiary"]) & streets.mapped
    u, v, length = streets.edges(main)
    n = len(streets.places)
    graph = coo_array((np.maximum(length, 0.01), (u, v)), shape=(n, n)).tocsr()
    used = np.unique(np.concatenate([u, v]))
    near = used[cKDTree(streets.places[used]).query(through)[1]]
    nodes: list[int] = [int(near[0])]
    for start, stop in pairwise(near):
        before = dijkstra(graph, directed=False, indices=int(start), return_predecessors=True)[1]
        back = [int(stop)]
        while back[-1] != start and before[back[-1]] >= 0:
            back.append(int(before[back[-1]]))
        nodes += back[::-1][1:]
    return np.asarray(streets.places[nodes])


def _stops(path: Floats) -> tuple[Floats, Floats]:
    """Set stops along a way, at its left side."""
    step = np.hypot(*np.diff(path, axis=0).T)
    run = np.concatenate([[0.0], np.cumsum(step)])
    n = max(2, round(run[-1] / STOP_GAP_M) + 1)
    at_m = np.linspace(0.0, run[-1], n)
    xy = np.column_stack([np.interp(at_m, run, path[:, 0]), np.interp(at_m, run, path[:, 1])])
    ahead = np.gradient(xy, axis=0)
    side = np.column_stack([-ahead[:, 1], ahead[:, 0]]) / np.maximum(np.hypot(*ahead.T), 1.0)[:, None]
    return xy + 6.0 * side, at_m


def feed(
    town: Town, lines: tuple[Line, ...], lonlat: dict[str, tuple[Floats, Floats]]
) -> dict[str, pd.DataFrame]:
    """Write the lines as the tables of a GTFS feed.

    Parameters
    ----------
    town, lines
        The town and its lines.
    lonlat
        Line -> its way and its stops in longitude and latitude.

    Returns
    -------
    dict
        File name without ending -> table.
    """
    operator = f"{town.plan.name.plain} City Bus (invented)"
    tables = {
        "agency": pd.DataFrame(
            [("invented", operator, "https://example.org/invented", "Asia/Phnom_Penh", "km")],
            columns=["agency_id", "agency_name", "agency_url", "agency_timezone", "agency_lang"],
        ),
        "feed_info": pd.DataFrame(
            [(operator, "https://example.org/invented", "km", START, END, "2025-01")],
            columns=["feed_publisher_name", "feed_publisher_url", "feed_lang",
                     "feed_start_date", "feed_end_date", "feed_version"],
        ),
        "calendar": pd.DataFrame(
            [(key, *(int(day in days) for day in range(7)), START, END) for key, days in SERVICES.items()],
            columns=["service_id", *DAYS, "start_date", "end_date"],
        ),
        "calendar_dates": pd.DataFrame(
            [row for date in NEW_YEAR for row in ((("weekday", date, 2)), ("sunday", date, 1))],
            columns=["service_id", "date", "exception_type"],
        ),
        "routes": pd.DataFrame(
            [(line.id, "invented", line.id[1:], line.name, line.name_km, 3) for line in lines],
            columns=["route_id", "agency_id", "route_short_name", "route_long_name", "route_desc", "route_type"],
        ),
        "stops": _stop_table(lines, lonlat),
        "shapes": _shape_table(lines, lonlat),
    }  # fmt: skip
    tables["trips"], tables["stop_times"] = _trips(lines)
    return tables


def stop_ids(line: Line) -> list[str]:
    """Return the ids of a line's stops."""
    return [f"{line.id}S{number:02d}" for number in range(1, len(line.stops) + 1)]


def _stop_table(lines: tuple[Line, ...], lonlat: dict[str, tuple[Floats, Floats]]) -> pd.DataFrame:
    rows = []
    for line in lines:
        places = np.round(lonlat[line.id][1], 6)
        rows += [
            (stop, f"Stop {stop[1:]} (invented)", place[1], place[0])
            for stop, place in zip(stop_ids(line), places, strict=True)
        ]
    return pd.DataFrame(rows, columns=["stop_id", "stop_name", "stop_lat", "stop_lon"])


def _shape_table(lines: tuple[Line, ...], lonlat: dict[str, tuple[Floats, Floats]]) -> pd.DataFrame:
    rows = []
    for line in lines:
        for way in ("0", "1"):
            places = np.round(lonlat[line.id][0][:: 1 if way == "0" else -1], 6)
            rows += [(f"{line.id}_{way}", lat, lon, number) for number, (lon, lat) in enumerate(places)]
    return pd.DataFrame(rows, columns=["shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"])


def _trips(lines: tuple[Line, ...]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """List every trip and its times, both ways."""
    trips, times = [], []
    for line in lines:
        ids = stop_ids(line)
        for service, headway in HEADWAY_MIN[line.id].items():
            for way in (0, 1):
                offsets = line.at_m if way == 0 else line.at_m[-1] - line.at_m[::-1]
                order = ids if way == 0 else ids[::-1]
                for start in range(FIRST_S, LAST_S + 1, headway * 60):
                    trip = f"{line.id}_{service}_{way}_{start // 60}"
                    trips.append((line.id, service, trip, way, f"{line.id}_{way}"))
                    clock = _clock(start + np.round(offsets / BUS_M_S).astype(np.int64))
                    times += [
                        (trip, when, when, stop, n)
                        for n, (stop, when) in enumerate(zip(order, clock, strict=True))
                    ]
    return (
        pd.DataFrame(trips, columns=["route_id", "service_id", "trip_id", "direction_id", "shape_id"]),
        pd.DataFrame(
            times, columns=["trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence"]
        ),
    )


def _clock(seconds: Ints) -> list[str]:
    """Write seconds after midnight as a time of day."""
    return [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in seconds.tolist()]
