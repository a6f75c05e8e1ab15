"""The small invented town every case happens in: its files, and its layers made once."""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

from citiesforall.core.city import City, SourceUse, read_city
from citiesforall.core.inputs import Finished, Inputs
from citiesforall.demo import make_demo
from citiesforall.gather import snapshot
from citiesforall.pipeline.steps import GATHER, Step

PEOPLE = 1000
NEEDED = ("places", "streets", "facilities", "homes")
STEPS = {step.name: step for step in GATHER}
INFO = "info.json"


@dataclass(frozen=True)
class Base:
    """Hold the town's folder of files, its code and its finished layers."""

    folder: Path
    code: str
    done: dict[str, Finished]


def make_base(folder: Path) -> Base:
    """Make the town and the layers that other readers build on; take them up where they are made already."""
    city_file = folder / "town" / "krong.toml"
    if not city_file.is_file():
        make_demo(city_file.parent, people=PEOPLE)
        (city_file.parent / "truth.json").unlink()
        given = open_case(city_file)
        done: dict[str, Finished] = {}
        for name in NEEDED:
            made = folder / name
            made.mkdir()
            info = run_step(STEPS[name], replace(given, done=done), made)
            (made / INFO).write_text(json.dumps(info, default=str), "utf-8")
            done[name] = Finished(made, info)
    done = {
        name: Finished(folder / name, json.loads((folder / name / INFO).read_text("utf-8")))
        for name in NEEDED
    }
    return Base(folder, "KH99", done)


def open_case(city_file: Path) -> Inputs:
    """Read a city file and find its files, as a run does, but for the sources a whole city must have."""
    city: City = read_city(city_file)
    folders = snapshot.folders_of(city_file, city)
    files: dict[str, list[tuple[SourceUse, tuple[Path, ...]]]] = {}
    for role, uses in city.sources.items():
        for use in uses:
            files.setdefault(role, []).append((use, snapshot.find_all(use, folders)))
    return Inputs(city, files)


def run_step(step: Step, given: Inputs, folder: Path) -> dict[str, object]:
    """Make one layer."""
    module, function = step.maker.split(":")
    return dict(getattr(importlib.import_module(module), function)(given, folder))
