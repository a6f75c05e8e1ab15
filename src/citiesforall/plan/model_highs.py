"""Hands arrays to HiGHS and reads back what it proved: its own status and its own bound, nobody else's word."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import highspy
import numpy as np
from highspy import _core
from scipy.sparse import csr_array

from citiesforall.plan.model_rows import Block
from citiesforall.plan.problem import Bool, Float, Int, Limits, Sparse, Stage, Status

FEASIBLE = 2
"""HiGHS' word for a feasible primal solution."""
TOLERANCE = 1e-6
"""Of rows, which are scaled: one in a million. Tighter ones have been seen to send HiGHS into endless loops."""
PLAIN: Mapping[str, bool | int | float | str] = MappingProxyType(
    {"mip_heuristic_effort": 0.0, "mip_heuristic_run_root_reduced_cost": False}
)
"""Options for plain covering: its linear relaxation is whole or nearly so, and what HiGHS does before and beside the bound takes
longer than the bound."""
LEAST_S = 0.05
"""Seconds a stage gets at least, so that it may say what it was given."""


@dataclass(frozen=True)
class Model:
    """Hold a mixed-integer model: maximise cost @ x, lower <= matrix @ x <= upper, bounds.

    Parameters
    ----------
    cost, low, high
        Of the columns. (N,)
    is_integer
        Which columns are whole numbers. (N,) bool
    matrix
        Rows. (R, N) csr
    lower, upper
        Of the rows. (R,)
    """

    cost: Float
    low: Float
    high: Float
    is_integer: Bool
    matrix: Sparse
    lower: Float
    upper: Float


@dataclass(frozen=True)
class Effort:
    """Hold when a run may stop.

    Parameters
    ----------
    gap
        Relative. [share]
    absolute_gap
        In units of the cost.
    nodes
        Of the search tree.
    seconds
        Safety net.
    seed
        Of choices among equals.
    is_plain
        Whether the model is plain covering, see `PLAIN`.
    """

    gap: float
    absolute_gap: float
    nodes: int
    seconds: float
    seed: int
    is_plain: bool = False


@dataclass(frozen=True)
class Run:
    """Hold what came of it.

    Parameters
    ----------
    status
        See `Solution.status`.
    x
        Columns; empty where there is no solution. (N,)
    value, bound
        Of the best solution, and what none can exceed; -inf and inf where there is none.
    nodes, seconds
        Spent.
    limited_by
        ``""``, ``nodes`` or ``seconds``.
    """

    status: Status
    x: Float
    value: float
    bound: float
    nodes: int
    seconds: float
    limited_by: str


def stack(blocks: Sequence[Block], n_columns: int) -> tuple[Sparse, Float, Float]:
    """Put blocks of rows under each other.

    Parameters
    ----------
    blocks
        Rows.
    n_columns
        N.

    Returns
    -------
    tuple
        Matrix (R, N) csr, lower (R,), upper (R,).

    Raises
    ------
    ValueError
        A column beyond N.
    """
    starts = np.cumsum([0, *(len(block.upper) for block in blocks)])
    row = np.concatenate([block.row + start for block, start in zip(blocks, starts[:-1], strict=True)])
    column = np.concatenate([block.column for block in blocks])
    value = np.concatenate([block.value for block in blocks])
    matrix = csr_array((value, (row, column)), shape=(int(starts[-1]), n_columns))
    lower = np.concatenate([block.lower for block in blocks])
    upper = np.concatenate([block.upper for block in blocks])
    return matrix, lower, upper


def solve_model(model: Model, effort: Effort, start: Float | None = None) -> Run:
    """Run HiGHS on a model.

    Parameters
    ----------
    model
        What to maximise.
    effort
        When to stop.
    start
        A solution to begin with. (N,)

    Returns
    -------
    Run
        With HiGHS' own status and bound.

    Raises
    ------
    RuntimeError
        HiGHS refuses the model: a fault of ours.

    Notes
    -----
    One thread and a fixed seed: as long as no run is stopped by seconds, the same model gives the same answer. A label such as
    "optimal" given by a modelling layer after a time limit is not used: the status is the solver's, the gap comes from its bound
    [huangfu_hall_2018].
    """
    begun = time.perf_counter()
    highs = quiet_highs(effort)
    if (
        model.is_integer.any()
    ):  # its presolve of whole numbers has been seen to go on for ever, deaf to the clock
        highs.setOptionValue("presolve", "off")
    if highs.passModel(lp_of(model)) == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS refused the model")
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = start
        highs.setSolution(solution)
    highs.run()
    info = highs.getInfo()
    found = highs.getModelStatus()
    has = info.primal_solution_status == FEASIBLE
    x = np.array(highs.getSolution().col_value) if has else np.empty(0)
    value = float(info.objective_function_value) if has else -np.inf
    status, limited_by = _said(found, has=has)
    bound = float(info.mip_dual_bound) if model.is_integer.any() else np.inf
    if status == "optimal":
        bound = max(bound, value) if model.is_integer.any() else value
    return Run(status, x, value, bound, max(info.mip_node_count, 0), time.perf_counter() - begun, limited_by)


