"""Scales by their published rules, each worked by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiesforall.core.errors import InputError
from citiesforall.estimation.scales import (
    FCS_BORDERLINE,
    HWISE_INSECURE,
    at_least,
    at_most,
    fies_raw,
    food_consumption_score,
    hwise4,
    rcsi,
    washington_group,
)

NAN = np.nan


def test_fies_counts_the_yes():
    assert fies_raw([[1, 1, 0, 0, 1, 0, 0, 0], [0] * 8, [1] * 8]).tolist() == [3, 0, 8]


def test_rcsi_worked_by_hand():
    """2 x 1 + 1 x 2 + 3 x 1 + 1 x 3 + 4 x 1 = 14; most: 7 x 8 = 56."""
    assert rcsi([[2, 1, 3, 1, 4], [7] * 5, [0] * 5]).tolist() == [14, 56, 0]


def test_hwise_worked_by_hand():
    score = hwise4([[1, 1, 1, 1], [3, 0, 0, 0], [3, 3, 3, 3]])
    assert score.tolist() == [4, 3, 12]
    assert at_least(score, HWISE_INSECURE).tolist() == [1, 0, 1]


def test_food_consumption_worked_by_hand():
    """Rice daily 14, pulses once 3, vegetables 4 times 4, fruit once 1, fish twice 8, no milk, sugar daily 3.5, oil 3 times 1.5:
    35 and so borderline; everything daily is 112."""
    score = food_consumption_score([[7, 1, 4, 1, 2, 0, 7, 3], [7] * 8])
    assert score.tolist() == [35, 112]
    assert at_most(score, FCS_BORDERLINE).tolist() == [1, 0]


def test_washington_group_by_its_rule():
    """One a lot of difficulty is enough; some difficulty is not; a lacking answer leaves it open unless another decides."""
    codes = [[1, 2, 2, 1, 1, 2], [1, 1, 3, 1, 1, 1], [4, NAN, 1, 1, 1, 1], [1, NAN, 2, 1, 1, 1]]
    assert washington_group(codes)[:3].tolist() == [0, 1, 1]
    assert np.isnan(washington_group(codes)[3])


@pytest.mark.parametrize(
    ("scale", "items"), [(fies_raw, 8), (rcsi, 5), (hwise4, 4), (food_consumption_score, 8)]
)
def test_a_lacking_answer_leaves_the_scale_unknown(scale, items):
    answers = np.zeros((2, items))
    answers[0, items // 2] = NAN
    assert np.isnan(scale(answers)[0])
    assert scale(answers)[1] == 0
    assert np.isnan(at_least(scale(answers), 1)[0])
    assert np.isnan(at_most(scale(answers), 1)[0])
    assert scale(np.zeros((0, items))).shape == (0,)


@pytest.mark.parametrize(
    ("scale", "items", "wrong"),
    [
        (fies_raw, 8, 2),
        (rcsi, 5, 8),
        (hwise4, 4, -1),
        (food_consumption_score, 8, 1.5),
        (washington_group, 6, 5),
    ],
)
def test_other_codes_and_other_numbers_of_questions_are_refused(scale, items, wrong):
    answers = np.ones((3, items))
    answers[1, 2] = wrong
    with pytest.raises(InputError, match=rf"row 2, question 3 holds {wrong} \(1 such answers\)"):
        scale(answers)
    with pytest.raises(InputError, match=f"{items + 1} questions are given"):
        scale(np.ones((3, items + 1)))


@given(st.lists(st.integers(0, 6), min_size=8, max_size=8), st.integers(0, 7))
def test_more_days_never_lower_a_score(days, which):
    more = list(days)
    more[which] += 1
    assert food_consumption_score([more])[0] > food_consumption_score([days])[0]
    if which < 5:
        assert rcsi([more[:5]])[0] > rcsi([days[:5]])[0]
