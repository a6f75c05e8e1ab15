"""Writes the town's city file: every source with its provenance, all of it invented."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from citiesforall.demo.budget import budget_lines
from citiesforall.demo.surfaces import PEOPLE_BLOCK_M, PEOPLE_SD

if TYPE_CHECKING:
    from citiesforall.demo.town import Town

PERIOD = "2025"
MAKER = "citiesforall demo (invented)"
OURS = "ours: the town was drawn with this error"
HEAD = """# An invented Cambodian municipality. Nothing in it is real: not the place, not the people, not one number.
# Made by `cities demo` from seed {seed}; the same seed gives the same town.
"""
GAUGE = ("# Alarm and flood level of the gauge.", "[triggers.river_level]", "watch = 9.5", "act = 10.5")


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
    lines += ["", *GAUGE, *budget_lines(town.plan.people)]
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


def _use(key: str, title: str, vintage: str, file: str, **words: Any) -> dict[str, Any]:
    """Describe one source."""
    return {"id": f"{key}_invented", "title": title, "vintage": vintage, "file": file, **words}


def _sources() -> tuple[tuple[str, bool, list[dict[str, Any]]], ...]:
    """List role, whether it takes several sources, and the sources."""
    osm = _use("osm", "OpenStreetMap extract", "2025-10-01", "streets.osm.pbf", format="osm_pbf")
    osm_facilities = {**osm, "error": {"gone_share": 0.04, "position_m": 8.0, "said_by": OURS}}
    bounds = _use(
        "boundaries",
        "Sangkat boundaries",
        "2025",
        "boundaries.geojson",
        format="vector",
        columns={"code": "PCODE", "name": "NAME_EN", "name_km": "NAME_KM"},
    )
    health = _use(
        "health_register",
        "Register of health centres",
        "2010",
        "health_register.geojson",
        format="points",
        kind="health_centre",
        columns={"id": "FACILITCOD", "name": "FACILITNAM"},
        error={"gone_share": 0.08, "position_m": 60.0, "said_by": OURS},
    )
    footprints = _use("buildings", "Building footprints", "2025", "buildings.gpkg", format="vector")
    return (
        ("boundaries", False, [bounds]),
        ("streets", False, [osm]),
        ("facilities", True, [osm_facilities, health]),
        ("transit", True, _transit()),
        ("open_space", True, [osm]),
        ("water", True, [osm]),
        ("buildings", False, [footprints]),
        *_grids(),
        *_tables(),
    )  # fmt: skip


def _transit() -> list[dict[str, Any]]:
    """List the timetable, and the streets along which shared remorks stop."""
    buses = _use(
        "gtfs",
        "City bus timetable",
        "2025",
        "gtfs.zip",
        format="gtfs",
        error={"gone_share": 0.04, "said_by": OURS},
    )
    remorks = _use(
        "paratransit",
        "Streets along which shared remorks stop",
        "2025",
        "streets.osm.pbf",
        format="lines",
        kind="paratransit",
        options={"classes": ["primary", "secondary", "tertiary"]},
    )
    return [buses, remorks]


def _grids() -> tuple[tuple[str, bool, list[dict[str, Any]]], ...]:
    """List the rasters."""
    error = {"relative_sd": PEOPLE_SD, "block_m": PEOPLE_BLOCK_M, "said_by": OURS}
    now = _use("people", "People per 3 arc-second cell", "2025", "people.tif", format="raster", error=error)
    past = _use(
        "people_2015",
        "People per 3 arc-second cell in 2015",
        "2025",
        "people_2015.tif",
        period="2015",
        format="raster",
        error=error,
        options={"rescale": "as_people"},
    )
    built = _use(
        "built_up_2025", "Built-up surface 2025", "2025", "built_up_2025.tif", period="2025", format="raster"
    )
    built_past = _use(
        "built_up_2015", "Built-up surface 2015", "2025", "built_up_2015.tif", period="2015", format="raster"
    )
    flood = _use(
        "flood", "Depth of the hundred-year flood", "2024", "flood_depth_rp100.tif", format="raster",
        options={"return_period_years": 100},
    )  # fmt: skip
    dust = _use(
        "pm25",
        "Annual mean of PM2.5",
        "2025",
        "pm25.tif",
        period="2024",
        format="raster",
        error={"relative_sd": 0.15, "block_m": 5000.0, "said_by": OURS},
    )
    return (
        ("people", True, [now]),
        ("people_past", False, [past]),
        ("built_up", False, [built]),
        ("built_up_past", False, [built_past]),
        ("flood", False, [flood]),
        ("pm25", False, [dust]),
    )  # fmt: skip


POOR = (
    "code", "households=Total_HHs", "poor_households=Total_Poor_12_HHs", "poor_persons=Total_Poor_12_Persons",
    "poor_1_households=Total_Poor_1_HHs", "poor_1_persons=Total_Poor_1_Persons",
    "poor_2_households=Total_Poor_2_HHs", "poor_2_persons=Total_Poor_2_Persons",
)  # fmt: skip
COMMUNE_SHEET = (
    "code", "families", "families_piped_water", "families_improved_latrine=families_latrine", "families_electricity",
    "families_without_land_title", "families_flooded", "children_6_14", "children_6_14_out_of_school",
    "persons_with_disability", "crimes=crimes_reported", "road_deaths", "domestic_violence_families", "council_members",
    "council_women",
)  # fmt: skip
"""Columns that are amounts, ours first where the sheet calls them otherwise."""


def _survey() -> dict[str, Any]:
    """Name the interviews, and the field list that says with which chance each household was drawn."""
    files = {"format": "kobo", "code_prefix": "KH", "options": {"sample": "sample.csv"}}
    return _use("households", "Household survey", "2025-02", "households.zip", **files)


def _tables() -> tuple[tuple[str, bool, list[dict[str, Any]]], ...]:
    """List the tables; codes stand in them as ministries write them."""

    def table(
        key: str, title: str, vintage: str, file: str, columns: tuple[str, ...], **words: Any
    ) -> dict[str, Any]:
        pairs = {word: own or word for word, _, own in (column.partition("=") for column in columns)}
        return _use(key, title, vintage, file, columns=pairs, code_prefix="KH", **words)

    ages = ("age_0_14", "age_15_59", "age_60_up")
    report = ("code=sangkat_code", "lat=latitude", "lon=longitude", "date", "category")
    parts = table(
        "groups",
        "Women, men and ages by sangkat",
        "2025",
        "groups.csv",
        ("code", "women", "men", *ages),
        format="table",
    )
    totals = table("census", "Census", "2025", "census.csv", ("code", "value=people_2025"), period="2025")
    poor = table("idpoor", "List of poor households", "2024", "idpoor.csv", POOR, format="table")
    sheet = table(
        "commune_database", "Commune database", "2024", "commune_database.csv", COMMUNE_SHEET, format="table"
    )
    known = _use("figures", "Figures of the city", "2025", "figures.xlsx", format="workbook")
    scored = _use("scorecards", "Scorecards", "2025", "scorecards.xlsx", format="workbook")
    said = table("voices", "Citizens' reports", "2025", "voices.csv", report)
    return (
        ("groups", True, [parts]),
        ("totals", False, [totals]),
        ("households", False, [_survey()]),
        ("registers", True, [poor, sheet, known]),
        ("scorecards", True, [scored]),
        ("voices", False, [said]),
        ("series", True, _series()),
    )


OF_CITY = ("period=month", "rice_price", "fish_price", "river_level", "pm25_day_max", "heat_index_max")
OF_SANGKATS = (
    "place=sangkat_code", "period=month", "dengue_cases", "school_dropout=pupils_left", "layoffs", "evictions", "complaints",
    "idpoor_applications=new_applications", "domestic_violence=violence_reports", "road_deaths",
)  # fmt: skip


def _series() -> list[dict[str, Any]]:
    """List the monthly tables, and the counts of two censuses that growth is made from."""

    def table(key: str, title: str, file: str, columns: tuple[str, ...], **words: Any) -> dict[str, Any]:
        pairs = {word: own or word for word, _, own in (column.partition("=") for column in columns)}
        return _use(key, title, "2025-12", file, columns=pairs, code_prefix="KH", **words)

    counts = [
        table(
            f"census_{year}",
            f"Census of {year}",
            "census.csv",
            ("place=code", f"people=people_{year}"),
            period=year,
        )
        for year in ("2015", "2025")
    ]
    return [
        table("monthly", "Prices, river, air and heat by month", "monthly.csv", OF_CITY),
        table("monthly_sangkats", "Reports of sangkats by month", "monthly_sangkats.csv", OF_SANGKATS),
        *counts,
    ]
