"""Draws the sample: clusters by size inside strata, households by steps inside clusters, and reserves for both."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd

from citiesforall.core.errors import InputError
from citiesforall.estimation.hashing import uniform
from citiesforall.survey.sample_design import (
    FEWEST_CLUSTERS,
    Floats,
    Ints,
    Wanted,
    allocate,
    curve_order,
    design_effect,
    draw_systematic,
    interviews_needed,
    margin,
)

FIELD_LIST = (
    "household_id", "cluster", "stratum", "sangkat_code", "name", "name_km", "serial", "role", "weight",
    "households_estimated", "households_listed",
)  # fmt: skip
"""Columns of the field list; how many households a cluster has is filled in by who lists it, in all its rows."""
RESERVE_SHARE = 0.2
"""Reserve households of a cluster, and reserve clusters of a stratum, as a share of those drawn (ours)."""


@dataclass(frozen=True)
class Sample:
    """Hold a drawn sample.

    Parameters
    ----------
    clusters
        One row a cluster, reserves too: ``cluster, stratum, sangkat_code, name, name_km, households, p_cluster, ask,
        role, x, y, block``.
    households
        One row a household to be asked: ``household_id, cluster, stratum, sangkat_code, name, name_km, serial, role, weight,
        households_estimated``, and ``households_listed``, empty: found in the field.
    strata
        One row a stratum: households, blocks, clusters, interviews wanted, expected margin.
    facts
        Of the whole: interviews wanted, households to visit, design effect, expected margin, seed.
    """

    clusters: pd.DataFrame
    households: pd.DataFrame
    strata: pd.DataFrame
    facts: dict[str, float]


def draw_sample(frame: pd.DataFrame, stratum: list[str], wanted: Wanted, how: str, seed: int) -> Sample:
    """Draw clusters and households.

    Parameters
    ----------
    frame
        Blocks, as `survey.sample_blocks` makes them.
    stratum
        Of each block. (B)
    wanted
        What the sample must be able to do.
    how
        ``proportional``, ``root`` or ``equal`` sharing of clusters between strata.
    seed
        The same seed draws the same sample.

    Returns
    -------
    Sample
        Weights are those of the plan; where ``households_listed`` is filled in, `survey read` brings them to what was found.

    Raises
    ------
    InputError
        There are too few blocks to draw from.

    Notes
    -----
    Two stages [kish_1965]: clusters with chance proportional to households, systematically along a Hilbert curve (places near
    each other are not drawn together); then the same number of households in each, so that weights inside a stratum
    are equal where the frame is right. A block drawn twice is two clusters.
    """
    sizes = frame["households"].to_numpy(np.float64)
    total = float(sizes.sum())
    needed = interviews_needed(wanted, total)
    visits = ceil(round(needed / wanted.response, 6))
    words = sorted(set(stratum))
    of = np.array([words.index(word) for word in stratum])
    blocks = np.bincount(of, minlength=len(words))
    if len(frame) < FEWEST_CLUSTERS * len(words):
        raise InputError(
            f"sample: {len(frame)} blocks in {len(words)} strata are too few to draw {FEWEST_CLUSTERS} clusters each. "
            "Take fewer strata or smaller blocks."
        )
    per_stratum = np.bincount(of, weights=sizes, minlength=len(words)).astype(np.float64)
    n_clusters = max(ceil(visits / wanted.cluster_size), FEWEST_CLUSTERS * len(words))
    # A large block may be drawn more than once; no household is asked twice.
    room = np.maximum(1, sizes // wanted.cluster_size)
    most = np.bincount(of, weights=room, minlength=len(words)).astype(np.int64)
    shares = allocate(per_stratum, n_clusters, how, most)
    drawn = [
        _clusters(frame[of == number], word, int(shares[number]), seed) for number, word in enumerate(words)
    ]
    clusters = pd.concat(drawn, ignore_index=True)
    clusters.insert(0, "cluster", [f"C{number:03d}" for number in range(1, len(clusters) + 1)])
    clusters["ask"] = np.minimum(wanted.cluster_size, np.floor(clusters["households"])).astype(np.int64)
    deff = design_effect(wanted.cluster_size, wanted.rho)
    asked = int(clusters.loc[clusters["role"] == "main", "ask"].sum())
    strata = _about_strata(words, per_stratum, blocks, clusters, (wanted, deff))
    facts = {
        "households": total, "interviews_wanted": needed, "households_to_visit": asked, "clusters": int(shares.sum()),
        "design_effect": deff, "margin": margin(asked * wanted.response, deff, total), "seed": seed,
        "response": wanted.response,
    }  # fmt: skip
    return Sample(clusters, _households(clusters, seed), strata, facts)


def _clusters(blocks: pd.DataFrame, stratum: str, n: int, seed: int) -> pd.DataFrame:
    """Draw the clusters of one stratum and its reserves."""
    ordered = blocks.iloc[curve_order(blocks["x"].to_numpy(np.float64), blocks["y"].to_numpy(np.float64))]
    sizes = ordered["households"].to_numpy(np.float64)
    start, other = uniform(f"sample {seed} {stratum}", 1, 2)[0]
    hits = draw_systematic(sizes, n, start)
    chance = n * sizes / sizes.sum()
    rows = [_rows(ordered, np.repeat(np.arange(sizes.size), hits), chance, stratum, "main")]
    left = hits == 0
    spare = min(ceil(n * RESERVE_SHARE), int(left.sum()))
    if spare:
        more = draw_systematic(np.where(left, sizes, 0.0), spare, other)
        rows.append(_rows(ordered, np.flatnonzero(more), chance, stratum, "reserve"))
    return pd.concat(rows, ignore_index=True)


def _rows(ordered: pd.DataFrame, at: Ints, chance: Floats, stratum: str, role: str) -> pd.DataFrame:
    """Return the drawn blocks with the chance each had."""
    found = ordered.iloc[at]
    return pd.DataFrame(
        {
            "stratum": stratum, "sangkat_code": found["place"].to_numpy(), "name": found["name"].to_numpy(),
            "name_km": found["name_km"].to_numpy(), "households": found["households"].to_numpy(np.float64),
            "p_cluster": chance[at], "role": role, "x": found["x"].to_numpy(np.float64),
            "y": found["y"].to_numpy(np.float64), "block": found["block"].to_numpy(), "part": found["part"].to_numpy(),
        }
    )  # fmt: skip


def _households(clusters: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Draw households by steps from the list that interviewers make of a cluster, and reserves after them."""
    size, ask = (clusters[name].to_numpy(np.float64) for name in ("households", "ask"))
    names = clusters["cluster"].tolist()
    drawn = [_serials(int(size[at]), int(ask[at]), f"sample {seed} {name}") for at, name in enumerate(names)]
    row = np.repeat(np.arange(len(drawn)), [main.size + reserve.size for main, reserve in drawn])
    serial = np.concatenate([part for pair in drawn for part in pair])
    spare = np.concatenate([np.arange(main.size + reserve.size) >= main.size for main, reserve in drawn])
    # The chance of a block that is sure to be drawn is that of each time it is drawn.
    weight = size / (clusters["p_cluster"].to_numpy(np.float64) * ask)
    table = (
        clusters[["cluster", "stratum", "sangkat_code", "name", "name_km"]].iloc[row].reset_index(drop=True)
    )
    table["serial"] = serial
    of_reserve = (clusters["role"] == "reserve").to_numpy()[row]
    table["role"] = np.where(of_reserve, "reserve cluster", np.where(spare, "reserve", "main"))
    table["weight"] = weight[row]
    table["households_estimated"], table["households_listed"] = size[row], ""
    table["household_id"] = [f"{names[at]}-{number:03d}" for at, number in zip(row, serial, strict=True)]
    return table[list(FIELD_LIST)]


