"""Policy options: what plans chose for each challenge, its cost by tier and fund, whom it reaches; candidates beside it."""

from __future__ import annotations

from citiesforall.report.blocks import Block, Callout, Heading, Number, Paragraph, Row, Said, Table
from citiesforall.report.charts import About, Point, bars_chart
from citiesforall.report.numbers import told
from citiesforall.report.policy_evidence import Record
from citiesforall.report.policy_facts import (
    DASH,
    NOTHING,
    Facts,
    action_title,
    band,
    catalogue,
    count,
    ends,
    head_of,
    heads,
    num,
    row_of,
    say,
    source,
    text_or,
    tier,
    title,
    total,
    word,
)
from citiesforall.report.policy_money import (
    CAPITAL,
    MONEY,
    OPTIONS,
    RUNNING,
    costs,
    is_planned,
    plans_all,
    sum_of,
    tiers,
)
from citiesforall.report.policy_numbers import banded, shaped
from citiesforall.report.policy_parts import PEOPLE_BAND, actions_of, known

SCALED_TOTALS = "options/scaled_totals"
CANDIDATES = 10
"""Challenges whose candidate actions are listed."""


def options_chapter(facts: Facts) -> list[Block]:
    """Return the chapter."""
    heading: list[Block] = [Heading(say(facts, "options.title"), 1, "options")]
    if is_planned(facts):
        plans = count(facts, plans_all(facts), OPTIONS, "largest plans_all")
        lead = say(
            facts,
            "options.lead",
            plans=plans,
            members=count(facts, len(facts.members), "members", "count of rows"),
        )
        body = [*costs(facts), _planned(facts), *_by_tier(facts), *_by_fund(facts), *_scaled(facts)]
    else:
        lead, body = say(facts, "options.no_plan"), []
    care = Callout(
        word(facts, "options.care"),
        tuple(say(facts, f"options.{one}") for one in ("grades", "additive", "choice")),
        "limit",
    )
    return [*heading, Paragraph(lead, "lead"), *body, *_candidates(facts), care]


def _order(facts: Facts) -> dict[str, int]:
    """Return the place of each judged challenge."""
    return {str(row["challenge"]): at for at, row in enumerate(facts.judged)}


def _planned(facts: Facts) -> Table:
    """Return the actions that plans chose, by challenge."""
    order = _order(facts)
    chosen = [row for row in facts.records(OPTIONS) if known(row["plans"]) and float(row["plans"]) > 0]
    chosen.sort(
        key=lambda row: (
            order.get(str(row["challenge"]), len(order)),
            str(row["challenge"]),
            -_amount(row),
            str(row["action"]),
        )
    )
    rows: list[Row] = []
    last = ""
    for row in chosen:
        if row["challenge"] != last:
            last = str(row["challenge"])
            rows.append(head_of(title(facts, last)))
        rows.append(row_of(_planned_cells(facts, row)))
    columns = heads(
        facts, "action:2.7", "lead_tier:1.9", "plans:>0.9", "how_much:>1.7", "capital_thousand:>2", "running_thousand:>1.6",
        "served:>1.8", "grade:0.7",
    )  # fmt: skip
    dearest = max(chosen, key=_amount)
    heading = say(
        facts,
        "options.table",
        title=action_title(facts, str(dearest["action"])),
        usd=num(facts, OPTIONS, dearest, "capital_usd", "usd"),
    )
    return Table(
        heading, columns, tuple(rows), source(facts, OPTIONS), word(facts, "options.note"), "options"
    )


def _amount(row: Record) -> float:
    """Return the capital of an action; nothing where it is not known."""
    return float(row["capital_usd"]) if known(row["capital_usd"]) else 0.0


