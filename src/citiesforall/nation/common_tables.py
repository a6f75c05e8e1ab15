"""The tables of common challenges: rows of members, of the nation, of priorities, with the words that say how to read them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.challenge import challenges
from citiesforall.core.estimate import Floats
from citiesforall.measure.draw_store import interval_of
from citiesforall.nation.common_runs import FULL
from citiesforall.nation.common_sums import Ground, Shared
from citiesforall.nation.common_withheld import COUNTS, Hidden, blanked, is_hidden, rounded_means
from citiesforall.nation.members import NATION, PROVINCE
from citiesforall.nation.priorities import Priorities

MEMBERS = {
    "challenge": "str", "dimension": "str", "member": "str", "severity": "f8", "low": "f8", "high": "f8", "people": "f8",
    "people_low": "f8", "people_high": "f8", "has": "bool", "chance": "f8", "rank": "f8", "indicator": "str",
    "counted_by": "str", "period": "str", "basis": "str", "confidence": "str", "status": "str", "note": "str",
}  # fmt: skip
MATRIX = {
    "challenge": "str", "member": "str", "indicator": "str", "value": "f8", "low": "f8", "high": "f8", "unit": "str",
    "severity": "f8", "severity_low": "f8", "severity_high": "f8", "status": "str", "period": "str", "doubtful": "flag",
    "sources": "str",
}  # fmt: skip
COMMON = {
    "challenge": "str", "dimension": "str", "members_judged": "f8", "members_with": "f8", "members_with_low": "f8",
    "members_with_high": "f8", "members_all": "f8", "people_judged": "f8", "people_with": "f8", "people": "f8",
    "people_low": "f8", "people_high": "f8", "severity": "f8", "severity_low": "f8", "severity_high": "f8", "rank": "f8",
    "rank_low": "f8", "rank_high": "f8", "chance_first": "f8", "chance_top3": "f8", "coverage_people": "f8",
    "coverage_members": "f8", "confidence": "str", "indicator": "str", "period": "str", "basis": "str", "note": "str",
}  # fmt: skip
PRIORITIES = {
    "level": "str", "place": "str", "challenge": "str", "rank": "f8", "rank_low": "f8", "rank_high": "f8", "chance_first": "f8",
    "chance_top3": "f8", "people": "f8", "severity": "f8", "members_judged": "f8", "members_with": "f8",
    "coverage_people": "f8", "note": "str",
}  # fmt: skip
CONFIDENCE = ("low", "medium", "high")
HALF = 0.5
NEARLY_ALL = 0.9
"""Share of the people from which a challenge counts as known of the nation (ours)."""
OLD_YEARS = 5
"""Years before the nation's period from which a figure is called old (ours)."""
MIXED = "mixed"


