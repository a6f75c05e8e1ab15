"""The closed list of units; values are in SI and shares 0..1 until a row is written."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from citiesforall.core.errors import DeclarationError, did_you_mean


@dataclass(frozen=True)
class Unit:
    """Name a unit and say how a value in SI is turned into it.

    Parameters
    ----------
    id
        The symbol, as declared by an indicator: ``%``, ``min``, ``ug/m3``.
    dimension
        What a method must return for this unit: ``share``, ``time``, ``concentration``.
    per_si
        Declared value = value in SI x ``per_si``.
    decimals
        Digits shown behind the point; stored values are never rounded.
    """

    id: str
    dimension: str
    per_si: float
    decimals: int


@cache
def units() -> dict[str, Unit]:
    """Return the closed list, by symbol."""
    table = tomllib.loads(files("citiesforall.data").joinpath("units.toml").read_text("utf-8"))
    return {symbol: Unit(symbol, **row) for symbol, row in table.items()}


def unit(symbol: str) -> Unit:
    """Return one unit.

    Parameters
    ----------
    symbol
        As in ``data/units.toml``.

    Returns
    -------
    Unit
        The unit.

    Raises
    ------
    DeclarationError
        The symbol is not in the closed list.
    """
    try:
        return units()[symbol]
    except KeyError:
        raise DeclarationError(f"unit '{symbol}' is not known. {did_you_mean(symbol, units())}") from None


def shown(value: float, symbol: str) -> str:
    """Return a value as text with its unit, rounded as the unit says; ``unknown`` for nan.

    Parameters
    ----------
    value
        In the declared unit.
    symbol
        The unit.
    """
    if math.isnan(value):
        return "unknown"
    return f"{value:,.{unit(symbol).decimals}f} {'' if symbol in {'ratio', 'index', 'class', 'persons'} else symbol}".strip()
