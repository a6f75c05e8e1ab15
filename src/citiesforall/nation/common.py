"""Common challenges of a nation: who has each, how severe, how many people, how sure; which comes first, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.challenge import challenges
from citiesforall.core.inputs import remember
from citiesforall.core.nation import NationChoices
from citiesforall.core.notes import Note
from citiesforall.core.tables import write_csv, write_parquet
from citiesforall.nation.common_judged import Known, known_of
from citiesforall.nation.common_runs import FULL, Runs, runs_of, with_ends
from citiesforall.nation.common_sums import Ground, Shared, criteria_of, ground_of, shared
from citiesforall.nation.common_tables import (
    COMMON,
    MATRIX,
    MEMBERS,
    PRIORITIES,
    common_rows,
    member_rows,
    typed,
)
from citiesforall.nation.common_withheld import Hidden, hidden_of, is_hidden, told_measures
from citiesforall.nation.given import NationInputs
from citiesforall.nation.members import NATION
from citiesforall.nation.priorities import Priorities, prioritise


@dataclass(frozen=True)
class Together:
    """Hold every challenge of a nation, put together.

    Parameters
    ----------
    tables
        Judged rows of every challenge, in the order of the declaration.
    sums
        Of each challenge. (K)
    ground
        Whom they go over.
    ranks
        Of each area. (A)
    """

    tables: tuple[pd.DataFrame, ...]
    sums: tuple[Shared, ...]
    ground: Ground
    ranks: tuple[Priorities, ...]


def make_common(given: NationInputs, folder: Path) -> dict[str, Any]:
    """Say which challenges the members of a nation share.

    Parameters
    ----------
    given
        With the members, and the sums where they are made: what those withhold is withheld here.
    folder
        Where ``challenge_members``, ``matrix``, ``common`` and ``priorities`` go, each as Parquet and CSV.

    Returns
    -------
    dict
        ``notes``; ``first``, the three that come first; ``unknown``, what no member knows; ``judged``, how many are known.
    """
    members = given.table("members", "members")
    assert members is not None, "the step common needs the members"
    known, hidden = known_of(given.cities, members), hidden_of(given)
    measured = with_ends(
        typed(pd.DataFrame(known.measured, columns=[c for c in MATRIX if "severity_" not in c]), MATRIX)
    )
    choices = given.nation.choices
    ground = ground_of(members, given.nation.place.code, standing_of(given, members))
    together = _together(known, (measured, hidden), ground, choices)
    told = zip(challenges(), together.tables, strict=True)
    rows = [member_rows(one, table, ground) for one, table in told]
    by_member = pd.concat(rows, ignore_index=True)
    rules = (given.nation.period, hidden, choices.hide_below)
    nation, areas = common_rows(together.tables, together.sums, ground, together.ranks, rules)
    matrix = told_measures(measured, hidden)[list(MATRIX)]
    tables = {
        "challenge_members": typed(by_member, MEMBERS),
        "matrix": matrix.sort_values(["challenge", "member"], kind="stable", ignore_index=True),
        "common": typed(nation, COMMON),
        "priorities": typed(areas, PRIORITIES),
    }
    for name, table in tables.items():
        write_parquet(table, folder / f"{name}.parquet")
        write_csv(table, folder / f"{name}.csv")
    return _said(tables["common"], ground)


def standing_of(given: NationInputs, members: pd.DataFrame) -> frozenset[str]:
    """Return the codes that registers know as members themselves, by the places of the nation.

    Parameters
    ----------
    given
        With the members step.
    members
        Its table.
    """
    places = given.table("members", "places")
    levels = {city.members for city in given.cities if city.members}
    if places is None or not levels:
        return frozenset()
    known = set(places.loc[places["level"].isin(levels), "place"].astype(str))
    return frozenset(known & set(members["member"].astype(str)))


def _together(
    known: Known, beside: tuple[pd.DataFrame, Hidden], ground: Ground, choices: NationChoices
) -> Together:
    """Put every challenge together, one at a time: what is held at once does not grow with their number."""
    measured, hidden = beside
    judged = typed(
        pd.DataFrame(known.judged, columns=list(known.judged[0]) if known.judged else list(MEMBERS)), MEMBERS
    )
    none = judged.iloc[:0], measured.iloc[:0]
    by_judged, by_measured = (dict(tuple(table.groupby("challenge"))) for table in (judged, measured))
    tables, sums = [], []
    for one in challenges():
        rows = by_judged.get(one, none[0]), by_measured.get(one, none[1])
        runs = runs_of(rows, known.drawn, ground.members, choices.draws, choices.seed)
        table = _told(rows, (runs, hidden), ground, choices)
        shown = np.full(len(ground.members), np.nan)
        shown[table["column"].to_numpy(np.int64)] = table["people"].to_numpy(np.float64)
        tables.append(table)
        sums.append(shared(runs, shown, ground, choices.severe_from / FULL))
    ranks = tuple(prioritise(*criteria_of(sums, area), choices.seed) for area in range(len(ground.areas)))
    return Together(tuple(tables), tuple(sums), ground, ranks)


def _told(
    rows: tuple[pd.DataFrame, pd.DataFrame],
    beside: tuple[Runs, Hidden],
    ground: Ground,
    choices: NationChoices,
) -> pd.DataFrame:
    """Return what is told of one challenge in each member where it is known."""
    (judged, measured), (runs, hidden) = rows, beside
    columns = np.searchsorted(np.array(ground.members), judged["member"].astype(str).to_numpy())
    lead = runs.lead[:, columns] * FULL
    has = judged["severity"].to_numpy(np.float64) >= choices.severe_from
    differs = (lead[1:] != lead[1:2]).any(axis=0) if len(lead) > 1 else np.zeros(len(judged), bool)
    chance = (
        np.where(differs, (lead[1:] >= choices.severe_from).mean(axis=0), np.nan) if len(lead) > 1 else np.nan
    )
    first = measured.drop_duplicates("member").set_index("member")
    table = judged.assign(
        column=columns, has=has, chance=chance, period=judged["member"].map(first["period"]).to_numpy(dtype=object),
        basis=np.array(ground.basis, dtype=object)[columns], counted=ground.counted[columns],
        hidden=is_hidden(judged, "indicator", hidden), people_hidden=is_hidden(judged, "counted_by", hidden),
        note=judged["note"].fillna("").to_numpy(dtype=object),
    )  # fmt: skip
    few = (table["people"] > 0) & (table["people"] < choices.hide_below) & ~table["people_hidden"]
    table.loc[few, ["people", "people_low", "people_high"]] = np.nan
    table.loc[few, "note"] = [_with(str(note), "withheld") for note in table.loc[few, "note"]]
    return table.sort_values("column", kind="stable", ignore_index=True)


def _with(note: str, word: str) -> str:
    """Add a word to a note."""
    return " ".join([*note.split(), word])


def _said(common: pd.DataFrame, ground: Ground) -> dict[str, Any]:
    """Return what the step remembers."""
    unknown = [str(one) for one in common.loc[common["rank"].isna(), "challenge"]]
    ranked = common[common["rank"].notna()]
    left = [code for code, counts in zip(ground.members, ground.counted, strict=True) if not counts]
    notes = [Note(NATION, f"{len(ranked)} of {len(common)} common challenges are known of some member.")]
    if unknown:
        text = f"nothing is known, in any member that is summed, of: {', '.join(unknown)}. That is no sign that all is well."
        notes.append(Note(NATION, text, "doubt"))
    weak = _weak(ranked)
    if weak:
        text = f"rests mostly on models or on figures older than five years: {', '.join(weak)}."
        notes.append(Note(NATION, text, "doubt"))
    if left:
        notes.append(
            Note(NATION, f"shown but not summed, for their people are counted in others: {', '.join(left)}.")
        )
    return remember(
        notes,
        [],
        first=[str(one) for one in ranked["challenge"].head(3)],
        unknown=unknown,
        judged=len(ranked),
    )


def _weak(ranked: pd.DataFrame) -> Sequence[str]:
    """Return the challenges whose evidence is mostly modelled or old."""
    rows: Mapping[str, set[str]] = {
        str(key): set(str(note).split())
        for key, note in zip(ranked["challenge"], ranked["note"], strict=True)
    }
    return [key for key, words in rows.items() if words & {"modelled", "old"}]
