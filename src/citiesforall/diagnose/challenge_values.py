"""What was measured, as the diagnosis reads it: an indicator of a group for every place, on draws, with bounds and status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.estimate import Estimate, Floats, ratio
from citiesforall.core.indicator import Goalposts, Indicator, indicators
from citiesforall.core.inputs import Inputs
from citiesforall.core.tables import read_parquet
from citiesforall.core.units import unit
from citiesforall.diagnose.interval_draws import with_intervals
from citiesforall.diagnose.normalise import FULL, goalpost_scores, posts_of
from citiesforall.measure.draw_store import SAME, Kept, open_draws

EVERYBODY = "all"
SURE = frozenset({"ok"})
"""Statuses of values that were measured and are not weak."""


@dataclass(frozen=True)
class Values:
    """Hold one indicator of one group for the places that have a value.

    Parameters
    ----------
    indicator
        As declared.
    group
        Id.
    places
        Codes. (P)
    value
        Per draw, the first as published; by the published interval where it has no draws; the same in all draws where nothing
        states an error. (S, P) [declared unit]
    den
        Its denominator per draw: people, families, answers. (S, P) [SI]
    low, high
        Published bounds, nan where there are none. (P,) [declared unit]
    status
        Words of the observations. (P)
    n
        Answers, cases or cells behind each. (P,)
    period
        What time it is about.
    """

    indicator: Indicator
    group: str
    places: tuple[str, ...]
    value: Floats
    den: Floats
    low: Floats
    high: Floats
    status: tuple[str, ...]
    n: Floats
    period: str

    def at(self, place: str) -> int:
        """Return the position of a place, -1 where it has no value."""
        return self.places.index(place) if place in self.places else -1


@dataclass(frozen=True)
class Seen:
    """Hold everything measured in one city.

    Parameters
    ----------
    city
        Code of the whole city.
    units
        Codes of the smallest places, in the order of the places layer. (U)
    names, names_km
        Code -> name, empty where there is none.
    parents
        Code -> code of the place it is part of.
    rows
        Indicator and group -> rows of the observations that have a value.
    columns
        Column -> observations that have a value. (n,)
    kept
        Their draws.
    index, drawn
        Column -> the index of the draws; indicator and group -> rows of it. (m,)
    S
        Number of draws, the published one among them.
    seed
        Of the city file, for values that have an interval but no draws.
    """

    city: str
    units: tuple[str, ...]
    names: Mapping[str, str]
    names_km: Mapping[str, str]
    parents: Mapping[str, str]
    rows: Mapping[tuple[str, str], npt.NDArray[np.int64]]
    columns: Mapping[str, npt.NDArray[Any]]
    kept: Kept
    index: Mapping[str, npt.NDArray[Any]]
    drawn: Mapping[tuple[str, str], npt.NDArray[np.int64]]
    S: int
    seed: int = 0
    memo: dict[tuple[str, str], Values | None] = field(default_factory=dict, repr=False, compare=False)

    def values(self, indicator: str, group: str = EVERYBODY) -> Values | None:
        """Return the values of one indicator and group, None where no place has any."""
        key = (indicator, group)
        if key not in self.memo:
            self.memo[key] = _values(self, indicator, group)
        return self.memo[key]

    def groups_of(self, indicator: str) -> list[str]:
        """Return the groups an indicator has values for."""
        return [group for key, group in self.rows if key == indicator]


def see(given: Inputs) -> Seen:
    """Open what the measure step made.

    Parameters
    ----------
    given
        With the steps places and measure.
    """
    places = read_parquet(given.done["places"].folder / "places.parquet")
    return seen_of(given.done["measure"].folder, places, given.city.choices.seed)


def seen_of(folder: Path, places: pd.DataFrame, seed: int = 0) -> Seen:
    """Open observations and their draws.

    Parameters
    ----------
    folder
        With ``observations.parquet`` and the draws.
    places
        The places layer.
    seed
        Of the city file.
    """
    table = read_parquet(folder / "observations.parquet")
    table = table[table["value"].notna()].reset_index(drop=True)
    kept = open_draws(folder)
    parents = {
        str(code): parent
        for code, parent in zip(places["place"], places["parent"], strict=True)
        if isinstance(parent, str)
    }
    codes = [str(code) for code in places["place"]]
    above = set(parents.values())
    return Seen(
        city=next(code for code in codes if code not in parents),
        units=tuple(code for code in codes if code not in above),
        names=_names(places, "name"),
        names_km=_names(places, "name_km"),
        parents=parents,
        rows=_rows_of(table),
        columns=_arrays(table, ("indicator", "group", "place", "period", "status")),
        kept=kept,
        index=_arrays(kept.index, ("place",)),
        drawn=_rows_of(kept.index),
        S=max(kept.draws.shape[1], 1),
        seed=seed,
    )


def _names(places: pd.DataFrame, column: str) -> dict[str, str]:
    """Return the name of each place, empty where there is none."""
    names = places[column] if column in places else pd.Series("", index=places.index)
    return {
        str(code): name if isinstance(name, str) else ""
        for code, name in zip(places["place"], names, strict=True)
    }


def _arrays(table: pd.DataFrame, words: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """Return the columns of a table as arrays, words as objects."""
    return {
        str(name): table[name].to_numpy(dtype=object) if name in words else table[name].to_numpy()
        for name in table
    }


def _rows_of(table: pd.DataFrame) -> dict[tuple[str, str], npt.NDArray[np.int64]]:
    """Return the rows of each indicator and group."""
    found = table.groupby(["indicator", "group"], sort=False, observed=True).indices
    return {(str(key[0]), str(key[1])): np.asarray(at, np.int64) for key, at in found.items()}  # type: ignore[index]  # pairs


def _values(seen: Seen, indicator: str, group: str) -> Values | None:
    """Read one indicator and group."""
    at = seen.rows.get((indicator, group))
    if at is None or indicator not in indicators():
        return None
    one = indicators()[indicator]
    per_si, columns = unit(one.unit).per_si, seen.columns
    at = _latest(at, columns)
    places = tuple(columns["place"][at])
    value, den = (np.tile(columns[name][at], (seen.S, 1)) for name in ("value", "den"))
    told = seen.drawn.get((indicator, group))
    if told is not None:
        index = seen.index
        to = dict(zip(index["place"][told], told, strict=True))
        have = np.array([code in to for code in places])
        rows = np.array([to[code] for code in places if code in to], np.int64)
        num = _drawn(seen, index["num_at"][rows], index["num"][rows])
        den[:, have] = _drawn(seen, index["den_at"][rows], index["den"][rows])
        drawn = ratio(num, den[:, have]) * per_si
        # The published value stands in where a draw leaves none; the first draw is the published one.
        value[1:, have] = np.where(np.isnan(drawn[1:]), value[:1, have], drawn[1:])
    low, high, n = (columns[name][at] for name in ("low", "high", "n"))
    names = [f"{code}/{indicator}/{group}" for code in places]
    value = with_intervals(value, low, high, names, seen.seed)
    period = str(columns["period"][at[-1]])
    return Values(one, group, places, value, den, low, high, tuple(columns["status"][at]), n, period)


def _latest(at: npt.NDArray[np.int64], columns: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[np.int64]:
    """Return, where a place has values of several times, the row of the last."""
    places = columns["place"][at]
    if len(set(places)) == at.size:
        return at
    last: dict[str, int] = {}
    for row in at[np.argsort(columns["period"][at].astype(str), kind="stable")]:
        last[str(columns["place"][row])] = int(row)
    return np.array(sorted(last.values()), np.int64)


def _drawn(seen: Seen, at: npt.NDArray[np.int64], same: Floats) -> Floats:
    """Return amounts per draw: kept ones, or the published one in every draw. (S, P) [SI]"""
    out = np.tile(same, (seen.S, 1))
    differs = at != SAME
    out[:, differs] = seen.kept.draws[at[differs]].T
    return out


def short_of(value: Floats, one: Indicator, posts: Goalposts) -> Floats:
    """Say how far values fall short of a standard.

    Parameters
    ----------
    value
        In the indicator's unit. (...)
    one
        The indicator, for its direction.
    posts
        What scores 0 and 100.

    Returns
    -------
    ndarray
        0 at the goal and beyond, 1 at the floor and below: 1 less the score of `goalpost_scores`. (...) [share]
    """
    against = posts_of([one.model_copy(update={"goalposts": posts})])
    return np.asarray(1.0 - goalpost_scores(value[..., None], against)[..., 0] / FULL)


def lacking(values: Values) -> Floats:
    """Return the share of whom an indicator that is a share says something bad, per draw. (S, P) [share]

    Parameters
    ----------
    values
        Of an indicator in per cent with a direction.
    """
    share = values.value / 100.0
    return np.clip(1.0 - share if values.indicator.better == "higher" else share, 0.0, 1.0)


def middle(draws: Floats) -> tuple[float, float, float]:
    """Return a quantity as published, with the interval of its draws; empty where they do not differ.

    Parameters
    ----------
    draws
        The first as published. (S,)
    """
    flat = draws.reshape(-1, 1)
    low, high = Estimate(flat, np.ones_like(flat), np.zeros(1)).interval()
    return float(draws[0]), float(low[0]), float(high[0])
