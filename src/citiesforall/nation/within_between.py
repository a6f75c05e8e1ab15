"""Inequality between the members of a nation, within its provinces and between them, added up city by city."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.estimate import ratio
from citiesforall.core.indicator import Indicator
from citiesforall.core.units import unit
from citiesforall.estimation.decomposition import NEGLIGIBLE, Parts
from citiesforall.measure.comparison import NOT_A_LEVEL, NOT_COMPARED
from citiesforall.measure.draw_store import interval_of
from citiesforall.nation.coverage import DOUBTFUL_FROM

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

WITHIN_BETWEEN = {
    "indicator": "str", "level": "str", "of": "str", "measure": "str", "total": "float64", "within": "float64",
    "between": "float64", "share_between": "float64", "share_low": "float64", "share_high": "float64", "n": "int64",
    "groups": "int64", "status": "str", "note": "str",
}  # fmt: skip
"""Columns: ``level`` says whose parts are compared (province), ``of`` what these parts are (member); of the variance of persons
both are the places in which they live."""
PERSONS = "variance_of_persons"
MEASURES = ("theil_t", "theil_l", "variance", PERSONS)
FEWEST = 3
"""Places without which nothing can be taken apart (ours): fewer would be told by the index."""
W, WX, WXX, WXL, WL = range(5)
"""Sums over places: people, people x value, x value squared, x value x its logarithm, people x logarithm."""


@dataclass(frozen=True)
class Spread:
    """Hold, of each province, the sums an index is made of; added to in place.

    Parameters
    ----------
    sums
        By province, indicator and draw. (5, G, K, S)
    n
        Places behind them. (G, K)
    zero
        Places of nothing at all. (K,)
    doubt
        Places whose value is not ``ok``, and those of few answers among them. (2, K)
    """

    sums: Floats
    n: Ints
    zero: Ints
    doubt: Ints


def is_compared(one: Indicator) -> bool:
    """Say whether values of an indicator can be more or less than elsewhere, and are 0 or more by nature.

    Parameters
    ----------
    one
        The indicator.
    """
    return (
        one.better in {"higher", "lower"}
        and one.method not in NOT_A_LEVEL
        and unit(one.unit).dimension not in NOT_COMPARED
    )


def no_spread(G: int, K: int, S: int) -> Spread:
    """Return sums of no places.

    Parameters
    ----------
    G, K, S
        Provinces, indicators, draws.
    """
    return Spread(
        np.zeros((5, G, K, S)), np.zeros((G, K), np.int64), np.zeros(K, np.int64), np.zeros((2, K), np.int64)
    )


def add_place(into: Spread, group: int, at: Ints, said: tuple[Floats, float, Sequence[str]]) -> None:
    """Add one place.

    Parameters
    ----------
    into
        Is changed.
    group
        Its province.
    at
        Indicators it has a value of. (K',)
    said
        Values per draw (K', S), the place's people, statuses (K').
    """
    values, people, status = said
    if not at.size or not people > 0:
        return
    log = np.log(np.where(values > 0, values, 1.0))
    for row, one in (
        (W, np.ones_like(values)),
        (WX, values),
        (WXX, values**2),
        (WXL, values * log),
        (WL, log),
    ):
        into.sums[row, group, at] += people * one
    into.n[group, at] += 1
    into.zero[at] += (values <= 0).any(axis=1)
    words = np.array(status, dtype=object)
    into.doubt[:, at] += np.stack([words != "ok", words == "low_n"]).astype(np.int64)


def parts_of(spread: Spread, measure: str) -> Parts:
    """Take inequality apart, from sums over places alone.

    Parameters
    ----------
    spread
        Of all provinces.
    measure
        One of `MEASURES`.

    Returns
    -------
    Parts
        nan where the mean is 0, or a place has nothing and the index asks for its logarithm. (S, K)

    Notes
    -----
    With W, WX, ... the sums of a province and m = WX / W its mean: T = WXL / WX - ln m, L = ln m - WL / W,
    V = WXX / W - m^2. Provinces' indices add up with their shares of what people have (T) or of people (L, V); the
    rest lies between provinces. It is `estimation.decomposition.decomposed` without keeping the places.
    """
    of = spread.sums
    total, inside = _index(of.sum(axis=1), measure), _index(of, measure)
    share = ratio(
        of[WX if measure == "theil_t" else W], of[WX if measure == "theil_t" else W].sum(axis=0)[None]
    )
    within = np.where(share > 0, share * inside, 0.0).sum(axis=0)
    if measure == PERSONS:
        mean = ratio(of.sum(axis=1)[WX], of.sum(axis=1)[W])
        between = _index(of.sum(axis=1), "variance")
        total, within = mean * (1 - mean), mean * (1 - mean) - between
    else:
        between = total - within
    if measure == "theil_l":
        total = np.where((spread.zero > 0)[:, None], np.nan, total)
    known = np.isfinite(total)
    size = np.where(np.isfinite(of.sum(axis=1)[WX]), ratio(of.sum(axis=1)[WX], of.sum(axis=1)[W]) ** 2, 1.0)
    nothing = known & (np.abs(total) <= NEGLIGIBLE * np.where(measure.startswith("theil"), 1.0, size) * 10)
    out = [np.where(nothing, 0.0, np.where(known, one, np.nan)).T for one in (total, within, between)]
    return Parts(*out)


def _index(of: Floats, measure: str) -> Floats:
    """Return an index of sums. (..., K, S)"""
    mean = ratio(of[WX], of[W])
    log = np.log(np.where(mean > 0, mean, np.nan))
    if measure == "theil_t":
        return ratio(of[WXL], of[WX]) - log
    if measure == "theil_l":
        return log - ratio(of[WL], of[W])
    out: Floats = ratio(of[WXX], of[W]) - mean**2
    return out


def spread_table(
    spread: Spread, keys: Sequence[str], declared: Mapping[str, Indicator], words: tuple[str, str]
) -> pd.DataFrame:
    """Return the table of inequality within and between provinces.

    Parameters
    ----------
    spread
        Sums of all provinces.
    keys
        Indicators. (K)
    declared
        Indicators by id.
    words
        ``level`` (province) and ``of`` (member).

    Returns
    -------
    pandas.DataFrame
        Columns of `WITHIN_BETWEEN`, sorted by indicator and measure.
    """
    tables = []
    n, groups = spread.n.sum(axis=0), (spread.n > 0).sum(axis=0)
    doubt = np.where(spread.doubt[0] > DOUBTFUL_FROM * n, "estimated", "ok")
    doubt = np.where(spread.doubt[1] > n / 2, "low_n", doubt)
    for measure in MEASURES:
        found = parts_of(spread, measure)
        share, low, high = interval_of(found.share_between())
        has = np.isfinite(found.total[0]) & (n >= FEWEST)
        asked = [measure != PERSONS or unit(declared[key].unit).dimension == "share" for key in keys]
        why = np.where(n < FEWEST, "too_few_places", np.where(np.isfinite(found.total[0]), "", "not_defined"))
        # The variance between persons is taken apart by their own places, whatever holds these.
        level = words[1] if measure == PERSONS else words[0]
        one = {
            "indicator": list(keys), "level": level, "of": words[1], "measure": measure, "total": found.total[0],
            "within": found.within[0], "between": found.between[0], "share_between": share, "share_low": low,
            "share_high": high, "n": n, "groups": groups, "status": np.where(has, doubt, "missing"),
            "note": why,
        }  # fmt: skip
        table = pd.DataFrame(one)
        for name in ("total", "within", "between", "share_between", "share_low", "share_high"):
            table[name] = table[name].where(has)
        tables.append(table[np.array(asked, dtype=bool) & (n > 0)])
    return joined(tables)


def joined(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Join tables of inequality in one order.

    Parameters
    ----------
    tables
        From `spread_table`.
    """
    table = pd.concat(list(tables), ignore_index=True)[list(WITHIN_BETWEEN)]
    table = table.drop_duplicates(["indicator", "level", "of", "measure"], keep="first")
    typed: pd.DataFrame = table.astype({name: kind for name, kind in WITHIN_BETWEEN.items() if kind != "str"})
    return typed.sort_values(["indicator", "level", "of", "measure"], kind="stable", ignore_index=True)
