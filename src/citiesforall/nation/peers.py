"""Peers: which alike member does better on a member's worst challenges, by how much, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtr

from citiesforall.core.estimate import Floats
from citiesforall.diagnose.challenge_measure import CLEAR_GAP, SURE_CHANCE
from citiesforall.diagnose.interval_draws import HALF_WIDTH
from citiesforall.nation.kinds_choice import Facts, standardised
from citiesforall.nation.kinds_cluster import Ints, squared_distances
from citiesforall.nation.kinds_facts import DENSITY, PEOPLE

COLUMNS = {
    "member": "str", "peer": "str", "order": "f8", "distance": "f8", "same_kind": "flag", "challenge": "str",
    "indicator": "str", "own": "f8", "own_low": "f8", "own_high": "f8", "peer_value": "f8", "peer_low": "f8",
    "peer_high": "f8", "difference": "f8", "unit": "str", "severity": "f8", "peer_severity": "f8", "chance_better": "f8",
    "own_period": "str", "peer_period": "str", "own_sources": "str", "peer_sources": "str", "note": "str",
}  # fmt: skip
WORST = 3
"""Challenges of a member that peers are looked for (ours)."""
ALIKE = 20
"""Members that count as alike: the nearest (ours)."""
MOST = 3
"""Peers named for a challenge."""
FACTOR = 4.0
"""Peers have at most so many times the people and the density, and at least that part of it (ours)."""
FULL = 100.0
CHUNK = 256
"""Members whose distances are held at once."""
NATURE = frozenset(
    {
        "flood_hazard_index_mean",
        "flood_hazard_high",
        "flood_exposure",
        "flood_exposure_half_metre",
        "flood_exposure_one_metre",
    }
)
"""Measures of where water goes, not of what anybody does about it: a dry place has nothing to teach."""


@dataclass(frozen=True)
class Measure:
    """Hold one measure of one challenge in the members that are compared.

    Parameters
    ----------
    rows
        Of the matrix. (m)
    column
        Position of each among the members that are compared. (m,)
    severity
        With low and high. (3, m)
    """

    rows: Sequence[Mapping[str, Any]]
    column: Ints
    severity: Floats


def peers_of(facts: Facts, label: Ints, matrix: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    """Find whom each member can learn from.

    Parameters
    ----------
    facts
        What members are compared by. (M)
    label
        Kind of each. (M,)
    matrix
        Every measure of every challenge in every member.
    judged
        What is told of each challenge in each member.

    Returns
    -------
    pandas.DataFrame
        Columns of `COLUMNS`, by member, its worst challenge first, the best peer first.

    Notes
    -----
    A peer is one of the twenty most alike on everything but the challenge itself (else nobody alike could do better), has at
    most four times the people and the density and at least a quarter, and is measured by the same indicator. It is clearly
    better: by five points of severity, in nine of ten cases where an error is stated. Of those the three that do best are
    named. Who has no such peer is not in the table.
    """
    z = standardised(facts.raw, facts.core)
    to = {code: at for at, code in enumerate(facts.members)}
    known = matrix[matrix["member"].isin(list(to))].reset_index(drop=True)
    measures = {}
    pairs = (known["challenge"] + "/" + known["indicator"]).astype(str)
    for pair, at in pairs.groupby(pairs, sort=True).indices.items():
        measures[str(pair)] = _measure(known.iloc[at], to)
    found: list[dict[str, Any]] = []
    worst = _worst(judged[judged["member"].isin(list(to))])
    for pair, one in measures.items():
        mine = np.array([to[member] for member, wanted in worst if wanted == pair], np.int64)
        weights = np.where(np.array(facts.names) == pair.partition("/")[0], 0.0, facts.weights)
        for part in np.array_split(mine, 1 + len(mine) // CHUNK):
            distances = np.sqrt(squared_distances(z[part], z[one.column], weights))
            for own, distance in zip(part, distances, strict=True):
                found += _peers(int(own), one, distance, (facts, label))
    order = {pair: at for at, pair in enumerate(worst)}
    found.sort(key=lambda row: (order[row["member"], f"{row['challenge']}/{row['indicator']}"], row["order"]))
    return pd.DataFrame(found, columns=list(COLUMNS))


def _measure(rows: pd.DataFrame, to: Mapping[str, int]) -> Measure:
    """Return one measure, ready to be looked up."""
    columns = np.array([to[str(code)] for code in rows["member"]], np.int64)
    severity = rows[["severity", "severity_low", "severity_high"]].to_numpy(np.float64).T
    records = [{str(name): value for name, value in row.items()} for row in rows.to_dict("records")]
    return Measure(records, columns, severity)


def _worst(judged: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the worst challenges of each member that has any, as ``challenge/indicator``; none that nature makes."""
    has = judged[judged["has"].fillna(value=False).astype(bool) & ~judged["indicator"].isin(NATURE)]
    ordered = has.sort_values(
        ["member", "severity", "challenge"], ascending=[True, False, True], kind="stable"
    )
    first = ordered.groupby("member", sort=True).head(WORST)
    pairs = (first["challenge"] + "/" + first["indicator"]).astype(str)
    return list(zip(first["member"].astype(str), pairs, strict=True))


