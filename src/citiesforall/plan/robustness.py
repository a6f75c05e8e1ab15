"""How sure a plan is: how often each option would be chosen if people and costs were other than stated."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array, hstack

from citiesforall.estimation.hashing import uniform
from citiesforall.plan.model_answer import units_of
from citiesforall.plan.model_highs import Effort, Model, solve_model
from citiesforall.plan.model_kinds import kinds_frame, with_most
from citiesforall.plan.model_merge import worth_of_one
from citiesforall.plan.model_rows import ROOM, mandate
from citiesforall.plan.model_stage import Frame, Levels, Task, frame_of, levels_of, stage_model, started
from citiesforall.plan.problem import Bool, Float, Int, Limits, Problem, Solution

RIVALS = 1.0
"""Options not in the plan that may take the place of others, for each that is."""
FEWEST_RIVALS = 30
SLACK = 1e-3
"""How far the worst may fall in a draw below where the plan leaves them. [share]"""
DEAR = 10_000.0, 100.0
"""What missing the floor of the worst place, and of the worst group, by all people costs, of everybody's needs."""
HALF = 0.5
"""Units of an option from which on it counts as chosen; and the middle of a chance."""


@dataclass(frozen=True)
class Robustness:
    """Hold how often options stay.

    Parameters
    ----------
    kept
        Share of the draws in which the option is chosen; nan for options that were no candidates. (O,)
    affordable
        Whether the plan keeps its budget at the draw's costs. (S,) bool
    reached
        What the plan reaches in each draw: weighted people newly served, money aside. (S,)
    best
        What the draw's own choice of options reaches, in fractions; nan where none was found. (S,)
    status
        Of each re-solve. (S,)
    seconds
        Spent; compared by nobody.
    """

    kept: Float
    affordable: Bool
    reached: Float
    best: Float
    status: tuple[str, ...]
    seconds: float


def cost_factors(low: Float, high: Float, n_draws: int, seed: int | str) -> Float:
    """Draw how far true costs lie from the stated ones: triangular from low to high with its top at the middle. (S, O)

    Parameters
    ----------
    low, high
        Of one unit of each option. (O,) [USD]
    n_draws
        S; the first is the costs as stated.
    seed
        Of the draws.

    Returns
    -------
    ndarray
        Cost over stated cost (the middle); 1 where both are 0.

    Raises
    ------
    ValueError
        Shapes do not fit.

    Notes
    -----
    Columns are drawn independently. What errs together (all units of an action) is drawn as one column and repeated.
    """
    middle = (low + high) / 2
    spread = np.divide(high - low, 2 * middle, out=np.zeros(len(low)), where=middle > 0)
    chance = uniform(f"cost {seed}", n_draws, len(low))
    # the inverse of the triangular distribution on -1..1
    lower, upper = np.sqrt(2 * chance) - 1, 1 - np.sqrt(2 * (1 - chance))
    factors = 1 + np.where(chance < HALF, lower, upper) * spread[None, :]
    factors[:1] = 1.0
    return np.asarray(factors)


def robustness(
    problem: Problem,
    solution: Solution,
    people: Float | None = None,
    costs: Float | None = None,
    limits: Limits | None = None,
) -> Robustness:
    """Choose again in every draw and count how often each option is in.

    Parameters
    ----------
    problem, solution
        The problem as stated, and its plan.
    people
        People of each row over those stated. (S, D)
    costs
        Costs of each option over those stated, capital and running alike. (S, O)
    limits
        Their seed, and seconds as a safety net.

    Returns
    -------
    Robustness
        Over all draws; where both are given they are paired.

    Raises
    ------
    ValueError
        Draws of people and of costs differ in number.

    Notes
    -----
    Quicker and coarser than `solve`, and said so: each draw is one linear programme, units in fractions, and an option counts as
    chosen where at least half a unit of it is; what no fund could pay in a draw is not chosen. Candidates are the plan's options
    and about as many rivals, those that would serve most for their cost; under ``fairness_first`` the worst place and group must
    stay where the plan leaves them in that draw, or as near to it as the draw's money allows, before the total counts. Only
    `kept` is meant to be read closely.
    """
    limits, begun = limits or Limits(), time.perf_counter()
    n = len(people) if people is not None else len(costs) if costs is not None else 0
    if people is not None and costs is not None and len(people) != len(costs):
        raise ValueError(f"{len(people)} draws of people and {len(costs)} of costs")
    candidates = candidates_of(problem, solution)
    counted = np.zeros(problem.n_options)
    lines = []
    for draw in range(n):
        drawn = with_draw(
            problem, None if people is None else people[draw], None if costs is None else costs[draw]
        )
        taken, line = _again(drawn, solution, candidates, limits)
        counted += taken > 0
        lines.append(line)
    found = sum(np.isfinite(best) for _, _, best, _ in lines)
    kept = np.full(problem.n_options, np.nan)
    kept[candidates] = counted[candidates] / max(found, 1)
    return Robustness(
        kept=kept,
        affordable=np.array([line[0] for line in lines], bool),
        reached=np.array([line[1] for line in lines], np.float64),
        best=np.array([line[2] for line in lines], np.float64),
        status=tuple(line[3] for line in lines),
        seconds=time.perf_counter() - begun,
    )


