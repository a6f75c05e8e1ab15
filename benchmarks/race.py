"""Runs each engine in a process of its own, by turns, and keeps the median; imports nothing heavy.

The peak memory of a process starts from that of the process that began it, so this one must stay small.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
# where Python may not keep its compiled files, every process compiles what it imports anew: seconds nobody asked for
CLEAN_ENV = {key: word for key, word in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
WATCH_S = 0.05
MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True)
class Lap:
    """Hold one run of one process: wall-clock seconds, peak memory [MB, 10^6 bytes], and what it said."""

    seconds: float
    peak_mb: float
    said: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """Hold one line of the record; seconds are medians, nan of the peer where there is none."""

    part: str
    what: str
    ours_s: float
    ours_mb: float
    target: str
    met: bool | None = None
    peer: str = ""
    peer_s: float | None = None
    peer_mb: float | None = None
    note: str = ""
    rounds: int = 1
    all_s: dict[str, list[float]] = field(default_factory=dict)
    at: str = ""
    load: float = 0.0


def process(command: list[str], env: dict[str, str] | None = None, *, watched: bool = False) -> Lap:
    """Run a command to its end; the seconds are of the whole process.

    The peak is that of the largest process; watched, that of all processes together, and the watching costs time.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begun = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=err, cwd=ROOT, env=CLEAN_ENV | (env or {}))
        seen: list[float] = [0.0]
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(child.pid, seen, done))
        if watched:
            watcher.start()
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begun
        done.set()
        if watched:
            watcher.join()
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        text, faults = out.read().decode(), err.read().decode()
    if child.returncode:
        raise SystemExit(
            f"{' '.join(command)}\nended with {child.returncode}:\n{faults[-2000:]}{text[-500:]}"
        )
    last = text.strip().rsplit("\n", 1)[-1]
    said = json.loads(last) if last.startswith("{") else {}
    return Lap(seconds, max(used.ru_maxrss * MAXRSS_BYTES / 1e6, *seen), said)


def _watch(pid: int, seen: list[float], done: threading.Event) -> None:
    """Note what a process and all it started hold together. [MB]"""
    while not done.wait(WATCH_S):
        seen.append(_held_mb(pid))


def _held_mb(pid: int) -> float:
    """Return the memory of a process and all below it, pages they share counted once; 0 where there is no /proc. [MB]"""
    folder = Path(f"/proc/{pid}")
    try:
        share_kb = re.search(r"Pss:\s+(\d+)", (folder / "smaps_rollup").read_text())
        below = " ".join(path.read_text() for path in folder.glob("task/*/children")).split()
    except OSError:
        return 0.0
    return (int(share_kb[1]) if share_kb else 0) * 1024 / 1e6 + sum(_held_mb(int(one)) for one in below)


def engine(name: str, *given: object) -> Lap:
    """Run one function of ``engines`` or ``prepare`` in a process; seconds and peak are those it measured."""
    lap = process([sys.executable, "-m", "benchmarks.engines", name, *map(str, given)])
    return Lap(lap.said.get("seconds", lap.seconds), lap.said.get("peak_mb", lap.peak_mb), lap.said)


def by_turns(rounds: int, *commands: tuple[object, ...]) -> list[list[Lap]]:
    """Run engines one after the other, round after round; return the laps of each."""
    laps: list[list[Lap]] = [[] for _ in commands]
    for number in range(rounds):
        for place, command in enumerate(commands):
            laps[place].append(engine(*map(str, command)))
            now = laps[place][-1]
            print(
                f"  round {number + 1}: {command[0]} {now.seconds:.3f} s, {now.peak_mb:,.0f} MB", flush=True
            )
    return laps


def middle(laps: list[Lap], word: str = "seconds") -> float:
    """Return the median over laps, of their seconds, their peak or something they said."""
    if word in {"seconds", "peak_mb"}:
        return median(getattr(lap, word) for lap in laps)
    return median(lap.said[word] for lap in laps)
