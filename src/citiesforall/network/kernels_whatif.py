"""The compiled loops of what-if: they change kept arrays only where a change reaches, and note what was there before."""

from __future__ import annotations

from math import inf, isinf, nan
from typing import Any

from numba import njit

from citiesforall.network.kernels import _move

Array = Any  # numpy arrays; their types are those ``improve`` makes


@njit(cache=True, nogil=True)
def _lower(node: int, d: float, dist: Array, log: Array) -> None:
    """Write a distance; the first time in a turn note the node and what was there."""
    nodes, before_m, turn, count = log
    if turn[node] != count[1]:
        turn[node] = count[1]
        nodes[count[0]] = node
        before_m[count[0]] = dist[node]
        count[0] += 1
    dist[node] = d


@njit(cache=True, nogil=True)
def improve(graph: Array, seeds: Array, limits: Array, dist: Array, queue: Array, log: Array) -> None:
    """Lower distances until no way through the graph is shorter, as ``kernels.relax`` does, and note what was there.

    Parameters
    ----------
    graph
        (indptr, indices, weights). [m]
    seeds
        (node, distance already walked there). [m]
    limits
        (longest distance written, width of a bucket). [m]
    dist
        Lowered.
    queue
        (head, link, where): empty buckets. Left empty.
    log
        (nodes, distances before, turn each node was last noted in, (number noted, this turn)).
    """
    indptr, indices, weights = graph
    head, link, where = queue
    limit_m, mask, per_m = limits[0], len(head) - 1, 1 / limits[1]
    n_queued, bucket = 0, 1 << 62
    for at in range(len(seeds[0])):
        node, d = seeds[0][at], seeds[1][at]
        if d <= limit_m and d < dist[node]:
            _lower(node, d, dist, log)
            n_queued += where[node] < 0
            bucket = min(bucket, int(d * per_m))
            _move(node, int(d * per_m) & mask, head, link, where)
    while n_queued > 0:
        while head[bucket & mask] >= 0:
            node = head[bucket & mask]
            _move(node, -1, head, link, where)
            n_queued -= 1
            walked = dist[node]
            for at in range(indptr[node], indptr[node + 1]):
                d, other = walked + weights[at], indices[at]
                if d < dist[other] and d <= limit_m:
                    _lower(other, d, dist, log)
                    slot = int(d * per_m) & mask
                    if where[other] != slot:
                        n_queued += where[other] < 0
                        _move(other, slot, head, link, where)
        bucket += 1


@njit(cache=True, nogil=True)
def forget(graph: Array, starts: Array, served: Array, dist: Array, log: Array, border: Array) -> int:
    """Forget the distances of nodes that removed facilities served, and find from where they are reached now.

    Parameters
    ----------
    graph
        (indptr, indices, weights). [m]
    starts
        Nodes the removed facilities are reached from.
    served
        (nearest facility of each node, whether each facility is removed).
    dist
        Set to inf where the nearest facility is removed.
    log
        As for `improve`.
    border
        (node, distance): filled with forgotten nodes and the shortest way to them from a neighbour that is not. [m]

    Returns
    -------
    int
        Number of entries of the border.

    Notes
    -----
    Nodes a facility serves hang together: of equal ways the facility with the smaller number serves every node on them.
    """
    indptr, indices, weights = graph
    nearest, gone = served
    nodes, _, turn, count = log
    for at in range(len(starts)):
        node = starts[at]
        if nearest[node] >= 0 and gone[nearest[node]] and turn[node] != count[1]:
            _lower(node, inf, dist, log)
    done = 0
    while done < count[0]:
        node = nodes[done]
        done += 1
        for at in range(indptr[node], indptr[node + 1]):
            other = indices[at]
            if nearest[other] >= 0 and gone[nearest[other]] and turn[other] != count[1]:
                _lower(other, inf, dist, log)
    n_border = 0
    for at in range(count[0]):
        node, least_m = nodes[at], inf
        for to in range(indptr[node], indptr[node + 1]):
            least_m = min(least_m, dist[indices[to]] + weights[to])
        if least_m < inf:
            border[0][n_border], border[1][n_border] = node, least_m
            n_border += 1
    return n_border


@njit(cache=True, nogil=True)
def undo(dist: Array, log: Array) -> None:
    """Put the noted distances back and begin a new turn."""
    nodes, before_m, _, count = log
    for at in range(count[0]):
        dist[nodes[at]] = before_m[at]
    count[0] = 0
    count[1] += 1


@njit(cache=True, nogil=True)
def points_near(log: Array, near: Array, edges: Array, on_edge: Array, found: Array) -> int:
    """Collect the points whose way may have changed: at noted nodes, and on some edges.

    Parameters
    ----------
    log
        As for `improve`.
    near
        (start of each node's row, points).
    edges
        Edges on which doors were added or removed.
    on_edge
        (start of each edge's row, points).
    found
        (points, turn each point was last found in); the first filled.

    Returns
    -------
    int
        How many there are; each once.
    """
    nodes, _, _, count = log
    points, turn = found
    n_found = 0
    for at in range(count[0]):
        for to in range(near[0][nodes[at]], near[0][nodes[at] + 1]):
            if turn[near[1][to]] != count[1]:
                turn[near[1][to]] = count[1]
                points[n_found] = near[1][to]
                n_found += 1
    for edge in edges:
        for to in range(on_edge[0][edge], on_edge[0][edge + 1]):
            if turn[on_edge[1][to]] != count[1]:
                turn[on_edge[1][to]] = count[1]
                points[n_found] = on_edge[1][to]
                n_found += 1
    return n_found


@njit(cache=True, nogil=True)
def _first(values: Array, value: int) -> int:
    """Return the first position of a value in rising values, or where it would stand."""
    low, high = 0, len(values)
    while low < high:
        middle = (low + high) >> 1
        if values[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def ways_of(points: Array, joins: Array, edges: Array, dist: Array, doors: Array, out: Array) -> None:
    """Measure the way from some points to their nearest facility, as ``kernels.at_edges`` does.

    Parameters
    ----------
    points
        Which points.
    joins
        Where all points join the streets: (edge, along, leg). [m]
    edges
        (u, v, length, longest way written). [m]
    dist
        Way from each node to its nearest facility. [m]
    doors
        Facilities on edges: those that were there, by rising edge, (edge, along, leg, whether it is gone); and new ones,
        (edge, along, leg). [m]
    out
        Filled: the ways, inf beyond the limit. [m]
    """
    old_edge, old_along_m, old_leg_m, old_gone = doors[0]
    new_edge, new_along_m, new_leg_m = doors[1]
    for number in range(len(points)):
        edge, along_m, leg_m = joins[0][points[number]], joins[1][points[number]], joins[2][points[number]]
        best = min(
            dist[edges[0][edge]] + (along_m + leg_m),
            dist[edges[1][edge]] + (edges[2][edge] - along_m + leg_m),
        )
        at = _first(old_edge, edge)
        while at < len(old_edge) and old_edge[at] == edge:
            if not old_gone[at]:
                best = min(best, abs(along_m - old_along_m[at]) + leg_m + old_leg_m[at])
            at += 1
        for at in range(len(new_edge)):
            if new_edge[at] == edge:
                best = min(best, abs(along_m - new_along_m[at]) + leg_m + new_leg_m[at])
        out[number] = best if best <= edges[3] else inf


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
    return reached[0] * amount[0]


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
