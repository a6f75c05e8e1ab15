"""Keeps scenarios of a what-if: named, shared by their reference, and handed to the planner as sites of a city file."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy import Connection, Engine, delete, insert, select

from citiesforall.core.errors import InputError, raise_all
from citiesforall.core.scenario import changes_of
from citiesforall.core.source import Frozen
from citiesforall.voices.database import now, writing
from citiesforall.voices.keeping import new_reference, note_act
from citiesforall.voices.records import Plain
from citiesforall.voices.tables import SCENARIOS

MOST_CHANGES = 200
MOST_KEPT = 500
"""Scenarios of one city; a page shows no more."""
ASKED = 'Offered in a what-if, scenario "{name}"; the land is still to be looked at.'


class ScenarioIn(Frozen):
    """Hold a scenario to be kept: its name, and its changes as tables of a scenario file."""

    name: Annotated[Plain, Field(min_length=1, max_length=80)]
    changes: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=MOST_CHANGES)]


def keep_scenario(engine: Engine, city: str, asked: ScenarioIn, who: str) -> str:
    """Keep a scenario and return its reference.

    Parameters
    ----------
    engine
        The database.
    city
        Code of the city.
    asked
        What is kept.
    who
        Account.

    Raises
    ------
    InputError
        Changes that are none, or more scenarios than a city may have.
    """
    _, faults = changes_of(asked.changes)
    raise_all(faults, InputError)
    code = new_reference()
    with writing(engine) as connection:
        if len(scenarios_of(connection, city)) >= MOST_KEPT:
            raise InputError(f"scenarios: {MOST_KEPT} are kept for {city}. Take one out first.")
        connection.execute(
            insert(SCENARIOS).values(
                id=code, city=city.upper(), name=asked.name, changes=json.dumps(asked.changes, ensure_ascii=False),
                made_by=who, made_at=now(),
            )
        )  # fmt: skip
        note_act(connection, who, "scenario_kept", code, {"changes": len(asked.changes)})
    return code


def scenarios_of(connection: Connection, city: str) -> list[dict[str, Any]]:
    """Return the scenarios of a city, the newest first.

    Parameters
    ----------
    connection
        To the database.
    city
        Code of the city.
    """
    asked = select(SCENARIOS).where(SCENARIOS.c.city == city.upper()).order_by(SCENARIOS.c.made_at.desc())
    return [_told(dict(row)) for row in connection.execute(asked).mappings()]


def scenario_kept(connection: Connection, city: str, code: str) -> dict[str, Any]:
    """Return one scenario.

    Parameters
    ----------
    connection
        To the database.
    city, code
        Of the city; of the scenario.

    Raises
    ------
    InputError
        The city has none of this reference.
    """
    asked = select(SCENARIOS).where(SCENARIOS.c.id == code.upper(), SCENARIOS.c.city == city.upper())
    row = connection.execute(asked).mappings().first()
    if row is None:
        raise InputError(f"scenario '{code[:20]}': there is none of this reference here. Look at the list.")
    return _told(dict(row))


def drop_scenario(engine: Engine, city: str, code: str, who: str) -> None:
    """Take a scenario out.

    Parameters
    ----------
    engine
        The database.
    city, code
        Of the city; of the scenario.
    who
        Account.

    Raises
    ------
    InputError
        The city has none of this reference.
    """
    with writing(engine) as connection:
        found = scenario_kept(connection, city, code)
        connection.execute(delete(SCENARIOS).where(SCENARIOS.c.id == found["id"]))
        note_act(connection, who, "scenario_dropped", found["id"], {})


def sites_toml(name: str, changes: list[dict[str, Any]]) -> str:
    """Return the facilities a scenario adds as sites that a city file offers to the planner.

    Parameters
    ----------
    name
        Of the scenario.
    changes
        Tables of a scenario file.

    Returns
    -------
    str
        TOML ``[[sites]]`` as `citiesforall.core.budget.OwnSite` reads them; other changes stand as comments, the planner
        chooses no street and no stop by itself.

    Raises
    ------
    InputError
        Nothing of it has a site.
    """
    sites, others = [], []
    for number, one in enumerate(changes, 1):
        is_placed = one.get("do") in {"add_facility", "add_open_space"} and "lon" in one and "lat" in one
        if is_placed:
            sites.append(_site(name, number, one))
        else:
            others.append(f"# not a site: {_text(one.get('do', ''))}")
    if not sites:
        raise InputError(
            f"scenario '{name}': it adds nothing that stands on a site. Add a facility or a park."
        )
    return "\n\n".join(["\n".join([f"# {_text(name)}", *others]), *sites]) + "\n"


def _site(name: str, number: int, one: dict[str, Any]) -> str:
    """Return one site."""
    kind = str(one.get("kind", "park"))
    lines = [
        "[[sites]]",
        f"name = {_text(one.get('name') or f'{name} {number}')}",
        f"lon = {float(one['lon'])!r}",
        f"lat = {float(one['lat'])!r}",
        f"kinds = [{_text(kind)}]",
    ]
    if one.get("area_m2"):
        lines.append(f"land_m2 = {float(one['area_m2'])!r}")
    return "\n".join([*lines, f"note = {_text(ASKED.format(name=name))}"])


def _text(said: Any) -> str:
    """Return a text as TOML and JSON both write it, on one line."""
    return json.dumps(str(said).replace("\x7f", ""), ensure_ascii=False)


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as a page has it."""
    return row | {"changes": json.loads(row["changes"])}
