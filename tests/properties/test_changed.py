"""Properties of changed streets: closing never shortens a way, a link never lengthens one, cutting changes nothing."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra

from citiesforall.core.errors import InputError
from citiesforall.network.changed import add_link, close_edges, cut_edges, on_pieces
from citiesforall.network.insert import attach
from citiesforall.network.search import Seeds, nearest_m
from citiesforall.network.streets import Streets, components, walk_csr

TINY_M = 1e-8  # rounding of sums over edges that were cut


@st.composite
def networks(draw: st.DrawFn) -> Streets:
    """Draw streets with bent lines, loops, parallel edges, motorways and parts that do not touch."""
    n = draw(st.integers(2, 10))
    places = st.tuples(st.integers(0, 60), st.integers(0, 60))
    nodes = np.array(draw(st.lists(places, min_size=n, max_size=n, unique=True)), float) * 10
    node = st.integers(0, n - 1)
    rows = draw(
        st.lists(st.tuples(node, node, st.lists(places, max_size=3), st.booleans()), min_size=1, max_size=15)
    )
    lines = [np.array([nodes[u], *(np.array(p) * 10.0 for p in mid), nodes[v]]) for u, v, mid, _ in rows]
    length = np.array([np.hypot(*np.diff(line, axis=0).T).sum() for line in lines])
    keep = np.flatnonzero(length > 0)
    assume(keep.size)
    u, v = (np.array([rows[at][end] for at in keep], np.int32) for end in (0, 1))
    walk = np.array([not rows[at][3] or at == keep[0] for at in keep], bool)
    vertex = np.concatenate([np.zeros((0, 2)), *(lines[at] for at in keep)])
    return Streets(
        nodes[:, 0], nodes[:, 1], u, v, length[keep], np.zeros(len(keep), np.int8), walk,
        np.cumsum([0, *(len(lines[at]) for at in keep)]), vertex[:, 0], vertex[:, 1],
        components(n, u[walk], v[walk], length[keep][walk]), ("residential",),
    )  # fmt: skip


def every_way_m(streets: Streets) -> np.ndarray:
    """Return scipy's ways between all nodes; of parallel edges the shortest."""
    n = streets.n_nodes
    table = np.full((n, n), np.inf)
    walk = streets.edge_walk
    for u, v, m in zip(streets.edge_u[walk], streets.edge_v[walk], streets.edge_m[walk], strict=True):
        table[u, v] = table[v, u] = min(table[u, v], m)
    row, column = np.nonzero(np.isfinite(table))
    return dijkstra(coo_array((table[row, column], (row, column)), shape=(n, n)).tocsr())


def is_whole(streets: Streets) -> None:
    """Hold that streets are what gathering would give: lines end at nodes, lengths are of lines, parts are right."""
    start = streets.vertex_start
    assert start[0] == 0
    assert start[-1] == len(streets.vertex_x) == len(streets.vertex_y)
    assert (np.diff(start) >= 2).all()
    for end, at in ((streets.edge_u, start[:-1]), (streets.edge_v, start[1:] - 1)):
        np.testing.assert_allclose(streets.vertex_x[at], streets.node_x[end], atol=1e-9)
        np.testing.assert_allclose(streets.vertex_y[at], streets.node_y[end], atol=1e-9)
    step_m = np.hypot(np.diff(streets.vertex_x), np.diff(streets.vertex_y))
    of_line = [step_m[start[at] : start[at + 1] - 1].sum() for at in range(streets.n_edges)]
    np.testing.assert_allclose(streets.edge_m, of_line, atol=1e-8)
    walk = streets.edge_walk
    u, v = streets.edge_u[walk], streets.edge_v[walk]
    fresh = components(streets.n_nodes, u, v, streets.edge_m[walk])
    n_parts, part = connected_components(coo_array((np.ones(len(u)), (u, v)), shape=(streets.n_nodes,) * 2))
    assert len(set(zip(streets.component.tolist(), part.tolist(), strict=True))) == n_parts
    # equal lengths may change places by rounding where edges were cut: the lengths by number are the same
    one, two = (
        np.bincount(p[u], weights=streets.edge_m[walk], minlength=n_parts) for p in (streets.component, fresh)
    )
    np.testing.assert_allclose(one, two, atol=1e-6)
    for field in ("edge_u", "edge_v", "component"):
        assert getattr(streets, field).dtype == np.int32
    assert streets.edge_class.dtype == np.int8
    assert streets.vertex_start.dtype == np.int64


