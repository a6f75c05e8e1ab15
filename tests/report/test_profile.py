"""The city profile: every chapter, every number, on Little Town and on real cities."""

import math
import re

import pytest

from citiesforall.report.blocks import Beside, Callout, Chart, Heading, KeyFigures, Map, Paragraph, Table
from citiesforall.report.evidence import Evidence
from citiesforall.report.making_data import blocks_of, numbers_of
from citiesforall.report.profile import OF_SECURITY, profile
from citiesforall.report.typeset import as_json, to_pdf
from tests.report.pdf_text import pages_of, squeezed

CHAPTERS = (
    "limits", "page", "growth", *OF_SECURITY, "inequality", "sdg11", "threats", "voices", "challenges", "method", "annex",
)  # fmt: skip
REAL = ("kh12_centre", "br4314902_sample")
KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")


@pytest.fixture(scope="module", params=["en", "km"])
def document(request, evidence_of):
    return profile(evidence_of, request.param)


def without(evidence: Evidence, *steps: str) -> Evidence:
    """Return the evidence of a city that was not taken so far."""
    tables = {name: table for name, table in evidence.tables.items() if name.split("/")[0] not in steps}
    folders = {name: folder for name, folder in evidence.folders.items() if name not in steps}
    said = {
        name: one
        for name, one in evidence.said.items()
        if not ("diagnose" in steps and name == "challenges")
        and not ("plan" in steps and name in {"plan", "check"})
    }
    return Evidence(evidence.city, folders, tables, said)


def words_of(document) -> str:
    """Return every text of a document."""
    found = []
    for block in blocks_of(document.blocks):
        if isinstance(block, Heading | Paragraph):
            found.append(block.text.text)
        elif isinstance(block, Callout):
            found += [block.title, *(one.text for one in block.items)]
        elif isinstance(block, Table):
            found += [block.title.text, block.note, *(cell.text for row in block.rows for cell in row.cells)]
        elif isinstance(block, Chart | Map):
            found += [block.title.text, block.subtitle, block.note]
        elif isinstance(block, KeyFigures):
            found += [text for one in block.figures for text in (one.value.text, one.label, one.note.text)]
    return "\n".join(found)


def cells_agree(evidence: Evidence, document) -> int:
    """Look every number with a key up in its table; return how many there were."""
    looked = 0
    for found in numbers_of(document):
        one = found.number
        if not one.key or not one.column:
            assert one.how or one.column, one
            continue
        rows = evidence.tables[one.table]
        at = rows
        for name, value in one.key:
            at = at[at[name].astype(str) == value]
        if at.empty:
            assert math.isnan(one.value), one
            continue
        assert len(at) == 1, one
        value = float(at[one.column].iloc[0])
        assert value == one.value or (math.isnan(value) and math.isnan(one.value)), one
        looked += 1
    return looked


def test_chapters_stand_in_their_order_and_limits_come_first(document):
    first = [block.id for block in document.blocks if isinstance(block, Heading) and block.level == 1]
    assert tuple(first) == CHAPTERS


def test_every_number_is_the_cell_of_its_table(evidence_of, document):
    assert cells_agree(evidence_of, document) > 100


def test_every_number_is_on_a_page(document):
    said = "\n".join(pages_of(to_pdf(document)))
    assert [one.number for one in numbers_of(document) if squeezed(one.number.text) not in said] == []


def test_the_same_tables_make_the_same_document(evidence_of, document):
    assert as_json(profile(evidence_of, document.lang)) == as_json(document)


def test_charts_maps_and_tables_have_names_of_their_own_and_are_told_to_who_does_not_see_them(document):
    drawn = [block for block in blocks_of(document.blocks) if isinstance(block, Chart | Map | Table)]
    ids = [block.id for block in drawn]
    assert len(ids) == len(set(ids))
    assert all(ids)
    assert all(block.title.text and block.source for block in drawn)
    assert all(block.alt for block in drawn if isinstance(block, Chart | Map))


def test_tables_are_as_wide_as_their_heads(document):
    for table in (block for block in blocks_of(document.blocks) if isinstance(block, Table)):
        for row in table.rows:
            assert len(row.cells) == (1 if row.kind == "head" else len(table.columns)), table.id


def test_no_place_of_a_sentence_is_left_open(document):
    assert not re.search(r"\{\w*\}", words_of(document))


def test_both_languages_hold_the_same_numbers(evidence_of):
    def numbers(lang):
        return [
            (
                one.number.table,
                one.number.key,
                one.number.column,
                one.number.text.translate(KHMER_DIGITS).split()[0],
            )
            for one in numbers_of(profile(evidence_of, lang))
        ]

    english, khmer = numbers("en"), numbers("km")
    assert [one[:3] for one in english] == [one[:3] for one in khmer]
    bare = [re.sub(r"[^\d.,%-]", "", one[3]) for one in english]
    assert bare == [re.sub(r"[^\d.,%-]", "", one[3]) for one in khmer]


def test_a_city_that_was_only_measured_has_a_profile_that_says_so(evidence_of):
    alone = without(evidence_of, "diagnose", "plan")
    made = profile(alone, "en")
    first = [block.id for block in made.blocks if isinstance(block, Heading) and block.level == 1]
    assert tuple(first) == CHAPTERS
    said = words_of(made)
    assert "The city has not been diagnosed yet." in said
    assert "There is no human security index" in said
    assert cells_agree(alone, made) > 50


def test_an_invented_city_says_so_first(evidence_of):
    place = evidence_of.city.place.model_copy(update={"invented": True})
    city = evidence_of.city.model_copy(update={"place": place})
    made = profile(Evidence(city, evidence_of.folders, evidence_of.tables, evidence_of.said), "en")
    assert made.is_invented
    cautions = next(block for block in made.blocks if isinstance(block, Callout))
    assert "invented" in cautions.items[0].text


def test_side_by_side_blocks_are_two(document):
    for block in document.blocks:
        if isinstance(block, Beside):
            assert block.left
            assert block.right


@pytest.mark.real
@pytest.mark.parametrize("lang", ["en", "km"])
@pytest.mark.parametrize("code", REAL)
def test_sparse_cities_have_whole_profiles(real_evidence, code, lang):
    evidence = real_evidence(code)
    made = profile(evidence, lang)
    assert cells_agree(evidence, made) > 200
    pages = pages_of(to_pdf(made))
    assert 20 <= len(pages) <= 40
    said = "\n".join(pages)
    assert [one.number for one in numbers_of(made) if squeezed(one.number.text) not in said] == []
