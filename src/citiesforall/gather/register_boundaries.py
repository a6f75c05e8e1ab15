"""Places of a gazetteer as a city: provinces, districts, communes, with shapes where a file has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from citiesforall.core.city import City, SourceUse
from citiesforall.core.codes import country
from citiesforall.core.errors import InputError, did_you_mean, raise_all
from citiesforall.core.notes import Note
from citiesforall.core.place import LEVELS, Gazetteer, Place, gazetteer, translate
from citiesforall.gather.cutting import Shapes, only_polygons
from citiesforall.gather.gazetteer_workbook import read_workbook
from citiesforall.gather.tables import codes
from citiesforall.gather.vector_file import read_vector, texts

COLUMNS = ("place", "name", "name_km", "level", "parent", "area_m2", "geometry")
LIST = ".xlsx"
SAME_SHARE = 0.999
"""A place is the same one where at least this share of it went there. [share]"""


def gazetteer_places(
    use: SourceUse, path: Path, city: City, crs: str
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Make the places layer from an edition of a gazetteer.

    Parameters
    ----------
    use
        ``options.unit_level`` names the units' level (``commune``). The file is the gazetteer's workbook, or a vector file
        of the units' shapes with ``columns.code`` and ``edition`` of its codes.
    path
        The file.
    city
        A country (``KH``), province or district; ``members`` or all below it. ``place.edition`` names the gazetteer.
    crs
        Metric reference system.

    Returns
    -------
    tuple
        The places layer from the city down, ``geometry`` and ``area_m2`` missing where no shape is known; and notes.

    Raises
    ------
    InputError
        The edition, the level or a member is not known, or nothing lies below the city.
    """
    here = country(city.place.code[:2])
    if here is None:
        raise InputError(f"{use.id}: there is no gazetteer of '{city.place.code[:2]}'. Use a boundary file.")
    level = str(use.options.get("unit_level", "commune"))
    if level not in LEVELS:
        raise InputError(
            f"{use.id}: options.unit_level '{level}' is not known. {did_you_mean(level, LEVELS)}"
        )
    edition = city.place.edition or here.edition
    listed = read_workbook(path, edition) if path.suffix.lower() == LIST else gazetteer(edition)
    units = _units(listed, city, level)
    table = _table(units, listed, city)
    notes = [*listed.notes, Note(edition, f"{len(units)} units of level {level}, from gazetteer {edition}.")]
    shapes: Mapping[str, object] = {}
    if path.suffix.lower() != LIST:
        shapes, said = _shapes(use, path, crs, edition, {place.code for place in units})
        notes += said
    return _with_shapes(table, shapes), tuple(notes)


def _units(listed: Gazetteer, city: City, level: str) -> list[Place]:
    """Return the units of the city."""
    own, members = city.place.code, city.place.members
    raise_all(
        f"place.members: '{code}' is not in {listed.edition}. {did_you_mean(code, listed.places)}"
        for code in members
        if code not in listed.places
    )
    heads = members or (own,)
    units = [
        place
        for place in listed.places.values()
        if place.level == level and any(place.code.startswith(head) for head in heads)
    ]
    if not units:
        raise InputError(
            f"{own}: {listed.edition} has no {level} of it. Mend place.code or options.unit_level."
        )
    return units


def _table(units: list[Place], listed: Gazetteer, city: City) -> pd.DataFrame:
    """Return the rows of the city, of what lies between, and of the units."""
    own = city.place.code
    rows: dict[str, Place] = {}
    for unit in units:
        one: Place | None = unit
        while one is not None and one.code != own and len(one.code) > len(own):
            rows[one.code] = one
            one = listed.places.get(one.parent) if one.parent is not None else None
    ordered = sorted(rows.values(), key=lambda place: (LEVELS.index(place.level), place.code))
    parent = [one.parent if one.parent in rows else own for one in ordered]
    return pd.DataFrame(
        {
            "place": [own, *(one.code for one in ordered)],
            "name": [city.place.name, *(one.name for one in ordered)],
            "name_km": [city.place.name_km, *(one.name_km for one in ordered)],
            "level": ["city", *(one.level for one in ordered)],
            "parent": [None, *parent],
        },
        dtype=object,
    )


def _shapes(
    use: SourceUse, path: Path, crs: str, edition: str, units: set[str]
) -> tuple[dict[str, object], list[Note]]:
    """Return the shapes of units that are one place in the file and now; a split place keeps none."""
    table = read_vector(use, path, crs)
    if "code" not in use.columns:
        raise InputError(f"{path.name}: which column holds the codes is not said. Write columns.code.")
    here = country(edition[:2].upper())
    assert here is not None, "the edition was read"
    found, _ = codes(pd.Series(texts(table[use.columns["code"]])), use.code_prefix or here.code, here.digits)
    areas = _areas(table["geometry"].to_numpy(dtype=object))
    given = {code: shape for code, shape in zip(found, areas, strict=True) if code and shape is not None}
    became = translate(given, use.edition or edition, edition).codes
    often = Counter(new for pairs in became.values() for new, _ in pairs)
    shapes = {
        pairs[0][0]: given[code]
        for code, pairs in became.items()
        if pairs[0][1] >= SAME_SHARE and often[pairs[0][0]] == 1 and pairs[0][0] in units
    }
    said = f"{len(shapes)} of {len(units)} units have a shape; split and new ones have none, and stay off the map."
    return shapes, [Note(path.name, said, "figure" if len(shapes) == len(units) else "doubt")]


def _areas(shapes: Shapes) -> Shapes:
    """Return mended polygons; None where a shape is missing or has no area."""
    out = shapes.copy()
    there = ~shapely.is_missing(shapes)
    out[there] = only_polygons(shapely.make_valid(shapes[there], method="structure"))
    out[~(shapely.area(out) > 0)] = None
    return out


def _with_shapes(table: pd.DataFrame, shapes: Mapping[str, object]) -> pd.DataFrame:
    """Add shapes and areas; what holds others is joined from them, its area known only where theirs all are."""
    shape = np.array([shapes.get(code) for code in table["place"]], dtype=object)
    area = np.where(shapely.is_missing(shape), np.nan, shapely.area(shape))
    position = {code: row for row, code in enumerate(table["place"])}
    inside: dict[int, list[int]] = {}
    for row, parent in enumerate(table["parent"]):
        if isinstance(parent, str):
            inside.setdefault(position[parent], []).append(row)
    for row in sorted(inside, reverse=True):  # parents stand before what they hold
        below = inside[row]
        parts = [shape[one] for one in below if shape[one] is not None]
        shape[row] = shapely.union_all(parts) if parts else None
        area[row] = area[below].sum()
    return table.assign(area_m2=area, geometry=shapely.to_wkb(shape))[list(COLUMNS)]
