"""The two workbooks a council fills, written: scorecards, and figures of the city."""

from __future__ import annotations

import io
import os
import re
import zipfile
from pathlib import Path
from typing import Any, Literal

import openpyxl
from openpyxl.packaging.core import DocumentProperties
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.hyperlink import Hyperlink

from citiesforall.core.figures import asked
from citiesforall.core.scorecard import GROUPS, scorecards, workbook_words
from citiesforall.workbook import style
from citiesforall.workbook.figure_sheet import write_events, write_figures
from citiesforall.workbook.filled import Filled
from citiesforall.workbook.layout import LISTS, PERIOD, PLACE, START, mark
from citiesforall.workbook.scorecard_sheet import write_scorecard
from citiesforall.workbook.texts import check_lang, labels, one_line, parts

Kind = Literal["scorecards", "figures"]
EPOCH = (2025, 1, 1, 0, 0, 0)
CLOCK = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
LONGEST_SHEET_NAME = 31
NOTHING = Filled()
HELP: dict[Kind, tuple[str, ...]] = {
    "scorecards": ("white", "choose", "evaluators", "evidence", "blank", "rows", "send"),
    "figures": ("white", "numbers", "figures", "blank", "events", "rows", "send"),
}


def write_workbook(path: Path, kind: Kind, lang: str, filled: Filled = NOTHING) -> Path:
    """Write a workbook for a council to fill.

    Parameters
    ----------
    path
        Where it goes: ``.xlsx``.
    kind
        ``scorecards`` or ``figures``.
    lang
        ``km``, ``en`` or ``both``.
    filled
        Place and period; answers and figures to write in, for a workbook that is filled again.

    Returns
    -------
    Path
        The file, whose bytes depend on its contents alone.

    Raises
    ------
    InputError
        The language is not known.
    """
    check_lang(lang)
    book = openpyxl.Workbook()
    start, hidden = book.active, book.create_sheet(LISTS)
    lists = _write_lists(hidden, lang)
    start.title = _name(one_line("sheet.start", lang), book)
    areas = (
        _scorecards(book, lang, lists, filled)
        if kind == "scorecards"
        else _figures(book, lang, lists, filled)
    )
    _write_start(book, start, kind, lang, filled, areas)
    book.move_sheet(hidden, len(book.sheetnames))
    hidden.sheet_state = "hidden"
    book.security = WorkbookProtection(lockStructure=False)
    _name_cells(book, start)
    book.properties = DocumentProperties(creator="citiesforall", title=one_line(f"book.{kind}", "en"))
    path = Path(path)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.write_bytes(_same_bytes(book))
    half.replace(path)
    return path


def _scorecards(
    book: Any, lang: str, lists: dict[str, str], filled: Filled
) -> list[tuple[Any, str, str, int]]:
    """Write a sheet for each scorecard; return sheet, title, area and number of cells that can be filled."""
    areas = []
    for key, one in scorecards().items():
        sheet = book.create_sheet(_name(one_line(f"{key}.short", lang), book))
        area = write_scorecard(sheet, one, lang, lists, filled.scorecards.get(key))
        areas.append((sheet, f"{key}.title", area, len(one.questions) * one.evaluators.least))
    return areas


def _figures(book: Any, lang: str, lists: dict[str, str], filled: Filled) -> list[tuple[Any, str, str, int]]:
    """Write a sheet for each service and the list of disasters; return sheet, title, area and number of cells."""
    areas = []
    for service in workbook_words()["service"]:
        sheet = book.create_sheet(_name(one_line(f"service.{service}", lang), book))
        area = write_figures(sheet, service, lang, lists, filled.figures)
        areas.append((sheet, f"service.{service}", area, len(asked(service))))
    sheet = book.create_sheet(_name(one_line("sheet.events", lang), book))
    write_events(sheet, lang, filled.events)
    areas.append((sheet, "sheet.events", "B8:B37", 0))
    return areas


def _name(text: str, book: Any) -> str:
    """Return a name a sheet may have: short, without signs that are not allowed, used once."""
    plain = re.sub(r"[\\/*?:\[\]]", " ", text)
    if len(plain) > LONGEST_SHEET_NAME:
        plain = plain.split(" · ")[0]
    plain = plain[:LONGEST_SHEET_NAME].strip()
    return plain if plain not in book.sheetnames else f"{plain[:28]} 2"


