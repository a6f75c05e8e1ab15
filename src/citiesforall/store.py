"""The store: each step's result in a folder named by what it was made from; never overwritten, never half-made."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

MADE = "made.json"
MAKING = ".making"
"""Folder of the store where results are written before they are moved into place."""
LEFT_S = 7 * 24 * 3600.0
"""What another machine left half-made is removed when it is older. [s]"""
BELOW = {
    "nation": (
        "nation", "pipeline", "report", "exchange", "plan", "diagnose", "whatif", "gather", "survey", "measure", "network",
        "estimation", "workbook", "text", "core", "data",
    ),
    "pipeline": (
        "pipeline", "report", "exchange", "plan", "diagnose", "whatif", "gather", "survey", "measure", "network", "estimation",
        "workbook", "text", "core", "data",
    ),
    "report": (
        "report", "plan", "diagnose", "whatif", "gather", "survey", "measure", "network", "estimation", "workbook", "text",
        "core", "data",
    ),
    "exchange": (
        "exchange", "plan", "diagnose", "whatif", "gather", "survey", "measure", "network", "estimation", "workbook", "text",
        "core", "data",
    ),
    "plan": (
        "plan", "whatif", "gather", "survey", "measure", "network", "estimation", "workbook", "text", "core", "data",
    ),
    "diagnose": (
        "diagnose", "whatif", "gather", "survey", "measure", "network", "estimation", "workbook", "text", "core", "data",
    ),
    "whatif": (
        "whatif", "gather", "survey", "measure", "network", "estimation", "workbook", "text", "core", "data",
    ),
    "gather": ("gather", "network", "estimation", "workbook", "text", "core", "data"),
    "survey": ("survey", "network", "estimation", "workbook", "text", "core", "data"),
    "measure": ("measure", "network", "estimation", "workbook", "text", "core", "data"),
    "network": ("network", "text", "core", "data"),
}  # fmt: skip
"""Rooms whose code a step's result depends on: its own and every room below (held equal to pyproject by a test)."""
NO_NUMBERS = frozenset({"sources.toml", "words.toml"})
"""Tables no number depends on: words, and the catalogue, of which a city's choices hold what it uses."""
OWN_TABLES = {
    "plan": "actions/*.toml", "diagnose": "diagnose/*.toml", "report": "report/*", "exchange": "exchange/*.toml",
}  # fmt: skip
"""Tables that only one room reads: a changed cost does not measure a city anew."""
SET_WITH = ("fontpkg-noto-sans-khmer", "fontpkg-source-sans-3", "freestiler", "openpyxl", "pysdmx", "typst")
"""Libraries that set documents and write what others read; no number depends on them."""
WORDED = frozenset({"nation", "report", "exchange"})
"""Rooms whose results are made of words: a mended translation makes them anew, and nothing else."""
LIBRARIES = (
    "highspy",
    "numpy",
    "scipy",
    "pandas",
    "shapely",
    "pyogrio",
    "rasterio",
    "pyproj",
    "duckdb",
    "h3",
    "gtfs-kit",
    "pyarrow",
    "numba",
)


@dataclass(frozen=True)
class Made:
    """Point at the finished result of a step.

    Parameters
    ----------
    name, key
        Step and the hash of all it was made from.
    folder
        Where its files are.
    info
        Contents of ``made.json``: needs, choices, notes, sources, figures.
    fresh
        Whether it was made just now.
    """

    name: str
    key: str
    folder: Path
    info: dict[str, Any]
    fresh: bool


