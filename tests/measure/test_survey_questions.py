"""Every answer names the questions it comes from."""

from citiesforall.core.indicator import indicators
from citiesforall.core.questions import bank
from citiesforall.measure.survey_questions import asking, in_confidence, questions_of
from citiesforall.survey.answers import ANSWERS


def test_every_answer_has_questions_of_the_bank():
    assert set(questions_of()) == {name for names in ANSWERS.values() for name in names}
    for answer, names in questions_of().items():
        assert names, answer
        assert set(names) <= set(bank().questions), answer


def test_every_indicator_of_the_survey_asks_for_an_answer_the_survey_can_give():
    asked = {one.options["answer"] for one in indicators().values() if "answer" in one.options}
    assert asked <= set(questions_of())


def test_what_is_asked_in_confidence():
    assert in_confidence("harassed_sexual_12m")
    assert in_confidence("paid_bribe_12m")
    assert not in_confidence("improved_water")
    assert not in_confidence("housing_cost_burden"), "a share of income tells less than income"
    assert not in_confidence("unheard_of")


def test_threats_that_touch_violence_rights_and_quarrels_are_told_in_confidence():
    for about in (
        "affected personal",
        "risk political",
        "severity home_violence",
        "affected fear_to_speak",
        "likelihood eviction",
    ):
        assert in_confidence(about), about
    for about in ("affected environmental", "risk flood", "affected food_prices"):
        assert not in_confidence(about), about


def test_the_question_is_said_in_full():
    said = asking("improved_water")
    assert "water_source" in said
    assert bank().questions["water_source"].text in said
    assert asking("unheard_of") == ""
