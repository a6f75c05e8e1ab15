"""Threats as households see them: which affected them, how hard, how likely again, what they did, who helped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.survey.answers import UNKNOWN
from citiesforall.survey.asked import Asked, Ints, Objects, column
from citiesforall.survey.bank import bank
from citiesforall.survey.faults import Fault

COLUMNS = ("row", "threat", "dimension", "affected", "severity", "likelihood", "coping", "helped_by")


def dimensions() -> Mapping[str, str]:
    """Return threat -> dimension of human security, in the order of the bank."""
    return {one.code: one.tags[0] for one in bank().lists["threat"]}


def threat_table(asked: Asked, details: Asked | None, row: Ints) -> tuple[pd.DataFrame | None, list[Fault]]:
    """Put together which threats were asked about, which affected the household, and what is said of those.

    Parameters
    ----------
    asked
        Interviews that count. (H,)
    details
        Rows on threats, None where there are none. (N,)
    row
        Position of each row's interview. (N,)

    Returns
    -------
    tuple
        One row for each household and threat asked about, None where threats were not asked; and faults.

    Notes
    -----
    Where a household does not want to say which threats of a dimension affected it, none of them is known.
    """
    known = dimensions()
    chosen = {name: asked.sets.get(f"threats_{name}") for name in dict.fromkeys(known.values())}
    said, faults = _said(details, row, known)
    if details is None and all(one is None for one in chosen.values()):
        return None, faults
    rows: list[tuple[Any, ...]] = []
    for at in range(asked.n):
        for threat, dimension in known.items():
            of = chosen[dimension]
            listed = None if of is None or of[at] is None or of[at] & UNKNOWN else of[at]
            mine = said.pop((at, threat), None)
            if listed is None and mine is None:
                continue
            if listed is not None and mine is not None and threat not in listed:
                what = (
                    f"the household tells of '{threat}', but does not name it among its threats. Correct it."
                )
                faults.append(Fault(asked.where, what, int(asked.rows[at]), f"threats_{dimension}"))
            affected = float(mine is not None or (listed is not None and threat in listed))
            rows.append((at, threat, dimension, affected, *(mine or (np.nan, np.nan, "", ""))))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype(
        {"row": np.int64, "affected": np.float64, "severity": np.float64, "likelihood": np.float64}
    ), faults


def _said(
    details: Asked | None, row: Ints, known: Mapping[str, str]
) -> tuple[dict[tuple[int, str], tuple[float, float, str, str]], list[Fault]]:
    """Return what is said of each household's threats."""
    said: dict[tuple[int, str], tuple[float, float, str, str]] = {}
    faults: list[Fault] = []
    if details is None:
        return said, faults

    def codes(name: str) -> Objects:
        found: Objects = column(details.codes, name, lambda: np.full(details.n, None, dtype=object))
        return found

    def chosen(name: str, at: np.integer[Any]) -> str:
        held = details.sets.get(name)
        return " ".join(sorted(held[at] - UNKNOWN)) if held is not None and held[at] else ""

    def level(code: str | None) -> float:
        return np.nan if code is None or code in UNKNOWN else float(code)

    threats = np.where(codes("threat") == None, codes("threat_shown"), codes("threat"))  # noqa: E711 - element by element
    hard, likely = (codes(name) for name in ("threat_severity", "threat_likelihood"))
    for at in np.flatnonzero(row >= 0):
        key = (int(row[at]), str(threats[at]))
        if threats[at] not in known:
            faults.append(
                Fault(details.where, "the row names no threat. Remove it.", int(details.rows[at]), "threat")
            )
        elif key in said:
            what = f"the household tells of '{key[1]}' twice. Once is allowed. Remove a row."
            faults.append(Fault(details.where, what, int(details.rows[at]), "threat"))
        else:
            said[key] = (
                *(level(one[at]) for one in (hard, likely)),
                chosen("threat_coping", at),
                chosen("threat_helped_by", at),
            )  # type: ignore[assignment]  # two numbers and two texts, in this order
    return said, faults
