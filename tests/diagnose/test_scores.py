"""Scores against fixed goalposts, worked by hand; goalposts that cannot score are refused."""

import numpy as np
import pandas as pd
import pytest

from citiesforall.core import indicator as declarations
from citiesforall.core.errors import DeclarationError
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.diagnose.index_design import make_design
from citiesforall.diagnose.normalise import (
    goalpost_scores,
    place_between,
    posts_of,
    rank_scores,
    score_interval,
    z_scores,
)
from citiesforall.diagnose.score_table import SCORE_COLUMNS, latest, score_notes, score_table


def declare(better="higher", **posts):
    return Indicator.model_validate(
        {
            "id": "x", "title": "X", "meaning": "X.", "dimension": "food", "unit": "%", "better": better,
            "goalposts": posts or None, "method": "total",
        }
    )  # fmt: skip


def score(value, better="higher", **posts):
    return float(goalpost_scores(np.array([value]), posts_of([declare(better, **posts)]))[0])


def test_higher_and_lower_by_hand():
    # Walk to a health centre: (83.5 - 30) / (95 - 30) = 53.5 / 65 = 0.82308
    assert score(83.5, floor=30, goal=95) == pytest.approx(82.3077, abs=1e-4)
    # Fine particles: (22 - 75) / (5 - 75) = 53 / 70 = 0.75714
    assert score(22, "lower", floor=75, goal=5) == pytest.approx(75.7143, abs=1e-4)
    assert score(3, "lower", floor=75, goal=5) == 100
    assert score(80, "lower", floor=75, goal=5) == 0
    assert np.isnan(score(np.nan, floor=0, goal=1))


def test_a_walk_beyond_reach_scores_nothing():
    assert score(np.inf, "lower", floor=90, goal=10) == 0


def test_log_scale_by_hand():
    # People hit by disasters per 100 000: ln(1 + 99) = 4.60517; ln(10 001) = 9.21044; 1 - 4.60517 / 9.21044 = 0.500005
    assert score(99, "lower", floor=10000, goal=0, scale="log") == pytest.approx(50.0005, abs=1e-3)
    # On a straight scale the same place would score 99.
    assert score(99, "lower", floor=10000, goal=0) == pytest.approx(99.01)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1.0, 100), (1.2, 100), (0.8, 100), (2.1, 50), (0.4, 50), (3.0, 0), (0.0, 0), (-2.0, 0), (9.0, 0)],
)
def test_near_has_a_band_and_two_floors(value, expected):
    # 2.1: (1.1 - 0.2) / (2 - 0.2) = 0.5 lost. 0.4: (0.6 - 0.2) / (1 - 0.2) = 0.5 lost.
    found = score(value, "near", floor=3, goal=1, band=0.2, other_floor=0)
    assert found == pytest.approx(expected)


def test_near_without_more_words_is_the_same_on_both_sides():
    # Budget carried out: 0.8 and 1.2 are as far from 1.
    assert score(0.8, "near", floor=0, goal=1) == pytest.approx(80)
    assert score(1.2, "near", floor=0, goal=1) == pytest.approx(80)


def test_the_declared_ones_follow_what_was_decided():
    posts = indicators()["land_use_efficiency"].goalposts
    assert (posts.floor, posts.goal, posts.band, posts.other_floor) == (3, 1, 0.2, 0)
    assert indicators()["disaster_affected"].goalposts.scale == "log"


def interval(low, high, value, better, **posts):
    found = score_interval(
        *(np.array([one]) for one in (low, high, value)), posts_of([declare(better, **posts)])
    )
    return float(found[0][0]), float(found[1][0])


def test_the_interval_minds_the_direction():
    # 10 % .. 20 % of homes flooded, floor 50, goal 0: scores 60 .. 80
    assert interval(10, 20, 15, "lower", floor=50, goal=0) == pytest.approx((60, 80))
    assert interval(10, 20, 15, "higher", floor=0, goal=50) == pytest.approx((20, 40))


def test_a_goal_inside_the_interval_is_the_high_end():
    # 0.4 scores 50, 2.1 scores 50, but 1 lies between.
    assert interval(0.4, 2.1, 0.4, "near", floor=3, goal=1, band=0.2, other_floor=0) == pytest.approx(
        (50, 100)
    )


def test_an_interval_of_no_width_is_empty():
    assert np.isnan(interval(96, 99, 97, "higher", floor=30, goal=95)).all()
    assert np.isnan(interval(np.nan, np.nan, 50, "higher", floor=30, goal=95)).all()


def test_rank_and_z_scores_by_hand():
    points = np.array([[10.0], [40.0], [40.0], [np.nan]])
    # Three known: ranks 1, 2.5, 2.5 -> (r - 0.5) / 3
    assert rank_scores(points)[:3, 0] == pytest.approx([100 / 6, 200 / 3, 200 / 3])
    # Mean 30, deviations -20, 10, 10, sd sqrt(600 / 3) = 14.1421; z = -1.41421, 0.70711; 50 + 16.6667 z
    assert z_scores(points)[:3, 0] == pytest.approx([26.4298, 61.7851, 61.7851], abs=1e-4)
    assert np.isnan(rank_scores(points)[3, 0])
    assert np.isnan(z_scores(points)[3, 0])
    assert (z_scores(np.full((5, 1), 33.3)) == 50).all()


