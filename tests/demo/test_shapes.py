"""The shapes a town is made of."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from citiesforall.demo.shapes import Frame, cut_in_two, numbered, share_crossings


def lines(*coordinates):
    shapes = np.empty(len(coordinates), dtype=object)
    shapes[:] = [shapely.LineString(xy) for xy in coordinates]
    return shapes


def test_lines_that_cross_share_a_vertex():
    xy, owner = share_crossings(lines([(0, 0), (10, 0)], [(4, -5), (4, 5)]), np.zeros(2, bool))
    node, _ = numbered(xy)
    assert xy[owner == 0].tolist() == [[0, 0], [4, 0], [10, 0]]
    assert xy[owner == 1].tolist() == [[4, -5], [4, 0], [4, 5]]
    assert node[1] == node[4]
    assert len(set(node.tolist())) == 5


def test_a_line_that_ends_on_another_gives_it_a_vertex():
    xy, owner = share_crossings(lines([(0, 0), (10, 0)], [(3, 0), (3, 8)]), np.zeros(2, bool))
    assert xy[owner == 0].tolist() == [[0, 0], [3, 0], [10, 0]]
    assert xy[owner == 1].tolist() == [[3, 0], [3, 8]]


def test_a_line_that_passes_over_shares_nothing():
    xy, owner = share_crossings(lines([(0, 0), (10, 0)], [(4, -5), (4, 5)]), np.array([False, True]))
    assert np.bincount(owner).tolist() == [2, 2]
    assert len(xy) == 4


@given(
    width=st.floats(20, 500),
    height=st.floats(20, 500),
    tilt=st.floats(-0.3, 0.3),
    at=st.floats(0.3, 0.7),
    bend=st.floats(-5, 5),
)
def test_a_cut_keeps_the_land(width, height, tilt, at, bend):
    block = np.array([shapely.box(0, 0, width, height)])
    parts, cuts, owner = cut_in_two(block, *(np.array([value]) for value in (tilt, at, bend)))
    assert shapely.area(parts).sum() == pytest.approx(width * height, rel=1e-9)
    assert len(parts) >= 2
    assert owner.tolist() == [0] * len(cuts)


@given(
    angle=st.floats(0, 6.28),
    mirrored=st.booleans(),
    x=st.floats(-1e4, 1e4),
    y=st.floats(-1e4, 1e4),
)
def test_a_frame_there_and_back(angle, mirrored, x, y):
    frame = Frame(342_000.0, 1_398_000.0, angle, mirrored)
    here = np.array([[x, y], [0.0, 0.0]])
    there = frame.out(here)
    assert frame.back(there) == pytest.approx(here, abs=1e-6)
    assert np.hypot(*(there[0] - there[1])) == pytest.approx(np.hypot(x, y), abs=1e-6)
