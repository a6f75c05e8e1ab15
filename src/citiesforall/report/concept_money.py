"""What the plan costs, fund by fund and year by year, and what other budgets would do."""

from __future__ import annotations

import pandas as pd

from citiesforall.report.blocks import (
    Block,
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
from citiesforall.report.charts_axes import nice_ticks
from citiesforall.report.concept_words import (
    MILLION,
    Case,
    bare,
    body,
    counted,
    dollars,
    fund_name,
    millions,
    money_word,
    plan_of,
    rows_of,
    share_of,
    source,
    stop,
    tr,
    words,
)
from citiesforall.report.evidence import look
from citiesforall.report.numbers import cell

BUDGET = "plan/annual_budget"
FRONTIER = "plan/frontier"
HALF, WHOLE, TWICE = 0.5, 1.0, 2.0
KINDS = ("capital", "recurrent")


def money(case: Case) -> tuple[Block, ...]:
    """Tell the budget of the plan by fund and tier, limits and use.

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
    head = Heading(tr(case, "chapter.money"), id="money")
    blocks: list[Block] = [head, Paragraph(_lead(case), "lead"), *_grade(case)]
    blocks += [_fund_table(case), _used(case), _year_table(case)]
    return tuple(blocks)


def _lead(case: Case) -> Said:
    """Say what there is and what the plan takes."""
    table = case.evidence.tables[BUDGET]
    limit, planned = float(table["limit_usd"].sum()), float(table["planned_usd"].sum())
    years = sorted({int(year) for year in table["year"]})
    return tr(
        case, "money.lead", first=str(years[0]), last=str(years[-1]),
        planned=dollars(case, planned, BUDGET, "sum of planned_usd"),
        limit=dollars(case, limit, BUDGET, "sum of limit_usd"),
        share=share_of(case, planned, limit, BUDGET, "sum of planned_usd over sum of limit_usd"),
    )  # fmt: skip


def _grade(case: Case) -> tuple[Block, ...]:
    """Warn where the budget is assumed."""
    budget = case.evidence.city.budget
    if budget is None or budget.grade != "assumed":
        return ()
    title = words(case, "concept.money.assumed_title")
    return (Callout(title, (tr(case, "money.assumed"),), "limit"),)


def _sum(table: pd.DataFrame, column: str, how: str) -> tuple[float, str]:
    """Return a sum and how it is worked out."""
    return float(table[column].sum()), f"sum of {column} where {how}"


def _fund_table(case: Case) -> Table:
    """Return limits and use of each fund, capital and running costs."""
    table = case.evidence.tables[BUDGET]
    keys = (
        ("fund", 2.2),
        ("tier", 1.7),
        ("kind", 0.9),
        ("limit", 1.1),
        ("planned", 1.1),
        ("planned_usd", 1.1),
        ("used", 0.8),
    )
    right = {"limit", "planned", "planned_usd", "used"}
    columns = tuple(
        Column(
            words(case, f"concept.col.{key}").format(money=money_word(case)),
            "right" if key in right else "left",
            share,
        )
        for key, share in keys
    )
    rows: list[Row] = []
    for fund in dict.fromkeys(table["fund"].astype(str)):
        for kind in KINDS:
            own = table[(table["fund"] == fund) & (table["kind"] == kind)]
            rows.append(_fund_row(case, own, (fund, kind)))
    rows.extend(_fund_row(case, table[table["kind"] == kind], ("", kind)) for kind in KINDS)
    tightest = _tightest(case)
    return Table(
        tightest,
        columns,
        tuple(rows),
        source(case, "budget"),
        words(case, "plan.remark.recurrent"),
        "funds",
    )


def _fund_row(case: Case, own: pd.DataFrame, of: tuple[str, str]) -> Row:
    """Return one fund and kind over all years; without a fund, all of them."""
    fund, kind = of
    how = f"kind is {kind}" + (f" and fund is {fund}" if fund else "")
    limit, planned = float(own["limit_local"].sum()), float(own["planned_local"].sum())
    first = (
        fund_name(case, fund)
        if fund and kind == KINDS[0]
        else ""
        if fund
        else words(case, "plan.label.total")
    )
    tier = words(case, f"plan.tier.{own.iloc[0]['tier']}") if fund and kind == KINDS[0] else ""
    return body(
        (
            first if fund or kind == KINDS[0] else "", tier, words(case, f"plan.kind.{kind}"),
            millions(*_named(limit, f"sum of limit_local where {how}")),
            millions(*_named(planned, f"sum of planned_local where {how}")),
            bare(float(own["planned_usd"].sum()), BUDGET, f"sum of planned_usd where {how}"),
            share_of(case, planned, limit, BUDGET, f"sum of planned_local where {how} over sum of limit_local where {how}"),
        ),
        kind="body" if fund else "total",
    )  # fmt: skip


def _named(value: float, how: str) -> tuple[float, str, str]:
    """Return a sum over the budget as `millions` takes it."""
    return value, BUDGET, how


def _tightest(case: Case) -> Said:
    """Say which fund's capital is used most."""
    table = case.evidence.tables[BUDGET]
    capital = table[table["kind"] == "capital"].groupby("fund")[["planned_local", "limit_local"]].sum()
    shares = capital["planned_local"] / capital["limit_local"].where(capital["limit_local"] > 0)
    if not shares.notna().any():
        return tr(case, "money.no_limit")
    fund = str(shares.idxmax())
    of = f"where kind is capital and fund is {fund}"
    how = f"sum of planned_local {of} over sum of limit_local {of}"
    planned, limit = capital.loc[[fund]].to_numpy(float)[0].tolist()
    used = share_of(case, planned, limit, BUDGET, how)
    return tr(case, "money.tightest", fund=fund_name(case, fund), share=used)


def _used(case: Case) -> Chart:
    """Draw what each fund has for works and what the plan takes of it."""
    table = case.evidence.tables[BUDGET]
    lines = []
    for fund in dict.fromkeys(table["fund"].astype(str)):
        own = table[(table["fund"] == fund) & (table["kind"] == "capital")]
        marks = []
        for at, column in enumerate(("limit_usd", "planned_usd")):
            value, how = _sum(own, column, f"kind is capital and fund is {fund}")
            marks.append(Mark(value, cell(dollars(case, value, BUDGET, how)), series=at))
        lines.append(Line(fund_name(case, fund), tuple(marks)))
    left = float(table.loc[table["kind"] == "capital", "left_usd"].sum())
    title = tr(
        case, "money.left", left=dollars(case, left, BUDGET, "sum of left_usd where kind is capital"),
    )  # fmt: skip
    ticks = scale(max((mark.at for line in lines for mark in line.marks), default=0.0), MILLION)
    return Chart(
        "bars", title, words(case, "concept.money.used_unit"), tuple(lines), ticks, title.text,
        source(case, "budget"), "funds_used",
        series=(words(case, "plan.column.available"), words(case, "plan.column.planned")),
    )  # fmt: skip


def _year_table(case: Case) -> Table:
    """Return what the plan costs in each year, works and running apart."""
    table = case.evidence.tables[BUDGET]
    years = sorted({int(year) for year in table["year"]})
    local = money_word(case)
    columns = (
        Column(words(case, "plan.column.kind"), share=1.6),
        *(Column(str(year), "right") for year in years),
        Column(f"{words(case, 'plan.label.total')}, {local}", "right", 1.4),
        Column(words(case, "plan.column.usd"), "right", 1.3),
    )
    rows = [_year_row(case, kind, years) for kind in (*KINDS, "")]
    own = table[(table["kind"] == "recurrent") & (table["year"] == years[-1])]
    running = dollars(
        case,
        float(own["planned_usd"].sum()),
        BUDGET,
        f"sum of planned_usd where kind is recurrent and year is {years[-1]}",
    )
    title = tr(case, "money.running", usd=running, year=str(years[-1]))
    return Table(
        title,
        columns,
        tuple(rows),
        source(case, "budget"),
        words(case, "plan.remark.prices"),
        "years",
    )


def _year_row(case: Case, kind: str, years: list[int]) -> Row:
    """Return what one kind of money costs in each year; all of it where empty."""
    table = case.evidence.tables[BUDGET]
    own = table[table["kind"] == kind] if kind else table
    of = f" where kind is {kind}" if kind else ""
    cells = [
        millions(
            float(own.loc[own["year"] == year, "planned_local"].sum()), BUDGET,
            f"sum of planned_local{of}{' and' if kind else ' where'} year is {year}",
        )
        for year in years
    ]  # fmt: skip
    total = millions(float(own["planned_local"].sum()), BUDGET, f"sum of planned_local{of}")
    usd = bare(float(own["planned_usd"].sum()), BUDGET, f"sum of planned_usd{of}")
    label = words(case, f"plan.kind.{kind}" if kind else "plan.label.total")
    return body((label, *cells, total, usd), kind="body" if kind else "total")


def trade(case: Case) -> tuple[Block, ...]:
    """Tell what half and twice the money would do.

    Parameters
    ----------
    case
        The city.

    Returns
    -------
    tuple of Block
        Empty without a plan; a line where other budgets were not searched.
    """
    if plan_of(case) is None:
        return ()
    head = Heading(tr(case, "trade.head"), 2, "trade")
    table = case.evidence.tables.get(FRONTIER)
    if table is None or table.empty:
        return (Paragraph(tr(case, "trade.none"), strong=stop(case, head.text.text)),)
    return (
        head,
        KeyFigures(tuple(_budget_figure(case, share) for share in (HALF, WHOLE, TWICE))),
        _curve(case, table),
    )


def _people_at(case: Case, share: float) -> Said:
    """Return the needs a budget of a share would serve."""
    return cell(look(case.evidence, FRONTIER, "people", "persons", lang=case.lang, budget_share=str(share)))


def _budget_figure(case: Case, share: float) -> KeyFigure:
    """Return what a budget serves as a key figure, the worst-off place below."""
    worst = look(
        case.evidence, FRONTIER, "worst_place_share", "ratio", lang=case.lang, budget_share=str(share)
    )
    capital = look(case.evidence, FRONTIER, "capital_usd", "USD", lang=case.lang, budget_share=str(share))
    key = {HALF: "half", WHOLE: "same", TWICE: "twice"}[share]
    note = tr(
        case,
        "trade.figure",
        capital=capital,
        share=share_of(case, worst.value, 1.0, FRONTIER, f"worst_place_share where budget_share is {share}"),
    )
    return KeyFigure(_people_at(case, share), words(case, f"concept.trade.{key}"), note)


def _curve(case: Case, table: pd.DataFrame) -> Chart:
    """Draw the needs served against the money for works."""
    marks = tuple(
        Mark(float(row["people"]), _people_at(case, float(row["budget_share"])), x=float(row["capital_usd"]))
        for row in rows_of(table.sort_values("budget_share"))
    )
    rows = table.set_index("budget_share")["people"]
    more = float(rows.get(TWICE, float("nan"))) - float(rows.get(WHOLE, float("nan")))
    title = tr(
        case,
        "trade.finding",
        more=counted(case, more, FRONTIER, "people at budget_share 2 less people at budget_share 1"),
    )
    return Chart(
        "lines", title, words(case, "concept.trade.unit"), (Line(words(case, "concept.trade.needs"), marks),),
        scale(float(table["people"].max()), 1.0), title.text, source(case, "frontier"), "trade_off",
        x_ticks=scale(float(table["capital_usd"].max()), MILLION),
        note=words(case, "concept.trade.note"),
    )  # fmt: skip


def scale(most: float, of: float = 1.0) -> tuple[Tick, ...]:
    """Return round ticks from 0 to at least a number.

    Parameters
    ----------
    most
        What must lie on the axis.
    of
        What one unit of the labels is: 1e6 writes millions.
    """
    return tuple(Tick(at, f"{at / of:,g}") for at in nice_ticks(0.0, max(most, of)))
