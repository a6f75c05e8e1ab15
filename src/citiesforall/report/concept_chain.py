"""From challenges to actions: which challenge each action of the plan answers, with what money."""

from __future__ import annotations

import pandas as pd

from citiesforall.report.blocks import Block, Column, Row, Table
from citiesforall.report.concept_plan import ITEMS, bundles, title_of
from citiesforall.report.concept_words import (
    NOTHING,
    Case,
    bare,
    body,
    counted,
    dollars,
    listed,
    plan_of,
    source,
    tr,
    words,
)
from citiesforall.report.evidence import look

CHALLENGES = "diagnose/challenges"


def chain(case: Case) -> tuple[Block, ...]:
    """Show the challenges the plan answers, in their order, with the actions that answer each.

    Parameters
    ----------
    case
        The city.

    Returns
    -------
    tuple of Block
        Empty without a plan, and where the plan was made without a diagnosis.
    """
    if plan_of(case) is None:
        return ()
    table = case.evidence.tables[ITEMS]
    order = _order(case, table)
    if not order:
        return ()
    columns = tuple(
        Column(words(case, f"concept.col.{key}"), "right" if key in {"items", "usd"} else "left", share)
        for key, share in (
            ("rank_alone", 0.6),
            ("challenge", 1.8),
            ("answered_by", 3.6),
            ("items", 0.7),
            ("usd", 1.0),
        )
    )
    rows = tuple(_row(case, key, table[table["challenge"] == key]) for key in order)
    cost = table.groupby("challenge")["capital_usd"].sum()
    most = str(cost[list(order)].idxmax())
    title = tr(
        case, "action.chain", title=words(case, f"challenge.{most}.title"),
        n=counted(case, len(order), ITEMS, "count of different challenges"),
        usd=dollars(case, float(cost[most]), ITEMS, f"sum of capital_usd where challenge is {most}"),
    )  # fmt: skip
    return (Table(title, columns, rows, source(case, "plan"), id="answers"),)


def _order(case: Case, table: pd.DataFrame) -> list[str]:
    """Return the challenges that items of the plan answer, by rank."""
    asked = [one for one in dict.fromkeys(table["challenge"].fillna("").astype(str)) if one]
    known = case.evidence.tables.get(CHALLENGES)
    if known is None:
        return []
    ranks = dict(zip(known["challenge"].astype(str), known["rank"].astype(float), strict=True))
    return sorted((one for one in asked if one in ranks), key=lambda one: (ranks[one], one))


def _row(case: Case, challenge: str, own: pd.DataFrame) -> Row:
    """Return one challenge with the actions that answer it, by their numbers."""
    how = f"where challenge is {challenge}"
    numbers = {one.action: one.number for one in bundles(case)}
    keys = sorted(dict.fromkeys(own["action"].astype(str)), key=lambda key: numbers[key])
    return body(
        (
            look(case.evidence, CHALLENGES, "rank", "class", lang=case.lang, challenge=challenge),
            words(case, f"challenge.{challenge}.title"),
            listed(f"{numbers[key]} {title_of(case, key)}" for key in keys) or NOTHING,
            counted(case, len(own), ITEMS, f"count of rows {how}"),
            bare(float(own["capital_usd"].sum()), ITEMS, f"sum of capital_usd {how}"),
        )
    )
