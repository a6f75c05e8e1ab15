"""Small areas: where too few of a unit were asked, a model lends it strength from all units; always said to be modelled."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from citiesforall.core.estimate import ratio
from citiesforall.estimation.small_area import benchmark, draws, fay_herriot, interval, smooth_variances
from citiesforall.measure.survey_frame import Bools, Floats

FEWEST_AREAS = 8
"""Units with answers without which no model is made (ours)."""
AREAS_FOR_TWO = 15
"""Units with answers from which two columns may be used instead of one (ours)."""
STEPS = 40
"""Variances of the area effect tried when columns are chosen."""


@dataclass(frozen=True)
class Areas:
    """Hold the direct estimates of units.

    Parameters
    ----------
    value
        Direct values, nan where nobody answered. (A,)
    effective
        Answers drawn one by one that would tell as much. (A,)
    whole, spread
        Value of the city, and the standard deviation of its answers.
    share
        Whether values are shares.
    """

    value: Floats
    effective: Floats
    whole: float
    spread: float
    share: bool


@dataclass(frozen=True)
class Modelled:
    """Hold modelled values of units, per draw.

    Parameters
    ----------
    value
        Draw 0 as published. (S, W)
    low, high
        Bounds of the 95 % interval. (W,)
    note
        Names the model.
    """

    value: Floats
    low: Floats
    high: Floats
    note: str


def model_areas(
    areas: Areas, size: Floats, known: dict[str, Floats], wanted: Bools, n_draws: int, seed: str
) -> Modelled | None:
    """Model the value of units from their own answers and from what is known of all units.

    Parameters
    ----------
    areas
        Direct estimates.
    size
        People or households of each unit, weighted. (A,)
    known
        Columns of which the model may choose, by title; nan where not known. (A,)
    wanted
        Units whose modelled values are asked for, W of them. (A,)
    n_draws
        Rows of draws, S.
    seed
        Names survey and question.

    Returns
    -------
    Modelled or None
        Of the units asked for; None where fewer than 8 units have answers.

    Notes
    -----
    Fay and Herriot's model by likelihood [fay_herriot_1979]; sampling variances smoothed by one likeness of
    neighbours for all units [wolter_2007]. No column, one, or from 15 units on two, by the smallest AIC corrected for
    few units [hurvich_tsai_1989] among all that are known of every unit. Values are scaled so that those of all units weighted by
    size give the city's direct value; their errors are kept [rao_molina_2015].
    """
    variance = _smoothed(areas)
    own = ~np.isnan(areas.value) & (variance > 0)
    if own.sum() < FEWEST_AREAS:
        return None
    direct, variance = np.where(own, areas.value, np.nan), np.where(own, variance, np.nan)
    chosen = choose(direct[own], variance[own], {name: column[own] for name, column in usable(known).items()})
    columns = usable(known)
    x = np.column_stack([np.ones(direct.size), *(columns[name] for name in chosen)])
    model = fay_herriot(direct, variance, x)
    value = benchmark(model.value, size, areas.whole)
    value = np.clip(value, 0.0, 1.0) if areas.share else value
    mine = replace(
        model, value=value[wanted], mse=model.mse[wanted], gamma=model.gamma[wanted], own_mse=model.own_mse[wanted],
        synthetic=model.synthetic[wanted], x=model.x[wanted],
    )  # fmt: skip
    low, high = interval(mine.value, mine.mse, mine.df, share=areas.share)
    with_ = f"with {' and '.join(chosen)}" if chosen else "with no other column"
    note = f"units marked modelled: Fay-Herriot model of {own.sum()} units {with_}, scaled to the city's direct estimate"
    drawn = draws(mine, n_draws, seed, share=areas.share)
    return Modelled(drawn, np.minimum(low, mine.value), np.maximum(high, mine.value), note)


def usable(known: dict[str, Floats]) -> dict[str, Floats]:
    """Return the columns known of every unit that differ between units, with mean 0 and variance 1.

    Parameters
    ----------
    known
        Columns by title. (A,)
    """
    found = {}
    for name, column in known.items():
        if np.isfinite(column).all() and column.std() > 0:
            found[name] = (column - column.mean()) / column.std()
    return found


def choose(direct: Floats, variance: Floats, columns: dict[str, Floats]) -> list[str]:
    """Choose columns for the model, one after the other, as long as the corrected AIC falls.

    Parameters
    ----------
    direct, variance
        Of units with answers. (A,)
    columns
        By title. (A,)

    Returns
    -------
    list
        Titles; empty where the mean alone is best.
    """
    most = 2 if direct.size >= AREAS_FOR_TWO else 1
    chosen: list[str] = []
    best = corrected_aic(direct, variance, np.ones((direct.size, 1)))
    while len(chosen) < most:
        tried = {}
        for name in columns.keys() - set(chosen):
            x = np.column_stack([np.ones(direct.size), *(columns[one] for one in (*chosen, name))])
            if np.linalg.matrix_rank(x) == x.shape[1]:
                tried[name] = corrected_aic(direct, variance, x)
        name = min(sorted(tried), key=tried.__getitem__, default="")
        if not name or tried[name] >= best:
            break
        chosen, best = [*chosen, name], tried[name]
    return chosen


def corrected_aic(direct: Floats, variance: Floats, x: Floats) -> float:
    """Return the AIC of the model's full likelihood with Hurvich and Tsai's correction for few units.

    Parameters
    ----------
    direct, variance
        Of units with answers. (A,)
    x
        A column of ones, and others. (A, P)
    """
    A, P = x.shape
    top = float(np.var(direct)) + float(variance.max())
    steps = np.append(0.0, np.geomspace(variance.min() * 1e-3, top * 10, STEPS))
    weight = 1 / (steps[:, None] + variance)
    inner = np.einsum("ap,ga,aq->gpq", x, weight, x)
    beta = np.linalg.solve(inner, np.einsum("ap,ga,a->gp", x, weight, direct)[..., None])[..., 0]
    rest = direct - beta @ x.T
    likelihood = 0.5 * (np.log(weight) - weight * rest**2).sum(axis=1).max()
    k = P + 1
    return float(-2 * likelihood + 2 * k + 2 * k * (k + 1) / max(A - k - 1, 1))


def _smoothed(areas: Areas) -> Floats:
    """Return sampling variances that do not hang on each unit's few clusters: by the spread of the city's answers. (A,)"""
    if areas.share:
        return smooth_variances(areas.value, areas.effective, areas.whole, areas.spread)
    return ratio(np.full(areas.value.size, areas.spread**2), areas.effective)
