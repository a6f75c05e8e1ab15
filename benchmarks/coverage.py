"""Times the coverage matrix: which of 500,000 nodes lie within 1 km of 5,000 sites; as a module it is the engine itself."""

# each engine loads only what it needs, so that one's libraries do not weigh on another's memory
# ruff: noqa: PLC0415
from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.engines import peak_mb
from benchmarks.race import Lap, Row, engine, middle, process

NODES, SITES, REACH_M, THREADS = 500_000, 5_000, 1_000.0, 2
CRS = "EPSG:32628"
PEERS = ("pandana", "cityseer")
MOST_S = 10.0
FEW = 100  # sites of an engine that would take too long for all: seconds are for so many, and said to be
SLOW_S = 60.0
SPEED_M_S = 1.0


def rows(pbf: Path, folder: Path, rounds: int, smaller: int = 1) -> Iterator[Row]:
    """Time ours round after round, pandana (all sites) and cityseer (a few sites, stretched to all) once: they take minutes."""
    network = folder / f"coverage_{smaller}.npz"
    if not network.exists():
        print(f"  {engine('tile_network', pbf, CRS, network, NODES // smaller).said}", flush=True)
    n_sites = SITES // smaller
    _run("ours", network, n_sites)  # compiled code is in its cache from here on
    laps: dict[str, list[Lap]] = {"ours": [], **{name: [] for name in PEERS}}
    for number in range(rounds):
        for name, mine in laps.items():
            if name == "ours" or number == 0:
                mine.append(_run(name, network, n_sites))
                print(f"  round {number + 1}: {name} {mine[-1].said}", flush=True)
    ours = laps["ours"][0].said
    for name in PEERS:
        said = laps[name][0].said
        stretched = f"; {said['sites']:,} sites timed and stretched to all" if said["sites"] < n_sites else ""
        row = Row(
            part="G",
            what=f"Coverage within {REACH_M:.0f} m of {n_sites:,} sites, {ours['nodes']:,} nodes, {ours['pairs']:,} pairs",
            ours_s=middle(laps["ours"], "seconds"),
            ours_mb=middle(laps["ours"], "peak_mb"),
            peer=name,
            peer_s=middle(laps[name], "seconds"),
            peer_mb=middle(laps[name], "peak_mb"),
            target=f"under {MOST_S:.0f} s",
            note=f"ours timed {rounds} times, {name} once; "
            f"ours with its graph from arrays; {name} network {said['build_s']:.1f} s, not counted{stretched}; "
            f"of the first {said['compared']} sites {said['missing']} pairs are not in ours and "
            f"{said['extra']} not in theirs, others at most {said['max_m']:.3f} m apart",
            rounds=rounds,
            all_s={key: [lap.seconds for lap in mine] for key, mine in laps.items()},
        )
        yield replace(row, met=row.ours_s < MOST_S)


def _run(name: str, network: Path, n_sites: int) -> Lap:
    """Run one engine in a process of its own."""
    lap = process([sys.executable, "-m", "benchmarks.coverage", name, str(network), str(n_sites)])
    return Lap(lap.said["seconds"], lap.said["peak_mb"], lap.said)


def ours(network: str, n_sites: str) -> dict[str, Any]:
    """Make the coverage matrix with its graph; sites and demand stand at nodes, entered on an edge of theirs."""
    import numpy as np

    from citiesforall.network.reach import reach

    streets, homes, site = _town(network, int(n_sites))
    sites = type(homes)(*(column[site] for column in homes))
    begun = time.perf_counter()
    found = reach(streets, sites, homes, REACH_M, THREADS)
    seconds = time.perf_counter() - begun
    first = int(found.start[min(FEW, len(site))])
    np.savez(
        Path(network).with_suffix(".ours.npz"),
        site=np.repeat(np.arange(min(FEW, len(site))), np.diff(found.start[: FEW + 1])),
        part=found.part[:first],
        m=found.m[:first],
    )
    said = {"seconds": seconds, "peak_mb": peak_mb(), "nodes": streets.n_nodes, "pairs": len(found.part)}
    return said | {"sites": len(site)}


def _town(network: str, n_sites: int) -> Any:
    """Return streets, every node as a home on one of its edges, and the nodes where sites are."""
    import numpy as np

    from citiesforall.network.insert import OnEdge
    from citiesforall.network.streets import Streets

    with np.load(network) as given:
        x, y, u, v, length_m = (given[name] for name in ("x", "y", "u", "v", "length_m"))
    n, m = len(x), len(u)
    edge = np.full(n, -1, np.int32)
    edge[v] = np.arange(m, dtype=np.int32)
    edge[u] = np.arange(m, dtype=np.int32)
    at_end = (edge >= 0) & (u[edge] != np.arange(n))
    homes = OnEdge(edge, np.where(at_end, length_m[edge], 0.0), np.zeros(n))
    ends = np.column_stack([u, v]).ravel()
    streets = Streets(
        x, y, u, v, length_m, np.zeros(m, np.int8), np.ones(m, np.bool_), np.arange(0, 2 * m + 1, 2), x[ends], y[ends],
        np.zeros(n, np.int32), ("street",),
    )  # fmt: skip
    return streets, homes, _sites(n, n_sites)


