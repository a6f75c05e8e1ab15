"""Money: riel and dollars, what a cost is worth a year or today, what may be shown of it; nothing here knows a city."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
RIEL_SHOWN = 1_000_000
"""Riel are shown to the million: the riel of one lamp, and finer than any cost of the catalogue is known."""
USD_SHOWN = 1_000


def usd_to_local(usd: npt.ArrayLike, per_usd: float) -> Any:
    """Turn US dollars into whole units of another currency.

    Parameters
    ----------
    usd
        Amounts, any shape. [US$]
    per_usd
        Units of the currency for one US dollar, for instance 4,100 riel.

    Returns
    -------
    float or numpy.ndarray
        Whole riel, nearest, as float64; nan stays nan. [riel]

    Notes
    -----
    Exact both ways for whole amounts up to 10^15: the quotient errs by at most 2^-53 of itself and so does the product, which
    together is less than half a riel; rounding takes it away.
    """
    return np.rint(np.asarray(usd, np.float64) * per_usd)[()]


def local_to_usd(local: npt.ArrayLike, per_usd: float) -> Any:
    """Turn an amount of another currency into US dollars.

    Parameters
    ----------
    local
        Amounts, any shape. [riel]
    per_usd
        Units of the currency for one US dollar.

    Returns
    -------
    float or numpy.ndarray
        Unrounded; nan stays nan. [US$]
    """
    return (np.asarray(local, np.float64) / per_usd)[()]


def annuity_factor(rate: float, years: float) -> float:
    """Return what a dollar spent today costs in each of some years.

    Parameters
    ----------
    rate
        Discount rate a year. [share]
    years
        Years it is spread over.

    Returns
    -------
    float
        rate / (1 - (1 + rate)^-years); 1 / years without a rate.

    Raises
    ------
    ValueError
        No years, or a rate of -1 or less.

    Notes
    -----
    The capital recovery factor [hmt_green_book_2022]. At 5 % over 20 years: 0.05 / (1 - 1.05^-20) = 0.0802426.
    """
    if years <= 0 or rate <= -1:
        raise ValueError(f"{years:g} years at {rate:g}: an annuity needs years and a rate above -1")
    # expm1 and log1p keep every digit where the rate is next to nothing.
    return rate / -float(np.expm1(-years * np.log1p(rate))) if rate else 1.0 / years


def annualised_usd(capital: float, rate: float, years: float, om: float = 0.0) -> float:
    """Return what something costs a year, its purchase spread over its life.

    Parameters
    ----------
    capital
        Price. [US$]
    rate
        Discount rate a year. [share]
    years
        Its life.
    om
        Cost of running it for a year. [US$]

    Returns
    -------
    float
        A year. [US$]

    Notes
    -----
    US$ 100,000 at 5 % over 20 years is 8,024.26 a year [hmt_green_book_2022].
    """
    return capital * annuity_factor(rate, years) + om


def present_value(flows: npt.ArrayLike, rate: float) -> Any:
    """Return what a series of yearly payments is worth in its first year.

    Parameters
    ----------
    flows
        Payments by year in the last axis, the first year first. (..., Y) [US$]
    rate
        Discount rate a year. [share]

    Returns
    -------
    float or numpy.ndarray
        Sum of flow / (1 + rate)^t with t = 0 in the first year. (...) [US$]

    Notes
    -----
    100 now and 105 in a year at 5 % are 100 + 105 / 1.05 = 200 [hmt_green_book_2022].
    """
    paid = np.asarray(flows, np.float64)
    return (paid / (1.0 + rate) ** np.arange(paid.shape[-1])).sum(axis=-1)[()]


def cost_draws(low: npt.ArrayLike, high: npt.ArrayLike, chance: npt.ArrayLike) -> Floats:
    """Draw costs between their ends, most often near the middle.

    Parameters
    ----------
    low, high
        Ends of the range; they broadcast against each other. [US$]
    chance
        Numbers from 0 to 1; they broadcast against the ends.

    Returns
    -------
    numpy.ndarray
        Quantiles of the triangular distribution whose peak is the midpoint. [US$]

    Notes
    -----
    With width w: low + w sqrt(u / 2) below the middle, high - w sqrt((1 - u) / 2) above it. That the middle is likeliest is
    ours; the sources state ranges alone.
    """
    first, last, share = np.broadcast_arrays(
        np.asarray(low, np.float64), np.asarray(high, np.float64), np.asarray(chance, np.float64)
    )
    width = last - first
    below = first + width * np.sqrt(share / 2)
    above = last - width * np.sqrt((1 - share) / 2)
    return np.asarray(np.where(share < 0.5, below, above), np.float64)  # noqa: PLR2004 - the middle


def middle(ends: tuple[float, float]) -> float:
    """Return the central cost of a range: its midpoint."""
    return (ends[0] + ends[1]) / 2


def shown(amount: npt.ArrayLike, step: float) -> Any:
    """Round an amount for people to read, never for further sums.

    Parameters
    ----------
    amount
        Amounts, any shape.
    step
        What it is rounded to: a million riel, a thousand dollars.

    Returns
    -------
    float or numpy.ndarray
        The nearest multiple, halves to the even one; nan stays nan.
    """
    return (np.rint(np.asarray(amount, np.float64) / step) * step)[()]
