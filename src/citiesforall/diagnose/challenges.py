"""The challenges of one city: what, where, who and how many, how severe, since when, what people say, how sure; ranked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.challenge import challenges
from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet, write_csv, write_parquet
from citiesforall.diagnose.challenge_card import card_of, unknown_card
from citiesforall.diagnose.challenge_evidence import confidence
from citiesforall.diagnose.challenge_judge import Judged, judge
from citiesforall.diagnose.challenge_needs import origin_of
from citiesforall.diagnose.challenge_rank import Ranked, rank_challenges
from citiesforall.diagnose.challenge_said import open_voices
from citiesforall.diagnose.challenge_text import write_briefs
from citiesforall.diagnose.challenge_values import Seen, see
from citiesforall.diagnose.hot_spots import make_hot_spots
from citiesforall.diagnose.links import make_links
from citiesforall.diagnose.risk import make_risk

COLUMNS = (
    "challenge", "dimension", "rank", "rank_low", "rank_high", "chance_top3", "severity", "severity_low", "severity_high",
    "people", "people_low", "people_high", "where", "where_found", "who", "trend", "perceived_rank", "confidence", "indicators",
    "lead", "counted_by", "actions", "status", "note",
)  # fmt: skip
"""Columns of ``challenges.parquet``: severity is 0 (standard met) to 100; ``note`` holds words of ``diagnose.challenge_note``."""
WORDS = (
    "challenge", "dimension", "where", "where_found", "who", "trend", "confidence", "indicators", "lead", "counted_by",
    "actions", "status", "note",
)  # fmt: skip


def make_challenges(given: Inputs, folder: Path) -> dict[str, Any]:
    """Judge every challenge, with risk, hot spots and links.

    Parameters
    ----------
    given
        With places and measure; households and cells where the city has them.
    folder
        Of the diagnosis: tables of the other parts are read there where they are; ``challenges``, ``risk``, ``hot_spots`` and
        ``links`` go there, ``challenges.json`` and a brief in each language.

    Returns
    -------
    dict
        ``notes``; ``top``, the first three; ``unknown``, ids of challenges nothing is known of; ``common``, how many there are.
    """
    seen, voices = see(given), open_voices(given)
    notes = [
        *make_risk(given, folder, seen, voices)["notes"],
        *make_hot_spots(given, folder, seen)["notes"],
        *make_links(given, folder, seen)["notes"],
    ]
    spots = read_parquet(folder / "hot_spots.parquet")
    spots = spots[spots["kind"] == "hot"]
    hot = {str(key): set(rows["place"]) for key, rows in spots[spots["level"] == "unit"].groupby("indicator")}
    growth, origin = growth_of(folder, seen), origin_of(given)
    judged = [judge(one, seen, voices, origin, (hot, growth)) for one in challenges().values()]
    known = [one for one in judged if one.by]
    ranked = _ranked(known, seen, given.city.choices.seed)
    table = challenge_table(judged, ranked)
    write_parquet(table, folder / "challenges.parquet")
    write_csv(table, folder / "challenges.csv")
    cards = _cards(judged, table, seen, spots[spots["level"] == "cells"])
    text = json.dumps(cards, ensure_ascii=False, indent=1, allow_nan=False)
    (folder / "challenges.json").write_text(text + "\n", "utf-8")
    write_briefs(cards, folder)
    own = [note.as_dict() for note in _notes(judged)]
    top = [card for card in cards if card["rank"] is not None][:3]
    return {
        **remember([], []),
        "notes": [*notes, *own],
        "top": [_short(card) for card in top],
        "unknown": _unknown(judged),
        "common": len(judged),
    }


def _unknown(judged: Sequence[Judged]) -> list[str]:
    """Return the challenges nothing is known of."""
    return [one.one.id for one in judged if not one.by]


def _short(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the findings say of a challenge."""
    words = (
        "challenge",
        "rank",
        "chance_top3",
        "severity",
        "people",
        "people_low",
        "people_high",
        "where",
        "who",
        "confidence",
    )
    return {word: card[word] for word in words}


def _notes(judged: Sequence[Judged]) -> list[Note]:
    """Return what is said of the list as a whole."""
    unknown = _unknown(judged)
    notes = [
        Note(
            "challenges", f"{len(judged) - len(unknown)} of {len(judged)} common challenges could be judged."
        )
    ]
    if unknown:
        listed = ", ".join(unknown)
        notes.append(
            Note("challenges", f"nothing is known of: {listed}. That is no sign that all is well.", "doubt")
        )
    return notes


