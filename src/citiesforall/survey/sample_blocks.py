"""The list a sample is drawn from: blocks of about a hundred households, made of cells or of whole places."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.survey.sample_design import Floats, curve_order, strata_by_quantile

COLUMNS = ("block", "place", "name", "name_km", "households", "x", "y", "part")
"""Of a frame: one row a block; ``part`` is a list of positions of the cells it is made of, None for a whole place."""
MIN_SHARE = 0.5
"""A last block smaller than this share of the wanted size joins the one before."""
DENSITY_CLASSES = ("sparse", "middle", "dense")
POVERTY_CLASSES = ("less_poor", "poorer")


def blocks_of_cells(
    cells: pd.DataFrame, places: pd.DataFrame, households: Floats, block_size: float
) -> pd.DataFrame:
    """Make blocks of neighbouring cells, each inside one unit.

    Parameters
    ----------
    cells
        Columns ``unit, x, y``, one row a cell part. (C)
    places
        Columns ``place, name, name_km``.
    households
        Of each cell part. (C,)
    block_size
        Households wanted in a block.

    Returns
    -------
    pandas.DataFrame
        `COLUMNS`; blocks are numbered inside each unit along a Hilbert curve.

    Notes
    -----
    A block stands for an enumeration area where a city has no list of them: its people are modelled, so interviewers list
    its households before they draw.
    """
    names = places.set_index("place")[["name", "name_km"]]
    rows = []
    units = cells["unit"].to_numpy(dtype=object)
    xy = cells[["x", "y"]].to_numpy(np.float64)
    for unit in sorted(set(units)):
        here = np.flatnonzero((units == unit) & (households > 0))
        if not here.size:
            continue
        here = here[curve_order(*xy[here].T)]
        for number, part in enumerate(_cut(households[here], block_size), start=1):
            inside = here[part]
            weight = households[inside]
            x, y = np.average(xy[inside], axis=0, weights=weight).tolist()
            name, name_km = (names.loc[unit, word] for word in ("name", "name_km"))
            size = float(weight.sum())
            rows.append((f"{unit}-{number:03d}", unit, name, name_km, size, x, y, tuple(inside.tolist())))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _cut(households: Floats, block_size: float) -> list[npt.NDArray[np.intp]]:
    """Cut a list of cells into runs of about the wanted size."""
    n = max(1, int(households.sum() / block_size + MIN_SHARE))
    middle = np.cumsum(households) - households / 2
    block = np.minimum((middle / households.sum() * n).astype(np.int64), n - 1)
    return [np.flatnonzero(block == one) for one in np.unique(block)]


def blocks_of_places(places: pd.DataFrame, households: Floats) -> pd.DataFrame:
    """Make every place a block of its own: a village or commune is drawn, and its households listed.

    Parameters
    ----------
    places
        Columns ``place, name, name_km, x, y``; ``x`` and ``y`` may be unknown.
    households
        Of each; places without, or of an unknown number, are left out. (P,)
    """
    has = households > 0
    kept = places[has]
    words = {word: kept[word].to_numpy() for word in ("place", "name", "name_km")}
    at = {axis: kept[axis].to_numpy(np.float64) for axis in ("x", "y")}
    frame = pd.DataFrame({"block": words["place"], **words, "households": households[has], **at})
    return frame.assign(part=None)[list(COLUMNS)]


def strata_of(density: Floats, poor_share: Floats, households: Floats, n_density: int) -> list[str]:
    """Name the stratum of each place: how densely it is lived in, and whether its poor households are many.

    Parameters
    ----------
    density
        People per land area; nan where unknown. (P,)
    poor_share
        Share of poor households by a register; nan where unknown. (P,) [share]
    households
        Of each place. (P,)
    n_density
        Groups by density, one to three.

    Returns
    -------
    list of str
        For instance ``dense_poorer``; ``all`` where nothing is known of the places.
    """
    by_density = np.array(
        _classes(density, households, DENSITY_CLASSES[-n_density:] if n_density > 1 else ())
    )
    found = np.full(density.size, "", dtype=object)
    for word in np.unique(by_density):
        same = np.flatnonzero(by_density == word)
        for number, poverty in zip(
            same.tolist(), _classes(poor_share[same], households[same], POVERTY_CLASSES), strict=True
        ):
            found[number] = "_".join(part for part in (str(word), poverty) if part) or "all"
    return [str(word) for word in found]


def _classes(value: Floats, size: Floats, words: tuple[str, ...]) -> list[str]:
    """Return the class of each place; empty words where nothing parts them."""
    known = np.isfinite(value)
    if not words or np.unique(value[known]).size < len(words):
        return [""] * value.size
    return [words[number] for number in strata_by_quantile(value, size, len(words)).tolist()]
