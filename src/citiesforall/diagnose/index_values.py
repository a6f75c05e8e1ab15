"""The values the index is made on, with their draws: what is a place's own, and what is taken over from the place above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.estimate import Floats
from citiesforall.core.indicator import indicator
from citiesforall.core.units import unit
from citiesforall.diagnose.index_design import Design, Ints
from citiesforall.diagnose.interval_draws import with_intervals
from citiesforall.diagnose.normalise import Posts
from citiesforall.measure.draw_store import Kept

Bools = npt.NDArray[np.bool_]

EVERYBODY = "all"
NOWHERE = -1
KEY = ["place", "group", "indicator"]
AMOUNTS = ["num_at", "den_at", "num", "den"]
MOST_NUMBERS = 1.2e7
"""Draws of values kept at a time: a country of communes with a full profile is worked out on fewer draws."""
FEWEST_DRAWS = 50


@dataclass(frozen=True)
class Tree:
    """Hold the places and what lies in what.

    Parameters
    ----------
    codes
        Place codes. (P,)
    above
        Position of the place each lies in, -1 for the city. (P,)
    level
        ``city``, ``commune``. (P,)
    """

    codes: tuple[str, ...]
    above: Ints
    level: tuple[str, ...]

    def depth(self) -> Ints:
        """Return how many places each lies in. (P,)"""
        out, at = np.zeros(len(self.codes), np.int64), self.above.copy()
        while (inside := at != NOWHERE).any():
            out += inside
            at = np.where(inside, self.above[at], NOWHERE)
        return out


@dataclass(frozen=True)
class Values:
    """Hold the values of one group at all places.

    Parameters
    ----------
    draws
        The first as published. (S, P, I) [unit of each]
    own
        Whether the value is the place's and the group's own. (P, I)
    errs
        Whether a stated error moves the value. (P, I)
    """

    draws: Floats
    own: Bools
    errs: Bools


@dataclass(frozen=True)
class Evidence:
    """Hold what the index is made on, as arrays.

    Parameters
    ----------
    group, p, i
        Of each observation with a value: group, position of the place, position of the indicator. (n,)
    value, low, high
        Of each. (n,) [unit of each]
    per_si
        From the amounts' ratio to the declared unit. (n,)
    num_at, den_at
        Rows of the draws of its amounts, -1 where all are the same; both -1 where it has none. (n,)
    num, den
        Amounts as published. (n,)
    kept
        The draws themselves. (rows, S)
    """

    group: npt.NDArray[np.object_]
    p: Ints
    i: Ints
    value: Floats
    low: Floats
    high: Floats
    per_si: Floats
    num_at: Ints
    den_at: Ints
    num: Floats
    den: Floats
    kept: Floats


def tree_of(places: pd.DataFrame, codes: Sequence[str]) -> Tree:
    """Return what lies in what, of the places that have observations.

    Parameters
    ----------
    places
        The places layer.
    codes
        Places with observations.
    """
    table = places.drop_duplicates("place")
    parents = dict(zip(table["place"].astype(str), table["parent"].astype(object), strict=True))
    levels = dict(zip(table["place"].astype(str), table["level"].astype(str), strict=True))
    wanted = sorted(set(codes) & set(parents))
    position = {code: at for at, code in enumerate(wanted)}
    above = [position.get(str(parents[code]), NOWHERE) for code in wanted]
    return Tree(tuple(wanted), np.array(above, np.int64), tuple(levels[code] for code in wanted))


def evidence_of(observations: pd.DataFrame, kept: Kept | None, design: Design, tree: Tree) -> Evidence:
    """Pick the observations the index is made on, each with its draws.

    Parameters
    ----------
    observations
        Latest of each place, group and indicator.
    kept
        Draws of the run, None where there are none.
    design
        What the index is made of.
    tree
        The places.
    """
    position = {code: at for at, code in enumerate(tree.codes)}
    mine = observations["indicator"].isin(set(design.indicators)) & observations["value"].notna()
    rows = observations.loc[mine & observations["place"].isin(position), [*KEY, "value", "low", "high"]]
    pairs = pd.DataFrame({"indicator": list(design.indicators), "i": range(len(design.indicators))})
    rows = rows.merge(pairs, on="indicator")
    if kept is None:
        drawn, draws = pd.DataFrame(columns=[*KEY, *AMOUNTS]), np.empty((0, 1))
    else:
        told = kept.index["indicator"].isin(set(design.indicators))
        room = int(MOST_NUMBERS / max(1, len(tree.codes) * rows["i"].nunique()))
        drawn, draws = kept.index.loc[told, [*KEY, *AMOUNTS]], kept.draws[:, : max(FEWEST_DRAWS, room)]
    rows = rows.merge(drawn, on=KEY, how="left").sort_values(["group", "place", "i"], kind="stable")
    at = {name: rows[name].fillna(NOWHERE).to_numpy(np.int64) for name in ("num_at", "den_at")}
    real = {name: rows[name].to_numpy(np.float64) for name in ("value", "low", "high", "num", "den")}
    return Evidence(
        group=rows["group"].to_numpy(object),
        p=np.array([position[place] for place in rows["place"]], np.int64),
        i=rows["i"].to_numpy(np.int64),
        per_si=rows["indicator"].map(lambda key: unit(indicator(key).unit).per_si).to_numpy(np.float64),
        kept=draws,
        **at,
        **real,
    )


def narrowed(given: Evidence, design: Design) -> tuple[Evidence, Design]:
    """Leave out the indicators nobody has a value of; items and weights stay.

    Parameters
    ----------
    given
        From `evidence_of`.
    design
        What the index is made of.
    """
    used, i = np.unique(given.i, return_inverse=True)
    posts = Posts(**{name: column[used] for name, column in vars(design.posts).items()})
    smaller = replace(
        design,
        indicators=tuple(design.indicators[at] for at in used),
        item_of=design.item_of[used],
        posts=posts,
        of_groups=design.of_groups[used],
    )
    return replace(given, i=i.astype(np.int64)), smaller


def values_of(given: Evidence, group: str, design: Design, tree: Tree, seed: int) -> Values:
    """Return the values of one group, with the draws that are shared by all places and indicators.

    Parameters
    ----------
    given
        From `evidence_of`.
    group
        Which group.
    design
        What the index is made of.
    tree
        The places.
    seed
        Of the city file.

    Returns
    -------
    Values
        Without anything taken over.

    Notes
    -----
    A value errs as its draws do; where they do not tell its published interval, by that (`with_intervals`). A value without draws
    and interval is the same in every draw.
    """
    S, P = given.kept.shape[1], len(tree.codes)
    mine = np.flatnonzero(given.group == group)
    p, i = given.p[mine], given.i[mine]
    out = _drawn(given, mine)
    names = [f"{tree.codes[at]}/{design.indicators[key]}/{group}" for at, key in zip(p, i, strict=True)]
    out = with_intervals(out, given.low[mine], given.high[mine], names, seed)
    draws = np.full((S, P, len(design.indicators)), np.nan)
    own, errs = np.zeros(draws.shape[1:], np.bool_), np.zeros(draws.shape[1:], np.bool_)
    draws[:, p, i] = out
    own[p, i] = True
    errs[p, i] = (out != out[:1]).any(axis=0)
    return Values(draws, own, errs)


def _drawn(given: Evidence, mine: Ints) -> Floats:
    """Return the draws of some observations; the published value where there is none or it is undefined. (S, n)"""
    value = given.value[mine]
    out = np.repeat(value[None], given.kept.shape[1], axis=0)
    some = np.flatnonzero((given.num_at[mine] != NOWHERE) | (given.den_at[mine] != NOWHERE))
    if some.size:
        num, den = (
            _amounts(given.kept, at[mine][some], same[mine][some])
            for at, same in ((given.num_at, given.num), (given.den_at, given.den))
        )
        ratio = (
            np.divide(num, den, out=np.full(num.shape, np.nan), where=den != 0).T * given.per_si[mine][some]
        )
        out[:, some] = np.where(np.isnan(ratio), value[some], ratio)
    out[0] = value
    return out


def _amounts(kept: Floats, at: Ints, same: Floats) -> Floats:
    """Return amounts per draw. (n, S)"""
    out = np.repeat(same[:, None], kept.shape[1], axis=1)
    out[at != NOWHERE] = kept[at[at != NOWHERE]]
    return out


def taken_over(values: Values, tree: Tree) -> Values:
    """Let the value of the nearest place above stand in where a place has none of its own.

    Parameters
    ----------
    values
        Of everybody.
    tree
        The places.

    Returns
    -------
    Values
        With the same `own`.

    Notes
    -----
    A homicide rate, an openness score or a figure withheld for too few answers is known of the city only. Left out, the sangkats
    would have no such item and the index of a sangkat would mean another thing than that of its city; so the city's stands in
    (a synthetic estimate), is never counted as the place's own, and the sensitivity analysis shows what leaving it out would do.
    """
    draws, errs = values.draws.copy(), values.errs.copy()
    depth = tree.depth()
    for level in range(1, int(depth.max(initial=0)) + 1):
        inside = np.flatnonzero(depth == level)
        above = tree.above[inside]
        empty = np.isnan(draws[0, inside])
        draws[:, inside] = np.where(empty, draws[:, above], draws[:, inside])
        errs[inside] = np.where(empty, errs[above], errs[inside])
    return replace(values, draws=draws, errs=errs)


def of_group(values: Values, everybody: Values, by_definition: Bools) -> Values:
    """Let everybody's value stand in where a group has none of its own.

    Parameters
    ----------
    values
        Of the group.
    everybody
        Of all residents, with what is taken over.
    by_definition
        Indicators that ask for what makes the group: that IDPoor households are IDPoor says nothing of how they fare. (I,)

    Notes
    -----
    So all groups have the same items, and groups differ only by what is known of them: left out, a group of which nobody knows
    the walk to a market would seem better fed than everybody. Gaps are too small rather than too large.
    """
    fill = np.isnan(values.draws[0]) | by_definition
    return Values(
        own=values.own & ~by_definition,
        draws=np.where(fill, everybody.draws, values.draws),
        errs=np.where(fill, everybody.errs, values.errs),
    )
