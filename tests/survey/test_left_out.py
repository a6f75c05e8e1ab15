"""Answers put together say whom they leave out, and a refused threat is not known."""

import numpy as np

from citiesforall.survey.left_out import children_left_out, left_out, left_out_notes
from citiesforall.survey.threats import threat_table
from tests.survey.test_answers_home import asked

nan = np.nan


def test_more_than_two_of_a_hundred_missing_is_a_doubt():
    part = np.ones(100)
    assert left_out("slum", {"water": part}, "s") == []
    two, three = np.where(np.arange(100) < 2, nan, part), np.where(np.arange(100) < 3, nan, part)
    (figure,) = left_out("slum", {"water": two, "room": part}, "s")
    assert figure.kind == "figure"
    (doubt,) = left_out("slum", {"water": three, "room": np.where(np.arange(100) > 97, nan, part)}, "s")
    assert doubt.kind == "doubt"
    assert doubt.what == (
        "slum: 5 of 100 are left out, for not all its parts are known. Missing: water 3.0 %, room 2.0 %."
    )


def test_bribes_miss_only_where_there_was_contact():
    answers = {
        "had_official_contact_12m": np.array([1, 1, 0, nan]),
        "paid_bribe_12m": np.array([1, nan, nan, nan]), "bribe_asked_12m": np.array([0, 1, nan, nan]),
        "bribe_12m": np.array([1, nan, nan, nan]),
    }  # fmt: skip
    (note,) = left_out_notes(asked(4), answers, "s")
    assert note.what.startswith("bribe_12m: 1 of 2 are left out")


def test_children_whose_work_is_not_known_are_told():
    roster = asked(4, numbers={"age": [4, 5, 17, 18]})
    (note,) = children_left_out(roster, {"child_labour_5_17": np.array([nan, 0, nan, nan])}, "s")
    assert "1 of 2 are left out" in note.what
    assert children_left_out(roster, {"child_labour_5_17": np.full(4, nan)}, "s") == []


def test_a_refused_threat_is_not_known():
    sets = [{"flood"}, {"none"}, {"refused"}, None]
    given = asked(
        4, sets={"threats_environmental": [None if one is None else frozenset(one) for one in sets]}
    )
    details = asked(
        1, sets={"threat_coping": [frozenset({"refused"})], "threat_helped_by": [frozenset({"family"})]},
        threat=["flood"], threat_severity=["4"], threat_likelihood=["dont_know"],
    )  # fmt: skip
    table, faults = threat_table(given, details, np.array([0]))
    assert not faults
    flood = table[table["threat"] == "flood"].set_index("row")
    assert flood["affected"].tolist() == [1.0, 0.0]
    assert flood.index.tolist() == [0, 1]
    first = flood.loc[0]
    assert (first["severity"], first["coping"], first["helped_by"]) == (4.0, "", "family")
    assert np.isnan(first["likelihood"])
    (note,) = left_out_notes(given, {}, "s")
    assert note.what == "threats_environmental: 1 of 3 did not want to answer and are left out."