def _write_lists(sheet: Any, lang: str) -> dict[str, str]:
    """Write what the lists of the answer cells show; return where each stands."""
    sheet["A1"] = mark(LISTS)
    columns: dict[str, list[Any]] = {
        "group": [one_line(f"group.{name}", lang) for name in GROUPS],
        "yes_no": [one_line("answer.yes", lang), one_line("answer.no", lang)],
    }
    for key, one in scorecards().items():
        shown = labels(one, lang)
        columns[f"scale:{key}"], columns[f"values:{key}"] = list(shown), list(shown.values())
    where = {}
    for place, (key, values) in enumerate(columns.items(), start=2):
        letter = sheet.cell(1, place).column_letter
        sheet.cell(1, place).value = key
        for row, value in enumerate(values, start=2):
            sheet.cell(row, place).value = value
        where[key] = f"{LISTS}!${letter}$2:${letter}${len(values) + 1}"
    return where


def _write_start(
    book: Any, sheet: Any, kind: Kind, lang: str, filled: Filled, areas: list[tuple[Any, str, str, int]]
) -> None:
    """Write the first sheet: which city, how to fill the workbook, and what is filled so far."""
    del book
    sheet["A1"] = mark(START, kind)
    sheet.cell(1, 3).value = "value"
    style.write(sheet.cell(2, 2), parts(f"book.{kind}", lang), bold=True, size=style.TITLE + 2)
    sheet.row_dimensions[2].height = 36 if lang != "both" else 60
    row = 3
    if filled.invented:
        style.write(sheet.cell(row, 2), parts("label.invented", lang), bold=True, colour=style.WARN)
        sheet.row_dimensions[row].height = 38
    for key, value in ((PLACE, filled.place), ("name", filled.name), (PERIOD, filled.period)):
        row += 1
        sheet.cell(row, 1).value = key
        style.text_box(sheet.cell(row, 2), parts(f"label.{key}", lang), bold=True)
        style.input_box(
            sheet.cell(row, 3), int(value) if key == PERIOD and value.isdigit() else value or None, form="0"
        )
        sheet.row_dimensions[row].height = 36
    row += 2
    for number, word in enumerate(HELP[kind], start=1):
        texts = parts(f"help.{word}", lang)
        style.write(sheet.cell(row, 2), [f"{number}. {texts[0]}", *texts[1:]])
        sheet.merge_cells(start_row=row, start_column=2, end_row=row, end_column=4)
        sheet.row_dimensions[row].height = style.height(texts, 100)
        row += 1
    row += 1
    style.header(sheet.cell(row, 2), [one_line(f"book.{kind}", lang)])
    style.header(sheet.cell(row, 3), parts("label.answered", lang))
    sheet.row_dimensions[row].height = 36
    for other, title, area, wanted in areas:
        row += 1
        _contents(sheet, row, other, parts(title, lang), (area, wanted))
    style.finish(sheet, [62.0, 30.0, 22.0], "B3")


def _contents(sheet: Any, row: int, other: Any, texts: tuple[str, ...], count: tuple[str, int]) -> None:
    """Write one line of the contents, with a link and how much is filled."""
    area, wanted = count
    style.text_box(sheet.cell(row, 2), texts, bold=True, colour=style.ACCENT)
    cell = sheet.cell(row, 2)
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{other.title}'!B2")
    of = f'&" / {wanted}"' if wanted else ""
    style.text_box(sheet.cell(row, 3), [f"=COUNTA('{other.title}'!{area}){of}"])
    style.centre(sheet.cell(row, 3))
    sheet.row_dimensions[row].height = max(26.0, style.height(texts, 62.0))


def _name_cells(book: Any, start: Any) -> None:
    """Give the cells of place and period names, for whoever works with formulas."""
    for row in range(1, 12):
        key = start.cell(row, 1).value
        if key in {PLACE, PERIOD}:
            where = f"'{start.title}'!$C${row}"
            book.defined_names[f"city_{key}"] = DefinedName(f"city_{key}", attr_text=where)


def _same_bytes(book: Any) -> bytes:
    """Return the workbook's file without its clock."""
    raw, out = io.BytesIO(), io.BytesIO()
    book.save(raw)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            data = old.read(name)
            if name == "docProps/core.xml":
                data = CLOCK.sub(b"2025-01-01T00:00:00Z", data)
            info = zipfile.ZipInfo(name, date_time=EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, data)
    return out.getvalue()
