"""Which options need, shut out or count with which: prerequisites, exclusions, spacing, most units."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from citiesforall.core.action import Action
from citiesforall.core.indicator import indicators
from citiesforall.plan.build_options import NOWHERE, Draft, alike, by_action
from citiesforall.plan.effects import PERCENT, Ground
from citiesforall.plan.problem import Rules, Sparse

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

STANDS_FROM = 0.5
"""A prerequisite stands where at least half of a place's people have what it brings (ours)."""
LEAST_USE = 0.5
"""Units of an action are so few that all of them could be used to this share of their capacity (ours)."""
FLOAT_ROOM = 1e-6


def make_rules(
    drafts: list[Draft],
    actions: Mapping[str, Action],
    ground: Ground,
    table: pd.DataFrame,
    has: tuple[str, ...],
    lacking: Mapping[str, float],
) -> Rules:
    """Turn what the catalogue says of actions into rules between options.

    Parameters
    ----------
    drafts
        The options.
    actions
        The catalogue.
    ground
        The city.
    table
        The candidate sites.
    has
        Actions the city says it has already.
    lacking
        Action -> people who lack what it gives. [persons]
    """
    needs, ways = _prerequisites(drafts, actions, ground, has)
    counts, most, names = _counted(drafts, lacking)
    clashes = [*_exclusions(drafts), *_too_near(drafts, table), *_same_site(drafts)]
    n = len(drafts)
    return Rules(
        np.array(needs, np.int64),
        _sets(ways, n),
        _sets(clashes, n),
        _sets(counts, n),
        np.array(most, np.float64),
        tuple(names),
    )


def _sets(sets: list[list[int]], n: int) -> Sparse:
    """Return sets of options as rows of 1."""
    row = np.repeat(np.arange(len(sets)), [len(one) for one in sets]).astype(np.int64)
    column = np.array([number for one in sets for number in one], np.int64)
    return csr_array((np.ones(len(column)), (row, column)), shape=(len(sets), n))


def _prerequisites(
    drafts: list[Draft], actions: Mapping[str, Action], ground: Ground, has: tuple[str, ...]
) -> tuple[list[int], list[list[int]]]:
    """Return options that need one, and the options of which one will do; pieces of a dose need the piece before."""
    needs, ways = [], []
    of = by_action(drafts)
    for later, earlier in alike(drafts):
        needs.append(later)
        ways.append([earlier])
    for number, draft in enumerate(drafts):
        if draft.step:
            continue
        for key in draft.action.requires:
            if key in has or stands(actions[key], ground, draft.place):
                continue
            same = [other for other in of.get(key, ()) if drafts[other].step == 0]
            near = [
                other
                for other in same
                if drafts[other].place in {draft.place, NOWHERE} or draft.place == NOWHERE
            ]
            needs.append(number)
            ways.append(near)
    return needs, ways


def able(
    drafts: list[Draft], actions: Mapping[str, Action], ground: Ground, has: tuple[str, ...]
) -> tuple[list[Draft], dict[str, str]]:
    """Take out options whose prerequisite neither stands nor is an option, and what needs those in turn.

    Parameters
    ----------
    drafts, actions, ground, has
        As for `make_rules`.

    Returns
    -------
    list of Draft
        Those left.
    dict
        Action of which no option is left -> the prerequisite that is missing.
    """
    kept, missing = drafts, dict[str, str]()
    while True:
        at: dict[str, set[int]] = {}
        for draft in kept:
            at.setdefault(draft.action.id, set()).add(draft.place)
        lacks = [_lacks(draft, at, actions, (ground, has)) for draft in kept]
        if not any(lacks):
            break
        missing |= {draft.action.id: key for draft, key in zip(kept, lacks, strict=True) if key}
        kept = [draft for draft, key in zip(kept, lacks, strict=True) if not key]
    left = {draft.action.id for draft in kept}
    return kept, {key: first for key, first in missing.items() if key not in left}


def _lacks(
    draft: Draft,
    at: Mapping[str, set[int]],
    actions: Mapping[str, Action],
    more: tuple[Ground, tuple[str, ...]],
) -> str:
    """Return the first prerequisite of an option that neither stands nor can be done for it, empty where there is none."""
    ground, has = more
    for key in draft.action.requires:
        if key in has or stands(actions[key], ground, draft.place):
            continue
        places = at.get(key, set())
        if not (places if draft.place == NOWHERE else places & {draft.place, NOWHERE}):
            return key
    return ""


