"""Which column of an export is which question: by name with or without groups, by label, or as the city file says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache

from citiesforall.core.notes import Note
from citiesforall.survey.bank import Bank, Question, bank
from citiesforall.survey.export import Sheet
from citiesforall.survey.faults import Fault
from citiesforall.survey.values import squeezed
from citiesforall.text import say

LANGUAGES = ("en", "km")
#: Written as a path of names: no blanks, only what names, groups and options are made of.
PATH = re.compile(r"[A-Za-z0-9_./\-]+")
BETWEEN = re.compile(r"[/.\-]")
#: Columns that KoboToolbox, ODK Central and the phone add; never questions.
ADDED = frozenset(
    {
        "start", "end", "today", "deviceid", "username", "simserial", "subscriberid", "phonenumber", "audit", "instanceid",
        "instancename", "key", "parent_key", "submissiondate", "submitterid", "submittername", "attachmentspresent",
        "attachmentsexpected", "status", "reviewstate", "edits", "formversion", "uuid", "rootuuid", "deprecatedid",
    }
)  # fmt: skip
SHOWN = 5


@dataclass(frozen=True)
class Columns:
    """Say where the questions stand in a sheet.

    Parameters
    ----------
    of
        Question or word -> position of its column.
    options
        Question with several answers -> code -> position.
    unused
        Columns that are nobody's.
    """

    of: Mapping[str, int]
    options: Mapping[str, Mapping[str, int]]
    unused: tuple[str, ...] = ()


@dataclass
class _Found:
    """Collect positions while matching."""

    of: dict[str, list[int]] = field(default_factory=dict)
    options: dict[str, dict[str, int]] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)


def _put(found: _Found, question: str, code: str, position: int) -> None:
    """Note one column."""
    if code:
        found.options.setdefault(question, {}).setdefault(code, position)
    else:
        found.of.setdefault(question, []).append(position)


@cache
def labels_of(question: str) -> tuple[str, ...]:
    """Return the squeezed labels of a question, in both languages."""
    text = bank().questions[question].text
    return _both(f"survey.{question}.label", text) if text else ()


@cache
def codes_of(choices: str) -> Mapping[str, str]:
    """Return label -> code of a list, in both languages; labels that name two codes are left out."""
    found: dict[str, set[str]] = {}
    for one in bank().lists[choices]:
        for label in _both(f"survey.choice.{choices}.{one.code}", one.label):
            found.setdefault(label, set()).add(one.code)
    return {label: next(iter(codes)) for label, codes in found.items() if len(codes) == 1}


def _both(key: str, english: str) -> tuple[str, ...]:
    """Return a text in both languages, squeezed."""
    found = [say(key, english, language) for language in LANGUAGES]
    return tuple(dict.fromkeys(squeezed(one) for one in found if one))


def match(
    sheet: Sheet, questions: Iterable[str], words: Iterable[str], mapping: Mapping[str, str]
) -> tuple[Columns, list[Fault], list[Note]]:
    """Find the columns of questions and words in a sheet.

    Parameters
    ----------
    sheet
        One table of an export.
    questions
        Names in the bank that may stand in it.
    words
        Further names that may: ``weight``, ``_uuid``, answers given as they are.
    mapping
        Question or word -> the file's column, as the city file says.

    Returns
    -------
    tuple
        Where they are, faults (repeated, not there though named), and notes.

    Notes
    -----
    A header ``water/water_source`` or ``water-water_source`` is the question of its last name; ``benefits_12m/pension`` the
    option of a question with several answers. Labels are compared without regard to blanks and capitals. Two questions with the
    same label are told apart by their order, where as many columns as questions carry it.
    """
    names, more = tuple(questions), frozenset(words)
    found, faults, notes = _Found(), list[Fault](), list[Note]()
    mapped = _mapped(sheet, mapping, found, faults)
    by_label = _labels(names)
    waiting: dict[tuple[str, ...], list[int]] = {}
    read = bank()
    for position, header in enumerate(sheet.header):
        if position in mapped or not header:
            continue
        named = _by_name(header, names, more, read)
        if named is not None and named[0] not in mapping:
            _put(found, *named, position)
        elif (labelled := _by_label(header, by_label, read)) is not None:
            alike, code = labelled
            if len(alike) == 1:
                _put(found, alike[0], code, position)
            else:
                waiting.setdefault((*alike, code), []).append(position)
        elif not _added(header):
            found.unused.append(header)
    faults += _told_apart(sheet, waiting, found, notes)
    return _single(sheet, found, faults, notes), faults, notes


def _mapped(sheet: Sheet, mapping: Mapping[str, str], found: _Found, faults: list[Fault]) -> set[int]:
    """Put the columns the city file names; return their positions."""
    taken: set[int] = set()
    for ours, theirs in mapping.items():
        wanted = squeezed(theirs)
        places = [at for at, header in enumerate(sheet.header) if squeezed(header) == wanted]
        places = places or [
            at for at, header in enumerate(sheet.header) if squeezed(BETWEEN.split(header)[-1]) == wanted
        ]
        options = {
            header[len(theirs) + 1 :]: at
            for at, header in enumerate(sheet.header)
            if header.startswith((f"{theirs}/", f"{theirs}."))
        }
        if not places and not options:
            near = _near(theirs, sheet.header)
            faults.append(
                Fault(
                    sheet.where,
                    f"columns.{ours} = '{theirs}': there is no such column. {near}Mend 'columns'.",
                )
            )
        for at in places:
            _put(found, ours, "", at)
        for code, at in options.items():
            _put(found, ours, code, at)
        taken |= {*places, *options.values()}
    return taken


def _labels(names: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return label -> the questions that carry it, in the order of the form."""
    found: dict[str, list[str]] = {}
    for name in names:
        for label in labels_of(name) if name in bank().questions else ():
            found.setdefault(label, []).append(name)
    return {label: tuple(dict.fromkeys(same)) for label, same in found.items()}


