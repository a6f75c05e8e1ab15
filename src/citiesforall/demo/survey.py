"""Asks a sample of households: strata, clusters, weights, members; answers follow from where and how they live."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from citiesforall.demo.blocks import INFORMAL
from citiesforall.demo.shapes import Bools, Floats, Ints, Shapes

if TYPE_CHECKING:
    from citiesforall.demo.town import Town

STRATA = ("core", "town", "village", "informal")
CLUSTERS = (12, 12, 8, 8)
IN_CLUSTER, CLUSTER_SIZE = 15, 100
CORE_URBAN, TOWN_URBAN = 0.55, 0.22
REFUSED_SHARE = 0.03
VERY_POOR, POOR = -1.75, -1.2  # of the hidden score
FEAR_STEPS = (1.9, 0.9, 0.0, -0.9)
DIFFICULTY_STEPS = (1.9, 0.6, -1.2)
FIES = ("worried", "healthy", "few_kinds", "skipped", "ate_less", "ran_out", "hungry", "whole_day")
FIES_HARDNESS = (-0.4, 0.0, -0.2, 0.9, 0.6, 1.2, 1.6, 2.4)
DISABILITY = ("seeing", "hearing", "walking", "remembering", "self_care", "communicating")
FIRST_DAY = np.datetime64("2025-02-03")


@dataclass(frozen=True)
class Answers:
    """Hold what is true of every household, from which a sample is asked.

    Parameters
    ----------
    building, sangkat, stratum
        Of each household. (h,)
    welfare
        Hidden score, about 0 in the mean; the poor are low. (h,)
    depth_m
        Flood depth at home. (h,) [m]
    """

    building: Ints
    sangkat: Ints
    stratum: Ints
    welfare: Floats
    depth_m: Floats


def true_answers(town: Town, depth_m: Floats) -> Answers:
    """Say how well each household lives.

    Parameters
    ----------
    town
        The town.
    depth_m
        Flood depth at each building. (b,) [m]

    Returns
    -------
    Answers
        Of every household.
    """
    rng = np.random.default_rng([town.plan.seed, 31])
    building = town.people.household_building
    urban, informal = town.buildings.urban[building], town.buildings.zone[building] == INFORMAL
    stratum = np.select([informal, urban > CORE_URBAN, urban > TOWN_URBAN], [3, 0, 1], 2)
    street = rng.normal(0, 0.35, town.sangkats.shapes.size + 1)[town.people.sangkat[building]]
    welfare = np.where(informal, -1.25, 0.55 * (urban - 0.35)) + street + rng.normal(0, 0.85, building.size)
    return Answers(building, town.people.sangkat[building], stratum, welfare, depth_m[building])


def poor_class(town: Town, answers: Answers) -> Ints:
    """Return 1 or 2 for households on the list of the poor, else 0; the list misses some and holds a few others. (h,)"""
    rng = np.random.default_rng([town.plan.seed, 32])
    seen = answers.welfare + rng.normal(0, 0.55, answers.welfare.size)
    return np.select([seen < VERY_POOR, seen < POOR], [1, 2], 0)


def ask(town: Town, answers: Answers) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Ask a sample.

    Parameters
    ----------
    town, answers
        The town and what is true of its households.

    Returns
    -------
    households, members : pandas.DataFrame
        One row per household, and one per member.
    """
    rng = np.random.default_rng([town.plan.seed, 33])
    row, cluster, weight = _sample(town, answers, rng)
    names = np.array([*town.sangkats.codes])
    size = np.bincount(town.people.household, minlength=answers.building.size)[row]
    adults = _respondents(town, row, rng)
    table = pd.DataFrame(
        {
            "household_id": [f"H{number:04d}" for number in range(1, row.size + 1)],
            "interview_date": _days(cluster, rng),
            "stratum": np.array(STRATA)[answers.stratum[row]],
            "cluster": [f"C{number:02d}" for number in cluster],
            "weight": np.round(weight, 3),
            "sangkat_code": [code.removeprefix("KH") for code in names[answers.sangkat[row]]],
            "household_size": size,
            "respondent_sex": np.where(town.people.woman[adults], "female", "male"),
            "respondent_age": town.people.age[adults],
            **_home(answers, row, rng),
            **_means(town, answers, row, rng),
            **_food(answers, row, rng),
            **_safety(answers, row, town.people.woman[adults], rng),
        }
    )
    return table, _members(town, answers, row, rng)


