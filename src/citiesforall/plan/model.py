"""The planning model: which action at which site in which year from which fund, solved on HiGHS with its gap proved.

Sets and letters are those of `plan.problem`: options o, demand rows d, years t, funds f, places p, groups g. Whole numbers:
u[o] units taken, x[o,t,f] units started in year t and paid by fund f. Shares: y[d] of row d served when all is ready, g[o,d] of
row d assigned to o where o's capacity c[o] can bind; a[o,d] share a unit serves; n[d] people, w[d] weight of one.
r(o,t) = min(t + lead, T) is the year in which a unit is ready, T the year after the plan.

Rows, each a function of `plan.model_rows` (10 and 11: `plan.model_stage`):

(1)  once:      u[o] = sum over t, f of x[o,t,f], u_min <= u <= u_max
(2)  budget:    sum over o of capital[o,t] x[o,t,f] <= capital_limit[f,t]; summed over years up to t where the fund carries over
(3)  running:   sum over o, t', f that r(o,t') <= t and f is run by f' of om[o,t] x[o,t',f] <= recurrent_limit[f',t], t = 0..T
(4)  mandate:   x[o,t,f] exists only where the fund's tier may pay for o and o may start in t
(5)  after:     sum over t' <= t of x[o,t',f] <= u_max[o] sum over t' <= t and j in needs_any of x[j,t',f]
(6)  clash:     sum over o in a set of [u[o] > 0] <= 1
(7)  count:     sum over o in a set of u[o] <= count_max
(8)  cover:     y[d] <= sum over o without binding capacity of a[o,d] u[o] + sum over the others of g[o,d], y <= 1
(9)  capacity:  sum over d of n[d] g[o,d] <= c[o] u[o], g[o,d] <= a[o,d] u[o]
(10) floors:    S[p] >= floor[p], S[p] = (place_served + sum over d in p of w n y) / place_need, the same for groups
(11) raised:    level <= S[p] for the places (groups) raised

Stages of ``fairness_first``, each keeping what those before it reached: ``worst_place`` raises the largest level L with
S[p] >= min(L, M[p]) for every place, M[p] what all options together could reach there (so a place nobody can help holds back no
other); ``worst_group`` the same over groups; ``total`` raises the sum over d of w n y. ``needs`` and ``people`` have the last
stage only, with w = 1 for ``people``. Then units that serve nobody more are dropped, and ``timing`` (12, `plan.model_time`)
chooses years and funds.

References: maximal covering [church_revelle_1974], equity as lexicographic max-min [ogryczak_1997], HiGHS [huangfu_hall_2018].
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from citiesforall.plan.large import Runner, bounded_runner
from citiesforall.plan.large_fill import filled
from citiesforall.plan.large_years import years_runner
from citiesforall.plan.model_answer import finish, has_impossible, no_plan, units_of
from citiesforall.plan.model_faults import check_problem
from citiesforall.plan.model_highs import Effort, effort_of, stage_of
from citiesforall.plan.model_stage import Found, Frame, Levels, Task, frame_of, levels_of, most_of, run_stage
from citiesforall.plan.problem import Float, Int, Limits, Problem, Solution, Stage

SLACK = 2e-6
"""Floors are set this much below what was reached: the solver's rounding must not make its own plan infeasible. [share]"""
SHARE = 0.3
"""Of the seconds left for raising the worst place, then the worst group; the rest is for the total."""
MOST_LINEAR = 150_000
"""Cover entries, equal rows merged, up to which a linear programme of all options is solved."""
STILL = 1e-9
"""Shares nearer than this are equal."""


def solve(problem: Problem, limits: Limits | None = None, start: Solution | None = None) -> Solution:
    """Choose what to do where and when.

    Parameters
    ----------
    problem
        The problem.
    limits
        How long to look; default `Limits()`.
    start
        A plan of the same options to begin with (that of a smaller budget, say).

    Returns
    -------
    Solution
        With the proof of every stage; status ``infeasible`` where no plan keeps all rows (`plan.why_infeasible` says which).

    Raises
    ------
    InputError
        Arrays do not fit together or hold what they may not; all faults at once.

    Notes
    -----
    Same input, same plan: one thread, fixed seed, node limits. Only `Limits.seconds` can change that, and then
    `Solution.limited_by` says so.
    """
    limits = limits or Limits()
    begun = time.perf_counter()
    check_problem(problem)
    frame = frame_of(problem)
    if has_impossible(problem, frame.choices):
        return no_plan(problem, (), "infeasible", time.perf_counter() - begun)
    known = None if start is None else units_of(start, frame.choices)
    runner = runner_of(frame, limits)
    stages, found = search(frame, runner, (limits, begun), known)
    if found is None:
        return no_plan(problem, stages, stages[-1].status, time.perf_counter() - begun)
    return finish(frame, found, stages, (limits, begun))


