"""Amounts of registers added up the tree of places, over those where all that is asked is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citiesforall.core.amounts import RESIDENTS, amounts
from citiesforall.measure.register_layer import RegisterLayer, when

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]
WHOLE = 1 - 1e-9
"""Share of a place's residents from which it counts as known as a whole."""

ROUNDING = 1e-6
"""By which a part may pass its whole before it is called more. [share]"""


@dataclass(frozen=True)
class Known:
    """Hold amounts added up over the places where all of them are known.

    Parameters
    ----------
    amounts
        In the order asked. (S, R) each
    n
        Places they were added up from. (R,)
    unknown_share
        Share of the residents about whom not all of them are known. (R,)
    estimated_share
        Share of the residents for whom one of them is estimated. (R,)
    """

    amounts: tuple[Floats, ...]
    n: Floats
    unknown_share: Floats
    estimated_share: Floats


def depths(parent: Ints) -> Ints:
    """Return how many places hold each place. (R,)"""
    out = np.zeros(parent.size, dtype=np.int64)
    above = parent.copy()
    while (above >= 0).any():
        out += above >= 0
        above = np.where(above >= 0, parent[above], -1)
    return out


def below(parent: Ints, depth: Ints, level: int) -> tuple[Ints, Ints, Ints]:
    """Return the rows of one depth sorted by parent, where each parent's begin, and the parents."""
    rows = np.flatnonzero(depth == level)
    rows = rows[np.argsort(parent[rows], kind="stable")]
    parents, starts = np.unique(parent[rows], return_index=True)
    return rows, starts.astype(np.int64), parents


def complete(value: Floats, parent: Ints, depth: Ints, newer: Bools | None = None) -> Floats:
    """Return amounts of places: the sum of what they hold where all of that is known, else what is stated of them.

    Parameters
    ----------
    value
        Stated of each place, nan where nothing. (S, R)
    parent, depth
        The tree of places. (R,)
    newer
        Places of which something later is stated than of what they hold: that stands. (R,)

    Returns
    -------
    ndarray
        nan where neither is known. (S, R)
    """
    stands = np.zeros(parent.size, dtype=bool) if newer is None else newer & np.isfinite(value[0])
    out = value.copy()
    for level in range(int(depth.max(initial=0)), 0, -1):
        rows, starts, parents = below(parent, depth, level)
        sums = np.add.reduceat(out[:, rows], starts, axis=1)  # nan where a part is
        out[:, parents] = np.where(np.isnan(sums[:1]) | stands[parents], out[:, parents], sums)
    return out


def known_amounts(
    layer: RegisterLayer,
    asked: Sequence[Sequence[str]],
    weighed: tuple[str, str] | None = None,
    *,
    part: bool = False,
) -> Known:
    """Add amounts up over the places where all are known, so that a numerator and its denominator are of the same people.

    Parameters
    ----------
    layer
        The registers.
    asked
        Amounts; several in one are added.
    weighed
        An index and the amount it is weighed by, instead: the answer is (index x weight, weight).
    part
        Whether the first asked is a part of the second (`within`).

    Returns
    -------
    Known
        Amounts per row, coverage.

    Raises
    ------
    NoDataError
        No register gives one of them.

    Notes
    -----
    A place counts what its parts say where they are all known and nothing later is stated of itself; else what is stated of
    itself; else the parts that are known.
    """
    depth = depths(layer.parent)
    if weighed is None:
        names = [name for group in asked for name in group]
        own = [_sum([_whole(layer, name, depth) for name in group]) for group in asked]
    else:
        names = list(weighed)
        weight = _whole(layer, weighed[1], depth)
        own = [layer.drawn(weighed[0]) * weight, weight + 0 * layer.drawn(weighed[0])]
    if part:
        own[0] = within(own[0], own[1])
    guessed = np.any([layer.of(name).estimated for name in names], axis=0)
    later = np.any([newer(layer, name, depth) for name in names], axis=0)
    return _joined(layer, own, (guessed, later), depth)


def _whole(layer: RegisterLayer, name: str, depth: Ints) -> Floats:
    """Return one amount where it is complete; an index never adds up."""
    word = name.partition("@")[0]
    value = layer.drawn(name)
    adds = word == RESIDENTS or amounts()[word].kind == "sum"
    return complete(value, layer.parent, depth, newer(layer, name, depth)) if adds else value


