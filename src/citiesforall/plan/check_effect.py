"""What a plan does, found again: facilities put into the city and everybody's walks measured; the rest worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.action import PER_PEOPLE, Action, actions_for
from citiesforall.core.errors import InputError, raise_all
from citiesforall.core.indicator import indicators
from citiesforall.core.inputs import Inputs
from citiesforall.core.scenario import Scenario, changes_of
from citiesforall.core.tables import OBSERVATIONS, read_parquet
from citiesforall.gather.kinds import kinds
from citiesforall.network.walks import load_walks
from citiesforall.whatif.layers import changed
from citiesforall.whatif.session import open_session
from citiesforall.whatif.whole import walked

STOPS = frozenset({"bus_stop"})
NAME = "plan"
FLOODED_FROM = 1.0
NEXT = 0.005
PERCENT = 100.0
KEY = ["place", "group", "indicator"]
FOUND = [*KEY, "value", "low", "high", "num", "den", "n", "status", "before", "difference", "how"]
AFTER = [*OBSERVATIONS, "before", "difference", "how"]
"""Columns of ``after.parquet``: observations, their value before, the difference, and how it was found."""


@dataclass(frozen=True)
class Promise:
    """Hold what a plan says of one service.

    Parameters
    ----------
    service
        Its id.
    people
        Newly served, all items together. [persons]
    to
        Kind of facility -> walk, empty where no walk decides. [m]
    flooded
        Whether only homes that can be flooded are counted.
    lacking
        People who lack it today, by place. [persons]
    asking
        People it is about, by place. [persons]
    residents
        By place. [persons]
    """

    service: str
    people: float
    to: Mapping[str, float]
    flooded: bool
    lacking: Mapping[str, float]
    asking: Mapping[str, float]
    residents: Mapping[str, float]


def promised(plan: pd.DataFrame, services: Mapping[str, Any]) -> dict[str, Promise]:
    """Return what a plan promises, service by service.

    Parameters
    ----------
    plan
        ``plan.parquet``.
    services
        Of ``plan.json``.
    """
    people = plan[plan["service"] != ""].groupby("service", sort=True)["people"].sum().to_dict()
    found = {}
    for key, n in people.items():
        said = services[str(key)]
        places = (said["lacking"], said["asking"], said["residents"])
        found[str(key)] = Promise(str(key), float(n), said["to"], said["flooded"], *places)
    return found


def scenario_of(given: Inputs, plan: pd.DataFrame) -> Scenario:
    """Return the plan's facilities as changes of the city.

    Parameters
    ----------
    given
        The city.
    plan
        ``plan.parquet``.
    """
    catalogue = actions_for(given.city)
    rows: list[dict[str, Any]] = []
    for item in plan[plan["site"] != ""].to_dict("records"):
        one = catalogue[item["action"]]
        at = {"x": item["x"], "y": item["y"], "id": f"{NAME}:{item['item']}", "name": one.title}
        serves = str(one.serves)
        if serves in STOPS:
            rows.append({"do": "add_stop", "mode": "bus", **at})
        elif kinds()[serves].open_space:
            rows.append(
                {"do": "add_open_space", "area_m2": max(one.land_m2, 1.0), "park": serves == "park", **at}
            )
        else:
            rows.append({"do": "add_facility", "kind": serves, **at})
    changes, faults = changes_of(rows)
    raise_all(faults, InputError)
    return Scenario(name=NAME, changes=changes)


def city_after(
    given: Inputs, plan: pd.DataFrame, services: Mapping[str, Any]
) -> tuple[pd.DataFrame, dict[str, dict[str, float]]]:
    """Measure the changed city.

    Parameters
    ----------
    given
        The city and its finished steps.
    plan
        ``plan.parquet``.
    services
        Of ``plan.json``.

    Returns
    -------
    tuple
        The observations that change; and, service by service, the people served by the changed city and not by the present, by
        place and in the whole city.
    """
    measured: dict[str, dict[str, float]] = {}
    table = pd.DataFrame(columns=FOUND)
    scenario = scenario_of(given, plan)
    if scenario.changes:
        table = open_session(given, warm=False).answer(scenario)
        measured = _newly(given, scenario, table, promised(plan, services))
        table = table.rename(columns={"after": "value"}).assign(how="measured")
    last = _last(given)
    found = [one for one in (table[FOUND], _worked_out(given, last, plan, services)) if len(one)]
    after = pd.concat(found, ignore_index=True) if found else table[FOUND]
    return after.merge(last[[*KEY, "version", "period", "run"]], on=KEY, how="left")[AFTER], measured


def _newly(
    given: Inputs, scenario: Scenario, answer: pd.DataFrame, asked: Mapping[str, Promise]
) -> dict[str, dict[str, float]]:
    """Count by place the people served by the changed city and not by the present, where a walk decides. [persons]"""
    by_walk = {key: said for key, said in asked.items() if said.to}
    others = frozenset(kind for key, said in by_walk.items() if key not in indicators() for kind in said.to)
    ways = walked(given, changed(given, scenario), others)[0] if others else {}
    rows = answer[answer["group"] == "all"]
    gain = (rows["num"] - rows["num_before"]).groupby([rows["indicator"], rows["place"]]).sum().to_dict()
    return {
        key: {place: float(gain.get((key, place), 0.0)) for place in (_whole(given), *said.lacking)}
        if key in indicators()
        else _people_within(given, said, ways)
        for key, said in by_walk.items()
    }


def _last(given: Inputs) -> pd.DataFrame:
    """Return the last observation of each place, group and indicator."""
    table = read_parquet(given.done["measure"].folder / "observations.parquet")
    return table.sort_values("period", kind="stable").drop_duplicates(KEY, keep="last")


def _whole(given: Inputs) -> str:
    """Return the code of the city's row."""
    return str(given.city.place.code)


