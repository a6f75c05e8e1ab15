"""What members share: severity, people and members of each challenge, summed over the nation and its provinces, run by run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.estimate import Floats, ratio
from citiesforall.nation.common_runs import Runs
from citiesforall.nation.exact import rounded

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Ground:
    """Hold whom sums go over.

    Parameters
    ----------
    members
        Codes, sorted. (M)
    people
        Of each; nan where not known. (M,) [persons]
    basis
        ``streets`` or ``registers``. (M)
    counted
        False for a member that is only a part of others, or invented among real ones. (M,)
    areas
        The nation, then its provinces. (A)
    inside
        Which members are in which area. (M, A)
    """

    members: tuple[str, ...]
    people: Floats
    basis: tuple[str, ...]
    counted: Flags
    areas: tuple[str, ...]
    inside: Floats


@dataclass(frozen=True)
class Shared:
    """Hold one challenge over all areas; the first run is as published.

    Parameters
    ----------
    severity
        Mean over the people of the members that are judged, by leading measures. (R, A) [share]
    chosen
        The same by the measure each run draws. (R, A) [share]
    people
        Affected, of those counted: multiples of 2^-12 in the first run. (R, A) [persons]
    affected
        Share of the people of members where they can be counted. (R, A) [share]
    having
        Members that have it, of those judged; by leading measures, then by the measure each run draws. (R, A)
    having_chosen
        By the measure each run draws. (R, A)
    judged, living
        Members judged, and people living in them; (A,).
    living_with
        People living in members that have it. (A,) [persons]
    covered
        Share of the people for whom severity, people affected and sharing are known; the last, of the members. (3, A)
    """

    severity: Floats
    chosen: Floats
    people: Floats
    affected: Floats
    having: Floats
    having_chosen: Floats
    judged: Floats
    living: Floats
    living_with: Floats
    covered: Floats


def ground_of(members: pd.DataFrame, nation: str, standing: frozenset[str]) -> Ground:
    """Say whom sums go over.

    Parameters
    ----------
    members
        The members' table.
    nation
        Its code.
    standing
        Codes that registers know as members themselves: a city of such a code takes that member's place in sums.

    Notes
    -----
    A member that is only a part of others (the centre of a capital beside its districts) is shown but not summed: its people
    are the districts' people. Invented members among real ones are not summed either; a nation wholly invented is.
    """
    table = members.sort_values("member", kind="stable")
    codes = [str(code) for code in table["member"]]
    part = np.array(
        [bool(of) and code not in standing for code, of in zip(codes, table["part_of"], strict=True)]
    )
    invented = table["invented"].to_numpy(bool)
    counted = ~part & (~invented if not invented.all() else np.ones(len(table), bool))
    provinces = sorted({str(code) for code in table["parent"]} - {nation})
    parents = table["parent"].astype(str).to_numpy(dtype=object)
    inside = np.column_stack(
        [np.ones(len(table)), *((parents == code).astype(np.float64) for code in provinces)]
    )
    people = rounded(table["people"].to_numpy(np.float64))
    basis = tuple(str(kind) for kind in table["kind"])
    return Ground(tuple(codes), people, basis, counted, (nation, *provinces), inside * counted[:, None])


def shared(runs: Runs, shown: Floats, ground: Ground, severe_from: float) -> Shared:
    """Put one challenge together over all areas.

    Parameters
    ----------
    runs
        Of every member.
    shown
        People affected as published; nan where withheld or not counted. (M,) [persons]
    ground
        Whom sums go over.
    severe_from
        A member has the challenge from this severity on. [share]

    Notes
    -----
    Severity: sum of people x severity over the members that are judged, divided by their people. People affected are added
    exactly: each member's number is rounded once to 2^-12. What was withheld is in no sum, so that no difference gives it away.
    """
    weight = np.nan_to_num(ground.people)
    known, judged = np.isfinite(runs.lead[0]), np.isfinite(runs.lead[0]).astype(np.float64)
    living = (weight * known) @ ground.inside
    everybody, members = weight @ ground.inside, ground.inside.sum(axis=0)
    mean = [
        ratio(np.where(known, one, 0.0) * weight @ ground.inside, living[None])
        for one in (runs.lead, runs.chosen)
    ]
    have = [(np.where(known, one, 0.0) >= severe_from) & known for one in (runs.lead, runs.chosen)]
    counts = np.isfinite(shown) & np.isfinite(ground.people)
    number = rounded(np.where(counts, shown, 0.0)) @ ground.inside
    drawn = np.where(counts, np.nan_to_num(runs.people), 0.0) @ ground.inside
    drawn[0] = number
    of = (weight * counts) @ ground.inside
    n = judged @ ground.inside
    covered = np.stack([ratio(living, everybody), ratio(of, everybody), ratio(n, members)])
    none = (of == 0)[None]
    return Shared(
        mean[0], mean[1], np.where(none, np.nan, drawn), ratio(drawn, of[None]),
        have[0].astype(np.float64) @ ground.inside, have[1].astype(np.float64) @ ground.inside, n, living,
        (weight * have[0][0]) @ ground.inside, np.nan_to_num(covered),
    )  # fmt: skip


def criteria_of(parts: Sequence[Shared], area: int) -> tuple[Floats, Floats]:
    """Return what challenges are ranked by in one area.

    Parameters
    ----------
    parts
        Of every challenge. (K)
    area
        Its position.

    Returns
    -------
    tuple
        Severity, share of people affected, share of members that have it, (R, 3, K); and the coverage of each, (3, K).
    """
    rows = []
    for one in parts:
        having = one.having_chosen[:, area].copy()
        having[0] = one.having[0, area]
        severity = one.chosen[:, area].copy()
        severity[0] = one.severity[0, area]
        rows.append([severity, one.affected[:, area], ratio(having, np.full(len(having), one.judged[area]))])
    return np.asarray(np.moveaxis(np.array(rows), 0, -1).swapaxes(0, 1)), np.column_stack(
        [one.covered[:, area] for one in parts]
    )
