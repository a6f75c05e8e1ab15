"""A frame for the road ahead and for following it: phases, who leads, what is measured from what. No decision is invented."""

from __future__ import annotations

from collections.abc import Sequence

from citiesforall.core.challenge import Challenge
from citiesforall.core.indicator import indicators
from citiesforall.report.blocks import Block, Break, Callout, Heading, Number, Paragraph, Row, Said, Table
from citiesforall.report.numbers import told
from citiesforall.report.policy_coverage import lead_of
from citiesforall.report.policy_facts import (
    COMMON,
    DASH,
    NOTHING,
    Facts,
    action_title,
    catalogue,
    count,
    declared,
    head_of,
    heads,
    indicator_title,
    is_known,
    observed_band,
    row_of,
    say,
    source,
    tier,
    title,
    word,
)
from citiesforall.report.policy_gaps import GAPS
from citiesforall.report.policy_numbers import shaped
from citiesforall.report.policy_parts import actions_of, by_tier
from citiesforall.report.profile_select import filler_of

RULES = ("same", "apart", "small", "voices", "publish")
"""How rounds are followed."""
MOST_ROWS = 14
"""Challenges that one page of the monitoring framework holds."""
FOLLOWED = ("challenge:3", "indicator:3.8", "base_now:>2.2", "target:>1", "updated_by:1.4", "sdg:0.8")
SOON, LATER = 12, 24
"""Months from a decision to the first day of service that part the phases of works."""
LEADING = 8
"""Judged challenges whose actions are laid out."""
NAMED = 6


def road_chapter(facts: Facts) -> list[Block]:
    """Return the chapter on the frame of a roadmap."""
    year = str(facts.evidence.nation.choices.target_year)
    return [
        Heading(say(facts, "road.title"), 1, "road"),
        Paragraph(say(facts, "road.lead", year=year), "lead"),
        _phases(facts, year),
        *_soon(facts),
    ]


def _phases(facts: Facts, year: str) -> Table:
    """Return the phases: what each takes, who leads it, and what it rests on in this document."""
    evidence = count(
        facts, len(facts.records(GAPS, kind="evidence")), GAPS, "count of rows where kind is evidence"
    )
    mandate = count(
        facts, len(facts.records(GAPS, kind="mandate")), GAPS, "count of rows where kind is mandate"
    )
    finance = count(
        facts, len(facts.records(GAPS, kind="finance")), GAPS, "count of rows where kind is finance"
    )
    silent = count(
        facts, len(declared()) - len(facts.judged), COMMON, "declared challenges less those with a rank"
    )
    judged = count(facts, len(facts.judged), COMMON, "count of rows with a rank")
    given = {
        "know": (say(facts, "road.know", silent=silent), say(facts, "road.know_from", n=evidence)),
        "choose": (say(facts, "road.choose", judged=judged), say(facts, "road.choose_from")),
        "settle": (
            say(facts, "road.settle"),
            say(facts, "road.settle_from", mandate=mandate, finance=finance),
        ),
        "plan": (say(facts, "road.plan"), say(facts, "road.plan_from")),
        "act": (say(facts, "road.act"), say(facts, "road.act_from")),
        "follow": (say(facts, "road.follow", year=year), say(facts, "road.follow_from")),
    }
    rows = tuple(
        row_of((say(facts, f"road.{key}_name"), what, say(facts, f"road.{key}_who"), rests))
        for key, (what, rests) in given.items()
    )
    columns = heads(facts, "phase:1.8", "what:4.2", "who:2.6", "rests:3")
    return Table(
        say(facts, "road.phases"),
        columns,
        rows,
        "",
        word(facts, "road.note"),
        "phases",
    )


