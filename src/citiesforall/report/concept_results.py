"""What the plan should change: results with targets year by year, who is served by place and group, and who is not."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from citiesforall.report.blocks import (
    Block,
    Bullets,
    Chart,
    Column,
    Heading,
    Line,
    Mark,
    Number,
    Paragraph,
    Row,
    Said,
    Table,
    Tick,
)
from citiesforall.report.concept_words import (
    FILES,
    PERCENT,
    PROOF,
    Case,
    between,
    body,
    counted,
    first_of,
    indicator_name,
    listed,
    name,
    of_plan,
    plan_of,
    rows_of,
    share_of,
    source,
    tr,
    words,
)
from citiesforall.report.evidence import look
from citiesforall.report.numbers import cell

RESULTS = "plan/results_framework"
AFTER = "plan/after"
SHARES = (0, 25, 50, 75, 100)
MOST_PLACES = 20
NAMED = 10
GROUPS = ("women", "men", "age_0_14", "age_60_up", "slow_walkers")


def results(case: Case) -> tuple[Block, ...]:
    """Tell the results framework: today, and a target for each year, of the city and of the place that is worst off.

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
    table = case.evidence.tables[RESULTS]
    shown = _headline(case, table)
    years = _years(table)
    open_ends = table[(table["target_status"] == "not_modelled") & (table["place"] == case.evidence.whole)]
    columns = (
        Column(words(case, "plan.column.indicator"), share=2.0), Column(words(case, "plan.column.place"), share=1.0),
        Column(words(case, "concept.col.today"), "right", 2.4), *(Column(str(year), "right", 0.8) for year in years),
        Column(words(case, "concept.col.rests"), share=1.25),
    )  # fmt: skip
    rows = tuple(_result_row(case, row, years) for row in rows_of(shown))
    n = counted(case, shown["indicator"].nunique(), RESULTS, "count of indicators of the city with a target")
    framework = Table(
        tr(case, "result.finding", n=n, year=str(years[-1])), columns, rows, source(case, "results"),
        words(case, "plan.remark.interval"), "results",
    )  # fmt: skip
    blocks: list[Block] = [
        Heading(tr(case, "chapter.results"), id="results"),
        Paragraph(tr(case, "result.lead"), "lead"),
    ]
    blocks += [framework] if rows else [Paragraph(tr(case, "result.none"))]
    if len(open_ends):
        titles = first_of(
            [indicator_name(case, str(key)) for key in open_ends["indicator"]], NAMED, case, RESULTS
        )
        blocks.append(Paragraph(tr(case, "result.open", titles=titles), "note"))
    return tuple(blocks)


def _years(table: pd.DataFrame) -> list[int]:
    """Return the years that have targets."""
    return [
        int(key.removeprefix("target_"))
        for key in map(str, table.columns)
        if key.removeprefix("target_").isdigit()
    ]


