"""Pages of the sources, the facility kinds, the units, the tables and the methods."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from citiesforall.core.indicator import indicators
from citiesforall.core.source import FORMATS, Role, Source, SourceError, catalogue
from citiesforall.core.tables import INEQUALITY, MEASURES, OBSERVATIONS, STATUSES
from citiesforall.core.units import units
from citiesforall.measure.method import METHODS, Method
from citiesforall.reference.docstring import docstring, entries, prose
from citiesforall.reference.markdown import anchor, bullets, code, page, table
from citiesforall.reference.nation import nation_section
from citiesforall.reference.references import cited
from citiesforall.text import digits, say_key, word, words

REFERENCES = "references.md"
SOURCES_SAY = (
    'A city names one with `catalogue = "<id>"`. The licence and the citation go with every number made from a product. '
    "The error is stated once, here; every interval of every indicator follows from it."
)
FACILITIES_SAY = (
    "Kinds of facility people walk to. A register lists its own. In OpenStreetMap a feature counts when one of the tag sets "
    "below fits and none of the exclusions does; private, closed and ruined features never count. Two records are one "
    "facility when they lie within the distance given and their names agree or one has none."
)
UNITS_SAY = (
    "The closed list of units. Methods answer in SI units and shares from 0 to 1; the factor turns that into the declared "
    "unit, once, when the observation is written. Stored values are never rounded; shown ones are."
)
MAP_SAYS = (
    "Layer `places` holds the columns of places below and, for each indicator, a column with its value for everybody, and the "
    "same name with `_low`, `_high` and `_status`. Layer `cells` holds one column for each indicator that has a value per "
    "cell. Layers `streets`, `facilities`, `stops` and `open_space` follow. QGIS shows titles instead of names."
)
DRAWS_SAY = (
    "`draws.npy` holds the draws of every amount that differs between draws, one row an amount, one column a draw (row, S), "
    "column 0 as published, float64. `draws_index.parquet` says which rows are whose: `indicator, group, place`, `num_at` and "
    "`den_at` (rows of `draws.npy`, -1 where all draws are as published), `num` and `den` as published, `additive` (whether "
    "amounts of places may be summed). `citiesforall.measure.draw_store` reads them (`read_draws`, `draws_of`) and makes sums, "
    "gaps and ranks on them (`summed`, `difference`, `rank_chances`), between places, groups, indicators and cities."
)
INEQUALITY_SAYS = (
    "`inequality.parquet` and the same as `inequality.csv`: one row for each comparison, in the city and in every place with "
    "several units. Gaps are first less second; the worst-off and the best-off are those of the published values."
)
METHODS_SAY = (
    "Every indicator is one of them with its options. A method is one function that turns layers into two amounts, above and "
    "below the line, so that parts of a city add up to the city wherever that is true."
)
KINDS_OF_COLUMN = {"str": "text", "int64": "whole number", "float64": "number"}


@cache
def _data(name: str) -> dict[str, Any]:
    """Return one table of the package's data."""
    return tomllib.loads(files("citiesforall.data").joinpath(*name.split("/")).read_text("utf-8"))


def sources_page() -> str:
    """Return the catalogue of data products by role, with licence, citation, error and quirks."""
    parts = [f"{len(catalogue())} data products. {SOURCES_SAY}"]
    for role in get_args(Role):
        inside = {key: one for key, one in catalogue().items() if one.role == role}
        heading = f"## {word('role', role, 'en')} · {word('role', role, 'km')}"
        formats = f"Role `{role}`; formats: {', '.join(map(code, FORMATS[role]))}."
        parts += [heading, formats if inside else formats + " No product is listed: a city brings its own."]
        parts += [_source(key, one) for key, one in inside.items()]
    return page("Sources · ប្រភពទិន្នន័យ", *parts)


