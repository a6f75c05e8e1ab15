"""Little Town, gathered and measured once, as a scenario is handed it."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from citiesforall.core.inputs import Finished, Inputs
from citiesforall.pipeline.run import gather_layers, measure_city

from ..town.make_town import make_town


@dataclass(frozen=True)
class Town:
    """A finished run as steps are handed it, and its city file."""

    given: Inputs
    city_file: Path
    out: Path


def run_town(folder: Path, **words) -> Town:
    """Make Little Town and run it."""
    city = make_town(folder / "data", **words)
    return finished(city, folder / "out")


def finished(city: Path, out: Path) -> Town:
    """Run a city file."""
    found = gather_layers(city, out, threads=1)
    done = {
        name: Finished(made.folder, made.info)
        for name, made in measure_city(found).items()
        if name not in {"map", "results"}
    }
    return Town(replace(found.work.given, done=done, run="r"), city, out)


@pytest.fixture(scope="session")
def town(tmp_path_factory):
    """Return Little Town with stated errors, few draws."""
    return run_town(
        tmp_path_factory.mktemp("whatif"), errors="people lists", choices="draws = 20\nreach_m = 5000"
    )
