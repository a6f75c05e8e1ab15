"""Says what is true of every household, draws a sample of them by strata and clusters, and visits it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from citiesforall.demo.blocks import INFORMAL
from citiesforall.demo.shapes import Floats, Ints, Shapes
from citiesforall.demo.survey_draws import pick

if TYPE_CHECKING:
    from citiesforall.demo.town import Town

STRATA = ("core", "town", "village", "informal")
CLUSTERS = (12, 12, 8, 8)
IN_CLUSTER, CLUSTER_SIZE = 15, 100
CORE_URBAN, TOWN_URBAN = 0.55, 0.22
VERY_POOR, POOR = -1.75, -1.2  # of the hidden score
OF_AGE = 18
#: What comes of a visit; the refusing are more in the core, the absent in the informal settlement.
RESULTS = {
    "core": {"completed": 0.9, "refused": 0.055, "not_at_home": 0.03, "broken_off": 0.005, "vacant": 0.01},
    "town": {"completed": 0.94, "refused": 0.025, "not_at_home": 0.025, "vacant": 0.01},
    "village": {"completed": 0.97, "refused": 0.01, "not_at_home": 0.01, "vacant": 0.01},
    "informal": {"completed": 0.91, "refused": 0.025, "not_at_home": 0.05, "not_found": 0.015},
}


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


@dataclass(frozen=True)
class Sample:
    """Hold the households drawn.

    Parameters
    ----------
    row
        Household of the town. (k,)
    cluster
        Number of its cluster, from 1. (k,)
    weight
        Households it stands for, before anybody was visited. (k,)
    result
        What came of the visit. (k,)
    """

    row: Ints
    cluster: Ints
    weight: Floats
    result: Shapes


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


def draw_sample(town: Town, answers: Answers) -> Sample:
    """Draw clusters of about 100 households by size in each stratum, 15 households in each, and visit them.

    Parameters
    ----------
    town, answers
        The town and what is true of its households.

    Returns
    -------
    Sample
        In the order of the field list.
    """
    rng = np.random.default_rng([town.plan.seed, 33])
    parts: list[tuple[Ints, int, float]] = []
    for stratum, wanted in enumerate(CLUSTERS):
        own = _walked(town, answers, stratum)
        n_areas = max(1, own.size // CLUSTER_SIZE)
        n = min(wanted, n_areas)
        start = rng.random()
        for number in range(n):
            area = int((start + number) * n_areas / n) % n_areas
            inside = own[area * own.size // n_areas : (area + 1) * own.size // n_areas]
            asked = np.sort(rng.permutation(inside)[:IN_CLUSTER])
            parts.append((asked, len(parts) + 1, n_areas / n * inside.size / asked.size))
    sizes = [part[0].size for part in parts]
    row = np.concatenate([part[0] for part in parts])
    result = np.empty(row.size, dtype="U12")
    for stratum, name in enumerate(STRATA):
        own = np.flatnonzero(answers.stratum[row] == stratum)
        result[own] = pick(RESULTS[name], own.size, rng)
    return Sample(
        row, np.repeat([part[1] for part in parts], sizes), np.repeat([part[2] for part in parts], sizes), result,
    )  # fmt: skip


def _walked(town: Town, answers: Answers, stratum: int) -> Ints:
    """Return a stratum's households in the order a lister walks: sangkat by sangkat, in strips to and fro."""
    own = np.flatnonzero((answers.stratum == stratum) & (answers.sangkat >= 0))
    xy = town.buildings.xy[answers.building[own]]
    strip = np.floor(xy[:, 1] / 250.0)
    return own[np.lexsort((xy[:, 0] * np.where(strip % 2 == 0, 1, -1), strip, answers.sangkat[own]))]


def field_list(town: Town, answers: Answers, sample: Sample) -> pd.DataFrame:
    """Write the list that interviewers take along, with the weights of the design.

    Parameters
    ----------
    town, answers, sample
        The town, what is true of it, and the households drawn.

    Returns
    -------
    pandas.DataFrame
        One row per household drawn; ``weight`` is one over its chance to be drawn.
    """
    nth = np.arange(sample.row.size) - np.searchsorted(sample.cluster, sample.cluster) + 1
    sangkat = answers.sangkat[sample.row]
    return pd.DataFrame(
        {
            "household_id": household_words(sample.row.size),
            "cluster": cluster_words(sample.cluster),
            "stratum": np.array(STRATA)[answers.stratum[sample.row]],
            "sangkat_code": [town.sangkats.codes[one].removeprefix("KH") for one in sangkat],
            "name": [town.sangkats.names[one][0] for one in sangkat],
            "name_km": [town.sangkats.names[one][1] for one in sangkat],
            "serial": nth,
            "role": "main",
            "weight": np.round(sample.weight, 6),
        }
    )


def cluster_words(cluster: Ints) -> list[str]:
    """Name clusters: C01, C02."""
    return [f"C{number:02d}" for number in cluster]


def household_words(n: int) -> list[str]:
    """Name households: H0001, H0002."""
    return [f"H{number:04d}" for number in range(1, n + 1)]
