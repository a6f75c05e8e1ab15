"""What came of each visit: interviews, refusals, empty homes, doubles; and which interviews are whole enough to count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from citiesforall.core.notes import Note
from citiesforall.survey.asked import Asked, Floats, Objects, column
from citiesforall.survey.bank import Question, bank
from citiesforall.survey.export import Sheet
from citiesforall.survey.faults import Fault

INELIGIBLE = frozenset({"vacant", "not_dwelling"})
INTERVIEWED = frozenset({"completed", "broken_off"})
LEAST_ANSWERED = 0.5
"""Share of the questions asked of everybody below which an interview counts as broken off (AAPOR, Standard Definitions)."""
REJECTED = frozenset({"validation_status_not_approved", "not approved", "rejected"})
STATES = ("_validation_status", "ReviewState")
IDS = ("KEY", "_uuid", "meta/instanceID", "meta-instanceID", "instanceID", "_id")
LOCKED = ("Status",)


@dataclass(frozen=True)
class Visits:
    """Hold what came of the visits, one row for each household.

    Parameters
    ----------
    rows
        Position of the row that counts in the main sheet. (n,)
    outcome
        Code of the list ``result``, ``partial`` or ``rejected``. (n,)
    """

    rows: npt.NDArray[np.int64]
    outcome: Objects

    @property
    def interviewed(self) -> npt.NDArray[np.bool_]:
        """Tell which households count as interviewed. (n,)"""
        return np.asarray(self.outcome == "completed")


def system_column(sheet: Sheet, names: Iterable[str]) -> tuple[str, tuple[str, ...]] | None:
    """Return the first of several columns that servers add, with its values.

    Parameters
    ----------
    sheet
        A table.
    names
        In order of preference; capitals do not matter.
    """
    there = {header.lower(): at for at, header in enumerate(sheet.header)}
    for name in names:
        if name.lower() in there:
            at = there[name.lower()]
            return sheet.header[at], tuple(row[at] for row in sheet.rows)
    return None


def everybodys(modules: Iterable[str]) -> tuple[Question, ...]:
    """Return the questions of a form that every household answers, whatever it said before.

    Parameters
    ----------
    modules
        In the form.
    """
    asked = set(modules)
    return tuple(
        one
        for one in bank().questions.values()
        if one.module in asked
        and one.table in ("household", "respondent")
        and one.type in ("select_one", "select_multiple", "integer", "decimal")
        and one.required
        and not one.relevant
        and one.module not in ("interview", "closing")
    )


def share_answered(asked: Asked, questions: Sequence[Question]) -> Floats:
    """Return which share of some questions each interview answers. (n,)"""
    known = [_answered(asked, one) for one in questions]
    held = [one for one in known if one is not None]
    return np.mean(held, axis=0) if held else np.ones(asked.n)


def _answered(asked: Asked, question: Question) -> npt.NDArray[np.bool_] | None:
    """Tell where a question has an answer; None where the export does not have it."""
    if question.name in asked.numbers:
        return ~np.isnan(asked.numbers[question.name])
    for held in (asked.codes, asked.sets):
        if question.name in held:
            return np.array([one is not None for one in held[question.name]], dtype=bool)
    return None


def outcomes(asked: Asked, sheet: Sheet, modules: Iterable[str], notes: list[Note]) -> Objects:
    """Return what came of each row of the main sheet. (n,)

    Parameters
    ----------
    asked, sheet
        The main table, read and as text.
    modules
        In the form.
    notes
        Takes what is worth knowing.

    Notes
    -----
    A row without door and consent (a form of others) is an interview. One that answers fewer than half of the questions everybody
    is asked is ``partial`` and counts as not answered, as does one that a supervisor rejected.
    """

    def said(name: str) -> Objects:
        found: Objects = column(asked.codes, name, lambda: np.full(asked.n, None, dtype=object))
        return found

    door, consent, end, result = (said(name) for name in ("door", "consent", "interview_end_state", "result"))
    out = np.array(["completed"] * asked.n, dtype=object)
    for at in range(asked.n):
        if result[at] is not None:
            out[at] = result[at]
        elif door[at] not in (None, "adult_home"):
            out[at] = door[at]
        elif consent[at] == "no":
            out[at] = "refused"
        elif end[at] is not None:
            out[at] = end[at]
    share = share_answered(asked, everybodys(modules))
    talked = np.isin(out, list(INTERVIEWED))
    few = talked & (share < LEAST_ANSWERED)
    out[talked] = "completed"
    out[few] = "partial"
    if few.any():
        what = f"{int(few.sum())} interviews answer fewer than half of what everybody is asked; they count as not answered."
        notes.append(Note(asked.where, what, "repair"))
    state = system_column(sheet, STATES)
    bad = (
        np.array([one.strip().lower() in REJECTED for one in state[1]], dtype=bool)
        if state
        else np.zeros(asked.n, bool)
    )
    if bad.any():
        out[bad] = "rejected"
        notes.append(
            Note(asked.where, f"{int(bad.sum())} interviews were rejected by a supervisor; they count as not answered.", "repair")
        )  # fmt: skip
    return out


def one_visit_each(
    asked: Asked, sheet: Sheet, outcome: Objects, household: Sequence[str]
) -> tuple[Visits, list[Fault], list[Note]]:
    """Keep one row for each household: the interview, else the last visit.

    Parameters
    ----------
    asked, sheet
        The main table, read and as text.
    outcome
        Of each row. (n,)
    household
        Id of each row's household; empty where there is none. (n,)

    Returns
    -------
    tuple
        The visits that count; faults where a household has two interviews that differ; notes.
    """
    faults = _locked(asked, sheet)
    notes: list[Note] = []
    groups: dict[str, list[int]] = {}
    for at, name in enumerate(household):
        if name:
            groups.setdefault(name, []).append(at)
        elif outcome[at] == "completed":
            what = "the interview has no number of its household. Every interview needs one. Fill it in."
            faults.append(Fault(asked.where, what, int(asked.rows[at]), "household_id"))
    kept, copies = [], 0
    for name, places in groups.items():
        whole = [at for at in places if outcome[at] == "completed"]
        alike = [at for at in whole[1:] if _same(sheet, whole[0], at)]
        copies += len(alike)
        if len(whole) - len(alike) > 1:
            shown = ", ".join(str(asked.rows[at]) for at in whole)
            what = f"household '{name}' has {len(whole)} interviews that differ (rows {shown}). Remove or rename the wrong one."
            faults.append(Fault(asked.where, what))
        kept.append(whole[0] if whole else places[-1])
    if copies:
        notes.append(
            Note(
                asked.where,
                f"{copies} interviews were sent twice and say the same; each was read once.",
                "repair",
            )
        )
    again = sum(len(places) for places in groups.values()) - len(groups) - copies
    if again > 0:
        notes.append(
            Note(asked.where, f"{again} visits were repeated; the interview counts, else the last visit.")
        )
    rows = np.array(sorted(kept), dtype=np.int64)
    return (
        Visits(rows, outcome[rows] if rows.size else np.zeros(0, dtype=object)),
        faults + _same_id(asked, sheet),
        notes,
    )


def _same(sheet: Sheet, one: int, other: int) -> bool:
    """Tell whether two rows say the same, but for what servers and phones add."""
    added = [at for at, header in enumerate(sheet.header) if _own(header)]
    return all(sheet.rows[one][at] == sheet.rows[other][at] for at in added)


def _own(header: str) -> bool:
    """Tell whether a column is the questionnaire's, not the server's."""
    last = header.replace("-", "/").rsplit("/", 1)[-1].lower()
    added = {
        "start",
        "end",
        "interview_start",
        "interview_end",
        "visit_number",
        "key",
        "instanceid",
        "submissiondate",
        "deviceid",
        "edits",
    }
    return not header.startswith("_") and last not in added


def _same_id(asked: Asked, sheet: Sheet) -> list[Fault]:
    """Return a fault for every id of the server that two differing rows carry."""
    found = system_column(sheet, IDS)
    seen: dict[str, int] = {}
    faults = []
    for at, text in enumerate(found[1] if found else ()):
        if text and text in seen and not _same(sheet, seen[text], at):
            what = f"'{text[:60]}' stands in row {asked.rows[seen[text]]} too, and the rows differ. Export again."
            faults.append(Fault(asked.where, what, int(asked.rows[at]), found[0] if found else ""))
        seen.setdefault(text, at)
    return faults


def _locked(asked: Asked, sheet: Sheet) -> list[Fault]:
    """Return a fault for interviews that were exported without being decrypted."""
    found = system_column(sheet, LOCKED)
    return [
        Fault(asked.where, "the interview was not decrypted. Export again with the key.", int(asked.rows[at]))
        for at, text in enumerate(found[1] if found else ())
        if "decrypt" in text.lower() or "encrypted" in text.lower()
    ]


def response(outcome: Objects) -> Mapping[str, int]:
    """Count the outcomes, the most frequent first."""
    names, counts = np.unique(outcome.astype(str), return_counts=True)
    return {str(name): int(count) for count, name in sorted(zip(counts, names, strict=True), reverse=True)}
