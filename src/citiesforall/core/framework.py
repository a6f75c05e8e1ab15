"""Frameworks others ask a city to report by: their items, and which source would fill each; ``data/frameworks/*.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from pydantic import Field, ValidationError

from citiesforall.core.errors import DeclarationError, did_you_mean, raise_all
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.core.references import references
from citiesforall.core.source import Frozen, Role
from citiesforall.core.units import units

NOT_ROLES = ("figures", "national")
"""What may fill an item besides the roles of a city file: the municipal workbook, and national statistics."""


class Item(Frozen):
    """Describe one thing a framework asks for.

    Parameters
    ----------
    code
        As the framework writes it.
    part
        Goal, dimension or domain it stands under.
    title
        English, short; Khmer under ``framework.<name>.item.<code>``.
    unit
        A declared unit; None for a cell of a matrix, which holds indicators of many units.
    needs
        Roles of sources that would fill it, the best first; empty where no source does.
    why
        Why no indicator answers it, where none does.
    """

    code: str
    part: str
    title: str
    unit: str | None = None
    needs: tuple[str, ...] = ()
    why: str = ""


class Framework(Frozen):
    """Describe a framework.

    Parameters
    ----------
    name
        The word users type: ``u4ssc``.
    title, note
        English; what it is, and what to know of the list.
    tag
        Field of an indicator that holds codes of this framework.
    said_by
        Reference key.
    parts
        Code of a part -> its title.
    items
        By code, in the order of the framework.
    """

    name: str
    title: str
    note: str
    tag: Literal["sdg", "hs", "umf", "u4ssc"]
    said_by: str
    parts: dict[str, str]
    items: dict[str, Item] = Field(min_length=1)


@cache
def frameworks() -> dict[str, Framework]:
    """Return every framework, by name.

    Raises
    ------
    DeclarationError
        Carrying every fault of every file.
    """
    found: dict[str, Framework] = {}
    faults: list[str] = []
    folder = files("citiesforall.data").joinpath("frameworks")
    for file in sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name):
        table = tomllib.loads(file.read_text("utf-8"))
        name = file.name.removesuffix(".toml")
        items = {code: {"code": code, **row} for code, row in table.get("items", {}).items()}
        try:
            one = Framework.model_validate({**table, "name": name, "items": items})
        except ValidationError as error:
            faults += [
                f"{file.name}: {'.'.join(map(str, e['loc']))}: {e['msg']}. Correct the file."
                for e in error.errors()
            ]
            continue
        faults += _faults(one)
        found[name] = one
    raise_all(faults, DeclarationError)
    return found


def _faults(one: Framework) -> list[str]:
    """Return what is wrong with a framework: unknown units, parts, roles, references."""
    where = f"{one.name}.toml"
    roles = (*get_args(Role), *NOT_ROLES)
    faults = []
    if one.said_by not in references():
        faults.append(
            f"{where}: said_by '{one.said_by}' is not known. {did_you_mean(one.said_by, references())}"
        )
    for item in one.items.values():
        if item.part not in one.parts:
            faults.append(
                f"{where}: {item.code}: part '{item.part}' is not known. {did_you_mean(item.part, one.parts)}"
            )
        if item.unit is not None and item.unit not in units():
            faults.append(
                f"{where}: {item.code}: unit '{item.unit}' is not known. {did_you_mean(item.unit, units())}"
            )
        faults += [
            f"{where}: {item.code}: needs '{need}' is no role of a source. {did_you_mean(need, roles)}"
            for need in item.needs
            if need not in roles
        ]
    return faults


def framework(name: str) -> Framework:
    """Return one framework.

    Raises
    ------
    DeclarationError
        There is none of that name; the nearest one is named.
    """
    try:
        return frameworks()[name]
    except KeyError:
        raise DeclarationError(
            f"--framework '{name}' is not known. {did_you_mean(name, frameworks())}"
        ) from None


def answered_by(one: Framework, declared: dict[str, Indicator] | None = None) -> dict[str, tuple[str, ...]]:
    """Return the indicators that answer each item.

    Parameters
    ----------
    one
        The framework.
    declared
        Indicators by id; those of the package where None.

    Returns
    -------
    dict
        Code -> ids in the order of the declarations; empty where nothing answers it.

    Notes
    -----
    A tag that goes deeper than the framework's code (UMF ``1.2.1`` for the cell ``1.2``) answers the code it begins with.
    """
    found: dict[str, list[str]] = {code: [] for code in one.items}
    for key, indicator in (indicators() if declared is None else declared).items():
        for tag in getattr(indicator, one.tag):
            code = tag if tag in found else tag.rpartition(".")[0]
            if code in found and key not in found[code]:
                found[code].append(key)
    return {code: tuple(keys) for code, keys in found.items()}


@cache
def framework_words() -> dict[str, dict[str, Any]]:
    """Return the words of the frameworks: sources that are no role, and labels (``data/framework_words.toml``)."""
    table: dict[str, dict[str, Any]] = tomllib.loads(
        files("citiesforall.data").joinpath("framework_words.toml").read_text("utf-8")
    )
    return table


@cache
def framework_texts() -> dict[str, str]:
    """Return every public text of the frameworks in English, by key.

    Returns
    -------
    dict
        ``framework.<name>.title``, ``.note``, ``.part.<code>``, ``.item.<code>``, ``.why.<code>``, and
        ``framework.source.<word>``, ``framework.label.<word>``.
    """
    texts: dict[str, str] = {}
    for one in frameworks().values():
        head = f"framework.{one.name}"
        texts |= {f"{head}.title": one.title, f"{head}.note": one.note}
        texts |= {f"{head}.part.{code}": title for code, title in one.parts.items()}
        texts |= {f"{head}.item.{item.code}": item.title for item in one.items.values()}
        texts |= {f"{head}.why.{item.code}": item.why for item in one.items.values() if item.why}
    for section, rows in framework_words().items():
        texts |= {f"framework.{section}.{key}": str(text) for key, text in rows.items()}
    return texts
