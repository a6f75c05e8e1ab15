"""Frameworks: every item stands once, every tag of an indicator leads somewhere, every unanswered item says why."""

import re
from collections import Counter

import pytest

from citiesforall.core.errors import DeclarationError
from citiesforall.core.framework import answered_by, framework, framework_texts, frameworks
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.core.units import unit
from citiesforall.text import registry

EVERY = list(frameworks().values())
each = pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)
CODE = {
    "sdg11": r"11\.([1-7]|[ab])\.[1-3]",
    "human_security": r"(EC|FO|HE|EN|PE|CO|PO)\d[ab]?",
    "umf": r"[1-5]\.[1-4]",
    "u4ssc": r"(EC:(ICT|P|I)|EN:(EN|E)|SC:(EH|SH)):[A-Z]{1,3}:\d[CA]",
}


def test_the_four_have_as_many_items_as_they_say():
    assert {one.name: len(one.items) for one in EVERY} == {
        "human_security": 51,
        "sdg11": 15,
        "u4ssc": 91,
        "umf": 20,
    }


@each
def test_codes_have_the_frameworks_form(one):
    assert not [code for code in one.items if not re.fullmatch(CODE[one.name], code)]


@each
def test_every_part_holds_something_and_titles_are_short(one):
    assert {item.part for item in one.items.values()} == set(one.parts)
    assert not [item.code for item in one.items.values() if len(item.title) > 100 or item.title.endswith(".")]
    assert max(Counter(item.title for item in one.items.values()).values()) == 1


def test_u4ssc_is_counted_as_its_list_is():
    items = framework("u4ssc").items
    by = Counter(code.split(":")[0] for code in items)
    assert by == {"EC": 45, "EN": 17, "SC": 29}
    assert Counter(item.part for item in items.values())["EC:ICT"] == 17
    assert Counter(code[-1] for code in items) == {"C": 55, "A": 36}


@each
def test_every_tag_of_an_indicator_leads_to_an_item(one):
    answered = {key for keys in answered_by(one).values() for key in keys}
    tagged = {key for key, indicator in indicators().items() if getattr(indicator, one.tag)}
    if one.tag != "sdg":  # indicators carry codes of other goals too
        assert tagged == answered
    own = {key for key, indicator in indicators().items() if any(t.startswith("11.") for t in indicator.sdg)}
    assert one.tag != "sdg" or own == answered


@each
def test_an_item_without_an_indicator_says_why(one):
    silent = [code for code, keys in answered_by(one).items() if not keys and not one.items[code].why]
    assert not silent, f"no indicator and no reason: {silent}"
    idle = [code for code, keys in answered_by(one).items() if keys and one.items[code].why]
    assert not idle, f"answered, so the reason has gone: {idle}"


def test_an_item_and_its_indicators_measure_in_one_kind_of_unit():
    for one in (framework("sdg11"), framework("u4ssc")):
        for code, keys in answered_by(one).items():
            asked = one.items[code].unit
            same = [key for key in keys if unit(indicators()[key].unit).dimension == unit(asked).dimension]
            assert same or not keys, f"{code} asks {asked}: {[(key, indicators()[key].unit) for key in keys]}"


def test_texts_are_in_the_registry():
    assert framework_texts().items() <= registry().items()
    assert "framework.u4ssc.item.EC:ICT:ICT:1C" in registry()


def test_one_code_or_several():
    row = {
        "id": "a",
        "title": "A",
        "meaning": "A.",
        "dimension": "city",
        "unit": "%",
        "better": "context",
        "method": "m",
    }
    assert Indicator.model_validate(row).sdg == ()
    assert Indicator.model_validate({**row, "sdg": "11.1.1"}).sdg == ("11.1.1",)
    assert Indicator.model_validate({**row, "sdg": ["11.1.1", "1.4.2"]}).sdg == ("11.1.1", "1.4.2")


def test_a_deeper_tag_answers_its_cell():
    row = {
        "title": "A",
        "meaning": "A.",
        "dimension": "city",
        "unit": "%",
        "better": "context",
        "method": "m",
    }
    some = {
        key: Indicator.model_validate({"id": key, **row, "umf": tag})
        for key, tag in (("a", "1.2.1"), ("b", "1.2"), ("c", "9.9"))
    }
    assert answered_by(framework("umf"), some)["1.2"] == ("a", "b")


def test_an_unknown_framework_names_the_nearest():
    with pytest.raises(DeclarationError, match="Did you mean 'u4ssc'"):
        framework("u4scc")
