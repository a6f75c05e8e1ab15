"""The report step on Little Town: every document in both languages, every number in its table and on a page."""

import csv
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest

from citiesforall.core.city import read_city
from citiesforall.core.inputs import Finished, Inputs
from citiesforall.report.blocks import Chart, Map
from citiesforall.report.brief import brief
from citiesforall.report.evidence import read_evidence
from citiesforall.report.making import DOCUMENTS, _function, make_report
from citiesforall.report.making_data import blocks_of, data_csvs, numbers_of
from tests.report.conftest import ROOT, folders_of
from tests.report.pages import FILE, TOLERANCE, apart
from tests.report.pages import pages_of as pictures_of
from tests.report.pdf_text import pages_of, squeezed
from tests.report.sample import sample


@pytest.fixture(scope="module")
def given(town_out):
    path, out = town_out
    done = {name: Finished(folder, {}) for name, folder in folders_of(out, "kh9901").items()}
    return Inputs(read_city(path), {}, done)


@pytest.fixture(scope="module")
def made(given, tmp_path_factory):
    """Return the folder of the documents of Little Town."""
    folder = tmp_path_factory.mktemp("report")
    return folder, make_report(given, folder)


def test_every_document_is_there_in_both_languages(made):
    folder, said = made
    names = {f"{name}.{lang}.pdf" for name in ("profile", "concept", "brief") for lang in ("en", "km")}
    assert names | {"numbers.csv", "page.en.html", "page.km.html"} == set(said["files"])
    assert all(said["files"][name] == (folder / name).stat().st_size > 0 for name in said["files"])


def test_the_same_tables_make_the_same_files(made, given, tmp_path):
    folder, _ = made
    make_report(given, tmp_path)
    first = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    again = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert first == again


def test_every_number_is_on_a_page_of_its_document(made):
    folder, _ = made
    with (folder / "numbers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["document"], row["lang"]) for row in rows} == {
        (name, lang) for name, _ in DOCUMENTS for lang in ("en", "km")
    }
    for name, _ in DOCUMENTS:
        for lang in ("en", "km"):
            said = "\n".join(pages_of((folder / f"{name}.{lang}.pdf").read_bytes()))
            own = [row["text"] for row in rows if (row["document"], row["lang"]) == (name, lang)]
            assert [text for text in own if squeezed(text) not in said] == []


@pytest.mark.parametrize("lang", ["en", "km"])
@pytest.mark.parametrize("name", [name for name, _ in DOCUMENTS])
def test_every_number_with_a_key_is_its_cell(evidence_of, name, lang):
    document = _function(dict(DOCUMENTS)[name])(evidence_of, lang)
    kept = {}
    for found in numbers_of(document):
        one = found.number
        if not one.key or not one.column or one.how:
            assert one.how or one.column, one
            continue
        kept.setdefault(one.table, []).append(one)
    assert kept
    for table, own in kept.items():
        rows = evidence_of.tables[table]
        columns = {tuple(name for name, _ in one.key) for one in own}
        by_key = {names: rows.astype(dict.fromkeys(names, str)).groupby(list(names)) for names in columns}
        for one in own:
            names = tuple(name for name, _ in one.key)
            wanted = tuple(value for _, value in one.key)
            at = by_key[names].indices.get(
                wanted if len(names) > 1 else wanted[0], by_key[names].indices.get(wanted, [])
            )
            if len(at) == 0:
                assert math.isnan(one.value), one
                continue
            assert len(at) == 1, one
            value = float(rows[one.column].to_numpy()[at[0]])
            assert one.value == value or (math.isnan(one.value) and math.isnan(value)), one


def test_every_chart_and_map_has_its_data(made, evidence_of):
    folder, _ = made
    for name, where in DOCUMENTS:
        document = _function(where)(evidence_of, "en")
        drawn = [block for block in blocks_of(document.blocks) if isinstance(block, Chart | Map)]
        kept = {path.stem for path in (folder / "data" / f"{name}.en").glob("*.csv")}
        assert kept == {block.id for block in drawn}


def test_the_data_of_a_chart_are_what_it_draws():
    kept = data_csvs(sample("en"))
    rows = list(csv.DictReader(kept["dumbbells"].splitlines()))
    assert [row["series"] for row in rows[:2]] == ["Women", "Men"]
    assert rows[0]["row"] == "Sangkat Voat Phnum"
    # 82.25 less 8, and 6 more; men have 9 more
    assert [float(rows[0][name]) for name in ("value", "low", "high")] == [82.25, 74.25, 88.25]
    assert rows[1]["value"] == "91.25"
    assert rows[0]["table_value"] == "82.25"
    assert rows[-1]["value"] == ""
    assert rows[-1]["text"] == "unknown"


def test_two_charts_of_one_name_are_refused():
    document = sample("en", "brief")
    chart = next(block for block in document.blocks if isinstance(block, Chart))
    with pytest.raises(ValueError, match="taken"):
        data_csvs(document.__class__(**{**vars(document), "blocks": (chart, chart)}))


def test_numbers_stand_with_their_chapter_and_block():
    found = [one for one in numbers_of(sample("en")) if one.block == "Table"]
    assert {one.chapter for one in found} == {"A finding in a sentence"}
    assert {one.id for one in found} == {"table"}
    assert np.unique([one.number.value for one in found]).size == 60


@pytest.mark.parametrize("lang", ["en", "km"])
def test_pages_of_the_sample_look_as_they_did(lang):
    compare(sample(lang), f"sample.{lang}")


@pytest.mark.parametrize("lost", [2, 3, 4, 5])
def test_a_page_that_lost_a_block_does_not_look_as_it_did(lost):
    document = sample("en")
    less = document.__class__(
        **{**vars(document), "blocks": document.blocks[:lost] + document.blocks[lost + 1 :]}
    )
    known = json.loads(FILE.read_text("utf-8"))["sample.en"]
    assert apart(pictures_of(less)[2], known[2]) > TOLERANCE


@pytest.mark.real
@pytest.mark.parametrize("lang", ["en", "km"])
def test_pages_of_the_brief_of_the_demo_look_as_they_did(lang):
    """``CITIES_DEMO`` names the output folder of ``cities demo``."""
    out = Path(os.environ.get("CITIES_DEMO", ROOT / "out"))
    files = sorted(out.rglob("krong.toml"))
    if not files or not (out / ".store").is_dir():
        pytest.skip("no demo is here; set CITIES_DEMO to the folder of one")
    evidence = read_evidence(read_city(files[0]), folders_of(out, "kh99"))
    compare(brief(evidence, lang), f"demo.brief.{lang}")


def compare(document, name):
    """Compare the pages of a document with those kept; ``python -m tests.report.pages <run folder>`` renews them."""
    known = json.loads(FILE.read_text("utf-8"))[name]
    pages = pictures_of(document)
    assert len(pages) == len(known)
    assert [
        round(apart(one, other), 2)
        for one, other in zip(pages, known, strict=True)
        if apart(one, other) > TOLERANCE
    ] == []
