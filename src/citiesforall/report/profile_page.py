"""The city on one page: figures, what goes well, who and where is worst off, the three first challenges, a map."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from citiesforall.report.blocks import (
    Beside,
    Block,
    Bullets,
    Callout,
    Heading,
    KeyFigure,
    KeyFigures,
    Paragraph,
    Said,
)
from citiesforall.report.numbers import cell, told
from citiesforall.report.profile_facts import (
    Facts,
    between,
    chance_of,
    counted,
    group_name,
    interval,
    is_known,
    listed,
    observed,
    of_table,
    place_name,
    row_of,
    say_so,
    score_of,
    status_of,
    title_of,
    whole_of,
    word_of,
)
from citiesforall.report.profile_findings import place_finding
from citiesforall.report.profile_maps import map_of
from citiesforall.report.profile_select import SURE, Worst, most_often, spread, strengths

FIRST = 3
"""Challenges told."""
STRONG = 3
"""Strengths told."""
RANKED = ("challenge",)
"""Columns that name a row of the challenges."""
INDEXED = ("place", "group", "index")
"""Columns that name a row of the index."""
MET = "standard_met"
MAP_SHARE = 0.42


def page_chapter(facts: Facts, worst: Mapping[str, Worst], gaps: Sequence[Worst]) -> list[Block]:
    """Return the chapter.

    Parameters
    ----------
    facts
        The tables.
    worst
        From `worst_places`.
    gaps
        From `worst_groups`.
    """
    cards = first_challenges(facts)
    right = (
        Callout(word_of(facts, "page.strengths"), tuple(_strengths(facts)), "finding"),
        Callout(word_of(facts, "page.places"), (_often_places(facts, worst),), "finding"),
        Callout(word_of(facts, "page.groups"), (_often_groups(facts, gaps),), "finding"),
    )
    told_so: list[Block] = [Bullets(tuple(challenge_told(facts, card) for card in cards), is_numbered=True)]
    told_so = told_so if cards else [Paragraph(say_so(facts, "page.no_challenges"))]
    lead = next((str(card["lead"]) for card in cards if spread(facts, str(card["lead"]))), "")
    drawn = map_of(facts, lead, place_finding(facts, lead, worst), "map_page") if lead else []
    return [
        Heading(say_so(facts, "page.title"), 1, "page"),
        Paragraph(_index_sentence(facts), "lead"),
        KeyFigures(tuple(_figures(facts, cards))),
        *([Beside(tuple(drawn), right, MAP_SHARE)] if drawn else right),
        Paragraph(Said(""), strong=word_of(facts, "page.challenges")),
        *told_so,
    ]


def first_challenges(facts: Facts) -> list[Mapping[str, Any]]:
    """Return the first challenges that are short of their standard."""
    return [card for card in facts.cards if card["rank"] is not None and MET not in card["notes"]][:FIRST]


def challenge_told(facts: Facts, card: Mapping[str, Any]) -> Said:
    """Return a challenge in a sentence: how severe, for how many, how sure its rank is."""
    row = _card_row(facts, str(card["challenge"]))
    table = "diagnose/challenges"
    given: dict[str, Any] = {
        "title": told(f"challenge.{card['challenge']}.title", facts.lang),
        "severity": score_of(facts, table, "severity", row, RANKED),
        "low": whole_of(facts, table, "rank_low", row, RANKED),
        "high": whole_of(facts, table, "rank_high", row, RANKED),
        "chance": chance_of(facts, table, "chance_top3", row, RANKED),
    }
    if math.isnan(float(row["people"])):
        return say_so(facts, "page.challenge_uncounted", **given)
    return say_so(
        facts, "page.challenge", people=of_table(facts, table, "people", "persons", row, RANKED), **given
    )


def _card_row(facts: Facts, challenge: str) -> Mapping[str, Any]:
    """Return the row of a challenge."""
    table = facts.table("diagnose/challenges")
    found = table[table["challenge"] == challenge].to_dict("records")[0]
    return {str(name): value for name, value in found.items()}


def index_row(facts: Facts) -> Mapping[str, Any] | None:
    """Return the city's row of the index; None where there is none or no value."""
    table = facts.table("diagnose/index")
    if table.empty:
        return None
    own = table[(table["place"] == facts.whole) & (table["group"] == "all") & (table["index"] == "geometric")]
    rows = own[own["value"].notna()].to_dict("records")
    return {str(name): value for name, value in rows[0].items()} if rows else None


