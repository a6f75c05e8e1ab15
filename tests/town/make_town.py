"""Little Town: 12 x 12 cells of 100 m, five streets, fourteen inhabited cells; small enough to work every answer by hand.

Metres from the south-west corner, which is x 500000, y 1300000 in EPSG:32648. West is x < 600, East the rest.

    1200 +-----------------------------+-----------------------------+
         |                             |                             |
    1050 |           W6                |                             |
         |           | C1              |                E5           |
     960 |           |                 |            ===S5====        |   S5 is joined to nothing: a leftover
     850 |           |   W5            |            E3               |   S3 ends at y 875
     810 |           +====S4=[park]====|============+                |
         |           |                 |  E7        |                |
     550 |           W4   ~~~~ lake ~~~|~~~~        E2               |
     350 |       W2  |                 |      E1    |         E4     |
     310 |   ========+========S1=======|============+=========       |
     250 |   W1      |             W7  |                             |
      50 |           W3                |                         E6  |   E6 is 279 m from any street
       0 +-----------------------------+-----------------------------+
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import rasterio
from pyproj import Transformer
from rasterio import Affine
from shapely.geometry import box

X0, Y0, SIDE_M, CELL_M, N = 500_000, 1_300_000, 1_200, 100, 12
CRS = "EPSG:32648"

HOMES = {
    "W1": (50, 250), "W2": (150, 350), "W3": (250, 50), "W4": (250, 550), "W5": (350, 850), "W6": (250, 1050), "W7": (550, 250),
    "E1": (750, 350), "E2": (850, 550), "E3": (850, 850), "E4": (1050, 350), "E5": (950, 950), "E6": (1150, 50), "E7": (650, 650),
}  # fmt: skip
"""Centres of the inhabited cells. [m]"""
PEOPLE = {
    "W1": 400, "W2": 900, "W3": 300, "W4": 1000, "W5": 300, "W6": 100, "W7": 1000,
    "E1": 500, "E2": 400, "E3": 40, "E4": 1350, "E5": 10, "E6": 200, "E7": 500,
}  # fmt: skip
"""West 4000, East 3000."""
PEOPLE_PAST = {"W1": 400, "W2": 800, "W4": 2000, "E4": 2500}
"""West 3200, East 2500."""
BUILT_M2 = {home: 2000 if home[0] == "W" else 1000 for home in HOMES if home != "E7"}
"""West 7 x 2000 = 14000, East 6 x 1000 = 6000."""
BUILT_PAST_M2 = {home: value for home, value in BUILT_M2.items() if home not in {"W6", "W7", "E6"}}
"""West 5 x 2000 = 10000, East 5 x 1000 = 5000."""
DEPTH_M = {"W1": 0.1, "W3": 0.2, "W7": 0.6, "E4": 1.5, "E2": np.nan}
"""Elsewhere 0; at E2 nobody knows."""
PM25_SOUTH, PM25_NORTH, PM25_BORDER_Y = 30.0, 20.0, 600
"""At E7 nobody knows."""

STREETS = {
    "S1": ("primary", [(50, 310), (250, 310), (850, 310), (1050, 310)]),
    "S2": ("secondary", [(250, 50), (250, 310), (250, 810), (250, 1050)]),
    "S3": ("residential", [(850, 310), (850, 810), (850, 875)]),
    "S4": ("footway", [(250, 810), (850, 810)]),
    "S5": ("service", [(890, 960), (990, 960)]),
}
FACILITIES = [
    ("health_centre", "Moon", 240, 1000), ("health_centre", "Sun", 950, 320), ("hospital", "Star", 240, 560),
    ("pharmacy", "Lotus", 240, 400), ("primary_school", "Mango", 150, 300), ("primary_school", "Tamarind", 840, 700),
    ("secondary_school", "Durian", 450, 320), ("market", "Old", 260, 200), ("food_shop", "Corner", 750, 300),
    ("police", "First", 650, 320), ("fire_station", "Red", 60, 320), ("place_of_worship", "Gold", 860, 400),
    ("place_of_worship", "Silver", 910, 955), ("public_toilet", "", 260, 650), ("drinking_water", "", 540, 820),
    ("waste_point", "", 150, 320), ("one_window_office", "Hall", 450, 300), ("community_centre", "Drum", 240, 850),
    ("bank", "Rice", 950, 300),
]  # fmt: skip
PARK, SQUARE, LAKE = (400, 760, 560, 860), (840, 290, 870, 320), (400, 500, 700, 600)
"""16000, 900 and 30000 m2."""
STOPS = {"A": ("bus", 350, 300, 300), "B": ("bus", 840, 600, 900), "R": ("rail", 350, 820, 1800)}
"""Stop -> mode, place, headway in seconds: 12, 4 and 2 departures an hour."""
GTFS_TYPE = {"bus": 3, "rail": 2}
FAR_M = 30_000
"""Every line ends this far away, so that its last stop plays no part."""

ABOUT = 'title = "{0} of Little Town"\nprovider = "nobody"\nlicence = "invented"\ncitation = "Little Town, made for tests"\ngrade = "open"\n'
NO_ERROR = ""
PEOPLE_ERROR = 'error = { relative_sd = 0.3, block_m = 500, said_by = "ours: made for tests" }\n'
LIST_ERROR = 'error = { gone_share = 0.3, said_by = "ours: made for tests" }\n'


def make_town(
    folder: Path, *, errors: str = "", flood: str = "raster", choices: str = "", streets: bool = True
) -> Path:
    """Write every file of Little Town and return its city file.

    `errors` names what errs: "people", "lists" (facilities and timetables), "people lists"; `flood` is "raster" (depths) or "table" (an index for each
    unit); `choices` are lines of the city file; without `streets` nothing can be walked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write_ground(folder)
    _write_rasters(folder)
    _write_tables(folder)
    _write_feed(folder / "feed.zip")
    city = folder / "town.toml"
    city.write_text(_city_text(errors=errors, flood=flood, choices=choices, streets=streets), "utf-8")
    return city


