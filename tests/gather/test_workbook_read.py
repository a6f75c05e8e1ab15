"""Filled workbooks read back: what was written in is read, and every fault is told with sheet, cell and remedy."""

import datetime as dt
import shutil
import zipfile
from types import SimpleNamespace

import numpy as np
import openpyxl
import pytest

from citiesforall.core.errors import InputError
from citiesforall.core.figures import asked, asked_unit, figures, per_asked
from citiesforall.core.scorecard import scorecards, workbook_words
from citiesforall.gather.workbook_read import read_figures, read_scorecards
from citiesforall.workbook.filled import Answers, Events, Figure, Filled
from citiesforall.workbook.texts import labels
from citiesforall.workbook.write import write_workbook

USE = SimpleNamespace(id="ours")
PLACE = "KH9902"
FIVE = ("government", "academia", "civil_society", "international", "private")
MEANS = (
    (2, 2, 2, 3),
    (3, 2, 2, 3),
    (3, 3, 3, 3),
    (2, 3, 3, 3),
    (2, 2, 2, 2),
)  # 2.25, 2.5, 3, 2.75, 2: mean 2.5


def participation(rows=MEANS):
    keys = list(scorecards()["participation"].questions)
    said = {key: tuple(row[place] for row in rows) for place, key in enumerate(keys)}
    return Answers(FIVE[: len(rows)], said, dict.fromkeys(keys, "minutes of 3 May"))


def filled(**more):
    return Filled(PLACE, "Krong", "2025", **more)


@pytest.fixture(scope="session")
def cards(tmp_path_factory):
    """Return a workbook of scorecards in each language, participation filled."""
    folder = tmp_path_factory.mktemp("cards")
    return {
        lang: write_workbook(
            folder / f"{lang}.xlsx", "scorecards", lang, filled(scorecards={"participation": participation()})
        )
        for lang in ("km", "en", "both")
    }


@pytest.fixture(scope="session")
def known(tmp_path_factory):
    """Return a workbook of figures: some filled, disasters listed."""
    values = {
        "city_households": Figure(12_000, "2024", "census"),
        "households_waste_collected": Figure(9_000, "2024", "contractor"),
        "water_network": Figure(120.5, "2025", "waterworks"),
        "coverage_4g": Figure(93, "2025", "operators"),
        "plan_resilient": Figure(1, "2025", "plan"),
        "emergency_response_time": Figure(16, "2025", "police"),
        "green_area": Figure(24, "2025", "land office"),
    }
    events = Events(
        2021, 2025, (("flood", 2021, {"deaths": 3, "injured": 10, "damaged": 500, "housing": 5e8}), ("fire", 2024, {"deaths": 2, "injured": 5})),
    )  # fmt: skip
    path = tmp_path_factory.mktemp("known") / "figures.xlsx"
    return write_workbook(path, "figures", "both", filled(figures=values, events=events))


def changed(path, tmp_path, change):
    """Return a copy of a workbook with something changed in it."""
    copy = tmp_path / path.name
    shutil.copyfile(path, copy)
    book = openpyxl.load_workbook(copy)
    change(book)
    book.save(copy)
    return copy


def sheet_of(book, mark):
    return next(one for one in book.worksheets if str(one["A1"].value).endswith(mark))


def row_of(sheet, key):
    return next(row for row in range(1, sheet.max_row + 1) if sheet.cell(row, 1).value == key)


def faults_of(read, path, change, tmp_path):
    with pytest.raises(InputError) as caught:
        read(USE, [changed(path, tmp_path, change)], PLACE, "2025")
    return caught.value.faults


# --- what is written is read -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["km", "en", "both"])
def test_answers_come_back_in_every_language(cards, lang):
    table, notes = read_scorecards(USE, [cards[lang]], PLACE, "2025")
    assert set(table["scorecard"]) == {"participation"}
    wide = table.pivot_table(index="evaluator", columns="question", values="answer", sort=False)
    assert wide.to_numpy().tolist() == [list(map(float, row)) for row in MEANS]
    assert list(table.drop_duplicates("evaluator")["group"]) == list(FIVE)
    assert set(table["period"]) == {"2025"}
    assert set(table["source"]) == {"ours"}
    assert sum("is empty" in str(note) for note in notes) == len(scorecards()) - 1


