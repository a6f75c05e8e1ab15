"""The plan as tables: what is done where, when, from which fund, for whom; and the money of every fund and year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.action import Action
from citiesforall.core.budget import Budget
from citiesforall.core.challenge import Challenge, challenges
from citiesforall.core.fund_limits import limits_usd
from citiesforall.gather.hexagons import LONLAT
from citiesforall.gather.vector_file import moved_xy
from citiesforall.plan.build import Built
from citiesforall.plan.build_options import NOWHERE, Draft
from citiesforall.plan.effects import Ground
from citiesforall.plan.problem import Solution

Floats = npt.NDArray[np.float64]

PLAN = {
    "item": "str", "action": "str", "code": "str", "site": "str", "place": "str", "x": "float64", "y": "float64",
    "lon": "float64", "lat": "float64", "units": "float64", "unit": "str", "start_year": "int64",
    "ready_year": "int64", "fund": "str", "tier": "str", "partner": "str", "capital_usd": "float64",
    "capital_low_usd": "float64", "capital_high_usd": "float64", "om_usd": "float64", "om_low_usd": "float64",
    "om_high_usd": "float64", "people": "float64", "people_low": "float64", "people_high": "float64",
    "kept_share": "float64", "grade": "str", "side": "str", "dimension": "str", "challenge": "str",
    "resettlement_risk": "str", "gender_effect": "int64", "note": "str", "service": "str", "site_name": "str",
    "host": "str",
}  # fmt: skip
"""Columns of ``plan.parquet`` and their types."""
MONEY = ("year", "fund", "tier", "kind", "limit_usd", "spent_usd", "left_usd")
MIDDLE = (2.5, 97.5)


@dataclass(frozen=True)
class Where:
    """Hold where things are.

    Parameters
    ----------
    sites
        The candidate sites, None where the city has no streets.
    crs
        Of their x and y.
    """

    sites: pd.DataFrame | None
    crs: str


def plan_table(
    ground: Ground,
    built: Built,
    solution: Solution,
    where: Where,
    kept_share: Floats | None,
    challenges_table: pd.DataFrame | None,
) -> pd.DataFrame:
    """Make the table of the plan's items.

    Parameters
    ----------
    ground
        The city.
    built, solution
        The problem and its plan.
    where
        Sites and reference system.
    kept_share
        Share of draws of costs and effects in which each option stays in the plan, None where it was not asked. (O,)
    challenges_table
        ``challenges.parquet``, None without a diagnosis.

    Returns
    -------
    pandas.DataFrame
        Columns of `PLAN`. Pieces of one dose that start together from one fund are one item. People are newly served, each
        once for a service, in the order in which items are ready.
    """
    rows = [_row(ground, built, solution, number) for number in range(len(solution.option))]
    table = pd.DataFrame(rows)
    if table.empty:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in PLAN.items()})
    table["kept_share"] = np.nan if kept_share is None else kept_share[solution.option]
    actions = {draft.action.id: draft.action for draft in built.drafts}.values()
    table["challenge"] = table["action"].map(_challenge_of(challenges_table, actions)).fillna("")
    table = _joined(_placed(table, ground, where))
    table = table.sort_values(
        ["start_year", "ready_year", "action", "place", "site", "fund"], kind="stable", ignore_index=True
    )
    table["item"] = [f"P{number:03d}" for number in range(1, len(table) + 1)]
    return table[list(PLAN)].astype({name: kind for name, kind in PLAN.items() if kind != "str"})


def _row(ground: Ground, built: Built, solution: Solution, number: int) -> dict[str, object]:
    """Return one item of the solution."""
    at, count = int(solution.option[number]), int(solution.count[number])
    draft, money = built.drafts[at], built.problem.money
    one, units = draft.action, count * draft.size
    start = money.years[int(solution.year[number])]
    part = count / int(solution.units[at])
    people = _people(ground, built, solution, at) * part
    service = ""
    if draft.rows.size:
        service = built.problem.demand.services[int(built.problem.demand.service[draft.rows[0]])]
    return {
        "action": one.id, "code": one.code, "draft_site": draft.site, "draft_place": draft.place,
        "units": units, "unit": one.unit,
        "start_year": start, "ready_year": start + int(built.problem.options.lead_years[at]),
        "fund": money.funds[int(solution.fund[number])], "tier": one.tier, "partner": one.partner or "",
        **_cost("capital", one.capital_usd, units), **_cost("om", one.om_usd_per_year, units),
        "people": people[0], "people_low": people[1], "people_high": people[2], "grade": one.grade, "side": one.side,
        "dimension": one.dimensions[0], "resettlement_risk": one.resettlement_risk, "gender_effect": one.gender_effect,
        "note": _note(draft), "service": service,
    }  # fmt: skip


def _cost(word: str, cost: tuple[float, float], units: float) -> dict[str, float]:
    """Return the middle and both ends of a cost."""
    low, high = cost
    return {
        f"{word}_usd": units * (low + high) / 2,
        f"{word}_low_usd": units * low,
        f"{word}_high_usd": units * high,
    }


def _note(draft: Draft) -> str:
    """Say what a reader must know of an item beside its numbers."""
    said = []
    if draft.place == NOWHERE:
        said.append("for the whole city")
    if not draft.rows.size:
        said.append("needed by another item; whom it serves by itself is not counted")
    if draft.action.cost_by == "city":
        said.append("the city's own unit rate")
    return "; ".join(said)


def _people(ground: Ground, built: Built, solution: Solution, at: int) -> Floats:
    """Return the people an option newly serves, and the interval of it, nan where nothing says. (3,)"""
    row = slice(solution.assigned.indptr[at], solution.assigned.indptr[at + 1])
    rows, served = solution.assigned.indices[row], solution.assigned.data[row]
    total = float(served.sum())
    if not total:
        return np.array([total, np.nan, np.nan])
    demand = built.problem.demand
    cell = demand.cell[rows]
    if (cell >= len(ground.place_of)).all():
        number = int(demand.service[rows[0]])
        need, first = built.needs[demand.services[number]], built.first_row[number]
        low, high = (float((served * side[rows - first]).sum()) for side in (need.low_share, need.high_share))
        return np.array([total, low, high] if low < high else [total, np.nan, np.nan])
    drawn = ground.layers.people[1:, cell]
    if len(drawn) < 2:  # noqa: PLR2004 - one draw makes no interval
        return np.array([total, np.nan, np.nan])
    share = np.divide(
        served, ground.people()[cell], out=np.zeros(len(served)), where=ground.people()[cell] > 0
    )
    amounts = np.minimum(np.nan_to_num(drawn) @ share, built.drafts[at].capacity * int(solution.units[at]))
    low, high = np.percentile(amounts, MIDDLE)
    return np.array([total, min(low, total), max(high, total)])


def _placed(table: pd.DataFrame, ground: Ground, where: Where) -> pd.DataFrame:
    """Add where each item is: its site, else the middle of the people of its place."""
    site, place = table["draft_site"].to_numpy(np.int64), table["draft_place"].to_numpy(np.int64)
    x, y = (_middle(ground, name)[place] for name in ("x", "y"))
    words = {name: np.full(len(table), "", dtype=object) for name in ("site", "site_name", "host")}
    if where.sites is not None:
        has = site != NOWHERE
        for name in ("x", "y"):
            values = where.sites[name].to_numpy(np.float64)
            (x if name == "x" else y)[has] = values[site[has]]
        for word, name in (("site", "site"), ("site_name", "name"), ("host", "host")):
            words[word][has] = where.sites[name].to_numpy(dtype=object)[site[has]]
    lon, lat = moved_xy(x, y, where.crs, LONLAT)
    codes = np.array([*ground.places, ground.city], dtype=object)[place]
    return table.assign(x=x, y=y, lon=lon, lat=lat, place=codes, **words)


def _middle(ground: Ground, name: str) -> Floats:
    """Return the middle of the people of each unit, the city's last. (P + 1,) [m]"""
    people, at = ground.people(), ground.layers.cells[name]
    n, of = len(ground.places), ground.place_of
    with_city = np.concatenate([of, np.full(len(of), n)])
    some = np.tile(people + 1e-9, 2)
    sums = np.bincount(with_city, some * np.tile(at, 2), n + 1)
    return np.asarray(sums / np.bincount(with_city, some, n + 1))


