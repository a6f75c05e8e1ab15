"""What if: a scenario put to a finished city, said in lines and kept beside the run; the run itself stays as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.changes import Change
from citiesforall.core.errors import CitiesError, DeclarationError, raise_all
from citiesforall.core.indicator import Indicator, indicators
from citiesforall.core.inputs import Finished, Inputs
from citiesforall.core.scenario import Scenario, inline, read_scenario
from citiesforall.core.tables import write_csv, write_parquet
from citiesforall.core.units import shown
from citiesforall.pipeline.progress import Tell, progress, quiet
from citiesforall.pipeline.run import gather_layers
from citiesforall.pipeline.steps import MEASURE, run_steps
from citiesforall.store import write_whole
from citiesforall.text import digits, say_key
from citiesforall.whatif.cells import cells_after
from citiesforall.whatif.city import CityLayers
from citiesforall.whatif.layers import changed
from citiesforall.whatif.session import Session, open_session, scenario_of
from citiesforall.whatif.standing import ADDED_UP

__all__ = ["asked_for", "cells_after", "counts_people", "folder_name", "session", "what_if", "what_if_text"]
PLACES_SHOWN = 6
"""Places named for each indicator; the table has all."""
WIDTH = 60
"""Letters of a value that a line of text can hold."""
Asked = Path | str | Scenario | Iterable[Change | Mapping[str, Any]]


@dataclass(frozen=True)
class Answered:
    """Hold an answer with what is needed to say it.

    Parameters
    ----------
    scenario
        What is changed.
    table
        Observations that differ.
    city
        Changed layers, for what must be known of them.
    given
        The city.
    folder
        Where the answer is kept.
    """

    scenario: Scenario
    table: pd.DataFrame
    city: CityLayers
    given: Inputs
    folder: Path


def what_if_text(
    city_file: Path, scenario_file: Path | None, add: Sequence[str] = (), *, out: Path, lang: str = "en",
    intervals: bool = False, threads: int = 2,
) -> str:  # fmt: skip
    """Say what would change in a city.

    Parameters
    ----------
    city_file
        A TOML file.
    scenario_file
        A scenario; or None, where ``add`` says what is added.
    add
        Facilities and stops as ``health_centre@13.36,103.86``.
    out
        Folder of results.
    lang
        ``en`` or ``km``.
    intervals
        Measure with all draws, so that every value has its interval.
    threads
        Worker threads; no number depends on them.

    Returns
    -------
    str
        Lines of text.

    Raises
    ------
    CitiesError
        Carrying every fault of the city file, a source or the scenario; then there is no answer.
    """
    scenario = asked_for(scenario_file, add)
    with progress() as tell:
        warm = _session(city_file, out, threads=threads, warm=False, measured=intervals, tell=tell)
    found = _answered(warm, scenario, out, intervals=intervals)
    return "\n".join(_lines(found, lang))


def what_if(
    city_file: Path | str,
    changes: Asked,
    out: Path | str = "out",
    *,
    intervals: bool = False,
    threads: int = 2,
) -> pd.DataFrame:
    """Return the observations that would differ in a changed city, and keep them beside the run.

    Parameters
    ----------
    city_file
        A TOML file.
    changes
        A scenario or its file; or changes, as records or as tables of a scenario file.
    out
        Folder of results; ``<code>/what_if/<name>`` in it keeps the answer.
    intervals
        Measure with all draws, so that every value has its interval.
    threads
        Worker threads; no number depends on them.

    Returns
    -------
    pandas.DataFrame
        ``place, group, indicator, before, after, difference`` and what stands behind them.

    Raises
    ------
    CitiesError
        Carrying every fault of the city file, a source or the changes.
    """
    scenario = read_scenario(changes) if isinstance(changes, Path | str) else scenario_of(changes)
    warm = _session(Path(city_file), Path(out), threads=threads, warm=False, measured=intervals)
    return _answered(warm, scenario, Path(out), intervals=intervals).table


def session(city_file: Path | str, out: Path | str = "out", *, threads: int = 2) -> Session:
    """Open a city to be asked many questions: the first takes seconds, every other milliseconds.

    Parameters
    ----------
    city_file
        A TOML file.
    out
        Folder of results.
    threads
        Worker threads; no number depends on them.

    Returns
    -------
    Session
        Ask it: ``session.answer([{"do": "add_facility", "kind": "market", "lon": 103.86, "lat": 13.36}])``.

    Raises
    ------
    CitiesError
        Carrying every fault of the city file or of a source.
    """
    return _session(Path(city_file), Path(out), threads=threads, warm=True, measured=False)


def asked_for(scenario_file: Path | None, add: Sequence[str]) -> Scenario:
    """Return what a command line asks for.

    Parameters
    ----------
    scenario_file
        A scenario, or None.
    add
        Facilities and stops as ``health_centre@13.36,103.86``; with a file they are added to its changes.

    Raises
    ------
    DeclarationError
        Carrying every fault; nothing is asked.
    """
    faults: list[str] = []
    rows, base = [], None
    if scenario_file is not None:
        try:
            base = read_scenario(scenario_file)
        except CitiesError as error:
            faults += error.faults
    for text in add:
        try:
            rows.append(inline(text))
        except CitiesError as error:
            faults += error.faults
    try:
        added = scenario_of(rows)
    except CitiesError as error:
        faults += error.faults
    if scenario_file is None and not add:
        faults.append(
            "what if: nothing is changed. Give --change SCENARIO.toml, or --add health_centre@LAT,LON."
        )
    raise_all(faults, DeclarationError)
    return added if base is None else base.model_copy(update={"changes": (*base.changes, *added.changes)})


def _session(
    city_file: Path, out: Path, *, threads: int, warm: bool, measured: bool, tell: Tell = quiet
) -> Session:
    """Gather a city where that is not done, and read it into memory."""
    found = gather_layers(city_file, out, threads=threads, tell=tell)
    layers = dict(found.layers)
    if measured:
        layers = run_steps(found.work, (MEASURE,), layers)
    done = {name: Finished(made.folder, made.info) for name, made in layers.items()}
    return open_session(replace(found.work.given, done=done), warm=warm)


def _answered(warm: Session, scenario: Scenario, out: Path, *, intervals: bool) -> Answered:
    """Ask, and keep the answer; what was made before stays as it is."""
    table = warm.answer(scenario, intervals=intervals)
    city = changed(warm.city, scenario)
    folder = out / warm.given.city.place.code.lower() / "what_if" / folder_name(scenario.name)
    folder.mkdir(parents=True, exist_ok=True)
    for name, write in (("observations.parquet", write_parquet), ("observations.csv", write_csv)):
        temporary = folder / f".{name}"
        write(table, temporary)
        temporary.replace(folder / name)
    said = {
        "scenario": json.loads(
            scenario.model_dump_json(by_alias=True, exclude_none=True, serialize_as_any=True)
        ),
        "notes": [note.as_dict() for note in city.notes],
        "intervals": intervals,
    }
    write_whole(folder / "scenario.json", json.dumps(said, indent=1, ensure_ascii=False) + "\n")
    return Answered(scenario, table, city, warm.given, folder)


def folder_name(name: str) -> str:
    """Return the folder of a scenario: its name in small letters, words joined."""
    return "_".join(re.findall(r"\w+", name.casefold()))


def _lines(found: Answered, lang: str) -> list[str]:
    """Return the answer as lines of text."""
    place = found.given.city.place
    name = place.name_km if lang == "km" and place.name_km else place.name
    lines = [f"{_word('heading', lang)}: {found.scenario.name}, {name}"]
    lines += [f"  {number}. {_said(one, lang)}" for number, one in enumerate(found.scenario.changes, 1)]
    if found.city.notes:
        lines += ["", f"{_word('care', lang)}:", *(f"  {note}" for note in found.city.notes)]
    if found.table.empty:
        lines += ["", _word("nothing", lang)]
    for key, one in indicators().items():
        rows = found.table[found.table["indicator"] == key]
        said = _indicator(one, rows, found, lang) if len(rows) else []
        lines += ["", *said] if said else []
    return [*lines, "", f"{_word('files', lang)}: {found.folder}"]


def _said(change: Change, lang: str) -> str:
    """Say one change."""
    told = change.model_dump(exclude_none=True, exclude={"do", "note"}, exclude_unset=True)
    if "kind" in told:
        told["kind"] = say_key(f"kind.{told['kind']}.title", lang)
    plain = [
        _short(told.pop(name))
        for name in ("kind", "name", "facility", "stop", "place", "mode")
        if name in told
    ]
    listed = ", ".join([*plain, *(f"{name} {_short(value)}" for name, value in told.items())])
    title = say_key(f"whatif.change.{change.do}", lang)
    return f"{title}: {listed}" if listed else title


def _short(value: Any) -> str:
    """Return a value in few letters."""
    text = f"{value:.8g}" if isinstance(value, float) else str(value)
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."


def _indicator(one: Indicator, rows: pd.DataFrame, found: Answered, lang: str) -> list[str]:
    """Say what changes of one indicator: the city's groups, then the places that change most; nothing where rounding hides it."""
    names = _names(found.city.ground.places, lang)
    whole = found.city.ground.places.loc[found.city.ground.places["parent"].isna(), "place"].iloc[0]
    rows = rows.assign(text=[_change(row, one, lang) for row in rows.itertuples()])
    rows = rows[rows["text"] != ""]
    city = rows[rows["place"] == whole].sort_values("group", key=lambda group: group != "all", kind="stable")
    lines = [
        f"  {names[whole]}, {say_key(f'group.{group}.title', lang)}: {text}"
        for group, text in zip(city["group"], city["text"], strict=True)
    ]
    units = rows[(rows["place"] != whole) & (rows["group"] == "all")]
    if len(units):
        order = np.argsort(-units["difference"].abs().fillna(np.inf).to_numpy(), kind="stable")
        most = units.iloc[order[:PLACES_SHOWN]]
        lines.append(f"  {_word('places', lang)}:")
        lines += [
            f"    {names[place]}: {text}" for place, text in zip(most["place"], most["text"], strict=True)
        ]
        if len(units) > PLACES_SHOWN:
            lines.append(f"    {_word('more', lang)}: {digits(str(len(units) - PLACES_SHOWN), lang)}")
    return [say_key(f"indicator.{one.id}.title", lang), *lines] if lines else []


