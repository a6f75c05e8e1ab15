"""Facts of the council brief: key figures, findings, what is asked of the council, and what is not known."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from citiesforall.report.blocks import Block, Bullets, Callout, Heading, KeyFigure, Said
from citiesforall.report.concept_now import main_changes
from citiesforall.report.concept_plan import ITEMS
from citiesforall.report.concept_words import (
    VALUE_AND_INTERVAL,
    Case,
    counted,
    dollars,
    indicator_name,
    listed,
    name,
    of_plan,
    plan_of,
    rows_of,
    share_of,
    span,
    tr,
    words,
)
from citiesforall.report.evidence import look
from citiesforall.report.numbers import cell

BUDGET = "plan/annual_budget"
CHALLENGES = "diagnose/challenges"
FIGURES = 6
FINDINGS = 3
CHANGES = 4
PLACES = 3
UNKNOWNS = 4
RISKY = ("medium", "high")


def figures(case: Case) -> tuple[KeyFigure, ...]:
    """Return the key figures, at most six.

    Parameters
    ----------
    case
        The city.
    """
    plan = plan_of(case)
    found = [] if plan is None else [_people(case, plan), *_money(case), _place(case, plan), _gap(case)]
    found += [one for one in (_index(case), _judged(case)) if one is not None]
    if plan is None:
        found += _affected(case)
    return tuple(one for one in found if one is not None)[:FIGURES]


def _people(case: Case, plan: Any) -> KeyFigure:
    """Return how many people the plan serves."""
    note = tr(case, "brief.figure.people_note", year=str(plan["years"][-1]))
    return KeyFigure(
        cell(of_plan(case, "people_once", "persons")), words(case, "brief.figure.people"), note, "good"
    )


def _money(case: Case) -> list[KeyFigure]:
    """Return what the works cost and what running them costs."""
    table = case.evidence.tables[BUDGET]
    years = sorted({int(year) for year in table["year"]})
    works = table[table["kind"] == "capital"]
    spent = dollars(
        case, float(works["planned_usd"].sum()), BUDGET, "sum of planned_usd where kind is capital"
    )
    limit = dollars(case, float(works["limit_usd"].sum()), BUDGET, "sum of limit_usd where kind is capital")
    label = tr(case, "brief.figure.capital", years=span(years)).text
    first = KeyFigure(cell(spent), label, tr(case, "brief.figure.capital_note", limit=limit))
    run, share = running(case)
    label = tr(case, "brief.figure.running", year=str(years[-1])).text
    return [first, KeyFigure(cell(run), label, tr(case, "brief.figure.running_note", share=share))]


def running(case: Case) -> tuple[Any, Any]:
    """Return what running the plan costs in its last year, and its share of the limit.

    Parameters
    ----------
    case
        A city with a plan.
    """
    table = case.evidence.tables[BUDGET]
    last = int(table["year"].max())
    own = table[(table["year"] == last) & (table["kind"] == "recurrent")]
    how = f"where kind is recurrent and year is {last}"
    planned, limit = float(own["planned_usd"].sum()), float(own["limit_usd"].sum())
    return (
        dollars(case, planned, BUDGET, f"sum of planned_usd {how}"),
        share_of(case, planned, limit, BUDGET, f"sum of planned_usd {how} over sum of limit_usd {how}"),
    )


def _place(case: Case, plan: Any) -> KeyFigure | None:
    """Return how far the place that stays worst off is served."""
    worst = plan.get("worst_place")
    if not worst:
        return None
    share = of_plan(case, f"place_share.{worst}", "share")
    note = Said(name(case, str(worst)))
    return KeyFigure(cell(share), words(case, "brief.figure.place"), note, "watch")


def _gap(case: Case) -> KeyFigure:
    """Return how far the plan may be from the best."""
    gap, note = of_plan(case, "gap", "share"), tr(case, "brief.figure.gap_note")
    return KeyFigure(cell(gap), words(case, "brief.figure.gap"), note)


def _index(case: Case) -> KeyFigure | None:
    """Return the city's index of human security, where there is one."""
    table = case.evidence.tables.get("diagnose/index")
    if table is None:
        return None
    key = {"place": case.evidence.whole, "group": "all", "index": "geometric"}
    value, low, high = (
        look(case.evidence, "diagnose/index", word, "index", lang=case.lang, **key)
        for word in ("value", "low", "high")
    )
    if math.isnan(value.value):
        return None
    note = tr(case, "brief.figure.index_note", low=low, high=high)
    return KeyFigure(cell(value), tr(case, "brief.figure.index").text, note)


