"""The household survey as arrays: who answered what, with which weight, in which unit; bound to one group of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from citiesforall.core.errors import NoDataError, did_you_mean
from citiesforall.core.group import HOUSEHOLD_TRAITS, Group
from citiesforall.measure.survey_frame import Asked, Bools, Floats, Frame, Ints, likeness
from citiesforall.measure.survey_questions import asking

TABLE_OF = {
    "people": "households", "households": "households", "respondents": "respondents", "members": "members",
}  # fmt: skip
"""Who an indicator is about -> the table that holds the answers."""
Rule = Mapping[str, str | float | tuple[float, float]]


@dataclass(frozen=True)
class Records:
    """Hold one table of a survey: households, respondents, members or threats.

    Parameters
    ----------
    household
        Position of each record's household. (n,)
    answers
        Column -> answers, nan where not asked, refused or not applicable. (n,)
    traits
        Trait -> what each record is; a household's traits are handed down to its people. (n,)
    """

    household: Ints
    answers: Mapping[str, Floats]
    traits: Mapping[str, npt.NDArray[np.generic]]


@dataclass(frozen=True)
class Survey:
    """Hold a household survey, bound to one group; households are sorted by unit.

    Parameters
    ----------
    group
        Id of the group.
    frame
        Which households, clusters and strata make which result row.
    weights
        Replicate weights, one column a draw, the first as published. (H, S)
    size, adults
        Of each household. (H,) [persons]
    tables
        ``households``, and ``respondents``, ``members``, ``threats`` where the survey has them.
    inside
        Table -> whether each of its records is of the group; tables that do not tell are left out. (n,)
    holding
        Groups that hold this one and ask for one trait less, bound likewise: where they are withheld, so is this one.
    parts
        The survey of each part that published groups could be told apart into, this group among them.
    seed
        What draws of models depend on: the city's seed and the survey's id.
    """

    group: str
    frame: Frame
    weights: Floats
    size: Floats
    adults: Floats
    tables: Mapping[str, Records]
    inside: Mapping[str, Bools]
    holding: tuple[Survey, ...] = ()
    parts: tuple[Survey, ...] = ()
    seed: str = ""
    memo: dict[tuple[str, ...], Any] = field(default_factory=dict, repr=False, compare=False)
    """Answers, how alike neighbours are in them, and what is withheld: the same for every group; never part of an answer."""


@dataclass(frozen=True)
class Answered:
    """Hold the answers to one question.

    Parameters
    ----------
    table
        That holds them.
    value
        One per record; nan where there is none. (n,)
    of
        Who counts: ``households`` (each once), ``people`` (an answer of the household, for each of its people of the
        group), ``respondents`` (one adult of each household answers for all its adults), ``members``.
    about
        Id of the answer.
    """

    table: Records
    value: Floats
    of: str
    about: str


def bind_survey(everybody: Survey, group: Group, among: Mapping[str, Group]) -> Survey:
    """Bind a survey to a group, to the groups that hold it, and to the parts its numbers could be told apart into.

    Parameters
    ----------
    everybody
        Not bound yet: every record is inside.
    group
        With its rule.
    among
        Groups that are published, by id.

    Returns
    -------
    Survey
        Sharing its arrays with `everybody`.
    """
    assert group.survey is not None
    rule = group.survey
    holding = [one for one in among.values() if one.survey is not None and _holds(rule, one.survey)]
    return replace(
        everybody,
        group=group.id,
        inside=_all_of(everybody, rule),
        holding=tuple(bind_survey(everybody, one, among) for one in holding),
        parts=tuple(replace(everybody, inside=inside) for inside in _parts(everybody, rule, among)),
    )


def _holds(rule: Rule, other: Rule) -> bool:
    """Say whether everybody of a rule is of the other: the other asks for one trait less, the rest alike."""
    return len(other) == len(rule) - 1 and all(rule.get(trait) == asked for trait, asked in other.items())


def _parts(everybody: Survey, rule: Rule, among: Mapping[str, Group]) -> list[dict[str, Bools]]:
    """Return the parts that adding and subtracting published groups could tell apart.

    For one trait the published groups by that trait; for crossed traits every yes and no of them.
    """
    if len(rule) == 1:
        alike = [
            one.survey for one in among.values() if one.survey is not None and set(one.survey) == set(rule)
        ]
        return [_all_of(everybody, one) for one in alike] or [_all_of(everybody, rule)]
    whole = _all_of(everybody, {})
    parts = [whole]
    for trait, asked in rule.items():
        yes = _all_of(everybody, {trait: asked})
        no = {name: ~yes[name] & _known(everybody.tables[name], trait) for name in yes}
        parts = [
            {name: part[name] & side[name] for name in side if name in part}
            for part in parts
            for side in (yes, no)
        ]
    return parts


def _known(table: Records, trait: str) -> Bools:
    """Say of which records a trait is known."""
    is_ = table.traits[trait]
    return np.asarray(is_ != "") if is_.dtype.kind in "UO" else ~np.isnan(is_.astype(np.float64))


def _all_of(everybody: Survey, rule: Rule) -> dict[str, Bools]:
    """Return, of every table that tells, which records a rule holds."""
    found = {}
    for name, table in everybody.tables.items():
        if set(rule) <= set(table.traits):
            inside = np.ones(table.household.size, dtype=bool)
            for trait, asked in rule.items():
                is_ = table.traits[trait]
                if isinstance(asked, tuple):
                    inside &= (is_ >= asked[0]) & (is_ < asked[1] + 1)  # type: ignore[operator]  # ages are numbers
                else:
                    inside &= is_ == asked
            found[name] = inside
    return found


def knows_group(everybody: Survey, group: Group, of: str) -> bool:
    """Say whether a survey tells who of `of` is of a group.

    Parameters
    ----------
    everybody
        The survey.
    group
        Any group.
    of
        ``people``, ``households``, ``respondents`` or ``members``; of households only groups of whole households are known.
    """
    if group.survey is None:
        return False
    persons = of == "people" and not set(group.survey) <= HOUSEHOLD_TRAITS
    table = everybody.tables.get("members" if persons else TABLE_OF.get(of, of))
    return table is not None and set(group.survey) <= set(table.traits)


def ask(survey: Survey, answer: str, of: str) -> Answered:
    """Return what people answered.

    Parameters
    ----------
    survey
        Bound to a group.
    answer
        Column of the answers.
    of
        Who counts.

    Returns
    -------
    Answered
        Of every record, also those outside the group.

    Raises
    ------
    NoDataError
        The survey does not ask it; the question that would give it is named.
    """
    table = survey.tables.get(TABLE_OF[of])
    if table is not None and answer in table.answers and not np.isnan(table.answers[answer]).all():
        key = ("said", answer, of)
        if key not in survey.memo:
            survey.memo[key] = Answered(table, table.answers[answer], of, answer)
        return survey.memo[key]  # type: ignore[no-any-return]  # stored above
    question = asking(answer)
    if question:
        raise NoDataError(f"the survey does not ask what gives '{answer}'. Ask {question}")
    known = sorted(table.answers) if table is not None else []
    raise NoDataError(f"the survey gives no answer '{answer}' of {of}. {did_you_mean(answer, known)}")


def count(survey: Survey, said: Answered) -> Asked:
    """Sum answers per household, over the people they count for.

    Parameters
    ----------
    survey
        Bound to a group.
    said
        Answers of every record.

    Returns
    -------
    Asked
        Per household, before weights.
    """
    each = people_counted(survey, said)
    answered = ~np.isnan(said.value)
    known = answered & (each > 0)
    H, at, each, value = survey.size.size, said.table.household[known], each[known], said.value[known]
    num, den, n, twice, squares = (
        np.bincount(at, weights=one, minlength=H).astype(np.float64)
        for one in (each * value, each, np.ones(at.size), each * value**2, each**2)
    )
    return Asked(num, den, n, twice, squares, _likeness(survey, said))


def _likeness(survey: Survey, said: Answered) -> float:
    """Return how alike the answers of one cluster are, of everybody."""
    key, kept = ("likeness", said.about, said.of), survey.memo.get(("said", said.about, said.of)) is said
    if kept and key in survey.memo:
        return float(survey.memo[key])
    answered = ~np.isnan(said.value)
    alike = likeness(survey.frame, said.table.household[answered], said.value[answered])
    if kept:
        survey.memo[key] = alike
    return alike


def answers_given(survey: Survey, said: Answered) -> Floats:
    """Count the answers of every household. (H,)

    Parameters
    ----------
    survey
        Bound to a group.
    said
        Answers of every record.
    """
    known = ~np.isnan(said.value) & (people_counted(survey, said) > 0)
    return np.bincount(said.table.household[known], minlength=survey.size.size).astype(np.float64)


def people_counted(survey: Survey, said: Answered) -> Floats:
    """Return how many people each record counts for, before weights; 0 outside the group. (n,)

    Parameters
    ----------
    survey
        Bound to a group.
    said
        Answers of every record.

    Notes
    -----
    Where a household's members are listed, its people of a group are its size x the share of the listed who are of it, so
    that groups that are together everybody add up to everybody.
    """
    if said.of == "respondents":
        return np.where(survey.inside["respondents"], survey.adults[said.table.household], 0.0)
    if said.of == "people":
        return _people_of_group(survey)[said.table.household]
    return survey.inside[TABLE_OF[said.of]].astype(np.float64)


def _people_of_group(survey: Survey) -> Floats:
    """Return how many people of the group live in each household. (H,) [persons]"""
    if "households" in survey.inside:
        return np.where(survey.inside["households"], survey.size, 0.0)
    at, H = survey.tables["members"].household, survey.size.size
    listed = np.bincount(at, minlength=H)
    inside = np.bincount(at, weights=survey.inside["members"], minlength=H)
    share = np.divide(inside, listed, out=np.zeros(H), where=listed > 0)
    return survey.size * share
