"""Weights of the interviews and of every draw: design, non-response, census; all adjustments repeated in each draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from citiesforall.core.notes import Note
from citiesforall.estimation.replicates import collapse, rao_wu, self_representing
from citiesforall.estimation.weights import kish_deff, non_response, post_stratify, trim
from citiesforall.survey.asked import Floats, Objects
from citiesforall.survey.visited import Frame

ENOUGH = 5
"""Interviews of a cluster from which it makes up for its own refusals; smaller ones share the stratum's [ours]."""
ENOUGH_PEOPLE = 30
"""Listed people of an area and sex from which they are brought to the census on their own [ours]."""
MOST_FACTOR = 5.0
"""A census factor beyond this is a sign that sample and census are of different people [ours]."""
ROUNDS = 60
NEAR = 1e-9


@dataclass(frozen=True)
class Known:
    """Hold the people the census counts, and who of the sample they are.

    Parameters
    ----------
    area
        Of each interview. (H,)
    people
        Area -> people.
    women, men
        Area -> people of a sex; empty where that is not known.
    source
        For notes.
    """

    area: Objects
    people: Mapping[str, float]
    women: Mapping[str, float]
    men: Mapping[str, float]
    source: str = "totals"


@dataclass(frozen=True)
class Persons:
    """Hold the people of each interview.

    Parameters
    ----------
    size
        [persons] (H,)
    women, men
        Listed. [persons] (H,)
    """

    size: Floats
    women: Floats
    men: Floats


@dataclass(frozen=True)
class Weighted:
    """Hold weights and design.

    Parameters
    ----------
    weights
        The first row as published. (S, H)
    stratum, cluster
        As the draws used them. (H,)
    design
        Strata, clusters, effect of unequal weights, response rate.
    notes
        What was joined, adjusted, scaled.
    """

    weights: Floats
    stratum: Objects
    cluster: Objects
    design: dict[str, Any]
    notes: tuple[Note, ...]


def make_weights(
    frame: Frame,
    order: Sequence[int],
    known: tuple[Persons, Known | None],
    draws: tuple[int, str],
    where: str,
    most: float | None,
) -> Weighted:
    """Make the weights of the interviews and their draws.

    Parameters
    ----------
    frame
        Everybody eligible who was to be asked. (A,)
    order
        Visits that are interviews, in the order wanted. (H,)
    known
        People of the interviews, and of the census where the city gives it.
    draws
        Rows wanted, S, and the seed.
    where
        Survey, for notes.
    most
        Weights above this many medians are cut; None cuts none.

    Returns
    -------
    Weighted
        Weights and design.

    Raises
    ------
    InputError
        The sample has one cluster in all, or nobody of a stratum answered.

    Notes
    -----
    Clusters are drawn anew (Rao and Wu), then those who answered take the weight of those who did not, then people are
    brought to the census: in each draw alike, so that intervals know what the adjustments gain.
    """
    notes: list[Note] = []
    stratum, cluster = _design(frame, notes, where)
    drawn = rao_wu(stratum, cluster, frame.base, draws[0], draws[1])
    both = non_response(drawn, frame.responded, _classes(frame, stratum))
    place = {visit: at for at, visit in enumerate(frame.visit.tolist()) if visit >= 0}
    rows = np.array([place[visit] for visit in order], dtype=np.int64)
    weights = both[:, rows]
    if most is not None:
        cut = trim(weights, most)
        n = int((cut[0] < weights[0] * (1 - NEAR)).sum())
        notes.append(
            Note(
                where,
                f"{n} weights above {most:g} medians were cut; the others share what was cut.",
                "repair",
            )
        )
        weights = cut
    if known[1] is not None:
        weights, said = to_census(weights, known[0], known[1])
        notes += said
    design = {
        "strata": int(np.unique(stratum[rows].astype(str)).size),
        "clusters": int(np.unique((stratum[rows] + "\x1f" + cluster[rows]).astype(str)).size),
        "interviews": len(order),
        "deff_weights": round(float(kish_deff(weights[0])), 4),
        "response_rate": round(float(frame.responded.mean()), 4),
        "outcomes": dict(frame.outcome),
    }
    return Weighted(weights, stratum[rows], cluster[rows], design, tuple(notes))


def _design(frame: Frame, notes: list[Note], where: str) -> tuple[Objects, Objects]:
    """Return strata and clusters as the draws need them: two clusters in each stratum at least."""
    stratum, cluster = frame.stratum.astype(str).astype(object), frame.cluster.astype(str).astype(object)
    if frame.sure.any():
        names = [f"{one}/{at}" for at, one in enumerate(cluster)]
        own, inside = self_representing(stratum, cluster, names, frame.sure)
        stratum, cluster = own.astype(object), inside.astype(object)
        n = np.unique(frame.cluster[frame.sure].astype(str)).size
        what = f"{n} clusters were sure to be taken: they are strata of their own."
        notes.append(Note(where, what))
    answered = frame.responded
    joined, _, pairs = collapse(stratum[answered], cluster[answered])
    to = dict(zip(stratum[answered].tolist(), joined.tolist(), strict=True))
    # A stratum in which nobody answered stays: `non_response` names it as a fault.
    first, stratum = stratum, np.array([to.get(one, one) for one in stratum.tolist()], dtype=object)
    cluster = np.where(first == stratum, cluster, first + "/" + cluster)
    notes += [
        Note(
            where,
            f"strata '{one}' and '{other}' were joined, because one of them has a single cluster.",
            "repair",
        )
        for one, other in pairs
    ]
    return stratum, cluster


