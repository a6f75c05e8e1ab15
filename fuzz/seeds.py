"""What each reader is fed before it is spoilt: files of the invented town, and small ones made here."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import h3
import openpyxl
import pyogrio
import shapely

from citiesforall.gather.gazetteer_workbook import HEADER
from fuzz.cityfile import Use, city_text, use, uses_of

CITY = "city.toml"


@dataclass(frozen=True)
class Seed:
    """Hold one sound case: its files, the city file among them."""

    name: str
    files: dict[str, bytes]


Maker = Callable[[Path, dict[str, list[Use]]], list[Seed]]


def seed(
    name: str, town: Path, sources: dict[str, list[Use]], made: dict[str, bytes] | None = None, **words: Any
) -> Seed:
    """Bring together a city file and the files it names; those made here before those of the town."""
    made = made or {}
    names = [one["file"] for given in sources.values() for one in given] + [
        one["options"]["sample"]
        for given in sources.values()
        for one in given
        if "sample" in one.get("options", {})
    ]
    files = {one: made[one] if one in made else (town / one).read_bytes() for one in dict.fromkeys(names)}
    return Seed(name, {CITY: city_text(sources, **words).encode("utf-8"), **files})


def boundaries(town: Path, own: dict[str, list[Use]]) -> list[Seed]:
    """Vector files of units."""
    return [seed("units", town, {"boundaries": own["boundaries"]})]


def hexagons(town: Path, _own: dict[str, list[Use]]) -> list[Seed]:
    """Hexagons as units, and with people."""
    west, south, east, north = pyogrio.read_info(town / "boundaries.geojson", force_total_bounds=True)[
        "total_bounds"
    ]
    around = h3.grid_disk(h3.latlng_to_cell((south + north) / 2, (west + east) / 2, 9), 2)
    rows = [("id", "population"), *((one, str(at + 3)) for at, one in enumerate(sorted(around)))]
    made = {"hexagons.csv": as_csv(rows)}
    units = use("hexagons.csv", format="h3", columns={"code": "id"}, options={"unit_resolution": 8})
    people = use("hexagons.csv", format="h3", columns={"code": "id", "value": "population"})
    return [
        seed("units", town, {"boundaries": [units]}, made),
        seed("people", town, {"people": [people]}, made),
        seed("both", town, {"boundaries": [units], "people": [people]}, made),
    ]


def gazetteer(town: Path, _own: dict[str, list[Use]]) -> list[Seed]:
    """The list of places as the Ministry publishes it, a sheet a province."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "2. Battambang"
    rows = [("ក្រុង", "203", "បាត់ដំបង", "Battambang", "", "", "")]
    for commune in ("20301", "20302", "20303"):
        rows.append(("សង្កាត់", commune, "ទួលតាឯក", f"Tuol {commune}", "", "Sub Degree 579 on 25 Dec 2013", ""))
        rows += [("ភូមិ", f"{commune}{at:02d}", "ភូមិ", f"Phum {at}", "", "", "") for at in (1, 2, 3)]
    for row in (("List",), (), HEADER, *rows):
        sheet.append(row)
    place = {"code": "KH02", "name": "Battambang", "edition": "kh@2024"}
    units = use("list.xlsx", format="gazetteer", options={"unit_level": "commune"})
    return [seed("list", town, {"boundaries": [units]}, {"list.xlsx": as_bytes(book)}, place=place)]


def streets(town: Path, own: dict[str, list[Use]]) -> list[Seed]:
    """OpenStreetMap extracts."""
    return [seed("pbf", town, {"streets": own["streets"]})]


def lines(town: Path, own: dict[str, list[Use]]) -> list[Seed]:
    """Files of streets, and of the lines vehicles run on."""
    made = {"roads.geojson": _roads(town)}
    roads = use("roads.geojson", format="lines", columns={"class": "highway"})
    bus = use(
        "roads.geojson",
        format="lines",
        kind="bus",
        columns={"name": "name", "headway": "frequency", "hours": "hours", "stops": "stops"},
        options={"stop_spacing_m": 400},
    )
    return [
        seed("streets", town, {"streets": [roads]}, made),
        seed("bus", town, {"transit": [bus]}, made),
        seed("remork", town, {"transit": [own["transit"][1]]}),
    ]


def transit(town: Path, own: dict[str, list[Use]]) -> list[Seed]:
    """Timetables."""
    given = _with(own["transit"][:1], hours=[6, 20], brt_routes=["B1"])
    return [seed("gtfs", town, {"transit": given})]


