"""Residents of places without a grid: one cell part for each unit, from tables, rescaled to the census."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.core.codes import country
from citiesforall.core.errors import InputError
from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.core.place import children, gazetteer
from citiesforall.core.tables import write_parquet
from citiesforall.gather.making import crs_of, places_of
from citiesforall.gather.people import Given, read_totals, read_values
from citiesforall.gather.register_places import Where, flow, raise_foreign, where_of
from citiesforall.gather.totals import nesting, rescale

Floats = npt.NDArray[np.float64]
FAR_FACTOR = 8.0
"""A count farther than this from what a second source says, after both are brought to one scale, cannot be right (ours)."""
LEAST_MATCHED = 0.5
NAMED = 8
STEP = 2.0**-12
"""What residents are rounded to, so that every sum of them is exact: below a quarter of a thousandth of a person."""
BLOCK_M = 1_000.0
"""Places without a position stand this far apart for each step of their code, so that each errs for itself."""


def make_unit_homes(given: Inputs, folder: Path) -> dict[str, Any]:
    """Put residents on the units of a city that has no grid.

    Parameters
    ----------
    given
        With sources of people (tables; the first counts, a second checks and fills where it lacks) and totals, and places.
    folder
        Where ``homes.parquet`` and ``shapes.parquet`` (the units' shapes, in the same order) go.

    Returns
    -------
    dict
        What to remember.

    Raises
    ------
    InputError
        A source of people is no table, or is of another place.
    """
    places = places_of(given)
    where = where_of(places, given.city.place.edition)
    units = places[places["place"].isin(where.units)].sort_values("place", ignore_index=True)
    people, notes = _people(given, list(units["place"]), where)
    nest = nesting(places)
    scaled = units[["place"]].assign(rescale_unit="", rescale_share=1.0)
    if totals := given.files.get("totals"):
        known, said = read_totals(Given(*totals[0]), nest)
        done, more = rescale(people, units["place"].to_numpy(dtype=object), {}, known, nest)
        people = rounded_to_totals(done.people, done.unit, known)
        scaled = scaled.assign(rescale_unit=done.unit, rescale_share=done.share)
        notes += [*said, *more]
    notes.append(Note("people", f"{np.nansum(people):,.0f} people live in {len(units)} units."))
    table = _cells(units, people, scaled)
    shapes = table[["cell", "unit"]].assign(geometry=units["geometry"].to_numpy())
    for frame, name in ((shapes, "shapes.parquet"), (table, "homes.parquet")):
        write_parquet(frame, folder / name, {"crs": crs_of(given)})
    from citiesforall.gather.cell_layer import years_of  # noqa: PLC0415 - it calls this module

    columns = {"people": given.ids("people", "totals"), "land_m2": given.done["places"].info["sources"]}
    return remember(notes, given.ids("people", "totals"), columns=columns, years=years_of(given))


def _cells(units: pd.DataFrame, people: Floats, scaled: pd.DataFrame) -> pd.DataFrame:
    """Return one part for each unit."""
    number = pd.to_numeric(units["place"].str.replace(r"\D", "", regex=True)).to_numpy(dtype=np.int64)
    point = shapely.point_on_surface(shapely.from_wkb(units["geometry"].to_numpy(dtype=object)))
    x, y = shapely.get_x(point), shapely.get_y(point)
    nowhere = np.isnan(x)
    return pd.DataFrame(
        {
            "cell": number,
            "unit": units["place"].to_numpy(dtype=object),
            "x": np.where(nowhere, -number * BLOCK_M, x),
            "y": np.where(nowhere, 0.0, y),
            "area_m2": units["area_m2"].to_numpy(dtype=np.float64),
            "land_m2": units["area_m2"].to_numpy(dtype=np.float64),
            "people": people,
            "rescale_unit": scaled["rescale_unit"],
            "rescale_share": scaled["rescale_share"],
        }
    )


def _people(given: Inputs, units: list[str], where: Where) -> tuple[Floats, list[Note]]:
    """Return the residents of the units before they are rescaled."""
    counts, notes = list[Floats](), list[Note]()
    nest = nesting(places_of(given))
    for use, paths in given.files["people"]:
        if use.format != "table":
            raise InputError(
                f"{use.id}: places without shapes need people as a table. Give one, or a boundary file."
            )
        found, said = read_values(use, paths[0], nest)
        notes += said
        counts.append(_at_units(found, units, where, use.edition or "", paths[0].name))
    people = counts[0]
    for other, (use, _) in zip(counts[1:], given.files["people"][1:], strict=True):
        people, doubts = checked_by(people, other, units, use.id)
        notes += doubts
    people, doubts = by_villages(people, units, where)
    return people, [*notes, *doubts]


def _at_units(found: Mapping[str, float], units: list[str], where: Where, edition: str, file: str) -> Floats:
    """Bring counts by code to the units, split places by share; nan where none is known. (U,)"""
    listed = list(found)
    went = flow(listed, edition, where, None)
    raise_foreign(went, listed, file, where, LEAST_MATCHED)
    values = np.array([found[code] for code in listed])[went.row] * went.share
    summed = np.bincount(went.place, weights=values, minlength=len(went.codes))
    return pd.Series(summed, index=list(went.codes)).reindex(units).to_numpy(dtype=np.float64)


def checked_by(people: Floats, other: Floats, units: list[str], source: str) -> tuple[Floats, list[Note]]:
    """Hold a count against a second one: fill what it lacks, and replace what cannot be right.

    Parameters
    ----------
    people, other
        Of the units; nan where unknown. The second may count something else (households). (U,)
    units
        Their codes.
    source
        Id of the second source.

    Returns
    -------
    tuple
        People, and notes that name every unit replaced or filled.

    Notes
    -----
    The second is brought to the scale of the first by the median of their ratios. Where the first is more than 8 times
    that, or less than an eighth, a wrong row was joined to the place; the second, scaled, is taken.
    """
    both = (people > 0) & (other > 0)
    scale = float(np.median(people[both] / other[both])) if both.any() else np.nan
    expected = other * scale
    with np.errstate(divide="ignore", invalid="ignore"):
        far = both & ((people > FAR_FACTOR * expected) | (people * FAR_FACTOR < expected))
    fill = np.isnan(people) & (expected > 0)
    notes = []
    if far.any():
        listed = ", ".join(
            f"{units[at]} ({people[at]:,.0f} against {expected[at]:,.0f})"
            for at in np.flatnonzero(far)[:NAMED]
        )
        said = f"{int(far.sum())} counts of people cannot be right beside {source}, which was taken there: {listed}."
        notes.append(Note("people", said, "doubt"))
    if fill.any():
        listed = ", ".join(units[at] for at in np.flatnonzero(fill)[:NAMED])
        notes.append(
            Note("people", f"{int(fill.sum())} units take their people from {source}: {listed}.", "repair")
        )
    return np.where(far | fill, expected, people), notes


def by_villages(people: Floats, units: list[str], where: Where) -> tuple[Floats, list[Note]]:
    """Estimate people of units no source knows by their villages, as many in each as in the district.

    Parameters
    ----------
    people
        Of the units; nan where unknown. (U,)
    units
        Their codes.
    where
        The city's places.

    Returns
    -------
    tuple
        People, and notes that name the units. A unit in which the gazetteer lists no village has nobody.
    """
    here = country(where.country_code)
    unknown = np.flatnonzero(np.isnan(people))
    if here is None or where.edition != here.edition or not unknown.size:
        return people, []
    listed = gazetteer(where.edition)
    villages = np.array(
        [len(children(listed, one)) if one in listed.places else 0 for one in units], np.float64
    )
    out, parent = people.copy(), np.array([str(where.parent[one]) for one in units])
    for at in unknown:
        near = (parent == parent[at]) & ~np.isnan(people) & (villages > 0)
        if villages[at] == 0:
            out[at] = 0.0
        elif near.any():
            out[at] = villages[at] * people[near].sum() / villages[near].sum()
    done = [units[at] for at in unknown if out[at] > 0]
    empty = [units[at] for at in unknown if out[at] == 0]
    notes = []
    if done:
        said = f"no source gives people of {len(done)} units ({', '.join(done[:NAMED])}): estimated by villages of the district."
        notes.append(Note("people", said, "doubt"))
    if empty:
        said = f"{', '.join(empty[:NAMED])}: no source gives people and the gazetteer no village; taken as without residents."
        notes.append(Note("people", said, "doubt"))
    return out, notes


def rounded_to_totals(people: Floats, group: npt.NDArray[np.object_], totals: Mapping[str, float]) -> Floats:
    """Round residents so that the places of a census unit add up to its total to the last digit, in whatever order.

    Parameters
    ----------
    people
        Of the places, rescaled; nan where unknown. (U,)
    group
        Census unit of each place, empty where none. (U,)
    totals
        Census unit -> people.

    Returns
    -------
    ndarray
        Whole multiples of 2^-12. (U,)

    Notes
    -----
    Every place is rounded down, and the steps left over go to those that lost most, the first by code where equal (largest
    remainders). Sums of such multiples below 2^40 people are exact in a float64, so they do not depend on their order.
    """
    steps = people / STEP
    out = np.floor(steps)
    for unit in sorted({str(one) for one in group} - {""}):
        here = np.flatnonzero((group == unit) & np.isfinite(people))
        left = round(totals[unit] / STEP) - int(out[here].sum())
        if 0 <= left <= here.size:
            most = here[np.argsort(out[here] - steps[here], kind="stable")][:left]
            out[most] += 1
    free = (group == "") & np.isfinite(people)
    out[free] = np.round(steps[free])
    return out * STEP


def is_without_shapes(given: Inputs) -> bool:
    """Tell whether the city's places are of a gazetteer, without a grid."""
    return any(use.format == "gazetteer" for use in given.city.of("boundaries"))