def _people_within(given: Inputs, said: Promise, after: Mapping[str, Any]) -> dict[str, float]:
    """Count the people within the walk of any facility of a kind now, and not before, by place and whole. [persons]"""
    before, _ = load_walks(given.done["walks"].folder)
    cells = read_parquet(given.done["cells"].folder / "cells.parquet")
    people = np.nan_to_num(cells["people"].to_numpy(np.float64))
    if said.flooded:
        people = people * (cells["flood_class"].to_numpy(np.float64) >= FLOODED_FROM)
    now, then = (np.zeros(len(cells), dtype=bool) for _ in range(2))
    for kind, walk_m in said.to.items():
        now |= after[f"{kind}.m"][0] <= walk_m
        then |= before[f"{kind}.m"][0] <= walk_m
    newly = pd.Series(people * (now & ~then))
    by_place = newly.groupby(cells["unit"].to_numpy(dtype=str)).sum()
    return {str(place): float(n) for place, n in by_place.items()} | {_whole(given): float(newly.sum())}


def other_effects(said: Promise, measured: float) -> str:
    """Say why more people are measured than promised."""
    more = measured - said.people
    if more <= NEXT * max(measured, 1.0):
        return ""
    return (
        f"{more:,.0f} more people come within the walk than the units can serve at their capacity, or than is counted in "
        "the middle of a park whose edge is nearer"
    )


def counted(
    said: Promise,
    plan: pd.DataFrame,
    catalogue: Mapping[str, Action],
    measured: Mapping[str, float] | None = None,
) -> float:
    """Count by hand the people served by what is no facility.

    Parameters
    ----------
    said
        What the plan promises for the service.
    plan
        Its items of that service.
    catalogue
        The actions.
    measured
        Place -> people its facilities serve; nobody where None. [persons]

    Returns
    -------
    float
        People, each action's effect on those the others leave. [persons]

    Notes
    -----
    Facilities and household by household works come first; on the people left, doses leave the product over actions of
    (1 - share), as the Lives Saved Tool joins interventions [winfrey_list_2011]. So nothing ever serves more than lack it.
    """
    done, first = _amounts(plan), measured or {}
    return sum(_of_place(said, place, done, catalogue, first.get(place, 0.0)) for place in said.lacking)


