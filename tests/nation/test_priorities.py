"""Priorities: by hand, as a city's own ranks where all is known, and what ignorance does."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from citiesforall.diagnose.challenge_rank import rank_challenges
from citiesforall.nation.priorities import blended, prioritise

SHARES = st.floats(0, 1, width=32)


def full(k):
    """Return that everything is known."""
    return np.ones((3, k))


def test_positions_by_hand():
    """Severity 0.8 0.5 0.1, people 0.2 0.6 0.1, shared 0.9 0.4 0.1: positions (5 5 1, 3 5 1, ...) / 6, so 13/6, 11/6, 3/6 of 3."""
    criteria = np.array([[[0.8, 0.5, 0.1], [0.2, 0.6, 0.1], [0.9, 0.4, 0.1]]])
    made = prioritise(criteria, full(3), 1)
    assert made.rank.tolist() == [1, 2, 3]
    # the third is last by all three, whatever they weigh; the first two change places with the weight of people (1/2 at least)
    assert (made.low[2], made.high[2]) == (3, 3)
    assert (made.low[0], made.high[0]) == (1, 2)
    # weights are uniform on the triangle: the part where people weigh more than one half is a quarter of it
    assert abs(made.first[1] - 0.25) < 0.04
    assert made.first[0] + made.first[1] == 1


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, (4, 3, 5), elements=SHARES))
def test_with_everything_known_it_is_the_rank_of_a_city(criteria):
    """Where each is known of all people, published ranks are those the diagnosis of a city gives to the same criteria."""
    theirs = rank_challenges([criteria[:, 0, [k]].T for k in range(5)], criteria[:, 1], criteria[:, 2], 1)
    np.testing.assert_array_equal(prioritise(criteria, full(5), 1, 50).rank, theirs.rank)


@settings(max_examples=30, deadline=None)
@given(arrays(np.float64, (3, 3, 6), elements=SHARES), arrays(np.float64, (3, 6), elements=SHARES))
def test_chances_are_chances(criteria, coverage):
    made = prioritise(criteria, coverage, 3, 100)
    assert ((made.first >= 0) & (made.first <= made.top) & (made.top <= 1)).all()
    assert (made.low <= made.high).all()
    assert made.first.sum() >= 1 - 1e-12
    assert made.top.sum() >= 3 - 1e-12


@settings(max_examples=20, deadline=None)
@given(arrays(np.float64, (2, 3, 5), elements=SHARES), st.permutations(range(5)))
def test_ranks_do_not_depend_on_the_order_of_challenges(criteria, order):
    one, other = prioritise(criteria, full(5), 1, 20), prioritise(criteria[:, :, order], full(5), 1, 20)
    np.testing.assert_array_equal(one.rank[list(order)], other.rank)


def test_ignorance_moves_no_rank_and_widens_all():
    criteria = np.tile(np.array([0.9, 0.7, 0.5, 0.3, 0.1]), (2, 3, 1))
    known, half = prioritise(criteria, full(5), 1), prioritise(criteria, np.full((3, 5), 0.3), 1)
    np.testing.assert_array_equal(known.rank, half.rank)
    assert (known.high - known.low == 0).all()
    assert (half.high - half.low >= 1).all()


def test_what_nobody_knows_has_no_rank():
    criteria = np.array([[[0.8, np.nan, 0.1]] * 3])
    made = prioritise(criteria, np.array([[1.0, 0.0, 1.0]] * 3), 1)
    assert made.rank[[0, 2]].tolist() == [1, 2]
    assert np.isnan(made.rank[1])
    assert np.isnan(made.top[1])
    assert np.isnan(prioritise(np.full((1, 3, 2), np.nan), np.zeros((3, 2)), 1).rank).all()


def test_a_challenge_known_of_few_stands_in_the_middle():
    """Worst of all, but known of one person in ten: 0.1 x 5/6 + 0.9 x 1/2 = 0.533, after 5/6-and-above ones of the others."""
    mixed = blended(np.array([[5 / 6, 0.5, 1 / 6]]), np.array([[0.1, 1.0, 1.0]]), 0.5)
    np.testing.assert_allclose(mixed, [[0.1 * 5 / 6 + 0.45, 0.5, 1 / 6]])
    assert np.isnan(blended(np.full((1, 3), np.nan), np.zeros((1, 3)), 0.5)).all()
