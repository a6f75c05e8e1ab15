"""The outlook: people and built-up land of every place in 2030 and 2050, with intervals, parts adding up to the whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import write_csv, write_parquet
from citiesforall.diagnose.growth import Figures, Floats, figures
from citiesforall.diagnose.outlook_draws import built_draws, land_rates, people_draws
from citiesforall.diagnose.outlook_ground import Ground, ground_of, pairs_of_city, pairs_of_grids
from citiesforall.diagnose.outlook_rates import Rate, rates_of
from citiesforall.measure.draw_store import interval_of

OUTLOOK = ("place", "quantity", "year", "value", "low", "high", "method", "base_years", "status", "note")
"""Columns of ``outlook.parquet``: ``note`` holds words of ``diagnose.outlook_note``."""
GROWTH = (
    "place", "quantity", "rate", "low", "high", "from_year", "to_year", "past", "present", "together", "source",
    "status", "note",
)  # fmt: skip
"""Columns of ``growth.parquet``: what the outlook was made from."""
NORMAL_95 = 1.96
QUANTITIES = ("people", "built_m2")


@dataclass(frozen=True)
class Known:
    """Hold what the rows of the outlook are written from; ``why`` says why a place has no count."""

    ground: Ground
    rates: Mapping[str, Rate]
    why: Mapping[str, str]
    said: Figures


def make_outlook(given: Inputs, folder: Path) -> dict[str, Any]:
    """Carry people and built-up land of every place forward.

    Parameters
    ----------
    given
        With places, cells and measure; the series step where it keeps counts.
    folder
        Where ``outlook.parquet``, ``growth.parquet`` and their CSVs go.

    Returns
    -------
    dict
        Notes and sources.
    """
    said = replace(figures(), **_chosen(given))
    ground = ground_of(given)
    pairs, why, notes = pairs_of_city(given, said)
    grids = pairs_of_grids(ground, ";".join(given.ids("people", "people_past")))
    known = Known(ground, rates_of(ground.tree, pairs, said, grids), why, said)
    years = sorted({int(year) for year in given.city.outlook.years if year > ground.base_year})
    tables = [_today(known)]
    for year in years:
        ahead = (year - ground.base_year, said, given.city.choices.seed)
        people = people_draws(ground.tree, ground.base, known.rates, ahead)
        built = built_draws(ground, people, known.rates, (year, said, given.city.choices.seed))
        tables += [_rows(known, "people", year, people), _rows(known, "built_m2", year, built)]
    outlook = pd.concat(tables, ignore_index=True)
    if ground.built_years is None:  # once is enough to say it
        outlook = outlook[(outlook["quantity"] != "built_m2") | (outlook["place"] == ground.tree.codes[0])]
    outlook = outlook.sort_values(["place", "quantity", "year"], kind="stable", ignore_index=True)
    growth = pd.DataFrame(_growth_rows(known), columns=list(GROWTH))
    for name, table in (("outlook", outlook), ("growth", growth)):
        write_parquet(table, folder / f"{name}.parquet")
        write_csv(table, folder / f"{name}.csv")
    sources = sorted({one for rate in known.rates.values() for one in rate.pair.source.split(";") if one})
    return remember([*notes, *_told(known)], sources)


def _chosen(given: Inputs) -> dict[str, Any]:
    """Return what the city file says of the method."""
    own = given.city.outlook
    chosen = {"method": own.method, "half_life_years": own.half_life_years}
    return {word: value for word, value in chosen.items() if value is not None}


def _today(known: Known) -> pd.DataFrame:
    """Return the rows of today, which the outlook starts from."""
    ground = known.ground
    tables = [_table(known, "people", int(ground.base_year), ground.base, known.ground.base[0])]
    if ground.built_years is not None:
        built = ground.built[None, :]
        tables.append(_table(known, "built_m2", int(ground.built_years[1]), built, built[0]))
    table = pd.concat(tables, ignore_index=True)
    has = table["value"].notna()
    return table.assign(
        method="counted",
        status=np.where(has, "ok", "missing"),
        note=np.where(has, "", "no_people"),
        base_years="",
    )


def _rows(known: Known, quantity: str, year: int, draws: Floats) -> pd.DataFrame:
    """Return the rows of one year ahead."""
    table = _table(known, quantity, year, draws, draws[0])
    rates = [known.rates.get(code) for code in known.ground.tree.codes]
    has = ~np.isnan(draws[0])
    inherited = np.array([rate is not None and rate.status != "ok" for rate in rates])
    return table.assign(
        method=known.said.method,
        base_years=[_span(known, quantity, rate) if rate is not None else "" for rate in rates],
        status=np.where(has, np.where(inherited, "estimated", "modelled"), "missing"),
        note=[
            " ".join(rate.notes) if there and rate is not None else _reason(known, quantity, code)
            for code, rate, there in zip(known.ground.tree.codes, rates, has, strict=True)
        ],
    )


def _span(known: Known, quantity: str, rate: Rate) -> str:
    """Return the years a projection rests on, ``2008-2019``."""
    years = (rate.pair.from_year, rate.pair.to_year) if quantity == "people" else known.ground.built_years
    return "-".join(f"{year:.0f}" for year in years) if years is not None else ""


def _reason(known: Known, quantity: str, code: str) -> str:
    """Return the word that says why a place has no projection."""
    ground = known.ground
    at = ground.tree.codes.index(code)
    if np.isnan(ground.base[0, at]):
        return "no_people"
    if code not in known.rates:
        return known.why.get(code, "one_date")
    return "built_dates" if quantity == "built_m2" else "one_date"


def _table(known: Known, quantity: str, year: int, draws: Floats, value: Floats) -> pd.DataFrame:
    """Return one quantity and year of every place, with its interval."""
    _, low, high = interval_of(draws)
    columns = {"place": list(known.ground.tree.codes), "quantity": quantity, "year": year, "value": value}
    frame = pd.DataFrame(
        {**columns, "low": low, "high": high, "method": "", "base_years": "", "status": "", "note": ""}
    )
    return frame[list(OUTLOOK)]


def _growth_rows(known: Known) -> list[dict[str, Any]]:
    """Return the rates the outlook was made from, of people and of built-up land."""
    rows = [
        {
            "place": code,
            "quantity": "people",
            "rate": rate.rate,
            "low": rate.rate - NORMAL_95 * rate.sd,
            "high": rate.rate + NORMAL_95 * rate.sd,
            "from_year": rate.pair.from_year,
            "to_year": rate.pair.to_year,
            "past": rate.pair.past,
            "present": rate.pair.present,
            "together": " ".join(sorted(rate.pair.together)),
            "source": rate.pair.source,
            "status": rate.status,
            "note": " ".join(rate.notes),
        }
        for code, rate in known.rates.items()
    ]
    return rows + _land_rows(known)


def _land_rows(known: Known) -> list[dict[str, Any]]:
    """Return how built-up land grew, as measured; no source states the error of that."""
    ground = known.ground
    if ground.built_years is None:
        return []
    speeds, _ = land_rates(ground, known.rates, known.said)
    unsaid = {"quantity": "built_m2", "low": np.nan, "high": np.nan, "source": "", "note": ""}
    return [
        {
            **unsaid,
            "place": code,
            "rate": speed,
            "from_year": ground.built_years[0],
            "to_year": ground.built_years[1],
            "past": past,
            "present": now,
            "together": code,
            "status": "missing" if np.isnan(speed) else "ok",
        }
        for code, speed, past, now in zip(
            ground.tree.codes, speeds, ground.built_past, ground.built, strict=True
        )
    ]


def _told(known: Known) -> list[Note]:
    """Return what a reader must know of the whole outlook."""
    ground = known.ground
    notes = []
    root = ground.tree.codes[0]
    if root in known.rates:
        rate = known.rates[root]
        pair = rate.pair
        said = (
            f"{root} grew by {100 * rate.rate:.2f} % a year from {pair.from_year:.0f} to {pair.to_year:.0f}"
            f" ({', '.join(sorted(pair.together))})."
        )
        notes.append(Note("outlook", said))
    without = [code for code in ground.tree.codes if code not in known.rates]
    if without:
        what = f"{len(without)} of {len(ground.tree.codes)} places have no growth: their people are known at one date only."
        fill = (
            "Add [sources.people_past], or counts of another year as [[sources.series]] with columns.people."
        )
        notes.append(Note("outlook", f"{what} {fill}", "doubt"))
    if ground.built_years is None:
        what = "built-up land is not known at two dates, so it is not carried forward."
        notes.append(Note("outlook", f"{what} Add [sources.built_up_past].", "doubt"))
    return notes