def _change(row: Any, one: Indicator, lang: str) -> str:
    """Say one number before and after, and how many people it is about; empty where rounding hides the change."""
    before, after, low, high = (
        _shown(value, one, lang) for value in (row.before, row.after, row.low, row.high)
    )
    more = row.num - row.num_before
    people = counts_people(one) and bool(np.isfinite(more)) and abs(more) >= 1
    if before == after and not people:
        return ""
    text = f"{before} -> {after}"
    if np.isfinite(row.low):
        text += f" ({_word('interval', lang)}: {low} .. {high})"
    if people:
        said = _word("served" if more > 0 else "unserved", lang)
        text += f"; {said}: {digits(f'{abs(more):,.0f}', lang)}"
    return text


def counts_people(one: Indicator) -> bool:
    """Say whether an indicator's numerator is people who reach something."""
    averages = one.method == "completeness_within_walk" and not one.options.get("all_of_them")
    return one.method in ADDED_UP and not averages


def _shown(value: float, one: Indicator, lang: str) -> str:
    """Return a value with its unit."""
    text = shown(value, one.unit)
    if lang == "en" or not text.endswith(one.unit):
        return text
    return digits(f"{text.removesuffix(one.unit)}{say_key(f'word.unit_short.{one.unit}', lang)}", lang)


def _names(places: pd.DataFrame, lang: str) -> dict[str, str]:
    """Return what each place is called."""
    names = dict(zip(places["place"], places["name"].astype(str), strict=True))
    if lang == "km" and "name_km" in places:
        pairs = zip(places["place"], places["name_km"], strict=True)
        names |= {code: name for code, name in pairs if isinstance(name, str) and name}
    return names


def _word(key: str, lang: str) -> str:
    """Return a word of the answer."""
    return say_key(f"whatif.answer.{key}", lang)
