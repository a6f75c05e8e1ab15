"""Blocks that several chapters of a nation's document are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from citiesforall.core.action import TIERS
from citiesforall.report.blocks import Block, Callout, Chart, Number, Row, Said
from citiesforall.report.charts import About, Point, bars_chart
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import (
    COMMON,
    OF_MEMBERS,
    Facts,
    action_title,
    band,
    catalogue,
    count,
    declared,
    ends,
    name,
    num,
    say,
    source,
    tier,
    title,
    word,
)
from citiesforall.report.policy_maps import SEVERITY, Atlas, largest_names, value_map
from citiesforall.report.policy_numbers import HUNDRED

SEVERITY_BAND = ("severity", "severity_low", "severity_high")
PEOPLE_BAND = ("people", "people_low", "people_high")
RANK_ENDS = ("rank_low", "rank_high")
SURE = 0.9
"""A chance from here on is called likely."""
SMALL = 9
"""Provinces named on a map of half a page."""
PRIORITIES = "common/priorities"


def known(value: object) -> bool:
    """Say whether a cell holds a number."""
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def members_with(facts: Facts, row: Record) -> Said:
    """Return how many administrations have a challenge, of those judged: ``151 / 197``."""
    some, judged = (
        num(facts, COMMON, row, "members_with", "exact"),
        num(facts, COMMON, row, "members_judged", "exact"),
    )
    return Said(f"{some.text} / {judged.text}", (some, judged))


def challenge_row(facts: Facts, row: Record) -> Row:
    """Return a challenge as a row: rank, title, administrations, people, severity, chance, confidence."""
    return Row((
        ends(facts, COMMON, row, RANK_ENDS, "exact"),
        Said(title(facts, str(row["challenge"]))),
        members_with(facts, row),
        band(facts, COMMON, row, PEOPLE_BAND, "thousand"),
        band(facts, COMMON, row, SEVERITY_BAND, "score"),
        _cell(num(facts, COMMON, row, "chance_top3", "chance")),
    ))  # fmt: skip


CHALLENGE_HEADS = (
    "rank_range:1",
    "challenge:3.6",
    "members_with:>1.7",
    "people_thousand:>2.6",
    "severity_band:>2.2",
    "chance3:>1.2",
)


def _cell(one: Number) -> Said:
    """Return a number as a cell."""
    return Said(one.text, (one,))


def severity_map(facts: Facts, atlas: Atlas | None, challenge: str, heading: Said, block: str) -> list[Block]:
    """Return the map of a challenge by administration; nothing where there is no map or nothing is known."""
    rows = facts.of_challenge.get(challenge, ())
    if atlas is None or not rows:
        return []
    values = {str(row["member"]): num(facts, OF_MEMBERS, row, "severity", "score") for row in rows}
    worst = "; ".join(
        f"{name(facts, str(row['member']))}: {values[str(row['member'])].text}" for row in rows[:5]
    )
    alt = f"{heading.text} {word(facts, 'shown.worst')} {worst}"
    about = About(heading, word(facts, "shown.severity_map"), alt, source(facts, OF_MEMBERS), block)
    return [
        value_map(
            atlas, facts.lang, values, about, names=largest_names(atlas, facts.names, SMALL), bounds=SEVERITY
        )
    ]


def actions_of(challenge: str, side: str) -> tuple[str, ...]:
    """Return the actions of one side that answer a challenge, those of the catalogue only."""
    one = declared().get(challenge)
    named: Sequence[str] = getattr(one, side) if one is not None else ()
    return tuple(key for key in named if key in catalogue())


def action_with_tier(facts: Facts, key: str) -> str:
    """Return an action with who leads it: ``Health post (Krong, district or khan)``."""
    return f"{action_title(facts, key)} ({tier(facts, catalogue()[key].tier)})"


def by_tier(keys: Sequence[str]) -> Mapping[str, list[str]]:
    """Return actions by the tier that leads them, in the order of tiers."""
    found: dict[str, list[str]] = {one: [] for one in TIERS}
    for key in dict.fromkeys(keys):
        found[catalogue()[key].tier].append(key)
    return {one: keys for one, keys in found.items() if keys}


def how_sure(facts: Facts) -> Callout | None:
    """Say how sure the order of challenges is; nothing where none was judged."""
    if not facts.judged:
        return None
    likely = [row for row in facts.judged if known(row["chance_top3"]) and float(row["chance_top3"]) >= SURE]
    items = [
        say(
            facts,
            "sure.likely",
            title=title(facts, str(row["challenge"])),
            chance=num(facts, COMMON, row, "chance_top3", "chance"),
        )
        for row in likely[:3]
    ]
    first, *others = facts.judged
    tied = [
        row for row in others if known(row["rank_low"]) and float(row["rank_low"]) <= float(first["rank"])
    ]
    if tied:
        how = "count of other challenges whose rank_low is not above the first rank"
        items.append(
            say(
                facts,
                "sure.tied",
                title=title(facts, str(first["challenge"])),
                n=count(facts, len(tied), COMMON, how),
            )
        )
    low = sum(row.get("confidence") == "low" for row in facts.judged)
    items.append(
        say(
            facts,
            "sure.confidence",
            n=count(facts, low, COMMON, "count of rows with a rank and confidence low"),
            all=count(facts, len(facts.judged), COMMON, "count of rows with a rank"),
        )
    )
    return Callout(word(facts, "sure.title"), tuple(items), "method")


def worst_provinces(facts: Facts, challenge: str, most: int) -> list[Record]:
    """Return the rows of the provinces where a challenge is most severe, the most severe first."""
    rows = [
        row
        for row in facts.records(PRIORITIES, level="province", challenge=challenge)
        if known(row["severity"])
    ]
    return sorted(rows, key=lambda row: (-float(row["severity"]), str(row["place"])))[:most]


def share_bars(
    facts: Facts, about: About, rows: Sequence[tuple[str, Number]], order: Literal["down", "given"]
) -> Chart:
    """Return shares of 0 to 1 as bars in per cent; what is kept of each number is the table's own value."""
    points = [(label, [Point(replace(number, value=HUNDRED * number.value))]) for label, number in rows]
    drawn = bars_chart(about, points, "%", facts.lang, order=order)
    own = dict(rows)
    lines = tuple(
        replace(line, marks=tuple(replace(mark, label=_cell(own[line.label])) for mark in line.marks))
        for line in drawn.lines
    )
    return replace(drawn, lines=lines)