def _judged(case: Case) -> KeyFigure | None:
    """Return how many challenges can be judged."""
    table = case.evidence.tables.get(CHALLENGES)
    if table is None:
        return None
    n = counted(case, int(table["rank"].notna().sum()), CHALLENGES, "count of rows with a rank")
    label = tr(case, "brief.figure.judged", all=counted(case, len(table), CHALLENGES, "count of rows"))
    return KeyFigure(cell(n), label.text, tr(case, "brief.figure.judged_note"))


def _affected(case: Case) -> list[KeyFigure]:
    """Return how many people the first challenges affect."""
    made = []
    for key in first_challenges(case)["challenge"].astype(str) if CHALLENGES in case.evidence.tables else ():
        people, low, high = _persons(case, key)
        if math.isnan(people.value):
            continue
        known = not math.isnan(low.value)
        note = (
            tr(case, "brief.figure.affected_note", low=low, high=high)
            if known
            else tr(case, "brief.figure.no_interval")
        )
        label = tr(case, "brief.figure.affected", title=words(case, f"challenge.{key}.title")).text
        made.append(KeyFigure(cell(people), label, note, "bad"))
    return made


def first_challenges(case: Case) -> pd.DataFrame:
    """Return the rows of the challenges that come first.

    Parameters
    ----------
    case
        A city with a diagnosis.
    """
    table = case.evidence.tables[CHALLENGES]
    return table[table["rank"].notna()].sort_values("rank", kind="stable").head(FINDINGS)


def _persons(case: Case, challenge: str) -> list[Any]:
    """Return people affected with bounds."""
    return [
        look(case.evidence, CHALLENGES, word, "persons", lang=case.lang, challenge=challenge)
        for word in ("people", "people_low", "people_high")
    ]


def findings(case: Case) -> Bullets:
    """Return the three findings: what, how many, where, who, and how sure the order is.

    Parameters
    ----------
    case
        The city.
    """
    if CHALLENGES not in case.evidence.tables or first_challenges(case).empty:
        return Bullets((tr(case, "brief.find.none"),))
    return Bullets(tuple(_finding(case, row) for row in rows_of(first_challenges(case))), is_numbered=True)


def _finding(case: Case, row: dict[str, Any]) -> Said:
    """Return one finding."""
    key = str(row["challenge"])
    people, least, most = _persons(case, key)
    where = listed(name(case, one) for one in str(row["where"] or "").split()[:PLACES])
    unknown = math.isnan(people.value)
    kinds = ("uncounted_place", "uncounted") if unknown else ("place", "plain")
    kind = kinds[0] if where else kinds[1]
    text = VALUE_AND_INTERVAL.format(value=people.text, low=least.text, high=most.text)
    whole = people if math.isnan(least.value) else Said(text, (people, least, most))
    given: dict[str, Any] = {} if unknown else {"people": whole}
    given |= {"places": where} if where else {}
    said = [tr(case, f"brief.find.{kind}", title=words(case, f"challenge.{key}.title"), **given)]
    if row["who"]:
        said.append(tr(case, "brief.find.who", group=words(case, f"group.{row['who']}.title")))
    low, high = (
        look(case.evidence, CHALLENGES, word, "class", lang=case.lang, challenge=key)
        for word in ("rank_low", "rank_high")
    )
    if low.value != high.value:
        said.append(tr(case, "brief.find.range", low=low, high=high))
    return Said(" ".join(one.text for one in said), tuple(number for one in said for number in one.numbers))


def changes(case: Case) -> tuple[Block, ...]:
    """Return what the plan changes most, in the city and where it is worst today.

    Parameters
    ----------
    case
        A city with a plan.

    Returns
    -------
    tuple of Block
        A heading and a few lines.
    """
    plan = plan_of(case)
    if plan is None:
        return ()
    last = str(plan["years"][-1])
    lines = [one for row in main_changes(case, CHANGES) for one in _change(case, row, last)]
    items = tuple(lines) or (tr(case, "brief.change.none"),)
    return (Heading(tr(case, "brief.change.head", year=last)), Bullets(items))


