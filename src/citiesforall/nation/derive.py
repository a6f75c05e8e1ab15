"""Rates and ratios of rates of many cities together: derived again from amounts that add up, never averaged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.indicator import Indicator
from citiesforall.core.units import unit
from citiesforall.measure.derive import STEADY, land_consumption_rate, population_growth_rate
from citiesforall.nation.exact import rounded

DERIVED = ("built_change", "land_growth", "people_growth", "land_per_people_growth")
"""Methods of which the amounts behind the answer add up, though the answer does not."""
PERIODS_DIFFER, NOT_A_SUM = "periods_differ", "not_a_sum"
YEARS_DECIMALS = 6
"""Years are worked out from a rate and the amounts it was made of; more digits would be noise."""


@dataclass(frozen=True)
class Growth:
    """Hold what rates of growth are derived from, of one city or of several together.

    Parameters
    ----------
    built_past, built
        Built-up area at the two dates. [m2]
    people_past, people
        Residents at the two dates. [persons]
    covered
        Residents of the cities that know them. [persons]
    cities
        How many these are.
    years
        Every time between the dates of a city, of built-up area and of people. [years]
    periods
        From when to when, of every city.
    """

    built_past: float = 0.0
    built: float = 0.0
    people_past: float = 0.0
    people: float = 0.0
    covered: float = 0.0
    cities: int = 0
    years: frozenset[tuple[float, float]] = frozenset()
    periods: frozenset[str] = frozenset()


Needs = Mapping[str, Growth]
"""What is derived -> the cities' amounts it is derived from, only of cities that know all of them."""


def growth_of(rows: pd.DataFrame, declared: Mapping[str, Indicator], residents: float) -> dict[str, Growth]:
    """Return what a city gives to rates of growth: ``land``, ``people`` and ``both``.

    Parameters
    ----------
    rows
        Observations of the city as a whole, of everybody.
    declared
        Indicators by id.
    residents
        Of the city. [persons]

    Returns
    -------
    dict
        Those it knows.

    Notes
    -----
    Built-up area at two dates is behind its relative change (growth over area); the residents of the earlier date are
    people x exp(-rate x years). The years between are those that make the city's own rate of its own amounts.
    """
    of = {declared[key].method: row for key, row in _rows(rows).items() if _plain(declared[key])}
    out: dict[str, Growth] = {}
    if "built_change" in of and "land_growth" in of and of["built_change"]["den"] > 0:
        past, now = of["built_change"]["den"], of["built_change"]["den"] + of["built_change"]["num"]
        rate = of["land_growth"]["num"] / of["land_growth"]["den"]
        period = str(of["land_growth"]["period"])
        years = (now / past - 1) / rate if rate else _years(period)
        past, now = (float(rounded(one)) for one in (past, now))
        out["land"] = Growth(
            past,
            now,
            covered=residents,
            cities=1,
            years=frozenset({(round(years, YEARS_DECIMALS), 0.0)}),
            periods=frozenset({period}),
        )
    if "people_growth" in of and residents > 0:
        rate = of["people_growth"]["num"] / of["people_growth"]["den"]
        period = str(of["people_growth"]["period"])
        years = _years(period)
        past, now = (float(rounded(one)) for one in (residents * np.exp(-rate * years), residents))
        out["people"] = Growth(
            people_past=past,
            people=now,
            covered=residents,
            cities=1,
            years=frozenset({(0.0, round(years, YEARS_DECIMALS))}),
            periods=frozenset({period}),
        )
    if {"land", "people"} <= out.keys():
        land, people = out["land"], out["people"]
        ((built_years, _),), ((_, people_years),) = land.years, people.years
        out["both"] = Growth(
            land.built_past, land.built, people.people_past, people.people, residents, 1,
            frozenset({(built_years, people_years)}), land.periods,
        )  # fmt: skip
    return out


