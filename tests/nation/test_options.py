"""Policy options: plans added up, whom they reach, and what is scaled to members without one."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as that
from hypothesis import strategies as st

from citiesforall.core.nation import Nation
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.nation.given import CityRun, NationInputs
from citiesforall.nation.options import MONEY, OPTIONS, alone, make_options
from citiesforall.nation.options_plans import withheld
from citiesforall.nation.options_scaled import rate_of

SERVICE = {"bus_stop": "public_transport_access", "health_post": "health_centre_access", "health_centre": "health_centre_access",
           "referral_hospital": "hospital_access"}  # fmt: skip
TIER = {"bus_stop": "CP", "health_post": "DM", "health_centre": "DM", "referral_hospital": "LN"}
GRADE = {"bus_stop": "C", "health_post": "C", "health_centre": "B", "referral_hospital": "A"}
CHALLENGE = {"bus_stop": "public_transport"}


def item(action, units, cost, people, *, fund="province"):
    """Return one row of a plan: ``cost`` is low, middle and high of one unit."""
    low, middle, high = (units * one for one in cost)
    return {
        "action": action, "units": float(units), "unit": "facility", "fund": fund, "tier": TIER[action],
        "capital_usd": middle, "capital_low_usd": low, "capital_high_usd": high, "om_usd": middle / 10, "om_low_usd": low / 10,
        "om_high_usd": high / 10, "people": float(people), "people_low": people * 0.9, "people_high": people * 1.1,
        "grade": GRADE[action], "challenge": CHALLENGE.get(action, "health_care"), "service": SERVICE[action],
    }  # fmt: skip


def city(base, code, items, *, invented=True, part_of="", budget="assumed"):
    """Write what a planned city has left for its users."""
    folder = base / code.lower()
    (folder / "plan").mkdir(parents=True)
    rows = pd.DataFrame(items)
    write_parquet(rows, folder / "plan" / "plan.parquet")
    money = [
        {
            "year": 2027,
            "fund": "province",
            "tier": "CP",
            "kind": "capital",
            "limit_usd": 9e6,
            "spent_usd": 1e6,
            "left_usd": 8e6,
        },
        {
            "year": 2027,
            "fund": "ministries",
            "tier": "LN",
            "kind": "capital",
            "limit_usd": 4e6,
            "spent_usd": 2e6,
            "left_usd": 2e6,
        },
    ]
    write_parquet(pd.DataFrame(money), folder / "plan" / "plan_money.parquet")
    services = {
        key: {"lacking": 3 * float(part["people"].sum()), "newly_served": float(part["people"].sum())}
        for key, part in rows.groupby("service")
    }
    said = {"status": "optimal", "services": services, "budget_grade": budget, "not_planned_for": []}
    (folder / "plan" / "plan.json").write_text(json.dumps(said))
    about = {
        "run": code, "code": "c", "choices": {}, "indicators": {}, "sources": {},
        "city": {"code": code, "period": "2025"}, "places": [{"place": code, "parent": None, "area_m2": 1e7}],
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(about))
    return CityRun(f"{code}.toml", code, folder, "streets", parent="KH99", part_of=part_of, invented=invented)


def members_of(people, **columns):
    """Return a table of members: code -> people."""
    table = pd.DataFrame({"member": list(people), "people": list(map(float, people.values()))})
    given = {"name": table["member"], "level": "city", "parent": "KH99", "city": table["member"], "place": table["member"],
             "kind": "streets", "part_of": "", "invented": True}  # fmt: skip
    return table.assign(**{**given, **columns})


def judged_of(rows):
    """Return a table of the members' challenges: (challenge, member, people, has)."""
    table = pd.DataFrame(rows, columns=["challenge", "member", "people", "has"])
    return table.assign(people_low=table["people"] * 0.9, people_high=table["people"] * 1.1, indicator="x")


def inputs(base, cities, members, judged, **more):
    """Return the inputs of a nation with the steps members and common."""
    place = {"code": "KH", "name": "Invented nation", "invented": more.pop("invented", True)}
    nation = Nation.model_validate(
        {"place": place, "period": "2025", "cities": [{"file": "x.toml"}], **more, "folder": base}
    )
    done = {}
    for step, name, table in (("members", "members", members), ("common", "challenge_members", judged)):
        (base / step).mkdir(exist_ok=True)
        write_parquet(table, base / step / f"{name}.parquet")
        done[step] = base / step
    return NationInputs(nation, tuple(cities), done=done)


def made(given, base):
    """Make the step and return its tables."""
    (base / "out").mkdir(exist_ok=True)
    said = make_options(given, base / "out")
    return {path.stem: read_parquet(path) for path in (base / "out").glob("*.parquet")} | {"said": said}


