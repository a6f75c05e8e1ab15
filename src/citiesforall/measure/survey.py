"""Methods about what people say: shares, means, medians of answers, and threats they see; from a household survey."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from citiesforall.core.errors import NoDataError
from citiesforall.core.estimate import Estimate
from citiesforall.measure.layers import Layers
from citiesforall.measure.method import method
from citiesforall.measure.survey_amounts import estimated, quantile_estimate
from citiesforall.measure.survey_frame import Floats
from citiesforall.measure.survey_layer import TABLE_OF, Answered, Survey, ask

Of = Literal["people", "households", "respondents", "members"]
What = Literal["affected", "severity", "likelihood", "risk"]


def _survey(layers: Layers) -> Survey:
    """Return the survey, bound to the group of the layers."""
    if layers.survey is None:
        raise NoDataError(
            "the city has no household survey. Add [sources.households]; `cities survey form` makes the questions"
        )
    return layers.survey


@method(measures="share", reads=("households",), level="row")
def survey_share(layers: Layers, *, answer: str, of: Of) -> Estimate:
    """Estimate the share of people, households, adults or members of whom an answer is true.

    Parameters
    ----------
    layers
        The city's layers.
    answer
        Of the survey: 1 true, 0 not, or the chance that it is true.
    of
        ``households``; ``people`` (a household's answer counts for each of its people); ``respondents`` (one adult a
        household, for all its adults); ``members``.

    Returns
    -------
    Estimate
        num = people of whom it is true, den = people whose answer is known. [persons, or households]

    Raises
    ------
    NoDataError
        The city has no survey, or it does not ask this.

    Notes
    -----
    Weighted ratio; the interval follows from strata, clusters and weights. Fewer than 30 answers: withheld, or for a unit and
    everybody a small-area model, marked so. Draws are replicate weights.
    """
    survey = _survey(layers)
    return estimated(layers, survey, ask(survey, answer, of))


@method(
    measures=("share", "ratio", "index", "score", "count", "time", "length", "money", "people"),
    reads=("households",),
    level="row",
)
def survey_mean(layers: Layers, *, answer: str, of: Of, times: float = 1.0) -> Estimate:
    """Estimate the mean of an answer that is a number.

    Parameters
    ----------
    layers
        The city's layers.
    answer
        Of the survey.
    of
        Whose mean: ``people``, ``households``, ``respondents`` or ``members``.
    times
        Factor that brings the answer to SI: 60 for minutes.

    Returns
    -------
    Estimate
        num = answer x people, den = people whose answer is known.

    Raises
    ------
    NoDataError
        The city has no survey, or it does not ask this.

    Notes
    -----
    Weighted ratio; the interval follows from strata, clusters and weights.
    """
    survey = _survey(layers)
    said = ask(survey, answer, of)
    return estimated(layers, survey, replace(said, value=said.value * times), share=False)


@method(measures="share", reads=("households",), level="row")
def survey_count_share(layers: Layers, *, answer: str, at_least: float, of: Of) -> Estimate:
    """Estimate the share of whom an answer that is a number reaches a limit.

    Parameters
    ----------
    layers
        The city's layers.
    answer
        Of the survey.
    at_least
        Lowest number counted.
    of
        ``people``, ``households``, ``respondents`` or ``members``.

    Returns
    -------
    Estimate
        num = people at the limit or above, den = people whose answer is known. [persons, or households]

    Raises
    ------
    NoDataError
        The city has no survey, or it does not ask this.

    Notes
    -----
    Weighted ratio; the interval follows from strata, clusters and weights.
    """
    survey = _survey(layers)
    said = ask(survey, answer, of)
    reached = np.where(np.isnan(said.value), np.nan, (said.value >= at_least).astype(np.float64))
    return estimated(layers, survey, replace(said, value=reached))


@method(
    measures=("share", "ratio", "index", "score", "count", "time", "length", "money", "people"),
    reads=("households",),
    level="row",
)
def survey_quantile(
    layers: Layers, *, answer: str, of: Of, share: float = 0.5, times: float = 1.0
) -> Estimate:
    """Find the value of an answer that a share of people does not exceed: their median, for instance.

    Parameters
    ----------
    layers
        The city's layers.
    answer
        Of the survey.
    of
        ``people``, ``households``, ``respondents`` or ``members``.
    share
        0.5 for the median. [share]
    times
        Factor that brings the answer to SI: 60 for minutes.

    Returns
    -------
    Estimate
        num = the value, den = 1; not a sum.

    Raises
    ------
    NoDataError
        The city has no survey, or it does not ask this.

    Notes
    -----
    Weighted quantile, interpolated between neighbouring answers and rounded to a step of at most a fiftieth of the city's: no
    household's answer is told; its draws are not kept. The interval is that of the replicate weights.
    """
    survey = _survey(layers)
    said = ask(survey, answer, of)
    return quantile_estimate(survey, replace(said, value=said.value * times), share)


@method(measures=("share", "score"), reads=("households",), level="row")
def survey_threat(
    layers: Layers, *, what: What, threat: str = "", dimension: str = "", of: Of = "people"
) -> Estimate:
    """Estimate how many are affected by a threat, or how severe and likely people say it is.

    Parameters
    ----------
    layers
        The city's layers.
    what
        ``affected``: share whom it affected; ``severity`` and ``likelihood``: mean of 1 to 5; ``risk``: mean of their
        product, 1 to 25.
    threat
        Id of the threat.
    dimension
        All threats of a dimension of human security, where no threat is named: affected by any; the mean of the others.
    of
        ``people``, ``households``, ``respondents`` or ``members``; what one adult of a household says counts for them.

    Returns
    -------
    Estimate
        num = people affected, or number x people; den = people of whom it is known. [persons]

    Raises
    ------
    NoDataError
        The city has no survey, or nobody was asked of the threat.

    Notes
    -----
    Weighted ratio; the interval follows from strata, clusters and weights.
    """
    survey = _survey(layers)
    key = ("said", f"{what} {threat or dimension}", of)
    if key not in survey.memo:
        survey.memo[key] = _answered(survey, key[1], of, _said_of_threat(survey, what, threat, dimension))
    return estimated(layers, survey, survey.memo[key], share=what == "affected")


def _answered(survey: Survey, about: str, of: Of, value: Floats) -> Answered:
    """Return what households said as answers of whom they count for. (H,)"""
    table = survey.tables.get(TABLE_OF[of])
    if table is None:
        raise NoDataError(f"the survey has no {of}")
    return Answered(table, value[table.household], of, about)


def _said_of_threat(survey: Survey, what: What, threat: str, dimension: str) -> Floats:
    """Return what each household says of a threat, nan where it says nothing. (H,)"""
    table = survey.tables.get("threats")
    if table is None:
        raise NoDataError("the survey does not ask about threats; the module 'threats' of the form does")
    column, word = ("threat", threat) if threat else ("dimension", dimension)
    chosen = table.traits[column] == word
    if not chosen.any():
        raise NoDataError(f"nobody in the survey was asked about the {column} '{word}'")
    answers = table.answers
    value = answers["severity"] * answers["likelihood"] if what == "risk" else answers[what]
    known = chosen & ~np.isnan(value)
    at, H = table.household[known], survey.size.size
    total, n = np.bincount(at, weights=value[known], minlength=H), np.bincount(at, minlength=H)
    found = total > 0 if what == "affected" else np.divide(total, n, out=np.zeros(H), where=n > 0)
    return np.where(n > 0, found, np.nan)
