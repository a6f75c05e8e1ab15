"""Maps for others: GeoParquet with its metadata, tiles that open and decode, what a map must say."""

import gzip
import json

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pyogrio
import pytest
from pmtiles.reader import MmapSource, Reader, all_tiles
from pmtiles.tile import TileType
from pyproj import CRS
from shapely import box

from citiesforall.exchange.geo import (
    CELLS_FROM,
    LARGEST,
    PLACES_FROM,
    last_level,
    read_layers,
    with_metadata,
    write_geoparquet,
    write_tiles,
)

LAYERS = ("places", "cells", "streets", "facilities")


@pytest.mark.parametrize("name", LAYERS)
def test_geoparquet_says_edition_system_and_boxes(exported, town, name):
    folder, _ = exported
    said = json.loads(pq.read_schema(folder / f"{name}.parquet").metadata[b"geo"])
    assert said["version"] == "1.1.0"
    column = said["columns"][said["primary_column"]]
    assert column["encoding"] == "WKB"
    assert CRS.from_json_dict(column["crs"]) == CRS(town.run["crs"])
    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    assert column["geometry_types"]
    frame = gpd.read_parquet(folder / f"{name}.parquet")
    layer = read_layers(town.gpkg)[name]
    assert len(frame) == len(layer)
    assert frame.geometry.geom_equals_exact(layer.geometry, 0).all()
    assert frame.total_bounds == pytest.approx(column["bbox"])


def test_cells_keep_their_values_and_places_what_is_withheld_empty(exported, town):
    folder, _ = exported
    cells = gpd.read_parquet(folder / "cells.parquet")
    assert cells["people"].sum() == pytest.approx(7000)
    places = gpd.read_parquet(folder / "places.parquet")
    rows = town.observations[town.observations["group"] == "all"].set_index(["indicator", "place"])
    for key in ("public_transport_access", "pm25_mean"):
        for row in places.itertuples():
            assert getattr(row, key) == pytest.approx(rows.loc[(key, row.place), "value"], nan_ok=True)


@pytest.fixture(scope="module")
def tiles(exported):
    """Return the path of the map tiles."""
    return exported[0] / "map.pmtiles"


def test_the_archive_opens_says_whose_data_it_is_and_every_tile_is_there(tiles, town):
    with tiles.open("rb") as file:
        reader = Reader(MmapSource(file))
        head, said = reader.header(), reader.metadata()
        assert head["tile_type"] == TileType.MVT
        assert (head["min_zoom"], head["max_zoom"]) == (PLACES_FROM, LARGEST)
        found = dict(all_tiles(MmapSource(file)))
    assert len(found) == head["addressed_tiles_count"] > 0
    assert all(gzip.decompress(data) for data in found.values())
    assert {one["id"] for one in said["vector_layers"]} == {"places", "cells"}
    assert town.city.place.name in said["name"]
    for one in town.run["sources"].values():
        assert one["citation"] in said["attribution"]


@pytest.mark.filterwarnings("ignore:Field")
def test_tiles_decode_to_the_places_with_names_in_both_languages(tiles, town):
    """GDAL reads the last zoom level: a place cut by a tile's border is in both tiles."""
    frame = pyogrio.read_dataframe(tiles, layer="places")
    assert set(frame["place"]) == set(town.places["place"])
    named = frame.drop_duplicates("place").set_index("place")
    for row in town.places.itertuples():
        assert named.loc[row.place, "name_en"] == row.name
        assert named.loc[row.place, "name_km"] == (row.name_km or row.name)
    cells = pyogrio.read_dataframe(tiles, layer="cells").drop_duplicates(["cell", "unit"])
    layer = read_layers(town.gpkg)["cells"]
    assert len(cells) == len(layer)
    assert set(cells["cell"]) == set(layer["cell"].astype(str))
    assert cells["people"].sum() == pytest.approx(layer["people"].sum(), rel=1e-3)
    assert PLACES_FROM < CELLS_FROM


@pytest.mark.parametrize(("wide_deg", "last"), [(0.2, 13), (2.0, 13), (2.2, 12), (5.3, 11), (40.0, 10)])
def test_a_country_has_fewer_levels_than_a_city(wide_deg, last):
    """48 tiles of 360/2^z degrees: 2.109 degrees at level 13, 4.219 at 12, 8.438 at 11; cells show from 10 on."""
    frame = gpd.GeoDataFrame(geometry=[box(100.0, 10.0, 100.0 + wide_deg, 10.1)], crs="EPSG:4326")
    assert last_level([frame, frame.iloc[:0]]) == last


def test_more_metadata_leaves_the_tiles_as_they_are(tiles, tmp_path):
    before = tiles.read_bytes()
    path = tmp_path / "more.pmtiles"
    path.write_bytes(with_metadata(before, {"description": "ភាសាខ្មែរ" * 500}))
    with tiles.open("rb") as one, path.open("rb") as other:
        assert dict(all_tiles(MmapSource(one))) == dict(all_tiles(MmapSource(other)))
        assert Reader(MmapSource(other)).metadata()["description"].startswith("ភាសាខ្មែរ")


def test_values_in_tiles_have_four_digits(tiles, town):
    frame = pyogrio.read_dataframe(tiles, layer="places").drop_duplicates("place").set_index("place")
    rows = town.observations[
        (town.observations["group"] == "all") & (town.observations["indicator"] == "population")
    ]
    for row in rows.itertuples():
        assert frame.loc[row.place, "population"] == pytest.approx(
            float(np.format_float_scientific(row.value, 3)), rel=1e-9
        )


def test_layers_without_rows_are_handed_on_and_make_no_tiles(town, tmp_path):
    layers = {name: frame.iloc[:0] for name, frame in read_layers(town.gpkg).items() if name != "places"}
    assert write_geoparquet(layers, tmp_path) == [f"{name}.parquet" for name in layers]
    assert all(len(gpd.read_parquet(tmp_path / f"{name}.parquet")) == 0 for name in layers)
    assert write_tiles(layers, town, tmp_path / "map.pmtiles") == []
    assert not (tmp_path / "map.pmtiles").exists()
