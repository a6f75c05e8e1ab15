"""The concept's first chapters: the vision from evidence, and the challenges in their order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.report.blocks import (
    Block,
    Bullets,
    Callout,
    Chart,
    Column,
    Heading,
    KeyFigure,
    KeyFigures,
    Line,
    Mark,
    Paragraph,
    Row,
    Said,
    Table,
    Tick,
)
from citiesforall.report.concept_words import (
    VALUE_AND_INTERVAL,
    Case,
    between,
    body,
    counted,
    indicator_name,
    listed,
    name,
    of_plan,
    plan_of,
    rows_of,
    source,
    tr,
    words,
)
from citiesforall.report.evidence import look
from citiesforall.report.numbers import cell
from citiesforall.text import digits

BIGGEST = 3
"""Changes named in the vision."""
RANKED = 10
"""Challenges a plan answers; the rest is told in a line."""
NAMED_PLACES = 3
AXIS = (0, 25, 50, 75, 100)


def vision(case: Case) -> tuple[Block, ...]:
    """Tell who is worst off, and what the plan changes by when.

    Parameters
    ----------
    case
        The city.

    Returns
    -------
    tuple of Block
        Without a plan: who is worst off, and that no change is promised.
    """
    head = Heading(tr(case, "chapter.vision"), id="vision")
    plan = plan_of(case)
    if plan is None:
        lead = Paragraph(tr(case, "vision.no_plan"), "lead")
        return (head, lead, *_worst_off(case))
    last = str(plan["years"][-1])
    lead = Paragraph(
        tr(
            case,
            "vision.lead",
            year=last,
            people=of_plan(case, "people_once", "persons"),
            aim=words(case, f"plan.objective.{plan['objective']}"),
            city=name(case, case.evidence.whole),
        ),
        "lead",
    )
    return (head, lead, *_worst_off(case), *_changes(case, last))


def _worst_off(case: Case) -> tuple[Block, ...]:
    """Tell which place and which group is worst off today."""
    items = [one for one in (_worst_place(case), _worst_group(case), _weakest(case)) if one is not None]
    if not items:
        items = [tr(case, "vision.worst_unknown")]
    return (Heading(tr(case, "vision.worst_head"), 2), Bullets(tuple(items)))


def _worst_place(case: Case) -> Said | None:
    """Tell the place with the lowest index; without an index, the one the plan leaves worst off."""
    table = case.evidence.tables.get("diagnose/index")
    if table is not None and len(table):
        own = table[(table["group"] == "all") & (table["index"] == "geometric") & table["value"].notna()]
        own = own[own["place"] != case.evidence.whole]
        if len(own):
            worst = str(own["place"].iloc[int(np.nanargmin(own["value"].to_numpy(float)))])
            key = {"place": worst, "group": "all", "index": "geometric"}
            value, low, high = (
                look(case.evidence, "diagnose/index", word, "index", lang=case.lang, **key)
                for word in ("value", "low", "high")
            )
            return tr(case, "vision.worst_place", place=name(case, worst), value=value, low=low, high=high)
    plan = plan_of(case)
    if plan is None or not plan.get("worst_place"):
        return None
    worst = str(plan["worst_place"])
    share = of_plan(case, f"place_share.{worst}", "share")
    return tr(case, "vision.worst_by_plan", place=name(case, worst), share=share)


def _worst_group(case: Case) -> Said | None:
    """Tell the group that is worst off in most challenges."""
    table = case.evidence.tables.get("diagnose/challenges")
    if table is None:
        return None
    who = table["who"].fillna("").astype(str)
    told = who[who != ""].value_counts()
    if told.empty:
        return tr(case, "vision.groups_unknown")
    group = str(min(told[told == told.max()].index))
    known = int(table["rank"].notna().sum())
    return tr(
        case, "vision.worst_group", group=words(case, f"group.{group}.title"),
        n=counted(case, int(told.max()), "diagnose/challenges", f"count of rows where who is {group}"),
        all=counted(case, known, "diagnose/challenges", "count of rows with a rank"),
    )  # fmt: skip


def _weakest(case: Case) -> Said | None:
    """Tell the weakest dimension of the city."""
    table = case.evidence.tables.get("diagnose/dimensions")
    if table is None or table.empty:
        return None
    own = table[(table["place"] == case.evidence.whole) & (table["group"] == "all") & table["score"].notna()]
    if own.empty:
        return None
    weakest = str(own["dimension"].iloc[int(np.nanargmin(own["score"].to_numpy(float)))])
    key = {"place": case.evidence.whole, "group": "all", "dimension": weakest}
    value, low, high = (
        look(case.evidence, "diagnose/dimensions", word, "index", lang=case.lang, **key)
        for word in ("score", "low", "high")
    )
    dimension = words(case, f"word.dimension.{weakest}")
    return tr(case, "vision.weakest", dimension=dimension, value=value, low=low, high=high)


def _changes(case: Case, last: str) -> tuple[Block, ...]:
    """Show the greatest changes the plan promises for the whole city."""
    figures = tuple(
        _change(case, str(row["indicator"]), str(row["unit"]), last, str(row["baseline_period"]))
        for row in main_changes(case, BIGGEST)
    )
    if not figures:
        return ()
    return (
        Heading(tr(case, "vision.change_head", year=last), 2),
        KeyFigures(figures),
        Paragraph(tr(case, "vision.change_note"), "note"),
    )


def main_changes(case: Case, most: int) -> list[dict[str, Any]]:
    """Return the rows of the greatest changes of the whole city, of main indicators with a target in per cent first.

    Parameters
    ----------
    case
        A city with a plan.
    most
        How many.
    """
    table = case.evidence.tables["plan/results_framework"]
    own = table[(table["place"] == case.evidence.whole) & (table["target_status"] != "not_modelled")]
    own = own[own["main"].astype(bool)]
    last = max(str(key) for key in own.columns if str(key).startswith("target_2"))
    change = (own[last] - own["baseline"]).abs()
    return rows_of(own.loc[change.sort_values(ascending=False, kind="stable").index[:most]])


def _change(case: Case, indicator: str, unit: str, last: str, period: str) -> KeyFigure:
    """Return one change as a key figure: the target large, today's value with its interval below."""
    key = {"indicator": indicator, "place": case.evidence.whole}
    target, today, low, high = (
        look(case.evidence, "plan/results_framework", word, unit, lang=case.lang, **key)
        for word in (f"target_{last}", "baseline", "low", "high")
    )
    note = tr(case, "vision.from", value=today, period=period, interval=between(case, low, high))
    return KeyFigure(cell(target), digits(indicator_name(case, indicator), case.lang), note, "good")


