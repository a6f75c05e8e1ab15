"""Methods about amounts on the ground: people, land, streets, exposure, means over people."""

from __future__ import annotations

from typing import Literal

import numpy as np

from citiesforall.core.errors import NoDataError
from citiesforall.core.estimate import CellAmounts, Estimate
from citiesforall.measure.layers import Floats, Layers
from citiesforall.measure.method import method

HALF = 0.5
LEVEL_2 = 2


def _amount(layers: Layers, of: str) -> Floats:
    """Return an amount per part: residents of the group per draw, or a column of the cells."""
    if of == "people":
        return layers.people
    return layers.column(of)[None, :]


@method(measures=("people", "area", "count"), reads=("cells",), level="total")
def total(layers: Layers, *, of: str) -> CellAmounts:
    """Add up residents, land or built-up area.

    Parameters
    ----------
    layers
        The city's layers.
    of
        ``people`` or an amount of the cells (``land_m2``, ``built_m2``, ``open_m2``).

    Returns
    -------
    CellAmounts
        num = the amount, den = 1 per row. [persons, m2]

    Raises
    ------
    NoDataError
        No source gives the amount.
    """
    amount = _amount(layers, of)
    return CellAmounts(amount, np.zeros_like(amount))


@method(
    measures=("people_per_area", "length_per_area", "count_per_area", "share", "area_per_people"),
    reads=("cells",),
)
def amount_per_amount(layers: Layers, *, of: list[str], per: str) -> CellAmounts:
    """Divide one or several amounts on the ground by another: a density, a share of land, land per person.

    Parameters
    ----------
    layers
        The city's layers.
    of
        Amounts added up: ``people``, ``street_m``, ``intersections``, ``open_m2``, ``street_land_m2``, ``built_m2``;
        ``open_urban_m2``, ``street_land_urban_m2`` inside the urban area only.
    per
        Amount divided by: ``land_m2``, ``urban_m2``, ``built_m2``, ``people``.

    Returns
    -------
    CellAmounts
        The two amounts. [SI]

    Raises
    ------
    NoDataError
        No source gives one of them.

    Notes
    -----
    SDG 11.7.1 is open public space plus land allocated to streets over the built-up (urban) area [un_sdg_11_7_1_2021];
    the urban area is the land of the Degree of Urbanisation's urban clusters and centres, all three amounts taken inside
    it; street land is length x the stated width of the class. Densities are per land area, water left out.
    """
    num = _amount(layers, of[0])
    for one in of[1:]:
        num = num + _amount(layers, one)
    den = _amount(layers, per)
    unknown = np.isnan(num) | np.isnan(den)
    num, den = np.broadcast_arrays(num, den)
    if unknown.any():
        num, den = np.where(unknown, 0.0, num), np.where(unknown, 0.0, den)
    return CellAmounts(num, den, estimated=any(one.startswith("street_land") for one in of))


@method(measures="concentration", reads=("cells",), of_people=True)
def weighted_mean(layers: Layers, *, of: str) -> CellAmounts:
    """Average a quantity over residents.

    Parameters
    ----------
    layers
        The city's layers.
    of
        Column of the cells, for instance ``pm25_ug_m3``.

    Returns
    -------
    CellAmounts
        num = residents x quantity, den = residents where it is known.

    Raises
    ------
    NoDataError
        No source gives the quantity.

    Notes
    -----
    SDG 11.6.2: sum(C_i P_i) / sum(P_i); parts without a value are left out of both sums [un_sdg_11_6_2].
    """
    value = layers.drawn.get(of, layers.column(of)[None, :])
    known = ~np.isnan(value[0])
    den = layers.people * known
    return CellAmounts(den * np.where(known, value, 0.0), den, layers.people[0] * ~known)


@method(measures="share", reads=("cells",), of_people=True)
def share_exposed(layers: Layers, *, hazard: str, at_least: float) -> CellAmounts:
    """Count the residents where a hazard is of a class or worse.

    Parameters
    ----------
    layers
        The city's layers.
    hazard
        Column of the cells: ``flood_class`` (1 from 0.15 m, 2 from 0.5 m, 3 from 1 m) or ``hazard_<id>``.
    at_least
        Lowest class counted.

    Returns
    -------
    CellAmounts
        num = residents exposed, den = residents where the hazard is known. [persons]

    Raises
    ------
    NoDataError
        No source gives the hazard.
    """
    value = layers.column(hazard)
    known = ~np.isnan(value)
    den = layers.people * known
    return CellAmounts(den * (np.where(known, value, -1.0) >= at_least), den, layers.people[0] * ~known)


