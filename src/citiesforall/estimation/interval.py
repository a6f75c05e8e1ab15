"""Intervals of shares and means from their standard error and degrees of freedom, or from a pooled design effect."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, expit, logit, stdtrit

Floats = npt.NDArray[np.float64]

LEVEL = 0.95
TAIL = (1 - LEVEL) / 2
POOL_BELOW = 12.0
"""Degrees of freedom of a domain below which its own clusters are too few to say how alike they are (ours)."""


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

    Notes
    -----
    logit p -/+ t se / (p (1 - p)), the ``logit`` method of R's `survey` [korn_graubard_1998].
    """
    inside = (value > 0) & (value < 1)
    p = np.where(inside, value, np.nan)
    half = t_quantile(df) * se / (p * (1 - p))
    return expit(logit(p) - half), expit(logit(p) + half)


def wilson_interval(value: Floats, n: Floats, df: Floats) -> tuple[Floats, Floats]:
    """Return Wilson's interval for an effective number of answers, with t in place of z.

    Parameters
    ----------
    value
        Share.
    n
        Effective number of answers.
    df
        Degrees of freedom with which it is known.

    Returns
    -------
    tuple
        Low and high: all shares p with |value - p| <= t sqrt(p (1 - p) / n) [wilson_1927].
    """
    t2 = t_quantile(df) ** 2
    size = np.where(n > 0, n, np.nan)
    middle = (value + t2 / (2 * size)) / (1 + t2 / size)
    half = np.sqrt(t2 * (value * (1 - value) / size + t2 / (4 * size**2))) / (1 + t2 / size)
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)


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
        Low and high [korn_graubard_1998]; at a share of 0 from 0 to 1 - 0.025^(1 / n).
    """
    x = value * n
    some, rest = np.where(value > 0, x, np.nan), np.where(value < 1, n - x, np.nan)
    low = np.where(value > 0, betaincinv(some, n - x + 1, TAIL), 0.0)
    high = np.where(value < 1, betaincinv(x + 1, rest, 1 - TAIL), 1.0)
    gone = np.isnan(value) | ~(n > 0)
    return np.where(gone, np.nan, low), np.where(gone, np.nan, high)


def share_interval(
    value: Floats,
    se: Floats,
    df: Floats,
    n: Floats,
    effective: Floats | None = None,
    whole_df: float = np.inf,
) -> tuple[Floats, Floats]:
    """Return the interval of a share by the rule that kept its promise in simulation (docs/why/survey.md).

    Parameters
    ----------
    value, se, df
        Share, standard error by linearisation, degrees of freedom of the domain.
    n
        Answers behind it.
    effective
        Effective number of answers by the pooled design effect (`pooling.effective_answers`).
    whole_df
        Degrees of freedom of the whole sample, with which the design effect is known.

    Returns
    -------
    tuple
        Low and high: on the logit scale with t of the domain; where `effective` is given and the domain has fewer than 12
        degrees of freedom, Wilson's with the pooled design effect; at 0 and 1 exact. nan where nobody answered.
    """
    low, high = logit_interval(value, se, df)
    some = n if effective is None else np.minimum(effective, n)
    if effective is not None:
        few = df < POOL_BELOW
        pooled = wilson_interval(value, some, np.full(np.shape(value), whole_df))
        low, high = np.where(few, pooled[0], low), np.where(few, pooled[1], high)
    exact = exact_interval(value, some)
    edge = (value <= 0) | (value >= 1)
    return np.where(edge, exact[0], low), np.where(edge, exact[1], high)
