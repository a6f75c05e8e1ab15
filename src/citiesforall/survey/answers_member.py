"""Answers on each member of a household: work, school, health, disability, papers; and what they say of the household."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from citiesforall.estimation.scales import washington_group
from citiesforall.survey.answers import (
    all_of,
    amount,
    any_of,
    has_a,
    has_code,
    if_asked,
    is_a,
    is_code,
    opposite,
    unknown,
    where_known,
    yes,
)
from citiesforall.survey.answers_means import OfMembers
from citiesforall.survey.asked import Asked, Floats, Ints

WORKING_AGE = 15
DOMAINS = ("seeing", "hearing", "walking", "remembering", "self_care", "communicating")
DIFFICULTY = ("none", "some", "a_lot", "cannot")
#: Youngest, oldest, hours of work in a week from which it is child labour (SDG 8.7.1).
CHILD_HOURS = ((5, 11, 1.0), (12, 14, 14.0), (15, 17, 43.0))
CHORES_HOURS, CHORES_AGES = 21.0, (5, 14)


def between(age: Floats, low: float, high: float = np.inf) -> npt.NDArray[np.bool_]:
    """Tell who is of an age, both ends included. (N,)"""
    return np.asarray((age >= low) & (age <= high))


def employed(worked: Floats, away: Floats) -> Floats:
    """Say who worked for an hour in seven days or has a job to return to. (N,)

    Notes
    -----
    ILO, 19th International Conference of Labour Statisticians. The question counts help on the own farm too, so those who
    produce for themselves alone are among the employed here.
    """
    return any_of([worked, np.where(worked == 1, 0.0, if_asked(away))])


def unemployed(works: Floats, looked: Floats, available: Floats) -> Floats:
    """Say who has no work, looked for it in four weeks and can start in two; nan outside the labour force. (N,)

    Notes
    -----
    ILO; the mean is the unemployment rate (SDG 8.5.2).
    """
    seeks = all_of([opposite(works), looked, np.where(looked == 0, 0.0, available)])
    out: Floats = np.where(works == 1, 0.0, np.where(seeks == 1, 1.0, np.nan))
    return out


def in_labour_force(works: Floats, looked: Floats, available: Floats) -> Floats:
    """Say who works, or seeks work and can start. (N,)"""
    seeks = all_of([opposite(works), looked, np.where(looked == 0, 0.0, available)])
    return np.where(works == 1, 1.0, seeks)


def informal_work(status: npt.NDArray[np.object_], insured: Floats, registered: Floats) -> Floats:
    """Say whose work is informal, of those who work. (N,)

    Parameters
    ----------
    status
        Code of the status in employment. (N,)
    insured
        The employer pays social security. (N,)
    registered
        The own business is registered. (N,)

    Notes
    -----
    SDG 8.3.1: family workers always; employees without social security; employers and own-account workers whose business is
    not registered.
    """
    out = np.full(status.size, np.nan)
    out[status == "family_worker"] = 1.0
    hired, own = (
        np.isin(status, codes) for codes in (("employee", "apprentice"), ("employer", "own_account"))
    )
    out[hired] = opposite(insured)[hired]
    out[own] = opposite(registered)[own]
    return out


def neet(attends: Floats, works: Floats) -> Floats:
    """Say who is neither in work nor in school or training. (N,)

    Notes
    -----
    SDG 8.6.1.
    """
    return opposite(any_of([attends, works]))


def child_labour(age: Floats, hours: Floats, hazardous: Floats, chores: Floats) -> Floats:
    """Say which children work more than their age allows, in danger, or do chores for 21 hours a week and more. (N,)

    Parameters
    ----------
    age
        [years]
    hours
        Of work in seven days; 0 where the child did not work. (N,) [h]
    hazardous
        Heavy loads, dangerous tools, nights, heights; 0 where the child did not work. (N,)
    chores
        Hours of chores in seven days. (N,) [h]

    Notes
    -----
    SDG 8.7.1 within the general production boundary: from 1 hour at 5 to 11 years, 14 hours at 12 to 14, 43 hours at 15 to 17;
    chores from 21 hours at 5 to 14 years.
    """
    limit = np.select(
        [between(age, low, high) for low, high, _ in CHILD_HOURS], [most for *_, most in CHILD_HOURS], np.nan
    )
    long = np.where(np.isnan(hours), np.nan, (hours >= limit).astype(np.float64))
    many = np.where(np.isnan(chores), np.nan, (chores >= CHORES_HOURS).astype(np.float64))
    many = np.where(between(age, *CHORES_AGES), many, 0.0)
    return where_known(~np.isnan(limit), any_of([long, hazardous, many]))


def disabled(asked: Asked) -> Floats:
    """Say who has a lot of difficulty, or cannot, in one of six domains (Washington Group Short Set). (N,)"""
    said = [
        np.select(
            [is_code(asked, f"wg_{name}", (code,)) == 1 for code in DIFFICULTY], [1.0, 2.0, 3.0, 4.0], np.nan
        )
        for name in DOMAINS
    ]
    return washington_group(np.column_stack(said)) if asked.n else np.zeros(0)


def derive_members(asked: Asked, given: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the answers on members.

    Parameters
    ----------
    asked
        The roster.
    given
        Answers the file gives as they are.

    Returns
    -------
    dict
        Answer -> share. (N,)
    """
    age = amount(asked, "age")
    found = _work(asked, age, given) | _school(asked, age, given)
    found |= {
        "birth_registered_under_5": where_known(between(age, 0, 4), yes(asked, "birth_registered")),
        "health_cover": has_a(asked, "health_scheme", "covered"),
        "disabled": disabled(asked),
        "road_injury_12m": yes(asked, "road_injury_12m"),
        "ill_treated": where_known(
            yes(asked, "ill_30d") == 1,
            is_code(asked, "care_30d", TREATED, ("none_not_needed", "dont_know")),
        ),
        "migrant": is_a(asked, "lived_here", "migrant"),
        "has_id_document": where_known(between(age, WORKING_AGE), yes(asked, "id_document")),
    }
    return found | dict(given)


