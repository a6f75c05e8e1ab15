"""Who walks where to: homes and doors joined to the streets once, walks found again on streets that have changed."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.inputs import Inputs
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet
from citiesforall.measure.layers import Layers
from citiesforall.network.insert import OnEdge, at_points, attach, seeds
from citiesforall.network.search import k_nearest
from citiesforall.network.streets import Streets, load, walk_csr
from citiesforall.network.walks import NEXT_ONES, Kind, kinds_of

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Walking:
    """Hold a city's streets, its inhabited cell parts and its facilities, as the walks layer joins them.

    Parameters
    ----------
    streets
        The network.
    layers
        Of everybody, inhabited parts only.
    codes
        Places of the result rows. (R)
    homes
        Where the inhabited parts join the streets. (C,)
    kinds, doors
        Facilities by kind, and where their doors join the streets.
    reach_m
        Longer walks count as not reached. [m]
    bridges
        Straight parts of bridges, None where the streets' source does not say. (B, 4) [m]
    """

    streets: Streets
    layers: Layers
    codes: list[str]
    homes: OnEdge
    kinds: Mapping[str, Kind]
    doors: Mapping[str, OnEdge]
    reach_m: float
    bridges: Floats | None


def join_all(given: Inputs, layers: Layers, codes: list[str], cells: pd.DataFrame) -> Walking:
    """Join homes and doors to the streets exactly as the walks step does.

    Parameters
    ----------
    given
        With streets, cells, and facilities and stops where the city has them.
    layers, codes
        From ``measure.making.city_layers``.
    cells
        The cells layer.
    """
    homes_of = layers.inhabited()
    assert homes_of.parts is not None
    streets = load(given.done["streets"].folder / "streets.npz")
    facilities, stops = (
        read_parquet(path) if (path := given.file(step, f"{step}.parquet")) else None
        for step in ("facilities", "stops")
    )
    kinds = kinds_of(facilities, stops)
    x, y = (cells[axis].to_numpy(np.float64)[homes_of.parts] for axis in ("x", "y"))
    all_x = np.concatenate([np.zeros(0), *(kind.x for kind in kinds.values())])
    all_y = np.concatenate([np.zeros(0), *(kind.y for kind in kinds.values())])
    doors = attach(streets, all_x, all_y, given.city.choices.reach_m)
    ends = np.cumsum([0, *(kind.x.size for kind in kinds.values())])
    spans = [slice(low, high) for low, high in itertools.pairwise(ends)]
    of_kind = {
        name: OnEdge(doors.edge[one], doors.along_m[one], doors.leg_m[one])
        for name, one in zip(kinds, spans, strict=True)
    }
    bridges = given.file("streets", "bridges.npy")
    return Walking(
        streets,
        homes_of,
        codes,
        attach(streets, x, y, given.city.choices.snap_m),
        kinds,
        of_kind,
        given.city.choices.reach_m,
        np.load(bridges) if bridges else None,
    )


def walks_on(
    streets: Streets, homes: OnEdge, doors: OnEdge, kind: Kind, limit_m: float
) -> tuple[Floats, npt.NDArray[np.int32]]:
    """Walk from homes to the nearest facilities of one kind, as the walks step does.

    Parameters
    ----------
    streets
        The network, perhaps changed.
    homes, doors
        Where homes and the kind's doors join it.
    kind
        The facilities.
    limit_m
        Longer walks count as not reached. [m]

    Returns
    -------
    tuple
        Walks (k, C) [m] and facilities (k, C).
    """
    k = NEXT_ONES if any(kind.gone_share) else 1
    nodes = k_nearest(walk_csr(streets), seeds(streets, doors, kind.facility), k, limit_m)
    return at_points(streets, nodes, homes, doors, kind.facility, limit_m)


def missing_rows(columns: Mapping[str, Any], note: str, **said: Any) -> pd.DataFrame:
    """Return one row that says why there is nothing to say.

    Parameters
    ----------
    columns
        Column -> its type.
    note
        A word of ``diagnose.cut_off_note``.
    **said
        What is known all the same.
    """
    row: dict[str, Any] = {
        name: np.nan if kind == "float64" else -1 if kind == "int64" else "" for name, kind in columns.items()
    }
    return pd.DataFrame([row | {"status": "missing", "note": note} | said])[list(columns)]


def why_missing(where: str, word: str) -> Note:
    """Return the note that says why there is nothing to say, or how far to trust it.

    Parameters
    ----------
    where
        Table.
    word
        Of ``diagnose.cut_off_note``.
    """
    return Note(where, cut_off_words()[word], "doubt")


@cache
def cut_off_words() -> dict[str, str]:
    """Return the English sentences of ``diagnose.cut_off_note``, by word."""
    table = tomllib.loads(files("citiesforall.data").joinpath("words_diagnose.toml").read_text("utf-8"))
    return {str(word): str(sentence) for word, sentence in table["cut_off_note"].items()}
