"""Which sites are worth looking at for one action: where it may stand, and whom it would reach who lacks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from citiesforall.core.action import Action
from citiesforall.network.reach import Reach, within
from citiesforall.plan.effects import ALSO, Need, reach_of
from citiesforall.plan.sites import DEEP_FLOOD

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

HOSTED = {
    "kindergarten": ("school", "place_of_worship", "community_centre"),
    "shelter": ("school", "place_of_worship", "community_centre"),
    "drinking_water": ("school", "place_of_worship", "market", "community_centre", "open_space"),
    "public_toilet": ("market", "open_space", "one_window_office"),
    "waste_point": ("market", "open_space"),
    "social_facility": ("community_centre", "public_health", "one_window_office"),
    "one_window_office": ("community_centre", "market", "library"),
    "library": ("school", "community_centre"),
}  # fmt: skip
"""Kinds that can be added to an existing public place; all others stand on a site of their own (ours)."""
STOPS = frozenset({"bus_stop"})
BUILDING_M2 = 100.0
"""From this land on a site must be free of deep floods (ours). [m2]"""
CELL_FREE_M2 = 6_000.0
"""Free land asked of one cell at most: a larger plot lies on several (ours). [m2]"""
ROUNDS = 2
"""Times everybody in need is covered by the candidates of an action whose units have no limit of people (ours)."""


@dataclass(frozen=True)
class Covered:
    """Hold the sites kept for an action and the rows of the need each would serve.

    Parameters
    ----------
    site
        Positions of the sites. (N,)
    covers
        Whether a site reaches a row of the need. (N, D) csr of 1
    n_allowed, n_useful
        Sites where it may stand, and those of them that would serve anybody new.
    """

    site: Ints
    covers: Any
    n_allowed: int
    n_useful: int


def may_stand(one: Action, table: pd.DataFrame) -> Bools:
    """Tell at which sites an action may be built.

    Parameters
    ----------
    one
        An action with effect ``coverage``.
    table
        The candidate sites.

    Returns
    -------
    ndarray
        False where water stands a metre deep, where the free land is known and too small, where another thing stands that
        it cannot be added to, and where the city offers the site for other kinds. (S,)
    """
    serves = str(one.serves)
    host = table["host"].to_numpy(dtype=str)
    fine = (host == "") | np.isin(host, HOSTED.get(serves, ()))
    if serves not in STOPS:
        fine &= ~table["main_street"].to_numpy(bool)
    words = [str(text).split() for text in table["kinds"]]
    fine &= np.array(
        [not kinds or bool({serves, *ALSO.get(serves, ())} & set(kinds)) for kinds in words], dtype=bool
    )
    own = table["source"].to_numpy(dtype=str) == "city"
    if one.land_m2 >= BUILDING_M2:
        fine &= ~(table["flood_class"].to_numpy(np.float64) >= DEEP_FLOOD)
        asked = np.where(own, one.land_m2, min(one.land_m2, CELL_FREE_M2))
        fine &= (host != "") | ~(table["free_m2"].to_numpy(np.float64) < asked)
    return np.asarray(fine)


def covered(
    one: Action, need: Need, found: tuple[Reach, pd.DataFrame], weight: Floats, enough: int
) -> Covered:
    """Find the sites of an action worth looking at.

    Parameters
    ----------
    one
        An action with effect ``coverage``.
    need
        Who lacks it, by cell part.
    found
        Parts within the longest reach of each site, and the candidate sites.
    weight
        Of one person of each row of the need. (D,)
    enough
        Sites to look at.

    Returns
    -------
    Covered
        The sites a greedy search takes, again and again among those left, until there are enough; the best site of every
        unit in need; and every site of the city itself that serves anybody. Sorted by site.

    Notes
    -----
    What is proved of a plan is proved among the sites kept.
    """
    reach, table = found
    allowed = may_stand(one, table)
    rows = _rows(within(reach, reach_of(str(one.serves), need.to)), need, allowed)
    useful = np.flatnonzero(np.diff(rows.indptr) > 0)
    worth = need.people * weight
    rounds = ROUNDS if one.capacity is None else enough
    kept = set(_greedy(rows, worth, useful, (enough, rounds)))
    for place in np.unique(need.place):
        gain = rows @ np.where(need.place == place, worth, 0.0)
        if gain.max(initial=0) > 0:
            kept.add(int(np.argmax(gain)))
    kept |= set(
        np.flatnonzero((table["source"].to_numpy(dtype=str) == "city") & (np.diff(rows.indptr) > 0)).tolist()
    )
    site = np.array(sorted(kept), np.int64)
    return Covered(site, rows[site] if len(site) else rows[:0], int(allowed.sum()), len(useful))


def _rows(reach: Reach, need: Need, allowed: Bools) -> Any:
    """Return which rows of a need the allowed sites reach. (S, D) csr"""
    row_of = np.full(int(max(reach.part.max(initial=-1), need.cell.max(initial=-1))) + 1, -1, np.int64)
    row_of[need.cell] = np.arange(len(need.cell))
    row = row_of[reach.part]
    site = np.repeat(np.arange(len(reach.start) - 1), np.diff(reach.start))
    kept = (row >= 0) & allowed[site]
    shape = (len(reach.start) - 1, len(need.people))
    return csr_array((np.ones(int(kept.sum())), (site[kept], row[kept])), shape=shape)


def _greedy(rows: Any, worth: Floats, useful: Ints, most: tuple[int, int]) -> list[int]:
    """Return so many sites at most, the one that adds most first; when nothing is left to add, another round begins."""
    enough, rounds = most
    if len(useful) <= enough:
        return [int(site) for site in useful]
    found: list[int] = []
    free = np.ones(rows.shape[0], dtype=bool)
    for _ in range(rounds):
        left, any_ = worth.copy(), False
        while len(found) < enough:
            gain = np.where(free, rows @ left, 0.0)
            best = int(np.argmax(gain))
            if gain[best] <= 0:
                break
            any_ = True
            free[best] = False
            found.append(best)
            left[rows.indices[rows.indptr[best] : rows.indptr[best + 1]]] = 0.0
        if not any_ or len(found) == enough:
            break
    return found
