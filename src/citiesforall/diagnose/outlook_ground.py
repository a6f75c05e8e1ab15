"""What the outlook starts from: people and built-up land of today, and counts of earlier dates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from citiesforall.core.codes import country
from citiesforall.core.errors import DeclarationError
from citiesforall.core.inputs import Inputs
from citiesforall.core.notes import Note
from citiesforall.core.tables import read_parquet
from citiesforall.diagnose.growth import Figures, Floats
from citiesforall.diagnose.growth_counts import Counts, Pair
from citiesforall.diagnose.outlook_rates import Tree, pairs_of_counts, tree_of
from citiesforall.measure.draw_store import draws_of, open_draws

SHOWN = 5


@dataclass(frozen=True)
class Ground:
    """Hold what is known of the city today.

    Parameters
    ----------
    tree
        Its places. (P)
    base
        People per draw, the first as published. (S, P) [persons]
    base_year
        What year they are of.
    built, built_past, land
        Built-up area at the two dates and land, nan where not known. (P,) [m2]
    built_years
        Years of the two, None where they are not known.
    people_past
        People of the earlier grid, nan where there is none. (P,) [persons]
    people_years
        Years of the two grids, None where they are not known.
    """

    tree: Tree
    base: Floats
    base_year: float
    built: Floats
    built_past: Floats
    land: Floats
    built_years: tuple[float, float] | None
    people_past: Floats
    people_years: tuple[float, float] | None


def ground_of(given: Inputs) -> Ground:
    """Return what is known of the city today.

    Parameters
    ----------
    given
        With places, cells and measure.
    """
    places = read_parquet(given.done["places"].folder / "places.parquet")
    cells = read_parquet(given.done["cells"].folder / "cells.parquet")
    try:
        codes, num, _ = draws_of(open_draws(given.done["measure"].folder), "population")
    except DeclarationError:  # nobody is counted
        codes, num = [], np.empty((1, 0))
    tree = tree_of(places, dict(zip(codes, num[0].tolist(), strict=True)))
    base = np.full((num.shape[0], len(tree.codes)), np.nan)
    at = {code: number for number, code in enumerate(tree.codes)}
    base[:, [at[code] for code in codes]] = num
    years = given.done["cells"].info.get("years", {})

    def span(past: str, present: str, column: str) -> tuple[float, float] | None:
        there = past in years and present in years and {past, column} <= set(cells)
        return (float(years[past]), float(years[present])) if there else None

    return Ground(
        tree,
        base,
        float(years.get("people", given.city.period[:4])),
        place_sums(tree, cells, "built_m2"),
        place_sums(tree, cells, "built_past_m2"),
        place_sums(tree, cells, "land_m2"),
        span("built_past_m2", "built_m2", "built_m2"),
        place_sums(tree, cells, "people_past"),
        span("people_past", "people_growth", "people"),
    )


def place_sums(tree: Tree, cells: pd.DataFrame, name: str) -> Floats:
    """Add a column of the cells up to every place; nan where a part of it is not known. (P,)"""
    at = {code: number for number, code in enumerate(tree.codes)}
    if name not in cells:
        return np.full(len(at), np.nan)
    values = cells[name].to_numpy(np.float64)
    units, position = np.unique(cells["unit"].to_numpy(dtype=str), return_inverse=True)
    out = np.zeros(len(at))
    for unit, value in zip(units, np.bincount(position, weights=values), strict=True):
        code: str | None = str(unit)
        while code is not None:
            out[at[code]] += value
            code = tree.parent[code]
    return out


def pairs_of_city(given: Inputs, said: Figures) -> tuple[dict[str, Pair], dict[str, str], list[Note]]:
    """Return the two counts of every place, a word of why where one lacks them, and notes.

    Parameters
    ----------
    given
        With the series step, where the city has one.
    said
        Shortest and wanted period.
    """
    pairs, lacking, faults = pairs_of_counts(counts_of(given), edition_of(given), said)
    notes = [Note("outlook", fault, "doubt") for fault in faults]
    if lacking:
        named = ", ".join(f"{code} (needs {old})" for code, old in sorted(lacking.items())[:SHOWN])
        what = f"{len(lacking)} places have no growth of their own: a count lacks a place they were made of: {named}."
        notes.append(Note("outlook", f"{what} Add its row to the count.", "doubt"))
    return pairs, dict.fromkeys(lacking, "count_lacking"), notes


def pairs_of_grids(ground: Ground, source: str) -> dict[str, Pair]:
    """Return the people of two grids of every place, empty where there are not two.

    Parameters
    ----------
    ground
        Of today.
    source
        Ids of the grids.
    """
    if ground.people_years is None:
        return {}
    before, after = ground.people_years
    return {
        code: Pair(float(past), float(now), before, after, frozenset({code}), source)
        for code, past, now in zip(ground.tree.codes, ground.people_past, ground.base[0], strict=True)
    }


def counts_of(given: Inputs) -> list[Counts]:
    """Return the dated counts of people that the series step kept; sources of one year and edition make one count."""
    path = given.file("series", "counts.parquet")
    if path is None:
        return []
    errors = {use.id: use.error.relative_sd for use in given.city.of("series") if use.error is not None}
    newest = edition_of(given)
    counts = []
    for (edition, period), rows in read_parquet(path).groupby(["edition", "period"], sort=True):
        sources = sorted(rows["source"].unique())
        stated = [errors.get(source) for source in sources]
        counts.append(
            Counts(
                float(str(period)[:4]),
                str(edition) or newest,
                dict(zip(rows["place"], rows["value"], strict=True)),
                ";".join(sources),
                None if None in stated else max(sd for sd in stated if sd is not None),
            )
        )
    return counts


def edition_of(given: Inputs) -> str:
    """Return the edition of the city's codes; empty where its country has none."""
    here = country(given.city.place.code[:2])
    return given.city.place.edition or (here.edition if here is not None else "")
