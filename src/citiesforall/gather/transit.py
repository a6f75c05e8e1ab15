"""Stops of public transport from timetables, drawn lines and streets of paratransit; leaves walks there to `measure`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.notes import Note
from citiesforall.gather import paratransit
from citiesforall.gather.assumed_stops import stops_along
from citiesforall.gather.departures import HOURS, RATES, stop_rates
from citiesforall.gather.gtfs import Feed, read_feed
from citiesforall.gather.stop_rows import COLUMNS, placed_ids, stop_rows
from citiesforall.gather.vector_file import LONLAT, moved_xy, read_vector

if TYPE_CHECKING:
    from citiesforall.network.streets import Streets

Floats = npt.NDArray[np.float64]
MODE_WORDS = ("brt", "bus", "ferry", "metro", "paratransit", "rail", "tram")
STATION_MODES = frozenset(
    {"rail", "metro", "ferry"}
)  # entered through a station; others board at their own pole
AROUND_M = 5000.0  # stops this far outside may be walked to from inside
STOP_SPACING_M, LEAST_SPACING_M = 400.0, 20.0
ZERO_DEGREES = 1e-3
MOST_LON, MOST_LAT = 180.0, 90.0
STATION, ENTRANCE = 1, 2
TYPES = {"stop": "object", "name": "object", "mode": "object", "source": "object", "estimated": "bool"}
HIGH_PER_HOUR, MEDIUM_PER_HOUR = 10.0, 4.0


def gather_stops(
    uses: Sequence[tuple[SourceUse, Path]], crs: str, extent: shapely.Geometry, streets: Streets | None = None
) -> tuple[pd.DataFrame, list[Note]]:
    """Gather the stops of every transit source.

    Parameters
    ----------
    uses
        Sources in the role ``transit`` with their files. Format ``gtfs``: ``options.hours`` names the hours a feed covers
        (``[6, 20]``), ``options.brt_routes`` the routes that are bus rapid transit. Format ``lines``: see `from_lines`;
        with ``kind = "paratransit"`` along ``options.classes`` of street, or along the lines.
    crs
        Metric reference system.
    extent
        The city; stops up to 5 km around it are kept. [m]
    streets
        The walk network, needed for paratransit along classes of street.

    Returns
    -------
    pandas.DataFrame
        The layer ``stops``, sorted. A station with several entrances has a row for each, with the same ``stop``.
    list of Note
        What was repaired, assumed or is not known.

    Raises
    ------
    InputError
        A file cannot be used.

    Notes
    -----
    Stops of two feeds at one place stay two stops; people near both are counted once where reach is measured.
    """
    around = extent.convex_hull.buffer(AROUND_M)
    shapely.prepare(around)
    frames: list[pd.DataFrame] = []
    notes: list[Note] = []
    for use, path in uses:
        if use.format == "gtfs":
            rows, said = from_gtfs(use, path, crs)
        elif use.kind == "paratransit" and "classes" in use.options:
            rows, said = paratransit.on_streets(use, streets)
        else:
            rows, said = from_lines(use, path, crs)
        near = shapely.contains_xy(around, rows["x"].to_numpy(np.float64), rows["y"].to_numpy(np.float64))
        notes += said
        if not near.all():
            far = f"{int((~near).sum())} of {len(near)} rows lie more than {AROUND_M / 1000:.0f} km outside the city"
            notes.append(Note(use.id, f"{far}: left out."))
        frames.append(rows[near])
    table = (
        pd.concat([f for f in frames if len(f)], ignore_index=True)
        if any(map(len, frames))
        else pd.DataFrame({name: pd.Series(dtype=TYPES.get(name, "float64")) for name in COLUMNS})
    )
    return table.sort_values(["source", "stop", "mode", "x", "y"], kind="stable", ignore_index=True)[
        list(COLUMNS)
    ], notes


def frequency_class(per_hour: Floats) -> npt.NDArray[np.str_]:
    """Return ``high`` (over 10 departures an hour), ``medium`` (4 to 10), ``low`` (fewer) or ``unknown``.

    Parameters
    ----------
    per_hour
        Departures per hour. (n,)

    Returns
    -------
    ndarray
        Words. (n,)

    Notes
    -----
    Bounds of the European Commission's work on access to public transport (Poelman and Dijkstra).
    """
    known = np.select([per_hour > HIGH_PER_HOUR, per_hour >= MEDIUM_PER_HOUR], ["high", "medium"], "low")
    return np.where(np.isnan(per_hour), "unknown", known)


def from_gtfs(use: SourceUse, path: Path, crs: str) -> tuple[pd.DataFrame, list[Note]]:
    """Turn a timetable feed into stops.

    Parameters
    ----------
    use
        The source.
    path
        The feed.
    crs
        Metric reference system.

    Returns
    -------
    pandas.DataFrame
        Rows of the layer ``stops``, in reach or not.
    list of Note
        Repairs and doubts.

    Raises
    ------
    InputError
        The feed cannot be used.

    Notes
    -----
    Platforms of a rail, metro or ferry station are one stop with the departures of all of them, reached at the station's
    entrances where the feed has any. Buses and trams stop where their pole is.
    """
    hours = _hours(use, path)
    feed, notes = read_feed(path)
    rates, said = stop_rates(feed, hours, tuple(map(str, use.options.get("brt_routes", ()))))
    notes += said
    lonlat, said = _positions(feed)
    notes += said
    never = len(_served_kind(feed)) - rates["stop_id"].nunique()
    if never > 0:
        notes.append(
            Note(
                feed.name, f"{never} of {len(_served_kind(feed))} stops are never served: left out.", "repair"
            )
        )
    rates = _stations(rates, feed)
    rows = _entered(rates, feed).join(lonlat, on="door").dropna(subset=["lon", "lat"])
    lost = rates["stop_id"].nunique() - rows["stop_id"].nunique()
    if lost:
        notes.append(
            Note(
                feed.name,
                f"{lost} served stops have no position (none, or 0, 0) and no station that has one: left out.",
                "repair",
            )
        )
    x, y = moved_xy(rows["lon"].to_numpy(np.float64), rows["lat"].to_numpy(np.float64), LONLAT, crs)
    names = (
        feed.stops.set_index("stop_id")["stop_name"] if "stop_name" in feed.stops else pd.Series(dtype=object)
    )
    name = names.reindex(rows["stop_id"]).astype(object).fillna("").tolist()
    table = stop_rows(
        [f"{use.id}:{key}" for key in rows["stop_id"]], x, y, {r: rows[r].to_numpy() for r in RATES}, use
    )
    return table.assign(name=name, mode=rows["mode"].to_numpy(dtype=object)), notes


def _hours(use: SourceUse, path: Path) -> tuple[float, float]:
    """Return the hours over which departures are averaged."""
    given = use.options.get("hours", HOURS)
    try:
        first, last = (float(v) for v in given)
    except (TypeError, ValueError):
        first, last = 0.0, 0.0
    if not 0 <= first < last <= 24:  # noqa: PLR2004  (hours of a day)
        raise InputError(
            f"{path.name}: options.hours = {given!r} of source '{use.id}' is no span of a day. Write hours = [6, 20]."
        )
    return first, last


def _served_kind(feed: Feed) -> pd.DataFrame:
    """Return the places of a feed at which vehicles may stop: no stations, entrances or passages."""
    places: pd.DataFrame = feed.stops[_number(feed.stops, "location_type") == 0]
    return places


def _number(table: pd.DataFrame, column: str) -> Floats:
    """Return a column of numbers, 0 where it is missing. (n,)"""
    if column not in table:
        return np.zeros(len(table))
    return np.asarray(table[column].astype("Float64").to_numpy(np.float64, na_value=0.0), np.float64)


def _positions(feed: Feed) -> tuple[pd.DataFrame, list[Note]]:
    """Return ``lon, lat`` by stop; a stop without a position takes its station's."""
    stops = feed.stops.set_index("stop_id")
    lon, lat = (
        stops[c].astype("Float64").to_numpy(np.float64, na_value=np.nan) for c in ("stop_lon", "stop_lat")
    )
    blank = (np.abs(lon) < ZERO_DEGREES) & (np.abs(lat) < ZERO_DEGREES)
    good = (np.abs(lon) <= MOST_LON) & (np.abs(lat) <= MOST_LAT) & ~blank
    table = pd.DataFrame(
        {"lon": np.where(good, lon, np.nan), "lat": np.where(good, lat, np.nan)}, index=stops.index
    )
    notes = []
    if not good.all() and "parent_station" in stops:
        parent = table.reindex(stops["parent_station"]).set_axis(stops.index)
        mended = table["lon"].isna() & parent["lon"].notna()
        table = table.where(~mended, parent)
        if mended.any():
            notes.append(
                Note(
                    feed.name,
                    f"{int(mended.sum())} stops without a position take that of their station.",
                    "repair",
                )
            )
    return table, notes


