"""How far one number can be trusted: its status in words, its cases, the survey's design, the register's match."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from citiesforall.core.errors import CitiesError
from citiesforall.core.estimate import ratio
from citiesforall.core.indicator import Indicator
from citiesforall.core.units import unit
from citiesforall.measure.draw_store import read_draws
from citiesforall.measure.method import METHODS
from citiesforall.text import word

MATCHED = "rows match a place"
"""How the notes of the registers layer say their match rate."""


def status_lines(folder: Path, row: Any, one: Indicator, said: Mapping[str, Any], lang: str) -> list[str]:
    """Say what stands behind one number.

    Parameters
    ----------
    folder
        Of the run, for its draws.
    row
        The observation.
    one
        The indicator.
    said
        Contents of run.json.
    lang
        ``en`` or ``km``.

    Returns
    -------
    list
        Lines of text.
    """
    reads = METHODS[one.method].reads
    status = str(row["status"])
    lines = [f"{word('explain', 'status', lang).lower()} {status}: {word('status', status, lang)}"]
    if "households" in reads:
        if row["n"] == row["n"]:  # how many answered is not told where a withheld unit is modelled
            lines.append(f"{word('explain', 'answers', lang)}: {row['n']:,.0f}")
        lines += _design(folder, row, one, said, lang)
    else:
        lines.append(f"{word('explain', 'cases', lang)}: {row['n']:,.0f}")
    if status == "modelled":
        lines.append(word("explain", "modelled", lang))
    if "registers" in reads:
        lines += _matched(one, said, lang)
    return lines


def _design(folder: Path, row: Any, one: Indicator, said: Mapping[str, Any], lang: str) -> list[str]:
    """Return the design effect of a share, and that of the weights alone.

    Notes
    -----
    Variance over the replicate weights / p (1 - p) / n, n the answers: how many times more interviews a simple random sample
    of the same error would save.
    """
    lines: list[str] = []
    design = said["layers"].get("households", {}).get("design") or {}
    if unit(one.unit).dimension == "share" and row["status"] in {"ok", "low_n", "estimated"}:
        try:
            num, den = read_draws(folder, one.id, row["group"], row["place"])
        except CitiesError:  # a run of an older version keeps no draws
            return lines
        share = ratio(num, den)
        simple = share[0] * (1 - share[0]) / row["n"]
        if share.size > 1 and simple > 0:
            lines.append(f"{word('explain', 'design_effect', lang)}: {np.nanvar(share[1:]) / simple:.2f}")
    if "deff_weights" in design:
        lines.append(f"{word('explain', 'weights_effect', lang)}: {design['deff_weights']:.2f}")
    return lines


def _matched(one: Indicator, said: Mapping[str, Any], lang: str) -> list[str]:
    """Return how much of the registers behind a number matched a place."""
    files = {said["sources"][source]["file"] for source in said["indicators"][one.id]["sources"]}
    notes = said["layers"].get("registers", {}).get("notes", [])
    return [
        f"{word('explain', 'matched', lang)}: {note['where']}: {note['what']}"
        for note in notes
        if MATCHED in note["what"] and any(file in note["where"] for file in files)
    ]
