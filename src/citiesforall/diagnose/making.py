"""The diagnosis step: scores, outlook, floods that cut off, triggers, challenges, each writing its tables into one folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from citiesforall.core.inputs import Inputs
from citiesforall.diagnose.challenge_headline import headline

MAKERS = (
    ("scores", "citiesforall.diagnose.scores:make_scores"),
    ("outlook", "citiesforall.diagnose.outlook:make_outlook"),
    ("cut_off", "citiesforall.diagnose.cut_off:make_cut_off"),
    ("triggers", "citiesforall.diagnose.triggers:make_triggers"),
    ("challenges", "citiesforall.diagnose.challenges:make_challenges"),
)
"""In the order in which they build on each other: the challenges read the tables of the others."""


def make_diagnosis(given: Inputs, folder: Path) -> dict[str, Any]:
    """Diagnose a measured city.

    Parameters
    ----------
    given
        With every finished step the city has, measure among them.
    folder
        Where all tables go, each as Parquet and CSV.

    Returns
    -------
    dict
        ``notes`` of all parts, ``parts`` (what else each part remembers), and ``headline``: the first challenges, the weakest
        dimension, the worst-off place and group.
    """
    notes: list[dict[str, str]] = []
    parts: dict[str, Mapping[str, Any]] = {}
    for name, where in MAKERS:
        module, function = where.split(":")
        maker: Callable[[Inputs, Path], Mapping[str, Any]] = getattr(import_module(module), function)
        info = dict(maker(given, folder))
        notes += info.pop("notes", [])
        info.pop("sources", None)
        parts[name] = info
    return {"notes": notes, "parts": parts, "headline": headline(parts)}