def features(town: Path, own: dict[str, list[Use]]) -> list[Seed]:
    """Facilities and open space of an extract."""
    parks = use("parks.geojson", format="vector", kind="park")
    made = {"parks.geojson": _collection([({"name": "Park"}, shape) for shape in _squares(town, 0.0006)])}
    return [
        seed("pbf", town, {"facilities": own["facilities"][:1], "open_space": own["open_space"]}),
        seed("vector", town, {"facilities": own["facilities"][:1], "open_space": [parks]}, made),
    ]


def points(town: Path, own: dict[str, list[Use]]) -> list[Seed]:
    """Registers of facilities with coordinates."""
    rows = [("id", "name", "kind", "lat", "lon")]
    rows += [
        (f"s{at}", f"School {at}", "primary_school", f"{shape.centroid.y:.6f}", f"{shape.centroid.x:.6f}")
        for at, shape in enumerate(_squares(town, 0.0006))
    ]
    listed = use(
        "schools.csv",
        format="table",
        columns={"id": "id", "name": "name", "kind": "kind", "lat": "lat", "lon": "lon"},
    )
    return [
        seed("points", town, {"facilities": own["facilities"][1:]}),
        seed("table", town, {"facilities": [listed]}, {"schools.csv": as_csv(rows)}),
    ]


def buildings(town: Path, own: dict[str, list[Use]]) -> list[Seed]:
    """Footprints and water, of vector files and extracts."""
    people = {"people": [_census(own, "people")]}
    extract = [{**own["streets"][0], "id": "osm"}]
    return [
        seed("vector", town, {**people, "buildings": own["buildings"]}),
        seed("pbf", town, {**people, "buildings": extract, "water": own["water"]}),
    ]


def _census(own: dict[str, list[Use]], role: str) -> Use:
    """Return the census as a source of people, or of totals."""
    return {**own["totals"][0], "format": "table", "id": f"census_{role}"}


def rasters(town: Path, own: dict[str, list[Use]]) -> list[Seed]:
    """Every grid."""
    people = {"people": _with(own["people"], scale=1.0, band=1, nodata=-9999)}
    return [
        seed("people", town, people),
        seed("totals", town, {**people, "totals": own["totals"]}),
        seed("past", town, {**people, "people_past": own["people_past"]}),
        seed(
            "built",
            town,
            {
                "people": [_census(own, "people")],
                "built_up": own["built_up"],
                "built_up_past": own["built_up_past"],
            },
        ),
        seed(
            "flood",
            town,
            {
                "people": [_census(own, "people")],
                "flood": _with(own["flood"], thresholds_m=[0.15, 0.5, 1.0], nodata_is_dry=True),
            },
        ),
        seed("pm25", town, {"people": [_census(own, "people")], "pm25": own["pm25"]}),
    ]


def tables(town: Path, own: dict[str, list[Use]]) -> list[Seed]:
    """Totals, groups and values by place."""
    codes = [row["code"] for row in csv.DictReader(io.StringIO((town / "census.csv").read_text("utf-8-sig")))]
    index = as_csv([("code", "value"), *((one, str(at * 7)) for at, one in enumerate(codes))])
    words = {"format": "table", "columns": {"code": "code", "value": "value"}, "code_prefix": "KH"}
    people = {"people": [_census(own, "people")]}
    middles = [shape.centroid for shape in _squares(town, 0.001)]
    air = as_csv(
        [
            ("lon", "lat", "value"),
            *((f"{one.x:.5f}", f"{one.y:.5f}", str(at + 10)) for at, one in enumerate(middles)),
        ]
    )
    stations = use("air.csv", format="table", columns={"lon": "lon", "lat": "lat", "value": "value"})
    return [
        seed("people", town, people),
        seed("totals", town, {"people": own["people"], "totals": own["totals"]}),
        seed("groups", town, {**people, "groups": own["groups"]}),
        seed("flood", town, {**people, "flood": [use("index.csv", **words)]}, {"index.csv": index}),
        seed("pm25", town, {**people, "pm25": [stations]}, {"air.csv": air}),
    ]


def _with(given: list[Use], **options: Any) -> list[Use]:
    """Return sources with some options."""
    return [{**one, "options": one.get("options", {}) | options} for one in given]


