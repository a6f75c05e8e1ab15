"""Draws of values that were published with an interval but keep no draws of it: they err by the interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from citiesforall.core.estimate import Floats
from citiesforall.measure.draws import draw_normal

HALF_WIDTH = 1.959963984540054
"""Standard deviations from the middle to an end of a 95 % interval."""


def with_intervals(draws: Floats, low: Floats, high: Floats, names: Sequence[str], seed: int) -> Floats:
    """Let values err by their published interval where their draws do not.

    Parameters
    ----------
    draws
        The first as published. (S, n) [unit of each]
    low, high
        Published ends, nan or infinite where there is none. (n,) [unit of each]
    names
        Of each value, ``place/indicator/group``: the same name errs the same way wherever it is asked. (n)
    seed
        Of the city file.

    Returns
    -------
    ndarray
        (S, n) [unit of each]

    Notes
    -----
    Where a value has no draws (they would tell too much, or a register states how a count errs), or where they spread less than
    half as far as its interval (nobody asked was hit, so no replicate can differ), it errs by the interval: normal, with one
    standard deviation below and another above, so that the 2.5 and 97.5 percentiles are its ends.
    """
    S = draws.shape[0]
    if S == 1:
        return draws
    width, out = high - low, draws.copy()
    wide = np.flatnonzero(np.isfinite(width) & (width > 0))
    drawn = np.where(np.isfinite(out[1:, wide]), out[1:, wide], 0.0)
    spread = np.subtract(*np.percentile(drawn, (97.5, 2.5), axis=0)) if wide.size else np.zeros(0)
    bare = wide[~(spread >= width[wide] / 2)]
    z = draw_normal([names[at] for at in bare], seed, "interval", "score", S)
    value = out[0, bare]
    out[1:, bare] = value + z * np.where(z < 0, value - low[bare], high[bare] - value) / HALF_WIDTH
    return out
