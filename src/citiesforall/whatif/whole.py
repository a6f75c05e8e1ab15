"""A full run on a changed city: the same steps as any run, on changed layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from citiesforall.core.indicator import indicators
from citiesforall.core.inputs import Finished, Inputs
from citiesforall.core.scenario import Scenario
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.gather.street_amounts import street_facts
from citiesforall.measure.making import make_observations
from citiesforall.measure.method import METHODS
from citiesforall.network.streets import save
from citiesforall.network.walks import find_walks, save_walks
from citiesforall.whatif.city import CityLayers
from citiesforall.whatif.layers import changed
from citiesforall.whatif.published import ASKED

WALKED = frozenset({"streets", "facilities", "stops"})
"""Layers whose change moves walks."""


def changed_run(given: Inputs, scenario: Scenario, folder: Path) -> Inputs:
    """Change a city and walk in it again; nothing made before is touched.

    Parameters
    ----------
    given
        The city and its finished steps.
    scenario
        What is changed.
    folder
        Empty; changed layers go into folders of it, named as the steps.

    Returns
    -------
    Inputs
        The changed city, as any step is handed it.

    Raises
    ------
    InputError
        Carrying every fault of the scenario.
    """
    return written(given, changed(given, scenario), folder)


def written(given: Inputs, city: CityLayers, folder: Path) -> Inputs:
    """Write changed layers where steps find them, and the walks in them.

    Parameters
    ----------
    given
        The city as it is.
    city
        Changed layers.
    folder
        Where they go.

    Returns
    -------
    Inputs
        The city as it would be.
    """
    done = dict(given.done)
    crs = {"crs": city.ground.crs}
    tables = {"facilities": city.facilities, "stops": city.stops, "cells": city.cells}
    for name in sorted(city.touched & tables.keys()):
        table = tables[name]
        assert table is not None
        write_parquet(table, _made(folder, name) / f"{name}.parquet", crs)
        done[name] = Finished(folder / name, city.info.get(name, {"sources": []}))
    if "facilities" in city.touched and city.open_space is not None:
        write_parquet(city.open_space, folder / "facilities" / "open_space.parquet", crs)
    if "streets" in city.touched and city.streets is not None:
        save(city.streets, _made(folder, "streets") / "streets.npz")
        facts = street_facts(city.streets, given.city.of("streets")[0])
        done["streets"] = Finished(folder / "streets", {**given.done["streets"].info, "facts": facts})
    if "walks" in done and city.touched & WALKED:
        arrays, about = walked(given, city)
        save_walks(_made(folder, "walks"), arrays, about)
        done["walks"] = Finished(folder / "walks", given.done["walks"].info)
    return replace(given, done=done)


def walked(
    given: Inputs, city: CityLayers, among: frozenset[str] | None = None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Walk in a changed city with the function that any run walks with.

    Parameters
    ----------
    given
        For its choices.
    city
        Changed layers.
    among
        Kinds to walk to; all where None.
    """
    assert city.streets is not None
    choices = {"snap_m": given.city.choices.snap_m, "reach_m": given.city.choices.reach_m}
    kinds = {name: kind for name, kind in city.kinds.items() if among is None or name in among}
    return find_walks(city.streets, city.cells, kinds, choices, given.threads)


def measured(given: Inputs, folder: Path) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    """Measure every indicator of a changed city with the step that any run measures with.

    Parameters
    ----------
    given
        From `changed_run`.
    folder
        Where its tables go; ``measure`` in the folder of the changed layers.

    Returns
    -------
    tuple
        Observations, with intervals, and what the step remembers.

    Notes
    -----
    What people answered, in a survey or on scorecards, is an answer of the city as it is: no scenario changes it. Where too
    few were asked, a model lends strength from facts of the place (homes near health care, density); these too stay those of
    the time people were asked, or a new clinic would seem to change what they said of their work.
    """
    into = _made(folder, "measure")
    info = make_observations(given, into)
    found = read_parquet(into / "observations.parquet")
    before = given.file("measure", "observations.parquet")
    if before is not None:
        found = _as_asked(read_parquet(before), found)
        write_parquet(found, into / "observations.parquet")
    return found, info


def _as_asked(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Put what people said before into the place of what a model would make of it in the changed city."""
    asked = {key for key, one in indicators().items() if ASKED & set(METHODS[one.method].reads)}
    said, rest = before[before["indicator"].isin(asked)], after[~after["indicator"].isin(asked)]
    whole = pd.concat([said.assign(run=after["run"].iloc[0]), rest], ignore_index=True)
    return whole.sort_values(["indicator", "group", "place"], kind="stable", ignore_index=True)


def _made(folder: Path, name: str) -> Path:
    """Make a folder."""
    path = folder / name
    path.mkdir(parents=True, exist_ok=True)
    return path