def _planned_cells(facts: Facts, row: Record) -> list[Said | Number | str]:
    """Return an action that plans chose."""
    key = str(row["action"])
    action = catalogue().get(key)
    units: Said | Number = NOTHING
    if known(row["units"]):
        number = num(facts, OPTIONS, row, "units", "exact")
        unit = text_or(f"plan.unit.{row['unit']}", str(row["unit"]), facts.lang)
        units = Said(f"{unit} {number.text}" if facts.lang == "km" else f"{number.text} {unit}", (number,))
    return [
        action_title(facts, key),
        tier(facts, action.tier) if action else DASH,
        Said(
            f"{num(facts, OPTIONS, row, 'plans', 'exact').text} / {num(facts, OPTIONS, row, 'plans_all', 'exact').text}",
            (num(facts, OPTIONS, row, "plans", "exact"), num(facts, OPTIONS, row, "plans_all", "exact")),
        ),
        units,
        _three(facts, row, CAPITAL),
        _three(facts, row, RUNNING),
        _people(facts, row),
        str(row["grade"]) if isinstance(row["grade"], str) else DASH,
    ]


def _three(facts: Facts, row: Record, columns: tuple[str, str, str]) -> Said:
    """Return an amount with the ends of its range, in thousands."""
    value, low, high = (num(facts, OPTIONS, row, one, "thousand") for one in columns)
    return banded(value, low, high) if known(row[columns[0]]) else NOTHING


def _people(facts: Facts, row: Record) -> Said:
    """Return whom an action reaches."""
    if not known(row["people"]):
        return NOTHING
    value, low, high = (num(facts, OPTIONS, row, one, "exact") for one in PEOPLE_BAND)
    return banded(value, low, high) if low.text != high.text else Said(value.text, (value,))


def _by_tier(facts: Facts) -> list[Block]:
    """Return the capital by the tier that leads."""
    found = {key: rows for key, rows in tiers(facts).items() if sum_of(rows, "capital_usd") > 0}
    if not found:
        return []
    points = []
    for key, rows in found.items():
        amount = sum_of(rows, "capital_usd")
        number = total(facts, amount, "usd", MONEY, f"sum of capital_usd where tier is {key}")
        points.append((tier(facts, key), [Point(number)]))
    every = sum(points_of.value.value for _, (points_of,) in points)
    first, (most,) = max(points, key=lambda pair: pair[1][0].value.value)
    share = Number(
        shaped(most.value.value / every, "percent", facts.lang),
        MONEY,
        (),
        "",
        most.value.value / every,
        "share of the largest tier in the sum of capital_usd",
    )
    heading = say(facts, "options.tier", tier=first, share=share)
    alt = f"{heading.text} " + "; ".join(f"{label}: {found[0].value.text}" for label, found in points)
    about = About(
        heading,
        word(facts, "options.tier_unit"),
        alt,
        source(facts, MONEY),
        "by_tier",
        word(facts, "options.tier_note"),
    )
    return [bars_chart(about, points, "USD", facts.lang)]


def _by_fund(facts: Facts) -> list[Block]:
    """Return the money of each fund: who leads, capital and running costs."""
    sums: dict[tuple[str, str], list[Record]] = {}
    for row in facts.records(MONEY):
        sums.setdefault((str(row["fund"]), str(row["tier"])), []).append(row)
    if not sums:
        return []
    rows = []
    for (fund, key), found in sorted(sums.items()):
        how = f"sum of {{}} where fund is {fund} and tier is {key}"
        made = [
            total(facts, sum_of(found, column), "thousand", MONEY, how.format(column))
            for column in ("capital_usd", "low", "high", "om_usd")
        ]
        rows.append(
            row_of((fund_name(facts, fund), tier(facts, key), banded(made[0], made[1], made[2]), made[3]))
        )
    columns = heads(facts, "fund:3", "lead_tier:3", "capital_thousand:>2.6", "running_thousand:>1.8")
    return [
        Table(
            say(facts, "options.fund"),
            columns,
            tuple(rows),
            source(facts, MONEY),
            word(facts, "options.fund_note"),
            "by_fund",
        )
    ]