def _headline(case: Case, table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with a target: the city, and the place worst off today."""
    own = table[(table["target_status"] != "not_modelled") & table["main"].astype(bool)]
    kept: list[Any] = []
    for key in dict.fromkeys(own["indicator"].astype(str)):
        rows = own[own["indicator"] == key]
        city = rows[rows["place"] == case.evidence.whole]
        if city.empty:
            continue
        kept.append(city.index[0])
        places = rows[rows["place"] != case.evidence.whole]
        if len(places):
            kept.append(
                places["baseline"].idxmin()
                if city.iloc[0]["better"] != "lower"
                else places["baseline"].idxmax()
            )
    return own.loc[kept]


def _result_row(case: Case, row: dict[str, Any], years: list[int]) -> Row:
    """Return one result."""
    key = {"indicator": str(row["indicator"]), "place": str(row["place"])}
    unit, whole = str(row["unit"]), row["place"] == case.evidence.whole

    def number(word: str) -> Number:
        return look(case.evidence, RESULTS, word, unit, lang=case.lang, **key)

    return body(
        (
            indicator_name(case, key["indicator"]) if whole else "",
            words(case, "plan.label.city") if whole else name(case, key["place"]),
_today(number("baseline"), between(case, number("low"), number("high")), str(row["baseline_period"])),
            *(number(f"target_{year}") for year in years), words(case, f"concept.result.{row['target_status']}"),
        )
    )  # fmt: skip


def _today(value: Number, interval: Said, period: str) -> Said:
    """Return today's value with its interval and year."""
    more = f"{interval.text}; {period}" if interval.numbers else period
    text = f"{value.text} ({more})"
    return Said(text, (value, *interval.numbers))


def served(case: Case) -> tuple[Block, ...]:
    """Tell who gets what, by service, place and group, and who still goes without.

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
    head = Heading(tr(case, "chapter.served"), 2, "served")
    lead = tr(case, "served.lead", people=of_plan(case, "people_once", "persons"))
    blocks: list[Block] = [head, Paragraph(lead), _services(case, plan)]
    blocks += [*_places(case, plan), *_groups(case, plan), *_not_served(case, plan)]
    return tuple(blocks)


def _services(case: Case, plan: Any) -> Table:
    """Return who lacks each service today, who gets it, and who goes without."""
    columns = tuple(
        Column(words(case, f"concept.col.{key}"), "left" if key == "service" else "right", share)
        for key, share in (
            ("service", 2.8),
            ("lacking", 1.0),
            ("newly", 1.0),
            ("served_share", 0.8),
            ("still", 1.0),
        )
    )
    rows = tuple(_service_row(case, key) for key in plan["services"])
    worst = max(plan["services"], key=lambda key: _left(case, key).value)
    title = tr(case, "served.finding", people=_left(case, worst), service=indicator_name(case, worst))
    return Table(
        title,
        columns,
        rows,
        source(case, "proof"),
        words(case, "plan.remark.services"),
        "services",
    )


def _left(case: Case, service: str) -> Number:
    """Return how many people go on lacking a service."""
    lacking, newly = (
        of_plan(case, f"services.{service}.{word}", "persons") for word in ("lacking", "newly_served")
    )
    how = f"services.{service}.lacking less services.{service}.newly_served"
    return counted(case, lacking.value - newly.value, PROOF, how)


def _service_row(case: Case, service: str) -> Row:
    """Return who lacks a service today, who gets it, and who goes without."""
    lacking, newly = (
        of_plan(case, f"services.{service}.{word}", "persons") for word in ("lacking", "newly_served")
    )
    how = f"services.{service}.newly_served over services.{service}.lacking"
    share = share_of(case, newly.value, lacking.value, PROOF, how)
    return body((indicator_name(case, service), lacking, newly, share, _left(case, service)))


def _places(case: Case, plan: Any) -> tuple[Block, ...]:
    """Draw the share of needs met in each place once the plan is built."""
    shares = {
        key: float(one) for key, one in plan["place_share"].items() if one is not None and math.isfinite(one)
    }
    if not shares:
        return (Paragraph(tr(case, "served.no_places")),)
    order = sorted(shares, key=lambda key: (shares[key], key))
    lines = []
    for key in order[:MOST_PLACES]:
        number = of_plan(case, f"place_share.{key}", "share")
        lines.append(
            Line(name(case, key), (Mark(number.value * PERCENT, cell(number)),), is_strong=key == order[0])
        )
    low, high = (of_plan(case, f"place_share.{key}", "share") for key in (order[0], order[-1]))
    title = tr(case, "served.places", place=name(case, order[0]), low=low, high=high)
    ticks = tuple(Tick(float(at), f"{at} %") for at in SHARES)
    note = words(case, "concept.served.places_note")
    if len(order) > MOST_PLACES:
        cut = words(case, "concept.served.places_cut").format(file=FILES["proof"])
        note = f"{note} {cut}"
    return (
        Chart(
            "bars", title, words(case, "concept.served.places_unit"), tuple(lines), ticks, title.text,
            source(case, "proof"), "place_share", note=note,
        ),
    )  # fmt: skip


def _groups(case: Case, plan: Any) -> tuple[Block, ...]:
    """Show the needs met of the groups that count more, and access of each group before and after."""
    rows = []
    for key in plan["group_share"]:
        title = words(case, f"group.{key}.title") if key != "everybody" else words(case, "group.all.title")
        rows.append(tr(case, "served.group", group=title, share=of_plan(case, f"group_share.{key}", "share")))
    found = _group_table(case)
    blocks: list[Block] = [Heading(tr(case, "served.groups_head"), 3)]
    blocks += [Bullets(tuple(rows))] if rows else []
    return (*blocks, *found)


def _group_table(case: Case) -> tuple[Block, ...]:
    """Return access before and after of each group, for what was measured again."""
    table = case.evidence.tables[AFTER]
    services = list((plan_of(case) or {})["services"])
    own = table[
        (table["place"] == case.evidence.whole)
        & (table["how"] == "measured")
        & table["indicator"].isin(services)
    ]
    own = own[own["value"].notna()]
    shown = [key for key in GROUPS if key in set(own["group"].astype(str))]
    kept = list(dict.fromkeys(own["indicator"].astype(str)))
    if not shown or not kept:
        return (Paragraph(tr(case, "served.groups_unknown")),)
    columns = (
        Column(words(case, "plan.column.indicator"), share=2.2),
        *(Column(words(case, f"group.{key}.title"), "right", 1.2) for key in shown),
    )
    rows = tuple(
        body((indicator_name(case, key), *(_before_after(case, key, group) for group in shown)))
        for key in kept
    )
    return (
        Table(
            tr(case, "served.groups"), columns, rows, source(case, "after"),
            words(case, "concept.served.groups_note"),
            "groups",
        ),
    )  # fmt: skip


def _before_after(case: Case, indicator: str, group: str) -> Said:
    """Return the value before and after of one group."""
    key = {"indicator": indicator, "group": group, "place": case.evidence.whole}
    before, after = (
        look(case.evidence, AFTER, word, "%", lang=case.lang, **key) for word in ("before", "value")
    )
    return Said(f"{before.text} → {after.text}", (before, after))


def _not_served(case: Case, plan: Any) -> tuple[Block, ...]:
    """Tell the places that get nothing, the services nobody gets, and the groups nobody counted."""
    items = case.evidence.tables["plan/plan"]
    units = set(map(str, plan["place_share"]))
    none = sorted(units - set(items.loc[items["people"] > 0, "place"].astype(str)))
    said = []
    if none:
        named = listed(name(case, key) for key in none[:NAMED])
        n = counted(case, len(none), "plan/plan", "count of places without a row that serves people")
        said.append(tr(case, "served.no_item", n=n, places=named))
    empty = [key for key, one in plan["services"].items() if one["newly_served"] <= 0]
    if empty:
        said.append(tr(case, "served.no_service", titles=listed(indicator_name(case, key) for key in empty)))
    unknown = case.evidence.said.get("run", {}).get("groups_unknown", [])
    if unknown:
        titles = listed(words(case, f"group.{key}.title") for key in map(_group_id, unknown))
        said.append(tr(case, "served.unknown", titles=titles))
    return (Heading(tr(case, "served.not_head"), 3), Bullets(tuple(said))) if said else ()


def _group_id(one: Any) -> str:
    """Return the id of a group that is not known."""
    return str(one["group"] if isinstance(one, dict) else one)
