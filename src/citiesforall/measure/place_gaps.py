"""Gaps between the units of a city: worst and best, Gini, concentration index; all indicators at once, draw by draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citiesforall.core.estimate import Floats
from citiesforall.core.indicator import Indicator
from citiesforall.estimation.inequality import Bounded, concentration
from citiesforall.measure.comparison import (
    OPPOSITE,
    Block,
    Bools,
    Ints,
    Places,
    Words,
    is_poverty,
    joined,
    minus,
    over,
    ranks_of,
    together,
    values_of,
    worst_of,
)
from citiesforall.measure.draw_store import Answer, rank_chances, sign_chance


def between_places(
    answers: Sequence[Answer],
    indicators: Mapping[str, Indicator],
    places: Places,
    poor: Floats | None,
) -> list[Block]:
    """Compare the units inside the city and inside every parent, all indicators together.

    Parameters
    ----------
    answers
        Of everybody, for indicators that are compared.
    indicators
        By id.
    places
        Which units lie where.
    poor
        How poor each place is, None where nobody says. (S or 1, R)

    Returns
    -------
    list
        Comparisons, one row for each place and indicator.
    """
    S = max(one.estimate.num.shape[0] for one in answers)
    R = len(places.codes)
    values = np.stack(
        [np.broadcast_to(values_of(one, indicators[one.indicator]), (S, R)) for one in answers], axis=1
    )
    ranks = np.stack([ranks_of(one) for one in answers])
    frame = _Frame(
        np.array([one.indicator for one in answers], dtype=object),
        np.array([indicators[one.indicator].unit for one in answers], dtype=object),
        np.array([indicators[one.indicator].better for one in answers], dtype=object),
        np.array([one.estimate.additive for one in answers], dtype=bool),
        np.array(["from_replicates" if one.estimate.replicated() else "" for one in answers], dtype=object),
        np.stack([np.broadcast_to(one.estimate.den, (S, R)) for one in answers], axis=1),
        np.array([is_poverty(indicators[one.indicator]) for one in answers], dtype=bool),
    )
    blocks = []
    for row, units in places.inside.items():
        if units.size > 1:
            blocks += _inside(frame, values, ranks, places, row, poor)
    return blocks


@dataclass(frozen=True)
class _Frame:
    """Hold what is known of each indicator. (K,)"""

    key: Words
    unit: Words
    better: Words
    additive: Bools
    note: Words
    den: Floats
    """Denominators. (S, K, R)"""
    poverty: Bools
    """Whether it is about what ranks places from poor to rich."""


def _inside(
    frame: _Frame, values: Floats, ranks: Ints, places: Places, row: int, poor: Floats | None
) -> list[Block]:
    """Compare the units of one place."""
    units = places.inside[row]
    here, whole, at = values[:, :, units], values[:, :, row], np.arange(frame.key.size)
    worst, known = worst_of(here[0], frame.better)
    best, _ = worst_of(here[0], np.array([OPPOSITE[one] for one in frame.better], dtype=object))
    enough = known > 1
    codes = np.array(places.codes, dtype=object)[units]
    low, alike = here[:, at, worst], here[0, at, worst] == here[0, at, best]
    said = {
        "indicator": frame.key,
        "place": places.codes[row],
        "group_a": "all",
        "place_a": np.where(enough & ~alike, codes[worst], ""),
    }
    n = known.astype(np.float64)
    rank = ranks[:, units]
    blocks = [_worst_place(frame, here, worst, said, np.where(enough & ~alike, rank[at, worst], -1))]
    for other, code, of in (
        (here[:, at, best], np.where(enough & ~alike, codes[best], ""), rank[at, best]),
        (whole, places.codes[row], ranks[:, row]),
    ):
        status = np.where(enough, together(rank[at, worst], of), -1)
        gap = minus(low, other)
        chance = sign_chance(gap)
        words = {**said, "place_b": code, "note": frame.note}
        blocks.append(Block(gap, {**words, "measure": "place_gap", "unit": frame.unit}, chance, n, status))
        blocks.append(
            Block(over(low, other), {**words, "measure": "place_ratio", "unit": "ratio"}, chance, n, status)
        )
    return [*blocks, *_indices(frame, here, rank, places, row, poor)]


def _worst_place(frame: _Frame, here: Floats, worst: Ints, said: Mapping[str, Any], status: Ints) -> Block:
    """Name the place that is worst off, with the chance that it is."""
    at = np.arange(frame.key.size)
    good = (frame.better == "higher")[:, None]
    oriented = np.where(good, here, -here)
    known = (~np.isnan(here[0])).sum(axis=-1).astype(np.float64)
    level = (here[0] == here[0, at, worst][:, None]).sum(axis=-1) > 1
    note = joined(frame.note, np.where(level, "level", ""))
    words = {**said, "measure": "worst_place", "unit": frame.unit, "note": note}
    return Block(here[:, at, worst], words, rank_chances(oriented)[at, worst], known, status)


def _indices(
    frame: _Frame, here: Floats, rank: Ints, places: Places, row: int, poor: Floats | None
) -> list[Block]:
    """Work out Gini and concentration index between the units of one place, weighted by people."""
    units = places.inside[row]
    add = np.flatnonzero(frame.additive)
    if not add.size:
        return []
    values, nothing = here[:, add], np.full(add.size, np.nan)
    # Where no grid of people is known, places count by what the indicator is out of.
    gridded = np.isfinite(places.people[:1, None, units]).all()
    people = places.people[:, None, units] if gridded else frame.den[:, add][:, :, units]
    words = {"indicator": frame.key[add], "place": places.codes[row], "group_a": "all", "unit": "index"}

    def block(measure: str, index: Floats, known: Bools, note: Words) -> Block:
        n = known.sum(axis=-1)
        status = np.where(n > 1, rank[add].max(axis=-1), -1)
        said = {**words, "measure": measure, "note": note}
        side = nothing if measure == "gini" else sign_chance(index)
        return Block(index, said, side, n.astype(np.float64), status)

    known = ~np.isnan(values[0])
    blocks = [block("gini", _index(values, people, values, "no"), known, frame.note[add])]
    if poor is None:
        missing = {**words, "measure": "concentration", "note": "no_poverty"}
        blocks.append(Block(nothing[None, :], missing, nothing, nothing, np.full(add.size, -1)))
        return [blocks[0], _only(blocks[1], ~frame.poverty[add])]
    share = frame.unit[add] == "%"
    richer = -poor[:, None, units]
    index = np.empty(values.shape[:2])
    weight = np.broadcast_to(people, values.shape)
    index[:, share] = _index(values[:, share] / 100, weight[:, share], richer, "erreygers")
    index[:, ~share] = _index(values[:, ~share], weight[:, ~share], richer, "no")
    note = joined(frame.note[add], np.where(share, "of_share", ""))
    found = block("concentration", index, known & ~np.isnan(poor[0, units]), note)
    return [*blocks, _only(found, ~frame.poverty[add])]


def _only(block: Block, keep: Bools) -> Block:
    """Return the comparisons of some indicators. Keep (K,)"""
    words = {name: is_[keep] if isinstance(is_, np.ndarray) else is_ for name, is_ in block.words.items()}
    return Block(block.draws[:, keep], words, block.chance[keep], block.n[keep], block.status[keep])


def _index(values: Floats, people: Floats, rank_by: Floats, bounded: Bounded) -> Floats:
    """Return the concentration index of values by place, draw and indicator. (S, K, P) -> (S, K)"""
    S, K, P = values.shape
    usable = np.isfinite(values) & (people > 0)
    usable &= (values >= 0).all(
        axis=(0, 2), where=usable, keepdims=True
    )  # an amount that can be negative has no Gini
    usable &= (usable & np.isfinite(rank_by)).sum(axis=-1, keepdims=True) > 1
    x = np.where(usable, values, np.nan).reshape(S * K, P)
    weight, by = (np.broadcast_to(one, values.shape).reshape(S * K, P) for one in (people, rank_by))
    return concentration(x, weight, x if rank_by is values else by, bounded).reshape(S, K)