def _joined(table: pd.DataFrame) -> pd.DataFrame:
    """Make one item of what is the same thing begun in the same year from one fund."""
    key = ["action", "site", "place", "start_year", "fund"]
    sums = [
        "units",
        "capital_usd",
        "capital_low_usd",
        "capital_high_usd",
        "om_usd",
        "om_low_usd",
        "om_high_usd",
        "people",
    ]
    ends = ["people_low", "people_high"]
    grouped = table.groupby(key, sort=False)
    first = grouped.first().reset_index()
    for name in sums:
        first[name] = grouped[name].sum().to_numpy()
    for name in ends:
        first[name] = grouped[name].sum(min_count=1).to_numpy()
    first["kept_share"] = grouped["kept_share"].min().to_numpy()
    return first


def _challenge_of(table: pd.DataFrame | None, catalogue: Iterable[Action]) -> dict[str, str]:
    """Return the challenge each action is filed under; nothing where there is no diagnosis or none lists the action."""
    found: dict[str, str] = {}
    if table is None:
        return found
    rows = table.sort_values("rank", kind="stable", na_position="last").reset_index(drop=True)
    listed = [
        (str(key), set(str(of).split())) for key, of in zip(rows["challenge"], rows["actions"], strict=True)
    ]
    declared = challenges()
    for one in catalogue:
        names = [(at, key) for at, (key, of) in enumerate(listed) if one.id in of and key in declared]
        if names:
            found[one.id] = min(names, key=lambda named: (*_fit(one, declared[named[1]]), named[0]))[1]
    return found