def within(part: Floats, whole: Floats) -> Floats:
    """Cut draws of a part at its whole; what is published stays as it is.

    Parameters
    ----------
    part, whole
        Per draw. (S, R) or (1, R)

    Returns
    -------
    ndarray
        The part. Where it is more than its whole as published, figures do not fit together: nothing is cut there, so that the
        value shows it. (S, R)
    """
    return np.where(part[:1] > whole[:1] * (1 + ROUNDING), part, np.minimum(part, whole))


def newer(layer: RegisterLayer, name: str, depth: Ints) -> Bools:
    """Say of which places something later is stated than of any place they hold.

    Parameters
    ----------
    layer
        The registers.
    name
        Amount.
    depth
        The tree of places. (R,)

    Returns
    -------
    ndarray
        Nowhere where all is of one period. (R,)
    """
    periods = layer.of(name).periods
    out = np.zeros(layer.parent.size, dtype=bool)
    if periods is None:
        return out
    order = {period: at for at, period in enumerate(sorted({*periods.tolist()}, key=when))}
    order[""] = -1
    own = np.array([order[period] for period in periods.tolist()], np.int64)
    latest = own.copy()
    for level in range(int(depth.max(initial=0)), 0, -1):
        rows, starts, parents = below(layer.parent, depth, level)
        of_parts = np.maximum.reduceat(latest[rows], starts)
        out[parents] = own[parents] > of_parts
        latest[parents] = np.maximum(own[parents], of_parts)
    return out


def periods_of(layer: RegisterLayer, name: str) -> Texts | None:
    """Return what time each place's amount is about, where places differ; a place added up from several says from when to when.

    Parameters
    ----------
    layer
        The registers.
    name
        Amount.

    Returns
    -------
    ndarray or None
        Empty where nothing is known. (R,)
    """
    periods = layer.of(name).periods
    if periods is None:
        return None
    depth = depths(layer.parent)
    stands, out = newer(layer, name, depth), periods.copy()
    for level in range(int(depth.max(initial=0)), 0, -1):
        rows, starts, parents = below(layer.parent, depth, level)
        for parts, parent in zip(np.split(rows, starts[1:]), parents, strict=True):
            said = sorted({one for row in parts for one in str(out[row]).split("/")} - {""}, key=when)
            if said and not (stands[parent] and out[parent]):
                out[parent] = "/".join(dict.fromkeys((said[0], said[-1])))
    return out


def _sum(parts: list[Floats]) -> Floats:
    """Add arrays of one or several draws."""
    out = parts[0]
    for part in parts[1:]:
        out = out + part
    return out


def _joined(layer: RegisterLayer, own: list[Floats], said: tuple[Bools, Bools], depth: Ints) -> Known:
    """Go up the tree: what is known of a place as a whole, else of its parts. `said`: estimated; later than its parts."""
    guessed, later = said
    R = layer.parent.size
    S = max(one.shape[0] for one in own)
    stated = np.all([np.isfinite(one[0]) for one in own], axis=0)
    weight = _weights(layer, depth)
    values = [np.where(stated, np.broadcast_to(one, (S, R)), 0.0) for one in own]
    cover = np.where(stated, weight, 0.0)
    n, guess = stated.astype(np.float64), np.where(stated & guessed, weight, 0.0)
    for level in range(int(depth.max(initial=0)), 0, -1):
        rows, starts, parents = below(layer.parent, depth, level)
        covered = np.add.reduceat(cover[rows], starts)
        take = ~stated[parents] | (~later[parents] & (covered >= WHOLE * weight[parents]))
        for one in (*values, n[None, :], guess[None, :]):
            one[:, parents] = np.where(take, np.add.reduceat(one[:, rows], starts, axis=1), one[:, parents])
        cover[parents] = np.where(take, covered, cover[parents])
    share = np.divide(
        cover, weight, out=np.where(cover > 0, 1.0, (n > 0).astype(np.float64)), where=weight > 0
    )
    unknown = np.where(n > 0, np.maximum(1 - share, 0.0), 1.0)
    unknown[unknown < 1 - WHOLE] = 0.0
    estimated = np.divide(guess, cover, out=np.zeros(R), where=cover > 0)
    values = [np.where(n > 0, one, np.nan) for one in values]
    return Known(tuple(values), n, unknown, estimated)


def _weights(layer: RegisterLayer, depth: Ints) -> Floats:
    """Return the residents of each row; where nobody knows them, how many units it holds."""
    people: Floats = np.nan_to_num(layer.people[0])
    if people.sum() > 0:
        return people
    leaf = np.ones(layer.parent.size)
    leaf[layer.parent[layer.parent >= 0]] = np.nan
    units: Floats = complete(leaf[None, :], layer.parent, depth)[0]
    return units
