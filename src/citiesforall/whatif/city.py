"""The layers of a city as a scenario finds them, from its finished steps; leaves changing them to ``layers``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.core.errors import MissingSourceError
from citiesforall.core.inputs import Inputs
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet
from citiesforall.gather.entrances import Walkable
from citiesforall.gather.vector_file import LONLAT, moved_xy
from citiesforall.network.streets import Streets, load
from citiesforall.network.walks import Kind, kinds_of

Floats = npt.NDArray[np.float64]
SCENARIO = "scenario"
"""Source of what a scenario adds, where it names none of the city's."""


@dataclass(frozen=True)
class Ground:
    """Hold what never changes: where the city is, and how places are said.

    Parameters
    ----------
    crs
        The city's metric reference system.
    places
        The places layer.
    shapes
        Polygons of the cell parts, in their order; empty where the city has none. (C,)
    cell_m
        Side of a grid cell. [m]
    reach_m
        How far around the city facilities count. [m]
    gone_share, estimated
        Source -> chance that what it lists is not there (nan where none is stated); whether it is assumed.
    """

    crs: str
    places: pd.DataFrame
    shapes: npt.NDArray[np.object_]
    cell_m: int
    reach_m: float
    gone_share: Mapping[str, float]
    estimated: Mapping[str, bool]

    @cached_property
    def around(self) -> Any:
        """Return the area in which a facility counts, ready to be asked many times. [m]"""
        whole = self.places.loc[self.places["parent"].isna(), "geometry"].iloc[0]
        if whole is None:
            return None
        area = shapely.from_wkb(whole).convex_hull.buffer(self.reach_m)
        shapely.prepare(area)
        return area

    def metres(self, lon: Any, lat: Any) -> tuple[Floats, Floats]:
        """Return degrees as metres of the city's reference system."""
        return moved_xy(np.asarray(lon, np.float64), np.asarray(lat, np.float64), LONLAT, self.crs)


@dataclass(frozen=True)
class CityLayers:
    """Hold the layers that a scenario can change.

    Parameters
    ----------
    ground
        What it cannot.
    streets, facilities, stops, open_space
        Layers as ``gather`` writes them, None where the city has none.
    cells
        The cells layer.
    kinds
        Kinds that people may walk to.
    info
        Step -> what it remembers, where the scenario changes it (``years`` of cells, ``facts`` of streets).
    touched
        Layers that differ from the city's own.
    notes
        What a reader of the answer must know.
    walkable
        The streets as lines, once a new open space has asked for them.
    """

    ground: Ground
    streets: Streets | None
    facilities: pd.DataFrame | None
    stops: pd.DataFrame | None
    open_space: pd.DataFrame | None
    cells: pd.DataFrame
    kinds: Mapping[str, Kind]
    info: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    touched: frozenset[str] = frozenset()
    notes: tuple[Note, ...] = ()
    walkable: Walkable | None = field(default=None, repr=False)


def city_now(given: Inputs) -> CityLayers:
    """Read the layers of a city as they are.

    Parameters
    ----------
    given
        The city and its finished steps.

    Returns
    -------
    CityLayers
        Nothing changed.

    Raises
    ------
    MissingSourceError
        The city has no cells: nothing was gathered yet.
    """
    if "cells" not in given.done:
        raise MissingSourceError(
            "what if: the city has no cells yet. Gather it first: `cities run CITY.toml`."
        )
    facilities, stops = (_table(given, step, f"{step}.parquet") for step in ("facilities", "stops"))
    streets = given.file("streets", "streets.npz")
    return CityLayers(
        ground=_ground(given),
        streets=load(streets) if streets else None,
        facilities=facilities,
        stops=stops,
        open_space=_table(given, "facilities", "open_space.parquet"),
        cells=read_parquet(given.done["cells"].folder / "cells.parquet"),
        kinds=kinds_of(facilities, stops),
        info={name: done.info for name, done in given.done.items()},
    )


def _ground(given: Inputs) -> Ground:
    """Return what a scenario cannot change."""
    done = given.done["places"]
    shapes = _table(given, "homes", "shapes.parquet")
    uses = [use for role in ("facilities", "open_space", "transit") for use in given.city.of(role)]
    gone = {
        use.id: np.nan if use.error is None or use.error.gone_share is None else use.error.gone_share
        for use in uses
    }
    return Ground(
        crs=str(done.info["crs"]),
        places=read_parquet(done.folder / "places.parquet"),
        shapes=np.zeros(0, dtype=object)
        if shapes is None
        else shapely.from_wkb(shapes["geometry"].to_numpy(dtype=object)),
        cell_m=given.city.choices.cell_m,
        reach_m=given.city.choices.reach_m,
        gone_share=gone,
        estimated={use.id: use.grade == "assumed" for use in uses},
    )


def _table(given: Inputs, step: str, name: str) -> pd.DataFrame | None:
    """Return a table of a finished step, None where there is none."""
    path = given.file(step, name)
    return read_parquet(path) if path else None
