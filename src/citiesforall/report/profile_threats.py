"""The chapter on threats and prevention: risk by place, floods that close the way, critical links, early warning."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from citiesforall.report.blocks import (
    Block,
    Callout,
    Heading,
    Line,
    Mark,
    Number,
    Paragraph,
    Row,
    Said,
    Table,
)
from citiesforall.report.numbers import cell, in_words, told
from citiesforall.report.profile_charts import Drawn, heat, unknown_mark
from citiesforall.report.profile_facts import (
    NOTHING,
    Facts,
    between,
    counted,
    key_of,
    of_table,
    place_name,
    plain,
    records,
    say_so,
    title_of,
    whole_of,
    word_of,
)
from citiesforall.report.profile_parts import heads, source_line
from citiesforall.report.profile_warning import links, triggers

CLASSES = ("very low", "low", "medium", "high", "very high")
"""Classes of risk, in order."""
RISKED = ("place", "group", "threat")
"""Columns that name a row of the risks."""
FLOODED = ("place", "scenario", "kind")
"""Columns that name a row of who is cut off by a flood."""
CM_PER_M = 100.0
COLUMNS = 13
"""Places a heat chart of threats can hold beside the city."""
FACTORS = ("hazard", "exposure", "vulnerability", "capacity")


def threats_chapter(facts: Facts) -> list[Block]:
    """Return the chapter."""
    return [
        Heading(say_so(facts, "threats.title"), 1, "threats"),
        Paragraph(_lead(facts), "lead"),
        Paragraph(say_so(facts, "threats.how")),
        *_risk_heat(facts),
        *_risk_table(facts),
        Heading(say_so(facts, "threats.floods"), 2, "floods"),
        *_floods(facts),
        Heading(say_so(facts, "threats.links"), 2, "links"),
        *links(facts),
        Heading(say_so(facts, "threats.warning"), 2, "warning"),
        *triggers(facts),
    ]


def city_risks(facts: Facts) -> list[dict[str, Any]]:
    """Return the risks of the city for everybody, the highest first, unknown ones last."""
    rows = records(facts, "diagnose/risk", place=facts.whole, group="all")
    return sorted(
        rows, key=lambda row: (math.isnan(float(row["risk"])), -float(row["risk"]), str(row["threat"]))
    )


def _known(row: Mapping[str, Any]) -> bool:
    """Say whether a risk is known."""
    return not math.isnan(float(row["risk"]))


def _lead(facts: Facts) -> Said:
    """Say which threat comes first, whether it is clear, and how many could be judged."""
    rows = city_risks(facts)
    known = [row for row in rows if _known(row)]
    counts = {
        "known": counted(
            facts,
            float(len(known)),
            "diagnose/risk",
            f"count of threats with a risk at {facts.whole}, group all",
        ),
        "all": counted(
            facts, float(len(rows)), "diagnose/risk", f"count of threats at {facts.whole}, group all"
        ),
    }
    if not known:
        return say_so(facts, "threats.none", **counts)
    first = known[0]
    word = told(f"diagnose.threat.{first['threat']}", facts.lang)
    risk = of_table(facts, "diagnose/risk", "risk", "index", first, RISKED)
    is_clear = len(known) == 1 or float(first["low"]) > float(known[1]["high"])
    sentence = "threats.first" if is_clear else "threats.first_unclear"
    second = told(f"diagnose.threat.{known[min(1, len(known) - 1)]['threat']}", facts.lang)
    return say_so(
        facts, sentence, threat=word, risk=risk, **counts, **({} if is_clear else {"second": second})
    )


def _risk_heat(facts: Facts) -> list[Block]:
    """Return threats by place as coloured cells; of many places those at most risk."""
    rows = {
        (str(row["place"]), str(row["threat"])): row for row in records(facts, "diagnose/risk", group="all")
    }
    known = _most_at_risk(facts, rows)
    if not known:
        return [Paragraph(say_so(facts, "threats.no_places"))]
    places = [facts.whole, *known[:COLUMNS]]
    lines = [_threat_line(facts, rows, places, str(row["threat"])) for row in city_risks(facts)]
    names = [word_of(facts, "label.whole"), *(place_name(facts, place) for place in places[1:])]
    cut = say_so(facts, "threats.cut", shown=str(COLUMNS), all=str(len(known))).text
    classes = tuple(told("diagnose.risk_class." + name.replace(" ", "_"), facts.lang) for name in CLASSES)
    at_risk = set(known)
    title = _highest(facts, [row for (place, _), row in rows.items() if place in at_risk and _known(row)])
    subtitle = word_of(facts, "threats.heat_subtitle")
    about = Drawn(title, subtitle, ("diagnose/risk",), "risk", cut if len(known) > COLUMNS else "")
    return [heat(facts, about, lines, names, classes)]


def _threat_line(
    facts: Facts, rows: Mapping[tuple[str, str], Mapping[str, Any]], places: Sequence[str], threat: str
) -> Line:
    """Return a threat with a cell for each place."""
    marks = tuple(_risk_cell(facts, rows.get((place, threat))) for place in places)
    return Line(told(f"diagnose.threat.{threat}", facts.lang), marks)


def _most_at_risk(facts: Facts, rows: Mapping[tuple[str, str], Mapping[str, Any]]) -> list[str]:
    """Return the places with a known risk by their highest one, the highest first."""
    tops: dict[str, float] = {}
    places = set(facts.places)
    for (place, _), row in rows.items():
        if place in places and _known(row):
            tops[place] = max(tops.get(place, 0.0), float(row["risk"]))
    return sorted(tops, key=lambda place: (-tops[place], place))


def _highest(facts: Facts, rows: Sequence[Mapping[str, Any]]) -> Said:
    """Say where the highest risk of all is."""
    best = max(rows, key=lambda row: float(row["risk"]))
    return say_so(
        facts,
        "threats.highest",
        threat=told(f"diagnose.threat.{best['threat']}", facts.lang),
        place=place_name(facts, str(best["place"])),
        risk=of_table(facts, "diagnose/risk", "risk", "index", best, RISKED),
    )


def _risk_cell(facts: Facts, row: Mapping[str, Any] | None) -> Mark:
    """Return a risk as a cell: its class, and its value as the label."""
    if row is None or not _known(row) or row["class"] not in CLASSES:
        return unknown_mark(facts)
    return Mark(
        float(CLASSES.index(str(row["class"]))),
        cell(of_table(facts, "diagnose/risk", "risk", "index", row, RISKED)),
    )


def _risk_table(facts: Facts) -> list[Block]:
    """Return what each risk of the city is made of."""
    rows = city_risks(facts)
    if not rows:
        return [Paragraph(say_so(facts, "threats.not_diagnosed"))]
    body = tuple(Row(_risk_cells(facts, row)) for row in rows)
    columns = heads(
        facts,
        "threat:2.6",
        "hazard:>1",
        "exposure:>1",
        "vulnerability:>1",
        "capacity:>1",
        "risk:>0.9",
        "interval:>1.5",
        "class:1.3",
        "reached:>1.2",
    )
    lacking = sum(not _known(row) for row in rows)
    title = (
        say_so(facts, "threats.parts")
        if not lacking
        else say_so(
            facts,
            "threats.parts_lack",
            lacking=counted(
                facts, float(lacking), "diagnose/risk", f"count of threats without a risk at {facts.whole}"
            ),
        )
    )
    note = word_of(facts, "threats.parts_note")
    return [Table(title, columns, body, source_line(facts, "diagnose/risk"), note, "risk_parts")]


def _risk_cells(facts: Facts, row: Mapping[str, Any]) -> tuple[Said, ...]:
    """Return the cells of a risk: its factors, itself with its interval and class, and the people it reaches."""
    low, high = (of_table(facts, "diagnose/risk", name, "index", row, RISKED) for name in ("low", "high"))
    key = (
        f"diagnose.risk_class.{str(row['class']).replace(' ', '_')}" if _known(row) else "word.status.missing"
    )
    people = of_table(facts, "diagnose/risk", "people", "count", row, RISKED)
    return (
        plain(told(f"diagnose.threat.{row['threat']}", facts.lang)),
        *(_index_cell(facts, row, name) for name in FACTORS),
        _index_cell(facts, row, "risk"),
        between(low, high, "index", facts.lang),
        plain(told(key, facts.lang)),
        NOTHING if math.isnan(people.value) else plain(people),
    )


def _index_cell(facts: Facts, row: Mapping[str, Any], column: str) -> Said:
    """Return a factor of 0 to 1; a dash where it is unknown."""
    number = of_table(facts, "diagnose/risk", column, "index", row, RISKED)
    return NOTHING if math.isnan(number.value) else plain(number)


def _floods(facts: Facts) -> list[Block]:
    """Return who loses which way in the widest flood, or why that is not known."""
    rows = records(facts, "diagnose/flood_access", place=facts.whole)
    known = [row for row in rows if not math.isnan(float(row["people_lost"]))]
    if not known:
        notes = sorted({name for row in rows for name in str(row["note"]).split()})
        reasons = [Said(told(f"diagnose.cut_off_note.{name}", facts.lang)) for name in notes]
        reasons = reasons or [say_so(facts, "threats.not_diagnosed")]
        return [Callout(word_of(facts, "threats.floods_unknown"), tuple(reasons), "limit")]
    widest = str(min(known, key=lambda row: (float(row["class_from"]), str(row["scenario"])))["scenario"])
    shown = sorted(
        (row for row in known if row["scenario"] == widest), key=lambda row: -float(row["people_lost"])
    )
    first = next((row for row in shown if row["indicator"]), shown[0])
    title = say_so(
        facts,
        "threats.flood_worst",
        service=_service(facts, first),
        lost=of_table(facts, "diagnose/flood_access", "people_lost", "persons", first, FLOODED),
    )
    body = tuple(Row(_flood_cells(facts, row)) for row in shown)
    columns = heads(facts, "service:4", "before:>1.6", "lost:>1.4", "interval:>2.2", "flooded_home:>1.8")
    source = source_line(facts, "diagnose/flood_access")
    return [Paragraph(_flood_said(facts, first)), Table(title, columns, body, source, id="flood_access")]


def _flood_said(facts: Facts, row: Mapping[str, Any]) -> Said:
    """Return from which depth a flood closes and how often it comes."""
    depth_m = float(row["depth_m"])
    text = in_words(CM_PER_M * depth_m, "count", facts.lang)
    depth = Number(
        text, "diagnose/flood_access", key_of(row, FLOODED), "depth_m", depth_m, f"{CM_PER_M:g} x depth_m"
    )
    years = whole_of(facts, "diagnose/flood_access", "return_period_years", row, FLOODED)
    if math.isnan(years.value):
        return say_so(facts, "threats.flood_note_depth", depth=depth)
    return say_so(facts, "threats.flood_note", depth=depth, years=years)


def _service(facts: Facts, row: Mapping[str, Any]) -> str:
    """Return what a row of the flood table is about."""
    if row["indicator"]:
        return title_of(facts, str(row["indicator"]))
    return told(f"diagnose.cut_off_kind.{row['kind']}", facts.lang)


def _flood_cells(facts: Facts, row: Mapping[str, Any]) -> tuple[Said, ...]:
    """Return the cells of a service in a flood."""
    number = {
        name: of_table(facts, "diagnose/flood_access", name, "count", row, FLOODED)
        for name in ("people_before", "people_lost", "low", "high", "lost_flooded_home")
    }
    return (
        plain(_service(facts, row)),
        plain(number["people_before"]),
        plain(number["people_lost"]),
        between(number["low"], number["high"], "count", facts.lang),
        plain(number["lost_flooded_home"]),
    )
