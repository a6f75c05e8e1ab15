"""The rollup step: every indicator and group of the nation, its provinces and its members, from the cities' own tables."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.indicator import Indicator, indicators
from citiesforall.core.inputs import remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import OBSERVATIONS, write_csv, write_parquet
from citiesforall.measure.draw_store import Kept
from citiesforall.nation.books import Book, book_table, make_book
from citiesforall.nation.city_rows import CityRows, about, fewest_draws, kept_draws
from citiesforall.nation.city_sums import city_sums, city_table
from citiesforall.nation.coverage import NO_GRADE
from citiesforall.nation.derive import Growth, together
from citiesforall.nation.exact import rounded
from citiesforall.nation.given import CityRun, NationInputs
from citiesforall.nation.levels import BESIDE, Ground, Level, attached_to, level_table, level_up, words_of
from citiesforall.nation.reading import Read, read_all
from citiesforall.nation.rows_out import from_aside, put_aside, write_rows
from citiesforall.nation.spread import Source, compared, spread_rows, watched
from citiesforall.nation.sums import Sums, add, keys_of, nothing
from citiesforall.nation.tree import Tree, tree_of
from citiesforall.nation.withheld_rows import withheld_rows

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
ALWAYS = frozenset({"nation", "province"})
"""Levels that have a row of everything that any city has; elsewhere what has no row is missing."""
PLACES_AT_ONCE = 256
"""Places whose rows are in memory together."""

ROLLUP = OBSERVATIONS | {
    "coverage_people": "float64", "coverage_places": "float64", "basis": "str", "quality": "str", "note": "str",
    "of_covered": "float64", "of_covered_low": "float64", "of_covered_high": "float64",
}  # fmt: skip
"""Columns of a city's observations; of which shares of people and places the value speaks, what it rests on, the worst grade of
its sources, why there is no value, and what it is for the people who are covered."""

HIDDEN = ("value", "low", "high", "num", "den", "n", "of_covered", "of_covered_low", "of_covered_high")
"""Columns that are empty where a row is withheld."""


@dataclass(frozen=True)
class Rows:
    """Hold what the rows of every place are made from.

    Parameters
    ----------
    ground
        What sums are made on.
    levels
        Sums of places above cities and registers.
    read
        What was read of the cities.
    cities
        Cities measured by their streets, by code.
    """

    ground: Ground
    levels: Mapping[int, Level]
    read: Read
    cities: Mapping[str, CityRun]

    def tables(self) -> Iterator[pd.DataFrame]:
        """Yield the rows of all places from the nation down, some places at a time; sorted by place, indicator and group."""
        N = len(self.ground.tree.codes)
        for start in range(0, N, PLACES_AT_ONCE):
            yield self.of(np.arange(start, min(start + PLACES_AT_ONCE, N)))

    def of(self, at: Ints) -> pd.DataFrame:
        """Return the rows of some places."""
        ground, parts = self.ground, []
        for book in ground.books:
            found = np.array([book.at(int(row)) for row in at], np.int64)
            parts.append(book_table(book, found[found >= 0], ground.keys))
        known = np.isin(at, [int(row) for book in ground.books for row in book.places])
        for row, said in zip(at.tolist(), known.tolist(), strict=True):
            code = ground.tree.codes[row]
            if row in self.levels:
                own = level_table(ground, row, self.levels[row])
                parts = [part[(part["at"] != row) | ~part["key"].isin(own["key"])] for part in parts]
                parts.append(own)
            elif not said and code in self.cities:
                own = city_table(ground.keys, self.read.rows(self.cities[code]).rows, self.read, code)
                parts.append(own.assign(at=row))
        for row in (one for one in at.tolist() if ground.tree.levels[one] in ALWAYS):
            parts.append(
                _unknown(ground, row, {int(key) for part in parts for key in part["key"][part["at"] == row]})
            )
        some = [part for part in parts if len(part)]
        return _described(pd.concat(some, ignore_index=True), ground) if some else _no_rows()


def make_rollup(given: NationInputs, folder: Path) -> dict[str, Any]:
    """Add the cities of a nation up, level by level.

    Parameters
    ----------
    given
        The nation, its finished cities, and its members.
    folder
        Where ``observations``, ``within_between`` and ``beside`` go, Parquet and CSV each.

    Returns
    -------
    dict
        ``notes``; ``counts``: rows, indicators, draws, rows withheld.

    Notes
    -----
    Cities are read one after another, and only sums of places above them are kept: memory grows with provinces and with what
    registers know, not with cities. Time grows with cities.
    """
    declared = indicators()
    cities = sorted(given.cities, key=lambda one: one.code)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        read = read_all(cities, declared, Path(scratch))
        ground = ground_of(given, cities, read, declared)
        levels, beside = sum_up(ground, read, cities)
        rows = Rows(ground, levels, read, {one.code: one for one in cities if one.kind != "registers"})
        parts = parts_of(ground, cities)
        columns = {"at": "int64", "key": "int64", **ROLLUP}
        aside = put_aside(rows.tables(), columns, Path(scratch) / "rows")
        hidden = withheld_rows(aside, ground, float(given.nation.choices.hide_below), parts)
        many = compared(ground, frozenset(one for some in parts.values() for one in some))
        told = (without(table, hidden) for table in from_aside(Path(scratch) / "rows"))
        source = sources_of(ground, rows)
        written = write_rows(watched(told, many, ground, source), ROLLUP, folder / "observations.parquet")
    _write(spread_rows(many, ground), folder / "within_between")
    beside = [_not_told(one, hidden, ground) for one in beside]
    none = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in BESIDE.items()})
    _write(pd.concat([none, *beside]), folder / "beside")
    counts = {
        "rows": written, "places": len(ground.tree.codes), "indicators": len({key for key, _ in read.pairs}),
        "draws": ground.S - 1, "beside": sum(map(len, beside)), "withheld": len(hidden),
    }  # fmt: skip
    return remember(_notes(cities, ground), [], counts=counts)


def parts_of(ground: Ground, cities: Sequence[CityRun]) -> dict[int, list[int]]:
    """Return the cities that are a part of a place of registers, by that place.

    Parameters
    ----------
    ground
        Places, and what registers say.
    cities
        Of the nation.
    """
    at, out = ground.tree.at(), dict[int, list[int]]()
    for city in cities:
        row = at[city.code]
        to = attached_to(ground.tree, ground.books, row)
        if city.kind != "registers" and to != row and any(book.at(to) >= 0 for book in ground.books):
            out.setdefault(to, []).append(row)
    return out


def without(table: pd.DataFrame, hidden: frozenset[tuple[int, int]]) -> pd.DataFrame:
    """Return rows without what is withheld: no value, no amounts, no number of records.

    Parameters
    ----------
    table
        Rows with ``at`` and ``key``.
    hidden
        From `withheld_rows`.
    """
    out = np.array([pair in hidden for pair in zip(table["at"], table["key"], strict=True)], dtype=bool)
    if not out.any():
        return table
    empty = {name: table[name].where(~out) for name in HIDDEN}
    return table.assign(**empty, status=table["status"].where(~out, "suppressed"))


def _not_told(table: pd.DataFrame, hidden: frozenset[tuple[int, int]], ground: Ground) -> pd.DataFrame:
    """Leave out what stands beside a withheld number."""
    at, position = ground.tree.at(), ground.keys.position
    said = zip(table["place"], table["indicator"], table["group"], strict=True)
    keep = [(at[str(place)], position[str(key), str(group)]) not in hidden for place, key, group in said]
    return table[np.array(keep, dtype=bool)]


def sources_of(ground: Ground, rows: Rows) -> Source:
    """Return what says of a place of the nation what its city or its registers say.

    Parameters
    ----------
    ground
        Places, and what registers say.
    rows
        With the cities.
    """
    kept = {book.rows.city.code: kept_draws(book.rows.city) for book in ground.books}

    def source(row: int) -> tuple[CityRows, Kept | None] | None:
        for book in ground.books:
            if book.at(row) >= 0:
                return book.rows, kept[book.rows.city.code]
        city = rows.cities.get(ground.tree.codes[row])
        return (rows.read.rows(city), kept_draws(city)) if city is not None else None

    return source


def ground_of(
    given: NationInputs, cities: Sequence[CityRun], read: Read, declared: Mapping[str, Indicator]
) -> Ground:
    """Return what sums are made on: places, keys, what registers say, people.

    Parameters
    ----------
    given
        With the tables of the step ``members``.
    cities
        In order.
    read
        What was read of them.
    declared
        Indicators by id.
    """
    places, members = given.table("members", "places"), given.table("members", "members")
    assert places is not None, "the step 'members' comes before"
    assert members is not None, "the step 'members' comes before"
    known = {one.code: frozenset(str(place["place"]) for place in about(one)["places"]) for one in cities}
    tree = tree_of(places, members, cities, known)
    keys = keys_of(list(read.pairs), declared, read.steps)
    books: list[Book] = []
    for rows in read.books.values():
        book = make_book(rows, tree, keys, frozenset())
        taken = {
            int(key) for other in books if np.isin(other.places, book.places).any() for key in other.keys
        }
        books.append(make_book(rows, tree, keys, frozenset(taken)) if taken else book)
    people, lowest = _weights(tree, books, read)
    run = hashlib.sha256("\n".join(sorted(read.runs)).encode()).hexdigest()[:12]
    return Ground(tree, keys, declared, tuple(books), people, lowest, fewest_draws(cities), run)


def _weights(tree: Tree, books: Sequence[Book], read: Read) -> tuple[Floats, Floats]:
    """Return residents and number of lowest places of every place: what registers say, else the sum of its cities."""
    people, lowest = np.zeros(len(tree.codes)), np.zeros(len(tree.codes))
    said = np.zeros(len(tree.codes), dtype=bool)
    for row, code in enumerate(tree.codes):
        if code in read.people:
            people[row], lowest[row] = np.nan_to_num(rounded(read.people[code])), read.units[code]
            said[row] = True
    for book in books:
        people[book.places], lowest[book.places] = np.nan_to_num(book.people), book.lowest
        said[book.places] = True
    for row in range(len(tree.codes) - 1, 0, -1):
        if not said[tree.parent[row]]:
            people[tree.parent[row]] += people[row]
            lowest[tree.parent[row]] += lowest[row]
    return people, lowest


def sum_up(
    ground: Ground, read: Read, cities: Sequence[CityRun]
) -> tuple[dict[int, Level], list[pd.DataFrame]]:
    """Add every city measured by its streets to the place that holds it, then level to level.

    Parameters
    ----------
    ground
        What sums are made on.
    read
        What was read of the cities.
    cities
        In order.

    Returns
    -------
    tuple
        As `levels.level_up`.
    """
    at = ground.tree.at()
    streets: dict[int, Sums] = {}
    growth: dict[int, dict[str, Growth]] = {}
    for city in cities:
        if city.kind == "registers":
            continue
        to = attached_to(ground.tree, ground.books, at[city.code])
        streets.setdefault(to, nothing(len(ground.keys.pairs), ground.S))
        where, own = city_sums(ground, read, city)
        add(streets[to], own, where)
        growth[to] = together(growth.get(to, {}), read.growth[city.code])
    return level_up(ground, streets, growth)


def _unknown(ground: Ground, row: int, known: set[int]) -> pd.DataFrame:
    """Return rows that say that nothing is known, for what nobody says of a place."""
    rest = np.array([key for key in range(len(ground.keys.pairs)) if key not in known], np.int64)
    said = [ground.keys.pairs[key] for key in rest]
    table = pd.DataFrame({
        "at": row, "key": rest, "group": [group for _, group in said], "indicator": [key for key, _ in said],
        "version": [ground.declared[key].version for key, _ in said], "period": "", "status": "missing", "run": ground.run,
        "covered_people": 0.0, "covered_places": 0.0, "basis": 0, "grade": NO_GRADE,
    })  # fmt: skip
    return table.assign(**dict.fromkeys(("value", "low", "high", "num", "den", "n"), np.nan))


def _no_rows() -> pd.DataFrame:
    """Return a table of places that say nothing."""
    return pd.DataFrame(columns=[*ROLLUP, "key", "at"])


def _described(table: pd.DataFrame, ground: Ground) -> pd.DataFrame:
    """Add what a row says of itself: coverage, basis, quality, note; in order."""
    at = table["at"].to_numpy(np.int64)
    for name, of in (("people", ground.people), ("places", ground.lowest)):
        covered, whole = table[f"covered_{name}"].to_numpy(np.float64), of[at]
        share = np.divide(covered, whole, out=(covered > 0).astype(np.float64), where=whole > 0)
        table[f"coverage_{name}"] = np.clip(share, 0.0, 1.0)
    table["place"] = np.array(ground.tree.codes, dtype=object)[at]
    table["basis"], table["quality"] = words_of(table["basis"].to_numpy(), table["grade"].to_numpy())
    for name in ("note", "of_covered", "of_covered_low", "of_covered_high"):
        if name not in table:
            table[name] = "" if name == "note" else np.nan
    table["note"] = table["note"].fillna("")
    told = table["value"].notna()
    for end, name in (("", "value"), ("_low", "low"), ("_high", "high")):
        table[f"of_covered{end}"] = table[f"of_covered{end}"].where(~told, table[name])
    table = table.astype({name: kind for name, kind in ROLLUP.items() if kind != "str"})
    # Keys are numbered in order of indicator and group.
    return table.iloc[np.lexsort([table["key"].to_numpy(np.int64), at])].reset_index(drop=True)


def _write(table: pd.DataFrame, path: Path) -> None:
    """Write a table twice: Parquet and CSV."""
    write_parquet(table, path.with_suffix(".parquet"))
    write_csv(table, path.with_suffix(".csv"))


def _notes(cities: Sequence[CityRun], ground: Ground) -> list[Note]:
    """Say what a reader of the sums must know."""
    return [
        Note(
            "rollup",
            f"{len(cities)} cities, {len(ground.tree.codes)} places, {ground.S - 1} draws.",
            "figure",
        )
    ]
