"""Challenges: severity, people, place, group, trend and rank by hand; what is not known; faults of the declarations."""

import json
import re

import numpy as np
import pytest

from citiesforall.core.challenge import challenges, counts_people, read_challenges
from citiesforall.core.errors import DeclarationError
from citiesforall.core.indicator import indicators
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.diagnose.challenge_evidence import confidence
from citiesforall.diagnose.challenge_measure import (
    Severity,
    affected,
    severities,
    trend,
    worst_group,
    worst_places,
)
from citiesforall.diagnose.challenge_rank import positions, pressing, rank_challenges
from citiesforall.diagnose.challenge_values import seen_of
from citiesforall.diagnose.challenges import COLUMNS, make_challenges

from .invented_city import CITY, city_of, make_places

WATER = {
    ("population", "all"): {CITY: (1000.0, 1.0), "C00": (600.0, 1.0), "C01": (400.0, 1.0)},
    ("families_piped_water", "all"): {CITY: (0.6, 250.0), "C00": (0.9, 150.0), "C01": (0.15, 100.0)},
}


def one(key):
    return challenges()[key]


def test_severity_and_people_by_hand(tmp_path):
    _, seen = city_of(tmp_path, make_places(2, 1), WATER)
    (found,) = severities(one("unsafe_water"), seen)
    # Goal 100 %, floor 0: 60 % of the families leaves 40 of 100; households are held alike: 0.4 x 1000 people.
    assert found.draws[0] == pytest.approx(0.4)
    people = affected(one("unsafe_water"), seen)
    assert (people.how, people.draws[0]) == ("households", pytest.approx(400))


@pytest.mark.parametrize(
    ("counted", "leads"), [("2011", "deprived_sanitation"), ("2012", "families_improved_latrine")]
)
def test_what_is_ten_years_older_than_another_measure_does_not_lead(tmp_path, counted, leads):
    values = {
        ("population", "all"): {CITY: (1000.0, 1.0)},
        ("families_improved_latrine", "all"): {CITY: (0.3, 250.0)},
        ("deprived_sanitation", "all"): {CITY: (0.26, 1000.0)},
    }
    city_of(tmp_path, make_places(2, 1), values)
    path = tmp_path / "measure" / "observations.parquet"
    table = read_parquet(path)
    table["period"] = np.where(table["indicator"] == "families_improved_latrine", counted, "2019/2021")
    write_parquet(table, path)
    seen = seen_of(tmp_path / "measure", make_places(2, 1))
    found = severities(one("unsafe_sanitation"), seen)
    assert (found[0].indicator, len(found)) == (leads, 2)
    assert affected(one("unsafe_sanitation"), seen).indicator == leads


def test_people_carry_the_interval_of_their_draws(tmp_path):
    rng = np.random.default_rng(1)
    share = np.r_[0.4, 0.4 + 0.05 * rng.standard_normal(200)]
    values = {("home_flooded", "all"): {CITY: (share, 1000.0)}}
    _, seen = city_of(tmp_path, make_places(2, 1), values, n_draws=201)
    people = affected(one("flooding"), seen)
    low, high = np.percentile(1000 * share[1:], (2.5, 97.5))
    assert (people.low, people.high) == (pytest.approx(low), pytest.approx(high))


def test_a_value_without_draws_errs_by_its_interval(tmp_path):
    """Draws of few clusters are not kept: a sangkat must not be held to be surely worse for that."""
    values = {("home_flooded", "all"): {CITY: (0.2, 1000.0), "C00": (0.3, 60.0), "C01": (0.1, 60.0)}}
    _, seen = city_of(tmp_path, make_places(2, 1), values, n_draws=201)
    path = tmp_path / "measure" / "observations.parquet"
    table = read_parquet(path)
    for place, low, high in (("C00", 10.0, 50.0), ("C01", 0.0, 30.0)):
        table.loc[table["place"] == place, ["low", "high"]] = low, high
    write_parquet(table, path)
    seen = seen_of(tmp_path / "measure", make_places(2, 1))
    found = seen.values("home_flooded")
    assert found is not None
    at = found.at("C00")
    assert found.value[0, at] == pytest.approx(30)
    assert np.percentile(found.value[1:, at], (2.5, 97.5)) == pytest.approx([10, 50], abs=6)
    # 30 against 20 with a standard error of 10 is worse in five draws of six: not in nine of ten.
    assert worst_places(found, one("flooding").standard("home_flooded"), seen, set()) == ([], "")


