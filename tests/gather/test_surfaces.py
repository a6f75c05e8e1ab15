"""Land, built-up area, open space, air and floods, worked by hand."""

import numpy as np
import pytest
import shapely
from numpy.testing import assert_allclose
from pyproj import Transformer

from citiesforall.core.errors import InputError
from citiesforall.core.options import option_faults
from citiesforall.gather.cutting import clean_polygons
from citiesforall.gather.floods import usual_last
from citiesforall.gather.people import Given
from citiesforall.gather.surfaces import (
    add_built,
    add_flood,
    add_hazard,
    add_index,
    add_land,
    add_open,
    add_pm25,
)

LEFT, TOP = 500_000, 1_000_200


def box(x0, y0, x1, y1):
    return shapely.box(500_000 + x0, 1_000_000 + y0, 500_000 + x1, 1_000_000 + y1)


def test_land_is_area_less_water_counted_once(made):
    _, cells = made.town()
    water = np.array(
        [box(0, 0, 50, 100), box(25, 0, 60, 100), None, shapely.Point(1, 1), shapely.Polygon()], dtype=object
    )
    cells, notes = add_land(cells, water)
    assert_allclose(cells["land_m2"], [4000] + [10_000] * 7)
    assert "0.01 of 0.08 km2 are water" in str(notes[0])


def test_open_space_in_parts(made):
    _, cells = made.town()
    bow_tie = shapely.Polygon(
        [(500_000, 1_000_000), (500_100, 1_000_100), (500_100, 1_000_000), (500_000, 1_000_100)]
    )
    assert_allclose(
        add_open(cells, np.array([bow_tie, box(90, 100, 110, 200)]))["open_m2"][:4], [5000, 1000, 0, 1000]
    )
    assert clean_polygons(np.array([None, bow_tie], dtype=object)).size == 1


def test_built_up_of_a_raster(made, tmp_path):
    _, cells = made.town()
    path = made.raster(tmp_path / "b.tif", [[100, 0, 0, 0], [9000, 0, 0, 10_000]], LEFT, TOP, 100)
    built, _ = add_built(cells, Given(made.use("built_up", "raster"), (path,)), made.crs)
    assert_allclose(built["built_m2"], [9000, 100, 0, 0, 0, 0, 10_000, 0])


def test_built_up_beyond_the_land_is_refused(made, tmp_path):
    _, cells = made.town()
    path = made.raster(tmp_path / "b.tif", np.full((2, 4), 30_000.0), LEFT, TOP, 100)
    with pytest.raises(InputError, match=r"built-up area is up to 3\.0 times the land"):
        add_built(cells, Given(made.use("built_up", "raster"), (path,)), made.crs)


def test_built_up_of_polygons_up_to_a_year(made, tmp_path):
    _, cells = made.town()
    rows = [
        ({"year": 1990}, box(0, 0, 50, 50)),
        ({"year": 2010}, box(50, 0, 100, 50)),
        ({"year": 2020}, box(200, 0, 300, 100)),
    ]
    path = made.geojson(tmp_path / "b.geojson", rows)
    use = made.use("built_up_past", "vector", columns={"year": "year"}, options={"year": 2010})
    past, _ = add_built(cells, Given(use, (path,)), made.crs, "built_past_m2")
    assert past["built_past_m2"].sum() == pytest.approx(5000)
    now, _ = add_built(cells, Given(made.use("built_up", "vector"), (path,)), made.crs)
    assert now["built_m2"].sum() == pytest.approx(15_000)


def test_built_up_of_another_city_is_refused(made, tmp_path):
    _, cells = made.town()
    path = made.geojson(tmp_path / "b.geojson", [({}, box(50_000, 0, 50_100, 100))])
    with pytest.raises(InputError, match="nothing of it lies in the city"):
        add_built(cells, Given(made.use("built_up", "vector"), (path,)), made.crs)


