"""Ways between places on streets against graphs in which every place was made a node."""

from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from citiesforall.gather.osm_ways import read_ways
from citiesforall.gather.streets import build_streets
from citiesforall.network.insert import OnEdge, at_points, attach, seeds
from citiesforall.network.search import k_nearest
from citiesforall.network.streets import Streets, walk_csr

N_HOMES, N_FACILITIES, K = 2000, 150, 2


@pytest.fixture(scope="module")
def streets(data_root: Path) -> Streets:
    pbf = next((data_root / "las_palmas").glob("*.pbf"))
    return build_streets(read_ways(pbf, "EPSG:32628"))


def places(streets: Streets, n: int, seed: int) -> OnEdge:
    """Return random places within 100 m of streets."""
    rng = np.random.default_rng(seed)
    at = rng.integers(0, len(streets.vertex_x), n)
    return attach(
        streets,
        streets.vertex_x[at] + rng.normal(0, 40, n),
        streets.vertex_y[at] + rng.normal(0, 40, n),
        250.0,
    )


def split(streets: Streets, on_edge: OnEdge) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Return the edges (u, v, metres) of a graph in which places are nodes N, N + 1, ... beside their edges, legs included."""
    n = streets.n_nodes
    rows = []
    on = {}
    for place, edge in enumerate(on_edge.edge):
        if edge >= 0:
            on.setdefault(int(edge), []).append((on_edge.along_m[place], place))
            rows.append((n + place, n + len(on_edge.edge) + place, on_edge.leg_m[place]))
    for edge in np.flatnonzero(streets.edge_walk):
        u, v, length = int(streets.edge_u[edge]), int(streets.edge_v[edge]), streets.edge_m[edge]
        stops = [
            (0.0, u),
            *((along, n + place) for along, place in sorted(on.get(int(edge), []))),
            (length, v),
        ]
        rows += [(a, b, to - fro) for (fro, a), (to, b) in pairwise(stops)]
    u, v, length = (np.array(column) for column in zip(*rows, strict=True))
    return u, v, length, n + 2 * len(on_edge.edge)


@pytest.mark.real
def test_exact_as_if_every_place_were_a_node(streets):
    homes, facilities = places(streets, N_HOMES, 1), places(streets, N_FACILITIES, 2)
    both = OnEdge(*(np.concatenate(pair) for pair in zip(homes, facilities, strict=True)))
    numbers = np.arange(N_FACILITIES) // 2  # facilities with two entrances each
    nodes = k_nearest(walk_csr(streets), seeds(streets, facilities, numbers), K)
    way, facility = at_points(streets, nodes, homes, facilities, numbers)
    assert len(np.intersect1d(homes.edge, facilities.edge)) > 5  # homes and facilities on one edge do occur

    u, v, length, n = split(streets, both)
    u, v = u.astype(int), v.astype(int)
    low, high = np.minimum(u, v), np.maximum(u, v)
    order = np.lexsort((length, high, low))  # of parallel edges the shortest; scipy would add them
    low, high, length = low[order], high[order], length[order]
    first = np.append(True, (low[1:] != low[:-1]) | (high[1:] != high[:-1])) & (low != high)
    graph = coo_array((length[first], (low[first], high[first])), shape=(n, n)).tocsr()
    doors = (
        streets.n_nodes + len(both.edge) + np.arange(len(both.edge))
    )  # the places' own nodes, a leg off the street
    found = dijkstra(graph, directed=False, indices=doors[N_HOMES:])[:, doors[:N_HOMES]]
    found[facilities.edge < 0] = np.inf
    by_facility = np.minimum(found[0::2], found[1::2])
    expected = np.sort(by_facility, axis=0)[:K]
    expected[:, homes.edge < 0] = np.inf
    np.testing.assert_allclose(way, expected, rtol=0, atol=1e-6)
    known = facility >= 0
    np.testing.assert_allclose(
        way[known], by_facility[facility[known], np.nonzero(known)[1]], rtol=0, atol=1e-6
    )


@pytest.mark.real
def test_exact_as_networkx_finds_it(streets):
    homes, shop = places(streets, 60, 5), places(streets, 10, 6)
    numbers = np.arange(10)
    nodes = k_nearest(walk_csr(streets), seeds(streets, shop, numbers), 1)
    way, _ = at_points(streets, nodes, homes, shop, numbers)
    both = OnEdge(*(np.concatenate(pair) for pair in zip(homes, shop, strict=True)))
    graph = nx.MultiGraph()
    for u, v, length in zip(*split(streets, both)[:3], strict=True):
        graph.add_edge(int(u), int(v), m=length)
    doors = streets.n_nodes + len(both.edge) + np.arange(len(both.edge))
    lengths = nx.multi_source_dijkstra_path_length(
        graph, {int(d) for d in doors[60:] if d in graph}, weight="m"
    )
    np.testing.assert_allclose(way[0], [lengths.get(int(d), np.inf) for d in doors[:60]], rtol=0, atol=1e-6)
