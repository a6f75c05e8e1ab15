"""Which challenges and actions a plan looks at, and why not at the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pandas as pd

from citiesforall.core.action import Action
from citiesforall.core.budget import Budget, PlanChoices, payers
from citiesforall.core.challenge import challenges as declared
from citiesforall.plan.build_money import too_dear
from citiesforall.plan.problem_making import lead_years

MOST_CHALLENGES = 10
"""Challenges whose actions are looked at, the highest ranked first (ours)."""
NOT_ASKED = "it is not among the actions asked for"
NOT_FIRST = f"it answers none of the {MOST_CHALLENGES} challenges that rank first"
NAMED = 2
"""Reasons named of a challenge none of whose actions can be planned."""


def first_ranked(challenges: pd.DataFrame | None) -> pd.DataFrame | None:
    """Return the challenges a plan looks at where the council names no actions.

    Parameters
    ----------
    challenges
        ``challenges.parquet``; None without a diagnosis.

    Returns
    -------
    pandas.DataFrame or None
        At most `MOST_CHALLENGES`, by rank; None where none is ranked.
    """
    if challenges is None:
        return None
    ranked = challenges[challenges["rank"].notna()].sort_values("rank", kind="stable")
    return ranked.iloc[:MOST_CHALLENGES] if len(ranked) else None


def considered(
    catalogue: Mapping[str, Action],
    city: tuple[Budget, PlanChoices],
    challenges: pd.DataFrame | None,
    left: dict[str, str],
) -> dict[str, Action]:
    """Choose the actions a plan looks at.

    Parameters
    ----------
    catalogue
        The actions, the city's own unit rates in place.
    city
        Its budget, and what its council wants.
    challenges
        ``challenges.parquet``; None without a diagnosis.
    left
        Filled: action -> why it is not looked at.

    Returns
    -------
    dict
        Those the council asks for, else those that answer the challenges ranked first, and what they need first; of them those
        a fund of their tier can pay and that are ready within the plan.
    """
    budget, choices = city
    wanted = _wanted(catalogue, choices, challenges)
    found = {}
    for key, one in catalogue.items():
        if key in choices.without:
            left[key] = "the council does not want it"
        elif key not in wanted:
            left[key] = NOT_ASKED if choices.actions else NOT_FIRST
        elif not payers(budget, one):
            tiers = " or ".join(filter(None, (one.tier, one.partner)))
            left[key] = f"no fund of the tier that may pay for it ({tiers})"
        elif int(lead_years(one.lead_months)) >= len(budget.years):
            left[key] = f"its {one.lead_months} months do not end within the plan"
        elif (reason := too_dear(budget, one)) is not None:
            left[key] = reason
        else:
            found[key] = one
    return found


def _wanted(
    catalogue: Mapping[str, Action], choices: PlanChoices, challenges: pd.DataFrame | None
) -> set[str]:
    """Return the actions asked for, with all they need first."""
    wanted = set(choices.actions)
    first = first_ranked(challenges)
    if not wanted and first is not None:
        wanted |= {key for text in first["actions"] for key in str(text).split()}
    if not wanted:
        return set(catalogue)
    return all_required(catalogue, wanted)


def all_required(catalogue: Mapping[str, Action], asked: Iterable[str]) -> set[str]:
    """Return what some actions of a catalogue need first, and what that needs in turn."""
    found = set(asked)
    waiting = list(found)
    while waiting:
        one = catalogue.get(waiting.pop())
        more = [key for key in (one.requires if one else ()) if key not in found]
        found.update(more)
        waiting += more
    return found


def first_reasons(left_out: Iterable[Mapping[str, str]], most: int) -> list[str]:
    """Return why so many actions are left out at most, of those that were looked at where there are any.

    Parameters
    ----------
    left_out
        ``action``, ``reason``.
    most
        How many.
    """
    listed = list(left_out)
    looked_at = [one for one in listed if one["reason"] not in {NOT_ASKED, NOT_FIRST}]
    return [f"{one['action']}: {one['reason']}" for one in (looked_at or listed)[:most]]


def unanswered(
    challenges: pd.DataFrame | None, options: Collection[str], left: Mapping[str, str], *, asked: bool
) -> tuple[dict[str, Any], ...]:
    """Return the challenges that were not planned for.

    Parameters
    ----------
    challenges
        ``challenges.parquet``; None without a diagnosis.
    options
        Actions of which the plan has options.
    left
        Action -> why it is left out.
    asked
        Whether the council named the actions it wants.

    Returns
    -------
    tuple of dict
        ``challenge``, ``rank`` (None where nothing is known of it) and ``reason``, by rank.
    """
    if challenges is None:
        return ()
    first = first_ranked(challenges)
    looked_at = set() if first is None else set(first["challenge"])
    found = []
    for row in challenges.sort_values("rank", kind="stable").to_dict("records"):
        answers = str(row["actions"]).split()
        mine = sorted(set(answers) & set(options))
        if mine and (asked or row["challenge"] in looked_at):
            continue
        rank = None if pd.isna(row["rank"]) else int(row["rank"])
        if rank is None:
            reason = "nothing is known of it"
        elif asked:
            reason = "none of its actions is asked for"
        elif row["challenge"] not in looked_at:
            reason = f"only the {MOST_CHALLENGES} challenges that rank first are planned for"
            reason += f"; planned for another one: {', '.join(mine)}" if mine else ""
        else:
            reason = _no_option(answers, left)
        found.append({"challenge": str(row["challenge"]), "rank": rank, "reason": reason})
    return tuple(found)


def _no_option(answers: list[str], left: Mapping[str, str]) -> str:
    """Say why none of a challenge's actions can be planned."""
    if not answers:
        return "the catalogue has no action for it"
    said = "; ".join(f"{key}: {left[key]}" for key in answers[:NAMED] if key in left)
    more = f"; and {len(answers) - NAMED} more" if len(answers) > NAMED else ""
    return f"none of its actions can be planned ({said}{more})"


def not_planned_for(found: Iterable[Mapping[str, Any]]) -> str:
    """Say in a sentence which challenges were not planned for.

    Parameters
    ----------
    found
        From `unanswered`.

    Returns
    -------
    str
        Those with a rank by name, the others counted; empty where the plan answers all.
    """
    listed = list(found)
    ranked = [one for one in listed if one["rank"] is not None]
    if not listed:
        return ""
    titles = [
        f"{declared()[one['challenge']].title} (rank {one['rank']})"
        for one in ranked
        if one["challenge"] in declared()
    ]
    n = len(listed) - len(ranked)
    parts = [*([", ".join(titles)] if titles else []), *([f"{n} of which nothing is known"] if n else [])]
    return (
        f"Not planned for: {'; and '.join(parts)}. plan.json says why of each; name the actions you want in [plan].actions "
        "to have others planned."
    )
