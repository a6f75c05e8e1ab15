"""The steps of one city, declared: what each reads, what it builds on, and which room makes it."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from citiesforall import __version__
from citiesforall.core.city import SourceUse, read_city
from citiesforall.core.errors import CitiesError, InputError, raise_all
from citiesforall.core.inputs import Finished, Inputs
from citiesforall.gather import snapshot
from citiesforall.pipeline.progress import Tell
from citiesforall.store import Made, code_sha, keep, libraries, source_sha

CELL_ROLES = (
    "people", "people_past", "totals", "groups", "buildings", "built_up", "built_up_past", "water", "flood", "pm25",
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """Declare one step.

    Parameters
    ----------
    name
        Of the step, and of the folder of its results.
    maker
        ``module:function`` that makes it; loaded only when there is something to make.
    roles
        Sources it reads; the step is left out where the city has none of them.
    needs
        Steps it builds on, where the city has them.
    choices
        Choices of the city file that change it.
    must
        Steps without which it makes no sense.
    """

    name: str
    maker: str
    roles: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    must: tuple[str, ...] = ()

    @property
    def room(self) -> str:
        """Return the room whose code makes it."""
        return self.maker.split(".")[1]


GATHER = (
    Step("places", "citiesforall.gather.making:make_places", ("boundaries",)),
    Step("streets", "citiesforall.gather.making:make_streets", ("streets",), ("places",), ("reach_m",)),
    Step(
        "facilities", "citiesforall.gather.making:make_facilities", ("facilities", "open_space"), ("places", "streets"),
        ("reach_m",),
    ),
    Step("homes", "citiesforall.gather.cell_layer:make_homes", CELL_ROLES, ("places",), ("cell_m", "urban_test")),
    Step("stops", "citiesforall.gather.making:make_stops", ("transit",), ("places", "streets")),
    Step(
        "walks", "citiesforall.network.walks:make_walks", (), ("homes", "streets", "facilities", "stops"),
        ("snap_m", "reach_m"), must=("homes", "streets"),
    ),
    Step(
        "cells", "citiesforall.gather.cell_layer:make_cells_layer", (), ("places", "homes", "streets", "facilities"),
        ("cell_m",), must=("homes",),
    ),
    Step(
        "households", "citiesforall.survey.making:make_households", ("households",), ("places", "homes"),
        ("draws", "seed"),
    ),
    Step("scorecards", "citiesforall.gather.scorecards:make_scorecards", ("scorecards",), ("places",)),
    Step("registers", "citiesforall.gather.register_layer:make_registers", ("registers",), ("places", "homes")),
    Step("series", "citiesforall.gather.series:make_series", ("series",), ("places",)),
)  # fmt: skip


def _of(*names: str) -> tuple[Step, ...]:
    """Return some layers' steps, in order."""
    return tuple(step for step in GATHER if step.name in names)


BESIDE = (_of("places", "homes"), _of("places", "streets", "stops"))
"""Steps a second process runs meanwhile, piece by piece; what the first has made by then is kept."""
ALONE: Mapping[str, Callable[[], None]] = MappingProxyType({})
LAYERS = tuple(step.name for step in GATHER)
DATED = frozenset({"scorecards", "registers"})
"""Steps whose values are of the city's period where their source does not say."""
MEASURE = Step(
    "measure", "citiesforall.measure.making:make_observations", (), LAYERS,
    ("walk_m_s", "slow_walk_m_s", "draws", "seed"), must=("cells",),
)  # fmt: skip
MAP = Step("map", "citiesforall.pipeline.results:make_map", (), ("places", "streets", "facilities", "stops"))
"""The layers of the map that hold no values: a second process writes them while the first measures."""
AFTER_FACILITIES = (
    _of("places", "streets", "facilities", "homes", "cells"), (*_of("places", "streets", "facilities", "stops"), MAP),
)  # fmt: skip
"""Pieces of the second process that wait for the facilities: the first walks and measures meanwhile."""
RESULTS = Step(
    "results",
    "citiesforall.pipeline.results:make_results",
    (),
    (*LAYERS, "measure", "map"),
    must=("measure",),
)

DIAGNOSE = Step(
    "diagnose",
    "citiesforall.diagnose.making:make_diagnosis",
    (),
    (*LAYERS, "measure"),
    ("draws", "seed"),
    must=("measure",),
)
PLAN = Step(
    "plan", "citiesforall.plan.making:make_plan", (), (*LAYERS, "measure", "diagnose"), ("draws", "seed"),
    must=("diagnose",),
)  # fmt: skip
REPORT = Step(
    "report", "citiesforall.report.making:make_report", (), (*LAYERS, "measure", "results", "diagnose", "plan"),
    must=("results", "diagnose"),
)  # fmt: skip
EXPORT = Step(
    "export", "citiesforall.exchange.making:make_exchange", (), (*LAYERS, "measure", "results", "diagnose", "plan"),
    must=("results", "diagnose"),
)  # fmt: skip
WHOLE_CITY = (MEASURE, RESULTS, DIAGNOSE, PLAN, REPORT, EXPORT)
"""Steps that read anything the city file says, but not what only a later one reads."""
OF_DIAGNOSIS = frozenset({"outlook", "triggers"})
OF_PLAN = frozenset({"budget", "costs", "plan", "sites"})
OF_REPORT = frozenset({"report"})
"""Words of the city file that change a diagnosis, a plan or documents, and no measured number."""
UNREAD = MappingProxyType(
    {
        "measure": OF_DIAGNOSIS | OF_PLAN | OF_REPORT,
        "results": OF_DIAGNOSIS | OF_PLAN | OF_REPORT,
        "diagnose": OF_PLAN | OF_REPORT,
        "plan": OF_REPORT,
        "report": frozenset(),
        "export": frozenset(),
    }
)
"""Step -> words of the city file that it does not read."""


