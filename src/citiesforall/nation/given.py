"""What every step of a nation works from: its file, its cities' finished tables, and the steps made before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from citiesforall.core.nation import Nation
from citiesforall.core.tables import read_parquet

REACHES = ("measure", "diagnose", "plan", "report")
"""How far a city may be taken, in order; each has a folder of its own but the first."""


@dataclass(frozen=True)
class CityRun:
    """Hold where a finished city lies.

    Parameters
    ----------
    file
        Its city file, as the nation names it: no path of a machine.
    code
        P-code of the city.
    folder
        Its published results.
    kind
        ``streets`` (walked and measured on a grid) or ``registers`` (places with counts only).
    members
        Level of its places that are members; empty where the city itself is the one member.
    parent, part_of
        As the nation file says; empty where it does not.
    invented
        True for a made-up city.
    reaches
        Last step that was made: ``measure``, ``diagnose``, ``plan``, ``report``.
    """

    file: str
    code: str
    folder: Path
    kind: Literal["streets", "registers"]
    members: str = ""
    parent: str = ""
    part_of: str = ""
    invented: bool = False
    reaches: str = "plan"

    def table(self, name: str) -> pd.DataFrame | None:
        """Return a published table (``observations``, ``diagnose/scores``); None where the city was not taken that far."""
        step, _, rest = name.partition("/")
        if rest and step in REACHES and REACHES.index(step) > REACHES.index(self.reaches):
            return None  # an earlier run went further: its tables are not of this one
        path = self.folder / f"{name}.parquet"
        return read_parquet(path) if path.is_file() else None


@dataclass(frozen=True)
class NationInputs:
    """Hold what a step of a nation works from.

    Parameters
    ----------
    nation
        The nation file.
    cities
        Finished cities, by code; one that failed is not among them but in ``failed``.
    failed
        City file -> why it has no results.
    done
        Finished step -> its folder.
    said
        Finished step -> what it said of itself.
    threads
        Worker threads; no result depends on it.
    """

    nation: Nation
    cities: tuple[CityRun, ...]
    failed: Mapping[str, str] = field(default_factory=dict)
    done: Mapping[str, Path] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)
    threads: int = 1

    def table(self, step: str, name: str) -> pd.DataFrame | None:
        """Return a table of a finished step; None where it was not made."""
        folder = self.done.get(step)
        path = folder / f"{name}.parquet" if folder else None
        return read_parquet(path) if path and path.is_file() else None
