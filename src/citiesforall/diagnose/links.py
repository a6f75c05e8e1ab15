"""Interconnections between the dimensions: what is declared beside how they go together across places; never a cause."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm, rankdata

from citiesforall.core.errors import DeclarationError, did_you_mean, raise_all
from citiesforall.core.estimate import Floats
from citiesforall.core.indicator import DIMENSIONS, indicators
from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.core.references import references
from citiesforall.core.tables import write_csv, write_parquet
from citiesforall.diagnose.challenge_values import Seen, see, short_of

FILE = "links.toml"
SEVEN = tuple(name for name in DIMENSIONS if name != "city")
STRONGEST = 2
COLUMNS = ("from", "to", "declared", "correlation", "low", "high", "n", "indicators", "status", "note")
FEWEST = 8
"""Places below which no correlation is given (ours)."""
KNOWN_SHARE = 0.6
"""Share of the units in which an indicator must have a value to count (ours)."""
QUANTILES = 399
"""Points at which the normal error of one draw's correlation is taken."""
NEAR_ONE = 0.9999
NO_CAUSE = "places in which both are good or bad together: no cause"


@cache
def links() -> dict[tuple[str, str], int]:
    """Return the declared links: (from, to) -> -2 to +2, pairs not listed left out.

    Raises
    ------
    DeclarationError
        Carrying every fault of the file.
    """
    return read_links(files("citiesforall.data").joinpath("diagnose", FILE).read_text("utf-8"))


