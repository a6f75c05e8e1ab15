"""What registers say of a whole tree of places, with sums made exact: each number once, at the place it is told of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.estimate import ratio
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.nation.city_rows import CityRows, drawn
from citiesforall.nation.coverage import NO_GRADE, REGISTERS, counts_people, is_total
from citiesforall.nation.exact import round_tree
from citiesforall.nation.sums import NOBODY, WITHHELD, Keys, Sums, ends_of, exactly, nothing
from citiesforall.nation.tree import Tree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Book:
    """Hold what the registers of one city file say of its places.

    Parameters
    ----------
    rows
        As the city says it.
    places
        Position of each in the nation's tree, from above. (R,)
    parent
        Position of the place each lies in, among these; -1 where it is none of them. (R,)
    keys
        What it has, as positions among the nation's indicators and groups. (B,)
    frame
        Its rows by place and key, -1 where it has none. (R, B)
    num, den, own
        Exact amounts, nan where none; what of the numerator is in no place below. (R, B)
    people, covered, places_covered
        Residents; of those, and of the lowest places, whom each number speaks for. (R,), (R, B), (R, B)
    lowest
        How many lowest places each holds. (R,)
    """

    rows: CityRows
    places: Ints
    parent: Ints
    keys: Ints
    frame: Ints
    num: Floats
    den: Floats
    own: Floats
    people: Floats
    covered: Floats
    places_covered: Floats
    lowest: Floats

    def at(self, row: int) -> int:
        """Return where a place of the nation is among these, -1 where it is not."""
        found = int(np.searchsorted(self.places, row))
        return found if found < self.places.size and self.places[found] == row else -1


def make_book(rows: CityRows, tree: Tree, keys: Keys, taken: frozenset[int]) -> Book:
    """Make the sums of a register city exact.

    Parameters
    ----------
    rows
        What it says.
    tree
        Of the nation.
    keys
        What is added up.
    taken
        Keys that another register city says of the same places already: left out.

    Returns
    -------
    Book
        Its places, from above.
    """
    at = tree.at()
    frame = rows.rows[rows.rows["place"].isin(at)]
    place = frame["place"].map(at).to_numpy(np.int64)
    key = np.array(
        [keys.position[one] for one in zip(frame["indicator"], frame["group"], strict=True)], np.int64
    )
    use = ~np.isin(key, list(taken))
    places = np.unique(np.array([at[code] for code in rows.people if code in at] + place.tolist(), np.int64))
    found = np.unique(key[use])
    position = {int(one): number for number, one in enumerate(places)}
    parent = np.array([position.get(int(tree.parent[one]), -1) for one in places], np.int64)
    of_row = np.full((places.size, found.size), -1, np.int64)
    of_row[np.searchsorted(places, place[use]), np.searchsorted(found, key[use])] = np.flatnonzero(
        rows.rows["place"].isin(at).to_numpy()
    )[use]
    num, den, own, alone = _exact(rows.rows, of_row, parent, (keys, found))
    people = np.array([rows.people.get(tree.codes[one], np.nan) for one in places], np.float64)
    leaf = ~np.isin(np.arange(places.size), parent)
    told = (of_row >= 0) & np.isin(_text(rows.rows, "status", of_row), ["missing", ""], invert=True)
    told &= ~left_out(num, den, people, [keys.pairs[one][0] for one in found])
    stands = told & (alone | (_up(told.astype(np.float64), parent, None) <= 1))
    weight = np.nan_to_num(people)
    if weight.sum() == 0:
        weight = _up(leaf.astype(np.float64)[:, None], parent, None)[:, 0]
    covered = _up(np.where(leaf[:, None] & told, weight[:, None], 0.0), parent, (stands, weight))
    lowest = _up(leaf.astype(np.float64)[:, None], parent, None)[:, 0]
    reached = _up((leaf[:, None] & told).astype(np.float64), parent, (stands, lowest))
    return Book(
        rows, places, parent, found, of_row, num, den, own, np.where(weight > 0, weight, people), covered, reached, lowest
    )  # fmt: skip


def left_out(num: Floats, den: Floats, people: Floats, names: Sequence[str]) -> Bools:
    """Say where people live whom an amount for each of another does not count: density where no area is known.

    Parameters
    ----------
    num, den
        Amounts. (R, B)
    people
        Residents. (R,)
    names
        Indicators. (B)

    Returns
    -------
    ndarray
        True where both amounts are 0 though the first counts people and some live there. (R, B)
    """
    declared = indicators()
    each = [counts_people(declared[key]) == (True, False) and not is_total(declared[key]) for key in names]
    nobody = (num == 0) & (den == 0) & (people[:, None] > 0)
    return np.asarray(np.array(each, bool) & nobody, bool)


def _exact(
    rows: pd.DataFrame, of_row: Ints, parent: Ints, which: tuple[Keys, Ints]
) -> tuple[Floats, Floats, Floats, Bools]:
    """Round every column of amounts down its tree, those that add up; say where a place tells more than what it holds."""
    keys, found = which
    num, den = (_number(rows, name, of_row) for name in ("num", "den"))
    own, alone = np.zeros_like(num), np.broadcast_to(~keys.adds[found], num.shape).copy()
    for column, key in enumerate(found):
        if not keys.adds[key]:
            continue
        num[:, column], own[:, column] = round_tree(num[:, column], parent, float(keys.step_num[key]))
        if keys.total[key]:
            den[:, column] = np.where(np.isnan(num[:, column]), np.nan, 1.0)
        else:
            den[:, column], rest = round_tree(den[:, column], parent, float(keys.step_den[key]))
            alone[:, column] |= rest != 0
        alone[:, column] |= own[:, column] != 0
    return num, den, own, alone


def _number(rows: pd.DataFrame, name: str, of_row: Ints) -> Floats:
    """Return a column by place and key, nan where there is no row."""
    if rows.empty:
        return np.full(of_row.shape, np.nan)
    values = rows[name].to_numpy(np.float64)
    return np.where(of_row >= 0, values[of_row], np.nan)


def _text(rows: pd.DataFrame, name: str, of_row: Ints) -> npt.NDArray[np.object_]:
    """Return a column of words by place and key, empty where there is no row."""
    if rows.empty:
        return np.full(of_row.shape, "", dtype=object)
    return np.where(of_row >= 0, rows[name].to_numpy(dtype=object)[of_row], "")


def _up(leaf: Floats, parent: Ints, stands: tuple[Bools, Floats] | None) -> Floats:
    """Add up from below; where a place speaks for itself as a whole, its own weight stands."""
    out = leaf.copy()
    for row in range(parent.size - 1, -1, -1):
        if stands is not None:
            out[row] = np.where(stands[0][row], stands[1][row], out[row])
        if parent[row] >= 0:
            out[parent[row]] += out[row]
    return out


def book_sums(book: Book, row: int, keys: Keys, declared: Mapping[str, Indicator], S: int) -> Sums:
    """Return what registers say of one place, as sums of all keys.

    Parameters
    ----------
    book
        The registers.
    row
        Of the place, among theirs.
    keys
        What is added up.
    declared
        Indicators by id.
    S
        Draws.
    """
    out = nothing(len(keys.pairs), S)
    of_row = book.frame[row]
    status = _text(book.rows.rows, "status", of_row[None, :])[0]
    has = (of_row >= 0) & np.isfinite(book.num[row]) & np.isfinite(book.den[row]) & keys.adds[book.keys]
    at = book.keys[has]
    out.num[at], out.den[at] = book.num[row, has], book.den[row, has]
    out.n[at] = np.nan_to_num(_number(book.rows.rows, "n", of_row[None, :])[0])[has]
    out.people[at], out.places[at] = book.covered[row, has], book.places_covered[row, has]
    out.weak[at] = np.where(np.isin(status[has], ["estimated", "modelled"]), out.people[at], 0.0)
    out.shaky[at] = np.where(status[has] == "low_n", out.people[at], 0.0)
    out.basis[at] = REGISTERS
    out.grade[at] = np.where(of_row >= 0, _number(book.rows.rows, "grade", of_row[None, :])[0], NO_GRADE)[has]
    out.absent[book.keys[status == "not_applicable"]] = NOBODY
    out.absent[book.keys[status == "suppressed"]] = WITHHELD
    first, last = ends_of(_text(book.rows.rows, "period", of_row[None, :])[0][has])
    out.first[at], out.last[at] = first, last
    code = _code(book, row)
    where, draws = drawn(book.rows, code, {keys.pairs[one]: int(one) for one in at}, declared, S)
    out.draws[:, where] = exactly(draws, (out.num[where], out.den[where]), keys, where)
    return out


def _code(book: Book, row: int) -> str:
    """Return the code of a place of the registers."""
    some = book.frame[row][book.frame[row] >= 0]
    return str(book.rows.rows["place"].iloc[int(some[0])]) if some.size else ""


def book_table(book: Book, rows: Ints, keys: Keys) -> pd.DataFrame:
    """Return the rows of some places, their amounts exact and their values made from them.

    Parameters
    ----------
    book
        The registers.
    rows
        Of the places, among theirs.
    keys
        What is added up.

    Returns
    -------
    pandas.DataFrame
        Columns of observations, ``at`` (position in the nation), ``key``, ``covered_people``, ``covered_places``, ``basis``,
        ``grade``.
    """
    of, column = np.nonzero(book.frame[rows] >= 0)
    of = rows[of]
    frame = book.rows.rows.iloc[book.frame[of, column]].reset_index(drop=True)
    key = book.keys[column]
    num, den = book.num[of, column], book.den[of, column]
    exact = keys.adds[key] & frame["value"].notna().to_numpy() & np.isfinite(num)
    value = np.where(exact, ratio(num, den) * keys.per_si[key], frame["value"].to_numpy(np.float64))
    # Rounding may move a value past the end of its interval by a digit no one sees.
    low, high = frame["low"].to_numpy(np.float64), frame["high"].to_numpy(np.float64)
    table: pd.DataFrame = frame.assign(
        at=book.places[of],
        key=key,
        value=value,
        low=np.where(np.isnan(low), np.nan, np.fmin(low, value)),
        high=np.where(np.isnan(high), np.nan, np.fmax(high, value)),
        num=num,
        den=den,
        covered_people=book.covered[of, column],
        covered_places=book.places_covered[of, column],
        basis=REGISTERS,
    )
    return table
