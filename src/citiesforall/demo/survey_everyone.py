"""What everybody in the town would answer, were all asked; and the true shares that estimates are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiesforall.core.questions import bank, codes
from citiesforall.demo.shapes import Bools, Floats, Ints, Shapes
from citiesforall.demo.survey import OF_AGE, Answers, poor_class
from citiesforall.demo.survey_draws import Columns
from citiesforall.demo.survey_home import home
from citiesforall.demo.survey_means import means
from citiesforall.demo.survey_members import Persons, members, persons
from citiesforall.demo.survey_threats import affected
from citiesforall.demo.survey_voice import adults_of, voice

if TYPE_CHECKING:
    from citiesforall.demo.town import Town

#: Answer -> question, and the tag or the code that counts.
OF_HOMES = {
    "improved_water": ("water_source", "improved"),
    "renter": ("tenure", "renter"),
    "tenure_document": ("tenure_paper", "document"),
    "fears_eviction": ("eviction_fear", "likely"),
    "electricity": ("lighting", "electric"),
    "waste_collected": ("waste", "collected"),
    "sewer_connected": ("toilet", "sewer"),
    "idpoor": ("idpoor", "poor"),
    "internet_at_home": ("internet_at_home", "yes"),
    "computer_at_home": ("computer_at_home", "yes"),
    "home_flooded_12m": ("home_flooded_12m", "yes"),
    "remittances": ("remittances", "yes"),
    "smoke_or_odour": ("smoke_or_odour", "yes"),
}
OF_ADULTS = {
    "safe_at_night": ("safe_at_night", "safe"),
    "safe_by_day": ("safe_by_day", "safe"),
    "crime_victim_12m": ("crimes_12m", "victim"),
    "joined_meeting_12m": ("joined_meeting_12m", "yes"),
    "trusts_neighbours": ("trust_neighbours", "trusts"),
    "trusts_council": ("trust_council", "trusts"),
    "discriminated_12m": ("discrimination_12m", "discriminated"),
    "has_say_in_decisions": ("say_in_government", "positive"),
    "system_responsive": ("influence_on_politics", "positive"),
    "had_official_contact_12m": ("official_contact_12m", "yes"),
    "has_bank_account": ("bank_account", "yes"),
    "has_mobile_internet": ("mobile_internet", "yes"),
    "feels_warned": ("warned", "warned"),
    "uses_eservices": ("eservices_12m", "yes"),
}
OF_MEMBERS = {
    "health_cover": ("health_scheme", "covered"),
    "migrant": ("lived_here", "migrant"),
    "road_injury_12m": ("road_injury_12m", "yes"),
}
FIES_MODERATE, FIES_SEVERE = 4, 7
UNDER_FIVE, LITERATE_FROM = 5, 15


@dataclass(frozen=True)
class Everyone:
    """Hold what everybody in the town would answer.

    Parameters
    ----------
    answers
        What it follows from.
    homes
        Question -> answer of each household. (h,)
    who, people
        The persons, and question -> answer of each. (p,)
    adults, voices
        Rows of the adults among the persons in the order of the rosters, and question -> answer of each. (a,)
    threats
        Threat -> whether it affected each household. (h,)
    """

    answers: Answers
    homes: Columns
    who: Persons
    people: Columns
    adults: Ints
    voices: Columns
    threats: dict[str, Bools]


def everyone(town: Town, answers: Answers) -> Everyone:
    """Answer for everybody.

    Parameters
    ----------
    town, answers
        The town and what is true of its households.

    Returns
    -------
    Everyone
        All answers.
    """
    rng = [np.random.default_rng([town.plan.seed, 34, number]) for number in range(5)]
    poor = poor_class(town, answers)
    size = np.bincount(town.people.household, minlength=answers.welfare.size)
    homes = {**home(answers, size, rng[0]), **means(answers, poor, size, rng[1])}
    threats = affected(answers, homes, rng[4])
    who = persons(town, answers, poor)
    people = members(who, rng[2])
    adults = np.flatnonzero(who.age >= OF_AGE)
    adults = adults[np.lexsort((who.number[adults], who.household[adults]))]
    said = voice(adults_of(who, adults), rng[3])
    homes = {"household_size": size.astype(np.float64), **homes}
    return Everyone(answers, homes, who, people, adults, said, threats)


def counts_as(question: str, what: str, given: Shapes) -> Bools:
    """Tell whether answers hold a code, or one that has a tag. (n,)"""
    known = bank()
    one = known.questions[question]
    tagged = codes(known, str(one.choices), what) if one.choices else ()
    wanted = tagged or (what,)
    if one.type != "select_multiple":
        return np.isin(given, wanted)
    words, back = np.unique(given, return_inverse=True)
    return np.array([bool({*wanted} & set(str(word).split())) for word in words])[back]


def true_shares(all_: Everyone) -> dict[str, dict[str, float]]:
    """Return what is true of all households, adults and persons of the municipality, for tests.

    Parameters
    ----------
    all_
        What everybody would answer.

    Returns
    -------
    dict
        Table -> answer -> share, or mean for ``fies_raw`` and ``income_khr_month``; ``threats`` -> share of households.
    """
    inside = all_.answers.sangkat >= 0
    persons_in = inside[all_.who.household]
    adults_in = persons_in[all_.adults]
    homes = {key: counts_as(*how, all_.homes[how[0]]) for key, how in OF_HOMES.items()} | _food(all_)
    return {
        "households": {key: float(value[inside].mean()) for key, value in homes.items()},
        "respondents": {
            key: float(counts_as(*how, all_.voices[how[0]])[adults_in].mean())
            for key, how in OF_ADULTS.items()
        }
        | _harassed(all_, adults_in),
        "members": {
            key: float(counts_as(*how, all_.people[how[0]])[persons_in].mean())
            for key, how in OF_MEMBERS.items()
        }
        | _of_some(all_, persons_in),
        "threats": {key: float(hit[inside].mean()) for key, hit in all_.threats.items()},
    }


def _food(all_: Everyone) -> dict[str, Floats | Bools]:
    """Return raw scores of food insecurity, and income. (h,) each"""
    raw = np.sum([words == "yes" for key, words in all_.homes.items() if key.startswith("fies_")], axis=0)
    income = all_.homes["income_khr_month"]
    return {
        "fies_raw": raw.astype(np.float64),
        "fies_4_up": raw >= FIES_MODERATE,
        "fies_7_up": raw >= FIES_SEVERE,
        "income_khr_month": income,
    }


def _harassed(all_: Everyone, here: Bools) -> dict[str, float]:
    """Return the shares harassed in twelve months among those who could speak alone."""
    asked = here & (all_.voices["harassment_private"] == "yes")
    hit = {
        word: all_.voices[f"{word}_harassment_when"] == "past_12_months" for word in ("physical", "sexual")
    }
    said = {f"harassed_{word}_12m": float(value[asked].mean()) for word, value in hit.items()}
    return {**said, "harassed_12m": float((hit["physical"] | hit["sexual"])[asked].mean())}


def _of_some(all_: Everyone, here: Bools) -> dict[str, float]:
    """Return shares among persons of an age."""
    age, people = all_.who.age, all_.people
    hard = [counts_as(key, "disabled", words) for key, words in people.items() if key.startswith("wg_")]
    young, grown, asked = age < UNDER_FIVE, age >= LITERATE_FROM, age >= UNDER_FIVE
    return {
        "disabled": float(np.any(hard, axis=0)[here & asked].mean()),
        "birth_registered_under_5": float((people["birth_registered"] == "yes")[here & young].mean()),
        "literate_15_up": float((people["reads_writes"] == "yes")[here & grown].mean()),
    }