def test_pm25_of_a_raster_and_where_it_is_unknown(made, tmp_path):
    _, cells = made.town()
    path = made.raster(tmp_path / "a.tif", [[20, -9999], [20, -9999]], LEFT, TOP, 200, nodata=-9999)
    cells, notes = add_pm25(cells, Given(made.use("pm25", "raster"), (path,)), made.crs)
    assert_allclose(cells["pm25_ug_m3"][:4], 20)
    assert cells["pm25_ug_m3"][4:].isna().all()
    assert "known for 50.0% of the cell parts" in str(notes[0])


def stations(tmp_path, made, rows):
    back = Transformer.from_crs(made.crs, "EPSG:4326", always_xy=True)
    lines = ["lon,lat,value"]
    for x, y, value in rows:
        lon, lat = back.transform(500_000 + x, 1_000_000 + y)
        lines.append(f"{lon:.9f},{lat:.9f},{value}")
    (tmp_path / "s.csv").write_text("\n".join(lines))
    return Given(made.use("pm25", "table"), (tmp_path / "s.csv",))


def test_pm25_between_stations_is_an_estimate(made, tmp_path):
    _, cells = made.town()
    found, notes = add_pm25(
        cells, stations(tmp_path, made, [(50, 50, 10), (350, 50, 40), (0, 0, "")]), made.crs
    )
    # at a station its own value (weight 1 against 1/300^2); at (150, 50): 100 m and 200 m away: (10/1 + 40/4) / (1 + 1/4) = 16
    assert found["pm25_ug_m3"].iloc[0] == pytest.approx((10 + 40 / 300**2) / (1 + 1 / 300**2), rel=1e-4)
    assert found["pm25_ug_m3"].iloc[2] == pytest.approx(16, rel=1e-4)
    assert notes[-1].kind == "doubt"


def test_stations_without_values_are_refused(made, tmp_path):
    _, cells = made.town()
    with pytest.raises(InputError, match="no station has a place and a value"):
        add_pm25(cells, stations(tmp_path, made, [(0, 0, "")]), made.crs)
    with pytest.raises(InputError, match="some values are negative"):
        add_pm25(cells, stations(tmp_path, made, [(0, 0, -4)]), made.crs)


def test_flood_depths_become_classes(made, tmp_path):
    places, cells = made.town()
    path = made.raster(
        tmp_path / "f.tif", [[0, 0.2, 0.5, -9999], [0.1, 0.15, 1.0, 7]], LEFT, TOP, 100, nodata=-9999
    )
    given = Given(made.use("flood", "raster"), (path,))
    found, _ = add_flood(cells, places, given, made.crs)
    # by column from the south: 0.1 and 0 dry, 0.15 and 0.2 first, 1.0 third and 0.5 second, 7 third, unknown
    assert_allclose(found["flood_class"], [0, 0, 1, 1, 3, 2, 3, np.nan])
    dry = Given(made.use("flood", "raster", options={"nodata_is_dry": True}), (path,))
    assert add_flood(cells, places, dry, made.crs)[0]["flood_class"].iloc[7] == 0


def test_floods_of_several_return_periods_are_kept_apart(made, tmp_path):
    places, cells = made.town()
    floods = []
    for years, depth in ((1000, 2.0), (100, 0.7), (10, 0.2)):
        path = made.raster(tmp_path / f"f{years}.tif", np.full((2, 4), depth), LEFT, TOP, 100)
        floods.append(Given(made.use("flood", "raster", options={"return_period_years": years}), (path,)))
    # as far from 100 years by ratio, 1000 and 10 stay in the order given; 100 comes last and is what exposure is of
    assert [flood.use.options["return_period_years"] for flood in usual_last(floods)] == [1000, 10, 100]
    for flood in usual_last(floods):
        cells, _ = add_flood(cells, places, flood, made.crs)
    for name, value in (
        ("hazard_flood_1000", 3),
        ("hazard_flood_100", 2),
        ("hazard_flood_10", 1),
        ("flood_class", 2),
    ):
        assert_allclose(cells[name], [value] * 8)
    with pytest.raises(InputError, match="two floods of 10 years"):
        usual_last([*floods, floods[2]])
    assert option_faults("flood", {"return_period_years": 0}) == [
        "options.return_period_years: 0 is not a number above 0. Mend it."
    ]


