"""How far a nation's numbers reach: of how many people and places they speak, on what they rest, what they count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from citiesforall.core.amounts import RESIDENTS, amounts
from citiesforall.core.indicator import Indicator
from citiesforall.core.units import unit
from citiesforall.measure.method import METHODS
from citiesforall.measure.methods import MODULES
from citiesforall.measure.registers import amounts_read
from citiesforall.measure.run import ESTIMATED_FROM, MISSING_FROM

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.object_]

METHOD_MODULES = MODULES
"""Importing these registers the methods."""
LEAST_COVERED = 1 - MISSING_FROM
"""Share of people a number must speak for to stand for all of them: the rule of a city, at every level."""
DOUBTFUL_FROM = ESTIMATED_FROM
"""Share of people unknown, or known only by an estimate, from which a number is called estimated: the rule of a city."""
GRADES = ("official", "open", "modelled", "assumed", "invented")
"""Of sources, from the best to the worst."""
NO_GRADE = -1
REGISTERS, STREETS = 1, 2
BASIS = np.array(["", "registers", "streets", "mixed"], dtype=object)
"""What a number rests on, by the sum of `REGISTERS` and `STREETS`."""
HEADS = frozenset({"persons", "households", "families"})
"""Units in which registers count people."""
NOT_A_SUM = frozenset(
    {
        "walk_time_quantile", "walk_time_gini", "gap_between_places", "urban_class_of_place", "fact", "land_growth",
        "people_growth", "land_per_people_growth", "built_change", "survey_quantile", "register_growth", "score_mean", "maturity",
    }
)  # fmt: skip
"""Methods whose answers do not add up; a test holds it against what cities say of their draws."""


def adds_up(one: Indicator) -> bool:
    """Say whether an indicator's amounts of several places may be added.

    Parameters
    ----------
    one
        The indicator.
    """
    return one.method not in NOT_A_SUM


def is_total(one: Indicator) -> bool:
    """Say whether an indicator is an amount itself, not a ratio: its denominator is 1 at every level.

    Parameters
    ----------
    one
        The indicator.
    """
    return METHODS[one.method].level == "total" or one.method == "register_total"


def counts_people(one: Indicator) -> tuple[bool, bool]:
    """Say whether numerator and denominator count persons, households or families.

    Parameters
    ----------
    one
        The indicator.
    """
    known = METHODS[one.method]
    if "registers" in known.reads:
        num, den = _of_registers(one)
        return num, den
    if "households" in known.reads:
        return unit(one.unit).dimension == "share" and adds_up(one), adds_up(one)
    if one.method == "total":
        return one.options.get("of") == "people", False
    if one.method == "amount_per_amount":
        return tuple(one.options.get("of", ())) == ("people",), one.options.get("per") == "people"
    return known.of_people and "share" in known.measures and adds_up(one), known.of_people and adds_up(one)


def _of_registers(one: Indicator) -> tuple[bool, bool]:
    """Say it of an indicator of registers, by the units of its amounts."""
    sides = []
    for word in ("num", "den"):
        named = one.options.get(word, ())
        named = (named,) if isinstance(named, str) else tuple(named)
        if not named and word == "num":
            named = tuple(amounts_read(one)) if is_total(one) else ()
        sides.append(bool(named) and all(_heads(name) for name in named))
    return sides[0], sides[1]


def _heads(name: str) -> bool:
    """Say whether an amount of registers counts people, whatever its period."""
    word = name.partition("@")[0]
    return word == RESIDENTS or amounts()[word].unit in HEADS


def worst_grades(about: Mapping[str, Any]) -> dict[str, int]:
    """Return the worst grade of the sources of each indicator of a run, as a position in `GRADES`.

    Parameters
    ----------
    about
        Contents of its ``run.json``.
    """
    graded = {key: GRADES.index(one["grade"]) for key, one in about["sources"].items()}
    return {
        key: max((graded[source] for source in one["sources"] if source in graded), default=NO_GRADE)
        for key, one in about["indicators"].items()
    }


def known_share(one: Indicator, den: Floats, people: Floats) -> Floats:
    """Return of which share of a place's people its own value speaks.

    Parameters
    ----------
    one
        The indicator.
    den
        Amounts of its denominator. (R,)
    people
        Of the same group. (R,) [persons]

    Returns
    -------
    ndarray
        Where the denominator is the people who are known (walks), its share of all; else 1: a survey speaks for its city. (R,)
    """
    known = METHODS[one.method]
    if not (known.of_people and "households" not in known.reads and adds_up(one)):
        return np.ones(den.size)
    share = np.divide(den, people, out=np.ones(den.size), where=people > 0)
    # Sums in another order: what is 1 but for noise is 1.
    return np.where(share > 1 - 1e-9, 1.0, share)


def status_of(people: Floats, covered: Floats, weak: Floats, shaky: Floats) -> Words:
    """Return the status of sums over places that are not all known.

    Parameters
    ----------
    people
        Of all places. (K,)
    covered
        Of those the number speaks for. (K,)
    weak, shaky
        Of those among them whose own number is estimated or modelled, or of few answers. (K,) each

    Returns
    -------
    ndarray
        ``missing`` below `LEAST_COVERED`; ``low_n`` where most rest on few answers; ``estimated`` where more than a twentieth
        is not known, or known by an estimate or by few answers only; else ``ok``. (K,)
    """
    share = np.divide(covered, people, out=np.ones(covered.size), where=people > 0)
    doubt = np.divide(weak + shaky, covered, out=np.zeros(covered.size), where=covered > 0)
    few = np.divide(shaky, covered, out=np.zeros(covered.size), where=covered > 0)
    estimated = (share < 1 - DOUBTFUL_FROM) | (doubt > DOUBTFUL_FROM)
    out = np.where(estimated, "estimated", "ok").astype(object)
    out[few > LEAST_COVERED] = "low_n"
    out[share < LEAST_COVERED] = "missing"
    return out
