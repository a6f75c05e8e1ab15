"""Run over every declaration: ids, units, methods, options, kinds, goalposts, citations, the lock of definitions."""

import re
from pathlib import Path

import pytest

from citiesforall.core.amounts import RESIDENTS
from citiesforall.core.amounts import amounts as amounts_of_registers
from citiesforall.core.errors import DeclarationError
from citiesforall.core.group import groups
from citiesforall.core.indicator import indicators
from citiesforall.core.references import references
from citiesforall.core.scorecard import scorecards
from citiesforall.core.source import catalogue
from citiesforall.core.units import unit, units
from citiesforall.measure import methods
from citiesforall.measure.method import METHODS, check
from citiesforall.pipeline.frameworks import held_by_source
from citiesforall.reference.docstring import CITED, docstring, entries
from citiesforall.reference.lock import faults, locked_text, read_lock
from citiesforall.survey.answers import ANSWERS
from citiesforall.text import registry, words

assert methods.MODULES
EVERY = list(indicators().values())
LOCK = Path(__file__).parents[2] / "src" / "citiesforall" / "data" / "definitions.lock"
each = pytest.mark.parametrize("one", EVERY, ids=lambda one: one.id)


def test_there_are_at_least_thirty():
    assert len(EVERY) >= 30


@each
def test_id_is_words_in_snake_case(one):
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", one.id)
    assert len(one.id) <= 50


@each
def test_title_and_meaning_read_well(one):
    assert one.title[0].isupper() or one.title[0].isdigit()
    assert not one.title.endswith(".")
    assert len(one.title) <= 80
    assert one.meaning.endswith(".")
    assert one.title.rstrip(".") != one.meaning.rstrip(".")
    assert "  " not in one.title + one.meaning


@each
def test_unit_is_of_the_methods_dimension_and_options_bind(one):
    assert one.unit in units()
    check({one.id: one})
    assert unit(one.unit).dimension in METHODS[one.method].measures


@each
def test_kinds_walked_to_have_a_title(one):
    to = one.options.get("to", one.options.get("kinds", []))
    for kind in [to] if isinstance(to, str) else to:
        assert {f"kind.{kind}.title", f"word.made_kind.{kind}"} & set(registry()), (
            f"'{kind}' is no kind of data/facilities.toml"
        )


@each
def test_an_answer_is_counted_for_those_who_gave_it(one):
    if "answer" in one.options:
        table = {"people": "households"}.get(one.options["of"], one.options["of"])
        assert one.options["answer"] in ANSWERS[table]


@each
def test_amounts_have_a_title(one):
    if "cells" not in METHODS[one.method].reads:
        return  # amounts of registers and answers of surveys have titles of their own
    of = one.options.get("of", [])
    named = [
        *([of] if isinstance(of, str) else of),
        *(one.options[key] for key in ("per", "hazard") if key in one.options),
    ]
    assert set(named) <= set(words()["cell_column"]), set(named) - set(words()["cell_column"])


@each
def test_goalposts_agree_with_the_direction(one):
    post = one.goalposts
    if post is None:
        return
    assert post.floor != post.goal
    assert one.better != "context", "a fact that is neither good nor bad has no goalposts"
    if one.better == "higher":
        assert post.floor < post.goal
    if one.better == "lower":
        assert post.floor > post.goal
    if unit(one.unit).dimension == "share":
        assert 0 <= min(post.floor, post.goal) < max(post.floor, post.goal) <= 100, (
            "shares score between 0 and 100 %"
        )
    assert min(post.floor, post.goal) >= 0
    assert post.said_by == "ours" or post.said_by in references()


@each
def test_citations_resolve(one):
    unknown = set(one.cites) - set(references())
    assert not unknown, f"{one.id} cites {unknown}, not in data/refs.bib"


CODES = {
    "sdg": r"\d{1,2}\.[0-9a-d]{1,2}\.\d",
    "umf": r"\d\.\d(\.\d)?",
    "u4ssc": r"(EC|EN|SC):[A-Z]{1,3}:[A-Z]{1,3}:\d[CA]",
    "hs": r"(EC|FO|HE|EN|PE|CO|PO)\d[ab]?",
    "related": r"\d{1,2}\.[0-9a-d]{1,2}\.\d",
}


@each
def test_what_is_only_near_an_sdg_indicator_is_not_tagged_with_it(one):
    assert not set(one.related) & set(one.sdg)


