"""The verb `cities survey sample`: a city's layers in, a field list, a list of clusters, a plan and maps out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from citiesforall.core.errors import InputError
from citiesforall.core.tables import read_parquet
from citiesforall.pipeline.outputs import write_gpkg
from citiesforall.pipeline.progress import progress
from citiesforall.pipeline.run import Gathered, gather_layers
from citiesforall.store import publish
from citiesforall.survey.sample import Sample, draw_sample
from citiesforall.survey.sample_blocks import blocks_of_cells, blocks_of_places, strata_of
from citiesforall.survey.sample_design import Wanted
from citiesforall.survey.sample_map import sample_map

Floats = npt.NDArray[np.float64]
CELLS_PER_UNIT = 3
"""Units of fewer cell parts than this are not parted further: each is a block."""
HOUSEHOLD_SIZE = 4.4
"""Persons, where no register counts households: Cambodia's census of 2019 [K nis_census_2019]."""


SIZES = (2.5, 6.0)
"""Mean persons of a household that a register may imply (ours); beyond them it counts other households than the people's."""


@dataclass(frozen=True)
class Plan:
    """Say how a sample is to be drawn.

    Parameters
    ----------
    wanted
        What it must be able to do.
    density_groups
        Groups of sangkats by how densely they are lived in, one to three.
    allocation
        ``proportional``, ``root`` or ``equal``.
    block_households
        Households of a block, where blocks are made of cells.
    household_size
        Persons; where no register counts households.
    seed
        The same seed draws the same sample.
    """

    wanted: Wanted
    density_groups: int = 2
    allocation: str = "proportional"
    block_households: float = 120.0
    household_size: float = HOUSEHOLD_SIZE
    seed: int = 1


def sample_city(city_file: Path, out: Path, plan: Plan, *, threads: int = 2) -> str:
    """Draw a sample of a city's households and write what the field needs.

    Parameters
    ----------
    city_file
        A TOML file; its ``registers`` give households and poor households where it has them.
    out
        Folder of results; the sample goes into ``<city>/survey``.
    plan
        How it is drawn.
    threads
        Worker threads.

    Returns
    -------
    str
        The plan in words, and where the files are.

    Raises
    ------
    CitiesError
        Carrying the faults of the city file, its sources or the plan.
    """
    with progress() as tell:
        found = gather_layers(city_file, out, threads=threads, tell=tell)
    if "homes" not in found.layers:
        raise InputError(f"{city_file.name}: the city has no source of people. Add [sources.people].")
    places = read_parquet(found.layers["places"].folder / "places.parquet")
    cells = read_parquet(found.layers["homes"].folder / "homes.parquet")
    units = _units(found, places, cells, plan.household_size)
    shapes = _shapes(found)
    frame = _frame(units, cells, plan.block_households)
    known = [units[word].to_numpy(np.float64) for word in ("density", "poor_share", "households")]
    named = strata_of(known[0], known[1], known[2], plan.density_groups)
    stratum = dict(zip(units["place"], named, strict=True))
    sample = draw_sample(
        frame, [stratum[code] for code in frame["place"]], plan.wanted, plan.allocation, plan.seed
    )
    folder = out / found.work.given.city.place.code.lower() / "survey"
    _write(folder, found, sample, units, shapes)
    return "\n".join(
        [
            *said(sample, plan),
            f"Households: {units.attrs['households']}.",
            "",
            f"Files in {folder}:",
            *(f"  {name:<16} {what}" for name, what in FILES.items()),
        ]
    )


FILES = {
    "sample.csv": "field list: households by cluster, with weights; reserves are marked",
    "clusters.csv": "clusters and reserve clusters: where, how large, how likely",
    "sample.gpkg": "the same as a map for QGIS or a phone",
    "map.html": "the same as a page to print",
    "design.json": "the plan: sizes, design effect, margins, seed",
}


