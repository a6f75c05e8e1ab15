"""Where people live: counts of rasters, hexagons and tables moved to cell parts and rescaled to census totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from citiesforall.core.city import SourceUse
from citiesforall.core.errors import InputError, NoDataError
from citiesforall.core.notes import Note
from citiesforall.gather.cutting import Floats, Shapes
from citiesforall.gather.grid import add_to, move_amounts, share_out
from citiesforall.gather.hexagons import LONLAT, hexagon_shapes
from citiesforall.gather.homes import Homes, find_homes, place_people, spread
from citiesforall.gather.rasters import move_counts
from citiesforall.gather.register_known import people_doubts
from citiesforall.gather.tables import column, numbers, read_table
from citiesforall.gather.totals import Nesting, holder, leaves, nesting, place_codes, rescale
from citiesforall.gather.vector_file import moved, texts

NAMED = 5  # codes named in a note; the rest is counted
MOST_PEOPLE = 1e10  # more than live on Earth
LEAST_SAID = 0.05  # people; below, a figure would read 0.0


class Given(NamedTuple):
    """A source and its files."""

    use: SourceUse
    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Counted:
    """Hold people of one role before rescaling.

    Parameters
    ----------
    people
        Of the parts; nan where unknown. (C,)
    elsewhere
        What the sources say of places outside the city, by code.
    """

    people: Floats
    elsewhere: dict[str, float]


def gather_people(
    cells: pd.DataFrame,
    places: pd.DataFrame,
    given: Mapping[str, Sequence[Given]],
    footprints: Shapes | None,
    crs: str,
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Put people on cell parts.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``, with ``land_m2`` less water where water is known.
    places
        The places layer.
    given
        Sources by role: ``people``, and where there are, ``people_past``, ``totals``. Groups: see ``groups.add_groups``.
    footprints
        Buildings in the metric reference system, or None.
    crs
        Metric reference system.

    Returns
    -------
    tuple
        Cells with ``people``, ``people_past`` (where given), ``rescale_unit``, ``rescale_share``, and ``x``, ``y`` moved to
        the buildings; and notes.

    Raises
    ------
    NoDataError
        No source of people is given.
    InputError
        A source cannot be used as it is.
    """
    if not given.get("people"):
        raise NoDataError("people: the city has no source of people. Add [[sources.people]].")
    nest, homes = nesting(places), None
    notes: list[Note] = []
    if footprints is not None and footprints.size:
        homes, said = find_homes(cells, footprints)
        cells = place_people(cells, homes)
        notes.extend(said)
    counted, said = count_people(cells, given["people"], homes, nest, crs)
    notes.extend(said)
    unit = cells["unit"].to_numpy(dtype=object)
    people, factor = counted.people, np.ones(len(cells))
    cells = cells.assign(rescale_unit="", rescale_share=1.0)
    if given.get("totals"):
        totals, said = read_totals(given["totals"][0], nest)
        done, more = rescale(people, unit, counted.elsewhere, totals, nest)
        notes.extend([*said, *more])
        people, factor = done.people, done.factor
        cells = cells.assign(rescale_unit=done.unit, rescale_share=done.share)
    cells = cells.assign(people=people)
    _refuse_unbelievable(people, [*given["people"], *given.get("totals", ())])
    if not np.nansum(people) > 0:
        names = ", ".join(one.use.id for one in given["people"])
        raise InputError(
            f"{names}: nobody lives in the city by it. Give a source that holds the city's people."
        )
    if given.get("people_past"):
        past, said = _past(cells, given, homes, nest, crs, factor)
        _refuse_unbelievable(past, given["people_past"])
        cells = cells.assign(people_past=past)
        notes.extend(said)
    notes.append(Note("people", f"{np.nansum(people):,.0f} people live in the city."))
    return cells, tuple(notes)


def _refuse_unbelievable(people: Floats, given: Sequence[Given]) -> None:
    """Refuse counts that no city can have: a sign for no data taken as people, a unit of its own."""
    if not np.nansum(people) < MOST_PEOPLE:
        names = ", ".join(one.use.id for one in given)
        raise InputError(
            f"{names}: {np.nansum(people):.3g} people would live in the city, more than on Earth. "
            "Mend the values; if one is the sign for no data, write options.nodata."
        )


