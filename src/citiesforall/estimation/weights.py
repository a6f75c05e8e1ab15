"""Weights: what non-response, known totals and a few huge weights ask for; every draw is adjusted in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from citiesforall.core.errors import InputError, raise_all

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int64]
Labels = Sequence[object] | npt.NDArray[np.generic]
Totals = Mapping[str, float]

MOST_ROUNDS = 200
NEAR = 1e-10
"""Relative distance from the known totals at which raking stops."""
MARGINS_AGREE = 0.01
"""Relative difference of the grand totals of two margins above which they are about different people (ours)."""


def non_response(weights: Floats, responded: Bools, classes: Labels) -> Floats:
    """Give the weight of those who did not answer to those of the same class who did.

    Parameters
    ----------
    weights
        Weights of all who were asked. (H,) or (S, H)
    responded
        Whether the interview was completed. (H,)
    classes
        Adjustment class of each row, for instance the stratum. (H,)

    Returns
    -------
    ndarray
        Weights of the same shape, 0 for those who did not answer; the sum of each class stays.

    Raises
    ------
    InputError
        Nobody of a class answered; all such classes are named.

    Notes
    -----
    Assumes that within a class those who answered are like those who did not. A draw that happens to hold none of a class's
    respondents gives their weight to all others.
    """
    both, names, codes = _ready(weights, classes)
    answered = np.asarray(responded, np.bool_)
    empty = np.bincount(codes, weights=answered, minlength=len(names)) == 0
    raise_all(
        f"class {name}: nobody answered. At least one answer is needed. Join it with a class that is alike."
        for name, none in zip(names, empty, strict=True)
        if none
    )
    targets = _sums(both, codes, len(names))
    return _scaled(both * answered, codes, targets).reshape(np.shape(weights))


def post_stratify(weights: Floats, classes: Labels, totals: Totals) -> Floats:
    """Scale the weights of each class to its known total.

    Parameters
    ----------
    weights
        Weights; a row of each draw. (H,) or (S, H)
    classes
        Class of each row. (H,)
    totals
        Class -> its known total, in the same units as the weights add up to (households or persons).

    Returns
    -------
    ndarray
        Weights of the same shape; in each draw every class adds up to its total.

    Raises
    ------
    InputError
        A class has no total, a total no class, or a total is not above 0; all are named.

    Notes
    -----
    A draw that happens to hold nobody of a class gives the class's total to all others in proportion, so that the grand
    total stays.
    """
    both, names, codes = _ready(weights, classes)
    targets = _targets(both, names, codes, totals)
    return _scaled(both, codes, np.broadcast_to(targets, (both.shape[0], targets.size))).reshape(
        np.shape(weights)
    )


def rake(weights: Floats, margins: Sequence[tuple[Labels, Totals]], rounds: int = MOST_ROUNDS) -> Floats:
    """Scale weights to several sets of known totals in turn until all hold (iterative proportional fitting).

    Parameters
    ----------
    weights
        Weights; a row of each draw. (H,) or (S, H)
    margins
        For each set: the class of each row and the totals of the classes.
    rounds
        Most rounds over all sets.

    Returns
    -------
    ndarray
        Weights of the same shape.

    Raises
    ------
    InputError
        A class or total is missing, the sets' grand totals differ by more than 1 %, or the sets cannot all hold.

    Notes
    -----
    Sets whose grand totals differ a little (another source, another rounding) are scaled to the first's. Convergence is asked
    of draw 0; in other draws the last round stands [deming_stephan_1940].
    """
    both = _ready(weights, margins[0][0])[0]
    sets = []
    for classes, totals in margins:
        _, names, codes = _ready(weights, classes)
        sets.append((codes, _targets(both, names, codes, totals)))
    grand = [targets.sum() for _, targets in sets]
    if max(grand) > min(grand) * (1 + MARGINS_AGREE):
        raise InputError(
            f"known totals: the sets add up to {', '.join(f'{one:.6g}' for one in grand)}. They must be about the same "
            "people. Take them from one census, or scale them."
        )
    out = both
    for _ in range(rounds):
        for codes, targets in sets:
            goal = targets * (grand[0] / targets.sum())
            out = _scaled(out, codes, np.broadcast_to(goal, (out.shape[0], goal.size)))
        if _farthest(out[:1], sets, grand[0]) <= NEAR:
            return out.reshape(np.shape(weights))
    far = _farthest(out[:1], sets, grand[0])
    raise InputError(
        f"known totals: after {rounds} rounds one still misses by {far:.2%}. Sets must be able to hold together. "
        "Join small classes."
    )


def trim(weights: Floats, most: float) -> Floats:
    """Cut weights above a multiple of the median and share what was cut among the others.

    Parameters
    ----------
    weights
        Weights; the first row decides, and its factors are used in every draw. (H,) or (S, H)
    most
        Highest weight allowed, in medians of the weights above 0, more than 1.

    Returns
    -------
    ndarray
        Weights of the same shape with the sum of the first row kept.

    Raises
    ------
    InputError
        `most` is not above 1.

    Notes
    -----
    Buys less variance for some bias [potter_1990]: to be told to the reader. Draws are not cut on their own: a cluster drawn
    three times is what makes the bootstrap's variance right.
    """
    if not most > 1:
        raise InputError(f"trimming: {most} medians are asked for. More than 1 is allowed. Take 3 to 6.")
    both = np.atleast_2d(np.asarray(weights, np.float64))
    first = both[0]
    cap = most * float(np.median(first[first > 0]))
    cut = first.copy()
    held = np.zeros(first.size, np.bool_)
    while (over := (cut > cap) & ~held).any():
        held |= over
        free = ~held & (cut > 0)
        cut[held] = cap
        if not free.any():
            break
        cut[free] *= (first.sum() - cap * held.sum()) / cut[free].sum()
    factor = np.divide(cut, first, out=np.zeros_like(first), where=first > 0)
    out: Floats = (both * factor).reshape(np.shape(weights))
    return out


def kish_deff(weights: Floats) -> Floats:
    """Return how many times larger the variance is because weights are unequal, in each draw. () or (S,)

    Parameters
    ----------
    weights
        Weights; zeros do not count. (H,) or (S, H)

    Returns
    -------
    ndarray
        n sum(w^2) / sum(w)^2 [kish_1965]; 1 where all are equal.
    """
    given = np.asarray(weights, np.float64)
    n = (given > 0).sum(axis=-1)
    out: Floats = n * (given * given).sum(axis=-1) / given.sum(axis=-1) ** 2
    return out


def _ready(weights: Floats, classes: Labels) -> tuple[Floats, tuple[str, ...], Codes]:
    """Return the weights with a row of each draw, the names of the classes and each row's class."""
    both = np.atleast_2d(np.asarray(weights, np.float64))
    names, codes = np.unique([str(one) for one in np.asarray(classes).tolist()], return_inverse=True)
    if codes.size != both.shape[1]:
        raise InputError(
            f"classes: {codes.size} are given for {both.shape[1]} weights. One is needed for each."
        )
    return both, tuple(map(str, names)), codes


