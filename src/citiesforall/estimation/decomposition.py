"""Inequality taken apart into what lies within groups of places and what lies between them, for every draw at once."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from citiesforall.core.errors import InputError
from citiesforall.core.estimate import ratio

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Measure = Literal["theil_t", "theil_l", "variance"]
NEGLIGIBLE = 1e-12
"""Of the square of the mean: less than this is rounding, not inequality (ours)."""


class Parts(NamedTuple):
    """Hold an inequality and its two parts: total = within + between. (S,) each."""

    total: Floats
    within: Floats
    between: Floats

    def share_between(self) -> Floats:
        """Return the share that lies between groups, nan where all are equal. (S,)"""
        return ratio(self.between, self.total)


def decomposed(values: Floats, weights: Floats, group: Ints, measure: Measure) -> Parts:
    """Take the inequality between places apart by the groups they are in.

    Parameters
    ----------
    values
        Of each place, in any unit; nan is left out. (R,) or (S, R)
    weights
        How many people each counts for. (R,) or (S, R)
    group
        Number of the group each place is in, from 0. (R,)
    measure
        ``theil_t``, ``theil_l`` or ``variance``.

    Returns
    -------
    Parts
        Total, within and between. nan where the mean is 0, and for ``theil_l`` where a place has 0: it is infinite then. (S,)

    Raises
    ------
    InputError
        A weight is below 0; or a value is, of which Theil's indices have no meaning.

    Notes
    -----
    With shares of people p_i, mean m, groups g of people P_g and mean m_g:

    * T = sum_i p_i (x_i / m) ln(x_i / m); within = sum_g P_g (m_g / m) T_g, between = T of the groups' means;
    * L = sum_i p_i ln(m / x_i); within = sum_g P_g L_g, between = L of the groups' means;
    * V = sum_i p_i (x_i - m)^2; within = sum_g P_g V_g, between = V of the groups' means.

    T and L do not change where all values are multiplied by one number; they are the additively decomposable indices whose
    weights are shares of income and of people. [theil_1967], [shorrocks_1980]
    """
    x, w = np.broadcast_arrays(
        np.atleast_2d(np.asarray(values, np.float64)), np.atleast_2d(np.asarray(weights, np.float64))
    )
    if bool((w < 0).any()) or (measure != "variance" and bool((x < 0).any())):
        raise InputError("inequality: a value or weight is below 0. Give amounts of 0 or more.")
    known = ~np.isnan(x) & (np.nan_to_num(w) > 0)
    people, amounts = np.where(known, w, 0.0), np.where(known, x, 0.0)
    whole = people.sum(axis=1)
    mean = ratio((people * amounts).sum(axis=1), whole)
    of_group = _by_group(people, group)
    means = ratio(_by_group(people * amounts, group), of_group)
    total = _spread(amounts, people, mean, measure)
    between = _spread(np.nan_to_num(means), of_group, mean, measure)
    within = _within(amounts, people, (group, means, mean), measure)
    nothing = ~(np.abs(total) > NEGLIGIBLE * (mean**2 if measure == "variance" else 1.0)) & ~np.isnan(total)
    return Parts(*(np.where(nothing, 0.0, one) for one in (total, within, between)))


def of_shares(shares: Floats, weights: Floats) -> Parts:
    """Take the variance between persons, of whom each has something or has not, apart by the places they live in.

    Parameters
    ----------
    shares
        Of people who have it; nan is left out. (R,) or (S, R)
    weights
        People of each place. (R,) or (S, R)

    Returns
    -------
    Parts
        total = p (1 - p), within = mean of p_i (1 - p_i), between = variance of p_i. Between over total says how far knowing
        the place tells whether a person has it. (S,)

    Raises
    ------
    InputError
        A share is not between 0 and 1, or a weight is below 0.
    """
    p, w = np.broadcast_arrays(
        np.atleast_2d(np.asarray(shares, np.float64)), np.atleast_2d(np.asarray(weights, np.float64))
    )
    if bool(((p < 0) | (p > 1)).any()):
        raise InputError("inequality: a share is below 0 or above 1. Give shares.")
    between = decomposed(p, w, np.zeros(p.shape[1], np.int64), "variance").total
    people = np.where(np.isnan(p), 0.0, w)
    had = np.nan_to_num(p)
    within = ratio((people * had * (1 - had)).sum(axis=1), people.sum(axis=1))
    return Parts(within + between, within, between)


def _by_group(amounts: Floats, group: Ints) -> Floats:
    """Add amounts up by group. (S, G)"""
    out = np.zeros((amounts.shape[0], int(group.max(initial=-1)) + 1))
    for number in range(out.shape[1]):
        out[:, number] = amounts[:, group == number].sum(axis=1)
    return out


def _spread(x: Floats, w: Floats, mean: Floats, measure: Measure) -> Floats:
    """Return how far values lie from a mean. (S,)"""
    each = _each(x, mean[:, None], measure)
    return ratio(np.where(w > 0, w * each, 0.0).sum(axis=1), w.sum(axis=1))


def _each(x: Floats, mean: Floats, measure: Measure) -> Floats:
    """Return what each value adds, before its weight."""
    if measure == "variance":
        return np.asarray((x - mean) ** 2)
    relative = ratio(*np.broadcast_arrays(x, mean))
    log = np.log(np.where(relative > 0, relative, 1.0))
    if measure == "theil_t":
        return np.where(np.isnan(relative), np.nan, relative * log)
    return np.where(relative > 0, -log, np.nan)


def _within(x: Floats, w: Floats, known: tuple[Ints, Floats, Floats], measure: Measure) -> Floats:
    """Return the mean of the groups' own inequality, each by its share of people (of what people have, for T). (S,)"""
    group, means, mean = known
    out = np.zeros(x.shape[0])
    whole = w.sum(axis=1)
    for number in range(means.shape[1]):
        here = group == number
        people = w[:, here].sum(axis=1)
        own = _spread(x[:, here], w[:, here], means[:, number], measure)
        share = ratio(people, whole)
        if measure == "theil_t":
            # A group that has nothing adds nothing, though its own T is not defined.
            share = share * np.nan_to_num(ratio(means[:, number], mean))
        out += np.where(share > 0, share * own, 0.0) + np.where(np.isnan(share) | np.isnan(mean), np.nan, 0.0)
    return out
