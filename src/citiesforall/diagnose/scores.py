"""The first part of the diagnosis: scores, dimensions, the human-security index, its ranks and what moves them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.indicator import indicators
from citiesforall.core.inputs import Inputs
from citiesforall.core.tables import read_parquet, write_csv, write_parquet
from citiesforall.diagnose.index import (
    dimension_table,
    index_table,
    make_indices,
    make_profile,
)
from citiesforall.diagnose.index_design import make_design
from citiesforall.diagnose.index_notes import headline, index_notes, modelled_note
from citiesforall.diagnose.index_ranks import rank_places
from citiesforall.diagnose.index_values import (
    EVERYBODY,
    evidence_of,
    narrowed,
    of_group,
    taken_over,
    tree_of,
    values_of,
)
from citiesforall.diagnose.score_table import latest, score_notes, score_table
from citiesforall.measure.draw_store import DRAWS, Kept, open_draws
from citiesforall.measure.inequality import defines

NEEDED = ["place", "group", "indicator", "period", "value", "low", "high", "status"]


def make_scores(given: Inputs, folder: Path) -> dict[str, Any]:
    """Score a measured city: every observation, the seven dimensions, the index, its ranks and their sensitivity.

    Parameters
    ----------
    given
        With places and measure.
    folder
        Where ``scores``, ``dimensions``, ``index``, ``rank_chances`` and ``sensitivity`` go, each as Parquet and CSV.

    Returns
    -------
    dict
        ``notes``; ``index``: the city's index beside its weakest dimension, worst-off place and group; ``dimensions_missing``.

    Raises
    ------
    DeclarationError
        The city file's weights cannot be used.
    """
    measured = given.done["measure"].folder
    kept = open_draws(measured) if (measured / DRAWS).is_file() else None
    observations = latest(pd.read_parquet(measured / "observations.parquet", columns=NEEDED))
    places = read_parquet(given.done["places"].folder / "places.parquet")
    tables, info = scores_of(observations, kept, places, given.city.weights, given.city.choices.seed)
    for name, table in tables.items():
        write_parquet(table, folder / f"{name}.parquet")
        write_csv(table, folder / f"{name}.csv")
    return info


def scores_of(
    observations: pd.DataFrame,
    kept: Kept | None,
    places: pd.DataFrame,
    weights: Mapping[str, float],
    seed: int,
) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Score observations.

    Parameters
    ----------
    observations
        One row for each place, group and indicator.
    kept
        Draws of the run, None where there are none.
    places
        The places layer.
    weights
        Of the dimensions, by name; equal where empty.
    seed
        Of the city file.

    Returns
    -------
    tuple
        Tables by name, and what to remember.
    """
    declared, design = indicators(), make_design(weights)
    table = score_table(observations, declared, design)
    tree = tree_of(places, list(observations["place"].unique()))
    evidence, used = narrowed(evidence_of(observations, kept, design, tree), design)
    everybody = taken_over(values_of(evidence, EVERYBODY, used, tree, seed), tree)
    profiles = [make_profile(EVERYBODY, everybody, used)]
    for group in sorted(set(evidence.group) - {EVERYBODY}):
        by_definition = np.array([defines(declared[key], group) for key in used.indicators], np.bool_)
        asked = of_group(values_of(evidence, group, used, tree, seed), everybody, by_definition)
        profiles.append(make_profile(group, asked, used))
    found = [make_indices(one, used) for one in profiles]
    ranked = rank_places(everybody, found[0], used, tree, seed)
    tables = {
        "scores": table,
        "dimensions": dimension_table(profiles, used, tree),
        "index": index_table(found, used, tree, ranked.ranks),
        "rank_chances": ranked.chances,
        "sensitivity": ranked.sensitivity,
    }
    top = headline(tables, tree)
    notes = [
        *score_notes(observations, table, declared),
        *index_notes(tables, tree, everybody, used, top),
        *modelled_note(observations, tree, used),
        *ranked.notes,
    ]
    return tables, {"notes": [note.as_dict() for note in notes], "index": top}
