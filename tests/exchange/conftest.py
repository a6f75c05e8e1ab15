"""Little Town with a plan, some of its values withheld, and everything that is handed on of it."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from citiesforall.core.city import read_city
from citiesforall.core.inputs import Finished, Inputs
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.exchange.given import read_published
from citiesforall.exchange.making import make_exchange
from citiesforall.pipeline.run import run_city
from tests.end.test_plan import BUDGET
from tests.town.make_town import make_town

STEPS = ("places", "homes", "measure", "results", "diagnose", "plan")


def withhold(table):
    """Return observations of which every third value of women in a place is withheld, as a small sample would be."""
    unit = (table["group"] == "women") & (table["place"] != "KH9901") & table["value"].notna()
    chosen = table.index[unit][::3]
    out = table.copy()
    out.loc[chosen, ["value", "low", "high", "num", "den", "n"]] = np.nan
    out.loc[chosen, "status"] = "suppressed"
    return out


@pytest.fixture(scope="session")
def town_inputs(tmp_path_factory):
    """Return what the step is handed for Little Town, with its plan and withheld values."""
    folder = tmp_path_factory.mktemp("exchange")
    path = make_town(folder, errors="people lists")
    path.write_text(path.read_text("utf-8") + BUDGET, "utf-8")
    run_city(path, folder / "out", threads=1)
    done = {}
    for step in STEPS:
        made = next((folder / "out/.store" / step).glob("*/made.json"))
        done[step] = Finished(made.parent, json.loads(made.read_text("utf-8")))
    measured = folder / "measured"
    shutil.copytree(done["measure"].folder, measured)
    write_parquet(
        withhold(read_parquet(measured / "observations.parquet")), measured / "observations.parquet"
    )
    done["measure"] = replace(done["measure"], folder=measured)
    return Inputs(read_city(path), {}, done=done)


@pytest.fixture(scope="session")
def town(town_inputs):
    """Return the published tables of Little Town."""
    return read_published(town_inputs)


@pytest.fixture(scope="session")
def exported(town_inputs, tmp_path_factory):
    """Return the folder of everything handed on of Little Town, and what the step remembers."""
    folder = tmp_path_factory.mktemp("exported")
    return folder, make_exchange(town_inputs, folder)
