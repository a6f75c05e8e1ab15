"""Departures of a feed: per hour at every stop, on a typical day of each type; leaves reading to `gtfs`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.notes import Note
from citiesforall.gather.gtfs import Feed
from citiesforall.gather.repeat import copies
from citiesforall.gather.service_days import DAY_TYPES, typical_services

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

HOUR_S = 3600
DAY_S = 24 * HOUR_S
HOURS = (6, 20)  # the day over which departures are averaged
PEAK_HOURS = (7, 9)
NO_PICKUP = 1
# Basic and extended route types, first and last; funiculars and cable cars carry few people at a time, like a tram.
MODES = (
    (0, 0, "tram"), (1, 1, "metro"), (2, 2, "rail"), (3, 3, "bus"), (4, 4, "ferry"), (5, 7, "tram"),
    (11, 11, "bus"), (12, 12, "metro"),
    (100, 199, "rail"), (200, 299, "bus"), (400, 499, "metro"), (700, 799, "bus"), (800, 899, "bus"), (900, 999, "tram"),
    (1000, 1099, "ferry"), (1200, 1299, "ferry"), (1300, 1499, "tram"), (1500, 1599, "paratransit"), (1700, 1799, "bus"),
)  # fmt: skip
RATES = ("per_hour_weekday", "per_hour_saturday", "per_hour_sunday", "per_hour_peak")


@dataclass(frozen=True)
class Departures:
    """Hold every departure of every service once.

    Parameters
    ----------
    stop
        Position in the feed's stops. (n,)
    mode
        Position in ``modes``. (n,)
    service
        Position in ``services``. (n,)
    at_s
        Time of day, -1 unknown. (n,) [s]
    services
        Ids.
    modes
        Names.
    trips
        Trips of each service in a day. (services,)
    """

    stop: Ints
    mode: Ints
    service: Ints
    at_s: Floats
    services: tuple[str, ...]
    modes: tuple[str, ...]
    trips: Floats


def departures(feed: Feed, brt: Sequence[str] = ()) -> tuple[Departures, list[Note]]:
    """List the departures of every service at every stop.

    Parameters
    ----------
    feed
        The feed.
    brt
        Ids or short names of routes that are bus rapid transit, which the format cannot say.

    Returns
    -------
    Departures
        One row for each; the last stop of a trip and stops without boarding are no departures.
    list of Note
        What was assumed.

    Notes
    -----
    Times that are left blank are put evenly between the timed stops of the trip. Times past 24 h count in the morning
    after. Trips of ``frequencies.txt`` leave every headway from its start until before its end.
    """
    rows, notes = _timed(feed)
    rows, said = _with_trips(rows, feed, brt)
    notes += said
    rows, trips, said = _with_frequencies(rows, feed)
    services = tuple(sorted(set(feed.trips["service_id"].dropna().astype(str))))
    modes = tuple(sorted(rows["mode"].unique()))
    found = Departures(
        stop=_place(feed.stops["stop_id"], rows["stop_id"]),
        mode=_place(modes, rows["mode"]),
        service=_place(services, rows["service_id"]),
        at_s=rows["at_s"].to_numpy(np.float64),
        services=services,
        modes=modes,
        trips=trips.reindex(list(services), fill_value=0).to_numpy(np.float64),
    )
    return found, notes + said


def _place(known: Any, values: pd.Series[Any]) -> Ints:
    """Return the position of each value among the known ones, -1 where it is none of them. (n,)"""
    return np.asarray(
        pd.Index(list(known), dtype=object).get_indexer(pd.Index(values.astype(object))), np.int64
    )


def seconds(times: pd.Series[Any]) -> Floats:
    """Return ``H:MM:SS`` as seconds after midnight, past 24 h too; what is blank or no time is nan. (n,) [s]"""
    codes, values = pd.factorize(times, use_na_sentinel=True)
    parts = pd.Series(values, dtype="string").str.strip().str.extract(r"^(\d{1,3}):([0-5]\d)(?::([0-5]\d))?$")
    number = parts.fillna({2: "0"}).astype("Float64").to_numpy(np.float64, na_value=np.nan)
    known = number @ np.array([HOUR_S, 60.0, 1.0]) if len(number) else np.zeros(0)
    return np.append(known, np.nan)[codes]


def _timed(feed: Feed) -> tuple[pd.DataFrame, list[Note]]:
    """Return stop times in the order of the trips, blank times filled in; ``last`` marks the end of a trip."""
    times = feed.stop_times
    at_s = seconds(times["departure_time"]) if "departure_time" in times else np.full(len(times), np.nan)
    if "arrival_time" in times:
        at_s = np.where(np.isnan(at_s), seconds(times["arrival_time"]), at_s)
    trip, ids = pd.factorize(times["trip_id"])
    order = np.lexsort((times["stop_sequence"].to_numpy(np.float64), trip))
    trip, at_s = trip[order], at_s[order]
    blank = int(np.isnan(at_s).sum())
    at_s = _filled(at_s, trip)
    last = np.append(trip[1:] != trip[:-1], True)
    pickup = (
        times["pickup_type"].to_numpy(np.float64, na_value=0.0)[order]
        if "pickup_type" in times
        else np.zeros(len(order))
    )
    rows = pd.DataFrame({
        "trip_id": ids.to_numpy(dtype=object)[trip], "stop_id": times["stop_id"].to_numpy(dtype=object)[order], "at_s": at_s,
        "boards": ~last & (pickup != NO_PICKUP), "first": np.append(True, last[:-1]),
    })  # fmt: skip
    unknown = int(np.isnan(at_s).sum())
    notes = []
    if blank - unknown:
        notes.append(
            Note(
                feed.name,
                f"{blank - unknown} of {len(at_s)} stop times are blank: put evenly between the timed stops of their trip.",
                "repair",
            )
        )
    if unknown:
        notes.append(
            Note(
                feed.name,
                f"{unknown} of {len(at_s)} stop times are no times and lie between none: not counted.",
                "doubt",
            )
        )
    return rows, notes


def _filled(at_s: Floats, trip: Ints) -> Floats:
    """Put blank times evenly between the timed stops before and after in the same trip."""
    place = np.arange(len(at_s))
    known = ~np.isnan(at_s)
    before = np.maximum.accumulate(np.where(known, place, -1))
    after = np.minimum.accumulate(np.where(known, place, len(at_s))[::-1])[::-1]
    fill = np.flatnonzero(~known & (before >= 0) & (after < len(at_s)))
    b, a = before[fill], after[fill]
    same = (trip[b] == trip[fill]) & (trip[a] == trip[fill])
    fill, b, a = fill[same], b[same], a[same]
    out = at_s.copy()
    out[fill] = at_s[b] + (at_s[a] - at_s[b]) * (fill - b) / (a - b)
    return out


def _with_trips(rows: pd.DataFrame, feed: Feed, brt: Sequence[str]) -> tuple[pd.DataFrame, list[Note]]:
    """Add service and mode to stop times; trips of air routes are left out."""
    routes = feed.routes.set_index("route_id")
    kind = routes["route_type"].astype("Float64").to_numpy(np.float64, na_value=np.nan)
    mode = pd.Series([_mode(k) for k in kind.tolist()], index=routes.index, dtype=object)
    rapid = routes.index.isin(brt) | (
        routes["route_short_name"].isin(brt) if "route_short_name" in routes else False
    )
    mode[np.asarray(rapid, dtype=bool)] = "brt"
    notes = []
    unknown = mode.isna().to_numpy() & ~((kind >= 1100) & (kind < 1200))  # noqa: PLR2004  (air routes)
    if unknown.any():
        notes.append(
            Note(
                feed.name,
                f"{int(unknown.sum())} routes are of a type that is not known: taken as buses.",
                "doubt",
            )
        )
        mode[unknown] = "bus"
    trips = feed.trips.set_index("trip_id")
    at = trips.index.get_indexer(pd.Index(rows["trip_id"]))
    rows = rows.assign(
        service_id=trips["service_id"].to_numpy(dtype=object)[at],
        mode=mode.reindex(trips["route_id"]).to_numpy(dtype=object)[at],
    )
    return rows[rows["mode"].notna()].reset_index(drop=True), notes


def _mode(route_type: float) -> str | None:
    """Return the travel mode of a route type, None where it is none on the ground."""
    return next((mode for first, last, mode in MODES if first <= route_type <= last), None)


def _with_frequencies(rows: pd.DataFrame, feed: Feed) -> tuple[pd.DataFrame, pd.Series[Any], list[Note]]:
    """Repeat trips given by headways; return departures and the number of trips of each service."""
    starts = rows.drop_duplicates("trip_id")[["trip_id", "service_id"]].dropna(subset=["service_id"])
    runs, notes = _runs(feed, set(starts["trip_id"]))
    if runs.empty:
        return _boarding(rows), starts.groupby("service_id").size(), notes
    by_headway = rows["trip_id"].isin(runs["trip_id"]).to_numpy(dtype=bool)
    offset = rows["at_s"] - rows.groupby("trip_id")["at_s"].transform("first")
    spread = rows.assign(offset=offset)[by_headway].merge(runs, on="trip_id")
    spread = spread.assign(at_s=spread["run_s"] + spread["offset"]).drop(columns=["run_s", "offset"])
    trips = pd.concat([starts[~starts["trip_id"].isin(runs["trip_id"])], runs.merge(starts, on="trip_id")])
    together = pd.concat([frame for frame in (rows[~by_headway], spread) if len(frame)], ignore_index=True)
    return _boarding(together), trips.groupby("service_id").size(), notes


def _runs(feed: Feed, trips: set[str]) -> tuple[pd.DataFrame, list[Note]]:
    """Return ``trip_id`` and start of every run that ``frequencies.txt`` gives. [s]"""
    columns = ["trip_id", "start_time", "end_time", "headway_secs"]
    table = feed.frequencies
    if table is None or table.empty:
        return pd.DataFrame({"trip_id": [], "run_s": []}), []
    table = table.reindex(columns=columns)
    headway = pd.to_numeric(table["headway_secs"], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    begin, end = seconds(table["start_time"]), seconds(table["end_time"])
    good = (headway > 0) & (end > begin) & table["trip_id"].isin(trips).to_numpy(dtype=bool)
    said = f"{int((~good).sum())} rows of frequencies.txt have no headway, no time or no trip: left out."
    notes = [] if good.all() else [Note(feed.name, said, "repair")]
    begin, end, headway = begin[good], end[good], headway[good]
    row, place = copies(np.ceil((end - begin) / headway).astype(np.int64))
    trip = table["trip_id"].to_numpy(dtype=object)[good]
    return pd.DataFrame({"trip_id": trip[row], "run_s": begin[row] + place * headway[row]}), notes


def _boarding(rows: pd.DataFrame) -> pd.DataFrame:
    """Mark times that are no departure: nobody may get on there, or the time is not known."""
    return rows.assign(at_s=np.where(rows["boards"], rows["at_s"] % DAY_S, -1.0)).fillna({"at_s": -1.0})


def stop_rates(
    feed: Feed, hours: tuple[float, float] = HOURS, brt: Sequence[str] = ()
) -> tuple[pd.DataFrame, list[Note]]:
    """Count departures per hour at every served stop, on a typical day of each type.

    Parameters
    ----------
    feed
        The feed.
    hours
        First and last hour of the day over which departures are averaged. [h]
    brt
        Routes that are bus rapid transit.

    Returns
    -------
    pandas.DataFrame
        ``stop_id``, ``mode`` and departures per hour: ``per_hour_weekday``, ``_saturday``, ``_sunday`` over ``hours``,
        ``_peak`` between 7 and 9 on a weekday; nan where the feed does not say. One row for each stop and mode.
    list of Note
        Typical days, and what is not known.
    """
    found, notes = departures(feed, brt)
    active, said = typical_services(
        feed.name, feed.calendar, feed.calendar_dates, found.services, found.trips
    )
    notes += said
    n_modes = len(found.modes)
    key = found.stop * n_modes + found.mode
    served = np.unique(key)
    rates = {}
    for day in DAY_TYPES:
        running = _running(found, active.get(day))
        rates[f"per_hour_{day}"] = _per_hour(key, served, found.at_s, running, hours)
    weekday = _running(found, active.get("weekday"))
    rates["per_hour_peak"] = _per_hour(key, served, found.at_s, weekday, PEAK_HOURS)
    notes += _gap_notes(feed.name, found.at_s, weekday, hours)
    table = pd.DataFrame({
        "stop_id": feed.stops["stop_id"].to_numpy(dtype=object)[served // n_modes],
        "mode": np.array(found.modes, dtype=object)[served % n_modes], **rates,
    })  # fmt: skip
    return table, notes


def _running(found: Departures, active: Bools | None) -> Bools | None:
    """Return which departures take place on a day, None where no such day is known."""
    if active is None:
        return None
    return np.where(found.service >= 0, active[found.service], False) & (found.at_s >= 0)


def _per_hour(
    key: Ints, served: Ints, at_s: Floats, running: Bools | None, hours: tuple[float, float]
) -> Floats:
    """Return departures per hour between two hours; nan where nothing runs in the feed then, so that it says nothing."""
    first, last = hours[0] * HOUR_S, hours[1] * HOUR_S
    counted = None if running is None else running & (at_s >= first) & (at_s < last)
    if counted is None or not counted.any():
        return np.full(len(served), np.nan)
    return np.bincount(np.searchsorted(served, key[counted]), minlength=len(served)) / (hours[1] - hours[0])


def _gap_notes(name: str, at_s: Floats, running: Bools | None, hours: tuple[float, float]) -> list[Note]:
    """Say in which hours of a weekday nothing at all runs: the feed may be an excerpt."""
    if running is None:
        return []
    has = set((at_s[running] // HOUR_S).astype(int).tolist())
    empty = [h for h in range(int(hours[0]), int(hours[1])) if h not in has]
    if not empty:
        return []
    gap = f"nothing leaves any stop in {len(empty)} of the {int(hours[1] - hours[0])} hours from {hours[0]:g} to {hours[1]:g} h"
    doubt = (
        "the feed may be an excerpt, and departures per hour too low. options.hours names the hours it covers"
    )
    said = f"On a typical weekday {gap}: {doubt}."
    return [Note(name, said, "doubt")]
