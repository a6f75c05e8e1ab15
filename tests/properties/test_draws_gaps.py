"""What must hold of gaps, ranks and indices whatever the draws are."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from citiesforall.core.estimate import ratio
from citiesforall.estimation.inequality import concentration, gini
from citiesforall.measure.draw_store import difference, interval_of, rank_chances, sign_chance, summed

S = 8
SHARES = st.floats(0, 1, allow_subnormal=False)
AMOUNTS = st.floats(0.01, 1e6, allow_subnormal=False)


def table(rows, columns, elements=SHARES):
    return arrays(np.float64, (rows, columns), elements=elements)


@settings(max_examples=60, deadline=None)
@given(table(S, 4), table(S, 4))
def test_a_gap_turned_round_is_the_gap_with_its_sign_turned(one, other):
    value, low, high = difference(one, other)
    back, back_low, back_high = difference(other, one)
    assert_allclose(back, -value)
    assert_allclose(back_low, -high, atol=1e-12)
    assert_allclose(back_high, -low, atol=1e-12)
    assert_allclose(sign_chance(one - other), sign_chance(other - one))


@settings(max_examples=60, deadline=None)
@given(table(S, 4, AMOUNTS), table(S, 4, AMOUNTS))
def test_a_relative_gap_turned_round_is_one_over_it(one, other):
    assert_allclose(difference(one, other, relative=True)[0] * difference(other, one, relative=True)[0], 1)


@settings(max_examples=60, deadline=None)
@given(table(S, 4))
def test_an_interval_holds_the_published_value(draws):
    value, low, high = interval_of(draws)
    known = ~np.isnan(low)
    assert (low[known] <= value[known]).all()
    assert (value[known] <= high[known]).all()


@settings(max_examples=80, deadline=None)
@given(table(S, 5, st.sampled_from([0.1, 0.2, 0.3, 0.5])), st.integers(1, 5), st.permutations(range(5)))
def test_chances_add_up_to_how_many_are_the_worst(values, worst, order):
    chances = rank_chances(values, worst=worst)
    if not np.isnan(chances).all():
        assert_allclose(chances.sum(), worst)
        assert ((chances >= 0) & (chances <= 1)).all()
        assert_allclose(rank_chances(values[:, order], worst=worst), chances[list(order)])
        assert_allclose(rank_chances(-values, worst=worst, better="lower"), chances)
        best = rank_chances(values, worst=5 - worst, better="lower") if worst < 5 else 0
        assert_allclose(chances + best, 1)


@settings(max_examples=60, deadline=None)
@given(table(S, 3, AMOUNTS), table(S, 3, AMOUNTS))
def test_the_value_of_a_sum_lies_between_those_of_its_parts(num, den):
    whole, below = summed([(num[:, one], den[:, one]) for one in range(3)])
    assert_allclose(whole, num.sum(axis=1))
    parts = ratio(num, den)
    assert (whole / below <= parts.max(axis=1) * (1 + 1e-9)).all()
    assert (whole / below >= parts.min(axis=1) * (1 - 1e-9)).all()


@settings(max_examples=80, deadline=None)
@given(table(3, 6, AMOUNTS), arrays(np.float64, 6, elements=st.floats(1, 1e4)), st.floats(0.001, 1e3))
def test_gini_is_between_0_and_1_and_free_of_scale(values, people, times):
    index = gini(values, people)
    assert (index > -1e-9).all()
    assert (index < 1).all()
    assert_allclose(gini(values * times, people), index, atol=1e-9)
    assert_allclose(gini(values, people * times), index, atol=1e-9)
    assert_allclose(gini(np.tile(values, 2), np.tile(people, 2)), index, atol=1e-9)


@settings(max_examples=80, deadline=None)
@given(table(3, 6, AMOUNTS), arrays(np.float64, 6, elements=st.floats(1, 1e4)), table(3, 6))
def test_concentration_is_never_more_than_gini_and_turns_with_the_ranking(values, people, rank_by):
    index, most = concentration(values, people, rank_by), gini(values, people)
    assert (np.abs(index) <= most + 1e-9).all()
    assert_allclose(concentration(values, people, -rank_by), -index, atol=1e-9)
