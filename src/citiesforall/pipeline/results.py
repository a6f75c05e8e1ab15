"""The folder of a finished run: files under names users know, and the findings printed at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall import __version__
from citiesforall.core.indicator import indicators
from citiesforall.core.inputs import Inputs
from citiesforall.core.tables import read_parquet
from citiesforall.pipeline.outputs import (
    column_titles,
    point_table,
    shown,
    street_lines,
    wide_places,
    write_gpkg,
    write_run,
)
from citiesforall.pipeline.worst_off import worst_off

HEADLINES = (
    "population", "health_centre_access", "primary_school_access", "public_transport_access", "open_space_access",
    "flood_exposure", "pm25_mean", "land_use_efficiency", "daily_needs_15_min", "street_completeness",
)  # fmt: skip
"""What is printed at the end of a run, where it is measured."""
DOUBTS_SHOWN = 6
NO_VALUE = frozenset({"missing", "not_applicable"})


def make_map(given: Inputs, folder: Path) -> dict[str, Any]:
    """Write the layers of the map that hold no values: streets, facilities, stops, open space.

    Parameters
    ----------
    given
        With the steps that make them, where the city has them.
    folder
        Where ``fixed.gpkg`` goes; nothing where there is none of them.
    """
    tables: dict[str, pd.DataFrame] = {}
    if file := given.file("streets", "streets.npz"):
        tables["streets"] = street_lines(file)
    for name in ("facilities", "stops"):
        if file := given.file(name, f"{name}.parquet"):
            tables[name] = point_table(file)
    if file := given.file("facilities", "open_space.parquet"):
        tables["open_space"] = read_parquet(file)
    if tables:
        write_gpkg(folder / "fixed.gpkg", tables, given.done["places"].info["crs"], {})
    return {}


def make_results(given: Inputs, folder: Path) -> dict[str, Any]:
    """Make what people open: the map, run.json and the findings.

    Parameters
    ----------
    given
        With every finished step of the city.
    folder
        Where ``city.gpkg``, ``run.json`` and ``findings.txt`` go.
    """
    said = _said(given)
    table = read_parquet(given.done["measure"].folder / "observations.parquet")
    _write_map(folder / "city.gpkg", given, table)
    write_run(folder / "run.json", said)
    _write_sources(folder / "sources.csv", said)
    unequal = read_parquet(given.done["measure"].folder / "inequality.parquet")
    (folder / "findings.txt").write_text(findings(said, table, unequal), "utf-8")
    return {}


def _said(given: Inputs) -> dict[str, Any]:
    """Return the contents of run.json."""
    city, measured = given.city, given.done["measure"].info
    sources: dict[str, dict[str, Any]] = {}
    for role in given.files:
        for use, path in given.of(role):
            one = use.model_dump(mode="json", exclude={"columns", "where", "options", "role", "kind"})
            known = sources.setdefault(
                use.id, {**one, "file": path.name, "sha256": given.shas[path], "roles": []}
            )
            known["roles"].append(role)
            known["error"] = known["error"] or one["error"]
    places = read_parquet(given.done["places"].folder / "places.parquet").drop(columns="geometry")
    return {
        "run": measured["run"],
        "software": f"citiesforall {__version__}",
        "code": measured["code"],
        "libraries": measured["libraries"],
        "city": {
            **city.place.model_dump(mode="json", include={"code", "name", "name_km", "invented", "edition"}),
            "period": city.period,
        },
        "crs": given.done["places"].info["crs"],
        "choices": city.choices.model_dump(),
        "draws": city.choices.draws,
        "seed": city.choices.seed,
        "sources": sources,
        "layers": {
            name: {word: done.info.get(word, []) for word in ("key", "sources", "notes")}
            | ({"design": done.info["design"]} if "design" in done.info else {})
            for name, done in given.done.items()
        },
        "places": json.loads(places.to_json(orient="records", force_ascii=False)),
        "indicators": measured["indicators"],
        "groups": measured["groups"],
        "groups_unknown": measured["groups_unknown"],
    }


def _write_sources(path: Path, said: Mapping[str, Any]) -> None:
    """Write what must be passed on with the numbers: licence and citation of every source."""
    words = [
        "title",
        "provider",
        "url",
        "licence",
        "citation",
        "vintage",
        "period",
        "grade",
        "file",
        "sha256",
        "note",
    ]
    table = pd.DataFrame(said["sources"].values())
    table[["id", *words]].to_csv(path, index=False, lineterminator="\n")


def _write_map(path: Path, given: Inputs, table: pd.DataFrame) -> None:
    """Write the GeoPackage: places and cells with values beside the layers without."""
    declared = indicators()
    places = read_parquet(given.done["places"].folder / "places.parquet")
    tables: dict[str, pd.DataFrame] = {"places": wide_places(places, table, declared)}
    values = read_parquet(given.done["measure"].folder / "cell_values.parquet")
    shapes = read_parquet(given.done["homes"].folder / "shapes.parquet")
    tables["cells"] = values.assign(geometry=shapes["geometry"])
    if fixed := given.file("map", "fixed.gpkg"):
        shutil.copyfile(fixed, path)
    write_gpkg(path, tables, given.done["places"].info["crs"], column_titles(declared))


def findings(said: Mapping[str, Any], table: pd.DataFrame, unequal: pd.DataFrame) -> str:
    """Return the handful of findings a mayor would care about, what is missing, and what to read with care.

    Parameters
    ----------
    said
        Contents of run.json.
    table
        Observations.
    unequal
        The table of inequality.
    """
    names = {p["place"]: p["name"] for p in said["places"]}
    city = said["city"]
    everybody = table[table["group"] == "all"]
    of_city = everybody[everybody["place"] == city["code"]].set_index("indicator")
    lines = [
        f"{city['name']} ({city['code']}), {city['period']}"
        + (" - an INVENTED place" if city["invented"] else ""),
        "",
    ]
    for key in HEADLINES:
        if of_city.loc[key, "status"] not in NO_VALUE:
            lines += _finding(
                key, of_city.loc[key], everybody[everybody["indicator"] == key], names, city["code"]
            )
    lines += worst_off(unequal, city["code"], names)
    has = ~of_city["status"].isin(NO_VALUE)
    missing = [str(key) for key in of_city.index[of_city["status"] == "missing"]]
    lines += [
        "",
        f"{has.sum()} of {len(has)} indicators measured"
        + (f"; missing: {', '.join(missing)}" if missing else ""),
    ]
    doubts = [
        f"  {n['where']}: {n['what']}"
        for one in said["layers"].values()
        for n in one["notes"]
        if n["kind"] == "doubt"
    ]
    lines += ["", "Read with care:", *doubts[:DOUBTS_SHOWN]] if doubts else []
    lines += ["  ... more in run.json"] if len(doubts) > DOUBTS_SHOWN else []
    return "\n".join(lines) + "\n"


def _finding(key: str, row: Any, places: pd.DataFrame, names: Mapping[str, str], city: str) -> list[str]:
    """Return one finding: the city's value with its interval, and the place that is worst off."""
    one = indicators()[key]
    line = f"{one.title}: {shown(row['value'], one.unit)}"
    if not np.isnan(row["low"]):
        upper = shown(row["high"], one.unit) if np.isfinite(row["high"]) else "beyond reach"
        line += f" (95 % under stated errors: {shown(row['low'], one.unit)} to {upper})"
    if row["status"] == "estimated":
        line += " [estimated]"
    units = places[(places["place"] != city) & places["value"].notna()]
    differ = len({shown(value, one.unit) for value in units["value"]}) > 1
    if one.better in {"higher", "lower"} and differ:
        order = units.sort_values(
            ["value", "place"], ascending=[one.better == "higher", True], ignore_index=True
        )
        worst, value = str(order["place"].iloc[0]), float(order["value"].iloc[0])
        line += f"; worst in {names.get(worst, worst)}: {shown(value, one.unit)}"
    return [line]
