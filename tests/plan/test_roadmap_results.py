"""Results framework and monitoring, worked by hand; what somebody wrote is never overwritten."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st
from tests.plan.roadmap_case import AFTER, BEFORE, ROWS, YEARS, items, observation

from citiesforall.core.action import actions
from citiesforall.core.errors import InputError
from citiesforall.core.tables import write_csv
from citiesforall.plan.roadmap_results import (
    CHANGED,
    FILLED,
    MONITORING,
    fill_monitoring,
    headline,
    monitoring_table,
    read_monitoring,
    ready_share,
    results_framework,
)

TARGETS = [f"target_{year}" for year in YEARS]


def framework(rows=ROWS, before=BEFORE, after=AFTER):
    return results_framework(items(rows), actions(), before, after, YEARS, "KH99")


def row(table, place, indicator):
    (found,) = table[(table["place"] == place) & (table["indicator"] == indicator)].to_dict("records")
    return found


def test_targets_follow_the_year_of_readiness():
    table = framework()
    city = row(table, "KH99", "health_centre_access")
    # Only the post acts on it and is ready in 2028: 60 in 2027, then 70.
    assert [city[name] for name in TARGETS] == [60, 70, 70, 70, 70]
    assert (city["baseline"], city["low"], city["high"], city["baseline_period"]) == (60, 58, 62, "2025")
    assert city["target_status"] == "measured"
    assert (city["items"], city["tiers"]) == ("P001", "DM")
    park = row(table, "KH99", "open_space_access")
    assert [park[name] for name in TARGETS] == [10, 10, 10, 30, 30]
    assert park["target_status"] == "worked_out"


def test_several_projects_share_a_change_by_the_people_they_serve():
    both = items().assign(ready_year=[2028, 2029, 2030], people=[2000.0, 500.0, 2500.0])
    # 2,000 of 5,000 by 2028, 2,500 by 2029, all by 2030.
    assert ready_share(both, YEARS).tolist() == [0, 0.4, 0.5, 1, 1]
    # Nobody can be counted: by capital 30,000 : 11,000 : 50,000 of 91,000.
    assert ready_share(both.assign(people=0.0), YEARS) == pytest.approx([0, 30 / 91, 41 / 91, 1, 1])
    assert ready_share(both.assign(people=np.nan, capital_usd=0.0), YEARS) == pytest.approx(
        [0, 1 / 3, 2 / 3, 1, 1]
    )
    assert ready_share(both.iloc[:0], YEARS).tolist() == [0] * 5
    late = items().assign(ready_year=2035)
    assert ready_share(late, YEARS).tolist() == [0] * 5, "what is ready after the plan is no target inside it"


def test_what_is_acted_on_without_a_number_promises_none():
    table = framework()
    insecure = row(table, "KH99", "water_insecurity")
    assert insecure["target_status"] == "not_modelled"
    assert all(np.isnan(insecure[name]) for name in TARGETS)
    assert not insecure["main"], "taps are there for the walk to water"


def test_what_is_not_measured_and_what_the_plan_leaves_alone_is_not_followed():
    table = framework()
    assert "births_with_skilled_help" not in set(table["indicator"]), "no baseline"
    assert "pharmacy_access" not in set(table["indicator"]), "nothing acts on it"
    assert not ((table["place"] == "KH9902") & (table["indicator"] == "health_centre_access")).any(), (
        "nothing changes there"
    )


def test_a_place_may_gain_from_next_door():
    after = pd.concat(
        [AFTER, pd.DataFrame([observation("KH9903", "health_centre_access", 50.0, how="measured")])]
    )
    before = pd.concat([BEFORE, pd.DataFrame([observation("KH9903", "health_centre_access", 40.0)])])
    found = row(framework(before=before, after=after), "KH9903", "health_centre_access")
    assert (found["items"], found["target_2027"], found["target_2028"]) == ("P001", 40, 50)


def test_no_target_passes_all_people():
    after = AFTER.assign(value=AFTER["value"].where(AFTER["indicator"] != "open_space_access", 104.0))
    park = row(framework(after=after), "KH99", "open_space_access")
    # 10 + (104 - 10) would be 104 %.
    assert [park[name] for name in TARGETS] == [10, 10, 10, 100, 100]


def test_the_latest_value_is_the_baseline():
    older = pd.DataFrame([observation("KH99", "health_centre_access", 10.0, period="2019")])
    table = framework(
        before=pd.concat([older, BEFORE, older.assign(group="women", value=99.0, period="2026")])
    )
    assert row(table, "KH99", "health_centre_access")["baseline"] == 60


def test_the_sheet_shows_the_city_and_the_worst_off_place():
    table = framework()
    shown = headline(table, "KH99")
    assert shown[shown["indicator"] == "health_centre_access"]["place"].tolist() == ["KH99", "KH9901"]
    assert "water_insecurity" not in set(shown["indicator"]), (
        "neither a target nor what an action is there for"
    )
    assert len(shown) <= len(table)


def test_nothing_planned_leaves_nothing_to_follow():
    table = framework(rows=[], after=AFTER.iloc[:0])
    assert table.empty
    assert monitoring_table(table, YEARS).columns.tolist() == list(MONITORING)


def monitoring():
    return monitoring_table(framework(), YEARS)


def test_the_monitoring_table_has_a_row_for_each_result_and_year():
    table = monitoring()
    assert len(table) == 5 * len(framework())
    assert (table[list(FILLED)] == "").all().all()
    first = table[(table["place"] == "KH99") & (table["indicator"] == "health_centre_access")]
    assert first["year"].tolist() == list(YEARS)
    assert first["target"].tolist() == [60, 70, 70, 70, 70]


LATER = pd.DataFrame(
    [
        observation("KH99", "health_centre_access", 66.5, period="2028", run="second"),
        observation("KH99", "open_space_access", 12.0, period="2028-Q3", run="second", version=2),
        observation(
            "KH9901", "health_centre_access", 61.0, period="2028", run="second", low=np.nan, high=np.nan
        ),
        observation("KH99", "water_insecurity", 20.0, period="2028", run="second", group="women"),
        observation("KH99", "drinking_water_point_access", np.nan, period="2028", run="second"),
        observation("KH99", "pharmacy_access", 70.0, period="2028", run="second"),
    ]
)


def cell(table, place, indicator, year):
    return table[
        (table["place"] == place) & (table["indicator"] == indicator) & (table["year"] == year)
    ].iloc[0]


def test_a_later_run_fills_what_is_empty():
    filled = fill_monitoring(monitoring(), LATER)
    found = cell(filled, "KH99", "health_centre_access", 2028)
    assert found[list(FILLED)].tolist() == ["66.5", "64.5", "68.5", "2028", "second", ""]
    assert cell(filled, "KH9901", "health_centre_access", 2028)[list(FILLED)].tolist() == [
        "61.0",
        "",
        "",
        "2028",
        "second",
        "",
    ]
    assert cell(filled, "KH99", "open_space_access", 2028)["note"] == CHANGED
    assert cell(filled, "KH99", "open_space_access", 2028)["actual"] == ""
    assert cell(filled, "KH99", "water_insecurity", 2028)["actual"] == "", "of women, not of everybody"
    assert cell(filled, "KH99", "drinking_water_point_access", 2028)["actual"] == "", "missing stays missing"
    assert (filled["actual"] != "").sum() == 2
    pd.testing.assert_frame_equal(filled.drop(columns=list(FILLED)), monitoring().drop(columns=list(FILLED)))


def test_what_somebody_wrote_stays():
    table = monitoring()
    mine = (
        (table["place"] == "KH99") & (table["indicator"] == "health_centre_access") & (table["year"] == 2028)
    )
    for written in ("64,2", "not yet counted", "0"):
        table.loc[mine, "actual"] = written
        table.loc[mine, "note"] = "census office"
        filled = fill_monitoring(table, LATER)
        assert filled.loc[mine, "actual"].item() == written
        assert filled.loc[mine, "note"].item() == "census office"
        assert filled.loc[mine, "actual_run"].item() == ""


@settings(deadline=None, max_examples=12)
@over(
    st.lists(st.sampled_from(["", " ", "5", "n/a", "nan", "7,5"]), min_size=45, max_size=45),
    st.permutations(range(len(LATER))),
)
def test_filling_never_overwrites_and_twice_is_once(written, order):
    table = monitoring().iloc[:45].copy()
    table["actual"] = written[: len(table)]
    once = fill_monitoring(table, LATER)
    kept = table["actual"].str.strip() != ""
    assert (once["actual"][kept] == table["actual"][kept]).all()
    pd.testing.assert_frame_equal(fill_monitoring(once, LATER), once)
    pd.testing.assert_frame_equal(fill_monitoring(table, LATER.iloc[list(order)]), once)


def test_a_table_comes_back_from_its_file(tmp_path):
    filled = fill_monitoring(monitoring(), LATER)
    write_csv(filled, tmp_path / "monitoring.csv")
    again = read_monitoring(tmp_path / "monitoring.csv")
    pd.testing.assert_frame_equal(again, filled, check_dtype=False)
    pd.testing.assert_frame_equal(fill_monitoring(again, LATER), again)


def test_a_broken_monitoring_table_is_told(tmp_path):
    path = tmp_path / "monitoring.csv"
    with pytest.raises(InputError, match=r"there is no such file\. Give the monitoring\.csv"):
        read_monitoring(path)
    monitoring().drop(columns=["target", "note"]).to_csv(path, index=False)
    with pytest.raises(InputError) as caught:
        read_monitoring(path)
    assert len(caught.value.faults) == 2
    table = monitoring().astype(object)
    table.loc[0, "target"], table.loc[1, "year"] = "sixty", ""
    pd.concat([table, table.iloc[2:3]]).to_csv(path, index=False)
    with pytest.raises(InputError) as caught:
        read_monitoring(path)
    lines = caught.value.faults
    assert any("line 2: target 'sixty' is no number" in line for line in lines)
    assert any("line 3: year '' is no number" in line for line in lines)
    assert any("stands twice" in line for line in lines)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not a CSV file"):
        read_monitoring(path)
