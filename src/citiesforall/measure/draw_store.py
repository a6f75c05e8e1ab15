"""The draws behind the observations, kept: sums, gaps and ranks of places, groups and cities are made on them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.errors import DeclarationError, MissingSourceError, did_you_mean
from citiesforall.core.estimate import Estimate, Floats, ratio
from citiesforall.core.tables import read_parquet, write_parquet

DRAWS, INDEX = "draws.npy", "draws_index.parquet"
INDEX_COLUMNS: dict[str, Any] = {
    "indicator": object, "group": object, "place": object, "num_at": np.int64, "den_at": np.int64, "num": np.float64,
    "den": np.float64, "additive": np.bool_,
}  # fmt: skip
SAME = -1
"""Position of an amount that is the same in every draw."""


@dataclass(frozen=True)
class Answer:
    """Hold what one indicator said of one group, and of which places it may be told.

    Parameters
    ----------
    indicator, group
        Ids.
    estimate
        Amounts per draw and place. (S, R)
    has
        Whether a place has a value that is published; draws of withheld values are not kept, nor those `untold`. (R,)
    status
        Words of the observations. (R,)
    """

    indicator: str
    group: str
    estimate: Estimate
    has: npt.NDArray[np.bool_]
    status: npt.NDArray[np.object_]


def answer_of(
    indicator: str, group: str, estimate: Estimate | None, table: Mapping[str, Any]
) -> list[Answer]:
    """Return what one indicator said of one group, nothing where it is missing.

    Parameters
    ----------
    indicator, group
        Ids.
    estimate
        Amounts per row and draw, or None.
    table
        Its observations, one row for each place.
    """
    if estimate is None:
        return []
    has = ~np.isnan(np.asarray(table["value"], np.float64))
    return [Answer(indicator, group, estimate, has, np.asarray(table["status"], dtype=object))]


@dataclass(frozen=True)
class Kept:
    """Hold the draws of a finished run; the file is mapped, not read, so opening costs nothing.

    Parameters
    ----------
    index
        One row for each value: ``indicator, group, place``, positions ``num_at, den_at`` of its amounts among the draws
        (-1 where all draws are the same), the published ``num, den``, and ``additive``: whether amounts may be summed.
    draws
        One row for each amount that differs; column 0 is as published. (rows, S)
    """

    index: pd.DataFrame
    draws: Floats


def write_draws(folder: Path, answers: Iterable[Answer], places: Sequence[str], n_draws: int) -> None:
    """Keep the draws of a run: ``draws.npy`` and ``draws_index.parquet``.

    Parameters
    ----------
    folder
        Where the two files go.
    answers
        Of every indicator and group, in any fixed order.
    places
        Codes of the result rows. (R)
    n_draws
        Columns, S.

    Notes
    -----
    Numbers stay float64, so that sums over places equal the parent's draws. Amounts that indicators share (the people
    whose access is known are the denominator of every walk) are written once: blocks with the same bytes are one block.
    """
    blocks: list[Floats] = []
    known: dict[bytes, int] = {}
    codes = np.asarray(places, dtype=object)
    columns: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in INDEX_COLUMNS}
    for one in answers:
        has = one.has if one.estimate.untold is None else one.has & ~one.estimate.untold
        n = int(has.sum())
        for name, text in (("indicator", one.indicator), ("group", one.group)):
            columns[name].append(np.full(n, text, dtype=object))
        columns["place"].append(codes[has])
        for name, amounts in (("num", one.estimate.num), ("den", one.estimate.den)):
            told = amounts if n == codes.size else amounts[:, has]
            columns[f"{name}_at"].append(_put(told, n_draws, blocks, known))
            columns[name].append(told[0])
        columns["additive"].append(np.full(n, one.estimate.additive))
    np.save(folder / DRAWS, np.concatenate([np.empty((0, n_draws)), *blocks]))
    table = pd.DataFrame(
        {name: np.concatenate([np.empty(0, INDEX_COLUMNS[name]), *columns[name]]) for name in INDEX_COLUMNS}
    )
    write_parquet(
        table.sort_values(["indicator", "group", "place"], kind="stable", ignore_index=True),
        folder / INDEX,
        {"draws": json.dumps({"file": DRAWS, "S": n_draws, "order": "row, draw"})},
    )


def _put(
    amounts: Floats, n_draws: int, blocks: list[Floats], known: dict[bytes, int]
) -> npt.NDArray[np.int64]:
    """Add the amounts that differ between draws to the blocks; return the position of each, -1 for the others."""
    at = np.full(amounts.shape[1], SAME, dtype=np.int64)
    if amounts.shape[0] == 1 or amounts.strides[0] == 0:
        return at
    assert amounts.shape[0] == n_draws, (amounts.shape, n_draws)
    differs = np.flatnonzero((amounts != amounts[:1]).any(axis=0))
    if not differs.size:
        return at
    block = np.ascontiguousarray(amounts[:, differs].T)
    sha = hashlib.blake2b(block.data, digest_size=16).digest()
    if sha not in known:
        # Blocks follow each other: a new one starts where the last one ends.
        known[sha] = next(reversed(known.values())) + len(blocks[-1]) if blocks else 0
        blocks.append(block)
    at[differs] = known[sha] + np.arange(differs.size)
    return at


def open_draws(folder: Path) -> Kept:
    """Open the draws of a finished run.

    Parameters
    ----------
    folder
        Of the run, for instance ``out/kh12_centre``.

    Returns
    -------
    Kept
        The draws.

    Raises
    ------
    MissingSourceError
        There are none.
    """
    if not ((folder / DRAWS).is_file() and (folder / INDEX).is_file()):
        raise MissingSourceError(f"{folder}: there are no draws here. Run the city again with this version.")
    return Kept(read_parquet(folder / INDEX), np.load(folder / DRAWS, mmap_mode="r"))


def read_draws(folder: Path, indicator: str, group: str, place: str) -> tuple[Floats, Floats]:
    """Read the draws of one value.

    Parameters
    ----------
    folder
        Of the run.
    indicator, group, place
        Which value.

    Returns
    -------
    tuple
        num and den per draw, the first as published. (S,), (S,) [SI]

    Raises
    ------
    MissingSourceError
        The run has no draws.
    DeclarationError
        The run has no such value, or withholds it.
    """
    kept = open_draws(folder)
    codes, num, den = draws_of(kept, indicator, group)
    if place not in codes:
        raise DeclarationError(
            f"place '{place}' has no '{indicator}' of {group}. {did_you_mean(place, codes)}"
        )
    row = codes.index(place)
    return num[:, row], den[:, row]


def draws_of(kept: Kept, indicator: str, group: str = "all") -> tuple[list[str], Floats, Floats]:
    """Return the draws of one indicator and group, for every place that has a value.

    Parameters
    ----------
    kept
        From `open_draws`.
    indicator, group
        Ids.

    Returns
    -------
    tuple
        Codes of the places, num and den. (S, P), (S, P) [SI]

    Raises
    ------
    DeclarationError
        The run has no such indicator, or not of the group.
    """
    rows = kept.index[kept.index["indicator"] == indicator]
    if rows.empty:
        raise DeclarationError(
            f"'{indicator}' has no value in this run. {did_you_mean(indicator, set(kept.index['indicator']))}"
        )
    if group not in set(rows["group"]):
        raise DeclarationError(
            f"'{indicator}' has no group '{group}'. {did_you_mean(group, set(rows['group']))}"
        )
    rows = rows[rows["group"] == group]
    return (
        list(rows["place"]),
        *(
            _taken(kept.draws, rows[f"{name}_at"].to_numpy(np.int64), rows[name].to_numpy(np.float64))
            for name in ("num", "den")
        ),
    )  # type: ignore[return-value]  # two arrays, in this order


def _taken(draws: Floats, at: npt.NDArray[np.int64], same: Floats) -> Floats:
    """Return amounts per draw: kept ones, or the published one in every draw. (S, P)"""
    out = np.tile(same, (draws.shape[1], 1))
    differs = at != SAME
    out[:, differs] = draws[at[differs]].T
    return out


def summed(parts: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Add amounts of several places or cities, draw by draw.

    Parameters
    ----------
    parts
        num and den of each. (S,), (S,)

    Returns
    -------
    tuple
        num and den of them together. (S,), (S,)

    Notes
    -----
    Right for amounts that add up (``additive`` in the index). The same source errs the same way in every place and every
    city, draw by draw, so what they share widens the interval of a sum and drops out of a difference.
    """
    return (
        np.sum(np.stack([num for num, _ in parts], axis=1), axis=1),
        np.sum(np.stack([den for _, den in parts], axis=1), axis=1),
    )


