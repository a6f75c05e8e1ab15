"""The words ``options`` of a source understands, and what each must be."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from string import Formatter
from types import MappingProxyType
from typing import Any

from citiesforall.core.errors import did_you_mean
from citiesforall.core.source import catalogue

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "band": "whole", "brt_routes": "list", "cell_radius_m": "number", "class": "text", "classes": "", "count": "",
        "download": "text", "header_row": "whole", "hours": "list", "layer": "", "nodata": "any", "nodata_is_dry": "truth",
        "per_hour": "number", "percent": "", "rescale": "text", "return_period_years": "years",
        "scale": "number", "shares": "", "sheet": "text",
        "stop_spacing_m": "number", "thresholds_m": "list", "unit_level": "text", "unit_resolution": "whole", "values": "",
        "year": "number",
    }
)  # fmt: skip
"""Word -> what its value must be; empty where that depends on the format, and its reader checks it."""
SAID = MappingProxyType(
    {
        "whole": "a whole number from 0",
        "number": "a finite number",
        "any": "a number",
        "text": "a text",
        "list": "a list",
        "truth": "true or false",
        "years": "a number above 0",
    }
)
OWN_WORDS = frozenset({"households", "registers", "series"})
"""Roles whose readers know further words, and check them."""


def option_faults(role: str, options: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with the options of a source.

    Parameters
    ----------
    role
        What the source is used for.
    options
        As the city file says them.

    Returns
    -------
    list of str
        One sentence for each fault.
    """
    # Words of an address, filled in where a file is fetched, may be any.
    templates = [one.download or "" for one in catalogue().values()] + [str(options.get("download", ""))]
    filled = {word for text in templates for word in _words(text)}
    known = {*KINDS, *filled}
    faults = []
    for word, value in options.items():
        if word not in known and role not in OWN_WORDS:
            faults.append(f"options.{word}: this word is not known. {did_you_mean(word, KINDS)}")
        elif (kind := KINDS.get(word, "")) and not _is(kind, value):
            faults.append(f"options.{word}: {value!r} is not {SAID[kind]}. Mend it.")
    return faults


def _words(template: str) -> list[str]:
    """Return the words of an address that are filled in."""
    try:
        return [name for _, name, _, _ in Formatter().parse(template) if name]
    except ValueError:  # the address is told as broken where it is used
        return []


def _is(kind: str, value: Any) -> bool:
    """Tell whether a value is of a kind."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    match kind:
        case "whole":
            return isinstance(value, int) and number and value >= 0
        case "number" | "years":
            return number and isfinite(value) and (kind == "number" or value > 0)
        case "any":
            return number
        case "text":
            return isinstance(value, str)
        case "list":
            return isinstance(value, list | tuple)
        case _:
            return isinstance(value, bool)
