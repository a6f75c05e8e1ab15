"""One trial: a case is read as a run would read it; what comes out is a layer that is right, or faults that are told."""

from __future__ import annotations

import json
import shutil
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from citiesforall.core.errors import CitiesError
from citiesforall.core.inputs import Finished
from citiesforall.pipeline.steps import GATHER
from fuzz import audit
from fuzz.base import Base, open_case, run_step
from fuzz.seeds import CITY

WHOLE = "city"
"""The reader of city files: all roles are there, and no step is run."""


@dataclass(frozen=True)
class Outcome:
    """Say how a trial ended: ``read``, ``refused`` or ``failed``; and for a failure what it is known by."""

    word: str
    signature: str = ""
    said: str = ""


def try_case(base: Base, reader: str, folder: Path) -> Outcome:
    """Read a case and check what comes out."""
    out = folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.filterwarnings("error", category=RuntimeWarning, module="citiesforall")
            wrong = list(_checked(base, reader, folder, out))
    except CitiesError as error:
        wrong = list(audit.faults_told(error.faults))
        if not wrong:
            return Outcome("refused", said="\n".join(error.faults))
        return Outcome("failed", _short(wrong[0]), "\n".join(wrong))
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        return Outcome("failed", _signature(error), "".join(traceback.format_exception(error)[-12:]))
    finally:
        shutil.rmtree(out, ignore_errors=True)
    return Outcome("failed", _short(wrong[0]), "\n".join(wrong)) if wrong else Outcome("read")


def _checked(base: Base, reader: str, folder: Path, out: Path) -> Iterator[str]:
    """Run every step the case has sources for, and check each layer."""
    given = open_case(folder / CITY)
    if reader == WHOLE:
        return
    roles = set(given.city.sources)
    elsewhere = "boundaries" in roles or given.city.place.code[:4] != base.code
    done = {} if elsewhere else dict(base.done)
    for step in GATHER:
        if not roles & set(step.roles):
            continue
        made = out / step.name
        made.mkdir(parents=True)
        info = run_step(step, replace(given, done=done), made)
        yield from audit.notes_told(info)
        yield from audit.OF_STEP[step.name](made)
        done[step.name] = Finished(made, _remembered(info))


def _remembered(info: dict[str, Any]) -> dict[str, Any]:
    """Return what a later step finds: what the store writes and reads."""
    return dict(json.loads(json.dumps(info)))


def _short(said: str) -> str:
    """Return what a failed check is known by: its words without numbers and names."""
    return said.split("'", maxsplit=1)[0][:60]


def _signature(error: BaseException) -> str:
    """Return what an error is known by: its kind and the last line of ours it passed."""
    ours = [
        one
        for one in traceback.extract_tb(error.__traceback__)
        if "citiesforall" in one.filename or "fuzz" in one.filename
    ]
    last = ours[-1] if ours else None
    where = f"{Path(last.filename).name}:{last.name}" if last else "?"
    return f"{type(error).__name__} in {where}"
