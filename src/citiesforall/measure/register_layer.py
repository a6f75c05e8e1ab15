"""What registers say of every place: amounts by period, added up from the places that are known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.amounts import RESIDENTS
from citiesforall.core.errors import NoDataError
from citiesforall.core.inputs import Inputs
from citiesforall.core.source import SourceError
from citiesforall.core.tables import read_parquet
from citiesforall.measure.draws import draw_normal

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
FIRST = "first"
"""``amount@first`` is the amount at the earliest period the registers give."""
LAST = "last"
"""``amount@last`` is the amount at the latest period; ``amount`` alone is the latest of each place."""


@dataclass(frozen=True)
class Series:
    """Hold one amount of one period, or of the latest of each place.

    Parameters
    ----------
    value
        What the registers state of each place itself, nan where nothing; a share where `of_residents`. (R,)
    estimated
        Whether it is estimated there. (R,)
    source
        Id of the source of each value, empty where there is none. (R,)
    period
        What time it is about; ``2019/2024`` where places differ.
    of_residents
        Whether it is a share of the residents, who are drawn.
    periods
        What time each place's value is about, where places differ. (R,)
    """

    value: Floats
    estimated: Bools
    source: npt.NDArray[np.object_]
    period: str
    of_residents: bool = False
    periods: npt.NDArray[np.object_] | None = None

    def of_rows(self) -> npt.NDArray[np.object_]:
        """Return what time each place's value is about, empty where there is none. (R,)"""
        if self.periods is not None:
            return self.periods
        return np.where(np.isfinite(self.value), self.period, "").astype(object)

    def sources(self) -> list[str]:
        """Return the ids of its sources."""
        return sorted({str(one) for one in self.source if one})


@dataclass(frozen=True)
class RegisterLayer:
    """Hold the registers of a city.

    Parameters
    ----------
    series
        ``amount@period`` -> series; ``amount`` is the latest of each place, ``amount@first`` the earliest, ``amount@last`` the
        latest as a whole.
    parent
        Row of the place each place lies in, -1 for the city. (R,)
    people
        Residents of each row per draw. (S, R) [persons]
    year
        What year the residents are about, empty where nobody says.
    errors
        Source -> its stated error.
    seed
        Of the city's choices.
    places
        Codes of the rows. (R,)
    why_not
        Amount -> why no place has it.
    """

    series: Mapping[str, Series]
    parent: Ints
    people: Floats
    year: str
    errors: Mapping[str, SourceError]
    seed: int
    places: tuple[str, ...]
    why_not: Mapping[str, str] = field(default_factory=dict)
    memo: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)
    """Draws of amounts, kept between indicators; never part of an answer."""

    def of(self, amount: str) -> Series:
        """Return one amount; ``residents`` are the people of the cells.

        Raises
        ------
        NoDataError
            No register of the city gives it, or none of its values is known.
        """
        if amount == RESIDENTS:
            R, source = self.people.shape[1], np.full(self.people.shape[1], "", dtype=object)
            return Series(np.ones(R), np.zeros(R, dtype=bool), source, self.year, of_residents=True)
        name = amount.partition("@")[0]
        if name in self.why_not:
            raise NoDataError(self.why_not[name])
        if amount not in self.series:
            raise NoDataError(f"no register of the city gives '{amount}'")
        return self.series[amount]

    def drawn(self, amount: str) -> Floats:
        """Return what is stated of each place, per draw. (S, R) or (1, R)

        Notes
        -----
        Shares of residents move with the residents. A register whose source states an error is drawn: value x exp(s z -
        s^2 / 2), half of the variance (``shared``) common to all places of the register, half each place's own; hashed
        from (seed, source, amount, place, draw), so that an amount errs the same way in every indicator.
        """
        if amount not in self.memo:
            one = self.of(amount)
            value = one.value[None, :]
            self.memo[amount] = (
                value * self.people if one.of_residents else value * self._factors(amount, one)
            )
        return self.memo[amount]

    def _factors(self, amount: str, one: Series) -> Floats:
        """Return by what the values are multiplied in each draw, 1 where no error is stated. (S, R) or (1, R)"""
        S, R = self.people.shape
        out = np.ones((S, R))
        word = amount.partition("@")[0]
        drawn = False
        periods = one.of_rows()
        for source, period in sorted({*zip(one.source.tolist(), periods.tolist(), strict=True)}):
            error = self.errors.get(source)
            if error is None or not error.relative_sd or S == 1:
                continue
            at = np.flatnonzero((one.source == source) & (periods == period))
            what = f"register {word} {period}"
            own = draw_normal([self.places[place] for place in at], self.seed, source, what, S)
            common = draw_normal(["everywhere"], self.seed, source, what, S)
            z = np.sqrt(error.shared) * common + np.sqrt(1 - error.shared) * own
            out[1:, at] = np.exp(error.relative_sd * z - error.relative_sd**2 / 2)
            drawn = True
        return out if drawn else out[:1]


