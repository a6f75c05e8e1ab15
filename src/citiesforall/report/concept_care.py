"""What can go wrong and who must act: risks, protection and empowerment, prerequisites by tier, monitoring and warning."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd

from citiesforall.report.blocks import (
    Block,
    Bullets,
    Callout,
    Column,
    Heading,
    Number,
    Paragraph,
    Row,
    Said,
    Table,
    Tone,
)
from citiesforall.report.concept_plan import ITEMS, title_of
from citiesforall.report.concept_words import (
    FILES,
    NOTHING,
    Case,
    bare,
    body,
    counted,
    dollars,
    listed,
    name,
    pair,
    plan_of,
    rows_of,
    share_of,
    source,
    tr,
    words,
)
from citiesforall.report.evidence import look

TRIGGERS = "diagnose/triggers"
BUDGET = "plan/annual_budget"
RISKS = ("high", "medium", "low", "none")
GRADES = ("A", "B", "C")
SIDES = ("protection", "empowerment", "both")
TIERS = ("CS", "DM", "CP", "LN")
ALERTS = ("act", "watch")
KNOWN = (*ALERTS, "normal")
MOST_ALERTS = 20
LARGE = 1000.0


def risks(case: Case) -> tuple[Block, ...]:
    """Tell the risks: land and homes, running costs, how far costs can be trusted, and what is assumed.

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
    assumed = [
        tr(case, "risk.effects"),
        tr(case, "risk.land"),
        tr(case, "risk.staff"),
        tr(case, "risk.prices"),
    ]
    budget = case.evidence.city.budget
    if budget is not None and budget.grade == "assumed":
        assumed.insert(0, tr(case, "risk.budget"))
    return (
        Heading(tr(case, "chapter.risks"), id="risks"),
        _grouped(case, ("resettlement_risk", RISKS), _land_title(case), _land),
        Paragraph(_running(case)),
        _grouped(case, ("grade", GRADES), _grade_title(case), _grade),
        Callout(words(case, "concept.risk.assumed_title"), tuple(assumed), "limit"),
    )


def _grouped(
    case: Case, of: tuple[str, tuple[str, ...]], title: Said, tell: Callable[[Case, str], tuple[str, str]]
) -> Table:
    """Return the items of the plan by a word of theirs: how many, their cost, and what the word asks for."""
    column, kinds = of
    table = case.evidence.tables[ITEMS]
    columns = tuple(
        Column(
            words(case, f"concept.col.{key}"),
            "right" if key in {"items", "usd", "of_money"} else "left",
            share,
        )
        for key, share in ((column, 1.1), ("items", 0.6), ("usd", 0.9), ("of_money", 0.7), ("asks", 3.6))
    )
    total, rows = float(table["capital_usd"].sum()), []
    for kind in kinds:
        own = table[table[column] == kind]
        if own.empty:
            continue
        how, spent = f"where {column} is {kind}", float(own["capital_usd"].sum())
        short, said = tell(case, kind)
        rows.append(
            body(
                (
                    short, counted(case, len(own), ITEMS, f"count of rows {how}"),
                    bare(spent, ITEMS, f"sum of capital_usd {how}"),
                    share_of(case, spent, total, ITEMS, f"sum of capital_usd {how} over sum of capital_usd"), said,
                )
            )
        )  # fmt: skip
    return Table(title, columns, tuple(rows), source(case, "plan"), id=f"by_{column}")


def _land(case: Case, kind: str) -> tuple[str, str]:
    """Return a risk of resettlement and what it asks for."""
    return words(case, f"plan.risk.{kind}"), words(case, f"plan.safeguard.{kind}")


def _grade(case: Case, kind: str) -> tuple[str, str]:
    """Return a grade of cost and what it means."""
    return kind, words(case, f"plan.grade.{kind}")


def _side(case: Case, kind: str) -> tuple[str, str]:
    """Return a side and the actions on it."""
    table = case.evidence.tables[ITEMS]
    keys = dict.fromkeys(table.loc[table["side"] == kind, "action"].astype(str))
    return words(case, f"plan.side.{kind}"), listed(title_of(case, key) for key in keys)


def _land_title(case: Case) -> Said:
    """Say how many items may ask people to give up land or homes."""
    table = case.evidence.tables[ITEMS]
    n = int(table["resettlement_risk"].isin(["medium", "high"]).sum())
    keys = dict.fromkeys(table.loc[table["resettlement_risk"].isin(["medium", "high"]), "action"].astype(str))
    if not n:
        return tr(case, "risk.land_none")
    count = counted(case, n, ITEMS, "count of rows where resettlement_risk is medium or high")
    return tr(case, "risk.land_some", n=count, titles=listed(title_of(case, key) for key in keys))