def _stations(rates: pd.DataFrame, feed: Feed) -> pd.DataFrame:
    """Add the platforms of each rail, metro or ferry station up to one stop."""
    if "parent_station" not in feed.stops:
        return rates
    stops = feed.stops.set_index("stop_id")
    known = set(stops.index[_number(feed.stops, "location_type") == STATION])
    parent = stops["parent_station"].reindex(rates["stop_id"]).to_numpy(dtype=object)
    up = rates["mode"].isin(STATION_MODES).to_numpy() & np.array([p in known for p in parent], dtype=bool)
    named = rates.assign(stop_id=np.where(up, parent, rates["stop_id"].to_numpy(dtype=object)))
    return named.groupby(["stop_id", "mode"], as_index=False)[list(RATES)].sum(min_count=1)


def _entered(rates: pd.DataFrame, feed: Feed) -> pd.DataFrame:
    """Return a row for each door of a stop: its entrances where the feed has any with a position, else itself."""
    rates = rates.assign(door=rates["stop_id"])
    if "parent_station" not in feed.stops:
        return rates
    is_door = (_number(feed.stops, "location_type") == ENTRANCE) & feed.stops["stop_lon"].notna().to_numpy(
        dtype=bool
    )
    doors = feed.stops[is_door][["stop_id", "parent_station"]].rename(
        columns={"stop_id": "entrance", "parent_station": "stop_id"}
    )
    joined = rates.merge(doors, on="stop_id", how="left")
    at_station = joined["mode"].isin(STATION_MODES) & joined["entrance"].notna()
    joined["door"] = joined["entrance"].where(at_station, joined["door"])
    return joined.drop(columns="entrance").drop_duplicates(["stop_id", "mode", "door"], ignore_index=True)


