"""The plan as it is handed on: units, years, funds, who is served, the proof, the weights in words."""

from __future__ import annotations

import time

import numpy as np
from scipy.sparse import csr_array

from citiesforall.plan.model_highs import effort_of, relative_gap, stage_of
from citiesforall.plan.model_merge import summed, worth_of_one
from citiesforall.plan.model_read import assigned, people_once, pruned, served_by
from citiesforall.plan.model_stage import Choices, Found, Frame, levels_of, most_of
from citiesforall.plan.model_time import earliest
from citiesforall.plan.problem import Float, Int, Limits, Problem, Solution, Stage, Status

NEAR = 1e-6
"""Shares nearer than this to the most that is possible are at it."""
MOST_WEIGHTS = 12
"""Different weights named one by one."""


def has_impossible(problem: Problem, choices: Choices) -> bool:
    """Say whether something that must be taken cannot be, whatever else is taken.

    Parameters
    ----------
    problem, choices
        The problem and its choices.

    Returns
    -------
    bool
        True where there is no plan for that reason.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    can = np.bincount(choices[0], minlength=problem.n_options) > 0
    return bool(((problem.options.units_min > 0) & ~can).any())


def units_of(solution: Solution, choices: Choices) -> Int | None:
    """Return a plan's units of every choice, or None where it takes what is no choice here. (C,) int

    Parameters
    ----------
    solution
        A plan.
    choices
        Of the problem it is to begin.

    Returns
    -------
    ndarray or None
        To start a search with.

    Raises
    ------
    ValueError
        Never.
    """
    where = {key: at for at, key in enumerate(zip(*(part.tolist() for part in choices), strict=True))}
    units = np.zeros(len(choices[0]), np.int64)
    items = zip(solution.option.tolist(), solution.year.tolist(), solution.fund.tolist(), strict=True)
    for key, many in zip(items, solution.count.tolist(), strict=True):
        if key not in where:
            return None
        units[where[key]] += many
    return units


def finish(frame: Frame, found: Found, stages: tuple[Stage, ...], clock: tuple[Limits, float]) -> Solution:
    """Drop what serves nobody, choose years, and work out who is served.

    Parameters
    ----------
    frame
        Of all options.
    found
        The last stage's answer, perhaps of some options only.
    stages
        All stages; the last is the total's.
    clock
        Limits of the search, and when it began. [s]

    Returns
    -------
    Solution
        The plan.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    units, run = earliest(frame, pruned(frame, found), effort_of(clock[0], clock[1]))
    if run is not None:
        stages = (*stages, stage_of("timing", run))
    return answer(frame, found, units, stages, clock)


def answer(
    frame: Frame, found: Found, units: Int, stages: tuple[Stage, ...], clock: tuple[Limits, float]
) -> Solution:
    """Work out who is served by a plan.

    Parameters
    ----------
    frame
        Of all options.
    found
        The last stage's answer, perhaps of some options only.
    units
        Of every choice. (C,) int
    stages
        All stages.
    clock
        Limits of the search, and when it began. [s]

    Returns
    -------
    Solution
        The plan.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    problem, choices, (limits, begun) = frame.problem, frame.choices, clock
    total = np.bincount(choices[0], units, problem.n_options).astype(np.int64)
    served = served_by(found, total)
    used = np.flatnonzero(units)
    used = used[np.lexsort((choices[0][used], choices[2][used], choices[1][used]))]
    demand = problem.demand
    value = float((worth_of_one(problem) * demand.people * served.share).sum())
    bound = max(next(stage.bound for stage in stages if stage.name == "total"), value)
    place_share, group_share, at_their_most = _shares(frame, served.share)
    proved = {stage.status for stage in stages if stage.name != "timing"} == {"optimal"}
    return Solution(
        status="optimal" if proved else "feasible",
        units=total,
        option=choices[0][used],
        year=choices[1][used],
        fund=choices[2][used],
        count=units[used],
        served_share=served.share,
        assigned=assigned(problem, choices, units, served),
        objective=value,
        bound=bound,
        gap=relative_gap(value, bound),
        stages=stages,
        people=summed(demand.service, served.share * demand.people, len(demand.services)),
        people_once=people_once(problem, served.share),
        place_share=place_share,
        group_share=group_share,
        at_their_most=at_their_most,
        method="exact" if frame.merged.covers.nnz <= limits.most_nonzeros else "lagrangian",
        weights=weights_in_words(problem),
        seconds=time.perf_counter() - begun,
        limited_by=max((stage.limited_by for stage in stages), key=_graver),
    )


def _graver(limited_by: str) -> int:
    """Return how much a limit matters to who wants the same plan again."""
    return ("", "nodes", "solver", "seconds").index(limited_by)


def _shares(frame: Frame, share: Float) -> tuple[Float, Float, Int]:
    """Return served shares of places and groups after the plan, and the places that can rise no more."""
    demand = frame.problem.demand
    weighted = demand.weight * demand.people * share
    place = demand.place_served + np.bincount(demand.place, weighted, len(demand.places))
    group = demand.group_served + weighted @ demand.group_share
    place_share, group_share = (
        np.divide(got, need, out=np.full(len(need), np.nan), where=need > 0)
        for got, need in ((place, demand.place_need), (group, demand.group_need))
    )
    most = most_of(frame, levels_of(frame))[: len(demand.places)]
    return place_share, group_share, np.flatnonzero(place_share >= most - NEAR)


def weights_in_words(problem: Problem) -> str:
    """Return the weights of one person as they stand in the objective.

    Parameters
    ----------
    problem
        The problem.

    Returns
    -------
    str
        For instance ``weights of one person: health_centre 1 to 1.45; water 2``.

    Raises
    ------
    ValueError
        Never.
    """
    if problem.objective == "people":
        return "every person counts 1"
    demand = problem.demand
    words = []
    for number, name in enumerate(demand.services):
        mine = demand.weight[(demand.service == number) & (demand.people > 0)]
        if len(mine):
            low, high = f"{mine.min():.3g}", f"{mine.max():.3g}"
            words.append(f"{name} {low}" if low == high else f"{name} {low} to {high}")
    more = f"; {len(words) - MOST_WEIGHTS} more" if len(words) > MOST_WEIGHTS else ""
    return f"weights of one person: {'; '.join(words[:MOST_WEIGHTS])}{more}"


def no_plan(problem: Problem, stages: tuple[Stage, ...], status: Status, seconds: float) -> Solution:
    """Return the answer where there is no plan.

    Parameters
    ----------
    problem
        The problem.
    stages
        Run so far.
    status
        ``infeasible`` (proved) or ``unknown``.
    seconds
        Spent.

    Returns
    -------
    Solution
        Nothing taken; objective nan, gap inf.

    Raises
    ------
    ValueError
        Never.
    """
    none, share = np.empty(0, np.int64), np.zeros(problem.n_rows)
    return Solution(
        status=status,
        units=np.zeros(problem.n_options, np.int64),
        option=none,
        year=none,
        fund=none,
        count=none,
        served_share=share,
        assigned=csr_array((problem.n_options, problem.n_rows)),
        objective=np.nan,
        bound=np.nan,
        gap=np.inf,
        stages=stages,
        people=np.zeros(len(problem.demand.services)),
        people_once=0.0,
        place_share=np.full(len(problem.demand.places), np.nan),
        group_share=np.full(len(problem.demand.groups), np.nan),
        at_their_most=none,
        method="none",
        weights=weights_in_words(problem),
        seconds=seconds,
        limited_by=stages[-1].limited_by if stages else "",
    )
