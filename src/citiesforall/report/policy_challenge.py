"""A page for each leading challenge: who and where, what protects and what empowers, which peers do better, the options."""

from __future__ import annotations

from citiesforall.report.blocks import (
    Beside,
    Block,
    Break,
    Heading,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Row,
    Said,
    Table,
)
from citiesforall.report.numbers import told
from citiesforall.report.policy_coverage import lead_of
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import (
    COMMON,
    NOTHING,
    OF_MEMBERS,
    Facts,
    action_title,
    band,
    confidence,
    count,
    declared,
    ends,
    first_of,
    heads,
    indicator_title,
    name,
    num,
    row_of,
    say,
    source,
    tier,
    title,
    total,
    word,
)
from citiesforall.report.policy_maps import Atlas
from citiesforall.report.policy_money import OPTIONS
from citiesforall.report.policy_parts import (
    PRIORITIES,
    SEVERITY_BAND,
    actions_of,
    by_tier,
    known,
    severity_map,
    worst_provinces,
)
from citiesforall.report.policy_peers import peer_cells, peers_of
from citiesforall.text import registry

PAGES = 8
"""Challenges with a page of their own."""
WORST = 4
CAUSES = 3
PEERS = 3
PROVINCES = 4


def challenge_pages(facts: Facts, atlas: Atlas | None) -> list[Block]:
    """Return a page for each of the first challenges that somebody has."""
    leading = [row for row in facts.judged if known(row["members_with"]) and float(row["members_with"]) > 0][
        :PAGES
    ]
    blocks: list[Block] = []
    for row in leading:
        blocks += _page(facts, atlas, row, is_first=not blocks)
    return blocks


def _page(facts: Facts, atlas: Atlas | None, row: Record, *, is_first: bool) -> list[Block]:
    """Return one page."""
    challenge = str(row["challenge"])
    opening: list[Block] = [Heading(say(facts, "page.title"), 1, "leading")] if is_first else [Break()]
    heading = Heading(
        say(
            facts,
            "page.heading",
            rank=num(facts, COMMON, row, "rank", "exact"),
            title=title(facts, challenge),
        ),
        2,
        f"page_{challenge}",
    )
    meaning = Paragraph(Said(told(f"challenge.{challenge}.meaning", facts.lang)), "lead")
    where = _where(facts, row)
    drawn = severity_map(facts, atlas, challenge, _finding(facts, row), f"map_{challenge}")
    middle: list[Block] = [Beside(tuple(drawn), tuple(where), 0.56)] if drawn and where else [*drawn, *where]
    return [
        *opening,
        heading,
        meaning,
        _figures(facts, row),
        *middle,
        *_causes(facts, challenge),
        *_sides(facts, challenge),
        *_peers(facts, challenge),
        *_options(facts, challenge),
    ]


def _figures(facts: Facts, row: Record) -> KeyFigures:
    """Return the figures of a challenge."""
    some, judged = (
        num(facts, COMMON, row, "members_with", "exact"),
        num(facts, COMMON, row, "members_judged", "exact"),
    )
    people = num(facts, COMMON, row, "people", "people")
    span = ends(facts, COMMON, row, ("people_low", "people_high"), "people")
    severity = num(facts, COMMON, row, "severity", "score")
    covers = num(facts, COMMON, row, "coverage_people", "percent")
    figures = (
        KeyFigure(Said(some.text, (some,)), word(facts, "page.with"), say(facts, "page.of_judged", n=judged)),
        KeyFigure(
            Said(people.text, (people,)),
            word(facts, "page.people"),
            span if span.numbers else Said(""),
            "plain" if known(row["people"]) else "unknown",
        ),
        KeyFigure(
            Said(severity.text, (severity,)),
            word(facts, "page.severity"),
            ends(facts, COMMON, row, SEVERITY_BAND[1:], "score"),
        ),
        KeyFigure(
            Said(covers.text, (covers,)),
            word(facts, "page.covers"),
            say(facts, "page.confidence", word=confidence(facts, row)),
        ),
    )
    return KeyFigures(figures)


def _finding(facts: Facts, row: Record) -> Said:
    """Return what the map of a challenge shows: the administration where it is most severe, with its interval."""
    rows = facts.of_challenge[str(row["challenge"])]
    first = rows[0]
    return say(
        facts,
        "page.map",
        place=name(facts, str(first["member"])),
        value=num(facts, OF_MEMBERS, first, "severity", "score"),
    )


