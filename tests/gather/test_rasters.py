"""Rasters as WorldPop and GHSL publish them, and as they should not be."""

import zipfile

import numpy as np
import pytest
import rasterio
from numpy.testing import assert_allclose
from pyproj import Transformer
from rasterio.transform import Affine

from citiesforall.core.errors import InputError
from citiesforall.gather.rasters import class_areas, mean_values, move_counts

LEFT, TOP = 500_000, 1_000_200


def pixels_around(crs, size, pad=3):
    """Return shape, left and top of a raster of pixels that covers the town of 400 x 200 m with a margin."""
    x, y = Transformer.from_crs("EPSG:32648", crs, always_xy=True).transform(
        [LEFT, LEFT + 400, LEFT, LEFT + 400], [TOP, TOP, TOP - 200, TOP - 200]
    )
    left, top = (np.floor(min(x) / size) - pad) * size, (np.ceil(max(y) / size) + pad) * size
    n_cols = int(np.ceil((max(x) - left) / size)) + pad
    n_rows = int(np.ceil((top - min(y)) / size)) + pad
    return (n_rows, n_cols), left, top


@pytest.mark.parametrize(
    ("crs", "size", "nodata", "dtype"),
    [
        ("EPSG:4326", 1 / 1200, -99999.0, "float32"),  # WorldPop
        ("ESRI:54009", 100, -200.0, "float64"),  # GHS-POP 100 m
        ("ESRI:54009", 1000, -200.0, "float64"),  # GHS-POP 1 km
        ("EPSG:4326", 30 / 3600, -200.0, "float64"),  # GHS-POP 30 arc seconds
        ("EPSG:32648", 100, -99999.0, "float32"),
    ],
)
def test_totals_are_kept_whatever_the_grid(made, tmp_path, crs, size, nodata, dtype):
    _, cells = made.town()
    shape, left, top = pixels_around(crs, size)
    values = np.random.default_rng(1).gamma(1, 40, shape)
    values[0, 0] = nodata
    path = made.raster(tmp_path / "p.tif", values, left, top, size, crs=crs, nodata=nodata, dtype=dtype)
    moved, notes = move_counts(made.use("people", "raster"), [path], cells, made.crs)
    inside, around = notes[-1].what, values[values > 0].sum()
    # every pixel is a density over its own area; the town's 80,000 m2 hold about density x area
    assert 0 < moved.sum() < around
    assert f"{moved.sum():,.1f} lie inside the city" in inside


def test_an_even_density_gives_every_part_its_area(made, tmp_path):
    _, cells = made.town()
    shape, left, top = pixels_around("ESRI:54009", 100)
    path = made.raster(tmp_path / "p.tif", np.full(shape, 50.0), left, top, 100, crs="ESRI:54009")
    moved, _ = move_counts(made.use("people", "raster"), [path], cells, made.crs)
    # 50 per nominal hectare. Mollweide takes the latitude for that of a sphere of radius a, so that near the equator a
    # nominal hectare is less of the ground: (1 - e2) / (1 - e2 sin2 phi)^2; UTM shrinks areas by 0.9996^2 at its middle.
    e2, sin2 = 0.00669438, np.sin(np.radians(9.046)) ** 2
    ground = (1 - e2) / (1 - e2 * sin2) ** 2
    assert_allclose(moved, 50 / ground / 0.9996**2, rtol=2e-5)


def test_counts_outside_and_inside_are_the_total(made, tmp_path):
    _, cells = made.town()
    values = [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]]
    path = made.raster(tmp_path / "p.tif", values, LEFT - 100, TOP, 100)
    moved, notes = move_counts(made.use("people", "raster"), [path], cells, made.crs)
    assert_allclose(moved, [8, 2, 9, 3, 10, 4, 11, 5])
    assert "52.0; 52.0 lie inside" in notes[-1].what  # the window ends where the city does


def test_rasters_of_ages_are_added_and_tiles_beside_the_city_are_passed_over(made, tmp_path):
    _, cells = made.town()
    first = made.raster(tmp_path / "a.tif", np.ones((2, 4)), LEFT, TOP, 100)
    second = made.raster(tmp_path / "b.tif", np.ones((2, 4)) * 2, LEFT, TOP, 100)
    beside = made.raster(tmp_path / "c.tif", np.ones((2, 4)) * 9, LEFT + 50_000, TOP, 100)
    moved, _ = move_counts(made.use("people", "raster"), [first, second, beside], cells, made.crs)
    assert_allclose(moved, 3)


