"""Small areas: by hand, on truth, and as properties."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.core.errors import InputError, NoDataError
from citiesforall.estimation.small_area import benchmark, draws, fay_herriot, interval, smooth_variances

ONES = np.ones((6, 1))
EQUAL = np.full(6, 4.0)
VALUES = np.array([10.0, 14, 6, 18, 2, 10])


def test_equal_variances_worked_by_hand():
    """Mean 10, squares 0 + 16 + 16 + 64 + 64 + 0 = 160 over 5 = 32 = sigma2 + 4: sigma2 28, gamma 28/32 = 7/8.
    value = 10 + 7/8 (y - 10). g1 = 7/8 x 4 = 3.5; g2 = (1/8)^2 x 32/6 = 1/12; g3 = (1/8)^2 x (2 x 32^2 / 6) / 32 = 1/6;
    mse = 3.5 + 1/12 + 2/6."""
    model = fay_herriot(VALUES, EQUAL, ONES, "reml")
    assert model.sigma2 == pytest.approx(28, rel=1e-6)
    assert model.gamma == pytest.approx(np.full(6, 7 / 8), rel=1e-6)
    assert model.value == pytest.approx(10 + 7 / 8 * (VALUES - 10), rel=1e-6)
    assert model.mse == pytest.approx(np.full(6, 3.5 + 1 / 12 + 1 / 3), rel=1e-6)
    assert fay_herriot(VALUES, EQUAL, ONES, "moment").sigma2 == pytest.approx(28)  # 160 / (sigma2 + 4) = 5
    assert fay_herriot(VALUES, EQUAL, ONES, "ml").sigma2 == pytest.approx(160 / 6 - 4, rel=1e-6)


def test_an_area_without_a_sample_takes_the_line():
    """x beta = 10; mse = sigma2 + x V(beta) x' = 28 + 32 / 6."""
    model = fay_herriot(np.append(VALUES, np.nan), np.append(EQUAL, np.nan), np.ones((7, 1)), "reml")
    assert model.value[6] == pytest.approx(10)
    assert model.gamma[6] == 0
    assert model.mse[6] == pytest.approx(28 + 32 / 6, rel=1e-6)


def test_areas_more_alike_than_their_errors_keep_some_say():
    alike = np.array([10.0, 10.1, 9.9, 10, 10, 10])
    for method in ("reml", "ml", "moment"):
        plain = fay_herriot(alike, EQUAL, ONES, method)
        assert plain.sigma2 == 0
        assert plain.value == pytest.approx(np.full(6, 10.0))
        assert (plain.mse > 0).all()
    model = fay_herriot(alike, EQUAL, ONES)
    assert 0 < model.sigma2 < 4
    assert ((model.gamma > 0) & (model.gamma < 0.5)).all()
    assert (model.mse > plain.mse).all()


def test_the_adjustment_hardly_matters_where_areas_differ():
    plain, adjusted = fay_herriot(VALUES, EQUAL, ONES, "reml"), fay_herriot(VALUES, EQUAL, ONES)
    assert adjusted.sigma2 == pytest.approx(plain.sigma2, rel=0.05)
    assert adjusted.sigma2 > plain.sigma2


def test_a_good_sample_keeps_its_value_and_a_bad_one_takes_the_line():
    variance = np.array([1e-6, 4, 4, 4, 4, 1e6])
    model = fay_herriot(np.append(VALUES[:5], 40.0), variance, ONES)
    assert model.value[0] == pytest.approx(VALUES[0], abs=1e-4)
    assert model.value[5] == pytest.approx(model.beta[0], abs=0.01)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(["adjusted", "reml", "ml", "moment"]))
def test_values_lie_between_sample_and_line_and_order_and_units_do_not_matter(seed, method):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(15), rng.normal(size=15)])
    variance = rng.uniform(0.5, 3, 15)
    y = x @ [3.0, 1.0] + rng.normal(0, 1, 15) + rng.normal(0, np.sqrt(variance))
    model = fay_herriot(y, variance, x, method)
    assert (model.value >= np.minimum(y, model.synthetic) - 1e-9).all()
    assert (model.value <= np.maximum(y, model.synthetic) + 1e-9).all()
    assert (model.mse > 0).all()
    order = rng.permutation(15)
    turned = fay_herriot(y[order], variance[order], x[order], method)
    assert turned.value == pytest.approx(model.value[order], rel=1e-4)
    percent = fay_herriot(y * 100, variance * 1e4, x, method)
    assert percent.value == pytest.approx(model.value * 100, rel=1e-3)


