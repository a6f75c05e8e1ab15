"""The first chapter of a profile: what its numbers cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from citiesforall.core.group import groups
from citiesforall.core.indicator import DIMENSIONS, indicators
from citiesforall.report.blocks import Block, Callout, Heading, Paragraph, Row, Said, Table
from citiesforall.report.numbers import told
from citiesforall.report.profile_facts import (
    DOUBTFUL,
    HAS_VALUE,
    Facts,
    counted,
    group_name,
    listed,
    plain,
    say_so,
    title_of,
    word_of,
)
from citiesforall.report.profile_parts import heads, run_of, source_line, year_of
from citiesforall.report.profile_select import missing_of

FEW_GROUPS = 6
"""Unknown groups that are all named."""
NAMED_GROUPS = ("women", "age_0_14", "age_60_up", "disabled", "idpoor", "migrants")
"""Groups named of many that are unknown."""
NAMED = 4
"""Indicators named of those that wait for a source."""
COUNTED = ("all", "known", "doubtful", "missing", "withheld")
"""Columns of the table of what is known: every indicator, with a value, of those doubtful, without a source, withheld."""


def limits_chapter(facts: Facts) -> list[Block]:
    """Return the chapter.

    Parameters
    ----------
    facts
        The tables.
    """
    counts = coverage(facts)
    total = {name: sum(row[name] for row in counts.values()) for name in COUNTED}
    lead = say_so(
        facts,
        "limits.lead",
        known=_count(facts, total["known"], "known", ""),
        all=_count(facts, total["all"], "all", ""),
        missing=_count(facts, total["missing"], "missing", ""),
        doubtful=_count(facts, total["doubtful"], "doubtful", ""),
    )
    return [
        Heading(say_so(facts, "limits.title"), 1, "limits"),
        Paragraph(lead, "lead"),
        _coverage_table(facts, counts, total),
        Callout(word_of(facts, "limits.care"), tuple(cautions(facts)), "limit"),
        *_fill_table(facts),
    ]


def coverage(facts: Facts) -> dict[str, dict[str, int]]:
    """Return how many indicators of each dimension are known for the city and everybody.

    Returns
    -------
    dict
        Dimension -> `COUNTED` -> number.
    """
    found = {dimension: dict.fromkeys(COUNTED, 0) for dimension in DIMENSIONS}
    for key, one in indicators().items():
        row = facts.rows.get((facts.whole, "all", key))
        status = row.status if row else "missing"
        counts = found[one.dimension]
        counts["all"] += 1
        counts["known"] += status in HAS_VALUE
        counts["doubtful"] += status in DOUBTFUL
        counts["missing"] += status == "missing"
        counts["withheld"] += status in {"suppressed", "not_applicable"}
    return found


def _count(facts: Facts, value: int, name: str, dimension: str) -> Any:
    """Return a number of indicators and how it is counted."""
    where = f" and the indicator is of dimension {dimension}" if dimension else ""
    asked = {
        "all": "any status",
        "known": f"status in {sorted(HAS_VALUE)}",
        "doubtful": f"status in {sorted(DOUBTFUL)}",
        "missing": "status missing",
        "withheld": "status suppressed or not_applicable",
    }[name]
    how = f"count of rows with place {facts.whole}, group all, {asked}{where}"
    return counted(facts, float(value), "observations", how)


def _coverage_table(facts: Facts, counts: Mapping[str, Mapping[str, int]], total: Mapping[str, int]) -> Table:
    """Return the table of what is known of each dimension; its title says of which least is known."""
    shares = {key: row["known"] / row["all"] for key, row in counts.items() if row["all"]}
    least = min(shares, key=lambda key: shares[key])
    alone = sum(share == shares[least] for share in shares.values()) == 1
    title = say_so(
        facts,
        "limits.least" if alone else "limits.least_many",
        dimension=told(f"word.dimension.{least}", facts.lang),
        known=_count(facts, counts[least]["known"], "known", least),
        all=_count(facts, counts[least]["all"], "all", least),
    )
    rows = [
        Row(
            (
                plain(told(f"word.dimension.{key}", facts.lang)),
                *(plain(_count(facts, row[name], name, key)) for name in COUNTED),
            )
        )
        for key, row in counts.items()
    ]
    last = Row(
        (
            plain(word_of(facts, "head.together")),
            *(plain(_count(facts, total[name], name, "")) for name in COUNTED),
        ),
        "total",
    )
    columns = heads(facts, "dimension:3", *(f"{name}:>1" for name in COUNTED))
    return Table(title, columns, (*rows, last), source_line(facts, "observations"), id="coverage")


def cautions(facts: Facts) -> list[Said]:
    """Return what a reader must keep in mind, worked out from the run: only what holds of this city."""
    run = run_of(facts)
    said = [_invented(facts), _unknown_groups(facts), _weak_sources(facts, run), _old_sources(facts, run)]
    said += [_no_interval(facts), _doubts(facts, run), *_steps_missing(facts)]
    return [one for one in said if one.text]


def _invented(facts: Facts) -> Said:
    """Say that the city is invented, where it is."""
    is_so = facts.evidence.city.place.invented
    return Said(told("word.label.invented", facts.lang)) if is_so else Said("")


def _unknown_groups(facts: Facts) -> Said:
    """Name the groups nothing is known of."""
    table = facts.evidence.tables["observations"]
    held = table[table["status"].isin(HAS_VALUE)]
    known = set(held["group"])
    unknown = [key for key in groups() if key not in known]
    if not unknown:
        return Said("")
    if len(unknown) <= FEW_GROUPS:
        return say_so(
            facts, "limits.groups", groups=listed(facts, [group_name(facts, key) for key in unknown])
        )
    named = [group_name(facts, key) for key in NAMED_GROUPS if key in unknown]
    how = f"{len(groups())} declared groups less those with a value"
    return say_so(
        facts,
        "limits.groups_many",
        count=counted(facts, float(len(unknown)), "observations", how),
        groups=listed(facts, named),
    )


def _weak_sources(facts: Facts, run: Mapping[str, Any]) -> Said:
    """Count the sources that are modelled or assumed."""
    sources = run.get("sources", {})
    weak = [key for key, one in sources.items() if one.get("grade") in {"modelled", "assumed"}]
    if not weak:
        return Said("")
    roles = list(dict.fromkeys(role for key in weak for role in sources[key].get("roles", ())))
    return say_so(
        facts,
        "limits.weak",
        weak=counted(facts, float(len(weak)), "run", "count of sources whose grade is modelled or assumed"),
        all=counted(facts, float(len(sources)), "run", "count of sources"),
        roles=listed(facts, [told(f"word.role.{role}", facts.lang) for role in roles]),
    )


def _old_sources(facts: Facts, run: Mapping[str, Any]) -> Said:
    """Count the sources of other years than the city's."""
    period = str(run.get("city", {}).get("period", ""))[:4]
    years = [year_of(one) for one in run.get("sources", {}).values()]
    others = sorted(year for year in years if year and period and year != period)
    if not others:
        return Said("")
    return say_so(
        facts,
        "limits.years",
        others=counted(facts, float(len(others)), "run", f"count of sources whose year is not {period}"),
        period=period,
        first=others[0],
        last=others[-1],
    )


