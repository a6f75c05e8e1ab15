"""Early warning: the level of every trigger in every place, month by month, and what was agreed to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet, write_csv, write_parquet
from citiesforall.core.trigger import Trigger, series, triggers_with
from citiesforall.diagnose.trigger_levels import (
    ACT,
    NAMES,
    NORMAL,
    UNKNOWN,
    WATCH,
    Floats,
    Levels,
    lasting,
    since,
    states,
    thresholds,
)
from citiesforall.measure.register_hiding import withheld_counts

TRIGGERS = (
    "place", "trigger", "period", "value", "watch", "act", "level", "persistence", "owner", "action", "budget_line", "since",
    "note", "series", "unit", "tier", "actions", "people", "grade", "latest",
)  # fmt: skip
"""Columns of ``triggers.parquet``: one row for each trigger, place and month; ``latest`` marks the month to act on."""
PER_HOUSEHOLD = 4.4
"""People of a household where no register counts households: Cambodia's census of 2019, from memory. [persons]"""
FEW = 5
STALE_MONTHS = 3
"""A series that ends this long before the newest one of the city is old news (ours)."""


@dataclass(frozen=True)
class Watched:
    """Hold one series as places and months.

    Parameters
    ----------
    amounts
        nan where missing. (P, T)
    places, months
        Codes, and ``YYYY-MM`` without gaps.
    parent
        Position of the place each lies in, -1 where none is in the series. (P,)
    """

    amounts: Floats
    places: tuple[str, ...]
    months: tuple[str, ...]
    parent: npt.NDArray[np.int64]


@dataclass(frozen=True)
class Living:
    """Hold how many live in a place: people and households, nan where not known."""

    people: dict[str, float]
    households: dict[str, float]


def make_triggers(given: Inputs, folder: Path) -> dict[str, Any]:
    """Say the level of every trigger of the city.

    Parameters
    ----------
    given
        With the series step, where the city has one, and measure.
    folder
        Where ``triggers.parquet``, ``triggers.csv`` and ``triggers_now.csv`` go.

    Returns
    -------
    dict
        Notes, sources, and how many triggers are at which level.
    """
    wanted, _ = triggers_with(given.city.triggers)
    watched = watched_series(given)
    living = living_in(given)
    newest = max((one.months[-1] for one in watched.values()), default="")
    city = given.city.place.code
    tables = [
        _rows(one, watched[one.series], living, newest)
        if one.series in watched
        else _unwatched(one, city, living)
        for one in wanted.values()
    ]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(TRIGGERS))
    table = table[list(TRIGGERS)]
    write_parquet(table, folder / "triggers.parquet")
    write_csv(table, folder / "triggers.csv")
    now = what_now(table)
    write_csv(now, folder / "triggers_now.csv")
    counts = table.loc[table["latest"], "level"].value_counts()
    levels = {name: int(counts.get(name, 0)) for name in NAMES.values()}
    return remember(_notes(wanted, watched, now), given.ids("series"), levels=levels)


def watched_series(given: Inputs) -> dict[str, Watched]:
    """Return the monthly series of the city, by id."""
    path = given.file("series", "series.parquet")
    if path is None:
        return {}
    known = given.file("places", "places.parquet")
    above: dict[str, Any] = {}
    if known is not None:
        places = read_parquet(known)
        above = dict(zip(places["place"], places["parent"], strict=True))
    found = {}
    for key, rows in read_parquet(path).groupby("series", sort=True):
        grid = rows.pivot_table("value", "place", "period", aggfunc="first", dropna=False)
        codes = tuple(map(str, grid.index))
        parent = np.array(
            [codes.index(up) if (up := above.get(one)) in codes else -1 for one in codes], np.int64
        )
        found[str(key)] = Watched(grid.to_numpy(np.float64), codes, tuple(map(str, grid.columns)), parent)
    return found


