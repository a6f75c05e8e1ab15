"""Small areas: when a model is made, what it says of itself, and that it stays honest."""

import numpy as np
import pytest

from citiesforall.core.group import groups
from citiesforall.measure import survey as methods
from citiesforall.measure import survey_amounts
from citiesforall.measure.survey_layer import bind_survey
from citiesforall.measure.survey_small import Areas, Modelled, choose, corrected_aic, model_areas, usable

from .invented_survey import layers, survey_of

WEAK = [60, 60, 60, 60, 60, 60, 60, 60, 12, 9]


def everybody(survey, group="all"):
    return layers(bind_survey(survey, groups()[group], groups()), survey.frame.parent.size)


@pytest.fixture(scope="module")
def asked():
    return survey_of(WEAK, seed=3, S=40, shift=0.3)[0]


def test_units_of_few_answers_are_modelled_and_say_so(asked):
    got = methods.survey_share(everybody(asked), answer="roof", of="households")
    assert got.status[[9, 10]].tolist() == ["modelled", "modelled"]
    assert got.status[0] == ""
    assert "Fay-Herriot model of 10 units" in got.note
    assert np.isfinite(got.value()).all()
    low, high = got.interval()
    assert ((low < got.value()) & (got.value() < high))[9:].all()
    assert (low >= 0).all()
    assert (high <= 1).all()


def test_what_was_measured_well_stays_as_it_was(asked):
    got = methods.survey_share(everybody(asked), answer="roof", of="households")
    raw = methods.survey_share(everybody(asked, "not_idpoor"), answer="roof", of="households")
    kept = got.status == ""
    home = asked.tables["households"].answers["roof"]
    city = (asked.weights[:, 0] * home).sum() / asked.weights[:, 0].sum()
    assert kept[0]
    assert got.value()[0] == pytest.approx(city)
    assert "modelled" not in raw.status, "models are made of everybody only"


def test_a_model_leans_towards_the_others(asked):
    """The unit with nine answers lies nearer to the city's value than its own answers do."""
    got = methods.survey_share(everybody(asked), answer="roof", of="households")
    unit = np.repeat(np.arange(asked.frame.starts.size - 1), np.diff(asked.frame.starts))
    mine = unit == unit.max()
    own = np.average(asked.tables["households"].answers["roof"][mine], weights=asked.weights[mine, 0])
    value = got.value()
    assert min(own, value[0]) - 0.02 < value[10] < max(own, value[0]) + 0.02
    assert abs(value[10] - value[0]) < abs(own - value[0])


@pytest.mark.parametrize("answer", ["roof", "income"])
def test_draws_and_published_values_agree(asked, answer):
    one = methods.survey_share if answer == "roof" else methods.survey_mean
    got = one(everybody(asked), answer=answer, of="households")
    spread = (got.num[1:, 9] / got.den[1:, 9]).std()
    low, high = got.interval()
    assert got.num.shape == (40, 11)
    if got.status[9] == "modelled":
        assert spread == pytest.approx((high - low)[9] / 3.92, rel=0.5)


def test_with_fewer_than_eight_units_they_are_withheld():
    survey = survey_of([60, 60, 60, 60, 60, 20, 9], seed=3)[0]
    got = methods.survey_share(everybody(survey), answer="roof", of="households")
    assert "modelled" not in got.status
    assert got.status[[6, 7]].tolist() == ["suppressed", "suppressed"] or "suppressed" in got.status[7]
    assert got.note == ""


def test_the_model_does_not_depend_on_the_order_of_households(asked):
    again = survey_of(WEAK, seed=3, S=40, shift=0.3)[0]
    one, other = (methods.survey_share(everybody(s), answer="roof", of="people") for s in (asked, again))
    np.testing.assert_array_equal(one.num, other.num)


def made(rng, A=30, strong=0.6):
    x = rng.normal(0, 1, A)
    truth = np.clip(0.4 + strong * 0.15 * x + rng.normal(0, 0.05, A), 0.02, 0.98)
    n = rng.integers(15, 60, A).astype(float)
    return x, truth, n, rng.binomial(n.astype(int), truth) / n


ALL = np.ones(30, bool)


def areas_of(value, n, whole=0.4):
    return Areas(value, n, whole, np.sqrt(whole * (1 - whole)), True)


