"""The step that makes data for others from the finished tables of one city."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from citiesforall.core.inputs import Inputs, remember
from citiesforall.core.notes import Note
from citiesforall.exchange.geo import TILES, read_layers, write_geoparquet, write_tiles
from citiesforall.exchange.given import HAS_VALUE, Published, read_published
from citiesforall.exchange.local_review import review_markdown, review_table
from citiesforall.exchange.open_sdg import ARCHIVE, archive, members
from citiesforall.exchange.package import write_package
from citiesforall.exchange.sdmx_data import write_data
from citiesforall.exchange.workbook import write_workbook

WHERE = "export"


def make_exchange(given: Inputs, folder: Path) -> dict[str, Any]:
    """Make everything that is handed on of a city.

    Parameters
    ----------
    given
        With the steps ``places``, ``measure`` and ``results``; ``diagnose`` and ``plan`` where the city has them.
    folder
        Where the files go.

    Returns
    -------
    dict
        Notes (what could not be made and why), sources.
    """
    known = read_published(given)
    notes = _absent(known)
    review = review_table(known)
    write_data(known, folder)
    (folder / ARCHIVE).write_bytes(archive(members(known)))
    write_package(known, review, folder)
    for lang in given.city.report.languages:
        (folder / f"local_review_{lang}.md").write_text(review_markdown(known, review, lang), "utf-8")
        (folder / f"workbook_{lang}.xlsx").write_bytes(write_workbook(known, review, lang))
    if known.gpkg is not None:
        layers = read_layers(known.gpkg)
        write_geoparquet(layers, folder)
        if not write_tiles(layers, known, folder / TILES):
            notes.append(
                Note(WHERE, "the map has no places and no cells, so there are no map tiles.", "doubt")
            )
    notes.append(_count(known, review))
    return remember(notes, list(known.run["sources"]))


def _absent(known: Published) -> list[Note]:
    """Return a note for everything that is not made because a step is missing."""
    notes = []
    if known.gpkg is None:
        notes.append(
            Note(WHERE, "there is no map (city.gpkg), so no GeoParquet and no map tiles are made.", "doubt")
        )
    if "development_plan" not in known.plan:
        why = "the city has no budget" if known.city.budget is None else "no plan has been made"
        notes.append(Note(WHERE, f"{why}, so the workbook has no planning forms.", "doubt"))
    if "challenges" not in known.diagnosis:
        notes.append(
            Note(WHERE, "no diagnosis has been made, so trends are those of repeated values alone.", "doubt")
        )
    return notes


def _count(known: Published, review: pd.DataFrame) -> Note:
    """Return how many values are handed on, and how many rows say why they have none."""
    has = known.observations["status"].isin(HAS_VALUE)
    answered = int(review["status"].isin(HAS_VALUE).sum())
    without = "rows without one (withheld, missing, not applicable)"
    said = f"{int(has.sum()):,} values and {int((~has).sum()):,} {without} are handed on"
    if known.told_once:
        said += f"; {known.told_once:,} rows of places that have what no place has are told once, for the whole city"
    return Note(WHERE, f"{said}; {answered} of {len(review)} rows of the local review have a value.")