def withheld_months(watched: Watched) -> npt.NDArray[np.bool_]:
    """Say which numbers of a sensitive series are not shown: 1 to 4, and what would give them away by subtraction. (P, T)

    Parameters
    ----------
    watched
        The series.
    """
    few = (watched.amounts > 0) & (watched.amounts < FEW)
    for month in np.flatnonzero(few.any(axis=0)):
        few[:, month] |= withheld_counts(np.nan_to_num(watched.amounts[:, month])[None, :], watched.parent)
    return np.asarray(few)


def living_in(given: Inputs) -> Living:
    """Return who lives in each place: people as measured, households of a register or people by the mean size."""
    path = given.file("measure", "observations.parquet")
    if path is None:
        return Living({}, {})
    wanted = [("indicator", "=", "population"), ("group", "=", "all")]
    rows = pq.read_table(path, columns=["place", "value"], filters=wanted).to_pandas()
    people = dict(zip(rows["place"], rows["value"], strict=True))
    households = {place: count / PER_HOUSEHOLD for place, count in people.items()}
    register = given.file("registers", "registers.parquet")
    if register is not None:
        known = read_parquet(register)
        known = known[(known["amount"] == "households") & known["value"].notna()].sort_values("period")
        households |= dict(zip(known["place"], known["value"], strict=True))
    return Living(people, households)


def levels_of(one: Trigger, watched: Watched, living: Living) -> tuple[Floats, Floats, Floats, Levels]:
    """Return values, thresholds and levels of one trigger.

    Parameters
    ----------
    one
        The trigger.
    watched
        Its series.
    living
        For series given per people or households.

    Returns
    -------
    tuple
        Values, watch, act and levels. (P, T) each
    """
    values = watched.amounts
    if one.per is not None:
        count = getattr(living, one.per)
        by = np.array([count.get(place, np.nan) for place in watched.places], np.float64)
        values = values / np.where(by > 0, by, np.nan)[:, None] * one.per_amount
    watch, act = thresholds(values, one)
    return values, watch, act, lasting(states(values, watch, act, one), one.persistence)


def _rows(one: Trigger, watched: Watched, living: Living, newest: str) -> pd.DataFrame:
    """Return the rows of one trigger: every place and month."""
    values, watch, act, levels = levels_of(one, watched, living)
    months = np.array([*watched.months, ""], dtype=object)
    P, T = values.shape
    few = withheld_months(watched) if series()[one.series].sensitive else np.zeros((P, T), bool)
    # A line made from numbers that are not shown would tell them: two of them differ by what came in and what went out.
    untold = few.any(axis=1, keepdims=True) & (one.baseline is not None)
    notes = _words(one, watched, (values, watch, levels), few, newest)
    old = _months_apart(watched.months[-1], newest) >= STALE_MONTHS
    levels[:, -1] = np.where(old & (levels[:, -1] == NORMAL), UNKNOWN, levels[:, -1])  # all was well then
    people = [living.people.get(place, np.nan) for place in watched.places]
    table = pd.DataFrame(
        {
            "place": np.repeat(np.array(watched.places, dtype=object), T),
            "period": np.tile(months[:-1], P),
            "value": np.where(few, np.nan, values).ravel(),
            "watch": np.where(untold, np.nan, watch).ravel(),
            "act": np.where(untold, np.nan, act).ravel(),
            "level": np.array([NAMES[level] for level in range(-1, 3)], dtype=object)[levels.ravel() + 1],
            "since": months[since(levels).ravel()],
            "note": notes.ravel(),
            "people": np.repeat(people, T),
            "latest": np.tile(np.arange(T) == T - 1, P),
        }
    )
    return table.assign(**_said(one))


