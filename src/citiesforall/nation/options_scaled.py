"""What the actions of plans would cost in members without a plan: an estimate from plans of similar members, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.nation.exact import STEP, rounded
from citiesforall.nation.given import NationInputs
from citiesforall.nation.options_plans import CityPlan, as_table

Floats = npt.NDArray[np.float64]

SCALED = (
    "challenge", "action", "member", "people", "units", "unit", "capital_usd", "low", "high", "om_usd", "om_low_usd",
    "om_high_usd", "plans", "basis", "chance", "status", "note",
)  # fmt: skip
TOTALS = (
    "challenge", "action", "members", "members_all", "people", "people_all", "coverage_people", "units", "unit",
    "capital_usd", "low", "high", "om_usd", "om_low_usd", "om_high_usd", "plans", "chance", "status", "note",
)  # fmt: skip
TEXTS = frozenset({"challenge", "action", "member", "unit", "basis", "status", "note"})
LEAST_PLANS = 3
"""Fewer plans say nothing of the spread between them: nothing is scaled."""
SIMILAR = 3.0
"""Members differ in size by no more than this factor to be of similar size (ours)."""
ENDS = {"units": ("units", "units", "units"), "capital_usd": ("capital_usd", "capital_low_usd", "capital_high_usd"),
        "om_usd": ("om_usd", "om_low_usd", "om_high_usd")}  # fmt: skip
"""Amount -> the columns of a plan that hold its middle, low and high end."""
NAMES = {"capital_usd": ("capital_usd", "low", "high"), "om_usd": ("om_usd", "om_low_usd", "om_high_usd")}
"""Amount -> the columns of the table."""


@dataclass(frozen=True)
class Rates:
    """Hold what plans take for each person with a challenge.

    Parameters
    ----------
    members
        Code of the member of each plan that was asked about the challenge. (P,)
    affected
        People with the challenge there. (P,) [persons]
    amounts
        Amount -> middle, low and high of the plans; 0 where the plan did not choose the action. (3, P)
    unit
        Of the units.
    """

    members: tuple[str, ...]
    affected: Floats
    amounts: Mapping[str, Floats]
    unit: str


def scaled_tables(
    given: NationInputs, plans: Sequence[CityPlan], judged: pd.DataFrame, members: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scale the actions of plans to members that have the challenge and no plan.

    Parameters
    ----------
    given
        With ``kinds`` where they were made.
    plans
        Of the cities that count.
    judged
        Which members have which challenge.
    members
        The members' table.

    Returns
    -------
    tuple of pandas.DataFrame
        One row a challenge, action and member (columns `SCALED`), and their sums (columns `TOTALS`).

    Notes
    -----
    The middle is the people with the challenge times the plans' amount for each such person (sum by sum, plans that did not
    choose the action with 0). Low and high are those of the plan with the least and the most for each person, at the low and
    high ends of their costs: one more plan of the same sort falls between the least and the most of n with chance
    (n - 1) / (n + 1), whatever the distribution [wilks_1941]. That chance stands beside every figure and is no 95 %.
    Plans of the same kind are taken where there are three, else of members of similar size, else all; with fewer than three
    nothing is said. Members that a plan covers in part are left out. It is never added to what was planned.
    """
    kinds = given.table("kinds", "member_kinds")
    kind_of = {} if kinds is None else dict(zip(kinds["member"], kinds["kind"], strict=True))
    people_of = dict(zip(members["member"], members["people"].to_numpy(np.float64), strict=True))
    wanted = judged[(judged["has"] == 1.0) & judged["member"].isin(_unplanned(plans, members))]
    rows: list[dict[str, object]] = []
    for challenge, asked in wanted.groupby("challenge", sort=True):
        for action, rates in _rates(str(challenge), plans, judged).items():
            for member, people in zip(asked["member"], asked["people"].to_numpy(np.float64), strict=True):
                which, basis = _similar(str(member), rates.members, kind_of, people_of)
                rows.append(
                    _scaled(str(challenge), action, (str(member), float(people)), rates, (which, basis))
                )
    table = as_table(rows, SCALED, TEXTS)
    return table, _totals(table)


def _unplanned(plans: Sequence[CityPlan], members: pd.DataFrame) -> set[str]:
    """Return the members that no plan covers, not even in part."""
    covered = {place for plan in plans for place in plan.places} | {plan.member for plan in plans}
    free = {str(code) for code in members["member"]}
    return {code for code in free if not any(place.startswith(code) for place in covered)}


