"""The compiled loops of quantiles asked again: from where they stood, over the points that lie between."""

from __future__ import annotations

from math import inf, isnan, nan
from typing import Any

from numba import njit

from citiesforall.network.kernels_sorted import _of_row

Array = Any  # numpy arrays; their types are those ``whatif.rows`` makes
EPS = 2.0**-52


@njit(cache=True, nogil=True)
def stands(laid: Array, wanted: Array, out: Array) -> None:
    """Find where the quantiles of every row stand.

    Parameters
    ----------
    laid
        As for ``kernels_sorted.rows_again``.
    wanted
        Shares. (Q)
    out
        Filled: position in the row (rows, D, Q); people up to there, and there (rows, D, Q); people of the row (rows, D).
    """
    start, _, _, people = laid
    position, reached, whole = out
    for row in range(len(start) - 1):
        begin, end = start[row], start[row + 1]
        for d in range(whole.shape[1]):
            much = 0.0
            for at in range(begin, end):
                much += people[at, d]
            whole[row, d] = much
            for q in range(len(wanted)):
                at, so_far = begin, people[begin, d] if begin < end else 0.0
                while at < end - 1 and so_far < wanted[q] * much:
                    at += 1
                    so_far += people[at, d]
                position[row, d, q], reached[row, d, q] = at - begin, so_far


@njit(cache=True, nogil=True)
def _below(of_row: Array, mine: Array, at: Array, reached: float, sought: float, hair: float) -> float:
    """Go down way by way, as long as enough people are reached without those at the longest; return the last way taken.

    Parameters
    ----------
    of_row
        The row before: points by way, their ways [m], people (points, D), the column, whether any point moved.
    mine
        Points of the row that moved: their new ways [m], rising, and their people (moved, D).
    at
        How many of the row's points, and of those that moved, are taken.
    reached, sought, hair
        People up to there, people wanted, and how much rounding may change a sum.

    Returns
    -------
    float
        nan where rounding decides. [m]
    """
    order, order_m, people, column, is_moved = of_row
    mine_m, fresh = mine
    down, last = at[0] - 1, at[1] - 1
    while reached - sought > hair:
        while down >= 0 and is_moved[order[down]]:
            down -= 1
        if down < 0 and last < 0:
            return nan
        here_m = max(order_m[down] if down >= 0 else -inf, mine_m[last] if last >= 0 else -inf)
        while down >= 0 and (is_moved[order[down]] or order_m[down] == here_m):
            if not is_moved[order[down]]:
                reached -= people[down, column]
            down -= 1
        while last >= 0 and mine_m[last] == here_m:
            reached -= fresh[last, column]
            last -= 1
        if sought - reached > hair:
            return float(here_m)
    return nan


@njit(cache=True, nogil=True)
def _above(of_row: Array, mine: Array, at: Array, reached: float, sought: float, hair: float) -> float:
    """Go up way by way until enough people are reached; arguments and answer as for `_below`."""
    order, order_m, people, column, is_moved = of_row
    mine_m, fresh = mine
    up, first = at
    while sought - reached > hair:
        while up < len(order) and is_moved[order[up]]:
            up += 1
        if up == len(order) and first == len(mine_m):
            return nan
        here_m = min(order_m[up] if up < len(order) else inf, mine_m[first] if first < len(mine_m) else inf)
        while up < len(order) and (is_moved[order[up]] or order_m[up] == here_m):
            if not is_moved[order[up]]:
                reached += people[up, column]
            up += 1
        while first < len(mine_m) and mine_m[first] == here_m:
            reached += fresh[first, column]
            first += 1
        if reached - sought > hair:
            return float(here_m)
    return nan


@njit(cache=True, nogil=True)
def _again(of_row: Array, mine: Array, were_m: Array, stood: Array, sought: float, hair: float) -> float:
    """Find one quantile of one row again; were_m are the old ways of the points that moved, stood is (position, people)."""
    _, order_m, people, column, _ = of_row
    mine_m, fresh = mine
    at, reached = stood
    far_m, up, first = order_m[at], at + 1, 0
    while up < len(order_m) and order_m[up] <= far_m:  # all who walk as far stand on one side
        reached += people[up, column]
        up += 1
    while first < len(mine_m) and mine_m[first] <= far_m:
        if were_m[first] > far_m:
            reached += fresh[first, column]
        first += 1
    for one in range(first, len(mine_m)):
        if were_m[one] <= far_m:
            reached -= fresh[one, column]
    if reached - sought > hair:
        return float(_below(of_row, mine, (up, first), reached, sought, hair))
    return float(_above(of_row, mine, (up, first), reached, sought, hair))


@njit(cache=True, nogil=True)
def quantiles_again(which: Array, laid: Array, moved: Array, stood: Array, room: Array, out: Array) -> None:
    """Find the quantiles of some rows again: only people between the old way and the new one are counted.

    Parameters
    ----------
    which, laid
        As for ``kernels_sorted.rows_again``.
    moved
        Points that moved by new way and position, their new ways [m], their units, their old ways [m], whether any point moved,
        people of every point (all, D filled up to fours).
    stood
        Filled by `stands`: positions, people up to there, people of the row; and the shares wanted.
    room
        As the second of ``kernels_sorted.rows_again``, and another array of ways as long. [m]
    out
        Filled: quantiles (rows, D, Q) [m], and whether those of a row are sure (rows).

    Notes
    -----
    A sum of n numbers differs from the same sum in another order by less than 2 n eps times the sum. Where the number sought lies
    nearer than twice that to a sum, which way it is depends on the order, and the row is not sure.
    """
    (rows, belongs), (start, order, order_m, people) = which, laid
    points, points_m, unit, were_m, is_moved, every = moved
    position, so_far, whole, wanted = stood
    picked, mine, mine_m, fresh = room[0]
    walks, sure = out
    for t in range(len(rows)):
        begin, end = start[rows[t]], start[rows[t] + 1]
        m = _of_row(belongs[rows[t]], (points, points_m, unit, were_m, every), room[0])
        for one in range(m):
            room[1][one] = were_m[picked[one]]
            for d in range(whole.shape[1]):
                fresh[one, d] = every[mine[one], d]
        ways = mine_m[:m], fresh[:m]
        sure[t] = True
        for d in range(whole.shape[1]):
            people_of_row = whole[rows[t], d]
            hair = 4 * EPS * (end - begin + 100) * people_of_row
            for q in range(len(wanted) if people_of_row > 0 else 0):
                of_row = order[begin:end], order_m[begin:end], people[begin:end], d, is_moved
                from_ = position[rows[t], d, q], so_far[rows[t], d, q]
                sought = wanted[q] * people_of_row * (1 - 1e-12)
                walks[t, d, q] = _again(of_row, ways, room[1], from_, sought, hair)
                sure[t] &= not isnan(walks[t, d, q])
