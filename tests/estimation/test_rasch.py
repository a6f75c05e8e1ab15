"""The Rasch scale of food insecurity: by hand, against a likelihood written anew, against a conditional logit, and on truth."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import norm

from citiesforall.core.errors import InputError, NoDataError
from citiesforall.estimation import rasch
from citiesforall.estimation.fies import (
    GLOBAL_STANDARD,
    MODERATE,
    SEVERE,
    Equated,
    chances,
    equate,
    food_insecurity,
)

THREE = np.array(
    [[1, 0, 0]] * 4 + [[0, 1, 0]] * 2 + [[0, 0, 1]] + [[1, 1, 0]] * 8 + [[1, 0, 1]] * 4 + [[0, 1, 1]] * 2
).astype(float)


def answered(households, seed=1, item=GLOBAL_STANDARD, mean=-1.0, spread=1.8):
    rng = np.random.default_rng(seed)
    true = rng.normal(mean, spread, households)
    return (rng.random((households, item.size)) < expit(true[:, None] - item)).astype(float), true


def test_three_items_worked_by_hand():
    """Scores of one: 4, 2, 1 yes; scores of two: 8, 4, 2 without items 3, 2, 1. With easiness e = (4, 2, 1) the chances given a
    score of one are 4/7, 2/7, 1/7 and of two 8/14, 4/14, 2/14: just what was seen. So b = -log(e), centred on -log 2."""
    fitted = rasch.fit(THREE, fewest=1)
    assert fitted.item == pytest.approx([-np.log(2), 0, np.log(2)], abs=1e-9)
    assert fitted.cases == 21
    assert fitted.infit.mean() == pytest.approx(1, abs=0.05)


def test_symmetric_functions_worked_by_hand():
    """Of 1, 2, 3: 1; 1 + 2 + 3 = 6; 2 + 3 + 6 = 11; 6."""
    assert rasch.symmetric(np.array([1.0, 2, 3])).tolist() == [1, 6, 11, 6]
    easy = np.random.default_rng(1).uniform(0.1, 3, 8)
    by_sets = [sum(np.prod(easy[list(one)]) for one in combinations(range(8), r)) for r in range(9)]
    assert rasch.symmetric(easy) == pytest.approx(by_sets)


def test_severities_of_scores_worked_by_hand():
    """Two of four alike items of severity 0: a = 0, error 1 / sqrt(4 / 4) = 1; one: a = -log 3, p = 1/4, 1 / sqrt(3/4);
    none: half a score, a = log(1/8 / 7/8) = -log 7."""
    score, error = rasch.score_severity(np.zeros(4))
    assert score == pytest.approx([-np.log(7), -np.log(3), 0, np.log(3), np.log(7)])
    assert error[[1, 2]] == pytest.approx([np.sqrt(4 / 3), 1])


def test_agrees_with_a_likelihood_written_anew():
    """Over all patterns of a score, without symmetric functions, and with weights."""
    x, _ = answered(400, item=GLOBAL_STANDARD[:5])
    weight = np.random.default_rng(2).uniform(0.5, 3, 400)
    patterns = np.array([[int(bit) for bit in f"{one:05b}"] for one in range(32)])
    score = x.sum(axis=1).astype(int)

    def minus_log_likelihood(free):
        b = np.append(free, -free.sum())
        of_pattern = np.exp(-patterns @ b)
        total = np.array([of_pattern[patterns.sum(axis=1) == r].sum() for r in range(6)])
        return -(weight * (-x @ b - np.log(total[score]))).sum()

    other = minimize(minus_log_likelihood, np.zeros(4), method="BFGS", options={"gtol": 1e-7})
    assert rasch.fit(x, weight).item[:4] == pytest.approx(other.x, abs=1e-5)


def test_agrees_with_a_conditional_logit():
    """The Rasch model is a logit of answers on items, conditional on the household."""
    discrete = pytest.importorskip("statsmodels.discrete.conditional_models")
    x, _ = answered(250, item=GLOBAL_STANDARD[:4])
    inner = x[(x.sum(axis=1) > 0) & (x.sum(axis=1) < 4)]
    households, items = inner.shape
    dummies = np.tile(-np.eye(items)[:, 1:], (households, 1))  # severity against the first item's
    fitted = discrete.ConditionalLogit(
        inner.ravel(), dummies, groups=np.repeat(np.arange(households), items)
    ).fit(disp=False)
    ours = rasch.fit(x, fewest=1)
    assert ours.item[1:] - ours.item[0] == pytest.approx(fitted.params, abs=1e-3)


def test_finds_the_truth_within_its_error():
    x, _ = answered(6000)
    fitted = rasch.fit(x)
    distance = (fitted.item - (GLOBAL_STANDARD - GLOBAL_STANDARD.mean())) / fitted.item_se
    assert np.abs(distance).max() < 3.5
    assert ((fitted.infit > 0.9) & (fitted.infit < 1.1)).all()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000))
def test_order_scale_of_weights_and_extreme_scores_do_not_matter(seed):
    x, _ = answered(300, seed)
    weight = np.random.default_rng(seed).uniform(1, 2, 300)
    plain, order = rasch.fit(x, weight, 10), np.random.default_rng(seed).permutation(300)
    more = np.vstack([x, np.zeros((50, 8)), np.ones((5, 8)), np.full((3, 8), np.nan)])
    for other in (
        rasch.fit(x[order], weight[order], 10),
        rasch.fit(x, weight * 100, 10),
        rasch.fit(more, np.append(weight, np.ones(58)), 10),
    ):
        assert other.item == pytest.approx(plain.item, abs=1e-7)
        assert other.item_se == pytest.approx(plain.item_se, abs=1e-6)
    assert plain.item.mean() == pytest.approx(0, abs=1e-9)
    assert (np.diff(plain.score) > 0).all()


def test_equating_undoes_a_line_and_leaves_out_an_item_of_its_own():
    local = (GLOBAL_STANDARD - 0.4) / 1.3
    line = equate(local)
    assert (line.scale, line.shift) == pytest.approx((1.3, 0.4))
    assert line.common.all()
    local[3] += 1.0  # skipped meals mean something else here
    line = equate(local)
    assert (line.scale, line.shift) == pytest.approx((1.3, 0.4))
    assert line.common.tolist() == [True] * 3 + [False] + [True] * 4
    assert line.distance[3] == pytest.approx(1.3)


def test_a_scale_that_is_another_is_refused():
    with pytest.raises(NoDataError, match="more than 3 items"):
        equate(GLOBAL_STANDARD[::-1].copy())


def test_chances_worked_by_hand():
    """On the standard's own items the threshold of moderate is ATELESS: 1 - Phi((b - a) / error); 0 for no yes."""
    model = rasch.given(GLOBAL_STANDARD)
    found = chances(model, Equated(1.0, 0.0, np.ones(8, bool), np.zeros(8)))
    assert found[0].tolist() == [0, 0]
    for column, item in enumerate((MODERATE, SEVERE)):
        by_hand = 1 - norm.cdf(GLOBAL_STANDARD[item], model.score[5], model.score_se[5])
        assert found[5, column] == pytest.approx(by_hand)
    assert (np.diff(found[:8], axis=0) > 0).all()
    assert (found[:, 0] >= found[:, 1]).all()
    assert found[3, 0] < 0.5 < found[4, 0]  # about four yes begin moderate food insecurity
    assert found[6, 1] < 0.5 < found[7, 1]  # about seven yes begin severe


