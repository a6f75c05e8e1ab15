"""Gaps of mandate, finance, capacity and evidence."""

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.action import action
from citiesforall.nation.capacity import capacity_table
from citiesforall.nation.gaps import (
    GAPS,
    capacity_gaps,
    evidence_gaps,
    finance_gaps,
    gaps_table,
    mandate_gaps,
    may_act,
    tier_of_member,
)
from citiesforall.nation.options_plans import judged_of as read_judged
from citiesforall.nation.options_plans import plans_of

from .test_capacity import scored
from .test_options import city, inputs, item, judged_of, members_of

COST = (1_000.0, 3_000.0, 6_000.0)


def having(rows):
    """Return judged rows as the tables of gaps want them: none is part of another."""
    table = judged_of(rows)
    return table.assign(has=table["has"].astype(float), part=False)


@pytest.mark.parametrize(
    ("level", "code", "part_of", "tier"),
    [("district", "KH0203", "", "DM"), ("city", "KH9901", "", "DM"), ("city", "KH12_CENTRE", "KH12", "CP"),
     ("city", "KH12", "", "CP"), ("province", "KH01", "", "CP"), ("commune", "KH010203", "", "CS"), ("village", "KH01020304", "", "")],
)  # fmt: skip
def test_which_tier_a_member_is(level, code, part_of, tier):
    assert tier_of_member(level, code, part_of) == tier


def test_a_tier_may_act_where_it_leads_or_is_partner():
    assert may_act(action("health_centre"), "DM")
    assert may_act(action("bus_stop"), "DM")  # CP leads, DM is partner
    assert not may_act(action("idpoor_outreach"), "DM")


def test_mandate_gaps_name_the_tier_that_could():
    judged = having(
        [
            ("poverty", "KH0101", 500, True),
            ("poverty", "KH0102", 300, True),
            ("poverty", "KH0103", 900, False),
        ]
    )
    rows = pd.DataFrame(mandate_gaps(judged, {"KH0101": "DM", "KH0102": "DM", "KH0103": "DM"})).set_index(
        "action"
    )
    # idpoor_outreach is of communes, job_centre of provinces; a district leads the market upgrade itself.
    assert rows.loc["idpoor_outreach", ["tier", "members", "members_all", "people"]].tolist() == [
        "CS",
        2,
        2,
        800,
    ]
    assert rows.loc["job_centre", "tier"] == "CP"
    assert "market_upgrade" not in rows.index
    assert "" not in rows.index, "districts lead one of its actions"


def test_a_challenge_none_of_whose_actions_a_tier_leads():
    rows = pd.DataFrame(mandate_gaps(having([("flooding", "KH0101", 500, True)]), {"KH0101": "CS"}))
    assert "leads_no_action" not in set(rows["note"]), "communes lead the loudspeakers"
    rows = pd.DataFrame(mandate_gaps(having([("public_transport", "KH0101", 500, True)]), {"KH0101": "CS"}))
    none = rows[rows["action"] == ""].iloc[0]
    assert (none["note"], none["tier"], none["people"]) == ("leads_no_action", "CP DM", 500)


@pytest.fixture
def planned(tmp_path):
    """Return a function that makes a nation of one planned krong with some envelopes."""

    def make(envelopes=()):
        cities = [city(tmp_path, "KH9901", [item("bus_stop", 2, COST, 1_000)])]
        judged = judged_of([("public_transport", "KH9901", 4_000, True)])
        return inputs(tmp_path, cities, members_of({"KH9901": 60_000}), judged, envelopes=list(envelopes))

    return make


def test_without_an_envelope_the_gap_is_missing_not_nought(planned):
    given = planned()
    rows = pd.DataFrame(finance_gaps(given, plans_of(given))).set_index("note")
    assert rows.loc["no_envelope", "cost_usd"] == 6_000
    assert np.isnan(rows.loc["no_envelope", "usd"])
    assert rows.loc["no_envelope", "status"] == "missing"


def test_an_envelope_that_falls_short_and_one_that_no_plan_draws_on(planned):
    given = planned(
        [
            {"fund": "province", "usd": 4_500, "source": "budget law 2027"},
            {"fund": "climate", "usd": 1e6, "source": "x"},
        ]
    )
    rows = pd.DataFrame(
        [row for row in finance_gaps(given, plans_of(given)) if row["note"] != "plans_limit"]
    ).set_index("fund")
    assert rows.loc["province", ["cost_usd", "known_usd", "usd", "note"]].tolist() == [
        6_000,
        4_500,
        1_500,
        "envelope",
    ]
    climate = rows.loc["climate"]
    assert climate["note"] == "fund_not_in_plans"
    assert np.isnan(climate["usd"])


def test_an_envelope_of_a_tier_pays_for_funds_of_that_tier_only(planned):
    given = planned([{"fund": "province", "tier": "LN", "usd": 1.0, "source": "x"}])
    row = next(row for row in finance_gaps(given, plans_of(given)) if row["note"] == "fund_not_in_plans")
    assert row["tier"] == "LN"


