"""A scenario: what would be changed in a city, read and checked as a whole; leaves what is there to ``whatif``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from citiesforall.core.changes import KINDS_OF_CHANGE, MODES, Change
from citiesforall.core.errors import DeclarationError, did_you_mean
from citiesforall.core.source import Frozen


class Scenario(Frozen):
    """Hold what would be changed together.

    Parameters
    ----------
    name
        Of the scenario; a folder is named by it.
    changes
        In their order.
    """

    name: Annotated[str, Field(pattern=r"^[^\W_][\w .,()-]*$", max_length=80)] = "what if"
    changes: tuple[Change, ...]


def read_scenario(path: str | Path) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path
        TOML: ``name``, and ``[[change]]`` tables whose ``do`` says what is done.

    Returns
    -------
    Scenario
        The changes, each by itself possible; what they name is looked for in the city by ``whatif``.

    Raises
    ------
    DeclarationError
        Carrying every fault of the file.
    """
    file = Path(path)
    try:
        table = tomllib.loads(file.read_text("utf-8"))
    except (FileNotFoundError, IsADirectoryError):
        raise DeclarationError(
            f"{file}: there is no such file. Give the path of a scenario (TOML)."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeclarationError(f"{file.name}: this is not TOML: {error}. Mend the line named.") from None
    unknown = sorted(set(table) - {"name", "change"})
    faults = [
        f"{file.name}: {word}: this word is not known. {did_you_mean(word, ('name', 'change'))}"
        for word in unknown
    ]
    rows = table.get("change")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        faults.append(f'{file.name}: no change is given. Add a table [[change]] with do = "..." for each.')
        rows = []
    changes, found = changes_of(rows, file.name)
    faults += found
    try:
        named = Scenario(name=table.get("name", file.stem), changes=())
    except ValidationError:
        said = f"{table.get('name', file.stem)!r} cannot name a folder"
        faults.append(f"{file.name}: name: {said}. Use letters, digits and spaces, at most 80.")
    if faults:
        raise DeclarationError(*faults)
    return named.model_copy(update={"changes": changes})


def changes_of(
    rows: Sequence[Mapping[str, Any]], where: str = "what if"
) -> tuple[tuple[Change, ...], list[str]]:
    """Read changes from tables.

    Parameters
    ----------
    rows
        One table for each change, ``do`` among its words.
    where
        What the tables stand in, for the faults.

    Returns
    -------
    tuple
        The changes that are well said, and a line for each fault of the others.
    """
    changes: list[Change] = []
    faults: list[str] = []
    for number, row in enumerate(rows, 1):
        word = str(row.get("do", ""))
        if word not in KINDS_OF_CHANGE:
            said = f"do = '{word}' is not known." if word else "do is missing."
            faults.append(f"{where}: change {number}: {said} {did_you_mean(word, KINDS_OF_CHANGE)}")
            continue
        try:
            changes.append(KINDS_OF_CHANGE[word].model_validate(dict(row)))
        except ValidationError as error:
            about = f"{where}: change {number} ({word})"
            faults += [f"{about}: {_plain(fault, KINDS_OF_CHANGE[word])}" for fault in error.errors()]
    return tuple(changes), faults


def _plain(fault: Any, record: type[Change]) -> str:
    """Turn one of pydantic's faults into our sentence: where: what is wrong. what to do."""
    where = ".".join(str(part) for part in fault["loc"])
    match fault["type"]:
        case "missing":
            return f"{where}: this is missing. Add it."
        case "extra_forbidden":
            words = [field.alias or name for name, field in record.model_fields.items()]
            return f"{where}: this word is not known. {did_you_mean(where, words)}"
        case "value_error":
            said = fault["msg"].removeprefix("Value error, ")
            return f"{where}: {said}" if where else said
        case _:
            return f"{where}: {fault['input']!r}: {fault['msg'][0].lower()}{fault['msg'][1:]}. Mend it."


def inline(text: str) -> dict[str, Any]:
    """Read a facility or stop from one word of a command line.

    Parameters
    ----------
    text
        ``health_centre@13.36,103.86``: a kind of facility or a mode of transport, ``@``, latitude, longitude.

    Returns
    -------
    dict
        A table for `changes_of`.

    Raises
    ------
    DeclarationError
        It is not of that form.
    """
    kind, at, place = text.partition("@")
    try:
        lat, lon = (float(part) for part in place.split(","))
    except ValueError:
        at = ""
    if not at or not kind:
        raise DeclarationError(
            f"--add {text}: this is not KIND@LAT,LON. Write for instance health_centre@13.36,103.86."
        )
    if kind in MODES:
        return {"do": "add_stop", "mode": kind, "lon": lon, "lat": lat}
    return {"do": "add_facility", "kind": kind, "lon": lon, "lat": lat}
