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
) -> tuple[pd.DataFrame, dict[str, float]]:
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
        The observations that change; and, service by service, the people served by the changed city and not by the present.
    """
    measured: dict[str, float] = {}
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
) -> dict[str, float]:
    """Count the people served by the changed city and not by the present, for services that a walk decides. [persons]"""
    by_walk = {key: said for key, said in asked.items() if said.to}
    others = frozenset(kind for key, said in by_walk.items() if key not in indicators() for kind in said.to)
    ways = walked(given, changed(given, scenario), others)[0] if others else {}
    whole = answer[(answer["group"] == "all") & (answer["place"] == _whole(given))]
    gain = (whole["num"] - whole["num_before"]).groupby(whole["indicator"]).sum().to_dict()
    return {
        key: float(gain.get(key, 0.0)) if key in indicators() else _people_within(given, said, ways)
        for key, said in by_walk.items()
    }


def _last(given: Inputs) -> pd.DataFrame:
    """Return the last observation of each place, group and indicator."""
    table = read_parquet(given.done["measure"].folder / "observations.parquet")
    return table.sort_values("period", kind="stable").drop_duplicates(KEY, keep="last")


def _whole(given: Inputs) -> str:
    """Return the code of the city's row."""
    return str(given.city.place.code)


def _people_within(given: Inputs, said: Promise, after: Mapping[str, Any]) -> float:
    """Count the people within the walk of any facility of a kind now, and not before. [persons]"""
    before, _ = load_walks(given.done["walks"].folder)
    cells = read_parquet(given.done["cells"].folder / "cells.parquet")
    people = np.nan_to_num(cells["people"].to_numpy(np.float64))
    if said.flooded:
        people = people * (cells["flood_class"].to_numpy(np.float64) >= FLOODED_FROM)
    now, then = (np.zeros(len(cells), dtype=bool) for _ in range(2))
    for kind, walk_m in said.to.items():
        now |= after[f"{kind}.m"][0] <= walk_m
        then |= before[f"{kind}.m"][0] <= walk_m
    return float(people[now & ~then].sum())


def other_effects(said: Promise, measured: float) -> str:
    """Say why more people are measured than promised."""
    more = measured - said.people
    if more <= NEXT * max(measured, 1.0):
        return ""
    return (
        f"{more:,.0f} more people come within the walk than the units can serve at their capacity, or than is counted in "
        "the middle of a park whose edge is nearer"
    )


def counted(said: Promise, plan: pd.DataFrame, catalogue: Mapping[str, Action]) -> tuple[float, float]:
    """Count by hand the people served by what is no facility.

    Parameters
    ----------
    said
        What the plan promises for the service.
    plan
        Its items of that service.
    catalogue
        The actions.

    Returns
    -------
    tuple
        People, the effects of several actions on one place added up; and one after the other, each on those the others
        leave. [persons]
    """
    done = _amounts(plan)
    found = [_of_place(said, place, done, catalogue) for place in said.lacking]
    return sum(added for added, _ in found), sum(after for _, after in found)


def _amounts(plan: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Return action, place and units of what is no facility."""
    units = plan[plan["site"] == ""].groupby(["action", "place"], sort=True, as_index=False)["units"].sum()
    rows = units[["action", "place", "units"]].itertuples(index=False, name=None)
    return [(str(key), str(place), float(n)) for key, place, n in rows]


def _of_place(
    said: Promise, place: str, done: list[tuple[str, str, float]], catalogue: Mapping[str, Action]
) -> tuple[float, float]:
    """Count the people of one place, effects added up and one after the other. [persons]"""
    lacking = said.lacking[place]
    added, left = 0.0, lacking
    for key, where, n in done:
        one = catalogue[key]
        if where in said.lacking and where != place:
            continue
        if one.effect == "household":
            served = n * float(one.capacity or 0.0)
            added, left = added + served, max(left - served, 0.0)
        elif one.effect == "dose":
            people = said.residents[place] if where == place else sum(said.residents.values())
            dose = n / (people / PER_PEOPLE)
            share = one.most_share * (1 - float(np.exp(-float(one.per_unit or 0.0) * dose)))
            added, left = added + lacking * share, left * (1 - share)
    return min(added, lacking), lacking - left


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
        served = {p: _of_place(said, p, done, catalogue)[1] for p in said.lacking}
        whole = {_whole(given): (sum(served.values()), sum(said.asking.values()))}
        each = {p: (n, said.asking[p]) for p, n in served.items()}
        sign = 1.0 if indicators()[key].better == "higher" else -1.0
        for place, (n, asking) in {**whole, **each}.items():
            before = last.get((place, key), np.nan)
            if n <= 0 or asking <= 0:
                continue
            gain = sign * PERCENT * n / asking
            rows.append({
                "place": place, "group": "all", "indicator": key, "value": before + gain, "before": before,
                "difference": gain, "status": "modelled", "how": "worked out",
            })  # fmt: skip
    return pd.DataFrame(rows, columns=FOUND)
