"""Data and metadata for Open SDG: a table and a page for each SDG indicator, translations, all in one archive."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.group import groups
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.core.tables import STATUSES
from citiesforall.exchange.given import HAS_VALUE, Published, year_of
from citiesforall.exchange.local_review import EVERYBODY
from citiesforall.exchange.words import LANGUAGES, indicator_title, place_names, prose, told
from citiesforall.text import registry

ARCHIVE = "open_sdg.zip"
YEAR, SERIES, UNITS, PLACE, GROUP, STATUS, CODE, VALUE = (
    "Year", "Series", "Units", "Place", "Population group", "Observation status", "GeoCode", "Value",
)  # fmt: skip
"""Columns: Year first and Value last, as its builder asks; the headline is the rows without place and group."""
COLUMNS = (YEAR, SERIES, UNITS, PLACE, GROUP, STATUS, CODE, VALUE)
NOT_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""What YAML takes for something else than a word."""
EPOCH = (2000, 1, 1, 0, 0, 0)


def answers() -> dict[str, list[Indicator]]:
    """Return SDG indicators -> those of ours that answer them, in the order of the declarations."""
    found: dict[str, list[Indicator]] = {}
    for one in indicators().values():
        for code in one.sdg:
            found.setdefault(code, []).append(one)
    return found


def slug(code: str) -> str:
    """Return an SDG code as Open SDG names files: ``11-1-1``."""
    return code.replace(".", "-")


def data_table(given: Published, ours: Iterable[Indicator]) -> pd.DataFrame:
    """Return the table of one SDG indicator.

    Parameters
    ----------
    given
        What is published.
    ours
        The indicators that answer it: its series.

    Returns
    -------
    pandas.DataFrame
        Rows that have a finite value, columns as `COLUMNS`; of two periods that end in one year the later row stands. The builder
        knows no empty values: what is withheld or missing is left out, and the metadata say so.
    """
    titles = {one.id: indicator_title(one.id, "en") for one in ours}
    symbols = {one.id: told(f"word.unit.{one.unit}", "en") for one in ours}
    rows = given.observations
    rows = rows[
        rows["indicator"].isin(list(titles)) & rows["status"].isin(HAS_VALUE) & np.isfinite(rows["value"])
    ]
    rows = rows.assign(year=rows["period"].map({one: year_of(one) for one in rows["period"].unique()}))
    rows = rows.drop_duplicates(["place", "group", "indicator", "year"], keep="last")
    names = {**unique_names(given, "en"), given.whole: ""}
    people = {key: "" if key == EVERYBODY else told(f"group.{key}.title", "en") for key in groups()}
    return pd.DataFrame(
        {
            YEAR: rows["year"].astype("int64"),
            SERIES: rows["indicator"].map(titles),
            UNITS: rows["indicator"].map(symbols),
            PLACE: rows["place"].map(names),
            GROUP: rows["group"].map(people),
            STATUS: rows["status"].map({key: told(f"word.status.{key}", "en") for key in HAS_VALUE}),
            CODE: rows["place"].where(rows["place"] != given.whole, ""),
            VALUE: rows["value"].astype(float),
        },
        columns=list(COLUMNS),
    ).reset_index(drop=True)


def unique_names(given: Published, lang: str) -> dict[str, str]:
    """Return the names of places, with the code where two have one name."""
    names = place_names(given.places, lang)
    said = Counter(names.values())
    return {code: f"{name} ({code})" if said[name] > 1 else name for code, name in names.items()}


def metadata(given: Published, code: str, ours: list[Indicator], n_rows: int) -> dict[str, Any]:
    """Return what the page of an SDG indicator says.

    Parameters
    ----------
    given
        Sources and their licences.
    code
        Of the SDG indicator.
    ours
        The indicators that answer it.
    n_rows
        Rows of its table; without any it is not reported.
    """
    used = [one for one in ours if one.id in given.run["indicators"]]
    key = f"framework.sdg11.item.{code}"
    name = told(key, "en") if key in registry() else indicator_title(ours[0].id, "en")
    said: dict[str, Any] = {
        "indicator_number": code,
        "indicator_name": name,
        "indicator_sort_order": "-".join(part.zfill(2) for part in code.split(".")),
        "goal_number": code.partition(".")[0],
        "sdg_goal": code.partition(".")[0],
        "target_number": code.rpartition(".")[0],
        "target_id": code.rpartition(".")[0],
        "published": True,
        "reporting_status": "complete" if n_rows else "notstarted",
        "data_non_statistical": not n_rows,
        "graph_type": "bar",
        "graph_title": name,
        "data_show_map": False,
        "national_geographical_coverage": given.city.place.name,
        "computation_units": "; ".join(dict.fromkeys(told(f"word.unit.{one.unit}", "en") for one in ours)),
        "computation_definitions": " ".join(
            f"{indicator_title(one.id, 'en')}: {one.meaning}" for one in ours
        ),
        "data_footnote": prose("open_sdg.footnote", "en"),
    }
    if given.city.place.invented:
        said["comments_limitations"] = told("word.label.invented", "en")
    sources = dict.fromkeys(source for one in used for source in given.run["indicators"][one.id]["sources"])
    for number, source in enumerate(sources, start=1):
        said |= _source(given.run["sources"].get(source, {}), number)
    return said


