"""What several actions do together on one need: each works on the people the others leave."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from citiesforall.plan.build import Built
from citiesforall.plan.model_answer import NEAR
from citiesforall.plan.model_highs import relative_gap
from citiesforall.plan.model_merge import summed, worth_of_one
from citiesforall.plan.model_read import people_once
from citiesforall.plan.model_stage import frame_of, levels_of, most_of
from citiesforall.plan.problem import Bool, Float, Int, Limits, Problem, Solution, Sparse
from citiesforall.plan.quick import bound_beside

DOSE = "dose"
LEAST = 1e-9
"""Share of a row's people that is rounding."""
SECONDS = 60.0
"""For a bound by prices: a safety net."""


def one_after_another(built: Built, solution: Solution, gap: float = Limits.gap) -> Solution:
    """Count what several actions do on one need once, each on the people the others leave.

    Parameters
    ----------
    built
        The problem and what its options are.
    solution
        Its plan, effects of several actions on a row added up to at most the whole row.
    gap
        Gap at which a plan is called optimal. [share]

    Returns
    -------
    Solution
        The same plan and the same bound; people, shares and objective as they are with doses one after another. The very same
        object where no row is moved by several actions.

    Notes
    -----
    Of the L people of a row who lack a service, facilities and household by household works serve H; doses then bring
    (L - H) (1 - product over actions of (1 - share)) to the target. That is the rule by which the Lives Saved Tool joins
    interventions on one cause [winfrey_list_2011]: the effects are taken as independent of each other. It never exceeds the sum
    nor the people there are, so a bound on the sum is a bound on it too: the gap printed is to that one. Under ``fairness_first``
    the worst place or group may be left with less than the search kept it at: then the bound is that of all plans that leave them
    no worse off than this one does (`quick.bound_beside`), and their stages say what they reach so counted.
    """
    if solution.method == "none":
        return solution
    problem = built.problem
    is_dose = np.array([draft.action.effect == DOSE for draft in built.drafts], dtype=bool)
    factor = _factor(built, solution, is_dose)
    if (factor >= 1 - LEAST).all():
        return solution
    served = solution.assigned.tocoo()
    kept = np.where(is_dose[served.row], factor[served.col], 1.0)
    assigned = csr_array((served.data * kept, (served.row, served.col)), shape=solution.assigned.shape)
    people = problem.demand.people
    lost = np.asarray(solution.assigned.sum(axis=0) - assigned.sum(axis=0)).reshape(-1)
    share = np.clip(
        solution.served_share - np.divide(lost, people, out=np.zeros(len(people)), where=people > 0), 0, 1
    )
    return _recounted(problem, solution, (assigned, share, float(lost.sum())), gap)


def _factor(built: Built, solution: Solution, is_dose: Bool) -> Float:
    """Return the share of what doses do in a row, added up, that is left when each works on what the others leave. (D,)"""
    people = built.problem.demand.people
    doses = np.flatnonzero(is_dose & (solution.units > 0))
    names = sorted({built.drafts[at].action.id for at in doses})
    left = np.ones(len(people))
    for name in names:
        mine = [at for at in doses if built.drafts[at].action.id == name]
        share = built.problem.covers[mine].T @ solution.units[mine]
        left *= 1 - np.minimum(share, 1.0)
    added = _sums(solution.assigned, doses)
    others = _sums(solution.assigned, np.flatnonzero(~is_dose))
    together = np.minimum(np.maximum(people - others, 0.0) * (1 - left), added)
    return np.divide(together, added, out=np.ones(len(people)), where=added > LEAST * people)


def _sums(assigned: Sparse, options: Int) -> Float:
    """Return the people of each row that some options serve. (D,) [persons]"""
    return np.asarray(assigned[options].sum(axis=0), np.float64).reshape(-1)


def _recounted(
    problem: Problem, solution: Solution, counted: tuple[Sparse, Float, float], gap: float
) -> Solution:
    """Return the plan with other people served, and its gap to the same bound."""
    demand, (assigned, share, lost) = problem.demand, counted
    value = float((worth_of_one(problem) * demand.people * share).sum())
    weighted = demand.weight * demand.people * share
    place = demand.place_served + np.bincount(demand.place, weighted, len(demand.places))
    group = demand.group_served + weighted @ demand.group_share
    place_share, group_share = (
        np.divide(got, need, out=np.full(len(need), np.nan), where=need > 0)
        for got, need in ((place, demand.place_need), (group, demand.group_need))
    )
    said = (
        f"Several actions move one indicator in the same place: each is counted on the people the others leave, {lost:,.0f} "
        "people fewer than all of them added up. The bound is of the sum, so the gap is wider than it need be."
    )
    found = replace(
        solution,
        served_share=share,
        assigned=assigned,
        objective=value,
        people=summed(demand.service, share * demand.people, len(demand.services)),
        people_once=people_once(problem, share),
        place_share=place_share,
        group_share=group_share,
        notes=(*solution.notes, said),
    )
    return _proved(problem, solution, found, gap)


def _proved(problem: Problem, before: Solution, found: Solution, gap: float) -> Solution:
    """Return the plan with what is proved of it as it is counted now: levels, total, status."""
    frame = frame_of(problem)
    most, n = most_of(frame, levels_of(frame)), len(problem.demand.places)
    parts = {"worst_place": slice(0, n), "worst_group": slice(n, None)}
    was, levels = ({name: _level(one, most, rows) for name, rows in parts.items()} for one in (before, found))
    fell = problem.objective == "fairness_first" and any(levels[name] < was[name] - NEAR for name in parts)
    bound = bound_beside(problem, found, Limits(gap=gap, seconds=SECONDS)) if fell else before.bound
    bound = max(bound, found.objective)
    wide = relative_gap(found.objective, bound)
    stages = []
    for stage in before.stages:
        value, top = stage.value, stage.bound
        if stage.name == "total":
            value, top = found.objective, bound
        elif stage.name in parts:
            value = min(value, levels[stage.name])
        allowed = max(gap, before.gap) * abs(value) if stage.name == "total" else Limits.level_gap
        is_near = top - value <= max(allowed, stage.bound - stage.value) + NEAR
        status = stage.status if is_near else "feasible"
        stages.append(replace(stage, value=value, bound=top, gap=relative_gap(value, top), status=status))
    proved = all(stage.status == "optimal" for stage in stages if stage.name != "timing")
    return replace(
        found,
        status="optimal" if proved and before.status == "optimal" else "feasible",
        bound=bound,
        gap=wide,
        stages=tuple(stages),
        at_their_most=np.flatnonzero(found.place_share >= most[:n] - NEAR),
    )


def _level(solution: Solution, most: Float, rows: slice) -> float:
    """Return the least share of places (groups) that are not at their most; inf where all are."""
    share = np.concatenate([solution.place_share, solution.group_share])[rows]
    return float(share[share < most[rows] - NEAR].min(initial=np.inf))
