"""Intervals: against scipy's, and what they are at the edges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binomtest, t

from citiesforall.estimation.interval import (
    exact_interval,
    logit_interval,
    mean_interval,
    share_interval,
    wilson_interval,
)
from citiesforall.estimation.pooling import ASSUMED_LIKENESS, effective_answers, intraclass


@given(st.integers(1, 200), st.integers(0, 200))
def test_whole_numbers_agree_with_scipy(n, yes):
    yes = min(yes, n)
    test = binomtest(yes, n)
    share, size = np.array([yes / n]), np.array([float(n)])
    exact, wilson = test.proportion_ci(method="exact"), test.proportion_ci(method="wilson")
    assert [one[0] for one in exact_interval(share, size)] == pytest.approx(list(exact), abs=1e-9)
    assert [one[0] for one in wilson_interval(share, size, np.array([np.inf]))] == pytest.approx(
        list(wilson), abs=1e-9
    )


def test_exact_interval_of_an_effective_number():
    low, high = exact_interval(np.array([0.25]), np.array([10.4]))
    assert low[0] == pytest.approx(beta.ppf(0.025, 2.6, 8.8))
    assert high[0] == pytest.approx(beta.ppf(0.975, 3.6, 7.8))


def test_logit_interval_worked_by_hand():
    """p 0.2, se 0.04, 10 degrees of freedom: logit -1.386294, half 2.228139 x 0.04 / 0.16 = 0.557035."""
    low, high = logit_interval(np.array([0.2]), np.array([0.04]), np.array([10.0]))
    assert low[0] == pytest.approx(1 / (1 + np.exp(1.386294 + 0.557035)), abs=1e-6)
    assert high[0] == pytest.approx(1 / (1 + np.exp(1.386294 - 0.557035)), abs=1e-6)


def test_without_degrees_of_freedom_nothing_is_said_but_pooled():
    one = np.array([0.2])
    assert np.isnan(mean_interval(one, one, np.zeros(1))).all()
    assert np.isnan(share_interval(one, one, np.zeros(1), np.array([30.0]))).all()
    pooled = share_interval(one, one, np.zeros(1), np.array([30.0]), np.array([20.0]), 25.0)
    np.testing.assert_allclose(pooled, wilson_interval(one, np.array([20.0]), np.array([25.0])))


def test_enough_degrees_of_freedom_need_no_pooling():
    one, se, df = np.array([0.2]), np.array([0.05]), np.array([12.0])
    pooled = share_interval(one, se, df, np.array([100.0]), np.array([50.0]), 25.0)
    np.testing.assert_allclose(pooled, logit_interval(one, se, df))


def test_effective_answers_never_count_for_more_than_answers():
    edge = np.zeros(1)
    capped = share_interval(edge, edge, np.array([2.0]), np.array([10.0]), np.array([50.0]), 25.0)
    assert capped[1][0] == pytest.approx(1 - 0.025 ** (1 / 10))


def test_wilson_takes_t():
    low, _ = wilson_interval(np.array([0.5]), np.array([16.0]), np.array([5.0]))
    q = t.ppf(0.975, 5)
    assert abs(0.5 - low[0]) == pytest.approx(q * np.sqrt(low[0] * (1 - low[0]) / 16))  # its definition


def test_likeness_of_clusters():
    """All alike within and different between: 1. No more alike than by chance: 0. All the same: nothing to learn."""
    cluster, stratum = np.array([0, 0, 1, 1, 2, 2]), np.zeros(3, int)
    y = np.array([[1.0, 1, 0, 0, 1, 1], [1, 0, 1, 0, 1, 0], [1, 1, 1, 1, 1, 1]])
    assert intraclass(y, cluster, stratum) == pytest.approx([1, 0, ASSUMED_LIKENESS])


def test_likeness_is_that_of_the_population():
    rng = np.random.default_rng(1)
    rho, cluster = 0.1, np.repeat(np.arange(4000), 12)
    p = rng.beta(0.3 * (1 - rho) / rho, 0.7 * (1 - rho) / rho, 4000)
    y = (rng.random(cluster.size) < p[cluster]).astype(float)
    y[rng.random(cluster.size) < 0.3] = np.nan  # clusters of unequal size
    stratum = np.arange(4000) // 400
    assert intraclass(y[None], cluster, stratum) == pytest.approx([rho], abs=0.01)
    assert intraclass(1000 * y[None] + 5, cluster, stratum) == pytest.approx(
        intraclass(y[None], cluster, stratum)
    )


def test_effective_answers_between_all_and_the_clusters():
    """Twelve equal weights in clusters of four: 12 answers at likeness 0, 3 at 1, 12 / (1 + 3 rho) between."""
    rho = np.array([0.0, 1.0, 0.5])
    assert effective_answers(np.full(3, 12.0), np.full(3, 12.0), np.full(3, 48.0), rho) == pytest.approx(
        [12, 3, 4.8]
    )
