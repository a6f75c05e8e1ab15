"""Answers on threats: which affected each household, and for those visited how hard, how likely, what was done, who helped."""

from __future__ import annotations

import numpy as np

from citiesforall.core.questions import bank
from citiesforall.demo.shapes import Bools, Ints, Shapes
from citiesforall.demo.survey import STRATA, Answers
from citiesforall.demo.survey_draws import Columns, several, yes

#: Threat -> how common at mean welfare, what a unit of welfare and life in the informal settlement add. [logit]
COMMON: dict[str, tuple[float, float, float]] = {
    "job_loss": (-1.9, -0.5, 0.4),
    "debt": (-3.4, -0.4, 0.2),
    "high_prices": (-0.2, -0.4, 0.2),
    "crop_business_loss": (-2.6, -0.2, 0.0),
    "food_lack": (-4.2, -0.5, 0.2),
    "food_prices": (-0.9, -0.4, 0.2),
    "unsafe_food": (-2.2, 0.1, 0.1),
    "fish_decline": (-2.6, -0.2, 0.3),
    "illness": (-1.5, -0.2, 0.1),
    "dengue": (-2.3, -0.1, 0.3),
    "care_cost": (-2.0, -0.6, 0.3),
    "dirty_water": (-2.7, -0.6, 0.8),
    "flood": (-3.6, -0.1, 0.3),
    "drought_heat": (-1.6, -0.1, 0.1),
    "storm": (-2.4, -0.3, 0.4),
    "air_waste": (-1.7, 0.0, 0.8),
    "crime": (-2.2, 0.0, 0.4),
    "home_violence": (-3.2, -0.3, 0.3),
    "traffic": (-1.8, 0.0, 0.0),
    "drugs": (-2.4, -0.1, 0.7),
    "fire": (-4.2, -0.2, 0.5),
    "eviction": (-4.4, -0.2, 0.6),
    "quarrels": (-2.6, -0.1, 0.3),
    "unequal": (-2.8, -0.2, 0.7),
    "youth_leave": (-2.5, -0.4, 0.3),
    "no_say": (-2.2, 0.1, 0.4),
    "bribes": (-2.4, 0.1, 0.0),
    "no_service": (-2.4, -0.2, 0.9),
    "fear_to_speak": (-2.7, 0.1, 0.2),
}
#: Threat -> answer that makes it likely: question, codes, what it adds. [logit]
FOLLOWS: dict[str, tuple[str, tuple[str, ...], float]] = {
    "debt": ("has_debt", ("yes",), 2.2),
    "food_lack": ("fies_4_skipped", ("yes",), 3.6),
    "flood": ("home_flooded_12m", ("yes",), 5.0),
    "eviction": ("eviction_fear", ("very_likely", "somewhat_likely"), 3.4),
    "dirty_water": ("water_test", ("contaminated",), 0.7),
}
COPING: dict[str, dict[str, float]] = {
    "economic": {
        "borrowed": 0.5,
        "savings": 0.35,
        "more_work": 0.35,
        "ate_less": 0.25,
        "sold": 0.15,
        "migrated": 0.12,
        "child_work": 0.04,
    },
    "food": {"ate_less": 0.6, "borrowed": 0.35, "savings": 0.2, "more_work": 0.2},
    "health": {"savings": 0.45, "borrowed": 0.4, "protected": 0.25, "sold": 0.12, "ate_less": 0.08},
    "environmental": {"protected": 0.55, "moved": 0.2, "savings": 0.2, "organised": 0.12, "borrowed": 0.1},
    "personal": {"protected": 0.4, "complained": 0.3, "organised": 0.1},
    "community": {"complained": 0.35, "organised": 0.25, "moved": 0.05},
    "political": {"complained": 0.18, "organised": 0.1},
}
HELP: dict[str, dict[str, float]] = {
    "economic": {"family": 0.4, "lender": 0.2, "neighbours": 0.12, "municipality": 0.03},
    "food": {"family": 0.45, "neighbours": 0.25, "council": 0.08, "ngo": 0.08, "pagoda": 0.06},
    "health": {"family": 0.45, "health": 0.35, "neighbours": 0.1, "ngo": 0.05},
    "environmental": {
        "neighbours": 0.3,
        "family": 0.25,
        "village": 0.2,
        "council": 0.2,
        "municipality": 0.1,
        "ngo": 0.08,
    },
    "personal": {"police": 0.25, "village": 0.2, "family": 0.25, "council": 0.08},
    "community": {"village": 0.3, "council": 0.25, "family": 0.15, "municipality": 0.08},
    "political": {"council": 0.08, "ngo": 0.06, "family": 0.08},
}


