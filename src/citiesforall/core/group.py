"""Groups of people, each by one id."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import Field

from citiesforall.core.source import Frozen

HOUSEHOLD_TRAITS = frozenset({"idpoor", "renter", "slum"})
"""Traits a whole household has; the others are each person's own."""


class Group(Frozen):
    """Describe a group.

    Parameters
    ----------
    id
        One word; never a combination of columns.
    title
        English; Khmer under ``group.<id>.title``.
    people
        Column of the cells that counts its members; None where only a survey knows them.
    speed
        Choice of the city file that gives its walking speed.
    survey
        Who belongs to it in a survey: trait -> word, number, or [youngest, oldest] in whole years; all of them must hold.
        Empty for everybody, None where a survey cannot be asked.
    sdmx
        Dimensions in SDMX.
    """

    id: str
    title: str
    people: str | None = None
    speed: str = "walk_m_s"
    survey: dict[str, str | float | tuple[float, float]] | None = None
    sdmx: dict[str, str] = Field(default_factory=dict)


@cache
def groups() -> dict[str, Group]:
    """Return every group, by id, ``all`` first."""
    table = tomllib.loads(files("citiesforall.data").joinpath("groups.toml").read_text("utf-8"))
    return {key: Group(id=key, **row) for key, row in table.items()}


def is_of_households(group: Group) -> bool:
    """Say whether whole households belong to a group, so that indicators of households can be asked of it.

    Parameters
    ----------
    group
        Any group.
    """
    return group.survey is not None and set(group.survey) <= HOUSEHOLD_TRAITS
