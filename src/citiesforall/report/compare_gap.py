"""Differences of two runs, value by value, with their intervals."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.estimate import Estimate
from citiesforall.core.indicator import indicators
from citiesforall.core.units import unit
from citiesforall.report.compare_read import Run

Floats = npt.NDArray[np.float64]

KEY = ["indicator", "group", "place"]
KEPT = ["value", "low", "high", "status", "version", "period"]
CLOSE = 1e-9
"""Draws belong to a value when their first column gives it, to this relative error."""


def joined(a: Run, b: Run) -> pd.DataFrame:
    """Return the values of two runs in one table: a row for each indicator, group and place either has.

    Parameters
    ----------
    a, b
        The runs.

    Returns
    -------
    pandas.DataFrame
        ``indicator, group, place, a, a_low, a_high, a_status, version_a, period_a`` and the same of b.
    """
    sides = []
    for run, side in ((a, "a"), (b, "b")):
        names = {"value": side, "low": f"{side}_low", "high": f"{side}_high", "status": f"{side}_status"}
        names |= {"version": f"version_{side}", "period": f"period_{side}"}
        table = run.table[run.table["status"] != "not_applicable"]
        # A run may hold several periods of one indicator; the last is what it says today.
        last = table.sort_values("period", kind="stable").drop_duplicates(KEY, keep="last")
        sides.append(last[[*KEY, *KEPT]].rename(columns=names))
    both = sides[0].merge(sides[1], on=KEY, how="outer")
    for side in ("a", "b"):
        both[f"{side}_status"] = both[f"{side}_status"].fillna("missing")
    return both.sort_values(KEY, kind="stable", ignore_index=True)


def with_gaps(rows: pd.DataFrame, a: Run, b: Run, shared: AbstractSet[str]) -> pd.DataFrame:
    """Add the difference b - a, its interval and how that was made.

    Parameters
    ----------
    rows
        From `joined`, with ``sources`` (ids of both runs, joined by spaces).
    a, b
        The runs.
    shared
        Sources that are the same file with the same stated error in both.

    Returns
    -------
    pandas.DataFrame
        With ``difference, low, high`` and ``how``: ``draws`` (draw by draw), ``intervals``, or empty where unknown.

    Notes
    -----
    Where both runs have the same seed and number of draws, and every source of the indicator is shared, an error is the same
    draw in both: differences are taken draw by draw, and what both err by drops out. Elsewhere the two intervals are put
    together as those of independent values: low = d - sqrt((b - b_low)^2 + (a_high - a)^2), high likewise (MOVER; Zou and
    Donner 2008, Statistics in Medicine 27: 1693). Where some errors are shared that is too wide, never too narrow, as long as
    shared errors push both values the same way.
    """
    out = rows.copy()
    one, other = (out[side].to_numpy(np.float64) for side in ("a", "b"))
    with np.errstate(invalid="ignore"):
        gap = other - one
    low, high = _mover(out, one, other)
    how = np.where(np.isfinite(low), "intervals", "")
    if _same_draws(a, b):
        fully = (
            out["sources"].map(lambda text: bool(text) and set(text.split()) <= set(shared)).to_numpy(bool)
        )
        drawn_a, drawn_b = _drawn(a, out, fully, one), _drawn(b, out, fully, other)
        both = fully & np.isfinite(drawn_a).all(axis=0) & np.isfinite(drawn_b).all(axis=0)
        if both.any():
            draws = drawn_b[:, both] - drawn_a[:, both]
            lows, highs = Estimate(draws, np.ones_like(draws), np.zeros(draws.shape[1])).interval()
            low[both], high[both], how[both] = lows, highs, "draws"
    out["difference"], out["low"], out["high"], out["how"] = gap, low, high, how
    return out


def _mover(rows: pd.DataFrame, one: Floats, other: Floats) -> tuple[Floats, Floats]:
    """Return low and high of the difference of two independent values; nan where either has no interval. (R,), (R,)"""
    bounds = {f"{s}_{end}": rows[f"{s}_{end}"].to_numpy(np.float64) for s in "ab" for end in ("low", "high")}
    with np.errstate(invalid="ignore"):
        down = np.hypot(other - bounds["b_low"], bounds["a_high"] - one)
        up = np.hypot(bounds["b_high"] - other, one - bounds["a_low"])
        return other - one - down, other - one + up


def _same_draws(a: Run, b: Run) -> bool:
    """Return whether draw k of one run errs as draw k of the other."""
    return (
        a.draws is not None
        and b.draws is not None
        and a.draws.shape[1] == b.draws.shape[1] > 1
        and a.said["seed"] == b.said["seed"]
    )


def _drawn(run: Run, rows: pd.DataFrame, wanted: npt.NDArray[np.bool_], value: Floats) -> Floats:
    """Return the values per draw of the rows that are wanted, nan for others and where draws give another value. (S, R)"""
    assert run.index is not None
    assert run.draws is not None
    at = rows[KEY].merge(run.index.drop_duplicates(KEY).reset_index(), on=KEY, how="left")["index"].to_numpy()
    out = np.full((run.draws.shape[1], len(rows)), np.nan)
    has = np.flatnonzero(wanted & np.isfinite(at))
    index = run.index.iloc[at[has].astype(np.int64)]
    amounts = []
    for name in ("num", "den"):
        kept = np.repeat(index[name].to_numpy(np.float64)[np.newaxis, :], out.shape[0], axis=0)
        where = index[f"{name}_at"].to_numpy(np.int64)
        kept[:, where >= 0] = run.draws[where[where >= 0]].T
        amounts.append(kept)
    declared = indicators()
    per_si = [
        unit(declared[key].unit).per_si if key in declared else np.nan for key in rows["indicator"].iloc[has]
    ]
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = amounts[0] / amounts[1] * np.array(per_si)
    fits = np.isclose(drawn[0], value[has], rtol=CLOSE, atol=0.0)
    drawn[:, ~fits] = np.nan
    out[:, has] = drawn
    return out
