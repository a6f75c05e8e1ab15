"""Maps of a profile: an indicator by cell of the grid where it has cells, else by place; the cover."""

from __future__ import annotations

import pyarrow.parquet as pq

from citiesforall.core.indicator import indicators
from citiesforall.report.blocks import Block, Map, Said
from citiesforall.report.charts import About
from citiesforall.report.evidence import has_grid
from citiesforall.report.maps import choropleth, cover_map
from citiesforall.report.maps_ground import is_drawable
from citiesforall.report.numbers import told
from citiesforall.report.profile_facts import Facts, observed, place_name, row_of, say_so, title_of, word_of
from citiesforall.report.profile_parts import source_line
from citiesforall.report.profile_select import spread

LEAST = 2
"""Places a map by place needs."""
CELLS = "cell_values.parquet"


def has_cells(facts: Facts, indicator: str) -> bool:
    """Say whether an indicator has values of the cells of the grid."""
    if not has_grid(facts.evidence):
        return False
    return indicator in pq.read_schema(facts.evidence.folders["measure"] / CELLS).names


def map_of(facts: Facts, indicator: str, title: Said, name: str) -> list[Block]:
    """Return a map of an indicator; nothing where neither cells nor places have values, or no border is known.

    Parameters
    ----------
    facts
        The tables.
    indicator
        Its id.
    title
        The finding.
    name
        Stable name.
    """
    if not is_drawable(facts.evidence):
        return []
    order = spread(facts, indicator)
    by_cell = has_cells(facts, indicator)
    if not by_cell and len(order) < LEAST:
        return []
    unit = told(f"word.unit.{indicators()[indicator].unit}", facts.lang)
    subtitle = say_so(
        facts,
        "map.by_cell" if by_cell else "map.by_place",
        title=title_of(facts, indicator),
        unit=unit,
        period=row_of(facts, indicator).period,
    ).text
    table = "cell_values" if by_cell else "observations"
    about = About(title, subtitle, _alt(facts, indicator, title, order), source_line(facts, table), name)
    return [choropleth(facts.evidence, facts.lang, indicator, about, by="cell" if by_cell else "place")]


def _alt(facts: Facts, indicator: str, title: Said, order: list[str]) -> str:
    """Return what a reader who does not see the map needs: the finding and the places in order."""
    named = "; ".join(f"{place_name(facts, one)}: {observed(facts, indicator, one).text}" for one in order)
    return f"{title.text} {word_of(facts, 'chart.values')} {named}" if named else title.text


def cover_of(facts: Facts) -> Map | None:
    """Return the map of the cover, without a word on it; None where no border is known."""
    return cover_map(facts.evidence, word_of(facts, "cover.alt")) if is_drawable(facts.evidence) else None