def read_links(text: str, name: str = FILE) -> dict[tuple[str, str], int]:
    """Read links from TOML and check them.

    Parameters
    ----------
    text
        ``said_by`` and a table for each dimension: other dimension -> -2 to +2.
    name
        For the faults.

    Raises
    ------
    DeclarationError
        Carrying every dimension that is not known, every link to itself and every strength that is not -2 to +2.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DeclarationError(f"{name}: cannot be read as TOML: {error}. Correct that line.") from None
    said_by = str(tables.pop("said_by", ""))
    faults = []
    if said_by not in references():
        faults.append(f"{name}: said_by '{said_by}' is not known. {did_you_mean(said_by, references())}")
    found: dict[tuple[str, str], int] = {}
    for one, row in tables.items():
        for other, strength in row.items() if isinstance(row, dict) else ():
            where = f"{name}: {one}.{other}"
            faults += [
                f"{where}: '{word}' is no dimension. {did_you_mean(word, SEVEN)}"
                for word in (one, other)
                if word not in SEVEN
            ]
            if one == other:
                faults.append(f"{where}: a dimension is not linked to itself. Remove it.")
            if type(strength) is not int or abs(strength) > STRONGEST:
                faults.append(f"{where}: {strength} is no strength. Write -2, -1, 0, 1 or 2.")
            else:
                found[one, other] = strength
    raise_all(faults, DeclarationError)
    return found


def make_links(given: Inputs, folder: Path, seen: Seen | None = None) -> dict[str, Any]:
    """Put declared links beside correlations across the city's units.

    Parameters
    ----------
    given
        With places and measure.
    folder
        Where ``links.parquet`` and ``links.csv`` go.
    seen
        What was measured, where it is open already.

    Returns
    -------
    dict
        Notes.
    """
    seen = see(given) if seen is None else seen
    scores, counts = dimension_draws(seen)
    declared = links()
    pairs = [(one, other) for one in SEVEN for other in SEVEN if one != other]
    rows = [_row(one, other, declared.get((one, other), 0), scores, counts) for one, other in pairs]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table = table.astype(
        {"declared": np.int64, "correlation": float, "low": float, "high": float, "n": float}
    )
    write_parquet(table, folder / "links.parquet")
    write_csv(table, folder / "links.csv")
    told = int(table["correlation"].notna().sum()) // 2
    given_for = f"correlations across places are given for {told} of {len(rows) // 2} pairs of dimensions"
    what = f"{given_for}; they say what goes together, not what causes what."
    return remember([Note("links", what)], [])


def _row(
    one: str, other: str, declared: int, scores: dict[str, Floats], counts: dict[str, int]
) -> tuple[Any, ...]:
    """Return one row of the table."""
    lacking = [name for name in (one, other) if name not in scores]
    used = min(counts.get(one, 0), counts.get(other, 0))
    if lacking:
        note = f"too few units have values of: {', '.join(lacking)}"
        return (one, other, declared, np.nan, np.nan, np.nan, np.nan, used, "missing", note)
    value, low, high, n = spearman(scores[one], scores[other])
    if np.isnan(value):
        note = f"fewer than {FEWEST} units have both, or all are alike"
        return (one, other, declared, value, low, high, n, used, "missing", note)
    return (one, other, declared, value, low, high, n, used, "ok", NO_CAUSE)


def dimension_draws(seen: Seen) -> tuple[dict[str, Floats], dict[str, int]]:
    """Score every dimension in every unit.

    Parameters
    ----------
    seen
        What was measured.

    Returns
    -------
    tuple
        Dimension -> mean score of its indicators with goalposts that most units have, nan where a unit lacks most (S, U);
        dimension -> how many indicators.

    Notes
    -----
    Only a unit's own values count: what stands in from the city is the same everywhere and would hide that nothing is known.
    """
    found: dict[str, list[Floats]] = {}
    for one in indicators().values():
        if one.goalposts is None or one.dimension not in SEVEN:
            continue
        values = seen.values(one.id)
        if values is None:
            continue
        to = {code: column for column, code in enumerate(values.places)}
        has = [row for row, code in enumerate(seen.units) if code in to]
        if len(has) < max(FEWEST, KNOWN_SHARE * len(seen.units)):
            continue
        score = np.full((seen.S, len(seen.units)), np.nan)
        score[:, has] = 1.0 - short_of(
            values.value[:, [to[seen.units[row]] for row in has]], one, one.goalposts
        )
        found.setdefault(one.dimension, []).append(score)
    means: dict[str, Floats] = {}
    for name, listed in found.items():
        stacked = np.stack(listed)
        known = ~np.isnan(stacked)
        n = known.sum(axis=0)
        mean = np.divide(
            np.where(known, stacked, 0.0).sum(axis=0), n, out=np.full(n.shape, np.nan), where=n > 0
        )
        means[name] = np.where(n >= KNOWN_SHARE * len(listed), mean, np.nan)
    return means, {name: len(listed) for name, listed in found.items()}


def spearman(one: Floats, other: Floats) -> tuple[float, float, float, float]:
    """Correlate ranks of places, with an interval for both kinds of error.

    Parameters
    ----------
    one, other
        Per draw and place, the first draw as published. (S, U)

    Returns
    -------
    tuple
        Spearman's rho as published, low, high (2.5 and 97.5 per cent) and the number of places; nan where fewer than `FEWEST`
        have both or all are alike.

    Notes
    -----
    In every draw atanh(rho) errs about normally with variance (1 + rho^2 / 2) / (n - 3) (bonett_wright_2000), for few places
    are seen; the errors of the values come on top as the scatter between draws. The interval is that of the mixture.
    """
    both = ~(np.isnan(one) | np.isnan(other)).any(axis=0)
    n = int(both.sum())
    nothing = (np.nan, np.nan, np.nan, float(n))
    if n < FEWEST:
        return nothing
    rho = _rank_correlation(rankdata(one[:, both], axis=1), rankdata(other[:, both], axis=1))
    if np.isnan(rho[0]):
        return nothing
    kept = rho[~np.isnan(rho)]
    z = np.arctanh(np.clip(kept, -NEAR_ONE, NEAR_ONE))
    se = np.sqrt((1 + kept**2 / 2) / (n - 3))
    points = norm.ppf((np.arange(QUANTILES) + 0.5) / QUANTILES)
    low, high = np.tanh(np.percentile(z[:, None] + se[:, None] * points, (2.5, 97.5)))
    return float(rho[0]), float(low), float(high), float(n)


def _rank_correlation(one: Floats, other: Floats) -> Floats:
    """Return the correlation of each row of ranks; nan where a row is all alike. (S,)"""
    a, b = (ranks - ranks.mean(axis=1, keepdims=True) for ranks in (one, other))
    spread = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    return np.asarray(
        np.divide((a * b).sum(axis=1), spread, out=np.full(spread.shape, np.nan), where=spread > 0)
    )
