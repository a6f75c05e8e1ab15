"""Common challenges: one definition with a city's own diagnosis, sums by hand, what is not counted, what is not known."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.challenge import challenges
from citiesforall.core.nation import Nation
from citiesforall.core.tables import read_parquet
from citiesforall.nation.common import make_common
from citiesforall.nation.common_judged import Known, _judge_places, known_of, units_below
from citiesforall.nation.common_runs import Runs, runs_of, with_ends
from citiesforall.nation.common_sums import criteria_of, ground_of, shared
from citiesforall.nation.common_tables import COMMON, MEMBERS, PRIORITIES, years
from citiesforall.nation.common_withheld import rounded_means
from citiesforall.nation.given import CityRun, NationInputs
from citiesforall.nation.steps import Step
from citiesforall.text import registry, say_key

from .conftest import with_step

COMMON_STEP = Step("common", "citiesforall.nation.common:make_common", ("members",))


@pytest.fixture(scope="module")
def made(nation, tmp_path_factory):
    """Return the inputs of three invented krongs with their common challenges."""
    return with_step(nation, COMMON_STEP, tmp_path_factory.mktemp("common"))


def members_of(rows):
    """Return a members' table of code, people, parent, part_of, invented."""
    columns = ["member", "people", "parent", "part_of", "invented"]
    return pd.DataFrame(rows, columns=columns).assign(kind="registers")


def test_a_city_brings_its_own_diagnosis(made, nation):
    by_member = made.table("common", "challenge_members")
    for city in nation.cities:
        own = city.table("diagnose/challenges").set_index("challenge")
        here = by_member[by_member["member"] == city.code].set_index("challenge")
        assert set(here.index) == set(challenges())
        for name, theirs in (
            ("severity", "severity"),
            ("low", "severity_low"),
            ("high", "severity_high"),
            ("rank", "rank"),
        ):
            pd.testing.assert_series_equal(here[name], own[theirs].loc[here.index], check_names=False)
        known = own["severity"].notna()
        assert (here["status"] == own["status"].loc[here.index]).all()
        assert (here.loc[known.index[known], "indicator"] == own["lead"][known]).all()


def test_a_place_is_judged_as_its_own_diagnosis_would(nation):
    """The whole city asked as a place gives the city's own diagnosis to the last digit: there is one definition."""
    city = nation.cities[0]
    known = Known()
    _judge_places(city, [(city.code, city.code)], known)
    judged = pd.DataFrame(known.judged).set_index("challenge")
    own = city.table("diagnose/challenges").set_index("challenge")
    own = own[own["severity"].notna()].loc[judged.index]
    assert len(own) > 5
    names = {"severity": "severity", "low": "severity_low", "high": "severity_high", "people": "people"}
    for name, theirs in names.items():
        np.testing.assert_array_equal(judged[name], own[theirs])
    assert (judged["confidence"] == own["confidence"]).all()
    assert (judged["rank"] == own["rank"]).all()


def test_ends_of_severity_are_those_of_the_diagnosis(nation):
    known = known_of(nation.cities, nation.table("members", "members"))
    measured = with_ends(pd.DataFrame(known.measured).astype({"low": float, "high": float}))
    first = measured.drop_duplicates(["member", "challenge"]).set_index(["member", "challenge"])
    judged = pd.DataFrame(known.judged).set_index(["member", "challenge"]).loc[first.index]
    np.testing.assert_allclose(first["severity_low"], judged["low"].astype(float), rtol=1e-12)
    np.testing.assert_allclose(first["severity"], judged["severity"], rtol=1e-12)


def test_the_nation_is_the_sum_of_its_members(made):
    by_member = made.table("common", "challenge_members")
    people = made.table("members", "members").set_index("member")["people"]
    common = made.table("common", "common")
    assert list(common.columns) == list(COMMON)
    assert list(by_member.columns) == list(MEMBERS)
    for row in common.to_dict("records"):
        here = by_member[by_member["challenge"] == row["challenge"]]
        known = here[here["severity"].notna()]
        assert row["members_judged"] == len(known)
        if known.empty:
            assert "not_known" in row["note"].split()
            assert np.isnan(row["rank"])
            continue
        weight = known["member"].map(people)
        assert row["severity"] == pytest.approx((known["severity"] * weight).sum() / weight.sum())
        assert row["members_with"] == known["has"].astype(bool).sum()
        told = known["people"].dropna()
        assert np.isnan(row["people"]) if told.empty else row["people"] == pytest.approx(told.sum(), abs=1e-3)