def test_flood_classes_of_a_raster_by_most_area(made, tmp_path):
    places, cells = made.town()
    path = made.raster(tmp_path / "f.tif", [[2, 1, 0]], LEFT - 130, TOP, 200, dtype="uint8")
    given = Given(made.use("flood", "raster", options={"classes": True}), (path,))
    found, _ = add_flood(cells, places, given, made.crs)
    # pixels change at x = 70 and 270: columns are 70 % class 2, all class 1, 70 % class 1, all class 0
    assert_allclose(found["flood_class"], [2, 2, 1, 1, 1, 1, 0, 0])


def test_flood_polygons_and_dry_land(made, tmp_path):
    places, cells = made.town()
    rows = [
        ({"depth": 1}, box(0, 0, 60, 100)),
        ({"depth": 3}, box(100, 0, 140, 100)),
        ({"depth": 2}, box(140, 0, 190, 100)),
    ]
    path = made.geojson(tmp_path / "f.geojson", rows)
    given = Given(made.use("flood", "vector", columns={"class": "depth"}), (path,))
    found, notes = add_flood(cells, places, given, made.crs)
    # second column: 40 % class 3, 50 % class 2, 10 % dry
    assert_allclose(found["flood_class"], [1, 0, 2, 0, 0, 0, 0, 0])
    assert "25.0% of these are not dry" in str(notes[-1])


def test_flood_classes_out_of_range_are_refused(made, tmp_path):
    places, cells = made.town()
    path = made.geojson(tmp_path / "f.geojson", [({"depth": 9}, box(0, 0, 60, 100))])
    given = Given(made.use("flood", "vector", columns={"class": "depth"}), (path,))
    with pytest.raises(InputError, match="there is also 9"):
        add_flood(cells, places, given, made.crs)
    use = made.use("flood", "raster", options={"thresholds_m": [1, 0.5, 2]})
    with pytest.raises(InputError, match="three rising depths"):
        add_flood(cells, places, Given(use, (path,)), made.crs)


def test_an_index_per_unit(made, tmp_path):
    places, cells = made.town()
    (tmp_path / "i.csv").write_text("code,value\n990101,12.5\n")
    given = Given(made.use("flood", "table"), (tmp_path / "i.csv",))
    found, notes = add_flood(cells, places, given, made.crs)
    assert_allclose(found["hazard_flood_index"], [12.5] * 6 + [np.nan] * 2)
    assert "1 units have no value (KH990102); unknown there." in str(notes[-1])
    assert_allclose(add_index(cells, places, given, "hazard_heat")[0]["hazard_heat"][:6], 12.5)
    (tmp_path / "i.csv").write_text("code,value\n990101,112.5\n")
    with pytest.raises(InputError, match="1 values are above 100"):
        add_flood(cells, places, given, made.crs)


def test_another_hazard_is_a_mean_a_share_or_a_value_per_unit(made, tmp_path):
    places, cells = made.town()
    raster = made.raster(tmp_path / "h.tif", [[30, 34]], LEFT, TOP, 200)
    found, _ = add_hazard(
        cells, places, Given(made.use("flood", "raster"), (raster,)), made.crs, "hazard_heat"
    )
    assert_allclose(found["hazard_heat"], [30] * 4 + [34] * 4)
    shapes = made.geojson(tmp_path / "h.geojson", [({}, box(0, 0, 25, 100))])
    found, _ = add_hazard(
        cells, places, Given(made.use("flood", "vector"), (shapes,)), made.crs, "hazard_slide"
    )
    assert_allclose(found["hazard_slide"], [0.25] + [0] * 7)
    (tmp_path / "h.csv").write_text("code,value\n99,7\n")
    found, _ = add_hazard(
        cells, places, Given(made.use("flood", "table"), (tmp_path / "h.csv",)), made.crs, "hazard_x"
    )
    assert_allclose(found["hazard_x"], 7)
