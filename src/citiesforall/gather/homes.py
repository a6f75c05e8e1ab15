"""Where buildings stand, and people of places spread over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from citiesforall.core.notes import Note
from citiesforall.gather.cutting import Floats, Ints, Shapes
from citiesforall.gather.grid import add_to, locate
from citiesforall.gather.totals import Nesting, holder

NAMED = 5  # codes named in a note; the rest is counted


@dataclass(frozen=True)
class Homes:
    """Hold where buildings stand, one row per footprint in the city.

    Parameters
    ----------
    x, y
        A point inside. (B,) [m]
    area_m2
        Of the footprint. (B,)
    part
        Cell part it stands in. (B,)
    """

    x: Floats
    y: Floats
    area_m2: Floats
    part: Ints


def find_homes(cells: pd.DataFrame, footprints: Shapes) -> tuple[Homes, tuple[Note, ...]]:
    """Find the cell parts buildings stand in.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``.
    footprints
        Polygons in the metric reference system; others are left out. (F,)

    Returns
    -------
    tuple
        The buildings inside the city, and a note on their number.
    """
    shapes = np.asarray(footprints, dtype=object)
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    area = shapely.area(shapes)
    shapes, area = shapes[area > 0], area[area > 0]
    point = shapely.centroid(shapes)
    x, y = shapely.get_x(point), shapely.get_y(point)
    part = locate(cells, x, y)
    inside = part >= 0
    said = f"{int(inside.sum())} of {inside.size} footprints stand in the city, {area[inside].sum() / 1e6:.2f} km2."
    note = Note("buildings", said, "figure" if inside.any() else "doubt")
    return Homes(x[inside], y[inside], area[inside], part[inside]), (note,)


def place_people(cells: pd.DataFrame, homes: Homes) -> pd.DataFrame:
    """Move the points of cell parts to where their buildings stand.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``.
    homes
        Buildings of the city.

    Returns
    -------
    DataFrame
        With ``x``, ``y`` the mean of the footprints weighted by area, unchanged where there is none.
    """
    weight = add_to(homes.part, homes.area_m2, len(cells))
    known = weight > 0
    x, y = cells["x"].to_numpy().copy(), cells["y"].to_numpy().copy()
    x[known] = add_to(homes.part, homes.area_m2 * homes.x, len(cells))[known] / weight[known]
    y[known] = add_to(homes.part, homes.area_m2 * homes.y, len(cells))[known] / weight[known]
    return cells.assign(x=x, y=y)


def spread(
    cells: pd.DataFrame, amount: Mapping[str, float], homes: Homes | None, nest: Nesting, where: str
) -> tuple[Floats, tuple[Note, ...]]:
    """Spread amounts of places over their buildings by footprint area, else over their land.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``.
    amount
        Place of the city -> people.
    homes
        Buildings, or None.
    nest
        Which place holds which.
    where
        The file, for notes.

    Returns
    -------
    tuple
        People of the parts, nan where their unit has no figure, and notes. (C,)

    Notes
    -----
    Every square metre of footprint is taken to house equally many people: storeys, and what is a shop or a school, are not
    known. The values below a place's level are therefore estimated.
    """
    unit = cells["unit"].to_numpy(dtype=object)
    units = sorted(set(unit))
    own = dict(zip(units, holder(units, amount, nest), strict=True))
    zone = np.array([own[code] or "" for code in unit], dtype=object)
    built = add_to(homes.part, homes.area_m2, len(cells)) if homes is not None else np.zeros(len(cells))
    land = cells["land_m2"].to_numpy()
    people = np.full(len(cells), np.nan)
    by_land: list[str] = []
    for code, number in amount.items():
        here = np.flatnonzero(zone == code)
        weight = built[here]
        if weight.sum() <= 0:
            by_land.append(code)
            weight = land[here] if land[here].sum() > 0 else cells["area_m2"].to_numpy()[here]
        people[here] = number * weight / weight.sum()
    return people, tuple(_spread_notes(people, own, by_land, len(amount), where))


def _spread_notes(
    people: Floats, own: Mapping[str, str | None], by_land: list[str], n_places: int, where: str
) -> list[Note]:
    """Say what the spreading assumed."""
    notes = []
    if len(by_land) < n_places:
        said = f"people of {n_places - len(by_land)} places spread over building footprints by area: estimated below; "
        notes.append(
            Note(where, said + f"{int((people == 0).sum())} cell parts have no building and nobody.", "doubt")
        )
    if by_land:
        some = ", ".join(sorted(by_land)[:NAMED])
        said = f"{len(by_land)} places have no building ({some}); people spread evenly over land: estimated."
        notes.append(Note(where, said, "doubt"))
    unknown = [code for code, held in own.items() if held is None]
    if unknown:
        said = f"no people are given for {len(unknown)} units ({', '.join(unknown[:NAMED])}); unknown there."
        notes.append(Note(where, said, "doubt"))
    return notes