@settings(max_examples=100, deadline=None)
@given(networks(), st.data())
def test_closing_never_shortens_and_equals_streets_without_the_edges(streets, data):
    shut = np.array(
        data.draw(st.lists(st.booleans(), min_size=streets.n_edges, max_size=streets.n_edges)), bool
    )
    after = close_edges(streets, shut)
    is_whole(after)
    before_m, after_m = every_way_m(streets), every_way_m(after)
    assert (after_m >= before_m).all()
    walked = streets.edge_walk & ~shut
    np.testing.assert_array_equal(after.edge_walk, walked)
    seed = Seeds(np.zeros(1, np.int32), np.zeros(1), np.zeros(1, np.int32))
    np.testing.assert_allclose(nearest_m(walk_csr(after), seed), after_m[0], atol=1e-9)


@settings(max_examples=100, deadline=None)
@given(networks(), st.data())
def test_cutting_changes_no_way_and_moves_no_place(streets, data):
    pairs = st.tuples(st.integers(0, streets.n_edges - 1), st.floats(0, 1))
    rows = data.draw(st.lists(pairs, max_size=8))
    edge = np.array([row[0] for row in rows], np.int32)
    after, cuts = cut_edges(streets, edge, np.array([row[1] for row in rows]) * streets.edge_m[edge])
    is_whole(after)
    n = streets.n_nodes
    np.testing.assert_allclose(every_way_m(after)[:n, :n], every_way_m(streets), atol=TINY_M)
    places = st.lists(st.tuples(st.floats(0, 600), st.floats(0, 600)), max_size=6)
    x, y = np.array(data.draw(places), float).reshape(-1, 2).T
    before = attach(streets, x, y, 300.0, 0.0)
    moved, fresh = on_pieces(cuts, before), attach(after, x, y, 300.0, 0.0)
    np.testing.assert_allclose(moved.leg_m, fresh.leg_m, atol=1e-6)
    has = moved.edge >= 0
    assert (moved.along_m[has] >= -1e-9).all()
    assert (moved.along_m[has] <= after.edge_m[moved.edge[has]] + 1e-6).all()
    if streets.n_edges != after.n_edges:
        np.testing.assert_array_equal(after.edge_class[moved.edge[has]], streets.edge_class[before.edge[has]])


@settings(max_examples=100, deadline=None)
@given(networks(), st.data())
def test_a_link_never_lengthens_and_equals_streets_built_with_it(streets, data):
    places = st.tuples(st.floats(0, 600), st.floats(0, 600))
    x, y = np.array(data.draw(st.lists(places, min_size=2, max_size=4)), float).T
    try:
        after = add_link(streets, x, y, "residential", 1000.0)
    except InputError as error:  # only one reason is left to refuse it
        assert "at one place" in str(error)  # noqa: PT017 - most drawn links can be added
        return
    is_whole(after)
    n = streets.n_nodes
    np.testing.assert_array_equal(after.node_x[:n], streets.node_x)
    before_m, after_m = every_way_m(streets), every_way_m(after)
    assert (after_m[:n, :n] <= before_m + TINY_M).all()
    u, v, m = after.edge_u[-1], after.edge_v[-1], after.edge_m[-1]
    without = every_way_m(close_edges(after, np.arange(after.n_edges) == after.n_edges - 1))
    # with one edge more, a way is the old one or goes over it once, in either direction
    by_link = np.minimum(without[:, [u]] + m + without[[v]], without[:, [v]] + m + without[[u]])
    np.testing.assert_allclose(after_m, np.minimum(without, by_link), atol=TINY_M)
    np.testing.assert_allclose(without[:n, :n], before_m, atol=TINY_M)