def _targets(both: Floats, names: tuple[str, ...], codes: Codes, totals: Totals) -> Floats:
    """Return the known totals in the order of the classes, or name all that is amiss. (K,)"""
    known = {str(key): float(value) for key, value in totals.items()}
    there = _sums(both[:1], codes, len(names))[0] > 0
    raise_all(
        [
            f"class {name}: there is no known total. Every class needs one. Add it."
            for name in names
            if name not in known
        ]
        + [
            f"known total of {key}: nobody of the sample is of it. Join it with a class that is alike."
            for key in known
            if key not in names or not there[names.index(key)]
        ]
        + [
            f"known total of {key}: it is {value:g}. Numbers above 0 are allowed. Mend it."
            for key, value in known.items()
            if not (np.isfinite(value) and value > 0)
        ]
    )
    return np.array([known[name] for name in names])


def _sums(weights: Floats, codes: Codes, classes: int) -> Floats:
    """Add weights up by class. (S, K)"""
    S = weights.shape[0]
    at = codes[None, :] + classes * np.arange(S)[:, None]
    out: Floats = np.bincount(at.ravel(), weights=weights.ravel(), minlength=S * classes).astype(np.float64)
    return out.reshape(S, classes)


def _scaled(weights: Floats, codes: Codes, targets: Floats) -> Floats:
    """Scale classes to their targets; what an empty class was to have goes to the others in proportion. (S, H)"""
    sums = _sums(weights, codes, targets.shape[1])
    there = sums > 0
    reached = np.where(there, targets, 0.0).sum(axis=1, keepdims=True)
    lift = np.divide(
        targets.sum(axis=1, keepdims=True), reached, out=np.ones_like(reached), where=reached > 0
    )
    factor = np.divide(targets * lift, sums, out=np.zeros_like(sums), where=there)
    out: Floats = weights * factor[:, codes]
    return out


def _farthest(weights: Floats, sets: Sequence[tuple[Codes, Floats]], grand: float) -> float:
    """Return the largest relative distance of a class's sum from its total."""
    far = 0.0
    for codes, targets in sets:
        goal = targets * (grand / targets.sum())
        far = max(far, float(np.abs(_sums(weights, codes, goal.size) / goal - 1).max()))
    return far
