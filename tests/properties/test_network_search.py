"""Properties of nearest-facility search on any graph."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from citiesforall.network.search import Seeds, improved_m, k_nearest, nearest_m, nearest_many_m
from citiesforall.network.streets import Graph, csr

LENGTHS = st.one_of(
    st.sampled_from([0.0, 0.5, 1.0, 10.0]),
    st.floats(0, 1000, allow_nan=False),
    st.floats(1e-9, 1e-3),
    st.floats(1e4, 1e6),
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Draw a graph with ties, edges without length, parallel edges and parts that do not touch."""
    n = draw(st.integers(1, 25))
    node = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(node, node, LENGTHS), max_size=60))
    edges = [edge for edge in edges if edge[0] != edge[1]]
    u, v, length = (np.array([edge[at] for edge in edges]) for at in range(3))
    return csr(n, u.astype(np.int32), v.astype(np.int32), length.astype(float))


@st.composite
def searches(draw: st.DrawFn) -> tuple[Graph, Seeds, float]:
    graph = draw(graphs())
    n = len(graph.indptr) - 1
    rows = draw(st.lists(st.tuples(st.integers(0, n - 1), LENGTHS, st.integers(0, 6)), max_size=12))
    node, offset, facility = (np.array([row[at] for row in rows]) for at in range(3))
    limit = draw(st.one_of(st.just(np.inf), st.floats(0, 2000)))
    return graph, Seeds(node.astype(np.int32), offset.astype(float), facility.astype(np.int32)), limit


def one_by_one(graph: Graph, seeds: Seeds, limit: float) -> np.ndarray:
    """Return scipy's ways from every facility (7, N), each by a node of its own joined to the facility's seeds."""
    n = len(graph.indptr) - 1
    best = {}
    for node in range(n):  # of parallel edges the shortest
        for at in range(graph.indptr[node], graph.indptr[node + 1]):
            key = (node, int(graph.indices[at]))
            best[key] = min(best.get(key, np.inf), graph.weights[at])
    for node, offset, facility in zip(*seeds, strict=True):
        key = (n + int(facility), int(node))
        best[key] = min(best.get(key, np.inf), offset)
    if not best:
        return np.full((7, n), np.inf)
    rows = sorted(best)
    indptr = np.searchsorted([row[0] for row in rows], np.arange(n + 8))
    matrix = csr_array(
        (np.array([best[row] for row in rows]), np.array([row[1] for row in rows]), indptr),
        shape=(n + 7, n + 7),
    )
    return dijkstra(matrix, indices=np.arange(n, n + 7), limit=limit)[:, :n]


@settings(max_examples=300, deadline=None)
@given(searches())
def test_same_as_scipy(search):
    graph, seeds, limit = search
    expected = one_by_one(graph, seeds, limit).min(axis=0)
    np.testing.assert_allclose(nearest_m(graph, seeds, limit), expected, rtol=0, atol=1e-9)


@settings(max_examples=300, deadline=None)
@given(searches(), st.integers(1, 8))
def test_k_nearest_same_as_searching_each_facility(search, k):
    graph, seeds, limit = search
    each = one_by_one(graph, seeds, limit)
    way, facility = k_nearest(graph, seeds, k, limit)
    expected = np.full((k, each.shape[1]), np.inf)
    expected[: min(k, 7)] = np.sort(each, axis=0)[:k]
    np.testing.assert_allclose(way, expected, rtol=0, atol=1e-9)
    np.testing.assert_array_equal(way[0], nearest_m(graph, seeds, limit))
    known = facility >= 0
    np.testing.assert_array_equal(known, np.isfinite(way))
    np.testing.assert_allclose(way[known], each[facility[known], np.nonzero(known)[1]], rtol=0, atol=1e-9)
    for column in facility.T:
        named = column[column >= 0]
        assert len(set(named)) == len(named)


@settings(max_examples=200, deadline=None)
@given(searches(), searches())
def test_another_facility_never_lengthens_a_way_and_order_does_not_matter(search, other):
    graph, seeds, limit = search
    n = len(graph.indptr) - 1
    new = Seeds((other[1].node % n).astype(np.int32), other[1].offset_m, other[1].facility)
    before = nearest_m(graph, seeds, limit)
    after = improved_m(graph, before, new, limit)
    assert (after <= before).all()
    both = Seeds(*(np.concatenate(pair) for pair in zip(new, seeds, strict=True)))
    np.testing.assert_array_equal(after, nearest_m(graph, both, limit))


@settings(max_examples=100, deadline=None)
@given(searches(), st.lists(st.integers(0, 11), max_size=5))
def test_threads_do_not_matter(search, picks):
    graph, seeds, limit = search
    kinds = [Seeds(*(column[pick:] for column in seeds)) for pick in picks]
    one, two = nearest_many_m(graph, kinds, limit, 1), nearest_many_m(graph, kinds, limit, 2)
    np.testing.assert_array_equal(one, two)