def test_south_up_and_rotated_rasters_lie_where_they_say(made, tmp_path):
    _, cells = made.town()
    path = tmp_path / "up.tif"
    profile = {"driver": "GTiff", "height": 2, "width": 4, "count": 1, "dtype": "float64", "crs": made.crs}
    with rasterio.open(path, "w", transform=Affine(100, 0, LEFT, 0, 100, TOP - 200), **profile) as out:
        out.write(np.array([[1.0, 2, 3, 4], [5, 6, 7, 8]]), 1)
    moved, _ = move_counts(made.use("people", "raster"), [path], cells, made.crs)
    assert_allclose(moved, [1, 5, 2, 6, 3, 7, 4, 8])
    turned = tmp_path / "turned.tif"
    with rasterio.open(
        turned,
        "w",
        transform=Affine(0, 100, LEFT, 100, 0, TOP - 200),
        **(profile | {"height": 4, "width": 2}),
    ) as out:
        out.write(np.array([[1.0, 5], [2, 6], [3, 7], [4, 8]]), 1)
    moved, _ = move_counts(made.use("people", "raster"), [turned], cells, made.crs)
    assert_allclose(moved, [1, 5, 2, 6, 3, 7, 4, 8])


def test_forgotten_nodata_values_are_known(made, tmp_path):
    _, cells = made.town()
    path = made.raster(tmp_path / "p.tif", [[-200, 1, 1, 1], [1, 1, 1, -99999]], LEFT, TOP, 100)
    moved, _ = move_counts(made.use("people", "raster"), [path], cells, made.crs)
    assert moved.sum() == pytest.approx(6)


def test_built_up_of_ghsl_has_its_own_nodata(made, tmp_path):
    _, cells = made.town()
    path = made.raster(
        tmp_path / "p.tif", [[65535, 1000, 0, 0], [0, 0, 0, 0]], LEFT, TOP, 100, dtype="uint16"
    )
    assert move_counts(made.use("built_up", "raster"), [path], cells, made.crs)[0].sum() == pytest.approx(
        1000
    )


def test_a_zip_with_one_raster_is_read(made, tmp_path):
    _, cells = made.town()
    path = made.raster(tmp_path / "p.tif", np.ones((2, 4)), LEFT, TOP, 100)
    packed = tmp_path / "p.zip"
    with zipfile.ZipFile(packed, "w") as box:
        box.write(path, "GHS_POP.tif")
        box.writestr("readme.txt", "x")
    assert_allclose(move_counts(made.use("people", "raster"), [packed], cells, made.crs)[0], 1)


def test_tiny_negative_counts_are_zero_and_said(made, tmp_path):
    _, cells = made.town()
    path = made.raster(tmp_path / "p.tif", [[-1e-9, 100, 1, 1], [1, 1, 1, 1]], LEFT, TOP, 100)
    moved, notes = move_counts(made.use("people", "raster"), [path], cells, made.crs)
    assert moved.min() == 0
    assert "1 tiny negative counts" in str(notes[0])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"values": [[-5, 1, 1, 1], [1, 1, 1, 1]]}, "1 pixels hold negative counts, down to -5"),
        ({"values": np.full((2, 4), -99999), "nodata": -99999}, "every pixel at the city is nodata"),
        ({"values": np.full((2, 4), np.nan)}, "every pixel at the city is nodata"),
        ({"crs": None}, "the raster does not say its reference system"),
        ({"left": 0}, "the raster and the city do not overlap"),
        (
            {"crs": "EPSG:4326", "size": 0.001, "left": 10, "top": 10},
            "the raster and the city do not overlap",
        ),
    ],
)
def test_bad_rasters_give_one_line(made, tmp_path, words, said):
    _, cells = made.town()
    given = {"values": np.ones((2, 4)), "left": LEFT, "top": TOP, "size": 100} | words
    path = made.raster(tmp_path / "p.tif", **given)
    with pytest.raises(InputError, match=said) as caught:
        move_counts(made.use("people", "raster"), [path], cells, made.crs)
    assert len(caught.value.faults) == 1
    assert str(caught.value).startswith("p.tif: ")


