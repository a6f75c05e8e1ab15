"""Weeks, days and places put together: a sum with a part missing is missing, never smaller."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from citiesforall.core.notes import Note
from citiesforall.core.trigger import series
from citiesforall.gather.series_periods import Frequency, month_of_slot, months_between, slots_in

COMPLETE = 0.75
"""Share of a month's days or weeks that a mean or a highest value needs (ours); a sum needs them all."""


def _together(values: pd.DataFrame, by: list[str], adds: str) -> pd.DataFrame:
    """Put the values of rows together that are alike in some columns; one that is missing makes a sum missing."""
    groups = values.groupby(by, sort=True)["value"]
    if adds == "sum":
        return groups.sum().mask(groups.count() < groups.size()).reset_index()
    return (groups.mean() if adds == "mean" else groups.max()).reset_index()


def monthly(values: pd.DataFrame, frequency: Frequency, file: str) -> tuple[pd.DataFrame, list[Note]]:
    """Bring values of months, weeks or days to months.

    Parameters
    ----------
    values
        ``place, series, slot, value``; a place may have several rows for a slot, of places inside it.
    frequency
        Of the slots.
    file
        For the notes.

    Returns
    -------
    tuple
        ``place, series, period, value``, and a note where months were too short of weeks or days.
    """
    parts = []
    short = 0
    for key, rows in values.groupby("series", sort=True):
        adds = series()[str(key)].adds
        slots = _together(rows, ["place", "slot"], adds)
        slots["period"] = [month_of_slot(slot, frequency) for slot in slots["slot"]]
        table = _together(slots, ["place", "period"], adds)
        if frequency != "month":
            known = slots.groupby(["place", "period"], sort=True)["value"].count().to_numpy()
            wanted = np.array([slots_in(period, frequency) for period in table["period"]])
            lacking = known < (wanted if adds == "sum" else COMPLETE * wanted)
            short += int((lacking & table["value"].notna().to_numpy()).sum())
            table["value"] = table["value"].mask(lacking)
        parts.append(table.assign(series=key))
    columns = ["place", "series", "period", "value"]
    whole = pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
    what = f"{short} months have too few {frequency}s to be told; they are missing."
    return whole.astype({"value": np.float64}), [Note(file, what, "doubt")] if short else []


def added_up(values: pd.DataFrame, parent: Mapping[str, str | None]) -> pd.DataFrame:
    """Add counts up to the places that hold them, where every part has the series.

    Parameters
    ----------
    values
        ``place, series, period, value, source, derived``.
    parent
        Place -> its parent.

    Returns
    -------
    pandas.DataFrame
        With rows of the wholes, ``derived``. A month that one part lacks is missing.
    """
    inside: dict[str, list[str]] = {}
    for code, above in parent.items():
        if above is not None:
            inside.setdefault(above, []).append(code)

    def depth(code: str) -> int:
        above = parent[code]
        return 0 if above is None else 1 + depth(above)

    wholes = sorted(inside, key=depth, reverse=True)
    parts = [values]
    for key, rows in values.groupby("series", sort=True):
        if series()[str(key)].adds != "sum":
            continue
        by_place = rows.pivot_table("value", "period", "place", aggfunc="first", dropna=False)
        source = ";".join(sorted(rows["source"].unique()))
        for code in wholes:
            if code in by_place or not set(inside[code]) <= set(by_place):
                continue
            by_place[code] = by_place[inside[code]].sum(axis=1, skipna=False)
            new = by_place[code].rename("value").reset_index()
            parts.append(new.assign(place=code, series=key, source=source, derived=True))
    return pd.concat(parts, ignore_index=True)


def filled(values: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """Give every month between the first and last of a series a row, missing where nothing was said.

    Parameters
    ----------
    values
        ``place, series, period, value, source, derived``.

    Returns
    -------
    tuple
        Sorted by series, place and month, and notes on the gaps.
    """
    parts, notes = [], []
    for key, rows in values.groupby("series", sort=True):
        months = months_between(min(rows["period"]), max(rows["period"]))
        places = sorted(rows["place"].unique())
        grid = pd.MultiIndex.from_product([places, months], names=["place", "period"])
        table = rows.set_index(["place", "period"]).reindex(grid)
        told = rows.groupby("place")[["source", "derived"]].first()
        table = table.reset_index().assign(series=key)
        table["source"] = table["place"].map(told["source"])
        table["derived"] = table["place"].map(told["derived"]).astype(bool)
        parts.append(table)
        gaps = int(table.loc[~table["derived"], "value"].isna().sum())
        if gaps:
            what = f"{gaps} of {int((~table['derived']).sum())} values are missing ({months[0]} to {months[-1]}); they stay so."
            notes.append(Note(f"series '{key}'", what, "doubt"))
    columns = ["place", "series", "period", "value", "source", "derived"]
    return (pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)), notes
