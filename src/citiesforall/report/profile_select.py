"""Which of several hundred indicators a profile shows, and which places and groups it names as worst off, if any."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citiesforall.core.amounts import RESIDENTS
from citiesforall.core.challenge import challenges
from citiesforall.core.figures import figures
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.report.profile_facts import DOUBTFUL, HAS_VALUE, HUNDRED, Facts, declared, is_known, row_of

OF_ONE_FAMILY = 2
"""Indicators of one challenge that are shown of a dimension: five ways to count the same crowd out the rest."""
SURE = 0.9
"""Share of the draws in which the worst must be the worst to be named so."""
SOLID = 80.0
"""A score from which an indicator counts as a strength: `very solid` in the bands of UN-Habitat's City Prosperity Index."""
ASKED = ("answer", "scorecard", "num", "den", "of")
"""Options of methods that name what a survey, a scorecard or a register must hold."""


@dataclass(frozen=True)
class Pick:
    """Hold an indicator that is shown.

    Parameters
    ----------
    indicator
        Its id.
    is_headline
        Whether a challenge is led by it, or it counts in a dimension's score.
    is_measured
        Whether its value is neither estimated nor modelled nor from few cases.
    score
        From 0 to 100; nan where nothing says what is good.
    """

    indicator: str
    is_headline: bool
    is_measured: bool
    score: float


@dataclass(frozen=True)
class Worst:
    """Say who or where is worst off by one indicator.

    Parameters
    ----------
    indicator
        Its id.
    code
        Place or group.
    gap
        The worst less the whole, or less the group it is compared with.
    low, high
        Interval of the gap; nan where there is none.
    chance
        Share of the draws in which it is the worst; nan where there are none.
    is_sure
        Whether the gap is no chance: its interval leaves 0 out.
    against
        What it is compared with.
    """

    indicator: str
    code: str
    gap: float
    low: float
    high: float
    chance: float
    is_sure: bool
    against: str


def family_of(indicator: str) -> str:
    """Return the challenge an indicator belongs to: the first that it measures, else the first it bears on."""
    for one in challenges().values():
        if indicator in one.measures:
            return one.id
    return next((one.id for one in challenges().values() if indicator in one.named()), indicator)


def picks(facts: Facts, dimension: str, most: int) -> list[Pick]:
    """Return the indicators of a dimension that are shown.

    Parameters
    ----------
    facts
        The tables.
    dimension
        Of human security.
    most
        How many at most.

    Returns
    -------
    list of Pick
        Headlines before others, measured before doubtful, then by severity (100 less the score), the worst first; two of
        one challenge at most, as long as others are left.
    """
    scores, weights = facts.scores["score"].to_dict(), facts.scores["weight"].to_dict()
    leads = {card["lead"] for card in facts.cards}
    found = []
    for key, one in declared(dimension).items():
        if one.better == "context" or not is_known(facts, key):
            continue
        is_headline = key in leads or float(weights.get(key, 0.0)) > 0
        status = row_of(facts, key).status
        found.append(Pick(key, is_headline, status not in DOUBTFUL, float(scores.get(key, math.nan))))
    found.sort(key=_order)
    return _mixed(found, most)


def _order(one: Pick) -> tuple[bool, bool, float, str]:
    """Return by what picks are ordered."""
    return (
        not one.is_headline,
        not one.is_measured,
        one.score if not math.isnan(one.score) else HUNDRED,
        one.indicator,
    )


def _mixed(found: Sequence[Pick], most: int) -> list[Pick]:
    """Return the first picks, two of a family at most while there are others."""
    families: Counter[str] = Counter()
    first: list[Pick] = []
    rest: list[Pick] = []
    for one in found:
        family = family_of(one.indicator)
        (first if families[family] < OF_ONE_FAMILY else rest).append(one)
        families[family] += 1
    return [*first, *rest][:most]


def strengths(facts: Facts, most: int) -> list[str]:
    """Return headline indicators in which the city does well: score and lower end from `SOLID`, the best first."""
    scores = facts.scores
    if scores.empty:
        return []
    leads = {card["lead"] for card in facts.cards}
    good = scores[(scores["score"] >= SOLID) & scores["status"].isin(HAS_VALUE)]
    sure = good[good["low"].isna() | (good["low"] >= SOLID)]
    sure = sure[(sure["weight"] > 0) | sure.index.isin(leads)]
    ordered = sure.sort_values(["score"], ascending=False, kind="stable").index
    return list(dict.fromkeys(str(key) for key in ordered))[:most]