def runner_of(frame: Frame, limits: Limits) -> Runner:
    """Return how stages of a problem are run.

    Parameters
    ----------
    frame
        The model.
    limits
        Which problems are large.

    Returns
    -------
    callable
        The solver alone for small problems; by prices, choice and timetable where there are years and funds; by priced demand
        where there are too many sites and people for a linear programme.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    n_entries = frame.merged.covers.nnz
    is_one = frame.problem.n_years == frame.problem.n_funds == 1
    if not is_one and n_entries <= MOST_LINEAR:
        return years_runner()
    return bounded_runner() if n_entries > limits.most_nonzeros else run_stage


def search(
    frame: Frame, runner: Runner, clock: tuple[Limits, float], known: Int | None
) -> tuple[tuple[Stage, ...], Found | None]:
    """Run the stages up to the total.

    Parameters
    ----------
    frame
        The model.
    runner
        Of one stage.
    clock
        How long to look, and when the clock started. [s]
    known
        Units of every choice to begin with. (C,) int

    Returns
    -------
    tuple
        Stages, and the last answer; None where there is no plan.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.
    """
    problem, levels, (limits, begun) = frame.problem, levels_of(frame), clock
    n_places, n = len(problem.demand.places), len(levels.base)
    least = np.full(n, -np.inf)
    stages: list[Stage] = []
    fair = {"worst_place": np.arange(n_places), "worst_group": np.arange(n_places, n)}
    for name, rows in fair.items() if problem.objective == "fairness_first" else ():
        effort = effort_of(limits, begun, share=SHARE)
        stage, found, floor = raise_level((frame, runner), levels, (rows, least), effort, known)
        stages.append(replace(stage, name=name))
        if stage.status not in {"optimal", "feasible"}:
            return tuple(stages), None
        known, least = known if found is None else found.units, np.maximum(least, floor)
    known = known if known is None else filled(frame, known)
    found = runner(frame, Task(np.empty(0, np.int64), 1.0, least), effort_of(limits, begun), known)
    stages.append(stage_of("total", found.run))
    return tuple(stages), (found if len(found.run.x) else None)


def raise_level(
    model: tuple[Frame, Runner], levels: Levels, given: tuple[Int, Float], effort: Effort, known: Int | None
) -> tuple[Stage, Found | None, Float]:
    """Raise the least of some shares as far as it goes, without waiting for those that cannot rise.

    Parameters
    ----------
    model
        The model and the runner of a stage.
    levels
        Shares.
    given
        Which shares (positions), and the floors so far. (R,) int, (L,)
    effort
        When to stop.
    known
        Units of every choice to begin with. (C,) int

    Returns
    -------
    tuple
        The stage, the answer (None where there is no plan), the floors found. (L,)

    Raises
    ------
    RuntimeError
        HiGHS refuses the model.

    Notes
    -----
    Shares are raised together up to the lowest M[p]; the place that reached it stays there and the others go on.
    """
    (frame, runner), (rows, least) = model, given
    most, begun = most_of(frame, levels), time.perf_counter()
    done = most[rows] <= levels.base[rows] + STILL
    floor = np.full(len(least), -np.inf)
    lowest = float(levels.base[rows].min(initial=1.0))
    stage, found = Stage("level", lowest, lowest, 0.0, "optimal"), None
    nodes = 0
    while not done.all():
        high = float(most[rows[~done]].min())
        left = replace(effort, seconds=effort.seconds - (time.perf_counter() - begun))
        last = runner(frame, Task(rows[~done], high, np.maximum(least, floor)), left, known)
        nodes += last.run.nodes
        run = replace(last.run, nodes=nodes, seconds=time.perf_counter() - begun)
        if not len(run.x):
            # a plan of an earlier round keeps all floors of this one: only a limit can end here
            run = replace(run, value=stage.value, bound=high, status="feasible" if found else run.status)
            return stage_of("level", run), found, floor
        stage, found, known = stage_of("level", run), last, last.units
        can = most[rows] > levels.base[rows] + STILL
        slack = min(max(run.bound - run.value, SLACK), max(effort.absolute_gap, SLACK))
        floor[rows] = np.where(can, np.minimum(most[rows], run.value) - slack, -np.inf)
        if run.value < high - max(slack, STILL):
            break
        done |= most[rows] <= high + STILL
    return stage, found, floor
