"""The measure step: layers in, observations out, with what every number was made from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.group import groups
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.core.units import unit
from citiesforall.measure import access, amounts, derive
from citiesforall.measure.layers import Layers
from citiesforall.measure.load import Draws, make_layers
from citiesforall.measure.method import METHODS, check
from citiesforall.measure.run import Measured, bind_groups, measure_all, observations, rows, walks_to
from citiesforall.pipeline.outputs import write_observations
from citiesforall.pipeline.progress import Tell
from citiesforall.pipeline.walks import load_walks

MODELLED = frozenset({"modelled", "assumed"})
METHOD_MODULES = (access, amounts, derive)
"""Importing these registers the methods."""


def measure_into(folder: Path, inputs: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """Measure every indicator of one city and write the observations.

    Parameters
    ----------
    folder
        Where `observations.parquet`, `observations.csv` and `cell_values.parquet` go.
    inputs
        ``places``, ``cells``, ``walks`` (folder or None), ``draws``, ``given``, ``choices``, ``period``, ``run``,
        ``sources`` (layer -> source ids), ``grades`` (source id -> grade), ``kind_sources``.
    tell
        Told the indicators.

    Returns
    -------
    dict
        What to remember: sources, reasons, groups the sources do not know.
    """
    declared = indicators()
    check(declared)
    places, cells = read_parquet(inputs["places"]), read_parquet(inputs["cells"])
    walks = load_walks(inputs["walks"]) if inputs["walks"] else None
    draws: Draws = inputs["draws"]
    layers, codes = make_layers(places, cells, walks, draws, inputs["given"])
    bound, unknown = bind_groups(layers, groups(), inputs["choices"])
    lineage = {key: _sources_of(one, layers, inputs) for key, one in declared.items()}
    doubt = {key: _why_estimated(lineage[key], inputs) for key in declared}
    facts = {
        "period": inputs["period"],
        "run": inputs["run"],
        "estimated": frozenset(k for k, v in doubt.items() if v),
    }
    tables: list[pd.DataFrame] = []
    by_cell: dict[str, Any] = {}
    missing: dict[str, str] = {}
    seen: list[str] = []

    def told(key: str) -> None:
        seen.append(key)
        tell("measure", len(seen), len(declared))

    for found in measure_all(layers, declared, bound, told):
        tables.append(rows(found, declared[found.indicator], codes, facts))
        if found.group == "all":
            _keep_cells(found, declared[found.indicator], by_cell, missing)
    write_observations(observations(tables), folder)
    values = {key: by_cell[key] for key in declared if key in by_cell}
    write_parquet(
        pd.concat([cells[["cell", "unit", "people"]], pd.DataFrame(values)], axis=1),
        folder / "cell_values.parquet",
    )
    said = {
        key: {"sources": lineage[key], "missing": missing.get(key, ""), "estimated": doubt[key]}
        for key in declared
    }
    return {"indicators": said, "groups": list(bound), "groups_unknown": unknown, "rows": codes}


def _keep_cells(found: Measured, one: Indicator, by_cell: dict[str, Any], missing: dict[str, str]) -> None:
    """Keep the values per cell of everybody, and the reason where there are none."""
    if found.estimate is None:
        missing[one.id] = found.reason
    if found.by_cell is not None:
        by_cell[one.id] = np.broadcast_to(found.by_cell * unit(one.unit).per_si, found.by_cell.shape)


def _sources_of(one: Indicator, layers: Layers, inputs: Mapping[str, Any]) -> list[str]:
    """Return the sources an indicator was made from: of the layers it reads, and of the kinds it walks to."""
    found: list[str] = []
    by_layer: Mapping[str, list[str]] = inputs["sources"]
    for layer in METHODS[one.method].reads:
        if layer in {"facilities", "stops"}:
            for kind in walks_to(one):
                found += layers.ways[kind].sources if kind in layers.ways else ()
        elif layer == "cells":
            found += by_layer.get("places", []) + by_layer.get("people", [])
            found += [source for column in columns_read(one) for source in by_layer.get(column, [])]
        else:
            found += by_layer.get(layer, [])
    return list(dict.fromkeys(found))


def columns_read(one: Indicator) -> list[str]:
    """Return the columns of the cells an indicator reads beside people.

    Parameters
    ----------
    one
        The indicator.
    """
    of = one.options.get("of", [])
    named = [*([of] if isinstance(of, str) else of), one.options.get("per"), one.options.get("hazard")]
    made_of = {
        "open_urban_m2": ["open_m2"], "street_land_urban_m2": ["street_land_m2"], "urban_m2": ["land_m2"],
    }  # fmt: skip
    rates = {
        "land_growth": ["built_m2", "built_past_m2"], "built_change": ["built_m2", "built_past_m2"],
        "people_growth": ["people_past"],
        "land_per_people_growth": ["built_m2", "built_past_m2", "people_past"],
    }  # fmt: skip
    columns = [column for name in named if name for column in made_of.get(name, [name])]
    return columns + rates.get(one.method, [])


def _why_estimated(sources: list[str], inputs: Mapping[str, Any]) -> str:
    """Say which sources are modelled or assumed, empty where none is."""
    grades: Mapping[str, str] = inputs["grades"]
    doubtful = [f"{source} is {grades[source]}" for source in sources if grades.get(source) in MODELLED]
    return "; ".join(doubtful)
