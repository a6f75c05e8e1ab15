"""What must be said beside an index: the weakest dimension, the worst-off place and group, what is missing or taken over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.notes import Note
from citiesforall.diagnose.index import LEAST_COVERAGE
from citiesforall.diagnose.index_design import Design
from citiesforall.diagnose.index_values import EVERYBODY, NOWHERE, Tree, Values
from citiesforall.measure.inequality import SCENARIOS

TOLD_SHARE = 0.1
"""Share of modelled values from which it is told."""


def headline(tables: Mapping[str, pd.DataFrame], tree: Tree) -> dict[str, Any]:
    """Return the city's index with what must stand beside it.

    Parameters
    ----------
    tables
        From `scores_of`.
    tree
        The places.

    Returns
    -------
    dict
        ``place, value, low, high, status, weakest, weakest_chance, worst_place, worst_place_value, worst_place_chance,
        worst_group, worst_group_value, missing``; None where there is none.
    """
    root = next((tree.codes[at] for at in np.flatnonzero(tree.above == NOWHERE)), None)
    index, dimensions = tables["index"], tables["dimensions"]
    geometric = index[(index["index"] == "geometric")]
    mine = geometric[(geometric["place"] == root) & (geometric["group"] == EVERYBODY)]
    out: dict[str, Any] = {"place": root, "value": None, "missing": []}
    if mine.empty:
        return out
    row = mine.iloc[0]
    words = ("value", "low", "high", "status", "weakest", "weakest_chance")
    out |= {word: _plain(row[word]) for word in words}
    gone = dimensions[
        (dimensions["place"] == root) & (dimensions["group"] == EVERYBODY) & dimensions["score"].isna()
    ]
    out["missing"] = [str(name) for name in gone["dimension"]]
    depth = dict(zip(tree.codes, tree.depth(), strict=True))
    lowest = max(depth.values())
    places = geometric[
        (geometric["group"] == EVERYBODY) & (geometric["place"].map(depth) == lowest) & (lowest > 0)
    ]
    out |= _worst_place(places, tables["rank_chances"])
    groups = geometric[(geometric["place"] == root) & ~geometric["group"].isin(SCENARIOS)]
    groups = groups[groups["value"].notna()]
    worst = groups.sort_values("value", kind="stable").iloc[0] if len(groups) else None
    out["worst_group"] = None if worst is None else str(worst["group"])
    out["worst_group_value"] = None if worst is None else _plain(worst["value"])
    return out


def _worst_place(places: pd.DataFrame, chances: pd.DataFrame) -> dict[str, Any]:
    """Return the place with the lowest index, and its chance of the last rank over all runs."""
    some = places[places["value"].notna()]
    if some.empty:
        return {"worst_place": None, "worst_place_value": None, "worst_place_chance": None}
    worst = some.sort_values("value", kind="stable").iloc[0]
    last = chances[(chances["place"] == worst["place"]) & (chances["rank"] == len(some))]
    return {
        "worst_place": str(worst["place"]),
        "worst_place_value": _plain(worst["value"]),
        "worst_place_chance": float(last["chance"].sum()) if len(chances) else None,
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON has it, None where it is missing."""
    if isinstance(value, str):
        return value or None
    return None if pd.isna(value) else float(value)


def index_notes(
    tables: Mapping[str, pd.DataFrame], tree: Tree, values: Values, design: Design, top: Mapping[str, Any]
) -> list[Note]:
    """Say what the index rests on and what it lacks.

    Parameters
    ----------
    tables
        From `scores_of`.
    tree
        The places.
    values
        Of everybody, with what is taken over.
    design
        What the index is made of.
    top
        From `headline`.
    """
    notes = []
    dimensions = tables["dimensions"]
    root = dimensions[(dimensions["place"] == top["place"]) & (dimensions["group"] == EVERYBODY)]
    lacking = root[root["score"].isna()]
    if len(lacking):
        said = ", ".join(f"{row.dimension} ({row.coverage:.0%})" for row in lacking.itertuples())
        notes.append(
            Note(
                "index",
                f"no index of {top['place']}: less than {LEAST_COVERAGE:.0%} of the weight of these dimensions is known: {said}.",
            )
        )
    elif top["value"] is not None:
        notes.append(Note("index", _sentence(top)))
    return [*notes, *_on_values(tree, values, design)]


def _on_values(tree: Tree, values: Values, design: Design) -> list[Note]:
    """Say which values state no error, and which are taken over."""
    known = ~np.isnan(values.draws[0])
    if not known.any():
        return []
    notes = [Note("index", f"intervals are made on {len(values.draws) - 1} draws.")]
    share = (known & ~values.errs).sum() / known.sum()
    if share:
        said = (
            f"{share:.0%} of the values behind the index state no error and are the same in every draw: its interval is too "
            "narrow by what they hide."
        )
        notes.append(Note("index", said, "doubt"))
    below = np.flatnonzero(tree.above != NOWHERE)
    over = (known[below] & ~values.own[below]).any(axis=0)
    if over.any():
        said = (
            f"{len({design.indicators[at] for at in np.flatnonzero(over)})} indicators are known of the place above only, at "
            "some or all places, and stand in there; dimensions that rest mostly on them are 'estimated'."
        )
        notes.append(Note("index", said, "doubt"))
    return notes


def modelled_note(observations: pd.DataFrame, tree: Tree, design: Design) -> list[Note]:
    """Say how much of what is known of places is modelled: such values follow one register, and so each other.

    Parameters
    ----------
    observations
        One row for each place, group and indicator.
    tree
        The places.
    design
        What the index is made of.
    """
    below = {tree.codes[at] for at in np.flatnonzero(tree.above != NOWHERE)}
    mine = observations["indicator"].isin(set(design.indicators)) & observations["value"].notna()
    rows = observations[mine & (observations["group"] == EVERYBODY) & observations["place"].isin(below)]
    share = float((rows["status"] == "modelled").mean()) if len(rows) else 0.0
    if share < TOLD_SHARE:
        return []
    said = (
        f"{share:.0%} of the places' own values behind the index are modelled for small areas: they follow what the model "
        "leans on, and so each other, and ranks look surer than they are."
    )
    return [Note("index", said, "doubt")]


def _sentence(top: Mapping[str, Any]) -> str:
    """Return the city's index in words, with the weakest dimension, the worst-off place and group beside it."""
    parts = [f"human-security index {top['value']:.1f} of 100"]
    if top["low"] is not None:
        parts[0] += f" ({top['low']:.1f} to {top['high']:.1f})"
    parts.append(f"weakest dimension {top['weakest']}")
    if top["worst_place"] is not None:
        parts.append(f"worst-off place {top['worst_place']} ({top['worst_place_value']:.1f})")
    if top["worst_group"] is not None:
        parts.append(f"worst-off group {top['worst_group']} ({top['worst_group_value']:.1f})")
    return "; ".join(parts) + "."
