"""A survey read as a whole: sheets, visits, rosters, places, design; then weights and answers. Nothing half-read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.city import SourceUse
from citiesforall.core.notes import Note
from citiesforall.survey.asked import Asked, Floats, Ints, Objects, take
from citiesforall.survey.faults import Fault, raise_faults
from citiesforall.survey.field_list import FieldList, read_field_list
from citiesforall.survey.rosters import adults_of, check_roster, of_kept, parents, respondent_rows
from citiesforall.survey.sangkats import Units, resolve
from citiesforall.survey.sheets import Read, ReadAll, beside, read_sheets
from citiesforall.survey.threats import threat_table
from citiesforall.survey.values import date
from citiesforall.survey.visited import Frame, Visited, make_frame
from citiesforall.survey.visits import Visits, one_visit_each, outcomes, system_column

SENT = ("_submission_time", "SubmissionDate", "start")
EARLIEST = "2000-01-01"
#: Ids that could tell who somebody is: telephone numbers, and words without a digit.
PERSONAL = re.compile(r"\+?\d[\d\s\-]{7,}|[^\d]+")
WIDEST_AGE = 110.0


@dataclass(frozen=True)
class Interviews:
    """Hold what was read of a survey, before weights and answers.

    Parameters
    ----------
    asked
        Interviews that count. (H,)
    household, unit, day
        Id, place code and ISO date. (H,)
    size, adults
        [persons] (H,)
    members, row
        Members and the position of their interview; None where there is no roster. (N,)
    respondent
        Position of the respondent among the members, -1 where not known. (H,)
    threats
        Table of threats, None where not asked.
    frame
        Everybody who was to be asked.
    visit
        Position of each interview among the visits. (H,)
    listed
        The field list, None where there is none.
    notes
        What was mended and seen.
    """

    asked: Asked
    household: Objects
    unit: Objects
    day: Objects
    size: Floats
    adults: Floats
    members: Asked | None
    row: Ints
    respondent: Ints
    threats: pd.DataFrame | None
    frame: Frame
    visit: Ints
    listed: FieldList | None
    notes: list[Note] = field(default_factory=list)


def read_interviews(use: SourceUse, paths: Sequence[Path], units: Units) -> Interviews:
    """Read and check a survey.

    Parameters
    ----------
    use
        The source of role ``households``.
    paths
        Its files.
    units
        Of the city.

    Returns
    -------
    Interviews
        All that is needed for weights and answers.

    Raises
    ------
    InputError
        Carrying every fault of every file, with sheet, row and column.
    """
    faults: list[Fault] = []
    notes: list[Note] = []
    listed = None
    if use.options.get("sample"):
        listed, faults = read_field_list(beside(str(use.options["sample"]), paths))
        notes += _counted(listed)
    read = read_sheets(use, paths, sampled=listed is not None)
    notes += read.notes
    faults += read.faults
    if use.format != "table" and "household_id" not in read.main.columns.of:
        raise_faults(faults)
    visits = _visits(use, read, faults, notes)
    asked = take(read.main.asked, visits.rows[visits.interviewed])
    found = _people(use, read, visits, asked, faults, notes)
    every = take(read.main.asked, visits.rows)
    codes = _codes(every, listed)
    column = "sangkat_code" if "sangkat_code" in every.texts else ""
    written = [one for one, whole in zip(codes, visits.interviewed, strict=True) if whole]
    unit, wrong, said = resolve(written, (asked.where, asked.rows, column), units, use.edition)
    notes += said
    day = _days(asked, read.main, visits.rows[visits.interviewed], faults, notes)
    frame, more, told = make_frame(_visited(every, visits), listed)
    notes += told
    raise_faults([*faults, *wrong, *more])
    household = _ids(_texts(every, "household_id")[visits.interviewed], listed, asked, notes)
    return Interviews(
        asked, household, unit, day, found.size, found.adults, found.members, found.row, found.respondent,
        found.threats, frame, np.flatnonzero(visits.interviewed), listed, notes,
    )  # fmt: skip


def _texts(asked: Asked, name: str) -> Objects:
    """Return a column of texts; row numbers stand for household ids where a table has none. (n,)"""
    if name in asked.texts:
        return asked.texts[name]
    out = np.empty(asked.n, dtype=object)
    out[:] = [f"row {row}" for row in asked.rows] if name == "household_id" else ""
    return out


def _visits(use: SourceUse, read: ReadAll, faults: list[Fault], notes: list[Note]) -> Visits:
    """Return one visit for each household."""
    main = read.main
    came = outcomes(main.asked, main.sheet, read.modules, notes)
    household = [str(one) for one in _texts(main.asked, "household_id")]
    visits, wrong, said = one_visit_each(main.asked, main.sheet, came, household)
    faults += wrong
    notes += said
    if main.sheet.rows and not visits.interviewed.any() and not wrong:
        what = f"no visit led to an interview ({use.id}). Is it the right file, and are codes of 'result' those of the form?"
        faults.append(Fault(main.sheet.where, what))
    return visits


@dataclass(frozen=True)
class _People:
    """Hold what rosters say."""

    size: Floats
    adults: Floats
    members: Asked | None
    row: Ints
    respondent: Ints
    threats: pd.DataFrame | None


def _people(
    use: SourceUse, read: ReadAll, visits: Visits, asked: Asked, faults: list[Fault], notes: list[Note]
) -> _People:
    """Put members and threats to their interviews and compare both."""
    kept = visits.rows[visits.interviewed]
    details = _belonging(read, read.threats, kept, faults, notes)
    threats, wrong = threat_table(asked, *details)
    faults += wrong
    members, row = _belonging(read, read.members, kept, faults, notes)
    nobody = np.full(asked.n, -1, dtype=np.int64)
    if members is None:
        size, adults = _stated(asked, notes)
        return _People(size, adults, None, np.zeros(0, dtype=np.int64), nobody, threats)
    broken = {fault.where for fault in faults}
    strict = use.format != "table"
    size, wrong, said = check_roster(
        asked, members, row, size_from_roster=use.options.get("size_from") == "roster", strict=strict
    )
    respondent, more, told = respondent_rows(asked, members, row)
    # Where a value could not be read, what follows from it is not a second fault.
    if not broken & {asked.where, members.where}:
        faults += [*wrong, *more]
    notes += [*said, *told]
    adults = adults_of(members, row, asked.n)
    return _People(size, np.maximum(adults, 1.0), members, row, respondent, threats)


def _stated(asked: Asked, notes: list[Note]) -> tuple[Floats, Floats]:
    """Return size and adults as the interviews say, where there is no roster."""
    size = asked.numbers.get("household_size", np.full(asked.n, np.nan))
    adults = asked.numbers.get("adults", np.full(asked.n, np.nan))
    if np.isnan(size).any():
        n = int(np.isnan(size).sum())
        notes.append(
            Note(
                asked.where,
                f"{n} households do not say how many they are; they count as one person.",
                "doubt",
            )
        )
    if np.isnan(adults).any():
        n = int(np.isnan(adults).sum())
        what = f"{n} households do not say how many adults they are; each who answered stands for one adult."
        notes.append(Note(asked.where, what, "doubt"))
    return np.where(np.isnan(size), 1.0, size), np.where(np.isnan(adults), 1.0, np.maximum(adults, 1.0))


def _belonging(
    read: ReadAll, repeat: Read | None, kept: Ints, faults: list[Fault], notes: list[Note]
) -> tuple[Asked | None, Ints]:
    """Return the rows of a repeat that belong to interviews that count, and to which."""
    if repeat is None:
        return None, np.zeros(0, dtype=np.int64)
    mine, theirs = repeat.asked.texts.get("household_id"), read.main.asked.texts.get("household_id")
    words = (
        None if mine is None or theirs is None else ([str(one) for one in mine], [str(one) for one in theirs])
    )
    row, wrong = parents(read.main.sheet, repeat.sheet, words)
    faults += wrong
    if words is not None and not wrong:
        row = _to_interview(row, words[1], kept)
    new, left = of_kept(row, kept)
    if left["left_out"]:
        what = f"{left['left_out']} rows belong to visits that are no interviews, or to copies; they were left out."
        notes.append(Note(repeat.sheet.where, what))
    return take(repeat.asked, new >= 0), new[new >= 0]


def _to_interview(row: Ints, households: Sequence[str], kept: Ints) -> Ints:
    """Lead rows linked by household to the row of that household that counts."""
    counts = {households[at]: at for at in kept}
    return np.array([counts.get(households[at], at) if at >= 0 else -1 for at in row], dtype=np.int64)


def _counted(listed: FieldList) -> list[Note]:
    """Say how many clusters' weights follow the households found in the field."""
    if not listed.counted:
        return []
    what = f"weights of {listed.counted} clusters are those of the plan times households found over households estimated."
    return [Note(listed.where, what)]


