"""Gaps between common challenges and what can be done: of mandate, finance, capacity and evidence."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.action import Action, actions
from citiesforall.core.challenge import challenges
from citiesforall.core.indicator import indicators
from citiesforall.nation.exact import STEP, rounded
from citiesforall.nation.given import NationInputs
from citiesforall.nation.options_plans import CityPlan, all_rows, answers, as_table, some_few
from citiesforall.pipeline.frameworks import role_of

GAPS = (
    "kind", "challenge", "action", "members", "people", "usd", "note", "tier", "fund", "members_all", "people_low",
    "people_high", "cost_usd", "known_usd", "status", "said",
)  # fmt: skip
TIER_OF_LEVEL = {"province": "CP", "district": "DM", "city": "DM", "commune": "CS"}
"""Tier of the administration that a member is; a capital that is a member as a city is told by its code."""
SUBNATIONAL = frozenset(TIER_OF_LEVEL.values())
LETTERS_OF_PROVINCE = 4
"""A city whose code, or the code it is part of, is that of a province (KH12) is led by the capital or province."""
ANSWERED_BY = {
    "political": ("civil_society_participation", "budget_openness"),
    "environmental": ("disaster_strategy_local", "smart_city_infrastructure"),
    "community": ("smart_city_community",),
    "personal": ("smart_city_security",),
    "economic": ("smart_city_digital_equity",),
}  # fmt: skip
"""Dimension -> the self-assessments that bear on it (ours); the others have none but the administration's own."""
MAPS = "maps"
"""Word for what fills an indicator of no role of its own: ``options.source.<word>`` says all of them."""
ADMINISTRATION = "smart_city_capacity"
"""Self-assessment that bears on every challenge: staff, money and rules of the administration itself."""


def gaps_table(
    given: NationInputs,
    plans: Sequence[CityPlan],
    judged: pd.DataFrame,
    members: pd.DataFrame,
    capacity: pd.DataFrame,
) -> pd.DataFrame:
    """Return every gap that can be told.

    Parameters
    ----------
    given
        The nation's inputs.
    plans
        Plans that count.
    judged
        Which members have which challenge.
    members
        The members' table.
    capacity
        From `citiesforall.nation.capacity.capacity_table`.

    Returns
    -------
    pandas.DataFrame
        Columns `GAPS`. ``usd`` is what is missing (above 0) or left over (below 0); empty where nothing says what is there.
        ``note`` holds words of ``options.gap_note``; ``said`` what a run says itself (English).
    """
    parts = {
        str(code)
        for code, whole in zip(members["member"], members["part_of"].fillna(""), strict=True)
        if whole
    }
    judged = judged.assign(part=judged["member"].isin(parts))
    tier_of = {
        str(one.member): tier_of_member(str(one.level), str(one.member), str(one.part_of or ""))
        for one in members.itertuples()
    }
    rows = [
        *mandate_gaps(judged, tier_of),
        *finance_gaps(given, plans),
        *no_plan_gaps(judged, plans),
        *capacity_gaps(judged, capacity),
        *evidence_gaps(given, judged, members),
        *_unplannable(plans),
    ]
    hide = given.nation.choices.hide_below
    table = as_table([_shown({**_TEXTS, **row}, hide) for row in rows], GAPS, ("kind", *_TEXTS))
    keys = ["kind", "challenge", "action", "tier", "fund", "note"]
    return table.sort_values(keys, ignore_index=True)


_TEXTS = {"challenge": "", "action": "", "tier": "", "fund": "", "note": "", "said": "", "status": "ok"}


def _shown(row: dict[str, Any], hide_below: int) -> dict[str, Any]:
    """Withhold a small count of people, and the money that would give it away."""
    if not 0 < row.get("people", np.nan) < hide_below:
        return row
    hidden = dict.fromkeys(("people", "people_low", "people_high", "usd", "cost_usd"), np.nan)
    return row | hidden | {"status": "suppressed"}


