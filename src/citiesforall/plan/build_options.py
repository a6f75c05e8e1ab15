"""What may be done: actions at sites, in places and in the city, each with the people one unit of it serves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.action import Action
from citiesforall.network.reach import Reach
from citiesforall.plan.effects import Ground, Need, dose_share, full_dose
from citiesforall.plan.reach import Covered, covered

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STEPS = 2
"""Pieces a dose is cut into, each a full dose: the first does 63 % of what can be done, both 86 %."""
MOST_STEPS = 4
"""Pieces a dose is cut into at most, where a fund pays only for smaller ones (ours)."""
PACKAGES = 10
"""Packages the households of a place are cut into: an exact count of thousands of homes is no use to a plan (ours)."""
MOST_PACKAGES = 100
NOWHERE = -1


@dataclass(frozen=True)
class Draft:
    """Hold one option before it is an array.

    Parameters
    ----------
    action
        What is done.
    site, place
        Positions; -1 for none, and for the whole city.
    step
        Number of the piece of a dose, 0 for all else.
    size
        Units of the catalogue that one unit of the option is.
    most
        Most units of the option.
    capacity
        People one unit of the option can serve, inf where nothing limits it.
    rows, share
        Rows of the demand it serves, and the share of their people one unit of the option serves.
    """

    action: Action
    site: int
    place: int
    step: int
    size: float
    most: int
    capacity: float
    rows: Ints
    share: Floats


def coverage_drafts(
    one: Action,
    need: Need,
    first_row: int,
    found: tuple[Reach, pd.DataFrame],
    weight: Floats,
    bounds: tuple[tuple[str, ...], int],
) -> tuple[list[Draft], Covered]:
    """Return an action at each site worth looking at.

    Parameters
    ----------
    one
        An action with effect ``coverage``.
    need, first_row
        Who lacks the service, and where its rows begin in the demand.
    found
        Parts within reach of each site, and the sites.
    weight
        Of one person of each row. (D,)
    bounds
        Codes of the units, and how many sites are looked at.
    """
    table, (places, enough) = found[1], bounds
    kept = covered(one, need, found, weight, enough)
    at = {place: number for number, place in enumerate(places)}
    of_site = table["place"].to_numpy(dtype=str)
    drafts = []
    for number, site in enumerate(kept.site):
        rows = kept.covers.indices[kept.covers.indptr[number] : kept.covers.indptr[number + 1]].astype(
            np.int64
        )
        drafts.append(
            Draft(
                one, int(site), at[str(of_site[site])], 0, 1.0, 1, one.capacity or np.inf, np.sort(rows) + first_row,
                np.ones(len(rows)),
            )
        )  # fmt: skip
    return drafts, kept


def affordable(one: Action, wanted: float, most_usd: float) -> int:
    """Return how many units make one package: those wanted, fewer where half a year's money of a fund buys no more.

    Parameters
    ----------
    one
        An action.
    wanted
        Units.
    most_usd
        The most any fund that may pay has in one year. [US$]
    """
    price = sum(one.capital_usd) / 2
    bought = wanted if price <= 0 else min(wanted, most_usd / 2 / price)
    return max(int(np.ceil(wanted) if bought >= wanted else bought), 1)


def dose_drafts(one: Action, need: Need, first_row: int, residents: Floats, most_usd: float) -> list[Draft]:
    """Return the pieces of a dose, in each place or, where a place is too small for one unit, in the city.

    Parameters
    ----------
    one
        An action with effect ``dose``.
    need, first_row
        Who is short, and where the rows begin in the demand.
    residents
        Of each unit. (P,)
    most_usd
        The most any fund that may pay has in one year. [US$]

    Notes
    -----
    Shares of later pieces are smaller, so a cheaper piece is never passed over for a dearer one. The search adds up what several
    actions do on one indicator, to at most all the people short; the plan promises less: `several.one_after_another`.
    """
    lived = residents[residents > 0]
    in_city = not lived.size or full_dose(one, float(np.median(lived))) < 1
    drafts: list[Draft] = []
    for place in [NOWHERE] if in_city else sorted(set(need.place.tolist())):
        n = float(residents.sum() if place == NOWHERE else residents[place])
        rows = np.arange(len(need.people)) if place == NOWHERE else np.flatnonzero(need.place == place)
        if n <= 0 or not rows.size:
            continue
        size = affordable(one, max(round(full_dose(one, n)), 1), most_usd)
        steps = min(int(np.ceil(STEPS * full_dose(one, n) / size)), MOST_STEPS)
        steps = max(steps, 1) if one.max_units is None else min(max(steps, 1), one.max_units // size)
        done = dose_share(one, size * np.arange(steps + 1), n)
        for step in range(steps):
            share = np.full(len(rows), done[step + 1] - done[step])
            drafts.append(Draft(one, NOWHERE, place, step, float(size), 1, np.inf, rows + first_row, share))
    return drafts


def household_drafts(
    one: Action, need: Need, first_row: int, poor: Floats | None, most_usd: float
) -> list[Draft] | str:
    """Return an action that serves households that lack something, in each place.

    Parameters
    ----------
    one
        An action with effect ``household``.
    need, first_row
        Who lacks it, and where the rows begin in the demand.
    poor
        Share of each unit's people in poor households, None where unknown. (P,)
    most_usd
        The most any fund that may pay has in one year. [US$]

    Returns
    -------
    list of Draft or str
        Packages of a tenth of the place's need each; or why it cannot be planned.

    Notes
    -----
    An action for the poor reaches at most the poor among those who lack it, who are taken to lack it as often as all: the
    poor lack more, so this is the least they are.
    """
    assert one.capacity is not None
    if one.demand == "poor" and poor is None:
        return "it is for poor households, and no source says how many are poor in each place"
    drafts = []
    for row, place in enumerate(need.place):
        reachable = need.people[row] * (
            float(poor[place]) if one.demand == "poor" and poor is not None else 1.0
        )
        units = reachable / one.capacity
        if units < 1:
            continue
        size = affordable(one, int(np.ceil(units / PACKAGES)), most_usd)
        most = min(int(np.ceil(units / size)), MOST_PACKAGES)
        share = np.array([min(size * one.capacity / need.people[row], 1.0)])
        drafts.append(
            Draft(one, NOWHERE, int(place), 0, float(size), most, np.inf, np.array([row + first_row]), share)
        )
    return drafts


def city_draft(one: Action) -> Draft:
    """Return an action of which a city has one; whom it serves cannot be counted."""
    return Draft(one, NOWHERE, NOWHERE, 0, 1.0, 1, np.inf, np.zeros(0, np.int64), np.zeros(0))


def name_of(draft: Draft, ground: Ground, table: pd.DataFrame) -> str:
    """Return what messages call an option."""
    place = ground.city if draft.place == NOWHERE else ground.places[draft.place]
    where = place if draft.site == NOWHERE else f"{table['site'].to_numpy()[draft.site]} in {place}"
    return f"{draft.action.id} at {where}" + (f", part {draft.step + 1}" if draft.step else "")


def by_action(drafts: list[Draft]) -> Mapping[str, list[int]]:
    """Return the positions of each action's options."""
    found: dict[str, list[int]] = {}
    for number, draft in enumerate(drafts):
        found.setdefault(draft.action.id, []).append(number)
    return found


def alike(drafts: list[Draft]) -> Iterator[tuple[int, int]]:
    """Yield (later, earlier) for every two pieces of a dose that follow each other."""
    at = {
        (draft.action.id, draft.place, draft.step): number
        for number, draft in enumerate(drafts)
        if draft.site == NOWHERE
    }
    for (action, place, step), number in at.items():
        if step:
            yield number, at[action, place, step - 1]
