"""Weights: non-response, known totals, raking, trimming; worked by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.core.errors import InputError
from citiesforall.estimation.weights import kish_deff, non_response, post_stratify, rake, trim

CLASSES = ["a", "a", "a", "b", "b"]
WEIGHTS = np.array([1.0, 2.0, 3.0, 4.0, 6.0])
many = st.lists(st.floats(0.1, 100), min_size=5, max_size=5).map(np.array)


def test_non_response_worked_by_hand():
    """Class a weighs 6 and 5 of it answered: each x 6 / 5. Class b weighs 10 and 4 of it answered: x 10 / 4."""
    answered = np.array([False, True, True, True, False])
    assert non_response(WEIGHTS, answered, CLASSES) == pytest.approx([0, 2.4, 3.6, 10, 0])


def test_non_response_in_every_draw():
    answered = np.array([True, False, True, True, True])
    both = non_response(np.stack([WEIGHTS, [2, 2, 2, 0, 1]]), answered, CLASSES)
    assert both[0] == pytest.approx([1.5, 0, 4.5, 4, 6])  # x 6 / 4
    assert both[1] == pytest.approx([3, 0, 3, 0, 1])


def test_a_draw_without_respondents_of_a_class_gives_its_weight_to_the_others():
    """Draw 1 holds of class a the one who did not answer, weight 5; of class b weights 1 and 4: both x (5 + 5) / 5."""
    answered = np.array([False, True, True, True, True])
    draw = non_response(np.stack([WEIGHTS, [5, 0, 0, 1, 4]]), answered, CLASSES)[1]
    assert draw == pytest.approx([0, 0, 0, 2, 8])


def test_a_class_that_did_not_answer_is_refused_by_name():
    with pytest.raises(InputError, match="class b: nobody answered"):
        non_response(WEIGHTS, np.array([True, True, True, False, False]), CLASSES)


def test_post_stratification_worked_by_hand():
    """Class a weighs 6 and is 60, x 10; class b weighs 10 and is 40, x 4."""
    assert post_stratify(WEIGHTS, CLASSES, {"a": 60, "b": 40}) == pytest.approx([10, 20, 30, 16, 24])


def test_post_stratification_takes_numbers_as_names():
    assert post_stratify(np.ones(2), [1, 2], {1: 5, "2": 7}) == pytest.approx([5, 7])


def test_a_draw_without_a_class_keeps_the_grand_total():
    """Class a is 60 of 100 and not in the draw: b (1 and 3) takes all 100."""
    draw = post_stratify(np.stack([WEIGHTS, [0, 0, 0, 1, 3]]), CLASSES, {"a": 60, "b": 40})[1]
    assert draw == pytest.approx([0, 0, 0, 25, 75])


def test_all_faults_of_known_totals_are_named_at_once():
    with pytest.raises(InputError) as told:
        post_stratify(WEIGHTS, CLASSES, {"b": 0.0, "c": 3})
    assert [fault.split(":")[0] for fault in told.value.faults] == [
        "class a", "known total of c", "known total of b",
    ]  # fmt: skip


def test_classes_of_other_rows_are_refused():
    with pytest.raises(InputError, match="4 are given for 5 weights"):
        post_stratify(WEIGHTS, CLASSES[:4], {"a": 1, "b": 1})


@settings(max_examples=50, deadline=None)
@given(many, many, st.floats(1, 1000), st.floats(1, 1000), st.permutations(range(5)))
def test_classes_add_up_to_their_totals_in_every_draw_and_order_does_not_matter(one, two, a, b, order):
    weights = np.stack([one, two])
    out = post_stratify(weights, CLASSES, {"a": a, "b": b})
    assert out[:, :3].sum(axis=1) == pytest.approx(np.full(2, a))
    assert out[:, 3:].sum(axis=1) == pytest.approx(np.full(2, b))
    turned = post_stratify(weights[:, order], np.array(CLASSES)[order], {"a": a, "b": b})
    assert turned == pytest.approx(out[:, order])
    assert post_stratify(weights * 7, CLASSES, {"a": a, "b": b}) == pytest.approx(out)


def test_raking_worked_by_hand():
    """Four people of weight 1, rows 60:40 and columns 50:50 of 100: the table is 30, 30, 20, 20."""
    out = rake(np.ones(4), [("aabb", {"a": 60, "b": 40}), ("xyxy", {"x": 50, "y": 50})])
    assert out == pytest.approx([30, 30, 20, 20])


def test_raking_holds_all_margins_of_an_uneven_table():
    weights = np.stack([[5.0, 1, 2, 8], [1.0, 1, 2, 1]])
    out = rake(weights, [("aabb", {"a": 60, "b": 40}), ("xyxy", {"x": 30, "y": 70})])
    for draw in out:
        assert draw[:2].sum() == pytest.approx(60)
        assert draw[[0, 2]].sum() == pytest.approx(30)
    ratio = weights[0, 0] * weights[0, 3] / (weights[0, 1] * weights[0, 2])  # raking keeps the cross ratio
    assert out[0, 0] * out[0, 3] / (out[0, 1] * out[0, 2]) == pytest.approx(ratio)


def test_margins_of_almost_one_total_are_scaled_and_others_refused():
    out = rake(np.ones(4), [("aabb", {"a": 60, "b": 40}), ("xyxy", {"x": 50.2, "y": 50.2})])
    assert out.sum() == pytest.approx(100)
    with pytest.raises(InputError, match="100, 150"):
        rake(np.ones(4), [("aabb", {"a": 60, "b": 40}), ("xyxy", {"x": 75, "y": 75})])


def test_margins_that_cannot_hold_together_are_refused():
    with pytest.raises(InputError, match="still misses by"):
        rake(np.ones(2), [("ab", {"a": 60, "b": 40}), ("xy", {"x": 50, "y": 50})])


def test_trimming_worked_by_hand():
    """Median 1, cap 3 medians = 3: the weight of 15 becomes 3, and its 12 are shared by four of weight 1: 4 each is above 3,
    so all are held at 3; nobody is free any more. With a cap of 5: 15 becomes 5 and the four share 10: 3.5 each."""
    weights = np.array([1.0, 1, 1, 1, 15])
    assert trim(weights, 5) == pytest.approx([3.5, 3.5, 3.5, 3.5, 5])
    assert trim(weights, 5).sum() == pytest.approx(19)
    assert trim(weights, 3) == pytest.approx([3, 3, 3, 3, 3])  # nobody is left to take the rest


def test_trimming_uses_the_factors_of_the_survey_in_every_draw():
    weights = np.array([[1.0, 1, 1, 1, 15], [2.0, 0, 2, 0, 30]])
    assert trim(weights, 5)[1] == pytest.approx([7, 0, 7, 0, 10])
    with pytest.raises(InputError, match="More than 1"):
        trim(weights, 1.0)


def test_kish_worked_by_hand():
    """Weights 1, 1, 2: 3 x 6 / 16; a weight of 0 does not count; equal weights cost nothing."""
    assert kish_deff(np.array([1.0, 1, 2, 0])) == pytest.approx(18 / 16)
    assert kish_deff(np.ones((2, 4))) == pytest.approx([1, 1])
