"""The council brief: two pages that are read in three minutes, with what is asked of the council."""

from __future__ import annotations

import pandas as pd

from citiesforall.core.indicator import indicators
from citiesforall.report.blocks import (
    Beside,
    Block,
    Break,
    Column,
    Document,
    Heading,
    KeyFigures,
    Map,
    Paragraph,
    Row,
    Said,
    Table,
)
from citiesforall.report.brief_facts import (
    BUDGET,
    CHALLENGES,
    changes,
    decisions,
    figures,
    findings,
    first_challenges,
    unknowns,
)
from citiesforall.report.charts import About
from citiesforall.report.concept_map import keys_of, pins_of, placed
from citiesforall.report.concept_money import FRONTIER, HALF, TWICE, WHOLE
from citiesforall.report.concept_plan import ITEMS, Bundle, bundles, cost_of, title_of
from citiesforall.report.concept_words import (
    FILES,
    NOTHING,
    Case,
    bare,
    body,
    counted,
    indicator_name,
    listed,
    name,
    open_case,
    plan_of,
    share_of,
    span,
    tr,
    words,
)
from citiesforall.report.evidence import Evidence, look
from citiesforall.report.maps import base_map, choropleth, points_map
from citiesforall.report.maps_ground import is_drawable

SHOWN = 8
"""Actions in the table."""
PLACES = 2
DRAWN = 6
"""Actions whose sites are drawn."""
MAP_SHARE, LEAST_SHARE = 0.56, 0.2
"""Part of the page's width the map takes."""
TALLEST_MM, WIDE_MM = 108.0, 170.0
"""How tall a map may be beside the findings, and how wide the page is."""
TABLE_SHARE = 0.5
CANDIDATES = 11


def brief(evidence: Evidence, lang: str) -> Document:
    """Return the council brief of a city, two pages.

    Parameters
    ----------
    evidence
        Its finished tables; without a plan the brief says what could be done and what is needed for one.
    lang
        ``en`` or ``km``.

    Returns
    -------
    Document
        Content without layout; every number knows its table.

    Raises
    ------
    DeclarationError
        The language lacks a text.
    """
    case = open_case(evidence, lang)
    plan = plan_of(case)
    years = span(plan["years"]) if plan else evidence.city.period
    run = evidence.said.get("run", {}).get("run", NOTHING)
    made = words(case, "brief.imprint.made").format(run=run, file=FILES["numbers"])
    return Document(
        kind="brief", lang=lang, title=words(case, "brief.title.title"),
        subtitle=words(case, "brief.title.subtitle" if plan else "brief.title.no_plan"), place=name(case, evidence.whole),
        period=years, imprint=(made,), is_invented=evidence.city.place.invented,
        blocks=(*_first(case), Break(), *_second(case)),
    )  # fmt: skip


def _first(case: Case) -> tuple[Block, ...]:
    """Return the first page: figures, findings, one map."""
    found = (Heading(tr(case, "brief.find.head")), findings(case), *changes(case))
    shown = figures(case)
    top = (KeyFigures(shown),) if shown else ()
    drawn = _map(case)
    if drawn is None:
        return (*top, *found)
    return (*top, Beside((drawn,), found, map_share(drawn.width_m, drawn.height_m)))


def map_share(width_m: float, height_m: float) -> float:
    """Return the part of the page's width a map takes, so that a tall city does not push the rest off the page.

    Parameters
    ----------
    width_m, height_m
        Of the map's view box.
    """
    fits = TALLEST_MM * width_m / height_m / WIDE_MM
    return max(LEAST_SHARE, min(MAP_SHARE, fits))


