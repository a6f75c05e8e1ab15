"""A city kept in memory, asked what would change: at once for facilities and stops, otherwise as fast as it can be measured."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.changes import AddFacility, AddStop, Change
from citiesforall.core.errors import CitiesError, InputError, raise_all
from citiesforall.core.inputs import Inputs
from citiesforall.core.scenario import Scenario, changes_of
from citiesforall.core.tables import read_parquet
from citiesforall.measure.lineage import MODELLED
from citiesforall.measure.run import walks_to
from citiesforall.network.improve import Network, warm_network
from citiesforall.network.walks import Kind, find_walks, kinds_of, load_walks
from citiesforall.whatif import facilities
from citiesforall.whatif.city import CityLayers, city_now
from citiesforall.whatif.fast import Kept, Move, Ways, answer_fast, keep, ready, ways_after
from citiesforall.whatif.layers import changed, id_of, where
from citiesforall.whatif.published import (
    Bound,
    Walks,
    affected,
    bind,
    declared,
    differences,
    nothing,
    table_of,
)
from citiesforall.whatif.standing import FAST

Changes = Scenario | Iterable[Change | Mapping[str, Any]]
ORDER = ["indicator", "group", "place"]
FEWEST_FRAMES = 2


@dataclass(frozen=True)
class Session:
    """Keep a city warm; the room of its searches is shared, so one question at a time.

    Parameters
    ----------
    given
        The city and its finished steps.
    city
        Its layers as they are.
    bound
        What its published numbers are measured on.
    kept
        What a fast answer starts from.
    walks
        Arrays of its walks, and what is said of each kind.
    ids
        Ids of its facilities and stops.
    tables
        Indicators measured before any change, by number of draws; filled as they are asked for.
    """

    given: Inputs
    city: CityLayers
    bound: Bound
    kept: Kept | None
    walks: Walks | None
    ids: frozenset[str]
    tables: dict[tuple[str, int], pd.DataFrame] = field(default_factory=dict, repr=False)

    def answer(self, changes: Changes, *, intervals: bool = False) -> pd.DataFrame:
        """Return the observations that differ in the changed city.

        Parameters
        ----------
        changes
            A scenario; or changes, as records or as tables of a scenario file.
        intervals
            Measure what is affected with all draws: ``low`` and ``high`` are then given.

        Returns
        -------
        pandas.DataFrame
            As `published.differences` describes it; equal to a full run on the changed city to the last digit.

        Raises
        ------
        InputError
            Carrying every fault of the changes.
        """
        return answer(self, changes, intervals=intervals)


def open_session(given: Inputs, *, warm: bool = True) -> Session:
    """Read a finished city into memory, ready to be asked.

    Parameters
    ----------
    given
        The city and its finished steps; ``cells`` and ``places`` at least.
    warm
        Make everything ready now; otherwise each kind of facility when it is first asked for.

    Returns
    -------
    Session
        Ask it with ``answer``.

    Raises
    ------
    CitiesError
        The city was not gathered.
    """
    city = city_now(given)
    walks = load_walks(given.done["walks"].folder) if "walks" in given.done else None
    bound = bind(given, city, walks, 1)
    kept = None
    if city.streets is not None and walks is not None and city.streets.edge_walk.any():
        walked = {key: one for key, one in declared().items() if walks_to(one)}
        kept = keep(_network(given, city, bound), city.kinds, bound, walked)
    ids = [
        table[name]
        for table, name in ((city.facilities, "facility"), (city.stops, "stop"))
        if table is not None
    ]
    session = Session(given, city, bound, kept, walks, frozenset(str(one) for found in ids for one in found))
    if warm and kept is not None:
        ready(kept)
    return session


def _network(given: Inputs, city: CityLayers, bound: Bound) -> Network:
    """Join the inhabited parts to the streets."""
    assert city.streets is not None
    parts = bound.layers.inhabited().parts
    x, y = (city.cells[name].to_numpy(np.float64)[parts] for name in ("x", "y"))
    choices = given.city.choices
    return warm_network(city.streets, x, y, choices.snap_m, choices.reach_m)


def answer(session: Session, changes: Changes, *, intervals: bool = False) -> pd.DataFrame:
    """Answer one question, as `Session.answer` says."""
    scenario = scenario_of(changes)
    added = None if intervals else _added(session, scenario)
    if added is not None:
        kept = session.kept
        assert kept is not None
        keys = [key for key, one in kept.walked.items() if set(walks_to(one)) & added.keys()]
        sure = {kind for kind in added if kind in kept.kinds and kept.kinds[kind].ids}
        if all(_is_fast(kept, key, added, sure) for key in keys):
            return answer_fast(kept, keys, ways_after(kept, added))
    return _ordinary(session, changed(session.city, scenario), intervals=intervals)


def scenario_of(changes: Changes) -> Scenario:
    """Return changes as a scenario.

    Parameters
    ----------
    changes
        A scenario; or changes, as records or as tables of a scenario file.

    Raises
    ------
    InputError
        Carrying every fault of the tables.
    """
    if isinstance(changes, Scenario):
        return changes
    found: list[Change] = []
    faults: list[str] = []
    for number, one in enumerate(changes, 1):
        if isinstance(one, Change):
            found.append(one)
            continue
        said, wrong = changes_of([one])
        found += said
        faults += [fault.replace("change 1", f"change {number}", 1) for fault in wrong]
    raise_all(faults, InputError)
    return Scenario(changes=tuple(found))


def _added(session: Session, scenario: Scenario) -> dict[str, Move] | None:
    """Return the doors a scenario adds by kind, where it does nothing else and may be answered fast; else None."""
    if session.kept is None or not all(isinstance(one, AddFacility | AddStop) for one in scenario.changes):
        return None
    doors: dict[str, list[tuple[float, float]]] = {}
    faults: list[str] = []
    seen: set[str] = set()
    for number, change in enumerate(scenario.changes, 1):
        try:
            key, kinds, at = _one_added(session, change, id_of(scenario.name, number))
        except CitiesError as error:
            faults += [f"{scenario.name}: {where(number, change)}: {fault}" for fault in error.faults]
            continue
        if kinds is None or key in session.ids or key in seen:
            return None  # said, or measured, the ordinary way
        seen.add(key)
        for kind in kinds:
            doors.setdefault(kind, []).append(at)
    raise_all(faults, InputError)
    return {
        kind: Move(np.array([x for x, _ in at]), np.array([y for _, y in at]), None)
        for kind, at in doors.items()
    }


def _one_added(
    session: Session, change: Change, name: str
) -> tuple[str, list[str] | None, tuple[float, float]]:
    """Return id, kinds and place of what one change adds; no kinds where more than walks may change with it."""
    ground = session.city.ground
    if isinstance(change, AddFacility):
        said = facilities.listed_facility(ground, change, name)
        known = said["source"] not in _doubtful(session) and not said["estimated"]
        return said["id"], said["kinds"] if known else None, (said["x"], said["y"])
    assert isinstance(change, AddStop)
    said = facilities.listed_stop(ground, change, name)
    kinds, sure = _stop_kinds(change.mode, said["rate"])
    sure &= said["source"] not in _doubtful(session) and not said["estimated"]
    return said["id"], kinds if sure else None, (said["x"], said["y"])


@lru_cache(maxsize=1024)
def _stop_kinds(mode: str, per_hour: float) -> tuple[list[str], bool]:
    """Return the kinds a stop is of by the rule of any run, and whether its departures are known."""
    said = {
        "id": "",
        "name": "",
        "mode": mode,
        "x": 0.0,
        "y": 0.0,
        "source": "",
        "gone_share": 0.0,
        "estimated": False,
    }
    found = kinds_of(None, facilities.stop_rows_of({**said, "rate": per_hour}))
    return [kind for kind, one in found.items() if one.ids], not any(one.estimated for one in found.values())


def _ordinary(session: Session, city: CityLayers, *, intervals: bool) -> pd.DataFrame:
    """Measure what a change may reach: what can be answered from what is kept so, the rest by the ordinary methods."""
    moves = moves_of(session.city.kinds, city.kinds)
    keys = affected(declared(), city.touched, moves)
    fast: list[str] = []
    ways: Ways = {}
    if session.kept is not None and not intervals and not city.touched & {"streets", "people"}:
        ways = ways_after(session.kept, moves)
        doubtful = _doubtful(session)
        sure = {
            kind for kind in moves if is_sure(session.city.kinds.get(kind), city.kinds.get(kind), doubtful)
        }
        fast = [key for key in keys if _is_fast(session.kept, key, moves, sure)]
    frames = [answer_fast(session.kept, fast, ways)] if session.kept is not None and fast else []
    rest = [key for key in keys if key not in fast]
    if rest:
        n_draws = session.given.city.choices.draws + 1 if intervals else 1
        walks = walks_again(session, city, moves, n_draws)
        after = table_of(bind(session.given, city, walks, n_draws, rest), rest)
        frames.append(differences(_before(session, rest, n_draws), after))
    frames = [frame for frame in frames if len(frame)]
    if len(frames) < FEWEST_FRAMES:
        return frames[0] if frames else nothing()
    return pd.concat(frames, ignore_index=True).sort_values(ORDER, kind="stable", ignore_index=True)


def moves_of(before: Mapping[str, Kind], after: Mapping[str, Kind]) -> dict[str, Move]:
    """Return what happens to each kind that differs.

    Parameters
    ----------
    before, after
        Kinds of two cities.
    """
    moves = {}
    for kind, new in after.items():
        old = before.get(kind)
        if old is None:
            moves[kind] = Move(new.x, new.y, None)
            continue
        doors = [_doors(one) for one in (old, new)]
        kept = {key for key in doors[0] if doors[1].get(key) == doors[0][key]}
        gone = np.array([key not in kept for key in old.ids], dtype=bool)
        fresh = np.array([key not in kept for key in new.ids], dtype=bool)[new.facility]
        told = (old.estimated, old.made_from, old.gone_share) != (
            new.estimated,
            new.made_from,
            new.gone_share,
        )
        if gone.any() or fresh.any() or told:
            moves[kind] = Move(new.x[fresh], new.y[fresh], gone)
    return moves


def _doors(kind: Kind) -> dict[str, list[tuple[float, float]]]:
    """Return the access points of each facility of a kind."""
    doors: dict[str, list[tuple[float, float]]] = {}
    for number, x, y in zip(kind.facility.tolist(), kind.x.tolist(), kind.y.tolist(), strict=True):
        doors.setdefault(kind.ids[number], []).append((x, y))
    return doors


def _doubtful(session: Session) -> frozenset[str]:
    """Return the sources that make an indicator estimated."""
    uses = session.given.city.sources.values()
    return frozenset(one.id for of_role in uses for one in of_role if one.grade in MODELLED)


def is_sure(old: Kind | None, new: Kind | None, doubtful: frozenset[str]) -> bool:
    """Say whether only walks differ between two states of a kind: not whether it is known, nor how surely."""
    if old is None or new is None or not old.ids or not new.ids:
        return False
    return old.estimated == new.estimated and not (set(old.made_from) ^ set(new.made_from)) & doubtful


def _is_fast(kept: Kept, key: str, moves: Collection[str], sure: Collection[str]) -> bool:
    """Say whether an indicator can be answered from what is kept; one that is missing stays so where only walks differ."""
    if key not in kept.walked or kept.walked[key].method not in FAST:
        return False
    mine = set(walks_to(kept.walked[key])) & set(moves)
    return bool(mine) and mine <= set(sure)


def walks_again(session: Session, city: CityLayers, moves: Mapping[str, Move], n_draws: int) -> Walks | None:
    """Return the walks of a changed city: found again to the kinds that differ, to all where streets do."""
    if city.streets is None or session.walks is None:
        return session.walks
    again = set(city.kinds) if "streets" in city.touched else set(moves)
    arrays, about = (dict(one) for one in session.walks)
    if not again:
        return arrays, about
    kinds = {name: kind for name, kind in city.kinds.items() if name in again}
    if n_draws == 1:  # the nearest is all that is asked
        kinds = {name: replace(kind, gone_share=[0.0] * len(kind.ids)) for name, kind in kinds.items()}
    choices = {"snap_m": session.given.city.choices.snap_m, "reach_m": session.given.city.choices.reach_m}
    found, said = find_walks(city.streets, city.cells, kinds, choices, session.given.threads)
    for name in about.keys() - city.kinds.keys():
        del about[name]
    return arrays | found, about | said


def _before(session: Session, keys: Sequence[str], n_draws: int) -> pd.DataFrame:
    """Return the observations before any change, measured when first asked."""
    tables = session.tables
    lacking = [key for key in keys if (key, n_draws) not in tables]
    if lacking:
        made = session.given.file("measure", "observations.parquet") if n_draws > 1 else None
        if made is not None:
            found = read_parquet(made)
        elif n_draws == 1:
            found = table_of(session.bound, lacking)
        else:
            found = table_of(bind(session.given, session.city, session.walks, n_draws, lacking), lacking)
        wanted = set(lacking)
        tables |= {(str(key), n_draws): rows for key, rows in found.groupby("indicator") if key in wanted}
    return pd.concat([tables[key, n_draws] for key in sorted(keys)], ignore_index=True)
