"""The steps of a nation, declared: what each builds on, what it reads of the nation file, which function makes it."""

from __future__ import annotations

import hashlib
import importlib
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from citiesforall.core.errors import CitiesError
from citiesforall.nation.given import CityRun, NationInputs
from citiesforall.store import Made, keep, sha256_of

ROOM = "nation"
ROUNDS, MONEY, WORDS, CHOSEN = "rounds", "envelopes", "languages", "choices"


@dataclass(frozen=True)
class Step:
    """Declare one step.

    Parameters
    ----------
    name
        Of the step, and of the folder of its results.
    maker
        ``module:function`` that makes it; loaded only when there is something to make.
    needs
        Steps it builds on; every step reads the cities' tables besides.
    unread
        Words of the nation file that it does not read.
    for_readers
        Nothing is built on it: where it cannot be made, that is said, and everything else is published.
    """

    name: str
    maker: str
    needs: tuple[str, ...] = ()
    unread: frozenset[str] = frozenset()
    for_readers: bool = False


SUMMED = ("members", "rollup")
JUDGED = (*SUMMED, "common", "kinds")
ALL_TABLES = (*JUDGED, "options", "rounds")
STEPS = (
    Step("members", "citiesforall.nation.members:make_members", (), frozenset({ROUNDS, MONEY, WORDS, CHOSEN})),
    Step("rollup", "citiesforall.nation.rollup:make_rollup", ("members",), frozenset({ROUNDS, MONEY, WORDS})),
    Step("common", "citiesforall.nation.common:make_common", SUMMED, frozenset({ROUNDS, MONEY, WORDS})),
    Step("kinds", "citiesforall.nation.kinds:make_kinds", (*SUMMED, "common"), frozenset({ROUNDS, MONEY, WORDS})),
    Step("options", "citiesforall.nation.options:make_options", JUDGED, frozenset({ROUNDS, WORDS})),
    Step("rounds", "citiesforall.nation.rounds:make_rounds", SUMMED, frozenset({MONEY, WORDS})),
    Step("policy", "citiesforall.nation.making_documents:make_documents", ALL_TABLES, for_readers=True),
    Step("export", "citiesforall.nation.exporting:make_export", ALL_TABLES, for_readers=True),
)  # fmt: skip
"""In an order in which each needs only earlier ones."""
BY_NAME = {step.name: step for step in STEPS}
BESIDE = frozenset({"rounds", "export"})
"""Steps that a second process makes while others are made."""
MEANWHILE = tuple(
    BY_NAME[name]
    for name in ("members", "rollup", "rounds", "common", "kinds", "options", "export", "policy")
)
"""The same steps, those of the second process begun as soon as they can be."""
AT_TOP = frozenset({"members", "rollup"})
"""Steps whose files lie at the top of the published folder; those of others in a folder of the step's name."""


def run_steps(
    given: NationInputs,
    root: Path,
    keys: Mapping[str, str],
    tell: Callable[[str], None],
    *,
    alone: bool = True,
) -> tuple[dict[str, Made], dict[str, str]]:
    """Run every step of a nation, making only what is not kept.

    Parameters
    ----------
    given
        The nation file and its finished cities.
    root
        Folder of the store.
    keys
        Code of a city -> what its tables were made from.
    tell
        Told the step that begins.
    alone
        Whether one process makes all; else a second one makes some meanwhile. No result depends on it.

    Returns
    -------
    dict
        Name -> finished step.
    dict
        Step for readers that could not be made -> why.
    """
    finished: dict[str, Made] = {}
    failed: dict[str, str] = {}
    waiting: dict[str, Future[Made]] = {}

    def end(step: Step, made: Callable[[], Made]) -> None:
        try:
            finished[step.name] = made()
        except Exception as error:
            if not step.for_readers:
                raise
            said = error.faults if isinstance(error, CitiesError) else (f"{type(error).__name__}: {error}",)
            failed[step.name] = " ".join(" ".join(said).split())

    with ExitStack() as open_things:
        second = None
        if not alone:
            # A fresh process: one that is split off after numpy was loaded may wait for ever.
            second = open_things.enter_context(ProcessPoolExecutor(1, get_context("spawn")))
        for step in MEANWHILE if second else STEPS:
            for name in step.needs:
                if name in waiting:
                    end(BY_NAME[name], waiting.pop(name).result)
            tell(step.name)
            work = partial(run_step, step, with_steps(given, finished), root, keys, dict(finished))
            if second and step.name in BESIDE:
                waiting[step.name] = second.submit(work)
            else:
                end(step, work)
        for name, made in waiting.items():
            end(BY_NAME[name], made.result)
    return {step.name: finished[step.name] for step in STEPS if step.name in finished}, failed


def with_steps(given: NationInputs, finished: Mapping[str, Made]) -> NationInputs:
    """Return what a step works from, with the steps finished so far."""
    return replace(
        given,
        done={name: made.folder for name, made in finished.items()},
        said={name: made.info for name, made in finished.items()},
    )


def run_step(
    step: Step, given: NationInputs, root: Path, keys: Mapping[str, str], finished: Mapping[str, Made]
) -> Made:
    """Keep one step.

    Parameters
    ----------
    step
        Of `STEPS`.
    given
        With the steps it needs.
    root
        Folder of the store.
    keys
        Code of a city -> what its tables were made from.
    finished
        Name -> step finished before.

    Returns
    -------
    Made
        Its result.
    """
    needs = {f"step:{name}": finished[name].key for name in step.needs if name in finished}
    needs |= {f"city:{city.code}": f"{keys[city.code]} {_as_named(city)}" for city in given.cities}
    if ROUNDS not in step.unread:
        folders = ((one.folder, given.nation.folder / one.folder) for one in given.nation.rounds)
        needs |= {f"round:{name}": tables_sha(folder) for name, folder in folders}
    said = given.nation.model_dump(mode="json", exclude={"folder", *step.unread})

    def make(folder: Path) -> Mapping[str, Any]:
        module, function = step.maker.split(":")
        maker: Callable[[NationInputs, Path], Mapping[str, Any]] = getattr(
            importlib.import_module(module), function
        )
        return maker(given, folder)

    choices = {"nation": said, "failed": dict(sorted(given.failed.items()))}
    return keep(root, f"nation_{step.name}", make, room=ROOM, needs=needs, choices=choices)


def _as_named(city: CityRun) -> str:
    """Return what the nation file says of a city, as one text."""
    said = (city.file, city.kind, city.members, city.parent, city.part_of, str(city.invented), city.reaches)
    return "|".join(said)


def tables_sha(folder: Path) -> str:
    """Return the fingerprint of the tables of an earlier round; of nothing where there are none.

    Parameters
    ----------
    folder
        Published results of a nation.
    """
    digest = hashlib.sha256()
    for path in sorted(
        [*folder.glob("*.parquet"), *folder.glob("nation.json"), *folder.glob("rounds/basis.json")]
    ):
        digest.update(f"{path.name} {sha256_of(path)}\n".encode())
    return digest.hexdigest()[:20]
