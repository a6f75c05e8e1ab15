"""Who is worst off, in two plain lines: the place, and the widest gap between groups that the stated errors cannot explain."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from citiesforall.core.group import groups
from citiesforall.core.indicator import indicators
from citiesforall.core.units import shown

SURE = 0.9
"""Share of draws from which a rank is called sure (ours)."""
MOST_NAMED = 2
BY_HOUSING = "slum"
"""A group made by what many indicators of housing ask: its gaps say little."""
FEWEST = 3
"""Indicators a place must be worst in before it is named."""


def worst_off(table: pd.DataFrame, city: str, names: Mapping[str, str]) -> list[str]:
    """Return up to two lines on who is worst off in a city.

    Parameters
    ----------
    table
        The table of inequality.
    city
        Code of the city.
    names
        Place code -> name.

    Returns
    -------
    list
        Nothing where no place or group stands out.
    """
    here = table[(table["place"] == city) & (table["status"] != "missing")]
    return [
        *_place(here[here["measure"] == "worst_place"], names),
        *_group(here[here["measure"] == "group_gap"]),
    ]


def _place(rows: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Name the place that is worst in most indicators, or the two that are; places level with others do not count."""
    rows = rows[~rows["note"].str.contains("level")]
    counts = rows.groupby("place_a", sort=True).size()
    if counts.empty or counts.max() < FEWEST or (counts == counts.max()).sum() > MOST_NAMED:
        return []
    codes = [str(code) for code in counts.index[counts == counts.max()]]
    mine = rows[rows["place_a"].isin(codes)]
    sure = int((mine["chance"] >= SURE).sum())
    named = " and ".join(names.get(code, code) for code in codes) + (", each" if len(codes) > 1 else ",")
    line = (
        f"Worst off: {named} last of {mine['n'].max():.0f} places in {counts.max()} of {len(rows)} indicators"
    )
    return [line + (f"; in {sure} of them in at least 9 of 10 draws" if sure else "")]


def _group(rows: pd.DataFrame) -> list[str]:
    """Name the widest gap between two groups, in points, whose interval leaves out 0 on the worse side."""
    declared, known = indicators(), groups()
    rows = rows[
        (rows["unit"] == "%") & ~rows["note"].str.contains("scenario") & (rows["group_a"] != BY_HOUSING)
    ]
    better = rows["indicator"].map(lambda key: declared[key].better if key in declared else "context")
    sign = better.map({"higher": 1.0, "lower": -1.0}).astype(float)
    apart = (rows["low"] > 0) | (rows["high"] < 0)
    rows = rows.assign(bad=-sign * rows["value"])[apart]
    if rows.empty:
        return []
    rows = rows.assign(wide=rows["bad"].abs()).sort_values(
        ["wide", "indicator", "group_a"], ascending=[False, True, True], kind="stable"
    )
    row = rows.iloc[0]
    one = declared[str(row["indicator"])]
    first, second = (row["group_a"], row["group_b"]) if row["bad"] > 0 else (row["group_b"], row["group_a"])
    low, high = sorted((abs(row["low"]), abs(row["high"])))
    gap = shown(row["wide"], one.unit).removesuffix(" %")
    who, than = _inside(known[first].title), _inside(known[second].title)
    said = f"{one.title}: {who} are {gap} points worse off than {than} (95 %: {low:.1f} to {high:.1f})"
    return [f"Widest gap between groups: {said}"]


def _inside(title: str) -> str:
    """Return a title as it stands inside a sentence."""
    return title[:1].lower() + title[1:]
