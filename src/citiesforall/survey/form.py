"""Writes the interview as an XLSForm: two languages, repeats for members and threats, modules that can be left out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from citiesforall.core.errors import did_you_mean, raise_all
from citiesforall.core.notes import Note
from citiesforall.core.questions import REPEATS, Bank, expressions, references
from citiesforall.survey.form_rows import COUNTS, LANGUAGES, choice_rows, survey_rows, untranslated
from citiesforall.survey.form_sample import SampleLists, read_sample_lists
from citiesforall.survey.form_sheets import Row, Sheets, write_sheets
from citiesforall.text import say

FORM_ID = "citiesforall_household"


@dataclass(frozen=True)
class Form:
    """Hold a form as the rows of its three sheets.

    Parameters
    ----------
    sheets
        ``survey``, ``choices``, ``settings``.
    modules
        In the form.
    notes
        Modules that were taken in because another needs them, texts without a translation.
    """

    sheets: Sheets
    modules: tuple[str, ...]
    notes: tuple[Note, ...]


def write_form(
    path: Path,
    read: Bank,
    languages: Sequence[str] = ("km", "en"),
    modules: Iterable[str] | None = None,
    sample: Path | None = None,
) -> Form:
    """Write a form as an XLSX workbook that ODK, KoboToolbox and pyxform read.

    Parameters
    ----------
    path
        The workbook.
    read
        The question bank.
    languages
        Codes; the first is the one shown first.
    modules
        Which to ask; None for all. Those that cannot be left out are always there.
    sample
        Field list of `cities survey sample`: interviewers then pick cluster and household instead of typing them.

    Returns
    -------
    Form
        What was written.

    Raises
    ------
    InputError
        A language or module is not known, or the field list cannot be used.
    """
    form = make_form(read, languages, modules, None if sample is None else read_sample_lists(sample))
    write_sheets(form.sheets, path)
    return form


def make_form(
    read: Bank,
    languages: Sequence[str] = ("km", "en"),
    modules: Iterable[str] | None = None,
    sample: SampleLists | None = None,
) -> Form:
    """Make the rows of a form.

    Parameters
    ----------
    read, languages, modules
        As in `write_form`.
    sample
        Clusters and households to pick from.

    Returns
    -------
    Form
        Its sheets.

    Raises
    ------
    InputError
        A language or module is not known.
    """
    faults = [
        f"language '{one}' is not known. {did_you_mean(one, LANGUAGES)}"
        for one in languages
        if one not in LANGUAGES
    ]
    raise_all([*faults, *(["no language is given. Name at least one."] if not languages else [])])
    asked, notes = with_needed(read, modules)
    survey = tuple(survey_rows(read, asked, languages, sample))
    choices = tuple(choice_rows(read, asked, languages, sample))
    title = read.words["form_title"]
    settings = {
        "form_title": " · ".join(say("survey.word.form_title", title, lang) or title for lang in languages),
        "form_id": FORM_ID,
        "version": version_of([*survey, *choices]),
        "default_language": LANGUAGES[languages[0]],
        "instance_name": "concat(${cluster}, ' / ', ${household_id})",
        "style": "pages",
    }
    for lang in languages:
        lacks = untranslated(read, asked, lang)
        if lacks:
            notes.append(
                Note("form", f"{len(lacks)} texts lack {LANGUAGES[lang]} and stand in English", "doubt")
            )
    return Form(Sheets(survey, choices, settings), asked, tuple(notes))


def with_needed(read: Bank, modules: Iterable[str] | None) -> tuple[tuple[str, ...], list[Note]]:
    """Add to the modules asked for those that every interview has, and those whose answers the others' questions use.

    Parameters
    ----------
    read
        The question bank.
    modules
        Asked for; None for all.

    Returns
    -------
    modules : tuple of str
        In the order of the interview.
    notes : list of Note
        One for each that was taken in because another needs it.

    Raises
    ------
    InputError
        A module is not known; all such are named.
    """
    if modules is None:
        return tuple(read.modules), []
    wanted = set(modules)
    raise_all(
        f"module '{one}' is not known. {did_you_mean(one, read.modules)}"
        for one in sorted(wanted - set(read.modules))
    )
    wanted |= {key for key, one in read.modules.items() if one.always}
    notes = []
    open_ = sorted(wanted)
    while open_:
        here = open_.pop()
        for need in sorted(needs(read, here) - wanted):
            notes.append(
                Note("form", f"module '{need}' is in the form too: questions of '{here}' depend on it")
            )
            wanted.add(need)
            open_.append(need)
    return tuple(key for key in read.modules if key in wanted), notes


def needs(read: Bank, module: str) -> set[str]:
    """Return the other modules whose questions a module's expressions and texts speak of.

    Parameters
    ----------
    read
        The question bank.
    module
        Its id.

    Returns
    -------
    set of str
        Ids.
    """
    said = [read.modules[module].relevant]
    for one in read.questions.values():
        if one.module == module:
            said += [*expressions(one).values(), one.text, one.hint]
    repeats = {repeat: table for table, repeat in REPEATS.items()}
    if read.modules[module].table in REPEATS:
        said.append(COUNTS[REPEATS[read.modules[module].table]])
    names = {name for text in said for name in references(text) if name not in repeats}
    return {read.questions[name].module for name in names} - {module}


def version_of(rows: Iterable[Row]) -> str:
    """Return the version of a form: it changes when, and only when, anything in the form does.

    Parameters
    ----------
    rows
        Of the sheets survey and choices.

    Returns
    -------
    str
        Ten hexadecimal digits.
    """
    return hashlib.sha256(json.dumps(list(rows), ensure_ascii=False).encode()).hexdigest()[:10]
