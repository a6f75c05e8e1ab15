"""What is handed on: the finished tables of one city, read once."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from citiesforall.core.city import City
from citiesforall.core.inputs import Inputs
from citiesforall.core.tables import read_parquet

DIAGNOSED = ("challenges", "growth", "outlook", "risk")
PLANNED = (
    "development_plan", "investment_programme", "annual_budget", "plan_money", "results_framework", "plan", "monitoring",
)  # fmt: skip
HAS_VALUE = frozenset({"ok", "estimated", "modelled", "low_n"})
"""Statuses that come with a value."""


@dataclass(frozen=True)
class Published:
    """Hold what has been published of a city; nothing here was kept back before.

    Parameters
    ----------
    city
        The city file.
    observations, inequality
        As measured, withheld values already taken out.
    places
        Without geometry, the city itself first.
    run
        Contents of ``run.json``.
    diagnosis, plan
        Name -> table, where the city has been taken that far.
    gpkg
        The map; None where there is none.
    told_once
        Rows that are not repeated, see `told_once`.
    """

    city: City
    observations: pd.DataFrame
    inequality: pd.DataFrame
    places: pd.DataFrame
    run: Mapping[str, Any]
    diagnosis: Mapping[str, pd.DataFrame]
    plan: Mapping[str, pd.DataFrame]
    gpkg: Path | None
    told_once: int = 0

    @property
    def is_nation(self) -> bool:
        """Say whether values are of a nation: rolled up, with what they cover beside them."""
        return "coverage_people" in self.observations

    @cached_property
    def whole(self) -> str:
        """Return the code of the city itself among its places."""
        return str(self.places.loc[self.places["parent"].isna(), "place"].iloc[0])


def read_published(given: Inputs) -> Published:
    """Read the finished tables of a city.

    Parameters
    ----------
    given
        With the steps ``places``, ``measure`` and ``results``; ``diagnose`` and ``plan`` where there are any.

    Returns
    -------
    Published
        The tables.

    Raises
    ------
    FileNotFoundError
        A step lacks a table it always makes.
    """
    measure, results = given.done["measure"].folder, given.done["results"].folder
    places = read_parquet(given.done["places"].folder / "places.parquet").drop(columns="geometry")
    order = places["parent"].notna().to_numpy().argsort(kind="stable")
    measured = read_parquet(measure / "observations.parquet")
    observations = told_once(measured, str(places.loc[places["parent"].isna(), "place"].iloc[0]))
    return Published(
        given.city,
        observations,
        read_parquet(measure / "inequality.parquet"),
        places.iloc[order].reset_index(drop=True),
        json.loads((results / "run.json").read_text("utf-8")),
        _tables(given, "diagnose", DIAGNOSED),
        _tables(given, "plan", PLANNED),
        given.file("results", "city.gpkg"),
        len(measured) - len(observations),
    )


def told_once(observations: pd.DataFrame, whole: str) -> pd.DataFrame:
    """Return the rows without those that say again, of one place after another, that no place has a value.

    Parameters
    ----------
    observations
        As measured.
    whole
        Code of the city itself, whose row says it.

    Returns
    -------
    pandas.DataFrame
        Every indicator and group as before; where it is ``missing`` everywhere, the row of the city itself alone. A country of
        1,700 communes from registers would else hand on seven such rows for each that tells something.
    """
    names = ["indicator", "group"]
    missing = observations["status"].eq("missing")
    everywhere = missing.groupby([observations[name] for name in names], observed=True).transform("all")
    keep = ~everywhere | observations["place"].eq(whole)
    said = observations.loc[keep & everywhere, names]
    assert len(said) == len(observations.loc[everywhere, names].drop_duplicates()), (
        "the city itself has every row"
    )
    return observations[keep].reset_index(drop=True)


def _tables(given: Inputs, step: str, names: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Return the tables of a step that are there."""
    found = {name: given.file(step, f"{name}.parquet") for name in names}
    return {name: read_parquet(path) for name, path in found.items() if path is not None}


def year_of(period: str) -> int:
    """Return the year a period ends in: ``2015/2025`` is about 2025, ``2024-Q3`` about 2024."""
    return int(period.rpartition("/")[2][:4])


def rows_of(table: pd.DataFrame) -> Any:
    """Return the rows of a table as named tuples; pandas' types know nothing of their fields."""
    return table.itertuples(index=False)