def count_people(
    cells: pd.DataFrame, given: Sequence[Given], homes: Homes | None, nest: Nesting, crs: str
) -> tuple[Counted, tuple[Note, ...]]:
    """Add up what the sources of one role say, before any rescaling.

    Parameters
    ----------
    cells
        As made by ``grid.make_cells``.
    given
        Sources; several are added up.
    homes
        Buildings, or None.
    nest
        Which place holds which.
    crs
        Metric reference system.

    Returns
    -------
    tuple
        People of the parts, and notes.
    """
    total = np.zeros(len(cells))
    elsewhere: dict[str, float] = {}
    notes: list[Note] = []
    for use, paths in given:
        if use.format == "raster":
            people, said = move_counts(use, paths, cells, crs)
        elif use.format == "h3":
            people, said = _from_hexagons(cells, use, paths[0], homes, crs)
        else:
            found, said = _from_table(cells, use, paths[0], homes, nest)
            people = found.people
            elsewhere |= found.elsewhere
        total += people
        notes.extend(said)
    return Counted(total, elsewhere), tuple(notes)


def _past(
    cells: pd.DataFrame,
    given: Mapping[str, Sequence[Given]],
    homes: Homes | None,
    nest: Nesting,
    crs: str,
    factor: Floats,
) -> tuple[Floats, tuple[Note, ...]]:
    """Return people at the earlier date; ``options.rescale = "as_people"`` keeps the product's own growth."""
    use = given["people_past"][0].use
    counted, said = count_people(cells, given["people_past"], homes, nest, crs)
    past = counted.people
    if use.options.get("rescale") == "as_people":
        past = past * factor
        note = Note(
            use.id, "multiplied by the same factors as the present, so that growth is the product's own."
        )
        return past, (*said, note)
    if (factor != 1).any():
        note = Note(
            use.id, "the past is not rescaled but the present is: growth compares two bases.", "doubt"
        )
        return past, (*said, note)
    return past, said


def read_totals(given: Given, nest: Nesting) -> tuple[dict[str, float], tuple[Note, ...]]:
    """Read census totals by code; units without a figure are left out and said.

    Parameters
    ----------
    given
        A table with ``columns.code`` and ``columns.value``.
    nest
        Of the country's codes.

    Returns
    -------
    tuple
        Census unit -> people, and notes.
    """
    found, notes = read_values(given.use, given.paths[0], nest)
    blank = [code for code, value in found.items() if np.isnan(value)]
    if blank:
        said = f"{len(blank)} units have no total ({', '.join(blank[:NAMED])})."
        notes = (*notes, Note(given.paths[0].name, said, "doubt"))
    return {code: value for code, value in found.items() if np.isfinite(value)}, notes


def read_values(
    use: SourceUse, path: Path, nest: Nesting, word: str = "value"
) -> tuple[dict[str, float], tuple[Note, ...]]:
    """Read one value per place from a table.

    Parameters
    ----------
    use
        ``columns.code``, ``columns.<word>`` (or ``options.<word>s``: a list of columns to add).
    path
        The table.
    nest
        Of the country's codes.
    word
        Ours for the value.

    Returns
    -------
    tuple
        Code -> value, nan where empty; rows of one code are added up. And notes.

    Raises
    ------
    InputError
        Columns missing, values that are not numbers, negative values.
    """
    table, notes = read_table(path, use)
    listed = use.options.get(f"{word}s")
    name = " + ".join(listed) if isinstance(listed, list) else column(table, path, use, word)
    value = numbers(table, name, path)
    place, said = place_codes(table, use, path, nest)
    notes = (*notes, *said)
    if (value < 0).any():
        raise InputError(
            f"{path.name}: column '{name}': {int((value < 0).sum())} values are negative. Mend them or leave them empty."
        )
    rows = pd.DataFrame({"place": place, "value": value})
    rows = rows[rows["place"] != ""]
    summed = rows.groupby("place", sort=False)["value"].sum(min_count=1)
    if len(summed) < len(rows):
        n_more = len(rows) - len(summed)
        notes = (*notes, Note(path.name, f"{n_more} rows repeat a code; rows of one code were added up."))
    found = {str(code): float(number) for code, number in summed.items()}
    names = texts(table[use.columns["name"]]) if "name" in use.columns else ["" for _ in place]
    return found, (*notes, *people_doubts(found, (place, names), use, path.name))


