"""The folder of a finished run: files under names users know, and the findings printed at the end."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from citiesforall import __version__
from citiesforall.core.indicator import indicators
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
from citiesforall.pipeline.steps import Work
from citiesforall.store import Made, keep, publish

FILES = ("observations.parquet", "observations.csv", "cell_values.parquet")
HEADLINES = (
    "population", "health_centre_access", "primary_school_access", "public_transport_access", "open_space_access",
    "flood_exposure", "pm25_mean", "land_use_efficiency", "daily_needs_15_min", "street_completeness",
)  # fmt: skip
"""What is printed at the end of a run, where it is measured."""
DOUBTS_SHOWN = 6
NO_VALUE = frozenset({"missing", "not_applicable"})


def publish_results(work: Work, layers: Mapping[str, Made], measured: Made, out: Path) -> Path:
    """Put a finished run where users look for it.

    Parameters
    ----------
    work
        The city.
    layers
        Layer -> finished step.
    measured
        The measure step.
    out
        Folder of results.

    Returns
    -------
    Path
        Folder of the run, with observations, city.gpkg and run.json.
    """
    needs = {"step:measure": measured.key, **{f"step:{name}": made.key for name, made in layers.items()}}
    said = _said(work, layers, measured)

    def make(folder: Path) -> dict[str, Any]:
        _write_map(folder / "city.gpkg", layers, measured)
        write_run(folder / "run.json", said)
        return {}

    made = keep(
        work.root,
        "results",
        make,
        room="measure",
        needs=needs,
        choices={"said": said, "software": __version__},
    )
    folder = out / work.city.place.code.lower()
    for name in FILES:
        _put(measured.folder / name, folder / name, measured.info["files"][name])
    for name in ("city.gpkg", "run.json"):
        _put(made.folder / name, folder / name, made.info["files"][name])
    return folder


def _put(made: Path, target: Path, sha: str) -> None:
    """Publish a file unless the one there is the same."""
    mark = target.with_name(f".{target.name}.sha256")
    if not (
        target.is_file()
        and mark.is_file()
        and mark.read_text("ascii") == sha
        and target.stat().st_size == made.stat().st_size
    ):
        publish(made, target)
        mark.write_text(sha, "ascii")


def _said(work: Work, layers: Mapping[str, Made], measured: Made) -> dict[str, Any]:
    """Return the contents of run.json."""
    city = work.city
    sources = {
        use.id: {
            **use.model_dump(mode="json", exclude={"columns", "where", "options"}),
            "file": path.name,
            "sha256": work.shas[path],
        }
        for uses in work.files.values()
        for use, path in uses
    }
    places = read_parquet(layers["places"].folder / "places.parquet").drop(columns="geometry")
    return {
        "run": measured.info["run"],
        "software": f"citiesforall {__version__}",
        "code": measured.info["code"],
        "libraries": measured.info["libraries"],
        "city": {
            **city.place.model_dump(mode="json", include={"code", "name", "name_km", "invented", "edition"}),
            "period": city.period,
        },
        "crs": layers["places"].info["crs"],
        "choices": city.choices.model_dump(),
        "draws": city.choices.draws,
        "seed": city.choices.seed,
        "sources": sources,
        "layers": {
            name: {
                "key": made.key,
                "sources": made.info.get("sources", []),
                "notes": made.info.get("notes", []),
            }
            for name, made in layers.items()
        },
        "places": json.loads(places.to_json(orient="records", force_ascii=False)),
        "indicators": measured.info["indicators"],
        "groups": measured.info["groups"],
        "groups_unknown": measured.info["groups_unknown"],
    }


def _write_map(path: Path, layers: Mapping[str, Made], measured: Made) -> None:
    """Write the GeoPackage: places and cells with values, streets, facilities, stops, open space."""
    declared = indicators()
    table = read_parquet(measured.folder / "observations.parquet")
    places = read_parquet(layers["places"].folder / "places.parquet")
    tables: dict[str, pd.DataFrame] = {"places": wide_places(places, table, declared)}
    values = read_parquet(measured.folder / "cell_values.parquet")
    shapes = read_parquet(layers["cells"].folder / "shapes.parquet")
    tables["cells"] = values.assign(geometry=shapes["geometry"])
    if "streets" in layers:
        tables["streets"] = street_lines(layers["streets"].folder / "streets.npz")
    for layer, name in (("facilities", "facilities"), ("stops", "stops")):
        if layer in layers and (file := layers[layer].folder / f"{name}.parquet").is_file():
            tables[name] = point_table(file)
    if "facilities" in layers and (file := layers["facilities"].folder / "open_space.parquet").is_file():
        tables["open_space"] = read_parquet(file)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        temporary = Path(folder) / path.name
        write_gpkg(temporary, tables, layers["places"].info["crs"], column_titles(declared))
        temporary.rename(path)


def findings_of(folder: Path) -> str:
    """Return the handful of findings a mayor would care about, and where the files are.

    Parameters
    ----------
    folder
        Of a finished run.
    """
    said = json.loads((folder / "run.json").read_text("utf-8"))
    table = read_parquet(folder / "observations.parquet")
    names = {p["place"]: p["name"] for p in said["places"]}
    city = said["city"]
    everybody = table[table["group"] == "all"].set_index(["indicator", "place"])
    lines = [
        f"{city['name']} ({city['code']}), {city['period']}"
        + (" - an INVENTED place" if city["invented"] else ""),
        "",
    ]
    for key in HEADLINES:
        row = everybody.loc[(key, city["code"])]
        if row["status"] not in NO_VALUE:
            lines += _finding(
                key, row, table[(table["group"] == "all") & (table["indicator"] == key)], names, city["code"]
            )
    kinds = table.loc[(table["group"] == "all") & (table["place"] == city["code"])]
    measured = int((~kinds["status"].isin(NO_VALUE)).sum())
    missing = [str(key) for key in kinds.loc[kinds["status"] == "missing", "indicator"]]
    lines += [
        "",
        f"{measured} of {len(kinds)} indicators measured"
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
    lines += ["", f"Files in {folder}:"]
    lines += [
        "  observations.parquet, observations.csv   every number: place, group, indicator, interval, status",
        "  city.gpkg                                open it in QGIS: places, cells, streets, facilities",
        "  run.json                                 sources, licences, repairs, doubts, what is missing and why",
        f"Where a number comes from: cities explain health_centre_access --city {folder.name}"
        + (f" --out {folder.parent}" if folder.parent != Path("out") else ""),
    ]
    return "\n".join(lines)


def _finding(key: str, row: Any, places: pd.DataFrame, names: Mapping[str, str], city: str) -> list[str]:
    """Return one finding: the city's value with its interval, and the place that is worst off."""
    one = indicators()[key]
    line = f"{one.title}: {shown(row['value'], one.unit)}"
    if row["low"] == row["low"]:
        line += f" (95 %: {shown(row['low'], one.unit)} to {shown(row['high'], one.unit)})"
    if row["status"] == "estimated":
        line += " [estimated]"
    units = places[(places["place"] != city) & places["value"].notna()]
    if one.better in {"higher", "lower"} and len(units) > 1:
        order = units.sort_values(
            ["value", "place"], ascending=[one.better == "higher", True], ignore_index=True
        )
        worst, value = str(order["place"].iloc[0]), float(order["value"].iloc[0])
        line += f"; worst in {names.get(worst, worst)}: {shown(value, one.unit)}"
    return [line]
