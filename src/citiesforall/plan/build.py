"""From the city, the catalogue and the budget to a planning problem in arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array

from citiesforall.core.action import Action
from citiesforall.core.budget import Budget, PlanChoices, weights_of
from citiesforall.core.indicator import indicators
from citiesforall.network.reach import Reach
from citiesforall.plan.build_challenges import all_required, considered, unanswered
from citiesforall.plan.build_money import candidates, money_of, most_usd
from citiesforall.plan.build_options import (
    Draft,
    city_draft,
    coverage_drafts,
    dose_drafts,
    household_drafts,
    name_of,
)
from citiesforall.plan.build_rules import able, make_rules
from citiesforall.plan.build_weights import Groups, about_safety, find_groups, service_weight, severities
from citiesforall.plan.effects import (
    PERCENT,
    Ground,
    Need,
    access_need,
    shortfall_need,
    walk_of,
)
from citiesforall.plan.problem import Demand, Options, Problem
from citiesforall.plan.problem_making import lead_years

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Built:
    """Hold a planning problem and what its arrays stand for.

    Parameters
    ----------
    problem
        The arrays.
    drafts
        What each option is. (O,)
    needs
        Service -> who lacks it, in the order of the demand's services.
    first_row
        Where each service's rows begin in the demand. (V,)
    service_weights
        Service -> weight of a served person.
    groups
        Who counts more, and why.
    left_out
        ``action``, ``reason``: what was not planned for.
    unanswered
        ``challenge``, ``rank``, ``reason``: the challenges no option answers.
    """

    problem: Problem
    drafts: tuple[Draft, ...]
    needs: Mapping[str, Need]
    first_row: tuple[int, ...]
    service_weights: Mapping[str, float]
    groups: Groups
    left_out: tuple[dict[str, str], ...]
    unanswered: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Given:
    """Hold what a problem is built from.

    Parameters
    ----------
    ground
        The city.
    catalogue
        Its actions, its own unit rates in place.
    budget, choices
        Of the city file.
    sites
        Candidate sites, None where the city has no streets.
    reach
        Parts within the longest reach of each site.
    challenges
        ``challenges.parquet``, None without a diagnosis.
    """

    ground: Ground
    catalogue: Mapping[str, Action]
    budget: Budget
    choices: PlanChoices
    sites: pd.DataFrame | None
    reach: Reach | None
    challenges: pd.DataFrame | None


def build(given: Given) -> Built:
    """Build the planning problem of a city.

    Parameters
    ----------
    given
        City, catalogue, budget, choices, sites, challenges.

    Returns
    -------
    Built
        Actions without a countable effect are options only where another needs them; what is left out is listed with its
        reason.
    """
    left: dict[str, str] = {}
    chosen = considered(given.catalogue, (given.budget, given.choices), given.challenges, left)
    needs, asked = _needs(given, chosen, left)
    groups = find_groups(given.ground, weights_of(given.choices))
    severity = severities(given.challenges)
    weights = {
        key: service_weight(key, [chosen[one] for one, service in asked.items() if service == key], severity)
        for key in needs
    }
    safety = {key: about_safety([chosen[one] for one, at in asked.items() if at == key]) for key in needs}
    rows = {key: weights[key] * _person(groups, need, safe=safety[key]) for key, need in needs.items()}
    drafts, needs = _drafts(given, chosen, (needs, asked, rows), groups, left)
    drafts = _with_prerequisites(given, drafts, left)
    lacking = {key: float(needs[service].people.sum()) for key, service in asked.items() if service in needs}
    demand, first = _demand(given.ground, needs, groups, (weights, safety))
    problem = Problem(
        _options(given, drafts),
        demand,
        money_of(given.budget, drafts),
        make_rules(drafts, given.catalogue, given.ground, _table(given), given.choices.has, lacking),
        _covers(drafts, len(demand.people)),
        given.choices.objective,
        given.budget.discount_rate,
    )
    gone = tuple({"action": key, "reason": left[key]} for key in given.catalogue if key in left)
    options = {draft.action.id for draft in drafts}
    other = unanswered(given.challenges, options, left, asked=bool(given.choices.actions))
    return Built(
        problem, tuple(drafts), needs, first, {key: weights[key] for key in needs}, groups, gone, other
    )


def _table(given: Given) -> pd.DataFrame:
    """Return the candidate sites, an empty table where there are none."""
    empty = pd.DataFrame({"site": np.zeros(0, object), "x": np.zeros(0), "y": np.zeros(0)})
    return empty if given.sites is None else given.sites


def _needs(
    given: Given, chosen: dict[str, Action], left: dict[str, str]
) -> tuple[dict[str, Need], dict[str, str]]:
    """Count who lacks what each action gives; return needs by service, and the service of each action."""
    needs: dict[str, Need] = {}
    asked: dict[str, str] = {}
    failed: dict[str, str] = {}
    for key, one in chosen.items():
        if one.effect == "city":
            continue
        service, to = _service(given, one)
        if service not in needs and service not in failed:
            need = _need(given, one, service, to)
            if isinstance(need, str):
                failed[service] = need
            else:
                needs[service] = need
        if service in failed:
            left[key] = failed[service]
        else:
            asked[key] = service
    return needs, asked


def _service(given: Given, one: Action) -> tuple[str, dict[str, float]]:
    """Return the service an action gives, and the walks to it where it is one of access."""
    declared, walk_m_s = indicators(), given.ground.layers.base_walk_m_s
    if one.effect == "coverage":
        return walk_of(one, declared, walk_m_s)
    assert one.indicator is not None
    method = declared[one.indicator].method
    if method == "share_within_distance":
        return one.indicator, dict(declared[one.indicator].options["to"])
    return one.indicator, {}


def _need(given: Given, one: Action, service: str, to: dict[str, float]) -> Need | str:
    """Count who lacks a service."""
    if to:
        if one.effect == "coverage" and given.sites is None:
            return "the city has no streets: nobody's walk is known"
        return access_need(given.ground, service, to, flooded=one.demand == "flooded")
    declared = indicators()[service]
    goal = one.target
    if goal is None:
        goal = PERCENT if declared.better == "higher" else 0.0
    return shortfall_need(given.ground, service, goal)


def _person(groups: Groups, need: Need, *, safe: bool) -> Floats:
    """Return what one person of each row of a need counts, the service apart. (D,)"""
    each = groups.of_place() * (groups.of_women() if safe else 1.0)
    return np.asarray(np.broadcast_to(each, max(len(need.asking), 1))[need.place])


def _drafts(
    given: Given,
    chosen: dict[str, Action],
    asked: tuple[dict[str, Need], dict[str, str], dict[str, Floats]],
    groups: Groups,
    left: dict[str, str],
) -> tuple[list[Draft], dict[str, Need]]:
    """Make the options; services no action can give are taken out of the needs."""
    needs, service_of, rows = asked
    able = {key: one for key, one in chosen.items() if key in service_of}
    used = {service: need for service, need in needs.items() if need.people.size}
    first = dict(zip(used, np.cumsum([0, *(len(need.people) for need in used.values())]), strict=False))
    lacking = {key: float(used[service_of[key]].people.sum()) for key in able if service_of[key] in used}
    looked_at = candidates(given.budget, {key: able[key] for key in lacking}, lacking)
    drafts: list[Draft] = []
    for key, one in able.items():
        service = service_of[key]
        if service not in used:
            left[key] = "nobody lacks it"
            continue
        who = used[service], int(first[service]), rows[service]
        found = _of_one(given, one, who, (groups.shares.get("idpoor"), looked_at.get(key, 0)))
        if isinstance(found, str) or not found:
            left[key] = (
                found if isinstance(found, str) else "no site where it may stand reaches anybody who lacks it"
            )
        else:
            drafts += found
    drafts = [*drafts, *_prerequisites_of_city(chosen, drafts, left)]
    return drafts, used


def _of_one(
    given: Given, one: Action, need: tuple[Need, int, Floats], more: tuple[Floats | None, int]
) -> list[Draft] | str:
    """Make the options of one action; `more` is the share of poor people and how many sites are looked at."""
    poor, enough = more
    who, first, weight = need
    capital, _ = most_usd(given.budget, one)
    if one.effect == "coverage":
        assert given.sites is not None
        assert given.reach is not None
        bounds = given.ground.places, enough
        return coverage_drafts(one, who, first, (given.reach, given.sites), weight, bounds)[0]
    if one.effect == "dose":
        return dose_drafts(one, who, first, given.ground.residents(), capital)
    return household_drafts(one, who, first, poor, capital)


def _prerequisites_of_city(
    chosen: dict[str, Action], drafts: list[Draft], left: dict[str, str]
) -> list[Draft]:
    """Make options of the actions of the whole city that others need; the rest is listed, for nobody can be counted."""
    wanted = all_required(chosen, {key for draft in drafts for key in draft.action.requires})
    found = []
    for key, one in chosen.items():
        if one.effect == "city" and key in wanted:
            found.append(city_draft(one))
        elif one.effect == "city":
            cost = sum(one.capital_usd) / 2
            left[key] = f"whom it serves cannot be counted: for the council to weigh (about US${cost:,.0f})"
    return found


def _with_prerequisites(given: Given, drafts: list[Draft], left: dict[str, str]) -> list[Draft]:
    """Return the options whose prerequisites stand or can be planned; an action of which none is left is listed."""
    kept, missing = able(drafts, given.catalogue, given.ground, given.choices.has)
    for key, first in missing.items():
        why = left.get(first, "it can be done in none of the places that need it")
        left[key] = f"it needs '{first}' first, which does not stand and is left out: {why}"
    return kept


def _demand(
    ground: Ground,
    needs: Mapping[str, Need],
    groups: Groups,
    weighed: tuple[Mapping[str, float], Mapping[str, bool]],
) -> tuple[Demand, tuple[int, ...]]:
    """Lay the needs one behind the other."""
    weights, safety = weighed
    names = tuple(groups.shares) or ("everybody",)
    P = len(ground.places)
    shares = np.array([np.broadcast_to(groups.shares.get(name, np.ones(1)), P) for name in names])
    asking, served = np.zeros(P), np.zeros(P)
    for key, need in needs.items():
        each = weights[key] * groups.of_place() * (groups.of_women() if safety[key] else 1.0)
        asking, served = asking + each * need.asking, served + each * need.served
    place = np.concatenate([np.zeros(0, np.int64), *(need.place for need in needs.values())]).astype(np.int64)
    sizes = [len(need.people) for need in needs.values()]
    weight = [weights[key] * _person(groups, need, safe=safety[key]) for key, need in needs.items()]
    demand = Demand(
        people=np.concatenate([np.zeros(0), *(need.people for need in needs.values())]),
        weight=np.concatenate([np.zeros(0), *weight]),
        service=np.repeat(np.arange(len(sizes)), sizes),
        place=place,
        cell=_cells(ground, needs),
        group_share=shares[:, place].T,
        place_need=asking,
        place_served=served,
        group_need=shares @ asking,
        group_served=shares @ served,
        services=tuple(needs),
        places=ground.places,
        groups=names,
    )
    return demand, tuple(np.cumsum([0, *sizes])[:-1].tolist())


def _cells(ground: Ground, needs: Mapping[str, Need]) -> npt.NDArray[np.int64]:
    """Return whose people each row is of: a cell part, or a whole unit, numbered after the parts."""
    C = len(ground.place_of)
    cell = [np.where(need.cell >= 0, need.cell, C + need.place) for need in needs.values()]
    return np.concatenate([np.zeros(0, np.int64), *cell]).astype(np.int64)


def _options(given: Given, drafts: list[Draft]) -> Options:
    """Turn drafts into arrays."""
    T = len(given.budget.years)
    lead = lead_years([draft.action.lead_months for draft in drafts])
    table = _table(given)
    return Options(
        names=tuple(name_of(draft, given.ground, table) for draft in drafts),
        units_min=np.zeros(len(drafts), np.int64),
        units_max=np.array([draft.most for draft in drafts], np.int64),
        capacity=np.array([draft.capacity for draft in drafts], np.float64),
        lead_years=lead,
        may_start=np.arange(T) + lead[:, None] < T,
    )


def _covers(drafts: list[Draft], n_rows: int) -> Any:
    """Return the share of each demand row that one unit of an option serves. (O, D)"""
    sizes = [len(draft.rows) for draft in drafts]
    row = np.repeat(np.arange(len(drafts)), sizes)
    column = np.concatenate([np.zeros(0, np.int64), *(draft.rows for draft in drafts)])
    share = np.concatenate([np.zeros(0), *(draft.share for draft in drafts)])
    return csr_array((share, (row, column)), shape=(len(drafts), n_rows))