def _no_interval(facts: Facts) -> Said:
    """Count values of the city without an interval."""
    table = facts.evidence.tables["observations"]
    own = table[(table["place"] == facts.whole) & (table["group"] == "all") & table["status"].isin(HAS_VALUE)]
    without = int(own["low"].isna().sum())
    if not without:
        return Said("")
    how = f"count of rows with place {facts.whole}, group all, a value and no low"
    return say_so(facts, "limits.no_interval", without=counted(facts, float(without), "observations", how))


def _doubts(facts: Facts, run: Mapping[str, Any]) -> Said:
    """Count the doubts noted while the sources were read."""
    notes = [note for layer in run.get("layers", {}).values() for note in layer.get("notes", ())]
    doubts = sum(note.get("kind") == "doubt" for note in notes)
    if not doubts:
        return Said("")
    return say_so(
        facts,
        "limits.doubts",
        file="run.json",
        doubts=counted(facts, float(doubts), "run", "count of notes of kind doubt in all layers"),
    )


def _steps_missing(facts: Facts) -> list[Said]:
    """Say which parts of a profile the city's data cannot fill."""
    index = facts.table("diagnose/index")
    rows = index[(index["place"] == facts.whole) & (index["index"] == "geometric")] if len(index) else index
    keys = [] if len(rows) and rows["value"].notna().any() else ["no_index"]
    outlook = facts.table("diagnose/outlook")
    ahead = outlook[outlook["method"] != "counted"] if len(outlook) else outlook
    keys += [] if len(ahead) and ahead["value"].notna().any() else ["no_outlook"]
    floods = facts.table("diagnose/flood_access")
    keys += [] if len(floods) and floods["people_lost"].notna().any() else ["no_floods"]
    triggers = facts.table("diagnose/triggers")
    keys += [] if len(triggers) and triggers["value"].notna().any() else ["no_series"]
    return [say_so(facts, f"limits.{key}") for key in keys]


def _fill_table(facts: Facts) -> list[Block]:
    """Return which sources would fill what is missing, the most useful first."""
    waiting = missing_of(facts, "")
    if not waiting:
        return []
    first = next(iter(waiting))
    rows = [
        Row(
            (
                plain(told(f"diagnose.needs.{role}", facts.lang)),
                plain(_waits(facts, role, keys)),
                listed(facts, [title_of(facts, key) for key in keys[:NAMED]]),
            )
        )
        for role, keys in waiting.items()
    ]
    title = say_so(
        facts,
        "limits.fill",
        source=told(f"diagnose.needs.{first}", facts.lang),
        waiting=_waits(facts, first, waiting[first]),
    )
    return [
        Table(
            title,
            heads(facts, "source:2", "waiting:>1", "first_of_them:5"),
            tuple(rows),
            source_line(facts, "observations"),
            id="fill",
        )
    ]


def _waits(facts: Facts, role: str, keys: list[str]) -> Any:
    """Return how many indicators wait for a kind of source."""
    how = (
        f"count of rows with place {facts.whole}, group all, status missing whose indicator rests on: {role}"
    )
    return counted(facts, float(len(keys)), "observations", how)
