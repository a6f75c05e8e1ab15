"""Times everything, by turns and each in a process of its own, and writes ``record.md`` and ``record.json``."""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks import cities, coverage, crowd, evidence, nation, record, siting, what_if
from benchmarks.race import ROOT, Row, by_turns, engine, middle

DATA = Path(os.environ.get("CITIES_DATA", ROOT.parent / "shared" / "data"))
PBF = "las_palmas/example_las_palmas_2023_osm_20230221.pbf"
CRS = "EPSG:32628"
STREET_VERTICES = 2_000_000
SMALL = 40  # times smaller, to try things out


@dataclass(frozen=True)
class Plan:
    """Hold where the data and the files made are, how often to run, and how much smaller than stated."""

    pbf: Path
    folder: Path
    rounds: int
    smaller: int
    nation: nation.Asked


def las_palmas(plan: Plan) -> Iterator[Row]:
    """Time extract to finished walk graph beside osmnx and pyrosm, first call and later ones."""
    xml = plan.folder / "las_palmas.osm"
    turned = engine("xml", plan.pbf, xml)
    ours, pyrosm, osmnx = by_turns(
        plan.rounds, ("ours_graph", plan.pbf, CRS, 4), ("pyrosm_graph", plan.pbf, 4), ("osmnx_graph", xml, 1)
    )
    what = "Las Palmas .osm.pbf (3.3 MB) to walk graph, {}"
    for call, word in (("first call in a process", "seconds"), ("later calls", "again_s")):
        for name, theirs, least in (("osmnx", osmnx, 30), ("pyrosm", pyrosm, 3)):
            row = Row(
                part="A",
                what=what.format(call),
                ours_s=middle(ours, word),
                ours_mb=middle(ours, "peak_mb"),
                peer=f"{name}, simplified",
                peer_s=middle(theirs, word),
                peer_mb=middle(theirs, "peak_mb"),
                target=f"{least} times faster",
                note=f"ours {_size(ours[0].said)}; {name} {_size(theirs[0].said)}"
                + (f"; pbf to XML before, not counted: {turned.seconds:.1f} s" if name == "osmnx" else ""),
                rounds=plan.rounds,
                all_s={"ours": [lap.said[word] for lap in ours], name: [lap.said[word] for lap in theirs]},
            )
            yield replace(row, met=row.peer_s >= least * row.ours_s)


def large_extract(plan: Plan) -> Iterator[Row]:
    """Time an extract of two million street points beside pyrosm."""
    n_vertices = engine("ours_graph", plan.pbf, CRS).said["vertices"]
    side = 1
    while side * side * n_vertices * plan.smaller < STREET_VERTICES:
        side += 1
    pbf = plan.folder / f"las_palmas_{side}x{side}.osm.pbf"
    if not pbf.exists():
        print(f"  tiling {side} x {side}: {engine('tile_pbf', plan.pbf, pbf, side).said}", flush=True)
    ours, theirs = by_turns(plan.rounds, ("ours_graph", pbf, CRS), ("pyrosm_graph", pbf))
    size_mb = pbf.stat().st_size / 1e6
    row = Row(
        part="B",
        what=f"{side} x {side} Las Palmas .osm.pbf ({size_mb:.0f} MB, {ours[0].said['vertices']:,} street points) to walk graph",
        ours_s=middle(ours),
        ours_mb=middle(ours, "peak_mb"),
        peer="pyrosm, simplified",
        peer_s=middle(theirs),
        peer_mb=middle(theirs, "peak_mb"),
        target="3 times faster, a third of the memory",
        note=f"ours {_size(ours[0].said)}; pyrosm {_size(theirs[0].said)}",
        rounds=plan.rounds,
        all_s={"ours": [lap.seconds for lap in ours], "pyrosm": [lap.seconds for lap in theirs]},
    )
    yield replace(row, met=row.peer_s >= 3 * row.ours_s and row.peer_mb >= 3 * row.ours_mb)


