"""Surveys invented for tests: some units, clusters of ten, households with members and one adult who answers."""

import numpy as np
import pandas as pd

from citiesforall.measure.layers import Layers
from citiesforall.measure.survey_load import make_survey

CITY = "CITY"


def places(units, districts=0):
    """Return a city of units, in districts where asked."""
    names = [f"U{number:02d}" for number in range(units)]
    above = [f"D{number}" for number in range(districts)]
    parent = [above[number % districts] if districts else CITY for number in range(units)]
    return pd.DataFrame({"place": [CITY, *above, *names], "parent": [None, *[CITY] * districts, *parent]})


def tables(per_unit, seed=0, shift=0.7):
    """Return the tables of a survey with so many households in each unit."""
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(len(per_unit)), per_unit)
    H = unit.size
    chance = 1 / (1 + np.exp(-rng.normal(-0.5, shift, len(per_unit))))[unit]
    size = rng.integers(1, 7, H)
    row = np.repeat(np.arange(H), size)

    def persons(n):
        return {
            "sex": rng.choice(["female", "male"], n), "age": rng.integers(0, 90, n).astype(float),
            "disabled": (rng.random(n) < 0.1).astype(float), "migrant": (rng.random(n) < 0.3).astype(float),
        }  # fmt: skip

    households = pd.DataFrame(
        {
            "household": [f"H{number:05d}" for number in range(H)], "unit": [f"U{one:02d}" for one in unit],
            "stratum": "one", "cluster": [f"{one}/{at // 10}" for at, one in enumerate(unit)],
            "weight": rng.gamma(5, 1, H), "size": size.astype(float), "adults": rng.integers(1, 4, H).astype(float), "date": "2025-01-01",
            "idpoor": (rng.random(H) < 0.3).astype(float), "renter": (rng.random(H) < 0.4).astype(float),
            "roof": (rng.random(H) < chance).astype(float), "income": rng.gamma(3, 1e5, H) * (1 + chance),
        }
    )  # fmt: skip
    respondents = pd.DataFrame({**persons(H), "safe": (rng.random(H) < chance).astype(float)})
    members = pd.DataFrame(
        {"row": row, **persons(row.size), "cover": (rng.random(row.size) < chance[row]).astype(float)}
    )
    return {"households": households, "respondents": respondents, "members": members}


def replicates(table, S=6, seed=1):
    """Return weights per draw, the first as published."""
    rng = np.random.default_rng(seed)
    out = table["weight"].to_numpy() * rng.gamma(4, 0.25, (S, len(table)))
    out[0] = table["weight"]
    return out


def layers(survey, rows):
    """Return layers that hold a survey and nothing else."""
    belongs = np.zeros((rows, 1), dtype=bool)
    belongs[0] = True
    return Layers(
        "all", np.ones((1, 1)), None, 1.0, 1.0, {}, np.ones(1, bool), np.zeros(1), {}, np.array([0]), belongs, survey=survey
    )  # fmt: skip


def survey_of(per_unit, seed=0, districts=0, S=6, shift=0.7):
    """Return a survey of everybody and its tables."""
    made = tables(per_unit, seed, shift)
    return make_survey(
        made, replicates(made["households"], S), places(len(per_unit), districts), "1/test"
    ), made
