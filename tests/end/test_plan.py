"""A plan for Little Town from its city file to its check, and what is refused."""

import json

import numpy as np
import pandas as pd
import pyogrio
import pytest
from pyproj import Transformer

from citiesforall.core.errors import CitiesError
from citiesforall.pipeline.run import run_city
from tests.town.make_town import make_town

BUDGET = """
[budget]
years = [2027, 2028, 2029]
currency = "KHR"
khr_per_usd = 4000
grade = "assumed"
[budget.funds.sangkat]
title = "Sangkat fund"
tier = "CS"
capital = [44000000, 44000000, 0]
recurrent = [4000000, 8000000, 8000000]
[plan]
actions = ["public_tap"]
max_sites = 200
"""
"""A tap costs US$5,500 and 500 a year: 44 million riel are US$11,000, two taps a year; 8 million riel run four of them."""
CAPACITY, TAPS = 250, 4
LACKING = 6800 - 300 - 500 - 40
"""7,000 people less E6, far from any street; W5, E7 and E3 are within 500 m of the fountain at (540, 820)."""


def with_lines(folder, lines):
    path = make_town(folder)
    path.write_text(path.read_text("utf-8") + lines, "utf-8")
    return path


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """Return the folder of the plan of Little Town, and what the run said."""
    folder = tmp_path_factory.mktemp("planned")
    said = run_city(with_lines(folder, BUDGET), folder / "out", threads=1)
    return folder / "out/kh9901/plan", said


def test_four_taps_for_a_thousand_people_and_every_riel_within_its_year(planned):
    folder, said = planned
    plan = pd.read_parquet(folder / "plan.parquet")
    assert plan["action"].tolist() == ["public_tap"] * TAPS
    assert plan["start_year"].tolist() == [2027, 2027, 2028, 2028]
    assert plan["people"].sum() == pytest.approx(TAPS * CAPACITY)
    assert (plan["capital_usd"] == 5500).all()
    assert (plan["om_usd"] == 500).all()
    money = pd.read_parquet(folder / "plan_money.parquet").set_index(["year", "kind"])
    # two taps a year: 2 x 5,500 = 11,000; a lead of four months is ready in the year it starts: 2 x 500, then 4 x 500
    assert money["spent_usd"].to_dict() == {
        (2027, "capital"): 11000, (2027, "recurrent"): 1000, (2028, "capital"): 11000, (2028, "recurrent"): 2000,
        (2029, "capital"): 0, (2029, "recurrent"): 2000,
    }  # fmt: skip
    assert (money["left_usd"] >= 0).all()
    assert "Plan 2027-2029: 4 items, US$22,000 of US$22,000 capital (assumed budget)" in said


def test_proof_weights_and_what_is_left_out_are_written(planned):
    folder, _ = planned
    words = json.loads((folder / "plan.json").read_text("utf-8"))
    assert words["status"] == "optimal"
    assert words["gap"] <= 0.005
    service = words["services"]["drinking_water_point_access"]
    assert service["lacking"] == pytest.approx(LACKING)
    assert service["newly_served"] == pytest.approx(TAPS * CAPACITY)
    assert any("idpoor" in line for line in words["weights"])
    left = {one["action"]: one["reason"] for one in words["left_out"]}
    assert left["health_centre"] == "it is not among the actions asked for"
    assert "seconds" not in words
    assert words["not_planned_for"], "a town with one action asked for answers few challenges"
    assert any("4 items, 108,000,000 KHR (US$27,000)" in line for line in words["notes"]), words["notes"]


def test_what_the_roadmap_says_is_remembered_with_the_plan(planned):
    """The notes of the step hold those of the sites, of the plan and of its roadmap."""
    folder, _ = planned
    (made,) = (folder.parents[1] / ".store/plan").glob("*/made.json")
    notes = json.loads(made.read_text("utf-8"))["notes"]
    assert {"sites", "plan", "roadmap"} <= {note["where"] for note in notes}


def test_changed_city_measured_again_serves_at_least_those_promised_and_nobody_less(planned):
    folder, _ = planned
    check = json.loads((folder / "check.json").read_text("utf-8"))
    assert check["holds"] is True
    (water,) = check["people"]
    assert water["how"] == "measured on the changed city"
    assert water["again"] >= water["promised"] == pytest.approx(TAPS * CAPACITY)
    assert "capacity" in water["why"]
    after = pd.read_parquet(folder / "after.parquet")
    access = after[after["indicator"] == "drinking_water_point_access"]
    assert (access["value"] >= access["before"]).all()
    whole = access[(access["place"] == "KH9901") & (access["group"] == "all")] if len(access) else access
    assert np.isfinite(whole["value"]).all()


def test_sites_stand_on_land_in_both_units(planned):
    folder, _ = planned
    sites = pd.read_parquet(folder / "sites.parquet")
    assert sites["place"].nunique() == 2
    x, y = sites["x"] - 500_000, sites["y"] - 1_300_000
    in_lake = x.between(400, 700) & y.between(500, 600)
    assert not in_lake.any()


def test_plan_does_not_depend_on_the_order_of_places(planned, tmp_path):
    folder, _ = planned
    city = with_lines(tmp_path, BUDGET)
    units = pyogrio.read_dataframe(tmp_path / "units.gpkg")
    pyogrio.write_dataframe(units.iloc[::-1], tmp_path / "units.gpkg", layer="units")
    run_city(city, tmp_path / "out", threads=2)
    other = pd.read_parquet(tmp_path / "out/kh9901/plan/plan.parquet")
    pd.testing.assert_frame_equal(other, pd.read_parquet(folder / "plan.parquet"))


def test_without_a_budget_there_is_no_plan_and_a_line_that_says_how(tmp_path):
    said = run_city(make_town(tmp_path), tmp_path / "out", threads=1)
    assert "No plan: the city file has no budget. Add [budget]" in said
    words = json.loads((tmp_path / "out/kh9901/plan/plan.json").read_text("utf-8"))
    assert words["status"] == "no budget"


def test_sites_in_the_lake_and_outside_the_city_are_refused_together(tmp_path):
    turn = Transformer.from_crs("EPSG:32648", "EPSG:4326", always_xy=True)
    lines = ""
    for name, x, y in (("Lotus pond", 550, 550), ("Far field", 5000, 5000)):
        lon, lat = turn.transform(500_000 + x, 1_300_000 + y)
        lines += f'[[sites]]\nname = "{name}"\nlon = {lon}\nlat = {lat}\n'
    with pytest.raises(CitiesError) as caught:
        run_city(with_lines(tmp_path, BUDGET + lines), tmp_path / "out", threads=1)
    assert caught.value.faults == (
        "sites: 'Lotus pond': it lies in the water. Move it on to land, or take it out.",
        "sites: 'Far field': it lies outside the city. Mend lon and lat, or take it out.",
    )
