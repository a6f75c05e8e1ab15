"""Rounds: how far the nation and its places have come toward their targets, and why values differ from the round before."""

from __future__ import annotations

import json
import math
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

import pandas as pd

from citiesforall.core.challenge import challenges
from citiesforall.core.errors import DeclarationError, InputError, raise_all
from citiesforall.core.indicator import indicators
from citiesforall.core.inputs import remember
from citiesforall.core.notes import Note
from citiesforall.core.references import references
from citiesforall.core.tables import write_csv, write_parquet
from citiesforall.nation.changes import CHANGES, changes_table
from citiesforall.nation.changes import TEXTS as CHANGES_TEXTS
from citiesforall.nation.changes_basis import COVERAGE, Basis, basis_of_cities, earlier_round, present_round
from citiesforall.nation.given import NationInputs
from citiesforall.nation.options_plans import as_table, joined
from citiesforall.nation.progress_un import Way, assess, chance_on_track
from citiesforall.report.compare_read import rows_of

PROGRESS = (
    "place", "group", "indicator", "base_year", "base", "now_year", "now", "low", "high", "target", "target_source",
    "needed_rate", "actual_rate", "ratio", "class", "chance_on_track", "method", "status", "target_year", "target_grade",
    "needed_from_now", "expected", "way_share", "class_2023", "class_eurostat", "points", "base_coverage", "now_coverage", "note",
)  # fmt: skip
TEXTS = frozenset(
    {"place", "group", "indicator", "target_source", "class", "method", "status", "target_grade", "class_2023",
     "class_eurostat", "note"}
)  # fmt: skip
AGENDA_YEAR = 2015
"""Base of the 2030 Agenda: the first value from then on is the base, where there are two."""
SERIES = ("place", "group", "indicator")
YEAR_DIGITS = 4
LEAST_POINTS = 2
SAME_COVERAGE = 0.05
"""Values that speak for shares of the people which differ by more are not quite of the same people (ours)."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """State what an indicator should be.

    Parameters
    ----------
    indicator, goal
        Its id, and the target it stands under (``11.2``).
    year
        By when.
    scope
        ``global`` or ``national``; a national one goes first.
    said_by, grade
        Reference, and how sure the wording is (A, B, C).
    note
        What the target says, in short.
    value
        In the indicator's unit; nan where it is a share of the base.
    of_base
        Share of the value in 2015, the base of the 2030 Agenda; of the first value where that is later.
    """

    indicator: str
    goal: str
    year: int
    scope: str
    said_by: str
    grade: str
    note: str
    value: float = math.nan
    of_base: float = math.nan

    def at(self, base: float) -> float:
        """Return the target for a base."""
        return self.value if math.isnan(self.of_base) else self.of_base * base


@cache
def targets() -> dict[str, Target]:
    """Return the target of each indicator that has one.

    Raises
    ------
    DeclarationError
        Carrying every fault of ``data/targets.toml``.
    """
    rows = tomllib.loads(files("citiesforall.data").joinpath("targets.toml").read_text("utf-8"))["target"]
    faults: list[str] = []
    found: dict[str, Target] = {}
    for row in sorted(rows, key=lambda one: (one["indicator"], one["scope"] == "national")):
        one = Target(**row)
        where = f"targets.toml: {one.indicator}"
        if one.indicator not in indicators() or indicators()[one.indicator].better not in {"higher", "lower"}:
            faults.append(f"{where}: is no indicator of which more or less is better. Correct the id.")
        if one.said_by != "ours" and one.said_by not in references():
            faults.append(f"{where}: said_by '{one.said_by}' is not in refs.bib. Add it.")
        if math.isnan(one.value) == math.isnan(one.of_base):
            faults.append(f"{where}: needs one of value and of_base. State one.")
        found[one.indicator] = one
    raise_all(faults, DeclarationError)
    return found


def make_rounds(given: NationInputs, folder: Path) -> dict[str, Any]:
    """Judge progress toward targets, and say why values differ from the round before.

    Parameters
    ----------
    given
        With ``members`` and ``rollup``, and the earlier rounds of the nation file.
    folder
        Where ``progress`` and ``changes`` (Parquet and CSV) and ``basis.json`` go.

    Returns
    -------
    dict
        ``notes``; ``rounds``, labels from the earliest to now; ``series``, how many have two values or more.

    Raises
    ------
    InputError
        An earlier round cannot be read: one line each.
    """
    said = basis_of_cities(given)
    (folder / "basis.json").write_text(
        json.dumps(said, indent=1, ensure_ascii=False, sort_keys=True) + "\n", "utf-8"
    )
    present = present_round(given, said)
    rounds = [*_earlier(given), *([present] if present else [])]
    changes = _changes(given, rounds)
    progress = progress_table(given, rounds, changes)
    for name, table in (("progress", progress), ("changes", changes)):
        write_parquet(table, folder / f"{name}.parquet")
        write_csv(table, folder / f"{name}.csv")
    labels = [one.label for one in rounds]
    return remember(_notes(labels, progress), [], rounds=labels, series=len(progress))


def _earlier(given: NationInputs) -> list[Basis]:
    """Read every earlier round, the earliest first, of one year as they stand; all that cannot be read are said at once.

    Two of one year tell a method from the world: the old run, and its sources measured again by the new version.
    """
    years = Counter(one.year for one in given.nation.rounds)
    found: list[Basis] = []
    faults: list[str] = []
    for one in sorted(given.nation.rounds, key=lambda one: one.year):
        try:
            read = earlier_round(given, one)
            found.append(replace(read, label=f"{one.year} {one.folder}") if years[one.year] > 1 else read)
        except InputError as error:
            faults += error.faults
    raise_all(faults)
    return found


def _changes(given: NationInputs, rounds: Sequence[Basis]) -> pd.DataFrame:
    """Take each difference between one round and the next apart, for the nation, its provinces and members."""
    members = given.table("members", "members")
    if len(rounds) < LEAST_POINTS or members is None:
        return as_table([], CHANGES, CHANGES_TEXTS)
    shown = {
        given.nation.place.code,
        *members["member"].astype(str),
        *members["parent"].fillna("").astype(str),
    } - {""}
    return pd.concat([changes_table(*two, shown) for two in pairwise(rounds)], ignore_index=True)


def _notes(labels: Sequence[str], progress: pd.DataFrame) -> list[Note]:
    """Return what is said of the step as a whole."""
    if len(progress) == 0:
        return [Note("rounds", "one round and no series: nothing can be said of progress yet.")]
    two = int((progress["points"] == LEAST_POINTS).sum())
    notes = [
        Note("rounds", f"{len(labels)} rounds; {len(progress)} series, {two} of them of two values only.")
    ]
    if two:
        notes.append(
            Note("rounds", "two values make no trend: a bad year at either end moves the rate.", "doubt")
        )
    return notes


def progress_table(given: NationInputs, rounds: Sequence[Basis], changes: pd.DataFrame) -> pd.DataFrame:
    """Judge every series of two values or more.

    Parameters
    ----------
    given
        With the nation's target year.
    rounds
        The earliest first, the present last.
    changes
        Why rounds differ: a series across a boundary, a new source or a new method says so.

    Returns
    -------
    pandas.DataFrame
        Columns `PROGRESS`, one row a place, group and indicator.
    """
    points = _points(rounds)
    touched = _touched(changes)
    rows = []
    for (place, group, indicator), part in groupby(rows_of(points), key=itemgetter(*SERIES)):
        row = _series(list(part), indicator, given.nation.choices.target_year)
        notes = [*str(row["note"]).split(), *(touched.get((place, indicator), ()) if group == "all" else ())]
        rows.append({"place": place, "group": group, "indicator": indicator, **row, "note": joined(notes)})
    rows += _people_rows(given, points)
    return as_table(rows, PROGRESS, TEXTS).sort_values(["place", "group", "indicator"], ignore_index=True)


def _points(rounds: Sequence[Basis]) -> pd.DataFrame:
    """Return every value of every round with the year it is of; of one year the latest round's."""
    earliest = {early: late for one in challenges().values() for late, early in one.earlier.items()}
    parts = []
    for order, basis in enumerate(rounds):
        table = basis.table[basis.table["value"].notna()]
        years = table["period"].astype(str).str[-YEAR_DIGITS:]
        table = table[years.str.isdigit()].assign(
            year=years[years.str.isdigit()].astype(int), order=order, note=""
        )
        old = table["indicator"].isin(list(earliest))
        again = table[old].assign(
            indicator=table.loc[old, "indicator"].map(earliest), order=-1, note="earlier_definition"
        )
        parts += [table, again]
    if not parts:
        return pd.DataFrame({name: [] for name in ("place", "group", "indicator", "year", "order")})
    table = pd.concat(parts, ignore_index=True).sort_values([*SERIES, "year", "order"], kind="stable")
    table = table.drop_duplicates([*SERIES, "year"], keep="last")
    return table[table.duplicated(list(SERIES), keep=False)]


