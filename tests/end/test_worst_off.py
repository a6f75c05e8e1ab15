"""Who is worst off, as the findings say it."""

import pandas as pd
import pytest

from citiesforall.core.tables import INEQUALITY
from citiesforall.pipeline.worst_off import worst_off

NAMES = {"A": "Aek", "B": "Bei"}


def rows(*given):
    """Return a table of inequality; what is not said is empty."""
    table = pd.DataFrame(
        [{**dict.fromkeys(INEQUALITY, ""), "place": "CITY", "status": "ok", **one} for one in given]
    )
    numbers = [name for name, kind in INEQUALITY.items() if kind == "float64"]
    return table.assign(**{name: pd.to_numeric(table[name]) for name in numbers})


def worst(key, worst_place, chance=0.5, **words):
    return {
        "indicator": key,
        "measure": "worst_place",
        "place_a": worst_place,
        "chance": chance,
        "n": 12,
        **words,
    }


def gap(key, first, second, value, low, high, **words):
    said = {"indicator": key, "measure": "group_gap", "group_a": first, "group_b": second, "unit": "%"}
    return {**said, "value": value, "low": low, "high": high, **words}


def test_the_place_that_is_last_most_often():
    table = rows(worst("a", "A", 0.95), worst("b", "A", 0.5), worst("c", "A", 1.0), worst("d", "B"))
    assert worst_off(table, "CITY", NAMES) == [
        "Worst off: Aek, last of 12 places in 3 of 4 indicators; in 2 of them in at least 9 of 10 draws"
    ]


def test_two_places_level_are_both_named_and_chance_finds_are_not():
    table = rows(*(worst(key, place) for key in "abc" for place in "AB"))
    assert worst_off(table, "CITY", NAMES) == [
        "Worst off: Aek and Bei, each last of 12 places in 3 of 6 indicators"
    ]
    assert worst_off(rows(worst("a", "A"), worst("b", "A")), "CITY", NAMES) == []
    level = rows(*(worst(key, "A", note="level") for key in "abcd"))
    assert worst_off(level, "CITY", NAMES) == []
    assert worst_off(rows(*(worst(key, "A", place="D1") for key in "abcd")), "CITY", NAMES) == []


@pytest.mark.parametrize(
    ("given", "first"),
    [
        (gap("health_centre_access", "women", "men", -8.0, -12.0, -4.0), "women and girls are 8.0 points worse off than men and boys (95 %: 4.0 to 12.0)"),
        (gap("health_centre_access", "women", "men", 8.0, 4.0, 12.0), "men and boys are 8.0 points worse off than women and girls (95 %: 4.0 to 12.0)"),
        (gap("flood_exposure", "women", "men", 8.0, 4.0, 12.0), "women and girls are 8.0 points worse off than men and boys (95 %: 4.0 to 12.0)"),
    ],
)  # fmt: skip
def test_the_widest_gap_says_who_is_worse_off(given, first):
    small = gap("open_space_access", "women", "men", -1.0, -2.0, -0.5)
    (line,) = worst_off(rows(small, given), "CITY", NAMES)
    assert line.endswith(first)


def test_gaps_that_errors_could_make_and_scenarios_are_not_told():
    unsure = gap("health_centre_access", "women", "men", -30.0, -70.0, 5.0)
    scenario = gap("health_centre_access", "slow_walkers", "all", -30.0, -40.0, -20.0, note="scenario")
    missing = gap("health_centre_access", "women", "men", -30.0, -40.0, -20.0, status="missing")
    assert worst_off(rows(unsure, scenario, missing), "CITY", NAMES) == []
