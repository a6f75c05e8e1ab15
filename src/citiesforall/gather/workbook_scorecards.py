"""Filled scorecards into rows: an answer of an evaluator to a question, with its evidence."""

from __future__ import annotations

from typing import Any

from citiesforall.core.scorecard import Scorecard
from citiesforall.gather.workbook_open import Sheet, letters
from citiesforall.gather.workbook_parts import About, Reading, has_columns, lines_of, worked
from citiesforall.gather.workbook_values import UnreadableError, is_blank, read_answer
from citiesforall.workbook.layout import ANSWER, EVIDENCE, GROUP
from citiesforall.workbook.texts import LANGS, one_line, parts

Row = dict[str, Any]


def read_scorecard(reading: Reading, sheet: Sheet, one: Scorecard, about: About) -> list[Row]:
    """Read one filled scorecard.

    Parameters
    ----------
    reading
        Where faults and doubts go.
    sheet
        Its sheet.
    one
        The scorecard.
    about
        Place and year.

    Returns
    -------
    list
        ``place, scorecard, question, evaluator, group, answer, evidence, period``; none where the sheet is empty.
    """
    columns = [f"{ANSWER}:{number + 1}" for number in range(one.evaluators.most)]
    whole = has_columns(reading, sheet, (*columns, EVIDENCE))
    lines = lines_of(reading, sheet, (GROUP, *one.questions))
    if not whole or not {GROUP, *one.questions} <= lines.keys():
        return []
    answered: dict[str, dict[str, float]] = {}
    wrong = len(reading.faults)
    for column in columns:
        answers = _answers(reading, sheet, one, lines, column)
        if answers:
            answered[column] = answers
    if len(reading.faults) > wrong:
        return []
    groups = {column: _group(reading, sheet, one, lines[GROUP], column) for column in answered}
    _check_evaluators(reading, sheet, one, list(groups.values()))
    if answered and about.period is None:
        reading.faults.append(
            f"{reading.file}: first sheet: the year the answers are about is missing. Write it."
        )
    evidence = {key: sheet.value(lines[key], EVIDENCE) for key in one.questions}
    _doubt_evidence(reading, sheet, one, lines, answered)
    return [
        {
            "place": about.place, "scorecard": one.id, "question": key, "evaluator": column.split(":")[1],
            "group": groups[column], "answer": answer, "evidence": str(evidence[key] or "").strip(), "period": str(about.period),
        }
        for column, answers in answered.items()
        for key, answer in answers.items()
    ]  # fmt: skip


def _answers(
    reading: Reading, sheet: Sheet, one: Scorecard, lines: dict[str, int], column: str
) -> dict[str, float]:
    """Return the answers of one evaluator; a fault for each that is none, and where only some are given."""
    found: dict[str, float] = {}
    blank: list[int] = []
    at = sheet.columns[column]
    for key in one.questions:
        row = lines[key]
        value = sheet.value(row, column)
        if not worked(reading, sheet, row, at):
            continue
        if is_blank(value):
            blank.append(row)
            continue
        try:
            found[key] = read_answer(value, one)
        except UnreadableError as error:
            reading.fault(sheet, row, at, str(error))
    if blank and len(blank) < len(one.questions):
        cells = ", ".join(f"{letters(at)}{row}" for row in blank)
        reading.faults.append(
            f"{reading.file}: sheet '{sheet.title}', column {letters(at)}: {len(blank)} of {len(one.questions)} questions "
            f"are not answered ({cells}). Answer them, or leave the whole column empty."
        )
    return found


def _group(reading: Reading, sheet: Sheet, one: Scorecard, row: int, column: str) -> str:
    """Return the group of an evaluator; a fault where it is missing or not known."""
    allowed = one.evaluators.groups
    value = sheet.value(row, column)
    if is_blank(value):
        if len(allowed) == 1:
            return allowed[0]
        shown = ", ".join(one_line(f"group.{name}", "en") for name in allowed)
        reading.fault(
            sheet,
            row,
            sheet.columns[column],
            f"the group of the evaluator is missing. Allowed: {shown}. Choose from the list",
        )
        return ""
    text = " ".join(str(value).split()).casefold()
    for name in allowed:
        known = {name, *(one_line(f"group.{name}", lang).casefold() for lang in LANGS)}
        if text in known | {part.casefold() for part in parts(f"group.{name}", "both")}:
            return name
    shown = ", ".join(one_line(f"group.{name}", "en") for name in allowed)
    reading.fault(
        sheet,
        row,
        sheet.columns[column],
        f"'{str(value)[:40]}' is no group of evaluators here. Allowed: {shown}. Choose from the list",
    )
    return ""


def _check_evaluators(reading: Reading, sheet: Sheet, one: Scorecard, groups: list[str]) -> None:
    """Keep a fault where too few have answered, and a doubt where a group is not among them."""
    if groups and len(groups) < one.evaluators.least:
        reading.faults.append(
            f"{reading.file}: sheet '{sheet.title}': {len(groups)} evaluators have answered, at least {one.evaluators.least} "
            "are needed. Ask more people, or leave the sheet empty."
        )
    lacking = [name for name in one.evaluators.needs if name not in groups]
    if groups and lacking:
        reading.doubt(sheet, f"nobody of {', '.join(lacking)} is among the evaluators.")


def _doubt_evidence(
    reading: Reading,
    sheet: Sheet,
    one: Scorecard,
    lines: dict[str, int],
    answered: dict[str, dict[str, float]],
) -> None:
    """Keep a doubt where answers stand without evidence; a lowest answer needs none."""
    low = one.limits()[0]
    bare = [
        key
        for key in one.questions
        if any(answers.get(key, low) > low for answers in answered.values())
        and is_blank(sheet.value(lines[key], EVIDENCE))
    ]
    if bare:
        rows = ", ".join(str(lines[key]) for key in bare)
        reading.doubt(sheet, f"{len(bare)} of {len(one.questions)} questions have no evidence (rows {rows}).")
