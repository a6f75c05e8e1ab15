"""Peers: like size, like density, the same measure, clearly better; and how sure, by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from citiesforall.nation.kinds_choice import Facts
from citiesforall.nation.peers import ALIKE, COLUMNS, MOST, chance_better, peers_of

KEY = "deprived_water"


def matrix_of(severity, *, width=1.0, challenge="unsafe_water", key=KEY, codes=None):
    """Return one measure of members, as wide as said on each side."""
    severity = np.array(severity, np.float64)
    codes = [f"M{number:02d}" for number in range(len(severity))] if codes is None else codes
    return pd.DataFrame(
        {
            "challenge": challenge, "member": codes, "indicator": key, "value": severity, "low": severity - width,
            "high": severity + width, "unit": "%", "severity": severity, "severity_low": severity - width,
            "severity_high": severity + width, "status": "ok", "period": "2021", "doubtful": False, "sources": "census",
        }
    )  # fmt: skip


def judged_of(matrix, severe_from=30.0):
    """Return what is told of each member by the one measure."""
    return matrix[["challenge", "member", "indicator", "severity"]].assign(
        has=(matrix["severity"] >= severe_from).astype("boolean")
    )


def facts_of_sizes(people, density=None, *, water=None):
    """Return members of given sizes, alike in all else."""
    n = len(people)
    density = np.full(n, 100.0) if density is None else np.array(density)
    raw = np.column_stack([np.log(people), np.log(density), np.zeros(n) if water is None else water])
    nothing = np.full(raw.shape, np.nan)
    codes = tuple(f"M{number:02d}" for number in range(n))
    return Facts(
        codes, ("people", "density", "unsafe_water"), raw, nothing, nothing, np.full(3, 1 / 3), np.arange(n)
    )


def found(people, severity, **words):
    """Return peers of members of given sizes and severities."""
    matrix = matrix_of(severity, **words)
    facts = facts_of_sizes(people, water=severity)
    return peers_of(facts, np.zeros(len(people), np.int64), matrix, judged_of(matrix))


def test_chance_by_hand():
    """60 (58 to 62) against 50 (47 to 53): (60 - 50) / (sqrt(2^2 + 3^2) / 1.96) = 5.436 standard deviations."""
    severity = np.array([[60.0, 50.0, 61.0], [58.0, 47.0, 58.0], [62.0, 53.0, 64.0]])
    chance = chance_better(severity, 0)
    assert chance[1] == pytest.approx(norm.cdf(10 / (np.sqrt(13) / 1.959963984540054)))
    # 61 is worse: -1 / (sqrt(2^2 + 3^2) / 1.96)
    assert chance[2] == pytest.approx(norm.cdf(-1 / (np.sqrt(13) / 1.959963984540054)))
    assert chance[0] == pytest.approx(0.5)
    assert np.isnan(chance_better(np.array([[60.0, 50.0], [np.nan] * 2, [np.nan] * 2]), 0)).all()


def test_the_better_of_those_alike_is_named():
    table = found([10_000.0, 11_000.0, 12_000.0, 90_000.0], [80.0, 60.0, 20.0, 0.0])
    assert list(table.columns) == list(COLUMNS)
    mine = table[table["member"] == "M00"]
    # the fourth does best, but is nine times as large; the third does better than the second
    assert mine["peer"].tolist() == ["M02", "M01"]
    assert mine["order"].tolist() == [1, 2]
    assert mine["difference"].tolist() == [-60.0, -20.0]
    assert (mine["own_sources"] == "census").all()
    assert (mine["peer_sources"] == "census").all()
    assert table[table["member"] == "M01"]["peer"].tolist() == ["M02"]
    assert not (table["member"] == "M02").any()


def test_nobody_is_a_peer_who_is_not_clearly_better():
    people = [10_000.0, 10_000.0]
    assert found(people, [50.0, 46.0]).empty
    assert found(people, [50.0, 44.0])["peer"].tolist() == ["M01"]
    assert found(people, [50.0, 44.0], width=10.0).empty


def test_what_has_no_interval_is_a_peer_and_says_so():
    table = found([10_000.0, 10_000.0], [50.0, 20.0], width=np.nan)
    assert table["note"].tolist() == ["no_interval"]
    assert table["chance_better"].isna().all()


def test_nobody_is_a_peer_without_evidence_of_the_same_measure():
    own = matrix_of([80.0], codes=["M00"])
    other = matrix_of([5.0], key="families_piped_water", codes=["M01"])
    matrix = pd.concat([own, other], ignore_index=True)
    facts = facts_of_sizes([10_000.0, 10_000.0], water=[80.0, 5.0])
    assert peers_of(facts, np.zeros(2, np.int64), matrix, judged_of(matrix)).empty


def test_a_dry_place_has_nothing_to_teach():
    matrix = matrix_of([80.0, 5.0], challenge="flooding", key="flood_hazard_index_mean")
    facts = facts_of_sizes([10_000.0, 10_000.0], water=[1.0, 1.0])
    assert peers_of(facts, np.zeros(2, np.int64), matrix, judged_of(matrix)).empty


def test_different_times_and_sources_are_said():
    matrix = matrix_of([80.0, 5.0])
    matrix.loc[1, ["period", "sources", "doubtful"]] = ["2011", "model", True]
    facts = facts_of_sizes([10_000.0, 10_000.0], water=[80.0, 5.0])
    table = peers_of(facts, np.zeros(2, np.int64), matrix, judged_of(matrix))
    assert table["note"].tolist() == ["modelled other_time other_sources"]
    assert table["peer_period"].tolist() == ["2011"]


def test_only_the_nearest_are_asked_and_the_best_three_named():
    rng = np.random.default_rng(1)
    n = 60
    people = np.exp(np.linspace(0.0, 1.2, n)) * 10_000
    severity = np.concatenate([[90.0], rng.uniform(0, 40, n - 1)])
    table = found(people, severity)
    mine = table[table["member"] == "M00"]
    near = severity[1 : ALIKE + 1]
    assert mine["peer_severity"].tolist() == sorted(near)[:MOST]
    assert mine["distance"].is_unique


def test_the_challenge_itself_is_not_part_of_likeness():
    """Two that are alike in all but water are at distance 0 where water is asked about."""
    table = found([10_000.0, 10_000.0, 20_000.0], [90.0, 10.0, 50.0])
    assert table[table["member"] == "M00"]["distance"].min() == 0.0
