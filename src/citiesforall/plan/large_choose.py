"""What to take when every option has a price: the part of the relaxed problem that money and rules still bind."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from citiesforall.plan.model_highs import Effort, Model, lp_of, quiet_highs, stack
from citiesforall.plan.model_stage import Frame, bounds_of
from citiesforall.plan.problem import Float

COVER_BLOCKS = 6
"""The first so many blocks of a frame, (1) to (7), say nothing of demand."""


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
    Whole numbers are relaxed, so the bound holds for whole plans too. It is worked out from the rows' prices, not read from the
    solver: any prices of the right sign give a bound, so rounding cannot make it wrong.
    """
    columns, n = frame.columns, frame.columns.n_units
    mine = np.r_[0 : columns.y, columns.any : columns.level]
    matrix, lower, upper = stack(frame.blocks[:COVER_BLOCKS], columns.n)
    matrix = matrix[:, mine]
    low, high = (bound[mine] for bound in bounds_of(frame)[:2])
    if _is_count_only(frame):
        return _by_count(frame, low[:n], high[:n])
    empty = np.zeros(len(mine))
    model = Model(empty, low, high, empty.astype(bool), matrix, lower, upper)
    highs = quiet_highs(Effort(0.0, 0.0, 0, 1e9, 1))
    highs.setOptionValue("presolve", "off")
    highs.setOptionValue("simplex_strategy", PRIMAL)
    highs.passModel(lp_of(model))
    where = np.arange(n, dtype=np.int32)
    across = matrix.T.tocsr()
    best = columns.choice >= n

    def choose(worth: Float) -> Choice:
        scale = float(worth.max(initial=0.0)) or 1.0
        highs.changeColsCost(n, where, worth / scale)
        highs.run()
        solution = highs.getSolution()
        price = np.array(solution.row_dual) * scale
        price = np.where(np.isneginf(lower), np.maximum(price, 0.0), price)
        price = np.where(np.isposinf(upper), np.minimum(price, 0.0), price)
        cost = np.concatenate([worth, np.zeros(len(mine) - n)])
        reduced = cost - across @ price
        rows = np.where(price > 0, upper, lower)
        bound = float((price[price != 0] * rows[price != 0]).sum())
        bound += float(np.where(reduced > 0, reduced * high, reduced * low).sum())
        each = np.full(n, -np.inf)
        np.maximum.at(each, columns.option[best], reduced[columns.choice[best]])
        loss = np.minimum(reduced[:n], 0.0) + np.where(np.isfinite(each), np.minimum(each, 0.0), 0.0)
        return Choice(bound, np.array(solution.col_value)[:n], loss)

    return choose


PRIMAL = 4
"""HiGHS' word for the primal simplex: the last choice stays allowed when worths change."""


def _is_count_only(frame: Frame) -> bool:
    """Say whether nothing binds but one count of all options."""
    blocks, n = frame.blocks, frame.columns.n_units
    if (
        any(len(block.upper) for block in blocks[: COVER_BLOCKS - 1])
        or len(blocks[COVER_BLOCKS - 1].upper) != 1
    ):
        return False
    return len(blocks[COVER_BLOCKS - 1].row) == n


def _by_count(frame: Frame, low: Float, high: Float) -> Chooser:
    """Return the chooser where only so many units may be taken: the best ones."""
    most = float(frame.blocks[COVER_BLOCKS - 1].upper[0]) - low.sum()

    def choose(worth: Float) -> Choice:
        order = np.argsort(-worth, kind="stable")
        room = np.clip(most - (np.cumsum((high - low)[order]) - (high - low)[order]), 0.0, None)
        units = low.copy()
        units[order] += np.minimum((high - low)[order], room)
        units = np.where((worth < 0) & (units > low), low, units)
        full = units[order] >= high[order]
        last = order[~full][0] if (~full).any() else None
        price = 0.0 if last is None else max(float(worth[last]), 0.0)
        over = worth - price
        bound = price * (most + low.sum()) + float(np.where(over > 0, over * high, over * low).sum())
        return Choice(bound, units, np.minimum(over, 0.0))

    return choose