@pytest.fixture
def two(tmp_path):
    """Return a nation of two planned krongs."""
    cost = (1_000.0, 3_500.0, 6_000.0)
    cities = [
        city(tmp_path, "KH9901", [item("bus_stop", 2, cost, 1_000), item("health_centre", 1, (120e3, 185e3, 250e3), 8_000),
                                  item("referral_hospital", 1, (1.4e6, 1.9e6, 2.4e6), 9_000, fund="ministries")]),
        city(tmp_path, "KH9902", [item("bus_stop", 3, cost, 2_000)]),
    ]  # fmt: skip
    judged = judged_of([("public_transport", "KH9901", 4_000, True), ("public_transport", "KH9902", 5_000, True),
                        ("health_care", "KH9901", 10_000, True)])  # fmt: skip
    return inputs(tmp_path, cities, members_of({"KH9901": 60_000, "KH9902": 50_000}), judged)


def test_costs_add_low_to_low_because_a_wrong_price_is_wrong_everywhere(two, tmp_path):
    table = made(two, tmp_path)["options"].set_index(["challenge", "action"])
    bus = table.loc[("public_transport", "bus_stop")]
    # Five stops: 5 x 1,000, 5 x 3,500, 5 x 6,000.
    assert (bus["capital_low_usd"], bus["capital_usd"], bus["capital_high_usd"]) == (5_000, 17_500, 30_000)
    assert (bus["plans"], bus["plans_all"], bus["units"], bus["grade"], bus["status"]) == (
        2,
        2,
        5,
        "C",
        "estimated",
    )
    # Each city on its own: half-widths 5,000 and 7,500, so 17,500 -/+ sqrt(5,000^2 + 7,500^2) = 9,013.878
    assert bus["capital_alone_low_usd"] == pytest.approx(17_500 - 9_013.878, abs=0.001)
    assert bus["capital_alone_high_usd"] == pytest.approx(17_500 + 9_013.878, abs=0.001)
    assert list(made(two, tmp_path)["options"].columns) == list(OPTIONS)


def test_one_city_alone_errs_as_it_errs(two, tmp_path):
    rows = pd.DataFrame(
        [item("bus_stop", 2, (1.0, 2.0, 4.0), 1), item("bus_stop", 2, (1.0, 2.0, 4.0), 1)]
    ).assign(member="KH9901")
    assert alone(rows) == (4.0, 16.0)


def test_people_of_several_services_are_an_upper_bound_and_the_largest_a_lower(two, tmp_path):
    totals = made(two, tmp_path)["options_totals"].set_index("challenge")
    assert totals.loc["health_care", ["people_least", "people_most"]].tolist() == [9_000, 17_000]
    assert totals.loc["public_transport", ["people_least", "people_most"]].tolist() == [3_000, 3_000]
    assert totals.loc["health_care", "note"] == "invented several_services"


def test_money_by_tier_and_fund_sums_to_the_options(two, tmp_path):
    tables = made(two, tmp_path)
    sums = (
        tables["options_money"]
        .groupby(["challenge", "action"])[["capital_usd", "low", "high", "om_usd"]]
        .sum()
    )
    options = tables["options"].set_index(["challenge", "action"]).sort_index()
    assert (sums["capital_usd"] == options["capital_usd"]).all()
    assert (sums["low"] == options["capital_low_usd"]).all()
    assert (sums["om_usd"] == options["om_usd"]).all()
    assert list(tables["options_money"].columns) == list(MONEY)
    hospital = tables["options_money"].set_index("action").loc["referral_hospital"]
    assert (hospital["tier"], hospital["fund"], hospital["fund_tier"]) == ("LN", "ministries", "LN")


def test_plans_of_invented_cities_are_no_figures_of_a_real_nation(tmp_path):
    cost = (1.0, 2.0, 3.0)
    cities = [
        city(tmp_path, "KH9901", [item("bus_stop", 9, cost, 90)]),
        city(tmp_path, "KH12", [item("bus_stop", 1, cost, 10)], invented=False),
    ]
    given = inputs(
        tmp_path,
        cities,
        members_of({"KH12": 1_000, "KH9901": 500}),
        judged_of([("public_transport", "KH12", 10, True)]),
        invented=False,
    )
    tables = made(given, tmp_path)
    assert tables["options"]["units"].tolist() == [1.0]
    assert tables["said"]["plans"] == ["KH12"]
    assert not tables["said"]["invented"]