def _amounts(plan: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Return action, place and units of what is no facility."""
    units = plan[plan["site"] == ""].groupby(["action", "place"], sort=True, as_index=False)["units"].sum()
    rows = units[["action", "place", "units"]].itertuples(index=False, name=None)
    return [(str(key), str(place), float(n)) for key, place, n in rows]


def _of_place(
    said: Promise,
    place: str,
    done: list[tuple[str, str, float]],
    catalogue: Mapping[str, Action],
    measured: float = 0.0,
) -> float:
    """Count the people of one place that are served by what is no facility. [persons]"""
    lacking = max(said.lacking[place] - measured, 0.0)
    by_household, left = 0.0, 1.0
    for key, where, n in done:
        one = catalogue[key]
        if where in said.lacking and where != place:
            continue
        if one.effect == "household":
            by_household += n * float(one.capacity or 0.0)
        elif one.effect == "dose":
            people = said.residents[place] if where == place else sum(said.residents.values())
            dose = n / (people / PER_PEOPLE)
            left *= 1 - one.most_share * (1 - float(np.exp(-float(one.per_unit or 0.0) * dose)))
    by_household = min(by_household, lacking)
    return by_household + (lacking - by_household) * (1 - left)


def _worked_out(
    given: Inputs, table: pd.DataFrame, plan: pd.DataFrame, services: Mapping[str, Any]
) -> pd.DataFrame:
    """Return what becomes of indicators that no facility moves, place by place and for the city."""
    mine = table[(table["group"] == "all") & table["value"].notna()]
    last = mine.set_index(["place", "indicator"])["value"].to_dict()
    catalogue = actions_for(given.city)
    rows: list[dict[str, Any]] = []
    for key, said in promised(plan, services).items():
        if said.to or key not in indicators():
            continue
        done = _amounts(plan[plan["service"] == key])
        served = {p: _of_place(said, p, done, catalogue) for p in said.lacking}
        sign = 1.0 if indicators()[key].better == "higher" else -1.0
        for place in (_whole(given), *served):
            before = last.get((place, key), np.nan)
            gain = sign * _moved(said, served, place, _short(before, sign, _target(done, catalogue, sign)))
            if gain == 0 or np.isnan(gain):
                continue
            rows.append({
                "place": place, "group": "all", "indicator": key, "value": before + gain, "before": before,
                "difference": gain, "status": "modelled", "how": "worked out",
            })  # fmt: skip
    return pd.DataFrame(rows, columns=FOUND)


def _target(done: list[tuple[str, str, float]], catalogue: Mapping[str, Action], sign: float) -> float:
    """Return the value all actions on an indicator aim at: that of the least ambitious; everybody where none is stated. [%]"""
    stated = [catalogue[key].target for key, _, _ in done]
    known = [one for one in stated if one is not None] or [PERCENT if sign > 0 else 0.0]
    return min(known) if sign > 0 else max(known)


def _short(value: float, sign: float, target: float) -> float:
    """Return how far an indicator is from its target, 0 beyond it. [percentage points]"""
    return max(sign * (target - value), 0.0) if not np.isnan(value) else np.nan


def _moved(said: Promise, served: Mapping[str, float], place: str, short: float) -> float:
    """Return how far a place's indicator moves: never farther than it is short. [percentage points]

    Notes
    -----
    A place moves by its people served over those it is about. The whole moves by the share of those who lack it that is served,
    applied to its own shortfall: its own value comes from all answers together and need not be the mean of its places'. Places
    without a value are served nobody and are taken to lack it as often as the others.
    """
    if place in served:
        asking = said.asking[place]
        return min(PERCENT * served[place] / asking, short) if asking > 0 else 0.0
    known = sum(n for p, n in said.residents.items() if said.asking[p] > 0)
    lacking = sum(said.lacking.values())
    if lacking <= 0 or known <= 0:
        return 0.0
    return short * min(sum(served.values()) / lacking, 1.0) * known / sum(said.residents.values())
