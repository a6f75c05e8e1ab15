"""Who is worse off, by how much, and how sure that is: gaps between groups and places, Gini and concentration index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.estimate import Floats
from citiesforall.core.indicator import Indicator
from citiesforall.core.tables import INEQUALITY, check_inequality, write_csv, write_parquet
from citiesforall.measure.comparison import (
    OPPOSITE,
    RANK,
    Block,
    Ints,
    Places,
    Words,
    is_compared,
    minus,
    over,
    poverty_of,
    ranks_of,
    together,
    values_of,
    worst_of,
)
from citiesforall.measure.draw_store import Answer, interval_of, rank_chances, sign_chance
from citiesforall.measure.place_gaps import between_places

VERSUS = {
    "women": "men", "age_0_14": "age_15_59", "age_60_up": "age_15_59", "slow_walkers": "all", "disabled": "not_disabled",
    "idpoor": "not_idpoor", "renters": "owners", "migrants": "not_migrants", "slum": "not_slum",
}  # fmt: skip
"""Group -> the group it is compared with; every other group that is nobody's counterpart is compared with everybody."""
SCENARIOS = frozenset({"all", "slow_walkers"})
"""Not groups of people beside others: they cannot be the worst-off group."""
LEAST = 2
"""Places or groups without which nothing can be compared."""
WORDS = np.array(list(RANK), dtype=object)


def measure_inequality(
    answers: Sequence[Answer], indicators: Mapping[str, Indicator], places: Places, run: str
) -> pd.DataFrame:
    """Compare groups and places for every indicator of which more or less is better.

    Parameters
    ----------
    answers
        Of all indicators and groups.
    indicators
        By id.
    places
        What is compared with what.
    run
        Id of the run.

    Returns
    -------
    pandas.DataFrame
        Columns of `INEQUALITY`, sorted by indicator, place and measure.

    Notes
    -----
    Everything is made draw by draw and then described by the 2.5 and 97.5 percentiles. The worst and the best place or
    group are those of the published values; the interval is of the gap between these, and ``chance`` says how often the
    draws agree. The worst of many noisy places looks worse than it is, and noise makes places look more unequal than they
    are: read gaps and Gini with the chance beside them.
    """
    by_indicator: dict[str, list[Answer]] = {}
    for one in answers:
        if is_compared(one, indicators[one.indicator]):
            by_indicator.setdefault(one.indicator, []).append(one)
    blocks: list[Block] = []
    for key, of_groups in by_indicator.items():
        blocks += _groups(indicators[key], of_groups, places)
    everybody = [one for found in by_indicator.values() for one in found if one.group == "all"]
    if everybody:
        blocks += between_places(everybody, indicators, places, poverty_of(answers, indicators))
    return _table(blocks, run)


def write_inequality(
    folder: Path, answers: Sequence[Answer], indicators: Mapping[str, Indicator], places: Places, run: str
) -> None:
    """Compare groups and places, and write ``inequality.parquet`` and the same as ``inequality.csv``.

    Parameters
    ----------
    folder
        Where the two files go.
    answers, indicators, places, run
        As for `measure_inequality`.
    """
    table = measure_inequality(answers, indicators, places, run)
    write_parquet(table, folder / "inequality.parquet")
    write_csv(table, folder / "inequality.csv")


def _groups(one: Indicator, answers: Sequence[Answer], places: Places) -> list[Block]:
    """Compare the groups of one indicator, in the city and every parent."""
    rows = np.array(list(places.inside), np.int64)
    codes = np.array(places.codes, dtype=object)[rows]
    found = {answer.group: answer for answer in answers}
    values = {group: values_of(answer, one)[:, rows] for group, answer in found.items()}
    ranks = {group: ranks_of(answer)[rows] for group, answer in found.items()}
    n = {group: answer.estimate.n[rows] for group, answer in found.items()}
    blocks = []
    for group, answer in found.items():
        other = VERSUS.get(group, "all")
        if group == "all" or group in VERSUS.values() or other not in found:
            continue
        said = {"indicator": one.id, "place": codes, "group_a": group, "group_b": other}
        said |= {"note": _note(answer, found[other])}
        status, least = together(ranks[group], ranks[other]), np.minimum(n[group], n[other])
        gap, share = minus(values[group], values[other]), over(values[group], values[other])
        chance = sign_chance(gap)
        blocks.append(Block(gap, {**said, "measure": "group_gap", "unit": one.unit}, chance, least, status))
        blocks.append(
            Block(share, {**said, "measure": "group_ratio", "unit": "ratio"}, chance, least, status)
        )
    people = [group for group in found if group not in SCENARIOS]
    if len(people) > 1:
        blocks.append(_worst_group(one, people, codes, values, ranks))
    return blocks


