"""The folder of a finished run: files under names users know, and the findings printed at the end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from citiesforall import __version__
from citiesforall.core.indicator import indicators
from citiesforall.core.inputs import Inputs
from citiesforall.core.tables import read_parquet
from citiesforall.pipeline.findings import findings, missing_table
from citiesforall.pipeline.outputs import (
    column_titles,
    point_table,
    street_lines,
    wide_places,
    write_gpkg,
    write_run,
)


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
        Where ``city.gpkg``, ``run.json``, ``sources.csv``, ``missing.csv`` and ``findings.txt`` go.
    """
    said = _said(given)
    table = read_parquet(given.done["measure"].folder / "observations.parquet")
    _write_map(folder / "city.gpkg", given, table)
    write_run(folder / "run.json", said)
    _write_sources(folder / "sources.csv", said)
    unequal = read_parquet(given.done["measure"].folder / "inequality.parquet")
    missing_table(said, table).to_csv(folder / "missing.csv", index=False, lineterminator="\n")
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
