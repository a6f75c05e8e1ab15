"""An indicator: a declaration of ten lines over a method; read from ``data/indicators/*.toml``."""

from __future__ import annotations

import hashlib
import json
import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError

from citiesforall.core.errors import DeclarationError, did_you_mean, raise_all
from citiesforall.core.source import Frozen
from citiesforall.core.units import units

DIMENSIONS = ("economic", "food", "health", "environmental", "personal", "community", "political", "city")


def _several(value: Any) -> Any:
    """Return one code as a list of one: ``sdg = "11.2.1"`` and ``sdg = ["11.2.1", "9.1.1"]`` are both right."""
    return (value,) if isinstance(value, str) else value


Codes = Annotated[tuple[str, ...], BeforeValidator(_several)]


class Goalposts(Frozen):
    """Say what scores 0 and 100.

    Parameters
    ----------
    floor, goal
        In the indicator's unit.
    said_by
        Who states the goal: a reference key, or ``ours``. The floor is ours everywhere.
    """

    floor: float
    goal: float
    said_by: str = "ours"


class Indicator(Frozen):
    """Declare what is measured, in which unit, by which method.

    Parameters
    ----------
    id
        Words in ``snake_case``; never used again for something else.
    version
        Rises when the definition changes.
    title, meaning
        English; Khmer is in ``locale/km.po`` under the id.
    dimension
        Of human security; ``city`` for facts about the city itself.
    unit, better
        Declared unit, and which way is good.
    goalposts
        What scores 0 and 100, where anybody has said so.
    method, options
        A method of ``measure`` and its arguments (``with`` in TOML).
    sdg, umf, u4ssc, hs
        Codes in other frameworks, one or several.
    related
        SDG indicators it is near to without measuring them: another unit, another part of people, one part of several.
    cites
        Keys of ``refs.bib``.
    groups
        False where a group cannot be asked (land, streets).
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: int = Field(default=1, ge=1)
    title: str
    meaning: str
    dimension: Literal[
        "economic", "food", "health", "environmental", "personal", "community", "political", "city"
    ]
    unit: str
    better: Literal["higher", "lower", "near", "context"]
    goalposts: Goalposts | None = None
    method: str
    options: dict[str, Any] = Field(default_factory=dict, alias="with")
    sdg: Codes = ()
    umf: Codes = ()
    u4ssc: Codes = ()
    hs: Codes = ()
    related: Codes = ()
    cites: tuple[str, ...] = ()
    groups: bool = True

    def definition_sha(self) -> str:
        """Return the fingerprint of what defines the number: method, options, unit."""
        said = json.dumps([self.method, self.options, self.unit], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:16]


@cache
def indicators() -> dict[str, Indicator]:
    """Return every declared indicator, by id, in the order of the files.

    Raises
    ------
    DeclarationError
        Carrying every fault of every file.
    """
    found: dict[str, Indicator] = {}
    faults: list[str] = []
    folder = files("citiesforall.data").joinpath("indicators")
    for file in sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name):
        for key, row in tomllib.loads(file.read_text("utf-8")).items():
            faults += _read_one(file.name, key, row, found)
    raise_all(faults, DeclarationError)
    return found


def _read_one(file: str, key: str, row: dict[str, Any], found: dict[str, Indicator]) -> list[str]:
    """Read one declaration into ``found``; return its faults."""
    if key in found:
        return [f"{file}: {key}: this id is declared twice. Rename one."]
    if str(row.get("unit")) not in units():
        return [
            f"{file}: {key}: unit '{row.get('unit')}' is not known. {did_you_mean(str(row.get('unit')), units())}"
        ]
    try:
        found[key] = Indicator.model_validate({"id": key, **row})
    except ValidationError as error:
        return [f"{file}: {key}: {'.'.join(map(str, e['loc']))}: {e['msg']}." for e in error.errors()]
    return []


def indicator(key: str) -> Indicator:
    """Return one indicator.

    Raises
    ------
    DeclarationError
        The id is not declared; the nearest one is named.
    """
    try:
        return indicators()[key]
    except KeyError:
        raise DeclarationError(f"indicator '{key}' is not known. {did_you_mean(key, indicators())}") from None
