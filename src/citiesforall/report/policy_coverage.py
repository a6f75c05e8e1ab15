"""The evidence: of what, for how many people, from which kind of source, and how good."""

from __future__ import annotations

from collections.abc import Mapping

from citiesforall.core.indicator import DIMENSIONS, indicators
from citiesforall.report.blocks import Block, Heading, Number, Paragraph, Row, Said, Table
from citiesforall.report.charts import About
from citiesforall.report.numbers import told
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import (
    COMMON,
    DASH,
    NOTHING,
    OF_MEMBERS,
    Facts,
    count,
    dimension,
    heads,
    indicator_title,
    is_known,
    listed,
    name,
    num,
    observed_band,
    row_of,
    say,
    source,
    text_or,
    title,
    word,
)
from citiesforall.report.policy_numbers import banded
from citiesforall.report.policy_parts import known, share_bars
from citiesforall.report.profile_parts import year_of
from citiesforall.report.profile_select import filler_of

HALF = 0.5
NEARLY_ALL = 0.9
"""From here on a chart of coverage shows nothing that a sentence does not say."""
BESIDE = "beside"
LEAD_HEADS = (
    "challenge:2.4",
    "rests_on:2.8",
    "value:>1.7",
    "year:>1",
    "covers:>1",
    "basis:1.2",
    "status:1.4",
)
BESIDE_HEADS = (
    "place:1.6",
    "indicator:3.2",
    "by_registers:>1.4",
    "by_streets:>1.4",
    "covers:>1.1",
    "difference:>2.4",
)
SIDES = 6
"""Pairs of two sources on one place that are shown."""
FIRST = 4
"""Indicators named of those that wait for a kind of source."""


def coverage_chapter(facts: Facts) -> list[Block]:
    """Return the chapter."""
    have = [key for key in indicators() if is_known(facts, key)]
    half = sum(_covers(facts, key) >= HALF for key in have)
    how = f"count of indicators with a value for {facts.whole}, everybody"
    lead = say(
        facts, "evidence.lead",
        known=count(facts, len(have), "observations", how),
        all=count(facts, len(indicators()), "observations", "count of declared indicators"),
        half=count(facts, half, "observations", f"{how}, and coverage_people from 0.5"),
    )  # fmt: skip
    return [
        Heading(say(facts, "evidence.title"), 1, "evidence"),
        Paragraph(lead, "lead"),
        _by_dimension(facts, have),
        *_chart(facts),
        *_leads(facts),
        *_beside(facts),
        *_waiting(facts),
        *_quality(facts),
    ]


def _covers(facts: Facts, key: str) -> float:
    """Return for which share of the people the nation's value of an indicator speaks; nothing where that is not said."""
    value = facts.rows[facts.whole, key].get("coverage_people")
    return float(str(value)) if known(value) else 0.0


def _by_dimension(facts: Facts, have: list[str]) -> Table:
    """Return how many indicators are known of each dimension."""
    rows = []
    shares = {}
    for one in DIMENSIONS:
        keys = [key for key, each in indicators().items() if each.dimension == one]
        some = [key for key in have if key in set(keys)]
        shares[one] = len(some) / len(keys) if keys else 1.0
        how = f"indicators of dimension {one}"
        cells = (
            dimension(facts, one),
            count(facts, len(keys), "observations", f"count of declared {how}"),
            count(facts, len(some), "observations", f"count of {how} with a value for {facts.whole}"),
            count(
                facts,
                sum(facts.rows[facts.whole, key]["status"] == "ok" for key in some),
                "observations",
                f"count of {how} with status ok",
            ),
            count(
                facts,
                sum(_covers(facts, key) >= HALF for key in some),
                "observations",
                f"count of {how} with coverage_people from 0.5",
            ),
        )
        rows.append(row_of(cells))
    least = min(shares, key=lambda one: shares[one])
    heading = say(facts, "evidence.least", dimension=dimension(facts, least))
    columns = heads(facts, "dimension:3", "indicators:>1.2", "with_value:>1.2", "measured:>1.2", "half:>1.6")
    return Table(heading, columns, tuple(rows), source(facts, "observations"), "", "coverage")


