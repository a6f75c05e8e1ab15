"""Properties of the diagnosis: what must hold whatever the numbers are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.sparse import csr_array

from citiesforall.core.indicator import indicators
from citiesforall.diagnose.challenge_local import empirical_bayes, getis_ord_star, local_test
from citiesforall.diagnose.challenge_rank import rank_challenges
from citiesforall.diagnose.challenge_values import short_of
from citiesforall.diagnose.links import spearman
from citiesforall.diagnose.risk import risk_of

SHARE = st.floats(0, 1)
FACTORS = st.tuples(SHARE, SHARE, SHARE, SHARE)


@given(FACTORS)
def test_risk_lies_between_nothing_and_one(factors):
    assert 0 <= risk_of(*map(np.float64, factors)) <= 1


@given(FACTORS, st.integers(0, 3))
def test_risk_is_nothing_where_a_factor_is(factors, which):
    factors = list(map(np.float64, factors))
    factors[which] = np.float64(1.0 if which == 3 else 0.0)  # full capacity leaves no lack
    assert risk_of(*factors) == 0


@given(FACTORS, st.integers(0, 3), SHARE)
def test_more_of_a_factor_is_never_less_risk(factors, which, other):
    factors = list(map(np.float64, factors))
    more = list(factors)
    more[which] = np.float64(other)
    rises = (other >= factors[which]) if which < 3 else (other <= factors[which])
    low, high = (factors, more) if rises else (more, factors)
    assert risk_of(*low) <= risk_of(*high) + 1e-12


def ring(n):
    near = np.eye(n) + np.eye(n, k=1) + np.eye(n, k=-1)
    near[0, -1] = near[-1, 0] = 1
    return csr_array(near)


VALUES = arrays(np.float64, 12, elements=st.floats(0, 100).map(lambda x: round(x, 3)), unique=True)


@given(VALUES, st.floats(0.1, 10), st.floats(-50, 50))
def test_gi_star_knows_no_unit(x, times, plus):
    assert getis_ord_star(times * x + plus, ring(12)) == pytest.approx(getis_ord_star(x, ring(12)), abs=1e-5)


@given(VALUES, st.permutations(range(12)))
def test_order_of_places_changes_no_hot_spot(x, order):
    near = ring(12)
    other = csr_array(near.toarray()[np.ix_(order, order)])
    a, b = local_test(x[None], near), local_test(x[list(order)][None], other)
    assert b.q == pytest.approx(a.q[list(order)], abs=1e-9)


@given(VALUES)
def test_adjusted_p_is_never_below_p(x):
    found = local_test(x[None], ring(12))
    assert (found.q >= found.p - 1e-12).all()
    assert (found.q <= 1).all()


@given(
    arrays(np.float64, 8, elements=SHARE),
    arrays(np.float64, 8, elements=st.floats(1, 1e5)),
)
def test_steady_rates_lie_between_their_own_and_the_citys(share, n):
    found = empirical_bayes(share, n)
    mean = (share * n).sum() / n.sum()
    assert (found >= np.minimum(share, mean) - 1e-9).all()
    assert (found <= np.maximum(share, mean) + 1e-9).all()


@given(st.sampled_from(sorted(k for k, one in indicators().items() if one.goalposts)), st.floats(-1e3, 1e6))
def test_what_is_short_is_a_share(key, value):
    one = indicators()[key]
    assert 0 <= short_of(np.array([value]), one, one.goalposts)[0] <= 1
    assert short_of(np.array([one.goalposts.goal]), one, one.goalposts)[0] == pytest.approx(0)
    assert short_of(np.array([one.goalposts.floor]), one, one.goalposts)[0] == pytest.approx(1)


@given(
    arrays(np.float64, (3, 9), elements=st.floats(0, 1).map(lambda x: round(x, 4))),
    arrays(np.float64, (3, 9), elements=st.floats(0, 1).map(lambda x: round(x, 4))),
)
def test_correlation_lies_in_its_interval_and_goes_both_ways(one, other):
    value, low, high, _ = spearman(one, other)
    back = spearman(other, one)
    if not np.isnan(value):
        assert -1 <= low <= high <= 1
        assert -1 - 1e-9 <= value <= 1 + 1e-9
        assert back[:3] == pytest.approx((value, low, high))


CASES = st.integers(2, 6).flatmap(
    lambda k: st.tuples(
        *[arrays(np.float64, (5, k), elements=st.floats(0, 1).map(lambda x: round(x, 4))) for _ in range(3)]
    )
)


@given(CASES, st.integers(0, 5))
def test_ranks_and_chances(case, which):
    by, people, said = case
    K = people.shape[1]
    found = rank_challenges([by[:, [k]].T for k in range(K)], people, said, seed=1)
    assert (found.rank >= 1).all()
    assert (found.rank <= K).all()
    assert (found.low <= found.high).all()
    assert ((found.top >= 0) & (found.top <= 1)).all()
    # Worse by every criterion is never a later rank.
    k = which % K
    worse = [one.copy() for one in (by, people, said)]
    for one in worse:
        one[:, k] += 0.5
    again = rank_challenges([worse[0][:, [j]].T for j in range(K)], worse[1], worse[2], seed=1)
    assert again.rank[k] <= found.rank[k]
    assert again.top[k] >= found.top[k] - 1e-12
