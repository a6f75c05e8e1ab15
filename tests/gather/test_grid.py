"""Cutting units into cell parts, and moving amounts to them."""

import numpy as np
import pandas as pd
import pytest
import shapely
from numpy.testing import assert_allclose

from citiesforall.gather.cutting import cut, ring_areas
from citiesforall.gather.grid import covered_m2, locate, make_cells, move_amounts, overlaps, pack, unpack


def test_cell_ids_pack_and_unpack_also_west_and_south_of_the_origin():
    col, row = np.array([0, 5, -3]), np.array([0, -7, 10_000])
    assert_allclose(unpack(pack(col, row)), [col, row])
    # ((5 + 2^30) << 32) + (-7 + 2^30)
    assert pack(5, -7) == ((5 + 2**30) << 32) + 2**30 - 7


def test_parts_of_a_town_of_eight_squares(made):
    _, cells = made.town()
    # 300 x 200 m are 6 squares, 100 x 200 m are 2
    assert cells["unit"].value_counts().to_dict() == {"KH990101": 6, "KH990102": 2}
    assert (cells["area_m2"] == 10_000).all()
    assert cells["cell"].iloc[0] == pack(5000, 10_000)
    assert (cells["x"].iloc[0], cells["y"].iloc[0]) == (500_050, 1_000_050)


def test_a_unit_off_the_grid_is_cut_into_parts_that_keep_its_area(made):
    places = made.places({"KH990101": shapely.box(500_030, 1_000_010, 500_170, 1_000_060)})
    cells = make_cells(places, 100)
    # 140 x 50 m across one grid line: 70 x 50 and 70 x 50
    assert_allclose(cells["area_m2"], [3500, 3500])
    assert shapely.contains_xy(cells["geometry"], cells["x"], cells["y"]).all()


def test_a_border_cell_has_one_part_for_each_unit(made):
    west, east = shapely.box(0, 0, 130, 100), shapely.box(130, 0, 200, 100)
    cells = make_cells(made.places({"KH990101": west, "KH990102": east}), 100)
    shared = cells[cells["cell"] == pack(1, 0)]
    assert shared[["unit", "area_m2"]].to_numpy().tolist() == [["KH990101", 3000], ["KH990102", 7000]]


def test_holes_stay_holes(made):
    ring = shapely.difference(shapely.box(0, 0, 500, 500), shapely.box(150, 150, 350, 350))
    cells = make_cells(made.places({"KH990101": ring}), 100)
    assert_allclose(cells["area_m2"].sum(), 500 * 500 - 200 * 200)
    assert pack(2, 2) not in set(cells["cell"])


def test_points_are_located_in_the_part_of_their_unit(made):
    west, east = shapely.box(0, 0, 130, 100), shapely.box(130, 0, 200, 100)
    cells = make_cells(made.places({"KH990101": west, "KH990102": east}), 100)
    found = locate(
        cells, np.array([50.0, 120.0, 150.0, 250.0, np.nan]), np.array([50.0, 50.0, 50.0, 50.0, 1.0])
    )
    assert cells["unit"].to_numpy()[found[:3]].tolist() == ["KH990101", "KH990101", "KH990102"]
    assert found[3:].tolist() == [-1, -1]


def test_amounts_move_by_area_share(made):
    _, cells = made.town()
    # A pixel of 100 m shifted by 25 m east and 50 m north of the south-west corner's cell, holding 80 people:
    # 75 x 50 m in each of the cells (0, 0) and (0, 1), 25 x 50 m in each of (1, 0) and (1, 1): 30, 30, 10, 10.
    pixel = np.array([shapely.box(500_025, 1_000_050, 500_125, 1_000_150)])
    moved, outside = move_amounts(np.array([80.0]), pixel, cells)
    assert_allclose(moved[:4], [30, 30, 10, 10])
    assert outside == pytest.approx(0, abs=1e-9)


def test_what_lies_outside_the_city_is_said(made):
    _, cells = made.town()
    pixels = np.array([shapely.box(499_950, 1_000_000, 500_050, 1_000_100), shapely.box(0, 0, 100, 100)])
    moved, outside = move_amounts(np.array([10.0, 7.0]), pixels, cells)
    assert moved.sum() == pytest.approx(5)
    assert outside == pytest.approx(12)


def test_amounts_that_are_unknown_are_no_amounts(made):
    _, cells = made.town()
    moved, outside = move_amounts(
        np.array([np.nan]), np.array([shapely.box(500_000, 1_000_000, 500_100, 1_000_100)]), cells
    )
    assert moved.sum() == outside == 0


def test_land_under_two_polygons_counts_once(made):
    _, cells = made.town()
    parks = np.array(
        [
            shapely.box(500_000, 1_000_000, 500_060, 1_000_100),
            shapely.box(500_040, 1_000_000, 500_100, 1_000_100),
        ]
    )
    assert_allclose(covered_m2(parks, cells)[:3], [10_000, 0, 0])


def test_polygons_that_share_a_wall_are_added(made):
    _, cells = made.town()
    houses = np.array(
        [
            shapely.box(500_010, 1_000_010, 500_020, 1_000_020),
            shapely.box(500_020, 1_000_010, 500_040, 1_000_020),
        ]
    )
    assert covered_m2(houses, cells)[0] == pytest.approx(100 + 200)


def test_nothing_to_move_moves_nothing(made):
    _, cells = made.town()
    none = np.zeros(0, dtype=object)
    moved, outside = move_amounts(np.zeros(0), none, cells)
    assert moved.sum() == outside == 0
    assert overlaps(none, cells).area_m2.size == 0


def test_ring_areas_agree_with_geometry():
    random = np.random.default_rng(3)
    rings = random.uniform(-300, 300, (200, 1, 2)) + random.uniform(-150, 150, (200, 4, 2))
    hull = shapely.convex_hull(shapely.multipoints(rings))
    full = shapely.get_num_coordinates(hull) == 5
    rings = shapely.get_coordinates(hull[full]).reshape(-1, 5, 2)[:, :4]
    box = np.column_stack([random.integers(-3, 1, full.sum()), random.integers(1, 4, full.sum())] * 2)
    wanted = shapely.area(shapely.intersection(hull[full], shapely.box(*(box[:, [0, 2, 1, 3]] * 100).T)))
    assert_allclose(ring_areas(rings, box, 100), wanted, atol=1e-7)


def test_a_cut_keeps_the_area_of_a_comb():
    teeth = [shapely.box(37 * i, 0, 37 * i + 20, 5_000) for i in range(60)]
    comb = shapely.union_all([shapely.box(0, -50, 2_203, 0), *teeth])
    cuts = cut(np.array([comb]), 100)
    assert cuts.area_m2.sum() == pytest.approx(comb.area, rel=1e-12)
    assert len(set(zip(cuts.col, cuts.row, strict=True))) == cuts.col.size


@pytest.mark.real
def test_sangkats_are_cut_without_loss(data_root, made):
    table = pd.DataFrame(_phnom_penh(data_root))
    places = made.places(dict(zip(table["code"], table["geometry"], strict=True)), parent="KH12")
    cells = make_cells(places, 100)
    by_unit = cells.groupby("unit")["area_m2"].sum()
    units = places.set_index("place").loc[by_unit.index]
    assert_allclose(by_unit, units["area_m2"], rtol=1e-9)


def _phnom_penh(data_root):
    pyogrio = pytest.importorskip("pyogrio")
    found = pyogrio.read_dataframe(data_root / "cambodia" / "communes.geojson")
    return found[found["code"].fillna("").str.startswith("KH1201")].to_crs("EPSG:32648")[["code", "geometry"]]
