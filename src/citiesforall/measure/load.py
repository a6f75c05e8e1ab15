"""From the tables that gather wrote to the arrays that methods read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.source import SourceError
from citiesforall.measure.draws import draw_people, draw_present
from citiesforall.measure.layers import Layers, Ways, result_rows

Floats = npt.NDArray[np.float64]
URBAN_FROM = 21
"""Level 2 codes of the Degree of Urbanisation from which a cell is urban (cluster or centre)."""


@dataclass(frozen=True)
class Draws:
    """Say how many draws are made, and from what.

    Parameters
    ----------
    S
        Draws, the first as published.
    seed
        Of the city file.
    people_source
        Id of the source of people.
    people_error
        Its stated error, or None.
    columns
        Column of the cells -> id and stated error of its source, for quantities that are drawn too (PM2.5).
    """

    S: int
    seed: int
    people_source: str
    people_error: SourceError | None
    columns: Mapping[str, tuple[str, SourceError]] = field(default_factory=dict)


def make_layers(
    places: pd.DataFrame,
    cells: pd.DataFrame,
    walks: tuple[Mapping[str, npt.NDArray[Any]], Mapping[str, Any]] | None,
    draws: Draws,
    given: Mapping[str, Any],
) -> tuple[Layers, list[str]]:
    """Make the layers of everybody.

    Parameters
    ----------
    places
        The places layer.
    cells
        The cells layer, sorted by unit and cell.
    walks
        Arrays and kinds from the walks step, or None where the city has no streets.
    draws
        How draws are made.
    given
        ``walk_m_s``, ``years``, ``facts``.

    Returns
    -------
    tuple
        Layers, and the codes of the result rows.
    """
    C = len(cells)
    units, starts = np.unique(cells["unit"].to_numpy(dtype=str), return_index=True)
    codes, belongs = result_rows(places, list(map(str, units)))
    people = cells["people"].to_numpy(np.float64)[None, :]
    if draws.people_error is not None and draws.people_error.relative_sd and draws.S > 1:
        people = draw_people(cells, draws.people_error, draws.seed, draws.people_source, draws.S)
    columns = _columns(cells)
    arrays, about = walks if walks is not None else ({}, {})
    leg_m = np.asarray(arrays.get("leg_m", np.full(C, np.inf)), np.float64)
    ways = {name: _ways(name, kind, arrays, draws) for name, kind in about.items()}
    layers = Layers(
        group="all",
        people=people,
        people_past=columns.get("people_past"),
        walk_m_s=given["walk_m_s"],
        base_walk_m_s=given["walk_m_s"],
        cells=columns,
        known_street=np.isfinite(leg_m),
        leg_m=leg_m,
        ways=ways,
        starts=starts.astype(np.int64),
        belongs=belongs,
        years=given["years"],
        facts=given["facts"],
        drawn=_drawn(cells, draws),
    )
    return layers, codes


def _drawn(cells: pd.DataFrame, draws: Draws) -> dict[str, Floats]:
    """Return the quantities whose source states an error, per draw: log-normal, common inside a block, never rescaled."""
    drawn = {}
    for name, (source, error) in draws.columns.items():
        if name in cells and error.relative_sd and draws.S > 1:
            table = cells[["cell", "x", "y"]].assign(people=cells[name])
            together = error.model_copy(update={"shared": 1.0})
            drawn[name] = draw_people(table, together, draws.seed, source, draws.S)
    return drawn


def _columns(cells: pd.DataFrame) -> dict[str, Floats]:
    """Return the numeric columns as floats, and the urban amounts of SDG 11.7.1."""
    columns = {str(name): cells[name].to_numpy(np.float64) for name in cells.select_dtypes("number").columns}
    if "urban_class" in columns:
        urban = columns["urban_class"] >= URBAN_FROM
        for amount, name in (
            ("land_m2", "urban_m2"),
            ("open_m2", "open_urban_m2"),
            ("street_land_m2", "street_land_urban_m2"),
        ):
            if amount in columns:
                columns[name] = np.where(urban, columns[amount], 0.0)
    return columns


def _ways(name: str, kind: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]], draws: Draws) -> Ways:
    """Return the walks to one kind, with the draws of which facilities are there."""
    F = len(kind["ids"])
    present = np.ones((1, F), dtype=bool)
    gone = np.asarray(kind["gone_share"], np.float64)
    if draws.S > 1 and (gone > 0).any():
        present = np.ones((draws.S, F), dtype=bool)
        sources = np.asarray(kind["source"], dtype=str)
        for source in np.unique(sources):
            of = sources == source
            ids = np.asarray(kind["ids"], dtype=str)[of]
            present[:, of] = draw_present(ids, gone[of], draws.seed, str(source), draws.S)
    return Ways(
        arrays[f"{name}.m"],
        arrays[f"{name}.facility"],
        present,
        kind["estimated"],
        tuple(kind["made_from"]),
    )
