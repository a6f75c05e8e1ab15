"""What one finished city gives to its nation: its own row of every indicator and group, and the draws behind it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.compute as pc
import pyarrow.parquet as pq

from citiesforall.core.indicator import Indicator
from citiesforall.core.tables import OBSERVATIONS, read_parquet
from citiesforall.core.units import unit
from citiesforall.measure.draw_store import DRAWS, INDEX, SAME, Kept
from citiesforall.measure.draws import draw_normal
from citiesforall.nation.coverage import NO_GRADE, known_share, worst_grades
from citiesforall.nation.given import CityRun

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Key = tuple[str, str]
"""Indicator and group."""

FEWEST_KEPT = 20
"""Draws from which a city has a say in how many the nation can use (ours): 2.5 percent of fewer is no draw at all."""
IN_STANDARD_DEVIATIONS = 2 * 1.959964
"""Width of a 95 % interval of a normal distribution, in standard deviations."""
KEY = ["indicator", "group"]


@dataclass(frozen=True)
class CityRows:
    """Hold what one city says, of itself or of every place that its registers know.

    Parameters
    ----------
    city
        The run.
    rows
        Columns of observations, ``grade`` (worst of the sources), ``known`` and ``places_known`` (shares of its people and of
        its lowest places that the value speaks for), sorted by place, indicator and group.
    units
        How many lowest places it has.
    people
        Place -> residents. [persons]
    run
        Id of the run.
    """

    city: CityRun
    rows: pd.DataFrame
    units: int
    people: Mapping[str, float]
    run: str


def about(city: CityRun) -> dict[str, Any]:
    """Return the contents of a city's ``run.json``."""
    out: dict[str, Any] = json.loads((city.folder / "run.json").read_text("utf-8"))
    return out


def read_city(city: CityRun, declared: Mapping[str, Indicator]) -> CityRows:
    """Read what one city says.

    Parameters
    ----------
    city
        The run.
    declared
        Indicators by id; rows of others, or of another version, are left out.

    Returns
    -------
    CityRows
        Of the city as a whole; of every place, where it is made of registers.
    """
    said = about(city)
    table = pq.read_table(city.folder / "observations.parquet", columns=list(OBSERVATIONS))
    something = pc.or_(pc.not_equal(table["status"], "missing"), pc.is_valid(table["num"]))
    frame: pd.DataFrame = table.filter(something).to_pandas()
    version = frame["indicator"].map({key: one.version for key, one in declared.items()})
    frame = frame[frame["version"] == version].sort_values(["place", *KEY, "period"], kind="stable")
    frame = frame.drop_duplicates(["place", *KEY], keep="last")
    parents = {one["parent"] for one in said["places"]}
    units = [one["place"] for one in said["places"] if one["place"] not in parents]
    in_units = frame[frame["place"].isin(units) & (frame["status"] != "missing")]
    known = in_units.groupby(KEY, sort=False).size() / max(len(units), 1)
    everybody = frame[(frame["indicator"] == "population") & (frame["group"] == "all")]
    people = dict(zip(everybody["place"], everybody["num"], strict=True))
    if city.kind != "registers":
        frame = _of_city(frame, known, city, declared)
    grades = worst_grades(said)
    frame = frame.assign(grade=frame["indicator"].map(grades).fillna(NO_GRADE).astype("int64"))
    return CityRows(city, frame.reset_index(drop=True), len(units), people, str(said["run"]))


def _of_city(
    frame: pd.DataFrame, known: pd.Series, city: CityRun, declared: Mapping[str, Indicator]
) -> pd.DataFrame:
    """Keep the rows of the city as a whole, with the shares of its people and places that they speak for."""
    whole = frame[frame["place"] == city.code]
    pairs = pd.MultiIndex.from_frame(whole[KEY])
    of_group = whole[whole["indicator"] == "population"].set_index("group")["num"]
    people = whole["group"].map(of_group).to_numpy(np.float64)
    den = whole["den"].to_numpy(np.float64)
    share = np.ones(len(whole))
    for key, at in whole.groupby("indicator", sort=False).indices.items():
        share[at] = known_share(declared[str(key)], den[at], people[at])
    has = np.isfinite(whole["num"].to_numpy(np.float64)) & (whole["status"] != "missing").to_numpy()
    places = known.reindex(pairs).fillna(1.0).to_numpy(np.float64)
    # Of what is asked of the city alone (its network, its council) no place has a row: it speaks for all of them.
    return whole.assign(known=np.where(has, share, 0.0), places_known=np.where(has, places, 0.0))


