"""The compiled loops of sorted rows: moved points spliced in, quantiles and Gini coefficients of many groups side by side."""

from __future__ import annotations

from math import isinf, nan
from typing import Any

from numba import njit

from citiesforall.network.kernels_whatif import _first

Array = Any  # numpy arrays; their types are those ``whatif.rows`` makes


@njit(cache=True, nogil=True)
def spliced(before: Array, moved: Array, is_moved: Array, out: Array) -> None:
    """Sort a row again of which some points moved: a stable order by way, then by position.

    Parameters
    ----------
    before
        The row's points by way, and their ways. [m]
    moved
        The row's points that moved, by new way and position, and their new ways. [m]
    is_moved
        Of every point.
    out
        Filled: where each point of the new order stood before, or -1 less its number among those that moved; its way. [m]
    """
    order, order_m = before
    points, points_m = moved
    source, sorted_m = out
    at, to = 0, 0
    for stood in range(len(order)):
        one = order[stood]
        if is_moved[one]:
            continue
        while at < len(points) and (
            points_m[at] < order_m[stood] or (points_m[at] == order_m[stood] and points[at] < one)
        ):
            source[to], sorted_m[to] = -1 - at, points_m[at]
            at, to = at + 1, to + 1
        source[to], sorted_m[to] = stood, order_m[stood]
        to += 1
    while at < len(points):
        source[to], sorted_m[to] = -1 - at, points_m[at]
        at, to = at + 1, to + 1


@njit(cache=True, nogil=True)
def summed_up(source: Array, people: Array, moved: Array, column: int, sorted_m: Array, out: Array) -> None:
    """Add people, and people times ways, up in the order of the ways, for four groups at a time.

    Parameters
    ----------
    source
        From `spliced`.
    people, moved
        People of every group (points, groups) in the order before, and of the points that moved.
    column
        The first of the four groups.
    sorted_m
        Ways in the new order. [m]
    out
        Filled: sums of people (4, points), and of people times ways, infinite ones being as long as the longest other
        (4, points); (4, 0) where these are not wanted.

    Notes
    -----
    Four sums grow side by side because each must wait for its own last addition, and no sum may be added in another order.
    """
    reached, amount = out
    n, longest, much = len(source), 0.0, amount.shape[1] > 0
    for at in range(n - 1, -1, -1):
        if not isinf(sorted_m[at]):
            longest = max(longest, sorted_m[at])
            break
    a0, a1, a2, a3 = 0.0, 0.0, 0.0, 0.0
    b0, b1, b2, b3 = 0.0, 0.0, 0.0, 0.0
    for at in range(n):
        from_ = source[at]
        if from_ >= 0:
            p0, p1 = people[from_, column], people[from_, column + 1]
            p2, p3 = people[from_, column + 2], people[from_, column + 3]
        else:
            p0, p1 = moved[-1 - from_, column], moved[-1 - from_, column + 1]
            p2, p3 = moved[-1 - from_, column + 2], moved[-1 - from_, column + 3]
        a0, a1, a2, a3 = a0 + p0, a1 + p1, a2 + p2, a3 + p3
        reached[0, at], reached[1, at], reached[2, at], reached[3, at] = a0, a1, a2, a3
        if much:
            way = min(sorted_m[at], longest)
            b0, b1, b2, b3 = b0 + way * p0, b1 + way * p1, b2 + way * p2, b3 + way * p3
            amount[0, at], amount[1, at], amount[2, at], amount[3, at] = b0, b1, b2, b3


@njit(cache=True, nogil=True)
def quantiles(sorted_m: Array, reached: Array, wanted: Array, out: Array) -> None:
    """Find weighted quantiles of ways of one group.

    Parameters
    ----------
    sorted_m
        Ways, rising. [m]
    reached
        Sums of people, from `summed_up`.
    wanted
        Shares.
    out
        Filled: ways, nan where nobody is. [m]

    Notes
    -----
    The same sums as ``measure.access.weighted_quantile``: equal to the last digit.
    """
    whole = reached[-1]
    for q in range(len(wanted)):
        out[q] = sorted_m[_first(reached, wanted[q] * whole * (1 - 1e-12))] if whole > 0 else nan


