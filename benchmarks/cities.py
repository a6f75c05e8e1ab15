"""Times the command ``cities`` as a user runs it: whole processes, their start included."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median

from benchmarks.race import ROOT, Lap, Row, process

CITIES = Path(sys.executable).parent / "cities"
NAMES = ("las_palmas", "porto_alegre", "phnom_penh_centre", "cambodia_registers")
AGAIN_S, HELP_S, LP_S, LP_MB, KH_S = 1.5, 0.4, 8.0, 1_000.0, 30.0


def rows(rounds: int) -> Iterator[Row]:
    """Time every city cold and again, Las Palmas without compiled code, and the help."""
    data = Path(os.environ.get("CITIES_DATA", ROOT.parent / "shared" / "data"))
    for name in (*NAMES, "demo"):
        if name != "demo" and not data.is_dir():
            print(f"  {name}: skipped, the real data are not here")
            continue
        yield from _city(name, rounds)
        if name == "las_palmas":
            yield from _never_compiled(name)
    helps = [process([str(CITIES), "--help"]) for _ in range(5)]
    yield _row("`cities --help`", helps, f"under {HELP_S} s", median(lap.seconds for lap in helps) < HELP_S)


def _command(name: str, out: str) -> list[str]:
    """Return the command that runs a city."""
    what = ["demo"] if name == "demo" else ["measure", f"cities/{name}.toml"]
    return [str(CITIES), *what, "--out", out]


def _city(name: str, rounds: int) -> Iterator[Row]:
    """Run a city into a new folder, and once more with nothing changed."""
    cold, warm = [], []
    with tempfile.TemporaryDirectory() as out:
        # the memory is watched apart, for that costs time; compiled code is in its cache from here on
        peak_mb = process(_command(name, out), watched=True).peak_mb
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as out:
            cold.append(process(_command(name, out)))
            warm.append(process(_command(name, out)))
        print(
            f"  round {number + 1}: {name} {cold[-1].seconds:.2f} s, again {warm[-1].seconds:.2f} s",
            flush=True,
        )
    seconds = median(lap.seconds for lap in cold)
    cold = [replace(lap, peak_mb=max(lap.peak_mb, peak_mb)) for lap in cold]
    what = (
        "`cities demo`, the town invented too" if name == "demo" else f"`cities measure cities/{name}.toml`"
    )
    targets = {
        "las_palmas": (f"under {LP_S:.0f} s, under {LP_MB:,.0f} MB", seconds < LP_S and peak_mb < LP_MB),
        "cambodia_registers": (f"under {KH_S:.0f} s", seconds < KH_S),
    }
    target, met = targets.get(name, ("", None))
    yield _row(
        f"{what}, new store, compiled code cached",
        cold,
        target,
        met,
    )
    again = median(lap.seconds for lap in warm)
    yield _row(f"the same again, nothing changed ({name})", warm, f"under {AGAIN_S} s", again < AGAIN_S)


def _never_compiled(name: str) -> Iterator[Row]:
    """Run a city as a first run on a machine does: no compiled loops, and no compiled Python files either."""
    what = f"`cities measure cities/{name}.toml`, new store, {{}}"
    with tempfile.TemporaryDirectory() as out, tempfile.TemporaryDirectory() as cache:
        loops = {"NUMBA_CACHE_DIR": f"{cache}/loops"}
        lap = process(_command(name, f"{out}/one"), loops)
        yield _row(what.format("no compiled loops yet (numba)"), [lap], "", None)
        everything = {"NUMBA_CACHE_DIR": f"{cache}/more", "PYTHONPYCACHEPREFIX": f"{cache}/python"}
        lap = process(_command(name, f"{out}/other"), everything)
        yield _row(what.format("nothing compiled yet (numba, Python): the first run ever"), [lap], "", None)


def _row(what: str, laps: list[Lap], target: str, met: bool | None) -> Row:
    """Return the line of a command."""
    seconds = [lap.seconds for lap in laps]
    return Row(
        part="D",
        what=what,
        ours_s=median(seconds),
        ours_mb=median(lap.peak_mb for lap in laps),
        target=target,
        met=met,
        rounds=len(laps),
        all_s={"ours": seconds},
    )