def _where(facts: Facts, row: Record) -> list[Block]:
    """Return the administrations and the provinces where a challenge is most severe, and by what it was judged."""
    challenge = str(row["challenge"])
    made = []
    for one in facts.of_challenge.get(challenge, ())[:WORST]:
        severity = band(facts, OF_MEMBERS, one, ("severity", "low", "high"), "score")
        people = num(facts, OF_MEMBERS, one, "people", "thousand") if known(one["people"]) else NOTHING
        made.append(row_of((name(facts, str(one["member"])), severity, people)))
    blocks: list[Block] = []
    if made:
        blocks.append(
            Table(
                say(facts, "page.where"),
                heads(facts, "where:2", "severity_band:>2.2", "thousands:>1.1"),
                tuple(made),
            )
        )
    blocks += _by_province(facts, challenge)
    lead = lead_of(facts, challenge)
    return (
        [*blocks, Paragraph(say(facts, "page.lead", indicator=indicator_title(facts, lead)), "note")]
        if lead
        else blocks
    )


def _causes(facts: Facts, challenge: str) -> list[Block]:
    """Return what usually causes a challenge."""
    keys = (f"challenge.{challenge}.cause.{at}" for at in range(1, CAUSES + 1))
    causes = [told(key, facts.lang) for key in keys if key in registry()]
    return [Paragraph(Said(" ".join(causes)), strong=word(facts, "page.causes"))] if causes else []


def _by_province(facts: Facts, challenge: str) -> list[Block]:
    """Return the provinces where a challenge is most severe: how severe, how many have it, how often in the first three."""
    made = []
    for row in worst_provinces(facts, challenge, PROVINCES):
        some, judged = (
            num(facts, PRIORITIES, row, column, "exact") for column in ("members_with", "members_judged")
        )
        cells = (
            name(facts, str(row["place"])),
            num(facts, PRIORITIES, row, "severity", "score"),
            Said(f"{some.text} / {judged.text}", (some, judged)),
            num(facts, PRIORITIES, row, "chance_top3", "chance"),
        )
        made.append(row_of(cells))
    columns = heads(facts, "province:2.4", "severity:>1.3", "have:>1.2", "three:>1.2")
    return (
        [Table(say(facts, "page.provinces"), columns, tuple(made), "", word(facts, "page.three_note"))]
        if made
        else []
    )


def _sides(facts: Facts, challenge: str) -> list[Block]:
    """Return what protects people and what lets them act for themselves, with who leads."""
    if challenge not in declared():
        return []
    cells = []
    for side in ("protection", "empowerment"):
        groups = by_tier(actions_of(challenge, side))
        parts = [
            f"{tier(facts, one)}: {', '.join(action_title(facts, key) for key in keys)}"
            for one, keys in groups.items()
        ]
        cells.append(Said("; ".join(parts)) if parts else NOTHING)
    columns = heads(facts, "protection:1", "empowerment:1")
    return [Table(say(facts, "page.sides"), columns, (Row(tuple(cells)),))]


def _peers(facts: Facts, challenge: str) -> list[Block]:
    """Return which similar administration does better, and by how much."""
    rows = peers_of(facts, challenge, PEERS)
    rows = [row for row in rows if row["indicator"] == rows[0]["indicator"]]
    if not rows:
        return [Paragraph(say(facts, "page.no_peers"), "note")]
    key = str(rows[0]["indicator"])
    made = []
    for row in rows:
        who, peer, _, own, there, chance = peer_cells(facts, row)
        made.append(row_of((who, peer, own, there, chance)))
    columns = heads(facts, "where:2", "peer:2", "own:>1.5", "there:>1.5", "chance_better:>1.3")
    return [
        Table(
            say(facts, "page.peers", indicator=indicator_title(facts, key)),
            columns,
            tuple(made),
            source(facts, "kinds/peers"),
        )
    ]


def _options(facts: Facts, challenge: str) -> list[Block]:
    """Return what plans chose to answer a challenge."""
    rows = [
        row
        for row in facts.records(OPTIONS, challenge=challenge)
        if known(row["plans"]) and float(row["plans"]) > 0
    ]
    if not rows:
        return []
    rows = sorted(rows, key=lambda row: (-_money(row), str(row["action"])))
    names = first_of(facts, [action_title(facts, str(row["action"])) for row in rows], 4)
    how = f"sum of capital_usd where challenge is {challenge}"
    capital = total(facts, sum(_money(row) for row in rows), "usd", OPTIONS, how)
    return [
        Paragraph(
            say(
                facts,
                "page.options",
                n=count(
                    facts, len(rows), OPTIONS, f"count of rows with plans where challenge is {challenge}"
                ),
                names=names,
                capital=capital,
            )
        )
    ]


def _money(row: Record) -> float:
    """Return the capital of an action; nothing where it is not known."""
    return float(row["capital_usd"]) if known(row["capital_usd"]) else 0.0
