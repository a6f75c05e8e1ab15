"""Connected parts and near points are those that scipy finds."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from citiesforall.gather.street_amounts import SAME_CROSSING_M, _near
from citiesforall.network.streets import connected


@settings(deadline=None)  # the first call loads compiled code
@given(st.integers(1, 60), st.integers(0, 80), st.integers(0, 2**32 - 1))
def test_parts_are_those_of_scipy(n, n_edges, seed):
    u, v = np.random.default_rng(seed).integers(0, n, (2, n_edges))
    want = connected_components(coo_array((np.ones(n_edges), (u, v)), shape=(n, n)), directed=False)
    n_parts, part = connected(n, u, v)
    assert n_parts == want[0]
    assert part.tolist() == want[1].tolist()


def test_parts_by_hand():
    """0-3 and 2-4-5 hang together, 1 stands alone: numbered by their smallest nodes 0, 1, 2."""
    n_parts, part = connected(6, np.array([3, 5, 4]), np.array([0, 4, 2]))
    assert (n_parts, part.tolist()) == (3, [0, 1, 2, 0, 2, 2])


@settings(deadline=None)  # the first call loads compiled code
@given(st.integers(0, 80), st.floats(-1e6, 1e6), st.integers(0, 2**32 - 1))
def test_near_points_are_those_of_a_tree(n, away_m, seed):
    xy = np.random.default_rng(seed).uniform(-60, 60, (n, 2)) + away_m
    found = list(zip(*(one.tolist() for one in _near(xy[:, 0], xy[:, 1], SAME_CROSSING_M)), strict=True))
    want = cKDTree(xy).query_pairs(SAME_CROSSING_M) if n else set()
    assert sorted(tuple(sorted(pair)) for pair in found) == sorted(want)
