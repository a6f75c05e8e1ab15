"""Small areas: the Fay-Herriot model lends strength to places whose own sample is too small; always said to be modelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import betaincinv, ndtr, ndtri

from citiesforall.core.errors import InputError, NoDataError
from citiesforall.core.estimate import ratio
from citiesforall.estimation.hashing import uniform
from citiesforall.estimation.interval import mean_interval

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Method = Literal["adjusted", "reml", "ml", "moment"]

Parts = tuple[Floats, Floats, Floats]

SPARE_AREAS = 3
"""Areas with a sample needed beyond the number of coefficients (ours)."""
SMALLEST, LARGEST, GRID = 1e-5, 10.0, 60
"""Where the variance of the area effect is looked for: from, in sampling variances; to, in variances of the values; steps."""
PRIOR_ANSWERS = 10.0
"""Answers of the whole sample's share mixed into an area's before its sampling variance is taken (ours)."""
ZOOMS, GRID_WITHIN = 8, 21
"""Each zoom looks ten times closer."""
WIDEST = 0.5
"""Largest variance of a drawn share, in p (1 - p)."""
INSIDE = 1e-4
"""Distance from 0 and 1 that modelled shares keep."""


@dataclass(frozen=True)
class FayHerriot:
    """Hold modelled values of areas.

    Parameters
    ----------
    value, mse
        Modelled value and its mean squared error. (A,)
    beta, beta_cov
        Coefficients and their covariance. (P,), (P, P)
    sigma2
        Variance of the area effect.
    gamma
        Weight of the area's own sample, 0 where it has none. (A,)
    synthetic
        What the model says without the area's own sample. (A,)
    own_mse
        Part of the error that is each area's own; the rest is the line's, common to all. (A,)
    x
        What the line was drawn through. (A, P)
    df
        Areas with a sample less coefficients.
    """

    value: Floats
    mse: Floats
    beta: Floats
    beta_cov: Floats
    sigma2: float
    gamma: Floats
    synthetic: Floats
    own_mse: Floats
    x: Floats
    df: float


def fay_herriot(direct: Floats, variance: Floats, x: Floats, method: Method = "adjusted") -> FayHerriot:
    """Model areas' values from their own samples and from what is known of all areas.

    Parameters
    ----------
    direct
        Direct estimates; nan where an area has no sample. (A,)
    variance
        Their sampling variances, taken as known; nan where there is none. (A,)
    x
        What is known of every area, a column of ones included. (A, P)
    method
        How the variance of the area effect is found: ``adjusted`` restricted likelihood, which is never highest at 0; the plain
        restricted or full likelihood; Fay and Herriot's moments.

    Returns
    -------
    FayHerriot
        The empirical best linear unbiased predictors; for areas without a sample the synthetic value x beta.

    Raises
    ------
    InputError
        A sampling variance is not above 0, or `x` is not known everywhere.
    NoDataError
        Too few areas have a sample, or the columns of `x` say the same.

    Notes
    -----
    direct_i = x_i beta + v_i + e_i, v ~ (0, sigma2), e_i ~ (0, variance_i) [fay_herriot_1979]. Mean squared error after Prasad
    and Rao (1990) and, by likelihood, Datta and Lahiri (2000): g1 + g2 + 2 g3, less the bias of g1 for ``ml`` and ``moment``
    [rao_molina_2015]. For areas without a sample: sigma2 + x V(beta) x'. With few areas the plain methods often find 0, which
    leaves the areas' own samples no say; Yoshimori and Lahiri's adjustment multiplies the likelihood by
    atan(sum gamma)^(1/m) and has the same error to second order [yoshimori_lahiri_2014].
    """
    design, own = _checked(direct, variance, x)
    y, d, rows = direct[own], variance[own], design[own]
    sigma2 = _area_variance((y, d, rows), method)
    v = sigma2 + d
    cov: Floats = np.linalg.inv((rows.T / v) @ rows).astype(np.float64)
    beta = cov @ (rows.T / v) @ y
    synthetic = design @ beta
    gamma = np.zeros(direct.size)
    gamma[own] = sigma2 / v
    value = synthetic.copy()
    value[own] += gamma[own] * (y - synthetic[own])
    spread = np.full(direct.size, sigma2)
    spread[own] = gamma[own] * d
    bias, error = _of_variance(v, rows, cov, method)
    spread[own] += (1 - gamma[own]) ** 2 * (2 * error / v - bias)
    line = np.einsum("ap,pq,aq->a", design, cov, design) * (1 - gamma) ** 2
    df = float(y.size - rows.shape[1])
    return FayHerriot(value, spread + line, beta, cov, sigma2, gamma, synthetic, spread, design, df)


def benchmark(value: Floats, size: Floats, total: float) -> Floats:
    """Scale areas' values so that together they give the direct value of the whole. (A,)

    Parameters
    ----------
    value
        Modelled values. (A,)
    size
        People or households of each area. (A,)
    total
        Direct value of the whole (a share or mean).

    Returns
    -------
    ndarray
        value x total / mean of the values weighted by size; values that are not known stay so.

    Notes
    -----
    Ratio benchmarking [rao_molina_2015]; the errors are kept as they are.
    """
    known = ~np.isnan(value) & (size > 0)
    mean = float(size[known] @ value[known] / size[known].sum())
    out: Floats = value * (total / mean) if mean else value.copy()
    return out


def smooth_variances(share: Floats, effective: Floats, whole: float, spread: float | None = None) -> Floats:
    """Return sampling variances of areas' shares that do not hang on each area's few clusters. (A,)

    Parameters
    ----------
    share
        Direct shares; nan where there is no sample. (A,)
    effective
        Effective numbers of answers by the pooled design effect (`domain.DomainEstimate.effective`). (A,)
    whole
        Share in the whole sample.
    spread
        Standard deviation of the answers of the whole sample, where they are not only 0 and 1: chances scatter less.

    Returns
    -------
    ndarray
        c q (1 - q) / effective, q the area's share drawn towards the whole's by ten answers, c = spread^2 / (whole (1 - whole)),
        1 for yes and no; nan where there is no sample.

    Notes
    -----
    A generalised variance function [wolter_2007]: Fay and Herriot's model takes the variances as known, and those of three or
    four clusters are not. An area where nobody said yes so keeps a variance above 0.
    """
    q = (share * effective + whole * PRIOR_ANSWERS) / (effective + PRIOR_ANSWERS)
    plain = whole * (1 - whole)
    less = 1.0 if spread is None or not plain > 0 else min(spread**2 / plain, 1.0)
    out: Floats = ratio(less * q * (1 - q), effective)
    return out


def interval(value: Floats, mse: Floats, df: float, *, share: bool = True) -> tuple[Floats, Floats]:
    """Return the 95 % interval of modelled values. (A,), (A,)

    Parameters
    ----------
    value, mse
        Modelled (and benchmarked) values and their mean squared errors. (A,)
    df
        Degrees of freedom (`FayHerriot.df`).
    share
        True for shares (no less than 0, no more than 1), False for means.

    Returns
    -------
    tuple
        Low and high, by t.

    Notes
    -----
    The model is linear in shares, and so is its interval, cut at 0 and 1. On the logit scale the same error over p (1 - p)
    would say that a share modelled near 0 may lie anywhere.
    """
    low, high = mean_interval(value, np.sqrt(mse), np.full(value.shape, df))
    return (np.maximum(low, 0.0), np.minimum(high, 1.0)) if share else (low, high)


def draws(model: FayHerriot, n_draws: int, seed: int | str, *, share: bool = True) -> Floats:
    """Draw areas' values from the model. (S, A)

    Parameters
    ----------
    model
        As fitted.
    n_draws
        Rows wanted, S; the first is the published value.
    seed
        Whatever the draws depend on: the city's seed with survey and indicator in it.
    share
        True for beta distributions, which stay between 0 and 1; False for normal ones.

    Returns
    -------
    ndarray
        Values with the model's mean and mean squared error; the error of the line is common to all areas.
    """
    A, P = model.value.size, model.beta.size
    z = ndtri(uniform(f"{seed}/small_area", max(n_draws - 1, 0), A + P))
    line = z[:, A:] @ np.linalg.cholesky(model.beta_cov).T
    lean = (
        model.x * (1 - model.gamma)[:, None]
    )  # an area with a good sample of its own hangs less on the line
    error = z[:, :A] * np.sqrt(np.maximum(model.own_mse, 0.0)) + line @ lean.T
    out = np.empty((n_draws, A))
    out[:1] = model.value
    if share:
        p = np.clip(model.value, INSIDE, 1 - INSIDE)
        widest = WIDEST * p * (1 - p)  # a share cannot scatter more than between 0 and 1
        size = p * (1 - p) / np.minimum(model.mse, widest) - 1
        out[1:] = betaincinv(p * size, (1 - p) * size, ndtr(error / np.sqrt(model.mse)))
    else:
        out[1:] = model.value + error
    return out


def _checked(direct: Floats, variance: Floats, x: Floats) -> tuple[Floats, Bools]:
    """Return the design matrix and which areas have a sample; refuse what no model can use."""
    design = np.asarray(x, np.float64).reshape(direct.size, -1)
    own = ~np.isnan(direct) & ~np.isnan(variance)
    if not np.isfinite(design).all():
        raise InputError(
            "areas: what is known of all areas is missing for some. Leave the column or the areas out."
        )
    if not (variance[own] > 0).all():
        raise InputError(
            "areas: a sampling variance is not above 0. Smooth the variances first (smooth_variances)."
        )
    P = design.shape[1]
    if own.sum() < P + SPARE_AREAS:
        raise NoDataError(
            f"areas: {own.sum()} have a sample; {P + SPARE_AREAS} are needed for {P} coefficients. Use fewer columns."
        )
    if np.linalg.matrix_rank(design[own]) < P:
        raise NoDataError("areas: columns known of all areas say the same. Leave one out.")
    return design, own


def _area_variance(parts: Parts, method: Method) -> float:
    """Find the variance of the area effect."""
    y, d, _ = parts
    steps = np.geomspace(d.min() * SMALLEST, (float(np.var(y)) + d.max()) * LARGEST, GRID)
    if method == "moment":
        return _moment(parts, float(steps[-1]))

    def adjusted(s: Floats) -> Floats:
        lift: Floats = np.log(np.arctan((s[:, None] / (s[:, None] + d)).sum(axis=1))).astype(np.float64)
        return _log_likelihood(s, parts, restricted=True) + lift / y.size

    def plain(s: Floats) -> Floats:
        return _log_likelihood(s, parts, restricted=method == "reml")

    return _highest(adjusted, steps) if method == "adjusted" else _highest(plain, np.append(0.0, steps))


def _moment(parts: Parts, top: float) -> float:
    """Return the variance at which the weighted squares are what they should be, or 0."""
    y, d, x = parts

    def excess(sigma2: float) -> float:
        v = sigma2 + d
        rest: Floats = y - x @ np.linalg.solve((x.T / v) @ x, (x.T / v) @ y)
        return float(np.sum(rest * rest / v)) - float(y.size - x.shape[1])

    from scipy.optimize import brentq  # noqa: PLC0415 - a quarter of a second that a city without a survey need not pay

    return float(brentq(excess, 0.0, top, xtol=1e-14)) if excess(0.0) > 0 else 0.0


def _log_likelihood(sigma2: Floats, parts: Parts, *, restricted: bool) -> Floats:
    """Return the log-likelihood of variances, but for a constant, the coefficients at their best. (G,)"""
    y, d, x = parts
    v = sigma2[:, None] + d
    information = np.einsum("ap,ga,aq->gpq", x, 1 / v, x)
    beta = np.linalg.solve(information, np.einsum("ap,ga,a->gp", x, 1 / v, y)[:, :, None])[:, :, 0]
    rest = y - beta @ x.T
    out: Floats = -0.5 * (np.log(v) + rest * rest / v).sum(axis=1)
    if not restricted:
        return out
    volume: Floats = np.linalg.slogdet(information)[1].astype(np.float64)
    return out - 0.5 * volume


def _highest(rule: Callable[[Floats], Floats], steps: Floats) -> float:
    """Return where a rule is highest: the best of a grid, then of finer ones between its neighbours."""
    for _ in range(ZOOMS):
        best = int(np.argmax(rule(steps)))
        at = float(steps[best])
        steps = np.linspace(steps[max(best - 1, 0)], steps[min(best + 1, steps.size - 1)], GRID_WITHIN)
    return at


def _of_variance(v: Floats, x: Floats, cov: Floats, method: str) -> tuple[float, float]:
    """Return the bias of the area variance and its asymptotic variance."""
    squares = float((1 / v**2).sum())
    if method == "moment":
        once = float((1 / v).sum())
        return 2 * (v.size * squares - once**2) / once**3, 2 * v.size / once**2
    bias = -float(np.trace(cov @ ((x.T / v**2) @ x))) / squares if method == "ml" else 0.0
    return bias, 2 / squares
