"""Times what-if: one new facility, asked of a session that is warm, on networks tiled to 60,000 and 500,000 nodes.

A real city is run, then its western part is laid side by side so often that the network has as many nodes as wanted, not
fewer and hardly more: streets, facilities, stops, cells, people and places alike, neighbours joined by streets; and its people
are parted into every group, so that all indicators are asked of all groups. Every answer timed is counted, the first ones of a
kind too. Some are compared with the ordinary methods: every number must be the same to the last digit.
"""

# a benchmark loads what it times when it times it
# ruff: noqa: PLC0415
from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.race import MAXRSS_BYTES, ROOT, Row, process

CITY = "porto_alegre"
KINDS = ("public_health", "market", "school", "bank", "public_toilet", "bus")
SEAM = 20  # streets that join two neighbours
TARGETS = {60_000: 10.0, 500_000: 50.0}
SHARES = {"women": 0.52, "men": 0.48, "age_0_14": 0.24, "age_15_59": 0.6, "age_60_up": 0.16}
GAP_M = 100.0


def rows(rounds: int) -> Iterator[Row]:
    """Time the answers on both networks, each in a process of its own."""
    for n_nodes, target_ms in TARGETS.items():
        command = [sys.executable, "-m", "benchmarks.what_if", str(n_nodes), str(100 * rounds)]
        said = process(command).said
        yield Row(
            part="F",
            what=f"what-if: one new facility, warm, {said['nodes']:,} nodes, {said['homes']:,} inhabited cells, "
            f"{said['places']:,} places, {said['n']} random places of {len(said['kinds'])} kinds",
            ours_s=said["p95_ms"] / 1000,
            ours_mb=said["peak_mb"],
            target=f"95th percentile under {target_ms:.0f} ms, equal to the ordinary methods",
            met=said["p95_ms"] < target_ms and said["same"] == said["compared"],
            note=f"median {said['p50_ms']:.1f} ms, 95th {said['p95_ms']:.1f} ms, longest {said['max_ms']:.1f} ms; "
            f"{said['same']} of {said['compared']} equal to the last digit; opened in {said['open_s']:.1f} s; "
            "by kind (median, 95th): "
            + ", ".join(f"{kind} {a:.1f}, {b:.1f}" for kind, (a, b) in said["kinds"].items()),
            rounds=rounds,
        )


