"""Food insecurity on FAO's global scale: a survey's Rasch scale equated to the standard, and what each raw score then means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from citiesforall.core.errors import NoDataError
from citiesforall.estimation.rasch import Rasch, fit, given
from citiesforall.estimation.scales import FIES_ITEMS, fies_raw

Floats = npt.NDArray[np.float64]

GLOBAL_STANDARD = np.array(
    [-1.2230564, -0.8471210, -1.1056616, 0.3509848, -0.3117999, 0.5065051, 0.7546138, 1.8755353]
)
"""Severities of `FIES_ITEMS` on the global standard of FAO's Voices of the Hungry, surveys of 2014-2016 [rm_weights_2018]."""
MODERATE, SEVERE = FIES_ITEMS.index("ATELESS"), FIES_ITEMS.index("WHLDAY")
"""Items of the standard at whose severity moderate and severe food insecurity begin [cafiero_2018]."""
TOLERANCE, MOST_UNIQUE = 0.35, 3
"""An item farther than this from the standard is of its own in this survey; no more than three may be [rm_weights_2018]."""
POOR_FIT = 1.5
"""Infit above which an item does not measure what the others do [nord_2014]."""


@dataclass(frozen=True)
class Equated:
    """Hold how a survey's scale lies on the standard: standard = shift + scale x local.

    Parameters
    ----------
    scale, shift
        Of the line.
    common
        Items that hold the same place on both. (k,)
    distance
        Of each item from its place on the standard, after equating. (k,) [logit]
    """

    scale: float
    shift: float
    common: npt.NDArray[np.bool_]
    distance: Floats


@dataclass(frozen=True)
class FoodInsecurity:
    """Hold what the eight answers of each household say.

    Parameters
    ----------
    raw
        Number of yes. (H,)
    moderate_severe, severe
        Chance that the household is moderately or severely, and severely, food insecure; nan where an answer lacks. (H,)
    by_score
        The same chances by raw score. (9, 2)
    model, equated
        The scale and its place on the standard.
    doubts
        Sentences for the reader; empty where all is well.
    """

    raw: Floats
    moderate_severe: Floats
    severe: Floats
    by_score: Floats
    model: Rasch
    equated: Equated
    doubts: tuple[str, ...]


def food_insecurity(answers: Floats, weight: Floats | None = None) -> FoodInsecurity:
    """Score the eight answers by the Rasch model on FAO's global standard.

    Parameters
    ----------
    answers
        1 yes, 0 no, nan not known, in the order of `scales.FIES_ITEMS`. (H, 8)
    weight
        Sampling weights. (H,)

    Returns
    -------
    FoodInsecurity
        Chances to be averaged like any answer.

    Raises
    ------
    InputError
        An answer is neither 0 nor 1, or there are not eight.

    Notes
    -----
    Items are placed by this survey where it has enough cases, and equated to the standard; else the standard's own places
    are taken and a doubt says so. The chances carry the measurement error of a score, not the error of the items' places.
    """
    raw = fies_raw(answers)
    doubts: list[str] = []
    try:
        model = fit(answers, weight)
        equated = equate(model.item)
    except NoDataError as error:
        model, equated = (
            given(GLOBAL_STANDARD),
            Equated(1.0, 0.0, np.ones(len(FIES_ITEMS), np.bool_), np.zeros(len(FIES_ITEMS))),
        )
        doubts.append(f"food insecurity scale: the global places of the items were taken. {error}")
    unlike = [name for name, same in zip(FIES_ITEMS, equated.common, strict=True) if not same]
    if unlike:
        doubts.append(
            f"food insecurity scale: {', '.join(unlike)} lie elsewhere than on the global scale and did not equate it."
        )
    misfit = [name for name, one in zip(FIES_ITEMS, model.infit, strict=True) if one > POOR_FIT]
    if misfit:
        doubts.append(
            f"food insecurity scale: {', '.join(misfit)} fit the others badly (infit above {POOR_FIT})."
        )
    by_score = chances(model, equated)
    known = ~np.isnan(raw)
    each = np.full((raw.size, 2), np.nan)
    each[known] = by_score[raw[known].astype(np.int64)]
    return FoodInsecurity(raw, each[:, 0], each[:, 1], by_score, model, equated, tuple(doubts))


def equate(
    item: Floats,
    standard: Floats = GLOBAL_STANDARD,
    tolerance: float = TOLERANCE,
    most_unique: int = MOST_UNIQUE,
) -> Equated:
    """Lay a survey's scale on the standard by the items they have in common.

    Parameters
    ----------
    item
        Severities of the survey's items. (k,) [logit]
    standard
        Severities of the same items on the standard. (k,) [logit]
    tolerance
        Distance above which an item is not common. [logit]
    most_unique
        Most items that may be left out.

    Returns
    -------
    Equated
        The line, and which items made it.

    Raises
    ------
    NoDataError
        More items than allowed lie elsewhere: the survey did not measure the standard's scale.

    Notes
    -----
    Mean and standard deviation of the common items are made equal; the item farthest away leaves while it is farther than
    the tolerance, and the line is drawn anew.
    """
    common = np.ones(item.size, np.bool_)
    while True:
        scale = float(standard[common].std() / item[common].std())
        shift = float(standard[common].mean() - scale * item[common].mean())
        distance = np.abs(shift + scale * item - standard)
        worst = int(np.where(common, distance, -1.0).argmax())
        if distance[worst] < tolerance:
            return Equated(scale, shift, common, distance)
        if (~common).sum() >= most_unique:
            raise NoDataError(
                f"scale: more than {most_unique} items lie elsewhere than on the standard; the two cannot be equated."
            )
        common = common.copy()
        common[worst] = False


def chances(model: Rasch, equated: Equated, standard: Floats = GLOBAL_STANDARD) -> Floats:
    """Return the chance of moderate-or-severe and of severe food insecurity by raw score. (k + 1, 2)

    Parameters
    ----------
    model
        Severities of scores and their measurement error.
    equated
        Its place on the standard.
    standard
        Severities of the standard's items.

    Returns
    -------
    ndarray
        1 - Phi((threshold - a) / error), thresholds carried to the survey's own scale; 0 for who said yes to nothing.
    """
    thresholds = (standard[[MODERATE, SEVERE]] - equated.shift) / equated.scale
    out: Floats = ndtr((model.score[:, None] - thresholds) / model.score_se[:, None])
    out[0] = 0.0
    return out
