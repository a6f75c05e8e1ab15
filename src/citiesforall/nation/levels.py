"""Cities added to the places that hold them, level by level; what registers and streets both say is taken once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.estimate import ratio
from citiesforall.core.indicator import Indicator
from citiesforall.measure.draw_store import interval_of
from citiesforall.nation.books import Book, book_sums
from citiesforall.nation.coverage import BASIS, GRADES, status_of
from citiesforall.nation.derive import NOT_A_SUM, Growth, derived, together
from citiesforall.nation.sums import (
    ABSENT,
    Keys,
    Sums,
    add,
    chosen,
    nothing,
    of_events,
    periods_of,
    put_instead,
    values_of,
)
from citiesforall.nation.tree import Tree, up

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
WIDER = 1 + 1e-6
"""By which streets must reach more people than registers to stand in their place; else what registers say stands."""
BESIDE = {
    "place": "str", "group": "str", "indicator": "str", "basis": "str", "value": "float64", "coverage_people": "float64",
    "other_basis": "str", "other_value": "float64", "other_coverage_people": "float64", "difference": "float64",
    "difference_low": "float64", "difference_high": "float64",
}  # fmt: skip
OF_COVERED = "of_covered_people"
"""Note of a row that has no value because too few people are covered."""


@dataclass(frozen=True)
class Level:
    """Hold the sums of one place above cities.

    Parameters
    ----------
    sums
        Of every indicator and group.
    changed
        Where they are not what registers say. (K,)
    growth
        What rates are derived from.
    """

    sums: Sums
    changed: Bools
    growth: Mapping[str, Growth] = field(default_factory=dict)


@dataclass(frozen=True)
class Ground:
    """Hold what sums are made on.

    Parameters
    ----------
    tree, keys
        Places; indicators and groups.
    declared
        Indicators by id.
    books
        What registers say.
    people, lowest
        Residents, and lowest places, of every place. (N,)
    S
        Draws.
    run
        Id of sums over several cities.
    """

    tree: Tree
    keys: Keys
    declared: Mapping[str, Indicator]
    books: tuple[Book, ...]
    people: Floats
    lowest: Floats
    S: int
    run: str


def attached_to(tree: Tree, books: Sequence[Book], row: int) -> int:
    """Return the place a city is added to: itself where registers know it, else the place it lies in.

    Parameters
    ----------
    tree, books
        Places, and what registers say.
    row
        Of the city.
    """
    return row if any(book.at(row) >= 0 for book in books) else max(int(tree.parent[row]), 0)


def level_up(
    ground: Ground, streets: Mapping[int, Sums], growth: Mapping[int, Mapping[str, Growth]]
) -> tuple[dict[int, Level], list[pd.DataFrame]]:
    """Add what cities say to every place above them.

    Parameters
    ----------
    ground
        What sums are made on.
    streets
        Place -> sums of the cities added to it.
    growth
        Place -> what rates of these are derived from.

    Returns
    -------
    tuple
        Place -> its sums, for places above a city or above registers; rows of what is said twice.

    Notes
    -----
    A place that registers know has what they say, for every indicator and group that they have; where they have none, or speak
    of fewer people of the same time than the cities in it, it has what the cities say. What is not taken stands beside. Places
    above take the difference, so that every place stays the sum of what it holds.
    """
    tree, beside = ground.tree, list[pd.DataFrame]()
    levels: dict[int, Level] = {}
    wanted = {one for row in streets for one in up(tree, row)}
    wanted |= {one for book in ground.books for one in up(tree, int(book.places[0]))}
    for row in sorted(wanted, reverse=True):
        inside = [one for one in levels if tree.parent[one] == row]
        grown = together(*(levels[one].growth for one in inside), growth.get(row, {}))
        books = [book for book in ground.books if book.at(row) >= 0]
        if not books:
            sums = nothing(len(ground.keys.pairs), ground.S)
            for more in [*(levels[one].sums for one in inside), *([streets[row]] if row in streets else [])]:
                add(sums, more)
            levels[row] = Level(sums, np.ones(len(ground.keys.pairs), dtype=bool), grown)
            continue
        sums, changed = _of_books(ground, books, row), np.zeros(len(ground.keys.pairs), dtype=bool)
        for one in inside:
            put_instead(sums, _of_books(ground, books, one), levels[one].sums, levels[one].changed)
            changed |= levels[one].changed
        if row in streets:
            both = sums.has() & streets[row].has()
            wider = streets[row].people > sums.people * WIDER
            # What is of another time does not stand in for it, however many people it is of.
            wider &= (streets[row].first == sums.first) & (streets[row].last == sums.last)
            take = streets[row].has() & (~sums.has() | wider)
            beside.append(_beside(ground, row, (sums, streets[row]), (both, take)))
            sums = chosen(take, streets[row], sums)
            changed |= take | (~ground.keys.adds & (streets[row].last != ""))
        changed &= ground.keys.adds | ~_known(books, row, changed.size)
        levels[row] = Level(sums, changed, grown)
    return levels, beside


def _known(books: Sequence[Book], row: int, K: int) -> Bools:
    """Say of which indicators and groups registers have a row of a place. (K,)"""
    out = np.zeros(K, dtype=bool)
    for book in books:
        out[book.keys[book.frame[book.at(row)] >= 0]] = True
    return out


def _of_books(ground: Ground, books: Sequence[Book], row: int) -> Sums:
    """Return what all registers say of a place; none says what another says."""
    out = nothing(len(ground.keys.pairs), ground.S)
    for book in books:
        at = book.at(row)
        if at >= 0:
            add(out, book_sums(book, at, ground.keys, ground.declared, ground.S))
    return out


def _beside(ground: Ground, row: int, both: tuple[Sums, Sums], which: tuple[Bools, Bools]) -> pd.DataFrame:
    """Return what registers and streets both say of a place, the one that is not taken beside the other."""
    said, take = which
    found = [values_of(one, ground.keys) for one in both]
    people = ground.people[row]
    drawn = []
    for one in both:
        den = np.where(ground.keys.total[:, None], 1.0, one.draws[1])
        drawn.append(ratio(one.draws[0], den) * ground.keys.per_si[:, None])
    sign = np.where(take, 1.0, -1.0)
    gap, low, high = interval_of((sign[:, None] * (drawn[0] - drawn[1])).T)
    share = [ratio(one.people, np.full(one.people.size, people)) for one in both]
    words = [np.where(one.basis > 0, BASIS[one.basis], "") for one in both]
    table = {
        "place": ground.tree.codes[row],
        "group": [group for _, group in ground.keys.pairs],
        "indicator": [key for key, _ in ground.keys.pairs],
        "basis": np.where(take, words[1], words[0]),
        "value": np.where(take, found[1][0], found[0][0]),
        "coverage_people": np.where(take, share[1], share[0]),
        "other_basis": np.where(take, words[0], words[1]),
        "other_value": np.where(take, found[0][0], found[1][0]),
        "other_coverage_people": np.where(take, share[0], share[1]),
        "difference": gap,
        "difference_low": low,
        "difference_high": high,
    }
    return pd.DataFrame(table, columns=list(BESIDE))[said].reset_index(drop=True)


def level_table(ground: Ground, row: int, level: Level) -> pd.DataFrame:
    """Return the rows of a place above cities, those that are not what registers say.

    Parameters
    ----------
    ground
        What sums are made on.
    row
        Of the place.
    level
        Its sums.

    Returns
    -------
    pandas.DataFrame
        Columns of observations, ``key``, ``covered_people``, ``covered_places``, ``basis``, ``grade``, ``note``, ``of_covered``,
        ``of_covered_low``, ``of_covered_high``.
    """
    keys, sums = ground.keys, level.sums
    value, low, high = values_of(sums, keys)
    event, least, most = of_events(sums, keys, ground.declared)
    low, high = np.where(event, least, low), np.where(event, most, high)
    people = np.full(len(keys.pairs), ground.people[row])
    status = np.where(
        sums.has(), status_of(people, sums.people, sums.weak, sums.shaky), ABSENT[sums.absent & 3]
    )
    status = np.where(np.isfinite(value) | (status != "ok"), status, "not_applicable")
    note = np.where(keys.adds, np.where(sums.has() & (status == "missing"), OF_COVERED, ""), NOT_A_SUM)
    status = np.where(keys.adds, status, "not_applicable")
    shown = sums.has() & keys.adds
    table = pd.DataFrame({
        "at": row, "group": [group for _, group in keys.pairs],
        "indicator": [key for key, _ in keys.pairs], "version": [ground.declared[key].version for key, _ in keys.pairs],
        "period": periods_of(sums.first, sums.last), "value": value, "low": low, "high": high,
        "num": np.where(shown, sums.num, np.nan), "den": np.where(shown, np.where(keys.total, 1.0, sums.den), np.nan),
        "n": np.where(shown, sums.n, np.nan), "status": status, "run": ground.run, "key": np.arange(len(keys.pairs)),
        "covered_people": sums.people, "covered_places": sums.places, "basis": sums.basis, "grade": sums.grade, "note": note,
    })  # fmt: skip
    table = _with_rates(table, ground, row, level.growth)
    table = table.assign(**{f"of_covered{end}": table[name] for end, name in ENDS.items()})
    told = ~table["status"].isin(["missing", "not_applicable", "suppressed"])
    for name in ("value", "low", "high"):
        table[name] = table[name].where(told)
    return table[level.changed].reset_index(drop=True)


ENDS = {"": "value", "_low": "low", "_high": "high"}


def _with_rates(table: pd.DataFrame, ground: Ground, row: int, growth: Mapping[str, Growth]) -> pd.DataFrame:
    """Put rates that are derived from sums in their rows."""
    columns: dict[str, list[Any]] = {name: list(table[name]) for name in table.columns}
    for at, (key, group) in enumerate(ground.keys.pairs):
        found = derived(ground.declared[key], growth) if group == "all" else None
        if found is None:
            continue
        share = found.covered / ground.people[row] if ground.people[row] > 0 else 1.0
        few = status_of(*(np.array([x]) for x in (1.0, share, 0.0, 0.0)))[0]
        has = np.isfinite(found.value)
        said: dict[str, Any] = {
            "value": found.value, "num": found.num, "den": found.den, "n": float(found.cities), "period": found.period,
            "status": few if has else "not_applicable", "covered_people": found.covered, "basis": 2,
            "note": found.note or (OF_COVERED if has and few == "missing" else ""),
        }  # fmt: skip
        for name, word in said.items():
            columns[name][at] = word
    return pd.DataFrame(columns)


def words_of(basis: npt.NDArray[Any], grade: npt.NDArray[Any]) -> tuple[Any, Any]:
    """Return the words of what numbers rest on and of the worst grade of their sources, empty where there is none.

    Parameters
    ----------
    basis, grade
        Bits, and positions among the grades. (R,) each
    """
    grades = np.array(["", *GRADES], dtype=object)
    return BASIS[np.asarray(basis, np.int64)], grades[np.asarray(grade, np.int64) + 1]
