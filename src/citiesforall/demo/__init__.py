"""Makes the demo krong: an invented Cambodian municipality with every layer a real city has, in the files real ones come in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from citiesforall.demo.city_file import PERIOD, city_text
from citiesforall.demo.osm import write_osm
from citiesforall.demo.people import counts
from citiesforall.demo.registers import census, commune_database, groups, health_register, poor_list
from citiesforall.demo.series import of_city, of_sangkats
from citiesforall.demo.surfaces import (
    LONLAT,
    METRIC,
    at_places,
    built_grids,
    dust_grid,
    flood_grid,
    people_grids,
    to_crs,
)
from citiesforall.demo.survey import draw_sample, field_list, poor_class, true_answers
from citiesforall.demo.survey_everyone import everyone, true_shares
from citiesforall.demo.survey_export import interview, write_interviews
from citiesforall.demo.town import Town, make_town
from citiesforall.demo.transit import feed, make_lines
from citiesforall.demo.voices import collect
from citiesforall.demo.workbooks import write_workbooks
from citiesforall.demo.write import moved, write_buildings, write_geojson, write_grid, write_table, write_zip

if TYPE_CHECKING:
    from citiesforall.demo.shapes import Floats

__all__ = ["make_demo"]

CITY_FILE = "krong.toml"
BOW_TIE_M = 9.0


def make_demo(folder: Path, seed: int = 203, people: int = 60_000, code: str = "KH99") -> Path:
    """Write an invented town's source files and its city file.

    Parameters
    ----------
    folder
        Where the files are written; made where it is not there.
    seed
        Another number, another town: name, place, size, shape, river and services differ.
    people
        About how many live there.
    code
        Code of the krong, outside the real gazetteer.

    Returns
    -------
    Path
        The city file.

    Notes
    -----
    The same seed gives the same bytes on one machine. ``truth.json`` says what is true, for tests: a user never has it.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    town = make_town(seed, people, code)
    lines = make_lines(town)
    write_osm(town, lines, folder / "streets.osm.pbf")
    frame = town.plan.frame
    lonlat = {
        line.id: (to_crs(frame.out(line.path), LONLAT), to_crs(frame.out(line.stops), LONLAT))
        for line in lines
    }
    write_zip(feed(town, lines, lonlat), folder / "gtfs.zip")
    write_buildings(town, folder / "buildings.gpkg")
    _write_places(town, folder)
    truth = _write_grids(town, folder)
    depth = truth.pop("depth")
    truth["survey"] = _write_tables(town, depth, folder)
    write_workbooks(town, folder, int(PERIOD))
    _write_truth(town, depth, truth, folder)
    city = folder / CITY_FILE
    city.write_text(city_text(town), "utf-8", newline="\n")
    return city


def _write_places(town: Town, folder: Path) -> None:
    """Write the sangkats, one with a ring that crosses itself, and the Ministry's list of health centres."""
    shapes = town.sangkats.shapes.copy()
    shapes[-1] = _crossed(shapes[-1], town.plan.edge)
    rows = []
    for code, name, shape in zip(
        town.sangkats.codes, town.sangkats.names, moved(town, shapes, LONLAT), strict=True
    ):
        facts = {
            "PCODE": code,
            "NAME_EN": name[0],
            "NAME_KM": name[1],
            "PARENT": town.code,
            "STATUS": "invented",
        }
        rows.append((facts, shape))
    write_geojson(rows, folder / "boundaries.geojson", LONLAT)
    listed = [(facts, shapely.Point(np.round(xy, 3))) for facts, xy in health_register(town)]
    write_geojson(listed, folder / "health_register.geojson", METRIC)


