"""The field list: which households were to be asked, in which cluster and stratum, with which chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from citiesforall.core.errors import InputError
from citiesforall.survey.asked import Floats
from citiesforall.survey.export import Sheet, read_export
from citiesforall.survey.faults import Fault
from citiesforall.survey.values import is_blank, number, yes_no

HOUSEHOLD = ("household_id", "household")
CODE = ("sangkat_code", "commune_code", "unit", "code", "place")
WEIGHT = ("design_weight", "base_weight", "weight")
CHANCES = ("cluster_probability", "household_probability")
CHANCE = ("probability", "inclusion_probability")
RESERVE = ("reserve", "replacement", "is_reserve")
ESTIMATED, LISTED = "households_estimated", "households_listed"
RESERVE_WORDS = ("reserve", "replacement")


@dataclass(frozen=True)
class FieldList:
    """Hold what was to be asked: a row for each household, or for each cluster.

    Parameters
    ----------
    where
        File.
    household
        Ids; empty where the list has clusters only. (n,)
    cluster, stratum, code
        Of each row. (n,)
    weight
        1 / chance of being asked. (n,)
    sure
        Whether the cluster was sure to be in the sample. (n,)
    reserve
        Asked only in place of another. (n,)
    counted
        Clusters whose households were counted in the field; their weights follow the count.
    """

    where: str
    household: tuple[str, ...]
    cluster: tuple[str, ...]
    stratum: tuple[str, ...]
    code: tuple[str, ...]
    weight: Floats
    sure: tuple[bool, ...]
    reserve: tuple[bool, ...]
    counted: int = 0


def read_field_list(path: Path) -> tuple[FieldList, list[Fault]]:
    """Read a field list.

    Parameters
    ----------
    path
        CSV or XLSX, as ``cities survey sample`` writes it: ``cluster``, ``stratum``, ``sangkat_code``, ``household_id`` where
        households were listed, and ``weight`` or ``cluster_probability`` and ``household_probability``. Where
        ``households_listed`` is filled, beside ``households_estimated``, the weight is that of the plan times
        found over estimated.

    Returns
    -------
    tuple
        The list and every fault of it.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    sheet = read_export([path]).sheets[0]
    if not sheet.rows:
        raise InputError(f"{sheet.where}: the field list has no rows. Give the list as it was drawn.")
    faults: list[Fault] = []
    columns = {header.lower(): at for at, header in enumerate(sheet.header)}
    missing = [word for word in ("cluster", "stratum") if word not in columns]
    faults += [Fault(sheet.where, f"column '{word}' is missing. Add it.") for word in missing]
    household = _texts(sheet, columns, HOUSEHOLD)
    doubled = {one for one, times in Counter(household).items() if one and times > 1}
    twice = "stands in the list twice. Once is allowed. Rename one."
    faults += [
        Fault(sheet.where, f"household '{one}' {twice}", sheet.numbers[at], "household_id")
        for at, one in enumerate(household)
        if one in doubled
    ]
    weight, sure = _weights(sheet, columns, faults)
    cluster = _texts(sheet, columns, ("cluster",))
    found_share = _found_share(sheet, columns, cluster, faults)
    reserve = tuple(
        one.lower().startswith(RESERVE_WORDS) or yes_no(one) == 1
        for one in _texts(sheet, columns, (*RESERVE, "role"))
    )
    found = FieldList(
        sheet.where, household, cluster, _texts(sheet, columns, ("stratum",)), _texts(sheet, columns, CODE),
        weight * np.nan_to_num(found_share, nan=1.0), sure, reserve,
        len({one for one, share in zip(cluster, found_share, strict=True) if not np.isnan(share)}),
    )  # fmt: skip
    return found, faults + _facts_of_clusters(sheet, found)


def _texts(sheet: Sheet, columns: Mapping[str, int], names: Sequence[str]) -> tuple[str, ...]:
    """Return the first of several columns that is there, else empty texts."""
    at = next((columns[name] for name in names if name in columns), None)
    return tuple("" if at is None or is_blank(row[at]) else row[at] for row in sheet.rows)


