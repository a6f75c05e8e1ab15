"""The chapter on urbanisation: people, land, density, degree of urbanisation, and what may come."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from citiesforall.report.blocks import (
    Block,
    Callout,
    Chart,
    Heading,
    KeyFigure,
    KeyFigures,
    Line,
    Mark,
    Number,
    Paragraph,
    Row,
    Said,
    Table,
)
from citiesforall.report.charts_axes import value_ticks, year_ticks
from citiesforall.report.numbers import cell, told
from citiesforall.report.profile_charts import alt_of
from citiesforall.report.profile_facts import (
    NOTHING,
    Facts,
    between,
    interval,
    is_known,
    listed,
    observed,
    of_table,
    percent_of,
    place_name,
    plain,
    row_of,
    say_so,
    status_of,
    title_of,
    word_of,
)
from citiesforall.report.profile_maps import map_of
from citiesforall.report.profile_parts import beside, heads, source_line, with_interval
from citiesforall.report.profile_select import spread

FIGURES = ("population", "population_density", "population_growth", "built_up_per_person")
"""What is shown large, where it is known."""
LAND = (
    "land_area",
    "built_up_area",
    "built_up_change",
    "land_consumption_rate",
    "land_use_efficiency",
    "street_density",
)
"""Facts about land."""
CLASSES = ("people_in_urban_centre", "people_in_towns", "people_in_rural_cells")
"""Degree of Urbanisation, level 1."""
HALF = 50.0
AHEAD = ("place", "quantity", "year")
"""Columns that name a row of the outlook."""
GROWN = ("place", "quantity")
"""Columns that name a row of growth."""
PLACES_SHOWN = 24
"""Rows of the table of places; of more places the most populous are shown."""


def growth_chapter(facts: Facts) -> list[Block]:
    """Return the chapter.

    Parameters
    ----------
    facts
        The tables.
    """
    blocks: list[Block] = [
        Heading(say_so(facts, "growth.title"), 1, "growth"),
        Paragraph(_growth_sentence(facts), "lead"),
        Paragraph(_class_sentence(facts)),
        *_figures(facts),
    ]
    drawn = _outlook(facts)
    if is_known(facts, "population_density"):
        drawn += map_of(facts, "population_density", _dense(facts), "map_density")
    blocks += [*beside(drawn), _land_table(facts), _places_table(facts)]
    notes = _outlook_notes(facts)
    return [*blocks, Callout(word_of(facts, "growth.how"), tuple(notes), "method")]


def _growth_sentence(facts: Facts) -> Said:
    """Say how fast the city has grown, or that nobody knows."""
    rows = _records(facts, "diagnose/growth", "people")
    own = [row for row in rows if row["place"] == facts.whole and not math.isnan(float(row["rate"]))]
    people = observed(facts, "population")
    if not own:
        return say_so(facts, "growth.unknown", people=people)
    row = own[0]
    return say_so(
        facts,
        "growth.known",
        people=people,
        rate=percent_of(facts, "diagnose/growth", "rate", row, GROWN),
        past=of_table(facts, "diagnose/growth", "past", "persons", row, GROWN),
        present=of_table(facts, "diagnose/growth", "present", "persons", row, GROWN),
        first=str(int(row["from_year"])),
        last=str(int(row["to_year"])),
    )


def _class_sentence(facts: Facts) -> Said:
    """Say in which degree of urbanisation most people live."""
    known = [key for key in CLASSES if is_known(facts, key)]
    if not known:
        return say_so(facts, "growth.no_class")
    most = max(known, key=lambda key: row_of(facts, key).value)
    sentence = "growth.class_most" if row_of(facts, most).value > HALF else "growth.class_mixed"
    return say_so(facts, sentence, title=title_of(facts, most), value=observed(facts, most))


def _figures(facts: Facts) -> list[Block]:
    """Return the figures shown large."""
    found = [
        KeyFigure(cell(observed(facts, key)), title_of(facts, key), _figure_note(facts, key))
        for key in FIGURES
        if is_known(facts, key)
    ]
    return [KeyFigures(tuple(found))] if found else []


def _figure_note(facts: Facts, key: str) -> Said:
    """Return interval and doubt of a figure."""
    band = interval(facts, key)
    doubt = status_of(facts, row_of(facts, key).status)
    return Said(" · ".join(part for part in (band.text, doubt) if part), band.numbers)


def _records(facts: Facts, table: str, quantity: str) -> list[Mapping[str, Any]]:
    """Return rows of a table about a quantity."""
    rows = facts.table(table)
    if rows.empty:
        return []
    return [
        {str(name): value for name, value in row.items()}
        for row in rows[rows["quantity"] == quantity].to_dict("records")
    ]


def _outlook(facts: Facts) -> list[Block]:
    """Return the chart of people to come, with its band; a sentence why there is none."""
    rows = [row for row in _records(facts, "diagnose/outlook", "people") if row["place"] == facts.whole]
    known = sorted((row for row in rows if not math.isnan(float(row["value"]))), key=lambda row: row["year"])
    ahead = [row for row in known if row["method"] != "counted"]
    if not ahead:
        notes = {str(row["note"]) for row in rows if row["note"]}
        reasons = [
            told(f"diagnose.outlook_note.{name}", facts.lang)
            for note in sorted(notes)
            for name in note.split()
        ]
        return (
            [Callout(word_of(facts, "growth.no_outlook"), tuple(Said(one) for one in reasons), "limit")]
            if reasons
            else []
        )
    return [_outlook_chart(facts, known, ahead)]


def _outlook_chart(
    facts: Facts, known: Sequence[Mapping[str, Any]], ahead: Sequence[Mapping[str, Any]]
) -> Chart:
    """Return people by year with the band of the outlook."""
    last = ahead[-1]
    numbers = [of_table(facts, "diagnose/outlook", "value", "persons", row, AHEAD) for row in known]
    ends = [of_table(facts, "diagnose/outlook", name, "persons", last, AHEAD) for name in ("low", "high")]
    title = say_so(
        facts,
        "growth.ahead",
        year=str(last["year"]),
        value=numbers[-1],
        band=between(ends[0], ends[1], "persons", facts.lang),
    )
    ends_at = {0, len(known) - 1}
    marks = tuple(
        Mark(
            number.value,
            cell(number) if at in ends_at else Said(""),
            float(row["low"]),
            float(row["high"]),
            x=float(row["year"]),
        )
        for at, (number, row) in enumerate(zip(numbers, known, strict=True))
    )
    line = Line(word_of(facts, "label.whole"), marks)
    values = [value for mark in marks for value in (mark.at, mark.low, mark.high)]
    return Chart(
        "lines",
        title,
        word_of(facts, "growth.ahead_subtitle"),
        (line,),
        value_ticks(values, "persons", facts.lang, from_zero=True),
        alt_of(facts, title, [line]),
        source_line(facts, "diagnose/outlook"),
        "outlook_people",
        x_ticks=year_ticks(float(known[0]["year"]), float(last["year"])),
    )


def _dense(facts: Facts) -> Said:
    """Say where people live closest together, against the city."""
    order = spread(facts, "population_density")
    if not order:
        return say_so(facts, "growth.density", value=observed(facts, "population_density"))
    most = max(order, key=lambda place: row_of(facts, "population_density", place).value)
    return say_so(
        facts,
        "growth.densest",
        place=place_name(facts, most),
        value=observed(facts, "population_density", most),
        whole=observed(facts, "population_density"),
    )


def _land_table(facts: Facts) -> Table:
    """Return facts about land and the degree of urbanisation, unknown ones with the word."""
    rows = tuple(
        Row(
            (
                plain(title_of(facts, key)),
                with_interval(facts, key) if is_known(facts, key) else _lacking(facts, key),
            )
        )
        for key in (*LAND, *CLASSES)
    )
    lacking = [title_of(facts, key) for key in LAND if not is_known(facts, key)]
    known = len(LAND) > len(lacking)
    title = say_so(facts, "growth.land" if known else "growth.land_unknown")
    if lacking and known:
        title = say_so(facts, "growth.land_lacks", titles=listed(facts, lacking))
    return Table(
        title, heads(facts, "indicator:3", "value:>3"), rows, source_line(facts, "observations"), id="land"
    )


def _lacking(facts: Facts, key: str) -> Said:
    """Return why there is no value."""
    return plain(told(f"word.status.{row_of(facts, key).status}", facts.lang))


def _places_table(facts: Facts) -> Table:
    """Return people, density, growth and outlook of every place, the most populous first."""
    known = [place for place in facts.places if is_known(facts, "population", place)]
    order = sorted(known, key=lambda place: -row_of(facts, "population", place).value)[:PLACES_SHOWN]
    grown = {str(row["place"]): row for row in _records(facts, "diagnose/growth", "people")}
    ahead = {
        (str(row["place"]), int(row["year"])): row for row in _records(facts, "diagnose/outlook", "people")
    }
    years = sorted({year for (_, year), row in ahead.items() if row["method"] != "counted"})
    has_ahead = any(
        not math.isnan(float(row["value"])) for row in ahead.values() if row["method"] != "counted"
    )
    years = years if has_ahead else []
    rows = tuple(
        Row(_place_cells(facts, place, grown, [ahead.get((place, year)) for year in years]))
        for place in order
    )
    title = (
        say_so(facts, "growth.places", place=place_name(facts, order[0]))
        if order
        else say_so(facts, "growth.no_places")
    )
    columns = heads(facts, "place:2.4", "people:>1.6", "density:>1.8", *(["growth:>1.2"] if grown else []))
    columns = (*columns, *(type(columns[0])(f"{year}", "right", 2.4) for year in years))
    note = (
        say_so(facts, "growth.cut", shown=str(len(order)), all=str(len(known))).text
        if len(known) > len(order)
        else ""
    )
    tables = ("observations", *(("diagnose/growth", "diagnose/outlook") if grown else ()))
    return Table(title, columns, rows, source_line(facts, *tables), note, "places")


def _place_cells(
    facts: Facts,
    place: str,
    grown: Mapping[str, Mapping[str, Any]],
    ahead: Sequence[Mapping[str, Any] | None],
) -> tuple[Said, ...]:
    """Return the cells of a place."""
    cells = [
        plain(place_name(facts, place)),
        _bare(observed(facts, "population", place)),
        _bare(observed(facts, "population_density", place)),
    ]
    if grown:
        row = grown.get(place)
        known = row is not None and not math.isnan(float(row["rate"]))
        cells.append(
            plain(percent_of(facts, "diagnose/growth", "rate", row, GROWN)) if known and row else NOTHING
        )
    return (*cells, *(_ahead(facts, row) for row in ahead))


def _ahead(facts: Facts, row: Mapping[str, Any] | None) -> Said:
    """Return people of a year to come with the interval."""
    if row is None or math.isnan(float(row["value"])):
        return NOTHING
    value, low, high = (
        of_table(facts, "diagnose/outlook", name, "persons", row, AHEAD) for name in ("value", "low", "high")
    )
    band = between(low, high, "persons", facts.lang)
    own = _bare(value)
    return Said(f"{own.text} ({band.text})" if band.text else own.text, (*own.numbers, *band.numbers))


def _bare(number: Number) -> Said:
    """Return a number without its unit, where the head of the column says it."""
    text = number.text.split(" ", maxsplit=1)[0]
    return Said(text, (Number(text, number.table, number.key, number.column, number.value, number.how),))


def _outlook_notes(facts: Facts) -> list[Said]:
    """Return how the outlook was made: the method's name and every remark of the tables."""
    rows = [*_records(facts, "diagnose/outlook", "people"), *_records(facts, "diagnose/growth", "people")]
    names = sorted({name for row in rows for name in str(row.get("note", "")).split()})
    ahead = [row for row in rows if "method" in row and not math.isnan(float(row["value"]))]
    methods = sorted({str(row["method"]) for row in ahead} - {"counted"})
    said = (
        [
            say_so(
                facts,
                "growth.method",
                methods=listed(
                    facts, [told(f"diagnose.outlook_method.{one}", facts.lang) for one in methods]
                ),
            )
        ]
        if methods
        else []
    )
    said += [Said(told(f"diagnose.outlook_note.{name}", facts.lang)) for name in names]
    return [*said, say_so(facts, "growth.no_forecast")]