def _change(case: Case, row: dict[str, Any], last: str) -> list[Said]:
    """Return one change of the city."""
    unit, key = str(row["unit"]), {"indicator": str(row["indicator"]), "place": case.evidence.whole}
    today, target = (
        look(case.evidence, "plan/results_framework", word, unit, lang=case.lang, **key)
        for word in ("baseline", f"target_{last}")
    )
    title = indicator_name(case, key["indicator"])
    return [tr(case, "brief.change.line", title=title, today=today, target=target)]


def decisions(case: Case) -> Callout:
    """Return what the council is asked to decide.

    Parameters
    ----------
    case
        The city.
    """
    plan = plan_of(case)
    first = [tr(case, f"brief.decide.{key}") for key in ("budget", "answer", "data")]
    asked = first if plan is None else _of_plan(case, plan)
    return Callout(words(case, "brief.decide.title"), tuple(asked), "decision")


def _of_plan(case: Case, plan: Any) -> list[Said]:
    """Return the decisions a plan asks for."""
    table, year = case.evidence.tables[ITEMS], int(plan["years"][0])
    own, how = table[table["start_year"] == year], f"where start_year is {year}"
    asked = [tr(case, "brief.decide.aim", aim=words(case, f"plan.objective.{plan['objective']}"))]
    if plan["budget_grade"] == "assumed":
        asked.append(tr(case, "brief.decide.confirm"))
    asked.append(
        tr(
            case, "brief.decide.first", year=str(year), n=counted(case, len(own), ITEMS, f"count of rows {how}"),
            usd=dollars(case, float(own["capital_usd"].sum()), ITEMS, f"sum of capital_usd {how}"),
        )
    )  # fmt: skip
    run, _ = running(case)
    asked.append(tr(case, "brief.decide.run", usd=run, year=str(plan["years"][-1])))
    risky = int(table["resettlement_risk"].isin(RISKY).sum())
    if risky:
        n = counted(case, risky, ITEMS, "count of rows where resettlement_risk is medium or high")
        asked.append(tr(case, "brief.decide.land", n=n))
    return asked


def unknowns(case: Case) -> Callout:
    """Return what is not known, the heaviest first.

    Parameters
    ----------
    case
        The city.
    """
    said = [*_unjudged(case)]
    plan = plan_of(case)
    if plan is not None:
        said += _plan_unknowns(case, plan)
    observed = case.evidence.tables["observations"]
    mature = observed[(observed["indicator"] == "smart_city_maturity") & observed["value"].notna()]
    if mature.empty:
        said.append(tr(case, "brief.unknown.self"))
    return Callout(words(case, "brief.unknown.title"), tuple(said[:UNKNOWNS]), "limit")


def _unjudged(case: Case) -> list[Said]:
    """Return which challenges and groups are not known."""
    table, said = case.evidence.tables.get(CHALLENGES), []
    if table is None:
        return []
    none = table.loc[table["rank"].isna(), "challenge"].astype(str)
    if len(none):
        titles = listed(words(case, f"challenge.{key}.title") for key in none[:PLACES])
        n = counted(case, len(none), CHALLENGES, "count of rows without a rank")
        total = counted(case, len(table), CHALLENGES, "count of rows")
        said.append(tr(case, "brief.unknown.challenges", n=n, all=total, titles=titles))
    if not (table["who"].fillna("").astype(str) != "").any():
        said.append(tr(case, "brief.unknown.groups"))
    return said


def _plan_unknowns(case: Case, plan: Any) -> list[Said]:
    """Return what a plan leaves open."""
    tried = plan.get("robustness")
    said = [tr(case, "brief.unknown.land")]
    if tried:
        n, draws = (of_plan(case, f"robustness.{word}", "persons") for word in ("affordable", "draws"))
        said.append(tr(case, "brief.unknown.prices", n=n, draws=draws))
    else:
        said.append(tr(case, "brief.unknown.prices_untried"))
    if plan["status"] != "optimal":
        said.append(tr(case, "brief.unknown.best", gap=of_plan(case, "gap", "share")))
    return said
