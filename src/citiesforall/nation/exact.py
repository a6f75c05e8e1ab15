"""Sums that are the same to the last digit at every level and in any order: amounts rounded once, to a power of two."""

from __future__ import annotations

from math import frexp

import numpy as np
import numpy.typing as npt

from citiesforall.core.errors import InputError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STEP = 2.0**-12
"""What amounts of people are rounded to: a quarter of a thousandth of a person."""
FINEST = 2.0**-40
"""Finest step of other amounts (tonnes, shares times something), where they are small."""
DIGITS = 52
"""Binary digits kept for a whole nation; a float64 holds 53."""
NOISE = 1e-9
"""Relative difference of a whole and its parts that is nothing but the order in which they were added."""


def step_of(total: float, coarsest: float = STEP) -> float:
    """Return the step that amounts are rounded to, so that no sum of them is ever rounded.

    Parameters
    ----------
    total
        Sum of the sizes of all amounts of the nation: no partial sum is larger.
    coarsest
        `STEP`, for people; taken unless the total is too large for it.

    Returns
    -------
    float
        A power of two.

    Raises
    ------
    InputError
        The total is not a finite number.

    Notes
    -----
    All amounts and all their sums are whole multiples k of the step with ``abs(k) <= 2**52``; a float64 holds these exactly, and
    the sum of two of them as long as it is below 2**53 of the step. So addition is exact, hence associative and commutative.

    Examples
    --------
    Fifteen million people keep the step of people, 10**15 riel are rounded to a quarter:

    >>> step_of(15_552_211.0) == 2.0**-12, step_of(1e15)
    (True, 0.25)
    """
    if not np.isfinite(total):
        raise InputError("nation: an amount is not finite. Sums need numbers. Mend the city's observations.")
    needed = 2.0 ** (frexp(abs(total))[1] - DIGITS) if total else 0.0
    return max(coarsest, needed)


def fine_step(total: float) -> float:
    """Return the step for amounts that are not people: as fine as the total allows.

    Parameters
    ----------
    total
        As for `step_of`.
    """
    return step_of(total, FINEST)


def rounded(amounts: npt.ArrayLike, step: float | Floats = STEP) -> Floats:
    """Round to the nearest multiple of a step; nan stays nan.

    Parameters
    ----------
    amounts
        Of any shape.
    step
        A power of two, or several that broadcast.

    Returns
    -------
    ndarray
        Of the same shape.

    Raises
    ------
    InputError
        An amount is too large for its step: sums of it would be rounded.
    """
    given = np.asarray(amounts, np.float64)
    out: Floats = np.rint(given / step) * step
    if bool((np.abs(out) > 2.0**DIGITS * np.asarray(step)).any()):
        raise InputError(
            f"nation: an amount is {np.nanmax(np.abs(given)):g}, too large for steps of {np.min(step):g}. "
            f"Largest is {2.0**DIGITS:g} steps. Choose a coarser step."
        )
    return out


def controlled(amounts: npt.ArrayLike, total: float, step: float = STEP) -> Floats:
    """Round amounts so that they add up to a known total exactly: largest remainders.

    Parameters
    ----------
    amounts
        Of the parts, 0 or more. (R,)
    total
        A multiple of the step.
    step
        A power of two.

    Returns
    -------
    ndarray
        Multiples of the step. Parts of nothing stay nothing. (R,)

    Raises
    ------
    InputError
        An amount is below 0, all are 0 and the total is not, or the total is no multiple of the step.

    Notes
    -----
    Every part is rounded down, and the steps that are left go to the parts that lost most, one each; of equal ones the first.
    Where the parts add up to the total before, none is off by a whole step (Hamilton's method). [balinski_young_1982]

    Examples
    --------
    Ten people in three places, in whole people:

    >>> controlled([10 / 3, 10 / 3, 10 / 3], 10.0, 1.0).tolist()
    [4.0, 3.0, 3.0]
    """
    given = np.asarray(amounts, np.float64)
    units = total / step
    if units != np.rint(units):
        raise InputError(f"nation: the total {total!r} is no multiple of {step!r}. Round it first.")
    if bool((given < 0).any()) or (units != 0 and not bool((given > 0).any())):
        raise InputError(
            "nation: parts below 0, or all 0 under a total that is not. Give amounts of 0 or more."
        )
    down = np.floor(given / step)
    lost = given / step - down
    some = np.flatnonzero(given > 0)
    left = int(units - down.sum())
    if left > 0:
        each, more = divmod(left, some.size)
        down[some] += each
        down[some[np.argsort(-lost[some], kind="stable")[:more]]] += 1
    elif left < 0:
        _take_back(down, lost, -left)
    return np.asarray(down * step)


def _take_back(down: Floats, lost: Floats, over: int) -> None:
    """Take steps back, from the parts that lost least first; none goes below 0."""
    while over:
        some = np.flatnonzero(down > 0)
        each = max(min(over // max(some.size, 1), int(down[some].min(initial=np.inf))), 0)
        if each:
            down[some] -= each
            over -= each * some.size
            continue
        few = some[np.argsort(lost[some], kind="stable")[:over]]
        down[few] -= 1
        over -= few.size


def round_tree(amounts: Floats, parent: Ints, step: float = STEP) -> tuple[Floats, Floats]:
    """Round amounts of a tree of places so that every place is the sum of what it holds, to the last digit.

    Parameters
    ----------
    amounts
        Of every place, nan where not known (or withheld). (R,)
    parent
        Position of the place each lies in, -1 for none. (R,)
    step
        A power of two.

    Returns
    -------
    tuple
        Rounded amounts, nan where none were given, and what of each place is in none of the places it holds (stated of the whole
        only, or withheld below): ``amounts[p] == amounts[children].sum() + own[p]`` exactly, nan as nothing. (R,), (R,)

    Notes
    -----
    From the top: a place that is the sum of what it holds, but for noise, keeps its rounded total, and its parts are rounded to
    it (`controlled`). Where it is more or less than they, all are rounded to the nearest and the difference is its own.
    """
    out = rounded(amounts, step)
    own = np.zeros(out.size)
    order = np.argsort(parent, kind="stable")
    starts = np.searchsorted(parent[order], np.arange(out.size))
    ends = np.searchsorted(parent[order], np.arange(out.size), side="right")
    holds = ends > starts
    for place in (one for one in _from_top(parent) if holds[one]):
        children = order[starts[place] : ends[place]]
        given = np.nan_to_num(amounts[children])
        whole = out[place]
        noise = NOISE * max(float(np.abs(given).sum()), step / NOISE)
        # The place itself may have been moved by a step or a few in keeping a total above it.
        close = not np.isnan(whole) and abs(amounts[place] - given.sum()) <= noise
        if close and (given >= 0).all() and (given > 0).any():
            kept = controlled(given, float(whole), step)
            out[children] = np.where(np.isnan(amounts[children]), np.nan, kept)
        own[place] = np.nan_to_num(whole) - np.nan_to_num(out[children]).sum()
    own[~holds] = np.nan_to_num(out[~holds])
    return out, own


def _from_top(parent: Ints) -> Ints:
    """Return the places in an order in which each comes after the one it lies in."""
    depth, above = np.zeros(parent.size, dtype=np.int64), parent.copy()
    while (above >= 0).any():
        depth += above >= 0
        above = np.where(above >= 0, parent[above], -1)
    return np.argsort(depth, kind="stable").astype(np.int64)
