"""The compiled loops of the network; they only fill arrays that are handed in, so that they compile fast."""

from __future__ import annotations

from typing import Any

from numba import njit

Array = Any  # numpy arrays; their types are those ``search`` and ``topology`` make


@njit(cache=True, nogil=True)
def follow(mate: Array, start: Array, entry: Array, done: Array) -> int:
    """Follow pairs of ends from piece to piece.

    Parameters
    ----------
    mate
        For each end (2 p, 2 p + 1 of piece p) the end that goes on from it, or -1.
    start, entry
        Filled: chains as ragged rows of the ends by which their pieces are entered.
    done
        False for every piece.

    Returns
    -------
    int
        Number of chains; those that are rings come last.
    """
    n_chains, n_out = 0, 0
    for rings in range(2):
        for begin in range(len(mate)):
            if done[begin >> 1] or (mate[begin] >= 0 and rings == 0):
                continue
            end = begin
            while end >= 0 and not done[end >> 1]:
                done[end >> 1] = True
                entry[n_out] = end
                n_out += 1
                end = mate[end ^ 1]
            n_chains += 1
            start[n_chains] = n_out
    return n_chains