def nearest(plan: Plan) -> Iterator[Row]:
    """Time build and nearest facility of ten kinds from two million nodes beside pandana, and compare the walks."""
    network, samples = (
        plan.folder / "network.npz",
        [plan.folder / name for name in ("ours.npy", "pandana.npy")],
    )
    made = engine("tile_network", plan.pbf, CRS, network, STREET_VERTICES // plan.smaller).said
    engine("ours_nearest", network, samples[0])  # compiled code is in its cache from here on
    ours, theirs = by_turns(
        plan.rounds, ("ours_nearest", network, samples[0]), ("pandana_nearest", network, samples[1])
    )
    same = engine("compare", *samples).said
    parts = "; ".join(
        f"{name} build {middle(laps, 'build_s'):.2f} s, search {middle(laps, 'search_s'):.2f} s"
        for name, laps in (("ours", ours), ("pandana", theirs))
    )
    size = f"{made['nodes']:,} nodes, {ours[0].said['edges']:,} edges, {made['facilities']:,} facilities"
    row = Row(
        part="C",
        what=f"Graph from arrays and nearest facility of ten kinds within 5 km, every node ({size})",
        ours_s=middle(ours),
        ours_mb=middle(ours, "peak_mb"),
        peer="pandana",
        peer_s=middle(theirs),
        peer_mb=middle(theirs, "peak_mb"),
        target="60 times faster, under 700 MB",
        note=f"{parts}; {same['n']:,} walks compared: at most {same['max_m']:.3f} m apart, {same['n_over']} more than 0.05 m",
        rounds=plan.rounds,
        all_s={"ours": [lap.seconds for lap in ours], "pandana": [lap.seconds for lap in theirs]},
    )
    yield replace(row, met=row.peer_s >= 60 * row.ours_s and row.ours_mb < 700 and same["n_over"] == 0)


def whole_cities(plan: Plan) -> Iterator[Row]:
    """Time the command itself."""
    return cities.rows(plan.rounds)


def survey_evidence(plan: Plan) -> Iterator[Row]:
    """Time the evidence of a survey."""
    return evidence.rows(plan.rounds)


def changed_cities(plan: Plan) -> Iterator[Row]:
    """Time what-if: one new facility, asked of a warm session."""
    return what_if.rows(plan.rounds)


def coverage_matrix(plan: Plan) -> Iterator[Row]:
    """Time which homes lie within a kilometre of 5,000 sites on 500,000 nodes."""
    return coverage.rows(plan.pbf, plan.folder, plan.rounds, plan.smaller)


def clinic_sites(plan: Plan) -> Iterator[Row]:
    """Time the siting of 20 clinics beside spopt, and in a large city."""
    return siting.rows(plan.pbf, plan.folder, plan.rounds, plan.smaller)


def _size(said: dict[str, int]) -> str:
    """Return what an engine's graph holds."""
    return f"{said['nodes']:,} nodes, {said['edges']:,} edges"


def crowds(plan: Plan) -> Iterator[Row]:
    """Load the server of voices and workshops, and kill it."""
    yield from crowd.rows(plan.rounds, 10 if plan.smaller > 1 else 1)


def nations(plan: Plan) -> Iterator[Row]:
    """Make a nation of invented krongs on two workers."""
    asked = plan.nation
    yield from nation.rows(replace(asked, cities=max(4, asked.cities // 10)) if plan.smaller > 1 else asked)


PARTS: dict[str, Callable[[Plan], Iterator[Row]]] = {
    "A": las_palmas,
    "B": large_extract,
    "C": nearest,
    "D": whole_cities,
    "E": survey_evidence,
    "F": changed_cities,
    "G": coverage_matrix,
    "H": clinic_sites,
    "I": crowds,
    "J": nations,
}


def main() -> None:
    """Time the parts asked for and write the record; parts not asked for keep their lines."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    asked.add_argument("--only", nargs="*", choices=PARTS, default=list(PARTS), help="parts; default: all")
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--folder", type=Path, help="where made files are kept; default: a temporary folder")
    asked.add_argument("--cities", type=int, default=40, help="krongs of J")
    asked.add_argument("--people", type=int, default=6_000, help="of each krong of J")
    asked.add_argument("--through", default="diagnose", help="verb the krongs of J go through")
    asked.add_argument(
        "--small", action="store_true", help="small sizes, to try things out: nothing is recorded"
    )
    given = asked.parse_args()
    if not (DATA / PBF).is_file():
        print(
            f"The real data are not here (CITIES_DATA, {PBF}): only the demo is timed, nothing is recorded."
        )
        given.only = ["D"]
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        plan = Plan(
            DATA / PBF,
            folder,
            given.rounds,
            SMALL if given.small else 1,
            nation.Asked(given.cities, given.people, given.through),
        )
        for part in given.only:
            load, at = os.getloadavg()[0], time.strftime("%Y-%m-%d %H:%M")
            print(f"{part}: {PARTS[part].__doc__} (load {load:.2f})", flush=True)
            rows = [replace(row, load=load, at=at) for row in PARTS[part](plan)]
            print(record.table(rows), flush=True)
            if not given.small and plan.pbf.is_file():
                record.write(part, rows)


if __name__ == "__main__":
    main()
