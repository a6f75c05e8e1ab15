"""Why the plan can be believed: its bound, what was measured again, and how often each action stays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from citiesforall.report.blocks import (
    Block,
    Callout,
    Chart,
    Column,
    Heading,
    Line,
    Mark,
    Number,
    Paragraph,
    Said,
    Table,
    Tick,
    Tone,
)
from citiesforall.report.concept_plan import ITEMS, bundles, title_of
from citiesforall.report.concept_words import (
    FILES,
    PERCENT,
    PROOF,
    Case,
    body,
    counted,
    indicator_name,
    of_plan,
    percent,
    plan_of,
    source,
    stop,
    tr,
    words,
)
from citiesforall.report.numbers import cell, in_words

CHECK = "plan/check.json"
SAME_PEOPLE = 1.0
OFTEN, SELDOM = 0.8, 0.5
"""Shares of trials: an action that stays in fewer is told to be open."""
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
STAGES = ("worst_place", "worst_group", "total", "timing")


def proof(case: Case) -> tuple[Block, ...]:
    """Tell how near the plan is to the best there can be, and what other methods found.

    Parameters
    ----------
    case
        The city.

    Returns
    -------
    tuple of Block
        Empty without a plan.
    """
    plan = plan_of(case)
    if plan is None:
        return ()
    head = Heading(tr(case, "chapter.proof"), id="proof")
    lead = tr(
        case, "proof.best" if plan["status"] == "optimal" else "proof.within", gap=of_plan(case, "gap", "share"),
        options=of_plan(case, "options", "persons"), sites=of_plan(case, "candidate_sites", "persons"),
        aim=words(case, f"plan.objective.{plan['objective']}"),
    )  # fmt: skip
    limits = [tr(case, "proof.holds"), tr(case, "proof.land")]
    if plan.get("limited_by"):
        limits.insert(0, tr(case, "proof.stopped"))
    return (
        head,
        Paragraph(lead, "lead"),
        _stages(case, plan),
        *_check(case),
        Callout(words(case, "concept.proof.limits_title"), tuple(limits), "limit"),
        *robustness(case, plan),
    )


def _stages(case: Case, plan: Mapping[str, Any]) -> Table:
    """Return what each stage of the choice reached and its bound."""
    columns = tuple(
        Column(words(case, f"concept.col.{key}"), "left" if key == "raised" else "right", share)
        for key, share in (("raised", 2.6), ("reached", 1.0), ("bound", 1.0), ("gap", 0.8))
    )
    rows = []
    for at, stage in enumerate(plan["stages"]):
        is_share = str(stage["name"]).startswith("worst")
        cells = [_staged(case, at, stage, word, is_share=is_share) for word in ("value", "bound")]
        gap = stage["gap"] if stage["gap"] is not None else math.nan
        rows.append(
            body(
                (
                    _stage_name(case, str(stage["name"])),
                    *cells,
                    Number(percent(case, gap), PROOF, (), f"stages.{at}.gap", gap),
                )
            )
        )
    title = tr(case, "proof.stages", n=counted(case, len(plan["stages"]), PROOF, "count of stages"))
    return Table(
        title,
        columns,
        tuple(rows),
        source(case, "proof"),
        words(case, "concept.proof.stage_note"),
        "proof",
    )


def _staged(case: Case, at: int, stage: Mapping[str, Any], word: str, *, is_share: bool) -> Number:
    """Return what a stage reached, or its bound."""
    value = math.nan if stage[word] is None else float(stage[word])
    text = percent(case, value) if is_share else in_words(value, "persons", case.lang)
    return Number(text, PROOF, (), f"stages.{at}.{word}", value)


def _stage_name(case: Case, stage: str) -> str:
    """Return what a stage raises."""
    return words(case, f"concept.stage.{stage if stage in STAGES else 'other'}")


def _check(case: Case) -> tuple[Block, ...]:
    """Show what was promised beside what was found by other means."""
    check = case.evidence.said.get("check")
    if not check:
        return (Paragraph(tr(case, "proof.no_check")),)
    columns = tuple(
        Column(words(case, f"concept.col.{key}"), "right" if key in {"promised", "again"} else "left", share)
        for key, share in (("service", 2.6), ("promised", 1.0), ("again", 1.0), ("by", 1.4))
    )
    rows, more = [], False
    for at, one in enumerate(check["people"]):
        found = [
            Number(
                in_words(float(one[word]), "persons", case.lang),
                CHECK,
                (),
                f"people.{at}.{word}",
                float(one[word]),
            )
            for word in ("promised", "again")
        ]
        more |= float(one["difference"]) > SAME_PEOPLE
        by = "measured" if str(one["how"]).startswith("measured") else "by_hand"
        rows.append(
            body((indicator_name(case, str(one["service"])), *found, words(case, f"concept.proof.{by}")))
        )
    title = tr(
        case, "proof.holds_all",
        n=counted(case, len(rows), CHECK, "count of people"), money=counted(case, len(check["money"]), CHECK, "count of money"),
    )  # fmt: skip
    title = title if check["holds"] else tr(case, "proof.fails", file=FILES["check"])
    note = words(case, "concept.proof.more") if more else ""
    return (Table(title, columns, tuple(rows), source(case, "check"), note, "check"),)


def robustness(case: Case, plan: Mapping[str, Any]) -> tuple[Block, ...]:
    """Tell how often each action stays when costs and people are drawn again.

    Parameters
    ----------
    case
        A city with a plan.
    plan
        What ``plan.json`` says.

    Returns
    -------
    tuple of Block
        A line where it was not tried.
    """
    head = Heading(tr(case, "firm.head"), 2, "robustness")
    table = case.evidence.tables[ITEMS]
    if not plan.get("robustness") or not table["kept_share"].notna().any():
        return (Paragraph(tr(case, "firm.none"), strong=stop(case, head.text.text)),)
    lines = []
    for one in bundles(case):
        kept = one.items["kept_share"].dropna()
        if kept.empty:
            continue
        how = f"mean of kept_share where action is {one.action}"
        value = float(kept.mean())
        label = cell(Number(percent(case, value), ITEMS, (), "", value, how))
        tone: Tone = "good" if value >= OFTEN else "plain" if value >= SELDOM else "watch"
        mark = Mark(
            value * PERCENT, label, float(kept.min()) * PERCENT, float(kept.max()) * PERCENT, tone=tone
        )
        lines.append(Line(title_of(case, one.action), (mark,)))
    lines.sort(key=lambda line: -line.marks[0].at)
    n = int((table["kept_share"] >= OFTEN).sum())
    title = tr(
        case, "firm.finding", n=counted(case, n, ITEMS, f"count of rows where kept_share is at least {OFTEN}"),
        all=counted(case, len(table), ITEMS, "count of rows"), share=_share(case, OFTEN),
        draws=of_plan(case, "robustness.draws", "persons"),
    )  # fmt: skip
    ticks = tuple(Tick(at * PERCENT, f"{at:.0%}") for at in SHARES)
    chart = Chart(
        "dots", title, words(case, "concept.firm.unit"), tuple(lines), ticks, title.text, source(case, "proof"),
        "robustness", note=words(case, "concept.firm.note"),
    )  # fmt: skip
    paid = tr(
        case, "firm.affordable", n=of_plan(case, "robustness.affordable", "persons"),
        draws=of_plan(case, "robustness.draws", "persons"),
    )  # fmt: skip
    return (head, chart, Paragraph(paid, strong=words(case, "concept.firm.dear")))


def _share(case: Case, share: float) -> Said:
    """Return a threshold of ours as per cent."""
    return Said(in_words(share * PERCENT, "%", case.lang))
