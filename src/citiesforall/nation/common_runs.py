"""Severity and people of one challenge in every member, run by run: by kept draws, else by published intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.challenge import challenges
from citiesforall.core.estimate import Floats
from citiesforall.core.indicator import indicators
from citiesforall.diagnose.challenge_values import short_of
from citiesforall.diagnose.interval_draws import with_intervals
from citiesforall.measure.draws import draw_normal

FULL = 100.0
CHANCE = "measure"


@dataclass(frozen=True)
class Runs:
    """Hold one challenge in every member, per run; the first run is as published.

    Parameters
    ----------
    lead
        Severity by each member's leading measure; nan where the challenge is not known. (R, M) [share]
    chosen
        Severity by a measure drawn in each run, the same position in every member's list; the first run is the leading one.
        (R, M) [share]
    people
        Affected; nan where they cannot be counted. (R, M) [persons]
    """

    lead: Floats
    chosen: Floats
    people: Floats


def with_ends(measured: pd.DataFrame) -> pd.DataFrame:
    """Put the ends of each severity beside it, from the ends of the value.

    Parameters
    ----------
    measured
        Columns ``challenge, indicator, low, high``.

    Returns
    -------
    pandas.DataFrame
        With ``severity_low`` and ``severity_high``; nan where the value has no interval.
    """
    ends = np.full((2, len(measured)), np.nan)
    bounds = measured[["low", "high"]].to_numpy(np.float64).T
    pairs = (measured["challenge"] + "/" + measured["indicator"]).astype(str)
    for pair, at in pairs.groupby(pairs, sort=True).indices.items():
        challenge, _, key = str(pair).partition("/")
        posts = challenges()[challenge].standard(key)
        assert posts is not None, pair
        ends[:, at] = FULL * short_of(bounds[:, at], indicators()[key], posts)
    return measured.assign(severity_low=ends.min(axis=0), severity_high=ends.max(axis=0))


def runs_of(
    rows: tuple[pd.DataFrame, pd.DataFrame],
    drawn: Mapping[tuple[str, str], Floats],
    members: Sequence[str],
    runs: int,
    seed: int,
) -> Runs:
    """Return one challenge in every member, run by run.

    Parameters
    ----------
    rows
        Of the challenge: judged (one a member) and measured (with ends, in each member's order of measures).
    drawn
        Member and challenge -> kept draws.
    members
        Codes. (M)
    runs
        Besides the published one.
    seed
        Of the nation.

    Notes
    -----
    Run r takes draw r of every city at once: the same source errs the same way in all of them. What has no draws errs by its
    published interval. Which measure a run takes is one draw for all members, so that a run never compares one measure here
    with another there where both have both.
    """
    judged, measured = rows
    to = {code: column for column, code in enumerate(members)}
    challenge = "" if judged.empty else str(judged["challenge"].iloc[0])
    slots = _slots(measured, to, runs, seed)
    people = _people(judged, to, runs, seed)
    for code, column in to.items():
        kept = drawn.get((code, challenge))
        if kept is None:
            continue
        take = _draws_taken(kept.shape[1], runs)
        slots[: len(kept) - 1, 1:, column] = kept[:-1, take]
        people[1:, column] = kept[-1, take]
    return Runs(slots[0], _chosen(slots, challenge, seed), people)


def _draws_taken(kept: int, runs: int) -> npt.NDArray[np.int64]:
    """Return which draw each run takes: the published one where there is no other. (runs,)"""
    return np.zeros(runs, np.int64) if kept == 1 else 1 + np.arange(runs) % (kept - 1)


def _slots(measured: pd.DataFrame, to: Mapping[str, int], runs: int, seed: int) -> Floats:
    """Return severities by position in each member's list of measures. (measures, R, M) [share]"""
    order = measured.groupby("member", sort=False).cumcount().to_numpy(np.int64)
    out = np.full((int(order.max(initial=0)) + 1, runs + 1, len(to)), np.nan)
    columns = measured["member"].map(to).to_numpy(np.int64)
    numbers = measured[["severity", "severity_low", "severity_high"]].to_numpy(np.float64).T / FULL
    names = (measured["member"] + "/" + measured["indicator"]).tolist()
    value = np.tile(numbers[0], (runs + 1, 1))
    value = np.clip(with_intervals(value, numbers[1], numbers[2], names, seed), 0.0, 1.0)
    for slot in range(len(out)):
        out[slot][:, columns[order == slot]] = value[:, order == slot]
    return out


def _people(judged: pd.DataFrame, to: Mapping[str, int], runs: int, seed: int) -> Floats:
    """Return people affected by their published intervals. (R, M) [persons]"""
    out = np.full((runs + 1, len(to)), np.nan)
    columns = judged["member"].map(to).to_numpy(np.int64)
    people, low, high = judged[["people", "people_low", "people_high"]].to_numpy(np.float64).T
    names = (judged["member"] + "/" + judged["counted_by"]).tolist()
    drawn = with_intervals(np.tile(people, (runs + 1, 1)), low, high, names, seed)
    out[:, columns] = np.maximum(drawn, 0.0)
    return out


def _chosen(slots: Floats, challenge: str, seed: int) -> Floats:
    """Return severities by the measure that each run draws. (R, M) [share]"""
    n = np.isfinite(slots[:, 0]).sum(axis=0)
    runs = slots.shape[1]
    from_zero_to_one = _uniform(challenge, seed, runs)
    at = np.minimum((from_zero_to_one[:, None] * n).astype(np.int64), np.maximum(n - 1, 0))
    at[0] = 0
    return np.asarray(np.take_along_axis(slots, at[None], axis=0)[0])


def _uniform(challenge: str, seed: int, runs: int) -> Floats:
    """Draw one number from 0 to 1 for each run, hashed from the challenge. (R,)"""
    from scipy.special import ndtr  # noqa: PLC0415 - only here

    return np.asarray(
        ndtr(np.concatenate([[0.0], draw_normal([challenge], seed, CHANCE, CHANCE, runs)[:, 0]]))
    )
