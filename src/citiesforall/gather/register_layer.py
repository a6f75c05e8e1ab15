"""The registers layer: every register of a city read, checked, brought to its places, one long table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.amounts import RESIDENTS, amounts
from citiesforall.core.city import City, SourceUse
from citiesforall.core.editions import editions
from citiesforall.core.errors import CitiesError, InputError, raise_all
from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.gather.making import crs_of, places_of
from citiesforall.gather.register_amounts import AtPlaces, bring, completed, times_residents
from citiesforall.gather.register_checks import (
    check_rows,
    constant,
    set_aside,
    unfilled,
    unknown_wholes,
    whole_counts,
)
from citiesforall.gather.register_distance import Ground, add_distances, ground_of
from citiesforall.gather.register_doubts import by_name, column_doubts, far_from_residents
from citiesforall.gather.register_faults import stop_at
from citiesforall.gather.register_options import Options, read_options
from citiesforall.gather.register_places import Flow, Where, flow, raise_foreign, where_of
from citiesforall.gather.register_rows import Rows, read_register_rows

COLUMNS = ("place", "amount", "value", "period", "source", "status", "reason", "n")
UNMATCHED = ("source", "row", "code", "name", "column", "why")
NOWHERE = Ground()
YEAR = re.compile(r"(?:19|20)\d{2}")
FEW_UNMATCHED = 0.02
"""Share of rows without a place up to which the stated edition is not doubted (ours)."""
LEAST_MATCHED = 0.5
"""Share of a register's rows about the city that must match a place; below, the file is taken as foreign (ours)."""


@dataclass(frozen=True)
class Register:
    """Hold one register brought to the city's places.

    Parameters
    ----------
    table
        Columns `COLUMNS`.
    unmatched
        Columns `UNMATCHED`: rows that are of no place, and values set aside.
    about
        Amount -> source, period, status, how many places; ``share_of`` where the register gives shares of residents.
    notes
        Match rate, repairs, doubts.
    """

    table: pd.DataFrame
    unmatched: pd.DataFrame
    about: Mapping[str, dict[str, Any]]
    notes: tuple[Note, ...]


def make_registers(given: Inputs, folder: Path) -> dict[str, Any]:
    """Read every register of a city.

    Parameters
    ----------
    given
        With sources of role ``registers``, places, and homes for the residents.
    folder
        Where ``registers.parquet`` and ``unmatched.csv`` go.

    Raises
    ------
    InputError
        Carrying every fault of every file.
    """
    places = places_of(given)
    where = where_of(places, given.city.place.edition)
    residents = residents_of(given, where)
    ground = ground_of(given, crs_of(given))
    found: list[Register] = []
    faults: list[str] = []
    for use, paths in given.files.get("registers", ()):
        try:
            if use.format == "workbook":
                found.append(_figures(use, paths, given.city))
                continue
            found += [read_one(use, path, where, residents, given.city.period, ground) for path in paths]
        except CitiesError as error:
            faults += error.faults
    raise_all(faults, InputError)
    table, notes = joined(found)
    write_parquet(table, folder / "registers.parquet")
    listed = pd.concat([one.unmatched for one in found], ignore_index=True)
    listed.to_csv(folder / "unmatched.csv", index=False, lineterminator="\n")
    said = [*(note for one in found for note in one.notes), *notes]
    about = [{"amount": word, **row} for one in found for word, row in one.about.items()]
    return remember(said, given.ids("registers"), series=about, amounts=_newest(about))


