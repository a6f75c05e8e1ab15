"""The question bank: standard modules are whole, every fault of a declaration is found, labels can be read back."""

import re
from itertools import chain

import pytest

from citiesforall.core.errors import DeclarationError
from citiesforall.core.questions import (
    LONGEST_NAME,
    SELECTS,
    bank,
    codes,
    expressions,
    read_bank,
    references,
    survey_texts,
)
from citiesforall.measure.survey_questions import TOLD_IN_CONFIDENCE
from citiesforall.text import say

MODULE = '[module]\nid = "one"\ntitle = "One"\norder = 1\ntable = "household"\n'


def faults(**files):
    with pytest.raises(DeclarationError) as caught:
        read_bank({f"{name}.toml": text for name, text in files.items()})
    return caught.value.faults


def test_the_standard_modules_are_whole():
    asked = bank().questions
    by = {key: [one for one in asked.values() if one.module == key] for key in bank().modules}
    assert len(by["fies"]) == 8
    assert all("12 months" in one.text for one in by["fies"])
    assert [one.name for one in by["fies"]] == sorted(one.name for one in by["fies"])
    assert len(by["disability"]) == 6
    assert {one.choices for one in by["disability"]} == {"difficulty"}
    assert codes(bank(), "difficulty")[:4] == ("none", "some", "a_lot", "cannot")
    assert codes(bank(), "difficulty", "disabled") == ("a_lot", "cannot")
    assert [one.name for one in by["rcsi"] if one.type == "integer"] == [
        "rcsi_less_preferred", "rcsi_borrow", "rcsi_portion", "rcsi_adults", "rcsi_meals",
    ]  # fmt: skip
    assert sum(one.type == "integer" for one in by["fcs"]) == 9
    assert all(
        one.constraint == ". >= 0 and . <= 7" for one in [*by["rcsi"], *by["fcs"]] if one.type == "integer"
    )
    assert [one.choices for one in by["hwise"]] == ["how_often"] * 4
    assert codes(bank(), "how_often")[:4] == ("never", "rarely", "sometimes", "often")


def test_harassment_is_two_times_four_questions_asked_alone_and_marked_sensitive():
    asked = [one for one in bank().questions.values() if re.match(r"(sexual|physical)_harassment_", one.name)]
    assert len(asked) == 8
    assert all(one.sensitive for one in asked)
    for one in asked[::4]:
        assert one.relevant == "${harassment_private} = 'yes'"
        assert codes(bank(), one.choices)[-2:] == ("none", "refused")


def test_three_services_have_five_attributes_and_one_overall():
    for service in ("health", "education", "government"):
        names = [
            one.name
            for one in bank().questions.values()
            if one.module == "public_services" and one.name.startswith(service) and one.text
        ]
        assert len(names) == 7  # used, five attributes, overall
        assert names[-1] == f"{service}_overall"


def test_threats_are_of_the_seven_dimensions_and_each_is_offered_once():
    dimensions = ("economic", "food", "health", "environmental", "personal", "community", "political")
    offered = []
    for dimension in dimensions:
        given = codes(bank(), f"threats_{dimension}")
        assert given[-2:] == ("none", "refused")
        assert given[:-2] == codes(bank(), "threat", dimension)
        offered += given[:-2]
    assert sorted(offered) == sorted(codes(bank(), "threat"))
    labels = {one.code: one.label for one in bank().lists["threat"]}
    assert all(
        one.label == labels[one.code]
        for dimension in dimensions
        for one in bank().lists[f"threats_{dimension}"]
        if one.code not in ("none", "refused")
    )


def test_threats_may_be_refused_and_what_is_refused_is_not_asked_about():
    asked = {name: one for name, one in bank().questions.items() if name.startswith("threat")}
    offered = [one for one in asked.values() if one.type in SELECTS and one.name != "threat_shown"]
    assert len(offered) == 7 + 4
    for one in offered:
        assert "refused" in codes(bank(), one.choices), one.name
        assert one.type == "select_one" or "selected(., 'refused')" in one.constraint, one.name
    assert asked["threats_all"].calculation.count("'refused'") == 7
    sensitive = {name for name, one in asked.items() if one.sensitive}
    assert sensitive == {f"threats_{one}" for one in TOLD_IN_CONFIDENCE}


def test_slum_conditions_can_be_told_from_the_answers():
    lists = {
        "water_source": "improved", "toilet": "improved", "wall": "durable", "roof": "durable", "floor": "durable",
        "tenure_paper": "secure", "hazard_site": "safe_site", "dwelling_condition": "sound",
    }  # fmt: skip
    for name, tag in lists.items():
        given = codes(bank(), name, tag)
        assert given
        assert set(given) < set(codes(bank(), name))


