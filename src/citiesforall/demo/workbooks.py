"""Fills the workbooks of the invented town: what its offices and evaluators would have written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import shapely

from citiesforall.core.figures import asked_unit, figures, limits
from citiesforall.core.scorecard import Scorecard, scorecards
from citiesforall.demo.people import counts
from citiesforall.demo.workbook_answers import (
    AREA,
    EVENTS,
    EXACT,
    FIGURES,
    GREEN,
    HOUSEHOLDS,
    ONE,
    PEOPLE,
    SCORES,
    STREETS,
)
from citiesforall.workbook.filled import Answers, Events, Figure, Filled
from citiesforall.workbook.write import write_workbook

if TYPE_CHECKING:
    from citiesforall.demo.town import Town

WHOLE_UNITS = frozenset({"persons", "households", "count", "KHR/year", "KHR/month", "yes/no"})
SPREAD = 0.04
"""How far figures of two towns differ besides their size; standard deviation of the logarithm."""
DIGITS = 4
EVIDENCE = "Invented: decision no. {number} of the invented council"
ORIGIN = "Invented: yearly report of the invented office"


def write_workbooks(town: Town, folder: Path, year: int) -> None:
    """Write both workbooks, filled.

    Parameters
    ----------
    town
        The town.
    folder
        Where ``scorecards.xlsx`` and ``figures.xlsx`` go.
    year
        What the answers are about.
    """
    rng = np.random.default_rng([town.plan.seed, 53])
    name = town.plan.name
    about = Filled(
        town.code, f"{name.full_km} · {name.full}", str(year), invented=True, events=_events(town, year)
    )
    answers = {key: _answers(one, rng) for key, one in scorecards().items()}
    write_workbook(folder / "scorecards.xlsx", "scorecards", "both", replace(about, scorecards=answers))
    write_workbook(
        folder / "figures.xlsx", "figures", "both", replace(about, figures=_figures(town, year, rng))
    )


def _answers(one: Scorecard, rng: np.random.Generator) -> Answers:
    """Let each evaluator answer around a common view."""
    groups, middle = SCORES[one.id]
    low, high = one.limits()
    view = rng.normal(middle, (high - low) * 0.1, len(one.questions))
    said = {}
    for number, key in enumerate(one.questions):
        each = np.clip(view[number] + rng.normal(0, (high - low) * 0.15, len(groups)), low, high)
        said[key] = tuple(_nearest(float(value), one) for value in each)
    if one.take == "all":
        said = {key: (high,) * len(groups) for key in one.questions}
    evidence = {key: EVIDENCE.format(number=20 + number) for number, key in enumerate(one.questions)}
    return Answers(groups, said, evidence)


def _nearest(value: float, one: Scorecard) -> float:
    """Return the answer of the scale nearest to a view."""
    return round(value) if one.range else min(one.scale, key=lambda answer: abs(answer - value))


def _bases(town: Town) -> dict[str, float]:
    """Return what is true of the town that figures are multiples of."""
    people = town.people
    here = people.sangkat[people.household_building] >= 0
    streets = town.streets
    step = np.hypot(*np.diff(streets.xy, axis=0).T) * (np.diff(streets.owner) == 0)
    return {
        ONE: 1.0,
        PEOPLE: float(counts(people, town.sangkats.shapes.size)["people"].sum()),
        HOUSEHOLDS: float(np.count_nonzero(here)),
        AREA: float(town.plan.edge.area) / 1e4,
        STREETS: float(step.sum()) / 1e3,
        GREEN: float(shapely.area([park.shape for park in town.parks]).sum()) / 1e4,
    }


def _figures(town: Town, year: int, rng: np.random.Generator) -> dict[str, Figure]:
    """Work out the figures of the town."""
    values = _bases(town)
    found = {}
    for key, (base, times) in FIGURES.items():
        one = figures()[key]
        wobble = 1.0 if key in EXACT else float(np.exp(rng.normal(0, SPREAD)))
        value = values[base] * times * wobble
        value = round(value) if asked_unit(one) in WHOLE_UNITS else float(f"{value:.{DIGITS}g}")
        value = min(value, limits(one)[1], values.get(one.of or "", float("inf")))
        values[key] = value
        found[key] = Figure(value, str(year), ORIGIN)
    return found


def _events(town: Town, year: int) -> Events:
    """List the disasters of the last five years."""
    people = _bases(town)[PEOPLE]
    rows = tuple(
        (
            f"{name} (invented)",
            year + back,
            {key: round(people * n) if 0 < n < 1 else n for key, n in lost.items()},
        )
        for name, back, lost in EVENTS
    )
    return Events(year - 4, year, rows)
