"""Repeating rows: which row each copy comes from, and its number among the copies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


def copies(number: Ints) -> tuple[Ints, Ints]:
    """Return the row each copy comes from and its place among that row's copies.

    Parameters
    ----------
    number
        Copies of each row. (n,)

    Returns
    -------
    tuple of ndarray
        Row and place, both from 0. (sum of number,), the same

    Examples
    --------
    >>> row, place = copies(np.array([2, 0, 3]))
    >>> row.tolist(), place.tolist()
    ([0, 0, 2, 2, 2], [0, 1, 0, 1, 2])
    """
    row = np.repeat(np.arange(len(number)), number)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
