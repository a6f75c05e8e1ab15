"""Answers on every person of the town: relation, papers, schooling, work, health, difficulties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiesforall.demo.shapes import Bools, Floats, Ints, Shapes
from citiesforall.demo.survey import OF_AGE, STRATA, Answers
from citiesforall.demo.survey_draws import Columns, graded, numbers, only, pick, several, words, yes

if TYPE_CHECKING:
    from citiesforall.demo.town import Town

DISABILITY = ("seeing", "hearing", "walking", "remembering", "self_care", "communicating")
DIFFICULTY_STEPS = (1.9, 0.6, -1.6)
SPOUSE_YEARS, PARENT_YEARS, GRANDPARENT_YEARS = 13, 15, 46
MAN_NAMED_SHARE = 0.75  # of couples that name the man as head
NURSERY, LAST_SCHOOL_AGE, GRADUATE, PEACE_CHILD = 3, 30, 23, 35
OUT_OF_SCHOOL = {
    "work": 0.34,
    "cost": 0.24,
    "not_interested": 0.2,
    "far": 0.08,
    "disability": 0.06,
    "other": 0.08,
}
CHILD, WORKING, SCHOOL, SECONDARY, UPPER, LEAVING, OLD = 5, 15, 6, 12, 15, 18, 60
TWO, FIVE, TEN = 2, 5, 10  # years; who is younger than the household's stay was born here


@dataclass(frozen=True)
class Persons:
    """Hold who the persons of the town are, household by household.

    Parameters
    ----------
    household
        Of each person. (p,)
    number
        Place in the roster, from 1; the head is first. (p,)
    age, woman
        Of each person. (p,)
    partner
        Lives with the household's first person as a couple. (p,)
    welfare, stratum, poor
        Of their household. (p,)
    """

    household: Ints
    number: Ints
    age: Ints
    woman: Bools
    partner: Bools
    welfare: Floats
    stratum: Ints
    poor: Bools


def persons(town: Town, answers: Answers, poor: Ints) -> Persons:
    """List the persons of the town.

    Parameters
    ----------
    town, answers
        The town and what is true of its households.
    poor
        Class on the list of the poor. (h,)

    Returns
    -------
    Persons
        In the order of their households.
    """
    home, age, woman = town.people.household, town.people.age, town.people.woman
    first = np.searchsorted(home, home)
    number = np.arange(home.size) - first + 1
    partner = _partner(home, age, woman)
    swapped = np.flatnonzero(partner & woman[first])
    swapped = swapped[np.random.default_rng([town.plan.seed, 36]).random(swapped.size) < MAN_NAMED_SHARE]
    number[first[swapped]], number[swapped] = number[swapped], 1
    return Persons(
        home, number, age, woman, partner, answers.welfare[home], answers.stratum[home], poor[home] > 0
    )


def _partner(home: Ints, age: Ints, woman: Bools) -> Bools:
    """Find in each household the first grown person of about the first one's age and of the other sex. (p,)"""
    first = np.searchsorted(home, home)
    near = (np.abs(age[first] - age) < SPOUSE_YEARS) & (woman != woman[first]) & (age >= OF_AGE)
    found = np.zeros(home.size, bool)
    found[np.flatnonzero(near)[np.unique(home[near], return_index=True)[1]]] = True
    return found


def members(who: Persons, rng: np.random.Generator) -> Columns:
    """Answer for every person.

    Parameters
    ----------
    who
        The persons.
    rng
        Chance.

    Returns
    -------
    dict
        Question -> answer. (p,)
    """
    school = _school(who, rng)
    work = _work(who, school["attends_school"], rng)
    return {
        **_roster(who, rng),
        **_difficulties(who, rng),
        **school,
        **work,
        **_health(who, work["work_insured"], rng),
    }