def growth_of(folder: Path, seen: Seen) -> tuple[float, float] | None:
    """Return how many times as many people there will be in the first year of the outlook, low and high.

    Parameters
    ----------
    folder
        With ``outlook.parquet``, where it was made.
    seen
        What was measured.
    """
    path, people = folder / "outlook.parquet", seen.values("population")
    if not path.is_file() or people is None or people.at(seen.city) < 0:
        return None
    table = read_parquet(path)
    rows = table[(table["place"] == seen.city) & (table["quantity"] == "people") & table["low"].notna()]
    now = people.value[0, people.at(seen.city)]
    if rows.empty or not now > 0:
        return None
    first = rows.sort_values("year").iloc[0]
    return float(first["low"] / now), float(first["high"] / now)


def _ranked(known: Sequence[Judged], seen: Seen, seed: int) -> Ranked | None:
    """Rank the challenges something is known of; None where there is none."""
    if not known:
        return None
    people = np.column_stack([one.people.draws for one in known])
    said = np.column_stack([one.said for one in known])
    assert people.shape[0] == seen.S
    return rank_challenges([np.stack([by.draws for by in one.by]) for one in known], people, said, seed)


def challenge_table(judged: Sequence[Judged], ranked: Ranked | None) -> pd.DataFrame:
    """Return the table of challenges: ranked ones first, those nothing is known of after them without a rank.

    Parameters
    ----------
    judged
        Every challenge.
    ranked
        Ranks of those that are known, in the same order.
    """
    said = {one.one.id: one.said[0] for one in judged if not np.isnan(one.said[0])}
    order = sorted(said, key=lambda key: -said[key])
    perceived = {key: float(place) for place, key in enumerate(order, start=1)}
    rows, at = [], 0
    for one in judged:
        row = _row(one, perceived.get(one.one.id, np.nan))
        if one.by and ranked is not None:
            row |= {
                "rank": ranked.rank[at], "rank_low": ranked.low[at], "rank_high": ranked.high[at], "chance_top3": ranked.top[at],
            }  # fmt: skip
            at += 1
        rows.append(row)
    kinds: dict[str, Any] = {name: object if name in WORDS else np.float64 for name in COLUMNS}
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(kinds)
    return table.sort_values(["rank", "challenge"], kind="stable", na_position="last", ignore_index=True)


def _row(one: Judged, perceived: float) -> dict[str, Any]:
    """Return the row of one challenge, without its rank."""
    declared = one.one
    shared = {
        "challenge": declared.id, "dimension": declared.dimension, "trend": one.trend[0], "perceived_rank": perceived,
        "indicators": " ".join(row["indicator"] for row in one.evidence if row["status"] != "missing"),
        "actions": " ".join(dict.fromkeys((*declared.protection, *declared.empowerment))), "where": " ".join(one.where),
        "where_found": one.where_found,
    }  # fmt: skip
    if not one.by:
        return {
            **shared,
            "who": "",
            "confidence": "",
            "lead": "",
            "counted_by": "",
            "status": "missing",
            "note": "not_known",
        }
    lead, people = one.by[0], one.people
    word, _ = confidence(one.by, one.evidence)
    return {
        **shared, "severity": 100 * lead.draws[0], "severity_low": 100 * lead.low, "severity_high": 100 * lead.high,
        "people": people.draws[0], "people_low": people.low, "people_high": people.high, "who": one.who[0],
        "confidence": word, "lead": lead.indicator, "counted_by": people.indicator, "status": lead.status,
        "note": " ".join(_note_words(one)),
    }  # fmt: skip


def _note_words(one: Judged) -> list[str]:
    """Return what a reader must know of a challenge, as words of ``diagnose.challenge_note``."""
    lead = one.by[0]
    holds = {
        "standard_met": lead.draws[0] <= 0,
        "not_counted": np.isnan(one.people.draws[0]),
        "households_counted": one.people.how == "households",
        "beyond_counted": one.people.how == "beyond",
        "not_said": bool(np.isnan(one.said[0])),
        "no_group": not one.who[0],
        "no_place": not one.where,
    }
    return [word for word, true in holds.items() if true]


def _cards(
    judged: Sequence[Judged], table: pd.DataFrame, seen: Seen, clusters: pd.DataFrame
) -> list[dict[str, Any]]:
    """Return what is told of each challenge in full, in the order of the table."""
    by_id = {one.one.id: one for one in judged}
    rows = {
        str(row["challenge"]): {str(name): value for name, value in row.items()}
        for row in table.to_dict("records")
    }
    made = []
    for key in table["challenge"]:
        one = by_id[key]
        made.append(card_of(one, rows[key], seen, clusters) if one.by else unknown_card(one, rows[key]))
    among = {"judged": sum(1 for one in judged if one.by), "common": len(judged)}
    return [{**card, **among} for card in made]
