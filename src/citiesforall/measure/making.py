"""The measure step: layers in, observations out, with what every number was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from citiesforall.core.group import groups
from citiesforall.core.indicator import indicators
from citiesforall.core.inputs import Inputs
from citiesforall.core.tables import read_parquet, write_csv, write_parquet
from citiesforall.core.units import unit
from citiesforall.measure import methods
from citiesforall.measure.asked import bind_groups, groups_known
from citiesforall.measure.comparison import places_of
from citiesforall.measure.distribution import walk_minutes
from citiesforall.measure.draw_store import Answer, answer_of, write_draws
from citiesforall.measure.inequality import write_inequality
from citiesforall.measure.layers import Layers
from citiesforall.measure.lineage import made_from, notes_on_years
from citiesforall.measure.load import Draws, make_layers
from citiesforall.measure.method import check
from citiesforall.measure.register_layer import registers_of
from citiesforall.measure.run import columns, measure_all, observations
from citiesforall.measure.score_layer import load_scores
from citiesforall.measure.survey_load import load_survey
from citiesforall.network.walks import load_walks

METHOD_MODULES = methods.MODULES
"""Importing these registers the methods."""


def make_observations(given: Inputs, folder: Path) -> dict[str, Any]:
    """Measure every indicator of one city.

    Parameters
    ----------
    given
        With places and cells, and walks and streets where the city has them.
    folder
        Where `observations.parquet`, `observations.csv`, `walk_minutes.parquet`, `cell_values.parquet`, the draws and
        `inequality.parquet` go.

    Returns
    -------
    dict
        What to remember: sources of each indicator, reasons, groups the sources do not know.
    """
    declared = indicators()
    check(declared)
    cells = read_parquet(given.done["cells"].folder / "cells.parquet")
    layers, codes = city_layers(given, cells)
    speeds = {"walk_m_s": given.city.choices.walk_m_s, "slow_walk_m_s": given.city.choices.slow_walk_m_s}
    bound, unknown = bind_groups(layers, groups(), speeds)
    known, unknown = groups_known(layers, list(bound), unknown)
    said = {key: made_from(one, layers, given) for key, one in declared.items()}
    facts = _facts(said, given.run)
    tables: list[Mapping[str, Any]] = []
    answers: list[Answer] = []
    by_cell: dict[str, Any] = {}
    seen: list[str] = []

    def told(key: str) -> None:
        seen.append(key)
        given.tell("measure", len(seen), len(declared))

    for found in measure_all(layers, declared, bound, told):
        tables.append(columns(found, declared[found.indicator], codes, facts))
        answers += answer_of(found.indicator, found.group, found.estimate, tables[-1])
        if found.group == "all":
            said[found.indicator]["missing" if found.estimate is None else "note"] = found.reason
            if found.by_cell is not None:
                by_cell[found.indicator] = found.by_cell * unit(declared[found.indicator].unit).per_si
    _write(folder, observations(tables), cells, {key: by_cell[key] for key in declared if key in by_cell})
    write_parquet(walk_minutes(layers, codes), folder / "walk_minutes.parquet")
    write_draws(folder, answers, codes, given.city.choices.draws + 1)
    places = read_parquet(given.done["places"].folder / "places.parquet")
    among = places_of(places, codes, layers.rows(layers.people))
    write_inequality(folder, answers, declared, among, given.run)
    return {
        "notes": [note.as_dict() for note in notes_on_years(given)],
        "indicators": said,
        "groups": known,
        "groups_unknown": unknown,
        "rows": codes,
        "run": given.run,
    }


def _facts(said: Mapping[str, Mapping[str, Any]], run: str) -> dict[str, Any]:
    """Return what the rows of every indicator carry: period, run, and whether their sources are modelled or assumed."""
    return {
        "periods": {key: one["period"] for key, one in said.items()},
        "run": run,
        "estimated": frozenset(key for key, one in said.items() if one["estimated"]),
    }


def _write(folder: Path, table: pd.DataFrame, cells: pd.DataFrame, by_cell: dict[str, Any]) -> None:
    """Write the observations, and everybody's values per cell."""
    write_parquet(table, folder / "observations.parquet")
    write_csv(table, folder / "observations.csv")
    values = pd.concat([cells[["cell", "unit", "people"]], pd.DataFrame(by_cell, index=cells.index)], axis=1)
    write_parquet(values, folder / "cell_values.parquet")


def city_layers(given: Inputs, cells: pd.DataFrame) -> tuple[Layers, list[str]]:
    """Make the layers of everybody from the finished steps.

    Parameters
    ----------
    given
        The city and its finished steps.
    cells
        The cells layer.

    Returns
    -------
    tuple
        Layers with all draws, and the codes of the result rows.
    """
    choices, people = given.city.choices, given.city.of("people")[0]
    known = {
        "walk_m_s": choices.walk_m_s,
        "years": given.done["cells"].info.get("years", {}),
        "facts": given.done["streets"].info.get("facts", {}) if "streets" in given.done else {},
    }
    columns = {}
    for use in given.city.of("pm25"):
        if use.error is not None:
            columns["pm25_ug_m3"] = (use.id, use.error)
    draws = Draws(choices.draws + 1, choices.seed, people.id, people.error, columns)
    walks = load_walks(given.done["walks"].folder) if "walks" in given.done else None
    places = read_parquet(given.done["places"].folder / "places.parquet")
    layers, codes = make_layers(places, cells, walks, draws, known)
    if "households" in given.done:
        seed = "/".join([str(choices.seed), *(use.id for use in given.city.of("households"))])
        layers = replace(layers, survey=load_survey(given.done["households"].folder, places, seed))
    if "scorecards" in given.done:
        table = read_parquet(given.done["scorecards"].folder / "scorecards.parquet")
        layers = replace(layers, scorecards=load_scores(table, codes, choices.seed, draws.S))
    if "registers" in given.done:
        layers = replace(layers, registers=registers_of(given, places, layers.rows(layers.people)))
    return layers, codes
