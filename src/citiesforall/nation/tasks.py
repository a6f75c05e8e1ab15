"""One city as a task: what is asked of a worker, what it does, what it answers. Its result is files; the answer is small."""

from __future__ import annotations

import gc
import hashlib
import json
import re
import shutil
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from citiesforall.core.errors import CitiesError
from citiesforall.nation.entries import Entry
from citiesforall.nation.given import REACHES
from citiesforall.pipeline.run import STORE, CityDone, finish_city, kept_city
from citiesforall.store import code_sha, libraries, write_whole

INVENTED = ".invented"
"""Folder of results where invented cities keep their sources and steps."""
MARKS = ".cities"
"""Folder of the store that remembers which cities were finished."""
GC_RECORDS = 200_000


class ClusterGoneError(CitiesError):
    """Say that a cluster cannot be reached or used, or went away in the middle."""


@dataclass(frozen=True)
class Order:
    """Ask for one city.

    Parameters
    ----------
    entry
        Which.
    out
        Folder of results, the same path on every machine.
    home
        Folder of the nation file: left out of what is said.
    through
        Verb it goes through.
    keep
        Of an invented city: ``everything`` or ``results``.
    code
        Fingerprint of the package that asks: another one would give other numbers.
    sign
        File that a worker of another machine must see; empty where all are of this one.
    """

    entry: Entry
    out: Path
    home: Path
    through: str
    keep: str
    code: str
    sign: str = ""


@dataclass(frozen=True)
class Answer:
    """Answer for one city.

    Parameters
    ----------
    file, code
        Which city.
    folder
        Name of its published folder; empty where it failed.
    key
        What its tables were made from.
    kind, reaches, invented
        As in `nation.given.CityRun`.
    fresh
        Whether anything was made.
    seconds
        It took. [s]
    why
        Why it failed; empty where it did not.
    blind
        True where the worker does not see the folder: another may.
    """

    file: str
    code: str = ""
    folder: str = ""
    key: str = ""
    kind: str = ""
    reaches: str = ""
    invented: bool = False
    fresh: bool = False
    seconds: float = 0.0
    why: str = ""
    blind: bool = False


def package_sha() -> str:
    """Return the fingerprint of everything a city's numbers depend on but its own files."""
    return hashlib.sha256(f"{code_sha('pipeline')} {libraries()}".encode()).hexdigest()[:20]


def make_city(order: Order) -> Answer:
    """Take one city through its steps; every fault becomes its answer.

    Parameters
    ----------
    order
        What is asked.

    Returns
    -------
    Answer
        Small; results are files.
    """
    begun = time.perf_counter()
    gc.set_threshold(GC_RECORDS, 50, 1000)
    entry = order.entry
    if order.sign and (fault := see(order.sign, order.code)):
        return Answer(entry.file, why=f"a worker {fault}", blind=True)
    try:
        answer = _make(order)
    except CitiesError as error:
        answer = Answer(entry.file, why=_plain(" ".join(error.faults), order))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with one city must not stop the others
        said = _plain(f"{type(error).__name__}: {error}", order)
        answer = Answer(entry.file, why=f"{said} (a fault of ours: run `cities run {entry.file} --trace`)")
    gc.collect()
    return replace(answer, seconds=time.perf_counter() - begun)


def _plain(text: str, order: Order) -> str:
    """Return what is said of a fault without the paths of a machine, in one line."""
    for folder in (order.out, order.home):
        text = text.replace(f"{folder.resolve()}/", "").replace(f"{folder}/", "")
    return re.sub(r"(?<![\w.])/(?:[\w.+-]+/)+", "", " ".join(text.split()))


def _make(order: Order) -> Answer:
    """Make one city, or find it made."""
    if (known := kept_answer(order)) is not None:
        return known
    entry = order.entry
    if entry.seed:
        return _remember(order, _make_invented(order))
    done = finish_city(entry.path, order.out, threads=1, through=order.through)
    return _remember(order, _answer(order, done))


