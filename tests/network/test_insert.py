"""Points on edges, worked by hand on one crossing."""

import numpy as np
import shapely

from citiesforall.network.insert import at_points, attach, seeds
from citiesforall.network.search import k_nearest
from citiesforall.network.streets import Streets, walk_csr

INF = np.inf


def crossing(*, walk_last: bool = True) -> Streets:
    """Return streets: edge 0 from (0,0) to (100,0); 1 on to (200,0); 2 from (100,0) up and left to (60,80) by a bend.

    Edge 2 runs (100,0) - (100,80) - (60,80), 120 m; edge 3 is a loop at (200,0): a square of 20 m; edge 4 is apart: (0,500) - (50,500).
    """
    lines = [
        [(0, 0), (100, 0)],
        [(100, 0), (200, 0)],
        [(100, 0), (100, 80), (60, 80)],
        [(200, 0), (220, 0), (220, 20), (200, 20), (200, 0)],
        [(0, 500), (50, 500)],
    ]
    xy = np.array([place for line in lines for place in line], float)
    return Streets(
        node_x=np.array([0.0, 100, 200, 60, 0, 50]),
        node_y=np.array([0.0, 0, 0, 80, 500, 500]),
        edge_u=np.array([0, 1, 1, 2, 4], np.int32),
        edge_v=np.array([1, 2, 3, 2, 5], np.int32),
        edge_m=np.array([100.0, 100, 120, 80, 50]),
        edge_class=np.zeros(5, np.int8),
        edge_walk=np.array([True, True, True, True, walk_last]),
        vertex_start=np.cumsum([0, *map(len, lines)]),
        vertex_x=xy[:, 0],
        vertex_y=xy[:, 1],
        component=np.array([0, 0, 0, 0, 1, 1], np.int32),
        classes=("residential",),
    )


