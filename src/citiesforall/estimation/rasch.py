"""The Rasch model of a yes/no scale: severities of items and scores by conditional maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from citiesforall.core.errors import InputError, NoDataError

Floats = npt.NDArray[np.float64]

FEWEST_CASES = 100
"""Interviews with some but not all yes without which items are not estimated (ours: their standard error is then about 0.25)."""
MOST_STEPS, NEAR = 100, 1e-10
NEAR_EXTREME = 0.5
"""Scores of nobody and everything have no finite severity; half a score inside is taken, as FAO does."""


@dataclass(frozen=True)
class Rasch:
    """Hold a fitted Rasch model of k items.

    Parameters
    ----------
    item, item_se
        Severity of each item, mean 0, and its standard error. (k,) [logit]
    score, score_se
        Severity of each raw score 0..k and its measurement error. (k + 1,) [logit]
    infit
        Mean square of residuals weighted by their information; 1 expected, 0.7 to 1.3 good. nan where items were given. (k,)
    cases
        Complete interviews that were neither all no nor all yes.
    """

    item: Floats
    item_se: Floats
    score: Floats
    score_se: Floats
    infit: Floats
    cases: int


def fit(answers: Floats, weight: Floats | None = None, fewest: int = FEWEST_CASES) -> Rasch:
    """Fit the model to a survey.

    Parameters
    ----------
    answers
        1 yes, 0 no, nan not known; interviews with a nan do not count. (H, k)
    weight
        Sampling weights; equal where absent. (H,)
    fewest
        Interviews with some but not all yes that are asked for.

    Returns
    -------
    Rasch
        Severities.

    Raises
    ------
    InputError
        An answer is neither 0 nor 1, or there are fewer than three items.
    NoDataError
        Too few interviews, or an item to which all or none of them said yes: nothing can be said of its severity.

    Notes
    -----
    Maximises sum_h w_h (-x_h b - log gamma_r(b)), the likelihood of who said yes to what given how often [andersen_1970],
    [cafiero_2018], by Newton's steps; weights are scaled to add up to the number of interviews, and standard errors are those of
    the model: clustering makes them too small.
    """
    x, w = _ready(answers, weight)
    k = x.shape[1]
    raw = x.sum(axis=1).astype(np.int64)
    inner = (raw > 0) & (raw < k)
    x, w, raw = x[inner], w[inner], raw[inner]
    if raw.size < fewest:
        raise NoDataError(
            f"scale: {raw.size} interviews have some but not all yes; {fewest} are needed to place the items. "
            "Use the items of a larger survey, or the raw score."
        )
    w = w * (raw.size / w.sum())
    yes, by_score = w @ x, np.bincount(raw, weights=w, minlength=k + 1).astype(np.float64)
    if not ((yes > 0) & (yes < w.sum())).all():
        raise NoDataError("scale: to one item all or none said yes; its severity cannot be estimated.")
    b = -np.log(yes / (w.sum() - yes))
    b -= b.mean()
    for _ in range(MOST_STEPS):
        slope, bend = _derivatives(b, yes, by_score)
        step = np.linalg.solve(bend + 1.0 / k, slope)
        b = b + step - step.mean()
        if np.abs(step).max() < NEAR:
            break
    # severities are known but for their mean: the bend has no slope along it, and none of the error lies there
    error = np.sqrt(np.diag(np.linalg.inv(_derivatives(b, yes, by_score)[1] + 1.0 / k)) - 1.0 / k)
    chance = _given_score(b)[0][raw]
    spread = chance * (1 - chance)
    infit = (w @ (x - chance) ** 2) / (w @ spread)
    return Rasch(b, error, *score_severity(b), infit, int(raw.size))


def given(item: Floats) -> Rasch:
    """Return the model with severities of items taken from elsewhere, for surveys too small to place their own.

    Parameters
    ----------
    item
        Severities. (k,) [logit]

    Returns
    -------
    Rasch
        Severities of the scores; no errors of items and no fit.
    """
    b = np.asarray(item, np.float64)
    return Rasch(b, np.full(b.size, np.nan), *score_severity(b), np.full(b.size, np.nan), 0)


def score_severity(item: Floats) -> tuple[Floats, Floats]:
    """Return the severity of each raw score and its measurement error. (k + 1,), (k + 1,)

    Parameters
    ----------
    item
        Severities of the items. (k,) [logit]

    Returns
    -------
    tuple
        The severity a at which the expected number of yes, sum_i 1 / (1 + exp(b_i - a)), is the score, and
        1 / sqrt(sum_i p_i (1 - p_i)). Half a score inside at both ends.
    """
    k = item.size
    wanted = np.arange(k + 1.0)
    wanted[0], wanted[-1] = NEAR_EXTREME, k - NEAR_EXTREME
    a = np.full(k + 1, item.mean()) + np.log(wanted / (k - wanted))
    for _ in range(MOST_STEPS):
        p = expit(a[:, None] - item)
        step = (wanted - p.sum(axis=1)) / (p * (1 - p)).sum(axis=1)
        a = a + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < NEAR:
            break
    p = expit(a[:, None] - item)
    return a, 1.0 / np.sqrt((p * (1 - p)).sum(axis=1))


def symmetric(easiness: Floats) -> Floats:
    """Return the elementary symmetric functions of order 0..k. (k + 1,)

    Parameters
    ----------
    easiness
        exp(-severity) of each item. (k,)

    Returns
    -------
    ndarray
        gamma_r: the sum over all sets of r items of the product of their easiness.
    """
    out = np.zeros(easiness.size + 1)
    out[0] = 1.0
    for one in easiness:
        out[1:] = out[1:] + one * out[:-1]
    return out


def _ready(answers: Floats, weight: Floats | None) -> tuple[Floats, Floats]:
    """Return complete answers and their weights."""
    x = np.atleast_2d(np.asarray(answers, np.float64))
    if x.shape[1] < 3:  # noqa: PLR2004 - with two items the model fits anything
        raise InputError(f"scale: {x.shape[1]} items are given. At least three are needed.")
    wrong = ~np.isnan(x) & (x != 0) & (x != 1)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise InputError(
            f"scale: row {row + 1}, item {column + 1} holds {x[row, column]:g}. 1 (yes) and 0 (no) are allowed. "
            "Mend it or leave it empty."
        )
    w = np.ones(x.shape[0]) if weight is None else np.asarray(weight, np.float64)
    whole = ~np.isnan(x).any(axis=1) & (w > 0)
    return x[whole], w[whole]


def _given_score(b: Floats) -> tuple[Floats, Floats]:
    """Return the chance of a yes to an item, and to two, given the score. (k + 1, k), (k + 1, k, k)"""
    k = b.size
    easy = np.exp(-b)
    gamma = symmetric(easy)
    one, two = np.zeros((k + 1, k)), np.zeros((k + 1, k, k))
    for i in range(k):
        rest = np.delete(easy, i)
        one[1:, i] = easy[i] * symmetric(rest) / gamma[1:]
        two[:, i, i] = one[:, i]
        for j in range(i):
            pair = easy[i] * easy[j] * symmetric(np.delete(rest, j)) / gamma[2:]
            two[2:, i, j] = two[2:, j, i] = pair
    return one, two


def _derivatives(b: Floats, yes: Floats, by_score: Floats) -> tuple[Floats, Floats]:
    """Return the slope of the log-likelihood and minus its bend. (k,), (k, k)"""
    one, two = _given_score(b)
    slope = -yes + by_score @ one
    bend = np.einsum("r,rij->ij", by_score, two - one[:, :, None] * one[:, None, :])
    return slope, bend
