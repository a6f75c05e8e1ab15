"""Why two runs of one city differ: method, data, city file, boundaries, or the city itself at a later time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from citiesforall.report.compare_read import Run

REASONS = ("method", "data", "choices", "boundaries", "world", "untold", "missing")
"""In the order in which they are said; ``compare.why.<id>`` says each in both languages."""
NOT_RESULTS = frozenset({"threads"})
"""Choices on which no result depends."""
SAME_AREA_M2 = 1.0
"""Areas nearer than this are of the same border."""


@dataclass(frozen=True)
class Fact:
    """Say one thing that differs between two runs.

    Parameters
    ----------
    reason
        A word of `REASONS`.
    key
        A text of ``compare.what``.
    given
        What belongs in its places.
    """

    reason: str
    key: str
    given: Mapping[str, str]


@dataclass(frozen=True)
class Differences:
    """Hold what differs between two runs of one city.

    Parameters
    ----------
    facts
        Everything that differs and can be told.
    everywhere
        Reasons that touch every value.
    of_source
        Source -> reason, for sources that differ.
    moved
        Places whose border differs, and those that stand in one run only.
    shared
        Sources that are the same file with the same stated error in both.
    """

    facts: tuple[Fact, ...]
    everywhere: frozenset[str]
    of_source: Mapping[str, str]
    moved: frozenset[str]
    shared: frozenset[str] = field(default_factory=frozenset)


def differences_of(a: Run, b: Run) -> Differences:
    """Return what differs between two runs of one city, from what they say themselves.

    Parameters
    ----------
    a, b
        The runs.

    Notes
    -----
    A source is the same series when it has the same id, or, where an id is gone, the same provider and roles; a later
    edition of a series about a later time, measured as before, is the city itself that changed. Nothing can be told of
    columns and options of a source: run.json does not hold them.
    """
    facts = [*_of_method(a, b), *_of_choices(a, b)]
    of_source, of_sources = _of_sources(a, b)
    moved, of_places = _of_places(a, b)
    if (periods := _periods(a, b)) is not None:
        only = not any(reason == "world" for reason in of_source.values())
        key, reason = ("period_only", "choices") if only and not of_source else ("period", "world")
        facts.append(Fact(reason, key, periods))
    shared = frozenset(
        key
        for key in a.said["sources"]
        if key in b.said["sources"] and _alike(a.said["sources"][key], b.said["sources"][key])
    )
    everywhere = frozenset(one.reason for one in facts if one.key in {"code", "choice"})
    return Differences((*facts, *of_sources, *of_places), everywhere, of_source, frozenset(moved), shared)


def _periods(a: Run, b: Run) -> Mapping[str, str] | None:
    """Return the periods of the cities where they differ."""
    one, other = (str(run.said["city"].get("period", "")) for run in (a, b))
    return None if one == other else {"a": one, "b": other}


def _of_method(a: Run, b: Run) -> list[Fact]:
    """Return what differs in code and definitions."""
    facts = []
    if a.said["code"] != b.said["code"]:
        facts.append(Fact("method", "code", {"a": str(a.said["code"])[:8], "b": str(b.said["code"])[:8]}))
    one, other = (run.table.groupby("indicator")["version"].first() for run in (a, b))
    facts += [
        Fact("method", "version", {"indicator": str(key), "a": str(one[key]), "b": str(other[key])})
        for key in sorted(set(one.index) & set(other.index))
        if one[key] != other[key]
    ]
    return facts


def _of_choices(a: Run, b: Run) -> list[Fact]:
    """Return which choices of the city file differ."""
    one, other = (dict(run.said["choices"]) for run in (a, b))
    return [
        Fact("choices", "choice", {"choice": key, "a": str(one.get(key, "")), "b": str(other.get(key, ""))})
        for key in sorted({*one, *other} - NOT_RESULTS)
        if one.get(key) != other.get(key)
    ]


def _of_sources(a: Run, b: Run) -> tuple[dict[str, str], list[Fact]]:
    """Return which sources differ, why, and what is said of it."""
    reasons: dict[str, str] = {}
    facts = []
    one, other = a.said["sources"], b.said["sources"]
    pairs = _paired(one, other)
    for key in sorted({*one, *other}):
        if key in pairs:
            before, after = one[key], other[pairs[key]]
            for reason, word, given in _of_pair(before, after):
                reasons[key] = reasons[pairs[key]] = "boundaries" if _only_borders(before) else reason
                facts.append(Fact(reasons[key], word, {"source": key, **given}))
        elif key not in pairs.values():
            word = "gone" if key in one else "new"
            reasons[key] = "boundaries" if _only_borders((one if key in one else other)[key]) else "data"
            facts.append(Fact(reasons[key], word, {"source": key}))
    return reasons, facts


def _only_borders(source: Mapping[str, Any]) -> bool:
    """Return whether a source says where places are and nothing else."""
    return set(source["roles"]) == {"boundaries"}


def _paired(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, str]:
    """Return the source of the second run that is the same series, for each of the first that has one."""
    pairs = {key: key for key in one if key in other}
    for key, source in one.items():
        if key in pairs:
            continue
        alike = [
            name
            for name, theirs in other.items()
            if name not in one
            and (theirs["provider"], sorted(theirs["roles"])) == (source["provider"], sorted(source["roles"]))
        ]
        if len(alike) == 1 and alike[0] not in pairs.values():
            pairs[key] = alike[0]
    return pairs


def _edition(source: Mapping[str, Any]) -> str:
    """Return the time a source is about, else its edition."""
    return str(source.get("period") or source.get("vintage") or "")


def _of_pair(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, dict[str, str]]]:
    """Return how one series differs between two runs."""
    one, other = _edition(before), _edition(after)
    if before["sha256"] != after["sha256"]:
        if other > one:
            return [("world", "edition", {"a": one, "b": other})]
        return [("data", "edition" if one != other else "other_file", {"a": one, "b": other})]
    if before.get("error") != after.get("error"):
        return [("choices", "error", {})]
    return []


def _alike(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Return whether a source errs in the same way in both runs."""
    return bool(before["sha256"] == after["sha256"] and before.get("error") == after.get("error"))


