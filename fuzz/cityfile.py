"""City files of cases: the town's own sources, some of them, with some words changed."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

Use = dict[str, Any]
PLACE = {"code": "KH99", "name": "Krong (invented)", "invented": True}
PLAIN = {"title": "t", "provider": "p", "licence": "invented", "citation": "c", "vintage": "2025"}


def uses_of(city_file: Path) -> dict[str, list[Use]]:
    """Return the sources of a city file, by role, with short words of provenance."""
    table = tomllib.loads(city_file.read_text("utf-8"))["sources"]
    return {
        role: [
            {**one, **{word: PLAIN[word] for word in PLAIN if word in one and word != "vintage"}}
            for one in (given if isinstance(given, list) else [given])
        ]
        for role, given in table.items()
    }


def use(file: str, **words: Any) -> Use:
    """Return a source of our own."""
    return {"id": Path(file).name.partition(".")[0], "file": file, **PLAIN, **words}


def city_text(sources: dict[str, list[Use]], place: dict[str, Any] | None = None, **choices: Any) -> str:
    """Write a city file."""
    lines = ['period = "2025"', 'data = "."', "", "[place]"]
    lines += [f"{key} = {word(value)}" for key, value in (place or PLACE).items()]
    lines += [
        "",
        "[choices]",
        *(f"{key} = {word(value)}" for key, value in ({"seed": 7, "draws": 8} | choices).items()),
    ]
    for role, given in sources.items():
        for one in given:
            lines += ["", f"[[sources.{role}]]", *(f"{key} = {word(value)}" for key, value in one.items())]
    return "\n".join(lines) + "\n"


def word(value: Any) -> str:
    """Write a value as TOML."""
    if isinstance(value, dict):
        return (
            "{ "
            + ", ".join(f"{json.dumps(key, ensure_ascii=False)} = {word(one)}" for key, one in value.items())
            + " }"
        )
    if isinstance(value, list):
        return "[" + ", ".join(word(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)
