"""Capacity of administrations: what their self-assessments say, member by member, and of how many people nothing is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from citiesforall.core.indicator import Indicator, indicators
from citiesforall.core.scorecard import Scorecard, scorecards
from citiesforall.nation.given import CityRun, NationInputs
from citiesforall.nation.options_plans import as_table
from citiesforall.report.compare_read import rows_of

CAPACITY = (
    "member",
    "place",
    "capacity",
    "score",
    "low",
    "high",
    "of",
    "source",
    "status",
    "level",
    "passes",
    "evaluators",
    "run",
)
TOTALS = (
    "place", "capacity", "members", "members_all", "people", "people_all", "coverage_people", "score", "lowest", "highest",
    "low_members", "of", "status",
)  # fmt: skip
TEXTS = frozenset({"member", "place", "capacity", "source", "status", "level", "run"})
METHODS = ("score_mean", "maturity")
"""Methods whose indicators are scores given by people who know the administration."""
PER_CENT = 100
LOW_SHARE = 0.5
"""A score below the middle of its scale is low, where the scorecard itself states no pass (ours)."""


def capacities() -> dict[str, tuple[Indicator, Scorecard]]:
    """Return the indicators that are self-assessments of a city, with their scorecard, by id.

    Returns
    -------
    dict
        Each score once: neither whether it passes nor the least of several pillars, which say the same again.
    """
    found = {}
    for key, one in indicators().items():
        options = dict(one.options)
        card = scorecards().get(str(options.get("scorecard", "people_centred_smart_city")))
        every = card is not None and card.take == "all" and one.method == "score_counts"
        if (
            card is None
            or not (one.method in METHODS or every)
            or (one.method == "maturity" and "pillar" not in options)
        ):
            continue
        found[key] = (one, card)
    return found


def scale_of(card: Scorecard) -> tuple[float, float]:
    """Return the least and the most a scorecard can give; where every answer must be yes, it gives 0 or 100 %."""
    low, high = card.limits()
    times = len(card.questions) if card.take == "sum" else PER_CENT if card.take == "all" else 1
    return low * times, high * times


def is_low(score: float, card: Scorecard) -> bool:
    """Tell whether a score is low: it does not pass, or is below the middle of its scale.

    Parameters
    ----------
    score
        Of a place.
    card
        Its scorecard.
    """
    low, high = scale_of(card)
    if card.counts is not None:
        return not card.counts.passed(score / PER_CENT if card.take == "all" else score)
    return score < low + LOW_SHARE * (high - low)


def capacity_table(given: NationInputs, members: pd.DataFrame) -> pd.DataFrame:
    """Return what every member's self-assessments say.

    Parameters
    ----------
    given
        The nation's inputs.
    members
        The members' table.

    Returns
    -------
    pandas.DataFrame
        Columns `CAPACITY`: one row a member and capacity, ``missing`` where nobody answered. ``of`` is the most the score can be,
        ``passes`` 1 where it is not low. A scorecard about the country is one row of the nation.
    """
    runs = {city.code: _scores(city) for city in sorted(given.cities, key=lambda one: one.code)}
    rows: list[dict[str, Any]] = []
    for key, (_, card) in capacities().items():
        if card.level == "country":
            codes = [code for code in runs if (code, key) in _known(runs[code], key)]
            rows.append(
                _row(
                    given.nation.place.code,
                    given.nation.place.code,
                    key,
                    card,
                    runs[codes[0]] if codes else None,
                )
            )
            continue
        for one in members.sort_values("member").itertuples():
            whole = str(one.place) == str(one.city)
            rows.append(
                _row(str(one.member), str(one.place), key, card, runs.get(str(one.city)) if whole else None)
            )
    return as_table(rows, CAPACITY, TEXTS).sort_values(["member", "capacity"], ignore_index=True)


def _scores(city: CityRun) -> pd.DataFrame:
    """Return the rows of a city that are self-assessments of the city itself."""
    path = city.folder / "observations.parquet"
    if not path.is_file():
        return pd.DataFrame({"indicator": []})
    wanted = [("place", "=", city.code), ("group", "=", "all"), ("indicator", "in", list(capacities()))]
    table: pd.DataFrame = pq.read_table(path, filters=wanted).to_pandas()
    return table[table["value"].notna()].assign(code=city.code)


def _known(table: pd.DataFrame, key: str) -> set[tuple[str, str]]:
    """Return city and capacity where the city has a score."""
    return (
        {(str(one), key) for one in table.loc[table["indicator"] == key, "code"]}
        if "code" in table
        else set()
    )


def _row(member: str, place: str, key: str, card: Scorecard, table: pd.DataFrame | None) -> dict[str, Any]:
    """Return one row."""
    row: dict[str, Any] = {"member": member, "place": place, "capacity": key, "of": scale_of(card)[1], "source": card.id,
            "status": "missing", "level": card.level, "run": ""}  # fmt: skip
    found = None if table is None else table[table["indicator"] == key]
    if found is None or found.empty:
        return row
    last = found.sort_values("period").iloc[-1]
    return row | {
        "score": float(last["value"]), "low": float(last["low"]), "high": float(last["high"]), "status": str(last["status"]),
        "passes": float(not is_low(float(last["value"]), card)), "evaluators": float(last["n"]), "run": str(last["run"]),
    }  # fmt: skip


def capacity_totals(table: pd.DataFrame, members: pd.DataFrame, nation: str) -> pd.DataFrame:
    """Roll capacity up to provinces and the nation.

    Parameters
    ----------
    table
        From `capacity_table`.
    members
        The members' table.
    nation
        Its code.

    Returns
    -------
    pandas.DataFrame
        Columns `TOTALS`: how many members and people a score speaks for; the mean of the members that have one, weighted by
        people; the lowest and highest; how many are low. No interval: members that answered are no sample of the others. People
        of a city that is part of another member are not counted twice.
    """
    parents = dict(zip(members["member"], members["parent"].fillna("").astype(str), strict=True))
    people = dict(zip(members["member"], members["people"].to_numpy(np.float64), strict=True))
    parts = {
        str(code) for code, of in zip(members["member"], members["part_of"].fillna(""), strict=True) if of
    }
    own = table[table["level"] == "city"]
    known, residents = own["score"].notna(), own["member"].map(people).fillna(0.0).astype(np.float64)
    own = own.assign(
        above=own["member"].map(parents), members=known, people_known=residents.where(known, 0.0),
        people_all=residents.where(~own["member"].isin(list(parts)), 0.0), weighted=(own["score"] * residents).fillna(0.0),
        low_members=own["passes"] == 0.0,
    )  # fmt: skip
    provinces = own.assign(at=own["above"])[~own["above"].isin(["", nation]).to_numpy()]
    return _totals(pd.concat([own.assign(at=nation), provinces], ignore_index=True))


def _totals(own: pd.DataFrame) -> pd.DataFrame:
    """Return the sums of every capacity over the members of each place ``at``."""
    sums = own.groupby(["at", "capacity"], sort=True).agg(
        members=("members", "sum"), members_all=("member", "size"), people_known=("people_known", "sum"),
        people_all=("people_all", "sum"), weighted=("weighted", "sum"), lowest=("score", "min"), highest=("score", "max"),
        low_members=("low_members", "sum"), of=("of", "first"),
    )  # fmt: skip
    every, some = sums["people_all"], np.minimum(sums["people_known"], sums["people_all"])
    status = np.where(
        sums["members"] == sums["members_all"], "ok", np.where(sums["members"] > 0, "estimated", "missing")
    )
    out = sums.assign(
        people=some, coverage_people=(some / every).where(every > 0),
        score=(sums["weighted"] / sums["people_known"]).where(sums["people_known"] > 0), status=status,
    )  # fmt: skip
    return as_table(rows_of(out.reset_index(names=["place", "capacity"])), TOTALS, TEXTS)
