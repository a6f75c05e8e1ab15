"""Which rows of a nation's table are withheld: counts of few people, and what would give them away in any other row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from citiesforall.core.amounts import amounts
from citiesforall.core.indicator import Indicator
from citiesforall.core.units import unit
from citiesforall.measure.method import METHODS
from citiesforall.nation.coverage import counts_people, is_total
from citiesforall.nation.levels import Ground
from citiesforall.nation.withhold import CLOSE, Maker, few, withheld

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
NUM, DEN = 0, 1
Column = tuple[int, int]
"""Position of an indicator and group, and which of its two amounts."""
Family = tuple[object, ...]
"""What an amount is of: amounts of one family may be the same number in several rows."""
PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("all", ("women", "men")), ("all", ("age_0_14", "age_15_59", "age_60_up")), ("all", ("disabled", "not_disabled")),
    ("all", ("idpoor", "not_idpoor")), ("all", ("renters", "owners")), ("all", ("migrants", "not_migrants")),
    ("all", ("slum", "not_slum")), ("women", ("women_idpoor",)), ("idpoor", ("women_idpoor",)), ("women", ("women_disabled",)),
    ("disabled", ("women_disabled",)), ("women", ("women_60_up",)), ("age_60_up", ("women_60_up",)),
    ("women", ("women_renters",)), ("renters", ("women_renters",)), ("idpoor", ("idpoor_disabled",)),
    ("disabled", ("idpoor_disabled",)),
)  # fmt: skip
"""Groups and what they hold; what is in none of the parts is a count too, though no table shows it."""


@dataclass(frozen=True)
class Told:
    """Hold the amounts of people that a table would tell.

    Parameters
    ----------
    keys
        Positions of indicators and groups. (B)
    num, den
        nan where none is told, or it does not count people. (N, B)
    streets
        Whether the number rests on streets alone. (N, B)
    """

    keys: tuple[int, ...]
    num: Floats
    den: Floats
    streets: Bools


def withheld_rows(
    tables: Iterable[pd.DataFrame], ground: Ground, fewest: float, parts: Mapping[int, Sequence[int]]
) -> frozenset[tuple[int, int]]:
    """Say which rows are withheld.

    Parameters
    ----------
    tables
        All rows, some places at a time.
    ground
        Places, indicators and groups.
    fewest
        Counts of people below this are not told.
    parts
        Place of registers -> cities measured by their streets that are a part of it.

    Returns
    -------
    frozenset
        Place and position of indicator and group.

    Notes
    -----
    Counted are persons, households and families, in numerators and denominators, and what numerators of shares leave to their
    denominator. Sums an attacker knows: a place and what it holds; a group and its parts; an amount of registers that is a part
    of another (IDPoor 1 of IDPoor), or the same in several indicators, as numerator here and denominator there.
    """
    told = _collect(tables, ground)
    families = _families(told, ground)
    cities = {one for some in parts.values() for one in some}
    held: dict[int, list[int]] = {}
    for row in (one for one in range(1, len(ground.tree.codes)) if one not in cities):
        held.setdefault(int(ground.tree.parent[row]), []).append(row)
    out: set[tuple[int, int]] = set()
    # What no sum links is withheld apart: only the counts of a few columns are in memory together.
    for linked in _linked(families, _nested(families, told, ground)):
        columns = [families[family] for family in linked]
        if any(_few(told, ground, one, fewest).any() for some in columns for one in some):
            out |= _withheld_of(told, ground, columns, fewest, (held, parts))
    return frozenset(out)


def _linked(
    families: Mapping[Family, Sequence[Column]], nested: Sequence[tuple[Family, Family]]
) -> list[list[Family]]:
    """Return families in parts between which there is no sum: of other amounts, of which none is a part of another."""
    order = sorted(families, key=str)
    if not order:
        return []
    at = {family: number for number, family in enumerate(order)}
    first: dict[Family, int] = {}
    pairs = [(at[a], at[b]) for a, b in nested]
    pairs += [(at[family], first.setdefault(family[:-1], at[family])) for family in order]
    one, other = np.array(pairs, np.int64).reshape(-1, 2).T
    near = coo_array((np.ones(one.size), (one, other)), (len(order), len(order)))
    _, part = connected_components(near, directed=False)
    out: dict[int, list[Family]] = {}
    for family, number in zip(order, part.tolist(), strict=True):
        out.setdefault(number, []).append(family)
    return list(out.values())


def _withheld_of(
    told: Told, ground: Ground, columns: Sequence[Sequence[Column]], fewest: float,
    places: tuple[Mapping[int, Sequence[int]], Mapping[int, Sequence[int]]],
) -> set[tuple[int, int]]:  # fmt: skip
    """Return which rows of linked families are withheld; `places` are what each place holds, and the cities in it."""
    made, cells = Maker([], [], [], []), dict[tuple[int, Column], int]()
    for some in columns:
        _cells(told, ground, some, made, cells)
    sums: set[tuple[int, tuple[int, ...]]] = set()
    for one in (one for some in columns for one in some):
        sums.update(_of_places(told, places[0], one, cells, places[1]))
    sums.update(_of_groups(told, ground, cells))
    sums.update(_of_amounts(told, ground, cells))
    for whole, some_parts in sorted(sums):
        made.sum(whole, some_parts)
    out = withheld(made.counts(), fewest)
    return {(row, told.keys[column[0]]) for (row, column), cell in cells.items() if out[cell]}


def _collect(tables: Iterable[pd.DataFrame], ground: Ground) -> Told:
    """Return the amounts of people of all rows."""
    people = [counts_people(ground.declared[key]) for key, _ in ground.keys.pairs]
    wanted = tuple(at for at, sides in enumerate(people) if any(sides))
    column = np.full(len(people), -1, np.int64)
    column[list(wanted)] = np.arange(len(wanted))
    N = len(ground.tree.codes)
    num, den = np.full((N, len(wanted)), np.nan), np.full((N, len(wanted)), np.nan)
    streets = np.zeros((N, len(wanted)), dtype=bool)
    for table in tables:
        at, to = table["at"].to_numpy(np.int64), column[table["key"].to_numpy(np.int64)]
        use = to >= 0
        num[at[use], to[use]] = table["num"].to_numpy(np.float64)[use]
        den[at[use], to[use]] = table["den"].to_numpy(np.float64)[use]
        streets[at[use], to[use]] = (table["basis"] == "streets").to_numpy()[use]
    heads = np.array([people[at] for at in wanted], dtype=bool).reshape(-1, 2)
    return Told(wanted, np.where(heads[:, NUM], num, np.nan), np.where(heads[:, DEN], den, np.nan), streets)


def _families(told: Told, ground: Ground) -> dict[Family, list[Column]]:
    """Return the columns of amounts, those together that may be the same numbers."""
    out: dict[Family, list[Column]] = {}
    for column, key in enumerate(told.keys):
        name, group = ground.keys.pairs[key]
        one = ground.declared[name]
        for side, amounts_of in ((NUM, told.num), (DEN, told.den)):
            if np.isfinite(amounts_of[:, column]).any():
                out.setdefault((*_amount(one, side), group), []).append((column, side))
    return out


def _amount(one: Indicator, side: int) -> Family:
    """Return what an amount is of, besides its group."""
    named = one.options.get("of" if is_total(one) else ("num", "den")[side])
    if "registers" in METHODS[one.method].reads and named:
        return ("registers", *sorted({named} if isinstance(named, str) else set(named)))
    if side == DEN and "households" not in METHODS[one.method].reads:
        return ("people",)
    return (one.id, side)


def _few(told: Told, ground: Ground, column: Column, fewest: float) -> Bools:
    """Say where an amount is of few people. (N,)"""
    at, side = column
    value = (told.num, told.den)[side][:, at]
    return np.isfinite(value) & few(np.nan_to_num(value), _most(told, ground, column), fewest)


def _most(told: Told, ground: Ground, column: Column) -> Floats:
    """Return what an amount cannot exceed: its denominator, for a share of people. (N,)"""
    at, side = column
    one = ground.declared[ground.keys.pairs[told.keys[at]][0]]
    nothing = np.full(told.num.shape[0], np.inf)
    if side == DEN or is_total(one) or unit(one.unit).dimension != "share":
        return nothing
    return np.where(np.isfinite(told.den[:, at]), told.den[:, at], np.inf)


def _nested(
    families: Mapping[Family, Sequence[Column]], told: Told, ground: Ground
) -> list[tuple[Family, Family]]:
    """Return families of registers of which the first is a part of the second: an amount of a sum, or declared so.

    Not a numerator and its own denominator: what the one leaves to the other is a count by itself already.
    """
    registers = [one for one in families if one[0] == "registers"]
    below: dict[Family, set[Family]] = {}
    for family in registers:
        for at, side in families[family]:
            if side == NUM:
                name, group = ground.keys.pairs[told.keys[at]]
                below.setdefault(family, set()).add((*_amount(ground.declared[name], DEN), group))
    out = []
    for one in registers:
        for other in registers:
            part, whole = set(one[1:-1]), set(other[1:-1])
            if one == other or one[-1] != other[-1] or other in below.get(one, set()):
                continue
            above = {amounts()[name].of for name in map(str, part) if name in amounts()}
            if part < whole or (len(part) == 1 and above == whole):
                out.append((one, other))
    return out


def _cells(
    told: Told, ground: Ground, columns: Sequence[Column], made: Maker, cells: dict[tuple[int, Column], int]
) -> None:
    """Give every count of a family a number: equal amounts of one place are one count."""
    values = np.stack([(told.num, told.den)[side][:, at] for at, side in columns], axis=1)
    most = np.stack([_most(told, ground, column) for column in columns], axis=1)
    for row in np.flatnonzero(np.isfinite(values).any(axis=1)).tolist():
        known: list[tuple[float, int]] = []
        for number, column in enumerate(columns):
            value = float(values[row, number])
            if np.isnan(value):
                continue
            same = next((cell for one, cell in known if abs(one - value) <= CLOSE), None)
            if same is None:
                same = made.count(value, float(most[row, number]))
                known.append((value, same))
            else:
                made.most[same] = max(value, min(made.most[same], float(most[row, number])))
            cells[row, column] = same


def _of_places(
    told: Told, held: Mapping[int, Sequence[int]], column: Column, cells: Mapping[tuple[int, Column], int],
    parts: Mapping[int, Sequence[int]],
) -> Iterable[tuple[int, tuple[int, ...]]]:  # fmt: skip
    """Yield a place and what it holds: its places, or the cities in it where the number is theirs."""
    for row, inside in held.items():
        whole = cells.get((row, column))
        if whole is None:
            continue
        own = parts.get(row, ()) if told.streets[row, column[0]] and row in parts else inside
        some = tuple(cells[one, column] for one in own if (one, column) in cells)
        if some:
            yield whole, some


def _of_groups(
    told: Told, ground: Ground, cells: Mapping[tuple[int, Column], int]
) -> Iterable[tuple[int, tuple[int, ...]]]:
    """Yield a group and its parts, of every place and indicator."""
    column = {ground.keys.pairs[key]: at for at, key in enumerate(told.keys)}
    splits: dict[int, list[list[int]]] = {}
    for (name, group), at in column.items():
        some = [[column.get((name, one), -1) for one in groups] for whole, groups in PARTS if whole == group]
        splits[at] = [one for one in some if min(one) >= 0]
    for (row, (at, side)), cell in list(cells.items()):
        for split in splits[at]:
            parts = [cells.get((row, (one, side)), -1) for one in split]
            if min(parts) >= 0:
                yield cell, tuple(parts)


def _of_amounts(
    told: Told, ground: Ground, cells: Mapping[tuple[int, Column], int]
) -> Iterable[tuple[int, tuple[int, ...]]]:
    """Yield an amount of registers and one that is a part of it, of every place."""
    family = {}
    for _, (at, side) in cells:
        name, group = ground.keys.pairs[told.keys[at]]
        family[at, side] = (*_amount(ground.declared[name], side), group)
    columns: dict[Family, list[Column]] = {}
    for column, one in family.items():
        columns.setdefault(one, []).append(column)
    rows = sorted({row for row, _ in cells})
    for part, whole in _nested(columns, told, ground):
        for row in rows:
            for a in columns[part]:
                for b in columns[whole]:
                    if (row, a) in cells and (row, b) in cells:
                        yield cells[row, b], (cells[row, a],)
