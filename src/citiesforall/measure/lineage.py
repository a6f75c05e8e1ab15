"""What every number was made from: sources, years, and why it is estimated."""

from __future__ import annotations

import re
from typing import Any

from citiesforall.core.city import SourceUse
from citiesforall.core.indicator import Indicator
from citiesforall.core.inputs import Inputs
from citiesforall.core.notes import Note
from citiesforall.measure.layers import Layers
from citiesforall.measure.method import METHODS
from citiesforall.measure.registers import register_lineage
from citiesforall.measure.run import walks_to

MODELLED = frozenset({"modelled", "assumed"})
YEAR = re.compile(r"(?:19|20)\d{2}")
FAR_YEARS = 3
"""Sources farther than this from the city's period are said aloud (ours)."""
ROLE_OF = {
    "pm25_ug_m3": "pm25",
    "flood_class": "flood",
    "hazard_flood_index": "flood",
    "built_m2": "built_up",
}
"""Columns that are about a time of their own: their source's."""
RATES = {
    "land_growth": ("built_past_m2", "built_m2"),
    "built_change": ("built_past_m2", "built_m2"),
    "people_growth": ("people_past", "people_growth"),
    "land_per_people_growth": ("built_past_m2", "built_m2", "people_past", "people_growth"),
}
"""Methods about a span -> the columns whose years make it."""
MADE_OF = {
    "open_urban_m2": ("open_m2", "people"),
    "street_land_urban_m2": ("street_land_m2", "people"),
    "urban_m2": ("land_m2", "people"),
}
"""Amounts worked out from columns: the urban area rests on where people live."""


def made_from(one: Indicator, layers: Layers, given: Inputs) -> dict[str, Any]:
    """Say what an indicator was made from.

    Parameters
    ----------
    one
        The indicator.
    layers
        For the kinds it walks to.
    given
        The city, its sources and finished steps.

    Returns
    -------
    dict
        ``sources`` (ids), ``period``, ``estimated`` (why, or empty), ``missing`` and ``note`` (filled when measured).
    """
    grades = {use.id: use.grade for uses in given.city.sources.values() for use in uses}
    sources = sources_of(one, layers, given)
    doubtful = [f"{source} is {grades[source]}" for source in sources if grades.get(source) in MODELLED]
    return {
        "sources": sources,
        "period": _register_period(one, layers) or period_of(one, given),
        "estimated": "; ".join(doubtful),
        "missing": "",
        "note": "",
    }


def _register_period(one: Indicator, layers: Layers) -> str:
    """Return what time the registers an indicator reads are about, empty where it reads none."""
    return register_lineage(one, layers)[1] if "registers" in METHODS[one.method].reads else ""


def period_of(one: Indicator, given: Inputs) -> str:
    """Return what time an indicator is about: a span for rates, the survey's time, its source's year, else the city's period.

    Parameters
    ----------
    one
        The indicator.
    given
        The city and its finished steps.
    """
    if "households" in METHODS[one.method].reads and "households" in given.done:
        return str(given.done["households"].info["period"])
    if "registers" in METHODS[one.method].reads:
        return given.city.period
    years = given.done["cells"].info.get("years", {})
    span = [int(years[column]) for column in RATES.get(one.method, ()) if column in years]
    if span:
        return f"{min(span)}/{max(span)}"
    for column in columns_read(one):
        uses = given.city.of(ROLE_OF[column]) if column in ROLE_OF else ()
        if uses and (year := year_of(uses[0])):
            return str(year)
    return given.city.period


def year_of(use: SourceUse) -> int | None:
    """Return the year a source is about: of its period, else of its vintage; None where neither says."""
    found = YEAR.search(use.period) or YEAR.search(use.vintage)
    return int(found.group()) if found else None


def notes_on_years(given: Inputs) -> list[Note]:
    """Say aloud where sources are of other years than the values claim.

    Parameters
    ----------
    given
        The city and its sources.
    """
    about = int(given.city.period[:4])
    span_roles = {"people_past", "built_up_past"}
    years = {
        use.id: year_of(use)
        for role, uses in given.city.sources.items()
        for use in uses
        if role not in span_roles
    }
    far = {key: year for key, year in years.items() if year is not None and abs(year - about) > FAR_YEARS}
    if not far:
        return []
    listed = ", ".join(f"{key} {year}" for key, year in sorted(far.items(), key=lambda pair: pair[1]))
    return [
        Note(
            "sources",
            f"values are given for {given.city.period}, but some sources are of other years: {listed}.",
            "doubt",
        )
    ]


def sources_of(one: Indicator, layers: Layers, given: Inputs) -> list[str]:
    """Return the sources an indicator was made from: of the layers it reads, and of the kinds it walks to."""
    found: list[str] = []
    by_layer: dict[str, list[str]] = {name: done.info.get("sources", []) for name, done in given.done.items()}
    by_layer |= given.done["cells"].info.get("columns", {})
    for layer in METHODS[one.method].reads:
        if layer in {"facilities", "stops"}:
            for kind in walks_to(one):
                found += layers.ways[kind].sources if kind in layers.ways else ()
        elif layer == "registers":
            listed, _, residents = register_lineage(one, layers)
            found += [*listed, *(by_layer.get("people", []) if residents else [])]
        elif layer == "cells":
            found += by_layer.get("places", [])
            found += [source for column in columns_read(one) for source in by_layer.get(column, [])]
        else:
            found += by_layer.get(layer, [])
    return list(dict.fromkeys(found))


def columns_read(one: Indicator) -> list[str]:
    """Return the columns of the cells an indicator reads.

    Parameters
    ----------
    one
        The indicator.
    """
    of = one.options.get("of", [])
    named = [*([of] if isinstance(of, str) else of), one.options.get("per"), one.options.get("hazard")]
    columns = [column for name in named if name for column in MADE_OF.get(name, (name,))]
    columns += RATES.get(one.method, ())
    people = ["people"] if METHODS[one.method].of_people else []
    return list(dict.fromkeys([*people, *columns]))
