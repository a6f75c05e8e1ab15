"""What the index is made of: seven dimensions, their items, the indicators that answer each item, and all weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citiesforall.core.errors import DeclarationError, did_you_mean, raise_all
from citiesforall.core.estimate import Floats
from citiesforall.core.framework import answered_by, framework
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.diagnose.normalise import Posts, posts_of

Ints = npt.NDArray[np.int64]

PROFILE = "human_security"


@dataclass(frozen=True)
class Design:
    """Hold what the index is made of.

    Parameters
    ----------
    dimensions
        The seven of human security. (D,)
    items
        Codes of the profile, ``EC1`` to ``PO7``. (J,)
    dimension_of
        Position of each item's dimension. (J,)
    indicators
        Ids that answer an item and have goalposts; one that answers two items stands twice. (I,)
    item_of
        Position of each indicator's item. (I,)
    posts
        Goalposts of the indicators.
    of_groups
        Whether an indicator can be asked of groups. (I,)
    weights
        Of the dimensions; they add up to 1. (D,)
    """

    dimensions: tuple[str, ...]
    items: tuple[str, ...]
    dimension_of: Ints
    indicators: tuple[str, ...]
    item_of: Ints
    posts: Posts
    of_groups: npt.NDArray[np.bool_]
    weights: Floats

    def item_weights(self) -> Floats:
        """Return each item's share of its dimension: equal. (J,)"""
        return 1.0 / np.bincount(self.dimension_of, minlength=len(self.dimensions))[self.dimension_of]

    def indicator_weights(self) -> Floats:
        """Return each indicator's share of its dimension where every indicator of its item is known. (I,)"""
        beside = np.bincount(self.item_of, minlength=len(self.items))[self.item_of]
        return self.item_weights()[self.item_of] / beside


def make_design(
    weights: Mapping[str, float] | None = None, declared: Mapping[str, Indicator] | None = None
) -> Design:
    """Return what the index of a city is made of.

    Parameters
    ----------
    weights
        Of the dimensions, in any scale; a dimension not named has weight 1; equal where None.
    declared
        Indicators by id; those of the package where None.

    Returns
    -------
    Design
        The design.

    Raises
    ------
    DeclarationError
        A weight is of no dimension, below 0, no finite number, or all are 0.

    Notes
    -----
    Nested equal weights (OECD/JRC handbook, step 6): dimension, item, indicator. So a dimension with thirty indicators of one
    source weighs as much as one with six, and three ways to ask for the same thing weigh as one. Only indicators that answer an
    item of the profile count; all others are scored and shown beside.
    """
    known = indicators() if declared is None else declared
    profile = framework(PROFILE)
    dimensions = tuple(profile.parts)
    items = tuple(profile.items)
    pairs = [
        (key, items.index(code))
        for code, keys in answered_by(profile, dict(known)).items()
        for key in keys
        if known[key].goalposts is not None
    ]
    return Design(
        dimensions,
        items,
        np.array([dimensions.index(profile.items[code].part) for code in items], np.int64),
        tuple(key for key, _ in pairs),
        np.array([at for _, at in pairs], np.int64),
        posts_of([known[key] for key, _ in pairs]),
        np.array([known[key].groups for key, _ in pairs], np.bool_),
        dimension_weights(weights or {}, dimensions),
    )


def dimension_weights(given: Mapping[str, float], dimensions: tuple[str, ...]) -> Floats:
    """Return weights that add up to 1.

    Parameters
    ----------
    given
        Of the city file.
    dimensions
        The seven. (D,)

    Returns
    -------
    ndarray
        (D,)

    Raises
    ------
    DeclarationError
        Carrying every fault.
    """
    faults = [
        f"weights.{key}: there is no such dimension. {did_you_mean(key, dimensions)}"
        for key in given
        if key not in dimensions
    ]
    faults += [
        f"weights.{key}: {value:g} is given. A weight is a finite number of 0 or more. Correct it."
        for key, value in given.items()
        if key in dimensions and not (np.isfinite(value) and value >= 0)
    ]
    out = np.array([float(given.get(name, 1.0)) for name in dimensions])
    if not faults and out.sum() <= 0:
        faults.append("weights: every dimension has weight 0. Give at least one more than 0.")
    raise_all(faults, DeclarationError)
    return np.asarray(out / out.sum(), np.float64)