def _map(case: Case) -> Map | None:
    """Return the one map: where the plan builds; else the first challenge by place; else the city; None without borders."""
    if not is_drawable(case.evidence):
        return None
    source = words(case, "brief.map.source")
    if plan_of(case) is not None and (shown := placed(case, DRAWN)):
        title = tr(case, "brief.map.sites")
        about = About(title, words(case, "brief.map.sites_unit"), title.text, source, "brief_sites")
        return points_map(case.evidence, case.lang, pins_of(case, shown), about, keys_of(case, shown))
    lead = _lead(case)
    if lead:
        title = tr(case, "brief.map.lead", title=indicator_name(case, lead))
        about = About(title, words(case, "brief.map.lead_unit"), title.text, source, "brief_lead")
        return choropleth(case.evidence, case.lang, lead, about)
    title = tr(case, "brief.map.city")
    about = About(title, words(case, "brief.map.city_unit"), title.text, source, "brief_city")
    return base_map(case.evidence, case.lang, about)


def _lead(case: Case) -> str:
    """Return the leading indicator of the first challenge that is known by place; empty where there is none."""
    if CHALLENGES not in case.evidence.tables:
        return ""
    seen = case.evidence.tables["observations"]
    for key in first_challenges(case)["lead"].astype(str):
        rows = seen[(seen["indicator"] == key) & (seen["group"] == "all") & seen["value"].notna()]
        if key in indicators() and len(set(rows["place"])) > 1:
            return key
    return ""


def _second(case: Case) -> tuple[Block, ...]:
    """Return the second page: the plan in one table, money, decisions, what is not known."""
    if plan_of(case) is None:
        return (*_candidates(case), Beside((decisions(case),), (unknowns(case),), TABLE_SHARE))
    return (
        Heading(tr(case, "brief.plan.head")),
        _plan_table(case),
        Heading(tr(case, "brief.money.head")),
        _money_table(case),
        *_other(case),
        Beside((decisions(case),), (unknowns(case),), 0.54),
    )


def _plan_table(case: Case) -> Table:
    """Return the actions that serve most people, with places, years, cost and people."""
    chosen = bundles(case)
    first = sorted(chosen, key=lambda one: (-float(one.items["people"].sum()), one.number))[:SHOWN]
    keys = (("number", 0.5), ("action", 2.4), ("place", 2.2), ("years", 1.0), ("usd", 0.9), ("people", 0.9))
    columns = tuple(
        Column(words(case, f"concept.col.{key}"), "right" if key in {"usd", "people"} else "left", share)
        for key, share in keys
    )
    rows = tuple(_plan_row(case, one) for one in sorted(first, key=lambda one: one.number))
    title = tr(
        case, "brief.plan.title", n=counted(case, len(first), ITEMS, "count of the actions shown"),
        all=counted(case, len(chosen), ITEMS, "count of different actions"),
    )  # fmt: skip
    table = case.evidence.tables[ITEMS]
    judged = float(table.loc[table["grade"] == "C", "capital_usd"].sum())
    how = "sum of capital_usd where grade is C over sum of capital_usd"
    share = share_of(case, judged, float(table["capital_usd"].sum()), ITEMS, how)
    note = tr(case, "brief.plan.note", share=share)
    return Table(title, columns, rows, note=note.text, id="brief_plan")


def _plan_row(case: Case, one: Bundle) -> Row:
    """Return one action."""
    how = f"where action is {one.action}"
    first, last = int(one.items["start_year"].min()), int(one.items["start_year"].max())
    return body(
        (
            str(one.number), title_of(case, one.action), _where(case, one.items), span((first, last)),
            bare(float(one.items["capital_usd"].sum()), ITEMS, f"sum of capital_usd {how}"),
            bare(float(one.items["people"].sum()), ITEMS, f"sum of people {how}"),
        )
    )  # fmt: skip


def _where(case: Case, items: pd.DataFrame) -> Said:
    """Return the places that get most of an action."""
    places = (
        items.groupby("place")["people"]
        .sum()
        .sort_values(ascending=False, kind="stable")
        .index.astype(str)
        .tolist()
    )
    if places == [case.evidence.whole]:
        return Said(words(case, "plan.label.city"))
    named = listed(name(case, one) for one in places[:PLACES])
    if len(places) <= PLACES:
        return Said(named)
    more = counted(case, len(places) - PLACES, ITEMS, f"count of places of the action, less {PLACES}")
    return Said(words(case, "concept.shown.and_more").format(first=named, n=more.text), (more,))


