"""Amounts of money as a council reads them: in the fund's own currency, and in US dollars where a rate is known."""

from __future__ import annotations

import math

from citiesforall.core.budget import Budget, rate_of

DOLLAR, RIEL = "USD", "KHR"
CENTS = 2


def amount(usd: float, budget: Budget | None = None, fund: str | None = None, *, cents: bool = False) -> str:
    """Return an amount in the currency of a fund or budget, with the dollars beside it.

    Parameters
    ----------
    usd
        How much. [US$]
    budget
        Whose currency and rates; dollars alone where None.
    fund
        Id of a fund with a currency of its own; the budget's where None.
    cents
        Show cents of dollars, and of other currencies but the riel, which has none.

    Returns
    -------
    str
        ``KHR 2,870,000 (US$700)``; ``US$700`` where that is the currency. Local money is rounded up: what is said is enough.
    """
    digits = CENTS if cents else 0
    dollars = f"US${usd:,.{digits}f}"
    currency = currency_of(budget, fund)
    if budget is None or currency == DOLLAR:
        beside = budget.khr_per_usd if budget is not None else None
        return f"{dollars} (KHR {_up(usd * beside, 0):,.0f})" if beside else dollars
    rate = rate_of(budget, currency)
    if rate is None:
        return dollars
    places = 0 if currency == RIEL else digits
    return f"{currency} {_up(usd * rate, places):,.{places}f} ({dollars})"


def currency_of(budget: Budget | None, fund: str | None = None) -> str:
    """Return the currency of a fund, else of its budget, else the dollar."""
    if budget is None:
        return DOLLAR
    return (budget.funds[fund].currency if fund in budget.funds else None) or budget.currency


def fund_words(fund: str, budget: Budget | None = None) -> str:
    """Return what messages call a fund: its id, and what the administration calls it."""
    title = budget.funds[fund].title if budget is not None and fund in budget.funds else ""
    return f"'{fund}' ({title})" if title else f"'{fund}'"


def _up(value: float, places: int) -> float:
    """Round up to so many places, rounding of the last digits of a float apart."""
    unit = 10.0**places
    return math.ceil(round(value * unit, 6)) / unit
