"""How households make result rows, and how clusters make the error of a row; the same for every question."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from citiesforall.core.estimate import ratio
from citiesforall.estimation.domain import design
from citiesforall.estimation.pooling import effective_answers, intraclass
from citiesforall.estimation.replicates import collapse

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Asked:
    """Hold what one answer comes to per household, so that any number of draws is one product with the weights.

    Parameters
    ----------
    num
        Sum of answer x people counted. (H,)
    den
        People counted, those whose answer is known. (H,)
    n
        Answers. (H,)
    twice
        Sum of squared answer x people counted. (H,)
    squares
        Sum of the squares of the people each answer counts for. (H,)
    likeness
        How alike the answers of one cluster are, of the whole sample: intraclass correlation.
    """

    num: Floats
    den: Floats
    n: Floats
    twice: Floats
    squares: Floats
    likeness: float


@dataclass(frozen=True)
class Error:
    """Hold how far each row's value may err.

    Parameters
    ----------
    se, df
        Standard error by the row's own clusters, degrees of freedom. (R,)
    effective
        Answers drawn one by one that would tell as much, by the whole sample's likeness of neighbours. (R,)
    spread
        Standard deviation of the row's answers. (R,)
    whole_df
        Degrees of freedom of the whole sample.
    clusters
        In which anybody of the row answered. (R,)
    """

    se: Floats
    df: Floats
    effective: Floats
    spread: Floats
    whole_df: float
    clusters: Floats


@dataclass(frozen=True)
class Frame:
    """Hold which households make which rows, and which clusters and strata meet in a row.

    Parameters
    ----------
    starts
        First household of each unit, and the number of households: they are sorted by unit. (U + 1,)
    cluster, of_cluster
        Number of each household's cluster (H,), and of each cluster's stratum. (K,)
    rows, households
        Units and households of each row. (R, U), (R, H)
    parent
        Position of the row each row lies in, -1 for the city. (R,)
    meeting, household
        A household's place among the meetings of a cluster and a row: once for each row it lies in. (E,), (E,)
    row, stratum, both
        Of each meeting: its row, its stratum, and the place of the two among those that meet. (Q,)
    inflate, inflate_mean, row_of_both
        Of each stratum: n / (n - 1) of its n clusters (L,); of each stratum and row: the same / n (B,), and the row. (B,)
    """

    starts: Ints
    cluster: Ints
    of_cluster: Ints
    rows: csr_array
    households: csr_array
    parent: Ints
    meeting: Ints
    household: Ints
    row: Ints
    stratum: Ints
    both: Ints
    inflate: Floats
    inflate_mean: Floats
    row_of_both: Ints


def make_frame(
    unit: Ints, belongs: Bools, parent: Ints, stratum: npt.NDArray[np.str_], cluster: npt.NDArray[np.str_]
) -> Frame:
    """Say which households, clusters and strata meet in which row.

    Parameters
    ----------
    unit
        Position of each household's unit among the columns of `belongs`, rising. (H,)
    belongs
        Whether a unit belongs to a row. (R, U)
    parent
        Position of the row each row lies in, -1 for the city. (R,)
    stratum, cluster
        Names; a stratum with one cluster is joined with its neighbour. (H,)

    Returns
    -------
    Frame
        The same for every question of the survey.
    """
    R, U = belongs.shape
    strata, clusters, _ = collapse(stratum, cluster)
    how = design(strata, clusters)
    rows = csr_array(belongs.astype(np.float64))
    of_unit = [np.flatnonzero(belongs[:, one]) for one in range(U)]
    depth = np.array([len(one) for one in of_unit], np.int64)
    household = np.repeat(np.arange(unit.size), depth[unit])
    row = np.concatenate([of_unit[one] for one in unit]) if unit.size else np.zeros(0, np.int64)
    pairs, meeting = np.unique(how.cluster[household] * R + row, return_inverse=True)
    of_row, of_stratum = pairs % R, how.stratum[pairs // R]
    both, at = np.unique(of_stratum * R + of_row, return_inverse=True)
    n = np.bincount(how.stratum, minlength=how.inflate.size)
    starts = np.searchsorted(unit, np.arange(U + 1))
    inside = csr_array((np.ones(household.size), (row, household)), shape=(R, unit.size))
    return Frame(
        starts, how.cluster, how.stratum, rows, inside, parent, meeting, household, of_row,
        of_stratum, at, how.inflate, (how.inflate / n)[both // R], both % R,
    )  # fmt: skip


def add_rows(frame: Frame, amount: Floats, weights: Floats) -> Floats:
    """Add weighted amounts of households to rows, in one fixed order.

    Parameters
    ----------
    frame
        Which households make which row.
    amount
        Of each household. (H,)
    weights
        One column a draw. (H, S)

    Returns
    -------
    ndarray
        Sums. (S, R)
    """
    U = frame.starts.size - 1
    by_unit = csr_array((amount, np.arange(amount.size), frame.starts), shape=(U, amount.size)) @ weights
    out: Floats = np.ascontiguousarray((frame.rows @ by_unit).T)
    return out


def sums(frame: Frame, *amounts: Floats) -> list[Floats]:
    """Add amounts of households to rows, as they are. (R,) each

    Parameters
    ----------
    frame
        Which households make which row.
    *amounts
        Of each household. (H,)
    """
    return list(np.ascontiguousarray((frame.households @ np.column_stack(amounts)).T))


def errors(frame: Frame, asked: Asked, weight: Floats, num: Floats, den: Floats) -> Error:
    """Return how far each row's ratio may err by the design of the sample.

    Parameters
    ----------
    frame
        Which clusters and strata meet in which row.
    asked
        Amounts per household.
    weight
        Of each household, as published. (H,)
    num, den
        Weighted sums of the rows. (R,)

    Returns
    -------
    Error
        The same as ``estimation.domain.estimate`` gives on single answers [binder_1983]: members of a household lie in one
        cluster, so only their sums matter. All clusters of a stratum count, also those without anybody of the row.
    """
    R, Q, value, at = num.size, frame.row.size, np.nan_to_num(ratio(num, den)), frame.household
    meet = [
        np.bincount(frame.meeting, weights=one[at], minlength=Q)
        for one in (weight * asked.num, weight * asked.den, asked.n)
    ]
    top, bottom, there = meet[0], meet[1], meet[2] > 0
    z = top - value[frame.row] * bottom
    squares = np.bincount(frame.row, weights=frame.inflate[frame.stratum] * z * z, minlength=R)
    both = np.bincount(frame.both, weights=z, minlength=frame.row_of_both.size)
    means = np.bincount(frame.row_of_both, weights=frame.inflate_mean * both * both, minlength=R)
    clusters = np.bincount(frame.row, weights=there, minlength=R)
    strata = np.bincount(frame.both, weights=there, minlength=frame.row_of_both.size) > 0
    df = clusters - np.bincount(frame.row_of_both, weights=strata, minlength=R)
    n, of_weights, twice = sums(frame, asked.n, weight**2 * asked.squares, weight * asked.twice)
    of_clusters = np.bincount(frame.row, weights=bottom * bottom, minlength=R).astype(np.float64)
    effective = effective_answers(den, of_weights, of_clusters, np.full(R, asked.likeness))
    return Error(
        ratio(np.sqrt(np.maximum(squares - means, 0.0)), den),
        df.astype(np.float64),
        np.minimum(effective, n),
        np.sqrt(np.maximum(ratio(twice, den) - value**2, 0.0)),
        float(frame.of_cluster.size - frame.inflate.size),
        clusters.astype(np.float64),
    )


def likeness(frame: Frame, household: Ints, value: Floats) -> float:
    """Return how alike the answers of one cluster are.

    Parameters
    ----------
    frame
        Which household is of which cluster.
    household
        Of each answer. (n,)
    value
        Answers, nan where there is none. (n,)
    """
    return float(intraclass(value[None, :], frame.cluster[household], frame.of_cluster)[0])