def stands(one: Action, ground: Ground, place: int) -> bool:
    """Tell whether most people of a place have already what an action brings.

    Parameters
    ----------
    one
        A prerequisite.
    ground
        The city.
    place
        Position of the unit, -1 for the city.

    Returns
    -------
    bool
        By its indicator where that is a share; False where nothing is known.
    """
    if one.indicator is None:
        return False
    declared = indicators()[one.indicator]
    if declared.unit != "%":
        return False
    code = ground.city if place == NOWHERE else ground.places[place]
    value = ground.known.get((code, one.indicator), np.nan) / PERCENT
    return bool((value if declared.better == "higher" else 1 - value) >= STANDS_FROM)


def _exclusions(drafts: list[Draft]) -> list[list[int]]:
    """Return pairs of options in one place of which the catalogue allows one."""
    at: dict[tuple[str, int], list[int]] = {}
    for number, draft in enumerate(drafts):
        if draft.step == 0:
            at.setdefault((draft.action.id, draft.place), []).append(number)
    pairs: dict[tuple[int, int], None] = {}
    for number, draft in enumerate(drafts):
        for key in draft.action.excludes if draft.step == 0 else ():
            for other in at.get((key, draft.place), ()):
                pairs[min(number, other), max(number, other)] = None
    return [list(pair) for pair in pairs]


def _same_site(drafts: list[Draft]) -> list[list[int]]:
    """Return the options at one site that give the same service to the same people: one of them will do."""
    at: dict[tuple[int, str], list[int]] = {}
    for number, draft in enumerate(drafts):
        if draft.site != NOWHERE:
            at.setdefault((draft.site, str(draft.action.serves)), []).append(number)
    return [numbers for numbers in at.values() if len(numbers) > 1]


def _too_near(drafts: list[Draft], table: pd.DataFrame) -> list[list[int]]:
    """Return cliques of sites of one action that are nearer to each other than it allows."""
    x, y = table["x"].to_numpy(np.float64), table["y"].to_numpy(np.float64)
    found = []
    for numbers in by_action(drafts).values():
        site = np.array([drafts[number].site for number in numbers], np.int64)
        spacing_m = drafts[numbers[0]].action.min_spacing_m
        if site[0] == NOWHERE or spacing_m <= 0:
            continue
        apart_m = np.hypot(x[site][:, None] - x[site], y[site][:, None] - y[site])
        near = (apart_m < spacing_m - FLOAT_ROOM) & ~np.eye(len(site), dtype=bool)
        found += [[numbers[at] for at in clique] for clique in cliques(near)]
    return found


def cliques(near: Bools) -> list[list[int]]:
    """Cover all pairs of a graph by cliques, each as large as it can be.

    Parameters
    ----------
    near
        Symmetric, without loops. (N, N)

    Returns
    -------
    list of list
        Every pair that is near stands in at least one clique, and no clique holds a pair that is not.
    """
    open_ = np.triu(near)
    found = []
    for one, other in zip(*np.nonzero(open_), strict=True):
        if not open_[one, other]:
            continue
        clique = [int(one), int(other)]
        common = near[one] & near[other]
        while common.any():
            # the one that closes most pairs still open with those taken
            gain = np.where(common, open_[clique].sum(axis=0) + open_[:, clique].sum(axis=1) + 1, 0)
            best = int(np.argmax(gain))
            clique.append(best)
            common &= near[best]
        clique.sort()
        open_[np.ix_(clique, clique)] = False
        found.append(clique)
    return found


def _counted(
    drafts: list[Draft], lacking: Mapping[str, float]
) -> tuple[list[list[int]], list[float], list[str]]:
    """Return the options of actions of which a city takes only so many: by the catalogue, and by the people there are."""
    counts, most, names = [], [], []
    for key, numbers in by_action(drafts).items():
        one = drafts[numbers[0]].action
        if len(numbers) == 1 or drafts[numbers[0]].site == NOWHERE:
            continue
        used = (
            np.inf if one.capacity is None else max(np.floor(lacking[key] / (LEAST_USE * one.capacity)), 1.0)
        )
        allowed = min(used, np.inf if one.max_units is None else float(one.max_units))
        if allowed < len(numbers):
            counts.append(numbers)
            most.append(float(allowed))
            names.append(f"at most {allowed:.0f} of {key}")
    return counts, most, names
