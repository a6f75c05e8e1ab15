"""Which indicators a profile shows and what its captions say, on tables small enough to be worked by hand."""

import math
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiesforall.core.indicator import indicators
from citiesforall.report.blocks import Number
from citiesforall.report.evidence import Evidence
from citiesforall.report.profile_charts import BEST, WORST, class_of, few
from citiesforall.report.profile_facts import NAN, Facts, Row, bare, between, gather_facts, listed
from citiesforall.report.profile_findings import group_finding, place_finding, score_finding
from citiesforall.report.profile_limits import COUNTED, coverage
from citiesforall.report.profile_select import (
    filler_of,
    missing_of,
    most_often,
    picks,
    points,
    ranked_gaps,
    spread,
    strengths,
    worst_groups,
    worst_places,
)

OPEN = "open_space_access"  # leads its challenge
WASTE = "waste_collected_at_home"
GAP = {
    "place": "C", "measure": "place_gap", "group_a": "all", "group_b": "", "place_b": "C", "unit": "%", "chance": 1.0,
    "n": 3.0, "status": "ok", "note": "",
}  # fmt: skip


def row(value, low=NAN, high=NAN, status="ok"):
    return Row(value, low, high, status, 10.0, 1, "2025")


def facts_of(rows, scores=(), leads=(), unequal=(), dimensions=None) -> Facts:
    """Return facts of a city C with the places A, B and D, from (place, group, indicator) -> row and (indicator, score, low, weight)."""
    table = pd.DataFrame(
        [
            {
                "place": p,
                "group": g,
                "indicator": k,
                "value": r.value,
                "low": r.low,
                "high": r.high,
                "status": r.status,
            }
            for (p, g, k), r in rows.items()
        ],
        columns=["place", "group", "indicator", "value", "low", "high", "status"],
    )
    evidence = Evidence(None, {}, {"observations": table, "inequality": pd.DataFrame(list(unequal))}, {})
    scored = pd.DataFrame(list(scores), columns=["indicator", "score", "low", "weight"]).set_index(
        "indicator"
    )
    scored = scored.assign(high=100.0, status="ok")
    cards = tuple({"lead": lead, "challenge": lead} for lead in leads)
    names = {"C": "The City", "A": "Aey", "B": "Bei", "D": "Dey"}
    return Facts(evidence, "en", "C", names, ("A", "B", "D"), rows, cards, scored, dimensions or {})


def test_headlines_come_before_others_measured_before_doubtful_then_the_furthest_from_the_goal():
    values = {
        OPEN: row(40.0),  # leads, score 40
        WASTE: row(70.0),  # leads, score 62.5: after OPEN
        "wastewater_treated": row(10.0, status="estimated"),  # counts, but estimated: after the measured ones
        "large_open_space_access": row(5.0),  # no headline: last, though it is the worst
    }
    rows = {("C", "all", key): one for key, one in values.items()}
    scores = [
        (OPEN, 40.0, 30.0, 0.1), (WASTE, 62.5, 60.0, 0.0), ("wastewater_treated", 10.0, 5.0, 0.1),
        ("large_open_space_access", 5.0, 4.0, 0.0),
    ]  # fmt: skip
    found = [one.indicator for one in picks(facts_of(rows, scores, leads=(OPEN, WASTE)), "environmental", 9)]
    assert found[:3] == [OPEN, WASTE, "wastewater_treated"]
    assert "large_open_space_access" in found[3:]


def test_two_of_a_challenge_at_most_while_others_are_left():
    family = [OPEN, "open_space_share", "open_space_per_person", "large_open_space_access"]
    rows = {("C", "all", key): row(1.0) for key in [*family, WASTE]}
    # all count in the score; the family of open space is further from the goal than waste
    scores = [(key, 10.0 + at, 5.0, 0.1) for at, key in enumerate(family)] + [(WASTE, 50.0, 40.0, 0.1)]
    given_facts = facts_of(rows, scores)
    assert [one.indicator for one in picks(given_facts, "environmental", 3)] == [*family[:2], WASTE]
    assert [one.indicator for one in picks(given_facts, "environmental", 9)] == [
        *family[:2],
        WASTE,
        *family[2:],
    ]


def test_missing_and_withheld_values_are_never_shown():
    rows = {
        ("C", "all", OPEN): row(NAN, status="missing"),
        ("C", "all", WASTE): row(NAN, status="suppressed"),
    }
    assert picks(facts_of(rows), "environmental", 9) == []


def places(a, b, d, key=OPEN):
    return {("C", "all", key): row(40.0)} | {
        (place, "all", key): row(value) for place, value in {"A": a, "B": b, "D": d}.items()
    }


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-25.0, -15.0, "worst in Aey, 20.0% against 40.0% in the whole city."),  # 0 is outside: sure
        (
            -25.0,
            5.0,
            "no place clearly stands out; values lie between 20.0% in Aey and 60.0% in Dey.",
        ),  # 0 is inside
        (NAN, NAN, "from 20.0% in Aey to 60.0% in Dey; how exact this is, no source says."),
    ],
)
def test_a_place_is_named_only_where_its_gap_is_no_chance(low, high, said):
    gap = GAP | {"indicator": OPEN, "place_a": "A", "value": -20.0, "low": low, "high": high}
    known = facts_of(places(20.0, 40.0, 60.0), unequal=[gap])
    sentence = place_finding(known, OPEN, worst_places(known))
    assert sentence.text == f"People within 400 metres of open public space: {said}"
    assert [one.column for one in sentence.numbers] == ["value", "value"]


