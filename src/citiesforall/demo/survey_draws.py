"""Draws answers: yes by a score, one of several words, several words at once, steps of a scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from citiesforall.demo.shapes import Bools, Floats, Ints, Shapes

Columns = dict[str, Any]
"""Question -> answer: words, or numbers with nan where there is none."""


def yes(score: Any, rng: np.random.Generator) -> Bools:
    """Draw yes with a logistic chance. (n,)"""
    return np.asarray(rng.random(score.size) < 1 / (1 + np.exp(-score)))


def words(is_yes: Bools) -> Shapes:
    """Write yes and no. (n,)"""
    return np.where(is_yes, "yes", "no")


def only(where: Bools, value: Shapes) -> Shapes:
    """Leave an answer empty where the question is not asked. (n,)"""
    return np.where(where, value, "")


def numbers(where: Bools, value: Any) -> Any:
    """Round to whole numbers, nan where the question is not asked; `written` makes words of them. (n,)"""
    return np.where(where, np.round(value), np.nan)


def written(value: Any) -> Shapes:
    """Write numbers as people type them, empty where there is none; words stay. (n,)"""
    if value.dtype.kind not in "fi":
        return np.asarray(value)
    there = np.isfinite(value)
    return np.where(there, np.where(there, value, 0).astype(np.int64).astype("U12"), "")


def pick(chances: Mapping[str, float], n: int, rng: np.random.Generator) -> Shapes:
    """Draw one word for each of n by fixed chances. (n,)"""
    chance = np.array(list(chances.values()))
    return np.asarray(
        np.array(list(chances))[np.searchsorted(np.cumsum(chance / chance.sum())[:-1], rng.random(n))]
    )


def graded(score: Floats, steps: Sequence[float], names: Sequence[str]) -> Shapes:
    """Name the step of a scale: the first name above the first step, the last name below the last. (n,)"""
    below = np.sum([score <= step for step in steps], axis=0)
    return np.asarray(np.array(names)[below])


def several(hits: Mapping[str, Bools], nothing: str) -> Shapes:
    """Join the words that apply, or say the word for none of them. (n,)"""
    bits = np.zeros(next(iter(hits.values())).size, np.int64)
    for number, hit in enumerate(hits.values()):
        bits |= hit.astype(np.int64) << number
    found, back = np.unique(bits, return_inverse=True)
    names = list(hits)
    said = [" ".join(name for number, name in enumerate(names) if one >> number & 1) for one in found]
    return np.array([one or nothing for one in said])[back]


def days(mean: Floats, rng: np.random.Generator, most: int = 7) -> Ints:
    """Draw days of a week. (n,)"""
    return np.minimum(rng.poisson(mean), most)
