"""Counts that must not be told, and those that would give them away: by difference, across levels, groups and tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
CLOSE = 1e-6
"""Counts nearer than this are the same. [people]"""
MOST_UNKNOWN = 4_000
"""Unknown counts that hang together up to which bounds are computed exactly (ours); where there are more, more is withheld."""


@dataclass(frozen=True)
class Counts:
    """Hold counts of people and the sums an attacker knows of them.

    Parameters
    ----------
    value
        Of every count. (C,)
    most
        What everybody knows it cannot exceed: its denominator, the people of the place; inf where nothing. (C,)
    silent
        Counts that no table shows: the rest of a whole, the difference of two nested counts. They may follow from others. (C,)
    cost
        What is lost by withholding it: the smallest are taken first. (C,)
    sums
        Whole and parts: ``value[whole] == value[parts].sum()``.
    """

    value: Floats
    most: Floats
    silent: Bools
    cost: Floats
    sums: tuple[tuple[int, tuple[int, ...]], ...]


def few(value: Floats, most: Floats, fewest: float) -> Bools:
    """Say which counts are too few, themselves or what is left to their whole; nobody at all is told.

    Parameters
    ----------
    value, most
        Counts and their wholes. (C,)
    fewest
        From which a count may be told.
    """
    rest = most - value
    return ((value > 0) & (value < fewest)) | ((rest > CLOSE) & (rest < fewest))


def withheld(counts: Counts, fewest: float) -> Bools:
    """Say which counts are withheld so that no few can be worked out.

    Parameters
    ----------
    counts
        Counts and sums.
    fewest
        Counts of people below this are not told, nor bounded more closely than this.

    Returns
    -------
    ndarray
        True where a count is not told; silent ones are. (C,)

    Notes
    -----
    The threshold rule with complementary suppression [hundepool_2012]: (1) few counts are withheld; (2) in every sum what is
    withheld must leave each of its counts room of `fewest` people, else the cheapest count still told is withheld too, and so
    on; (3) of every few count the least and the most that all sums together allow are computed (linear programs over
    everything that hangs together); where they lie closer than `fewest`, a further count is withheld and (2) begins again.
    It ends, for counts are only added, and what is wide stays so when more is withheld. Everybody is taken to know denominators.
    """
    asked = few(counts.value, counts.most, fewest)
    out = asked | counts.silent
    of = _sums_of(counts)
    _fill(counts, out, fewest, range(len(counts.sums)), of)
    proved: set[int] = set()
    while True:
        tight = _tight(counts, (out, asked), fewest, proved, of)
        if not tight:
            return out
        for cell in tight:
            added = _one_more(counts, out, of[cell])
            if added is None:
                added = _one_more(counts, out, sorted(_around(counts, of, cell)))
            if added is None:
                proved.add(cell)  # everything that could be withheld is
        _fill(counts, out, fewest, range(len(counts.sums)), of)


def _sums_of(counts: Counts) -> list[list[int]]:
    """Return the sums each count is in."""
    of: list[list[int]] = [[] for _ in range(counts.value.size)]
    for number, (whole, parts) in enumerate(counts.sums):
        for cell in (whole, *parts):
            of[cell].append(number)
    return of


def _around(counts: Counts, of: Sequence[Sequence[int]], cell: int) -> set[int]:
    """Return the sums of all counts that share a sum with one."""
    near = {one for number in of[cell] for one in (counts.sums[number][0], *counts.sums[number][1])}
    return {number for one in near for number in of[one]}


def _fill(
    counts: Counts, out: Bools, fewest: float, first: Iterable[int], of: Sequence[Sequence[int]]
) -> None:
    """Withhold more until every sum leaves room."""
    waiting = list(first)
    queued = set(waiting)
    while waiting:
        number = waiting.pop()
        queued.discard(number)
        while not _has_room(counts, out, fewest, number):
            added = _one_more(counts, out, {number})
            if added is None:
                break
            more = [one for one in of[added] if one not in queued and one != number]
            waiting += more
            queued.update(more)


def _has_room(counts: Counts, out: Bools, fewest: float, number: int) -> bool:
    """Say whether what is withheld of a sum leaves each of its counts room of so many people."""
    whole, parts = counts.sums[number]
    hidden = [one for one in parts if out[one]]
    if out[whole]:
        return bool(hidden)
    # What no table shows need not be kept from anybody, unless it is few.
    kept = np.array(
        [not counts.silent[one] or bool(few(*_pair(counts, one), fewest)) for one in hidden], bool
    )
    if not kept.any():
        return True
    most, total = counts.most[hidden], float(counts.value[hidden].sum())
    # The sum of the others, counted so that one that has no limit does not hide its own.
    before = np.concatenate([[0.0], np.cumsum(most)[:-1]])
    after = np.concatenate([np.cumsum(most[::-1])[::-1][1:], [0.0]])
    others = before + after
    width = np.minimum(most, total) - np.maximum(0.0, total - others)
    return bool((width >= np.minimum(fewest, most) - CLOSE)[kept].all())


def _pair(counts: Counts, cell: int) -> tuple[Floats, Floats]:
    """Return a count and its whole."""
    return counts.value[cell : cell + 1], counts.most[cell : cell + 1]


def _one_more(counts: Counts, out: Bools, sums: Iterable[int]) -> int | None:
    """Withhold the cheapest count of some sums that is still told: a part if there is one, else the whole; none if all are."""
    best: tuple[int, float, int] | None = None
    for number in sums:
        whole, parts = counts.sums[number]
        for cell in (*parts, whole):
            if out[cell] or counts.silent[cell]:
                continue
            # Nobody at all hides little, and a whole tells more than its parts: both come last.
            order = (
                (2 if cell == whole else int(counts.value[cell] <= CLOSE)), float(counts.cost[cell]), cell,
            )  # fmt: skip
            best = order if best is None or order < best else best
    if best is None:
        return None
    out[best[2]] = True
    return best[2]


def _tight(
    counts: Counts, said: tuple[Bools, Bools], fewest: float, proved: set[int], of: Sequence[Sequence[int]]
) -> list[int]:
    """Return few counts that all sums together bound more closely than they may; those proved wide are remembered."""
    out, asked = said
    unknown = np.flatnonzero(out)
    if not unknown.size or not counts.sums:
        return []
    rows, group = _system(counts, out, unknown)
    tight = []
    for number in np.unique(group):
        cells = unknown[group == number]
        ask = [int(one) for one in cells if asked[one] and int(one) not in proved]
        for cell in ask:
            wide = _moves(counts, out, cell, of) >= min(fewest, counts.most[cell]) - CLOSE
            if not wide and cells.size <= MOST_UNKNOWN:
                room = min(fewest, float(counts.most[cell])) - CLOSE
                low, high = bounds(counts, (rows, unknown), cells, cell, room)
                wide = high - low >= room
            if wide:
                proved.add(cell)
            else:
                tight.append(cell)
    return tight


def _system(counts: Counts, out: Bools, unknown: Ints) -> tuple[csr_array, Ints]:
    """Return the sums as equations of the unknown, and which of the unknown hang together."""
    at = np.full(out.size, -1, np.int64)
    at[unknown] = np.arange(unknown.size)
    row, column, sign = [], [], []
    for number, (whole, parts) in enumerate(counts.sums):
        for cell, factor in ((whole, -1.0), *((one, 1.0) for one in parts)):
            if out[cell]:
                row.append(number)
                column.append(int(at[cell]))
                sign.append(factor)
    shape = (len(counts.sums), unknown.size)
    rows = csr_array(
        coo_array((np.array(sign), (np.array(row, np.int64), np.array(column, np.int64))), shape)
    )
    _, group = connected_components(abs(rows).T @ abs(rows), directed=False)
    return rows, np.asarray(group, np.int64)


def bounds(
    counts: Counts, system: tuple[csr_array, Ints], cells: Ints, cell: int, room: float = np.inf
) -> tuple[float, float]:
    """Return the least and the most that a count can be, given everything that is told.

    Parameters
    ----------
    counts
        Counts and sums.
    system
        Equations of the unknown, and which counts these are.
    cells
        Those that hang together with the one. (c,)
    cell
        The one.
    room
        Enough: where the most lies so far above the count, the least is not looked for, and the count stands for it.
    """
    rows, unknown = system
    part = rows[:, np.searchsorted(unknown, cells)]
    part = part[np.flatnonzero(abs(part).sum(axis=1))]
    told = part @ counts.value[cells]
    limits = np.stack([np.zeros(cells.size), counts.most[cells]], axis=1)
    aim = np.where(cells == cell, 1.0, 0.0)
    ends = []
    for sign in (-1.0, 1.0):
        found = linprog(sign * aim, A_eq=part, b_eq=told, bounds=limits, method="highs")
        ends.append(sign * found.fun if found.status == 0 else -sign * np.inf)
        if ends[0] - counts.value[cell] >= room:
            return float(counts.value[cell]), float(ends[0])
    return float(ends[1]), float(ends[0])


def _moves(counts: Counts, out: Bools, cell: int, of: Sequence[Sequence[int]]) -> float:
    """Return room that is surely there: the count and those withheld with it in its only sum may change against each other."""
    if len(of[cell]) != 1 or counts.sums[of[cell][0]][0] == cell:
        return 0.0
    parts = counts.sums[of[cell][0]][1]
    alone = [one for one in parts if one != cell and out[one] and len(of[one]) == 1]
    up = min(counts.most[cell] - counts.value[cell], float(counts.value[alone].sum()))
    down = min(float(counts.value[cell]), float((counts.most[alone] - counts.value[alone]).sum()))
    return float(up + down)


def withheld_places(values: Floats, parent: Ints, fewest: float, most: Floats | None = None) -> Bools:
    """Say which places of a tree are withheld, of one count or of parts that add up to the first.

    Parameters
    ----------
    values
        Count of every place, nan where none is told; several are a whole and its parts (everybody, women, men). (R,) or (P, R)
    parent
        Position of the place each lies in, -1 for none. (R,)
    fewest
        Counts of people below this are not told.
    most
        People of every place; nothing known where absent. Of the shape of ``values``.

    Returns
    -------
    ndarray
        Of the shape of ``values``.

    Examples
    --------
    Two people with a problem here, forty there, a hundred elsewhere: the two and the forty are withheld.

    >>> withheld_places(np.array([142.0, 2.0, 40.0, 100.0]), np.array([-1, 0, 0, 0]), 5.0).tolist()
    [False, True, True, False]
    """
    table = np.atleast_2d(np.asarray(values, np.float64))
    P, R = table.shape
    limit = (
        np.full(table.shape, np.inf) if most is None else np.broadcast_to(np.atleast_2d(most), table.shape)
    )
    made = Maker([], [], [], [])
    cell = np.full(table.shape, -1, np.int64)
    for part, place in zip(*np.nonzero(np.isfinite(table)), strict=True):
        cell[part, place] = made.count(float(table[part, place]), float(limit[part, place]))
    for part in range(P):
        for place in np.unique(parent[parent >= 0]):
            made.sum(int(cell[part, place]), cell[part, parent == place])
    if P > 1:
        for place in range(R):
            made.sum(int(cell[0, place]), cell[1:, place])
    found = np.append(withheld(made.counts(), fewest), False)
    return np.asarray(found[cell].reshape(np.shape(values)))


@dataclass(frozen=True)
class Maker:
    """Collect counts and sums one by one; lists are added to in place.

    Parameters
    ----------
    value, most, silent
        Of every count.
    sums
        Whole and parts.
    """

    value: list[float]
    most: list[float]
    silent: list[bool]
    sums: list[tuple[int, tuple[int, ...]]]

    def count(self, value: float, most: float, *, silent: bool = False) -> int:
        """Add a count; return its number."""
        self.value.append(value)
        self.most.append(max(value, most))
        self.silent.append(silent)
        return len(self.value) - 1

    def sum(self, whole: int, parts: Iterable[int]) -> None:
        """Add a whole and its parts, where they are told; what of the whole is in no part is a silent count."""
        some = [int(one) for one in parts if one >= 0]
        if whole < 0 or not some:
            return
        rest = self.value[whole] - sum(self.value[one] for one in some)
        if rest < -CLOSE:
            return  # not its parts: of other people, or of another time
        if rest > CLOSE:
            some.append(self.count(rest, self.most[whole], silent=True))
        self.sums.append((whole, tuple(some)))

    def counts(self) -> Counts:
        """Return what was collected; withholding a count costs the people it is of."""
        value = np.array(self.value, np.float64)
        return Counts(
            value, np.array(self.most, np.float64), np.array(self.silent, bool), value, tuple(self.sums)
        )
