"""Inequality within and between groups of places: worked by hand, by another formula, and what must hold of any."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from citiesforall.core.errors import InputError
from citiesforall.estimation.decomposition import decomposed, of_shares

MEASURES = ("theil_t", "theil_l", "variance")


def plain(values, weights, measure):
    """Compute an index as it is written in books, one place after another."""
    whole = sum(weights)
    mean = sum(w * x for x, w in zip(values, weights, strict=True)) / whole
    if measure == "variance":
        return sum(w * (x - mean) ** 2 for x, w in zip(values, weights, strict=True)) / whole
    total = 0.0
    for x, w in zip(values, weights, strict=True):
        if measure == "theil_l":
            total += w * math.log(mean / x)
        elif x > 0:
            total += w * x / mean * math.log(x / mean)
    return total / whole


def test_two_provinces_of_two_by_hand():
    """Values 1 and 3 in one province, 2 and 6 in the other, 100 people each: the mean is 3, the provinces' means are 2 and 4.

    Variance: total ((1-3)^2 + (3-3)^2 + (2-3)^2 + (6-3)^2) / 4 = (4 + 0 + 1 + 9) / 4 = 3.5; between ((2-3)^2 + (4-3)^2) / 2 = 1;
    within (1 + 4) / 2 = 2.5. T: each province by itself (1/2)(1/2 ln 1/2 + 3/2 ln 3/2); between (1/2)(2/3 ln 2/3 + 4/3 ln 4/3).
    """
    values, people, group = np.array([1.0, 3, 2, 6]), np.full(4, 100.0), np.array([0, 0, 1, 1])
    found = decomposed(values, people, group, "variance")
    assert [float(one[0]) for one in found] == pytest.approx([3.5, 2.5, 1.0])
    inside = 0.5 * (0.5 * math.log(0.5) + 1.5 * math.log(1.5))
    between = 0.5 * (2 / 3 * math.log(2 / 3) + 4 / 3 * math.log(4 / 3))
    found = decomposed(values, people, group, "theil_t")
    # Both provinces have the same T, and the shares of what people have add up to 1.
    assert [float(one[0]) for one in found] == pytest.approx([inside + between, inside, between])
    found = decomposed(values, people, group, "theil_l")
    inside, between = 0.5 * (math.log(2) - math.log(1.5)), 0.5 * (math.log(3 / 2) + math.log(3 / 4))
    assert [float(one[0]) for one in found] == pytest.approx([inside + between, inside, between])


def test_shares_of_persons_by_hand():
    """Half of 100 people here, all of 300 there: p = 350/400 = 0.875, p(1-p) = 0.109375.

    Within 100/400 x 0.25 = 0.0625; between 1/4 x (0.5-0.875)^2 + 3/4 x (1-0.875)^2 = 0.03515625 + 0.01171875 = 0.046875.
    """
    found = of_shares(np.array([0.5, 1.0]), np.array([100.0, 300.0]))
    assert [float(one[0]) for one in found] == pytest.approx([0.109375, 0.0625, 0.046875])
    assert float(found.share_between()[0]) == pytest.approx(3 / 7)


def test_nothing_differs_nothing_is_had_and_zero_under_a_logarithm():
    people, group = np.array([10.0, 20, 30]), np.array([0, 1, 1])
    for measure in MEASURES:
        assert [float(one[0]) for one in decomposed(np.full(3, 0.1), people, group, measure)] == [
            0.0,
            0.0,
            0.0,
        ]
        assert np.isnan(decomposed(np.full(3, 0.1), people, group, measure).share_between()).all()
    for measure in ("theil_t", "theil_l"):
        assert np.isnan(decomposed(np.zeros(3), people, group, measure).total).all()
    some = np.array([0.0, 1.0, 2.0])
    assert np.isnan(decomposed(some, people, group, "theil_l").total).all()
    found = decomposed(some, people, group, "theil_t")
    assert float(found.total[0]) == pytest.approx(float(found.within[0] + found.between[0]))
    with pytest.raises(InputError):
        decomposed(np.array([-1.0, 1, 1]), people, group, "theil_t")
    with pytest.raises(InputError):
        of_shares(np.array([1.5]), np.array([1.0]))


def test_unknown_places_are_left_out():
    values, people = np.array([1.0, np.nan, 4.0, 2.0]), np.array([5.0, 50, 7, np.nan])
    for measure in MEASURES:
        one = decomposed(values, people, np.array([0, 0, 1, 1]), measure)
        other = decomposed(values[[0, 2]], people[[0, 2]], np.array([0, 1]), measure)
        np.testing.assert_allclose(one, other, atol=1e-15)


PLACES = st.integers(2, 12).flatmap(
    lambda n: st.tuples(
        arrays(np.float64, n, elements=st.floats(0.01, 1e4)),
        arrays(np.float64, n, elements=st.floats(1.0, 1e6)),
        arrays(np.int64, n, elements=st.integers(0, 3)),
    )
)


@settings(max_examples=60, deadline=None)
@given(PLACES, st.sampled_from(MEASURES), st.floats(0.1, 1e3))
def test_parts_add_up_and_agree_with_another_formula(places, measure, times):
    values, people, group = places
    found = decomposed(values, people, group, measure)
    # Differences of numbers near 1 (or near the largest, squared) are good to a few units of their last digit.
    close = 1e-12 * (float(values.max()) ** 2 if measure == "variance" else 10.0)
    assert float(found.within[0] + found.between[0] - found.total[0]) == pytest.approx(0.0, abs=close)
    assert float(found.total[0]) == pytest.approx(plain(values, people, measure), abs=close)
    means, sums = [], []
    for number in np.unique(group):
        here = group == number
        sums.append(people[here].sum())
        means.append((people[here] * values[here]).sum() / sums[-1])
    assert float(found.between[0]) == pytest.approx(plain(means, sums, measure), abs=close)
    if measure != "variance":  # in another unit, or in a nation twice as large, it is the same
        again = decomposed(values * times, people * 2, group, measure)
        np.testing.assert_allclose(np.array(again), np.array(found), atol=close)


def test_draws_are_taken_apart_one_by_one():
    random = np.random.default_rng(1)
    values, people, group = random.uniform(0.1, 1, (5, 9)), random.uniform(1, 9, (5, 9)), np.arange(9) % 3
    for measure in MEASURES:
        together = decomposed(values, people, group, measure)
        for draw in range(5):
            alone = decomposed(values[draw], people[draw], group, measure)
            np.testing.assert_allclose([one[draw] for one in together], [one[0] for one in alone], rtol=1e-12)
