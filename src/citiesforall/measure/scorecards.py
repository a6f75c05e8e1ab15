"""Scores given by people who know a city or a country: SDG 11.3.2, 11.a.1, 11.b.1, 11.b.2, and levels of maturity."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import chdtri, ndtri, stdtrit

from citiesforall.core.errors import NoDataError
from citiesforall.core.estimate import Estimate
from citiesforall.core.scorecard import Scorecard
from citiesforall.core.scorecard import scorecard as declared
from citiesforall.estimation.hashing import uniform
from citiesforall.measure.layers import Layers
from citiesforall.measure.method import method
from citiesforall.measure.score_layer import Scores

Floats = npt.NDArray[np.float64]
UPPER = 0.975
COUNTRY = "a fact about the country the city lies in"
PARTICIPATION_PASS = 2.5
"""A city counts for 11.3.2 above the middle of the scale from 1 to 4, strictly (un_sdg_11_3_2)."""
POLICY_PASS = 51.0
"""A policy counts for 11.a.1 from the third category on (un_sdg_11_a_1)."""


def participation_score(answers: Floats) -> tuple[float, bool]:
    """Score the direct participation of civil society in urban planning: SDG 11.3.2.

    Parameters
    ----------
    answers
        Of the evaluators to the four questions, 1 to 4; nan where not answered. (evaluators, questions)

    Returns
    -------
    tuple
        Mean of the evaluators' means, and whether the city counts.

    References
    ----------
    un_sdg_11_3_2

    Examples
    --------
    >>> participation_score(np.array([[2.25], [2.5], [3.0], [2.75], [2.0]]))
    (2.5, False)
    """
    score = float(np.nanmean(np.nanmean(answers, axis=1)))
    return score, score > PARTICIPATION_PASS


def urban_policy_score(dynamics: Floats, balance: Floats, fiscal: Floats) -> tuple[float, bool]:
    """Score a national urban policy by its three qualifiers: SDG 11.a.1.

    Parameters
    ----------
    dynamics, balance, fiscal
        Evaluators' percentages for: responds to population dynamics; balanced territorial development; local fiscal
        space. [%]

    Returns
    -------
    tuple
        Mean of the three qualifiers' means, and whether the policy counts. [%]

    References
    ----------
    un_sdg_11_a_1

    Examples
    --------
    >>> urban_policy_score(np.array([40.0]), np.array([20.0]), np.array([75.0]))
    (45.0, False)
    """
    score = float(np.mean([np.nanmean(dynamics), np.nanmean(balance), np.nanmean(fiscal)]))
    return score, score >= POLICY_PASS


def evaluator_draws(answers: Floats, seed: str, S: int) -> Floats:
    """Draw what the mean answers would be if other evaluators of the same kind were asked.

    Parameters
    ----------
    answers
        Every evaluator's answer to every question. (evaluators, questions)
    seed
        Says what the draws are for.
    S
        Draws, the first as answered.

    Returns
    -------
    ndarray
        Mean answer to each question per draw. (S, questions)

    Notes
    -----
    A multivariate t distribution around the means with the evaluators' covariance over their number, n - 1 degrees of freedom:
    the interval of any mean of questions is then its t interval. Answers to several questions vary together, as evaluators do.
    One evaluator says nothing about how others would differ: all draws are alike.
    """
    mean = answers.mean(axis=0)
    out = np.repeat(mean[None, :], S, axis=0)
    n = answers.shape[0]
    if n == 1 or S == 1:
        return out
    normal = ndtri(uniform(f"{seed}:evaluators", n, S - 1))
    spread = chdtri(n - 1, uniform(f"{seed}:spread", 1, S - 1))[0] / (n - 1)
    weights = normal / np.sqrt(n * (n - 1) * spread)
    out[1:] += weights.T @ (answers - mean)
    return out


def t_interval(scores: Floats, limits: tuple[float, float]) -> tuple[float, float]:
    """Return the 95 % t interval of the mean of the evaluators' scores, kept inside what the scale allows.

    Parameters
    ----------
    scores
        One of each evaluator. (evaluators,)
    limits
        Lowest and highest score.

    Returns
    -------
    tuple
        nan for one evaluator, and where all agree: agreement of a few is no certainty.

    Examples
    --------
    >>> [round(end, 3) for end in t_interval(np.array([2.25, 2.5, 3.0, 2.75, 2.0]), (1, 4))]
    [2.009, 2.991]
    """
    n = scores.size
    if n == 1 or np.ptp(scores) == 0:
        return float("nan"), float("nan")
    half = float(stdtrit(n - 1, UPPER)) * float(scores.std(ddof=1)) / n**0.5
    middle = float(scores.mean())
    return max(middle - half, limits[0]), min(middle + half, limits[1])


@method(measures="score", reads=("scorecards",), level="row")
def score_mean(layers: Layers, *, scorecard: str) -> Estimate:
    """Measure the score of a scorecard: SDG 11.3.2, 11.a.1, 11.b.1.

    Parameters
    ----------
    layers
        The city's layers.
    scorecard
        Its id.

    Returns
    -------
    Estimate
        num = score, den = 1 in the row of the place it is about; the others are not asked.

    Raises
    ------
    NoDataError
        The scorecard is not filled in.

    Notes
    -----
    How answers become a score is declared with the scorecard: the mean of the evaluators' means, which for whole answers equals
    the mean of the questions' means, or the sum of the questions' means. The interval is the t interval over evaluators,
    kept inside the scale; it is empty for a single evaluator.
    """
    scores, one = _asked(layers, scorecard)
    total = one.take == "sum"
    answers = scores.of(scorecard)
    low, high = (limit * (answers.shape[1] if total else 1) for limit in one.limits())
    each = answers.sum(axis=1) if total else answers.mean(axis=1)
    found = _in_row(layers, scores, _scores_drawn(scores, one), each, t_interval(each, (low, high)))
    return replace(found, note=COUNTRY if one.level == "country" else "")


@method(measures="share", reads=("scorecards",), level="row")
def score_counts(layers: Layers, *, scorecard: str) -> Estimate:
    """Say whether a city passes a scorecard; over cities it is the share that do: SDG 11.3.2, 11.a.1, 11.b.2.

    Parameters
    ----------
    layers
        The city's layers.
    scorecard
        Its id; it must say from which score on a place counts.

    Returns
    -------
    Estimate
        num = 1 where it counts, else 0; den = 1 in the row of the place it is about. They add up over cities.

    Raises
    ------
    NoDataError
        The scorecard is not filled in.

    Notes
    -----
    In each draw of other evaluators (see ``score_mean``) the city passes or does not; the interval says whether both happen.
    """
    scores, one = _asked(layers, scorecard)
    assert one.counts is not None, scorecard
    passed = np.array([one.counts.passed(score) for score in _scores_drawn(scores, one)], dtype=np.float64)
    found = _in_row(layers, scores, passed, scores.of(scorecard)[:, 0], None, additive=True)
    return replace(found, note=COUNTRY if one.level == "country" else "")


@method(measures="score", reads=("scorecards",), level="row")
def maturity(
    layers: Layers,
    *,
    scorecard: str = "people_centred_smart_city",
    pillar: str | None = None,
    take: Literal["min", "mean"] = "min",
) -> Estimate:
    """Measure the level of maturity by pillars: that of one pillar, of the weakest, or their mean.

    Parameters
    ----------
    layers
        The city's layers.
    scorecard
        One with pillars.
    pillar
        Its id; None for all of them.
    take
        Whether all pillars together are the least or the mean of them.

    Returns
    -------
    Estimate
        num = level, den = 1 in the row of the place it is about.

    Raises
    ------
    NoDataError
        The scorecard is not filled in.

    Notes
    -----
    A pillar's level is the mean of its questions' means over evaluators. A city is as mature as its weakest pillar: a strong
    network does not make up for people left out. For one pillar or their mean the interval is the t interval over evaluators,
    for the least of them the percentiles of draws of other evaluators.
    """
    scores, one = _asked(layers, scorecard)
    wanted = [pillar] if pillar is not None else list(one.pillars)
    answers = scores.of(scorecard)
    of = [
        np.array([one.questions[name].pillar == key for name in scores.questions[scorecard]])
        for key in wanted
    ]
    drawn = evaluator_draws(answers, scores.seeds[scorecard], scores.S)
    levels = np.clip([drawn[:, columns].mean(axis=1) for columns in of], *one.limits())
    if take == "min" and len(wanted) > 1:
        return _in_row(layers, scores, levels.min(axis=0), answers.mean(axis=1), None)
    each = np.mean([answers[:, columns].mean(axis=1) for columns in of], axis=0)
    return _in_row(layers, scores, levels.mean(axis=0), each, t_interval(each, one.limits()))


def _asked(layers: Layers, scorecard: str) -> tuple[Scores, Scorecard]:
    """Return the city's scorecards and one of their declarations."""
    if layers.scorecards is None:
        raise NoDataError(
            "the city has no filled scorecards: write them with 'cities workbook write scorecards'"
        )
    return layers.scorecards, declared(scorecard)


def _scores_drawn(scores: Scores, one: Scorecard) -> Floats:
    """Return the score of a scorecard per draw. (S,)"""
    answers = scores.of(one.id)
    if one.take == "all":
        return np.full(scores.S, float((answers == max(one.scale)).all()))
    drawn = evaluator_draws(answers, scores.seeds[one.id], scores.S).mean(axis=1)
    out: Floats = np.clip(drawn, *one.limits()) * (answers.shape[1] if one.take == "sum" else 1)
    return out


def _in_row(
    layers: Layers,
    scores: Scores,
    drawn: Floats,
    each: Floats,
    interval: tuple[float, float] | None,
    *,
    additive: bool = False,
) -> Estimate:
    """Put a score into the row of the place it is about; n is the number of evaluators."""
    R = layers.belongs.shape[0]
    num, den, n = np.zeros((drawn.size, R)), np.zeros((drawn.size, R)), np.zeros(R)
    num[:, scores.row], den[:, scores.row], n[scores.row] = drawn, 1.0, each.size
    bounds = None
    if interval is not None:
        bounds = np.full(R, np.nan), np.full(R, np.nan)
        bounds[0][scores.row], bounds[1][scores.row] = interval
    return Estimate(num, den, n, additive=additive, bounds=bounds)
