"""A challenge told in full: what ``challenges.json`` holds of each, with its texts in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from citiesforall.core.challenge import Challenge
from citiesforall.core.indicator import indicators
from citiesforall.diagnose.challenge_evidence import confidence, plain
from citiesforall.diagnose.challenge_judge import Judged
from citiesforall.diagnose.challenge_rank import CRITERIA, WEIGHTS
from citiesforall.diagnose.challenge_values import Seen, Values, lacking, short_of
from citiesforall.text import say_key

LANGUAGES = ("en", "km")
MOST_CLUSTERS = 5
NUMBERS = (
    "rank", "rank_low", "rank_high", "chance_top3", "severity", "severity_low", "severity_high", "people", "people_low",
    "people_high", "perceived_rank",
)  # fmt: skip
WORDS = ("challenge", "dimension", "confidence", "lead", "counted_by", "status")


def both(key: str) -> dict[str, str]:
    """Return a public text in every language.

    Parameters
    ----------
    key
        Of the registry of texts.
    """
    return {lang: say_key(key, lang) for lang in LANGUAGES}


def unknown_card(one: Judged, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of a challenge nothing is known of: what would fill it.

    Parameters
    ----------
    one
        The challenge.
    row
        Of the table.
    """
    needed = [line for line in one.evidence if line["indicator"] in one.one.measures]
    fills = list(
        dict.fromkeys(line["source_that_would_fill_it"] for line in needed if line["status"] == "missing")
    )
    return {**_head(one, row), "filled_by": fills}


def card_of(one: Judged, row: Mapping[str, Any], seen: Seen, clusters: pd.DataFrame) -> dict[str, Any]:
    """Return what is told of a challenge.

    Parameters
    ----------
    one
        The challenge, something is known of.
    row
        Of the table.
    seen
        What was measured.
    clusters
        Rows of the hot spots between cells.
    """
    _, reasons = confidence(one.by, one.evidence)
    lead = one.by[0]
    return {
        **_head(one, row),
        "standard": {
            "floor": lead.posts.floor,
            "goal": lead.posts.goal,
            "said_by": lead.posts.said_by,
            "floor_said_by": "ours",
        },
        "weights": dict(zip(CRITERIA, WEIGHTS, strict=True)),
        "unit": indicators()[lead.indicator].unit,
        "counted_how": one.people.how,
        "who_value": plain(one.who[1]),
        "who_chance": plain(one.who[2]),
        "confidence_reasons": reasons,
        "places": places_told(one, seen),
        "clusters": clusters_told(one, clusters, seen),
    }


def _head(one: Judged, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of every challenge."""
    declared = one.one
    return {
        **{word: row[word] for word in WORDS},
        **{word: plain(row[word]) for word in NUMBERS},
        "title": both(f"challenge.{declared.id}.title"),
        "meaning": both(f"challenge.{declared.id}.meaning"),
        "where": str(row["where"]).split(),
        "where_found": row["where_found"],
        "who": row["who"],
        "trend": one.trend[0],
        "trend_rests_on": one.trend[1],
        "said_burden": plain(one.said[0]),
        "causes": [both(f"challenge.{declared.id}.cause.{n}") for n in range(1, len(declared.causes) + 1)],
        "protection": list(declared.protection),
        "empowerment": list(declared.empowerment),
        "threats": list(declared.threats),
        "hazards": list(declared.hazards),
        "notes": str(row["note"]).split(),
        "evidence": list(one.evidence),
    }


def places_told(one: Judged, seen: Seen) -> list[dict[str, Any]]:
    """Return the units where a challenge is worst, each with its value.

    Parameters
    ----------
    one
        The challenge.
    seen
        What was measured.
    """
    if one.spread is None:
        return []
    values, posts = one.spread
    short = short_of(values.value[0], values.indicator, posts)
    told = []
    for code in one.where:
        at = values.at(code)
        told.append(
            {
                "place": code, "name": seen.names.get(code, ""),
                    "name_km": seen.names_km.get(code, ""), "indicator": values.indicator.id,
                "value": plain(values.value[0, at]), "low": plain(values.low[at]), "high": plain(values.high[at]),
                "status": values.status[at], "severity": plain(100 * short[at]), "people": _people(one.one, code, seen),
            }
        )  # fmt: skip
    return told


def clusters_told(one: Judged, clusters: pd.DataFrame, seen: Seen) -> list[dict[str, Any]]:
    """Return the hot spots inside units, those with most people first; of the first measure that has any.

    Parameters
    ----------
    one
        The challenge.
    clusters
        Rows of the hot spots between cells.
    seen
        What was measured.
    """
    for key in one.one.named():
        rows = clusters[clusters["indicator"] == key].sort_values("people", ascending=False, kind="stable")
        if len(rows):
            return [
                {
                    "place": row["place"], "name": seen.names.get(row["place"], ""),
                    "name_km": seen.names_km.get(row["place"], ""), "indicator": key, "x": plain(row["x"]),
                    "y": plain(row["y"]), "people": plain(row["people"]), "value": plain(row["value"]), "q": plain(row["q"]),
                    "block_m": plain(row["block_m"]),
                }
                for row in rows.head(MOST_CLUSTERS).to_dict("records")
            ]  # fmt: skip
    return []


def _people(one: Challenge, place: str, seen: Seen) -> float | None:
    """Return the people affected in a unit, None where they cannot be counted."""
    for key in one.affected:
        values: Values | None = seen.values(key, one.group)
        residents = seen.values("population")
        if (
            values is None
            or residents is None
            or (at := values.at(place)) < 0
            or (row := residents.at(place)) < 0
        ):
            continue
        return plain(lacking(values)[0, at] * residents.value[0, row])
    return None
