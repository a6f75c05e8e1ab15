"""One challenge judged: everything that is known of it, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from citiesforall.core.challenge import Challenge
from citiesforall.core.estimate import Floats
from citiesforall.core.indicator import Goalposts
from citiesforall.diagnose.challenge_evidence import evidence_of
from citiesforall.diagnose.challenge_measure import (
    Affected,
    Severity,
    affected,
    severities,
    spread_by,
    trend,
    worst_group,
    worst_places,
)
from citiesforall.diagnose.challenge_needs import Origin
from citiesforall.diagnose.challenge_said import Voices, ask_of
from citiesforall.diagnose.challenge_values import Seen, Values


@dataclass(frozen=True)
class Judged:
    """Hold what is known of one challenge.

    Parameters
    ----------
    one
        The challenge.
    by
        Severity by every measure that has a value; empty where nothing is known.
    people
        Whom it affects.
    said
        Burden by what people say, nan where they said nothing. (S,) [share]
    spread
        The first measure known in several units and its standard; None where there is none.
    where, where_found
        Units where it is worst, and how they were found.
    who
        The worst-off group, its value, and the share of draws in which it is worse off than everybody.
    trend
        Word and what it rests on.
    evidence
        Every indicator it rests on.
    """

    one: Challenge
    by: tuple[Severity, ...]
    people: Affected
    said: Floats
    spread: tuple[Values, Goalposts] | None
    where: tuple[str, ...]
    where_found: str
    who: tuple[str, float, float]
    trend: tuple[str, str]
    evidence: tuple[dict[str, Any], ...]


def judge(
    one: Challenge,
    seen: Seen,
    voices: Voices | None,
    origin: Origin,
    beside: tuple[Mapping[str, set[str]], tuple[float, float] | None],
) -> Judged:
    """Judge one challenge.

    Parameters
    ----------
    one
        The challenge.
    seen
        What was measured.
    voices
        What people said, None where the city has no survey.
    origin
        Where indicators come from.
    beside
        Indicator -> units that are hot spots of it; how many times as many people there will be.
    """
    hot, growth = beside
    by = tuple(severities(one, seen))
    spread = spread_by(one, seen)
    where, found = (
        ([], "") if spread is None else worst_places(*spread, seen, hot.get(spread[0].indicator.id, set()))
    )
    return Judged(
        one, by, affected(one, seen), _burden(one, seen, voices), spread, tuple(where), found,
        worst_group(one, by[0].indicator, seen) if by else ("", np.nan, np.nan), trend(one, seen, growth),
        tuple(evidence_of(one, seen, origin)),
    )  # fmt: skip


def _burden(one: Challenge, seen: Seen, voices: Voices | None) -> Floats:
    """Return the share of people a challenge's threats affected x how hard and how likely they say it is. (S,) [share]"""
    said = ask_of(voices, one.threats) if voices is not None and one.threats else None
    if said is None or voices is None:
        return np.full(seen.S, np.nan)
    row = voices.rows.index(seen.city)
    return np.asarray(said.affected[:, row] * said.hard[:, row])