def test_figures_come_back_in_stored_units(known):
    table, _ = read_figures(USE, [known], PLACE, "2025")
    value = table.set_index("amount")["value"]
    assert value["city_households"] == 12_000
    assert value["water_network"] == 120_500  # 120.5 km in metres
    assert value["coverage_4g"] == pytest.approx(0.93)
    assert value["plan_resilient"] == 1
    assert value["emergency_response_time"] == 16 * 60  # seconds
    assert value["green_area"] == 240_000  # 24 ha in m2
    assert set(table["amount"]) == set(figures())


def test_a_blank_is_missing_with_its_reason_never_zero(known):
    table, _ = read_figures(USE, [known], PLACE, "2025")
    row = table.set_index("amount").loc["hospital_beds"]
    assert np.isnan(row["value"])
    assert row["status"] == "missing"
    assert "left empty" in row["reason"]


def test_disasters_become_yearly_means(known):
    table, _ = read_figures(USE, [known], PLACE, "2025")
    value = table.set_index("amount")["value"]
    assert value["disaster_deaths"] == 1.0  # (3 + 2) / 5 years
    assert value["disaster_affected"] == 103.0  # (10 + 500 + 5) / 5
    assert value["disaster_affected_without_largest"] == 1.0  # 5 / 5
    assert value["disaster_loss"] == 1e8  # 500 million / 5
    assert np.isnan(value["disaster_missing"])  # no event says it
    assert table.set_index("amount").loc["disaster_deaths", "period"] == "2021/2025"


@pytest.mark.parametrize("kind", ["scorecards", "figures"])
def test_an_empty_workbook_is_read_as_knowing_nothing(tmp_path, kind):
    path = write_workbook(tmp_path / "empty.xlsx", kind, "km", filled())
    table, _ = (read_scorecards if kind == "scorecards" else read_figures)(USE, [path], PLACE, "2025")
    assert table.empty if kind == "scorecards" else table["value"].isna().all()


def test_one_content_has_one_file(tmp_path):
    one, two = (
        write_workbook(tmp_path / name, "scorecards", "both", filled()).read_bytes()
        for name in ("a.xlsx", "b.xlsx")
    )
    assert one == two


def test_every_figure_can_be_filled_and_comes_back(tmp_path):
    values = {
        one.id: Figure(
            1.0 if asked_unit(one) in {"yes/no", "index"} else 7.0 if asked_unit(one) == "%" else 3.0,
            "2025",
            "here",
        )
        for service in workbook_words()["service"]
        for one in asked(service)
    }
    path = write_workbook(tmp_path / "all.xlsx", "figures", "en", filled(figures=values))
    table, _ = read_figures(USE, [path], PLACE, "2025")
    value = table.set_index("amount")["value"]
    for key, one in values.items():
        assert value[key] == pytest.approx(one.value * per_asked(figures()[key])), key


# --- people write as people write --------------------------------------------------------------------------------------------


NUMBERS = {
    "១២០០០": 12_000, "12 000": 12_000, " 12,000.5 ": 12_000.5, "12.000,5": 12_000.5, "0,25": 0.25, "1,234,567": 1_234_567, 12_000.0: 12_000,
    "១២,៥": 12.5, "7": 7,
}  # fmt: skip
BLANKS = ("", " ", "-", "?", "n/a", "មិនដឹង")


def test_numbers_are_read_as_people_write_them_and_words_for_not_knowing_are_blanks(known, tmp_path):
    free = [
        "food_supplied",
        "city_people",
        "labour_force",
        "enterprises",
        "city_gdp",
        "patents",
        "mean_wage_women",
        "mean_wage_men",
        "rice_price",
    ]
    blank = [
        "unemployed",
        "employed",
        "tourism_employed",
        "ict_employed",
        "small_enterprises",
        "research_spending",
    ]

    def change(book):
        sheet = sheet_of(book, "figures:people")
        for key, written in [*zip(free, NUMBERS, strict=True), *zip(blank, BLANKS, strict=True)]:
            sheet.cell(row_of(sheet, key), 4).value = written
            sheet.cell(row_of(sheet, key), 6).value = "២០២៤"

    table, _ = read_figures(USE, [changed(known, tmp_path, change)], PLACE, "2025")
    rows = table.set_index("amount")
    assert dict(zip(free, rows.loc[free, "value"], strict=True)) == pytest.approx(
        dict(zip(free, NUMBERS.values(), strict=True))
    )
    assert set(rows.loc[free, "period"]) == {"2024"}
    assert rows.loc[blank, "value"].isna().all()