def _codes(every: Asked, listed: FieldList | None) -> Sequence[str]:
    """Return the sangkat codes of visits, of the field list where the file has none. (n,)"""
    said = [str(one) for one in _texts(every, "sangkat_code")]
    if listed is None:
        return said
    by_household = dict(zip(listed.household, listed.code, strict=True))
    by_cluster = dict(zip(listed.cluster, listed.code, strict=True))
    names = zip(_texts(every, "household_id"), _texts(every, "cluster"), said, strict=True)
    return [own or by_household.get(name) or by_cluster.get(cluster, "") for name, cluster, own in names]


def _visited(every: Asked, visits: Visits) -> Visited:
    """Return visits as the design needs them."""
    household, cluster, stratum, weight = (
        [str(one) for one in _texts(every, name)] for name in ("household_id", "cluster", "stratum", "weight")
    )
    return Visited(every.where, every.rows, household, cluster, stratum, weight, visits.outcome)


def _days(asked: Asked, main: Read, rows: Ints, faults: list[Fault], notes: list[Note]) -> Objects:
    """Return the date of each interview; days to come are faults."""
    said = _texts(asked, "interview_date").copy()
    sent = system_column(main.sheet, SENT)
    if sent is not None and not all(said):
        filled: int = 0
        for at in np.flatnonzero(said == ""):
            said[at] = date(sent[1][rows[at]]) or ""
            filled += int(bool(said[at]))
        if filled:
            notes.append(
                Note(asked.where, f"{filled} interviews without a date have that of '{sent[0]}'.", "repair")
            )
    last = (dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(days=1)).isoformat()
    for position, day in enumerate(said):
        if day and not EARLIEST <= day <= last:
            what = f"{day} cannot be the day of an interview. Allowed: {EARLIEST} to today. Mend it."
            faults.append(Fault(asked.where, what, int(asked.rows[position]), "interview_date"))
    return said