def test_households_get_the_chances_of_their_score():
    x, true = answered(4000)
    x[0, 0] = np.nan
    found = food_insecurity(x, np.ones(4000))
    assert np.isnan([found.raw[0], found.moderate_severe[0], found.severe[0]]).all()
    assert found.severe[1] == found.by_score[int(found.raw[1]), 1]
    assert found.doubts == ()
    truth = [(true > GLOBAL_STANDARD[one]).mean() for one in (MODERATE, SEVERE)]
    # FAO's rule spreads households by the error of their score and so finds somewhat more of what is rare
    assert np.nanmean(found.moderate_severe) == pytest.approx(truth[0], abs=0.05)
    assert np.nanmean(found.severe) == pytest.approx(truth[1], abs=0.04)


def test_too_few_cases_take_the_global_places_and_say_so():
    x, _ = answered(80)
    found = food_insecurity(x)
    assert "the global places of the items were taken" in found.doubts[0]
    assert (found.model.item == GLOBAL_STANDARD).all()
    with pytest.raises(NoDataError, match="100 are needed"):
        rasch.fit(x)


def test_doubts_name_items_that_lie_elsewhere_or_fit_badly():
    moved = GLOBAL_STANDARD.copy()
    moved[3] += 1.5
    x, _ = answered(3000, item=moved)
    assert "SKIPPED lie elsewhere" in food_insecurity(x).doubts[0]
    x, _ = answered(3000)
    x[:, 6] = np.random.default_rng(5).random(3000) < 0.25  # answered at random
    assert any("HUNGRY fit the others badly" in doubt for doubt in food_insecurity(x).doubts)


def test_impossible_answers_are_refused():
    with pytest.raises(InputError, match="row 2, item 1 holds 2"):
        rasch.fit(np.array([[1, 0, 0], [2, 0, 1.0]]))
    with pytest.raises(InputError, match="2 items are given"):
        rasch.fit(np.ones((3, 2)))
    with pytest.raises(NoDataError, match="all or none said yes"):
        rasch.fit(np.tile([1.0, 0, 1], (200, 1)))
