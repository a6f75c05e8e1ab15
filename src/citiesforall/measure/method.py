"""Methods by name: what each measures, what it reads, and whether its answer can be added up."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from citiesforall.core.errors import DeclarationError, did_you_mean, raise_all
from citiesforall.core.indicator import Indicator
from citiesforall.core.units import unit

Level = Literal["cell", "row", "total"]


@dataclass(frozen=True)
class Method:
    """Describe one method.

    Parameters
    ----------
    name
        As declared by indicators.
    function
        Takes layers and options; gives CellAmounts (``cell``, ``total``) or Estimate (``row``).
    measures
        Dimension of the answer; the unit must be of it.
    reads
        Layers it uses, for lineage.
    level
        ``cell``: amounts per part, added up; ``total``: the same with denominator 1; ``row``: made per place, not a sum.
    of_people
        Whether parts without residents cannot change the answer, so that they need not be looked at.
    """

    name: str
    function: Callable[..., Any]
    measures: tuple[str, ...]
    reads: tuple[str, ...]
    level: Level
    of_people: bool


METHODS: dict[str, Method] = {}


def method(
    *, measures: str | tuple[str, ...], reads: tuple[str, ...], level: Level = "cell", of_people: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as a method.

    Parameters
    ----------
    measures
        Dimension (or dimensions) of the answer.
    reads
        Layers it uses.
    level
        How its answer is added up.
    of_people
        Whether only inhabited parts count.

    Returns
    -------
    Callable
        A decorator that returns the function unchanged.
    """

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        name = function.__name__
        assert name not in METHODS, name
        dimensions = (measures,) if isinstance(measures, str) else measures
        METHODS[name] = Method(name, function, dimensions, reads, level, of_people)
        return function

    return register


def check(indicators: dict[str, Indicator]) -> None:
    """Join declarations to methods before anything runs.

    Parameters
    ----------
    indicators
        By id.

    Raises
    ------
    DeclarationError
        Carrying every fault: unknown method, wrong dimension, wrong or missing option.
    """
    faults = []
    asked: dict[str, inspect.Signature] = {}
    for one in indicators.values():
        known = METHODS.get(one.method)
        if known is None:
            faults.append(
                f"{one.id}: method '{one.method}' is not known. {did_you_mean(one.method, METHODS)}"
            )
            continue
        dimension = unit(one.unit).dimension
        if dimension not in known.measures:
            faults.append(
                f"{one.id}: method '{one.method}' measures {' or '.join(known.measures)}, but unit '{one.unit}' is for "
                f"{dimension}. Change one of them."
            )
        try:
            if known.name not in asked:
                asked[known.name] = inspect.signature(known.function)
            asked[known.name].bind(None, **one.options)
        except TypeError as error:
            faults.append(f"{one.id}: with: {error}. See the arguments of '{one.method}'.")
    raise_all(faults, DeclarationError)