def _series(part: Sequence[Row], indicator: str, target_year: int) -> Row:
    """Judge one series, its values in order of time."""
    last = part[-1]
    same = [one for one in part if one["version"] == last["version"] or one["note"]]
    if len(same) < LEAST_POINTS:
        unknown = dict.fromkeys(("class", "class_2023", "class_eurostat"), "unknown")
        values = {"now_year": last["year"], "now": last["value"], "low": last["low"], "high": last["high"]}
        return {**values, **unknown, "status": "missing", "points": len(same), "note": "versions_left_out"}
    since = [one for one in same if one["year"] >= AGENDA_YEAR]
    first = (since if len(since) >= LEAST_POINTS else same)[0]
    notes = [str(first["note"]), "two_points" if len(same) == LEAST_POINTS else ""]
    notes += [
        "versions_left_out" if len(same) < len(part) else "",
        "base_before_2015" if first["year"] < AGENDA_YEAR else "",
    ]
    covered = first[COVERAGE], last[COVERAGE]
    notes.append("other_coverage" if abs(covered[1] - covered[0]) > SAME_COVERAGE else "")
    row = _judged(indicator, first, last, target_year)
    if not math.isnan(row.get("chance_on_track", math.nan)) and (
        math.isnan(first["low"]) or math.isnan(last["low"])
    ):
        notes.append("one_interval")
    return row | {
        "points": len(same),
        "note": joined(notes),
        "base_coverage": covered[0],
        "now_coverage": covered[1],
    }


