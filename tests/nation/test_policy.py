"""The document of a nation made by its own steps: three invented krongs, and Cambodia where its results are here."""

import csv
from dataclasses import replace

import pytest
from pypdf import PdfReader
from tests.nation.conftest import with_step
from tests.report.pdf_text import squeezed

from citiesforall.nation.making_documents import make_documents
from citiesforall.nation.steps import AT_TOP, STEPS
from citiesforall.report.numbers import told

BEFORE = ("rollup", "common", "kinds", "options", "rounds")
FEWEST, MOST = 30, 60


@pytest.fixture(scope="module")
def finished(nation, tmp_path_factory):
    root = tmp_path_factory.mktemp("steps")
    for step in STEPS:
        if step.name in BEFORE:
            nation = with_step(nation, step, root)
    return nation


@pytest.fixture(scope="module")
def made(finished, tmp_path_factory):
    folder = tmp_path_factory.mktemp("policy")
    return folder, make_documents(finished, folder)


def numbers(folder):
    with (folder / "numbers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pages_of_summary(path, lang):
    reader = PdfReader(path)
    outline = [one for one in reader.outline if not isinstance(one, list)]
    at = [one["/Title"] for one in outline].index(told("policy.summary.title", lang))
    return reader.get_destination_page_number(outline[at + 1]) - reader.get_destination_page_number(
        outline[at]
    )


def test_the_step_is_the_last_of_a_nation():
    policy = next(step for step in STEPS if step.name == "policy")
    assert policy.maker.endswith("making_documents:make_documents")
    assert set(BEFORE) <= set(policy.needs)


def test_both_languages_with_the_numbers_behind_them(made):
    folder, said = made
    assert set(said["files"]) == {"policy.en.pdf", "policy.km.pdf", "numbers.csv"}
    assert {row["lang"] for row in numbers(folder)} == {"en", "km"}


def test_every_number_names_its_cell_or_how_it_was_counted(made, finished):
    folder, _ = made
    for row in numbers(folder):
        assert row["key"] or row["how"], row
        assert row["text"], row


def test_both_languages_show_the_same_numbers(made):
    folder, _ = made
    shown = {"en": [], "km": []}
    for row in numbers(folder):
        shown[row["lang"]].append((row["table"], row["key"], row["column"], row["value"]))
    assert shown["en"] == shown["km"]


@pytest.mark.parametrize("lang", ["en", "km"])
def test_the_summary_of_invented_krongs_is_two_pages_and_says_that_they_are(made, lang):
    folder, _ = made
    path = folder / f"policy.{lang}.pdf"
    assert pages_of_summary(path, lang) == 2
    word = squeezed(told("report.layout.invented", lang))
    if lang == "en":
        assert all(word in squeezed(page.extract_text()) for page in PdfReader(path).pages[1:8])


def steps_of(nation, root):
    """Return the inputs with every step the document reads: published ones beside the cities, else made here."""
    published = nation.cities[0].folder.parent / "nation_kh"
    if (published / "common" / "common.parquet").is_file():
        return replace(
            nation,
            done={name: published if name in AT_TOP else published / name for name in ("members", *BEFORE)},
        )
    for step in STEPS:
        if step.name in {"members", *BEFORE}:
            nation = with_step(nation, step, root)
    return nation


def test_cambodia_is_thirty_to_sixty_pages(cambodia, tmp_path):
    cambodia = steps_of(cambodia, tmp_path / "steps")
    (tmp_path / "out").mkdir()
    make_documents(cambodia, tmp_path / "out")
    for lang in ("en", "km"):
        path = tmp_path / "out" / f"policy.{lang}.pdf"
        assert FEWEST <= len(PdfReader(path).pages) <= MOST
        assert pages_of_summary(path, lang) == 2
    shown = {row["text"] for row in numbers(tmp_path / "out")}
    assert "15,552,211" in shown
