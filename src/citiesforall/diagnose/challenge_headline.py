"""What is said first of a diagnosis: the first challenges, the weakest dimension, the worst-off place and group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FIRST = 3
"""Challenges named first."""


def headline(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what is said first.

    Parameters
    ----------
    parts
        What each part of the diagnosis remembers: ``scores`` with ``index``, ``challenges`` with ``top``, ``unknown`` and
        ``common``.

    Returns
    -------
    dict
        ``challenges`` (at most three, each with id, rank, chance of being among the first three, people, place and group),
        ``unknown`` (ids of challenges nothing is known of), ``common`` (how many common challenges there are),
        ``weakest_dimension``, ``weakest_chance``, ``worst_place``, ``worst_place_chance``, ``worst_group``; None where it is not
        known.
    """
    index: Mapping[str, Any] = parts.get("scores", {}).get("index", {})
    found: Mapping[str, Any] = parts.get("challenges", {})
    return {
        "challenges": list(found.get("top", []))[:FIRST],
        "unknown": list(found.get("unknown", [])),
        "common": found.get("common"),
        "weakest_dimension": index.get("weakest"),
        "weakest_chance": index.get("weakest_chance"),
        "worst_place": index.get("worst_place"),
        "worst_place_chance": index.get("worst_place_chance"),
        "worst_group": index.get("worst_group"),
    }