def _from_hexagons(
    cells: pd.DataFrame, use: SourceUse, path: Path, homes: Homes | None, crs: str
) -> tuple[Floats, tuple[Note, ...]]:
    """Share people of hexagons out to parts: over the buildings inside, else by area."""
    table, notes = read_table(path, use)
    name = column(table, path, use, "code" if "code" in use.columns else "id")
    value = numbers(table, column(table, path, use, "value"), path)
    if (value < 0).any():
        raise InputError(f"{path.name}: {int((value < 0).sum())} hexagons hold negative counts. Mend them.")
    listed = table[name].notna().to_numpy() & np.isfinite(value)
    ids = [str(one).lower() for one in table[name][listed]]
    shapes = moved(hexagon_shapes(ids, path), LONLAT, crs)
    total = value[listed]
    people, outside = np.zeros(len(cells)), 0.0
    by_area = np.ones(total.size, dtype=bool)
    if homes is not None and homes.part.size:
        building, hexagon = shapely.STRtree(shapes).query(
            shapely.points(homes.x, homes.y), predicate="intersects"
        )
        # A hexagon cut by the city's border may have its buildings outside: then only area can tell.
        inside = add_to(*share_out(shapes, cells)[::2], total.size) / shapely.area(shapes)
        by_area = (add_to(hexagon, homes.area_m2[building], total.size) <= 0) | (inside < 1 - 1e-6)
        weight = homes.area_m2[building]
        whole = add_to(hexagon, weight, total.size)
        here = ~by_area[hexagon]
        share = weight[here] / whole[hexagon[here]]
        people += add_to(homes.part[building[here]], total[hexagon[here]] * share, len(cells))
    if by_area.any():
        here_by_area, outside = move_amounts(total[by_area], shapes[by_area], cells)
        people += here_by_area
    if people.sum() <= 0 < total.sum():
        raise InputError(
            f"{path.name}: the hexagons and the city do not overlap. Mend the boundary or the source."
        )
    said = f"{total.size} hexagons hold {total.sum():,.1f} people; {people.sum():,.1f} lie inside the city."
    if outside >= LEAST_SAID:
        said += f" {outside:,.1f} of cut hexagons lie outside."
    return people, (*notes, Note(path.name, said))


def _from_table(
    cells: pd.DataFrame, use: SourceUse, path: Path, homes: Homes | None, nest: Nesting
) -> tuple[Counted, tuple[Note, ...]]:
    """Spread people of places over the buildings of the place, else over its land."""
    found, notes = read_values(use, path, nest)
    rows = {code: found[code] for code in leaves(found, nest)}
    held = dict(zip(rows, holder(rows, nest.parent, nest), strict=True))
    units = sorted(set(cells["unit"]))
    # A row of the city by its code, but of no unit, is for the units that have no row: codes of another edition.
    zones = set(holder(units, {place for place in held.values() if place is not None}, nest))
    elsewhere = {code: value for code, value in rows.items() if held[code] not in zones}
    amount: dict[str, float] = {}
    for code, value in rows.items():
        inside = held[code]
        if inside in zones and inside is not None and np.isfinite(value):
            amount[inside] = amount.get(inside, 0.0) + value
    if not amount:
        shown = ", ".join(list(found)[:3])
        raise InputError(
            f"{path.name}: no code is of the city ({shown} ... against {next(iter(nest.parent))}). "
            f"Mend 'columns.code' or 'code_prefix' of source '{use.id}'."
        )
    people, said = spread(cells, amount, homes, nest, path.name)
    lost = [code for code in elsewhere if held[code] is not None]
    notes = (*notes, *said, *_edition_notes(lost, elsewhere, amount, units, path))
    return Counted(people, elsewhere), notes


def _edition_notes(
    lost: list[str], elsewhere: Mapping[str, float], amount: Mapping[str, float], units: list[str], path: Path
) -> list[Note]:
    """Say which codes of the table and of the boundaries do not meet."""
    notes = []
    if lost:
        number = np.nansum([elsewhere[code] for code in lost])
        said = f"{len(lost)} rows ({', '.join(sorted(lost)[:NAMED])}; {number:,.0f} people) match no unit; left outside the city."
        notes.append(Note(path.name, said, "doubt"))
    shared = [place for place in amount if place not in units]
    if shared and len(shared) < len(amount):
        said = f"people of {', '.join(sorted(shared)[:NAMED])} were spread over the units without a row of their own."
        notes.append(Note(path.name, said, "doubt"))
    return notes
