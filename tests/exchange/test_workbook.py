"""The workbook, opened again: sums reckoned anew, every value of the tables, both languages whole."""

import io
import re
import zipfile
from dataclasses import replace

import numpy as np
import openpyxl
import pytest

from citiesforall.core.indicator import DIMENSIONS, indicators
from citiesforall.exchange.given import HAS_VALUE
from citiesforall.exchange.local_review import review_table
from citiesforall.exchange.sheets import Column, Formula, Page, sheet_name, workbook_bytes
from citiesforall.exchange.words import told
from citiesforall.exchange.workbook import write_workbook

SUM = re.compile(r"=(?:SUM\(|SUBTOTAL\(9,)([A-Z]+)(\d+):([A-Z]+)(\d+)\)")
LESS = re.compile(r"=([A-Z]+\d+)-([A-Z]+\d+)")
KHMER = re.compile("[\u1780-\u17ff]")


def reckon(sheet, cell):
    """Return what a cell comes to; SUBTOTAL leaves other subtotals out, as programs do."""
    value = sheet[cell].value
    if not isinstance(value, str):
        return float(value or 0)
    if less := LESS.fullmatch(value):
        return reckon(sheet, less[1]) - reckon(sheet, less[2])
    found = SUM.fullmatch(value)
    assert found, value
    total = 0.0
    for row in sheet[f"{found[1]}{found[2]}:{found[3]}{found[4]}"]:
        for one in row:
            if not ("SUBTOTAL" in value and str(one.value).startswith("=SUBTOTAL")):
                total += reckon(sheet, one.coordinate)
    return total


@pytest.fixture(scope="module")
def books(exported):
    """Return the workbooks of both languages: formulas, and the values they carry."""
    folder, _ = exported
    return {
        lang: tuple(
            openpyxl.load_workbook(folder / f"workbook_{lang}.xlsx", data_only=carried)
            for carried in (False, True)
        )
        for lang in ("en", "km")
    }


def head_row(sheet):
    """Return the row of the heads: the one above which the sheet stands still."""
    return int(re.sub(r"\D", "", sheet.freeze_panes)) - 1


def rows_below(sheet):
    """Return the rows of a sheet's table by the titles of its columns."""
    head = head_row(sheet)
    titles = [one.value for one in sheet[head]]
    return [
        dict(zip(titles, (one.value for one in row), strict=True))
        for row in sheet.iter_rows(min_row=head + 1)
    ]


@pytest.mark.parametrize("lang", ["en", "km"])
def test_formulas_come_to_what_they_carry_and_to_the_tables(books, town, lang):
    formulas, carried = books[lang]
    totals = {"development_plan": "local", "investment_programme": "local", "annual_budget": "planned_local"}
    seen = 0
    for name, column in totals.items():
        sheet, other = (
            book[sheet_name(told(f"exchange.sheet.{name}", lang))] for book in (formulas, carried)
        )
        for row in sheet.iter_rows(min_row=head_row(sheet) + 1):
            for one in row:
                if isinstance(one.value, str) and one.value.startswith("="):
                    assert other[one.coordinate].value == pytest.approx(reckon(sheet, one.coordinate)), (
                        name,
                        one.coordinate,
                    )
                    seen += 1
        money = {one.value for one in other[other.max_row]}
        assert pytest.approx(town.plan[name][column].sum()) in [
            one for one in money if isinstance(one, int | float)
        ]
    assert seen > 20


def test_planned_money_is_the_money_of_the_plan(books, town):
    """Four taps at US$5,500 and 4,000 riel for a dollar: 88 million riel of works; 3 years run 2, 4 and 4 of them at 500: 20 million."""
    _, carried = books["en"]
    rows = rows_below(carried["Annual budget"])
    assert rows[-1]["Planned (riel)"] == pytest.approx(88e6 + 20e6)
    assert rows[-1]["Left (riel)"] == pytest.approx(town.plan["annual_budget"]["left_local"].sum())


@pytest.mark.parametrize("lang", ["en", "km"])
def test_every_value_stands_on_the_sheet_of_its_dimension(books, town, lang):
    book, _ = books[lang]
    declared = indicators()
    rows = town.observations
    rows = rows[rows["status"].isin(HAS_VALUE)]
    head = {
        key: told(f"exchange.column.{key}", lang)
        for key in ("id", "place_code", "value", "low", "status", "group")
    }
    n = 0
    for key in DIMENSIONS:
        of = rows[rows["indicator"].map(lambda one, key=key: declared[one].dimension == key)]
        if not len(of):
            continue
        told_rows = rows_below(book[sheet_name(told(f"word.dimension.{key}", lang))])
        said = {
            (one[head["id"]], one[head["place_code"]], one[head["group"]]): (
                one[head["value"]],
                one[head["status"]],
            )
            for one in told_rows
        }
        assert len(told_rows) == len(said) == len(of)
        for row in of.itertuples():
            value, status = said[row.indicator, row.place, told(f"group.{row.group}.title", lang)]
            assert value == ("∞" if np.isinf(row.value) else row.value)
            assert status == told(f"word.status.{row.status}", lang)
        n += len(of)
    assert n == len(rows)