def _crossed(shape: Any, edge: Any) -> Any:
    """Put a small bow tie into the longest side of a polygon that lies on the municipality's edge."""
    part = max(shapely.get_parts(shape), key=shapely.area)
    ring = shapely.get_coordinates(part.exterior)[:-1]
    length = np.hypot(*(np.roll(ring, -1, axis=0) - ring).T)
    middle = shapely.points((ring + np.roll(ring, -1, axis=0)) / 2)
    outer = shapely.distance(middle, edge.exterior) < 1.0
    at = int(np.where(outer, length, 0.0).argmax())
    start, stop = ring[at], ring[(at + 1) % len(ring)]
    along = (stop - start) / length[at]
    out = BOW_TIE_M * np.array([along[1], -along[0]])
    centre = (start + stop) / 2
    one, two = centre - 2 * BOW_TIE_M * along, centre + 2 * BOW_TIE_M * along
    knot = np.array([one + out, two, one, two + out])
    return shapely.Polygon(np.concatenate([ring[: at + 1], knot, ring[at + 1 :]]))


def _write_grids(town: Town, folder: Path) -> dict[str, Any]:
    """Write every raster; return what they say of the true people."""
    inside = town.people.sangkat >= 0
    at = town.plan.frame.out(town.buildings.xy)
    flood, dust = flood_grid(town), dust_grid(town)
    for key, grid in people_grids(town).items():
        write_grid(grid, folder / f"{key}.tif", "float32")
    for key, grid in built_grids(town).items():
        write_grid(grid, folder / f"{key}.tif", "uint16")
    write_grid(flood, folder / "flood_depth_rp100.tif", "float32")
    write_grid(dust, folder / "pm25.tif", "float32")
    weight = town.people.residents[inside]
    depth = at_places(flood, at)
    return {
        "depth": depth,
        "flooded_share": float(weight[depth[inside] > 0].sum() / weight.sum()),
        "pm25_ug_m3": float(np.average(at_places(dust, at)[inside], weights=weight)),
    }


def _write_tables(town: Town, depth: Floats, folder: Path) -> dict[str, dict[str, float]]:
    """Write survey, registers and voices; return what the survey would find if it asked everybody."""
    answers = true_answers(town, depth)
    all_, sample = everyone(town, answers), draw_sample(town, answers)
    write_interviews(interview(town, all_, sample), folder / "households.zip")
    for name, table in {
        "sample": field_list(town, answers, sample),
        "census": census(town, answers),
        "groups": groups(town),
        "idpoor": poor_list(town, answers, poor_class(town, answers)),
        "commune_database": commune_database(town, answers),
        "voices": collect(town, depth),
        "monthly": of_city(town),
        "monthly_sangkats": of_sangkats(town),
    }.items():
        write_table(table, folder / f"{name}.csv")
    return true_shares(all_)


def _write_truth(town: Town, depth: Floats, truth: dict[str, Any], folder: Path) -> None:
    """Write what is true, for tests."""
    people, buildings, sangkats = town.people, town.buildings, town.sangkats
    inside = people.sangkat >= 0
    held = counts(people, sangkats.shapes.size)
    now, past = float(people.residents[inside].sum()), float(people.residents_past[inside].sum())
    built = {year: float(buildings.area_m2[inside & (buildings.year <= year)].sum()) for year in (2015, 2025)}
    kinds = [facility.kind for facility in town.facilities]
    wet = np.bincount(people.sangkat[inside], (people.residents * (depth > 0))[inside], sangkats.shapes.size)
    told = {
        "seed": town.plan.seed,
        "people": int(now),
        "people_2015": past,
        "people_by_sangkat": dict(zip(sangkats.codes, held["people"].tolist(), strict=True)),
        "flooded_by_sangkat": dict(
            zip(sangkats.codes, (wet / np.maximum(held["people"], 1)).tolist(), strict=True)
        ),
        "groups": {key: int(value.sum()) for key, value in held.items()},
        "area_m2": float(town.plan.edge.area),
        "area_m2_by_sangkat": dict(zip(sangkats.codes, shapely.area(sangkats.shapes).tolist(), strict=True)),
        "built_m2": built[2025],
        "built_m2_2015": built[2015],
        "land_to_people_growth": (built[2025] / built[2015] - 1) / 10 / (np.log(now / past) / 10),
        "informal_sangkat": sangkats.codes[sangkats.informal],
        "growth_sangkat": sangkats.codes[sangkats.growth],
        "facilities": {kind: kinds.count(kind) for kind in sorted(set(kinds))},
        **truth,
    }
    (folder / "truth.json").write_text(
        json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8", newline="\n"
    )
