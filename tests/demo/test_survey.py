"""The invented town's survey: an export of our own form, consistent with the question bank, near what is true of everybody."""

import io
import json
import re
import zipfile

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.questions import COMPARED, SELECTS, bank, codes

MAIN, MEMBERS, THREATS = "household_survey", "members", "threats"


@pytest.fixture(scope="module")
def asked(krong):
    """Return the three tables of the export as text, empty where nothing is."""
    with zipfile.ZipFile(krong / "households.zip") as archive:
        return {
            name.removesuffix(".csv"): pd.read_csv(
                io.BytesIO(archive.read(name)), dtype=str, keep_default_na=False, encoding="utf-8-sig"
            )
            for name in archive.namelist()
        }


@pytest.fixture(scope="module")
def field(krong):
    return pd.read_csv(krong / "sample.csv", dtype={"sangkat_code": str})


@pytest.fixture(scope="module")
def completed(asked, field):
    """Return the completed interviews with their design weights, adjusted inside each cluster for who did not answer."""
    main = asked[MAIN].merge(field[["household_id", "weight"]], on="household_id")
    done = main[main["result"] == "completed"].copy()
    full = main[~main["result"].isin(["vacant", "not_dwelling"])].groupby("cluster")["weight"].sum()
    done["weight"] *= done["cluster"].map(full / done.groupby("cluster")["weight"].sum())
    return done


def table_of(question):
    return {"household": MAIN, "respondent": MAIN, "member": MEMBERS, "threat": THREATS}[question.table]


def test_every_question_of_the_bank_is_in_the_export(asked):
    for one in bank().questions.values():
        assert (one.name in asked[table_of(one)]) == (one.type != "note"), one.name


def test_every_answer_is_one_the_form_offers(asked):
    for one in bank().questions.values():
        if one.choices is None:
            continue
        known = set(codes(bank(), one.choices))
        given = asked[table_of(one)][one.name]
        words = set(given) if one.type != "select_multiple" else set(" ".join(given).split(" "))
        assert words - {""} <= known, (one.name, words - known)


def test_numbers_keep_to_the_bounds_of_the_form(asked):
    for one in bank().questions.values():
        if one.type == "integer":
            given = pd.to_numeric(asked[table_of(one)][one.name].replace("", np.nan)).dropna()
            low = re.search(r"\. >= (\d+)", one.constraint)
            high = re.search(r"\. <= (\d+)", one.constraint)
            assert low is None or (given >= int(low[1])).all(), one.name
            assert high is None or (given <= int(high[1])).all(), one.name


def test_nothing_is_answered_that_was_not_asked(asked):
    """Relevance of the one form ``${question} = 'code'`` can be checked by eye: so all of those are."""
    checked = 0
    for one in bank().questions.values():
        simple = re.fullmatch(r"\$\{(\w+)\} = '(\w+)'", one.relevant)
        if simple and one.type != "note":
            rows = asked[table_of(one)]
            given = rows[one.name] != ""
            asked_here = rows[simple[1]] == simple[2]
            assert not (given & ~asked_here).any(), one.name
            checked += 1
    assert checked > 30
    assert COMPARED.search("${consent} = 'yes'")


def test_who_refused_or_was_not_at_home_answers_nothing(asked):
    main = asked[MAIN]
    away = main[~main["result"].isin(["completed", "broken_off"])]
    assert 20 < len(away) < 90
    for one in bank().questions.values():
        if table_of(one) == MAIN and one.module not in {"interview", "closing"} and one.type != "note":
            assert (away[one.name] == "").all(), one.name


def test_required_answers_are_there_in_completed_interviews(completed):
    for one in bank().questions.values():
        if (
            one.table in {"household", "respondent"}
            and one.required
            and not one.relevant
            and one.type in SELECTS
        ):
            assert (completed[one.name] != "").all(), one.name


def test_the_field_list_stands_for_the_households_and_names_every_visit(asked, field, krong):
    census = pd.read_csv(krong / "census.csv")
    assert len(field) == 600
    assert field["weight"].sum() == pytest.approx(census["households"].sum(), rel=1e-3)
    assert field["cluster"].nunique() == 40
    assert asked[MAIN]["household_id"].tolist() == field["household_id"].tolist()
    known = json.loads((krong / "truth.json").read_text("utf-8"))["people_by_sangkat"]
    assert set("KH" + field["sangkat_code"]) <= set(known)


