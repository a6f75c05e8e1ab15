"""Streets that are closed, cut, and linked, worked by hand."""

import numpy as np
import pytest

from citiesforall.core.errors import InputError
from citiesforall.network.changed import add_link, close_edges, cut_edges, on_pieces
from citiesforall.network.insert import OnEdge, attach
from citiesforall.network.search import Seeds, nearest_m
from citiesforall.network.streets import Streets, walk_csr


def ladder() -> Streets:
    """Return two streets side by side, 100 m long and 40 m apart, joined in the west.

    1 ----------------- 2
    |
    0 ------.---------- 3       the line of 0-3 has a vertex at (60, 0)
    """
    return Streets(
        node_x=np.array([0.0, 0.0, 100.0, 100.0]),
        node_y=np.array([0.0, 40.0, 40.0, 0.0]),
        edge_u=np.array([0, 0, 1], np.int32),
        edge_v=np.array([1, 3, 2], np.int32),
        edge_m=np.array([40.0, 100.0, 100.0]),
        edge_class=np.zeros(3, np.int8),
        edge_walk=np.ones(3, bool),
        vertex_start=np.array([0, 2, 5, 7]),
        vertex_x=np.array([0.0, 0, 0, 60, 100, 0, 100]),
        vertex_y=np.array([0.0, 40, 0, 0, 0, 40, 40]),
        component=np.zeros(4, np.int32),
        classes=("residential", "footway"),
    )


def ways_m(streets: Streets, node: int) -> list[float]:
    seed = Seeds(np.array([node], np.int32), np.zeros(1), np.zeros(1, np.int32))
    return [round(float(m), 9) for m in nearest_m(walk_csr(streets), seed)]


def lines(streets: Streets) -> list[list[tuple[float, float]]]:
    start = streets.vertex_start
    points = list(zip(streets.vertex_x.tolist(), streets.vertex_y.tolist(), strict=True))
    return [points[start[at] : start[at + 1]] for at in range(streets.n_edges)]


def test_closing_an_edge_cuts_the_network_in_two():
    after = close_edges(ladder(), np.array([True, False, False]))
    # the two sides are equally long: the one with the smaller node is part 0
    assert after.component.tolist() == [0, 1, 1, 0]
    assert ways_m(after, 0) == [0, np.inf, np.inf, 100]
    assert after.edge_walk.tolist() == [False, True, True]
    assert ladder().edge_walk.all()  # what was given is not touched


def test_closing_takes_one_truth_for_each_edge():
    for wrong in (np.ones(2, bool), np.array([0, 1, 0]), np.ones((3, 1), bool)):
        with pytest.raises(InputError, match="each of the 3 edges"):
            close_edges(ladder(), wrong)


def test_cut_edges_keep_numbers_lengths_and_lines():
    after, cuts = cut_edges(ladder(), np.array([1, 1, 2, 1, 0]), np.array([60.0, 25.0, 50.0, 25.0, 40.0]))
    assert cuts.edge.tolist() == [1, 1, 2]  # once each, and none at an end
    assert cuts.along_m.tolist() == [25, 60, 50]
    assert after.node_x[4:].tolist() == [25, 60, 50]
    assert after.node_y[4:].tolist() == [0, 0, 40]
    assert after.edge_m.tolist() == [40, 25, 50, 35, 40, 50]
    assert list(zip(after.edge_u.tolist(), after.edge_v.tolist(), strict=True)) == [
        (0, 1), (0, 4), (1, 6), (4, 5), (5, 3), (6, 2),
    ]  # fmt: skip
    assert lines(after) == [
        [(0, 0), (0, 40)], [(0, 0), (25, 0)], [(0, 40), (50, 40)],
        [(25, 0), (60, 0)], [(60, 0), (100, 0)], [(50, 40), (100, 40)],
    ]  # fmt: skip
    assert ways_m(after, 2)[:4] == ways_m(ladder(), 2)
    places = OnEdge(
        np.array([1, 1, 1, 1, 2, -1], np.int32), np.array([5.0, 25, 30, 99, 60, np.nan]), np.zeros(6)
    )
    moved = on_pieces(cuts, places)
    assert moved.edge.tolist() == [1, 1, 3, 4, 5, -1]
    assert moved.along_m[:5].tolist() == [5, 25, 5, 39, 10]


def test_nothing_to_cut():
    after, cuts = cut_edges(ladder(), np.zeros(0, np.int32), np.zeros(0))
    assert lines(after) == lines(ladder())
    places = OnEdge(np.array([1], np.int32), np.array([5.0]), np.zeros(1))
    assert on_pieces(cuts, places).along_m.tolist() == [5]


def test_a_link_joins_a_node_and_the_middle_of_an_edge():
    # from 0.5 m east of node 2 west to (80, 40), south to (80, 3), and the 3 m that are left to the south street
    after = add_link(ladder(), [100.5, 80.0, 80.0], [40.0, 40.0, 3.0], "footway")
    assert after.n_nodes == 5
    assert (after.node_x[4], after.node_y[4]) == (80, 0)
    assert lines(after)[-1] == [(100, 40), (100.5, 40), (80, 40), (80, 3), (80, 0)]
    assert after.edge_m[-1] == 0.5 + 20.5 + 37 + 3
    assert after.classes[after.edge_class[-1]] == "footway"
    # 2 to 3: before 100 + 40 + 100 = 240, by the link 61 + 20; 2 to 0 stays 100 + 40, for 61 + 80 is longer
    assert ways_m(ladder(), 2)[3] == 240
    assert ways_m(after, 2) == [140, 100, 0, 81, 61]


def test_both_ends_on_one_edge():
    after = add_link(ladder(), [20.0, 20.0, 70.0, 70.0], [1.0, 10.0, 10.0, 1.0], "residential")
    assert after.edge_m.tolist() == [40, 20, 100, 50, 30, 70]
    assert ways_m(after, 4) == [20, 60, 160, 80, 0, 50]  # the old street stays the shorter way


def test_a_link_between_two_parts_joins_them():
    apart = close_edges(ladder(), np.array([True, False, False]))
    after = add_link(apart, [100.0, 100.0], [0.0, 40.0], "residential")
    assert after.component.tolist() == [0, 0, 0, 0]
    assert ways_m(after, 0) == [0, 240, 140, 100]
    # the closed street is no place to join: (0, 20) lies on it, 20 m from both nodes
    with pytest.raises(InputError, match=r"end at \(0.0, 20.0\) is farther than 15 m"):
        add_link(apart, [0.0, 100.0], [20.0, 0.0], "residential", 15.0)


def test_links_that_cannot_be_are_refused_with_every_fault():
    with pytest.raises(InputError) as error:
        add_link(ladder(), [0.0, np.nan], [0.0], "residental")
    assert len(error.value.faults) == 3
    assert "Did you mean 'residential'" in error.value.faults[0] or "residential" in error.value.faults[0]
    with pytest.raises(InputError) as error:
        add_link(ladder(), [500.0, -500.0], [0.0, 0.0], "footway")
    assert len(error.value.faults) == 2
    with pytest.raises(InputError, match="at one place"):
        add_link(ladder(), [0.0, 0.4], [0.0, 0.0], "footway")


def test_homes_attach_to_the_new_street():
    after = add_link(ladder(), [50.0, 50.0], [0.0, 40.0], "residential")
    home = attach(after, np.array([52.0]), np.array([20.0]), 250.0, 0.0)
    assert home.edge.tolist() == [after.n_edges - 1]
    assert (home.along_m[0], home.leg_m[0]) == (20, 2)
