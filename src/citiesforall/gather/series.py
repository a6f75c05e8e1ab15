"""The series step: monthly tables into one; gaps stay missing, every fault is told with its row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError, raise_all
from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.core.trigger import series
from citiesforall.gather.register_faults import Fault, fault_lines
from citiesforall.gather.register_known import figure_doubts
from citiesforall.gather.register_numbers import parse
from citiesforall.gather.register_places import Where, flow, raise_foreign, where_of
from citiesforall.gather.series_layout import check_words, factor_of, frequency_of, laid_out
from citiesforall.gather.series_months import added_up, filled, monthly
from citiesforall.gather.series_periods import ALLOWED, slot_of, year_of
from citiesforall.gather.tables import codes, kept_rows, read_rows

SERIES = ("place", "series", "period", "value", "source", "derived")
"""Columns of ``series.parquet``: a month without a value has a row, its value missing."""
COUNTS = ("place", "edition", "period", "value", "source")
"""Columns of ``counts.parquet``: counts of single years, in the codes of their own edition."""
LEAST_MATCHED = 0.5


@dataclass(frozen=True)
class Read:
    """Hold what one source gave: values by place, series and slot, and dated counts; or its faults."""

    monthly: pd.DataFrame
    counts: pd.DataFrame
    notes: tuple[Note, ...] = ()


def make_series(given: Inputs, folder: Path) -> dict[str, Any]:
    """Read the monthly series of the city.

    Parameters
    ----------
    given
        With sources of role ``series``, and places.
    folder
        Where ``series.parquet`` and ``counts.parquet`` go; not to be published: small numbers may point at people.

    Returns
    -------
    dict
        Notes, sources, and of each series its first and last month and number of places.

    Raises
    ------
    InputError
        Carrying every fault of every table.
    """
    places = read_parquet(given.done["places"].folder / "places.parquet")
    where = where_of(places, given.city.place.edition)
    found: list[Read] = []
    faults: list[str] = []
    for use, paths in given.files.get("series", ()):
        for path in paths:
            try:
                found.append(read_series(use, path, where))
            except InputError as error:
                faults += error.faults
    if not faults:
        faults += _twice(found)
    raise_all(faults)
    values = pd.concat([one.monthly for one in found], ignore_index=True)
    counts = pd.concat([one.counts for one in found], ignore_index=True)
    notes = [note for one in found for note in one.notes]
    table, gaps = filled(added_up(values, where.parent))
    write_parquet(table[list(SERIES)], folder / "series.parquet")
    write_parquet(counts[list(COUNTS)], folder / "counts.parquet")
    known = {
        str(key): {
            "first": min(rows["period"]),
            "last": max(rows["period"]),
            "places": int(rows["place"].nunique()),
        }
        for key, rows in table.groupby("series")
    }
    return remember([*notes, *gaps], given.ids("series"), series=known)


def read_series(use: SourceUse, path: Path, where: Where) -> Read:
    """Read one table of series.

    Parameters
    ----------
    use
        Names of columns and options.
    path
        CSV, XLSX, JSON or Parquet; long, or wide by series or by month.
    where
        The city's places.

    Returns
    -------
    Read
        Values per month, and counts of single years.

    Raises
    ------
    InputError
        Carrying every fault: times that cannot be read, places that are not known, values that stand twice, are no number or
        cannot be, mixed units.
    """
    check_words(use, path.name)
    table, notes = read_rows(path, use)
    city = next(code for code, above in where.parent.items() if above is None)
    laid, more = laid_out(kept_rows(table, use), use, path, city)
    prefix = use.code_prefix or (where.country_code if where.digits() else "")
    digits = [length - len(where.country_code) for length in where.digits()]
    laid = laid.assign(code=codes(laid["code"], prefix, digits)[0])
    laid["number"], faults = _numbers(laid, use)
    dated = laid["series"].map(lambda key: series()[key].dated).to_numpy(dtype=bool)
    counts, wrong = _counts(laid[dated], use)
    values, also = _values(laid[~dated], use, where, path)
    raise_all(fault_lines([*faults, *wrong, *also], path.name))
    values, short = monthly(values, frequency_of(use), path.name)
    doubts = [
        note
        for year, rows in counts.groupby("period")
        for note in figure_doubts(
            dict(zip(rows["place"], rows["value"], strict=True)), path.name, use.edition or "", str(year)
        )
    ]
    return Read(
        values.assign(source=use.id, derived=False),
        counts.assign(source=use.id),
        (*notes, *more, *short, *doubts),
    )


def _numbers(laid: pd.DataFrame, use: SourceUse) -> tuple[pd.Series[Any], list[Fault]]:
    """Return the values as numbers in our units, and those that cannot be."""
    parsed = parse(laid["value"])
    known = {key: series()[key] for key in laid["series"].unique()}
    low, high, factor = (
        laid["series"].map(said).to_numpy(np.float64)
        for said in (
            {key: one.low for key, one in known.items()},
            {key: np.inf if one.high is None else one.high for key, one in known.items()},
            {key: factor_of(use, key) for key in known},
        )
    )
    numbers = pd.Series(parsed.numbers * factor, index=laid.index)
    beyond = (numbers < low) | (numbers > high)
    faults = []
    for at in np.flatnonzero(parsed.bad | beyond.to_numpy()):
        one = laid.iloc[at]
        what = f"'{one['value']}' is not a number"
        do = "Mend it, or leave it empty where it is not known"
        if not parsed.bad[at]:
            declared = known[one["series"]]
            allowed = f"at least {low[at]:g}" + (f" and at most {high[at]:g}" if high[at] < np.inf else "")
            what = f"{numbers.iloc[at]:g} cannot be '{declared.title}' ({declared.unit}; {allowed})"
            do = "Mend it, or say another unit with options.factor"
        kind = "number" if parsed.bad[at] else "range"
        faults.append(Fault(int(at), int(one["row"]), str(one["column"]), what, do, kind=kind))
    return numbers, faults


def _counts(laid: pd.DataFrame, use: SourceUse) -> tuple[pd.DataFrame, list[Fault]]:
    """Return counts of single years, in their own codes, and what is wrong with them."""
    years = [year_of(str(time)) for time in laid["time"]]
    faults = [
        Fault(
            at,
            int(row),
            use.columns.get("period", "period"),
            f"'{time}' names no year",
            "Write YYYY",
            kind="year",
        )
        for at, (row, time, year) in enumerate(zip(laid["row"], laid["time"], years, strict=True))
        if year is None
    ]
    table = pd.DataFrame(
        {
            "place": laid["code"],
            "edition": use.edition or "",
            "period": years,
            "value": laid["number"],
            "row": laid["row"],
        }
    )
    table = table[table["value"].notna() & (table["place"] != "")]
    twice = table.duplicated(["place", "period"])
    faults += [
        Fault(
            0,
            int(row),
            use.columns.get("place", "place"),
            f"{code} in {year} stands twice",
            "Keep one row",
            kind="twice",
        )
        for row, code, year in zip(
            *(table.loc[twice, name] for name in ("row", "place", "period")), strict=True
        )
    ]
    return table.drop(columns="row"), faults


def _values(laid: pd.DataFrame, use: SourceUse, where: Where, path: Path) -> tuple[pd.DataFrame, list[Fault]]:
    """Return values by the city's places and slots of time, and what is wrong with them."""
    frequency = frequency_of(use)
    slots = [slot_of(str(time), frequency) for time in laid["time"]]
    column = use.columns.get("period", "period")
    faults = [
        Fault(
            at,
            int(row),
            column,
            f"'{time}' names no {frequency}",
            ALLOWED[frequency].rstrip("."),
            kind="time",
        )
        for at, (row, time, slot) in enumerate(zip(laid["row"], laid["time"], slots, strict=True))
        if slot is None
    ]
    table = laid.assign(slot=pd.Series(slots, index=laid.index, dtype=object))
    table["place"], wrong = _places(table, use, where, path)
    twice = table.duplicated(["code", "series", "slot"]) & table["slot"].notna()
    for at in np.flatnonzero(twice.to_numpy()):
        one = table.iloc[at]
        what = f"{one['series']} of {one['code'] or 'this place'} in {one['slot']} stands twice"
        faults.append(Fault(int(at), int(one["row"]), str(one["column"]), what, "Keep one", kind="twice"))
    kept = table[table["place"].notna() & table["slot"].notna()]
    kept = kept.assign(value=kept["number"])[["place", "series", "slot", "value"]]
    return kept.reset_index(drop=True), [*faults, *wrong]


