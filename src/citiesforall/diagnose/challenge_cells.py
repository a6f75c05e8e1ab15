"""Hot spots inside units: blocks of grid cells are tested where a city has too few units to be tested against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from citiesforall.core.estimate import Floats
from citiesforall.core.indicator import indicators
from citiesforall.core.inputs import Inputs
from citiesforall.core.tables import read_parquet
from citiesforall.diagnose.challenge_local import Tested, kinds_of, local_test, with_nearest

BLOCKS_M = (1000.0, 500.0, 200.0)
"""Sides of blocks that are tried, the largest first. [m]"""
FEWEST_BLOCKS = 60
"""Inhabited blocks from which a side is kept (ours): the normal approximation asks for some thirty, and neighbours are alike."""
FEWEST_TESTED = 30
"""Blocks with a value below which an indicator is not tested (ours)."""


@dataclass(frozen=True)
class Blocks:
    """Hold inhabited blocks of cells.

    Parameters
    ----------
    side_m
        Of a block. [m]
    of
        Block of each cell part. (C,)
    people
        Of each cell part. (C,) [persons]
    unit
        Of each cell part. (C)
    corner
        Column and row of each block. (B, 2)
    """

    side_m: float
    of: npt.NDArray[np.int64]
    people: Floats
    unit: npt.NDArray[np.object_]
    corner: npt.NDArray[np.int64]


def blocks_of(x: Floats, y: Floats, people: Floats, unit: npt.NDArray[np.object_]) -> Blocks:
    """Put inhabited cells into blocks, the largest that still are many.

    Parameters
    ----------
    x, y, people, unit
        Of each inhabited cell part. (C)
    """
    for side in BLOCKS_M:
        at, of = np.unique(np.floor(np.column_stack([x, y]) / side), axis=0, return_inverse=True)
        if len(at) >= FEWEST_BLOCKS or side == BLOCKS_M[-1]:
            break
    return Blocks(side, of.ravel().astype(np.int64), people, unit, at.astype(np.int64))


def queen(at: npt.NDArray[np.int64]) -> csr_array:
    """Say which blocks share a side or a corner. (B, B)

    Parameters
    ----------
    corner
        Column and row of each block. (B, 2)
    """
    pairs = cKDTree(at).query_pairs(1.5, output_type="ndarray")
    both = np.concatenate([pairs, pairs[:, ::-1]])
    return csr_array(coo_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(len(at), len(at))))


def cell_clusters(given: Inputs, wanted: Sequence[str]) -> pd.DataFrame:
    """Find clusters of hot and of cold blocks of every indicator that has values by cell.

    Parameters
    ----------
    given
        With cells and measure.
    wanted
        Ids of indicators that have a better and a worse side.

    Returns
    -------
    pandas.DataFrame
        One row for each cluster: ``place`` is the unit most of its people live in.

    Notes
    -----
    Values are means over the people of a block. Cells near each other share what they can walk to, so clusters are to be
    expected: they say where, not that anything caused them. No draws: values by cell are as published.
    """
    values = read_parquet(given.done["measure"].folder / "cell_values.parquet")
    cells = read_parquet(given.done["cells"].folder / "cells.parquet")
    lived = np.flatnonzero(cells["people"].to_numpy(np.float64) > 0)
    if not lived.size:
        return pd.DataFrame()
    x, y, people = (cells[name].to_numpy(np.float64)[lived] for name in ("x", "y", "people"))
    blocks = blocks_of(x, y, people, cells["unit"].to_numpy(dtype=object)[lived])
    rows: list[dict[str, object]] = []
    for key in wanted:
        if key in values:
            rows += _clusters_of(
                key, values[key].to_numpy(np.float64)[lived], blocks, np.column_stack([x, y])
            )
    return pd.DataFrame(rows)


def _clusters_of(key: str, value: Floats, blocks: Blocks, where: Floats) -> list[dict[str, object]]:
    """Return the clusters of one indicator."""
    B, known = len(blocks.corner), np.isfinite(value)
    people = np.bincount(blocks.of[known], weights=blocks.people[known], minlength=B)
    total = np.bincount(blocks.of[known], weights=(blocks.people * value)[known], minlength=B)
    has = np.flatnonzero(people > 0)
    if has.size < FEWEST_TESTED:
        return []
    mean = total[has] / people[has]
    worse = -1.0 if indicators()[key].better == "higher" else 1.0
    near = with_nearest(queen(blocks.corner[has]), blocks.corner[has].astype(np.float64))
    tested = local_test((worse * mean)[None, :], near)
    if tested is None:
        return []
    kinds = kinds_of(tested.z, tested.q)
    rows: list[dict[str, object]] = []
    for kind in ("hot", "cold"):
        rows += _rows_of(
            key, kind, np.flatnonzero(kinds == kind), (has, mean, near, tested), (blocks, known, where)
        )
    return rows


def _rows_of(
    key: str,
    kind: str,
    found: npt.NDArray[np.int64],
    block: tuple[npt.NDArray[np.int64], Floats, csr_array, Tested],
    cell: tuple[Blocks, npt.NDArray[np.bool_], Floats],
) -> list[dict[str, object]]:
    """Return one row for each cluster of neighbouring blocks of one kind."""
    has, mean, near, tested = block
    blocks, known, where = cell
    if not found.size:
        return []
    n, label = connected_components(near[found][:, found], directed=False)
    cluster_of = np.full(len(blocks.corner), -1)
    cluster_of[has[found]] = label
    rows: list[dict[str, object]] = []
    for number in range(n):
        mine = found[label == number]
        parts = np.flatnonzero((cluster_of[blocks.of] == number) & known)
        people = blocks.people[parts]
        share = people / people.sum()
        living = pd.Series(people).groupby(blocks.unit[parts]).sum()
        worst = mine[np.argmax(np.abs(tested.z[mine]))]
        weights = np.bincount(blocks.of[parts], weights=people, minlength=len(blocks.corner))[has[mine]]
        x, y = (where[parts] * share[:, None]).sum(axis=0)
        rows.append(
            {
                "indicator": key, "place": str(living.idxmax()), "z": tested.z[worst], "p": tested.p[worst],
                "q": tested.q[worst], "kind": kind, "level": "cells", "chance": np.nan,
                "value": float(np.average(mean[mine], weights=weights)), "neighbours": float(mine.size),
                "n": float(has.size), "people": float(people.sum()), "x": float(x), "y": float(y),
                "block_m": blocks.side_m, "smoothed": False,
            }
        )  # fmt: skip
    return rows
