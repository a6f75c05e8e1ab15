"""From scores of indicators to items, dimensions and one number, on arrays: places and draws stand in front."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from citiesforall.core.estimate import Floats
from citiesforall.diagnose.index_design import Design, Ints

Bools = npt.NDArray[np.bool_]

FLOOR = 1.0
"""Least a dimension counts in the geometric mean [points]: one zero would hide the other six."""
DIGITS = 12
"""Of a share of weight: eight eighths are 1, not a hair less."""
AGGREGATIONS = ("geometric", "arithmetic", "minimum")


def item_scores(scores: Floats, item_of: Ints, n_items: int) -> Floats:
    """Return the mean of the known indicators of each item.

    Parameters
    ----------
    scores
        nan where missing. (..., I) [points]
    item_of
        Position of each indicator's item. (I,)
    n_items
        J.

    Returns
    -------
    ndarray
        nan where no indicator of an item is known. (..., J) [points]
    """
    out = np.full((*scores.shape[:-1], n_items), np.nan)
    for item in np.unique(item_of):
        mine = scores[..., item_of == item]
        known = ~np.isnan(mine)
        n = known.sum(axis=-1)
        total = np.where(known, mine, 0.0).sum(axis=-1)
        out[..., item] = np.divide(total, n, out=np.full(total.shape, np.nan), where=n > 0)
    return out


def dimension_scores(items: Floats, weights: Floats, dimension_of: Ints, n_dimensions: int) -> Floats:
    """Return the weighted mean of the known items of each dimension.

    Parameters
    ----------
    items
        nan where missing. (..., J) [points]
    weights
        Of the items inside their dimension, of a shape that broadcasts. (..., J)
    dimension_of
        Position of each item's dimension. (J,)
    n_dimensions
        D.

    Returns
    -------
    ndarray
        nan where no item is known. (..., D) [points]
    """
    known = ~np.isnan(items)
    weighted, counted = np.where(known, items, 0.0) * weights, known * weights
    shape = (*np.broadcast_shapes(items.shape, counted.shape)[:-1], n_dimensions)
    total, weight = np.zeros(shape), np.zeros(shape)
    for at in range(n_dimensions):
        # Not a product of matrices: the order of a sum must not hang on threads.
        mine = dimension_of == at
        total[..., at], weight[..., at] = weighted[..., mine].sum(axis=-1), counted[..., mine].sum(axis=-1)
    mean: Floats = np.divide(total, weight, out=np.full(shape, np.nan), where=weight > 0)
    return mean


def aggregated(dimensions: Floats, weights: Floats, how: str) -> Floats:
    """Return one number from the dimensions.

    Parameters
    ----------
    dimensions
        nan where missing: left out, and the weights of the others scaled up. (..., D) [points]
    weights
        Of a shape that broadcasts; a dimension of weight 0 counts for nothing. (..., D)
    how
        ``geometric``, ``arithmetic`` or ``minimum``.

    Returns
    -------
    ndarray
        nan where no dimension is known. (...) [points]

    Notes
    -----
    Geometric: ``exp(sum w ln max(d, 1) / sum w)``. What one dimension lacks cannot be made up for by another at full rate, as it
    can in the arithmetic mean; in the minimum it cannot at all.
    """
    counts = ~np.isnan(dimensions) & (weights > 0)
    if how == "minimum":
        least: Floats = np.where(counts, dimensions, np.inf).min(axis=-1)
        return np.where(np.isinf(least), np.nan, least)
    raw = np.where(counts, dimensions, 1.0)
    term = np.log(np.maximum(raw, FLOOR)) if how == "geometric" else raw
    share = counts * weights
    total = share.sum(axis=-1)
    mean: Floats = np.divide(
        (term * share).sum(axis=-1), total, out=np.full(total.shape, np.nan), where=total > 0
    )
    return np.asarray(np.exp(mean)) if how == "geometric" else mean


def coverage_of(known: Bools, design: Design) -> tuple[Floats, Floats]:
    """Say which share of each item and dimension is known.

    Parameters
    ----------
    known
        Whether an indicator has a value. (..., I)
    design
        What the index is made of.

    Returns
    -------
    tuple
        Of items: whether any of its indicators is known (..., J); of dimensions: share of weight (..., D).
    """
    of_item = np.zeros((*known.shape[:-1], len(design.items)), np.bool_)
    for at, item in enumerate(design.item_of):
        of_item[..., item] |= known[..., at]
    belongs = (design.dimension_of[:, None] == np.arange(len(design.dimensions))).astype(np.float64)
    return of_item.astype(np.float64), np.round((of_item * design.item_weights()) @ belongs, DIGITS)


def own_share(own: Bools, known: Bools, design: Design) -> Floats:
    """Return the share of each dimension's weight that is the place's own, not taken over. (..., D)

    Parameters
    ----------
    own, known
        Whether a value is the place's own; whether there is any. (..., I)
    design
        What the index is made of.
    """
    told = np.where(known, own.astype(np.float64), np.nan)
    of_item = np.nan_to_num(item_scores(told, design.item_of, len(design.items)))
    belongs = (design.dimension_of[:, None] == np.arange(len(design.dimensions))).astype(np.float64)
    share: Floats = np.round((of_item * design.item_weights()) @ belongs, DIGITS)
    return share