def challenges(case: Case) -> tuple[Block, ...]:
    """Tell the challenges in their order, how sure the order is, and what is not known.

    Parameters
    ----------
    case
        The city.

    Returns
    -------
    tuple of Block
        A chart of severity, a table, and the challenges nobody can judge yet.
    """
    head = Heading(tr(case, "chapter.challenges"), id="challenges")
    table = case.evidence.tables.get("diagnose/challenges")
    if table is None or not table["rank"].notna().any():
        return (head, Paragraph(tr(case, "challenge.none"), "lead"))
    known = table[table["rank"].notna()].sort_values("rank", kind="stable")
    total = counted(case, len(table), "diagnose/challenges", "count of rows")
    n = counted(case, len(known), "diagnose/challenges", "count of rows with a rank")
    lead = Paragraph(tr(case, "challenge.lead", n=n, all=total), "lead")
    unknown = [str(key) for key in table.loc[table["rank"].isna(), "challenge"]]
    blocks: list[Block] = [head, lead, _severity(case, known), _challenge_table(case, known)]
    if len(known) > RANKED:
        rest = listed(
            words(case, f"challenge.{key}.title") for key in known["challenge"].astype(str)[RANKED:]
        )
        blocks.append(Paragraph(tr(case, "challenge.then", titles=rest), "note"))
    if unknown:
        titles = listed(words(case, f"challenge.{key}.title") for key in unknown)
        blocks.append(
            Callout(
                words(case, "concept.challenge.unknown_title"),
                (tr(case, "challenge.unknown", titles=titles),),
                "limit",
            )
        )
    return tuple(blocks)


