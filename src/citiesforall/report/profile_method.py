"""The last chapters of a profile: method, choices, sources with licences, how to check a number, and every value there is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from citiesforall.core.indicator import DIMENSIONS
from citiesforall.report.blocks import Block, Bullets, Callout, Heading, Number, Paragraph, Row, Said, Table
from citiesforall.report.numbers import in_words, told
from citiesforall.report.profile_facts import (
    DASH,
    NOTHING,
    Facts,
    as_is,
    counted,
    declared,
    interval,
    is_known,
    observed,
    place_name,
    plain,
    row_of,
    say_so,
    status_of,
    title_of,
    word_of,
)
from citiesforall.report.profile_limits import coverage
from citiesforall.report.profile_parts import heads, run_of, source_line, year_of
from citiesforall.report.profile_select import picks, spread

STEPS_TOLD = (
    "estimate",
    "places",
    "walks",
    "intervals",
    "scores",
    "ranks",
    "selection",
    "chosen",
    "withheld",
)
"""What is told of the method, one sentence or two each."""
WEAK = frozenset({"modelled", "assumed"})
"""Grades of sources that counted nothing."""
CHOICES = {
    "walk_m_s": "m/s",
    "slow_walk_m_s": "m/s",
    "snap_m": "m",
    "reach_m": "m",
    "cell_m": "m",
    "draws": "",
    "seed": "",
}
"""Choices of a city file that move numbers, and their units as written everywhere."""


def method_chapter(facts: Facts) -> list[Block]:
    """Return the chapter on method, choices and sources."""
    run = run_of(facts)
    return [
        Heading(say_so(facts, "method.title"), 1, "method"),
        Paragraph(say_so(facts, "method.lead"), "lead"),
        Bullets(tuple(say_so(facts, f"method.{name}") for name in STEPS_TOLD)),
        *_choices(facts),
        Heading(say_so(facts, "method.check"), 2, "check"),
        Paragraph(say_so(facts, "method.check_how", file="numbers.csv", command="cities explain")),
        Callout(word_of(facts, "method.example"), tuple(_examples(facts)), "method"),
        Heading(say_so(facts, "method.sources"), 2, "sources"),
        *_sources(facts),
        Paragraph(
            as_is(
                facts,
                "method.run",
                run=str(run.get("run", DASH)),
                software=str(run.get("software", DASH)),
                code=str(run.get("code", DASH)),
            ),
            "note",
        ),
    ]


def _choices(facts: Facts) -> list[Block]:
    """Return the choices the numbers rest on, with their values."""
    given: dict[str, Any] = run_of(facts).get("choices", {})
    if not given:
        return []
    rows = []
    for name, unit in CHOICES.items():
        if name in given:
            value = float(given[name])
            text = (
                f"{value:,g} {unit}".strip()
                if unit
                else in_words(value, "count", facts.lang).replace(",", "")
            )
            number = Number(text, "run", (), f"choices.{name}", value)
            rows.append(Row((plain(word_of(facts, f"choice.{name}")), plain(number), Said(name))))
    columns = heads(facts, "choice:5", "value:>1.4", "name:1.6")
    return [
        Table(
            say_so(facts, "method.choices"),
            columns,
            tuple(rows),
            source_line(facts, "observations"),
            word_of(facts, "method.choices_note"),
            "choices",
        )
    ]


def _sources(facts: Facts) -> list[Block]:
    """Return every source with its provider, licence, edition, year and grade."""
    sources = run_of(facts).get("sources", {})
    if not sources:
        return [Paragraph(say_so(facts, "method.no_sources"))]
    ordered = sorted(sources.items(), key=lambda pair: (pair[1].get("roles", [""])[:1], pair[0]))
    rows = [_source_row(facts, one) for _, one in ordered]
    columns = heads(facts, "role:2.1", "source:3.4", "provider:3.2", "licence:1.2", "edition:1", "grade:2.4")
    weak = sum(one["grade"] in WEAK for one in sources.values())
    every = counted(facts, float(len(sources)), "run", "count of sources")
    some = counted(facts, float(weak), "run", "count of sources whose grade is modelled or assumed")
    title = say_so(facts, "method.sources_all", all=every)
    if weak:
        title = say_so(facts, "method.sources_weak", weak=some, all=every)
    return [
        Table(
            title,
            columns,
            tuple(rows),
            source_line(facts, "observations"),
            say_so(facts, "method.sources_note", files="run.json, sources.csv").text,
            "sources",
        )
    ]


def _source_row(facts: Facts, one: Mapping[str, Any]) -> Row:
    """Return a source; modelled and assumed ones are marked."""
    cells = (
        ", ".join(told(f"word.role.{role}", facts.lang) for role in one.get("roles", ())),
        str(one["title"]),
        str(one["provider"]),
        str(one["licence"]),
        str(one.get("vintage") or year_of(one) or DASH),
        told(f"word.grade.{one['grade']}", facts.lang),
    )
    return Row(tuple(Said(text) for text in cells), tone="unknown" if one["grade"] in WEAK else "plain")


def _examples(facts: Facts) -> list[Said]:
    """Return commands that show where a number of this profile comes from."""
    said = []
    lead = next((one.indicator for key in DIMENSIONS for one in picks(facts, key, 1)), "population")
    said.append(
        say_so(facts, "method.example_city", title=title_of(facts, lead), command=f"cities explain {lead}")
    )
    order = spread(facts, lead)
    if order:
        command = f"cities explain {lead} --place {order[0]}"
        said.append(
            say_so(
                facts,
                "method.example_place",
                title=title_of(facts, lead),
                place=place_name(facts, order[0]),
                command=command,
            )
        )
    return said


def annex(facts: Facts, shown: Collection[str]) -> list[Block]:
    """Return every indicator that has a value for the city and no place in a table of a chapter, by dimension.

    Parameters
    ----------
    facts
        The tables.
    shown
        Indicators that chapters have shown.
    """
    rows: list[Row] = []
    for dimension in DIMENSIONS:
        keys = [key for key in declared(dimension) if is_known(facts, key) and key not in shown]
        if keys:
            rows.append(Row((Said(told(f"word.dimension.{dimension}", facts.lang)),), "head"))
            rows += [Row(_cells(facts, key)) for key in keys]
    known = sum(one["known"] for one in coverage(facts).values())
    how = f"count of rows with place {facts.whole}, group all and a value"
    rest = sum(row.kind == "body" for row in rows)
    title = say_so(
        facts,
        "annex.table",
        rest=counted(facts, float(rest), "observations", f"{how}, not in the tables of the dimensions"),
        known=counted(facts, float(known), "observations", how),
    )
    columns = heads(facts, "indicator:6", "value:>3", "interval:>1.6")
    files = "observations.parquet, observations.csv, missing.csv"
    note = say_so(facts, "annex.note", files=files).text
    return [
        Heading(say_so(facts, "annex.title"), 1, "annex"),
        Table(title, columns, tuple(rows), source_line(facts, "observations"), note, "annex"),
    ]


def _cells(facts: Facts, key: str) -> tuple[Said, ...]:
    """Return the cells of an indicator; what makes its value doubtful stands beside it."""
    band = interval(facts, key)
    value = observed(facts, key)
    doubt = status_of(facts, row_of(facts, key).status)
    said = Said(f"{value.text} [{doubt}]" if doubt else value.text, (value,))
    return (plain(title_of(facts, key)), said, band if band.text else NOTHING)
