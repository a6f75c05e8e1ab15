"""Lets people live in the buildings: households, members by sex and age, now and ten years ago."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from citiesforall.demo.blocks import GROWTH, INFORMAL
from citiesforall.demo.buildings import FACTORY, PRESENT, SHACK, SHOP, SPAN_YEARS, Buildings
from citiesforall.demo.shapes import Bools, Floats, Ints

if TYPE_CHECKING:
    from citiesforall.demo.plan import Plan
    from citiesforall.demo.sangkats import Sangkats

MEAN_HOUSEHOLD = 4.35
SIZES = np.arange(1, 10)
SIZE_CHANCE = np.array([0.05, 0.11, 0.17, 0.23, 0.19, 0.12, 0.07, 0.04, 0.02])
AGES = ("age_0_14", "age_15_59", "age_60_up")
CHILDREN, GROWN, OLD = 0, 1, 2
AGE_CHANCE, AGE_CHANCE_INFORMAL = (0.292, 0.617, 0.091), (0.355, 0.59, 0.055)
WOMEN_SHARE, GIRLS_SHARE, OLD_WOMEN_SHARE = 0.513, 0.488, 0.6
OF_AGE, OLD_AGE = 15, 60
CROWDED_SHARE = 0.5  # households of the informal settlement with one member more


@dataclass(frozen=True)
class People:
    """Hold the true people of the town.

    Parameters
    ----------
    household_building
        Building of each household. (h,)
    household
        Household of each person. (p,)
    woman
        Of each person. (p,)
    age
        Years of each person. (p,)
    sangkat
        Of each building, -1 outside. (b,)
    residents, residents_past
        Of each building, now and ten years ago. (b,)
    """

    household_building: Ints
    household: Ints
    woman: Bools
    age: Ints
    sangkat: Ints
    residents: Floats
    residents_past: Floats


def expected(buildings: Buildings) -> Floats:
    """Return how many people to expect in each building. (b,)"""
    roomy = np.clip(buildings.area_m2 / 110.0, 0.5, 2.0)
    each = np.select(
        [buildings.use == FACTORY, buildings.use == SHOP, buildings.use == SHACK, buildings.zone == GROWTH],
        [0.0, 2.2, 4.6, 1.0],
        3.6 + 3.0 * buildings.urban * roomy,
    )
    return np.asarray(each)


def make_people(plan: Plan, buildings: Buildings, sangkats: Sangkats) -> People:
    """Let people live in the buildings.

    Parameters
    ----------
    plan, buildings, sangkats
        The town.

    Returns
    -------
    People
        Every household and person.
    """
    rng = np.random.default_rng([plan.seed, 8])
    weight = expected(buildings)
    sangkat = sangkats.of(buildings.xy)
    inside = sangkat >= 0
    n_households = plan.people / MEAN_HOUSEHOLD * weight.sum() / weight[inside].sum()
    homes = rng.multinomial(round(n_households), weight / weight.sum())
    household_building = np.repeat(np.arange(weight.size), homes)
    informal = buildings.zone[household_building] == INFORMAL
    size = rng.choice(SIZES, informal.size, p=SIZE_CHANCE / SIZE_CHANCE.sum()) + (
        informal & (rng.random(informal.size) < CROWDED_SHARE)
    )
    household = np.repeat(np.arange(size.size), size)
    age = _ages(informal[household], household, rng)
    woman = rng.random(household.size) < np.select(
        [age >= OLD_AGE, age < OF_AGE], [OLD_WOMEN_SHARE, GIRLS_SHARE], WOMEN_SHARE
    )
    residents = np.bincount(household_building[household], minlength=weight.size).astype(float)
    shrink = float(np.exp(-SPAN_YEARS * plan.trends.growth_per_year))
    past = _past(residents, buildings, sangkat, sangkats.growth, shrink)
    return People(household_building, household, woman, age, sangkat, residents, past)


def _ages(informal: Bools, household: Ints, rng: np.random.Generator) -> Ints:
    """Draw an age for each person; the first of a household is grown up."""
    u = rng.random(household.size)
    chance = np.where(informal[:, None], AGE_CHANCE_INFORMAL, AGE_CHANCE)
    band = (u[:, None] > np.cumsum(chance, axis=1)[:, :2]).sum(axis=1)
    first = np.diff(household, prepend=-1) != 0
    band = np.where(first & (band == CHILDREN), GROWN, band)
    spare = np.flatnonzero((band == GROWN) & ~first)
    short = int((first & (u < chance[:, 0])).sum())
    band[rng.permutation(spare)[:short]] = CHILDREN
    low, high = np.array([0, 15, 60])[band], np.array([15, 60, 93])[band]
    skew = np.where(band == OLD, rng.beta(1.1, 2.6, household.size), rng.beta(1.0, 1.25, household.size))
    age = (low + skew * (high - low)).astype(np.int64)
    return np.asarray(np.where(first, np.maximum(age, 19), age))


def _past(residents: Floats, buildings: Buildings, sangkat: Ints, growth: int, shrink: float) -> Floats:
    """Return the people of ten years ago: in the buildings of then, as many as growth tells; none more in the growth area."""
    old = np.where(buildings.year <= PRESENT - SPAN_YEARS, residents, 0.0)
    inside, still = sangkat >= 0, sangkat == growth
    total = residents[inside].sum() * shrink
    there = residents[still].sum() * 1.01
    factor = (total - there) / old[inside & ~still].sum()
    return np.asarray(old * np.where(still, there / max(old[still].sum(), 1.0), factor))


def counts(people: People, n: int) -> dict[str, Ints]:
    """Count people by sangkat and group.

    Parameters
    ----------
    people
        The people.
    n
        Number of sangkats.

    Returns
    -------
    dict
        Group -> people of each sangkat. (n,)
    """
    where = people.sangkat[people.household_building[people.household]]
    groups = {
        "people": np.ones(where.size, bool),
        "women": people.woman,
        "men": ~people.woman,
        "age_0_14": people.age < OF_AGE,
        "age_15_59": (people.age >= OF_AGE) & (people.age < OLD_AGE),
        "age_60_up": people.age >= OLD_AGE,
    }
    return {key: np.bincount(where[is_in & (where >= 0)], minlength=n) for key, is_in in groups.items()}