def _grade_title(case: Case) -> Said:
    """Say how much of the cost is judgement."""
    table = case.evidence.tables[ITEMS]
    spent, total = (
        float(table.loc[table["grade"] == "C", "capital_usd"].sum()),
        float(table["capital_usd"].sum()),
    )
    how = "sum of capital_usd where grade is C over sum of capital_usd"
    return tr(case, "risk.grades", share=share_of(case, spent, total, ITEMS, how))


def _running(case: Case) -> Said:
    """Say what running the plan costs in its last year and whether the funds carry it."""
    table = case.evidence.tables[BUDGET]
    last = int(table["year"].max())
    own = table[(table["kind"] == "recurrent") & (table["year"] == last)]
    planned, limit = float(own["planned_usd"].sum()), float(own["limit_usd"].sum())
    how = f"where kind is recurrent and year is {last}"
    return tr(
        case, "risk.running", year=str(last), usd=dollars(case, planned, BUDGET, f"sum of planned_usd {how}"),
        share=share_of(case, planned, limit, BUDGET, f"sum of planned_usd {how} over sum of limit_usd {how}"),
    )  # fmt: skip


def sides(case: Case) -> tuple[Block, ...]:
    """Tell how the plan protects people and how it lets them act for themselves, and what it does for women and girls.

    Parameters
    ----------
    case
        The city.

    Returns
    -------
    tuple of Block
        Empty without a plan.
    """
    if plan_of(case) is None:
        return ()
    table = case.evidence.tables[ITEMS]
    helped = table[table["side"].isin(["empowerment", "both"])]
    title = tr(
        case, "side.finding", n=counted(case, len(helped), ITEMS, "count of rows where side is empowerment or both"),
        all=counted(case, len(table), ITEMS, "count of rows"),
    )  # fmt: skip
    keys = dict.fromkeys(
        table.sort_values("gender_effect", ascending=False, kind="stable")["action"].astype(str)
    )
    women = tuple(
        Said(pair(case, title_of(case, key), words(case, f"plan.gender.{case.actions[key].gender}")))
        for key in keys
        if key in case.actions and case.actions[key].gender_effect != 0
    )
    blocks: list[Block] = [
        Heading(tr(case, "chapter.sides"), 2, "sides"),
        Paragraph(tr(case, "side.lead")),
    ]
    blocks.append(_grouped(case, ("side", SIDES), title, _side))
    blocks += [Heading(tr(case, "side.women_head"), 3), Bullets(women)] if women else []
    return tuple(blocks)


def duties(case: Case) -> tuple[Block, ...]:
    """Tell who is responsible, tier by tier, and what must be there first.

    Parameters
    ----------
    case
        The city.

    Returns
    -------
    tuple of Block
        Empty without a plan.
    """
    if plan_of(case) is None:
        return ()
    table = case.evidence.tables[ITEMS]
    columns = tuple(
        Column(words(case, f"concept.col.{key}"), "right" if key in {"items", "usd"} else "left", share)
        for key, share in (("tier", 1.5), ("items", 0.6), ("usd", 0.9), ("leads", 2.8), ("partners", 1.4))
    )
    rows = tuple(
        _duty(case, tier, table[table["tier"] == tier]) for tier in TIERS if (table["tier"] == tier).any()
    )
    most = str(table.groupby("tier")["capital_usd"].sum().idxmax())
    how = f"count of rows where tier is {most}"
    n = counted(case, int((table["tier"] == most).sum()), ITEMS, how)
    title = tr(case, "duty.finding", tier=words(case, f"plan.tier.{most}"), n=n)
    steps = [tr(case, f"duty.step_{at}") for at in range(1, 6)]
    steps[:0] = _before(case, table)
    return (
        Heading(tr(case, "chapter.duties"), id="duties"),
        Table(
            title,
            columns,
            rows,
            source(case, "plan"),
            words(case, "concept.duty.note"),
            "duties",
        ),
        Heading(tr(case, "duty.head"), 2),
        Bullets(tuple(steps), is_numbered=True),
    )


def _duty(case: Case, tier: str, own: pd.DataFrame) -> Row:
    """Return what one tier leads."""
    how = f"where tier is {tier}"
    titles = listed(title_of(case, key) for key in dict.fromkeys(own["action"].astype(str)))
    partners = [one for one in dict.fromkeys(own["partner"].fillna("").astype(str)) if one]
    return body(
        (
            words(case, f"plan.tier.{tier}"), counted(case, len(own), ITEMS, f"count of rows {how}"),
            bare(float(own["capital_usd"].sum()), ITEMS, f"sum of capital_usd {how}"), titles,
            listed(words(case, f"plan.tier.{one}") for one in partners) or NOTHING,
        )
    )  # fmt: skip


