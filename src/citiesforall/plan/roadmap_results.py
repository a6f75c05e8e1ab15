"""What the plan should change: results framework and monitoring table, and how later runs fill it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.action import Action
from citiesforall.core.errors import InputError, raise_all
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.core.units import unit
from citiesforall.plan.roadmap_tables import rows_of

ALL = "all"
MEASURED, WORKED_OUT, NOT_MODELLED = "measured", "worked_out", "not_modelled"
"""What a target rests on: the changed city measured again, the effect the catalogue states, or nothing."""
WHOLE = 100.0
"""All people, in per cent."""
SMALL = 1e-9
"""A change of less than this share of the value is none."""
KEY = ("place", "indicator", "year")
MONITORING = {
    "place": "str", "indicator": "str", "version": "int64", "unit": "str", "year": "int64", "baseline": "float64",
    "baseline_period": "str", "target": "float64", "actual": "str", "actual_low": "str", "actual_high": "str",
    "actual_period": "str", "actual_run": "str", "note": "str",
}  # fmt: skip
"""Columns of the monitoring table. Actuals are texts: what somebody wrote there, a number or a word, stays as it is."""
FILLED = ("actual", "actual_low", "actual_high", "actual_period", "actual_run", "note")
CHANGED = "definition changed since: not comparable"


def moved_by(items: pd.DataFrame, actions: Mapping[str, Action]) -> dict[tuple[str, str], pd.DataFrame]:
    """Return the items that act on each indicator of each place and of the whole plan.

    Parameters
    ----------
    items
        Chosen items.
    actions
        The catalogue.

    Returns
    -------
    dict
        (place, indicator) -> rows of ``items``; place ``""`` for the whole plan.
    """
    found: dict[tuple[str, str], list[int]] = {}
    for number, (key, place) in enumerate(zip(items["action"], items["place"], strict=True)):
        for indicator in actions[key].acts_on:
            found.setdefault(("", indicator), []).append(number)
            found.setdefault((str(place), indicator), []).append(number)
    return {pair: items.iloc[rows] for pair, rows in found.items()}


def ready_share(items: pd.DataFrame, years: tuple[int, ...]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return which part of a change has been brought about by each year. (years,) [share]

    Parameters
    ----------
    items
        Those that bring it about.
    years
        Of the plan.

    Notes
    -----
    Items weigh as the people they newly serve; by their capital where they serve nobody who can be counted, and all the same
    where they cost nothing either. A year counts what is ready in it. Assumption, ours: the check measures the city with
    the whole plan built, not year by year.
    """
    if not len(items):
        return np.zeros(len(years))
    weight = items["people"].to_numpy(np.float64)
    for other in (items["capital_usd"].to_numpy(np.float64), np.ones(len(items))):
        if not np.nansum(weight) > 0:
            weight = other
    weight = np.nan_to_num(weight)
    ready = items["ready_year"].to_numpy(np.int64)[:, None] <= np.array(years)[None, :]
    return np.asarray(weight @ ready / weight.sum())


