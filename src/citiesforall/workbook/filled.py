"""What stands in a workbook when it is filled: answers, figures and events, apart from how they look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answers:
    """Hold the answers to one scorecard.

    Parameters
    ----------
    groups
        Group of each evaluator.
    answers
        Question -> an answer of each evaluator, None where not answered.
    evidence
        Question -> its evidence.
    """

    groups: tuple[str, ...]
    answers: Mapping[str, tuple[float | None, ...]]
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Figure:
    """Hold one figure as it is written in: in the unit asked, with its year and where it comes from."""

    value: float
    period: str
    source: str


@dataclass(frozen=True)
class Events:
    """Hold the list of disasters.

    Parameters
    ----------
    first, last
        Years the list covers.
    rows
        Name, year, and column -> number. [persons, riel, count]
    """

    first: int
    last: int
    rows: tuple[tuple[str, int, Mapping[str, float]], ...] = ()


@dataclass(frozen=True)
class Filled:
    """Hold what is written into a workbook besides its questions.

    Parameters
    ----------
    place, name
        Code and name of the city.
    period
        Year the answers are about.
    scorecards
        Scorecard -> its answers.
    figures
        Amount -> its figure.
    events
        The list of disasters.
    invented
        Whether the workbook must say that its answers are invented.
    """

    place: str = ""
    name: str = ""
    period: str = ""
    scorecards: Mapping[str, Answers] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    events: Events | None = None
    invented: bool = False
