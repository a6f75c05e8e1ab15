"""How the cells are made: people, land, streets, air and flood put on the grid, one after the other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import shapely

from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.lazy import light_scipy
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.gather import floods, groups, people, polygons, surfaces
from citiesforall.gather.grid import make_cells
from citiesforall.gather.making import crs_of, extent_of, places_of, streets_of
from citiesforall.gather.people import Given
from citiesforall.gather.register_homes import is_without_shapes, make_unit_homes
from citiesforall.gather.street_amounts import street_amounts, street_width_m

CELL_ROLES = (
    "people", "people_past", "totals", "groups", "buildings", "built_up", "built_up_past", "water", "flood", "pm25",
)  # fmt: skip
YEAR = re.compile(r"(19|20)\d{2}")
STREET_COLUMNS = ("street_m", "street_land_m2", "intersections")
BUILT = {"built_up": "built_m2", "built_up_past": "built_past_m2"}
Columns = dict[str, list[str]]
"""Column of the cells -> ids of the sources it was made from."""


def make_homes(given: Inputs, folder: Path) -> dict[str, Any]:
    """Cut the city into cell parts and put people, land, air and flood on them: all that needs no streets.

    Parameters
    ----------
    given
        With the sources of `CELL_ROLES`, and places.
    folder
        Where ``homes.parquet`` and ``shapes.parquet`` (the parts' polygons, in the same order) go.
    """
    if is_without_shapes(given):
        return make_unit_homes(given, folder)
    notes: list[Note] = []
    columns: Columns = {}
    crs, places = crs_of(given), places_of(given)
    cells = make_cells(places, given.city.choices.cell_m)
    shapes = _shapes(given, places)
    cells = _land(given, shapes.get("water"), cells, notes, columns)
    cells = _people(given, places, cells, shapes.get("buildings"), (notes, columns))
    cells = _surfaces(given, places, cells, notes, columns)
    test: Literal["before", "after"] = "after" if given.city.choices.urban_test == "after" else "before"
    light_scipy()
    from citiesforall.gather import degree  # noqa: PLC0415 - loads scipy, which the cells after it do not need

    cells, said = degree.add_urban_class(cells, crs, test)
    notes += said
    # Sorted by unit and cell, as every array of results is.
    cells = cells.sort_values(["unit", "cell"], kind="stable", ignore_index=True)
    outlines = cells[["cell", "unit"]].assign(geometry=shapely.to_wkb(cells["geometry"]))
    table = cells.drop(columns="geometry")
    for frame, name in ((outlines, "shapes.parquet"), (table, "homes.parquet")):
        frame.attrs = {}
        write_parquet(frame, folder / name, {"crs": crs})
    return remember(notes, given.ids(*CELL_ROLES), columns=columns, years=years_of(given))


def make_cells_layer(given: Inputs, folder: Path) -> dict[str, Any]:
    """Add what the street map and the open spaces say to the homes.

    Parameters
    ----------
    given
        With homes, and streets and facilities where the city has them.
    folder
        Where ``cells.parquet`` goes, in the order of the homes.
    """
    homes = given.done["homes"]
    columns: Columns = dict(homes.info["columns"])
    cells = read_parquet(homes.folder / "homes.parquet")
    cells["geometry"] = shapely.from_wkb(read_parquet(homes.folder / "shapes.parquet")["geometry"].to_numpy())
    cells.attrs["cell_m"] = given.city.choices.cell_m
    cells = _open(given, cells, columns)
    if (streets := streets_of(given)) is not None:
        cells = cells.assign(**street_amounts(streets, cells, street_width_m(streets)))
        columns |= {name: list(given.done["streets"].info["sources"]) for name in STREET_COLUMNS}
    table = cells.drop(columns="geometry")
    table.attrs = {}
    write_parquet(table, folder / "cells.parquet", {"crs": crs_of(given)})
    sources = [source for found in columns.values() for source in found]
    return remember([], sources, columns=columns, years=homes.info["years"])


def years_of(given: Inputs) -> dict[str, float]:
    """Return what year each amount is about: its source's period, else its vintage; people are of their census total's year.

    Parameters
    ----------
    given
        The city and its sources.

    Returns
    -------
    dict
        Column -> year; absent where the source does not say.
    """
    past = given.city.of("people_past")
    # Rescaled alike, both dates keep the product's own growth, hence the product's own years.
    alike = bool(past) and past[0].options.get("rescale") == "as_people"
    counted = given.city.of("totals") or given.city.of("people")
    of = {
        "people": counted,
        "people_growth": given.city.of("people") if alike else counted,
        "people_past": past,
    }
    of |= {column: given.city.of(role) for role, column in BUILT.items()}
    years: dict[str, float] = {}
    for column, uses in of.items():
        if uses and (match := YEAR.search(uses[0].period or uses[0].vintage)):
            years[column] = float(match.group())
    return years


def _sources(given: Inputs, role: str) -> list[Given]:
    """Return the sources of a role with all their files."""
    return [Given(use, paths) for use, paths in given.files.get(role, ())]


def _shapes(given: Inputs, places: pd.DataFrame) -> dict[str, Any]:
    """Return the polygons of water and buildings near the city, for the roles it has sources of."""
    uses = [(use, path) for role in ("water", "buildings") for use, path in given.of(role)]
    return dict(polygons.read_polygons(uses, crs_of(given), extent_of(places)))


def _land(
    given: Inputs, water: Any, cells: pd.DataFrame, notes: list[Note], columns: Columns
) -> pd.DataFrame:
    """Take the water away from the land."""
    columns["land_m2"] = [*given.done["places"].info["sources"], *given.ids("water")]
    if water is None:
        notes.append(Note("water", "No source of water is given: all area counts as land.", "doubt"))
        return cells
    cells, said = surfaces.add_land(cells, water)
    notes += said
    return cells


def _people(
    given: Inputs,
    places: pd.DataFrame,
    cells: pd.DataFrame,
    footprints: Any,
    said_of: tuple[list[Note], Columns],
) -> pd.DataFrame:
    """Put residents, earlier residents and groups on the cells."""
    notes, columns = said_of
    roles = {role: _sources(given, role) for role in ("people", "people_past", "totals")}
    cells, said = people.gather_people(cells, places, roles, footprints, crs_of(given))
    notes += said
    columns["people"] = given.ids("people", "totals", "buildings")
    columns["people_past"] = given.ids("people_past")
    columns["people_growth"] = given.ids("people", "people_past")
    if of_groups := _sources(given, "groups"):
        before = set(cells.columns)
        cells, said = groups.add_groups(cells, places, of_groups, crs_of(given))
        notes += said
        columns |= {str(name): given.ids("groups") for name in cells.columns if name not in before}
    return cells


def _surfaces(
    given: Inputs, places: pd.DataFrame, cells: pd.DataFrame, notes: list[Note], columns: Columns
) -> pd.DataFrame:
    """Put built-up land, air and flood on the cells."""
    crs = crs_of(given)
    for role, name in BUILT.items():
        for source in _sources(given, role):
            cells, said = surfaces.add_built(cells, source, crs, name)
            notes += said
            columns[name] = [source.use.id]
    for source in _sources(given, "pm25"):
        cells, said = surfaces.add_pm25(cells, source, crs)
        notes += said
        columns["pm25_ug_m3"] = [source.use.id]
    for source in floods.usual_last(_sources(given, "flood")):
        cells, said = surfaces.add_flood(cells, places, source, crs)
        notes += said
        columns |= {name: [source.use.id] for name in floods.flood_columns(source.use)}
    return cells


def _open(given: Inputs, cells: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Put open public space on the cells."""
    file = given.file("facilities", "open_space.parquet")
    if file is None:
        return cells
    spaces = read_parquet(file)
    columns["open_m2"] = sorted(set(spaces["source"]))
    return surfaces.add_open(cells, shapely.from_wkb(spaces["geometry"].to_numpy()))
