"""One city from its file to results: every step in order, then the files users look for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from citiesforall import __version__
from citiesforall.pipeline.progress import Tell, progress, quiet
from citiesforall.pipeline.results import findings_of, publish_results
from citiesforall.pipeline.steps import (
    Ground,
    Work,
    facilities_step,
    open_work,
    places_step,
    stops_step,
    streets_step,
)
from citiesforall.pipeline.surface_steps import cells_step, walks_step
from citiesforall.store import Made, code_sha, keep, sweep

STORE = ".store"


@dataclass(frozen=True)
class Gathered:
    """Hold the finished layers of a city.

    Parameters
    ----------
    work
        The city and its sources.
    ground
        Its places.
    layers
        Layer -> finished step; absent where the city has no source for it.
    """

    work: Work
    ground: Ground
    layers: Mapping[str, Made]


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
    root = out / STORE
    root.mkdir(parents=True, exist_ok=True)
    sweep(root)
    work = open_work(city_file, root, threads=threads, tell=tell)
    total = 6
    tell("gather", 0, total)
    ground = Ground(places_step(work))
    layers: dict[str, Made] = {"places": ground.made}
    tell("gather", 1, total)

    def put(name: str, made: Made | None) -> Made | None:
        if made is not None:
            layers[name] = made
        tell("gather", len(layers), total)
        return made

    streets = put("streets", streets_step(work, ground))
    facilities = put("facilities", facilities_step(work, ground, streets))
    stops = put("stops", stops_step(work, ground, streets))
    cells = put("cells", cells_step(work, ground, streets, facilities))
    assert cells is not None, "people and boundaries are there"
    put("walks", walks_step(work, cells, streets, facilities, stops))
    tell("gather", total, total)
    return Gathered(work, ground, layers)


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


def measure_city(found: Gathered, tell: Tell = quiet) -> Made:
    """Measure every indicator of gathered layers.

    Parameters
    ----------
    found
        From `gather_layers`.
    tell
        Told the indicators.

    Returns
    -------
    Made
        The step that holds the observations.
    """
    city = found.work.city
    needs = {f"step:{name}": made.key for name, made in found.layers.items()}
    choices = {
        **city.choices.model_dump(),
        "period": city.period,
        "declared": declarations_sha(),
        "sources": [use.model_dump(mode="json") for uses in city.sources.values() for use in uses],
    }
    said = json.dumps([needs, choices, code_sha("measure"), __version__], sort_keys=True, default=str)
    run = hashlib.sha256(said.encode()).hexdigest()[:12]

    def make(folder: Path) -> Mapping[str, Any]:
        from citiesforall.pipeline.measuring import measure_into  # noqa: PLC0415 - not needed when nothing changed

        return {**measure_into(folder, _inputs(found, run), tell), "run": run}

    return keep(found.work.root, "measure", make, room="measure", needs=needs, choices=choices)


def declarations_sha() -> str:
    """Return the fingerprint of every declared indicator and group."""
    from importlib.resources import files  # noqa: PLC0415

    folder = files("citiesforall.data").joinpath("indicators")
    texts = [
        f.read_bytes() for f in sorted(folder.iterdir(), key=lambda f: f.name) if f.name.endswith(".toml")
    ]
    return hashlib.sha256(b"\0".join(texts)).hexdigest()[:20]


def _inputs(found: Gathered, run: str) -> dict[str, Any]:
    """Return what the measure step reads."""
    from citiesforall.measure.load import Draws  # noqa: PLC0415

    city, layers = found.work.city, found.layers
    people = city.of("people")[0]
    cells, streets = layers["cells"], layers.get("streets")
    draws = Draws(city.choices.draws + 1, city.choices.seed, people.id, people.error)
    by_layer = {name: made.info.get("sources", []) for name, made in layers.items()}
    return {
        "places": layers["places"].folder / "places.parquet",
        "cells": cells.folder / "cells.parquet",
        "walks": layers["walks"].folder if "walks" in layers else None,
        "draws": draws,
        "given": {
            "walk_m_s": city.choices.walk_m_s,
            "years": cells.info.get("years", {}),
            "facts": streets.info.get("facts", {}) if streets else {},
        },
        "choices": {"walk_m_s": city.choices.walk_m_s, "slow_walk_m_s": city.choices.slow_walk_m_s},
        "period": city.period,
        "run": run,
        "sources": {**by_layer, **cells.info.get("columns", {})},
        "grades": {use.id: use.grade for uses in city.sources.values() for use in uses},
    }


def run_city(city_file: Path, out: Path, *, threads: int = 2) -> str:
    """Do everything for one city and say what a mayor would want to know first.

    Parameters
    ----------
    city_file, out, threads
        As for `gather_layers`.

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
        found = gather_layers(city_file, out, threads=threads, tell=tell)
        measured = measure_city(found, tell)
        folder = publish_results(found.work, dict(found.layers), measured, out)
    return findings_of(folder)


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
    from citiesforall.demo import make_demo  # noqa: PLC0415 - only the demo needs it

    folder = out / "demo_sources" / f"krong_{seed}_{people}"
    done = folder / "krong.toml"
    return done if done.is_file() else make_demo(folder, seed=seed, people=people)