@method(measures="share", reads=("cells",), of_people=True)
def share_in_urban_class(layers: Layers, *, classes: list[int]) -> CellAmounts:
    """Count the residents in some classes of the Degree of Urbanisation, level 2.

    Parameters
    ----------
    layers
        The city's layers.
    classes
        30 urban centre, 23 dense, 22 semi-dense, 21 suburban, 13 rural cluster, 12 low, 11 very low density.

    Returns
    -------
    CellAmounts
        num = residents in them, den = residents. [persons]

    Raises
    ------
    NoDataError
        No grid of people.
    """
    found = layers.column("urban_class")
    known = found > 0
    den = layers.people * known
    return CellAmounts(den * np.isin(found, classes), den, layers.people[0] * ~known)


@method(measures="class", reads=("cells",), level="row", of_people=True)
def urban_class_of_place(layers: Layers, *, level: Literal[1, 2]) -> Estimate:
    """Classify places by the Degree of Urbanisation.

    Parameters
    ----------
    layers
        The city's layers.
    level
        1: 3 city, 2 town or semi-dense, 1 rural. 2: within level 1, its level 2 code.

    Returns
    -------
    Estimate
        num = class, den = 1; not a sum.

    Raises
    ------
    NoDataError
        No grid of people.

    Notes
    -----
    City: at least half of the people in urban centres; town: not a city and at least half in urban clusters (centres
    included); rural otherwise. Level 2 of towns: suburban where more people live in suburban cells than in dense and
    semi-dense clusters together, else the larger of those two; of rural places: the class most people live in
    [degurba_2021]. Whether cells pass the thresholds is taken from the published people, in every draw alike.
    """
    found = layers.column("urban_class").astype(np.int64)
    people = {code: layers.rows(layers.people * (found == code)) for code in (30, 23, 22, 21, 13, 12, 11)}
    whole = np.sum(list(people.values()), axis=0)
    clusters = people[23] + people[22] + people[21]
    first = np.where(people[30] >= HALF * whole, 3, np.where(people[30] + clusters >= HALF * whole, 2, 1))
    out = first.astype(np.float64)
    if level == LEVEL_2:
        town = np.where(people[21] > people[23] + people[22], 21, np.where(people[23] >= people[22], 23, 22))
        rural = np.array([13, 12, 11])[np.argmax(np.stack([people[13], people[12], people[11]]), axis=0)]
        out = np.select([first == 3, first == 2], [np.full_like(out, 30.0), town], rural).astype(np.float64)  # noqa: PLR2004 - level 1 codes
    out = np.where(whole > 0, out, np.nan)
    n = np.array([np.count_nonzero(units) for units in layers.belongs], dtype=np.float64)
    return Estimate(out, np.ones_like(out), n, additive=False)


@method(measures="share", reads=("cells", "streets"), of_people=True)
def share_near_street(layers: Layers, *, within_m: float) -> CellAmounts:
    """Count the residents whose homes lie near a mapped street.

    Parameters
    ----------
    layers
        The city's layers.
    within_m
        Straight distance. [m]

    Returns
    -------
    CellAmounts
        num = residents near, den = residents. [persons]

    Raises
    ------
    NoDataError
        No home is joined to any street: there is no map of streets, which is another thing than a map with gaps.

    Notes
    -----
    Where homes stand far from every mapped street, streets are missing from the map: the lower this share, the less
    the access figures can be trusted. It sees gaps, not single missing paths.
    """
    if not np.isfinite(layers.leg_m).any():
        raise NoDataError("the city has no map of streets")
    return CellAmounts(layers.people * (layers.leg_m <= within_m), layers.people)


@method(measures="share", reads=("streets",), level="row")
def fact(layers: Layers, *, name: str) -> Estimate:
    """Report a figure about a source itself, for the city as a whole.

    Parameters
    ----------
    layers
        The city's layers.
    name
        ``street_classes_share`` (classes of walkable street the file holds, of those expected),
        ``largest_component_share`` (street length in the largest connected part).

    Returns
    -------
    Estimate
        num = the figure, den = 1 in the city's row; nan in others. [share]

    Raises
    ------
    NoDataError
        The figure is not known.
    """
    if name not in layers.facts:
        raise NoDataError(f"the sources do not give '{name}'")
    R = layers.belongs.shape[0]
    city = layers.belongs.all(axis=1)
    out: Floats = np.where(city, layers.facts[name], np.nan).astype(np.float64)[None, :]
    return Estimate(out, np.ones((1, R)), np.asarray(city, dtype=np.float64), additive=False)
