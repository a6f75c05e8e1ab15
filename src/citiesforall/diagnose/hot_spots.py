"""Hot spots: places whose surroundings are worse than the city's, by a local statistic with the false discovery rate held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from citiesforall.core.challenge import COUNTED_IN, counted_in
from citiesforall.core.estimate import Floats
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet, write_csv, write_parquet
from citiesforall.diagnose.challenge_cells import cell_clusters
from citiesforall.diagnose.challenge_local import (
    contiguity,
    empirical_bayes,
    inner_points,
    kinds_of,
    local_test,
    with_nearest,
)
from citiesforall.diagnose.challenge_values import Seen, see

COLUMNS = (
    "indicator", "place", "z", "p", "q", "kind", "level", "chance", "value", "neighbours", "n", "people", "x", "y",
    "block_m", "smoothed",
)  # fmt: skip
"""Columns of ``hot_spots.parquet``: ``z`` above 0 is worse than the city; ``kind`` hot, cold or none; ``level`` unit or cells;
``chance`` the share of draws in which the place is called the same; ``n`` how many were tested together; ``neighbours`` the
place itself among them, or the blocks of a cluster."""
WORDS = ("indicator", "place", "kind", "level")
FEWEST_UNITS = 8
"""Units below which a test between them has next to no power (ours)."""
FEW_UNITS = 30
"""Units below which cells are tested beside them (ours)."""
KNOWN_SHARE = 0.6
"""Share of the units that must have a value (ours)."""


@dataclass(frozen=True)
class Ground:
    """Hold the units that have a polygon.

    Parameters
    ----------
    codes
        Of the units. (U)
    touch
        1 where two units touch. (U, U)
    centres
        A point inside each. (U, 2) [m]
    people
        Residents, nan where not known. (U,) [persons]
    """

    codes: tuple[str, ...]
    touch: csr_array
    centres: Floats
    people: Floats


def make_hot_spots(given: Inputs, folder: Path, seen: Seen | None = None) -> dict[str, Any]:
    """Find hot spots of every indicator that has a better and a worse side.

    Parameters
    ----------
    given
        With places and measure; cells where the city has few units.
    folder
        Where ``hot_spots.parquet`` and ``hot_spots.csv`` go.
    seen
        What was measured, where it is open already.

    Returns
    -------
    dict
        Notes.
    """
    seen = see(given) if seen is None else seen
    places = read_parquet(given.done["places"].folder / "places.parquet")
    units = places[places["place"].isin(seen.units) & places["geometry"].notna()]
    wanted = [one for one in indicators().values() if one.better in {"higher", "lower"}]
    tables, notes = [], []
    if len(units) >= FEWEST_UNITS:
        ground = _ground(units, seen)
        tables = [unit_spots(one, seen, ground) for one in wanted]
    else:
        few = f"{len(units)} units are too few to be tested against each other ({FEWEST_UNITS} are needed)"
        notes.append(Note("hot spots", f"{few}: only cells were tested.", "doubt"))
    if len(units) < FEW_UNITS:
        tables.append(cell_clusters(given, [one.id for one in wanted]))
    table = _typed([one for one in tables if len(one)])
    write_parquet(table, folder / "hot_spots.parquet")
    write_csv(table, folder / "hot_spots.csv")
    hot = table[table["kind"] == "hot"]
    said = f"{len(hot)} hot spots of {hot['indicator'].nunique()} indicators; of one indicator's at most 1 of 20 is by chance"
    return remember([*notes, Note("hot spots", f"{said}.")], [])


def _ground(units: pd.DataFrame, seen: Seen) -> Ground:
    """Return the units with their neighbours."""
    codes = tuple(str(code) for code in units["place"])
    shapes = units["geometry"].to_numpy(dtype=object)
    values = seen.values("population")
    known = dict(zip(values.places, values.value[0], strict=True)) if values is not None else {}
    people = np.array([known.get(code, np.nan) for code in codes])
    return Ground(codes, contiguity(shapes), inner_points(shapes), people)


def _typed(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put the tables together, columns in order and with their types."""
    whole = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=list(COLUMNS))
    kinds: dict[str, Any] = {name: object if name in WORDS else np.float64 for name in COLUMNS}
    typed: pd.DataFrame = whole[list(COLUMNS)].astype({**kinds, "smoothed": bool})
    return typed


def unit_spots(one: Indicator, seen: Seen, ground: Ground) -> pd.DataFrame:
    """Test one indicator between units.

    Parameters
    ----------
    one
        The indicator, with a better and a worse side.
    seen
        What was measured.
    ground
        The units.

    Returns
    -------
    pandas.DataFrame
        One row for each unit that has a value; none where fewer than `FEWEST_UNITS` or `KNOWN_SHARE` have one, or all are alike.
    """
    values = seen.values(one.id)
    if values is None:
        return pd.DataFrame()
    to = {code: column for column, code in enumerate(values.places)}
    has = np.array([row for row, code in enumerate(ground.codes) if code in to], np.int64)
    if has.size < max(FEWEST_UNITS, KNOWN_SHARE * len(ground.codes)):
        return pd.DataFrame()
    at = [to[ground.codes[row]] for row in has]
    value, smoothed = values.value[:, at], is_of_cases(one)
    if not np.isfinite(value).all():
        return pd.DataFrame()
    near = with_nearest(csr_array(ground.touch[has][:, has]), ground.centres[has])
    rates = empirical_bayes(value / 100.0, values.den[:, at]) if smoothed else value
    found = local_test(-rates if one.better == "higher" else rates, near)
    if found is None:
        return pd.DataFrame()
    return pd.DataFrame(
        {
            "indicator": one.id, "place": [ground.codes[row] for row in has], "z": found.z, "p": found.p, "q": found.q,
            "kind": kinds_of(found.z, found.q), "level": "unit", "chance": found.chance, "value": value[0],
            "neighbours": np.diff(near.indptr).astype(float), "n": float(has.size), "people": ground.people[has],
            "x": ground.centres[has, 0], "y": ground.centres[has, 1], "block_m": np.nan, "smoothed": smoothed,
        }
    )  # fmt: skip


def is_of_cases(one: Indicator) -> bool:
    """Say whether an indicator counts cases of a register, whose shares scatter more where fewer are counted.

    Parameters
    ----------
    one
        Any indicator.
    """
    return one.method == "register_share" and one.unit == "%" and counted_in(one) in COUNTED_IN