def _source(key: str, one: Source) -> str:
    """Return one source."""
    lines = [
        f"Provider: {one.provider}. <{one.url}>",
        f"Licence: {one.licence}. Grade: {word('grade', one.grade, 'en').lower()}. Format: {code(one.format)}."
        + (f" Edition: {one.vintage}." if one.vintage else ""),
        f"Cite as: {one.citation}",
        f"Error: {_error(one.error)}",
        *([f"Quirks: {one.note}"] if one.note else []),
        "Fetched by `cities fetch`."
        if one.download
        else "Fetched by hand: the provider has no fixed address.",
    ]
    return f"{anchor(key)}\n### {one.title} ({code(key)})\n\n{bullets(lines)}"


def _error(error: SourceError | None) -> str:
    """Return the stated error of a source in a sentence."""
    if error is None:
        return "nobody has stated one, so intervals do not widen for it."
    said = []
    if error.relative_sd is not None:
        said.append(
            f"standard deviation of the logarithm {error.relative_sd:g}, "
            f"half of its variance shared inside blocks of {error.block_m:g} m"
        )
    if error.gone_share is not None:
        said.append(f"{100 * error.gone_share:g} % of the entries are taken as not there")
    if error.position_m is not None:
        said.append(f"positions err by {error.position_m:g} m")
    by = (
        f"Ours: {error.said_by.removeprefix('ours: ')}"
        if error.said_by.startswith("ours")
        else f"Said by {cited(error.said_by, REFERENCES)}"
    )
    return f"{'; '.join(said) or 'none'}. {by.rstrip('.')}."


def facilities_page() -> str:
    """Return the facility kinds: titles in both languages, and what counts as one in OpenStreetMap."""
    parts = [FACILITIES_SAY]
    for key, kind in _data("facilities.toml")["kinds"].items():
        lines = []
        if kind.get("union_of"):
            lines.append(
                "Every " + " and every ".join(f"[{one}](#{one})" for one in kind["union_of"]) + " is one too."
            )
        lines += [f"Tags: {_tags(rule)}" for rule in kind.get("any_of", [])]
        if kind.get("school_level"):
            lines.append("A school of this level, by its level tags, its grades or the words of its name.")
        if kind.get("name_words"):
            lines.append(
                "By the words of its name: " + ", ".join(f"«{one}»" for one in kind["name_words"]) + "."
            )
        if kind.get("none_of"):
            lines.append(f"Not: {_tags(kind['none_of'])}")
        if kind.get("same_within_m"):
            lines.append(
                f"One facility within {kind['same_within_m']} m"
                + (
                    f", {kind['same_name_within_m']} m when names agree."
                    if "same_name_within_m" in kind
                    else "."
                )
            )
        title = digits(say_key(f"kind.{key}.title", "km"), "km")
        parts.append(f"{anchor(key)}\n## {kind['title']} ({code(key)})\n\n{title}\n\n{bullets(lines)}")
    made = [
        (
            code(key),
            say_key(f"word.made_kind.{key}", "en"),
            digits(say_key(f"word.made_kind.{key}", "km"), "km"),
        )
        for key in words()["made_kind"]
    ]
    parts += ["## Kinds made from others", table(("Kind", "English", "ខ្មែរ"), made)]
    return page("Facilities · មូលដ្ឋានសេវា", *parts)


def _tags(rule: dict[str, list[str]]) -> str:
    """Return a set of tags in one line."""
    return "; ".join(
        f"`{key}` = {' or '.join(values) if values != ['*'] else 'anything'}" for key, values in rule.items()
    )


def units_page() -> str:
    """Return the closed list of units."""
    rows = [
        (
            code(one.id),
            word("unit", one.id, "en"),
            digits(word("unit", one.id, "km"), "km"),
            one.dimension.replace("_", " "),
            f"{one.per_si:g}",
            str(one.decimals),
        )
        for one in units().values()
    ]
    return page(
        "Units · ឯកតា",
        UNITS_SAY,
        table(("Unit", "English", "ខ្មែរ", "Measures", "Factor", "Decimals shown"), rows),
    )