def _before(case: Case, table: pd.DataFrame) -> list[Said]:
    """Tell which actions need another one first."""
    said = []
    for key in dict.fromkeys(table["action"].astype(str)):
        needs = case.actions[key].requires if key in case.actions else ()
        if needs:
            said.append(
                tr(
                    case,
                    "duty.requires",
                    title=title_of(case, key),
                    needs=listed(title_of(case, one) for one in needs),
                )
            )
    return said


def watching(case: Case) -> tuple[Block, ...]:
    """Tell how results are followed and which warnings stand today.

    Parameters
    ----------
    case
        The city.

    Returns
    -------
    tuple of Block
        Without monthly series: what to send in.
    """
    blocks: list[Block] = [Heading(tr(case, "chapter.watching"), 2, "watching")]
    if plan_of(case) is not None:
        blocks.append(Paragraph(tr(case, "watch.lead")))
        blocks.append(Bullets(tuple(_step(case, at) for at in range(1, 4))))
    return (*blocks, *_warnings(case))


def _step(case: Case, at: int) -> Said:
    """Return a step of the yearly and monthly watch; the first names the file."""
    given = {"file": FILES["monitoring"]} if at == 1 else {}
    return tr(case, f"watch.step_{at}", **given)


def _warnings(case: Case) -> tuple[Block, ...]:
    """Return the triggers that ask for watching or acting today."""
    table = case.evidence.tables.get(TRIGGERS)
    if table is None or not table.loc[table["latest"].astype(bool), "level"].isin(KNOWN).any():
        return (Callout(words(case, "concept.watch.none_title"), (tr(case, "watch.none"),), "limit"),)
    now = table[table["latest"].astype(bool)]
    alert = now[now["level"].isin(ALERTS)].sort_values(["level", "place", "trigger"], kind="stable")
    title = tr(
        case, "watch.finding",
        act=counted(case, int((now["level"] == "act").sum()), TRIGGERS, "count of latest rows where level is act"),
        watch=counted(case, int((now["level"] == "watch").sum()), TRIGGERS, "count of latest rows where level is watch"),
        all=counted(case, len(now), TRIGGERS, "count of latest rows"),
    )  # fmt: skip
    if alert.empty:
        return (Paragraph(title),)
    columns = tuple(
        Column(words(case, f"concept.col.{key}"), "right" if key in {"value", "limits"} else "left", share)
        for key, share in (
            ("alert", 0.8),
            ("trigger", 1.3),
            ("place", 1.1),
            ("value", 0.8),
            ("limits", 1.0),
            ("does", 3.4),
        )
    )
    rows = tuple(
        _warning(case, str(row["trigger"]), str(row["place"]), str(row["period"]))
        for row in rows_of(alert.head(MOST_ALERTS))
    )
    note = words(case, "concept.watch.note")
    return (Table(title, columns, rows, source(case, "triggers"), note, "warnings"),)


def _warning(case: Case, trigger: str, place: str, period: str) -> Row:
    """Return one warning with its limits, who acts and how."""
    key = {"trigger": trigger, "place": place, "period": period}
    value, watch, act = (_measure(case, word, key) for word in ("value", "watch", "act"))
    table = case.evidence.tables[TRIGGERS]
    has = (table["trigger"] == trigger) & (table["place"] == place) & (table["period"] == period)
    level = str(table.loc[has, "level"].iloc[0])
    owner, does = (words(case, f"trigger.{trigger}.{word}") for word in ("owner", "action"))
    limits = Said(f"{watch.text} / {act.text}", (watch, act))
    where = words(case, "plan.label.city") if place == case.evidence.whole else name(case, place)
    tone: Tone = "bad" if level == "act" else "watch"
    said = pair(case, owner, does)
    return body(
        (
            words(case, f"concept.watch.{level}"),
            words(case, f"trigger.{trigger}.title"),
            where,
            value,
            limits,
            said,
        ),
        tone,
    )


def _measure(case: Case, column: str, key: dict[str, str]) -> Number:
    """Return a value of a trigger without its unit, which its title says: two digits behind the point below a thousand."""
    one = look(case.evidence, TRIGGERS, column, "index", lang=case.lang, **key)
    if math.isnan(one.value):
        return one
    text = (
        f"{one.value:,.0f}" if abs(one.value) >= LARGE or one.value == int(one.value) else f"{one.value:,.1f}"
    )
    return Number(text, one.table, one.key, one.column, one.value)
