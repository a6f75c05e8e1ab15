"""Builds the whole town, layer on layer, from its seed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import shapely

from citiesforall.demo.blocks import Blocks, make_blocks
from citiesforall.demo.buildings import Buildings, make_buildings
from citiesforall.demo.facilities import Facility, make_facilities, open_land
from citiesforall.demo.parks import Park, make_parks
from citiesforall.demo.people import People, make_people
from citiesforall.demo.plan import Plan, make_plan
from citiesforall.demo.sangkats import Sangkats, make_sangkats
from citiesforall.demo.streets import Streets, make_streets

if TYPE_CHECKING:
    from citiesforall.demo.shapes import Shapes


@dataclass(frozen=True)
class Town:
    """Hold everything true about the town; the files show it with errors."""

    code: str
    plan: Plan
    blocks: Blocks
    parks: tuple[Park, ...]
    streets: Streets
    buildings: Buildings
    sangkats: Sangkats
    facilities: tuple[Facility, ...]
    people: People


def make_town(seed: int, people: int, code: str) -> Town:
    """Build a town.

    Parameters
    ----------
    seed
        Another number, another town.
    people
        About how many live there.
    code
        Code of the krong.

    Returns
    -------
    Town
        The town.
    """
    plan = make_plan(seed, people)
    blocks = make_blocks(plan)
    parks, paths = make_parks(plan, blocks)
    streets = make_streets(plan, blocks, paths)
    free = _shapes([park.shape for park in parks])
    buildings = make_buildings(plan, streets, free)
    sangkats = make_sangkats(plan, blocks, buildings, code)
    facilities = make_facilities(plan, open_land(plan, blocks, free), streets, buildings, sangkats)
    buildings = _without(buildings, _shapes([f.ground for f in facilities if f.ground is not None]))
    return Town(
        code,
        plan,
        blocks,
        parks,
        streets,
        buildings,
        sangkats,
        facilities,
        make_people(plan, buildings, sangkats),
    )


def _shapes(shapes: list[object]) -> Shapes:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array


def _without(buildings: Buildings, grounds: Shapes) -> Buildings:
    """Take away the buildings on grounds of facilities."""
    hit, _ = shapely.STRtree(grounds).query(buildings.shapes, predicate="intersects")
    kept = np.ones(buildings.use.size, bool)
    kept[hit] = False
    return Buildings(*(getattr(buildings, column.name)[kept] for column in fields(Buildings)))
