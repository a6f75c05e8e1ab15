"""Axes with round numbers, rows in order, classes by bounds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citiesforall.report.blocks import Number, Said
from citiesforall.report.charts import (
    About,
    Point,
    Span,
    bars_chart,
    dots_chart,
    heat_chart,
    lines_chart,
    scatter_chart,
    timeline_chart,
)
from citiesforall.report.charts_axes import class_names, near_zero, nice_ticks, tick_label, year_ticks

NAN = float("nan")
ABOUT = About(Said("It rises"), "%, 2026", "alt", "source", "id", "note")


def point(value, low=NAN, high=NAN, x=NAN):
    return Point(Number(f"{value:.1f}%", "observations", (), "value", value), low, high, x=x)


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, (0, 0.2, 0.4, 0.6, 0.8, 1)),
        (3, 97, (0, 20, 40, 60, 80, 100)),
        (-5, 12, (-5, 0, 5, 10, 15)),
        (0.001, 0.0042, (0.001, 0.002, 0.003, 0.004, 0.005)),
        (7, 7, (6, 8)),
    ],
)
def test_ticks_are_round_and_hold_the_range(low, high, ticks):
    assert nice_ticks(low, high) == pytest.approx(ticks)


@given(st.floats(-1e9, 1e9), st.floats(1e-6, 1e9), st.integers(1, 10))
def test_ticks_hold_any_range(low, span, count):
    ticks = nice_ticks(low, low + span, count)
    step = ticks[1] - ticks[0]
    assert len(ticks) >= 2
    assert ticks[0] <= low + 1e-6 * max(step, abs(low))
    assert ticks[-1] >= low + span - 1e-6 * max(step, abs(low + span))
    assert len(ticks) <= count + 3


def test_an_axis_of_shares_stays_between_0_and_100():
    chart = dots_chart(ABOUT, [("a", [point(99.0, 97.0, 100.0)]), ("b", [point(98.0)])], "%", "en")
    assert chart.ticks[-1].at == 100
    assert chart.ticks[0].at >= 90


def test_rows_stand_from_high_to_low_and_unknown_ones_last():
    rows = [("b", [point(NAN)]), ("c", [point(1.0)]), ("a", [point(NAN)]), ("d", [point(5.0)])]
    assert [line.label for line in dots_chart(ABOUT, rows, "%", "en").lines] == ["d", "c", "a", "b"]
    assert [line.label for line in dots_chart(ABOUT, rows, "%", "en", order="up").lines] == [
        "c",
        "d",
        "a",
        "b",
    ]
    assert [line.label for line in dots_chart(ABOUT, rows, "%", "en", order="given").lines] == [
        "b",
        "c",
        "a",
        "d",
    ]


def test_bars_begin_at_0_and_dots_where_they_lie():
    rows = [("a", [point(50.0)]), ("b", [point(60.0)])]
    assert bars_chart(ABOUT, rows, "USD", "en").ticks[0].at == 0
    assert dots_chart(ABOUT, rows, "USD", "en").ticks[0].at == 50
    assert near_zero([1.0, 3.0])
    assert not near_zero([2.0, 3.0])


def test_series_references_and_bold_rows_are_handed_on():
    rows = [("a", [point(50.0), point(NAN)])]
    chart = dots_chart(ABOUT, rows, "%", "en", series=("x", "y"), strong=("a",), reference=((80.0, "goal"),))
    assert [mark.series for mark in chart.lines[0].marks] == [0, 1]
    assert math.isnan(chart.lines[0].marks[1].at)
    assert chart.lines[0].is_strong
    assert chart.reference[0].label == "goal"
    assert chart.ticks[-1].at >= 80
    assert chart.note == "note"


def test_lines_write_their_first_and_last_known_value():
    points = [point(1.0, x=2020), point(2.0, x=2021), point(3.0, x=2022), point(NAN, x=2023)]
    chart = lines_chart(ABOUT, [("a", points)], "%", "en")
    assert [mark.label.text for mark in chart.lines[0].marks] == ["1.0%", "", "3.0%", ""]
    assert [tick.label for tick in chart.x_ticks] == ["2020", "2021", "2022", "2023"]


def test_years_are_whole_and_few():
    assert [tick.label for tick in year_ticks(2000, 2026)] == ["2000", "2005", "2010", "2015", "2020", "2026"]
    assert [tick.label for tick in year_ticks(2026, 2026)] == ["2026", "2027"]


def test_a_value_on_a_bound_is_of_the_class_above():
    rows = [("a", [point(v) for v in (19.9, 20.0, 60.0, 80.0, NAN)])]
    chart = heat_chart(ABOUT, rows, ("1", "2", "3", "4", "5"), (20, 40, 60, 80), "%", "en")
    marks = [mark.at for mark in chart.lines[0].marks]
    assert marks[:4] == [0, 1, 3, 4]
    assert math.isnan(marks[4])
    assert chart.series == ("< 20%", "20\N{EN DASH}40%", "40\N{EN DASH}60%", "60\N{EN DASH}80%", "≥ 80%")


def test_classes_up_to_the_most_there_can_be_say_so():
    assert class_names((50, 100), "%", "en") == ("< 50%", "50\N{EN DASH}100%", "100%")
    assert class_names((), "%", "en") == ()


def test_a_year_of_a_timeline_reaches_to_the_next():
    chart = timeline_chart(ABOUT, [("a", [Span(2027, 2028, Said("x"))])], (2026, 2029))
    mark = chart.lines[0].marks[0]
    assert (mark.low, mark.high) == (2027, 2029)
    assert [tick.at for tick in chart.ticks] == [2026, 2027, 2028, 2029]


def test_scatter_has_two_axes():
    chart = scatter_chart(
        ABOUT, [("a", [point(5.0, x=100.0)]), ("b", [point(9.0, x=900.0)])], "%", "en", x_unit="USD"
    )
    assert chart.x_ticks[0].label == "US$0"
    assert chart.x_ticks[-1].label == "US$1,000"
    assert all(mark.label.text == "" for line in chart.lines for mark in line.marks)


def test_ticks_are_said_shortly():
    assert tick_label(2500.0, "persons", "en") == "2,500"
    assert tick_label(0.25, "ratio", "en") == "0.25"
    assert tick_label(20.0, "%", "km") == "20%"
    assert tick_label(2000.0, "KHR", "km") == "2,000 រៀល"
