"""Interventions: what can be done, what it serves, costs and needs; read from ``data/actions/*.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError

from citiesforall.core.errors import DeclarationError, did_you_mean, raise_all
from citiesforall.core.faults import plain_faults
from citiesforall.core.source import Frozen

if TYPE_CHECKING:
    from citiesforall.core.city import City

Tier = Literal["CP", "DM", "CS", "LN"]
TIERS: tuple[Tier, ...] = ("CP", "DM", "CS", "LN")
"""Capital or province; krong, district or khan; commune or sangkat; line ministry or state enterprise."""
Dimension = Literal["economic", "food", "health", "environmental", "personal", "community", "political"]
Effect = Literal["coverage", "dose", "household", "city"]
Grade = Literal["A", "B", "C"]
Unit = Literal[
    "facility", "vehicle", "route", "system", "site", "school", "service",
    "m", "km", "m2", "m3", "m3_per_day", "household", "person", "pupil", "parcel", "lamp", "tree", "hydrant", "node",
]  # fmt: skip
PER_PEOPLE = 1000.0
"""The dose of a place is its units for this many residents."""


def _pair(value: Any) -> Any:
    """Return one number as a range of no width: ``capital_usd = 180000`` and ``[150000, 210000]`` are both right."""
    return (value, value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _range(value: tuple[float, float]) -> tuple[float, float]:
    """Refuse a range that is negative or upside down, or no number."""
    low, high = value
    if not (low >= 0 and high >= 0 and high < float("inf")):
        raise ValueError(f"[{low:g}, {high:g}] is no cost. Give numbers of at least 0.")
    if low > high:
        raise ValueError(f"the low end {low:,.9g} is above the high end {high:,.9g}. Turn them round.")
    return value


Range = Annotated[tuple[float, float], BeforeValidator(_pair), AfterValidator(_range)]
"""Low and high end; one number stands for both."""
Ids = tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], ...]


class Action(Frozen):
    """Declare one intervention.

    Parameters
    ----------
    id, code
        Words in ``snake_case``, and the short code a table shows (``H2``).
    title, meaning
        English; Khmer is in ``locale/km.action.po``.
    programme
        Name of its file: the programme it belongs to in a development plan.
    dimensions
        Of human security, the main one first.
    side
        Whether it protects people, empowers them, or both.
    effect
        ``coverage``: a facility serves the people within reach of it. ``dose``: units in a place move an indicator of the
        place. ``household``: units serve households (or persons, parcels) that lack something. ``city``: one for the city.
    serves
        Coverage: kind of facility it becomes (``data/facilities.toml``).
    reach_m
        Coverage: how far people walk to it on the network. [m]
    capacity
        Coverage, household: people one unit serves; empty where nothing limits it.
    demand
        Whom it is for: everybody, people whose home can be flooded, or poor people.
    indicator
        Dose: the indicator that moves. Household: the indicator whose shortfall is the need.
    per_unit, most_share, target
        Dose: how fast and how far the indicator moves, see Notes; the target in the indicator's unit.
    acts_on
        Indicators that should change, the main one first.
    unit
        What one unit is.
    capital_usd, om_usd_per_year
        Cost of one unit, low and high, and of running it for a year. [US$]
    grade, said_by
        How far the costs can be trusted (A: a Cambodian figure read at its source; B: a published figure quoted from memory; C:
        our judgement), and who says them: a reference key, or ``ours``.
    standard_grade, standard_by
        The same for reach, capacity and dose.
    lead_months, life_years
        From the decision to the first day of service, and from then to its replacement.
    tier, partner
        Who leads, and who may pay or build with them.
    requires, excludes
        Actions that must be there before, and actions that cannot be in the same place.
    resettlement_risk
        How likely people must give up land or homes.
    gender_effect, gender
        -1 (may harm women unless guarded against) to 2 (made for women and girls), and the reason: a word of
        ``plan.gender``.
    min_spacing_m, max_units
        Two of it are no nearer than this; no more than this in a city.
    land_m2
        Land one unit needs. [m2]
    cites
        Keys of ``refs.bib``.
    note
        How the figures were worked out.
    cost_by
        ``catalogue``, or ``city`` where the city's own unit rate stands in its place.

    Notes
    -----
    Dose: with x units for each thousand residents of a place, its indicator becomes
    value + most_share (target - value) (1 - exp(-per_unit x)): the first units move it most, and it never passes the target. The
    form and every per_unit and most_share are ours.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    code: str = Field(pattern=r"^[A-Z]\d{1,2}[a-z]?$")
    title: str
    meaning: str
    programme: str = ""
    dimensions: tuple[Dimension, ...] = Field(min_length=1)
    side: Literal["protection", "empowerment", "both"]
    effect: Effect
    serves: str | None = None
    reach_m: float | None = Field(default=None, gt=0, le=50000)
    capacity: float | None = Field(default=None, gt=0)
    demand: Literal["everybody", "flooded", "poor"] = "everybody"
    indicator: str | None = None
    per_unit: float | None = Field(default=None, gt=0)
    most_share: float = Field(default=1.0, gt=0, le=1)
    target: float | None = None
    acts_on: Ids = Field(min_length=1)
    unit: Unit
    capital_usd: Range
    om_usd_per_year: Range
    grade: Grade
    said_by: str = Field(min_length=3)
    standard_grade: Grade
    standard_by: str = Field(min_length=3)
    lead_months: int = Field(gt=0, le=120)
    life_years: int = Field(gt=0, le=100)
    tier: Tier
    partner: Tier | None = None
    requires: Ids = ()
    excludes: Ids = ()
    resettlement_risk: Literal["none", "low", "medium", "high"] = "none"
    gender_effect: int = Field(ge=-1, le=2)
    gender: str
    min_spacing_m: float = Field(default=0.0, ge=0)
    max_units: int | None = Field(default=None, gt=0)
    land_m2: float = Field(default=0.0, ge=0)
    cites: tuple[str, ...] = ()
    note: str = ""
    cost_by: Literal["catalogue", "city"] = "catalogue"


