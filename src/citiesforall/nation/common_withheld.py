"""What the sums of the nation withhold of a member is withheld here too: no table gives away what another does not tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from citiesforall.core.challenge import challenges
from citiesforall.core.estimate import Floats
from citiesforall.nation.common_sums import Flags
from citiesforall.nation.given import NationInputs

SUPPRESSED, WITHHELD = "suppressed", "withheld"
COUNTS = ["people", "people_low", "people_high"]
NUMBERS = ["severity", "low", "high", *COUNTS, "chance", "rank"]
FINE, COARSE = 0.1, 1.0
"""Steps that a mean severity is rounded to where something in it is withheld (ours). [points]"""
POINTS = 100.0

Hidden = frozenset[tuple[str, str, str]]


def hidden_of(given: NationInputs) -> Hidden:
    """Return place, indicator and group of every value that the nation's observations withhold.

    Parameters
    ----------
    given
        With the sums, where they are made.
    """
    folder = given.done.get("rollup")
    path = Path() if folder is None else folder / "observations.parquet"
    if not path.is_file():
        return frozenset()
    wanted = [("status", "=", SUPPRESSED)]
    table = pq.read_table(path, columns=["place", "indicator", "group"], filters=wanted)
    names = (table.column(name).to_pylist() for name in ("place", "indicator", "group"))
    return frozenset((str(place), str(key), str(group)) for place, key, group in zip(*names, strict=True))


def is_hidden(table: pd.DataFrame, name: str, hidden: Hidden) -> Flags:
    """Say which rows rest on a value that is withheld. (n,)

    Parameters
    ----------
    table
        Columns ``member``, ``challenge`` and the one named.
    name
        Column of indicators.
    hidden
        From `hidden_of`.
    """
    groups = {key: one.group for key, one in challenges().items()}
    rows = zip(table["member"], table[name], table["challenge"], strict=True)
    return np.array([(code, key, groups[str(one)]) in hidden for code, key, one in rows], bool)


def told_measures(measured: pd.DataFrame, hidden: Hidden) -> pd.DataFrame:
    """Return the measures that may be told: none of a challenge whose leading measure is withheld.

    Parameters
    ----------
    measured
        In each member's order of measures.
    hidden
        From `hidden_of`.
    """
    gone = is_hidden(measured, "indicator", hidden)
    pairs = (measured["member"] + "/" + measured["challenge"]).astype(str)
    leads = ~pairs.duplicated().to_numpy(bool)
    return measured[~gone & ~pairs.isin(set(pairs[gone & leads])).to_numpy(bool)]


def blanked(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out the numbers that may not be told.

    Parameters
    ----------
    rows
        Of members, with ``hidden`` (all of it) and ``people_hidden`` (their number only).

    Notes
    -----
    They are in the sums all the same, as in the nation's observations, where complements keep them from being worked out.
    """
    if not (rows["hidden"].any() or rows["people_hidden"].any()):
        return rows
    rows = rows.astype({"has": "boolean", "status": object, "note": object})
    for name, columns in (("people_hidden", COUNTS), ("hidden", NUMBERS)):
        which = rows[name].eq(other=True).to_numpy(bool)
        rows.loc[which, columns] = np.nan
        rows.loc[which, "note"] = [_with(str(note)) for note in rows.loc[which, "note"]]
    all_of_it = rows["hidden"].eq(other=True).to_numpy(bool)
    rows.loc[all_of_it, "has"] = pd.NA
    rows.loc[all_of_it, ["status", "note"]] = [SUPPRESSED, WITHHELD]
    return rows


def _with(note: str) -> str:
    """Add the word to a note, once."""
    return " ".join(dict.fromkeys([*note.split(), WITHHELD]))


def rounded_means(severity: Floats, people: Floats, some_hidden: Flags, few: int) -> Floats:
    """Round mean severities of areas in which something is withheld.

    Parameters
    ----------
    severity
        (A,) [points]
    people
        Living in the members that are judged. (A,) [persons]
    some_hidden
        Whether a member's severity is withheld. (A,)
    few
        People from which a number may be told.

    Notes
    -----
    A mean over people, exact to the last digit, beside an exact sum of the same shares over those asked would be a second
    equation for what the sum keeps secret. Rounded to a tenth of a point it leaves a two-thousandth of the people open, more
    than `few` where they are ten thousand; else it is rounded to a whole point.
    """
    step = np.where(people * (FINE / 2.0) / POINTS > few, FINE, COARSE)
    return np.where(some_hidden, np.round(severity / step) * step, severity)
