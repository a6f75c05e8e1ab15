"""One sheet for each scorecard: a question a line, an evaluator a column, the evidence at the end."""

from __future__ import annotations

from typing import Any

from openpyxl.utils import get_column_letter as letter
from openpyxl.worksheet.datavalidation import DataValidation

from citiesforall.core.scorecard import Scorecard
from citiesforall.workbook import style
from citiesforall.workbook.filled import Answers
from citiesforall.workbook.layout import ANSWER, EVIDENCE, GROUP, mark
from citiesforall.workbook.texts import labels, number, one_line, parts

QUESTION, GUIDANCE, FIRST = 2, 3, 4
"""Columns: the question, what it means, the first evaluator."""
WIDTHS = {"question": 48.0, "guidance": 40.0, "answer": 17.0, "evidence": 46.0}
HEAD_LINES = 6
EMPTY = Answers((), {})


def write_scorecard(
    sheet: Any, one: Scorecard, lang: str, lists: dict[str, str], filled: Answers | None
) -> str:
    """Write one scorecard.

    Parameters
    ----------
    sheet
        An empty sheet.
    one
        The scorecard.
    lang
        ``km``, ``en`` or ``both``.
    lists
        Name of a list -> where it stands: ``scale:<id>``, ``values:<id>``, ``group``.
    filled
        Answers to write in.

    Returns
    -------
    str
        Area of the answers, to count how many are filled.
    """
    held = filled or EMPTY
    last = FIRST + one.evaluators.most
    sheet["A1"] = mark("scorecard", one.id)
    row = _head(sheet, one, lang, last)
    _columns(sheet, row, one, lang)
    group_row = row + 1
    _groups(sheet, group_row, one, lang, held)
    rows = _questions(sheet, group_row + 1, one, lang, held)
    area = f"{letter(FIRST)}{rows[0]}:{letter(last - 1)}{rows[-1]}"
    _validate(sheet, one, lang, lists, area)
    groups = DataValidation(type="list", formula1=lists["group"], allow_blank=True, showErrorMessage=True)
    groups.add(f"{letter(FIRST)}{group_row}:{letter(last - 1)}{group_row}")
    sheet.add_data_validation(groups)
    if one.range is None and one.take not in {"pillars", "all"}:
        _scores(sheet, rows, one, lang, lists)
    style.green_when_filled(sheet, f"{letter(FIRST)}{group_row}:{letter(last)}{rows[-1]}")
    widths = [WIDTHS["question"], WIDTHS["guidance"], *[WIDTHS["answer"]] * one.evaluators.most]
    style.finish(sheet, [*widths, WIDTHS["evidence"]], f"{letter(FIRST)}{group_row + 1}", row)
    return area


def _head(sheet: Any, one: Scorecard, lang: str, last: int) -> int:
    """Write title, explanation and rule; return the row of the column heads."""
    width = WIDTHS["question"] + WIDTHS["guidance"] + WIDTHS["answer"] * min(one.evaluators.most, 2)
    style.write(sheet.cell(2, 2), parts(f"{one.id}.title", lang), bold=True, size=style.TITLE)
    sheet.row_dimensions[2].height = 30 if lang != "both" else 52
    lines = [parts(f"{one.id}.about", lang)]
    if one.level == "country":
        lines.append(parts("label.country", lang))
    lines.append(("\n".join(labels(one, lang)),))
    if rule := _rule(one, lang):
        lines.append(rule)
    for row, texts in enumerate(lines, start=3):
        style.write(
            sheet.cell(row, 2),
            texts,
            colour=style.WARN if texts == parts("label.country", lang) else style.DARK,
        )
        sheet.merge_cells(start_row=row, start_column=2, end_row=row, end_column=min(last, 5))
        sheet.row_dimensions[row].height = style.height(texts, width)
    for row in range(2, 3 + len(lines)):
        for column in range(2, last + 1):
            sheet.cell(row, column).fill = style.fill(style.PALE)
    sheet.merge_cells(start_row=2, start_column=2, end_row=2, end_column=min(last, 5))
    return 4 + len(lines)


def _rule(one: Scorecard, lang: str) -> tuple[str, ...]:
    """Return the sentence that says when the place counts."""
    if one.counts is None:
        return ()
    if one.take == "all":
        return parts("label.all_yes", lang)
    if one.counts.above is not None:
        return parts("label.counts", lang, number(one.counts.above))
    return parts("label.counts_at", lang, number(one.counts.at_least or 0.0))


def _columns(sheet: Any, row: int, one: Scorecard, lang: str) -> None:
    """Write the heads of the columns, and their ids into the hidden first row."""
    style.header(sheet.cell(row, QUESTION), parts("column.question", lang))
    style.header(sheet.cell(row, GUIDANCE), parts("column.guidance", lang))
    for number_ in range(one.evaluators.most):
        cell = sheet.cell(row, FIRST + number_)
        sheet.cell(1, FIRST + number_).value = f"{ANSWER}:{number_ + 1}"
        style.header(cell, parts("column.evaluator", lang, str(number_ + 1)))
    at = FIRST + one.evaluators.most
    sheet.cell(1, at).value = EVIDENCE
    style.header(sheet.cell(row, at), parts("column.evidence", lang))
    sheet.row_dimensions[row].height = 44