def _serials(listed: int, ask: int, seed: str) -> tuple[Ints, Ints]:
    """Return places in the list of a cluster: of households to ask, and of reserves."""
    lots = uniform(seed, 1, listed + 1)[0]  # the first is the start, the others draw the reserves
    serials = np.floor((lots[0] + np.arange(ask)) * listed / ask).astype(np.int64) + 1
    rest = np.setdiff1d(np.arange(1, listed + 1), serials)
    spare = min(ceil(ask * RESERVE_SHARE), rest.size)
    return serials, np.sort(rest[np.argsort(lots[rest], kind="stable")[:spare]])


def _about_strata(
    words: list[str],
    households: np.ndarray,
    blocks: np.ndarray,
    clusters: pd.DataFrame,
    plan: tuple[Wanted, float],
) -> pd.DataFrame:
    """Say of each stratum what the sample will be able to tell."""
    wanted, deff = plan
    main = clusters[clusters["role"] == "main"].groupby("stratum")
    asked = main["ask"].sum().reindex(words)
    return pd.DataFrame(
        {
            "stratum": words, "households": households, "blocks": blocks, "clusters": main.size().reindex(words).to_numpy(),
            "households_to_visit": asked.to_numpy(),
            "margin": [
                margin(n * wanted.response, deff, of)
                for n, of in zip(asked.to_numpy(np.float64), households, strict=True)
            ],
        }
    )  # fmt: skip
