"""What a layer must be however its files were spoilt: each check returns what is wrong, empty where nothing is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from citiesforall.core.amounts import amounts
from citiesforall.core.scorecard import scorecard
from citiesforall.core.tables import read_parquet
from citiesforall.gather.kinds import kinds
from citiesforall.gather.transit import MODE_WORDS
from citiesforall.network.streets import load

MOST_PEOPLE = 2e10
"""More people than this no reader may let pass."""
SAME = 1e-6
"""Sums agree to this share."""
OURS_ONLY = re.compile(
    r"Traceback|object at 0x|<class |\bNoneType\b|dtype\(|pydantic|KeyError|TypeError|IndexError|np\.(float|int|str)"
)
"""Words of programmers: a fault that has one was not written for its reader."""
TOLD = re.compile(r"^\S.*?: \S.*[.!?)](\s|$)", re.DOTALL)
LONGEST = 2500
Told = Iterator[str]


def faults_told(faults: tuple[str, ...]) -> Told:
    """Check that faults are sentences: where: what is wrong. what to do."""
    if not faults:
        yield "an error without a fault"
    for fault in faults:
        if "\n" in fault.strip("\n"):
            yield f"a fault of several lines: {fault[:200]!r}"
        elif not TOLD.search(fault) or not fault.rstrip().endswith((".", "!", "?")):
            yield f"a fault that is no sentence: {fault[:200]!r}"
        elif OURS_ONLY.search(fault):
            yield f"a fault in words of programmers: {fault[:200]!r}"
        elif len(fault) > LONGEST:
            yield f"a fault of {len(fault)} letters: {fault[:200]!r}"


def notes_told(info: Mapping[str, Any]) -> Told:
    """Check that what is remembered is listed and said."""
    for note in info["notes"]:
        if not note["where"] or not note["what"].strip() or note["kind"] not in ("repair", "figure", "doubt"):
            yield f"a note that says nothing: {note}"
        elif "\n" in note["what"]:
            yield f"a note of several lines: {note['what'][:200]!r}"
        elif OURS_ONLY.search(note["what"]) or re.search(r"\bnan\b|\binf\b", note["what"]):
            yield f"a note in words of programmers: {note['what'][:200]!r}"
    if not info["sources"]:
        yield "a layer of no source"


def places(folder: Path) -> Told:
    """Units are told apart, lie in the city, have an area."""
    table = read_parquet(folder / "places.parquet")
    if not table["place"].is_unique or table["place"].isna().any() or (table["place"] == "").any():
        yield "places: codes that are no names of places"
    above = table["parent"].dropna()
    if not set(above) <= set(table["place"]) or int(table["parent"].isna().sum()) != 1:
        yield "places: parents that are none"
    area = table["area_m2"].to_numpy(float)
    if np.isinf(area).any() or (area[~np.isnan(area)] <= 0).any():
        yield f"places: areas {area.min()} to {area.max()}"
    units = area[~table["place"].isin(set(above))].sum()
    if not np.isnan(area).any() and not np.isclose(units, area[table["parent"].isna()].sum(), rtol=1e-3):
        yield f"places: units of {units:g} m2 make a city of {area[0]:g} m2"
    shapes = shapely.from_wkb(table["geometry"].to_numpy())
    known = shapes[~shapely.is_missing(shapes)]
    if not shapely.is_valid(known).all() or shapely.is_empty(known).any():
        yield "places: shapes that are not valid"
    if not set(shapely.get_type_id(known)) <= {3, 6}:
        yield "places: shapes that are no polygons"
    if (table["name"].isna() | (table["name"].astype(str).str.strip() == "")).any():
        yield "places: a place without a name"


def streets(folder: Path) -> Told:
    """Edges join nodes, have a length, and lie somewhere."""
    found = load(folder / "streets.npz")
    for name in ("node_x", "node_y", "vertex_x", "vertex_y", "edge_m"):
        if not np.isfinite(getattr(found, name)).all():
            yield f"streets: {name} that is no number"
    for name in ("edge_u", "edge_v"):
        ends = getattr(found, name)
        if len(ends) and not (ends.min() >= 0 and ends.max() < len(found.node_x)):
            yield f"streets: {name} of no node"
    if (found.edge_m < 0).any():
        yield "streets: negative lengths"
    step = np.hypot(np.diff(found.vertex_x), np.diff(found.vertex_y))
    inner = np.ones(len(step), bool)
    inner[found.vertex_start[1:-1] - 1] = False
    if len(step) and not np.isclose(step[inner].sum(), found.edge_m.sum(), rtol=SAME):
        yield "streets: lengths are not those of the lines"


def facilities(folder: Path) -> Told:
    """Access points lie somewhere and are of a known kind."""
    table = read_parquet(folder / "facilities.parquet")
    yield from _points(table, "facilities", "facility")
    if not set(table["kind"]) <= set(kinds()):
        yield f"facilities: kinds {set(table['kind']) - set(kinds())}"
    if (table["area_m2"] < 0).any():
        yield "facilities: negative areas"
    if (folder / "open_space.parquet").is_file():
        spaces = read_parquet(folder / "open_space.parquet")
        shapes = shapely.from_wkb(spaces["geometry"].to_numpy())
        if (
            not shapely.is_valid(shapes).all()
            or (shapely.area(shapes) <= 0).any()
            or (spaces["area_m2"] <= 0).any()
        ):
            yield "open_space: shapes that cannot be"
        if not spaces["space"].is_unique:
            yield "open_space: spaces that stand twice"


def stops(folder: Path) -> Told:
    """Stops lie somewhere and are served so many times an hour."""
    table = read_parquet(folder / "stops.parquet")
    yield from _points(table, "stops", "stop")
    if not set(table["mode"]) <= set(MODE_WORDS):
        yield f"stops: modes {set(table['mode']) - set(MODE_WORDS)}"
    for name in (one for one in table.columns if one.startswith("per_hour_")):
        values = table[name].to_numpy(float)
        if np.isinf(values).any() or (values < 0).any() or (values > 3600).any():
            yield f"stops: {name} from {np.nanmin(values)} to {np.nanmax(values)}"


def _points(table: pd.DataFrame, layer: str, key: str) -> Told:
    """Check what facilities and stops have in common."""
    if not np.isfinite(table[["x", "y"]].to_numpy(float)).all():
        yield f"{layer}: places that are no numbers"
    if table[key].isna().any() or (table[key].astype(str) == "").any():
        yield f"{layer}: a thing without an id"
    gone = table["gone_share"].to_numpy(float)
    if ((gone < 0) | (gone > 1)).any():
        yield f"{layer}: shares that are gone {gone}"


def homes(folder: Path) -> Told:
    """Nobody is less than nobody, and there is no more built, wet or green than land."""
    table = read_parquet(folder / "homes.parquet")
    people = table["people"].to_numpy(float)
    if np.isinf(people).any() or (people < 0).any() or np.nansum(people) > MOST_PEOPLE:
        yield f"homes: people {np.nanmin(people)} to {np.nanmax(people)}, {np.nansum(people)} in all"
    if not (np.nansum(people) > 0):
        yield f"homes: {np.nansum(people)} people in all"
    for name in (one for one in table.columns if one.startswith("people_") and one != "people_growth"):
        values = table[name].to_numpy(float)
        if np.isinf(values).any() or (values < 0).any() or np.nansum(values) > MOST_PEOPLE:
            yield f"homes: {name} {np.nanmin(values)} to {np.nanmax(values)}"
        if name not in ("people_past", "people_growth") and (values > people * (1 + SAME) + SAME).any():
            yield f"homes: {name} more than the people"
    area = table["area_m2"].to_numpy(float)
    for name in ("built_m2", "built_past_m2", "land_m2"):
        if name in table and _beyond(table[name].to_numpy(float), area * (1 + 1e-3) + 1):
            yield f"homes: {name} {np.nanmin(table[name])} to {np.nanmax(table[name] / area)} of the area"
    if "flood_class" in table and not set(table["flood_class"].dropna()) <= {0, 1, 2, 3}:
        yield f"homes: flood classes {set(table['flood_class'].dropna())}"
    if "pm25_ug_m3" in table and _beyond(table["pm25_ug_m3"].to_numpy(float), np.array(5000.0)):
        yield f"homes: PM2.5 {np.nanmin(table['pm25_ug_m3'])} to {np.nanmax(table['pm25_ug_m3'])}"
    if not np.isfinite(table[["x", "y"]].to_numpy(float)).all():
        yield "homes: homes that lie nowhere"


def _beyond(values: Any, most: Any) -> bool:
    """Tell whether a value is negative, endless or too large; missing ones are not."""
    known = ~np.isnan(values)
    return bool((values[known] < 0).any() or (values > most)[known].any())


def registers(folder: Path) -> Told:
    """Every value is a number or says why not, and a part is no more than its whole."""
    table = read_parquet(folder / "registers.parquet")
    value = table["value"].to_numpy(float)
    missing = np.isnan(value)
    if np.isinf(value).any() or (value < 0).any():
        yield f"registers: values {np.nanmin(value)} to {np.nanmax(value)}"
    if not ((table["status"] == "missing") == missing).all() or not set(table["status"]) <= {
        "ok",
        "estimated",
        "missing",
    }:
        yield "registers: a status that is not its value's"
    if (table["reason"].eq("") & missing).any():
        yield "registers: a missing value without a reason"
    if not set(table["amount"]) <= set(amounts()):
        yield "registers: amounts that nobody declared"
    if table.duplicated(["amount", "period", "place"]).any():
        yield "registers: a value that stands twice"
    wide = table.set_index(["period", "place", "amount"])["value"].unstack()  # noqa: PD010 - pivot_table would drop what is missing
    for word in wide.columns:
        one = amounts()[word]
        if one.of in wide.columns and (wide[word] > wide[one.of] * (1 + SAME)).any():
            yield f"registers: more {word} than {one.of}"
        if one.high is not None and (wide[word] > one.high * (1 + SAME)).any():
            yield f"registers: {word} above {one.high}"
    if np.nansum(value[table["amount"].to_numpy() == "people"]) > MOST_PEOPLE:
        yield "registers: more people than there are"


def scorecards(folder: Path) -> Told:
    """Every answer is allowed."""
    table = read_parquet(folder / "scorecards.parquet")
    for row in table.to_dict("records"):
        if not scorecard(row["scorecard"]).allows(row["answer"]):
            yield f"scorecards: answer {row['answer']} of {row['scorecard']}"


def households(folder: Path) -> Told:
    """Every interview weighs something, and every answer is one."""
    table = {path.stem: read_parquet(path) for path in folder.glob("*.parquet")}
    home, weight = table["households"], np.load(folder / "replicates.npy")
    if not len(home) == len(table["respondents"]) == weight.shape[1] > 0:
        yield "households: tables of different lengths"
    if not np.isfinite(weight).all() or (weight < 0).any() or (weight[0] <= 0).any():
        yield "households: weights that cannot be"
    if not home["household"].is_unique or home["unit"].isna().any() or (home["unit"] == "").any():
        yield "households: interviews that stand twice or nowhere"
    if not home["size"].between(1, 100).all():
        yield f"households: sizes {home['size'].min()} to {home['size'].max()}"
    for name in ("respondents", "members"):
        if name in table and ((age := table[name]["age"].dropna()) < 0).any() | (age > 130).any():
            yield f"{name}: ages {age.min()} to {age.max()}"
    if "members" in table and not table["members"]["row"].between(0, len(home) - 1).all():
        yield "members: of no household"
    for name in ("households", "respondents", "members"):
        for word in table.get(name, pd.DataFrame()).select_dtypes("number"):
            values = table[name][word].to_numpy(float)
            if np.isinf(values).any() or (word != "row" and (values < 0).any()):
                yield f"{name}: {word} {np.nanmin(values)} to {np.nanmax(values)}"


OF_STEP: dict[str, Callable[[Path], Told]] = {
    "places": places, "streets": streets, "facilities": facilities, "stops": stops, "homes": homes, "registers": registers,
    "scorecards": scorecards, "households": households,
}  # fmt: skip
