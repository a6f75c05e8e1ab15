"""What the plan does: its actions drawn together, when each is built and where, and what it leaves out and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from citiesforall.core.action import Action
from citiesforall.report.blocks import (
    Block,
    Callout,
    Chart,
    Column,
    Heading,
    Line,
    Mark,
    Paragraph,
    Row,
    Said,
    Table,
    Tick,
)
from citiesforall.report.concept_words import (
    FILES,
    PROOF,
    TO,
    Case,
    amount,
    bare,
    body,
    counted,
    dollars,
    first_of,
    millions,
    money_word,
    plan_of,
    rows_of,
    source,
    span,
    tr,
    words,
)
from citiesforall.report.numbers import cell

TABLE = "[budget]"
"""Of the city file."""
ANSWERED = 6
"""Challenges whose candidate actions are listed."""
NAMED = 8
"""Actions named in a line."""
ITEMS = "plan/plan"
MATRIX = "plan/development_plan"
REASONS = MappingProxyType(
    {
        "waits": r"^it needs '.*' first",
        "rank": r"answers none of the \d+ challenges",
        "dear": r"\bcosts\b.*\bfunds? that may",
        "unfunded": r"no fund of the tier",
        "unmeasured": r"has no value",
        "unlisted": r"no source lists",
        "uncounted": r"is no share of people|whom it serves cannot be counted",
        "city_only": r"is known for the whole city only",
        "unneeded": r"nobody lacks it|no site where it may stand",
        "unwanted": r"the council does not want it|not among the actions asked for",
        "late": r"months do not end within the plan",
    }
)
"""Kind of reason -> how ``plan.json`` words it; what fits none is told as another reason."""


@dataclass(frozen=True)
class Bundle:
    """Hold the items of one action.

    Parameters
    ----------
    number
        From 1, in the order of the plan: the sign on the map.
    action
        Its id.
    items
        Rows of ``plan.parquet``.
    """

    number: int
    action: str
    items: pd.DataFrame


def bundles(case: Case) -> tuple[Bundle, ...]:
    """Return the items of the plan by action: first what begins first, then what costs most.

    Parameters
    ----------
    case
        A city with a plan.
    """
    table = case.evidence.tables[ITEMS]
    items = {str(key): own for key, own in table.groupby("action", sort=False)}
    sums = table.groupby("action").agg(start=("start_year", "min"), cost=("capital_usd", "sum"))
    sums = sums.reset_index().sort_values(
        ["start", "cost", "action"], ascending=[True, False, True], kind="stable"
    )
    return tuple(Bundle(at, str(key), items[str(key)]) for at, key in enumerate(sums["action"], start=1))


def title_of(case: Case, action: str) -> str:
    """Return what an action is called."""
    return words(case, f"action.{action}.title")


def actions(case: Case) -> tuple[Block, ...]:
    """Tell the chosen actions: a table, and when.

    Parameters
    ----------
    case
        The city.

    Returns
    -------
    tuple of Block
        Without a plan: the candidate actions that answer the challenges, with what would be needed to choose.
    """
    plan = plan_of(case)
    if plan is None:
        return (Heading(tr(case, "chapter.candidates"), id="actions"), *candidates(case))
    head = Heading(tr(case, "chapter.actions"), id="actions")
    chosen = bundles(case)
    table = case.evidence.tables[ITEMS]
    lead = tr(
        case, "action.lead", first=str(plan["years"][0]), last=str(plan["years"][-1]),
        items=counted(case, len(table), ITEMS, "count of rows"),
        kinds=counted(case, len(chosen), ITEMS, "count of different actions"),
        capital=dollars(case, float(table["capital_usd"].sum()), ITEMS, "sum of capital_usd"),
    )  # fmt: skip
    return (head, Paragraph(lead, "lead"), _table(case, chosen), timeline(case, chosen))


def _table(case: Case, chosen: tuple[Bundle, ...]) -> Table:
    """Return one row for each action, with a total."""
    keys = (
        ("number", 0.5), ("action", 2.3), ("units", 1.4), ("years", 1.05), ("capital", 1.0), ("usd", 1.0), ("people", 0.9),
        ("grade", 0.6), ("tier", 1.6),
    )  # fmt: skip
    right = {"capital", "usd", "people"}
    columns = tuple(
        Column(
            words(case, f"concept.col.{key}").format(money=money_word(case)),
            "right" if key in right else "left",
            share,
        )
        for key, share in keys
    )
    rows = [_action_row(case, one) for one in chosen]
    table, matrix = case.evidence.tables[ITEMS], case.evidence.tables[MATRIX]
    rows.append(
        body(
            (
                "", words(case, "plan.label.total"), "", "",
                millions(float(matrix["capital_local"].sum()), MATRIX, "sum of capital_local"),
                bare(float(table["capital_usd"].sum()), ITEMS, "sum of capital_usd"), "", "", "",
            ),
            kind="total",
        )
    )  # fmt: skip
    dearest = max(chosen, key=lambda one: float(one.items["capital_usd"].sum()))
    title = tr(
        case, "action.finding", title=title_of(case, dearest.action),
        usd=dollars(case, float(dearest.items["capital_usd"].sum()), ITEMS,
            f"sum of capital_usd where action is {dearest.action}"),
    )  # fmt: skip
    return Table(
        title,
        columns,
        tuple(rows),
        source(case, "plan"),
        words(case, "concept.action.note"),
        "actions",
    )


def _action_row(case: Case, one: Bundle) -> Row:
    """Return what an action is, how much of it, when, at what cost, for whom and who leads."""
    how, matrix = f"where action is {one.action}", case.evidence.tables[MATRIX]
    own = matrix[matrix["action"] == one.action]
    units = float(one.items["units"].sum())
    unit = words(case, f"plan.unit.{one.items.iloc[0]['unit']}")
    first, last = int(one.items["start_year"].min()), int(one.items["start_year"].max())
    how_many = bare(units, ITEMS, f"sum of units {how}")
    return body(
        (
            str(one.number), title_of(case, one.action),
            amount(case, how_many, unit),
            span((first, last)),
            millions(float(own["capital_local"].sum()), MATRIX, f"sum of capital_local {how}"),
            bare(float(one.items["capital_usd"].sum()), ITEMS, f"sum of capital_usd {how}"),
            bare(float(one.items["people"].sum()), ITEMS, f"sum of people {how}"),
            str(one.items.iloc[0]["grade"]), words(case, f"plan.tier.{one.items.iloc[0]['tier']}"),
        )
    )  # fmt: skip


def timeline(case: Case, chosen: tuple[Bundle, ...]) -> Chart:
    """Draw when each action is begun and when the last of it is in service.

    Parameters
    ----------
    case
        A city with a plan.
    chosen
        From `bundles`.
    """
    lines = []
    for one in chosen:
        first, ready = int(one.items["start_year"].min()), int(one.items["ready_year"].max())
        label = span((first, ready))
        mark = Mark(float(first), cell(label), float(first), float(ready + 1))
        lines.append(Line(f"{one.number}  {title_of(case, one.action)}", (mark,)))
    table = case.evidence.tables[ITEMS]
    plan = plan_of(case) or {}
    years = [int(year) for year in plan["years"]]
    soon = table[table["start_year"] == years[0]]
    title = tr(
        case, "action.timeline", year=str(years[0]),
        n=counted(case, len(soon), ITEMS, f"count of rows where start_year is {years[0]}"),
        all=counted(case, len(table), ITEMS, "count of rows"),
    )  # fmt: skip
    ticks = tuple(Tick(float(year), str(year)) for year in [*years, years[-1] + 1])
    return Chart(
        "timeline", title, words(case, "concept.action.timeline_unit"), tuple(lines), ticks, title.text,
        source(case, "plan"), "timeline",
    )  # fmt: skip


def left_out(case: Case) -> tuple[Block, ...]:
    """Tell which actions the plan could not choose among, and why.

    Parameters
    ----------
    case
        A city with a plan.

    Returns
    -------
    tuple of Block
        One line for each kind of reason.
    """
    plan = plan_of(case) or {}
    found: dict[str, list[str]] = {}
    for one in plan.get("left_out", ()):
        found.setdefault(reason_of(str(one["reason"])), []).append(str(one["action"]))
    if not found:
        return ()
    items = (
        *_unanswered(case),
        *(_left(case, kind, found[kind]) for kind in (*REASONS, "other") if kind in found),
    )
    return (Callout(words(case, "concept.left.title"), items, "limit"),)


def _unanswered(case: Case) -> tuple[Said, ...]:
    """Tell the judged challenges no item of the plan answers, where the plan says which."""
    plan = plan_of(case) or {}
    keys = [str(one["challenge"]) for one in plan.get("not_planned_for", ()) if one["rank"] is not None]
    if not keys:
        return ()
    n = counted(case, len(keys), PROOF, "count of not_planned_for with a rank")
    titles = first_of([words(case, f"challenge.{key}.title") for key in keys], NAMED, case, PROOF)
    return (tr(case, "left.challenges", n=n, titles=titles, file=FILES["proof"]),)


def _left(case: Case, kind: str, actions_left: list[str]) -> Said:
    """Return one kind of reason with the first actions it holds for; for others, where they are told."""
    given = {"file": FILES["proof"]} if kind == "other" else {}
    n = counted(case, len(actions_left), PROOF, f"count of left_out of the kind {kind}")
    titles = first_of([title_of(case, key) for key in actions_left], NAMED, case, PROOF)
    return tr(case, f"left.{kind}", n=n, titles=titles, **given)


def reason_of(text: str) -> str:
    """Return the kind of reason a sentence of ``plan.json`` gives.

    Parameters
    ----------
    text
        The reason why an action is left out.
    """
    return next((kind for kind, form in REASONS.items() if re.search(form, text)), "other")


def candidates(case: Case) -> tuple[Block, ...]:
    """Tell, without a plan, which actions answer the first challenges, and what choosing them needs.

    Parameters
    ----------
    case
        A city without a plan.

    Returns
    -------
    tuple of Block
        What is missing, and a table of candidates with the cost of one unit.
    """
    needs_first = _missing(case)
    needs = Callout(
        words(case, "concept.none.title"),
        (needs_first, tr(case, "none.needs"), tr(case, "none.then", table=TABLE)),
        "limit",
    )
    rows = _candidate_rows(case)
    if not rows:
        return (needs,)
    columns = tuple(
        Column(words(case, f"concept.col.{name}"), "right" if name == "unit_cost" else "left", share)
        for name, share in (
            ("challenge", 1.6),
            ("action", 2.0),
            ("unit", 0.9),
            ("unit_cost", 1.3),
            ("grade", 0.6),
            ("tier", 1.6),
        )
    )
    table = Table(
        tr(case, "none.candidates"), columns, rows, source(case, "catalogue"), words(case, "concept.none.note"),
        "candidates",
    )  # fmt: skip
    return (needs, table)


def _missing(case: Case) -> Said:
    """Return why there is no plan; where the plan says more, in which file."""
    said = case.evidence.said.get("plan") or {}
    if case.evidence.city.budget is None:
        return tr(case, "none.budget")
    if said.get("why") or said.get("left_out"):
        return tr(case, "none.infeasible" if said.get("why") else "none.nothing", file=FILES["proof"])
    return tr(case, "none.not_made")


def _candidate_rows(case: Case) -> tuple[Row, ...]:
    """Return the actions that answer each challenge that is known, the first challenge first."""
    table = case.evidence.tables.get("diagnose/challenges")
    if table is None:
        return ()
    missed = table[table["rank"].notna() & (table["severity"] > 0)]
    made: list[Row] = []
    for row in rows_of(missed.sort_values("rank", kind="stable").head(ANSWERED)):
        challenge = words(case, f"challenge.{row['challenge']}.title")
        for at, key in enumerate(str(row["actions"] or "").split()):
            if key not in case.actions:
                continue
            one = case.actions[key]
            cost = cost_of(one)
            unit, tier = words(case, f"plan.unit.{one.unit}"), words(case, f"plan.tier.{one.tier}")
            made.append(body(("" if at else challenge, title_of(case, key), unit, cost, one.grade, tier)))
    return tuple(made)


def cost_of(one: Action) -> str:
    """Return what one unit of an action costs, low to high. [US$]

    Parameters
    ----------
    one
        The action.
    """
    low, high = one.capital_usd
    return f"{low:,.0f}" if low == high else f"{low:,.0f}{TO}{high:,.0f}"


def whole_sites(case: Case) -> pd.DataFrame:
    """Return the items of the plan that stand at a site, with the number of their action.

    Parameters
    ----------
    case
        A city with a plan.
    """
    table = case.evidence.tables[ITEMS]
    numbers: Mapping[str, int] = {one.action: one.number for one in bundles(case)}
    at_site = table[table["site"].fillna("").astype(str) != ""]
    return at_site.assign(number=at_site["action"].map(numbers))
