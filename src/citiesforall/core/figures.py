"""Figures a city knows about itself: which amounts the figures workbook asks for, in which unit, and its list of disasters."""

from __future__ import annotations

from functools import cache

from citiesforall.core.amounts import Amount, amounts
from citiesforall.core.scorecard import workbook_words

PER_ASKED = {"km": 1e3, "ha": 1e4, "min": 60.0, "h": 3600.0, "%": 0.01, "yes/no": 1.0}
"""Stored value = asked value x this, where the workbook asks for another unit than is stored."""
ALSO = {"road_deaths": "safety", "homicides": "safety"}
"""Amounts other registers declare that a city may know better -> the service they are listed under."""
HELD_BY = {"road_deaths": "police", "homicides": "police"}
DEFINITIONS = {
    "road_deaths": "Who died within 30 days of a crash in the city, in the year.",
    "homicides": "People killed on purpose in the year.",
}
EVENT_SUMS: dict[str, tuple[str, ...]] = {
    "disaster_deaths": ("deaths",),
    "disaster_missing": ("missing",),
    "disaster_affected": ("injured", "damaged", "destroyed", "livelihoods"),
    "disaster_loss": ("farming", "business", "housing", "infrastructure", "heritage"),
    "critical_facilities_damaged": ("facilities",),
    "service_disruptions": ("disruptions",),
}
"""Amount -> columns of the list of disasters it is made of: its yearly mean."""
WITHOUT_LARGEST = {
    "disaster_affected_without_largest": "disaster_affected",
    "disaster_loss_without_largest": "disaster_loss",
}
"""Amount -> the amount it is made like, with the event of the largest value left out."""


@cache
def figures() -> dict[str, Amount]:
    """Return the amounts the figures workbook asks for, by id, in the order of its sheets.

    Returns
    -------
    dict
        Amounts made from the list of disasters are among them; nobody is asked for those.
    """
    found = {key: one for key, one in amounts().items() if one.service}
    for key, service in ALSO.items():
        more = {"service": service, "held_by": HELD_BY[key], "definition": DEFINITIONS[key]}
        found[key] = amounts()[key].model_copy(update=more)
    order = {service: number for number, service in enumerate(workbook_words()["service"])}
    return dict(sorted(found.items(), key=lambda pair: order[pair[1].service]))


def asked(service: str) -> list[Amount]:
    """Return the amounts of one service that somebody is asked for."""
    made = {*EVENT_SUMS, *WITHOUT_LARGEST}
    return [one for key, one in figures().items() if one.service == service and key not in made]


def asked_unit(one: Amount) -> str:
    """Return the unit the workbook asks for."""
    return one.asked or one.unit


def per_asked(one: Amount) -> float:
    """Return what an asked value is multiplied with to be stored."""
    return PER_ASKED.get(one.asked, 1.0)


def limits(one: Amount) -> tuple[float, float]:
    """Return the smallest and the largest value that can be, in the unit asked."""
    if asked_unit(one) == "yes/no":
        return 0.0, 1.0
    return 0.0, one.high if one.high is not None else float("inf")


def figure_texts() -> dict[str, str]:
    """Return every public text of the figures in English, by key."""
    texts: dict[str, str] = {}
    for key, one in figures().items():
        texts[f"workbook.amount.{key}.title"] = one.title
        texts[f"workbook.amount.{key}.definition"] = one.definition
    return texts
