"""Small nations to work on: three invented krongs measured and diagnosed once a session, and real folders where there are some."""

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import citiesforall
from citiesforall.core.nation import Nation
from citiesforall.demo import make_demo
from citiesforall.nation.given import CityRun, NationInputs
from citiesforall.nation.run import Wanted, run_nation
from citiesforall.nation.steps import Step, run_step, with_steps
from citiesforall.pipeline.run import run_city
from citiesforall.store import sha256_of

PEOPLE, DRAWS = 2_000, 20
SEEDS = {"KH9901": 1, "KH9902": 2, "KH9801": 3}
"""Two krongs of one invented province, one of another."""
PLANNED = "KH9901"
"""The krong that has scorecards and a plan; the others end with their diagnosis."""
NATION = {
    "place": {"code": "KH", "name": "Invented nation", "name_km": "ប្រទេសប្រឌិត", "invented": True},
    "period": "2025",
    "cities": [{"file": f"{code}/krong.toml", "parent": code[:4]} for code in SEEDS],
    "choices": {"draws": DRAWS},
}


def thin(file: Path, *, scorecards: bool) -> Path:
    """Leave out of a krong's file what takes long: interviews, workbooks, most draws, a plan's last percents."""
    parts = re.split(r"(?m)^(?=\[)", file.read_text("utf-8"))
    dropped = ["[sources.households]"] if scorecards else ["[sources.households]", "[[sources.scorecards]]"]
    kept = [
        part
        for part in parts
        if not part.startswith(tuple(dropped))
        and not (part.startswith("[[sources.registers]]") and 'format = "workbook"' in part)
    ]
    text = "".join(kept).replace("[choices]\n", f"[choices]\ndraws = {DRAWS}\n")
    file.write_text(f"{text}\n[plan]\nmax_sites = 20\ngap = 0.2\n", "utf-8")
    return file


def invent(folder: Path, code: str, seed: int) -> Path:
    """Return the city file of a thin krong, made where it is not there yet; several processes may ask at once."""
    file = folder / "krong.toml"
    if not file.is_file():
        apart = Path(tempfile.mkdtemp(dir=folder.parent))
        thin(make_demo(apart / code, seed, PEOPLE, code), scorecards=code == PLANNED)
        with contextlib.suppress(OSError):  # another was first
            (apart / code).rename(folder)
        shutil.rmtree(apart)
    return file


@contextlib.contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Let one of the processes that test make what all of them read; the others wait, and find it kept."""
    with (folder / ".making.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def krongs(request, tmp_path_factory) -> Path:
    """Return a folder with city files ``<code>/krong.toml`` and, in ``out/<code>``, what was made of them. Read only.

    They are kept from session to session: the store makes anew what another code would make otherwise.
    """
    written = [Path(__file__), *sorted((Path(citiesforall.__file__).parent / "demo").glob("*.py"))]
    sha = hashlib.sha256(b"".join(path.read_bytes() for path in written)).hexdigest()[:12]
    cache = getattr(request.config, "cache", None)
    base = cache.mkdir(f"krongs_{sha}") if cache else tmp_path_factory.mktemp("krongs")
    with one_at_a_time(base):
        for code, seed in SEEDS.items():
            file = invent(base / code, code, seed)
            run_city(file, base / "out", threads=1, through="plan" if code == PLANNED else "diagnose")
    return base


@pytest.fixture(scope="session")
def nation(krongs) -> NationInputs:
    """Return the inputs of a nation of three invented krongs, with its members made."""
    cities = tuple(
        CityRun(
            f"{code}/krong.toml", code, krongs / "out" / code.lower(), "streets", parent=code[:4], invented=True,
            reaches="plan" if code == PLANNED else "diagnose",
        )
        for code in sorted(SEEDS)
    )  # fmt: skip
    given = NationInputs(Nation.model_validate(NATION | {"folder": krongs}), cities)
    return with_step(given, Step("members", "citiesforall.nation.members:make_members"), krongs / "store")


def with_step(given: NationInputs, step: Step, root: Path) -> NationInputs:
    """Return the inputs with one more step made: ``with_step(nation, Step("rollup", "module:function"), tmp_path)``."""
    keys = {city.code: "test" for city in given.cities}
    made = run_step(step, given, root, keys, {})
    both = with_steps(given, {step.name: made})
    return replace(both, done={**given.done, **both.done}, said={**given.said, **both.said})


@pytest.fixture(scope="session")
def cambodia() -> NationInputs:
    """Return the inputs of the real nation from the folders that CITIES_NATION names, or skip.

    They are published folders of cities/cambodia_registers.toml and, if there, cities/phnom_penh_centre.toml: several are parted
    by a colon.
    """
    folders = [Path(name) for name in os.environ.get("CITIES_NATION", "").split(":") if name]
    if not folders or not all((folder / "run.json").is_file() for folder in folders):
        pytest.skip("no finished folders of Cambodia here; set CITIES_NATION")
    cities = []
    for folder in folders:
        code = folder.name.upper()
        whole = code == "KH"
        cities.append(
            CityRun(
                "cambodia_registers.toml" if whole else f"{folder.name}.toml", code, folder,
                "registers" if whole else "streets", members="district" if whole else "", part_of="" if whole else code[:4],
            )
        )  # fmt: skip
    place = {"code": "KH", "name": "Cambodia", "name_km": "កម្ពុជា", "edition": "kh@2025"}
    nation = Nation.model_validate(
        {"place": place, "period": "2022", "registers": [{"file": "cambodia_registers.toml"}]}
    )
    return NationInputs(nation, tuple(sorted(cities, key=lambda city: city.code)))


NATION_FILE = """period = "2025"
languages = ["en"]

[place]
code = "KH"
name = "Invented nation"
invented = true

[[cities]]
file = "KH*/krong.toml"

[choices]
through = "diagnose"
draws = 20
"""


@pytest.fixture(scope="session")
def nation_file(krongs, tmp_path_factory) -> Path:
    """Return a nation file beside the sources of three krongs, nothing made yet."""
    folder = tmp_path_factory.mktemp("nation")
    for code in SEEDS:
        shutil.copytree(krongs / code, folder / code)
    (folder / "nation.toml").write_text(NATION_FILE, "utf-8")
    return folder / "nation.toml"


@pytest.fixture(scope="session")
def calm(nation_file, tmp_path_factory) -> Path:
    """Return the folder of results of a nation made in this process, one city after the other, by nobody disturbed."""
    base = tmp_path_factory.getbasetemp()
    base = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "calm"
    base.mkdir(exist_ok=True)
    out = base / "out"
    with one_at_a_time(base):
        done = run_nation(nation_file, Wanted(out, workers=1))
    assert done.whole, done.text
    return out


def shas(out: Path) -> dict[str, str]:
    """Return the checksum of every published file, of cities and of the nation."""
    return {
        path.relative_to(out).as_posix(): sha256_of(path)
        for folder in sorted(out.glob("[!.]*"))
        if folder.is_dir()
        for path in sorted(folder.rglob("[!.]*"))
        if path.is_file()
    }
