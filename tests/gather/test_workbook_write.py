"""The workbooks as they are written: locked but for the answers, lists in the cells, ids hidden, bilingual, one content one file."""

import openpyxl
import pytest

from citiesforall.core.errors import CitiesError
from citiesforall.core.figures import EVENT_SUMS, WITHOUT_LARGEST, asked, figures, limits
from citiesforall.core.scorecard import scorecards, workbook_words
from citiesforall.demo.workbook_answers import FIGURES, SCORES
from citiesforall.pipeline.workbook_verbs import check, write
from citiesforall.workbook.filled import Filled
from citiesforall.workbook.texts import one_line, parts
from citiesforall.workbook.write import write_workbook

CITY = """
period = "2025"
[place]
code = "KH9902"
name = "Krong Test"
name_km = "ក្រុងសាកល្បង"
"""


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    return {
        kind: openpyxl.load_workbook(
            write_workbook(folder / f"{kind}.xlsx", kind, "both", Filled("KH9902", "Krong", "2025"))
        )
        for kind in ("scorecards", "figures")
    }


@pytest.fixture
def city(tmp_path):
    path = tmp_path / "krong.toml"
    path.write_text(CITY, "utf-8")
    return path


def sheets(book):
    return {str(sheet["A1"].value).split(":", 2)[2]: sheet for sheet in book.worksheets}


@pytest.mark.parametrize("kind", ["scorecards", "figures"])
def test_every_sheet_is_locked_but_for_what_is_filled(books, kind):
    for name, sheet in sheets(books[kind]).items():
        if name == "lists":
            assert sheet.sheet_state == "hidden"
            continue
        assert sheet.protection.sheet, name
        assert sheet.column_dimensions["A"].hidden
        assert sheet.row_dimensions[1].hidden
        assert sheet["A1"].protection.locked
        open_cells = [cell for row in sheet.iter_rows() for cell in row if not cell.protection.locked]
        assert open_cells, name
        assert all(cell.fill.fgColor.rgb == "FFFFF6D6" for cell in open_cells), name


def test_there_is_a_sheet_for_every_scorecard_and_a_line_for_every_question(books):
    for key, one in scorecards().items():
        sheet = sheets(books["scorecards"])[f"scorecard:{key}"]
        ids = [sheet.cell(row, 1).value for row in range(2, sheet.max_row + 1)]
        assert [name for name in ids if name not in {None, "group"}] == list(one.questions)
        columns = [cell.value for cell in sheet[1]]
        assert (
            sum(str(name).startswith("answer:") for name in columns)
            == one.evaluators.most
            >= one.evaluators.least
        )
        assert len(sheet.data_validations.dataValidation) == 2
        assert len(sheet.title) <= 31


def test_there_is_a_line_for_every_figure_somebody_is_asked_for(books):
    made = {*EVENT_SUMS, *WITHOUT_LARGEST}
    found = [
        sheet.cell(row, 1).value
        for name, sheet in sheets(books["figures"]).items()
        if name.startswith("figures:")
        for row in range(2, sheet.max_row + 1)
        if sheet.cell(row, 1).value
    ]
    assert found == [key for key in figures() if key not in made]
    assert len(found) > 170


def test_cells_allow_what_the_reader_allows(books):
    sheet = sheets(books["figures"])["figures:waste"]
    row = next(row for row in range(1, 40) if sheet.cell(row, 1).value == "waste_per_person")
    (rule,) = [one for one in sheet.data_validations.dataValidation if f"D{row}" in str(one.sqref)]
    assert (rule.formula1, rule.formula2) == ("0", f"{limits(figures()['waste_per_person'])[1]:g}")


def test_place_and_period_have_names(books):
    for book in books.values():
        assert set(book.defined_names) == {"city_place", "city_period"}
        where = book.defined_names["city_place"].attr_text
        title, cell = where.rsplit("!", 1)
        assert book[title.strip("'")][cell.replace("$", "")].value == "KH9902"


def test_links_of_the_first_sheet_lead_to_sheets(books):
    for book in books.values():
        links = [
            cell.hyperlink.location or cell.hyperlink.target
            for row in book.worksheets[0].iter_rows()
            for cell in row
            if cell.hyperlink
        ]
        titles = {link.removeprefix("#").split("!")[0].strip("'") for link in links}
        assert titles == {sheet.title for sheet in book.worksheets[1:] if sheet.sheet_state == "visible"}


def test_both_languages_stand_in_one_cell_and_one_alone_stands_alone():
    assert parts("column.value", "both") == ("តម្លៃ", "Value")
    assert parts("column.value", "km") == ("តម្លៃ",)
    assert one_line("label.counts", "km", "2.5").endswith("2,5។")
    assert one_line("label.counts", "en", "2.5").endswith("2.5.")


def test_declarations_hold_together():
    words = workbook_words()
    for one in figures().values():
        assert one.held_by in words["office"], one.id
        assert (one.asked or one.unit) in words["unit"], one.id
        assert one.definition, one.id
    assert {key for service in words["service"] for key in (one.id for one in asked(service))} <= set(
        figures()
    )
    assert {column for columns in EVENT_SUMS.values() for column in columns} == set(words["event"])
    for one in scorecards().values():
        assert set(one.evaluators.needs) <= set(one.evaluators.groups) <= set(words["group"])
    assert set(FIGURES) <= set(figures())
    assert set(SCORES) == set(scorecards())


# --- cities workbook ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "role"), [("scorecards", "scorecards"), ("figures", "registers")])
def test_a_workbook_is_written_for_a_city_and_checked(tmp_path, city, kind, role):
    said = write(kind, city, tmp_path / f"{kind}.xlsx", "en")
    assert f"[[sources.{role}]]" in said
    assert "no fault. 0 of" in check(tmp_path / f"{kind}.xlsx", city)


def test_a_file_that_is_there_is_left_alone(tmp_path, city):
    (tmp_path / "scorecards.xlsx").write_bytes(b"answers")
    with pytest.raises(CitiesError, match="there already and may hold answers"):
        write("scorecards", city, tmp_path / "scorecards.xlsx", "km")
    assert (tmp_path / "scorecards.xlsx").read_bytes() == b"answers"


def test_wrong_words_are_told(tmp_path, city):
    with pytest.raises(CitiesError, match="workbook 'scores' is not known"):
        write("scores", city, tmp_path / "a.xlsx")
    with pytest.raises(CitiesError, match="language 'fr' is not known"):
        write("figures", city, tmp_path / "a.xlsx", "fr")
    with pytest.raises(CitiesError, match="no such folder"):
        write("figures", city, tmp_path / "none" / "a.xlsx")
    (tmp_path / "b.xlsx").write_bytes(b"abc")
    with pytest.raises(CitiesError, match="no workbook"):
        check(tmp_path / "b.xlsx", city)
