"""Times a nation of invented krongs on two workers: cost per city along the run, memory against their number, disk."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.race import CLEAN_ENV, ROOT, Row

CITIES = Path(sys.executable).parent / "cities"
WORKERS, PARTS, FLAT = 2, 10, 1.10
"""Processes; parts of the run whose medians are compared; how far the dearest may lie above the cheapest."""
WORLD, BIG = 13_000, 100
"""Urban centres of the world (GHSL, rounded), and the cores of a modest cluster."""
WATCH_S = 2.0
AGAIN_MS = 20.0
"""What a finished city may cost when the nation is made again."""
FILE = """period = "2025"
languages = ["en"]

[place]
code = "KH"
name = "Invented nation"
invented = true

[invented]
cities = {cities}
people = {people}
keep = "results"

[choices]
through = "{through}"
"""


@dataclass(frozen=True)
class Asked:
    """Say how many krongs, how large, and how far they are taken."""

    cities: int = 40
    people: int = 6_000
    through: str = "diagnose"


@dataclass
class Watched:
    """Hold what was seen: time [s], memory of the command with its scheduler, and of its largest worker [MB]."""

    seen: list[tuple[float, float, float]] = field(default_factory=list)


def rows(asked: Asked) -> Iterator[Row]:
    """Make the nation, then make it again with nothing to do."""
    with tempfile.TemporaryDirectory() as folder:
        file, out = Path(folder) / "nation.toml", Path(folder) / "out"
        file.write_text(FILE.format(**vars(asked)), "utf-8")
        watched = Watched()
        cities_s, seconds = _made(file, out, watched)
        with (out / "nation_kh_cities_log.csv").open(encoding="utf-8") as log:
            told = list(csv.DictReader(log))
        failed = [row["file"] for row in told if row["why"]]
        assert not failed, failed
        yield from _costs(asked, [float(row["seconds"]) for row in told], watched, cities_s, seconds)
        yield _disk(asked, out, [row["code"].lower() for row in told])
        again_s, whole_s = _made(file, out, Watched())
    each_ms = again_s / asked.cities * 1000
    yield Row(
        "J", "the same nation again, nothing changed", whole_s, 0.0, f"under {AGAIN_MS:.0f} ms a city", each_ms < AGAIN_MS,
        note=f"{each_ms:.1f} ms a city before the nation's own steps",
    )  # fmt: skip


def _made(file: Path, out: Path, watched: Watched) -> tuple[float, float]:
    """Run the command; return the seconds until its cities were made, and of the whole."""
    words = [str(CITIES), "nation", str(file), "--out", str(out), "--workers", str(WORKERS)]
    begun = time.perf_counter()
    log = out / "nation_kh_cities_log.csv"
    before = log.stat().st_mtime_ns if log.exists() else 0
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(words, stdout=said, stderr=said, cwd=ROOT, env=CLEAN_ENV)
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(child.pid, watched, done, begun))
        watcher.start()
        while child.poll() is None and not (log.exists() and log.stat().st_mtime_ns != before):
            time.sleep(0.05)
        cities_s = time.perf_counter() - begun
        code = child.wait()
        seconds = time.perf_counter() - begun
        done.set()
        watcher.join()
        said.seek(0)
        text = said.read().decode()
    if code:
        raise SystemExit(f"{' '.join(words)}\nended with {code}:\n{text[-3000:]}")
    return cities_s, seconds


def _watch(pid: int, watched: Watched, done: threading.Event, begun: float) -> None:
    """Note what the command and its largest worker hold, until it is done."""
    while not done.wait(WATCH_S):
        workers = [_held_mb(one) for one in _children(pid)]
        watched.seen.append((time.perf_counter() - begun, _held_mb(pid), max(workers, default=0.0)))


def _children(pid: int) -> list[int]:
    """Return all processes below one."""
    try:
        below = " ".join(path.read_text() for path in Path(f"/proc/{pid}").glob("task/*/children")).split()
    except OSError:
        return []
    return [int(one) for one in below] + [deep for one in below for deep in _children(int(one))]


def _held_mb(pid: int) -> float:
    """Return the resident memory of one process. [MB]"""
    try:
        found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) * 1024 / 1e6 if found else 0.0


def _costs(
    asked: Asked, each_s: Sequence[float], watched: Watched, cities_s: float, whole_s: float
) -> Iterator[Row]:
    """Return what a city costs along the run, and what is held."""
    warm = each_s[WORKERS:]  # the first city of a worker pays for what it loads
    parts = [warm[len(warm) * k // PARTS : len(warm) * (k + 1) // PARTS] for k in range(PARTS)]
    middles = [median(part) for part in parts if part]
    flat = max(middles) / min(middles)
    what = f"{asked.cities:,} invented krongs of {asked.people:,} people through {asked.through}, {WORKERS} workers"
    during = [one for one in watched.seen if one[0] < cities_s] or [(0.0, 0.0, 0.0)]
    peak = max(client + WORKERS * worker for _, client, worker in during)
    said = ", ".join(f"{one:.2f}" for one in middles)
    note = (
        f"median of each tenth {said} s: dearest over cheapest {flat:.2f}; a worker's first {max(each_s[:WORKERS]):.1f} s; "
        f"{cities_s:,.0f} s until all were made, {whole_s - cities_s:,.0f} s the nation's own steps"
    )
    target = f"medians of tenths within {FLAT - 1:.0%}"
    yield Row("J", f"{what}: one city", median(warm), peak, target, flat <= FLAT, note=note, rounds=len(each_s),
              all_s={"ours": list(each_s)})  # fmt: skip
    half, last = during[len(during) // 4 : len(during) // 2] or during, during[len(during) // 2 :]
    clients, workers = ([max(one[k] for one in part) for part in (half, last)] for k in (1, 2))
    note = (
        f"the command with its scheduler {clients[0]:,.0f} then {clients[1]:,.0f} MB, the largest worker "
        f"{workers[0]:,.0f} then {workers[1]:,.0f} MB; with the nation's own steps "
        f"{max(one[1] for one in watched.seen or during):,.0f} MB"
    )
    met = clients[1] <= FLAT * clients[0] and workers[1] <= FLAT * workers[0]
    yield Row("J", "memory of the second half of the run beside its second quarter", cities_s, peak, "at most 10 % higher", met,
              note=note)  # fmt: skip
    rate = cities_s / asked.cities * WORKERS
    yield Row(
        "J", f"on paper: the world's {WORLD:,} urban centres, were each such a krong", rate * WORLD / BIG, 0.0, "",
        note=f"{rate:.1f} core-seconds a city: {rate * WORLD / WORKERS / 3600:,.0f} hours on {WORKERS} cores, "
        f"{rate * WORLD / BIG / 3600:.1f} on {BIG}",
    )  # fmt: skip


def _disk(asked: Asked, out: Path, folders: Sequence[str]) -> Row:
    """Return what the results of a city take."""
    each_mb = [
        sum(path.stat().st_size for path in (out / name).rglob("*") if path.is_file()) / 1e6
        for name in folders
    ]
    everything = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    left_mb = (everything / 1e6 - sum(each_mb)) / asked.cities
    return Row(
        "J", "disk: results of one city (sources and steps are removed when it is finished)", 0.0, median(each_mb), "",
        note=f"{median(each_mb):.1f} MB a city, {left_mb:.2f} MB a city for the nation; "
        f"{WORLD:,} cities {median(each_mb) * WORLD / 1e6:.2f} TB",
    )  # fmt: skip
