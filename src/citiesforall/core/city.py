"""A city: one file that a council owns, read and checked as a whole."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from citiesforall.core.budget import Budget, CostOverride, Costs, Fund, OwnSite, PlanChoices
from citiesforall.core.errors import DeclarationError, did_you_mean
from citiesforall.core.faults import plain_faults
from citiesforall.core.options import option_faults
from citiesforall.core.own_costs import cost_faults
from citiesforall.core.source import FORMATS, LICENCES, MANY, Frozen, Grade, Source, SourceError, catalogue
from citiesforall.core.trigger import TriggerOverride, triggers_with

Code = Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z0-9_]*$")]


class CityPlace(Frozen):
    """Say which place the city is.

    Parameters
    ----------
    code
        P-code: country and national code (``KH0203``); letters may follow for a part (``KH12_CENTRE``).
    name, name_km
        In Latin and in Khmer script.
    members
        Codes of the units that make the city; empty means every unit of the boundary file.
    edition
        Gazetteer edition the codes are of, for instance ``kh@2025``.
    crs
        Metric reference system; empty means the country's, else the UTM zone of the centre.
    invented
        True for a made-up city; said wherever a result shows.
    """

    code: Code
    name: str
    name_km: str | None = None
    members: tuple[Code, ...] = ()
    edition: str | None = None
    crs: str | None = Field(default=None, pattern=r"^EPSG:\d{4,6}$")
    invented: bool = False


class SourceUse(Frozen):
    """Use one source in one city: where its file is and how its columns are named.

    Parameters
    ----------
    id
        Short name, unique in the city; the catalogue id or one of your own.
    file
        Path, looked for beside the city file and under its ``data`` folder; a glob may name several.
    period
        What time the data are about (``2019``), where it differs from the vintage.
    columns
        Our word -> the file's column: ``{code = "HRPCode", value = "pop"}``.
    where
        Column -> value (or list): only such rows are used.
    kind
        Facility kind of a register, or travel mode of a transit line file.
    options
        Further words a format understands (documented with the format).
    """

    id: str
    role: str
    file: str
    title: str
    provider: str
    url: str = ""
    licence: str
    citation: str
    format: str
    grade: Grade = "open"
    vintage: str
    period: str = ""
    error: SourceError | None = None
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    columns: dict[str, str] = Field(default_factory=dict)
    where: dict[str, str | int | float | list[str | int | float]] = Field(default_factory=dict)
    kind: str | None = None
    crs: str | None = None
    encoding: str | None = None
    code_prefix: str = ""
    edition: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    note: str = ""

    @model_validator(mode="after")
    def _known_words(self) -> SourceUse:
        if self.licence not in LICENCES:
            raise ValueError(f"licence '{self.licence}' is not known. {did_you_mean(self.licence, LICENCES)}")
        if self.format not in FORMATS[self.role]:
            raise ValueError(
                f"format '{self.format}' cannot be used for {self.role}. {did_you_mean(self.format, FORMATS[self.role])}"
            )
        if faults := option_faults(self.role, self.options):
            raise ValueError(" ".join(faults))
        return self


class Choices(Frozen):
    """Hold everything a council may argue about.

    Parameters
    ----------
    walk_m_s, slow_walk_m_s
        Walking speed of most adults, and of older and disabled people. [m/s]
    snap_m
        Longest way from a home to the nearest mapped street; beyond it access is unknown. [m]
    reach_m
        Walks longer than this count as not reached. [m]
    draws, seed
        Number of draws for intervals, and the seed they come from.
    cell_m
        Side of the grid's cells. [m]
    threads
        Worker threads; results do not depend on it.
    """

    walk_m_s: Annotated[float, Field(gt=0.2, lt=3)] = 1.2
    slow_walk_m_s: Annotated[float, Field(gt=0.2, lt=3)] = 0.8
    snap_m: Annotated[float, Field(gt=0, le=2000)] = 250.0
    reach_m: Annotated[float, Field(ge=500, le=50000)] = 10000.0
    draws: Annotated[int, Field(ge=0, le=5000)] = 200
    seed: Annotated[int, Field(ge=0)] = 1
    cell_m: Annotated[int, Field(ge=10, le=1000)] = 100
    urban_test: str = Field(default="before", pattern="^(before|after)$")


class OutlookChoices(Frozen):
    """Say how people and built-up land are carried forward.

    Parameters
    ----------
    years
        Years to carry them to.
    method
        ``damped`` (the yearly rate halves every `half_life_years`) or ``exponential`` (it stays); unsaid, the package's.
    half_life_years
        Unsaid, the package's. [years]
    """

    years: tuple[Annotated[int, Field(ge=1950, le=2150)], ...] = (2030, 2050)
    method: Literal["damped", "exponential"] | None = None
    half_life_years: Annotated[float, Field(ge=1, le=1000)] | None = None


class ReportChoices(Frozen):
    """Say how documents are made.

    Parameters
    ----------
    languages
        Of every document, each in a file of its own.
    """

    languages: Annotated[tuple[Literal["en", "km"], ...], Field(min_length=1)] = ("en", "km")


class City(Frozen):
    """Hold one city file.

    Parameters
    ----------
    place
        Which place it is.
    period
        What the values are about, for instance ``2023``.
    data
        Folder where source files are looked for, relative to the city file.
    sources
        Role -> the sources used for it.
    choices
        Speeds, thresholds, draws.
    weights
        Weights of the dimensions; equal where absent.
    outlook
        Years and method of the outlook.
    triggers
        Trigger -> what the city says otherwise.
    budget
        Money of the plan by year and fund; a city without one gets no plan.
    costs
        Action -> the city's own figures for it.
    plan
        What the council wants of the plan.
    sites
        Sites the council offers.
    report
        Languages of the documents.
    """

    place: CityPlace
    period: str = Field(pattern=r"^\d{4}(-(Q[1-4]|\d{2}))?$")
    data: str = "."
    sources: dict[str, tuple[SourceUse, ...]] = Field(default_factory=dict)
    choices: Choices = Choices()
    weights: dict[str, float] = Field(default_factory=dict)
    outlook: OutlookChoices = OutlookChoices()
    triggers: dict[str, TriggerOverride] = Field(default_factory=dict)
    budget: Budget | None = None
    costs: Costs = Field(default_factory=dict)
    plan: PlanChoices = PlanChoices()
    sites: tuple[OwnSite, ...] = ()
    report: ReportChoices = ReportChoices()

    @model_validator(mode="after")
    def _own_rates_fit(self) -> City:
        if self.costs and (faults := cost_faults(self.costs, self.budget)):
            raise ValueError("\n".join(faults))
        return self

    def of(self, role: str) -> tuple[SourceUse, ...]:
        """Return the sources used for a role, none where the city has none."""
        return self.sources.get(role, ())


def read_city(path: str | Path) -> City:
    """Read and check a city file.

    Parameters
    ----------
    path
        A TOML file.

    Returns
    -------
    City
        The city.

    Raises
    ------
    DeclarationError
        Carrying every fault of the file: unknown words, wrong values, unknown catalogue ids.
    """
    file = Path(path)
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise DeclarationError(
            f"{file}: there is no such file. Give the path of a city file (TOML)."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{file.name}: this is not TOML: {error}. Mend the line named.") from None
    faults: list[str] = []
    if isinstance(table.get("sources"), dict):
        table["sources"] = _merge_catalogue(table["sources"], faults)
    try:
        city = City.model_validate(table)
        # the package's own triggers are checked where they are read: not at every start
        faults += triggers_with(city.triggers)[1] if city.triggers else []
    except ValidationError as error:
        faults += plain_faults(error.errors(), _fields)
        city = None
    if faults or city is None:
        raise DeclarationError(*(f"{file.name}: {fault}" for fault in faults))
    return city


def _merge_catalogue(roles: dict[str, Any], faults: list[str]) -> dict[str, Any]:
    """Fill each use of a source from the catalogue; the city's own words win."""
    merged: dict[str, Any] = {}
    for role, given in roles.items():
        if role not in FORMATS:
            faults.append(f"sources.{role}: this role is not known. {did_you_mean(role, FORMATS)}")
            continue
        uses = given if isinstance(given, list) else [given]
        if len(uses) > 1 and role not in MANY:
            faults.append(
                f"sources.{role}: {len(uses)} sources are given; this role takes one. Keep the best."
            )
        rows = []
        for number, use in enumerate(uses):
            if not isinstance(use, dict):
                faults.append(
                    f"sources.{role}: a table is expected, with file, vintage and licence. Write [sources.{role}]."
                )
                continue
            row = {"role": role, **use}
            key = row.pop("catalogue", None)
            if key is not None and key not in catalogue():
                faults.append(
                    f"sources.{role}.catalogue: '{key}' is not known. {did_you_mean(str(key), catalogue())}"
                )
                continue
            if key is not None:
                row = {**_known(catalogue()[key]), "id": key, **row, "role": role}
            row.setdefault("id", f"{role}_{number + 1}" if len(uses) > 1 else role)
            row.setdefault("format", FORMATS[role][0] if len(FORMATS[role]) == 1 else None)
            if row["format"] is None:
                row.pop("format")
            rows.append(row)
        merged[role] = rows
    return merged


def _known(source: Source) -> dict[str, Any]:
    """Return what a use takes over from the catalogue."""
    return source.model_dump(exclude={"download", "role"}, exclude_none=True, exclude_defaults=False)


def _fields(loc: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the words allowed at the place of a fault."""
    if len(loc) == 1:
        return tuple(City.model_fields)
    if len(loc) == 4 and loc[:2] == ("budget", "funds"):  # noqa: PLR2004 - budget, funds, id, word
        return tuple(Fund.model_fields)
    records: dict[str, type[Frozen]] = {
        "place": CityPlace, "choices": Choices, "outlook": OutlookChoices,
        "budget": Budget, "costs": CostOverride, "plan": PlanChoices, "sites": OwnSite,
        "triggers": TriggerOverride,
    }  # fmt: skip
    record = records.get(str(loc[0]))
    if record is not None:
        return tuple(record.model_fields)
    if loc[0] == "sources" and len(loc) == 4:  # noqa: PLR2004 - sources, role, number, word
        return (*SourceUse.model_fields, "catalogue")
    if loc[0] == "sources" and "error" in loc:
        return tuple(SourceError.model_fields)
    return ()
