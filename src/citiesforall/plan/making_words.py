"""What is said of a plan: its proof, weights, services, what is left out; and the lines at the end of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.action import actions_for
from citiesforall.core.fund_limits import limits_usd
from citiesforall.core.indicator import indicators
from citiesforall.core.inputs import Inputs
from citiesforall.core.tables import read_parquet
from citiesforall.plan.build import Built, Given
from citiesforall.plan.build_challenges import not_planned_for
from citiesforall.plan.effects import Ground
from citiesforall.plan.problem import Solution
from citiesforall.plan.roadmap_words import works_name
from citiesforall.plan.robustness import Robustness

PERCENT = 100.0
SHOWN = 5
"""Items named at the end of a run."""
HALF, TWICE = 0.5, 2.0
"""Budgets named at the end of a run."""
NONE = 5e-4
"""A gap that would be shown as 0.0 %: only then a plan is called proved best."""


def services_of(ground: Ground, built: Built) -> dict[str, Any]:
    """Return what a plan knows of each service, place by place.

    Parameters
    ----------
    ground
        The city.
    built
        The problem.

    Returns
    -------
    dict
        Service -> ``to`` (kind -> walk [m]), ``flooded``, ``lacking``, ``asking``, ``residents`` (by place) [persons], ``note``.
    """
    residents = dict(zip(ground.places, ground.residents().tolist(), strict=True))
    flooded = {
        built.problem.demand.services[int(built.problem.demand.service[draft.rows[0]])]
        for draft in built.drafts
        if draft.rows.size and draft.action.demand == "flooded"
    }
    found = {}
    for key, need in built.needs.items():
        lacking = np.bincount(need.place, weights=need.people, minlength=len(ground.places))
        found[key] = {
            "to": dict(need.to), "flooded": key in flooded, "note": need.note,
            "lacking": dict(zip(ground.places, lacking.tolist(), strict=True)),
            "asking": dict(zip(ground.places, need.asking.tolist(), strict=True)), "residents": residents,
        }  # fmt: skip
    return found


def plan_words(
    given: Given, built: Built, solution: Solution, frontier: pd.DataFrame | None
) -> dict[str, Any]:
    """Return what ``plan.json`` says.

    Parameters
    ----------
    given
        What the problem was built from.
    built, solution
        The problem and its plan.
    frontier
        Other budgets, None where they were not asked.

    Returns
    -------
    dict
        Proof, weights, money, services, what is left out, notes. Seconds are not in it, so that runs can be compared.
    """
    demand, budget = built.problem.demand, given.budget
    services = {
        key: {
            "lacking": float(built.needs[key].people.sum()), "asking": float(built.needs[key].asking.sum()),
            "newly_served": float(solution.people[at]), "weight": built.service_weights[key], "how": built.needs[key].note,
            "title": indicators()[key].title if key in indicators() else "",
        }
        for at, key in enumerate(demand.services)
    }  # fmt: skip
    shares = dict(zip(demand.places, solution.place_share.tolist(), strict=True))
    most = {demand.places[at] for at in solution.at_their_most.tolist()}
    known = {place: share for place, share in shares.items() if np.isfinite(share)}
    known = {place: share for place, share in known.items() if place not in most} or known
    stages = [
        {key: one for key, one in asdict(stage).items() if key != "seconds"} for stage in solution.stages
    ]
    return {
        "status": solution.status, "objective": given.choices.objective, "value": solution.objective, "bound": solution.bound,
        "gap": solution.gap, "method": solution.method, "limited_by": solution.limited_by, "stages": stages,
        "people_once": solution.people_once, "weights": [*built.groups.said, solution.weights],
        "worst_place": min(known, key=lambda place: known[place]) if known else None,
        "place_share": shares, "group_share": dict(zip(demand.groups, solution.group_share.tolist(), strict=True)),
        "at_their_most": sorted(most),
        "currency": budget.currency, "khr_per_usd": budget.khr_per_usd, "budget_grade": budget.grade,
        "discount_rate": budget.discount_rate, "years": list(budget.years), "services": services,
        "options": len(built.drafts), "candidate_sites": 0 if given.sites is None else len(given.sites),
        "left_out": list(built.left_out), "not_planned_for": list(built.unanswered),
        "frontier": frontier is not None, "notes": _notes(given, built, solution),
    }  # fmt: skip


def other_words(firm: Robustness, frontier: pd.DataFrame) -> dict[str, Any]:
    """Return what ``plan.json`` says of other costs, other numbers of people and other budgets.

    Parameters
    ----------
    firm
        The plan under draws.
    frontier
        ``frontier.parquet``.

    Returns
    -------
    dict
        ``robustness``: draws, those a plan was found in, those whose costs the plan's money still pays; ``other_budgets``.
    """
    return {
        "robustness": {
            "draws": len(firm.best), "found": int(np.isfinite(firm.best).sum()), "affordable": int(firm.affordable.sum()),
            "how": "chosen again in each draw among the plan's options and about as many rivals, units in fractions; kept_share "
            "of an item is the share of draws in which at least half a unit of it is chosen",
        },
        "other_budgets": frontier.to_dict("records"),
        "other_budgets_how": "each searched quickly; bound and gap are proved in every row: no plan with that money that leaves "
        "the worst place and group no worse off serves more; where the plan serves fewer than a smaller budget's, that is shown "
        "instead, so the row of the whole budget need not be this plan",
    }  # fmt: skip


def _notes(given: Given, built: Built, solution: Solution) -> list[str]:
    """Return what a council must know before it trusts the plan."""
    found = [*solution.notes]
    if given.budget.grade == "assumed":
        found.append("The budget is assumed: no council adopted it.")
    graded = {draft.action.id: draft.action.grade for draft in built.drafts}
    judged = sorted(key for key, grade in graded.items() if grade == "C")
    if judged:
        found.append(
            f"Costs of {len(judged)} of {len(graded)} actions are our judgement (grade C): put your unit rates in [costs]."
        )
    if given.challenges is None:
        found.append("There is no diagnosis: all services weigh the same.")
    found.append(
        "The proof holds among the candidate sites and the effects stated; land is not bought or checked."
    )
    if said := not_planned_for(built.unanswered):
        found.append(said)
    if solution.limited_by:
        found.append(
            f"The search was stopped by its {solution.limited_by}: another machine may find another plan."
        )
    return found


def findings_of(
    given: Inputs, plan: pd.DataFrame, words: Mapping[str, Any], check: Mapping[str, Any]
) -> list[str]:
    """Return the lines at the end of a run: one plan with its proof.

    Parameters
    ----------
    given
        The city.
    plan
        ``plan.parquet``.
    words, check
        What ``plan.json`` and ``check.json`` say.
    """
    budget = given.city.budget
    assert budget is not None
    limits = limits_usd(budget)
    spent, had = float(plan["capital_usd"].sum()), float(limits["capital"].sum())
    first, last = budget.years[0], budget.years[-1]
    is_best = words["status"] == "optimal" and words["gap"] < NONE
    proof = "proved best" if is_best else f"at most {words['gap']:.1%} from the best"
    said = (
        f"Plan {first}-{last}: {len(plan)} items, US${spent:,.0f} of US${had:,.0f} capital ({budget.grade} budget); at least "
        f"{words['people_once']:,.0f} people served anew by one service or more; {proof} among {words['options']} options."
    )
    name_of = _names(given)
    lines = [said, *_largest(given, plan, name_of), *_other_budgets(words)]
    n = sum(1 for one in check["people"] if one["how"].startswith("measured"))
    lines.append(
        f"  Checked: money of {len(budget.funds)} funds in {len(budget.years)} years counted again; {n} services measured again "
        "on the changed city: no promise is more than what is found."
    )
    place = words["worst_place"]
    if place is not None:
        stuck = len(words["at_their_most"])
        lines.append(
            f"  Worst off after the plan: {name_of.get(place, place)}, with {words['place_share'][place]:.0%} of what its people "
            "ask for" + (f"; {stuck} places are served as far as any option could." if stuck else ".")
        )
    return lines


def _names(given: Inputs) -> dict[str, str]:
    """Return code -> name of places that have a name."""
    path = given.file("places", "places.parquet")
    if path is None:
        return {}
    table = read_parquet(path)
    pairs = zip(table["place"].astype(str), table["name"], strict=True)
    return {code: name for code, name in pairs if isinstance(name, str) and name}


def _largest(given: Inputs, plan: pd.DataFrame, name_of: Mapping[str, str]) -> list[str]:
    """Return a line for each item that serves most people."""
    catalogue, budget = actions_for(given.city), given.city.budget
    assert budget is not None
    largest = plan[plan["people"] > 0].sort_values(["people", "item"], ascending=[False, True], kind="stable")
    lines = []
    for item in largest.head(SHOWN).to_dict("records"):
        place = name_of.get(item["place"], item["place"])
        named = ", ".join(filter(None, (item["site_name"], item["site"] and f"site {item['site']}")))
        what = works_name(catalogue[item["action"]], item["units"], "en")
        lines.append(
            f"  {item['start_year']}: {what} in {place}{f' ({named})' if named else ''}: {rounded(item['people'])} people, "
            f"US${item['capital_usd']:,.0f} and US${item['om_usd']:,.0f} a year, from the {budget.funds[item['fund']].title}"
        )
    return lines


def rounded(people: float) -> str:
    """Return people with three digits: 6,410 for 6,412.7.

    Parameters
    ----------
    people
        How many. [persons]
    """
    return f"{float(f'{people:.3g}'):,.0f}"


def _other_budgets(words: Mapping[str, Any]) -> list[str]:
    """Say in one line what half and twice the money would do."""
    people = {one["budget_share"]: one["people"] for one in words.get("other_budgets", ())}
    asked = [people.get(share, np.nan) for share in (HALF, TWICE)]
    if not np.isfinite(asked).all():
        return []
    half, twice = (rounded(one) for one in asked)
    return [f"  Half the money would serve {half} needs (one person, one service); twice the money {twice}."]
