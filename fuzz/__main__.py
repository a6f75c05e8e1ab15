"""Spoils files for a given time, and keeps every case that ends neither in a right layer nor in told faults."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from fuzz.base import make_base
from fuzz.cases import READERS, Case, Files, files_of, make_case, read_files, seeds_of, write_files
from fuzz.reduce import reduced
from fuzz.seeds import Seed, town_uses
from fuzz.worker import ROOT, Worker

FOUND = ROOT / "out" / "fuzz"
LIMIT_S = 20.0
"""A case that takes longer hangs."""
SAID = "said.txt"
CASE = "case.json"


@dataclass
class Session:
    """Hold what a session works with and what it has found."""

    worker: Worker
    scratch: Path
    seeds: dict[str, list[Seed]]
    console: Console
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    failures: dict[tuple[str, str], Path] = field(default_factory=dict)


def main() -> int:
    """Fuzz the readers asked for; return 1 where one fails."""
    given = _asked()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as temporary:
        base = make_base(Path(temporary))
        own = town_uses(base.folder / "town")
        made = {name: seeds_of(name, base.folder / "town", own) for name in given.only}
        seeds = {name: some for name, some in made.items() if some}
        session = Session(Worker(base.folder, LIMIT_S), Path(temporary) / "case", seeds, console)
        try:
            if given.folder is not None:
                return _again(session, given.folder)
            if given.case is not None:
                reader, _, number = given.case.partition(":")
                _try(session, make_case(reader, int(number), seeds[reader]))
            else:
                _fuzz(session, given.minutes, given.seed)
        finally:
            session.worker.stop()
    _print(session)
    return 1 if session.failures else 0


def _asked() -> argparse.Namespace:
    """Read the command line."""
    asked = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    asked.add_argument("--minutes", type=float, default=1.0)
    asked.add_argument(
        "--only", nargs="*", choices=READERS, default=list(READERS), help="readers; default: all"
    )
    asked.add_argument("--seed", type=int, default=0, help="number of the first case")
    asked.add_argument("--case", help="one case again, for instance gtfs:12")
    asked.add_argument("--folder", type=Path, help="a kept case again, for instance out/fuzz/gtfs-12")
    given = asked.parse_args()
    if given.case is not None:
        given.only = [given.case.partition(":")[0]]
    return given


def _fuzz(session: Session, minutes: float, number: int) -> None:
    """Try cases of every reader in turn until the time is over; sound seeds first."""
    start, until = time.monotonic(), time.monotonic() + 60 * minutes
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[said]}"),
        console=session.console,
    )
    with bar:
        task = bar.add_task("fuzz", total=60 * minutes, said="")
        for name, given in session.seeds.items():
            for one in given:
                _try(session, Case(name, -1, one, ()), sound=True)
        while time.monotonic() < until:
            for name, given in session.seeds.items():
                _try(session, make_case(name, number, given))
                tried = sum(sum(one.values()) for one in session.counts.values())
                said = f"{tried} cases, {len(session.failures)} kinds of failure; {name}"
                bar.update(task, completed=time.monotonic() - start, said=said)
                if time.monotonic() >= until:
                    break
            number += 1


def _try(session: Session, case: Case, *, sound: bool = False) -> None:
    """Try a case; keep it where it fails in a way not seen before."""
    files = files_of(case)
    start = time.monotonic()
    ended = _trial(session, case.reader, files)
    session.slow[case.reader] = max(session.slow.get(case.reader, 0.0), time.monotonic() - start)
    counts = session.counts.setdefault(case.reader, Counter())
    if sound and ended["word"] == "refused":
        ended = {"word": "failed", "signature": "a sound file is refused", "said": ended["said"]}
    counts[ended["word"]] += 1
    key = (case.reader, ended["signature"])
    if ended["word"] != "failed" or key in session.failures:
        return

    def fails(some: Files) -> bool:
        return _trial(session, case.reader, some)["signature"] == ended["signature"]

    small = files if "no answer" in ended["signature"] or sound else reduced(case, fails)
    session.failures[key] = _keep(case, small, ended)
    session.console.print(
        f"[red]{case.name}[/] {ended['signature']}: {_again_with(case, session.failures[key])}",
        soft_wrap=True,
        highlight=False,
    )


def _trial(session: Session, reader: str, files: Files) -> dict[str, str]:
    """Write a case and try it."""
    for old in session.scratch.glob("*") if session.scratch.is_dir() else ():
        old.unlink() if old.is_file() else None
    write_files(files, session.scratch)
    return session.worker.trial(reader, session.scratch)


def _keep(case: Case, files: Files, ended: dict[str, str]) -> Path:
    """Write a failing case where it can be tried again."""
    folder = FOUND / f"{case.reader}-{case.number if case.number >= 0 else case.seed.name}"
    write_files(files, folder)
    (folder / SAID).write_text(ended["said"], "utf-8")
    (folder / CASE).write_text(
        json.dumps(
            {
                "reader": case.reader,
                "case": case.name,
                "seed": case.seed.name,
                "edits": case.edits,
                "signature": ended["signature"],
            },
            indent=1,
        ),
        "utf-8",
    )
    return folder


def _again_with(case: Case, folder: Path) -> str:
    """Return the command that repeats a case."""
    return f"python -m fuzz --folder {folder.relative_to(ROOT)}" + (
        f"  (whole: --case {case.name})" if case.number >= 0 else ""
    )


def _again(session: Session, folder: Path) -> int:
    """Try a kept case again."""
    kept = json.loads((folder / CASE).read_text("utf-8"))
    files = {name: raw for name, raw in read_files(folder).items() if name not in (SAID, CASE)}
    ended = _trial(session, kept["reader"], files)
    session.console.print(
        f"{ended['word']} {ended['signature']}\n{ended['said']}", markup=False, highlight=False
    )
    return 1 if ended["word"] == "failed" else 0


def _print(session: Session) -> None:
    """Print what was tried and how it ended."""
    table = Table("reader", "read", "refused", "failed", "slowest s")
    for name, counts in session.counts.items():
        table.add_row(
            name, *(str(counts[word]) for word in ("read", "refused", "failed")), f"{session.slow[name]:.1f}"
        )
    session.console.print(table)
    for (reader, signature), folder in session.failures.items():
        session.console.print(
            f"{reader}: {signature}: {folder.relative_to(ROOT)}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


if __name__ == "__main__":
    sys.exit(main())
