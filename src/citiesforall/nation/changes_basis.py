"""What a round rests on, kept beside its results so that the next round can tell why it differs; and earlier rounds, read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyarrow import ArrowException

from citiesforall.core.errors import InputError
from citiesforall.core.nation import Round
from citiesforall.core.tables import read_parquet
from citiesforall.nation.given import NationInputs

BASIS = "rounds/basis.json"
"""Where a published nation keeps what it rests on."""
OF_RUN = ("run", "code", "choices", "city", "places", "sources", "indicators")
"""Words of a city's run.json that say what its values rest on."""
OF_PLACE = ("place", "parent", "area_m2")
OF_SOURCE = ("id", "provider", "roles", "sha256", "period", "vintage", "error")
COLUMNS = (
    "place", "group", "indicator", "version", "period", "value", "low", "high", "num", "den", "status",
)  # fmt: skip
"""Columns of observations that rounds need."""
COVERAGE = "coverage_people"
"""Share of the people a value speaks for; not known of rounds that do not say it."""


@dataclass(frozen=True)
class Basis:
    """Hold one round: its values and what they rest on.

    Parameters
    ----------
    label
        What it is called: its year, or the period of the nation file.
    table
        Observations of everybody and of groups, columns `COLUMNS`.
    cities
        Code of a city -> what its run rests on (words `OF_RUN`; of each indicator its sources); empty where the round does
        not say.
    parent
        Place -> the place it lies in.
    city_of
        Lowest place, or member that is a whole city -> code of the run its values come from.
    edition
        Of the gazetteer its codes are of; empty where none is kept.
    """

    label: str
    table: pd.DataFrame
    cities: Mapping[str, Mapping[str, Any]]
    parent: Mapping[str, str]
    city_of: Mapping[str, str]
    edition: str = ""


def basis_of_cities(given: NationInputs) -> dict[str, Any]:
    """Return what the present round rests on, as it is kept.

    Parameters
    ----------
    given
        The nation's inputs.
    """
    found: dict[str, Any] = {}
    shared: dict[str, Any] = {}
    for city in sorted(given.cities, key=lambda one: one.code):
        said = _short(json.loads((city.folder / "run.json").read_text("utf-8")))
        key = hashlib.sha256(json.dumps(said["indicators"], sort_keys=True).encode()).hexdigest()[:12]
        shared[key] = said["indicators"]
        found[city.code] = {**said, "indicators": key, "kind": city.kind}
    return {"edition": given.nation.place.edition or "", "cities": found, "indicators": shared}


def _short(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return the words of a run.json that are kept."""
    kept = {word: said[word] for word in OF_RUN}
    kept["places"] = [{word: one.get(word) for word in OF_PLACE} for one in said["places"]]
    kept["sources"] = {
        key: {word: one.get(word) for word in OF_SOURCE} for key, one in sorted(said["sources"].items())
    }
    kept["indicators"] = {
        key: list(one["sources"]) for key, one in sorted(said["indicators"].items()) if one["sources"]
    }
    return kept


def present_round(given: NationInputs, basis: Mapping[str, Any]) -> Basis | None:
    """Return the present round; None where its tables were not rolled up.

    Parameters
    ----------
    given
        With the steps ``members`` and ``rollup``.
    basis
        From `basis_of_cities`.
    """
    table, places, members = (
        given.table(step, name)
        for step, name in (("rollup", "observations"), ("members", "places"), ("members", "members"))
    )
    if table is None or places is None or members is None:
        return None
    return _basis(given.nation.period, table, basis, (places, members))


def earlier_round(given: NationInputs, one: Round) -> Basis:
    """Read an earlier round.

    Parameters
    ----------
    given
        With the folder of the nation file.
    one
        Of the nation file.

    Raises
    ------
    InputError
        The folder holds no results of a nation that can be read: one line.
    """
    folder = given.nation.folder / one.folder
    where = f"rounds: {one.folder}"
    try:
        found = {
            name: read_parquet(folder / f"{name}.parquet") for name in ("observations", "places", "members")
        }
    except (OSError, ArrowException):
        raise InputError(
            f"{where}: observations, places and members of an earlier run are not all there, or cannot be read. A round is "
            f"the folder that an earlier 'cities nation' has published. Give that folder."
        ) from None
    table = found["observations"]
    lacking = [name for name in COLUMNS if name not in table]
    if (
        lacking
        or not {"place", "parent"} <= set(found["places"])
        or not {"member", "city"} <= set(found["members"])
    ):
        raise InputError(
            f"{where}: its tables lack columns ({' '.join(lacking) or 'of places or members'}). Run that round again."
        )
    return _basis(str(one.year), table, _read_basis(folder, where), (found["places"], found["members"]))


def _read_basis(folder: Path, where: str) -> Mapping[str, Any]:
    """Read what an earlier round rested on; nothing where it does not say."""
    path = folder / BASIS
    if not path.is_file():
        return {"cities": {}, "indicators": {}}
    try:
        said: Mapping[str, Any] = json.loads(path.read_text("utf-8"))
        whole = all(set(OF_RUN) <= set(one) for one in said["cities"].values()) and isinstance(
            said["indicators"], dict
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        whole = False
    if not whole:
        raise InputError(
            f"{where}: {BASIS} is no record of a round. Leave it as it was written, or take it away."
        )
    return said


def _basis(
    label: str, table: pd.DataFrame, said: Mapping[str, Any], tables: tuple[pd.DataFrame, pd.DataFrame]
) -> Basis:
    """Return a round from its tables."""
    places, members = tables
    parent = {
        str(place): str(above)
        for place, above in zip(places["place"], places["parent"].fillna(""), strict=True)
        if above
    }
    city_of: dict[str, str] = {}
    for code, one in said["cities"].items():
        inside = {str(place["parent"]) for place in one["places"]}
        city_of |= {
            str(place["place"]): code
            for place in one["places"]
            if one.get("kind") == "registers" and place["place"] not in inside
        }
    part_of = members["part_of"].fillna("") if "part_of" in members else pd.Series("", index=members.index)
    above = _above(city_of, parent)
    for member, city, part in zip(members["member"], members["city"], part_of, strict=True):
        if str(member) not in above and not part:
            city_of.setdefault(str(member), str(city))
    cities = {
        code: {**one, "indicators": said["indicators"].get(one["indicators"], {})}
        for code, one in said["cities"].items()
    }
    table = table if COVERAGE in table else table.assign(**{COVERAGE: np.nan})
    return Basis(label, table[[*COLUMNS, COVERAGE]], cities, parent, city_of, str(said.get("edition", "")))


def _above(lowest: Iterable[str], parent: Mapping[str, str]) -> set[str]:
    """Return every place that holds one of some places."""
    found: set[str] = set()
    for place in lowest:
        above = parent.get(place)
        while above is not None and above not in found:
            found.add(above)
            above = parent.get(above)
    return found


def leaves_of(basis: Basis) -> dict[str, tuple[str, ...]]:
    """Return the lowest places inside every place of a round, itself where it is one.

    Parameters
    ----------
    basis
        The round.
    """
    found: dict[str, list[str]] = {}
    for leaf in sorted(basis.city_of):
        at: str | None = leaf
        while at is not None:
            found.setdefault(at, []).append(leaf)
            at = basis.parent.get(at)
    return {place: tuple(inside) for place, inside in found.items()}


def areas_of(basis: Basis) -> dict[str, float | None]:
    """Return the area of every place that a run of the round names. [m2]"""
    return {
        str(one["place"]): one["area_m2"]
        for city in sorted(basis.cities)
        for one in basis.cities[city]["places"]
    }
