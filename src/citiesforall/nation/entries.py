"""Which cities a nation file names, found and checked before the first is begun: every fault at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from citiesforall.core.codes import country
from citiesforall.core.editions import editions
from citiesforall.core.errors import DeclarationError, did_you_mean, raise_all
from citiesforall.core.nation import CityEntry, Nation, RegisterEntry
from citiesforall.core.place import gazetteer

GLOB = frozenset("*?[")
A_PROVINCE = 99
"""Invented krongs of one invented province, and the number of the last province."""
FIRST_FREE = 26
"""Provinces from here to 99 do not exist in Cambodia."""


@dataclass(frozen=True)
class Entry:
    """Hold one city that a nation names.

    Parameters
    ----------
    file
        As it is named in results: beside the nation file, never a path of a machine.
    path
        Where it lies; of an invented city, where it will lie.
    code
        P-code; empty where the file cannot be read: its task says why.
    members
        Level of the places that are members; empty where the city itself is.
    parent, part_of
        As the nation file says.
    seed, people
        Of a city to be invented; 0 otherwise.
    invented
        True where its file says so.
    """

    file: str
    path: Path
    code: str
    members: str = ""
    parent: str = ""
    part_of: str = ""
    seed: int = 0
    people: int = 0
    invented: bool = False


def entries_of(nation: Nation, name: str) -> tuple[Entry, ...]:
    """Return every city a nation names, in the order of their codes.

    Parameters
    ----------
    nation
        The nation file.
    name
        Of the nation file, for faults.

    Returns
    -------
    tuple of Entry
        Named, of registers and invented.

    Raises
    ------
    DeclarationError
        A file is not there, a glob finds nothing, a code stands twice, a level or a place is not known, a city lies in a
        place of the registers without saying so: every fault, one line each.
    """
    faults: list[str] = []
    found: list[Entry] = []
    for number, one in enumerate(nation.registers, 1):
        found += _registers(nation, one, f"{name}: registers.{number}", faults)
    for number, city in enumerate(nation.cities, 1):
        found += _cities(nation, city, f"{name}: cities.{number}", faults)
    for entry in found:
        faults += _not_invented(nation, entry, name)
    found += invented(nation)
    if nation.invented and not nation.place.invented:
        faults.append(
            f"{name}: invented: a nation that is not invented cannot hold invented cities. "
            "Write invented = true under [place], or remove [invented]."
        )
    faults += [*_twice(found, name), *_overlaps(found, name), *_places(nation, name), *_rounds(nation, name)]
    raise_all(dict.fromkeys(faults), DeclarationError)
    return tuple(sorted(found, key=lambda entry: (entry.code, entry.file)))


def _registers(nation: Nation, one: RegisterEntry, where: str, faults: list[str]) -> list[Entry]:
    """Return the city of an entry of registers."""
    entries = _named(nation, one.file, where, faults)
    here = country(nation.place.code)
    if here is not None and one.members not in here.levels:
        faults.append(
            f"{where}.members: level '{one.members}' is not known. {did_you_mean(one.members, here.levels)}"
        )
    return [replace(entry, members=one.members) for entry in entries]


def _cities(nation: Nation, one: CityEntry, where: str, faults: list[str]) -> list[Entry]:
    """Return the cities of an entry of cities."""
    entries = _named(nation, one.file, where, faults)
    return [replace(entry, parent=one.parent or "", part_of=one.part_of or "") for entry in entries]


def _named(nation: Nation, file: str, where: str, faults: list[str]) -> list[Entry]:
    """Return the cities whose files an entry names, each with its code."""
    if Path(file).is_absolute():
        faults.append(
            f"{where}.file: '{file}' is a path of this machine. Write it as seen from the nation file."
        )
        return []
    if GLOB & set(file):
        paths = sorted(path for path in nation.folder.glob(file) if path.is_file())
        if not paths:
            faults.append(f"{where}.file: '{file}' finds no file. Mend the pattern.")
    else:
        paths = [nation.folder / file]
        if not paths[0].is_file():
            faults.append(f"{where}.file: '{file}' is not there. Put the city file there, or mend the path.")
            return []
    return [_entry(path, nation.folder) for path in paths]


def _entry(path: Path, folder: Path) -> Entry:
    """Return the city of a file, named as seen from the nation file."""
    place = _place(path)
    named = path.relative_to(folder).as_posix()
    return Entry(named, path, str(place.get("code", "")), invented=place.get("invented") is True)


def _place(path: Path) -> dict[str, Any]:
    """Return what a city file says of its place; nothing where it cannot be read: its task says why."""
    try:
        said = tomllib.loads(path.read_text("utf-8")).get("place")
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return {}
    return said if isinstance(said, dict) else {}


def _not_invented(nation: Nation, entry: Entry, name: str) -> list[str]:
    """Return a fault where an invented city stands in a nation that is not."""
    if nation.place.invented or not entry.invented:
        return []
    return [
        f"{name}: {entry.file}: this city is invented, the nation is not. Remove it, or write invented = true under [place]."
    ]


def invented(nation: Nation) -> list[Entry]:
    """Return the invented cities a nation asks for; a seed always gives the same code.

    Parameters
    ----------
    nation
        The nation file.
    """
    asked = nation.invented
    if asked is None:
        return []
    return [
        Entry(
            f"invented/krong_{seed}_{asked.people}", Path(), code_of_seed(seed), parent=code_of_seed(seed)[:4], seed=seed,
            people=asked.people, invented=True,
        )
        for seed in range(asked.seed, asked.seed + asked.cities)
    ]  # fmt: skip


def code_of_seed(seed: int) -> str:
    """Return the code of an invented krong: of a province that does not exist.

    Parameters
    ----------
    seed
        Of the krong; codes return after 7,326 seeds.
    """
    province, krong = divmod(seed, A_PROVINCE)
    return f"KH{A_PROVINCE - province % (A_PROVINCE + 1 - FIRST_FREE):02d}{krong + 1:02d}"


def _twice(entries: Iterable[Entry], name: str) -> list[str]:
    """Return a fault for each file or code that stands twice."""
    faults, seen, files = [], dict[str, str](), set[str]()
    for entry in entries:
        if entry.file in files:
            faults.append(f"{name}: {entry.file}: this city is named twice. Name it once.")
        elif entry.code and entry.code in seen:
            faults.append(
                f"{name}: {entry.file}: its code {entry.code} is that of {seen[entry.code]} too. Each city has its own code."
            )
        files.add(entry.file)
        seen.setdefault(entry.code, entry.file)
    return faults


def _overlaps(entries: Iterable[Entry], name: str) -> list[str]:
    """Return a fault for each city inside a place of the registers that does not say so."""
    entries = list(entries)
    covered = [entry for entry in entries if entry.members and entry.code]
    return [
        f"{name}: {entry.file}: {entry.code} lies in {whole.code}, whose registers count its people already. "
        f'Write part_of = "{entry.code.partition("_")[0]}" beside its file, or the place it is a part of.'
        for entry in entries
        for whole in covered
        if entry is not whole and entry.code.startswith(whole.code) and not entry.part_of and not entry.seed
    ]


def _places(nation: Nation, name: str) -> list[str]:
    """Return a fault for an edition, a parent or a part that the gazetteer does not know."""
    edition = nation.place.edition
    if edition is None:
        return []
    known = editions(nation.place.code)
    if edition not in known:
        return [f"{name}: place.edition: '{edition}' is not known. {did_you_mean(edition, known)}"]
    places = gazetteer(edition).places
    return [
        f"{name}: cities.{number}.{word}: '{code}' is no place of {edition}. {did_you_mean(code, places)}"
        for number, one in enumerate(nation.cities, 1)
        for word, code in (("parent", one.parent), ("part_of", one.part_of))
        if code and code not in places and not nation.place.invented
    ]


def _rounds(nation: Nation, name: str) -> list[str]:
    """Return a fault for each earlier round that is not there."""
    return [
        f"{name}: rounds.{number}.folder: '{one.folder}' holds no results of a nation (nation.json). Mend the path."
        for number, one in enumerate(nation.rounds, 1)
        if not (nation.folder / one.folder / "nation.json").is_file()
    ]
