"""The concept says what the tables say, in both languages, with a plan and without."""

import math
import re

import pytest

from citiesforall.report.blocks import Callout, Chart, Heading, Map, Table
from citiesforall.report.concept import concept
from citiesforall.report.concept_forms import projects
from citiesforall.report.concept_money import scale
from citiesforall.report.concept_plan import REASONS, reason_of
from citiesforall.report.concept_words import NOTHING, open_case, pair
from citiesforall.text import registry
from tests.report.concept_reading import (
    as_number,
    cell_of,
    changed_plan,
    demo,
    numbers,
    saids,
    texts,
    without,
    worked_out,
)

LANGS = ("en", "km")
MILLION = 1e6


@pytest.fixture(scope="module")
def documents(evidence_of):
    return {lang: concept(evidence_of, lang) for lang in LANGS}


def blocks_of(document, kind):
    return [block for block in document.blocks if isinstance(block, kind)]


@pytest.mark.parametrize("lang", LANGS)
def test_every_number_is_the_cell_it_names(evidence_of, documents, lang):
    keyed = [one for one in numbers(documents[lang]) if not one.how]
    assert len(keyed) > 100
    for one in keyed:
        assert cell_of(evidence_of, one) == pytest.approx(one.value, nan_ok=True), one


@pytest.mark.parametrize("lang", LANGS)
def test_every_sum_and_count_comes_out_when_it_is_worked_out_again(evidence_of, documents, lang):
    summed = [one for one in numbers(documents[lang]) if one.how and not one.table.endswith(".json")]
    again = [(one, worked_out(evidence_of, one)) for one in summed]
    tried = [(one, value) for one, value in again if value is not None]
    assert len(tried) > 0.8 * len(summed) > 50
    for one, value in tried:
        assert value == pytest.approx(one.value, rel=1e-9, nan_ok=True), one


@pytest.mark.parametrize("lang", LANGS)
def test_every_number_is_shown_to_its_last_digit(documents, lang):
    unknown = {registry()["report.shown.unknown"], NOTHING}
    for said in saids(documents[lang]):
        for one in said.numbers:
            assert one.text in said.text, said
            if math.isnan(one.value) or one.text in unknown or (one.value == 0 and one.text == NOTHING):
                continue
            shown, half = as_number(one.text)
            value = one.value / MILLION if "in millions" in one.how else one.value
            is_share = one.text.rstrip().endswith("%") and (one.table.endswith(".json") or one.how)
            assert shown == pytest.approx(value * 100 if is_share else value, abs=half * 1.000001), one


def test_both_languages_tell_the_same_numbers(documents):
    told = [
        sorted((one.table, one.key, one.column, one.how) for one in numbers(documents[lang]))
        for lang in LANGS
    ]
    assert told[0] == told[1]


def test_nothing_in_khmer_falls_back_to_english(documents):
    english = {text for key, text in registry().items() if len(text) > 12 and not key.startswith("word.unit")}
    left = {text for text in texts(documents["km"]) if text in english}
    assert not left


@pytest.mark.parametrize("lang", LANGS)
def test_tables_are_whole_and_charts_have_words(documents, lang):
    for table in blocks_of(documents[lang], Table):
        for row in table.rows:
            assert len(row.cells) == (1 if row.kind == "head" else len(table.columns)), table.id
    drawn = [*blocks_of(documents[lang], Chart), *blocks_of(documents[lang], Map)]
    ids = [block.id for block in [*drawn, *blocks_of(documents[lang], Table)] if block.id]
    assert len(ids) == len(set(ids))
    assert all(block.alt and block.source and block.title.text for block in drawn)
    assert {"timeline", "challenges_severity", "funds_used"} <= set(ids)


def test_the_forms_add_up_to_the_budget(evidence_of, documents):
    tables = {table.id: table for table in blocks_of(documents["en"], Table)}
    planned = float(evidence_of.tables["plan/annual_budget"]["planned_local"].sum())
    total = [
        number for said in tables["form_matrix"].rows[-1].cells for number in said.numbers if number.how == "sum of local, in millions"
    ]  # fmt: skip
    assert total[0].value == pytest.approx(planned)
    years = tables["years"].rows[-1].cells[-2].numbers[0]
    assert years.value == pytest.approx(planned)


def test_every_item_with_a_challenge_stands_in_the_chain_once(evidence_of, documents):
    items = evidence_of.tables["plan/plan"]
    ranked = set(evidence_of.tables["diagnose/challenges"]["challenge"])
    table = next(block for block in blocks_of(documents["en"], Table) if block.id == "answers")
    counts = [row.cells[3].numbers[0].value for row in table.rows]
    assert sum(counts) == items["challenge"].isin(ranked).sum() > 0
    ranks = [row.cells[0].numbers[0].value for row in table.rows]
    assert ranks == sorted(ranks)


def test_a_project_is_the_items_of_one_number(evidence_of):
    table = evidence_of.tables["plan/development_plan"]
    found = projects(table)
    assert [one.number for one in found] == list(dict.fromkeys(table["number"]))
    assert sum(len(one.rows) for one in found) == len(table)


