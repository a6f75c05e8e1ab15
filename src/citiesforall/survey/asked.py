"""The answers of one table as typed columns; every value that is no answer is a fault with its row and column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from citiesforall.core.notes import Note
from citiesforall.survey.bank import Bank, Question, bank
from citiesforall.survey.columns import Columns, codes_of
from citiesforall.survey.export import Sheet
from citiesforall.survey.faults import Fault
from citiesforall.survey.values import date, is_blank, number, squeezed, yes_no

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]
Values = Mapping[str, Mapping[str, str]]
"""Question -> the file's value -> ours; under ``*`` for every question."""

AT_LEAST, AT_MOST = re.compile(r"\.\s*>=\s*(-?\d+)"), re.compile(r"\.\s*<=\s*(-?\d+)")
#: Texts that are read; all other free text (remarks, names) and every position stay in the file.
KEPT_TEXTS = frozenset({"household_id", "cluster", "sangkat_code", "stratum"})
DATES = ("date", "today")
SHOWN_CODES = 12
#: What a form works out by itself and a table of others may get wrong.
LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"respondent_age": (0.0, 110.0), "adults": (0.0, 30.0), "household_size": (1.0, 60.0)}
)


@dataclass(frozen=True)
class Asked:
    """Hold the answers of one table, in the order of the file.

    Parameters
    ----------
    where
        Sheet, for messages.
    rows
        Row numbers in the file. (n,)
    codes
        Question with one answer -> code, or None where there is none. (n,)
    sets
        Question with several answers -> set of codes, or None. (n,)
    numbers
        Question -> number, nan where there is none. (n,)
    texts
        Ids and dates -> text, empty where there is none. (n,)
    given
        Answers the file gives as they are. (n,) [share or number]
    """

    where: str
    rows: Ints
    codes: Mapping[str, Objects] = field(default_factory=dict)
    sets: Mapping[str, Objects] = field(default_factory=dict)
    numbers: Mapping[str, Floats] = field(default_factory=dict)
    texts: Mapping[str, Objects] = field(default_factory=dict)
    given: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Return how many rows there are."""
        return int(self.rows.size)


def take(asked: Asked, rows: npt.NDArray[Any]) -> Asked:
    """Return some rows of a table.

    Parameters
    ----------
    asked
        The table.
    rows
        Positions or a mask.
    """

    def part(held: Mapping[str, Any]) -> dict[str, Any]:
        return {name: values[rows] for name, values in held.items()}

    return replace(
        asked, rows=asked.rows[rows], codes=part(asked.codes), sets=part(asked.sets), numbers=part(asked.numbers),
        texts=part(asked.texts), given=part(asked.given),
    )  # fmt: skip


@dataclass(frozen=True)
class _Cells:
    """Hold what the reading of one column needs."""

    sheet: Sheet
    column: str
    values: tuple[str, ...]
    faults: list[Fault]
    labels: list[str]


def _wrong(cells: _Cells, at: int, what: str) -> None:
    """Note a fault of one value."""
    cells.faults.append(Fault(cells.sheet.where, what, cells.sheet.numbers[at], cells.column))


def parse(
    sheet: Sheet, columns: Columns, answers: Iterable[str] = (), values: Values | None = None
) -> tuple[Asked, list[Fault], list[Note]]:
    """Read the matched columns of a sheet.

    Parameters
    ----------
    sheet
        The table.
    columns
        Where its questions are.
    answers
        Columns that hold answers as they are: ``yes``, ``0.4``; a question of the same name is read first.
    values
        The file's value -> ours, by question.

    Returns
    -------
    tuple
        Typed answers, every fault, and notes on what was mended.
    """
    faults: list[Fault] = []
    labels: list[str] = []
    read, known = bank(), frozenset(answers)
    held: dict[str, dict[str, Any]] = {kind: {} for kind in ("codes", "sets", "numbers", "texts", "given")}
    for name in (*columns.of, *(one for one in columns.options if one not in columns.of)):
        cells = _cells(sheet, columns, name, values or {}, (faults, labels))
        question = read.questions.get(name)
        if name in known and (question is None or _reads_as_answer(cells, question, read)):
            held["given"][name] = _shares(cells)
        elif question is None:
            held["texts"][name] = _objects(["" if is_blank(one) else one for one in cells.values])
        else:
            _put(held, question, cells, columns.options.get(name, {}), read)
    notes = []
    if labels:
        names = ", ".join(list(dict.fromkeys(labels))[:SHOWN_CODES])
        what = f"{len(labels):,} values were labels instead of codes ({names}); each names exactly one code and was taken for it."
        notes.append(Note(sheet.where, what, "repair"))
    return Asked(sheet.where, np.array(sheet.numbers, dtype=np.int64), **held), faults, notes


def _cells(
    sheet: Sheet, columns: Columns, name: str, values: Values, into: tuple[list[Fault], list[str]]
) -> _Cells:
    """Return one column with the file's values put into ours."""
    at = columns.of.get(name)
    header = name if at is None else sheet.header[at]
    mapped = {**values.get("*", {}), **values.get(name, {})}
    raw = [""] * len(sheet.rows) if at is None else [row[at] for row in sheet.rows]
    told = {squeezed(str(theirs)): str(ours) for theirs, ours in mapped.items()}
    return _Cells(
        sheet, header, tuple(told.get(squeezed(one), one) for one in raw) if told else tuple(raw), *into
    )


