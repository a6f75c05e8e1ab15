"""Who is left out of answers that put several questions together: a part of them is not known."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from citiesforall.core.notes import Note
from citiesforall.survey.answers import UNKNOWN, amount, asked_of_most
from citiesforall.survey.answers_home import DEPRIVATIONS, durable_parts
from citiesforall.survey.answers_member import CHILD_HOURS, between
from citiesforall.survey.asked import Asked, Floats
from citiesforall.survey.threats import dimensions

MOST_MISSING = 0.02
"""Share of a part's answers that may be missing before it is a doubt [ours]."""
#: answer -> the answers it is put together from.
PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "slum": DEPRIVATIONS,
        "inadequate_housing": ("slum", "housing_cost_burden"),
        "harassed_12m": ("harassed_physical_12m", "harassed_sexual_12m"),
        "bribe_12m": ("paid_bribe_12m", "bribe_asked_12m"),
    }
)


def left_out_notes(asked: Asked, answers: Mapping[str, Floats], source: str) -> list[Note]:
    """Say of how many households and adults an answer is not known because a part of it is missing.

    Parameters
    ----------
    asked
        Interviews.
    answers
        Derived answers of households and of those who were asked. (H,) each
    source
        Id of the survey.

    Returns
    -------
    list of Note
        One for each answer that leaves somebody out, a doubt where a part misses more than 2 of 100.

    Notes
    -----
    Answers put together are complete cases (`citiesforall.survey.answers.any_of`): right where what is missing does not hang on
    what is true. Bribes are asked of those with contact, so only they can miss.
    """
    notes = []
    for name, names in PARTS.items():
        if not np.isnan(answers.get(name, np.array([np.nan]))).all():
            parts = asked_of_most({part: answers[part] for part in names}) if name == "slum" else {
                part: answers[part] for part in names if part in answers
            }  # fmt: skip
            applies = answers["had_official_contact_12m"] == 1 if name == "bribe_12m" else None
            notes += left_out(name, parts, source, applies)
    durable = answers.get("durable_housing")
    if durable is not None and not np.isnan(durable).all():
        notes += left_out("durable_housing", asked_of_most(durable_parts(asked)), source)
    return [*notes, *_threats_refused(asked, source)]


def _threats_refused(asked: Asked, source: str) -> list[Note]:
    """Say how many households did not want to tell of the threats of a dimension."""
    notes = []
    for dimension in dict.fromkeys(dimensions().values()):
        said = [one for one in asked.sets.get(f"threats_{dimension}", ()) if one]
        silent = sum(bool(one & UNKNOWN) for one in said)
        if silent:
            what = f"threats_{dimension}: {silent} of {len(said)} did not want to answer and are left out."
            notes.append(Note(source, what, "doubt" if silent > MOST_MISSING * len(said) else "figure"))
    return notes


def children_left_out(asked: Asked, answers: Mapping[str, Floats], source: str) -> list[Note]:
    """Say of how many children it is not known whether they are in child labour.

    Parameters
    ----------
    asked
        The roster.
    answers
        Derived answers of members. (N,) each
    source
        Id of the survey.
    """
    said = answers["child_labour_5_17"]
    if np.isnan(said).all():
        return []
    child = between(amount(asked, "age"), CHILD_HOURS[0][0], CHILD_HOURS[-1][1])
    return left_out("child_labour_5_17", {"hours, danger or chores": said}, source, child)


def left_out(
    name: str, parts: Mapping[str, Floats], source: str, applies: npt.NDArray[np.bool_] | None = None
) -> list[Note]:
    """Say how many are left out of an answer, and which of its parts are to blame.

    Parameters
    ----------
    name
        The answer.
    parts
        What it is put together from. (n,) each
    source
        Id of the survey.
    applies
        Of whom it is asked; everybody where not given. (n,)

    Returns
    -------
    list of Note
        A doubt where a part misses more than 2 of 100; nothing where none does.
    """
    if not parts:
        return []
    blank = {part: np.isnan(values) for part, values in parts.items()}
    if applies is not None:
        blank = {part: missing[applies] for part, missing in blank.items()}
    gone = np.logical_or.reduce(list(blank.values()))
    if not gone.any():
        return []
    share = {part: float(missing.mean()) for part, missing in blank.items()}
    missing = ", ".join(f"{part} {100 * one:.1f} %" for part, one in share.items() if one > 0)
    what = f"{name}: {int(gone.sum())} of {gone.size} are left out, for not all its parts are known. Missing: {missing}."
    return [Note(source, what, "doubt" if max(share.values()) > MOST_MISSING else "figure")]
