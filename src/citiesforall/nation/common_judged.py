"""What is known of every challenge in every member: by a city's own diagnosis, else judged at the place by the same functions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.challenge import Challenge, challenges
from citiesforall.core.estimate import Floats
from citiesforall.diagnose.challenge_evidence import confidence, evidence_of
from citiesforall.diagnose.challenge_measure import Affected, affected, severities
from citiesforall.diagnose.challenge_needs import Origin
from citiesforall.diagnose.challenge_rank import CRITERIA, WEIGHTS, places_of, positions, pressing
from citiesforall.diagnose.challenge_values import Seen, Values, seen_of
from citiesforall.nation.given import CityRun

CHUNK = 100
"""Places judged at a time: what is held of them stays small."""
NOTES = ("standard_met", "not_counted", "households_counted", "beyond_counted")
"""Words of a city's own diagnosis that say how to read its numbers; the others say what it does not tell."""
RESIDENTS = "population"

Row = dict[str, Any]


@dataclass(frozen=True)
class Known:
    """Hold what is known of challenges in the members of some cities.

    Parameters
    ----------
    judged
        One row a member and challenge: severity of the leading measure, people, confidence.
    measured
        One row a member, challenge and measure that has a value, the leading one first.
    drawn
        Member and challenge -> severity by each measure, then people, per draw. (measures + 1, S) [share; persons]
    """

    judged: list[Row] = field(default_factory=list)
    measured: list[Row] = field(default_factory=list)
    drawn: dict[tuple[str, str], Floats] = field(default_factory=dict)


def known_of(cities: Iterable[CityRun], members: pd.DataFrame) -> Known:
    """Say what is known of every challenge in every member.

    Parameters
    ----------
    cities
        Finished cities.
    members
        The members' table.

    Returns
    -------
    Known
        Sorted by city, member, challenge.

    Notes
    -----
    A member that is a whole city and was diagnosed brings its own diagnosis. A member that is a place of a city is judged at
    that place by the functions the diagnosis itself uses, on the same observations and draws: there is one definition.
    """
    known = Known()
    wanted: dict[str, list[tuple[str, str]]] = {}
    for member, city_code, place in zip(members["member"], members["city"], members["place"], strict=True):
        wanted.setdefault(str(city_code), []).append((str(member), str(place)))
    for city in sorted(cities, key=lambda one: one.code):
        pairs = wanted.get(city.code, [])
        whole = [member for member, place in pairs if place == city.code]
        path = city.folder / "diagnose" / "challenges.json"
        if whole and path.is_file():
            _own(json.loads(path.read_bytes()), whole[0], known)
            pairs = [pair for pair in pairs if pair[0] != whole[0]]
        if pairs:
            _judge_places(city, pairs, known)
    return known


def _own(cards: Sequence[Mapping[str, Any]], member: str, known: Known) -> None:
    """Take over a city's own diagnosis."""
    for card in sorted(cards, key=lambda one: str(one["challenge"])):
        lines = [
            line for line in card["evidence"] if line["role"] == "measure" and line["status"] != "missing"
        ]
        if card["lead"] and lines:
            words = [word for word in card["notes"] if word in NOTES]
            words += ["modelled"] if lines[0]["doubtful"] else []
            known.judged.append(
                {
                    "challenge": card["challenge"], "member": member, "severity": card["severity"],
                    "low": card["severity_low"], "high": card["severity_high"], "people": card["people"],
                    "people_low": card["people_low"], "people_high": card["people_high"], "rank": card["rank"],
                    "indicator": card["lead"], "counted_by": card["counted_by"], "confidence": card["confidence"],
                    "status": card["status"], "note": " ".join(words),
                }
            )  # fmt: skip
            known.measured.extend(_measure(member, str(card["challenge"]), line) for line in lines)


def _measure(member: str, challenge: str, line: Mapping[str, Any]) -> Row:
    """Return the row of one measure; ends of its severity are worked out for all members together."""
    taken = ("indicator", "value", "low", "high", "unit", "severity", "status", "period", "doubtful")
    return {
        "challenge": challenge,
        "member": member,
        **{word: line[word] for word in taken},
        "sources": " ".join(line["sources"]),
    }


def _judge_places(city: CityRun, wanted: Sequence[tuple[str, str]], known: Known) -> None:
    """Judge every challenge at some places of a city."""
    about = json.loads((city.folder / "run.json").read_text("utf-8"))
    places = pd.DataFrame(about["places"])
    seen = seen_of(city.folder, places, int(about["seed"]))
    origin = Origin(
        {key: str(source["grade"]) for key, source in about["sources"].items()}, about["indicators"]
    )
    below = units_below(places)
    for start in range(0, len(wanted), CHUNK):
        part = sorted(wanted)[start : start + CHUNK]
        codes = {place for _, place in part}.union(*(below[place] for _, place in part))
        small = narrowed(seen, codes)
        for member, place in part:
            _judge_place(member, replace(small, city=place, units=tuple(below[place])), origin, known)