def test_a_city_that_is_part_of_another_planned_one_is_not_added_twice(tmp_path):
    cost = (1.0, 2.0, 3.0)
    cities = [
        city(tmp_path, "KH12", [item("bus_stop", 4, cost, 90)]),
        city(tmp_path, "KH12_CENTRE", [item("bus_stop", 1, cost, 10)], part_of="KH12"),
    ]
    given = inputs(
        tmp_path, cities, members_of({"KH12": 1_000}), judged_of([("public_transport", "KH12", 100, True)])
    )
    assert made(given, tmp_path)["options"]["people"].tolist() == [90.0]


def test_too_few_plans_are_said_and_nothing_is_scaled(two, tmp_path):
    members = members_of({"KH9901": 60_000, "KH9902": 50_000, "KH9903": 55_000})
    judged = judged_of([("public_transport", "KH9901", 4_000, True), ("public_transport", "KH9902", 5_000, True),
                        ("public_transport", "KH9903", 6_000, True)])  # fmt: skip
    tables = made(inputs(tmp_path, two.cities, members, judged), tmp_path)
    row = tables["scaled"].iloc[0]
    assert (row["member"], row["status"], row["note"], row["plans"]) == (
        "KH9903",
        "missing",
        "too_few_plans",
        2,
    )
    assert np.isnan(row["capital_usd"])
    assert tables["scaled_totals"]["coverage_people"].tolist() == [0.0]


@pytest.fixture
def four(tmp_path):
    """Return a nation of three planned krongs, and two without a plan of which one is not known to have the challenge."""
    cost = (1_000.0, 3_000.0, 6_000.0)
    cities = [
        city(tmp_path, f"KH990{at}", [item("bus_stop", units, cost, 500)])
        for at, units in ((1, 1), (2, 4), (3, 5))
    ]
    people = {f"KH990{at}": 50_000 for at in range(1, 6)}
    judged = judged_of([("public_transport", f"KH990{at}", count, has) for at, count, has in
                        ((1, 1_000, True), (2, 2_000, True), (3, 2_000, True), (4, 4_000, True), (5, np.nan, None))])  # fmt: skip
    return inputs(tmp_path, cities, members_of(people), judged)


def test_scaling_by_hand(four, tmp_path):
    tables = made(four, tmp_path)
    assert tables["scaled"]["member"].tolist() == ["KH9904"], (
        "a member that is not known to have it is not scaled to"
    )
    row = tables["scaled"].iloc[0]
    # 10 stops x 3,000 for 5,000 people = 6 a person; 4,000 people: 24,000.
    assert row["capital_usd"] == 24_000
    # Least: 1 stop x 1,000 / 1,000 = 1; 4 x 1,000 / 2,000 = 2; 5 x 1,000 / 2,000 = 2.5. Most: 6; 12; 15.
    assert (row["low"], row["high"]) == (4_000, 60_000)
    assert (row["plans"], row["basis"], row["status"]) == (3, "similar_size", "estimated")
    assert row["chance"] == pytest.approx(2 / 4)
    assert tables["options"]["capital_usd"].tolist() == [30_000], "what is scaled is never in the planned sum"


def test_members_of_one_kind_go_first_and_all_plans_last(four, tmp_path):
    (tmp_path / "kinds").mkdir()
    kinds = pd.DataFrame({"member": [f"KH990{at}" for at in range(1, 5)], "kind": "K1"})
    write_parquet(kinds, tmp_path / "kinds" / "member_kinds.parquet")
    given = replace(four, done={**four.done, "kinds": tmp_path / "kinds"})
    assert made(given, tmp_path)["scaled"]["basis"].tolist() == ["same_kind"]
    small = members_of({**{f"KH990{at}": 50_000 for at in (1, 2, 3, 5)}, "KH9904": 4_500})
    write_parquet(small, tmp_path / "members" / "members.parquet")
    assert made(four, tmp_path)["scaled"]["basis"].tolist() == ["all_plans"]


def test_a_plan_covers_the_places_inside_it(four, tmp_path):
    path = four.cities[0].folder / "run.json"
    said = json.loads(path.read_text())
    said["places"].append({"place": "KH990401", "parent": "KH9901", "area_m2": 1.0})
    path.write_text(json.dumps(said))
    assert len(made(four, tmp_path)["scaled"]) == 0


@that(
    st.lists(st.tuples(st.floats(1, 1e6), st.floats(0, 1e6)), min_size=3, max_size=8),
    st.floats(0.1, 1.0),
    st.floats(1.0, 3.0),
)
def test_the_middle_lies_between_the_ends(plans, low, high):
    affected, amounts = (np.array(column) for column in zip(*plans, strict=True))
    middle, least, most = rate_of(np.array([amounts, amounts * low, amounts * high]), affected)
    assert least <= middle * (1 + 1e-12)
    assert middle <= most * (1 + 1e-12)


