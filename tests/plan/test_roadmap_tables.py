"""Money of a roadmap, worked by hand on three projects: 4,100 riel for a dollar."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from tests.plan.roadmap_case import BUDGET, CITY, ROWS, YEARS, items, money, plan

from citiesforall.core.action import actions
from citiesforall.core.budget import Budget
from citiesforall.core.money import usd_to_local
from citiesforall.plan.roadmap_tables import (
    Plan,
    annual_budget,
    development_plan,
    investment_programme,
    local_rate,
    money_doubts,
    ordered,
    projects,
    yearly,
)

RATE = 4100


def tables(rows=ROWS):
    one = plan(rows)
    table = ordered(one)
    return one, table, yearly(one, table)


def test_projects_are_numbered_by_dimension_and_programme():
    _, table, _ = tables()
    # Health care before water (programmes in the order of the files), both before the environment.
    assert table["item"].tolist() == ["P001", "P002", "P003"]
    assert table["number"].tolist() == [1, 2, 3]
    assert table["programme"].tolist() == ["health", "water", "green"]


def test_capital_is_paid_at_the_start_and_running_costs_from_readiness_on():
    _, _, paid = tables()
    post = paid[paid["item"] == "P001"]
    assert post[post["kind"] == "capital"][["year", "usd"]].to_numpy().tolist() == [[2027, 30000]]
    # Ready in 2028: 9,000 in each of 2028, 2029, 2030, 2031.
    assert post[post["kind"] == "recurrent"]["year"].tolist() == [2028, 2029, 2030, 2031]
    assert post[post["kind"] == "recurrent"]["usd"].sum() == 36_000
    assert post["local"].tolist() == [123_000_000, *[36_900_000] * 4]


def test_the_matrix_by_hand():
    _, table, paid = tables()
    matrix = development_plan(table, paid, YEARS)
    # 2028: 9,000 of the post + (11,000 + 1,000) of the taps = 21,000 dollars = 86,100,000 riel.
    assert matrix["local_2028"].sum() == 21_000 * RATE
    # Whole plan: post 30,000 + 36,000; taps 11,000 + 4 x 1,000; park 50,000 + 2 x 1,500 = 134,000 dollars.
    assert matrix["usd"].tolist() == [66_000, 15_000, 53_000]
    assert matrix["local"].sum() == 134_000 * RATE
    assert (matrix["capital_local"] + matrix["recurrent_local"] == matrix["local"]).all()
    assert matrix[[f"local_{year}" for year in YEARS]].sum(axis=1).tolist() == matrix["local"].tolist()


def test_the_programme_commits_three_years():
    _, table, paid = tables()
    rolling = investment_programme(table, paid, YEARS)
    assert [name for name in rolling if name.startswith(("capital_", "recurrent_"))] == [
        "capital_2027", "recurrent_2027", "capital_2028", "recurrent_2028", "capital_2029", "recurrent_2029",
    ]  # fmt: skip
    # Three years: post 30,000 + 2 x 9,000, taps 11,000 + 2 x 1,000; the park comes later.
    assert rolling["usd"].tolist() == [48_000, 13_000, 0]
    # Later: post 2 x 9,000, taps 2 x 1,000, park 53,000.
    assert rolling["later_local"].tolist() == [18_000 * RATE, 2_000 * RATE, 53_000 * RATE]
    matrix = development_plan(table, paid, YEARS)
    assert (rolling["local"] + rolling["later_local"] == matrix["local"]).all()


def test_the_annual_budget_by_tier_and_fund():
    one, _, paid = tables()
    budget = annual_budget(one, paid)
    assert len(budget) == 5 * 2 * 2
    first = budget[(budget["year"] == 2027) & (budget["fund"] == "dm")].set_index("kind")
    # 410 million riel less 30,000 dollars = 123 million leaves 287 million.
    assert first.loc["capital", ["limit_local", "planned_local", "left_local"]].tolist() == [
        410e6,
        123e6,
        287e6,
    ]
    assert first.loc["recurrent", "planned_local"] == 0
    assert first.loc["capital", "tier"] == "DM"
    assert budget["planned_local"].sum() == 134_000 * RATE
    assert money_doubts(one, budget) == []


def test_the_same_work_in_one_place_and_year_is_one_project():
    tap = ("public_tap", "KH9902", 2.0, 2028, 2028, "cs", 11_000.0, 1_000.0, 500.0, "unsafe_water")
    rows = [
        ROWS[0], ("P002", *tap), ("P003", *tap), ("P004", *tap[:5], "dm", *tap[6:]), ("P005", *tap[:3], 2029, 2029, *tap[5:]),
    ]  # fmt: skip
    one = plan_of(rows)
    table = ordered(one)
    # Another fund or another year is another project.
    assert table[["item", "number"]].to_numpy().tolist() == [
        ["P001", 1],
        ["P002", 2],
        ["P003", 2],
        ["P004", 3],
        ["P005", 4],
    ]
    paid = yearly(one, table)
    matrix = development_plan(table, paid, YEARS)
    drawn = projects(matrix)
    assert drawn[["number", "sites", "units", "people"]].to_numpy().tolist() == [
        [1, 1, 1, 2000], [2, 2, 4, 1000], [3, 1, 2, 500], [4, 1, 2, 500],
    ]  # fmt: skip
    assert drawn["usd"].tolist() == [66_000, 30_000, 15_000, 14_000]
    assert drawn["local_2028"].sum() == matrix["local_2028"].sum()
    assert len(projects(matrix.iloc[:0])) == 0


def test_money_that_does_not_agree_is_doubted():
    one, _, paid = tables()
    wrong = one.money.copy()
    wrong.loc[
        (wrong["year"] == 2027) & (wrong["fund"] == "dm") & (wrong["kind"] == "capital"), "spent_usd"
    ] = 29_999
    notes = money_doubts(replace(one, money=wrong), annual_budget(one, paid))
    assert [note.what for note in notes] == ["items add up to US$ 30,000.00, the plan says 29,999.00."]
    assert notes[0].kind == "doubt"


def test_a_fund_that_is_overspent_is_doubted():
    rows = [*ROWS[:2], (*ROWS[2][:7], 150_000.0, *ROWS[2][8:])]
    one, _, paid = tables(rows)
    assert any(
        "US$ 50,000.00 more is planned than the fund has" in n.what
        for n in money_doubts(one, annual_budget(one, paid))
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({}, ("KHR", 4100.0)),
        ({"currency": "USD"}, ("KHR", 4100.0)),
        ({"currency": "USD", "khr_per_usd": None}, ("USD", 1.0)),
        ({"currency": "BRL", "khr_per_usd": None, "per_usd": 5.4}, ("BRL", 5.4)),
    ],
)
def test_the_currency_shown(words, expected):
    assert local_rate(Budget.model_validate(BUDGET | words)) == expected


def test_an_empty_plan_has_tables_of_nothing():
    one, table, paid = tables([])
    assert len(development_plan(table, paid, YEARS)) == 0
    assert annual_budget(one, paid)["planned_local"].sum() == 0
    assert investment_programme(table, paid, YEARS).empty


rows_of_plans = st.lists(
    st.tuples(
        st.sampled_from(["health_post", "public_tap", "pocket_park", "street_light", "flood_shelter"]),
        st.sampled_from(["KH9901", "KH9902"]),
        st.sampled_from(YEARS),
        st.integers(0, 3),
        st.sampled_from(["dm", "cs"]),
        st.floats(0, 1e7),
        st.floats(0, 1e5),
    ),
    max_size=12,
)


@settings(deadline=None, max_examples=12)
@over(rows_of_plans)
def test_every_riel_is_counted_once(drawn):
    rows = [
        (f"P{number:03d}", key, place, 1.0, start, start + lead, fund, capital, om, 10.0, "")
        for number, (key, place, start, lead, fund, capital, om) in enumerate(drawn, start=1)
    ]
    one = plan([]) if not rows else plan_of(rows)
    table = ordered(one)
    paid = yearly(one, table)
    matrix, budget = development_plan(table, paid, YEARS), annual_budget(one, paid)
    rolling = investment_programme(table, paid, YEARS)
    assert matrix["local"].sum() == paid["local"].sum() == budget["planned_local"].sum()
    assert (rolling["local"] + rolling["later_local"]).sum() == matrix["local"].sum()
    assert budget["planned_usd"].sum() == pytest.approx(sum(paid["usd"]), rel=1e-12)
    assert (paid["local"] == usd_to_local(paid["usd"].to_numpy(float), RATE)).all()
    for drawn_together, apart in ((projects(matrix), matrix), (projects(rolling), rolling)):
        assert drawn_together["local"].sum() == apart["local"].sum()
    assert sorted(table["item"]) == sorted(row[0] for row in rows)
    # The order of the items changes nothing.
    other = plan_of(rows[::-1]) if rows else one
    pd.testing.assert_frame_equal(ordered(other), table)


def plan_of(rows):
    table = items([])
    made = pd.DataFrame(rows, columns=list(table.columns[:11]))
    known = [actions()[key] for key in made["action"]]
    made = made.assign(
        code=[one.code for one in known], dimension=[one.dimensions[0] for one in known], tier=[one.tier for one in known],
        unit=[one.unit for one in known],
    )  # fmt: skip
    return Plan(made, money([]), CITY.budget, actions())


def test_missing_limits_stay_missing():
    one, _, paid = tables()
    budget = annual_budget(replace(one, money=one.money.iloc[:0]), paid)
    assert np.isnan(budget["limit_usd"]).all()
    assert np.isnan(budget["left_local"]).all()