def _note(one: Answer, other: Answer) -> str:
    """Say what a reader of a gap must know."""
    words = (
        ["from_replicates"] if one.estimate.bounds is not None or other.estimate.bounds is not None else []
    )
    if one.group in SCENARIOS:
        words.append("scenario")
    elif other.group == "all":
        words.append("with_everybody")
    return " ".join(words)


def _worst_group(
    one: Indicator,
    groups: Sequence[str],
    codes: Words,
    values: Mapping[str, Floats],
    ranks: Mapping[str, Ints],
) -> Block:
    """Name the group that is worst off in each place."""
    S = max(values[group].shape[0] for group in groups)
    drawn = np.stack([np.broadcast_to(values[group], (S, codes.size)) for group in groups], axis=-1)
    rank = np.stack([ranks[group] for group in groups], axis=-1)
    (worst, known), (best, _) = worst_of(drawn[0], one.better), worst_of(drawn[0], OPPOSITE[one.better])
    at = np.arange(codes.size)
    named = (known > 1) & (drawn[0, at, worst] != drawn[0, at, best])
    chance = rank_chances(drawn, better=one.better)[at, worst]
    names = np.where(named, np.array(groups, dtype=object)[worst], "")
    words = {
        "indicator": one.id,
        "place": codes,
        "measure": "worst_group",
        "unit": one.unit,
        "group_a": names,
    }
    status = np.where(named, rank[at, worst], -1)
    return Block(drawn[:, at, worst], words, chance, known.astype(np.float64), status)


def _table(blocks: Sequence[Block], run: str) -> pd.DataFrame:
    """Describe all comparisons by their draws and put them in order."""
    S = max((block.draws.shape[0] for block in blocks), default=1)
    sizes = [block.draws.shape[1] for block in blocks]
    drawn = np.concatenate(
        [
            np.empty((S, 0)),
            *(np.broadcast_to(block.draws, (S, size)) for block, size in zip(blocks, sizes, strict=True)),
        ],
        axis=1,
    )
    value, low, high = interval_of(drawn)
    columns: dict[str, Any] = {
        name: np.concatenate([np.empty(0), *(getattr(block, name) for block in blocks)])
        for name in ("chance", "n")
    }
    status = np.concatenate([np.empty(0, np.int64), *(block.status for block in blocks)])
    for name in ("place", "indicator", "measure", "group_a", "group_b", "place_a", "place_b", "unit", "note"):
        texts = [
            np.broadcast_to(np.asarray(b.words.get(name, ""), dtype=object), size)
            for b, size in zip(blocks, sizes, strict=True)
        ]
        columns[name] = np.concatenate([np.empty(0, dtype=object), *texts])
    has = (status >= 0) & np.isfinite(value)
    columns |= {"value": value, "low": low, "high": high}
    for name in ("value", "low", "high", "chance"):
        columns[name] = np.where(has, columns[name], np.nan)
    columns["status"] = np.where(has, WORDS[np.maximum(status, 0)], "missing")
    naming = np.isin(columns["measure"], ["worst_place", "worst_group"])
    why = np.where(naming & (columns["n"] >= LEAST), "all_alike", "too_little_known")
    columns["note"] = np.where(has | (columns["note"] == "no_poverty"), columns["note"], why)
    table = pd.DataFrame({**columns, "run": run})[list(INEQUALITY)]
    order = ["indicator", "place", "measure", "group_a", "group_b", "place_b"]
    return check_inequality(table.sort_values(order, kind="stable", ignore_index=True))
