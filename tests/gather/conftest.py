"""Small made-up cities for the tests of boundaries, cells and people."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from rasterio.transform import Affine

from citiesforall.core.city import City, CityPlace, SourceUse
from citiesforall.gather.grid import make_cells

CRS = "EPSG:32648"


def use_of(role="people", format="table", **words):  # noqa: A002
    given = {
        "id": role,
        "file": "x",
        "title": "t",
        "provider": "p",
        "licence": "MIT",
        "citation": "c",
        "vintage": "2020",
    }
    return SourceUse(role=role, format=format, **(given | words))


def city_of(code="KH99", **words):
    return City(place=CityPlace(code=code, name="Town", **words), period="2023")


def places_of(shapes, parent="KH99"):
    """Return a places layer: the city, and the units given as code -> polygon."""
    rows = [{"place": parent, "parent": None, "geometry": shapely.union_all(list(shapes.values()))}]
    rows += [{"place": code, "parent": parent, "geometry": shape} for code, shape in shapes.items()]
    table = pd.DataFrame(rows)
    return table.assign(
        area_m2=shapely.area(table["geometry"]), geometry=shapely.to_wkb(table["geometry"].to_numpy())
    )


def two_units():
    """Return a city 400 m by 200 m: a unit of 300 m and one of 100 m; x from 500,000, y from 1,000,000."""
    return {
        "KH990101": shapely.box(500_000, 1_000_000, 500_300, 1_000_200),
        "KH990102": shapely.box(500_300, 1_000_000, 500_400, 1_000_200),
    }


def town(cell_m=100):
    places = places_of(two_units())
    return places, make_cells(places, cell_m)


def write_geojson(path, rows, crs="urn:ogc:def:crs:EPSG::32648"):
    features = [
        {"type": "Feature", "properties": words, "geometry": shape and json.loads(shapely.to_geojson(shape))}
        for words, shape in rows
    ]
    path.write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "crs": {"type": "name", "properties": {"name": crs}},
                "features": features,
            }
        )
    )
    return path


def write_raster(path, values, left, top, size, crs=CRS, nodata=None, dtype="float64"):
    values = np.asarray(values, dtype=dtype)
    profile = {
        "driver": "GTiff",
        "height": values.shape[0],
        "width": values.shape[1],
        "count": 1,
        "dtype": dtype,
    }
    with rasterio.open(
        path, "w", crs=crs, transform=Affine(size, 0, left, 0, -size, top), nodata=nodata, **profile
    ) as out:
        out.write(values, 1)
    return path


@pytest.fixture(scope="session")
def made():
    """Return the makers above: tests cannot import them, for the folder is no package."""
    return SimpleNamespace(
        crs=CRS,
        use=use_of,
        city=city_of,
        places=places_of,
        two_units=two_units,
        town=town,
        geojson=write_geojson,
        raster=write_raster,
    )