def test_people_beyond_a_limit(tmp_path):
    values = {
        ("population", "all"): {CITY: (1000.0, 1.0), "C00": (600.0, 1.0), "C01": (400.0, 1.0)},
        ("pm25_mean", "all"): {CITY: (16.0, 1000.0), "C00": (20.0, 600.0), "C01": (10.0, 400.0)},
    }
    _, seen = city_of(tmp_path, make_places(2, 1), values)
    people = affected(one("air_pollution"), seen)
    assert (people.how, people.draws[0]) == ("beyond", 600)


def test_worst_group_must_be_clearly_worse(tmp_path):
    values = {
        ("food_insecurity", "all"): {CITY: (0.2, 1000.0)},
        ("food_insecurity", "women"): {CITY: (0.21, 500.0)},  # one point of sixty: nothing worth telling
        ("food_insecurity", "idpoor"): {CITY: (0.4, 200.0)},
        ("food_insecurity", "disabled"): {CITY: (0.5, 50.0)},  # few cases
    }
    few = {("food_insecurity", "disabled"): {CITY: "low_n"}}
    _, seen = city_of(tmp_path, make_places(2, 1), values, statuses=few)
    assert worst_group(one("food_insecurity"), "food_insecurity", seen)[0] == "idpoor"


def test_a_group_made_by_the_challenge_is_not_its_worst(tmp_path):
    values = {
        ("slum_population", "all"): {CITY: (0.4, 1000.0)},
        ("slum_population", "slum"): {CITY: (1.0, 400.0)},
    }
    _, seen = city_of(tmp_path, make_places(2, 1), values)
    assert worst_group(one("inadequate_housing"), "slum_population", seen)[0] == ""


def test_trend_is_told_over_places_known_at_both_times(tmp_path):
    now = {CITY: (0.18, 1000.0), "C00": (0.1, 500.0), "C01": (0.26, 500.0)}
    values = {
        ("idpoor_households", "all"): now,
        ("idpoor_households_earliest", "all"): {CITY: (0.4, 500.0), "C00": (0.4, 500.0)},
    }
    _, seen = city_of(tmp_path, make_places(2, 1), values)
    # Both tables say 2025: the same time is no trend.
    assert trend(one("poverty"), seen, None)[0] == "unknown"
    seen.columns["period"][seen.columns["indicator"] == "idpoor_households_earliest"] = "2011"
    seen.memo.clear()
    word, rests_on = trend(one("poverty"), seen, None)
    # Only C00 is known twice: 40 % then, 10 % now.
    assert (word, "40" in rests_on, "1 places" in rests_on) == ("falling", True, True)
    assert trend(one("waste"), seen, (1.1, 1.3))[0] == "growing_city"
    assert trend(one("waste"), seen, (0.9, 1.3))[0] == "unknown"


def test_positions_by_hand():
    # 30, 10, 20 and one not known: ranks 3, 1, 2 of three, less a half: 5/6, 1/6, 3/6.
    assert positions(np.array([30.0, 10, 20, np.nan])) == pytest.approx(
        [5 / 6, 1 / 6, 3 / 6, np.nan], nan_ok=True
    )


def test_pressure_by_hand():
    criteria = np.array([[0.9, 0.1], [0.5, np.nan], [np.nan, np.nan]])
    # The third criterion is known of nobody and left out; the second of the second challenge is the middle.
    found = pressing(criteria, np.array([1 / 3, 1 / 3, 1 / 3]))
    assert found == pytest.approx([(0.9 + 0.5) / 2, (0.1 + 0.5) / 2])


