"""A quantile found again from where it stood is the one of the row sorted anew."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.measure.access import weighted_quantile
from citiesforall.network.kernels_quantiles import quantiles_again, stands

SHARES = np.array([0.5, 0.9])


def again(old_m, new_m, people):
    """Return quantiles after walks changed, of one row that holds every point, and whether they are sure."""
    n, D = people.shape
    filled = np.zeros((n, 4))
    filled[:, :D] = people
    order = np.argsort(old_m, kind="stable").astype(np.int32)
    laid = np.array([0, n]), order, old_m[order], filled[order]
    stood = np.zeros((1, D, 2), np.int64), np.zeros((1, D, 2)), np.zeros((1, D))
    stands(laid, SHARES, stood)
    points = np.flatnonzero(old_m != new_m).astype(np.int32)
    points = points[np.lexsort((points, new_m[points]))]
    unit, is_moved = np.zeros(len(points), np.int64), old_m != new_m
    moved = points, new_m[points], unit, old_m[points], is_moved, filled
    room = (np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n), np.empty((n, 4))), np.empty(n)
    out = np.full((1, D, 2), np.nan), np.zeros(1, bool)
    quantiles_again((np.array([0]), np.ones((1, 1), bool)), laid, moved, (*stood, SHARES), room, out)
    return out[0][0], bool(out[1][0])


def anew(new_m, people):
    order = np.argsort(new_m, kind="stable")
    weights = people[order].T.copy()
    return np.column_stack([weighted_quantile(new_m[order][None, :], weights, share) for share in SHARES])


@settings(deadline=None)  # the first call loads compiled code
@given(st.integers(1, 60), st.floats(0, 1), st.sampled_from([5, 500]), st.integers(0, 2**32 - 1))
def test_what_is_sure_is_what_sorting_anew_gives(n, changed, n_walks, seed):
    rng = np.random.default_rng(seed)
    old_m = rng.integers(0, n_walks, n).astype(np.float64)  # few walks: many equal ones
    new_m = np.where(rng.random(n) < changed, rng.integers(0, n_walks, n), old_m).astype(np.float64)
    new_m[rng.random(n) < 0.1] = np.inf
    people = rng.uniform(0, 9, (n, 2)) * (rng.random((n, 2)) < 0.8)
    found, is_sure = again(old_m, new_m, people)
    if is_sure:
        np.testing.assert_array_equal(found, anew(new_m, people))


def test_a_half_that_rounding_decides_is_not_sure():
    """Of 2,000 people one by one half is reached exactly at 1,000: a sum in another order may fall short of it."""
    old_m = np.arange(2000.0)
    new_m = np.where(old_m == 1500, 1600.5, old_m)
    _, is_sure = again(old_m, new_m, np.ones((2000, 2)))
    assert not is_sure


def test_a_median_by_hand():
    """People 2, 1, 4 at 100, 200, 300 m: half of 7 is reached at 300 m. The 4 move to 50 m: 4 of 7 at 50 m."""
    people = np.array([[2.0, 2.0], [1.0, 1.0], [4.0, 4.0]])
    found, is_sure = again(np.array([100.0, 200.0, 300.0]), np.array([100.0, 200.0, 50.0]), people)
    assert is_sure
    assert found.tolist() == [[50.0, 200.0], [50.0, 200.0]]
