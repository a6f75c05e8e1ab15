"""Runs each engine in a process of its own, by turns, and keeps the median; imports nothing heavy.

The peak memory of a process starts from that of the process that began it, so this one must stay small.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
# where Python may not keep its compiled files, every process compiles what it imports anew: seconds nobody asked for
CLEAN_ENV = {key: word for key, word in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
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


def process(command: list[str], env: dict[str, str] | None = None) -> Lap:
    """Run a command to its end; the seconds are of the whole process, the peak of the largest process in it."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begun = time.perf_counter()
        child = subprocess.Popen(command, stdout=out, stderr=err, cwd=ROOT, env=CLEAN_ENV | (env or {}))
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        text, faults = out.read().decode(), err.read().decode()
    if child.returncode:
        raise SystemExit(
            f"{' '.join(command)}\nended with {child.returncode}:\n{faults[-2000:]}{text[-500:]}"
        )
    last = text.strip().rsplit("\n", 1)[-1]
    said = json.loads(last) if last.startswith("{") else {}
    return Lap(seconds, used.ru_maxrss * MAXRSS_BYTES / 1e6, said)


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
