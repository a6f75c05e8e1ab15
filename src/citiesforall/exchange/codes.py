"""Code lists of others: how our words are said in SDMX, and which series of the global SDG database an indicator follows."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from citiesforall.core.errors import DeclarationError
from citiesforall.core.tables import STATUSES
from citiesforall.core.units import units


@cache
def sdmx_codes() -> Mapping[str, Mapping[str, str]]:
    """Return the code lists of ``data/exchange/sdmx.toml``, by list.

    Returns
    -------
    Mapping
        ``status`` (our word -> code), ``unit`` (our symbol -> id), and lists of id -> name.

    Raises
    ------
    DeclarationError
        A status or a unit has no code: its values could not be handed on.
    """
    table = tomllib.loads(files("citiesforall.data").joinpath("exchange", "sdmx.toml").read_text("utf-8"))
    faults = [f"status '{one}'" for one in STATUSES if one not in table["status"]]
    faults += [f"unit '{one}'" for one in units() if one not in table["unit"]]
    faults += [f"code '{one}'" for one in table["status"].values() if one not in table["obs_status"]]
    if faults:
        raise DeclarationError(
            *(
                f"exchange/sdmx.toml: {one} is not listed. Add it, or nobody can read its values."
                for one in faults
            )
        )
    return MappingProxyType({name: MappingProxyType(rows) for name, rows in table.items()})


@cache
def sdg_series() -> Mapping[str, str]:
    """Return the series of the global SDG database that indicators follow, by indicator."""
    table = tomllib.loads(
        files("citiesforall.data").joinpath("exchange", "sdg_series.toml").read_text("utf-8")
    )
    return MappingProxyType(table["series"])
