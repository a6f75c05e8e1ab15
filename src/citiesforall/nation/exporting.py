"""The export step: what a nation hands on, made from its finished tables alone."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from citiesforall.core.city import City, CityPlace
from citiesforall.core.inputs import remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import INEQUALITY, OBSERVATIONS
from citiesforall.exchange.given import HAS_VALUE, Published
from citiesforall.exchange.open_sdg import ARCHIVE, archive, members
from citiesforall.exchange.sdmx_data import write_data
from citiesforall.nation.exporting_map import write_map
from citiesforall.nation.exporting_workbook import write_book
from citiesforall.nation.given import NationInputs

WHERE = "nation export"
COVERED = ("coverage_people", "coverage_places", "basis", "quality")
YEAR = re.compile(r"\d{4}")
SHOWN = ("place", "name", "name_km", "level", "parent")


def make_export(given: NationInputs, folder: Path) -> dict[str, Any]:
    """Make everything that is handed on of a nation.

    Parameters
    ----------
    given
        With the steps ``members`` and ``rollup``, and what else was made: ``common``, ``kinds``, ``options``, ``rounds``.
    folder
        Where the files go: ``workbook_<language>.xlsx``, ``sdmx_*``, ``open_sdg.zip``, ``nation.gpkg``, ``nation.pmtiles``.

    Returns
    -------
    dict
        Notes (what is left out and why), sources.

    Raises
    ------
    FileNotFoundError
        A step that it needs has not been made.
    """
    known, n_left = read_nation_published(given)
    write_data(known, folder)
    (folder / ARCHIVE).write_bytes(archive(members(known)))
    for lang in given.nation.languages:
        (folder / f"workbook_{lang}.xlsx").write_bytes(write_book(given, known, n_left, lang))
    places = _table(given, "members", "places")
    drawn = write_map(places, known, folder)
    return remember(_notes(known, places, n_left, drawn), list(known.run["sources"]))


def read_nation_published(given: NationInputs) -> tuple[Published, int]:
    """Return the numbers of a nation as exports take them, and how many rows that no source gives are left out.

    Parameters
    ----------
    given
        With the steps ``members`` and ``rollup``.

    Returns
    -------
    Published, int
        The last period of each value; sources and indicators of all cities together.
    """
    rows = _table(given, "rollup", "observations")
    columns = [*OBSERVATIONS, *(name for name in COVERED if name in rows)]
    is_left = rows["status"] == "missing"
    kept = rows.loc[~is_left, columns].reset_index(drop=True)
    places = _table(given, "members", "places")
    places = places[[name for name in SHOWN if name in places]].copy()
    places.loc[places["level"] == "nation", "parent"] = None
    place = given.nation.place
    city = City(
        place=CityPlace(code=place.code, name=place.name, name_km=place.name_km, invented=place.invented),
        period=(YEAR.findall(given.nation.period) or [str(given.nation.choices.target_year)])[-1],
    )
    empty = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in INEQUALITY.items()})
    return Published(city, kept, empty, places, run_of(given), {}, {}, None), int(is_left.sum())


def run_of(given: NationInputs) -> dict[str, Any]:
    """Return sources and indicators of all cities together, as the ``run.json`` of a city has them.

    Parameters
    ----------
    given
        With finished cities.
    """
    sources: dict[str, Any] = {}
    indicators: dict[str, dict[str, Any]] = {}
    runs, software = [], ""
    for city in sorted(given.cities, key=lambda one: one.code):
        said: Mapping[str, Any] = json.loads((city.folder / "run.json").read_text("utf-8"))
        runs.append(f"{city.code} {said['run']}")
        software = str(said["software"])
        sources |= {key: one for key, one in said["sources"].items() if key not in sources}
        for key, one in said["indicators"].items():
            both = indicators.setdefault(key, {**one, "sources": []})
            both["sources"] += [source for source in one["sources"] if source not in both["sources"]]
            both["missing"] = "" if not one.get("missing") else both.get("missing", "")
    return {
        "sources": dict(sorted(sources.items())),
        "indicators": indicators,
        "layers": {},
        "run": hashlib.sha256("\n".join(runs).encode()).hexdigest()[:12],
        "software": software,
    }


def _table(given: NationInputs, step: str, name: str) -> pd.DataFrame:
    """Return a table that must be there."""
    found = given.table(step, name)
    if found is None:
        raise FileNotFoundError(f"{step}/{name}.parquet: the step '{step}' of the nation has not been made.")
    return found


def _notes(known: Published, places: pd.DataFrame, n_left: int, drawn: Iterable[str]) -> list[Note]:
    """Return what is handed on, and what is not."""
    has = int(known.observations["status"].isin(HAS_VALUE).sum())
    without = int(places["geometry"].isna().sum())
    notes = [
        Note(
            WHERE,
            f"{has:,} values are handed on, {len(known.observations) - has:,} rows say why they have none; "
            f"{n_left:,} rows that no source gives are left out.",
        )
    ]
    if without:
        notes.append(
            Note(WHERE, f"{without} places have no outline and stand in the map's table only.", "doubt")
        )
    if not list(drawn):
        notes.append(Note(WHERE, "no place has an outline, so there is no map.", "doubt"))
    return notes
