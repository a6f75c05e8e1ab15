"""Source files on disk: find them, check them, say what is missing."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from citiesforall.core.errors import InputError, MissingSourceError

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

    from citiesforall.core.city import City, SourceUse

#: Bytes read at a time while a fingerprint is made. [byte]
BLOCK = 1 << 20
#: How many files a fault names before it stops.
NAMED = 5


def folders_of(city_file: str | Path, city: City) -> tuple[Path, ...]:
    """Return where the files of a city are looked for, in this order.

    Parameters
    ----------
    city_file
        Path of the city file.
    city
        As read from it.

    Returns
    -------
    tuple of Path
        The city's data folder, the folder of the city file, its ``data``, and ``CITIES_DATA`` where set.
    """
    home = Path(city_file).resolve().parent
    places = [home / city.data, home, home / "data"]
    if os.environ.get("CITIES_DATA"):
        places.append(Path(os.environ["CITIES_DATA"]))
    return tuple(dict.fromkeys(Path(os.path.normpath(place)) for place in places))


def find_all(use: SourceUse, folders: Sequence[Path]) -> tuple[Path, ...]:
    """Find every file a source names; a glob may name several (tiles).

    Parameters
    ----------
    use
        The source as the city uses it.
    folders
        Where to look, in this order; the first folder that has any wins.

    Returns
    -------
    tuple of Path
        At least one file, sorted by name.

    Raises
    ------
    MissingSourceError
        No folder has it; says where it was looked for and how to get it.
    """
    for folder in folders:
        path = folder / use.file
        if path.is_file():
            return (path,)
        if any(mark in use.file for mark in "*?[") and not Path(use.file).is_absolute():
            found = sorted(one for one in folder.glob(use.file) if one.is_file())
            if found:
                return tuple(found)
    places = ", ".join(map(str, folders))
    raise MissingSourceError(
        f"sources.{use.role}: {use.id}: file '{use.file}' is not there; looked in {places}. {how_to_get(use)}"
    )


def find(use: SourceUse, folders: Sequence[Path]) -> Path:
    """Find the one file a source names.

    Parameters
    ----------
    use
        The source as the city uses it.
    folders
        Where to look, in this order.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    MissingSourceError
        No folder has it.
    InputError
        Its glob names several files where one is wanted.
    """
    found = find_all(use, folders)
    if len(found) > 1:
        names = ", ".join(path.name for path in found[:NAMED]) + (", ..." if len(found) > NAMED else "")
        raise InputError(
            f"sources.{use.role}: {use.id}: '{use.file}' names {len(found)} files ({names}) in {found[0].parent}. "
            "One file is allowed here. Name the one that is meant."
        )
    return found[0]


def how_to_get(use: SourceUse) -> str:
    """Return the sentence that says how a missing file is got.

    Parameters
    ----------
    use
        The source as the city uses it.

    Returns
    -------
    str
        One sentence.
    """
    if use.url:
        return f"Run 'cities fetch', or get it from {use.url} and put it there."
    return "Put it there, or set CITIES_DATA to the folder that has it."


def sha256_of(path: str | Path, memo: MutableMapping[str, str] | None = None) -> str:
    """Return the fingerprint of a file's bytes.

    Parameters
    ----------
    path
        A file.
    memo
        Fingerprints made before, by path, size and time of change; filled in.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    file = Path(path)
    state = file.stat()
    key = f"{file.resolve()}|{state.st_size}|{state.st_mtime_ns}"
    if memo is not None and key in memo:
        return memo[key]
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    if memo is not None:
        memo[key] = digest.hexdigest()
    return digest.hexdigest()


def verify(path: str | Path, use: SourceUse, memo: MutableMapping[str, str] | None = None) -> None:
    """Check a file against the fingerprint its source states; without one, nothing is checked.

    Parameters
    ----------
    path
        The file.
    use
        The source as the city uses it.
    memo
        As in ``sha256_of``.

    Raises
    ------
    InputError
        The file is empty, or another edition of it, or damaged.
    """
    file = Path(path)
    where = f"sources.{use.role}: {use.id}: {file.name}"
    if file.stat().st_size == 0:
        raise InputError(f"{where}: the file is empty. Remove it and fetch it again.")
    if use.sha256 is None:
        return
    got = sha256_of(file, memo)
    if got != use.sha256:
        raise InputError(
            f"{where}: this is not the file the source states (sha256 expected {use.sha256}, "
            f"got {got}). Another edition, or damaged. Fetch it again, or state the fingerprint of the edition you mean."
        )