def _soon(facts: Facts) -> list[Block]:
    """Return how soon the actions of leading challenges serve after a decision, by who leads."""
    keys: list[str] = []
    for row in facts.judged[:LEADING]:
        keys += [
            key for side in ("protection", "empowerment") for key in actions_of(str(row["challenge"]), side)
        ]
    keys = list(dict.fromkeys(keys))
    if not keys:
        return []
    phases = (
        ("road.soon", [key for key in keys if catalogue()[key].lead_months <= SOON]),
        ("road.middle", [key for key in keys if SOON < catalogue()[key].lead_months <= LATER]),
        ("road.long", [key for key in keys if catalogue()[key].lead_months > LATER]),
    )
    rows: list[Row] = []
    for phase, inside in phases:
        if inside:
            rows.append(head_of(say(facts, phase, soon=str(SOON), later=str(LATER)).text))
            rows += [
                row_of((tier(facts, one), _with_months(facts, some))) for one, some in by_tier(inside).items()
            ]
    soon = count(facts, len(phases[0][1]), "actions", f"count of shown actions with lead_months to {SOON}")
    heading = say(
        facts,
        "road.table",
        n=soon,
        all=count(facts, len(keys), "actions", "count of shown actions"),
        months=str(SOON),
    )
    columns = heads(facts, "lead_tier:1.5", "actions_months:5")
    return [
        Table(
            heading,
            columns,
            tuple(rows),
            word(facts, "shown.catalogue"),
            word(facts, "road.table_note"),
            "soon",
        )
    ]


def _with_months(facts: Facts, keys: Sequence[str]) -> Said:
    """Return actions with their months, the soonest first."""
    parts, numbers = [], []
    for key in sorted(keys, key=lambda one: (catalogue()[one].lead_months, one)):
        months = float(catalogue()[key].lead_months)
        numbers.append(
            Number(shaped(months, "exact", facts.lang), "actions", (("action", key),), "lead_months", months)
        )
        parts.append(f"{action_title(facts, key)} ({numbers[-1].text})")
    return Said("; ".join(parts), tuple(numbers))


def monitoring_chapter(facts: Facts) -> list[Block]:
    """Return the chapter on what is followed, from what, by whom."""
    judged = {str(row["challenge"]): _followed(facts, str(row["challenge"])) for row in facts.judged}
    open_rows = tuple(_open(facts, one) for key, one in declared().items() if key not in judged)
    blocks: list[Block] = [
        Heading(say(facts, "monitor.title"), 1, "monitor"),
        Paragraph(say(facts, "monitor.lead"), "lead"),
    ]
    if judged:
        found = say(facts, "monitor.table", n=count(facts, len(judged), COMMON, "count of rows with a rank"))
        rows, note = tuple(judged.values()), word(facts, "monitor.note")
        blocks.append(
            Table(found, heads(facts, *FOLLOWED), rows, source(facts, "observations"), note, "monitoring")
        )
    rules = tuple(say(facts, f"monitor.{one}") for one in RULES)
    blocks.append(Callout(word(facts, "monitor.rules"), rules, "method"))
    if open_rows:
        blocks += [Break()] if len(judged) + len(open_rows) > MOST_ROWS else []
        columns = heads(facts, "challenge:3", "to_begin:4.6", "updated_by:3")
        whence, note = word(facts, "shown.declared"), word(facts, "monitor.open_note")
        blocks.append(Table(say(facts, "monitor.open"), columns, open_rows, whence, note, "monitoring_open"))
    return blocks


def _followed(facts: Facts, challenge: str) -> Row:
    """Return how a judged challenge is followed."""
    key = lead_of(facts, challenge)
    if not key:
        return row_of((title(facts, challenge), NOTHING, NOTHING, NOTHING, NOTHING, NOTHING), "unknown")
    posts = declared()[challenge].standard(key) if challenge in declared() else indicators()[key].goalposts
    unit = indicators()[key].unit
    target: Said | Number = NOTHING
    if posts is not None:
        target = Number(
            shaped(float(posts.goal), unit, facts.lang),
            "challenges",
            (("challenge", challenge), ("indicator", key)),
            "goal",
            float(posts.goal),
        )
    value = observed_band(facts, key) if is_known(facts, key) else NOTHING
    return row_of(
        (
            title(facts, challenge), indicator_title(facts, key), value, target,
            told(f"diagnose.needs.{filler_of(indicators()[key])}", facts.lang), _codes(key),
        )
    )  # fmt: skip


def _open(facts: Facts, one: Challenge) -> Row:
    """Return how a challenge that nobody could judge may be followed: by the first indicator that would."""
    key = one.measures[0]
    return row_of(
        (
            title(facts, one.id),
            indicator_title(facts, key),
            told(f"diagnose.needs.{filler_of(indicators()[key])}", facts.lang),
        ),
        "unknown",
    )


def _codes(key: str) -> str:
    """Return the SDG indicators that an indicator measures."""
    return " ".join(indicators()[key].sdg[:1]) or DASH
