"""The distribution of walking minutes: how many people walk how long to each kind of facility."""

from __future__ import annotations

import numpy as np
import pandas as pd

from citiesforall.core.estimate import add_up, ratio
from citiesforall.measure.layers import Layers

SECONDS_A_MINUTE = 60.0
UP_TO_MIN = (5, 10, 15, 20, 30, 45, 60, 90, 120, np.inf)
"""Upper bounds of the classes; the last holds who walks longer, or farther than the longest walk looked for. [min]"""


def walk_minutes(layers: Layers, places: list[str]) -> pd.DataFrame:
    """Count residents by walking time to the nearest facility of every kind.

    Parameters
    ----------
    layers
        The city's layers, bound to everybody.
    places
        Codes of the result rows. (R)

    Returns
    -------
    pandas.DataFrame
        ``place, kind, from_min, up_to_min, people, share``: residents whose walk takes more than `from_min` and at most
        `up_to_min`; ``up_to_min`` nan for those whose access is unknown, whose share is not given. Shares are of the
        residents whose access is known and add up to 1.
    """
    kinds, R = sorted(layers.ways), len(places)
    classes = (*UP_TO_MIN, np.nan)
    lower = np.array([0.0, *UP_TO_MIN[:-1], np.nan])
    unknown = add_up((layers.people[0] * ~layers.known_street)[None, :], layers.starts, layers.belongs)
    known = layers.people[0] * layers.known_street
    people = np.zeros((len(kinds), len(classes), R))
    for number, kind in enumerate(kinds):
        minutes = layers.ways[kind].m[0] / layers.walk_m_s / SECONDS_A_MINUTE
        at = np.searchsorted(np.array(UP_TO_MIN), minutes, side="left")
        counts = np.stack([np.where(at == one, known, 0.0) for one in range(len(UP_TO_MIN))])
        people[number] = np.concatenate([add_up(counts, layers.starts, layers.belongs), unknown])
    share = ratio(people, people[:, :-1].sum(axis=1, keepdims=True))
    share[:, -1] = np.nan
    each = len(classes) * R
    return pd.DataFrame(
        {
            "place": np.tile(np.array(places, dtype=object), len(kinds) * len(classes)),
            "kind": np.repeat(np.array(kinds, dtype=object), each),
            "from_min": np.tile(np.repeat(lower, R), len(kinds)),
            "up_to_min": np.tile(np.repeat(np.array(classes), R), len(kinds)),
            "people": people.ravel(),
            "share": share.ravel(),
        }
    )
