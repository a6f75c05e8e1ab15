"""Sums of what plans chose: money and what it is a sum of."""

from __future__ import annotations

from collections.abc import Sequence

from citiesforall.report.blocks import Block, KeyFigure, KeyFigures, Paragraph, Said
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import Facts, count, joined, say, total, word
from citiesforall.report.policy_numbers import DASH

OPTIONS, MONEY, SCALED = "options/options", "options/options_money", "options/scaled"
CAPITAL = ("capital_usd", "capital_low_usd", "capital_high_usd")
RUNNING = ("om_usd", "om_low_usd", "om_high_usd")


def planned(facts: Facts) -> list[Record]:
    """Return the actions that plans chose, once for each: an action may answer several challenges."""
    rows = [row for row in facts.records(OPTIONS) if float(row["plans"] or 0) > 0]
    found: dict[str, Record] = {}
    for row in rows:
        found.setdefault(str(row["action"]), row)
    return list(found.values())


def is_planned(facts: Facts) -> bool:
    """Say whether any plan chose anything."""
    return bool(planned(facts))


def plans_all(facts: Facts) -> float:
    """Return how many cities have a plan."""
    return max(
        (float(row["plans_all"]) for row in facts.records(OPTIONS) if row["plans_all"] == row["plans_all"]),
        default=0.0,
    )


def sum_of(rows: Sequence[Record], column: str) -> float:
    """Return the sum of a column; rows without a value add nothing."""
    return sum(value for row in rows if (value := float(str(row[column]))) == value)


def costs(facts: Facts) -> list[Block]:
    """Return what the chosen actions cost together: capital and running costs with the ends of their range."""
    rows = planned(facts)
    how = "sum of {} over actions with plans, each action once"
    figures = []
    for columns, label in ((CAPITAL, "figure.capital"), (RUNNING, "figure.running")):
        value, low, high = (
            total(facts, sum_of(rows, column), "usd", OPTIONS, how.format(column)) for column in columns
        )
        span = Said(f"{low.text} {DASH} {high.text}", (low, high))
        figures.append(KeyFigure(Said(value.text, (value,)), word(facts, label), span))
    plans = count(facts, plans_all(facts), OPTIONS, "largest plans_all")
    actions = count(facts, len(rows), OPTIONS, "count of actions with plans")
    figures.append(
        KeyFigure(
            Said(actions.text, (actions,)),
            word(facts, "figure.actions"),
            say(facts, "figure.of_plans", n=plans),
        )
    )
    note = joined((say(facts, "money.once", n=plans), assumed(facts)))
    return [KeyFigures(tuple(figures)), Paragraph(note, "note")]


def assumed(facts: Facts) -> Said:
    """Say how many plans have a budget that nobody adopted; nothing where none has."""
    codes = facts.evidence.said.get("assumed", ())
    if not codes:
        return Said("")
    return say(
        facts,
        "money.assumed",
        n=count(facts, len(codes), "plan", "count of plans whose budget_grade is assumed"),
    )


def tiers(facts: Facts) -> dict[str, list[Record]]:
    """Return the rows of money by tier."""
    found: dict[str, list[Record]] = {}
    for row in facts.records(MONEY):
        found.setdefault(str(row["tier"]), []).append(row)
    return found
