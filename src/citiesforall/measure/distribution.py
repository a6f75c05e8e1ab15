"""The distribution of walking minutes: how many people walk how long to each kind of facility."""

from __future__ import annotations

import numpy as np
import pandas as pd

from citiesforall.core.estimate import add_up, ratio
from citiesforall.measure.layers import Layers

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
    tables = []
    unknown = add_up((layers.people[0] * ~layers.known_street)[None, :], layers.starts, layers.belongs)[0]
    for kind in sorted(layers.ways):
        minutes = layers.ways[kind].m[0] / layers.walk_m_s / 60
        bounds = np.searchsorted(np.array(UP_TO_MIN), minutes, side="left")
        known = layers.people[0] * layers.known_street
        counts = np.stack([np.where(bounds == at, known, 0.0) for at in range(len(UP_TO_MIN))])
        people = add_up(counts, layers.starts, layers.belongs)
        share = ratio(people, people.sum(axis=0, keepdims=True))
        for at, up_to in enumerate((*UP_TO_MIN, np.nan)):
            known_class = at < len(UP_TO_MIN)
            tables.append(
                pd.DataFrame(
                    {
                        "place": places,
                        "kind": kind,
                        "from_min": float(UP_TO_MIN[at - 1])
                        if known_class and at
                        else 0.0
                        if known_class
                        else np.nan,
                        "up_to_min": float(up_to),
                        "people": people[at] if known_class else unknown,
                        "share": share[at] if known_class else np.nan,
                    }
                )
            )
    columns = ["place", "kind", "from_min", "up_to_min", "people", "share"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
