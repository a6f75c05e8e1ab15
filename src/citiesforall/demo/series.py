"""Six years of monthly tables: prices, river, air, heat, and what sangkats report; rice gets dear, dengue breaks out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from citiesforall.demo.people import counts

if TYPE_CHECKING:
    from citiesforall.demo.shapes import Floats
    from citiesforall.demo.town import Town

FIRST_YEAR, N_YEARS, YEAR = 2020, 6, 12
N_MONTHS = YEAR * N_YEARS
LOST = (31, 50)
"""Months whose report was lost, one of the city and one of a sangkat."""
OUTBREAK = range(66, 70)
"""Months of the dengue outbreak: July to October of the last year."""
DEAR = 4
"""Months at the end in which rice is dear."""


def months() -> list[str]:
    """List the months, ``2020-01`` to ``2025-12``."""
    return [f"{FIRST_YEAR + at // YEAR}-{at % YEAR + 1:02d}" for at in range(N_MONTHS)]


def _season(peak: float, sharp: float = 1.0) -> Floats:
    """Return a yearly wave between 0 and 1 that peaks in a month (0 is January). (T,)"""
    angle = 2 * np.pi * (np.arange(N_MONTHS) % YEAR - peak) / YEAR
    return np.asarray(((1 + np.cos(angle)) / 2) ** sharp, np.float64)


def of_city(town: Town) -> pd.DataFrame:
    """Fill the city's monthly table.

    Parameters
    ----------
    town
        The town.

    Returns
    -------
    pandas.DataFrame
        One row a month; prices in riel a kilogram. One month of the river is lost.
    """
    rng = np.random.default_rng([town.plan.seed, 61])
    t = np.arange(N_MONTHS)
    rice = 2300 * 1.002**t * (1 + 0.03 * _season(7)) * rng.normal(1, 0.01, N_MONTHS)
    rice[-DEAR:] *= np.array([1.12, 1.22, 1.34, 1.41])
    fish = 9500 * 1.003**t * (1 + 0.25 * _season(6)) * rng.normal(1, 0.03, N_MONTHS)
    river = 2.2 + 7.0 * _season(8.5, 1.6) * rng.normal(1, 0.07, N_MONTHS)
    river[56] = 10.9  # the flood of September 2024
    dust = 17 + 32 * _season(0.5, 1.4) * rng.normal(1, 0.12, N_MONTHS)
    heat = 34 + 7.5 * _season(3.5) + rng.normal(0, 0.5, N_MONTHS)
    table = pd.DataFrame(
        {
            "month": months(),
            "rice_price": np.round(rice, -1),
            "fish_price": np.round(fish, -1),
            "river_level": np.round(river, 2),
            "pm25_day_max": np.round(dust, 1),
            "heat_index_max": np.round(heat, 1),
        }
    )
    table.loc[LOST[0], "river_level"] = np.nan
    return table


def of_sangkats(town: Town) -> pd.DataFrame:
    """Fill the sangkats' monthly reports.

    Parameters
    ----------
    town
        The town.

    Returns
    -------
    pandas.DataFrame
        One row a sangkat and month; one report is lost.
    """
    rng = np.random.default_rng([town.plan.seed, 62])
    n = town.sangkats.shapes.size
    people = counts(town.people, n)["people"].astype(float)
    poor = np.where(np.arange(n) == town.sangkats.informal, 2.5, 1.0)

    def cases(per_thousand: float, wave: Floats, weight: Floats) -> Floats:
        """Draw counts a month. (n, T)"""
        return np.asarray(rng.poisson(np.outer(people * weight * per_thousand / 1000, wave)), np.float64)

    even = np.ones(N_MONTHS)
    sick = np.outer(poor, _season(7, 2.0) + 0.05)
    sick[:, list(OUTBREAK)] *= 4.0
    pressed = np.where(np.arange(N_MONTHS) >= N_MONTHS - DEAR, 3.0, 1.0)
    grumbling = np.where(np.arange(N_MONTHS) >= N_MONTHS - 2, 2.2, 1.0)
    found = {
        "dengue_cases": np.asarray(rng.poisson(people[:, None] * 0.0007 * sick), np.float64),
        "pupils_left": cases(0.5, 0.4 + _season(9, 2.0), poor),
        "layoffs": cases(0.25, even, even[:n]),
        "new_applications": cases(0.35, pressed, poor),
        "evictions": np.where(np.arange(n)[:, None] == town.sangkats.informal, cases(0.05, even, poor), 0.0),
        "complaints": cases(1.1, grumbling, np.ones(n)),
        "violence_reports": cases(0.35, even, poor),
        "road_deaths": cases(0.009, even, np.ones(n)),
    }
    codes = [code.removeprefix("KH") for code in town.sangkats.codes]
    table = pd.DataFrame({"sangkat_code": np.repeat(codes, N_MONTHS), "month": months() * n})
    table = table.assign(**{name: amounts.ravel() for name, amounts in found.items()})
    table.loc[LOST[1], list(found)] = np.nan
    return table.astype(dict.fromkeys(found, "Int64"))
