"""Cases: a seed, some edits, and the folder they make; the same words always make the same case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from fuzz import seeds, seeds_real, seeds_survey
from fuzz.cityfile import Use
from fuzz.edits import edited
from fuzz.seeds import CITY, Seed

READERS: dict[str, seeds.Maker] = {
    "boundaries": seeds.boundaries,
    "hexagons": seeds.hexagons,
    "gazetteer": seeds.gazetteer,
    "streets": seeds.streets,
    "lines": seeds.lines,
    "gtfs": seeds.transit,
    "features": seeds.features,
    "points": seeds.points,
    "buildings": seeds.buildings,
    "rasters": seeds.rasters,
    "tables": seeds.tables,
    "registers": seeds.registers,
    "workbooks": seeds.workbooks,
    "households": seeds_survey.exports,
    "city": seeds.cities,
    "real": seeds_real.slices,
}
"""Reader -> what it is fed."""
CITY_SHARE = 0.15
"""Of the edits, those of the city file that names the others."""
MOST_EDITS = 4
Files = dict[str, bytes]


@dataclass(frozen=True)
class Case:
    """Name a case: the reader, one of its seeds, and the edits, each a file and a number."""

    reader: str
    number: int
    seed: Seed
    edits: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        """Return the word that makes it again."""
        return f"{self.reader}:{self.number}"


def seeds_of(reader: str, town: Path, own: dict[str, list[Use]]) -> list[Seed]:
    """Return the sound cases of a reader."""
    make: Callable[[Path, dict[str, list[Use]]], list[Seed]] = READERS[reader]
    return make(town, own)


def make_case(reader: str, number: int, given: list[Seed]) -> Case:
    """Choose a seed and its edits."""
    chance = Random(f"{reader}/{number}")
    seed = chance.choice(given)
    others = [name for name in seed.files if name != CITY]
    edits = []
    for at in range(chance.choice((1, 1, 2, MOST_EDITS))):
        name = CITY if not others or chance.random() < CITY_SHARE else chance.choice(others)
        edits.append((name, f"{reader}/{number}/{at}"))
    return Case(reader, number, seed, tuple(edits))


def files_of(case: Case, edits: tuple[tuple[str, str], ...] | None = None) -> Files:
    """Return the files of a case, with some of its edits only where asked."""
    files = dict(case.seed.files)
    for name, seed in case.edits if edits is None else edits:
        files[name] = edited(name, files[name], seed)
    return files


def write_files(files: Files, folder: Path) -> None:
    """Write a case as a folder that stands for itself."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, raw in files.items():
        (folder / name).write_bytes(raw)


def read_files(folder: Path) -> Files:
    """Read a case back."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