@dataclass(frozen=True)
class Work:
    """Hold what every step of one city works from.

    Parameters
    ----------
    root
        Folder of the store.
    given
        The city and its source files.
    shas
        File -> checksum.
    only_kept
        Make nothing: a step that is not kept ends the work with `NotKeptError`.
    """

    root: Path
    given: Inputs
    shas: Mapping[Path, str]
    only_kept: bool = False


class NotKeptError(Exception):
    """Say that a step would have to be made, where only kept ones were asked for."""


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
    faults = [
        f"{city_file.name}: sources.{role}: a city cannot be measured without {role}. Add [sources.{role}]."
        for role in ("boundaries", "people")
        if not city.of(role)
    ]
    files: dict[str, list[tuple[SourceUse, tuple[Path, ...]]]] = {}
    shas: dict[Path, str] = {}
    for role, uses in city.sources.items():
        for use in uses:
            try:
                paths = _with_named(use, snapshot.find_all(use, folders))
            except CitiesError as error:
                faults += error.faults
                continue
            for path in paths:
                if path not in shas:
                    shas[path] = source_sha(path, root / ".sha256")
            faults += _not_the_one(use, paths[0], shas)
            files.setdefault(role, []).append((use, paths))
    raise_all(faults, InputError)
    return Work(root, Inputs(city, files, threads=threads, shas=shas, tell=tell), shas)


def _with_named(use: SourceUse, paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the files of a source and those its options name beside them: they change its result as well."""
    if use.role != "households":
        return paths
    named = [str(use.options[word]) for word in ("sample", "members", "threats") if word in use.options]
    more = [paths[0].parent / name for name in named if Path(name).suffix]
    absent = [path.name for path in more if not path.is_file()]
    if absent:
        raise InputError(
            f"sources.households: {', '.join(absent)}: not there beside {paths[0].name}. Put it there, or mend options."
        )
    return tuple(dict.fromkeys([*paths, *more]))


def _not_the_one(use: SourceUse, path: Path, shas: Mapping[Path, str]) -> list[str]:
    """Return a fault where a file is not the one its source states."""
    if use.sha256 in {None, shas[path]}:
        return []
    said = f"sources.{use.role}: {path.name}: sha256 is {shas[path]}, but {use.sha256} is expected. "
    return [said + "The file is not the one named; fetch it again or correct the checksum."]


def run_steps(
    work: Work,
    steps: tuple[Step, ...],
    done: Mapping[str, Made],
    before: Mapping[str, Callable[[], None]] = ALONE,
) -> dict[str, Made]:
    """Run steps in order, making only what is not kept.

    Parameters
    ----------
    work
        The city and its sources.
    steps
        In an order in which each needs only earlier ones.
    done
        Steps finished before.
    before
        Step -> what to call before it: to wait for a second process, or to let it go on.

    Returns
    -------
    dict
        Name -> finished step, earlier ones too.
    """
    finished = dict(done)
    for number, step in enumerate(steps):
        if step is not MEASURE:
            work.given.tell("gather" if step in GATHER else step.name, number, len(steps))
        if (step.roles and not any(work.given.of(role) for role in step.roles)) or not set(
            step.must
        ) <= finished.keys():
            continue
        before.get(step.name, _nothing)()
        finished[step.name] = _run(
            work, step, {name: finished[name] for name in step.needs if name in finished}
        )
    return finished


def _nothing() -> None:
    """Do nothing."""


def _run(work: Work, step: Step, needs: Mapping[str, Made]) -> Made:
    """Keep one step."""
    given = work.given
    inputs = {f"step:{name}": made.key for name, made in needs.items()}
    uses = []
    for role in step.roles:
        for number, (use, paths) in enumerate(given.files.get(role, ())):
            inputs[f"source:{role}:{number}"] = " ".join(work.shas[path] for path in paths)
            uses.append(use.model_dump(mode="json", exclude_none=True))
    said: dict[str, Any] = {word: getattr(given.city.choices, word) for word in step.choices}
    said |= {"place": given.city.place.model_dump(mode="json"), "sources": uses}
    if step.name in DATED:
        said["period"] = given.city.period
    if step in WHOLE_CITY:
        said |= {
            "period": given.city.period,
            "declared": declarations_sha(),
            "city": given.city.model_dump(mode="json", exclude=set(UNREAD[step.name])),
        }
    done = {name: Finished(made.folder, made.info) for name, made in needs.items()}
    mine = replace(given, done=done, run=_run_id(step, inputs, said))

    def make(folder: Path) -> Mapping[str, Any]:
        if work.only_kept:
            raise NotKeptError(step.name)
        module, function = step.maker.split(":")
        maker: Callable[[Inputs, Path], Mapping[str, Any]] = getattr(
            importlib.import_module(module), function
        )
        return maker(mine, folder)

    return keep(work.root, step.name, make, room=step.room, needs=inputs, choices=said)


def _run_id(step: Step, inputs: Mapping[str, str], said: Mapping[str, Any]) -> str:
    """Return the id of a run: a hash of everything its numbers were made from."""
    whole = json.dumps(
        [inputs, said, code_sha(step.room), libraries(), __version__], sort_keys=True, default=str
    )
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def declarations_sha() -> str:
    """Return the fingerprint of every declared indicator."""
    folder = Path(__file__).parents[1] / "data" / "indicators"
    return hashlib.sha256(
        b"\0".join(path.read_bytes() for path in sorted(folder.glob("*.toml")))
    ).hexdigest()[:20]