def difference(one: Floats, other: Floats, *, relative: bool = False) -> tuple[Floats, Floats, Floats]:
    """Compare values of two places, groups, indicators or cities, draw by draw.

    Parameters
    ----------
    one, other
        Values (num / den). (S, ...) of one shape
    relative
        Divide instead of taking away.

    Returns
    -------
    tuple
        Published value, low and high of ``one - other`` or ``one / other``. (...)

    Notes
    -----
    The 2.5 and 97.5 percentiles of the draws' differences. An interval that holds 0 (or 1, where divided) says that the
    stated errors could make the two alike.
    """
    if relative:
        return interval_of(ratio(one, other))
    with np.errstate(invalid="ignore"):  # two walks beyond reach: nobody knows which is longer
        return interval_of(one - other)


def interval_of(draws: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the published value of a quantity made on draws, with its interval.

    Parameters
    ----------
    draws
        The first as published. (S, ...)

    Returns
    -------
    tuple
        Value, low, high, by the rules of `Estimate.interval`. (...)
    """
    flat = draws.reshape(draws.shape[0], -1)
    low, high = Estimate(flat, np.ones_like(flat), np.zeros(flat.shape[1])).interval()
    shape = draws.shape[1:]
    return draws[0], low.reshape(shape), high.reshape(shape)


def rank_chances(values: Floats, *, worst: int = 1, better: str = "higher") -> Floats:
    """Say in which share of the draws each place is among the worst.

    Parameters
    ----------
    values
        Places along the last axis; nan where one has no value. (S, ..., P)
    worst
        How many count as the worst.
    better
        ``higher``: low values are bad; ``lower``: high values are.

    Returns
    -------
    ndarray
        nan where no draw differs from another: a rank without stated errors is no chance. (..., P) [share]

    Notes
    -----
    Where places are level, their chances are those of a fair lot: w are strictly worse, t level, then
    min(1, max(0, (worst - w) / t)). So the chances of a draw add up to `worst`.

    Examples
    --------
    "Among the worst three in 94 of 100 draws" is ``rank_chances(values, worst=3)`` = 0.94.
    """
    nothing = np.full(values.shape[1:], np.nan)
    if values.shape[0] <= 1:
        return nothing
    badness = np.where(np.isnan(values[1:]), np.inf, values[1:] if better == "higher" else -values[1:])
    if worst == 1:
        least = badness == badness.min(axis=-1, keepdims=True)
        chance = (least / least.sum(axis=-1, keepdims=True)).mean(axis=0)
    else:
        from scipy.stats import rankdata  # noqa: PLC0415 - a second to load, and hardly ever asked

        strictly = rankdata(badness, method="min", axis=-1) - 1
        level = rankdata(badness, method="max", axis=-1) - strictly
        chance = np.clip((worst - strictly) / level, 0.0, 1.0).mean(axis=0)
    differs = (badness[:1] != badness).any(axis=(0, -1))[..., None]
    return np.where(np.isnan(values[0]) | ~differs, nothing, chance)


def sign_chance(gaps: Floats) -> Floats:
    """Say in which share of the draws a gap lies on the side its published value lies on.

    Parameters
    ----------
    gaps
        The first as published. (S, ...)

    Returns
    -------
    ndarray
        nan where no draw differs from another, or nothing is published. (...) [share]
    """
    if gaps.shape[0] <= 1:
        return np.full(gaps.shape[1:], np.nan)
    differs = (gaps[1:] != gaps[1:2]).any(axis=0) & ~np.isnan(gaps[0])
    side: Floats = np.mean(np.sign(gaps[1:]) == np.sign(gaps[:1]), axis=0)
    return np.where(differs, side, np.nan)
