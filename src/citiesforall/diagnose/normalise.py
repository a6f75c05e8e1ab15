"""How values of different units become comparable: fixed goalposts, ranks among places, or standard scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citiesforall.core.estimate import Floats
from citiesforall.core.indicator import Goalposts, Indicator

Bools = npt.NDArray[np.bool_]

FULL = 100.0
Z_REACH = 3.0
"""Standard deviations from the mean that score 0 and 100."""
FARTHEST = (-100.0, 200.0)
"""Where a value is cut before its standard score [points]: one place beyond reach is not allowed to set the scale."""


@dataclass(frozen=True)
class Posts:
    """Hold the goalposts of several indicators as arrays.

    Parameters
    ----------
    floor, goal, other, band
        What scores 0, what scores 100, the floor on the other side of the goal and the width round it that scores 100.
        (I,) [unit of each]
    log
        Whether log(1 + value) is scored. (I,)
    near
        Whether the goal has a floor on both sides. (I,)
    """

    floor: Floats
    goal: Floats
    other: Floats
    band: Floats
    log: Bools
    near: Bools


def posts_of(declared: Sequence[Indicator]) -> Posts:
    """Return the goalposts of indicators that have them.

    Parameters
    ----------
    declared
        Indicators, each with goalposts. (I,)

    Returns
    -------
    Posts
        In the same order.
    """
    posts = [_posts(one) for one in declared]
    floor = np.array([post.floor for post in posts], np.float64)
    goal = np.array([post.goal for post in posts], np.float64)
    other = np.array([np.nan if post.other_floor is None else post.other_floor for post in posts], np.float64)
    return Posts(
        floor,
        goal,
        np.where(np.isnan(other), 2 * goal - floor, other),
        np.array([post.band for post in posts], np.float64),
        np.array([post.scale == "log" for post in posts], np.bool_),
        np.array([one.better == "near" for one in declared], np.bool_),
    )


def _posts(one: Indicator) -> Goalposts:
    assert one.goalposts is not None, f"{one.id} has no goalposts"
    return one.goalposts


def place_between(values: Floats, posts: Posts) -> Floats:
    """Say where values lie between floor (0) and goal (100), without cutting at the ends.

    Parameters
    ----------
    values
        Indicators along the last axis. (..., I) [unit of each]
    posts
        Of the same indicators.

    Returns
    -------
    ndarray
        (..., I) [points]

    Notes
    -----
    Higher or lower is better: ``100 (x - floor) / (goal - floor)``; on a log scale the same with log(1 + x), x not below 0.
    Near is better: ``100 (1 - max(0, |x - goal| - band) / (|f - goal| - band))`` with f the floor on the side of x.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        x = np.where(posts.log, np.log1p(np.maximum(values, 0.0)), values)
        floor = np.where(posts.log, np.log1p(np.maximum(posts.floor, 0.0)), posts.floor)
        goal = np.where(posts.log, np.log1p(np.maximum(posts.goal, 0.0)), posts.goal)
        straight = FULL * (x - floor) / (goal - floor)
        if not posts.near.any():
            return np.asarray(straight, np.float64)
        same_side = np.sign(x - goal) == np.sign(floor - goal)
        reach = np.abs(np.where(same_side, floor, posts.other) - goal) - posts.band
        off = np.maximum(np.abs(x - goal) - posts.band, 0.0)
        either: Floats = np.where(posts.near, FULL * (1 - off / reach), straight)
        return either


def goalpost_scores(values: Floats, posts: Posts) -> Floats:
    """Score values against fixed goalposts.

    Parameters
    ----------
    values
        Indicators along the last axis. (..., I) [unit of each]
    posts
        Of the same indicators.

    Returns
    -------
    ndarray
        0 at the floor and beyond, 100 at the goal and beyond; nan where a value is missing. (..., I) [points]
    """
    return np.clip(place_between(values, posts), 0.0, FULL)


def score_interval(low: Floats, high: Floats, value: Floats, posts: Posts) -> tuple[Floats, Floats]:
    """Return the interval of a score from that of its value.

    Parameters
    ----------
    low, high, value
        Of each row. (..., I) [unit]
    posts
        Of each row.

    Returns
    -------
    tuple
        Low and high score; nan where the value has no interval, or where both ends score the same. (..., I) [points]

    Notes
    -----
    A score is monotone in its value, so the percentiles of the score are the scores of the percentiles, the other way round
    where lower is better. Where near is better, a goal inside the interval gives the high end 100.
    """
    ends = np.stack([goalpost_scores(one, posts) for one in (low, high, value)])
    missing = np.isnan(ends).any(axis=0)
    bottom, top = ends.min(axis=0), ends.max(axis=0)
    with np.errstate(invalid="ignore", over="ignore"):
        holds = posts.near & (low <= posts.goal + posts.band) & (high >= posts.goal - posts.band)
    top = np.where(holds, FULL, top)
    empty = missing | (bottom == top)
    return np.where(empty, np.nan, bottom), np.where(empty, np.nan, top)


def rank_scores(points: Floats) -> Floats:
    """Score places by their rank in each indicator.

    Parameters
    ----------
    points
        From `place_between`; places along the second last axis. (..., P, I)

    Returns
    -------
    ndarray
        ``100 (r - 1/2) / n`` with r the rank from the worst, ties sharing theirs, n the places with a value. (..., P, I) [points]
    """
    missing = np.isnan(points)
    from scipy.stats import rankdata  # noqa: PLC0415 - a second to load, for cities with ranks only

    ranks = rankdata(np.where(missing, np.inf, points), axis=-2)
    n = np.maximum((~missing).sum(axis=-2, keepdims=True), 1)
    return np.where(missing, np.nan, FULL * (ranks - 0.5) / n)


def z_scores(points: Floats) -> Floats:
    """Score places by their distance from the mean of the places in each indicator.

    Parameters
    ----------
    points
        From `place_between`; places along the second last axis. (..., P, I)

    Returns
    -------
    ndarray
        ``50 + 100/6 z``, cut at 0 and 100; 50 where all places are alike. (..., P, I) [points]
    """
    missing = np.isnan(points)
    cut = np.where(missing, 0.0, np.clip(points, *FARTHEST))
    n = np.maximum((~missing).sum(axis=-2, keepdims=True), 1)
    mean = cut.sum(axis=-2, keepdims=True) / n
    off = np.where(missing, 0.0, cut - mean)
    sd = np.sqrt((off**2).sum(axis=-2, keepdims=True) / n)
    # Rounding leaves a spread of 1e-15 among equal values; nobody is three deviations from that.
    z = np.divide(off, sd, out=np.zeros_like(off), where=sd > 1e-9)  # noqa: PLR2004
    return np.where(missing, np.nan, np.clip(FULL / 2 + FULL / (2 * Z_REACH) * z, 0.0, FULL))


NORMALISATIONS = ("goalposts", "rank", "z_score")


def normalised(points: Floats, how: str) -> Floats:
    """Score places in one of the three ways.

    Parameters
    ----------
    points
        From `place_between`. (..., P, I)
    how
        ``goalposts``, ``rank`` or ``z_score``.

    Returns
    -------
    ndarray
        (..., P, I) [points]
    """
    if how == "rank":
        return rank_scores(points)
    if how == "z_score":
        return z_scores(points)
    return np.clip(points, 0.0, FULL)
