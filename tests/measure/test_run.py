"""From answers to observations."""

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.group import groups
from citiesforall.core.indicator import Indicator
from citiesforall.measure import methods
from citiesforall.measure.asked import bind_groups
from citiesforall.measure.layers import result_rows
from citiesforall.measure.run import measure_all, measure_one, observations, rows

from .conftest import PEOPLE, little

assert methods.MODULES, "importing them registers the methods"
FACTS = {"periods": {"clinic_access": "2025", "school_access": "2025"}, "run": "r1", "estimated": frozenset()}
CLINIC = Indicator.model_validate(
    {
        "id": "clinic_access", "title": "t", "meaning": "m", "dimension": "health", "unit": "%", "better": "higher",
        "method": "share_within_walk", "with": {"to": "clinic", "minutes": 15},
    }
)  # fmt: skip


def test_the_unit_is_applied_once(town):
    table = rows(measure_one(town, CLINIC), CLINIC, ["CITY", "WEST", "EAST"], FACTS)
    assert table["value"].tolist() == pytest.approx([100 * 150 / 180, 100, 0])
    assert table["num"].tolist() == [150, 150, 0]
    assert table["status"].tolist() == [
        "estimated",
        "ok",
        "estimated",
    ]  # 10 % and 40 % of the people are unknown


def test_where_most_is_unknown_nothing_is_said():
    town = little(known_street=np.array([True, True, False, False]))
    table = rows(measure_one(town, CLINIC), CLINIC, ["CITY", "WEST", "EAST"], FACTS)
    assert table["status"].tolist() == ["estimated", "ok", "missing"]
    assert np.isnan(table["value"][2])


def test_missing_is_a_row_with_its_reason(town):
    school = CLINIC.model_copy(update={"id": "school_access", "options": {"to": "school", "minutes": 15}})
    found = measure_one(town, school)
    assert "school" in found.reason
    table = rows(found, school, ["CITY", "WEST", "EAST"], FACTS)
    assert table["status"].eq("missing").all()
    assert table["value"].isna().all()


def test_groups_the_data_do_not_know_are_named(town):
    bound, unknown = bind_groups(town, groups(), {"walk_m_s": 1.0, "slow_walk_m_s": 0.8})
    assert set(bound) == {"all", "slow_walkers"}
    assert {"women", "age_60_up"} <= set(unknown)


def test_groups_add_up_to_everybody():
    cells = {
        **little().cells,
        "people_women": PEOPLE * [0.6, 0.5, 0.5, 0],
        "people_men": PEOPLE * [0.4, 0.5, 0.5, 1],
    }
    town = little(cells=cells)
    bound, _ = bind_groups(town, groups(), {"walk_m_s": 1.0, "slow_walk_m_s": 0.8})
    num = {g: measure_one(bound[g], CLINIC).estimate.num for g in ("all", "women", "men")}
    np.testing.assert_allclose(num["women"] + num["men"], num["all"])


def test_the_table_is_sorted_and_checked(town):
    bound, _ = bind_groups(town, groups(), {"walk_m_s": 1.0, "slow_walk_m_s": 0.8})
    parts = [
        rows(m, CLINIC, ["CITY", "WEST", "EAST"], FACTS)
        for m in measure_all(town, {"clinic_access": CLINIC}, bound)
    ]
    table = observations(parts)
    assert len(table) == 6
    assert table.equals(table.sort_values(["indicator", "group", "place"], ignore_index=True))


def test_a_unit_counts_in_every_place_above_it():
    places = pd.DataFrame({"place": ["C", "D1", "U1", "U2"], "parent": [None, "C", "D1", "C"]})
    codes, belongs = result_rows(places, ["U1", "U2"])
    assert dict(zip(codes, belongs.tolist(), strict=True)) == {
        "C": [True, True],
        "D1": [True, False],
        "U1": [True, False],
        "U2": [False, True],
    }


def test_looking_only_where_people_live_changes_nothing():
    town = little(people=[100.0, 0, 0, 20], known_street=np.array([True, True, True, True]))
    bound, _ = bind_groups(town, groups(), {"walk_m_s": 1.0, "slow_walk_m_s": 0.8})
    (all_found, _) = measure_all(town, {"clinic_access": CLINIC}, bound)
    whole = measure_one(town, CLINIC)
    np.testing.assert_array_equal(all_found.estimate.num, whole.estimate.num)
    np.testing.assert_array_equal(all_found.estimate.den, whole.estimate.den)
    assert all_found.by_cell.shape == (4,)
    np.testing.assert_array_equal(all_found.by_cell, whole.by_cell)


def test_a_unit_without_people_is_missing_not_nought():
    town = little(people=[100.0, 50, 0, 0])
    bound, _ = bind_groups(town, groups(), {"walk_m_s": 1.0, "slow_walk_m_s": 0.8})
    found = next(iter(measure_all(town, {"clinic_access": CLINIC}, bound)))
    table = rows(found, CLINIC, ["CITY", "WEST", "EAST"], FACTS)
    assert table["status"].tolist() == ["ok", "ok", "not_applicable"]
