"""Numbers: one rule of rounding, digits of the language, and the row each comes from."""

import math

import pandas as pd
import pytest

from citiesforall.core.errors import DeclarationError
from citiesforall.report.blocks import Said
from citiesforall.report.evidence import Evidence, look, summed
from citiesforall.report.numbers import cell, in_words, tell, told


@pytest.mark.parametrize(
    ("value", "unit", "lang", "said"),
    [
        (45.25, "%", "en", "45.2%"),  # halves to the even digit, as floats hold them
        (45.35, "%", "en", "45.4%"),
        (1234567.4, "persons", "en", "1,234,567"),
        (1234.5, "persons/km2", "km", "1,234 នាក់/គម²"),
        (0.125, "ratio", "en", "0.12"),
        (1999.5, "USD", "en", "US$2,000"),
        (8000.0, "KHR", "km", "8,000 រៀល"),
        (float("nan"), "%", "en", "unknown"),
        (float("nan"), "USD", "km", "មិនដឹង"),
    ],
)
def test_values_in_words(value, unit, lang, said):
    assert in_words(value, unit, lang) == said


def table():
    return pd.DataFrame(
        {"place": ["A", "A", "B"], "year": [2026, 2027, 2026], "value": [1.5, 2.5, float("nan")]}
    )


@pytest.fixture
def evidence():
    return Evidence(None, {}, {"rows": table()}, {})


def test_a_cell_of_a_table_with_its_key(evidence):
    one = look(evidence, "rows", "value", "%", lang="en", place="A", year="2027")
    assert (one.text, one.value, one.column, one.table) == ("2.5%", 2.5, "value", "rows")
    assert one.key == (("place", "A"), ("year", "2027"))


def test_a_row_that_is_not_there_is_unknown(evidence):
    assert math.isnan(look(evidence, "rows", "value", "%", lang="en", place="C").value)
    assert look(evidence, "rows", "value", "%", lang="km", place="B").text == "មិនដឹង"


def test_a_key_of_several_rows_and_a_wrong_name_are_refused(evidence):
    with pytest.raises(ValueError, match="2 rows"):
        look(evidence, "rows", "value", "%", lang="en", place="A")
    with pytest.raises(KeyError):
        look(evidence, "rows", "value", "%", lang="en", plaice="A")
    with pytest.raises(KeyError):
        look(evidence, "other", "value", "%", lang="en", place="A")


def test_sentences_have_digits_of_their_language_and_tables_latin_ones():
    one = summed(12345.0, "USD", "km", table="plan/plan", how="sum of capital_usd")
    said = tell("report.shown.USD", "km", amount=one)
    assert said.text == "១២,៣៤៥ ដុល្លារ ដុល្លារ"
    assert said.numbers[0].text == "១២,៣៤៥ ដុល្លារ"
    assert said.numbers[0].value == 12345.0
    assert cell(one) == Said("12,345 ដុល្លារ", (one,))
    assert cell("plain") == Said("plain")


def test_a_sentence_keeps_the_numbers_of_a_sentence_inside_it():
    inner = tell("report.shown.USD", "en", amount=summed(5.0, "count", "en", table="t", how="count of rows"))
    outer = tell("report.shown.KHR", "en", amount=inner)
    assert outer.text == "KHR US$5"
    assert [one.value for one in outer.numbers] == [5.0]


def test_texts_that_are_not_there_are_refused():
    with pytest.raises(DeclarationError, match="not known"):
        told("report.shown.nothing", "en")
    with pytest.raises(KeyError):
        tell("report.shown.USD", "en")


def test_tables_of_a_city_hold_words_that_compare_quickly(evidence_of):
    places = evidence_of.tables["places"]
    assert places["place"].dtype == object
    assert evidence_of.whole == "KH9901"
    assert {"run", "challenges", "plan", "check"} <= set(evidence_of.said)
    value = evidence_of.tables["observations"].query(
        "indicator == 'population' and place == 'KH9901' and group == 'all'"
    )
    one = look(
        evidence_of, "observations", "value", "persons", lang="en",
        place="KH9901", indicator="population", group="all", period=str(value["period"].iloc[0]),
    )  # fmt: skip
    assert one.value == value["value"].iloc[0]
