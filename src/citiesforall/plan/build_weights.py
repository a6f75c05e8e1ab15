"""How much one served person counts: who lives in a place, and how severe the challenge is that a service answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.action import Action
from citiesforall.plan.effects import PERCENT, Ground

Floats = npt.NDArray[np.float64]

SHARES = {
    "idpoor": ("idpoor_people", "idpoor_survey", "idpoor_households"),
    "disabled": ("disability_prevalence",),
}
"""Group -> indicators that say which share of a place's people is of it, the best first."""
WOMEN_COLUMN = "people_women"
LEAST_SEVERITY = 0.5
"""Weight of a service whose challenge has severity 0; it rises by 1 to severity 100 (ours)."""


@dataclass(frozen=True)
class Groups:
    """Hold which share of each place's people is of a group that counts more.

    Parameters
    ----------
    shares
        Group -> share by unit. (P,)
    weights
        Group -> how much one person of it counts.
    said
        Where the shares come from, one sentence for each group, and which groups are unknown.
    """

    shares: Mapping[str, Floats]
    weights: Mapping[str, float]
    said: tuple[str, ...]

    def of_place(self) -> Floats:
        """Return the mean weight of a person of each unit, women apart. (P,) or (1,)

        Notes
        -----
        Product over groups of 1 + (weight - 1) x share: whoever is of two groups counts by both weights, and the groups
        are taken as independent inside a place, for no source says who is of both.
        """
        found = np.ones(1)
        for group in SHARES:
            if group in self.shares:
                found = found * (1 + (self.weights[group] - 1) * self.shares[group])
        return np.asarray(found)

    def of_women(self) -> Floats:
        """Return the further weight of a person where an action is about personal security. (P,) or (1,)"""
        share = self.shares.get("women")
        return np.ones(1) if share is None else 1 + (self.weights["women"] - 1) * share


def find_groups(ground: Ground, weights: Mapping[str, float]) -> Groups:
    """Find the share of each place's people who are poor, disabled, women.

    Parameters
    ----------
    ground
        The city.
    weights
        Group -> weight, the council's own words first.

    Returns
    -------
    Groups
        A unit without a value takes the city's; a group without any is left out and said to be.
    """
    shares: dict[str, Floats] = {}
    said = []
    for group, keys in SHARES.items():
        for key in keys:
            whole = ground.known.get((ground.city, key), np.nan)
            found = ground.by_place(key)
            if np.isfinite(found).any() or np.isfinite(whole):
                n_absent = int(np.isnan(found).sum())
                residents = ground.residents()
                known = np.isfinite(found)
                mean = float(np.average(found[known], weights=residents[known])) if known.any() else np.nan
                shares[group] = np.where(known, found, whole if np.isfinite(whole) else mean) / PERCENT
                said.append(
                    f"{group} x {weights[group]:g}: '{key}'"
                    + (f", {n_absent} places as the city" if n_absent else "")
                )
                break
        else:
            said.append(f"{group} x {weights[group]:g}: unknown in this city, nobody counts more for it")
    women = ground.layers.cells.get(WOMEN_COLUMN)
    if women is None:
        said.append(f"women x {weights['women']:g} for personal security: unknown in this city")
    else:
        n = np.bincount(ground.place_of, weights=np.nan_to_num(women), minlength=len(ground.places))
        residents = ground.residents()
        shares["women"] = np.divide(n, residents, out=np.full(len(n), 0.5), where=residents > 0)
        said.append(f"women x {weights['women']:g} for personal security: counted by place")
    return Groups(shares, dict(weights), tuple(said))


def severities(challenges: pd.DataFrame | None) -> dict[str, float]:
    """Return how severe the worst challenge is that each indicator and each action answers.

    Parameters
    ----------
    challenges
        ``challenges.parquet``; None where there is no diagnosis.

    Returns
    -------
    dict
        ``indicator:<id>`` and ``action:<id>`` -> severity, 0 to 100; nothing for challenges without one.
    """
    found: dict[str, float] = {}
    if challenges is None:
        return found
    for row in challenges.itertuples():
        severity = float(row.severity)  # type: ignore[arg-type]  # a column of numbers
        if np.isnan(severity):
            continue
        words = [f"indicator:{key}" for key in str(row.indicators).split()]
        words += [f"action:{key}" for key in str(row.actions).split()]
        for word in words:
            found[word] = max(found.get(word, 0.0), severity)
    return found


def service_weight(service: str, given_by: list[Action], severity: Mapping[str, float]) -> float:
    """Return how much a served person counts for a service.

    Parameters
    ----------
    service
        Its id.
    given_by
        The actions that give it.
    severity
        From `severities`.

    Returns
    -------
    float
        0.5 to 1.5 with the severity of the challenge it answers, 1 where no diagnosis says (ours).
    """
    direct = severity.get(f"indicator:{service}")
    through = [severity[key] for one in given_by if (key := f"action:{one.id}") in severity]
    found = direct if direct is not None else max(through, default=None)
    return 1.0 if found is None else LEAST_SEVERITY + found / PERCENT


def about_safety(given_by: list[Action]) -> bool:
    """Tell whether a service is about personal security: the main dimension of an action that gives it."""
    return any(one.dimensions[0] == "personal" for one in given_by)
