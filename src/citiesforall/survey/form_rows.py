"""Turns questions and answers into the rows of an XLSForm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType

from citiesforall.core.questions import REPEATS, SELECTS, SILENT, Bank, Module, Question
from citiesforall.survey.form_sample import SampleLists
from citiesforall.survey.form_sheets import Row
from citiesforall.text import say

LANGUAGES: Mapping[str, str] = MappingProxyType({"km": "Khmer (km)", "en": "English (en)"})
#: How often each repeat turns.
COUNTS: Mapping[str, str] = MappingProxyType(
    {"members": "${household_size}", "threats": "count-selected(${threats_all})"}
)
#: Questions that the field list answers.
FROM_LIST = ("sangkat_code", "stratum")
CLUSTERS, HOUSEHOLDS = "sampled_cluster", "sampled_household"
ROOT = "root"  # of an XForm's list of answers


def cells(key: str, english: str, column: str, languages: Sequence[str]) -> Row:
    """Return one text in every language, by its columns; English where a language lacks it.

    Parameters
    ----------
    key, english
        Of the text.
    column
        ``label``, ``hint``, ``constraint_message``.
    languages
        Of the form.

    Returns
    -------
    dict
        ``label::Khmer (km)`` -> text.
    """
    if not english:
        return {}
    return {f"{column}::{LANGUAGES[lang]}": say(key, english, lang) or english for lang in languages}


def survey_rows(
    read: Bank, modules: Sequence[str], languages: Sequence[str], sample: SampleLists | None
) -> Iterator[Row]:
    """Write the interview: a group for each module, a repeat around the modules of one table.

    Parameters
    ----------
    read
        The question bank.
    modules
        In the form, in order.
    languages
        Of the form.
    sample
        Clusters and households to pick from.

    Yields
    ------
    dict
        A row of the sheet ``survey``.
    """
    chosen = [read.modules[key] for key in modules]
    for table, inside in groupby(chosen, key=lambda one: one.table if one.table in REPEATS else None):
        group = list(inside)
        repeat = REPEATS[table] if table is not None else ""
        if repeat:
            title = cells(f"survey.word.{repeat}", read.words[repeat], "label", languages)
            yield {
                "type": "begin_repeat",
                "name": repeat,
                **title,
                "relevant": group[0].relevant,
                "repeat_count": COUNTS[repeat],
            }
        for module in group:
            yield from _module_rows(read, module, languages, sample)
        if repeat:
            yield {"type": "end_repeat", "name": repeat}


def _module_rows(
    read: Bank, module: Module, languages: Sequence[str], sample: SampleLists | None
) -> Iterator[Row]:
    """Write one module as a group; a group of nothing but silent questions needs no title."""
    title = cells(f"survey.module.{module.id}", module.title, "label", languages)
    yield {"type": "begin_group", "name": module.id, **title, "relevant": module.relevant}
    for one in read.questions.values():
        if one.module == module.id:
            yield question_row(one, languages) | (_picked(one.name, sample) if sample is not None else {})
    yield {"type": "end_group", "name": module.id}


def question_row(one: Question, languages: Sequence[str]) -> Row:
    """Write one question.

    Parameters
    ----------
    one
        The question.
    languages
        Of the form.

    Returns
    -------
    dict
        Its row of the sheet ``survey``.
    """
    key = f"survey.{one.name}"
    asked = one.type not in SILENT and one.type != "note"
    return {
        "type": f"{one.type} {one.choices}" if one.type in SELECTS else one.type,
        "name": one.name,
        **cells(f"{key}.label", one.text, "label", languages),
        **cells(f"{key}.hint", one.hint, "hint", languages),
        "required": "yes" if asked and one.required else "",
        "relevant": one.relevant,
        "constraint": one.constraint,
        **cells(f"{key}.constraint_message", one.constraint_message, "constraint_message", languages),
        "calculation": one.calculation,
        "choice_filter": one.filter,
    }


def _picked(name: str, sample: SampleLists) -> Row:
    """Say what changes in a question when interviewers pick from a field list."""
    if name == "cluster":
        return {"type": f"select_one {CLUSTERS}"}
    if name == "household_id" and sample.households:
        return {"type": f"select_one {HOUSEHOLDS}", "choice_filter": "cluster = ${cluster}"}
    if name in FROM_LIST:
        picked, key = (HOUSEHOLDS, "household_id") if sample.households else (CLUSTERS, "cluster")
        known = f"instance('{picked}')/{ROOT}/item[name = ${{{key}}}]/{name}"
        blank = dict.fromkeys(
            [
                f"{part}::{lang}"
                for part in ("label", "hint", "constraint_message")
                for lang in LANGUAGES.values()
            ],
            "",
        )
        return {"type": "calculate", "calculation": known, "required": "", "constraint": "", **blank}
    return {}


def choice_rows(
    read: Bank, modules: Sequence[str], languages: Sequence[str], sample: SampleLists | None
) -> Iterator[Row]:
    """Write the answers that the questions of a form offer.

    Parameters
    ----------
    read, modules, languages, sample
        As in `survey_rows`.

    Yields
    ------
    dict
        A row of the sheet ``choices``.
    """
    shown = [one for one in read.questions.values() if one.module in modules and one.type in SELECTS]
    for key in dict.fromkeys(one.choices for one in shown if one.choices):
        for answer in read.lists[key]:
            label = cells(f"survey.choice.{key}.{answer.code}", answer.label, "label", languages)
            yield {"list_name": key, "name": answer.code, **label}
    for cluster in sample.clusters if sample is not None else ():
        names = {"km": cluster.name_km or cluster.name, "en": cluster.name}
        label = {
            f"label::{LANGUAGES[lang]}": f"{cluster.cluster} {names[lang]}".strip() for lang in languages
        }
        known = {"sangkat_code": cluster.sangkat_code, "stratum": cluster.stratum}
        yield {"list_name": CLUSTERS, "name": cluster.cluster, **label, **known}
    spare = {
        lang: say("survey.word.reserve", read.words["reserve"], lang) or read.words["reserve"]
        for lang in languages
    }
    for one in sample.households if sample is not None else ():
        label = {
            f"label::{LANGUAGES[lang]}": one.household + f" ({spare[lang]})" * one.reserve
            for lang in languages
        }
        known = {"cluster": one.cluster, "sangkat_code": one.sangkat_code, "stratum": one.stratum}
        yield {"list_name": HOUSEHOLDS, "name": one.household, **label, **known}


def untranslated(read: Bank, modules: Sequence[str], lang: str) -> list[str]:
    """Return the keys of a form's texts that a language lacks.

    Parameters
    ----------
    read
        The question bank.
    modules
        In the form.
    lang
        A language.

    Returns
    -------
    list of str
        Keys.
    """
    texts = {f"survey.module.{key}": read.modules[key].title for key in modules}
    for one in read.questions.values():
        if one.module in modules:
            said = {"label": one.text, "hint": one.hint, "constraint_message": one.constraint_message}
            texts |= {f"survey.{one.name}.{part}": text for part, text in said.items() if text}
            texts |= {
                f"survey.choice.{one.choices}.{answer.code}": answer.label
                for answer in read.lists.get(one.choices or "", ())
            }
    return [key for key, english in texts.items() if say(key, english, lang) is None]
