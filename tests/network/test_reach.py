"""Bounded reach: worked by hand on one crossing, and against scipy and the nearest search on a real city."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from tests.network.test_insert import crossing

from citiesforall.core.errors import InputError
from citiesforall.gather.osm_ways import read_ways
from citiesforall.gather.streets import build_streets
from citiesforall.network import reach as reach_module
from citiesforall.network.insert import OnEdge, at_points, attach, seeds
from citiesforall.network.reach import reach, within
from citiesforall.network.search import k_nearest
from citiesforall.network.streets import walk_csr


def on(*places: tuple[int, float, float]) -> OnEdge:
    """Return points from (edge, along, leg)."""
    edge, along, leg = zip(*places, strict=True)
    return OnEdge(np.array(edge, np.int32), np.array(along, float), np.array(leg, float))


def rows(found):
    return [
        dict(zip(found.part[a:b].tolist(), found.m[a:b].tolist(), strict=True))
        for a, b in zip(found.start[:-1], found.start[1:], strict=True)
    ]


def test_worked_by_hand():
    # edge 0 is 100 m to the crossing, 1 goes 100 m on, 2 goes 120 m up and left, 3 is a loop of 80 m at the far end of 1
    site = on((0, 30, 5))
    parts = on((0, 90, 1), (0, 10, 2), (1, 50, 3), (2, 40, 0), (3, 70, 0), (4, 0, 0), (-1, np.nan, np.nan))
    # on the same edge: |90 - 30| + 1 + 5 = 66 and |10 - 30| + 2 + 5 = 27
    # over the crossing, (100 - 30) + 5 = 75 away: 75 + 50 + 3 = 128 and 75 + 40 + 0 = 115
    # the loop, entered backwards: 75 + 100 + (80 - 70) = 185; edge 4 is apart, and the last joins no street
    assert rows(reach(crossing(), site, parts, 200.0)) == [{0: 66, 1: 27, 2: 128, 3: 115, 4: 185}]
    assert rows(reach(crossing(), site, parts, 128.0)) == [{0: 66, 1: 27, 2: 128, 3: 115}]
    assert rows(reach(crossing(), site, parts, 127.9)) == [{0: 66, 1: 27, 3: 115}]
    # 4.9 m do not even cover the leg of the site
    assert rows(reach(crossing(), site, parts, 4.9)) == [{}]


def test_shorter_of_two_ways_round_a_loop():
    # loop of 80 m: from 10 to 75 directly 65, over its node 10 + 5 = 15
    found = reach(crossing(), on((3, 10, 0)), on((3, 75, 0), (3, 30, 0)), 100.0)
    assert rows(found) == [{0: 15, 1: 20}]


def test_site_that_joins_no_street_reaches_nothing_and_no_sites_are_no_rows():
    parts = on((0, 10, 0))
    found = reach(crossing(), on((-1, np.nan, np.nan), (0, 0, 0)), parts, 50.0)
    assert rows(found) == [{}, {0: 10}]
    assert reach(crossing(), OnEdge(*(column[:0] for column in parts)), parts, 50.0).start.tolist() == [0]


@pytest.mark.parametrize("limit_m", [0.0, -1.0, np.inf, np.nan])
def test_limit_must_be_a_length(limit_m):
    with pytest.raises(InputError, match="It must be a length above 0"):
        reach(crossing(), on((0, 0, 0)), on((0, 0, 0)), limit_m)


@pytest.fixture(scope="module")
def city(data_root: Path):
    """Return streets, 300 sites and 4,000 parts of Las Palmas, none of them on a node."""
    streets = build_streets(
        read_ways(data_root / "las_palmas/example_las_palmas_2023_osm_20230221.pbf", "EPSG:32628")
    )
    rng = np.random.default_rng(1)
    west, south, east, north = 455_000, 3_105_000, 460_500, 3_114_000
    parts = attach(streets, rng.uniform(west, east, 4000), rng.uniform(south, north, 4000), 250.0)
    sites = attach(streets, rng.uniform(west, east, 300), rng.uniform(south, north, 300), 250.0)
    return streets, sites, parts


def dense(found, n_parts):
    out = np.full((len(found.start) - 1, n_parts), np.inf)
    site = np.repeat(np.arange(len(out)), np.diff(found.start))
    out[site, found.part] = found.m
    return out


@pytest.mark.real
def test_as_scipy_finds_it_and_the_nearest_search(city):
    streets, sites, parts = city
    limit_m = 1500.0
    found = reach(streets, sites, parts, limit_m, threads=2)
    mine = dense(found, len(parts.edge))
    graph = walk_csr(streets)
    matrix = csr_array((graph.weights, graph.indices, graph.indptr), shape=(streets.n_nodes, streets.n_nodes))
    for site in range(0, 300, 5):
        edge = sites.edge[site]
        if edge < 0:
            assert not np.isfinite(mine[site]).any()
            continue
        along, leg = sites.along_m[site], sites.leg_m[site]
        from_u, from_v = dijkstra(matrix, indices=[streets.edge_u[edge], streets.edge_v[edge]], limit=limit_m)
        node = np.minimum(from_u + along + leg, from_v + streets.edge_m[edge] - along + leg)
        has = parts.edge >= 0
        part_edge, part_along = parts.edge[has], parts.along_m[has]
        way = np.minimum(
            node[streets.edge_u[part_edge]] + part_along,
            node[streets.edge_v[part_edge]] + streets.edge_m[part_edge] - part_along,
        )
        way = np.where(part_edge == edge, np.minimum(way, np.abs(part_along - along) + leg), way)
        expected = np.full(len(has), np.inf)
        expected[has] = way + parts.leg_m[has]
        expected[expected > limit_m] = np.inf
        np.testing.assert_allclose(mine[site], expected, rtol=0, atol=1e-9)
        one, number = OnEdge(*(column[site : site + 1] for column in sites)), np.zeros(1, np.int32)
        nodes = k_nearest(graph, seeds(streets, one, number), 1, limit_m)
        np.testing.assert_array_equal(
            mine[site], at_points(streets, nodes, parts, one, number, limit_m)[0][0]
        )


@pytest.mark.real
def test_answer_depends_neither_on_threads_nor_on_room_nor_on_the_limit_it_was_cut_from(city, monkeypatch):
    streets, sites, parts = city
    found = reach(streets, sites, parts, 800.0, threads=2)
    monkeypatch.setattr(reach_module, "ROOM_PER_SITE", 1)
    for other in (reach(streets, sites, parts, 800.0), within(reach(streets, sites, parts, 2000.0), 800.0)):
        for one, same in zip(found, other, strict=True):
            np.testing.assert_array_equal(one, same)
