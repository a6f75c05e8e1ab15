"""What is printed at the end of a run: the handful of findings a mayor would care about, what is missing, what to doubt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from citiesforall.core.indicator import Indicator, indicators
from citiesforall.core.units import shown
from citiesforall.pipeline.frameworks import role_of
from citiesforall.pipeline.worst_off import worst_off
from citiesforall.text import words

HEADLINES = (
    "population", "idpoor_households", "slum_population", "public_transport_access", "food_insecurity",
    "health_centre_access", "flood_exposure", "pm25_mean", "open_space_access", "safe_at_night", "primary_school_access",
    "service_satisfaction", "land_use_efficiency", "street_completeness",
)  # fmt: skip
"""What is printed, where it is measured: every dimension of human security, and the city itself."""
DOUBTS_SHOWN = 6
NAMED = 6
"""Missing indicators named for each source that would fill them; all stand in missing.csv."""
NO_VALUE = frozenset({"missing", "not_applicable", "suppressed"})
FILLS = {"": "Maps, facility lists and grids", "figures": "Municipal figures, the workbook a city fills in"}
"""What fills an indicator of no role of its own."""
CALLED = {"estimated": " [estimated]", "modelled": " [modelled]", "low_n": " [few cases]"}


def findings(said: Mapping[str, Any], table: pd.DataFrame, unequal: pd.DataFrame) -> str:
    """Return the handful of findings a mayor would care about, what is missing, and what to read with care.

    Parameters
    ----------
    said
        Contents of run.json.
    table
        Observations.
    unequal
        The table of inequality.
    """
    names = {p["place"]: p["name"] for p in said["places"]}
    city = said["city"]
    everybody = table[table["group"] == "all"]
    of_city = everybody[everybody["place"] == city["code"]].set_index("indicator")
    invented = " - an INVENTED place" if city["invented"] else ""
    lines = [f"{city['name']} ({city['code']}), {city['period']}{invented}", ""]
    for key in HEADLINES:
        if of_city.loc[key, "status"] not in NO_VALUE:
            lines += _finding(
                indicators()[key],
                of_city.loc[key],
                everybody[everybody["indicator"] == key],
                names,
                city["code"],
            )
    lines += worst_off(unequal, city["code"], names)
    has = ~of_city["status"].isin(NO_VALUE)
    lines += ["", f"{has.sum()} of {len(has)} indicators measured."]
    lines += _waiting([str(key) for key in of_city.index[of_city["status"] == "missing"]])
    doubts = [
        f"  {n['where']}: {n['what']}"
        for one in said["layers"].values()
        for n in one["notes"]
        if n["kind"] == "doubt"
    ]
    lines += ["", "Read with care:", *doubts[:DOUBTS_SHOWN]] if doubts else []
    lines += ["  ... more in run.json"] if len(doubts) > DOUBTS_SHOWN else []
    return "\n".join(lines) + "\n"


def missing_table(said: Mapping[str, Any], table: pd.DataFrame) -> pd.DataFrame:
    """List what is missing for the city as a whole, why, and which source would fill it.

    Parameters
    ----------
    said
        Contents of run.json.
    table
        Observations.
    """
    of_city = table[(table["group"] == "all") & (table["place"] == said["city"]["code"])]
    keys = [str(key) for key in of_city.loc[of_city["status"] == "missing", "indicator"]]
    rows = [
        (key, one.title, one.dimension, source_of(one), said["indicators"][key]["missing"])
        for key in keys
        for one in [indicators()[key]]
    ]
    return pd.DataFrame(
        rows, columns=["indicator", "title", "dimension", "source_that_would_fill_it", "reason"]
    )


def source_of(one: Indicator) -> str:
    """Return in words which source an indicator rests on.

    Parameters
    ----------
    one
        The indicator.
    """
    role = role_of(one)
    return FILLS.get(role) or words()["role"][role]


def _waiting(missing: list[str]) -> list[str]:
    """Say which indicators wait for which source."""
    by_source: dict[str, list[str]] = {}
    for key in missing:
        by_source.setdefault(source_of(indicators()[key]), []).append(key)
    lines = (
        [f"{len(missing)} wait for a source; missing.csv says of each why, and what would fill it:"]
        if missing
        else []
    )
    for source, keys in sorted(by_source.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        more = f" and {len(keys) - NAMED} more" if len(keys) > NAMED + 1 else ""
        named = keys[:NAMED] if more else keys
        lines.append(f"  {source}: {len(keys)} ({', '.join(named)}{more})")
    return lines


def _finding(
    one: Indicator, row: Any, places: pd.DataFrame, names: Mapping[str, str], city: str
) -> list[str]:
    """Return one finding: the city's value with its interval, and the place that is worst off."""
    line = f"{one.title}: {shown(row['value'], one.unit)}"
    if not np.isnan(row["low"]):
        upper = shown(row["high"], one.unit) if np.isfinite(row["high"]) else "beyond reach"
        sure = "95 % by the survey" if one.method.startswith("survey") else "95 % under stated errors"
        line += f" ({sure}: {shown(row['low'], one.unit)} to {upper})"
    line += CALLED.get(row["status"], "")
    units = places[(places["place"] != city) & places["value"].notna()]
    differ = len({shown(value, one.unit) for value in units["value"]}) > 1
    if one.better in {"higher", "lower"} and differ:
        order = units.sort_values(
            ["value", "place"], ascending=[one.better == "higher", True], ignore_index=True
        )
        worst, value = str(order["place"].iloc[0]), float(order["value"].iloc[0])
        line += f"; worst in {names.get(worst, worst)}: {shown(value, one.unit)}"
        line += CALLED.get(order["status"].iloc[0], "") if order["status"].iloc[0] != row["status"] else ""
    return [line]
