"""The planning forms as sheets: five-year development plan, three-year rolling programme, annual budget; sums are formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

import pandas as pd
from openpyxl.utils import get_column_letter

from citiesforall.core.budget import Budget
from citiesforall.exchange.given import Published
from citiesforall.exchange.sheets import Column, Formula, Page
from citiesforall.exchange.words import place_names, prose, told
from citiesforall.text import digits

MONEY = '#,##0;-#,##0;"-"'
WHOLE = "#,##0"
YEAR = re.compile(r"^local_(\d{4})$")
PAID = re.compile(r"^(capital|recurrent)_(\d{4})$")


def form_pages(given: Published, lang: str) -> Iterator[Page]:
    """Yield the planning forms that a plan fills; none where there is no plan.

    Parameters
    ----------
    given
        With the tables of the plan.
    lang
        ``en`` or ``km``.
    """
    budget = given.city.budget
    if budget is None:
        return
    makers = {"development_plan": _development, "investment_programme": _investment, "annual_budget": _annual}
    for name, make in makers.items():
        if name in given.plan:
            yield make(given, given.plan[name], budget, lang)


def currency_of(budget: Budget) -> str:
    """Return the currency of the columns named ``local``: riel where the budget is in dollars and a rate of the riel is given."""
    return "KHR" if budget.currency == "USD" and budget.khr_per_usd else budget.currency


def _head(name: str, lang: str) -> str:
    """Return the head of a column."""
    return told(f"exchange.column.{name}", lang)


def _money_head(name: str, currency: str, lang: str) -> str:
    """Return the head of a column of money, with its currency."""
    known = {"KHR": told("exchange.currency.KHR", lang), "USD": "US$"}
    return f"{_head(name, lang)} ({known.get(currency, currency)})"


def _projects(given: Published, table: pd.DataFrame, budget: Budget, lang: str) -> list[Column]:
    """Return the columns that say what is done, where, when and from which fund."""
    names = place_names(given.places, lang)
    funds = {
        key: (one.title_km or one.title) if lang == "km" else one.title for key, one in budget.funds.items()
    }
    titles = [digits(str(one), lang) for one in table[f"title_{lang}"]]
    return [
        Column(_head("number", lang), 9, [int(one) for one in table["number"]], WHOLE),
        Column(_head("project", lang), 44, titles),
        Column(_head("place", lang), 24, [names.get(one, one) for one in table["place"]]),
        Column(_head("units", lang), 11, table["units"].tolist(), "#,##0.##"),
        Column(_head("unit", lang), 16, [told(f"plan.unit.{one}", lang) for one in table["unit"]]),
        Column(_head("start_year", lang), 10, [int(one) for one in table["start_year"]], "0"),
        Column(_head("fund", lang), 30, [funds.get(one, one) for one in table["fund"]]),
        Column(_head("tier", lang), 30, [told(f"plan.tier.{one}", lang) for one in table["tier"]]),
    ]


def _across(first: int, n: int, values: Sequence[float]) -> list[Formula]:
    """Return the sum of some columns side by side, for each row."""
    span = f"{get_column_letter(first)}{{row}}:{get_column_letter(first + n - 1)}{{row}}"
    return [Formula(f"=SUM({span})", float(one)) for one in values]


def _bands(groups: Sequence[str]) -> list[tuple[str, int]]:
    """Return headings of rows that are in the order of their groups."""
    return [(name, len(list(rows))) for name, rows in groupby(groups)]


def _development(given: Published, table: pd.DataFrame, budget: Budget, lang: str) -> Page:
    """Return the five-year development plan: money of each year, by dimension of human security."""
    currency = currency_of(budget)
    years = [found[1] for name in table.columns if (found := YEAR.match(str(name)))]
    columns = _projects(given, table, budget, lang)
    people = Column(_head("people", lang), 13, table["people"].round().tolist(), WHOLE)
    by_year = [Column(year, 17, table[f"local_{year}"].tolist(), MONEY, total=True) for year in years]
    sums = _across(len(columns) + 2, len(years), table["local"].tolist())
    columns += [people, *by_year, Column(_money_head("total", currency, lang), 19, sums, MONEY, total=True)]
    columns.append(Column(_money_head("total", "USD", lang), 16, table["usd"].tolist(), MONEY, total=True))
    bands = _bands([told(f"word.dimension.{one}", lang) for one in table["dimension"]])
    title = prose("form.development_plan", lang, years=_span(years))
    return Page(
        told("exchange.sheet.development_plan", lang),
        title,
        [prose("form.sums", lang)],
        columns,
        bands,
        _all(lang),
        _warnings(budget, lang),
    )


def _investment(given: Published, table: pd.DataFrame, budget: Budget, lang: str) -> Page:
    """Return the three-year rolling investment programme: capital and recurrent money of each year."""
    currency = currency_of(budget)
    paid = [(found[1], found[2]) for name in table.columns if (found := PAID.match(str(name)))]
    columns = _projects(given, table, budget, lang)
    sums = _across(len(columns) + 1, len(paid), table["local"].tolist())
    for kind, year in paid:
        head = f"{year} {told(f'plan.kind.{kind}', lang)}"
        columns.append(Column(head, 17, table[f"{kind}_{year}"].tolist(), MONEY, total=True))
    columns.append(Column(_money_head("total", currency, lang), 19, sums, MONEY, total=True))
    columns.append(
        Column(_money_head("later", currency, lang), 19, table["later_local"].tolist(), MONEY, total=True)
    )
    columns.append(Column(_money_head("total", "USD", lang), 16, table["usd"].tolist(), MONEY, total=True))
    bands = _bands([told(f"plan.programme.{one}", lang) for one in table["programme"]])
    title = prose("form.investment_programme", lang, years=_span([year for _, year in paid]))
    return Page(
        told("exchange.sheet.investment_programme", lang),
        title,
        [prose("form.sums", lang)],
        columns,
        bands,
        _all(lang),
        _warnings(budget, lang),
    )


def _annual(given: Published, table: pd.DataFrame, budget: Budget, lang: str) -> Page:
    """Return the annual budget: what each fund may spend, what is planned, what is left."""
    del given
    currency = currency_of(budget)
    funds = {
        key: (one.title_km or one.title) if lang == "km" else one.title for key, one in budget.funds.items()
    }
    left = [Formula("=D{row}-E{row}", float(one)) for one in table["left_local"]]
    columns = [
        Column(_head("fund", lang), 40, [funds.get(one, one) for one in table["fund"]]),
        Column(_head("tier", lang), 30, [told(f"plan.tier.{one}", lang) for one in table["tier"]]),
        Column(_head("kind", lang), 16, [told(f"plan.kind.{one}", lang) for one in table["kind"]]),
        Column(_money_head("limit", currency, lang), 20, table["limit_local"].tolist(), MONEY, total=True),
        Column(
            _money_head("planned", currency, lang), 20, table["planned_local"].tolist(), MONEY, total=True
        ),
        Column(_money_head("left", currency, lang), 20, left, MONEY, total=True),
        Column(_money_head("planned", "USD", lang), 18, table["planned_usd"].tolist(), MONEY, total=True),
    ]
    bands = _bands([str(one) for one in table["year"]])
    title = prose("form.annual_budget", lang, years=_span([str(one) for one in table["year"].unique()]))
    return Page(
        told("exchange.sheet.annual_budget", lang),
        title,
        [prose("form.sums", lang)],
        columns,
        bands,
        _all(lang),
        _warnings(budget, lang),
    )


def _span(years: Sequence[str]) -> str:
    """Return first and last year."""
    told_years = sorted(set(years))
    return f"{told_years[0]}-{told_years[-1]}" if len(told_years) > 1 else "".join(told_years)


def _all(lang: str) -> str:
    """Return the word of the last row."""
    return told("exchange.column.all", lang)


def _warnings(budget: Budget, lang: str) -> list[str]:
    """Return a warning where nobody adopted the budget."""
    return [told("plan.budget_grade.assumed", lang)] if budget.grade == "assumed" else []
