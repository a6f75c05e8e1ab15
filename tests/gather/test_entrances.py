"""Entrances: by which rule a ground is entered, and where."""

import numpy as np
import pandas as pd
import pytest
import shapely

from citiesforall.gather.entrances import access_points, gates_of, is_gate
from citiesforall.gather.vector_file import LONLAT, moved_xy
from citiesforall.network.streets import Streets

SQUARE = shapely.box(0, 0, 100, 100)
NO_GATES = pd.DataFrame({"x": np.zeros(0), "y": np.zeros(0)})


def streets(*lines, walk=None):
    """Make a network whose edges are the lines given."""
    ends = [(line[0], line[-1]) for line in lines]
    nodes = sorted({node for pair in ends for node in pair})
    at = {node: i for i, node in enumerate(nodes)}
    xy = np.array([point for line in lines for point in line], float).reshape(-1, 2)
    start = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64)
    return Streets(
        node_x=np.array([n[0] for n in nodes], float), node_y=np.array([n[1] for n in nodes], float),
        edge_u=np.array([at[a] for a, _ in ends], np.int32), edge_v=np.array([at[b] for _, b in ends], np.int32),
        edge_m=np.array([shapely.LineString(line).length for line in lines]), edge_class=np.zeros(len(lines), np.int8),
        edge_walk=np.ones(len(lines), bool) if walk is None else np.array(walk), vertex_start=start,
        vertex_x=xy[:, 0].copy(), vertex_y=xy[:, 1].copy(), component=np.zeros(len(nodes), np.int32), classes=("residential",),
    )  # fmt: skip


def ground(kind="hospital", shape=SQUARE, facility="f"):
    return pd.DataFrame(
        {
            "facility": [facility],
            "kind": [kind],
            "x": [50.0],
            "y": [50.0],
            "ground": pd.Series([shape], dtype=object),
        }
    )


def points(found):
    return sorted(map(tuple, found[["x", "y"]].round(6).to_numpy().tolist()))


def test_a_point_stays_where_it_is():
    table = ground(shape=None)
    found, notes = access_points(table, streets([(0, 0), (10, 0)]), NO_GATES)
    assert points(found) == [(50.0, 50.0)]
    assert notes == []


def test_gates_on_the_ring_come_first():
    gates = pd.DataFrame({"x": [30.0, 50.0, 300.0], "y": [0.5, 50.0, 0.0]})  # on the ring, inside, far away
    found, notes = access_points(ground(), streets([(50, -50), (50, 150)]), gates)
    assert points(found) == [(30.0, 0.5)]
    assert [str(note) for note in notes] == [
        "entrances: 1 grounds are entered at gates or entrances drawn on their edge: 1 points."
    ]


def test_else_where_streets_cross():
    found, notes = access_points(
        ground("park"), streets([(50, -50), (50, 150)], [(-50, 20), (50, 20)]), NO_GATES
    )
    # The street from south to north crosses at (50, 0) and (50, 100); the other one enters at (0, 20).
    assert points(found) == [(0.0, 20.0), (50.0, 0.0), (50.0, 100.0)]
    assert "crosses or touches" in str(notes[0])


def test_a_street_that_only_touches_is_a_way_in():
    found, _ = access_points(ground("park"), streets([(50, -50), (50, 0)]), NO_GATES)
    assert points(found) == [(50.0, 0.0)]


def test_a_motorway_is_no_way_in():
    network = streets([(50, -50), (50, 150)], [(130, 0), (130, 100)], walk=[False, True])
    found, _ = access_points(ground("hospital"), network, NO_GATES)
    assert (found["x"] == 100).all()  # the side nearest to the street that can be walked


def test_an_open_space_is_open_along_its_streets():
    # The street runs 20 m south of the southern side: points on that side every 25 m, and on the two other sides
    # as long as they lie within 30 m of it (0 m up: 20 m away; 25 m up: 45 m away).
    found, notes = access_points(ground("park"), streets([(-100, -20), (200, -20)]), NO_GATES)
    assert points(found) == [(0.0, 0.0), (25.0, 0.0), (50.0, 0.0), (75.0, 0.0), (100.0, 0.0)]
    assert "along their edge every 25 m" in str(notes[0])


def test_a_hospital_is_not_open_along_its_streets():
    found, notes = access_points(ground("hospital"), streets([(40, -20), (60, -20)]), NO_GATES)
    assert len(found) == 1
    assert 40 <= found["x"][0] <= 60
    assert found["y"][0] == 0
    assert "nearest to a street" in str(notes[0])


def test_an_open_space_far_from_streets_is_entered_at_the_nearest_point():
    found, _ = access_points(ground("park"), streets([(200, 200), (300, 300)]), NO_GATES)
    assert points(found) == [(100.0, 100.0)]


def test_without_streets_a_point_on_the_ground_and_a_doubt():
    found, notes = access_points(ground(), None, NO_GATES)
    assert SQUARE.contains(shapely.Point(found["x"][0], found["y"][0]))
    assert notes[0].kind == "doubt"


def test_streets_wholly_inside_are_reached_from_the_ring():
    found, _ = access_points(ground("hospital"), streets([(10, 50), (90, 50)]), NO_GATES)
    assert points(found) == [(0.0, 50.0)] or points(found) == [(100.0, 50.0)]


def test_one_ground_of_two_kinds_and_many_grounds():
    other = shapely.MultiPolygon([shapely.box(200, 0, 300, 100), shapely.box(400, 0, 500, 100)])
    table = pd.concat(
        [ground("open_space"), ground("park"), ground("school", other, "g"), ground("bank", None, "h")],
        ignore_index=True,
    )
    found, _ = access_points(
        table, streets([(50, -50), (50, 50)], [(250, -50), (250, 50)], [(450, -50), (450, 50)]), NO_GATES
    )
    assert {key: points(rows) for key, rows in found.groupby(["facility", "kind"])} == {
        ("f", "open_space"): [(50.0, 0.0)], ("f", "park"): [(50.0, 0.0)], ("g", "school"): [(250.0, 0.0), (450.0, 0.0)],
        ("h", "bank"): [(50.0, 50.0)],
    }  # fmt: skip


def test_a_hole_has_a_ring_too():
    ring = shapely.Polygon(SQUARE.exterior.coords, [[(40, 40), (60, 40), (60, 60), (40, 60)]])
    found, _ = access_points(ground("park", ring), streets([(50, 50), (50, 30)]), NO_GATES)
    assert points(found) == [(50.0, 40.0)]


@pytest.mark.parametrize(
    ("tags", "lets_in"),
    [
        ({"entrance": "yes"}, True), ({"entrance": "main"}, True), ({"barrier": "gate"}, True), ({"entrance": "emergency"}, False),
        ({"barrier": "gate", "access": "private"}, False), ({"barrier": "fence"}, False), ({"barrier": "gate", "foot": "no"}, False), ({}, False),
    ],
)  # fmt: skip
def test_which_nodes_let_in(tags, lets_in):
    assert is_gate(tags) is lets_in


def test_gates_are_nodes_in_metres():
    features = pd.DataFrame({
        "osm_type": ["node", "way", "node"], "osm_id": [1, 2, 3], "tags": [{"barrier": "gate"}, {"barrier": "gate"}, {"barrier": "wall"}],
        "lon": [104.9] * 3, "lat": [11.55] * 3,
    })  # fmt: skip
    gates = gates_of(features, "EPSG:32648")
    x, y = moved_xy(np.array([104.9]), np.array([11.55]), LONLAT, "EPSG:32648")
    assert gates.to_numpy().tolist() == [[x[0], y[0]]]
