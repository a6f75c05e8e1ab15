"""The years ahead on draws: people held to their whole, built-up land by what a person takes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from citiesforall.diagnose.growth import (
    Figures,
    Floats,
    effective_years,
    error_per_year,
    growth_rate,
    land_per_person_growth,
    land_sd,
    log_growth,
    raked,
)
from citiesforall.diagnose.outlook_ground import Ground
from citiesforall.diagnose.outlook_rates import Rate, Tree
from citiesforall.measure.draws import draw_normal

NAME = "outlook"


def normals(codes: tuple[str, ...], seed: int, purpose: str, n_draws: int) -> Floats:
    """Return standard normal numbers by place and draw, the first row zeros: as published. (S, P)"""
    drawn = draw_normal(codes, seed, NAME, purpose, n_draws) if n_draws > 1 else np.empty((0, len(codes)))
    return np.concatenate([np.zeros((1, len(codes))), drawn])


def column_of(tree: Tree, rates: Mapping[str, Rate], word: str) -> Floats:
    """Return ``rate`` or ``sd`` of every place, nan where it has none. (P,) [1/year]"""
    return np.array([getattr(rates[code], word) if code in rates else np.nan for code in tree.codes])


def people_draws(
    tree: Tree, base: Floats, rates: Mapping[str, Rate], ahead: tuple[float, Figures, int]
) -> Floats:
    """Carry the people of every place forward, each whole first and its parts held to it.

    Parameters
    ----------
    tree
        The places. (P)
    base
        People of today. (S, P) [persons]
    rates
        Of the places that have one.
    ahead
        Years ahead, figures and seed.

    Returns
    -------
    ndarray
        nan where a place has no rate. (S, P) [persons]

    Notes
    -----
    A part errs by its whole's error and its own: own variance = that of its size less that of its whole's.
    """
    horizon, said, seed = ahead
    whole = position_of_parent(tree)
    by_size = error_per_year(tree.people, said)
    above = np.where(whole >= 0, by_size[whole], 0.0)
    own = np.sqrt(np.maximum(by_size**2 - above**2, 0.0))
    sd = np.hypot(own, column_of(tree, rates, "sd"))
    grown = log_growth(
        column_of(tree, rates, "rate"), sd, normals(tree.codes, seed, "growth", base.shape[0]), horizon, said
    )
    out: Floats = base * np.exp(grown)
    for parent in np.unique(whole[whole >= 0]):  # parents stand before their parts
        if np.isnan(out[0, parent]):
            continue
        parts = np.flatnonzero((whole == parent) & ~np.isnan(out[0]))
        if parts.size:
            share = base[:, parts].sum(axis=1) / np.where(base[:, parent] > 0, base[:, parent], 1.0)
            out[:, parts] = raked(out[:, parts], out[:, parent] * np.minimum(share, 1.0))
    return out


def position_of_parent(tree: Tree) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the position of every place's parent, -1 for the city. (P,)"""
    at = {code: number for number, code in enumerate(tree.codes)}
    return np.array([at.get(tree.parent[code] or "", -1) for code in tree.codes], np.int64)


def land_rates(ground: Ground, rates: Mapping[str, Rate], said: Figures) -> tuple[Floats, Floats]:
    """Return how built-up land grew, and land per person; a place where that is not known takes its whole's.

    Parameters
    ----------
    ground
        Built-up area at two dates.
    rates
        Of people.
    said
        Bounds of either rate.

    Returns
    -------
    tuple
        Land consumption rate as measured, and change of land per person of bounded rates. (P,), (P,) [1/year]
    """
    n = len(ground.tree.codes)
    if ground.built_years is None:
        return np.full(n, np.nan), np.full(n, np.nan)
    rate = growth_rate(ground.built_past, ground.built, ground.built_years[1] - ground.built_years[0])
    people = column_of(ground.tree, rates, "rate")
    change = land_per_person_growth(np.clip(rate, *said.bounds), np.clip(people, *said.bounds))
    for place, parent in enumerate(position_of_parent(ground.tree)):
        if np.isnan(change[place]) and parent >= 0:
            change[place] = change[parent]
    return rate, change


def built_draws(
    ground: Ground, people: Floats, rates: Mapping[str, Rate], ahead: tuple[int, Figures, int]
) -> Floats:
    """Carry built-up land forward: what people grow, times what a person takes.

    Parameters
    ----------
    ground
        Of today.
    people
        Of the year ahead. (S, P) [persons]
    rates
        Of people.
    ahead
        The year, figures and seed.

    Returns
    -------
    ndarray
        Never less than today and never more than the land there is; wholes are sums of their parts. (S, P) [m2]

    Notes
    -----
    What the city will build is shared among its units as each would grow alone: small places that were built up in a rush
    cannot all go on.
    """
    year, said, seed = ahead
    if ground.built_years is None:
        return np.full(people.shape, np.nan)
    horizon = year - ground.built_years[1]
    grown = _people_since_built(ground, people, rates, said) + _land_per_person(
        ground, rates, horizon, (said, seed, people.shape[0])
    )
    grown = np.clip(grown, said.bounds[0] * horizon, said.bounds[1] * horizon)
    most = np.where(np.isnan(ground.land), np.inf, np.maximum(ground.land, ground.built))
    alone: Floats = np.clip(ground.built * np.exp(grown), ground.built, most)
    whole = position_of_parent(ground.tree)
    units = ~np.isin(np.arange(whole.size), whole)
    more = alone - ground.built
    together = np.nansum(more[:, units], axis=1)
    factor = np.divide(more[:, 0], together, out=np.ones_like(together), where=together > 0)
    out: Floats = np.clip(ground.built + more * factor[:, None], ground.built, most)
    for place in range(whole.size - 1, -1, -1):  # parts stand after their wholes
        parts = whole == place
        if parts.any():
            out[:, place] = out[:, parts].sum(axis=1)
    return out


def _people_since_built(ground: Ground, people: Floats, rates: Mapping[str, Rate], said: Figures) -> Floats:
    """Return the logarithm of the growth of people since the year of the built-up land. (S, P)"""
    assert ground.built_years is not None
    with np.errstate(invalid="ignore", divide="ignore"):
        grown = np.log(people / ground.base)
    grown = np.where(np.isfinite(grown), grown, grown[:, :1])  # nobody lives there yet: as in the city
    half_life = said.half_life_years if said.method == "damped" else None
    between = effective_years(ground.built_years[1] - ground.base_year, half_life)
    return np.asarray(
        grown - np.clip(column_of(ground.tree, rates, "rate"), *said.bounds) * between, np.float64
    )


def _land_per_person(
    ground: Ground, rates: Mapping[str, Rate], horizon: float, drawn: tuple[Figures, int, int]
) -> Floats:
    """Return the logarithm of the growth of built-up land per person; half of its error is the whole city's. (S, P)"""
    said, seed, n_draws = drawn
    _, change = land_rates(ground, rates, said)
    half_life = said.half_life_years if said.method == "damped" else None
    z = normals(ground.tree.codes, seed, "land", n_draws)
    shared = np.sqrt(0.5) * (z + z[:, :1])
    shared[:, 0] = z[:, 0]
    return np.asarray(
        change * effective_years(horizon, half_life) + land_sd(change, said) * horizon * shared, np.float64
    )