def test_provinces_add_up_to_the_nation_to_the_last_digit(made):
    table = made.table("common", "priorities")
    assert list(table.columns) == list(PRIORITIES)
    assert set(table["level"]) == {"nation", "province"}
    for _, rows in table.groupby("challenge"):
        nation, parts = rows[rows["level"] == "nation"], rows[rows["level"] == "province"]
        assert parts["people"].dropna().sum() == nation["people"].fillna(0.0).iloc[0]
        assert parts["members_judged"].sum() == nation["members_judged"].iloc[0]


def test_unknown_stays_unknown(made):
    by_member = made.table("common", "challenge_members")
    missing = by_member[by_member["status"] == "missing"]
    assert missing["has"].isna().all()
    assert missing[["severity", "people", "rank"]].isna().all(axis=None)
    assert missing["note"].str.contains("not_known").all()


def test_no_result_depends_on_the_order_of_cities(made, tmp_path):
    other = dataclasses.replace(made, cities=made.cities[::-1])
    make_common(other, tmp_path)
    for name in ("challenge_members", "matrix", "common", "priorities"):
        assert (tmp_path / f"{name}.parquet").read_bytes() == (
            made.done["common"] / f"{name}.parquet"
        ).read_bytes()


def test_severity_people_and_members_by_hand():
    """100 people at 0.8, 300 at 0.2, 600 not known: (100 x 0.8 + 300 x 0.2) / 400 = 0.35; one of two has it; 40 % are known."""
    ground = ground_of(
        members_of([("A", 100, "P1", "", False), ("B", 300, "P2", "", False), ("C", 600, "P2", "", False)]),
        "N",
        frozenset(),
    )
    lead = np.array([[0.8, 0.2, np.nan]])
    one = shared(
        Runs(lead, lead, np.array([[50.0, 30.0, np.nan]])), np.array([50.0, 30.0, np.nan]), ground, 0.3
    )
    assert ground.areas == ("N", "P1", "P2")
    np.testing.assert_allclose(one.severity[0], [0.35, 0.8, 0.2])
    np.testing.assert_allclose(one.people[0], [80, 50, 30])
    np.testing.assert_allclose(one.having[0], [1, 1, 0])
    np.testing.assert_allclose(one.judged, [2, 1, 1])
    np.testing.assert_allclose(one.covered[0], [0.4, 1.0, 300 / 900])
    np.testing.assert_allclose(one.living_with, [100, 100, 0])
    criteria, covered = criteria_of([one], 0)
    np.testing.assert_allclose(criteria[0, :, 0], [0.35, 80 / 400, 0.5])
    np.testing.assert_allclose(covered[:, 0], [0.4, 0.4, 2 / 3])


def test_a_part_is_shown_but_not_summed_unless_it_stands_for_the_member_itself():
    rows = [
        ("KH1201", 10, "KH12", "", False),
        ("KH12_CENTRE", 10, "KH12", "KH12", False),
        ("KH1202", 5, "KH12", "KH12", False),
    ]
    ground = ground_of(members_of(rows), "KH", frozenset({"KH1201", "KH1202"}))
    assert dict(zip(ground.members, ground.counted, strict=True)) == {
        "KH1201": True,
        "KH1202": True,
        "KH12_CENTRE": False,
    }
    assert ground.inside[:, 0].sum() == 2


def test_invented_members_count_only_among_themselves():
    rows = [("A", 10, "P", "", False), ("B", 10, "P", "", True)]
    assert ground_of(members_of(rows), "N", frozenset()).counted.tolist() == [True, False]
    assert ground_of(members_of(rows[1:]), "N", frozenset()).counted.tolist() == [True]


def test_runs_take_kept_draws_else_the_interval():
    judged = pd.DataFrame({"challenge": "poverty", "member": ["A", "B"], "people": [10.0, 20.0], "people_low": [np.nan, 10.0],
                           "people_high": [np.nan, 30.0], "counted_by": "idpoor_people"})  # fmt: skip
    measured = pd.DataFrame({"challenge": "poverty", "member": ["A", "B"], "indicator": "idpoor_households",
                             "severity": [50.0, 40.0], "severity_low": [np.nan, 30.0], "severity_high": [np.nan, 50.0]})  # fmt: skip
    kept = {("A", "poverty"): np.array([[0.5, 0.1, 0.2], [10.0, 1.0, 2.0]])}
    runs = runs_of((judged, measured), kept, ("A", "B", "C"), 400, 1)
    np.testing.assert_array_equal(runs.lead[:5, 0], [0.5, 0.1, 0.2, 0.1, 0.2])
    np.testing.assert_array_equal(runs.people[:3, 0], [10, 1, 2])
    assert np.isnan(runs.lead[:, 2]).all()
    low, high = np.percentile(runs.lead[1:, 1], [2.5, 97.5])
    assert low == pytest.approx(0.3, abs=0.02)
    assert high == pytest.approx(0.5, abs=0.02)
    assert runs.people[1:, 1].std() == pytest.approx(5.1, abs=0.6)