def test_the_model_errs_less_than_the_sample_and_knows_by_how_much():
    rng = np.random.default_rng(4)
    x = np.column_stack([np.ones(45), rng.normal(size=45)])
    ours, sample, told, held = 0.0, 0.0, 0.0, 0.0
    for _ in range(150):
        truth = 0.3 + x @ [0.0, 0.05] + rng.normal(0, 0.04, 45)
        y = truth + rng.normal(0, 0.07, 45)
        model = fay_herriot(y, np.full(45, 0.07**2), x)
        ours, sample = ours + ((model.value - truth) ** 2).mean(), sample + ((y - truth) ** 2).mean()
        low, high = interval(model.value, model.mse, model.df, share=False)
        told, held = told + model.mse.mean(), held + ((low <= truth) & (truth <= high)).mean()
    assert ours < 0.4 * sample
    assert told == pytest.approx(ours, rel=0.1)
    assert 0.93 < held / 150 < 0.97


def test_benchmarking_worked_by_hand():
    """Sizes 1 and 3: mean (0.2 + 0.9) / 4 = 0.275; the sample says 0.33: all x 1.2."""
    assert benchmark(np.array([0.2, 0.3]), np.array([1.0, 3]), 0.33) == pytest.approx([0.24, 0.36])
    kept = benchmark(np.array([0.2, np.nan]), np.array([1.0, 3]), 0.1)
    assert kept[0] == pytest.approx(0.1)
    assert np.isnan(kept[1])


def test_smoothed_variances_worked_by_hand():
    """Nobody of 40 said yes, 20 % of all did: q = (0 + 0.2 x 10) / 50 = 0.04; 0.04 x 0.96 / 40."""
    out = smooth_variances(np.array([0.0, np.nan]), np.array([40.0, np.nan]), 0.2)
    assert out[0] == pytest.approx(0.04 * 0.96 / 40)
    assert np.isnan(out[1])


def test_variances_of_chances_are_smaller_than_of_yes_and_no():
    """Chances that scatter by 0.2 about 0.2: 0.04 / (0.2 x 0.8) = a quarter; yes and no scatter by 0.4: the plain rule."""
    plain = smooth_variances(np.array([0.1]), np.array([40.0]), 0.2)
    assert smooth_variances(np.array([0.1]), np.array([40.0]), 0.2, 0.2) == pytest.approx(plain / 4)
    assert smooth_variances(np.array([0.1]), np.array([40.0]), 0.2, 0.4) == pytest.approx(plain)
    assert smooth_variances(np.array([0.1]), np.array([40.0]), 0.0, 0.0) > 0


def test_intervals_near_0_and_1_are_no_wider_than_the_error():
    """0.2 % with a standard error of 3 points and t of 10 degrees of freedom, 2.228: 0 to 0.2 + 6.7 points."""
    low, high = interval(np.array([0.002, 0.998, 0.5]), np.full(3, 0.03**2), 10.0)
    assert high - low == pytest.approx([0.002 + 0.06684, 0.002 + 0.06684, 2 * 0.06684], abs=1e-4)
    assert low[0] == 0
    assert high[1] == 1


def test_draws_scatter_as_the_model_says():
    direct = np.append(VALUES, np.nan)
    model = fay_herriot(direct, np.append(EQUAL, np.nan), np.ones((7, 1)), "reml")
    out = draws(model, 20_001, "seed", share=False)
    assert (out[0] == model.value).all()
    assert out[1:].var(axis=0) == pytest.approx(model.mse, rel=0.05)
    covariance = np.cov(out[1:, [0, 6]].T)[0, 1]  # both hang on the one line: (1 - 7/8) x 1 x 32 / 6
    assert covariance == pytest.approx(32 / 6 / 8, rel=0.4)
    assert (draws(model, 10, "seed", share=False) == out[:10]).all()


def test_draws_and_intervals_of_shares_stay_inside():
    share = np.array([0.02, 0.1, 0.05, 0.3, 0.15, 0.2])
    model = fay_herriot(share, np.full(6, 0.003), ONES)
    out = draws(model, 5001, 1)
    assert ((out > 0) & (out < 1)).all()
    assert out[1:].mean(axis=0) == pytest.approx(model.value, abs=0.01)
    assert out[1:].std(axis=0) == pytest.approx(np.sqrt(model.mse), rel=0.1)
    low, high = interval(model.value, model.mse, model.df)
    assert ((low >= 0) & (low < model.value) & (model.value < high) & (high < 1)).all()


def test_what_no_model_can_use_is_refused():
    with pytest.raises(NoDataError, match="6 have a sample; 7 are needed for 4"):
        fay_herriot(VALUES, EQUAL, np.random.default_rng(1).random((6, 4)))
    with pytest.raises(NoDataError, match="say the same"):
        fay_herriot(VALUES, EQUAL, np.ones((6, 2)))
    with pytest.raises(InputError, match="not above 0"):
        fay_herriot(VALUES, np.zeros(6), ONES)
    with pytest.raises(InputError, match="missing for some"):
        fay_herriot(VALUES, EQUAL, np.full((6, 1), np.nan))
