"""The section of the tables' page on what a nation publishes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from citiesforall.reference.markdown import code, table
from citiesforall.text import digits, registry, say_key

NATION_SAYS = (
    "What `cities nation` writes into `<out>/nation_<code>/`. Every table is a Parquet file and the same as CSV; `numbers` "
    "is CSV alone. How they are made: `docs/why/nation.md` (sums, coverage, what is withheld), `docs/how/common_challenges.md`, "
    "`docs/how/policy_options.md`, `docs/how/national_monitoring.md`, `docs/how/policy_framework.md`. Empty is unknown or "
    "withheld, never 0. Most challenges of places that registers alone know rest on modelled deprivation: `note` and `quality` "
    "say so."
)
OTHER_FILES = (
    ("nation.json", "what the nation is made of: every city with its run, what failed and why"),
    ("rounds/basis.json", "what this round rests on, for the next one"),
    ("policy/policy.<lang>.pdf", "National Policy Framework for Smart and Sustainable Cities: evidence and options"),
    ("policy/data/policy.<lang>/<id>.csv", "data of each of its charts and maps, with the table and row each number is from"),
    ("export/*", "workbook, SDMX, Open SDG, GeoPackage, map tiles: see `docs/how/exchange.md`"),
)  # fmt: skip
"""Files that are no tables."""


@cache
def nation_tables() -> Mapping[str, Mapping[str, Any]]:
    """Return the tables of a nation by their file without its ending: ``says``, ``columns`` (kind, meaning), ``words``."""
    path = files("citiesforall.data").joinpath("reference", "nation_tables.toml")
    return tomllib.loads(path.read_text("utf-8"))


def nation_section() -> list[str]:
    """Return what the page of tables says of a nation: each table with its columns, and the words they hold."""
    parts = ["## A nation", NATION_SAYS]
    for key, one in nation_tables().items():
        title = f"nation.table.{key.rpartition('/')[2]}"
        columns = [(code(name), kind, said) for name, (kind, said) in one["columns"].items()]
        parts += [
            f"### {say_key(title, 'en')} · {digits(say_key(title, 'km'), 'km')}",
            f"`{key}`. {one['says']}",
            table(("Column", "Kind", "What it holds"), columns),
        ]
    files_told = table(("File", "What"), [(code(name), said) for name, said in OTHER_FILES])
    return [*parts, "### Other files of a nation", files_told, "### Words in tables of a nation", _words()]


def _words() -> str:
    """Return every word that columns of these tables hold, in both languages; where several stand, spaces part them."""
    used: dict[str, list[str]] = {}
    for key, one in nation_tables().items():
        for column, section in one.get("words", {}).items():
            used.setdefault(section, []).append(f"{code(column)} of {code(key.rpartition('/')[2])}")
    rows = [
        (
            ", ".join(where),
            code(word.rpartition(".")[2]),
            say_key(word, "en"),
            digits(say_key(word, "km"), "km"),
        )
        for section, where in used.items()
        for word in registry()
        if word.rpartition(".")[0] == section
    ]
    return table(("Column", "Word", "English", "ខ្មែរ"), rows)
