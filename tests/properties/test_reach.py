"""Properties of bounded reach on any small town."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.network.insert import OnEdge, at_points, seeds
from citiesforall.network.reach import Reach, reach, within
from citiesforall.network.search import k_nearest
from citiesforall.network.streets import Streets, walk_csr

LENGTHS = st.one_of(st.sampled_from([0.0, 1.0, 10.0, 100.0]), st.floats(0, 500), st.floats(1e-9, 1e-3))


@st.composite
def towns(draw: st.DrawFn) -> tuple[Streets, OnEdge, OnEdge, float]:
    """Draw streets with ties, loops, closed and parallel edges, sites, parts and a limit."""
    n = draw(st.integers(1, 12))
    node = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(node, node, LENGTHS, st.integers(0, 9)), min_size=1, max_size=25))
    u, v, length_m, open_ = (np.array([edge[at] for edge in edges]) for at in range(4))
    m = len(edges)
    streets = Streets(
        np.zeros(n), np.zeros(n), u.astype(np.int32), v.astype(np.int32), length_m.astype(float),
        np.zeros(m, np.int8), open_ > 0, np.arange(0, 2 * m + 1, 2), np.zeros(2 * m), np.zeros(2 * m),
        np.zeros(n, np.int32), ("residential",),
    )  # fmt: skip
    return streets, draw(points(streets)), draw(points(streets)), draw(st.floats(1e-3, 1000))


@st.composite
def points(draw: st.DrawFn, streets: Streets) -> OnEdge:
    """Draw points on open edges; some join none."""
    n_open = int(streets.edge_walk.sum())
    place = st.tuples(st.integers(-1, n_open - 1), st.floats(0, 1), LENGTHS)
    drawn = draw(st.lists(place, min_size=1, max_size=10))
    opened = np.append(np.flatnonzero(streets.edge_walk), -1)
    edge = opened[[one[0] for one in drawn]].astype(np.int32)
    along_m = np.where(edge >= 0, np.array([one[1] for one in drawn]) * streets.edge_m[edge], np.nan)
    return OnEdge(edge, along_m, np.where(edge >= 0, [one[2] for one in drawn], np.nan))


def dense(found: Reach, n_parts: int) -> np.ndarray:
    out = np.full((len(found.start) - 1, n_parts), np.inf)
    out[np.repeat(np.arange(len(out)), np.diff(found.start)), found.part] = found.m
    return out


@settings(max_examples=200, deadline=None)
@given(towns())
def test_each_site_as_the_nearest_search_finds_it(town):
    streets, sites, parts, limit_m = town
    mine = dense(reach(streets, sites, parts, limit_m, threads=2), len(parts.edge))
    for site in range(len(sites.edge)):
        one, number = OnEdge(*(column[site : site + 1] for column in sites)), np.zeros(1, np.int32)
        nodes = k_nearest(walk_csr(streets), seeds(streets, one, number), 1, limit_m)
        np.testing.assert_array_equal(
            mine[site], at_points(streets, nodes, parts, one, number, limit_m)[0][0]
        )


@settings(max_examples=200, deadline=None)
@given(towns(), st.randoms(use_true_random=False))
def test_order_of_sites_and_parts_changes_nothing_but_the_order(town, random):
    streets, sites, parts, limit_m = town
    mine = dense(reach(streets, sites, parts, limit_m), len(parts.edge))
    rows, columns = (random.sample(range(len(of.edge)), len(of.edge)) for of in (sites, parts))
    other = reach(
        streets, OnEdge(*(one[rows] for one in sites)), OnEdge(*(one[columns] for one in parts)), limit_m
    )
    np.testing.assert_array_equal(dense(other, len(parts.edge)), mine[np.ix_(rows, columns)])


@settings(max_examples=200, deadline=None)
@given(towns(), st.floats(0, 1))
def test_another_site_never_lengthens_a_walk_and_a_shorter_limit_only_leaves_out(town, share):
    streets, sites, parts, limit_m = town
    found = reach(streets, sites, parts, limit_m)
    ways = dense(found, len(parts.edge))
    for n in range(1, len(ways)):
        assert (ways[: n + 1].min(axis=0) <= ways[:n].min(axis=0)).all()
    shorter = max(limit_m * share, 1e-6)
    for one, same in zip(within(found, shorter), reach(streets, sites, parts, shorter), strict=True):
        np.testing.assert_array_equal(one, same)
