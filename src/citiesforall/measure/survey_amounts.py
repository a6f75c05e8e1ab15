"""From answers to estimates: weighted amounts per row and draw, design-based intervals, what must be withheld."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from citiesforall.core.estimate import Estimate, ratio
from citiesforall.estimation.interval import mean_interval, share_interval
from citiesforall.measure.access import weighted_quantile
from citiesforall.measure.survey_frame import Asked, Bools, Floats, add_rows, answers, standard_error
from citiesforall.measure.survey_hiding import few, withheld
from citiesforall.measure.survey_layer import Records, Survey, count, people_counted

WEAK_CV = 0.3
"""Standard error / value from which a number is weak (a rule of many statistical offices)."""
SURE_WIDTH = 0.05
"""A share whose interval is narrower than this is not weak, however small it is (parker_2017)."""


def estimated(survey: Survey, table: Records, value: Floats, of: str, *, share: bool = True) -> Estimate:
    """Estimate a share or a mean of every row.

    Parameters
    ----------
    survey
        Bound to a group.
    table, value
        Records, and a value of each, nan where there is no answer. (n,)
    of
        Who counts.
    share
        True for shares, False for means.

    Returns
    -------
    Estimate
        With status and interval.
    """
    asked = count(survey, table, value, of)
    num, den = (add_rows(survey.frame, amount, survey.weights) for amount in (asked.num, asked.den))
    n, known = answers(survey.frame, asked.n), ratio(num[0], den[0])
    se, low, high, df = _interval(survey, asked, num[0], den[0], share=share)
    status = statuses(survey, n, withheld(survey, table, value, of))
    weak = _weak(known, se, high - low, share=share) | (df <= 0)
    status[(status == "") & weak] = "low_n"
    return Estimate(num, den, n, status=status.astype(np.str_), bounds=(low, high))


def _interval(
    survey: Survey, asked: Asked, num: Floats, den: Floats, *, share: bool
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return standard error, bounds and degrees of freedom of each row. (R,) each"""
    se, df = standard_error(survey.frame, asked, survey.weights[:, 0], num, den)
    if share:
        households = answers(survey.frame, (asked.n > 0).astype(np.float64))
        return se, *share_interval(ratio(num, den), se, df, households), df
    return se, *mean_interval(ratio(num, den), se, df), df


def statuses(survey: Survey, n: Floats, out: Bools) -> npt.NDArray[np.object_]:
    """Return the word of each row that says more than a value can.

    Parameters
    ----------
    survey
        Bound to a group.
    n
        Answers. (R,)
    out
        Rows withheld. (R,)

    Returns
    -------
    ndarray
        ``suppressed``; ``missing`` where nobody was interviewed; ``not_applicable`` where nobody of the group was, or the
        question applies to none; else empty. (R,)
    """
    interviews = survey.frame.rows @ np.diff(survey.frame.starts).astype(np.float64)
    status = np.full(n.size, "", dtype=object)
    status[out] = "suppressed"
    status[n == 0] = "not_applicable"
    status[interviews == 0] = "missing"
    return status


def _weak(value: Floats, se: Floats, width: Floats, *, share: bool) -> Bools:
    """Say which values err too much: by more than 30 % of themselves, shares of a narrow interval excepted."""
    wide = ~(width <= SURE_WIDTH) if share else np.ones(value.size, dtype=bool)
    return np.asarray(wide & ~(se <= WEAK_CV * np.abs(value)))


def quantile_estimate(survey: Survey, table: Records, value: Floats, of: str, share: float) -> Estimate:
    """Find the value a share of people does not exceed, per row and draw.

    Parameters
    ----------
    survey
        Bound to a group.
    table, value
        Records, and a value of each, nan where there is no answer. (n,)
    of
        Who counts.
    share
        Between 0 and 1.

    Returns
    -------
    Estimate
        With status; the interval is that of the draws.
    """
    n = answers(survey.frame, count(survey, table, value, of).n)
    each = people_counted(survey, table, of)
    use = np.flatnonzero(~np.isnan(value) & (each > 0))
    use = use[np.argsort(value[use], kind="stable")]
    unit = np.repeat(np.arange(survey.frame.starts.size - 1), np.diff(survey.frame.starts))
    of_unit, R = unit[table.household[use]], n.size
    out = np.full((survey.weights.shape[1], R), np.nan)
    belongs = survey.frame.rows.toarray() > 0
    for row in range(R):
        rows = use[belongs[row, of_unit]]
        if rows.size:
            weight = each[rows, None] * survey.weights[table.household[rows]]
            out[:, row] = weighted_quantile(value[None, rows], weight.T, share)
    status = statuses(survey, n, few(n))  # no two of them make a third: nothing else need be withheld
    return Estimate(out, np.ones_like(out), n, additive=False, status=status.astype(np.str_))