def _chart(facts: Facts) -> list[Block]:
    """Return for which share of the people each challenge was judged."""
    rows = [row for row in facts.judged if known(row["coverage_people"])]
    if not rows:
        return []
    points = []
    for row in rows:
        number = num(facts, COMMON, row, "coverage_people", "percent")
        points.append((title(facts, str(row["challenge"])), number))
    least = min(rows, key=lambda row: float(row["coverage_people"]))
    if float(least["coverage_people"]) >= NEARLY_ALL:
        return [
            Paragraph(
                say(
                    facts,
                    "evidence.nearly_all",
                    share=num(facts, COMMON, least, "coverage_people", "percent"),
                )
            )
        ]
    heading = say(
        facts,
        "evidence.chart",
        title=title(facts, str(least["challenge"])),
        share=num(facts, COMMON, least, "coverage_people", "percent"),
    )
    alt = f"{heading.text} " + "; ".join(f"{label}: {found.text}" for label, found in points)
    about = About(heading, word(facts, "evidence.chart_unit"), alt, source(facts, COMMON), "coverage_chart")
    return [share_bars(facts, about, points, "given")]


def _leads(facts: Facts) -> list[Block]:
    """Return what each judged challenge rests on."""
    rows = [
        _rests(facts, str(row["challenge"]), key, basis)
        for row in facts.judged
        for key, basis in _indicators(facts, str(row["challenge"])).items()
    ]
    if not rows:
        return []
    columns = heads(facts, *LEAD_HEADS)
    whence = source(facts, "observations", OF_MEMBERS)
    return [
        Table(
            say(facts, "evidence.leads"), columns, tuple(rows), whence, word(facts, "evidence.note"), "leads"
        )
    ]


def _rests(facts: Facts, challenge: str, key: str, basis: str) -> Row:
    """Return an indicator that a challenge rests on, with whom it speaks for."""
    observation = facts.rows.get((facts.whole, key))
    said = (title(facts, challenge), indicator_title(facts, key))
    if observation is None:
        return row_of((*said, NOTHING, NOTHING, NOTHING, _basis(facts, basis), NOTHING))
    value = observed_band(facts, key) if is_known(facts, key) else NOTHING
    covers: Said | Number = NOTHING
    if known(observation.get("coverage_people")):
        covers = num(facts, "observations", observation, "coverage_people", "percent")
    status = told(f"word.status.{observation['status']}", facts.lang)
    # What the nation's value rests on, which need not be what the last administration judged by it rests on.
    rests = str(observation.get("basis") or basis)
    return row_of((*said, value, str(observation["period"]), covers, _basis(facts, rests), status))


def _indicators(facts: Facts, challenge: str) -> Mapping[str, str]:
    """Return the leading indicators by which administrations were judged, and on what each rests; the commonest first."""
    counts: dict[str, int] = {}
    basis: dict[str, str] = {}
    for row in facts.of_challenge.get(challenge, ()):
        key = str(row["indicator"])
        if key in indicators():
            counts[key] = counts.get(key, 0) + 1
            basis[key] = str(row.get("basis", ""))
    return {key: basis[key] for key in sorted(counts, key=lambda one: (-counts[one], one))}


def _basis(facts: Facts, basis: str) -> str:
    """Return what a value rests on, in a word."""
    return text_or(f"policy.basis.{basis}", basis or DASH, facts.lang)


def lead_of(facts: Facts, challenge: str) -> str:
    """Return the indicator by which most administrations were judged; empty where none is known."""
    return next(iter(_indicators(facts, challenge)), "")


