"""What to take when every option has a price: the part of the relaxed problem that money and rules still bind."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from citiesforall.plan.large_money import together
from citiesforall.plan.model_highs import Effort, Model, lp_of, quiet_highs, stack
from citiesforall.plan.model_stage import Frame
from citiesforall.plan.problem import Float


class Choice(NamedTuple):
    """Hold the best choice for given worths.

    Parameters
    ----------
    bound
        No choice is worth more.
    units
        Of each option, perhaps fractions. (n,)
    reduced
        What the bound loses at least when one unit of an option more is taken; below 0. (n,)
    """

    bound: float
    units: Float
    reduced: Float


Chooser = Callable[[Float], Choice]
"""From the worth of one unit of each option (n,) to the best choice."""


def chooser_of(frame: Frame) -> Chooser:
    """Return a function that chooses options by worth, under money and rules but without demand.

    Parameters
    ----------
    frame
        The model.

    Returns
    -------
    callable
        Worth (n,) -> `Choice`.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.

    Notes
    -----
    Years are put together (`large_money`) and whole numbers relaxed: what holds for these choices holds for every plan. The
    bound is worked out from the rows' prices, not read from the solver: any prices of the right sign give one, so rounding
    cannot make it wrong.
    """
    low, high, blocks = together(frame)
    n = frame.columns.n_units
    matrix, lower, upper = stack(blocks, len(low))
    if len(upper) == 1 and len(low) == n and (matrix.toarray() == 1).all():
        return _by_count(float(upper[0]), low, high)
    highs = quiet_highs(Effort(0.0, 0.0, 0, 1e9, 1))
    highs.setOptionValue("presolve", "off")
    highs.setOptionValue("simplex_strategy", PRIMAL)
    none = np.zeros(len(low))
    highs.passModel(lp_of(Model(none, low, high, none.astype(bool), matrix, lower, upper)))
    where = np.arange(n, dtype=np.int32)
    across = csr_array(matrix.T)

    def choose(worth: Float) -> Choice:
        scale = float(worth.max(initial=0.0)) or 1.0
        highs.changeColsCost(n, where, worth / scale)
        highs.run()
        solution = highs.getSolution()
        price = np.array(solution.row_dual) * scale
        price = np.where(np.isneginf(lower), np.maximum(price, 0.0), price)
        price = np.where(np.isposinf(upper), np.minimum(price, 0.0), price)
        reduced = np.concatenate([worth, np.zeros(len(low) - n)]) - across @ price
        rows = np.where(price > 0, upper, lower)
        bound = float((price[price != 0] * rows[price != 0]).sum())
        bound += float(np.where(reduced > 0, reduced * high, reduced * low).sum())
        return Choice(bound, np.array(solution.col_value)[:n], np.minimum(reduced[:n], 0.0))

    return choose


PRIMAL = 4
"""HiGHS' word for the primal simplex: the last choice stays allowed when worths change."""


def _by_count(most: float, low: Float, high: Float) -> Chooser:
    """Return the chooser where only so many units may be taken: the best ones."""
    span = high - low

    def choose(worth: Float) -> Choice:
        order = np.argsort(-worth, kind="stable")
        before = np.cumsum(span[order]) - span[order]
        units = low.copy()
        units[order] += np.clip(most - low.sum() - before, 0.0, span[order])
        units = np.where(worth < 0, low, units)
        left = order[units[order] < high[order]]
        price = max(float(worth[left[0]]), 0.0) if len(left) else 0.0
        over = worth - price
        bound = price * most + float(np.where(over > 0, over * high, over * low).sum())
        return Choice(bound, units, np.minimum(over, 0.0))

    return choose
