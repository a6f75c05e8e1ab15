"""Growth: the rate between two dated counts, carried forward with errors that widen, parts held to their whole."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Method = Literal["damped", "exponential"]
SD_PER_MAPE = float(np.sqrt(np.pi / 2))
"""Of a normal error: its standard deviation divided by its mean absolute value."""


@dataclass(frozen=True)
class Figures:
    """Hold the figures of ``data/diagnose/growth.toml`` that the arithmetic needs.

    Parameters
    ----------
    method
        ``damped`` or ``exponential``.
    half_life_years
        Years after which the yearly rate has halved, where damped. [years]
    least_years, short_years, wanted_years
        Shortest time between two counts that is used; below the second a doubt is told; the third is sought. [years]
    bounds
        Slowest and fastest growth of any draw. [1/year]
    sizes, mape_per_year
        From how many people on, and the mean absolute error per year ahead. (k,) [persons], [1/year]
    count_sd
        Standard error of a count. [share]
    inherited_sd
        How much more a rate errs that is the whole's. [1/year]
    land_sd, land_share
        Error of the change of built-up land per person: at least the first, or this share of it. [1/year], [share]
    """

    method: Method
    half_life_years: float
    least_years: float
    short_years: float
    wanted_years: float
    bounds: tuple[float, float]
    sizes: tuple[float, ...]
    mape_per_year: tuple[float, ...]
    count_sd: float
    inherited_sd: float
    land_sd: float
    land_share: float


@cache
def growth_table() -> Mapping[str, Any]:
    """Return ``data/diagnose/growth.toml`` as it stands, with who states each figure."""
    return tomllib.loads(files("citiesforall.data").joinpath("diagnose", "growth.toml").read_text("utf-8"))


@cache
def figures() -> Figures:
    """Return the figures of the package; a city's own come on top with ``dataclasses.replace``."""
    said = growth_table()
    period = said["base_period_years"]
    return Figures(
        said["method"],
        float(said["half_life_years"]["value"]),
        float(period["least"]),
        float(period["short"]),
        float(period["wanted"]),
        (said["bounds"]["low"], said["bounds"]["high"]),
        tuple(float(row["people"]) for row in said["errors"]),
        tuple(row["mape_per_year"] for row in said["errors"]),
        said["count"]["sd"],
        said["inherited"]["sd"],
        said["land"]["sd"],
        said["land"]["share"],
    )


def growth_rate(past: npt.ArrayLike, present: npt.ArrayLike, years: float) -> Floats:
    """Return the exponential rate between two counts: ln(present / past) / years.

    Parameters
    ----------
    past, present
        Amounts at the two dates. (...)
    years
        Between the dates. [years]

    Returns
    -------
    ndarray
        nan where an amount is not positive, or no time lies between. (...) [1/year]

    Examples
    --------
    Phnom Penh at the boundaries of 2019: ln(2,281,951 / 1,501,725) / 11.

    >>> float(growth_rate(1_501_725, 2_281_951, 11).round(5))
    0.03804
    """
    before, after = np.asarray(past, np.float64), np.asarray(present, np.float64)
    both = (before > 0) & (after > 0) & (years > 0)
    ratio = np.divide(after, before, out=np.full(both.shape, np.nan), where=both)
    return np.asarray(np.log(ratio) / (years if years > 0 else np.nan), np.float64)


def effective_years(horizon: float, half_life_years: float | None) -> float:
    """Return how many years at today's rate the years ahead are worth.

    Parameters
    ----------
    horizon
        Years ahead; years back are negative and never damped. [years]
    half_life_years
        After which the rate has halved; None where it stays. [years]

    Returns
    -------
    float
        H / ln 2 x (1 - 2^(-h / H)): the integral of 2^(-t / H) from 0 to h. [years]

    References
    ----------
    gardner_mckenzie_1985

    Examples
    --------
    30 years with a half-life of 30: 30 / 0.693147 x (1 - 0.5) = 21.64.

    >>> round(effective_years(30, 30), 2)
    21.64
    """
    if half_life_years is None or horizon <= 0:
        return float(horizon)
    return float(half_life_years / np.log(2) * -np.expm1(-np.log(2) * horizon / half_life_years))


def error_per_year(people: npt.ArrayLike, said: Figures) -> Floats:
    """Return the standard deviation of the logarithm of a projection, per year ahead.

    Parameters
    ----------
    people
        Who live there. (...) [persons]
    said
        Mean absolute errors by size.

    Returns
    -------
    ndarray
        Mean absolute error x sqrt(pi / 2), for errors that are normal. (...) [1/year]

    Notes
    -----
    Errors of past projections grow about in proportion to the years ahead: what a rate that is not known would do. So one
    number for each size says the error at every horizon [smith_tayman_swanson_2013].
    """
    at = (
        np.searchsorted(np.array(said.sizes), np.nan_to_num(np.asarray(people, np.float64)), side="right") - 1
    )
    return np.asarray(np.array(said.mape_per_year)[np.maximum(at, 0)] * SD_PER_MAPE, np.float64)


def log_growth(rate: Floats, sd_per_year: Floats, z: Floats, horizon: float, said: Figures) -> Floats:
    """Return the logarithm of the growth over the years ahead, per draw.

    Parameters
    ----------
    rate
        Of today. (P,) [1/year]
    sd_per_year
        How far the projection errs for each year ahead. (P,) [1/year]
    z
        Standard normal numbers, the first row zeros: as published. (S, P)
    horizon
        Years ahead. [years]
    said
        Method, half-life, bounds.

    Returns
    -------
    ndarray
        Bounded; nan where there is no rate. (S, P)
    """
    half_life = said.half_life_years if said.method == "damped" else None
    worth = effective_years(horizon, half_life)
    central = np.clip(rate, *said.bounds) * worth
    ends = np.array(said.bounds) * abs(horizon)
    return np.asarray(np.clip(central + sd_per_year * abs(horizon) * z, ends.min(), ends.max()), np.float64)


def raked(parts: Floats, whole: Floats) -> Floats:
    """Scale parts so that they add up to their whole in every draw.

    Parameters
    ----------
    parts
        Amounts of the parts; nan counts for nothing and stays. (S, P)
    whole
        Amount of the whole, less what is known of no part. (S,)

    Returns
    -------
    ndarray
        (S, P)

    Notes
    -----
    Parts that each grow exponentially add up to more than a whole that does, because the fast ones gain weight; so smaller
    places are held to the projection of the larger one, which errs less [smith_tayman_swanson_2013].
    """
    total = np.nansum(parts, axis=1)
    factor = np.divide(whole, total, out=np.full(total.shape, np.nan), where=total > 0)
    return np.asarray(parts * factor[:, None], np.float64)


def land_per_person_growth(land_rate: Floats, people_rate: Floats) -> Floats:
    """Return the yearly change of the logarithm of built-up land per person: the difference of both rates.

    Parameters
    ----------
    land_rate
        ln(built / built before) / years between. (P,) [1/year]
    people_rate
        Of people, over their own period. (P,) [1/year]

    Notes
    -----
    SDG 11.3.1 divides the two rates; their difference says the same of direction (above 0 where the ratio is above 1 and
    people grow) and is defined where people do not grow. Each rate keeps its own period [un_sdg_11_3_1_2021].
    """
    return np.asarray(land_rate - people_rate, np.float64)


def land_sd(change: Floats, said: Figures) -> Floats:
    """Return how far the change of built-up land per person errs. (P,) [1/year]"""
    return np.asarray(np.maximum(said.land_sd, said.land_share * np.abs(change)), np.float64)
