"""Makes the files the engines are timed on, from one real extract; each function runs alone in a process."""

# each function loads only what it needs, so that one engine's libraries do not weigh on another's memory
# ruff: noqa: PLC0415
from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

KINDS = {
    "school": {"amenity": "school|kindergarten|college|university|language_school"},
    "health": {"amenity": "clinic|doctors|hospital|dentist", "healthcare": ".+"},
    "pharmacy": {"amenity": "pharmacy"},
    "food": {"shop": "supermarket|convenience|greengrocer|bakery|butcher"},
    "eating": {"amenity": "restaurant|cafe|bar|fast_food|pub"},
    "stop": {"highway": "bus_stop"},
    "park": {"leisure": "park|garden|playground"},
    "sport": {"leisure": "pitch|sports_centre|fitness_centre"},
    "worship": {"amenity": "place_of_worship"},
    "office": {"amenity": "bank|atm|post_office|townhall|police|library|community_centre", "office": ".+"},
}
NOT_WALKED = {  # the walk filter of osmnx 2.1, so that it need not filter again
    "highway": "abandoned|bus_guideway|construction|cycleway|motor|no|planned|platform|proposed|raceway|razed|rest_area|services",
    "area": "yes",
    "access": "private",
    "foot": "no",
    "service": "private",
}
SEAM = 20  # edges that join two neighbouring copies
ID_STEP = 20_000_000_000  # more than the largest id of OpenStreetMap today


def xml(pbf: str, out: str) -> dict[str, Any]:
    """Turn the walkable ways of an extract into XML, without the points it does not hold: osmnx reads no pbf."""
    import osmium

    begun = time.perf_counter()
    has = {node.id for node in osmium.FileProcessor(pbf, osmium.osm.NODE)}
    ways = []
    for way in osmium.FileProcessor(pbf, osmium.osm.WAY).with_filter(osmium.filter.KeyFilter("highway")):
        refs = [point.ref for point in way.nodes if point.ref in has]
        if len(refs) > 1 and not any(
            re.search(word, way.tags.get(key, "")) for key, word in NOT_WALKED.items()
        ):
            ways.append((way.id, refs, dict(way.tags)))
    wanted = {ref for _, refs, _ in ways for ref in refs}
    with osmium.SimpleWriter(out, overwrite=True) as writer:
        for node in osmium.FileProcessor(pbf, osmium.osm.NODE):
            if node.id in wanted:
                writer.add_node(node)
        for number, refs, tags in ways:
            writer.add_way(osmium.osm.mutable.Way(id=number, nodes=refs, tags=tags, version=1))
    return {"seconds": time.perf_counter() - begun, "ways": len(ways), "nodes": len(wanted)}


def tile_pbf(pbf: str, out: str, n: str) -> dict[str, Any]:
    """Write n x n copies of all points and ways of an extract side by side, ids and places shifted."""
    import osmium

    nodes, ways = [], []
    for thing in osmium.FileProcessor(pbf, osmium.osm.NODE | osmium.osm.WAY):
        if thing.is_node():
            nodes.append((thing.id, thing.location.lon, thing.location.lat, dict(thing.tags)))
        else:
            ways.append((thing.id, [point.ref for point in thing.nodes], dict(thing.tags)))
    lon, lat = ([node[place] for node in nodes] for place in (1, 2))
    wide, high = max(lon) - min(lon) + 0.001, max(lat) - min(lat) + 0.001
    side, new = int(n), osmium.osm.mutable
    with osmium.SimpleWriter(out, overwrite=True) as writer:
        for tile in range(side * side):
            east, north, shift = tile % side * wide, tile // side * high, tile * ID_STEP
            for number, x, y, tags in nodes:
                writer.add_node(
                    new.Node(id=number + shift, location=(x + east, y + north), tags=tags, version=1)
                )
        for tile in range(side * side):
            shift = tile * ID_STEP
            for number, refs, tags in ways:
                writer.add_way(
                    new.Way(id=number + shift, nodes=[ref + shift for ref in refs], tags=tags, version=1)
                )
    return {"mb": Path(out).stat().st_size / 1e6, "tiles": side * side}


def tile_network(pbf: str, crs: str, out: str, least_nodes: str) -> dict[str, Any]:
    """Lay copies of the simplified walk network side by side, join neighbours, and add facilities at nodes."""
    import numpy as np

    from citiesforall.gather.osm_ways import read_ways
    from citiesforall.gather.streets import build_streets

    streets = build_streets(read_ways(Path(pbf), crs))
    edge = np.flatnonzero(streets.edge_walk)
    kept = np.unique(np.concatenate([streets.edge_u[edge], streets.edge_v[edge]]))
    x, y = streets.node_x[kept], streets.node_y[kept]
    u, v = (np.searchsorted(kept, end[edge]) for end in (streets.edge_u, streets.edge_v))
    n_tiles = int(np.ceil(int(least_nodes) / len(kept)))
    side = int(np.ceil(np.sqrt(n_tiles)))
    step_x, step_y = np.ptp(x) + 50, np.ptp(y) + 50
    tile = np.arange(n_tiles)
    all_x = (x + (tile % side * step_x)[:, None]).ravel()
    all_y = (y + (tile // side * step_y)[:, None]).ravel()
    first = (tile * len(kept))[:, None]
    has_east = first[(tile % side < side - 1) & (tile + 1 < n_tiles)]
    has_north = first[tile + side < n_tiles]
    by_x, by_y = np.argsort(x), np.argsort(y)
    seam_u = np.concatenate([(has_east + by_x[-SEAM:]).ravel(), (has_north + by_y[-SEAM:]).ravel()])
    seam_v = np.concatenate(
        [(has_east + len(kept) + by_x[:SEAM]).ravel(), (has_north + side * len(kept) + by_y[:SEAM]).ravel()]
    )
    seam_m = np.hypot(all_x[seam_u] - all_x[seam_v], all_y[seam_u] - all_y[seam_v])
    arrays = {
        name: (nodes + first).ravel().astype(np.int32) for name, nodes in _facilities(pbf, crs, x, y).items()
    }
    np.savez(
        out,
        x=all_x,
        y=all_y,
        u=np.concatenate([(u + first).ravel(), seam_u]).astype(np.int32),
        v=np.concatenate([(v + first).ravel(), seam_v]).astype(np.int32),
        length_m=np.concatenate([np.tile(streets.edge_m[edge], n_tiles), seam_m]),
        **arrays,
    )
    return {"tiles": n_tiles, "nodes": len(all_x), "facilities": sum(map(len, arrays.values()))}


def _facilities(pbf: str, crs: str, x: Any, y: Any) -> dict[str, Any]:
    """Return for each of ten kinds the nodes of the network nearest to its facilities."""
    import numpy as np
    import osmium
    import pyproj
    from scipy.spatial import cKDTree

    found: dict[str, list[tuple[float, float]]] = {name: [] for name in KINDS}
    for thing in osmium.FileProcessor(pbf, osmium.osm.NODE | osmium.osm.WAY).with_locations():
        place = thing.location if thing.is_node() else thing.nodes[0].location
        if not thing.tags or not place.valid():
            continue
        for name, rules in KINDS.items():
            if any(re.fullmatch(words, thing.tags.get(key, "")) for key, words in rules.items()):
                found[name].append((place.lon, place.lat))
    turn = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    tree = cKDTree(np.column_stack([x, y]))
    return {
        name: tree.query(np.column_stack(turn.transform(*np.array(places).T)))[1]
        for name, places in found.items()
    }