def test_places_that_are_alike_or_unknown_are_said_to_be():
    alike = facts_of(places(40.0, 40.0, 40.0))
    assert "all places have the same value, 40.0%" in place_finding(alike, OPEN, {}).text
    alone = facts_of({("C", "all", OPEN): row(40.0), ("A", "all", OPEN): row(40.0)})
    assert place_finding(alone, OPEN, {}).text.endswith("is known for the whole city only.")


def test_a_place_that_is_worst_together_with_others_is_not_named():
    gap = GAP | {
        "indicator": OPEN,
        "place_a": "A",
        "value": -40.0,
        "low": -41.0,
        "high": -39.0,
        "note": "level",
    }
    known = facts_of(places(0.0, 0.0, 60.0), unequal=[gap])
    assert worst_places(known) == {}
    assert "no place clearly stands out" in place_finding(known, OPEN, worst_places(known)).text


def test_the_worst_comes_first_whichever_way_is_good():
    assert spread(facts_of(places(60.0, 20.0, 40.0)), OPEN) == ["B", "D", "A"]  # higher is better
    assert spread(facts_of(places(60.0, 20.0, 40.0, "flood_exposure")), "flood_exposure") == ["A", "D", "B"]


def groups(value, low, high):
    gap = GAP | {
        "indicator": OPEN, "measure": "group_gap", "group_a": "women", "group_b": "men", "place_a": "", "place_b": "",
        "value": value, "low": low, "high": high,
    }  # fmt: skip
    rows = {
        ("C", "all", OPEN): row(40.0),
        ("C", "women", OPEN): row(40 + value / 2),
        ("C", "men", OPEN): row(40 - value / 2),
    }
    return facts_of(rows, unequal=[gap])


@pytest.mark.parametrize(("value", "behind"), [(-10.0, "women"), (10.0, "men")])
def test_the_group_behind_is_named_whichever_side_it_stands_on(value, behind):
    known = groups(value, value - 2, value + 2)
    (one,) = worst_groups(known)
    assert one.code == behind
    assert one.gap == -10.0  # access of those behind less that of the others
    assert (one.low, one.high) == (-12.0, -8.0)
    assert "35.0%" in group_finding(known, [one]).text  # 40 - 10 / 2
    assert "45.0%" in group_finding(known, [one]).text


def test_groups_whose_gap_may_be_chance_are_not_named():
    known = groups(-10.0, -25.0, 5.0)
    assert worst_groups(known) == []
    assert group_finding(known, []).text == "No group is clearly worse off than the one it is compared with."
    nobody = facts_of({("C", "all", OPEN): row(40.0), ("C", "slow_walkers", OPEN): row(30.0)})
    assert "no source of the city tells them apart" in group_finding(nobody, []).text


def test_gaps_are_ordered_by_points_of_score():
    # open space: 20 of 100 % are 20 points; fine particles: 10 of the 45 ug/m3 between floor and goal are 22.2
    post = indicators()["pm25_mean"].goalposts
    unequal = [
        GAP | {"indicator": OPEN, "place_a": "A", "value": -20.0, "low": -22.0, "high": -18.0},
        GAP | {"indicator": "pm25_mean", "place_a": "B", "value": 10.0, "low": 9.0, "high": 11.0},
    ]
    rows = places(20.0, 40.0, 60.0) | places(10.0, 30.0, 20.0, "pm25_mean")
    known = facts_of(rows, [(OPEN, 40.0, 30.0, 0.1), ("pm25_mean", 50.0, 40.0, 0.1)], unequal=unequal)
    worst = worst_places(known)
    assert points(worst[OPEN]) == pytest.approx(20.0)
    assert points(worst["pm25_mean"]) == pytest.approx(10.0 / abs(post.goal - post.floor) * 100)
    first, second = ranked_gaps(known, worst.values())
    assert points(first) >= points(second)


def test_gaps_of_indicators_that_are_no_headline_are_left_out():
    gap = GAP | {"indicator": OPEN, "place_a": "A", "value": -20.0, "low": -22.0, "high": -18.0}
    known = facts_of(places(20.0, 40.0, 60.0), [(OPEN, 40.0, 30.0, 0.0)], unequal=[gap])
    assert ranked_gaps(known, worst_places(known).values()) == []


def test_who_is_worst_off_most_often_comes_first_and_ties_go_by_code():
    unequal = [
        GAP | {"indicator": key, "place_a": place, "value": -20.0, "low": -22.0, "high": -18.0}
        for key, place in [(OPEN, "B"), (WASTE, "B"), ("green_area", "D"), ("waste_controlled", "A")]
    ]
    assert most_often(worst_places(facts_of({}, unequal=unequal)).values()) == [("B", 2), ("A", 1), ("D", 1)]