def test_rosters_have_as_many_members_as_were_said_one_head_and_one_turn_for_each_threat(asked):
    main, members, threats = (asked[name] for name in (MAIN, MEMBERS, THREATS))
    talked = main[main["consent"] == "yes"].set_index("_index")
    size = members.groupby("_parent_index").size().reindex(talked.index)
    assert (size == talked["household_size"].astype(int)).all()
    assert (members["relation"] == "head").sum() == len(talked)
    assert (members["member_number"][members["relation"] == "head"] == "1").all()
    turns = threats.groupby("_parent_index")["threat"].agg(" ".join)
    done = main[main["result"] == "completed"].set_index("_index")["threats_all"]
    assert (done == turns.reindex(done.index).fillna("")).all()


def test_the_adult_who_answers_is_the_one_of_the_roster(asked):
    main, members = asked[MAIN], asked[MEMBERS]
    talked = main[main["consent"] == "yes"]
    who = members.set_index(["_parent_index", "member_number"])
    listed = who.loc[list(zip(talked["_index"], talked["respondent_number"], strict=True))]
    assert listed["age"].tolist() == talked["respondent_age"].tolist()
    assert listed["sex"].tolist() == talked["respondent_sex"].tolist()
    assert (listed["age"].astype(int) >= 18).all()
    drawn = (talked["adult_draw"].astype(float) * talked["adults"].astype(int)).astype(int) + 1
    assert (drawn == talked["adult_chosen"].astype(int)).all()


def share(table, weight, question, tag):
    one = bank().questions[question]
    tagged = set(codes(bank(), one.choices, tag)) or {tag}
    given = table[question]
    known = (given != "") & ~given.isin(["dont_know", "refused"])
    hit = given[known].map(lambda words: bool(tagged & set(words.split())))
    return float(np.average(hit, weights=weight[known])), int(known.sum())


@pytest.mark.parametrize(
    ("table", "answer", "question", "tag"),
    [
        ("households", "improved_water", "water_source", "improved"),
        ("households", "renter", "tenure", "renter"),
        ("households", "fears_eviction", "eviction_fear", "likely"),
        ("households", "waste_collected", "waste", "collected"),
        ("households", "idpoor", "idpoor", "poor"),
        ("households", "home_flooded_12m", "home_flooded_12m", "yes"),
        ("respondents", "safe_at_night", "safe_at_night", "safe"),
        ("respondents", "discriminated_12m", "discrimination_12m", "discriminated"),
        ("respondents", "has_say_in_decisions", "say_in_government", "positive"),
    ],
)
def test_the_sample_finds_what_is_true_of_everybody(completed, truth, table, answer, question, tag):
    """Within 2.6 standard errors of a sample whose clusters cost a design effect of 3."""
    weight = completed["weight"] * (completed["adults"].astype(int) if table == "respondents" else 1)
    found, n = share(completed, weight, question, tag)
    true = truth["survey"][table][answer]
    assert found == pytest.approx(true, abs=2.6 * np.sqrt(3 * true * (1 - true) / n))


def test_the_informal_settlement_lives_worse(completed):
    informal = completed["stratum"] == "informal"
    for question, answers in {
        "tenure_paper": {"none", "verbal", "utility_bill"}, "eviction_fear": {"very_likely", "somewhat_likely"},
        "home_flooded_12m": {"yes"}, "fies_4_skipped": {"yes"}, "toilet": {"none", "hanging", "pit_open"},
    }.items():  # fmt: skip
        said = completed[question].isin(answers)
        assert said[informal].mean() > 1.5 * said[~informal].mean(), question


def test_food_questions_grow_harder(completed):
    said = (completed[[name for name in completed if name.startswith("fies_")]] == "yes").mean()
    assert said.iloc[0] > said.iloc[3] > said.iloc[5] > said.iloc[7]


def test_threats_follow_from_what_happened(asked, truth):
    main = asked[MAIN]
    done = main[main["result"] == "completed"]
    flooded = done["home_flooded_12m"] == "yes"
    named = done["threats_environmental"].str.split().map(lambda words: "flood" in words)
    assert named[flooded].mean() > 0.6
    assert named[~flooded].mean() < 0.2
    threats = asked[THREATS]
    assert set(threats["threat_severity"]) <= set("12345")
    assert (threats["threat_shown"] == threats["threat"]).all()
    assert truth["survey"]["threats"]["flood"] < truth["survey"]["threats"]["high_prices"]
