"""Riel and dollars, annuities, present values and drawn costs, by hand and against a library."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from citiesforall.core.money import (
    annualised_usd,
    annuity_factor,
    cost_draws,
    local_to_usd,
    middle,
    present_value,
    shown,
    usd_to_local,
)

RATES = st.floats(0.01, 50_000)


def test_a_riel_is_a_riel():
    assert usd_to_local(1.0, 4100) == 4100
    assert local_to_usd(4100, 4100) == 1.0
    # 821 million dollars at 4,100: 821,000,000 x 4,100 = 3,366,100,000,000 riel.
    assert usd_to_local(821e6, 4100) == 3_366_100_000_000


@given(st.integers(0, 10**15), RATES)
def test_there_and_back_is_exact_to_the_riel(riel, per_usd):
    assert usd_to_local(local_to_usd(riel, per_usd), per_usd) == riel


@given(
    st.lists(st.integers(0, 10**12), min_size=1, max_size=20), st.sampled_from([4000.0, 4062.5, 4100.0, 5.43])
)
def test_whole_tables_go_there_and_back(riel, per_usd):
    there = local_to_usd(np.array(riel), per_usd)
    assert (usd_to_local(there, per_usd) == np.array(riel)).all()


def test_missing_money_stays_missing():
    assert np.isnan(usd_to_local(np.nan, 4100))
    assert np.isnan(shown([1.0, np.nan], 10)[1])


def test_what_a_purchase_costs_a_year():
    # 1.05^-20 = 0.376889; 0.05 / (1 - 0.376889) = 0.0802426; times 100,000 = 8,024.26.
    assert annualised_usd(100_000, 0.05, 20) == pytest.approx(8024.26, abs=0.005)
    assert annualised_usd(100_000, 0.05, 20, om=2000) == pytest.approx(10_024.26, abs=0.005)
    assert annualised_usd(100_000, 0.0, 20) == 5000
    # One year at 5 %: the purchase and its interest.
    assert annualised_usd(100, 0.05, 1) == pytest.approx(105)


@pytest.mark.parametrize(("rate", "years"), [(0.05, 0), (0.05, -3), (-1.0, 5)])
def test_an_annuity_needs_years_and_a_rate(rate, years):
    with pytest.raises(ValueError, match="an annuity needs"):
        annuity_factor(rate, years)


@given(st.floats(1e-9, 0.3), st.integers(1, 60))
def test_the_annuity_pays_back_what_was_borrowed(rate, years):
    paid = np.full(years + 1, annuity_factor(rate, years))
    paid[0] = 0.0  # the first payment is due after a year
    assert present_value(paid, rate) == pytest.approx(1.0, rel=1e-9)


@given(st.floats(0, 1e-12), st.integers(1, 60))
def test_next_to_no_rate_is_no_rate(rate, years):
    assert annuity_factor(rate, years) == pytest.approx(1 / years, rel=1e-9)


def test_money_of_later_years_is_worth_less():
    # 100 + 105 / 1.05 = 200.
    assert present_value([100, 105], 0.05) == pytest.approx(200)
    assert present_value([[100, 105], [1, 0]], 0.05) == pytest.approx([200, 1])


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_drawn_costs_are_those_of_the_triangular_distribution(low, width, chance):
    # scipy has no triangle of no width.
    drawn = cost_draws(low, low + width, np.array(chance))
    assert (drawn >= low - 1e-9).all()
    assert (drawn <= low + width + 1e-6).all()
    if width > 1e-3:
        assert drawn == pytest.approx(stats.triang.ppf(chance, 0.5, loc=low, scale=width), rel=1e-9, abs=1e-6)


def test_the_middle_is_drawn_halfway():
    assert cost_draws(100, 300, 0.5) == 200 == middle((100, 300))
    # An eighth of the chance: 100 + 200 sqrt(0.125 / 2) = 100 + 200 x 0.25 = 150.
    assert cost_draws(100, 300, 0.125) == pytest.approx(150)
    assert cost_draws([1, 2], [3, 4], [[0.0], [1.0]]).tolist() == [[1, 2], [3, 4]]


def test_what_is_shown_is_rounded():
    assert shown(738_400_000, 1_000_000) == 738_000_000
    assert shown([1_499.0, 1_501.0], 1_000).tolist() == [1_000, 2_000]