def test_a_run_takes_one_measure_for_all_members():
    rows = [("A", "x", 10.0), ("A", "y", 20.0), ("B", "x", 11.0), ("B", "y", 21.0), ("C", "x", 12.0)]
    measured = pd.DataFrame(rows, columns=["member", "indicator", "severity"]).assign(
        severity_low=np.nan, severity_high=np.nan
    )
    judged = pd.DataFrame({"challenge": "poverty", "member": ["A", "B", "C"], "people": 1.0, "people_low": np.nan,
                           "people_high": np.nan, "counted_by": "x"})  # fmt: skip
    chosen = runs_of((judged, measured), {}, ("A", "B", "C"), 300, 1).chosen * 100
    assert chosen[0].tolist() == [10, 11, 12]
    second = chosen[:, 0] == 20
    assert 0.35 < second.mean() < 0.65
    np.testing.assert_allclose(chosen[second], [[20, 21, 12]] * int(second.sum()))


def city_of(folder, code, lines, *, people=4.0):
    """Write the diagnosis of one city: challenges with one measure each, (challenge, indicator, severity, period, doubtful)."""
    (folder / "diagnose").mkdir(parents=True)
    cards = [
        {
            "challenge": challenge, "lead": key, "severity": severity, "severity_low": None, "severity_high": None,
            "people": people, "people_low": None, "people_high": None, "rank": 1.0, "counted_by": key, "confidence": "medium",
            "status": "ok", "notes": ["not_said", "households_counted"],
            "evidence": [{
                "role": "measure", "status": "ok", "indicator": key, "value": severity, "low": None, "high": None, "unit": "%",
                "severity": severity, "period": period, "doubtful": doubtful, "sources": ["a"],
            }],
        }
        for challenge, key, severity, period, doubtful in lines
    ]  # fmt: skip
    (folder / "diagnose" / "challenges.json").write_text(json.dumps(cards), "utf-8")
    return CityRun(f"{code}.toml", code, folder, "streets")


def given_of(folder, cities, people):
    """Return the inputs of a nation of made-up diagnoses."""
    codes = [city.code for city in cities]
    table = pd.DataFrame({"member": codes, "city": codes, "place": codes, "parent": "N", "part_of": "", "invented": False,
                          "people": people, "area_m2": np.nan, "kind": "streets"})  # fmt: skip
    (folder / "m").mkdir()
    table.to_parquet(folder / "m" / "members.parquet")
    nation = Nation.model_validate(
        {"place": {"code": "KH", "name": "x"}, "period": "2022", "cities": [{"file": "a"}]}
    )
    return NationInputs(nation, tuple(cities), done={"members": folder / "m"})


def test_few_people_old_figures_and_models_are_said(tmp_path):
    lines = [("poverty", "idpoor_households", 40.0, "2011", True)]
    cities = [city_of(tmp_path / "a", "A", lines), city_of(tmp_path / "b", "B", lines, people=9.0)]
    said = make_common(given_of(tmp_path, cities, [100.0, 50.0]), tmp_path)
    by_member = read_parquet(tmp_path / "challenge_members.parquet").set_index(["challenge", "member"])
    assert np.isnan(by_member.loc["poverty", "A"]["people"])
    assert by_member.loc["poverty", "A"]["note"].split() == ["households_counted", "modelled", "withheld"]
    one = read_parquet(tmp_path / "common.parquet").set_index("challenge").loc["poverty"]
    assert one["people"] == 9.0
    assert one["note"].split() == ["modelled", "old", "households_counted", "withheld", "no_interval"]
    assert (one["period"], one["confidence"], one["basis"], one["severity"]) == (
        "2011",
        "low",
        "streets",
        40.0,
    )
    assert said["first"] == ["poverty"]
    assert len(said["unknown"]) == len(challenges()) - 1


def withheld_nation(tmp_path, hidden):
    """Return the tables of four cities of which the nation's sums withhold some values."""
    lines = [
        ("poverty", "idpoor_households", 40.0, "2022", False),
        ("work", "informal_work", 20.0, "2022", False),
    ]
    cities = [
        city_of(tmp_path / code, code, lines, people=number)
        for code, number in zip("ABCD", (9.0, 20, 30, 40), strict=True)
    ]
    given = given_of(tmp_path, cities, [1e5, 2e5, 3e5, 4e5])
    rows = [(place, key, "all", "suppressed") for place, key in hidden]
    (tmp_path / "r").mkdir()
    pd.DataFrame(
        [*rows, ("C", "informal_work", "all", "ok")], columns=["place", "indicator", "group", "status"]
    ).to_parquet(tmp_path / "r" / "observations.parquet")
    make_common(dataclasses.replace(given, done={**given.done, "rollup": tmp_path / "r"}), tmp_path)
    names = ("challenge_members", "matrix", "common", "priorities")
    return {name: read_parquet(tmp_path / f"{name}.parquet") for name in names}


