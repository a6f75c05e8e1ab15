"""Counts voices for everybody to see: never as shares of the people, and nothing below five."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from citiesforall.voices.records import CATEGORIES

LEAST = 5
OPEN = frozenset({"received", "seen", "in_progress"})
UNCOUNTED = frozenset({"duplicate", "refused"})
ALL, NOWHERE = "", "-"
"""Stands for all places or categories together; for voices without a place, which are in totals alone."""


@dataclass(frozen=True)
class Count:
    """Hold how many voices there are of a category in a place; None where fewer than five are not told.

    Parameters
    ----------
    place
        Code; empty for all places together.
    category
        Dimension; empty for all together.
    n
        Voices, each once however often it was repeated.
    """

    place: str
    category: str
    n: int | None


@dataclass(frozen=True)
class Answering:
    """Say how an administration answers: voices, open ones, answered ones, and days to an answer (median, None below five)."""

    n: int
    n_open: int
    n_answered: int
    median_days: float | None


def counts(voices: Iterable[Mapping[str, Any]]) -> list[Count]:
    """Count voices by place and category so that no small number can be worked out.

    Parameters
    ----------
    voices
        ``place``, ``category``, ``status`` of each.

    Returns
    -------
    list of Count
        For every place with a voice, and for all of them: every category, and all. A count below five is None; where a row or a
        column with its total hides one alone, or too few together, so is the next smallest: a difference would tell it.
    """
    cells: Counter[tuple[str, str]] = Counter()
    for one in voices:
        if one["status"] not in UNCOUNTED:
            for place in {str(one["place"] or NOWHERE), ALL}:
                for category in (str(one["category"]), ALL):
                    cells[place, category] += 1
    places = sorted({place for place, _ in cells})
    hidden = _hidden(cells, places)
    return [
        Count(place, category, None if (place, category) in hidden else cells[place, category])
        for place in places
        for category in (*CATEGORIES, ALL)
        if place != NOWHERE
    ]


def _hidden(cells: Counter[tuple[str, str]], places: list[str]) -> set[tuple[str, str]]:
    """Return the counts that are not told: small ones, and those from which a small one could be worked out."""
    every = [(place, category) for place in places for category in (*CATEGORIES, ALL)]
    hidden = {key for key in every if 0 < cells[key] < LEAST} | {key for key in every if key[0] == NOWHERE}
    lines: defaultdict[tuple[int, str], list[tuple[str, str]]] = defaultdict(list)
    for key in every:
        lines[0, key[0]].append(key)
        lines[1, key[1]].append(key)
    while True:
        more = set()
        for line in lines.values():
            gone = [cells[key] for key in line if key in hidden and cells[key]]
            if all(key[0] == NOWHERE and cells[key] >= LEAST for key in line if key in hidden and cells[key]):
                continue  # these are not shown, but they are no secret
            left = [(cells[key], key) for key in line if key not in hidden and cells[key]]
            if left and gone and (len(gone) == 1 or sum(gone) < LEAST):
                more.add(min(left)[1])
        if not more:
            return hidden
        hidden |= more


def answering(voices: Iterable[Mapping[str, Any]]) -> Answering:
    """Say how voices are answered.

    Parameters
    ----------
    voices
        ``status``, ``kept_at``, ``answered_at`` of each.
    """
    heard = [one for one in voices if one["status"] not in UNCOUNTED]
    days = [_days(one["kept_at"], one["answered_at"]) for one in heard if one["answered_at"]]
    return Answering(
        len(heard),
        sum(one["status"] in OPEN for one in heard),
        len(days),
        median(days) if len(days) >= LEAST else None,
    )


def _days(first: str, last: str) -> float:
    """Return the days between two times."""
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds() / 86_400
