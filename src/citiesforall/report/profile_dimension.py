"""A chapter on one dimension of human security: score, what matters in it, places, groups, what is missing, what answers it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from citiesforall.core.challenge import challenges
from citiesforall.core.indicator import indicators
from citiesforall.report.blocks import (
    Block,
    Callout,
    Chart,
    Heading,
    Line,
    Paragraph,
    Row,
    Said,
    Table,
)
from citiesforall.report.numbers import told
from citiesforall.report.profile_charts import Drawn, dots, few
from citiesforall.report.profile_facts import (
    HAS_VALUE,
    NOTHING,
    Facts,
    between,
    counted,
    declared,
    group_name,
    interval,
    is_known,
    joined,
    listed,
    observed,
    percent_of,
    place_name,
    plain,
    row_of,
    say_so,
    score_of,
    status_of,
    title_of,
    word_of,
)
from citiesforall.report.profile_findings import (
    SCORED,
    city_score,
    dimension_rows,
    doubt_note,
    group_finding,
    place_finding,
    score_finding,
)
from citiesforall.report.profile_maps import map_of
from citiesforall.report.profile_parts import beside, heads, place_lines, score_mark, source_line
from citiesforall.report.profile_select import SOLID, Pick, Worst, missing_of, picks, spread

SHOWN = 6
"""Indicators of a dimension that are shown; the others stand in the annex."""
NAMED = 5
"""Missing indicators named for each source."""
LEAST_PLACES = 3
"""Places a chart of places needs."""
GROUPS_SHOWN = 8


@dataclass(frozen=True)
class Setting:
    """Hold what every chapter of a dimension asks for, worked out once.

    Parameters
    ----------
    worst
        From `worst_places`.
    gaps
        From `worst_groups`.
    """

    worst: Mapping[str, Worst]
    gaps: Sequence[Worst]


def dimension_chapter(facts: Facts, dimension: str, given: Setting) -> list[Block]:
    """Return the chapter of one dimension.

    Parameters
    ----------
    facts
        The tables.
    dimension
        Of human security.
    given
        What is worked out once.
    """
    title = Said(told(f"word.dimension.{dimension}", facts.lang))
    chosen = picks(facts, dimension, SHOWN)
    blocks: list[Block] = [Heading(title, 1, dimension), Paragraph(_lead(facts, dimension, chosen), "lead")]
    if chosen:
        blocks += [
            Paragraph(_places_and_groups(facts, dimension, chosen, given)),
            _picks_table(facts, dimension, chosen, given),
        ]
    lead = mapped(facts, chosen)
    blocks += beside(_charts(facts, dimension, lead))
    drawn = map_of(facts, lead, place_finding(facts, lead, given.worst), f"map_{dimension}") if lead else []
    blocks += beside([*drawn, *_missing(facts, dimension)], 0.55)
    return [*blocks, *_answers(facts, dimension)]


def mapped(facts: Facts, chosen: Sequence[Pick]) -> str:
    """Return the first shown indicator that has values of enough places to be drawn; empty where none has."""
    for one in chosen:
        order = spread(facts, one.indicator)
        if len(order) >= LEAST_PLACES and len({row_of(facts, one.indicator, p).value for p in order}) > 1:
            return one.indicator
    return ""


def _lead(facts: Facts, dimension: str, chosen: Sequence[Pick]) -> Said:
    """Return the first sentence: the score and how much of the dimension is known."""
    own = declared(dimension)
    known = sum(is_known(facts, key) for key in own)
    how = f"of dimension {dimension}, place {facts.whole}, group all"
    numbers = {
        "known": counted(facts, float(known), "observations", f"count of indicators with a value {how}"),
        "all": counted(facts, float(len(own)), "observations", f"count of indicators {how}"),
    }
    word = told(f"word.dimension.{dimension}", facts.lang)
    row = city_score(facts, dimension)
    if row is None:
        return say_so(
            facts, "dimension.no_score" if chosen else "dimension.nothing", dimension=word, **numbers
        )
    score = score_of(facts, "diagnose/dimensions", "score", row, SCORED)
    ends = [score_of(facts, "diagnose/dimensions", name, row, SCORED) for name in ("low", "high")]
    band = between(ends[0], ends[1], "%", facts.lang)
    share = percent_of(facts, "diagnose/dimensions", "coverage", row, SCORED)
    sentence = "dimension.score" if band.text else "dimension.score_alone"
    return say_so(
        facts,
        sentence,
        dimension=word,
        score=score,
        coverage=share,
        **({"band": band} if band.text else {}),
        **numbers,
    )


def _places_and_groups(facts: Facts, dimension: str, chosen: Sequence[Pick], given: Setting) -> Said:
    """Return where and for whom it is worst: one sentence each."""
    rows = dimension_rows(facts, dimension, "place")
    lead = mapped(facts, chosen)
    if len(rows) >= LEAST_PLACES:
        places = score_finding(facts, dimension, rows, "place")
    else:
        places = place_finding(facts, lead or chosen[0].indicator, given.worst)
    return joined([places, group_finding(facts, given.gaps, dimension)])


def _picks_table(facts: Facts, dimension: str, chosen: Sequence[Pick], given: Setting) -> Table:
    """Return the table of the indicators that matter; its title names what is worst."""
    rows = tuple(Row(_pick_cells(facts, one, given)) for one in chosen)
    scored = [one for one in chosen if not math.isnan(one.score)]
    worst = min(scored, key=lambda one: one.score) if scored else chosen[0]
    near = "dimension.near" if worst.score >= SOLID else "dimension.worst"
    title = say_so(
        facts,
        near if scored else "dimension.shown",
        title=title_of(facts, worst.indicator),
        value=observed(facts, worst.indicator),
    )
    columns = heads(
        facts, "indicator:4", "value:>1.5", "interval:>1.6", "score:>0.9", "worst_place:2.6", "status:1.5"
    )
    source = source_line(facts, "observations", "inequality", "diagnose/scores")
    return Table(title, columns, rows, source, word_of(facts, "dimension.rule"), f"table_{dimension}")


def _pick_cells(facts: Facts, one: Pick, given: Setting) -> tuple[Said, ...]:
    """Return the cells of an indicator."""
    key = one.indicator
    if math.isnan(one.score):
        score = NOTHING
    else:
        row = {"place": facts.whole, "group": "all", "indicator": key, "score": one.score}
        score = plain(score_of(facts, "diagnose/scores", "score", row, ("place", "group", "indicator")))
    return (
        plain(title_of(facts, key)),
        plain(observed(facts, key)),
        interval(facts, key) if interval(facts, key).text else NOTHING,
        score,
        _worst_cell(facts, key, given),
        plain(status_of(facts, row_of(facts, key).status)),
    )


def _worst_cell(facts: Facts, indicator: str, given: Setting) -> Said:
    """Return the worst-off place and its value, where the gap is no chance."""
    one = given.worst.get(indicator)
    if one is None:
        return NOTHING
    if not one.is_sure:
        return Said(word_of(facts, "label.none_clear"))
    value = observed(facts, indicator, one.code)
    return Said(f"{place_name(facts, one.code)}: {value.text}", (value,))


def _charts(facts: Facts, dimension: str, lead: str) -> list[Block]:
    """Return the charts of places and of groups: of the score where it is known of them, else of the lead."""
    found: list[Block] = []
    places = dimension_rows(facts, dimension, "place")
    if len(places) >= LEAST_PLACES:
        found.append(_score_chart(facts, dimension, places, "place"))
    elif lead:
        found.append(_lead_chart(facts, dimension, lead))
    groups = dimension_rows(facts, dimension, "group")
    if len(groups) >= LEAST_PLACES:
        found.append(_score_chart(facts, dimension, groups[:GROUPS_SHOWN], "group"))
    return found


def _score_chart(facts: Facts, dimension: str, rows: Sequence[Mapping[str, Any]], kind: str) -> Chart:
    """Return dots of the dimension's score, the city first."""
    name = place_name if kind == "place" else group_name
    shown = few(rows)
    lines = [
        Line(
            name(facts, str(row[kind])),
            (score_mark(row, score_of(facts, "diagnose/dimensions", "score", row, SCORED)),),
        )
        for row in shown
    ]
    whole = city_score(facts, dimension)
    if whole is not None:
        mark = score_mark(whole, score_of(facts, "diagnose/dimensions", "score", whole, SCORED))
        lines = [Line(word_of(facts, "label.whole"), (mark,), is_strong=True), *lines]
    about = Drawn(
        score_finding(facts, dimension, rows, kind),
        word_of(facts, f"dimension.score_by_{kind}"),
        ("diagnose/dimensions",),
        f"{kind}s_{dimension}",
    )
    return dots(facts, about, lines, "score", of=len(rows))


