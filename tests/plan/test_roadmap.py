"""The workbooks: formulas and values agree, both languages hold the same money, the same plan gives the same bytes."""

import re

import numpy as np
import openpyxl
import pandas as pd
import pytest
from openpyxl.utils import range_boundaries
from tests.plan.roadmap_case import BUDGET, CITY, ROWS, given

from citiesforall.core.city import City
from citiesforall.plan.roadmap import make_roadmap
from citiesforall.plan.roadmap_workbook import _ends
from citiesforall.text import say_key

SUBTOTAL = re.compile(r"=SUBTOTAL\(9,([A-Z]+\d+:[A-Z]+\d+)\)")
CHECK = re.compile(r"=IF\(ABS\(([A-Z]+\d+)-'(.+)'!([A-Z]+\d+)\)<0\.5,\"(.+)\",\"(.+)\"\)")
KHMER = re.compile("[\u1780-\u17ff]")
SHEETS = ("about", "works", "matrix", "programme", "budget", "results", "monitoring", "safeguards")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plan")
    return folder, make_roadmap(given(folder), folder)


def book(made, lang, *, values):
    return openpyxl.load_workbook(made[0] / f"roadmap_{lang}.xlsx", data_only=values)


def reckoned(formulas, page, text):
    """Work out a formula of the roadmap from the cells, each SUBTOTAL leaving out those inside it."""
    if found := SUBTOTAL.fullmatch(text):
        left, top, right, bottom = range_boundaries(found[1])
        cells = [page.cell(r, c).value for r in range(top, bottom + 1) for c in range(left, right + 1)]
        return sum(one for one in cells if isinstance(one, int | float))
    found = CHECK.fullmatch(text)
    here = reckoned(formulas, page, page[found[1]].value)
    other = formulas[found[2]]
    there = reckoned(formulas, other, other[found[3]].value)
    return found[4] if abs(here - there) < 0.5 else found[5]


@pytest.mark.parametrize("lang", ["km", "en"])
def test_formulas_come_to_the_values_they_carry(made, lang):
    formulas, values = book(made, lang, values=False), book(made, lang, values=True)
    n = 0
    for page in formulas:
        for line in page.iter_rows():
            for cell in line:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    n += 1
                    said = values[page.title][cell.coordinate].value
                    assert (
                        said == pytest.approx(reckoned(formulas, page, cell.value), rel=1e-12)
                        if not isinstance(said, str)
                        else (said == reckoned(formulas, page, cell.value))
                    ), (page.title, cell.coordinate)
    assert n > 40


def total(page, word, column):
    rows = [line for line in page.iter_rows() if line[0].value == word]
    return rows[-1][column].value


def test_totals_are_those_of_the_tables(made):
    folder, said = made
    values = book(made, "en", values=True)
    matrix = pd.read_parquet(folder / "development_plan.parquet")
    page = values["Five-year plan"]
    # 134,000 dollars at 4,100 riel, column by column: five years, then all, then dollars.
    assert total(page, "Total", 13) == 134_000 * 4100 == matrix["local"].sum()
    assert total(page, "Total", 14) == 134_000
    assert total(page, "Total", 9) == matrix["local_2028"].sum() == 21_000 * 4100
    works = values["Projects of the year"]
    assert total(works, "Total", 6) == 30_000 * 4100
    budget = values["Annual budget"]
    assert total(budget, "Total", 4) == 30_000 * 4100
    assert [cell.value for line in budget.iter_rows() for cell in line].count("agree") == 1
    assert (said["capital_usd"], said["recurrent_usd"]) == (91_000, 43_000)
    assert said["projects"] == 3


def test_the_cover_says_the_money_in_both_currencies(made):
    page = book(made, "en", values=True)["Roadmap"]
    facts = {line[0].value: line[1].value for line in page.iter_rows() if line[0].value}
    assert facts["Capital, whole plan"] == 91_000 * 4100
    assert facts["Capital, whole plan (US dollars)"] == 91_000
    assert facts["Running costs, whole plan (US dollars)"] == 43_000


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ((3.0, 6.0), "3 - 6"),
        ((0.0, 0.0), "0"),
        ((0.25, 4.5), "0.25 - 4.50"),
        ((1000.0, 6000.0), "1,000 - 6,000"),
    ],
)
def test_ends_of_a_cost_have_cents_only_where_there_are_any(ends, said):
    assert _ends(ends) == said


def test_no_number_is_wider_than_its_column(made):
    """Else a table shows ##### in place of money."""
    for page in book(made, "km", values=True):
        for line in page.iter_rows():
            for cell in line:
                if isinstance(cell.value, int | float) and cell.number_format != "General":
                    scaled = cell.value / 1000 ** re.sub('".*?"', "", cell.number_format.split(";")[0]).count(
                        "0,"
                    )
                    shown = f"{scaled:,.1f}"
                    assert len(shown) < page.column_dimensions[cell.column_letter].width, (
                        page.title,
                        cell.coordinate,
                    )


