"""Which members lie in which province, and what each says: what inequality within and between is added up from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.estimate import ratio
from citiesforall.measure.draw_store import Kept
from citiesforall.nation.city_rows import CityRows, drawn
from citiesforall.nation.levels import Ground
from citiesforall.nation.tree import up
from citiesforall.nation.within_between import (
    Spread,
    add_place,
    is_compared,
    joined,
    no_spread,
    spread_table,
)

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
PROVINCE, MEMBER = "province", "member"


class Source(Protocol):
    """Give what a city says, by the place of the nation that it is."""

    def __call__(self, row: int) -> tuple[CityRows, Kept | None] | None:
        """Return it with its draws; nothing where the place is none of a city's."""


@dataclass(frozen=True)
class Compared:
    """Hold what is compared: sums of members by province, and of lowest places by member.

    Parameters
    ----------
    keys
        Position of an indicator (of everybody) -> its number among those compared.
    names
        Of the indicators compared.
    members, lowest
        Of members the number of their province, of lowest places that of their member; -1 for others. (N,) each
    spreads
        By what is compared and with what it is grouped.
    """

    keys: Mapping[int, int]
    names: tuple[str, ...]
    members: Ints
    lowest: Ints
    spreads: Mapping[tuple[str, str], Spread]


def compared(ground: Ground, parts: frozenset[int]) -> Compared:
    """Say what is compared.

    Parameters
    ----------
    ground
        Places, indicators and groups.
    parts
        Cities that are a part of a place of registers: its people are not counted twice.
    """
    tree = ground.tree
    found = [
        at
        for at, (key, group) in enumerate(ground.keys.pairs)
        if group == "all" and is_compared(ground.declared[key])
    ]
    paths = [up(tree, row) for row in range(len(tree.codes))]
    under = [path[-2] if len(path) > 1 else path[0] for path in paths]
    of_member = [next((one for one in path[1:] if tree.codes[one] in tree.members), -1) for path in paths]
    is_member = np.array([code in tree.members and row not in parts for row, code in enumerate(tree.codes)])
    leaf = ~np.isin(np.arange(len(tree.codes)), tree.parent)
    inside = leaf & (np.array(of_member) >= 0)
    province = np.where(is_member, np.unique(under, return_inverse=True)[1], -1)
    lowest = np.where(inside, np.unique(of_member, return_inverse=True)[1], -1)
    K = len(found)
    spreads = {(PROVINCE, MEMBER): no_spread(int(province.max(initial=-1)) + 1, K, ground.S)}
    if inside.any():
        level = next(tree.levels[row] for row in np.flatnonzero(inside))
        spreads[MEMBER, level] = no_spread(int(lowest.max()) + 1, K, 1)
    names = tuple(ground.keys.pairs[at][0] for at in found)
    return Compared({at: number for number, at in enumerate(found)}, names, province, lowest, spreads)


def add_rows(into: Compared, table: pd.DataFrame, ground: Ground, source: Source) -> None:
    """Add the rows of some places.

    Parameters
    ----------
    into
        Is changed.
    table
        Rows as they are told: what is withheld has no value.
    ground
        Places, indicators and groups.
    source
        What the city of a place says, for its draws.
    """
    use = table["key"].isin(list(into.keys)) & np.isfinite(table["value"].to_numpy(np.float64))
    for place, rows in table[use].groupby("at", sort=True):
        at = int(str(place))
        key = rows["key"].to_numpy(np.int64)
        where = np.array([into.keys[int(one)] for one in key], np.int64)
        # In SI and shares 0 to 1, so that variances of shares are those of persons.
        value = (rows["value"].to_numpy(np.float64) / ground.keys.per_si[key])[:, None]
        status = list(rows["status"])
        people = float(ground.people[at])
        for (_, of), spread in into.spreads.items():
            group = into.members if of == MEMBER else into.lowest
            if group[at] < 0:
                continue
            drawn_values = _drawn(value, key, at, ground, source) if spread.sums.shape[3] > 1 else value
            add_place(spread, int(group[at]), where, (drawn_values, people, status))


def _drawn(value: Floats, key: Ints, at: int, ground: Ground, source: Source) -> Floats:
    """Return values per draw: from the place's amounts, else the same in each. (K', S)"""
    out = np.repeat(value, ground.S, axis=1)
    found_of = source(at)
    if found_of is None:
        return out
    rows, kept = found_of
    wanted = {ground.keys.pairs[one]: number for number, one in enumerate(key) if ground.keys.adds[one]}
    where, draws = drawn(rows, ground.tree.codes[at], wanted, ground.declared, ground.S, kept)
    den = np.where(ground.keys.total[key[where]][:, None], 1.0, draws[1])
    found = ratio(draws[0], den)
    good = np.isfinite(found).all(axis=1) & (found >= 0).all(axis=1)
    out[where[good], 1:] = found[good, 1:]
    return out


def spread_rows(done: Compared, ground: Ground) -> pd.DataFrame:
    """Return the table of inequality within and between.

    Parameters
    ----------
    done
        With all places added.
    ground
        With the indicators.
    """
    return joined(
        spread_table(spread, done.names, ground.declared, words) for words, spread in done.spreads.items()
    )


def watched(
    tables: Iterator[pd.DataFrame], into: Compared, ground: Ground, source: Source
) -> Iterator[pd.DataFrame]:
    """Pass tables on, adding their rows on the way.

    Parameters
    ----------
    tables, into, ground, source
        As for `add_rows`.
    """
    for table in tables:
        add_rows(into, table, ground, source)
        yield table
