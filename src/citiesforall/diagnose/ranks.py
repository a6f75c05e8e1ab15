"""Ranks of places under other choices: weights, normalisation, aggregation, what is taken over, and the stated errors of data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.estimate import Floats
from citiesforall.diagnose.aggregate import AGGREGATIONS, aggregated, dimension_scores, item_scores
from citiesforall.diagnose.index_design import Design, Ints
from citiesforall.diagnose.normalise import NORMALISATIONS, normalised, place_between
from citiesforall.estimation.hashing import text_hash

Bools = npt.NDArray[np.bool_]

FACTORS = ("data", "weights", "normalisation", "aggregation", "taken_over")
"""What may be otherwise, in the order of the columns of a run."""
WEIGHT_SPREAD = 0.5
"""Relative standard deviation of a weight (ours): a dimension of one seventh counts between about 3 and 30 per cent."""
N_WEIGHTS = 512
MOST_NUMBERS = 2.5e7
"""Items of places over runs that are worked out: sets the number of runs for many places."""
MOST_RUNS, LEAST_RUNS = 4096, 256
CHUNK = 2e6
MIDDLE = (2.5, 97.5)


@dataclass(frozen=True)
class Model:
    """Hold everything a run needs: item scores of the places of one level under every choice.

    Parameters
    ----------
    items
        By normalisation and by whether values are taken over (0) or left out (1). (3, 2, S, P, J) [points]
    dimension_of
        Position of each item's dimension. (J,)
    item_weights, dimension_weights
        Drawn weights. (W, J), (W, D)
    """

    items: Floats
    dimension_of: Ints
    item_weights: Floats
    dimension_weights: Floats


def make_model(draws: Floats, own: Bools, design: Design, seed: int) -> Model:
    """Prepare the runs for the places of one level.

    Parameters
    ----------
    draws
        Values with what is taken over. (S, P, I) [unit of each]
    own
        Whether a value is the place's own. (P, I)
    design
        What the index is made of.
    seed
        Of the city file.

    Returns
    -------
    Model
        Scores under every choice, and drawn weights.
    """
    points = place_between(draws, design.posts)
    without = np.where(own, points, np.nan)
    J = len(design.items)
    used = np.unique(design.item_of)
    stacked = [
        [item_scores(normalised(one, how), design.item_of, J)[..., used] for one in (points, without)]
        for how in NORMALISATIONS
    ]
    rng = np.random.default_rng(np.random.SeedSequence([seed, int(text_hash("weights of the index"))]))
    of_dimension = draw_weights(design.weights, N_WEIGHTS, rng)
    of_item = np.zeros((N_WEIGHTS, J))
    for dimension in range(len(design.dimensions)):
        mine = np.flatnonzero(design.dimension_of == dimension)
        of_item[:, mine] = draw_weights(np.full(mine.size, 1 / mine.size), N_WEIGHTS, rng)
    return Model(np.array(stacked), design.dimension_of[used], of_item[:, used], of_dimension)


def draw_weights(weights: Floats, n: int, rng: np.random.Generator) -> Floats:
    """Draw weights around the given ones, from a Dirichlet distribution.

    Parameters
    ----------
    weights
        They add up to 1; one of 0 stays 0. (D,)
    n
        How many to draw, W.
    rng
        Where numbers come from.

    Returns
    -------
    ndarray
        Each row adds up to 1; the mean is as given. (W, D)

    Notes
    -----
    ``Dirichlet(k w)`` has mean w and, for m equal weights, relative variance ``(m - 1) / (k + 1)``; k is chosen so that this is
    the square of `WEIGHT_SPREAD`.
    """
    some = weights > 0
    out = np.zeros((n, weights.size))
    m = int(some.sum())
    if m <= 1:
        out[:, some] = 1.0
        return out
    k = (m - 1) / WEIGHT_SPREAD**2 - 1
    out[:, some] = rng.dirichlet(k * weights[some], n)
    return out


def n_runs_for(n_places: int, n_items: int) -> int:
    """Return how many runs are made: a power of two, fewer where there are many places."""
    most = MOST_NUMBERS / max(1, n_places * n_items)
    return int(2 ** np.clip(np.floor(np.log2(max(most, 1))), np.log2(LEAST_RUNS), np.log2(MOST_RUNS)))


def picks(runs: Floats, model: Model) -> tuple[Ints, ...]:
    """Turn numbers between 0 and 1 into choices.

    Parameters
    ----------
    runs
        One column for each of `FACTORS`. (n, 5)
    model
        What can be chosen.

    Returns
    -------
    tuple
        Draw, weights, normalisation, aggregation, and whether values are left out. (n,) each

    Notes
    -----
    A group of many numbers (a draw of all data, a set of weights) hangs on one trigger, as in Saisana, Saltelli and Tarantola.
    """
    S = model.items.shape[2]
    first = 1 if S > 1 else 0  # draw 0 is as published
    sizes = (S - first, len(model.dimension_weights), len(NORMALISATIONS), len(AGGREGATIONS), 2)
    chosen = [np.minimum((runs[:, at] * n).astype(np.int64), n - 1) for at, n in enumerate(sizes)]
    return (chosen[0] + first, *chosen[1:])


def run_scores(model: Model, runs: Floats) -> Floats:
    """Return the index of every place in every run.

    Parameters
    ----------
    model
        From `make_model`.
    runs
        Numbers between 0 and 1. (n, 5)

    Returns
    -------
    ndarray
        (n, P) [points, of which only the order means the same in every run]
    """
    draw, weight, normalisation, aggregation, left_out = picks(runs, model)
    P, J = model.items.shape[3:]
    out = np.empty((len(runs), P))
    step = max(1, int(CHUNK // max(1, P * J)))
    for start in range(0, len(runs), step):
        part = slice(start, start + step)
        items = model.items[normalisation[part], left_out[part], draw[part]]
        dimensions = dimension_scores(
            items,
            model.item_weights[weight[part], None, :],
            model.dimension_of,
            model.dimension_weights.shape[1],
        )
        weights = model.dimension_weights[weight[part], None, :]
        for at, how in enumerate(AGGREGATIONS):
            mine = aggregation[part] == at
            out[part][mine] = aggregated(dimensions[mine], weights[mine], how)
    return out


def ranks_of(scores: Floats) -> Floats:
    """Rank places, the best first; ties share the mean of their ranks.

    Parameters
    ----------
    scores
        nan where missing. (..., P)

    Returns
    -------
    ndarray
        nan where missing. (..., P)
    """
    missing = np.isnan(scores)
    from scipy.stats import rankdata  # noqa: PLC0415 - a second to load, for cities with ranks only

    ranks = rankdata(np.where(missing, np.inf, -scores), axis=-1)
    return np.where(missing, np.nan, ranks)


def rank_table(ranks: Floats, codes: Sequence[str]) -> pd.DataFrame:
    """Return the chance of every rank of every place.

    Parameters
    ----------
    ranks
        Over the runs. (n, P)
    codes
        Of the places. (P,)

    Returns
    -------
    pandas.DataFrame
        ``place, rank, chance``, only chances above 0; those of a place add up to 1.

    Notes
    -----
    A shared rank of 2.5 is half a chance of 2 and half of 3.
    """
    low, high = np.floor(ranks), np.ceil(ranks)
    both = np.concatenate([low, high])
    parts = []
    for at, code in enumerate(codes):
        rank, n = np.unique(both[:, at][~np.isnan(both[:, at])], return_counts=True)
        parts.append(pd.DataFrame({"place": code, "rank": rank.astype(np.int64), "chance": n / n.sum()}))
    if not parts:
        return pd.DataFrame({"place": [], "rank": [], "chance": []})
    return pd.concat(parts, ignore_index=True)


def rank_bounds(ranks: Floats) -> tuple[Floats, Floats]:
    """Return the 2.5 and 97.5 percentiles of the ranks over the runs, as whole ranks. (P,), (P,)"""
    low = np.percentile(ranks, MIDDLE[0], axis=0, method="lower")
    high = np.percentile(ranks, MIDDLE[1], axis=0, method="higher")
    return np.floor(low), np.ceil(high)
