"""What the document of a nation is made from: the finished tables of its steps, and what its cities say of their sources."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from citiesforall.core.city import read_city
from citiesforall.core.nation import Nation
from citiesforall.core.tables import read_parquet

AT_TOP = frozenset({"members", "rollup"})
"""Steps whose files are published beside each other, not in a folder of their own."""
OF_CITY = ("diagnose/growth", "diagnose/dimensions", "diagnose/outlook")
"""Tables of a city that covers the nation by registers which say something of the nation itself."""
MOST_INVENTED = 1
"""Invented cities whose sources are read: all have the same."""
NATION, ALL = "nation", "all"
ASSUMED = "assumed"
AS_TABLE = frozenset({"observations", "places", "common/matrix"})
"""Tables that are asked by column."""
Record = Mapping[str, Any]


@dataclass(frozen=True)
class CityShown:
    """Say where a city of the nation lies.

    Parameters
    ----------
    code
        P-code.
    file
        Its city file, as the nation names it.
    folder
        Its published results.
    kind
        ``streets`` or ``registers``.
    invented
        True for a made-up city.
    """

    code: str
    file: str
    folder: Path
    kind: str
    invented: bool = False


@dataclass(frozen=True)
class NationEvidence:
    """Hold the finished tables of a nation.

    Parameters
    ----------
    nation
        The nation file, read.
    tables
        Name -> table, named as the file lies in the published folder: ``members``, ``observations``, ``common/common``;
        ``cities/<code>/diagnose/growth`` of a city that covers the nation.
    said
        ``nation`` (``nation.json``) and other JSON of the steps, by ``<step>/<name>``; ``software``: what ran;
        ``assumed``: cities whose plan has a budget that nobody adopted.
    cities
        Finished cities.
    failed
        City file -> why it has no results.
    sources
        Id of a source -> what a run says of it, with ``cities``: the codes of those that use it.
    reasons
        Indicator -> why a city that covers the nation has no value of it.
    rows
        The tables again, but observations and places, as rows: documents look at single ones.
    funds
        Fund -> its title in English and in Khmer, as the first city file that has it says.
    """

    nation: Nation
    tables: Mapping[str, pd.DataFrame]
    said: Mapping[str, Any] = field(default_factory=dict)
    cities: tuple[CityShown, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, tuple[Record, ...]] = field(default_factory=dict)
    funds: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def table(self, name: str) -> pd.DataFrame:
        """Return a table; one without rows where it was never made."""
        return self.tables.get(name, pd.DataFrame())


def read_nation_evidence(
    nation: Nation,
    folders: Mapping[str, Path],
    cities: Sequence[CityShown] = (),
    failed: Mapping[str, str] | None = None,
) -> NationEvidence:
    """Read every finished table of a nation.

    Parameters
    ----------
    nation
        The nation file.
    folders
        Finished step -> its folder; ``members`` at least.
    cities
        Finished cities.
    failed
        City file -> why it has no results.

    Raises
    ------
    FileNotFoundError
        There is no table of members.
    """
    members = read_parquet(folders["members"] / "members.parquet")
    places = _places(folders["members"] / "places.parquet", members)
    tables = {"members": members, "places": places}
    said: dict[str, Any] = {}
    for step, folder in folders.items():
        lead = "" if step in AT_TOP else f"{step}/"
        for path in sorted(folder.glob("*.json")):
            said[f"{lead}{path.stem}"] = json.loads(path.read_text("utf-8"))
        for path in sorted(folder.glob("*.parquet")):
            if f"{lead}{path.stem}" not in tables:
                tables[f"{lead}{path.stem}"] = (
                    _observed(path, places, members) if path.stem == "observations" else _plain(path)
                )
    tables |= _of_cities(cities)
    sources, reasons, said["software"] = _runs(cities)
    said["assumed"] = sorted(city.code for city in cities if _is_assumed(city.folder / "plan" / "plan.json"))
    rows = {name: rows_of(table) for name, table in tables.items() if name not in AS_TABLE}
    return NationEvidence(
        nation,
        tables,
        said,
        tuple(cities),
        dict(failed or {}),
        sources,
        reasons,
        rows,
        _funds(nation, cities),
    )


def rows_of(table: pd.DataFrame) -> tuple[Record, ...]:
    """Return the rows of a table as records."""
    return tuple({str(key): value for key, value in row.items()} for row in table.to_dict("records"))


def _places(path: Path, members: pd.DataFrame) -> pd.DataFrame:
    """Return the places a document names: members and what lies above them; smaller ones are left in the file."""
    if not path.is_file():
        return members.assign(place=members["member"])
    table = pq.read_table(path)
    wanted = [*members["member"].astype(str)]
    kept = pc.or_(
        pc.is_in(table["place"], value_set=_strings(wanted)),
        pc.is_in(table["level"], value_set=_strings([NATION, "province"])),
    )
    return _objects(table.filter(kept).to_pandas())


def _observed(path: Path, places: pd.DataFrame, members: pd.DataFrame) -> pd.DataFrame:
    """Return the observations a document asks for: all of the nation, of provinces and members what has a value for everybody."""
    table = pq.read_table(path)
    above = places.loc[~places["place"].isin(members["member"]), "place"].astype(str).tolist()
    wanted = [*above, *members["member"].astype(str)]
    held = pc.and_(pc.is_valid(table["value"]), pc.equal(table["group"], ALL))
    nation = places.loc[places["level"] == NATION, "place"].astype(str).tolist()
    kept = pc.or_(
        pc.is_in(table["place"], value_set=_strings(nation)),
        pc.and_(pc.is_in(table["place"], value_set=_strings(wanted)), held),
    )
    return _objects(table.filter(kept).to_pandas())


def _strings(values: Sequence[str]) -> Any:
    """Return words as an Arrow array."""
    return pd.array(list(values), dtype="string[pyarrow]").__arrow_array__()


def _plain(path: Path) -> pd.DataFrame:
    """Return a table with its words as Python strings."""
    return _objects(read_parquet(path))


def _objects(table: pd.DataFrame) -> pd.DataFrame:
    """Return words as Python strings: documents look at single rows, and Arrow is slow at that."""
    words = [name for name in table if isinstance(table[name].dtype, pd.StringDtype)]
    return table.astype(dict.fromkeys(words, object)) if words else table


def _of_cities(cities: Sequence[CityShown]) -> dict[str, pd.DataFrame]:
    """Return the tables of cities that cover the nation."""
    found = {}
    for city in cities:
        for name in OF_CITY if city.kind == "registers" else ():
            path = city.folder / f"{name}.parquet"
            if path.is_file():
                found[f"cities/{city.code}/{name}"] = _plain(path)
    return found


def _runs(cities: Sequence[CityShown]) -> tuple[dict[str, dict[str, Any]], dict[str, str], list[str]]:
    """Return every source with the cities that use it, why indicators are missing, and the software that ran."""
    sources: dict[str, dict[str, Any]] = {}
    reasons: dict[str, str] = {}
    software: set[str] = set()
    invented = 0
    for city in cities:
        invented += city.invented
        path = city.folder / "run.json"
        if not path.is_file() or (city.invented and invented > MOST_INVENTED):
            continue
        run = json.loads(path.read_text("utf-8"))
        software |= {str(run["software"])} if run.get("software") else set()
        for name, one in run.get("sources", {}).items():
            known = sources.setdefault(name, {**one, "cities": []})
            known["cities"].append(city.code)
        if city.kind == "registers" or len(cities) == 1:
            for name, one in run.get("indicators", {}).items():
                if one.get("missing"):
                    reasons.setdefault(name, str(one["missing"]))
    return sources, reasons, sorted(software)


def _funds(nation: Nation, cities: Sequence[CityShown]) -> dict[str, tuple[str, str]]:
    """Return what city files call the funds of their budgets; those of invented cities say nothing."""
    found: dict[str, tuple[str, str]] = {}
    for city in cities:
        path = nation.folder / city.file
        if city.invented or not path.is_file():
            continue
        budget = read_city(path).budget
        for name, fund in budget.funds.items() if budget is not None else ():
            found.setdefault(name, (fund.title, fund.title_km or fund.title))
    return found


def _is_assumed(path: Path) -> bool:
    """Say whether the budget of a plan is an assumption."""
    return path.is_file() and json.loads(path.read_text("utf-8")).get("budget_grade") == ASSUMED