def _index_sentence(facts: Facts) -> Said:
    """Say the index and the weakest dimension, or that there is none."""
    row = index_row(facts)
    if row is None:
        return say_so(facts, "page.no_index", people=observed(facts, "population"))
    return say_so(
        facts,
        "page.index",
        score=score_of(facts, "diagnose/index", "value", row, INDEXED),
        weakest=told(f"word.dimension.{row['weakest']}", facts.lang),
        chance=chance_of(facts, "diagnose/index", "weakest_chance", row, INDEXED),
        people=observed(facts, "population"),
    )


def _figures(facts: Facts, cards: Sequence[Mapping[str, Any]]) -> list[KeyFigure]:
    """Return the figures shown large: people, density, the index where there is one, and what leads the first challenges."""
    keys = [key for key in ("population", "population_density") if is_known(facts, key)]
    found = [_figure(facts, key) for key in keys]
    row = index_row(facts)
    if row is not None:
        ends = [score_of(facts, "diagnose/index", name, row, INDEXED) for name in ("low", "high")]
        found.append(
            KeyFigure(
                cell(score_of(facts, "diagnose/index", "value", row, INDEXED)),
                told("diagnose.index.title", facts.lang),
                between(ends[0], ends[1], "%", facts.lang),
            )
        )
    leads = [str(card["lead"]) for card in cards]
    return [*found, *(_figure(facts, key, "bad") for key in leads if is_known(facts, key))]


def _figure(facts: Facts, key: str, tone: Any = "plain") -> KeyFigure:
    """Return an indicator shown large."""
    band = interval(facts, key)
    doubt = status_of(facts, row_of(facts, key).status)
    said = Said(" · ".join(part for part in (band.text, doubt) if part), band.numbers)
    return KeyFigure(cell(observed(facts, key)), title_of(facts, key), said, tone)


def _strengths(facts: Facts) -> list[Said]:
    """Return what goes well, or that nothing headline does."""
    keys = strengths(facts, STRONG)
    if not keys:
        return [say_so(facts, "page.no_strength")]
    return [
        say_so(facts, "page.strength", title=title_of(facts, key), value=observed(facts, key)) for key in keys
    ]


def _often_places(facts: Facts, worst: Mapping[str, Worst]) -> Said:
    """Say which place is most often clearly the worst off."""
    sure = [one for one in worst.values() if one.is_sure and one.chance >= SURE]
    counts = most_often(sure)
    if not counts:
        return say_so(facts, "page.no_place")
    how = (
        f"count of indicators of measure place_gap against {facts.whole} whose interval leaves 0 out, "
        f"chance from {SURE}, place_a"
    )
    first = counts[0]
    others = [place_name(facts, code) for code, times in counts[1:] if times == first[1]]
    return say_so(
        facts,
        "page.place_many" if others else "page.place",
        place=listed(facts, [place_name(facts, first[0]), *others])
        if len(others) < FIRST
        else place_name(facts, first[0]),
        times=counted(facts, float(first[1]), "inequality", f"{how} {first[0]}"),
        all=counted(facts, float(len(sure)), "inequality", f"{how} any place"),
    )


def _often_groups(facts: Facts, gaps: Sequence[Worst]) -> Said:
    """Say which group is most often clearly worse off than the one it is compared with."""
    counts = most_often(gaps)
    if not counts:
        return say_so(facts, "page.no_group")
    how = "count of indicators of measure group_gap whose interval leaves 0 out, against the group"
    parts = [
        say_so(
            facts,
            "page.group",
            group=group_name(facts, code),
            times=counted(facts, float(times), "inequality", f"{how} {code}"),
        )
        for code, times in counts[:FIRST]
    ]
    return say_so(facts, "page.groups_told", groups=listed(facts, parts))
