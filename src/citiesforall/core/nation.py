"""A nation: one file that names its cities, how far each is taken and what is asked of them together."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from citiesforall.core.errors import DeclarationError
from citiesforall.core.faults import plain_faults
from citiesforall.core.source import Frozen

Year = Annotated[int, Field(ge=1900, le=2100)]
Usd = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class NationPlace(Frozen):
    """Say which nation it is.

    Parameters
    ----------
    code
        Two letters of the country (``KH``).
    name, name_km
        In Latin and in Khmer script.
    edition
        Gazetteer edition that says which province a place is of; empty where none is kept of the country: each city is then
        of the nation itself, or of the parent it names.
    invented
        True for a made-up nation; said wherever a result shows.
    """

    code: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    name: str
    name_km: str | None = None
    edition: str | None = None
    invented: bool = False


class CityEntry(Frozen):
    """Name one city file, or several by a glob.

    Parameters
    ----------
    file
        Beside the nation file; ``cities/*.toml`` names many.
    parent
        Code of the province, where the gazetteer does not know the city.
    part_of
        Code of the place the city is only a part of (``KH12`` for the centre of Phnom Penh): its people are not counted twice.
    """

    file: str
    parent: str | None = None
    part_of: str | None = None


class RegisterEntry(Frozen):
    """Name one city file that covers the whole nation by registers.

    Parameters
    ----------
    file
        Beside the nation file.
    members
        Level of its places that stand beside cities as administrations of their own.
    """

    file: str
    members: str = "district"


class InventedCities(Frozen):
    """Ask for invented cities: to try a cluster, never to say anything of a nation.

    Parameters
    ----------
    cities
        How many; seeds count up from ``seed``.
    people
        Of each.
    keep
        ``everything``, or only ``results``: sources and steps of a finished city are removed, so that a thousand fit on a disk.
    """

    cities: int = Field(ge=1, le=7_000)
    seed: int = Field(default=1, ge=0)
    people: int = Field(default=60_000, ge=2_000, le=2_000_000)
    keep: Literal["everything", "results"] = "results"


class Round(Frozen):
    """Name an earlier round: the published folder of a nation's results.

    Parameters
    ----------
    folder
        Beside the nation file.
    year
        What time it is about.
    """

    folder: str
    year: Year


class Envelope(Frozen):
    """Say what money the nation has for the years of the plans, where it is known.

    Parameters
    ----------
    fund
        Fund of ``data/kh/funds`` or a name of the nation's own.
    tier
        Who holds it: a tier of the actions' table, or ``ALL``.
    usd
        For all years together [USD].
    source
        Where the figure is from.
    """

    fund: str
    tier: str = "ALL"
    usd: Usd
    source: str


class NationChoices(Frozen):
    """Choose how far cities are taken and how they are compared.

    Parameters
    ----------
    through
        Verb each city goes through: ``measure``, ``diagnose``, ``plan`` or ``run`` (documents too).
    severe_from
        A member has a challenge from this severity on (0 none, 100 worst).
    clusters
        Number of kinds of cities; 0 lets their stability choose.
    draws, seed
        Of what the nation draws itself: chances of ranks, stability of kinds.
    hide_below
        Counts of people below this are withheld, and so is what would give them away by difference.
    target_year
        Year progress is judged for.
    """

    through: Literal["measure", "diagnose", "plan", "run"] = "plan"
    severe_from: float = Field(default=30.0, ge=0, le=100)
    clusters: int = Field(default=0, ge=0, le=20)
    draws: int = Field(default=200, ge=1, le=2_000)
    seed: int = Field(default=1, ge=0)
    hide_below: int = Field(default=5, ge=1, le=1_000)
    target_year: Year = 2030


class Nation(Frozen):
    """Hold everything a nation file says.

    Parameters
    ----------
    place
        Which nation.
    period
        What time the results are about.
    languages
        Of documents.
    cities, registers, invented
        What it is made of.
    rounds
        Earlier rounds, for progress.
    envelopes
        Money known to be there.
    choices
        How it is compared.
    folder
        Where the file lies: paths are looked for beside it.
    """

    place: NationPlace
    period: str
    languages: tuple[Literal["en", "km"], ...] = ("en", "km")
    cities: tuple[CityEntry, ...] = ()
    registers: tuple[RegisterEntry, ...] = ()
    invented: InventedCities | None = None
    rounds: tuple[Round, ...] = ()
    envelopes: tuple[Envelope, ...] = ()
    choices: NationChoices = NationChoices()
    folder: Path = Path()

    @model_validator(mode="after")
    def _made_of_something(self) -> Nation:
        """Refuse a nation of no cities."""
        if not (self.cities or self.registers or self.invented):
            raise ValueError(
                "names no city. Allowed: [[cities]], [[registers]] or [invented]. Add at least one"
            )
        return self


def read_nation(path: str | Path) -> Nation:
    """Read and check a nation file.

    Parameters
    ----------
    path
        A TOML file.

    Returns
    -------
    Nation
        With its folder.

    Raises
    ------
    DeclarationError
        It does not exist, is not TOML, or says something that is not allowed: every fault, one line each.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError:
        raise DeclarationError(f"{path}: there is no such file. Give the path of a nation file.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{path}: is not TOML. {error}. Mend that line.") from None
    try:
        return Nation.model_validate(content | {"folder": path.parent})
    except ValidationError as error:
        faults = plain_faults(error.errors(), _words)
        raise DeclarationError(*(f"{path.name}: {fault}" for fault in faults)) from None


def _words(where: tuple[object, ...]) -> tuple[str, ...]:
    """Return the words allowed at a place of the file."""
    tables: dict[str, type[Frozen]] = {
        "place": NationPlace, "cities": CityEntry, "registers": RegisterEntry, "invented": InventedCities, "rounds": Round,
        "envelopes": Envelope, "choices": NationChoices,
    }  # fmt: skip
    return (
        tuple(tables.get(str(where[0]), Nation).model_fields)
        if len(where) > 1
        else tuple(Nation.model_fields)
    )
