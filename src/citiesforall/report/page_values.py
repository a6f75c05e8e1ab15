"""Values of the page for a browser: every published value by place and group, rounded as it is shown."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.group import groups
from citiesforall.core.indicator import DIMENSIONS, Indicator, indicators
from citiesforall.core.tables import STATUSES
from citiesforall.core.units import unit
from citiesforall.report.evidence import Evidence
from citiesforall.report.numbers import BARE, told
from citiesforall.text import registry

NO_ROW = "-"
"""Stands for a place that has no row at all."""
BEYOND = "inf"
"""Stands for a walk that nobody can make."""
COLUMNS = ("place", "group", "period", "version", "status", "value", "low", "high")
Row = tuple[Any, ...]
"""What `COLUMNS` hold of one observation."""


def rows_of(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table, column -> value."""
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def name_of(row: Mapping[str, Any], lang: str) -> str:
    """Return the name of a place in a language; in Latin letters where nobody has given one."""
    local = row.get("name_km")
    return str(local) if lang == "km" and isinstance(local, str) and local else str(row["name"])


def ordered_places(evidence: Evidence) -> pd.DataFrame:
    """Return the places, the city first, then from the larger ones to those inside them, each kind by code."""
    places = evidence.tables["places"]
    parent = {str(one): over for one, over in zip(places["place"], places["parent"], strict=True)}

    def depth(place: str) -> int:
        over = parent.get(place)
        return depth(over) + 1 if isinstance(over, str) and over in parent else 0

    deep = places.assign(_depth=[depth(str(one)) for one in places["place"]])
    return deep.sort_values(["_depth", "level", "place"], kind="stable", ignore_index=True).drop(
        columns="_depth"
    )


def units_of(places: pd.DataFrame) -> list[int]:
    """Return the positions of the places with no place inside them."""
    parents = set(places["parent"].dropna())
    return [at for at, place in enumerate(places["place"]) if place not in parents]


def level_titles(places: pd.DataFrame, lang: str) -> list[dict[str, Any]]:
    """Return the levels below the city with what they are called and their places; the city where there is none.

    Parameters
    ----------
    places
        From `ordered_places`.
    lang
        Language of the page.
    """
    out = []
    for level in dict.fromkeys(places["level"][1:] if len(places) > 1 else places["level"]):
        key = f"word.level.{level}"
        title = told(key if key in registry() else "page.map.by_place", lang)
        at = np.flatnonzero((places["level"] == level).to_numpy())
        inside = [int(one) for one in at if one or len(places) == 1]
        out.append({"id": str(level), "title": title, "places": inside})
    return out


def shown_number(value: float, decimals: int) -> float | str | None:
    """Return a value rounded as it is shown; None where unknown.

    Parameters
    ----------
    value
        In the unit.
    decimals
        Of the unit.
    """
    if math.isnan(value):
        return None
    return BEYOND if math.isinf(value) else float(f"{value:.{decimals}f}") + 0.0


def unit_suffix(symbol: str, lang: str) -> str:
    """Return what is written behind a number of this unit, as `numbers.in_words` writes it."""
    if symbol in BARE:
        return ""
    text = told(f"word.unit_short.{symbol}", lang)
    return text if text == "%" else f" {text}"


def values_of(evidence: Evidence, places: Sequence[str], lang: str) -> list[dict[str, Any]]:
    """Return every indicator that has a value anywhere.

    Parameters
    ----------
    evidence
        The tables.
    places
        Codes in the page's order.
    lang
        Language of the page.

    Returns
    -------
    list of dict
        For each its texts, unit and ``by``: group -> statuses of all places as one text (a digit is a position in
        `STATUSES`), and value, low, high of those that have a value, one after the other.
    """
    table = evidence.tables["observations"]
    at = {code: position for position, code in enumerate(places)}
    table = table[table["place"].isin(at)]
    known = set(table.loc[table["value"].notna(), "indicator"])
    rows: dict[str, list[Row]] = {}
    for key, *row in zip(*(table[name].tolist() for name in ("indicator", *COLUMNS)), strict=True):
        if key in known:
            rows.setdefault(key, []).append(tuple(row))
    declared = [one for one in indicators().values() if one.id in known]
    declared.sort(key=lambda one: DIMENSIONS.index(one.dimension))
    said = evidence.said.get("run", {}).get("indicators", {})
    return [_indicator(one, rows[one.id], at, said.get(one.id, {}), lang) for one in declared]


def _indicator(
    one: Indicator, rows: Sequence[Row], at: Mapping[str, int], said: Mapping[str, Any], lang: str
) -> dict[str, Any]:
    """Return one indicator with all its values."""
    decimals = unit(one.unit).decimals
    statuses: dict[str, list[str]] = {}
    numbers: dict[str, dict[int, list[float | str | None]]] = {}
    for place, group, _, _, status, *amounts in rows:
        statuses.setdefault(group, [NO_ROW] * len(at))[at[place]] = str(STATUSES.index(status))
        if not math.isnan(amounts[0]):
            numbers.setdefault(group, {})[at[place]] = [shown_number(x, decimals) for x in amounts]
    return {
        "id": one.id,
        "title": told(f"indicator.{one.id}.title", lang),
        "meaning": told(f"indicator.{one.id}.meaning", lang),
        "dimension": DIMENSIONS.index(one.dimension),
        "unit": unit_suffix(one.unit, lang),
        "decimals": decimals,
        "better": told(f"word.better.{one.better}", lang),
        "version": int(rows[0][3]),
        "period": ", ".join(dict.fromkeys(str(row[2]) for row in rows)),
        "sources": list(said.get("sources", ())),
        "by": {
            group: ["".join(statuses[group]), [x for _, many in sorted(of.items()) for x in many]]
            for group, of in numbers.items()
        },
    }


def group_titles(evidence: Evidence, lang: str) -> list[dict[str, str]]:
    """Return the groups of the observations with their titles, everybody first."""
    has = set(evidence.tables["observations"]["group"])
    return [{"id": key, "title": told(f"group.{key}.title", lang)} for key in groups() if key in has]
