"""Streets, open space and people of a changed city; what the cells hold of them follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.core.changes import AddLink, AddOpenSpace, CloseStreet, Placed, SetPeople
from citiesforall.core.errors import InputError, did_you_mean
from citiesforall.core.notes import Note
from citiesforall.gather.entrances import access_points, walkable
from citiesforall.gather.facilities import COLUMNS
from citiesforall.gather.grid import locate
from citiesforall.gather.open_space import COLUMNS as SPACE_COLUMNS
from citiesforall.gather.street_amounts import pieces, street_amounts, street_width_m
from citiesforall.gather.surfaces import add_open
from citiesforall.measure.layers import result_rows
from citiesforall.network import changed
from citiesforall.network.insert import attach
from citiesforall.network.streets import Streets
from citiesforall.network.walks import kinds_of
from citiesforall.whatif.city import SCENARIO, CityLayers, Ground
from citiesforall.whatif.facilities import spot, with_facilities

LEAST_M2 = 1.0
"""Less ground than this is none, as where open spaces are gathered."""
KEPT_OPEN = "hospital"
"""Kind of facility whose last street must not be closed by a scenario."""
NAMED = 3
"""Hospitals named in a fault."""


def add_link(city: CityLayers, change: AddLink, _name: str) -> CityLayers:
    """Add a street that can be walked, joined to the streets at its ends."""
    streets = _streets(city)
    x, y = _line(city.ground, change.line, in_metres=change.in_metres)
    return _with_streets(city, changed.add_link(streets, x, y, change.street_class))


def close_street(city: CityLayers, change: CloseStreet, _name: str) -> CityLayers:
    """Close streets to people on foot."""
    streets = _streets(city)
    closed = _closed(city, streets, change)
    if not (closed & streets.edge_walk).any():
        raise InputError(
            "no street that can be walked is closed by it. Give another place, or numbers of edges."
        )
    after = changed.close_edges(streets, closed)
    raise_cut_off(city, streets, after)
    return _with_streets(city, after)


def _closed(city: CityLayers, streets: Streets, change: CloseStreet) -> npt.NDArray[np.bool_]:
    """Return which edges are closed. (M,)"""
    closed = np.zeros(streets.n_edges, dtype=bool)
    if change.edges is not None:
        wrong = [edge for edge in change.edges if edge >= streets.n_edges]
        if wrong:
            raise InputError(
                f"edge {wrong[0]} is not there. Edges are numbered from 0 to {streets.n_edges - 1}."
            )
        closed[list(change.edges)] = True
        return closed
    x, y, _, edge = pieces(streets)
    if change.flood_class is not None:
        if "flood_class" not in city.cells:
            raise InputError(
                "flood_class: no source of the city says where floods are. Name edges or a polygon."
            )
        part = locate(_with_shapes(city), x, y)
        wet = (part >= 0) & (city.cells["flood_class"].to_numpy(np.float64)[part] >= change.flood_class)
        closed[edge[wet]] = True
        return closed
    if change.polygon is not None:
        area = _polygon(city.ground, change.polygon, in_metres=change.in_metres)
        shapely.prepare(area)
        closed[edge[shapely.contains_xy(area, x, y)]] = True
        return closed
    assert change.radius_m is not None
    mid_x, mid_y = _middle(city.ground, change)
    closed[edge[np.hypot(x - mid_x, y - mid_y) <= change.radius_m]] = True
    return closed


def raise_cut_off(city: CityLayers, before: Streets, after: Streets) -> None:
    """Refuse to close the last street to a hospital.

    Parameters
    ----------
    city
        With its facilities.
    before, after
        Streets before and after some are closed.

    Raises
    ------
    InputError
        Every street that a hospital's doors join is closed, or leads nowhere any more: a walk to it would be drawn across
        the fields.
    """
    kind = kinds_of(city.facilities, None).get(KEPT_OPEN)
    if kind is None or not len(kind.x):
        return
    doors = attach(before, kind.x, kind.y, city.ground.reach_m)
    at = np.flatnonzero(doors.edge >= 0)
    edge = doors.edge[at]
    main = after.component[after.edge_u[edge]] == 0
    was_main = before.component[before.edge_u[edge]] == 0
    open_ = after.edge_walk[edge] & (main | ~was_main)
    has = np.zeros(len(kind.ids), dtype=bool)
    has[kind.facility[at][open_]] = True
    had = np.zeros(len(kind.ids), dtype=bool)
    had[kind.facility[at]] = True
    cut = [kind.ids[number] for number in np.flatnonzero(had & ~has)]
    if cut:
        more = f" and {len(cut) - NAMED} more" if len(cut) > NAMED else ""
        raise InputError(
            f"it closes the last street to hospital {', '.join(cut[:NAMED])}{more}. Leave one open, or remove or move the "
            "hospital in the same scenario, before it."
        )


def _with_streets(city: CityLayers, streets: Streets) -> CityLayers:
    """Return the city with other streets; doors stay where they are, and join the nearest street there is."""
    return replace(city, streets=streets, touched=city.touched | {"streets", "cells"}, walkable=None)


def streets_now(city: CityLayers) -> CityLayers:
    """Put changed streets on the cells again."""
    if "streets" not in city.touched or city.streets is None:
        return city
    table = _with_shapes(city)
    found = street_amounts(city.streets, table, street_width_m(city.streets))
    return replace(city, cells=city.cells.assign(**found))


def add_open_space(city: CityLayers, change: AddOpenSpace, name: str) -> CityLayers:
    """Add an open public space: its ground, and the ways into it."""
    shape = _space(city, change)
    key = change.id or name
    if change.source:
        if change.source not in city.ground.gone_share:
            known = did_you_mean(change.source, city.ground.gone_share)
            raise InputError(f"source '{change.source}' is not one of the city's. {known}")
        key = f"{change.source}:{key.removeprefix(f'{change.source}:')}"
    source = change.source or SCENARIO
    spaces = city.open_space
    if spaces is not None and (spaces["space"] == key).any():
        raise InputError(f"open space '{key}' is there already. Give another id.")
    middle = shapely.point_on_surface(shape)
    row = {
        "space": key, "kind": "park" if change.park else "open_space", "name": change.name, "area_m2": float(shape.area),
        "geometry": shapely.to_wkb(shape), "source": source,
    }  # fmt: skip
    record = {
        "facility": key, "kind": "open_space", "name": change.name, "x": middle.x, "y": middle.y, "ground": shape,
        "area_m2": float(shape.area), "source": source, "sources": source, "gone_share": np.nan, "estimated": False,
    }  # fmt: skip
    kinds = ["open_space", "park"] if change.park else ["open_space"]
    records = pd.DataFrame([{**record, "kind": kind} for kind in kinds])
    lines = city.walkable or walkable(city.streets)
    rows, _ = access_points(records, lines, pd.DataFrame({"x": np.zeros(0), "y": np.zeros(0)}))
    new = pd.DataFrame([row])[list(SPACE_COLUMNS)]
    table = new if spaces is None else pd.concat([spaces, new], ignore_index=True)
    table = table.sort_values("space", kind="stable", ignore_index=True)
    city = replace(city, open_space=table, touched=city.touched | {"open_space", "cells"}, walkable=lines)
    return with_facilities(city, rows[list(COLUMNS)])


def _space(city: CityLayers, change: AddOpenSpace) -> Any:
    """Return the ground of a new open space: what is open space already counts once."""
    if change.polygon is not None:
        shape = _polygon(city.ground, change.polygon, in_metres=change.in_metres)
    else:
        assert change.area_m2 is not None
        x, y = _middle(city.ground, change)
        half = np.sqrt(change.area_m2) / 2
        shape = shapely.box(x - half, y - half, x + half, y + half)
    around = city.ground.around
    if around is not None and not shapely.intersects(around, shape):
        raise InputError("the open space lies outside the city. Give corners in it: [lon, lat] in degrees.")
    if city.open_space is not None and len(city.open_space):
        others = shapely.from_wkb(city.open_space["geometry"].to_numpy(dtype=object))
        near = others[shapely.intersects(others, shape)]
        if len(near):
            shape = shapely.difference(shape, shapely.union_all(near))
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    shape = shapely.union_all(parts) if parts else shapely.Polygon()
    if shape.area < LEAST_M2:
        raise InputError("its ground is open space already. Give ground that is not.")
    return shape


def open_now(city: CityLayers) -> CityLayers:
    """Put changed open space on the cells again."""
    if "open_space" not in city.touched or city.open_space is None or not len(city.ground.shapes):
        return city
    spaces = shapely.from_wkb(city.open_space["geometry"].to_numpy(dtype=object))
    table = add_open(_with_shapes(city), spaces)
    cells = city.cells.assign(open_m2=table["open_m2"].to_numpy(np.float64))
    return replace(city, cells=cells, touched=city.touched | {"cells"})


def set_people(city: CityLayers, change: SetPeople, _name: str) -> CityLayers:
    """Change how many people live in a place."""
    cells = city.cells
    units = np.unique(cells["unit"].to_numpy(dtype=str))
    codes, belongs = result_rows(city.ground.places, list(map(str, units)))
    if change.place not in codes:
        raise InputError(f"place '{change.place}' is not there. {did_you_mean(change.place, codes)}")
    inside = np.isin(cells["unit"].to_numpy(dtype=str), units[belongs[codes.index(change.place)]])
    people = cells["people"].to_numpy(np.float64)
    factor = change.factor
    if factor is None:
        assert change.total is not None
        now = float(np.nansum(people[inside]))
        if not now > 0:
            raise InputError(
                f"nobody lives in {change.place}, so nobody can be multiplied to {change.total:,.0f}. Name another place."
            )
        factor = change.total / now
    names = [str(name) for name in cells if str(name) == "people" or str(name).startswith("people_")]
    new = {name: cells[name].where(~inside, cells[name] * factor) for name in names if name != "people_past"}
    info = dict(city.info)
    if change.year is not None:
        years = {
            **info["cells"].get("years", {}),
            "people": float(change.year),
            "people_growth": float(change.year),
        }
        info["cells"] = {**info["cells"], "years": years}
    said = "the classes of the Degree of Urbanisation stay those of the people counted today."
    note = Note("set_people", said, "figure")
    notes = city.notes if note in city.notes else (*city.notes, note)
    return replace(
        city, cells=cells.assign(**new), info=info, touched=city.touched | {"cells", "people"}, notes=notes
    )


def _streets(city: CityLayers) -> Streets:
    """Return the streets; raise where the city has none."""
    if city.streets is None:
        raise InputError("the city has no streets. Add [sources.streets] to the city file.")
    return city.streets


def _with_shapes(city: CityLayers) -> pd.DataFrame:
    """Return the cells with their polygons."""
    if not len(city.ground.shapes):
        raise InputError("the city's cells have no shapes: streets and floods cannot be laid on them.")
    table = city.cells.assign(geometry=city.ground.shapes)
    table.attrs["cell_m"] = city.ground.cell_m
    return table


def _line(ground: Ground, points: Sequence[tuple[float, float]], *, in_metres: bool) -> tuple[Any, Any]:
    """Return points as metres."""
    xy = np.array(points, np.float64)
    x, y = (xy[:, 0], xy[:, 1]) if in_metres else ground.metres(xy[:, 0], xy[:, 1])
    around = ground.around
    if not (np.isfinite(x) & np.isfinite(y)).all() or (
        around is not None and not shapely.contains_xy(around, x, y).all()
    ):
        raise InputError("its line lies outside the city. Give [lon, lat] in degrees, inside it.")
    return x, y


def _polygon(ground: Ground, corners: Sequence[tuple[float, float]], *, in_metres: bool) -> Any:
    """Return corners as a polygon. [m]"""
    xy = np.array(corners, np.float64)
    x, y = (xy[:, 0], xy[:, 1]) if in_metres else ground.metres(xy[:, 0], xy[:, 1])
    if not (np.isfinite(x) & np.isfinite(y)).all():
        raise InputError("polygon: its corners lie outside the world. Give [lon, lat] in degrees.")
    shape = shapely.Polygon(np.column_stack([x, y]))
    if not shape.is_valid:
        raise InputError("polygon: its sides cross each other. Give the corners in their order around it.")
    if shape.area < LEAST_M2:
        raise InputError("polygon: it has no area. Give corners that are not on one line.")
    return shape


def _middle(ground: Ground, change: CloseStreet | AddOpenSpace) -> tuple[float, float]:
    """Return the middle of a circle or square. [m]"""
    at = Placed(do=change.do, lon=change.lon, lat=change.lat, x=change.x, y=change.y)
    return spot(ground, at, what="its middle")