def worst_places(facts: Facts) -> dict[str, Worst]:
    """Return, by indicator, which place is worst off beside the whole city, where the tables know one."""
    table = facts.table("inequality")
    if table.empty:
        return {}
    own = table[table["place"] == facts.whole]
    gaps = own[
        (own["measure"] == "place_gap") & (own["place_b"] == facts.whole) & (own["status"] != "missing")
    ]
    return {
        str(row["indicator"]): _worst(row, str(row["place_a"]), facts.whole)
        for row in gaps.to_dict("records")
        if row["place_a"] and "level" not in str(row["note"]).split()
    }


def worst_groups(facts: Facts) -> list[Worst]:
    """Return the gaps between two groups of the city that are no chance and go against the first, by indicator."""
    table = facts.table("inequality")
    if table.empty:
        return []
    own = table[(table["place"] == facts.whole) & (table["measure"] == "group_gap")]
    own = own[(own["status"] != "missing") & ~own["note"].str.split().map(lambda words: "scenario" in words)]
    found = []
    for row in own.to_dict("records"):
        one = _worst(row, str(row["group_a"]), str(row["group_b"]))
        if one.is_sure and is_worse(indicators()[one.indicator], one.gap):
            found.append(one)
        elif one.is_sure and indicators()[one.indicator].better in {"higher", "lower"}:
            found.append(
                Worst(one.indicator, one.against, -one.gap, -one.high, -one.low, one.chance, True, one.code)
            )
    return found


def _worst(row: Mapping[Any, Any], code: str, against: str) -> Worst:
    """Return a row of the table of inequality as who is worst off."""
    low, high = float(row["low"]), float(row["high"])
    sure = not math.isnan(low) and (low > 0 or high < 0)
    return Worst(
        str(row["indicator"]), code, float(row["value"]), low, high, float(row["chance"]), sure, against
    )


def is_worse(one: Indicator, gap: float) -> bool:
    """Say whether a gap goes to the worse side of an indicator."""
    return (one.better == "higher" and gap < 0) or (one.better == "lower" and gap > 0)


def ranked_gaps(facts: Facts, found: Iterable[Worst]) -> list[Worst]:
    """Return gaps of headline indicators by how many points of score they are, the widest first."""
    leads = {card["lead"] for card in facts.cards}
    weights = facts.scores["weight"]
    kept = [one for one in found if one.indicator in leads or float(weights.get(one.indicator, 0.0)) > 0]
    return sorted(kept, key=lambda one: (-points(one), one.indicator, one.code))


def points(one: Worst) -> float:
    """Return how many points of score a gap is: the share of the way from floor to goal."""
    post = indicators()[one.indicator].goalposts
    if post is None or post.scale == "log":
        return 0.0
    return abs(one.gap) / abs(post.goal - post.floor) * HUNDRED


def most_often(found: Iterable[Worst]) -> list[tuple[str, int]]:
    """Return who is worst off in how many indicators, the most often first, ties by code."""
    counts = Counter(one.code for one in found)
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def missing_of(facts: Facts, dimension: str) -> dict[str, list[str]]:
    """Return the indicators of a dimension that wait, by what would fill them: headlines and SDG first.

    Parameters
    ----------
    facts
        The tables.
    dimension
        Of human security; ``""`` for all.
    """
    leads = {key for one in challenges().values() for key in one.measures[:1]}
    found: dict[str, list[str]] = {}
    for key, one in indicators().items():
        if (not dimension or one.dimension == dimension) and row_of(facts, key).status == "missing":
            found.setdefault(filler_of(one), []).append(key)
    order = {key: (key not in leads, not indicators()[key].sdg) for keys in found.values() for key in keys}
    ranked = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return {role: sorted(keys, key=order.__getitem__) for role, keys in ranked}


def filler_of(one: Indicator) -> str:
    """Return which kind of source an indicator rests on: ``survey``, ``register``, ``figures``, ``scorecard`` or ``map``."""
    if one.method.startswith("survey"):
        return "survey"
    if one.method.startswith(("score", "maturity")):
        return "scorecard"
    if not one.method.startswith("register"):
        return "map"
    said = [one.options[word] for word in ASKED if word in one.options]
    names = [
        str(name).partition("@")[0]
        for value in said
        for name in (value if isinstance(value, list) else [value])
    ]
    return "figures" if all(name in figures() for name in names if name != RESIDENTS) else "register"


def spread(facts: Facts, indicator: str) -> list[str]:
    """Return the places with a value of an indicator, the worst first."""
    known = [place for place in facts.places if is_known(facts, indicator, place)]
    sign = 1.0 if indicators()[indicator].better == "higher" else -1.0
    values = np.array([row_of(facts, indicator, place).value for place in known]) * sign
    return [known[at] for at in np.argsort(values, kind="stable")]