def _rates(challenge: str, plans: Sequence[CityPlan], judged: pd.DataFrame) -> dict[str, Rates]:
    """Return what each action of a challenge takes in the plans of members where people have it."""
    here = judged[(judged["challenge"] == challenge) & (judged["people"] > 0)]
    people = dict(zip(here["member"], here["people"].to_numpy(np.float64), strict=True))
    asked = [plan for plan in plans if plan.member in people]
    chosen = [plan.rows[plan.rows["challenge"] == challenge] for plan in asked]
    found = {}
    for action in sorted({str(one) for part in chosen for one in part["action"]}):
        own = [part[part["action"] == action] for part in chosen]
        amounts = {
            name: np.array([[float(part[column].sum()) for part in own] for column in columns])
            for name, columns in ENDS.items()
        }
        units = sorted({str(one) for part in own for one in part["unit"]})
        found[action] = Rates(
            tuple(plan.member for plan in asked), np.array([people[plan.member] for plan in asked]), amounts,
            units[0] if len(units) == 1 else "",
        )  # fmt: skip
    return found


def _similar(
    member: str, planned: Sequence[str], kind_of: Mapping[str, str], people_of: Mapping[str, float]
) -> tuple[npt.NDArray[np.int64], str]:
    """Return which plans a member is compared with, and why these."""
    kinds = np.array([kind_of.get(one, "") for one in planned])
    of_kind = np.flatnonzero(kinds == kind_of[member]) if kind_of.get(member) else np.array([], np.int64)
    own = people_of.get(member, np.nan)
    size = np.array([people_of.get(one, np.nan) for one in planned], np.float64)
    of_size = np.flatnonzero((size >= own / SIMILAR) & (size <= own * SIMILAR))
    for which, basis in ((of_kind, "same_kind"), (of_size, "similar_size")):
        if len(which) >= LEAST_PLANS:
            return which.astype(np.int64), basis
    return np.arange(len(planned), dtype=np.int64), "all_plans"


def rate_of(amounts: Floats, affected: Floats) -> tuple[float, float, float]:
    """Return the amount for each person with a challenge, over several plans.

    Parameters
    ----------
    amounts
        Middle, low and high of each plan. (3, P)
    affected
        People with the challenge. (P,) [persons]

    Returns
    -------
    tuple
        Sum by sum; the least of the low ends and the most of the high ends for each person.
    """
    each = amounts / affected
    return float(amounts[0].sum() / affected.sum()), float(each[1].min()), float(each[2].max())


def _scaled(
    challenge: str,
    action: str,
    member: tuple[str, float],
    rates: Rates,
    taken: tuple[npt.NDArray[np.int64], str],
) -> dict[str, object]:
    """Return one row; empty amounts where there are too few plans."""
    (code, people), (which, basis) = member, taken
    row: dict[str, object] = {
        "challenge": challenge, "action": action, "member": code, "people": float(rounded(people, STEP)), "unit": rates.unit,
        "plans": len(which), "basis": basis, "status": "missing", "note": "too_few_plans",
    }  # fmt: skip
    if len(which) < LEAST_PLANS or not people > 0:
        return row | {"note": row["note"] if len(which) < LEAST_PLANS else "people_unknown"}
    for name, parts in rates.amounts.items():
        middle, low, high = rate_of(parts[:, which], rates.affected[which])
        for column, rate in zip(NAMES.get(name, (name,)), (middle, low, high), strict=False):
            row[column] = float(rounded(rate * people, STEP))
    return row | {
        "chance": (len(which) - 1) / (len(which) + 1),
        "status": "estimated",
        "note": "scaled_from_plans",
    }


def _totals(table: pd.DataFrame) -> pd.DataFrame:
    """Add up what was scaled: low ends to low ends, as if all erred the same way."""
    rows = []
    for (challenge, action), part in table.groupby(["challenge", "action"], sort=True):
        known = part[part["status"] == "estimated"]
        every, some = float(part["people"].sum()), float(known["people"].sum())
        amounts = ("units", "capital_usd", "low", "high", "om_usd", "om_low_usd", "om_high_usd")
        sums = {name: float(known[name].sum()) if len(known) else np.nan for name in amounts}
        rows.append(
            {
                "challenge": challenge, "action": action, "members": len(known), "members_all": len(part), "people": some,
                "people_all": every, "coverage_people": some / every if every > 0 else np.nan,
                **sums, "unit": part["unit"].iloc[0], "plans": int(part["plans"].max()),
                "chance": float(known["chance"].min()) if len(known) else np.nan,
                "status": "estimated" if len(known) else "missing",
                "note": "scaled_from_plans" if len(known) else "too_few_plans",
            }
        )  # fmt: skip
    return as_table(rows, TOTALS, TEXTS)
