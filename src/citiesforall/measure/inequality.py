"""Who is worse off, by how much, and how sure that is: gaps between groups and places, Gini and concentration index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.estimate import Floats
from citiesforall.core.group import groups
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
FOLLOWS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "slum": frozenset(
            {
                "slum_deprivations", "inadequate_housing", "improved_water",
                "improved_water_11_1_1", "basic_water", "safely_managed_water",
                "improved_sanitation", "basic_sanitation", "safely_managed_sanitation", "durable_housing",
                "sufficient_living_area", "persons_per_room", "secure_tenure", "tenure_document", "fears_eviction",
            }
        ),
        "idpoor": frozenset({"health_cover", "social_protection"}),
    }
)  # fmt: skip
"""Trait -> answers that it follows from (the five tests of a slum household) or that follow from it: the card of a poor household
is its cover by the health equity fund."""
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
    found = [answer for answer in answers if not defines(one, answer.group)]
    at = {answer.group: number for number, answer in enumerate(found)}
    if len(found) < LEAST:
        return []
    rows = np.array(list(places.inside), np.int64)
    codes = np.array(places.codes, dtype=object)[rows]
    S = max(answer.estimate.num.shape[0] for answer in found)
    values = np.stack(
        [np.broadcast_to(values_of(answer, one, rows), (S, rows.size)) for answer in found], axis=1
    )
    ranks = np.stack([ranks_of(answer)[rows] for answer in found])
    n = np.stack([answer.estimate.n[rows] for answer in found])
    blocks = _pairs(one, found, [(at[a], at[b]) for a, b in _compared(list(at))], (values, ranks, n, codes))
    people = [number for group, number in at.items() if group not in SCENARIOS]
    if len(people) >= LEAST:
        names = np.array(list(at), dtype=object)[people]
        blocks.append(_worst_group(one, names, codes, values[:, people], ranks[people]))
    return blocks


def _compared(groups: Sequence[str]) -> list[tuple[str, str]]:
    """Return which groups are compared with which: each pair once."""
    pairs = [(group, VERSUS.get(group, "all")) for group in groups if group not in VERSUS.values()]
    return [(group, other) for group, other in pairs if other in groups and group != other]


def _pairs(
    one: Indicator,
    answers: Sequence[Answer],
    pairs: Sequence[tuple[int, int]],
    table: tuple[Floats, Ints, Floats, Words],
) -> list[Block]:
    """Compare pairs of groups in every place, all at once."""
    if not pairs:
        return []
    values, ranks, n, codes = table
    a, b = np.array(pairs).T
    names = np.array([answer.group for answer in answers], dtype=object)
    notes = np.array([_note(answers[i], answers[j]) for i, j in pairs], dtype=object)
    said = {"indicator": one.id, "place": np.tile(codes, len(pairs))}
    for word, texts in (("group_a", names[a]), ("group_b", names[b]), ("note", notes)):
        said[word] = np.repeat(texts, codes.size)
    S = values.shape[0]
    gap = minus(values[:, a], values[:, b]).reshape(S, -1)
    share = over(values[:, a], values[:, b]).reshape(S, -1)
    status, least = together(ranks[a], ranks[b]).ravel(), np.minimum(n[a], n[b]).ravel()
    chance = sign_chance(gap)
    return [
        Block(gap, {**said, "measure": "group_gap", "unit": one.unit}, chance, least, status),
        Block(share, {**said, "measure": "group_ratio", "unit": "ratio"}, chance, least, status),
    ]


def defines(one: Indicator, group: str) -> bool:
    """Say whether an indicator asks for the trait that makes a group, or for what makes the trait: IDPoor among the IDPoor.

    Parameters
    ----------
    one
        The indicator.
    group
        Id of the group.
    """
    known, answer = groups().get(group), one.options.get("answer")
    if known is None or known.survey is None:
        return False
    return any(answer == trait or answer in FOLLOWS.get(trait, ()) for trait in known.survey)


def _note(one: Answer, other: Answer) -> str:
    """Say what a reader of a gap must know."""
    words = ["from_replicates"] if one.estimate.replicated() or other.estimate.replicated() else []
    if one.group in SCENARIOS:
        words.append("scenario")
    elif other.group == "all":
        words.append("with_everybody")
    return " ".join(words)


def _worst_group(one: Indicator, groups: Words, codes: Words, values: Floats, ranks: Ints) -> Block:
    """Name the group that is worst off in each place. Values (S, G, R), ranks (G, R)."""
    drawn, rank = np.moveaxis(values, 1, -1), ranks.T
    (worst, known), (best, _) = worst_of(drawn[0], one.better), worst_of(drawn[0], OPPOSITE[one.better])
    at = np.arange(codes.size)
    named = (known >= LEAST) & (drawn[0, at, worst] != drawn[0, at, best])
    chance = rank_chances(drawn, better=one.better)[at, worst]
    names = np.where(named, groups[worst], "")
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
