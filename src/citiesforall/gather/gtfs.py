"""Timetable feeds (GTFS): tables read and cleaned; leaves counting to `departures`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.errors import InputError, raise_all
from citiesforall.core.lazy import unloaded
from citiesforall.core.notes import Kind, Note

REQUIRED = {
    "stops": ("stop_id", "stop_lat", "stop_lon"),
    "routes": ("route_id", "route_type"),
    "trips": ("trip_id", "route_id", "service_id"),
    "stop_times": ("trip_id", "stop_id", "stop_sequence"),
}


@dataclass(frozen=True)
class Feed:
    """Hold the tables of a feed that are read, ids as text.

    Parameters
    ----------
    name
        Of the file, for messages.
    stops, routes, trips, stop_times
        As published, cleaned of rows that point nowhere.
    calendar, calendar_dates, frequencies
        None where the feed has none.
    """

    name: str
    stops: pd.DataFrame
    routes: pd.DataFrame
    trips: pd.DataFrame
    stop_times: pd.DataFrame
    calendar: pd.DataFrame | None
    calendar_dates: pd.DataFrame | None
    frequencies: pd.DataFrame | None


def read_feed(path: Path) -> tuple[Feed, list[Note]]:
    """Read a feed and clean it of rows that point nowhere.

    Parameters
    ----------
    path
        Zip file, or a folder of text files.

    Returns
    -------
    Feed
        Its tables.
    list of Note
        Repairs.

    Raises
    ------
    InputError
        The file is no feed, or lacks a table or column without which no departure is known.
    """
    # Imported here: it brings geopandas along, which a city without a feed need not wait for.
    with unloaded("folium", "folium.plugins", "requests", "json2html"):
        import gtfs_kit  # noqa: PLC0415

    if not path.exists():
        raise InputError(f"{path.name}: there is no such file. Mend 'file' of the transit source.")
    try:
        # Units of length play no part here; naming one spares the library working them out from the shapes.
        raw = gtfs_kit.read_feed(path, dist_units="km")
    except Exception as error:  # noqa: BLE001 - the libraries raise dozens of kinds for a broken file
        said = " ".join(str(error).split())[:160]
        raise InputError(
            f"{path.name}: this cannot be read as a GTFS feed: {said}. Give a zip of the feed's text files in UTF-8."
        ) from None
    raise_all(_missing(raw, path.name))
    return _cleaned(raw, path.name)


def _missing(raw: Any, name: str) -> list[str]:
    """Return a fault for every table and column that must be there."""
    faults = []
    for table, columns in REQUIRED.items():
        there = getattr(raw, table)
        if there is None or there.empty:
            faults.append(
                f"{name}: {table}.txt is missing or has no rows. A feed needs it: ask the operator for a whole feed."
            )
            continue
        absent = [column for column in columns if column not in there]
        if absent:
            faults.append(
                f"{name}: {table}.txt has no column {', '.join(absent)}. Ask the operator for a whole feed."
            )
    times = raw.stop_times
    if times is not None and not {"departure_time", "arrival_time"} & set(times.columns):
        faults.append(
            f"{name}: stop_times.txt has neither departure_time nor arrival_time. Ask the operator for a whole feed."
        )
    return faults


def _cleaned(raw: Any, name: str) -> tuple[Feed, list[Note]]:
    """Leave out rows that stand twice or point at nothing."""
    notes: list[Note] = []

    def keep(table: pd.DataFrame, good: Any, what: str, kind: Kind = "repair") -> pd.DataFrame:
        mask = np.asarray(good, dtype=bool)
        if not mask.all():
            notes.append(Note(name, f"{int((~mask).sum())} of {len(mask)} {what}: left out.", kind))
        return table[mask].reset_index(drop=True)

    stops = keep(
        raw.stops,
        raw.stops["stop_id"].notna() & ~raw.stops["stop_id"].duplicated(),
        "stops have no id or one that stands twice",
    )
    routes = keep(
        raw.routes,
        raw.routes["route_id"].notna() & ~raw.routes["route_id"].duplicated(),
        "routes have no id or one that stands twice",
    )
    trips = keep(
        raw.trips,
        raw.trips["trip_id"].notna() & ~raw.trips["trip_id"].duplicated(),
        "trips have no id or one that stands twice",
    )
    trips = keep(trips, trips["route_id"].isin(routes["route_id"]), "trips are of a route that is not listed")
    times = keep(
        raw.stop_times,
        raw.stop_times["trip_id"].isin(trips["trip_id"]),
        "stop times are of a trip that is not listed",
    )
    times = keep(
        times, times["stop_id"].isin(stops["stop_id"]), "stop times are at a stop that is not listed"
    )
    times = keep(times, times["stop_sequence"].notna(), "stop times do not say their place in the trip")
    if times.empty:
        raise InputError(
            f"{name}: no stop time belongs to a listed trip and stop. Ask the operator for a whole feed."
        )
    return Feed(name, stops, routes, trips, times, raw.calendar, raw.calendar_dates, raw.frequencies), notes
