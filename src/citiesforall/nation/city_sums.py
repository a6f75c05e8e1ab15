"""What one city adds to the place that holds it: its amounts, rounded once, and their draws."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.estimate import ratio
from citiesforall.nation.city_rows import drawn
from citiesforall.nation.coverage import STREETS
from citiesforall.nation.exact import rounded
from citiesforall.nation.given import CityRun
from citiesforall.nation.levels import Ground
from citiesforall.nation.reading import Read
from citiesforall.nation.sums import NOBODY, WITHHELD, Keys, Sums, ends_of, exactly, nothing

Ints = npt.NDArray[np.int64]
TAKEN = {"num": "num", "den": "den", "n": "n", "people": "covered_people", "places": "covered_places"}
"""Sum -> the column it is of."""


def city_sums(ground: Ground, read: Read, city: CityRun) -> tuple[Ints, Sums]:
    """Return what one city adds: positions of indicators and groups, and its amounts.

    Parameters
    ----------
    ground
        What sums are made on.
    read
        What was read of the cities.
    city
        The city.
    """
    rows, keys = read.rows(city), ground.keys
    table = city_table(keys, rows.rows, read, city.code)
    where = table["key"].to_numpy(np.int64)
    has = np.isfinite(table["num"]) & np.isfinite(table["den"]) & keys.adds[where]
    has &= ~table["status"].isin(["missing", "suppressed"]).to_numpy()
    has &= (table["status"] != "not_applicable").to_numpy() | (table["num"] != 0).to_numpy()
    out = nothing(where.size, ground.S)
    for name, column in TAKEN.items():
        getattr(out, name)[has] = np.nan_to_num(table[column].to_numpy(np.float64))[has]
    weak = has & table["status"].isin(["estimated", "modelled"]).to_numpy()
    shaky = has & (table["status"] == "low_n").to_numpy()
    out.weak[weak], out.shaky[shaky] = out.people[weak], out.people[shaky]
    out.basis[has] = STREETS
    out.absent[(table["status"] == "not_applicable").to_numpy()] |= NOBODY
    out.absent[(table["status"] == "suppressed").to_numpy()] |= WITHHELD
    told = has | ~keys.adds[where]
    out.grade[told] = table["grade"].to_numpy(np.int64)[told]
    out.first[told], out.last[told] = ends_of(table["period"].to_numpy(dtype=object)[told])
    own = {keys.pairs[key]: number for number, key in enumerate(where) if has[number]}
    at, draws = drawn(rows, city.code, own, ground.declared, ground.S)
    out.draws[:, at] = exactly(draws, (out.num[at], out.den[at]), keys, where[at])
    return where, out


def city_table(keys: Keys, rows: pd.DataFrame, read: Read, code: str) -> pd.DataFrame:
    """Return the rows of a city, its amounts rounded once and its values made from them.

    Parameters
    ----------
    keys
        What is added up.
    rows
        As the city says them.
    read
        What was read of the cities.
    code
        Of the city.

    Returns
    -------
    pandas.DataFrame
        Columns of observations, ``key``, ``covered_people``, ``covered_places``, ``basis``, ``grade``.
    """
    key = np.array(
        [keys.position[one] for one in zip(rows["indicator"], rows["group"], strict=True)], np.int64
    )
    given = {name: rows[name].to_numpy(np.float64) for name in ("num", "den", "value", "low", "high")}
    adds, total = keys.adds[key], keys.total[key]
    num = np.where(adds, rounded(given["num"], keys.step_num[key]), given["num"])
    den = np.where(adds & ~total, rounded(given["den"], keys.step_den[key]), given["den"])
    exact = adds & np.isfinite(given["value"]) & np.isfinite(num) & (den != 0)
    value = np.where(exact, ratio(num, den) * keys.per_si[key], given["value"])
    people = np.nan_to_num(rounded(read.people[code]))
    return rows.assign(
        key=key,
        num=num,
        den=den,
        value=value,
        low=np.where(np.isnan(given["low"]), np.nan, np.fmin(given["low"], value)),
        high=np.where(np.isnan(given["high"]), np.nan, np.fmax(given["high"], value)),
        covered_people=rows["known"].to_numpy(np.float64) * people,
        covered_places=rows["places_known"].to_numpy(np.float64) * read.units[code],
        basis=STREETS,
    )