def _fit(one: Action, challenge: Challenge) -> tuple[float, bool, int]:
    """Say how well an action fits a challenge by what it acts on, the best least.

    Returns
    -------
    tuple
        Which of the action's indicators, the main one first, is the first that the challenge is measured by or rests on (inf for
        none); whether their dimensions of human security differ; how many are, negative. Rank decides among equals.
    """
    own = list(dict.fromkeys([*([one.indicator] if one.indicator else []), *one.acts_on]))
    of = set(challenge.named())
    hits = [at for at, key in enumerate(own) if key in of]
    return (float(hits[0]) if hits else float("inf")), challenge.dimension != one.dimensions[0], -len(hits)


def money_table(plan: pd.DataFrame, budget: Budget) -> pd.DataFrame:
    """Make the table of money: what each fund may spend in each year, spends, and has left.

    Parameters
    ----------
    plan
        Columns of `PLAN`.
    budget
        The city's.

    Returns
    -------
    pandas.DataFrame
        ``year, fund, tier, kind`` (``capital`` or ``recurrent``), ``limit_usd, spent_usd, left_usd``. Capital is paid in the
        year of the start; running costs from the year in which an item is ready.
    """
    limits = limits_usd(budget)
    rows = []
    for at, (key, fund) in enumerate(budget.funds.items()):
        mine = plan[plan["fund"] == key]
        for number, year in enumerate(budget.years):
            spent = {
                "capital": float(mine.loc[mine["start_year"] == year, "capital_usd"].sum()),
                "recurrent": float(mine.loc[mine["ready_year"] <= year, "om_usd"].sum()),
            }
            for kind, amount in spent.items():
                limit = float(limits[kind][at, number])
                rows.append((year, key, fund.tier, kind, limit, amount, limit - amount))
    return pd.DataFrame(rows, columns=list(MONEY)).sort_values(
        ["year", "fund", "kind"], kind="stable", ignore_index=True
    )
