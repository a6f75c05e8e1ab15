"""Times the siting of 20 clinics beside spopt's MCLP, and of a large city; as a module it is the engine itself."""

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

from benchmarks.coverage import CRS, THREADS, _town
from benchmarks.engines import peak_mb
from benchmarks.race import Lap, Row, engine, middle, process

POINTS, SITES, CHOSEN = 2_000, 500, 20
SERVICE_M = (500, 1_000)
PEERS = {"HiGHS": "HiGHS", "CBC": "PULP_CBC_CMD"}
LEAST = 25
GAP = 1e-6  # below one person in all: whoever stops there has the optimum, and all are asked for it
# seven of every ten crossings of a network hold a cell, so that cells lie as close as 100 m cells do in a built-up city
NODES, CELLS, LARGE_SITES = 135_000, 100_000, 5_000
LARGE_M = 1_000.0
LARGE_GAP, MOST_S, MOST_MB = 0.01, 60.0, 4_000.0
MOST_PEOPLE = 200
SEED = 2030


def rows(pbf: Path, folder: Path, rounds: int, smaller: int = 1) -> Iterator[Row]:
    """Time both sizes."""
    yield from clinics(pbf, folder, rounds)
    yield from large_city(pbf, folder, rounds, smaller)


def clinics(pbf: Path, folder: Path, rounds: int) -> Iterator[Row]:
    """Time ours beside spopt with two solvers, from the same matrix of walks to the proved optimum."""
    network, case = folder / "siting_network.npz", folder / "siting_case.npz"
    if not case.exists():
        engine("tile_network", pbf, CRS, network, 1)
        print(f"  {_run('prepare', network, case).said}", flush=True)
    for service_m in SERVICE_M:
        laps: dict[str, list[Lap]] = {"ours": [], **{name: [] for name in PEERS}}
        for number in range(rounds):
            for name, mine in laps.items():
                given = (case, service_m) if name == "ours" else (case, service_m, PEERS[name])
                mine.append(_run("ours" if name == "ours" else "spopt", *given))
                print(f"  round {number + 1}: {name} {mine[-1].said}", flush=True)
        served = {name: lap.said["served"] for name, mine in laps.items() for lap in mine}
        assert len(set(served.values())) == 1, f"the optima differ: {served}"
        for name in PEERS:
            row = _beside(service_m, name, laps)
            yield replace(row, rounds=rounds, met=(row.peer_s or 0.0) >= LEAST * row.ours_s)


def _beside(service_m: int, name: str, laps: dict[str, list[Lap]]) -> Row:
    """Return the line of one peer."""
    ours, theirs = laps["ours"], laps[name]
    said = ours[0].said
    return Row(
        part="H",
        what=f"Siting {CHOSEN} clinics, {POINTS:,} points x {SITES} sites, {service_m:,} m, model building included",
        ours_s=middle(ours),
        ours_mb=middle(ours, "peak_mb"),
        peer=f"spopt {theirs[0].said['version']} MCLP, PuLP/{name}",
        peer_s=middle(theirs),
        peer_mb=middle(theirs, "peak_mb"),
        target=f"{LEAST} times faster, same optimum",
        note=f"within {service_m:,} m all serve {said['served']:,} of {said['people']:,} people; building, solving: "
        + "; ".join(
            f"{who} {middle(mine, 'build_s'):.3f} s, {middle(mine, 'solve_s'):.3f} s"
            for who, mine in (("ours", ours), (name, theirs))
        ),
        all_s={who: [lap.seconds for lap in mine] for who, mine in (("ours", ours), (name, theirs))},
    )


