"""Shares and means of a sample for many questions, places and groups at once, with design-based intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from citiesforall.core.errors import InputError
from citiesforall.core.estimate import ratio
from citiesforall.estimation.interval import POOL_BELOW, mean_interval, share_interval
from citiesforall.estimation.pooling import effective_answers, intraclass

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Labels = Sequence[object] | npt.NDArray[np.generic]


@dataclass(frozen=True)
class Design:
    """Hold which cluster and stratum each row is of.

    Parameters
    ----------
    cluster
        Number of each row's cluster, over all strata. (H,)
    stratum
        Number of each cluster's stratum. (K,)
    inflate
        n / (n - 1) (1 - f) of each stratum of n clusters. (L,)
    """

    cluster: Codes
    stratum: Codes
    inflate: Floats


@dataclass(frozen=True)
class DomainEstimate:
    """Hold amounts per draw and, for draw 0, their interval; the question's axis is absent where one was asked.

    Parameters
    ----------
    num, den
        Weighted answers and weights of those who answered. (S, Q, D)
    n
        Rows with an answer. (Q, D)
    effective
        Effective number of answers by the pooled design effect. (Q, D)
    se
        Standard error of num / den: by linearisation; by the pooled design effect where `pooled`. (Q, D)
    df
        Degrees of freedom of `se`: clusters less strata with an answer in the domain; of the whole sample where `pooled`. (Q, D)
    pooled
        Whether the domain's own clusters are too few and the whole sample's likeness of neighbours was used. (Q, D)
    low, high
        Bounds of the 95 % interval; nan where nothing can be said. (Q, D)
    """

    num: Floats
    den: Floats
    n: Floats
    effective: Floats
    se: Floats
    df: Floats
    pooled: npt.NDArray[np.bool_]
    low: Floats
    high: Floats


def design(stratum: Labels, cluster: Labels, fraction: Floats | None = None) -> Design:
    """Return clusters and strata as numbers.

    Parameters
    ----------
    stratum, cluster
        Names by row; a cluster's name need be unique in its stratum only. (H,)
    fraction
        Share of the stratum's clusters that are in the sample, for the finite population correction; 0 where absent. (H,)

    Returns
    -------
    Design
        The same for every question of the survey.

    Raises
    ------
    InputError
        A stratum has one cluster only.
    """
    names, of_stratum = np.unique([str(one) for one in np.asarray(stratum).tolist()], return_inverse=True)
    clusters = np.unique([str(one) for one in np.asarray(cluster).tolist()], return_inverse=True)[1]
    pairs, rows, of_cluster = np.unique(
        of_stratum * (clusters.max(initial=0) + 1) + clusters, return_index=True, return_inverse=True
    )
    n = np.bincount(of_stratum[rows], minlength=names.size)
    if (n == 1).any():
        raise InputError(
            f"strata {', '.join(map(str, names[n == 1]))}: there is one cluster only. At least two are needed in each "
            "stratum. Join it with a stratum that is alike (replicates.collapse)."
        )
    f = np.zeros(pairs.size) if fraction is None else np.asarray(fraction, np.float64)[rows]
    kept = np.ones(names.size)
    kept[of_stratum[rows]] = 1.0 - np.clip(f, 0.0, 1.0)
    return Design(of_cluster, of_stratum[rows], kept * n / (n - 1))


def estimate(
    y: Floats,
    weights: Floats,
    how: Design,
    domain: npt.NDArray[np.generic] | csr_array,
    *,
    share: bool = True,
    pool: bool = True,
) -> DomainEstimate:
    """Estimate shares or means of many domains, with their error.

    Parameters
    ----------
    y
        Answers, nan where there is none; shares between 0 and 1. (H,) or (Q, H)
    weights
        Final weights of each draw, draw 0 first; times the persons of a household where shares of people are wanted. (S, H)
    how
        Strata and clusters of the rows.
    domain
        Whether each row is of each domain (H, D), or the number of its one domain, -1 for none (H,).
    share
        True for shares, False for means (interval on the plain scale).
    pool
        Whether domains with fewer than 12 degrees of freedom borrow the whole sample's design effect.

    Returns
    -------
    DomainEstimate
        Amounts of every draw and the interval of draw 0.

    Raises
    ------
    InputError
        The arrays are not about the same rows, or a share lies outside 0..1.

    Notes
    -----
    With r = num / den, row i adds z_i = w_i (y_i - r) / den to the linearised total; its cluster sums give
    V = sum over strata (1 - f) n / (n - 1) sum over clusters (z - mean z)^2 [binder_1983]. All clusters of the sample
    count in n, also those without anybody of the domain: a domain is not a sample of its own. A domain of few clusters shows
    its own variance badly; there V = s^2 / effective number of answers (`pooling`), s^2 the spread of the domain's answers.
    """
    answers = np.atleast_2d(np.asarray(y, np.float64))
    both = np.atleast_2d(np.asarray(weights, np.float64))
    member = _member(domain)
    _check(answers, both, how, member, share=share)
    known = ~np.isnan(answers)
    top = _block(member, np.where(known, answers, 0.0))
    bottom = _block(member, known.astype(np.float64))
    shape = (answers.shape[0], member.shape[1])
    columns = np.ascontiguousarray(both.T)
    num, den = (np.ascontiguousarray((block @ columns).T).reshape(-1, *shape) for block in (top, bottom))
    value = ratio(num[0], den[0])
    variance, df, cluster_squares = (
        one.reshape(shape) for one in _linearised(top, bottom, both[0], how, value.ravel())
    )
    n, squares = ((bottom @ one).reshape(shape) for one in (np.ones(both.shape[1]), both[0] ** 2))
    rho = intraclass(answers, how.cluster, how.stratum)[:, None]
    size = np.minimum(effective_answers(den[0], squares, cluster_squares, rho), n)
    spread = (
        ratio((_block(member, np.where(known, answers, 0.0) ** 2) @ both[0]).reshape(shape), den[0])
        - value**2
    )
    error = _Error(np.sqrt(variance), df, size, np.sqrt(np.maximum(spread, 0.0) / size))
    out = _bounded((num, den, n, size), value, error, how, share=share, pool=pool)
    return out if np.ndim(y) > 1 else _first(out)


@dataclass(frozen=True)
class _Error:
    """Hold the two standard errors of each value: by its own clusters (with df), by the pooled design effect. (Q, D)"""

    own: Floats
    df: Floats
    effective: Floats
    pooled: Floats


def _bounded(
    amounts: tuple[Floats, Floats, Floats, Floats],
    value: Floats,
    error: _Error,
    how: Design,
    *,
    share: bool,
    pool: bool,
) -> DomainEstimate:
    """Choose the standard error of each value and add the interval."""
    n, whole = amounts[2], float(how.stratum.size - how.inflate.size)
    few = (error.df < POOL_BELOW) & (n > 0) & pool
    se, df = np.where(few, error.pooled, error.own), np.where(few, whole, error.df)
    if share:
        low, high = share_interval(value, error.own, error.df, n, error.effective if pool else None, whole)
    else:
        low, high = mean_interval(value, se, df)
    return DomainEstimate(*amounts, se, df, few, low, high)


def _first(several: DomainEstimate) -> DomainEstimate:
    """Leave out the axis of questions where one was asked."""
    parts = {field.name: getattr(several, field.name)[..., 0, :] for field in fields(several)}
    return DomainEstimate(**parts)


def _member(domain: npt.NDArray[np.generic] | csr_array) -> csr_array:
    """Return membership as a sparse matrix of rows by domains. (H, D)"""
    if not isinstance(domain, csr_array) and np.ndim(domain) == 1:
        number = np.asarray(domain, np.int64)
        rows = np.flatnonzero(number >= 0)
        shape = (number.size, int(number.max(initial=-1)) + 1)
        return csr_array((np.ones(rows.size), (rows, number[rows])), shape=shape)
    out = csr_array(domain, dtype=np.float64)
    out.eliminate_zeros()
    return out


def _check(answers: Floats, weights: Floats, how: Design, member: csr_array, *, share: bool) -> None:
    """Refuse arrays of different rows, and shares that are none."""
    rows = {answers.shape[1], weights.shape[1], how.cluster.size, member.shape[0]}
    if len(rows) > 1:
        raise InputError(
            f"rows: answers have {answers.shape[1]}, weights {weights.shape[1]}, the design {how.cluster.size}, domains "
            f"{member.shape[0]}. They must be about the same rows. Give all of one table."
        )
    if share and bool(((answers < 0) | (answers > 1)).any()):
        raise InputError(
            "answers: a share lies outside 0 to 1. Divide percentages by 100, or ask for a mean."
        )


def _block(member: csr_array, values: Floats) -> csr_array:
    """Return one row per question and domain that holds each member's value. (Q D, H)"""
    Q, H, D = values.shape[0], member.shape[0], member.shape[1]
    rows = np.repeat(np.arange(H), np.diff(member.indptr))
    data = values[:, rows] * member.data
    question = np.repeat(np.arange(Q), rows.size)
    at = question * D + np.tile(member.indices, Q)
    out = csr_array((data.ravel(), (at, np.tile(rows, Q))), shape=(Q * D, H))
    out.eliminate_zeros()
    return out


