"""The brief is two pages whatever it is made from, and says what the tables say."""

import io
from dataclasses import replace

import pytest
from pypdf import PdfReader

from citiesforall.report.blocks import Beside, Callout, KeyFigures
from citiesforall.report.brief import brief, map_share
from citiesforall.report.typeset import to_pdf
from citiesforall.text import registry
from tests.report.concept_reading import cell_of, demo, numbers, saids, texts, without, worked_out

LANGS = ("en", "km")
PAGES = 2
LONG = {"en": "Sangkat of the Very Long Name", "km": "សង្កាត់ដែលមានឈ្មោះវែងណាស់"}


def pages(document):
    return len(PdfReader(io.BytesIO(to_pdf(document))).pages)


def callouts(document):
    found = []
    for block in document.blocks:
        inside = (*block.left, *block.right) if isinstance(block, Beside) else (block,)
        found += [one for one in inside if isinstance(one, Callout)]
    return found


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("steps", [(), ("plan",), ("plan", "diagnose")])
def test_two_pages_with_a_plan_and_without(evidence_of, lang, steps):
    assert pages(brief(without(evidence_of, *steps), lang)) == PAGES


@pytest.mark.parametrize("lang", LANGS)
def test_two_pages_with_long_names(evidence_of, lang):
    places = evidence_of.tables["places"].copy()
    places["name"] = [f"{LONG['en']} {at}" for at in range(len(places))]
    places["name_km"] = [f"{LONG['km']} {at}" for at in range(len(places))]
    longer = replace(evidence_of, tables={**evidence_of.tables, "places": places})
    assert pages(brief(longer, lang)) == PAGES


@pytest.mark.real
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("code", ["demo", "kh12_centre", "br4314902_sample"])
def test_two_pages_of_three_cities(real_evidence, code, lang):
    evidence = demo() if code == "demo" else real_evidence(code)
    assert pages(brief(evidence, lang)) == PAGES
    assert pages(brief(without(evidence, "plan"), lang)) == PAGES


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("stretch", [0.3, 2.5])
def test_two_pages_of_a_flat_and_of_a_tall_city(evidence_of, lang, stretch):
    made = brief(evidence_of, lang)
    at, beside = next((at, one) for at, one in enumerate(made.blocks) if isinstance(one, Beside))
    drawn = beside.left[0]
    height_m = drawn.width_m * stretch
    taller = replace(drawn, height_m=height_m)
    share = map_share(drawn.width_m, height_m)
    blocks = list(made.blocks)
    blocks[at] = replace(beside, left=(taller,), share=share)
    assert pages(replace(made, blocks=tuple(blocks))) == PAGES


def test_a_map_takes_no_more_than_its_part_of_the_page():
    assert map_share(1000, 500) == 0.56
    assert map_share(1000, 2000) == pytest.approx(108 / 2 / 170)
    assert map_share(10, 1000) == 0.2


@pytest.mark.parametrize("lang", LANGS)
def test_every_number_is_what_the_table_says(evidence_of, lang):
    made = brief(evidence_of, lang)
    found = numbers(made)
    assert len(found) > 40
    for one in found:
        if not one.how:
            assert cell_of(evidence_of, one) == pytest.approx(one.value, nan_ok=True), one
        elif (value := worked_out(evidence_of, one)) is not None:
            assert value == pytest.approx(one.value, nan_ok=True), one
    assert all(number.text in said.text for said in saids(made) for number in said.numbers)


def test_four_to_six_figures_and_what_is_asked(evidence_of):
    made = brief(evidence_of, "en")
    figures = next(block for block in made.blocks if isinstance(block, KeyFigures)).figures
    assert 4 <= len(figures) <= 6
    kinds = {one.kind: one for one in callouts(made)}
    asked = [said.text for said in kinds["decision"].items]
    assert any("annual budget" in text for text in asked)
    assert registry()["brief.decide.confirm"] in asked  # the town's budget is assumed
    assert 1 <= len(kinds["limit"].items) <= 4


def test_without_a_plan_the_council_is_asked_for_a_budget(evidence_of):
    made = brief(without(evidence_of, "plan"), "en")
    asked = [said.text for one in callouts(made) if one.kind == "decision" for said in one.items]
    assert asked[0] == registry()["brief.decide.budget"]
    assert not [one for one in numbers(made) if one.table.startswith("plan")]
    assert registry()["brief.title.no_plan"] == made.subtitle


def test_nothing_in_khmer_falls_back_to_english(evidence_of):
    english = {text for key, text in registry().items() if len(text) > 12}
    assert not {text for text in texts(brief(evidence_of, "km")) if text in english}


def test_the_same_tables_make_the_same_brief(evidence_of):
    assert brief(evidence_of, "km") == brief(evidence_of, "km")
