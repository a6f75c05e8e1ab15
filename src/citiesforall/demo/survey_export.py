"""Asks the sample and writes the interviews as KoboToolbox exports them: a zip of three CSV files, coded values."""

from __future__ import annotations

import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from citiesforall.core.questions import bank, expressions, references
from citiesforall.demo.shapes import Ints, Shapes
from citiesforall.demo.surfaces import LONLAT, to_crs
from citiesforall.demo.survey import STRATA, Sample, cluster_words, household_words
from citiesforall.demo.survey_draws import Columns, written
from citiesforall.demo.survey_everyone import Everyone
from citiesforall.demo.survey_threats import details, selected
from citiesforall.demo.write import EPOCH

if TYPE_CHECKING:
    from citiesforall.demo.town import Town

MAIN, MEMBERS, THREATS = "household_survey", "members", "threats"
FIRST_DAY, N_INTERVIEWERS, MINUTES, GAP_MINUTES = np.datetime64("2025-02-03T07:30"), 6, 45, 62
FIRST_ID, VERSION = 480_001, "demo"
#: Shares of single answers that are not given, where no other question hangs on the answer.
UNKNOWN_SHARE, AMOUNT_REFUSED_SHARE = 0.008, 0.04
AMOUNTS = ("income_khr_month", "spending_khr_month")
BROKEN_OFF_AFTER = 16  # order of the last module asked
TALKED = ("completed", "broken_off")


@dataclass(frozen=True)
class Interviews:
    """Hold the three tables of an export.

    Parameters
    ----------
    main
        One row per household drawn, visited with or without success.
    members, threats
        One row per member, and per threat that affected a household.
    """

    main: pd.DataFrame
    members: pd.DataFrame
    threats: pd.DataFrame


def interview(town: Town, all_: Everyone, sample: Sample) -> Interviews:
    """Visit the sample: who is at home and agrees answers what is true, here and there with a gap.

    Parameters
    ----------
    town
        The town.
    all_
        What everybody would answer.
    sample
        The households drawn.

    Returns
    -------
    Interviews
        As exported.
    """
    rng = np.random.default_rng([town.plan.seed, 35])
    k, row = sample.row.size, sample.row
    talked = np.isin(sample.result, TALKED)
    adult = _chosen(all_, row, rng)
    columns: Columns = {**_visit(town, all_, sample, rng)}
    columns |= {key: written(value[row]) for key, value in all_.homes.items()}
    columns |= {key: written(value[adult]) for key, value in all_.voices.items()}
    columns |= selected({key: hit[row] for key, hit in all_.threats.items()})
    columns |= _asked_adult(all_, row, adult, rng)
    broken = sample.result == "broken_off"
    for name, values in columns.items():
        one = bank().questions[name]
        module = bank().modules[one.module]
        if not module.always or module.relevant:
            left = broken & (module.order > BROKEN_OFF_AFTER)
            columns[name] = np.where(talked & ~left, values, "")
    added = _added(k, columns, rng)
    whole = np.flatnonzero(sample.result == "completed")
    at, said = details(all_.threats, all_.answers, row[whole], rng)
    home, person = _roster_rows(all_, row, np.flatnonzero(talked))
    people = {key: written(value[person]) for key, value in all_.people.items()}
    return Interviews(
        pd.DataFrame({**_sorted(_gaps(columns, rng)), **added}),
        pd.DataFrame({**_sorted(_gaps(people, rng)), **_parent(home, added)}),
        pd.DataFrame({**_sorted(said), **_parent(whole[at], added)}),
    )


def _chosen(all_: Everyone, row: Ints, rng: np.random.Generator) -> Ints:
    """Choose one adult of each household by chance: a place among the adults. (k,)"""
    home = all_.who.household[all_.adults]
    first, last = np.searchsorted(home, row), np.searchsorted(home, row, side="right")
    return first + (rng.random(row.size) * (last - first)).astype(np.int64)


def _asked_adult(all_: Everyone, row: Ints, adult: Ints, rng: np.random.Generator) -> Columns:
    """Say which adult was chosen, and how. (k,) each"""
    home = all_.who.household[all_.adults]
    first, last = np.searchsorted(home, row), np.searchsorted(home, row, side="right")
    person, n, nth = all_.adults[adult], last - first, adult - first
    return {
        "adults": n.astype("U3"),
        "adult_draw": np.round((nth + rng.uniform(0.05, 0.95, row.size)) / n, 6).astype("U10"),
        "adult_chosen": (nth + 1).astype("U3"),
        "respondent_number": all_.who.number[person].astype("U3"),
        "respondent_sex": np.where(all_.who.woman[person], "female", "male"),
        "respondent_age": all_.who.age[person].astype("U3"),
    }


