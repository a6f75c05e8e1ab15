"""Little Town, gathered and measured once, as a scenario is handed it."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

from citiesforall.core.inputs import Finished, Inputs
from citiesforall.core.scenario import Scenario, changes_of
from citiesforall.core.tables import read_parquet
from citiesforall.pipeline.run import gather_layers, measure_city
from citiesforall.whatif.published import differences
from citiesforall.whatif.session import Session, open_session
from citiesforall.whatif.whole import changed_run, measured
from tests.town.make_town import make_town


@dataclass(frozen=True)
class Town:
    """A finished run as steps are handed it, its city file, and what it measured."""

    given: Inputs
    city_file: Path
    out: Path

    @property
    def observations(self) -> pd.DataFrame:
        """Return what the run measured."""
        return read_parquet(self.given.done["measure"].folder / "observations.parquet")


def finished(city: Path, out: Path) -> Town:
    """Run a city file."""
    found = gather_layers(city, out, threads=1)
    done = {
        name: Finished(made.folder, made.info)
        for name, made in measure_city(found).items()
        if name not in {"map", "results"}
    }
    return Town(replace(found.work.given, done=done, run="r"), city, out)


def scenario(*rows, name="s") -> Scenario:
    """Return tables of changes as a scenario."""
    changes, faults = changes_of(rows)
    assert not faults, faults
    return Scenario(name=name, changes=changes)


def full_run(town: Town, what: Scenario, folder: Path) -> pd.DataFrame:
    """Measure a changed city whole."""
    return measured(changed_run(town.given, what, folder), folder)[0]


def differing(town: Town, what: Scenario, folder: Path, *, intervals: bool) -> pd.DataFrame:
    """Return what differs in a full run on the changed city."""
    before, after = town.observations, full_run(town, what, folder)
    if not intervals:
        before, after = (table.assign(low=float("nan"), high=float("nan")) for table in (before, after))
    return differences(before, after)


@pytest.fixture(scope="session")
def town(tmp_path_factory) -> Town:
    """Return Little Town with stated errors, few draws."""
    folder = tmp_path_factory.mktemp("whatif")
    return finished(make_town(folder / "data", errors="people lists", choices="draws = 20"), folder / "out")


@pytest.fixture(scope="session")
def session(town) -> Session:
    """Return Little Town in memory."""
    return open_session(town.given)