def test_an_invented_city_says_so_and_an_assumed_budget_too(documents):
    assert documents["en"].is_invented
    titles = [block.title for block in blocks_of(documents["en"], Callout)]
    assert registry()["concept.money.assumed_title"] in titles
    assert any(registry()["plan.budget_grade.assumed"] in line for line in documents["en"].imprint)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("steps", [("plan",), ("plan", "diagnose")])
def test_a_city_without_a_plan_gets_its_document(evidence_of, lang, steps):
    made = concept(without(evidence_of, *steps), lang)
    assert not [one for one in numbers(made) if one.table.startswith(steps)]
    assert "money" not in {block.id for block in blocks_of(made, Heading)}
    ids = {block.id for block in blocks_of(made, Table)}
    assert ("candidates" in ids) == (steps == ("plan",))
    assert len(blocks_of(made, Callout)) >= 2


def test_what_is_missing_is_said(evidence_of):
    made = concept(without(evidence_of, "plan"), "en")
    said = " ".join(texts(made))
    assert registry()["concept.none.not_made"] in said
    assert registry()["concept.pillar.missing_title"] in said
    assert registry()["concept.watch.none_title"] in said


def test_a_plan_that_was_not_tried_with_other_money_says_so(evidence_of):
    tables = {key: one for key, one in evidence_of.tables.items() if key != "plan/frontier"}
    bare = changed_plan(evidence_of, robustness=None)
    object.__setattr__(bare, "tables", tables)
    said = " ".join(texts(concept(bare, "en")))
    assert registry()["concept.trade.none"] in said
    assert registry()["concept.firm.none"] in said


def test_a_search_that_was_stopped_is_no_proof(evidence_of):
    stopped = changed_plan(evidence_of, status="feasible", gap=0.125, limited_by="seconds")
    said = " ".join(texts(concept(stopped, "en")))
    assert registry()["concept.proof.stopped"] in said
    assert "at most 12.5% below" in said


def test_the_same_tables_make_the_same_document(evidence_of, documents):
    assert repr(concept(evidence_of, "en")) == repr(documents["en"])  # nan is not equal to itself


def test_every_reason_of_a_plan_is_of_a_known_kind(evidence_of):
    reasons = [one["reason"] for one in evidence_of.said["plan"]["left_out"]]
    assert reasons
    assert {reason_of(one) for one in reasons} <= set(REASONS)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("rank", "it answers none of the 10 challenges that rank first"),
        ("dear", "one costs US$250,000, and no fund that may pay has more than US$149,024 in a year"),
        ("dear", "running one for a year costs KHR 9,000; of the funds that may pay, 'a' has most in a year, KHR 1 in 2027: KHR 8,999 too little"),
        ("unfunded", "no fund of the tier that may pay for it (LN)"),
        ("unlisted", "no source lists hospital: who lacks it today is unknown"),
        ("uncounted", "'surface_heat' is no share of people: its shortfall cannot be counted in people"),
        ("uncounted", "whom it serves cannot be counted: for the council to weigh (about US$3,000)"),
        ("city_only", "'crime_victims' is known for the whole city only"),
        ("unmeasured", "'home_flooded' has no value"),
        ("unneeded", "nobody lacks it"),
        ("unneeded", "no site where it may stand reaches anybody who lacks it"),
        ("unwanted", "the council does not want it"),
        ("late", "its 40 months do not end within the plan"),
        ("waits", "it needs 'bus_route' first, which does not stand and is left out: one costs US$2, of the funds that may pay"),
        ("other", "something new"),
    ],
)  # fmt: skip
def test_a_reason_has_its_kind(kind, reason):
    assert reason_of(reason) == kind


def test_axes_are_round_and_hold_what_is_drawn():
    assert [tick.at for tick in scale(7.3)] == [0, 2, 4, 6, 8]
    assert [tick.label for tick in scale(3.1e6, MILLION)] == ["0", "1", "2", "3", "4"]
    assert scale(0.0)[0].label == "0"


def test_places_without_names_are_told_by_their_code(evidence_of):
    case = open_case(evidence_of, "en")
    assert set(evidence_of.tables["places"]["place"].astype(str)) == set(case.names)
    assert pair(case, "a", "b") == "a: b"


@pytest.mark.real
@pytest.mark.parametrize("code", ["demo", "kh12_centre", "br4314902_sample"])
@pytest.mark.parametrize("lang", LANGS)
def test_three_cities(real_evidence, code, lang):
    evidence = demo() if code == "demo" else real_evidence(code)
    made = concept(evidence, lang)
    for one in numbers(made):
        if not one.how:
            assert cell_of(evidence, one) == pytest.approx(one.value, nan_ok=True), one
        elif (value := worked_out(evidence, one)) is not None:
            assert value == pytest.approx(one.value, nan_ok=True), one
    assert not re.search(r"[0-9a-f]{9}f{4,}", " ".join(texts(made)))
