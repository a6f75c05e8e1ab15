"""What comparisons are made of: which places lie in which, values per draw, who is worst, how doubtful a comparison is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.estimate import Floats, ratio
from citiesforall.core.indicator import Indicator
from citiesforall.core.units import unit
from citiesforall.measure.draw_store import Answer

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]

NOT_A_LEVEL = frozenset({"gap_between_places", "fact"})
"""Methods whose answer is itself a gap, or is about a source."""
NOT_COMPARED = frozenset({"people", "area", "count", "class", "index"})
"""Dimensions of totals, codes and indices: a larger place has more of a total, which is no inequality."""
POVERTY: tuple[tuple[str, str, tuple[str, ...], float], ...] = (
    ("register_share", "num", ("poor_households", "poor_persons"), 1.0),
    ("survey_share", "answer", ("idpoor",), 1.0),
    ("survey_mean", "answer", ("income_per_person_khr_month",), -1.0),
    ("survey_quantile", "answer", ("income_per_person_khr_month",), -1.0),
)
"""What ranks places from poor to rich, the first that is known: method, option, its words, 1 where high is poor."""
COUNTED_POOR = frozenset(
    {"poor_households", "poor_1_households", "poor_2_households", "poor_persons", "poor_1_persons", "poor_2_persons", "idpoor"}
)  # fmt: skip
"""Amounts and answers about the register of poor households: ranked by it they would only say that the poor are poor."""
EVERY = slice(None)
OPPOSITE = {"higher": "lower", "lower": "higher"}
RANK = {"ok": 0, "estimated": 1, "modelled": 2, "low_n": 3}
"""Statuses of a value, the more doubtful the higher."""


@dataclass(frozen=True)
class Places:
    """Say which result rows are compared with each other.

    Parameters
    ----------
    codes
        Of the result rows. (R)
    people
        Residents per draw and row; nan where no grid of people. (S or 1, R) [persons]
    inside
        Row of the city or a parent -> rows of the units inside it.
    """

    codes: tuple[str, ...]
    people: Floats
    inside: Mapping[int, Ints]


@dataclass(frozen=True)
class Block:
    """Hold comparisons that are made alike; arrays of K, texts of one or K.

    Parameters
    ----------
    draws
        Of the quantity, in the unit of the row. (S, K)
    words
        Column of the table -> text or texts.
    chance, n, status
        Share of draws that say the same; places or answers behind it; rank of the status, -1 where missing. (K,)
    """

    draws: Floats
    words: Mapping[str, Any]
    chance: Floats
    n: Floats
    status: Ints


def places_of(places: pd.DataFrame, codes: Sequence[str], people: Floats) -> Places:
    """Say which units lie in the city and in each parent.

    Parameters
    ----------
    places
        Columns ``place`` and ``parent``.
    codes
        Of the result rows, in their order.
    people
        Residents per draw and row. (S or 1, R) [persons]

    Returns
    -------
    Places
        The city is there even with one unit; other parents only with two units or more.
    """
    parent = dict(zip(places["place"], places["parent"], strict=True))
    parents = {code for code in parent.values() if isinstance(code, str)}
    inside: dict[int, list[int]] = {
        row: [] for row, code in enumerate(codes) if not isinstance(parent[code], str)
    }
    position = {code: row for row, code in enumerate(codes)}
    for row, code in enumerate(codes):
        above = parent[code]
        while code not in parents and isinstance(above, str):
            inside.setdefault(position[above], []).append(row)
            above = parent[above]
    city = {row for row, code in enumerate(codes) if not isinstance(parent[code], str)}
    return Places(
        tuple(codes),
        people,
        {
            row: np.array(units, np.int64)
            for row, units in sorted(inside.items())
            if row in city or len(units) > 1
        },
    )


def is_compared(answer: Answer, one: Indicator) -> bool:
    """Say whether values of an indicator can be better or worse in one place than in another.

    Parameters
    ----------
    answer
        What it said of a group.
    one
        The indicator.
    """
    is_total = answer.estimate.additive and bool((answer.estimate.den == 1).all())
    return (
        one.better in {"higher", "lower"}
        and not is_total
        and one.method not in NOT_A_LEVEL
        and unit(one.unit).dimension not in NOT_COMPARED
    )


def poverty_of(answers: Sequence[Answer], indicators: Mapping[str, Indicator]) -> Floats | None:
    """Return how poor each place is: by the register of poor households, else by what the survey says.

    Parameters
    ----------
    answers
        Of all indicators.
    indicators
        By id.

    Returns
    -------
    ndarray
        The higher, the poorer; None where nobody says. (S, R)
    """
    everybody = [one for one in answers if one.group == "all" and one.has.sum() > 1]
    for method, option, words, sign in POVERTY:
        for answer in everybody:
            one = indicators[answer.indicator]
            if one.method == method and set(words) & _named(one, option):
                return sign * values_of(answer, one)
    return None


def is_poverty(one: Indicator) -> bool:
    """Say whether an indicator is about what ranks places from poor to rich: its concentration by that rank says nothing.

    Parameters
    ----------
    one
        The indicator.
    """
    return bool(
        COUNTED_POOR & {name.partition("@")[0] for name in (_named(one, "num") | _named(one, "answer"))}
    )


def _named(one: Indicator, option: str) -> set[str]:
    """Return the words of an option, one or several."""
    named = one.options.get(option, ())
    return {named} if isinstance(named, str) else set(map(str, named))


def values_of(one: Answer, indicator: Indicator, rows: Ints | slice = EVERY) -> Floats:
    """Return the published values of some rows per draw in the declared unit, nan where none is published. (S, R)"""
    values = ratio(one.estimate.num[:, rows], one.estimate.den[:, rows]) * unit(indicator.unit).per_si
    return np.where(one.has[rows], values, np.nan)


def ranks_of(one: Answer) -> Ints:
    """Return the rank of the status of each row, -1 where there is no value. (R,)"""
    ranks = np.array([RANK.get(word, 1) for word in one.status], np.int64)
    return np.where(one.has, ranks, -1)


def minus(one: Floats, other: Floats) -> Floats:
    """Return the difference, nan where both lie beyond reach."""
    with np.errstate(invalid="ignore"):
        return one - other


def over(one: Floats, other: Floats) -> Floats:
    """Return the ratio, nan where the other is 0 or both lie beyond reach."""
    with np.errstate(invalid="ignore"):
        return ratio(one, other)


def together(*ranks: Ints) -> Ints:
    """Return the more doubtful status, -1 where one is missing."""
    known = np.all([rank >= 0 for rank in ranks], axis=0)
    return np.where(known, np.max(ranks, axis=0), -1)


def joined(one: Words, other: Words) -> Words:
    """Join the notes of two arrays word by word. (K,)"""
    return np.array([" ".join(filter(None, both)) for both in zip(one, other, strict=True)], dtype=object)


def worst_of(values: Floats, better: str | npt.NDArray[np.object_]) -> tuple[Ints, Ints]:
    """Return the position of the worst along the last axis, and how many are known."""
    known = ~np.isnan(values)
    good = np.asarray(better, dtype=object)[..., None] == "higher"
    badness = np.where(known, np.where(good, values, -values), np.inf)
    # A walk beyond reach is -inf here and so the worst; unknown is inf and never is.
    return np.argmin(badness, axis=-1), known.sum(axis=-1)