def _roster(who: Persons, rng: np.random.Generator) -> Columns:
    age, w = who.age, who.welfare
    house = rng.random(who.household.max() + 1)[who.household]
    here = 1 / (
        1 + np.exp(-(-2.4 + 0.9 * (who.stratum == STRATA.index("informal")) + 0.5 * (who.stratum == 0)))
    )
    came = graded(
        house - here, (0.35, 0.12, 0.0), ("always", "ten_years_up", "five_to_ten_years", "under_five_years")
    )
    since = np.select(
        [came == "ten_years_up", came == "five_to_ten_years", came == "under_five_years"], [TEN, FIVE, TWO], 0
    )
    return {
        "member_number": who.number,
        "relation": _relation(who, rng),
        "sex": np.where(who.woman, "female", "male"),
        "age": age,
        "is_adult": np.where(age >= OF_AGE, "1", "0"),
        "birth_registered": words(yes(2.9 + 0.5 * w - 0.01 * np.maximum(age - 20, 0), rng)),
        "id_document": only(age >= WORKING, words(yes(2.8 + 0.5 * w - 2.2 * (age < OF_AGE), rng))),
        "lived_here": np.where(age < since, "always", came),
        "reads_writes": only(age >= TEN, words(yes(3.3 + 0.8 * w - 0.055 * np.maximum(age - 35, 0) - 0.3 * who.woman, rng))),
    }  # fmt: skip


def _relation(who: Persons, rng: np.random.Generator) -> Shapes:
    """Say what each person is to the head, from ages and sexes alone."""
    first = np.searchsorted(who.household, who.household)
    older = who.age[first] - who.age
    head = who.number == 1
    couple = who.partner | ((first == np.arange(first.size)) & ~head)
    in_law = (older >= PARENT_YEARS) & (who.age > 20) & (rng.random(older.size) < 0.15)  # noqa: PLR2004 - a grown child's partner
    return np.select(
        [
            head,
            couple,
            older >= GRANDPARENT_YEARS,
            in_law,
            older >= PARENT_YEARS,
            older <= -PARENT_YEARS,
        ],
        ["head", "spouse", "grandchild", "child_in_law", "child", "parent"],
        pick({"sibling": 0.6, "other_relative": 0.3, "not_related": 0.1}, older.size, rng),
    )


def _difficulties(who: Persons, rng: np.random.Generator) -> Columns:
    """Answer the six questions; a person with one difficulty has others more often."""
    hard = -6.5 + 0.062 * who.age - 0.25 * who.welfare + rng.normal(0, 1.0, who.age.size)
    asked = who.age >= CHILD
    names = ("cannot", "a_lot", "some", "none")
    return {
        f"wg_{word}": only(asked, graded(hard + rng.logistic(0, 0.8, hard.size), DIFFICULTY_STEPS, names))
        for word in DISABILITY
    }


def _school(who: Persons, rng: np.random.Generator) -> Columns:
    age, w, n = who.age, who.welfare, who.age.size
    score = np.select(
        [age < SCHOOL, age < LEAVING, age < GRADUATE],
        [-0.4 + 0.7 * w, 2.6 + 0.9 * w - 0.22 * np.maximum(age - 11, 0), -1.0 + 0.9 * w],
        -3.6,
    )
    level = np.select(
        [age < SCHOOL, age < SECONDARY, age < UPPER, age < LEAVING],
        ["preschool", "primary", "lower_secondary", "upper_secondary"],
        pick({"tertiary": 0.7, "vocational": 0.3}, n, rng),
    )
    asked = (age >= NURSERY) & (age <= LAST_SCHOOL_AGE)
    attends = only(asked, np.where(yes(score, rng), level, "no"))
    out = (age >= SCHOOL) & (age < LEAVING) & (attends == "no")
    before_peace = who.woman * (age > PEACE_CHILD)
    learnt = 0.2 + 0.8 * w - 0.03 * np.maximum(age - 30, 0) - 0.2 * before_peace + rng.normal(0, 0.8, n)
    not_yet = [age <= UPPER, age < LEAVING, age < GRADUATE]
    learnt = np.minimum(learnt, np.select(not_yet, [-0.3, 0.3, 1.2], 9.0))
    names = ("tertiary", "upper_secondary", "lower_secondary", "primary", "none")
    return {
        "attends_school": attends,
        "out_of_school_why": only(out, pick(OUT_OF_SCHOOL, n, rng)),
        "education_level": only(age >= WORKING, graded(learnt, (1.35, 0.55, -0.2, -1.0), names)),
    }


