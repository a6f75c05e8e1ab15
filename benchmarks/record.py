"""Writes the record: ``record.json`` with every round, ``record.md`` to read."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from benchmarks.race import Row

FOLDER = Path(__file__).parent
PACKAGES = (
    *("citiesforall", "duckdb", "numba", "numpy", "osmium", "pandas", "scipy", "shapely"),
    *("osmnx", "pyrosm", "igraph", "pandana", "networkx", "highspy", "spopt", "pulp", "cityseer"),
)
HEAD = """\
# Our figures beside the peers'

`make bench` writes this file. {machine}

Each engine runs in a process of its own, ours and the peer's by turns; seconds are medians of the rounds, wall clock. The peak
is of the whole process (`getrusage`, MB of 10^6 bytes). In A, B and C imports are outside the seconds, and in C the reading of
the arrays; in D the seconds are of the whole command, its start included, and the peak of a run with a new store is of all its
processes together, looked at every 50 ms in a run of its own, pages they share counted once. In E the seconds are from the
survey's arrays to finished observations. All files are in the system's cache.

A and B read the pbf and end with a graph whose nodes are crossings and ends: ours with lines, lengths and connected parts,
osmnx's a networkx graph, pyrosm's an igraph. osmnx reads no pbf and refuses clipped ways, so it is given the walkable ways as
XML with the points they have. The rules of what may be walked differ a little, so do the sizes; osmnx and pyrosm count every
edge once per direction. "First call" includes what a library does once in a process (opening DuckDB with its spatial extension,
loading compiled code), "later calls" do not; the target is held against both; the peak is that of the first call.

In F a session is warm and is asked what one new facility changes, at random places; seconds are the 95th percentile. G is the
matrix of homes within a kilometre of sites, streets built; a peer that is asked for fewer sites is stretched, and says so. In H
all are given the same costs; seconds are building the model and solving it, to the same optimum.

In J a city's seconds are those of its task, inventing the krong among them; the peak is of the command with its scheduler and
both workers, looked at every two seconds; what is on paper is reckoned, not run.

{versions}
"""
COLUMNS = ("what", "ours s", "peer", "peer s", "ratio", "ours MB", "peer MB", "target", "met", "rounds")


def table(rows: Sequence[Row]) -> str:
    """Return the lines as a table."""
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS)]
    for row in rows:
        peer = ("", "", "", "")
        if row.peer_s is not None and row.peer_mb is not None:
            ratio = f"{row.peer_s / row.ours_s:.1f}"
            peer = (row.peer, f"{row.peer_s:.2f}", ratio, f"{row.peer_mb:,.0f}")
        met = {True: "yes", False: "**no**", None: ""}[row.met]
        cells = (
            *(row.what, _seconds(row.ours_s), *peer[:3], f"{row.ours_mb:,.0f}", peer[3]),
            *(row.target, met, str(row.rounds)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _seconds(seconds: float) -> str:
    """Return seconds to read; below a tenth in thousandths."""
    return f"{seconds:.2f}" if seconds >= 1 / 10 else f"{seconds:.3f}"


def write(part: str, rows: Sequence[Row]) -> None:
    """Put the lines of a part into the record; other parts keep theirs."""
    path = FOLDER / "record.json"
    kept = json.loads(path.read_text("utf-8"))["rows"] if path.exists() else []
    kept = [row for row in kept if row["part"] != part] + [asdict(row) for row in rows]
    kept.sort(key=lambda row: row["part"])
    versions = {name: metadata.version(name) for name in PACKAGES}
    whole = {"machine": machine(), "versions": versions, "rows": kept}
    path.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", "utf-8")
    said = ", ".join(f"{name} {version}" for name, version in versions.items())
    parts = [HEAD.format(machine=machine(), versions=f"Python {platform.python_version()}, {said}.")]
    for name in sorted({row["part"] for row in kept}):
        mine = [Row(**row) for row in kept if row["part"] == name]
        parts.append(f"## {name} ({mine[0].at}, load before {mine[0].load:.2f})\n\n{table(mine)}\n")
        notes = list(
            dict.fromkeys(f"- {row.peer or row.what.split(',')[0]}: {row.note}." for row in mine if row.note)
        )
        parts += ["\n".join(notes) + "\n"] if notes else []
    (FOLDER / "record.md").write_text("\n".join(parts), "utf-8")


def machine() -> str:
    """Return what the figures were taken on."""
    info = Path("/proc/cpuinfo")
    models = (
        [
            line.split(":")[1].strip()
            for line in info.read_text().splitlines()
            if line.startswith("model name")
        ]
        if info.exists()
        else [platform.processor()]
    )
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return f"Machine: {models[0]}, {os.cpu_count()} cores, {memory_gb:.0f} GB, {platform.system()}."