TREATED = ("public_hospital", "health_centre", "private_clinic", "pharmacy")


def _work(asked: Asked, age: Floats, given: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the answers on work."""
    old = between(age, WORKING_AGE)
    worked, away = yes(asked, "worked_7d"), yes(asked, "has_job_absent")
    works = given.get("employed", where_known(old, employed(worked, away)))
    looked, available = yes(asked, "looked_for_work_4w"), yes(asked, "available_2w")
    status = asked.codes.get("work_status", np.full(asked.n, None, dtype=object))
    informal = informal_work(status, yes(asked, "work_insured"), yes(asked, "work_registered"))
    hours = np.where(worked == 0, 0.0, amount(asked, "work_hours_7d"))
    hazard = np.where(worked == 0, 0.0, yes(asked, "work_hazardous"))
    return {
        "employed": works,
        "in_labour_force": where_known(old, in_labour_force(works, looked, available)),
        "unemployed": where_known(old, unemployed(works, looked, available)),
        "informal_work": where_known(works == 1, informal),
        "vulnerable_work": where_known(works == 1, is_a(asked, "work_status", "vulnerable")),
        "child_labour_5_17": child_labour(age, hours, hazard, amount(asked, "chores_hours_7d"))
        if "worked_7d" in asked.codes
        else unknown(asked),
    }


def _school(asked: Asked, age: Floats, given: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the answers on school."""
    attends, school = is_a(asked, "attends_school", "attends"), is_a(asked, "attends_school", "school")
    trains = any_of([attends, is_a(asked, "attends_school", "training")])
    works = given.get("employed", employed(yes(asked, "worked_7d"), yes(asked, "has_job_absent")))
    return {
        "neet_15_24": where_known(between(age, WORKING_AGE, 24), neet(trains, works)),
        "out_of_school_6_14": where_known(between(age, 6, 14), opposite(attends)),
        "attends_preschool_3_5": where_known(between(age, 3, 5), attends),
        "attends_primary_secondary_6_17": where_known(between(age, 6, 17), school),
        "literate_15_up": where_known(between(age, WORKING_AGE), yes(asked, "reads_writes")),
        "tertiary_25_up": where_known(between(age, 25), is_a(asked, "education_level", "tertiary")),
    }


def of_members(asked: Asked, row: Ints, found: Mapping[str, Floats], n: int) -> OfMembers:
    """Return what a roster says of its households.

    Parameters
    ----------
    asked
        The roster.
    row
        Position of each member's household. (N,)
    found
        Answers on members.
    n
        Households.

    Notes
    -----
    A household whose head is not in the roster has no known head. All are covered where no member is known not to be and none is
    unknown.
    """
    heads = is_code(asked, "relation", ("head",), ()) == 1
    female = np.full(n, np.nan)
    female[row[heads]] = is_code(asked, "sex", ("female",), ())[heads]
    covered = found.get("health_cover", unknown(asked))
    insured = has_code(asked, "health_scheme", ("hef", "nssf"))
    insured = np.where(yes(asked, "work_insured") == 1, 1.0, insured)
    return OfMembers(female, _all(covered, row, n), opposite(_all(opposite(insured), row, n)))


def _all(share: Floats, row: Ints, n: int) -> Floats:
    """Return 0 where one member has 0, else nan where one is unknown or there is none, else 1. (n,)"""
    zero, blank, there = (
        np.bincount(row, weights=mask.astype(np.float64), minlength=n)
        for mask in (share == 0, np.isnan(share), np.ones(share.size, dtype=bool))
    )
    out: Floats = np.where(zero > 0, 0.0, np.where((blank > 0) | (there == 0), np.nan, 1.0))
    return out