def points(*places: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    xy = np.array(places, float)
    return xy[:, 0], xy[:, 1]


def test_nearest_place_of_the_nearest_street():
    found = attach(crossing(), *points((30, 40), (91, 70), (250, 10), (-100, 300)), 250.0)
    # (30,40): straight down to edge 0; (91,70): 9 m right to edge 2 at 70 m (10 m up to its far arm)
    assert found.edge.tolist()[:2] == [0, 2]
    assert found.along_m.tolist()[:2] == [30, 70]
    assert found.leg_m.tolist()[:2] == [40, 9]
    # (250,10): the loop's right side at (220,10): 20 + 10 along, 30 away
    assert (found.edge[2], found.along_m[2], found.leg_m[2]) == (3, 30, 30)
    # (-100,300): edge 4 is 224 m away, but is 50 m of street in all; edge 2 is 272 m away
    assert found.edge[3] == -1
    assert np.isnan(found.along_m[3])
    assert np.isnan(found.leg_m[3])


def test_short_parts_are_used_only_when_asked_for():
    x, y = points((20, 450))
    assert attach(crossing(), x, y, 100.0).edge.tolist() == [-1]
    assert attach(crossing(), x, y, 100.0, min_component_m=50.0).edge.tolist() == [4]
    assert attach(crossing(walk_last=False), x, y, 100.0, min_component_m=0.0).edge.tolist() == [-1]


def test_limit_is_still_near_enough_and_places_that_are_none_find_none():
    x, y = points((50, -40), (50, -40.001), (np.nan, 0), (np.inf, 0), (1e300, 0))
    assert attach(crossing(), x, y, 40.0).edge.tolist() == [0, -1, -1, -1, -1]
    assert attach(crossing(), *points((1e9, -1e9)), INF).edge.tolist() == [3]
    assert attach(crossing(), np.zeros(0), np.zeros(0), 40.0).edge.tolist() == []


def test_where_streets_meet_the_smaller_number_wins():
    assert attach(crossing(), *points((100, 0), (100, -5), (200, 0)), 50.0).edge.tolist() == [0, 0, 1]


def test_way_from_home_to_facility_with_both_legs():
    streets = crossing()
    homes = attach(streets, *points((30, 40), (100, 60), (200, 30)), 250.0)
    clinics = attach(streets, *points((160, -5), (80, -20)), 250.0)
    nodes = k_nearest(walk_csr(streets), seeds(streets, clinics, np.array([0, 1])), 2)
    way, clinic = at_points(streets, nodes, homes, clinics, np.array([0, 1]))
    # home 0, 30 m along edge 0, leg 40. Clinic 1 on the same edge at 80, leg 20: 40 + |80 - 30| + 20 = 110.
    # Clinic 0 at 60 m on edge 1, leg 5: 40 + 70 + 60 + 5 = 175
    assert way[:, 0].tolist() == [110, 175]
    assert clinic[:, 0].tolist() == [1, 0]
    # home 1, 60 m along edge 2, leg 0: to node 1 60; clinic 1: 60 + 20 + 20 = 100; clinic 0: 60 + 60 + 5 = 125
    assert way[:, 1].tolist() == [100, 125]
    # home 2 on the loop at (200,20), 60 m along, leg 10: the shorter way round is 20 m; clinic 0: 10 + 20 + 40 + 5 = 75
    assert way[:, 2].tolist() == [75, 10 + 20 + 100 + 20 + 20]
    assert clinic[:, 2].tolist() == [0, 1]


def test_neighbours_on_a_loop_take_the_shorter_way_round():
    streets = crossing()
    both = attach(streets, *points((205, 0), (200, 5)), 10.0, min_component_m=0.0)
    # (205,0) is 5 m along the loop; (200,5) is 75 m along: 70 m one way, 5 + 5 = 10 m over the node
    assert both.along_m.tolist() == [5, 75]
    home = type(both)(*(column[:1] for column in both))
    shop = type(both)(*(column[1:] for column in both))
    nodes = k_nearest(walk_csr(streets), seeds(streets, shop, np.array([0])), 1)
    assert at_points(streets, nodes, home, shop, np.array([0]))[0].tolist() == [[10]]


def test_ways_beyond_the_limit_and_homes_without_street_are_unreached():
    streets = crossing()
    homes = attach(streets, *points((30, 40), (30, 5000)), 250.0)
    clinics = attach(streets, *points((80, -20)), 250.0)
    for limit, expected in ((110.0, [110, INF]), (109.9, [INF, INF])):
        nodes = k_nearest(walk_csr(streets), seeds(streets, clinics, np.array([0])), 1, limit)
        way, clinic = at_points(streets, nodes, homes, clinics, np.array([0]), limit)
        assert way[0].tolist() == expected
        assert clinic[0].tolist() == [0 if np.isfinite(d) else -1 for d in expected]


def test_a_facility_that_joins_no_street_serves_nobody():
    streets = crossing()
    lost = attach(streets, *points((0, 9000)), 250.0)
    assert len(seeds(streets, lost, np.array([0])).node) == 0


def test_same_as_shapely_at_random_places():
    streets = crossing()
    rng = np.random.default_rng(3)
    x, y = rng.uniform(-300, 500, 500), rng.uniform(-300, 900, 500)
    found = attach(streets, x, y, INF, min_component_m=0.0)
    lines = [
        shapely.LineString(np.column_stack([streets.vertex_x[a:b], streets.vertex_y[a:b]]))
        for a, b in zip(streets.vertex_start[:-1], streets.vertex_start[1:], strict=True)
    ]
    away = shapely.distance(np.array(lines)[:, None], shapely.points(x, y)[None, :])
    np.testing.assert_allclose(found.leg_m, away.min(axis=0), rtol=0, atol=1e-9)
    assert (away[found.edge, np.arange(500)] - away.min(axis=0) < 1e-9).all()
    np.testing.assert_allclose(
        found.along_m, shapely.line_locate_point(np.array(lines)[found.edge], shapely.points(x, y)), atol=1e-6
    )
