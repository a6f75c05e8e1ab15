"""Sources: what a file is, who made it, under which licence, and how far it errs; the catalogue of known ones."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

LICENCES = frozenset(
    {
        "Apache-2.0", "CC-BY-3.0-IGO", "CC-BY-4.0", "CC-BY-IGO", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC0-1.0",
        "Copernicus", "EC-reuse", "invented", "MIT", "ODbL-1.0", "PDDL-1.0", "public-domain",
        "CDLA-Permissive-2.0", "none-stated", "own-data", "GTFS-terms",
    }
)  # fmt: skip

Grade = Literal["official", "open", "modelled", "assumed", "invented"]
Role = Literal[
    "boundaries", "streets", "facilities", "transit", "people", "people_past", "groups", "totals", "buildings",
    "built_up", "built_up_past", "open_space", "water", "flood", "pm25", "households", "registers", "scorecards", "voices",
    "series",
]  # fmt: skip


class Frozen(BaseModel):
    """Base of every record read from a file: immutable, unknown words refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceError(Frozen):
    """State how far a source errs, once; every draw of every indicator uses it.

    Parameters
    ----------
    relative_sd
        Standard deviation of the logarithm of a cell's count (people) or of a value (PM2.5).
    block_m
        Side of the blocks that err together. [m]
    shared
        Share of the variance that is common inside a block; the rest is each cell's own. [share]
    gone_share
        Chance that a listed facility or stop is not there (any more). [share]
    position_m
        Standard error of a position. [m]
    said_by
        Who states it: a reference key, or ``ours`` with the reason.
    """

    relative_sd: Annotated[float, Field(ge=0, le=2)] | None = None
    block_m: Annotated[float, Field(gt=0)] = 1000.0
    shared: Annotated[float, Field(ge=0, le=1)] = 0.5
    gone_share: Annotated[float, Field(ge=0, lt=1)] | None = None
    position_m: Annotated[float, Field(ge=0)] | None = None
    said_by: str = Field(min_length=3)


class Source(Frozen):
    """Describe a product as its provider publishes it (one table of ``data/sources.toml``).

    Parameters
    ----------
    title, provider, url, licence, citation
        What every number made from it must show.
    role
        What a city uses it for.
    format
        How it is read: a word of ``FORMATS[role]``.
    grade
        ``official``, ``open``, ``modelled``, ``assumed`` or ``invented``; shown beside every number.
    vintage
        Date or edition of the product.
    error
        How far it errs, where anybody has said so.
    download
        Address template; ``{vintage}`` and the city's own words are filled in.
    sha256
        Of the file, where the provider's edition is fixed.
    note
        Known quirks, one or two sentences.
    """

    title: str
    provider: str
    url: str
    licence: str
    citation: str
    role: Role
    format: str
    grade: Grade = "open"
    vintage: str = ""
    error: SourceError | None = None
    download: str | None = None
    sha256: str | None = None
    note: str = ""


FORMATS: dict[str, tuple[str, ...]] = {
    "boundaries": ("vector", "h3", "gazetteer"),
    "streets": ("osm_pbf", "lines"),
    "facilities": ("osm_pbf", "points", "table"),
    "transit": ("gtfs", "lines"),
    "people": ("raster", "h3", "table"),
    "people_past": ("raster", "table"),
    "groups": ("raster", "table"),
    "totals": ("table",),
    "buildings": ("vector", "osm_pbf"),
    "built_up": ("raster", "vector"),
    "built_up_past": ("raster", "vector"),
    "open_space": ("vector", "osm_pbf"),
    "water": ("vector", "osm_pbf"),
    "flood": ("raster", "vector", "table"),
    "pm25": ("raster", "table"),
    "households": ("kobo", "odk", "table"),
    "registers": ("table", "json", "workbook", "vector"),
    "scorecards": ("workbook",),
    "voices": ("table",),
    "series": ("table",),
}
MANY = frozenset(
    {
        "flood",
        "facilities",
        "transit",
        "groups",
        "registers",
        "scorecards",
        "people",
        "open_space",
        "water",
        "series",
    }
)


@cache
def catalogue() -> dict[str, Source]:
    """Return the catalogue of known products, by id."""
    table = tomllib.loads(files("citiesforall.data").joinpath("sources.toml").read_text("utf-8"))
    return {key: Source.model_validate(row) for key, row in table.items()}
