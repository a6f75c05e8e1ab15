"""From the solver's columns to a plan: what is taken when, who is served by what, each person once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from citiesforall.plan.model_stage import Choices, Found, Frame
from citiesforall.plan.problem import Float, Int, Problem, Sparse

SPARE = 1e-9
"""Shares smaller than this are the solver's rounding."""


class Served(NamedTuple):
    """Hold who is served.

    Parameters
    ----------
    share
        Of each demand row. (D,)
    flow
        Share of a demand row assigned to an option whose capacity counts. (O, D) csr
    """

    share: Float
    flow: Sparse


def served_by(found: Found, units: Int) -> Served:
    """Read who is served by the units taken.

    Parameters
    ----------
    found
        A stage's answer; its flows are kept.
    units
        Of each option, not above the stage's. (O,) int

    Returns
    -------
    Served
        Worked out from the units, not copied from the solver where a sum tells it.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    frame, columns, merged = found.frame, found.frame.columns, found.frame.merged
    problem = frame.problem
    u = units[merged.kept]
    g = np.clip(found.run.x[columns.g : columns.any], 0.0, 1.0)
    g = np.where(g > SPARE, np.minimum(g, columns.flow_share * u[columns.flow_option]), 0.0)
    people = np.bincount(columns.flow_option, g * merged.people[columns.flow_row], columns.n_units)
    room = problem.options.capacity[merged.kept] * np.maximum(u, 1)
    g = (
        g
        * np.minimum(1.0, np.divide(room, people, out=np.ones(len(u)), where=people > 0))[columns.flow_option]
    )
    flow = csr_array((g, (columns.flow_option, columns.flow_row)), shape=merged.covers.shape)
    y = np.minimum(1.0, merged.covers.T @ np.where(merged.is_limited, 0, u) + flow.sum(axis=0))
    share = np.where(merged.of >= 0, y[merged.of] if len(y) else 0.0, 0.0)
    rows = np.flatnonzero(merged.of >= 0)
    spread = csr_array(
        (np.ones(len(rows)), (merged.of[rows], rows)), shape=(len(merged.people), problem.n_rows)
    )
    lift = csr_array(
        (np.ones(len(merged.kept)), (merged.kept, np.arange(len(merged.kept)))),
        shape=(problem.n_options, len(merged.kept)),
    )
    return Served(share, csr_array(lift @ flow @ spread))


def pruned(frame: Frame, found: Found) -> Int:
    """Drop units that serve nobody more, dearest first: money is not spent for nothing. (C,) int

    Parameters
    ----------
    frame
        Of all options.
    found
        The last stage's answer.

    Returns
    -------
    ndarray
        Units of every choice.

    Raises
    ------
    ValueError
        Shapes do not fit.

    Notes
    -----
    What must be taken, what another option taken needs, and what turns people away for lack of room stay.
    """
    problem, part, columns = frame.problem, found.frame.merged, found.frame.columns
    total = np.bincount(frame.choices[0], found.units, problem.n_options).astype(np.int64)
    place = np.full(problem.n_options, -1)
    place[part.kept] = np.arange(len(part.kept))
    g = found.run.x[columns.g : columns.any]
    idle = np.bincount(columns.flow_option, g, columns.n_units) <= SPARE
    reached = part.covers.T @ np.where(part.is_limited, 0, total[part.kept])
    reached += np.bincount(columns.flow_row, g, columns.n_rows)
    units = found.units.copy()
    used = np.flatnonzero(units)
    cost = problem.money.capital[frame.choices[0][used], frame.choices[1][used]]
    for choice in used[np.lexsort((used, -cost))].tolist():
        option = frame.choices[0][choice]
        at = place[option]
        row = slice(part.covers.indptr[at], part.covers.indptr[at + 1])
        rows, share = part.covers.indices[row], part.covers.data[row]
        while units[choice] > 0 and total[option] > problem.options.units_min[option]:
            spare = idle[at] if part.is_limited[at] else (reached[rows] - share >= 1 - SPARE).all()
            if not spare or _is_needed(problem, total, option):
                break
            units[choice] -= 1
            total[option] -= 1
            reached[rows] -= 0.0 if part.is_limited[at] else share
    return units


def _is_needed(problem: Problem, total: Int, option: int) -> bool:
    """Say whether something taken has this option as a prerequisite."""
    needed = problem.rules.needs_any[:, [option]].tocoo().row
    return bool((total[problem.rules.needs[needed]] > 0).any())


def assigned(problem: Problem, choices: Choices, units: Int, served: Served) -> Sparse:
    """Assign the people served to options, each once, in order of readiness.

    Parameters
    ----------
    problem, choices
        The problem and its choices.
    units
        Of every choice. (C,) int
    served
        From `served_by`.

    Returns
    -------
    csr_array
        People. (O, D)

    Raises
    ------
    ValueError
        Shapes do not fit.

    Notes
    -----
    Who is in reach of several options counts for the one ready first; of two ready in the same year, for the one listed first.
    An option's units started in several years count with its first. One with too little room serves whom it was given: nobody
    where others serve all in its reach.
    """
    used = np.flatnonzero(units)
    option = choices[0][used]
    ready = choices[1][used] + problem.options.lead_years[option]
    order = used[np.lexsort((option, ready))]
    total = np.bincount(choices[0], units, problem.n_options)
    left = served.share.copy()
    is_limited = problem.options.capacity < problem.covers @ problem.demand.people
    rows, columns, values, seen = [], [], [], set()
    for at in choices[0][order].tolist():
        if at in seen:
            continue
        seen.add(at)
        source = served.flow if is_limited[at] else problem.covers
        row = slice(source.indptr[at], source.indptr[at + 1])
        cells = source.indices[row]
        share = np.minimum(source.data[row] * (1 if is_limited[at] else total[at]), left[cells])
        share = np.where(problem.options.capacity[at] > 0, share, 0.0)
        left[cells] -= share
        some = share > SPARE
        rows.append(np.full(int(some.sum()), at))
        columns.append(cells[some])
        values.append((share * problem.demand.people[cells])[some])
    if not rows:
        return csr_array((problem.n_options, problem.n_rows))
    entries = np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))
    return csr_array(entries, shape=(problem.n_options, problem.n_rows))


def people_once(problem: Problem, share: Float) -> float:
    """Count people newly served by at least one service, at least. [people]

    Parameters
    ----------
    problem
        The problem.
    share
        Served of each demand row. (D,)

    Returns
    -------
    float
        Sum over cells of the service that serves most people there: who is served by the others may be the same people.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    demand = problem.demand
    n = len(demand.services)
    key, inverse = np.unique(demand.cell * n + demand.service, return_inverse=True)
    people = np.bincount(inverse, share * demand.people, len(key))
    _, cell = np.unique(key // n, return_inverse=True)
    most = np.zeros(int(cell.max(initial=-1)) + 1)
    np.maximum.at(most, cell, people)
    return float(most.sum())