def kept_draws(city: CityRun) -> Kept | None:
    """Return the draws of a city, mapped and not read; None where it has none."""
    if not ((city.folder / DRAWS).is_file() and (city.folder / INDEX).is_file()):
        return None
    return Kept(read_parquet(city.folder / INDEX), np.load(city.folder / DRAWS, mmap_mode="r"))


def fewest_draws(cities: Sequence[CityRun]) -> int:
    """Return how many draws a nation can use: as many as its city with fewest has.

    Parameters
    ----------
    cities
        Of the nation.

    Returns
    -------
    int
        Columns, the published one among them; 1 where no city has `FEWEST_KEPT`.

    Notes
    -----
    Draw k of a source is the same number in every city, whatever the number of draws, for it is hashed from seed, source, cell
    and k. So the first draws of every city go together, and the others are left out. Cities of other seeds, or of sources of
    their own, err independently: that is right too.
    """
    sizes = [
        np.load(one.folder / DRAWS, mmap_mode="r").shape[1]
        for one in cities
        if (one.folder / DRAWS).is_file()
    ]
    return min((size for size in sizes if size > FEWEST_KEPT), default=1)


def drawn(
    rows: CityRows, place: str, at: Mapping[Key, int], declared: Mapping[str, Indicator], S: int, kept: Kept | None = None
) -> tuple[Ints, Floats]:  # fmt: skip
    """Return the draws of one place, for the indicators and groups that have amounts.

    Parameters
    ----------
    rows
        What the city says.
    place
        Of the city, or the city.
    at
        Indicator and group -> position.
    declared
        Indicators by id.
    S
        Draws to return; the first is as published.
    kept
        The city's draws, where they are open already.

    Returns
    -------
    tuple
        Positions, and num and den of each per draw. (K',), (2, K', S)

    Notes
    -----
    Where a city keeps no draws of a value but gives its interval (few clusters of a survey, what a number of events is
    expected to be), normal draws of that interval stand in, each city's for itself; where it gives none, the value is the same
    in every draw.
    """
    frame = rows.rows[(rows.rows["place"] == place) & np.isfinite(rows.rows["num"])]
    where = np.array([at.get(key, -1) for key in zip(frame["indicator"], frame["group"], strict=True)])
    frame, where = frame[where >= 0], where[where >= 0].astype(np.int64)
    amounts = np.stack([frame["num"].to_numpy(np.float64), frame["den"].to_numpy(np.float64)])
    out = np.repeat(np.nan_to_num(amounts)[:, :, None], S, axis=2)
    kept = kept_draws(rows.city) if kept is None and S > 1 else kept
    moved = np.zeros(len(frame), dtype=bool)
    if kept is not None and kept.draws.shape[1] >= S > 1:
        index = kept.index[kept.index["place"] == place]
        own = {key: number for number, key in enumerate(zip(frame["indicator"], frame["group"], strict=True))}
        position = np.array(
            [own.get(key, -1) for key in zip(index["indicator"], index["group"], strict=True)]
        )
        for side, name in enumerate(("num_at", "den_at")):
            lies = index[name].to_numpy(np.int64)
            some = (lies != SAME) & (position >= 0)
            out[side, position[some], 1:] = kept.draws[lies[some], 1:S]
            moved[position[some]] = True
    if S > 1:
        _from_intervals(out, frame, ~moved, (rows.city.code, declared))
    return where, out


def _from_intervals(
    out: Floats, frame: pd.DataFrame, still: npt.NDArray[np.bool_], known: tuple[str, Mapping[str, Indicator]]
) -> None:
    """Draw numerators from intervals, where there is an interval and no draw."""
    code, declared = known
    low, high = frame["low"].to_numpy(np.float64), frame["high"].to_numpy(np.float64)
    some = np.flatnonzero(still & np.isfinite(low) & np.isfinite(high) & (out[1, :, 0] != 0))
    if not some.size:
        return
    keys = list(zip(frame["indicator"].to_numpy()[some], frame["group"].to_numpy()[some], strict=True))
    ids = [f"{code}/{key}/{group}" for key, group in keys]
    scale = np.array([unit(declared[key].unit).per_si for key, _ in keys])
    sd = (high[some] - low[some]) / IN_STANDARD_DEVIATIONS / scale * out[1, some, 0]
    z = draw_normal(ids, 0, "interval", "nation", out.shape[2]).T
    out[0, some, 1:] = out[0, some, :1] + sd[:, None] * z