def tables_page() -> str:
    """Return the columns of the observations, of the layers and of a nation's tables."""
    columns = [
        (
            code(name),
            word("column", name, "km"),
            KINDS_OF_COLUMN[kind],
            word("column_meaning", name, "en"),
            digits(word("column_meaning", name, "km"), "km"),
        )
        for name, kind in OBSERVATIONS.items()
    ]
    statuses = [(code(one), word("status", one, "en"), word("status", one, "km")) for one in STATUSES]
    levels = [
        (code(one), digits(word("level", one, lang="en"), "en"), digits(word("level", one, "km"), "km"))
        for one in words()["level"]
    ]
    parts = [
        "## Observations",
        "`observations.parquet` and the same as `observations.csv`: one row for each place, group, indicator and period.",
        table(("Column", "ខ្មែរ", "Kind", "What it holds", "អត្ថន័យ"), columns),
        "### Status",
        table(("Status", "English", "ខ្មែរ"), statuses),
        *_inequality(),
        "## Draws",
        DRAWS_SAY,
        "## Map (GeoPackage)",
        MAP_SAYS,
        "## Levels of places",
        table(("Level", "English", "ខ្មែរ"), levels),
        "## Layers",
        "What `gather` writes and `measure` reads. Metres are in the city's metric reference system.",
    ]
    return page("Tables · តារាង", *parts, *_layers(), *nation_section())


def _inequality() -> list[str]:
    """Return the columns, comparisons and notes of the table of inequality."""
    columns = [
        (
            code(name),
            word("inequality_column", name, "km"),
            KINDS_OF_COLUMN[kind],
            word("inequality_column_meaning", name, "en"),
            digits(word("inequality_column_meaning", name, "km"), "km"),
        )
        for name, kind in INEQUALITY.items()
    ]
    measures = [(code(one), word("measure", one, "en"), word("measure", one, "km")) for one in MEASURES]
    notes = [
        (code(one), word("inequality_note", one, "en"), word("inequality_note", one, "km"))
        for one in words()["inequality_note"]
    ]
    return [
        "## Inequality",
        INEQUALITY_SAYS,
        table(("Column", "ខ្មែរ", "Kind", "What it holds", "អត្ថន័យ"), columns),
        "### Comparisons",
        table(("Measure", "English", "ខ្មែរ"), measures),
        "### Notes",
        table(("Note", "English", "ខ្មែរ"), notes),
    ]


def _layers() -> list[str]:
    """Return the columns of each layer."""
    parts = []
    for name, layer in _data("reference/layers.toml").items():
        parts += [
            f"### {word('layer', name, 'en')} · {digits(word('layer', name, 'km'), 'km')}",
            f"`{layer['file']}`. {layer['says']}",
        ]
        parts.append(
            table(
                ("Column", "Kind", "What it holds"),
                [(code(key), kind, said) for key, (kind, said) in layer["columns"].items()],
            )
        )
    return parts


def methods_page() -> str:
    """Return every method with its arguments, notes and the indicators that use it."""
    parts = [f"{len(METHODS)} methods. {METHODS_SAY}"]
    return page("Methods · វិធីសាស្ត្រ", *parts, *(_method(METHODS[name]) for name in sorted(METHODS)))


def _method(method: Method) -> str:
    """Return one method."""
    said = docstring(method.function)
    using = [
        f"[{one.title}](indicators/{one.id}.md)" for one in indicators().values() if one.method == method.name
    ]
    given = entries(said.sections.get("Parameters", ""))
    parts = [
        f"{anchor(method.name)}\n## {code(method.name)}",
        prose(said.summary),
        bullets(
            [
                *(f"{code(name)}: {prose(text)}" for name, text in given.items() if name != "layers"),
                f"Gives: {prose(' '.join(entries(said.sections.get('Returns', '')).values()))}",
                f"Measures: {', '.join(one.replace('_', ' ') for one in method.measures)}. Reads: {', '.join(method.reads)}. "
                + {"cell": "Adds up.", "total": "Adds up.", "row": "Made for each place; not a sum."}[
                    method.level
                ],
            ]
        ),
        prose(said.sections.get("Notes", ""), REFERENCES),
        "Used by: " + (", ".join(using) if using else "no indicator yet") + ".",
    ]
    return "\n\n".join(part for part in parts if part)
