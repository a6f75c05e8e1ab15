"""Bridges of the street graph and who passes over edges: by hand, and held to networkx."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from citiesforall.gather.osm_ways import read_ways
from citiesforall.gather.streets import build_streets
from citiesforall.network.bridges import bridge_sides, people_passing
from citiesforall.network.search import Seeds, nearest_m
from citiesforall.network.streets import Streets, components, walk_csr


def network(n: int, rows: list[tuple[int, int, float]], closed: tuple[int, ...] = ()) -> Streets:
    """Return streets with straight lines between nodes on a line; only lengths and ends matter here."""
    u, v = (np.array([row[at] for row in rows], np.int32) for at in (0, 1))
    m = np.array([row[2] for row in rows], float)
    walk = ~np.isin(np.arange(len(rows)), closed)
    x = np.arange(n, dtype=float)
    return Streets(
        x, np.zeros(n), u, v, m, np.zeros(len(rows), np.int8), walk, np.arange(0, 2 * len(rows) + 1, 2),
        x[np.column_stack([u, v]).ravel()], np.zeros(2 * len(rows)), components(n, u[walk], v[walk], m[walk]),
        ("residential",),
    )  # fmt: skip


def test_sides_of_the_bridges_of_two_rings():
    # ring 0-1-2, bridge 2-3, ring 3-4-3 (two parallel edges), dead end 4-5; node 6 by itself; 0-5 closed to walkers
    rows = [(0, 1, 1), (1, 2, 1), (2, 0, 1), (3, 2, 5), (3, 4, 1), (4, 3, 2), (4, 5, 1), (5, 5, 9), (0, 5, 1)]
    people = np.array([1.0, 2, 4, 8, 16, 32, 64])
    found = bridge_sides(network(7, rows, closed=(8,)), np.column_stack([people, np.ones(7)]))
    assert found.edge.tolist() == [3, 6]
    assert found.at_v.tolist() == [
        False,
        True,
    ]  # the walk starts at node 0: far is the side of node 3, then node 5
    assert found.far.tolist() == [[8 + 16 + 32, 3], [32, 1]]
    assert found.near.tolist() == [[1 + 2 + 4, 3], [1 + 2 + 4 + 8 + 16, 5]]


def test_who_passes_on_the_way_to_the_nearest_facility():
    # 0 -10- 1 -10- 2 -10- 3, a longer way 0 -25- 2; facility 3 m beyond node 3, another 1 m before node 0
    rows = [(0, 1, 10.0), (1, 2, 10.0), (2, 3, 10.0), (0, 2, 25.0)]
    streets = network(4, rows)
    seeds = Seeds(np.array([3, 0], np.int32), np.array([3.0, 1.0]), np.array([0, 1], np.int32))
    dist = nearest_m(walk_csr(streets), seeds)
    assert dist.tolist() == [1, 11, 13, 3]
    assert people_passing(streets, dist, seeds, np.array([1.0, 2, 4, 8])).tolist() == [2, 0, 4, 0]


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 14), st.data())
def test_bridges_are_those_of_networkx(n, data):
    node = st.integers(0, n - 1)
    edges = data.draw(st.lists(st.tuples(node, node), max_size=25))
    people = np.array(data.draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), float)
    streets = network(n, [(u, v, 1.0) for u, v in edges])
    graph = nx.MultiGraph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from((u, v, at) for at, (u, v) in enumerate(edges))
    found = bridge_sides(streets, people[:, None])
    whole = nx.number_connected_components(graph)
    expected = []
    for at, (u, v) in enumerate(edges):  # an edge is a bridge if without it there is one part more
        graph.remove_edge(u, v, at)
        if nx.number_connected_components(graph) > whole:
            expected.append(at)
            row = found.edge.tolist().index(at)
            far, near = (v, u) if found.at_v[row] else (u, v)
            assert found.far[row, 0] == people[list(nx.node_connected_component(graph, far))].sum()
            assert found.near[row, 0] == people[list(nx.node_connected_component(graph, near))].sum()
        graph.add_edge(u, v, at)
    assert found.edge.tolist() == expected


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 12), st.data())
def test_everybody_who_can_walks_to_a_facility(n, data):
    node, metres = st.integers(0, n - 1), st.sampled_from([0.0, 1.0, 2.5, 10.0])
    streets = network(n, data.draw(st.lists(st.tuples(node, node, metres), min_size=1, max_size=25)))
    doors = np.array(data.draw(st.lists(node, min_size=1, max_size=4)), np.int32)
    seeds = Seeds(doors, np.full(len(doors), 3.0), np.zeros(len(doors), np.int32))
    dist, people = nearest_m(walk_csr(streets), seeds), np.arange(1.0, n + 1)
    passing = people_passing(streets, dist, seeds, people)
    reached = np.isfinite(dist)
    # what all walk over edges, and the 3 m that all walk from a node to a door, is what the search says they walk
    assert (passing * streets.edge_m).sum() == pytest.approx((people[reached] * (dist[reached] - 3)).sum())


@pytest.mark.parametrize(
    "extract", ["porto_alegre/poa_osm.pbf", "las_palmas/example_las_palmas_2023_osm_20230221.pbf"]
)
def test_real_streets_have_the_bridges_networkx_finds(data_root, extract):
    path = data_root / extract
    if not path.exists():
        pytest.skip(f"no {extract}")
    streets = build_streets(read_ways(path, "EPSG:32722" if "porto" in extract else "EPSG:32628"))
    found = bridge_sides(streets, np.ones((streets.n_nodes, 1)))
    walk = np.flatnonzero(streets.edge_walk & (streets.edge_u != streets.edge_v))
    graph = nx.MultiGraph()
    pairs = zip(streets.edge_u[walk].tolist(), streets.edge_v[walk].tolist(), walk.tolist(), strict=True)
    graph.add_edges_from(pairs)
    simple = nx.Graph(graph)
    single = {tuple(sorted(pair)) for pair in nx.bridges(simple) if graph.number_of_edges(*pair) == 1}
    mine = {
        tuple(sorted(pair))
        for pair in zip(streets.edge_u[found.edge].tolist(), streets.edge_v[found.edge].tolist(), strict=True)
    }
    assert mine == single
    assert len(found.edge) == len(single)
