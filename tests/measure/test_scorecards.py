"""Scorecards against the metadata's worked figures."""

import numpy as np

from citiesforall.measure.municipal import controlled_waste_share
from citiesforall.measure.scorecards import participation_score, urban_policy_score


def test_sdg_11_a_1_worked_example_is_45_and_does_not_count():
    # (40 + 20 + 75) / 3 = 45.0, below 51.
    assert urban_policy_score(np.array([40.0]), np.array([20.0]), np.array([75.0])) == (45.0, False)


def test_sdg_11_a_1_counts_from_51():
    assert urban_policy_score(np.array([51.0, 51.0]), np.array([51.0]), np.array([51.0])) == (51.0, True)


def test_sdg_11_3_2_at_the_middle_does_not_count():
    # (2.25 + 2.5 + 3.0 + 2.75 + 2.0) / 5 = 2.50: not above the middle.
    means = np.array([[2.25], [2.5], [3.0], [2.75], [2.0]])
    assert participation_score(means) == (2.5, False)
    assert participation_score(means + 0.01)[1]


def test_an_unanswered_question_is_left_out():
    assert participation_score(np.array([[4.0, np.nan], [2.0, 2.0]]))[0] == 3.0


def test_sdg_11_6_1_worked_example():
    # 90 t of households + 30 t of others = 120 t; (48 + 6) / 120 = 45 %.
    assert round(100 * controlled_waste_share(120, 48, 6), 6) == 45.0
    assert np.isnan(controlled_waste_share(0, 0, 0))