def results_framework(
    items: pd.DataFrame,
    actions: Mapping[str, Action],
    before: pd.DataFrame,
    after: pd.DataFrame,
    years: tuple[int, ...],
    city: str,
) -> pd.DataFrame:
    """Return baseline and targets of what the plan acts on, for the city and for every place with an item.

    Parameters
    ----------
    items, actions
        Chosen items and the catalogue.
    before
        Observations of the city as it is.
    after
        Observations of the changed city.
    years
        Of the plan.
    city
        Code of the city.

    Returns
    -------
    pandas.DataFrame
        ``indicator, place, version, unit, better, baseline, low, high, status, baseline_period, target_<year>, target_status,
        main, items, tiers``. Rows without a baseline are left out: what is not measured cannot be followed. ``target_status`` is
        ``measured`` (on the changed city), ``worked_out`` (from the effect the catalogue states), ``not_modelled`` (no promise);
        ``main`` where it is what an action is there for.

    Notes
    -----
    target(year) = baseline + (end - baseline) x `ready_share`(year).
    """
    acted = moved_by(items, actions)
    first, last = _latest(before), _latest(after)
    rows = []
    for (place, key), base in first.items():
        found = acted.get(("" if place == city else place, key))
        end = last.get((place, key))
        change = np.nan if end is None else float(end.value) - float(base.value)
        changed = bool(abs(change) > SMALL * max(abs(float(base.value)), 1.0))
        if key not in indicators() or (found is None and not changed):
            continue
        # A place may gain from what is built next door: then from whatever acts on the indicator, else from all of it.
        who = found if found is not None else acted.get(("", key), items)
        one = indicators()[key]
        targets = _possible(float(base.value) + change * ready_share(who, years), one)
        rows.append(
            {
                "indicator": key, "place": place, "version": int(base.version), "unit": one.unit, "better": one.better,
                "baseline": float(base.value), "low": base.low, "high": base.high, "status": base.status,
                "baseline_period": base.period,
                **{f"target_{year}": value for year, value in zip(years, targets, strict=True)},
                "target_status": _found(end) if changed else NOT_MODELLED,
                "main": bool(key in {actions[name].acts_on[0] for name in who["action"]}),
                "items": " ".join(who["item"]),
                "tiers": " ".join(dict.fromkeys(actions[name].tier for name in who["action"])),
            }
        )  # fmt: skip
        if not changed:
            rows[-1] |= {f"target_{year}": np.nan for year in years}
    return _sorted(pd.DataFrame(rows, columns=_columns(years)), city)


