"""Threats declared in ``data/diagnose/threats.toml``: the hazard, exposure, vulnerability and capacity of each."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import Field, ValidationError

from citiesforall.core.errors import DeclarationError, did_you_mean, raise_all
from citiesforall.core.indicator import Goalposts, goalpost_faults, indicators
from citiesforall.core.questions import bank
from citiesforall.core.source import Frozen

FILE = "threats.toml"
STANDARDS = "standards"
ALL_EXPOSED = "everybody"
"""Stands last among the alternatives of an exposure where nothing tells who is exposed."""
FACTORS = ("hazard", "exposure", "vulnerability", "capacity")


class Threat(Frozen):
    """Declare one threat.

    Parameters
    ----------
    id
        Words in ``snake_case``; its title is ``diagnose.threat.<id>``.
    dimension
        Of human security.
    said
        Threats of the survey that are counted to it.
    hazard, exposure, vulnerability, capacity
        Indicators of each factor; an entry with ``|`` takes the first that has a value; ``everybody`` among exposures.
    present
        It strikes already whom it reaches: without anything said its hazard is 1.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    dimension: Literal["economic", "food", "health", "environmental", "personal", "community", "political"]
    said: tuple[str, ...] = ()
    hazard: tuple[str, ...] = ()
    exposure: tuple[str, ...] = Field(min_length=1)
    vulnerability: tuple[str, ...] = Field(min_length=1)
    capacity: tuple[str, ...] = Field(min_length=1)
    present: bool = False

    def entries(self, factor: str) -> list[tuple[str, ...]]:
        """Return the indicators of a factor, each entry with its alternatives."""
        listed: tuple[str, ...] = getattr(self, factor)
        return [tuple(entry.split("|")) for entry in listed]


class Threats(Frozen):
    """Hold every threat, and what scores 1 and 0 of indicators without goalposts.

    Parameters
    ----------
    by_id
        In the order of the file.
    standards
        Indicator -> goalposts.
    """

    by_id: dict[str, Threat]
    standards: dict[str, Goalposts]

    def posts(self, indicator: str) -> Goalposts | None:
        """Return what scores 0 and 100 of an indicator; None where its share counts as it is."""
        return self.standards.get(indicator, indicators()[indicator].goalposts)


@cache
def threats() -> Threats:
    """Return every declared threat.

    Raises
    ------
    DeclarationError
        Carrying every fault of the file.
    """
    return read_threats(files("citiesforall.data").joinpath("diagnose", FILE).read_text("utf-8"))


def read_threats(text: str, name: str = FILE) -> Threats:
    """Read threats from TOML and check every word they use.

    Parameters
    ----------
    text
        A table of standards, and one for each threat.
    name
        For the faults.

    Raises
    ------
    DeclarationError
        Carrying every fault: indicators and threats that are not known, goalposts reversed, a factor that is no share and has
        no goalposts, an exposure that is no share.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(f"{name}: cannot be read as TOML: {error}. Correct that line.") from None
    faults: list[str] = []
    read: dict[str, Any] = {STANDARDS: {}, "by_id": {}}
    for key, row in tables.pop(STANDARDS, {}).items():
        faults += _read(f"{name}: {STANDARDS}.{key}", Goalposts, row, read[STANDARDS], key)
    for key, row in tables.items():
        faults += _read(f"{name}: {key}", Threat, {**row, "id": key}, read["by_id"], key)
    found = Threats(**read)
    for key, posts in found.standards.items():
        if key not in indicators():
            faults.append(
                f"{name}: {STANDARDS}: indicator '{key}' is not known. {did_you_mean(key, indicators())}"
            )
        else:
            faults += [
                f"{name}: {STANDARDS}.{key}: {one}"
                for one in goalpost_faults(posts, indicators()[key].better)
            ]
    for one in found.by_id.values():
        faults += [f"{name}: {one.id}: {fault}" for fault in _faults(one, found)]
    raise_all(faults, DeclarationError)
    return found


def _read(where: str, kind: type[Frozen], row: Any, into: dict[str, Any], key: str) -> list[str]:
    """Read one table into a record; return its faults."""
    try:
        into[key] = kind.model_validate(row)
    except ValidationError as error:
        return [f"{where}: {'.'.join(map(str, e['loc']))}: {e['msg']}. Correct it." for e in error.errors()]
    return []


def _faults(one: Threat, among: Threats) -> list[str]:
    """Return what is wrong with one threat."""
    known = {choice.code for choice in bank().lists["threat"]}
    faults = [
        f"said: threat '{word}' is not one of the survey's. {did_you_mean(word, known)}"
        for word in one.said
        if word not in known
    ]
    for factor in FACTORS:
        for key in (key for entry in one.entries(factor) for key in entry):
            if key == ALL_EXPOSED and factor == "exposure":
                continue
            if key not in indicators():
                faults.append(f"{factor}: indicator '{key}' is not known. {did_you_mean(key, indicators())}")
            elif factor == "exposure" and not _directed_share(key):
                faults.append(f"{factor}: '{key}' is no share with a better side. Name one that is.")
            elif among.posts(key) is None and not _directed_share(key):
                faults.append(f"{factor}: '{key}' has no goalposts. Add it to [{STANDARDS}].")
    return faults


def _directed_share(key: str) -> bool:
    """Say whether an indicator is a share with a better and a worse side."""
    one = indicators()[key]
    return one.unit == "%" and one.better in {"higher", "lower"}