def test_both_languages_hold_the_same_numbers(made):
    numbers = []
    for lang in ("km", "en"):
        pages = book(made, lang, values=True)
        numbers.append(
            [
                [
                    cell.value
                    for line in pages[say_key(f"plan.sheet.{key}", lang)].iter_rows()
                    for cell in line
                    if isinstance(cell.value, int | float)
                ]
                for key in SHEETS
            ]
        )
    assert numbers[0] == numbers[1]


def test_the_khmer_workbook_speaks_khmer(made):
    pages = book(made, "km", values=True)
    for page in pages:
        heads = [cell for line in page.iter_rows() for cell in line if cell.fill.fgColor.rgb == "FF1F3B4D"]
        assert KHMER.search(page.title)
        assert page.title == "ផែនទីបង្ហាញផ្លូវ" or heads
        assert all(KHMER.search(str(cell.value)) for cell in heads), page.title
        assert all(cell.font.name == "Khmer OS Battambang" for cell in heads)
    texts = [str(cell.value) for line in pages["ផែនការប្រាំឆ្នាំ"].iter_rows() for cell in line]
    assert "ផ្សារលើ, Wat Leu" in texts
    assert "Ou Thmei" in texts, "a place without a Khmer name keeps its own"
    assert "មូលនិធិក្រុង" in texts


@pytest.mark.parametrize("lang", ["km", "en"])
def test_every_sheet_can_be_printed(made, lang):
    for page in book(made, lang, values=False):
        assert page.page_setup.orientation == "landscape"
        assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (1, 0)
        assert page.print_area
        if page.title != say_key("plan.sheet.about", lang):
            assert page.print_title_rows, page.title
            assert page.freeze_panes


def test_assumed_money_and_an_invented_city_are_said_first(made):
    texts = [str(line[0].value) for line in book(made, "en", values=True)["Roadmap"].iter_rows(max_row=4)]
    assert texts[1:3] == [
        "Invented city: nothing here is real",
        "Assumed, not official: replace it by the council's own budget",
    ]


def test_actuals_are_empty_and_can_be_written(made):
    page = book(made, "en", values=False)["Monitoring"]
    heads = next(line for line in page.iter_rows() if line[0].value == "Indicator")
    at = [cell.column for cell in heads if str(cell.value).startswith("Actual")]
    assert len(at) == 5
    assert all(
        page.cell(row, column).value is None for row in range(heads[0].row + 1, page.max_row) for column in at
    )
    assert not page.cell(heads[0].row + 1, at[0]).protection.locked


def test_grades_of_costs_go_with_the_costs(made):
    texts = [
        str(cell.value) for line in book(made, "en", values=True)["Safeguards"].iter_rows() for cell in line
    ]
    assert "C: Our judgement: put the local unit rate in its place" in texts
    assert "25,000 - 50,000" in texts


def test_the_same_plan_gives_the_same_bytes(made, tmp_path):
    make_roadmap(given(tmp_path), tmp_path)
    for name in made[1]["files"]:
        assert (tmp_path / name).read_bytes() == (made[0] / name).read_bytes(), name


def test_tables_have_titles_in_both_languages(made):
    matrix = pd.read_csv(made[0] / "development_plan.csv")
    assert matrix["title_en"].tolist() == [
        "Health post",
        "Public tap or water kiosk",
        "Pocket park or playground",
    ]
    assert all(KHMER.search(title) for title in matrix["title_km"])
    results = pd.read_csv(made[0] / "results_framework.csv")
    assert {"title_en", "title_km"} <= set(results)


def test_a_city_without_budget_gets_no_roadmap(tmp_path):
    said = make_roadmap(given(tmp_path, city=CITY.model_copy(update={"budget": None})), tmp_path)
    assert said["files"] == []
    assert "there is no plan" in said["notes"][0]["what"]


def test_a_plan_of_nothing_still_prints(tmp_path):
    said = make_roadmap(given(tmp_path, rows=[]), tmp_path)
    assert said["projects"] == 0
    pages = openpyxl.load_workbook(tmp_path / "roadmap_en.xlsx", data_only=True)
    assert any("The plan holds no project" in str(line[0].value) for line in pages["Roadmap"].iter_rows())
    assert total(pages["Five-year plan"], "Total", 13) == 0


@pytest.mark.parametrize(
    ("currency", "word", "form"), [("BRL", "thousand BRL", "#,##0,"), ("USD", "US$", "#,##0")]
)
def test_other_currencies_have_their_own_heads(tmp_path, currency, word, form):
    budget = BUDGET | {
        "currency": currency,
        "khr_per_usd": None,
        "per_usd": 5.0 if currency == "BRL" else None,
    }
    city = City.model_validate(CITY.model_dump() | {"budget": budget})
    make_roadmap(given(tmp_path, rows=ROWS[:1], city=city), tmp_path)
    page = openpyxl.load_workbook(tmp_path / "roadmap_en.xlsx")["Five-year plan"]
    heads = next(line for line in page.iter_rows() if line[0].value == "Item")
    assert heads[8].value == f"2027\n{word}"
    assert page.cell(heads[0].row + 2, 9).number_format.startswith(form)
    paid = 30_000 * (5 if currency == "BRL" else 1)
    assert page.cell(heads[0].row + 2, 9).value == paid
    assert not np.isnan(paid)
