"""Scorecards: questions people who know a city answer on a scale; declared in ``data/workbooks/*.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from citiesforall.core.errors import DeclarationError, did_you_mean, raise_all
from citiesforall.core.source import Frozen

Take = Literal["mean", "questions", "sum", "all", "pillars"]
WORDS = "words.toml"
GROUPS = ("government", "academia", "civil_society", "international", "private")
"""Who an evaluator can be of; words of ``data/workbooks/words.toml``."""


class Evaluators(Frozen):
    """Say how many people answer, and of which groups.

    Parameters
    ----------
    least, most
        Fewest that make a score, and columns of the sheet.
    groups
        What an evaluator can be of.
    needs
        Groups of which at least one is wanted; a score without them is doubted.
    """

    least: int = Field(ge=1)
    most: int = Field(ge=1, le=12)
    groups: tuple[Literal["government", "academia", "civil_society", "international", "private"], ...]
    needs: tuple[str, ...] = ()


class Counts(Frozen):
    """Say from which score on a place counts.

    Parameters
    ----------
    above
        The score must be greater.
    at_least
        The score may be equal.
    """

    above: float | None = None
    at_least: float | None = None

    def passed(self, score: float) -> bool:
        """Tell whether a score counts."""
        return score > self.above if self.above is not None else score >= (self.at_least or 0.0)


class Range(Frozen):
    """Allow every number between two; the scale then only names some of them."""

    low: float
    high: float


class Pillar(Frozen):
    """Name a part of a scorecard and what each level of the scale means in it."""

    title: str
    steps: tuple[str, ...]


class Question(Frozen):
    """Hold one question.

    Parameters
    ----------
    text, guidance, evidence
        English; what is asked, how it is meant, and what shows it.
    pillar
        Part of the scorecard it belongs to.
    """

    text: str
    guidance: str
    evidence: str
    pillar: str | None = None


class Scorecard(Frozen):
    """Declare one scorecard.

    Parameters
    ----------
    id
        Name of its file.
    title, short, about
        English; Khmer in ``locale/km.workbook.po``. The short one names the sheet.
    level
        What it is about: the ``city``, or the ``country`` it lies in.
    take
        How answers become a score: ``mean`` of the evaluators' means, mean of the ``questions``' means, ``sum`` of the
        questions' means, ``all`` (1 where every answer is 1, else 0), ``pillars`` (the least of the pillars' means).
    counts
        From which score on the place counts; None where the score itself is the result.
    evaluators
        Who answers.
    scale
        Answer -> its label, the lowest first.
    range
        Where any number between two may be given.
    pillars, questions
        By id, in order.
    sdg, hs, u4ssc, cites
        Codes in frameworks, keys of ``refs.bib``.
    """

    id: str
    title: str
    short: str = Field(max_length=28)
    about: str
    level: Literal["city", "country"]
    take: Take
    counts: Counts | None = None
    evaluators: Evaluators
    scale: dict[float, str]
    range: Range | None = None
    pillars: dict[str, Pillar] = Field(default_factory=dict)
    questions: dict[str, Question] = Field(min_length=1)
    sdg: str | None = None
    hs: str | None = None
    u4ssc: str | None = None
    cites: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _fits(self) -> Scorecard:
        for key, question in self.questions.items():
            if question.pillar is not None and question.pillar not in self.pillars:
                raise ValueError(f"question '{key}': pillar '{question.pillar}' is not declared")
        for key, pillar in self.pillars.items():
            if len(pillar.steps) != len(self.scale):
                raise ValueError(f"pillar '{key}': one step for each level of the scale is needed")
        return self

    def limits(self) -> tuple[float, float]:
        """Return the lowest and the highest answer."""
        return (self.range.low, self.range.high) if self.range else (min(self.scale), max(self.scale))

    def allows(self, answer: float) -> bool:
        """Tell whether a number is an answer."""
        low, high = self.limits()
        return low <= answer <= high if self.range else answer in self.scale


@cache
def scorecards() -> dict[str, Scorecard]:
    """Return every scorecard, by id.

    Raises
    ------
    DeclarationError
        Carrying every fault of every file.
    """
    found: dict[str, Scorecard] = {}
    faults: list[str] = []
    folder = files("citiesforall.data").joinpath("workbooks")
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if not file.name.endswith(".toml") or file.name == WORDS:
            continue
        key = file.name.removesuffix(".toml")
        try:
            found[key] = Scorecard.model_validate({"id": key, **tomllib.loads(file.read_text("utf-8"))})
        except ValidationError as error:
            faults += [f"{file.name}: {'.'.join(map(str, e['loc']))}: {e['msg']}." for e in error.errors()]
    raise_all(faults, DeclarationError)
    return found


def scorecard(key: str) -> Scorecard:
    """Return one scorecard.

    Raises
    ------
    DeclarationError
        There is none of that id; the nearest one is named.
    """
    try:
        return scorecards()[key]
    except KeyError:
        raise DeclarationError(f"scorecard '{key}' is not known. {did_you_mean(key, scorecards())}") from None


@cache
def workbook_words() -> dict[str, dict[str, str]]:
    """Return the words of the workbooks themselves, by section (``data/workbooks/words.toml``)."""
    table: dict[str, dict[str, Any]] = tomllib.loads(
        files("citiesforall.data").joinpath("workbooks", WORDS).read_text("utf-8")
    )
    return {section: dict(rows) for section, rows in table.items()}


def scorecard_texts() -> dict[str, str]:
    """Return every public text of the scorecards and of the workbooks' words in English, by key."""
    texts: dict[str, str] = {}
    for key, one in scorecards().items():
        for part in ("title", "short", "about"):
            texts[f"workbook.{key}.{part}"] = getattr(one, part)
        for number, label in enumerate(one.scale.values()):
            texts[f"workbook.{key}.scale.{number}"] = label
        for name, pillar in one.pillars.items():
            texts[f"workbook.{key}.pillar.{name}"] = pillar.title
            for number, step in enumerate(pillar.steps):
                texts[f"workbook.{key}.pillar.{name}.{number}"] = step
        for name, question in one.questions.items():
            for part in ("text", "guidance", "evidence"):
                texts[f"workbook.{key}.{name}.{part}"] = getattr(question, part)
    for section, rows in workbook_words().items():
        texts |= {f"workbook.{section}.{key}": text for key, text in rows.items()}
    return texts
