"""The evidence behind a challenge: every indicator with value, interval, source and status; and how far to trust it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from citiesforall.core.challenge import Challenge
from citiesforall.core.indicator import indicators
from citiesforall.diagnose.challenge_measure import Severity
from citiesforall.diagnose.challenge_needs import Origin, kind_of, source_for
from citiesforall.diagnose.challenge_values import SURE, Seen, short_of

NARROW, WIDE = 0.20, 0.40
"""Width of the interval of a severity up to which it counts for trust, and from which against it (ours)."""
APART = 0.30
"""Severities of two measures that lie farther apart than this disagree (ours)."""
SEVERAL = 2
HIGH, MEDIUM = 4, 2
"""Points from which confidence is high, and medium (ours)."""


def evidence_of(one: Challenge, seen: Seen, origin: Origin) -> list[dict[str, Any]]:
    """List the evidence for a challenge, also what is missing.

    Parameters
    ----------
    one
        The challenge.
    seen
        What was measured.
    origin
        Where indicators come from.

    Returns
    -------
    list
        One dict for each indicator: ``indicator, role`` (measure or evidence), ``value, low, high, unit, period, n, status,
        severity, said_by, kind, sources, doubtful``; of a missing one ``status`` missing, ``source_that_would_fill_it`` and
        ``reason``.
    """
    return [_line(key, one, seen, origin) for key in one.named()]


def _line(key: str, one: Challenge, seen: Seen, origin: Origin) -> dict[str, Any]:
    """Return the evidence of one indicator."""
    declared = indicators()[key]
    role = "measure" if key in one.measures else "evidence"
    said = {"indicator": key, "role": role, "kind": kind_of(declared), "unit": declared.unit}
    values = seen.values(key, one.group)
    at = values.at(seen.city) if values is not None else -1
    if values is None or at < 0:
        fill = {"source_that_would_fill_it": source_for(key), "reason": origin.why_missing(key)}
        return {**said, "status": "missing", **fill}
    posts = one.standards.get(key, declared.goalposts)
    severity = None if posts is None else 100.0 * float(short_of(values.value[0, at], declared, posts))
    return {
        **said, "value": float(values.value[0, at]), "low": plain(values.low[at]), "high": plain(values.high[at]),
        "period": values.period, "n": plain(values.n[at]), "status": values.status[at], "group": one.group,
        "severity": severity, "standard": None if posts is None else {"floor": posts.floor, "goal": posts.goal},
        "said_by": None if posts is None else posts.said_by, "sources": origin.sources(key),
        "doubtful": origin.doubtful(key),
    }  # fmt: skip


def plain(value: float) -> float | None:
    """Return a number as JSON has it, None where it is missing or without bound.

    Parameters
    ----------
    value
        Any number.
    """
    return float(value) if np.isfinite(value) else None


def confidence(found: Sequence[Severity], evidence: Sequence[dict[str, Any]]) -> tuple[str, list[str]]:
    """Say how far to trust what is told of a challenge.

    Parameters
    ----------
    found
        Severity by every measure that has a value, the leading one first; at least one.
    evidence
        From `evidence_of`.

    Returns
    -------
    tuple
        ``high``, ``medium`` or ``low``; and the reasons, words of ``diagnose.confidence_reason``.

    Notes
    -----
    A rule of ours: one point each where the leading measure is measured and not weak, where no source of it is a model or an
    assumption, where its severity is known to 20 points, and where two kinds of evidence (survey, register, map, scorecard)
    measure it; one point less where it is modelled, weak or estimated, where its severity is not known to 40 points, and
    where measures lie more than 30 points apart. Four points are high, two or three medium.
    """
    lead = found[0]
    line = next(row for row in evidence if row["indicator"] == lead.indicator)
    kinds = {row["kind"] for row in evidence if row["status"] != "missing" and row["role"] == "measure"}
    spread = [float(one.draws[0]) for one in found]
    width = lead.high - lead.low
    said = [
        ("measured", lead.status in SURE, 1),
        ("weak", lead.status not in SURE, -1),
        ("good_sources", not line["doubtful"], 1),
        ("doubtful_sources", bool(line["doubtful"]), 0),
        ("narrow", bool(width <= NARROW), 1),
        ("wide", bool(width > WIDE), -1),
        ("no_interval", bool(np.isnan(width)), 0),
        ("several_kinds", len(kinds) >= SEVERAL, 1),
        ("one_kind", len(kinds) < SEVERAL, 0),
        ("measures_disagree", max(spread) - min(spread) > APART, -1),
    ]
    points = sum(points for _, holds, points in said if holds)
    word = "high" if points >= HIGH else "medium" if points >= MEDIUM else "low"
    return word, [name for name, holds, _ in said if holds]