def test_no_question_asks_for_a_name():
    asked = bank().questions.values()
    texts = [one.text.lower() for one in asked if one.type in {"text", "select_one"}]
    assert not [text for text in texts if re.search(r"\bnames?\b", text)]


def test_every_text_is_said_in_khmer_with_the_same_answers_put_in():
    for key, english in survey_texts().items():
        khmer = say(key, english, "km")
        assert khmer, key
        assert references(khmer) == references(english), key


@pytest.mark.parametrize("lang", ["en", "km"])
def test_labels_of_a_list_differ_so_that_exports_with_labels_can_be_read(lang):
    for key, answers in bank().lists.items():
        said = [say(f"survey.choice.{key}.{one.code}", one.label, lang) for one in answers]
        assert len(set(said)) == len(said), key


def test_names_are_short_and_codes_have_no_spaces():
    assert max(map(len, bank().questions)) <= LONGEST_NAME
    assert all(re.fullmatch(r"[a-z0-9_]+", one.code) for one in chain(*bank().lists.values()))


def test_what_is_sensitive_may_be_refused():
    for one in bank().questions.values():
        if one.sensitive and one.type in SELECTS:
            assert "refused" in codes(bank(), one.choices), one.name


def test_a_required_number_has_bounds():
    for one in bank().questions.values():
        if one.type == "integer":
            assert "<=" in one.constraint, one.name


def test_what_is_asked_only_of_some_depends_on_earlier_answers():
    place = {name: number for number, name in enumerate(bank().questions)}
    for one in bank().questions.values():
        for text in expressions(one).values():
            assert all(place[name] < place[one.name] for name in references(text) if name != "members")


def test_all_faults_are_reported_together():
    text = MODULE + (
        '[questions.first]\ntype = "select_one"\nchoices = "lst"\ntext = "?"\nrelevant = "${nobody} = \'x\'"\n'
        '[questions.second]\ntype = "integer"\n'
        '[questions.A_very_long_name_that_no_tool_will_take]\ntype = "text"\ntext = "?"\n'
        '[questions.third]\ntype = "select_one"\nchoices = "list"\ntext = "?"\nconstraint = ". > 1"\n'
        '[questions.fourth]\ntype = "text"\ntext = "?"\nrelevant = "${third} = \'c\' and selected(${third}, \'a\')"\n'
        '[choices.list]\na = "A"\nb = "B"\n[choices.spare]\na = "A"\n'
    )
    found = "\n".join(faults(one=text))
    for part in (
        "first: relevant names 'nobody', which is no question",
        "first: list 'lst' is not known. Did you mean 'list'?",
        "second: text is missing",
        "A_very_long_name_that_no_tool_will_take: this name is not allowed",
        "third: constraint and constraint_message go together",
        "fourth: relevant compares 'third' with 'c', not among its choices",
        "choices.spare: no question uses this list",
    ):
        assert part in found
    assert "'a', not among" not in found


def test_a_question_cannot_hang_on_a_later_one_or_on_itself():
    text = MODULE + (
        '[questions.first]\ntype = "text"\ntext = "?"\nrelevant = "${second} = \'x\'"\n'
        '[questions.second]\ntype = "text"\ntext = "?"\nrelevant = "${second} = \'x\'"\n'
    )
    assert [line for line in faults(one=text) if "is asked later or is itself" in line][1:]


def test_names_declared_twice_and_unknown_words_are_faults():
    other = MODULE.replace('"one"', '"two"')
    text = '[questions.same]\ntype = "text"\ntext = "?"\n'
    found = "\n".join(
        faults(a=MODULE + text, b=other + text + "colour = 1\n", c="[colour]\na = 1\n", d="not toml")
    )
    for part in (
        "order '1' is declared twice",
        "colour: Extra inputs",
        "'colour' is not known",
        "d.toml: not valid TOML",
    ):
        assert part in found, found
    assert "question 'same' is declared twice" in "\n".join(faults(a=MODULE + text, b=other + text))


def test_modules_that_repeat_must_follow_each_other():
    def module(name, order, table):
        return f'[module]\nid = "{name}"\ntitle = "T"\norder = {order}\ntable = "{table}"\n[questions.q_{name}]\ntype = "text"\ntext = "?"\n'

    found = faults(a=module("a", 1, "member"), b=module("b", 2, "household"), c=module("c", 3, "member"))
    assert any("'members' is one repeat" in line for line in found)
    wrong = module("a", 1, "member") + 'table = "household"\n'
    assert any("cannot stand in a module of table 'member'" in line for line in faults(a=wrong))