def _of_places(a: Run, b: Run) -> tuple[set[str], list[Fact]]:
    """Return which places differ, and what is said of it."""
    one, other = ({place["place"]: place for place in run.said["places"]} for run in (a, b))
    facts = [Fact("boundaries", "place_gone", {"place": key}) for key in one if key not in other]
    facts += [Fact("boundaries", "place_new", {"place": key}) for key in other if key not in one]
    for key in (key for key in one if key in other):
        before, after = float(one[key]["area_m2"]), float(other[key]["area_m2"])
        if (
            not math.isclose(before, after, abs_tol=SAME_AREA_M2)
            or one[key]["parent"] != other[key]["parent"]
        ):
            km2 = {"a": f"{before / 1e6:.3f}", "b": f"{after / 1e6:.3f}"}
            facts.append(Fact("boundaries", "place_moved", {"place": key, **km2}))
    return {one.given["place"] for one in facts}, facts


def reasons_of(row: Mapping[str, Any], sources: Sequence[str], found: Differences) -> tuple[str, ...]:
    """Return why one value differs.

    Parameters
    ----------
    row
        Of the comparison: ``place, version_a, version_b, period_a, period_b, a, b``.
    sources
        Of the indicator, in either run.
    found
        From `differences_of`.

    Returns
    -------
    tuple of str
        Words of `REASONS`; several where several stand together.

    Notes
    -----
    A later edition of a series speaks of the city itself only where the values are said to be of a later time; where the
    period stays, the data differ.
    """
    touched = {found.of_source[one] for one in sources if one in found.of_source} | set(found.everywhere)
    if row["version_a"] != row["version_b"]:
        touched.add("method")
    if row["place"] in found.moved:
        touched.add("boundaries")
    elif "boundaries" in touched and len(touched) > 1:
        touched.discard("boundaries")  # the file changed, this place's border did not
    later = row["period_a"] != row["period_b"]
    if "world" in touched and not later:
        touched = (touched - {"world"}) | {"data"}
    if later and "world" not in touched:
        touched.add("world" if touched & {"data"} else "choices")
    if math.isnan(row["a"]) != math.isnan(row["b"]):
        touched.add("missing")
    return tuple(one for one in REASONS if one in touched) or ("untold",)
