"""From the tables of the households step to the survey as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.group import HOUSEHOLD_TRAITS
from citiesforall.core.tables import read_parquet
from citiesforall.measure.layers import result_rows
from citiesforall.measure.survey_frame import Floats, Ints, make_frame
from citiesforall.measure.survey_layer import Records, Survey

TABLES = ("households", "respondents", "members", "threats")
Traits = Mapping[str, npt.NDArray[np.generic]]
PERSON_TRAITS = ("sex", "age", "disabled", "migrant")


def load_survey(folder: Path, places: pd.DataFrame, seed: str) -> Survey:
    """Read the tables of the households step.

    Parameters
    ----------
    folder
        Of the step.
    places
        The places layer, in the order of the result rows.
    seed
        The city's, with the survey's id.

    Returns
    -------
    Survey
        Of everybody.
    """
    tables = {
        name: read_parquet(folder / f"{name}.parquet")
        for name in TABLES
        if (folder / f"{name}.parquet").is_file()
    }
    return make_survey(tables, np.load(folder / "replicates.npy"), places, seed)


def make_survey(
    tables: Mapping[str, pd.DataFrame], replicates: Floats, places: pd.DataFrame, seed: str = ""
) -> Survey:
    """Make the survey of everybody, households sorted by unit.

    Parameters
    ----------
    tables
        ``households``, and ``respondents``, ``members``, ``threats`` where asked.
    replicates
        Weights per draw. (S, H)
    places
        Columns ``place`` and ``parent``, in the order of the result rows.
    seed
        What draws of models depend on.

    Returns
    -------
    Survey
        Of everybody.

    Notes
    -----
    Households of no place of the city are left out. A household may be of any place: it counts in that one and all above it.
    """
    codes, belongs = result_rows(places, [str(code) for code in places["place"]])
    at = {code: row for row, code in enumerate(codes)}
    table = tables["households"]
    unit = np.array([at.get(str(code), -1) for code in table["unit"]], np.int64)
    keys = [table["household"].to_numpy(dtype=str), unit]
    order = np.lexsort(keys)
    order = order[unit[order] >= 0]
    place_of = np.full(len(table), -1, np.int64)
    place_of[order] = np.arange(order.size)
    named = table.iloc[order]
    parent = np.array(
        [at.get(code, -1) if isinstance(code, str) else -1 for code in places["parent"]], np.int64
    )
    frame = make_frame(
        unit[order],
        belongs,
        parent,
        named["stratum"].to_numpy(dtype=str),
        named["cluster"].to_numpy(dtype=str),
    )
    households = records(named, np.arange(order.size), None)
    handed = {
        trait: households.traits[trait] for trait in sorted(HOUSEHOLD_TRAITS & households.traits.keys())
    }
    found = {"households": households}
    for name in TABLES[1:]:
        if name in tables:
            found[name] = _below(name, tables[name], place_of, handed)
    return Survey(
        group="all",
        frame=frame,
        weights=np.ascontiguousarray(replicates[:, order].T),
        size=named["size"].to_numpy(np.float64),
        adults=named["adults"].to_numpy(np.float64),
        tables=found,
        inside={name: np.ones(one.household.size, dtype=bool) for name, one in found.items()},
        seed=seed,
    )


def _below(name: str, table: pd.DataFrame, place_of: Ints, handed: Traits) -> Records:
    """Return a table of persons or threats, those of households that are left, in the order of the households."""
    row = np.arange(len(table)) if name == "respondents" else table["row"].to_numpy(np.int64)
    household = place_of[row]
    order = np.argsort(household, kind="stable")
    order = order[household[order] >= 0]
    return records(table.iloc[order], household[order], handed)


def records(table: pd.DataFrame, household: Ints, handed: Traits | None) -> Records:
    """Return one table as arrays.

    Parameters
    ----------
    table
        Its rows.
    household
        Position of each row's household. (n,)
    handed
        Traits of households, handed down to their people; None for the households themselves. (H,)
    """
    numbers = {str(name): table[name].to_numpy(np.float64) for name in table.select_dtypes("number").columns}
    own: dict[str, npt.NDArray[np.generic]] = {
        name: numbers[name] if name in numbers else table[name].fillna("").to_numpy(dtype=str)
        for name in (*PERSON_TRAITS, "threat", "dimension")
        if name in table
    }
    if handed is None:
        down = {name: numbers[name] for name in sorted(HOUSEHOLD_TRAITS) if name in numbers}
    else:
        down = {name: value[household] for name, value in handed.items()}
    return Records(
        household, numbers, {name: value for name, value in (down | own).items() if not _unknown(value)}
    )


def _unknown(value: npt.NDArray[np.generic]) -> bool:
    """Say whether nothing is known of a trait."""
    return (
        bool((value == "").all())
        if value.dtype.kind == "U"
        else bool(np.isnan(value.astype(np.float64)).all())
    )