def _place(x: float, y: float) -> tuple[float, float]:
    return X0 + x, Y0 + y


def _geojson(path: Path, features: list[tuple[str, object, dict[str, object]]]) -> None:
    """Write features in the metric system, as GDAL's GeoJSON does with a `crs` member."""
    path.write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32648"}},
                "features": [
                    {"type": "Feature", "properties": said, "geometry": {"type": kind, "coordinates": at}}
                    for kind, at, said in features
                ],
            }
        ),
        "utf-8",
    )


def _ring(bounds: tuple[int, int, int, int]) -> list[list[tuple[float, float]]]:
    west, south, east, north = bounds
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return [[_place(*corner) for corner in corners]]


def _write_ground(folder: Path) -> None:
    half = [(0, 0, 600, SIDE_M), (600, 0, SIDE_M, SIDE_M)]
    units = gpd.GeoDataFrame(
        {"code": ["KH990101", "KH990102"], "name": ["West", "East"], "name_km": ["ខាងលិច", "ខាងកើត"]},
        geometry=[box(X0 + w, Y0 + s, X0 + e, Y0 + n) for w, s, e, n in half],
        crs=CRS,
    )
    pyogrio.write_dataframe(units, folder / "units.gpkg", layer="units")
    _geojson(
        folder / "streets.geojson",
        [
            ("LineString", [_place(*at) for at in line], {"name": name, "class": kind})
            for name, (kind, line) in STREETS.items()
        ],
    )
    _geojson(
        folder / "facilities.geojson",
        [
            ("Point", _place(x, y), {"id": f"{kind}_{i}", "kind": kind, "name": name})
            for i, (kind, name, x, y) in enumerate(FACILITIES)
        ],
    )
    _geojson(
        folder / "open.geojson",
        [("Polygon", _ring(PARK), {"name": "Park"}), ("Polygon", _ring(SQUARE), {"name": "Square"})],
    )
    _geojson(folder / "lake.geojson", [("Polygon", _ring(LAKE), {"name": "Lake"})])


def _grid(values: dict[str, float], elsewhere: float = 0.0) -> np.ndarray:
    """Return a raster, north row first, of values at homes."""
    out = np.full((N, N), elsewhere, np.float64)
    for home, value in values.items():
        x, y = HOMES[home]
        out[N - 1 - y // CELL_M, x // CELL_M] = value
    return out


def _write_raster(path: Path, values: np.ndarray, dtype: str, nodata: float) -> None:
    profile = {
        "driver": "GTiff", "width": N, "height": N, "count": 1, "dtype": dtype, "crs": CRS, "nodata": nodata,
        "transform": Affine(CELL_M, 0, X0, 0, -CELL_M, Y0 + SIDE_M),
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as raster:
        raster.write(np.where(np.isnan(values), nodata, values).astype(dtype), 1)


def _write_rasters(folder: Path) -> None:
    for name, values in (
        ("people", PEOPLE),
        ("people_past", PEOPLE_PAST),
        ("built", BUILT_M2),
        ("built_past", BUILT_PAST_M2),
    ):
        _write_raster(folder / f"{name}.tif", _grid(values), "int32", -1)
    _write_raster(folder / "depth.tif", _grid(DEPTH_M), "float64", -9999)
    air = np.full((N, N), PM25_NORTH)
    air[N - PM25_BORDER_Y // CELL_M :] = PM25_SOUTH
    air[_grid({"E7": 1.0}) == 1] = np.nan
    _write_raster(folder / "air.tif", air, "float64", -9999)


def _write_tables(folder: Path) -> None:
    (folder / "groups.csv").write_text(
        "code,all,women,men,age_0_14,age_15_59,age_60_up\n"
        "KH990101,1000,550,450,300,600,100\n"
        "KH990102,1000,500,500,200,600,200\n",
        "utf-8",
    )
    (folder / "flood_index.csv").write_text("code,value\nKH990101,30\nKH990102,70\n", "utf-8")


def _write_feed(path: Path) -> None:
    """Write a timetable feed: three lines, each from its stop to a terminal far away, every day from 6 to 20 h."""
    there = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)

    def lonlat(x: float, y: float) -> str:
        lon, lat = there.transform(*_place(x, y))
        return f"{lat:.10f},{lon:.10f}"

    files = {
        "agency.txt": ["agency_id,agency_name,agency_url,agency_timezone", "1,Little,http://example.org,Asia/Phnom_Penh"],
        "calendar.txt": [
            "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date",
            "daily,1,1,1,1,1,1,1,20230101,20230131",
        ],
        "stops.txt": [
            "stop_id,stop_name,stop_lat,stop_lon",
            *(f"{key},Stop {key},{lonlat(x, y)}" for key, (_, x, y, _) in STOPS.items()),
            f"Z,Far terminal,{lonlat(FAR_M, 0)}",
        ],
        "routes.txt": [
            "route_id,agency_id,route_short_name,route_long_name,route_type",
            *(f"line_{key},1,{key},Line {key},{GTFS_TYPE[mode]}" for key, (mode, *_) in STOPS.items()),
        ],
        "trips.txt": ["route_id,service_id,trip_id", *(f"line_{key},daily,trip_{key}" for key in STOPS)],
        "stop_times.txt": [
            "trip_id,arrival_time,departure_time,stop_id,stop_sequence",
            *(f"trip_{key},06:00:00,06:00:00,{key},1" for key in STOPS),
            *(f"trip_{key},07:00:00,07:00:00,Z,2" for key in STOPS),
        ],
        "frequencies.txt": [
            "trip_id,start_time,end_time,headway_secs",
            *(f"trip_{key},06:00:00,20:00:00,{headway}" for key, (*_, headway) in STOPS.items()),
        ],
    }  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        for name, lines in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2023, 1, 1, 0, 0, 0)), "\n".join(lines) + "\n")


