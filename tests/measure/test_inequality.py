"""Who is worse off: gaps worked by hand, indices against their definition, the table from the draws."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from citiesforall.core.estimate import Estimate
from citiesforall.core.indicator import Indicator
from citiesforall.core.tables import INEQUALITY
from citiesforall.measure.comparison import Places, places_of, poverty_of
from citiesforall.measure.draw_store import Answer
from citiesforall.measure.inequality import measure_inequality

S = 101
PLACES = pd.DataFrame({"place": ["CITY", "D1", "A", "B", "C"], "parent": [None, "CITY", "D1", "D1", "CITY"]})
CODES = list(PLACES["place"])
PEOPLE = np.array([[600.0, 300, 100, 200, 300]])


def indicator(key="clinic", better="higher", unit="%", method="share_within_walk", **options):
    return Indicator.model_validate(
        {
            "id": key, "title": "t", "meaning": "m", "dimension": "health", "unit": unit, "better": better,
            "method": method, "with": options,
        }
    )  # fmt: skip


def answer(values, group="all", key="clinic", status=None, **words):
    """Return an answer of one value a place, or one row a draw; nan where there is none."""
    num = np.atleast_2d(np.asarray(values, float))
    den = np.broadcast_to(words.pop("den", PEOPLE), num.shape)
    estimate = Estimate(np.where(np.isnan(num), 0.0, num) * den, den, np.full(5, 50.0), **words)
    has = ~np.isnan(num[0])
    said = np.array(status or np.where(has, "ok", "suppressed"), dtype=object)
    return Answer(key, group, estimate, has, said)


def table_of(*answers, people=PEOPLE, **indicators):
    declared = {"clinic": indicator(), **indicators}
    return measure_inequality(answers, declared, places_of(PLACES, CODES, people), "r1")


def row(table, measure, place="CITY", **words):
    found = table[(table["measure"] == measure) & (table["place"] == place)]
    for name, word in words.items():
        found = found[found[name] == word]
    assert len(found) == 1, found
    return found.iloc[0]


# A 0.2, B 0.5, C 0.8: D1 = (100 x 0.2 + 200 x 0.5) / 300 = 0.4, CITY = (120 + 240) / 600 = 0.6
BY_HAND = [0.6, 0.4, 0.2, 0.5, 0.8]


def test_units_of_the_city_and_of_every_parent_with_several():
    found = places_of(PLACES, CODES, PEOPLE)
    assert {CODES[place]: [CODES[one] for one in units] for place, units in found.inside.items()} == {
        "CITY": ["A", "B", "C"], "D1": ["A", "B"],
    }  # fmt: skip
    alone = places_of(pd.DataFrame({"place": ["X"], "parent": [None]}), ["X"], PEOPLE[:, :1])
    assert alone.inside[0].size == 0


def test_gaps_between_places_by_hand():
    table = table_of(answer(BY_HAND))
    worst = row(table, "worst_place")
    assert (worst["place_a"], worst["value"], worst["unit"], worst["n"]) == ("A", pytest.approx(20), "%", 3)
    assert np.isnan(worst["chance"]), "without stated errors a rank is no chance"
    assert row(table, "place_gap", place_b="C")["value"] == pytest.approx(20 - 80)
    assert row(table, "place_gap", place_b="CITY")["value"] == pytest.approx(20 - 60)
    assert row(table, "place_ratio", place_b="C")["value"] == pytest.approx(0.25)
    assert row(table, "place_gap", place="D1", place_b="B")["value"] == pytest.approx(-30)
    assert row(table, "worst_place", place="D1")["place_a"] == "A"
    assert table["low"].isna().all()


def test_where_less_is_better_the_highest_is_worst():
    table = table_of(answer(BY_HAND), clinic=indicator(better="lower"))
    assert row(table, "worst_place")["place_a"] == "C"
    assert row(table, "place_gap", place_b="A")["value"] == pytest.approx(80 - 20)


def test_gini_by_hand():
    # pairs: A-B 100 x 200 x 0.3 = 6000, A-C 100 x 300 x 0.6 = 18000, B-C 200 x 300 x 0.3 = 18000; twice their sum
    # over 2 x 0.6 x 600^2 = 84000 / 432000
    assert row(table_of(answer(BY_HAND)), "gini")["value"] == pytest.approx(84000 / 432000)


def test_without_people_places_count_by_what_the_indicator_is_out_of():
    table = table_of(answer(BY_HAND), people=np.full((1, 5), np.nan))
    assert row(table, "gini")["value"] == pytest.approx(84000 / 432000)


def test_concentration_by_hand():
    poor = answer([0.3, 0.4, 0.6, 0.3, 0.1], key="poor")
    declared = indicator(
        "poor", "lower", method="register_share", num=["poor_households"], den=["households"]
    )
    table = table_of(answer(BY_HAND), poor, poor=declared)
    # from poor to rich: A, B, C; middles of their shares of the people: 1/12, 4/12, 9/12
    covariance = (100 * 0.2 * (1 / 12) + 200 * 0.5 * (4 / 12) + 300 * 0.8 * (9 / 12)) / 600 - 0.6 / 2
    found = row(table[table["indicator"] == "clinic"], "concentration")
    assert found["value"] == pytest.approx(4 * 0.6 * (2 * covariance / 0.6)), "Erreygers: 4 x mean x index"
    assert found["note"] == "of_share"
    poverty = table[(table["indicator"] == "poor") & (table["measure"] == "concentration")]
    assert poverty.empty, "by its own rank: the poor are poor"
    assert not table[(table["indicator"] == "poor") & (table["measure"] == "gini")].empty
    lacking = table_of(answer(1 - np.array(BY_HAND)), poor, poor=declared)
    lack = row(lacking[lacking["indicator"] == "clinic"], "concentration")["value"]
    assert lack == pytest.approx(-found["value"]), "having and lacking mirror each other"


def test_income_ranks_the_other_way_and_the_register_comes_first():
    income = answer([1.0, 2, 3, 4, 5], key="income", den=np.ones((1, 5)))
    poor = answer([0.3, 0.4, 0.6, 0.3, 0.1], key="poor")
    declared = {
        "income": indicator("income", "higher", "ratio", "survey_mean", answer="income_per_person_khr_month"),
        "poor": indicator("poor", "lower", method="register_share", num=["poor_households"]),
    }
    assert_allclose(poverty_of([income], declared)[0], [-1, -2, -3, -4, -5])
    assert_allclose(poverty_of([income, poor], declared)[0], [30, 40, 60, 30, 10])
    assert poverty_of([answer(BY_HAND)], {"clinic": indicator()}) is None


def test_without_a_poverty_ranking_the_reason_is_said():
    found = row(table_of(answer(BY_HAND)), "concentration")
    assert (found["status"], found["note"]) == ("missing", "no_poverty")


def test_gaps_between_groups_by_hand():
    table = table_of(
        answer(BY_HAND),
        answer([0.5, 0.3, 0.1, 0.4, 0.7], "women"),
        answer([0.7, 0.5, 0.3, 0.6, 0.9], "men"),
        answer([0.3, np.nan, np.nan, 0.3, 0.3], "women_idpoor"),
        answer([0.5] * 5, "slow_walkers"),
    )
    gap = row(table, "group_gap", group_a="women", group_b="men")
    assert (gap["value"], gap["status"], gap["note"]) == (pytest.approx(-20), "ok", "")
    assert row(table, "group_ratio", group_a="women")["value"] == pytest.approx(5 / 7)
    assert row(table, "group_gap", group_a="women_idpoor", group_b="all")["note"] == "with_everybody"
    assert row(table, "group_gap", group_a="slow_walkers")["note"] == "scenario"
    worst = row(table, "worst_group")
    assert (worst["group_a"], worst["value"], worst["n"]) == ("women_idpoor", pytest.approx(30), 3)
    assert row(table, "worst_group", place="D1")["group_a"] == "women", "slow walkers are no group of people"
    assert not ((table["measure"] == "group_gap") & (table["group_a"] == "men")).any(), "each pair once"


@pytest.mark.parametrize(
    ("answer_of", "group", "other"),
    [
        ("slum", "slum", "not_slum"),
        ("improved_water", "slum", "not_slum"),
        ("slum_deprivations", "slum", "not_slum"),
        ("inadequate_housing", "slum", "not_slum"),
        ("health_cover", "idpoor", "not_idpoor"),
        ("social_protection", "idpoor", "not_idpoor"),
    ],
)
def test_a_group_is_not_compared_in_what_makes_it(answer_of, group, other):
    """Who lives in a slum household lacks water, room or tenure because that is what the word means."""
    declared = indicator(method="survey_share", answer=answer_of, of="people")
    both = answer([0.2] * 5, group), answer([0.9] * 5, other)
    table = table_of(answer(BY_HAND), *both, clinic=declared)
    assert not (table["measure"] == "group_gap").any()
    free = table_of(answer(BY_HAND), *both, clinic=indicator(method="survey_share", answer="electricity"))
    assert row(free, "group_gap", group_a=group)["value"] < 0


def test_what_is_withheld_makes_no_gap():
    table = table_of(answer(BY_HAND), answer([np.nan] * 5, "women"), answer(BY_HAND, "men"))
    gap = row(table, "group_gap", group_a="women")
    assert (gap["status"], gap["note"]) == ("missing", "too_little_known")
    assert np.isnan(gap["value"])
    assert np.isnan(gap["chance"])


def test_a_withheld_place_is_left_out():
    table = table_of(answer([0.6, 0.4, np.nan, 0.5, 0.8]))
    assert row(table, "worst_place")["place_a"] == "B"
    assert row(table, "place_gap", place="D1", place_b="")["status"] == "missing", "one known place is no gap"


def test_the_most_doubtful_status_is_carried():
    status = ["ok", "ok", "modelled", "estimated", "ok"]
    table = table_of(answer(BY_HAND, status=status))
    assert row(table, "place_gap", place_b="C")["status"] == "modelled"
    assert row(table, "gini")["status"] == "modelled"
    alone = table_of(answer(BY_HAND, status=["ok", "ok", "ok", "low_n", "ok"]))
    assert row(alone, "place_gap", place_b="C")["status"] == "ok"
    assert row(alone, "gini")["status"] == "low_n"


def test_where_all_are_alike_nobody_is_worst():
    table = table_of(answer([0.5] * 5), answer([0.5] * 5, "women"), answer([0.5] * 5, "men"))
    for measure in ("worst_place", "worst_group"):
        assert (row(table, measure)["status"], row(table, measure)["note"]) == ("missing", "all_alike")
    assert row(table, "place_gap", place_b="CITY")["value"] == 0
    assert row(table, "gini")["value"] == pytest.approx(0, abs=1e-12)


def test_totals_and_facts_without_a_better_side_are_not_compared():
    total = Answer(
        "total",
        "all",
        Estimate(PEOPLE, np.ones((1, 5)), np.full(5, 1.0)),
        np.ones(5, bool),
        np.array(["ok"] * 5),
    )
    declared = {
        "total": indicator("total", "higher", "%"),
        "context": indicator("context", "context"),
        "class": indicator("class", "higher", "class"),
        "gap": indicator("gap", "lower", method="gap_between_places"),
    }
    answers = [total, *(answer(BY_HAND, key=key) for key in ("context", "class", "gap"))]
    table = table_of(*answers, **declared)
    assert table.empty
    assert list(table.columns) == list(INEQUALITY)


def drawn(seed, spread=0.02, common=0.0):
    """Return draws around the values by hand: own noise, and noise all places share."""
    chance = np.random.default_rng(seed)
    noise = spread * chance.normal(size=(S, 5)) + common * chance.normal(size=(S, 1))
    noise[0] = 0
    return np.clip(np.array(BY_HAND) + noise, 0, 1)


def test_intervals_come_from_the_draws():
    table = table_of(answer(drawn(1)))
    gap = row(table, "place_gap", place_b="C")
    sd = 100 * 0.02 * np.sqrt(2)
    assert (gap["high"] - gap["low"]) / 2 == pytest.approx(1.96 * sd, rel=0.25)
    assert row(table, "worst_place")["chance"] == 1
    assert gap["chance"] == 1
    unsure = table_of(answer(drawn(1, spread=0.3)))
    assert 0.4 < row(unsure, "worst_place")["chance"] < 0.95


def test_what_places_share_drops_out_of_their_gap():
    gap = row(table_of(answer(drawn(2, spread=0.001, common=0.05))), "place_gap", place_b="C")
    assert gap["high"] - gap["low"] < 1
    gini = row(table_of(answer(drawn(2, spread=0.001, common=0.05))), "gini")
    assert gini["low"] < gini["value"] < gini["high"]


def test_a_survey_answer_says_where_its_interval_comes_from():
    bounds = (np.zeros(5), np.ones(5))
    table = table_of(
        answer(BY_HAND), answer(drawn(3), "women", bounds=bounds), answer(drawn(4), "men", bounds=bounds)
    )
    assert row(table, "group_gap", group_a="women")["note"] == "from_replicates"


def test_walks_that_may_be_longer_than_any_looked_for():
    minutes = indicator(better="lower", unit="min", method="walk_time_quantile")
    walks = np.tile([600.0, 700, 900, 500, 400], (S, 1))
    walks[1:, 0] += np.arange(S - 1)
    walks[::2, 2] = np.inf
    walks[0, 2] = 900
    table = table_of(answer(walks, den=np.ones((1, 5)), additive=False), clinic=minutes)
    gap = row(table, "place_gap", place_b="C")
    assert gap["value"] == pytest.approx((900 - 400) / 60)
    assert gap["high"] == np.inf
    assert table[table["measure"] == "gini"].empty, "a median is no amount to share out"


def test_draws_and_a_single_row_may_be_mixed():
    table = table_of(answer(drawn(5)), answer(BY_HAND, "women"), answer(drawn(6), "men"))
    gap = row(table, "group_gap", group_a="women")
    assert gap["low"] < gap["value"] < gap["high"]


def test_the_table_is_the_same_in_any_order_of_answers():
    answers = [
        answer(drawn(seed), group)
        for seed, group in enumerate(("all", "women", "men", "age_0_14", "age_15_59"))
    ]
    assert table_of(*answers).equals(table_of(*answers[::-1]))


def test_a_city_of_one_unit_has_groups_but_no_places():
    alone = places_of(pd.DataFrame({"place": ["X"], "parent": [None]}), ["X"], PEOPLE[:, :1])
    assert isinstance(alone, Places)

    def one(value, group):
        estimate = Estimate(np.array([[value]]), np.ones((1, 1)) * 2, np.ones(1))
        return Answer("clinic", group, estimate, np.ones(1, bool), np.array(["ok"], dtype=object))

    table = measure_inequality(
        [one(1, "all"), one(1, "women"), one(2, "men")], {"clinic": indicator()}, alone, "r"
    )
    assert set(table["measure"]) == {"group_gap", "group_ratio", "worst_group"}