def _put(
    held: dict[str, dict[str, Any]], question: Question, cells: _Cells, options: Mapping[str, int], read: Bank
) -> None:
    """Read one question by its type; notes, positions and free text are left in the file."""
    name = question.name
    if question.type == "select_multiple":
        held["sets"][name] = _sets(cells, question, options, read)
    elif question.choices is not None:
        held["codes"][name] = _codes(cells, question, read)
    elif question.type in ("integer", "decimal") or name in LIMITS:
        held["numbers"][name] = _numbers(cells, question)
    elif question.type in DATES:
        held["texts"][name] = _dates(cells)
    elif question.type == "calculate":
        held["numbers"][name] = np.array([number(one) for one in cells.values], dtype=np.float64)
    elif name in KEPT_TEXTS:
        held["texts"][name] = _objects(["" if is_blank(one) else one for one in cells.values])


def _objects(values: Sequence[Any]) -> Objects:
    """Put values into an array of objects."""
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out


def _known(question: Question, read: Bank) -> tuple[str, ...]:
    """Return the codes of a question."""
    return tuple(one.code for one in read.lists[question.choices or ""])


def code_of(text: str, codes: Iterable[str], labels: Mapping[str, str]) -> tuple[str | None, bool]:
    """Return the code a value stands for, and whether it was a label.

    Parameters
    ----------
    text
        The value.
    codes
        Of the question.
    labels
        Squeezed label -> code.
    """
    known = frozenset(codes)
    bare = text.strip()
    if bare in known:
        return bare, False
    if bare.removesuffix(".0") in known:
        return bare.removesuffix(".0"), False
    found = labels.get(squeezed(bare))
    return found, found is not None


def _codes(cells: _Cells, question: Question, read: Bank) -> Objects:
    """Read answers of which one is allowed."""
    known = _known(question, read)
    labels = codes_of(question.choices or "")
    told: dict[str, tuple[str | None, bool]] = {}
    out: list[str | None] = []
    blank = frozenset(known)
    for at, text in enumerate(cells.values):
        if is_blank(text, codes=blank):
            out.append(None)
            continue
        if text not in told:
            told[text] = code_of(text, known, labels)
        code, was_label = told[text]
        if code is None:
            _wrong(
                cells,
                at,
                f"'{text[:60]}' is no answer. {_allowed(known)} Mend it, or say options.values.{question.name}.",
            )
        if was_label:
            cells.labels.append(question.name)
        out.append(code)
    return _objects(out)


def _allowed(codes: Sequence[str]) -> str:
    """Say which codes are allowed."""
    shown = ", ".join(codes[:SHOWN_CODES]) + (", ..." if len(codes) > SHOWN_CODES else "")
    return f"Allowed: {shown}."


def _sets(cells: _Cells, question: Question, options: Mapping[str, int], read: Bank) -> Objects:
    """Read answers of which several are allowed: one column of codes or labels, columns of 1 and 0, or both."""
    known, labels = _known(question, read), codes_of(question.choices or "")
    codes = {raw: code_of(raw, known, labels)[0] for raw in options}
    columns = [(code, options[raw]) for raw, code in codes.items() if code is not None]
    out: list[frozenset[str] | None] = []
    for at, text in enumerate(cells.values):
        joined = (
            None
            if is_blank(text, codes=frozenset(known))
            else _split(text, known, labels, cells, question.name)
        )
        if joined is not None and None in joined:
            _wrong(
                cells, at, f"'{text[:60]}' holds an answer that is not allowed. {_allowed(known)} Mend it."
            )
        split = _ticked(cells, at, columns, question.name)
        both = frozenset(code for code in joined or () if code is not None) or None
        if both and split is not None and both != split:
            _wrong(
                cells,
                at,
                "this column and those of the single answers differ. Both must say the same. Export again.",
            )
        out.append(both or split)
    return _objects(out)


