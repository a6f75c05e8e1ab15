"""What policy options rest on: the checked plans of the cities, and which members have which challenge."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.challenge import challenges
from citiesforall.nation.exact import STEP, rounded
from citiesforall.nation.given import CityRun, NationInputs

Floats = npt.NDArray[np.float64]

SUPPRESSED = "suppressed"
NO_BUDGET = "no budget"
"""Status of a plan that was not made because the city states no money."""
AMOUNTS = (
    "units", "capital_usd", "capital_low_usd", "capital_high_usd", "om_usd", "om_low_usd", "om_high_usd",
    "people", "people_low", "people_high",
)  # fmt: skip
"""Columns of a plan that are added up."""
JUDGED = ("challenge", "member", "people", "people_low", "people_high", "has", "indicator")
"""What is read of the members' challenges."""


@dataclass(frozen=True)
class CityPlan:
    """Hold the finished plan of one city.

    Parameters
    ----------
    city
        The run.
    member
        Code of the member it is for.
    rows
        Its ``plan`` table; amounts are rounded once, so that sums of them are exact.
    money
        Its ``plan_money`` table: limit, spent and left of every fund, year and kind.
    said
        Its ``plan.json``.
    places
        Codes of the places it covers.
    """

    city: CityRun
    member: str
    rows: pd.DataFrame
    money: pd.DataFrame
    said: Mapping[str, Any]
    places: tuple[str, ...]


def plans_of(given: NationInputs) -> tuple[CityPlan, ...]:
    """Read the plans that count for the nation.

    Parameters
    ----------
    given
        The nation's inputs.

    Returns
    -------
    tuple of CityPlan
        By code of the city. Of a real nation only plans of real cities; where it has none, those of invented ones. A plan
        of a city that is part of another planned city is left out: its money and people are those of the other.
    """
    found = [
        plan for city in sorted(given.cities, key=lambda one: one.code) if (plan := _read(city)) is not None
    ]
    real = [plan for plan in found if not plan.city.invented]
    counted = found if given.nation.place.invented or not real else real
    codes = {plan.city.code for plan in counted}
    return tuple(plan for plan in counted if plan.city.part_of not in codes)


def _read(city: CityRun) -> CityPlan | None:
    """Read one plan; None where the city has none."""
    rows, path = city.table("plan/plan"), city.folder / "plan" / "plan.json"
    if rows is None or not path.is_file():
        return None
    said = json.loads(path.read_text("utf-8"))
    if said.get("status") == NO_BUDGET:
        return None
    money = city.table("plan/plan_money")
    about = json.loads((city.folder / "run.json").read_text("utf-8"))
    rows = rows.assign(**{name: rounded(rows[name].to_numpy(np.float64), STEP) for name in AMOUNTS})
    rows = rows.assign(member=city.code)
    empty = pd.DataFrame(
        {"fund": [], "tier": [], "kind": [], "limit_usd": [], "spent_usd": [], "left_usd": []}
    )
    places = tuple(sorted(str(one["place"]) for one in about["places"]))
    return CityPlan(city, city.code, rows, empty if money is None else money, said, places)


def all_rows(plans: Sequence[CityPlan]) -> pd.DataFrame:
    """Return the rows of all plans in one table, each with its ``member`` and the tier that holds its fund."""
    if not plans:
        return pd.DataFrame(
            columns=[
                "member",
                "challenge",
                "action",
                "service",
                "unit",
                "tier",
                "fund",
                "fund_tier",
                "grade",
                *AMOUNTS,
            ]
        )
    parts = []
    for plan in plans:
        held = {
            (str(fund)): str(tier) for fund, tier in zip(plan.money["fund"], plan.money["tier"], strict=True)
        }
        parts.append(plan.rows.assign(fund_tier=[held.get(str(fund), "") for fund in plan.rows["fund"]]))
    return pd.concat(parts, ignore_index=True)


def judged_of(given: NationInputs) -> pd.DataFrame:
    """Return which members have which challenge, and how many people: of the step ``common``, else of the cities' diagnoses.

    Parameters
    ----------
    given
        The nation's inputs.

    Returns
    -------
    pandas.DataFrame
        Columns `JUDGED`; ``has`` is 1, 0 or nan (not known, or not told). ``withheld`` says that it is known and not told.
    """
    table = given.table("common", "challenge_members")
    if table is None:
        table = _of_cities(given)
    has = pd.to_numeric(table["has"].astype("object"), errors="coerce").astype(np.float64)
    hidden = table["status"].eq(SUPPRESSED) if "status" in table else False
    table = table[list(JUDGED)].assign(has=has, withheld=hidden)
    return table.sort_values(["challenge", "member"], ignore_index=True)


def _of_cities(given: NationInputs) -> pd.DataFrame:
    """Return the same from the diagnoses of the cities that are members themselves."""
    parts = []
    for city in sorted(given.cities, key=lambda one: one.code):
        table = city.table("diagnose/challenges")
        if table is None or city.members:
            continue
        severity = table["severity"].to_numpy(np.float64)
        has = np.where(
            np.isnan(severity), np.nan, (severity >= given.nation.choices.severe_from).astype(np.float64)
        )
        parts.append(table.assign(member=city.code, has=has, indicator=table["lead"]))
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in JUDGED})
    return pd.concat(parts, ignore_index=True)


def answers() -> dict[str, tuple[str, ...]]:
    """Return the actions of the catalogue that answer each challenge, each once, in the order declared."""
    return {
        key: tuple(dict.fromkeys((*one.protection, *one.empowerment))) for key, one in challenges().items()
    }


def withheld(people: Floats, limit: int) -> npt.NDArray[np.bool_]:
    """Tell which counts are withheld so that none below a limit is shown, nor left over when the rest is subtracted.

    Parameters
    ----------
    people
        Counts that add up to a total which is shown. (N,) [persons]
    limit
        Smallest count that is shown. [persons]

    Returns
    -------
    ndarray of bool
        Small counts; where what is withheld adds up to less than the limit, the smallest of the others too. (N,)
    """
    hidden = (people > 0) & (people < limit)
    if hidden.any():
        rest = [int(at) for at in np.argsort(people, kind="stable") if people[at] >= limit]
        while rest and (hidden.sum() < 2 or float(people[hidden].sum()) < limit):  # noqa: PLR2004 - one alone is the difference
            hidden[rest.pop(0)] = True
    return hidden


def some_few(rows: pd.DataFrame, limit: int) -> bool:
    """Tell whether an action or a service of a challenge reaches fewer people than may be shown.

    Parameters
    ----------
    rows
        Rows of plans for one challenge.
    limit
        Smallest count that is shown. [persons]
    """
    sums = [rows.groupby(name)["people"].sum().to_numpy(np.float64) for name in ("action", "service")]
    people = np.concatenate(sums)
    return bool(((people > 0) & (people < limit)).any())


def joined(words: Iterable[str]) -> str:
    """Return words of a note, each once, in order."""
    return " ".join(dict.fromkeys(word for word in words if word))


def as_table(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], texts: Collection[str]
) -> pd.DataFrame:
    """Return rows as a table whose columns have the same kind however few rows there are.

    Parameters
    ----------
    rows
        Column -> value.
    columns
        In order; one that a row does not have is missing.
    texts
        Columns of text; all others are numbers.
    """
    listed = list(rows)
    # an empty column of objects would be written as one of nothing at all
    text: Any = "object" if listed else "str"
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name, "") for row in listed], dtype=text)
            if name in texts
            else pd.Series([row.get(name, np.nan) for row in listed], dtype="float64")
            for name in columns
        }
    )