def _classes(frame: Frame, stratum: Objects) -> Objects:
    """Return the classes within which those who answered stand for those who did not: clusters, else what is left of strata."""
    keys = np.array(
        [f"{one}\x1f{other}" for one, other in zip(stratum, frame.cluster, strict=True)], dtype=object
    )
    answers = dict.fromkeys(keys.tolist(), 0)
    for key in keys[frame.responded].tolist():
        answers[key] += 1
    out = np.array(
        [key if answers[key] >= ENOUGH else str(one) for key, one in zip(keys, stratum, strict=True)],
        dtype=object,
    )
    for one in np.unique(stratum.astype(str)):
        rest = out == one
        if rest.any() and not frame.responded[rest].any():
            out[stratum == one] = one
    return out


def to_census(weights: Floats, persons: Persons, known: Known) -> tuple[Floats, list[Note]]:
    """Scale weights so that people add up to the census, by area and sex where both are known.

    Parameters
    ----------
    weights
        Of households. (S, H)
    persons
        People of the interviews.
    known
        People of the census.

    Returns
    -------
    tuple
        Weights of the same shape, and notes.

    Notes
    -----
    All members of a household keep one weight: factors exp(a women + b men) are sought for each area until women and men
    both add up (raking of households [deming_stephan_1940]). Where an area has few listed people of a sex, or the factors
    would be wild, its people are scaled as a whole.
    """
    people = weights * persons.size
    ratio = np.divide(
        post_stratify(people, known.area, known.people), people, out=np.ones_like(people), where=people > 0
    )
    out = weights * ratio
    by_sex = 0
    for area in known.women if known.men else ():
        rows = np.flatnonzero(known.area == area)
        counts = np.column_stack([persons.women[rows], persons.men[rows]])
        totals = np.array([known.women[area], known.men.get(area, 0.0)])
        whole = (counts.sum(axis=1) == persons.size[rows]).all() and counts.sum(axis=0).min(
            initial=np.inf
        ) >= ENOUGH_PEOPLE
        raked = (
            _raked(out[:, rows], counts, totals * known.people[area] / totals.sum())
            if whole and totals.min() > 0
            else None
        )
        if raked is not None:
            out[:, rows] = raked
            by_sex += 1
    before, total = float((weights[0] * persons.size).sum()), sum(known.people.values())
    areas = f"{len(known.people)} areas" + (f", {by_sex} of them by sex," if by_sex else "")
    what = f"{areas} were brought to {total:,.0f} people of the census; before, the weights stood for {before:,.0f}."
    return out, [Note(known.source, what)]


def _raked(weights: Floats, counts: Floats, totals: Floats) -> Floats | None:
    """Return weights of one area times exp(counts . l) that add up to the totals in each draw; None where that fails."""
    S = weights.shape[0]
    slope = np.zeros((S, 2))
    out = weights
    alive = weights.sum(axis=1) > 0  # a draw that holds nobody of the area has nothing to scale
    for _ in range(ROUNDS):
        miss = totals - out @ counts
        if (np.abs(miss[alive]) <= NEAR * totals).all():
            break
        curve = np.einsum("sh,hi,hj->sij", out, counts, counts) + np.eye(2) * 1e-9
        step = np.linalg.solve(curve, miss[:, :, None])[:, :, 0]
        slope = np.clip(slope + np.clip(step, -1.0, 1.0), -10.0, 10.0)
        out = weights * np.exp(slope @ counts.T)
    far = np.abs(totals - out @ counts).max(axis=1) > NEAR * 1e3 * totals.max()
    used = weights[0] > 0
    wild = (out[0][used] / weights[0][used]).max(initial=1.0) > MOST_FACTOR
    if far[0] or wild:
        return None
    # Draws in which the two sexes cannot both be met keep the total of the area.
    return np.where((far & alive)[:, None], weights, out)


def areas_of(
    unit: Sequence[str], stratum: Sequence[str], units: frozenset[str]
) -> tuple[dict[str, str], str]:
    """Return unit -> area for the census: strata where each unit lies in one and all are known, else the whole city.

    Parameters
    ----------
    unit, stratum
        Of the sample, interviewed or not. (n,)
    units
        Of the city.

    Returns
    -------
    tuple
        The areas, and which of the two it is: ``strata`` or ``city``.
    """
    of: dict[str, set[str]] = {}
    for one, name in zip(unit, stratum, strict=True):
        of.setdefault(one, set()).add(name)
    if of.keys() >= units and all(len(of[one]) == 1 for one in units):
        return {one: next(iter(of[one])) for one in units}, "strata"
    return dict.fromkeys(units, "city"), "city"
