"""One function per engine and question; each runs alone in a process and prints what it measured as JSON.

Imports and the reading of arrays made beforehand are outside the seconds; the peak is of the whole process.
"""

# each function loads only what it needs, so that one engine's libraries do not weigh on another's memory
# ruff: noqa: PLC0415
from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import prepare
from benchmarks.race import MAXRSS_BYTES

LIMIT_M = 5_000.0
THREADS = 2
SAMPLE_STEP = 97  # one node in so many is compared


def peak_mb() -> float:
    """Return the peak memory of this process so far. [MB]"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_BYTES / 1e6


def _timed(work: Callable[[], dict[str, Any]], again: int) -> dict[str, Any]:
    """Do the work once, note seconds and peak, then again so many times in the same process."""
    begun = time.perf_counter()
    said = work()
    said |= {"seconds": time.perf_counter() - begun, "peak_mb": peak_mb()}
    later = []
    for _ in range(again):
        begun = time.perf_counter()
        work()
        later.append(time.perf_counter() - begun)
    return said | ({"again_s": median(later)} if later else {})


def ours_graph(pbf: str, crs: str, again: str = "0") -> dict[str, Any]:
    """Read an extract and build the finished street network, walkable or not, with lines and parts."""
    import scipy.sparse.csgraph  # noqa: F401 - loaded here so that it is not timed

    from citiesforall.gather.osm_ways import read_ways
    from citiesforall.gather.streets import read_and_build

    def work() -> dict[str, Any]:
        ways, streets = read_and_build(lambda: read_ways(Path(pbf), crs))
        walked = int(streets.edge_walk.sum())
        return {"nodes": streets.n_nodes, "edges": walked, "vertices": len(ways.x)}

    return _timed(work, int(again))


def pyrosm_graph(pbf: str, again: str = "0") -> dict[str, Any]:
    """Read the walk network with pyrosm and make its igraph, simplified as it does by itself."""
    import igraph  # noqa: F401 - loaded here so that it is not timed
    import pyrosm

    def work() -> dict[str, Any]:
        osm = pyrosm.OSM(pbf)
        nodes, edges = osm.get_network(network_type="walking", nodes=True)
        graph = osm.to_graph(
            nodes, edges, graph_type="igraph", network_type="walking", retain_all=True, progress=False
        )
        return {"nodes": graph.vcount(), "edges": graph.ecount(), "vertices": len(nodes)}

    return _timed(work, int(again))


def osmnx_graph(xml: str, again: str = "0") -> dict[str, Any]:
    """Read the walk network with osmnx from XML and simplify it."""
    import osmnx

    def work() -> dict[str, Any]:
        graph = osmnx.graph_from_xml(xml, bidirectional=True, simplify=False, retain_all=True)
        n_vertices = len(graph)
        graph = osmnx.simplify_graph(graph)
        return {"nodes": len(graph), "edges": graph.number_of_edges(), "vertices": n_vertices}

    return _timed(work, int(again))


def ours_nearest(network: str, sample: str) -> dict[str, Any]:
    """Make the graph from arrays of edges and find the nearest facility of each kind from every node."""
    import numpy as np

    from citiesforall.network.search import Seeds, nearest_many_m
    from citiesforall.network.streets import csr

    with np.load(network) as given:
        u, v, length_m, n_nodes = given["u"], given["v"], given["length_m"], len(given["x"])
        nodes = [given[name] for name in prepare.KINDS]
    kinds = [Seeds(node, np.zeros(len(node)), np.arange(len(node), dtype=np.int32)) for node in nodes]
    begun = time.perf_counter()
    graph = csr(n_nodes, u, v, length_m)
    built = time.perf_counter()
    found = nearest_many_m(graph, kinds, LIMIT_M, threads=THREADS)
    ended = time.perf_counter()
    said = {
        "seconds": ended - begun,
        "build_s": built - begun,
        "search_s": ended - built,
        "peak_mb": peak_mb(),
    }
    np.save(sample, np.minimum(found[:, ::SAMPLE_STEP], LIMIT_M))
    return said | {"nodes": n_nodes, "edges": len(u), "facilities": sum(map(len, nodes))}


def pandana_nearest(network: str, sample: str) -> dict[str, Any]:
    """Do the same with pandana: network, points of interest, nearest of each kind."""
    import numpy as np
    import pandana
    import pandas as pd

    with np.load(network) as given:
        x, y = pd.Series(given["x"]), pd.Series(given["y"])
        u, v = pd.Series(given["u"]), pd.Series(given["v"])
        length_m = pd.DataFrame({"length_m": given["length_m"]})
        places = {name: (x[given[name]], y[given[name]]) for name in prepare.KINDS}
    begun = time.perf_counter()
    net = pandana.Network(x, y, u, v, length_m, twoway=True)
    built = time.perf_counter()
    found = []
    for name, (poi_x, poi_y) in places.items():
        net.set_pois(name, LIMIT_M, 1, poi_x, poi_y)
        found.append(net.nearest_pois(LIMIT_M, name, num_pois=1)[1].to_numpy())
    ended = time.perf_counter()
    said = {
        "seconds": ended - begun,
        "build_s": built - begun,
        "search_s": ended - built,
        "peak_mb": peak_mb(),
    }
    np.save(sample, np.array([metres[::SAMPLE_STEP] for metres in found]))
    return said


def compare(one: str, other: str) -> dict[str, Any]:
    """Return how far two samples of walks differ at most, and how many were compared."""
    import numpy as np

    a, b = np.load(one), np.load(other)
    differ_m = np.abs(a - b)
    return {"n": a.size, "max_m": float(differ_m.max()), "n_over": int((differ_m > 0.05).sum())}


if __name__ == "__main__":
    name, *given = sys.argv[1:]
    print(json.dumps(globals().get(name, getattr(prepare, name, None))(*given)))