def _lead_chart(facts: Facts, dimension: str, lead: str) -> Chart:
    """Return dots of the leading indicator by place, the city first."""
    order = spread(facts, lead)
    shown = few(order)
    title = title_of(facts, lead)
    unit = indicators()[lead].unit
    about = Drawn(
        say_so(facts, "dimension.lead_by_place", title=title),
        say_so(facts, "dimension.unit", title=title, unit=told(f"word.unit.{unit}", facts.lang)).text,
        ("observations",),
        f"places_{dimension}",
        doubt_note(facts, lead, shown).text,
    )
    return dots(facts, about, place_lines(facts, lead, shown), unit, of=len(order))


def _missing(facts: Facts, dimension: str) -> list[Block]:
    """Return what is missing of the dimension, and which source would fill it."""
    items = []
    for role, keys in missing_of(facts, dimension).items():
        how = f"count of indicators of {dimension} with status missing that rest on: {role}"
        items.append(
            say_so(
                facts,
                "dimension.missing" if len(keys) > NAMED else "dimension.missing_all",
                source=told(f"diagnose.needs.{role}", facts.lang),
                count=counted(facts, float(len(keys)), "observations", how),
                titles=listed(facts, [title_of(facts, key) for key in keys[:NAMED]]),
            )
        )
    if not items:
        return [
            Callout(
                word_of(facts, "dimension.nothing_missing"), (say_so(facts, "dimension.all_known"),), "method"
            )
        ]
    return [Callout(word_of(facts, "dimension.what_is_missing"), tuple(items), "limit")]


def _answers(facts: Facts, dimension: str) -> list[Block]:
    """Return what protects and what empowers, by challenge of the dimension that is short of its standard."""
    cards = [
        card
        for card in facts.cards
        if card["dimension"] == dimension
        and card["status"] in HAS_VALUE
        and "standard_met" not in card["notes"]
    ]
    if not cards:
        return [Paragraph(say_so(facts, "dimension.no_challenge"), "note")]
    rows = tuple(
        Row(
            (
                plain(told(f"challenge.{card['challenge']}.title", facts.lang)),
                listed(facts, _actions(facts, challenges()[card["challenge"]].protection)),
                listed(facts, _actions(facts, challenges()[card["challenge"]].empowerment)),
            )
        )
        for card in cards
    )
    columns = heads(facts, "challenge:2.2", "protection:3.4", "empowerment:3.4")
    title = say_so(facts, "dimension.answers")
    return [Table(title, columns, rows, source_line(facts, "diagnose/challenges"), id=f"answers_{dimension}")]


def _actions(facts: Facts, keys: Sequence[str]) -> list[str]:
    """Return the titles of actions."""
    return [told(f"action.{key}.title", facts.lang) for key in keys]