@pytest.mark.parametrize("content", [b"", b"not a raster", b"II*\x00" + b"\x00" * 40])
def test_files_that_are_no_rasters_give_one_line(made, tmp_path, content):
    _, cells = made.town()
    path = tmp_path / "p.tif"
    path.write_bytes(content)
    with pytest.raises(InputError, match="this cannot be read as a raster") as caught:
        move_counts(made.use("people", "raster"), [path], cells, made.crs)
    assert len(caught.value.faults) == 1


def test_truncated_rasters_give_one_line(made, tmp_path):
    _, cells = made.town()
    path = made.raster(
        tmp_path / "p.tif",
        np.random.default_rng(0).uniform(1, 2, (400, 400)),
        LEFT - 20_000,
        TOP + 20_000,
        100,
    )
    path.write_bytes(path.read_bytes()[:300_000])
    with pytest.raises(InputError, match="this cannot be read as a raster"):
        move_counts(made.use("people", "raster"), [path], cells, made.crs)


def test_missing_files_wrong_bands_and_broken_zips_are_said(made, tmp_path):
    _, cells = made.town()
    with pytest.raises(InputError, match="there is no such file"):
        move_counts(made.use("people", "raster"), [tmp_path / "no.tif"], cells, made.crs)
    path = made.raster(tmp_path / "p.tif", np.ones((2, 4)), LEFT, TOP, 100)
    with pytest.raises(InputError, match="there is no band 3"):
        move_counts(made.use("people", "raster", options={"band": 3}), [path], cells, made.crs)
    (tmp_path / "p.zip").write_bytes(b"PK")
    with pytest.raises(InputError, match="this zip is broken"):
        move_counts(made.use("people", "raster"), [tmp_path / "p.zip"], cells, made.crs)


def test_means_are_weighted_by_area_and_skip_what_is_unknown(made, tmp_path):
    _, cells = made.town()
    # pixels of 200 m shifted by 50 m: the parts of the first column see 10 on the west half and 30 on the east half
    path = made.raster(tmp_path / "p.tif", [[10, 30, -9999]], LEFT - 150, TOP, 200, nodata=-9999)
    mean, known = mean_values(made.use("pm25", "raster"), [path], cells, made.crs)
    assert_allclose(mean[:6], [20, 20, 30, 30, 30, 30])
    assert_allclose(known[:6], [1, 1, 1, 1, 0.5, 0.5])
    assert np.isnan(mean[6:]).all()


def test_areas_of_classes(made, tmp_path):
    _, cells = made.town()
    path = made.raster(tmp_path / "p.tif", [[0, 3]], LEFT - 50, TOP, 200, dtype="uint8")
    areas = class_areas(made.use("flood", "raster"), [path], cells, made.crs, 4)
    assert_allclose(areas[:, 2], [5000, 0, 0, 5000])
    with pytest.raises(InputError, match="classes must be 0 to 2; there is also 3"):
        class_areas(made.use("flood", "raster"), [path], cells, made.crs, 3)


@pytest.mark.real
def test_elevation_of_porto_alegre_agrees_with_exactextract(data_root, made):
    exactextract = pytest.importorskip("exactextract")
    geopandas = pytest.importorskip("geopandas")
    import shapely  # noqa: PLC0415

    from citiesforall.gather.grid import make_cells  # noqa: PLC0415

    path = data_root / "porto_alegre" / "poa_elevation.tif"
    with rasterio.open(path) as raster:
        crs, bounds = raster.crs, raster.bounds
    lon, lat = (bounds.left + bounds.right) / 2, (bounds.bottom + bounds.top) / 2
    x, y = Transformer.from_crs(crs, "EPSG:32722", always_xy=True).transform(lon, lat)
    circle = shapely.Point(x, y).buffer(1500)
    cells = make_cells(made.places({"BR1": circle}, parent="BR"), 500)
    mean, known = mean_values(made.use("pm25", "raster"), [path], cells, "EPSG:32722")
    outlines = geopandas.GeoSeries(cells["geometry"].to_numpy(), crs="EPSG:32722").to_crs(crs)
    features = [
        {"type": "Feature", "properties": {}, "geometry": shapely.geometry.mapping(one)} for one in outlines
    ]
    found = exactextract.exact_extract(str(path), features, "mean")
    theirs = np.array([one["properties"]["mean"] for one in found])
    assert_allclose(mean[known > 0.999], theirs[known > 0.999], rtol=2e-4, atol=0.01)