def test_levels_are_read_by_label_or_number(cards, tmp_path):
    said = [3, "3", "៣", "Agree", " agree ", "យល់ព្រម", "3 · Agree", "3 · យល់ព្រម · Agree", 3.0, "3.0"]

    def change(book):
        sheet = sheet_of(book, "scorecard:participation")
        for number, written in enumerate(said):
            sheet.cell(row_of(sheet, "planning" if number < 5 else "budget"), 4 + number % 5).value = written

    table, _ = read_scorecards(USE, [changed(cards["both"], tmp_path, change)], PLACE, "2025")
    assert set(table[table["question"].isin(["planning", "budget"])]["answer"]) == {3.0}


def test_sheets_renamed_rows_moved_and_columns_inserted_are_still_found(cards, tmp_path):
    def change(book):
        sheet = sheet_of(book, "scorecard:participation")
        sheet.title = "Our answers"
        sheet.insert_rows(3, 4)
        sheet.insert_cols(4)
        book.create_sheet("Notes")["A1"] = "buy paper"

    table, notes = read_scorecards(USE, [changed(cards["en"], tmp_path, change)], PLACE, "2025")
    assert table.groupby("evaluator")["answer"].mean().mean() == 2.5
    assert any("'Notes'" in str(note) for note in notes)


# --- faults ------------------------------------------------------------------------------------------------------------------


WRONG = {
    "water_meters": ("many", "is not a number"),
    "water_network": ("12 km", "with something behind it"),
    "water_supplied": ("12.500", "can be read in two ways. Write 12500 or 12.5"),
    "drainage_network": (-3, "cannot be. Allowed: 0 or more"),
    "freshwater_available": ("#REF!", "formula is broken"),
    "freshwater_withdrawn": ("=Sheet9!A1", "formula has no result"),
    "wastewater_generated": (True, "true or false"),
    "households_sewer": (dt.date(2024, 5, 1), "is a date"),
    "households_basic_water": (13_000, "more than city_households of which it is a part (12,000 in sheet"),
}


def test_every_wrong_figure_of_a_file_is_told_with_its_cell(known, tmp_path):
    cells = {}

    def change(book):
        sheet = sheet_of(book, "figures:water")
        for key, (written, _) in WRONG.items():
            cells[key] = sheet.cell(row_of(sheet, key), 4)
            cells[key].value = written
            sheet.cell(row_of(sheet, key), 6).value = 2024

    faults = faults_of(read_figures, known, change, tmp_path)
    assert len(faults) == len(WRONG)
    for key, (_, said) in WRONG.items():
        (fault,) = [one for one in faults if f"cell {cells[key].coordinate}:" in one]
        assert said in fault
        assert fault.startswith("figures.xlsx: sheet 'ទឹក")


YEARS = {
    "water_meters": (None, "year of the figure is missing"), "water_network": ("last", "is not a year"), "water_supplied": (1492, "1492 cannot be"),
    "drainage_network": (2031, "Allowed: 1950 to 2026"), "freshwater_available": (2568, "A Buddhist year? Then 2025"),
    "freshwater_withdrawn": (2024.5, "2024.5 cannot be"),
}  # fmt: skip


def test_every_wrong_year_of_a_file_is_told(known, tmp_path):
    cells = {}

    def change(book):
        sheet = sheet_of(book, "figures:water")
        for key, (written, _) in YEARS.items():
            sheet.cell(row_of(sheet, key), 4).value = 5
            cells[key] = sheet.cell(row_of(sheet, key), 6)
            cells[key].value = written

    faults = faults_of(read_figures, known, change, tmp_path)
    assert len(faults) == len(YEARS)
    for key, (_, said) in YEARS.items():
        (fault,) = [one for one in faults if f"cell {cells[key].coordinate}:" in one]
        assert said in fault


