"""Answers of every adult: safety, harassment, crime, services of the state, voice, community, connection, getting about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from citiesforall.demo.shapes import Bools, Floats, Ints
from citiesforall.demo.survey import STRATA
from citiesforall.demo.survey_draws import Columns, graded, numbers, only, pick, several, words, yes
from citiesforall.demo.survey_members import Persons

FEAR_STEPS = (1.9, 1.2, 0.1, -1.0)
SAFE = ("never_goes_out", "very_unsafe", "bit_unsafe", "fairly_safe", "very_safe")
AGREE = ("strongly_agree", "agree", "disagree", "strongly_disagree")
SATISFIED = ("very_satisfied", "satisfied", "dissatisfied", "very_dissatisfied")
TRUST = ("completely", "mostly", "not_very_much", "not_at_all")
HOW_MUCH = ("great_deal", "a_lot", "some", "very_little", "not_at_all")
SERVICES = {
    "health": ("access", "affordable", "facilities", "equal", "courtesy"),
    "education": ("access", "affordable", "facilities", "equal", "teaching"),
    "government": ("access", "affordable", "equal", "process", "time"),
}
USED = {"health": -0.1, "education": 0.3, "government": -0.9}
SEXUAL = {
    "staring": 0.34,
    "comments": 0.26,
    "messages": 0.14,
    "following": 0.1,
    "touching": 0.12,
    "exposing": 0.03,
    "demand": 0.01,
}
PHYSICAL = {"threat": 0.35, "pushed": 0.3, "hit": 0.2, "thrown": 0.1, "weapon": 0.05}
PLACES = {
    "neighbourhood": 0.33,
    "market": 0.13,
    "work": 0.15,
    "transport": 0.07,
    "school": 0.06,
    "park": 0.06,
    "home": 0.1,
    "online": 0.1,
}
CRIMES = {"theft": -3.4, "vehicle": -4.0, "burglary": -4.2, "fraud": -4.0, "robbery": -4.9, "assault": -5.0}
GROUNDS = {
    "poverty": -3.3,
    "sex": -4.2,
    "age": -4.4,
    "disability": -4.6,
    "ethnicity": -4.2,
    "migration": -4.3,
    "address": -4.6,
    "politics": -4.9,
}
SKILLS = {
    "message": 2.4,
    "search": 1.3,
    "copy": 0.2,
    "install": 0.4,
    "pay": 0.7,
    "table": -2.1,
    "present": -1.8,
    "privacy": -0.9,
    "check": -0.8,
}


@dataclass(frozen=True)
class Adult:
    """Hold what answers of an adult follow from. (a,) each

    Parameters
    ----------
    age, woman, welfare
        Of the adult.
    slum, village
        Where the household lives.
    """

    age: Floats
    woman: Bools
    welfare: Floats
    slum: Bools
    village: Bools


def adults_of(who: Persons, rows: Ints) -> Adult:
    """Return the adults at these rows of the persons."""
    stratum = who.stratum[rows]
    return Adult(
        who.age[rows].astype(float), who.woman[rows], who.welfare[rows],
        stratum == STRATA.index("informal"), stratum == STRATA.index("village"),
    )  # fmt: skip


def voice(one: Adult, rng: np.random.Generator) -> Columns:
    """Answer for every adult.

    Parameters
    ----------
    one
        The adults.
    rng
        Chance.

    Returns
    -------
    dict
        Question -> answer. (a,)
    """
    return {
        **_safety(one, rng), **_harassment(one, rng), **_crime(one, rng), **_services(one, rng), **_state(one, rng),
        **_community(one, rng), **_connection(one, rng), **_moving(one, rng),
    }  # fmt: skip


def _safety(one: Adult, rng: np.random.Generator) -> Columns:
    fear = -0.5 + 0.75 * one.woman + 0.8 * one.slum - 0.2 * one.welfare + rng.normal(0, 0.9, one.age.size)
    day = fear - 1.5 + rng.normal(0, 0.4, fear.size)
    warned = graded(
        0.4 + 0.3 * one.welfare + rng.normal(0, 1, fear.size),
        (0.1, -0.6, -1.0),
        ("both", "only_warned", "only_knows", "neither"),
    )
    return {
        "safe_by_day": graded(day, FEAR_STEPS, SAFE),
        "safe_at_night": graded(fear, FEAR_STEPS, SAFE),
        "warned": warned,
    }


def _harassment(one: Adult, rng: np.random.Generator) -> Columns:
    """Answer two times four questions, where nobody else listens."""
    n = one.age.size
    alone = yes(np.full(n, 2.3), rng)
    young = 0.03 * np.maximum(35 - one.age, 0) - 0.02 * np.maximum(one.age - 45, 0)
    scores = {
        "sexual": -2.5 + 1.1 * one.woman + 0.4 * one.slum + young,
        "physical": -2.9 + 0.5 * one.slum + 0.5 * young,
    }
    said: Columns = {"harassment_private": words(alone)}
    for word, kinds in (("sexual", SEXUAL), ("physical", PHYSICAL)):
        happened = yes(scores[word], rng)
        latest = pick(kinds, n, rng)
        hits = {
            kind: happened & ((latest == kind) | (rng.random(n) < 0.4 * chance))
            for kind, chance in kinds.items()
        }
        some = alone & happened
        said |= {
            f"{word}_harassment_types": only(alone, several(hits, "none")),
            f"{word}_harassment_latest": only(some, latest),
            f"{word}_harassment_when": only(some, pick({"past_12_months": 0.62, "earlier": 0.38}, n, rng)),
            f"{word}_harassment_where": only(some, pick(PLACES, n, rng)),
        }
    return said


def _crime(one: Adult, rng: np.random.Generator) -> Columns:
    hits = {word: yes(level + 0.5 * one.slum, rng) for word, level in CRIMES.items()}
    said = several(hits, "none")
    return {
        "crimes_12m": said,
        "crime_reported": only(said != "none", words(yes(-0.9 + 0.2 * one.welfare, rng))),
    }


def _services(one: Adult, rng: np.random.Generator) -> Columns:
    """Answer on three services: five attributes and one overall, all moved by one experience."""
    said: Columns = {}
    for word, attributes in SERVICES.items():
        n = one.age.size
        used = yes(USED[word] - 0.3 * one.welfare, rng)
        experience = 0.35 + 0.2 * one.welfare - 0.5 * one.slum + rng.normal(0, 0.8, n)
        said[f"{word}_used_12m"] = words(used)
        for attribute in attributes:
            said[f"{word}_{attribute}"] = only(
                used, graded(experience + rng.normal(0, 0.6, n), (1.2, -0.2, -1.5), AGREE)
            )
        said[f"{word}_overall"] = only(
            used, graded(experience + rng.normal(0, 0.3, n), (1.3, -0.1, -1.4), SATISFIED)
        )
    return said


def _state(one: Adult, rng: np.random.Generator) -> Columns:
    """Answer on officials, bribes and having a say."""
    n = one.age.size
    met = yes(0.3 + 0.2 * one.welfare, rng)
    say = -0.6 + 0.3 * one.welfare - 0.3 * one.woman - 0.4 * one.slum + rng.normal(0, 1.0, n)
    steps = (1.9, 1.1, 0.0, -1.1)
    grounds = {
        word: yes(level + 0.9 * one.slum - 0.2 * one.welfare + 0.7 * one.woman * (word == "sex"), rng)
        for word, level in GROUNDS.items()
    }
    return {
        "official_contact_12m": words(met),
        "paid_bribe_12m": only(met, words(yes(-1.9 + 0.2 * one.welfare, rng))),
        "bribe_asked_12m": only(met, words(yes(np.full(n, -2.9), rng))),
        "say_in_government": graded(say, steps, HOW_MUCH),
        "influence_on_politics": graded(say - 0.3 + rng.normal(0, 0.5, n), steps, HOW_MUCH),
        "discrimination_12m": several(grounds, "none"),
    }


def _community(one: Adult, rng: np.random.Generator) -> Columns:
    n, w = one.age.size, one.welfare
    complained = yes(-2.6 + 0.2 * w, rng)
    trust = rng.normal(0, 1.0, n)
    life = 5.9 + 0.7 * w - 0.5 * one.slum + rng.normal(0, 1.7, n)
    return {
        "joined_meeting_12m": words(yes(-0.9 + 0.2 * w - 0.3 * one.woman + 0.4 * one.village, rng)),
        "trust_neighbours": graded(0.9 - 0.4 * one.slum + trust, (1.7, 0.0, -1.3), TRUST),
        "trust_council": graded(
            0.4 - 0.5 * one.slum + 0.5 * trust + rng.normal(0, 0.9, n), (1.7, 0.0, -1.3), TRUST
        ),
        "voted": np.where(one.age < 20, "not_allowed", words(yes(1.5 + 0.02 * (one.age - 40), rng))),  # noqa: PLR2004 - at the last election
        "knows_complaint_office": words(yes(-0.8 + 0.4 * w, rng)),
        "complained_12m": words(complained),
        "complaint_resolved": only(complained, words(yes(np.full(n, -0.5), rng))),
        "life_satisfaction": numbers(np.ones(n, bool), np.clip(life, 0, 10)),
    }


def _connection(one: Adult, rng: np.random.Generator) -> Columns:
    n, w = one.age.size, one.welfare
    online = yes(1.9 + 0.6 * w - 0.07 * np.maximum(one.age - 35, 0), rng)
    skills = {
        word: online & yes(level + 0.7 * w - 0.04 * np.maximum(one.age - 30, 0), rng)
        for word, level in SKILLS.items()
    }
    return {
        "mobile_internet": words(online),
        "digital_skills_3m": several(skills, "none"),
        "eservices_12m": words(online & yes(-1.7 + 0.6 * w, rng)),
        "bank_account": words(yes(-0.3 + 0.8 * w - 0.02 * np.abs(one.age - 35) + np.zeros(n), rng)),
    }


def _moving(one: Adult, rng: np.random.Generator) -> Columns:
    n, w = one.age.size, one.welfare
    goes = yes(1.4 - 0.09 * np.maximum(one.age - 52, 0) - 0.4 * one.woman, rng)
    modes = pick(
        {"motorbike": 0.62, "walk": 0.13, "bicycle": 0.07, "taxi": 0.06, "bus": 0.04, "work_transport": 0.08},
        n,
        rng,
    )
    return {
        "commutes": words(goes),
        "commute_minutes": numbers(goes, np.clip(rng.gamma(2.2, 8.0 + 4.0 * one.village, n), 1, 180)),
        "main_mode": np.where(yes(-2.6 + 1.2 * w, rng), "car", modes),
        "public_transport_30d": words(yes(-1.9 - 0.3 * w, rng)),
    }
