"""References: what methods, goalposts and error figures rest on; read from ``data/refs.bib``."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

from citiesforall.core.errors import DeclarationError, did_you_mean, raise_all

HEAD = re.compile(r"@(\w+)\{([a-z][a-z0-9_]*),")
FIELD = re.compile(r"  (\w+) = \{(.*)\},")
#: What every entry must say.
NEEDED = ("author", "title", "year", "url")


def read_bib(text: str, name: str = "refs.bib") -> dict[str, dict[str, str]]:
    """Read a BibTeX file that is written regularly: one field a line, values in braces.

    Parameters
    ----------
    text
        The file: ``@kind{key,``, then lines ``  field = {value},``, then ``}``; lines that begin with % are remarks.
    name
        For the faults.

    Returns
    -------
    dict
        Key -> field -> value; the entry's kind is its field ``kind``.

    Raises
    ------
    DeclarationError
        Carrying every line that is not of that form, every key used twice and every field that is missing.
    """
    found: dict[str, dict[str, str]] = {}
    faults: list[str] = []
    entry: dict[str, str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        head, field = HEAD.fullmatch(line), FIELD.fullmatch(line)
        if entry is None and head is not None:
            if head[2] in found:
                faults.append(f"{name}: line {number}: key '{head[2]}' is used twice. Rename one.")
            entry = found[head[2]] = {"kind": head[1]}
        elif entry is not None and field is not None and field[1] not in entry:
            entry[field[1]] = field[2].replace("{", "").replace("}", "")
        elif entry is not None and line == "}":
            entry = None
        elif line.strip() and not line.startswith("%"):
            faults.append(
                f"{name}: line {number}: '{line.strip()}' cannot be read. Write field = {{value}}, on one line."
            )
    if entry is not None:
        faults.append(f"{name}: the last entry has no end. Add a line with }}.")
    faults += [
        f"{name}: {key}: field '{needed}' is missing. Add it."
        for key, fields in found.items()
        for needed in NEEDED
        if not fields.get(needed)
    ]
    raise_all(faults, DeclarationError)
    return found


@cache
def references() -> dict[str, dict[str, str]]:
    """Return every reference of the package, by key.

    Returns
    -------
    dict
        Key -> ``author``, ``title``, ``year``, ``url`` and what else the entry says.
    """
    return read_bib(files("citiesforall.data").joinpath("refs.bib").read_text("utf-8"))


def reference(key: str) -> dict[str, str]:
    """Return one reference.

    Parameters
    ----------
    key
        Of ``data/refs.bib``.

    Returns
    -------
    dict
        Its fields: ``author``, ``title``, ``year``, ``url`` and more.

    Raises
    ------
    DeclarationError
        There is no such key; the nearest one is named.
    """
    try:
        return references()[key]
    except KeyError:
        raise DeclarationError(f"reference '{key}' is not known. {did_you_mean(key, references())}") from None
