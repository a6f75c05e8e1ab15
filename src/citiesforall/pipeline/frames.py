"""A finished run as tables for a notebook: observations, places, cells, streets, with units and sources in `attrs`."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from citiesforall.core.errors import MissingSourceError
from citiesforall.core.indicator import indicators
from citiesforall.core.tables import read_parquet
from citiesforall.pipeline.progress import progress
from citiesforall.pipeline.run import gather_layers, measure_city, publish_run


@dataclass(frozen=True)
class Run:
    """Hold the folder of a finished run; tables are read when asked for.

    Parameters
    ----------
    folder
        Of the run.
    """

    folder: Path

    @cached_property
    def info(self) -> dict[str, Any]:
        """Return run.json: sources, licences, repairs, doubts, what is missing and why."""
        found: dict[str, Any] = json.loads((self.folder / "run.json").read_text("utf-8"))
        return found

    @cached_property
    def observations(self) -> pd.DataFrame:
        """Return every number; ``attrs`` says unit and sources of each indicator."""
        table = read_parquet(self.folder / "observations.parquet")
        table.attrs = self._about()
        return table

    @cached_property
    def places(self) -> gpd.GeoDataFrame:
        """Return the places with everybody's values beside them."""
        return self._layer("places")

    @cached_property
    def cells(self) -> gpd.GeoDataFrame:
        """Return the cell parts with everybody's values."""
        return self._layer("cells")

    @cached_property
    def streets(self) -> gpd.GeoDataFrame:
        """Return the streets as lines, with class, length and whether one may walk there."""
        return self._layer("streets")

    @cached_property
    def facilities(self) -> gpd.GeoDataFrame:
        """Return the access points of facilities."""
        return self._layer("facilities")

    def _layer(self, name: str) -> gpd.GeoDataFrame:
        frame = gpd.read_file(self.folder / "city.gpkg", layer=name)
        frame.attrs = self._about()
        return frame

    def _about(self) -> dict[Hashable | None, Any]:
        declared = indicators()
        return {
            "units": {key: one.unit for key, one in declared.items()},
            "titles": {key: one.title for key, one in declared.items()},
            "sources": self.info["sources"],
            "indicators": self.info["indicators"],
            "run": self.info["run"],
            "crs": self.info["crs"],
        }


def run(city_file: str | Path, out: str | Path = "out", *, threads: int = 2) -> Run:
    """Run a city, or find that nothing changed, and return its tables.

    Parameters
    ----------
    city_file
        A TOML file.
    out
        Folder of results.
    threads
        Worker threads; results do not depend on it.

    Returns
    -------
    Run
        The finished run.

    Raises
    ------
    CitiesError
        Carrying the faults of the city file or of a source.
    """
    with progress() as tell:
        found = gather_layers(Path(city_file), Path(out), threads=threads, tell=tell)
        return Run(publish_run(found, measure_city(found), Path(out)))


def open_run(folder: str | Path) -> Run:
    """Open a finished run.

    Parameters
    ----------
    folder
        For instance ``out/kh12_centre``.

    Returns
    -------
    Run
        The finished run.

    Raises
    ------
    MissingSourceError
        There is no run in the folder.
    """
    if not (Path(folder) / "run.json").is_file():
        raise MissingSourceError(
            f"{folder}: there is no finished run here. Run `cities run CITY.toml` first."
        )
    return Run(Path(folder))