def _by_name(header: str, names: Sequence[str], words: frozenset[str], read: Bank) -> tuple[str, str] | None:
    """Return question and option of a header that is a path of names."""
    if header in words:
        return header, ""
    if not PATH.fullmatch(header):
        return None
    parts = BETWEEN.split(header)
    if len(parts) > 1 and parts[-2] in names and _is_multiple(read.questions.get(parts[-2])):
        question = read.questions[parts[-2]]
        if parts[-1] in {one.code for one in read.lists[question.choices or ""]}:
            return question.name, parts[-1]
    return (parts[-1], "") if parts[-1] in names or parts[-1] in words else None


def _is_multiple(question: Question | None) -> bool:
    """Tell whether a question may have several answers."""
    return question is not None and question.type == "select_multiple"


def _by_label(
    header: str, by_label: Mapping[str, tuple[str, ...]], read: Bank
) -> tuple[tuple[str, ...], str] | None:
    """Return the questions (and option) whose label a header is, with or without the labels of groups before it."""
    whole = squeezed(header)
    if whole in by_label:
        return by_label[whole], ""
    cuts = [at for at, mark in enumerate(whole) if mark == "/"]
    for cut in cuts:
        if (behind := whole[cut + 1 :].strip()) in by_label:
            return by_label[behind], ""
    for cut in cuts:
        option = whole[cut + 1 :].strip()
        for start in (0, *(one + 1 for one in cuts if one < cut)):
            alike = by_label.get(whole[start:cut].strip(), ())
            for name in alike:
                code = (
                    codes_of(read.questions[name].choices or "").get(option)
                    if _is_multiple(read.questions[name])
                    else None
                )
                if code:
                    return alike, code
    return None


def _added(header: str) -> bool:
    """Tell whether a column is one that servers and phones add."""
    last = BETWEEN.split(header)[-1].lower()
    return header.startswith(("_", "formhub/")) or last in ADDED or last.startswith("_")


def _told_apart(
    sheet: Sheet, waiting: Mapping[tuple[str, ...], list[int]], found: _Found, notes: list[Note]
) -> list[Fault]:
    """Give columns whose label two questions carry to them in the order of the form."""
    faults = []
    for (*alike, code), places in waiting.items():
        header = sheet.header[places[0]]
        if len(places) == len(alike):
            for name, position in zip(alike, places, strict=True):
                _put(found, name, code, position)
            notes.append(
                Note(sheet.where, f"{len(places)} columns are called '{header}'; they were told apart by their order.", "repair")
            )  # fmt: skip
            continue
        what = f"{len(places)} columns carry this label, {len(alike)} questions do ({', '.join(alike)}). "
        faults.append(Fault(sheet.where, what + "Export again with XML values and headers.", column=header))
    return faults


def _single(sheet: Sheet, found: _Found, faults: list[Fault], notes: list[Note]) -> Columns:
    """Keep one column for each question; repeated ones must hold the same."""
    of: dict[str, int] = {}
    for name, places in found.of.items():
        of[name] = places[0]
        if len(places) == 1:
            continue
        shown = " and ".join(f"'{sheet.header[at]}'" for at in places[:SHOWN])
        if all(row[places[0]] == row[at] for row in sheet.rows for at in places[1:]):
            what = f"'{name}' stands in {len(places)} columns that hold the same; one was read."
            notes.append(Note(sheet.where, what, "repair"))
            continue
        what = f"'{name}' stands in {len(places)} columns ({shown}) that differ. One is allowed. Remove the wrong one."
        faults.append(Fault(sheet.where, what))
    options = {name: dict(codes) for name, codes in found.options.items()}
    return Columns(of, options, tuple(found.unused))


def missing(
    sheet: Sheet, columns: Columns, expected: Iterable[str], left_out: Iterable[str] = ()
) -> list[Fault]:
    """Return a fault for each question that should have a column and has none.

    Parameters
    ----------
    sheet
        The sheet.
    columns
        As matched.
    expected
        Questions of the modules that were asked, and words without which nothing can be measured.
    left_out
        Questions the city file says were left out.
    """
    there = columns.of.keys() | columns.options.keys() | set(left_out)
    faults = []
    for name in expected:
        if name in there:
            continue
        near = _near(name, columns.unused)
        what = (
            f"'{name}': this column is missing. {near}Export it too, write columns.{name} = \"...\", "
            f'or options.left_out = ["{name}"] if it was not asked.'
        )
        faults.append(Fault(sheet.where, what))
    return faults


def _near(name: str, headers: Iterable[str]) -> str:
    """Name the column that looks most like a name, with or without its groups."""
    last = {BETWEEN.split(header)[-1]: header for header in headers} | {header: header for header in headers}
    near = get_close_matches(name, last, n=1, cutoff=0.7)
    return f"Did you mean '{last[near[0]]}'? " if near else ""