def _possible(
    values: np.ndarray[tuple[int], np.dtype[np.float64]], one: Indicator
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return targets inside what can be: a share of people is never more than all of them."""
    return np.clip(values, 0.0, WHOLE) if unit(one.unit).id == "%" else values


def _found(end: Any) -> str:
    """Return how the end value of a target was found."""
    return MEASURED if getattr(end, "how", MEASURED) == MEASURED else WORKED_OUT


def _columns(years: tuple[int, ...]) -> list[str]:
    """Return the columns of the results framework."""
    return [
        "indicator", "place", "version", "unit", "better", "baseline", "low", "high", "status", "baseline_period",
        *(f"target_{year}" for year in years), "target_status", "main", "items", "tiers",
    ]  # fmt: skip


def _latest(table: pd.DataFrame) -> dict[tuple[str, str], Any]:
    """Return the latest value of everybody, by place and indicator."""
    kept = table[(table["group"] == ALL) & table["value"].notna()].sort_values("period", kind="stable")
    return {(str(row.place), str(row.indicator)): row for row in rows_of(kept)}


def _sorted(table: pd.DataFrame, city: str) -> pd.DataFrame:
    """Return the rows by indicator in the order of the registry, the city first, then the places by code."""
    order = {key: number for number, key in enumerate(indicators())}
    keys = pd.DataFrame(
        {
            "a": table["indicator"].map(order).to_numpy(),
            "b": (table["place"] != city).to_numpy(),
            "c": table["place"].to_numpy(),
        }
    )
    return table.iloc[keys.sort_values(list("abc"), kind="stable").index.to_numpy()].reset_index(drop=True)


def headline(table: pd.DataFrame, city: str) -> pd.DataFrame:
    """Return the rows a sheet shows: the city and the place worst off today, where there is a target or a main indicator.

    Parameters
    ----------
    table
        From `results_framework`.
    city
        Code of the city.

    Returns
    -------
    pandas.DataFrame
        At most two rows an indicator; the worst-off place of those with the indicator's better direction.
    """
    kept: list[int] = []
    told = (table["target_status"] != NOT_MODELLED) | table["main"].astype(bool)
    plain = table[table["indicator"].isin(table["indicator"][told])].reset_index(drop=True)
    for key in dict.fromkeys(plain["indicator"]):
        mine = np.flatnonzero(plain["indicator"] == key)
        of_city = plain["place"].to_numpy()[mine] == city
        kept += mine[of_city].tolist()
        if (~of_city).any():
            places = mine[~of_city]
            kept.append(
                int(places[_worst(plain["baseline"].to_numpy(np.float64)[places], indicators()[key])])
            )
    return plain.iloc[sorted(kept)].reset_index(drop=True)


def _worst(values: np.ndarray[tuple[int], np.dtype[np.float64]], one: Indicator) -> int:
    """Return the position of the worst-off value; the first where neither way is better."""
    if one.better == "near" and one.goalposts is not None:
        return int(np.argmax(np.abs(values - one.goalposts.goal)))
    return {"higher": int(np.argmin(values)), "lower": int(np.argmax(values))}.get(one.better, 0)


def monitoring_table(results: pd.DataFrame, years: tuple[int, ...]) -> pd.DataFrame:
    """Return the monitoring table: one row for each result and year, actuals empty.

    Parameters
    ----------
    results
        From `results_framework`.
    years
        Of the plan.

    Returns
    -------
    pandas.DataFrame
        The columns of `MONITORING`.
    """
    rows = [
        (
            *(row.place, row.indicator, row.version, row.unit, year, row.baseline, row.baseline_period),
            *(getattr(row, f"target_{year}"), "", "", "", "", "", ""),
        )
        for row in rows_of(results)
        for year in years
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(MONITORING))


def fill_monitoring(previous: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """Fill the empty actuals of a monitoring table from the observations of a later run.

    Parameters
    ----------
    previous
        A monitoring table, as made or as somebody went on with it.
    observations
        Of a later run.

    Returns
    -------
    pandas.DataFrame
        The same rows in the same order. An actual is filled where it was empty and the run has a value of everybody for the
        place, indicator and year; where the indicator's version has changed, the note says so instead. Whatever stood in a row
        stays: its actual, its note, its order.
    """
    table = previous.copy()
    for name in FILLED:
        table[name] = table[name].fillna("").astype(str) if name in table else ""
    seen: dict[tuple[str, str, int], Any] = {}
    kept = observations[(observations["group"] == ALL) & observations["value"].notna()]
    for row in rows_of(kept.sort_values("period", kind="stable")):
        seen[(str(row.place), str(row.indicator), _year(row.period))] = row
    filled: dict[str, list[str]] = {name: table[name].tolist() for name in FILLED}
    for number, row in enumerate(rows_of(table)):
        found = seen.get((str(row.place), str(row.indicator), int(row.year)))
        if found is None or row.actual.strip():
            continue
        if int(found.version) != int(row.version):
            filled["note"][number] = row.note if row.note.strip() else CHANGED
            continue
        said = (_text(found.value), _text(found.low), _text(found.high), str(found.period), str(found.run))
        for name, text in zip(FILLED, said, strict=False):
            filled[name][number] = text
    return table.assign(**filled)


def _year(period: object) -> int:
    """Return the year a period begins with, 0 where it has none."""
    first = str(period)[:4]
    return int(first) if first.isdigit() else 0


def _text(value: float) -> str:
    """Return a number so that reading it gives the same number; empty where it is missing."""
    return "" if value is None or np.isnan(value) else repr(float(value))


def read_monitoring(path: Path) -> pd.DataFrame:
    """Read a monitoring table that somebody may have gone on with.

    Parameters
    ----------
    path
        ``monitoring.csv`` of an earlier plan.

    Returns
    -------
    pandas.DataFrame
        The columns of `MONITORING`, others behind them.

    Raises
    ------
    InputError
        Carrying every fault: no such file, columns that are missing, years or numbers that are none, rows that stand twice.
    """
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            f"{path}: there is no such file. Give the monitoring.csv of an earlier plan."
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name}: this is not a CSV file: {error}. Save it as CSV (UTF-8).") from None
    missing = [name for name in MONITORING if name not in table]
    raise_all(
        f"{path.name}: column '{name}' is missing. Take it from the table as it was made." for name in missing
    )
    faults = []
    for name in ("version", "year", "baseline", "target"):
        read = pd.to_numeric(table[name].replace("", "nan"), errors="coerce")
        wrong = table[name].str.strip().ne("") & read.isna()
        wrong |= read.isna() if name in {"version", "year"} else False
        faults += [
            f"{path.name}: line {line + 2}: {name} '{table[name][line]}' is no number. Mend it."
            for line in np.flatnonzero(wrong)
        ]
        table[name] = read
    twice = table.duplicated(list(KEY))
    faults += [
        f"{path.name}: line {line + 2}: {table['place'][line]} {table['indicator'][line]} {table['year'][line]:g} stands twice. "
        "Take one out."
        for line in np.flatnonzero(twice)
    ]
    raise_all(faults)
    return table.astype({"version": "int64", "year": "int64"})
