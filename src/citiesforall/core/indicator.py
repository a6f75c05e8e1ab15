"""An indicator: a declaration of ten lines over a method; read from ``data/indicators/*.toml``."""

from __future__ import annotations

import hashlib
import json
import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationError, model_validator

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
    scale
        ``log`` where ten times as many is one step worse: the score is linear in log(1 + value).
    band
        For ``near``: how far from the goal still scores 100. [unit]
    other_floor
        For ``near``: what scores 0 on the other side of the goal; as far away as the floor where absent. [unit]
    """

    floor: float = Field(allow_inf_nan=False)
    goal: float = Field(allow_inf_nan=False)
    said_by: str = "ours"
    scale: Literal["linear", "log"] = "linear"
    band: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    other_floor: float | None = Field(default=None, allow_inf_nan=False)


def goalpost_faults(post: Goalposts, better: str) -> list[str]:
    """Return what is wrong with goalposts, one sentence each.

    Parameters
    ----------
    post
        Floor and goal.
    better
        Which way is good: ``higher``, ``lower``, ``near`` or ``context``.
    """
    said = f"goalposts floor {post.floor:g} and goal {post.goal:g}"
    if better == "context":
        return ["goalposts are given, but better is 'context', which is never scored. Remove the goalposts."]
    if post.floor == post.goal:
        return [f"{said} are the same. The floor scores 0 and the goal 100: give two different values."]
    faults = []
    if (better == "higher" and post.floor > post.goal) or (better == "lower" and post.floor < post.goal):
        faults.append(f"{said} are reversed: better is '{better}'. Swap them, or mend better.")
    if better != "near" and (post.band or post.other_floor is not None):
        faults.append(f"band and other_floor are for better = 'near', but better is '{better}'. Remove them.")
    if post.scale == "log" and (better == "near" or min(post.floor, post.goal) < 0):
        faults.append("scale 'log' needs better 'higher' or 'lower' and goalposts of 0 or more. Mend them.")
    if better == "near":
        faults += _near_faults(post)
    return faults


def _near_faults(post: Goalposts) -> list[str]:
    """Return what is wrong with goalposts on both sides of a goal."""
    faults = []
    other = 2 * post.goal - post.floor if post.other_floor is None else post.other_floor
    if (post.floor - post.goal) * (other - post.goal) >= 0:
        faults.append(
            f"other_floor {other:g} is not beyond the goal {post.goal:g}, away from the floor {post.floor:g}. Mend it."
        )
    elif post.band >= min(abs(post.floor - post.goal), abs(other - post.goal)):
        faults.append(f"band {post.band:g} reaches a floor. Give less than the way from the goal to a floor.")
    return faults


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

    @model_validator(mode="after")
    def _goalposts_can_score(self) -> Indicator:
        if self.goalposts is not None and (faults := goalpost_faults(self.goalposts, self.better)):
            raise ValueError(" ".join(faults))
        return self

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
        return [f"{file}: {key}: {_fault(e)}" for e in error.errors()]
    return []


def _fault(error: Any) -> str:
    """Return one of pydantic's faults as a sentence; ours are sentences already."""
    if error["type"] == "value_error" and not error["loc"]:
        return str(error["ctx"]["error"])
    return f"{'.'.join(map(str, error['loc']))}: {error['msg']}."


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