def _make_invented(order: Order) -> Answer:
    """Invent a city, take it through its steps, and remove what is not to be kept."""
    entry = order.entry
    own = order.out / INVENTED / entry.code.lower()
    file = invent(own / "sources", entry)
    done = finish_city(file, order.out, threads=1, through=order.through, root=own / STORE)
    answer = _answer(order, done)
    if order.keep == "results":
        shutil.rmtree(own, ignore_errors=True)
    return answer


def invent(folder: Path, entry: Entry) -> Path:
    """Return the city file of an invented city, made where it is not there.

    Parameters
    ----------
    folder
        Where its sources lie; they are written apart and moved, so that they are never half there.
    entry
        Its seed, people and code.
    """
    file = folder / "krong.toml"
    if file.is_file() and (folder / f".{entry.seed}_{entry.people}").is_file():
        return file
    from citiesforall.demo import make_demo  # noqa: PLC0415 - only where a town is still to be invented

    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    apart = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    try:
        make_demo(apart / "made", seed=entry.seed, people=entry.people, code=entry.code)
        (apart / "made" / f".{entry.seed}_{entry.people}").touch()
        with suppress(OSError):  # another process was first: it made the same
            (apart / "made").rename(folder)
    finally:
        shutil.rmtree(apart, ignore_errors=True)
    return file


def _answer(order: Order, done: CityDone) -> Answer:
    """Return the answer for a finished city."""
    made = [name for name in REACHES if name in done.steps]
    keys = " ".join(done.steps[name].key for name in ("results", *made))
    known = json.loads((done.folder / "run.json").read_text("utf-8"))["city"]
    return Answer(
        file=order.entry.file,
        code=str(known["code"]),
        folder=done.folder.name,
        key=hashlib.sha256(keys.encode()).hexdigest()[:20],
        kind="streets" if "streets" in done.steps else "registers",
        reaches=made[-1],
        invented=bool(known["invented"]),
        fresh=any(step.fresh for step in done.steps.values()),
    )


def kept_answer(order: Order) -> Answer | None:
    """Return the answer for a city that is finished and unchanged; None where there is something to do.

    Parameters
    ----------
    order
        What is asked.

    Notes
    -----
    Steps of a named city are asked one by one, for its sources may have changed. Those of an invented city cannot change:
    that it was finished by this code is enough.
    """
    mark = _mark(order)
    try:
        said = json.loads(mark.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if (
        said["made_by"] != _made_by(order)
        or not (order.out / said["answer"]["folder"] / "run.json").is_file()
    ):
        return None
    answer = Answer(**said["answer"])
    if order.entry.seed:
        return answer
    done = kept_city(order.entry.path, order.out, through=order.through)
    return None if done is None else replace(_answer(order, done), fresh=False)


def was_finished(order: Order) -> bool:
    """Say whether a city was finished before by this code; whether its sources changed since is not asked.

    Parameters
    ----------
    order
        What is asked.
    """
    with suppress(OSError, ValueError):
        return bool(json.loads(_mark(order).read_text("utf-8"))["made_by"] == _made_by(order))
    return False


def _remember(order: Order, answer: Answer) -> Answer:
    """Write down that a city is finished."""
    mark = _mark(order)
    mark.parent.mkdir(parents=True, exist_ok=True)
    kept = asdict(replace(answer, fresh=False, seconds=0.0))
    write_whole(mark, json.dumps({"made_by": _made_by(order), "answer": kept}, sort_keys=True))
    return answer


def _mark(order: Order) -> Path:
    """Return where it is remembered that a city is finished."""
    named = order.entry.code.lower() if order.entry.seed else str(order.entry.path.resolve())
    return order.out / STORE / MARKS / f"{hashlib.sha256(named.encode()).hexdigest()[:20]}.json"


def _made_by(order: Order) -> list[Any]:
    """Return what a finished city of this order was made by."""
    entry = order.entry
    return [order.code, order.through, entry.seed, entry.people]


def see(sign: str, code: str) -> str:
    """Say what is wrong with the worker this runs on; nothing where it sees the folder and has the same package.

    Parameters
    ----------
    sign
        A file in the folder of results.
    code
        Fingerprint of the package that asks.
    """
    if not Path(sign).is_file():
        return "does not see the folder of results"
    return (
        ""
        if package_sha() == code
        else f"has another version of the package (Python {sys.version.split()[0]})"
    )