def test_what_the_sums_withhold_is_withheld_here_and_yet_in_the_sums(tmp_path):
    made = withheld_nation(tmp_path, [("A", "idpoor_households"), ("B", "idpoor_households")])
    rows = made["challenge_members"].set_index(["challenge", "member"])
    for code in "AB":
        row = rows.loc["poverty", code]
        assert (row["status"], row["note"]) == ("suppressed", "withheld")
        assert (
            row[["severity", "low", "high", "people", "people_low", "people_high", "chance", "rank"]]
            .isna()
            .all()
        )
        assert pd.isna(row["has"])
    assert rows.loc["poverty", "C"]["severity"] == 40.0
    assert rows.loc["work", "A"]["people"] == 9.0
    assert set(made["matrix"].query("challenge == 'poverty'")["member"]) == {"C", "D"}
    assert set(made["matrix"].query("challenge == 'work'")["member"]) == set("ABCD")
    common = made["common"].set_index("challenge")
    assert common.loc["poverty", "people"] == 99.0
    assert common.loc["poverty", "members_judged"] == 4
    assert "withheld" in common.loc["poverty", "note"].split()
    assert "withheld" not in common.loc["work", "note"].split()


def test_a_number_the_sums_withhold_of_an_area_is_not_told(tmp_path):
    made = withheld_nation(tmp_path, [("N", "idpoor_households"), ("A", "idpoor_households")])
    areas = made["priorities"].set_index(["place", "challenge"])["people"]
    assert np.isnan(areas["N", "poverty"])
    assert areas["N", "work"] == 99.0


def test_means_that_hold_something_withheld_are_rounded():
    told = rounded_means(
        np.array([56.4379, 56.4379, 56.4379]), np.array([1e6, 1e6, 5e3]), np.array([False, True, True]), 5
    )
    np.testing.assert_allclose(told, [56.4379, 56.4, 56.0])


def test_a_nation_of_which_nothing_is_known(tmp_path):
    cities = [city_of(tmp_path / "a", "A", []), city_of(tmp_path / "b", "B", [])]
    given = given_of(tmp_path, cities, [100.0, np.nan])
    said = make_common(given, tmp_path)
    assert len(said["unknown"]) == len(challenges())
    assert said["first"] == []
    assert read_parquet(tmp_path / "common.parquet")["rank"].isna().all()
    assert len(read_parquet(tmp_path / "challenge_members.parquet")) == 2 * len(challenges())


def test_words_of_notes_are_in_both_languages():
    for key in [key for key in registry() if key.startswith("common.")]:
        assert say_key(key, "km") != say_key(key, "en")


def test_units_below_and_years():
    places = pd.DataFrame({"place": ["N", "D", "C1", "C2", "E"], "parent": [None, "N", "D", "D", "N"]})
    assert units_below(places) == {
        "N": ["C1", "C2", "E"],
        "D": ["C1", "C2"],
        "C1": ["C1"],
        "C2": ["C2"],
        "E": ["E"],
    }
    assert years("2010/2011") == [2010, 2011]
    assert years("2025-Q1") == [2025]


@pytest.mark.real
def test_the_real_nation(cambodia, tmp_path_factory):
    """Judging the whole country as a place gives the country's own diagnosis; districts add up; models are named."""
    store = tmp_path_factory.getbasetemp() / "real_nation"
    given = with_step(cambodia, Step("members", "citiesforall.nation.members:make_members"), store)
    given = with_step(given, COMMON_STEP, store)
    city = next(one for one in given.cities if one.code == "KH")
    known = Known()
    _judge_places(city, [("KH", "KH")], known)
    judged = pd.DataFrame(known.judged).set_index("challenge")
    own = city.table("diagnose/challenges").set_index("challenge")
    # a folder made before a measure came to lead may say another one
    own = own.loc[judged.index]
    same = own["lead"] == judged["indicator"]
    assert same.sum() >= len(same) - 1
    np.testing.assert_array_equal(judged["severity"][same], own["severity"][same])
    np.testing.assert_array_equal(judged["people"][same], own["people"][same])
    common = given.table("common", "common").set_index("challenge")
    assert common["members_all"].iloc[0] == 210
    assert common.loc["poverty", "coverage_people"] == 1.0
    # persons in the register are added, not estimated: the sum of the districts is the country's
    assert common.loc["poverty", "people"] == pytest.approx(own.loc["poverty", "people"], rel=1e-3)
    modelled = common[common["indicator"].str.startswith("deprived_")]
    assert len(modelled) >= 6
    assert modelled["note"].str.contains("modelled").all()
    assert "old" in common.loc["outgrown_services", "note"].split()