def registers(town: Path, own: dict[str, list[Use]]) -> list[Seed]:
    """Registers of every form."""
    rows = list(csv.reader(io.StringIO((town / "idpoor.csv").read_text("utf-8-sig"))))
    poor, sheet = own["registers"][:2]
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    records = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
    marked = [
        ({**one, "code": int(one["code"])}, shape.centroid)
        for one, shape in zip(records, _squares(town, 0.001, len(records)), strict=True)
    ]
    made = {
        "poor.xlsx": as_bytes(book),
        "poor.json": json.dumps({"DataList": records}, ensure_ascii=False).encode("utf-8"),
        "poor.geojson": _collection(marked),
    }
    some = {"code": "code", "poor_persons": "Total_Poor_12_Persons", "poor_households": "Total_Poor_12_HHs"}
    words = {
        "faults": "list", "level": "commune", "sum_to": "commune", "zero_is_missing": ["poor_households"], "count": "villages",
        "blank_is_zero": ["poor_persons"], "factor": {"poor_persons": 2}, "codes": {"Phsar Leu": "KH990102"}, "header_row": 0,
        "whole_from_share": {"households": {"part": "poor_households", "share": "Total_Poor_1_HHs"}},
        "count_where": {"villages_near_upper_secondary": {"column": "Total_HHs", "at_most": 50}},
    }  # fmt: skip
    return [
        seed("table", town, {"registers": [poor]}),
        seed("sheet", town, {"registers": [sheet]}),
        seed("list", town, {"registers": [{**poor, "options": {"faults": "list", "repeated": "sum"}}]}),
        seed("words", town, {"registers": [{**poor, "columns": some, "options": words}]}),
        seed("xlsx", town, {"registers": [{**poor, "file": "poor.xlsx"}]}, made),
        seed("json", town, {"registers": [{**poor, "file": "poor.json", "format": "json"}]}, made),
        seed(
            "vector",
            town,
            {
                "registers": [
                    {**poor, "file": "poor.geojson", "format": "vector", "options": {"count": "villages"}}
                ]
            },
            made,
        ),
    ]


def workbooks(town: Path, own: dict[str, list[Use]]) -> list[Seed]:
    """Workbooks a city fills in."""
    return [
        seed("scorecards", town, {"scorecards": own["scorecards"]}),
        seed("figures", town, {"registers": own["registers"][2:]}),
    ]


def cities(town: Path, own: dict[str, list[Use]]) -> list[Seed]:
    """The city file itself; the files it names are the town's."""
    return [
        Seed("whole", {CITY: (town / "krong.toml").read_bytes()}),
        Seed("short", {CITY: city_text(own).encode("utf-8")}),
    ]


def as_csv(rows: list[Any]) -> bytes:
    """Write rows."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode("utf-8")


def as_bytes(book: Any) -> bytes:
    """Write a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _squares(town: Path, side: float, n: int = 8) -> list[Any]:
    """Return squares in the middle of the town's units. [degrees]"""
    _, _, shapes, _ = pyogrio.raw.read(town / "boundaries.geojson")
    centres = shapely.point_on_surface(shapely.make_valid(shapely.from_wkb(shapes)))
    found = [shapely.box(one.x - side, one.y - side, one.x + side, one.y + side) for one in centres]
    return (found * n)[:n]


def _collection(rows: list[tuple[dict[str, Any], Any]]) -> bytes:
    """Write GeoJSON."""
    listed = [
        {"type": "Feature", "properties": facts, "geometry": shapely.geometry.mapping(shape)}
        for facts, shape in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": listed}, ensure_ascii=False).encode("utf-8")


def _roads(town: Path) -> bytes:
    """Return a street from each unit's middle to the next, with what a file of bus lines says."""
    middles = [shape.centroid for shape in _squares(town, 0.001)]
    facts = {
        "name": "ផ្លូវ 1",
        "highway": "residential",
        "frequency": "15-20 minutes",
        "hours": "5:30 AM-20:30 PM",
        "stops": "12",
    }
    return _collection(
        [
            ({**facts, "name": f"{at}"}, shapely.LineString([one, two]))
            for at, (one, two) in enumerate(pairwise(middles))
        ]
    )


def households(town: Path, own: dict[str, list[Use]]) -> list[Seed]:
    """Interviews of the town's survey."""
    return [seed("kobo", town, {"households": own["households"]})]


def town_uses(town: Path) -> dict[str, list[Use]]:
    """Return the sources of the town."""
    return uses_of(town / "krong.toml")