def what_if(n_nodes: str, n_asked: str) -> dict[str, Any]:
    """Tile a city, open a session, ask it and compare."""
    import resource

    from citiesforall.whatif.session import open_session

    with tempfile.TemporaryDirectory() as folder:
        given = tiled(finished(Path(folder)), Path(folder) / "tiled", int(n_nodes))
        begun = time.perf_counter()
        session = open_session(given)
        said: dict[str, Any] = {"open_s": time.perf_counter() - begun}
        said |= asked(session, int(n_asked))
    said["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * MAXRSS_BYTES / 1e6
    return said


def asked(session: Any, n: int, n_compared: int = 6) -> dict[str, Any]:
    """Ask a session for one new facility of a kind at random places, and compare some answers."""
    rng = np.random.default_rng(2030)
    cells = session.city.cells
    homes = cells[cells["people"].to_numpy() > 0]
    kept = session.kept
    kinds = [kind for kind in KINDS if kind == "bus" or kind in kept.kinds]
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    changes = []
    for number in range(n):
        kind = kinds[number % len(kinds)]
        home = homes.iloc[int(rng.integers(len(homes)))]
        x, y = home["x"] + rng.uniform(-50, 50), home["y"] + rng.uniform(-50, 50)
        what = {"do": "add_facility", "kind": kind}
        if kind == "bus":
            what = {"do": "add_stop", "mode": "bus", "per_hour": 6.0}
        changes.append((kind, {**what, "x": float(x), "y": float(y)}))
    session.answer([changes[0][1]])  # compiled code is in its cache from here on
    for kind, change in changes:
        begun = time.perf_counter()
        session.answer([change])
        times[kind].append(1000 * (time.perf_counter() - begun))
    every = np.concatenate([np.array(one) for one in times.values()])
    p50, p95 = np.percentile(every, [50, 95])
    compared = [change for _, change in changes[:n_compared]]
    return {
        "n": n, "p50_ms": p50, "p95_ms": p95, "max_ms": every.max(), "nodes": session.city.streets.n_nodes,
        "homes": len(kept.homes["all"].leg_m), "places": len(session.bound.codes),
        "kinds": {kind: tuple(np.percentile(one, [50, 95])) for kind, one in times.items()},
        "compared": len(compared), "same": sum(_is_same(session, change) for change in compared),
    }  # fmt: skip


def _is_same(session: Any, change: dict[str, Any]) -> bool:
    """Say whether the fast answer is that of the ordinary methods."""
    fast = session.answer([change])
    slow = replace(session, kept=None).answer([change])
    try:
        pd.testing.assert_frame_equal(fast, slow, check_exact=True)
    except AssertionError as error:
        print(error, file=sys.stderr)
        return False
    return True


def finished(folder: Path) -> Any:
    """Run the city and return it as steps are handed it."""
    from citiesforall.core.inputs import Finished
    from citiesforall.pipeline.run import gather_layers

    found = gather_layers(ROOT / "cities" / f"{CITY}.toml", folder / "out")
    done = {name: Finished(made.folder, made.info) for name, made in found.layers.items()}
    return replace(found.work.given, done=done)


def tiled(given: Any, folder: Path, n_nodes: int) -> Any:
    """Lay copies of a city side by side until its network has so many nodes; return it as steps are handed it."""
    from citiesforall.core.inputs import Finished
    from citiesforall.core.tables import write_parquet
    from citiesforall.network.streets import save
    from citiesforall.network.walks import find_walks, kinds_of, save_walks
    from citiesforall.whatif.city import city_now

    city = city_now(given)
    n_tiles = int(np.ceil(n_nodes / city.streets.n_nodes))
    city = _cut(city, int(np.ceil(n_nodes / n_tiles)))
    streets = city.streets
    side = int(np.ceil(np.sqrt(n_tiles)))
    step = [100 * np.ceil((np.ptp(one) + GAP_M) / 100) for one in (streets.node_x, streets.node_y)]
    shifts = [(tile % side * step[0], tile // side * step[1]) for tile in range(n_tiles)]
    done = dict(given.done)
    tables = {
        "places": _places(city.ground.places, shifts),
        "facilities": _shifted(city.facilities, "facility", shifts),
        "stops": _shifted(city.stops, "stop", shifts),
        "cells": _cells(city.cells, shifts),
    }
    for name, table in tables.items():
        (folder / name).mkdir(parents=True)
        write_parquet(table, folder / name / f"{name}.parquet")
        done[name] = Finished(folder / name, given.done[name].info)
    whole = _streets(streets, shifts, side)
    for name in ("streets", "walks"):
        (folder / name).mkdir()
        done[name] = Finished(folder / name, given.done[name].info)
    save(whole, folder / "streets" / "streets.npz")
    choices = {"snap_m": given.city.choices.snap_m, "reach_m": given.city.choices.reach_m}
    kinds = kinds_of(tables["facilities"], tables["stops"])
    save_walks(folder / "walks", *find_walks(whole, tables["cells"], kinds, choices, 2))
    del done["homes"]
    return replace(given, done=done)


def _cut(city: Any, n_nodes: int) -> Any:
    """Return what lies as far west as so many nodes of a city, and the places anybody lives in there."""
    streets = city.streets
    east = np.sort(streets.node_x)[n_nodes - 1]
    here = streets.node_x <= east
    edge = here[streets.edge_u] & here[streets.edge_v]
    sizes = np.diff(streets.vertex_start)
    vertex, number = np.repeat(edge, sizes), np.cumsum(here) - 1
    nodes = {name: getattr(streets, name)[here] for name in ("node_x", "node_y", "component")}
    edges = {name: getattr(streets, name)[edge] for name in ("edge_m", "edge_class", "edge_walk")}
    ends = {name: number[getattr(streets, name)[edge]].astype(np.int32) for name in ("edge_u", "edge_v")}
    lines = {name: getattr(streets, name)[vertex] for name in ("vertex_x", "vertex_y")}
    start = np.concatenate([[0], np.cumsum(sizes[edge])])
    tables = {
        name: table[table["x"].to_numpy() <= east].reset_index(drop=True)
        for name, table in (("facilities", city.facilities), ("stops", city.stops), ("cells", city.cells))
    }
    places = city.ground.places
    lived_in = places["place"].isin(tables["cells"]["unit"]) | places["place"].isin(places["parent"])
    return replace(
        city,
        streets=replace(streets, **nodes, **edges, **ends, **lines, vertex_start=start),
        ground=replace(city.ground, places=places[lived_in].reset_index(drop=True)),
        **tables,
    )


def _places(places: pd.DataFrame, shifts: list[tuple[float, float]]) -> pd.DataFrame:
    """Return the places of every copy; each copy is a district of one city."""
    import shapely

    frames = []
    shapes = shapely.from_wkb(places["geometry"].to_numpy(dtype=object))
    for tile, (dx, dy) in enumerate(shifts):
        moved = shapely.to_wkb(shapely.transform(shapes, lambda xy, by=(dx, dy): xy + np.array(by)))
        frames.append(
            places.assign(
                place=[f"{code}_{tile}" for code in places["place"]],
                parent=[f"{code}_{tile}" if isinstance(code, str) else "TILED" for code in places["parent"]],
                geometry=pd.Series(list(moved), dtype=object),
            )
        )
    whole = pd.concat(frames, ignore_index=True)
    top = places[places["parent"].isna()].assign(
        place="TILED",
        geometry=shapely.to_wkb(
            shapely.box(*shapely.total_bounds(shapely.from_wkb(whole["geometry"].tolist())))
        ),
    )
    return pd.concat([top, whole], ignore_index=True)


def _shifted(table: pd.DataFrame, key: str, shifts: list[tuple[float, float]]) -> pd.DataFrame:
    """Return a list of every copy."""
    return pd.concat(
        [
            table.assign(
                **{key: [f"{one}_{tile}" for one in table[key]]}, x=table["x"] + dx, y=table["y"] + dy
            )
            for tile, (dx, dy) in enumerate(shifts)
        ],
        ignore_index=True,
    )


def _cells(cells: pd.DataFrame, shifts: list[tuple[float, float]]) -> pd.DataFrame:
    """Return the cells of every copy, people parted into groups."""
    rng = np.random.default_rng(7)
    cells = cells.assign(
        **{
            f"people_{name}": cells["people"] * share * rng.uniform(0.9, 1.1, len(cells))
            for name, share in SHARES.items()
        }
    )
    whole = _shifted(cells, "unit", shifts)
    move = np.repeat([(int(dx / 100) << 32) + int(dy / 100) for dx, dy in shifts], len(cells))
    return whole.assign(cell=whole["cell"] + move).sort_values(
        ["unit", "cell"], kind="stable", ignore_index=True
    )


def _streets(streets: Any, shifts: list[tuple[float, float]], side: int) -> Any:
    """Return the streets of every copy, neighbours joined."""
    from citiesforall.network.streets import components

    n, n_tiles = streets.n_nodes, len(shifts)
    node_x, node_y = (
        np.concatenate([one + shift[axis] for shift in shifts])
        for axis, one in enumerate((streets.node_x, streets.node_y))
    )
    walked = np.unique(np.concatenate([streets.edge_u[streets.edge_walk], streets.edge_v[streets.edge_walk]]))
    seam_u, seam_v = [], []
    for axis, (place, ahead) in enumerate(((streets.node_x, 1), (streets.node_y, side))):
        order = walked[np.argsort(place[walked], kind="stable")]
        for tile in range(n_tiles):
            if tile + ahead < n_tiles and (axis == 1 or tile % side < side - 1):
                seam_u.append(tile * n + order[-SEAM:])
                seam_v.append((tile + ahead) * n + order[:SEAM])
    u, v = (np.concatenate(one) if one else np.zeros(0, np.int64) for one in (seam_u, seam_v))
    seam_m = np.hypot(node_x[u] - node_x[v], node_y[u] - node_y[v])
    first = np.repeat(np.arange(n_tiles, dtype=np.int64) * n, streets.n_edges)
    edge_u, edge_v = (
        np.concatenate([np.tile(one, n_tiles) + first, seam]).astype(np.int32)
        for one, seam in ((streets.edge_u, u), (streets.edge_v, v))
    )
    edge_m = np.concatenate([np.tile(streets.edge_m, n_tiles), seam_m])
    walk = np.concatenate([np.tile(streets.edge_walk, n_tiles), np.ones(len(u), bool)])
    sizes = np.concatenate([np.tile(np.diff(streets.vertex_start), n_tiles), np.full(len(u), 2)])
    vertex_x, vertex_y = (
        np.concatenate(
            [*(one + shift[axis] for shift in shifts), np.column_stack([ends[u], ends[v]]).ravel()]
        )
        for axis, (one, ends) in enumerate(((streets.vertex_x, node_x), (streets.vertex_y, node_y)))
    )
    ends = edge_u[walk], edge_v[walk], edge_m[walk]
    return replace(
        streets, node_x=node_x, node_y=node_y, edge_u=edge_u, edge_v=edge_v, edge_m=edge_m, edge_walk=walk,
        edge_class=np.concatenate([np.tile(streets.edge_class, n_tiles), np.zeros(len(u), np.int8)]),
        vertex_start=np.concatenate([[0], np.cumsum(sizes)]), vertex_x=vertex_x, vertex_y=vertex_y,
        component=components(len(node_x), *ends),
    )  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(what_if(*sys.argv[1:])))