def from_lines(use: SourceUse, path: Path, crs: str) -> tuple[pd.DataFrame, list[Note]]:
    """Assume stops along lines that are drawn without stops.

    Parameters
    ----------
    use
        The source: ``kind`` is the mode; ``columns.name``, ``columns.headway`` (text such as ``15-20 minutes``),
        ``columns.hours`` (``5:30 AM-20:30 PM``), ``columns.stops`` (published number) where the file has them;
        ``options.stop_spacing_m`` (400).
    path
        A vector file of lines.
    crs
        Metric reference system.

    Returns
    -------
    pandas.DataFrame
        Rows of the layer ``stops``, all ``estimated``.
    list of Note
        What was assumed, and what could not be read.

    Raises
    ------
    InputError
        The file cannot be read, has no lines, or names a mode that is not known.
    """
    mode = use.kind or "bus"
    if mode not in MODE_WORDS:
        raise InputError(
            f"{path.name}: kind = '{mode}' of source '{use.id}' is no travel mode. {did_you_mean(mode, MODE_WORDS)}"
        )
    table = read_vector(use, path, crs)
    is_line = shapely.get_dimensions(table["geometry"].to_numpy(dtype=object)) == 1
    if not is_line.any():
        raise InputError(
            f"{path.name}: this file has no lines. Give the lines that vehicles run on, or a GTFS feed."
        )
    left = f"{int((~is_line).sum())} rows are no lines: left out."
    notes = [] if is_line.all() else [Note(use.id, left, "repair")]
    shapes = table[is_line].reset_index(drop=True)
    if mode == "paratransit":
        rows, said = paratransit.on_lines(use, shapes["geometry"].to_numpy(dtype=object), "lines of the file")
        return rows, notes + said
    stops, said = stops_along(shapes, use, _spacing_m(use, path))
    x, y = stops["x"].to_numpy(), stops["y"].to_numpy()
    rows = stop_rows(placed_ids(use, x, y), x, y, {r: stops[r].to_numpy() for r in RATES}, use)
    return rows.assign(name=stops["name"].to_numpy(dtype=object), mode=mode, estimated=True), notes + said


def _spacing_m(use: SourceUse, path: Path) -> float:
    """Return the distance between assumed stops. [m]"""
    given = use.options.get("stop_spacing_m", STOP_SPACING_M)
    if isinstance(given, bool) or not isinstance(given, int | float) or not given >= LEAST_SPACING_M:
        said = f"{path.name}: options.stop_spacing_m = {given!r} of source '{use.id}' is no distance between stops"
        raise InputError(f"{said}. Write 400.")
    return float(given)