def test_a_column_that_helps_is_chosen_and_named():
    rng = np.random.default_rng(5)
    x, _, n, value = made(rng)
    known = {
        "poor": x,
        "noise": rng.normal(0, 1, 30),
        "half known": np.where(x > 0, x, np.nan),
        "flat": np.ones(30),
    }
    assert set(usable(known)) == {"poor", "noise"}
    assert choose(value, value * (1 - value) / n + 1e-4, usable(known))[:1] == ["poor"]
    model = model_areas(areas_of(value, n), n, known, ALL, 9, "seed")
    assert "with poor" in model.note
    assert choose(value, value * (1 - value) / n + 1e-4, {}) == []


def test_a_column_that_does_not_help_is_mostly_left():
    chosen = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        _, _, n, value = made(rng, strong=0.0)
        chosen += bool(choose(value, value * (1 - value) / n + 1e-4, {"noise": rng.normal(0, 1, 30)}))
    assert chosen <= 12


def test_all_units_together_give_the_citys_value():
    _, _, n, value = made(np.random.default_rng(6))
    model = model_areas(areas_of(value, n), n, {}, ALL, 50, "seed")
    assert model.value[0] @ n / n.sum() == pytest.approx(0.4)
    some = model_areas(areas_of(value, n), n, {}, n < 30, 50, "seed")
    np.testing.assert_array_equal(some.value[0], model.value[0, n < 30])


def test_modelled_values_are_nearer_to_the_truth_and_their_intervals_hold_it():
    inside, better = [], []
    for seed in range(60):
        rng = np.random.default_rng([7, seed])
        x, truth, n, value = made(rng)
        model = model_areas(areas_of(value, n, (truth * n).sum() / n.sum()), n, {"x": x}, ALL, 3, "s")
        inside.append((model.low <= truth) & (truth <= model.high))
        better.append(((model.value[0] - truth) ** 2).mean() < ((value - truth) ** 2).mean())
    assert np.mean(better) > 0.9
    assert np.mean(inside) > 0.92


def test_the_criterion_is_that_of_the_normal_model():
    """One area effect of variance 0 fits best where values hardly differ: then it is the AIC of weighted least squares."""
    y, d = np.array([0.4, 0.41, 0.39, 0.4, 0.42, 0.38, 0.4, 0.4]), np.full(8, 0.01)
    rest = y - y.mean()
    likelihood = -0.5 * (np.log(d) + rest**2 / d).sum()
    k = 2
    assert corrected_aic(y, d, np.ones((8, 1))) == pytest.approx(
        -2 * likelihood + 2 * k + 2 * k * (k + 1) / (8 - k - 1)
    )


def test_of_a_modelled_unit_that_was_withheld_no_number_of_answers_is_told(asked):
    """Two indicators asked of the same people would tell a count of a few by their numbers of answers."""
    got = methods.survey_share(everybody(asked), answer="roof", of="households")
    assert np.isnan(got.n[[1, 9, 10]]).all(), "the first is withheld so that the last cannot be worked out"
    assert np.isfinite(got.n[[0, 2, 3, 4, 5, 6, 7, 8]]).all()
    unit = np.repeat(np.arange(asked.frame.starts.size - 1), np.diff(asked.frame.starts))
    weighted = asked.weights[unit == unit.max(), 0].sum()
    assert got.den[0, 10] != pytest.approx(weighted, rel=1e-3)
    assert np.isfinite(got.value()[[9, 10]]).all()


def test_no_model_is_made_where_the_city_itself_is_withheld():
    """The modelled values add up to the city's: together they would give it away."""
    survey = survey_of([3, 2, 3, 2, 3, 2, 3, 2, 3, 2], seed=3)[0]
    got = methods.survey_share(everybody(survey), answer="roof", of="households")
    assert set(got.status.tolist()) <= {"suppressed", "not_applicable"}
    assert got.note == ""


def test_a_model_that_says_less_than_the_answers_or_next_to_nothing_is_not_given(asked, monkeypatch):
    def vague(areas, size, known, wanted, n_draws, seed):
        W = int(wanted.sum())
        return Modelled(np.full((n_draws, W), 0.01), np.zeros(W), np.full(W, 0.99), "a model")

    monkeypatch.setattr(survey_amounts, "model_areas", vague)
    got = methods.survey_share(everybody(asked), answer="roof", of="households")
    assert got.status[[9, 10]].tolist() == ["suppressed", "suppressed"]
    assert got.note == ""
    assert "modelled" not in got.status
