"""Intervals of shares and means from their standard error and degrees of freedom."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, expit, logit, stdtrit

Floats = npt.NDArray[np.float64]

LEVEL = 0.95
TAIL = (1 - LEVEL) / 2


def t_quantile(df: Floats) -> Floats:
    """Return Student's t at 97.5 %, nan where there are no degrees of freedom."""
    out: Floats = np.where(df > 0, stdtrit(np.maximum(df, 1.0), 1 - TAIL), np.nan)
    return out


def mean_interval(value: Floats, se: Floats, df: Floats) -> tuple[Floats, Floats]:
    """Return value -/+ t se.

    Parameters
    ----------
    value, se, df
        Estimate, standard error, degrees of freedom.

    Returns
    -------
    tuple
        Low and high; nan where there are no degrees of freedom.
    """
    half = t_quantile(df) * se
    return value - half, value + half


def logit_interval(value: Floats, se: Floats, df: Floats) -> tuple[Floats, Floats]:
    """Return the interval of a share that is symmetric on the logit scale and so stays between 0 and 1.

    Parameters
    ----------
    value, se, df
        Share, standard error, degrees of freedom.

    Returns
    -------
    tuple
        Low and high; nan at 0 and 1, where the logit has no value.
    """
    inside = (value > 0) & (value < 1)
    p = np.where(inside, value, np.nan)
    half = t_quantile(df) * se / (p * (1 - p))
    return expit(logit(p) - half), expit(logit(p) + half)


def exact_interval(value: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return Clopper and Pearson's interval for an effective number of answers, whole or not.

    Parameters
    ----------
    value
        Share.
    n
        Effective number of answers.

    Returns
    -------
    tuple
        Low and high.
    """
    x = value * n
    some, rest = np.where(value > 0, x, np.nan), np.where(value < 1, n - x, np.nan)
    low = np.where(value > 0, betaincinv(some, n - x + 1, TAIL), 0.0)
    high = np.where(value < 1, betaincinv(x + 1, rest, 1 - TAIL), 1.0)
    gone = np.isnan(value) | ~(n > 0)
    return np.where(gone, np.nan, low), np.where(gone, np.nan, high)


def share_interval(value: Floats, se: Floats, df: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the interval of a share: on the logit scale, exact where everybody answered alike.

    Parameters
    ----------
    value, se, df
        Share, standard error, degrees of freedom.
    n
        Answers behind it.

    Returns
    -------
    tuple
        Low and high.
    """
    low, high = logit_interval(value, se, df)
    exact = exact_interval(value, n)
    edge = (value <= 0) | (value >= 1)
    return np.where(edge, exact[0], low), np.where(edge, exact[1], high)
