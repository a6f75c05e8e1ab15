"""Documents as PDF and as pictures: same bytes, tagged, every number in them, nothing over the edge."""

import io
import json
from dataclasses import replace

import numpy as np
import pytest
import typst
from PIL import Image
from pypdf import PdfReader

from citiesforall.core.errors import DeclarationError
from citiesforall.report import numbers
from citiesforall.report.blocks import Beside, Break, Chart, Heading, Paragraph, Said
from citiesforall.report.making_data import numbers_of
from citiesforall.report.typeset import as_json, fitted, layout_words, templates, to_pdf, to_png
from tests.report.pdf_text import pages_of, squeezed
from tests.report.sample import sample

PPI = 40.0
MM = PPI / 25.4


@pytest.fixture(scope="module", params=["en", "km"])
def made(request):
    document = sample(request.param)
    return document, to_pdf(document)


@pytest.fixture(scope="module")
def pages(made):
    """Return the texts of the pages."""
    return pages_of(made[1])


def test_the_same_content_has_the_same_bytes_and_no_clock(made):
    document, pdf = made
    assert to_pdf(document) == pdf
    info = PdfReader(io.BytesIO(pdf)).metadata
    assert "/CreationDate" not in info
    assert "/ModDate" not in info


def test_it_says_what_it_is_in_which_language_and_by_which_standard(made):
    document, pdf = made
    reader = PdfReader(io.BytesIO(pdf))
    root = reader.trailer["/Root"]
    assert root["/Lang"] == document.lang
    assert root["/MarkInfo"]["/Marked"].value is True
    assert reader.metadata.title == f"{document.title} – {document.place}"  # noqa: RUF001 - as it is set
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    assert [one.title for one in reader.outline if not isinstance(one, list)] == [document.title]


def tags(reader):
    """Return every structure element of a PDF as (kind, element)."""
    found, todo = [], [reader.trailer["/Root"]["/StructTreeRoot"]]
    while todo:
        one = todo.pop().get_object()
        if isinstance(one, list):
            todo += one
        elif isinstance(one, dict):
            if "/S" in one:
                found.append((one["/S"], one))
            if "/K" in one:
                todo.append(one["/K"])
    return found


def test_every_picture_has_its_words_and_tables_have_heads(made):
    _, pdf = made
    found = tags(PdfReader(io.BytesIO(pdf)))
    said = [str(one["/Alt"]) for kind, one in found if kind == "/Figure" and "/Alt" in one]
    names = ("dots", "dumbbells", "columns", "bars", "lines", "scatter", "heat", "timeline", "map")
    assert {f"alt of {name}" for name in names} <= set(said)
    assert sum(kind == "/Table" for kind, _ in found) == 2
    assert sum(kind == "/TH" for kind, _ in found) == 2 * 3
    assert sum(kind in {"/H1", "/H2", "/H3"} for kind, _ in found) >= 3


def test_every_number_and_every_word_is_on_a_page(made, pages):
    document, _ = made
    whole = "\n".join(pages)
    found = list(numbers_of(document))
    assert len(found) > 60
    assert [one.number.text for one in found if squeezed(one.number.text) not in whole] == []
    for block in document.blocks:
        if isinstance(block, Paragraph | Heading):
            assert squeezed(block.text.text) in whole
    assert squeezed(layout_words(document.lang)["unknown"]) in whole


def test_an_invented_city_is_said_to_be_on_every_page(made, pages):
    document, _ = made
    word = squeezed(layout_words(document.lang)["invented"])
    assert all(word in page for page in pages)
    real = pages_of(to_pdf(replace(document, is_invented=False, blocks=document.blocks[:4])))
    assert len(real) > 2
    assert not any(word in page for page in real)


def test_heads_of_tables_are_repeated(made, pages):
    document, _ = made
    row = squeezed(document.blocks[-2].columns[0].title + "2026%")
    assert sum(row in page for page in pages) >= 4


def grey(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"))


@pytest.mark.parametrize("kind", ["profile", "brief"])
@pytest.mark.parametrize("lang", ["en", "km"])
def test_nothing_stands_over_the_edge_of_the_text(lang, kind):
    pages = to_png(sample(lang, kind), ppi=PPI)
    for page in pages[1:] if kind == "profile" else pages:
        shade = grey(page)
        side = int(17 * MM)
        assert (shade[:, :side] > 250).all()
        assert (shade[:, -side:] > 250).all()
        assert (shade[: int(9 * MM)] > 250).all()


@pytest.mark.parametrize("lang", ["en", "km"])
def test_nothing_in_a_column_stands_over_into_the_next(lang):
    document = sample(lang, "brief")
    apart = [
        one
        for one in document.blocks
        if not isinstance(one, Beside | Break) and not getattr(one, "is_wide", False)
    ]
    beside = tuple(Beside((one,), (), 0.5) for one in apart)
    for png in to_png(
        replace(document, title="T", subtitle="", place="P", imprint=(), blocks=beside), ppi=PPI
    )[:-1]:
        # left column: 20 mm + (170 - 6) / 2 = 102 mm; text from below the head to above the foot
        right = grey(png)[int(26 * MM) : int(272 * MM), int(103.5 * MM) :]
        assert (right > 250).all()


def test_a_chart_of_many_rows_goes_on_in_another(made):
    chart = next(one for one in made[0].blocks if isinstance(one, Chart) and one.kind == "bars")
    long = replace(chart, lines=chart.lines * 15)  # 60 rows: three charts of 20
    parts = fitted((Beside((long,), ()),))[0].left
    assert [len(one.lines) for one in parts] == [20, 20, 20]
    assert [one.id for one in parts] == [chart.id, "", ""]
    assert parts[2].title.text == f"{chart.title.text} (3/3)"
    assert sum((one.lines for one in parts), ()) == long.lines
    assert fitted((chart,)) == (chart,)


def test_one_page_can_be_asked_for():
    document = sample("en", "brief")
    pages = to_png(document, ppi=20)
    assert to_png(document, 2, ppi=20) == [pages[1]]


def test_texts_are_never_run_as_code():
    said = '#panic("run") $x$ *bold* \\ <label> @ref // "quoted"'
    document = replace(sample("en", "brief"), blocks=(Paragraph(Said(said)), Heading(Said(said))))
    assert squeezed(said) in "".join(pages_of(to_pdf(document)))
    assert not any("eval" in path.read_text("utf-8") for path in templates().glob("*.typ"))


def test_a_picture_without_words_is_refused():
    chart = replace(sample("en").blocks[-6], alt="")
    with pytest.raises((typst.TypstError, ValueError)):
        to_pdf(replace(sample("en", "brief"), blocks=(chart,)))


def test_a_missing_translation_is_refused(monkeypatch):
    document = sample("km", "brief")
    monkeypatch.setattr(
        numbers, "say", lambda key, english, lang: None if key == "report.layout.source" else english
    )
    with pytest.raises(DeclarationError, match=r"report.layout.source: no translation into 'km'"):
        to_pdf(document)


def test_what_templates_read_has_no_nan_and_no_records_of_numbers():
    told = json.loads(as_json(sample("en")))
    assert told["type"] == "Document"
    assert "observations" not in as_json(sample("en"))
    assert told["blocks"][1]["text"].startswith("Half of the people")