def _visit(town: Town, all_: Everyone, sample: Sample, rng: np.random.Generator) -> Columns:
    """Write the facts of each visit. (k,) each"""
    k, row, result = sample.row.size, sample.row, sample.result
    nth = np.arange(k) - np.searchsorted(sample.cluster, sample.cluster)
    talked = np.isin(result, TALKED)
    home = np.isin(result, [*TALKED, "refused"])
    minutes = np.where(talked, rng.normal(MINUTES, 7, k).clip(25, 90), 4).astype("timedelta64[m]")
    day = ((sample.cluster - 1) // 2).astype("timedelta64[D]")
    start = (
        FIRST_DAY
        + day
        + (nth % 8 * GAP_MINUTES + rng.integers(0, 12, k)).astype("timedelta64[m]")
        + (nth // 8).astype("timedelta64[D]")
    )
    at = town.plan.frame.out(town.buildings.xy[all_.answers.building[row]])
    lonlat = np.round(to_crs(at, LONLAT), 6)
    place = np.array([f"{lat} {lon} 0 5" for lon, lat in lonlat])
    return {
        "interview_start": _clock(start), "interview_end": _clock(start + minutes),
        "interview_date": start.astype("datetime64[D]").astype("U10"),
        "cluster": np.array(cluster_words(sample.cluster)), "household_id": np.array(household_words(k)),
        "sangkat_code": np.array([town.sangkats.codes[one].removeprefix("KH") for one in all_.answers.sangkat[row]]),
        "stratum": np.array(STRATA)[all_.answers.stratum[row]],
        "interviewer": ((sample.cluster - 1) % N_INTERVIEWERS + 1).astype("U2"),
        "visit_number": np.where(home, rng.choice([1, 2, 3], k, p=[0.78, 0.16, 0.06]), 3).astype("U1"),
        "door": np.where(home, "adult_home", result), "consent": np.select([talked, home], ["yes", "no"], ""),
        "interview_end_state": np.where(talked, result, ""), "result": result,
        "location": np.where(talked, place, ""), "remarks": np.full(k, ""),
    }  # fmt: skip


def _clock(when: Any) -> Shapes:
    """Write moments as telephones do. (k,)"""
    return np.array([f"{moment}:00.000+07:00" for moment in when.astype("datetime64[m]").astype("U16")])


def _roster_rows(all_: Everyone, row: Ints, talked: Ints) -> tuple[Ints, Ints]:
    """Return for each member of the households that talked: place of the household in the sample, row of the person."""
    first = np.searchsorted(all_.who.household, row[talked])
    n = np.searchsorted(all_.who.household, row[talked], side="right") - first
    person, home = np.repeat(first - (np.cumsum(n) - n), n) + np.arange(n.sum()), np.repeat(talked, n)
    return home, person[np.lexsort((all_.who.number[person], home))]


def _gaps(columns: Columns, rng: np.random.Generator) -> Columns:
    """Let some not know or not say, where no other question hangs on the answer."""
    known = bank()
    needed = {
        name
        for one in known.questions.values()
        for text in expressions(one).values()
        for name in references(text)
    }
    out = dict(columns)
    for name, values in columns.items():
        one = known.questions[name]
        if name in AMOUNTS:
            out[name] = np.where(rng.random(values.size) < AMOUNT_REFUSED_SHARE, "", values)
        elif (
            one.type == "select_one"
            and name not in needed
            and any(c.code == "dont_know" for c in known.lists[str(one.choices)])
        ):
            out[name] = np.where(
                (values != "") & (rng.random(values.size) < UNKNOWN_SHARE), "dont_know", values
            )
    return out


def _sorted(columns: Columns) -> Columns:
    """Put the columns in the order of the interview."""
    return {name: columns[name] for name in bank().questions if name in columns}


def _added(k: int, columns: Columns, rng: np.random.Generator) -> dict[str, Any]:
    """Return the columns that the server adds to each interview. (k,) each"""
    return {
        "_id": FIRST_ID + np.arange(k),
        "_uuid": [str(uuid.UUID(bytes=rng.bytes(16), version=4)) for _ in range(k)],
        "_submission_time": [f"{day}T13:05:00" for day in columns["interview_date"]],
        "_status": "submitted_via_web",
        "__version__": VERSION,
        "_index": np.arange(1, k + 1),
    }


def _parent(at: Ints, added: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that tie a turn of a repeat to its interview. (t,) each"""
    return {
        "_index": np.arange(1, at.size + 1),
        "_parent_table_name": MAIN,
        "_parent_index": at + 1,
        "_submission__id": np.array(added["_id"])[at],
        "_submission__uuid": np.array(added["_uuid"])[at],
    }


def write_interviews(asked: Interviews, path: Path) -> None:
    """Write the export.

    Parameters
    ----------
    asked
        The interviews.
    path
        The zip file.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, table in ((MAIN, asked.main), (MEMBERS, asked.members), (THREATS, asked.threats)):
            info = zipfile.ZipInfo(f"{name}.csv", date_time=EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, "\ufeff" + table.to_csv(index=False, lineterminator="\n"))