def _source(one: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Return the fields of one source."""
    words = {
        "organisation": "provider",
        "other_info": "citation",
        "statistical_classification": "licence",
        "url": "url",
    }
    made = {f"source_{field}_{number}": str(one[word]) for field, word in words.items() if one.get(word)}
    if f"source_url_{number}" in made:
        made[f"source_url_text_{number}"] = str(one["title"])
    return {f"source_active_{number}": True, **made}


def yaml(said: Mapping[str, Any]) -> str:
    """Return plain data as YAML: every text in quotes as JSON has them, which YAML reads as well."""
    return "".join(f"{_key(key)}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in said.items())


def _key(key: str) -> str:
    """Return a key, in quotes where it is more than a word."""
    word = key.isidentifier() and key.isascii() and key.lower() not in NOT_WORDS
    return key if word else json.dumps(key, ensure_ascii=False)


def translations(given: Published, lang: str) -> dict[str, str]:
    """Return every text of the tables in English -> in a language.

    Parameters
    ----------
    given
        Names of places.
    lang
        ``en`` or ``km``.
    """
    names, other = unique_names(given, "en"), unique_names(given, lang)
    made = {names[code]: other[code] for code in names}
    made |= {
        told(f"group.{key}.title", "en"): told(f"group.{key}.title", lang)
        for key in groups()
        if key != EVERYBODY
    }
    made |= {told(f"word.status.{key}", "en"): told(f"word.status.{key}", lang) for key in STATUSES}
    for one in (one for several in answers().values() for one in several):
        made[indicator_title(one.id, "en")] = indicator_title(one.id, lang)
        made[told(f"word.unit.{one.unit}", "en")] = told(f"word.unit.{one.unit}", lang)
    return made | {column: told(f"exchange.open_sdg_column.{column}", lang) for column in COLUMNS}


def members(given: Published) -> dict[str, str]:
    """Return the files of the archive, by name.

    Parameters
    ----------
    given
        What is published.

    Returns
    -------
    dict
        ``data/indicator_<code>.csv``, ``meta/<code>.md``, ``translations/<language>/data.yml``, ``config_data.yml``. An SDG
        indicator without a value has a page that says so, and no table.
    """
    made = {}
    rows = given.observations
    asked = {one.id for several in answers().values() for one in several}
    given = replace(given, observations=rows[rows["status"].isin(HAS_VALUE) & rows["indicator"].isin(asked)])
    for code, ours in answers().items():
        table = data_table(given, ours)
        if len(table):
            made[f"data/indicator_{slug(code)}.csv"] = table.to_csv(index=False, lineterminator="\n")
        made[f"meta/{slug(code)}.md"] = f"---\n{yaml(metadata(given, code, ours, len(table)))}---\n"
    for lang in LANGUAGES:
        made[f"translations/{lang}/data.yml"] = yaml(translations(given, lang))
    made["config_data.yml"] = yaml(
        {
            "languages": list(LANGUAGES),
            "inputs": [
                {"class": "InputCsvData", "path_pattern": "data/*-*.csv"},
                {"class": "InputYamlMdMeta", "path_pattern": "meta/*-*.md", "git": False},
            ],
            "translations": [{"class": "TranslationInputYaml", "source": "translations"}],
        }
    )
    return made


def archive(files: Mapping[str, str]) -> bytes:
    """Return files as a zip archive whose bytes depend on nothing but them.

    Parameters
    ----------
    files
        Name -> text.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, date_time=EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, files[name].encode())
    return out.getvalue()