@pytest.mark.parametrize(
    ("better", "posts", "said"),
    [
        ("higher", {"floor": 100, "goal": 0}, "are reversed"),
        ("lower", {"floor": 0, "goal": 100}, "are reversed"),
        ("higher", {"floor": 5, "goal": 5}, "are the same"),
        ("context", {"floor": 0, "goal": 5}, "never scored"),
        ("higher", {"floor": 0, "goal": 5, "band": 1}, "are for better = 'near'"),
        ("lower", {"floor": 5, "goal": -1, "scale": "log"}, "scale 'log'"),
        ("near", {"floor": 3, "goal": 1, "scale": "log"}, "scale 'log'"),
        ("near", {"floor": 3, "goal": 1, "other_floor": 2}, "other_floor 2 is not beyond"),
        ("near", {"floor": 3, "goal": 1, "other_floor": 0, "band": 1}, "band 1 reaches a floor"),
    ],
)
def test_goalposts_that_cannot_score_are_refused(better, posts, said):
    row = {
        "title": "X", "meaning": "X.", "dimension": "food", "unit": "%", "better": better, "goalposts": posts,
        "method": "total",
    }  # fmt: skip
    faults = declarations._read_one("food.toml", "x", row, {})
    assert len(faults) == 1
    assert faults[0].startswith("food.toml: x: ")
    assert said in faults[0]
    assert faults[0].endswith(".")


def test_goalposts_reversed_in_a_file_stop_the_reading(tmp_path, monkeypatch):
    (tmp_path / "indicators").mkdir()
    (tmp_path / "indicators" / "a.toml").write_text(
        '[a]\ntitle="A"\nmeaning="A."\ndimension="food"\nunit="%"\nbetter="higher"\nmethod="total"\n'
        "goalposts={floor=100, goal=0}\n"
        '[b]\ntitle="B"\nmeaning="B."\ndimension="food"\nunit="%"\nbetter="lower"\nmethod="total"\n'
        "goalposts={floor=3, goal=3}\n"
    )
    monkeypatch.setattr(declarations, "files", lambda _: tmp_path)
    with pytest.raises(DeclarationError) as error:
        declarations.indicators.__wrapped__()
    assert len(error.value.faults) == 2
    assert (
        "a.toml: a: goalposts floor 100 and goal 0 are reversed: better is 'higher'." in error.value.faults[0]
    )


def rows(*lines):
    table = pd.DataFrame(lines, columns=["place", "group", "indicator", "value", "low", "high"])
    table["status"] = np.where(table["value"].isna(), "missing", "ok")
    table["period"] = "2025"
    return table


def test_the_table_says_who_states_the_goal_and_what_it_weighs():
    table = rows(
        ["KH1", "all", "food_insecurity", 15.0, 12.0, 18.0],
        ["KH2", "all", "food_insecurity", np.nan, np.nan, np.nan],
        ["KH1", "all", "pm25_mean", 40.0, np.nan, np.nan],
        ["KH1", "all", "population", 5000.0, np.nan, np.nan],
        ["KH1", "all", "air_pm10", 60.0, np.nan, np.nan],
        ["KH1", "all", "community_centre_access", 60.0, np.nan, np.nan],
    )
    found = score_table(table, indicators(), make_design())
    assert tuple(found.columns) == SCORE_COLUMNS
    assert len(found) == 4  # population is context, the community centre has no goalposts
    food = found[found["indicator"] == "food_insecurity"].set_index("place")
    # (15 - 60) / (0 - 60) = 75; 18 -> 70; 12 -> 80
    assert tuple(food.loc["KH1", ["score", "low", "high"]]) == pytest.approx((75, 70, 80))
    assert food.loc["KH2", "status"] == "missing"
    assert np.isnan(food.loc["KH2", "score"])
    # Six items of food, three ways to ask the first: 1/6 x 1/3
    assert food.loc["KH1", "weight"] == pytest.approx(1 / 18)
    air = found.set_index("indicator").loc["pm25_mean"]
    assert (air["said_by"], air["weight"]) == ("who_aqg_2021", pytest.approx(1 / 8))
    assert found.set_index("indicator").loc["air_pm10", "weight"] == 0
    said = " ".join(note.what for note in score_notes(table, found, indicators()))
    assert "1 indicators have no goalposts and no score: community_centre_access." in said
    assert "none of their values is good or bad: population." in said


def test_goalposts_nobody_lies_between_are_told():
    table = rows(*(["KH" + str(n), "all", "hospital_access", 100.0 - n, np.nan, np.nan] for n in range(6)))
    found = score_table(table, indicators(), make_design())
    notes = score_notes(table, found, indicators())
    assert any("beyond a goalpost of hospital_access" in note.what and note.kind == "doubt" for note in notes)


def test_the_latest_period_with_a_value_is_scored():
    table = rows(*(["KH1", "all", "pm25_mean", value, np.nan, np.nan] for value in (40.0, 30.0, np.nan)))
    table["period"] = ["2020", "2022", "2024"]
    assert list(latest(table)["period"]) == ["2022"]


def test_points_beyond_the_goalposts_are_kept_for_ranks():
    posts = posts_of([declare("higher", floor=30, goal=95)])
    assert place_between(np.array([108.0]), posts)[0] == pytest.approx(120)