def test_first_in_everything_is_first_in_every_run():
    S = 50
    rng = np.random.default_rng(4)
    by = [np.full((1, S), level) for level in (0.9, 0.5, 0.1)]
    people = np.tile([300.0, 200, 100], (S, 1)) + rng.random((S, 3))
    found = rank_challenges(by, people, np.tile([0.3, 0.2, 0.1], (S, 1)), seed=1)
    assert found.rank.tolist() == [1, 2, 3]
    assert (found.low.tolist(), found.high.tolist()) == ([1, 2, 3], [1, 2, 3])
    assert found.top.tolist() == [1, 1, 1]


def test_two_measures_that_disagree_make_the_rank_unsure():
    S = 50
    by = [
        np.stack([np.full(S, 0.9), np.full(S, 0.05)]),
        *[np.full((1, S), level) for level in (0.5, 0.4, 0.3)],
    ]
    nothing = np.full((S, 4), np.nan)
    found = rank_challenges(by, nothing, nothing, seed=1)
    assert (found.rank[0], found.low[0], found.high[0]) == (1, 1, 4)
    assert found.top[0] == pytest.approx(0.5, abs=0.05)


def test_confidence_rule():
    posts = one("unsafe_water").standard("basic_water")
    good = Severity("basic_water", posts, np.array([0.3]), 0.25, 0.35, "ok")
    line = {
        "indicator": "basic_water",
        "role": "measure",
        "kind": "survey",
        "status": "ok",
        "doubtful": False,
    }
    other = {**line, "indicator": "families_piped_water", "kind": "register"}
    assert confidence([good], [line, other])[0] == "high"
    assert confidence([good], [line])[0] == "medium"
    weak = Severity("basic_water", posts, np.array([0.3]), 0.05, 0.55, "low_n")
    assert confidence([weak], [{**line, "doubtful": True}]) == (
        "low", ["weak", "doubtful_sources", "wide", "one_kind"],
    )  # fmt: skip


def test_what_is_not_known_has_no_rank_and_says_what_would_tell(tmp_path):
    given, _ = city_of(tmp_path, make_places(2, 1), WATER)
    info = make_challenges(given, tmp_path)
    table = read_parquet(tmp_path / "challenges.parquet")
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == len(challenges())
    assert table["challenge"][0] == "unsafe_water"
    unknown = table[table["challenge"] != "unsafe_water"]
    assert unknown["rank"].isna().all()
    assert (unknown["status"] == "missing").all()
    assert "flooding" in info["unknown"]
    cards = {
        card["challenge"]: card for card in json.loads((tmp_path / "challenges.json").read_text("utf-8"))
    }
    assert "survey" in cards["debt"]["filled_by"]
    assert [place["place"] for place in cards["unsafe_water"]["places"]] == ["C01"]
    # 85 of 100 lack it among 400 people.
    assert cards["unsafe_water"]["places"][0]["people"] == pytest.approx(340)
    assert (tmp_path / "challenges_km.txt").read_text("utf-8") != (tmp_path / "challenges_en.txt").read_text(
        "utf-8"
    )


def test_the_brief_says_what_severity_and_rank_rest_on(tmp_path):
    given, _ = city_of(tmp_path, make_places(2, 1), WATER)
    make_challenges(given, tmp_path)
    card = next(c for c in json.loads((tmp_path / "challenges.json").read_text()) if c["rank"] is not None)
    assert card["standard"]["floor_said_by"] == "ours"
    assert card["weights"] == pytest.approx({"severity": 1 / 3, "people": 1 / 3, "said": 1 / 3})
    brief = (tmp_path / "challenges_en.txt").read_text()
    # Families with piped water: 40 of 100 short of all families, none being the worst.
    assert "0 stands for 100 %, 100 for 0 % (both our choice)." in brief
    assert "What people say of it is not known" in brief
    assert re.search(r"Rank .*of the (\d+) that could be judged, of 27 common ones", brief)
    assert brief.startswith(
        re.search(r"of the (\d+) that could", brief)[1] + " of 27 common challenges could be judged."
    )