def with_draw(problem: Problem, people: Float | None, costs: Float | None) -> Problem:
    """Return the problem of one draw.

    Parameters
    ----------
    problem
        As stated.
    people
        Factor of each row's people. (D,)
    costs
        Factor of each option's costs. (O,)

    Returns
    -------
    Problem
        Who is served today stays as stated.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    if people is not None:
        demand = problem.demand
        more = demand.weight * demand.people * (people - 1)
        place = demand.place_need + np.bincount(demand.place, more, len(demand.places))
        problem = replace(
            problem,
            demand=replace(
                demand,
                people=demand.people * people,
                place_need=np.maximum(place, 0.0),
                group_need=np.maximum(demand.group_need + more @ demand.group_share, 0.0),
            ),
        )
    if costs is not None:
        money = problem.money
        by = costs[:, None]
        problem = replace(problem, money=replace(money, capital=money.capital * by, om=money.om * by))
    return problem


def candidates_of(problem: Problem, solution: Solution) -> Int:
    """Return the plan's options and those that would serve most others for their cost. (n,) int

    Parameters
    ----------
    problem, solution
        The problem and its plan.

    Returns
    -------
    ndarray
        With what must be taken and every prerequisite of those named.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    left = worth_of_one(problem) * problem.demand.people * (1 - solution.served_share)
    gain = problem.covers @ left
    people = problem.covers @ problem.demand.people
    room = np.divide(problem.options.capacity, people, out=np.ones(len(people)), where=people > 0)
    gain = gain * np.minimum(room, 1.0) / np.maximum(problem.money.capital.min(axis=1), ROOM)
    gain[(solution.units > 0) | (problem.options.units_max == 0)] = -1.0
    many = int(max(FEWEST_RIVALS, RIVALS * (solution.units > 0).sum()))
    some = (solution.units > 0) | (problem.options.units_min > 0)
    some[np.argsort(-gain, kind="stable")[:many]] = True
    rows = np.flatnonzero(some[problem.rules.needs])
    some |= np.asarray(problem.rules.needs_any[rows].sum(axis=0)).reshape(-1) > 0
    return np.flatnonzero(some & (problem.options.units_max > 0))


def _again(
    drawn: Problem, solution: Solution, candidates: Int, limits: Limits
) -> tuple[Int, tuple[bool, float, float, str]]:
    """Choose in one draw: units (O,), whether the plan is affordable, what it and the choice reach, and the status."""
    # with fewer limits than choices of the plan, its own are kept whatever they cost: so that it can be followed
    choices = mandate(
        replace(drawn, money=replace(drawn.money, capital=0 * drawn.money.capital, om=0 * drawn.money.om))
    )
    frame = kinds_frame(frame_of(drawn, choices, candidates))
    units, levels = units_of(solution, choices), levels_of(frame)
    assert units is not None, "the plan takes what is no choice"
    none = np.empty(0, np.int64)
    x = started(frame, units, levels, Task(none, 1.0, np.full(len(levels.base), -np.inf)))
    y = x[frame.columns.y : frame.columns.g]
    reached, affordable = float(frame.merged.worth @ y), _is_affordable(frame, x)
    least = _floors(drawn, levels, levels.base + levels.coef @ y)
    can = np.bincount(mandate(drawn)[0], minlength=drawn.n_options)[candidates] > 0
    frame = with_most(frame, np.where(can, drawn.options.units_max[candidates], 0))
    model, _ = stage_model(frame, Task(none, 1.0, least))
    model = replace(model, is_integer=np.zeros(len(model.cost), bool))
    if not affordable:
        model = _softened(model, np.flatnonzero(least > levels.base) >= len(drawn.demand.places))
    run = solve_model(model, Effort(0.0, 0.0, 0, limits.seconds, limits.seed))
    taken, best = np.zeros(drawn.n_options, np.int64), np.nan
    if len(run.x):
        taken[candidates] = run.x[: frame.columns.n_units] >= HALF
        best = float(frame.merged.worth @ run.x[frame.columns.y : frame.columns.g])
    return taken, (affordable, reached, best, run.status)


def _floors(drawn: Problem, levels: Levels, share: Float) -> Float:
    """Return the floors under the worst place and group where a plan leaves them. (L,)"""
    least = np.full(len(share), -np.inf)
    n = len(drawn.demand.places) if drawn.objective == "fairness_first" else 0
    for rows in (slice(0, n), slice(n, None)) if n else ():
        can = np.diff(levels.coef[rows].indptr) > 0
        low = float(share[rows][can].min(initial=1.0))
        least[rows] = np.where(can, np.minimum(share[rows], low) - SLACK, -np.inf)
    return least


def _softened(model: Model, of_group: Bool) -> Model:
    """Return a model whose floors, its last rows, may be missed: the least for places first, then for groups, then the total."""
    n, (rows, columns) = len(of_group), model.matrix.shape
    missed = csr_array((np.ones(n), (rows - n + np.arange(n), of_group.astype(np.int64))), shape=(rows, 2))
    total = float(model.cost.sum()) or 1.0
    return Model(
        np.append(model.cost, -total * np.array(DEAR)),
        np.append(model.low, [0.0, 0.0]),
        np.append(model.high, [1.0, 1.0]),
        np.zeros(columns + 2, bool),
        csr_array(hstack([model.matrix, missed])),
        model.lower,
        model.upper,
    )


def _is_affordable(frame: Frame, x: Float) -> bool:
    """Say whether a plan keeps the rows of money."""
    for block in frame.blocks[1:3]:
        spent = np.bincount(block.row, block.value * x[block.column], len(block.upper))
        if (spent > block.upper * (1 + ROOM)).any():
            return False
    return True
