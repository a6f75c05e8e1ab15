"""Where a city says it stands as a people-centred smart city: five pillars, their levels and the next steps."""

from __future__ import annotations

import math

from citiesforall.core.scorecard import scorecards
from citiesforall.report.blocks import Block, Bullets, Callout, Column, Heading, Paragraph, Row, Said, Table
from citiesforall.report.concept_words import Case, between, body, observed, pair, source, tr, words

SELF_CHECK = "people_centred_smart_city"
LEVEL = "score"
COMMAND = "cities workbook write scorecards"


def pillars(case: Case) -> tuple[Block, ...]:
    """Tell the pillars of a people-centred smart city and where the city says it stands.

    Parameters
    ----------
    case
        The city.

    Returns
    -------
    tuple of Block
        Levels with the next step; without a self-assessment, what to fill in.
    """
    card = scorecards()[SELF_CHECK]
    head = Heading(tr(case, "chapter.pillars"), 2, "pillars")
    lead = Paragraph(tr(case, "pillar.lead"))
    levels = {key: observed(case, f"smart_city_{key}", LEVEL) for key in card.pillars}
    if all(math.isnan(one[0].value) for one in levels.values()):
        first = tuple(
            Said(pair(case, _pillar(case, key), words(case, f"workbook.{SELF_CHECK}.pillar.{key}.1")))
            for key in card.pillars
        )
        missing = Callout(
            words(case, "concept.pillar.missing_title"),
            (tr(case, "pillar.missing", command=COMMAND),),
            "limit",
        )
        return (head, lead, missing, Paragraph(tr(case, "pillar.first_head")), Bullets(first))
    weakest = min((one[0].value, key) for key, one in levels.items() if not math.isnan(one[0].value))[1]
    title = tr(case, "pillar.finding", pillar=_pillar(case, weakest), value=levels[weakest][0])
    rows = tuple(_pillar_row(case, key, len(card.scale)) for key in levels)
    columns = tuple(
        Column(words(case, f"concept.col.{key}"), share=share)
        for key, share in (("pillar", 1.2), ("level", 1.1), ("stands", 2.4), ("next", 2.4))
    )
    table = Table(
        title,
        columns,
        rows,
        source(case, "scorecard"),
        words(case, "concept.pillar.note"),
        "pillars",
    )
    return (head, lead, table)


def _pillar(case: Case, key: str) -> str:
    """Return the name of a pillar."""
    return words(case, f"workbook.{SELF_CHECK}.pillar.{key}")


def _pillar_row(case: Case, key: str, steps: int) -> Row:
    """Return a pillar's level, what stands at that level, and the next step."""
    value, low, high, _ = observed(case, f"smart_city_{key}", LEVEL)
    if math.isnan(value.value):
        unknown = words(case, "report.shown.unknown")
        return body(
            (_pillar(case, key), unknown, unknown, words(case, f"workbook.{SELF_CHECK}.pillar.{key}.1"))
        )
    at = min(int(value.value), steps)
    level, interval = words(case, f"workbook.{SELF_CHECK}.scale.{at - 1}"), between(case, low, high)
    reached = Said(pair(case, value.text, f"{level} ({interval.text})"), (value, *interval.numbers))
    stands = words(case, f"workbook.{SELF_CHECK}.pillar.{key}.{at - 1}")
    following = words(case, f"workbook.{SELF_CHECK}.pillar.{key}.{min(at, steps - 1)}")
    return body((_pillar(case, key), reached, stands, following))