def large_city(pbf: Path, folder: Path, rounds: int, smaller: int) -> Iterator[Row]:
    """Time a large city, from streets to plan."""
    network = folder / f"siting_large_{smaller}.npz"
    if not network.exists():
        print(f"  {engine('tile_network', pbf, CRS, network, NODES // smaller).said}", flush=True)
    laps = []
    for number in range(rounds):
        laps.append(_run("large", network, CELLS // smaller, LARGE_SITES // smaller))
        print(f"  round {number + 1}: {laps[-1].said}", flush=True)
    said = laps[0].said
    row = Row(
        part="H",
        what=f"Siting {CHOSEN} of {LARGE_SITES // smaller:,} for {CELLS // smaller:,} cells within {LARGE_M:,.0f} m, "
        "coverage matrix included",
        ours_s=middle(laps),
        ours_mb=middle(laps, "peak_mb"),
        target=f"proved gap at most {LARGE_GAP:.0%}, under {MOST_S:.0f} s and {MOST_MB / 1000:.0f} GB",
        note=f"proved gap {said['gap']:.3%}, {said['method']}, {said['status']}: {said['served']:,.0f} of "
        f"{said['people']:,} people; {said['pairs']:,} pairs; coverage matrix {middle(laps, 'reach_s'):.1f} s, "
        f"problem {middle(laps, 'build_s'):.1f} s, plan {middle(laps, 'solve_s'):.1f} s",
        rounds=rounds,
        all_s={"ours": [lap.seconds for lap in laps]},
    )
    met = row.ours_s < MOST_S and row.ours_mb < MOST_MB and all(lap.said["gap"] <= LARGE_GAP for lap in laps)
    yield replace(row, met=met)


def _run(name: str, *given: object) -> Lap:
    """Run one engine in a process of its own."""
    lap = process([sys.executable, "-m", "benchmarks.siting", name, *map(str, given)])
    return Lap(lap.said.get("seconds", lap.seconds), lap.said.get("peak_mb", lap.peak_mb), lap.said)


def prepare(network: str, case: str) -> dict[str, Any]:
    """Keep the walks from points to sites of the real city, and the people at the points."""
    import numpy as np

    cost_m, people = _walks(network, POINTS, SITES, max(SERVICE_M))
    dense_m = np.full((POINTS, SITES), np.inf)
    dense_m[cost_m.part, np.repeat(np.arange(SITES), np.diff(cost_m.start))] = cost_m.m
    np.savez(case, cost_m=dense_m, people=people)
    return {"pairs": len(cost_m.part), "people": int(people.sum())}


def _walks(network: str, n_points: int, n_sites: int, limit_m: float) -> Any:
    """Return who is in reach of which site, and the people of each point; both stand at nodes drawn by lot."""
    import numpy as np

    from citiesforall.network.reach import reach

    streets, nodes, _ = _town(network, 1)
    rng = np.random.default_rng(SEED)
    drawn = (rng.choice(streets.n_nodes, n, replace=False) for n in (n_points, n_sites))
    points, sites = (type(nodes)(*(column[node] for column in nodes)) for node in drawn)
    return reach(streets, sites, points, limit_m, THREADS), rng.integers(1, MOST_PEOPLE, n_points)


def ours(case: str, service_m: str) -> dict[str, Any]:
    """Site the clinics; the problem is made from the matrix inside the seconds."""
    import numpy as np
    from scipy.sparse import csr_array

    from citiesforall.plan.model import solve
    from citiesforall.plan.problem import Limits
    from citiesforall.plan.problem_making import siting

    with np.load(case) as given:
        cost_m, people = given["cost_m"], given["people"]
    begun = time.perf_counter()
    problem = siting(csr_array((cost_m <= float(service_m)).T.astype(np.float64)), people, CHOSEN)
    built = time.perf_counter()
    # a matrix of this size is handed to the solver whole, as the peer's is
    found = solve(problem, Limits(gap=GAP, most_nonzeros=problem.covers.nnz))
    ended = time.perf_counter()
    assert found.status == "optimal", found.status
    assert found.units.sum() <= CHOSEN
    served = int(people[(cost_m <= float(service_m))[:, found.units > 0].any(axis=1)].sum())
    assert abs(found.objective - served) < 1 / 2
    said = {
        "seconds": ended - begun,
        "build_s": built - begun,
        "solve_s": ended - built,
        "peak_mb": peak_mb(),
    }
    return said | {"served": served, "people": int(people.sum()), "gap": found.gap}


def spopt(case: str, service_m: str, solver: str) -> dict[str, Any]:
    """Do the same with the peer's maximal covering model; the proof asked of the solver is the same."""
    from importlib.metadata import version

    import numpy as np
    import pulp
    from spopt.locate import MCLP

    with np.load(case) as given:
        cost_m, people = given["cost_m"], given["people"]
    begun = time.perf_counter()
    model = MCLP.from_cost_matrix(cost_m, people, float(service_m), CHOSEN)
    built = time.perf_counter()
    # without its second pass over who is served by what, which is not asked for here
    model = model.solve(getattr(pulp, solver)(msg=False, gapRel=GAP), results=False)
    ended = time.perf_counter()
    # the label "Optimal" is also given after a limit: the word about the solution is what counts
    assert model.problem.sol_status == pulp.LpSolutionOptimal
    opened = np.array([variable.value() > 1 / 2 for variable in model.fac_vars])
    served = int(people[(cost_m <= float(service_m))[:, opened].any(axis=1)].sum())
    said = {
        "seconds": ended - begun,
        "build_s": built - begun,
        "solve_s": ended - built,
        "peak_mb": peak_mb(),
    }
    return said | {"served": served, "people": int(people.sum()), "version": version("spopt")}


def large(network: str, n_cells: str, n_sites: str) -> dict[str, Any]:
    """Site clinics in a large city: coverage matrix, problem, plan with its gap."""
    import numpy as np
    from scipy.sparse import csr_array

    from citiesforall.plan.model import solve
    from citiesforall.plan.problem import Limits
    from citiesforall.plan.problem_making import siting

    begun = time.perf_counter()
    found, people = _walks(network, int(n_cells), int(n_sites), LARGE_M)
    reached = time.perf_counter()
    shape = (int(n_sites), int(n_cells))
    covers = csr_array((np.ones(len(found.part)), found.part, found.start), shape=shape)
    problem = siting(covers, people, CHOSEN)
    built = time.perf_counter()
    plan = solve(problem, Limits(gap=LARGE_GAP, seconds=MOST_S))
    ended = time.perf_counter()
    served = float(people[covers.T @ plan.units > 0].sum())
    assert abs(plan.objective - served) < 1e-6 * served
    assert plan.units.sum() <= CHOSEN
    return {
        "seconds": ended - begun, "reach_s": reached - begun, "build_s": built - reached, "solve_s": ended - built,
        "peak_mb": peak_mb(), "pairs": len(found.part), "gap": plan.gap, "served": served,
        "bound": plan.bound, "people": int(people.sum()), "method": plan.method, "status": plan.status,
        "limited_by": plan.limited_by,
    }  # fmt: skip


if __name__ == "__main__":
    name, *given = sys.argv[1:]
    print(json.dumps(globals()[name](*given)))
