"""Ranks of the places of each level, under the choices made and under all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from citiesforall.core.estimate import Floats
from citiesforall.core.notes import Note
from citiesforall.diagnose.aggregate import AGGREGATIONS
from citiesforall.diagnose.index import Indices
from citiesforall.diagnose.index_design import Design, Ints
from citiesforall.diagnose.index_values import NOWHERE, Tree, Values
from citiesforall.diagnose.ranks import (
    FACTORS,
    Model,
    make_model,
    n_runs_for,
    rank_bounds,
    rank_table,
    ranks_of,
    run_scores,
)
from citiesforall.diagnose.sensitivity import COLUMNS, sensitivity_table, sobol_runs

LEAST_RANKED = 2
MOST_NAMED = 60
"""Places up to which the sensitivity of each one's rank is worked out; above, that of the mean shift only."""
MOST_CHANCES = 200
"""Places up to which the chance of every rank is written."""
N_SOBOL, FEW_SOBOL = 1024, 64
MOST_ITEMS = 1.5e7
"""Numbers kept for the runs: sets how many draws they pick from where there are many places."""
FEWEST_DRAWS = 20
CITY_FACTORS = ("data", "weights", "aggregation")
CHOSEN = "geometric"


@dataclass(frozen=True)
class Ranked:
    """Hold the ranks and what moves them.

    Parameters
    ----------
    ranks
        Name of the index -> ``rank, rank_low, rank_high, n_ranked``, in the order of the places.
    chances, sensitivity
        The two tables.
    notes
        What was left out, and why.
    """

    ranks: dict[str, pd.DataFrame]
    chances: pd.DataFrame
    sensitivity: pd.DataFrame
    notes: list[Note]


def rank_places(values: Values, found: Indices, design: Design, tree: Tree, seed: int) -> Ranked:
    """Rank the places of each level by their index.

    Parameters
    ----------
    values
        Of everybody, with what is taken over.
    found
        Indices of everybody.
    design
        What the index is made of.
    tree
        The places.
    seed
        Of the city file.

    Returns
    -------
    Ranked
        Empty tables and a note where no two places of a level have an index.
    """
    P = len(tree.codes)
    ranks = {name: np.full((P, 4), np.nan) for name in AGGREGATIONS}
    chances, moved, notes = [], [], []
    lowest = tree.depth().max(initial=0)
    for level in sorted(set(tree.level)):
        here = np.array([one == level for one in tree.level]) & ~np.isnan(found.by_name[CHOSEN][0])
        at = np.flatnonzero(here)
        if at.size < LEAST_RANKED:
            continue
        model = make_model(_few(values.draws[:, at], at.size, design), values.own[at], design, seed)
        n = n_runs_for(at.size, model.items.shape[-1])
        runs = sobol_runs(len(FACTORS), n, seed)[0]
        over = ranks_of(run_scores(model, runs))
        low, high = rank_bounds(over)
        for name in AGGREGATIONS:
            mine = ranks_of(found.by_name[name][0, at])
            ranks[name][at] = np.stack([mine, low, high, np.full(at.size, at.size)], axis=1)
        notes.append(_note(level, at.size, n, model))
        codes = [tree.codes[one] for one in at]
        if at.size <= MOST_CHANCES:
            chances.append(rank_table(over, codes))
        if tree.depth()[at[0]] == lowest:
            moved.append(_moved(model, codes, ranks[CHOSEN][at, 0], seed))
    moved.append(_city(values, found, design, tree, seed))
    if not notes:
        notes.append(Note("index", "no two places of a level have an index: no ranks, no chances of ranks."))
    return Ranked(
        {name: _columns(table) for name, table in ranks.items()},
        _stack(chances, ("place", "rank", "chance")),
        _stack(moved, COLUMNS),
        notes,
    )


def _few(draws: Floats, n_places: int, design: Design) -> Floats:
    """Return as many draws as there is room for. (S, P, I)"""
    room = int(MOST_ITEMS / (6 * n_places * len(design.items)))
    return draws[: max(FEWEST_DRAWS, room)]


def _note(level: str, n_places: int, n: int, model: Model) -> Note:
    more = "" if n_places <= MOST_CHANCES else " The chance of every rank is not written for so many places."
    return Note(
        "index",
        f"ranks of {n_places} places ({level}): {n} runs over data ({model.items.shape[2] - 1} draws), weights, normalisation, "
        f"aggregation and what is taken over from the city.{more}",
    )


def _columns(table: Floats) -> pd.DataFrame:
    return pd.DataFrame(table, columns=["rank", "rank_low", "rank_high", "n_ranked"])


def _stack(parts: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    some = [part for part in parts if len(part)]
    return pd.concat(some, ignore_index=True) if some else pd.DataFrame(columns=list(columns))


def _moved(model: Model, codes: list[str], published: Floats, seed: int) -> pd.DataFrame:
    """Say which factor moves the ranks: the mean shift, and each place's own."""

    def outputs(runs: Floats) -> dict[str, Floats]:
        ranks = ranks_of(run_scores(model, runs))
        shift = {"rank_shift": np.abs(ranks - published).mean(axis=1)}
        each = codes if len(codes) <= MOST_NAMED else []
        return {**shift, **{f"rank:{code}": ranks[:, at] for at, code in enumerate(each)}}

    n = N_SOBOL if len(codes) <= MOST_CHANCES else FEW_SOBOL
    return sensitivity_table(outputs, FACTORS, n, seed)


def _city(values: Values, found: Indices, design: Design, tree: Tree, seed: int) -> pd.DataFrame:
    """Say which factor moves the city's own index: it has no normalisation but goalposts, and takes nothing over."""
    root: Ints = np.flatnonzero((tree.above == NOWHERE) & ~np.isnan(found.by_name[CHOSEN][0]))
    if not root.size:
        return pd.DataFrame(columns=list(COLUMNS))
    model = make_model(values.draws[:, root[:1]], values.own[root[:1]], design, seed)

    def outputs(runs: Floats) -> dict[str, Floats]:
        fixed = np.zeros(len(runs))
        whole = np.stack([runs[:, 0], runs[:, 1], fixed, runs[:, 2], fixed], axis=1)
        return {f"index:{tree.codes[root[0]]}": run_scores(model, whole)[:, 0]}

    return sensitivity_table(outputs, CITY_FACTORS, N_SOBOL, seed)