def test_a_strength_is_near_its_goal_with_its_whole_interval():
    scores = [
        (OPEN, 95.0, 79.9, 0.1),
        (WASTE, 90.0, 85.0, 0.1),
        ("green_area", 99.0, NAN, 0.1),
        ("pm25_mean", 99.0, 98.0, 0.0),
    ]
    assert strengths(facts_of({}, scores), 3) == [
        "green_area",
        WASTE,
    ]  # OPEN may lie below 80; fine particles lead nothing


def dimension(place, score, low, high):
    return {
        "place": place,
        "group": "all",
        "dimension": "food",
        "score": score,
        "low": low,
        "high": high,
        "status": "ok",
    }


def test_a_score_is_behind_only_where_the_intervals_part():
    whole = dimension("C", 70.0, 68.0, 72.0)
    clear = [dimension("A", 60.0, 58.0, 67.9), dimension("B", 80.0, 78.0, 82.0)]
    unclear = [dimension("A", 66.0, 60.0, 68.1), clear[1]]
    for rows, said in [
        (clear, "Food security is lowest in Aey: 60.0 of 100"),
        (unclear, "no place clearly falls behind"),
    ]:
        known = facts_of({}, dimensions={"food": (*rows, whole)})
        assert said in score_finding(known, "food", rows, "place").text
    assert "too few places" in score_finding(known, "food", rows[:1], "place").text


def test_every_indicator_is_counted_once_among_known_missing_and_withheld():
    rows = {
        ("C", "all", OPEN): row(1.0, status="estimated"),
        ("C", "all", WASTE): row(NAN, status="suppressed"),
    }
    counts = coverage(facts_of(rows))
    total = {name: sum(one[name] for one in counts.values()) for name in COUNTED}
    assert total["all"] == len(indicators()) == total["known"] + total["missing"] + total["withheld"]
    assert (total["known"], total["doubtful"], total["withheld"]) == (1, 1, 1)


def test_what_is_missing_is_told_once_by_what_would_fill_it():
    waiting = missing_of(facts_of({("C", "all", OPEN): row(1.0)}), "")
    every = [key for keys in waiting.values() for key in keys]
    assert sorted(every) == sorted(set(indicators()) - {OPEN})
    assert set(waiting) == {"survey", "register", "figures", "scorecard", "map"}
    lengths = [len(keys) for keys in waiting.values()]
    assert lengths == sorted(lengths, reverse=True)


@pytest.mark.parametrize(
    ("key", "role"),
    [(WASTE, "survey"), (OPEN, "map"), ("idpoor_households", "register"), ("wastewater_treated", "figures"),
     ("budget_openness", "scorecard")],
)  # fmt: skip
def test_each_kind_of_source_is_told(key, role):
    assert filler_of(indicators()[key]) == role


@given(st.integers(0, 60))
def test_of_many_rows_the_worst_and_the_best_are_kept_in_order(count):
    kept = few(range(count))
    assert kept == sorted(kept)
    assert len(kept) == min(count, WORST + BEST)
    if count:
        assert kept[0] == 0
        assert kept[-1] == count - 1


@pytest.mark.parametrize(
    ("score", "at"), [(0, 0), (19.99, 0), (20, 1), (59.9, 2), (80, 4), (100, 4), (120, 4), (-5, 0)]
)
def test_scores_fall_into_fifths(score, at):
    assert class_of(score) == at


def test_an_unknown_score_has_no_class():
    assert math.isnan(class_of(NAN))


def number(value):
    return Number("", "t", (), "c", value, "x")


def test_an_interval_is_written_without_its_unit_and_not_at_all_where_an_end_is_unknown():
    assert between(number(63.31), number(70.49), "%", "en").text == "63.3\N{EN DASH}70.5"
    assert [one.text for one in between(number(1234.4), number(2000.0), "persons", "km").numbers] == [
        "1,234",
        "2,000",
    ]
    assert between(number(NAN), number(1.0), "%", "en").text == ""
    assert bare(1.25, "km/km2", "en") == "1.25"


def test_names_are_listed_as_people_say_them():
    known = facts_of({})
    assert [listed(known, names).text for names in ([], ["A"], ["A", "B"], ["A", "B", "C"])] == [
        "",
        "A",
        "A and B",
        "A, B and C",
    ]
    assert listed(replace(known, lang="km"), ["ក", "ខ", "គ"]).text == "ក, ខ និងគ"


def test_places_are_called_in_the_language_and_by_their_latin_name_where_there_is_no_other(evidence_of):
    english, khmer = (gather_facts(evidence_of, lang) for lang in ("en", "km"))
    assert khmer.names[english.whole] == "ក្រុងតូច"
    table = evidence_of.tables["places"].assign(name_km=None)
    bare_names = Evidence(
        evidence_of.city, evidence_of.folders, dict(evidence_of.tables) | {"places": table}, {}
    )
    assert gather_facts(bare_names, "km").names == english.names
