"""Everybody who was to be asked, with what came of it: interviews joined with the field list, or standing for themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citiesforall.core.errors import did_you_mean
from citiesforall.core.notes import Note
from citiesforall.survey.asked import Floats, Ints, Objects
from citiesforall.survey.faults import Fault
from citiesforall.survey.field_list import FieldList
from citiesforall.survey.values import number
from citiesforall.survey.visits import INELIGIBLE

ABSURD = 100.0
"""A weight this many times the median cannot be meant [ours]."""
NOT_VISITED = "not_visited"


@dataclass(frozen=True)
class Visited:
    """Hold the visits that count.

    Parameters
    ----------
    where
        Sheet, for messages.
    rows
        Row numbers in the file. (n,)
    household, cluster, stratum, weight
        As the file says; empty where it does not. (n,)
    outcome
        What came of it. (n,)
    """

    where: str
    rows: Ints
    household: Sequence[str]
    cluster: Sequence[str]
    stratum: Sequence[str]
    weight: Sequence[str]
    outcome: Objects


@dataclass(frozen=True)
class Frame:
    """Hold everybody eligible who was to be asked.

    Parameters
    ----------
    visit
        Position among the visits, -1 where nobody came. (A,)
    stratum, cluster
        Names. (A,)
    base
        Design weight. (A,)
    responded
        Whether there is an interview. (A,)
    sure
        Whether the cluster was sure to be taken. (A,)
    outcome
        What came of all, the ineligible too: counts.
    """

    visit: Ints
    stratum: Objects
    cluster: Objects
    base: Floats
    responded: npt.NDArray[np.bool_]
    sure: npt.NDArray[np.bool_]
    outcome: Mapping[str, int]


def make_frame(visited: Visited, listed: FieldList | None) -> tuple[Frame, list[Fault], list[Note]]:
    """Put visits and field list together.

    Parameters
    ----------
    visited
        One row for each household visited.
    listed
        Field list, None where there is none: then the file's own weights hold.

    Returns
    -------
    tuple
        The frame, faults and notes.
    """
    if listed is None:
        return _alone(visited)
    if any(listed.household):
        return _by_household(visited, listed)
    return _by_cluster(visited, listed)


def _framed(
    visit: Sequence[int], outcome: Sequence[str], design: tuple[Sequence[str], Sequence[str]], base: Sequence[float] | Floats,
    sure: Sequence[bool],
) -> Frame:  # fmt: skip
    """Make a frame of the eligible."""
    said = np.array(outcome, dtype=object)
    eligible = ~np.isin(said, list(INELIGIBLE))
    names, counts = np.unique(said.astype(str), return_counts=True)
    stratum, cluster = (np.array(list(one), dtype=object) for one in design)
    return Frame(
        np.array(visit, dtype=np.int64)[eligible], stratum[eligible], cluster[eligible],
        np.asarray(base, dtype=np.float64)[eligible], np.asarray(said == "completed")[eligible],
        np.array(sure, dtype=bool)[eligible], {str(name): int(count) for name, count in zip(names, counts, strict=True)},
    )  # fmt: skip


def _by_household(visited: Visited, listed: FieldList) -> tuple[Frame, list[Fault], list[Note]]:
    """Join by household: those on the list whom nobody visited did not answer."""
    at = {name: row for row, name in enumerate(listed.household)}
    faults, visit_of = [], dict[str, int]()
    for position, name in enumerate(visited.household):
        if name not in at:
            what = f"household '{name}' is not in the sample ({listed.where}). {did_you_mean(name, at)} Correct the number."
            faults.append(Fault(visited.where, what, int(visited.rows[position]), "household_id"))
            continue
        visit_of[name] = position
        for word, said, planned in (
            ("cluster", visited.cluster[position], listed.cluster[at[name]]),
            ("stratum", visited.stratum[position], listed.stratum[at[name]]),
        ):
            if said and said != planned and said.split()[0] != planned:
                what = f"household '{name}' is of {word} '{said}' here and of '{planned}' in the sample. Correct one."
                faults.append(Fault(visited.where, what, int(visited.rows[position]), word))
    rows = [row for row, name in enumerate(listed.household) if name in visit_of or not listed.reserve[row]]
    visit = [visit_of.get(listed.household[row], -1) for row in rows]
    outcome = [str(visited.outcome[one]) if one >= 0 else NOT_VISITED for one in visit]
    design = ([listed.stratum[row] for row in rows], [listed.cluster[row] for row in rows])
    frame = _framed(visit, outcome, design, _issued(listed, rows), [listed.sure[row] for row in rows])
    used = sum(listed.reserve[at[name]] for name in visit_of)
    what = f"{used} households of the reserve were visited in place of others; they and the others share the cluster's weight."
    return frame, faults, [Note(visited.where, what)] if used else []


def _issued(listed: FieldList, rows: Sequence[int]) -> Floats:
    """Return weights after reserves were used: all that were asked in a cluster share the weight of those planned. (A,)"""
    planned, asked = Counter[str](), Counter[str]()
    for row in rows:
        asked[listed.cluster[row]] += 1
        planned[listed.cluster[row]] += not listed.reserve[row]
    share = [
        (planned[listed.cluster[row]] or asked[listed.cluster[row]]) / asked[listed.cluster[row]]
        for row in rows
    ]
    return np.asarray(listed.weight[rows] * np.array(share))


def _by_cluster(visited: Visited, listed: FieldList) -> tuple[Frame, list[Fault], list[Note]]:
    """Join by cluster: every visit of a cluster has its weight."""
    at = {name: row for row, name in enumerate(listed.cluster)}
    faults, rows = [], []
    for position, said in enumerate(visited.cluster):
        name = said if said in at else (said.split() or [""])[0]
        rows.append(at.get(name, 0))
        if name not in at:
            what = f"cluster '{said}' is not in the sample ({listed.where}). {did_you_mean(said, at)} Correct the number."
            faults.append(Fault(visited.where, what, int(visited.rows[position]), "cluster"))
    design = ([listed.stratum[row] for row in rows], [listed.cluster[row] for row in rows])
    frame = _framed(
        range(len(rows)),
        list(visited.outcome),
        design,
        listed.weight[rows],
        [listed.sure[row] for row in rows],
    )
    left = sorted(
        set(listed.cluster)
        - {listed.cluster[row] for row in rows}
        - {listed.cluster[i] for i, one in enumerate(listed.reserve) if one}
    )
    what = f"clusters {', '.join(left[:8])} of the sample were not visited; the others stand for them."
    return frame, faults, [Note(visited.where, what, "doubt")] if left else []


def _alone(visited: Visited) -> tuple[Frame, list[Fault], list[Note]]:
    """Take weights, strata and clusters from the file itself; say what stands in for those that are not there."""
    notes: list[Note] = []
    n = len(visited.household)
    base, faults = _own_weights(visited, notes)
    stratum = [one or "all" for one in visited.stratum]
    cluster = [
        one or f"household {name}" for one, name in zip(visited.cluster, visited.household, strict=True)
    ]
    if n and not any(visited.stratum):
        notes.append(Note(visited.where, "no strata are given: all households make one.", "doubt"))
    elif not all(visited.stratum):
        faults += _blank(visited, visited.stratum, "stratum")
    if n and not any(visited.cluster):
        what = "no clusters are given: each household stands for itself, and intervals are too narrow if it was not so."
        notes.append(Note(visited.where, what, "doubt"))
    elif not all(visited.cluster):
        faults += _blank(visited, visited.cluster, "cluster")
    frame = _framed(range(n), list(visited.outcome), (stratum, cluster), base, [False] * n)
    return frame, faults, notes


def _blank(visited: Visited, values: Sequence[str], word: str) -> list[Fault]:
    """Return faults for rows without stratum or cluster where others have one."""
    what = f"{word} is missing. Every household has one. Fill it in."
    return [
        Fault(visited.where, what, int(visited.rows[at]), word)
        for at, one in enumerate(values)
        if not one and visited.outcome[at] == "completed"
    ]


def _own_weights(visited: Visited, notes: list[Note]) -> tuple[Floats, list[Fault]]:
    """Return the file's weights; those that cannot be are faults."""
    if not any(visited.weight):
        what = "neither a sample nor weights are given: every household counts the same within the city."
        notes.append(Note(visited.where, what, "doubt"))
        return np.ones(len(visited.weight)), []
    values = np.array([number(one) for one in visited.weight])
    good = values > 0
    median = float(np.median(values[good])) if good.any() else np.nan
    faults = []
    for at, value in enumerate(values):
        if not value > 0:
            what = f"weight '{visited.weight[at]}' cannot be. Weights are numbers above 0. Mend it, or leave the household out."
        elif value > ABSURD * median:
            what = f"weight {value:g} is {value / median:,.0f} times the median ({median:g}). Mend it."
        else:
            continue
        faults.append(Fault(visited.where, what, int(visited.rows[at]), "weight"))
    return np.where(good, values, 1.0), faults