def keep(
    root: Path,
    name: str,
    make: Callable[[Path], Mapping[str, Any]],
    *,
    room: str,
    needs: Mapping[str, str],
    choices: Mapping[str, Any],
) -> Made:
    """Return a step's result, making it only where no result of the same key is kept.

    Parameters
    ----------
    root
        Folder of the store.
    name
        Step.
    make
        Writes files into the folder given and returns what to remember (notes, sources, figures).
    room
        Whose code makes it; code of the rooms below counts too.
    needs
        Input -> key or checksum.
    choices
        Options that change the result.

    Returns
    -------
    Made
        The result.

    Notes
    -----
    The folder is written apart and moved, so a killed run leaves nothing that looks finished. Several processes, of one machine
    or of many on one disk, may make the same step at once: the first to finish is kept, and the others' results are the same.
    """
    said = {
        "step": name,
        "code": code_sha(room),
        "libraries": libraries(),
        "needs": dict(needs),
        "choices": dict(choices),
    }
    key = hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:20]
    folder = root / name / key
    if (folder / MADE).is_file():
        return Made(name, key, folder, json.loads((folder / MADE).read_text("utf-8")), fresh=False)
    folder.parent.mkdir(parents=True, exist_ok=True)
    making = root / MAKING
    making.mkdir(exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{name}-{os.getpid()}-{_host()}-", dir=making))
    try:
        info = {**said, "key": key, **make(temporary)}
        files = sorted(path for path in temporary.rglob("*") if path.is_file())
        info["files"] = {path.relative_to(temporary).as_posix(): sha256_of(path) for path in files}
        (temporary / MADE).write_text(
            json.dumps(info, indent=1, sort_keys=True, ensure_ascii=False, default=str), "utf-8"
        )
        with contextlib.suppress(
            OSError
        ):  # another process finished the same step first: its result is the same
            temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return Made(name, key, folder, json.loads((folder / MADE).read_text("utf-8")), fresh=True)


def sweep(root: Path) -> int:
    """Remove what killed runs left half-made; return how many folders that were.

    Parameters
    ----------
    root
        Folder of the store.

    Notes
    -----
    Whether a process still runs is only known on its own machine: what others left goes when it is a week old. The cost
    does not grow with what is kept.
    """
    gone = 0
    for folder in (root / MAKING).glob(".*-*-*-*"):
        process, host = folder.name.rsplit("-", 3)[1:3]
        if host == _host():
            old = process.isdigit() and not Path(f"/proc/{process}").exists() and Path("/proc").exists()
        else:
            old = False
            with contextlib.suppress(OSError):  # moved into place meanwhile
                old = time.time() - folder.stat().st_mtime > LEFT_S
        if old:
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone


@cache
def _host() -> str:
    """Return a short name of this machine, without hyphens; containers of one machine have each their own."""
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def source_sha(path: Path, memo: Path) -> str:
    """Return the sha256 of a source file, remembered while its size and time stay the same.

    Parameters
    ----------
    path
        A source file.
    memo
        Folder where checksums are remembered.
    """
    stat = path.stat()
    named = hashlib.sha256(f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}".encode()).hexdigest()[:24]
    kept = memo / named
    if kept.is_file() and len(known := kept.read_text("ascii")) == 64:  # noqa: PLR2004 - hex digits of a sha256
        return known
    found = sha256_of(path)
    memo.mkdir(parents=True, exist_ok=True)
    write_whole(kept, found)
    return found


def write_whole(path: Path, text: str) -> None:
    """Write a text file under a temporary name and move it, so that nobody reads half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{_host()}")
    temporary.write_text(text, "utf-8")
    temporary.replace(path)


def publish(made: Path, target: Path) -> None:
    """Put a finished file where users look for it, in one move.

    Parameters
    ----------
    made
        In the store.
    target
        Path users know.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}-{_host()}")
    shutil.copyfile(made, temporary)
    temporary.replace(target)


@cache
def libraries() -> str:
    """Return the versions of the libraries that make numbers, as one text."""
    return " ".join(f"{name}={metadata.version(name)}" for name in LIBRARIES)


@cache
def code_sha(room: str) -> str:
    """Return the fingerprint of a room's code and of every room below it.

    Parameters
    ----------
    room
        A key of `BELOW`.

    Returns
    -------
    str
        Hash of the syntax trees without docstrings, and of the tables in ``data``; comments and layout do not count.
    """
    base = Path(__file__).parent
    digest = hashlib.sha256()
    for one in BELOW[room]:
        paths = sorted((base / one).rglob("*.py")) if (base / one).is_dir() else [base / f"{one}.py"]
        for path in paths:
            digest.update(f"{path.relative_to(base).as_posix()}\0{_tree_sha(path)}".encode())
    tables = ["*.toml", "survey/*.toml", "registers/*.toml"]
    tables += [of_room for one, of_room in OWN_TABLES.items() if one in BELOW[room]]
    for path in sorted(path for pattern in tables for path in (base / "data").glob(pattern)):
        if path.name not in NO_NUMBERS and not path.name.startswith("words_"):
            digest.update(path.read_bytes())
    if room in WORDED:
        for path in _words(base):
            digest.update(path.read_bytes())
        digest.update(" ".join(f"{name}={metadata.version(name)}" for name in SET_WITH).encode())
    return digest.hexdigest()[:20]


def _words(base: Path) -> list[Path]:
    """Return every file of words and translations, of the installed package or of the checkout."""
    packed = base / "locale"
    locale = packed if packed.is_dir() else base.parents[1] / "locale"
    return [*sorted((base / "data").glob("words*.toml")), *sorted(locale.glob("*.po"))]


@cache
def _tree_sha(path: Path) -> str:
    """Return the hash of a module's syntax tree without docstrings, remembered in its cache folder."""
    source = path.read_bytes()
    memo = path.parent / "__pycache__" / f"{path.stem}.{hashlib.sha256(source).hexdigest()[:16]}.tree"
    if memo.is_file():
        return memo.read_text("ascii")
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            body[0].value = ast.Constant("")
    found = hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:20]
    with contextlib.suppress(OSError):  # a read-only installation simply parses again
        memo.parent.mkdir(exist_ok=True)
        write_whole(memo, found)
    return found