def _work(who: Persons, attends: Shapes, rng: np.random.Generator) -> Columns:
    age, w, n = who.age, who.welfare, who.age.size
    studies = (attends != "") & (attends != "no")
    score = np.select(
        [age < CHILD, age < WORKING, age < LEAVING],
        [-30.0, -3.9 - 0.6 * w + 0.3 * (age - 9) - 1.2 * studies, -0.4 - 0.5 * w - 1.8 * studies],
        1.5 - 0.1 * np.maximum(age - 56, 0) - 0.6 * who.woman - 1.9 * studies,
    )
    worked = yes(score, rng)
    grown, child = age >= WORKING, (age >= CHILD) & (age < LEAVING)
    absent = grown & ~worked & yes(np.full(n, -3.2), rng)
    busy = grown & (worked | absent)
    hours = np.where(age < LEAVING, rng.gamma(2.0, 5.0 + 7.0 * (~studies), n), rng.normal(47, 13, n))
    status = np.where(
        yes(0.2 + 0.35 * w, rng),
        "employee",
        pick({"own_account": 0.68, "family_worker": 0.24, "employer": 0.06, "apprentice": 0.02}, n, rng),
    )
    hired, runs = (
        busy & np.isin(status, ["employee", "apprentice"]),
        busy & np.isin(status, ["employer", "own_account"]),
    )
    idle = grown & ~busy
    wants = yes(-1.9 - 0.05 * np.maximum(age - 30, 0) - 1.2 * studies, rng)
    return {
        "worked_7d": only(age >= CHILD, words(worked)),
        "has_job_absent": only(grown & ~worked, words(absent)),
        "work_hours_7d": numbers(worked, np.clip(hours, 1, 90)),
        "work_hazardous": only(child & worked, words(yes(-0.9 - 0.3 * w, rng))),
        "chores_hours_7d": numbers(child, np.clip(rng.gamma(1.6, 3.0 + 1.2 * who.woman, n), 0, 60)),
        "work_status": only(busy, status),
        "work_insured": only(hired, words(yes(-0.5 + 0.5 * w, rng))),
        "work_registered": only(runs, words(yes(-1.7 + 0.6 * w, rng))),
        "looked_for_work_4w": only(idle, words(wants)),
        "available_2w": only(idle, words(yes(np.where(wants, 2.2, -1.6), rng))),
    }  # fmt: skip


def _health(who: Persons, insured: Shapes, rng: np.random.Generator) -> Columns:
    age, w, n = who.age, who.welfare, who.age.size
    schemes = {
        "hef": who.poor & yes(np.full(n, 2.0), rng),
        "nssf": (insured == "yes") & yes(np.full(n, 2.5), rng),
        "private": yes(-3.4 + 0.8 * w, rng),
    }
    ill = yes(-2.2 + 0.016 * age + 0.6 * (age < CHILD), rng)
    cared = pick(
        {
            "private_clinic": 0.34,
            "health_centre": 0.26,
            "pharmacy": 0.26,
            "public_hospital": 0.11,
            "traditional": 0.03,
        },
        n,
        rng,
    )
    left = pick({"none_cost": 0.5, "none_not_needed": 0.3, "none_far": 0.12, "none_other": 0.08}, n, rng)
    return {
        "health_scheme": several(schemes, "none"),
        "ill_30d": words(ill),
        "care_30d": only(ill, np.where(yes(2.2 + 0.5 * w, rng), cared, left)),
        "road_injury_12m": words(yes(-4.7 + 0.7 * ((age >= WORKING) & (age < OLD)), rng)),
    }
