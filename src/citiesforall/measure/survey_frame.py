"""How households make result rows, and how clusters make the error of a row; the same for every question."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from citiesforall.core.estimate import ratio
from citiesforall.estimation.domain import design
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
    """

    num: Floats
    den: Floats
    n: Floats


@dataclass(frozen=True)
class Frame:
    """Hold which households make which rows, and which clusters and strata meet in a row.

    Parameters
    ----------
    starts
        First household of each unit, and the number of households: they are sorted by unit. (U + 1,)
    rows
        Units of each row. (R, U)
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
    rows: csr_array
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
    how = design(collapse(stratum, cluster)[0], cluster)
    rows = csr_array(belongs.astype(np.float64))
    of_unit = [np.flatnonzero(belongs[:, one]) for one in range(U)]
    depth = np.array([len(one) for one in of_unit], np.int64)
    household = np.repeat(np.arange(unit.size), depth[unit])
    row = np.concatenate([of_unit[one] for one in unit]) if unit.size else np.zeros(0, np.int64)
    pairs, meeting = np.unique(how.cluster[household] * R + row, return_inverse=True)
    of_row, of_stratum = pairs % R, how.stratum[pairs // R]
    both, at = np.unique(of_stratum * R + of_row, return_inverse=True)
    n = np.bincount(how.stratum, minlength=how.inflate.size)
    return Frame(
        np.searchsorted(unit, np.arange(U + 1)), rows, parent, meeting, household, of_row, of_stratum, at,
        how.inflate, (how.inflate / n)[both // R], both % R,
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


def answers(frame: Frame, n: Floats) -> Floats:
    """Count answers per row; weights play no part. (R,)

    Parameters
    ----------
    frame
        Which households make which row.
    n
        Answers of each household. (H,)
    """
    out: Floats = add_rows(frame, n, np.ones((n.size, 1)))[0]
    return out


def standard_error(
    frame: Frame, asked: Asked, weight: Floats, num: Floats, den: Floats
) -> tuple[Floats, Floats]:
    """Return the standard error of each row's ratio by linearisation, and its degrees of freedom.

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
    tuple
        Standard error; clusters less strata with an answer in the row. (R,), (R,)

    Notes
    -----
    The same sums as ``estimation.domain.estimate`` [binder_1983], on households instead of answers: members of a household
    lie in one cluster, so only their sum matters. All clusters of a stratum count, also those without anybody of the row.
    """
    R, Q = num.size, frame.row.size
    value = np.nan_to_num(ratio(num, den))
    per_answer = weight * asked.num
    at, Q = frame.household, frame.row.size
    top = np.bincount(frame.meeting, weights=per_answer[at], minlength=Q)
    bottom = np.bincount(frame.meeting, weights=(weight * asked.den)[at], minlength=Q)
    z = top - value[frame.row] * bottom
    squares = np.bincount(frame.row, weights=frame.inflate[frame.stratum] * z * z, minlength=R)
    sums = np.bincount(frame.both, weights=z, minlength=frame.row_of_both.size)
    means = np.bincount(frame.row_of_both, weights=frame.inflate_mean * sums * sums, minlength=R)
    se = ratio(np.sqrt(np.maximum(squares - means, 0.0)), den)
    asked_there = np.bincount(frame.meeting, weights=asked.n[at], minlength=Q) > 0
    clusters = np.bincount(frame.row, weights=asked_there, minlength=R)
    strata = np.bincount(frame.both, weights=asked_there, minlength=frame.row_of_both.size) > 0
    df = clusters - np.bincount(frame.row_of_both, weights=strata, minlength=R)
    return se, df.astype(np.float64)