def _said(found: highspy.HighsModelStatus, *, has: bool) -> tuple[Status, str]:
    """Return our word for HiGHS' status, and which limit stopped it."""
    word = highspy.HighsModelStatus
    if found == word.kOptimal:
        return "optimal", ""
    if found in {word.kInfeasible, word.kUnboundedOrInfeasible}:
        return "infeasible", ""
    limited_by = {word.kTimeLimit: "seconds", word.kSolutionLimit: "nodes"}.get(found, "solver")
    return ("feasible" if has else "unknown"), limited_by


def quiet_highs(effort: Effort) -> _core._Highs:
    """Return a solver that says nothing, on one thread.

    Parameters
    ----------
    effort
        When it may stop.

    Returns
    -------
    _Highs
        Without a model.

    Raises
    ------
    RuntimeError
        Never.
    """
    highs = _core._Highs()  # noqa: SLF001 - highspy.Highs sets callbacks, which print a banner into the output of whoever plans
    options: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": effort.seed,
        "mip_rel_gap": effort.gap,
        "mip_abs_gap": effort.absolute_gap,
        "mip_max_nodes": effort.nodes,
        "time_limit": max(effort.seconds, LEAST_S),
        "primal_feasibility_tolerance": TOLERANCE,
        "mip_feasibility_tolerance": TOLERANCE,
    }
    for option, value in (options | dict(PLAIN if effort.is_plain else {})).items():
        highs.setOptionValue(option, value)
    return highs


def lp_of(model: Model) -> highspy.HighsLp:
    """Return the model as HiGHS keeps it.

    Parameters
    ----------
    model
        Ours.

    Returns
    -------
    HighsLp
        Theirs.

    Raises
    ------
    ValueError
        Shapes do not fit.
    """
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = model.matrix.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = model.cost, model.low, model.high
    lp.row_lower_, lp.row_upper_ = model.lower, model.upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = model.matrix.indptr
    lp.a_matrix_.index_ = model.matrix.indices
    lp.a_matrix_.value_ = model.matrix.data
    lp.sense_ = highspy.ObjSense.kMaximize
    if model.is_integer.any():
        kinds = np.array([highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger])
        lp.integrality_ = kinds[model.is_integer.astype(np.int64)].tolist()
    return lp


def relative_gap(value: float, bound: float) -> float:
    """Return (bound - value) / |value|, at least 0; inf where nothing is known. [share]

    Parameters
    ----------
    value, bound
        Reached, and not to be exceeded.

    Returns
    -------
    float
        For instance 0.01 for 100 reached of at most 101.

    Raises
    ------
    ValueError
        Never.
    """
    if not np.isfinite(value) or not np.isfinite(bound):
        return np.inf
    over = max(bound - value, 0.0)
    if over <= TOLERANCE:
        return 0.0
    return over / abs(value) if value else np.inf


def whole(values: Float) -> Int:
    """Return values the solver found whole, rounded.

    Parameters
    ----------
    values
        Columns.

    Returns
    -------
    ndarray
        int.

    Raises
    ------
    AssertionError
        One is not whole.
    """
    rounded = np.rint(values)
    assert np.abs(values - rounded).max(initial=0.0) < 1e-4, "the solver's whole numbers are not whole"  # noqa: PLR2004 - far above its tolerance, far below one
    return rounded.astype(np.int64)


def effort_of(limits: Limits, begun: float, share: float = 1.0) -> Effort:
    """Return what a stage may spend of the limits.

    Parameters
    ----------
    limits
        Of the whole search.
    begun
        When it began. [s]
    share
        Of the seconds left.

    Returns
    -------
    Effort
        For one stage.

    Raises
    ------
    ValueError
        Never.
    """
    left = limits.seconds - (time.perf_counter() - begun)
    return Effort(limits.gap, limits.level_gap, limits.nodes, left * share, limits.seed)


def stage_of(name: str, run: Run) -> Stage:
    """Return a stage's record.

    Parameters
    ----------
    name
        Of the stage.
    run
        HiGHS' answer.

    Returns
    -------
    Stage
        With its gap.

    Raises
    ------
    ValueError
        Never.
    """
    gap = relative_gap(run.value, run.bound)
    return Stage(name, run.value, run.bound, gap, run.status, run.nodes, run.seconds, run.limited_by)