@njit(cache=True, nogil=True, error_model="numpy")
def gini_terms(reached: Array, amount: Array, terms: Array) -> float:
    """Work out the terms of the Gini coefficient of ways of one group.

    Parameters
    ----------
    reached, amount
        From `summed_up`; left as shares of the whole.
    terms
        Filled: what is added up, point by point, one fewer than points.

    Returns
    -------
    float
        The first term, nan where there is no coefficient.

    Notes
    -----
    The same steps as ``measure.access.weighted_gini``; the sum of the terms is left to numpy, so that it is equal to the
    last digit. Without checks for division by 0 (there is none) the loops divide several points at once.
    """
    n = len(reached)
    whole, much = reached[n - 1], amount[n - 1]
    if not (whole > 0 and much > 0):
        terms[:] = nan
        return nan
    for at in range(n):
        reached[at] = reached[at] / whole
    for at in range(n):
        amount[at] = amount[at] / much
    for at in range(n - 1):
        terms[at] = (reached[at + 1] - reached[at]) * (amount[at + 1] + amount[at])
    return float(reached[0] * amount[0])


@njit(cache=True, nogil=True)
def _of_row(inside: Array, moved: Array, room: Array) -> int:
    """Pick the points that moved and are of a row; return how many they are."""
    points, points_m, unit, _, _ = moved
    picked, mine, mine_m, _ = room
    n = 0
    for at in range(len(points)):
        if inside[unit[at]]:
            picked[n], mine[n], mine_m[n] = at, points[at], points_m[at]
            n += 1
    return n


@njit(cache=True, nogil=True)
def rows_again(which: Array, laid: Array, moved: Array, wanted: Array, room: Array, out: Array) -> None:
    """Work out quantiles and the terms of Gini coefficients of some rows, for all groups.

    Parameters
    ----------
    which
        Rows, and whether a unit is of each row of the city.
    laid
        Rows as ragged rows of points by way: (start, points, ways [m], people of each group (all, D filled up to fours)).
    moved
        Points that moved by new way and position, their new ways [m], their units, people of each group (moved, as above),
        and whether any point moved.
    wanted
        Shares of the quantiles. (Q)
    room
        Arrays as long as the longest row: (where points stood, ways, two of sums of four), and (numbers, points, ways,
        people).
    out
        Filled: quantiles (rows, D, Q) [m]; first terms (rows, D); terms of row after row (D, points - 1 of each), or (D, 0)
        where no coefficient is wanted.
    """
    rows, belongs = which
    start, order, order_m, people = laid
    source, sorted_m, reached, amount = room[0]
    picked, mine, mine_m, fresh = room[1]
    walks, first, terms = out
    done = 0
    for t in range(len(rows)):
        begin, end = start[rows[t]], start[rows[t] + 1]
        n = end - begin
        if n == 0:
            continue
        m = _of_row(belongs[rows[t]], moved, room[1])
        spliced((order[begin:end], order_m[begin:end]), (mine[:m], mine_m[:m]), moved[4], (source, sorted_m))
        for at in range(m):
            for d in range(people.shape[1]):
                fresh[at, d] = moved[3][picked[at], d]
        much = amount[:, : n if terms.shape[1] > 0 else 0]
        for column in range(0, people.shape[1], 4):
            summed_up(source[:n], people[begin:end], fresh, column, sorted_m, (reached, much))
            for g in range(min(4, walks.shape[1] - column)):
                quantiles(sorted_m, reached[g, :n], wanted, walks[t, column + g])
                if terms.shape[1] > 0:
                    each = terms[column + g, done : done + n - 1]
                    first[t, column + g] = gini_terms(reached[g, :n], much[g], each)
        done += n - 1
