"""One sheet for the figures of each service, and one for the list of disasters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openpyxl.worksheet.datavalidation import DataValidation

from citiesforall.core.amounts import Amount
from citiesforall.core.figures import asked, asked_unit, limits
from citiesforall.core.scorecard import workbook_words
from citiesforall.workbook import style
from citiesforall.workbook.filled import Events, Figure
from citiesforall.workbook.layout import (
    EVENT,
    EVENT_ROWS,
    EVENTS,
    FIRST_YEAR,
    LAST_YEAR,
    SOURCE,
    UNIT,
    VALUE,
    YEAR,
    mark,
)
from citiesforall.workbook.texts import one_line, parts, workbook_texts

COLUMNS: tuple[tuple[str, str, float], ...] = (
    ("figure", "", 42.0),
    ("definition", "", 44.0),
    ("value", VALUE, 18.0),
    ("unit", UNIT, 18.0),
    ("period", YEAR, 10.0),
    ("source", SOURCE, 40.0),
    ("held_by", "", 30.0),
)
"""Columns of a sheet of figures from B on: word, id in the hidden first row, width."""
HEAD = 4
FIRST_EVENT_COLUMN = 4
YEARS = (1900, 2100)


def write_figures(
    sheet: Any, service: str, lang: str, lists: dict[str, str], filled: Mapping[str, Figure]
) -> str:
    """Write the figures of one service.

    Parameters
    ----------
    sheet
        An empty sheet.
    service
        Its id.
    lang
        ``km``, ``en`` or ``both``.
    lists
        Name of a list -> where it stands: ``yes_no``.
    filled
        Amount -> what to write in.

    Returns
    -------
    str
        Area of the values, to count how many are filled.
    """
    sheet["A1"] = mark("figures", service)
    style.write(sheet.cell(2, 2), parts(f"service.{service}", lang), bold=True, size=style.TITLE)
    sheet.row_dimensions[2].height = 30 if lang != "both" else 52
    for place, (word, key, _) in enumerate(COLUMNS, start=2):
        style.header(sheet.cell(HEAD, place), parts(f"column.{word}", lang))
        sheet.cell(1, place).value = key or None
    sheet.row_dimensions[HEAD].height = 40
    years = DataValidation(type="whole", operator="between", formula1=str(YEARS[0]), formula2=str(YEARS[1]))
    years.allow_blank = years.showErrorMessage = True
    sheet.add_data_validation(years)
    rows = {one.id: HEAD + 1 + number for number, one in enumerate(asked(service))}
    for one in asked(service):
        _line(sheet, rows[one.id], one, lang, filled.get(one.id))
        years.add(f"F{rows[one.id]}")
        sheet.add_data_validation(_allowed(one, rows, lists, f"D{rows[one.id]}", lang))
    last = HEAD + len(rows)
    style.green_when_filled(sheet, f"D{HEAD + 1}:D{last}")
    style.green_when_filled(sheet, f"F{HEAD + 1}:G{last}")
    style.finish(sheet, [width for _, _, width in COLUMNS], f"C{HEAD + 1}", HEAD)
    return f"D{HEAD + 1}:D{last}"


def _line(sheet: Any, row: int, one: Amount, lang: str, held: Figure | None) -> None:
    """Write one figure: what it is, what counts, and the cells to fill."""
    sheet.cell(row, 1).value = one.id
    title, meant = parts(f"amount.{one.id}.title", lang), list(parts(f"amount.{one.id}.definition", lang))
    if one.of is not None and f"workbook.amount.{one.of}.title" in workbook_texts():
        meant += _part_of(one.of, lang)
    style.text_box(sheet.cell(row, 2), title, bold=True)
    style.text_box(sheet.cell(row, 3), meant)
    yes_no = asked_unit(one) == "yes/no"
    value: Any = held.value if held else None
    if yes_no and held is not None:
        value = one_line("answer.yes" if held.value else "answer.no", lang)
    style.input_box(sheet.cell(row, 4), value, centre=True, form="General" if yes_no else "#,##0.######")
    style.text_box(sheet.cell(row, 5), parts(f"unit.{asked_unit(one)}", lang))
    style.input_box(sheet.cell(row, 6), _year(held.period) if held else None, centre=True, form="0")
    style.input_box(sheet.cell(row, 7), held.source if held else None)
    office = parts(f"office.{one.held_by}", lang)
    style.text_box(sheet.cell(row, 8), office)
    texts = zip((title, meant, office), (COLUMNS[0][2], COLUMNS[1][2], COLUMNS[6][2]), strict=True)
    sheet.row_dimensions[row].height = max(
        30.0, *(style.height(one_text, width) for one_text, width in texts)
    )


def _part_of(whole: str, lang: str) -> list[str]:
    """Return the sentence that names what a figure is a part of, in each language."""
    langs = ("km", "en") if lang == "both" else (lang,)
    return [one_line("label.part_of", each, one_line(f"amount.{whole}.title", each)) for each in langs]


def _year(period: str) -> int | str:
    """Return a year as a number, anything else as it is."""
    return int(period) if period.isdigit() else period


def _allowed(
    one: Amount, rows: Mapping[str, int], lists: dict[str, str], cell: str, lang: str
) -> DataValidation:
    """Allow only what can be: yes or no, or a number not above the whole where that stands on the same sheet."""
    if asked_unit(one) == "yes/no":
        rule = DataValidation(type="list", formula1=lists["yes_no"])
    else:
        high = limits(one)[1]
        rule = DataValidation(type="decimal", operator="greaterThanOrEqual", formula1="0")
        if high < float("inf"):
            rule = DataValidation(type="decimal", operator="between", formula1="0", formula2=f"{high:g}")
        elif one.of is not None and one.of in rows:
            whole = f"$D${rows[one.of]}"
            rule = DataValidation(
                type="decimal", operator="between", formula1="0", formula2=f'IF({whole}="",1E+300,{whole})'
            )
            rule.error = " · ".join(_part_of(one.of, lang))[:220]
    rule.allow_blank = rule.showErrorMessage = True
    rule.add(cell)
    return rule


def write_events(sheet: Any, lang: str, filled: Events | None) -> None:
    """Write the list of disasters.

    Parameters
    ----------
    sheet
        An empty sheet.
    lang
        ``km``, ``en`` or ``both``.
    filled
        What to write in.
    """
    sheet["A1"] = mark(EVENTS)
    columns = list(workbook_words()["event"])
    style.write(sheet.cell(2, 2), parts("sheet.events", lang), bold=True, size=style.TITLE)
    sheet.row_dimensions[2].height = 30 if lang != "both" else 52
    help_ = parts("help.events", lang)
    style.write(sheet.cell(3, 2), help_)
    sheet.merge_cells(start_row=3, start_column=2, end_row=3, end_column=10)
    sheet.row_dimensions[3].height = style.height(help_, 120)
    for row, key, year in ((4, FIRST_YEAR, filled and filled.first), (5, LAST_YEAR, filled and filled.last)):
        sheet.cell(row, 1).value = key
        style.text_box(sheet.cell(row, 2), parts(f"label.{key}", lang), bold=True)
        style.input_box(sheet.cell(row, 3), year, centre=True, form="0")
        sheet.row_dimensions[row].height = 36
    heads = [("column.event", "name"), ("column.year", YEAR), *((f"event.{key}", key) for key in columns)]
    for place, (word, key) in enumerate(heads, start=2):
        texts = list(parts(word, lang))
        if key in {"farming", "business", "housing", "infrastructure", "heritage"}:
            texts.append(f"({one_line('unit.KHR', lang)})")
        style.header(sheet.cell(7, place), texts)
        sheet.cell(1, place).value = key
    sheet.row_dimensions[7].height = 170
    for number in range(EVENT_ROWS):
        _event(sheet, 8 + number, columns, filled, number)
    rule = DataValidation(type="decimal", operator="greaterThanOrEqual", formula1="0", allow_blank=True)
    rule.add(
        f"{sheet.cell(8, FIRST_EVENT_COLUMN).coordinate}:{sheet.cell(7 + EVENT_ROWS, 3 + len(columns)).coordinate}"
    )
    years = DataValidation(
        type="whole", operator="between", formula1=str(YEARS[0]), formula2=str(YEARS[1]), allow_blank=True
    )
    years.add(f"C8:C{7 + EVENT_ROWS}")
    years.add("C4:C5")
    for one in (rule, years):
        one.showErrorMessage = True
        sheet.add_data_validation(one)
    style.finish(sheet, [34.0, 14.0, *[17.0] * len(columns)], "C8", 7)


def _event(sheet: Any, row: int, columns: list[str], filled: Events | None, number: int) -> None:
    """Write the line of one event."""
    name: str | None = None
    year: int | None = None
    values: Mapping[str, float] = {}
    if filled is not None and number < len(filled.rows):
        name, year, values = filled.rows[number]
    sheet.cell(row, 1).value = EVENT
    style.input_box(sheet.cell(row, 2), name)
    style.input_box(sheet.cell(row, 3), year, centre=True, form="0")
    for place, key in enumerate(columns, start=FIRST_EVENT_COLUMN):
        style.input_box(sheet.cell(row, place), values.get(key), centre=True, form="#,##0.##")
    sheet.row_dimensions[row].height = 24
