"""Gini and concentration index: by hand and as properties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiesforall.core.errors import InputError
from citiesforall.estimation.inequality import concentration, gini

amounts = st.lists(st.floats(0, 1e6), min_size=2, max_size=12).map(np.array)


@pytest.mark.parametrize("n", [2, 5, 100])
def test_nobody_has_more_and_one_has_all(n):
    """All equal: 0. One of n has all: (n - 1) / n."""
    assert gini(np.full(n, 3.0), np.ones(n)) == pytest.approx(0)
    assert gini(np.eye(n)[0], np.ones(n)) == pytest.approx((n - 1) / n)


def test_gini_worked_by_hand():
    """Values 1, 2, 3: sum of |x - y| over all pairs = 2 (1 + 2 + 1) = 8; / (2 x 9 x 2) = 2/9. As weights: 1 twice is two people."""
    assert gini(np.array([1.0, 2, 3]), np.ones(3)) == pytest.approx(2 / 9)
    assert gini(np.array([1.0, 4]), np.array([2.0, 1])) == pytest.approx(
        gini(np.array([1.0, 1, 4]), np.ones(3))
    )


def test_concentration_worked_by_hand():
    """Ranks 1/6, 3/6, 5/6. The worst off has all 6: 2 / 2 x mean((x - 2) (rank - 1/2)) = (4 x -1/3 - 2 x 1/3) / 3 = -2/3."""
    wealth = np.array([10.0, 20, 30])
    assert concentration(np.array([6.0, 0, 0]), np.ones(3), wealth) == pytest.approx(-2 / 3)
    assert concentration(np.array([0.0, 0, 6]), np.ones(3), wealth) == pytest.approx(2 / 3)
    assert concentration(np.array([1.0, 4, 1]), np.ones(3), wealth) == pytest.approx(0)


def test_equal_ranks_share_their_place():
    """Two of rank 1 lie at 1/3 each, the third at 5/6: swapping what the two have changes nothing."""
    rank = np.array([1.0, 1, 2])
    one = concentration(np.array([5.0, 0, 1]), np.ones(3), rank)
    assert one == pytest.approx(concentration(np.array([0.0, 5, 1]), np.ones(3), rank))
    assert one == pytest.approx(2 / 2 * ((5 - 2) * (-1 / 6) + (0 - 2) * (-1 / 6) + (1 - 2) * (1 / 3)) / 3)


def test_corrections_for_shares():
    """x = 0, 0, 1, 1 by rank: C = 2 / 0.5 x (4 x 0.5 x 0.25) / 4 = 1/2; Wagstaff C / (1 - 1/2) = 1; Erreygers 4 x 1/2 x C = 1."""
    x, rank = np.array([0.0, 0, 1, 1]), np.arange(4.0)
    assert concentration(x, np.ones(4), rank) == pytest.approx(0.5)
    assert concentration(x, np.ones(4), rank, "wagstaff") == pytest.approx(1)
    assert concentration(x, np.ones(4), rank, "erreygers") == pytest.approx(1)


def test_draws_at_once_and_unknown_values_left_out():
    values = np.array([[1.0, 2, 3, np.nan], [0, 0, 5, 5], [np.nan] * 4])
    out = gini(values, np.ones(4))
    assert out[0] == pytest.approx(2 / 9)
    assert out[1] == pytest.approx(0.5)
    assert np.isnan(out[2])
    assert np.isnan(gini(np.zeros(3), np.ones(3)))
    assert gini(values[:2], np.array([[1.0, 1, 1, 1], [0, 0, 1, 1]]))[1] == pytest.approx(0)


@given(amounts, st.randoms())
def test_order_and_scale_do_not_matter(x, rng):
    weights = np.linspace(1, 3, x.size)
    order = np.array(rng.sample(range(x.size), x.size))
    plain = gini(x, weights)
    assert gini(x[order], weights[order]) == pytest.approx(plain, nan_ok=True)
    assert gini(x * 8, weights * 5) == pytest.approx(plain, nan_ok=True, abs=1e-9)
    if x.sum() > 0:
        assert -1e-12 <= plain <= 1
        pairs = (weights[:, None] * weights * np.abs(x[:, None] - x)).sum()
        assert plain == pytest.approx(pairs / (2 * weights.sum() * (weights @ x)), abs=1e-9)


@given(amounts)
def test_nothing_is_more_concentrated_than_by_itself(x):
    if x.sum() > 0:
        weights, rank = np.ones(x.size), np.arange(x.size)
        assert abs(concentration(x, weights, rank)) <= gini(x, weights) + 1e-9
        assert concentration(x, weights, rank) == pytest.approx(-concentration(x, weights, -rank), abs=1e-9)


def test_giving_from_rich_to_poor_lowers_it():
    assert gini(np.array([2.0, 2, 8]), np.ones(3)) < gini(np.array([1.0, 2, 9]), np.ones(3))


def test_amounts_below_zero_are_refused():
    with pytest.raises(InputError, match="below 0"):
        gini(np.array([-1.0, 2]), np.ones(2))
    with pytest.raises(InputError, match="below 0"):
        gini(np.array([1.0, 2]), np.array([1.0, -1]))
