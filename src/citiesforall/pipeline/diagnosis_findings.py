"""What a diagnosis says first: the first challenges, the weakest dimension, who and where is worst off, what to do now."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from citiesforall.core.group import groups
from citiesforall.text import say_key

ALL = 7
NAMED = 3
"""Places named for each challenge."""


def diagnosis_findings(info: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Return the lines a run prints of its diagnosis.

    Parameters
    ----------
    info
        What the step remembers: ``headline`` and ``parts``.
    names
        Place code -> name.

    Returns
    -------
    list of str
        At most a dozen lines; what is not known is said to be so.
    """
    first = info["headline"]
    lines = [f"What presses most{_among(first)} (severity, people and what people say, weighed alike):"]
    lines += [_challenge(one, names) for one in first["challenges"]] or [
        "  nothing can be ranked: no evidence"
    ]
    if first["unknown"]:
        titles = ", ".join(say_key(f"challenge.{key}.title", "en") for key in first["unknown"][:NAMED])
        more = f" and {len(first['unknown']) - NAMED} more" if len(first["unknown"]) > NAMED else ""
        lines.append(f"  Nothing is known of {titles}{more}: challenges.csv says what would tell.")
    lines += _index(info["parts"].get("scores", {}).get("index", {}), names)
    levels = info["parts"].get("triggers", {}).get("levels", {})
    act, watch = levels.get("act", 0), levels.get("watch", 0)
    if act or watch:
        lines.append(
            f"Early warning: {act} to act on, {watch} to watch; triggers_now.csv says who does what."
        )
    return lines


def _among(first: Mapping[str, Any]) -> str:
    """Say of how many challenges the first are the first: what could not be judged has no rank."""
    if not first.get("common"):
        return ""
    known = first["common"] - len(first["unknown"])
    return f", of the {known} of {first['common']} common challenges that could be judged"


def _challenge(one: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Return the line of a challenge."""
    title = say_key(f"challenge.{one['challenge']}.title", "en")
    people = f"{rounded(one['people'])} people" if one["people"] is not None else "people not counted"
    where = ", ".join(names.get(code, code) for code in one["where"][:NAMED])
    chance = f"among the first three in {one['chance_top3']:.0%} of runs"
    return f"  {one['rank']:.0f}. {title}: {people}; {chance}" + (f"; worst in {where}" if where else "")


def _index(index: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Return the index with its weakest dimension and worst-off place and group; why there is none, where there is none."""
    if index.get("value") is None:
        absent = index.get("missing") or []
        said = ", ".join(say_key(f"word.dimension.{key}", "en").lower() for key in absent)
        said = "every dimension" if len(absent) == ALL else said
        return [
            f"No human-security index: too little is known of {said}." if said else "No human-security index."
        ]
    weakest = say_key(f"word.dimension.{index['weakest']}", "en").lower()
    interval = f"{index['low']:.1f} to {index['high']:.1f}"
    sure = f"{index['weakest_chance']:.0%} of runs"
    lines = [
        f"Human-security index {index['value']:.1f} of 100 ({interval}); weakest dimension {weakest} ({sure})"
    ]
    if index.get("worst_place"):
        place = names.get(index["worst_place"], index["worst_place"])
        lines.append(
            f"  worst-off place {place} ({index['worst_place_value']:.1f}, last in {index['worst_place_chance']:.0%} of runs)"
        )
    if index.get("worst_group"):
        title = groups()[index["worst_group"]].title
        lines.append(f"  worst-off group: {title} ({index['worst_group_value']:.1f})")
    return lines


def rounded(people: float) -> str:
    """Return a number of people to three digits: more would claim what nobody knows."""
    digits = 2 - math.floor(math.log10(people)) if people >= 1 else 0
    return f"{round(people, min(digits, 0)):,.0f}"