def _sites(n_nodes: int, n_sites: int) -> Any:
    """Return the nodes where sites are, the same for every engine."""
    import numpy as np

    return np.random.default_rng(1).choice(n_nodes, n_sites, replace=False)


def _beside(network: str, found: list[dict[int, float]]) -> dict[str, Any]:
    """Compare the first sites with ours; what lies within a centimetre of the limit is not counted as missing."""
    import numpy as np

    with np.load(Path(network).with_suffix(".ours.npz")) as given:
        site, part, way = given["site"], given["part"], given["m"]
    missing = extra = 0
    apart = 0.0
    for number, theirs in enumerate(found):
        mine = dict(zip(part[site == number].tolist(), way[site == number].tolist(), strict=True))
        near = REACH_M - 0.05
        missing += sum(1 for node, d in theirs.items() if d < near and node not in mine)
        extra += sum(1 for node, d in mine.items() if d < near and node not in theirs)
        apart = max(apart, *(abs(mine[node] - d) for node, d in theirs.items() if node in mine))
    assert np.isfinite(apart)
    return {"compared": len(found), "missing": missing, "extra": extra, "max_m": apart}


def pandana(network: str, n_sites: str) -> dict[str, Any]:
    """Do the same with ``nodes_in_range``, after its contraction hierarchies are built."""
    import numpy as np
    import pandana as peer
    import pandas as pd

    with np.load(network) as given:
        x, y, u, v = (pd.Series(given[name]) for name in ("x", "y", "u", "v"))
        length_m = pd.DataFrame({"length_m": given["length_m"]})
    site = _sites(len(x), int(n_sites))
    begun = time.perf_counter()
    net = peer.Network(x, y, u, v, length_m, twoway=True)
    built = time.perf_counter()
    few = net.nodes_in_range(site[:FEW].tolist(), REACH_M)
    one = time.perf_counter() - built
    whole = one * len(site) / FEW < SLOW_S
    begun_all = time.perf_counter()
    if whole:
        net.nodes_in_range(site.tolist(), REACH_M)
    seconds = time.perf_counter() - begun_all if whole else one * len(site) / FEW
    said = {
        "seconds": seconds,
        "peak_mb": peak_mb(),
        "build_s": built - begun,
        "sites": len(site) if whole else FEW,
    }
    rows_of = few.groupby("source")
    found = [
        dict(zip(mine["destination"].tolist(), mine[few.columns[-1]].tolist(), strict=True))
        for mine in (rows_of.get_group(int(node)) for node in site[:FEW])
    ]
    return said | _beside(network, found)


def cityseer(network: str, n_sites: str) -> dict[str, Any]:
    """Do the same with one shortest-path tree for each of a few sites; edges are straight, stretched to their length."""
    import numpy as np
    from cityseer import rustalgos

    with np.load(network) as given:
        x, y, u, v, length_m = (given[name] for name in ("x", "y", "u", "v", "length_m"))
    site = _sites(len(x), int(n_sites))
    begun = time.perf_counter()
    net = rustalgos.graph.NetworkStructure()
    for node in range(len(x)):
        net.add_street_node(str(node), float(x[node]), float(y[node]), live=True, weight=1.0)
    for edge in np.flatnonzero((u != v) & (np.hypot(x[u] - x[v], y[u] - y[v]) > 0)).tolist():
        a, b = int(u[edge]), int(v[edge])
        stretch = float(length_m[edge] / np.hypot(x[a] - x[b], y[a] - y[b]))
        for one, other in ((a, b), (b, a)):
            line = f"LINESTRING ({x[one]} {y[one]}, {x[other]} {y[other]})"
            net.add_street_edge(one, other, edge, str(one), str(other), line, stretch)
    built = time.perf_counter()
    found, spent = [], 0.0
    for node in site[:FEW].tolist():
        asked = time.perf_counter()
        visited, tree = net.dijkstra_tree_shortest(int(node), int(REACH_M / SPEED_M_S), SPEED_M_S)
        spent += time.perf_counter() - asked
        ways = {int(other): float(tree[other].agg_seconds) * SPEED_M_S for other in visited}
        found.append({other: way for other, way in ways.items() if way <= REACH_M})
    said = {"seconds": spent * len(site) / FEW, "peak_mb": peak_mb(), "build_s": built - begun, "sites": FEW}
    return said | _beside(network, found)


if __name__ == "__main__":
    name, *given = sys.argv[1:]
    print(json.dumps(globals()[name](*given)))
