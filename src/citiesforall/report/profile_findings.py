"""Captions that say what the data say: who and where is worst off, or that nobody clearly is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from citiesforall.core.indicator import indicators
from citiesforall.report.blocks import Said
from citiesforall.report.numbers import told
from citiesforall.report.profile_facts import (
    DOUBTFUL,
    Facts,
    counted,
    group_name,
    is_known,
    observed,
    place_name,
    row_of,
    say_so,
    score_of,
    title_of,
)
from citiesforall.report.profile_select import Worst, points, spread

FEW = 2
"""Places that can be compared at all."""
NO_GROUPS = frozenset({"all", "slow_walkers"})
"""Everybody, and everybody at a slower pace: no groups of people."""
SCORED = ("place", "group", "dimension")
"""Columns that name a row of the table of dimensions."""


def place_finding(facts: Facts, indicator: str, worst: Mapping[str, Worst]) -> Said:
    """Return what an indicator says of the places: the worst against the whole, if the gap is no chance.

    Parameters
    ----------
    facts
        The tables.
    indicator
        Its id.
    worst
        From `worst_places`.

    Returns
    -------
    Said
        One sentence. Without intervals the range is told and said to be without one.
    """
    order = spread(facts, indicator)
    title = title_of(facts, indicator)
    if len(order) < FEW:
        return say_so(facts, "finding.city_only", title=title)
    one = worst.get(indicator)
    if one is not None and one.is_sure:
        return say_so(
            facts,
            "finding.place",
            title=title,
            place=place_name(facts, one.code),
            value=observed(facts, indicator, one.code),
            whole=observed(facts, indicator),
        )
    first, last = order[0], order[-1]
    values = {row_of(facts, indicator, place).value for place in order}
    if len(values) == 1:
        return say_so(facts, "finding.alike", title=title, value=observed(facts, indicator, first))
    has_band = one is not None and not math.isnan(one.low)
    return say_so(
        facts,
        "finding.no_place" if has_band or one is None else "finding.no_band",
        title=title,
        worst=observed(facts, indicator, first),
        there=place_name(facts, first),
        best=observed(facts, indicator, last),
        elsewhere=place_name(facts, last),
    )


def score_finding(facts: Facts, dimension: str, rows: Sequence[Mapping[str, Any]], kind: str) -> Said:
    """Return what the scores of a dimension say of places or groups.

    Parameters
    ----------
    facts
        The tables.
    dimension
        Its name.
    rows
        Rows of the table of dimensions with a score, the worst first, without the city for everybody.
    kind
        ``place`` or ``group``.
    """
    word = told(f"word.dimension.{dimension}", facts.lang)
    whole = city_score(facts, dimension)
    if len(rows) < FEW or whole is None:
        return say_so(facts, f"finding.few_{kind}s", dimension=word)
    first, last = rows[0], rows[-1]
    name = place_name if kind == "place" else group_name
    score = score_of(facts, "diagnose/dimensions", "score", first, SCORED)
    if float(first["high"]) < float(whole["low"]):
        city = score_of(facts, "diagnose/dimensions", "score", whole, SCORED)
        return say_so(
            facts,
            f"finding.score_{kind}",
            dimension=word,
            who=name(facts, str(first[kind])),
            score=score,
            whole=city,
        )
    return say_so(
        facts,
        f"finding.score_no_{kind}",
        dimension=word,
        worst=score,
        best=score_of(facts, "diagnose/dimensions", "score", last, SCORED),
    )


def city_score(facts: Facts, dimension: str) -> Mapping[str, Any] | None:
    """Return the city's own row of the table of dimensions; None where there is none or it has no score."""
    found = dimension_rows(facts, dimension, "place", whole=True)
    return found[0] if found else None


def dimension_rows(
    facts: Facts, dimension: str, kind: str, *, whole: bool = False
) -> list[Mapping[str, Any]]:
    """Return rows of the table of dimensions that have a score, the worst first.

    Parameters
    ----------
    facts
        The tables.
    dimension
        Its name.
    kind
        ``place``: every place for everybody. ``group``: every group of the city.
    whole
        The city for everybody instead.
    """
    rows = facts.dimensions.get(dimension, ())
    if whole:
        return [row for row in rows if row["place"] == facts.whole and row["group"] == "all"]
    if kind == "place":
        return [
            row
            for row in rows
            if row["group"] == "all" and row["place"] in facts.places and row["place"] != facts.whole
        ]
    return [row for row in rows if row["place"] == facts.whole and row["group"] not in NO_GROUPS]


def group_finding(facts: Facts, gaps: Iterable[Worst], dimension: str = "") -> Said:
    """Return the widest gap between two groups that is no chance, in a dimension or in all.

    Parameters
    ----------
    facts
        The tables.
    gaps
        From `worst_groups`.
    dimension
        Empty for all.
    """
    own = [one for one in gaps if not dimension or dimension_of(one.indicator) == dimension]
    own = [one for one in own if is_known(facts, one.indicator, group=one.code)]
    if not own:
        return say_so(facts, "finding.no_group" if facts_has_groups(facts) else "finding.groups_unknown")
    one = max(own, key=lambda each: (points(each), each.indicator))
    return say_so(
        facts,
        "finding.group",
        title=title_of(facts, one.indicator),
        group=group_name(facts, one.code),
        value=observed(facts, one.indicator, group=one.code),
        other=group_name(facts, one.against),
        against=observed(facts, one.indicator, group=one.against),
    )


def facts_has_groups(facts: Facts) -> bool:
    """Say whether the city has values of groups of people: those who would walk slowly are no group."""
    return any(
        place == facts.whole and group not in NO_GROUPS and not math.isnan(row.value)
        for (place, group, _), row in facts.rows.items()
    )


def dimension_of(indicator: str) -> str:
    """Return the dimension of an indicator."""
    return indicators()[indicator].dimension


def doubt_note(facts: Facts, indicator: str, places: Sequence[str]) -> Said:
    """Count which of the places' values are doubtful; nothing where none is."""
    weak = sum(row_of(facts, indicator, place).status in DOUBTFUL for place in places)
    if not weak:
        return Said("")
    how = f"count of rows of indicator {indicator}, group all, whose status is one of {sorted(DOUBTFUL)}, of the places shown"
    return say_so(
        facts,
        "finding.doubtful",
        weak=counted(facts, float(weak), "observations", how),
        all=counted(facts, float(len(places)), "observations", "count of the places shown"),
    )