def _source(role: str, key: str, words: str, *, many: bool = False) -> str:
    head = f"[[sources.{role}]]" if many else f"[sources.{role}]"
    return f'{head}\nid = "{key}"\n{ABOUT.format(key)}{words}\n'


def _city_text(*, errors: str, flood: str, choices: str, streets: bool) -> str:
    people_error = PEOPLE_ERROR if "people" in errors else NO_ERROR
    list_error = LIST_ERROR if "lists" in errors else NO_ERROR
    raster = 'format = "raster"\n'
    floods = {
        "raster": 'file = "depth.tif"\nvintage = "2022"\nformat = "raster"\n',
        "table": 'file = "flood_index.csv"\nvintage = "2022"\nformat = "table"\ncolumns = { code = "code", value = "value" }\n',
    }
    parts = [
        'period = "2023"\n\n[place]\ncode = "KH9901"\nname = "Little Town"\nname_km = "ក្រុងតូច"\ninvented = true\n',
        f"[choices]\n{choices}\n",
        _source(
            "boundaries",
            "units",
            'file = "units.gpkg"\nformat = "vector"\nvintage = "2023"\n'
            'columns = { code = "code", name = "name", name_km = "name_km" }\n',
        ),
        _source(
            "people",
            "people",
            'file = "people.tif"\nvintage = "2023"\nperiod = "2023"\n' + raster + people_error,
            many=True,
        ),
        _source(
            "people_past",
            "people_past",
            'file = "people_past.tif"\nvintage = "2013"\nperiod = "2013"\n' + raster,
        ),
        _source("built_up", "built", 'file = "built.tif"\nvintage = "2020"\nperiod = "2020"\n' + raster),
        _source(
            "built_up_past",
            "built_past",
            'file = "built_past.tif"\nvintage = "2015"\nperiod = "2015"\n' + raster,
        ),
        _source("pm25", "air", 'file = "air.tif"\nvintage = "2022"\n' + raster),
        _source("flood", "flood", floods[flood]),
        _source(
            "groups",
            "groups",
            'file = "groups.csv"\nformat = "table"\nvintage = "2019"\n'
            'columns = { code = "code", all = "all", women = "women", men = "men", age_0_14 = "age_0_14", '
            'age_15_59 = "age_15_59", age_60_up = "age_60_up" }\n',
            many=True,
        ),
        _source("water", "lake", 'file = "lake.geojson"\nformat = "vector"\nvintage = "2023"\n', many=True),
        _source(
            "open_space",
            "open",
            'file = "open.geojson"\nformat = "vector"\nvintage = "2023"\ncolumns = { name = "name" }\n',
            many=True,
        ),
        _source(
            "facilities",
            "register",
            'file = "facilities.geojson"\nformat = "points"\nvintage = "2023"\n'
            'columns = { id = "id", kind = "kind", name = "name" }\n' + list_error,
            many=True,
        ),
        _source(
            "transit",
            "feed",
            'file = "feed.zip"\nformat = "gtfs"\nvintage = "2023"\n' + list_error,
            many=True,
        ),
    ]
    if streets:
        parts += [
            _source(
                "streets",
                "streets",
                'file = "streets.geojson"\nformat = "lines"\nvintage = "2023"\ncolumns = { class = "class" }\n',
            ),
            _source(
                "transit",
                "tuktuk",
                'file = "streets.geojson"\nformat = "lines"\nkind = "paratransit"\nvintage = "2023"\n'
                'options = { classes = ["residential"] }\n',
                many=True,
            ),
        ]
    return "\n".join(parts)
