"""The plan step without a budget, and its words."""

import json

import numpy as np
import pandas as pd
from tests.plan.test_check import city, plan

from citiesforall.core.action import actions
from citiesforall.core.city import City, CityPlace
from citiesforall.core.inputs import Inputs
from citiesforall.plan.making import _write_json, make_plan
from citiesforall.plan.making_words import findings_of
from citiesforall.plan.roadmap_words import works_name
from citiesforall.plan.tables import PLAN, money_table
from citiesforall.text import registry, say_key


def test_without_a_budget_nothing_is_read_and_the_line_says_what_to_add(tmp_path):
    bare = City(place=CityPlace(code="KH01", name="C"), period="2025")
    info = make_plan(Inputs(bare, {}), tmp_path)
    assert info["findings"][0].startswith("No plan: the city file has no budget. Add [budget]")
    assert json.loads((tmp_path / "plan.json").read_text("utf-8"))["status"] == "no budget"


def test_unknown_is_null_in_json(tmp_path):
    _write_json(
        tmp_path / "x.json", {"a": np.nan, "b": [np.float64(np.inf), np.int64(3)], "c": np.bool_(True)}
    )
    assert json.loads((tmp_path / "x.json").read_text("utf-8")) == {"a": None, "b": [None, 3], "c": True}


def test_money_of_a_plan_by_year_fund_and_kind():
    items = plan(("public_tap", "A", 2, 2027, "sangkat", 0.0)).assign(capital_usd=11000.0, om_usd=1000.0)
    budget = city().budget
    table = money_table(items, budget).set_index(["year", "fund", "kind"])
    assert table.loc[(2027, "sangkat", "capital"), ["limit_usd", "spent_usd", "left_usd"]].tolist() == [
        11000,
        11000,
        0,
    ]
    assert table.loc[(2028, "sangkat", "recurrent"), "spent_usd"] == 1000
    assert table.loc[(2027, "krong", "capital"), "left_usd"] == 250_000


def test_lines_at_the_end_of_a_run_name_items_and_the_proof():
    items = plan(("public_tap", "A", 2, 2027, "sangkat", 0.0)).assign(
        capital_usd=11000.0, om_usd=1000.0, people=500.0, site_name="Yard", unit="facility"
    )
    words = {
        "status": "feasible", "gap": 0.0123, "people_once": 480.0, "options": 7, "worst_place": "B", "place_share": {"B": 0.4},
        "at_their_most": ["B"],
        "other_budgets": [{"budget_share": share, "people": 480 * share + 0.4} for share in (0.5, 1.0, 2.0)],
    }  # fmt: skip
    lines = findings_of(
        Inputs(city(), {}), items, words, {"people": [{"how": "measured on the changed city"}]}
    )
    assert lines[0].startswith(
        "Plan 2027-2028: 1 items, US$11,000 of US$522,000 capital (assumed budget); at least 480 people"
    )
    assert "at most 1.2% from the best among 7 options" in lines[0]
    assert (
        lines[1]
        == "  2027: Public tap or water kiosk in A (Yard, site S0): 500 people, US$11,000 and US$1,000 a year, from the Sangkat"
    )
    assert "  Half the money would serve 240 needs (one person, one service); twice the money 960." in lines
    assert (
        lines[-1]
        == "  Worst off after the plan: B, with 40% of what its people ask for; 1 places are served as far as any option could."
    )


def test_several_units_are_said_in_plain_words_in_both_languages():
    forum = actions()["participatory_forum"]
    assert works_name(forum, 6, "en") == "6 sangkat forums with participatory budgets"
    assert works_name(forum, 6, "km") == "វេទិកាសង្កាត់ចំនួន ៦ និងថវិកាដោយមានការចូលរួម"
    assert works_name(forum, 1, "en") == "Sangkat forum and participatory budget"
    assert works_name(actions()["land_certificate"], 1170, "en").startswith(
        "1,170 parcels of land registered"
    )


def test_every_action_without_a_site_of_its_own_has_words_for_several():
    several = [key for key, one in actions().items() if one.effect in {"dose", "household"}]
    assert all(f"plan.works.{key}" in registry() for key in several)
    assert all("{0}" in say_key(f"plan.works.{key}", lang) for key in several for lang in ("en", "km"))


def test_an_empty_plan_has_all_columns():
    assert list(pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in PLAN.items()})) == list(PLAN)