def _places(
    table: pd.DataFrame, use: SourceUse, where: Where, path: Path
) -> tuple[list[str | None], list[Fault]]:
    """Return the city's place of each row, None for rows of elsewhere, and rows whose place is not known."""
    if table.empty:
        return [], []
    names = list(dict.fromkeys(table["code"]))
    found = flow(names, use.edition or "", where, None)
    raise_foreign(found, names, path.name, where, 0.0)
    went: dict[str, list[str]] = {}
    for at, place in zip(found.row, found.place, strict=True):
        went.setdefault(names[at], []).append(found.codes[place])
    status = dict(zip(names, found.status, strict=True))
    column = use.columns.get("place", "place")
    faults = []
    for at, (row, code) in enumerate(zip(table["row"], table["code"], strict=True)):
        if status[code] == "unmatched":
            what = f"'{code}' is no place of the city" if code else "it names no place"
            faults.append(
                Fault(at, int(row), column, what, "Mend the code, or say its edition", kind="place")
            )
        elif len(went.get(code, ())) > 1:
            what = f"'{code}' is now several places ({', '.join(went[code])})"
            faults.append(Fault(at, int(row), column, what, "Give the values of each of them", kind="split"))
    return [went[code][0] if code in went else None for code in table["code"]], faults


def _twice(found: list[Read]) -> list[str]:
    """Return a line for each series that two sources give for the same place and time."""
    lines = []
    monthly = pd.concat([one.monthly for one in found], ignore_index=True)
    counts = pd.concat([one.counts for one in found], ignore_index=True)
    for table, key in ((monthly, ["series", "place", "period"]), (counts, ["edition", "place", "period"])):
        again = table[table.duplicated(key, keep=False)]
        for name, rows in again.groupby(key[0]):
            what = f"series '{name}'" if key[0] == "series" else f"counts of people (edition '{name}')"
            lines.append(
                f"{what}: {', '.join(sorted(rows['source'].unique()))} both give {rows['place'].iloc[0]} in "
                f"{rows['period'].min()} ({len(rows) // 2} values in all). Keep one source for each."
            )
    return lines
