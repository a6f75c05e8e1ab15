"""An estimate: two additive amounts, their ratio, and the draws that say how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
FEWEST_DRAWS = 3
"""The published draw and two others: fewer make no interval."""
MOST_UNDEFINED = 0.05
"""Share of draws in which a number may be undefined before its interval is left empty (ours)."""
UNBOUNDED = 1e250
MIDDLE_PERCENTILES = (2.5, 97.5)


@dataclass(frozen=True)
class CellAmounts:
    """Hold a method's answer per cell part; the framework adds it up.

    Parameters
    ----------
    num, den
        Amounts. (S, C) or (1, C)
    unknown
        Amount of the denominator about which nothing is known, left out of both. (C,)
    estimated
        Whether assumed data were used.
    note
        What a reader must know of how this answer was made.
    """

    num: Floats
    den: Floats
    unknown: Floats | None = None
    estimated: bool = False
    note: str = ""


@dataclass(frozen=True)
class Estimate:
    """Hold amounts per result row for every draw.

    Parameters
    ----------
    num, den
        Amounts. (S, R)
    n
        Records behind each row (cells with people, facilities, answers). (R,)
    unknown_share
        Share of the denominator that is unknown. (R,)
    estimated
        Whether assumed data were used.
    additive
        False for medians, Gini and ratios of rates, which are not sums.
    note
        What a reader must know of how this answer was made.
    status
        Word per row that says more than a value can: ``suppressed``, ``modelled``, ``missing``, ``not_applicable``; empty
        where the numbers speak for themselves. (R,)
    bounds
        Low and high worked out otherwise than from the draws: a survey's design-based interval. (R,), (R,)
    untold
        Rows whose draws are not published though the value is, because they would tell more than it. (R,)
    periods
        What time each row is about, where rows differ; empty where it is that of the indicator. (R,)
    """

    num: Floats
    den: Floats
    n: Floats
    unknown_share: Floats = field(default_factory=lambda: np.zeros(0))
    estimated: bool = False
    additive: bool = True
    note: str = ""
    status: npt.NDArray[np.str_] | None = None
    bounds: tuple[Floats, Floats] | None = None
    untold: npt.NDArray[np.bool_] | None = None
    periods: npt.NDArray[np.object_] | None = None

    def value(self) -> Floats:
        """Return num / den of draw 0, nan where den is 0. (R,)"""
        out: Floats = ratio(self.num[:1], self.den[:1])[0]
        return out

    def replicated(self) -> bool:
        """Say whether the interval is worked out otherwise than from draws although there are draws, as in a survey."""
        amounts = (np.nan_to_num(self.num), np.nan_to_num(self.den))
        return self.bounds is not None and any(bool((one != one[:1]).any()) for one in amounts)

    def interval(self) -> tuple[Floats, Floats]:
        """Return the 2.5 and 97.5 percentiles of the draws, widened to hold the published value. (R,), (R,)

        Returns
        -------
        tuple
            Low and high. nan where the draws do not differ (no stated error touches the number: that is not certainty) or
            where the number is undefined in more than one draw of twenty; inf where it has no upper bound.

        Notes
        -----
        The stated error of a list of facilities can only take facilities away, so the published value may lie at one end
        of the draws; an interval that holds it covers at least as much.
        """
        if self.bounds is not None:
            return self.bounds
        R = self.num.shape[1]
        low, high = np.full(R, np.nan), np.full(R, np.nan)
        if self.num.shape[0] < FEWEST_DRAWS:
            return low, high
        draws = ratio(self.num[1:], self.den[1:])
        value = self.value()
        enough = (np.isnan(draws).mean(axis=0) <= MOST_UNDEFINED) & ~np.isnan(value)
        if enough.any():
            # Beyond-reach times are infinite; a huge number stands in for them while percentiles are taken.
            finite = np.where(np.isinf(draws[:, enough]), UNBOUNDED, draws[:, enough])
            low[enough], high[enough] = _middle(finite)
            low[enough] = np.fmin(low[enough], value[enough])
            high[enough] = np.fmax(high[enough], value[enough])
        flat = ~(high - low > 1e-9 * np.maximum(np.abs(high), 1e-300))
        low[flat], high[flat] = np.nan, np.nan
        high[high > UNBOUNDED / 1e3] = np.inf
        return low, high


def _middle(draws: Floats) -> tuple[Floats, Floats]:
    """Return the 2.5 and 97.5 percentiles of each column, leaving out nan. (R,), (R,)"""
    holes = np.isnan(draws).any(axis=0)
    low, high = np.empty(holes.size), np.empty(holes.size)
    # Columns without holes are ranked together: a hundred times faster than one by one.
    low[~holes], high[~holes] = np.percentile(draws[:, ~holes], MIDDLE_PERCENTILES, axis=0)
    if holes.any():
        low[holes], high[holes] = np.nanpercentile(draws[:, holes], MIDDLE_PERCENTILES, axis=0)
    return low, high


def ratio(num: Floats, den: Floats) -> Floats:
    """Divide, with nan where the denominator is 0.

    Parameters
    ----------
    num, den
        Amounts of one shape.

    Returns
    -------
    ndarray
        num / den.
    """
    out = np.full(np.broadcast_shapes(num.shape, den.shape), np.nan)
    np.divide(num, den, out=out, where=den != 0)
    return out


def add_up(amounts: Floats, starts: npt.NDArray[np.int64], belongs: npt.NDArray[np.bool_]) -> Floats:
    """Add amounts of cell parts, sorted by unit, to result rows.

    Parameters
    ----------
    amounts
        Sorted so that the parts of a unit lie together. (S, C)
    starts
        First part of each unit. (U,)
    belongs
        Whether a unit belongs to a row. (R, U)

    Returns
    -------
    ndarray
        Sums. (S, R)

    Notes
    -----
    Rows are added unit by unit in one order, so the answer does not depend on threads and a parent equals the sum of
    its units to rounding.
    """
    by_unit = (
        np.add.reduceat(amounts, starts, axis=1)
        if amounts.shape[1]
        else np.zeros((amounts.shape[0], starts.size))
    )
    out = np.zeros((amounts.shape[0], belongs.shape[0]))
    row, unit = np.nonzero(belongs)
    if row.size:
        first = np.flatnonzero(np.append(True, row[1:] != row[:-1]))
        out[:, row[first]] = np.add.reduceat(by_unit[:, unit], first, axis=1)
    return out