def _rows(rows: pd.DataFrame) -> dict[str, dict[Any, Any]]:
    """Return the rows of everybody that have amounts, by indicator."""
    some = rows[(rows["group"] == "all") & rows["value"].notna() & rows["num"].notna()]
    return {str(row["indicator"]): row for row in some.to_dict("records")}


def _plain(one: Indicator) -> bool:
    """Say whether an indicator is derived, by the formula of 2021."""
    return one.method in DERIVED and one.options.get("formula", "2021") == "2021"


def _years(period: str) -> float:
    """Return the years of a period ``2015/2025``; nan where it is no two years."""
    first, _, last = period.partition("/")
    try:
        return float(last[:4]) - float(first[:4])
    except ValueError:
        return float("nan")


def together(*parts: Mapping[str, Growth]) -> dict[str, Growth]:
    """Add what several cities give.

    Parameters
    ----------
    *parts
        From `growth_of`, or from here.
    """
    out: dict[str, Growth] = {}
    for part in parts:
        for name, one in part.items():
            known = out.get(name)
            out[name] = one if known is None else _sum(known, one)
    return out


def _sum(one: Growth, other: Growth) -> Growth:
    """Add amounts, join sets."""
    values = []
    for field in fields(Growth):
        a, b = getattr(one, field.name), getattr(other, field.name)
        values.append(a | b if isinstance(a, frozenset) else a + b)
    return Growth(*values)


@dataclass(frozen=True)
class Rate:
    """Hold what was derived of several cities together.

    Parameters
    ----------
    value
        In the declared unit; nan where it has none.
    num, den
        As in a city.
    covered
        Residents of the cities it is of. [persons]
    cities
        How many these are.
    period
        From when to when.
    note
        Why there is no value: ``periods_differ``.
    """

    value: float
    num: float
    den: float
    covered: float
    cities: int
    period: str
    note: str = ""


def derived(one: Indicator, needs: Needs) -> Rate | None:
    """Derive an indicator of several cities together from the sums of their amounts.

    Parameters
    ----------
    one
        The indicator.
    needs
        From `together`.

    Returns
    -------
    Rate or None
        None where it is not one of `DERIVED`, or no city knows the amounts.

    Notes
    -----
    The declared formulas of a city, on built-up area and residents of all cities that know both dates; the ratio of land to
    people is of the cities that know all four. Cities of other periods cannot be added: there is no value then.
    [un_sdg_11_3_1_2021]
    """
    name = {
        "built_change": "land",
        "land_growth": "land",
        "people_growth": "people",
        "land_per_people_growth": "both",
    }
    found = needs.get(name.get(one.method, ""))
    if found is None:
        return None
    ends = sorted(end for said in found.periods for end in said.split("/"))
    period = ends[0] if ends[0] == ends[-1] else f"{ends[0]}/{ends[-1]}"
    if len(found.years) > 1:
        return Rate(np.nan, np.nan, np.nan, found.covered, found.cities, period, PERIODS_DIFFER)
    ((built_years, people_years),) = found.years
    formula = one.options.get("formula", "2021")
    num, den = _amounts(one.method, found, (built_years, people_years), formula)
    value = num / den * unit(one.unit).per_si if den else np.nan
    return Rate(float(value), num, den, found.covered, found.cities, period)


def _amounts(method: str, found: Growth, years: tuple[float, float], formula: str) -> tuple[float, float]:
    """Return numerator and denominator by a city's own formulas."""
    past, now = np.array(found.built_past), np.array(found.built)
    if method == "built_change":
        return float(now - past), float(past)
    rate = 1.0
    if method != "people_growth":
        rate = float(land_consumption_rate(past, now, years[0], "2018" if formula == "2018" else "2021"))
    if method == "land_growth":
        return rate, 1.0
    growth = float(population_growth_rate(np.array(found.people_past), np.array(found.people), years[1]))
    if method == "people_growth":
        return growth, 1.0
    return rate, growth if abs(growth) >= STEADY else 0.0
