"""Degree of Urbanisation on hand-made grids."""

import numpy as np
import pandas as pd
import pytest

from citiesforall.gather.degree import (
    add_urban_class,
    classify,
    density_km2,
    urban_centres,
)


def grid(rows, cols, **blocks):
    people = np.zeros((rows, cols))
    for block in blocks.values():
        first_row, last_row, first_col, last_col, value = block
        people[first_row:last_row, first_col:last_col] = value
    return people, np.ones((rows, cols))


def test_a_ring_is_a_centre_and_its_hole_is_filled():
    # 8 cells of 7,000 = 56,000 >= 50,000; the hole of 400 is 1 km2 < 15 km2
    people, land = grid(5, 5, ring=(1, 4, 1, 4, 7000))
    people[2, 2] = 400
    found, n_flips = classify(people, land)
    assert (found[1:4, 1:4] == 30).all()
    assert (found == 30).sum() == 9
    assert n_flips == 0


def test_blocks_that_touch_at_a_corner_are_two_clusters():
    # (1, 5) and (2, 6) touch at a corner. 5 cells of 6,000 on either side: 30,000 and 30,000, by sides no centre; by
    # corners they would be one of 60,000. Both are dense clusters, and together one urban cluster.
    people = np.zeros((10, 10))
    people[1, 1:6] = 6000
    people[2, 6:10] = 6000
    people[3, 9] = 6000
    found, _ = classify(people, np.ones_like(people))
    assert not (found == 30).any()
    assert (found[people > 0] == 23).all()
    assert urban_centres(people, np.ones_like(people)).number.max() == 0


def test_a_cluster_that_reaches_its_people_only_when_filled_flips():
    # 8 cells of 6,200 = 49,600 < 50,000; with the hole's 1,400: 51,000
    people, land = grid(5, 5, ring=(1, 4, 1, 4, 6200))
    people[2, 2] = 1400
    before, after = urban_centres(people, land, "before"), urban_centres(people, land, "after")
    assert before.n_flips == after.n_flips == 1
    assert (before.number > 0).sum() == 0
    assert (after.number > 0).sum() == 9


def test_holes_of_15_km2_and_more_stay():
    people, land = grid(7, 9, ring=(0, 7, 0, 9, 3000))
    people[1:6, 2:7] = 0  # 25 km2
    assert (urban_centres(people, land).number[2:5, 3:6] == 0).all()
    people, land = grid(7, 9, ring=(0, 7, 0, 9, 3000))
    people[2:4, 1:8] = 0  # 14 km2
    assert (urban_centres(people, land).number > 0).all()


def test_majority_rule_goes_on_until_nothing_changes():
    # An L of two arms: the inner corner has 5 neighbours and joins; then no other cell has 5
    people = np.zeros((6, 6))
    people[0:6, 0] = 5000
    people[5, 1:6] = 5000
    people[4, 1] = 0
    centre = urban_centres(people, np.ones_like(people)).number > 0
    # (4, 1): neighbours (3,0), (4,0), (5,0), (5,1), (5,2) = 5 -> joins; (3, 1): (2,0), (3,0), (4,0), (4,1) + none = 4
    assert centre[4, 1]
    assert centre.sum() == 12


def test_majority_rule_fills_a_notch_step_by_step():
    people, land = grid(4, 5, block=(0, 4, 0, 5, 4000))
    people[0:3, 2] = (
        0  # a notch three deep: its end has 5 + 2 of the sides... each joins once the one below has
    )
    assert (urban_centres(people, land).number > 0).all()


def test_density_is_per_land():
    # 600 people on 0.3 km2 of land: 2,000 per km2
    assert density_km2(np.array([[600.0]]), np.array([[0.3]]))[0, 0] == pytest.approx(2000)
    assert density_km2(np.array([[600.0]]), np.array([[0.0]]))[0, 0] == 600


def test_level_2_classes_of_cells():
    people = np.zeros((12, 22))
    people[1:4, 1:4] = 6000  # 54,000: centre
    people[1:4, 5] = 400  # 1 cell away from the centre: 1,200 people, a village of its own
    people[8:10, 1:3] = 1500  # 6,000: dense cluster
    people[5:7, 14:18] = 700  # 5,600 at 700 per km2, far from all: semi-dense
    people[10, 12] = 600  # village
    people[0, 20] = 60  # low density
    people[11, 21] = 10  # very low
    land = np.ones_like(people)
    land[6, 6] = 0.2
    found, _ = classify(people, land)
    assert (found[1:4, 1:4] == 30).all()
    assert (found[1:4, 5] == 13).all()
    assert (found[8:10, 1:3] == 23).all()
    assert (found[5:7, 14:18] == 22).all()
    assert (found[10, 12], found[0, 20], found[11, 21], found[6, 6]) == (13, 12, 11, 10)


def test_a_cluster_near_a_centre_is_suburban_and_2_km_away_it_is_not():
    for gap, code in ((0, 21), (1, 21), (2, 22), (3, 22)):
        people = np.zeros((5, 16))
        people[1:4, 0:3] = 6000
        people[1:5, 3 + gap : 7 + gap] = 400  # 16 cells of 400 = 6,400
        found, _ = classify(people, np.ones_like(people))
        assert (found[1:5, 3 + gap : 7 + gap] == code).all(), gap


def cells_at(x, y, people):
    return pd.DataFrame({"x": x, "y": y, "people": people, "land_m2": 10_000.0})


def test_people_of_cells_are_added_to_1_km_cells_and_kept():
    # 40 x 40 hectares with 100 people each are 10,000 per km2 and 160,000 in all: an urban centre
    x, y = (
        axis.ravel()
        for axis in np.meshgrid(500_050.0 + 100 * np.arange(40), 1_270_050.0 + 100 * np.arange(40))
    )
    cells, notes = add_urban_class(cells_at(x, y, 100.0), "EPSG:32648")
    assert (cells["urban_class"] == 30).all()
    assert cells["urban_class"].dtype == np.int16
    assert "160,000 of 160,000 people live in urban centres" in str(notes[0])
    assert notes[1].kind == "doubt"


def test_cells_without_known_people_have_no_class():
    cells, _ = add_urban_class(cells_at([500_050.0, 520_050.0], [1e6, 1e6], [np.nan, 3.0]), "EPSG:32648")
    assert cells["urban_class"].tolist() == [
        0,
        12,
    ]  # 3 people on one hectare of land are 300 per km2, but too few for a village


def test_a_sliver_takes_the_class_of_its_fuller_neighbour():
    # 300 people on 100 hectares beside 5 people on the one hectare known of the next cell (500 per km2 of it).
    x = np.append(500_050.0 + 100 * np.arange(10).repeat(10), 501_350.0)
    y = np.append(1_270_050.0 + 100 * np.tile(np.arange(10), 10), 1_270_450.0)
    people = np.append(np.full(100, 3.0), 5.0)
    cells, _ = add_urban_class(cells_at(x, y, people), "EPSG:32648")
    assert cells["urban_class"].iloc[-1] in set(cells["urban_class"].iloc[:-1])
