"""Cities read one after another: what each says is put aside on disk, and only what sums need is remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from citiesforall.core.indicator import Indicator
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.nation.city_rows import KEY, CityRows, Key, read_city
from citiesforall.nation.coverage import counts_people
from citiesforall.nation.derive import Growth, growth_of
from citiesforall.nation.exact import fine_step, step_of
from citiesforall.nation.given import CityRun


@dataclass(frozen=True)
class Read:
    """Hold what was read of all cities.

    Parameters
    ----------
    books
        City of registers -> what it says of every place.
    aside
        City of streets -> file with its own rows.
    growth
        City of streets -> what rates of growth are derived from.
    people, units
        City of streets -> its residents [persons], and how many lowest places it has.
    pairs
        Indicators and groups that some city has.
    steps
        Indicator -> what its num and den are rounded to.
    runs
        Ids of all runs.
    """

    books: Mapping[str, CityRows]
    aside: Mapping[str, Path]
    growth: Mapping[str, Mapping[str, Growth]]
    people: Mapping[str, float]
    units: Mapping[str, int]
    pairs: frozenset[Key]
    steps: Mapping[str, tuple[float, float]]
    runs: tuple[str, ...]

    def rows(self, city: CityRun) -> CityRows:
        """Return what a city of streets says, from where it was put aside."""
        people = {city.code: self.people[city.code]}
        return CityRows(city, read_parquet(self.aside[city.code]), self.units[city.code], people, "")


def read_all(cities: Sequence[CityRun], declared: Mapping[str, Indicator], scratch: Path) -> Read:
    """Read every city.

    Parameters
    ----------
    cities
        Of the nation, in order.
    declared
        Indicators by id.
    scratch
        Folder for what is put aside.

    Returns
    -------
    Read
        What was read.
    """
    books: dict[str, CityRows] = {}
    aside: dict[str, Path] = {}
    growth: dict[str, dict[str, Growth]] = {}
    people: dict[str, float] = {}
    units: dict[str, int] = {}
    sizes: dict[str, list[float]] = {}
    pairs: set[Key] = set()
    runs = []
    for city in cities:
        found = read_city(city, declared)
        runs.append(found.run)
        pairs.update(zip(found.rows["indicator"], found.rows["group"], strict=True))
        top = found.rows[found.rows["place"] == city.code]
        for key, num, den in _sizes(found.rows):
            so_far = sizes.setdefault(key, [0.0, 0.0])
            sizes[key] = [so_far[0] + num, so_far[1] + den]
        if city.kind == "registers":
            books[city.code] = found
            continue
        people[city.code], units[city.code] = float(found.people.get(city.code, np.nan)), found.units
        growth[city.code] = growth_of(top, declared, people[city.code])
        aside[city.code] = scratch / f"{city.code}.parquet"
        write_parquet(found.rows, aside[city.code])
    pairs = {pair for pair in pairs if pair[0] in declared}
    steps = {key: _steps(declared[key], sizes.get(key, [0.0, 0.0])) for key, _ in pairs}
    return Read(books, aside, growth, people, units, frozenset(pairs), steps, tuple(runs))


def _sizes(rows: pd.DataFrame) -> list[tuple[str, float, float]]:
    """Return the sizes of all num and den of each indicator of a city, of its largest group."""
    size = rows.assign(num=rows["num"].abs().fillna(0.0), den=rows["den"].abs().fillna(0.0))
    # Of registers the places of every level together: a few times too much, which costs a binary digit or two.
    most = size.groupby(KEY, sort=True)[["num", "den"]].sum().groupby("indicator", sort=True).max()
    return [(str(key), float(num), float(den)) for key, num, den in most.itertuples()]


def _steps(one: Indicator, sizes: Sequence[float]) -> tuple[float, float]:
    """Return the steps of an indicator: that of people where it counts people, else as fine as its size allows."""
    num, den = (
        step_of(size) if heads else fine_step(size)
        for heads, size in zip(counts_people(one), sizes, strict=True)
    )
    return num, den
