"""Nearest facilities against scipy's Dijkstra at every node of real cities, for ten kinds."""

from pathlib import Path

import numpy as np
import pyproj
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from citiesforall.gather.osm import read_features
from citiesforall.gather.osm_ways import read_ways
from citiesforall.gather.streets import build_streets
from citiesforall.network.insert import attach, seeds
from citiesforall.network.search import Seeds, improved_m, k_nearest, nearest_m, nearest_many_m
from citiesforall.network.streets import Graph, Streets, walk_csr

CITIES = {"las_palmas": "EPSG:32628", "porto_alegre": "EPSG:32722"}
N_KINDS = 10
LIMIT_M = 5000.0


def with_source(graph: Graph, start: Seeds) -> csr_array:
    """Return the graph with one more node, joined to every seed by its offset."""
    n = len(graph.indptr) - 1
    offset = np.full(n, np.inf)
    np.minimum.at(offset, start.node, start.offset_m)
    near = np.flatnonzero(np.isfinite(offset)).astype(np.int32)
    indptr = np.append(graph.indptr, graph.indptr[-1] + len(near)).astype(np.int32)
    return csr_array(
        (np.append(graph.weights, offset[near]), np.append(graph.indices, near), indptr), shape=(n + 1, n + 1)
    )


@pytest.fixture(scope="module", params=CITIES)
def city(request, data_root: Path):
    """Return streets, graph, and the seeds of the ten kinds of amenity with the most points."""
    crs = CITIES[request.param]
    pbf = next((data_root / request.param).glob("*.pbf"))
    streets = build_streets(read_ways(pbf, crs))
    amenities = read_features(pbf, ("amenity",)).dropna(subset=["lon"])
    kind = amenities["tags"].map(lambda tags: tags["amenity"])
    x, y = pyproj.Transformer.from_crs(4326, crs, always_xy=True).transform(
        amenities["lon"], amenities["lat"]
    )
    kinds = []
    for name in kind.value_counts().index[:N_KINDS]:
        at = np.flatnonzero(kind == name)
        kinds.append(seeds(streets, attach(streets, x[at], y[at], 250.0), np.arange(len(at))))
    return streets, walk_csr(streets), kinds


@pytest.mark.real
def test_every_node_and_kind_as_dijkstra_finds_it(city: tuple[Streets, Graph, list[Seeds]]):
    streets, graph, kinds = city
    assert len(kinds) == N_KINDS
    found = nearest_many_m(graph, kinds, LIMIT_M, threads=2)
    np.testing.assert_array_equal(found, nearest_many_m(graph, kinds, LIMIT_M, threads=1))
    for row, kind in zip(found, kinds, strict=True):
        expected = dijkstra(with_source(graph, kind), indices=streets.n_nodes, limit=LIMIT_M)[:-1]
        np.testing.assert_allclose(row, expected, rtol=0, atol=1e-9)
        assert np.isfinite(row).mean() > 0.2


@pytest.mark.real
def test_k_nearest_starts_with_the_nearest_and_rises(city: tuple[Streets, Graph, list[Seeds]]):
    _, graph, kinds = city
    for kind in kinds[:3]:
        way, facility = k_nearest(graph, kind, 3, LIMIT_M)
        np.testing.assert_array_equal(way[0], nearest_m(graph, kind, LIMIT_M))
        assert (way[1:] >= way[:-1]).all()
        known = facility >= 0
        np.testing.assert_array_equal(known, np.isfinite(way))
        assert not ((facility[0] == facility[1]) & known[1]).any()
        # the second is what remains when a node's nearest is taken away: checked for the busiest facility
        gone = np.bincount(facility[0][known[0]]).argmax()
        left = Seeds(*(column[kind.facility != gone] for column in kind))
        without = nearest_m(graph, left, LIMIT_M)
        served = facility[0] == gone
        np.testing.assert_array_equal(way[1][served], without[served])


@pytest.mark.real
def test_adding_facilities_later_changes_nothing(city: tuple[Streets, Graph, list[Seeds]]):
    _, graph, kinds = city
    kind = kinds[0]
    is_new = kind.facility % 7 == 0
    old, new = (Seeds(*(column[pick] for column in kind)) for pick in (~is_new, is_new))
    before = nearest_m(graph, old, LIMIT_M)
    np.testing.assert_array_equal(improved_m(graph, before, new, LIMIT_M), nearest_m(graph, kind, LIMIT_M))