def _sample(town: Town, answers: Answers, rng: np.random.Generator) -> tuple[Ints, Ints, Floats]:
    """Draw clusters of about 100 households by size, and 15 households in each; those who refuse are made up by weight."""
    rows: list[Ints] = []
    clusters: list[Ints] = []
    weights: list[Floats] = []
    xy = town.buildings.xy[answers.building]
    for stratum, n_clusters in enumerate(CLUSTERS):
        own = np.flatnonzero((answers.stratum == stratum) & (answers.sangkat >= 0))
        strip = np.floor(xy[own, 1] / 250.0)
        snake = np.lexsort((xy[own, 0] * np.where(strip % 2 == 0, 1, -1), strip, answers.sangkat[own]))
        own = own[snake]
        n_areas = max(1, own.size // CLUSTER_SIZE)
        n = min(n_clusters, n_areas)
        start = rng.random()
        for number in range(n):
            area = int((start + number) * n_areas / n) % n_areas
            inside = own[area * own.size // n_areas : (area + 1) * own.size // n_areas]
            asked = rng.permutation(inside)[:IN_CLUSTER]
            asked = np.sort(asked[rng.random(asked.size) >= REFUSED_SHARE])
            rows.append(asked)
            clusters.append(np.full(asked.size, len(clusters) + 1))
            weights.append(np.full(asked.size, own.size / n / max(asked.size, 1)))
    return np.concatenate(rows), np.concatenate(clusters), np.concatenate(weights)


def _days(cluster: Ints, rng: np.random.Generator) -> list[str]:
    day = (
        FIRST_DAY
        + cluster.astype("timedelta64[D]")
        + rng.integers(0, 2, cluster.size).astype("timedelta64[D]")
    )
    return [str(one) for one in day]


def _respondents(town: Town, row: Ints, rng: np.random.Generator) -> Ints:
    """Choose one grown-up member of each household."""
    people = town.people
    starts = np.searchsorted(people.household, row)
    stops = np.searchsorted(people.household, row, side="right")
    chosen = []
    for start, stop in zip(starts, stops, strict=True):
        grown = np.flatnonzero(people.age[start:stop] >= 18)  # noqa: PLR2004 - of age
        chosen.append(start + int(rng.choice(grown)))
    return np.array(chosen)


def _yes(score: Floats, rng: np.random.Generator) -> Bools:
    """Draw yes with a logistic chance."""
    return np.asarray(rng.random(score.size) < 1 / (1 + np.exp(-score)))


def _words(yes: Bools) -> Shapes:
    return np.where(yes, "yes", "no")


def _home(answers: Answers, row: Ints, rng: np.random.Generator) -> dict[str, Shapes]:
    """Answer on dwelling, tenure, water and sanitation."""
    w, stratum = answers.welfare[row], answers.stratum[row]
    poor_place, village = stratum == STRATA.index("informal"), stratum == STRATA.index("village")
    owns = _yes(0.9 - 0.6 * (stratum == 0) + 0.2 * w, rng)
    title = owns & _yes(1.2 + 0.7 * w - 4.5 * poor_place - 0.5 * village, rng)
    tenure = np.select(
        [title, owns & poor_place, owns], ["owned_title", "no_document", "owned_other_document"], "rented"
    )
    pipe = _yes(1.4 + 0.9 * w - 2.2 * poor_place - 1.6 * village, rng)
    water = np.where(
        pipe,
        "piped",
        rng.choice(
            ["tube_well", "rain", "bottled", "vendor", "river"], row.size, p=[0.4, 0.15, 0.15, 0.15, 0.15]
        ),
    )
    flush = _yes(2.3 + 1.1 * w - 1.6 * poor_place - 0.6 * village, rng)
    toilet = np.where(flush, rng.choice(["flush_septic", "flush_pit", "flush_sewer"], row.size, p=[0.5, 0.35, 0.15]),
                      rng.choice(["pit_slab", "hanging", "none"], row.size, p=[0.3, 0.3, 0.4]))  # fmt: skip
    rooms = np.maximum(1, np.round(1.8 + 0.5 * w + rng.normal(0, 0.6, row.size))).astype(int)
    wall = np.where(
        _yes(2.0 + w - 1.8 * poor_place, rng),
        rng.choice(["concrete", "brick", "wood"], row.size),
        "leaves_or_sheet",
    )
    return {
        "tenure": tenure,
        "fears_eviction": _words(_yes(-2.6 + 2.9 * poor_place - 0.3 * w, rng)),
        "wall": wall,
        "sleeping_rooms": rooms,
        "water_source": water,
        "water_minutes": np.where(water == "piped", 0, rng.integers(2, 45, row.size)),
        "toilet": toilet,
        "toilet_shared": _words((toilet != "none") & _yes(-2.2 + 2.0 * poor_place - 0.4 * w, rng)),
        "electricity": _words(_yes(3.6 + 0.8 * w - 1.2 * poor_place, rng)),
        "waste_collected": _words(_yes(1.3 + 0.3 * w - 2.6 * poor_place - 1.9 * village, rng)),
        "home_flooded_12m": _words((answers.depth_m[row] > 0) & _yes(-1.2 + 0.9 * answers.depth_m[row], rng)),
    }  # fmt: skip


def _means(town: Town, answers: Answers, row: Ints, rng: np.random.Generator) -> dict[str, Shapes]:
    """Answer on income, cost of housing, debt and social protection."""
    w = answers.welfare[row]
    income = np.round(np.exp(14.2 + 0.42 * w + rng.normal(0, 0.3, row.size)), -4).astype(int)
    poor = poor_class(town, answers)[row]
    return {
        "monthly_income_khr": income,
        "housing_cost_share": np.round(np.clip(rng.beta(2.2, 8, row.size) - 0.03 * w, 0, 0.9), 2),
        "debt_payment_share": np.round(np.clip(rng.beta(1.1, 4, row.size) - 0.04 * w, 0, 0.95), 2),
        "idpoor": np.array(["none", "poor_1", "poor_2"])[poor],
        "health_cover": _words(_yes(-0.8 + 2.4 * (poor > 0) + 0.3 * w, rng)),
        "internet_at_home": _words(_yes(1.4 + 0.9 * w, rng)),
    }


def _food(answers: Answers, row: Ints, rng: np.random.Generator) -> dict[str, Shapes]:
    """Answer the eight questions of the food insecurity experience scale, each harder than the last."""
    lack = -1.15 - 1.15 * answers.welfare[row] + rng.normal(0, 0.8, row.size)
    return {
        f"fies_{number}_{word}": _words(_yes(1.6 * (lack - hard), rng))
        for number, (word, hard) in enumerate(zip(FIES, FIES_HARDNESS, strict=True), start=1)
    }


def _safety(answers: Answers, row: Ints, woman: Bools, rng: np.random.Generator) -> dict[str, Shapes]:
    """Answer on safety, community and voice."""
    w, poor_place = answers.welfare[row], answers.stratum[row] == STRATA.index("informal")
    fear = -0.5 + 0.75 * woman + 0.8 * poor_place - 0.2 * w + rng.normal(0, 0.9, row.size)
    words = ["does_not_go_out", "very_unsafe", "unsafe", "safe"]
    safe = np.select([fear > step for step in FEAR_STEPS], words, "very_safe")
    return {
        "safe_at_night": safe,
        "harassed_12m": _words(_yes(-2.7 + 0.8 * woman + 0.4 * poor_place, rng)),
        "crime_victim_12m": _words(_yes(-2.6 + 0.5 * poor_place, rng)),
        "discriminated_12m": _words(_yes(-2.3 + 0.9 * poor_place - 0.2 * w, rng)),
        "joined_meeting_12m": _words(_yes(-0.9 + 0.2 * w - 0.3 * woman, rng)),
        "trusts_neighbours": _words(_yes(1.1 - 0.4 * poor_place, rng)),
        "service_satisfied": _words(_yes(0.6 + 0.2 * w - 0.5 * poor_place, rng)),
        "paid_bribe_12m": _words(_yes(-2.1 + 0.2 * w, rng)),
        "has_say_in_decisions": _words(_yes(-0.6 + 0.3 * w - 0.3 * woman - 0.4 * poor_place, rng)),
    }


def _members(town: Town, answers: Answers, row: Ints, rng: np.random.Generator) -> pd.DataFrame:
    """List the members of the households asked."""
    people = town.people
    order = np.argsort(row, kind="stable")
    asked = row[order]
    member = np.flatnonzero(np.isin(people.household, row))
    place = np.searchsorted(asked, people.household[member])
    number = order[place] + 1
    keep = np.argsort(number, kind="stable")
    member, number, place = member[keep], number[keep], place[keep]
    age, w = people.age[member], answers.welfare[asked[place]]
    child = (age >= 6) & (age <= 17)  # noqa: PLR2004 - school age
    first = np.searchsorted(number, number)
    hard = -4.6 + 0.055 * age - 0.25 * w
    table = pd.DataFrame(
        {
            "household_id": [f"H{one:04d}" for one in number],
            "member": np.arange(number.size) - first + 1,
            "sex": np.where(people.woman[member], "female", "male"),
            "age": age,
            "attends_school": np.where(child, _words(_yes(2.6 + 0.9 * w - 0.22 * np.maximum(age - 11, 0), rng)), ""),
            "works": np.where(age >= 15, _words(_yes(1.0 - 0.09 * np.maximum(age - 58, 0) - 1.6 * (age < 18), rng)), ""),  # noqa: PLR2004 - working age
            "birth_registered": _words(_yes(2.9 + 0.5 * w, rng)),
        }
    )  # fmt: skip
    for word in DISABILITY:
        level = hard + rng.logistic(0, 1, age.size)
        steps = [level > step for step in DIFFICULTY_STEPS]
        table[f"difficulty_{word}"] = np.select(steps, ["cannot", "a_lot", "some"], "none")
    return table
