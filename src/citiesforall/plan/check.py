"""Checks a plan by other means than those that made it: the money counted again, the changed city measured again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.action import Action, actions_for
from citiesforall.core.inputs import Inputs
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.plan.check_effect import Promise, city_after, counted, other_effects, promised
from citiesforall.plan.check_rules import money_again, rule_faults

SHARE = 0.005
"""People a plan may promise beyond what is measured again: rounding of shares, not a plan that promises too much (ours)."""
PEOPLE = 1.0
"""The same in persons."""


@dataclass(frozen=True)
class Checked:
    """Hold what the check found.

    Parameters
    ----------
    faults
        Why the plan must not be published, one line each; empty where it holds.
    after
        The observations that change: before, after, and how each was found.
    said
        What ``check.json`` says.
    """

    faults: tuple[str, ...]
    after: pd.DataFrame
    said: Mapping[str, Any]


def check_plan(given: Inputs, plan: pd.DataFrame, services: Mapping[str, Any]) -> Checked:
    """Check a plan.

    Parameters
    ----------
    given
        The city and its finished steps.
    plan
        ``plan.parquet``.
    services
        Service -> what the plan says of it in ``plan.json``: the walks and the people asking for it.

    Returns
    -------
    Checked
        The money of each fund and year against the city file; tiers, prerequisites, exclusions, spacing and most units
        against the catalogue; and, with every facility of the plan put on the map, the people who reach one now and did not
        before against those promised.

    Notes
    -----
    Nothing here is imported from the model, its problem or the tables made from it. Facilities are put into the city by the
    functions of ``whatif``, and walks are found by the nearest search, not by the bounded reach the plan was made with.
    """
    money, faults = money_again(given.city, plan)
    faults += rule_faults(given.city, plan, _table(given))
    whole = str(given.city.place.code), actions_for(given.city)
    after, measured = city_after(given, plan, services)
    lines = [
        _compared(said, measured.get(service), plan[plan["service"] == service], whole)
        for service, said in promised(plan, services).items()
    ]
    faults += [line["fault"] for line in lines if line["fault"]]
    told = {
        "holds": not faults,
        "faults": faults,
        "people": [{key: value for key, value in line.items() if key != "fault"} for line in lines],
        "money": money,
        "allowed": {"share": SHARE, "people": PEOPLE},
    }
    return Checked(tuple(faults), after, told)


def _table(given: Inputs) -> pd.DataFrame:
    """Return the observations."""
    return read_parquet(given.done["measure"].folder / "observations.parquet")


def _compared(
    said: Promise,
    measured: Mapping[str, float] | None,
    plan: pd.DataFrame,
    whole: tuple[str, Mapping[str, Action]],
) -> dict[str, Any]:
    """Set what is promised for a service beside what is counted again; `whole` is the city's code, and the catalogue."""
    city, catalogue = whole
    again = counted(said, plan, catalogue, measured)
    if measured is not None:
        again += measured[city]
    how = "counted by hand" if measured is None else "measured on the changed city"
    why = other_effects(said, again) if measured is not None else ""
    fault = ""
    if not np.isfinite(again) or said.people - again > PEOPLE + SHARE * max(again, 0.0):
        fault = (
            f"plan: '{said.service}': {said.people:,.0f} people are promised, {again:,.0f} are {how}. "
            "The plan is not published; please report this with the city file."
        )
    return {
        "service": said.service, "promised": said.people, "again": again, "difference": again - said.people, "how": how,
        "why": why, "fault": fault,
    }  # fmt: skip


def write_check(checked: Checked, folder: Path) -> None:
    """Write ``after.parquet``; ``check.json`` is written with the other words of the plan."""
    write_parquet(checked.after, folder / "after.parquet")