def test_a_share_above_100_and_a_changed_unit_are_told_together(known, tmp_path):
    def change(book):
        ict, land = sheet_of(book, "figures:ict"), sheet_of(book, "figures:land")
        ict.cell(row_of(ict, "coverage_4g"), 4).value = 193
        land.cell(row_of(land, "green_area"), 5).value = "rai"

    faults = faults_of(read_figures, known, change, tmp_path)
    assert len(faults) == 2
    assert any("193 % cannot be. Allowed: 0 to 100" in fault for fault in faults)
    assert any("unit was changed to 'rai'. Only 'hectares'" in fault for fault in faults)


def test_a_percentage_cell_is_read_as_it_is_seen(known, tmp_path):
    def change(book):
        sheet = sheet_of(book, "figures:ict")
        cell = sheet.cell(row_of(sheet, "coverage_4g"), 4)
        cell.value, cell.number_format = 0.5, "0%"

    table, _ = read_figures(USE, [changed(known, tmp_path, change)], PLACE, "2025")
    assert table.set_index("amount").loc["coverage_4g", "value"] == pytest.approx(0.5)


def test_a_part_of_another_year_is_doubted(known, tmp_path):
    def change(book):
        sheet = sheet_of(book, "figures:waste")
        sheet.cell(row_of(sheet, "households_waste_collected"), 6).value = 2022

    _, notes = read_figures(USE, [changed(known, tmp_path, change)], PLACE, "2025")
    assert any("their ratio mixes years" in str(note) and note.kind == "doubt" for note in notes)


def test_a_figure_without_origin_is_doubted(known, tmp_path):
    def change(book):
        sheet = sheet_of(book, "figures:waste")
        sheet.cell(row_of(sheet, "households_waste_collected"), 7).value = None

    _, notes = read_figures(USE, [changed(known, tmp_path, change)], PLACE, "2025")
    assert any("do not say where they come from (rows 5)" in str(note) for note in notes)


def test_a_deleted_row_a_deleted_sheet_and_a_copied_row_are_told_together(known, tmp_path):
    def change(book):
        water = sheet_of(book, "figures:water")
        water.delete_rows(row_of(water, "water_lost"))
        book.remove(sheet_of(book, "figures:energy"))
        land = sheet_of(book, "figures:land")
        land.cell(40, 1).value = "green_area"

    faults = faults_of(read_figures, known, change, tmp_path)
    assert len(faults) == 3
    assert any("line 'water_lost' is missing" in fault for fault in faults)
    assert any("sheet of 'Energy, lights and public buildings' is missing" in fault for fault in faults)
    assert any("line 'green_area' stands in rows" in fault for fault in faults)


def test_a_deleted_column_is_told(cards, tmp_path):
    def change(book):
        sheet = sheet_of(book, "scorecard:participation")
        sheet.delete_cols(5)

    (fault,) = faults_of(read_scorecards, cards["en"], change, tmp_path)
    assert "column 'answer:2' is missing" in fault


def test_events_outside_the_years_and_without_a_year_are_told(known, tmp_path):
    def change(book):
        sheet = sheet_of(book, "events")
        sheet["C8"] = 2019
        sheet["B10"] = "storm"

    faults = faults_of(read_figures, known, change, tmp_path)
    assert [("cell C10" in fault, "year is missing" in fault) for fault in faults] == [(True, True)]


def test_too_few_evaluators_are_told(tmp_path):
    path = write_workbook(
        tmp_path / "few.xlsx",
        "scorecards",
        "en",
        filled(scorecards={"participation": participation(MEANS[:4])}),
    )
    with pytest.raises(InputError, match="4 evaluators have answered, at least 5"):
        read_scorecards(USE, [path], PLACE, "2025")