def dimensions() -> dict[str, tuple[str, ...]]:
    """Return the threats of each dimension, as the question bank lists them."""
    found: dict[str, tuple[str, ...]] = {}
    for one in bank().lists["threat"]:
        found[one.tags[0]] = (*found.get(one.tags[0], ()), one.code)
    return found


def affected(answers: Answers, columns: Columns, rng: np.random.Generator) -> dict[str, Bools]:
    """Say which threats affected each household.

    Parameters
    ----------
    answers
        What is true of the households.
    columns
        What else they answer: floods, debts and hunger are threats too.
    rng
        Chance.

    Returns
    -------
    dict
        Threat -> whether it did. (h,)
    """
    slum, found = answers.stratum == STRATA.index("informal"), {}
    for threats in dimensions().values():
        for threat in threats:
            level, slope, here = COMMON[threat]
            score = level + slope * answers.welfare + here * slum
            if threat in FOLLOWS:
                question, codes, more = FOLLOWS[threat]
                score = score + more * np.isin(columns[question], codes)
            found[threat] = yes(score, rng)
    return found


def selected(found: dict[str, Bools]) -> Columns:
    """Write the questions that list the threats. (h,) each"""
    said = {
        f"threats_{key}": several({one: found[one] for one in threats}, "none")
        for key, threats in dimensions().items()
    }
    return {
        **said,
        "threats_all": several({one: found[one] for threats in dimensions().values() for one in threats}, ""),
    }


def details(
    found: dict[str, Bools], answers: Answers, row: Ints, rng: np.random.Generator
) -> tuple[Ints, Columns]:
    """Answer about each threat of the households visited.

    Parameters
    ----------
    found
        Threat -> whether it affected each household. (h,)
    answers
        What is true of the households.
    row
        Households visited. (k,)
    rng
        Chance.

    Returns
    -------
    at : ndarray of int
        Place in ``row`` of each turn, in order. (t,)
    columns : dict
        Question -> answer. (t,)
    """
    order = [(key, one) for key, threats in dimensions().items() for one in threats]
    hit = np.column_stack([found[one][row] for _, one in order])
    at, which = np.nonzero(hit)
    threat, dimension = np.array([one for _, one in order])[which], np.array([key for key, _ in order])[which]
    w = answers.welfare[row][at]
    severity = np.clip(np.round(2.9 - 0.5 * w + rng.normal(0, 1.0, at.size)), 1, 5).astype(np.int64)
    likely = np.clip(
        np.round(2.6 - 0.2 * w + 0.25 * (severity - 3) + rng.normal(0, 1.0, at.size)), 1, 5
    ).astype(np.int64)
    return at, {
        "threat": threat,
        "threat_shown": threat,
        "threat_severity": severity.astype("U1"),
        "threat_likelihood": likely.astype("U1"),
        "threat_coping": _some(COPING, dimension, "nothing", rng),
        "threat_helped_by": _some(HELP, dimension, "nobody", rng),
    }


def _some(
    chances: dict[str, dict[str, float]], dimension: Shapes, nothing: str, rng: np.random.Generator
) -> Shapes:
    """Draw what was done or who helped, by the dimension of the threat. (t,)"""
    words = dict.fromkeys(word for row in chances.values() for word in row)
    u = {word: rng.random(dimension.size) for word in words}
    hits = {word: u[word] < _chance(chances, dimension, word) for word in words}
    return several(hits, nothing)


def _chance(chances: dict[str, dict[str, float]], dimension: Shapes, word: str) -> Shapes:
    """Return the chance of a word for each threat. (t,)"""
    return np.select(
        [dimension == key for key in chances], [row.get(word, 0.0) for row in chances.values()], 0.0
    )
