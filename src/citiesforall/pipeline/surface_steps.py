"""The steps that put people, land and hazards on the cells, and walk from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from citiesforall.core.city import SourceUse
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.gather import degree, groups, people, polygons, surfaces
from citiesforall.gather.grid import make_cells
from citiesforall.gather.people import Given
from citiesforall.gather.street_amounts import street_amounts, street_width_m
from citiesforall.measure.load import sort_cells
from citiesforall.network.streets import load
from citiesforall.pipeline.steps import Ground, Work, remembered
from citiesforall.pipeline.walks import find_walks, kinds_of, save_walks
from citiesforall.store import Made

CELL_ROLES = (
    "people", "people_past", "totals", "groups", "buildings", "built_up", "built_up_past", "water", "flood", "pm25",
)  # fmt: skip
YEAR = re.compile(r"(19|20)\d{2}")


def cells_step(work: Work, ground: Ground, streets_made: Made | None, facilities_made: Made | None) -> Made:
    """Cut the city into cell parts and put people, land, streets, air and flood on them."""

    def make(folder: Path) -> dict[str, Any]:
        notes: list[Note] = []
        columns: dict[str, list[str]] = {}
        cells = make_cells(ground.places, work.city.choices.cell_m)
        cells = _land(work, ground, cells, notes, columns)
        cells = _people(work, ground, cells, notes, columns)
        cells = _surfaces(work, ground, cells, notes, columns)
        cells = _open(facilities_made, cells, columns)
        cells, said = degree.add_urban_class(
            cells, ground.crs, "after" if work.city.choices.urban_test == "after" else "before"
        )
        notes += said
        if streets_made:
            found = load(streets_made.folder / "streets.npz")
            cells = cells.assign(**street_amounts(found, cells, street_width_m(found)))
            columns |= dict.fromkeys(
                ("street_m", "street_land_m2", "intersections"), streets_made.info["sources"]
            )
        cells = sort_cells(cells)
        shapes = pd.DataFrame(
            {"cell": cells["cell"], "unit": cells["unit"], "geometry": shapely.to_wkb(cells["geometry"])}
        )
        write_parquet(shapes, folder / "shapes.parquet", {"crs": ground.crs})
        table = cells.drop(columns="geometry")
        table.attrs = {}
        write_parquet(table, folder / "cells.parquet", {"crs": ground.crs})
        return remembered(notes, work.of(*CELL_ROLES), columns=columns, years=years_of(work))

    needs = tuple(made for made in (ground.made, streets_made, facilities_made) if made)
    return work.step("cells", make, roles=CELL_ROLES, needs=needs, choices=("cell_m", "urban_test"))


def years_of(work: Work) -> dict[str, float]:
    """Return what year each amount is about, from the period of its source, else from its vintage.

    Parameters
    ----------
    work
        The city and its sources.

    Returns
    -------
    dict
        Column -> year; absent where the source does not say.
    """
    roles = {
        "people": "people",
        "people_past": "people_past",
        "built_up": "built_m2",
        "built_up_past": "built_past_m2",
    }
    found: dict[str, float] = {}
    for role, column in roles.items():
        for use in work.city.of(role)[:1]:
            totals = work.city.of("totals")
            said = (
                totals[0].period or totals[0].vintage
                if role == "people" and totals
                else use.period or use.vintage
            )
            if match := YEAR.search(said):
                found[column] = float(match.group())
    return found


def _given(work: Work, role: str) -> list[Given]:
    """Return the sources of a role with all their files."""
    return [Given(use, work.tiles[role, use.id]) for use, _ in work.of(role)]


def _ids(work: Work, *roles: str) -> list[str]:
    """Return the ids of the sources of some roles."""
    return [use.id for use, _ in work.of(*roles)]


def _shapes(uses: list[tuple[SourceUse, Path]], crs: str, extent: Any, what: str) -> Any:
    """Return the polygons of vector files and OSM extracts near the city."""
    found = [polygons.read_polygons(use, path, crs, extent, what) for use, path in uses]
    return np.concatenate(found) if found else np.zeros(0, dtype=object)


def _land(
    work: Work, ground: Ground, cells: pd.DataFrame, notes: list[Note], columns: dict[str, list[str]]
) -> pd.DataFrame:
    """Take the water away from the land."""
    uses = work.of("water")
    columns["land_m2"] = [*ground.made.info["sources"], *_ids(work, "water")]
    if not uses:
        notes.append(Note("water", "No source of water is given: all area counts as land.", "doubt"))
        return cells
    cells, said = surfaces.add_land(cells, _shapes(uses, ground.crs, ground.extent, "water"))
    notes += said
    return cells


def _people(
    work: Work, ground: Ground, cells: pd.DataFrame, notes: list[Note], columns: dict[str, list[str]]
) -> pd.DataFrame:
    """Put residents, earlier residents and groups on the cells."""
    buildings = work.of("buildings")
    footprints = _shapes(buildings, ground.crs, ground.extent, "building") if buildings else None
    given: Mapping[str, list[Given]] = {
        role: _given(work, role) for role in ("people", "people_past", "totals")
    }
    cells, said = people.gather_people(cells, ground.places, given, footprints, ground.crs)
    notes += said
    columns["people"] = _ids(work, "people", "totals", "buildings")
    columns["people_past"] = _ids(work, "people_past")
    if work.of("groups"):
        cells, said = groups.add_groups(cells, ground.places, _given(work, "groups"), ground.crs)
        notes += said
        columns |= {
            name: _ids(work, "groups")
            for name in cells.columns
            if name.startswith("people_") and name != "people_past"
        }
    return cells


def _surfaces(
    work: Work, ground: Ground, cells: pd.DataFrame, notes: list[Note], columns: dict[str, list[str]]
) -> pd.DataFrame:
    """Put built-up land, air and flood on the cells."""
    for role, name in (("built_up", "built_m2"), ("built_up_past", "built_past_m2")):
        for given in _given(work, role):
            cells, said = surfaces.add_built(cells, given, ground.crs, name)
            notes += said
            columns[name] = [given.use.id]
    for given in _given(work, "pm25"):
        cells, said = surfaces.add_pm25(cells, given, ground.crs)
        notes += said
        columns["pm25_ug_m3"] = [given.use.id]
    for given in _given(work, "flood"):
        cells, said = surfaces.add_flood(cells, ground.places, given, ground.crs)
        notes += said
        columns |= {key: [given.use.id] for key in ("flood_class", "hazard_flood_index")}
    return cells


def _open(facilities_made: Made | None, cells: pd.DataFrame, columns: dict[str, list[str]]) -> pd.DataFrame:
    """Put open public space on the cells."""
    file = facilities_made.folder / "open_space.parquet" if facilities_made else None
    if file is None or not file.is_file():
        return cells
    spaces = read_parquet(file)
    columns["open_m2"] = sorted(set(spaces["source"]))
    return surfaces.add_open(cells, shapely.from_wkb(spaces["geometry"].to_numpy()))


def walks_step(
    work: Work,
    cells_made: Made,
    streets_made: Made | None,
    facilities_made: Made | None,
    stops_made: Made | None,
) -> Made | None:
    """Walk from every cell part to the nearest facilities and stops of every kind."""
    if streets_made is None:
        return None
    streets_folder = streets_made.folder

    def make(folder: Path) -> dict[str, Any]:
        cells = read_parquet(cells_made.folder / "cells.parquet")
        tables = [
            read_parquet(made.folder / name) if made and (made.folder / name).is_file() else None
            for made, name in ((facilities_made, "facilities.parquet"), (stops_made, "stops.parquet"))
        ]
        choices = {"snap_m": work.city.choices.snap_m, "reach_m": work.city.choices.reach_m}
        arrays, about = find_walks(
            load(streets_folder / "streets.npz"), cells, kinds_of(*tables), choices, work.threads
        )
        save_walks(folder, arrays, about)
        unknown = ~np.isfinite(arrays["leg_m"])
        people_unknown = float(cells["people"].to_numpy()[unknown].sum())
        said = f"{people_unknown:,.0f} people live farther than {choices['snap_m']:.0f} m from a mapped street: unknown access."
        notes = [Note("walks", said, "doubt" if people_unknown > 0 else "figure")]
        return {"notes": [note.as_dict() for note in notes], "sources": streets_made.info["sources"]}

    needs = tuple(made for made in (cells_made, streets_made, facilities_made, stops_made) if made)
    return work.step("walks", make, needs=needs, choices=("snap_m", "reach_m"), room="network")