def test_what_plans_leave_undone_costs_at_least_what_they_pay_for_each_person(planned):
    given = planned()
    row = next(row for row in finance_gaps(given, plans_of(given)) if row["note"] == "not_served_by_plans")
    # 3,000 lack it, 1,000 are served for 6,000 dollars: 2,000 more at 6 dollars each.
    assert (row["people"], row["usd"], row["status"]) == (2_000, 12_000, "estimated")


def test_members_without_a_plan_are_told(tmp_path, planned):
    given = planned()
    judged = judged_of(
        [("public_transport", "KH9901", 4_000, True), ("public_transport", "KH9902", 700, True)]
    )
    judged.assign(has=judged["has"].astype("boolean")).to_parquet(
        tmp_path / "common" / "challenge_members.parquet"
    )
    members = members_of({"KH9901": 60_000, "KH9902": 9_000})
    table = gaps_table(given, plans_of(given), read_judged(given), members, capacity_table(given, members))
    assert list(table.columns) == list(GAPS)
    row = table[table["note"] == "no_plan"].iloc[0]
    assert (row["members"], row["members_all"], row["people"]) == (1, 2, 700)


def test_low_self_assessments_where_a_challenge_is(planned):
    given = planned()
    scored(given.cities[0], {"smart_city_capacity": 2.0})
    members = members_of({"KH9901": 60_000})
    rows = capacity_gaps(having([("unsafe_water", "KH9901", 4_000, True)]), capacity_table(given, members))
    assert [(row["challenge"], row["said"], row["members"], row["note"]) for row in rows] == [
        ("unsafe_water", "smart_city_capacity", 1, "rated_low")
    ]
    scored(given.cities[0], {"smart_city_capacity": 4.0})
    assert (
        capacity_gaps(having([("unsafe_water", "KH9901", 4_000, True)]), capacity_table(given, members)) == []
    )


def test_challenges_that_could_not_be_judged_and_what_would_fill_them(planned):
    given = planned()
    (given.cities[0].folder / "missing.csv").write_text(
        "indicator,source_that_would_fill_it\ndebt_burden,Household survey\n"
    )
    rows = {
        row["challenge"]: row
        for row in evidence_gaps(
            given, having([("poverty", "KH9901", 9, True)]), members_of({"KH9901": 60_000})
        )
    }
    assert rows["debt"]["said"] == "households"
    assert rows["debt"]["people"] == 60_000
    assert "poverty" not in rows


def test_what_is_withheld_of_a_member_is_not_called_unjudged(tmp_path):
    """Of three krongs one is known, one is known and withheld, one is not known: evidence is lacking of the last alone."""
    judged = judged_of(
        [
            ("poverty", "KH9901", 500, True),
            ("poverty", "KH9902", np.nan, None),
            ("poverty", "KH9903", np.nan, None),
        ]
    )
    judged = judged.assign(status=["ok", "suppressed", "missing"], has=judged["has"].astype("boolean"))
    members = members_of({"KH9901": 60_000, "KH9902": 50_000, "KH9903": 40_000})
    cities = [city(tmp_path, "KH9901", [item("bus_stop", 2, COST, 1_000)])]
    given = inputs(tmp_path, cities, members.assign(city="KH9901"), judged)
    read = read_judged(given)
    assert read["withheld"].tolist() == [False, True, False]
    row = next(
        row
        for row in evidence_gaps(given, read, members.assign(city="KH9901"))
        if row["challenge"] == "poverty"
    )
    assert (row["members"], row["people"]) == (1, 40_000)


def test_people_of_a_city_that_is_part_of_a_member_are_not_added(planned):
    given = planned()
    members = members_of(
        {"KH1201": 70_000, "KH12_CENTRE": 50_000}, part_of=["", "KH12"], city=["KH9901", "KH9901"]
    )
    judged = judged_of([("poverty", "KH1201", 500, True), ("poverty", "KH12_CENTRE", 400, True)])
    judged["has"] = judged["has"].astype(float)
    table = gaps_table(given, (), judged, members, capacity_table(given, members))
    poor = table[(table["kind"] == "finance") & (table["challenge"] == "poverty")].iloc[0]
    assert (poor["members"], poor["people"]) == (2, 500)
    assert table.loc[table["note"] == "not_judged", "people"].eq(70_000).all()


def test_few_people_are_withheld_and_so_is_the_money_that_tells_them(tmp_path):
    cities = [city(tmp_path, "KH9901", [item("bus_stop", 2, COST, 1)])]
    given = inputs(
        tmp_path, cities, members_of({"KH9901": 60_000}), judged_of([("public_transport", "KH9901", 3, True)])
    )
    members = members_of({"KH9901": 60_000})
    table = gaps_table(given, plans_of(given), read_judged(given), members, capacity_table(given, members))
    row = table[table["note"] == "not_served_by_plans"].iloc[0]
    assert row["status"] == "suppressed"
    assert row[["people", "usd", "cost_usd"]].isna().all()
    assert not table["people"].between(1, 4).any()
