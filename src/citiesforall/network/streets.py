"""The street network as arrays: its record, its file, and the walk graph made from it."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, fields
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from citiesforall.core.errors import InputError
from citiesforall.network.kernels import half_edges

if TYPE_CHECKING:
    from pathlib import Path

Float = NDArray[np.float64]
Int = NDArray[np.int32]
Long = NDArray[np.int64]
Bool = NDArray[np.bool_]

EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date a zip can hold: a file's bytes must not tell when it was made


@dataclass(frozen=True)
class Streets:
    """Hold a city's streets: nodes where streets meet or end, edges with their line between them.

    Parameters
    ----------
    node_x, node_y
        Where the nodes are, shape (N,). [m]
    edge_u, edge_v
        Nodes an edge joins, shape (M,); equal for a loop.
    edge_m
        Length along the edge's line, shape (M,). [m]
    edge_class
        Position of the edge's class in ``classes``, shape (M,).
    edge_walk
        Whether one may walk there, shape (M,).
    vertex_start
        Where an edge's vertices start, shape (M + 1,).
    vertex_x, vertex_y
        The edges' lines from ``edge_u`` to ``edge_v``, both ends included, shape (V,). [m]
    component
        Connected part of the walk graph a node is in, numbered by falling length of street, shape (N,).
    classes
        Names of the street classes.
    """

    node_x: Float
    node_y: Float
    edge_u: Int
    edge_v: Int
    edge_m: Float
    edge_class: NDArray[np.int8]
    edge_walk: Bool
    vertex_start: Long
    vertex_x: Float
    vertex_y: Float
    component: Int
    classes: tuple[str, ...]

    @property
    def n_nodes(self) -> int:
        """Return the number of nodes, N."""
        return len(self.node_x)

    @property
    def n_edges(self) -> int:
        """Return the number of edges, M."""
        return len(self.edge_m)


class Graph(NamedTuple):
    """Hold a graph as compressed rows: the neighbours of node n are ``indices[indptr[n]:indptr[n + 1]]``.

    Parameters
    ----------
    indptr
        Where a node's neighbours start, shape (N + 1,).
    indices
        Neighbours.
    weights
        Lengths of the ways to them. [m]
    """

    indptr: Int
    indices: Int
    weights: Float


def walk_csr(streets: Streets) -> Graph:
    """Make the graph of the walkable edges, in both directions.

    Parameters
    ----------
    streets
        The streets.

    Returns
    -------
    Graph
        Neighbours in the order of the edges; loops are left out, for no shortest way uses one. [m]
    """
    keep = np.flatnonzero(streets.edge_walk & (streets.edge_u != streets.edge_v))
    return csr(streets.n_nodes, streets.edge_u[keep], streets.edge_v[keep], streets.edge_m[keep])


def csr(n_nodes: int, u: Int, v: Int, length_m: Float) -> Graph:
    """Make an undirected graph from a list of edges.

    Parameters
    ----------
    n_nodes
        Number of nodes, N.
    u, v
        Ends of the edges.
    length_m
        Their lengths. [m]

    Returns
    -------
    Graph
        Every edge in both directions, a row's neighbours in the order of the edges.
    """
    indptr = np.zeros(n_nodes + 1, np.int32)
    np.cumsum(np.bincount(u, minlength=n_nodes) + np.bincount(v, minlength=n_nodes), out=indptr[1:])
    far, weights = np.empty(2 * len(u), np.int32), np.empty(2 * len(u), np.float64)
    half_edges(u, v, np.asarray(length_m, np.float64), indptr[:-1].copy(), far, weights)
    return Graph(indptr, far, weights)


def save(streets: Streets, path: Path) -> None:
    """Write the streets as an uncompressed npz whose bytes depend on the streets only.

    Parameters
    ----------
    streets
        The streets.
    path
        Where to.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for field in fields(Streets):
            value = getattr(streets, field.name)
            array = np.array(value, dtype=np.str_) if field.name == "classes" else value
            buffer = BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{field.name}.npy", EPOCH), buffer.getbuffer())


def load(path: Path) -> Streets:
    """Read what ``save`` wrote.

    Parameters
    ----------
    path
        The npz.

    Returns
    -------
    Streets
        The streets.

    Raises
    ------
    InputError
        The file is missing, damaged, or lacks an array.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            parts: dict[str, Any] = {field.name: arrays[field.name] for field in fields(Streets)}
    except FileNotFoundError:
        raise InputError(f"{path.name}: there is no such file. Gather the streets first.") from None
    except (OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError) as error:
        raise InputError(
            f"{path.name}: these are not streets as saved here ({error}). Gather them again."
        ) from None
    parts["classes"] = tuple(str(word) for word in parts["classes"])
    return Streets(**parts)


def components(n_nodes: int, u: Int, v: Int, length_m: Float) -> Int:
    """Find the connected parts of a graph by falling length.

    Parameters
    ----------
    n_nodes
        Number of nodes, N.
    u, v
        Ends of the edges, loops included.
    length_m
        Their lengths. [m]

    Returns
    -------
    array
        Part of each node, shape (N,): 0 is the longest; equal lengths by the smallest node.
    """
    n_parts, part = connected(n_nodes, u, v)
    length = np.bincount(part[u], weights=length_m, minlength=n_parts)
    first = np.full(n_parts, n_nodes, np.int64)
    np.minimum.at(first, part, np.arange(n_nodes))
    rank = np.empty(n_parts, np.int32)
    rank[np.lexsort((first, -length))] = np.arange(n_parts, dtype=np.int32)
    return np.asarray(rank[part], np.int32)


def connected(n_nodes: int, u: Int | Long, v: Int | Long) -> tuple[int, Int]:
    """Find the connected parts of a graph and number them in the order of their smallest nodes.

    Parameters
    ----------
    n_nodes
        Number of nodes, N.
    u, v
        Ends of the edges, loops included.

    Returns
    -------
    tuple
        How many there are, and the part of each node. (N,)
    """
    from citiesforall.network.kernels import hang_together  # noqa: PLC0415 - numba loads slowly: only where it is needed

    part = np.empty(n_nodes, np.int32)
    one, other = (np.ascontiguousarray(ends, np.int32) for ends in (u, v))
    return int(hang_together(one, other, part)), part