def _words(
    one: Trigger,
    watched: Watched,
    made: tuple[Floats, Floats, Levels],
    few: npt.NDArray[np.bool_],
    newest: str,
) -> npt.NDArray[np.object_]:
    """Return words of ``diagnose.trigger_note`` that say how to read each row. (P, T)"""
    values, watch, levels = made
    missing = np.isnan(watched.amounts)
    unknown = levels == UNKNOWN
    short = ~missing & np.isnan(watch) & (one.watch is not None)
    nobody = ~missing & np.isnan(values)
    said = (
        ("month_missing", missing),
        ("no_levels", ~missing & (one.watch is None)),
        ("nobody_known", nobody),
        ("baseline_short", short & ~nobody),
        ("not_yet_sure", unknown & ~missing & ~np.isnan(watch) & ~nobody),
        ("withheld", few),
    )
    out = np.full(values.shape, "", dtype=object)
    for word, where in said:
        out[where] = np.where(out[where] == "", word, out[where] + f" {word}")
    if _months_apart(watched.months[-1], newest) >= STALE_MONTHS:
        out[:, -1] = np.where(out[:, -1] == "", "stale", out[:, -1] + " stale")
    return out


def _months_apart(earlier: str, later: str) -> int:
    """Return how many months lie between two."""
    one, two = (int(month[:4]) * 12 + int(month[5:]) for month in (earlier, later))
    return two - one


def _said(one: Trigger) -> dict[str, Any]:
    """Return the columns that are the same in every row of a trigger."""
    declared = series()[one.series]
    k, n = one.persistence
    per = f"{declared.unit} per {one.per_amount:,.0f} {one.per}" if one.per is not None else declared.unit
    return {
        "trigger": one.id,
        "persistence": f"{k} of {n}",
        "owner": one.owner,
        "action": one.action,
        "budget_line": one.budget_line,
        "series": one.series,
        "unit": per,
        "tier": one.tier,
        "actions": " ".join(one.actions),
        "grade": one.grade,
    }


def _unwatched(one: Trigger, city: str, living: Living) -> pd.DataFrame:
    """Return the one row of a trigger nobody has a series for."""
    row = {
        "place": city, "period": "", "value": np.nan, "watch": np.nan, "act": np.nan, "level": NAMES[UNKNOWN], "since": "",
        "note": "no_series", "people": living.people.get(city, np.nan), "latest": True,
    }  # fmt: skip
    return pd.DataFrame([{**row, **_said(one)}])


def what_now(table: pd.DataFrame) -> pd.DataFrame:
    """Return what is to be done now: triggers at act, then at watch, the most people first.

    Parameters
    ----------
    table
        As ``triggers.parquet``.

    Returns
    -------
    pandas.DataFrame
        Rows of the latest month at watch or act.
    """
    now = table[table["latest"] & table["level"].isin([NAMES[WATCH], NAMES[ACT]])]
    order = now.assign(first=(now["level"] != NAMES[ACT]).astype(int))
    order = order.sort_values(
        ["first", "people", "trigger", "place"], ascending=[True, False, True, True], kind="stable"
    )
    return order.drop(columns="first").reset_index(drop=True)


def _notes(wanted: dict[str, Trigger], watched: dict[str, Watched], now: pd.DataFrame) -> list[Note]:
    """Return what a reader must know of the triggers as a whole."""
    notes = []
    without = [one.series for one in wanted.values() if one.series not in watched]
    if without:
        named = ", ".join(dict.fromkeys(without))
        what = f"{len(without)} of {len(wanted)} triggers have no series, so nobody is warned: {named}."
        notes.append(Note("triggers", f"{what} Add them with [[sources.series]].", "doubt"))
    unset = [one.id for one in wanted.values() if one.watch is None and one.series in watched]
    notes += [
        Note(
            "triggers",
            f"{key}: its levels are not said. Write [triggers.{key}] watch = ..., act = ... .",
            "doubt",
        )
        for key in unset
    ]
    if len(now):
        at_act = int((now["level"] == NAMES[ACT]).sum())
        notes.append(
            Note(
                "triggers",
                f"{at_act} triggers are at act and {len(now) - at_act} at watch in the latest month.",
            )
        )
    return notes
