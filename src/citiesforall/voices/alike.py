"""Finds voices that may say the same: near in place, of one category, alike in their letters; a person decides."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citiesforall.voices.coarse import METRES_PER_DEGREE

NEAR_M = 700.0
"""Two cells away: places are kept to about 300 m, so less would part voices of one street corner."""
ALIKE = 0.45
LETTERS = 3


@dataclass(frozen=True)
class Alike:
    """Name a voice that may say the same, how alike its words are (0 to 1), and how far it is.

    The distance is None where one of them names a place and no point. [m]
    """

    reference: str
    alike: float
    distance_m: float | None


def alike_voices(one: Mapping[str, Any], others: Sequence[Mapping[str, Any]]) -> list[Alike]:
    """Return the voices that may say the same as one, the likest first.

    Parameters
    ----------
    one
        A voice: ``id``, ``category``, ``text``, ``lat``, ``lon``, ``place``.
    others
        Voices to compare with; it may be among them.

    Returns
    -------
    list of Alike
        Of the same category, within 700 m or, where one has no point, in the same place, whose words are at least
        0.45 alike; without a place none is near.

    Notes
    -----
    Words are compared by the cosine of their counts of three letters in a row: Khmer is written without blanks, and a word spelt
    otherwise still shares most of its letters. Meaning in other words is not found; the office sees neighbours on the map.
    """
    mine = _threes(str(one["text"]))
    found = []
    for other in others:
        if other["id"] == one["id"] or other["category"] != one["category"]:
            continue
        far = _metres(one, other)
        is_near = _same_place(one, other) if far is None else far <= NEAR_M
        if not is_near:
            continue
        like = _cosine(mine, _threes(str(other["text"])))
        if like >= ALIKE:
            found.append(Alike(str(other["id"]), like, far))
    return sorted(found, key=lambda each: (-each.alike, each.distance_m or 0.0, each.reference))


def _threes(text: str) -> Counter[str]:
    """Count what stands three in a row, without blanks and signs."""
    plain = "".join(
        sign
        for sign in unicodedata.normalize("NFKC", text).casefold()
        if unicodedata.category(sign)[0] in "LMN"
    )
    return Counter(plain[at : at + LETTERS] for at in range(max(len(plain) - LETTERS + 1, 1)))


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    """Return how alike two counts are, 0 to 1."""
    both = sum(number * other[key] for key, number in one.items())
    size = math.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in other.values()))
    return both / size if size else 0.0


def _same_place(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Say whether two voices name one place."""
    return one.get("place") is not None and one.get("place") == other.get("place")


def _metres(one: Mapping[str, Any], other: Mapping[str, Any]) -> float | None:
    """Return how far two voices are from each other; None where one has no point. [m]"""
    if None in (one["lat"], one["lon"], other["lat"], other["lon"]):
        return None
    up = (one["lat"] - other["lat"]) * METRES_PER_DEGREE
    across = (one["lon"] - other["lon"]) * METRES_PER_DEGREE * math.cos(math.radians(one["lat"]))
    return math.hypot(up, across)
