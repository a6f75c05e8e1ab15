"""Amounts of a register added up to the places of a city, each with its status and reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from citiesforall.core.amounts import amounts
from citiesforall.gather.register_options import Options
from citiesforall.gather.register_places import Flow
from citiesforall.gather.register_rows import Column, Rows

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]
LEAST_KNOWN = 0.5
"""Share of a place's rows that must be known before their sum is given (ours)."""
SPLIT = "part of a place that was split since; by stated shares, else by villages"
SELF_SELECTED = "those who wrote chose to: not a share of the people"


@dataclass(frozen=True)
class AtPlaces:
    """Hold one amount at the places of a city.

    Parameters
    ----------
    value
        nan where missing. (P,)
    status, reason
        ``ok``, ``estimated`` or ``missing``, and why it is not ``ok``. (P,)
    n
        Rows behind each value. (P,)
    """

    value: Floats
    status: Texts
    reason: Texts
    n: Floats


def bring(rows: Rows, word: str, found: Flow, options: Options) -> AtPlaces:
    """Bring one amount of a register to the city's places.

    Parameters
    ----------
    rows
        Checked.
    word
        The amount.
    found
        Which row goes where.
    options
        ``self_selected`` makes every value estimated.

    Returns
    -------
    AtPlaces
        Sums of amounts, means of indices and of shares.

    Notes
    -----
    A sum over rows some of which are unknown is ``estimated``, and missing where half of them are. An index or a share of
    a place that was split is taken to hold in every part of it.
    """
    column, P = rows.columns[word], len(found.codes)
    values = column.amount[found.row]
    known = ~np.isnan(values)
    adds = amounts()[word].kind == "sum" and word not in rows.shares
    weight = np.where(known, found.share, 0.0)
    total = np.bincount(found.place, weights=np.where(known, values, 0.0) * weight, minlength=P)
    n = np.bincount(found.place, weights=known.astype(np.float64), minlength=P)
    behind = np.bincount(found.place, minlength=P).astype(np.float64)
    if adds:
        value = np.where(n > LEAST_KNOWN * behind, total, np.nan)
    else:
        weights = np.bincount(found.place, weights=weight, minlength=P)
        value = np.divide(total, weights, out=np.full(P, np.nan), where=weights > 0)
    lacking = found.lacking if adds and not options.complete else {}
    value[[found.codes.index(place) for place in lacking]] = np.nan
    status, reason = _said(column, value, found, n < behind, lacking)
    if options.self_selected:
        reason = np.where(status == "missing", reason, SELF_SELECTED).astype(object)
        status = np.where(status == "missing", status, "estimated").astype(object)
    return AtPlaces(value, status, reason, n.astype(np.float64))


def _said(
    column: Column, value: Floats, found: Flow, some_unknown: npt.NDArray[np.bool_], lacking: Mapping[str, str]
) -> tuple[Texts, Texts]:  # fmt: skip
    """Return status and reason of each place."""
    P = len(found.codes)
    missing = np.isnan(value)
    split = np.zeros(P, dtype=bool)
    split[found.place[found.assumed]] = True
    status = np.full(P, "ok", dtype=object)
    reason = np.full(P, "", dtype=object)
    for flagged, why in (
        (np.full(P, bool(column.estimated)), column.estimated),
        (split, SPLIT),
        (some_unknown, "some of its rows are not known"),
    ):
        status[flagged] = "estimated"
        reason[flagged] = why
    status[missing], reason[missing] = "missing", "the register does not give it"
    given = np.array([bool(text) for text in column.reason[found.row]], dtype=bool)
    told = missing[found.place] & given
    reason[found.place[told]] = column.reason[found.row[told]]
    for place, old in lacking.items():
        at = found.codes.index(place)
        status[at], reason[at] = "missing", f"it was made from {old} too, which the register does not list"
    return status, reason


def completed(
    at: AtPlaces, codes: tuple[str, ...], units: frozenset[str]
) -> tuple[AtPlaces, tuple[str, ...]]:
    """Give 0 to the units without a row of a list that holds all there are.

    Parameters
    ----------
    at
        Counts of rows.
    codes
        Places that have rows. (P,)
    units
        Of the city.

    Returns
    -------
    tuple
        Counts, and their places.
    """
    others = tuple(sorted(units - set(codes)))
    nothing = np.zeros(len(others))
    ok, silent = (np.full(len(others), word, dtype=object) for word in ("ok", ""))
    return AtPlaces(
        np.append(at.value, nothing),
        np.append(at.status, ok),
        np.append(at.reason, silent),
        np.append(at.n, nothing),
    ), (*codes, *others)


def times_residents(at: AtPlaces, codes: tuple[str, ...], residents: pd.Series[float]) -> AtPlaces:
    """Turn shares of the residents into persons.

    Parameters
    ----------
    at
        Shares. [share]
    codes
        Places. (P,)
    residents
        By place; nan or absent where nobody knows. [persons]
    """
    people = residents.reindex(list(codes)).to_numpy(dtype=np.float64)
    value = at.value * people
    lost = np.isnan(value) & ~np.isnan(at.value)
    status, reason = at.status.copy(), at.reason.copy()
    status[lost], reason[lost] = "missing", "the residents of the place are not known"
    return AtPlaces(value, status, reason, at.n)
