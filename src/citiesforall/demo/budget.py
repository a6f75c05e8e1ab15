"""The invented town's budget: amounts a head, as docs/how/costs_and_budget.md says where they come from."""

from __future__ import annotations

from typing import NamedTuple

YEARS = (2027, 2028, 2029, 2030, 2031)
KHR_PER_USD = 4100
GROWTH = 0.03
MILLION = 1_000_000


class Fund(NamedTuple):
    """Hold a fund: its names, its tier, and what is free a head for works and to run them. [US dollars a year]"""

    id: str
    title: str
    title_km: str
    tier: str
    works_usd: float
    running_usd: float


FUNDS = (
    Fund("municipality", "District and municipality fund", "មូលនិធិក្រុង ស្រុក", "DM", 2.25, 0.675),
    Fund("province", "Provincial budget spent in the krong", "ថវិកាខេត្តសម្រាប់ក្រុង", "CP", 5.475, 1.46),
    Fund("sangkats", "Commune and sangkat fund", "មូលនិធិឃុំ សង្កាត់", "CS", 5.50, 0.88),
    Fund("ministries", "Line ministries and state enterprises", "ក្រសួងជំនាញ និងសហគ្រាសរដ្ឋ", "LN", 10.0, 2.5),
)


def budget_lines(n_people: int) -> list[str]:
    """Return the budget as lines of the city file.

    Parameters
    ----------
    n_people
        Who live in the town.
    """
    lines = [
        "",
        "[budget]",
        f"years = {list(YEARS)}",
        'currency = "KHR"',
        f"khr_per_usd = {KHR_PER_USD}",
        'grade = "assumed"',
        "discount_rate = 0.05",
        'note = "Invented, like the town: shares of what sub-national administrations spend a head."',
    ]
    for fund in FUNDS:
        lines += ["", f"[budget.funds.{fund.id}]", f'title = "{fund.title}"', f'title_km = "{fund.title_km}"']
        lines += [f'tier = "{fund.tier}"', f"capital = {_riel(fund.works_usd * n_people)}"]
        lines += [f"recurrent = {_riel(fund.running_usd * n_people)}"]
    return lines


def _riel(usd: float) -> list[int]:
    """Return an amount for every year, in riel, rounded to a million."""
    return [round(usd * KHR_PER_USD * (1 + GROWTH) ** at / MILLION) * MILLION for at in range(len(YEARS))]
