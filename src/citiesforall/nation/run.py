"""A nation from its file to results: every city a task, then the steps that read them all."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from citiesforall.core.errors import CitiesError, did_you_mean
from citiesforall.core.nation import Nation, read_nation
from citiesforall.nation.entries import Entry, entries_of
from citiesforall.nation.given import CityRun, NationInputs
from citiesforall.nation.progress import Shown, shown
from citiesforall.nation.steps import AT_TOP, run_steps
from citiesforall.nation.tasks import Answer, Order, kept_answer, make_city, package_sha, was_finished
from citiesforall.pipeline.progress import progress
from citiesforall.pipeline.publishing import publish_several
from citiesforall.pipeline.run import STORE
from citiesforall.store import Made, sweep, write_whole

LOG = "cities_log.csv"
"""Beside the results, not among them: what each city took."""
NAMED = 10
"""Failures named at the end; the rest stand in nation.json."""


@dataclass(frozen=True)
class Wanted:
    """Say where and how a nation is made.

    Parameters
    ----------
    out
        Folder of results.
    scheduler
        Address of a Dask cluster; empty for processes of this machine.
    workers
        Processes of this machine; 0 for as many as fit, 1 for none beside this one.
    threads
        Of the steps that read all cities; no result depends on it.
    """

    out: Path
    scheduler: str = ""
    workers: int = 0
    threads: int = 1


@dataclass(frozen=True)
class NationDone:
    """Hold a finished nation.

    Parameters
    ----------
    folder
        Its published results; nothing is there where no city has any.
    given
        What its steps worked from.
    answers
        For every city, in the order they ended.
    steps
        Name -> finished step.
    faults
        Step that could not be made -> why.
    text
        What to say.
    """

    folder: Path
    given: NationInputs
    answers: tuple[Answer, ...]
    steps: dict[str, Made]
    faults: dict[str, str]
    text: str

    @property
    def whole(self) -> bool:
        """Say whether every city and every step was made."""
        return not (self.given.failed or self.faults)


def run_nation(nation_file: Path, wanted: Wanted) -> NationDone:
    """Do everything for one nation.

    Parameters
    ----------
    nation_file
        A TOML file.
    wanted
        Where and how.

    Returns
    -------
    NationDone
        With what to say first.

    Raises
    ------
    CitiesError
        Carrying every fault of the nation file, or that the cluster went away: finished cities are kept.

    Notes
    -----
    A city that fails is named with its reason; the others and the nation are made all the same.
    """
    nation = read_nation(nation_file)
    entries = entries_of(nation, nation_file.name)
    out = wanted.out
    sweep(out / STORE)
    begun = time.perf_counter()
    answers = make_cities(nation, entries, wanted)
    given = inputs_of(nation, entries, answers, wanted)
    folder = out / f"nation_{nation.place.code.lower()}"
    _write_log(folder.with_name(f"{folder.name}_{LOG}"), answers)
    steps: dict[str, Made] = {}
    faults: dict[str, str] = {}
    if given.cities:
        keys = {answer.code: answer.key for answer in answers if not answer.why}
        with progress() as tell:
            steps, faults = run_steps(
                given, out / STORE, keys, lambda step: tell(step, 0, 1), alone=wanted.workers == 1
            )
        publish_several([(made, "" if name in AT_TOP else name) for name, made in steps.items()], folder)
    text = _said(folder, given, answers, time.perf_counter() - begun)
    text += "".join(f"\n{step} was not made, a fault of ours: {why}" for step, why in faults.items())
    return NationDone(folder, given, answers, steps, faults, text)


def make_cities(nation: Nation, entries: Sequence[Entry], wanted: Wanted) -> tuple[Answer, ...]:
    """Make every city that is not finished.

    Parameters
    ----------
    nation
        The nation file.
    entries
        Its cities.
    wanted
        Where and how.

    Returns
    -------
    tuple of Answer
        In the order they ended.
    """
    code = package_sha()
    keep = nation.invented.keep if nation.invented else "everything"
    home, out = nation.folder.resolve(), wanted.out.resolve()
    orders = [
        Order(_absolute(entry), out, home, nation.choices.through, keep, code)
        for entry in sorted(entries, key=lambda entry: (not entry.members, entry.code, entry.file))
    ]
    found: list[Answer] = []
    with shown(len(orders)) as show:
        for answer in _each(orders, wanted, show):
            found.append(answer)
            show.ended(answer)
    return tuple(found)


def _absolute(entry: Entry) -> Entry:
    """Return an entry whose path every worker can follow."""
    return replace(entry, path=entry.path.resolve())


def _each(orders: Sequence[Order], wanted: Wanted, show: Shown) -> Iterator[Answer]:
    """Give the answer for each city: what is kept without starting anything, the rest on Dask or, with one worker, here.

    Notes
    -----
    Cities never finished go first: where there are some, workers ask of the others as well whether they are kept.
    """
    rest = [order for order in orders if not was_finished(order)]
    before = [order for order in orders if was_finished(order)]
    if not rest:
        for order in before:
            if (answer := _kept(order)) is None:
                rest.append(order)
            else:
                yield answer
    else:
        rest += before
    if wanted.workers == 1 and not wanted.scheduler:
        yield from map(make_city, rest)
    elif rest:
        from citiesforall.nation.cluster import Asked, each  # noqa: PLC0415 - loads Dask

        yield from each(rest, Asked(wanted.scheduler, wanted.workers), show.say)


def _kept(order: Order) -> Answer | None:
    """Return the answer for a kept city; None where there is something to do, a fault to tell among it."""
    try:
        return kept_answer(order)
    except (CitiesError, OSError):
        return None


def inputs_of(
    nation: Nation, entries: Sequence[Entry], answers: Sequence[Answer], wanted: Wanted
) -> NationInputs:
    """Return what the steps of a nation work from.

    Parameters
    ----------
    nation
        The nation file.
    entries
        Its cities.
    answers
        For each of them.
    wanted
        Where and how.
    """
    named = {entry.file: entry for entry in entries}
    cities: list[CityRun] = []
    failed = {answer.file: answer.why for answer in answers if answer.why}
    for answer in answers:
        if answer.why:
            continue
        entry = named[answer.file]
        folder = wanted.out / answer.folder
        if entry.members and (fault := _no_such_level(folder, entry.members)):
            failed[answer.file] = fault
            continue
        cities.append(_city_run(answer, entry, folder))
    cities.sort(key=lambda city: city.code)
    return NationInputs(nation, tuple(cities), dict(sorted(failed.items())), threads=wanted.threads)


def _city_run(answer: Answer, entry: Entry, folder: Path) -> CityRun:
    """Return where a finished city lies."""
    return CityRun(
        file=answer.file,
        code=answer.code,
        folder=folder,
        kind="streets" if answer.kind == "streets" else "registers",
        members=entry.members,
        parent=entry.parent,
        part_of=entry.part_of,
        invented=answer.invented,
        reaches=answer.reaches,
    )


def _no_such_level(folder: Path, level: str) -> str:
    """Return a fault where a run has no place of a level; nothing where it has."""
    places = json.loads((folder / "run.json").read_text("utf-8"))["places"]
    known = {str(place["level"]) for place in places}
    return "" if level in known else f"it has no place of level '{level}'. {did_you_mean(level, known)}"


def _write_log(path: Path, answers: Sequence[Answer]) -> None:
    """Write what each city took, for whoever watches a cluster: no result depends on it."""
    rows = ["file,code,seconds,made,why"]
    for one in answers:
        why = one.why.replace('"', "'")
        rows.append(f'"{one.file}",{one.code},{one.seconds:.2f},{"yes" if one.fresh else "kept"},"{why}"')
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, "\n".join(rows) + "\n")


def _said(folder: Path, given: NationInputs, answers: Sequence[Answer], seconds: float) -> str:
    """Return what to say of a nation first."""
    made = sum(answer.fresh for answer in answers)
    place = given.nation.place
    lines = [f"{place.name}, {given.nation.period}" + (" (INVENTED)" if place.invented else "")]
    done = len(given.cities)
    lines.append(f"{_many(done, 'city')} finished: {made} made now, {done - made} kept; {seconds:,.0f} s.")
    if given.failed:
        lines.append(f"{_many(len(given.failed), 'city')} failed; the nation is made of the others:")
        lines += [f"  {file}: {why}" for file, why in list(given.failed.items())[:NAMED]]
        more = len(given.failed) - NAMED
        lines += [f"  and {more:,} more: {folder.name}/nation.json"] if more > 0 else []
    if not done:
        return "\n".join([*lines, "No city has results: nothing was made of the nation."])
    said: dict[str, Any] = json.loads((folder / "nation.json").read_text("utf-8"))
    lines.append(f"{said['counts']['members']:,} members are compared.")
    size = max((len(path.name) for path in folder.iterdir() if not path.name.startswith(".")), default=0)
    lines += ["", f"Files in {folder}:"]
    for path in sorted(folder.iterdir()):
        if not path.name.startswith(".") and path.suffix != ".csv":
            what = WHAT.get(path.stem if path.is_file() else path.name, "")
            lines.append(f"  {path.name + (os.sep if path.is_dir() else ''):<{size + 2}}{what}".rstrip())
    return "\n".join(lines)


def _many(number: int, one: str) -> str:
    """Return a number of cities in words."""
    return f"{number:,} {one if number == 1 else 'cities'}"


WHAT = {
    "nation": "what the nation is made of, and what failed",
    "members": "the cities and administrations that are compared",
    "places": "every place with its outline",
    "observations": "every number of nation, provinces and members, with its coverage",
    "within_between": "inequality within and between",
    "common": "challenges that cities share: how many, how severe, how sure",
    "kinds": "kinds of cities, and peers to learn from",
    "options": "what plans chose, what it costs, what is missing",
    "rounds": "progress toward targets, and what changed between rounds",
    "policy": "the policy framework: evidence and options",
    "export": "for others: workbook, SDMX, Open SDG, GeoPackage, tiles",
}
"""Table or step -> what it holds; every table has a CSV beside it."""