def _waiting(facts: Facts) -> list[Block]:
    """Return which kinds of sources would fill what is missing, the most useful first."""
    found: dict[str, list[str]] = {}
    for key, one in indicators().items():
        if not is_known(facts, key):
            found.setdefault(filler_of(one), []).append(key)
    if not found:
        return []
    ordered = sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    rows = [_waiting_row(facts, need, keys) for need, keys in ordered]
    need, keys = ordered[0]
    heading = say(
        facts, "evidence.fill",
        source=told(f"diagnose.needs.{need}", facts.lang),
        n=count(facts, len(keys), "observations", f"count of indicators without a value that rest on: {need}"),
    )  # fmt: skip
    return [
        Table(
            heading,
            heads(facts, "source:2.2", "waiting:>1.2", "most_useful:6"),
            tuple(rows),
            source(facts, "observations"),
            "",
            "fill",
        )
    ]


def _waiting_row(facts: Facts, need: str, keys: list[str]) -> Row:
    """Return a kind of source and what it would fill: indicators of SDG 11 first."""
    ordered = sorted(keys, key=lambda key: not indicators()[key].sdg)
    how = f"count of indicators without a value that rest on: {need}"
    return row_of(
        (
            told(f"diagnose.needs.{need}", facts.lang),
            count(facts, len(keys), "observations", how),
            listed(facts, [indicator_title(facts, key) for key in ordered[:FIRST]]),
        )
    )


def _beside(facts: Facts) -> list[Block]:
    """Return where two sources speak of one place: registers of all of it, and a city measured street by street in a part."""
    rows = [
        row
        for row in facts.records(BESIDE)
        if str(row["indicator"]) in indicators() and known(row["difference"])
    ]
    leads = {lead_of(facts, str(row["challenge"])) for row in facts.judged}
    rows.sort(
        key=lambda row: (row["indicator"] not in leads, -abs(float(row["difference"])), str(row["indicator"]))
    )
    if not rows:
        return []
    made = tuple(_pair(facts, row) for row in rows[:SIDES])
    note = word(facts, "evidence.beside_note")
    return [
        Table(
            say(facts, "evidence.beside"),
            heads(facts, *BESIDE_HEADS),
            made,
            source(facts, BESIDE),
            note,
            "beside",
        )
    ]


def _pair(facts: Facts, row: Record) -> Row:
    """Return two values of one place and their difference."""
    unit = indicators()[str(row["indicator"])].unit
    values = [num(facts, BESIDE, row, column, unit) for column in ("value", "other_value")]
    ends = [
        num(facts, BESIDE, row, column, unit)
        for column in ("difference", "difference_low", "difference_high")
    ]
    covers = num(facts, BESIDE, row, "other_coverage_people", "percent")
    said = (name(facts, str(row["place"])), indicator_title(facts, str(row["indicator"])))
    return row_of((*said, *values, covers, banded(*ends)))


def _quality(facts: Facts) -> list[Block]:
    """Return how many sources are of each quality, and from which years."""
    grades: dict[str, list[Mapping[str, object]]] = {}
    for one in facts.evidence.sources.values():
        grades.setdefault(str(one["grade"]), []).append(one)
    rows = []
    for grade in sorted(grades, key=lambda one: (-len(grades[one]), one)):
        years = sorted(year for one in grades[grade] if (year := year_of(one)))
        span = (
            years[0] if years and years[0] == years[-1] else f"{years[0]}{DASH}{years[-1]}" if years else DASH
        )
        roles = dict.fromkeys(
            told(f"word.role.{role}", facts.lang) for one in grades[grade] for role in _roles(one)
        )
        number = count(facts, len(grades[grade]), "run", f"count of sources of grade {grade}")
        rows.append(row_of((told(f"word.grade.{grade}", facts.lang), number, span, ", ".join(roles))))
    if not rows:
        return []
    columns = heads(facts, "quality:2.6", "sources:>1", "years:>1.4", "used_for:5")
    return [
        Table(
            say(facts, "evidence.quality"),
            columns,
            tuple(rows),
            "run.json",
            word(facts, "evidence.quality_note"),
            "quality",
        )
    ]


def _roles(one: Mapping[str, object]) -> tuple[str, ...]:
    """Return what a source is used for."""
    roles = one.get("roles", ())
    return tuple(str(role) for role in roles) if isinstance(roles, list | tuple) else ()
