"""The steps that turn a city's sources into layers; each is kept in the store under a key of all it was made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import shapely

from citiesforall.core.city import City, SourceUse, read_city
from citiesforall.core.errors import CitiesError, InputError, raise_all
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet, write_parquet
from citiesforall.gather import boundaries, facilities, open_space, snapshot, streets, transit
from citiesforall.gather.place_names import add_names
from citiesforall.gather.street_amounts import street_facts
from citiesforall.network.streets import Streets, load, save
from citiesforall.pipeline.progress import Tell
from citiesforall.store import Made, keep, source_sha

Use = tuple[SourceUse, Path]
AROUND_M = 2_000.0
"""Streets and facilities are read this far beyond the city at least, because people walk over its border."""


@dataclass(frozen=True)
class Work:
    """Hold what every step of one city needs to know.

    Parameters
    ----------
    city
        The city.
    root
        Folder of the store.
    files
        Role -> its sources with their (first) file.
    tiles
        Source id and role -> all files of a source that comes in tiles.
    shas
        File -> checksum.
    threads
        Worker threads.
    tell
        Told the steps.
    """

    city: City
    root: Path
    files: Mapping[str, tuple[Use, ...]]
    tiles: Mapping[tuple[str, str], tuple[Path, ...]]
    shas: Mapping[Path, str]
    threads: int
    tell: Tell

    def of(self, *roles: str) -> list[Use]:
        """Return the sources of some roles with their files."""
        return [use for role in roles for use in self.files.get(role, ())]

    def one(self, role: str) -> Use | None:
        """Return the one source of a role, None where the city has none."""
        return next(iter(self.files.get(role, ())), None)

    def step(
        self,
        name: str,
        make: Callable[[Path], Mapping[str, Any]],
        *,
        roles: tuple[str, ...] = (),
        needs: tuple[Made, ...] = (),
        choices: tuple[str, ...] = (),
        room: str = "gather",
    ) -> Made:
        """Keep a step whose inputs are sources of some roles, other steps and choices of the city."""
        inputs = {f"step:{made.name}": made.key for made in needs}
        uses = []
        for number, (use, _) in enumerate(self.of(*roles)):
            tiles = self.tiles[use.role, use.id]
            inputs[f"source:{use.role}:{number}"] = " ".join(self.shas[tile] for tile in tiles)
            uses.append(use.model_dump(mode="json", exclude_none=True))
        chosen = {word: getattr(self.city.choices, word) for word in choices}
        said = {"place": self.city.place.model_dump(mode="json"), "sources": uses, **chosen}
        return keep(self.root, name, make, room=room, needs=inputs, choices=said)


def open_work(city_file: Path, root: Path, *, threads: int, tell: Tell) -> Work:
    """Read the city file, find and check every source file.

    Parameters
    ----------
    city_file
        A TOML file.
    root
        Folder of the store.
    threads
        Worker threads.
    tell
        Told the steps.

    Returns
    -------
    Work
        Ready for the steps.

    Raises
    ------
    CitiesError
        Carrying every fault of the city file, or every file that is not there or not the one stated.
    """
    city = read_city(city_file)
    folders = snapshot.folders_of(city_file, city)
    faults: list[str] = []
    files: dict[str, tuple[Use, ...]] = {}
    shas: dict[Path, str] = {}
    tiles: dict[tuple[str, str], tuple[Path, ...]] = {}
    for role, uses in city.sources.items():
        found: list[Use] = []
        for use in uses:
            try:
                paths = snapshot.find_all(use, folders)
            except CitiesError as error:
                faults += error.faults
                continue
            for path in paths:
                if path not in shas:
                    shas[path] = source_sha(path, root / ".sha256")
            if use.sha256 and use.sha256 != shas[paths[0]]:
                faults.append(
                    f"sources.{role}: {paths[0].name}: sha256 is {shas[paths[0]]}, but {use.sha256} is expected. "
                    "The file is not the one named; fetch it again or correct the checksum."
                )
            found.append((use, paths[0]))
            tiles[role, use.id] = paths
        files[role] = tuple(found)
    for role in ("boundaries", "people"):
        if role not in city.sources:
            faults.append(
                f"{city_file.name}: sources.{role}: a city cannot be measured without {role}. Add [sources.{role}]."
            )
    raise_all(faults, InputError)
    return Work(city, root, files, tiles, shas, threads, tell)


def remembered(notes: list[Note], uses: list[Use], **more: Any) -> dict[str, Any]:
    """Return what a step's made.json remembers: notes, sources, figures."""
    return {"notes": [note.as_dict() for note in notes], "sources": [use.id for use, _ in uses], **more}