def _groups(sheet: Any, row: int, one: Scorecard, lang: str, held: Answers) -> None:
    """Write the line in which evaluators say which group they belong to."""
    sheet.cell(row, 1).value = GROUP
    texts = parts("label.group", lang)
    style.text_box(sheet.cell(row, QUESTION), texts, bold=True)
    known = "\n".join(one_line(f"group.{name}", lang) for name in one.evaluators.groups)
    style.text_box(sheet.cell(row, GUIDANCE), [known])
    for place in range(one.evaluators.most):
        said = one_line(f"group.{held.groups[place]}", lang) if place < len(held.groups) else None
        style.input_box(sheet.cell(row, FIRST + place), said, centre=True)
    style.text_box(sheet.cell(row, FIRST + one.evaluators.most), [""])
    sheet.row_dimensions[row].height = max(62.0, style.height([known], WIDTHS["guidance"]))


def _questions(sheet: Any, row: int, one: Scorecard, lang: str, held: Answers) -> list[int]:
    """Write the questions, each pillar under its heading; return their rows."""
    rows, pillar = [], None
    shown = labels(one, lang)
    label_of = {value: label for label, value in shown.items()}
    last = FIRST + one.evaluators.most
    for key, question in one.questions.items():
        if question.pillar != pillar:
            pillar = question.pillar
            row = _pillar(sheet, row, one, str(pillar), lang)
        sheet.cell(row, 1).value = key
        asked, meant = parts(f"{one.id}.{key}.text", lang), parts(f"{one.id}.{key}.guidance", lang)
        wanted = parts(f"{one.id}.{key}.evidence", lang)
        style.text_box(sheet.cell(row, QUESTION), asked, bold=True)
        style.text_box(sheet.cell(row, GUIDANCE), [*meant, "→ " + " / ".join(wanted)], colour=style.DARK)
        for place in range(one.evaluators.most):
            said = held.answers.get(key, ())[place] if place < len(held.answers.get(key, ())) else None
            value = said if said is None or one.range else label_of[said]
            style.input_box(sheet.cell(row, FIRST + place), value, centre=True)
        style.input_box(sheet.cell(row, last), held.evidence.get(key))
        sheet.row_dimensions[row].height = max(
            style.height(asked, WIDTHS["question"]),
            style.height([*meant, "→ " + " / ".join(wanted)], WIDTHS["guidance"]),
            34.0,
        )
        rows.append(row)
        row += 1
    return rows


def _pillar(sheet: Any, row: int, one: Scorecard, pillar: str, lang: str) -> int:
    """Write the heading of a pillar and what its levels mean; return the next row."""
    last = FIRST + one.evaluators.most
    style.band(sheet, row, last, [one_line(f"{one.id}.pillar.{pillar}", lang)])
    sheet.row_dimensions[row].height = 24
    for place, label in enumerate(labels(one, lang)):
        row += 1
        texts = parts(f"{one.id}.pillar.{pillar}.{place}", lang)
        style.text_box(sheet.cell(row, QUESTION), [label])
        style.text_box(sheet.cell(row, GUIDANCE), texts)
        for column in range(GUIDANCE, last + 1):
            sheet.cell(row, column).border = style.BOX
        for column in range(QUESTION, last + 1):
            sheet.cell(row, column).fill = style.fill(style.PALE)
        sheet.merge_cells(start_row=row, start_column=GUIDANCE, end_row=row, end_column=last)
        width = WIDTHS["guidance"] + WIDTHS["answer"] * one.evaluators.most + WIDTHS["evidence"]
        sheet.row_dimensions[row].height = style.height(texts, width)
    return row + 1


def _validate(sheet: Any, one: Scorecard, lang: str, lists: dict[str, str], area: str) -> None:
    """Allow only answers of the scale."""
    if one.range:
        rule = DataValidation(
            type="decimal",
            operator="between",
            formula1=number(one.range.low),
            formula2=number(one.range.high),
        )
    else:
        rule = DataValidation(type="list", formula1=lists[f"scale:{one.id}"])
    rule.allow_blank = rule.showErrorMessage = True
    rule.showInputMessage = True
    rule.errorTitle = one_line(f"{one.id}.short", "en")[:30]
    rule.error = " | ".join(labels(one, "en"))[:220]
    rule.promptTitle = one_line(f"{one.id}.short", lang)[:30]
    rule.prompt = " | ".join(labels(one, "km" if lang == "both" else lang))[:250]
    rule.add(area)
    sheet.add_data_validation(rule)


def _scores(sheet: Any, rows: list[int], one: Scorecard, lang: str, lists: dict[str, str]) -> None:
    """Show each evaluator's score so far below the questions; nothing reads it back."""
    row = rows[-1] + 1
    style.text_box(sheet.cell(row, QUESTION), parts("label.score", lang), bold=True)
    style.text_box(sheet.cell(row, GUIDANCE), [""])
    how = "" if one.take == "sum" else "/COUNTA({area})"
    for place in range(one.evaluators.most):
        column = letter(FIRST + place)
        area = f"{column}{rows[0]}:{column}{rows[-1]}"
        points = f"SUMPRODUCT(SUMIF({lists[f'scale:{one.id}']},{area},{lists[f'values:{one.id}']}))"
        cell = sheet.cell(row, FIRST + place)
        style.text_box(cell, [f'=IF(COUNTA({area})=0,"",{points}{how.format(area=area)})'], bold=True)
        cell.number_format = "0.00"
        style.centre(cell)
    sheet.row_dimensions[row].height = 36