def test_nothing_measured_is_no_crash(tmp_path):
    given, _ = city_of(tmp_path, make_places(2, 1), {("population", "all"): {CITY: (10.0, 1.0)}})
    info = make_challenges(given, tmp_path)
    assert info["top"] == []
    assert len(info["unknown"]) == len(challenges())


def test_declared_challenges_cover_every_dimension_and_both_sides():
    assert {c.dimension for c in challenges().values()} == {
        "economic", "food", "health", "environmental", "personal", "community", "political",
    }  # fmt: skip
    assert 20 <= len(challenges()) <= 30
    for found in challenges().values():
        assert found.protection, found.id
        assert found.empowerment, found.id
        assert all(counts_people(indicators()[key]) for key in found.affected), found.id


GOOD = """
[water]
title = "Unsafe water"
meaning = "People without safe water."
dimension = "health"
measures = ["basic_water"]
affected = ["basic_water"]
causes = ["Pipes that end."]
protection = ["public_tap"]
empowerment = ["forum"]
"""
SIDES = {"public_tap": "protection", "forum": "empowerment"}


def test_a_good_file_is_read():
    assert read_challenges(GOOD, SIDES)["water"].named() == ("basic_water",)


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ('measures = ["basic_water"]', 'measures = ["basik_water"]', "'basik_water' is not known. Did you mean 'basic_water'"),
        ('measures = ["basic_water"]', 'measures = ["deprived_water"]', "'deprived_water' has no goalposts"),
        ('measures = ["basic_water"]', "measures = []", "measures"),
        ('affected = ["basic_water"]', 'affected = ["pm25_mean"]', "'pm25_mean' is no share of people"),
        ('affected = ["basic_water"]', 'affected = ["waste_controlled"]', "'waste_controlled' is no share of people"),
        ('protection = ["public_tap"]', "protection = []", "protection"),
        ('protection = ["public_tap"]', 'protection = ["publik_tap"]', "Did you mean 'public_tap'"),
        ('protection = ["public_tap"]', 'protection = ["forum"]', "the catalogue says it is empowerment"),
        ('dimension = "health"', 'dimension = "wealth"', "dimension"),
        ('dimension = "health"', 'dimension = "health"\nthreats = ["fld"]', "threat 'fld' is not known"),
        ('dimension = "health"', 'dimension = "health"\ngroup = "womn"', "group 'womn' is not known. Did you mean 'women'"),
        (
            'dimension = "health"',
            'dimension = "health"\nstandards = { basic_water = { floor = 100, goal = 0 } }',
            "reversed",
        ),
        (
            'dimension = "health"',
            'dimension = "health"\nbeyond = { indicator = "pm25_mean", limit = 1, said_by = "me" }',
            "reference 'me' is not known",
        ),
        ('dimension = "health"', 'dimension = "health"\ncolour = "red"', "colour"),
    ],
)  # fmt: skip
def test_a_fault_is_one_clear_line(line, instead, said):
    with pytest.raises(DeclarationError) as error:
        read_challenges(GOOD.replace(line, instead), SIDES)
    assert len(error.value.faults) == 1, error.value.faults
    assert error.value.faults[0].startswith("challenges.toml: water: ")
    assert said in error.value.faults[0]


def test_all_faults_at_once():
    text = (
        GOOD.replace('"basic_water"', '"basik_water"').replace('["forum"]', '["fair"]')
        + "[fire]\ntitle = 'Fire'\n"
    )
    with pytest.raises(DeclarationError) as error:
        read_challenges(text, SIDES)
    assert len(error.value.faults) >= 4
