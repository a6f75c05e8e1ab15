"""Degree of Urbanisation, levels 1 and 2, on the 1 km World Mollweide grid.

Source: Applying the Degree of Urbanisation, a methodological manual, 2021 edition (EU, FAO, UN-Habitat, OECD, World
Bank); codes of the classes as in GHS-SMOD.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Transformer
from scipy import ndimage

from citiesforall.core.notes import Note
from citiesforall.gather.cutting import Floats
from citiesforall.gather.grid import add_to

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Classes = npt.NDArray[np.int16]
Test = Literal["before", "after"]

MOLLWEIDE = "ESRI:54009"
SIDE_M = 1000.0
HIGH_KM2, MODERATE_KM2, LOW_KM2 = 1500.0, 300.0, 50.0  # residents per km2 of land
CENTRE_PEOPLE, CLUSTER_PEOPLE, VILLAGE_PEOPLE = 50_000.0, 5_000.0, 500.0
GAP_KM2 = 15  # holes smaller than this are filled
MAJORITY = 5  # of eight neighbours
APART_KM = 2  # a semi-dense cluster lies at least so far from dense ones
WATER_LAND_KM2 = 0.5  # less land than this, and nobody, is water
ROOK = ndimage.generate_binary_structure(2, 1)
QUEEN = ndimage.generate_binary_structure(2, 2)

CENTRE, DENSE, SEMI_DENSE, SUBURBAN, VILLAGE, LOW, VERY_LOW, WATER = 30, 23, 22, 21, 13, 12, 11, 10
LEAST_KNOWN_KM2 = 0.25
"""Land below which the density of a border cell's sliver is not believed (ours)."""


@dataclass(frozen=True)
class Centres:
    """Hold urban centres.

    Parameters
    ----------
    number
        Which centre a cell belongs to, 0 none. (rows, cols)
    n_flips
        Clusters that are a centre by one order of the population test and none by the other.
    """

    number: Ints
    n_flips: int


def density_km2(people: Floats, land_km2: Floats) -> Floats:
    """Return residents per km2 of land; where no land is known, per km2 of cell.

    Parameters
    ----------
    people, land_km2
        Of the 1 km cells. (rows, cols)

    Returns
    -------
    ndarray
        Density. (rows, cols) [persons/km2]
    """
    return np.asarray(people / np.where(land_km2 > 0, land_km2, 1.0), np.float64)


def sums_of(number: Ints, amount: Floats) -> Floats:
    """Add an amount up by cluster.

    Parameters
    ----------
    number
        Cluster of each cell, 0 none. (rows, cols)
    amount
        Of each cell. (rows, cols)

    Returns
    -------
    ndarray
        Sums by cluster number; position 0 is what belongs to none.
    """
    return add_to(number.ravel(), amount.ravel(), int(number.max(initial=0)) + 1)


def urban_centres(people: Floats, land_km2: Floats, test: Test = "before") -> Centres:
    """Find urban centres.

    Parameters
    ----------
    people, land_km2
        Of the 1 km cells. (rows, cols)
    test
        Whether a cluster must have 50,000 people ``before`` or ``after`` its gaps are filled.

    Returns
    -------
    Centres
        Their cells.

    Notes
    -----
    Cells of at least 1,500 residents per km2 of land that touch by a side; holes under 15 km2 are filled; then cells with at
    least five of eight neighbours in one and the same centre join it, until none does. The manual's text can be read either
    way as to when the 50,000 are counted; clusters for which it matters are counted as flips. A hole that meets the outside
    only at a corner counts as a hole.
    """
    raw, n_clusters = ndimage.label(density_km2(people, land_km2) >= HIGH_KM2, structure=ROOK)
    total, boxes = sums_of(raw, people), ndimage.find_objects(raw)
    number = np.zeros(people.shape, np.int64)
    n_flips = 0
    # The largest first, so that a cell two centres could claim goes to the same one every time.
    for one in sorted(range(1, n_clusters + 1), key=lambda cluster: (-total[cluster], cluster)):
        box = boxes[one - 1]
        whole = _smoothed(_gaps_filled(raw[box] == one), number[box] > 0)
        before, after = total[one] >= CENTRE_PEOPLE, people[box][whole].sum() >= CENTRE_PEOPLE
        n_flips += bool(before != after)
        if before if test == "before" else after:
            number[box][whole & (number[box] == 0)] = one
    return Centres(number, n_flips)


def _gaps_filled(cluster: Bools) -> Bools:
    """Fill the holes of a cluster that are smaller than 15 km2."""
    holes, n_holes = ndimage.label(ndimage.binary_fill_holes(cluster) & ~cluster, structure=ROOK)
    small = np.bincount(holes.ravel(), minlength=n_holes + 1) < GAP_KM2
    small[0] = False
    filled: Bools = cluster | small[holes]
    return filled


def _smoothed(cluster: Bools, taken: Bools) -> Bools:
    """Add cells with a majority of neighbours in the cluster, until none is left; it cannot grow beyond its box."""
    around = QUEEN.astype(np.int64)
    around[1, 1] = 0
    while True:
        joins = (
            ~cluster
            & ~taken
            & (ndimage.convolve(cluster.astype(np.int64), around, mode="constant") >= MAJORITY)
        )
        if not joins.any():
            return cluster
        cluster = cluster | joins