def _linearised(
    top: csr_array, bottom: csr_array, weight: Floats, how: Design, value: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the variance of each ratio, its degrees of freedom, and the squared weights of its clusters. (Q D,) each"""
    H, K, L = how.cluster.size, how.stratum.size, how.inflate.size
    weigh = csr_array((weight, (np.arange(H), how.cluster)), shape=(H, K))
    gather = csr_array((np.ones(K), (np.arange(K), how.stratum)), shape=(K, L))
    n = np.bincount(how.stratum, minlength=L)
    sums = bottom @ weigh
    den = np.asarray(sums.sum(axis=1)).ravel()
    known = np.where(den > 0, den, np.nan)
    r = np.nan_to_num(value)
    residual = csr_array(top @ weigh - sums.multiply(r[:, None]).tocsr())
    squares = residual.power(2) @ how.inflate[how.stratum]
    means = np.asarray((residual @ gather).power(2) @ (how.inflate / n))
    variance = np.maximum(squares - means, 0.0) / known**2
    present = bottom @ csr_array((np.ones(H), (np.arange(H), how.cluster)), shape=(H, K))
    present.data[:] = 1.0
    strata = present @ gather
    strata.data[:] = 1.0
    df = np.asarray(present.sum(axis=1) - strata.sum(axis=1)).ravel().astype(np.float64)
    return variance, df, np.asarray(sums.power(2).sum(axis=1)).ravel()
