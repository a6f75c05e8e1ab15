"""Threat x vulnerability x capacity for every place and group, from indicators and from what people said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.estimate import Floats
from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.core.tables import write_csv, write_parquet
from citiesforall.diagnose.challenge_said import Voices, ask_of, open_voices
from citiesforall.diagnose.challenge_threats import ALL_EXPOSED, FACTORS, Threat, Threats, threats
from citiesforall.diagnose.challenge_values import EVERYBODY, SURE, Seen, lacking, see, short_of
from citiesforall.measure.draw_store import interval_of

COLUMNS = (
    "place", "group", "threat", "dimension", "hazard", "exposure", "vulnerability", "capacity", "risk", "low", "high",
    "class", "people", "status", "note",
)  # fmt: skip
CLASSES = ("very low", "low", "medium", "high", "very high")
LIMITS = (0.20, 0.35, 0.50, 0.65)
"""Risk from which the next class begins (ours, near those the INFORM index prints for its 0 to 10)."""
WALKERS = "slow_walkers"
"""A way to walk, not a group of people."""

LEAST_KNOWN = 0.5
"""Share of a factor's entries that must have a value (ours): one doubtful figure must not stand for a city's capacity."""
Bools = npt.NDArray[np.bool_]
Part = tuple[Floats, Bools, Bools]
"""0 good to 1 bad, nan where there is no value (S, N); whether there is one (N,); whether it is measured and not weak (N,)."""


@dataclass(frozen=True)
class Rows:
    """Hold which places and groups are asked about: places with everybody, then groups of the whole city.

    Parameters
    ----------
    places, groups
        One word for each row. (N)
    row_of
        Place -> row, for everybody.
    """

    places: tuple[str, ...]
    groups: tuple[str, ...]
    row_of: dict[str, int]


@dataclass(frozen=True)
class Factor:
    """Hold one factor of a threat.

    Parameters
    ----------
    value
        nan where nothing is known of it. (S, N) [share]
    own
        Whether any of it is known of the row itself, not of the city. (N,)
    sure
        Whether all of it is, measured and not weak. (N,)
    """

    value: Floats
    own: Bools
    sure: Bools


def risk_of(hazard: Floats, exposure: Floats, vulnerability: Floats, capacity: Floats) -> Floats:
    """Put the factors of a threat together.

    Parameters
    ----------
    hazard, exposure, vulnerability, capacity
        0 to 1 each. (...) [share]

    Returns
    -------
    ndarray
        0 to 1. (...)

    Notes
    -----
    (H E)^(1/3) V^(1/3) (1 - C)^(1/3), as the INFORM index puts hazard and exposure, vulnerability and lack of coping capacity
    together (inform_2017): nothing where any is nothing, more of any is more risk. It orders places; it is no probability.
    """
    lack = 1.0 - capacity
    return np.asarray(np.cbrt(hazard * exposure) * np.cbrt(vulnerability) * np.cbrt(lack))


def class_of(risk: Floats) -> npt.NDArray[np.object_]:
    """Return the class of each risk, empty where there is none. (N)

    Parameters
    ----------
    risk
        0 to 1. (N,)
    """
    words = np.array([*CLASSES, ""], dtype=object)
    at = np.searchsorted(np.array(LIMITS), np.nan_to_num(risk), side="right")
    found: npt.NDArray[np.object_] = words[np.where(np.isnan(risk), len(CLASSES), at)]
    return found


def make_risk(
    given: Inputs, folder: Path, seen: Seen | None = None, voices: Voices | None = None
) -> dict[str, Any]:
    """Work out the risk of every threat for every place and group.

    Parameters
    ----------
    given
        With places and measure; households where the city has a survey.
    folder
        Where ``risk.parquet`` and ``risk.csv`` go.
    seen, voices
        What was measured and said, where it is open already.

    Returns
    -------
    dict
        Notes.
    """
    seen = see(given) if seen is None else seen
    voices = open_voices(given) if voices is None else voices
    declared, rows = threats(), rows_of(seen)
    people = _people(seen, rows)
    tables = [_table(one, declared, seen, voices, (rows, people)) for one in declared.by_id.values()]
    table = pd.concat(tables, ignore_index=True)[list(COLUMNS)]
    write_parquet(table, folder / "risk.parquet")
    write_csv(table, folder / "risk.csv")
    whole = table[(table["place"] == seen.city) & (table["group"] == EVERYBODY)]
    unknown = whole.loc[whole["risk"].isna(), "threat"].tolist()
    notes = [
        Note("risk", f"{len(whole) - len(unknown)} of {len(whole)} threats can be told for the whole city.")
    ]
    if unknown:
        notes.append(
            Note(
                "risk", f"not known for lack of a factor: {', '.join(unknown)}; the notes say which.", "doubt"
            )
        )
    return remember(notes, [])


def rows_of(seen: Seen) -> Rows:
    """Return the places with everybody, and the groups of the whole city that have any value.

    Parameters
    ----------
    seen
        What was measured.
    """
    places = tuple(seen.names)
    of_city = seen.columns["group"][seen.columns["place"] == seen.city]
    groups = tuple(group for group in dict.fromkeys(of_city) if group not in {EVERYBODY, WALKERS})
    return Rows(
        (*places, *([seen.city] * len(groups))),
        (*([EVERYBODY] * len(places)), *groups),
        {code: row for row, code in enumerate(places)},
    )


def _people(seen: Seen, rows: Rows) -> Floats:
    """Return the people of each row, nan where they are not known. (N,) [persons]"""
    out = np.full(len(rows.places), np.nan)
    everybody = seen.values("population")
    if everybody is not None:
        out[[rows.row_of[code] for code in everybody.places]] = everybody.value[0]
    for row, group in enumerate(rows.groups):
        values = None if group == EVERYBODY else seen.values("population", group)
        if values is not None and (at := values.at(seen.city)) >= 0:
            out[row] = values.value[0, at]
    return out


def one_indicator(seen: Seen, rows: Rows, key: str, declared: Threats, *, as_share: bool) -> Part:
    """Return how bad an indicator is in every row.

    Parameters
    ----------
    seen
        What was measured.
    rows
        Places and groups.
    key
        The indicator.
    declared
        For goalposts.
    as_share
        Take the share of people it says something bad of, not how far it falls short of its goalposts.

    Returns
    -------
    tuple
        As `Part`.
    """
    out = np.full((seen.S, len(rows.places)), np.nan)
    sure = np.zeros(len(rows.places), bool)
    if key == ALL_EXPOSED:
        everybody = np.array([group == EVERYBODY for group in rows.groups])
        return np.where(everybody, 1.0, out), everybody, sure
    posts = None if as_share else declared.posts(key)
    for row, group in [(-1, EVERYBODY), *((r, g) for r, g in enumerate(rows.groups) if g != EVERYBODY)]:
        values = seen.values(key, group)
        if values is None:
            continue
        bad = lacking(values) if posts is None else short_of(values.value, values.indicator, posts)
        good = np.array([word in SURE for word in values.status])
        if group == EVERYBODY:
            to = [rows.row_of[code] for code in values.places]
            out[:, to], sure[to] = bad, good
        elif (at := values.at(rows.places[row])) >= 0:
            out[:, row], sure[row] = bad[:, at], good[at]
    return out, ~np.isnan(out[0]), sure


def factor_of(found: Sequence[Part], city: int) -> Factor | None:
    """Put the parts of a factor together: their mean, the city's value where a row has none of its own.

    Parameters
    ----------
    found
        Each part: value, whether known, whether sure.
    city
        Row of the whole city.

    Returns
    -------
    Factor or None
        None where the city knows less than half of it.
    """
    parts = []
    for value, own, sure in found:
        if own.any():
            filled = np.where(own, value, value[:, [city]])
            parts.append((filled, own, sure & own))
    if len(parts) < max(1.0, LEAST_KNOWN * len(found)):
        return None
    stacked = np.stack([value for value, _, _ in parts])
    known = ~np.isnan(stacked)
    n = known.sum(axis=0)
    mean = np.divide(np.where(known, stacked, 0.0).sum(axis=0), n, out=np.full(n.shape, np.nan), where=n > 0)
    return Factor(
        mean, np.any([own for _, own, _ in parts], axis=0), np.all([sure for _, _, sure in parts], axis=0)
    )


def _parts(
    one: Threat, declared: Threats, seen: Seen, voices: Voices | None, rows: Rows
) -> dict[str, list[Part]]:
    """Return what is known of each factor of a threat, 0 good to 1 bad."""
    found: dict[str, list[Part]] = {}
    for factor in FACTORS:
        listed = []
        for entry in one.entries(factor):
            several = [
                one_indicator(seen, rows, key, declared, as_share=factor == "exposure") for key in entry
            ]
            listed.append(_first(several))
        found[factor] = listed
    said = ask_of(voices, one.said) if voices is not None and one.said else None
    if said is not None and voices is not None:
        for factor, value in (
            ("hazard", said.hard),
            ("exposure", said.affected),
            ("capacity", 1.0 - said.coped),
        ):
            out = np.full((seen.S, len(rows.places)), np.nan)
            out[:, [rows.row_of[code] for code in voices.rows]] = value
            own = ~np.isnan(out[0])
            found[factor].append((out, own, own))
    return found


def _first(several: Sequence[Part]) -> Part:
    """Take, row by row, the first alternative that has a value."""
    value, own, sure = several[0][0].copy(), several[0][1], several[0][2].copy()
    for other, has, certain in several[1:]:
        take = ~own & has
        value[:, take], sure[take], own = other[:, take], certain[take], own | has
    return value, own, sure


def _table(
    one: Threat, declared: Threats, seen: Seen, voices: Voices | None, where: tuple[Rows, Floats]
) -> pd.DataFrame:
    """Return the rows of one threat."""
    rows, people = where
    parts = _parts(one, declared, seen, voices, rows)
    city = rows.row_of[seen.city]
    factors = {name: factor_of(listed, city) for name, listed in parts.items()}
    upper = one.present and factors["hazard"] is None
    N = len(rows.places)
    if upper:
        factors["hazard"] = Factor(np.ones((seen.S, N)), np.zeros(N, bool), np.ones(N, bool))
    known = {name: one for name, one in factors.items() if one is not None}
    nothing = np.full((seen.S, N), np.nan)
    bad = {name: known[name].value if name in known else nothing for name in FACTORS}
    risk = risk_of(bad["hazard"], bad["exposure"], bad["vulnerability"], 1.0 - bad["capacity"])
    # A place of which neither hazard nor exposure is known has no risk of its own: it would be the city's under its name.
    own = np.any([known[name].own for name in ("hazard", "exposure") if name in known], axis=0) & np.ones(
        N, bool
    )
    risk = np.where(own, risk, np.nan)
    value, low, high = interval_of(risk)
    told = ~np.isnan(value)
    everyone = (
        told & (bad["exposure"][0] == 1) & any(ALL_EXPOSED in entry for entry in one.entries("exposure"))
    )
    sure = np.all([one.sure for one in known.values()], axis=0) if known else np.zeros(N, bool)
    exposed = np.where(everyone, np.nan, bad["exposure"][0] * people)
    notes = _notes(known, own, everyone, upper=upper)
    return pd.DataFrame(
        {
            "place": rows.places, "group": rows.groups, "threat": one.id, "dimension": one.dimension,
            "hazard": bad["hazard"][0], "exposure": bad["exposure"][0], "vulnerability": bad["vulnerability"][0],
            "capacity": 1.0 - bad["capacity"][0], "risk": value, "low": np.where(told, low, np.nan),
            "high": np.where(told, high, np.nan), "class": class_of(value), "people": exposed,
            "status": np.where(told, np.where(sure, "ok", "estimated"), "missing"), "note": notes,
        }
    )  # fmt: skip


def _notes(known: dict[str, Factor], own: Bools, everyone: Bools, *, upper: bool) -> list[str]:
    """Return what a reader must know of each row, as words of ``diagnose.risk_note``."""
    lacks = [f"lacks_{name}" for name in FACTORS if name not in known]
    if lacks:
        return [" ".join(lacks)] * own.size
    notes = []
    for row in range(own.size):
        taken = [
            f"city_{name}"
            for name in FACTORS
            if not known[name].own[row] and not (upper and name == "hazard")
        ]
        words = ["not_own"] if not own[row] else taken
        words += ["hazard_is_one"] * upper + ["everybody_exposed"] * bool(everyone[row])
        notes.append(" ".join(words))
    return notes
