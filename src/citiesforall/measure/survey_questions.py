"""Which questions an answer comes from, and which answers are given in confidence."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from citiesforall.core.questions import bank

TOLD_IN_CONFIDENCE = frozenset({"personal", "community", "political"})
"""Dimensions whose threats are told in confidence: violence at home, quarrels, eviction, bribes, fear to speak."""


@cache
def questions_of() -> dict[str, tuple[str, ...]]:
    """Return, of every answer, the questions of the bank it is derived from; the first is the main one."""
    text = files("citiesforall.data").joinpath("survey_answers.toml").read_text("utf-8")
    tables: dict[str, dict[str, list[str]]] = tomllib.loads(text)
    return {answer: tuple(names) for table in tables.values() for answer, names in table.items()}


def asking(answer: str) -> str:
    """Return the main question of an answer as one line, empty where none is known.

    Parameters
    ----------
    answer
        Column of the survey's answers.
    """
    if answer not in questions_of():
        return ""
    question = bank().questions[questions_of()[answer][0]]
    module = bank().modules[question.module].title
    return f'"{question.text}" ({question.name}, module {question.module}: {module})'


@cache
def in_confidence(answer: str) -> bool:
    """Say whether an answer's main question is asked in confidence: then it is given for the whole city only.

    Parameters
    ----------
    answer
        Column of the survey's answers; of threats what is told of them and the threat, or all threats of a dimension.
    """
    if answer in questions_of():
        return bank().questions[questions_of()[answer][0]].sensitive
    about = answer.rpartition(" ")[2]
    dimension = next((one.tags[0] for one in bank().lists["threat"] if one.code == about), about)
    return dimension in TOLD_IN_CONFIDENCE