def _newest(about: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return for each amount what is said of its latest period."""
    ordered = sorted(about, key=lambda row: str(row["period"])[-4:])
    return {row["amount"]: row for row in ordered}


def residents_of(given: Inputs, where: Where) -> pd.Series[float]:
    """Return the residents of every place: of its cells, rescaled to the census. [persons]"""
    if "homes" not in given.done:
        return pd.Series(dtype=np.float64)
    homes = read_parquet(given.done["homes"].folder / "homes.parquet")
    found = dict(homes.groupby("unit")["people"].sum(min_count=1))
    total = dict(found)
    for unit, people in found.items():
        above = where.parent.get(str(unit))
        while above is not None:
            total[above] = total.get(above, 0.0) + people
            above = where.parent.get(above)
    return pd.Series(total, dtype=np.float64)


def read_one(
    use: SourceUse,
    path: Path,
    where: Where,
    residents: pd.Series[float],
    city_period: str,
    ground: Ground = NOWHERE,
) -> Register:
    """Read one register.

    Parameters
    ----------
    use, path
        The source and its file.
    where
        The city's places.
    residents
        By place. [persons]
    city_period
        What the values are about where the source does not say.
    ground
        Registers of points, for distances.

    Returns
    -------
    Register
        Its amounts at the city's places.

    Raises
    ------
    InputError
        Carrying every fault of the file, unless ``options.faults = "list"``.
    """
    options = read_options(use)
    period = period_of(use, city_period)
    rows = column_doubts(checked(use, path, options, where.country_code, ground), use, period)
    found = flow(list(rows.code), use.edition or "", where, options.sum_to)
    raise_foreign(found, list(rows.code), path.name, where, LEAST_MATCHED)
    at_places = {word: bring(rows, word, found, options) for word in rows.columns}
    for word in rows.shares:
        at_places[word] = times_residents(at_places[word], found.codes, residents)
    codes = dict.fromkeys(at_places, found.codes)
    for word in at_places if options.complete else ():
        at_places[word], codes[word] = completed(at_places[word], found.codes, where.units)
    parts = [_long(word, one, codes[word], use.id, period) for word, one in at_places.items()]
    about = {word: _about(word, one, rows, use.id, period) for word, one in at_places.items()}
    notes = (
        *rows.notes,
        *_matching(found, path, use, where),
        *_better_edition(rows, found, use, where),
        *far_from_residents(at_places, found.codes, residents, path.name),
    )
    return Register(pd.concat(parts, ignore_index=True), _unmatched(rows, found, use.id), about, notes)


def _figures(use: SourceUse, paths: tuple[Path, ...], city: City) -> Register:
    """Read the workbook of figures a city fills in; its amounts are of the city as a whole."""
    from citiesforall.gather.workbook_read import read_figures  # noqa: PLC0415 - openpyxl only for workbooks

    table, notes = read_figures(use, paths, city.place.code, city.period)
    table["period"] = table["period"].where(table["period"] != "", city.period)
    about = {
        str(row["amount"]): {
            "source": use.id, "period": row["period"], "status": row["status"], "reason": row["reason"],
            "places": int(row["status"] != "missing"), "unit": amounts()[str(row["amount"])].unit, "level": "city",
            "said_by": row["said_by"],
        }
        for row in table.to_dict("records")
    }  # fmt: skip
    return Register(table[list(COLUMNS)], pd.DataFrame(columns=list(UNMATCHED)), about, tuple(notes))


def checked(
    use: SourceUse, path: Path, options: Options, country_code: str, ground: Ground = NOWHERE
) -> Rows:
    """Read a register's rows and settle what is wrong with them.

    Raises
    ------
    InputError
        Carrying every fault of the file, unless ``options.faults = "list"``.
    """
    rows = by_name(read_register_rows(use, path, options, country_code), use, options)
    rows = check_rows(add_distances(rows, use, path, options, ground), options)
    raise_all(unknown_wholes(rows))
    if options.faults == "stop":
        stop_at(rows.faults, path.name)
    return whole_counts(unfilled(constant(set_aside(rows), options)))


def period_of(use: SourceUse, city_period: str) -> str:
    """Return what time a register is about: its period, else the year of its vintage, else the city's."""
    found = YEAR.search(use.vintage)
    return use.period or (found.group() if found else city_period)


def _long(word: str, one: AtPlaces, codes: tuple[str, ...], source: str, period: str) -> pd.DataFrame:
    """Return one amount as rows of the layer."""
    return pd.DataFrame(
        {
            "place": np.array(codes, dtype=object), "amount": word, "value": one.value, "period": period,
            "source": source, "status": one.status, "reason": one.reason, "n": one.n,
        }
    )[list(COLUMNS)]  # fmt: skip


def _about(word: str, one: AtPlaces, rows: Rows, source: str, period: str) -> dict[str, Any]:
    """Return what is remembered of an amount."""
    known = ~np.isnan(one.value)
    why = "" if known.any() or not len(one.reason) else str(pd.Series(one.reason).mode().iloc[0])
    status = (
        "missing" if not known.any() else "estimated" if (one.status[known] == "estimated").all() else "ok"
    )
    said = {"source": source, "period": period, "status": status, "reason": why, "places": int(known.sum())}
    said |= {"unit": amounts()[word].unit, "level": "place"}
    return said | ({"share_of": RESIDENTS} if word in rows.shares else {})


def _matching(found: Flow, path: Path, use: SourceUse, where: Where) -> list[Note]:
    """Say how many rows match a place of the city, and what was assumed of split ones."""
    matched, lost, far = (int((found.status == word).sum()) for word in ("matched", "unmatched", "elsewhere"))
    units = len(set(found.codes) & where.units)
    said = f"{matched} of {matched + lost} rows match a place ({matched / max(matched + lost, 1):.1%})"
    said += f", {far} are of places elsewhere" if far else ""
    said += f"; {units} of {len(where.units)} units have a value."
    notes = [Note(path.name, said, "doubt" if lost else "figure")]
    if use.edition and use.edition != where.edition:
        split = len({found.codes[place] for place in found.place[found.assumed]})
        text = f"codes of {use.edition} were brought to {where.edition}; {split} places are parts of split ones: estimated."
        notes.append(Note(path.name, text))
    if not use.edition and where.digits():
        notes.append(Note(path.name, f"it does not say its edition; read as {where.edition}.", "doubt"))
    if found.lacking and not use.options.get("complete"):
        listed = ", ".join(sorted(found.lacking)[:5])
        notes.append(Note(path.name, f"a part of {listed} is not listed: their sums are missing.", "doubt"))
    return notes


def _better_edition(rows: Rows, found: Flow, use: SourceUse, where: Where) -> list[Note]:
    """Say where the codes fit another edition better than the one stated: codes are reused for other places."""
    if not where.digits() or (found.status == "unmatched").mean() <= FEW_UNMATCHED:
        return []
    level = use.options.get("sum_to")
    known = (one for one in editions(where.country_code) if one != (use.edition or where.edition))
    fit = {one: int((flow(list(rows.code), one, where, level).status == "matched").sum()) for one in known}
    best = max(fit, key=lambda one: fit[one], default="")
    now = int((found.status == "matched").sum())
    if not best or fit[best] <= now:
        return []
    said = f"codes fit edition {best} better: {fit[best]} rows match, {now} with the edition stated. Mend 'edition'."
    return [Note(rows.file, said, "doubt")]


def _unmatched(rows: Rows, found: Flow, source: str) -> pd.DataFrame:
    """List the rows of no place, and the values set aside."""
    has = {fault.at for fault in rows.faults if not fault.amounts}
    lost = [int(at) for at in np.flatnonzero(found.status == "unmatched") if int(at) not in has]
    nowhere = [(at, int(rows.number[at]), "", "the city's gazetteer has no such place") for at in lost]
    aside = [(one.at, one.row, one.column, one.what) for one in rows.faults]
    listed = [
        (source, row, str(rows.code[at]), str(rows.name[at]), name, why)
        for at, row, name, why in [*nowhere, *aside]
    ]
    listed.sort(key=lambda one: (one[1], one[4]))
    return pd.DataFrame(listed, columns=list(UNMATCHED))


def joined(found: list[Register]) -> tuple[pd.DataFrame, list[Note]]:
    """Join registers; where two give one amount of one period for one place, the first that knows it is kept.

    Parameters
    ----------
    found
        In the order of the city file.

    Returns
    -------
    tuple
        The layer, sorted by amount, period and place, and notes on what was given twice.
    """
    table = pd.concat([one.table for one in found], ignore_index=True)
    key = ["amount", "period", "place"]
    table["_order"] = table["status"].eq("missing") * len(table) + np.arange(len(table))
    ordered = table.sort_values([*key, "_order"], kind="stable", ignore_index=True)
    twice = ordered.duplicated(key)
    real = twice & ordered["value"].notna()
    notes = []
    if real.any():
        words = sorted(set(ordered.loc[real, "amount"]))
        said = f"{int(real.sum())} values of {', '.join(words[:5])} are given by two registers: the first named is kept."
        notes.append(Note("registers", said, "doubt"))
    return ordered[~twice].drop(columns="_order").reset_index(drop=True)[list(COLUMNS)], notes