def fund_name(facts: Facts, fund: str) -> str:
    """Return what city files call a fund; its id where none says."""
    titles = facts.evidence.funds.get(fund)
    if titles is None:
        return fund.replace("_", " ")
    return titles[facts.lang == "km"]


def _scaled(facts: Facts) -> list[Block]:
    """Return what the same would cost where there is no plan: an estimate, apart from what is planned."""
    rows = [row for row in facts.records(SCALED_TOTALS) if known(row["capital_usd"])]
    strong = say(facts, "scaled.title").text
    if not rows:
        return [Paragraph(say(facts, "scaled.none"), strong=strong)]
    order = _order(facts)
    rows.sort(
        key=lambda row: (order.get(str(row["challenge"]), len(order)), -_amount(row), str(row["action"]))
    )
    made: list[Row] = []
    last = ""
    for row in rows:
        if row["challenge"] != last:
            last = str(row["challenge"])
            made.append(head_of(title(facts, last)))
        made.append(
            row_of((
                action_title(facts, str(row["action"])),
                ends(facts, SCALED_TOTALS, row, ("members", "members"), "exact"),
                num(facts, SCALED_TOTALS, row, "people", "thousand"),
                band(facts, SCALED_TOTALS, row, ("capital_usd", "low", "high"), "musd"),
                num(facts, SCALED_TOTALS, row, "plans", "exact"),
            ), "unknown")
        )  # fmt: skip
    columns = heads(
        facts, "action:3.4", "members:>1.5", "people_thousand:>1.6", "capital_million:>2.4", "from_plans:>1.2"
    )
    return [
        Paragraph(say(facts, "scaled.how"), strong=strong),
        Table(
            say(facts, "scaled.table"),
            columns,
            tuple(made),
            source(facts, SCALED_TOTALS),
            word(facts, "scaled.note"),
            "scaled",
        ),
    ]


def _candidates(facts: Facts) -> list[Block]:
    """Return which actions answer each judged challenge and what one unit costs: none of them is chosen."""
    rows: list[Row] = []
    shown: set[str] = set()
    for row in facts.judged[:CANDIDATES]:
        challenge = str(row["challenge"])
        keys = [
            key
            for side in ("protection", "empowerment")
            for key in actions_of(challenge, side)
            if key not in shown
        ]
        keys = list(dict.fromkeys(keys))
        if keys:
            rows.append(head_of(title(facts, challenge)))
            rows += [_candidate(facts, key) for key in keys]
            shown |= set(keys)
    if not rows:
        return []
    columns = heads(
        facts,
        "action:3",
        "side:1.5",
        "lead_tier:2",
        "one_unit:1.3",
        "unit_cost:>2",
        "unit_running:>1.7",
        "grade:0.6",
    )
    return [
        Heading(say(facts, "options.candidates"), 2, "candidates"),
        Table(
            say(facts, "options.candidate_table"),
            columns,
            tuple(rows),
            word(facts, "shown.catalogue"),
            word(facts, "options.candidate_note"),
            "candidates_table",
        ),
    ]


def _candidate(facts: Facts, key: str) -> Row:
    """Return an action of the catalogue with what one unit costs."""
    one = catalogue()[key]
    cells = []
    for column, (low, high) in (("capital_usd", one.capital_usd), ("om_usd_per_year", one.om_usd_per_year)):
        numbers = tuple(
            Number(
                shaped(value, "exact", facts.lang), "actions", (("action", key),), f"{column}[{at}]", value
            )
            for at, value in enumerate((low, high))
        )
        text = numbers[0].text if low == high else f"{numbers[0].text}{DASH}{numbers[1].text}"
        cells.append(Said(text, numbers))
    unit = text_or(f"plan.unit.{one.unit}", one.unit, facts.lang)
    return row_of(
        (
            action_title(facts, key),
            told(f"policy.side.{one.side}", facts.lang),
            tier(facts, one.tier),
            unit,
            *cells,
            one.grade,
        )
    )
