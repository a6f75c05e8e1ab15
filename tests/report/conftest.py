"""Finished tables to make documents from: Little Town with a plan, and real cities where their results are here."""

import json
import os
from pathlib import Path

import pytest

from citiesforall.core.city import read_city
from citiesforall.core.tables import read_parquet
from citiesforall.pipeline.run import run_city
from citiesforall.report.evidence import Evidence, read_evidence
from tests.end.test_plan import BUDGET
from tests.town.make_town import make_town

ROOT = Path(__file__).parents[2]
CITY_FILES = {"kh12_centre": "phnom_penh_centre.toml", "br4314902_sample": "porto_alegre.toml"}


def folders_of(out: Path, code: str) -> dict[str, Path]:
    """Return the folders of a city's finished steps, found in the store from its plan or else its diagnosis."""
    store = out / ".store"
    for last in ("plan", "diagnose"):
        for made in sorted(store.glob(f"{last}/*/made.json")):
            needs = json.loads(made.read_text("utf-8"))["needs"]
            found = {
                name.removeprefix("step:"): store / name.removeprefix("step:") / key
                for name, key in needs.items()
                if name.startswith("step:")
            }
            found[last] = made.parent
            if _whole(found["places"]) == code.upper():
                found |= {"results": out / code}
                return found
    pytest.skip(f"no results of {code} in {out.name}")


def _whole(places: Path) -> str:
    """Return the code of the city of a places step."""
    table = read_parquet(places / "places.parquet")
    return str(table.loc[table["parent"].isna(), "place"].iloc[0]).upper()


@pytest.fixture(scope="session")
def town_out(tmp_path_factory):
    """Return the city file and the output folder of Little Town, run with errors and a budget."""
    folder = tmp_path_factory.mktemp("reported")
    path = make_town(folder, errors="people lists")
    path.write_text(path.read_text("utf-8") + BUDGET, "utf-8")
    run_city(path, folder / "out", threads=1)
    return path, folder / "out"


@pytest.fixture(scope="session")
def evidence_of(town_out) -> Evidence:
    """Return the finished tables of Little Town with its plan."""
    path, out = town_out
    return read_evidence(read_city(path), folders_of(out, "kh9901"))


@pytest.fixture(scope="session")
def real_evidence():
    """Return a function from the code of a real city to its tables; it skips where no results of it are here.

    ``CITIES_RESULTS`` names the output folder of a run of the city files of the checkout.
    """

    def read(code: str) -> Evidence:
        out = Path(os.environ.get("CITIES_RESULTS", ROOT / "out"))
        if not (out / code).is_dir():
            pytest.skip(f"no results of {code}; set CITIES_RESULTS to the folder of a run")
        return read_evidence(read_city(ROOT / "cities" / CITY_FILES[code]), folders_of(out, code))

    return read