def _peers(own: int, one: Measure, distance: Floats, known: tuple[Facts, Ints]) -> list[dict[str, Any]]:
    """Return the peers of one member for one challenge."""
    facts, label = known
    mine = np.flatnonzero(one.column == own)
    if not mine.size:
        return []
    row = int(mine[0])
    near = _alike(own, one.column, distance, facts)
    severity, chance = one.severity[0], chance_better(one.severity, row)
    better = severity <= severity[row] - FULL * CLEAR_GAP
    sure = np.isnan(chance) | (chance >= SURE_CHANCE)
    picked = [at for at in near if better[at] and sure[at]]
    best = sorted(picked, key=lambda at: (severity[at], distance[at], one.column[at]))[:MOST]
    return [
        _row(one.rows[row], one.rows[at])
        | {
            "order": number, "distance": float(distance[at]), "same_kind": bool(label[one.column[at]] == label[own]),
            "chance_better": float(chance[at]),
        }
        for number, at in enumerate(best, start=1)
    ]  # fmt: skip


def _alike(own: int, at: Ints, distance: Floats, facts: Facts) -> list[int]:
    """Return the rows of the members most alike, the nearest first, of like size and density."""
    fits = np.isfinite(distance) & (at != own)
    for name in (PEOPLE, DENSITY):
        if name in facts.names:
            logs = facts.raw[:, facts.names.index(name)]
            # A member whose area is not known is not held to be unlike for that.
            fits &= ~(np.abs(logs[at] - logs[own]) > np.log(FACTOR))
    order = np.lexsort((at, np.where(fits, distance, np.inf)))
    return [int(row) for row in order[: min(ALIKE, int(fits.sum()))]]


def chance_better(severity: Floats, own: int) -> Floats:
    """Say how sure it is that others are less severe than one member.

    Parameters
    ----------
    severity
        By one measure, with low and high. (3, m)
    own
        Position of the member.

    Returns
    -------
    ndarray
        nan where neither side states an error. (m,) [share]

    Notes
    -----
    From the two published intervals: the variance of a difference is that of the two sides towards each other
    (newcombe_1998, zou_donner_2008), and the difference is held to be normal. Errors that two members share are counted as if
    each had its own, so a chance is rather too near to one half.
    """
    value, low, high = severity
    gap = value[own] - value
    up, down = np.nan_to_num(high - value), np.nan_to_num(value - low)
    half = np.where(gap >= 0, np.hypot(down[own], up), np.hypot(up[own], down))
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = ndtr(gap / (half / HALF_WIDTH))
    return np.where(half > 0, chance, np.nan)


def _row(mine: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is told of a pair."""
    doubts: Sequence[str] = [word for word, true in _words(mine, other).items() if true]
    return {
        "member": mine["member"], "peer": other["member"], "challenge": mine["challenge"], "indicator": mine["indicator"],
        "own": mine["value"], "own_low": mine["low"], "own_high": mine["high"], "peer_value": other["value"],
        "peer_low": other["low"], "peer_high": other["high"], "difference": other["value"] - mine["value"],
        "unit": mine["unit"], "severity": mine["severity"], "peer_severity": other["severity"],
        "own_period": mine["period"], "peer_period": other["period"], "own_sources": mine["sources"],
        "peer_sources": other["sources"], "note": " ".join(doubts),
    }  # fmt: skip


def _words(mine: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, bool]:
    """Return what a reader must know of a pair, as words of ``common.note``."""
    return {
        "modelled": bool(mine["doubtful"] or other["doubtful"]),
        "other_time": mine["period"] != other["period"],
        "other_sources": mine["sources"] != other["sources"],
        "no_interval": bool(np.isnan([mine["low"], other["low"]]).all()),
    }
