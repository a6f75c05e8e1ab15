"""What holds for every city, grid and amount."""

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from citiesforall.gather.degree import classify, urban_centres
from citiesforall.gather.grid import covered_m2, locate, make_cells, move_amounts, overlaps, pack, unpack

RELATIVE = 1e-9


@st.composite
def stars(draw, size=900.0):
    """Return a star-shaped polygon: simple by construction, often far from convex."""
    n = draw(st.integers(3, 14))
    radius = draw(st.lists(st.floats(0.05, 1.0), min_size=n, max_size=n))
    x, y = draw(st.floats(-5e5, 5e5)), draw(st.floats(-2e6, 2e6))
    angle = 2 * np.pi * (np.arange(n) + 0.5) / n
    scale = size * np.array(radius)
    return shapely.Polygon(np.column_stack([x + scale * np.cos(angle), y + scale * np.sin(angle)]))


def places_of(shapes):
    rows = [{"place": "XX", "parent": None, "geometry": shapely.union_all(shapes)}]
    rows += [
        {"place": f"XX{number:02}", "parent": "XX", "geometry": shape} for number, shape in enumerate(shapes)
    ]
    table = pd.DataFrame(rows)
    return table.assign(geometry=shapely.to_wkb(table["geometry"].to_numpy()))


def halves(star):
    low_x, low_y, high_x, high_y = star.bounds
    middle = low_x + 0.37 * (high_x - low_x)
    west = shapely.intersection(star, shapely.box(low_x, low_y, middle, high_y))
    east = shapely.intersection(star, shapely.box(middle, low_y, high_x, high_y))
    return [west, east]


@settings(max_examples=60, deadline=None)
@given(stars(), st.sampled_from([50, 100, 250]))
def test_parts_add_up_to_their_units(star, cell_m):
    assume(star.area > 1)
    units = halves(star)
    assume(min(unit.area for unit in units) > 1)
    cells = make_cells(places_of(units), cell_m)
    assert_allclose(cells.groupby("unit")["area_m2"].sum(), [unit.area for unit in units], rtol=RELATIVE)
    assert (cells["area_m2"] <= cell_m**2 * (1 + 1e-9)).all()
    col, row = unpack(cells["cell"])
    squares = shapely.box(col * cell_m, row * cell_m, (col + 1) * cell_m, (row + 1) * cell_m)
    assert shapely.covers(shapely.buffer(squares, 1e-6), cells["geometry"].to_numpy()).all()
    assert not cells.duplicated(["cell", "unit"]).any()


@settings(max_examples=40, deadline=None)
@given(stars(), st.integers(0, 2**32), st.sampled_from([30.0, 90.0, 400.0]), st.floats(-0.3, 0.3))
def test_amounts_keep_their_total_and_shares_lie_between_0_and_1(star, seed, size, skew):
    assume(star.area > 1000)
    cells = make_cells(places_of(halves(star)), 100)
    low_x, low_y, high_x, high_y = star.bounds
    x, y = np.meshgrid(
        np.arange(low_x - size, high_x + size, size), np.arange(low_y - size, high_y + size, size)
    )
    corner = np.stack([x.ravel(), y.ravel()], axis=-1)[:, None, :]
    edges = size * np.array([[0, 0], [1, skew], [1 - skew, 1 + skew], [-skew, 1]])
    quads = np.asarray(shapely.polygons(corner + edges), dtype=object)
    amounts = np.random.default_rng(seed).gamma(0.5, 30, len(quads))
    moved, outside = move_amounts(amounts, quads, cells)
    assert (moved >= 0).all()
    assert outside >= 0
    assert moved.sum() + outside == pytest.approx(amounts.sum(), rel=1e-6)
    met = overlaps(quads, cells)
    share = met.area_m2 / shapely.area(quads)[met.polygon]
    assert (share >= 0).all()
    assert (share <= 1 + 1e-9).all()
    # the same by geometry alone
    by_shape = np.bincount(met.part, weights=amounts[met.polygon] * share, minlength=len(cells))
    assert_allclose(moved, by_shape, rtol=1e-6, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(stars(), st.randoms(use_true_random=False))
def test_order_of_polygons_does_not_matter(star, random):
    assume(star.area > 1000)
    cells = make_cells(places_of([star]), 100)
    houses = np.array(
        [shapely.box(x - 8, y - 8, x + 8, y + 8) for x, y in cells[["x", "y"]].to_numpy()[:60]], dtype=object
    )
    order = random.sample(range(houses.size), houses.size)
    amounts = np.arange(1.0, houses.size + 1)
    first, _ = move_amounts(amounts, houses, cells)
    second, _ = move_amounts(amounts[order], houses[order], cells)
    assert_allclose(first, second, rtol=1e-9, atol=1e-9)
    assert_allclose(covered_m2(houses, cells), covered_m2(houses[order], cells), rtol=1e-9, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(stars())
def test_covering_a_city_with_itself_covers_it(star):
    assume(star.area > 1000)
    cells = make_cells(places_of([star]), 100)
    twice = np.array([star, shapely.box(*star.bounds)], dtype=object)
    assert_allclose(covered_m2(twice, cells), cells["area_m2"], rtol=1e-7, atol=1e-6)


@settings(max_examples=30, deadline=None)
@given(stars())
def test_points_of_parts_are_found_again(star):
    assume(star.area > 1000)
    cells = make_cells(places_of(halves(star)), 100)
    found = locate(cells, cells["x"].to_numpy(), cells["y"].to_numpy())
    big = cells["area_m2"].to_numpy() > 1e-3
    assert (found[big] == np.arange(len(cells))[big]).all()


@given(st.integers(-(2**29), 2**29), st.integers(-(2**29), 2**29))
def test_cell_ids_go_there_and_back(col, row):
    assert unpack(pack(col, row)) == (col, row)
    assert pack(col, row) > 0


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(3, 14), st.integers(3, 14), st.sampled_from(["before", "after"]))
def test_classes_turn_with_the_map(seed, n_rows, n_cols, test):
    random = np.random.default_rng(seed)
    people = random.gamma(0.3, 8000, (n_rows, n_cols)).round()
    land = random.choice([0.0, 0.4, 1.0], (n_rows, n_cols), p=[0.1, 0.1, 0.8])
    found, n_flips = classify(people, land, test)
    centres = urban_centres(people, land, test).number
    if (
        len(np.unique(centres)) <= 2
    ):  # two centres may both claim a cell: then the larger has it, equals by position
        turned, turned_flips = classify(people[::-1].T, land[::-1].T, test)
        assert (turned == found[::-1].T).all()
        assert turned_flips == n_flips
    assert set(np.unique(found)) <= {30, 23, 22, 21, 13, 12, 11, 10}
    for number in np.unique(centres[centres > 0]):
        assert people[centres == number].sum() >= 50_000