def classify(people: Floats, land_km2: Floats, test: Test = "before") -> tuple[Classes, int]:
    """Give every 1 km cell its class of level 2.

    Parameters
    ----------
    people, land_km2
        Of the cells of an equal-area 1 km grid. (rows, cols)
    test
        See ``urban_centres``.

    Returns
    -------
    tuple
        Codes 30, 23, 22, 21, 13, 12, 11, 10 (rows, cols), and the number of flips.

    Notes
    -----
    23: touching by a side, 1,500/km2, 5,000 people or more. 21 and 22: touching by side or corner, 300/km2, 5,000 people
    or more; 22 where the cluster holds no cell of 30 or 23 and lies at least 2 km from all of them. 13: the same with 500 to
    5,000 people. 12: 50/km2. 10: under half a km2 of land, nobody.
    """
    centres = urban_centres(people, land_km2, test)
    centre = centres.number > 0
    density = density_km2(people, land_km2)
    found = np.where(density >= LOW_KM2, LOW, VERY_LOW).astype(np.int16)
    found[(land_km2 < WATER_LAND_KM2) & (people <= 0)] = WATER
    dense_number, _ = ndimage.label((density >= HIGH_KM2) & ~centre, structure=ROOK)
    dense = (sums_of(dense_number, people) >= CLUSTER_PEOPLE)[dense_number] & (dense_number > 0)
    number, _ = ndimage.label((density >= MODERATE_KM2) | centre, structure=QUEEN)
    total = sums_of(number, people)
    near = ndimage.binary_dilation(centre | dense, structure=QUEEN, iterations=APART_KM)
    touched = np.bincount(number.ravel(), weights=near.ravel(), minlength=total.size) > 0
    of_cluster = np.full(total.size, 0, np.int16)
    of_cluster[(total >= VILLAGE_PEOPLE) & (total < CLUSTER_PEOPLE)] = VILLAGE
    of_cluster[total >= CLUSTER_PEOPLE] = np.where(touched, SUBURBAN, SEMI_DENSE)[total >= CLUSTER_PEOPLE]
    of_cluster[0] = 0
    clustered = of_cluster[number]
    found = np.where(clustered > 0, clustered, found)
    found[dense], found[centre] = DENSE, CENTRE
    return found.astype(np.int16), centres.n_flips


def add_urban_class(
    cells: pd.DataFrame, crs: str, test: Test = "before"
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Add ``urban_class``: the level 2 code of the 1 km World Mollweide cell each part's people live in.

    Parameters
    ----------
    cells
        With ``x``, ``y``, ``people`` and ``land_m2``.
    crs
        Metric reference system of ``x`` and ``y``.
    test
        See ``urban_centres``.

    Returns
    -------
    tuple
        Cells with ``urban_class`` (0 where no residents of the 1 km cell are known), and notes.

    Notes
    -----
    A part belongs to the 1 km cell its point lies in, so that everybody is counted once. Land and people outside the city
    are not known: clusters that go on outside are cut. A 1 km cell of which less than `LEAST_KNOWN_KM2` of land lies inside
    takes the class of the fuller neighbour with most people, for the density of a sliver says little.
    A nominal km2 of the grid is 0.993 km2 of ground at the equator; land is taken on the ground.
    """
    x, y = Transformer.from_crs(crs, MOLLWEIDE, always_xy=True).transform(
        cells["x"].to_numpy(), cells["y"].to_numpy()
    )
    col, row = np.floor(x / SIDE_M).astype(np.int64), np.floor(y / SIDE_M).astype(np.int64)
    col, row = col - col.min(), row - row.min()
    shape = (int(row.max()) + 1, int(col.max()) + 1)
    at = row * shape[1] + col
    people = cells["people"].to_numpy()
    total = add_to(at, np.nan_to_num(people), shape[0] * shape[1]).reshape(shape)
    land = add_to(at, cells["land_m2"].to_numpy() / 1e6, total.size).reshape(shape)
    found, n_flips = classify(total, land, test)
    found = _slivers_as_neighbours(found, total, land)
    known = add_to(at, np.isfinite(people).astype(np.float64), total.size) > 0
    urban = np.where(known[at], found.ravel()[at], 0).astype(np.int16)
    assert abs(total.sum() - np.nansum(people)) <= 1e-6 * max(total.sum(), 1.0), (
        "people were lost on the way to 1 km"
    )
    return cells.assign(urban_class=urban), tuple(_notes(found, total, n_flips, test))


def _slivers_as_neighbours(found: Classes, people: Floats, land_km2: Floats) -> Classes:
    """Give cells of which little is known the class of the fuller neighbour with most people, where there is one."""
    full = land_km2 >= LEAST_KNOWN_KM2
    mended = found.copy()
    for row, col in np.argwhere((land_km2 > 0) & ~full):
        around = (slice(max(row - 1, 0), row + 2), slice(max(col - 1, 0), col + 2))
        weight = np.where(full[around], people[around], -1.0)
        if weight.max() >= 0:
            mended[row, col] = found[around].ravel()[weight.argmax()]
    return mended


def _notes(found: Classes, people: Floats, n_flips: int, test: Test) -> list[Note]:
    """Say what was found and how far to trust it."""
    where = "degree of urbanisation"
    in_centre = float(people[found == CENTRE].sum())
    notes = [
        Note(where, f"{in_centre:,.0f} of {people.sum():,.0f} people live in urban centres (1 km cells)."),
        Note(
            where,
            "the surroundings of the city are not known; clusters cut by its border may be classed otherwise.",
            "doubt",
        ),
    ]
    if n_flips:
        said = f"{n_flips} clusters are urban centres by one order of the population test only; '{test}' was used."
        notes.append(Note(where, said, "doubt"))
    return notes
