"""Damaged files give one clear line or a result, never a library's traceback."""

import contextlib
import functools
import io
import json

import numpy as np
import openpyxl
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rasterio.transform import Affine

from citiesforall.core.city import City, CityPlace, SourceUse
from citiesforall.core.errors import InputError
from citiesforall.gather.boundaries import gather_places
from citiesforall.gather.rasters import read_pixels
from citiesforall.gather.tables import numbers, read_table

CRS = "EPSG:32648"
BOX = (500_000.0, 1_000_000.0, 500_400.0, 1_000_200.0)


def use_of(role, form, **words):
    given_words = {
        "id": role,
        "file": "x",
        "title": "t",
        "provider": "p",
        "licence": "MIT",
        "citation": "c",
        "vintage": "2020",
    }
    return SourceUse(role=role, format=form, **(given_words | words))


@functools.cache
def whole():
    """Return a good file of every kind, as bytes."""
    table = pd.DataFrame({"code": ["010201", "010202"], "value": [5.0, 7.0]})
    book, parquet = io.BytesIO(), io.BytesIO()
    work = openpyxl.Workbook()
    for row in (["code", "value"], ["010201", 5], ["010202", 7]):
        work.active.append(row)
    work.save(book)
    table.to_parquet(parquet)
    feature = {
        "type": "Feature",
        "properties": {"code": "KH990101"},
        "geometry": json.loads(shapely.to_geojson(shapely.box(104.0, 11.0, 104.01, 11.01))),
    }
    with rasterio.io.MemoryFile() as memory:
        profile = {
            "driver": "GTiff",
            "height": 2,
            "width": 4,
            "count": 1,
            "dtype": "float32",
            "crs": CRS,
            "nodata": -99999,
        }
        with memory.open(transform=Affine(100, 0, BOX[0], 0, -100, BOX[3]), **profile) as out:
            out.write(np.arange(8, dtype="float32").reshape(2, 4), 1)
        raster = memory.read()
    return {
        "csv": table.to_csv(index=False).encode(),
        "json": table.to_json(orient="records").encode(),
        "xlsx": book.getvalue(),
        "parquet": parquet.getvalue(),
        "geojson": json.dumps({"type": "FeatureCollection", "features": [feature]}).encode(),
        "tif": raster,
    }


def read(path):
    if path.suffix == ".tif":
        read_pixels(use_of("people", "raster"), path, BOX, CRS)
    elif path.suffix == ".geojson":
        use = use_of("boundaries", "vector", columns={"code": "code"})
        gather_places(use, path, City(place=CityPlace(code="KH99", name="Town"), period="2020"), CRS)
    else:
        table, _ = read_table(path, use_of("totals", "table", columns={"value": "value"}))
        numbers(table, "value", path)


# pyogrio warns of shapes it does not know from inside a callback, where no reader can catch it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["csv", "json", "xlsx", "parquet", "geojson", "tif"]),
    cut=st.floats(0, 1),
    hits=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=0, max_size=4)), max_size=6
    ),
)
def test_damaged_files_give_one_clear_line_or_a_result(tmp_path, kind, cut, hits):
    content = bytearray(whole()[kind])
    for where, put in hits:
        at = int(where * len(content))
        content[at : at + len(put)] = put
    path = tmp_path / f"t.{kind}"
    path.write_bytes(bytes(content[: max(int(cut * 2 * len(content)), 0)]))
    with contextlib.suppress(InputError):
        read(path)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(["csv", "json", "xlsx", "parquet", "geojson", "tif"]),
    content=st.binary(max_size=300),
)
def test_any_bytes_give_one_clear_line_or_a_result(tmp_path, kind, content):
    path = tmp_path / f"t.{kind}"
    path.write_bytes(content)
    with contextlib.suppress(InputError):
        read(path)
