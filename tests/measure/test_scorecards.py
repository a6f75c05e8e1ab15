"""Scorecards against the metadata's worked figures, and the methods over filled ones."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from citiesforall.core.errors import NoDataError
from citiesforall.core.scorecard import scorecard
from citiesforall.measure.municipal import controlled_waste_share, waste_generated_t
from citiesforall.measure.score_layer import load_scores
from citiesforall.measure.scorecards import (
    evaluator_draws,
    maturity,
    participation_score,
    score_counts,
    score_mean,
    t_interval,
    urban_policy_score,
)

CODES = ["KH99", "KH9901", "KH9902"]
S = 400


def layers(answers, draws=S):
    """Return layers that hold filled scorecards only: scorecard -> rows of evaluators."""
    rows = [
        {"place": "KH99", "scorecard": key, "question": question, "evaluator": str(number), "group": "", "answer": float(value),
         "evidence": "", "period": "2025", "source": "ours"}
        for key, given in answers.items()
        for number, each in enumerate(given, start=1)
        for question, value in zip(scorecard(key).questions, each, strict=True)
    ]  # fmt: skip
    return SimpleNamespace(
        scorecards=load_scores(pd.DataFrame(rows), CODES, 1, draws), belongs=np.ones((len(CODES), 2), bool)
    )


MEANS = [(2, 2, 2, 3), (3, 2, 2, 3), (3, 3, 3, 3), (2, 3, 3, 3), (2, 2, 2, 2)]
"""Five evaluators whose means are 2.25, 2.5, 3.0, 2.75, 2.0."""


# --- the metadata's worked figures -------------------------------------------------------------------------------------------


def test_sdg_11_a_1_worked_example_is_45_and_does_not_count():
    # (40 + 20 + 75) / 3 = 45.0, below 51.
    assert urban_policy_score(np.array([40.0]), np.array([20.0]), np.array([75.0])) == (45.0, False)
    given = layers({"urban_policy": [(40, 20, 75)]})
    assert score_mean(given, scorecard="urban_policy").value()[0] == 45.0
    assert score_counts(given, scorecard="urban_policy").value()[0] == 0


def test_sdg_11_a_1_counts_from_51():
    assert urban_policy_score(np.array([51.0, 51.0]), np.array([51.0]), np.array([51.0])) == (51.0, True)
    assert score_counts(layers({"urban_policy": [(51, 51, 51)]}), scorecard="urban_policy").value()[0] == 1
    assert score_counts(layers({"urban_policy": [(51, 51, 50)]}), scorecard="urban_policy").value()[0] == 0


def test_sdg_11_3_2_at_the_middle_does_not_count():
    # (2.25 + 2.5 + 3.0 + 2.75 + 2.0) / 5 = 2.50: not above the middle.
    means = np.array([[2.25], [2.5], [3.0], [2.75], [2.0]])
    assert participation_score(means) == (2.5, False)
    assert participation_score(means + 0.01)[1]
    given = layers({"participation": MEANS})
    assert score_mean(given, scorecard="participation").value()[0] == 2.5
    assert score_counts(given, scorecard="participation").value()[0] == 0
    better = layers({"participation": [*MEANS[:4], (3, 2, 2, 2)]})  # the last has 2.25: mean 2.55
    assert score_mean(better, scorecard="participation").value()[0] == pytest.approx(2.55)
    assert score_counts(better, scorecard="participation").value()[0] == 1


def test_an_unanswered_question_is_left_out():
    assert participation_score(np.array([[4.0, np.nan], [2.0, 2.0]]))[0] == 3.0


def test_sdg_11_b_1_is_the_mean_of_the_ten_elements():
    # 4 x 1 + 2 x 0.75 + 2 x 0.5 + 0.25 + 0 = 6.75; / 10 = 0.675.
    given = layers({"disaster_strategy": [(1, 1, 1, 1, 0.75, 0.75, 0.5, 0.5, 0.25, 0)]})
    assert score_mean(given, scorecard="disaster_strategy").value()[0] == pytest.approx(0.675)


@pytest.mark.parametrize(("said", "counts"), [((1, 1, 1), 1), ((1, 1, 0), 0), ((0, 0, 0), 0)])
def test_sdg_11_b_2_needs_all_three(said, counts):
    given = layers({"local_disaster_strategy": [said]})
    assert score_counts(given, scorecard="local_disaster_strategy").value()[0] == counts


def test_an_open_budget_is_a_sum_from_0_to_4():
    assert (
        score_mean(layers({"budget_openness": [(1, 1, 0, 1)]}), scorecard="budget_openness").value()[0] == 3
    )
    # 3 and 2 of two evaluators: 2.5
    assert (
        score_mean(
            layers({"budget_openness": [(1, 1, 0, 1), (1, 0, 0, 1)]}), scorecard="budget_openness"
        ).value()[0]
        == 2.5
    )


def test_sdg_11_6_1_worked_example():
    # 150,000 x 0.60 kg = 90 t of households + 30 t of others = 120 t; (48 + 6) / 120 = 45 %.
    generated, assumed = waste_generated_t(0.60, 150_000, 30)
    assert (generated, assumed) == (120, False)
    assert round(100 * controlled_waste_share(generated, 48, 6), 6) == 45.0
    assert np.isnan(controlled_waste_share(0, 0, 0))
    assert waste_generated_t(0.60, 150_000) == (pytest.approx(90 / 0.7), True)


# --- levels of maturity ------------------------------------------------------------------------------------------------------


def test_a_city_is_as_mature_as_its_weakest_pillar():
    # community 3, digital equity (1 + 2 + 3) / 3 = 2, infrastructure 4, security 5, capacity 1.
    given = layers({"people_centred_smart_city": [(3, 3, 3, 1, 2, 3, 4, 4, 4, 5, 5, 5, 1, 1, 1)]})
    assert maturity(given).value()[0] == 1
    assert maturity(given, take="mean").value()[0] == (3 + 2 + 4 + 5 + 1) / 5
    assert maturity(given, pillar="digital_equity").value()[0] == 2


def test_the_mean_of_pillars_is_never_below_the_least():
    rng = np.random.default_rng(5)
    given = layers({"people_centred_smart_city": rng.integers(1, 6, (3, 15)).tolist()})
    assert (maturity(given).num[:, 0] <= maturity(given, take="mean").num[:, 0] + 1e-12).all()


# --- intervals over evaluators -----------------------------------------------------------------------------------------------


def test_the_interval_is_the_t_interval_over_evaluators():
    each = np.array([2.25, 2.5, 3.0, 2.75, 2.0])
    low, high = score_mean(layers({"participation": MEANS}), scorecard="participation").interval()
    known = stats.t.interval(0.95, 4, loc=each.mean(), scale=stats.sem(each))
    assert (low[0], high[0]) == pytest.approx(known)
    assert np.isnan(low[1:]).all()


def test_the_draws_have_the_t_distribution_of_the_mean():
    each = np.array(MEANS, dtype=float)
    drawn = evaluator_draws(each, "any", 20_001)
    assert (drawn[0] == each.mean(axis=0)).all()
    known = stats.t(4, loc=2.5, scale=stats.sem(each.mean(axis=1)))
    assert stats.kstest(drawn[1:].mean(axis=1), known.cdf).pvalue > 0.01
    assert np.percentile(drawn[1:].mean(axis=1), [2.5, 97.5]) == pytest.approx(
        known.ppf([0.025, 0.975]), abs=0.06
    )


def test_whether_a_city_counts_is_unsure_when_evaluators_differ():
    found = score_counts(layers({"participation": MEANS}), scorecard="participation")
    assert 0.3 < found.num[1:, 0].mean() < 0.7  # its score lies at the very limit
    assert [end[0] for end in found.interval()] == [0, 1]


def test_one_evaluator_and_evaluators_who_agree_make_no_interval():
    for rows in ([(3, 3, 2, 3)], [(3, 3, 3, 3)] * 5):
        low, high = score_mean(layers({"participation": rows}), scorecard="participation").interval()
        assert np.isnan([low[0], high[0]]).all()
    assert np.isnan(t_interval(np.array([3.0]), (1, 4))).all()


def test_intervals_stay_inside_the_scale():
    low, high = score_mean(
        layers({"participation": [(4, 4, 4, 4), (4, 4, 4, 4), (3, 4, 4, 4)]}), scorecard="participation"
    ).interval()
    assert low[0] >= 1
    assert high[0] == 4


def test_the_same_answers_err_the_same_way_again():
    one, two = (score_mean(layers({"participation": MEANS}), scorecard="participation").num for _ in range(2))
    assert (one == two).all()
    more = score_mean(layers({"participation": MEANS}, draws=2 * S), scorecard="participation").num
    assert (more[:S] == one).all()


# --- places ------------------------------------------------------------------------------------------------------------------


def test_a_score_is_about_the_city_alone():
    found = score_mean(layers({"participation": MEANS}), scorecard="participation")
    assert np.isnan(found.value()[1:]).all()
    assert found.n.tolist() == [5, 0, 0]
    assert found.den[0].tolist() == [1, 0, 0]


def test_what_is_not_filled_is_missing():
    with pytest.raises(NoDataError, match="not filled in"):
        score_mean(layers({"participation": MEANS}), scorecard="urban_policy")
    with pytest.raises(NoDataError, match="no filled scorecards"):
        maturity(SimpleNamespace(scorecards=None))


def test_answers_about_another_place_are_not_taken():
    table = pd.DataFrame([{"place": "KH01", "scorecard": "participation"}])
    assert load_scores(table, CODES, 1, S) is None
