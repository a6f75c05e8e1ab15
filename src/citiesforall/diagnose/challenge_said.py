"""What people said of threats: whom they affected, how hard and how likely they are, and who was helped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from citiesforall.core.errors import NoDataError
from citiesforall.core.estimate import Estimate, Floats, ratio
from citiesforall.core.group import groups
from citiesforall.core.inputs import Inputs
from citiesforall.core.questions import bank
from citiesforall.core.tables import read_parquet
from citiesforall.diagnose.challenge_values import EVERYBODY
from citiesforall.measure.layers import Layers
from citiesforall.measure.making import city_layers
from citiesforall.measure.survey_amounts import estimated
from citiesforall.measure.survey_layer import Answered, Survey, bind_survey
from citiesforall.measure.survey_load import make_survey
from citiesforall.measure.survey_questions import TOLD_IN_CONFIDENCE

LEVELS = (1.0, 25.0)
"""Least and greatest of how hard x how likely, each 1 to 5."""
NOBODY, NOTHING = "nobody", "nothing"
HARMFUL = frozenset({"sold", "ate_less", "child_work", NOTHING})
"""Ways to cope that cost the household what it will need, and having none (ours)."""


@dataclass(frozen=True)
class Said:
    """Hold what people said of some threats taken together, for every result row.

    Parameters
    ----------
    affected
        Share of the people whom any of them affected. (S, R) [share]
    hard
        How hard and how likely, 0 to 1, among those who told. (S, R) [share]
    coped
        Share of those affected who were helped and coped without harm, each counting half. (S, R) [share]
    n
        Households that told. (R,)

    Notes
    -----
    nan wherever a row is withheld by the rules of the survey's indicators; what is told in confidence is of the city only.
    """

    affected: Floats
    hard: Floats
    coped: Floats
    n: Floats


@dataclass(frozen=True)
class Voices:
    """Hold the survey's threats, ready to be asked.

    Parameters
    ----------
    layers
        Of the city, with its survey.
    survey
        The same survey.
    threats
        One row for each household and threat asked about: ``household`` (position), ``threat``, ``affected``, ``hard``,
        ``coped``.
    rows
        Codes of the result rows. (R)
    """

    layers: Layers
    survey: Survey
    threats: pd.DataFrame
    rows: tuple[str, ...]


def open_voices(given: Inputs) -> Voices | None:
    """Open the threats of the city's survey; None where it has none.

    Parameters
    ----------
    given
        With households, where the city has a survey.
    """
    file = given.file("households", "threats.parquet")
    if file is None:
        return None
    folder = given.done["households"].folder
    places = read_parquet(given.done["places"].folder / "places.parquet")
    layers, rows = city_layers(given, read_parquet(given.done["cells"].folder / "cells.parquet"))
    tables = {
        name: read_parquet(folder / f"{name}.parquet")
        for name in ("households", "respondents", "members", "threats")
        if (folder / f"{name}.parquet").is_file()
    }
    tables["threats"] = tables["threats"].assign(coped=coped(tables["threats"]))
    seed = "" if layers.survey is None else layers.survey.seed
    everybody = make_survey(tables, np.load(folder / "replicates.npy"), places, seed)
    survey = bind_survey(everybody, groups()[EVERYBODY], groups())
    told = survey.tables["threats"]
    answers = told.answers
    table = pd.DataFrame(
        {
            "household": told.household,
            "threat": told.traits["threat"],
            "affected": answers["affected"],
            "hard": (answers["severity"] * answers["likelihood"] - LEVELS[0]) / (LEVELS[1] - LEVELS[0]),
            "coped": answers["coped"],
        }
    )
    return Voices(replace(layers, survey=survey), survey, table, tuple(rows))


def coped(threats: pd.DataFrame) -> Floats:
    """Say how each threat was coped with. (n,)

    Parameters
    ----------
    threats
        Columns ``coping`` and ``helped_by``: words divided by blanks, empty where nothing is said.

    Returns
    -------
    ndarray
        1 where somebody helped and nothing harmful was done, 0 where neither holds, half where one does; nan if nothing is said.
    """
    helped = [_helped(str(text)) for text in threats["helped_by"].fillna("")]
    unharmed = [_unharmed(str(text)) for text in threats["coping"].fillna("")]
    both = np.array([helped, unharmed], np.float64)
    known = ~np.isnan(both)
    return ratio(np.where(known, both, 0.0).sum(axis=0), known.sum(axis=0).astype(np.float64))


def _helped(text: str) -> float:
    """Return 1 where somebody helped, 0 where nobody did, nan where nothing is said."""
    return np.nan if not text else float(text != NOBODY)


def _unharmed(text: str) -> float:
    """Return 1 where a household coped without harm, 0 where not, nan where nothing is said."""
    return np.nan if not text else float(not HARMFUL & set(text.split()))


def ask_of(voices: Voices, threats: Sequence[str]) -> Said | None:
    """Return what people said of some threats; None where nobody was asked.

    Parameters
    ----------
    voices
        From `open_voices`.
    threats
        Ids of the survey.
    """
    part = voices.threats[voices.threats["threat"].isin(list(threats))]
    if part.empty:
        return None
    hit = part[part["affected"] == 1]
    found = (
        _estimate(voices, "affected", threats, part.groupby("household")["affected"].max()),
        _estimate(voices, "hard", threats, hit.groupby("household")["hard"].mean()),
        _estimate(voices, "coped", threats, hit.groupby("household")["coped"].mean()),
    )
    if found[0] is None:
        return None
    shape = found[0].num.shape
    affected, hard, coped = (np.full(shape, np.nan) if one is None else _told(one) for one in found)
    return Said(affected, hard, coped, found[0].n)


def _estimate(voices: Voices, what: str, threats: Sequence[str], by_household: pd.Series) -> Estimate | None:
    """Estimate one answer of households, by the rules of the survey's indicators."""
    value = np.full(voices.survey.size.size, np.nan)
    value[by_household.index.to_numpy(np.int64)] = by_household.to_numpy(np.float64)
    if np.isnan(value).all():
        return None
    households = voices.survey.tables["households"]
    dimensions = {choice.code: choice.tags[0] for choice in bank().lists["threat"]}
    told = {dimensions[code] for code in threats}
    # The last word says how confidential an answer is: one threat told in confidence makes all of them so.
    about = f"{what} {'+'.join(threats)} {min(told & TOLD_IN_CONFIDENCE or told)}"
    answered = Answered(households, value[households.household], "people", about)
    try:
        return estimated(voices.layers, voices.survey, answered)
    except NoDataError:
        return None


def _told(one: Estimate) -> Floats:
    """Return values per draw; nan in rows that are withheld, the published value in rows whose draws are. (S, R) [share]"""
    values = ratio(one.num, one.den)
    status = np.zeros(one.n.size, dtype=str) if one.status is None else one.status
    hidden = np.isin(status, ("suppressed", "missing", "not_applicable"))
    untold = np.zeros(one.n.size, dtype=bool) if one.untold is None else one.untold
    shown: Floats = np.where(hidden | np.isnan(values[:1]), np.nan, np.where(untold, values[:1], values))
    return shown