def test_a_further_plan_falls_between_the_least_and_the_most_as_often_as_is_said():
    random = np.random.default_rng(4)
    inside = []
    for _ in range(4_000):
        drawn = random.lognormal(0, 1, 6)
        _, least, most = rate_of(np.array([drawn[:5]] * 3), np.ones(5))
        inside.append(least <= drawn[5] <= most)
    assert np.mean(inside) == pytest.approx(4 / 6, abs=0.03)


@that(st.lists(st.floats(0, 40), min_size=1, max_size=6), st.integers(2, 10))
def test_no_small_count_is_shown_or_left_over(people, limit):
    counts = np.array(people)
    hidden = withheld(counts, limit)
    assert (counts[~hidden & (counts > 0)] >= limit).all()
    if hidden.any() and not hidden.all():
        assert counts[hidden].sum() >= limit
        assert hidden.sum() >= 2


def test_small_counts_of_people_are_withheld(tmp_path):
    cost = (1.0, 2.0, 3.0)
    cities = [
        city(
            tmp_path,
            "KH9901",
            [
                item("health_post", 1, cost, 3),
                item("health_centre", 1, cost, 20),
                item("referral_hospital", 1, cost, 60),
            ],
        )
    ]
    given = inputs(
        tmp_path, cities, members_of({"KH9901": 900}), judged_of([("health_care", "KH9901", 80, True)])
    )
    table = made(given, tmp_path)["options"].set_index("action")
    assert table["people"].isna().to_dict() == {
        "health_post": True,
        "health_centre": True,
        "referral_hospital": False,
    }
    assert "people_withheld" in table.loc["health_post", "note"]


def test_a_total_does_not_give_a_small_count_away(tmp_path):
    cities = [city(tmp_path, "KH9901", [item("bus_stop", 1, (1.0, 2.0, 3.0), 3)])]
    given = inputs(
        tmp_path, cities, members_of({"KH9901": 900}), judged_of([("public_transport", "KH9901", 80, True)])
    )
    tables = made(given, tmp_path)
    assert tables["options"]["people"].isna().all()
    assert tables["options_totals"][["people_least", "people_most"]].isna().all(axis=None)
    assert tables["options_totals"]["capital_usd"].tolist() == [2.0]


def test_the_same_bytes_whatever_the_order_of_cities(two, tmp_path):
    made(two, tmp_path)
    first = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    made(replace(two, cities=two.cities[::-1]), tmp_path)
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}


def test_a_nation_without_plans_has_empty_tables_with_all_columns(tmp_path):
    given = inputs(tmp_path, [], members_of({"KH0102": 1_000}), judged_of([("poverty", "KH0102", 100, True)]))
    tables = made(given, tmp_path)
    assert len(tables["options"]) == 0
    assert list(tables["options"].columns) == list(OPTIONS)
    assert set(tables["gaps"]["kind"]) >= {"finance", "mandate"}


def test_an_invented_krong_with_a_real_plan(nation, tmp_path):
    tables = made(nation, tmp_path)
    plan = read_parquet(
        next(one.folder for one in nation.cities if one.code == "KH9901") / "plan" / "plan.parquet"
    )
    assert tables["options"]["capital_usd"].sum() == pytest.approx(plan["capital_usd"].sum(), abs=0.01)
    assert tables["options"]["units"].sum() == pytest.approx(plan["units"].sum(), abs=0.01)
    assert (tables["options"]["plans_all"] == 1).all()
    assert tables["options"]["note"].str.contains("invented").all()


def test_largest_service_beside_the_sum_of_services_gives_no_few_people_away(tmp_path):
    """A hospital reaches 3, a health centre 100: 103 less 100 would be the 3."""
    items = [item("health_centre", 1, (1.0, 2.0, 3.0), 100), item("referral_hospital", 1, (1.0, 2.0, 3.0), 3)]
    cities = [city(tmp_path, "KH9901", items)]
    judged = judged_of([("health_care", "KH9901", 4_000, True)])
    tables = made(inputs(tmp_path, cities, members_of({"KH9901": 60_000}), judged), tmp_path)
    totals = tables["options_totals"].iloc[0]
    assert np.isnan([totals["people_least"], totals["people_most"]]).all()
    assert "people_withheld" in totals["note"]
    assert totals["capital_usd"] == 4.0
    assert tables["options"]["people"].isna().all()
    # What serving the rest costs is the plan's cost a person: money by people would be whom the plan serves.
    rest = tables["gaps"][tables["gaps"]["note"] == "not_served_by_plans"]
    assert len(rest)
    assert rest[["usd", "cost_usd"]].isna().all(axis=None)
    assert set(rest["status"]) == {"suppressed"}
