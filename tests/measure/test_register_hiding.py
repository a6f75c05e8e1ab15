"""Counts of sensitive matters: few are withheld, and nothing told gives them away."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.core.amounts import amounts
from citiesforall.measure.register_hiding import FEWEST_CASES, withheld_counts
from citiesforall.measure.registers import register_growth, register_rate, register_share, register_total

from .test_registers import CITY, EAST, UNITS, WEST, A, B, C, D, layers, rows

CRIMES = rows("crimes", dict(zip(UNITS, [12.0, 7.0, 3.0, 9.0], strict=True)))


def test_few_cases_and_what_would_give_them_away_are_withheld(tmp_path):
    """West has 12, C 3 of them: D would give C away, so both go; the city less East is West, which may be told."""
    found = register_rate(layers(tmp_path, CRIMES), num=["crimes"], den=["residents"])
    assert found.status[[C, D]].tolist() == ["suppressed"] * 2
    assert found.status[[CITY, EAST, WEST, A, B]].tolist() == [""] * 5
    assert "below 5" in found.note
    total = register_total(layers(tmp_path, CRIMES), of="crimes")
    assert total.status.tolist() == found.status.tolist()


def test_two_withheld_that_hold_five_need_no_third(tmp_path):
    some = rows("domestic_violence_families", dict(zip(UNITS, [3.0, 2.0, 0.0, 20.0], strict=True)))
    families = rows("families", dict(zip(UNITS, [100.0, 90.0, 80.0, 70.0], strict=True)))
    here = layers(tmp_path, some + families)
    found = register_share(here, num=["domestic_violence_families"], den=["families"])
    assert found.status.tolist() == ["", "", "", "suppressed", "suppressed", "", ""]
    assert found.value()[C] == 0


def test_a_city_of_few_cases_is_told(tmp_path):
    found = register_rate(
        layers(tmp_path, rows("homicides", {"KH01": 2.0})), num=["homicides"], den=["residents"]
    )
    assert found.status[CITY] == ""
    assert found.value()[CITY] == 2 / 1000


def test_a_part_and_the_rest_of_its_whole_are_both_protected(tmp_path):
    """Of 20 births 18 with help: two without."""
    births = rows("births", dict(zip(UNITS, [20.0, 30.0, 40.0, 50.0], strict=True)))
    helped = rows("births_with_skilled_help", dict(zip(UNITS, [18.0, 20.0, 30.0, 40.0], strict=True)))
    found = register_share(
        layers(tmp_path, births + helped), num=["births_with_skilled_help"], den=["births"]
    )
    assert found.status[[A, B]].tolist() == ["suppressed"] * 2
    assert found.status[[C, D]].tolist() == ["", ""]


def test_other_matters_are_told_however_few(tmp_path):
    few = rows("villages", dict(zip(UNITS, [1.0, 2.0, 3.0, 4.0], strict=True)))
    assert "suppressed" not in register_total(layers(tmp_path, few), of="villages").status
    assert not amounts()["villages"].sensitive


def test_growth_of_few_is_withheld(tmp_path):
    old = rows("crimes", dict(zip(UNITS, [2.0, 20.0, 30.0, 40.0], strict=True)), "2019")
    new = rows("crimes", dict(zip(UNITS, [12.0, 20.0, 30.0, 40.0], strict=True)), "2022")
    found = register_growth(layers(tmp_path, old + new), of="crimes")
    assert found.status[A] == "suppressed"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=6), min_size=1, max_size=4))
def test_no_place_of_few_can_be_had_by_subtraction(cases):
    """Of every place that is told, what it holds and is not told makes none or 5 and more, unless all of it is few."""
    parent, n = [-1], [sum(map(sum, cases))]
    for district in cases:
        at = len(parent)
        parent.append(0)
        n.append(sum(district))
        parent += [at] * len(district)
        n += district
    count, above = np.array([n], float), np.array(parent)
    out = withheld_counts(count, above)
    assert not out[0]
    assert not (~out & (count[0] > 0) & (count[0] < FEWEST_CASES))[1:].any()
    for place in set(parent) - {-1}:
        inside = np.flatnonzero(above == place)
        left = count[0, inside[out[inside]]].sum()
        assert out[place] or left == 0 or left >= FEWEST_CASES or (count[0, inside[~out[inside]]] == 0).all()
