"""What an indicator was made from, and which source would fill it where it is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from citiesforall.core.figures import figures
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.core.inputs import Inputs
from citiesforall.measure.method import METHODS

DOUBTFUL = frozenset({"modelled", "assumed"})
KINDS = {"households": "survey", "registers": "register", "scorecards": "scorecard"}
"""Layer a method reads -> kind of evidence; all others are maps."""
MAP = "map"


@dataclass(frozen=True)
class Origin:
    """Say where indicators come from in one city.

    Parameters
    ----------
    grades
        Source -> its grade.
    made
        Indicator -> what the measure step remembers: ``sources``, ``missing``.
    """

    grades: Mapping[str, str]
    made: Mapping[str, Mapping[str, Any]]

    def sources(self, key: str) -> list[str]:
        """Return the sources an indicator was made from."""
        return [str(source) for source in self.made.get(key, {}).get("sources", ())]

    def doubtful(self, key: str) -> bool:
        """Say whether any of its sources is a model or an assumption."""
        return any(self.grades.get(source) in DOUBTFUL for source in self.sources(key))

    def why_missing(self, key: str) -> str:
        """Return why it has no value, as the measure step says it."""
        return str(self.made.get(key, {}).get("missing", ""))


def origin_of(given: Inputs) -> Origin:
    """Return where indicators come from.

    Parameters
    ----------
    given
        With the measure step.
    """
    grades = {use.id: str(use.grade) for uses in given.city.sources.values() for use in uses}
    return Origin(grades, given.done["measure"].info.get("indicators", {}))


def kind_of(one: Indicator) -> str:
    """Return which kind of evidence an indicator is: ``survey``, ``register``, ``scorecard`` or ``map``.

    Parameters
    ----------
    one
        Any indicator.
    """
    reads = METHODS[one.method].reads if one.method in METHODS else ()
    return next((KINDS[layer] for layer in reads if layer in KINDS), MAP)


def source_for(key: str) -> str:
    """Return which source would fill an indicator: a word of ``diagnose.needs``.

    Parameters
    ----------
    key
        Id of the indicator.
    """
    one = indicators()[key]
    kind = kind_of(one)
    if kind != "register":
        return kind
    asked = [str(word) for name in ("num", "den", "of") for word in _listed(one.options.get(name))]
    return "figures" if asked and all(word in figures() for word in asked if word != "residents") else kind


def _listed(value: Any) -> list[Any]:
    """Return one word or several as a list."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)