def units_below(places: pd.DataFrame) -> dict[str, list[str]]:
    """Return the smallest places inside each place, itself where nothing is inside.

    Parameters
    ----------
    places
        Columns ``place`` and ``parent``.
    """
    parents = {
        str(code): str(parent)
        for code, parent in zip(places["place"], places["parent"], strict=True)
        if isinstance(parent, str)
    }
    below: dict[str, list[str]] = {str(code): [] for code in places["place"]}
    above = set(parents.values())
    for code in places["place"]:
        at: str | None = str(code)
        while at is not None and str(code) not in above:
            below[at].append(str(code))
            at = parents.get(at)
    return below


def narrowed(seen: Seen, codes: Iterable[str]) -> Seen:
    """Return the same measurements for some places only, of the indicators that challenges read.

    Parameters
    ----------
    seen
        What was measured.
    codes
        Of the places.
    """
    wanted = set(codes)
    memo: dict[tuple[str, str], Values | None] = {(RESIDENTS, "all"): _part(seen.values(RESIDENTS), wanted)}
    for one in challenges().values():
        for key in one.named():
            memo[key, one.group] = _part(seen.values(key, one.group), wanted)
        if one.beyond is not None:
            memo[one.beyond.indicator, "all"] = _part(seen.values(one.beyond.indicator), wanted)
    return replace(seen, memo=memo)


def _part(values: Values | None, wanted: set[str]) -> Values | None:
    """Return one indicator for some places only."""
    if values is None:
        return None
    at = [row for row, code in enumerate(values.places) if code in wanted]
    return replace(
        values, places=tuple(values.places[row] for row in at), value=values.value[:, at], den=values.den[:, at],
        low=values.low[at], high=values.high[at], status=tuple(values.status[row] for row in at), n=values.n[at],
    )  # fmt: skip


def _judge_place(member: str, here: Seen, origin: Origin, known: Known) -> None:
    """Judge every challenge at one place."""
    found = []
    for one in challenges().values():
        by = severities(one, here)
        if by:
            found.append((one, by, affected(one, here), evidence_of(one, here, origin)))
    lead = np.array([by[0].draws[0] for _, by, _, _ in found])
    people = np.array([counted.draws[0] for _, _, counted, _ in found])
    ranks = _ranks(lead, people)
    for (one, by, counted, evidence), rank in zip(found, ranks, strict=True):
        line = next(row for row in evidence if row["indicator"] == by[0].indicator)
        words = _words(by[0].draws[0], counted) + (["modelled"] if line["doubtful"] else [])
        known.judged.append(
            {
                "challenge": one.id, "member": member, "severity": 100.0 * by[0].draws[0], "low": 100.0 * by[0].low,
                "high": 100.0 * by[0].high, "people": counted.draws[0], "people_low": counted.low, "people_high": counted.high,
                "rank": rank, "indicator": by[0].indicator, "counted_by": counted.indicator,
                "confidence": confidence(by, evidence)[0], "status": by[0].status, "note": " ".join(words),
            }
        )  # fmt: skip
        known.measured.extend(_measure(member, one.id, row) for row in _measures(one, evidence, by))
        known.drawn[member, one.id] = np.stack([*(severity.draws for severity in by), counted.draws])


def _measures(one: Challenge, evidence: Sequence[Row], by: Sequence[Any]) -> list[Row]:
    """Return the evidence of the measures that have a severity, in their order."""
    lines = {row["indicator"]: row for row in evidence}
    return [lines[severity.indicator] for severity in by if severity.indicator in one.measures]


def _ranks(lead: Floats, people: Floats) -> Floats:
    """Return the ranks of one place's challenges as its own diagnosis would publish them. (K,)"""
    if not lead.size:
        return lead
    said = np.full(lead.size, np.nan)
    first = np.stack([positions(criterion) for criterion in (lead, people, said)])
    assert len(CRITERIA) == len(first)
    return places_of(pressing(first, np.array(WEIGHTS)))


def _words(severity: float, counted: Affected) -> list[str]:
    """Return what a reader must know of a number, as words of ``common.note``."""
    holds = {
        "standard_met": severity <= 0,
        "not_counted": bool(np.isnan(counted.draws[0])),
        "households_counted": counted.how == "households",
        "beyond_counted": counted.how == "beyond",
    }
    return [word for word in NOTES if holds[word]]