def _weights(
    sheet: Sheet, columns: Mapping[str, int], faults: list[Fault]
) -> tuple[Floats, tuple[bool, ...]]:
    """Return design weights, and which clusters were sure to be taken."""
    named = next((name for name in WEIGHT if name in columns), None)
    chances = [name for name in CHANCES if name in columns] or [name for name in CHANCE if name in columns][
        :1
    ]
    sure = (False,) * len(sheet.rows)
    if CHANCES[0] in columns:
        sure = tuple(number(row[columns[CHANCES[0]]]) >= 1 for row in sheet.rows)
    if named is not None:
        return _positive(sheet, columns, named, np.inf, faults), sure
    if not chances:
        what = (
            f"no column says how likely a row was to be chosen. Add {CHANCES[0]} and {CHANCES[1]}, or weight."
        )
        faults.append(Fault(sheet.where, what))
        return np.ones(len(sheet.rows)), sure
    whole = np.ones(len(sheet.rows))
    for name in chances:
        whole *= _positive(sheet, columns, name, 1.0, faults)
    return np.asarray(1.0 / whole), sure


def _found_share(
    sheet: Sheet, columns: Mapping[str, int], cluster: Sequence[str], faults: list[Fault]
) -> Floats:
    """Return households found in the field over those estimated, nan where nobody counted. (n,)

    Notes
    -----
    The same number is asked of a cluster however many households it has, so the chance of each falls as more are found: weight =
    weight of the plan x found / estimated.
    """
    found = _texts(sheet, columns, (LISTED,))
    out = np.full(len(sheet.rows), np.nan)
    first: dict[str, str] = {}
    for at, text in enumerate(found):
        if first.setdefault(cluster[at], text) != text:
            what = f"cluster '{cluster[at]}' has '{first[cluster[at]]}' and '{text}'. A cluster has one count, in all its rows."
            faults.append(Fault(sheet.where, what, sheet.numbers[at], LISTED))
        if not text:
            continue
        estimated = number(sheet.rows[at][columns[ESTIMATED]]) if ESTIMATED in columns else np.nan
        counted = number(text)
        if not (counted > 0 and estimated > 0):
            what = (
                f"'{text}' cannot be used. A number above 0 is allowed, beside {ESTIMATED} above 0. Mend it."
            )
            faults.append(Fault(sheet.where, what, sheet.numbers[at], LISTED))
        else:
            out[at] = counted / estimated
    return out


def _positive(
    sheet: Sheet, columns: Mapping[str, int], name: str, most: float, faults: list[Fault]
) -> Floats:
    """Return a column of numbers above 0; others are faults and become 1."""
    values = np.array([number(row[columns[name]]) for row in sheet.rows])
    bad = ~((values > 0) & (values <= most + 1e-9))
    allowed = "Numbers above 0 are allowed" if np.isinf(most) else "Chances are above 0 and at most 1"
    faults += [
        Fault(sheet.where, f"'{sheet.rows[at][columns[name]]}' cannot be. {allowed}. Mend it.", sheet.numbers[at], name)
        for at in np.flatnonzero(bad)
    ]  # fmt: skip
    return np.where(bad, 1.0, values)


def _facts_of_clusters(sheet: Sheet, found: FieldList) -> list[Fault]:
    """Return faults for clusters that lie in two strata, or stand twice in a list of clusters."""
    faults = []
    seen: dict[str, int] = {}
    for at, name in enumerate(found.cluster):
        if not name or not found.stratum[at]:
            faults.append(
                Fault(
                    sheet.where,
                    "cluster or stratum is missing. Every row has both. Fill it in.",
                    sheet.numbers[at],
                )
            )
        elif name in seen and found.stratum[at] != found.stratum[seen[name]]:
            what = f"cluster '{name}' lies in '{found.stratum[seen[name]]}' and in '{found.stratum[at]}'. Mend it."
            faults.append(Fault(sheet.where, what, sheet.numbers[at], "stratum"))
        seen.setdefault(name, at)
    return faults
