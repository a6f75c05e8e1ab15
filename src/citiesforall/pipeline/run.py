"""One city from its file to results: every step in order, then the files users look for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Thread
from types import MappingProxyType

from citiesforall.core.lazy import light_scipy, rarely_collected
from citiesforall.pipeline.beside import beside
from citiesforall.pipeline.monitoring import keep_monitoring
from citiesforall.pipeline.progress import Tell, progress, quiet
from citiesforall.pipeline.publishing import publish_all, publish_file
from citiesforall.pipeline.steps import (
    AFTER_FACILITIES,
    ALONE,
    BESIDE,
    DIAGNOSE,
    EXPORT,
    GATHER,
    MAP,
    MEASURE,
    PLAN,
    REPORT,
    RESULTS,
    NotKeptError,
    Step,
    Work,
    open_work,
    run_steps,
)
from citiesforall.store import Made, sweep

STORE = ".store"
PUBLISHED = (
    ("measure", "observations.parquet"), ("measure", "observations.csv"), ("measure", "cell_values.parquet"),
    ("measure", "walk_minutes.parquet"), ("measure", "draws.npy"), ("measure", "draws_index.parquet"),
    ("measure", "inequality.parquet"), ("measure", "inequality.csv"),
    ("results", "city.gpkg"), ("results", "run.json"), ("results", "sources.csv"), ("results", "missing.csv"),
    ("results", "findings.txt"),
)  # fmt: skip
WHAT = {
    "observations.parquet, observations.csv": "every number: place, group, indicator, interval, status",
    "inequality.parquet, inequality.csv": "gaps between groups and places, who is worst off, how sure that is",
    "draws.npy, draws_index.parquet": "the draws behind the intervals: sums and gaps are made on them",
    "city.gpkg": "open it in QGIS: places, cells, streets, facilities",
    "run.json": "how it was made: repairs, doubts, what is missing and why",
    "missing.csv": "what no source gives: why, and which source would fill it",
    "sources.csv": "licence and citation of every source: pass them on with the numbers",
}

LATER: Mapping[str, tuple[Step, ...]] = MappingProxyType(
    {
        "measure": (),
        "diagnose": (DIAGNOSE,),
        "plan": (DIAGNOSE, PLAN),
        "report": (DIAGNOSE, PLAN, REPORT),
        "export": (DIAGNOSE, PLAN, EXPORT),
        "run": (DIAGNOSE, PLAN, REPORT, EXPORT),
    }
)
"""Verb -> steps it makes after measuring."""
WHAT_LATER = {
    "diagnose": "scores, dimensions, the index, challenges, risks, outlook, floods, triggers",
    "plan": "what to do where, when, by whom, from which fund; its proof, its check, the roadmap",
    "report": "city profile, smart-city concept with roadmap, council brief: Khmer and English; every number's origin",
    "export": "workbook, SDMX, Open SDG, data package, GeoParquet, PMTiles, review annex",
}


@dataclass(frozen=True)
class Gathered:
    """Hold the finished layers of a city.

    Parameters
    ----------
    work
        The city and its sources.
    layers
        Layer -> finished step; absent where the city has no source for it.
    """

    work: Work
    layers: Mapping[str, Made]


@rarely_collected()
def gather_layers(city_file: Path, out: Path, *, threads: int = 2, tell: Tell = quiet) -> Gathered:
    """Turn a city's sources into layers.

    Parameters
    ----------
    city_file
        A TOML file.
    out
        Folder of results; the store lies in it.
    threads
        Worker threads; results do not depend on it.
    tell
        Told the steps.

    Returns
    -------
    Gathered
        The layers.

    Raises
    ------
    CitiesError
        Carrying the faults of the city file or of a source.
    """
    work = _open(city_file, out, threads=threads, tell=tell)
    with _beside(work) as before:
        return Gathered(work, run_steps(work, GATHER, {}, before))


def _open(city_file: Path, out: Path, *, threads: int, tell: Tell, root: Path | None = None) -> Work:
    """Read the city file and find its sources; clear what killed runs left."""
    root = root or out / STORE
    sweep(root)
    return open_work(city_file, root, threads=threads, tell=tell)


@contextmanager
def _beside(work: Work) -> Iterator[Mapping[str, Callable[[], None]]]:
    """Let a second process make homes, stops and the fixed layers of the map; give what to call before which step."""
    silent = replace(work, given=replace(work.given, tell=quiet))

    first, then = (
        [partial(run_steps, silent, steps, {}) for steps in pieces] for pieces in (BESIDE, AFTER_FACILITIES)
    )
    with beside(first, then, threads=work.given.threads) as (wait, go_on, finish):

        def homes() -> None:
            go_on()
            wait(1)

        yield {
            "facilities": _load_ahead, "homes": homes, "stops": partial(wait, 2), "cells": partial(wait, 3), "map": finish,
        }  # fmt: skip


def _load_ahead() -> None:
    """Load what measuring needs while an extract is read: that leaves Python idle for half a second."""
    Thread(target=_load, daemon=True).start()


def _load() -> None:
    """Load the methods and the indicators."""
    light_scipy()
    import citiesforall.measure.making  # noqa: PLC0415
    from citiesforall.core.indicator import indicators  # noqa: PLC0415

    assert citiesforall.measure.making
    indicators()


def gather_city(city_file: Path, out: Path, *, threads: int) -> str:
    """Gather a city's layers and say what was found.

    Parameters
    ----------
    city_file, out, threads
        As for `gather_layers`.

    Returns
    -------
    str
        Lines of text: layers, figures, repairs, doubts.
    """
    with progress() as tell:
        found = gather_layers(city_file, out, threads=threads, tell=tell)
    lines = []
    for name, made in found.layers.items():
        lines.append(f"{name}: {made.folder}{'' if made.fresh else ' (kept)'}")
        lines += [f"  {note['kind']}: {note['where']}: {note['what']}" for note in made.info.get("notes", [])]
    return "\n".join(lines)


def measure_city(found: Gathered, before: Mapping[str, Callable[[], None]] = ALONE) -> dict[str, Made]:
    """Measure every indicator of gathered layers and make the map.

    Parameters
    ----------
    found
        From `gather_layers`.
    before
        What to call before which step.

    Returns
    -------
    dict
        Name -> finished step, ``measure`` (the observations) and ``results`` among them.
    """
    return run_steps(found.work, (MEASURE, MAP, RESULTS), found.layers, before)


def publish_run(found: Gathered, done: Mapping[str, Made], out: Path) -> Path:
    """Put a finished run where users look for it, each file in one move.

    Parameters
    ----------
    found
        The layers.
    done
        From `measure_city`.
    out
        Folder of results.

    Returns
    -------
    Path
        Folder of the run.
    """
    folder = out / found.work.given.city.place.code.lower()
    for step, name in PUBLISHED:
        publish_file(done[step], name, folder)
    return folder


def _said(made: Made, places: Made) -> list[str]:
    """Return what a diagnosis or a plan says first."""
    if made.name != DIAGNOSE.name:
        return list(made.info.get("findings", ()))
    from citiesforall.core.tables import read_parquet  # noqa: PLC0415 - loads pandas
    from citiesforall.pipeline.diagnosis_findings import diagnosis_findings  # noqa: PLC0415

    table = read_parquet(places.folder / "places.parquet")
    return diagnosis_findings(made.info, dict(zip(table["place"], table["name"], strict=True)))


@dataclass(frozen=True)
class CityDone:
    """Hold a finished and published city.

    Parameters
    ----------
    folder
        Its published results.
    steps
        Name -> finished step.
    said
        What is said of its monitoring table.
    """

    folder: Path
    steps: Mapping[str, Made]
    said: tuple[str, ...] = ()


@rarely_collected()
def finish_city(
    city_file: Path, out: Path, *, threads: int, through: str, root: Path | None = None, tell: Tell = quiet
) -> CityDone:
    """Take one city through its steps and publish what was made.

    Parameters
    ----------
    city_file, out, threads, tell
        As for `gather_layers`.
    through
        A verb of `LATER`.
    root
        Folder of the store, where it does not lie in `out`.

    Returns
    -------
    CityDone
        The city.

    Raises
    ------
    CitiesError
        Carrying the faults of the city file or of a source; earlier results stay as they are.
    """
    work = _open(city_file, out, threads=threads, tell=tell, root=root)
    with _beside(work) as before:
        found = Gathered(work, run_steps(work, GATHER, {}, before))
        done = measure_city(found, before)
        folder = publish_run(found, done, out)
    for step in LATER[through]:
        done = run_steps(work, (step,), done)
        if step.name in done:
            publish_all(done[step.name], folder / step.name)
    return CityDone(folder, done, tuple(keep_monitoring(folder)))


def kept_city(city_file: Path, out: Path, *, through: str, root: Path | None = None) -> CityDone | None:
    """Return a city whose every step is kept, published again where files are gone; None where there is something to make.

    Parameters
    ----------
    city_file, out, through, root
        As for `finish_city`.

    Raises
    ------
    CitiesError
        Carrying the faults of the city file or of a source.
    """
    work = replace(_open(city_file, out, threads=1, tell=quiet, root=root), only_kept=True)
    try:
        found = Gathered(work, run_steps(work, GATHER, {}))
        done = run_steps(work, (MEASURE, MAP, RESULTS, *LATER[through]), found.layers)
    except NotKeptError:
        return None
    folder = publish_run(found, done, out)
    for step in LATER[through]:
        if step.name in done:
            publish_all(done[step.name], folder / step.name)
    return CityDone(folder, done)


def run_city(city_file: Path, out: Path, *, threads: int = 2, through: str = "plan") -> str:
    """Do everything for one city and say what a mayor would want to know first.

    Parameters
    ----------
    city_file, out, threads, through
        As for `finish_city`.

    Returns
    -------
    str
        Findings, and where the files are.

    Raises
    ------
    CitiesError
        Carrying the faults of the city file or of a source; earlier results stay as they are.
    """
    with progress() as tell:
        city = finish_city(city_file, out, threads=threads, through=through, tell=tell)
    folder, done = city.folder, city.steps
    lines = [(folder / "findings.txt").read_text("utf-8").rstrip()]
    for step in LATER[through]:
        if step.name in done:
            lines += ["", *_said(done[step.name], done["places"])]
    lines += [*city.said, "", f"Files in {folder}:"]
    lines += [f"  {names:<40} {what}" for names, what in WHAT.items()]
    lines += [f"  {f'{name}/':<40} {what}" for name, what in WHAT_LATER.items() if (folder / name).is_dir()]
    where = f" --out {out}" if out != Path("out") else ""
    lines.append(
        f"Where a number comes from: cities explain health_centre_access --city {folder.name}{where}"
    )
    return "\n".join(lines)


def make_demo_city(out: Path, seed: int, people: int) -> Path:
    """Invent a krong and return its city file.

    Parameters
    ----------
    out
        Folder of results; sources go into ``demo_sources`` in it.
    seed
        Another seed gives another town.
    people
        How many people live there.
    """
    folder = out / "demo_sources" / f"krong_{seed}_{people}"
    done = folder / "krong.toml"
    if done.is_file():
        return done
    from citiesforall.demo import make_demo  # noqa: PLC0415 - only where a town is still to be invented

    return make_demo(folder, seed=seed, people=people)
