"""Sheets of the roadmap that hold results: the framework with its targets, and the monitoring table to be filled."""

from __future__ import annotations

from typing import Any

import numpy as np

from citiesforall.core.indicator import indicators
from citiesforall.core.units import unit
from citiesforall.plan import roadmap_sheets as sheets
from citiesforall.plan.roadmap_results import headline
from citiesforall.plan.roadmap_sheets import A4, WHOLE, Column, Sheet, Table, floats
from citiesforall.plan.roadmap_tables import Roadmap, rows_of, span
from citiesforall.plan.roadmap_words import Speech, indicator_name, place_name, prose, says, verified_by


def write_results(sheet: Sheet, road: Roadmap, speech: Speech) -> None:
    """Write the results framework: the city and the place that is worst off."""
    table = headline(road.results, road.city.place.code)
    rows = list(rows_of(table))
    forms = [_form(one.unit) for one in rows]

    def head(key: str, *fill: str) -> str:
        return says(speech, "column", key, *fill)

    columns = [
        Column(head("indicator"), 36, [indicator_name(speech, indicators()[one.indicator]) for one in rows]),
        Column(head("place"), 18, [place_name(speech, one.place) for one in rows]),
        Column(head("baseline"), 10, floats(table, "baseline"), WHOLE, forms=forms),
        Column(head("interval"), 13, [_interval(one) for one in rows]),
        Column(head("year"), 12, [str(one.baseline_period) for one in rows]),
        *(
            Column(head("target", str(year)), 10, floats(table, f"target_{year}"), WHOLE, forms=forms)
            for year in road.plan.budget.years
        ),
        Column(head("basis"), 22, [says(speech, "target", one.target_status) for one in rows]),
        Column(head("verify"), 30, [verified_by(speech, indicators()[one.indicator]) for one in rows]),
        Column(
            head("responsible"),
            26,
            [" + ".join(says(speech, "tier", t) for t in one.tiers.split()) for one in rows],
        ),
        Column(head("projects"), 20, [_numbers(road, one.items) for one in rows]),
    ]
    sheets.title(sheet, says(speech, "heading", "results", span(road)), len(columns))
    for key in ("interval", "worst"):
        sheets.remark(sheet, prose(speech, "remark", key), len(columns))
    sheets.table(sheet, Table(columns))
    sheets.finish(sheet, [one.width for one in columns], f"C{sheet.heads[0] + 1}", A4, speech.lang)


def _form(unit_id: str) -> str:
    """Return the number format of a unit."""
    decimals = unit(unit_id).decimals
    return WHOLE + ("." + "0" * decimals if decimals else "")


def _interval(one: Any) -> str:
    """Return an interval in short, nothing where there is none."""
    low, high = float(one.low), float(one.high)
    if np.isnan(low) or np.isnan(high):
        return ""
    decimals = unit(one.unit).decimals
    return f"{low:,.{decimals}f} - {high:,.{decimals}f}"


def _numbers(road: Roadmap, items: str) -> str:
    """Return the numbers of projects in the matrix; runs are drawn together: 1-4, 7."""
    of = dict(zip(road.matrix["item"], road.matrix["number"], strict=True))
    numbers = sorted({int(of[one]) for one in items.split()})
    runs: list[list[int]] = []
    for one in numbers:
        if runs and one == runs[-1][-1] + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def write_monitoring(sheet: Sheet, road: Roadmap, speech: Speech) -> None:
    """Write the monitoring table: targets, and empty cells for what is found."""
    table = headline(road.results, road.city.place.code)
    rows = list(rows_of(table))
    forms = [_form(one.unit) for one in rows]

    def head(key: str, *fill: str) -> str:
        return says(speech, "column", key, *fill)

    columns = [
        Column(head("indicator"), 36, [indicator_name(speech, indicators()[one.indicator]) for one in rows]),
        Column(head("place"), 18, [place_name(speech, one.place) for one in rows]),
        Column(head("baseline"), 10, floats(table, "baseline"), WHOLE, forms=forms),
    ]
    for year in road.plan.budget.years:
        columns.append(
            Column(head("target", str(year)), 10, floats(table, f"target_{year}"), WHOLE, forms=forms)
        )
        columns.append(Column(head("actual", str(year)), 10, [None] * len(rows), fill_in=True, forms=forms))
    columns.append(Column(head("note"), 28, [None] * len(rows), fill_in=True))
    sheets.title(sheet, says(speech, "heading", "monitoring", span(road)), len(columns))
    sheets.remark(sheet, prose(speech, "remark", "actuals"), len(columns))
    sheets.table(sheet, Table(columns))
    sheets.finish(sheet, [one.width for one in columns], f"C{sheet.heads[0] + 1}", A4, speech.lang)
