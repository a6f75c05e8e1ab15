"""Groups of people, each by one id."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import Field

from citiesforall.core.source import Frozen


class Group(Frozen):
    """Describe a group.

    Parameters
    ----------
    id
        One word; never a combination of columns.
    title
        English; Khmer under ``group.<id>.title``.
    people
        Column of the cells that counts its members.
    speed
        Choice of the city file that gives its walking speed.
    sdmx
        Dimensions in SDMX.
    """

    id: str
    title: str
    people: str
    speed: str = "walk_m_s"
    sdmx: dict[str, str] = Field(default_factory=dict)


@cache
def groups() -> dict[str, Group]:
    """Return every group, by id, ``all`` first."""
    table = tomllib.loads(files("citiesforall.data").joinpath("groups.toml").read_text("utf-8"))
    return {key: Group(id=key, **row) for key, row in table.items()}
