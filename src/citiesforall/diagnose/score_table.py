"""Scores of single observations: how far each value is on the way from floor to goal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from citiesforall.core.indicator import Indicator
from citiesforall.core.notes import Note
from citiesforall.diagnose.index_design import Design
from citiesforall.diagnose.normalise import goalpost_scores, posts_of, score_interval

SCORE_COLUMNS = (
    "place", "group", "indicator", "dimension", "score", "low", "high", "status", "said_by", "weight",
)  # fmt: skip
SATURATED_SHARE = 0.9
LEAST_PLACES = 5
NAMED = 8
"""Names a note spells out."""


def latest(observations: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each place, group and indicator: the latest period with a value, else the latest.

    Parameters
    ----------
    observations
        Of a run.
    """
    key = ["place", "group", "indicator"]
    if not observations.duplicated(key).any():
        return observations
    ordered = observations.assign(_told=observations["value"].notna()).sort_values(
        ["_told", "period"], kind="stable"
    )
    return ordered.drop_duplicates(key, keep="last").drop(columns="_told").sort_index()


def score_table(
    observations: pd.DataFrame, declared: Mapping[str, Indicator], design: Design
) -> pd.DataFrame:
    """Score every observation of an indicator that has goalposts and a value somewhere in the city.

    Parameters
    ----------
    observations
        One row for each place, group and indicator.
    declared
        Indicators by id.
    design
        What the index is made of.

    Returns
    -------
    pandas.DataFrame
        ``place, group, indicator, dimension, score, low, high, status, said_by, weight``: points from 0 to 100; the status of the
        observation; who states the goal; the indicator's share of its dimension in the index, 0 where it stands beside it.
    """
    known = set(observations.loc[observations["value"].notna(), "indicator"].unique())
    scored = [key for key in sorted(known & set(declared)) if declared[key].goalposts is not None]
    rows = observations[observations["indicator"].isin(set(scored))]
    number = rows["indicator"].map({key: at for at, key in enumerate(scored)}).to_numpy(np.int64)
    posts = posts_of([declared[key] for key in scored])
    mine = type(posts)(**{name: column[number] for name, column in vars(posts).items()})
    value, low, high = (rows[name].to_numpy(np.float64) for name in ("value", "low", "high"))
    bottom, top = score_interval(low, high, value, mine)
    weight = (
        pd.Series(design.indicator_weights()).groupby(np.array(design.indicators, object)).sum().to_dict()
    )
    said = {key: one.said_by for key in scored if (one := declared[key].goalposts) is not None}
    out = pd.DataFrame(
        {
            "place": rows["place"].to_numpy(object),
            "group": rows["group"].to_numpy(object),
            "indicator": rows["indicator"].to_numpy(object),
            "dimension": rows["indicator"]
            .map({key: declared[key].dimension for key in scored})
            .to_numpy(object),
            "score": goalpost_scores(value, mine),
            "low": bottom,
            "high": top,
            "status": rows["status"].to_numpy(object),
            "said_by": rows["indicator"].map(said).to_numpy(object),
            "weight": rows["indicator"].map(lambda key: weight.get(key, 0.0)).to_numpy(np.float64),
        }
    )
    return out.sort_values(["place", "group", "indicator"], kind="stable", ignore_index=True).reindex(
        columns=list(SCORE_COLUMNS)
    )


def named(keys: Iterable[str]) -> str:
    """Return names in a sentence: the first ones, and how many more."""
    found = sorted(keys)
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return ", ".join(found[:NAMED]) + more


def score_notes(
    observations: pd.DataFrame, table: pd.DataFrame, declared: Mapping[str, Indicator]
) -> list[Note]:
    """Say what could not be scored, and where goalposts tell places apart no longer.

    Parameters
    ----------
    observations, table
        What was measured, and its scores.
    declared
        Indicators by id.
    """
    known = set(observations.loc[observations["value"].notna(), "indicator"].unique())
    without = {key for key in known & set(declared) if declared[key].goalposts is None}
    context = {key for key in without if declared[key].better == "context"}
    notes = _unscored(without - context, context)
    own = {
        key for key in known & set(declared) if (post := declared[key].goalposts) and post.said_by == "ours"
    }
    said = f"{len(own)} of {table['indicator'].nunique()} scored indicators have goalposts that are ours."
    return [*notes, Note("scores", said), *_saturated(table)]


def _unscored(without: set[str], context: set[str]) -> list[Note]:
    """Name what has no goalposts, and what is neither good nor bad."""
    notes = []
    if without:
        said = f"{len(without)} indicators have no goalposts and no score: {named(without)}."
        notes.append(Note("scores", said))
    if context:
        said = f"{len(context)} indicators describe, none of their values is good or bad: {named(context)}."
        notes.append(Note("scores", said))
    return notes


def _saturated(table: pd.DataFrame) -> list[Note]:
    """Name the indicators of which nearly every place lies beyond a goalpost."""
    everybody = table[(table["group"] == "all") & table["score"].notna()]
    ends = everybody["score"].isin([0.0, 100.0]).groupby(everybody["indicator"]).agg(["mean", "size"])
    flat = ends[(ends["size"] >= LEAST_PLACES) & (ends["mean"] >= SATURATED_SHARE)].index
    if not len(flat):
        return []
    said = f"nine of ten places or more lie beyond a goalpost of {named(flat)}: the score tells them apart no longer."
    return [Note("scores", said, "doubt")]