def tier_of_member(level: str, code: str, part_of: str) -> str:
    """Return the tier of the administration that a member is; empty where its level is none.

    Parameters
    ----------
    level
        Of the member.
    code, part_of
        Its code, and that of the place it is part of.
    """
    if level == "city" and LETTERS_OF_PROVINCE in (len(code), len(part_of)):
        return "CP"
    return TIER_OF_LEVEL.get(level, "")


def mandate_gaps(judged: pd.DataFrame, tier_of: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return challenges that members have and may not answer themselves.

    Parameters
    ----------
    judged
        Which members have which challenge.
    tier_of
        Member -> tier of its administration.

    Returns
    -------
    list of dict
        For each action led by another tier, with that tier; and, with no action, members that may lead none of them at all.

    Notes
    -----
    A tier may act on what it leads or is partner of in the catalogue, which follows the sub-decrees from memory.
    """
    declared, rows = actions(), []
    for challenge, keys in answers().items():
        having = judged[(judged["challenge"] == challenge) & (judged["has"] == 1.0)]
        having = having.assign(tier=having["member"].map(tier_of).fillna(""))
        having = having[having["tier"].isin(list(SUBNATIONAL))]
        if having.empty:
            continue
        ways = [declared[key] for key in keys]
        found: dict[frozenset[str], dict[str, float]] = {}
        for one in ways:
            tiers = frozenset(tier for tier in set(having["tier"]) if not may_act(one, tier))
            if tiers and tiers not in found:
                outside = having[having["tier"].isin(list(tiers))]
                found[tiers] = {"members": len(outside), "members_all": len(having), **_people(outside)}
            if tiers:
                rows.append(_mandate(challenge, one.id, found[tiers], (one.tier, "led_by_other_tier")))
        leads = {tier for tier in SUBNATIONAL if any(one.tier == tier for one in ways)}
        none = having[~having["tier"].isin(list(leads))]
        if len(none):
            could = " ".join(sorted({one.tier for one in ways}))
            sums = {"members": len(none), "members_all": len(having), **_people(none)}
            rows.append(_mandate(challenge, "", sums, (could, "leads_no_action")))
    return rows


def may_act(one: Action, tier: str) -> bool:
    """Tell whether a tier leads an action or takes part in it."""
    return tier in {one.tier, one.partner}


def _mandate(
    challenge: str, action: str, sums: Mapping[str, float], which: tuple[str, str]
) -> dict[str, Any]:
    """Return one gap of mandate."""
    tier, note = which
    return {"kind": "mandate", "challenge": challenge, "action": action, "tier": tier, "note": note, **sums}


def _people(part: pd.DataFrame) -> dict[str, float]:
    """Return the people with the challenge in some members, each once; where a member's are not counted, nothing is said.

    A city that is part of another member is left out, unless there are only such.
    """
    names = ("people", "people_low", "people_high")
    whole = part[~part["part"].to_numpy(bool)]
    counted = whole if len(whole) else part
    return {name: float(rounded(counted[name].to_numpy(np.float64), STEP).sum()) for name in names}


def finance_gaps(given: NationInputs, plans: Sequence[CityPlan]) -> list[dict[str, Any]]:
    """Return what plans leave undone for want of money, what funds have left, and costs against known envelopes.

    Parameters
    ----------
    given
        With the envelopes of the nation file.
    plans
        Plans that count.

    Notes
    -----
    What serving the rest would cost is the plans' own cost for each person newly served, times the people not served: later
    sites serve fewer each, so it is rather too low.
    """
    planned = all_rows(plans)
    rows: list[dict[str, Any]] = [
        _without_cost(row, planned, given.nation.choices.hide_below)
        for row in _unserved(plans)
        if row["people"] > 0
    ]
    money = (
        pd.concat([plan.money.assign(member=plan.member) for plan in plans], ignore_index=True)
        if plans
        else pd.DataFrame()
    )
    if len(money):
        for (tier, fund), part in money[money["kind"] == "capital"].groupby(["tier", "fund"], sort=True):
            limit, spent = float(part["limit_usd"].sum()), float(part["spent_usd"].sum())
            rows.append(
                {"kind": "finance", "tier": str(tier), "fund": str(fund), "members": part["member"].nunique(),
                 "cost_usd": spent, "known_usd": limit, "usd": spent - limit, "note": "plans_limit"}
            )  # fmt: skip
    cost = float(planned["capital_usd"].sum()) if len(planned) else np.nan
    if not given.nation.envelopes:
        return [
            *rows,
            {
                "kind": "finance",
                "cost_usd": cost,
                "note": "no_envelope",
                "status": "missing",
                "members": len(plans),
            },
        ]
    for one in given.nation.envelopes:
        held = planned[(planned["fund"] == one.fund) & (one.tier in {"ALL", *planned["fund_tier"]})]
        held = held if one.tier == "ALL" else held[held["fund_tier"] == one.tier]
        needs = float(held["capital_usd"].sum()) if len(held) else np.nan
        rows.append(
            {"kind": "finance", "tier": one.tier, "fund": one.fund, "members": held["member"].nunique(), "cost_usd": needs,
             "known_usd": one.usd, "usd": needs - one.usd, "note": "envelope" if len(held) else "fund_not_in_plans",
             "status": "ok" if len(held) else "missing", "said": one.source}
        )  # fmt: skip
    return rows


def no_plan_gaps(judged: pd.DataFrame, plans: Sequence[CityPlan]) -> list[dict[str, Any]]:
    """Return challenges that members without a plan have: what answering them costs is in no plan.

    Parameters
    ----------
    judged
        Which members have which challenge.
    plans
        Plans that count.
    """
    planned = {plan.member for plan in plans}
    rows = []
    for challenge, part in judged[judged["has"] == 1.0].groupby("challenge", sort=True):
        without = part[~part["member"].isin(planned)]
        if len(without):
            rows.append({"kind": "finance", "challenge": str(challenge), "members": len(without), "members_all": len(part),
                         "note": "no_plan", "status": "missing", **_people(without)})  # fmt: skip
    return rows


def _unserved(plans: Sequence[CityPlan]) -> list[dict[str, Any]]:
    """Return, for each challenge and service, whom plans leave without it and what serving them would cost."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for plan in plans:
        services: Mapping[str, Any] = plan.said.get("services", {})
        for (challenge, service), part in plan.rows.groupby(["challenge", "service"], sort=True):
            said = services.get(str(service))
            if said is None:
                continue
            left = max(float(said["lacking"]) - float(said["newly_served"]), 0.0)
            served = float(part["people"].sum())
            rate = float(part["capital_usd"].sum()) / served if served > 0 else np.nan
            found.setdefault((str(challenge), str(service)), []).append((left, left * rate))
    rows = []
    for (challenge, service), parts in sorted(found.items()):
        people, usd = (float(rounded([part[at] for part in parts], STEP).sum()) for at in (0, 1))
        rows.append(
            {"kind": "finance", "challenge": challenge, "members": len(parts), "people": people, "usd": usd, "cost_usd": usd,
             "note": "not_served_by_plans", "status": "estimated", "said": service}
        )  # fmt: skip
    return rows


def _without_cost(row: dict[str, Any], planned: pd.DataFrame, hide_below: int) -> dict[str, Any]:
    """Withhold what serving the rest costs where it would tell how few are served: it is the plans' cost for each of them."""
    if not some_few(planned[planned["challenge"] == row["challenge"]], hide_below):
        return row
    return row | {"usd": np.nan, "cost_usd": np.nan, "status": "suppressed"}


def capacity_gaps(judged: pd.DataFrame, capacity: pd.DataFrame) -> list[dict[str, Any]]:
    """Return challenges whose members rate themselves low in what answering them takes.

    Parameters
    ----------
    judged
        Which members have which challenge.
    capacity
        Scores of members.

    Returns
    -------
    list of dict
        ``members`` of ``members_all`` that have the challenge and a score; with none that has a score, a row that says so.
    """
    rows = []
    scored = {
        str(key): part.set_index("member")["passes"] for key, part in capacity.groupby("capacity", sort=True)
    }
    for challenge, one in challenges().items():
        having = judged[(judged["challenge"] == challenge) & (judged["has"] == 1.0)]
        if having.empty:
            continue
        asked = [key for key in (*ANSWERED_BY.get(one.dimension, ()), ADMINISTRATION) if key in scored]
        known = [(key, having.assign(passes=having["member"].map(scored[key]))) for key in asked]
        if all(part["passes"].isna().all() for _, part in known):
            rows.append({"kind": "capacity", "challenge": challenge, "members": len(having), "members_all": len(having),
                         "note": "never_assessed", "status": "missing", **_people(having)})  # fmt: skip
            continue
        for key, part in known:
            weak = part[part["passes"] == 0.0]
            if len(weak):
                rows.append({"kind": "capacity", "challenge": challenge, "members": len(weak), "said": key,
                             "members_all": int(part["passes"].notna().sum()), "note": "rated_low", **_people(weak)})  # fmt: skip
    return rows


def evidence_gaps(given: NationInputs, judged: pd.DataFrame, members: pd.DataFrame) -> list[dict[str, Any]]:
    """Return challenges that could not be judged, for how many members and people, and the source that would fill most.

    Parameters
    ----------
    given
        With the cities' ``missing.csv``.
    judged
        Which members have which challenge.
    members
        The members' table: people of a member that was not judged are its residents.
    """
    people = dict(zip(members["member"], members["people"].to_numpy(np.float64), strict=True))
    parts = {
        str(code) for code, of in zip(members["member"], members["part_of"].fillna(""), strict=True) if of
    }
    city_of = dict(zip(members["member"], members["city"], strict=True))
    missing = {city.code: _missing(given, city.code) for city in given.cities}
    rows = []
    for challenge, one in challenges().items():
        # What is withheld was judged: it is not told, but no source is lacking.
        told = judged["has"].notna() | judged.get("withheld", default=False)
        known = set(judged.loc[(judged["challenge"] == challenge) & told, "member"])
        unknown = sorted(str(code) for code in members["member"] if code not in known)
        if not unknown:
            continue
        wanted: Counter[str] = Counter()
        for code in unknown:
            named = missing.get(str(city_of[code]), {})
            wanted.update({named[key] for key in one.measures if key in named})
        best = min(wanted, key=lambda source: (-wanted[source], source)) if wanted else ""
        whole = [code for code in unknown if code not in parts]
        residents = rounded(np.array([people[code] for code in whole or unknown]), STEP)
        rows.append({"kind": "evidence", "challenge": challenge, "members": len(unknown), "members_all": len(members),
                     "people": float(residents.sum()), "note": "not_judged", "status": "missing", "said": best})  # fmt: skip
    return rows


def _missing(given: NationInputs, code: str) -> dict[str, str]:
    """Return the word of the source that would fill each missing indicator of a city."""
    folder = next(city.folder for city in given.cities if city.code == code)
    path = folder / "missing.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        keys = [row["indicator"] for row in csv.DictReader(file)]
    return {key: role_of(indicators()[key]) or MAPS for key in keys if key in indicators()}


def _unplannable(plans: Sequence[CityPlan]) -> list[dict[str, Any]]:
    """Return challenges that cities have and for which their plans could plan none of the actions."""
    found: dict[str, list[str]] = {}
    for plan in plans:
        for one in plan.said.get("not_planned_for", ()):
            if str(one["reason"]).startswith("none of its actions can be planned"):
                found.setdefault(str(one["challenge"]), []).append(str(one["reason"]))
    return [
        {"kind": "evidence", "challenge": key, "members": len(reasons), "members_all": len(plans),
         "note": "actions_not_countable", "status": "missing", "said": min(reasons)}
        for key, reasons in sorted(found.items())
    ]  # fmt: skip