@cache
def actions() -> dict[str, Action]:
    """Return every declared intervention, by id, in the order of the files.

    Returns
    -------
    dict
        Id -> action.

    Raises
    ------
    DeclarationError
        Carrying every fault of every file.
    """
    folder = files("citiesforall.data").joinpath("actions")
    texts = {
        file.name: file.read_text("utf-8")
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".toml")
    }
    return read_actions(texts)


def read_actions(texts: Mapping[str, str]) -> dict[str, Action]:
    """Read a catalogue of interventions.

    Parameters
    ----------
    texts
        Name of a file -> its TOML.

    Returns
    -------
    dict
        Id -> action, in the order of the files.

    Raises
    ------
    DeclarationError
        Carrying every fault of every file: words, costs, ids, what an action names that is not there, circles.
    """
    from citiesforall.core.action_checks import catalogue_faults, record_faults  # noqa: PLC0415 - it reads this module

    found: dict[str, Action] = {}
    named: set[str] = set()
    faults: list[str] = []
    for file, text in texts.items():
        try:
            rows = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            faults.append(f"{file}: this is not TOML: {error}. Mend the line named.")
            continue
        for key, row in rows.items():
            if key in named:
                faults.append(f"{file}: {key}: this id is declared twice. Rename one.")
                continue
            named.add(key)
            one, wrong = _read_one(file, key, row)
            faults += [f"{file}: {key}{line}" for line in wrong]
            if one is not None:
                faults += [f"{file}: {key}: {line}" for line in record_faults(one)]
                found[key] = one
    faults += catalogue_faults(found, named)
    raise_all(faults, DeclarationError)
    return found


def _read_one(file: str, key: str, row: Any) -> tuple[Action | None, list[str]]:
    """Read one declaration; return it, or its faults."""
    if not isinstance(row, dict):
        return None, [": a table is expected. Write [" + key + "]."]
    programme = file.removesuffix(".toml").lstrip("0123456789_")
    try:
        return Action.model_validate({"id": key, "programme": programme, **row}), []
    except ValidationError as error:
        lines = plain_faults(error.errors(), lambda _: (*_WORDS,))
        return None, [f".{line}" for line in lines]


_WORDS = sorted({*Action.model_fields} - {"id", "programme", "cost_by"})


def action(key: str) -> Action:
    """Return one intervention.

    Parameters
    ----------
    key
        Its id.

    Returns
    -------
    Action
        The declaration.

    Raises
    ------
    DeclarationError
        The id is not declared; the nearest one is named.
    """
    try:
        return actions()[key]
    except KeyError:
        raise DeclarationError(f"action '{key}' is not known. {did_you_mean(key, actions())}") from None


def actions_for(city: City) -> dict[str, Action]:
    """Return every intervention with the city's own figures in place.

    Parameters
    ----------
    city
        A city; its choice of actions (``[plan]``) is not applied here.

    Returns
    -------
    dict
        Id -> action; ``cost_by`` says whose cost it is.
    """
    from citiesforall.core.own_costs import with_own  # noqa: PLC0415 - it reads this module

    own = city.costs
    return {
        key: with_own(one, own[key], city.budget) if key in own else one for key, one in actions().items()
    }


def action_texts() -> dict[str, str]:
    """Return the public texts by key: ``action.<id>.title`` and ``action.<id>.meaning``."""
    return {
        f"action.{one.id}.{part}": getattr(one, part)
        for one in actions().values()
        for part in ("title", "meaning")
    }
