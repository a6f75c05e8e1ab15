"""The annex of a Voluntary Local Review: every indicator of SDG 11 has a row, numbers are the tables', trends by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from citiesforall.core.framework import framework
from citiesforall.exchange.given import HAS_VALUE
from citiesforall.exchange.local_review import (
    COLUMNS,
    SHOWN,
    WORDS,
    review_markdown,
    review_table,
    shown_rows,
)
from citiesforall.text import registry


@pytest.fixture(scope="module")
def review(town):
    """Return the annex of Little Town."""
    return review_table(town)


def test_every_indicator_of_goal_11_has_a_row_first_and_in_order(review):
    codes = list(dict.fromkeys(review["sdg"]))
    goal = list(framework("sdg11").items)
    assert codes[: len(goal)] == goal
    later = codes[len(goal) :]
    assert later == sorted(
        later, key=lambda code: [(0, int(x), "") if x.isdigit() else (1, 0, x) for x in code.split(".")]
    )
    assert list(review.columns) == list(COLUMNS)


def test_numbers_are_those_of_the_tables(review, town):
    rows = town.observations
    rows = rows[(rows["place"] == town.whole) & (rows["group"] == "all")].set_index("indicator")
    told = review[review["indicator"] != ""]
    assert len(told) > 20
    for one in told.itertuples():
        assert one.value == pytest.approx(rows.loc[one.indicator, "value"], nan_ok=True)
        assert one.status == rows.loc[one.indicator, "status"]
        assert (one.status in HAS_VALUE) == (not np.isnan(one.value))
    gaps = town.inequality[~town.inequality["note"].str.contains("scenario")]
    for one in told[told["gap"].notna()].itertuples():
        has = gaps[
            (gaps["indicator"] == one.indicator)
            & (gaps["measure"] == "group_gap")
            & (gaps["place"] == town.whole)
        ]
        assert abs(one.gap) == has["value"].abs().max()


def test_what_nothing_answers_says_so(review, town):
    heritage = review[review["sdg"] == "11.4.1"]
    assert (heritage["status"] == "missing").all()
    shown = [row for row in shown_rows(town, review, "en") if row["sdg"] == "11.4.1"]
    assert all(row["value"] == "No data" for row in shown)


def with_periods(town, *values):
    """Return Little Town with one indicator of several years: (period, value, low, high, version)."""
    rows = town.observations
    one = rows[
        (rows["indicator"] == "public_transport_access")
        & (rows["place"] == town.whole)
        & (rows["group"] == "all")
    ]
    made = [
        one.assign(period=period, value=value, low=low, high=high, version=version, status="ok")
        for period, value, low, high, version in values
    ]
    return replace(town, observations=pd.concat(made, ignore_index=True))


@pytest.mark.parametrize(
    ("values", "trend", "earlier"),
    [
        ([("2020", 50, 48, 52, 1), ("2025", 60, 58, 62, 1)], "up", 50),
        ([("2020", 60, 58, 62, 1), ("2025", 50, 48, 52, 1)], "down", 60),
        (
            [("2020", 50, 48, 52, 1), ("2025", 53, 51, 55, 1)],
            "same",
            50,
        ),  # the intervals meet between 51 and 52
        ([("2020", 50, np.nan, np.nan, 1), ("2025", 53, np.nan, np.nan, 1)], "up", 50),
        ([("2020", 50, 48, 52, 1), ("2025", 60, 58, 62, 2)], "unknown", 50),  # another definition
        ([("2025", 60, 58, 62, 1)], "unknown", np.nan),
        ([("2015/2025", 3, 2, 4, 1)], "span", np.nan),
    ],
)
def test_trends(town, values, trend, earlier):
    table = review_table(replace(with_periods(town, *values), diagnosis={})).set_index("indicator")
    row = table.loc["public_transport_access"]
    assert row["trend"] == trend
    assert row["value"] == values[-1][1]
    assert row["earlier_value"] == pytest.approx(earlier, nan_ok=True)


def test_a_withheld_value_gives_no_gap_of_its_own(town):
    """Gaps are read, never reckoned: without the table of inequality there is none, though both sides are known."""
    bare = replace(town, inequality=town.inequality.iloc[:0])
    table = review_table(bare)
    assert table["gap"].isna().all()
    assert (table["worst_group"] == "").all()


@pytest.mark.parametrize("lang", ["en", "km"])
def test_the_page_has_every_row_and_the_sources_with_their_licence(town, review, lang):
    text = review_markdown(town, review, lang)
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(lines) == len(review) + 2
    assert all(line.count(" | ") == len(SHOWN) - 1 for line in lines)
    cited = {key for row in review["sources"] for key in row.split()}
    assert all(f"`{key}`" in text for key in cited)
    assert "11.4.1" in text


def test_every_word_of_the_annex_exists():
    text = registry()
    for name in SHOWN:
        assert f"exchange.review_column.{name}" in text
    for section in ("trend", "relation"):
        for name in WORDS[section]:
            assert f"exchange.{section}.{name}" in text


def test_a_scenario_is_no_gap_between_groups(town, review):
    gaps = town.inequality
    scenario = gaps[gaps["note"].str.contains("scenario") & (gaps["measure"] == "group_gap")]
    assert len(scenario)
    assert "slow_walkers" not in set(review["gap_group"])


def test_definitions_are_told_apart(review):
    said = review.set_index("indicator")["relation"]
    assert said["public_transport_access"] == "same"  # SP_TRN_PUBL
    assert said["public_transport_hourly_4"] == "part"
    assert set(review.loc[review["indicator"] == "", "relation"]) <= {"none"}
    transport = review.loc[review["sdg"] == "11.2.1", "relation"].tolist()
    assert transport == sorted(transport, key=["same", "part", "near"].index)


def test_khmer_tables_have_latin_digits(town, review):
    rows = shown_rows(town, review, "km")
    khmer = set("០១២៣៤៥៦៧៨៩")
    assert any(row["interval"] for row in rows)
    for row in rows:
        assert not khmer & set(row["value"] + row["interval"] + row["gap"] + row["period"])
