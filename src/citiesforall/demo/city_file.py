"""Writes the town's city file: every source with its provenance, all of it invented."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from citiesforall.demo.surfaces import PEOPLE_BLOCK_M, PEOPLE_SD

if TYPE_CHECKING:
    from citiesforall.demo.town import Town

PERIOD = "2025"
MAKER = "citiesforall demo (invented)"
OURS = "ours: the town was drawn with this error"
HEAD = """# An invented Cambodian municipality. Nothing in it is real: not the place, not the people, not one number.
# Made by `cities demo` from seed {seed}; the same seed gives the same town.
"""


def city_text(town: Town) -> str:
    """Write the city file.

    Parameters
    ----------
    town
        The town.

    Returns
    -------
    str
        TOML.
    """
    name = town.plan.name
    lines = [
        HEAD.format(seed=town.plan.seed),
        f"period = {_word(PERIOD)}",
        'data = "."',
        "",
        "[place]",
        f"code = {_word(town.code)}",
        f"name = {_word(name.full)}",
        f"name_km = {_word(name.full_km)}",
        "invented = true",
        "",
        "[choices]",
        f"seed = {town.plan.seed}",
    ]
    for role, many, sources in _sources():
        for source in sources:
            lines += ["", f"[[sources.{role}]]" if many else f"[sources.{role}]", *_common(source)]
            lines += [
                f"{key} = {_word(value)}" for key, value in source.items() if key not in {"title", "vintage"}
            ]
    return "\n".join(lines) + "\n"


def _common(source: dict[str, Any]) -> list[str]:
    title = f"{source['title']} (invented)"
    return [
        f"title = {_word(title)}",
        f"provider = {_word(MAKER)}",
        'licence = "invented"',
        f"citation = {_word(f'Invented for demonstration: {title}. Not to be cited as fact.')}",
        'grade = "invented"',
        f"vintage = {_word(source['vintage'])}",
    ]


def _word(value: Any) -> str:
    """Write a value as TOML: JSON's words are TOML's but for tables."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_word(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_word(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _sources() -> tuple[tuple[str, bool, list[dict[str, Any]]], ...]:
    """List role, whether it takes several sources, and the sources."""
    osm = {
        "title": "OpenStreetMap extract",
        "vintage": "2025-10-01",
        "file": "streets.osm.pbf",
        "format": "osm_pbf",
    }
    osm_error = {"gone_share": 0.04, "position_m": 8.0, "said_by": OURS}
    people_error = {"relative_sd": PEOPLE_SD, "block_m": PEOPLE_BLOCK_M, "said_by": OURS}
    group_words = ("women", "men", "age_0_14", "age_15_59", "age_60_up")
    return (
        ("boundaries", False, [{"id": "boundaries_invented", "title": "Sangkat boundaries", "vintage": "2025", "file": "boundaries.geojson",
            "format": "vector", "columns": {"code": "PCODE", "name": "NAME_EN", "name_km": "NAME_KM"}}]),
        ("streets", False, [{"id": "osm_invented", **osm}]),
        ("facilities", True, [
            {"id": "osm_invented", **osm, "error": osm_error},
            {"id": "health_register_invented", "title": "Register of health centres", "vintage": "2010", "file": "health_register.geojson",
             "format": "points", "kind": "health_centre", "columns": {"id": "FACILITCOD", "name": "FACILITNAM"},
             "error": {"gone_share": 0.08, "position_m": 60.0, "said_by": OURS}}]),
        ("transit", True, [{"id": "gtfs_invented", "title": "City bus timetable", "vintage": "2025", "file": "gtfs.zip", "format": "gtfs",
            "error": {"gone_share": 0.04, "said_by": OURS}}]),
        ("people", True, [{"id": "people_invented", "title": "People per 3 arc-second cell", "vintage": "2025", "file": "people.tif",
            "format": "raster", "error": people_error}]),
        ("people_past", False, [{"id": "people_2015_invented", "title": "People per 3 arc-second cell, 2015", "vintage": "2025",
            "period": "2015", "file": "people_2015.tif", "format": "raster", "error": people_error, "options": {"rescale": "as_people"}}]),
        ("groups", True, [{"id": "groups_invented", "title": "Women, men and ages by sangkat", "vintage": "2025", "file": "groups.csv",
            "format": "table", "code_prefix": "KH", "columns": {"code": "code", **{word: word for word in group_words}}}]),
        ("totals", False, [{"id": "census_invented", "title": "Census", "vintage": "2025", "period": "2025", "file": "census.csv",
            "code_prefix": "KH", "columns": {"code": "code", "value": "people_2025"}}]),
        ("buildings", False, [{"id": "buildings_invented", "title": "Building footprints", "vintage": "2025", "file": "buildings.gpkg",
            "format": "vector"}]),
        ("built_up", False, [{"id": "built_up_2025_invented", "title": "Built-up surface 2025", "vintage": "2025", "period": "2025",
            "file": "built_up_2025.tif", "format": "raster"}]),
        ("built_up_past", False, [{"id": "built_up_2015_invented", "title": "Built-up surface 2015", "vintage": "2025", "period": "2015",
            "file": "built_up_2015.tif", "format": "raster"}]),
        ("open_space", True, [{"id": "osm_invented", **osm}]),
        ("water", True, [{"id": "osm_invented", **osm}]),
        ("flood", False, [{"id": "flood_invented", "title": "Depth of the hundred-year flood", "vintage": "2024",
            "file": "flood_depth_rp100.tif", "format": "raster"}]),
        ("pm25", False, [{"id": "pm25_invented", "title": "Annual mean of PM2.5", "vintage": "2025", "period": "2024", "file": "pm25.tif",
            "format": "raster", "error": {"relative_sd": 0.15, "block_m": 5000.0, "said_by": OURS}}]),
        ("households", False, [{"id": "households_invented", "title": "Household survey", "vintage": "2025-02", "file": "households.csv",
            "columns": {"id": "household_id", "code": "sangkat_code", "weight": "weight", "stratum": "stratum", "cluster": "cluster"},
            "code_prefix": "KH", "options": {"members": "members.csv"}}]),
        ("registers", True, [
            {"id": "idpoor_invented", "title": "List of poor households", "vintage": "2024", "file": "idpoor.csv", "code_prefix": "KH",
             "columns": {"code": "code"}},
            {"id": "commune_database_invented", "title": "Commune database", "vintage": "2024", "file": "commune_database.csv",
             "code_prefix": "KH", "columns": {"code": "code"}}]),
        ("voices", False, [{"id": "voices_invented", "title": "Citizens' reports", "vintage": "2025", "file": "voices.csv", "code_prefix": "KH",
            "columns": {"code": "sangkat_code", "lat": "latitude", "lon": "longitude", "date": "date", "category": "category"}}]),
    )  # fmt: skip
