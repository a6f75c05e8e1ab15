"""Whatever people do to the cells of a filled workbook: a valid table, or one report of faults; never anything else."""

import contextlib
import datetime as dt
import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citiesforall.core.errors import InputError
from citiesforall.core.figures import figures, limits, per_asked
from citiesforall.core.scorecard import scorecard, scorecards
from citiesforall.gather.workbook_read import FIGURE_COLUMNS, SCORECARD_COLUMNS, read_figures, read_scorecards
from citiesforall.gather.workbook_values import (
    UnreadableError,
    read_answer,
    read_number,
    read_year,
    read_yes_no,
)
from citiesforall.workbook.filled import Answers, Events, Figure, Filled
from citiesforall.workbook.write import write_workbook

USE = SimpleNamespace(id="ours")
ODD = [
    "#REF!",
    "=1/0",
    "=A1",
    "៥",
    "3,5",
    "1.000",
    "-",
    "  ",
    "យល់ព្រម",
    "Agree",
    "5 · Optimised",
    "cities:1:start:figures",
    "people",
    "∞",
    "NaN",
    "1e999",
    "%",
    "12%",
]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.dates(dt.date(1900, 3, 1), dt.date(2100, 1, 1)),
    st.sampled_from(ODD),
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=12),
)
EDIT = st.tuples(
    st.sampled_from(["cell", "cell", "cell", "row", "column", "insert", "sheet", "rename", "id"]),
    st.integers(0, 20), st.integers(1, 40), st.integers(1, 14), VALUES,
)  # fmt: skip


@pytest.fixture(scope="module")
def books(tmp_path_factory):
    """Return a small filled workbook of each kind as bytes."""
    folder = tmp_path_factory.mktemp("fuzz")
    one = scorecards()["budget_openness"]
    answers = {"budget_openness": Answers(("government",), dict.fromkeys(one.questions, (1.0,)))}
    about = Filled("KH99", "Krong", "2025", scorecards=answers)
    known = Filled(
        "KH99", "Krong", "2025", figures={"city_people": Figure(10, "2025", "us")}, events=Events(2021, 2025, (("flood", 2022, {"deaths": 1}),))
    )  # fmt: skip
    write_workbook(folder / "scorecards.xlsx", "scorecards", "en", about)
    write_workbook(folder / "figures.xlsx", "figures", "en", known)
    return {name: (folder / f"{name}.xlsx").read_bytes() for name in ("scorecards", "figures")}


CHANGES = {
    "row": lambda sheet, row, _column, _value: sheet.delete_rows(row),
    "column": lambda sheet, _row, column, _value: sheet.delete_cols(column),
    "insert": lambda sheet, row, _column, _value: sheet.insert_rows(row),
    "rename": lambda sheet, row, _column, _value: setattr(sheet, "title", f"renamed {row}"),
    "sheet": lambda sheet, _row, _column, _value: sheet.parent.remove(sheet),
    "id": lambda sheet, row, _column, value: setattr(sheet.cell(row, 1), "value", value),
    "cell": lambda sheet, row, column, value: setattr(sheet.cell(row, column), "value", value),
}


def edited(raw, edits, path: Path):
    """Write a copy with some edits: cells, rows, columns, sheets, hidden ids; tell whether it could be written."""
    book = openpyxl.load_workbook(io.BytesIO(raw))
    for what, place, row, column, value in edits:
        with contextlib.suppress(
            AttributeError, ValueError
        ):  # a merged cell, a value no cell holds: nobody can do it
            CHANGES[what](book.worksheets[place % len(book.worksheets)], row, column, value)
        if len(book.worksheets) < 2:
            return False
    try:
        book.save(path)
    except (IndexError, ValueError, TypeError):
        return False
    return True


def read_or_faults(read, path):
    """Return the table, or the faults that were told."""
    try:
        return read(USE, [path], "KH99", "2025")[0], ()
    except InputError as error:
        return None, error.faults


def is_told(faults):
    return all(fault.startswith("edited.xlsx: ") and fault.endswith(".") for fault in faults)


def is_valid_scorecards(table):
    assert list(table.columns) == list(SCORECARD_COLUMNS)
    for row in table.to_dict("records"):
        assert scorecard(row["scorecard"]).allows(row["answer"])
        assert row["place"] == "KH99"


def is_valid_figures(table):
    assert list(table.columns) == list(FIGURE_COLUMNS)
    assert table["amount"].is_unique
    for row in table.to_dict("records"):
        missing = np.isnan(row["value"])
        assert (row["status"] == "missing") == missing == (row["reason"] != "")
        one = figures()[row["amount"]]
        if not missing:
            assert 0 <= row["value"] <= limits(one)[1] * per_asked(one)
            assert row["period"]


@settings(
    max_examples=14,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(edits=st.lists(EDIT, min_size=1, max_size=12))
def test_edited_scorecards(books, tmp_path, edits):
    path = tmp_path / "edited.xlsx"
    if not edited(books["scorecards"], edits, path):
        return
    table, faults = read_or_faults(read_scorecards, path)
    assert is_told(faults)
    if table is not None:
        is_valid_scorecards(table)


@settings(
    max_examples=14,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(edits=st.lists(EDIT, min_size=1, max_size=12))
def test_edited_figures(books, tmp_path, edits):
    path = tmp_path / "edited.xlsx"
    if not edited(books["figures"], edits, path):
        return
    table, faults = read_or_faults(read_figures, path)
    assert is_told(faults)
    if table is not None:
        is_valid_figures(table)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0, 1), cut=st.booleans(), byte=st.integers(0, 255))
def test_broken_bytes(books, tmp_path, at, cut, byte):
    raw = bytearray(books["scorecards"])
    place = int(at * (len(raw) - 1))
    if cut:
        raw = raw[:place]
    else:
        raw[place] = byte
    path = tmp_path / "broken.xlsx"
    path.write_bytes(bytes(raw))
    try:
        table, _ = read_scorecards(USE, [path], "KH99", "2025")
    except InputError:
        return
    is_valid_scorecards(table)


@settings(max_examples=400, deadline=None)
@given(value=VALUES.filter(lambda value: value is not None))
def test_values_are_read_or_refused_with_a_reason(value):
    said = scorecard("participation")
    for read in (
        read_number,
        read_yes_no,
        lambda one: read_year(one, 1950, 2026),
        lambda one: read_answer(one, said),
    ):
        why, found = "", 0.0
        try:
            found = read(value)
        except UnreadableError as error:
            why = str(error)
            found = np.nan
        assert np.isfinite(found) != bool(why)


@given(number=st.integers(0, 10**9), khmer=st.booleans(), grouped=st.booleans())
def test_whole_numbers_are_read_however_they_are_written(number, khmer, grouped):
    text = f"{number:,}" if grouped else str(number)
    if grouped and text.count(",") == 1:
        text = f"{number:,}".replace(",", " ")  # one comma could be a decimal one
    if khmer:
        text = text.translate(str.maketrans("0123456789", "០១២៣៤៥៦៧៨៩"))
    assert read_number(text) == number
