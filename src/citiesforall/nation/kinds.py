"""Kinds of members, for those who are alike to learn from each other; and which alike member does better on what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.inputs import remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import write_csv, write_parquet
from citiesforall.nation.common import standing_of
from citiesforall.nation.common_sums import ground_of
from citiesforall.nation.common_tables import typed
from citiesforall.nation.given import NationInputs
from citiesforall.nation.kinds_choice import FEWEST_MEMBERS, Facts, Kinds, find_kinds
from citiesforall.nation.kinds_cluster import Ints
from citiesforall.nation.kinds_facts import facts_of
from citiesforall.nation.kinds_profile import Profile, marks_of, names_of, profile_of
from citiesforall.nation.members import NATION
from citiesforall.nation.peers import COLUMNS, peers_of

TABLES = {
    "kinds": {
        "kind": "str", "label": "str", "name": "str", "name_km": "str", "members": "f8", "people": "f8", "stability": "f8",
        "silhouette": "f8", "example": "str", "clear": "str",
    },
    "member_kinds": {
        "member": "str", "kind": "str", "chance": "f8", "second_kind": "str", "second_chance": "f8", "silhouette": "f8",
        "note": "str",
    },
    "kind_profile": {"kind": "str", "feature": "str", "value": "f8", "nation_value": "f8", "z": "f8"},
    "kinds_tried": {"kinds": "f8", "rand": "f8", "least_stability": "f8", "silhouette": "f8"},
}  # fmt: skip
"""Columns of the tables and what they hold; those of ``peers`` stand with its maker."""


def make_kinds(given: NationInputs, folder: Path) -> dict[str, Any]:
    """Find the kinds of members and whom each can learn from.

    Parameters
    ----------
    given
        With the members and common challenges.
    folder
        Where ``kinds``, ``member_kinds``, ``kind_profile``, ``kinds_tried`` and ``peers`` go, each as Parquet and CSV.

    Returns
    -------
    dict
        ``notes``; ``clear`` (a word of ``common.clear``); ``kinds``, how many; ``features``, what members are compared by;
        ``left_out``, members of which too little is known.
    """
    members, matrix = given.table("members", "members"), given.table("common", "matrix")
    judged = given.table("common", "challenge_members")
    assert members is not None, "the step kinds needs the members"
    assert matrix is not None, "the step kinds needs the common challenges"
    assert judged is not None, "the step kinds needs the common challenges"
    members = members.sort_values("member", kind="stable", ignore_index=True)
    ground = ground_of(members, given.nation.place.code, standing_of(given, members))
    facts, by = facts_of(members, matrix, ground.counted.tolist(), given.cities)
    choices = given.nation.choices
    weight = dict(zip(ground.members, np.nan_to_num(ground.people) * ground.counted, strict=True))
    people = np.array([weight[code] for code in facts.members])
    kinds = by_people(find_kinds(facts, choices.clusters, choices.draws, choices.seed), people)
    tables = tables_of(facts, kinds, members, people)
    tables["peers"] = typed(peers_of(facts, kinds.label, matrix, judged), COLUMNS)
    for name, table in tables.items():
        write_parquet(table, folder / f"{name}.parquet")
        write_csv(table, folder / f"{name}.csv")
    left = sorted(set(ground.members) - set(facts.members))
    return remember(
        _notes(kinds, left), [], clear=kinds.clear, kinds=len(tables["kinds"]), features=by, left_out=left
    )


def by_people(kinds: Kinds, people: np.ndarray[Any, np.dtype[np.float64]]) -> Kinds:
    """Give kinds their numbers by their people, the largest first; level ones by their first member.

    Parameters
    ----------
    kinds
        In any order.
    people
        Of each member. (M,)
    """
    k = len(kinds.stability)
    sums = np.array([np.sort(people[kinds.label == one]).sum() for one in range(k)])
    first = np.array([np.flatnonzero(kinds.label == one).min(initial=len(people)) for one in range(k)])
    order = np.lexsort((first, -sums))
    to = np.empty(k, np.int64)
    to[order] = np.arange(k)
    return Kinds(
        to[kinds.label], kinds.stability[order], kinds.silhouette, kinds.together[:, order], kinds.tried, kinds.cloud,
        kinds.clear,
    )  # fmt: skip


def tables_of(
    facts: Facts, kinds: Kinds, members: pd.DataFrame, people: np.ndarray[Any, np.dtype[np.float64]]
) -> dict[str, pd.DataFrame]:
    """Return the tables of kinds.

    Parameters
    ----------
    facts
        What members are compared by.
    kinds
        From `by_people`.
    members
        The members' table.
    people
        Of each member that is compared; 0 for parts of others. (M,)
    """
    if not len(facts.core):
        nothing = {
            name: typed(pd.DataFrame(columns=list(columns)), columns) for name, columns in TABLES.items()
        }
        left = members[["member"]].assign(kind="", second_kind="", note="too_little_known")
        left = left.reindex(columns=list(TABLES["member_kinds"]))
        return nothing | {"member_kinds": typed(left, TABLES["member_kinds"])}
    profile = profile_of(facts, kinds.label)
    named = [f"K{number}" for number in range(1, len(kinds.stability) + 1)]
    features = pd.DataFrame(
        {
            "kind": np.repeat(named, len(facts.names)),
            "feature": np.tile(np.array(facts.names, dtype=object), len(named)),
            "value": profile.value.ravel(),
            "nation_value": np.tile(profile.nation, len(named)),
            "z": profile.z.ravel(),
        }
    )
    tried = pd.DataFrame(kinds.tried, columns=["kinds", "rand", "least_stability", "silhouette"])
    made = {
        "kinds": _kinds(facts, kinds, profile, people),
        "member_kinds": _member_kinds(facts, kinds, members),
        "kind_profile": features,
        "kinds_tried": tried,
    }
    return {name: typed(table, TABLES[name]) for name, table in made.items()}


def _kinds(
    facts: Facts, kinds: Kinds, profile: Profile, people: np.ndarray[Any, np.dtype[np.float64]]
) -> pd.DataFrame:
    """Return one row a kind."""
    k = len(kinds.stability)
    marks = [marks_of(facts.names, profile.z[one]) for one in range(k)]
    core = np.zeros(len(facts.members), bool)
    core[facts.core] = True
    inside = [kinds.label == one for one in range(k)]
    widths = [kinds.silhouette[mine & np.isfinite(kinds.silhouette)] for mine in inside]
    return pd.DataFrame(
        {
            "kind": [f"K{one + 1}" for one in range(k)],
            "label": [" ".join(one) for one in marks],
            "name": names_of(marks, "en"),
            "name_km": names_of(marks, "km"),
            "members": [int((mine & core).sum()) for mine in inside],
            "people": [float(people[mine].sum()) for mine in inside],
            "stability": kinds.stability,
            "silhouette": [float(one.mean()) if one.size else np.nan for one in widths],
            "example": [facts.members[at] for at in profile.example],
            "clear": kinds.clear,
        }
    )


def _member_kinds(facts: Facts, kinds: Kinds, members: pd.DataFrame) -> pd.DataFrame:
    """Return one row a member; without a kind those of which too little is known."""
    rows: Ints = np.arange(len(facts.members))
    others = kinds.together.copy()
    others[rows, kinds.label] = -1.0
    second = others.argmax(axis=1)
    chance = others[rows, second]
    core = set(facts.core.tolist())
    found = pd.DataFrame(
        {
            "member": facts.members,
            "kind": [f"K{one + 1}" for one in kinds.label],
            "chance": kinds.together[rows, kinds.label],
            "second_kind": [
                f"K{one + 1}" if much > 0 else "" for one, much in zip(second, chance, strict=True)
            ],
            "second_chance": np.where(chance > 0, chance, np.nan),
            "silhouette": kinds.silhouette,
            "note": ["" if at in core else "put_to_nearest" for at in rows],
        }
    )
    table = members[["member"]].merge(found, how="left", on="member").sort_values("member", ignore_index=True)
    table["note"] = table["note"].fillna("too_little_known")
    return table.fillna({"kind": "", "second_kind": ""})


def _notes(kinds: Kinds, left: list[str]) -> list[Note]:
    """Return what the step tells of the kinds."""
    k = len(kinds.stability)
    texts = {
        "none": "no number of kinds of members is stable: there are no clear kinds. Peers are found by likeness alone.",
        "unstable": f"{k} kinds were asked for, but not all are stable: read them as an aid, not as a finding.",
        "gradual": f"{k} kinds are stable, but one passes into the other: members between two may be either.",
        "clear": f"{k} kinds are stable and apart from each other.",
    }
    if kinds.clear == "none" and not len(kinds.tried):
        texts["none"] = f"fewer than {FEWEST_MEMBERS} members can be compared: no kinds are looked for."
    notes = [Note(NATION, texts[kinds.clear], "figure" if kinds.clear == "clear" else "doubt")]
    if left:
        notes.append(Note(NATION, f"too little is known to compare: {', '.join(left)}.", "doubt"))
    return notes
