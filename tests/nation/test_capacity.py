"""Capacity of administrations from their self-assessments."""

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.scorecard import scorecards
from citiesforall.core.tables import write_parquet
from citiesforall.nation.capacity import (
    CAPACITY,
    capacities,
    capacity_table,
    capacity_totals,
    is_low,
    scale_of,
)

from .test_options import city, inputs, item, judged_of, members_of

BUS = item("bus_stop", 1, (1.0, 2.0, 3.0), 10)


def scored(run, scores):
    """Write the scores of a city: capacity -> value."""
    rows = [
        {"place": run.code, "group": "all", "indicator": key, "version": 1, "period": "2025", "value": value, "low": value - 0.2,
         "high": value + 0.2, "num": value, "den": 1.0, "n": 5.0, "status": "ok", "run": "r"} for key, value in scores.items()
    ]  # fmt: skip
    write_parquet(pd.DataFrame(rows), run.folder / "observations.parquet")
    return run


def test_every_self_assessment_stands_once():
    found = capacities()
    assert {card.id for _, card in found.values()} == set(scorecards()), "each scorecard is there"
    assert "smart_city_maturity" not in found, "the least of the pillars says the same again"
    assert "civil_society_participation_counts" not in found


@pytest.mark.parametrize(
    ("card", "score", "low"),
    [
        ("participation", 2.5, True),  # counts strictly above the middle of 1 to 4
        ("participation", 2.51, False),
        ("urban_policy", 51.0, False),
        ("local_disaster_strategy", 0.0, True),
        ("local_disaster_strategy", 100.0, False),
        ("people_centred_smart_city", 2.99, True),  # the middle of 1 to 5 is 3
        ("people_centred_smart_city", 3.0, False),
        ("budget_openness", 1.9, True),  # four yes at most: the middle is 2
        ("budget_openness", 2.0, False),
    ],
)
def test_what_is_low(card, score, low):
    assert is_low(score, scorecards()[card]) is low


def test_scales():
    assert scale_of(scorecards()["budget_openness"]) == (0, 4)
    assert scale_of(scorecards()["people_centred_smart_city"]) == (1, 5)
    assert scale_of(scorecards()["local_disaster_strategy"]) == (0, 100)


@pytest.fixture
def three(tmp_path):
    """Return a nation of three krongs of which two have answered, and its members."""
    cities = [city(tmp_path, f"KH990{at}", [BUS]) for at in (1, 2, 3)]
    scored(cities[0], {"smart_city_capacity": 2.0, "civil_society_participation": 3.0})
    scored(cities[1], {"smart_city_capacity": 4.0, "urban_policy_score": 60.0})
    members = members_of({"KH9901": 10_000, "KH9902": 30_000, "KH9903": 60_000})
    return inputs(tmp_path, cities, members, judged_of([])), members


def test_a_member_nobody_answered_for_is_missing_not_nought(three):
    given, members = three
    table = capacity_table(given, members)
    assert list(table.columns) == list(CAPACITY)
    row = table.set_index(["member", "capacity"]).loc[("KH9903", "smart_city_capacity")]
    assert row["status"] == "missing"
    assert np.isnan(row["score"])
    first = table.set_index(["member", "capacity"]).loc[("KH9901", "smart_city_capacity")]
    assert (first["score"], first["low"], first["of"], first["passes"], first["source"]) == (
        2.0,
        1.8,
        5.0,
        0.0,
        "people_centred_smart_city",
    )


def test_a_scorecard_about_the_country_is_a_row_of_the_nation(three):
    table = capacity_table(*three).set_index(["member", "capacity"])
    assert table.loc[("KH", "urban_policy_score"), "score"] == 60.0
    assert "KH9901" not in table.xs("urban_policy_score", level="capacity").index


def test_rolled_up_with_what_it_speaks_for(three):
    given, members = three
    totals = capacity_totals(capacity_table(given, members), members, "KH").set_index(["place", "capacity"])
    row = totals.loc[("KH", "smart_city_capacity")]
    # Two of three members, 40,000 of 100,000 people; (2 x 10,000 + 4 x 30,000) / 40,000 = 3.5.
    assert (row["members"], row["members_all"], row["coverage_people"], row["score"], row["low_members"]) == (
        2,
        3,
        0.4,
        3.5,
        1,
    )
    assert totals.loc[("KH99", "smart_city_capacity"), "score"] == 3.5
    assert totals.loc[("KH", "budget_openness"), "status"] == "missing"


def test_people_of_a_part_are_not_counted_twice(tmp_path):
    cities = [scored(city(tmp_path, "KH12_CENTRE", [BUS], part_of="KH12"), {"smart_city_capacity": 3.0})]
    members = members_of(
        {"KH1201": 70_000, "KH12_CENTRE": 50_000}, part_of=["", "KH12"], city=["KH", "KH12_CENTRE"]
    )
    given = inputs(tmp_path, cities, members, judged_of([]))
    totals = capacity_totals(capacity_table(given, members), members, "KH").set_index(["place", "capacity"])
    row = totals.loc[("KH", "smart_city_capacity")]
    assert (row["people"], row["people_all"], row["score"]) == (50_000, 70_000, 3.0)


def test_the_invented_krong_that_filled_its_scorecards(nation):
    members = nation.table("members", "members")
    table = capacity_table(nation, members)
    known = table[table["score"].notna() & (table["level"] == "city")]
    assert set(known["member"]) == {"KH9901"}
    assert (known["score"] <= known["of"]).all()