def agenda_base(years: tuple[int, int], base: float, now: float) -> float:
    """Return the value that a target of a share is a share of: that of 2015, else the first one.

    Parameters
    ----------
    years
        Of the first and the last value.
    base, now
        The values.

    Notes
    -----
    The 2030 Agenda halves what there was in 2015. Half of an older and worse value would be an easier target. Where the series
    goes over 2015, its value then is taken from the compound yearly rate between the two: b (n / b)^((2015 - t_b) / (t - t_b)).

    Examples
    --------
    >>> agenda_base((2011, 2019), 40.0, 10.0)
    20.0
    """
    first, last = years
    if not (first < AGENDA_YEAR < last and base > 0 and now > 0):
        return base
    return float(base * (now / base) ** ((AGENDA_YEAR - first) / (last - first)))


def _judged(
    indicator: str,
    first: Row,
    last: Row,
    target_year: int,
) -> dict[str, Any]:
    """Judge the way from one value to another."""
    better = indicators()[indicator].better if indicator in indicators() else None
    target = targets().get(indicator)
    base, now = float(first["value"]), float(last["value"])
    years = int(first["year"]), int(last["year"])
    due = target.year if target else target_year
    aim = target.at(agenda_base(years, base, now)) if target else math.nan
    way = Way(years[0], base, years[1], now, aim, due, better == "higher")
    status = "ok" if {first["status"], last["status"]} == {"ok"} else "estimated"
    row: dict[str, Any] = {
        "base_year": years[0], "base": base, "now_year": years[1], "now": now, "low": last["low"], "high": last["high"],
        "target": way.target, "target_year": due, "target_source": target.said_by if target else "",
        "target_grade": target.grade if target else "", "status": status,
    }  # fmt: skip
    got = assess(way)
    row |= {"actual_rate": got.actual_rate}
    if better not in {"higher", "lower"}:
        return row | {"class": "no_direction", "class_2023": "no_direction", "class_eurostat": "no_direction"}
    ends = [(float(one["low"]), float(one["high"])) for one in (first, last)]
    return row | {
        "needed_rate": got.needed_rate, "needed_from_now": got.needed_from_now, "ratio": got.ratio, "expected": got.expected,
        "way_share": got.way_share, "class": got.word, "class_2023": got.word_2023, "class_eurostat": got.word_eurostat,
        "method": got.method, "chance_on_track": chance_on_track(way, ends[0], ends[1]),
    }  # fmt: skip


def _touched(changes: pd.DataFrame) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return what else than the world stands between the rounds of a series: words of ``options.progress_note``."""
    words = {
        "of_data": "other_data",
        "of_boundaries": "other_boundaries",
        "of_methods": "other_methods",
        "not_told_apart": "not_told_apart",
    }
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in changes.to_dict("records"):
        said = tuple(word for column, word in words.items() if row[column] and not math.isnan(row[column]))
        key = str(row["place"]), str(row["indicator"])
        found[key] = tuple(dict.fromkeys((*found.get(key, ()), *said)))
    return found


def _people_rows(given: NationInputs, points: pd.DataFrame) -> list[dict[str, Any]]:
    """Return how people grew between two censuses, where a city's diagnosis says it and no round tells more."""
    told = set(points.loc[(points["indicator"] == "population") & (points["group"] == "all"), "place"])
    rows = []
    for city in sorted(given.cities, key=lambda one: (one.kind, one.code)):
        growth = city.table("diagnose/growth")
        if growth is None or city.part_of:
            continue
        # Places whose rate is only that of a whole, or of several together, have no two values of their own.
        own = (
            (growth["quantity"] == "people")
            & (growth["status"] == "ok")
            & (growth["together"] == growth["place"])
        )
        for one in (
            growth[own & growth["past"].notna() & growth["present"].notna()]
            .sort_values("place")
            .to_dict("records")
        ):
            if one["place"] in told:
                continue
            told.add(one["place"])
            first, last = ({"year": one[year], "value": one[value], "low": math.nan, "high": math.nan, "status": one["status"]}
                           for year, value in (("from_year", "past"), ("to_year", "present")))  # fmt: skip
            row = _judged("population", first, last, given.nation.choices.target_year)
            rows.append(
                {
                    "place": one["place"],
                    "group": "all",
                    "indicator": "population",
                    **row,
                    "points": LEAST_POINTS,
                    "note": "two_points census",
                }
            )
    return rows