def _split(
    text: str, known: Sequence[str], labels: Mapping[str, str], cells: _Cells, name: str
) -> set[str | None]:
    """Return the codes of several answers in one value; labels, which hold blanks, are found longest first."""
    words = re.split(r"[\s,;]+", text.strip())
    if all(word in known for word in words if word):
        return {word for word in words if word}
    rest, found = squeezed(text), set[str | None]()
    while rest:
        label = max((one for one in labels if _begins(rest, one)), key=len, default=None)
        if label is None:
            return {*found, None}
        found.add(labels[label])
        rest = rest[len(label) :].lstrip(" ,;")
    cells.labels.append(name)
    return found


def _begins(text: str, label: str) -> bool:
    """Tell whether a text begins with a whole label."""
    return text.startswith(label) and (len(text) == len(label) or text[len(label)] in " ,;")


def _ticked(cells: _Cells, at: int, columns: Sequence[tuple[str, int]], name: str) -> frozenset[str] | None:
    """Return the answers whose columns hold 1; None where none does."""
    chosen = set()
    row = cells.sheet.rows[at]
    for code, position in columns:
        text = row[position]
        if is_blank(text):
            continue
        said = yes_no(text)
        if np.isnan(said) and code_of(text, (code,), {})[0] is None:
            what = f"'{text[:30]}' is neither 1 nor 0 (answer '{code}' of '{name}'). Mend it."
            cells.faults.append(
                Fault(cells.sheet.where, what, cells.sheet.numbers[at], cells.sheet.header[position])
            )
        elif said != 0:
            chosen.add(code)
    return frozenset(chosen) or None


def _numbers(cells: _Cells, question: Question) -> Floats:
    """Read numbers; those outside the form's own limits are faults."""
    bounds = LIMITS.get(question.name, (-np.inf, np.inf))
    low, high = (
        float(found.group(1)) if (found := limit.search(question.constraint)) else bound
        for limit, bound in zip((AT_LEAST, AT_MOST), bounds, strict=True)
    )
    whole = question.type != "decimal"
    out = np.full(len(cells.values), np.nan)
    for at, text in enumerate(cells.values):
        if is_blank(text):
            continue
        value = number(text)
        if np.isnan(value):
            _wrong(cells, at, f"'{text[:40]}' is no number. Write digits, or leave it empty where unknown.")
        elif not low <= value <= high:
            _wrong(
                cells,
                at,
                f"{value:g} cannot be. Allowed: {_span(low, high)}. Mend it, or leave it empty where unknown.",
            )
        elif whole and value != round(value):
            _wrong(cells, at, f"{value:g} is no whole number. Mend it.")
        else:
            out[at] = value
    return out


def _span(low: float, high: float) -> str:
    """Say which numbers are allowed."""
    return f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} and more"


def _dates(cells: _Cells) -> Objects:
    """Read dates into ISO form."""
    out = []
    for at, text in enumerate(cells.values):
        found = "" if is_blank(text) else date(text)
        if found is None:
            _wrong(cells, at, f"'{text[:40]}' is no date. Write YYYY-MM-DD.")
        out.append(found or "")
    return _objects(out)


def _reads_as_answer(cells: _Cells, question: Question, read: Bank) -> bool:
    """Tell whether a column holds yes and no (or shares) where the question has other codes."""
    said = [one for one in cells.values if not is_blank(one)]
    if question.choices is None or not said:
        return question.choices is None and question.type not in ("integer", "decimal")
    known, labels = _known(question, read), codes_of(question.choices)
    if all(code_of(one, known, labels)[0] is not None for one in said):
        return False
    return all(not np.isnan(yes_no(one)) or not np.isnan(number(one)) for one in said)


def _shares(cells: _Cells) -> Floats:
    """Read answers given as they are: yes and no, or numbers."""
    out = np.full(len(cells.values), np.nan)
    for at, text in enumerate(cells.values):
        if is_blank(text):
            continue
        said = yes_no(text)
        out[at] = number(text) if np.isnan(said) else said
        if np.isnan(out[at]):
            _wrong(
                cells,
                at,
                f"'{text[:40]}' is neither yes nor no nor a number. Mend it, or say options.values.",
            )
    return out


def column(held: Mapping[str, Any], name: str, make: Callable[[], Any]) -> Any:
    """Return a column, or what stands for one that was not asked."""
    return held[name] if name in held else make()