def test_a_half_filled_evaluator_an_unknown_level_and_a_missing_group_are_told_together(cards, tmp_path):
    def change(book):
        sheet = sheet_of(book, "scorecard:participation")
        sheet.cell(row_of(sheet, "budget"), 5).value = None
        sheet.cell(row_of(sheet, "budget"), 6).value = "5"

    faults = faults_of(read_scorecards, cards["en"], change, tmp_path)
    assert any("1 of 4 questions are not answered (E10)" in fault for fault in faults)
    assert any("cell F10: 5 is not an answer. Allowed: 1 · Strongly disagree" in fault for fault in faults)

    def no_group(book):
        sheet = sheet_of(book, "scorecard:participation")
        sheet.cell(row_of(sheet, "group"), 5).value = None

    (fault,) = faults_of(read_scorecards, cards["en"], no_group, tmp_path)
    assert "group of the evaluator is missing. Allowed: Government" in fault


def test_missing_evidence_is_a_doubt(cards, tmp_path):
    def change(book):
        sheet = sheet_of(book, "scorecard:participation")
        sheet.cell(row_of(sheet, "budget"), 12).value = None

    _, notes = read_scorecards(USE, [changed(cards["en"], tmp_path, change)], PLACE, "2025")
    assert any(
        "1 of 4 questions have no evidence (rows 10)" in str(note) and note.kind == "doubt" for note in notes
    )


def test_another_city_and_a_missing_year_are_told(cards, tmp_path):
    def change(book):
        sheet = sheet_of(book, "start:scorecards")
        sheet.cell(row_of(sheet, "place"), 3).value = "KH0102"
        sheet.cell(row_of(sheet, "period"), 3).value = None

    faults = faults_of(read_scorecards, cards["en"], change, tmp_path)
    assert any("this workbook is of 'KH0102', the city is KH9902" in fault for fault in faults)
    assert any("year the answers are about is missing" in fault for fault in faults)


def test_one_scorecard_in_two_files_is_told(cards):
    with pytest.raises(InputError, match="more than one of its files answers participation"):
        read_scorecards(USE, [cards["en"], cards["km"]], PLACE, "2025")


# --- what is no workbook -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "this file is empty"),
        (b"code,value\n1,2\n", "this is no workbook"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "locked with a password",
        ),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel 97 to 2003"),
        (b"PK\x03\x04 broken", "is broken and cannot be opened"),
    ],
)
@pytest.mark.parametrize("read", [read_scorecards, read_figures])
def test_files_that_are_no_workbooks(tmp_path, content, said, read):
    path = tmp_path / "wrong.xlsx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        read(USE, [path], PLACE, "2025")


def test_a_missing_file_an_archive_and_a_foreign_workbook(tmp_path, cards):
    with pytest.raises(InputError, match="no such file"):
        read_figures(USE, [tmp_path / "none.xlsx"], PLACE, "2025")
    with zipfile.ZipFile(tmp_path / "zip.xlsx", "w") as archive:
        archive.writestr("a.txt", "a")
    with pytest.raises(InputError, match="cannot be opened"):
        read_figures(USE, [tmp_path / "zip.xlsx"], PLACE, "2025")
    openpyxl.Workbook().save(tmp_path / "other.xlsx")
    with pytest.raises(InputError, match="no sheet is one this software has written"):
        read_figures(USE, [tmp_path / "other.xlsx"], PLACE, "2025")
    with pytest.raises(InputError, match="this is the workbook of scorecards, but the one of figures"):
        read_figures(USE, [cards["en"]], PLACE, "2025")


def test_a_workbook_of_another_layout_is_refused_by_name(cards, tmp_path):
    def change(book):
        for sheet in book.worksheets:
            sheet["A1"] = str(sheet["A1"].value).replace("cities:1:", "cities:9:")

    (fault,) = faults_of(read_scorecards, cards["en"], change, tmp_path)
    assert "layout 9" in fault


def test_every_label_of_every_scale_is_understood(tmp_path):
    """Each answer cell's list holds nothing that is not read."""
    for key, one in scorecards().items():
        for lang in ("km", "en", "both"):
            assert list(labels(one, lang).values()) == list(one.scale), (key, lang)
            assert len(labels(one, lang)) == len(one.scale)
