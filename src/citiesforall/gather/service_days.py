"""Days of a timetable: which services run on a typical weekday, Saturday and Sunday."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.notes import Note

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAY_TYPES = {"weekday": (0, 1, 2, 3, 4), "saturday": (5,), "sunday": (6,)}
LONGEST_DAYS = 3660  # a calendar "until 2099" says no more than its first ten years
ADDED, REMOVED = 1, 2


def typical_services(
    name: str,
    calendar: pd.DataFrame | None,
    dates: pd.DataFrame | None,
    services: tuple[str, ...],
    trips: Floats,
) -> tuple[dict[str, Bools], list[Note]]:
    """Choose a typical day of each type and say which services run on it.

    Parameters
    ----------
    name
        Of the feed, for notes.
    calendar, dates
        ``calendar.txt`` and ``calendar_dates.txt``, or None.
    services
        Ids the trips name.
    trips
        Trips of each service in a day. (services,)

    Returns
    -------
    dict
        Day type -> whether a service runs (services,); a type on which nothing ever runs is left out: not known.
    list of Note
        The days chosen, and services that no calendar names.

    Notes
    -----
    Typical is the day with the median number of trips among the days of its type on which anything runs, the first such
    day of the period. So holidays and odd days do not decide, unless they are most of the period.
    """
    days, runs = _active(calendar, dates, services)
    known = np.asarray(runs.any(axis=0), dtype=bool)
    notes = _unknown_notes(name, known, trips, has_calendar=bool(len(days)))
    n_trips = runs.astype(np.float64) @ trips
    # 1970-01-01 was a Thursday.
    weekday = (days.astype("datetime64[D]").astype(np.int64) + 3) % 7
    chosen: dict[str, Bools] = {}
    for day, numbers in DAY_TYPES.items():
        at = np.flatnonzero(np.isin(weekday, numbers) & (n_trips > 0))
        if not len(at):
            if len(days):
                notes.append(
                    Note(
                        name,
                        f"No {day} in the feed's period has a trip: its departures are not known.",
                        "doubt",
                    )
                )
            continue
        median = np.sort(n_trips[at])[(len(at) - 1) // 2]
        one = at[n_trips[at] == median][0]
        chosen[day] = runs[one]
        notes.append(
            Note(name, f"Typical {day}: {days[one]}, with {median:.0f} trips (median of {len(at)} days).")
        )
    return chosen, notes


def _unknown_notes(name: str, known: Bools, trips: Floats, *, has_calendar: bool) -> list[Note]:
    """Say which services no calendar names."""
    if not has_calendar:
        said = "The feed has no calendar: its stops are used, departures per hour are not known."
        return [Note(name, said, "doubt")]
    if known.all():
        return []
    gone = f"{int((~known).sum())} of {len(known)} services run on no day of any calendar"
    return [Note(name, f"{gone}: their {trips[~known].sum():.0f} trips do not count.", "repair")]


def _active(
    calendar: pd.DataFrame | None, dates: pd.DataFrame | None, services: tuple[str, ...]
) -> tuple[Days, Bools]:
    """Return the days of the period and which services run on each. (days,), (days, services)"""
    order = {key: i for i, key in enumerate(services)}
    week = _rows(calendar, ("service_id", "start_date", "end_date", *WEEK), order)
    odd = _rows(dates, ("service_id", "date", "exception_type"), order)
    start, end = _dates(week, "start_date"), _dates(week, "end_date")
    extra = _dates(odd, "date")
    all_days = np.concatenate([start, end, extra])
    all_days = all_days[~np.isnat(all_days)]
    if not len(all_days):
        return np.zeros(0, "datetime64[D]"), np.zeros((0, len(services)), dtype=bool)
    first = all_days.min()
    last = min(all_days.max(), first + LONGEST_DAYS)
    days = np.arange(first, last + 1)
    weekday = (days.astype(np.int64) + 3) % 7
    runs = np.zeros((len(days), len(services)), dtype=bool)
    for i, key in enumerate(week["service_id"]):
        on = np.array([str(week[day].iloc[i]).strip() in {"1", "1.0", "True"} for day in WEEK])
        runs[:, order[key]] |= (days >= start[i]) & (days <= end[i]) & on[weekday]
    inside = ~np.isnat(extra) & (extra <= last)
    at = (extra[inside] - first).astype(np.int64)
    column = np.array([order[key] for key in odd["service_id"]], np.int64)[inside]
    kind = pd.to_numeric(odd["exception_type"], errors="coerce").to_numpy(np.float64, na_value=np.nan)[inside]
    for value, is_on in ((REMOVED, False), (ADDED, True)):
        runs[at[kind == value], column[kind == value]] = is_on
    return days, runs


def _rows(table: pd.DataFrame | None, columns: tuple[str, ...], order: dict[str, int]) -> pd.DataFrame:
    """Return the rows of services that have trips; a column that is missing holds nothing."""
    if table is None or "service_id" not in table:
        return pd.DataFrame({column: pd.Series(dtype=object) for column in columns})
    kept = table[table["service_id"].isin(order)].reset_index(drop=True)
    return kept.reindex(columns=list(columns))


def _dates(table: pd.DataFrame, column: str) -> Days:
    """Return dates written as ``20190415``; NaT where there is none."""
    text = table[column].astype("string").str.replace(r"\.0$", "", regex=True)
    return pd.to_datetime(text, format="%Y%m%d", errors="coerce").to_numpy("datetime64[D]")