def typed(table: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return the columns of a table that are declared, each in its type.

    Parameters
    ----------
    table
        Any rows.
    columns
        Name -> ``str``, ``f8``, ``flag``, or ``bool`` (which may be missing).
    """
    # an empty column of objects would be written as one of nothing at all
    text: Any = "str" if table.empty else object
    kinds: dict[str, Any] = {"str": text, "f8": np.float64, "bool": "boolean", "flag": bool}
    have = {name: kinds[kind] for name, kind in columns.items() if name in table}
    return table[list(have)].astype(have)


def member_rows(challenge: str, table: pd.DataFrame, ground: Ground) -> pd.DataFrame:
    """Return one row a member, those of which nothing is known without numbers.

    Parameters
    ----------
    challenge
        Its id.
    table
        What is told where it is known.
    ground
        Whom sums go over.
    """
    rows = pd.DataFrame({"member": list(ground.members)}).merge(blanked(table), how="left", on="member")
    rows["note"] = [
        _words(note, counts)
        for note, counts in zip(rows["note"].fillna("not_known"), ground.counted, strict=True)
    ]
    for name in ("indicator", "counted_by", "period", "confidence"):
        rows[name] = rows[name].fillna("")
    rows["status"] = rows["status"].fillna("missing")
    return rows.assign(
        challenge=challenge, dimension=challenges()[challenge].dimension, basis=list(ground.basis)
    )


def _words(note: Any, counted: bool) -> str:
    """Return the note of a member, with a word where it is in no sum."""
    return " ".join([*str(note).split(), *([] if counted else ["not_summed"])])


def common_rows(
    tables: Sequence[pd.DataFrame],
    sums: Sequence[Shared],
    ground: Ground,
    ranks: Sequence[Priorities],
    rules: tuple[str, Hidden, int],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the challenges of the nation, and those of every area.

    Parameters
    ----------
    tables
        What is told of each challenge in the members where it is known.
    sums
        Of each challenge.
    ground
        Whom they go over.
    ranks
        Of each area, the nation first.
    rules
        What time the nation's results are about; what its sums withhold; people from which a number may be told.

    Returns
    -------
    tuple
        One row a challenge of the nation; one row an area and challenge, the nation first. What nothing is known of stands last,
        without a rank.
    """
    weight, (period, hidden, few) = np.nan_to_num(ground.people), rules
    nation: list[dict[str, Any]] = []
    areas: list[dict[str, Any]] = []
    for number, (one, table) in enumerate(zip(challenges().values(), tables, strict=True)):
        summed = table[table["counted"].to_numpy(bool)]
        columns = summed["column"].to_numpy(np.int64)
        inside = ground.inside[columns] > 0
        rows = _safe(_numbers(sums[number], ranks, number), summed, inside, (ground.areas, hidden, few))
        marks = _marks(summed, period)
        for area, place in enumerate(ground.areas):
            words = _notes(marks, inside[:, area], weight[columns], rows[area])
            about = {
                "level": PROVINCE if area else NATION,
                "order": area,
                "place": place,
                "challenge": one.id,
            }
            areas.append(rows[area] | about | {"note": " ".join(words)})
        words = areas[-len(rows)]["note"].split()
        words += ["parts_only"] if summed.empty and len(table) else []
        nation.append(
            rows[0] | _about_evidence(one.id, summed, weight[columns], rows[0]["coverage_people"], words)
        )
    made = pd.DataFrame(nation).assign(members_all=float(ground.counted.sum()))
    return _ordered(made, ["rank", "challenge"]), _ordered(
        pd.DataFrame(areas), ["order", "rank", "challenge"]
    )


def _safe(
    rows: list[dict[str, Any]],
    summed: pd.DataFrame,
    inside: npt.NDArray[np.bool_],
    rules: tuple[Sequence[str], Hidden, int],
) -> list[dict[str, Any]]:
    """Round mean severities of areas with something withheld; leave out numbers of people the nation's sums withhold there."""
    areas, hidden, few = rules
    some = np.asarray((summed["hidden"].to_numpy(bool)[:, None] & inside).any(axis=0), bool)
    living = np.array([row["people_judged"] for row in rows])
    for name in ("severity", "severity_low", "severity_high"):
        told = rounded_means(np.array([row[name] for row in rows]), living, some, few)
        rows = [row | {name: float(value)} for row, value in zip(rows, told, strict=True)]
    for area, place in enumerate(areas):
        here = summed[inside[:, area]].assign(member=place)
        if is_hidden(here, "counted_by", hidden).any():
            rows[area] |= dict.fromkeys(COUNTS, np.nan)
    return rows


def _ordered(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return rows in order, those without a rank last."""
    return table.sort_values(columns, kind="stable", na_position="last", ignore_index=True)


def _about_evidence(
    challenge: str, summed: pd.DataFrame, people: Floats, coverage: float, words: list[str]
) -> dict[str, Any]:
    """Return what a challenge of the nation rests on."""
    return {
        "challenge": challenge, "dimension": challenges()[challenge].dimension,
        "confidence": _confidence(summed, people, coverage, old="old" in words),
        "indicator": _mostly(summed["indicator"], people), "period": _span(summed), "basis": _basis(summed),
        "note": " ".join(words),
    }  # fmt: skip


def _numbers(total: Shared, ranks: Sequence[Priorities], number: int) -> list[dict[str, Any]]:
    """Return the numbers of one challenge in every area."""
    severity = [FULL * one for one in interval_of(total.severity)]
    people, having = interval_of(total.people), interval_of(total.having)
    known = np.where(total.judged > 0, 1.0, np.nan)
    columns = {
        "members_judged": total.judged, "members_with": having[0] * known, "members_with_low": having[1],
        "members_with_high": having[2], "people_judged": total.living, "people_with": total.living_with * known,
        "people": people[0], "people_low": people[1], "people_high": people[2], "severity": severity[0],
        "severity_low": severity[1], "severity_high": severity[2], "coverage_people": total.covered[0],
        "coverage_members": total.covered[2],
    }  # fmt: skip
    return [
        {name: float(values[area]) for name, values in columns.items()}
        | {
            "rank": one.rank[number], "rank_low": one.low[number], "rank_high": one.high[number],
            "chance_first": one.first[number], "chance_top3": one.top[number],
        }
        for area, one in enumerate(ranks)
    ]  # fmt: skip


def _confidence(table: pd.DataFrame, people: Floats, coverage: float, *, old: bool) -> str:
    """Return the best word that members of half the people reach: low where half are not known, a step less where old."""
    if table.empty:
        return ""
    order = table["confidence"].map({word: level for level, word in enumerate(CONFIDENCE)}).to_numpy()
    if coverage < HALF or not people.sum() > 0:
        return CONFIDENCE[0]
    reached = [
        level for level in range(len(CONFIDENCE)) if people[order >= level].sum() >= HALF * people.sum()
    ]
    return CONFIDENCE[max(0, max(reached) - old)]


def _mostly(words: pd.Series, people: Floats) -> str:
    """Return the word that most people live under; the first in order where two are level."""
    if words.empty:
        return ""
    return str(pd.Series(people).groupby(words.to_numpy(dtype=object)).sum().sort_index().idxmax())


def _basis(table: pd.DataFrame) -> str:
    """Return what the judgement rests on: ``streets``, ``registers`` or both."""
    kinds = sorted(set(table["basis"]))
    return kinds[0] if len(kinds) == 1 else MIXED if kinds else ""


def years(period: str) -> list[int]:
    """Return the years a period names.

    Parameters
    ----------
    period
        ``2022``, ``2010/2011``, ``2025-Q1``.
    """
    return [int(year) for year in re.findall(r"\b(?:19|20)\d\d", period)]


def _span(table: pd.DataFrame) -> str:
    """Return the first and the last year that the leading measures are about."""
    found = (
        sorted(year for period in set(table["period"].astype(str)) for year in years(period))
        if len(table)
        else []
    )
    return "" if not found else str(found[0]) if found[0] == found[-1] else f"{found[0]}/{found[-1]}"


def _marks(summed: pd.DataFrame, period: str) -> dict[str, npt.NDArray[np.bool_]]:
    """Say of which members' evidence a word holds."""
    limit = max(years(period), default=0) - OLD_YEARS
    words = [set(str(note).split()) for note in summed["note"]]
    marks = {
        word: np.array([word in one for one in words], bool)
        for word in ("modelled", "households_counted", "withheld")
    }
    marks["withheld"] |= summed["hidden"].to_numpy(bool) | summed["people_hidden"].to_numpy(bool)
    old = [max(years(str(one)), default=limit) < limit for one in summed["period"]]
    return marks | {"old": np.array(old, bool)}


def _notes(
    marks: Mapping[str, npt.NDArray[np.bool_]],
    inside: npt.NDArray[np.bool_],
    people: Floats,
    row: Mapping[str, Any],
) -> list[str]:
    """Return what a reader must know of a challenge in an area, as words of ``common.note``."""
    if not inside.any():
        return ["not_known"]
    here = {word: which[inside] for word, which in marks.items()}
    holds = {
        "modelled": _share(here["modelled"], people[inside]) >= HALF,
        "old": _share(here["old"], people[inside]) >= HALF,
        "partly_known": row["coverage_people"] < NEARLY_ALL,
        "not_counted": bool(np.isnan(row["people"])),
        "households_counted": bool(here["households_counted"].any()),
        "withheld": bool(here["withheld"].any()),
        "no_interval": bool(np.isnan(row["severity_low"])),
    }
    return [word for word, true in holds.items() if true]


def _share(which: npt.NDArray[np.bool_], people: Floats) -> float:
    """Return the share of the people whose members are marked."""
    return float(people[which].sum() / people.sum()) if people.sum() > 0 else float(which.mean())