def _units(found: Gathered, places: pd.DataFrame, cells: pd.DataFrame, household_size: float) -> pd.DataFrame:
    """Return the units with people, households, density and share of poor households; nan where not known."""
    people = cells.groupby("unit")["people"].sum()
    units = places[places["place"].isin(people.index)].reset_index(drop=True)
    units["people"] = people.reindex(units["place"]).to_numpy()
    known = _registered(found)
    households = known.get("households", pd.Series(dtype=float)).reindex(units["place"]).to_numpy(np.float64)
    poor = known.get("poor_households", pd.Series(dtype=float)).reindex(units["place"]).to_numpy(np.float64)
    land = cells.groupby("unit")["land_m2"].sum().reindex(units["place"]).to_numpy(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        units["poor_share"] = poor / households
        units["density"] = np.where(land > 0, units["people"] / land, np.nan)
    units["households"], units.attrs["households"] = _households(
        units["people"].to_numpy(np.float64), households, household_size
    )
    at = cells.assign(weight=cells["people"].clip(lower=1e-9))
    total = at.groupby("unit")["weight"].sum()
    for axis in ("x", "y"):
        middle = (at[axis] * at["weight"]).groupby(at["unit"]).sum() / total
        # A unit without a border stands nowhere on the map: its cells have made-up places.
        units[axis] = np.where(units["geometry"].notna(), middle.reindex(units["place"]).to_numpy(), np.nan)
    return units


def _households(people: Floats, registered: Floats, household_size: float) -> tuple[Floats, str]:
    """Return households of each unit on one basis, and which: a register's where it fits the people, else people by size."""
    known = registered > 0
    size = float(people[known].sum() / registered[known].sum()) if known.any() else float("nan")
    if SIZES[0] <= size <= SIZES[1]:
        return np.where(known, registered, people / size), f"by the register, {size:.1f} people each"
    why = (
        "" if np.isnan(size) else f": the register's {size:.1f} people a household cannot be and is not used"
    )
    return people / household_size, f"people by {household_size:g}{why}"


def _registered(found: Gathered) -> dict[str, pd.Series[float]]:
    """Return the newest count of households and poor households by place."""
    if "registers" not in found.layers:
        return {}
    table = read_parquet(found.layers["registers"].folder / "registers.parquet")
    newest = table[table["value"].notna()].sort_values("period", kind="stable")
    return {
        amount: newest[newest["amount"] == amount]
        .drop_duplicates("place", keep="last")
        .set_index("place")["value"]
        for amount in ("households", "poor_households")
    }


def _frame(units: pd.DataFrame, cells: pd.DataFrame, block_households: float) -> pd.DataFrame:
    """Return the blocks: of cells where the city has them, else its units."""
    if len(cells) < CELLS_PER_UNIT * len(units):
        return blocks_of_places(units, units["households"].to_numpy(np.float64))
    people = cells["people"].to_numpy(np.float64)
    per_person = (units["households"] / units["people"]).set_axis(units["place"])
    households = np.nan_to_num(people * per_person.reindex(cells["unit"]).to_numpy(np.float64))
    return blocks_of_cells(cells, units, households, block_households)


def _shapes(found: Gathered) -> npt.NDArray[np.object_] | None:
    """Return the polygons of the cell parts, None where the city has no grid."""
    file = found.layers["homes"].folder / "shapes.parquet"
    if not file.is_file():
        return None
    return np.asarray(shapely.from_wkb(read_parquet(file)["geometry"].to_numpy()), dtype=object)


def _write(
    folder: Path, found: Gathered, sample: Sample, units: pd.DataFrame, shapes: npt.NDArray[np.object_] | None
) -> None:
    """Write every file of a sample under another name and move it."""
    making = found.work.root / ".sample"
    making.mkdir(parents=True, exist_ok=True)
    for old in making.iterdir():
        old.unlink()
    crs = str(found.layers["places"].info["crs"])
    sample.households.to_csv(making / "sample.csv", index=False, lineterminator="\n", encoding="utf-8-sig")
    listed = sample.clusters.drop(columns=["part", "x", "y"]).assign(**_lonlat(sample.clusters, crs))
    listed.to_csv(making / "clusters.csv", index=False, lineterminator="\n", encoding="utf-8-sig")
    ground = [
        shapely.to_wkb(shapely.union_all(shapes[list(part)])) if shapes is not None and part is not None
        else shapely.to_wkb(shapely.Point(x, y) if np.isfinite(x) else shapely.Point())
        for part, x, y in zip(sample.clusters["part"], sample.clusters["x"], sample.clusters["y"], strict=True)
    ]  # fmt: skip
    layers = {"clusters": sample.clusters.drop(columns=["part", "x", "y"]).assign(geometry=ground)}
    if units["geometry"].notna().any():
        layers["places"] = units.drop(columns=["x", "y"])
    write_gpkg(making / "sample.gpkg", layers, crs, {})
    place = found.work.given.city.place
    title = " · ".join(name for name in (place.name_km, place.name) if name)
    (making / "map.html").write_text(sample_map(title, units, sample.clusters, sample.strata), "utf-8")
    facts = {**sample.facts, "strata": json.loads(sample.strata.to_json(orient="records"))}
    (making / "design.json").write_text(json.dumps(facts, indent=1) + "\n", "utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        publish(making / name, folder / name)


def _lonlat(clusters: pd.DataFrame, crs: str) -> dict[str, Floats]:
    """Return longitude and latitude of the clusters, for a phone; nan where unknown."""
    from citiesforall.gather.vector_file import LONLAT, moved_xy  # noqa: PLC0415 - loads GDAL

    x, y = (clusters[axis].to_numpy(np.float64) for axis in ("x", "y"))
    known = np.isfinite(x) & np.isfinite(y)
    lon, lat = np.full(x.size, np.nan), np.full(x.size, np.nan)
    lon[known], lat[known] = moved_xy(x[known], y[known], crs, LONLAT)
    return {"longitude": lon.round(6), "latitude": lat.round(6)}


def said(sample: Sample, plan: Plan) -> list[str]:
    """Return the plan in words.

    Parameters
    ----------
    sample
        The drawn sample.
    plan
        How it was drawn.
    """
    facts, wanted = sample.facts, plan.wanted
    first = (
        f"{facts['interviews_wanted']:,.0f} interviews wanted of {facts['households']:,.0f} households; "
        f"{facts['households_to_visit']:,.0f} to visit in {facts['clusters']:.0f} clusters of {wanted.cluster_size}, "
        f"if {facts['response']:.0%} answer."
    )
    second = (
        f"Design effect {facts['design_effect']:.2f} (households of a cluster alike: rho {wanted.rho:g}); "
        f"expected margin of a share of one half: ±{facts['margin'] * 100:.1f} points. Seed {plan.seed}."
    )
    lines = [first, second]
    lines += [
        f"  {row[0]:<20} {row[1]:>9,.0f} households, {row[2]:>3.0f} clusters, {row[3]:>4.0f} to visit, ±{row[4] * 100:.1f} points"
        for row in sample.strata[["stratum", "households", "clusters", "households_to_visit", "margin"]]
        .to_numpy()
        .tolist()
    ]
    return lines