@pytest.mark.parametrize("lang", ["en", "km"])
def test_heads_stay_columns_have_widths_and_tables_filters(books, lang):
    book, _ = books[lang]
    for sheet in book:
        assert sheet.freeze_panes
        widths = [sheet.column_dimensions[one.column_letter].width for one in sheet[head_row(sheet)]]
        assert min(widths) >= 8
        bands = any(
            isinstance(one, str) and one.startswith("=SUBTOTAL")
            for row in sheet.iter_rows(values_only=True)
            for one in row
        )
        assert bool(sheet.auto_filter.ref) != bands
        first = sheet.cell(head_row(sheet) + 1, 2)
        assert first.font.name == "Khmer OS Battambang"
    sheet = book[sheet_name(told("word.dimension.health", lang))]
    assert sheet.cell(head_row(sheet) + 1, 4).number_format.startswith("#,##0")


def test_the_khmer_workbook_has_khmer_heads_names_and_sentences(books):
    book, _ = books["km"]
    for sheet in book:
        assert KHMER.search(sheet.title)
        for row in range(1, head_row(sheet)):
            text = sheet.cell(row, 1).value
            assert text is None or KHMER.search(text), text
        for one in sheet[head_row(sheet)]:
            assert KHMER.search(one.value) or re.fullmatch(r"\d{4}", one.value), (
                sheet.title,
                one.coordinate,
                one.value,
            )


def test_read_me_names_every_sheet_and_counts_its_rows(books):
    book, _ = books["en"]
    rows = rows_below(book["Read me"])
    assert [one["Sheet"] for one in rows] == book.sheetnames[1:]
    health = next(one for one in rows if one["Sheet"] == "Health security")
    assert health["Rows"] == len(rows_below(book["Health security"]))


def test_what_is_withheld_is_counted_by_indicator(books, town):
    book, _ = books["en"]
    hidden = town.observations[town.observations["status"] == "suppressed"].groupby("indicator").size()
    rows = rows_below(book["Without a value"])
    said = {one["Id"]: one["Rows"] for one in rows if one["Status"] == "Withheld to protect people"}
    assert said == hidden.to_dict()


def test_texts_that_look_like_formulas_or_hold_odd_signs_stay_texts():
    page = Page(
        "a/b:c",
        "Title <&>",
        ("=1+1",),
        (Column("=head", 10, ["=1+1", "a\x00b", " two  words "]), Column("n", 9, [1, None, float("nan")])),
    )
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes([page], "t")))
    sheet = book["a b c"]
    assert sheet["A2"].data_type == sheet["A4"].data_type == sheet["A5"].data_type == "s"
    assert [sheet[f"A{row}"].value for row in (2, 4, 5, 6, 7)] == [
        "=1+1",
        "=head",
        "=1+1",
        "ab",
        " two  words ",
    ]
    assert [sheet[f"B{row}"].value for row in (5, 6, 7)] == [1, None, None]


def test_bands_and_totals_count_each_row_once():
    """2 + 3 in the first band, 5 in the second: subtotals 5 and 5, total 10; the row's own sum is 2 + 20."""
    columns = (
        Column("name", 10, ["a", "b", "c"]),
        Column("x", 10, [2.0, 3.0, 5.0], "0", total=True),
        Column("y", 10, [20.0, float("nan"), 0.0], "0", total=True),
        Column("sum", 10, [Formula("=SUM(B{row}:C{row})", v) for v in (22.0, 3.0, 5.0)], "0", total=True),
    )
    page = Page("s", "t", (), columns, (("one", 2), ("two", 1)), "all")
    data = workbook_bytes([page], "t")
    plain = openpyxl.load_workbook(io.BytesIO(data))["s"]
    carried = openpyxl.load_workbook(io.BytesIO(data), data_only=True)["s"]
    assert [plain[f"A{row}"].value for row in range(4, 10)] == ["one", "a", "b", "two", "c", "all"]
    assert [carried[f"B{row}"].value for row in range(4, 10)] == [5, 2, 3, 5, 5, 10]
    assert [carried[f"D{row}"].value for row in (4, 7, 9)] == [25, 5, 30]
    for cell in ("B4", "C4", "D4", "B7", "B9", "C9", "D9", "D5"):
        assert reckon(plain, cell) == carried[cell].value
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert {one.date_time[0] for one in packed.infolist()} == {2000}


def test_an_invented_city_is_said_on_every_sheet_and_an_assumed_budget_where_money_stands(books, town):
    book, _ = books["en"]
    assert town.city.place.invented
    assert town.city.budget.grade == "assumed"
    for sheet in book:
        assert sheet["A2"].value == told("word.label.invented", "en")
        assert sheet["A2"].font.color.rgb == "FFB3261E"
    for name in ("Read me", "Development plan", "Investment programme", "Annual budget"):
        assert book[name]["A3"].value.startswith("Assumed, not official")


def test_a_real_city_is_not_said_to_be_invented(town):
    place = town.city.place.model_copy(update={"invented": False})
    real = replace(town, city=town.city.model_copy(update={"place": place}))
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(real, review_table(real), "en")))
    texts = {sheet["A2"].value for sheet in book}
    assert told("word.label.invented", "en") not in texts


def test_a_plan_without_projects_has_forms_with_totals_of_nothing(town):
    """No formula stands there: a sum over no row would take in its own cell."""
    names = ("development_plan", "investment_programme")
    empty = replace(town, plan={**town.plan, **{name: town.plan[name].iloc[:0] for name in names}})
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(empty, review_table(empty), "en")))
    for name in ("Development plan", "Investment programme"):
        sheet = book[name]
        (row,) = sheet.iter_rows(min_row=head_row(sheet) + 1)
        assert row[0].value == "Total"
        assert {one.value for one in row[1:]} == {None, 0}