def load_registers(
    folder: Path, info: Mapping[str, Any], places: pd.DataFrame, people: Floats, given: Mapping[str, Any]
) -> RegisterLayer:
    """Read the registers layer.

    Parameters
    ----------
    folder
        Of the step.
    info
        What the step remembers.
    places
        The places layer, its rows in the order of results.
    people
        Residents of each row per draw. (S, R) [persons]
    given
        ``year`` of the residents, ``errors`` (source -> stated error) and ``seed``.

    Returns
    -------
    RegisterLayer
        Every amount at the rows.
    """
    table = read_parquet(folder / "registers.parquet")
    codes = [str(code) for code in places["place"]]
    position = {code: row for row, code in enumerate(codes)}
    parent = [position.get(above, -1) if isinstance(above, str) else -1 for above in places["parent"]]
    shared = {(one["amount"], str(one["period"])) for one in info.get("series", ()) if one.get("share_of")}
    series: dict[str, Series] = {}
    for (amount, period), rows in table.groupby(["amount", "period"], sort=False):
        key = (str(amount), str(period))
        found = _series(rows, position, key[1], of_residents=key in shared)
        if found.of_residents:
            found = _as_share(found, people[0])
        if np.isfinite(found.value).any():
            series[f"{key[0]}@{key[1]}"] = found
    why_not = _why_not(table, series)
    return RegisterLayer(
        {**series, **_named(series)}, np.array(parent, np.int64), people, str(given["year"]), given["errors"],
        int(given["seed"]), tuple(codes), why_not,
    )  # fmt: skip


def registers_of(given: Inputs, places: pd.DataFrame, people: Floats) -> RegisterLayer:
    """Read the registers of a city.

    Parameters
    ----------
    given
        The city and its finished steps.
    places
        The places layer, its rows in the order of results.
    people
        Residents of each row per draw. (S, R) [persons]
    """
    done = given.done["registers"]
    year = given.done["cells"].info.get("years", {}).get("people")
    errors = {use.id: use.error for use in given.city.of("registers") if use.error is not None}
    known = {"year": "" if year is None else f"{year:.0f}", "errors": errors, "seed": given.city.choices.seed}
    return load_registers(done.folder, done.info, places, people, known)


def _series(rows: pd.DataFrame, position: Mapping[str, int], period: str, *, of_residents: bool) -> Series:
    """Return one amount at the rows of results."""
    at = np.array([position.get(code, -1) for code in rows["place"]], dtype=np.int64)
    here = at >= 0
    value, estimated = np.full(len(position), np.nan), np.zeros(len(position), dtype=bool)
    source = np.full(len(position), "", dtype=object)
    value[at[here]] = rows["value"].to_numpy(dtype=np.float64)[here]
    estimated[at[here]] = (rows["status"] == "estimated").to_numpy()[here]
    source[at[here]] = rows["source"].to_numpy(dtype=object)[here]
    source[np.isnan(value)] = ""
    return Series(value, estimated, source, period, of_residents)


def _as_share(found: Series, people: Floats) -> Series:
    """Turn persons back into the share of residents the register gave."""
    share = np.divide(found.value, people, out=np.full(people.size, np.nan), where=people > 0)
    return Series(share, found.estimated, found.source, found.period, of_residents=True)


def _named(series: Mapping[str, Series]) -> dict[str, Series]:
    """Return the latest value of each place under the amount's own name, and its earliest and latest series."""
    by_name: dict[str, list[Series]] = {}
    for key, one in series.items():
        by_name.setdefault(key.partition("@")[0], []).append(one)
    found: dict[str, Series] = {}
    for name, held in by_name.items():
        ordered = sorted(held, key=lambda one: when(one.period))
        found[f"{name}@{FIRST}"], found[f"{name}@{LAST}"] = ordered[0], ordered[-1]
        found[name] = _latest([one for one in ordered if one.of_residents == ordered[-1].of_residents])
    return found


def when(period: str) -> tuple[str, str]:
    """Return what periods are ordered by: the year they end in, then the rest."""
    return period[-4:], period


def _latest(ordered: Sequence[Series]) -> Series:
    """Return the latest value of each place, each with its own period: a late figure of the city leaves its units theirs."""
    last = ordered[-1]
    value, estimated, source = last.value.copy(), last.estimated.copy(), last.source.copy()
    periods = last.of_rows().copy()
    for one in reversed(ordered[:-1]):
        fill = np.isnan(value) & np.isfinite(one.value)
        value[fill], estimated[fill], source[fill] = one.value[fill], one.estimated[fill], one.source[fill]
        periods[fill] = one.period
    said = sorted(set(periods.tolist()) - {""}, key=when)
    if said == [last.period]:
        return last
    return Series(value, estimated, source, f"{said[0]}/{said[-1]}", last.of_residents, periods)


def _why_not(table: pd.DataFrame, series: Iterable[str]) -> dict[str, str]:
    """Return why amounts that registers list have no value anywhere."""
    has = {key.partition("@")[0] for key in series}
    bare = table[~table["amount"].isin(has)]
    return {str(amount): str(rows["reason"].mode().iloc[0]) for amount, rows in bare.groupby("amount")}