def _money_table(case: Case) -> Table:
    """Return what each tier has and gives, works and running costs."""
    table = case.evidence.tables[BUDGET]
    columns = (
        Column(words(case, "concept.money.tier_usd"), share=2.4),
        *(
            Column(f"{words(case, f'plan.kind.{kind}')}: {words(case, f'plan.column.{key}')}", "right", 1.2)
            for kind in ("capital", "recurrent")
            for key in ("available", "planned")
        ),
    )
    rows = [_money_row(case, tier) for tier in dict.fromkeys(table["tier"].astype(str))]
    rows.append(_money_row(case, ""))
    works = table[table["kind"] == "capital"]
    how = "sum of planned_usd where kind is capital over sum of limit_usd where kind is capital"
    share = share_of(case, float(works["planned_usd"].sum()), float(works["limit_usd"].sum()), BUDGET, how)
    budget = case.evidence.city.budget
    assumed = words(case, "brief.money.assumed") if budget is not None and budget.grade == "assumed" else ""
    return Table(
        tr(case, "brief.money.title", share=share), columns, tuple(rows), note=assumed, id="brief_money"
    )


def _money_row(case: Case, tier: str) -> Row:
    """Return one tier; all of them where empty."""
    table = case.evidence.tables[BUDGET]
    own = table[table["tier"] == tier] if tier else table
    cells = []
    for kind in ("capital", "recurrent"):
        for key in ("limit_usd", "planned_usd"):
            how = f"sum of {key} where kind is {kind}" + (f" and tier is {tier}" if tier else "")
            cells.append(bare(float(own.loc[own["kind"] == kind, key].sum()), BUDGET, how))
    label = words(case, f"plan.tier.{tier}") if tier else words(case, "plan.label.total")
    return body((label, *cells), kind="body" if tier else "total")


def _other(case: Case) -> tuple[Block, ...]:
    """Say in one line what half and twice the money would do."""
    table = case.evidence.tables.get(FRONTIER)
    if table is None or table.empty:
        return ()
    half, same, twice = (
        look(case.evidence, FRONTIER, "people", "persons", lang=case.lang, budget_share=str(share))
        for share in (HALF, WHOLE, TWICE)
    )
    return (Paragraph(tr(case, "brief.money.other", half=half, same=same, twice=twice)),)


def _candidates(case: Case) -> tuple[Block, ...]:
    """Return the actions that answer the first challenges, where there is no plan."""
    if CHALLENGES not in case.evidence.tables:
        return ()
    rows: list[Row] = []
    seen: set[str] = set()
    for row in first_challenges(case).to_dict("records"):
        for key in str(row["actions"] or "").split():
            if key in seen or key not in case.actions:
                continue
            seen.add(key)
            one = case.actions[key]
            cost = cost_of(one)
            unit, tier = words(case, f"plan.unit.{one.unit}"), words(case, f"plan.tier.{one.tier}")
            rows.append(
                body(
                    (
                        words(case, f"challenge.{row['challenge']}.title"),
                        title_of(case, key),
                        unit,
                        cost,
                        one.grade,
                        tier,
                    )
                )
            )
    keys = (
        ("challenge", 1.6),
        ("action", 2.0),
        ("unit", 0.9),
        ("unit_cost", 1.3),
        ("grade", 0.7),
        ("tier", 1.6),
    )
    columns = tuple(
        Column(words(case, f"concept.col.{key}"), "right" if key == "unit_cost" else "left", share)
        for key, share in keys
    )
    return (
        Table(tr(case, "brief.plan.candidates"), columns, tuple(rows[:CANDIDATES]), id="brief_candidates"),
    )
