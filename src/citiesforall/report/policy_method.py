"""The last chapters: how the numbers were made, how to check one, sources with their licences, and every administration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from citiesforall.core.references import references
from citiesforall.report.blocks import (
    Block,
    Bullets,
    Callout,
    Column,
    Heading,
    Number,
    Paragraph,
    Row,
    Said,
    Table,
)
from citiesforall.report.numbers import told
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import (
    DASH,
    NOTHING,
    OF_MEMBERS,
    Facts,
    count,
    head_of,
    heads,
    name,
    num,
    row_of,
    say,
    source,
    title,
    word,
)
from citiesforall.report.policy_kinds import kind_names
from citiesforall.report.policy_limits import WEAK
from citiesforall.report.policy_parts import known
from citiesforall.report.profile_parts import year_of

STEPS = (
    "members",
    "sums",
    "coverage",
    "severity",
    "ranks",
    "kinds",
    "peers",
    "options",
    "scaled",
    "progress",
    "withheld",
)
CITED = (
    "emerson_2013", "theil_1967", "shorrocks_1980", "hennig_2007", "rousseeuw_1987", "wilks_1941", "unsd_progress_2022",
)  # fmt: skip
MOST_FILES = 20
"""City files that are listed."""
COLUMNS = 6
"""Challenges side by side in the annex."""


def method_chapter(facts: Facts) -> list[Block]:
    """Return the chapter on method."""
    steps = tuple(say(facts, f"method.{one}") for one in STEPS)
    cited = [references()[key] for key in CITED if key in references()]
    texts = tuple(Said(f"{one['author']} ({one['year']}). {one['title']}.") for one in cited)
    blocks: list[Block] = [
        Heading(say(facts, "method.title"), 1, "method"),
        Paragraph(say(facts, "method.lead"), "lead"),
        Bullets(steps),
        Paragraph(say(facts, "method.check_how", file="numbers.csv"), strong=say(facts, "method.check").text),
    ]
    return [*blocks, Callout(word(facts, "method.cited"), texts, "method")] if texts else blocks


def sources_chapter(facts: Facts) -> list[Block]:
    """Return the chapter on sources: provider, licence, edition, grade, and which cities use each."""
    sources = facts.evidence.sources
    heading: list[Block] = [Heading(say(facts, "sources.title"), 1, "sources")]
    if not sources:
        return [*heading, Paragraph(say(facts, "sources.none"), "lead")]
    ordered = sorted(sources.items(), key=lambda pair: (pair[1].get("roles", [""])[:1], pair[0]))
    weak = sum(one.get("grade") in WEAK for one in sources.values())
    lead = say(
        facts, "sources.lead",
        all=count(facts, len(sources), "run", "count of sources of all cities"),
        weak=count(facts, weak, "run", "count of sources whose grade is modelled or assumed"),
    )  # fmt: skip
    rows = tuple(_source_row(facts, one) for _, one in ordered)
    columns = heads(
        facts,
        "for:1.9",
        "source:3.4",
        "provider:3",
        "licence:1.3",
        "edition:1.4",
        "quality:2.2",
        "cities:>0.9",
    )
    table = Table(
        say(facts, "sources.table"), columns, rows, "run.json", word(facts, "sources.note"), "sources"
    )
    return [*heading, Paragraph(lead, "lead"), table, *_files(facts)]


def _source_row(facts: Facts, one: Mapping[str, Any]) -> Row:
    """Return a source; modelled and assumed ones are marked."""
    roles = ", ".join(told(f"word.role.{role}", facts.lang) for role in one.get("roles", ()))
    used = count(facts, len(one["cities"]), "run", f"count of cities that use {one.get('id', '')}")
    cells = (
        roles, str(one.get("title", "")), str(one.get("provider", "")), str(one.get("licence", "")),
        str(one.get("vintage") or year_of(one) or DASH), told(f"word.grade.{one['grade']}", facts.lang), used,
    )  # fmt: skip
    return row_of(cells, "unknown" if one.get("grade") in WEAK else "plain")


def _files(facts: Facts) -> list[Block]:
    """Return the city files with their runs, and those that failed with the reason; few of many invented ones."""
    said = facts.evidence.said.get("nation", {})
    rows = [_file_row(facts, one) for one in said.get("cities", ())[:MOST_FILES]]
    for file, why in sorted(facts.evidence.failed.items())[:MOST_FILES]:
        rows.append(row_of((file, DASH, word(facts, "sources.failed"), why, DASH), "bad"))
    if not rows:
        return []
    left = len(said.get("cities", ())) - MOST_FILES
    note = (
        say(facts, "gaps.more", n=count(facts, left, "nation", "count of cities not shown")).text
        if left > 0
        else ""
    )
    columns = heads(facts, "file:3", "code:1.6", "measured_by:2", "run:3", "period:1")
    return [Table(say(facts, "sources.files"), columns, tuple(rows), "nation.json", note, "files")]


def _file_row(facts: Facts, one: Mapping[str, Any]) -> Row:
    """Return a city file with its run."""
    how = told(f"policy.kind.{one['kind']}", facts.lang)
    return row_of(
        (str(one["file"]), str(one["code"]), how, str(one.get("run", "")), str(one.get("period", "")))
    )


def annex(facts: Facts) -> list[Block]:
    """Return every administration by province: people, kind, and how severe each leading challenge is there."""
    chosen = [str(row["challenge"]) for row in facts.judged[:COLUMNS]]
    if not chosen:
        return []
    severity = {(str(row["member"]), one): row for one in chosen for row in facts.of_challenge.get(one, ())}
    kinds = kind_names(facts)
    rows: list[Row] = []
    parents = list(
        dict.fromkeys([*facts.provinces, *sorted({str(row["parent"]) for row in facts.members.values()})])
    )
    for parent in parents:
        inside = sorted(
            (row for row in facts.members.values() if row["parent"] == parent),
            key=lambda row: str(row["member"]),
        )
        if inside:
            rows.append(head_of(name(facts, parent)))
            rows += [
                _member(facts, row, kinds, [severity.get((str(row["member"]), one)) for one in chosen])
                for row in inside
            ]
    columns = (
        *heads(facts, "where:2.6", "people:>1.3", "kind:0.9"),
        *(Column(title(facts, one), "right", 1.5) for one in chosen),
    )
    found = say(facts, "annex.table", n=count(facts, len(facts.members), "members", "count of rows"))
    return [
        Heading(say(facts, "annex.title"), 1, "annex"),
        Table(
            found,
            columns,
            tuple(rows),
            source(facts, "members", OF_MEMBERS, "kinds/member_kinds"),
            word(facts, "annex.note"),
            "annex",
        ),
    ]


def _member(facts: Facts, row: Record, kinds: Mapping[str, str], found: Sequence[Record | None]) -> Row:
    """Return an administration as a row."""
    people: Said | Number = num(facts, "members", row, "people", "exact") if known(row["people"]) else NOTHING
    cells = [
        num(facts, OF_MEMBERS, one, "severity", "score") if one is not None else NOTHING for one in found
    ]
    code = str(row["member"])
    return row_of((name(facts, code), people, kinds.get(code, DASH), *cells))
