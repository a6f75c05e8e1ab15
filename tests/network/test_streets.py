"""The record of streets, its file, its graph and its connected parts."""

import numpy as np
import pytest

from citiesforall.core.errors import InputError
from citiesforall.network.streets import Streets, components, csr, load, save, walk_csr


def small() -> Streets:
    """Return a triangle of walkable streets (0-1-2), a loop at 2, and a motorway from 2 to 3."""
    return Streets(
        node_x=np.array([0.0, 30.0, 0.0, 100.0]),
        node_y=np.array([0.0, 0.0, 40.0, 40.0]),
        edge_u=np.array([0, 1, 0, 2, 2], np.int32),
        edge_v=np.array([1, 2, 2, 2, 3], np.int32),
        edge_m=np.array([30.0, 50.0, 40.0, 12.0, 100.0]),
        edge_class=np.array([0, 0, 0, 0, 1], np.int8),
        edge_walk=np.array([True, True, True, True, False]),
        vertex_start=np.array([0, 2, 4, 6, 10, 12]),
        vertex_x=np.array([0.0, 30, 30, 0, 0, 0, 0, 3, 3, 0, 0, 100]),
        vertex_y=np.array([0.0, 0, 0, 40, 0, 40, 40, 40, 43, 40, 40, 40]),
        component=np.array([0, 0, 0, 1], np.int32),
        classes=("residential", "motorway"),
    )


def test_graph_has_walkable_edges_both_ways_without_loops():
    graph = walk_csr(small())
    assert graph.indptr.tolist() == [0, 2, 4, 6, 6]  # the motorway's far end has no neighbour
    assert graph.indices.tolist() == [1, 2, 0, 2, 1, 0]
    assert graph.weights.tolist() == [30, 40, 30, 50, 50, 40]
    assert graph.weights.dtype == np.float64


def test_parallel_edges_stay_two():
    graph = csr(2, np.array([0, 1], np.int32), np.array([1, 0], np.int32), np.array([5.0, 7.0]))
    assert graph.indices.tolist() == [1, 1, 0, 0]
    assert graph.weights.tolist() == [5, 7, 5, 7]


def test_graph_without_edges():
    graph = csr(3, np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0))
    assert graph.indptr.tolist() == [0, 0, 0, 0]


def test_parts_are_numbered_by_falling_length_then_by_first_node():
    # lengths: nodes 0-1 5 m; 2-3 9 m; 4-5 5 m; 6 alone
    u, v = np.array([0, 2, 4], np.int32), np.array([1, 3, 5], np.int32)
    assert components(7, u, v, np.array([5.0, 9.0, 5.0])).tolist() == [1, 1, 0, 0, 2, 2, 3]


def test_saved_streets_come_back_and_bytes_are_equal(tmp_path):
    one, two = tmp_path / "one.npz", tmp_path / "two.npz"
    save(small(), one)
    save(small(), two)
    assert one.read_bytes() == two.read_bytes()
    back = load(one)
    for name, value in vars(small()).items():
        if name == "classes":
            assert back.classes == value
        else:
            np.testing.assert_array_equal(getattr(back, name), value)
            assert getattr(back, name).dtype == value.dtype


def test_files_that_are_no_streets_are_refused(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load(tmp_path / "none.npz")
    junk = tmp_path / "junk.npz"
    for content in (b"", b"not a zip at all", b"PK\x03\x04 cut off"):
        junk.write_bytes(content)
        with pytest.raises(InputError, match="not streets as saved here"):
            load(junk)
    np.savez(junk, node_x=np.zeros(1))
    with pytest.raises(InputError, match="not streets as saved here"):
        load(junk)
