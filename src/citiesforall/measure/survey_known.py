"""What is known of every unit without asking anybody: columns a model of small areas may choose from."""

from __future__ import annotations

import numpy as np

from citiesforall.core.estimate import ratio
from citiesforall.measure.layers import Floats, Layers

POOR, HOUSEHOLDS = "poor_households", "households"
"""Amounts of the registers."""
NEAR_MINUTES = 15.0
SECONDS_A_MINUTE = 60.0
M2_A_KM2 = 1e6


def known_of_rows(layers: Layers) -> dict[str, Floats]:
    """Return the stated short list of columns, those the city's sources give. (R,) each

    Parameters
    ----------
    layers
        Of everybody.

    Returns
    -------
    dict
        Title -> column, nan where not known: the share of poor households in the register, density, the share of residents
        exposed to flood, and of those near public health care.
    """
    found = {
        "poor households in the register": _poor(layers),
        "density": _density(layers),
        "flood exposure": _flood(layers),
        "walks to public health care": _health(layers),
    }
    return {name: column for name, column in found.items() if column is not None}


def _poor(layers: Layers) -> Floats | None:
    """Return the share of households that a register counts as poor."""
    series = {} if layers.registers is None else layers.registers.series
    if not {POOR, HOUSEHOLDS} <= series.keys():
        return None
    return ratio(series[POOR].value, series[HOUSEHOLDS].value)


def _density(layers: Layers) -> Floats | None:
    """Return the logarithm of residents per square kilometre of land."""
    if "land_m2" not in layers.cells:
        return None
    density = ratio(_rows(layers, layers.people[0]), _rows(layers, layers.cells["land_m2"]) / M2_A_KM2)
    return np.log(np.where(density > 0, density, np.nan))


def _flood(layers: Layers) -> Floats | None:
    """Return the share of residents where the mapped flood stands."""
    depth = layers.cells.get("flood_class")
    if depth is None:
        return None
    known = layers.people[0] * ~np.isnan(depth)
    return ratio(_rows(layers, known * (np.nan_to_num(depth) >= 1)), _rows(layers, known))


def _health(layers: Layers) -> Floats | None:
    """Return the share of residents within a quarter of an hour's walk of public health care."""
    way = layers.ways.get("public_health")
    if way is None:
        return None
    known = layers.people[0] * layers.known_street
    near = way.m[0] <= NEAR_MINUTES * SECONDS_A_MINUTE * layers.base_walk_m_s
    return ratio(_rows(layers, known * near), _rows(layers, known))


def _rows(layers: Layers, amount: Floats) -> Floats:
    """Add an amount per part to rows. (R,)"""
    out: Floats = layers.rows(amount[None, :])[0]
    return out
