"""Inequality between people or places: Gini and concentration index, for every draw at once."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from citiesforall.core.errors import InputError
from citiesforall.core.estimate import ratio

Floats = npt.NDArray[np.float64]
Bounded = Literal["no", "wagstaff", "erreygers"]
AT_ONCE = 1 << 16
"""Values worked on at once, so that they stay in the processor's cache."""


def gini(values: Floats, weights: Floats) -> Floats:
    """Return the Gini coefficient. () or (S,)

    Parameters
    ----------
    values
        Of each person or place, 0 or more; nan is left out. (R,) or (S, R)
    weights
        How many each counts for. (R,) or (S, R)

    Returns
    -------
    ndarray
        sum_i sum_j w_i w_j |x_i - x_j| / (2 W^2 mean): 0 where all are equal, (n - 1) / n where one of n has all
        [gini_1912]. nan where the mean is 0.

    Raises
    ------
    InputError
        A value or weight is below 0.
    """
    return concentration(values, weights, values)


def concentration(values: Floats, weights: Floats, rank_by: Floats, bounded: Bounded = "no") -> Floats:
    """Return the concentration index: who has it, the poor or the rich. () or (S,)

    Parameters
    ----------
    values
        What is shared out, 0 or more; nan is left out. (R,) or (S, R)
    weights
        How many each counts for. (R,) or (S, R)
    rank_by
        What people or places are ranked by, from worst off to best off; equal ones share a rank. (R,) or (S, R)
    bounded
        For shares between 0 and 1: ``wagstaff`` divides by 1 - mean, ``erreygers`` multiplies by 4 mean.

    Returns
    -------
    ndarray
        2 cov(x, rank) / mean [kakwani_1997]: below 0 where the worst off have more of it, above 0 where they have less.
        nan where the mean is 0, or 1 for ``wagstaff`` [wagstaff_2005], [erreygers_2009].

    Raises
    ------
    InputError
        A value or weight is below 0.
    """
    given = (np.asarray(one, np.float64) for one in (values, weights, rank_by))
    x, w, by = np.broadcast_arrays(*given)
    if bool((x < 0).any()) or bool((w < 0).any()):
        raise InputError("inequality: a value or weight is below 0. Give amounts of 0 or more.")
    flat = x.ndim == 1
    x, w, by = (np.atleast_2d(one) for one in (x, w, by))
    index = np.empty(x.shape[0])
    at_once = max(AT_ONCE // max(x.shape[1], 1), 1)
    for start in range(0, x.shape[0], at_once):
        rows = slice(start, start + at_once)
        index[rows] = _concentration(x[rows], w[rows], by[rows], bounded)
    return index[0] if flat else index


def _concentration(x: Floats, w: Floats, by: Floats, bounded: Bounded) -> Floats:
    """Return the index of a few rows. (S, R) -> (S,)"""
    out = np.isnan(x) | np.isnan(w) | np.isnan(by)
    x, w, by = np.where(out, 0.0, x), np.where(out, 0.0, w), np.where(out, np.inf, by)
    total = w.sum(axis=1)
    # The index has no unit: measured by the largest amount, the tiniest ones do not vanish in products.
    largest = x.max(axis=1, initial=0.0)
    x = ratio(x, np.broadcast_to(largest[:, None], x.shape))
    mean = ratio((w * x).sum(axis=1), total)
    rank = _fractional_rank(w, by)
    share = ratio(w, np.broadcast_to(total[:, None], w.shape))
    index = ratio(2.0 * (share * (x - mean[:, None]) * (rank - 0.5)).sum(axis=1), mean)
    mean = mean * largest
    if bounded == "wagstaff":
        index = ratio(index, 1.0 - mean)
    elif bounded == "erreygers":
        index = 4.0 * mean * index
    return index


def _fractional_rank(w: Floats, by: Floats) -> Floats:
    """Return each one's place between 0 and 1, equal ones at the middle of theirs. (S, R)"""
    order = np.argsort(by, axis=1, kind="stable")
    sorted_by, sorted_w = np.take_along_axis(by, order, axis=1), np.take_along_axis(w, order, axis=1)
    upto = np.cumsum(sorted_w, axis=1)
    before = upto - sorted_w
    new = np.ones(by.shape, np.bool_)
    new[:, 1:] = sorted_by[:, 1:] != sorted_by[:, :-1]
    last = np.ones(by.shape, np.bool_)
    last[:, :-1] = new[:, 1:]
    start = np.maximum.accumulate(np.where(new, before, 0.0), axis=1)
    stop = np.minimum.accumulate(np.where(last, upto, np.inf)[:, ::-1], axis=1)[:, ::-1]
    middle = ratio((start + stop) / 2.0, np.broadcast_to(upto[:, -1:], by.shape))
    out = np.empty(by.shape)
    np.put_along_axis(out, order, middle, axis=1)
    return out
