"""The bound of fractions: all options, years and funds in parts of units, worked out from the prices of the rows alone."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from citiesforall.plan.model_highs import Effort, Model, lp_of, quiet_highs
from citiesforall.plan.model_stage import Frame, Task, stage_model
from citiesforall.plan.problem import Float


class Priced(NamedTuple):
    """Hold what the prices of rows prove.

    Parameters
    ----------
    value
        No plan reaches more: people of a total, share of a level.
    loss
        What the bound loses at least when an option is taken; 0 or below. (n,)
    """

    value: float
    loss: Float


def linear_bound(frame: Frame, task: Task, effort: Effort) -> Priced:
    """Solve a stage in fractions and work out what its prices prove.

    Parameters
    ----------
    frame
        A model that every plan keeps, as of `plan.model_kinds`.
    task
        What is raised and kept.
    effort
        Its seconds (a safety net) and seed.

    Returns
    -------
    Priced
        Prices of the right sign give a bound whatever they are, so neither the solver's rounding nor its word can spoil it.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    model, scale = stage_model(frame, task)
    model = replace(model, is_integer=np.zeros(len(model.cost), bool))
    highs = quiet_highs(effort)
    highs.passModel(lp_of(model))
    highs.run()
    price = np.array(highs.getSolution().row_dual)
    if len(price) != len(model.upper):
        price = np.zeros(len(model.upper))
    value, reduced = dual_value(model, price)
    return Priced(value * scale, _loss(frame, np.minimum(reduced, 0.0)) * scale)


def _loss(frame: Frame, reduced: Float) -> Float:
    """Return what the bound loses with a unit of each option: its own column's and, of its years and funds, the least. (n,)"""
    columns, n = frame.columns, frame.columns.n_units
    kind = np.arange(n) if frame.kind is None else frame.kind
    split = np.flatnonzero(columns.choice >= n)
    least = np.full(n, -np.inf)
    np.maximum.at(least, kind[columns.option[split]], reduced[columns.choice[split]])
    return np.asarray(reduced[:n] + np.where(np.isfinite(least), least, 0.0)[kind])


def dual_value(model: Model, price: Float) -> tuple[float, Float]:
    """Return the bound that prices of rows give, and what each column is worth beyond the prices of what it uses.

    Parameters
    ----------
    model
        What is maximised.
    price
        Of every row; those of the wrong sign count 0. (R,)

    Returns
    -------
    tuple
        Bound and worth (N,).

    Raises
    ------
    ValueError
        Shapes do not fit.

    Notes
    -----
    Weak duality: for every x that keeps rows and bounds, cost @ x <= price @ limits + the sum of what each column is worth beyond
    the prices of what it uses, at its better bound.
    """
    price = np.where(np.isneginf(model.lower), np.maximum(price, 0.0), price)
    price = np.where(np.isposinf(model.upper), np.minimum(price, 0.0), price)
    reduced = model.cost - model.matrix.T @ price
    limit = np.where(price > 0, model.upper, model.lower)
    at = np.where(reduced > 0, model.high, model.low)
    used, worth = price != 0, reduced != 0
    value = float((price[used] * limit[used]).sum() + (reduced[worth] * at[worth]).sum())
    return value, reduced
