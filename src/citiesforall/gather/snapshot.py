"""Source files: find them on disk, check them, fetch what is missing."""

from __future__ import annotations

import hashlib
import os
import re
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from citiesforall.core.errors import CitiesError, InputError, MissingSourceError, raise_all
from citiesforall.gather.addresses import addresses_of
from citiesforall.gather.download import PATIENCE, download

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping, Sequence

    from citiesforall.core.city import City, SourceUse
    from citiesforall.core.source import Source
    from citiesforall.gather.download import Patience, Progress

#: Bytes read at a time while a fingerprint is made. [byte]
BLOCK = 1 << 20
#: How many files a fault names before it stops.
NAMED = 5
GLOB = re.compile(r"[*?\[]")
#: Called with the id of a source, the bytes that are here and the bytes there will be (0 where nobody says).
CityProgress = Callable[[str, int, int], None]


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
        if GLOB.search(use.file) and not Path(use.file).is_absolute():
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
            f"sources.{use.role}: {use.id}: '{use.file}' names {len(found)} files ({names}) in "
            f"{found[0].parent}. One file is allowed here. Name the one that is meant."
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
            f"{where}: this is not the file the source states (sha256 expected {use.sha256}, got {got}). "
            "Another edition, or damaged. Fetch it again, or state the fingerprint of the edition you mean."
        )


def fetch(
    use: SourceUse,
    target: str | Path,
    progress: Progress | None = None,
    *,
    address: str | None = None,
    patience: Patience = PATIENCE,
) -> Path:
    """Fetch the file of a source, unless the right one is there already.

    Parameters
    ----------
    use
        The source as the city uses it.
    target
        Where its file goes.
    progress
        Told what has come.
    address
        Where it is; None means the catalogue's.
    patience
        How long to try.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    MissingSourceError
        The provider has no fixed address, or the server does not give the file.
    InputError
        What came is not the file stated; a file that was there stays as it was.

    Notes
    -----
    A ZIP that holds the file is unpacked: GHSL publishes tiles so. The fingerprint is the file's, not the ZIP's.
    """
    file = Path(target)
    if file.is_file() and file.stat().st_size and (use.sha256 is None or sha256_of(file) == use.sha256):
        return file
    where = address or next(iter(addresses_of(use)), None)
    if where is None:
        raise _by_hand(use, file)
    if where.lower().endswith(".zip") and file.suffix.lower() != ".zip":
        packed = file.with_name(where.rsplit("/", 1)[-1])
        if not packed.is_file():
            download(where, packed, progress=progress, patience=patience)
        return _unpack(packed, file, use)
    return download(where, file, sha256=use.sha256, progress=progress, patience=patience)


def _by_hand(use: SourceUse, file: Path) -> MissingSourceError:
    """Return the fault of a file that cannot be fetched by itself."""
    return MissingSourceError(
        f"sources.{use.role}: {use.id}: {file.name} has to be fetched by hand, for its provider has no fixed address. "
        f"Get it from {use.url or 'the provider'} and put it in {file.parent}."
    )


def _unpack(packed: Path, file: Path, use: SourceUse) -> Path:
    """Take one file out of a ZIP: the one of that name, else the only one of that kind."""
    part = file.with_name(file.name + ".part")
    try:
        with zipfile.ZipFile(packed) as held:
            names = [name for name in held.namelist() if not name.endswith("/")]
            fitting = [name for name in names if Path(name).name == file.name]
            fitting = fitting or [name for name in names if Path(name).suffix.lower() == file.suffix.lower()]
            if len(fitting) != 1:
                raise InputError(
                    f"{packed.name}: {len(fitting)} of its files could be {file.name}. It holds: {', '.join(names[:NAMED])}. "
                    "Name the one that is meant as `file`."
                )
            with held.open(fitting[0]) as source, part.open("wb") as out:
                while block := source.read(BLOCK):
                    out.write(block)
    except (zipfile.BadZipFile, EOFError) as error:
        packed.unlink()
        raise InputError(
            f"{packed.name}: this ZIP is damaged ({error}); it was removed. Fetch it again."
        ) from None
    try:
        verify(part, use)
    except InputError:
        part.unlink()
        raise
    part.replace(file)
    return file


def fetch_city(
    city: City,
    folder: str | Path,
    *,
    city_file: str | Path | None = None,
    known: Mapping[str, Source] | None = None,
    progress: CityProgress | None = None,
    patience: Patience = PATIENCE,
) -> tuple[Path, ...]:
    """Bring every source of a city to disk; files that are there already are checked and kept.

    Parameters
    ----------
    city
        The city.
    folder
        Where fetched files go, and are looked for too.
    city_file
        Path of the city file, beside which files are looked for first; None looks in ``folder`` only.
    known
        The catalogue; None means ours.
    progress
        Told what has come, for each source.
    patience
        How long to try.

    Returns
    -------
    tuple of Path
        The files of all sources, each once, sorted.

    Raises
    ------
    MissingSourceError
        Carrying every source that could not be brought, one line each; what was fetched stays.
    """
    into = Path(folder)
    folders = (*(() if city_file is None else folders_of(city_file, city)), into)
    files: set[Path] = set()
    faults: list[str] = []
    for use in (_without_sha(use) for uses in city.sources.values() for use in uses):
        try:
            found = _on_disk(use, folders)
            for address, target in () if found else _wanted(use, city, into, known):
                told = None if progress is None else partial(_tell, progress, use.id)
                found = (*found, fetch(use, target, told, address=address, patience=patience))
            files |= set(found)
        except CitiesError as error:
            faults += error.faults
    raise_all(dict.fromkeys(faults), MissingSourceError)
    return tuple(sorted(files))


def _without_sha(use: SourceUse) -> SourceUse:
    """Return a source of several tiles without its fingerprint, which is one file's."""
    return use.model_copy(update={"sha256": None}) if GLOB.search(use.file) else use


def _on_disk(use: SourceUse, folders: Sequence[Path]) -> tuple[Path, ...]:
    """Return the files of a source that are there, checked; none where they have to be fetched."""
    try:
        found = find_all(use, folders)
    except MissingSourceError:
        return ()
    for path in found:
        verify(path, use)
    return found


def _wanted(
    use: SourceUse, city: City, folder: Path, known: Mapping[str, Source] | None
) -> list[tuple[str, Path]]:
    """Return the addresses of a source and where each goes."""
    addresses = addresses_of(use, city.place.code[:2], known)
    if not addresses or Path(use.file).is_absolute() or ".." in Path(use.file).parts:
        raise _by_hand(use, folder / use.file)
    if GLOB.search(use.file) is None:
        return [(addresses[0], folder / use.file)]
    kind = Path(use.file).suffix  # a tile in a ZIP is called like the ZIP
    return [(one, (folder / one.rsplit("/", 1)[-1]).with_suffix(kind)) for one in addresses]


def _tell(progress: CityProgress, name: str, have: int, total: int | None) -> None:
    """Pass on what has come, with the name of the source."""
    progress(name, have, total or 0)
