"""Nearest facilities on small graphs, worked by hand."""

import numpy as np

from citiesforall.network.search import Seeds, improved_m, k_nearest, nearest_m, nearest_many_m
from citiesforall.network.streets import csr

INF = np.inf


def seeds(*rows: tuple[int, float, int]) -> Seeds:
    node, offset, facility = zip(*rows, strict=True) if rows else ((), (), ())
    return Seeds(np.array(node, np.int32), np.array(offset, float), np.array(facility, np.int32))


#  0 --100-- 1 --50-- 2 --0-- 3      4 --10-- 5
#   \_______ 260 _____/
GRAPH = csr(
    6,
    np.array([0, 1, 2, 0, 4], np.int32),
    np.array([1, 2, 3, 2, 5], np.int32),
    np.array([100.0, 50.0, 0.0, 260.0, 10.0]),
)


def test_shortest_way_not_fewest_edges():
    # 0: 100 + 50 + 7 = 157 over node 1, not 260 + 7; 3: 0 + 7; 4 and 5 are not joined to it
    assert nearest_m(GRAPH, seeds((2, 7.0, 0))).tolist() == [157, 57, 7, 7, INF, INF]


def test_nearest_of_two_and_seed_that_is_no_use():
    # the second entrance of 500 m at node 3 never helps; facility 1 at node 5 serves 4 and 5
    found = nearest_m(GRAPH, seeds((0, 20.0, 0), (3, 500.0, 0), (5, 1.0, 1)))
    # 1: 20 + 100; 2: 20 + min(150, 260) = 170; 3: 170
    assert found.tolist() == [20, 120, 170, 170, 11, 1]


def test_limit_is_a_way_still_walked():
    assert nearest_m(GRAPH, seeds((2, 7.0, 0)), 57.0).tolist() == [INF, 57, 7, 7, INF, INF]
    assert nearest_m(GRAPH, seeds((2, 7.0, 0)), 6.9).tolist() == [INF] * 6


def test_no_facilities_reach_nobody():
    assert nearest_m(GRAPH, seeds()).tolist() == [INF] * 6
    assert k_nearest(GRAPH, seeds(), 2)[1].tolist() == [[-1] * 6] * 2


def test_two_nearest_count_each_facility_once():
    # facility 0 has entrances at 1 (0 m) and 2 (3 m); facility 1 at 0 (10 m)
    way, facility = k_nearest(GRAPH, seeds((1, 0.0, 0), (2, 3.0, 0), (0, 10.0, 1)), 2)
    # nearest: 0: f1 10; 1: f0 0; 2: f0 3; 3: f0 3
    assert way[0].tolist() == [10, 0, 3, 3, INF, INF]
    assert facility[0].tolist() == [1, 0, 0, 0, -1, -1]
    # second: 0: f0 100; 1: f1 110; 2 and 3: f1 10 + 150
    assert way[1].tolist() == [100, 110, 160, 160, INF, INF]
    assert facility[1].tolist() == [0, 1, 1, 1, -1, -1]


def test_of_two_equally_far_the_smaller_number_comes_first():
    line = csr(3, np.array([0, 1], np.int32), np.array([1, 2], np.int32), np.array([5.0, 5.0]))
    for order in ((0, 2), (2, 0)):
        way, facility = k_nearest(line, seeds((order[0], 0.0, order[0]), (order[1], 0.0, order[1])), 2)
        assert way[:, 1].tolist() == [5, 5]
        assert facility[:, 1].tolist() == [0, 2]


def test_many_kinds_are_the_single_ones_with_any_threads():
    kinds = [seeds((2, 7.0, 0)), seeds(), seeds((5, 0.0, 0), (0, 1.0, 1))]
    single = np.array([nearest_m(GRAPH, kind, 150.0) for kind in kinds])
    for threads in (1, 2, 5):
        np.testing.assert_array_equal(nearest_many_m(GRAPH, kinds, 150.0, threads), single)


def test_adding_later_is_the_same_as_having_had_it():
    before = nearest_m(GRAPH, seeds((0, 20.0, 0)))
    after = improved_m(GRAPH, before, seeds((3, 4.0, 1)))
    np.testing.assert_array_equal(after, nearest_m(GRAPH, seeds((0, 20.0, 0), (3, 4.0, 1))))
    assert before.tolist() == [20, 120, 170, 170, INF, INF]  # what was handed in is left as it was


def test_far_apart_offsets_and_long_edges_fit_the_buckets():
    # one edge of 90 km among edges of 1 mm, and offsets from 0 to 50 km
    n = 200
    u = np.arange(n - 1, dtype=np.int32)
    length = np.full(n - 1, 0.001)
    length[100] = 90_000.0
    graph = csr(n, u, u + np.int32(1), length)
    found = nearest_m(graph, seeds((0, 0.0, 0), (n - 1, 50_000.0, 1)))
    assert found[100] == np.cumsum(length)[99]
    assert found[n - 1] == 50_000
    assert abs(found[101] - (50_000 + 0.001 * 98)) < 1e-9
