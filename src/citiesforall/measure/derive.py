"""Ratios of rates, made at each level from amounts that add up: SDG 11.3.1 and its parts."""

from __future__ import annotations

from typing import Literal

import numpy as np

from citiesforall.core.errors import NoDataError
from citiesforall.core.estimate import Estimate
from citiesforall.measure.layers import Floats, Layers
from citiesforall.measure.method import method

STEADY = 0.001
"""Growth slower than this per year makes the ratio of land to people meaningless (ours; the metadata only warns)."""


def land_consumption_rate(
    past: Floats, present: Floats, years: float, formula: Literal["2021", "2018"]
) -> Floats:
    """Return the yearly rate at which land is built up.

    Parameters
    ----------
    past, present
        Built-up area at the two dates. [m2]
    years
        Time between them. [years]
    formula
        ``2021``: (present - past) / past / years; ``2018``: ln(present / past) / years.

    Returns
    -------
    ndarray
        nan where nothing was built at the earlier date. [1/year]

    References
    ----------
    un_sdg_11_3_1_2021, un_sdg_11_3_1_2018

    Examples
    --------
    >>> float(land_consumption_rate(np.array(100.0), np.array(130.0), 5, "2021").round(4))
    0.06
    """
    growth = np.divide(
        present, past, out=np.full(np.broadcast_shapes(past.shape, present.shape), np.nan), where=past > 0
    )
    return (growth - 1) / years if formula == "2021" else np.log(np.where(growth > 0, growth, np.nan)) / years


def population_growth_rate(past: Floats, present: Floats, years: float) -> Floats:
    """Return ln(present / past) / years.

    Parameters
    ----------
    past, present
        Residents at the two dates. [persons]
    years
        Time between them. [years]

    Returns
    -------
    ndarray
        nan where either is not positive. [1/year]

    Examples
    --------
    >>> float(population_growth_rate(np.array(1_000_000.0), np.array(1_200_000.0), 5).round(6))
    0.036464
    """
    both = (past > 0) & (present > 0)
    return np.where(both, np.log(np.where(both, present, 1.0) / np.where(both, past, 1.0)), np.nan) / years


@method(measures="annual_rate", reads=("cells",), level="row")
def land_growth(layers: Layers, *, formula: Literal["2021", "2018"] = "2021") -> Estimate:
    """Measure the land consumption rate (part of SDG 11.3.1).

    Parameters
    ----------
    layers
        The city's layers.
    formula
        Of the 2021 metadata or of the older one.

    Returns
    -------
    Estimate
        num = rate, den = 1. [1/year]

    Raises
    ------
    NoDataError
        Built-up area is not known at two dates.
    """
    past, present, years = _built(layers)
    return _as_rows(layers, land_consumption_rate(past, present, years, formula))


@method(measures="annual_rate", reads=("cells",), level="row")
def people_growth(layers: Layers) -> Estimate:
    """Measure the population growth rate (part of SDG 11.3.1).

    Parameters
    ----------
    layers
        The city's layers.

    Returns
    -------
    Estimate
        num = rate, den = 1. [1/year]

    Raises
    ------
    NoDataError
        People are not known at two dates.
    """
    past, present, years = _people(layers)
    return _as_rows(layers, population_growth_rate(past, present, years))


@method(measures="ratio", reads=("cells",), level="row")
def land_per_people_growth(layers: Layers, *, formula: Literal["2021", "2018"] = "2021") -> Estimate:
    """Divide the land consumption rate by the population growth rate: SDG 11.3.1.

    Parameters
    ----------
    layers
        The city's layers.
    formula
        Of the 2021 metadata or of the older one.

    Returns
    -------
    Estimate
        num = land consumption rate, den = population growth rate; not a sum.

    Raises
    ------
    NoDataError
        Built-up area or people are not known at two dates.

    Notes
    -----
    Both dates as published, without draws: one product errs alike at both, and no source states the error of the change.
    Undefined, hence nan, where people grow or shrink by less than 0.1 % a year. Negative where people leave while land
    is still built up: such places must not be ranked. Each rate keeps its own period [un_sdg_11_3_1_2021].
    """
    built_past, built, built_years = _built(layers)
    people_past, people, people_years = _people(layers)
    land = land_consumption_rate(built_past, built, built_years, formula)
    growth = population_growth_rate(people_past, people, people_years)
    steady = ~(np.abs(growth) >= STEADY)
    return _as_rows(layers, np.broadcast_to(land, growth.shape), np.where(steady, 0.0, growth))


@method(measures="share", reads=("cells",), level="row")
def built_change(layers: Layers) -> Estimate:
    """Measure the change of built-up area between the two dates, as a share of the earlier (2021 secondary indicator).

    Parameters
    ----------
    layers
        The city's layers.

    Returns
    -------
    Estimate
        num = growth, den = area at the earlier date. [m2]

    Raises
    ------
    NoDataError
        Built-up area is not known at two dates.
    """
    past, present, _ = _built(layers)
    return _as_rows(layers, present - past, past)


def _span(layers: Layers, present: str, past: str) -> float:
    """Return the years between two amounts."""
    years = layers.years.get(present, np.nan) - layers.years.get(past, np.nan)
    if not years > 0:
        raise NoDataError(
            f"the periods of '{past}' and '{present}' do not say how many years lie between them; give `period` to both sources"
        )
    return float(years)


def _built(layers: Layers) -> tuple[Floats, Floats, float]:
    """Return built-up area at the two dates per row, and the years between."""
    past, present = layers.column("built_past_m2"), layers.column("built_m2")
    return (
        layers.rows(past[None, :]),
        layers.rows(present[None, :]),
        _span(layers, "built_m2", "built_past_m2"),
    )


def _people(layers: Layers) -> tuple[Floats, Floats, float]:
    """Return residents at the two dates per row, and the years between."""
    if layers.people_past is None:
        raise NoDataError("no source of the city gives people at an earlier date")
    years = _span(layers, "people_growth", "people_past")
    return layers.rows(layers.people_past[None, :]), layers.rows(layers.people[:1]), years


def _as_rows(layers: Layers, num: Floats, den: Floats | None = None) -> Estimate:
    """Make an estimate that is not a sum."""
    below = np.ones_like(num) if den is None else np.broadcast_to(den, num.shape).copy()
    n = np.array([np.count_nonzero(units) for units in layers.belongs], dtype=np.float64)
    return Estimate(num.copy(), below, n, additive=False)
