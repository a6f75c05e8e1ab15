"""The seven dimensions and the human-security index of every place and group, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.estimate import Floats
from citiesforall.diagnose.aggregate import (
    AGGREGATIONS,
    aggregated,
    coverage_of,
    dimension_scores,
    item_scores,
    own_share,
)
from citiesforall.diagnose.index_design import Design
from citiesforall.diagnose.index_values import EVERYBODY, Tree, Values
from citiesforall.diagnose.normalise import goalpost_scores
from citiesforall.measure.draw_store import interval_of

Bools = npt.NDArray[np.bool_]

LEAST_COVERAGE = 0.6
"""Share of the weight of a dimension that must be known (ours)."""
LEAST_DIMENSIONS = 5
"""Dimensions from which the mean of the known ones is shown, under another name."""
KNOWN_ONLY = "geometric_of_known"
DIMENSION_COLUMNS = (
    "place", "group", "dimension", "score", "low", "high", "coverage", "n_indicators", "status", "own_share",
    "score_of_known",
)  # fmt: skip
INDEX_COLUMNS = (
    "place", "group", "index", "value", "low", "high", "weakest", "weakest_chance", "rank", "rank_low", "rank_high",
    "n_ranked", "status",
)  # fmt: skip


@dataclass(frozen=True)
class Profile:
    """Hold the dimensions of one group at all places.

    Parameters
    ----------
    group
        Which group.
    of_known
        Mean of the known items whatever their share. (S, P, D) [points]
    dimensions
        The same where enough is known, else nan. (S, P, D) [points]
    coverage, own
        Share of weight known, and known of the place itself. (P, D)
    n
        Indicators with a value. (P, D)
    """

    group: str
    of_known: Floats
    dimensions: Floats
    coverage: Floats
    own: Floats
    n: npt.NDArray[np.int64]


def make_profile(group: str, values: Values, design: Design) -> Profile:
    """Score the dimensions of one group.

    Parameters
    ----------
    group
        Which group.
    values
        With what is taken over.
    design
        What the index is made of.

    Returns
    -------
    Profile
        The dimensions.

    Notes
    -----
    A dimension needs 60 per cent of its weight, and at least one value that is the place's (or the group's) own: else the city's
    profile would be shown again under the name of each sangkat.
    """
    D = len(design.dimensions)
    scores = goalpost_scores(values.draws, design.posts)
    items = item_scores(scores, design.item_of, len(design.items))
    of_known = dimension_scores(items, design.item_weights(), design.dimension_of, D)
    known = ~np.isnan(values.draws[0])
    _, coverage = coverage_of(known, design)
    own = own_share(values.own, known, design)
    enough = (coverage >= LEAST_COVERAGE - 1e-9) & (own > 0)
    belongs = design.dimension_of[design.item_of][:, None] == np.arange(D)
    return Profile(
        group, of_known, np.where(enough, of_known, np.nan), coverage, own, known.astype(np.int64) @ belongs
    )


def dimension_table(profiles: Sequence[Profile], design: Design, tree: Tree) -> pd.DataFrame:
    """Return the table of dimensions.

    Parameters
    ----------
    profiles
        Of every group.
    design
        What the index is made of.
    tree
        The places.

    Returns
    -------
    pandas.DataFrame
        One row for each place, group and dimension; groups of which nothing is known at a place are left out.
    """
    P, D = len(tree.codes), len(design.dimensions)
    parts = []
    for one in profiles:
        value, low, high = interval_of(one.dimensions)
        status = np.where(
            np.isnan(value), "missing", np.where(one.own >= LEAST_COVERAGE - 1e-9, "ok", "estimated")
        )
        part = pd.DataFrame(
            {
                "place": np.repeat(np.array(tree.codes, object), D),
                "group": one.group,
                "dimension": np.tile(np.array(design.dimensions, object), P),
                "score": value.ravel(),
                "low": low.ravel(),
                "high": high.ravel(),
                "coverage": one.coverage.ravel(),
                "n_indicators": one.n.ravel(),
                "status": status.ravel(),
                "own_share": one.own.ravel(),
                "score_of_known": one.of_known[0].ravel(),
            }
        )
        parts.append(part[(one.group == EVERYBODY) | np.repeat((one.own > 0).any(axis=1), D)])
    return _together(parts, DIMENSION_COLUMNS, ["place", "group"])


def _together(parts: list[pd.DataFrame], columns: tuple[str, ...], by: list[str]) -> pd.DataFrame:
    """Stack tables in one order that does not hang on that of the places."""
    if not parts:
        return pd.DataFrame(columns=list(columns))
    return (
        pd.concat(parts, ignore_index=True)
        .sort_values(by, kind="stable", ignore_index=True)
        .reindex(columns=list(columns))
    )


@dataclass(frozen=True)
class Indices:
    """Hold the indices of one group at all places.

    Parameters
    ----------
    group
        Which group.
    by_name
        Name of the index -> values per draw, nan where a dimension that counts is missing. (S, P) [points]
    weakest
        Position of the weakest dimension, -1 where none is known. (P,)
    weakest_chance
        Share of the draws in which it is the weakest. (P,)
    estimated
        Whether a dimension rests mostly on what is taken over. (P,)
    """

    group: str
    by_name: dict[str, Floats]
    weakest: npt.NDArray[np.int64]
    weakest_chance: Floats
    estimated: Bools


def make_indices(profile: Profile, design: Design) -> Indices:
    """Return the indices of one group.

    Parameters
    ----------
    profile
        Its dimensions.
    design
        What the index is made of.

    Returns
    -------
    Indices
        Geometric, arithmetic and minimum where every dimension that counts is there; else the geometric mean of the known ones
        where at least five are, under its own name.
    """
    counts = design.weights > 0
    known = ~np.isnan(profile.dimensions[0])
    whole = (known | ~counts).all(axis=-1)
    values = {
        how: np.where(whole, aggregated(profile.dimensions, design.weights, how), np.nan)
        for how in AGGREGATIONS
    }
    some = ~whole & ((known & counts).sum(axis=-1) >= LEAST_DIMENSIONS)
    values[KNOWN_ONLY] = np.where(some, aggregated(profile.dimensions, design.weights, "geometric"), np.nan)
    weakest, chance = _weakest(np.where(counts, profile.dimensions, np.nan))
    return Indices(
        profile.group,
        values,
        weakest,
        chance,
        ((profile.own < LEAST_COVERAGE - 1e-9) & known & counts).any(axis=-1),
    )


def _weakest(dimensions: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    """Return the weakest dimension as published, and the share of the draws in which it is. (P,), (P,)"""
    filled = np.where(np.isnan(dimensions), np.inf, dimensions)
    any_known = np.isfinite(filled[0]).any(axis=-1)
    weakest = np.where(any_known, filled[0].argmin(axis=-1), -1)
    differs = (filled != filled[:1]).any(axis=(0, -1))
    least = filled[1:].argmin(axis=-1) == weakest
    chance = least.mean(axis=0) if len(filled) > 1 else np.full(weakest.shape, np.nan)
    return weakest, np.where(any_known & differs, chance, np.nan)


def index_table(
    found: Sequence[Indices], design: Design, tree: Tree, ranks: dict[str, pd.DataFrame]
) -> pd.DataFrame:
    """Return the table of indices.

    Parameters
    ----------
    found
        Of every group.
    design
        What the index is made of.
    tree
        The places.
    ranks
        Name of the index -> ``rank, rank_low, rank_high, n_ranked`` of everybody, in the order of the places.

    Returns
    -------
    pandas.DataFrame
        One row for each place, group and index. Rank 1 is the best of its level.
    """
    names = np.array([*design.dimensions, ""], object)
    parts = []
    for one in found:
        for name, draws in one.by_name.items():
            value, low, high = interval_of(draws)
            part = pd.DataFrame(
                {
                    "place": np.array(tree.codes, object),
                    "group": one.group,
                    "index": name,
                    "value": value,
                    "low": low,
                    "high": high,
                    "weakest": names[one.weakest],
                    "weakest_chance": one.weakest_chance,
                    "status": np.where(
                        np.isnan(value),
                        "missing",
                        np.where(one.estimated | (name == KNOWN_ONLY), "estimated", "ok"),
                    ),
                }
            )
            if one.group == EVERYBODY and name in ranks:
                part = pd.concat([part, ranks[name].reset_index(drop=True)], axis=1)
            shown = ~np.isnan(value) if name == KNOWN_ONLY else (one.group == EVERYBODY) | (one.weakest >= 0)
            parts.append(part[shown])
    return _together([part for part in parts if len(part)], INDEX_COLUMNS, ["place", "group", "index"])
