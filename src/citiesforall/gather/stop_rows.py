"""Rows of the layer ``stops``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.city import SourceUse
from citiesforall.gather.departures import RATES

COLUMNS = ("stop", "name", "x", "y", "mode", *RATES, "source", "gone_share", "estimated")


def stop_rows(stop: list[str], x: Any, y: Any, rates: Mapping[str, Any], use: SourceUse) -> pd.DataFrame:
    """Return rows of the layer for one source; ``gone_share`` is nan where the source does not state it.

    Parameters
    ----------
    stop
        Ids.
    x, y
        Where they are. (n,) [m]
    rates
        Departures per hour by column. (n,)
    use
        The source.

    Returns
    -------
    pandas.DataFrame
        Rows without names, of mode ``bus``.
    """
    gone = use.error.gone_share if use.error is not None else None
    return pd.DataFrame({
        "stop": pd.Series(stop, dtype=object), "name": "", "x": np.asarray(x, np.float64),
        "y": np.asarray(y, np.float64), "mode": "bus",
        **{name: np.asarray(rates[name], np.float64) for name in RATES},
        "source": use.id, "gone_share": np.nan if gone is None else gone, "estimated": use.grade == "assumed",
    })  # fmt: skip


def placed_ids(use: SourceUse, x: Any, y: Any) -> list[str]:
    """Return ids of stops that have none, by where they are: they do not depend on the order of a file."""
    return [f"{use.id}:{a:.0f}_{b:.0f}" for a, b in zip(x, y, strict=True)]