def places_step(work: Work) -> Made:
    """Read the units and the city; choose the metric reference system."""
    found = work.one("boundaries")
    assert found is not None, "open_work has checked it"
    use, path = found

    def make(folder: Path) -> dict[str, Any]:
        crs = boundaries.choose_crs(use, path, work.city)
        places, notes = boundaries.gather_places(use, path, work.city, crs)
        places, more = add_names(places, work.city.place.edition)
        write_parquet(places, folder / "places.parquet", {"crs": crs})
        return remembered([*notes, *more], [found], crs=crs)

    return work.step("places", make, roles=("boundaries",))


@dataclass(frozen=True)
class Ground:
    """Hold the places of a city, which every later step needs.

    Parameters
    ----------
    made
        The step that made them.
    """

    made: Made

    @property
    def crs(self) -> str:
        """Return the metric reference system."""
        return str(self.made.info["crs"])

    @cached_property
    def places(self) -> pd.DataFrame:
        """Return the places layer."""
        return read_parquet(self.made.folder / "places.parquet")

    @cached_property
    def extent(self) -> Any:
        """Return the city's polygon. [m]"""
        city = self.places[self.places["parent"].isna()]
        return shapely.from_wkb(city["geometry"].iloc[0])


def streets_step(work: Work, ground: Ground) -> Made | None:
    """Read the streets of the city and around it."""
    uses = work.of("streets")
    if not uses:
        return None

    def make(folder: Path) -> dict[str, Any]:
        paths = {use.id: path for use, path in uses}
        found, notes = streets.gather_streets(tuple(use for use, _ in uses), paths, ground.crs)
        save(found, folder / "streets.npz")
        return remembered(notes, uses, facts=street_facts(found, uses[0][0]))

    return work.step("streets", make, roles=("streets",), needs=(ground.made,), choices=("reach_m",))


def read_streets(made: Made | None) -> Streets | None:
    """Return the streets layer, None where the city has no source for it."""
    return load(made.folder / "streets.npz") if made else None


def facilities_step(work: Work, ground: Ground, streets_made: Made | None) -> Made | None:
    """Read open spaces and facilities, merged, with their entrances."""
    uses, spaces = work.of("facilities"), work.of("open_space")
    if not uses and not spaces:
        return None

    def make(folder: Path) -> dict[str, Any]:
        layers = {"places": ground.places}
        notes: list[Note] = []
        if spaces:
            layers["open_space"], notes = open_space.gather_open_space(
                spaces, ground.crs, ground.extent.buffer(AROUND_M)
            )
            write_parquet(layers["open_space"], folder / "open_space.parquet", {"crs": ground.crs})
        found, more = facilities.gather_facilities(
            uses, work.city, ground.crs, ground.extent, read_streets(streets_made), layers
        )
        write_parquet(found, folder / "facilities.parquet", {"crs": ground.crs})
        return remembered([*notes, *more], [*uses, *spaces])

    needs = (ground.made, *([streets_made] if streets_made else []))
    return work.step(
        "facilities", make, roles=("facilities", "open_space"), needs=needs, choices=("reach_m",)
    )


def stops_step(work: Work, ground: Ground, streets_made: Made | None) -> Made | None:
    """Read stops and their departures."""
    uses = work.of("transit")
    if not uses:
        return None

    def make(folder: Path) -> dict[str, Any]:
        around = ground.extent.buffer(AROUND_M)
        found, notes = transit.gather_stops(uses, ground.crs, around, read_streets(streets_made))
        write_parquet(found, folder / "stops.parquet", {"crs": ground.crs})
        return remembered(notes, uses)

    needs = (ground.made, *([streets_made] if streets_made else []))
    return work.step("stops", make, roles=("transit",), needs=needs)
