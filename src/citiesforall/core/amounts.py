"""Amounts that registers give: what each counts, in which unit, and of which other it is a part."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import Field, ValidationError

from citiesforall.core.errors import DeclarationError, did_you_mean, raise_all
from citiesforall.core.source import Frozen

RESIDENTS = "residents"
"""The people of the cells, rescaled to the census: no register gives them, but shares may be of them."""


class Amount(Frozen):
    """Declare one amount of the registers layer (one table of ``data/registers/*.toml``).

    Parameters
    ----------
    id
        Words in ``snake_case``, unique over all files.
    title, definition
        English; Khmer is in ``locale/``.
    unit
        As stored: ``persons``, ``households``, ``m2``, ``t/day``; a share is 0 to 1.
    kind
        ``sum`` adds up over places; ``index`` does not.
    of
        Amount it is a part of, never more than that; ``residents`` for people of the census.
    at_least
        Amount it is never less than: a household has at least one person.
    high
        Largest value that can be; the smallest is 0.
    sensitive
        Whether few cases in a place could point at people: then counts of 1 to 4 are withheld.
    event
        Whether it counts what strikes one by one (deaths, crimes, cases): rates of it err as a Poisson count does.
    service, asked, held_by
        Where the figures workbook lists it, the unit it asks for, and the office that has the figure.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    unit: str
    kind: Literal["sum", "index"]
    definition: str = ""
    of: str | None = None
    at_least: str | None = None
    high: float | None = None
    sensitive: bool = False
    event: bool = False
    service: str = ""
    asked: str = ""
    held_by: str = ""


@cache
def amounts() -> dict[str, Amount]:
    """Return every declared amount, by id, in the order of the files.

    Raises
    ------
    DeclarationError
        Carrying every fault of every file: unknown words, an id declared twice, a whole that is not declared.
    """
    found: dict[str, Amount] = {}
    faults: list[str] = []
    folder = files("citiesforall.data").joinpath("registers")
    for file in sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name):
        for key, row in tomllib.loads(file.read_text("utf-8")).items():
            faults += _read_one(file.name, key, row, found)
    known = {*found, RESIDENTS}
    faults += [
        f"{one.id}: {word} = '{whole}': this amount is not known. {did_you_mean(whole, known)}"
        for one in found.values()
        for word, whole in (("of", one.of), ("at_least", one.at_least))
        if whole is not None and whole not in known
    ]
    raise_all(faults, DeclarationError)
    return found


def _read_one(file: str, key: str, row: dict[str, Any], found: dict[str, Amount]) -> list[str]:
    """Read one declaration into ``found``; return its faults."""
    if key in found or key == RESIDENTS:
        return [f"{file}: {key}: this id is declared twice. Rename one."]
    try:
        found[key] = Amount.model_validate({"id": key, **row})
    except ValidationError as error:
        return [f"{file}: {key}: {'.'.join(map(str, e['loc']))}: {e['msg']}." for e in error.errors()]
    return []


def amount(key: str) -> Amount:
    """Return one amount.

    Raises
    ------
    DeclarationError
        The id is not declared; the nearest one is named.
    """
    try:
        return amounts()[key]
    except KeyError:
        raise DeclarationError(f"amount '{key}' is not known. {did_you_mean(key, amounts())}") from None