def _severity(case: Case, known: pd.DataFrame) -> Chart:
    """Draw how far each standard is missed."""
    lines = []
    for key in known["challenge"].astype(str).head(RANKED):
        value, low, high = (
            look(case.evidence, "diagnose/challenges", word, "index", lang=case.lang, challenge=key)
            for word in ("severity", "severity_low", "severity_high")
        )
        lines.append(
            Line(
                words(case, f"challenge.{key}.title"),
                (Mark(value.value, cell(value), low.value, high.value),),
            )
        )
    top = known.head(RANKED)
    heaviest = str(top["challenge"].iloc[int(np.nanargmax(top["severity"].to_numpy(float)))])
    value = look(
        case.evidence, "diagnose/challenges", "severity", "index", lang=case.lang, challenge=heaviest
    )
    title = tr(case, "challenge.severity", title=words(case, f"challenge.{heaviest}.title"), value=value)
    return Chart(
        "dots", title, words(case, "concept.challenge.severity_unit"), tuple(lines), tuple(Tick(at, str(at)) for at in AXIS),
        title.text, source(case, "diagnosis"), "challenges_severity",
        note=words(case, "concept.challenge.severity_note"),
    )  # fmt: skip


def _challenge_table(case: Case, known: pd.DataFrame) -> Table:
    """Return the table of challenges with ranks, people, places and groups."""
    columns = tuple(
        Column(words(case, f"concept.col.{key}"), "right" if key == "affected" else "left", share)
        for key, share in (
            ("rank", 0.9),
            ("challenge", 1.5),
            ("affected", 1.6),
            ("worst", 1.7),
            ("who", 1.2),
            ("sure", 1.0),
        )
    )
    rows = tuple(_challenge_row(case, row) for row in rows_of(known.head(RANKED)))
    first = str(known.iloc[0]["challenge"])
    low, high = (
        look(case.evidence, "diagnose/challenges", word, "class", lang=case.lang, challenge=first)
        for word in ("rank_low", "rank_high")
    )
    sure = low.value == high.value
    key = "challenge.first_sure" if sure else "challenge.first"
    given = {} if sure else {"low": low, "high": high}
    title = tr(case, key, title=words(case, f"challenge.{first}.title"), **given)
    return Table(
        title,
        columns,
        rows,
        source(case, "diagnosis"),
        words(case, "concept.challenge.note"),
        "challenges",
    )


def _challenge_row(case: Case, row: dict[str, object]) -> Row:
    """Return one challenge."""
    key = str(row["challenge"])
    rank, low, high = (
        look(case.evidence, "diagnose/challenges", word, "class", lang=case.lang, challenge=key)
        for word in ("rank", "rank_low", "rank_high")
    )
    people, least, most = (
        look(case.evidence, "diagnose/challenges", word, "persons", lang=case.lang, challenge=key)
        for word in ("people", "people_low", "people_high")
    )
    ranked = cell(rank)
    if low.value != high.value:
        text = VALUE_AND_INTERVAL.format(value=rank.text, low=low.text, high=high.text)
        ranked = Said(text, (rank, low, high))
    affected = cell(people)
    if not math.isnan(people.value) and not math.isnan(least.value):
        text = VALUE_AND_INTERVAL.format(value=people.text, low=least.text, high=most.text)
        affected = Said(text, (people, least, most))
    where = str(row["where"] or "").split()
    named = listed(name(case, one) for one in where[:NAMED_PLACES])
    if len(where) > NAMED_PLACES:
        more = counted(
            case,
            len(where) - NAMED_PLACES,
            "diagnose/challenges",
            f"places in where of {key}, less {NAMED_PLACES}",
        )
        named_said = Said(words(case, "concept.shown.and_more").format(first=named, n=more.text), (more,))
    else:
        named_said = Said(named or words(case, "concept.challenge.no_place"))
    told = case.evidence.tables["diagnose/challenges"]["who"].fillna("").astype(str)
    none = "no_group" if (told != "").any() else "groups_unknown"
    who = str(row["who"] or "")
    group = words(case, f"group.{who}.title") if who else words(case, f"concept.challenge.{none}")
    sure = words(case, f"diagnose.confidence.{row['confidence']}")
    return body((ranked, words(case, f"challenge.{key}.title"), affected, named_said, group, sure))