def _ids(written: Objects, listed: FieldList | None, asked: Asked, notes: list[Note]) -> Objects:
    """Return ids that do not tell who somebody is: those of the sample, else plain ones."""
    if listed is not None and any(listed.household):
        return written
    personal = [at for at, one in enumerate(written) if PERSONAL.fullmatch(str(one))]
    if not personal:
        return written
    out = written.copy()
    out[:] = [f"H{row:06d}" for row in asked.rows]
    what = f"{len(personal)} household numbers look like telephone numbers or names; all were replaced by row numbers."
    notes.append(Note(asked.where, what, "repair"))
    return out


def with_weight_of_households(found: Interviews, use: SourceUse) -> Interviews:
    """Return interviews whose weights are those of households, where the file's are those of the person who answered.

    Parameters
    ----------
    found
        Read.
    use
        ``options.weight_of = "respondent"`` says so.
    """
    if use.options.get("weight_of") != "respondent":
        return found
    base = found.frame.base.copy()
    place = {visit: at for at, visit in enumerate(found.frame.visit.tolist())}
    rows = np.array([place[visit] for visit in found.visit.tolist()], dtype=np.int64)
    base[rows] /= found.adults
    return replace(found, frame=replace(found.frame, base=base))


def period_of(days: Objects, use: SourceUse) -> str:
    """Return the years of the interviews, ``2026`` or ``2025-2026``; what the city file says wins.

    Parameters
    ----------
    days
        ISO dates, empty where not known. (H,)
    use
        The source.
    """
    years = sorted({str(day)[:4] for day in days if day})
    if use.period or not years:
        return use.period or use.vintage[:4]
    return years[0] if years[0] == years[-1] else f"{years[0]}-{years[-1]}"


def people_listed(found: Interviews) -> tuple[Floats, Floats]:
    """Count listed women and men of each household. (H,), (H,) [persons]"""
    if found.members is None or "sex" not in found.members.codes:
        return np.zeros(found.asked.n), np.zeros(found.asked.n)
    sex = found.members.codes["sex"]
    n = found.asked.n
    women = np.bincount(found.row, weights=(sex == "female").astype(np.float64), minlength=n)
    men = np.bincount(found.row, weights=(sex == "male").astype(np.float64), minlength=n)
    return women.astype(np.float64), men.astype(np.float64)


def person_traits(found: Interviews, members: Mapping[str, Any]) -> dict[str, Any]:
    """Return sex, age, disability and migration of who answered: of the roster, else of the interview. (H,)

    Parameters
    ----------
    found
        Read.
    members
        Answers on members.
    """
    asked, at = found.asked, found.respondent
    known = at >= 0
    sex = asked.codes.get("respondent_sex", np.full(asked.n, None, dtype=object)).copy()
    age = asked.numbers.get("respondent_age", np.full(asked.n, np.nan)).copy()
    traits = {
        name: asked.given.get(name, np.full(asked.n, np.nan)).copy() for name in ("disabled", "migrant")
    }
    if found.members is not None and known.any():
        if "sex" in found.members.codes:
            sex[known] = found.members.codes["sex"][at[known]]
        if "age" in found.members.numbers:
            age[known] = found.members.numbers["age"][at[known]]
        for name, values in traits.items():
            if name in members:
                values[known] = np.where(np.isnan(values[known]), members[name][at[known]], values[known])
    return {"sex": sex, "age": age, **traits}