def test_services_and_bribes_carry_the_whole_of_their_sdg_indicator():
    by = {code: {one.id for one in EVERY if code in one.sdg} for code in ("16.5.1", "16.6.2")}
    assert by["16.5.1"] == {"bribery"}
    services = ("satisfaction_health_care", "satisfaction_schools", "satisfaction_offices")
    assert by["16.6.2"] == {*services, *(f"{one}_attributes" for one in services)}


def test_what_rises_with_trust_in_who_is_told_has_no_direction():
    for key in ("families_domestic_violence", "recorded_crime", "domestic_violence_reports"):
        assert indicators()[key].better == "context"


@each
def test_codes_of_other_frameworks_have_their_form(one):
    for tag, form in CODES.items():
        codes = getattr(one, tag)
        assert all(re.fullmatch(form, code) for code in codes), (tag, codes)
        assert len(set(codes)) == len(codes), (tag, codes)


@each
def test_what_is_asked_of_a_survey_a_register_or_a_scorecard_is_declared(one):
    known = {
        "survey": {answer for given in ANSWERS.values() for answer in given},
        "register": {RESIDENTS, *amounts_of_registers()},
        "score": set(scorecards()),
    }
    for prefix, names in known.items():
        if one.method.startswith(prefix):
            assert set(held_by_source(one)) <= names, set(held_by_source(one)) - names


@pytest.mark.parametrize("name", sorted(METHODS))
def test_methods_are_documented_and_used(name):
    said = docstring(METHODS[name].function)
    assert said.summary.endswith(".")
    assert "Returns" in said.sections
    used = {key for one in EVERY if one.method == name for key in one.options}
    lines = {name for line in entries(said.sections["Parameters"]) for name in line.split(", ")}
    assert used <= lines, "an option without a line in Parameters"
    assert used or any(one.method == name for one in EVERY), f"no indicator uses '{name}'"
    cited = {key for text in said.sections.values() for key in CITED.findall(text)}
    assert cited <= set(references()), cited - set(references())


def test_what_sources_say_of_their_error_resolves():
    said = {
        one.error.said_by
        for one in catalogue().values()
        if one.error is not None and not one.error.said_by.startswith("ours")
    }
    assert said <= set(references()), said - set(references())


def test_every_group_has_a_title_and_a_column_in_words():
    assert next(iter(groups())) == "all"
    assert {one.people for one in groups().values() if one.people} <= set(words()["cell_column"])


def test_definitions_are_those_of_the_lock():
    found = faults(indicators(), read_lock(LOCK.read_text("utf-8")))
    assert not found, "\n".join(found)


def test_the_lock_is_as_the_tool_writes_it():
    text = LOCK.read_text("utf-8")
    assert locked_text(indicators(), read_lock(text)) == text


def changed(**update):
    return {EVERY[0].id: EVERY[0].model_copy(update=update)}


def test_a_definition_changed_under_its_version_is_a_fault():
    locked = {(EVERY[0].id, EVERY[0].version): EVERY[0].definition_sha()}
    other = changed(unit="count")
    (fault,) = faults(other, locked)
    assert "its definition changed but its version is still" in fault
    with pytest.raises(DeclarationError, match=f"Set version = {EVERY[0].version + 1}"):
        locked_text(other, locked)


def test_a_new_version_is_locked_beside_the_old():
    locked = {(EVERY[0].id, EVERY[0].version): EVERY[0].definition_sha()}
    other = changed(unit="count", version=EVERY[0].version + 1)
    assert "is not locked" in faults(other, locked)[0]
    both = read_lock(locked_text(other, locked))
    assert both == {**locked, (EVERY[0].id, EVERY[0].version + 1): other[EVERY[0].id].definition_sha()}
    assert faults(other, both) == []


def test_a_version_never_goes_down_and_a_retired_id_stays_locked():
    locked = {(EVERY[0].id, EVERY[0].version + 3): "0" * 16, ("retired", 1): "1" * 16}
    assert "Versions only rise" in faults(changed(), locked)[0]
    assert ("retired", 1) in read_lock(locked_text({}, locked))


def test_wording_is_not_part_of_the_definition():
    assert (
        EVERY[0].model_copy(update={"title": "Other", "meaning": "Other."}).definition_sha()
        == EVERY[0].definition_sha()
    )
