"""The nation's cities: where people live, how urban the nation is by each definition, how provinces grow on the same ground."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from citiesforall.core.indicator import indicators
from citiesforall.report.blocks import (
    Beside,
    Block,
    Heading,
    Number,
    Paragraph,
    Row,
    Said,
    Table,
)
from citiesforall.report.charts import About
from citiesforall.report.numbers import told
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import (
    DASH,
    HAS_VALUE,
    NAN,
    NOTHING,
    Facts,
    count,
    first_of,
    heads,
    indicator_title,
    joined,
    name,
    num,
    observed,
    observed_band,
    row_of,
    say,
    source,
    total,
    word,
)
from citiesforall.report.policy_maps import Atlas, largest_names, value_map
from citiesforall.report.policy_numbers import banded, number_of, shaped
from citiesforall.report.policy_parts import known

GROWTH = "diagnose/growth"
URBAN_WORD = "urban"
NOT_URBAN = frozenset({"urban_policy_score", "urban_policy_counts", "urban_people_growth"})
"""Indicators with that word which are no definition of who is urban."""
FEW = 2
AREA = 1e6
DENSITY_FROM = 0.9
"""Share of a province's people whose administration's area is known, from which its density is told (ours)."""
LARGEST = 10
"""Administrations named beside the map of people."""
MAP_NAMES = 14
"""Provinces named on it."""
NAMED = 4
PEOPLE = "people"


def cities_chapter(facts: Facts, atlas: Atlas | None) -> list[Block]:
    """Return the chapter."""
    return [
        Heading(say(facts, "cities.title"), 1, "cities"),
        Paragraph(_lead(facts), "lead"),
        *_map(facts, atlas),
        *_urban(facts),
        *_provinces(facts),
    ]


def _counted(facts: Facts) -> list[Record]:
    """Return the administrations whose people count, the largest first."""
    rows = [row for row in facts.members.values() if not row.get("part_of") and known(row["people"])]
    return sorted(rows, key=lambda row: (-float(row["people"]), str(row["member"])))


def people_in_all(facts: Facts) -> Number:
    """Return the people of all administrations, to the last one."""
    people = sum(float(row["people"]) for row in _counted(facts))
    return total(facts, people, "exact", "members", "sum of people where part_of is empty")


def _lead(facts: Facts) -> Said:
    """Return how many live where."""
    rows = _counted(facts)
    if not rows:
        return say(facts, "cities.nobody")
    largest = rows[0]
    given: dict[str, Number | str] = {
        "people": people_in_all(facts),
        "members": count(facts, len(rows), "members", "count of rows with people where part_of is empty"),
        "largest": name(facts, str(largest["member"])),
        "n": num(facts, "members", largest, "people", "people"),
    }
    half, people = 0, 0.0
    every = people_in_all(facts).value
    while people < every / 2:
        people += float(rows[half]["people"])
        half += 1
    how = "fewest administrations that hold half of the people"
    return say(facts, "cities.lead", half=count(facts, half, "members", how), **given)


def _map(facts: Facts, atlas: Atlas | None) -> list[Block]:
    """Return the map of how many live in each administration."""
    if atlas is None:
        return []
    rows = _counted(facts)
    values = {str(row["member"]): num(facts, "members", row, "people", "exact") for row in rows}
    largest = "; ".join(
        f"{name(facts, str(row['member']))}: {values[str(row['member'])].text}" for row in rows[:5]
    )
    heading = say(
        facts, "cities.map", names=first_of(facts, [name(facts, str(row["member"])) for row in rows[:3]], 3)
    )
    parts = [name(facts, code) for code, row in facts.members.items() if row.get("part_of")]
    note = say(facts, "cities.parts", names=first_of(facts, parts, 4)).text if parts else ""
    about = About(
        heading,
        word(facts, "cities.map_unit"),
        f"{heading.text} {largest}",
        source(facts, "members"),
        "people_map",
        note,
    )
    drawn = value_map(atlas, facts.lang, values, about, names=largest_names(atlas, facts.names, MAP_NAMES))
    largest_rows = tuple(
        row_of((name(facts, str(row["member"])), num(facts, "members", row, "people", "thousand")))
        for row in rows[:LARGEST]
    )
    table = Table(say(facts, "cities.largest"), heads(facts, "where:2.4", "thousands:>1"), largest_rows)
    return [Beside((drawn,), (table,), 0.64)]


def urban_definitions(facts: Facts) -> list[str]:
    """Return the indicators that say who is urban and are known for the nation."""
    return [
        key
        for key, one in indicators().items()
        if URBAN_WORD in key and key not in NOT_URBAN and one.unit == "%" and (facts.whole, key) in facts.rows
    ]


def _urban(facts: Facts) -> list[Block]:
    """Return the definitions of urban side by side; those without a value say so."""
    keys = urban_definitions(facts)
    if not keys:
        return []
    rows = []
    values = []
    for key in keys:
        row = facts.rows[facts.whole, key]
        held = row["status"] in HAS_VALUE and known(row["value"])
        if held:
            values.append(observed(facts, key))
        meaning = told(f"indicator.{key}.meaning", facts.lang)
        reason = Said(told(f"word.status.{row['status']}", facts.lang))
        rows.append(
            row_of(
                (
                    indicator_title(facts, key),
                    observed_band(facts, key) if held else reason,
                    str(row["period"]) if held else DASH,
                    meaning,
                ),
                "plain" if held else "unknown",
            )
        )
    heading = say(facts, "urban.one")
    if len(values) >= FEW:
        low, high = min(values, key=lambda one: one.value), max(values, key=lambda one: one.value)
        heading = say(facts, "urban.finding", low=low, high=high)
    return [
        Heading(say(facts, "urban.title"), 2, "urban"),
        Table(
            heading,
            heads(facts, "definition:2.6", "value:>1.6", "year:>0.8", "meaning:5"),
            tuple(rows),
            source(facts, "observations"),
            word(facts, "urban.note"),
            "urban",
        ),
    ]


def _growth_table(facts: Facts) -> tuple[str, dict[str, Record]]:
    """Return the table of growth of the city that covers the nation, with the rows of nation and provinces that are known."""
    wanted = {facts.whole, *facts.provinces}
    for table in facts.evidence.tables:
        if table.endswith(GROWTH):
            rows = (
                row
                for row in facts.records(table)
                if row["place"] in wanted and row.get("quantity", PEOPLE) == PEOPLE
            )
            known_rows = {str(row["place"]): row for row in rows if known(row["rate"])}
            if known_rows:
                return table, known_rows
    return "", {}


def _growth_cell(facts: Facts, table: str, row: Record | None) -> Said:
    """Return a rate of growth a year with its interval; a dash where it is not known."""
    if row is None:
        return NOTHING
    value, low, high = (
        number_of(table, row, ("place", "quantity"), column, ("signed", facts.lang))
        for column in ("rate", "low", "high")
    )
    return banded(value, low, high)


def _growth_said(facts: Facts, table: str, rows: Mapping[str, Record]) -> list[Block]:
    """Say which provinces grow fastest and which lost people, and how that was measured."""
    provinces = sorted(
        (row for code, row in rows.items() if code != facts.whole),
        key=lambda row: (-float(row["rate"]), str(row["place"])),
    )
    if not provinces:
        return [Paragraph(say(facts, "growth.unknown"))]
    fastest = provinces[0]
    years = {"first": f"{float(fastest['from_year']):.0f}", "last": f"{float(fastest['to_year']):.0f}"}
    rate = number_of(table, fastest, ("place", "quantity"), "rate", ("signed", facts.lang))
    said = [say(facts, "growth.finding", place=name(facts, str(fastest["place"])), rate=rate, **years)]
    shrunk = [
        name(facts, str(row["place"])) for row in provinces if known(row["high"]) and float(row["high"]) < 0
    ]
    said.append(
        say(facts, "growth.shrunk", names=first_of(facts, shrunk, NAMED))
        if shrunk
        else say(facts, "growth.none_shrunk")
    )
    return [Paragraph(joined(said), strong=word(facts, "growth.title"))]


def _growth_note(facts: Facts, rows: Mapping[str, Record]) -> str:
    """Return how growth was measured, and which provinces had to be measured together."""
    if not rows:
        return ""
    joint = dict.fromkeys(
        str(row["together"]) for code, row in rows.items() if " " in str(row.get("together", ""))
    )
    pairs = [" + ".join(name(facts, code) for code in one.split()) for one in joint]
    parts = [say(facts, "growth.note")] + (
        [say(facts, "growth.joint", pairs="; ".join(pairs))] if pairs else []
    )
    return joined(parts).text


def _province(facts: Facts, code: str, every: Number, growth: Said) -> Row:
    """Return a province as a row."""
    inside = [row for row in facts.members.values() if row["parent"] == code and not row.get("part_of")]
    people = _people(facts, code)
    # People of administrations without an area are not set over the area of the others; where they are many, nothing is said.
    measured = [row for row in inside if known(row["area_m2"]) and known(row["people"])]
    area, living = (sum(float(row[name]) for row in measured) for name in ("area_m2", "people"))
    how = f"sum of people over members with parent {code}"
    part = people / every.value if every.value else NAN
    dense = NOTHING
    if area and living >= DENSITY_FROM * people:
        said = f"{how} that have an area, by area_m2 x 1e-6"
        number = total(facts, living / (area / AREA), "exact", "members", said)
        dense = Said(number.text, (number,))
    members = count(facts, len(inside), "members", f"count of rows with parent {code}")
    share = Number(shaped(part, "percent", facts.lang), "members", (), "", part, f"{how}, of all")
    return row_of(
        (name(facts, code), members, total(facts, people, "exact", "members", how), share, dense, growth)
    )


def _provinces(facts: Facts) -> list[Block]:
    """Return the table of provinces: administrations, people, share, density, growth on the same ground."""
    if not facts.provinces:
        return []
    table, growth = _growth_table(facts)
    every = people_in_all(facts)
    order = sorted(facts.provinces, key=lambda one: (-_people(facts, one), one))
    rows = [_province(facts, code, every, _growth_cell(facts, table, growth.get(code))) for code in order]
    whole = sum(not row.get("part_of") for row in facts.members.values())
    members = count(facts, whole, "members", "count of rows where part_of is empty")
    grown = _growth_cell(facts, table, growth.get(facts.whole))
    last = row_of((name(facts, facts.whole), members, every, Said(""), Said(""), grown))
    provinces = count(facts, len(facts.provinces), "places", "count of rows where level is province")
    shown = Table(
        say(facts, "cities.table", n=provinces),
        heads(
            facts, "province:2.6", "members:>1.5", "people:>1.6", "share:>1.1", "density:>1.3", "growth:>2.6"
        ),
        (*rows, replace(last, kind="total")),
        source(facts, "members", *([table] if table else [])),
        _growth_note(facts, growth),
        "provinces",
    )
    return [*_growth_said(facts, table, growth), shown]


def _people(facts: Facts, province: str) -> float:
    """Return the people of a province."""
    inside = (row for row in facts.members.values() if row["parent"] == province and not row.get("part_of"))
    return sum(float(row["people"]) for row in inside if known(row["people"]))
