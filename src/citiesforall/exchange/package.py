"""A data package (Frictionless): the tables as CSV, and a file that says what columns hold, in which unit, and from whom."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.group import groups
from citiesforall.core.indicator import indicators
from citiesforall.core.tables import INEQUALITY, MEASURES, OBSERVATIONS, STATUSES, write_csv
from citiesforall.core.units import units
from citiesforall.exchange.codes import sdg_series
from citiesforall.exchange.given import PLANNED, Published
from citiesforall.exchange.local_review import WORDS as REVIEW_WORDS
from citiesforall.exchange.words import LANGUAGES, indicator_title, told
from citiesforall.exchange.workbook_forms import currency_of
from citiesforall.text import registry

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
SCHEMA = "https://datapackage.org/profiles/2.0/tableschema.json"
TYPES = {"f": "number", "i": "integer", "b": "boolean", "u": "integer"}
LICENCE_PATHS = {
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "ODbL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
}
INFINITE = re.compile(r"(?<=[,-])inf(?=[,\n])")
"""A table schema knows infinity as ``INF``."""
NOT_NAMED = "other"
UNITS_BY_END = (
    (r"(^|_)usd$", "usd"), (r"(^|_)local(_\d{4})?$|^(capital|recurrent)_\d{4}$", "local"), (r"^(lon|lat)$", "degrees"),
    (r"^[xy]$", "metres"), (r"_m2$", "m2"), (r"^people", "people"), (r"_share$", "share"),
    (r"^(baseline|low|high|value|target(_\d{4})?)$", "own"),
)  # fmt: skip
"""How the names of columns end -> word of ``exchange.unit``."""


@dataclass(frozen=True)
class Resource:
    """Hold one table of the package.

    Parameters
    ----------
    name
        Of the table; its file is ``<name>.csv``.
    title
        What it holds.
    table
        The rows.
    said
        Column -> description.
    limits
        Column -> constraints.
    key
        Columns that name one row.
    of
        Column -> (table, column) it refers to.
    """

    name: str
    title: str
    table: pd.DataFrame
    said: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    key: Sequence[str] = ()
    of: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def resources(given: Published, review: pd.DataFrame) -> list[Resource]:
    """Return the tables of the package.

    Parameters
    ----------
    given
        What is published.
    review
        The annex of a Voluntary Local Review.
    """
    known = {
        "place": ("places", "place"),
        "group": ("groups", "group"),
        "indicator": ("indicators", "indicator"),
    }
    text = registry()
    made = [
        Resource(
            "observations", text["word.layer.observations"], given.observations, _columns("column_meaning", OBSERVATIONS),
            {"status": {"enum": list(STATUSES)}, **_required("place", "group", "indicator", "period", "status")},
            ("place", "group", "indicator", "period"), known,
        ),
        Resource(
            "inequality", told("exchange.table.inequality", "en"), given.inequality,
            _columns("inequality_column_meaning", INEQUALITY),
            {"measure": {"enum": list(MEASURES)}, "chance": {"minimum": 0, "maximum": 1}, **_required("place", "indicator")},
            ("place", "indicator", "measure", "group_a", "group_b", "place_a", "place_b"),
            {name: known[name] for name in ("place", "indicator")},
        ),
        Resource(
            "places", text["word.layer.places"], given.places, _columns("column_meaning", given.places),
            _required("place", "name"), ("place",),
        ),
        Resource(
            "indicators", text["word.label.indicators"], indicator_table(given), _columns("column_meaning", ("indicator",)),
            {"unit": {"enum": list(units())}, **_required("indicator", "title_en", "unit")}, ("indicator",),
        ),
        Resource("groups", text["word.label.groups"], group_table(), {}, _required("group", "title_en"), ("group",)),
        Resource("sources", text["word.label.sources"], source_table(given), {}, _required("source", "licence"), ("source",)),
        Resource(
            "local_review", told("exchange.table.local_review", "en"), review, _columns("review_meaning", review, "exchange"),
            {**{name: {"enum": list(words)} for name, words in REVIEW_WORDS.items()}, **_required("sdg", "title_en")}, (),
        ),
    ]  # fmt: skip
    for name in PLANNED:
        if name in given.plan:
            columns = {"place": known["place"]} if "place" in given.plan[name] else {}
            made.append(Resource(name, told(f"exchange.table.{name}", "en"), given.plan[name], of=columns))
    return made


def _required(*columns: str) -> dict[str, dict[str, Any]]:
    """Return the constraint that columns are never empty."""
    return {name: {"required": True} for name in columns}


def _columns(section: str, columns: Any, room: str = "word") -> dict[str, str]:
    """Return the descriptions of columns that have one."""
    text = registry()
    keys = {str(name): f"{room}.{section}.{name}" for name in columns}
    return {name: text[key] for name, key in keys.items() if key in text}


def indicator_table(given: Published) -> pd.DataFrame:
    """Return what each indicator of the observations means, in both languages, and where it comes from."""
    declared, series, rows = indicators(), sdg_series(), []
    made = given.run["indicators"]
    for key in dict.fromkeys([*(one for one in declared if one in made), *made]):
        one, how = declared.get(key), made[key]
        rows.append(
            {
                "indicator": key,
                **{f"title_{lang}": indicator_title(key, lang) for lang in LANGUAGES},
                **{
                    f"meaning_{lang}": told(f"indicator.{key}.meaning", lang) if one else ""
                    for lang in LANGUAGES
                },
                "dimension": one.dimension if one else "",
                "unit": one.unit if one else "index",
                "better": one.better if one else "context",
                "version": one.version if one else 1,
                "sdg": " ".join(one.sdg) if one else "",
                "sdg_related": " ".join(one.related) if one else "",
                "sdg_series": series.get(key, ""),
                "period": how["period"],
                "sources": " ".join(how["sources"]),
                "missing": how["missing"],
                "note": how["note"],
            }
        )
    return pd.DataFrame(rows)


def group_table() -> pd.DataFrame:
    """Return the groups of people in both languages, with their codes in the global SDG structure."""
    return pd.DataFrame(
        {
            "group": key,
            **{f"title_{lang}": told(f"group.{key}.title", lang) for lang in LANGUAGES},
            **{part.lower(): one.sdmx.get(part, "_T") for part in ("SEX", "AGE", "DISABILITY_STATUS")},
        }
        for key, one in groups().items()
    )


def source_table(given: Published) -> pd.DataFrame:
    """Return the sources: licence and citation must be passed on with the numbers."""
    words = ("title", "provider", "url", "licence", "citation", "vintage", "period", "grade", "note")
    return pd.DataFrame(
        [
            {"source": key, **{word: str(one.get(word) or "") for word in words}}
            for key, one in given.run["sources"].items()
        ],
        columns=["source", *words],
    )


def write_package(given: Published, review: pd.DataFrame, folder: Path) -> list[str]:
    """Write the tables and ``datapackage.json``.

    Parameters
    ----------
    given
        What is published.
    review
        The annex of a Voluntary Local Review.
    folder
        Where the files go.

    Returns
    -------
    list
        Names of the files.
    """
    made = resources(given, review)
    for one in made:
        path = folder / f"{one.name}.csv"
        write_csv(one.table, path)
        if any(column.dtype.kind == "f" and np.isinf(column).any() for _, column in one.table.items()):
            path.write_text(INFINITE.sub("INF", path.read_text("utf-8")), "utf-8")
    path = folder / "datapackage.json"
    path.write_text(json.dumps(descriptor(given, made), indent=1, ensure_ascii=False) + "\n", "utf-8")
    return [*(f"{one.name}.csv" for one in made), path.name]


def descriptor(given: Published, made: Sequence[Resource]) -> dict[str, Any]:
    """Return the contents of ``datapackage.json``.

    Parameters
    ----------
    given
        Sources and their licences.
    made
        The tables.
    """
    place, sources = given.city.place, given.run["sources"]
    used = dict.fromkeys(str(one["licence"]) for one in sources.values())
    return {
        "$schema": PROFILE,
        "name": f"city-{place.code.lower().replace('_', '-')}",
        "id": f"{place.code}:{given.run['run']}",
        "title": f"{place.name}, {given.city.period}",
        "description": told("word.label.invented", "en") if place.invented else told("exchange.package.about", "en"),
        "version": str(given.run["run"]),
        "licenses": [
            {"name": one.replace(" ", "-"), "title": one, **({"path": LICENCE_PATHS[one]} if one in LICENCE_PATHS else {})}
            for one in used
        ] or [{"name": NOT_NAMED}],
        "sources": [
            {"title": str(one["title"]), **({"path": str(one["url"])} if one.get("url") else {})}
            for one in sources.values()
        ],
        "resources": [_resource(one, _money_of(given)) for one in made],
    }  # fmt: skip


def _money_of(given: Published) -> str:
    """Return the currency of amounts called local; empty where there is no budget."""
    return currency_of(given.city.budget) if given.city.budget else ""


def _resource(one: Resource, money: str) -> dict[str, Any]:
    """Return the description of one table."""
    schema: dict[str, Any] = {
        "$schema": SCHEMA,
        "fields": [_field(one, str(name), money) for name in one.table.columns],
        "missingValues": [""],
    }
    if one.key:
        schema["primaryKey"] = list(one.key)
    if one.of:
        schema["foreignKeys"] = [
            {"fields": [column], "reference": {"resource": table, "fields": [name]}}
            for column, (table, name) in one.of.items()
        ]
    return {
        "name": one.name.replace("_", "-"),
        "path": f"{one.name}.csv",
        "type": "table",
        "title": one.title,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def _field(one: Resource, name: str, money: str) -> dict[str, Any]:
    """Return the description of one column."""
    kind = TYPES.get(one.table[name].dtype.kind, "string")
    made: dict[str, Any] = {"name": name, "type": kind}
    if said := one.said.get(name) or (_unit_of(name, money) if kind != "string" else ""):
        made["description"] = said
    if name in one.limits:
        made["constraints"] = dict(one.limits[name])
    return made


def _unit_of(name: str, money: str) -> str:
    """Return what a column of numbers counts in, as its name says; empty where it does not."""
    for end, key in UNITS_BY_END:
        if re.search(end, name):
            return told(f"exchange.unit.{key}", "en").format(currency=money)
    return ""
